// Days and months are text in Asia/Shanghai, "2020-03-31" and "2020-03": they sort, compare and print as they are.

declare const kind: unique symbol;

/** A month `YYYY-MM`. */
export type Month = string & { readonly [kind]: "month" };
/** A day `YYYY-MM-DD` that exists in the calendar. */
export type Day = string & { readonly [kind]: "day" };

const YEAR_MIN = 1990;
const YEAR_MAX = 2999;

export function isMonth(text: string): text is Month {
  const match = /^(\d{4})-(0[1-9]|1[0-2])$/.exec(text);
  return match !== null && Number(match[1]) >= YEAR_MIN && Number(match[1]) <= YEAR_MAX;
}

export function isDay(text: string): text is Day {
  const match = /^(\d{4}-\d{2})-(\d{2})$/.exec(text);
  if (match === null || !isMonth(match[1] ?? "")) {
    return false;
  }
  const dayOfMonth = Number(match[2]);
  return dayOfMonth >= 1 && dayOfMonth <= daysIn(month(match[1] ?? ""));
}

/** Brands a month; throws on what is none, so that a wrong literal fails at once. */
export function month(text: string): Month {
  if (!isMonth(text)) {
    throw new RangeError(`${JSON.stringify(text)} is not a month YYYY-MM`);
  }
  return text;
}

/** Brands a day; throws on what is none. */
export function day(text: string): Day {
  if (!isDay(text)) {
    throw new RangeError(`${JSON.stringify(text)} is not a day YYYY-MM-DD`);
  }
  return text;
}

/** The first and the last month that can be written: bounds where none is meant. */
export const EARLIEST_MONTH = month(`${YEAR_MIN}-01`);
export const LATEST_MONTH = month(`${YEAR_MAX}-12`);

export function yearOf(m: Month): number {
  return Number(m.slice(0, 4));
}

/** 1 to 12. */
export function monthOfYear(m: Month): number {
  return Number(m.slice(5));
}

export function monthOf(d: Day): Month {
  return month(d.slice(0, 7));
}

function daysIn(m: Month): number {
  const year = yearOf(m);
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  return [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][monthOfYear(m) - 1] ?? 0;
}

/** The month that many months later (earlier when negative). */
export function plusMonths(m: Month, months: number): Month {
  const count = yearOf(m) * 12 + monthOfYear(m) - 1 + months;
  const year = Math.floor(count / 12);
  return month(`${String(year).padStart(4, "0")}-${String(count - year * 12 + 1).padStart(2, "0")}`);
}

export function nextMonth(m: Month): Month {
  return plusMonths(m, 1);
}

export function previousMonth(m: Month): Month {
  return plusMonths(m, -1);
}

export function firstDay(m: Month): Day {
  return day(`${m}-01`);
}

export function lastDay(m: Month): Day {
  return day(`${m}-${String(daysIn(m)).padStart(2, "0")}`);
}

export function firstMonthOfYear(m: Month): Month {
  return month(`${m.slice(0, 4)}-01`);
}

/** Every month from the first to the last, both included; none when the last is before the first. */
export function monthsFrom(first: Month, last: Month): Month[] {
  const months: Month[] = [];
  for (let m = first; m <= last; m = nextMonth(m)) {
    months.push(m);
  }
  return months;
}

/** For sorting by day: negative when a comes first. */
export function compareDays(a: Day, b: Day): number {
  if (a === b) {
    return 0;
  }
  return a < b ? -1 : 1;
}

const DAY_MS = 24 * 60 * 60 * 1000;

function daysSinceEpoch(d: Day): number {
  return Date.UTC(yearOf(monthOf(d)), monthOfYear(monthOf(d)) - 1, Number(d.slice(8))) / DAY_MS;
}

/** How many days later `to` is than `from`; negative when it is earlier. */
export function daysBetween(from: Day, to: Day): number {
  return daysSinceEpoch(to) - daysSinceEpoch(from);
}

/** The day that many days later (earlier when negative). */
export function plusDays(d: Day, days: number): Day {
  return day(new Date((daysSinceEpoch(d) + days) * DAY_MS).toISOString().slice(0, 10));
}

export function laterDay(a: Day, b: Day): Day {
  return a > b ? a : b;
}

export function laterMonth(a: Month, b: Month): Month {
  return a > b ? a : b;
}

/** "2020年3月", as a reader says it. */
export function spokenMonth(m: Month): string {
  return `${yearOf(m)}年${monthOfYear(m)}月`;
}

/** "2020年3月5日". */
export function spokenDay(d: Day): string {
  return `${spokenMonth(monthOf(d))}${Number(d.slice(8))}日`;
}

const SHANGHAI_OFFSET_MS = 8 * 60 * 60 * 1000;

/** The day it is in Asia/Shanghai (UTC+8 all year) at that instant. */
export function dayAt(instant: Date): Day {
  return day(new Date(instant.getTime() + SHANGHAI_OFFSET_MS).toISOString().slice(0, 10));
}

/** The day in Shanghai of a moment as it is kept: ISO 8601. */
export function dayOf(instant: string): Day {
  return dayAt(new Date(instant));
}

/** "2026年11月21日" in Shanghai, from an instant as the database keeps it. */
export function spokenDayOf(instant: string): string {
  return spokenDay(dayOf(instant));
}

/** "2026年11月21日 12:04" in Shanghai, from an instant as the database keeps it. */
export function spokenMoment(instant: string): string {
  const there = new Date(Date.parse(instant) + SHANGHAI_OFFSET_MS).toISOString();
  return `${spokenDayOf(instant)} ${there.slice(11, 16)}`;
}
