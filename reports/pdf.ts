// The statement as an A4 paper for the notice board. Every word and figure comes from the page model; this file only
// decides where it stands. The same model gives the same bytes, so that anyone can print it again and compare.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import PDFDocument from "pdfkit";
import type { Column, FundBlock, StatementPage, Table, TableRow } from "../src/statement/page.ts";

type Document = PDFKit.PDFDocument;
type Element = PDFKit.PDFStructureElement;

/** Draws the statement: tagged, with its two fonts inside, the same bytes for the same model. */
export async function statementPdf(page: StatementPage): Promise<Buffer> {
  const pen = openDocument(page, await loadFaces());
  const bytes = collect(pen.doc);
  drawHeading(pen, page);
  page.funds.forEach((fund) => drawFund(pen, fund));
  drawExceptions(pen, page);
  page.tables.forEach((table) => drawTable(pen, table));
  drawSignatures(pen, page);
  drawFooters(pen, page);
  pen.doc.end();
  return bytes;
}

// ---- Fonts ---------------------------------------------------------------------------------------------------

/** What pdfkit and this file use of a glyph. */
interface Glyph {
  readonly id: number;
  readonly advanceWidth: number;
  readonly codePoints: readonly number[];
}

/** What this file uses of a font that fontkit has parsed; fontkit brings no types of its own. */
interface ParsedFont {
  readonly unitsPerEm: number;
  hasGlyphForCodePoint(codePoint: number): boolean;
  glyphForCodePoint(codePoint: number): Glyph;
}

interface Face {
  readonly name: string;
  /** The parsed font with a layout of our own, which pdfkit takes as it is. */
  readonly font: ParsedFont;
  readonly glyphsOf: (character: string) => readonly Glyph[];
}

interface Faces {
  readonly regular: Face;
  readonly bold: Face;
}

let faces: Promise<Faces> | null = null;

/** Parsing 10 MB of font takes longer than drawing, so it is done once per process. */
function loadFaces(): Promise<Faces> {
  faces ??= readFaces().catch((error: unknown) => {
    // The next document tries again.
    faces = null;
    throw error;
  });
  return faces;
}

async function readFaces(): Promise<Faces> {
  const [regular, bold] = await Promise.all([readFace("400Regular"), readFace("700Bold")]);
  return { regular, bold };
}

async function readFace(weight: string): Promise<Face> {
  // The package's own index imports all nine weights for a bundler, so the one file is asked for by name.
  const require = createRequire(import.meta.url);
  const path = require.resolve(`@expo-google-fonts/noto-sans-sc/${weight}/NotoSansSC_${weight}.ttf`);
  const fontkit = require("fontkit") as { create(bytes: Buffer): ParsedFont };
  const parsed = fontkit.create(await readFile(path));
  const glyphsOf = glyphFinder(parsed);
  const layout = (text: string): object => layOut(text, glyphsOf);
  return { name: weight, glyphsOf, font: Object.create(parsed, { layout: { value: layout } }) as ParsedFont };
}

/**
 * Finds the glyphs of a character. A character that the font lacks is spelt 〔U+XXXX〕, never a blank box. Own glyph
 * objects, since fontkit keeps the code point that asked first and the bytes must not depend on earlier documents.
 */
function glyphFinder(font: ParsedFont): (character: string) => readonly Glyph[] {
  const known = new Map<string, readonly Glyph[]>();
  const plain = (codePoint: number): Glyph => {
    const { id, advanceWidth } = font.glyphForCodePoint(codePoint);
    return { id, advanceWidth, codePoints: [codePoint] };
  };
  return (character) => {
    const found = known.get(character);
    if (found !== undefined) {
      return found;
    }
    const glyphs = [...spelling(font, character)].map((each) => plain(each.codePointAt(0) ?? 0));
    known.set(character, glyphs);
    return glyphs;
  };
}

function spelling(font: ParsedFont, character: string): string {
  if (/\p{Cc}/u.test(character)) {
    return " ";
  }
  if (/\p{Default_Ignorable_Code_Point}/u.test(character)) {
    return "";
  }
  const codePoint = character.codePointAt(0) ?? 0;
  return font.hasGlyphForCodePoint(codePoint)
    ? character
    : `〔U+${codePoint.toString(16).toUpperCase().padStart(4, "0")}〕`;
}

/**
 * One glyph after the other at its own width. Kerning is left out on purpose: Chinese and figures have none, a width
 * is then a sum that needs no shaping, and what is measured is exactly what is drawn.
 */
function layOut(text: string, glyphsOf: Face["glyphsOf"]): object {
  const glyphs = [...text].flatMap((character) => glyphsOf(character));
  return {
    glyphs,
    // pdfkit scales the positions in place, so every layout gets its own.
    positions: glyphs.map((glyph) => ({ xAdvance: glyph.advanceWidth, yAdvance: 0, xOffset: 0, yOffset: 0 })),
    advanceWidth: glyphs.reduce((total, glyph) => total + glyph.advanceWidth, 0),
  };
}

// ---- Ink and measures ----------------------------------------------------------------------------------------

const MM = 72 / 25.4;
const PAGE = { width: 210 * MM, height: 297 * MM };
const LEFT = 16 * MM;
const RIGHT = PAGE.width - LEFT;
const WIDTH = RIGHT - LEFT;
const TOP = 14 * MM;
/** Where the footer begins; nothing else is drawn below. */
const BOTTOM = PAGE.height - 19 * MM;
const LINE = 1.5;

const COLOUR = {
  text: "#1d2529",
  quiet: "#5b6770",
  accent: "#0f5a56",
  rule: "#d3dade",
  shade: "#eef3f3",
  warning: "#8a4a08",
  warningShade: "#fcf4e6",
} as const;

interface Ink {
  readonly weight: keyof Faces;
  readonly size: number;
  readonly colour: string;
}

const ink = (weight: keyof Faces, size: number, colour: string = COLOUR.text): Ink => ({ weight, size, colour });
const TITLE = ink("bold", 22, COLOUR.accent);
const TITLE_SIZE_MIN = 16;
const HEADING = ink("bold", 12.5, COLOUR.accent);
const BODY = ink("regular", 9.5);
const NOTE = ink("regular", 8, COLOUR.quiet);
const WARNING = ink("regular", 9, COLOUR.warning);
const CODE = ink("regular", 7, COLOUR.quiet);

/** The document being drawn and how far down its page the drawing has come. */
interface Pen {
  readonly doc: Document;
  readonly faces: Faces;
  readonly root: Element;
  y: number;
  /** The colour set last on this page; setting it again would only lengthen the page. */
  colour: string;
}

interface Place {
  readonly x: number;
  readonly y: number;
}

const lineOf = (style: Ink): number => style.size * LINE;

function widthOf(pen: Pen, text: string, style: Ink): number {
  const { glyphsOf } = pen.faces[style.weight];
  let width = 0;
  for (const character of text) {
    for (const glyph of glyphsOf(character)) {
      width += glyph.advanceWidth;
    }
  }
  return (width / pen.faces[style.weight].font.unitsPerEm) * style.size;
}

/** Puts one line of text whose line box begins at the place. */
function put(pen: Pen, text: string, at: Place & { readonly style: Ink; readonly right?: number }): void {
  const { style } = at;
  const x = at.right === undefined ? at.x : at.right - widthOf(pen, text, style);
  // The ideographic em box stands 0.88 above the base line; it is centred in the line box.
  const baseline = at.y + ((LINE - 1) / 2 + 0.88) * style.size;
  if (pen.colour !== style.colour) {
    pen.doc.fillColor(style.colour);
    pen.colour = style.colour;
  }
  pen.doc.font(pen.faces[style.weight].name).fontSize(style.size);
  pen.doc.text(text, x, baseline, { lineBreak: false, baseline: "alphabetic" });
}

/** Puts lines below each other and answers where the next line would stand. */
function putLines(
  pen: Pen,
  lines: readonly string[],
  at: Place & { readonly style: Ink; readonly right?: number },
): number {
  lines.forEach((line, index) => put(pen, line, { ...at, y: at.y + index * lineOf(at.style) }));
  return at.y + lines.length * lineOf(at.style);
}

/** Words and figures stay whole, and punctuation stays with what it belongs to (避头尾). */
const UNIT = /[（《“‘〔【「]*(?:[\p{Script=Latin}\p{Nd}.,:+−%/_@#-]+|.)[），。；：、》”’！？〕】」％…]*/gsu;

/** Breaks a text into lines of at most that width; a unit that is wider than a line is broken anywhere. */
function wrap(pen: Pen, text: string, to: { readonly style: Ink; readonly width: number }): string[] {
  const whole = text.replace(/\s+/gu, " ").trim();
  if (widthOf(pen, whole, to.style) <= to.width) {
    return [whole];
  }
  const units = (whole.match(UNIT) ?? []).flatMap((unit) =>
    widthOf(pen, unit, to.style) > to.width ? [...unit] : [unit],
  );
  const lines: string[] = [];
  let line = "";
  let used = 0;
  for (const unit of units) {
    const width = widthOf(pen, unit, to.style);
    if (line !== "" && used + width > to.width && unit !== " ") {
      lines.push(line.trimEnd());
      line = "";
      used = 0;
    }
    line += unit;
    used += width;
  }
  return [...lines, line.trimEnd()];
}

/** The style at the largest size, up to its own, at which the text is no wider than that. */
function fitted(pen: Pen, text: string, to: { readonly style: Ink; readonly width: number }): Ink {
  const width = widthOf(pen, text, to.style);
  return width <= to.width
    ? to.style
    : { ...to.style, size: Math.floor((to.style.size * to.width * 100) / width) / 100 };
}

// ---- The document --------------------------------------------------------------------------------------------

/** A fixed instant: the paper's date is printed on it, and a changing one would change the bytes. */
const MADE_ON = new Date(Date.UTC(2000, 0, 1));

function openDocument(page: StatementPage, loaded: Faces): Pen {
  const doc = new PDFDocument({
    size: [PAGE.width, PAGE.height],
    margin: 0,
    bufferPages: true,
    pdfVersion: "1.7",
    tagged: true,
    lang: "zh-CN",
    displayTitle: true,
    // The types do not know that null means "load no standard font", which pdfkit documents.
    font: null as unknown as string,
    info: {
      Title: `${page.title}（第 ${page.revision} 版）`,
      Author: page.trustee,
      Subject: `SHA-256 ${page.digest}`,
      Creator: "信义账 Xinyi",
      Producer: "信义账 Xinyi",
      CreationDate: MADE_ON,
      ModDate: MADE_ON,
    },
  });
  for (const face of [loaded.regular, loaded.bold]) {
    // pdfkit takes a parsed font as a source, which the types do not know either.
    doc.registerFont(face.name, face.font as unknown as Buffer);
  }
  const root = doc.struct("Document");
  doc.addStructure(root);
  return { doc, faces: loaded, root, y: TOP, colour: "" };
}

function collect(doc: Document): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    doc.on("data", (chunk: Buffer) => chunks.push(chunk));
    doc.on("end", () => resolve(Buffer.concat(chunks)));
    doc.on("error", reject);
  });
}

/** Draws inside a structure element of that kind, so that a screen reader knows what it is. */
function tag(pen: Pen, kind: string, draw: { readonly in?: Element; readonly how: () => void }): void {
  (draw.in ?? pen.root).add(pen.doc.struct(kind, {}, [draw.how]));
}

/** Draws what a screen reader should pass over: rules, shades, footers, repeated heads. Never inside an element. */
function decorate(pen: Pen, draw: () => void): void {
  pen.doc.markContent("Artifact", { type: "Layout" });
  draw();
  pen.doc.endMarkedContent();
}

function shade(
  pen: Pen,
  box: Place & { readonly width: number; readonly height: number; readonly colour: string },
): void {
  decorate(pen, () => {
    pen.doc.rect(box.x, box.y, box.width, box.height).fill(box.colour);
  });
  pen.colour = "";
}

function rule(pen: Pen, y: number, style: { readonly colour: string; readonly thickness: number }): void {
  shade(pen, { x: LEFT, y: y - style.thickness / 2, width: WIDTH, height: style.thickness, colour: style.colour });
}

function turnPage(pen: Pen): void {
  pen.doc.addPage();
  pen.y = TOP;
  pen.colour = "";
}

/** Turns the page when what comes next does not fit on this one; answers whether it did. */
function needs(pen: Pen, height: number): boolean {
  const isFull = pen.y + height > BOTTOM && pen.y > TOP;
  if (isFull) {
    turnPage(pen);
  }
  return isFull;
}

// ---- Heading and funds ---------------------------------------------------------------------------------------

function drawHeading(pen: Pen, page: StatementPage): void {
  shade(pen, { x: LEFT, y: pen.y, width: WIDTH, height: 3, colour: COLOUR.accent });
  pen.y += 10;
  // A somewhat smaller title on one line reads better than two lines; a very long one is broken.
  const style = {
    ...TITLE,
    size: Math.max(TITLE_SIZE_MIN, fitted(pen, page.title, { style: TITLE, width: WIDTH }).size),
  };
  tag(pen, "H1", {
    how: () => {
      pen.y = putLines(pen, wrap(pen, page.title, { style, width: WIDTH }), { x: LEFT, y: pen.y, style });
    },
  });
  pen.y += 2;
  drawFacts(pen, [
    ["委托人", page.principal],
    ["受托人", page.trustee],
    ["公布", `${page.publishedOn}，${page.punctuality}`],
    ["版本", `第 ${page.revision} 版${page.isRestated ? "（重述）" : ""}`],
    ["凭证", page.entries],
    ["校验码", page.checkCode],
  ]);
  if (page.isRestated) {
    pen.y += 6;
    drawNotice(pen, `本版更正了第 ${page.revision - 1} 版。原因：${page.restatedReason}`);
  }
  pen.y += 10;
}

/** Labels and values in two columns. */
function drawFacts(pen: Pen, facts: readonly (readonly [string, string])[]): void {
  const label = 42;
  // The left column holds the long values (the day with its deadline, the range of entries).
  const widths = [WIDTH * 0.56, WIDTH * 0.44];
  for (let first = 0; first < facts.length; first += 2) {
    const pair = facts.slice(first, first + 2).map(([name, value], index) => {
      const width = (widths[index] ?? 0) - label - (index === 0 ? 10 : 0);
      return { name, x: index === 0 ? LEFT : LEFT + WIDTH * 0.56, lines: wrap(pen, value, { style: BODY, width }) };
    });
    const height = Math.max(...pair.map(({ lines }) => lines.length)) * lineOf(BODY);
    needs(pen, height);
    pair.forEach(({ name, x, lines }) => {
      tag(pen, "P", {
        how: () => {
          put(pen, name, { x, y: pen.y, style: { ...BODY, colour: COLOUR.quiet } });
          putLines(pen, lines, { x: x + label, y: pen.y, style: BODY });
        },
      });
    });
    pen.y += height;
  }
}

/** A sentence to notice, on a calm ground with a bar before it. */
function drawNotice(pen: Pen, text: string): void {
  const lines = wrap(pen, text, { style: WARNING, width: WIDTH - 24 });
  const height = lines.length * lineOf(WARNING) + 6;
  needs(pen, height);
  shade(pen, { x: LEFT, y: pen.y, width: WIDTH, height, colour: COLOUR.warningShade });
  shade(pen, { x: LEFT, y: pen.y, width: 3, height, colour: COLOUR.warning });
  tag(pen, "P", { how: () => void putLines(pen, lines, { x: LEFT + 12, y: pen.y + 3, style: WARNING }) });
  pen.y += height;
}

const FUND_HEIGHT = 66;
const FUND_LEFT = LEFT + 14;
const FUND_RIGHT = RIGHT - 12;

/** A fund: its balance large enough to read from two steps away, and how it came to that. */
function drawFund(pen: Pen, fund: FundBlock): void {
  needs(pen, FUND_HEIGHT);
  shade(pen, { x: LEFT, y: pen.y, width: WIDTH, height: FUND_HEIGHT, colour: COLOUR.shade });
  shade(pen, { x: LEFT, y: pen.y, width: 3, height: FUND_HEIGHT, colour: COLOUR.accent });
  const width = FUND_RIGHT - FUND_LEFT;
  const name = fitted(pen, fund.name, { style: HEADING, width: width * 0.4 });
  tag(pen, "H2", { how: () => put(pen, fund.name, { x: FUND_LEFT, y: pen.y + 7, style: name }) });
  tag(pen, "P", {
    how: () => {
      const closing = fitted(pen, fund.closing, { style: ink("bold", 21, COLOUR.accent), width: width * 0.4 });
      put(pen, "月末余额（元）", {
        x: 0,
        right: FUND_RIGHT - widthOf(pen, fund.closing, closing) - 8,
        y: pen.y + 14,
        style: NOTE,
      });
      put(pen, fund.closing, { x: 0, right: FUND_RIGHT, y: pen.y + 2, style: closing });
    },
  });
  tag(pen, "P", { how: () => drawEquation(pen, fund) });
  pen.y += FUND_HEIGHT + 7;
}

interface Term {
  readonly sign: string;
  readonly label: string;
  readonly figure: string;
}

/** 月初余额 + 收入 − 支出 (+ 转入 − 转出) = 月末余额, each word above its figure. */
function drawEquation(pen: Pen, fund: FundBlock): void {
  const gap = 18;
  const terms = termsOf(fund);
  const room = FUND_RIGHT - FUND_LEFT - (terms.length - 1) * gap;
  const style = fitted(pen, terms.map((term) => term.figure).join(""), { style: ink("regular", 12), width: room });
  let x = FUND_LEFT;
  for (const { sign, label, figure } of terms) {
    if (sign !== "") {
      put(pen, sign, { x: x + (gap - widthOf(pen, sign, style)) / 2, y: pen.y + 44, style });
      x += gap;
    }
    put(pen, label, { x, y: pen.y + 33, style: NOTE });
    put(pen, figure, { x, y: pen.y + 44, style });
    x += Math.max(widthOf(pen, figure, style), widthOf(pen, label, NOTE));
  }
}

function termsOf(fund: FundBlock): Term[] {
  const moved = [
    { sign: "+", label: "转入", figure: fund.transferredIn },
    { sign: "−", label: "转出", figure: fund.transferredOut },
  ];
  const terms = [
    { sign: "", label: "月初余额", figure: fund.opening },
    { sign: "+", label: "收入", figure: fund.received },
    { sign: "−", label: "支出", figure: fund.paid },
    ...(fund.hasTransfers ? moved : []),
    { sign: "=", label: "月末余额", figure: fund.closing },
  ];
  // Two signs in a row, as in "− −50.00", would be misread.
  const isSigned = ({ sign, figure }: Term): boolean => (sign === "+" || sign === "−") && figure.startsWith("−");
  return terms.map((term) => (isSigned(term) ? { ...term, figure: `（${term.figure}）` } : term));
}

function drawExceptions(pen: Pen, page: StatementPage): void {
  pen.y += 5;
  drawSection(pen, page.hasExceptions ? `需要注意（${page.exceptions.length} 项）` : "需要注意", 30);
  if (!page.hasExceptions) {
    tag(pen, "P", { how: () => put(pen, "本月没有需要注意的事项。", { x: LEFT, y: pen.y, style: BODY }) });
    pen.y += lineOf(BODY);
  }
  page.exceptions.forEach((text, index) => drawNotice(pen, `${index + 1}. ${text}`));
  pen.y += 10;
}

/** A section's heading, on the same page as at least that much of what follows. */
function drawSection(pen: Pen, title: string, follows: number): void {
  const lines = wrap(pen, title, { style: HEADING, width: WIDTH });
  needs(pen, lines.length * lineOf(HEADING) + follows);
  tag(pen, "H2", { how: () => void putLines(pen, lines, { x: LEFT, y: pen.y, style: HEADING }) });
  pen.y += lines.length * lineOf(HEADING) + 2;
}

// ---- Tables --------------------------------------------------------------------------------------------------

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

function drawTable(pen: Pen, table: Table): void {
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
function gridOf(pen: Pen, table: Table): Grid {
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
    readonly table: Table;
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
function longestCode(pen: Pen, table: Table, of: { readonly index: number; readonly style: Ink }): number {
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

// ---- Signatures and footers ----------------------------------------------------------------------------------

const SIGNATURES_HEIGHT = 150;

/** Who answers for the paper; kept on one page, so that nobody signs an empty sheet. */
function drawSignatures(pen: Pen, page: StatementPage): void {
  needs(pen, SIGNATURES_HEIGHT);
  drawSection(pen, "签字", 0);
  const roles = [`受托人（${page.trustee}）`, "业主委员会", "监察人"];
  roles.forEach((role) => drawSignature(pen, role));
  pen.y += 10;
  drawCodes(pen, page);
}

/** A role, a line to sign on and a date to fill in. */
function drawSignature(pen: Pen, role: string): void {
  const date = "日期　　　　年　　月　　日";
  const lines = wrap(pen, role, { style: BODY, width: WIDTH * 0.45 });
  const last = pen.y + 10 + (lines.length - 1) * lineOf(BODY);
  const from = LEFT + Math.max(...lines.map((line) => widthOf(pen, line, BODY))) + 8;
  const to = RIGHT - widthOf(pen, date, BODY) - 12;
  tag(pen, "P", {
    how: () => {
      putLines(pen, lines, { x: LEFT, y: pen.y + 10, style: BODY });
      put(pen, date, { x: 0, right: RIGHT, y: last, style: BODY });
    },
  });
  shade(pen, { x: from, y: last + lineOf(BODY) - 2, width: to - from, height: 0.6, colour: COLOUR.quiet });
  pen.y = last + lineOf(BODY);
}

function drawCodes(pen: Pen, page: StatementPage): void {
  const previous = page.previousDigest === "" ? [] : [`前一份公示的校验码（SHA-256）：${page.previousDigest}`];
  const lines = [
    `本公示数据（JSON 文件）的校验码（SHA-256）：${page.digest}。网上同一份公示的校验码与此相同，数字就没有改动过。`,
    ...previous,
  ].flatMap((text) => wrap(pen, text, { style: CODE, width: WIDTH }));
  needs(pen, lines.length * lineOf(CODE));
  tag(pen, "P", { how: () => void putLines(pen, lines, { x: LEFT, y: pen.y, style: CODE }) });
  pen.y += lines.length * lineOf(CODE);
}

function drawFooters(pen: Pen, page: StatementPage): void {
  const { count } = pen.doc.bufferedPageRange();
  const digest = `SHA-256 ${page.digest}`;
  const y = BOTTOM + 5 * MM;
  for (let index = 0; index < count; index += 1) {
    pen.doc.switchToPage(index);
    pen.colour = "";
    const number = `第 ${index + 1} 页 / 共 ${count} 页`;
    const title = `${page.community} · ${page.monthWords} · 第 ${page.revision} 版`;
    rule(pen, y - 3, { colour: COLOUR.rule, thickness: 0.5 });
    decorate(pen, () => {
      put(pen, title, { x: LEFT, y, style: fitted(pen, title, { style: NOTE, width: WIDTH - 90 }) });
      put(pen, number, { x: 0, right: RIGHT, y, style: NOTE });
      put(pen, digest, { x: LEFT, y: y + lineOf(NOTE), style: fitted(pen, digest, { style: CODE, width: WIDTH }) });
    });
  }
}
