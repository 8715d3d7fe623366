// Paper ballots: two people enter them independently, and the first that came stands; on both databases.
import { expect } from "chai";
import {
  castBallot,
  enterPaperBallot,
  listOwnBallots,
  listParticipation,
  recordProxy,
  setPaperEntryAside,
  showTurnout,
  takeBackPaperEntry,
} from "../../src/ballot/routes.ts";
import { headsEntering, paperOf, uncountedOf } from "../../src/ballot/service.ts";
import { ask, callOf, execute, type Upload } from "../../src/door/service.ts";
import { recordClosed } from "../../src/assembly/service.ts";
import { runTx } from "../../src/platform/db.ts";
import { DIALECTS, useBooks } from "../support/databases.ts";
import type { Person } from "../support/people.ts";
import { refusalOf } from "../support/small.ts";
import { aVote, chose, scanOf, type AVote } from "../support/vote.ts";

for (const dialect of DIALECTS) {
  describe(`paper ballots on ${dialect}`, () => {
    const books = useBooks(dialect);
    let vote: AVote;
    let scan: readonly Upload[];

    before(async () => {
      scan = await scanOf();
    });

    beforeEach(async () => {
      vote = await aVote(books.db);
    });

    const enter = (
      { asker }: Person,
      head: string,
      choices = chose("agree", "abstain"),
      { receivedOn = "2020-12-02", uploads = scan }: { receivedOn?: string; uploads?: readonly Upload[] } = {},
    ): Promise<{ state: string; differs: number[]; receipt: string | null }> =>
      execute(vote.door, asker, enterPaperBallot, { id: vote.id, head, receivedOn, choices }, { uploads });

    const seenBy = ({ asker }: Person, head: string) =>
      paperOf({ ...callOf(vote.door, asker), db: books.db }, { community: vote.code, assembly: vote.id }, head);

    const tookPart = async (): Promise<number> =>
      (await ask(vote.door, vote.li.asker, showTurnout, { id: vote.id })).tookPart.heads;

    it("counts as received when two people have entered the same", async () => {
      expect(await enter(vote.li, "P4")).to.deep.equal({ state: "waiting", differs: [], receipt: null });
      expect(await tookPart()).to.equal(0);
      const { state, receipt } = await enter(vote.he, "P4");
      expect(state).to.equal("counted");
      expect(receipt).to.match(/^\w{4}-\w{4}-\w{4}$/u);
      expect(await tookPart()).to.equal(1);
      const rows = await books.db("ballot").where({ community: vote.code }).select("head", "channel", "receipt");
      expect(rows).to.deep.equal([{ head: "P4", channel: "paper", receipt }]);
    });

    it("does not count when one person enters it twice", async () => {
      await enter(vote.li, "P4");
      expect((await enter(vote.li, "P4")).state).to.equal("waiting");
      expect(await tookPart()).to.equal(0);
    });

    it("shows the second person nothing of the first entry before the own one", async () => {
      await enter(vote.li, "P4");
      const seen = await seenBy(vote.he, "P4");
      expect([seen.own, seen.others, seen.differs]).to.deep.equal([null, [], []]);
      expect(seen.state).to.equal("waiting");
    });

    it("lists what two people read differently, to them alone, until one corrects it", async () => {
      await enter(vote.li, "P4", chose("agree", "abstain"));
      const second = await enter(vote.sun, "P4", chose("oppose", "abstain"));
      expect(second).to.deep.equal({ state: "differs", differs: [1], receipt: null });
      expect((await seenBy(vote.li, "P4")).others).to.have.lengthOf(1);
      const stranger = await seenBy(vote.he, "P4");
      expect([stranger.others, stranger.differs]).to.deep.equal([[], [1]]);
      const { items } = await ask(vote.door, vote.he.asker, listParticipation, { id: vote.id, filter: "entering" });
      expect(items.map(({ head, entry, channel }) => [head, entry, channel])).to.deep.equal([["P4", "differs", null]]);
      expect((await enter(vote.sun, "P4", chose("agree", "abstain"))).state).to.equal("counted");
      const kept = await books.db("ballot_choice").where({ community: vote.code }).orderBy("matter").pluck("choice");
      expect(kept).to.deep.equal(["agree", "abstain"]);
    });

    it("lets a third person decide between two", async () => {
      await enter(vote.li, "P4", chose("agree", "abstain"));
      await enter(vote.sun, "P4", chose("oppose", "abstain"));
      expect((await enter(vote.he, "P4", chose("oppose", "abstain"))).state).to.equal("counted");
      expect(await books.db("ballot_choice").where({ community: vote.code, matter: 1 }).pluck("choice")).to.deep.equal([
        "oppose",
      ]);
    });

    it("holds the days apart, too", async () => {
      vote.clock.set("2020-12-05T02:00:00Z");
      await enter(vote.li, "P4", chose("agree", "agree"), { receivedOn: "2020-12-02" });
      const second = await enter(vote.he, "P4", chose("agree", "agree"), { receivedOn: "2020-12-03" });
      expect(second.differs).to.deep.equal([0]);
    });

    const cast = async (owner: string): Promise<unknown> =>
      execute(vote.door, (await vote.owner(owner)).asker, castBallot, {
        id: vote.id,
        head: owner,
        choices: chose("agree", "agree"),
      });
    const uncounted = async (): Promise<unknown[]> => {
      const all = await uncountedOf(books.db, { community: vote.code, assembly: vote.id });
      return all.map(({ head, by, aside }) => [head, by, aside]);
    };
    const setAside = (who: Person, head: string): Promise<unknown> =>
      execute(vote.door, who.asker, setPaperEntryAside, { id: vote.id, head, reason: "没有找到这张票" });

    it("takes no paper after an electronic ballot, and no electronic ballot once two people hold a paper", async () => {
      await enter(vote.li, "P4", chose("agree", "abstain"));
      await enter(vote.he, "P4", chose("oppose", "abstain"));
      expect(await refusalOf(cast("P4"))).to.equal("PAPER_FIRST");
      await cast("P1");
      expect(await refusalOf(enter(vote.li, "P1"))).to.equal("BALLOT_TAKEN");
      expect(await tookPart()).to.equal(1);
    });

    it("lets no single person at the desk silence an owner: the owner's own ballot stands, the entry is kept and told", async () => {
      await enter(vote.li, "P4");
      const owner = await vote.owner("P4");
      const own = async () => (await ask(vote.door, owner.asker, listOwnBallots, { id: vote.id })).items;
      expect((await own()).map(({ status }) => status)).to.deep.equal(["unconfirmed"]);
      await cast("P4");
      expect((await own()).map(({ status, channel }) => [status, channel])).to.deep.equal([["received", "electronic"]]);
      expect(await refusalOf(enter(vote.he, "P4"))).to.equal("BALLOT_TAKEN");
      expect(await uncounted()).to.deep.equal([["P4", vote.li.asker.actor.id, null]]);
      expect(await headsEntering(books.db, { community: vote.code, assembly: vote.id })).to.deep.equal([]);
      expect(await books.db("event").where({ community: vote.code, what: "ballot cast past paper" })).to.have.lengthOf(
        1,
      );
    });

    it("gives who comes with a proxy no way past a paper that one person holds", async () => {
      const file = { field: "document", name: "委托书.jpg", bytes: (scan[0] ?? { bytes: Buffer.of() }).bytes };
      const wish = { id: vote.id, head: "P4", holder: "P1", givenOn: "2020-12-01" };
      await execute(vote.door, vote.li.asker, recordProxy, wish, { uploads: [file] });
      await enter(vote.he, "P4");
      const ballot = { id: vote.id, head: "P4", choices: chose("agree", "agree") };
      const byHolder = execute(vote.door, (await vote.owner("P1")).asker, castBallot, ballot);
      expect(await refusalOf(byHolder)).to.equal("PAPER_FIRST");
    });

    it("is set aside by another side with a reason, kept, and entered again when the paper is found", async () => {
      await enter(vote.li, "P4");
      expect(await refusalOf(setAside(vote.li, "P4"))).to.equal("ASIDE_NOT_YOURS");
      expect(await refusalOf(setAside(vote.he, "P4"))).to.equal("ASIDE_NOT_YOURS");
      expect(await refusalOf(setAside(vote.wang, "P4"))).to.equal("FORBIDDEN");
      expect((await seenBy(vote.he, "P4")).asides).to.deep.equal([]);
      expect((await seenBy(vote.sun, "P4")).asides).to.deep.equal([vote.li.asker.actor.id]);
      expect(await setAside(vote.sun, "P4")).to.deep.equal({ head: "P4", entries: 1 });
      expect(await refusalOf(setAside(vote.sun, "P4"))).to.equal("ENTRY_UNKNOWN");
      expect(await uncounted()).to.deep.equal([["P4", vote.li.asker.actor.id, "没有找到这张票"]]);
      const [detail] = await books.db("event").where({ community: vote.code, what: "paper set aside" }).pluck("detail");
      expect(detail).to.contain("没有找到这张票");
      expect((await enter(vote.he, "P4")).state).to.equal("waiting");
      expect((await enter(vote.li, "P4")).state).to.equal("counted");
      expect(await uncounted()).to.deep.equal([]);
    });

    it("is set aside by a colleague, too, once who entered it has left the desk", async () => {
      await enter(vote.li, "P4");
      const until = vote.clock.now().toISOString();
      await books.db("member").where({ community: vote.code, account: vote.li.asker.actor.id }).update({ until });
      expect(await setAside(vote.he, "P4")).to.deep.equal({ head: "P4", entries: 1 });
    });

    it("frees the head when an entry for the wrong one is taken back, with its reason in the log", async () => {
      await enter(vote.li, "P4");
      const back = (who: Person): Promise<unknown> =>
        execute(vote.door, who.asker, takeBackPaperEntry, { id: vote.id, head: "P4", reason: "录错了户" });
      expect(await refusalOf(back(vote.he))).to.equal("ENTRY_UNKNOWN");
      const entering = (): Promise<string[]> => headsEntering(books.db, { community: vote.code, assembly: vote.id });
      expect(await entering()).to.deep.equal(["P4"]);
      await back(vote.li);
      expect(await entering()).to.deep.equal([]);
      await execute(vote.door, (await vote.owner("P4")).asker, castBallot, {
        id: vote.id,
        head: "P4",
        choices: chose("agree", "agree"),
      });
      const [detail] = await books
        .db("event")
        .where({ community: vote.code, what: "paper taken back" })
        .pluck("detail");
      expect(detail).to.contain("录错了户");
      expect(await books.db("paper_entry").where({ community: vote.code })).to.have.lengthOf(2);
    });

    it("takes paper after the voting until the close, if it came in time", async () => {
      vote.clock.set("2020-12-22T02:00:00Z");
      await enter(vote.li, "P4", chose("agree", "agree"), { receivedOn: "2020-12-20" });
      const late = enter(vote.he, "P4", chose("agree", "agree"), { receivedOn: "2020-12-21" });
      expect(await refusalOf(late)).to.equal("RECEIVED_OUTSIDE");
      expect((await enter(vote.he, "P4", chose("agree", "agree"), { receivedOn: "2020-12-20" })).state).to.equal(
        "counted",
      );
      await runTx(books.db, vote.code, (tx) => recordClosed(tx, vote.code, vote.id, vote.clock.now()));
      expect(await refusalOf(enter(vote.li, "P1"))).to.equal("VOTE_OVER");
    });

    it("refuses a day before the voting, a day to come, a head that is not on the roll, and a missing choice", async () => {
      const on = (receivedOn: string): Promise<unknown> =>
        enter(vote.li, "P4", chose("agree", "agree"), { receivedOn });
      expect(await refusalOf(on("2020-11-30"))).to.equal("RECEIVED_OUTSIDE");
      expect(await refusalOf(on("2020-12-03"))).to.equal("RECEIVED_OUTSIDE");
      expect(await refusalOf(enter(vote.li, "P5"))).to.equal("NOT_ON_ROLL");
      expect(await refusalOf(enter(vote.li, "P4", chose("agree")))).to.equal("CHOICE_MISSING");
      expect(await books.db("paper_entry").where({ community: vote.code })).to.deep.equal([]);
    });

    it("is not entered by the trustee, who may be the matter itself", async () => {
      expect(await refusalOf(enter(vote.wang, "P4"))).to.equal("FORBIDDEN");
    });

    it("keeps a scan beside an open vote and not among the vouchers, to look at after the close, and none of a secret one", async () => {
      const bare = { uploads: [] };
      await enter(vote.li, "P4", chose("agree", "agree"));
      const [sha] = await books.db("paper_entry").where({ community: vote.code }).pluck("scan");
      expect(await books.db("ballot_file").where({ community: vote.code }).pluck("sha")).to.deep.equal([sha]);
      expect(await books.db("voucher").where({ community: vote.code })).to.deep.equal([]);
      await enter(vote.he, "P4", chose("agree", "agree"), bare);
      expect((await seenBy(vote.sun, "P4")).scans).to.deep.equal([]);
      await runTx(books.db, vote.code, (tx) => recordClosed(tx, vote.code, vote.id, vote.clock.now()));
      expect((await seenBy(vote.sun, "P4")).scans).to.deep.equal([sha]);
      vote = await aVote(books.db, { ballot: "secret" });
      expect(await refusalOf(enter(vote.li, "P4"))).to.equal("SCAN_SECRET");
      expect((await enter(vote.li, "P4", chose("agree", "agree"), bare)).state).to.equal("waiting");
    });

    it("wants the scan of the signed paper with the first entry of an open vote, and keeps it when that is corrected", async () => {
      const bare = { uploads: [] };
      const agreed = chose("agree", "agree");
      expect(await refusalOf(enter(vote.li, "P4", agreed, bare))).to.equal("SCAN_MISSING");
      await enter(vote.li, "P4", chose("oppose", "agree"));
      expect((await enter(vote.he, "P4", agreed, bare)).state).to.equal("differs");
      expect((await enter(vote.li, "P4", agreed, bare)).state).to.equal("counted");
      const scans = await books.db("paper_entry").where({ community: vote.code }).orderBy("seq").pluck("scan");
      expect(scans.map((sha) => sha !== null)).to.deep.equal([true, false, true]);
    });

    it("wants a scan again when whoever brought it takes the entry back", async () => {
      await enter(vote.li, "P4");
      await enter(vote.he, "P4", chose("oppose", "oppose"), { uploads: [] });
      await execute(vote.door, vote.li.asker, takeBackPaperEntry, { id: vote.id, head: "P4", reason: "录错了户" });
      const third = (uploads: readonly Upload[]) => enter(vote.sun, "P4", chose("oppose", "oppose"), { uploads });
      expect(await refusalOf(third([]))).to.equal("SCAN_MISSING");
      expect((await third(scan)).state).to.equal("counted");
    });

    it("acknowledges no other reading of a paper under the key of an entry", async () => {
      const send = (...chosen: readonly string[]): Promise<unknown> => {
        const entry = { id: vote.id, head: "P4", receivedOn: "2020-12-02", choices: chose(...chosen) };
        return execute(vote.door, vote.li.asker, enterPaperBallot, entry, { once: "k1", uploads: scan });
      };
      const first = await send("agree", "oppose");
      expect(await refusalOf(send("oppose", "oppose"))).to.equal("KEY_REUSED");
      expect(await send("agree", "oppose")).to.deep.equal(first);
    });

    it("leaves nothing of the choices in the kept answers and in the log", async () => {
      await execute(
        vote.door,
        vote.li.asker,
        enterPaperBallot,
        { id: vote.id, head: "P4", receivedOn: "2020-12-02", choices: chose("agree", "oppose") },
        { once: "k1", uploads: scan },
      );
      const rows = [
        await books.db("answer").where({ community: vote.code }),
        await books.db("event").where({ community: vote.code }),
      ];
      expect(rows[0]).to.have.lengthOf(1);
      expect(JSON.stringify(rows)).not.to.match(/agree|oppose|abstain/u);
    });
  });
}
