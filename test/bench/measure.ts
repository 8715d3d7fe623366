// Measuring in pairs: ours and the other in turn within one run, so that what slows the machine slows both.

/** One line of the outcome: two figures, their ratio, and the goal it is held against. */
export interface Outcome {
  readonly section: string;
  readonly what: string;
  readonly ours: string;
  readonly other: string;
  readonly ratio: number;
  /** null: a figure to know, held against nothing. */
  readonly goal: Goal | null;
}

interface Goal {
  readonly kind: "atLeast" | "atMost";
  readonly value: number;
}

export const atLeast = (value: number): Goal => ({ kind: "atLeast", value });
export const atMost = (value: number): Goal => ({ kind: "atMost", value });

export function isMet({ ratio, goal }: Outcome): boolean {
  if (goal === null) {
    return true;
  }
  return goal.kind === "atLeast" ? ratio >= goal.value : ratio <= goal.value;
}

/** What a section may do: hear itself timed, and say what it found. */
export interface Bench {
  readonly note: (line: string) => void;
  readonly outcome: (outcome: Outcome) => void;
  /** The address of a PostgreSQL server to make databases on; "" where there is none. */
  readonly postgresUrl: string;
}

/** Milliseconds that the work took. Garbage of what went before is not on its bill. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  globalThis.gc?.();
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** Rounds of each in turn (A, B, A, B, …); each answers a figure for its round. */
export async function inTurn(
  rounds: number,
  ...measures: readonly ((round: number) => Promise<number>)[]
): Promise<Series[]> {
  const found = measures.map((): number[] => []);
  for (let round = 0; round < rounds; round += 1) {
    for (const [index, measure] of measures.entries()) {
      found[index]?.push(await measure(round));
    }
  }
  return found.map((values) => new Series(values));
}

/** The figures of the rounds of one measure. */
export class Series {
  readonly median: number;
  private readonly sorted: readonly number[];

  constructor(values: readonly number[]) {
    this.sorted = values.toSorted((a, b) => a - b);
    const middle = (this.sorted.length - 1) / 2;
    this.median = (this.at(Math.floor(middle)) + this.at(Math.ceil(middle))) / 2;
  }

  private at(index: number): number {
    return this.sorted[index] ?? Number.NaN;
  }

  /** "12.3 ms (11.9–14.0)": the median and how far the rounds lie apart. */
  ms(): string {
    return this.words((value) => value.toFixed(value < 10 ? 2 : 1), "ms");
  }

  /** The same for figures per second. */
  rate(unit: string): string {
    return this.words((value) => Math.round(value).toLocaleString("en"), unit);
  }

  private words(format: (value: number) => string, unit: string): string {
    return `${format(this.median)} ${unit} (${format(this.at(0))}–${format(this.at(this.sorted.length - 1))})`;
  }
}

/** How many per second, from how many in how many milliseconds. */
export const perSecond = (count: number, ms: number): number => (count * 1000) / ms;
