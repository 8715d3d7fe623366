// A month's statement out of 100,000 entries, against plain-text accounting programs reading the same journal.
import { execFile } from "node:child_process";
import { createWriteStream } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { promisify } from "node:util";
import { fen, toYuan } from "../../src/base/money.ts";
import { month, type Month } from "../../src/base/month.ts";
import { balancesBetween } from "../../src/ledger/service.ts";
import { net } from "../../src/ledger/rules.ts";
import { closeThrough } from "../../src/period/service.ts";
import type { Db } from "../../src/platform/db.ts";
import { exportJournal } from "../../src/proof/service.ts";
import { statementBytes } from "../../src/statement/rules.ts";
import { findStatement, publishThrough, rebuild, type Published } from "../../src/statement/service.ts";
import { openEmptyBooks } from "./databases.ts";
import { atLeast, inTurn, timed, type Bench, type Series } from "./measure.ts";
import { bringBankLines, foundTown, monthOfTown, NOW, postAll, spanOf, townMonths, type Town } from "./town.ts";

const run = promisify(execFile);

const TOWN: Town = { code: "town", units: 440, firstMonth: month("2020-01") };
const MONTHS = 36;
const ENTRIES_A_MONTH = 2775;
const ROUNDS = 3;
const REPEATS = 10;

export async function benchStatement(bench: Bench): Promise<void> {
  const { db, close } = await openEmptyBooks("SQLite");
  let last = TOWN.firstMonth;
  const building = await timed(async () => (last = await live(db)));
  bench.note(`100,000 entries booked, closed and published in ${(building / 1000).toFixed(1)} s`);
  const folder = await mkdtemp(path.join(os.tmpdir(), "xinyi-bench-"));
  const journal = path.join(folder, "town.journal");
  await pipeline(Readable.from(exportJournal(db, TOWN.code, "hledger", last)), createWriteStream(journal));
  const published = await findStatement(db, TOWN.code, last);
  if (published === null) {
    throw new Error(`${last} was not published`);
  }
  await measure(bench, db, published, journal);
  await rm(folder, { recursive: true, force: true });
  await close();
}

/** Books, closes and publishes every month; answers the last. */
async function live(db: Db): Promise<Month> {
  await foundTown(db, TOWN);
  let balance = fen(9_000_000);
  let last = TOWN.firstMonth;
  for (const each of townMonths(TOWN, 0, MONTHS)) {
    const drafts = monthOfTown(TOWN, each, ENTRIES_A_MONTH);
    await postAll(db, TOWN.code, drafts);
    balance = await bringBankLines(db, TOWN.code, drafts, balance);
    await closeThrough(db, TOWN.code, each, { now: NOW });
    last = each;
  }
  await publishThrough(db, TOWN.code, last, { now: NOW });
  return last;
}

async function measure(bench: Bench, db: Db, published: Published, journal: string): Promise<void> {
  const { month: m } = published;
  const [computed, read] = await inTurn(
    ROUNDS,
    () => averaged(async () => assertSame(statementBytes(await rebuild(db, published, null)), published.bytes)),
    () => averaged(() => findStatement(db, TOWN.code, m, 1)),
  );
  const { begin, end } = spanOf(m);
  const tools = {
    hledger: ["-f", journal, "incomestatement", "-b", begin, "-e", end, "-O", "csv"],
    ledger: ["-f", journal, "balance", "^Income", "^Expenses", "-b", begin, "-e", end],
  };
  for (const [tool, args] of Object.entries(tools)) {
    const missing = await run(tool, ["--version"]).then(
      () => false,
      () => true,
    );
    if (missing) {
      bench.note(`${tool}: not installed, its lines are left out (apt-get install ${tool})`);
      continue;
    }
    await assertSameTotal(db, m, (await runTool(tool, args)).stdout);
    const [theirs] = await inTurn(ROUNDS, () => timed(() => runTool(tool, args)));
    if (theirs !== undefined && computed !== undefined && read !== undefined) {
      report(bench, tool, theirs, { computed, read });
    }
  }
  await noteBeancount(bench, db, m, journal);
}

function report(bench: Bench, tool: string, theirs: Series, ours: { computed: Series; read: Series }): void {
  for (const [how, series] of Object.entries(ours)) {
    bench.outcome({
      section: "statement",
      what: `SQLite: one month of 100,000 entries ${how}, against ${tool} reading the journal`,
      ours: series.ms(),
      other: theirs.ms(),
      ratio: theirs.median / series.median,
      goal: atLeast(50),
    });
  }
}

async function averaged(work: () => Promise<unknown>): Promise<number> {
  const ms = await timed(async () => {
    for (let repeat = 0; repeat < REPEATS; repeat += 1) {
      await work();
    }
  });
  return ms / REPEATS;
}

function assertSame(found: string, expected: string): void {
  if (found !== expected) {
    throw new Error("the statement computed again is not the published one");
  }
}

function runTool(tool: string, args: readonly string[]): Promise<{ stdout: string; stderr: string }> {
  return run(tool, [...args], { maxBuffer: 64 * 1024 * 1024 });
}

/** A program that read something else would be no yardstick: its net of the month must be ours. */
async function assertSameTotal(db: Db, m: Month, output: string): Promise<void> {
  const balances = await balancesBetween(db, TOWN.code, m, m);
  const surplus = net(balances, (row) => row.account >= "4");
  const total = toYuan(fen(Math.abs(surplus)));
  if (!output.replaceAll(",", "").includes(total)) {
    throw new Error(`the month's net ${total} is not in the program's answer:\n${output.slice(-2000)}`);
  }
}

/** Beancount's check is another question than a statement, so it is told once and held against nothing. */
async function noteBeancount(bench: Bench, db: Db, m: Month, journal: string): Promise<void> {
  const file = `${journal}.beancount`;
  await pipeline(Readable.from(exportJournal(db, TOWN.code, "beancount", m)), createWriteStream(file));
  const start = performance.now();
  const failed = await runTool("bean-check", ["--no-cache", file]).then(
    () => null,
    (error: NodeJS.ErrnoException) => error,
  );
  if (failed === null) {
    bench.note(`bean-check reads and checks the same books in ${Math.round(performance.now() - start)} ms`);
  } else {
    bench.note(failed.code === "ENOENT" ? "bean-check: not installed" : `bean-check: ${failed.message.slice(0, 300)}`);
  }
}
