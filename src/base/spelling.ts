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
