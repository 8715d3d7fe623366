import { expect } from "chai";
import { statementCsv } from "../../reports/csv.ts";
import { DIGEST, figures, line, PAID, statementPageWith, words } from "./page.ts";

const only = (cells: readonly string[]): string => {
  const table = { ...PAID, title: "表", columns: [words("项目"), figures("金额")], rows: [line(cells)] };
  return (
    statementCsv(statementPageWith({ tables: [table] }))
      .split("\r\n")
      .at(-2) ?? ""
  );
};

describe("the statement as CSV", () => {
  it("has the head, the notices and every table, with a blank row between", () => {
    expect(statementCsv(statementPageWith()).split("\r\n")).to.deep.equal([
      "\ufeff标题,风华苑 2020年12月收支公示",
      "小区,风华苑",
      "委托人,风华苑业主大会",
      "受托人,信和物业",
      "月份,2020-12",
      "版本,1",
      "公布日,2021年1月8日",
      "是否按时,按时（约定 2021年1月15日 前）",
      "凭证,凭证 2020-12-0001 至 2020-12-0088，共 88 张",
      `完整校验码（SHA-256）,${DIGEST}`,
      "",
      "需要注意",
      "3 笔支出没有登记发票号码，共 1326.00 元",
      "",
      "支出",
      "项目,资金,本月,2020年累计,全年预算,提示",
      "5001 人员费用,共有资金,17812.00,204175.00,204000.00,超出预算 175.00 元",
      "5101 受托人酬金,共有资金,-136.10,80404.32,—,",
      "共有资金合计,,17675.90,,,",
      "",
      "物业费收缴",
      "项目,应收,已收,收缴率",
      "本月账单（元）,36345.57,33878.82,93.2 %",
      "户数,439,407,92.7 %",
      "月末欠费合计（元）,25858.02,,",
      "",
    ]);
  });

  it("names what was restated and the statement before", () => {
    const csv = statementCsv(
      statementPageWith({ revision: 2, isRestated: true, restatedReason: "发票迟到", previousDigest: "ab".repeat(32) }),
    );
    expect(csv).to.include("\r\n版本,2\r\n重述原因,发票迟到\r\n");
    expect(csv).to.include(`\r\n前一份公示的校验码（SHA-256）,${"ab".repeat(32)}\r\n`);
  });

  for (const start of ["=", "+", "-", "@", "\t", "＝", "＋", "－", "＠"]) {
    it(`lets no text that begins with ${JSON.stringify(start)} run as a formula`, () => {
      expect(only([`${start}HYPERLINK(1)`, "1.00"])).to.equal(`'${start}HYPERLINK(1),1.00`);
    });
  }

  it("guards a column of figures too, but leaves a negative figure a number", () => {
    expect(only(["项目", "-2+3"])).to.equal("项目,'-2+3");
    expect(only(["项目", "−1,234,567.80"])).to.equal("项目,-1234567.80");
  });

  it("quotes commas, quotes and line breaks", () => {
    expect(only(['他说 "好", 就这样', "1.00"])).to.equal('"他说 ""好"", 就这样",1.00');
    expect(statementCsv(statementPageWith({ trustee: "甲\n乙" }))).to.include('受托人,"甲\n乙"\r\n');
  });
});
