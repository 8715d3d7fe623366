// The bank's view of an account, beside the books': its lines, the days they cover, and where the account stands.
import { displayYuan, negate, subtract, type Fen } from "../base/money.ts";
import { compareDays, plusDays, spokenDay, type Day } from "../base/month.ts";
import { startOf, type Running } from "../base/running.ts";
import type { FileLine, Period } from "../bankfile/rules.ts";

/** A line of a bank account, as its file told it. */
export interface BankLine extends Omit<FileLine, "row"> {
  readonly account: string;
  /** How the line is recognised when the file comes again. */
  readonly source: string;
}

/** A line as it is kept. */
export interface StoredLine extends BankLine {
  /** Its number in its account. */
  readonly line: number;
  /** The import that brought it; null for a line of an import folder. */
  readonly import: number | null;
}

/** Whether two lines tell the same movement, whatever words stand beside it. */
export function sameMovement(a: Running, b: Running): boolean {
  return a.day === b.day && a.amount === b.amount && a.balance === b.balance;
}

/** Whether two lines say the same. */
export function sameLine(a: BankLine, b: BankLine): boolean {
  return sameMovement(a, b) && a.counterparty === b.counterparty && a.memo === b.memo;
}

/** What a statement says of one bank account (contract section 5, `bank`). */
export interface BankStanding {
  readonly account: string;
  readonly name: string;
  readonly book: Fen;
  /** null: no bank lines reach this month. */
  readonly statement: Fen | null;
  readonly difference: Fen | null;
  /** Bank lines of the month that no booking matches. */
  readonly unmatched: number;
  /** The day of the last line, where lines stop before the month's end and nothing says that none followed. */
  readonly linesUntil?: Day;
}

export interface BankFacts {
  readonly account: string;
  readonly name: string;
  readonly book: Fen;
  /** The lines of the last day with any, up to the month's end; none when the bank has none so far. */
  readonly last: readonly BankLine[];
  /** The lines of the first day with any after the month. */
  readonly next: readonly BankLine[];
  /** Whether the last lines lie in the month itself, or an import says that none followed up to its end. */
  readonly reaches: boolean;
  readonly unmatched: number;
}

/**
 * The bank's balance at a month's end: where the last day's lines end when it lies in the month or later lines show
 * that nothing is missing between; before the first line, what that day started from. Otherwise unknown.
 */
export function standingOf(facts: BankFacts): BankStanding {
  const statement = bankBalance(facts);
  const difference = statement === null ? null : subtract(statement, facts.book);
  const { account, name, book, unmatched } = facts;
  return { account, name, book, statement, difference, unmatched };
}

function bankBalance({ last, next, reaches }: BankFacts): Fen | null {
  if (last.length > 0 && (reaches || next.length > 0)) {
    return endsOfDay(last).end ?? last.at(-1)?.balance ?? null;
  }
  const [first] = next;
  return first === undefined ? null : (endsOfDay(next).start ?? startOf(first));
}

/** Where lines began that stand in their order: before the first of their first day. */
export function beginningOf(lines: readonly Running[]): DayEnd | null {
  const [first] = lines;
  return first === undefined
    ? null
    : {
        day: first.day,
        balance: endsOfDay(lines.filter(({ day }) => day === first.day)).start ?? startOf(first),
      };
}

/** Where lines ended that stand in their order: after the last of their last day. */
export function endingOf(lines: readonly Running[]): DayEnd | null {
  const last = lines.at(-1);
  return last === undefined
    ? null
    : { day: last.day, balance: endsOfDay(lines.filter(({ day }) => day === last.day)).end ?? last.balance };
}

/** Where the lines of one day begin and end, from their balances; null where they do not meet. */
export function endsOfDay(lines: readonly Running[]): { readonly start: Fen | null; readonly end: Fen | null } {
  const ends = lines.map((line) => line.balance);
  const starts = lines.map(startOf);
  return { start: endOf(ends, starts), end: endOf(starts, ends) };
}

/**
 * The one balance where a day's chain of lines ends: no other line goes on from it. Files list a day upwards or
 * downwards, and the balances tell which; null when they do not.
 */
function endOf(starts: readonly Fen[], ends: readonly Fen[]): Fen | null {
  const left = [...ends];
  for (const start of starts) {
    const index = left.indexOf(start);
    if (index >= 0) {
      left.splice(index, 1);
    }
  }
  return left.length === 1 ? (left[0] ?? null) : null;
}

// ---- What files bring ---------------------------------------------------------------------------------------------

/** What an account stood at where a day with lines ended, or began. */
export interface DayEnd {
  readonly day: Day;
  readonly balance: Fen;
}

/** What is known of an account when a file comes. */
export interface KnownLines {
  /** How many lines it has. */
  readonly count: number;
  /** Lines of the file's days. */
  readonly stored: readonly StoredLine[];
  /** Lines of other days that bear a serial of the file. */
  readonly elsewhere: readonly StoredLine[];
  /** Where the day with lines before the file's ended, and where the one after it began; null without one. */
  readonly before: DayEnd | null;
  readonly after: DayEnd | null;
  /** The layouts of the imports that brought the stored lines, as text. */
  readonly layouts: ReadonlyMap<number, string>;
}

/** A line to be kept. */
export interface NewLine extends BankLine {
  /** Its number in its account, counted from 1. */
  readonly line: number;
  /** Where it stands in the bank's file; null for a line of an import folder. */
  readonly fileRow: number | null;
}

/** The same key as a line of an import folder has: whichever comes first, the other is known. */
export function serialSource(serial: string): string {
  return `bank:${serial}`;
}

/** Who says which days a file covers. */
export type Basis = "titles" | "lines" | "typed";

export interface Coverage extends Period {
  readonly basis: Basis;
}

/** That an import should be taken back, or was: why, by whom, when. */
export interface TakingBack {
  readonly reason: string;
  readonly by: string;
  readonly at: string;
}

export interface NewImport {
  readonly account: string;
  /** Counted from 1 in its account. */
  readonly number: number;
  readonly sha256: string;
  readonly name: string;
  readonly from: Day;
  readonly through: Day;
  readonly basis: Basis;
  /** The layout it was read by, as text. */
  readonly layout: string;
  readonly added: number;
  readonly known: number;
  /** How many of its days' lines were matched at once. */
  readonly matched: number;
  /** What was said of the file then, one sentence a line. */
  readonly notices: string;
  readonly importedBy: string;
  readonly importedAt: string;
}

export interface BankImport extends NewImport {
  /** Who asked for it to be taken back, for which side; null while nobody did. */
  readonly asked: (TakingBack & { readonly side: string }) | null;
  /** Null while it counts. */
  readonly takenBack: TakingBack | null;
}

/** Whether those periods together cover every day from the one to the other. */
export function isCovered(periods: readonly Period[], from: Day, through: Day): boolean {
  let next = from;
  for (const period of periods.toSorted((a, b) => compareDays(a.from, b.from))) {
    if (period.from <= next && period.through >= next) {
      next = plusDays(period.through, 1);
    }
  }
  return next > through;
}

// ---- In words ----------------------------------------------------------------------------------------------------

/** The address of a page of an account's bank lines. */
export function bankHref(community: string, account: string, ...rest: readonly (string | number)[]): string {
  const parts = [account, ...rest].map((part) => encodeURIComponent(String(part)));
  return `/desk/${community}/bank/${parts.join("/")}`;
}

const BASIS_WORDS: Readonly<Record<Basis, string>> = {
  titles: "文件标题写明",
  lines: "按第一笔和最后一笔",
  typed: "导入人填写",
};

export function basisWords(basis: Basis): string {
  return BASIS_WORDS[basis];
}

/** A movement as two columns of a table: one of them is empty. */
export function sides(amount: Fen): { readonly in: string; readonly out: string } {
  return amount < 0 ? { in: "", out: displayYuan(negate(amount)) } : { in: displayYuan(amount), out: "" };
}

/** "2020年1月1日 至 2020年1月31日" */
export function periodWords({ from, through }: { readonly from: Day; readonly through: Day }): string {
  return `${spokenDay(from)} 至 ${spokenDay(through)}`;
}
