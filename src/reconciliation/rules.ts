// What must hold before money that came in is booked, and before an account's month is called reconciled.
import { displayYuan, subtract, type Fen } from "../base/money.ts";
import { lastDay, spokenMonth, type Day, type Month } from "../base/month.ts";
import { refuse, type Fault } from "../base/refusal.ts";
import { received } from "../fees/rules.ts";
import {
  accountName,
  ACCOUNTS,
  COMMON,
  FEE_INCOME,
  isReceiptAccount,
  REPAIR,
  REPAIR_DEPOSITS,
  SUSPENSE,
  type Entry,
  type EntryDraft,
  type Line,
} from "../ledger/rules.ts";
import type { BankAccount } from "../trust/rules.ts";

// ---- Receipts that only the bank knew -----------------------------------------------------------------------------

/** What a receipt may be booked as, by code: suspense first, for whoever does not know. */
export function receivableAs(bank: BankAccount): { readonly code: string; readonly name: string }[] {
  const accounts = [...ACCOUNTS.keys()].filter((code) => isReceiptAccount(code) && fitsFund(code, bank));
  return [SUSPENSE, ...accounts].map((code) => ({ code, name: accountName(code) }));
}

function fitsFund(account: string, { fund }: BankAccount): boolean {
  return (account !== FEE_INCOME || fund === COMMON) && (account !== REPAIR_DEPOSITS || fund === REPAIR);
}

/** What is wrong with booking a receipt so. */
export function receiptFaults(
  { purpose, unit }: { readonly purpose: string; readonly unit: string },
  bank: BankAccount,
  units: ReadonlySet<string>,
): Fault[] {
  const name = ACCOUNTS.get(purpose) ?? purpose;
  const wrong = (holds: boolean, fault: Fault): Fault[] => (holds ? [fault] : []);
  return [
    ...wrong(purpose !== SUSPENSE && !isReceiptAccount(purpose), {
      code: "ACCOUNT_NOT_POSSIBLE",
      column: "purpose",
      value: purpose,
      message: `科目「${name}」不能用来收款。`,
      remedy: "请选收入科目（例如 4001 物业服务费、4201 利息）或 2241 押金与代收款。",
    }),
    ...wrong(isReceiptAccount(purpose) && !fitsFund(purpose, bank), {
      code: "FUND_WRONG",
      column: "purpose",
      value: purpose,
      message: `「${name}」不能收进「${bank.name}」。`,
      remedy: "物业服务费只收进共有资金账户，维修资金交存只收进维修资金账户；付款人转错账户的，请先记为待查款项。",
    }),
    ...wrong(unit !== "" && !units.has(unit), {
      code: "UNIT_UNKNOWN",
      column: "unit",
      value: unit,
      message: `没有房号「${unit}」。`,
      remedy: "请核对房号。",
    }),
    ...wrong(purpose === FEE_INCOME && unit === "", {
      code: "UNIT_MISSING",
      column: "unit",
      message: "物业服务费要写明是哪一户的。",
      remedy: "请填房号；不知道是谁付的，请先记为待查款项。",
    }),
  ];
}

export interface BankReceipt {
  readonly day: Day;
  readonly bank: BankAccount;
  readonly amount: Fen;
  readonly purpose: string;
  /** "" for nobody's. */
  readonly unit: string;
  readonly source: string;
}

/** What the words of such an entry end with. */
const FROM_BANK = "（银行收款）";

/** Whether an entry with these words was booked from a line of the bank. */
export function isBankReceipt(memo: string): boolean {
  return memo.endsWith(FROM_BANK);
}

/** The entry of a receipt that only the bank knew. The payer's name stays out of the chain, which nobody can erase. */
export function receiptDraft({ day, bank, amount, purpose, unit, source }: BankReceipt): EntryDraft {
  const memo = `${unit === "" ? "" : `${unit} `}${accountName(purpose)}${FROM_BANK}`;
  const whose = unit === "" ? {} : { unit };
  return received({ day, bank: bank.code, fund: bank.fund, account: purpose, amount, ...whose, memo, source });
}

/** The cash of a receipt that stands in suspense; refuses any other entry. */
export function suspendedCash(entry: Entry | null): Line & { readonly bank: string } {
  const cash = entry?.kind === "receipt" ? entry.lines.find((line) => line.purpose === SUSPENSE) : undefined;
  if (cash?.bank === undefined) {
    throw refuse("NOT_IN_SUSPENSE", "这张凭证不是待查款项。", "请从待查款项列表里选。", 409);
  }
  return { ...cash, bank: cash.bank };
}

/** Books a receipt out of suspense, where it belongs: the second half of its correction. */
export function identified(
  entry: Entry,
  { purpose, unit, reason }: { readonly purpose: string; readonly unit: string; readonly reason: string },
  day: Day,
): EntryDraft {
  const { bank, fund, amount } = suspendedCash(entry);
  const whose = unit === "" ? {} : { unit };
  const memo = `${entry.memo}：查明为 ${[unit, accountName(purpose)].filter((text) => text !== "").join(" ")}`;
  const { lines } = received({ day, bank, fund, account: purpose, amount, ...whose, memo, source: "" });
  return { day, occurred: entry.occurred, kind: "correction", memo, lines, corrects: entry.seq, reason };
}

// ---- Reconciliation -----------------------------------------------------------------------------------------------

/** How an account stands at a month's end, and what is still open in it. */
export interface ReconcileFacts {
  readonly month: Month;
  readonly name: string;
  readonly covers: boolean;
  readonly bank: Fen | null;
  readonly book: Fen;
  readonly openLines: number;
  readonly openBookings: number;
}

/** Refuses to finish while anything is left: the bank's balance is the books', and each line has its booking. */
export function assertReconciled(facts: ReconcileFacts): { readonly bank: Fen; readonly book: Fen } {
  const { month, name, bank, book } = facts;
  if (!facts.covers || bank === null) {
    throw refuse(
      "BANK_NOT_COVERED",
      `${name}的银行流水还没有到${spokenMonth(month)}末（${lastDay(month)}）。`,
      "请先导入到月末的流水；当月最后几天没有流水的，导入时把止日填到月末。",
      409,
    );
  }
  if (bank !== book) {
    const difference = subtract(bank, book);
    throw refuse(
      "BANK_DIFFERENCE",
      `银行余额 ${displayYuan(bank)} 与账上余额 ${displayYuan(book)} 相差 ${displayYuan(difference)} 元。`,
      "请先处理下面没有对上的流水和账目；差额为 0.00 才能完成对账。",
      409,
    );
  }
  if (facts.openLines > 0 || facts.openBookings > 0) {
    throw refuse(
      "BANK_OPEN",
      `余额相等，但还有 ${facts.openLines} 笔流水、${facts.openBookings} 笔账没有对上。`,
      "请把它们逐一配对；银行一进一出互相抵消的两笔，可以勾在一起配成一组。",
      409,
    );
  }
  return { bank, book };
}
