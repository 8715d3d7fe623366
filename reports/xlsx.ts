// The statement as an Excel workbook: a cover and one sheet per table, with figures as numbers that can be added up.
// The same model gives the same bytes, like the PDF, so that the file can be checked against another copy.
import ExcelJS from "exceljs";
import type { StatementPage, Table, TableRow } from "../src/statement/page.ts";

/** A fixed instant: the statement's own days are written on the cover, and a changing one would change the bytes. */
const MADE_ON = new Date(Date.UTC(2000, 0, 1));
const FONT = "Microsoft YaHei";
const COLOUR = {
  accent: "FF0F5A56",
  shade: "FFEEF3F3",
  quiet: "FF5B6770",
  warning: "FF8A4A08",
  warningShade: "FFFCF4E6",
  rule: "FFD3DADE",
};

/** Writes the workbook. */
export async function statementXlsx(page: StatementPage): Promise<Buffer> {
  const book = new ExcelJS.Workbook();
  book.creator = "信义账 Xinyi";
  book.lastModifiedBy = "信义账 Xinyi";
  book.title = page.title;
  book.company = page.trustee;
  book.created = MADE_ON;
  book.modified = MADE_ON;
  addCover(book, page);
  for (const table of page.tables) {
    addTable(addSheet(book, table.title, page), table);
  }
  return withFixedDates(Buffer.from(await book.xlsx.writeBuffer()));
}

// ---- Sheets --------------------------------------------------------------------------------------------------

const SHEET_NAME_MAX = 31;
/** A4 in the numbering of printer drivers, which Excel uses. */
const A4 = 9;

/** Excel refuses some signs and long or repeated names of sheets. */
function sheetName(book: ExcelJS.Workbook, title: string): string {
  const plain = title.replace(/[[\]:*?/\\']/g, " ").trim() || "表";
  const isFree = (name: string): boolean => book.getWorksheet(name) === undefined;
  for (let number = 1; ; number += 1) {
    const suffix = number === 1 ? "" : ` ${number}`;
    const name = plain.slice(0, SHEET_NAME_MAX - suffix.length) + suffix;
    if (isFree(name)) {
      return name;
    }
  }
}

/** A sheet that prints on A4 as wide as the page, with the community, the month and the digest on every page. */
function addSheet(book: ExcelJS.Workbook, title: string, page: StatementPage): ExcelJS.Worksheet {
  // In a footer "&" begins a code of Excel's; doubled it is itself. The space after the size keeps a name that begins
  // with a figure from enlarging it.
  const plain = (text: string): string => text.replaceAll("&", "&&");
  const sheet = book.addWorksheet(sheetName(book, title), {
    pageSetup: {
      orientation: "portrait",
      fitToPage: true,
      fitToWidth: 1,
      fitToHeight: 0,
      margins: { left: 0.6, right: 0.6, top: 0.6, bottom: 0.8, header: 0.3, footer: 0.3 },
    },
    headerFooter: {
      oddFooter: `&L&8 ${plain(page.community)} ${plain(page.monthWords)} 第 ${page.revision} 版\nSHA-256 ${page.digest}&R&8 第 &P 页 / 共 &N 页`,
    },
  });
  // The types want a member of an enum that does not exist at run time.
  Object.assign(sheet.pageSetup, { paperSize: A4 });
  return sheet;
}

const COVER = "公示";

function addCover(book: ExcelJS.Workbook, page: StatementPage): void {
  const sheet = addSheet(book, COVER, page);
  sheet.columns = [{ width: 20 }, { width: 70 }];
  addTitle(sheet, page.title, "各张表与网页、PDF 上的数字相同。");
  sheet.views = [{ state: "frozen", ySplit: 2, showGridLines: false }];
  const facts = [
    ["小区", page.community],
    ["委托人", page.principal],
    ["受托人", page.trustee],
    ["月份", page.monthWords],
    ["版本", `第 ${page.revision} 版`],
    ...(page.isRestated ? [["重述原因", page.restatedReason]] : []),
    ["公布日", page.publishedOn],
    ["是否按时", page.punctuality],
    ["凭证", page.entries],
    ["校验码", page.checkCode],
    ["完整校验码（SHA-256）", page.digest],
    ...(page.previousDigest === "" ? [] : [["前一份公示的校验码（SHA-256）", page.previousDigest]]),
    ...page.summary.map((sentence) => ["概要", sentence]),
  ];
  for (const fact of facts) {
    const row = sheet.addRow(fact);
    row.font = { name: FONT, size: 11 };
    row.getCell(1).font = { name: FONT, size: 11, color: { argb: COLOUR.quiet } };
    row.alignment = { vertical: "top", wrapText: true };
  }
  addNotices(sheet, page);
}

function addNotices(sheet: ExcelJS.Worksheet, page: StatementPage): void {
  const notices = page.hasExceptions ? page.exceptions : ["本月没有需要注意的事项。"];
  notices.forEach((text) => {
    const row = sheet.addRow(["需要注意", text]);
    row.font = { name: FONT, size: 11, color: { argb: page.hasExceptions ? COLOUR.warning : COLOUR.quiet } };
    row.alignment = { vertical: "top", wrapText: true };
  });
}

function addTitle(sheet: ExcelJS.Worksheet, title: string, note: string): void {
  const heading = sheet.addRow([title]);
  heading.font = { name: FONT, size: 16, bold: true, color: { argb: COLOUR.accent } };
  heading.height = 28;
  const explanation = sheet.addRow([note]);
  explanation.font = { name: FONT, size: 9, color: { argb: COLOUR.quiet } };
}

// ---- Tables --------------------------------------------------------------------------------------------------

const HEAD_ROW = 3;

function addTable(sheet: ExcelJS.Worksheet, table: Table): void {
  const hasMarks = table.rows.some((row) => row.mark !== "");
  addTitle(sheet, table.title, table.note);
  addHead(sheet, table, hasMarks);
  table.rows.forEach((row) => addRow(sheet, table, hasMarks ? { ...row, cells: [...row.cells, row.mark] } : row));
  setWidths(sheet, table);
  sheet.views = [{ state: "frozen", ySplit: HEAD_ROW, showGridLines: false }];
  sheet.pageSetup.printTitlesRow = `${HEAD_ROW}:${HEAD_ROW}`;
}

function addHead(sheet: ExcelJS.Worksheet, table: Table, hasMarks: boolean): void {
  const head = sheet.addRow([...table.columns.map((column) => column.label), ...(hasMarks ? ["提示"] : [])]);
  head.eachCell((cell, column) => {
    cell.font = { name: FONT, size: 10, bold: true, color: { argb: COLOUR.accent } };
    cell.fill = { type: "pattern", pattern: "solid", fgColor: { argb: COLOUR.shade } };
    cell.border = { bottom: { style: "medium", color: { argb: COLOUR.accent } } };
    cell.alignment = { horizontal: isFigure(table, column) ? "right" : "left", vertical: "middle", wrapText: true };
  });
}

const isFigure = (table: Table, column: number): boolean => table.columns[column - 1]?.numeric === true;

function addRow(sheet: ExcelJS.Worksheet, table: Table, row: TableRow): void {
  const line = sheet.addRow([]);
  row.cells.forEach((text, index) => {
    const cell = line.getCell(index + 1);
    const value = isFigure(table, index + 1) ? figureOf(text) : { value: text, format: "@" };
    if (text !== "") {
      cell.value = value.value;
      cell.numFmt = value.format;
    }
    cell.font = {
      name: FONT,
      size: 10,
      bold: row.total,
      ...(index === table.columns.length ? { color: { argb: COLOUR.warning } } : {}),
    };
    cell.alignment = {
      horizontal: isFigure(table, index + 1) ? "right" : "left",
      vertical: "top",
      wrapText: !isFigure(table, index + 1),
    };
    cell.border = {
      bottom: { style: "thin", color: { argb: COLOUR.rule } },
      ...(row.total ? { top: { style: "thin", color: { argb: COLOUR.quiet } } } : {}),
    };
    if (row.mark !== "") {
      cell.fill = { type: "pattern", pattern: "solid", fgColor: { argb: COLOUR.warningShade } };
    }
  });
}

const FIGURE = /^(\u2212?)(\d{1,3}(?:,\d{3})*)((?:\.\d+)?)( %| 笔)?$/;

/**
 * The number that the text shows, with the format that shows it so again: amounts, counts, "93.2 %", "3 笔". Anything
 * else, and an amount so large that Excel's numbers would lose a fen, stays text.
 */
function figureOf(text: string): { value: number | string; format: string } {
  const [, minus = "", whole = "", decimals = "", unit = ""] = FIGURE.exec(text) ?? [];
  const plain = `${minus === "" ? "" : "-"}${whole.replaceAll(",", "")}${decimals}`;
  const places = Math.max(0, decimals.length - 1);
  // Excel keeps 15 digits of a number.
  if (whole === "" || Number(plain).toFixed(places) !== plain || plain.replace(/\D/g, "").length > 15) {
    return { value: text, format: "@" };
  }
  const zeros = places === 0 ? "" : `.${"0".repeat(places)}`;
  if (unit === " %") {
    // The decimal point moves in the text, since a division by 100 would leave a remainder.
    return { value: Number(`${plain}e-2`), format: `0${zeros}%` };
  }
  return { value: Number(plain), format: unit === "" ? `#,##0${zeros}` : `0"${unit}"` };
}

const WIDTH_MAX = 44;
const WIDTH_MIN = 13;

/** Columns as wide as their widest text, long words up to a limit and then in several lines. */
function setWidths(sheet: ExcelJS.Worksheet, table: Table): void {
  sheet.columns.forEach((column, index) => {
    const texts = [
      table.columns[index]?.label ?? "提示",
      ...table.rows.map((row) => (index < table.columns.length ? (row.cells[index] ?? "") : row.mark)),
    ];
    const widest = Math.max(...texts.map(spaces));
    column.width = Math.max(WIDTH_MIN, isFigure(table, index + 1) ? widest + 3 : Math.min(WIDTH_MAX, widest + 3));
  });
}

/** How many columns of a typewriter a text takes: a Chinese character takes two. */
function spaces(text: string): number {
  return [...text].reduce((sum, character) => sum + (/[\u0000-\u02ff\u2212]/.test(character) ? 1 : 2), 0);
}

// ---- The archive ---------------------------------------------------------------------------------------------

const END_RECORD = 0x06054b50;
const CENTRAL_RECORD_LENGTH = 46;
/** 1 January 2000, 00:00, as a zip archive writes it. */
const ZIP_DATE = ((2000 - 1980) << 9) | (1 << 5) | 1;

/**
 * exceljs dates every file in the archive at the moment of writing and has no setting for it. The dates stand in two
 * places per file, the local head and the central directory (APPNOTE 4.3.7, 4.3.12); both are overwritten.
 */
function withFixedDates(archive: Buffer): Buffer {
  const end = archive.lastIndexOf(Buffer.from([0x50, 0x4b, 0x05, 0x06]));
  if (end < 0 || archive.readUInt32LE(end) !== END_RECORD) {
    throw new Error("exceljs wrote an archive without an end record");
  }
  const count = archive.readUInt16LE(end + 10);
  let at = archive.readUInt32LE(end + 16);
  for (let file = 0; file < count; file += 1) {
    const local = archive.readUInt32LE(at + 42);
    archive.writeUInt32LE(ZIP_DATE << 16, at + 12);
    archive.writeUInt32LE(ZIP_DATE << 16, local + 10);
    at +=
      CENTRAL_RECORD_LENGTH +
      archive.readUInt16LE(at + 28) +
      archive.readUInt16LE(at + 30) +
      archive.readUInt16LE(at + 32);
  }
  return archive;
}
