// Changes of the budget in the books: what requests and statements know of them, and from when.
import { expect } from "chai";
import { fromYuan, toYuan } from "../../src/base/money.ts";
import { month } from "../../src/base/month.ts";
import type { ChangeWish } from "../../src/budget/rules.ts";
import { budgetOf, changeBudget, insertBudget, yearBudget } from "../../src/budget/service.ts";
import { closeThrough } from "../../src/period/service.ts";
import { runTx, type Db } from "../../src/platform/db.ts";
import { verifyCommunity } from "../../src/proof/service.ts";
import { leftOfBudget } from "../../src/request/service.ts";
import { findStatement, parseStatement, publishThrough } from "../../src/statement/service.ts";
import { DIALECTS, useBooks } from "../support/databases.ts";
import { anEstate, type Estate } from "../support/estate.ts";
import { aResolution } from "../support/resolutions.ts";
import { refusalOf } from "../support/small.ts";

const MOVED: ChangeWish = {
  year: 2020,
  changes: [
    { account: "5002", amount: fromYuan("300.00") },
    { account: "5003", amount: fromYuan("-300.00") },
  ],
  reason: "路灯集中更换",
  source: "lines",
};

for (const dialect of DIALECTS) {
  describe(`changes of the budget on ${dialect}`, () => {
    const books = useBooks(dialect);
    let estate: Estate;

    beforeEach(async () => {
      estate = await anEstate(books.db);
    });

    async function changes(db: Db, over: Partial<ChangeWish> = {}, number = "2020-业主大会-1"): Promise<void> {
      const { code, clock } = estate;
      await aResolution(db, code, number);
      const decided = { resolution: number, by: "", at: clock.now() };
      await runTx(db, code, (tx) => changeBudget(tx, code, { ...MOVED, ...over }, decided));
    }

    async function plannedIn(db: Db, m: string): Promise<string | null | undefined> {
      const published = await findStatement(db, estate.code, m);
      const paid = published === null ? [] : parseStatement(published.bytes).paid;
      return paid.find(({ account }) => account === "5001")?.budget;
    }

    async function closes(db: Db, m: string): Promise<void> {
      const { code, clock } = estate;
      clock.set(`2021-03-05T02:00:00Z`);
      await closeThrough(db, code, month(m), { now: clock.now() });
      await publishThrough(db, code, month(m), { now: clock.now() });
    }

    it("count at once for what may still be spent, and stand beside what was adopted", async () => {
      await changes(books.db);
      const budget = await budgetOf(books.db, estate.code, 2020);
      expect(budget.map(({ account, amount }) => `${account} ${toYuan(amount)}`)).to.deep.equal([
        "4001 1800.00",
        "5001 600.00",
        "5002 1300.00",
        "5003 89700.00",
      ]);
      const lefts = await leftOfBudget(books.db, estate.code, estate.clock.now());
      expect(lefts.map(({ account, limit, left }) => [account, limit, left])).to.deep.equal([
        ["5001", 60_000, 45_000],
        ["5002", 130_000, 130_000],
        ["5003", 8_970_000, 8_970_000],
      ]);
      const { lines, changes: kept } = await yearBudget(books.db, estate.code, 2020);
      expect(lines.find(({ account }) => account === "5002")?.amount).to.equal(100_000);
      expect(
        kept.map(({ id, account, amount, resolution, knownFrom }) => [id, account, amount, resolution, knownFrom]),
      ).to.deep.equal([
        [1, "5002", 30_000, "2020-业主大会-1", "2020-01"],
        [1, "5003", -30_000, "2020-业主大会-1", "2020-01"],
      ]);
    });

    it("show in statements from the month that was open, and never in those that were closed", async () => {
      const more = { changes: [{ account: "5001", amount: fromYuan("40.00") }], source: "reserve" } as const;
      await closes(books.db, "2020-02");
      await changes(books.db, more);
      await closes(books.db, "2020-04");
      await changes(books.db, { ...more, reason: "再次补足" }, "2020-业主大会-2");
      await closes(books.db, "2020-05");
      const shown = await Promise.all(["01", "02", "03", "04", "05"].map((m) => plannedIn(books.db, `2020-${m}`)));
      expect(shown).to.deep.equal(["600.00", "600.00", "640.00", "640.00", "680.00"]);
      expect((await verifyCommunity(books.db, estate.code)).faults).to.deep.equal([]);
    });

    it("leave statements alone when a whole line is adopted late", async () => {
      await closes(books.db, "2020-01");
      const line = { year: 2020, account: "5101", amount: fromYuan("300.00") };
      await runTx(books.db, estate.code, (tx) => insertBudget(tx, estate.code, [line]));
      await closes(books.db, "2020-02");
      expect((await verifyCommunity(books.db, estate.code)).faults).to.deep.equal([]);
    });

    it("are found by verify when a statement's budget is not what was known then", async () => {
      await closes(books.db, "2020-01");
      const wrong = { community: estate.code, year: 2020, account: "5001", amount: 5_000, known_from: "2020-01" };
      await aResolution(books.db, estate.code, "2020-业主大会-9");
      const about = { id: 1, reason: "补记", source: "reserve", resolution: "2020-业主大会-9" };
      await books.db("budget_change").insert({ ...wrong, ...about, recorded_by: "", recorded_at: "" });
      expect((await verifyCommunity(books.db, estate.code)).faults.join()).to.contain("2020-01");
    });

    it("are refused in a year that is closed, and need a resolution of the register", async () => {
      await closes(books.db, "2020-12");
      expect(await refusalOf(changes(books.db))).to.equal("YEAR_CLOSED");
      const decided = { resolution: "没有的", by: "", at: estate.clock.now() };
      const wish: ChangeWish = {
        ...MOVED,
        year: 2021,
        source: "reserve",
        changes: [{ account: "5002", amount: fromYuan("1.00") }],
      };
      const unknown = runTx(books.db, estate.code, (tx) => changeBudget(tx, estate.code, wish, decided));
      expect(await unknown.catch((error: unknown) => String(error))).to.match(/foreign key/iu);
      expect((await yearBudget(books.db, estate.code, 2021)).changes).to.deep.equal([]);
    });

    it("stay as they were decided", async () => {
      await changes(books.db);
      const all = books.db("budget_change").where({ community: estate.code });
      expect(await all.clone().update({ amount: 1 }).catch(String)).to.contain("decide on another change");
      expect(await all.clone().delete().catch(String)).to.contain("decide on another change");
    });
  });
}
