// SQL of the bank lines that were imported; they are only ever added.
import { fen } from "../base/money.ts";
import { day, firstDay, lastDay, type Month } from "../base/month.ts";
import { insertAll, type Db, type Tx } from "../platform/db.ts";
import type { BankLine } from "./rules.ts";

interface BankRow {
  account: string;
  day: string;
  amount: number;
  balance: number;
  counterparty: string;
  memo: string;
  serial: string;
  source: string;
}

const COLUMNS = ["account", "day", "amount", "balance", "counterparty", "memo", "serial", "source"] as const;

/** Adds lines; `first` is the line number of the first of them in its account, counted from 1. */
export async function insertBankLines(
  tx: Tx,
  community: string,
  lines: readonly (BankLine & { readonly line: number })[],
): Promise<void> {
  const rows = lines.map((line) => ({
    community,
    account: line.account,
    line: line.line,
    day: line.day,
    amount: line.amount,
    balance: line.balance,
    counterparty: line.counterparty,
    memo: line.memo,
    source: line.source,
    serial: line.serial,
  }));
  await insertAll(tx, "bank_line", rows);
}

function toLine(row: BankRow): BankLine {
  return { ...row, day: day(row.day), amount: fen(row.amount), balance: fen(row.balance) };
}

export async function linesBySource(db: Db, community: string, sources: readonly string[]): Promise<BankLine[]> {
  const rows: BankRow[] = await db("bank_line")
    .where({ community })
    .whereIn("source", sources)
    .select(...COLUMNS);
  return rows.map(toLine);
}

/** The last line number used on each account. */
export async function lastLines(db: Db, community: string): Promise<Map<string, number>> {
  const rows: { account: string; line: number }[] = await db("bank_line")
    .where({ community })
    .groupBy("account")
    .select("account", db.raw("max(line) as line"));
  return new Map(rows.map((row) => [row.account, row.line]));
}

/** The last line up to the month's end and the first one after it. */
export async function linesAround(
  db: Db,
  community: string,
  account: string,
  m: Month,
): Promise<{ last: BankLine | null; next: BankLine | null }> {
  const at = db("bank_line").where({ community, account });
  const last: BankRow | undefined = await at
    .clone()
    .where("day", "<=", lastDay(m))
    .orderBy([
      { column: "day", order: "desc" },
      { column: "line", order: "desc" },
    ])
    .first(...COLUMNS);
  const next: BankRow | undefined = await at
    .clone()
    .where("day", ">", lastDay(m))
    .orderBy(["day", "line"])
    .first(...COLUMNS);
  return { last: last === undefined ? null : toLine(last), next: next === undefined ? null : toLine(next) };
}

/** Lines of an account in a month. */
export async function linesOfMonth(db: Db, community: string, account: string, m: Month): Promise<BankLine[]> {
  const rows: BankRow[] = await db("bank_line")
    .where({ community, account })
    .whereBetween("day", [firstDay(m), lastDay(m)])
    .orderBy("line")
    .select(...COLUMNS);
  return rows.map(toLine);
}
