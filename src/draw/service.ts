// Closing earns the draw; nobody draws by hand.
import { firstMonthOfYear, monthsFrom, previousMonth, type Month } from "../base/month.ts";
import { negate } from "../base/money.ts";
import * as ledger from "../ledger/service.ts";
import { COMMON, openMonth } from "../ledger/rules.ts";
import type { Db, Tx } from "../platform/db.ts";
import { deedIn, type DeedVersion } from "../trust/rules.ts";
import { DRAW_OWED, drawBase, drawEarned, drawOf, overpaid, type DrawMonth, type Overpaid } from "./rules.ts";
import * as store from "./store.ts";

export { drawsBetween } from "./store.ts";

/** Earns the month's draw and keeps how it was computed. */
export async function earnDraw(
  tx: Tx,
  community: string,
  month: Month,
  deeds: readonly DeedVersion[],
  now: Date,
): Promise<DrawMonth> {
  const deed = deedIn(deeds, month);
  const balances = await ledger.balancesBetween(tx, community, month, month);
  const earlier = await store.drawsBetween(tx, community, firstMonthOfYear(month), previousMonth(month));
  const draw = drawOf(month, deed, drawBase(balances, month, deed.draw.base), earlier);
  await ledger.post(tx, community, drawEarned(draw), now);
  await store.insertDraw(tx, community, draw);
  return draw;
}

/** Payments in open months, through `last`, that took more than was owed on their day. */
export async function overpaidDraws(
  db: Db,
  community: string,
  last: Month,
  deeds: readonly DeedVersion[],
): Promise<Overpaid[]> {
  const book = await ledger.bookOf(db, community);
  const first = openMonth(book);
  const balances = await ledger.balancesBetween(db, community, first, last);
  const atClose = await ledger.balancesBetween(db, community, previousMonth(first), previousMonth(first));
  return overpaid({
    owedAtClose: negate(ledger.standing(atClose, COMMON, DRAW_OWED)),
    closed: await store.drawsBetween(db, community, firstMonthOfYear(first), previousMonth(first)),
    open: monthsFrom(first, last).map((month) => ({ month, balances })),
    deeds,
    payments: await store.drawPaymentsFrom(db, community, first),
  });
}
