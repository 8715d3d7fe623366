// Paper: fonts, pen and page furniture of every PDF that the program prints. What stands on a page is decided by the
// files beside this one; the same drawing gives the same bytes, so that anyone can print it again and compare.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import PDFDocument from "pdfkit";
import qrcode from "qrcode";

type Document = PDFKit.PDFDocument;
export type Element = PDFKit.PDFStructureElement;

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

export const MM = 72 / 25.4;
const PAGE = { width: 210 * MM, height: 297 * MM };
export const LEFT = 16 * MM;
export const RIGHT = PAGE.width - LEFT;
export const WIDTH = RIGHT - LEFT;
export const TOP = 14 * MM;
/** Where the footer begins; nothing else is drawn below. */
export const BOTTOM = PAGE.height - 19 * MM;
const LINE = 1.5;

export const COLOUR = {
  text: "#1d2529",
  quiet: "#5b6770",
  accent: "#0f5a56",
  rule: "#d3dade",
  shade: "#eef3f3",
  warning: "#8a4a08",
  warningShade: "#fcf4e6",
} as const;

export interface Ink {
  readonly weight: keyof Faces;
  readonly size: number;
  readonly colour: string;
}

export const ink = (weight: keyof Faces, size: number, colour: string = COLOUR.text): Ink => ({ weight, size, colour });
const TITLE = ink("bold", 22, COLOUR.accent);
const TITLE_SIZE_MIN = 16;
export const HEADING = ink("bold", 12.5, COLOUR.accent);
export const BODY = ink("regular", 9.5);
export const NOTE = ink("regular", 8, COLOUR.quiet);
const WARNING = ink("regular", 9, COLOUR.warning);
export const CODE = ink("regular", 7, COLOUR.quiet);

/** The document being drawn and how far down its page the drawing has come. */
export interface Pen {
  readonly doc: Document;
  readonly faces: Faces;
  readonly root: Element;
  y: number;
  /** The colour set last on this page; setting it again would only lengthen the page. */
  colour: string;
}

export interface Place {
  readonly x: number;
  readonly y: number;
}

export const lineOf = (style: Ink): number => style.size * LINE;

export function widthOf(pen: Pen, text: string, style: Ink): number {
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
export function put(pen: Pen, text: string, at: Place & { readonly style: Ink; readonly right?: number }): void {
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
export function putLines(
  pen: Pen,
  lines: readonly string[],
  at: Place & { readonly style: Ink; readonly right?: number },
): number {
  lines.forEach((line, index) => put(pen, line, { ...at, y: at.y + index * lineOf(at.style) }));
  return at.y + lines.length * lineOf(at.style);
}

/** Words and figures stay whole, and punctuation stays with what it belongs to (避头尾). */
export const UNIT = /[（《“‘〔【「]*(?:[\p{Script=Latin}\p{Nd}.,:+−%/_@#-]+|.)[），。；：、》”’！？〕】」％…]*/gsu;

/** Breaks a text into lines of at most that width; a unit that is wider than a line is broken anywhere. */
export function wrap(pen: Pen, text: string, to: { readonly style: Ink; readonly width: number }): string[] {
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
export function fitted(pen: Pen, text: string, to: { readonly style: Ink; readonly width: number }): Ink {
  const width = widthOf(pen, text, to.style);
  return width <= to.width
    ? to.style
    : { ...to.style, size: Math.floor((to.style.size * to.width * 100) / width) / 100 };
}

// ---- The document --------------------------------------------------------------------------------------------

/** A fixed instant: the paper's date is printed on it, and a changing one would change the bytes. */
const MADE_ON = new Date(Date.UTC(2000, 0, 1));

/** What a document says of itself, and how high its pages are when they are not A4. */
export interface About {
  readonly title: string;
  readonly author: string;
  readonly subject: string;
  readonly height?: number;
}

/** Opens a document on its first page: tagged, with its two fonts inside. */
export async function openPaper(about: About): Promise<Pen> {
  const loaded = await loadFaces();
  const doc = new PDFDocument({
    size: [PAGE.width, about.height ?? PAGE.height],
    margin: 0,
    bufferPages: true,
    pdfVersion: "1.7",
    tagged: true,
    lang: "zh-CN",
    displayTitle: true,
    // The types do not know that null means "load no standard font", which pdfkit documents.
    font: null as unknown as string,
    info: {
      Title: about.title,
      Author: about.author,
      Subject: about.subject,
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

/** Ends the document and answers its bytes. */
export function finish(pen: Pen): Promise<Buffer> {
  const bytes = collect(pen.doc);
  pen.doc.end();
  return bytes;
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
export function tag(pen: Pen, kind: string, draw: { readonly in?: Element; readonly how: () => void }): void {
  (draw.in ?? pen.root).add(pen.doc.struct(kind, {}, [draw.how]));
}

/** Draws what a screen reader should pass over: rules, shades, footers, repeated heads. Never inside an element. */
export function decorate(pen: Pen, draw: () => void): void {
  pen.doc.markContent("Artifact", { type: "Layout" });
  draw();
  pen.doc.endMarkedContent();
}

export function shade(
  pen: Pen,
  box: Place & { readonly width: number; readonly height: number; readonly colour: string },
): void {
  decorate(pen, () => {
    pen.doc.rect(box.x, box.y, box.width, box.height).fill(box.colour);
  });
  pen.colour = "";
}

export function rule(pen: Pen, y: number, style: { readonly colour: string; readonly thickness: number }): void {
  shade(pen, { x: LEFT, y: y - style.thickness / 2, width: WIDTH, height: style.thickness, colour: style.colour });
}

export function turnPage(pen: Pen): void {
  pen.doc.addPage();
  pen.y = TOP;
  pen.colour = "";
}

/** Turns the page when what comes next does not fit on this one; answers whether it did. */
export function needs(pen: Pen, height: number): boolean {
  const isFull = pen.y + height > BOTTOM && pen.y > TOP;
  if (isFull) {
    turnPage(pen);
  }
  return isFull;
}

// ---- Furniture -----------------------------------------------------------------------------------------------

/** Labels and values in two columns. */
export function drawFacts(pen: Pen, facts: readonly (readonly [string, string])[]): void {
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
export function drawNotice(pen: Pen, text: string): void {
  const lines = wrap(pen, text, { style: WARNING, width: WIDTH - 24 });
  const height = lines.length * lineOf(WARNING) + 6;
  needs(pen, height);
  shade(pen, { x: LEFT, y: pen.y, width: WIDTH, height, colour: COLOUR.warningShade });
  shade(pen, { x: LEFT, y: pen.y, width: 3, height, colour: COLOUR.warning });
  tag(pen, "P", { how: () => void putLines(pen, lines, { x: LEFT + 12, y: pen.y + 3, style: WARNING }) });
  pen.y += height;
}

/** A section's heading, on the same page as at least that much of what follows. */
export function drawSection(pen: Pen, title: string, follows: number): void {
  const lines = wrap(pen, title, { style: HEADING, width: WIDTH });
  needs(pen, lines.length * lineOf(HEADING) + follows);
  tag(pen, "H2", { how: () => void putLines(pen, lines, { x: LEFT, y: pen.y, style: HEADING }) });
  pen.y += lines.length * lineOf(HEADING) + 2;
}

/** The document's name below a bar of colour. */
export function drawTitle(pen: Pen, title: string): void {
  shade(pen, { x: LEFT, y: pen.y, width: WIDTH, height: 3, colour: COLOUR.accent });
  pen.y += 10;
  // A somewhat smaller title on one line reads better than two lines; a very long one is broken.
  const style = {
    ...TITLE,
    size: Math.max(TITLE_SIZE_MIN, fitted(pen, title, { style: TITLE, width: WIDTH }).size),
  };
  tag(pen, "H1", {
    how: () => {
      pen.y = putLines(pen, wrap(pen, title, { style, width: WIDTH }), { x: LEFT, y: pen.y, style });
    },
  });
}

/** Running text over a width, from where the pen stands. */
export function drawParagraph(
  pen: Pen,
  text: string,
  to: { readonly style: Ink; readonly x?: number; readonly width?: number },
): void {
  const { style, x = LEFT, width = WIDTH } = to;
  const lines = wrap(pen, text, { style, width });
  needs(pen, lines.length * lineOf(style));
  tag(pen, "P", { how: () => void putLines(pen, lines, { x, y: pen.y, style }) });
  pen.y += lines.length * lineOf(style);
}

/** Light modules around a QR code that a reader needs to find it (ISO/IEC 18004). */
const QUIET_ZONE = 4;

/** A QR code as shapes, sharp at any size; its square includes the quiet zone. */
export function drawQr(pen: Pen, text: string, box: Place & { readonly size: number }): void {
  const { modules } = qrcode.create(text, { errorCorrectionLevel: "M" });
  const step = box.size / (modules.size + 2 * QUIET_ZONE);
  const draw = (): void => {
    for (let row = 0; row < modules.size; row += 1) {
      for (let from = 0; from < modules.size; from += 1) {
        let to = from;
        while (to < modules.size && modules.get(row, to) !== 0) {
          to += 1;
        }
        if (to > from) {
          const x = box.x + (from + QUIET_ZONE) * step;
          pen.doc.rect(x, box.y + (row + QUIET_ZONE) * step, (to - from) * step, step);
          from = to;
        }
      }
    }
    pen.doc.fill(COLOUR.text);
  };
  pen.root.add(pen.doc.struct("Figure", { alt: `二维码：${text}` }, [draw]));
  pen.colour = "";
}
