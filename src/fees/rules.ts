// Property fees: bills, receipts, prepayment, arrears (contract section 4).
import { add, fen, least, negate, subtract, sum, ZERO, type Fen } from "../base/money.ts";
import { firstDay, lastDay, monthsFrom, type Day, type Month } from "../base/month.ts";
import { refuse, type Refusal } from "../base/refusal.ts";
import {
  cashAgainst,
  COMMON,
  FEE_INCOME,
  openMonth,
  PREPAID,
  RECEIVABLE,
  type Book,
  type EntryDraft,
  type Line,
} from "../ledger/rules.ts";
import type { Unit } from "../people/rules.ts";
import { chargesOf, type Charge, type LeftOut, type Tariff } from "../tariff/rules.ts";

// ---- Money that came in ---------------------------------------------------------------------------------------

/** Money that came into a bank account. */
export interface Received {
  readonly day: Day;
  readonly bank: string;
  /** The fund of that bank account. */
  readonly fund: string;
  /** What it is: income, or a deposit that is held. */
  readonly account: string;
  /** Negative = given back. */
  readonly amount: Fen;
  readonly unit?: string;
  readonly memo: string;
  readonly source: string;
}

/**
 * The entry of a receipt, from wherever it comes: a file, the bank, the desk. What a unit pays on 4001 stands on 2203
 * until the month's settlement applies it to bills: which bill it pays then depends on the days of the month's receipts
 * alone, not on when a file came in. Who paid is no part of it: the chain must never hold a name that
 * the law may ask to erase.
 */
export function received(receipt: Received): EntryDraft {
  const { day, bank, fund, account, amount, unit, memo, source } = receipt;
  const isFee = account === FEE_INCOME && unit !== undefined;
  return {
    day,
    kind: "receipt",
    memo,
    source,
    lines: cashAgainst({ fund, bank, flow: "received", purpose: account, amount }, isFee ? PREPAID : account, unit),
  };
}

/** The entry that gives prepaid fees back: a negative receipt, which lowers the draw's base too. */
export function refundDraft(refund: Omit<Received, "account" | "fund"> & { readonly unit: string }): EntryDraft {
  return received({ ...refund, fund: COMMON, account: FEE_INCOME, amount: negate(refund.amount) });
}

// ---- Bills ----------------------------------------------------------------------------------------------------

/** What a unit owes for a month, and how much of it is settled. */
export interface Bill {
  readonly unit: string;
  readonly period: Month;
  readonly amount: Fen;
  readonly settled: Fen;
  /** Brought in as arrears, or billed by this book. */
  readonly origin: "opening" | "billed";
}

/** The day by which a bill is to be paid: the last of its month, as long as no community has agreed on another. */
export function dueOn(period: Month): Day {
  return lastDay(period);
}

function billFor(month: Month, charge: Charge): Bill {
  return { unit: charge.unit.name, period: month, amount: charge.amount, settled: ZERO, origin: "billed" };
}

/** The month's bill of every unit that is billed in it. Throws when a use has no rate: import and billing refuse that. */
export function billsOf(month: Month, units: readonly Unit[], tariff: Tariff): Bill[] {
  const { charges, leftOut } = chargesOf(month, units, tariff);
  const without = leftOut.find(({ why }) => why === "no-rate");
  if (without !== undefined) {
    throw new Error(`no rate for ${without.unit.use} in ${month}`);
  }
  return charges.map((charge) => billFor(month, charge));
}

/** A month's bills before they are made, or after: what each rests on, and how it compares with the month before. */
export interface BillRun {
  readonly month: Month;
  readonly lines: readonly BillRunLine[];
  readonly leftOut: readonly LeftOut[];
  /** The bills that would be made now; the others are there already. */
  readonly fresh: readonly Bill[];
  readonly total: Fen;
  readonly before: { readonly month: Month; readonly count: number; readonly total: Fen };
}

export interface BillRunLine {
  readonly charge: Charge;
  /** As billed, or as it would be. */
  readonly amount: Fen;
  readonly isBilled: boolean;
  /** The unit's bill of the month before; null when it had none. */
  readonly before: Fen | null;
}

/** Puts a month's charges beside the bills there are, of this month and of the one before. */
export function billRun(
  month: Month,
  charged: { readonly charges: readonly Charge[]; readonly leftOut: readonly LeftOut[] },
  posted: readonly Bill[],
  before: { readonly month: Month; readonly bills: readonly Bill[] },
): BillRun {
  const there = new Map(posted.map((bill) => [bill.unit, bill]));
  const earlier = new Map(before.bills.map((bill) => [bill.unit, bill.amount]));
  const lines = charged.charges.map((charge): BillRunLine => {
    const bill = there.get(charge.unit.name);
    const amount = bill?.amount ?? charge.amount;
    return { charge, amount, isBilled: bill !== undefined, before: earlier.get(charge.unit.name) ?? null };
  });
  return {
    month,
    lines,
    leftOut: charged.leftOut,
    fresh: lines.flatMap(({ charge, isBilled }) => (isBilled ? [] : [billFor(month, charge)])),
    total: sum(lines.map(({ amount }) => amount)),
    before: { month: before.month, count: before.bills.length, total: sum(earlier.values()) },
  };
}

/** Why a month may not be billed now: closed, not begun, not its turn, or a use without a rate. null when it may. */
export function whyNotBill(run: BillRun, book: Book, today: Day, unbilled: Month | null): Refusal | null {
  const { month } = run;
  const without = run.leftOut.find(({ why }) => why === "no-rate");
  if (month < openMonth(book)) {
    const remedy = `请选 ${openMonth(book)} 或以后的月份。`;
    return refuse("MONTH_CLOSED", `${month} 已经结账，它的账单已经出过。`, remedy, 409);
  }
  if (firstDay(month) > today) {
    const remedy = `账单在每月 1 日产生，请到 ${firstDay(month)} 再出。`;
    return refuse("MONTH_NOT_BEGUN", `${month} 还没有开始（今天是 ${today}）。`, remedy, 409);
  }
  if (unbilled !== null) {
    const remedy = `请先出 ${unbilled} 的账单，按月份顺序来。`;
    return refuse("MONTH_BEFORE_UNBILLED", `${unbilled} 的账单还没有出。`, remedy, 409);
  }
  if (without !== undefined) {
    const message = `用途「${without.unit.use}」在 ${month} 没有单价（例如 ${without.unit.name}）。`;
    return refuse("RATE_MISSING", message, "请业委会先在“收费标准”里按业主大会决议登记这个用途的单价。", 409);
  }
  return null;
}

/** A month's bills by what they rest on: how many, and what they come to. */
export interface BillGroup {
  readonly use: string;
  readonly rate: string;
  readonly resolution: string;
  /** The discount rule's name; "" for the factor that units moved in with. */
  readonly rule: string;
  readonly factor: string;
  readonly count: number;
  readonly total: Fen;
}

export function groupsOf(run: BillRun): BillGroup[] {
  const groups = new Map<string, BillGroup>();
  for (const { charge, amount } of run.lines) {
    const { rate, resolution = "" } = charge.rate;
    const { use } = charge.unit;
    const rule = charge.rule?.name ?? "";
    const key = [use, rate, rule, charge.factor].join("\t");
    const group = groups.get(key) ?? { use, rate, resolution, rule, factor: charge.factor, count: 0, total: ZERO };
    groups.set(key, { ...group, count: group.count + 1, total: add(group.total, amount) });
  }
  return [...groups.entries()].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => group);
}

/** Bills that are new or other than in the month before: what somebody looks at before pressing the button. */
export function changedLines(run: BillRun): BillRunLine[] {
  return run.lines.filter(({ amount, before }) => before !== amount);
}

// ---- Settling a unit's month ------------------------------------------------------------------------------------

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

// ---- Entries ---------------------------------------------------------------------------------------------------

/**
 * The entry that bills a month: what each unit owes, the income, and what prepayments pay at once. Where all bills were
 * made before the month closed, only the prepayments are left to book.
 */
export function billed(month: Month, bills: readonly Bill[], fromPrepaid: readonly Settlement[]): EntryDraft[] {
  const day = firstDay(month);
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
    const memo = `${month} 预缴抵扣账单`;
    return fromPrepaid.length === 0 ? [] : [{ day, kind: "settlement", memo, lines: settlementLines(fromPrepaid) }];
  }
  const income: Line = { fund: COMMON, account: FEE_INCOME, amount: negate(sum(lines.map((line) => line.amount))) };
  return [
    {
      day,
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

// ---- Collection -------------------------------------------------------------------------------------------------

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

// ---- Where a unit stands between closes ---------------------------------------------------------------------------

/** What is known of a unit while months are open: what the last close left, and what came in since. */
export interface OpenAccount {
  readonly unit: string;
  /** As the last close left it. */
  readonly prepaid: Fen;
  /** Bills that are not fully paid, those of open months among them; paid ones too where there is a refund. */
  readonly bills: readonly Bill[];
  /** What came in during open months, in order. */
  readonly receipts: readonly { readonly month: Month; readonly amount: Fen }[];
}

/** Where a unit stands: bills with what is paid on them, oldest first, and what is prepaid. */
export interface Standing {
  readonly unit: string;
  readonly bills: readonly Bill[];
  /** Negative when more was given back than was ever paid. */
  readonly prepaid: Fen;
}

/** What closing would make of the unit if it closed all open months now, with the bills that there are by now. */
export function standingNow(account: OpenAccount, open: Month): Standing {
  const bills = new Map(account.bills.map((bill) => [bill.period, bill]));
  const last = [...bills.keys(), ...account.receipts.map(({ month }) => month)].toSorted().at(-1) ?? open;
  let { prepaid } = account;
  for (const month of monthsFrom(open, last)) {
    const earlier = [...bills.values()].filter(({ period }) => period < month);
    const bill = bills.get(month);
    const settledUnit = settleUnit({
      unit: account.unit,
      open: earlier.filter((each) => each.settled < each.amount),
      paid: earlier.filter((each) => each.settled > 0),
      prepaid,
      receipts: account.receipts.filter((receipt) => receipt.month === month).map(({ amount }) => amount),
      ...(bill === undefined ? {} : { bill }),
    });
    ({ prepaid } = settledUnit);
    settledUnit.bills.forEach((each) => bills.set(each.period, each));
  }
  return {
    unit: account.unit,
    bills: [...bills.values()].toSorted((a, b) => (a.period < b.period ? -1 : 1)),
    prepaid,
  };
}

/** What is unpaid of a bill. */
export function owedOn(bill: Bill): Fen {
  return subtract(bill.amount, bill.settled);
}

/** What a unit owes in all. */
export function owedBy(standing: Standing): Fen {
  return sum(standing.bills.map(owedOn));
}

/** What an amount would pay, before anybody takes it. */
export interface PaymentPlan {
  readonly pays: readonly { readonly period: Month; readonly amount: Fen; readonly isCleared: boolean }[];
  /** The part that waits for the next bill. */
  readonly prepaid: Fen;
  readonly after: Standing;
}

/** The bills that an amount received in an open month would pay, oldest first, and what would be prepaid. */
export function paymentPlan(
  account: OpenAccount,
  open: Month,
  receipt: { readonly month: Month; readonly amount: Fen },
): PaymentPlan {
  const before = standingNow(account, open);
  const after = standingNow({ ...account, receipts: [...account.receipts, receipt] }, open);
  const was = new Map(before.bills.map((bill) => [bill.period, bill.settled]));
  const pays = after.bills.flatMap((bill) => {
    const amount = subtract(bill.settled, was.get(bill.period) ?? ZERO);
    return amount > 0 ? [{ period: bill.period, amount, isCleared: bill.settled === bill.amount }] : [];
  });
  return { pays, prepaid: subtract(after.prepaid, before.prepaid), after };
}
