// What the database itself keeps from happening to proofs of calls and deliveries; on both databases.
import { expect } from "chai";
import { recordClosed } from "../../src/assembly/service.ts";
import { insertCallPaper, insertWords } from "../../src/caller/service.ts";
import { insertPaper } from "../../src/paper/service.ts";
import { runTx, type Tx } from "../../src/platform/db.ts";
import { DIALECTS, useBooks } from "../support/databases.ts";
import { aVote, callDraft, type AVote } from "../support/vote.ts";

for (const dialect of DIALECTS) {
  describe(`the tables of calls and deliveries on ${dialect}`, () => {
    const books = useBooks(dialect);
    let vote: AVote;

    beforeEach(async () => {
      vote = await aVote(books.db);
      const recorded = { by: "a1", at: "2020-12-02T02:00:00.000Z" };
      await write((tx) => insertPaper(tx, vote.code, { sha: "f", name: "签收单", pages: [] }, recorded));
    });

    const write = <T>(work: (tx: Tx) => Promise<T>): Promise<T> => runTx(books.db, vote.code, work);
    const at = (assembly = vote.id) => ({ community: vote.code, assembly });
    const now = new Date("2020-12-02T02:00:00Z");
    const said = async (work: Promise<unknown>): Promise<string> => {
      const error: unknown = await work.catch((each: unknown) => each);
      expect(error).to.be.instanceOf(Error);
      return String(error);
    };
    const deliver = (seq: number, by: string): Promise<unknown> =>
      write(async (tx) => {
        const recorded = { recorded_by: by, recorded_at: now.toISOString() };
        await tx("delivery").insert({
          ...at(),
          seq,
          head: "P4",
          how: "letter",
          day: "2020-12-02",
          note: "",
          ...recorded,
        });
        await tx("delivery_paper").insert({ ...at(), delivery: seq, sha: "f" });
      });
    const check = (through: number, by: string): Promise<unknown> =>
      write((tx) =>
        tx("delivery_check").insert({ ...at(), sha: "f", through, checked_by: by, checked_at: now.toISOString() }),
      );
    const read = (): Promise<unknown> =>
      write((tx) => tx("notice_reading").insert({ ...at(), head: "P4", account: "p4", read_at: now.toISOString() }));

    it("take a check from somebody else than who recorded, for what was recorded until then, before the close", async () => {
      await deliver(1, "a1");
      expect(await said(check(1, "a1"))).to.contain("somebody else");
      await check(1, "a2");
      await deliver(2, "a2");
      expect(await said(check(2, "a2"))).to.contain("somebody else");
      expect(await said(check(3, "a3"))).to.match(/foreign key/iu);
      await write((tx) => recordClosed(tx, vote.code, vote.id, new Date("2020-12-21T02:00:00Z")));
      expect(await said(check(2, "a3"))).to.contain("after its close");
      expect(await said(read())).to.contain("after its close");
    });

    it("take words and papers of a call while it is a draft, and none once its notice is out", async () => {
      const draft = await callDraft(books.db, vote.code);
      const word = { head: "P4", account: "p4", isMine: true, about: "w" };
      const both = (assembly: number): readonly Promise<unknown>[] => [
        write((tx) => insertWords(tx, at(assembly), [word], now)),
        write((tx) => insertCallPaper(tx, at(assembly), "f", { by: "a1", at: now })),
      ];
      await Promise.all(both(draft));
      for (const work of both(vote.id)) {
        expect(await said(work)).to.contain("stays as it was");
      }
    });

    it("never change or lose what proves something", async () => {
      const draft = await callDraft(books.db, vote.code);
      await write((tx) => insertCallPaper(tx, at(draft), "f", { by: "a1", at: now }));
      await write((tx) => insertWords(tx, at(draft), [{ head: "P4", account: "p4", isMine: true, about: "w" }], now));
      await deliver(1, "a1");
      await check(1, "a2");
      await read();
      for (const [table, change] of [
        ["call_paper", { recorded_by: "x" }],
        ["caller_word", { is_mine: 0 }],
        ["delivery_paper", { sha: "g" }],
        ["delivery_check", { checked_by: "x" }],
        ["notice_reading", { account: "x" }],
      ] as const) {
        const rows = (tx: Tx) => tx(table).where({ community: vote.code });
        expect(await said(write((tx) => rows(tx).update(change))), table).to.contain("stays");
        expect(await said(write((tx) => rows(tx).delete())), table).to.contain("stays");
      }
    });
  });
}
