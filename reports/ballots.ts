// Paper ballots: one page a head, to be filled in with a pen, signed, and brought back. Words come from the model; this
// file only decides where they stand, and how small they must be for one page.
import {
  COLOUR,
  decorate,
  drawParagraph,
  drawQr,
  drawTitle,
  finish,
  ink,
  LEFT,
  lineOf,
  BOTTOM,
  MM,
  openPaper,
  put,
  RIGHT,
  rule,
  tag,
  turnPage,
  WIDTH,
  widthOf,
  wrap,
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
  /** "150.50 ㎡" */
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
/** Read at a kitchen table by people of seventy: as large as one page allows, never smaller than that. */
const SIZES = [14, 13, 12, 11, 10, 9, 8] as const;
const FOOT = 34 * MM;
const BOX = 5 * MM;
const CHOICES = ["同意", "反对", "弃权"];

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
  const room = BOTTOM - FOOT - pen.y;
  const size = SIZES.find((each) => heightOf(pen, form.matters, each) <= room) ?? SIZES[SIZES.length - 1];
  for (const matter of form.matters) {
    drawMatter(pen, matter, size ?? 8);
  }
  drawFoot(pen, form);
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
    style: ink("regular", 10, COLOUR.quiet),
  });
  pen.y += 6;
}

function heightOf(pen: Pen, matters: readonly BallotMatter[], size: number): number {
  return matters.reduce((total, matter) => total + matterHeight(pen, matter, size), 0);
}

const GAP = 6;

function matterHeight(pen: Pen, matter: BallotMatter, size: number): number {
  const height = (text: string, style: ReturnType<typeof ink>): number =>
    wrap(pen, text, { style, width: WIDTH }).length * lineOf(style);
  const texts = matter.paragraphs.reduce((total, text) => total + height(text, ink("regular", size)), 0);
  const small = ink("regular", size - 2);
  return (
    height(matter.title, ink("bold", size + 1)) +
    texts +
    height(matter.basis, small) +
    height(matter.need, small) +
    Math.max(BOX, lineOf(ink("bold", size + 1))) +
    4 * GAP
  );
}

function drawMatter(pen: Pen, matter: BallotMatter, size: number): void {
  rule(pen, pen.y, { colour: COLOUR.rule, thickness: 0.7 });
  pen.y += GAP;
  drawParagraph(pen, matter.title, { style: ink("bold", size + 1) });
  for (const text of matter.paragraphs) {
    drawParagraph(pen, text, { style: ink("regular", size) });
  }
  const small = ink("regular", size - 2, COLOUR.quiet);
  drawParagraph(pen, matter.basis, { style: small });
  drawParagraph(pen, matter.need, { style: small });
  pen.y += GAP;
  drawBoxes(pen, size);
  pen.y += 2 * GAP;
}

/** Three boxes side by side, each before its word. */
function drawBoxes(pen: Pen, size: number): void {
  const style = ink("bold", size + 1);
  const height = Math.max(BOX, lineOf(style));
  const step = WIDTH / CHOICES.length;
  CHOICES.forEach((_, index) => {
    decorate(pen, () => {
      pen.doc.lineWidth(1).strokeColor(COLOUR.text);
      pen.doc.rect(LEFT + index * step + 4 * MM, pen.y + (height - BOX) / 2, BOX, BOX).stroke();
    });
  });
  tag(pen, "P", {
    how: () => {
      CHOICES.forEach((word, index) => {
        const x = LEFT + index * step + 4 * MM + BOX + 6;
        put(pen, word, { x, y: pen.y + (height - lineOf(style)) / 2, style });
      });
    },
  });
  pen.y += height;
}

/** Where it is signed, and by when it must be back. */
function drawFoot(pen: Pen, form: BallotForm): void {
  pen.y = Math.max(pen.y, BOTTOM - FOOT);
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
