// The final account of a year's budget as CSV and as an A4 paper. Words and figures come from the page model.
import { csvCell } from "../src/platform/csv.ts";
import type { FinalPage } from "../src/execution/page.ts";
import { csvOf, tableLines } from "./csv.ts";
import { BODY, drawFacts, drawParagraph, drawTitle, finish, openPaper } from "./paper.ts";
import { drawTable } from "./table.ts";

export function finalCsv(page: FinalPage): string {
  const head = [
    ["标题", page.title],
    ["年度", String(page.year)],
    ["说明", page.note],
  ].map((cells) => cells.map(csvCell).join(","));
  return csvOf([head, ...page.tables.map(tableLines)]);
}

/** The same bytes for the same model, so that anybody can print it again and compare. */
export async function finalPdf(page: FinalPage): Promise<Buffer> {
  const pen = await openPaper({ title: page.title, author: page.community, subject: page.note });
  drawTitle(pen, page.title);
  pen.y += 2;
  drawFacts(pen, [
    ["小区", page.community],
    ["年度", String(page.year)],
  ]);
  drawParagraph(pen, page.note, { style: BODY });
  pen.y += 10;
  page.tables.forEach((table) => drawTable(pen, table));
  return finish(pen);
}
