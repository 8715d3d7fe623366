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

/** Whether two lines say the same. */
export function sameLine(a: BankLine, b: BankLine): boolean {
  return (
    a.day === b.day &&
    a.amount === b.amount &&
    a.balance === b.balance &&
    a.counterparty === b.counterparty &&
    a.memo === b.memo
  );
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
  /** The lines of the last day with any, up to the month's end; none when the bank has none so far. */
  readonly last: readonly BankLine[];
  /** The lines of the first day with any after the month. */
  readonly next: readonly BankLine[];
  /** Whether the last lines lie in the month itself. */
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
    return (
      endOf(
        last.map(startOf),
        last.map((line) => line.balance),
      ) ??
      last.at(-1)?.balance ??
      null
    );
  }
  const [first] = next;
  return first === undefined
    ? null
    : (endOf(
        next.map((line) => line.balance),
        next.map(startOf),
      ) ?? startOf(first));
}

function startOf(line: BankLine): Fen {
  return subtract(line.balance, line.amount);
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

/** A movement on an account, by the bank or by the books. */
export interface Movement {
  readonly day: Day;
  readonly amount: Fen;
  readonly serial: string;
}

/**
 * How many of the bank's movements no booking answers: first by serial and amount, what is left by day and amount. A
 * booking answers one movement only.
 */
export function countUnmatched(bank: readonly Movement[], booked: readonly Movement[]): number {
  const [bankLeft, bookedLeft] = pairOff(bank, booked, ({ serial, amount }) =>
    serial === "" ? null : `${serial}\t${amount}`,
  );
  const [unmatched] = pairOff(bankLeft, bookedLeft, ({ day, amount }) => `${day}\t${amount}`);
  return unmatched.length;
}

/** Pairs movements of equal key, one to one; answers what is left on each side. Without a key nothing is paired. */
function pairOff(
  left: readonly Movement[],
  right: readonly Movement[],
  keyOf: (movement: Movement) => string | null,
): [Movement[], Movement[]] {
  const waiting = new Map<string, Movement[]>();
  const keyless: Movement[] = [];
  for (const movement of right) {
    const key = keyOf(movement);
    const list = key === null ? keyless : (waiting.get(key) ?? []);
    if (key !== null) {
      waiting.set(key, list);
    }
    list.push(movement);
  }
  const unpaired = left.filter((movement) => {
    const key = keyOf(movement);
    return key === null || waiting.get(key)?.pop() === undefined;
  });
  return [unpaired, [...keyless, ...[...waiting.values()].flat()]];
}
