// The electronic ballot: who may cast it, when, once; on both databases.
import { expect } from "chai";
import { castBallot, enterPaperBallot, listOwnBallots, lookUpReceipt, showTurnout } from "../../src/ballot/routes.ts";
import { countedBallots } from "../../src/ballot/service.ts";
import type { Refusal } from "../../src/base/refusal.ts";
import { ask, execute, type Asker } from "../../src/door/service.ts";
import { insertHoldings } from "../../src/people/service.ts";
import { day } from "../../src/base/month.ts";
import { listEvents } from "../../src/log/service.ts";
import { recordClosed, recordFinished } from "../../src/assembly/service.ts";
import { runTx } from "../../src/platform/db.ts";
import { DIALECTS, useBooks } from "../support/databases.ts";
import type { Person } from "../support/people.ts";
import { refusalOf } from "../support/small.ts";
import { aTownVotes, aVote, callDraft, chose, voterAsker, type AVote, type Voter } from "../support/vote.ts";

for (const dialect of DIALECTS) {
  describe(`casting a ballot on ${dialect}`, () => {
    const books = useBooks(dialect);
    let vote: AVote;

    beforeEach(async () => {
      vote = await aVote(books.db);
    });

    const cast = (
      { asker }: Person,
      head: string,
      choices: unknown = chose("agree", "oppose"),
      once?: string,
    ): Promise<{ receipt: string; castAt: string }> =>
      execute(vote.door, asker, castBallot, { id: vote.id, head, choices }, once === undefined ? {} : { once });

    const ballots = (): Promise<object[]> =>
      books.db("ballot").where({ community: vote.code }).orderBy("head").select("head", "channel", "proxy");
    const choices = (): Promise<object[]> =>
      books
        .db("ballot_choice")
        .where({ community: vote.code })
        .orderBy(["head", "matter"])
        .select("head", "matter", "choice");
    const noted = (what: string): Promise<string[]> =>
      books.db("event").where({ community: vote.code, what }).orderBy("id").pluck("detail");

    it("takes one choice for each matter and tells a receipt code", async () => {
      const { receipt, castAt } = await cast(await vote.owner("P1"), "P1");
      expect(receipt).to.match(/^[2-9A-HJ-NP-Z]{4}(?:-[2-9A-HJ-NP-Z]{4}){2}$/u);
      expect(castAt).to.equal("2020-12-02T02:00:00.000Z");
      expect(await ballots()).to.deep.equal([{ head: "P1", channel: "electronic", proxy: null }]);
      expect(await choices()).to.deep.equal([
        { head: "P1", matter: 1, choice: "agree" },
        { head: "P1", matter: 2, choice: "oppose" },
      ]);
    });

    it("writes into the log who voted, never how", async () => {
      await cast(await vote.owner("P1"), "P1");
      expect(await noted("ballot cast")).to.deep.equal([
        JSON.stringify({ title: "2020年第一次业主大会", units: "101、104" }),
      ]);
      const { items } = (await ask(vote.door, vote.li.asker, listEvents, {})) as { items: { words: string }[] };
      expect(items[0]?.words).to.equal("在「2020年第一次业主大会」中投了电子票：101、104");
      const all = await books.db("event").where({ community: vote.code });
      expect(JSON.stringify(all)).not.to.match(/agree|oppose|同意|反对/u);
    });

    it("answers a repeated request again and takes the ballot once", async () => {
      const owner = await vote.owner("P1");
      const first = await cast(owner, "P1", chose("agree", "agree"), "k1");
      expect(await cast(owner, "P1", chose("agree", "agree"), "k1")).to.deep.equal(first);
      expect(await ballots()).to.have.lengthOf(1);
    });

    it("acknowledges no other choice under the key of a ballot that was taken, and still the same one", async () => {
      const owner = await vote.owner("P1");
      const first = await cast(owner, "P1", chose("agree", "oppose"), "k1");
      expect(await refusalOf(cast(owner, "P1", chose("oppose", "oppose"), "k1"))).to.equal("KEY_REUSED");
      expect(await refusalOf(cast(owner, "P1", chose("agree"), "k1"))).to.equal("KEY_REUSED");
      const more = [...chose("agree", "oppose"), { matter: 2, choice: "oppose" }];
      expect(await refusalOf(cast(owner, "P1", more, "k1"))).to.equal("KEY_REUSED");
      const reversed = chose("agree", "oppose").toReversed();
      expect(await cast(owner, "P1", reversed, "k1")).to.deep.equal(first);
      expect(await cast(owner, "P1", chose("agree", "oppose"), "k1")).to.deep.equal(first);
      expect((await choices())[0]).to.deep.equal({ head: "P1", matter: 1, choice: "agree" });
    });

    it("acknowledges one choice when two requests with one key and different choices come at once", async () => {
      const town = await aTownVotes(books.db, `keys-${vote.code}`, 20);
      for (const { head } of town.voters) {
        const send = (choice: string): Promise<unknown> => {
          const input = { id: town.id, head, choices: chose(choice, choice) };
          return execute(vote.door, voterAsker(town.code, head), castBallot, input, { once: "same" });
        };
        const outcomes = await Promise.allSettled([send("agree"), send("oppose")]);
        const refused = outcomes.flatMap((each) =>
          each.status === "rejected" ? [(each.reason as { code: string }).code] : [],
        );
        expect(refused).to.deep.equal(["KEY_REUSED"]);
        const kept = await books.db("ballot_choice").where({ community: town.code, head }).distinct().pluck("choice");
        expect(kept).to.deep.equal([outcomes[0].status === "fulfilled" ? "agree" : "oppose"]);
      }
    });

    it("lets the first ballot stand and refuses a second one, in the log", async () => {
      const owner = await vote.owner("P1");
      await cast(owner, "P1");
      expect(await refusalOf(cast(owner, "P1", chose("oppose", "oppose")))).to.equal("BALLOT_TAKEN");
      expect((await choices())[0]).to.deep.equal({ head: "P1", matter: 1, choice: "agree" });
      expect((await noted("ballot refused"))[0]).to.contain("每户一票");
    });

    it("lets any one of joint holders vote for their head, the first one counts", async () => {
      await cast(await vote.owner("P3"), "P2+P3");
      expect(await refusalOf(cast(await vote.owner("P2"), "P2+P3"))).to.equal("BALLOT_TAKEN");
      const { items } = await ask(vote.door, (await vote.owner("P2")).asker, listOwnBallots, { id: vote.id });
      expect(items.map(({ head, status }) => [head, status])).to.deep.equal([["P2+P3", "received"]]);
    });

    it("refuses who is not behind the head, without telling whether it has voted", async () => {
      await cast(await vote.owner("P1"), "P1");
      expect(await refusalOf(cast(await vote.owner("P4"), "P1"))).to.equal("BALLOT_NOT_YOURS");
      expect(await refusalOf(cast(await vote.owner("P4"), "P2+P3"))).to.equal("BALLOT_NOT_YOURS");
      expect(await refusalOf(cast(await vote.owner("P5"), "P5"))).to.equal("BALLOT_NOT_YOURS");
      expect(await ballots()).to.have.lengthOf(1);
    });

    it("opens at midnight in Shanghai on the first day and ends with the last", async () => {
      const owner = await vote.owner("P1");
      vote.clock.set("2020-11-30T15:59:59Z");
      expect(await refusalOf(cast(owner, "P1"))).to.equal("VOTE_NOT_OPEN");
      vote.clock.set("2020-11-30T16:00:00Z");
      await cast(owner, "P1");
      vote.clock.set("2020-12-20T15:59:59Z");
      await cast(await vote.owner("P4"), "P4");
      vote.clock.set("2020-12-20T16:00:00Z");
      expect(await refusalOf(cast(await vote.owner("P2"), "P2+P3"))).to.equal("VOTE_OVER");
      expect(await ballots()).to.have.lengthOf(2);
    });

    it("takes nothing after the close or of a vote that was withdrawn", async () => {
      await runTx(books.db, vote.code, (tx) => recordClosed(tx, vote.code, vote.id, vote.clock.now()));
      expect(await refusalOf(cast(await vote.owner("P1"), "P1"))).to.equal("VOTE_OVER");
      const other = await aVote(books.db);
      await runTx(books.db, other.code, (tx) =>
        recordFinished(tx, other.code, other.id, { at: other.clock.now(), voidReason: "通知有误" }),
      );
      vote = other;
      expect(await refusalOf(cast(await vote.owner("P1"), "P1"))).to.equal("VOTE_OVER");
    });

    it("refuses a ballot that leaves a matter out, and names the matter", async () => {
      const owner = await vote.owner("P1");
      const error = (await cast(owner, "P1", [{ matter: 1, choice: "agree" }, { matter: 2 }]).catch(
        (each: unknown) => each,
      )) as { faults: { code: string; column?: string; message: string }[] };
      expect(error.faults).to.have.lengthOf(1);
      expect(error.faults[0]).to.include({ code: "CHOICE_MISSING", column: "choices.1.choice" });
      expect(error.faults[0]?.message).to.contain("第 2 项");
      expect(await refusalOf(cast(owner, "P1", chose("agree")))).to.equal("CHOICE_MISSING");
      expect(await refusalOf(cast(owner, "P1", chose("agree", "oppose", "agree")))).to.equal("MATTER_UNKNOWN");
      const twice = [...chose("agree", "oppose"), { matter: 1, choice: "oppose" }];
      expect(await refusalOf(cast(owner, "P1", twice))).to.equal("MATTER_TWICE");
      expect((await noted("ballot refused")).join(" "))
        .to.contain("第 2 项还没有选")
        .and.not.match(/agree|oppose/u);
      expect(await noted("ballot refused")).to.have.lengthOf(4);
      expect(await refusalOf(cast(owner, "P1", chose("赞成", "oppose")))).to.equal("FIELD_INVALID");
      expect(await ballots()).to.deep.equal([]);
    });

    it("refuses when the clock was set back before what it holds, and lets wait who waited for the book", async () => {
      await cast(await vote.owner("P1"), "P1");
      vote.clock.set("2020-12-02T01:59:30Z");
      await cast(await vote.owner("P4"), "P4");
      vote.clock.set("2020-12-02T01:50:00Z");
      expect(await refusalOf(cast(await vote.owner("P2"), "P2+P3"))).to.equal("CLOCK_BACK");
      expect(await ballots()).to.have.lengthOf(2);
    });

    it("does not open again when the clock is set back after somebody came too late", async () => {
      vote.clock.set("2020-12-21T02:00:00Z");
      expect(await refusalOf(cast(await vote.owner("P1"), "P1"))).to.equal("VOTE_OVER");
      vote.clock.set("2020-12-20T02:00:00Z");
      expect(await refusalOf(cast(await vote.owner("P1"), "P1"))).to.equal("CLOCK_BACK");
      expect(await ballots()).to.deep.equal([]);
    });

    it("is not known, in any way, while the vote is a draft", async () => {
      const draft = await callDraft(books.db, vote.code);
      const { asker } = await vote.owner("P1");
      const ballot = { id: draft, head: "P1", choices: chose("agree", "agree") };
      const paper = { ...ballot, receivedOn: "2020-12-01" };
      const asked: (() => Promise<unknown>)[] = [
        () => execute(vote.door, asker, castBallot, ballot),
        () => execute(vote.door, vote.li.asker, enterPaperBallot, paper),
        () => ask(vote.door, asker, lookUpReceipt, { id: draft, receipt: "AAAA" }),
        () => ask(vote.door, asker, listOwnBallots, { id: draft }),
        () => ask(vote.door, asker, showTurnout, { id: draft }),
      ];
      for (const work of asked) {
        const { code, status, message } = (await work().catch((each: unknown) => each)) as Refusal;
        expect([code, status]).to.deep.equal(["ASSEMBLY_UNKNOWN", 404]);
        expect(message).not.to.contain("秘密");
      }
    });

    describe("when a flat is sold during the vote", () => {
      const sell = (unit: string, owner: string): Promise<void> =>
        runTx(books.db, vote.code, (tx) =>
          insertHoldings(tx, vote.code, [{ unit, since: day("2020-12-01"), owners: [owner] }]),
        );

      it("lets who held it on the day of the roll vote, unless the rules say otherwise", async () => {
        await sell("103", "P5");
        expect(await refusalOf(cast(await vote.owner("P5"), "P4"))).to.equal("BALLOT_NOT_YOURS");
        await cast(await vote.owner("P4"), "P4");
      });

      it("lets the new holder vote with the roll's area where the rules say so", async () => {
        vote = await aVote(books.db, { settings: { transfer: "new-holder" } });
        await sell("103", "P5");
        expect(await refusalOf(cast(await vote.owner("P4"), "P4"))).to.equal("BALLOT_NOT_YOURS");
        const buyer = await vote.owner("P5");
        const { items } = await ask(vote.door, buyer.asker, listOwnBallots, { id: vote.id });
        expect(items.map(({ head, area }) => [head, area])).to.deep.equal([["P4", "60.00"]]);
        await cast(buyer, "P4");
      });

      it("leaves a head with who still holds one of its flats", async () => {
        vote = await aVote(books.db, { settings: { transfer: "new-holder" } });
        await sell("104", "P5");
        expect(await refusalOf(cast(await vote.owner("P5"), "P1"))).to.equal("BALLOT_NOT_YOURS");
        await cast(await vote.owner("P1"), "P1");
      });
    });

    it("tells how many took part, as heads and area and nothing else: no flat's area to the public while it runs", async () => {
      await cast(await vote.owner("P1"), "P1");
      await cast(await vote.owner("P2"), "P2+P3");
      const { asker } = await vote.owner("P4");
      const told = (who: Asker) => ask(vote.door, who, showTurnout, { id: vote.id });
      const exactly = {
        roll: { heads: 4, area: "270.50" },
        tookPart: { heads: 2, area: "190.50" },
        electronic: { heads: 2, area: "190.50" },
        paper: { heads: 0, area: "0.00" },
        areaStep: null,
      };
      const none = { heads: 2, area: "0.00" };
      const inSteps = { ...exactly, tookPart: none, electronic: none, areaStep: "200.00" };
      for (const outsider of [asker, vote.wang.asker]) {
        expect(await told(outsider)).to.deep.equal(inSteps);
      }
      expect(await told(vote.li.asker)).to.deep.equal(exactly);
      await runTx(books.db, vote.code, (tx) => recordClosed(tx, vote.code, vote.id, vote.clock.now()));
      expect(await told(asker)).to.deep.equal(exactly);
    });

    it("answers two twins of one request the same, and takes the ballot once", async () => {
      const town = await aTownVotes(books.db, `twins-${vote.code}`, 20);
      for (const { head } of town.voters) {
        const input = { id: town.id, head, choices: chose("agree", "agree") };
        const send = (): Promise<unknown> =>
          execute(vote.door, voterAsker(town.code, head), castBallot, input, { once: "twin" });
        const [first, second, third] = await Promise.all([send(), send(), send()]);
        expect([second, third]).to.deep.equal([first, first]);
      }
      expect(await books.db("ballot").where({ community: town.code })).to.have.lengthOf(20);
    });

    it("counts every ballot that was acknowledged while the vote was being closed, and takes none after", async () => {
      const town = await aTownVotes(books.db, `town-${vote.code}`, 60);
      const close = runTx(books.db, town.code, async (tx) => {
        await recordClosed(tx, town.code, town.id, vote.clock.now());
        return countedBallots(tx, { community: town.code, assembly: town.id });
      });
      const half = town.voters.length / 2;
      const castAll = (voters: readonly Voter[]): Promise<PromiseSettledResult<unknown>[]> =>
        Promise.allSettled(
          voters.map(({ head }) => {
            const input = { id: town.id, head, choices: chose("agree", "oppose") };
            return execute(vote.door, voterAsker(town.code, head), castBallot, input);
          }),
        );
      const [early, counted, late] = await Promise.all([
        castAll(town.voters.slice(0, half)),
        close,
        castAll(town.voters.slice(half)),
      ]);
      const acknowledged = [...early, ...late].filter(({ status }) => status === "fulfilled").length;
      expect(counted.get(1)?.agree.heads ?? 0).to.equal(acknowledged);
      expect(await books.db("ballot").where({ community: town.code })).to.have.lengthOf(acknowledged);
    });

    it("takes one ballot of twenty that two joint holders send at once, and tells the other that it was taken", async () => {
      const [one, two] = [await vote.owner("P2"), await vote.owner("P3")];
      const sent = Array.from({ length: 10 }, () => [cast(one, "P2+P3"), cast(two, "P2+P3", chose("oppose", "agree"))]);
      const outcomes = await Promise.allSettled(sent.flat());
      const codes = outcomes.map((each) =>
        each.status === "fulfilled" ? "taken" : (each.reason as { code: string }).code,
      );
      expect(codes.toSorted()).to.deep.equal([...Array.from({ length: 19 }, () => "BALLOT_TAKEN"), "taken"]);
      expect(await ballots()).to.have.lengthOf(1);
      expect(await noted("ballot refused")).to.have.lengthOf(19);
    });

    it("takes one ballot of two that come at once", async () => {
      const town = await aTownVotes(books.db, `both-${vote.code}`, 20);
      for (const { head } of town.voters) {
        const send = (...chosen: readonly string[]): Promise<unknown> =>
          execute(vote.door, voterAsker(town.code, head), castBallot, { id: town.id, head, choices: chose(...chosen) });
        const outcomes = await Promise.allSettled([send("agree", "agree"), send("oppose", "oppose")]);
        const refused = outcomes.filter((each) => each.status === "rejected");
        expect(refused.map(({ reason }) => (reason as { code: string }).code)).to.deep.equal(["BALLOT_TAKEN"]);
      }
      expect(await books.db("ballot").where({ community: town.code })).to.have.lengthOf(20);
    });
  });
}
