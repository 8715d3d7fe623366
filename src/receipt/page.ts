// Receipts in words: what the paper says, what the desk sees.
import { capitalYuan, displayText, displayYuan, fromYuan, toYuan, type Fen } from "../base/money.ts";
import { day, daysBetween, spokenDay, spokenMonth, yearOf, type Day, type Month } from "../base/month.ts";
import { METHODS, paidParts, RECEIPT_KINDS, receiptNumber, type Method, type PaidPart, type Receipt } from "./rules.ts";
import type { PaymentPlan } from "../fees/rules.ts";

/** "2026年1月至3月 3 张账单", "2026年4月". */
function rangeWords({ from, to, count }: PaidPart): string {
  if (from === to) {
    return spokenMonth(from);
  }
  const end = yearOf(from) === yearOf(to) ? spokenMonth(to).replace(/^\d+年/u, "") : spokenMonth(to);
  return `${spokenMonth(from)}至${end} ${count} 张账单`;
}

/** "2026年1月至3月 3 张账单 217.62 元，缴清；2026年4月 20.00 元；预缴 100.00 元". */
export function planWords(plan: Pick<PaymentPlan, "pays" | "prepaid">): string {
  const parts = paidParts(plan.pays).map(
    (part) => `${rangeWords(part)} ${displayYuan(part.amount)} 元${part.isCleared ? "，缴清" : ""}`,
  );
  const prepaid = plan.prepaid > 0 ? [`预缴 ${displayYuan(plan.prepaid)} 元`] : [];
  return [...parts, ...prepaid].join("；");
}

/** "物业服务费", "押金：装修押金". */
export function purposeWords({ kind, purpose }: Pick<Receipt, "kind" | "purpose">): string {
  const { name } = RECEIPT_KINDS[kind];
  return purpose === "" || purpose === name ? name : `${name}：${purpose}`;
}

/** Unit and payer; a payer who is named after the unit ("101 业主") says both. */
function whoWords({ unit, payer }: { readonly unit: string; readonly payer: string }): string {
  return unit === "" || payer.startsWith(unit) ? payer || unit : `${unit} ${payer}`.trim();
}

/** What stands on the printed receipt. */
export function slipModel(
  receipt: Receipt,
  about: {
    readonly communityName: string;
    readonly issuer: string;
    readonly bankName: string;
    readonly takenBy: string;
  },
) {
  const { number, unit, payer, amount, pays, method, code, cancelled } = receipt;
  return {
    communityName: about.communityName,
    number: receiptNumber(number),
    receivedOn: spokenDay(receipt.day),
    unit,
    payer: payer === "" ? "—" : payer,
    purpose: purposeWords(receipt),
    pays,
    amount: displayYuan(amount),
    capitals: capitalYuan(amount),
    method: `${METHODS[method]}，存入${about.bankName}`,
    issuer: about.issuer,
    takenBy: about.takenBy,
    entry: code,
    cancelled:
      cancelled === null
        ? ""
        : `${spokenDay(cancelled.day)}，${cancelled.reason}（冲销它的记账凭证 ${cancelled.code}）`,
  };
}

/** What the use case tells of a receipt. */
export interface ReceiptWords {
  readonly number: string;
  readonly day: string;
  readonly purpose: string;
  readonly unit: string;
  readonly payer: string;
  readonly amount: string;
  readonly method: Method;
  readonly pays: string;
  readonly entry: string;
  readonly takenBy: string;
  readonly cancelled: { readonly day: string; readonly reason: string; readonly entry: string } | null;
}

/** One receipt in a list of the desk. */
export function receiptRow(receipt: ReceiptWords, base: string) {
  return {
    number: receipt.number,
    href: `${base}/receipts/${Number(receipt.number)}`,
    day: spokenDay(day(receipt.day)),
    what: receipt.purpose,
    who: whoWords(receipt),
    amount: displayText(receipt.amount),
    isCancelled: receipt.cancelled !== null,
  };
}

/** One receipt by itself. */
export function receiptPage(receipt: ReceiptWords, base: string) {
  const { cancelled, unit } = receipt;
  return {
    ...receiptRow(receipt, base),
    title: `收据 ${receipt.number}`,
    capitals: capitalYuan(fromYuan(receipt.amount)),
    unit,
    unitHref: `${base}/unit?unit=${encodeURIComponent(unit)}`,
    payer: receipt.payer,
    pays: receipt.pays,
    method: METHODS[receipt.method],
    entry: receipt.entry,
    takenBy: receipt.takenBy,
    cancelled:
      cancelled === null
        ? ""
        : `${spokenDay(day(cancelled.day))}作废：${cancelled.reason}（冲销它的记账凭证 ${cancelled.entry}）`,
    slip: `${base}/receipts/${Number(receipt.number)}/slip.pdf`,
  };
}

/** Deposits held, and what stands on the account beyond them. */
export function depositsPage(
  held: {
    readonly total: string;
    readonly unlisted: string;
    readonly items: readonly {
      readonly receipt: string;
      readonly day: string;
      readonly unit: string;
      readonly payer: string;
      readonly purpose: string;
      readonly amount: string;
      readonly held: string;
    }[];
  },
  base: string,
) {
  return {
    total: displayText(held.total),
    unlisted: displayText(held.unlisted),
    hasUnlisted: held.unlisted !== "0.00",
    deposits: held.items.map((each) => ({
      who: whoWords(each),
      href: `${base}/receipts/${Number(each.receipt)}`,
      held: displayText(each.held),
      about: [
        `收据 ${each.receipt}`,
        spokenDay(day(each.day)),
        each.purpose,
        each.held === each.amount ? "" : `收过 ${displayText(each.amount)} 元，已退一部分`,
      ]
        .filter((word) => word !== "")
        .join(" · "),
    })),
  };
}

/** A due that money can be taken for. */
export function dueChoice(
  due: { readonly contract: number; readonly place: string; readonly due: string; readonly left: string },
  today: Day,
) {
  const late = daysBetween(day(due.due), today);
  return {
    contract: due.contract,
    due: due.due,
    place: due.place,
    day: spokenDay(day(due.due)),
    left: displayText(due.left),
    state: late > 0 ? `逾期 ${late} 天` : "未到期",
  };
}

export const KIND_LINKS = Object.entries(RECEIPT_KINDS).map(([kind, { name }]) => ({ kind, name }));
export const METHOD_CHOICES = Object.entries(METHODS).map(([value, label]) => ({ value, label }));

/** What an amount would pay, before anybody takes it. */
export function planModel(
  plan: PaymentPlan,
  amount: Fen,
  next: { readonly period: Month; readonly amount: Fen } | null,
) {
  return {
    amount: displayYuan(amount),
    plain: toYuan(amount),
    pays: paidParts(plan.pays).map((part) => ({
      period: rangeWords(part),
      amount: displayYuan(part.amount),
      after: part.isCleared ? "缴清" : "还没缴清",
    })),
    hasPrepaid: plan.prepaid > 0,
    prepaid: displayYuan(plan.prepaid),
    next: next === null ? "" : `会先抵下一张账单：${spokenMonth(next.period)} ${displayYuan(next.amount)} 元。`,
  };
}
