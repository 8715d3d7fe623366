// SQL of closed months.
import type { Db, Tx } from "../platform/db.ts";
import { month, type Month } from "../base/month.ts";

/** Where the chain stood when the month was closed. */
export interface MonthClose {
  readonly month: Month;
  readonly seq: number;
  readonly head: string;
}

export async function insertClose(tx: Tx, community: string, close: MonthClose, now: Date): Promise<void> {
  await tx("month_close").insert({
    community,
    month: close.month,
    seq: close.seq,
    head: close.head,
    closed_at: now.toISOString(),
  });
}

export async function findClose(db: Db, community: string, m: Month): Promise<MonthClose | null> {
  const row = await db("month_close").where({ community, month: m }).first();
  return row === undefined ? null : { month: month(row.month), seq: row.seq, head: row.head };
}
