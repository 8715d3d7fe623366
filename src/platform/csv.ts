// Reads other people's CSV files row by row, whatever their size: UTF-8 (with or without BOM) or GB18030, columns by
// name in any order.
import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import path from "node:path";
import { pipeline, Readable } from "node:stream";
import { parse, type Options } from "csv-parse";
import type { Fault } from "../base/refusal.ts";

/** The names a column's header may carry, and whether the file must have it. */
export interface ColumnSpec {
  readonly names: readonly string[];
  readonly required: boolean;
}

/** A row of a spreadsheet before anybody knows what its columns mean: its line in the file, and its cells' text. */
export interface TextRow {
  readonly line: number;
  readonly cells: readonly string[];
}

/** The columns of a file by their keys in our code. */
export type Columns<C extends string> = Readonly<Record<C, ColumnSpec>>;

/** One row: its line in the file (the header is line 1), and the text of each column, "" where there is none. */
export interface CsvRow<C extends string> {
  readonly file: string;
  readonly line: number;
  readonly cells: Readonly<Record<C, string>>;
  /** The header under which the file has the column, for messages. */
  readonly headers: Readonly<Record<C, string>>;
}

export interface Listener {
  readonly fault: (fault: Fault) => void;
  /** Something a reader should know that is no fault. */
  readonly notice: (text: string) => void;
  /** How many bytes of the file have been read. */
  readonly progress: (file: string, bytes: number, total: number) => void;
}

export const RECORD_BYTES_MAX = 64 * 1024;

/**
 * The rows of a file; none when it does not exist. A fault of the file itself (encoding, header, quotes) goes to the
 * listener and ends the rows; a row with too few or too many cells goes to the listener and is left out.
 */
export async function* readCsv<C extends string>(
  filePath: string,
  columns: Columns<C>,
  listener: Listener,
): AsyncGenerator<CsvRow<C>> {
  const file = path.basename(filePath);
  // Where the last whole row ended, as the parser saw it: a fault lies behind it.
  const parsed = { lines: 0 };
  try {
    const { size } = await stat(filePath);
    const encoding = await detectEncoding(() => createReadStream(filePath));
    if (encoding === "cut" || encoding === "unknown") {
      listener.fault({ file, ...ENCODING_FAULTS[encoding] });
      return;
    }
    const text = decode(filePath, encoding, (bytes) => listener.progress(file, bytes, size));
    const parser = parse(optionsFor(parsed));
    // Errors of the source must arrive where the rows are awaited; pipe() would drop them.
    pipeline(Readable.from(text), parser, () => undefined);
    yield* rowsOf(file, parser as AsyncIterable<Parsed>, columns, listener);
  } catch (error) {
    const fault = fileFault({ file, line: parsed.lines + 1 }, error as NodeJS.ErrnoException);
    if (fault !== null) {
      listener.fault(fault);
    }
  }
}

function optionsFor(parsed: { lines: number }): Options {
  return {
    bom: true,
    info: true,
    relax_column_count: true,
    skip_empty_lines: true,
    record_delimiter: ["\r\n", "\n", "\r"],
    max_record_size: RECORD_BYTES_MAX,
    on_record: (record, { lines }) => {
      parsed.lines = lines;
      return record;
    },
  };
}

interface Parsed {
  readonly record: readonly string[];
  readonly info: { readonly lines: number };
}

/** The line on which a record begins: the parser counts to where it ends. */
function lineOf({ record, info }: Parsed): number {
  return info.lines - (record.join("").match(/\r\n|\r|\n/gu)?.length ?? 0);
}

async function* rowsOf<C extends string>(
  file: string,
  parsed: AsyncIterable<Parsed>,
  columns: Columns<C>,
  listener: Listener,
): AsyncGenerator<CsvRow<C>> {
  let header: Header<C> | null = null;
  for await (const each of parsed) {
    const { record } = each;
    // Spreadsheets leave rows of commas or blanks behind.
    if (record.every((cell) => cell.trim() === "")) {
      continue;
    }
    const line = lineOf(each);
    if (header === null) {
      header = readHeader(file, record.map(cellText), columns, listener);
      if (header === null) {
        return;
      }
    } else if (record.length !== header.width) {
      listener.fault({
        code: "ROW_WIDTH",
        file,
        line,
        value: record.map(cellText).join(","),
        message: `这一行有 ${record.length} 格，表头有 ${header.width} 格。`,
        remedy: "请检查这一行是否被截断，或是否有未加引号的逗号。",
      });
    } else {
      yield { file, line, cells: pick(header.places, record), headers: header.headers };
    }
  }
  if (header === null) {
    listener.fault({
      code: "FILE_EMPTY",
      file,
      line: 1,
      message: "文件是空的，没有表头。",
      remedy: `第一行应为表头：${requiredNames(columns)}。`,
    });
  }
}

interface Header<C extends string> {
  readonly width: number;
  readonly places: Readonly<Record<C, number>>;
  readonly headers: Readonly<Record<C, string>>;
}

function requiredNames(columns: Columns<string>): string {
  return Object.values(columns)
    .filter((column) => column.required)
    .map((column) => column.names[0])
    .join("、");
}

function readHeader<C extends string>(
  file: string,
  names: readonly string[],
  columns: Columns<C>,
  listener: Listener,
): Header<C> | null {
  const keys = Object.keys(columns) as C[];
  const found = keys.map(
    (key) => [key, names.flatMap((name, place) => (columns[key].names.includes(name) ? [place] : []))] as const,
  );
  const faults = found.flatMap(([key, places]): Fault[] => {
    const { names: accepted, required } = columns[key];
    const column = accepted[0] ?? key;
    if (places.length > 1) {
      return [
        { code: "COLUMN_TWICE", file, line: 1, column, message: "表头里出现了两次。", remedy: "请删去重复的一列。" },
      ];
    }
    return places.length === 0 && required
      ? [
          {
            code: "COLUMN_MISSING",
            file,
            line: 1,
            column,
            value: names.join(","),
            message: "表头缺少这一列。",
            remedy: `请在第一行加上列名「${accepted.join("」或「")}」。`,
          },
        ]
      : [];
  });
  for (const fault of faults) {
    listener.fault(fault);
  }
  const known = new Set(keys.flatMap((key) => columns[key].names));
  for (const name of names.filter((each) => each !== "" && !known.has(each))) {
    listener.notice(`${file}：不认识的列「${name}」，已忽略。`);
  }
  if (faults.length > 0) {
    return null;
  }
  return {
    width: names.length,
    places: Object.fromEntries(found.map(([key, places]) => [key, places[0] ?? -1])) as Record<C, number>,
    headers: Object.fromEntries(
      found.map(([key, places]) => [key, names[places[0] ?? -1] ?? columns[key].names[0]]),
    ) as Record<C, string>,
  };
}

// Control characters have no place in a spreadsheet's cell, and PostgreSQL cannot store NUL.
const CONTROL = /[\u0000-\u001f\u007f-\u009f]+/gu;

/** What stands in a cell, on one line and without blanks around it. */
export function cellText(text: string): string {
  return text.replace(CONTROL, " ").trim();
}

function pick<C extends string>(places: Readonly<Record<C, number>>, record: readonly string[]): Record<C, string> {
  const entries = Object.entries<number>(places).map(([key, place]) => [key, cellText(record[place] ?? "")]);
  return Object.fromEntries(entries) as Record<C, string>;
}

/** One cell of a CSV that we write: quoted where needed, and never a formula, half-width or full-width. */
export function csvCell(text: string): string {
  const guarded = /^[=+\-@＝＋－＠\t\r\n]/u.test(text) ? `'${text}` : text;
  return /[",\r\n]/u.test(guarded) ? `"${guarded.replaceAll('"', '""')}"` : guarded;
}

/** A table as a file that Excel reads right: UTF-8 with a byte order mark and CRLF. */
export function csvText(rows: readonly (readonly string[])[]): string {
  return `\uFEFF${rows.map((cells) => `${cells.map(csvCell).join(",")}\r\n`).join("")}`;
}

// ---- Encoding -------------------------------------------------------------------------------------------------

type Encoding = "utf-8" | "gb18030";

/** A source of bytes that can be read from its beginning as often as needed. */
export type Chunks = () => AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

export const ENCODING_FAULTS = {
  unknown: {
    code: "ENCODING_UNKNOWN",
    message: "既不是 UTF-8 也不是 GB18030 编码。",
    remedy: "请用表格软件另存为“CSV UTF-8”。",
  },
  cut: {
    code: "FILE_CUT",
    message: "文件在一个字的中间结束，可能被截断。",
    remedy: "请重新导出或重新复制完整的文件。",
  },
};

/**
 * Which encoding the whole file is in: UTF-8 if it is valid in it, since GB18030 accepts nearly anything; but a few
 * Chinese characters in GB18030 can be valid UTF-8, of letters that no Chinese spreadsheet has. What is UTF-8 up to
 * half a character at its end was cut.
 */
export async function detectEncoding(chunks: Chunks): Promise<Encoding | "cut" | "unknown"> {
  const utf8 = await look(chunks(), "utf-8");
  if (utf8.validity === "cut") {
    return "cut";
  }
  if (utf8.validity === "valid" && !utf8.isOddlyForeign) {
    return "utf-8";
  }
  const gb18030 = await look(chunks(), "gb18030");
  if (gb18030.validity === "valid") {
    return "gb18030";
  }
  return utf8.validity === "valid" ? "utf-8" : "unknown";
}

interface Look {
  readonly validity: "valid" | "cut" | "invalid";
  /** Beyond ASCII there are letters of Latin, Greek, Cyrillic, Hebrew or Arabic kind, and nothing else. */
  readonly isOddlyForeign: boolean;
}

async function look(chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>, encoding: Encoding): Promise<Look> {
  const decoder = new TextDecoder(encoding, { fatal: true });
  let hasForeign = false;
  let hasOther = false;
  let isAtEnd = false;
  try {
    for await (const chunk of chunks) {
      const text = decoder.decode(chunk, { stream: true });
      hasForeign ||= /[\u00c0-\u07ff]/u.test(text);
      hasOther ||= /[\u0080-\u00bf\u00d7\u00f7\u0800-\u{10ffff}]/u.test(text);
    }
    isAtEnd = true;
    decoder.decode();
    return { validity: "valid", isOddlyForeign: hasForeign && !hasOther };
  } catch (error) {
    if (error instanceof TypeError) {
      return { validity: isAtEnd ? "cut" : "invalid", isOddlyForeign: false };
    }
    throw error;
  }
}

async function* decode(filePath: string, encoding: string, progress: (bytes: number) => void): AsyncGenerator<string> {
  const decoder = new TextDecoder(encoding);
  let bytes = 0;
  for await (const chunk of createReadStream(filePath)) {
    bytes += (chunk as Buffer).length;
    progress(bytes);
    yield decoder.decode(chunk as Buffer, { stream: true });
  }
  yield decoder.decode();
}

// ---- Faults of the file ---------------------------------------------------------------------------------------

/** What an error of reading or parsing says to people; null when there is no such file. Throws what is our own fault. */
export function fileFault(place: { file: string; line: number }, error: NodeJS.ErrnoException): Fault | null {
  switch (error.code ?? "") {
    case "ENOENT":
      return null;
    case "CSV_QUOTE_NOT_CLOSED":
      return {
        code: "QUOTE_NOT_CLOSED",
        ...place,
        message: "引号没有闭合，文件可能被截断。",
        remedy: "请重新导出完整的文件，或补上缺少的引号。",
      };
    case "CSV_INVALID_CLOSING_QUOTE":
    case "INVALID_OPENING_QUOTE":
      return {
        code: "QUOTE_MISPLACED",
        ...place,
        message: "引号的位置不对。",
        remedy: "含引号的单元格应整格加引号，里面的引号写两遍。",
      };
    case "CSV_MAX_RECORD_SIZE":
      return {
        code: "ROW_TOO_LONG",
        ...place,
        message: `有一行超过 ${RECORD_BYTES_MAX} 个字节。`,
        remedy: "请检查是否少了引号或换行，或这是否真的是 CSV 文件。",
      };
    default:
      if (/^E[A-Z0-9]+$/.test(error.code ?? "")) {
        return {
          code: "FILE_UNREADABLE",
          file: place.file,
          message: `文件读不出来（${error.code}）。`,
          remedy: "请检查文件权限，以及它是否真的是一个文件。",
        };
      }
      throw error;
  }
}
