// Publishing: a closed month's statement becomes bytes that never change.
import { sha256 } from "../base/digest.ts";
import {
  day,
  dayAt,
  firstMonthOfYear,
  isMonth,
  lastDay,
  monthsFrom,
  nextMonth,
  previousMonth,
  yearOf,
  type Day,
  type Month,
} from "../base/month.ts";
import { toYuan, type Fen } from "../base/money.ts";
import { refuse } from "../base/refusal.ts";
import { bankStandings } from "../matching/service.ts";
import { budgetKnownIn } from "../budget/service.ts";
import { drawsBetween } from "../draw/service.ts";
import { collectionIn } from "../fees/service.ts";
import * as ledger from "../ledger/service.ts";
import { openMonth, type Book, type SealedEntry } from "../ledger/rules.ts";
import { manyOf } from "../period/rules.ts";
import { assertUnblocked, findClose, type AtDesk } from "../period/service.ts";
import { runTx, type Db, type Tx } from "../platform/db.ts";
import { findSweep } from "../repair/service.ts";
import { releasedEntries, unratified, type ReleasedEntry } from "../request/service.ts";
import { overdueRevenue } from "../revenue/service.ts";
import { normalName, publicPayee } from "../supplier/rules.ts";
import { listSuppliers } from "../supplier/service.ts";
import { registeredNumbers } from "../resolution/service.ts";
import { basisOfTerm, deedIn } from "../trust/rules.ts";
import { bankAccountsOf, deedVersionsOf, findCommunity } from "../trust/service.ts";
import { vouchersOf } from "../voucher/service.ts";
import { statementPage, withoutLinks, type Publication, type StatementPage, type ToldPayment } from "./page.ts";
import {
  asKnown,
  buildStatement,
  restateStatement,
  statementBytes,
  type Open,
  type OpenMatters,
  type Statement,
  type StatementFacts,
} from "./rules.ts";
import * as store from "./store.ts";

export { findStatement, listStatements, newestMonth, publishedSince, revisionsOf, type Published } from "./store.ts";

/** Publishes every closed, unpublished month up to and including `through`, in order; answers those it published. */
export async function publishThrough(
  db: Db,
  community: string,
  through: Month,
  at: { readonly now: Date; readonly done?: (month: Month) => void },
): Promise<Month[]> {
  const book = await ledger.bookOf(db, community);
  assertClosed(book, through);
  const newest = await store.newestMonth(db, community);
  const published: Month[] = [];
  for (const month of monthsFrom(newest === null ? book.firstMonth : nextMonth(newest), through)) {
    if (await runTx(db, community, (tx) => publishMonth(tx, community, month, { now: at.now }))) {
      published.push(month);
    }
    at.done?.(month);
  }
  return published;
}

function assertClosed(book: Book, month: Month): void {
  if (month < book.firstMonth) {
    throw refuse(
      "MONTH_BEFORE_BOOKS",
      `${month} 早于账簿的第一个月 ${book.firstMonth}。`,
      `请从 ${book.firstMonth} 开始公布。`,
      409,
    );
  }
  if (book.closedThrough === "" || month > book.closedThrough) {
    throw refuse(
      "MONTH_OPEN",
      `${month} 还没有结账，不能公布。`,
      `请先结账（第一个未结账的月份是 ${openMonth(book)}）。`,
      409,
    );
  }
}

/** Publishes the next month in turn, when it is that one: what a person at the desk does. */
export async function publishNext(tx: Tx, community: string, month: Month, at: AtDesk): Promise<void> {
  const book = await ledger.bookOf(tx, community);
  assertClosed(book, month);
  const newest = await store.newestMonth(tx, community);
  const next = newest === null ? book.firstMonth : nextMonth(newest);
  if (month !== next) {
    const message = newest !== null && month <= newest ? `${month} 已经公布过。` : `要先公布 ${next}。`;
    throw refuse("MONTH_OUT_OF_ORDER", message, "月份要依次公布；已公布的月份只能重述。", 409);
  }
  await publishMonth(tx, community, month, at);
}

/** A closed month as it would be published today. */
export async function previewOf(db: Db, community: string, month: Month, now: Date): Promise<StatementPage> {
  assertClosed(await ledger.bookOf(db, community), month);
  const statement = buildStatement(await statementFacts(db, community, month, month));
  const bytes = statementBytes(statement);
  const about = { knownThrough: month, reason: "", publishedAt: now, digest: sha256(bytes), bytes };
  const published = { community, month, revision: 1, ...about };
  const registered = await registeredNumbers(db, community);
  return withoutLinks(statementPage(statement, await publicationOf(db, published), registered));
}

/** What a closed month's statement says: as it was published last, or as it would be. */
export async function statementAt(db: Db, community: string, month: Month): Promise<Statement> {
  assertClosed(await ledger.bookOf(db, community), month);
  const published = await store.findStatement(db, community, month);
  return published === null
    ? buildStatement(await statementFacts(db, community, month, month))
    : parseStatement(published.bytes);
}

async function publishMonth(
  tx: Tx,
  community: string,
  month: Month,
  at: Pick<AtDesk, "now"> & Partial<AtDesk>,
): Promise<boolean> {
  if ((await store.findStatement(tx, community, month)) !== null) {
    return false;
  }
  await assertUnblocked(tx, community, month, at);
  const statement = buildStatement(await statementFacts(tx, community, month, month));
  await keep(tx, statement, { knownThrough: month, reason: "", now: at.now });
  return true;
}

async function keep(
  tx: Tx,
  statement: Statement,
  about: { knownThrough: Month; reason: string; now: Date },
): Promise<store.Published> {
  const bytes = statementBytes(statement);
  const published: store.Published = {
    community: statement.community.code,
    month: statement.month,
    revision: statement.revision,
    bytes,
    digest: sha256(bytes),
    knownThrough: about.knownThrough,
    reason: about.reason,
    publishedAt: about.now,
  };
  await store.insertStatement(tx, published);
  return published;
}

/**
 * Publishes a month again as its next revision, with the entries that were booked later but belong to it, and with
 * every difference. Refuses when nothing would differ.
 */
export async function restate(
  db: Db,
  community: string,
  month: Month,
  reason: string,
  now: Date,
): Promise<store.Published> {
  if (reason.trim() === "") {
    throw refuse("REASON_MISSING", "重述没有写明原因。", "请用 --reason 写明为什么重述，它会印在新版公示上。");
  }
  return runTx(db, community, async (tx) => {
    const book = await ledger.bookOf(tx, community);
    const before = await store.findStatement(tx, community, month);
    if (before === null || book.closedThrough === "") {
      throw notPublished(community, month);
    }
    const knownThrough = book.closedThrough;
    const told = parseStatement(before.bytes);
    const facts = asKnown(await statementFacts(tx, community, month, knownThrough), told);
    const statement = restateStatement({ ...facts, previous: before.digest }, told, reason);
    if (statement.restated?.differences.length === 0) {
      throw refuse(
        "NOTHING_TO_RESTATE",
        `${month} 的公示没有变化：已结账的月份里没有属于它的补记或更正。`,
        "请先更正凭证（xinyi correct）并给更正所在的月份结账，再重述。",
        409,
      );
    }
    return keep(tx, statement, { knownThrough, reason, now });
  });
}

export function notPublished(community: string, month: string, revision?: number | string): Error {
  const what = revision === undefined ? `${month} 的收支公示` : `${month} 的第 ${revision} 版收支公示`;
  const remedy = isMonth(month)
    ? `请核对月份与版本；公布过的都列在这个小区的“各月收支公示”里：/c/${community}`
    : "请核对网址里的月份。";
  return refuse("STATEMENT_UNKNOWN", `这个小区没有公布过 ${what}。`, remedy, 404);
}

/** The statement inside published bytes. */
export function parseStatement(bytes: string): Statement {
  return JSON.parse(bytes) as Statement;
}

/** Computes a published statement again from the books: what verify compares with the stored one. */
export async function rebuild(db: Db, published: store.Published, before: store.Published | null): Promise<Statement> {
  const facts = await statementFacts(db, published.community, published.month, published.knownThrough);
  const known = asKnown(facts, parseStatement(published.bytes));
  return before === null
    ? buildStatement(known)
    : restateStatement({ ...known, previous: before.digest }, parseStatement(before.bytes), published.reason);
}

/** Everything a month's statement needs, knowing entries booked through `knownThrough`. */
async function statementFacts(db: Db, community: string, month: Month, knownThrough: Month): Promise<StatementFacts> {
  const known = await findCommunity(db, community);
  const close = await findClose(db, community, month);
  const collection = await collectionIn(db, community, month);
  if (known === null || close === null || collection === null) {
    throw new Error(`${month} of ${community} is not closed`);
  }
  const accounts = await bankAccountsOf(db, community);
  const balances = await ledger.balancesBetween(db, community, firstMonthOfYear(month), month);
  const late = await ledger.lateEntries(db, community, {
    first: firstMonthOfYear(month),
    last: knownThrough,
    occurred: lastDay(month),
  });
  const deed = deedIn(await deedVersionsOf(db, community), month);
  return {
    community: known,
    month,
    balances,
    accounts,
    draws: await drawsBetween(db, community, firstMonthOfYear(month), month),
    sweep: await findSweep(db, community, month),
    bases: { draw: basisOfTerm(deed, "draw"), sweep: basisOfTerm(deed, "sweep") },
    collection,
    budget: await budgetKnownIn(db, community, yearOf(month), month),
    bank: await bankStandings(
      db,
      community,
      month,
      accounts,
      balances.filter((row) => row.month === month),
    ),
    late,
    correctedCodes: await ledger.entryCodes(
      db,
      community,
      late.flatMap((entry) => entry.corrects ?? []),
    ),
    unproven: await ledger.unprovenPayments(db, community, month),
    open: await openMatters(db, community, month),
    lastNumber: await ledger.lastNumber(db, community, month),
    head: close.head,
    previous: (await store.findStatement(db, community, previousMonth(month), 1))?.digest ?? null,
  };
}

/** What was due by the month's end and had not happened then. */
async function openMatters(db: Db, community: string, month: Month): Promise<OpenMatters> {
  const told = ({ count, amount }: { count: number; amount: Fen }): Open => ({ count, amount: toYuan(amount) });
  return {
    revenue: told(await overdueRevenue(db, community, lastDay(month))),
    unratified: told(manyOf(await unratified(db, community, lastDay(month)))),
  };
}

/** The last day on which a month may be published by its deed. */
export async function publicationDue(db: Db, community: string, month: Month): Promise<Day> {
  return dueDay(month, deedIn(await deedVersionsOf(db, community), month).publishBy);
}

/**
 * When it was published and whether in time: whether the month's first revision came by `publishBy` of the next month.
 * A month that was due before the community moved in is history.
 */
export async function publicationOf(db: Db, published: store.Published): Promise<Publication> {
  const first = await store.findStatement(db, published.community, published.month, 1);
  const [publication] = await publicationsOf(db, published.community, [{ published, first: first ?? published }]);
  if (publication === undefined) {
    throw new Error("a statement has no publication");
  }
  return publication;
}

/** The same for many months of a community, each with its first revision. */
export async function publicationsOf(
  db: Db,
  community: string,
  statements: readonly { readonly published: store.Published; readonly first: store.Published }[],
): Promise<Publication[]> {
  const book = await ledger.bookOf(db, community);
  const deeds = await deedVersionsOf(db, community);
  return statements.map(({ published, first }) => {
    const dueOn = dueDay(published.month, deedIn(deeds, published.month).publishBy);
    return {
      digest: published.digest,
      publishedOn: dayAt(published.publishedAt),
      firstPublishedOn: dayAt(first.publishedAt),
      dueOn,
      isHistory: dueOn < book.movedIn,
    };
  });
}

function dueDay(month: Month, publishBy: number): Day {
  const next = nextMonth(month);
  const due = `${next}-${String(publishBy).padStart(2, "0")}`;
  return due > lastDay(next) ? lastDay(next) : day(due);
}

// ---- The payments behind a figure -----------------------------------------------------------------------------------

/** Payments of an account in a published month, as everybody may see them. Their sum is the statement's figure. */
export async function paymentsUnder(db: Db, published: store.Published, account: string): Promise<ToldPayment[]> {
  const { community, month, revision, knownThrough } = published;
  const entries = await ledger.paidUnder(db, community, account, {
    month,
    knownThrough: revision === 1 ? null : knownThrough,
  });
  const released = await releasedEntries(db, community, entries);
  const registered = await personsAmong(db, community, entries);
  const pages = await pagesOfVouchers(db, community, entries);
  return entries.map((entry) => ({
    entry,
    payee: entry.payee === undefined ? "" : publicPayee(entry.payee, registered.get(entry.payee) ?? null),
    sides: sidesFor(released, entry),
    vouchers: (entry.vouchers ?? []).map(({ original }) => ({ sha: original, pages: pages.get(original) ?? 0 })),
  }));
}

function sidesFor(released: readonly ReleasedEntry[], { seq, corrects }: SealedEntry): ReleasedEntry["sides"] {
  const found = released.find((each) =>
    corrects === undefined ? each.corrects === null && each.entry === seq : each.corrects === corrects,
  );
  return found?.sides ?? [];
}

/** Which payees the supplier register knows as a person, and which as none. */
async function personsAmong(db: Db, community: string, entries: readonly SealedEntry[]): Promise<Map<string, boolean>> {
  const names = [...new Set(entries.flatMap((entry) => entry.payee ?? []))];
  const suppliers = await listSuppliers(db, community, { names: names.map(normalName), limit: names.length });
  const isPerson = new Map(suppliers.map((supplier) => [supplier.name, supplier.isPerson]));
  return new Map(
    names.flatMap((name) => {
      const known = isPerson.get(normalName(name));
      return known === undefined ? [] : [[name, known] as const];
    }),
  );
}

async function pagesOfVouchers(
  db: Db,
  community: string,
  entries: readonly SealedEntry[],
): Promise<Map<string, number>> {
  const shas = [...new Set(entries.flatMap((entry) => entry.vouchers ?? []).map(({ original }) => original))];
  const vouchers = shas.length === 0 ? [] : await vouchersOf(db, community, shas);
  return new Map(vouchers.map(({ sha, pages }) => [sha, pages.length]));
}
