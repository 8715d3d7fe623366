// How other people's files spell days and amounts: banks, spreadsheets, invoices. Reads all of it, writes none.
import { halfWidth, negate, parseYuan, type AmountFault, type Fen } from "./money.ts";
import { day as brandedDay, isDay, type Day } from "./month.ts";

/** A cell without what programs put round numbers to keep them as text: `="0012"`, `'0012`, `"0012"`. */
export function plainCell(cell: string): string {
  return cell.replace(/^=?["'`‘’“”]+|["'`‘’“”]+$/gu, "").trim();
}

const DAY_FORMS = [
  /^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[-T\s]*\d{1,2}[:.时]\d{2}(?:[:.分]\d{2})?(?:秒|\.\d+)?)?$/u,
  /^(\d{4})(\d{2})(\d{2})(?:\s*\d{2}:?\d{2}(?::?\d{2})?(?:\.\d+)?)?$/u,
];
/** Days as spreadsheets count them, from 1982 to 2064: no other form of a date has five digits. */
const COUNTED_DAY = /^[3-5]\d{4}$/u;

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
  return COUNTED_DAY.test(text) ? countedDay(Number(text)) : null;
}

/** Day 25569 is 1970-01-01, Julian day 2440588; the calendar from there is Fliegel's and Van Flandern's (1968). */
function countedDay(count: number): Day {
  const julian = count - 25_569 + 2_440_588 + 68_569;
  const century = Math.floor((4 * julian) / 146_097);
  const ofCentury = julian - Math.floor((146_097 * century + 3) / 4);
  const years = Math.floor((4000 * (ofCentury + 1)) / 1_461_001);
  const ofYear = ofCentury - Math.floor((1461 * years) / 4) + 31;
  const months = Math.floor((80 * ofYear) / 2447);
  const dayOfMonth = ofYear - Math.floor((2447 * months) / 80);
  const carry = Math.floor(months / 11);
  const twoDigits = (value: number): string => String(value).padStart(2, "0");
  return brandedDay(
    `${100 * (century - 49) + years + carry}-${twoDigits(months + 2 - 12 * carry)}-${twoDigits(dayOfMonth)}`,
  );
}

/** How an empty amount is written. */
const NOTHING = /^[-–—/]*$/u;

/** Yuan as banks write them: `1,234.50`, `¥１２．５`, `(80.00)`, `80.00-`, `.50元`; "empty" where nothing is meant. */
export function readAmount(cell: string): Fen | AmountFault {
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
