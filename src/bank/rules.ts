// The bank's view of an account, beside the books'.
import { subtract, type Fen } from "../base/money.ts";
import type { Day } from "../base/month.ts";

export interface BankLine {
  readonly account: string;
  readonly day: Day;
  /** In positive, out negative. */
  readonly amount: Fen;
  /** The balance after the line, as the bank printed it. */
  readonly balance: Fen;
  readonly counterparty: string;
  readonly memo: string;
  readonly serial: string;
  /** How the line is recognised when the file comes again. */
  readonly source: string;
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
}

export interface BankFacts {
  readonly account: string;
  readonly name: string;
  readonly book: Fen;
  /** The last line up to the month's end. */
  readonly last: BankLine | null;
  /** The first line after the month's end. */
  readonly next: BankLine | null;
  /** Whether the last line lies in the month itself. */
  readonly reaches: boolean;
  readonly unmatched: number;
}

/**
 * The bank's balance at a month's end: what the last line printed when it lies in the month or a later line shows
 * that nothing is missing between; before the first line, what that line started from. Otherwise unknown.
 */
export function standingOf(facts: BankFacts): BankStanding {
  const statement = bankBalance(facts);
  const difference = statement === null ? null : subtract(statement, facts.book);
  return {
    account: facts.account,
    name: facts.name,
    book: facts.book,
    statement,
    difference,
    unmatched: facts.unmatched,
  };
}

function bankBalance({ last, next, reaches }: BankFacts): Fen | null {
  if (last !== null && (reaches || next !== null)) {
    return last.balance;
  }
  return next === null ? null : subtract(next.balance, next.amount);
}

/** A movement on a bank account as the books have it. */
export interface BookLine {
  readonly day: Day;
  readonly amount: Fen;
  readonly serial: string;
}

/**
 * Bank lines that no booking answers: first by serial and amount, what is left by day and amount. A booking answers
 * one line only.
 */
export function unmatchedLines(lines: readonly BankLine[], booked: readonly BookLine[]): BankLine[] {
  const bySerial = (line: { readonly serial: string; readonly amount: Fen }): string =>
    `${line.serial}\t${line.amount}`;
  const byDay = (line: { readonly day: Day; readonly amount: Fen }): string => `${line.day}\t${line.amount}`;
  const [withoutSerial, bookedLeft] = pairOff(lines, booked, (line) => (line.serial === "" ? null : bySerial(line)));
  return pairOff(withoutSerial, bookedLeft, byDay)[0];
}

type Either = { readonly day: Day; readonly amount: Fen; readonly serial: string };

function pairOff<A extends Either, B extends Either>(
  left: readonly A[],
  right: readonly B[],
  keyOf: (line: Either) => string | null,
): [A[], B[]] {
  const waiting = new Map<string, B[]>();
  const rest: B[] = [];
  for (const line of right) {
    const key = keyOf(line);
    if (key === null) {
      rest.push(line);
    } else {
      const list = waiting.get(key) ?? [];
      waiting.set(key, list);
      list.push(line);
    }
  }
  const unpaired = left.filter((line) => {
    const key = keyOf(line);
    return key === null || waiting.get(key)?.pop() === undefined;
  });
  return [unpaired, [...rest, ...[...waiting.values()].flat()]];
}
