// Owners' accounts are checked by somebody else than who printed their letters before they cast ballots.
import { expect } from "chai";
import { accountByName, membershipsOf } from "../../src/access/store.ts";
import { confirmMember, endMember, join, joinAlso, proposeMember, tellCode } from "../../src/admission/service.ts";
import { ownFront, tasksFor } from "../../src/agenda/service.ts";
import { buildApp } from "../../src/app.ts";
import { castBallot, listOwnBallots } from "../../src/ballot/routes.ts";
import * as ballots from "../../src/ballot/store.ts";
import { day } from "../../src/base/month.ts";
import { ask, callOf, execute, NOBODY, type Asker, type Reading } from "../../src/door/service.ts";
import { othersToTell } from "../../src/identity/rules.ts";
import { checkOwners, listOwnerAccounts } from "../../src/identity/service.ts";
import { inviteOwners } from "../../src/letter/service.ts";
import { insertPaper } from "../../src/paper/service.ts";
import { runTx } from "../../src/platform/db.ts";
import { askReset, startOver } from "../../src/recovery/service.ts";
import { Browser } from "../support/browser.ts";
import { DIALECTS, useBooks } from "../support/databases.ts";
import { operatorOf, PASSWORD, type Person } from "../support/people.ts";
import { refusalOf } from "../support/small.ts";
import { aVote, chose, type AVote } from "../support/vote.ts";

describe("another account of one's home", () => {
  it("is told of from when the younger of both was opened", () => {
    expect(othersToTell("2026-05-01", ["2026-04-01", "2026-06-01"], "2026-05-15")).to.deep.equal([
      { since: "2026-06-01", isNewer: true },
    ]);
    expect(othersToTell("2026-05-01", ["2026-04-01"], "2026-04-30")).to.deep.equal([
      { since: "2026-04-01", isNewer: false },
    ]);
    expect(othersToTell("2026-05-01", ["2026-04-01", "2026-06-01"], "2026-06-01")).to.deep.equal([]);
  });
});

for (const dialect of DIALECTS) {
  describe(`owners' accounts on ${dialect}`, () => {
    const books = useBooks(dialect);
    let vote: AVote;
    let made = 0;

    beforeEach(async () => {
      vote = await aVote(books.db);
    });

    /** Somebody opens an account with the code of a letter that another one printed for that unit. */
    async function accountBy(printer: Person, unit: string, also?: Person): Promise<Asker> {
      made += 1;
      const { letters } = await execute(vote.door, printer.asker, inviteOwners, { which: "chosen", units: unit });
      const invitation = letters[0]?.code ?? "";
      const name = also?.name ?? `joined-${made}`;
      const anybody = { actor: NOBODY, address: `192.0.2.${made % 250}`, session: null, community: "" };
      await (also === undefined
        ? execute(vote.door, anybody, join, { invitation, name, display: name, password: PASSWORD })
        : execute(vote.door, { ...also.asker, community: "" }, joinAlso, { invitation }));
      return askerOf(name);
    }
    async function askerOf(name: string): Promise<Asker> {
      const account = await accountByName(books.db, name);
      const id = account?.id ?? "";
      const actor = { ...NOBODY, id, name, memberships: await membershipsOf(books.db, id) };
      return { actor, community: vote.code, address: "", session: null };
    }
    const cast = (asker: Asker, head: string): Promise<{ receipt: string }> =>
      execute(vote.door, asker, castBallot, { id: vote.id, head, choices: chose("agree", "oppose") });
    const memberOf = async ({ actor }: Asker): Promise<string> =>
      (
        await books
          .db("member")
          .where({ community: vote.code, account: actor.id, role: "owner", until: null })
          .first("id")
      ).id as string;
    const check = async (checker: Asker, ...checked: Asker[]): Promise<{ checked: number }> =>
      execute(vote.door, checker, checkOwners, { members: await Promise.all(checked.map(memberOf)) });
    const readingOf = (asker: Asker): Reading => ({ ...callOf(vote.door, asker), db: vote.door.db });

    it("that the trustee could have opened cast nothing, and it cannot check them", async () => {
      const stranger = await accountBy(vote.wang, "103");
      expect(await refusalOf(cast(stranger, "P4"))).to.equal("ACCOUNT_UNCHECKED");
      expect(await refusalOf(check(vote.wang.asker, stranger))).to.equal("FORBIDDEN");
      expect(await books.db("ballot").where({ community: vote.code })).to.deep.equal([]);
      const refused = await books.db("event").where({ community: vote.code, what: "ballot refused" }).pluck("detail");
      expect(refused[0]).to.contain("还没有核对本人");
      await cast((await vote.owner("P4")).asker, "P4");
    });

    it("are not checked by somebody of the trustee who is supervisor, too", async () => {
      const stranger = await accountBy(vote.li, "103");
      const memberships = ["trustee", "supervisor"].map((role) => ({ community: vote.code, role, owner: "" }));
      const both = { ...vote.sun.asker, actor: { ...vote.sun.asker.actor, memberships } } as Asker;
      await books.db("member").insert({
        community: vote.code,
        id: "both",
        account: both.actor.id,
        role: "trustee",
        owner: "",
        since: vote.clock.now().toISOString(),
        admitted_by: "",
      });
      expect(await refusalOf(check(both, stranger))).to.equal("CHECK_NOT_YOURS");
    });

    it("vote once another than who printed the letter has checked them", async () => {
      const owner = await accountBy(vote.li, "103");
      expect(await refusalOf(check(vote.li.asker, owner))).to.equal("CHECK_NOT_YOURS");
      expect(await refusalOf(cast(owner, "P4"))).to.equal("ACCOUNT_UNCHECKED");
      expect(await check(vote.he.asker, owner)).to.deep.equal({ checked: 1 });
      expect((await cast(owner, "P4")).receipt).to.match(/^[\dA-Z-]{14}$/u);
      expect(await refusalOf(check(vote.sun.asker, owner))).to.equal("CHECKED_ALREADY");
      const told = await books.db("event").where({ community: vote.code, what: "owners checked" }).pluck("detail");
      expect(told).to.deep.equal([JSON.stringify({ count: "1", units: "103" })]);
    });

    /** A supervisor whom li proposed and wang agreed to. */
    const aSupervisor = async (): Promise<Asker> => {
      const { id } = await execute(vote.door, vote.li.asker, proposeMember, { role: "supervisor", label: "表弟" });
      await execute(vote.door, vote.wang.asker, confirmMember, { id, code: vote.wang.code() });
      const { code: invitation } = await execute(vote.door, vote.li.asker, tellCode, { id });
      const name = `cousin-${vote.code}`;
      const anybody = { actor: NOBODY, address: "192.0.2.251", session: null, community: "" };
      await execute(vote.door, anybody, join, { invitation, name, display: name, password: PASSWORD });
      return askerOf(name);
    };

    it("are checked by a supervisor whom two sides let in, whoever of them printed the letter", async () => {
      const supervisor = await aSupervisor();
      for (const printer of [vote.li, vote.wang]) {
        expect(await check(supervisor, await accountBy(printer, "103"))).to.deep.equal({ checked: 1 });
      }
    });

    it("are not checked by a supervisor whom the printer alone let in, as was possible once", async () => {
      const cousin = await aSupervisor();
      await books.db("invitation").where({ community: vote.code, role: "supervisor" }).update({ confirmed_by: "" });
      expect(await refusalOf(check(cousin, await accountBy(vote.li, "103")))).to.equal("CHECK_NOT_YOURS");
      expect(await check(cousin, await accountBy(vote.he, "103"))).to.deep.equal({ checked: 1 });
    });

    it("are not checked by whoever uses them", async () => {
      const asker = await accountBy(vote.he, "103", vote.li);
      expect(await refusalOf(check(asker, asker))).to.equal("CHECK_NOT_YOURS");
      await check(vote.sun.asker, asker);
      await cast(asker, "P4");
    });

    it("of one owner each need a check of their own", async () => {
      const first = await accountBy(vote.wang, "103");
      const second = await accountBy(vote.wang, "103");
      await check(vote.li.asker, first);
      expect(await refusalOf(cast(second, "P4"))).to.equal("ACCOUNT_UNCHECKED");
      await cast(first, "P4");
    });

    it("need another check when they join again", async () => {
      const owner = await accountBy(vote.wang, "103");
      await check(vote.li.asker, owner);
      const ended = await memberOf(owner);
      await execute(vote.door, vote.li.asker, endMember, { id: ended });
      vote.clock.tick();
      const again = await accountBy(vote.wang, "103", { name: owner.actor.name, asker: owner, code: () => "" });
      expect(await refusalOf(cast(again, "P4"))).to.equal("ACCOUNT_UNCHECKED");
      const late = execute(vote.door, vote.li.asker, checkOwners, { members: [ended] });
      expect(await refusalOf(late)).to.equal("MEMBER_UNKNOWN");
      await check(vote.he.asker, again);
      await cast(again, "P4");
    });

    it("need another check after the operator let them set a new password, by somebody else", async () => {
      const owner = await accountBy(vote.wang, "103");
      await check(vote.li.asker, owner);
      vote.clock.tick();
      const { asker: operator } = await operatorOf(vote.door);
      const { told } = await execute(vote.door, operator, askReset, { account: owner.actor.id });
      const anybody = { actor: NOBODY, address: "192.0.2.252", session: null, community: "" };
      await execute(vote.door, anybody, startOver, { reset: told?.code ?? "", password: `${PASSWORD} 2` });
      expect(await refusalOf(cast(owner, "P4"))).to.equal("ACCOUNT_UNCHECKED");
      await books.db("account").where({ id: vote.li.asker.actor.id }).update({ operator: 1 });
      const both = { ...vote.li.asker, actor: { ...vote.li.asker.actor, operator: true } };
      expect(await refusalOf(check(both, owner))).to.equal("CHECK_NOT_YOURS");
      vote.clock.tick();
      await check(vote.he.asker, owner);
      await cast(owner, "P4");
    });

    it("cast ballots under a proxy only once checked, as its holder", async () => {
      const holder = await accountBy(vote.wang, "103");
      const at = { community: vote.code, assembly: vote.id };
      await runTx(books.db, vote.code, async (tx) => {
        const recorded = { by: "a1", at: vote.clock.now().toISOString() };
        await insertPaper(tx, vote.code, { sha: "p1", name: "委托书", pages: [] }, recorded);
        const proxy = { head: "DEV", holder: "P4", matters: null, givenOn: day("2020-11-25"), document: "p1" };
        await ballots.insertProxy(tx, at, { ...proxy, ...recorded });
      });
      const own = async (): Promise<[string, boolean][]> =>
        (await ask(vote.door, holder, listOwnBallots, { id: vote.id })).items.map((each) => [
          each.head,
          each.isChecked,
        ]);
      expect(await refusalOf(cast(holder, "DEV"))).to.equal("ACCOUNT_UNCHECKED");
      expect(await own()).to.deep.equal([
        ["P4", false],
        ["DEV", false],
      ]);
      await check(vote.he.asker, holder);
      expect(await own()).to.deep.equal([
        ["P4", true],
        ["DEV", true],
      ]);
      await cast(holder, "DEV");
    });

    it("keep their checks: nothing is changed, and the database takes none of who printed the letter", async () => {
      const owner = await accountBy(vote.li, "103");
      const refusedBy = async (work: Promise<unknown>): Promise<string> =>
        String(
          await work.then(
            () => "",
            (error: unknown) => (error instanceof Error ? error.message : error),
          ),
        );
      const row = { community: vote.code, member: await memberOf(owner), checked_at: "2020-12-02T02:00:00.000Z" };
      for (const by of [vote.li, { asker: owner }]) {
        const wrong = books.db("owner_check").insert({ ...row, checked_by: by.asker.actor.id });
        expect(await refusedBy(wrong)).to.contain("checked by somebody else than who let it in");
      }
      await check(vote.he.asker, owner);
      const checks = books.db("owner_check").where({ community: vote.code, member: row.member });
      expect(await refusedBy(checks.clone().update({ checked_by: "x" }))).to.contain("a check stays on record");
      expect(await refusedBy(checks.clone().delete())).to.contain("a check stays on record");
      await execute(vote.door, vote.he.asker, endMember, { id: row.member });
      const late = books.db("owner_check").insert({ ...row, checked_at: "2020-12-03", checked_by: "x" });
      expect(await refusedBy(late)).to.contain("only an owner's membership that has not ended");
    });

    it("are listed with who printed the letter, who checked them, and what hinders the reader", async () => {
      await accountBy(vote.li, "103");
      vote.clock.tick();
      await accountBy(vote.wang, "103");
      await vote.owner("P1");
      const list = async (asker: Asker, wish: object): Promise<unknown[]> =>
        (await ask(vote.door, asker, listOwnerAccounts, wish)).items.map((each) => [
          each.units.join(" "),
          each.owner,
          each.printedBy,
          each.accounts,
          each.checkedAt !== null,
          each.hindrance,
        ]);
      expect(await list(vote.li.asker, {})).to.deep.equal([
        ["103", "业主P4", vote.li.name, 2, false, "letter"],
        ["103", "业主P4", vote.wang.name, 2, false, null],
      ]);
      expect(await list(vote.sun.asker, { which: "checked" })).to.deep.equal([
        ["101 104", "业主P1", "", 1, true, null],
      ]);
      expect(await list(vote.sun.asker, { which: "all", find: "104" })).to.have.lengthOf(1);
      const first = await ask(vote.door, vote.sun.asker, listOwnerAccounts, { limit: 1 });
      expect([first.items.length, first.waiting]).to.deep.equal([1, 2]);
      const rest = await ask(vote.door, vote.sun.asker, listOwnerAccounts, { limit: 1, after: first.next ?? "" });
      expect([rest.items[0]?.printedBy, rest.next]).to.deep.equal([vote.wang.name, null]);
    });

    it("wait on the desk's list of those who may check them, urgent while a vote is announced", async () => {
      await accountBy(vote.wang, "103");
      await accountBy(vote.li, "103");
      const tasks = async ({ asker }: Person): Promise<string[]> =>
        (await tasksFor(readingOf(asker), 0))
          .filter(({ href }) => href === `/desk/${vote.code}/owner-checks`)
          .map(({ title, words, isUrgent }) => `${title}：${words}${isUrgent ? "！" : ""}`);
      expect(await tasks(vote.sun)).to.deep.equal(["2 个业主账号等核对：核对后才能网上投票！"]);
      expect(await tasks(vote.li)).to.deep.equal([
        "2 个业主账号等核对：核对后才能网上投票；其中 1 个不能由您核对，请另一位委员或监察人！",
      ]);
      expect(await tasks(vote.wang)).to.deep.equal([]);
    });

    it("tell their owner that they are unchecked while a vote is announced, and of others of the home", async () => {
      const titles = async (asker: Asker): Promise<string[]> =>
        (await ownFront(readingOf(asker))).alerts.map(({ title }) => title);
      const owner = (await vote.owner("P2")).asker;
      expect(await titles(owner)).to.deep.equal([]);
      vote.clock.later(1);
      const other = await accountBy(vote.wang, "102");
      expect(await titles(owner)).to.deep.equal(["您家又开通了一个账号（2020年12月3日）。"]);
      expect(await titles(other)).to.deep.equal(["账号还没有核对本人", "您家还有一个账号（2020年12月2日开通）。"]);
      vote.clock.set("2021-03-04T02:00:00Z");
      expect(await titles(other)).to.deep.equal([]);
    });

    describe("on pages", () => {
      const served = async (work: (origin: string) => Promise<void>): Promise<void> => {
        const server = buildApp(books.db, { clock: vote.clock.now }).listen(0, "127.0.0.1");
        await new Promise((resolve) => {
          server.once("listening", resolve);
        });
        const address = server.address();
        await work(`http://127.0.0.1:${typeof address === "object" ? (address?.port ?? 0) : 0}`);
        server.close();
        server.closeAllConnections();
      };

      it("are ticked and confirmed, several at once; then the ballot is there", async () => {
        const stranger = await accountBy(vote.li, "103");
        const owners = [await accountBy(vote.wang, "101"), await accountBy(vote.wang, "102")];
        await served(async (origin) => {
          const voter = new Browser(origin);
          await voter.signIn(owners[0]?.actor.name ?? "", PASSWORD);
          expect((await voter.open(`/my/${vote.code}`)).text).to.contain("账号还没有核对本人");
          const before = (await voter.open(`/my/${vote.code}/assemblies/${vote.id}`)).text;
          expect([before.includes("请带身份证到业委会核对"), before.includes("下一步：核对")]).to.deep.equal([
            true,
            false,
          ]);

          const desk = new Browser(origin);
          await desk.signIn(vote.li.name, PASSWORD);
          const page = (await desk.open(`/desk/${vote.code}/owner-checks`)).text;
          expect(page.match(/type="checkbox"/gu)).to.have.lengthOf(2);
          expect(page).to.contain("3 个账号等核对").and.to.contain("不能由您核对：邀请信是您");
          const none = await desk.submit(`/desk/${vote.code}/owner-checks`, {});
          expect([none.status, none.text.includes("请勾选已经当面核对的账号")]).to.deep.equal([422, true]);
          const members = await Promise.all(owners.map(memberOf));
          const forged = await desk.submit(`/desk/${vote.code}/owner-checks`, {
            members: [...members, await memberOf(stranger)],
          });
          expect([forged.status, forged.text.includes("请另一位业委会委员或监察人核对")]).to.deep.equal([403, true]);
          await desk.open(`/desk/${vote.code}/owner-checks`);
          const done = await desk.submit(`/desk/${vote.code}/owner-checks`, { members });
          expect(done.text).to.contain("核对了 2 个业主账号是本人：101、104、102").and.to.contain("1 个账号等核对");
          expect((await voter.open(`/my/${vote.code}/assemblies/${vote.id}`)).text).to.contain("下一步：核对");
        });
      });
    });
  });
}
