// Closing sweeps the surplus; a transfer at the bank settles it.
import type { Month } from "../base/month.ts";
import * as ledger from "../ledger/service.ts";
import type { Tx } from "../platform/db.ts";
import { deedIn, endsPeriod, type DeedVersion } from "../trust/rules.ts";
import { sweepOf, swept, transferredBeyondSwept } from "./rules.ts";
import * as store from "./store.ts";

export { findSweep } from "./store.ts";

/** Sweeps the surplus when the month ends a sweep period of its deed. Comes after the draw, which lowers what is free. */
export async function sweepSurplus(
  tx: Tx,
  community: string,
  month: Month,
  deeds: readonly DeedVersion[],
  now: Date,
): Promise<void> {
  const book = await ledger.bookOf(tx, community);
  const before = await ledger.balancesAt(tx, book, month);
  await ledger.post(tx, community, transferredBeyondSwept(month, before), now);
  const terms = deedIn(deeds, month).sweep;
  if (terms === undefined || terms === null || !endsPeriod(month, terms.every)) {
    return;
  }
  const sweep = sweepOf(month, terms, await ledger.balancesAt(tx, book, month));
  await ledger.post(tx, community, swept(sweep), now);
  await store.insertSweep(tx, community, sweep);
}
