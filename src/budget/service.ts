// The budget: what was adopted, what a resolution changed during the year, and what a month's statement knew of it.
import { negate } from "../base/money.ts";
import type { Month } from "../base/month.ts";
import { openMonth } from "../ledger/rules.ts";
import * as ledger from "../ledger/service.ts";
import type { Db, Tx } from "../platform/db.ts";
import { assertChange, plannedBy, type BudgetLine, type ChangeWish, type YearBudget } from "./rules.ts";
import * as store from "./store.ts";

export {
  adoptedLines,
  budgetKnownIn,
  budgetOf,
  budgetQuestion,
  budgetYears,
  insertRemark,
  remarksOf,
  type Recorded,
} from "./store.ts";

/** Keeps lines as they were adopted; statements of months that are closed by then go on without them. */
export async function insertBudget(tx: Tx, community: string, lines: readonly BudgetLine[]): Promise<void> {
  const book = await ledger.findBook(tx, community);
  await store.insertLines(tx, community, lines, book === null || book.closedThrough === "" ? "" : openMonth(book));
}

/** A year's budget and its changes; `known`: what was known of it when that month closed. */
export async function yearBudget(db: Db, community: string, year: number, known?: Month): Promise<YearBudget> {
  return {
    lines: await store.adoptedLines(db, community, year, known),
    changes: await store.changesOf(db, community, year),
  };
}

/** Refuses a change that could not be made now. */
async function assertChangeable(db: Db, community: string, wish: ChangeWish): Promise<void> {
  const book = await ledger.bookOf(db, community);
  const planned = plannedBy(await store.budgetOf(db, community, wish.year));
  assertChange(wish, { planned, closedThrough: book.closedThrough });
}

/** Changes the year's budget as a resolution decided. Requests are held against it at once, statements from now on. */
export async function changeBudget(
  tx: Tx,
  community: string,
  wish: ChangeWish,
  decided: { readonly resolution: string } & store.Recorded,
): Promise<void> {
  await assertChangeable(tx, community, wish);
  const knownFrom = openMonth(await ledger.bookOf(tx, community));
  const { year, reason, source } = wish;
  const { resolution, by, at } = decided;
  const rows = wish.changes.map((line) => ({ ...line, year, reason, source, resolution, knownFrom }));
  await store.insertChange(tx, community, rows, { by, at });
}

/** Takes a year's budget back whose resolution was voided: nothing of it may be spent any more. A closed year stays. */
export async function withdrawBudget(
  tx: Tx,
  community: string,
  year: number,
  decided: { readonly resolution: string } & store.Recorded,
): Promise<void> {
  const book = await ledger.bookOf(tx, community);
  const left = (await store.budgetOf(tx, community, year)).filter(({ amount }) => amount !== 0);
  if (book.closedThrough >= `${year}-12` || left.length === 0) {
    return;
  }
  const { resolution, by, at } = decided;
  const about = { year, reason: `决议 ${resolution} 已作废`, source: "lines", resolution } as const;
  const knownFrom = openMonth(book);
  const rows = left.map(({ account, amount }) => ({ ...about, account, amount: negate(amount), knownFrom }));
  await store.insertChange(tx, community, rows, { by, at });
}

/**
 * Takes back what a voided resolution changed of budgets, by new rows. A year that is closed stays as it ended; what was
 * moved on since refuses, since a line would be negative.
 */
export async function takeBackChanges(
  tx: Tx,
  community: string,
  decided: { readonly resolution: string } & store.Recorded,
): Promise<void> {
  const { closedThrough } = await ledger.bookOf(tx, community);
  const rows = await store.changesBy(tx, community, decided.resolution);
  for (const id of new Set(rows.map((row) => row.id))) {
    const own = rows.filter((row) => row.id === id);
    const [{ year, source } = { year: 0, source: "reserve" as const }] = own;
    const changes = own.map(({ account, amount }) => ({ account, amount: negate(amount) }));
    if (closedThrough < `${year}-12`) {
      await changeBudget(
        tx,
        community,
        { year, source, changes, reason: `决议 ${decided.resolution} 已作废` },
        decided,
      );
    }
  }
}
