// The result of a vote on paper: the notice that is posted in the community, and the minutes that are signed and filed.
// Words and figures come from the page model; this file only decides where they stand.
import type { CountCard, MatterCard, OutcomePage } from "../src/outcome/page.ts";
import {
  BODY,
  CODE,
  COLOUR,
  drawFacts,
  drawParagraph,
  drawSection,
  drawTitle,
  finish,
  ink,
  LEFT,
  lineOf,
  needs,
  NOTE,
  openPaper,
  put,
  RIGHT,
  rule,
  tag,
  WIDTH,
  type Pen,
} from "./paper.ts";
import { drawTable, type PaperTable } from "./table.ts";

const STRONG = ink("bold", 11);
const SENTENCE = ink("regular", 11);

/** What the papers say beside the count. */
export interface OutcomePaper {
  readonly page: OutcomePage;
  /** Where the result can be read and checked. */
  readonly url: string;
  /** Who calls it: "风华苑小区业主大会". */
  readonly principal: string;
}

/** 表决结果公告: for the notice board, within the days that the rules of procedure give. */
export async function outcomeNotice({ page, url, principal }: OutcomePaper): Promise<Buffer> {
  const pen = await openPaper({ title: `${page.title}表决结果公告`, author: principal, subject: page.community });
  drawTitle(pen, `${page.title}　表决结果公告`);
  pen.y += 6;
  drawFacts(pen, [
    ["小区", page.community],
    ["投票期", page.window],
    ["计票", page.countedOn],
    ["方式", page.ballotWords],
    ["名册", page.roll],
    ["异议期", `到${page.objectionsUntil}`],
  ]);
  page.matters.forEach((matter) => drawMatter(pen, matter));
  pen.y += 8;
  drawParagraph(
    pen,
    `对结果有异议的业主，请在${page.objectionsUntil}以前书面或在网页上向业主委员会提出。没有异议或异议不成立的，期满后决定生效。`,
    { style: SENTENCE },
  );
  drawCheck(pen, page, url);
  drawSignatures(pen, [principal]);
  return finish(pen);
}

/** 业主大会会议纪要: what was called, how it was counted, who signs (指导规则 art. 28: kept with the archive). */
export async function outcomeMinutes(
  paper: OutcomePaper & { readonly matters: readonly { readonly title: string; readonly text: string }[] },
): Promise<Buffer> {
  const { page, url, principal } = paper;
  const pen = await openPaper({ title: `${page.title}会议纪要`, author: principal, subject: page.community });
  drawTitle(pen, `${page.title}　会议纪要`);
  pen.y += 6;
  drawFacts(pen, [
    ["小区", page.community],
    ["通知", page.noticedOn],
    ["投票期", page.window],
    ["方式", page.ballotWords],
    ["名册", page.roll],
    ["计票", page.countedOn],
  ]);
  drawTable(pen, casesTable(page));
  drawTable(pen, channelsTable(page));
  page.notCounted.forEach((line) => drawParagraph(pen, line, { style: BODY }));
  page.matters.forEach((matter, index) => {
    const { text = "" } = paper.matters[index] ?? {};
    drawMatter(pen, matter, text);
  });
  drawCheck(pen, page, url);
  drawSignatures(pen, ["记录人", "业主委员会主任", "监票人"]);
  return finish(pen);
}

const column = (label: string, numeric = false): PaperTable["columns"][number] => ({ label, numeric });
const row = (cells: readonly string[], total = false): PaperTable["rows"][number] => ({
  cells,
  total,
  mark: "",
  href: "",
});

function casesTable({ cases }: OutcomePage): PaperTable {
  return {
    title: "人数和面积的算法",
    note: "",
    columns: [column("规则"), column("依据"), column("这次")],
    rows: cases.map((each) => row([each.rule, each.source, each.case])),
  };
}

function channelsTable({ channels }: OutcomePage): PaperTable {
  return {
    title: "票的来源",
    note: "",
    columns: [column("方式"), column("人数", true), column("面积", true)],
    rows: channels.map((each) => row([each.name, each.heads, each.area])),
  };
}

function drawMatter(pen: Pen, matter: MatterCard, text = ""): void {
  pen.y += 10;
  drawSection(pen, `第 ${matter.place} 项　${matter.title}：${matter.verdict}`, 4 * lineOf(SENTENCE));
  if (text !== "") {
    drawParagraph(pen, text, { style: BODY });
    pen.y += 4;
  }
  drawCount(pen, matter);
  drawParagraph(pen, `依据：${matter.basis}`, { style: NOTE });
  if (matter.unreturned !== null) {
    drawParagraph(pen, matter.unreturned.words, { style: BODY });
    drawCount(pen, matter.unreturned);
  }
}

function drawCount(pen: Pen, count: CountCard): void {
  count.sentences.forEach((sentence, index) =>
    drawParagraph(pen, sentence, { style: index === count.sentences.length - 1 ? STRONG : SENTENCE }),
  );
  pen.y += 4;
  drawTable(pen, conditionsTable(count));
  drawTable(pen, choicesTable(count));
}

function conditionsTable({ conditions }: CountCard): PaperTable {
  return {
    title: "法律的两项条件",
    note: "",
    columns: [
      column("条件"),
      column("有", true),
      column("总数", true),
      column("比例", true),
      column("至少要", true),
      column("结论"),
    ],
    rows: conditions.flatMap(({ title, meters }) =>
      meters.map((each) =>
        row([
          `${title}（${each.name}）`,
          each.have,
          each.base,
          each.percent,
          each.need,
          each.isMet ? "达到" : each.lacks,
        ]),
      ),
    ),
  };
}

function choicesTable({ choices, total }: CountCard): PaperTable {
  return {
    title: "怎么投的",
    note: "",
    columns: [
      column("选择"),
      column("人数", true),
      column("占参加者", true),
      column("面积", true),
      column("占参加者", true),
    ],
    rows: [
      ...choices.map((each) => row([each.name, each.heads, each.headsPercent, each.area, each.areaPercent])),
      row([total.name, total.heads, "", total.area, ""], true),
    ],
  };
}

/** How anybody can check that this is the count and that the own ballot is in it. */
function drawCheck(pen: Pen, page: OutcomePage, url: string): void {
  pen.y += 10;
  drawSection(pen, "自己核对", 5 * lineOf(NOTE));
  drawParagraph(pen, `结果和每一项算法都在 ${url}；凭投票回执可以在那里查到自己的票计入了没有。`, { style: BODY });
  drawParagraph(pen, `计票结果校验码 ${page.digest}`, { style: CODE });
  drawParagraph(pen, `名册校验码 ${page.rollFingerprint}`, { style: CODE });
  drawParagraph(pen, `计入的回执（${page.receipts}）校验码 ${page.receiptsFingerprint}`, { style: CODE });
}

const SIGNATURE_HEIGHT = 46;

function drawSignatures(pen: Pen, names: readonly string[]): void {
  pen.y += 14;
  const width = WIDTH / names.length;
  needs(pen, SIGNATURE_HEIGHT);
  const { y } = pen;
  names.forEach((name, index) => {
    const x = LEFT + index * width;
    tag(pen, "P", { how: () => put(pen, `${name}（签章）`, { x, y, style: BODY }) });
  });
  rule(pen, y + SIGNATURE_HEIGHT - 8, { colour: COLOUR.quiet, thickness: 0.5 });
  tag(pen, "P", { how: () => put(pen, "　　　年　　月　　日", { x: 0, right: RIGHT, y: y + 26, style: BODY }) });
  pen.y += SIGNATURE_HEIGHT;
}
