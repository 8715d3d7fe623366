// What the database itself keeps from happening to an assembly, on both databases.
import { expect } from "chai";
import { day, month } from "../../src/base/month.ts";
import { fingerprintOf, type RollCases, type RollHead } from "../../src/assembly/rules.ts";
import * as store from "../../src/assembly/store.ts";
import * as ledger from "../../src/ledger/service.ts";
import { runTx, type Tx } from "../../src/platform/db.ts";
import { DEFAULTS } from "../../src/procedure/rules.ts";
import { area, totalOf } from "../../src/tally/rules.ts";
import { insertCommunity } from "../../src/trust/service.ts";
import { DIALECTS, useBooks } from "../support/databases.ts";

const NOW = new Date("2020-11-01T02:00:00.000Z");

const HEADS: readonly RollHead[] = [
  { id: "P1", area: area(11_890), units: [{ unit: "1-101", use: "住宅", area: area(11_890) }] },
  { id: "P1+P2", area: area(1), units: [{ unit: "1-102", use: "住宅", area: area(1) }] },
];

const CASES: RollCases = {
  several: { heads: 0, units: 0 },
  joint: { heads: 1, units: 1 },
  largest: { units: 1, area: "118.90" },
  leftOut: { units: 0, area: "0.00" },
};

const DRAFT = {
  title: "2020年第一次业主大会",
  ballot: "open",
  calledBy: "committee",
  opensOn: day("2020-12-01"),
  closesOn: day("2020-12-20"),
} as const;

const MATTER = { place: 1, kind: "other", title: "更换门禁", text: "把三处门禁换成刷卡的。", effect: null } as const;

async function refusal(work: () => Promise<unknown>): Promise<string> {
  try {
    await work();
  } catch (error) {
    return String(error);
  }
  return "nothing was refused";
}

for (const dialect of DIALECTS) {
  describe(`the tables of an assembly on ${dialect}`, () => {
    const books = useBooks(dialect);
    let code = "";
    let count = 0;
    let id = 0;

    const write = <T>(work: (tx: Tx) => Promise<T>): Promise<T> => runTx(books.db, code, work);

    async function giveNotice(tx: Tx): Promise<void> {
      await store.insertRoll(tx, code, id, HEADS);
      await store.insertNotice(tx, code, id, {
        at: NOW,
        roll: totalOf(HEADS),
        fingerprint: fingerprintOf(HEADS),
        settings: DEFAULTS,
        cases: CASES,
      });
    }

    beforeEach(async () => {
      count += 1;
      code = `c${count}`;
      id = await write(async (tx) => {
        await insertCommunity(tx, { code, name: "小区", principal: "业主大会", trustee: "物业" });
        await ledger.openBook(tx, code, month("2020-01"), day("2020-11-01"));
        const made = await store.insertAssembly(tx, code, DRAFT, { by: "a1", at: NOW });
        await store.replaceMatters(tx, code, made, [MATTER]);
        return made;
      });
    });

    it("reads a draft and what its notice froze as they were written", async () => {
      expect(await store.findAssembly(books.db, code, id)).to.deep.equal({
        ...DRAFT,
        id: 1,
        createdBy: "a1",
        createdAt: NOW.toISOString(),
        notice: null,
        closedAt: null,
        finishedAt: null,
        voidReason: null,
      });
      await write(giveNotice);
      expect((await store.findAssembly(books.db, code, id))?.notice).to.deep.equal({
        at: NOW.toISOString(),
        roll: { heads: 2, area: 11_891 },
        fingerprint: fingerprintOf(HEADS),
        settings: DEFAULTS,
        cases: CASES,
      });
      expect(await store.mattersOf(books.db, code, id)).to.deep.equal([MATTER]);
      expect(await store.rollOf(books.db, code, id)).to.deep.equal(HEADS);
    });

    it("finds the rows of the roll that an owner stands behind, alone and jointly", async () => {
      await write(giveNotice);
      const idsOf = async (owner: string): Promise<string[]> =>
        (await store.headsOfOwners(books.db, code, id, [owner])).map((head) => head.id);
      expect(await idsOf("P1")).to.deep.equal(["P1", "P1+P2"]);
      expect(await idsOf("P2")).to.deep.equal(["P1+P2"]);
      expect(await idsOf("P3")).to.deep.equal([]);
    });

    it("lets a draft change, and after the notice neither its words, its matters nor its roll", async () => {
      await write((tx) => store.updateDraft(tx, code, id, { ...DRAFT, title: "改过的题目" }));
      await write(giveNotice);
      const tries: readonly ((tx: Tx) => PromiseLike<unknown>)[] = [
        (tx) => store.updateDraft(tx, code, id, { ...DRAFT, closesOn: day("2020-12-31") }),
        (tx) => tx("assembly").where({ community: code, id }).update({ ballot: "secret" }),
        (tx) => tx("assembly").where({ community: code, id }).update({ fingerprint: "f" }),
        (tx) => store.replaceMatters(tx, code, id, [{ ...MATTER, title: "别的" }]),
        (tx) => tx("matter").where({ community: code }).update({ effect: "{}" }),
        (tx) => store.insertRoll(tx, code, id, [{ id: "P9", area: area(9), units: [] }]),
        (tx) => tx("roll_holder").insert({ community: code, assembly: id, owner: "P9", head: "P1" }),
      ];
      for (const attempt of tries) {
        expect(await refusal(() => write(async (tx) => attempt(tx)))).to.contain("the notice went out");
      }
    });

    it("keeps roll and deliveries as they are, and never removes an assembly", async () => {
      await write(giveNotice);
      await write((tx) =>
        tx("delivery").insert({
          community: code,
          assembly: id,
          seq: 1,
          head: "P1",
          how: "letter",
          day: "2020-11-02",
          note: "",
          recorded_by: "a1",
          recorded_at: NOW.toISOString(),
        }),
      );
      const change = (table: string, row: object): Promise<string> =>
        refusal(() => write(async (tx) => tx(table).where({ community: code }).update(row)));
      const remove = (table: string): Promise<string> =>
        refusal(() => write(async (tx) => tx(table).where({ community: code }).delete()));
      expect(await change("roll_head", { area: 1 })).to.contain("the roll is frozen");
      expect(await remove("roll_holder")).to.contain("the roll is frozen");
      expect(await change("delivery", { how: "phone" })).to.contain("stays on record");
      expect(await remove("assembly")).to.contain("never removed");
    });

    it("records the count once and the end once", async () => {
      await write(giveNotice);
      await write((tx) => store.recordClosed(tx, code, id, NOW));
      expect(await refusal(() => write((tx) => store.recordClosed(tx, code, id, NOW)))).to.contain("the count is made");
      await write((tx) => store.recordFinished(tx, code, id, { at: NOW, voidReason: null }));
      const again = (): Promise<void> =>
        write((tx) => store.recordFinished(tx, code, id, { at: NOW, voidReason: "作废" }));
      expect(await refusal(again)).to.contain("the assembly is finished");
    });
  });
}
