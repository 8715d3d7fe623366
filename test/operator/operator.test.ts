// Running the installation: accounts out of use and back, one more operator, and what the pages show.
import { expect } from "chai";
import { rescueCode } from "../../src/admission/service.ts";
import { ask, execute } from "../../src/door/service.ts";
import { importFolder } from "../../src/intake/service.ts";
import { disableAccount, enableAccount, listAccounts } from "../../src/operator/service.ts";
import { askApi, useApp } from "../support/app.ts";
import { Browser } from "../support/browser.ts";
import { DIALECTS, useBooks } from "../support/databases.ts";
import { listening, smallFolder, writeFolder } from "../support/folders.ts";
import { operatorOf, PASSWORD, personIn, tokenOf, type Person } from "../support/people.ts";
import { refuses } from "../support/refusals.ts";

for (const dialect of DIALECTS) {
  describe(`the operator, on ${dialect}`, () => {
    const books = useBooks(dialect);
    const app = useApp(books);
    let operator: Person;

    before(async () => {
      await importFolder(books.db, writeFolder(smallFolder()), listening());
      operator = await operatorOf(app.door, "root");
    });
    beforeEach(() => app.pass({ minutes: 16 }));

    it("takes an account out of use, at once and everywhere, and lets it back", async () => {
      const person = await personIn(app.door, "small", "trustee");
      const browser = new Browser(app.origin);
      await browser.signIn(person.name, PASSWORD);
      const token = await tokenOf(app.door, person, ["member.view"]);
      const id = person.asker.actor.id;
      await execute(app.door, operator.asker, disableAccount, { id });
      expect((await browser.open("/desk/small/members")).path).to.contain("/sign-in");
      expect((await askApi(app.origin, "/communities/small/members", { token })).status).to.equal(401);
      await execute(app.door, operator.asker, enableAccount, { id });
      expect((await browser.signIn(person.name, PASSWORD)).path).to.equal("/desk/small");
      // Who had the token may be who should not.
      expect((await askApi(app.origin, "/communities/small/members", { token })).status).to.equal(401);
    });

    it("cannot take itself out of use", async () => {
      await refuses("NOT_ONESELF", () =>
        execute(app.door, operator.asker, disableAccount, { id: operator.asker.actor.id }),
      );
    });

    it("tells each community where the account is somebody", async () => {
      const person = await personIn(app.door, "small", "trustee", { name: `周会计-${dialect}` });
      await execute(app.door, operator.asker, disableAccount, { id: person.asker.actor.id });
      const browser = new Browser(app.origin);
      await browser.signIn((await personIn(app.door, "small", "committee")).name, PASSWORD);
      expect((await browser.open("/desk/small/log")).text).to.contain(`停用了 周会计-${dialect} 的账号`);
    });

    it("sees communities, accounts and what waits, and does it all on pages", async () => {
      const person = await personIn(app.door, "small", "trustee", { name: `wang-${dialect}`.toLowerCase() });
      const browser = new Browser(app.origin);
      await browser.signIn("root", PASSWORD);
      expect((await browser.open("/operator")).text)
        .to.contain("小院")
        .and.to.contain('href="/desk/small/members"');
      const found = await browser.open(`/operator/accounts?find=${encodeURIComponent(person.name)}`);
      expect(found.text).to.contain("小院 物业").and.not.to.contain("就是您");
      const id = person.asker.actor.id;
      const asked = await browser.submit(`/operator/accounts/${id}/reset`, {});
      expect(asked.text).to.contain("等小院另一位掌管钥匙的人同意");
      const disabled = await browser.submit(`/operator/accounts/${id}/disable`, {});
      expect(disabled.text).to.contain("停用").and.to.contain(`/operator/accounts/${id}/enable`);
      expect((await browser.open("/operator/log")).text).to.contain("操作记录");
    });

    it("finds accounts by name or by what they are called, page by page", async () => {
      const names = ["page-a", "page-b", "page-c"].map((name) => `${name}-${dialect.toLowerCase()}`);
      for (const name of names) {
        await personIn(app.door, "small", "trustee", { name });
      }
      const wish = { find: "PAGE-", limit: "2" };
      const first = await ask(app.door, operator.asker, listAccounts, wish);
      expect(first.items.map(({ name }) => name)).to.deep.equal(names.slice(0, 2));
      const rest = await ask(app.door, operator.asker, listAccounts, { ...wish, after: first.next ?? "" });
      expect([rest.items.map(({ name }) => name), rest.next]).to.deep.equal([names.slice(2), null]);
      expect((await ask(app.door, operator.asker, listAccounts, { find: "nobody-is-called-so" })).items).to.deep.equal(
        [],
      );
    });

    it("invites another operator, and the machine itself can when the only one forgot", async () => {
      const browser = new Browser(app.origin);
      await browser.signIn("root", PASSWORD);
      await browser.open("/operator/accounts");
      const told = await browser.submit("/operator/invite", {});
      const [, code = ""] = /class="code">([\w-]{14})</u.exec(told.text) ?? [];
      const rescue = await rescueCode(books.db, app.now);
      const stranger = new Browser(app.origin);
      await stranger.open("/join");
      const fields = { name: `second-${dialect}`, display: "第二位", password: PASSWORD };
      expect((await stranger.submit("/join", { ...fields, invitation: code })).status).to.equal(422);
      expect((await stranger.submit("/join", { ...fields, invitation: rescue })).path).to.equal("/operator");
    });
  });
}
