// SQL of the draws of closed months, and of the payments that settle them.
import { fen } from "../base/money.ts";
import { day, month, type Month } from "../base/month.ts";
import { CASH, DRAW_SPENT } from "../ledger/rules.ts";
import type { Db, Tx } from "../platform/db.ts";
import type { DrawMonth, DrawPayment } from "./rules.ts";

export async function insertDraw(tx: Tx, community: string, draw: DrawMonth): Promise<void> {
  const { month: m, deedFrom, rate, base, earned } = draw;
  await tx("draw").insert({ community, month: m, deed_from: deedFrom, rate, base, earned });
}

/** The draws of closed months from `first` to `last`, in order. */
export async function drawsBetween(db: Db, community: string, first: Month, last: Month): Promise<DrawMonth[]> {
  const rows = await db("draw").where({ community }).whereBetween("month", [first, last]).orderBy("month");
  return rows.map((row) => ({
    month: month(row.month),
    deedFrom: month(row.deed_from),
    rate: row.rate,
    base: fen(row.base),
    earned: fen(row.earned),
  }));
}

/** Every payment of the draw from that month on, as its cash line in the journal shows it. */
export async function drawPaymentsFrom(db: Db, community: string, first: Month): Promise<DrawPayment[]> {
  const rows = await db("entry_line as l")
    .join("entry as e", { "l.community": "e.community", "l.month": "e.month", "l.number": "e.number" })
    .where({ "l.community": community, "l.account": CASH, "l.flow": "paid", "l.purpose": DRAW_SPENT })
    .where("l.month", ">=", first)
    .orderBy("e.seq")
    .select("e.day", "e.source", "l.amount");
  return rows.map((row) => ({ day: day(row.day), amount: fen(-row.amount), source: row.source ?? "" }));
}
