// Receipts 收据 given at the desk: gapless numbers, what may be taken for what, deposits that are held. The money is in the
// journal; whether a receipt was cancelled or a deposit returned is read from there.
import { add, displayYuan, negate, subtract, sum, type Fen } from "../base/money.ts";
import { monthOf, nextMonth, type Day, type Month } from "../base/month.ts";
import { Refusal, refuse } from "../base/refusal.ts";
import type { PaymentPlan } from "../fees/rules.ts";
import {
  cashAgainst,
  COMMON,
  CUSTODY,
  DEPOSITS,
  entryCode,
  FEE_INCOME,
  type Entry,
  type EntryDraft,
} from "../ledger/rules.ts";
import type { BankAccount } from "../trust/rules.ts";

interface KindRule {
  readonly name: string;
  /** null: the contract says which. */
  readonly account: string | null;
  readonly needsUnit: boolean;
}

/** What the desk takes money for. */
export const RECEIPT_KINDS = {
  fee: { name: "物业服务费", account: FEE_INCOME, needsUnit: true },
  parking: { name: "停车费", account: "4002", needsUnit: false },
  deposit: { name: "押金", account: DEPOSITS, needsUnit: false },
  revenue: { name: "公共收益", account: null, needsUnit: false },
  damages: { name: "赔偿", account: "4302", needsUnit: false },
  penalty: { name: "违约金", account: "4301", needsUnit: false },
  other: { name: "其他收入", account: "4901", needsUnit: false },
} as const satisfies Readonly<Record<string, KindRule>>;

export type ReceiptKind = keyof typeof RECEIPT_KINDS;

/** How money is handed over. There is no till: cash is paid into the bank account the receipt names, the same day. */
export const METHODS = { scan: "扫码支付", transfer: "转账", card: "刷卡", cash: "现金，当日缴存银行" } as const;

export type Method = keyof typeof METHODS;

/** What a receipt says. */
export interface ReceiptFacts {
  readonly day: Day;
  readonly kind: ReceiptKind;
  /** "" when it is for no unit. */
  readonly unit: string;
  /** "" once it was erased. */
  readonly payer: string;
  readonly purpose: string;
  readonly bank: string;
  readonly method: Method;
  readonly amount: Fen;
  /** What it paid, in words, as it was told at the desk; "" when there was nothing to tell. */
  readonly pays: string;
}

export interface Receipt extends ReceiptFacts {
  readonly number: number;
  /** Its entry in the chain. */
  readonly entry: number;
  /** The entry's code, 凭证号. */
  readonly code: string;
  readonly takenBy: string;
  /** Set when its entry was reversed and not booked again. */
  readonly cancelled: { readonly day: Day; readonly reason: string; readonly code: string } | null;
}

/** "000012", as it is printed. */
export function receiptNumber(number: number): string {
  return String(number).padStart(6, "0");
}

/** Bank accounts that may take such money: deposits go into custody where there is an account for it. */
export function banksFor(kind: ReceiptKind, banks: readonly BankAccount[]): BankAccount[] {
  const hasCustody = banks.some(({ fund }) => fund === CUSTODY);
  const fund = kind === "deposit" && hasCustody ? CUSTODY : COMMON;
  return banks.filter((bank) => bank.fund === fund);
}

/** The bank account that takes the money, or a refusal that names those that may. */
export function bankFor(kind: ReceiptKind, code: string, banks: readonly BankAccount[]): BankAccount {
  const possible = banksFor(kind, banks);
  const found = possible.find((bank) => bank.code === code);
  if (found === undefined) {
    const names = possible.map(({ name }) => name).join("、");
    throw fieldRefusal(
      "bank",
      "BANK_NOT_POSSIBLE",
      `${RECEIPT_KINDS[kind].name}不能收进这个账户。`,
      `请选：${names}。`,
    );
  }
  return found;
}

/** How a receipt's entry is recognised: with no colon, since a bank's serial stands behind one. */
export function receiptSource(number: number): string {
  return `${DESK_SOURCE}${receiptNumber(number)}`;
}

const DESK_SOURCE = "desk~";

/** The plan of a fee's payment in words that fit half a sheet: whole months that follow each other are one range. */
export interface PaidPart {
  readonly from: Month;
  readonly to: Month;
  readonly count: number;
  readonly amount: Fen;
  readonly isCleared: boolean;
}

/** Joins bills that are cleared one after the other; a bill that is paid in part stands by itself. */
export function paidParts(pays: PaymentPlan["pays"]): PaidPart[] {
  const parts: PaidPart[] = [];
  for (const { period, amount, isCleared } of pays) {
    const last = parts.at(-1);
    if (last !== undefined && last.isCleared && isCleared && nextMonth(last.to) === period) {
      parts[parts.length - 1] = { ...last, to: period, count: last.count + 1, amount: add(last.amount, amount) };
    } else {
      parts.push({ from: period, to: period, count: 1, amount, isCleared });
    }
  }
  return parts;
}

/** Refuses what the desk cannot write a receipt for: a day to come, or one whose month is closed. */
export function assertDay(day: Day, open: Month, today: Day): void {
  if (day > today) {
    throw fieldRefusal("day", "DAY_IN_FUTURE", `收款日 ${day} 在今天（${today}）之后。`, "请填写实际收到钱的日期。");
  }
  if (monthOf(day) < open) {
    const remedy = `请写 ${open} 或以后的日期；更早到账的钱从银行流水里补记。`;
    throw fieldRefusal("day", "MONTH_CLOSED", `${monthOf(day)} 已经结账。`, remedy);
  }
}

/** A refusal at one field of the form. */
export function fieldRefusal(column: string, code: string, message: string, remedy: string): Refusal {
  return new Refusal({ column, code, message, remedy });
}

// ---- What holds -----------------------------------------------------------------------------------------------------

/** Where a receipt says something else than its entry in the chain. */
export function receiptFaults(receipt: Receipt, entry: Entry): string[] {
  const cash = entry.lines.filter(({ bank }) => bank !== undefined);
  const account = RECEIPT_KINDS[receipt.kind].account;
  const differs = (what: string, printed: string, booked: string): string[] =>
    printed === booked ? [] : [`${what}（收据 ${printed || "无"}，凭证 ${booked || "无"}）`];
  const found = [
    ...differs("号码", receiptSource(receipt.number), entry.source ?? ""),
    ...differs("日期", receipt.day, entry.day),
    ...differs("金额", displayYuan(receipt.amount), displayYuan(sum(cash.map(({ amount }) => amount)))),
    ...differs("账户", receipt.bank, cash.map(({ bank }) => bank).join("、")),
    ...differs("房号", receipt.unit, entry.lines.find(({ unit }) => unit !== undefined)?.unit ?? ""),
    // Which account public revenue stands on is the contract's to say.
    ...cash.flatMap(({ purpose = "" }) => differs("科目", account ?? purpose, purpose)),
  ];
  const code = entryCode(entry.month, entry.number);
  return found.length === 0
    ? []
    : [`收据 ${receiptNumber(receipt.number)} 与记账凭证 ${code} 不符：${found.join("、")}`];
}

/** Checks receipts in the order of their entries, and that none is missing in between or at the end. */
export function receiptCheck(): {
  readonly check: (entry: Entry, receipt: Receipt | undefined) => string[];
  /** `last` is the newest number that was given. */
  readonly end: (last: number) => string[];
} {
  let next = 1;
  return {
    check: (entry, receipt) => {
      if (receipt === undefined) {
        const isLost = entry.source?.startsWith(DESK_SOURCE) === true;
        return isLost ? [`记账凭证 ${entryCode(entry.month, entry.number)} 是收据入账的，收据却不见了`] : [];
      }
      const expected = next;
      next = receipt.number + 1;
      const number = receiptNumber(receipt.number);
      return [
        ...(receipt.number === expected ? [] : [`收据 ${number} 不连号，应为 ${receiptNumber(expected)}`]),
        ...receiptFaults(receipt, entry),
      ];
    },
    end: (last) =>
      last === next - 1 ? [] : [`收据记录到 ${receiptNumber(last)}，凭证链里只有到 ${receiptNumber(next - 1)} 的`],
  };
}

// ---- Deposits -----------------------------------------------------------------------------------------------------

/** A deposit that came in over the desk, and what is still held of it. */
export interface Deposit {
  readonly receipt: number;
  readonly day: Day;
  readonly unit: string;
  readonly payer: string;
  readonly purpose: string;
  readonly bank: string;
  readonly fund: string;
  readonly amount: Fen;
  readonly held: Fen;
}

/** Deposits held: by receipt, and what stands on 2241 beyond them, from before receipts were given here. */
export interface DepositsHeld {
  readonly deposits: readonly Deposit[];
  readonly total: Fen;
  readonly unlisted: Fen;
}

export function depositsHeldOf(deposits: readonly Deposit[], total: Fen): DepositsHeld {
  const held = deposits.filter((deposit) => deposit.held > 0);
  return { deposits: held, total, unlisted: subtract(total, sum(held.map((deposit) => deposit.held))) };
}

/** What begins the source of every entry that returns this deposit. */
export function returnSource(receipt: number, key = ""): string {
  return `deposit~${receiptNumber(receipt)}~${key}`;
}

/**
 * The entry that returns a deposit, or a part of it, from the fund that holds it. `key` tells one return from another.
 * It takes money out, so it is posted only by a released request (the room spending).
 */
export function depositReturnDraft(give: {
  readonly deposit: Deposit;
  readonly day: Day;
  readonly amount: Fen;
  readonly key: string;
  readonly payee: string;
}): EntryDraft {
  const { deposit, day, amount, key, payee } = give;
  assertReturnable(deposit, amount);
  const { fund, bank, unit } = deposit;
  return {
    day,
    kind: "payment",
    memo: `退还押金，收据 ${receiptNumber(deposit.receipt)}`,
    source: returnSource(deposit.receipt, key),
    payee,
    lines: cashAgainst(
      { fund, bank, flow: "paid", purpose: DEPOSITS, amount: negate(amount) },
      DEPOSITS,
      unit === "" ? undefined : unit,
    ),
  };
}

/** Refuses to return more than is held, or nothing. */
function assertReturnable(deposit: Deposit, amount: Fen): void {
  if (amount <= 0 || amount > deposit.held) {
    throw refuse(
      "DEPOSIT_NOT_HELD",
      `收据 ${receiptNumber(deposit.receipt)} 的押金没有这么多可退。`,
      "请填写大于 0、不超过还保管着的金额。",
      409,
    );
  }
}
