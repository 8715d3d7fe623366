// The statement as one CSV file for a spreadsheet: UTF-8 with a byte order mark and CRLF, which Excel reads right.
// Figures come from the page model; only their thousands commas and their typographic minus are taken off.
import { csvCell } from "../src/platform/csv.ts";
import type { StatementPage, Table, TableRow } from "../src/statement/page.ts";

const BYTE_ORDER_MARK = "\ufeff";
const LINE_END = "\r\n";

/** Writes head, notices and every table, one after the other with a blank row between. */
export function statementCsv(page: StatementPage): string {
  return csvOf([headOf(page), noticesOf(page), ...page.tables.map(tableLines)]);
}

/** Parts of a file, each of lines, with a blank row between. */
export function csvOf(parts: readonly (readonly string[])[]): string {
  const filled = parts.filter((lines) => lines.length > 0);
  return BYTE_ORDER_MARK + filled.map((lines) => lines.map((line) => line + LINE_END).join("")).join(LINE_END);
}

function headOf(page: StatementPage): string[] {
  const facts: [string, string][] = [
    ["标题", page.title],
    ["小区", page.community],
    ["委托人", page.principal],
    ["受托人", page.trustee],
    ["月份", page.month],
    ["版本", String(page.revision)],
    ...(page.isRestated ? [["重述原因", page.restatedReason] satisfies [string, string]] : []),
    ["公布日", page.publishedOn],
    ["是否按时", page.punctuality],
    ["凭证", page.entries],
    ["完整校验码（SHA-256）", page.digest],
    ...(page.previousDigest === ""
      ? []
      : [["前一份公示的校验码（SHA-256）", page.previousDigest] satisfies [string, string]]),
  ];
  return facts.map((fact) => fact.map(csvCell).join(","));
}

function noticesOf({ exceptions }: StatementPage): string[] {
  return exceptions.length === 0 ? [] : ["需要注意", ...exceptions.map(csvCell)];
}

type CsvTable = Pick<Table, "title" | "columns" | "rows">;

/** What of a table a spreadsheet needs. */
export function tableLines(table: CsvTable): string[] {
  const hasMarks = table.rows.some((row) => row.mark !== "");
  const head = [...table.columns.map((column) => column.label), ...(hasMarks ? ["提示"] : [])].map(csvCell);
  const rows = table.rows.map((row) => rowCells(table, row, hasMarks));
  return [csvCell(table.title), ...[head, ...rows].map((cells) => cells.join(","))];
}

function rowCells(table: CsvTable, row: TableRow, hasMarks: boolean): string[] {
  const cells = row.cells.map((cell, index) =>
    table.columns[index]?.numeric === true ? figureCell(cell) : csvCell(cell),
  );
  return hasMarks ? [...cells, csvCell(row.mark)] : cells;
}

const FIGURE = /^\u2212?\d{1,3}(?:,\d{3})*(?:\.\d+)?$/;

/** "−1,234.50" → "-1234.50"; what is no plain figure ("93.2 %", "—") stays the text that the page shows. */
function figureCell(cell: string): string {
  return FIGURE.test(cell) ? cell.replaceAll(",", "").replace("\u2212", "-") : csvCell(cell);
}
