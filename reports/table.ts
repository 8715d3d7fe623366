// A table on paper: figures are never broken, the head is repeated, no row is divided, no row is lost.
import type { Column, Table, TableRow } from "../src/statement/page.ts";
import {
  BOTTOM,
  COLOUR,
  decorate,
  drawSection,
  type Element,
  type Ink,
  ink,
  LEFT,
  lineOf,
  needs,
  NOTE,
  type Pen,
  put,
  putLines,
  rule,
  shade,
  tag,
  TOP,
  UNIT,
  WIDTH,
  widthOf,
  wrap,
} from "./paper.ts";

const CELL_SIZE = 9.5;
const CELL_SIZE_MIN = 6;
const GAP = 10;
const PADDING = 2.5;
/** Between the table's edge and its first and last column. */
const INSET = 4;
/** Figures of neighbouring tables line up when their columns are usually equally wide. */
const FIGURE_WIDTH_MIN = 62;
const TEXT_WIDTH_MIN = 58;
/** A column of words is never narrower than its longest code, unless that code is longer than this. */
const CODE_WIDTH_MAX = 120;
/** A table up to a third of the page is not broken across pages: half a small table is hard to read. */
const WHOLE_HEIGHT_MAX = (BOTTOM - TOP) / 3;

/** A table's measures: where each column stands, and the styles at the size at which all figures fit. */
interface Grid {
  readonly columns: readonly (Column & { readonly x: number; readonly width: number })[];
  readonly cell: Ink;
  readonly total: Ink;
  readonly head: Ink;
}

/** A row whose texts are broken into lines: it is drawn as a whole. */
interface Row {
  readonly cells: readonly (readonly string[])[];
  readonly mark: readonly string[];
  readonly isTotal: boolean;
  readonly style: Ink;
  readonly height: number;
}

/** What any table has to print, a statement's or a letter's. */
export type PaperTable = Pick<Table, "title" | "note" | "columns" | "rows">;

export function drawTable(pen: Pen, table: PaperTable): void {
  const grid = gridOf(pen, table);
  const head = headOf(pen, grid);
  const rows = table.rows.flatMap((row) => rowsOf(pen, grid, row));
  const note = wrap(pen, table.note, { style: NOTE, width: WIDTH });
  const continued = wrap(pen, `${table.title}（续）`, { style: NOTE, width: WIDTH })[0] ?? "";
  drawSection(pen, table.title, note.length * lineOf(NOTE) + 5 + head.height + rowsKept(rows));
  tag(pen, "P", { how: () => void putLines(pen, note, { x: LEFT, y: pen.y, style: NOTE }) });
  pen.y += note.length * lineOf(NOTE) + 4;
  const element = pen.doc.struct("Table");
  pen.root.add(element);
  drawHead(pen, { grid, head, element });
  for (const row of rows) {
    if (needs(pen, row.height)) {
      decorate(pen, () => put(pen, continued, { x: LEFT, y: pen.y, style: NOTE }));
      pen.y += lineOf(NOTE) + 3;
      drawHead(pen, { grid, head });
    }
    drawRow(pen, row, { grid, element });
  }
  element.end();
  pen.y += 16;
}

/** How much of the rows stays with the head: all of a small table, the first two rows of a large one. */
function rowsKept(rows: readonly Row[]): number {
  const whole = total(rows.map((row) => row.height));
  return whole <= WHOLE_HEIGHT_MAX ? whole : total(rows.slice(0, 2).map((row) => row.height));
}

/** Figures are never broken: the whole table is set smaller until the widest of them leave room for the words. */
function gridOf(pen: Pen, table: PaperTable): Grid {
  for (let size = CELL_SIZE; ; size -= 0.5) {
    const styles = {
      cell: ink("regular", size),
      total: ink("bold", size),
      head: ink("bold", size - 0.5, COLOUR.accent),
    };
    const wanted = table.columns.map((column, index) => wantedWidth(pen, { table, column, index, styles }));
    const least = table.columns.map((column, index) =>
      column.numeric
        ? 0
        : Math.min(
            wanted[index] ?? 0,
            Math.max(TEXT_WIDTH_MIN, longestCode(pen, table, { index, style: styles.cell })),
          ),
    );
    const figures = total(wanted.filter((_, index) => table.columns[index]?.numeric === true));
    const room = WIDTH - 2 * INSET - GAP * (table.columns.length - 1) - figures;
    if (room >= total(least) || size <= CELL_SIZE_MIN) {
      const widths = wordWidths(wanted, least, room).map((width, index) =>
        table.columns[index]?.numeric === true ? (wanted[index] ?? 0) : width,
      );
      return { ...styles, columns: placed(table.columns, widths) };
    }
  }
}

const total = (numbers: readonly number[]): number => numbers.reduce((sum, each) => sum + each, 0);

function wantedWidth(
  pen: Pen,
  of: {
    readonly table: PaperTable;
    readonly column: Column;
    readonly index: number;
    readonly styles: Omit<Grid, "columns">;
  },
): number {
  const { styles, index } = of;
  const cells = of.table.rows.map((row) =>
    widthOf(pen, row.cells[index] ?? "", row.total ? styles.total : styles.cell),
  );
  const widest = Math.max(0, ...cells);
  // A head over figures may break into two lines; a head over words may not make its column narrower than itself.
  const label = widthOf(pen, of.column.label, styles.head);
  return of.column.numeric
    ? Math.max(widest, Math.min(label, FIGURE_WIDTH_MIN), Math.min(FIGURE_WIDTH_MIN, WIDTH / 8))
    : Math.max(widest, label);
}

/** The widest word of a column that should stay whole, such as an entry's number. */
function longestCode(pen: Pen, table: PaperTable, of: { readonly index: number; readonly style: Ink }): number {
  const codes = table.rows.flatMap((row) => (row.cells[of.index] ?? "").match(UNIT) ?? []);
  const widths = codes.map((code) => widthOf(pen, code, of.style));
  return widths.reduce((widest, width) => (width > widest && width <= CODE_WIDTH_MAX ? width : widest), 0);
}

/** Columns of words share the room: none wider than it wants, except the first, which takes what is left over. */
function wordWidths(wanted: readonly number[], least: readonly number[], room: number): number[] {
  const words = wanted.map((width, index) => ((least[index] ?? 0) > 0 ? width : 0));
  const spare = room - total(words);
  if (spare >= 0) {
    const first = words.findIndex((width) => width > 0);
    return words.map((width, index) => (index === first ? width + spare : width));
  }
  const beyond = words.map((width, index) => width - (least[index] ?? 0));
  const factor = Math.max(0, room - total(least)) / Math.max(1, total(beyond));
  return words.map((_, index) => (least[index] ?? 0) + (beyond[index] ?? 0) * factor);
}

function placed(columns: readonly Column[], widths: readonly number[]): Grid["columns"] {
  let x = LEFT + INSET;
  return columns.map((column, index) => {
    const width = widths[index] ?? 0;
    const place = { ...column, x, width };
    x += width + GAP;
    return place;
  });
}

function headOf(pen: Pen, grid: Grid): Row {
  const cells = grid.columns.map((column) => wrap(pen, column.label, { style: grid.head, width: column.width }));
  const height = Math.max(...cells.map((lines) => lines.length)) * lineOf(grid.head) + 2 * PADDING;
  return { cells, mark: [], isTotal: false, style: grid.head, height };
}

/** One row; only a row that is higher than a whole page becomes several, since it could be drawn nowhere. */
function rowsOf(pen: Pen, grid: Grid, row: TableRow): Row[] {
  const style = row.total ? grid.total : grid.cell;
  const cells = grid.columns.map((column, index) =>
    wrap(pen, row.cells[index] ?? "", { style, width: column.width + 0.01 }),
  );
  const mark = row.mark === "" ? [] : wrap(pen, row.mark, { style: markInk(grid), width: WIDTH - 24 });
  const linesMax = Math.floor((BOTTOM - TOP - 120) / lineOf(style));
  const lines = Math.max(...cells.map((each) => each.length));
  const parts = Math.ceil(lines / linesMax);
  return Array.from({ length: parts }, (_, part): Row => {
    const slice = cells.map((each) => each.slice(part * linesMax, (part + 1) * linesMax));
    const own = part === parts - 1 ? mark : [];
    const height =
      Math.max(...slice.map((each) => each.length)) * lineOf(style) + own.length * lineOf(markInk(grid)) + 2 * PADDING;
    return { cells: slice, mark: own, isTotal: row.total, style, height };
  });
}

const markInk = (grid: Grid): Ink => ink("regular", grid.cell.size - 0.5, COLOUR.warning);

/** The head; a repeated one belongs to the page, not to the table, and has no element. */
function drawHead(pen: Pen, of: { readonly grid: Grid; readonly head: Row; readonly element?: Element }): void {
  const { head, grid, element } = of;
  shade(pen, { x: LEFT, y: pen.y, width: WIDTH, height: head.height, colour: COLOUR.shade });
  if (element === undefined) {
    decorate(pen, () => head.cells.forEach((_, index) => drawCell(pen, head, { grid, index })));
  } else {
    const line = pen.doc.struct("TR");
    element.add(line);
    head.cells.forEach((_, index) => tag(pen, "TH", { in: line, how: () => drawCell(pen, head, { grid, index }) }));
    line.end();
  }
  pen.y += head.height;
  rule(pen, pen.y, { colour: COLOUR.accent, thickness: 0.8 });
}

function drawRow(pen: Pen, row: Row, of: { readonly grid: Grid; readonly element: Element }): void {
  const { grid, element } = of;
  if (row.mark.length > 0) {
    shade(pen, { x: LEFT, y: pen.y, width: WIDTH, height: row.height, colour: COLOUR.warningShade });
  }
  const line = pen.doc.struct("TR");
  element.add(line);
  row.cells.forEach((_, index) => tag(pen, "TD", { in: line, how: () => drawCell(pen, row, { grid, index }) }));
  line.end();
  if (row.isTotal) {
    rule(pen, pen.y, { colour: COLOUR.quiet, thickness: 0.7 });
  }
  pen.y += row.height;
  rule(pen, pen.y, { colour: COLOUR.rule, thickness: 0.5 });
}

function drawCell(pen: Pen, row: Row, at: { readonly grid: Grid; readonly index: number }): void {
  const { grid, index } = at;
  const column = grid.columns[index];
  const lines = row.cells[index] ?? [];
  if (column === undefined) {
    return;
  }
  const y = pen.y + PADDING;
  const place = { x: column.x, y, style: row.style };
  putLines(pen, lines, column.numeric ? { ...place, right: column.x + column.width } : place);
  if (index === 0 && row.mark.length > 0) {
    const height = Math.max(...row.cells.map((each) => each.length)) * lineOf(row.style);
    putLines(
      pen,
      row.mark.map((each, number) => (number === 0 ? `▲ ${each}` : each)),
      { x: column.x, y: y + height, style: markInk(grid) },
    );
  }
}
