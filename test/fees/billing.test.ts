// Bills before the close: the same bills, prepayments and figures as when closing makes them (contract section 4).
import { expect } from "chai";
import * as fc from "fast-check";
import { fen, toYuan } from "../../src/base/money.ts";
import { day, dayAt, firstDay, month, type Month } from "../../src/base/month.ts";
import { Refusal } from "../../src/base/refusal.ts";
import { received } from "../../src/fees/rules.ts";
import { allBills, collectionIn, prepaidOf, previewBills, runBills, standingsOf } from "../../src/fees/service.ts";
import { importFolder } from "../../src/intake/service.ts";
import * as ledger from "../../src/ledger/service.ts";
import { closeThrough } from "../../src/period/service.ts";
import { runTx, type Db } from "../../src/platform/db.ts";
import { verifyCommunity } from "../../src/proof/service.ts";
import { listStatements, parseStatement, publishThrough } from "../../src/statement/service.ts";
import { insertRates } from "../../src/tariff/service.ts";
import { DIALECTS, useBooks } from "../support/databases.ts";
import { listening, smallFolder } from "../support/folders.ts";
import { folderOf, moveIn, refusalOf } from "../support/small.ts";

const now = new Date("2026-11-21T04:00:00Z");
const MONTHS = ["2020-01", "2020-02", "2020-03", "2020-04"].map(month);
const LAST = month("2020-04");
const bill = (db: Db, code: string, m: Month, at = now): ReturnType<typeof runBills> =>
  runTx(db, code, (tx) => runBills(tx, code, m, { now: at, today: dayAt(at) }));

async function receive(db: Db, code: string, unit: string, on: string, amount: number): Promise<void> {
  const draft = received({
    day: day(on),
    bank: "common",
    fund: "common",
    account: "4001",
    amount: fen(amount),
    unit,
    memo: "物业费",
    source: `t~${unit}~${on}~${amount}~${Math.random()}`,
  });
  await runTx(db, code, (tx) => ledger.post(tx, code, [draft], now));
}

/** Everything that must not depend on when bills were made. */
async function figures(db: Db, code: string): Promise<unknown> {
  const statements = (await listStatements(db, code)).map(({ bytes }) => {
    const { entries: _entries, previous: _previous, community: _community, ...rest } = parseStatement(bytes);
    return rest;
  });
  return {
    bills: await allBills(db, code),
    prepaid: [...(await prepaidOf(db, code))],
    collection: await Promise.all(MONTHS.map((m) => collectionIn(db, code, m))),
    statements,
  };
}

for (const dialect of DIALECTS) {
  describe(`billing before the close on ${dialect}`, function () {
    this.timeout(120_000);
    const books = useBooks(dialect);

    it("makes each unit's bill on the first of the month, and the same run again makes nothing new", async () => {
      const code = await moveIn(books.db);
      const run = await bill(books.db, code, month("2020-01"));
      expect(run.fresh.map(({ unit, amount }) => `${unit} ${toYuan(amount)}`)).to.deep.equal([
        "101 100.00",
        "102 50.50",
      ]);
      expect(run.leftOut.map(({ unit, why }) => `${unit.name} ${why}`)).to.deep.equal(["S1 not-begun"]);
      const again = await bill(books.db, code, month("2020-01"));
      expect(again.fresh).to.deep.equal([]);
      expect(again.total).to.equal(15_050);
      const [, entry, ...others] = await ledger.entriesAfter(books.db, code, 0, 10);
      expect(others).to.deep.equal([]);
      expect([entry?.kind, entry?.day]).to.deep.equal(["bill", "2020-01-01"]);
      expect(
        entry?.lines.map(({ account, unit = "", amount }) => `${account} ${unit} ${toYuan(amount)}`),
      ).to.deep.equal(["1122 101 100.00", "1122 102 50.50", "4001  -150.50"]);
    });

    it("shows the month before beside it, and what is there already", async () => {
      const code = await moveIn(books.db);
      await bill(books.db, code, month("2020-01"));
      const preview = await previewBills(books.db, code, month("2020-02"));
      expect(
        preview.lines.map(({ charge, amount, isBilled, before }) => [charge.unit.name, amount, isBilled, before]),
      ).to.deep.equal([
        ["101", 10_000, false, 10_000],
        ["102", 5050, false, 5050],
        ["S1", 2800, false, null],
      ]);
      expect(preview.before).to.deep.equal({ month: "2020-01", count: 2, total: 15_050 });
    });

    it("leaves the month before as it is: open bills of a later month are no arrears of an earlier one", async () => {
      const code = await moveIn(books.db);
      await bill(books.db, code, month("2020-01"));
      await bill(books.db, code, month("2020-02"));
      await receive(books.db, code, "101", "2020-01-20", 20_000);
      await closeThrough(books.db, code, month("2020-01"), { now });
      // 101: 30.00 prepaid and 70.00 of the receipt pay January, 130.00 wait for February though its bill is there.
      expect(await collectionIn(books.db, code, month("2020-01"))).to.include({
        due: 15_050,
        collected: 10_000,
        arrears: 10_100,
        prepaid: 13_000,
        householdsDue: 2,
        householdsPaid: 1,
      });
      expect((await verifyCommunity(books.db, code)).faults).to.deep.equal([]);
      await closeThrough(books.db, code, month("2020-02"), { now });
      expect(await collectionIn(books.db, code, month("2020-02"))).to.include({
        due: 17_850,
        collected: 10_000,
        arrears: 17_950,
        prepaid: 3000,
      });
      expect((await verifyCommunity(books.db, code)).faults).to.deep.equal([]);
    });

    it("lets the close bill a unit that moved in after the run", async () => {
      const code = await moveIn(books.db);
      await bill(books.db, code, month("2020-01"));
      const units = `${String(smallFolder()["units.csv"])}103,住宅,30,P4,丁,2020-01,\n`;
      await importFolder(books.db, folderOf(code, { "units.csv": units }), listening());
      await closeThrough(books.db, code, month("2020-01"), { now });
      expect(
        (await allBills(books.db, code)).map(({ unit, period, amount }) => `${unit} ${period} ${amount}`),
      ).to.include("103 2020-01 3000");
      expect((await verifyCommunity(books.db, code)).faults).to.deep.equal([]);
    });

    it("refuses a month that is closed, has not begun, or comes before its turn", async () => {
      const code = await moveIn(books.db);
      const eve = new Date("2020-01-31T15:59:59Z");
      expect(await refusalOf(bill(books.db, code, month("2020-02")))).to.equal("MONTH_BEFORE_UNBILLED");
      await bill(books.db, code, month("2020-01"));
      expect(await refusalOf(bill(books.db, code, month("2020-02"), eve))).to.equal("MONTH_NOT_BEGUN");
      await bill(books.db, code, month("2020-02"), new Date(eve.getTime() + 1000));
      await closeThrough(books.db, code, month("2020-01"), { now });
      expect(await refusalOf(bill(books.db, code, month("2020-01")))).to.equal("MONTH_CLOSED");
    });

    it("keeps an import from changing the rate of a month that is billed", async () => {
      const code = await moveIn(books.db);
      await bill(books.db, code, month("2020-01"));
      const rates = String(smallFolder()["rates.csv"]);
      const changed = folderOf(code, { "rates.csv": rates.replace("住宅,1.00", "住宅,9.00") });
      expect(await refusalOf(importFolder(books.db, changed, listening()))).to.equal("RATE_CHANGED");
      const added = folderOf(code, { "rates.csv": `${rates}车位,9.00,2020-01\n` });
      expect(await refusalOf(importFolder(books.db, added, listening()))).to.equal("MONTH_BILLED");
    });

    it("refuses a use without a rate and says where rates are recorded", async () => {
      const code = await moveIn(books.db);
      await runTx(books.db, code, async (tx) => {
        await tx("unit").insert({
          community: code,
          name: "P1",
          usage: "车位",
          area: "12",
          discount: "1",
          from_month: "2020-01",
        });
      });
      expect(await refusalOf(bill(books.db, code, month("2020-01")))).to.equal("RATE_MISSING");
      await runTx(books.db, code, (tx) =>
        insertRates(tx, code, [{ use: "车位", from: month("2020-01"), rate: "5", resolution: "决议一" }]),
      );
      expect((await bill(books.db, code, month("2020-01"))).total).to.equal(21_050);
    });

    type Step =
      | { readonly kind: "bill" | "close"; readonly month: Month }
      | { readonly kind: "receive"; readonly unit: string; readonly month: Month; readonly amount: number };
    const anyMonth = fc.constantFrom(...MONTHS);
    const steps = fc.array(
      fc.oneof(
        { weight: 4, arbitrary: fc.record({ kind: fc.constant("bill" as const), month: anyMonth }) },
        {
          weight: 1,
          arbitrary: fc.record({ kind: fc.constant("close" as const), month: fc.constantFrom(...MONTHS.slice(0, 3)) }),
        },
        {
          weight: 5,
          arbitrary: fc.record({
            kind: fc.constant("receive" as const),
            unit: fc.constantFrom("101", "102", "S1"),
            month: anyMonth,
            amount: fc.integer({ min: -4000, max: 20_000 }).filter((amount) => amount !== 0),
          }),
        },
      ),
      { minLength: 4, maxLength: 14 },
    );

    /** Does the steps that are possible when their turn comes; without bills when told so. */
    async function live(code: string, list: readonly Step[], withBills: boolean): Promise<void> {
      for (const step of list) {
        const { closedThrough } = await ledger.bookOf(books.db, code);
        if (step.month <= closedThrough) {
          continue;
        }
        if (step.kind === "close") {
          await closeThrough(books.db, code, step.month, { now });
        } else if (step.kind === "receive") {
          await receive(books.db, code, step.unit, firstDay(step.month), step.amount);
        } else if (withBills) {
          await bill(books.db, code, step.month).catch((error: unknown) => {
            expect(error).to.be.instanceOf(Refusal);
          });
        }
      }
    }

    it("changes no bill, prepayment, collection figure or statement, in whatever order people work", async () => {
      await fc.assert(
        fc.asyncProperty(steps, async (list) => {
          const codes = [await moveIn(books.db), await moveIn(books.db)];
          for (const [index, code] of codes.entries()) {
            await live(code, list, index === 0);
            await closeThrough(books.db, code, LAST, { now });
            await publishThrough(books.db, code, LAST, { now });
          }
          const [early, late] = await Promise.all(codes.map((code) => figures(books.db, code)));
          expect(early).to.deep.equal(late);
          for (const code of codes) {
            expect((await verifyCommunity(books.db, code)).faults).to.deep.equal([]);
          }
        }),
        { numRuns: dialect === "SQLite" ? 25 : 10 },
      );
    });

    it("shows between closes where a unit stands, exactly as closing then leaves it", async () => {
      await fc.assert(
        fc.asyncProperty(steps, async (list) => {
          const code = await moveIn(books.db);
          await live(code, list, true);
          for (const m of MONTHS) {
            await bill(books.db, code, m).catch(() => undefined);
          }
          const open = (standing: Awaited<ReturnType<typeof standingsOf>>): unknown =>
            standing
              .map(({ unit, bills, prepaid }) => ({
                unit,
                prepaid,
                bills: bills.filter((each) => each.settled < each.amount),
              }))
              .filter((each) => each.prepaid !== 0 || each.bills.length > 0);
          const before = open(await standingsOf(books.db, code));
          await closeThrough(books.db, code, LAST, { now });
          expect(open(await standingsOf(books.db, code))).to.deep.equal(before);
        }),
        { numRuns: dialect === "SQLite" ? 25 : 10 },
      );
    });
  });
}
