// SQL of receipts in suspense and of finished reconciliations; both are only ever added.
import { fen, type Fen } from "../base/money.ts";
import { month, type Month } from "../base/month.ts";
import type { Db, Tx } from "../platform/db.ts";

// ---- Suspense ---------------------------------------------------------------------------------------------------

export interface Suspended {
  readonly entry: number;
  readonly account: string;
  readonly line: number;
  readonly bookedBy: string;
  readonly bookedAt: string;
}

export async function insertSuspended(tx: Tx, community: string, suspended: Suspended): Promise<void> {
  const { entry, account, line, bookedBy, bookedAt } = suspended;
  await tx("suspense").insert({ community, entry, account, line, booked_by: bookedBy, booked_at: bookedAt });
}

/** Every receipt that was ever put into suspense, oldest first. */
export async function suspendedOf(db: Db, community: string): Promise<Suspended[]> {
  const rows = await db("suspense").where({ community }).orderBy("entry");
  return rows.map((row) => ({
    entry: row.entry,
    account: row.account,
    line: row.line,
    bookedBy: row.booked_by,
    bookedAt: row.booked_at,
  }));
}

// ---- Reconciliations --------------------------------------------------------------------------------------------

export interface Reconciliation {
  readonly account: string;
  readonly month: Month;
  /** Counted from 1 in its month: finished again after figures changed. */
  readonly number: number;
  readonly bankBalance: Fen;
  readonly bookBalance: Fen;
  readonly lines: number;
  readonly bookings: number;
  readonly finishedBy: string;
  readonly finishedAt: string;
}

export async function insertReconciliation(tx: Tx, community: string, finished: Reconciliation): Promise<void> {
  await tx("reconciliation").insert({
    community,
    account: finished.account,
    month: finished.month,
    number: finished.number,
    bank_balance: finished.bankBalance,
    book_balance: finished.bookBalance,
    lines: finished.lines,
    bookings: finished.bookings,
    finished_by: finished.finishedBy,
    finished_at: finished.finishedAt,
  });
}

/** The reconciliations of an account, oldest month first, each month's newest last. */
export async function reconciliationsOf(db: Db, community: string, account: string): Promise<Reconciliation[]> {
  const rows = await db("reconciliation").where({ community, account }).orderBy(["month", "number"]);
  return rows.map((row) => ({
    account,
    month: month(row.month),
    number: row.number,
    bankBalance: fen(row.bank_balance),
    bookBalance: fen(row.book_balance),
    lines: row.lines,
    bookings: row.bookings,
    finishedBy: row.finished_by,
    finishedAt: row.finished_at,
  }));
}
