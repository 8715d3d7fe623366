// How other people's files spell days and amounts: banks, spreadsheets, invoices. Reads all of it, writes none.
import { fen, halfWidth, negate, parseYuan, type AmountFault, type Fen } from "./money.ts";
import { day, isDay, plusDays, type Day } from "./month.ts";

/** A cell without what programs put round numbers to keep them as text: `="0012"`, `'0012`, `"0012"`. */
export function plainCell(cell: string): string {
  return cell === "" ? "" : cell.replace(/^=?["'`‘’“”]+|["'`‘’“”]+$/gu, "").trim();
}

const DAY_FORMS = [
  /^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[-T\s]*\d{1,2}[:.时]\d{2}(?:[:.分]\d{2})?(?:秒|\.\d+)?)?$/u,
  /^(\d{4})(\d{2})(\d{2})(?:\s*\d{2}:?\d{2}(?::?\d{2})?(?:\.\d+)?)?$/u,
];
/** Days as spreadsheets count them, from 1990 to 2064: no other form of a date has five digits. */
const COUNTED_DAY = /^(?:3[3-9]|[45]\d)\d{3}$/u;
/** One of them, to count from. */
const COUNTED_FROM = { day: day("2020-01-01"), count: 43_831 };

/** The day of `2026-03-13`, `2026/3/13`, `2026.03.13`, `2026年3月13日`, `20260313`, each perhaps with a time; null if none. */
export function readDay(cell: string): Day | null {
  const text = halfWidth(plainCell(cell)).trim();
  for (const form of DAY_FORMS) {
    const [, year = "", month = "", dayOfMonth = ""] = form.exec(text) ?? [];
    const found = `${year}-${month.padStart(2, "0")}-${dayOfMonth.padStart(2, "0")}`;
    if (isDay(found)) {
      return found;
    }
  }
  return COUNTED_DAY.test(text) ? plusDays(COUNTED_FROM.day, Number(text) - COUNTED_FROM.count) : null;
}

/** How an empty amount is written. */
const NOTHING = /^[-–—/]*$/u;

/** How nearly every amount is written, well below 2^53 fen; the other ways take longer to tell. */
const PLAIN_AMOUNT = /^-?\d{1,13}\.\d\d$/u;

/** Yuan as banks write them: `1,234.50`, `¥１２．５`, `(80.00)`, `80.00-`, `.50元`; "empty" where nothing is meant. */
export function readAmount(cell: string): Fen | AmountFault {
  if (cell === "") {
    return "empty";
  }
  if (PLAIN_AMOUNT.test(cell)) {
    return fen(Number(cell.replace(".", "")));
  }
  const text = halfWidth(plainCell(cell)).replace(/\s|元$|^(?:RMB|CNY)/gu, "");
  if (NOTHING.test(text)) {
    return "empty";
  }
  const [, inBrackets] = /^\((.+)\)$/u.exec(text) ?? [];
  const [, beforeMinus] = /^([^-+]+)-$/u.exec(text) ?? [];
  const size = (inBrackets ?? beforeMinus ?? text).replace(/^([-+]?)¥?\./u, "$10.").replace(/(\.\d{2})0+$/u, "$1");
  const amount = parseYuan(size);
  return typeof amount === "number" && (inBrackets ?? beforeMinus) !== undefined ? negate(amount) : amount;
}

/**
 * An invoice number as it is kept: 20 digits of a 数电票 ("24112000000135114086"), or code of 10 or 12 digits and number
 * of 8 of the older kinds ("3300232130-02630221"). null for anything else.
 */
export function parseInvoiceNumber(text: string): string | null {
  const parts = halfWidth(text)
    .split(/[^0-9]+/u)
    .filter((part) => part !== "");
  const digits = parts.join("");
  const older = /^(\d{10}|\d{12})(\d{8})$/.exec(digits);
  // Ten and eight cannot be meant otherwise; with 20 digits only a gap tells code and number from a 数电票, whose number
  // begins with its year. Wherever else people put gaps, they mean nothing.
  const isOlder = digits.length === 18 || (parts.length === 2 && !/^2[1-9]/.test(digits));
  if (older !== null && isOlder && (parts.length === 1 || parts[0]?.length === older[1]?.length)) {
    return `${older[1]}-${older[2]}`;
  }
  return /^\d{20}$/.test(digits) ? digits : null;
}

/**
 * One spelling of an invoice number, so that the same invoice is the same text: {@link parseInvoiceNumber}'s, or for
 * any other half-width capitals without blanks, with one kind of hyphen.
 */
export function invoiceNumber(text: string): string {
  const plain = plainNumber(text);
  const whole = plain.replace(/[\s\u200b-\u200d\ufeff]+/gu, "");
  return parseInvoiceNumber(plain) ?? parseInvoiceNumber(whole) ?? whole;
}

/** Every invoice number that a text may mean, which an import may have brought in any spelling, several in one text. */
export function invoiceNumbersIn(text: string): Set<string> {
  const plain = plainNumber(text);
  const parts = [...plain.split(/[、,;/]+/u), ...plain.split(/[^0-9A-Z-]+/u)];
  return new Set(parts.map(invoiceNumber).filter((number) => number !== ""));
}

function plainNumber(text: string): string {
  const wide = text.normalize("NFKC").replace(/[\u2010-\u2015\u2212]/gu, "-");
  // Some capitals come apart, and are put together again.
  return wide.toUpperCase().normalize("NFKC");
}
