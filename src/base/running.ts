// Running balances: the order in which movements happened, and what is missing between them, told by the balance that
// stands beside each.
import { negate, subtract, ZERO, type Fen } from "./money.ts";
import type { Day } from "./month.ts";

/** A movement with the balance after it. */
export interface Running {
  readonly day: Day;
  /** In positive, out negative. */
  readonly amount: Fen;
  readonly balance: Fen;
}

/** Two neighbours whose balances do not meet. */
export interface Hole<R extends Running> {
  readonly before: R;
  readonly after: R;
  /** What is missing between them: positive when money came in that the file does not tell. */
  readonly missing: Fen;
}

export interface Ordered<R extends Running> {
  /** Oldest first. */
  readonly lines: readonly R[];
  readonly holes: readonly Hole<R>[];
}

/** The balance before the movement. */
export function startOf(line: Running): Fen {
  return subtract(line.balance, line.amount);
}

/** Fewer lines could agree either way by chance: two equal fees around a missing payment do. */
const FLIPPED_LINES_MIN = 4;

/**
 * The lines in the order they happened, and where that order has holes. Files run upwards or downwards, or jumble a
 * day; each balance names the line before it. When money in and out taken the other way round leaves fewer holes, that
 * is what the columns mean.
 */
export function arrangeByBalance<R extends Running>(lines: readonly R[]): Ordered<R> & { readonly isFlipped: boolean } {
  const asTold = inOrder(lines);
  if (asTold.holes.length === 0 || lines.length < FLIPPED_LINES_MIN) {
    return { ...asTold, isFlipped: false };
  }
  const flipped = inOrder(lines.map((line) => ({ ...line, amount: negate(line.amount) })));
  const isFlipped = flipped.holes.length < asTold.holes.length;
  return { ...(isFlipped ? flipped : asTold), isFlipped };
}

/** The first of these orders without a hole, or the one with fewest: as the days run, turned round, day by day. */
function inOrder<R extends Running>(lines: readonly R[]): Ordered<R> {
  const [first, last] = [lines[0]?.day ?? "", lines.at(-1)?.day ?? ""];
  const upwards = first > last ? lines.toReversed() : lines;
  // Turned against its days a file could fit by chance, as two equal fees around a missing payment do.
  const others = [...(first === last ? [() => lines.toReversed()] : []), () => orderByDay(upwards)];
  let best: Ordered<R> = { lines: upwards, holes: holesIn(upwards) };
  for (const other of others) {
    if (best.holes.length === 0) {
      return best;
    }
    const ordered = other();
    const holes = holesIn(ordered);
    best = holes.length < best.holes.length ? { lines: ordered, holes } : best;
  }
  return best;
}

export function holesIn<R extends Running>(lines: readonly R[]): Hole<R>[] {
  const holes: Hole<R>[] = [];
  for (const [index, after] of lines.entries()) {
    const before = lines[index - 1];
    const missing = before === undefined ? ZERO : subtract(startOf(after), before.balance);
    if (before !== undefined && missing !== 0) {
      holes.push({ before, after, missing });
    }
  }
  return holes;
}

/** Sorts by day and puts each day's lines into the order in which their balances meet. */
export function orderByDay<R extends Running>(lines: readonly R[]): R[] {
  const days = new Map<Day, R[]>();
  for (const line of lines) {
    const list = days.get(line.day) ?? [];
    days.set(line.day, list);
    list.push(line);
  }
  const groups = [...days.keys()].toSorted().map((on) => days.get(on) ?? []);
  const ordered: R[] = [];
  for (const group of groups) {
    const from = ordered.at(-1)?.balance ?? firstStart(groups);
    orderDay(group, from).forEach((line) => ordered.push(line));
  }
  return ordered;
}

/** One day's lines from a balance on; when they do not go on from there, at least as they follow each other. */
function orderDay<R extends Running>(group: readonly R[], from: Fen): readonly R[] {
  for (const start of [from, ownStart(group) ?? from]) {
    const begins = ([first]: readonly R[]): boolean => first !== undefined && startOf(first) === start;
    const whole = [group, group.toReversed()].find((order) => begins(order) && holesIn(order).length === 0);
    const found = whole ?? trail(group, start);
    if (found !== null) {
      return found;
    }
  }
  return group;
}

/** Where a day's lines begin: at the one balance that more of them leave than reach; null when they go in a circle. */
function ownStart(group: readonly Running[]): Fen | null {
  const surplus = new Map<Fen, number>();
  for (const line of group) {
    surplus.set(startOf(line), (surplus.get(startOf(line)) ?? 0) + 1);
    surplus.set(line.balance, (surplus.get(line.balance) ?? 0) - 1);
  }
  return [...surplus].find(([, count]) => count > 0)?.[0] ?? null;
}

/** Where all begins. Days that go in a circle begin where they end, so a later day that does not tells where. */
function firstStart(groups: readonly (readonly Running[])[]): Fen {
  let possible = (groups[0] ?? []).map(startOf);
  for (const group of groups) {
    const start = ownStart(group);
    if (start !== null) {
      return group === groups[0] || possible.includes(start) ? start : (possible[0] ?? start);
    }
    const here = new Set(group.map(startOf));
    const common = possible.filter((each) => here.has(each));
    possible = common.length > 0 ? common : possible;
  }
  return possible[0] ?? ZERO;
}

/**
 * A trail that takes every line once, each beginning at the balance where the one before ended (Hierholzer: lines are
 * edges between balances); null when there is none.
 */
function trail<R extends Running>(group: readonly R[], start: Fen): readonly R[] | null {
  const leaving = new Map<Fen, R[]>();
  // Taken from the end below, so that lines of equal start keep the file's order.
  for (const line of group.toReversed()) {
    const list = leaving.get(startOf(line)) ?? [];
    leaving.set(startOf(line), list);
    list.push(line);
  }
  const path: { readonly at: Fen; readonly by: R | null }[] = [{ at: start, by: null }];
  const found: R[] = [];
  for (let top = path.at(-1); top !== undefined; top = path.at(-1)) {
    const line = leaving.get(top.at)?.pop();
    if (line !== undefined) {
      path.push({ at: line.balance, by: line });
      continue;
    }
    path.pop();
    if (top.by !== null) {
      found.push(top.by);
    }
  }
  const ordered = found.toReversed();
  return ordered.length === group.length && holesIn(ordered).length === 0 ? ordered : null;
}
