// The end of a vote: counted once, objected to, final by itself; on both databases.
import { randomUUID } from "node:crypto";
import { expect } from "chai";
import { insertMember } from "../../src/access/store.ts";
import type { Matter } from "../../src/assembly/rules.ts";
import { castBallot, enterPaperBallot, lookUpReceipt, setPaperEntryAside } from "../../src/ballot/routes.ts";
import { recordDeliveries } from "../../src/assembly/service.ts";
import { checkDeliveries, listDeliveryProofs, readNotice } from "../../src/delivery/service.ts";
import { ask, execute, NOBODY, type Upload } from "../../src/door/service.ts";
import { listObjections, showOutcome } from "../../src/outcome/routes.ts";
import {
  answerObjection,
  countVotes,
  finishDue,
  finishVote,
  hideObjection,
  raiseObjection,
} from "../../src/outcome/service.ts";
import { outcomePage } from "../../src/outcome/page.ts";
import type { Outcome } from "../../src/outcome/rules.ts";
import { runTx } from "../../src/platform/db.ts";
import { listResolutions } from "../../src/resolution/service.ts";
import { ratesOf } from "../../src/tariff/service.ts";
import { DIALECTS, useBooks } from "../support/databases.ts";
import type { Person } from "../support/people.ts";
import { refusalOf } from "../support/small.ts";
import { aVote, chose, scanOf, type AVote } from "../support/vote.ts";

const RISE: Matter = {
  place: 1,
  kind: "fee-change",
  title: "物业费调整为 1.11 元",
  text: "从 2021 年 1 月起，住宅物业费每月每平方米 1.11 元。",
  effect: { kind: "fee-change", from: "2021-01", rates: [{ use: "住宅", rate: "1.11" }], discounts: [] },
};
const GATES: Matter = { place: 2, kind: "other", title: "更换三处门禁", text: "换成刷卡的。", effect: null };

const AFTER_THE_WINDOW = "2020-12-21T02:00:00Z";
const LAST_OBJECTION_DAY = "2020-12-28T02:00:00Z";
const DAY_AFTER = "2020-12-28T16:00:00Z";

for (const dialect of DIALECTS) {
  describe(`the end of a vote on ${dialect}`, () => {
    const books = useBooks(dialect);
    let vote: AVote;
    let owners: { readonly p1: Person; readonly p2: Person; readonly p4: Person };

    /** P1 (140 m²) and P4 (60) agree to the rise, P2+P3 (50.5) oppose; the developer does not vote. */
    beforeEach(async () => {
      vote = await aVote(books.db, { matters: [RISE, GATES] });
      owners = { p1: await vote.owner("P1"), p2: await vote.owner("P2"), p4: await vote.owner("P4") };
    });

    const cast = ({ asker }: Person, head: string, choices: object): Promise<{ receipt: string }> =>
      execute(vote.door, asker, castBallot, { id: vote.id, head, choices });
    const castAll = async (): Promise<void> => {
      await cast(owners.p1, "P1", chose("agree", "oppose"));
      await cast(owners.p2, "P2+P3", chose("oppose", "oppose"));
      await cast(owners.p4, "P4", chose("agree", "abstain"));
    };
    const countBy = ({ asker }: Person) => execute(vote.door, asker, countVotes, { id: vote.id });
    const finishBy = ({ asker }: Person) => execute(vote.door, asker, finishVote, { id: vote.id });
    const object = ({ asker }: Person, text: string) =>
      execute(vote.door, asker, raiseObjection, { id: vote.id, text });
    const answer = ({ asker }: Person, verdict: "dismissed" | "upheld", objection = 1) =>
      execute(vote.door, asker, answerObjection, { id: vote.id, objection, verdict, answer: "已经逐票核对过。" });
    const result = () => ask(vote.door, vote.li.asker, showOutcome, { id: vote.id });
    const numbers = async (): Promise<string[]> =>
      (await listResolutions(books.db, vote.code)).map(({ number }) => number).toSorted();

    it("is counted once the window is over, each matter by heads and area", async () => {
      await castAll();
      vote.clock.set(AFTER_THE_WINDOW);
      const counted = await countBy(vote.li);
      expect(counted.matters).to.deep.equal([
        { place: 1, title: RISE.title, passed: true },
        { place: 2, title: GATES.title, passed: false },
      ]);
      const { outcome, stage, digest } = await result();
      expect(stage).to.equal("objections");
      expect(digest).to.equal(counted.digest);
      const [rise] = outcome["matters"] as { tally: object }[];
      expect(rise?.tally).to.deep.include({
        roll: { heads: 4, area: "270.50" },
        tookPart: { heads: 3, area: "250.50" },
        agree: { heads: 2, area: "200.00" },
        oppose: { heads: 1, area: "50.50" },
        abstain: { heads: 0, area: "0.00" },
        passed: true,
      });
      expect(outcome["receipts"]).to.have.property("count", 3);
    });

    it("tells nobody a result before the count", async () => {
      await castAll();
      expect(await refusalOf(result())).to.equal("NOT_COUNTED");
      vote.clock.set(AFTER_THE_WINDOW);
      expect(await refusalOf(result())).to.equal("NOT_COUNTED");
    });

    it("is not counted before the window is over, nor by the trustee", async () => {
      await castAll();
      expect(await refusalOf(countBy(vote.li))).to.equal("VOTE_RUNNING");
      vote.clock.set(AFTER_THE_WINDOW);
      expect(await refusalOf(countBy(vote.wang))).to.equal("FORBIDDEN");
      expect(await books.db("outcome").where({ community: vote.code })).to.have.lengthOf(0);
    });

    it("is counted by one of two who press the button at once", async () => {
      await castAll();
      vote.clock.set(AFTER_THE_WINDOW);
      const done = await Promise.allSettled([countBy(vote.li), countBy(vote.he)]);
      expect(done.map(({ status }) => status).toSorted()).to.deep.equal(["fulfilled", "rejected"]);
      expect(await books.db("outcome").where({ community: vote.code })).to.have.lengthOf(1);
      expect(await books.db("event").where({ community: vote.code, what: "count refused" })).to.have.lengthOf(1);
    });

    it("waits for paper ballots that only one person has entered", async () => {
      await castAll();
      const entry = { id: vote.id, head: "DEV", receivedOn: "2020-12-02", choices: chose("agree", "agree") };
      await execute(vote.door, vote.li.asker, enterPaperBallot, entry, { uploads: await scanOf() });
      vote.clock.set(AFTER_THE_WINDOW);
      expect(await refusalOf(countBy(vote.li))).to.equal("PAPER_OPEN");
      await execute(vote.door, vote.he.asker, enterPaperBallot, entry);
      await countBy(vote.li);
      expect((await result()).outcome["turnout"]).to.deep.equal({
        electronic: { heads: 3, area: "250.50" },
        paper: { heads: 1, area: "20.00" },
      });
    });

    it("has a way past a paper that one person entered and nobody else has seen, and tells of it without a name", async () => {
      const entry = { receivedOn: "2020-12-02", choices: chose("agree", "agree"), id: vote.id };
      const uploads = await scanOf();
      for (const head of ["DEV", "P4"]) {
        await execute(vote.door, vote.li.asker, enterPaperBallot, { ...entry, head }, { uploads });
      }
      await castAll();
      vote.clock.set(AFTER_THE_WINDOW);
      expect(await refusalOf(countBy(vote.he))).to.equal("PAPER_OPEN");
      const aside = { id: vote.id, head: "DEV", reason: "没有这张票" };
      await execute(vote.door, vote.sun.asker, setPaperEntryAside, aside);
      await countBy(vote.he);
      const { outcome } = await result();
      expect(outcome["paperNotCounted"]).to.deep.equal({ inPerson: 1, setAside: ["没有这张票"] });
      expect(outcome["turnout"]).to.deep.equal({
        electronic: { heads: 3, area: "250.50" },
        paper: { heads: 0, area: "0.00" },
      });
      const { notCounted } = outcomePage(outcome as unknown as Outcome, "");
      expect(notCounted).to.deep.equal([
        "1 人的纸质票只有一人录入、没有第二人核对，没有计入：业主本人投了电子票。",
        "一次纸质票的录入由另一方撤下，没有计入。理由：没有这张票",
      ]);
    });

    describe("under rules that count what does not come back with the majority", () => {
      const settings = { unreturned: "majority", unreturnedClause: "议事规则第十二条" } as const;
      const BEFORE = "2020-11-25T02:00:00Z";
      const deliver = async (who: Person, head: string, more: object = {}, uploads?: readonly Upload[]) =>
        execute(
          vote.door,
          who.asker,
          recordDeliveries,
          { id: vote.id, heads: [head], how: "letter", day: "2020-11-20", ...more },
          { uploads: uploads ?? (await scanOf("document")) },
        );
      const proofs = async () =>
        (await ask(vote.door, vote.sun.asker, listDeliveryProofs, { id: vote.id })).items.map(({ sha }) => sha);
      const check = ({ asker }: Person, sha: string) =>
        execute(vote.door, asker, checkDeliveries, { id: vote.id, sha });
      const counted = async (): Promise<object> => {
        vote.clock.set("2020-12-02T02:00:00Z");
        await cast(owners.p1, "P1", chose("agree", "agree"));
        vote.clock.set(AFTER_THE_WINDOW);
        await countBy(vote.li);
        const [rise] = (await result()).outcome["matters"] as { tally: { tookPart: object }; unreturned: object }[];
        return { tookPart: rise?.tally.tookPart, ...rise?.unreturned };
      };
      const NONE = { heads: 0, area: "0.00" };

      beforeEach(async () => {
        vote = await aVote(books.db, { matters: [RISE, GATES], settings });
        owners = { p1: await vote.owner("P1"), p2: await vote.owner("P2"), p4: await vote.owner("P4") };
        vote.clock.set(BEFORE);
      });

      it("wants proof of what may decide, and none of a call or a notice on the board", async () => {
        expect(await refusalOf(deliver(vote.li, "P4", {}, []))).to.equal("DELIVERY_PAPER");
        await deliver(vote.li, "P4", { how: "posted" }, []);
        expect(await counted()).to.deep.include({ added: NONE });
      });

      it("counts nothing on one person's word, however many papers it comes with", async () => {
        await deliver(vote.li, "P4");
        const [sha = ""] = await proofs();
        expect(await refusalOf(check(vote.li, sha))).to.equal("CHECK_NOT_YOURS");
        expect(await counted()).to.deep.include({
          added: NONE,
          proofs: { read: NONE, proved: NONE, unproved: { heads: 1, area: "60.00" } },
          tookPart: { heads: 1, area: "140.00" },
        });
      });

      it("counts what a second person held against its paper, and not what came under that paper afterwards", async () => {
        await deliver(vote.li, "P4");
        const [sha = ""] = await proofs();
        expect(await check(vote.sun, sha)).to.deep.equal({ heads: 1 });
        expect(await refusalOf(check(vote.sun, sha))).to.equal("CHECKED_ALREADY");
        await deliver(vote.li, "DEV");
        expect(await counted()).to.deep.include({
          added: { heads: 1, area: "60.00" },
          proofs: { read: NONE, proved: { heads: 1, area: "60.00" }, unproved: { heads: 1, area: "20.00" } },
          tookPart: { heads: 2, area: "200.00" },
        });
      });

      it("counts nothing that was recorded once the voting was open, checked or not", async () => {
        vote.clock.set("2020-11-30T16:00:00Z");
        await deliver(vote.li, "P4");
        await check(vote.sun, (await proofs())[0] ?? "");
        expect(await counted()).to.deep.include({
          added: NONE,
          proofs: { read: NONE, proved: NONE, unproved: { heads: 1, area: "60.00" } },
        });
      });

      it("counts an owner's own word to have seen it, said before the voting opened, and tells how many", async () => {
        const read = ({ asker }: Person) => execute(vote.door, asker, readNotice, { id: vote.id });
        vote.clock.set("2020-11-30T15:59:59Z");
        expect(await read(owners.p2)).to.deep.equal({ heads: ["P2+P3"] });
        expect(await refusalOf(read(owners.p2))).to.equal("NOTHING_TO_READ");
        vote.clock.set("2020-11-30T16:00:00Z");
        expect(await refusalOf(read(owners.p4))).to.equal("READ_TOO_LATE");
        expect(await counted()).to.deep.include({
          added: { heads: 1, area: "50.50" },
          proofs: { read: { heads: 1, area: "50.50" }, proved: NONE, unproved: NONE },
        });
        const { outcome } = await result();
        const [rise] = outcomePage(outcome as unknown as Outcome, "").matters;
        expect(rise?.unreturned?.words).to.contain("其中 1 人、50.50 平方米由本人在网上确认看到，0 人、0.00 平方米凭");
      });
    });

    it("refuses a clock that was set back behind the count", async () => {
      await castAll();
      vote.clock.set(AFTER_THE_WINDOW);
      await countBy(vote.li);
      vote.clock.set("2020-12-19T02:00:00Z");
      expect(await refusalOf(object(owners.p2, "少算了一票。"))).to.equal("CLOCK_BACK");
      expect(await refusalOf(cast(await vote.owner("DEV"), "DEV", chose("oppose", "oppose")))).to.equal("CLOCK_BACK");
    });

    it("is final when nobody objected: the rise is a resolution and the rate is there", async () => {
      await castAll();
      vote.clock.set(AFTER_THE_WINDOW);
      await countBy(vote.li);
      vote.clock.set(LAST_OBJECTION_DAY);
      expect(await refusalOf(finishBy(vote.li))).to.equal("OBJECTIONS_RUNNING");
      vote.clock.set(DAY_AFTER);
      expect((await finishBy(vote.li)).resolutions).to.deep.equal(["2020-业主大会-1"]);
      expect(await numbers()).to.deep.equal(["2020-业主大会-1"]);
      expect(await ratesOf(books.db, vote.code)).to.deep.equal([
        { use: "住宅", from: "2021-01", rate: "1.11", resolution: "2020-业主大会-1" },
      ]);
      expect((await result()).stage).to.equal("final");
      expect(await refusalOf(finishBy(vote.he))).to.equal("VOTE_FINAL");
    });

    it("becomes final by the clock alone, once", async () => {
      await castAll();
      vote.clock.set(AFTER_THE_WINDOW);
      await countBy(vote.li);
      const failed: unknown[] = [];
      const tick = (): Promise<void> => finishDue(vote.door, (where, error) => void failed.push([where, error]));
      vote.clock.set(LAST_OBJECTION_DAY);
      await tick();
      expect(await numbers()).to.deep.equal([]);
      vote.clock.set(DAY_AFTER);
      await Promise.all([tick(), tick()]);
      expect(await numbers()).to.deep.equal(["2020-业主大会-1"]);
      await tick();
      expect(await numbers()).to.deep.equal(["2020-业主大会-1"]);
    });

    it("changes nothing when nothing passed", async () => {
      await cast(owners.p1, "P1", chose("agree", "agree"));
      vote.clock.set(AFTER_THE_WINDOW);
      await countBy(vote.li);
      vote.clock.set(DAY_AFTER);
      expect((await finishBy(vote.li)).resolutions).to.deep.equal([]);
      expect(await ratesOf(books.db, vote.code)).to.deep.equal([]);
    });

    it("waits for the answer to an objection, however long it takes", async () => {
      await castAll();
      vote.clock.set(AFTER_THE_WINDOW);
      await countBy(vote.li);
      expect(await object(owners.p2, "我家的票没有计入。")).to.deep.equal({ id: vote.id, objection: 1 });
      vote.clock.set(DAY_AFTER);
      expect(await refusalOf(finishBy(vote.li))).to.equal("OBJECTIONS_OPEN");
      expect(await refusalOf(object(owners.p4, "我也有异议。"))).to.equal("OBJECTIONS_OVER");
      expect((await answer(vote.li, "dismissed")).isVoid).to.equal(false);
      expect(await refusalOf(answer(vote.he, "upheld"))).to.equal("OBJECTION_ANSWERED");
      expect((await finishBy(vote.li)).resolutions).to.deep.equal(["2020-业主大会-1"]);
    });

    it("hears one objection of a head at a time, the next when it was answered", async () => {
      await castAll();
      vote.clock.set(AFTER_THE_WINDOW);
      await countBy(vote.li);
      await object(owners.p2, "少算了一票。");
      expect(await refusalOf(object(owners.p2, "再提一条。"))).to.equal("OBJECTION_WAITS");
      // The other holder of the same flat is the same head.
      expect(await refusalOf(object(await vote.owner("P3"), "我也提一条。"))).to.equal("OBJECTION_WAITS");
      expect(await object(owners.p4, "通知来得太晚。")).to.deep.equal({ id: vote.id, objection: 2 });
      await answer(vote.li, "dismissed");
      expect(await object(owners.p2, "答复没有说清楚。")).to.deep.equal({ id: vote.id, objection: 3 });
    });

    it("lets nobody dismiss an objection of the own head", async () => {
      await castAll();
      vote.clock.set(AFTER_THE_WINDOW);
      await countBy(vote.li);
      await object(owners.p2, "少算了一票。");
      const membership = (owner: string) => ({ community: vote.code, role: "owner", owner }) as const;
      const since = vote.clock.now().toISOString();
      const both = async ({ asker }: Person, owner: string): Promise<void> => {
        const member = { ...membership(owner), id: randomUUID(), account: asker.actor.id, since, admittedBy: "" };
        await runTx(books.db, vote.code, (tx) => insertMember(tx, member));
      };
      await both(vote.he, "P3");
      await both(vote.li, "P1");
      expect(await refusalOf(answer(vote.he, "dismissed"))).to.equal("OBJECTION_OWN");
      expect((await answer(vote.li, "dismissed")).isVoid).to.equal(false);
    });

    it("hides the words of an objection with a reason, never from who answers it", async () => {
      await castAll();
      vote.clock.set(AFTER_THE_WINDOW);
      await countBy(vote.li);
      await object(owners.p2, "某某室投了反对。");
      const hides = ({ asker }: Person, isHidden: boolean) =>
        execute(vote.door, asker, hideObjection, { id: vote.id, objection: 1, isHidden, reason: "泄露他人的投票" });
      const read = async ({ asker }: Pick<Person, "asker">) => {
        const [one] = (await ask(vote.door, asker, listObjections, { id: vote.id })).items;
        return [one?.text, one?.hidden];
      };
      const anybody = { asker: { ...vote.li.asker, actor: NOBODY } };
      expect(await refusalOf(hides(vote.li, true))).to.equal("FORBIDDEN");
      await hides(vote.sun, true);
      for (const reader of [anybody, owners.p2, vote.wang]) {
        expect(await read(reader)).to.deep.equal(["已隐藏：泄露他人的投票", "泄露他人的投票"]);
      }
      for (const reader of [vote.li, vote.sun]) {
        expect(await read(reader)).to.deep.equal(["某某室投了反对。", "泄露他人的投票"]);
      }
      await hides(vote.sun, false);
      expect(await read(anybody)).to.deep.equal(["某某室投了反对。", null]);
      const changed = books.db("objection_hiding").where({ community: vote.code }).update({ reason: "别的" });
      expect(String(await changed.catch((error: unknown) => error))).to.contain("stays on record");
    });

    it("is void when two people hold an objection right, never by one alone", async () => {
      await castAll();
      vote.clock.set(AFTER_THE_WINDOW);
      await countBy(vote.li);
      await object(owners.p2, "通知没有送到我家。");
      expect((await answer(vote.li, "upheld")).isVoid).to.equal(false);
      expect((await answer(vote.li, "upheld")).isVoid).to.equal(false);
      expect((await result()).stage).to.equal("objections");
      expect((await answer(vote.sun, "upheld")).isVoid).to.equal(true);
      expect((await result()).stage).to.equal("void");
      vote.clock.set(DAY_AFTER);
      expect(await refusalOf(finishBy(vote.li))).to.equal("VOTE_VOID");
      expect(await numbers()).to.deep.equal([]);
      expect(await ratesOf(books.db, vote.code)).to.deep.equal([]);
    });

    it("takes objections from who is on the roll only", async () => {
      await castAll();
      vote.clock.set(AFTER_THE_WINDOW);
      await countBy(vote.li);
      expect(await refusalOf(object(await vote.owner("P5"), "我不在名册上。"))).to.equal("NOT_ON_ROLL");
      expect(await refusalOf(object(vote.wang, "物业不同意涨价。"))).to.equal("FORBIDDEN");
    });

    it("lets a voter find the own ballot among those that were counted, with its choices in an open vote", async () => {
      const { receipt } = await cast(owners.p1, "P1", chose("agree", "oppose"));
      vote.clock.set(AFTER_THE_WINDOW);
      await countBy(vote.li);
      const found = await ask(vote.door, owners.p1.asker, lookUpReceipt, { id: vote.id, receipt });
      expect(found).to.deep.equal({
        isCounted: true,
        channel: "electronic",
        choices: [
          { matter: 1, choice: "agree" },
          { matter: 2, choice: "oppose" },
        ],
      });
    });

    it("keeps the sums and no choice of a secret vote", async () => {
      vote = await aVote(books.db, { matters: [RISE, GATES], ballot: "secret" });
      const p1 = await vote.owner("P1");
      const { receipt } = await cast(p1, "P1", chose("agree", "oppose"));
      await cast(await vote.owner("P2"), "P2+P3", chose("oppose", "oppose"));
      await cast(await vote.owner("P4"), "P4", chose("agree", "abstain"));
      vote.clock.set(AFTER_THE_WINDOW);
      expect((await countBy(vote.li)).matters.map(({ passed }) => passed)).to.deep.equal([true, false]);
      const choices = await books.db("ballot_choice").where({ community: vote.code }).distinct("choice");
      expect(choices).to.deep.equal([{ choice: "" }]);
      expect(await ask(vote.door, p1.asker, lookUpReceipt, { id: vote.id, receipt })).to.deep.include({
        isCounted: true,
        choices: [],
      });
    });

    it("keeps a count and its objections as they are, whatever the SQL", async () => {
      await castAll();
      vote.clock.set(AFTER_THE_WINDOW);
      await countBy(vote.li);
      await object(owners.p2, "我家的票没有计入。");
      const at = { community: vote.code, assembly: vote.id };
      const refused = async (change: Promise<unknown>): Promise<string> =>
        change.then(
          () => "done",
          (error: Error) => error.message,
        );
      expect(await refused(books.db("outcome").where(at).update({ bytes: "{}" }))).to.contain("a count is made once");
      expect(await refused(books.db("outcome").where(at).delete())).to.contain("a count is made once");
      expect(await refused(books.db("objection").where(at).update({ text: "x" }))).to.contain("stays as it was raised");
      expect(await refused(books.db("objection").where(at).delete())).to.contain("stays as it was raised");
    });
  });
}
