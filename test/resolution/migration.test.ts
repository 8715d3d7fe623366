// Books that were kept before there was a register: their rates, discount rules and deeds get versions and stay as they are.
import { expect } from "chai";
import * as books from "../../migrations/0001-books.ts";
import * as access from "../../migrations/0002-access.ts";
import * as vouchers from "../../migrations/0003-vouchers.ts";
import * as spending from "../../migrations/0004-spending.ts";
import * as fees from "../../migrations/0005-fees.ts";
import * as bank from "../../migrations/0006-bank.ts";
import * as resolutions from "../../migrations/0007-resolutions.ts";
import { openDatabase } from "../../src/platform/db.ts";
import { tariffOf } from "../../src/tariff/service.ts";
import { deedVersionsOf } from "../../src/trust/service.ts";
import { DIALECTS, emptyDatabase } from "../support/databases.ts";

const TERMS = {
  from: "2020-01",
  draw: { rate: "0.15", base: ["4001"], method: "received" },
  publishBy: 10,
  answerWithin: 7,
};

for (const dialect of DIALECTS) {
  describe(`books of before the register, on ${dialect}`, () => {
    it("keep their rates, discount rules and deed versions, which still nobody changes", async () => {
      const { url, remove } = await emptyDatabase(dialect);
      const db = await openDatabase(url);
      try {
        for (const migration of [books, access, vouchers, spending, fees, bank]) {
          await migration.up(db);
        }
        const community = "old";
        await db("community").insert({ code: community, name: "老院", principal: "业主大会", trustee: "物业" });
        await db("deed").insert({ community, from_month: "2020-01", terms: JSON.stringify(TERMS) });
        const rate = { community, usage: "住宅", resolution: "第1次业主大会决议" };
        await db("rate").insert([
          { ...rate, from_month: "2020-01", rate: "1" },
          { ...rate, from_month: "2020-03", rate: "1.11" },
        ]);
        const recorded = { recorded_by: "", recorded_at: "2020-01-01T00:00:00.000Z" };
        const rule = {
          community,
          name: "空置房",
          from_month: "2020-02",
          factor: "0.7",
          text: "空置",
          resolution: "决议",
        };
        await db("discount_rule").insert({ ...rule, ...recorded });
        await resolutions.up(db);
        expect((await tariffOf(db, community)).rates).to.deep.equal([
          { use: "住宅", from: "2020-01", rate: "1", resolution: "第1次业主大会决议" },
          { use: "住宅", from: "2020-03", rate: "1.11", resolution: "第1次业主大会决议" },
        ]);
        expect((await tariffOf(db, community)).discounts).to.deep.equal([
          { name: "空置房", from: "2020-02", factor: "0.7", text: "空置", resolution: "决议" },
        ]);
        expect(await deedVersionsOf(db, community)).to.deep.equal([TERMS]);
        for (const table of ["rate", "deed", "discount_rule"]) {
          const changed = await db(table).where({ community }).update({ version: 2 }).catch(String);
          expect(changed, table).to.match(/stays: add/u);
          const deleted = await db(table).where({ community }).delete().catch(String);
          expect(deleted, table).to.match(/stays: add/u);
        }
        const again = await db("rate")
          .insert({ ...rate, from_month: "2020-01", rate: "2" })
          .catch(String);
        expect(again).to.match(/unique/iu);
      } finally {
        await db.destroy();
        await remove();
      }
    });
  });
}
