// Closing a month: bill and settle the fees, earn the draw, sweep the surplus, lock. One transaction a month.
import { dayAt, type Month } from "../base/month.ts";
import * as ledger from "../ledger/service.ts";
import { openMonth } from "../ledger/rules.ts";
import { settleMonth } from "../fees/service.ts";
import { earnDraw } from "../draw/service.ts";
import { sweepSurplus } from "../repair/service.ts";
import { deedVersionsOf } from "../trust/service.ts";
import { runTx, type Db, type Tx } from "../platform/db.ts";
import { monthsToClose } from "./rules.ts";
import * as store from "./store.ts";

export { findClose } from "./store.ts";

/**
 * Closes every open month up to and including `through`, in order (contract section 1), and answers the months it
 * closed: none when they were closed already. `done` hears of each.
 */
export async function closeThrough(
  db: Db,
  community: string,
  through: Month,
  at: { readonly now: Date; readonly done?: (month: Month) => void },
): Promise<Month[]> {
  const months = monthsToClose(await ledger.bookOf(db, community), through, dayAt(at.now));
  const closed: Month[] = [];
  for (const month of months) {
    if (await runTx(db, community, (tx) => closeMonth(tx, community, month, at.now))) {
      closed.push(month);
    }
    at.done?.(month);
  }
  return closed;
}

/** Whether it closed the month: not when somebody else did in the meantime. */
async function closeMonth(tx: Tx, community: string, month: Month, now: Date): Promise<boolean> {
  if (openMonth(await ledger.bookOf(tx, community)) !== month) {
    return false;
  }
  const deeds = await deedVersionsOf(tx, community);
  await settleMonth(tx, community, month, now);
  // The draw comes before the sweep: it lowers the surplus that the sweep may take.
  await earnDraw(tx, community, month, deeds, now);
  await sweepSurplus(tx, community, month, deeds, now);
  const book = await ledger.lockMonth(tx, community, month);
  await store.insertClose(tx, community, { month, seq: book.seq, head: book.head }, now);
  return true;
}
