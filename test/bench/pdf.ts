// A statement as PDF, against pdfkit drawing the same words at the same places with the same fonts and nothing else.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import PDFDocument from "pdfkit";
import { statementPdf } from "../../reports/pdf.ts";
import { bringSample } from "../../src/intake/service.ts";
import { pageOf } from "../../src/statement/routes.ts";
import { findStatement } from "../../src/statement/service.ts";
import type { StatementPage } from "../../src/statement/page.ts";
import { listening } from "../support/folders.ts";
import { openEmptyBooks } from "./databases.ts";
import { atMost, inTurn, timed, type Bench } from "./measure.ts";

const ROUNDS = 9;
const REPEATS = 5;
const FACES = ["400Regular", "700Bold"];

/** One string as the statement's PDF draws it. */
interface Drawn {
  readonly page: number;
  readonly face: string;
  readonly size: number;
  readonly colour: string;
  readonly text: string;
  readonly x: number;
  readonly y: number;
}

export async function benchPdf(bench: Bench): Promise<void> {
  const page = await samplePage();
  const drawn = await watch(page);
  const fonts = FACES.map((face) => parseFont(face));
  const pages = 1 + Math.max(...drawn.map((each) => each.page));
  const [ours, bare] = await inTurn(
    ROUNDS,
    () => averaged(() => statementPdf(page)),
    () => averaged(() => drawBare(drawn, pages, fonts)),
  );
  if (ours !== undefined && bare !== undefined) {
    bench.outcome({
      section: "pdf",
      what: `a statement of ${pages} pages, against pdfkit drawing its ${drawn.length} strings bare (parsed fonts kept)`,
      ours: ours.ms(),
      other: bare.ms(),
      ratio: ours.median / bare.median,
      goal: atMost(2),
    });
  }
}

async function samplePage(): Promise<StatementPage> {
  const { db, close } = await openEmptyBooks("SQLite");
  await bringSample(db, listening());
  const published = await findStatement(db, "fenghuayuan", "2020-12", 1);
  if (published === null) {
    throw new Error("the sample has no statement of 2020-12");
  }
  const page = await pageOf(db, published);
  await close();
  return page;
}

/** Draws the statement once and notes every string with its place, by listening at pdfkit's own methods. */
async function watch(page: StatementPage): Promise<Drawn[]> {
  const drawn: Drawn[] = [];
  const own = PDFDocument.prototype;
  const { text, font, fontSize, fillColor, addPage, switchToPage } = own;
  const at = { page: -1, face: "", size: 0, colour: "" };
  own.text = function listen(this: PDFKit.PDFDocument, ...args: unknown[]) {
    const [words, x, y] = args as [string, number, number];
    drawn.push({ ...at, text: words, x, y });
    return text.apply(this, args);
  };
  own.font = function listen(this: PDFKit.PDFDocument, ...args: unknown[]) {
    at.face = String(args[0]);
    return font.apply(this, args);
  };
  own.fontSize = function listen(this: PDFKit.PDFDocument, size: number) {
    at.size = size;
    return fontSize.call(this, size);
  };
  own.fillColor = function listen(this: PDFKit.PDFDocument, ...args: unknown[]) {
    at.colour = String(args[0]);
    return fillColor.apply(this, args);
  };
  own.addPage = function listen(this: PDFKit.PDFDocument, ...args: unknown[]) {
    at.page += 1;
    return addPage.apply(this, args);
  };
  own.switchToPage = function listen(this: PDFKit.PDFDocument, number: number) {
    at.page = number;
    return switchToPage.call(this, number);
  };
  await statementPdf(page).finally(() =>
    Object.assign(own, { text, font, fontSize, fillColor, addPage, switchToPage }),
  );
  // A page cannot be gone back to without buffering, so the footers come with their pages.
  return drawn.toSorted((a, b) => a.page - b.page);
}

/** pdfkit takes a parsed font as a source: what a programmer does who keeps fonts from one document to the next. */
function parseFont(face: string): Buffer {
  const require = createRequire(import.meta.url);
  const file = require.resolve(`@expo-google-fonts/noto-sans-sc/${face}/NotoSansSC_${face}.ttf`);
  const fontkit = require("fontkit") as { create(bytes: Buffer): Buffer };
  return fontkit.create(readFileSync(file));
}

function drawBare(drawn: readonly Drawn[], pages: number, fonts: readonly Buffer[]): Promise<Buffer> {
  const doc = new PDFDocument({ size: "A4", margin: 0, autoFirstPage: false, font: null as unknown as string });
  const bytes = new Promise<Buffer>((resolve) => {
    const chunks: Buffer[] = [];
    doc.on("data", (chunk: Buffer) => chunks.push(chunk));
    doc.on("end", () => resolve(Buffer.concat(chunks)));
  });
  fonts.forEach((font, index) => doc.registerFont(FACES[index] ?? "", font));
  for (let page = 0; page < pages; page += 1) {
    doc.addPage();
    for (const { face, size, colour, text, x, y } of drawn.filter((each) => each.page === page)) {
      doc.font(face).fontSize(size).fillColor(colour).text(text, x, y, { lineBreak: false });
    }
  }
  doc.end();
  return bytes;
}

async function averaged(work: () => Promise<unknown>): Promise<number> {
  const ms = await timed(async () => {
    for (let repeat = 0; repeat < REPEATS; repeat += 1) {
      await work();
    }
  });
  return ms / REPEATS;
}
