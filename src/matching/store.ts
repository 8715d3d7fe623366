// SQL of the matches between the bank's lines and bookings, and of what no match holds. Rows are only ever added.
import type { Knex } from "knex";
import { fen, type Fen } from "../base/money.ts";
import { day, firstDay, month, type Day, type Month } from "../base/month.ts";
import { COUNTED_LINES } from "../bank/service.ts";
import { insertAll, nextNumber, whereIn, type Db, type Tx } from "../platform/db.ts";
import type { BankMovement, How } from "./rules.ts";

// "limit 1 offset 0" keeps each look-up by its key: joined as sets, PostgreSQL would read whole tables for each row when
// it does not know yet how many an import has just added.
const UNDONE = `exists (select 1 from bank_unmatch u
  where u.community = m.community and u.account = m.account and u.number = m.number limit 1 offset 0)`;
/** Whether a match that nobody undid holds that line. */
const IS_MATCHED = `exists (select 1 from bank_match m where m.community = l.community and m.account = l.account
  and m.line = l.line and m.line > 0 and not ${UNDONE} limit 1 offset 0)`;

/** Lines of those days that no match holds, in their order. */
export async function openLines(
  db: Db,
  community: string,
  account: string,
  from: Day,
  through: Day,
): Promise<BankMovement[]> {
  const rows: (Omit<BankMovement, "day" | "amount"> & { day: string; amount: number })[] = await db(
    `${COUNTED_LINES} as l`,
  )
    .where({ "l.community": community, "l.account": account })
    .whereBetween("l.day", [from, through])
    .whereRaw(`not ${IS_MATCHED}`)
    .orderBy(["l.day", "l.line"])
    .select("l.line", "l.day", "l.amount", "l.serial", "l.counterparty", "l.memo");
  return rows.map((row) => ({ ...row, day: day(row.day), amount: fen(row.amount) }));
}

/** How many lines of each month from that one on no match holds. */
export async function openCounts(
  db: Db,
  community: string,
  account: string,
  first: Month,
): Promise<Map<Month, number>> {
  const rows: { month: string; lines: number }[] = await db(`${COUNTED_LINES} as l`)
    .where({ "l.community": community, "l.account": account })
    .where("l.day", ">=", firstDay(first))
    .whereRaw(`not ${IS_MATCHED}`)
    .groupByRaw("substr(l.day, 1, 7)")
    .select(db.raw("substr(l.day, 1, 7) as month"), db.raw("count(*) as lines"));
  return new Map(rows.map((row) => [month(row.month), row.lines]));
}

/** One row of a match: a line with its booking, or a member of a bigger group (0 = none on that side). */
export interface MatchRow {
  readonly account: string;
  readonly number: number;
  readonly line: number;
  readonly entry: number;
  readonly amount: Fen;
  readonly how: How;
  readonly matchedBy: string;
  readonly matchedAt: string;
}

export async function insertMatches(tx: Tx, community: string, rows: readonly MatchRow[]): Promise<void> {
  await insertAll(
    tx,
    "bank_match",
    rows.map((row) => ({
      community,
      account: row.account,
      number: row.number,
      line: row.line,
      entry: row.entry,
      amount: row.amount,
      how: row.how,
      matched_by: row.matchedBy,
      matched_at: row.matchedAt,
    })),
  );
}

/** The number of an account's next match. */
export function nextMatch(db: Db, community: string, account: string): Promise<number> {
  return nextNumber(db, "bank_match", { community, account }, "number");
}

/** Which of those entries a match of the account holds. */
export async function matchedEntries(
  db: Db,
  community: string,
  account: string,
  { first, last }: { readonly first: number; readonly last: number },
): Promise<Set<number>> {
  const entries: number[] = await db("bank_match as m")
    .where({ "m.community": community, "m.account": account })
    .whereBetween("m.entry", [first, last])
    .where("m.entry", ">", 0)
    .whereRaw(`not ${UNDONE}`)
    .pluck("m.entry");
  return new Set(entries);
}

/** Rows of the matches that hold any of those lines or entries, whole matches, by number. */
export async function matchesOf(
  db: Db,
  community: string,
  account: string,
  { lines, entries }: { readonly lines: readonly number[]; readonly entries: readonly number[] },
): Promise<MatchRow[]> {
  const at = (column: "m.line" | "m.entry", values: readonly number[]): Knex.QueryBuilder =>
    whereIn(db, db("bank_match as m"), column, values)
      .where({ "m.community": community, "m.account": account })
      .where(column, ">", 0)
      .whereRaw(`not ${UNDONE}`);
  const numbers: number[] = [
    ...(await at("m.line", lines).pluck("m.number")),
    ...(await at("m.entry", entries).pluck("m.number")),
  ];
  return matchRows(db, community, account, [...new Set(numbers)]);
}

/** Rows of those matches, undone or not. */
export async function matchRows(
  db: Db,
  community: string,
  account: string,
  numbers: readonly number[],
): Promise<MatchRow[]> {
  const rows = await whereIn(db, db("bank_match").where({ community, account }), "number", numbers)
    .orderBy(["number", "line", "entry"])
    .select("number", "line", "entry", "amount", "how", "matched_by", "matched_at");
  return rows.map((row) => ({
    account,
    number: row.number,
    line: row.line,
    entry: row.entry,
    amount: fen(row.amount),
    how: row.how,
    matchedBy: row.matched_by,
    matchedAt: row.matched_at,
  }));
}

/** Why a match was undone; null while it holds. */
export async function undoneReason(db: Db, community: string, account: string, number: number): Promise<string | null> {
  return (await db("bank_unmatch").where({ community, account, number }).first("reason"))?.reason ?? null;
}

export async function insertUnmatches(
  tx: Tx,
  community: string,
  numbers: readonly number[],
  undone: { readonly account: string; readonly reason: string; readonly by: string; readonly at: string },
): Promise<void> {
  const { account, reason, by, at } = undone;
  await insertAll(
    tx,
    "bank_unmatch",
    numbers.map((number) => ({ community, account, number, reason, undone_by: by, undone_at: at })),
  );
}
