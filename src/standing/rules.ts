// Where units stand: what each owes, for how long, and who is to be reminded. Pure.
import { sum, type Fen } from "../base/money.ts";
import { daysBetween, yearOf, type Day, type Month } from "../base/month.ts";
import { dueOn, owedOn, type Bill, type Standing } from "../fees/rules.ts";

// ---- Arrears by age -----------------------------------------------------------------------------------------------

/** Upper ends, in days past the due day, of the bands in which arrears are listed; the last band has none. */
export const AGE_BANDS = [30, 60, 90, 180, 365] as const;

/** What a unit owes on a day, by how long it has been due. */
export interface Arrears {
  readonly unit: string;
  readonly bills: readonly Bill[];
  readonly total: Fen;
  /** Billed, and the due day is not over. */
  readonly notDue: Fen;
  /** One amount per band of AGE_BANDS, and one for what is older. */
  readonly bands: readonly Fen[];
  /** The month of the oldest unpaid bill. */
  readonly since: Month;
  /** Days since the oldest unpaid bill was due; 0 while it is not. */
  readonly days: number;
}

/** The units that owe anything on that day, in the order given. */
export function arrearsOn(day: Day, standings: readonly Standing[]): Arrears[] {
  return standings.flatMap((standing) => {
    const bills = standing.bills.filter((bill) => owedOn(bill) > 0);
    const [oldest] = bills;
    if (oldest === undefined) {
      return [];
    }
    const owed = (matches: (days: number) => boolean): Fen =>
      sum(bills.filter((bill) => matches(daysBetween(dueOn(bill.period), day))).map(owedOn));
    const ends = [0, ...AGE_BANDS, Number.POSITIVE_INFINITY];
    return [
      {
        unit: standing.unit,
        bills,
        total: sum(bills.map(owedOn)),
        notDue: owed((days) => days <= 0),
        bands: ends.slice(1).map((end, index) => owed((days) => days > (ends[index] ?? 0) && days <= end)),
        since: oldest.period,
        days: Math.max(0, daysBetween(dueOn(oldest.period), day)),
      },
    ];
  });
}

/** Arrears of units that are as old as that or older, oldest first, then by unit. */
export function overdueFor(days: number, arrears: readonly Arrears[]): Arrears[] {
  return arrears
    .filter((each) => each.days >= days && each.days > 0)
    .toSorted((a, b) => b.days - a.days || (a.unit < b.unit ? -1 : 1));
}

// ---- Reminders ----------------------------------------------------------------------------------------------------

/** How long a reminder leaves to pay: a reasonable time, as 民法典 art. 944 asks for, unless the run says another day. */
export const PAY_WITHIN_DAYS = 30;

/** Rows of a letter that fit its one page. */
const LETTER_ROWS_MAX = 18;

/** One unpaid bill of a letter, or those of an old year together. */
export interface LetterRow {
  readonly from: Month;
  readonly to: Month;
  readonly count: number;
  readonly amount: Fen;
  readonly paid: Fen;
}

/** A unit's unpaid bills, oldest first; of many, the bills of the oldest years are summed up until they fit a page. */
export function letterRows(bills: readonly Bill[], most = LETTER_ROWS_MAX): LetterRow[] {
  const years = [...new Set(bills.map(({ period }) => yearOf(period)))];
  for (let old = 0; ; old += 1) {
    const summed = years.slice(0, old);
    const rows = [
      ...summed.map((year) => together(bills.filter(({ period }) => yearOf(period) === year))),
      ...bills.filter(({ period }) => !summed.includes(yearOf(period))).map((bill) => together([bill])),
    ];
    if (rows.length <= most || old >= years.length) {
      return rows;
    }
  }
}

function together(bills: readonly Bill[]): LetterRow {
  const [first, last] = [bills[0], bills.at(-1)];
  if (first === undefined || last === undefined) {
    throw new Error("no bills to sum up");
  }
  return {
    from: first.period,
    to: last.period,
    count: bills.length,
    amount: sum(bills.map(({ amount }) => amount)),
    paid: sum(bills.map(({ settled }) => settled)),
  };
}
