// SQL of the budget lines.
import { fen } from "../base/money.ts";
import { insertAll, type Db, type Tx } from "../platform/db.ts";
import type { BudgetLine } from "./rules.ts";

export async function insertBudget(tx: Tx, community: string, lines: readonly BudgetLine[]): Promise<void> {
  await insertAll(
    tx,
    "budget_line",
    lines.map(({ year, account, amount }) => ({ community, year, account, amount })),
  );
}

/** The budget of a year, or of all years, by account. */
export async function budgetOf(db: Db, community: string, year?: number): Promise<BudgetLine[]> {
  const rows = await db("budget_line")
    .where(year === undefined ? { community } : { community, year })
    .orderBy(["year", "account"])
    .select("year", "account", "amount");
  return rows.map((row) => ({ year: row.year, account: row.account, amount: fen(row.amount) }));
}
