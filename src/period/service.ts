// Closing a month: bill and settle the fees, earn the draw, sweep the surplus, lock. One transaction a month. And what
// stands in the way of closing and publishing it.
import { add, ZERO, type Fen } from "../base/money.ts";
import { dayAt, lastDay, nextMonth, type Day, type Month } from "../base/month.ts";
import { Refusal, refuse } from "../base/refusal.ts";
import { bankDifferences, suspenseBalance } from "../reconciliation/service.ts";
import { earnDraw } from "../draw/service.ts";
import { billsIn, settleMonth } from "../fees/service.ts";
import * as ledger from "../ledger/service.ts";
import { isUnproven, openMonth, paidOut } from "../ledger/rules.ts";
import { unitsBilledIn } from "../people/service.ts";
import { runTx, type Db, type Tx } from "../platform/db.ts";
import { sweepSurplus } from "../repair/service.ts";
import { openCorrections, unratified, waitingIn } from "../request/service.ts";
import { overdueRevenue } from "../revenue/service.ts";
import { deedVersionsOf } from "../trust/service.ts";
import {
  blocked,
  blockers,
  manyOf,
  monthsToClose,
  type AccountCheck,
  type GateFacts,
  type MonthFacts,
} from "./rules.ts";
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

/** Closes the open month, once nothing stands in its way any more: what a person at the desk does. */
export async function closeChecked(tx: Tx, community: string, month: Month, at: AtDesk): Promise<void> {
  const { now } = at;
  const book = await ledger.bookOf(tx, community);
  monthsToClose(book, month, dayAt(now));
  if (openMonth(book) !== month) {
    const message = `现在能结账的是 ${openMonth(book)}，不是 ${month}。`;
    throw refuse("MONTH_OUT_OF_ORDER", message, "月份要依次结账；请先处理前面的月份。", 409);
  }
  await assertUnblocked(tx, community, month, at);
  await closeMonth(tx, community, month, now);
}

/** When somebody closes or publishes at the desk, and why the bank's lines stop early ("" for no reason). */
export interface AtDesk {
  readonly now: Date;
  readonly noLines: string;
}

/**
 * Refuses while something blocks the month's publication (product.md section 4), naming each. Without `noLines` it is
 * the command line that publishes history.
 */
export async function assertUnblocked(
  db: Db,
  community: string,
  month: Month,
  { now, noLines }: Pick<AtDesk, "now"> & Partial<AtDesk>,
): Promise<void> {
  const items = blockers(await gateFacts(db, community, month, dayAt(now)), noLines);
  if (items.length > 0) {
    throw new Refusal(blocked(items), 409);
  }
}

async function gateFacts(db: Db, community: string, month: Month, today: Day): Promise<GateFacts> {
  return {
    month,
    waiting: manyOf(await waitingIn(db, community, month, today)),
    corrections: (await openCorrections(db, community, today)).length,
    suspense: await suspenseBalance(db, community, month),
    accounts: await accountChecks(db, community, month),
  };
}

/** Everything the month's checklist is made from. */
export async function monthFacts(db: Db, community: string, month: Month, today: Day): Promise<MonthFacts> {
  const units = await unitsBilledIn(db, community, month);
  const billed = new Set((await billsIn(db, community, month)).map((bill) => bill.unit));
  const payments = await ledger.unprovenPayments(db, community, month);
  const unproven = payments.filter(isUnproven).map((payment) => ({ amount: paidOut(payment) }));
  return {
    ...(await gateFacts(db, community, month, today)),
    units: { billed: billed.size, missing: units.filter((unit) => !billed.has(unit.name)).length },
    unproven: manyOf(unproven),
    unratified: manyOf(await unratified(db, community, lastDay(month))),
    overdue: await overdueRevenue(db, community, lastDay(month)),
  };
}

async function accountChecks(db: Db, community: string, month: Month): Promise<AccountCheck[]> {
  const late = await lateCash(db, community, month);
  return (await bankDifferences(db, community, month)).map(
    ({ account, name, covers, linesUntil, difference, unmatched, finished }) => ({
      code: account,
      name,
      covers,
      ...(linesUntil === undefined ? {} : { linesUntil }),
      difference,
      explained: late.get(account) ?? ZERO,
      unmatched,
      isReconciled: finished !== null,
    }),
  );
}

/** What entries that were booked after the month, but happened by its end, moved on each bank account. */
async function lateCash(db: Db, community: string, month: Month): Promise<Map<string, Fen>> {
  const open = openMonth(await ledger.bookOf(db, community));
  const range = { first: nextMonth(month), last: open, occurred: lastDay(month) };
  const lines = (await ledger.lateEntries(db, community, range)).flatMap((entry) => entry.lines);
  const moved = new Map<string, Fen>();
  for (const { bank, amount } of lines) {
    if (bank !== undefined) {
      moved.set(bank, add(moved.get(bank) ?? ZERO, amount));
    }
  }
  return moved;
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
