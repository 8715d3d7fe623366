// A small, valid StatementPage for the tests of the reports; a test overrides only what it is about.
import type { Column, StatementPage, Table, TableRow } from "../../src/statement/page.ts";

export const DIGEST = "9f2c77ab31d04c5e8a6b1f20d7e94c3358be01a2c6f4479db8135e7fa0921cd4";

export const words = (label: string): Column => ({ label, numeric: false });
export const figures = (label: string): Column => ({ label, numeric: true });
export const line = (cells: readonly string[], mark = ""): TableRow => ({ cells, total: false, mark, href: "" });
const totalLine = (cells: readonly string[]): TableRow => ({ cells, total: true, mark: "", href: "" });

/** 支出 with two lines, one of them over its budget, and a total. */
export const PAID: Table = {
  id: "paid",
  title: "支出",
  note: "本月银行账户实际付出的钱，按用途。",
  columns: [words("项目"), words("资金"), figures("本月"), figures("2020年累计"), figures("全年预算")],
  rows: [
    line(["5001 人员费用", "共有资金", "17,812.00", "204,175.00", "204,000.00"], "超出预算 175.00 元"),
    line(["5101 受托人酬金", "共有资金", "−136.10", "80,404.32", "—"]),
    totalLine(["共有资金合计", "", "17,675.90", "", ""]),
  ],
};

/** 物业费收缴 with an amount, a count, a percentage and an empty cell. */
export const COLLECTION: Table = {
  id: "collection",
  title: "物业费收缴",
  note: "收缴率 = 应收中已收的部分 ÷ 应收。",
  columns: [words("项目"), figures("应收"), figures("已收"), figures("收缴率")],
  rows: [
    line(["本月账单（元）", "36,345.57", "33,878.82", "93.2 %"]),
    line(["户数", "439", "407", "92.7 %"]),
    line(["月末欠费合计（元）", "25,858.02", "", ""]),
  ],
};

/** 支出 with that many equal lines, for statements that need several pages. */
export function longTable(lines: number): Table {
  const rows = Array.from({ length: lines }, (_, index) =>
    line([`第 ${index + 1} 项`, "共有资金", "1.00", "12.00", "24.00"]),
  );
  return { ...PAID, rows };
}

export function statementPageWith(changes: Partial<StatementPage> = {}): StatementPage {
  return {
    title: "风华苑 2020年12月收支公示",
    community: "风华苑",
    communityCode: "fenghuayuan",
    principal: "风华苑业主大会",
    trustee: "信和物业",
    month: "2020-12",
    monthWords: "2020年12月",
    revision: 1,
    isRestated: false,
    restatedReason: "",
    digest: DIGEST,
    checkCode: "9f2c77ab 31d04c5e 8a6b1f20 d7e94c33",
    previousDigest: "",
    publishedOn: "2021年1月8日",
    punctuality: "按时（约定 2021年1月15日 前）",
    isLate: false,
    funds: [
      {
        fund: "common",
        name: "共有资金",
        opening: "138,212.77",
        received: "38,275.14",
        paid: "17,675.90",
        transferredIn: "0.00",
        transferredOut: "0.00",
        closing: "158,812.01",
        hasTransfers: false,
      },
    ],
    spending: [],
    summary: ["共有资金：月初有 138,212.77 元，本月收入 38,275.14 元，支出 17,675.90 元，月末余额 158,812.01 元。"],
    exceptions: ["3 笔支出没有登记发票号码，共 1326.00 元"],
    hasExceptions: true,
    tables: [PAID, COLLECTION],
    entries: "凭证 2020-12-0001 至 2020-12-0088，共 88 张",
    ...changes,
  };
}
