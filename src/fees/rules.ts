// Property fees: bills, receipts, prepayment, arrears (contract section 4).
import { add, fen, least, negate, subtract, sum, ZERO, type Fen } from "../base/money.ts";
import { firstDay, lastDay, type Month } from "../base/month.ts";
import { feeFor } from "../base/share.ts";
import { COMMON, FEE_INCOME, PREPAID, RECEIVABLE, type EntryDraft, type Line } from "../ledger/rules.ts";
import type { Unit } from "../people/rules.ts";

/** Yuan per m² and month for a use, from a month on. */
export interface Rate {
  readonly use: string;
  readonly from: Month;
  readonly rate: string;
}

/** What a unit owes for a month, and how much of it is settled. */
export interface Bill {
  readonly unit: string;
  readonly period: Month;
  readonly amount: Fen;
  readonly settled: Fen;
  /** Brought in as arrears, or billed by this book. */
  readonly origin: "opening" | "billed";
}

/** The rate in force for a use in a month; undefined when none is. */
export function rateIn(rates: readonly Rate[], use: string, month: Month): Rate | undefined {
  return rates
    .filter((rate) => rate.use === use && rate.from <= month)
    .toSorted((a, b) => (a.from < b.from ? -1 : 1))
    .at(-1);
}

/** The month's bill of every unit that is billed in it. Throws when a use has no rate: import refuses that. */
export function billsOf(month: Month, units: readonly Unit[], rates: readonly Rate[]): Bill[] {
  const inForce = new Map<string, Rate | undefined>();
  return units
    .filter((unit) => unit.from <= month)
    .map((unit) => {
      const rate = inForce.get(unit.use) ?? rateIn(rates, unit.use, month);
      inForce.set(unit.use, rate);
      if (rate === undefined) {
        throw new Error(`no rate for ${unit.use} in ${month}`);
      }
      return {
        unit: unit.name,
        period: month,
        amount: feeFor(rate.rate, unit.area, unit.discount),
        settled: ZERO,
        origin: "billed",
      };
    });
}

/** What is known of one unit when a month is settled. */
export interface UnitAccount {
  readonly unit: string;
  /** Bills that are not fully paid, oldest first. */
  readonly open: readonly Bill[];
  readonly prepaid: Fen;
  /** This month's bill, when there is one. */
  readonly bill?: Bill;
  /** This month's receipts in the order they came; negative = a refund. */
  readonly receipts: readonly Fen[];
  /** Bills with anything paid on them, when there is a refund: what it may open again. */
  readonly paid: readonly Bill[];
}

/** A part of a bill that was paid (positive) or opened again by a refund (negative). */
export interface Settlement {
  readonly unit: string;
  readonly period: Month;
  readonly amount: Fen;
}

export interface SettledUnit {
  readonly unit: string;
  readonly prepaid: Fen;
  /** Bills whose settled part changed, and the new bill. */
  readonly bills: readonly Bill[];
  /** The part of the prepayment that paid the new bill at once. */
  readonly fromPrepaid: readonly Settlement[];
  readonly fromReceipts: readonly Settlement[];
}

/**
 * One unit's month: the prepayment pays the new bill at once; each receipt pays the oldest open bill first and the
 * rest is prepaid; a refund takes the prepayment first, then opens the newest paid bill again. A refund of more than
 * was ever paid here leaves the prepayment negative: the unit owes it.
 */
export function settleUnit(account: UnitAccount): SettledUnit {
  const bills = new Map<Month, Bill>([...account.paid, ...account.open].map((bill) => [bill.period, bill]));
  let prepaid = account.prepaid;
  const pay = (bill: Bill, amount: Fen): Settlement => {
    bills.set(bill.period, { ...bill, settled: add(bill.settled, amount) });
    return { unit: account.unit, period: bill.period, amount };
  };
  const inOrder = (): Bill[] => [...bills.values()].toSorted((a, b) => (a.period < b.period ? -1 : 1));

  const fromPrepaid: Settlement[] = [];
  if (account.bill !== undefined) {
    bills.set(account.bill.period, account.bill);
    const used = least(account.bill.amount, prepaid);
    if (used > 0) {
      fromPrepaid.push(pay(account.bill, used));
      prepaid = subtract(prepaid, used);
    }
  }

  const fromReceipts: Settlement[] = [];
  for (const receipt of account.receipts) {
    prepaid = add(prepaid, receipt);
    let left = receipt;
    for (const bill of receipt > 0 ? inOrder() : []) {
      const part = least(subtract(bill.amount, bill.settled), least(prepaid, left));
      if (part > 0) {
        fromReceipts.push(pay(bill, part));
        prepaid = subtract(prepaid, part);
        left = subtract(left, part);
      }
    }
    for (const bill of receipt < 0 ? inOrder().toReversed() : []) {
      const part = least(bill.settled, negate(prepaid));
      if (part > 0) {
        fromReceipts.push(pay(bill, negate(part)));
        prepaid = add(prepaid, part);
      }
    }
  }
  const changed = [...bills.values()].filter((bill) => bill === account.bill || !sameBill(bill, account));
  return { unit: account.unit, prepaid, bills: changed, fromPrepaid, fromReceipts };
}

function sameBill(bill: Bill, account: UnitAccount): boolean {
  return account.open.includes(bill) || account.paid.includes(bill);
}

/** The entry that bills a month: what each unit owes, the income, and what prepayments pay at once. */
export function billed(month: Month, bills: readonly Bill[], fromPrepaid: readonly Settlement[]): EntryDraft[] {
  const lines = bills
    .filter((bill) => bill.amount !== 0)
    .map((bill): Line => ({
      fund: COMMON,
      account: RECEIVABLE,
      unit: bill.unit,
      period: bill.period,
      amount: bill.amount,
    }));
  if (lines.length === 0) {
    return [];
  }
  const income: Line = { fund: COMMON, account: FEE_INCOME, amount: negate(sum(lines.map((line) => line.amount))) };
  return [
    {
      day: firstDay(month),
      kind: "bill",
      memo: `${month} 物业费账单，${bills.length} 户`,
      lines: [...lines, income, ...settlementLines(fromPrepaid)],
    },
  ];
}

/** The entry that applies a month's receipts to bills. */
export function settled(month: Month, settlements: readonly Settlement[]): EntryDraft[] {
  if (settlements.length === 0) {
    return [];
  }
  const memo = `${month} 收款核销账单`;
  return [{ day: lastDay(month), kind: "settlement", memo, lines: settlementLines(settlements) }];
}

function settlementLines(settlements: readonly Settlement[]): Line[] {
  return settlements.flatMap(({ unit, period, amount }): Line[] => [
    { fund: COMMON, account: PREPAID, unit, amount },
    { fund: COMMON, account: RECEIVABLE, unit, period, amount: negate(amount) },
  ]);
}

/** How a month's fees came in (contract section 5, `collection`). */
export interface Collection {
  readonly due: Fen;
  readonly collected: Fen;
  readonly dueToDate: Fen;
  readonly collectedToDate: Fen;
  readonly oldArrearsRecovered: Fen;
  readonly arrears: Fen;
  readonly prepaid: Fen;
  readonly householdsDue: number;
  readonly householdsPaid: number;
}

/** The month's figures: how every unit came out, which bills were open before, what the year's bills come to by now. */
export function collectionOf(
  month: Month,
  units: readonly SettledUnit[],
  openBefore: readonly Bill[],
  year: { readonly due: Fen; readonly collected: Fen },
): Collection {
  const changed = units.flatMap((unit) => unit.bills);
  const bills = changed.filter((bill) => bill.period === month && bill.origin === "billed");
  const open = openBills(openBefore, changed);
  const inArrears = new Set(open.map((bill) => bill.unit));
  const old = units.flatMap((unit) => unit.fromReceipts).filter(({ period }) => period < month);
  return {
    due: sum(bills.map((bill) => bill.amount)),
    collected: sum(bills.map((bill) => bill.settled)),
    dueToDate: year.due,
    collectedToDate: year.collected,
    oldArrearsRecovered: sum(old.map((settlement) => settlement.amount)),
    arrears: sum(open.map((bill) => subtract(bill.amount, bill.settled))),
    prepaid: sum(units.map((unit) => unit.prepaid)),
    householdsDue: bills.length,
    householdsPaid: bills.filter((bill) => !inArrears.has(bill.unit)).length,
  };
}

function openBills(before: readonly Bill[], changed: readonly Bill[]): Bill[] {
  const bills = new Map([...before, ...changed].map((bill) => [`${bill.unit} ${bill.period}`, bill]));
  return [...bills.values()].filter((bill) => bill.settled < bill.amount);
}

/** Arrears and prepayments that a community brings along, as one opening entry's lines; the fund's equity takes the other side. */
export function openingFeeLines(bills: readonly Bill[], prepaid: ReadonlyMap<string, Fen>): Line[] {
  return [
    ...bills.map((bill): Line => ({
      fund: COMMON,
      account: RECEIVABLE,
      unit: bill.unit,
      period: bill.period,
      amount: bill.amount,
    })),
    ...[...prepaid].map(([unit, amount]): Line => ({ fund: COMMON, account: PREPAID, unit, amount: fen(-amount) })),
  ];
}
