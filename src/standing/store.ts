// SQL of what a unit paid, and of the reminders that went out.
import { fen, type Fen } from "../base/money.ts";
import { day, month, type Day, type Month } from "../base/month.ts";
import { entryCode, PREPAID, type EntryKind } from "../ledger/rules.ts";
import { insertAll, type Db, type Tx } from "../platform/db.ts";
import type { LetterRow } from "./rules.ts";

/** Money of a unit in the journal. */
export interface UnitPayment {
  readonly seq: number;
  readonly code: string;
  readonly kind: EntryKind;
  readonly day: Day;
  readonly memo: string;
  /** Negative = given back, or taken back by a correction. */
  readonly amount: Fen;
}

/** What a unit paid for fees in the books of those months, newest first. */
export async function paymentsOf(
  db: Db,
  community: string,
  unit: string,
  range: { readonly first: Month; readonly last: Month },
): Promise<UnitPayment[]> {
  const rows = await db("entry_line as l")
    .join("entry as e", { "l.community": "e.community", "l.month": "e.month", "l.number": "e.number" })
    .where({ "l.community": community, "l.account": PREPAID, "l.unit": unit })
    .whereBetween("l.month", [range.first, range.last])
    .whereIn("e.kind", ["receipt", "reversal", "correction"])
    .orderBy([
      { column: "e.occurred", order: "desc" },
      { column: "e.seq", order: "desc" },
    ])
    .select("e.seq", "e.month", "e.number", "e.kind", "e.occurred", "e.memo", "l.amount");
  return rows.map((row) => ({
    seq: row.seq,
    code: entryCode(month(row.month), row.number),
    kind: row.kind,
    day: day(row.occurred),
    memo: row.memo,
    amount: fen(-row.amount),
  }));
}

/** One run of reminders: letters and messages of one day. */
export interface ReminderRun {
  readonly run: number;
  readonly day: Day;
  readonly payBy: Day;
  readonly how: string;
}

export interface Reminder {
  readonly unit: string;
  readonly total: Fen;
  readonly rows: readonly LetterRow[];
}

export async function insertRun(
  tx: Tx,
  community: string,
  run: ReminderRun,
  reminders: readonly Reminder[],
  recorded: { readonly by: string; readonly at: Date },
): Promise<void> {
  await tx("reminder_run").insert({
    community,
    run: run.run,
    day: run.day,
    pay_by: run.payBy,
    how: run.how,
    recorded_by: recorded.by,
    recorded_at: recorded.at.toISOString(),
  });
  await insertAll(
    tx,
    "reminder_letter",
    reminders.map(({ unit, total, rows }) => ({ community, run: run.run, unit, total, bills: JSON.stringify(rows) })),
  );
}

/** Runs with smaller numbers, newest first, with how many units each reminded of how much. */
export async function runsBefore(
  db: Db,
  community: string,
  before: number,
  count: number,
): Promise<(ReminderRun & { readonly count: number; readonly total: Fen })[]> {
  const rows = await db("reminder_run as r")
    .where({ "r.community": community })
    .where("r.run", "<", before)
    .orderBy("r.run", "desc")
    .limit(count)
    .select("r.run", "r.day", "r.pay_by", "r.how")
    .select(
      db.raw(`(select cast(count(*) as integer) from reminder_letter l
        where l.community = r.community and l.run = r.run) as units`),
      db.raw(`(select cast(sum(total) as bigint) from reminder_letter l
        where l.community = r.community and l.run = r.run) as total`),
    );
  return rows.map((row) => ({
    run: row.run,
    day: day(row.day),
    payBy: day(row.pay_by),
    how: row.how,
    count: row.units,
    total: fen(row.total ?? 0),
  }));
}

export async function findRun(db: Db, community: string, run: number): Promise<ReminderRun | null> {
  const row = await db("reminder_run").where({ community, run }).first();
  return row === undefined ? null : { run: row.run, day: day(row.day), payBy: day(row.pay_by), how: row.how };
}

/** The letters of a run, by unit. */
export async function remindersOf(db: Db, community: string, run: number): Promise<Reminder[]> {
  const rows = await db("reminder_letter").where({ community, run }).orderBy("unit").select("unit", "total", "bills");
  return rows.map((row) => ({
    unit: row.unit,
    total: fen(row.total),
    rows: JSON.parse(row.bills) as LetterRow[],
  }));
}

/** When each unit was last reminded; one unit when it is named. */
export async function lastReminders(db: Db, community: string, unit?: string): Promise<Map<string, Day>> {
  const rows = await db("reminder_letter as l")
    .join("reminder_run as r", { "r.community": "l.community", "r.run": "l.run" })
    .where({ "l.community": community, ...(unit === undefined ? {} : { "l.unit": unit }) })
    .groupBy("l.unit")
    .select("l.unit", db.raw("max(r.day) as day"));
  return new Map(rows.map((row) => [row.unit, day(row.day)]));
}
