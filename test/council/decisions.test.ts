// Decisions of the committee on real databases: who may vote, what a majority carries out by itself, and what everybody
// sees of it.
import { expect } from "chai";
import { toYuan } from "../../src/base/money.ts";
import { day, month } from "../../src/base/month.ts";
import { budgetOf, yearBudget } from "../../src/budget/service.ts";
import {
  castVote,
  listDecisions,
  proposeBudgetChange,
  proposeDecision,
  proposeRatification,
  recordPosting,
  showDecision,
} from "../../src/council/service.ts";
import { ask } from "../../src/door/service.ts";
import { ratifySpend, releaseSpend, showSpend } from "../../src/payment/routes.ts";
import { undoEffect } from "../../src/effect/service.ts";
import { closeThrough } from "../../src/period/service.ts";
import { runTx } from "../../src/platform/db.ts";
import { verifyCommunity } from "../../src/proof/service.ts";
import { unratified } from "../../src/request/service.ts";
import { findResolution } from "../../src/resolution/service.ts";
import { insertVoiding } from "../../src/resolution/store.ts";
import { requestSpend } from "../../src/spending/service.ts";
import { useApp } from "../support/app.ts";
import { Browser, spokenText } from "../support/browser.ts";
import { DIALECTS, useBooks } from "../support/databases.ts";
import { anEstate, aPayment, does, type Estate } from "../support/estate.ts";
import { PASSWORD, personIn, type Person } from "../support/people.ts";
import { refusalOf } from "../support/small.ts";

const TERMS = { budgetChange: { committeeUpTo: "500.00" } };
const MOVED = {
  year: 2020,
  changes: [
    { account: "5002", amount: "300" },
    { account: "5003", amount: "-300" },
  ],
  reason: "路灯集中更换",
  source: "lines",
};

interface Proposed {
  readonly id: number;
  readonly opensOn: string;
}

for (const dialect of DIALECTS) {
  describe(`decisions of the committee on ${dialect}`, () => {
    const books = useBooks(dialect);
    const app = useApp(books);
    let estate: Estate;
    let zhou: Person;

    beforeEach(async () => {
      estate = await anEstate(books.db, {}, TERMS);
      zhou = await personIn(estate.door, estate.code, "committee", { name: `zhou-${estate.code}` });
    });

    const proposes = (input: object = MOVED): Promise<Proposed> =>
      does(estate, estate.li, proposeBudgetChange, { ...input });
    const votes = (who: Person, id: number, choice: string): Promise<{ result: string; resolution: string | null }> =>
      does(estate, who, castVote, { id, choice });
    const shown = (id: number) => ask(estate.door, estate.supervisor.asker, showDecision, { id });

    it("takes no proposal of the only member with an account: one person never decides for the committee", async () => {
      for (const { name } of [estate.he, zhou]) {
        const { id: account } = await books.db("account").where({ name }).first("id");
        await books
          .db("member")
          .where({ community: estate.code, account })
          .update({ until: estate.clock.now().toISOString() });
      }
      expect(await refusalOf(proposes())).to.equal("COMMITTEE_TOO_SMALL");
      expect(await refusalOf(does(estate, estate.li, proposeDecision, { title: "换锁", text: "" }))).to.equal(
        "COMMITTEE_TOO_SMALL",
      );
    });

    /** A court takes a resolution back from February on. */
    async function voids(number: string): Promise<void> {
      const { code, clock } = estate;
      const voiding = { from: month("2020-02"), reason: "法院撤销", document: null, successor: null };
      await runTx(books.db, code, async (tx) => {
        await insertVoiding(tx, code, number, voiding, { by: "", at: clock.now() });
        await undoEffect(tx, code, number, month("2020-02"), clock.now());
      });
    }

    /** An emergency that both sides released. */
    async function emergency(): Promise<number> {
      const wish = aPayment({ lines: [{ account: "5004", amount: "900.00" }], emergency: "大树倒在车上" });
      const { id } = await does<{ id: number }>(estate, estate.wang, requestSpend, wish);
      for (const who of [estate.zhao, estate.li]) {
        estate.clock.tick();
        await does(estate, who, releaseSpend, { id, code: who.code() });
      }
      return id;
    }

    async function ratification(id: number): Promise<string | undefined> {
      return (await ask(estate.door, estate.supervisor.asker, showSpend, { id })).ratification?.state;
    }

    describe("on the budget", () => {
      it("change it with the vote that makes more than half of all, under a number of the register", async () => {
        const { id, opensOn } = await proposes();
        expect(opensOn).to.equal("2020-01-27");
        expect(await refusalOf(votes(estate.li, id, "agree"))).to.equal("VOTE_NOT_OPEN");
        estate.clock.later(7);
        expect(await votes(estate.li, id, "agree")).to.deep.include({ result: "open", resolution: null });
        expect(await shown(id)).to.deep.include({ stage: "voting", tally: null, resolution: null });
        const last = await votes(zhou, id, "agree");
        expect(last).to.deep.include({ result: "passed", resolution: "2020-业委会-1" });
        expect(await shown(id)).to.deep.include({
          stage: "passed",
          tally: { members: 3, agree: 2, oppose: 0, need: 2 },
          resolution: "2020-业委会-1",
          decidedOn: "2020-01-27",
        });
        const budget = await budgetOf(books.db, estate.code, 2020);
        expect(budget.map(({ account, amount }) => [account, toYuan(amount)])).to.deep.include.members([
          ["5002", "1300.00"],
          ["5003", "89700.00"],
        ]);
        const resolution = await findResolution(books.db, estate.code, "2020-业委会-1");
        expect(resolution).to.deep.include({ body: "committee", kind: "budget-change", decision: id });
        expect(await refusalOf(votes(estate.he, id, "agree"))).to.equal("DECISION_OVER");
        expect((await verifyCommunity(books.db, estate.code)).faults).to.deep.equal([]);
      });

      it("are taken back by new rows when they are voided, and count for the limit no more", async () => {
        const { id } = await proposes();
        estate.clock.later(7);
        await votes(estate.li, id, "agree");
        await votes(zhou, id, "agree");
        const { code } = estate;
        await voids("2020-业委会-1");
        const budget = await budgetOf(books.db, code, 2020);
        expect(budget.find(({ account }) => account === "5002")?.amount).to.equal(100_000);
        const { changes } = await yearBudget(books.db, code, 2020);
        expect(
          changes.map(({ id: change, account, amount, reason }) => [change, account, amount, reason]),
        ).to.deep.equal([
          [1, "5002", 30_000, "路灯集中更换"],
          [1, "5003", -30_000, "路灯集中更换"],
          [2, "5002", -30_000, "决议 2020-业委会-1 已作废"],
          [2, "5003", 30_000, "决议 2020-业委会-1 已作废"],
        ]);
        await proposes({
          ...MOVED,
          changes: [
            { account: "5001", amount: "500.00" },
            { account: "5003", amount: "-500.00" },
          ],
        });
      });

      it("stay within the deed's limit of the year, in all", async () => {
        const { id } = await proposes();
        estate.clock.later(7);
        await votes(estate.li, id, "agree");
        await votes(zhou, id, "agree");
        const more = (amount: string) => ({
          ...MOVED,
          changes: [
            { account: "5001", amount },
            { account: "5003", amount: `-${amount}` },
          ],
        });
        expect(await refusalOf(proposes(more("200.01")))).to.equal("CHANGE_BEYOND_LIMIT");
        await proposes(more("200.00"));
      });

      it("are refused to be proposed where they cannot be: a negative line, no budget account, the deed, a closed year", async () => {
        const change = (account: string, amount: string, source = "reserve") => ({
          ...MOVED,
          source,
          changes: [{ account, amount }],
        });
        expect(await refusalOf(proposes(change("5001", "-600.01")))).to.equal("BUDGET_NEGATIVE");
        expect(await refusalOf(proposes(change("5001", "-450.01")))).to.equal("BUDGET_TAKEN");
        expect(await refusalOf(proposes(change("5501", "1.00")))).to.equal("NOT_BUDGETABLE");
        expect(await refusalOf(proposes(change("5001", "x")))).to.equal("FIELD_INVALID");
        expect(await refusalOf(proposes({ ...MOVED, year: 2022 }))).to.equal("BUDGET_MISSING");
        const bare = await anEstate(books.db);
        expect(await refusalOf(does(bare, bare.li, proposeBudgetChange, MOVED))).to.equal("CHANGE_NOT_DELEGATED");
        estate.clock.set("2021-01-05T02:00:00Z");
        await closeThrough(books.db, estate.code, month("2020-12"), { now: estate.clock.now() });
        expect(await refusalOf(proposes())).to.equal("YEAR_CLOSED");
      });

      it("change nothing, the last vote included, when the money was spent meanwhile", async () => {
        const { id } = await proposes({
          ...MOVED,
          source: "reserve",
          changes: [{ account: "5001", amount: "-450.00" }],
        });
        estate.clock.later(7);
        await votes(estate.li, id, "agree");
        const wish = aPayment({ lines: [{ account: "5001", amount: "0.01" }] });
        await does(estate, estate.wang, requestSpend, wish);
        expect(await refusalOf(votes(zhou, id, "agree"))).to.equal("BUDGET_TAKEN");
        expect(await shown(id)).to.deep.include({ stage: "voting", resolution: null });
        expect(await findResolution(books.db, estate.code, "2020-业委会-1")).to.equal(null);
        expect((await votes(zhou, id, "oppose")).result).to.equal("open");
        expect((await votes(estate.he, id, "oppose")).result).to.equal("failed");
      });
    });

    describe("on an emergency", () => {
      it("ratify it at once, and the request says by which resolution", async () => {
        const spend = await emergency();
        const { id, opensOn } = await does<Proposed>(estate, estate.li, proposeRatification, { spend });
        expect(opensOn).to.equal("2020-01-20");
        expect(await refusalOf(does(estate, estate.he, proposeRatification, { spend }))).to.equal("DECISION_TWICE");
        await votes(estate.li, id, "agree");
        expect(await ratification(spend)).to.equal("open");
        expect((await votes(estate.he, id, "agree")).resolution).to.equal("2020-业委会-1");
        expect(await ratification(spend)).to.equal("ratified");
        expect(await refusalOf(does(estate, estate.he, proposeRatification, { spend }))).to.equal("NOT_TO_RATIFY");
        const { steps } = await ask(estate.door, estate.supervisor.asker, showSpend, { id: spend });
        expect(steps.at(-1)).to.deep.include({ kind: "ratified", text: "2020-业委会-1" });
      });

      it("no longer ratify it once they are voided, until another resolution does", async () => {
        const spend = await emergency();
        const { id } = await does<Proposed>(estate, estate.li, proposeRatification, { spend });
        await votes(estate.li, id, "agree");
        await votes(estate.he, id, "agree");
        const { code, clock } = estate;
        const through = day("2020-01-31");
        expect(await unratified(books.db, code, through)).to.deep.equal([]);
        await voids("2020-业委会-1");
        expect(await ratification(spend)).to.equal("open");
        expect((await unratified(books.db, code, through)).map((each) => each.id)).to.deep.equal([spend]);
        const byOld = does(estate, estate.li, ratifySpend, { id: spend, resolution: "2020-业委会-1" });
        expect(await refusalOf(byOld)).to.equal("RESOLUTION_VOID");
        clock.later(1);
        const again = await does<Proposed>(estate, estate.li, proposeRatification, { spend });
        await votes(estate.li, again.id, "agree");
        await votes(zhou, again.id, "agree");
        expect(await ratification(spend)).to.equal("ratified");
        expect(await unratified(books.db, code, through)).to.deep.equal([]);
      });

      it("leave it to the trustee to answer for when they do not agree, until another decision does", async () => {
        const spend = await emergency();
        const { id } = await does<Proposed>(estate, estate.li, proposeRatification, { spend });
        await votes(estate.li, id, "oppose");
        expect(await ratification(spend)).to.equal("open");
        expect((await votes(estate.he, id, "oppose")).result).to.equal("failed");
        expect(await ratification(spend)).to.equal("declined");
        const again = await does<Proposed>(estate, estate.li, proposeRatification, { spend });
        await votes(estate.li, again.id, "agree");
        await votes(zhou, again.id, "agree");
        expect(await ratification(spend)).to.equal("ratified");
      });

      it("are only about emergencies that were paid", async () => {
        const { id } = await does<{ id: number }>(estate, estate.wang, requestSpend, aPayment());
        const about = (spend: number) => refusalOf(does(estate, estate.li, proposeRatification, { spend }));
        expect([await about(id), await about(99)]).to.deep.equal(["SPEND_STATE", "SPEND_UNKNOWN"]);
      });
    });

    describe("on anything else", () => {
      const other = (who = estate.li): Promise<Proposed> =>
        does(estate, who, proposeDecision, { title: "更换门禁供应商", text: "三家比价" });

      it("pass once when two members decide at the same moment", async () => {
        const { id } = await other();
        estate.clock.later(7);
        await votes(estate.li, id, "agree");
        const both = await Promise.allSettled([votes(estate.he, id, "agree"), votes(zhou, id, "agree")]);
        expect(both.map(({ status }) => status).toSorted()).to.deep.equal(["fulfilled", "rejected"]);
        const { tally } = await shown(id);
        expect(tally).to.deep.equal({ members: 3, agree: 2, oppose: 0, need: 2 });
        expect(await books.db("resolution").where({ community: estate.code })).to.have.length(1);
      });

      it("are voted on by those who were members then and are now, and count all who were", async () => {
        const { id } = await other();
        const late = await personIn(estate.door, estate.code, "committee");
        await books
          .db("member")
          .where({ community: estate.code, account: zhou.asker.actor.id })
          .update({ until: estate.clock.now().toISOString() });
        estate.clock.later(7);
        expect(await refusalOf(votes(late, id, "agree"))).to.equal("NOT_ON_ROLL");
        expect(await refusalOf(votes(zhou, id, "agree"))).to.equal("NOT_FOUND");
        expect(await refusalOf(votes(estate.supervisor, id, "agree"))).to.equal("FORBIDDEN");
        await votes(estate.li, id, "agree");
        expect(await refusalOf(votes(estate.li, id, "oppose"))).to.equal("VOTED");
        expect((await votes(estate.he, id, "agree")).result).to.equal("passed");
        expect((await shown(id)).tally).to.deep.equal({ members: 3, agree: 2, oppose: 0, need: 2 });
      });

      it("fail with their last day, and with a clock set back nobody votes", async () => {
        const { id } = await other();
        estate.clock.later(8);
        await votes(estate.li, id, "agree");
        estate.clock.later(-1);
        expect(await refusalOf(votes(estate.he, id, "agree"))).to.equal("CLOCK_BACK");
        estate.clock.later(7);
        expect(await refusalOf(votes(estate.he, id, "agree"))).to.equal("DECISION_OVER");
        expect(await shown(id)).to.deep.include({ stage: "failed", resolution: null });
      });

      it("are put up within three days, and that is recorded once", async () => {
        const { id } = await other();
        estate.clock.later(7);
        const posted = (on: string) => refusalOf(does(estate, estate.li, recordPosting, { id, day: on }));
        expect(await posted("2020-01-27")).to.equal("NOT_TO_POST");
        await votes(estate.li, id, "agree");
        await votes(estate.he, id, "agree");
        expect([await posted("2020-01-26"), await posted("2020-01-28")]).to.deep.equal(["DAY_WRONG", "DAY_WRONG"]);
        await does(estate, estate.li, recordPosting, { id, day: "2020-01-27" });
        expect((await shown(id)).postedOn).to.equal("2020-01-27");
        expect(await posted("2020-01-27")).to.equal("NOT_TO_POST");
      });

      it("stay as they were cast", async () => {
        const { id } = await other();
        const rows = { community: estate.code, decision: id };
        estate.clock.later(7);
        await votes(estate.li, id, "agree");
        const changed = books.db("council_vote").where(rows).update({ choice: "oppose" });
        expect(await changed.catch(String)).to.contain("a vote stays as it was cast");
        const outsider = { ...rows, account: "nobody", choice: "agree", at: "2020-01-27T03:00:00.000Z" };
        expect(await books.db("council_vote").insert(outsider).catch(String)).to.match(/foreign key/iu);
      });
    });

    it("are proposed, voted on and read in the browser, and the public page names nobody", async () => {
      app.now = estate.clock.now();
      const chair = new Browser(app.origin);
      await chair.signIn(estate.li.name, PASSWORD);
      const base = `/desk/${estate.code}/decisions`;
      await chair.open(`${base}/budget?year=2020`);
      const wrong = await chair.submit(`${base}/budget`, {
        "changes[0][account]": "5002",
        "changes[0][amount]": "300",
        source: "lines",
        reason: "路灯集中更换",
      });
      expect([wrong.status, wrong.text.includes("调剂要有增有减")]).to.deep.equal([422, true]);
      const sent = await chair.submit(`${base}/budget`, {
        "changes[0][account]": "5002",
        "changes[0][amount]": "300",
        "changes[1][account]": "5003",
        "changes[1][amount]": "-300",
        source: "lines",
        reason: "路灯集中更换",
      });
      expect([sent.status, sent.path]).to.deep.equal([200, `${base}/1`]);
      app.pass({ days: 7 });
      await chair.signIn(estate.li.name, PASSWORD);
      expect(spokenText((await chair.open(`/desk/${estate.code}`)).text)).to.contain("1 项业委会决定等您表决");
      await chair.follow("业委会决定等您表决");
      await chair.follow("调整 2020 年预算：路灯集中更换");
      expect(spokenText((await chair.submit(`${base}/1/vote`, { choice: "agree" })).text)).to.contain("已表决");
      const other = new Browser(app.origin);
      await other.signIn(estate.he.name, PASSWORD);
      await other.open(`${base}/1`);
      const passed = await other.submit(`${base}/1/vote`, { choice: "agree" });
      expect(spokenText(passed.text)).to.contain("要 2 人同意（全体的过半数），已通过").and.to.contain("2020-业委会-1");
      app.pass({ days: 5 });
      await other.signIn(estate.he.name, PASSWORD);
      expect(spokenText((await other.open(base)).text)).to.contain("还没有登记张贴公告，晚了 2 天");
      const everybody = new Browser(app.origin);
      expect((await everybody.open(`/c/${estate.code}/decisions`)).text).to.contain("2020-业委会-1");
      const page = await everybody.follow("调整 2020 年预算");
      expect(spokenText(page.text))
        .to.contain("2020年1月27日作出并公开")
        .and.to.contain("5002 共用部位设施设备运行维护增加 300.00 元；5003 清洁卫生减少 300.00 元")
        .and.to.contain("全体委员 3 人：同意 2 人，反对 0 人，没有表决 1 人");
      expect(page.text).not.to.match(/li-estate|he-estate|zhou-/u);
      await everybody.follow("2020-业委会-1");
      expect((await everybody.follow("看委员的表决")).path).to.equal(`/c/${estate.code}/decisions/1`);
      const { items } = await ask(estate.door, estate.supervisor.asker, listDecisions, {});
      expect(items.map(({ id, stage }) => [id, stage])).to.deep.equal([[1, "passed"]]);
    });
  });
}
