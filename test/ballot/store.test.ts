// What the database itself keeps from happening to ballots, whatever a program does; on both databases.
import { expect } from "chai";
import { recordClosed } from "../../src/assembly/service.ts";
import { countedBallots, eraseChoices, lookUpReceipt } from "../../src/ballot/service.ts";
import { runTx, type Tx } from "../../src/platform/db.ts";
import { DIALECTS, useBooks } from "../support/databases.ts";
import { refusalOf } from "../support/small.ts";
import { aVote, type AVote } from "../support/vote.ts";

for (const dialect of DIALECTS) {
  describe(`the tables of ballots on ${dialect}`, () => {
    const books = useBooks(dialect);
    let vote: AVote;
    let receipts = 0;

    beforeEach(async () => {
      vote = await aVote(books.db);
    });

    const write = <T>(work: (tx: Tx) => Promise<T>): Promise<T> => runTx(books.db, vote.code, work);
    const at = (): { community: string; assembly: number } => ({ community: vote.code, assembly: vote.id });
    const choose = (tx: Tx, head: string, matters: readonly number[] = [1, 2]): Promise<unknown> =>
      tx("ballot_choice").insert(matters.map((matter) => ({ ...at(), head, matter, choice: "agree" })));
    const seal = (tx: Tx, head: string, over: object = {}): Promise<unknown> => {
      receipts += 1;
      const ballot = { channel: "electronic", receipt: `R${receipts}`, cast_by: "a1" };
      return tx("ballot").insert({ ...at(), head, ...ballot, cast_at: "2020-12-02T02:00:00.000Z", ...over });
    };
    const cast = (head: string, over: object = {}): Promise<unknown> =>
      write(async (tx) => {
        await choose(tx, head);
        await seal(tx, head, over);
      });
    const entry = (seq: number, by: string, over: object = {}): Promise<unknown> =>
      write((tx) =>
        tx("paper_entry").insert({
          ...at(),
          seq,
          head: "P4",
          choices: '[[1,"agree"],[2,"agree"]]',
          received_on: "2020-12-02",
          reason: "",
          entered_by: by,
          entered_at: "2020-12-02T02:00:00.000Z",
          ...over,
        }),
      );
    const close = (): Promise<void> =>
      write((tx) => recordClosed(tx, vote.code, vote.id, new Date("2020-12-21T02:00:00Z")));
    const proxy = (id: number, head: string): Promise<unknown> =>
      write(async (tx) => {
        const recorded = { recorded_by: "a1", recorded_at: "2020-12-01T02:00:00.000Z" };
        const file = { community: vote.code, sha: "f", name: "委托书", pages: "[]", ...recorded };
        await tx("ballot_file").insert(file).onConflict().ignore();
        const given = { id, head, holder: "P1", matters: "[2]", given_on: "2020-12-01", document: "f" };
        await tx("proxy").insert({ ...at(), ...given, ...recorded });
      });

    /** What the database says when it refuses. */
    const said = async (work: Promise<unknown>): Promise<string> => {
      const error: unknown = await work.catch((each: unknown) => each);
      expect(error).to.be.instanceOf(Error);
      return String(error);
    };

    it("seals a ballot only with one choice for each matter, and takes none afterwards", async () => {
      expect(await said(write((tx) => seal(tx, "P4")))).to.contain("one choice for each matter");
      const half = write(async (tx) => {
        await choose(tx, "P4", [1]);
        await seal(tx, "P4");
      });
      expect(await said(half)).to.contain("one choice for each matter");
      expect(await said(write((tx) => choose(tx, "P4")))).to.match(/foreign key/iu);
      await cast("P4");
      expect(await said(write((tx) => choose(tx, "P4", [1])))).to.contain("sealed");
      expect(await books.db("ballot_choice").where(at())).to.have.lengthOf(2);
    });

    it("has one ballot a head and one receipt code a ballot", async () => {
      await cast("P4", { receipt: "SAME" });
      const again = write((tx) => seal(tx, "P4"));
      expect(await said(again)).to.match(/unique|duplicate/iu);
      expect(await said(cast("P1", { receipt: "SAME" }))).to.match(/unique|duplicate/iu);
      expect(await said(cast("P9"))).to.match(/foreign key/iu);
    });

    it("takes electronic ballots on the days of the voting in Shanghai, and none after the close", async () => {
      expect(await said(cast("P4", { cast_at: "2020-11-30T15:59:59.999Z" }))).to.contain("on a day of the voting");
      await cast("P4", { cast_at: "2020-11-30T16:00:00.000Z" });
      await cast("P1", { cast_at: "2020-12-20T15:59:59.999Z" });
      expect(await said(cast("DEV", { cast_at: "2020-12-20T16:00:00.000Z" }))).to.contain("on a day of the voting");
      await close();
      expect(await said(cast("DEV"))).to.contain("after its close");
      expect(await said(entry(1, "a1"))).to.contain("after its close");
      expect(await said(proxy(1, "DEV"))).to.contain("after its close");
    });

    it("never changes or removes a ballot, a choice of an open vote, an entry or a proxy", async () => {
      await proxy(1, "DEV");
      await entry(1, "a1", { head: "P1" });
      await cast("P4");
      await close();
      for (const [table, change] of [
        ["ballot", { channel: "paper" }],
        ["ballot_choice", { choice: "oppose" }],
        ["ballot_choice", { choice: "" }],
        ["ballot_choice", { matter: 2 }],
        ["paper_entry", { choices: "" }],
        ["paper_entry", { entered_by: "a2" }],
        ["proxy", { holder: "P4" }],
      ] as const) {
        expect(await said(write((tx) => tx(table).where(at()).update(change))), table).to.match(/stay|stands/u);
        expect(await said(write((tx) => tx(table).where(at()).delete())), table).to.match(/stay|stands/u);
      }
    });

    it("empties the choices of a secret vote only once it is closed, and changes nothing else of them", async () => {
      vote = await aVote(books.db, { ballot: "secret" });
      await cast("P1");
      await entry(1, "a1");
      expect(await said(write((tx) => eraseChoices(tx, at())))).to.contain("only the close of a secret vote");
      await close();
      expect(await said(write((tx) => tx("ballot_choice").where(at()).update({ choice: "oppose" })))).to.contain(
        "only the close of a secret vote",
      );
      await write((tx) => eraseChoices(tx, at()));
      expect(await books.db("ballot_choice").where(at()).distinct("choice").pluck("choice")).to.deep.equal([""]);
      expect(await books.db("paper_entry").where(at()).pluck("choices")).to.deep.equal([""]);
    });

    const aside = (seq: number, by: string): Promise<unknown> => {
      const recorded = { reason: "没有这张票", recorded_by: by, recorded_at: "2020-12-02T02:00:00.000Z" };
      return write((tx) => tx("paper_aside").insert({ ...at(), entry: seq, ...recorded }));
    };

    it("counts paper when two people entered the same, and no screen past a paper that two people hold", async () => {
      await entry(1, "a1");
      expect(await said(cast("P4", { channel: "paper" }))).to.contain("two people");
      await entry(2, "a1");
      await entry(3, "a2", { choices: '[[1,"agree"],[2,"oppose"]]' });
      expect(await said(cast("P4"))).to.contain("came first");
      expect(await said(cast("P4", { channel: "paper" }))).to.contain("two people");
      await entry(4, "a2");
      await cast("P4", { channel: "paper" });
      expect(await said(entry(5, "a3"))).to.contain("was taken");
    });

    it("lets the owner in person past one person's entry, and nobody who comes with a proxy", async () => {
      await proxy(1, "DEV");
      await entry(1, "a1", { head: "DEV" });
      const under = write(async (tx) => {
        await choose(tx, "DEV", [2]);
        await seal(tx, "DEV", { proxy: 1 });
      });
      expect(await said(under)).to.contain("came first");
      await cast("DEV");
    });

    it("lets nobody set the own entry aside, or one of a head that has voted; what is set aside counts no more and stays", async () => {
      await entry(1, "a1");
      expect(await said(aside(1, "a1"))).to.contain("somebody else");
      await aside(1, "a2");
      await entry(2, "a2");
      expect(await said(cast("P4", { channel: "paper" }))).to.contain("two people");
      expect(await said(write((tx) => tx("paper_aside").where(at()).update({ reason: "x" })))).to.contain("stays");
      expect(await said(write((tx) => tx("paper_aside").where(at()).delete()))).to.contain("stays");
      await cast("P4");
      expect(await said(aside(2, "a1"))).to.contain("was taken");
      await close();
      expect(await said(aside(2, "a1"))).to.contain("after its close");
    });

    it("holds a ballot to the proxy it was cast under", async () => {
      await proxy(1, "DEV");
      expect(await said(proxy(2, "DEV"))).to.contain("end it before");
      const under = (head: string, matters: readonly number[]): Promise<unknown> =>
        write(async (tx) => {
          await choose(tx, head, matters);
          await seal(tx, head, { proxy: 1 });
        });
      expect(await said(under("P4", [2]))).to.match(/foreign key/iu);
      expect(await said(under("DEV", [1, 2]))).to.contain("one choice for each matter");
      await under("DEV", [2]);
      await proxy(3, "P4");
      const recorded = { reason: "收回", recorded_by: "a1", recorded_at: "2020-12-02T02:00:00.000Z" };
      await write((tx) => tx("proxy_end").insert({ ...at(), proxy: 3, ...recorded }));
      const ended = write(async (tx) => {
        await choose(tx, "P4", [2]);
        await seal(tx, "P4", { proxy: 3 });
      });
      expect(await said(ended)).to.contain("has ended");
    });

    it("keeps no scan of a secret ballot", async () => {
      vote = await aVote(books.db, { ballot: "secret" });
      await proxy(1, "DEV");
      expect(await said(entry(1, "a1", { scan: "f" }))).to.contain("keeps no scan");
    });

    it("tells no sum by choice, and nothing of a receipt, before the close", async () => {
      await cast("P4", { receipt: "AAAA-BBBB-CCCC" });
      expect(await said(write((tx) => countedBallots(tx, at())))).to.contain("is not closed");
      const now = new Date("2020-12-20T17:00:00Z");
      expect(await refusalOf(lookUpReceipt(books.db, at(), "AAAA-BBBB-CCCC", now))).to.equal("NOT_COUNTED_YET");
      await close();
      const counted = await write((tx) => countedBallots(tx, at()));
      expect(counted.get(1)?.agree).to.deep.equal({ heads: 1, area: 60_00 });
    });
  });
}
