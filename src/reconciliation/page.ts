// The pages of the bank: accounts, months, one line, one match, what is in suspense; figures as people read them.
import { displayYuan, sum, type Fen } from "../base/money.ts";
import {
  compareDays,
  lastDay,
  nextMonth,
  previousMonth,
  spokenDay,
  spokenMonth,
  type Day,
  type Month,
} from "../base/month.ts";
import {
  bankHref,
  basisWords,
  periodWords,
  sides,
  type BankStanding,
  type Basis,
  type StoredLine,
} from "../bank/rules.ts";
import { FEE_INCOME, fundName } from "../ledger/rules.ts";
import { howWords, type BankMovement, type How, type Suggestion, type UnitGuess } from "../matching/rules.ts";
import type { BankAccount } from "../trust/rules.ts";

/** What a view is drawn from. */
export type Model = Readonly<Record<string, unknown>>;

/** A booking as the pages show it. */
export interface ShownBooking {
  readonly entry: number;
  readonly code: string;
  readonly day: Day;
  readonly amount: Fen;
  readonly payee: string;
  readonly memo: string;
}

/** How an account stands at a month's end. */
export interface ShownStanding extends BankStanding {
  readonly covers: boolean;
  readonly finished: { readonly finishedBy: string; readonly finishedAt: string } | null;
}

/** What is wrong or left to do, in a few words; "" when nothing is. */
function stateOf(standing: ShownStanding): {
  readonly words: string;
  readonly isDone: boolean;
  readonly isBad: boolean;
} {
  if (standing.finished !== null) {
    return { words: "✓ 已完成对账", isDone: true, isBad: false };
  }
  if (standing.linesUntil !== undefined) {
    return { words: `流水只到 ${spokenDay(standing.linesUntil)}`, isDone: false, isBad: false };
  }
  if (standing.statement === null) {
    return { words: "还没有银行流水", isDone: false, isBad: false };
  }
  if (!standing.covers) {
    return { words: "流水还没到月末", isDone: false, isBad: false };
  }
  if (standing.difference !== 0) {
    return { words: `相差 ${displayYuan(standing.difference ?? standing.book)} 元`, isDone: false, isBad: true };
  }
  return standing.unmatched > 0
    ? { words: `${standing.unmatched} 笔没有对上`, isDone: false, isBad: false }
    : { words: "余额相符，待完成对账", isDone: false, isBad: false };
}

function banksHref(community: string): string {
  return `/desk/${community}/bank`;
}

// ---- All accounts -------------------------------------------------------------------------------------------------

export function overviewModel(
  community: string,
  {
    month,
    standings,
    accounts,
  }: { month: Month; standings: readonly ShownStanding[]; accounts: readonly BankAccount[] },
  suspense: { readonly count: number; readonly total: Fen },
): Model {
  const funds = new Map(accounts.map(({ code, fund }) => [code, fundName(fund)]));
  const known = standings.every(({ statement }) => statement !== null);
  return {
    monthWords: spokenMonth(month),
    accounts: standings.map((standing) => ({
      href: bankHref(community, standing.account),
      name: standing.name,
      fund: funds.get(standing.account) ?? "",
      book: displayYuan(standing.book),
      bank: standing.statement === null ? "—" : displayYuan(standing.statement),
      state: stateOf(standing),
    })),
    sum: {
      isShown: known && standings.length > 1,
      book: displayYuan(sum(standings.map(({ book }) => book))),
      bank: displayYuan(sum(standings.flatMap(({ statement }) => statement ?? []))),
    },
    suspense: {
      href: `/desk/${community}/suspense`,
      isOpen: suspense.count > 0,
      words: suspense.count > 0 ? `${suspense.count} 笔，共 ${displayYuan(suspense.total)} 元` : "没有",
    },
  };
}

// ---- One account ----------------------------------------------------------------------------------------------------

export interface ShownImport {
  readonly number: number;
  readonly sha256: string;
  readonly name: string;
  readonly from: Day;
  readonly through: Day;
  readonly basis: Basis;
  readonly added: number;
  readonly known: number;
  readonly matched: number;
  readonly notices: string;
  readonly by: string;
  readonly on: Day;
  readonly asked: object | null;
  readonly takenBack: { readonly reason: string } | null;
}

export interface ShownMonth {
  readonly month: Month;
  readonly lines: number;
  readonly in: Fen;
  readonly out: Fen;
  /** How many of its lines no match holds. */
  readonly open: number;
  readonly isFinished: boolean;
}

export function accountModel(
  community: string,
  account: BankAccount,
  { months, imports, imported }: { months: readonly ShownMonth[]; imports: readonly ShownImport[]; imported: number },
): Model {
  const result = imports.find(({ number }) => number === imported);
  return {
    banks: banksHref(community),
    account: { name: account.name, fund: fundName(account.fund) },
    upload: bankHref(community, account.code, "upload"),
    hasResult: result !== undefined,
    result: result === undefined ? {} : resultOf(result),
    months: months.toReversed().map((each) => ({
      href: bankHref(community, account.code, "months", each.month),
      name: spokenMonth(each.month),
      lines: each.lines,
      in: displayYuan(each.in),
      out: displayYuan(each.out),
      state: monthState(each),
      isDone: each.isFinished,
    })),
    hasMonths: months.length > 0,
    imports: imports.map((each) => ({
      name: each.name,
      original: bankHref(community, account.code, "files", each.sha256, "original"),
      period: periodWords(each),
      basis: basisWords(each.basis),
      figures: `新增 ${each.added} 笔，已有 ${each.known} 笔`,
      by: each.by,
      on: each.on,
      href: bankHref(community, account.code, "imports", each.number),
      takenBack: each.takenBack?.reason ?? "",
      isAsked: each.asked !== null && each.takenBack === null,
    })),
    hasImports: imports.length > 0,
  };
}

function monthState({ lines, open, isFinished }: ShownMonth): string {
  if (isFinished) {
    return "✓ 已完成对账";
  }
  if (lines === 0) {
    return "没有流水";
  }
  return open === 0 ? "全部对上，待完成" : `${open} 笔待核对`;
}

function resultOf({ added, known, matched, notices }: ShownImport): Model {
  return {
    words: `新增 ${added} 笔流水，已有 ${known} 笔没有重复导入；自动对上 ${matched} 笔。`,
    notices: notices.split("\n").filter((text) => text !== ""),
  };
}

// ---- An account's month ---------------------------------------------------------------------------------------------

export interface ShownMatch {
  readonly number: number;
  readonly how: How;
  readonly lines: readonly StoredLine[];
  readonly booked: readonly ShownBooking[];
}

export interface MonthFacts {
  readonly account: BankAccount;
  readonly month: Month;
  readonly standing: ShownStanding;
  readonly finishedBy: string;
  readonly finishedOn: string;
  readonly lines: readonly BankMovement[];
  readonly booked: readonly ShownBooking[];
  readonly earlier: { readonly lines: readonly BankMovement[]; readonly booked: readonly ShownBooking[] };
  readonly matches: readonly ShownMatch[];
  readonly certain: number;
  readonly likely: readonly Suggestion[];
  /** What was ticked when the page comes back. */
  readonly ticked: { readonly lines: readonly number[]; readonly entries: readonly number[] };
  /** Where the list goes on: after that day, or after that match; "" at its beginning. */
  readonly after: string;
}

/** So many movements of both sides stand on one page, or all of one day, so that what belongs together stays together. */
const OPEN_PER_PAGE = 200;
const EARLIER_MOST = 100;
const MATCHES_PER_PAGE = 400;

/** The days that one page shows, after that day; `next` is where the next page goes on, "" at the end. */
function daysShown(
  movements: readonly { readonly day: Day }[],
  after: string,
): { readonly holds: (movement: { readonly day: Day }) => boolean; readonly next: string } {
  const days = movements.map(({ day }) => day).filter((day) => day > after);
  const sorted = days.toSorted(compareDays);
  const last = sorted[Math.min(OPEN_PER_PAGE, sorted.length) - 1] ?? "";
  const hasMore = sorted.some((day) => day > last);
  return { holds: ({ day }) => day > after && day <= last, next: hasMore ? last : "" };
}

export function monthModel(community: string, facts: MonthFacts): Model {
  const { account, month, standing, matches } = facts;
  const href = (...rest: (string | number)[]): string => bankHref(community, account.code, ...rest);
  return {
    banks: banksHref(community),
    account: { code: account.code, name: account.name, href: href() },
    month,
    monthWords: spokenMonth(month),
    lastDay: spokenDay(lastDay(month)),
    previous: href("months", previousMonth(month)),
    next: href("months", nextMonth(month)),
    matchAction: href("match"),
    autoAction: href("months", month, "auto"),
    finishAction: href("months", month, "finish"),
    ...equationOf(standing),
    state: stateOf(standing),
    finished: standing.finished === null ? "" : `${facts.finishedBy}，${facts.finishedOn}`,
    canFinish: standing.finished === null && standing.covers && standing.difference === 0,
    ...openModel(facts, href),
    certain: facts.certain,
    hasCertain: facts.certain > 0,
    likely: facts.certain > 0 ? [] : facts.likely.slice(0, LIKELY_SHOWN).flatMap(likelyRow),
    record: href("months", month, "record"),
    matchCount: matches.length,
  };
}

/** So many pairs are offered above the list; when they are made, the next ones are. */
const LIKELY_SHOWN = 5;

/** A pair that one touch makes: the line, the booking, and why they belong together. */
function likelyRow({ lines, booked, reasons }: Suggestion): Model[] {
  const [line, booking] = [lines[0], booked[0]];
  return line === undefined || booking === undefined
    ? []
    : [
        {
          line: line.line,
          entry: booking.entry,
          bank: movementRow(line, [line.counterparty, line.memo]),
          book: movementRow(booking, [booking.payee, booking.memo]),
          reasons: reasons.join("，"),
        },
      ];
}

/** So many rows a phone shows of a record; the rest when it is asked for. On paper and on large screens all stand. */
const ROWS_ON_PHONE = 20;

/** The month on paper: the equation, every pair, and what is left open. */
export function recordModel(community: string, facts: MonthFacts): Model {
  const href = (number: number): string => bankHref(community, facts.account.code, "matches", number);
  const here = bankHref(community, facts.account.code, "months", facts.month, "record");
  const from = facts.matches.findIndex(({ number }) => String(number) === facts.after) + 1;
  const items = facts.matches.slice(from, from + MATCHES_PER_PAGE);
  const next = facts.matches.length > from + items.length ? items.at(-1)?.number : undefined;
  const pairs = items.flatMap((match) => pairRows(match, href(match.number)));
  return {
    ...monthModel(community, { ...facts, after: "" }),
    first: from === 0 ? "" : here,
    next: next === undefined ? "" : `${here}?after=${next}`,
    fund: fundName(facts.account.fund),
    pairs: pairs.slice(0, ROWS_ON_PHONE),
    morePairs: pairs.slice(ROWS_ON_PHONE),
    hasMore: pairs.length > ROWS_ON_PHONE,
  };
}

/** A match as rows of two sides: as many as its longer side has members. */
function pairRows({ how, lines, booked }: ShownMatch, href: string): Model[] {
  return Array.from({ length: Math.max(lines.length, booked.length) }, (_, index) => {
    const [line, booking] = [lines[index], booked[index]];
    return {
      day: line?.day ?? booking?.day ?? "",
      line: line === undefined ? "" : wordsOf([line.counterparty, line.memo]),
      lineAmount: line === undefined ? "" : displayYuan(line.amount),
      code: booking?.code ?? "",
      booking: booking === undefined ? "" : wordsOf([booking.payee, booking.memo]),
      bookAmount: booking === undefined ? "" : displayYuan(booking.amount),
      isSame: line?.amount === booking?.amount,
      how: index === 0 ? howWords(how) : "",
      href,
    };
  });
}

function wordsOf(words: readonly string[]): string {
  return words.filter((text) => text !== "").join(" · ") || "（没有摘要）";
}

/** What nothing answers yet, on both sides, and what was left open before. */
function openModel(
  { month, lines, booked, earlier, ticked, after }: MonthFacts,
  href: (...rest: (string | number)[]) => string,
): Model {
  const lineRow = (line: BankMovement): Model => ({
    ...movementRow(line, [line.counterparty, line.memo]),
    number: line.line,
    href: href("lines", line.line),
    isTicked: ticked.lines.includes(line.line),
  });
  const bookingRow = (booking: ShownBooking): Model => ({
    ...movementRow(booking, [booking.payee, booking.memo]),
    number: booking.entry,
    code: booking.code,
    isTicked: ticked.entries.includes(booking.entry),
  });
  const { holds, next } = daysShown([...lines, ...booked], after);
  const isLineTicked = ({ line }: BankMovement): boolean => ticked.lines.includes(line);
  const isEntryTicked = ({ entry }: ShownBooking): boolean => ticked.entries.includes(entry);
  return {
    isOpen: lines.length + booked.length > 0,
    openNext: next === "" ? "" : `${href("months", month)}?after=${next}`,
    openFirst: after === "" ? "" : href("months", month),
    lines: lines.filter((each) => holds(each) || isLineTicked(each)).map(lineRow),
    lineSum: displayYuan(sum(lines.map(({ amount }) => amount))),
    lineCount: lines.length,
    booked: booked.filter((each) => holds(each) || isEntryTicked(each)).map(bookingRow),
    bookSum: displayYuan(sum(booked.map(({ amount }) => amount))),
    bookCount: booked.length,
    hasEarlier: earlier.lines.length + earlier.booked.length > 0,
    earlierLines: earlier.lines
      .filter((each, index) => index >= earlier.lines.length - EARLIER_MOST || isLineTicked(each))
      .map(lineRow),
    earlierBooked: earlier.booked
      .filter((each, index) => index >= earlier.booked.length - EARLIER_MOST || isEntryTicked(each))
      .map(bookingRow),
    hasMoreEarlier: Math.max(earlier.lines.length, earlier.booked.length) > EARLIER_MOST,
  };
}

function matchRows({ how, lines, booked }: ShownMatch): Model {
  return {
    how: howWords(how),
    lines: lines.map((line) => movementRow(line, [line.counterparty, line.memo])),
    booked: booked.map((each) => ({ ...movementRow(each, [each.payee, each.memo]), code: each.code })),
  };
}

function movementRow({ day, amount }: { day: Day; amount: Fen }, words: readonly string[]): Model {
  return {
    day,
    words: wordsOf(words),
    ...sides(amount),
    fen: amount,
    signed: `${amount > 0 ? "+" : ""}${displayYuan(amount)}`,
    isIn: amount > 0,
  };
}

/** Bank − books = difference, as it stands large on top. */
function equationOf({ statement, book, difference }: ShownStanding): Model {
  return {
    bank: statement === null ? "—" : displayYuan(statement),
    book: displayYuan(book),
    difference: difference === null ? "—" : displayYuan(difference),
    isZero: difference === 0,
  };
}

// ---- One line -------------------------------------------------------------------------------------------------------

export interface LineFacts {
  readonly account: BankAccount;
  readonly line: StoredLine;
  readonly isOpen: boolean;
  /** The match that holds it; 0 while it is open. */
  readonly match: number;
  readonly suggestions: readonly Suggestion[];
  readonly codes: ReadonlyMap<number, string>;
  readonly guesses: readonly UnitGuess[];
  readonly accounts: readonly { readonly code: string; readonly name: string }[];
  readonly units: readonly string[];
}

/** Longer lists would make the page heavy on a phone; a unit can always be typed. */
const UNITS_LISTED = 1000;

export function lineModel(community: string, facts: LineFacts): Model {
  const { account, line, suggestions, guesses, codes } = facts;
  const href = (...rest: (string | number)[]): string => bankHref(community, account.code, ...rest);
  const month = line.day.slice(0, 7);
  return {
    banks: banksHref(community),
    account: { code: account.code, name: account.name, href: href() },
    month: { value: month, href: href("months", month) },
    line: {
      number: line.line,
      ...movementRow(line, [line.counterparty, line.memo]),
      day: spokenDay(line.day),
      balance: displayYuan(line.balance),
      counterparty: line.counterparty,
      memo: line.memo,
      serial: line.serial,
    },
    isOpen: facts.isOpen,
    isIn: line.amount > 0,
    match: facts.match === 0 ? "" : href("matches", facts.match),
    matchAction: href("match"),
    receiveAction: href("lines", line.line, "receipt"),
    request: `/desk/${community}/spends/new`,
    suggestions: suggestions.map((each) => suggestionRow(each, line, codes)),
    hasSuggestions: suggestions.length > 0,
    guesses,
    hasGuesses: guesses.length > 0,
    accounts: facts.accounts.map(({ code, name }) => ({ value: code, label: `${code} ${name}` })),
    units: facts.units.slice(0, UNITS_LISTED),
  };
}

function suggestionRow(
  { lines, booked, reasons }: Suggestion,
  line: StoredLine,
  codes: ReadonlyMap<number, string>,
): Model {
  const others = lines.filter((each) => each.line !== line.line);
  return {
    reasons: reasons.join("；"),
    lines: lines.map((each) => each.line),
    entries: booked.map(({ entry }) => entry),
    others: others.map((each) => movementRow(each, ["另一笔流水", each.counterparty, each.memo])),
    booked: booked.map((each) => ({
      ...movementRow(each, [each.unit ?? "", each.payee, each.memo]),
      code: codes.get(each.entry) ?? "",
    })),
  };
}

// ---- One match --------------------------------------------------------------------------------------------------------

export function matchModel(
  community: string,
  facts: {
    readonly account: BankAccount;
    readonly match: ShownMatch;
    readonly by: string;
    readonly on: Day;
    readonly month: Month;
    readonly undone: string;
    readonly canUndo: boolean;
  },
): Model {
  const { account, match, month } = facts;
  const href = (...rest: (string | number)[]): string => bankHref(community, account.code, ...rest);
  return {
    banks: banksHref(community),
    account: { code: account.code, name: account.name, href: href() },
    month: { value: month, name: spokenMonth(month), href: href("months", month) },
    number: match.number,
    ...matchRows(match),
    by: facts.by,
    on: spokenDay(facts.on),
    undone: facts.undone,
    canUndo: facts.canUndo,
    undoAction: href("matches", match.number, "undo"),
  };
}

// ---- Suspense ---------------------------------------------------------------------------------------------------------

export interface ShownSuspense {
  readonly code: string;
  readonly account: string;
  readonly line: StoredLine;
  readonly identifiedBy: string;
  readonly guesses: readonly UnitGuess[];
}

export function suspenseModel(
  community: string,
  items: readonly ShownSuspense[],
  names: ReadonlyMap<string, string>,
): Model {
  const rows = items.map((item) => ({
    ...movementRow(item.line, [item.line.counterparty, item.line.memo]),
    href: `/desk/${community}/suspense/${item.code}`,
    code: item.code,
    account: names.get(item.account) ?? item.account,
    identifiedBy: item.identifiedBy,
    guess: item.guesses.map(({ unit, reason }) => `可能是 ${unit}（${reason}）`).join("；"),
  }));
  const open = items.filter(({ identifiedBy }) => identifiedBy === "");
  return {
    banks: banksHref(community),
    open: rows.filter(({ identifiedBy }) => identifiedBy === ""),
    isEmpty: open.length === 0,
    total: displayYuan(sum(open.map(({ line }) => line.amount))),
    done: rows.filter(({ identifiedBy }) => identifiedBy !== ""),
    hasDone: open.length < items.length,
  };
}

export function identifyModel(
  community: string,
  item: ShownSuspense,
  { name, accounts, units }: { name: string } & Pick<LineFacts, "accounts" | "units">,
): Model {
  const [guess] = item.guesses;
  return {
    banks: banksHref(community),
    list: `/desk/${community}/suspense`,
    code: item.code,
    account: name,
    line: { ...movementRow(item.line, []), counterparty: item.line.counterparty, memo: item.line.memo },
    isOpen: item.identifiedBy === "",
    identifiedBy: item.identifiedBy,
    action: `/desk/${community}/suspense/${item.code}`,
    guesses: item.guesses,
    hasGuesses: item.guesses.length > 0,
    accounts: accounts.map(({ code, name: label }) => ({ value: code, label: `${code} ${label}` })),
    units: units.slice(0, UNITS_LISTED),
    values: guess === undefined ? {} : { purpose: FEE_INCOME, unit: guess.unit, reason: guess.reason },
  };
}
