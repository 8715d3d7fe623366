// Importing and matching 100,000 of the bank's lines, against what parsing the same file alone takes.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { Readable } from "node:stream";
import { parse } from "csv-parse";
import ExcelJS from "exceljs";
import { openDoor } from "../../src/app.ts";
import { importBankFile, uploadBankFile } from "../../src/bankimport/routes.ts";
import { add, fen } from "../../src/base/money.ts";
import { month } from "../../src/base/month.ts";
import { execute, type Asker } from "../../src/door/service.ts";
import type { EntryDraft } from "../../src/ledger/rules.ts";
import type { Db } from "../../src/platform/db.ts";
import { csvText, LAYOUTS, utf8, type Rows, type TrueLine } from "../bankfile/files.ts";
import { personIn } from "../support/people.ts";
import { dialects, openEmptyBooks } from "./databases.ts";
import { atMost, inTurn, timed, type Bench } from "./measure.ts";
import { foundTown, monthOfTown, NOW, postAll, townMonths, type Town } from "./town.ts";

const MONTHS = 40;
const LINES_A_MONTH = 2500;
const ROUNDS = 3;

const townOf = (code: string): Town => ({ code, units: 2500, firstMonth: month("2020-01") });

export async function benchBank(bench: Bench): Promise<void> {
  const drafts = townMonths(townOf("town"), 0, MONTHS).flatMap((each) =>
    monthOfTown(townOf("town"), each, LINES_A_MONTH),
  );
  const rows = bankRows(drafts);
  const csv = utf8(csvText(rows));
  const xlsx = await workbook(rows);
  const count = (rows.length - 1).toLocaleString("en");
  bench.note(`${count} lines: CSV ${megabytes(csv)} MB, XLSX ${megabytes(xlsx)} MB`);
  const files = [
    { name: "CSV", bytes: csv, parse: parseCsv },
    { name: "XLSX", bytes: xlsx, parse: parseXlsx },
  ];
  for (const dialect of dialects(bench)) {
    const books = await openEmptyBooks(dialect);
    const folder = await mkdtemp(path.join(os.tmpdir(), "xinyi-bench-"));
    for (const { name, bytes, parse: parseAlone } of files) {
      const importing = await importer(books.db, folder, { name, bytes, drafts });
      const [ours, alone] = await inTurn(ROUNDS, importing, () => timed(() => parseAlone(bytes)));
      if (ours !== undefined && alone !== undefined) {
        bench.outcome({
          section: "bank",
          what: `${dialect}: import and match ${count} lines of ${name} against as many bookings, against parsing the file alone`,
          ours: ours.ms(),
          other: alone.ms(),
          ratio: ours.median / alone.median,
          // PostgreSQL checks each row's foreign key by a query of its own: a quick parser is no measure for it.
          goal: dialect === "SQLite" || name === "XLSX" ? atMost(6) : null,
        });
      }
    }
    await books.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Times one import into a community of its own that has all the bookings and no line yet. */
async function importer(
  db: Db,
  folder: string,
  file: { readonly name: string; readonly bytes: Uint8Array; readonly drafts: readonly EntryDraft[] },
): Promise<(round: number) => Promise<number>> {
  const door = openDoor(db, { clock: () => NOW, filesFolder: folder });
  const input = { account: "common" };
  const ready: { readonly asker: Asker; readonly sha256: string }[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const code = `town-${file.name.toLowerCase()}-${round}`;
    await foundTown(db, townOf(code));
    await postAll(db, code, file.drafts);
    const { asker } = await personIn(door, code, "trustee");
    const uploads = [{ field: "file", name: `a.${file.name.toLowerCase()}`, bytes: Buffer.from(file.bytes) }];
    ready.push({ asker, sha256: (await execute(door, asker, uploadBankFile, input, { uploads })).sha256 });
  }
  return async (round) => {
    const { asker, sha256 } = ready[round] ?? { asker: undefined, sha256: "" };
    if (asker === undefined) {
      throw new Error(`round ${round} was not made ready`);
    }
    return timed(async () => {
      const done = await execute(door, asker, importBankFile, { ...input, sha256 });
      if (done.added !== file.drafts.length || done.matched !== file.drafts.length) {
        throw new Error(`${done.added} lines came in and ${done.matched} were matched of ${file.drafts.length}`);
      }
    });
  };
}

/** What the bank knows of those bookings, as 建设银行 exports it: every tenth line without a serial, so that words must tell. */
function bankRows(drafts: readonly EntryDraft[]): Rows {
  let balance = fen(9_000_000);
  const lines = drafts
    .toSorted((a, b) => (a.day < b.day ? -1 : 1))
    .map((draft, index): TrueLine => {
      const amount = draft.lines[0]?.amount ?? fen(0);
      const serial = index % 10 === 0 ? "" : (draft.source?.split(":")[1] ?? "");
      balance = add(balance, amount);
      return { day: draft.day, amount, balance, counterparty: draft.payee ?? "", memo: draft.memo, serial };
    });
  return LAYOUTS.find(({ name }) => name === "建设银行")?.rows(lines) ?? [];
}

async function workbook(rows: Rows): Promise<Uint8Array> {
  const folder = await mkdtemp(path.join(os.tmpdir(), "xinyi-bench-"));
  const filename = path.join(folder, "a.xlsx");
  const book = new ExcelJS.stream.xlsx.WorkbookWriter({ filename, useSharedStrings: true });
  const sheet = book.addWorksheet("明细");
  rows.forEach((row) => sheet.addRow([...row]).commit());
  await book.commit();
  const bytes = new Uint8Array(await readFile(filename));
  await rm(folder, { recursive: true, force: true });
  return bytes;
}

async function parseCsv(bytes: Uint8Array): Promise<number> {
  let cells = 0;
  const parser = Readable.from([Buffer.from(bytes)]).pipe(parse());
  for await (const record of parser as AsyncIterable<string[]>) {
    cells += record.length;
  }
  return cells;
}

async function parseXlsx(bytes: Uint8Array): Promise<number> {
  let cells = 0;
  const reader = new ExcelJS.stream.xlsx.WorkbookReader(Readable.from([bytes]), {
    sharedStrings: "cache",
    styles: "cache",
    worksheets: "emit",
  });
  for await (const sheet of reader) {
    for await (const row of sheet) {
      cells += row.cellCount;
    }
  }
  return cells;
}

const megabytes = (bytes: Uint8Array): string => (bytes.length / 1024 / 1024).toFixed(1);
