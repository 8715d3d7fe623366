// Payments: the entry that a released request becomes, and what lists and pages are told of requests. Pure.
import { negate } from "../base/money.ts";
import { firstDay, monthOf, type Day } from "../base/month.ts";
import { refuse } from "../base/refusal.ts";
import type { Side } from "../door/rules.ts";
import {
  cashAgainst,
  DRAW_OWED,
  DRAW_SPENT,
  type EntryDraft,
  type EntryVoucher,
  type PaidEntry,
} from "../ledger/rules.ts";
import type { Ratification, Status } from "../release/rules.ts";
import { refundDraft } from "../fees/rules.ts";
import { depositReturnDraft, type Deposit } from "../receipt/rules.ts";
import { transferred } from "../repair/rules.ts";
import { bookingDay, totalOf, type Ask, type Left, type Needs, type Spend, type SpendStep } from "../request/rules.ts";
import type { Finding } from "../spending/rules.ts";
import type { Basis } from "../resolution/rules.ts";

// ---- The entry ----------------------------------------------------------------------------------------------------

/** How the entry of a request is recognised. */
export function sourceOf(id: number): string {
  return `spend:${id}`;
}

/** The entry that a released request becomes; a correction is drafted by the ledger. */
export function entryOf(
  id: number,
  ask: Ask,
  released: Day,
  about: { readonly vouchers: readonly EntryVoucher[]; readonly deposit: Deposit | null },
): EntryDraft {
  const { vouchers, deposit } = about;
  const day = bookingDay(ask, released);
  if (ask.kind === "refund") {
    const { unit, purpose: memo } = ask;
    const refund = { day, bank: ask.bank.code, amount: totalOf(ask), unit, memo, source: sourceOf(id) };
    return { ...refundDraft(refund), ...proofOf(ask, vouchers) };
  }
  if (ask.kind === "deposit-return" && deposit !== null) {
    // Whose deposit it was is in the receipt: the chain holds no name that may have to be erased.
    const give = { deposit, day, amount: totalOf(ask), key: sourceOf(id), payee: "押金交纳人" };
    return { ...depositReturnDraft(give), ...proofOf(ask, vouchers) };
  }
  if (ask.kind === "transfer" && ask.to !== null) {
    const from = { bank: ask.bank.code, fund: ask.bank.fund };
    const to = { bank: ask.to.code, fund: ask.to.fund };
    const amount = totalOf(ask);
    return {
      ...transferred({ day, from, to, amount, memo: ask.purpose, source: sourceOf(id) }),
      ...proofOf(ask, vouchers),
    };
  }
  return {
    day,
    kind: "payment",
    memo: ask.purpose,
    source: sourceOf(id),
    payee: ask.payee,
    // One cash line for each line of the request: the statement shows the money under its account.
    lines: ask.lines.flatMap(({ account, amount }) =>
      cashAgainst(
        { fund: ask.bank.fund, bank: ask.bank.code, flow: "paid", purpose: account, amount: negate(amount) },
        // Paying the draw settles what closing booked as owed.
        account === DRAW_SPENT ? DRAW_OWED : account,
      ),
    ),
    ...proofOf(ask, vouchers),
    ...(ask.emergency === "" ? {} : { reason: `紧急支出：${ask.emergency}` }),
  };
}

/** What the entry carries of the request's proof. */
function proofOf(
  ask: Pick<Ask, "invoices" | "resolution">,
  vouchers: readonly EntryVoucher[],
): Pick<EntryDraft, "invoice" | "resolution" | "vouchers"> {
  const invoice = ask.invoices.map(({ number }) => number).join("、");
  return {
    ...(invoice === "" ? {} : { invoice }),
    ...(ask.resolution === "" ? {} : { resolution: ask.resolution }),
    ...(vouchers.length === 0 ? {} : { vouchers }),
  };
}

/**
 * Refuses the last key of a payment whose day lies in a later month. A bank's own last authorisation sends the order at
 * once, and this program cannot hold the money back until the day: it would leave now, from this month's account, and
 * stand in a later month's books and perhaps in next year's budget. Within the month the day stands as it was asked.
 */
export function assertMonthHasCome(ask: Pick<Ask, "day" | "emergency">, today: Day): void {
  const from = keyWaitsUntil(ask, today);
  if (from !== null) {
    throw refuse(
      "DAY_NOT_YET",
      `付款日 ${ask.day} 在以后的月份：最后一把钥匙一转，钱今天就付出，却要记在那个月。`,
      `请在 ${from} 以后放行最后一把；要现在付的，请退回，由申请人把付款日写成今天。`,
      409,
    );
  }
}

/** The day before which the last key cannot be turned; null when it can be now. */
export function keyWaitsUntil(ask: Pick<Ask, "day" | "emergency">, today: Day): Day | null {
  const month = monthOf(bookingDay(ask, today));
  return month > monthOf(today) ? firstDay(month) : null;
}

// ---- What is told -------------------------------------------------------------------------------------------------

/** A request as a list shows it. */
export interface Item {
  readonly spend: Spend;
  readonly state: Status;
  readonly fund: string;
  readonly payee: string;
  readonly askedBy: string;
  readonly missing: readonly Side[];
  /** The reader could turn a key now. */
  readonly isMine: boolean;
}

/** mine: those that wait for the reader's key. closed: sent back, taken back, or expired. */
export const TABS = ["mine", "waiting", "paid", "closed", "unratified"] as const;
export type Tab = (typeof TABS)[number];

/** Everything about one request that its page and its JSON tell. */
export interface Sheet extends Item {
  readonly ask: Ask;
  readonly findings: readonly Finding[];
  /** The day before which the last key cannot be turned; null when it can be. */
  readonly waitsUntil: Day | null;
  readonly needs: Needs;
  /** What is left of each of its lines, without what it asks for itself. */
  readonly lefts: readonly Left[];
  readonly steps: readonly SpendStep[];
  /** What people are called, by account. */
  readonly names: ReadonlyMap<string, string>;
  readonly lastPayments: readonly PaidEntry[];
  /** The code of the entry it became, "" before. */
  readonly entry: string;
  readonly ratification: Ratification | null;
  /** The resolution it rests on, and the repair fund's project with what is left of it; "" where none. */
  readonly basis: Basis;
  readonly project: string;
}
