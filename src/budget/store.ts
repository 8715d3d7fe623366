// SQL of the budget lines.
import { fen } from "../base/money.ts";
import { answer, insertAll, type Db, type Question, type Tx } from "../platform/db.ts";
import type { BudgetLine } from "./rules.ts";

export async function insertBudget(tx: Tx, community: string, lines: readonly BudgetLine[]): Promise<void> {
  await insertAll(
    tx,
    "budget_line",
    lines.map(({ year, account, amount, resolution = null }) => ({ community, year, account, amount, resolution })),
  );
}

const LINE = ["year", "account", "amount", "resolution"] as const;

/** The budget of a year, or of all years, by account. */
export function budgetQuestion(community: string, year?: number): Question<BudgetLine[]> {
  return {
    columns: LINE,
    query: (db) =>
      db("budget_line")
        .where(year === undefined ? { community } : { community, year })
        .orderBy(["year", "account"])
        .select(...LINE),
    read: (rows: readonly { year: number; account: string; amount: number; resolution: string | null }[]) =>
      rows.map(({ resolution, ...row }) => ({
        ...row,
        amount: fen(row.amount),
        ...(resolution === null ? {} : { resolution }),
      })),
  };
}

export async function budgetOf(db: Db, community: string, year?: number): Promise<BudgetLine[]> {
  return answer(db, budgetQuestion(community, year));
}
