// Paper ballots: one page a head, to be filled in with a pen, signed, and brought back. Words come from the model; this
// file only decides where they stand, and how small they must be for one page.
import { choiceName, CHOICES } from "../src/tally/rules.ts";
import {
  BOTTOM,
  COLOUR,
  decorate,
  drawParagraph,
  drawQr,
  drawTitle,
  finish,
  ink,
  LEFT,
  lineOf,
  MM,
  openPaper,
  put,
  putLines,
  RIGHT,
  rule,
  tag,
  turnPage,
  WIDTH,
  widthOf,
  wrap,
  type Ink,
  type Pen,
} from "./paper.ts";

/** One head's paper ballot. Texts are printed as they are. */
export interface BallotForm {
  readonly communityName: string;
  /** The assembly's name. */
  readonly title: string;
  /** "101、104" */
  readonly units: string;
  /** 业主编号 */
  readonly head: string;
  /** "150.50 平方米" */
  readonly area: string;
  /** "2020年12月1日至2020年12月20日" */
  readonly window: string;
  /** "2020年12月20日" */
  readonly returnBy: string;
  /** Open or secret, in a sentence. */
  readonly how: string;
  /** The desk's page where this paper is entered. */
  readonly url: string;
  readonly matters: readonly BallotMatter[];
}

export interface BallotMatter {
  readonly title: string;
  readonly basis: string;
  readonly need: string;
  readonly paragraphs: readonly string[];
}

const QR_SIZE = 30 * MM;
/** Read at a kitchen table by people of seventy: as large as one page allows; rather a second page than smaller still. */
const SIZES = [14, 13, 12, 11, 10];
const SIZE_MIN = 9;
const QUIET = ink("regular", 10, COLOUR.quiet);
const FOOT = 34 * MM;
/** No footer stands below, so the page is used further down than in other papers. */
const SHEET_END = BOTTOM + 7 * MM;

/** A page per head. */
export async function ballotForms(forms: readonly BallotForm[]): Promise<Buffer> {
  const first = forms[0];
  const pen = await openPaper({
    title: `${first?.communityName ?? ""}${first?.title ?? ""}表决票`,
    author: first?.communityName ?? "",
    subject: `${forms.length} 张`,
  });
  forms.forEach((form, index) => {
    if (index > 0) {
      turnPage(pen);
    }
    drawForm(pen, form);
  });
  return finish(pen);
}

function drawForm(pen: Pen, form: BallotForm): void {
  drawTitle(pen, `${form.communityName}　表决票`);
  drawHead(pen, form);
  const matters = onceSaid(pen, form.matters);
  const room = SHEET_END - FOOT - pen.y;
  const size = SIZES.find((each) => heightOf(pen, matters, each) <= room) ?? SIZE_MIN;
  for (const matter of matters) {
    drawMatter(pen, form, matter, size);
  }
  drawFoot(pen, form);
}

/** What all matters need alike is said once, above them. */
function onceSaid(pen: Pen, matters: readonly BallotMatter[]): readonly BallotMatter[] {
  const [first] = matters;
  if (first === undefined || matters.length === 1 || matters.some(({ need }) => need !== first.need)) {
    return matters;
  }
  drawParagraph(pen, `每一项：${first.need}`, { style: QUIET });
  pen.y += 4;
  return matters.map((matter) => ({ ...matter, need: "" }));
}

/** Whose ballot it is, and the way to the page where it is entered. */
function drawHead(pen: Pen, form: BallotForm): void {
  pen.y += 4;
  const top = pen.y;
  const width = WIDTH - QR_SIZE - 12;
  drawParagraph(pen, form.title, { style: ink("bold", 13), width });
  pen.y += 4;
  for (const [label, value] of [
    ["房号", form.units],
    ["业主编号", form.head],
    ["专有面积", form.area],
    ["投票期", form.window],
  ] as const) {
    drawParagraph(pen, `${label}　${value}`, { style: ink("regular", 11), width });
  }
  drawQr(pen, form.url, { x: RIGHT - QR_SIZE, y: top, size: QR_SIZE });
  pen.y = Math.max(pen.y, top + QR_SIZE) + 4;
  drawParagraph(pen, `请在每一项的一个方框内打 √。一项选两个、不选或涂改，这张票就不能录入。${form.how}`, {
    style: QUIET,
  });
  pen.y += 6;
}

function heightOf(pen: Pen, matters: readonly BallotMatter[], size: number): number {
  return matters.reduce((total, matter) => total + matterHeight(pen, matter, size), 0);
}

const gapOf = (size: number): number => size / 3;
const printOf = (size: number): Ink => ink("regular", Math.max(size - 2, 7.5), COLOUR.quiet);
const boxOf = (size: number): number => Math.max(4 * MM, size);

/** The small print of a matter: the law it rests on, and what it needs. */
const smallPrint = ({ basis, need }: BallotMatter): string => (need === "" ? basis : `${basis}。${need}`);

function matterHeight(pen: Pen, matter: BallotMatter, size: number): number {
  const height = (text: string, style: Ink): number => wrap(pen, text, { style, width: WIDTH }).length * lineOf(style);
  const texts = matter.paragraphs.reduce((total, text) => total + height(text, ink("regular", size)), 0);
  const print = height(smallPrint(matter), printOf(size));
  return height(matter.title, ink("bold", size + 1)) + texts + print + lineOf(ink("bold", size + 1)) + 4 * gapOf(size);
}

function drawMatter(pen: Pen, form: BallotForm, matter: BallotMatter, size: number): void {
  rule(pen, pen.y, { colour: COLOUR.rule, thickness: 0.7 });
  pen.y += gapOf(size);
  drawText(pen, form, matter.title, ink("bold", size + 1));
  for (const text of matter.paragraphs) {
    drawText(pen, form, text, ink("regular", size));
  }
  drawText(pen, form, smallPrint(matter), printOf(size));
  pen.y += gapOf(size);
  if (pen.y + lineOf(ink("bold", size + 1)) > SHEET_END) {
    turnSheet(pen, form);
  }
  drawBoxes(pen, size);
  pen.y += 2 * gapOf(size);
}

/** A text that may be longer than what is left of the page. */
function drawText(pen: Pen, form: BallotForm, text: string, style: Ink): void {
  let left = wrap(pen, text, { style, width: WIDTH });
  while (left.length > 0) {
    const fits = Math.floor((SHEET_END - pen.y) / lineOf(style));
    const lines = left.slice(0, fits);
    if (lines.length > 0) {
      tag(pen, "P", { how: () => void putLines(pen, lines, { x: LEFT, y: pen.y, style }) });
      pen.y += lines.length * lineOf(style);
    }
    left = left.slice(lines.length);
    if (left.length > 0) {
      turnSheet(pen, form);
    }
  }
}

/** Another page says whose ballot it belongs to: sheets fall apart. */
function turnSheet(pen: Pen, form: BallotForm): void {
  turnPage(pen);
  drawParagraph(pen, `${form.communityName}　${form.title}　业主 ${form.head}（续页）`, { style: QUIET });
  pen.y += 6;
}

/** Three boxes side by side, each before its word. */
function drawBoxes(pen: Pen, size: number): void {
  const style = ink("bold", size + 1);
  const height = lineOf(style);
  const box = boxOf(size);
  const step = WIDTH / CHOICES.length;
  CHOICES.forEach((_, index) => {
    decorate(pen, () => {
      pen.doc.lineWidth(1).strokeColor(COLOUR.text);
      pen.doc.rect(LEFT + index * step + 4 * MM, pen.y + (height - box) / 2, box, box).stroke();
    });
  });
  tag(pen, "P", {
    how: () => {
      CHOICES.forEach((choice, index) => {
        const x = LEFT + index * step + 4 * MM + box + 6;
        put(pen, choiceName(choice), { x, y: pen.y, style });
      });
    },
  });
  pen.y += height;
}

/** Where it is signed, and by when it must be back. */
function drawFoot(pen: Pen, form: BallotForm): void {
  if (pen.y > SHEET_END - FOOT) {
    turnSheet(pen, form);
  }
  pen.y = SHEET_END - FOOT;
  rule(pen, pen.y, { colour: COLOUR.text, thickness: 1 });
  pen.y += 8;
  drawParagraph(pen, `请在 ${form.returnBy} 前交回；已经投了电子票的不用再交，先收到的一票有效，不能再改。`, {
    style: ink("bold", 11),
  });
  pen.y += 14;
  drawLines(pen, ["业主（受托人）签名", "日期"]);
  drawLines(pen, ["收票人签名", "收到日"]);
}

/** Two words, each with a line to write on. */
function drawLines(pen: Pen, labels: readonly [string, string]): void {
  const style = ink("regular", 12);
  const places = [
    { x: LEFT, end: LEFT + WIDTH * 0.6 },
    { x: LEFT + WIDTH * 0.64, end: RIGHT },
  ];
  tag(pen, "P", {
    how: () => labels.forEach((label, index) => put(pen, label, { x: places[index]?.x ?? LEFT, y: pen.y, style })),
  });
  pen.y += lineOf(style);
  decorate(pen, () => {
    pen.doc.lineWidth(0.8).strokeColor(COLOUR.text);
    labels.forEach((label, index) => {
      const { x = LEFT, end = RIGHT } = places[index] ?? {};
      pen.doc
        .moveTo(x + widthOf(pen, label, style) + 6, pen.y)
        .lineTo(end, pen.y)
        .stroke();
    });
  });
  pen.y += 16;
}
