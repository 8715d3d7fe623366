// The one door to money: every amount that ever counts in a community goes through post().
import { fen, type Fen } from "../base/money.ts";
import { monthOf, nextMonth, previousMonth, type Day, type Month } from "../base/month.ts";
import { refuse } from "../base/refusal.ts";
import type { Db, Tx } from "../platform/db.ts";
import {
  bankTwinKey,
  carryForward,
  CHAIN_START,
  correct,
  inOpenMonth,
  isCarried,
  movements,
  net,
  openMonth,
  parseEntryCode,
  sameContent,
  seal,
  type Balance,
  type Book,
  type EntryDraft,
  type EntryVoucher,
  type SealedEntry,
} from "./rules.ts";
import * as store from "./store.ts";

export {
  balancesBetween,
  bookQuestion,
  bankMovements,
  bookedUnder,
  correctedBy,
  entriesAfter,
  entriesBySource,
  entryAt,
  entryCodes,
  entryDays,
  findBook,
  invoicesQuestion,
  journalOfMonth,
  lastNumber,
  lateEntries,
  linesOnAccount,
  monthsInBooks,
  paidQuestion,
  paidUnder,
  paymentsQuestion,
  standingsNow,
  paymentsTo,
  unitsOfEntries,
  unprovenPayments,
  type BankMovement,
  type Standing,
} from "./store.ts";

/** Opens an empty book. `movedIn` is the day the community begins to use it. */
export async function openBook(tx: Tx, community: string, firstMonth: Month, movedIn: Day): Promise<void> {
  await store.insertBook(tx, { community, firstMonth, closedThrough: "", seq: 0, head: CHAIN_START, movedIn });
}

/**
 * Posts drafts in their order: numbers them, chains them, and keeps the balances. Must run inside runTx of the
 * community. Refuses a draft whose day lies in a closed month; then nothing of the transaction may be kept.
 * `now` only dates the record; it is outside the chain.
 */
export async function post(
  tx: Tx,
  community: string,
  drafts: readonly EntryDraft[],
  now: Date,
): Promise<SealedEntry[]> {
  if (drafts.length === 0) {
    return [];
  }
  const months = [...new Set(drafts.map((draft) => monthOf(draft.day)))];
  const facts = await store.bookAndNumbers(tx, community, months);
  if (facts === null) {
    throw new Error(`community ${community} has no book`);
  }
  const entries = seal(facts.book, facts.lastNumbers, drafts);
  await store.insertEntries(tx, entries, movements(entries), now.toISOString());
  return entries;
}

/** What became of drafts that may have come before, by their index. */
export interface PostedOnce {
  readonly posted: ReadonlySet<number>;
  /** How many had come before with the same content. */
  readonly known: number;
  /** Those whose source is taken by an entry of other content: that entry. */
  readonly conflicts: ReadonlyMap<number, EntryDraft>;
  /** New ones whose month is closed. */
  readonly closed: ReadonlySet<number>;
  readonly openMonth: Month;
}

/**
 * Posts the drafts whose source is new and whose month is open, and says what became of the others. Each draft names
 * its source; the same source with the same content is the same booking, whenever it comes again. With `takeLate`, a
 * draft of a closed month is booked in the open one, as a late entry that keeps its day.
 */
export async function postOnce(
  tx: Tx,
  community: string,
  drafts: readonly EntryDraft[],
  at: { readonly now: Date; readonly takeLate: boolean },
): Promise<PostedOnce> {
  const book = await bookOf(tx, community);
  const sources = [...new Set(drafts.flatMap((draft) => [sourceOf(draft), bankTwinKey(draft)]))];
  const taken = new Map<string, EntryDraft>(
    (await store.entriesBySource(tx, community, sources)).map((entry) => [sourceOf(entry), entry]),
  );
  const conflicts = new Map<number, EntryDraft>();
  const closed = new Set<number>();
  const posted = new Set<number>();
  for (const [index, draft] of drafts.entries()) {
    const before = taken.get(sourceOf(draft)) ?? taken.get(bankTwinKey(draft));
    taken.set(sourceOf(draft), before ?? draft);
    if (before !== undefined && !sameContent({ ...before, source: sourceOf(draft) }, draft)) {
      conflicts.set(index, before);
    } else if (before === undefined) {
      const isClosed = monthOf(draft.day) < openMonth(book);
      (isClosed && !at.takeLate ? closed : posted).add(index);
    }
  }
  const fresh = drafts.filter((_, index) => posted.has(index));
  await post(
    tx,
    community,
    fresh.map((draft) => inOpenMonth(book, draft)),
    at.now,
  );
  const known = drafts.length - posted.size - closed.size - conflicts.size;
  return { posted, known, conflicts, closed, openMonth: openMonth(book) };
}

function sourceOf(draft: EntryDraft): string {
  if (draft.source === undefined) {
    throw new Error(`“${draft.memo}” of ${draft.day} has no source to be recognised by`);
  }
  return draft.source;
}

/** The community's book, or a refusal that names it. */
export async function bookOf(db: Db, community: string): Promise<Book> {
  const book = await store.findBook(db, community);
  if (book === null) {
    throw unknownCommunity(community);
  }
  return book;
}

export function unknownCommunity(code: string): Error {
  return refuse(
    "COMMUNITY_UNKNOWN",
    `没有代码为「${code}」的小区。`,
    "请核对小区代码（community.json 里的 code），或先用 xinyi import 导入。",
    404,
  );
}

/** Which entry is wrong, why, and under which account its money belongs ("" or absent: it is only reversed). */
export interface Correction {
  readonly code: string;
  readonly reason: string;
  readonly account?: string;
  /** The key under which its first entry, the reversal, is recognised, and what proves it. */
  readonly source?: string;
  readonly vouchers?: readonly EntryVoucher[];
}

/**
 * Corrects a booked entry in the open month: reverses it, and books it again under another account when one is
 * given. Both name their reason and the entry they correct (contract section 4).
 */
export async function correctEntry(tx: Tx, community: string, wish: Correction, now: Date): Promise<SealedEntry[]> {
  const [first, ...rest] = await correctionOf(tx, community, wish);
  const { source, vouchers } = wish;
  const about = { ...(source === undefined ? {} : { source }), ...(vouchers === undefined ? {} : { vouchers }) };
  return post(tx, community, first === undefined ? rest : [{ ...first, ...about }, ...rest], now);
}

/** What a correction would book, or the refusal of one that cannot be. */
export async function correctionOf(db: Db, community: string, wish: Correction): Promise<EntryDraft[]> {
  const book = await bookOf(db, community);
  const at = parseEntryCode(wish.code);
  const wrong = at === null ? null : await store.entryAt(db, community, at);
  if (wrong === null) {
    throw refuse(
      "ENTRY_UNKNOWN",
      `没有凭证号为「${wish.code}」的记账凭证。`,
      "凭证号形如 2020-03-0012，可在导出的账簿中查到。",
      404,
    );
  }
  if (wish.reason.trim() === "") {
    throw refuse("REASON_MISSING", "更正没有写明原因。", "请用 --reason 写明为什么更正，它会随记账凭证永久保存。");
  }
  if (await store.isCorrected(db, community, wrong.seq)) {
    throw refuse(
      "ENTRY_CORRECTED",
      `记账凭证 ${wish.code} 已经更正过。`,
      "请查看更正它的记账凭证；如更正有误，请重新登记正确的收付款。",
      409,
    );
  }
  return correct(book, wrong, wish.reason, wish.account);
}

/** Ends the month for entries and carries the balances into the next. The month must be the open one. */
export async function lockMonth(tx: Tx, community: string, month: Month): Promise<Book> {
  const book = await bookOf(tx, community);
  if (month !== openMonth(book)) {
    throw new Error(`${month} of ${community} is not the open month`);
  }
  // Opening balances are booked on the eve of the first month; they are carried once, with the first close.
  if (book.closedThrough === "") {
    await carry(tx, community, previousMonth(month));
  }
  await carry(tx, community, month);
  await store.setClosedThrough(tx, community, month);
  return book;
}

async function carry(tx: Tx, community: string, month: Month): Promise<void> {
  const balances = await store.balancesBetween(tx, community, month, month);
  await store.addBalances(tx, community, carryForward(balances, nextMonth(month)));
}

/**
 * What balance-sheet accounts stand at when a month ends. Reads only that month's rows once the month before is
 * closed, so that the cost does not grow with history; while earlier months are open it adds theirs.
 */
export async function balancesAt(db: Db, book: Book, month: Month): Promise<Balance[]> {
  const first = book.closedThrough === "" ? previousMonth(book.firstMonth) : nextMonth(book.closedThrough);
  return store.balancesBetween(db, book.community, first < month ? first : month, month);
}

/** Debit minus credit of one account of one fund over those balances. */
export function standing(balances: readonly Balance[], fund: string, account: string): Fen {
  if (!isCarried(account)) {
    throw new Error(`account ${account} is counted by month and has no standing`);
  }
  return fen(net(balances, (row) => row.fund === fund && row.account === account));
}
