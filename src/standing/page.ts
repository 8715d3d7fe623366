// Where a unit stands, in large plain words; arrears by age; reminders as letters and messages.
import { displayText, displayYuan, fromYuan, subtract, sum, type Fen } from "../base/money.ts";
import { day, daysBetween, month, monthOfYear, spokenDay, spokenMonth, yearOf, type Day } from "../base/month.ts";
import { dueOn } from "../fees/rules.ts";
import { csvText } from "../platform/csv.ts";
import { RECEIPT_KINDS, type ReceiptKind } from "../receipt/rules.ts";
import type { Basis } from "../resolution/rules.ts";
import { asRate } from "../base/share.ts";
import { AGE_BANDS, type LetterRow } from "./rules.ts";

const NONE = "0.00";
const monthWords = (text: string): string => spokenMonth(month(text));
const dayWords = (text: string): string => spokenDay(day(text));

// ---- One unit -----------------------------------------------------------------------------------------------------

interface BasisWords {
  readonly rate: string;
  readonly area: string;
  readonly factor: string;
  readonly rule: string | null;
  readonly resolution: string | null;
}

interface BillWords {
  readonly period: string;
  readonly amount: string;
  readonly paid: string;
  readonly left: string;
  readonly due: string;
  readonly basis: BasisWords | null;
}

/** What the use case tells of a unit. */
export interface AccountWords {
  readonly unit: string;
  readonly use: string;
  readonly area: string;
  readonly owed: string;
  readonly overdue: string;
  readonly since: string | null;
  readonly prepaid: string;
  readonly unpaid: readonly BillWords[];
  readonly next: {
    readonly period: string;
    readonly amount: string;
    readonly fromPrepaid: string;
    readonly basis: BasisWords;
  } | null;
  readonly year: number;
  readonly years: readonly number[];
  readonly bills: readonly BillWords[];
  readonly payments: readonly {
    readonly day: string;
    readonly amount: string;
    readonly kind: string;
    readonly entry: string;
    readonly receipt: string | null;
    readonly isCancelled: boolean;
  }[];
  readonly others: readonly {
    readonly receipt: string;
    readonly day: string;
    readonly kind: string;
    readonly purpose: string;
    readonly amount: string;
  }[];
  readonly reminded: string | null;
}

/** "0.81 元 × 89.55 平方米 × 0.7（空置房）" */
function basisWords(basis: BasisWords): string {
  const factor = basis.factor === "1" ? "" : ` × ${basis.factor}${basis.rule === null ? "" : `（${basis.rule}）`}`;
  return `${asRate(basis.rate)} 元 × ${basis.area} 平方米${factor}`;
}

function billRow(bill: BillWords, today: Day, basis: AccountLinks["basis"]) {
  const late = daysBetween(day(bill.due), today);
  const isPaid = bill.left === NONE;
  const partly = bill.paid === NONE ? "没有缴" : `已缴 ${displayText(bill.paid)} 元，还差 ${displayText(bill.left)} 元`;
  const when = late > 0 ? `逾期 ${late} 天` : `请在${dayWords(bill.due)}前缴`;
  return {
    period: monthWords(bill.period),
    amount: displayText(bill.amount),
    left: displayText(bill.left),
    isPaid,
    isLate: !isPaid && late > 0,
    state: isPaid ? "✓ 已缴清" : `${partly}，${when}`,
    how: bill.basis === null ? "" : basisWords(bill.basis),
    basis: basis(bill.basis?.resolution ?? null),
  };
}

/** How an entry of a unit is called. */
function paymentWords(kind: string, amount: string): string {
  const isOut = amount.startsWith("-");
  switch (kind) {
    case "reversal":
      return isOut ? "冲销" : "冲销退款";
    case "correction":
      return "更正";
    default:
      return isOut ? "退款" : "缴费";
  }
}

interface AccountLinks {
  readonly slip: (receipt: number) => string;
  readonly year: (year: number) => string;
  /** How what a bill rests on is shown. */
  readonly basis: (resolution: string | null) => Basis;
}

/** A unit's account for its page. `links` says where its receipts and its other years are. */
export function accountPage(account: AccountWords, today: Day, links: AccountLinks) {
  const isOverpaid = account.prepaid.startsWith("-");
  return {
    unit: account.unit,
    about: `${account.use}，${account.area} 平方米`,
    owesNothing: account.owed === NONE,
    owed: displayText(account.owed),
    overdue: account.overdue === NONE ? "" : displayText(account.overdue),
    since: account.since === null ? "" : monthWords(account.since),
    hasPrepaid: account.prepaid !== NONE && !isOverpaid,
    prepaid: displayText(account.prepaid),
    isOverpaid,
    unpaid: account.unpaid.map((bill) => billRow(bill, today, links.basis)),
    next: nextWords(account.next),
    yearWords: `${account.year}年`,
    years: account.years.map((year) => {
      return { label: `${year}年`, href: links.year(year), isCurrent: year === account.year };
    }),
    hasYears: account.years.length > 1,
    bills: account.bills.map((bill) => billRow(bill, today, links.basis)),
    payments: paymentRows(account.payments, links),
    others: account.others.map(({ receipt, day: on, kind, purpose, amount }) => ({
      day: dayWords(on),
      what: [RECEIPT_KINDS[kind as ReceiptKind].name, purpose].filter((word) => word !== "").join("："),
      amount: displayText(amount),
      receipt,
      slip: links.slip(Number(receipt)),
    })),
    reminded: account.reminded === null ? "" : dayWords(account.reminded),
  };
}

/** What comes next, and what of it is still to pay after the prepayment. */
function nextWords(next: AccountWords["next"]) {
  if (next === null) {
    return null;
  }
  const left = subtract(fromYuan(next.amount), fromYuan(next.fromPrepaid));
  const rest = left > 0 ? `还要缴 ${displayYuan(left)} 元` : "不用再缴";
  return {
    period: monthWords(next.period),
    amount: displayText(next.amount),
    how: basisWords(next.basis),
    left: next.fromPrepaid === NONE ? "" : `预缴可以抵 ${displayText(next.fromPrepaid)} 元，${rest}`,
  };
}

function paymentRows(payments: AccountWords["payments"], links: AccountLinks) {
  return payments.map(({ day: on, amount, kind, receipt, isCancelled }) => ({
    day: dayWords(on),
    what: paymentWords(kind, amount),
    amount: displayText(amount),
    isOut: amount.startsWith("-"),
    isCancelled,
    receipt: receipt ?? "",
    slip: receipt === null ? "" : links.slip(Number(receipt)),
  }));
}

// ---- Arrears ------------------------------------------------------------------------------------------------------

/** "1–30 天", …, "365 天以上" */
const BAND_WORDS: readonly string[] = [
  ...AGE_BANDS.map((end, index) => `${(AGE_BANDS[index - 1] ?? 0) + 1}–${end} 天`),
  `${AGE_BANDS.at(-1)} 天以上`,
];

export interface ArrearsWords {
  readonly unit: string;
  readonly total: string;
  readonly since: string;
  readonly days: number;
  readonly bills: number;
  readonly notDue: string;
  readonly bands: readonly string[];
  readonly reminded: string | null;
}

export function arrearsRow(row: ArrearsWords, base: string) {
  return {
    unit: row.unit,
    href: `${base}/unit?unit=${encodeURIComponent(row.unit)}`,
    total: displayText(row.total),
    isLate: row.days > 0,
    about: [
      `${monthWords(row.since)}起，${row.bills} 张账单`,
      row.days > 0 ? `最久逾期 ${row.days} 天` : "还没到期",
      row.reminded === null ? "" : `${dayWords(row.reminded)}催过`,
    ]
      .filter((word) => word !== "")
      .join(" · "),
  };
}

/** The whole list for a spreadsheet. Units and amounts, no names. */
export function arrearsCsv(rows: readonly ArrearsWords[]): string {
  const head = ["房号", "欠费合计", "最早账单", "最久逾期天数", "账单张数", "未到期", ...BAND_WORDS, "最近催缴"];
  const lines = rows.map(({ unit, total, since, days, bills, notDue, bands, reminded }) => {
    return [unit, total, since, String(days), String(bills), notDue, ...bands, reminded ?? ""];
  });
  return csvText([head, ...lines]);
}

// ---- Reminders ----------------------------------------------------------------------------------------------------

interface RunWords {
  readonly day: Day;
  readonly payBy: Day;
  readonly how: string;
}

interface ReminderWords {
  readonly unit: string;
  readonly total: Fen;
  readonly rows: readonly LetterRow[];
}

function periodWords({ from, to, count }: LetterRow): string {
  if (from === to) {
    return spokenMonth(from);
  }
  return `${yearOf(from)}年${monthOfYear(from)}–${monthOfYear(to)}月，${count} 张`;
}

/** The letter of one unit. */
export function letterModel(
  reminder: ReminderWords,
  run: RunWords,
  about: { readonly communityName: string; readonly issuer: string },
) {
  const [oldest] = reminder.rows;
  return {
    ...about,
    unit: reminder.unit,
    writtenOn: spokenDay(run.day),
    since: oldest === undefined ? "" : spokenMonth(oldest.from),
    total: displayYuan(reminder.total),
    payBy: spokenDay(run.payBy),
    bills: reminder.rows.map((row) => ({
      period: periodWords(row),
      amount: displayYuan(row.amount),
      paid: displayYuan(row.paid),
      owed: displayYuan(subtract(row.amount, row.paid)),
      due: row.from === row.to ? dueOn(row.from) : "各月末",
    })),
    how: run.how,
  };
}

/** A short message to one unit: to copy into a text or a chat, so it names the unit and nobody. */
export function messageText(
  reminder: ReminderWords,
  run: RunWords,
  about: { readonly communityName: string; readonly issuer: string },
): string {
  const count = reminder.rows.reduce((total, row) => total + row.count, 0);
  const [oldest] = reminder.rows;
  const since = oldest === undefined ? "" : spokenMonth(oldest.from);
  return (
    `【${about.communityName}】${reminder.unit} 业主您好：到${spokenDay(run.day)}，您家从${since}起的物业费还有 ` +
    `${displayYuan(reminder.total)} 元没有缴（${count} 张账单）。请在${spokenDay(run.payBy)}前缴清。${run.how}` +
    `已经缴了或有疑问，请告诉我们。${about.issuer}`
  );
}

/** What the overview of fees says of arrears. */
export function arrearsSummary(list: {
  readonly units: number;
  readonly total: string;
  readonly notDue: string;
  readonly bands: readonly string[];
}) {
  const overdue = sum(list.bands.map(fromYuan));
  return {
    units: list.units,
    total: displayText(list.total),
    isZero: list.units === 0,
    overdue: displayYuan(overdue),
    bands: [
      { label: "还没到期", amount: displayText(list.notDue), isZero: list.notDue === NONE },
      ...list.bands.map((amount, index) => ({
        label: `逾期 ${BAND_WORDS[index] ?? ""}`,
        amount: displayText(amount),
        isZero: amount === NONE,
      })),
    ].filter(({ isZero }) => !isZero),
  };
}
