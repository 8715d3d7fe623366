// Which of the bank's lines and bookings belong together: matched by themselves, by hand, and what is left open.
import { displayYuan, subtract, sum } from "../base/money.ts";
import {
  compareDays,
  EARLIEST_MONTH,
  firstDay,
  lastDay,
  LATEST_MONTH,
  month as asMonth,
  monthOf,
  plusDays,
  plusMonths,
  previousMonth,
  type Day,
  type Month,
} from "../base/month.ts";
import { refuse } from "../base/refusal.ts";
import { isCovered, standingOf, type BankStanding, type StoredLine } from "../bank/rules.ts";
import * as bank from "../bank/service.ts";
import type { Period } from "../bankfile/rules.ts";
import type { Writing } from "../door/service.ts";
import { CASH, net, openMonth, type Balance } from "../ledger/rules.ts";
import * as ledger from "../ledger/service.ts";
import { holdingsOf, ownerNames, unitNames } from "../people/service.ts";
import type { Db } from "../platform/db.ts";
import type { BankAccount } from "../trust/rules.ts";
import {
  countUnmatched,
  guessUnits,
  NEAR_DAYS,
  pairsByDay,
  pairsBySerial,
  onlyCandidates,
  suggestionsFor,
  unitIndex,
  type BankMovement,
  type BookMovement,
  type How,
  type Pair,
  type Suggestion,
  type UnitGuess,
  type UnitIndex,
} from "./rules.ts";
import * as store from "./store.ts";

export { openCounts, openLines } from "./store.ts";

/** How each bank account stands at the end of a month whose balances are given. */
export async function bankStandings(
  db: Db,
  community: string,
  month: Month,
  accounts: readonly BankAccount[],
  balances: readonly Balance[],
): Promise<BankStanding[]> {
  const covered = await bank.coverages(db, community);
  const standings: BankStanding[] = [];
  for (const { code, name } of accounts) {
    const book = net(balances, (row) => row.account === CASH && row.bank === code);
    const around = await bank.aroundMonthEnd(db, community, code, month);
    const [lastLine] = around.last;
    const hasLines = lastLine !== undefined && monthOf(lastLine.day) === month;
    const isToldEmpty = lastLine !== undefined && isCovered(covered.get(code) ?? [], lastLine.day, lastDay(month));
    const unmatched = hasLines ? await unmatchedIn(db, community, code, month) : 0;
    const reaches = hasLines || isToldEmpty;
    const standing = standingOf({ account: code, name, book, ...around, reaches, unmatched });
    const stops = lastLine !== undefined && around.next.length === 0 && !isToldEmpty && lastLine.day < lastDay(month);
    standings.push(stops ? { ...standing, linesUntil: lastLine.day } : standing);
  }
  return standings;
}

async function unmatchedIn(db: Db, community: string, account: string, month: Month): Promise<number> {
  const { lines, booked } = await openIn(db, community, account, { first: month, last: month });
  return countUnmatched(lines, booked);
}

// ---- What is open, and what is certain of it --------------------------------------------------------------------

interface Months {
  readonly first: Month;
  readonly last: Month;
}

interface OpenItems {
  readonly lines: readonly BankMovement[];
  /** Without the units they are of, which {@link withUnits} adds. */
  readonly booked: readonly (BookMovement & { readonly code: string })[];
}

/** So many months before, what is left open is looked at again. */
const EARLIER_MONTHS = 2;

/** What no match holds: lines of those months, and bookings in the books of those months. */
async function openIn(db: Db, community: string, account: string, months: Months): Promise<OpenItems> {
  const lines = await store.openLines(db, community, account, firstDay(months.first), lastDay(months.last));
  return { lines, booked: await openBookings(db, community, account, months) };
}

async function openBookings(db: Db, community: string, account: string, months: Months): Promise<OpenItems["booked"]> {
  const movements = await ledger.bankMovements(db, community, account, months);
  const [first, last] = movements.reduce(
    ([low, high], { entry }) => [Math.min(low, entry), Math.max(high, entry)],
    [Infinity, 0],
  );
  const matched = last === 0 ? new Set<number>() : await store.matchedEntries(db, community, account, { first, last });
  return movements.filter(({ entry }) => !matched.has(entry));
}

async function withUnits<B extends BookMovement>(db: Db, community: string, booked: readonly B[]): Promise<B[]> {
  const units = await ledger.unitsOfEntries(
    db,
    community,
    booked.map(({ entry }) => entry),
  );
  return booked.map((each) => ({ ...each, unit: units.get(each.entry) ?? "" }));
}

async function unitsIndexed(db: Db, community: string): Promise<UnitIndex> {
  return unitIndex(await unitNames(db, community));
}

/** Pairs that are beyond doubt among what is open. */
async function certainIn(db: Db, community: string, open: OpenItems): Promise<Pair[]> {
  const bySerial = pairsBySerial(open.lines, open.booked);
  if (bySerial.lines.length === 0 || bySerial.booked.length === 0) {
    return [...bySerial.pairs];
  }
  const booked = await withUnits(db, community, bySerial.booked);
  return [...bySerial.pairs, ...pairsByDay(bySerial.lines, booked, await unitsIndexed(db, community)).pairs];
}

/** Matches what is certain among the open lines of those days, and answers how many pairs it made. */
export async function matchCertain(call: Writing, account: string, days: Period): Promise<number> {
  const lines = await store.openLines(call.tx, call.community, account, days.from, days.through);
  return matchLines(call, account, days, lines);
}

/** The same for lines that are at hand. Bookings may lie days before the line, or late in the books. */
export async function matchLines(
  call: Writing,
  account: string,
  days: Period,
  lines: readonly BankMovement[],
): Promise<number> {
  const { tx, community } = call;
  const months = { first: monthOf(plusDays(days.from, -NEAR_DAYS)), last: LATEST_MONTH };
  const booked = lines.length === 0 ? [] : await openBookings(tx, community, account, months);
  const pairs = await certainIn(tx, community, { lines, booked });
  await insertPairs(call, account, pairs);
  return pairs.length;
}

async function insertPairs(call: Writing, account: string, pairs: readonly Pair[]): Promise<void> {
  const { tx, community, actor, now } = call;
  const first = await store.nextMatch(tx, community, account);
  const matchedAt = now.toISOString();
  await store.insertMatches(
    tx,
    community,
    pairs.map(({ line, booking, how }, index) => ({
      account,
      number: first + index,
      line: line.line,
      entry: booking.entry,
      amount: line.amount,
      how,
      matchedBy: actor.id,
      matchedAt,
    })),
  );
}

/** Makes the certain pairs that the page of a month offers, and answers how many. */
export async function matchMonth(call: Writing, account: string, m: Month): Promise<number> {
  const { pairs } = await openAround(call.tx, call.community, account, m);
  await insertPairs(call, account, pairs);
  return pairs.length;
}

/**
 * What is open in a month and what is still open from months before, with the pairs that are certain between them: each
 * has a side in the month. A pair that lies before it altogether is its own month's to make.
 */
async function openAround(
  db: Db,
  community: string,
  account: string,
  m: Month,
): Promise<{ readonly open: OpenItems; readonly before: OpenItems; readonly pairs: readonly Pair[] }> {
  const open = await openIn(db, community, account, { first: m, last: m });
  const months = { first: plusMonths(m, -EARLIER_MONTHS), last: previousMonth(m) };
  const before = await openIn(db, community, account, months);
  const lines = new Set(open.lines.map(({ line }) => line));
  const entries = new Set(open.booked.map(({ entry }) => entry));
  const all = { lines: [...before.lines, ...open.lines], booked: [...before.booked, ...open.booked] };
  const certain = await certainIn(db, community, all);
  const pairs = certain.filter(({ line, booking }) => lines.has(line.line) || entries.has(booking.entry));
  return { open, before, pairs };
}

/** Ties lines to bookings because somebody says so. They must add up to the same, to the fen. */
export async function matchByHand(
  call: Writing,
  account: string,
  wish: { readonly lines: readonly number[]; readonly entries: readonly number[] },
): Promise<{ readonly number: number; readonly month: Month }> {
  const { tx, community, actor, now } = call;
  await bank.bankAccountOf(tx, community, account);
  const lines = await bank.linesOf(tx, community, account, wish.lines);
  const booked = await movementsOf(tx, community, account, wish.entries);
  const taken = await store.matchesOf(tx, community, account, wish);
  assertMatchable(wish, { lines, booked, taken });
  const number = await store.nextMatch(tx, community, account);
  const row = { account, number, how: "hand" as const, matchedBy: actor.id, matchedAt: now.toISOString() };
  const [line, booking] = [lines[0], booked[0]];
  const isPair = lines.length === 1 && booked.length === 1 && line !== undefined && booking !== undefined;
  const rows = isPair
    ? [{ ...row, line: line.line, entry: booking.entry, amount: line.amount }]
    : [
        ...lines.map((each) => ({ ...row, line: each.line, entry: 0, amount: each.amount })),
        ...booked.map((each) => ({ ...row, line: 0, entry: each.entry, amount: each.amount })),
      ];
  await store.insertMatches(tx, community, rows);
  return { number, month: lastMonth(lines, booked) };
}

/** The latest month that a match has to do with, by the bank or by the books. */
function lastMonth(lines: readonly StoredLine[], booked: readonly ledger.BankMovement[]): Month {
  const months = [...lines.map(({ day }) => monthOf(day)), ...booked.map(({ code }) => asMonth(code.slice(0, 7)))];
  return months.toSorted().at(-1) ?? EARLIEST_MONTH;
}

function assertMatchable(
  wish: { readonly lines: readonly number[]; readonly entries: readonly number[] },
  found: {
    readonly lines: readonly StoredLine[];
    readonly booked: readonly ledger.BankMovement[];
    readonly taken: readonly store.MatchRow[];
  },
): void {
  const { lines, booked, taken } = found;
  if (lines.length !== new Set(wish.lines).size || booked.length !== new Set(wish.entries).size) {
    throw refuse("MATCH_UNKNOWN", "勾选的流水或账目不在这个账户里。", "请刷新页面，重新勾选。", 409);
  }
  if (taken.length > 0) {
    throw refuse("MATCH_TAKEN", "勾选的流水或账目已经配过对了。", "请刷新页面；配错了的，请先撤销。", 409);
  }
  if (lines.length + booked.length < 2) {
    throw refuse("MATCH_TOO_FEW", "至少要勾选两项。", "请勾选互相对应的流水和账目。");
  }
  const [inBank, inBooks] = [sum(lines.map(({ amount }) => amount)), sum(booked.map(({ amount }) => amount))];
  if (inBank !== inBooks) {
    throw refuse(
      "MATCH_UNEQUAL",
      `勾选的流水合计 ${displayYuan(inBank)}，账目合计 ${displayYuan(inBooks)}，相差 ${displayYuan(subtract(inBank, inBooks))} 元。`,
      "两边合计相等才能配成一组；请增减勾选的项目。",
    );
  }
}

/** Undoes a match, with a reason, and answers the month it had to do with. What a closed month rests on stays. */
export async function undoMatch(
  call: Writing,
  account: string,
  { number, reason }: { readonly number: number; readonly reason: string },
): Promise<Month> {
  const { tx, community, actor, now } = call;
  const { month: last, undone } = await matchAt(tx, community, account, number);
  if (undone !== "") {
    throw refuse("MATCH_UNDONE", "这一组配对已经撤销过了。", "请刷新页面。", 409);
  }
  if (last < openMonth(await ledger.bookOf(tx, community))) {
    throw refuse(
      "MONTH_CLOSED",
      `${last} 已经结账，它的配对不能再撤销。`,
      "已结账月份的差错，请申请更正记账凭证，记在未结账的月份里。",
      409,
    );
  }
  await store.insertUnmatches(tx, community, [number], { account, reason, by: actor.id, at: now.toISOString() });
  return last;
}

/** Rows of the matches that hold any of those lines, whole matches. */
export function matchesHolding(
  db: Db,
  community: string,
  account: string,
  lines: readonly number[],
): Promise<store.MatchRow[]> {
  return store.matchesOf(db, community, account, { lines, entries: [] });
}

/** Undoes every match that holds one of those lines, which count no more, and answers how many. */
export async function undoMatchesOf(
  call: Writing,
  account: string,
  { lines, reason }: { readonly lines: readonly number[]; readonly reason: string },
): Promise<number> {
  const { tx, community, actor, now } = call;
  const rows = await matchesHolding(tx, community, account, lines);
  const numbers = [...new Set(rows.map(({ number }) => number))];
  const undone = { account, reason, by: actor.id, at: now.toISOString() };
  await store.insertUnmatches(tx, community, numbers, undone);
  return numbers.length;
}

/** The numbers of one side of a match; 0 stands for none. */
function membersOf(rows: readonly store.MatchRow[], side: "line" | "entry"): number[] {
  return [...new Set(rows.map((row) => row[side]))].filter((number) => number > 0);
}

/** Bookings by the sequence of their first entry, with what corrected them in the same month. */
async function movementsOf(
  db: Db,
  community: string,
  account: string,
  entries: readonly number[],
): Promise<ledger.BankMovement[]> {
  const codes = await ledger.entryCodes(db, community, entries);
  const months = [...codes.values()].map((code) => asMonth(code.slice(0, 7))).toSorted();
  const [first, last] = [months[0], months.at(-1)];
  const wanted = new Set(entries);
  return first === undefined || last === undefined
    ? []
    : (await ledger.bankMovements(db, community, account, { first, last })).filter(({ entry }) => wanted.has(entry));
}

/** A match with everything it holds. */
export interface Match {
  readonly number: number;
  readonly how: How;
  readonly matchedBy: string;
  readonly matchedAt: string;
  readonly lines: readonly StoredLine[];
  readonly booked: readonly ledger.BankMovement[];
}

/** What an account's month consists of: what is matched, what is open, and what is still open from months before. */
export interface AccountMonth extends OpenItems {
  readonly matches: readonly Match[];
  readonly earlier: OpenItems;
  /** How many pairs are certain and only wait to be made. */
  readonly certain: number;
  /** What is open on both sides and has one candidate each, within days of the other. */
  readonly likely: readonly Suggestion[];
}

/** Everything of an account in a month. */
export async function accountMonth(db: Db, community: string, account: string, m: Month): Promise<AccountMonth> {
  const { open, before, pairs } = await openAround(db, community, account, m);
  const [booked, earlier] = [
    await withUnits(db, community, open.booked),
    await withUnits(db, community, before.booked),
  ];
  const units = await unitsIndexed(db, community);
  return {
    lines: open.lines,
    booked,
    earlier: before,
    likely: onlyCandidates({
      lines: [...before.lines, ...open.lines],
      booked: [...earlier, ...booked],
      units,
    }),
    matches: await matchesIn(db, community, account, m),
    certain: pairs.length,
  };
}

async function matchesIn(db: Db, community: string, account: string, m: Month): Promise<Match[]> {
  const lines = await bank.linesBetween(db, community, account, firstDay(m), lastDay(m));
  const booked = await ledger.bankMovements(db, community, account, { first: m, last: m });
  const rows = await store.matchesOf(db, community, account, {
    lines: lines.map(({ line }) => line),
    entries: booked.map(({ entry }) => entry),
  });
  return matchesOfRows(db, community, account, rows, { lines, booked });
}

/** Rows put together into matches, with the lines and bookings at hand and those that have to be asked for. */
async function matchesOfRows(
  db: Db,
  community: string,
  account: string,
  rows: readonly store.MatchRow[],
  known: { readonly lines: readonly StoredLine[]; readonly booked: readonly ledger.BankMovement[] },
): Promise<Match[]> {
  const lines = await completed(
    known.lines,
    ({ line }) => line,
    membersOf(rows, "line"),
    (missing) => bank.linesEver(db, community, account, missing),
  );
  const booked = await completed(
    known.booked,
    ({ entry }) => entry,
    membersOf(rows, "entry"),
    (missing) => movementsOf(db, community, account, missing),
  );
  const matches = new Map<number, Match>();
  for (const { number, how, matchedBy, matchedAt, line, entry } of rows) {
    const before = matches.get(number) ?? { number, how, matchedBy, matchedAt, lines: [], booked: [] };
    const [one, other] = [lines.get(line), booked.get(entry)];
    matches.set(number, {
      ...before,
      lines: one === undefined ? before.lines : [...before.lines, one],
      booked: other === undefined ? before.booked : [...before.booked, other],
    });
  }
  return [...matches.values()];
}

/** One match, the month it has to do with, and why it was undone ("" while it holds). */
export async function matchAt(
  db: Db,
  community: string,
  account: string,
  number: number,
): Promise<{ readonly match: Match; readonly month: Month; readonly undone: string }> {
  const rows = await store.matchRows(db, community, account, [number]);
  const [match] = await matchesOfRows(db, community, account, rows, { lines: [], booked: [] });
  if (match === undefined) {
    throw refuse("MATCH_UNKNOWN", "没有这一组配对。", "请从对账页面的列表里选。", 404);
  }
  const undone = (await store.undoneReason(db, community, account, number)) ?? "";
  return { match, month: lastMonth(match.lines, match.booked), undone };
}

/** The match that holds a line; 0 when none does. */
export async function matchHolding(db: Db, community: string, account: string, line: number): Promise<number> {
  const [row] = await store.matchesOf(db, community, account, { lines: [line], entries: [] });
  return row?.number ?? 0;
}

/** What is at hand by its number, and what is missing of those wanted, asked for at once. */
async function completed<T>(
  known: readonly T[],
  numberOf: (each: T) => number,
  wanted: readonly number[],
  find: (missing: readonly number[]) => Promise<readonly T[]>,
): Promise<Map<number, T>> {
  const found = new Map(known.map((each) => [numberOf(each), each]));
  const missing = wanted.filter((number) => !found.has(number));
  for (const each of missing.length === 0 ? [] : await find(missing)) {
    found.set(numberOf(each), each);
  }
  return found;
}

/** One of the bank's lines with all that may be done about it. */
export interface LineView {
  readonly line: StoredLine;
  readonly isOpen: boolean;
  readonly suggestions: readonly Suggestion[];
  readonly guesses: readonly UnitGuess[];
}

/** One line, what it may belong to, and whose money it may be. */
export async function lineView(db: Db, community: string, account: string, number: number): Promise<LineView> {
  const line = await bank.lineAt(db, community, account, number);
  if (line === null) {
    throw refuse("BANK_LINE_UNKNOWN", "没有这一笔流水，或者带来它的导入已经撤回。", "请从银行页面的列表里选。", 404);
  }
  const months = {
    first: monthOf(plusDays(line.day, -NEAR_DAYS)),
    last: monthOf(plusDays(line.day, NEAR_DAYS)),
  };
  const open = await openIn(db, community, account, months);
  const isOpen = open.lines.some((each) => each.line === number);
  if (!isOpen) {
    return { line, isOpen, suggestions: [], guesses: [] };
  }
  const units = await unitsIndexed(db, community);
  const booked = await withUnits(db, community, open.booked);
  return {
    line,
    isOpen,
    suggestions: suggestionsFor(line, { ...open, booked, units }),
    guesses: line.amount > 0 ? guessUnits(line, units, await ownersByUnit(db, community, line.day)) : [],
  };
}

/** Whether no match holds the line. */
export async function isOpenLine(db: Db, community: string, account: string, line: number): Promise<boolean> {
  return (await store.matchesOf(db, community, account, { lines: [line], entries: [] })).length === 0;
}

/** Whose money unexplained receipts may be, by line. */
export async function guessesFor(
  db: Db,
  community: string,
  lines: readonly StoredLine[],
): Promise<Map<number, UnitGuess[]>> {
  const [newest] = lines.map(({ day }) => day).toSorted((a, b) => compareDays(b, a));
  if (newest === undefined) {
    return new Map();
  }
  const units = await unitsIndexed(db, community);
  const owners = await ownersByUnit(db, community, newest);
  return new Map(lines.map((line) => [line.line, guessUnits(line, units, owners)]));
}

/** The names of those who held each unit on that day. */
async function ownersByUnit(db: Db, community: string, on: Day): Promise<Map<string, readonly string[]>> {
  const names = await ownerNames(db, community);
  const holdings = (await holdingsOf(db, community)).filter(({ since }) => since <= on);
  return new Map(holdings.map(({ unit, owners }) => [unit, owners.map((id) => names.get(id) ?? "")]));
}
