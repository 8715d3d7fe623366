// Papers for one unit: the invitation to an account, the reminder of what is owed, the receipt for what was paid.
// Words and figures come from the models; this file only decides where they stand.
import { drawTable } from "./table.ts";
import {
  BODY,
  COLOUR,
  drawFacts,
  drawParagraph,
  drawQr,
  drawTitle,
  finish,
  fitted,
  ink,
  LEFT,
  lineOf,
  MM,
  openPaper,
  put,
  putLines,
  RIGHT,
  rule,
  shade,
  tag,
  turnPage,
  WIDTH,
  widthOf,
  wrap,
  type Ink,
  type Pen,
} from "./paper.ts";

/** Letters are read at a kitchen table, often by people of seventy. */
const LETTER = ink("regular", 12.5);
const STRONG = ink("bold", 12.5);
const SMALL = ink("regular", 10, COLOUR.quiet);

// ---- Invitation ----------------------------------------------------------------------------------------------

/** One unit's invitation to its account. Texts are printed as they are. */
export interface InvitationLetter {
  readonly communityName: string;
  readonly unit: string;
  /** As the owner types it, in groups: "K7QF-2M9X". */
  readonly code: string;
  /** The address the QR code opens, the code inside. */
  readonly url: string;
  /** "2026年12月31日" */
  readonly expiresOn: string;
  /** Who sends it: the trustee's name. */
  readonly issuer: string;
}

const QR_SIZE = 56 * MM;

/** A page per unit, to be folded and handed over. */
export async function invitationLetters(letters: readonly InvitationLetter[]): Promise<Buffer> {
  const first = letters[0];
  const pen = await openPaper({
    title: `${first?.communityName ?? ""}业主账号邀请信`,
    author: first?.issuer ?? "",
    subject: `${letters.length} 户`,
  });
  letters.forEach((letter, index) => {
    if (index > 0) {
      turnPage(pen);
    }
    drawInvitation(pen, letter);
  });
  return finish(pen);
}

function drawInvitation(pen: Pen, letter: InvitationLetter): void {
  drawTitle(pen, "请查收：您家的业主账号");
  pen.y += 10;
  drawParagraph(pen, `${letter.communityName} ${letter.unit} 业主：`, { style: ink("bold", 15) });
  pen.y += 10;
  drawParagraph(
    pen,
    "小区的物业费和公共收益是全体业主的共有资金。每月收了多少、花在哪里、凭证是什么，都向业主公开。" +
      "开通账号以后，您可以在手机上看到自家的账单与缴费、打开每一张凭证。",
    { style: LETTER },
  );
  pen.y += 18;
  drawEntrance(pen, letter);
  pen.y += 18;
  for (const text of [
    `这封信只给 ${letter.unit} 的业主，${letter.expiresOn}前有效。`,
    "请不要把邀请码告诉别人。任何人，包括物业工作人员，都不会打电话向您要邀请码或密码。",
    "信丢了，或者不是您家的信，请告诉物业服务中心：换一封新的，原来的邀请码就作废。",
  ]) {
    drawParagraph(pen, text, { style: LETTER });
    pen.y += 8;
  }
  drawIssuer(pen, [letter.issuer]);
}

/** The QR code on the left, the same way in words on the right. */
function drawEntrance(pen: Pen, letter: InvitationLetter): void {
  const top = pen.y;
  const height = QR_SIZE + 16;
  shade(pen, { x: LEFT, y: top, width: WIDTH, height, colour: COLOUR.shade });
  shade(pen, { x: LEFT + 8, y: top + 8, width: QR_SIZE, height: QR_SIZE, colour: "#ffffff" });
  drawQr(pen, letter.url, { x: LEFT + 8, y: top + 8, size: QR_SIZE });
  const x = LEFT + QR_SIZE + 26;
  const width = RIGHT - x - 12;
  pen.y = top + 12;
  drawParagraph(pen, "第一步　用手机扫左边的二维码，或在浏览器里输入", { style: LETTER, x, width });
  drawParagraph(pen, letter.url, { style: ink("regular", 10, COLOUR.accent), x, width });
  pen.y += 6;
  drawParagraph(pen, "第二步　核对或填写邀请码", { style: LETTER, x, width });
  const code = fitted(pen, letter.code, { style: ink("bold", 24, COLOUR.accent), width });
  drawParagraph(pen, letter.code, { style: code, x, width });
  pen.y += 4;
  drawParagraph(pen, "第三步　设一个自己记得住的登录名和密码", { style: LETTER, x, width });
  pen.y = top + height;
}

function drawIssuer(pen: Pen, lines: readonly string[]): void {
  pen.y += 14;
  tag(pen, "P", {
    how: () => {
      pen.y = putLines(pen, lines, { x: 0, right: RIGHT, y: pen.y, style: LETTER });
    },
  });
}

// ---- Reminder ------------------------------------------------------------------------------------------------

/** What a unit owes, in words. The rows fit one page: the caller sums up old years. */
export interface ReminderLetter {
  readonly communityName: string;
  readonly unit: string;
  readonly issuer: string;
  /** "2026年11月21日" */
  readonly writtenOn: string;
  /** The month of the oldest unpaid bill: "2026年3月". */
  readonly since: string;
  /** "1,234.50" */
  readonly total: string;
  /** By when it should be paid: "2026年12月21日". */
  readonly payBy: string;
  readonly bills: readonly ReminderRow[];
  /** How and to which account to pay, in a sentence of the trustee. */
  readonly how: string;
}

/** One unpaid bill, or the bills of an old year. */
export interface ReminderRow {
  readonly period: string;
  readonly amount: string;
  readonly paid: string;
  readonly owed: string;
  /** The day it was due. */
  readonly due: string;
}

/** A page per unit. The tone is sober: who does not pay may not know, or may have a reason. */
export async function reminderLetters(letters: readonly ReminderLetter[]): Promise<Buffer> {
  const first = letters[0];
  const pen = await openPaper({
    title: `${first?.communityName ?? ""}物业费缴费提示`,
    author: first?.issuer ?? "",
    subject: `${letters.length} 户，${first?.writtenOn ?? ""}`,
  });
  letters.forEach((letter, index) => {
    if (index > 0) {
      turnPage(pen);
    }
    drawReminder(pen, letter);
  });
  return finish(pen);
}

function drawReminder(pen: Pen, letter: ReminderLetter): void {
  drawTitle(pen, "物业费缴费提示");
  pen.y += 8;
  drawParagraph(pen, `${letter.communityName} ${letter.unit} 业主：`, { style: ink("bold", 15) });
  pen.y += 8;
  drawParagraph(
    pen,
    `到${letter.writtenOn}为止，您家从${letter.since}起的物业费还有 ${letter.total} 元没有缴，明细如下。`,
    { style: LETTER },
  );
  pen.y += 8;
  drawTable(pen, {
    title: `未缴账单，共 ${letter.total} 元`,
    note: "金额单位：元。已缴是已经抵掉这张账单的部分。",
    columns: [
      { label: "账单", numeric: false },
      { label: "应缴", numeric: true },
      { label: "已缴", numeric: true },
      { label: "还应缴", numeric: true },
      { label: "最晚缴费日", numeric: true },
    ],
    rows: [
      ...letter.bills.map(({ period, amount, paid, owed, due }) => ({
        cells: [period, amount, paid, owed, due],
        mark: "",
        total: false,
        href: "",
      })),
      { cells: ["合计", "", "", letter.total, ""], mark: "", total: true, href: "" },
    ],
  });
  drawParagraph(pen, `请在${letter.payBy}前缴清。${letter.how}`, { style: STRONG });
  pen.y += 8;
  for (const text of [
    "如果您已经缴了，或对账单、对服务有疑问，请来物业服务中心或打电话给我们，我们当面核对；确有困难的，也可以商量分期。",
    "物业费是全体业主的共有资金，用在小区的日常服务上，每月收支都向业主公示。" +
      "本提示依据《中华人民共和国民法典》第九百四十四条发出；我们不会用停水、停电等方式催缴。",
  ]) {
    drawParagraph(pen, text, { style: LETTER });
    pen.y += 6;
  }
  drawIssuer(pen, [letter.issuer, letter.writtenOn]);
}

// ---- Receipt -------------------------------------------------------------------------------------------------

/** A receipt for money that came in, in words. */
export interface ReceiptSlip {
  readonly communityName: string;
  /** "000012" */
  readonly number: string;
  /** "2026年11月21日" */
  readonly receivedOn: string;
  /** "" when it was not for a unit. */
  readonly unit: string;
  readonly payer: string;
  /** What the money is for: "物业服务费". */
  readonly purpose: string;
  /** What it paid, when that was known: "2026年3月 72.54 元（缴清）；预缴 20.00 元"; "" otherwise. */
  readonly pays: string;
  /** "1,234.50" */
  readonly amount: string;
  /** "壹仟贰佰叁拾肆元伍角整" */
  readonly capitals: string;
  /** How it came and where it is: "微信、支付宝等扫码，存入共有资金专户". */
  readonly method: string;
  /** The trustee, who receives it for the fund. */
  readonly issuer: string;
  readonly takenBy: string;
  /** The entry in the books: "2026-11-0042". */
  readonly entry: string;
  /** Why it is void; "" when it is good. */
  readonly cancelled: string;
}

/** Half of an A4 sheet, lying. */
const SLIP_HEIGHT = 148.5 * MM;

/** One receipt 收据 on half a sheet. */
export async function receiptSlip(slip: ReceiptSlip): Promise<Buffer> {
  const pen = await openPaper({
    title: `收据 No. ${slip.number}`,
    author: slip.issuer,
    subject: slip.communityName,
    height: SLIP_HEIGHT,
  });
  drawTitle(pen, `${slip.communityName}　收据`);
  const number = `No. ${slip.number}`;
  const style = ink("bold", 14, slip.cancelled === "" ? COLOUR.text : COLOUR.warning);
  tag(pen, "P", { how: () => put(pen, number, { x: 0, right: RIGHT, y: pen.y - lineOf(style) - 6, style }) });
  pen.y += 6;
  drawFacts(pen, [
    ["日期", slip.receivedOn],
    ["房号", slip.unit === "" ? "—" : slip.unit],
  ]);
  pen.y += 8;
  for (const [label, value] of [
    ["今收到", slip.payer],
    ["交来", slip.purpose],
    ["其中", slip.pays],
    ["方式", slip.method],
  ] as const) {
    if (value !== "") {
      drawSlipLine(pen, label, value);
    }
  }
  drawSlipAmount(pen, slip);
  drawSlipFoot(pen, slip);
  return finish(pen);
}

const SLIP_LABEL = 52;
const SLIP_TEXT = ink("regular", 11.5);

const SLIP_TEXT_MIN = 7.5;

function drawSlipLine(pen: Pen, label: string, value: string): void {
  const width = WIDTH - SLIP_LABEL;
  let style = SLIP_TEXT;
  // Half a sheet has room for two lines of each; a longer text is set smaller.
  while (wrap(pen, value, { style, width }).length > 2 && style.size > SLIP_TEXT_MIN) {
    style = { ...style, size: style.size - 0.5 };
  }
  const lines = wrap(pen, value, { style, width });
  tag(pen, "P", {
    how: () => {
      put(pen, label, { x: LEFT, y: pen.y, style: { ...SLIP_TEXT, colour: COLOUR.quiet } });
      putLines(pen, lines, { x: LEFT + SLIP_LABEL, y: pen.y, style });
    },
  });
  pen.y += Math.max(lineOf(SLIP_TEXT), lines.length * lineOf(style)) + 3;
  rule(pen, pen.y, { colour: COLOUR.rule, thickness: 0.5 });
  pen.y += 5;
}

/** The amount in words and in figures: one guards the other against a changed stroke. */
function drawSlipAmount(pen: Pen, slip: ReceiptSlip): void {
  const height = 40;
  const words = `人民币（大写）　${slip.capitals}`;
  const figures = `¥ ${slip.amount}`;
  pen.y += 4;
  shade(pen, { x: LEFT, y: pen.y, width: WIDTH, height, colour: COLOUR.shade });
  const large = fitted(pen, figures, { style: ink("bold", 18, COLOUR.accent), width: WIDTH * 0.35 });
  const room = WIDTH - widthOf(pen, figures, large) - 36;
  const written: Ink = fitted(pen, words, { style: ink("bold", 13), width: room });
  tag(pen, "P", {
    how: () => {
      put(pen, words, { x: LEFT + 10, y: pen.y + (height - lineOf(written)) / 2, style: written });
      put(pen, figures, { x: 0, right: RIGHT - 10, y: pen.y + (height - lineOf(large)) / 2, style: large });
    },
  });
  pen.y += height + 8;
}

function drawSlipFoot(pen: Pen, slip: ReceiptSlip): void {
  if (slip.cancelled !== "") {
    drawParagraph(pen, `本收据已作废：${slip.cancelled}`, { style: ink("bold", 12, COLOUR.warning) });
    pen.y += 4;
  }
  drawParagraph(
    pen,
    `${slip.issuer}作为受托人，代全体业主收存。记账凭证 ${slip.entry}。本收据不是发票；登录业主账号可以核对这笔钱抵了哪几个月的账单。`,
    { style: SMALL },
  );
  const y = Math.max(pen.y + 6, SLIP_HEIGHT - 18 * MM);
  tag(pen, "P", {
    how: () => {
      put(pen, `经手人：${slip.takenBy}`, { x: LEFT, y, style: BODY });
      put(pen, "交款人（签字）", { x: LEFT + WIDTH * 0.4, y, style: BODY });
      put(pen, "收款单位（盖章）", { x: 0, right: RIGHT - 24 * MM, y, style: BODY });
    },
  });
}
