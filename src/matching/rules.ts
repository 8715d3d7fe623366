// Which of the bank's lines answers which booking: certain pairs, and for the rest suggestions with their reasons.
// Pure, and linear in the number of movements: a year of a big community is matched as easily as a month.
import { add, fen, halfWidth, negate, sum, ZERO, type Fen } from "../base/money.ts";
import { daysBetween, plusDays, type Day } from "../base/month.ts";

/** A movement on an account, by the bank or by the books. */
export interface Movement {
  readonly day: Day;
  /** In positive, out negative. */
  readonly amount: Fen;
  readonly serial: string;
}

/** One of the bank's lines, by its number in its account. */
export interface BankMovement extends Movement {
  readonly line: number;
  readonly counterparty: string;
  readonly memo: string;
}

/** A booking, by the sequence of its entry; what corrected the entry is counted in. */
export interface BookMovement extends Movement {
  readonly entry: number;
  readonly payee: string;
  readonly memo: string;
  /** Whose it is; absent or "" where nobody looked, or it is nobody's. */
  readonly unit?: string;
}

/** Why a pair was taken for one; `hand`: somebody said so. */
export type How = "serial" | "words" | "amount" | "hand";

const HOW_WORDS: Readonly<Record<How, string>> = {
  serial: "流水号相符",
  words: "同日同额，名称相符",
  amount: "同日同额",
  hand: "人工核对",
};

export function howWords(how: How): string {
  return HOW_WORDS[how];
}

export interface Pair {
  readonly line: BankMovement;
  readonly booking: BookMovement;
  readonly how: How;
}

// ---- Names and units --------------------------------------------------------------------------------------------

/** A name without width, case, spaces and brackets: `明辉五金店（成都）` and `明辉五金店(成都)` are one. */
export function plainName(text: string): string {
  return halfWidth(text)
    .toLowerCase()
    .replace(/[\s()[\]【】《》"'·.,，、:]/gu, "");
}

/** The units of a community by how people write them. */
export type UnitIndex = ReadonlyMap<string, string>;

/** `3栋2单元1801室`, `03-2-1801` and `3-2-1801` are one unit. A spelling that two units share names neither. */
export function unitIndex(units: Iterable<string>): UnitIndex {
  const index = new Map<string, string>();
  const twice = new Set<string>();
  for (const unit of units) {
    const key = plainUnit(unit);
    if (index.has(key)) {
      twice.add(key);
    }
    index.set(key, unit);
  }
  twice.forEach((key) => index.delete(key));
  return index;
}

function plainUnit(text: string): string {
  return text
    .split("-")
    .map((part) => part.replace(/^0+(?=\w)/u, ""))
    .join("-");
}

const BETWEEN_PARTS = /\s*(?:号楼|栋|幢|座|楼|单元|[-－—–_/#])\s*/gu;
/** A shorter one would be found in any number. */
const UNIT_LENGTH_MIN = 3;

/** The units that a text names, such as `3-2-1801` in “3栋2单元1801 物业费”. */
export function unitsIn(text: string, units: UnitIndex): string[] {
  if (text === "" || units.size === 0) {
    return [];
  }
  const plain = halfWidth(text).toUpperCase().replace(BETWEEN_PARTS, "-");
  const tokens = plain.match(/[0-9A-Z]+(?:-[0-9A-Z]+)*/gu) ?? [];
  const found = tokens
    .filter((token) => token.length >= UNIT_LENGTH_MIN)
    .flatMap((token) => units.get(plainUnit(token)) ?? units.get(plainUnit(token.toLowerCase())) ?? []);
  return [...new Set(found)];
}

/** What the words of a line and of a booking say of each other. */
type Agreement = "unit" | "name" | "memo" | "silent" | "against";

function agreement(line: BankMovement, booking: BookMovement, units: UnitIndex): Agreement {
  const named = unitsIn(`${line.memo} ${line.counterparty}`, units);
  const { unit = "" } = booking;
  const owner = unit === "" ? unitsIn(booking.memo, units)[0] : unit;
  if (owner !== undefined && named.length > 0) {
    return named.includes(owner) ? "unit" : "against";
  }
  const [theirs, ours] = [plainName(line.counterparty), plainName(booking.payee)];
  if (theirs !== "" && ours !== "") {
    return isSameName(theirs, ours) ? "name" : "against";
  }
  const memo = plainName(booking.memo);
  return memo !== "" && (memo === plainName(line.memo) || (theirs.length > 1 && memo.includes(theirs)))
    ? "memo"
    : "silent";
}

/** Banks cut long names off. */
function isSameName(a: string, b: string): boolean {
  const [short, long] = a.length < b.length ? [a, b] : [b, a];
  return short === long || (short.length > 2 && long.startsWith(short));
}

// ---- Certain pairs ----------------------------------------------------------------------------------------------

export interface Paired {
  readonly pairs: readonly Pair[];
  /** What is left on each side. */
  readonly lines: readonly BankMovement[];
  readonly booked: readonly BookMovement[];
}

const serialKey = ({ serial }: Movement): string => serial;
const dayKey = ({ day, amount }: Movement): string => `${day}\t${amount}`;

/** Pairs what bears the same serial and amount, whatever the day. */
export function pairsBySerial(lines: readonly BankMovement[], booked: readonly BookMovement[]): Paired {
  const { pairs, left, right } = pairOff(lines, booked, serialKey);
  return { pairs: pairs.map(([line, booking]) => ({ line, booking, how: "serial" })), lines: left, booked: right };
}

/**
 * Pairs what has the same day and amount, where names or units agree, or where nothing else it could be and no word
 * speaks against it.
 */
export function pairsByDay(lines: readonly BankMovement[], booked: readonly BookMovement[], units: UnitIndex): Paired {
  const groups = new Map<string, BookMovement[]>();
  for (const booking of booked) {
    const list = groups.get(dayKey(booking)) ?? [];
    groups.set(dayKey(booking), list);
    list.push(booking);
  }
  const pairs = groupsOf(lines, groups).flatMap((group) => pairsOfDay(group.lines, group.booked, units));
  const pairedLines = new Set(pairs.map(({ line }) => line.line));
  const pairedEntries = new Set(pairs.map(({ booking }) => booking.entry));
  return {
    pairs,
    lines: lines.filter(({ line }) => !pairedLines.has(line)),
    booked: booked.filter(({ entry }) => !pairedEntries.has(entry)),
  };
}

interface Group {
  readonly lines: readonly BankMovement[];
  readonly booked: readonly BookMovement[];
}

function groupsOf(lines: readonly BankMovement[], booked: ReadonlyMap<string, BookMovement[]>): Group[] {
  const found = new Map<string, BankMovement[]>();
  for (const line of lines) {
    if (booked.has(dayKey(line))) {
      const list = found.get(dayKey(line)) ?? [];
      found.set(dayKey(line), list);
      list.push(line);
    }
  }
  return [...found].map(([key, group]) => ({ lines: group, booked: booked.get(key) ?? [] }));
}

/** So many of one day and amount are compared in their order only: each with each would take long. */
const GROUP_MAX = 200;

/** Pairs of one day and one amount: first by their words, then what remains when it is the same number on both sides. */
function pairsOfDay(lines: readonly BankMovement[], booked: readonly BookMovement[], units: UnitIndex): Pair[] {
  const pairs: Pair[] = [];
  const silent: BankMovement[] = [];
  const isCompared = lines.length <= GROUP_MAX && booked.length <= GROUP_MAX;
  let open = [...booked];
  for (const line of lines) {
    const agreeing = isCompared ? open.filter((booking) => agrees(line, booking, units)) : [];
    const [booking] = agreeing;
    if (booking === undefined || agreeing.length > 1) {
      silent.push(line);
    } else {
      pairs.push({ line, booking, how: "words" });
      open = open.filter((each) => each !== booking);
    }
  }
  if (silent.length === open.length) {
    const rest = silent.flatMap((line, index): Pair[] => {
      const booking = open[index];
      return booking === undefined ? [] : [{ line, booking, how: "amount" }];
    });
    // One word against it, and somebody has to look at all of them.
    if (rest.every(({ line, booking }) => agreement(line, booking, units) !== "against")) {
      rest.forEach((pair) => pairs.push(pair));
    }
  }
  return pairs;
}

function agrees(line: BankMovement, booking: BookMovement, units: UnitIndex): boolean {
  return ["unit", "name", "memo"].includes(agreement(line, booking, units));
}

/**
 * How many of the bank's movements no booking answers, as a statement counts them: first by serial and amount, what is
 * left by day and amount. A booking answers one movement only.
 */
export function countUnmatched(bank: readonly Movement[], booked: readonly Movement[]): number {
  const bySerial = pairOff(bank, booked, serialKey);
  return pairOff(bySerial.left, bySerial.right, dayKey).left.length;
}

interface PairedOff<L, R> {
  readonly pairs: readonly (readonly [L, R])[];
  readonly left: readonly L[];
  readonly right: readonly R[];
}

/** Pairs movements of equal key and amount, one to one, in their order. Without a key nothing is paired. */
function pairOff<L extends Movement, R extends Movement>(
  left: readonly L[],
  right: readonly R[],
  keyOf: (movement: Movement) => string,
): PairedOff<L, R> {
  const waiting = new Map<string, R[]>();
  // From the end, so that the first is found at the end of its list and taken off at no cost.
  for (let index = right.length - 1; index >= 0; index -= 1) {
    const movement = right[index];
    const key = movement === undefined ? "" : keyOf(movement);
    const list = waiting.get(key);
    if (movement !== undefined && key !== "" && list === undefined) {
      waiting.set(key, [movement]);
    } else if (movement !== undefined && key !== "") {
      list?.push(movement);
    }
  }
  const pairs: (readonly [L, R])[] = [];
  const unpaired: L[] = [];
  const taken = new Set<R>();
  for (const movement of left) {
    const list = waiting.get(keyOf(movement)) ?? [];
    const index = list.findLastIndex((each) => each.amount === movement.amount);
    const [partner] = index < 0 ? [] : list.splice(index, 1);
    if (partner === undefined) {
      unpaired.push(movement);
    } else {
      taken.add(partner);
      pairs.push([movement, partner]);
    }
  }
  return { pairs, left: unpaired, right: right.filter((movement) => !taken.has(movement)) };
}

// ---- Suggestions ------------------------------------------------------------------------------------------------

/** What may belong together: lines and bookings that add up to the same. */
export interface Suggestion {
  readonly lines: readonly BankMovement[];
  readonly booked: readonly BookMovement[];
  /** Higher is likelier; only to sort by. */
  readonly rank: number;
  /** In words, best first. */
  readonly reasons: readonly string[];
}

/** How many days a payment and its booking may lie apart: a week, and a holiday before it. */
export const NEAR_DAYS = 15;
/** Parts of one payment come within days of each other. */
const PARTS_DAYS = 5;
const PARTS_MAX = 6;
/** How many candidates are added up, and how many sums are tried, at most. */
const CANDIDATES_MAX = 24;
const SUMS_MAX = 20_000;
const SUGGESTIONS_MAX = 5;

/** What is still open near a line, each side in any order. */
export interface Open {
  readonly lines: readonly BankMovement[];
  readonly booked: readonly BookMovement[];
  readonly units: UnitIndex;
}

/** What one unmatched line may belong to, likeliest first. */
export function suggestionsFor(line: BankMovement, open: Open): Suggestion[] {
  const booked = nearest(open.booked, line.day, NEAR_DAYS);
  const others = nearest(open.lines, line.day, NEAR_DAYS).filter((each) => each.line !== line.line);
  const suggestions = [
    ...booked.filter(({ amount }) => amount === line.amount).map((booking) => single(line, booking, open.units)),
    ...merged(line, booked, open.units),
    ...split(line, others, booked, open.units),
    ...takenBack(line, others),
  ];
  return suggestions.toSorted((a, b) => b.rank - a.rank).slice(0, SUGGESTIONS_MAX);
}

/**
 * Pairs that a person only has to agree to: same amount, days apart, nothing said against them, and neither side has
 * another of that amount near it.
 */
export function onlyCandidates({ lines, booked, units }: Open): Suggestion[] {
  const [linesOf, bookedOf] = [byAmount(lines), byAmount(booked)];
  return lines.flatMap((line) => {
    const [booking, ...more] = nearest(bookedOf.get(line.amount) ?? [], line.day, NEAR_DAYS);
    if (booking === undefined || more.length > 0 || agreement(line, booking, units) === "against") {
      return [];
    }
    const rivals = nearest(linesOf.get(line.amount) ?? [], booking.day, NEAR_DAYS);
    return rivals.length === 1 ? [single(line, booking, units)] : [];
  });
}

function byAmount<M extends Movement>(movements: readonly M[]): ReadonlyMap<Fen, readonly M[]> {
  const found = new Map<Fen, M[]>();
  for (const movement of movements) {
    const list = found.get(movement.amount) ?? [];
    list.push(movement);
    found.set(movement.amount, list);
  }
  return found;
}

function nearest<M extends Movement>(movements: readonly M[], day: Day, days: number): M[] {
  const [from, through] = [plusDays(day, -days), plusDays(day, days)];
  return movements
    .filter((each) => each.day >= from && each.day <= through)
    .toSorted((a, b) => apart(a.day, day) - apart(b.day, day));
}

function apart(a: Day, b: Day): number {
  return Math.abs(daysBetween(a, b));
}

const WORDS: Readonly<Record<Agreement, { readonly rank: number; readonly reason: string }>> = {
  unit: { rank: 40, reason: "附言里的房号与账上相同" },
  name: { rank: 30, reason: "对方户名与收款方相同" },
  memo: { rank: 20, reason: "摘要相同" },
  silent: { rank: 0, reason: "" },
  against: { rank: -30, reason: "户名或房号不同，请核对" },
};

function single(line: BankMovement, booking: BookMovement, units: UnitIndex): Suggestion {
  const said = WORDS[agreement(line, booking, units)];
  const days = apart(line.day, booking.day);
  const when = days === 0 ? "金额相同，同一天" : `金额相同，相差 ${days} 天`;
  return {
    lines: [line],
    booked: [booking],
    rank: 50 + said.rank - days,
    reasons: [when, said.reason].filter((reason) => reason !== ""),
  };
}

/** Several bookings that add up to the line: a collective payment, or receipts that a platform paid out together. */
function merged(line: BankMovement, booked: readonly BookMovement[], units: UnitIndex): Suggestion[] {
  const close = booked.filter((each) => isSameSide(each, line) && apart(each.day, line.day) <= PARTS_DAYS);
  return sumsTo(line.amount, close).map((parts) => {
    const agreeing = parts.filter((booking) => agrees(line, booking, units)).length;
    return {
      lines: [line],
      booked: parts,
      rank: 40 + (agreeing > 0 ? 20 : 0) - 3 * parts.length - spread(parts, line.day),
      reasons: [
        `${parts.length} 笔账加起来正好是这一笔`,
        ...(agreeing > 0 ? [`其中 ${agreeing} 笔的户名或房号相符`] : []),
      ],
    };
  });
}

/** Several lines, this one among them, that add up to one booking: a payment that the bank made in parts. */
function split(
  line: BankMovement,
  others: readonly BankMovement[],
  booked: readonly BookMovement[],
  units: UnitIndex,
): Suggestion[] {
  const bigger = booked.filter((each) => isSameSide(each, line) && Math.abs(each.amount) > Math.abs(line.amount));
  const close = others.filter((each) => isSameSide(each, line) && apart(each.day, line.day) <= PARTS_DAYS);
  return bigger.slice(0, CANDIDATES_MAX).flatMap((booking) => {
    const rest = fen(booking.amount - line.amount);
    const parts = close.find((each) => each.amount === rest);
    const found = parts === undefined ? sumsTo(rest, close, 1) : [[parts]];
    return found.map((others_): Suggestion => {
      const lines = [line, ...others_];
      const agreeing = lines.filter((each) => agrees(each, booking, units)).length;
      return {
        lines,
        booked: [booking],
        rank: 35 + (agreeing > 0 ? 20 : 0) - 3 * lines.length - spread(lines, booking.day),
        reasons: [`${lines.length} 笔流水加起来正好是账上的一笔`, ...(agreeing > 0 ? ["户名或房号相符"] : [])],
      };
    });
  });
}

/** A line and the one that takes it back: together they are nothing, and need no booking. */
function takenBack(line: BankMovement, others: readonly BankMovement[]): Suggestion[] {
  return others
    .filter((each) => each.amount === negate(line.amount))
    .map((other) => {
      const says = /冲正|冲销|退汇|退回|撤销|抹账/u.test(`${line.memo} ${other.memo}`);
      const isSame = plainName(line.counterparty) === plainName(other.counterparty);
      return {
        lines: [line, other],
        booked: [],
        rank: (says ? 55 : 5) + (isSame ? 10 : 0) - apart(line.day, other.day),
        reasons: ["一进一出，金额相同", ...(says ? ["摘要写明是冲正或退回"] : [])],
      };
    });
}

function isSameSide(a: Movement, b: Movement): boolean {
  return a.amount > 0 === b.amount > 0;
}

function spread(movements: readonly Movement[], day: Day): number {
  return Math.max(...movements.map((each) => apart(each.day, day)));
}

/** Groups of at least two that add up to the target, small ones first; all of one day first of all. */
function sumsTo<M extends Movement>(target: Fen, candidates: readonly M[], most = 2): M[][] {
  const found = wholeDays(target, candidates);
  const tried = { left: SUMS_MAX };
  const few = candidates.slice(0, CANDIDATES_MAX);
  for (let parts = 2; parts <= PARTS_MAX && found.length < most; parts += 1) {
    const group = pick(target, few, parts, tried);
    if (group !== null && !found.some((each) => each.length === group.length)) {
      found.push(group);
    }
  }
  return found.slice(0, most);
}

function wholeDays<M extends Movement>(target: Fen, candidates: readonly M[]): M[][] {
  const days = new Map<Day, M[]>();
  for (const each of candidates) {
    days.set(each.day, [...(days.get(each.day) ?? []), each]);
  }
  return [...days.values()].filter((group) => group.length > 1 && sum(group.map(({ amount }) => amount)) === target);
}

/** The first so many of the candidates that add up to the target; null when there are none, or too many sums to try. */
function pick<M extends Movement>(
  target: Fen,
  candidates: readonly M[],
  parts: number,
  tried: { left: number },
): M[] | null {
  if (parts === 0) {
    return target === ZERO ? [] : null;
  }
  for (const [index, each] of candidates.entries()) {
    tried.left -= 1;
    if (tried.left < 0) {
      return null;
    }
    // All are of one sign: what overshoots cannot be brought back.
    if (Math.abs(each.amount) <= Math.abs(target)) {
      const rest = pick(add(target, negate(each.amount)), candidates.slice(index + 1), parts - 1, tried);
      if (rest !== null) {
        return [each, ...rest];
      }
    }
  }
  return null;
}

// ---- Who paid ---------------------------------------------------------------------------------------------------

/** A unit that an unexplained receipt may be of, with the reason. */
export interface UnitGuess {
  readonly unit: string;
  readonly reason: string;
}

/** Whose money a line may be: a unit named in its words, or one whose owner bears the payer's name. */
export function guessUnits(
  line: Pick<BankMovement, "memo" | "counterparty">,
  units: UnitIndex,
  ownersOf: ReadonlyMap<string, readonly string[]>,
): UnitGuess[] {
  const named = unitsIn(`${line.memo} ${line.counterparty}`, units);
  const payer = plainName(line.counterparty);
  const held = payer.length < 2 ? [] : [...ownersOf].filter(([, owners]) => owners.map(plainName).includes(payer));
  const guesses = [
    ...named.map((unit) => ({ unit, reason: "附言里写着这个房号" })),
    ...held.map(([unit]) => ({ unit, reason: "付款人与这一户的业主同名" })),
  ];
  return guesses.filter(({ unit }, index) => guesses.findIndex((each) => each.unit === unit) === index).slice(0, 5);
}
