import { expect } from "chai";
import ExcelJS from "exceljs";
import { statementXlsx } from "../../reports/xlsx.ts";
import { COLLECTION, DIGEST, figures, line, PAID, statementPageWith, words } from "./page.ts";

type Changes = Parameters<typeof statementPageWith>[0];

async function readBack(changes: Changes = {}): Promise<ExcelJS.Workbook> {
  const book = new ExcelJS.Workbook();
  const bytes = await statementXlsx(statementPageWith(changes));
  // The reader's type asks for an ArrayBuffer, not for Node's Buffer.
  await book.xlsx.load(Uint8Array.from(bytes).buffer);
  return book;
}

function sheetOf(book: ExcelJS.Workbook, name: string): ExcelJS.Worksheet {
  const sheet = book.getWorksheet(name);
  if (sheet === undefined) {
    throw new Error(`no sheet ${name}`);
  }
  return sheet;
}

const valuesOf = (sheet: ExcelJS.Worksheet, row: number, columns: number): unknown[] =>
  Array.from({ length: columns }, (_, index) => sheet.getRow(row).getCell(index + 1).value);

const pause = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });

describe("the statement as a workbook", () => {
  it("is the same bytes for the same statement, also two seconds later", async () => {
    const first = await statementXlsx(statementPageWith());
    // A zip archive writes its dates in steps of two seconds.
    await pause(2_100);
    expect(first.equals(await statementXlsx(statementPageWith()))).to.equal(true);
  }).timeout(6_000);

  it("has a cover and one sheet per table", async () => {
    const book = await readBack();
    expect(book.worksheets.map((sheet) => sheet.name)).to.deep.equal(["公示", "支出", "物业费收缴"]);
    const cover = sheetOf(book, "公示");
    expect(cover.getCell("A1").value).to.equal("风华苑 2020年12月收支公示");
    const facts = Array.from(
      { length: cover.rowCount },
      (_, index) => `${cover.getCell(index + 1, 1).text} ${cover.getCell(index + 1, 2).text}`,
    );
    expect(facts).to.include.members([
      `完整校验码（SHA-256） ${DIGEST}`,
      "版本 第 1 版",
      "需要注意 3 笔支出没有登记发票号码，共 1326.00 元",
    ]);
  });

  it("holds amounts as numbers to the fen", async () => {
    const sheet = sheetOf(await readBack(), "支出");
    expect(valuesOf(sheet, 3, 6)).to.deep.equal(["项目", "资金", "本月", "2020年累计", "全年预算", "提示"]);
    expect(valuesOf(sheet, 4, 6)).to.deep.equal([
      "5001 人员费用",
      "共有资金",
      17812,
      204175,
      204000,
      "超出预算 175.00 元",
    ]);
    expect(valuesOf(sheet, 5, 5)).to.deep.equal(["5101 受托人酬金", "共有资金", -136.1, 80404.32, "—"]);
    expect(sheet.getCell("C5").numFmt).to.equal("#,##0.00");
  });

  it("holds counts and percentages as numbers that show as they do on the page", async () => {
    const table = { ...COLLECTION, rows: [...COLLECTION.rows, line(["未对上的流水", "3 笔", "", "95 %"])] };
    const sheet = sheetOf(await readBack({ tables: [table] }), "物业费收缴");
    expect(valuesOf(sheet, 4, 4)).to.deep.equal(["本月账单（元）", 36345.57, 33878.82, 0.932]);
    expect(valuesOf(sheet, 5, 4)).to.deep.equal(["户数", 439, 407, 0.927]);
    expect(valuesOf(sheet, 6, 4)).to.deep.equal(["月末欠费合计（元）", 25858.02, null, null]);
    expect(valuesOf(sheet, 7, 4)).to.deep.equal(["未对上的流水", 3, null, 0.95]);
    const formats = ["D4", "B5", "B7", "D7"].map((cell) => sheet.getCell(cell).numFmt);
    expect(formats).to.deep.equal(["0.0%", "#,##0", '0" 笔"', "0%"]);
  });

  it("keeps an amount as text when a number would lose its last fen", async () => {
    const table = {
      ...PAID,
      columns: [words("项目"), figures("金额")],
      rows: [line(["大", "9,999,999,999,999.99"]), line(["过大", "90,071,992,547,409.91"])],
    };
    const sheet = sheetOf(await readBack({ tables: [table] }), "支出");
    expect(valuesOf(sheet, 4, 2)).to.deep.equal(["大", 9999999999999.99]);
    expect(valuesOf(sheet, 5, 2)).to.deep.equal(["过大", "90,071,992,547,409.91"]);
  });

  it("keeps a text that looks like a formula a text", async () => {
    const table = { ...PAID, rows: [line(["=1+1", "共有资金", "1.00", "=2", "3.00"])] };
    const sheet = sheetOf(await readBack({ tables: [table] }), "支出");
    expect(valuesOf(sheet, 4, 5)).to.deep.equal(["=1+1", "共有资金", 1, "=2", 3]);
    expect(sheet.getCell("A4").type).to.equal(ExcelJS.ValueType.String);
  });

  it("freezes and repeats the head, sets totals in bold and prints on A4", async () => {
    const sheet = sheetOf(await readBack(), "支出");
    expect(sheet.views[0]).to.include({ state: "frozen", ySplit: 3 });
    expect(sheet.getCell("A4").font.bold).to.not.equal(true);
    expect(sheet.getCell("C6").font.bold).to.equal(true);
    expect(sheet.pageSetup.paperSize).to.equal(9);
    expect(sheet.pageSetup.printTitlesRow).to.equal("3:3");
  });

  it("shortens names of sheets to what Excel takes and never gives one twice", async () => {
    const title = `与第 1 版的差别：[${"很".repeat(40)}]`;
    const names = (
      await readBack({
        tables: [
          { ...PAID, title },
          { ...PAID, title },
        ],
      })
    ).worksheets.map((sheet) => sheet.name);
    expect(names.slice(1)).to.deep.equal([
      `与第 1 版的差别： ${"很".repeat(20)}`,
      `与第 1 版的差别： ${"很".repeat(18)} 2`,
    ]);
  });
});
