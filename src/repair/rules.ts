// The surplus sweep 盈余转维修资金 and transfers between funds (contract section 4).
import { fromYuan, greatest, negate, subtract, ZERO, type Fen } from "../base/money.ts";
import { lastDay, type Day, type Month } from "../base/month.ts";
import { shareOf } from "../base/share.ts";
import {
  BETWEEN_FUNDS,
  CASH,
  COMMON,
  freeCash,
  MOVED_IN,
  MOVED_OUT,
  net,
  REPAIR,
  type Balance,
  type EntryDraft,
  type Line,
} from "../ledger/rules.ts";
import type { SweepTerms } from "../trust/rules.ts";

/** How a sweep was computed. */
export interface Sweep {
  readonly month: Month;
  readonly free: Fen;
  readonly reserve: Fen;
  readonly share: string;
  readonly swept: Fen;
}

/** Swept and not yet transferred, from the balances at a month's end; negative when more was transferred than swept. */
export function unsettled(balances: readonly Balance[]): Fen {
  return negate(net(balances, (row) => row.fund === COMMON && row.account === BETWEEN_FUNDS));
}

/** swept = share × what of the free cash exceeds the reserve. */
export function sweepOf(month: Month, terms: SweepTerms, balances: readonly Balance[]): Sweep {
  const free = freeCash(balances);
  const reserve = fromYuan(terms.reserve);
  return {
    month,
    free,
    reserve,
    share: terms.share,
    swept: shareOf(terms.share, greatest(ZERO, subtract(free, reserve))),
  };
}

/** The entry that closing books: owed between the funds until a transfer settles it. */
export function swept(sweep: Sweep): EntryDraft[] {
  return sweep.swept === 0 ? [] : [movedBetween(sweep.month, sweep.swept, `${sweep.month} 盈余转维修资金（待划转）`)];
}

/** Money that was transferred beyond what had been swept is an outright transfer, not an advance on later sweeps. */
export function transferredBeyondSwept(month: Month, balances: readonly Balance[]): EntryDraft[] {
  const beyond = negate(unsettled(balances));
  return beyond > 0 ? [movedBetween(month, beyond, `${month} 超出已提盈余的划转，直接转入维修资金`)] : [];
}

function movedBetween(month: Month, amount: Fen, memo: string): EntryDraft {
  return {
    day: lastDay(month),
    kind: "sweep",
    memo,
    lines: [
      { fund: COMMON, account: MOVED_OUT, amount },
      { fund: COMMON, account: BETWEEN_FUNDS, amount: negate(amount) },
      { fund: REPAIR, account: BETWEEN_FUNDS, amount },
      { fund: REPAIR, account: MOVED_IN, amount: negate(amount) },
    ],
  };
}

export interface Transfer {
  readonly day: Day;
  readonly from: { readonly bank: string; readonly fund: string };
  readonly to: { readonly bank: string; readonly fund: string };
  readonly amount: Fen;
  readonly memo: string;
  readonly source: string;
}

/** A transfer between bank accounts. From the common to the repair fund it settles sweeps; see transferredBeyondSwept. */
export function transferred(transfer: Transfer): EntryDraft {
  const { day, from, to, amount, memo, source } = transfer;
  const within = from.fund === to.fund;
  const settles = from.fund === COMMON && to.fund === REPAIR;
  const outAgainst = settles ? BETWEEN_FUNDS : MOVED_OUT;
  const inAgainst = settles ? BETWEEN_FUNDS : MOVED_IN;
  const cash = (side: Transfer["from"], value: Fen, purpose: string): Line => ({
    fund: side.fund,
    account: CASH,
    amount: value,
    bank: side.bank,
    flow: "transferred",
    purpose,
  });
  const contra: Line[] = within
    ? []
    : [
        { fund: from.fund, account: outAgainst, amount },
        { fund: to.fund, account: inAgainst, amount: negate(amount) },
      ];
  return {
    day,
    kind: "transfer",
    memo,
    source,
    // Between two accounts of one fund nothing enters or leaves the fund.
    lines: [cash(from, negate(amount), within ? "" : MOVED_OUT), ...contra, cash(to, amount, within ? "" : MOVED_IN)],
  };
}

/** Cash that other funds sent or received: flow "transferred" with a purpose; moves inside a fund have none. */
export function isBetweenFunds(row: Balance): boolean {
  return row.flow === "transferred" && row.purpose !== "";
}
