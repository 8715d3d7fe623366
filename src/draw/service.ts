// Closing earns the draw; it is paid by a released request (the room spending).
import { firstMonthOfYear, monthOf, monthsFrom, previousMonth, type Day, type Month } from "../base/month.ts";
import { negate, type Fen } from "../base/money.ts";
import * as ledger from "../ledger/service.ts";
import { COMMON, DRAW_OWED, openMonth } from "../ledger/rules.ts";
import type { Db, Tx } from "../platform/db.ts";
import { deedIn, type DeedVersion } from "../trust/rules.ts";
import { deedVersionsOf } from "../trust/service.ts";
import { drawBase, drawEarned, drawOf, drawable, overpaid, type DrawFacts, type Overpaid } from "./rules.ts";
import * as store from "./store.ts";

export { drawsBetween } from "./store.ts";

/** Earns the month's draw and keeps how it was computed. */
export async function earnDraw(
  tx: Tx,
  community: string,
  month: Month,
  deeds: readonly DeedVersion[],
  now: Date,
): Promise<void> {
  const deed = deedIn(deeds, month);
  const balances = await ledger.balancesBetween(tx, community, month, month);
  const earlier = await store.drawsBetween(tx, community, firstMonthOfYear(month), previousMonth(month));
  const draw = drawOf(month, deed, drawBase(balances, month, deed.draw.base), earlier);
  await ledger.post(tx, community, drawEarned(draw), now);
  await store.insertDraw(tx, community, draw);
}

/** Payments in open months, through `last`, that took more than was owed on their day. */
export async function overpaidDraws(
  db: Db,
  community: string,
  last: Month,
  deeds: readonly DeedVersion[],
): Promise<Overpaid[]> {
  return overpaid(await drawFacts(db, community, last, deeds));
}

/** What the trustee may take of its draw on a day. */
export async function drawableOn(db: Db, community: string, on: Day, deeds: readonly DeedVersion[]): Promise<Fen> {
  return drawable(await drawFacts(db, community, monthOf(on), deeds), on);
}

async function drawFacts(db: Db, community: string, last: Month, deeds: readonly DeedVersion[]): Promise<DrawFacts> {
  const book = await ledger.bookOf(db, community);
  const first = openMonth(book);
  const balances = await ledger.balancesBetween(db, community, first, last);
  const atClose = await ledger.balancesBetween(db, community, previousMonth(first), previousMonth(first));
  return {
    owedAtClose: negate(ledger.standing(atClose, COMMON, DRAW_OWED)),
    closed: await store.drawsBetween(db, community, firstMonthOfYear(first), previousMonth(first)),
    open: monthsFrom(first, last).map((month) => ({ month, balances })),
    deeds,
    payments: await store.drawPaymentsFrom(db, community, first),
  };
}

/** Whether a closed month's draw is what its receipts and the draws before it come to. */
export async function isDrawAsEarned(db: Db, community: string, month: Month): Promise<boolean> {
  const draws = await store.drawsBetween(db, community, firstMonthOfYear(month), month);
  const draw = draws.at(-1);
  const deed = deedIn(await deedVersionsOf(db, community), month);
  const balances = await ledger.balancesBetween(db, community, month, month);
  const again = drawOf(month, deed, drawBase(balances, month, deed.draw.base), draws.slice(0, -1));
  return draw?.month === month && draw.base === again.base && draw.earned === again.earned && draw.rate === again.rate;
}
