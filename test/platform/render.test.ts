// What every page promises whatever it shows: nothing missing, nothing injected, nothing that the browser must run.
import { readdirSync, readFileSync } from "node:fs";
import { expect } from "chai";
import { render } from "../../src/platform/render.ts";
import type { StatementPage, Table } from "../../src/statement/page.ts";

function aTable(over: Partial<Table> = {}): Table {
  return {
    id: "paid",
    title: "支出",
    note: "按用途。",
    columns: [
      { label: "项目", numeric: false },
      { label: "本月", numeric: true },
    ],
    rows: [
      {
        cells: ["5006 办公费用", "606.41"],
        total: false,
        mark: "超出预算 804.57 元",
        href: "/c/fenghuayuan/2020-12/paid/5006",
      },
      { cells: ["共有资金合计", ""], total: true, mark: "", href: "" },
    ],
    ...over,
  };
}

function aStatementPage(over: Partial<StatementPage> = {}): StatementPage {
  return {
    title: "风华苑 2020年12月收支公示",
    community: "风华苑",
    communityCode: "fenghuayuan",
    principal: "风华苑业主大会",
    trustee: "诚信物业",
    month: "2020-12",
    monthWords: "2020年12月",
    revision: 1,
    isRestated: false,
    restatedReason: "",
    digest: "9f2c77ab31d0e4b1",
    checkCode: "9f2c77ab 31d0e4b1",
    previousDigest: "",
    publishedOn: "2021年1月8日",
    punctuality: "按时（约定 2021年1月10日前）",
    isLate: false,
    funds: [
      {
        fund: "common",
        name: "共有资金",
        opening: "138,212.77",
        received: "38,275.14",
        paid: "43,840.39",
        transferredIn: "0.00",
        transferredOut: "0.00",
        closing: "132,647.52",
        hasTransfers: false,
      },
    ],
    spending: [
      {
        name: "办公费用",
        fund: "共有资金",
        month: "606.41",
        yearToDate: "6,004.57",
        budget: "5,200.00",
        hasBudget: true,
        used: "用了 115.5 %",
        bar: 100,
        isOver: true,
        over: "超出预算 804.57 元",
        href: "/c/fenghuayuan/2020-12/paid/5006",
      },
    ],
    summary: ["共有资金：月末余额 132,647.52 元。"],
    exceptions: [],
    hasExceptions: false,
    tables: [aTable()],
    entries: "凭证 2020-12-0001 至 2020-12-0447，共 447 张",
    ...over,
  };
}

const LINKS = {
  months: "/m",
  previous: "/before",
  next: "",
  json: "/j",
  csv: "/c",
  xlsx: "/x",
  pdf: "/p",
  newest: "/c/a/2020-12",
  permalink: "/s",
};
const ONE_REVISION = { revisions: [], hasRevisions: false };

function statementHtml(over: Partial<StatementPage> = {}): string {
  return render("statement", { page: aStatementPage(over), links: LINKS, ...ONE_REVISION });
}

function homeHtml(name: string): string {
  const community = { code: "a", name, trustee: "诚信物业", newestWords: "2021年3月", href: "/a", hasStatements: true };
  return render("home", { communities: [community] });
}

function monthsHtml(hasMonths: boolean): string {
  const month = {
    href: "/m/2021-02",
    monthWords: "2021年2月",
    closing: "199,637.45",
    received: "1.00",
    paid: "2.00",
    moved: "转出 66,247.87",
    punctuality: "晚于约定的 2021年3月10日",
    isLate: true,
    revision: 2,
    isRestated: true,
  };
  const community = { code: "fenghuayuan", name: "风华苑", principal: "业主大会", trustee: "诚信物业" };
  const running = { href: "/c/fenghuayuan/assemblies/1", title: "业主大会", words: "正在投票", isNow: true };
  const beside = { current: [running], ways: [{ href: "/c/fenghuayuan/budgets", title: "年度预算" }] };
  return render("months", { ...beside, community, months: hasMonths ? [month] : [], hasMonths });
}

function refusalHtml(): string {
  return render("refusal", {
    title: "没有这个月",
    message: "还没有公布。",
    remedy: "请选别的月份。",
    home: { href: "/", label: "回到公示小区" },
  });
}

function everyPage(): string[] {
  return [homeHtml("风华苑"), monthsHtml(true), monthsHtml(false), statementHtml(), refusalHtml()];
}

describe("rendering a view", () => {
  it("throws when the model lacks a field that the page prints", () => {
    expect(() => render("refusal", { title: "没有这个月", message: "还没有公布。" })).to.throw("remedy");
  });

  it("throws when a condition of the page is missing from the model", () => {
    const { hasExceptions: _, ...page } = aStatementPage();
    expect(() => render("statement", { page, links: LINKS, ...ONE_REVISION })).to.throw(/#if.*lacks/);
  });

  it("throws when a list of the page is missing from the model", () => {
    expect(() => render("home", {})).to.throw(/#each.*lacks/);
  });

  it("throws when a row has more cells than there are columns", () => {
    const rows = [{ cells: ["保险", "1.00", "2.00"], total: false, mark: "", href: "" }];
    expect(() => statementHtml({ tables: [aTable({ rows })] })).to.throw(/#with.*lacks/);
  });

  it("throws inside the parts of a page too", () => {
    const { note: _, ...table } = aTable();
    const page = { ...aStatementPage(), tables: [table] };
    expect(() => render("statement", { page, links: LINKS, ...ONE_REVISION })).to.throw("note");
  });

  it("shows a name with markup as text", () => {
    const html = homeHtml(`<script>alert("x")</script>`);
    expect(html).to.include("&lt;script&gt;");
    expect(html).not.to.include("<script");
  });

  it("shows a cell and a label with quotation marks as text", () => {
    const columns = [
      { label: "项目", numeric: false },
      { label: `"><img src=x>`, numeric: true },
    ];
    expect(statementHtml({ tables: [aTable({ columns })] })).not.to.include("<img");
  });

  it("gives every page its language, one heading, one main part and a way to skip to it", () => {
    for (const html of everyPage()) {
      expect(html).to.match(/^<!doctype html>\n<html lang="zh-CN">/);
      expect(html.match(/<h1[ >]/g)).to.have.length(1);
      expect(html.match(/<main /g)).to.have.length(1);
      expect(html).to.include(`href="#main"`);
    }
  });

  it("needs no script, inline style or other host, so that the strictest content policy holds", () => {
    for (const html of everyPage()) {
      expect(html).not.to.match(/<script|<style|\sstyle=|\son[a-z]+=|(src|href)="(https?:)?\/\//);
    }
  });

  it("never takes a view's markup around the escaping", () => {
    const folder = new URL("../../views/", import.meta.url);
    const views = readdirSync(folder).filter((file) => file.endsWith(".hbs"));
    expect(views).to.include("statement.hbs");
    for (const file of views) {
      expect(readFileSync(new URL(file, folder), "utf8")).not.to.match(/\{\{\{|\{\{~?&/);
    }
  });
});

describe("the statement's page", () => {
  it("shows the balance of each fund before everything else that is counted", () => {
    const html = statementHtml();
    expect(html.indexOf("132,647.52", html.indexOf("<main"))).to.be.lessThan(html.indexOf("606.41"));
  });

  it("writes the equation with transfers only where there were some", () => {
    const [fund] = aStatementPage().funds;
    expect(statementHtml()).not.to.include("从其他资金转入");
    const moved = { ...fund, transferredIn: "2,000.00", hasTransfers: true };
    expect(
      render("statement", { page: { ...aStatementPage(), funds: [moved] }, links: LINKS, ...ONE_REVISION }),
    ).to.include("2,000.00");
  });

  it("marks spending over its budget by words and a sign, not by colour alone", () => {
    expect(statementHtml()).to.include("▲ 超出预算 804.57 元");
  });

  it("draws the bar to the length that the model gives", () => {
    const [spending] = aStatementPage().spending;
    const page = { ...aStatementPage(), spending: [{ ...spending, bar: 42 }] };
    expect(render("statement", { page, links: LINKS, ...ONE_REVISION })).to.include(`class="bar-fill" width="42%"`);
  });

  it("labels every cell with its column, for phones where rows become blocks", () => {
    expect(statementHtml()).to.include(`data-label="本月" class="num">606.41</td>`);
  });

  it("names what a reader must know, and says so when there is nothing", () => {
    expect(statementHtml({ exceptions: ["3 笔支出没有发票"], hasExceptions: true })).to.include(
      "<li>3 笔支出没有发票</li>",
    );
    expect(statementHtml()).to.include("✓ 没有");
  });

  it("leads to the month before, and not to a month that is not there", () => {
    expect(statementHtml()).to.include(`href="/before"`).and.not.to.include("下个月");
  });

  it("says why it was restated and lists its revisions", () => {
    const page = aStatementPage({ revision: 2, isRestated: true, restatedReason: "更正电费" });
    const revisions = [
      { href: "/1", label: "第 1 版", isCurrent: false },
      { href: "/2", label: "第 2 版", isCurrent: true },
    ];
    const html = render("statement", { page, links: LINKS, revisions, hasRevisions: true });
    expect(html).to.include("重述原因：更正电费");
    expect(html).to.include(`href="/1">第 1 版`).and.to.include(`href="/2" aria-current="page">第 2 版`);
  });

  it("offers every form of the same figures, and the whole digest", () => {
    const html = statementHtml();
    for (const href of ["/p", "/x", "/c", "/j", "/s"]) {
      expect(html).to.include(`href="${href}"`);
    }
    expect(html).to.include("9f2c77ab31d0e4b1");
  });
});

describe("the list of months", () => {
  it("shows a late month and a later version in words", () => {
    expect(monthsHtml(true)).to.include("▲ 晚于约定的 2021年3月10日").and.to.include("第 2 版");
  });

  it("says so when nothing was published", () => {
    expect(monthsHtml(false)).to.include("还没有公布过收支");
  });
});

describe("the stylesheet", () => {
  const css = readFileSync("views/style.css", "utf8").replaceAll(/\/\*[\s\S]*?\*\//gu, "");

  it("closes every rule that it opens: one that is left open swallows all that follow", () => {
    const open: string[] = [];
    for (const [, before = "", brace] of css.matchAll(/([^{}]*)([{}])/gu)) {
      const selector = before.slice(before.lastIndexOf(";") + 1).trim();
      if (brace === "{") {
        // Rules stand in media queries and nowhere else: browsers of 2020 know no nesting.
        expect(
          open.every((outer) => outer.startsWith("@")),
          `${selector} inside ${open.join(" ")}`,
        ).to.equal(true);
        open.push(selector);
      } else {
        expect(open.pop(), `a brace too many after ${selector}`).to.be.a("string");
      }
    }
    expect(open).to.deep.equal([]);
  });
});
