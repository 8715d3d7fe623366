// What came from the bank: the lines of an account, the imports that brought them, and the days that they cover.
import type { Writing } from "../door/service.ts";
import { firstDay, isDay, lastDay, nextMonth, plusDays, type Day, type Month } from "../base/month.ts";
import { refuse } from "../base/refusal.ts";
import type { Db, Tx } from "../platform/db.ts";
import { pageFrom } from "../platform/input.ts";
import type { BankAccount } from "../trust/rules.ts";
import { bankAccountsOf } from "../trust/service.ts";
import {
  beginningOf,
  endingOf,
  isCovered,
  sameLine,
  sameMovement,
  serialSource,
  type BankLine,
  type KnownLines,
  type NewLine,
  type StoredLine,
} from "./rules.ts";
import * as store from "./store.ts";

export {
  COUNTED_LINES,
  coverages,
  importsOf,
  insertBankLines,
  insertImport,
  lineAt,
  linesBetween,
  linesEver,
  linesOf,
  linesOfImport,
  monthsOfLines,
} from "./store.ts";

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

// ---- A month's end ------------------------------------------------------------------------------------------------

/** The lines of the last day with any in a month or before it, and of the first day with any after it. */
export function aroundMonthEnd(
  db: Db,
  community: string,
  account: string,
  month: Month,
): Promise<{ last: StoredLine[]; next: StoredLine[] }> {
  return store.linesAround(db, community, account, { last: lastDay(month), next: firstDay(nextMonth(month)) });
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

// ---- Lines of an account ----------------------------------------------------------------------------------------

/** The account, or a refusal that names those there are. */
export async function bankAccountOf(db: Db, community: string, code: string): Promise<BankAccount> {
  const accounts = await bankAccountsOf(db, community);
  const account = accounts.find((each) => each.code === code);
  if (account === undefined) {
    throw refuse("BANK_ACCOUNT_UNKNOWN", `没有银行账户「${code}」。`, "请从银行页面选一个账户。", 404);
  }
  return account;
}

/** A bank account as the log tells of it: its code for programs, its name for people. */
export async function toldAccount(
  { tx, community }: Pick<Writing, "tx" | "community">,
  code: string,
): Promise<{ readonly account: string; readonly bank: string }> {
  return { account: code, bank: (await bankAccountOf(tx, community, code)).name };
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
    before: endingOf(around.last),
    after: beginningOf(around.next),
    layouts: new Map(imports.map(({ number, layout }) => [number, layout])),
  };
}

/** Lines of those months by day, as many as asked for, and where the list goes on. */
export async function linesAfter(
  db: Db,
  community: string,
  account: string,
  { first, last, after, limit }: { first: Month; last: Month; after: string; limit: number },
): Promise<{ readonly items: StoredLine[]; readonly next: string | null }> {
  const [afterDay = "", afterLine = "0"] = after.split("/");
  const from = isDay(afterDay) && afterDay > firstDay(first) ? afterDay : firstDay(first);
  const start = { day: from, line: isDay(afterDay) ? Number(afterLine) : 0 };
  if (!Number.isSafeInteger(start.line)) {
    throw refuse("AFTER_INVALID", "after 不是上一页给出的 next。", "请原样传回上一页的 next。");
  }
  const found = await store.linesFrom(db, community, account, { start, through: lastDay(last), count: limit + 1 });
  return pageFrom(found, limit, ({ day, line }) => `${day}/${line}`);
}
