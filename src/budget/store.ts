// SQL of the budget: lines as adopted, their changes during the year, remarks on how the year ended.
import { fen } from "../base/money.ts";
import { LATEST_MONTH, month, type Month } from "../base/month.ts";
import { answer, insertAll, nextNumber, type Db, type Question, type Tx } from "../platform/db.ts";
import type { BudgetChange, BudgetLine } from "./rules.ts";

export async function insertLines(
  tx: Tx,
  community: string,
  lines: readonly BudgetLine[],
  knownFrom: Month | "",
): Promise<void> {
  await insertAll(
    tx,
    "budget_line",
    lines.map(({ year, account, amount, resolution = null }) => ({
      community,
      year,
      account,
      amount,
      resolution,
      known_from: knownFrom,
    })),
  );
}

const LINE = ["year", "account", "amount"] as const;

interface LineRow {
  year: number;
  account: string;
  amount: number;
}

const toLine = (row: LineRow): BudgetLine => ({ ...row, amount: fen(row.amount) });

/** The budget of a year, or of all years, by account: what was adopted, with all changes since. */
export function budgetQuestion(community: string, year?: number): Question<BudgetLine[]> {
  const about = year === undefined ? { community } : { community, year };
  return {
    columns: LINE,
    query: (db) =>
      db
        .from(linesAndChanges(db, about))
        .groupBy("year", "account")
        .orderBy(["year", "account"])
        .select("year", "account", db.raw("cast(sum(amount) as bigint) as amount")),
    read: (rows: readonly LineRow[]) => rows.map(toLine),
  };
}

/** What a statement of that month knows of its year's budget: what was recorded before the month closed. */
export async function budgetKnownIn(db: Db, community: string, year: number, known: Month): Promise<BudgetLine[]> {
  const rows: LineRow[] = await db
    .from(linesAndChanges(db, { community, year }, known))
    .groupBy("year", "account")
    .orderBy("account")
    .select("year", "account", db.raw("cast(sum(amount) as bigint) as amount"));
  return rows.map(toLine);
}

function linesAndChanges(db: Db, about: { readonly community: string; readonly year?: number }, known?: Month) {
  const rowsOf = (table: string) => {
    const rows = db(table)
      .where(about)
      .select(...LINE);
    return known === undefined ? rows : rows.where("known_from", "<=", known);
  };
  return rowsOf("budget_line").unionAll(rowsOf("budget_change")).as("planned");
}

export async function budgetOf(db: Db, community: string, year?: number): Promise<BudgetLine[]> {
  return answer(db, budgetQuestion(community, year));
}

/** The lines as they were adopted, without later changes; `known`: by the close of that month. */
export async function adoptedLines(db: Db, community: string, year?: number, known?: Month): Promise<BudgetLine[]> {
  const rows: (LineRow & { resolution: string | null })[] = await db("budget_line")
    .where(year === undefined ? { community } : { community, year })
    .where("known_from", "<=", known ?? LATEST_MONTH)
    .orderBy(["year", "account"])
    .select(...LINE, "resolution");
  return rows.map(({ resolution, ...row }) => ({ ...toLine(row), ...(resolution === null ? {} : { resolution }) }));
}

/** The years that have a budget, in order. */
export async function budgetYears(db: Db, community: string): Promise<number[]> {
  return db("budget_line").where({ community }).distinct("year").orderBy("year").pluck("year");
}

// ---- Changes --------------------------------------------------------------------------------------------------------

/** Who recorded it, and when: not part of any computation. */
export interface Recorded {
  readonly by: string;
  readonly at: Date;
}

export async function insertChange(
  tx: Tx,
  community: string,
  change: readonly Omit<BudgetChange, "id" | "recordedAt">[],
  { by, at }: Recorded,
): Promise<void> {
  const id = await nextNumber(tx, "budget_change", { community }, "id");
  await tx("budget_change").insert(
    change.map(({ year, account, amount, reason, source, resolution, knownFrom }) => ({
      community,
      id,
      year,
      account,
      amount,
      reason,
      source,
      resolution,
      known_from: knownFrom,
      recorded_by: by,
      recorded_at: at.toISOString(),
    })),
  );
}

/** The changes of a year's budget in the order in which they were decided. */
export async function changesOf(db: Db, community: string, year: number): Promise<BudgetChange[]> {
  return changesWhere(db, { community, year });
}

/** What a resolution changed of budgets. */
export async function changesBy(db: Db, community: string, resolution: string): Promise<BudgetChange[]> {
  return changesWhere(db, { community, resolution });
}

async function changesWhere(db: Db, about: Readonly<Record<string, string | number>>): Promise<BudgetChange[]> {
  const rows = await db("budget_change").where(about).orderBy(["id", "account"]);
  return rows.map((row) => ({
    id: row.id,
    year: row.year,
    account: row.account,
    amount: fen(row.amount),
    reason: row.reason,
    source: row.source,
    resolution: row.resolution,
    knownFrom: month(row.known_from),
    recordedAt: row.recorded_at,
  }));
}

// ---- Remarks --------------------------------------------------------------------------------------------------------

export async function insertRemark(
  tx: Tx,
  community: string,
  remark: { readonly year: number; readonly account: string; readonly text: string },
  { by, at }: Recorded,
): Promise<void> {
  const { year, account, text } = remark;
  const seq = await nextNumber(tx, "budget_remark", { community, year, account }, "seq");
  await tx("budget_remark").insert({
    community,
    year,
    account,
    seq,
    text,
    recorded_by: by,
    recorded_at: at.toISOString(),
  });
}

/** Why each line of a year ended otherwise than planned: the last word on each account. */
export async function remarksOf(db: Db, community: string, year: number): Promise<Map<string, string>> {
  const rows: { account: string; text: string }[] = await db("budget_remark")
    .where({ community, year })
    .orderBy(["account", "seq"])
    .select("account", "text");
  return new Map(rows.map(({ account, text }) => [account, text]));
}
