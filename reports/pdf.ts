// The statement as an A4 paper for the notice board. Every word and figure comes from the page model; this file only
// decides where it stands. The same model gives the same bytes, so that anyone can print it again and compare.
import type { FundBlock, StatementPage } from "../src/statement/page.ts";
import {
  BODY,
  BOTTOM,
  CODE,
  COLOUR,
  decorate,
  drawFacts,
  drawNotice,
  drawSection,
  drawTitle,
  finish,
  fitted,
  HEADING,
  ink,
  LEFT,
  lineOf,
  MM,
  needs,
  NOTE,
  openPaper,
  type Pen,
  put,
  putLines,
  RIGHT,
  rule,
  shade,
  tag,
  WIDTH,
  widthOf,
  wrap,
} from "./paper.ts";
import { drawTable } from "./table.ts";

/** Draws the statement: tagged, with its two fonts inside, the same bytes for the same model. */
export async function statementPdf(page: StatementPage): Promise<Buffer> {
  const pen = await openPaper({
    title: `${page.title}（第 ${page.revision} 版）`,
    author: page.trustee,
    subject: `SHA-256 ${page.digest}`,
  });
  drawHeading(pen, page);
  page.funds.forEach((fund) => drawFund(pen, fund));
  drawExceptions(pen, page);
  page.tables.forEach((table) => drawTable(pen, table));
  drawSignatures(pen, page);
  drawFooters(pen, page);
  return finish(pen);
}

// ---- Heading and funds ---------------------------------------------------------------------------------------

function drawHeading(pen: Pen, page: StatementPage): void {
  drawTitle(pen, page.title);
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
