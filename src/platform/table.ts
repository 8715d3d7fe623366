// Reads a spreadsheet of somebody else's making into rows of text, whatever program wrote it: CSV in UTF-8, GB18030 or
// UTF-16 with any usual delimiter, or XLSX. What the columns mean is for the rooms to say.
import { pipeline, Readable } from "node:stream";
import { parse } from "csv-parse";
import ExcelJS from "exceljs";
import { Refusal, type Fault } from "../base/refusal.ts";
import { cellText, detectEncoding, ENCODING_FAULTS, fileFault, RECORD_BYTES_MAX, type TextRow } from "./csv.ts";
import { storedPart, unpackedSize, zipParts, zipStream, type ZipPart } from "./zip.ts";

/** One sheet of a file. */
export interface TextTable {
  /** The sheet's name; "" in a file that has only one. */
  readonly name: string;
  /** Rows that hold anything, in their order. */
  readonly rows: readonly TextRow[];
  /** Whether empty cells at a row's end may be left out, as spreadsheets do. */
  readonly isRagged: boolean;
}

const ROWS_MAX = 200_000;
const CELLS_MAX = 100;
/** What 200,000 rows of a bank come to when unpacked; a file that unpacks to more is no spreadsheet. */
const UNPACKED_BYTES_MAX = 256 * 1024 * 1024;
const CHUNK_LENGTH = 64 * 1024;

/** The sheets of a file that hold anything. Refuses what is no spreadsheet, and one that is broken. */
export async function readTables(bytes: Uint8Array, file: string): Promise<TextTable[]> {
  const kind = kindOf(bytes);
  if (kind === "text") {
    return readText(bytes, file);
  }
  if (kind === "zip") {
    return readXlsx(bytes, file);
  }
  throw new Refusal({ file, ...KIND_FAULTS[kind] });
}

// ---- What kind of file it is ----------------------------------------------------------------------------------

type Unreadable = "empty" | "old-excel" | "pdf" | "web-page" | "other";

const SAVE_AS = "请用 Excel 或 WPS 打开它，另存为 .xlsx 或“CSV UTF-8”，再导入另存的文件。";

const KIND_FAULTS: Readonly<Record<Unreadable, Omit<Fault, "file">>> = {
  empty: { code: "FILE_EMPTY", message: "文件是空的。", remedy: "请重新导出，并核对导出的日期范围里有没有流水。" },
  "old-excel": {
    code: "FILE_OLD_EXCEL",
    message: "这是旧版 Excel（.xls）或加了密码的文件，读不了。",
    remedy: SAVE_AS,
  },
  pdf: {
    code: "FILE_PDF",
    message: "这是 PDF，里面的表格不能可靠地读出来。",
    remedy: "请在网上银行改选导出 Excel 或 CSV。",
  },
  "web-page": {
    code: "FILE_WEB_PAGE",
    message: "这个文件虽然叫表格，其实是网页。",
    remedy: SAVE_AS,
  },
  other: { code: "FILE_NO_TABLE", message: "这不是表格文件。", remedy: "请导入网上银行导出的 .xlsx 或 .csv 文件。" },
};

const SIGNATURES: readonly (readonly [bytes: readonly number[], kind: "zip" | Unreadable])[] = [
  [[0x50, 0x4b, 0x03, 0x04], "zip"],
  [[0xd0, 0xcf, 0x11, 0xe0], "old-excel"],
  [[0x25, 0x50, 0x44, 0x46], "pdf"],
];

/** By content: banks call tab-separated text ".xls", and people rename what they like. */
function kindOf(bytes: Uint8Array): "zip" | "text" | Unreadable {
  const known = SIGNATURES.find(([signature]) => signature.every((byte, index) => bytes[index] === byte));
  if (known !== undefined) {
    return known[1];
  }
  const isWide = isUtf16(bytes);
  const start = new TextDecoder(isWide ? "utf-16le" : "latin1").decode(bytes.subarray(0, 1024));
  if (/^\W{0,4}<(?:!doctype|html|head|meta|style|table|\?xml)/iu.test(start.trimStart())) {
    return "web-page";
  }
  if (start.replace(/^(?:\ufeff|ï»¿)/u, "").trim() === "" && bytes.length <= 1024) {
    return "empty";
  }
  return !isWide && start.includes("\0") ? "other" : "text";
}

function isUtf16(bytes: Uint8Array): boolean {
  return bytes[0] === 0xff && bytes[1] === 0xfe;
}

// ---- Text -----------------------------------------------------------------------------------------------------

async function readText(bytes: Uint8Array, file: string): Promise<TextTable[]> {
  const encoding = isUtf16(bytes) ? "utf-16le" : await detectEncoding(() => [bytes]);
  if (encoding === "cut" || encoding === "unknown") {
    throw new Refusal({ file, ...ENCODING_FAULTS[encoding] });
  }
  const text = new TextDecoder(encoding).decode(bytes);
  const rows: TextRow[] = [];
  let line = 1;
  try {
    for await (const record of recordsOf(text)) {
      addRow(rows, { line, cells: record }, file);
      // Empty lines come as records too, so that only line breaks inside cells are left to count.
      line += 1 + record.reduce((breaks, cell) => breaks + lineBreaksIn(cell), 0);
    }
  } catch (error) {
    const fault = fileFault({ file, line }, error as NodeJS.ErrnoException);
    throw fault === null ? error : new Refusal(fault);
  }
  return rows.length === 0 ? [] : [{ name: "", rows, isRagged: false }];
}

const LINE_BREAK = /\r\n|\n|\r/u;

function recordsOf(text: string): AsyncIterable<string[]> | Iterable<string[]> {
  const delimiter = delimiterOf(text.slice(0, CHUNK_LENGTH));
  // Without a quote in the whole file its rows are plainly what lies between line breaks and delimiters.
  if (!text.includes('"')) {
    return plainRecords(text, delimiter);
  }
  const parser = parse({
    delimiter,
    relax_column_count: true,
    // Banks write ="0012" and stray quotes into names.
    relax_quotes: true,
    record_delimiter: ["\r\n", "\n", "\r"],
    max_record_size: RECORD_BYTES_MAX,
  });
  pipeline(Readable.from(piecesOf(text)), parser, () => undefined);
  return parser as AsyncIterable<string[]>;
}

function* plainRecords(text: string, delimiter: string): Generator<string[]> {
  for (const row of text.split(LINE_BREAK)) {
    yield row.split(delimiter);
  }
}

function* piecesOf(text: string): Generator<string> {
  for (let start = 0; start < text.length; start += CHUNK_LENGTH) {
    yield text.slice(start, start + CHUNK_LENGTH);
  }
}

function lineBreaksIn(cell: string): number {
  return cell.includes("\n") || cell.includes("\r") ? (cell.match(/\r\n|\r|\n/gu) ?? []).length : 0;
}

/** Not counted: commas within amounts, and tabs that banks put round numbers so that spreadsheets keep them as text. */
const DELIMITERS: readonly (readonly [delimiter: string, pattern: RegExp])[] = [
  [",", /,(?!\d{3}(?:\D|$))/gu],
  ["\t", /(?<![,"])\t(?![,"\r\n]|$)/gu],
  [";", /;/gu],
  ["|", /\|/gu],
];

function delimiterOf(text: string): string {
  const counts = DELIMITERS.map(([delimiter, pattern]) => ({ delimiter, count: text.match(pattern)?.length ?? 0 }));
  return counts.toSorted((a, b) => b.count - a.count)[0]?.delimiter ?? ",";
}

function addRow(rows: TextRow[], row: TextRow, file: string): void {
  const cells = row.cells.map(cellText);
  if (cells.every((cell) => cell === "")) {
    return;
  }
  if (rows.length >= ROWS_MAX || cells.length > CELLS_MAX) {
    throw new Refusal({
      code: "TABLE_TOO_LARGE",
      file,
      line: row.line,
      message: `超过 ${ROWS_MAX} 行或 ${CELLS_MAX} 列。`,
      remedy: "请按月或按季导出，分几次导入；超宽的行多半不是流水。",
    });
  }
  rows.push({ line: row.line, cells });
}

// ---- XLSX -----------------------------------------------------------------------------------------------------

/** What is read of a workbook, in the order in which the reader needs it: else it guesses, or fails. */
const WORKBOOK_PARTS = ["xl/_rels/workbook.xml.rels", "xl/workbook.xml", "xl/sharedStrings.xml", "xl/styles.xml"];
const SHEET_PART = /^xl\/worksheets\/sheet(\d+)\.xml$/u;
const NO_STRINGS = storedPart("xl/sharedStrings.xml", "<sst/>");

function partsToRead(parts: readonly ZipPart[]): ZipPart[] {
  const numberOf = ({ name }: ZipPart): number => Number(SHEET_PART.exec(name)?.[1] ?? 0);
  const known = WORKBOOK_PARTS.flatMap(
    (name) => parts.find((part) => part.name === name) ?? (name === NO_STRINGS.name ? NO_STRINGS : []),
  );
  const sheets = parts.filter(({ name }) => SHEET_PART.test(name));
  return [...known, ...sheets.toSorted((a, b) => numberOf(a) - numberOf(b))];
}

async function readXlsx(bytes: Uint8Array, file: string): Promise<TextTable[]> {
  const broken = new Refusal({ code: "FILE_BROKEN", file, message: "表格文件打不开，可能不完整。", remedy: SAVE_AS });
  const all = zipParts(bytes);
  if (all === null || !all.some(({ name }) => name.startsWith("xl/"))) {
    throw all === null ? broken : new Refusal({ file, ...KIND_FAULTS.other });
  }
  const parts = partsToRead(all);
  const size = await unpackedSize(parts, UNPACKED_BYTES_MAX).catch(() => Promise.reject(broken));
  if (size > UNPACKED_BYTES_MAX) {
    throw new Refusal({
      code: "TABLE_TOO_LARGE",
      file,
      message: `文件解压后超过 ${UNPACKED_BYTES_MAX / 1024 / 1024} MB。`,
      remedy: "请按月或按季导出，分几次导入。",
    });
  }
  try {
    return await readSheets(zipStream(parts), file);
  } catch (error) {
    throw error instanceof Refusal ? error : broken;
  }
}

async function readSheets(bytes: Buffer, file: string): Promise<TextTable[]> {
  const reader = new ExcelJS.stream.xlsx.WorkbookReader(Readable.from([bytes]), {
    sharedStrings: "cache",
    // Dates are numbers; only their style says so.
    styles: "cache",
    worksheets: "emit",
    hyperlinks: "ignore",
    entries: "ignore",
  });
  const tables: TextTable[] = [];
  for await (const sheet of reader) {
    const rows: TextRow[] = [];
    for await (const row of sheet) {
      const values = Array.isArray(row.values) ? row.values.slice(1, CELLS_MAX + 2) : [];
      addRow(rows, { line: row.number, cells: Array.from(values, textOf) }, file);
    }
    if (rows.length > 0) {
      tables.push({ name: (sheet as unknown as { name?: string }).name ?? "", rows, isRagged: true });
    }
  }
  return tables;
}

/** The text of a cell as its sheet would show it, but with numbers in full. */
function textOf(value: unknown): string {
  if (typeof value === "string") {
    return value;
  }
  if (typeof value === "number") {
    return plainNumber(value);
  }
  if (value instanceof Date) {
    return momentText(value.toISOString());
  }
  if (typeof value === "object" && value !== null) {
    const cell = value as { richText?: { text: string }[]; text?: unknown; result?: unknown };
    return cell.richText === undefined
      ? textOf(cell.result ?? cell.text)
      : cell.richText.map((part) => part.text).join("");
  }
  return "";
}

/** Spreadsheets keep 15 digits: of a longer number the last ones are lost. */
const EXACT_BELOW = 1e15;

/** Without the dust that binary fractions leave: 0.30000000000000004 → "0.3". What lost digits says so: "6.222e+18". */
function plainNumber(value: number): string {
  if (Math.abs(value) >= EXACT_BELOW) {
    return value.toExponential();
  }
  return String(Number(value.toFixed(6)));
}

/** "2026-03-13", with its time where it has one; a time alone lies on the day spreadsheets count from. */
function momentText(iso: string): string {
  const [day = "", time = ""] = iso.slice(0, 19).split("T");
  if (day <= "1900-01-01") {
    return time;
  }
  return time === "00:00:00" ? day : `${day} ${time}`;
}
