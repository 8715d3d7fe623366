// What waits to be decided, told to whoever may do something about it, to owners, and to everybody.
import { expect } from "chai";
import { frontOf, ownFront, tasksFor } from "../../src/agenda/service.ts";
import { recordDeliveries } from "../../src/assembly/service.ts";
import { castBallot, enterPaperBallot } from "../../src/ballot/routes.ts";
import { castVote, proposeDecision, recordPosting } from "../../src/council/service.ts";
import { ask, callOf, execute, type Reading, type Upload } from "../../src/door/service.ts";
import { createPlan, freezePlan, publishPlan, saveLine, setPeriod, showDraft } from "../../src/draft/service.ts";
import { answerObjection, countVotes, finishVote, raiseObjection } from "../../src/outcome/service.ts";
import { countsOf } from "../../src/payment/service.ts";
import { releaseSpend } from "../../src/payment/routes.ts";
import { addComment, answerComment, hideComment } from "../../src/plan/service.ts";
import { requestSpend } from "../../src/spending/service.ts";
import { DIALECTS, useBooks } from "../support/databases.ts";
import { decide } from "../support/decisions.ts";
import { anEstate, aPayment, does, type Estate } from "../support/estate.ts";
import { personIn, type Person } from "../support/people.ts";
import { aVote, chose, scanOf, type AVote } from "../support/vote.ts";

const readingOf = (door: Estate["door"], { asker }: Person): Reading => ({ ...callOf(door, asker), db: door.db });

for (const dialect of DIALECTS) {
  describe(`what is to be decided about a vote, on ${dialect}`, () => {
    const books = useBooks(dialect);
    let vote: AVote;
    let owner: Person;

    before(async () => {
      vote = await aVote(books.db);
      owner = await vote.owner("P1");
    });

    const tasks = async (who: Person): Promise<string[]> =>
      (await tasksFor(readingOf(vote.door, who), 0)).map(({ title, words, href }) => {
        expect(href).to.match(new RegExp(`^/desk/${vote.code}/assemblies/1(?:/ballots|/deliveries|/result)?$`, "u"));
        return `${title}：${words}`;
      });
    const ownNews = async () => (await ownFront(readingOf(vote.door, owner))).current;
    const own = async (): Promise<string[]> => (await ownNews()).map(({ words }) => words);
    const open = async (): Promise<string[]> =>
      (await frontOf(books.db, vote.code, vote.clock.now())).current.map(({ title, words }) => `${title}：${words}`);
    const does_ = <O>(
      { asker }: Person,
      command: Parameters<typeof execute>[2],
      input: object,
      uploads: readonly Upload[] = [],
    ): Promise<O> => execute(vote.door, asker, command, { id: vote.id, ...input }, { uploads }) as Promise<O>;

    it("is asked of owners until their ballots are in, and runs at the desk of committee and supervisor alone", async () => {
      expect(await own()).to.deep.equal(["正在投票，到2020年12月20日 24 时截止。您还没有投"]);
      expect((await ownNews()).map(({ isNow }) => isNow)).to.deep.equal([true]);
      await does_(owner, castBallot, { head: "P1", choices: chose("agree", "agree") });
      expect((await ownNews()).map(({ isNow }) => isNow)).to.deep.equal([false]);
      expect(await own()).to.deep.equal(["正在投票，到2020年12月20日 24 时截止。✓ 您的选票已收到"]);
      expect(await open()).to.deep.equal(["2020年第一次业主大会：正在投票，到2020年12月20日 24 时截止"]);
      const running = "2020年第一次业主大会：正在投票，到2020年12月20日 24 时截止";
      expect(await tasks(vote.li)).to.deep.equal(["2020年第一次业主大会：还有 4 人没有登记送达", running]);
      await does_(vote.li, recordDeliveries, { everyone: true, how: "letter", day: "2020-12-02" });
      expect(await tasks(vote.li)).to.deep.equal([running]);
      expect(await tasks(vote.wang)).to.deep.equal([]);
    });

    it("counts paper that one person has entered, and is urgent once the window is over", async () => {
      const entry = { head: "P4", receivedOn: "2020-12-02", choices: chose("oppose", "agree") };
      await does_(vote.li, enterPaperBallot, entry, await scanOf());
      expect(await tasks(vote.sun)).to.deep.equal([
        "2020年第一次业主大会：正在投票，到2020年12月20日 24 时截止",
        "2020年第一次业主大会：1 张纸质选票没有录完：要两个人各录一遍",
      ]);
      await does_(vote.he, enterPaperBallot, entry);
      vote.clock.set("2020-12-20T16:00:00Z");
      expect(await tasks(vote.li)).to.deep.equal(["2020年第一次业主大会：投票期已过，请计票"]);
      expect(await own()).to.deep.equal(["投票已截止，等待计票。✓ 您的选票已收到"]);
    });

    it("tells the result, who must answer an objection, and when it is to be confirmed", async () => {
      await does_(vote.li, countVotes, {});
      // P1 agrees with 140 m² of 200 that took part: half of the heads is no majority.
      expect(await open()).to.deep.equal([
        "2020年第一次业主大会的结果：物业费调整为 1.11 元：没有通过；更换三处门禁：没有通过，异议期到2020年12月28日",
      ]);
      expect(await tasks(vote.li)).to.deep.equal(["2020年第一次业主大会：已计票，异议期到2020年12月28日"]);
      await does_(owner, raiseObjection, { text: "纸质票没有给我看。" });
      expect(await tasks(vote.li)).to.deep.equal(["2020年第一次业主大会：1 条异议等答复"]);
      await does_(vote.li, answerObjection, { objection: 1, verdict: "dismissed", answer: "可以来看原件。" });
      vote.clock.set("2020-12-28T16:00:00Z");
      expect(await tasks(vote.li)).to.deep.equal(["2020年第一次业主大会：异议期已过，请确认结果"]);
      await does_(vote.li, finishVote, {});
      expect(await tasks(vote.li)).to.deep.equal([]);
      expect(await open()).to.deep.equal([
        "2020年第一次业主大会的结果：物业费调整为 1.11 元：没有通过；更换三处门禁：没有通过",
      ]);
    });
  });

  describe(`what is to be decided about plans and by the committee, on ${dialect}`, () => {
    const books = useBooks(dialect);
    let estate: Estate;

    beforeEach(async () => {
      estate = await anEstate(books.db);
    });

    const tasks = async (who: Person): Promise<string[]> => {
      const call = readingOf(estate.door, who);
      const found = await tasksFor(call, (await countsOf(call)).unratified);
      return found.map(({ title, words, href }) => `${href.replace(`/desk/${estate.code}/`, "")} ${title}：${words}`);
    };
    const open = async (): Promise<string[]> =>
      (await frontOf(books.db, estate.code, estate.clock.now())).current.map(({ words }) => words);

    it("leads the desk from a draft over its comments to the vote", async () => {
      const { wang, li, supervisor } = estate;
      const owner = await personIn(estate.door, estate.code, "owner", { owner: "P1" });
      const plan = (who: Person, command: Parameters<typeof does>[2], input: Record<string, unknown>) =>
        does<Record<string, number>>(estate, who, command, { year: "2022", ...input });
      await plan(wang, createPlan, {});
      const levels = [{ kind: "plain", amount: "600.00", reason: "去年同期" }];
      await plan(wang, saveLine, { account: "5002", title: "维护", levels });
      expect(await tasks(wang)).to.deep.equal(["plans/2022 2022 年预算：草案还没有公布"]);
      expect(await open()).to.deep.equal([]);
      const { digest } = await ask(estate.door, wang.asker, showDraft, { year: "2022" });
      await plan(wang, publishPlan, { digest, summary: "第一版" });
      await plan(wang, setPeriod, { from: "2020-01-20", until: "2020-02-20" });
      expect(await open()).to.deep.equal(["正在征求意见，到2020年2月20日为止"]);
      expect(await tasks(wang)).to.deep.equal([]);

      for (const words of ["为什么多了", "太贵", "骂人"]) {
        await plan(owner, addComment, { words });
      }
      await plan(supervisor, hideComment, { comment: "3", isHidden: "on", reason: "辱骂他人" });
      expect(await tasks(wang)).to.deep.equal(["plans/2022/comments 2022 年预算：2 条意见等答复"]);
      expect(await tasks(supervisor), "who may not answer is not asked to").to.deep.equal([]);
      await plan(wang, answerComment, { comment: "1", words: "灯坏得多。" });
      await plan(li, answerComment, { comment: "2", words: "已经问了三家。" });
      estate.clock.set("2020-02-21T02:00:00Z");
      expect(await tasks(li)).to.deep.equal(["plans/2022 2022 年预算：征求意见期已结束，请答复、修改、定稿"]);
      await plan(li, freezePlan, { version: "1" });
      expect(await tasks(li)).to.deep.equal(["assemblies/new 2022 年预算：第 1 版已定稿，请召开业主大会表决"]);
      expect(await tasks(wang), "the company calls no assembly").to.deep.equal([]);
    });

    it("asks each member for a vote, and the committee for the notice board and the ratification", async () => {
      const { wang, zhao, li, he } = estate;
      const { id } = await does<{ id: number }>(estate, li, proposeDecision, { title: "换门锁", text: "坏了。" });
      expect(await tasks(he)).to.deep.equal([]);
      estate.clock.later(7);
      expect(await tasks(he)).to.deep.equal(["decisions 1 项业委会决定等您表决：换门锁"]);
      await does(estate, he, castVote, { id, choice: "agree" });
      expect(await tasks(he)).to.deep.equal([]);
      await does(estate, li, castVote, { id, choice: "agree" });
      expect(await tasks(he)).to.deep.equal(["decisions 1 项业委会决定要张贴公告并登记：换门锁"]);
      estate.clock.later(4);
      expect(await tasks(he)).to.deep.equal(["decisions 1 项业委会决定过了公告期限：换门锁"]);
      await does(estate, li, recordPosting, { id, day: "2020-01-31" });

      const day = "2020-01-31";
      const wish = aPayment({ day, lines: [{ account: "5004", amount: "900.00" }], emergency: "大树倒在车上" });
      const spend = await does<{ id: number }>(estate, wang, requestSpend, wish);
      for (const who of [zhao, li]) {
        estate.clock.tick();
        await does(estate, who, releaseSpend, { id: spend.id, code: who.code() });
      }
      expect(await tasks(li)).to.deep.equal([
        "decisions/ratify 1 笔紧急支出还没有追认：请提交业委会表决，过半数同意就是追认",
      ]);
      expect(await tasks(wang)).to.deep.equal([]);
    });

    it("shows a handover until its day, and the newest resolution to everybody", async () => {
      const now = estate.clock.now();
      const effect = { kind: "manager", company: "新家物业", day: "2020-06-01" };
      await decide(books.db, estate.code, "manager", { effect, now, title: "改聘新家物业" });
      expect(await tasks(estate.wang)).to.deep.equal(["handover 物业交接：小院物业 → 新家物业，2020年6月1日交接"]);
      const { current, ways } = await frontOf(books.db, estate.code, now);
      expect(current.map(({ title, words }) => `${title}：${words}`)).to.deep.equal([
        "最新的决议：改聘新家物业（2020-业主大会-1）",
      ]);
      expect(ways.map(({ title }) => title)).to.deep.equal([
        "2020 年预算执行",
        "年度预算",
        "业主大会",
        "决议",
        "业委会决定",
      ]);
      estate.clock.set("2020-06-02T02:00:00Z");
      expect(await tasks(estate.wang)).to.deep.equal([]);
    });
  });
}
