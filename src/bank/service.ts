// What the bank says beside what the books say: lines that came in, matched with bookings.
import { displayYuan, subtract, sum } from "../base/money.ts";
import {
  compareDays,
  EARLIEST_MONTH,
  firstDay,
  isDay,
  lastDay,
  LATEST_MONTH,
  month as asMonth,
  monthOf,
  nextMonth,
  plusDays,
  plusMonths,
  previousMonth,
  type Day,
  type Month,
} from "../base/month.ts";
import { refuse } from "../base/refusal.ts";
import type { Period } from "../bankfile/rules.ts";
import type { Writing } from "../door/service.ts";
import { CASH, net, openMonth, type Balance } from "../ledger/rules.ts";
import * as ledger from "../ledger/service.ts";
import {
  countUnmatched,
  guessUnits,
  NEAR_DAYS,
  pairsByDay,
  pairsBySerial,
  suggestionsFor,
  unitIndex,
  type BankMovement,
  type BookMovement,
  type How,
  type Pair,
  type Suggestion,
  type UnitGuess,
  type UnitIndex,
} from "../matching/rules.ts";
import { holdingsOf, ownerNames, unitsOf } from "../people/service.ts";
import type { Db, Tx } from "../platform/db.ts";
import type { BankAccount } from "../trust/rules.ts";
import { bankAccountsOf } from "../trust/service.ts";
import {
  endsOfDay,
  isCovered,
  sameLine,
  sameMovement,
  serialSource,
  standingOf,
  type BankLine,
  type BankStanding,
  type KnownLines,
  type NewLine,
  type StoredLine,
} from "./rules.ts";
import * as store from "./store.ts";

export { importsOf, lineAt, linesOf, monthsOfLines, openCounts, type BankImport } from "./store.ts";

// ---- Lines of an import folder --------------------------------------------------------------------------------

/** What became of lines that may have come before: how many were added or known, and who holds a taken source. */
export interface AddedLines {
  readonly added: number;
  readonly known: number;
  readonly conflicts: ReadonlyMap<number, BankLine>;
}

/**
 * Adds the lines whose source is new on their account, in their order; a source with other content is a conflict. Lines
 * that a bank's file brought before are known by their movement: the bank's words need not be the folder's.
 */
export async function addBankLines(tx: Tx, community: string, lines: readonly BankLine[]): Promise<AddedLines> {
  const keyOf = (line: BankLine): string => `${line.account}\t${line.source}`;
  const sources = lines.map((line) => line.source);
  const taken = new Map<string, BankLine>(
    (await store.linesBySource(tx, community, sources)).map((line) => [keyOf(line), line]),
  );
  const imported = await importedTwins(tx, community, lines);
  const numbers = await store.lastLines(tx, community);
  const conflicts = new Map<number, BankLine>();
  const fresh: NewLine[] = [];
  for (const [index, line] of lines.entries()) {
    const before = taken.get(keyOf(line)) ?? imported(line);
    taken.set(keyOf(line), before ?? line);
    if (before === undefined) {
      const number = (numbers.get(line.account) ?? 0) + 1;
      numbers.set(line.account, number);
      fresh.push({ ...line, line: number, fileRow: null });
    } else if (!(isImported(before) ? sameMovement(before, line) : sameLine(before, line))) {
      conflicts.set(index, before);
    }
  }
  await store.insertBankLines(tx, community, fresh, null);
  return { added: fresh.length, known: lines.length - fresh.length - conflicts.size, conflicts };
}

function isImported(line: BankLine & { readonly import?: number | null }): boolean {
  return typeof line.import === "number";
}

/** Finds lines without a serial among those that bank files brought, each of which is one line only. */
async function importedTwins(
  tx: Tx,
  community: string,
  lines: readonly BankLine[],
): Promise<(line: BankLine) => BankLine | undefined> {
  const bare = lines.filter(({ serial }) => serial === "");
  const days = bare.map(({ day }) => day).toSorted();
  const [from, through] = [days[0], days.at(-1)];
  if (from === undefined || through === undefined || (await store.coverages(tx, community)).size === 0) {
    return () => undefined;
  }
  const stored: StoredLine[] = [];
  for (const account of new Set(bare.map((line) => line.account))) {
    stored.push(...(await store.linesBetween(tx, community, account, from, through)).filter(isImported));
  }
  return (line) => {
    const index = stored.findIndex((each) => each.account === line.account && sameMovement(each, line));
    return line.serial !== "" || index < 0 ? undefined : stored.splice(index, 1)[0];
  };
}

// ---- Standings ------------------------------------------------------------------------------------------------

/** How each bank account stands at the end of a month whose balances are given. */
export async function bankStandings(
  db: Db,
  community: string,
  month: Month,
  accounts: readonly BankAccount[],
  balances: readonly Balance[],
): Promise<BankStanding[]> {
  const covered = await store.coverages(db, community);
  const standings: BankStanding[] = [];
  for (const { code, name } of accounts) {
    const book = net(balances, (row) => row.account === CASH && row.bank === code);
    const around = await aroundMonthEnd(db, community, code, month);
    const [lastLine] = around.last;
    const hasLines = lastLine !== undefined && monthOf(lastLine.day) === month;
    const isToldEmpty = lastLine !== undefined && isCovered(covered.get(code) ?? [], lastLine.day, lastDay(month));
    const unmatched = hasLines ? await unmatchedIn(db, community, code, month) : 0;
    const reaches = hasLines || isToldEmpty;
    standings.push(standingOf({ account: code, name, book, ...around, reaches, unmatched }));
  }
  return standings;
}

function aroundMonthEnd(
  db: Db,
  community: string,
  account: string,
  month: Month,
): Promise<{ last: StoredLine[]; next: StoredLine[] }> {
  return store.linesAround(db, community, account, { last: lastDay(month), next: firstDay(nextMonth(month)) });
}

async function unmatchedIn(db: Db, community: string, account: string, month: Month): Promise<number> {
  const { lines, booked } = await openIn(db, community, account, { first: month, last: month });
  return countUnmatched(lines, booked);
}

/**
 * Whether the bank's lines cover a month's end: a line on its last day or after it, or imports that say that none
 * followed the last one.
 */
export async function coversMonthEnd(db: Db, community: string, account: string, month: Month): Promise<boolean> {
  const { last, next } = await aroundMonthEnd(db, community, account, month);
  const lastLine = last.at(-1);
  const periods = (await store.coverages(db, community)).get(account) ?? [];
  const end = lastDay(month);
  return next.length > 0 || lastLine?.day === end || isCovered(periods, lastLine?.day ?? end, end);
}

// ---- Files of the bank ------------------------------------------------------------------------------------------

/** The account, or a refusal that names those there are. */
export async function bankAccountOf(db: Db, community: string, code: string): Promise<BankAccount> {
  const accounts = await bankAccountsOf(db, community);
  const account = accounts.find((each) => each.code === code);
  if (account === undefined) {
    throw refuse("BANK_ACCOUNT_UNKNOWN", `没有银行账户「${code}」。`, "请从银行页面选一个账户。", 404);
  }
  return account;
}

/** What is known of an account when lines of a file come. */
export async function knownLines(
  db: Db,
  community: string,
  account: string,
  lines: readonly { readonly day: Day; readonly serial: string }[],
): Promise<KnownLines> {
  const days = lines.map(({ day }) => day).toSorted();
  const [first, last] = [days[0], days.at(-1)];
  const count = (await store.lastLines(db, community)).get(account) ?? 0;
  if (first === undefined || last === undefined || count === 0) {
    return { count, stored: [], elsewhere: [], before: null, after: null, layouts: new Map() };
  }
  const stored = await store.linesBetween(db, community, account, first, last);
  const here = new Set(stored.map(({ serial }) => serial));
  const sources = lines.flatMap(({ serial }) => (serial === "" || here.has(serial) ? [] : [serialSource(serial)]));
  const elsewhere = await store.linesOfSources(db, community, account, [...new Set(sources)]);
  const around = await store.linesAround(db, community, account, {
    last: plusDays(first, -1),
    next: plusDays(last, 1),
  });
  const imports = await store.importsOf(db, community, account);
  return {
    count,
    stored,
    elsewhere,
    before: around.last.length === 0 ? null : endsOfDay(around.last).end,
    after: around.next.length === 0 ? null : endsOfDay(around.next).start,
    layouts: new Map(imports.map(({ number, layout }) => [number, layout])),
  };
}

/** An import as it comes: its number, its matches and who brought it are added. */
export type NewImport = Omit<store.BankImport, "number" | "added" | "matched" | "importedBy" | "importedAt">;

/** Keeps the new lines of an import with what is remembered of its file, and matches what is certain in its days. */
export async function addImport(
  call: Writing,
  imported: NewImport,
  fresh: readonly NewLine[],
): Promise<{ readonly number: number; readonly matched: number }> {
  const { tx, community, actor, now } = call;
  const { account, from, through } = imported;
  const [latest] = await store.importsOf(tx, community, account);
  const number = (latest?.number ?? 0) + 1;
  const open = await store.openLines(tx, community, account, from, through);
  await store.insertBankLines(tx, community, fresh, number);
  const matched = await matchLines(call, account, { from, through }, [...open, ...fresh]);
  const kept = { number, added: fresh.length, matched, importedBy: actor.id, importedAt: now.toISOString() };
  await store.insertImport(tx, community, { ...imported, ...kept });
  return { number, matched };
}

// ---- Matching ---------------------------------------------------------------------------------------------------

interface OpenItems {
  readonly lines: readonly BankMovement[];
  /** Without the units they are of, which {@link withUnits} adds. */
  readonly booked: readonly (BookMovement & { readonly code: string })[];
}

interface Months {
  readonly first: Month;
  readonly last: Month;
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
  return unitIndex((await unitsOf(db, community)).map(({ name }) => name));
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
async function matchLines(
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
  const last = await store.lastMatch(tx, community, account);
  const matchedAt = now.toISOString();
  await store.insertMatches(
    tx,
    community,
    pairs.map(({ line, booking, how }, index) => ({
      account,
      number: last + index + 1,
      line: line.line,
      entry: booking.entry,
      amount: line.amount,
      how,
      matchedBy: actor.id,
      matchedAt,
    })),
  );
}

/** The days whose lines belong to a month's reconciliation: its own, and those just before it that are still open. */
export function daysAround(m: Month): Period {
  return { from: firstDay(plusMonths(m, -EARLIER_MONTHS)), through: lastDay(m) };
}

/** Ties lines to bookings because somebody says so. They must add up to the same, to the fen. */
export async function matchByHand(
  call: Writing,
  account: string,
  wish: { readonly lines: readonly number[]; readonly entries: readonly number[] },
): Promise<{ readonly number: number; readonly month: Month }> {
  const { tx, community, actor, now } = call;
  await bankAccountOf(tx, community, account);
  const lines = await store.linesOf(tx, community, account, wish.lines);
  const booked = await movementsOf(tx, community, account, wish.entries);
  const taken = await store.matchesOf(tx, community, account, wish);
  assertMatchable(wish, { lines, booked, taken });
  const number = (await store.lastMatch(tx, community, account)) + 1;
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
  const [bank, book] = [sum(lines.map(({ amount }) => amount)), sum(booked.map(({ amount }) => amount))];
  if (bank !== book) {
    throw refuse(
      "MATCH_UNEQUAL",
      `勾选的流水合计 ${displayYuan(bank)}，账目合计 ${displayYuan(book)}，相差 ${displayYuan(subtract(bank, book))} 元。`,
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
      "已结账月份的差错，请用更正凭证在未结账的月份里改正。",
      409,
    );
  }
  await store.insertUnmatch(tx, community, { account, number, reason, by: actor.id, at: now.toISOString() });
  return last;
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
}

/** Everything of an account in a month. */
export async function accountMonth(db: Db, community: string, account: string, m: Month): Promise<AccountMonth> {
  const here = { first: m, last: m };
  const open = await openIn(db, community, account, here);
  const before = await openIn(db, community, account, {
    first: plusMonths(m, -EARLIER_MONTHS),
    last: previousMonth(m),
  });
  const all = { lines: [...before.lines, ...open.lines], booked: [...before.booked, ...open.booked] };
  const booked = await withUnits(db, community, open.booked);
  return {
    lines: open.lines,
    booked,
    earlier: before,
    matches: await matchesIn(db, community, account, m),
    certain: (await certainIn(db, community, all)).length,
  };
}

async function matchesIn(db: Db, community: string, account: string, m: Month): Promise<Match[]> {
  const lines = await store.linesBetween(db, community, account, firstDay(m), lastDay(m));
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
    (missing) => store.linesOf(db, community, account, missing),
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
  const line = await store.lineAt(db, community, account, number);
  if (line === null) {
    throw refuse("BANK_LINE_UNKNOWN", "没有这一笔流水。", "请从银行页面的列表里选。", 404);
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

/** Lines of those months by day, as many as asked for, and where the list goes on. */
export async function linesAfter(
  db: Db,
  community: string,
  account: string,
  { first, last, after, limit }: Months & { readonly after: string; readonly limit: number },
): Promise<{ readonly lines: StoredLine[]; readonly next: string | null }> {
  const [afterDay = "", afterLine = "0"] = after.split("/");
  const from = isDay(afterDay) && afterDay > firstDay(first) ? afterDay : firstDay(first);
  const start = { day: from, line: isDay(afterDay) ? Number(afterLine) : 0 };
  if (!Number.isSafeInteger(start.line)) {
    throw refuse("AFTER_INVALID", "after 不是上一页给出的 next。", "请原样传回上一页的 next。");
  }
  const found = await store.linesFrom(db, community, account, { start, through: lastDay(last), count: limit + 1 });
  const lines = found.slice(0, limit);
  const end = lines.at(-1);
  return { lines, next: found.length > limit && end !== undefined ? `${end.day}/${end.line}` : null };
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
