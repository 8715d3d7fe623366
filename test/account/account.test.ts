// One's own account in a browser: the password, the key, devices, tokens.
import { expect } from "chai";
import { generateSync } from "otplib";
import { homeOf, presetsFor, scopeAreas } from "../../src/account/rules.ts";
import { grantable, type Membership, type Permission, type Role } from "../../src/door/rules.ts";
import { NOBODY } from "../../src/door/service.ts";
import { importFolder } from "../../src/intake/service.ts";
import { askApi, useApp } from "../support/app.ts";
import { Browser } from "../support/browser.ts";
import { DIALECTS, useBooks } from "../support/databases.ts";
import { listening, smallFolder, writeFolder } from "../support/folders.ts";
import { PASSWORD, personIn, tokenOf, type Person } from "../support/people.ts";

const NEW_PASSWORD = "红茶 台阶 电报 73";

describe("signing in", () => {
  const member = (role: Role, community = "small"): Membership => ({ community, role, owner: "" });

  it("leads straight to the one thing there is", () => {
    expect(homeOf([member("owner"), member("owner")], false)).to.equal("/my/small");
    expect(homeOf([member("committee")], false)).to.equal("/desk/small");
  });

  it("leads to the choice when there is more than one, nothing, or the whole installation", () => {
    expect(homeOf([member("owner"), member("committee")], false)).to.equal("/desk");
    expect(homeOf([member("owner"), member("owner", "other")], false)).to.equal("/desk");
    expect(homeOf([], false)).to.equal("/desk");
    expect(homeOf([member("trustee")], true)).to.equal("/desk");
  });
});

describe("what a token may do, to be chosen", () => {
  const chosenOf = (permissions: readonly Permission[], purpose: string): readonly string[] =>
    presetsFor(permissions).find(({ name }) => name === purpose)?.scopes ?? [];
  const may = (role: Role): Permission[] =>
    grantable({ ...NOBODY, memberships: [{ community: "small", role, owner: "" }] }, "small");

  it("shows every permission once, in an area", () => {
    for (const role of ["committee", "trustee", "supervisor", "owner"] as const) {
      const shown = scopeAreas(may(role), []).flatMap(({ scopes }) => scopes.map(({ value }) => value));
      expect(shown.toSorted(), role).to.deep.equal(may(role).toSorted());
    }
  });

  it("comes with what a purpose needs, and offers only purposes that somebody's permissions suffice for", () => {
    expect(chosenOf(may("trustee"), "fees")).to.deep.equal(["fees.view", "fees.bill", "fees.receive"]);
    expect(chosenOf(may("committee"), "fees"), "the committee takes no fees").to.deep.equal([]);
    expect(chosenOf(may("owner"), "look")).to.deep.equal(["account.own", "contract.view", "assembly.view"]);
    expect(presetsFor(may("supervisor")).map(({ name }) => name)).to.deep.equal(["look"]);
  });
});

for (const dialect of DIALECTS) {
  describe(`an account, on ${dialect}`, () => {
    const books = useBooks(dialect);
    const app = useApp(books);

    before(() => importFolder(books.db, writeFolder(smallFolder()), listening()));
    beforeEach(() => app.pass({ minutes: 16 }));

    const open = async (person: Person): Promise<Browser> => {
      const browser = new Browser(app.origin);
      await browser.signIn(person.name, PASSWORD);
      return browser;
    };
    const codeOf = (secret: string): string => generateSync({ secret, epoch: Math.floor(app.now.getTime() / 1000) });
    const secretOn = (text: string): string => /name="secret" value="([A-Z2-7]+)"/u.exec(text)?.[1] ?? "";

    it("changes its password with the old one, and ends every other session", async () => {
      const person = await personIn(app.door, "small", "trustee");
      const [phone, office] = [await open(person), await open(person)];
      await office.open("/account/password");
      const wrong = await office.submit("/account/password", { old: "not it", password: NEW_PASSWORD });
      expect(wrong.status).to.equal(422);
      const weak = await office.submit("/account/password", { old: PASSWORD, password: `${person.name} 12345` });
      expect([weak.status, weak.text.includes("太容易被猜到")]).to.deep.equal([422, true]);
      const changed = await office.submit("/account/password", { old: PASSWORD, password: NEW_PASSWORD });
      expect([changed.status, changed.path]).to.deep.equal([200, "/account"]);
      expect((await phone.open("/account")).path).to.equal("/sign-in?next=%2Faccount");
      expect((await new Browser(app.origin).signIn(person.name, PASSWORD)).status).to.equal(422);
      expect((await new Browser(app.origin).signIn(person.name, NEW_PASSWORD)).path).to.equal("/desk/small");
    });

    it("binds a device once a code proves it, and shows the same device again after a wrong code", async () => {
      const person = await personIn(app.door, "small", "trustee");
      await books.db("account").where({ id: person.asker.actor.id }).update({ totp: "" });
      const [browser, other] = [await open(person), await open(person)];
      const secret = secretOn((await browser.open("/account/key")).text);
      expect(secret).to.match(/^[A-Z2-7]{32}$/u);
      const wrong = await browser.submit("/account/key", { proof: "000000", password: PASSWORD });
      expect([wrong.status, secretOn(wrong.text)]).to.deep.equal([422, secret]);
      expect(wrong.text).to.contain('href="#f-proof"');
      const bound = await browser.submit("/account/key", { proof: codeOf(secret), password: PASSWORD });
      expect([bound.path, bound.text.includes("已绑定")]).to.deep.equal(["/account", true]);
      expect((await other.open("/account")).path).to.equal("/sign-in?next=%2Faccount");
    });

    it("gives a key to another device only with the old device: a password is not enough", async () => {
      const person = await personIn(app.door, "small", "trustee");
      const browser = await open(person);
      const secret = secretOn((await browser.open("/account/key")).text);
      const proof = codeOf(secret);
      const without = await browser.submit("/account/key", { proof, old: "", password: PASSWORD });
      expect(without.status).to.equal(422);
      const wrong = await browser.submit("/account/key", { proof, old: "000000", password: PASSWORD });
      expect([wrong.status, wrong.text.includes('href="#f-old"')]).to.deep.equal([422, true]);
      const moved = await browser.submit("/account/key", { proof, old: person.code(), password: PASSWORD });
      expect([moved.status, moved.path]).to.deep.equal([200, "/account"]);
    });

    it("lists the devices it is signed in on, and signs one of them out", async () => {
      const person = await personIn(app.door, "small", "trustee");
      const [phone, office] = [await open(person), await open(person)];
      await phone.open("/desk");
      const listed = await office.open("/account");
      const ids = [...listed.text.matchAll(/\/account\/sessions\/(\w{16})\/end/gu)].map(([, id = ""]) => id);
      expect(ids).to.have.lengthOf(1);
      await office.submit(`/account/sessions/${ids[0]}/end`, {});
      expect((await phone.open("/desk")).path).to.equal("/sign-in?next=%2Fdesk");
      expect((await office.open("/desk")).path).to.equal("/desk");
    });

    it("does not end the sessions of somebody else", async () => {
      const [one, two] = [await personIn(app.door, "small", "trustee"), await personIn(app.door, "small", "trustee")];
      const [mine, theirs] = [await open(one), await open(two)];
      await theirs.open("/account");
      const [hash = ""] = await books.db("session").where({ account: two.asker.actor.id }).pluck("token_hash");
      const csrf = /name="_csrf" value="([^"]+)"/u.exec((await mine.open("/account")).text)?.[1] ?? "";
      const headers = { cookie: mine.cookies, "x-csrf-token": csrf };
      const answer = await askApi(app.origin, `/account/sessions/${hash.slice(0, 16)}/end`, { headers, body: {} });
      expect([answer.status, answer.json["code"]]).to.deep.equal([404, "SESSION_UNKNOWN"]);
      expect((await theirs.open("/account")).path).to.equal("/account");
    });

    it("makes a token that is shown once, works at once, and stops when it is revoked", async () => {
      const person = await personIn(app.door, "small", "committee");
      const browser = await open(person);
      await browser.open("/desk/small/tokens");
      const told = await browser.submit("/desk/small/tokens", { label: "收费系统", days: "30", scopes: "member.view" });
      const token = /class="code secret">(xy_[\w-]{43})</u.exec(told.text)?.[1] ?? "";
      expect((await askApi(app.origin, "/communities/small/members", { token })).status).to.equal(200);
      const listed = await browser.open("/desk/small/tokens");
      expect(listed.text)
        .to.contain("收费系统")
        .and.to.contain(`…${token.slice(-4)}`)
        .and.not.to.contain(token);
      expect(listed.text).to.contain("查看成员");
      const [, id = ""] = /tokens\/([\w-]{36})\/revoke/u.exec(listed.text) ?? [];
      await browser.submit(`/desk/small/tokens/${id}/revoke`, {});
      expect((await askApi(app.origin, "/communities/small/members", { token })).status).to.equal(401);
    });

    it("gives a token no more than it may do itself, for a year at most, and never the making of tokens", async () => {
      const person = await personIn(app.door, "small", "supervisor");
      const browser = await open(person);
      await browser.open("/desk/small/tokens");
      for (const scopes of ["spend.release", "token.manage", "member.propose"]) {
        const refused = await browser.submit("/desk/small/tokens", { label: "太多", days: "30", scopes });
        expect([refused.status, refused.text.includes("您自己没有这些权限")], scopes).to.deep.equal([422, true]);
      }
      expect((await browser.submit("/desk/small/tokens", { label: "一", days: "30", scopes: "all" })).status).to.equal(
        422,
      );
      expect(
        (await browser.submit("/desk/small/tokens", { label: "一", days: "366", scopes: "spend.view" })).status,
      ).to.equal(422);
      expect(await books.db("api_token").where({ account: person.asker.actor.id })).to.deep.equal([]);
    });

    it("offers a device for codes to those who hold a key, and not to an owner", async () => {
      const [owner, manager] = [
        await personIn(app.door, "small", "owner", { owner: "P1" }),
        await personIn(app.door, "small", "trustee"),
      ];
      await books.db("account").where({ id: owner.asker.actor.id }).update({ totp: "" });
      const home = await open(owner);
      expect((await home.open("/account")).text).to.not.contain("动态口令");
      expect((await (await open(manager)).open("/account")).text).to.contain("动态口令");
    });

    it("lets an owner's program read what is the owner's", async () => {
      const owner = await personIn(app.door, "small", "owner", { owner: "P1" });
      const browser = await open(owner);
      const page = await browser.open("/desk/small/tokens");
      expect(page.text).to.contain('value="account.own"').and.not.to.contain('value="spend.view"');
      expect(await tokenOf(app.door, owner, ["account.own"])).to.match(/^xy_/u);
    });

    it("loses its tokens' powers with its role", async () => {
      const person = await personIn(app.door, "small", "committee");
      const token = await tokenOf(app.door, person, ["member.view"]);
      await books.db("member").where({ account: person.asker.actor.id }).update({ until: app.now.toISOString() });
      expect((await askApi(app.origin, "/communities/small/members", { token })).status).to.equal(404);
    });
  });
}
