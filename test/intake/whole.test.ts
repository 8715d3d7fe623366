// All of a folder or nothing: imports that are killed, that meet each other, and that are large.
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { openBooks } from "../../src/app.ts";
import { Refusal } from "../../src/base/refusal.ts";
import { importFolder } from "../../src/intake/service.ts";
import type { Db } from "../../src/platform/db.ts";
import { verifyCommunity } from "../../src/proof/service.ts";
import { DIALECTS, useBooks } from "../support/databases.ts";
import { listening, SMALL_COMMUNITY, smallFolder, writeFolder } from "../support/folders.ts";

const CLI = path.resolve("src/cli.ts");
const HEADER = "日期,账户,科目,金额,房号,摘要,流水号\n";
const MEGABYTE = 1_000_000;

function row(i: number): string {
  const day = `2020-${String((i % 3) + 1).padStart(2, "0")}-${String((i % 28) + 1).padStart(2, "0")}`;
  return `${day},common,4002,${(i % 500) + 1}.00,,停车费 地下二层 ${i},S${i}\n`;
}

/** A folder whose receipts.csv has that many rows. */
function largeFolder(code: string, rows: number, rowText = row): string {
  const folder = writeFolder({
    "community.json": JSON.stringify({ ...SMALL_COMMUNITY, code }),
    "receipts.csv": HEADER,
  });
  const text: string[] = [];
  for (let i = 0; i < rows; i += 1) {
    text.push(rowText(i));
  }
  appendFileSync(path.join(folder, "receipts.csv"), text.join(""));
  return folder;
}

function startImport(url: string, folder: string): ChildProcess {
  return spawn(process.execPath, ["--import", "tsx", CLI, "import", folder], {
    env: { ...process.env, DATABASE_URL: url },
    stdio: ["ignore", "pipe", "pipe"],
  });
}

/** How a process ended: its exit code, what it said, and the most memory it held, in megabytes. */
async function ended(child: ChildProcess): Promise<{ code: number | null; said: string; peak: number }> {
  let said = "";
  let peak = 0;
  child.stdout?.on("data", (text: Buffer) => (said += text.toString()));
  child.stderr?.on("data", (text: Buffer) => (said += text.toString()));
  const watch = setInterval(() => (peak = Math.max(peak, peakOf(child))), 50);
  const [code] = (await once(child, "close")) as [number | null];
  clearInterval(watch);
  return { code, said, peak };
}

/** Linux keeps the high-water mark of a process; elsewhere the figure is not looked at. */
function peakOf(child: ChildProcess): number {
  try {
    const status = readFileSync(`/proc/${child.pid}/status`, "utf8");
    return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}

async function entries(db: Db, code: string): Promise<number> {
  const answer = await db("entry").where({ community: code }).count({ found: "*" }).first();
  return Number(answer?.["found"]);
}

for (const dialect of DIALECTS) {
  describe(`an import on ${dialect}`, function () {
    this.timeout(60_000);
    const books = useBooks(dialect);

    it("that is killed half-way leaves nothing, and can be run again", async () => {
      const child = startImport(books.url, largeFolder("killed", 30_000));
      const end = ended(child);
      await underWay(books.db, books.url, child);
      child.kill("SIGKILL");
      expect((await end).code, "exit code of a killed process").to.equal(null);

      const again = await openBooks(books.url);
      for (const table of ["community", "book", "bank_account", "deed", "entry", "entry_line", "balance"]) {
        expect(await again(table), table).to.deep.equal([]);
      }
      const small = { ...smallFolder(), "community.json": JSON.stringify({ ...SMALL_COMMUNITY, code: "killed" }) };
      const report = await importFolder(again, writeFolder(small), listening());
      expect(report.added).to.include({ 小区: 1, "receipts.csv": 4 });
      expect((await verifyCommunity(again, "killed")).faults).to.deep.equal([]);
      await again.destroy();
    });

    it("of a new community that meets another import of it adds one set of rows", async () => {
      const folder = writeFolder({
        ...smallFolder(),
        "community.json": JSON.stringify({ ...SMALL_COMMUNITY, code: "met" }),
      });
      const children = [startImport(books.url, folder), startImport(books.url, folder)];
      const ends = await Promise.all(children.map(ended));
      expect(
        ends.map((end) => end.code),
        ends.map((end) => end.said).join(""),
      ).to.deep.equal([0, 0]);
      // An opening entry, four receipts, two payments, a transfer.
      expect(await entries(books.db, "met")).to.equal(8);
      expect(ends.filter((end) => end.said.includes("没有新内容"))).to.have.length(1);
      expect((await verifyCommunity(books.db, "met")).faults).to.deep.equal([]);
    });

    it("of a new community three times at once in one process adds one set of rows", async () => {
      const folder = writeFolder({
        ...smallFolder(),
        "community.json": JSON.stringify({ ...SMALL_COMMUNITY, code: "thrice" }),
      });
      const reports = await Promise.all([1, 2, 3].map(() => importFolder(books.db, folder, listening())));
      expect(reports.filter((report) => report.added["小区"] === 1)).to.have.length(1);
      expect(await entries(books.db, "thrice")).to.equal(8);
    });

    it("that fails after a good one leaves the good one as it was", async () => {
      const good: Record<string, string | Uint8Array> = {
        ...smallFolder(),
        "community.json": JSON.stringify({ ...SMALL_COMMUNITY, code: "kept" }),
      };
      await importFolder(books.db, writeFolder(good), listening());
      const book: unknown = await books.db("book").where({ community: "kept" }).first();
      const receipts = `${String(good["receipts.csv"])}2020-02-08,common,4002,1.00,,,N1\n2020-02-30,common,4002,1.00,,,N2\n`;
      const error: unknown = await importFolder(
        books.db,
        writeFolder({ ...good, "receipts.csv": receipts }),
        listening(),
      ).catch((reason: unknown) => reason);
      expect(error).to.be.instanceOf(Refusal);
      expect(await books.db("book").where({ community: "kept" }).first()).to.deep.equal(book);
      expect(await entries(books.db, "kept")).to.equal(8);
    });
  });
}

/** Waits until the child has written rows that it has not committed: SQLite's log or a PostgreSQL session shows them. */
async function underWay(db: Db, url: string, child: ChildProcess): Promise<void> {
  while (child.exitCode === null) {
    if (url.startsWith("sqlite:")) {
      const wal = statSync(`${url.slice("sqlite:".length)}-wal`, { throwIfNoEntry: false });
      if ((wal?.size ?? 0) > 2 * MEGABYTE) {
        return;
      }
    } else {
      const { rows } = await db.raw(
        `select 1 from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()
         and backend_xid is not null and clock_timestamp() - xact_start > interval '300 milliseconds'`,
      );
      if (rows.length > 0) {
        return;
      }
    }
    await sleep(10);
  }
  throw new Error("the import ended before it could be killed");
}

describe("a file of 30 megabytes", function () {
  this.timeout(60_000);
  const books = useBooks("SQLite");
  const PEAK_MAX = 500;

  it("of garbage is refused in bounded memory, with the first faults and the number of the others", async () => {
    const folder = largeFolder(
      "garbage",
      120_000,
      (i) => `2020-02-30,nowhere,9999,1e3,999,${"垃圾".repeat(33)},S${i}\n`,
    );
    const { code, said, peak } = await ended(startImport(books.url, folder));
    expect(code).to.equal(1);
    expect(said.split("\n")[0]).to.equal(
      'receipts.csv 第 2 行「日期」 "2020-02-30"：日历上没有这一天。怎么办：请写成 YYYY-MM-DD，例如 2020-03-31。',
    );
    // Five faults a row; five hundred are listed.
    expect(said).to.include("还有 599500 处问题没有列出。");
    expect(peak).to.be.lessThan(PEAK_MAX);
    expect(await books.db("community")).to.deep.equal([]);
  });

  it("without one line end is refused at once", async () => {
    const folder = largeFolder("endless", 1);
    appendFileSync(path.join(folder, "receipts.csv"), "长".repeat(10 * MEGABYTE));
    const { code, said, peak } = await ended(startImport(books.url, folder));
    expect(code).to.equal(1);
    expect(said).to.include("receipts.csv 第 3 行：有一行超过 65536 个字节。");
    expect(peak).to.be.lessThan(PEAK_MAX);
  });
});
