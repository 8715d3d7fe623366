// Posting entries against bare inserts of the very rows that posting leaves, one entry per transaction and in batches.
import { month, type Month } from "../../src/base/month.ts";
import { movements, type EntryDraft, type SealedEntry } from "../../src/ledger/rules.ts";
import * as ledger from "../../src/ledger/service.ts";
import { runTx, type Db, type Row } from "../../src/platform/db.ts";
import type { Dialect } from "../support/databases.ts";
import { bareTable, dialects, insertBare, openBare, openEmptyBooks, type Rows } from "./databases.ts";
import { atLeast, inTurn, perSecond, timed, type Bench } from "./measure.ts";
import { foundTown, monthOfTown, NOW, type Town } from "./town.ts";

const TOWN: Town = { code: "town", units: 100, firstMonth: month("2020-01") };
const MONTH: Month = TOWN.firstMonth;
const ROUNDS = 5;
const SINGLES = 200;
const BATCH = 1000;
const BATCHES = 4;

/** In the order in which post writes them. */
const TABLES = ["entry_line", "entry", "balance", "book"];

export async function benchPost(bench: Bench): Promise<void> {
  for (const dialect of dialects(bench)) {
    const ours = await openEmptyBooks(dialect);
    await foundTown(ours.db, TOWN);
    // Each entry appends its rows of balance and book, which in our tables are updated in place: no key there.
    const shapes = await Promise.all(TABLES.map((table) => bareTable(ours.db, table, table.startsWith("entry"))));
    const bare = await openBare(dialect, shapes);
    await measureSingles(bench, dialect, ours.db, bare.db);
    await measureBatches(bench, dialect, ours.db, bare.db);
    await ours.close();
    await bare.close();
  }
}

let posted = 0;

/** Drafts that were never posted before: the next of an endless month. */
function freshDrafts(count: number): EntryDraft[] {
  const drafts = monthOfTown(TOWN, MONTH, posted + count).slice(posted, posted + count);
  posted += count;
  return drafts;
}

async function measureSingles(bench: Bench, dialect: Dialect, ours: Db, bare: Db): Promise<void> {
  let written: SealedEntry[] = [];
  const [post, insert] = await inTurn(
    ROUNDS,
    async () => {
      const drafts = freshDrafts(SINGLES);
      written = [];
      const ms = await timed(async () => {
        for (const draft of drafts) {
          written.push(...(await runTx(ours, TOWN.code, (tx) => ledger.post(tx, TOWN.code, [draft], NOW))));
        }
      });
      return perSecond(SINGLES, ms);
    },
    async () => {
      const transactions: Rows[][] = [];
      for (const entry of written) {
        transactions.push(await rowsOf(ours, [entry]));
      }
      const ms = await timed(async () => {
        for (const rows of transactions) {
          await insertBare(bare, rows);
        }
      });
      return perSecond(SINGLES, ms);
    },
  );
  if (post !== undefined && insert !== undefined) {
    bench.outcome({
      section: "post",
      what: `${dialect}: one entry of two lines per transaction, against bare inserts of its rows`,
      ours: post.rate("entries/s"),
      other: insert.rate("entries/s"),
      ratio: post.median / insert.median,
      goal: atLeast(0.7),
    });
  }
}

async function measureBatches(bench: Bench, dialect: Dialect, ours: Db, bare: Db): Promise<void> {
  let written: SealedEntry[][] = [];
  const [post, insert] = await inTurn(
    ROUNDS,
    async () => {
      const batches = Array.from({ length: BATCHES }, () => freshDrafts(BATCH));
      written = [];
      const ms = await timed(async () => {
        for (const drafts of batches) {
          written.push(await runTx(ours, TOWN.code, (tx) => ledger.post(tx, TOWN.code, drafts, NOW)));
        }
      });
      return perSecond(BATCH * BATCHES, ms);
    },
    async () => {
      const transactions: Rows[][] = [];
      for (const entries of written) {
        transactions.push(await rowsOf(ours, entries));
      }
      const ms = await timed(async () => {
        for (const rows of transactions) {
          await insertBare(bare, rows);
        }
      });
      return perSecond(BATCH * BATCHES, ms);
    },
  );
  if (post !== undefined && insert !== undefined) {
    bench.outcome({
      section: "post",
      what: `${dialect}: ${BATCH} entries per transaction, against bare multi-row inserts of their rows`,
      ours: post.rate("entries/s"),
      other: insert.rate("entries/s"),
      ratio: post.median / insert.median,
      goal: atLeast(0.5),
    });
  }
}

/** The rows that posting these entries at once wrote; the book's update counts as one row. */
async function rowsOf(db: Db, entries: readonly SealedEntry[]): Promise<Rows[]> {
  const { community = "", seq: first = 0, number = 0 } = entries[0] ?? {};
  const last = entries.at(-1);
  const lines: Row[] = await db("entry_line")
    .where({ community, month: MONTH })
    .whereBetween("number", [number, last?.number ?? 0])
    .orderBy(["number", "line"]);
  const rows: Row[] = await db("entry")
    .where({ community })
    .whereBetween("seq", [first, last?.seq ?? 0])
    .orderBy("seq");
  const balances = movements(entries).map((balance): Row => ({ community, ...balance }));
  const book: Row[] = await db("book").where({ community });
  return [
    { table: "entry_line", rows: lines },
    { table: "entry", rows },
    { table: "balance", rows: balances },
    { table: "book", rows: book },
  ];
}
