import { expect } from "chai";
import { statementPdf } from "../../reports/pdf.ts";
import { DIGEST, longTable, PAID, statementPageWith, line } from "./page.ts";
import { embeddedFonts, pageTexts } from "./pdf-text.ts";

const textsOf = async (changes: Parameters<typeof statementPageWith>[0]): Promise<string[][]> =>
  pageTexts(await statementPdf(statementPageWith(changes)));

describe("the statement as PDF", () => {
  it("is the same bytes for the same statement", async () => {
    const first = await statementPdf(statementPageWith());
    const second = await statementPdf(statementPageWith());
    expect(first.equals(second)).to.equal(true);
  });

  it("does not depend on what was printed before: 龍 and the look-alike ⿓ share a glyph", async () => {
    await statementPdf(statementPageWith({ trustee: "⿓腾物业" }));
    expect((await textsOf({ trustee: "龍腾物业" })).flat()).to.include("龍腾物业");
  });

  it("carries both weights of its font inside and stays under 300 kB", async () => {
    const pdf = await statementPdf(statementPageWith());
    const fonts = embeddedFonts(pdf);
    expect(fonts).to.have.length(2);
    expect(Math.min(...fonts)).to.be.greaterThan(5_000);
    expect(pdf.length).to.be.lessThan(300_000);
  });

  it("is tagged, in Chinese, and shows its title", async () => {
    const pdf = (await statementPdf(statementPageWith())).toString("latin1");
    expect(pdf).to.include("/Marked true");
    expect(pdf).to.include("/Lang (zh-CN)");
    expect(pdf).to.include("/DisplayDocTitle true");
  });

  it("shows every cell, note, notice and mark of the statement", async () => {
    const page = statementPageWith();
    const shown = (await textsOf({})).flat();
    const cells = page.tables.flatMap((table) => [table.title, table.note, ...table.rows.flatMap((row) => row.cells)]);
    expect(shown).to.include.members(cells.filter((cell) => cell !== ""));
    expect(shown).to.include("▲ 超出预算 175.00 元");
    expect(shown).to.include("1. 3 笔支出没有登记发票号码，共 1326.00 元");
  });

  it("shows how each fund came to its balance", async () => {
    const shown = (await textsOf({ tables: [] })).flat();
    expect(shown.join(" ")).to.include("月初余额 138,212.77 + 收入 38,275.14 − 支出 17,675.90 = 月末余额 158,812.01");
  });

  it("says so when there is nothing to notice", async () => {
    const shown = (await textsOf({ exceptions: [], hasExceptions: false })).flat();
    expect(shown).to.include("本月没有需要注意的事项。");
  });

  it("repeats the head of a table on every page that the table reaches", async () => {
    const pages = await textsOf({ tables: [longTable(120)] });
    const withLines = pages.filter((texts) => texts.some((text) => /^第 \d+ 项$/.test(text)));
    expect(withLines.length).to.be.greaterThan(2);
    withLines.forEach((texts) => expect(texts).to.include.members(["项目", "资金", "本月", "2020年累计", "全年预算"]));
    withLines.slice(1).forEach((texts) => expect(texts).to.include("支出（续）"));
  });

  it("loses no row at a page break and keeps each row on one page", async () => {
    const pages = await textsOf({ tables: [longTable(120)] });
    const lines = pages.flat().filter((text) => /^第 \d+ 项$/.test(text));
    expect(lines).to.deep.equal(Array.from({ length: 120 }, (_, index) => `第 ${index + 1} 项`));
    pages.forEach((texts) => {
      const starts = texts.filter((text) => /^第 \d+ 项$/.test(text)).length;
      expect(texts.filter((text) => text === "24.00")).to.have.length(starts);
    });
  });

  it("numbers every page and prints the community, the month and the whole digest on it", async () => {
    const pages = await textsOf({ tables: [longTable(60)] });
    expect(pages).to.have.length(3);
    pages.forEach((texts, index) => {
      expect(texts).to.include(`第 ${index + 1} 页 / 共 3 页`);
      expect(texts).to.include("风华苑 · 2020年12月 · 第 1 版");
      expect(texts).to.include(`SHA-256 ${DIGEST}`);
    });
  });

  it("breaks a long name into lines and loses none of it", async () => {
    const name =
      "电梯、消防、二次供水与安防监控等共用设施设备的日常运行、维护保养、年检及应急抢修费用（含配件 SKU-2020-A）";
    const rows = [line([name, "共有资金", "1.00", "2.00", "3.00"])];
    const texts = (await textsOf({ tables: [{ ...PAID, rows }] })).flat();
    const from = texts.indexOf("全年预算") + 1;
    expect(texts.slice(from, texts.indexOf("共有资金", from)).join("")).to.equal(name.replace(" SKU", "SKU"));
    expect(texts).to.include("SKU-2020-A）");
  });

  it("divides a row only when it is higher than a page", async () => {
    const reason = "很长的原因，".repeat(600);
    const rows = [line([reason, "共有资金", "1.00", "2.00", "3.00"])];
    const texts = (await textsOf({ tables: [{ ...PAID, rows }] })).flat();
    expect(texts.filter((text) => /^[很长的原因，]+$/.test(text)).join("")).to.equal(reason);
  });

  it("spells a character that the font lacks instead of printing an empty box", async () => {
    const texts = (await textsOf({ trustee: "\u{20BB7}野家物业" })).flat();
    expect(texts).to.include("〔U+20BB7〕野家物业");
  });

  it("names what was restated and why", async () => {
    const texts = (
      await textsOf({ revision: 2, isRestated: true, restatedReason: "发票迟到", previousDigest: "ab".repeat(32) })
    ).flat();
    expect(texts).to.include("本版更正了第 1 版。原因：发票迟到");
    expect(texts.join("")).to.include("ab".repeat(32));
  });

  it("ends with the lines to sign on", async () => {
    const last = (await textsOf({})).at(-1) ?? [];
    expect(last).to.include.members(["签字", "受托人（信和物业）", "业主委员会", "监察人"]);
  });
});
