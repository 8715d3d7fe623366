// SQL of the bank lines that were imported; they are only ever added.
import { fen } from "../base/money.ts";
import { day, firstDay, lastDay, type Month } from "../base/month.ts";
import type { Knex } from "knex";
import { insertAll, type Db, type Tx } from "../platform/db.ts";
import type { BankLine, Movement } from "./rules.ts";

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

/** Adds lines with their numbers in their account, counted from 1. */
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
  // Asked per account, the primary key answers at once however many lines there are.
  const last = db("bank_line as l").where("l.community", community).whereRaw("l.account = a.code").max("l.line");
  const rows: { code: string; line: number | null }[] = await db("bank_account as a")
    .where({ community })
    .select("a.code", last.as("line"));
  return new Map(rows.map((row) => [row.code, row.line ?? 0]));
}

/** The lines of the last day with any up to the month's end, and of the first day with any after it, as they came. */
export async function linesAround(
  db: Db,
  community: string,
  account: string,
  m: Month,
): Promise<{ last: BankLine[]; next: BankLine[] }> {
  const at = db("bank_line").where({ community, account });
  const last = at.clone().where("day", "<=", lastDay(m)).max("day");
  const next = at.clone().where("day", ">", lastDay(m)).min("day");
  const linesOn = async (dayOf: Knex.QueryBuilder): Promise<BankLine[]> => {
    const rows: BankRow[] = await at
      .clone()
      .where("day", dayOf)
      .orderBy("line")
      .select(...COLUMNS);
    return rows.map(toLine);
  };
  return { last: await linesOn(last), next: await linesOn(next) };
}

/** What is needed of an account's lines of a month to match them with bookings. */
export async function linesOfMonth(db: Db, community: string, account: string, m: Month): Promise<Movement[]> {
  const rows: { day: string; amount: number; serial: string }[] = await db("bank_line")
    .where({ community, account })
    .whereBetween("day", [firstDay(m), lastDay(m)])
    .orderBy(["day", "line"])
    .select("day", "amount", "serial");
  return rows.map((row) => ({ day: day(row.day), amount: fen(row.amount), serial: row.serial }));
}
