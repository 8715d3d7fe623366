// Checks and what is left of the budget, as records for programs and in words for the forms that ask.
import { displayYuan, subtract, sum, toYuan, type Fen } from "../base/money.ts";
import type { Day } from "../base/month.ts";
import {
  ACCOUNTS,
  accountWords,
  COMMON,
  DRAW_SPENT,
  fundName,
  isPaymentAccount,
  REPAIR_WORK,
} from "../ledger/rules.ts";
import { sidesInWords } from "../release/rules.ts";
import { leftRecord, totalOf, type Left, type ShownVoucher } from "../request/rules.ts";
import type { BankAccount } from "../trust/rules.ts";
import type { Checked } from "./rules.ts";

export function checkedRecord({ ask, findings, needs, lefts }: Checked) {
  const wanted = (account: string): Fen =>
    sum(ask.lines.filter((line) => line.account === account).map((line) => line.amount));
  return {
    amount: toYuan(totalOf(ask)),
    sides: [...needs.sides],
    why: [...needs.why],
    findings: findings.map((finding) => ({ ...finding })),
    left: lefts.map((left) => ({ ...leftRecord(left), after: toYuan(subtract(left.left, wanted(left.account))) })),
  };
}

// ---- Forms ----------------------------------------------------------------------------------------------------------

/** What the form of a payment offers. */
export interface Offer {
  readonly base: string;
  readonly today: Day;
  readonly banks: readonly BankAccount[];
  readonly suppliers: readonly string[];
  /** Whom payments were asked for lately, newest first. */
  readonly recent: readonly {
    readonly payee: string;
    readonly account: string;
  }[];
  readonly lefts: readonly Left[];
  /** Resolutions that a payment may rest on. */
  readonly resolutions: readonly { readonly value: string; readonly label: string }[];
}

const ROWS_MAX = 4;
const INVOICES_MAX = 3;
const CHIPS_MAX = 4;

/** A kept file of a form: it need not be chosen again when the form comes back. */
export interface KeptVoucher extends ShownVoucher {
  /** What its e-invoice says, in one line; "" where it is none. */
  readonly invoice: string;
}

function keptRow(base: string, { sha, name, pages, invoice }: KeptVoucher, index: number) {
  const thumbnail = pages.length === 0 ? "" : `${base.replace(/spends$/u, "vouchers")}/${sha}/pages/1.webp`;
  return { index, sha, name, invoice, thumbnail };
}

/** Accounts as a form lists them: the budget's with what is left, then those without one, then what is owed. */
export function accountOptions(lefts: readonly Left[]): { value: string; label: string }[] {
  const budget = lefts.map(({ account, left }) => ({
    value: account,
    label: `${accountWords(account)} · 剩 ${displayYuan(left)}`,
  }));
  const others = [...ACCOUNTS.keys()].filter(
    (account) => isPaymentAccount(account) && account !== DRAW_SPENT && !lefts.some((left) => left.account === account),
  );
  const withWords = (account: string): { value: string; label: string } => ({
    value: account,
    label: `${accountWords(account)}${account.startsWith("5") && account !== REPAIR_WORK ? " · 没有预算" : ""}`,
  });
  return [
    ...budget,
    ...others.filter((each) => each >= "5").map(withWords),
    ...others.filter((each) => each < "5").map(withWords),
  ];
}

export function bankOptions(banks: readonly BankAccount[]): { value: string; label: string }[] {
  return banks.map(({ code, name, fund }) => ({ value: code, label: `${name}（${fundName(fund)}）` }));
}

/** The form of a payment. It comes back with what was found about what was typed, and with the files that came along. */
export function newView(
  offer: Offer,
  back: { readonly checked: Checked | null; readonly vouchers: readonly KeptVoucher[] } | null,
) {
  const { base, banks, lefts } = offer;
  const { checked, vouchers } = back ?? { checked: null, vouchers: [] };
  const found = checked?.findings ?? [];
  const chips = offer.recent.filter(
    (each, index, all) => all.findIndex((other) => other.payee === each.payee) === index,
  );
  return {
    base,
    isBack: back !== null,
    banks: bankOptions(banks),
    suppliers: offer.suppliers,
    chips: chips.slice(0, CHIPS_MAX),
    hasChips: chips.length > 0,
    accounts: accountOptions(lefts),
    resolutions: offer.resolutions,
    moreRows: Array.from({ length: ROWS_MAX - 1 }, (_, index) => ({
      label: `第 ${index + 2} 项用在哪里`,
      account: `lines.${index + 1}.account`,
      amount: `lines.${index + 1}.amount`,
    })),
    invoiceRows: Array.from({ length: INVOICES_MAX }, (_, index) => ({
      label: index === 0 ? "发票号码" : `第 ${index + 1} 张发票号码`,
      name: `invoices.${index}.number`,
      hint: index === 0 ? "数电票 20 位；传了 XML 就不用填" : "",
    })),
    values: { day: offer.today, bank: banks.find((bank) => bank.fund === COMMON)?.code ?? "" },
    isChecked: checked !== null,
    findings: found.map(({ words, remedy, blocks }) => ({ words, remedy, blocks })),
    needsWords: checked === null ? "" : `要${sidesInWords(checked.needs.sides)}放行`,
    confirmables: found
      .filter(({ confirmable }) => confirmable)
      .map(({ code, words }, index) => ({ index, code, words })),
    vouchers: vouchers.map((voucher, index) => keptRow(base, voucher, index)),
    hasVouchers: vouchers.length > 0,
  };
}
