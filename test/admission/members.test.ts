// Who comes to hold a key, and by whose leave: never by one side alone, never both keys in one hand.
import { randomUUID } from "node:crypto";
import { expect } from "chai";
import {
  confirmMember,
  endMember,
  join,
  joinAlso,
  listMembers,
  proposeMember,
  revokeInvitation,
  setUpCode,
  tellCode,
} from "../../src/admission/service.ts";
import { membershipsOf } from "../../src/access/store.ts";
import { ask, execute, NOBODY, type Asker } from "../../src/door/service.ts";
import { importFolder } from "../../src/intake/service.ts";
import { runTx } from "../../src/platform/db.ts";
import { useApp } from "../support/app.ts";
import { refuses } from "../support/refusals.ts";
import { Browser } from "../support/browser.ts";
import { DIALECTS, useBooks } from "../support/databases.ts";
import { listening, SMALL_COMMUNITY, smallFolder, writeFolder } from "../support/folders.ts";
import { operatorOf, PASSWORD, personIn, tokenOf, type Person } from "../support/people.ts";

for (const dialect of DIALECTS) {
  describe(`members, on ${dialect}`, () => {
    const books = useBooks(dialect);
    const app = useApp(books);
    let made = 0;
    let community = "";

    // A community of its own for each test: who was ever a member counts.
    beforeEach(async () => {
      made += 1;
      community = `c${made}`;
      app.pass({ minutes: 16 });
      const file = JSON.stringify({ ...SMALL_COMMUNITY, code: community });
      await importFolder(books.db, writeFolder({ ...smallFolder(), "community.json": file }), listening());
    });

    const as = (person: Person): Asker => ({ ...person.asker, community });
    const anybody = (): Asker => ({ actor: NOBODY, address: "192.0.2.1", session: null, community: "" });
    const person = (role: "committee" | "trustee" | "supervisor"): Promise<Person> =>
      personIn(app.door, community, role);
    const propose = (
      by: Person,
      role: string,
      label = "小周",
    ): Promise<{ id: string; told: { code: string } | null }> =>
      execute(app.door, as(by), proposeMember, { role, label });
    /** A code is used once, so time goes on between two. */
    const confirm = async (by: Person, id: string): Promise<unknown> => {
      app.pass({ seconds: 30 });
      return execute(app.door, as(by), confirmMember, { id, code: by.code() });
    };
    const tell = async (by: Person, id: string): Promise<string> =>
      (await execute(app.door, as(by), tellCode, { id })).code;
    const joinWith = (invitation: string, name = `n-${randomUUID().slice(0, 8)}`): Promise<unknown> =>
      execute(app.door, anybody(), join, { invitation, name, display: "小周", password: PASSWORD });
    const roles = async (role: string): Promise<number> =>
      (await books.db("member").where({ community, role }).whereNull("until")).length;

    it("are admitted to a key only after another side agreed, and the code goes to who proposed", async () => {
      const [manager, chair] = [await person("trustee"), await person("committee")];
      const { id, told } = await propose(manager, "trustee", "周会计");
      expect(told).to.equal(null);
      await refuses("CODE_NOT_READY", () => tell(manager, id));
      await confirm(chair, id);
      await refuses("CODE_NOT_YOURS", () => tell(chair, id));
      const code = await tell(manager, id);
      expect(code).to.match(/^[2-9A-Z]{4}-[2-9A-Z]{4}-[2-9A-Z]{4}$/u);
      expect(await roles("trustee")).to.equal(1);
      await joinWith(code);
      expect(await roles("trustee")).to.equal(2);
      await refuses("CODE_UNKNOWN", () => joinWith(code));
    });

    it("are proposed once by a request that is sent twice; only an answer that holds a code is not told again", async () => {
      const [manager, operator] = [await person("trustee"), await operatorOf(app.door)];
      const wish = { role: "trustee", label: "小周" };
      const twice = [1, 2].map(() => execute(app.door, as(manager), proposeMember, wish, { once: "p-1" }));
      const [first, second] = await Promise.all(twice);
      expect(second).to.deep.equal(first);
      const secret = { role: "committee", label: "第一位" };
      await execute(app.door, as(operator), proposeMember, secret, { once: "p-2" });
      await refuses("ALREADY_TOLD", () => execute(app.door, as(operator), proposeMember, secret, { once: "p-2" }));
      expect(await books.db("invitation").where({ community })).to.have.lengthOf(2);
    });

    it("cannot be admitted by one side alone, nor by the person who proposed", async () => {
      const [manager, colleague, operator] = [
        await person("trustee"),
        await person("trustee"),
        await operatorOf(app.door),
      ];
      await person("committee");
      const byTrustee = await propose(manager, "trustee");
      await refuses("SAME_SIDE", () => confirm(manager, byTrustee.id));
      await refuses("SAME_SIDE", () => confirm(colleague, byTrustee.id));
      const byOperator = await propose(operator, "committee");
      expect(byOperator.told).to.equal(null);
      await refuses("SAME_SIDE", () => confirm(operator, byOperator.id));
      await refuses("CODE_NOT_READY", () => tell(operator, byOperator.id));
    });

    it("cannot be admitted by somebody who runs the installation and holds a key, speaking for both", async () => {
      const both = await person("trustee");
      await books.db("account").where({ id: both.asker.actor.id }).update({ operator: 1 });
      const wearing = { ...both, asker: { ...both.asker, actor: { ...both.asker.actor, operator: true } } };
      const [manager, chair] = [await person("trustee"), await person("committee")];
      const proposed = await propose(manager, "trustee");
      await refuses("SAME_SIDE", () => confirm(wearing, proposed.id));
      await refuses("PROPOSAL_NOT_YOURS", () => propose(wearing, "committee"));
      await confirm(chair, proposed.id);
    });

    it("do not get their code from whoever agreed, though that person runs the installation", async () => {
      const [manager, operator] = [await person("trustee"), await operatorOf(app.door)];
      await person("committee");
      await books.db("account").where({ id: manager.asker.actor.id }).update({ operator: 1 });
      const wearing = { ...manager, asker: { ...manager.asker, actor: { ...manager.asker.actor, operator: true } } };
      const { id } = await propose(operator, "committee");
      await confirm(wearing, id);
      await refuses("CODE_NOT_YOURS", () => tell(wearing, id));
      await tell(operator, id);
    });

    it("are proposed by their own side: nobody gets at the code of the other side's key", async () => {
      const [manager, chair] = [await person("trustee"), await person("committee")];
      await refuses("PROPOSAL_NOT_YOURS", () => propose(manager, "committee"));
      await refuses("PROPOSAL_NOT_YOURS", () => propose(chair, "trustee"));
      await refuses("PROPOSAL_NOT_YOURS", () => propose(manager, "supervisor"));
    });

    it("need a key's code of whoever agrees", async () => {
      const [manager, chair] = [await person("trustee"), await person("committee")];
      const { id } = await propose(manager, "trustee");
      await refuses("CODE_WRONG", () => execute(app.door, as(chair), confirmMember, { id, code: "000000" }));
      await books.db("account").where({ id: chair.asker.actor.id }).update({ totp: "" });
      await refuses("KEY_NOT_SET", () => execute(app.door, as(chair), confirmMember, { id, code: "000000" }));
      await refuses("CODE_NOT_READY", () => tell(manager, id));
    });

    it("may be the first of a side by the operator alone, once, and with one code only", async () => {
      const operator = await operatorOf(app.door);
      const first = await propose(operator, "trustee");
      const second = await propose(operator, "trustee");
      await refuses("CODE_UNKNOWN", () => joinWith(first.told?.code ?? ""));
      await joinWith(second.told?.code ?? "");
      const third = await propose(operator, "trustee");
      expect(third.told).to.equal(null);
      const committee = await propose(operator, "committee");
      expect(committee.told).to.not.equal(null);
    });

    it("are not the first when another was first with a code from before", async () => {
      const operator = await operatorOf(app.door);
      const { told } = await propose(operator, "trustee");
      await person("trustee");
      await refuses("NOT_FIRST", () => joinWith(told?.code ?? ""));
    });

    it("who left still were the first: the operator alone admits nobody any more", async () => {
      const [operator, chair] = [await operatorOf(app.door), await person("committee")];
      await person("trustee");
      await books.db("member").where({ community, role: "trustee" }).update({ until: app.now.toISOString() });
      const again = await propose(operator, "trustee");
      expect(again.told).to.equal(null);
      await confirm(chair, again.id);
      await joinWith(await tell(operator, again.id));
      expect(await roles("trustee")).to.equal(1);
    });

    it("never hold both keys by one account, whichever invitation comes first", async () => {
      const [manager, chair] = [await person("trustee"), await person("committee")];
      const [one, two] = [await propose(manager, "trustee"), await propose(chair, "committee")];
      await confirm(chair, one.id);
      await confirm(manager, two.id);
      const codes = [await tell(manager, one.id), await tell(chair, two.id)];
      const name = `both-${community}`;
      await joinWith(codes[0] ?? "", name);
      const account = await books.db("account").where({ name }).first("id", "display");
      const actor = {
        ...NOBODY,
        id: account.id as string,
        memberships: await membershipsOf(books.db, account.id as string),
      };
      const caller: Asker = { actor, address: "", session: null, community: "" };
      await refuses("BOTH_KEYS", () => execute(app.door, caller, joinAlso, { invitation: codes[1] ?? "" }));
      // The code was not used up by that: it is for somebody else.
      await joinWith(codes[1] ?? "");
    });

    it("never hold both keys by one account, even taking two invitations up at the same time", async () => {
      const [manager, chair, owner] = [
        await person("trustee"),
        await person("committee"),
        await personIn(app.door, community, "owner", { owner: "P1" }),
      ];
      const [one, two] = [await propose(manager, "trustee"), await propose(chair, "committee")];
      await confirm(chair, one.id);
      await confirm(manager, two.id);
      const codes = [await tell(manager, one.id), await tell(chair, two.id)];
      const caller: Asker = { ...owner.asker, community: "" };
      const both = await Promise.allSettled(
        codes.map((invitation) => execute(app.door, caller, joinAlso, { invitation })),
      );
      expect(both.map(({ status }) => status).toSorted()).to.deep.equal(["fulfilled", "rejected"]);
      const held = await membershipsOf(books.db, owner.asker.actor.id);
      expect(held.filter(({ role }) => role === "trustee" || role === "committee")).to.have.lengthOf(1);
    });

    it("cannot hold both keys by any statement: the database refuses it", async () => {
      const manager = await person("trustee");
      const row = { community, account: manager.asker.actor.id, owner: "", since: "2026", admitted_by: "" };
      const added = runTx(books.db, community, (tx) => tx("member").insert({ ...row, id: "x", role: "committee" }));
      await rejects(added, /unique|UNIQUE/u);
    });

    it("may use a code once: of two who try at the same time, one", async () => {
      const operator = await operatorOf(app.door);
      const { told } = await propose(operator, "committee");
      const both = await Promise.allSettled([joinWith(told?.code ?? ""), joinWith(told?.code ?? "")]);
      expect(both.filter(({ status }) => status === "fulfilled")).to.have.lengthOf(1);
      expect(await roles("committee")).to.equal(1);
    });

    it("come in with a code for a week, a proposal waits for a month", async () => {
      const [manager, chair] = [await person("trustee"), await person("committee")];
      const { id } = await propose(manager, "trustee");
      app.pass({ days: 29 });
      await confirm(chair, id);
      const code = await tell(manager, id);
      app.pass({ days: 7, minutes: 1 });
      await refuses("CODE_UNKNOWN", () => joinWith(code));
      const late = await propose(manager, "trustee");
      app.pass({ days: 30, minutes: 1 });
      await refuses("NOT_WAITING", () => confirm(chair, late.id));
    });

    it("are not admitted when either side takes the proposal back, and a new code voids the old one", async () => {
      const [manager, chair] = [await person("trustee"), await person("committee")];
      const declined = await propose(manager, "trustee");
      await execute(app.door, as(chair), revokeInvitation, { id: declined.id });
      await refuses("NOT_WAITING", () => confirm(chair, declined.id));
      const { id } = await propose(manager, "trustee");
      await confirm(chair, id);
      const [old, young] = [await tell(manager, id), await tell(manager, id)];
      await refuses("CODE_UNKNOWN", () => joinWith(old));
      await execute(app.door, as(chair), revokeInvitation, { id });
      await refuses("CODE_UNKNOWN", () => joinWith(young));
    });

    it("supervise only when the committee proposed and another side agreed, though they hold no key", async () => {
      const [chair, colleague, operator] = [
        await person("committee"),
        await person("committee"),
        await operatorOf(app.door),
      ];
      await refuses("PROPOSAL_NOT_YOURS", () => propose(operator, "supervisor"));
      const { id, told } = await propose(chair, "supervisor");
      expect(told).to.equal(null);
      await refuses("SAME_SIDE", () => confirm(chair, id));
      await refuses("SAME_SIDE", () => confirm(colleague, id));
      await refuses("CODE_NOT_READY", () => tell(chair, id));
      await confirm(operator, id);
      await joinWith(await tell(chair, id));
      expect(await roles("supervisor")).to.equal(1);
    });

    it("do not supervise with a code that one member got alone before another side had to agree", async () => {
      const chair = await person("committee");
      const { id } = await propose(chair, "supervisor");
      await books.db("invitation").where({ community, id }).update({ confirmed_by: "" });
      const code = await tell(chair, id);
      await refuses("NOT_CONFIRMED", () => joinWith(code));
      expect(await roles("supervisor")).to.equal(0);
    });

    it("lose sessions, tokens and proposals with their membership, at once", async () => {
      const [manager, colleague, chair] = [await person("trustee"), await person("trustee"), await person("committee")];
      const browser = new Browser(app.origin);
      await browser.signIn(colleague.name, PASSWORD);
      const token = await tokenOf(app.door, { ...colleague, asker: as(colleague) }, ["member.view"]);
      const { id } = await propose(colleague, "trustee");
      await confirm(chair, id);
      const code = await tell(colleague, id);
      await execute(app.door, as(manager), endMember, { id: await memberId(colleague), reason: "离职" });
      expect((await browser.open(`/desk/${community}/members`)).path).to.contain("/sign-in");
      expect(await tokenStatus(token)).to.equal(401);
      await refuses("CODE_UNKNOWN", () => joinWith(code));
    });

    const memberId = async ({ asker }: Person): Promise<string> =>
      (await books.db("member").where({ community, account: asker.actor.id }).whereNull("until").first("id")).id;
    const tokenStatus = async (token: string): Promise<number> =>
      (
        await fetch(`${app.origin}/api/v1/communities/${community}/members`, {
          headers: { authorization: `Bearer ${token}` },
        })
      ).status;

    it("cannot end the last key of a side, and the trustee ends no committee", async () => {
      const [manager, chair, second, operator] = [
        await person("trustee"),
        await person("committee"),
        await person("committee"),
        await operatorOf(app.door),
      ];
      const end = async (by: Person, who: Person): Promise<unknown> =>
        execute(app.door, as(by), endMember, { id: await memberId(who) });
      await refuses("END_NOT_YOURS", () => end(manager, chair));
      await refuses("LAST_KEY", () => end(operator, manager));
      await end(chair, second);
      await refuses("LAST_KEY", () => end(operator, chair));
    });

    it("cannot both end at once when they are the last two", async () => {
      const [chair, second] = [await person("committee"), await person("committee")];
      const [one, two] = [await memberId(chair), await memberId(second)];
      const both = await Promise.allSettled([
        execute(app.door, as(chair), endMember, { id: two }),
        execute(app.door, as(second), endMember, { id: one }),
      ]);
      expect(both.map(({ status }) => status).toSorted()).to.deep.equal(["fulfilled", "rejected"]);
      expect(await roles("committee")).to.equal(1);
    });

    it("of another community do not exist here", async () => {
      const manager = await person("trustee");
      const { id } = await propose(manager, "trustee");
      const file = JSON.stringify({ ...SMALL_COMMUNITY, code: `beside-${community}` });
      await importFolder(books.db, writeFolder({ ...smallFolder(), "community.json": file }), listening());
      const there = { ...(await operatorOf(app.door)).asker, community: `beside-${community}` };
      const member = await memberId(manager);
      await refuses("INVITATION_UNKNOWN", () => execute(app.door, there, revokeInvitation, { id }));
      await refuses("MEMBER_UNKNOWN", () => execute(app.door, there, endMember, { id: member }));
    });

    it("see who is who, and what each of them may do about what waits", async () => {
      const [manager, chair, watcher] = [
        await person("trustee"),
        await person("committee"),
        await person("supervisor"),
      ];
      await propose(manager, "trustee", "周会计");
      const shown = await ask(app.door, as(chair), listMembers, {});
      expect(shown.members.map(({ role }) => role)).to.deep.equal(["committee", "supervisor", "trustee"]);
      expect(shown.invitations).to.have.lengthOf(1);
      expect(shown.invitations[0]).to.include({ label: "周会计", state: "waiting", mayConfirm: true, mayTell: false });
      expect(shown.proposable).to.deep.equal(["committee", "supervisor"]);
      expect(shown.owners).to.deep.equal({ accounts: 0, units: 3 });
      const seen = await ask(app.door, as(watcher), listMembers, {});
      expect([
        seen.proposable,
        seen.invitations[0]?.mayConfirm,
        seen.members.some(({ mayEnd }) => mayEnd),
      ]).to.deep.equal([[], false, false]);
    });

    it("come in through the pages: proposed, confirmed, told, joined, and led to bind the key", async () => {
      const [manager, chair] = [await person("trustee"), await person("committee")];
      const [office, home, phone] = [new Browser(app.origin), new Browser(app.origin), new Browser(app.origin)];
      await office.signIn(manager.name, PASSWORD);
      await office.open(`/desk/${community}/members/propose`);
      const proposed = await office.submit(`/desk/${community}/members/propose`, { label: "周会计", role: "trustee" });
      expect(proposed.path).to.equal(`/desk/${community}/members`);
      const [, id = ""] = /invitations\/([\w-]{36})\/revoke/u.exec(proposed.text) ?? [];
      await home.signIn(chair.name, PASSWORD);
      expect((await home.open(`/desk/${community}/members`)).text).to.contain(`/desk/${community}/invitations/${id}"`);
      await home.open(`/desk/${community}/invitations/${id}`);
      const wrong = await home.submit(`/desk/${community}/invitations/${id}/confirm`, { code: "000000" });
      expect([wrong.status, wrong.text.includes('href="#f-code"')]).to.deep.equal([422, true]);
      app.pass({ seconds: 30 });
      const agreed = await home.submit(`/desk/${community}/invitations/${id}/confirm`, { code: chair.code() });
      expect(agreed.path).to.equal(`/desk/${community}/members`);
      await office.open(`/desk/${community}/members`);
      const told = await office.submit(`/desk/${community}/invitations/${id}/code`, {});
      const [, code = ""] = /class="code">([\w-]{14})</u.exec(told.text) ?? [];
      await phone.open(`/join?code=${code}`);
      const joined = await phone.submit("/join", { name: `zhou-${community}`, display: "周会计", password: PASSWORD });
      expect([joined.path, joined.text.includes("扫这个码")]).to.deep.equal(["/account/key", true]);
    });
  });

  describe(`the first start, on ${dialect}`, () => {
    const books = useBooks(dialect);
    const app = useApp(books);

    it("prints a code, the second start another that voids it, and none when there is an account", async () => {
      const first = (await setUpCode(books.db, app.now)) ?? "";
      const second = (await setUpCode(books.db, app.now)) ?? "";
      const browser = new Browser(app.origin);
      const fields = { name: "root", display: "系统员", password: PASSWORD };
      await browser.open(`/join?code=${first}`);
      expect((await browser.submit("/join", fields)).status).to.equal(422);
      await browser.open(`/join?code=${second}`);
      expect((await browser.submit("/join", fields)).path).to.equal("/operator");
      expect(await setUpCode(books.db, app.now)).to.equal(null);
    });
  });
}

async function rejects(work: Promise<unknown>, pattern: RegExp): Promise<void> {
  await work.then(
    () => {
      throw new Error("nothing refused it");
    },
    (error: Error) => expect(error.message).to.match(pattern),
  );
}
