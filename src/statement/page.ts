// The statement in words and formatted figures: the one source of page, PDF, CSV and XLSX. No figure is computed
// outside this file and rules.ts, so that the views cannot disagree.
import { displayYuan, fromYuan, negate, sum, type Fen } from "../base/money.ts";
import { spokenDay, spokenMonth, yearOf, type Day } from "../base/month.ts";
import { asPercent, percentOf } from "../base/share.ts";
import type { Side } from "../door/rules.ts";
import {
  accountName,
  accountWords,
  classOf,
  DRAW_SPENT,
  entryCode,
  fundName,
  isDrawPayment,
  sortFunds,
  type SealedEntry,
} from "../ledger/rules.ts";
import { sidesInWords } from "../release/rules.ts";
import { basisOf } from "../resolution/rules.ts";
import { titleOf, type AccountFigures, type FundFigures, type Statement } from "./rules.ts";

/** A cell is text; amounts are already formatted and their columns say that they are numeric. */
export interface Column {
  readonly label: string;
  readonly numeric: boolean;
}

export interface TableRow {
  readonly cells: readonly string[];
  readonly total: boolean;
  /** Something to notice, in words: "超出预算 2,480.00". "" otherwise. */
  readonly mark: string;
  /** Where the row is told in detail; "" where there is no more to tell. */
  readonly href: string;
}

export interface Table {
  readonly id:
    | "funds"
    | "received"
    | "paid"
    | "draw"
    | "sweep"
    | "collection"
    | "arrears"
    | "bank"
    | "adjustments"
    | "differences";
  readonly title: string;
  /** One plain sentence that explains the table. */
  readonly note: string;
  readonly columns: readonly Column[];
  readonly rows: readonly TableRow[];
}

export interface FundBlock {
  readonly fund: string;
  readonly name: string;
  readonly opening: string;
  readonly received: string;
  readonly paid: string;
  readonly transferredIn: string;
  readonly transferredOut: string;
  readonly closing: string;
  readonly hasTransfers: boolean;
}

/** One kind of spending with its bar: what share of the year's budget is used. */
export interface SpendingBlock {
  readonly name: string;
  readonly fund: string;
  readonly month: string;
  readonly yearToDate: string;
  readonly budget: string;
  readonly hasBudget: boolean;
  /** "用了 78.3 %", or "" without a budget. */
  readonly used: string;
  /** Length of the bar, 0 to 100. */
  readonly bar: number;
  readonly isOver: boolean;
  /** "超出预算 2,480.00 元", or "". */
  readonly over: string;
  /** The payments behind the figure. */
  readonly href: string;
}

export interface StatementPage {
  readonly title: string;
  readonly community: string;
  readonly communityCode: string;
  readonly principal: string;
  readonly trustee: string;
  readonly month: string;
  readonly monthWords: string;
  readonly revision: number;
  readonly isRestated: boolean;
  readonly restatedReason: string;
  readonly digest: string;
  /** The digest in groups that can be read aloud: "9f2c77ab 31d0…". */
  readonly checkCode: string;
  readonly previousDigest: string;
  readonly publishedOn: string;
  /** "按时（约定 2020年4月10日 前）", "晚于约定的 …", or that the month was brought in as history. */
  readonly punctuality: string;
  readonly isLate: boolean;
  readonly funds: readonly FundBlock[];
  readonly spending: readonly SpendingBlock[];
  /** Three plain sentences: what came in, what went out, what is left. */
  readonly summary: readonly string[];
  readonly exceptions: readonly string[];
  readonly hasExceptions: boolean;
  readonly tables: readonly Table[];
  readonly entries: string;
}

/** When and how punctually a statement was published; outside its bytes, since it is about them. */
export interface Publication {
  readonly digest: string;
  readonly publishedOn: Day;
  /** The day of the month's first revision: a later one is no delay. */
  readonly firstPublishedOn: Day;
  readonly dueOn: Day;
  /** The community moved in after the statement was due: the month is history that was brought along. */
  readonly isHistory: boolean;
}

const yuan = (text: string): string => displayYuan(fromYuan(text));
const text = (label: string): Column => ({ label, numeric: false });
const amount = (label: string): Column => ({ label, numeric: true });
const row = (cells: readonly string[], mark = "", href = ""): TableRow => ({ cells, total: false, mark, href });
const totalRow = (cells: readonly string[]): TableRow => ({ cells, total: true, mark: "", href: "" });

/** The page of the payments of one account in one month. */
function paymentsHref({ community, month }: Pick<Statement, "community" | "month">, account: string): string {
  return `/c/${community.code}/${month}/paid/${account}`;
}

/** The same before it is published, when the public pages behind its figures are not there yet. */
export function withoutLinks(page: StatementPage): StatementPage {
  return {
    ...page,
    spending: page.spending.map((each) => ({ ...each, href: "" })),
    tables: page.tables.map((table) => ({ ...table, rows: table.rows.map((each) => ({ ...each, href: "" })) })),
  };
}

/** Turns a statement into what people read. */
export function statementPage(
  statement: Statement,
  publication: Publication,
  registered: ReadonlySet<string>,
): StatementPage {
  return {
    title: titleOf(statement),
    community: statement.community.name,
    communityCode: statement.community.code,
    principal: statement.community.principal,
    trustee: statement.community.trustee,
    month: statement.month,
    monthWords: spokenMonth(statement.month),
    revision: statement.revision,
    isRestated: statement.restated !== null,
    restatedReason: statement.restated?.reason ?? "",
    digest: publication.digest,
    checkCode: (publication.digest.slice(0, 32).match(/.{8}/g) ?? []).join(" "),
    previousDigest: statement.previous ?? "",
    publishedOn: spokenDay(publication.publishedOn),
    ...punctualityOf(publication),
    funds: fundBlocks(statement),
    spending: statement.paid.map((figures) => spendingBlock(statement, figures)),
    summary: summaryOf(statement),
    exceptions: statement.exceptions.map((exception) => exception.text),
    hasExceptions: statement.exceptions.length > 0,
    tables: tablesOf(statement, registered),
    entries: entriesOf(statement),
  };
}

function punctualityOf({ firstPublishedOn, dueOn, isHistory }: Publication): { punctuality: string; isLate: boolean } {
  if (isHistory) {
    return { punctuality: "历史账目，启用本系统时补录", isLate: false };
  }
  const isLate = firstPublishedOn > dueOn;
  return { punctuality: isLate ? `晚于约定的 ${spokenDay(dueOn)}` : `按时（约定 ${spokenDay(dueOn)} 前）`, isLate };
}

/** The funds as people read them: the common fund first. In the JSON they stand by their codes. */
function fundsOf(statement: Statement): [fund: string, figures: FundFigures][] {
  return sortFunds(Object.keys(statement.funds)).flatMap((fund) => {
    const figures = statement.funds[fund];
    return figures === undefined ? [] : [[fund, figures]];
  });
}

function fundBlocks(statement: Statement): FundBlock[] {
  return fundsOf(statement).map(([fund, figures]) => ({
    fund,
    name: fundName(fund),
    opening: yuan(figures.opening),
    received: yuan(figures.received),
    paid: yuan(figures.paid),
    transferredIn: yuan(figures.transferredIn),
    transferredOut: yuan(figures.transferredOut),
    closing: yuan(figures.closing),
    hasTransfers: figures.transferredIn !== "0.00" || figures.transferredOut !== "0.00",
  }));
}

function spendingBlock(statement: Statement, figures: AccountFigures): SpendingBlock {
  const budget = figures.budget === null ? null : fromYuan(figures.budget);
  const spent = fromYuan(figures.yearToDate);
  const over = overBudget(figures);
  const used = budget === null ? null : percentOf(spent, budget);
  return {
    name: figures.name,
    fund: fundName(figures.fund),
    month: yuan(figures.month),
    yearToDate: yuan(figures.yearToDate),
    budget: budget === null ? "" : displayYuan(budget),
    hasBudget: budget !== null,
    used: used === null ? "" : `用了 ${used}`,
    bar: budget === null || budget === 0 ? 0 : Math.max(0, Math.min(100, Math.floor((100 * spent) / budget))),
    isOver: over !== "",
    over,
    href: paymentsHref(statement, figures.account),
  };
}

function overBudget(figures: AccountFigures): string {
  if (figures.budget === null) {
    return "";
  }
  const over = fromYuan(figures.yearToDate) - fromYuan(figures.budget);
  return over > 0 ? `超出预算 ${displayYuan(over as Fen)} 元` : "";
}

function summaryOf(statement: Statement): string[] {
  return fundsOf(statement).map(
    ([fund, figures]) =>
      `${fundName(fund)}：月初有 ${yuan(figures.opening)} 元，本月收入 ${yuan(figures.received)} 元，支出 ${yuan(figures.paid)} 元，` +
      (figures.transferredIn === "0.00" ? "" : `转入 ${yuan(figures.transferredIn)} 元，`) +
      (figures.transferredOut === "0.00" ? "" : `转出 ${yuan(figures.transferredOut)} 元，`) +
      `月末余额 ${yuan(figures.closing)} 元。`,
  );
}

function entriesOf({ entries }: Statement): string {
  return entries.count === 0 ? "本月没有凭证" : `凭证 ${entries.first} 至 ${entries.last}，共 ${entries.count} 张`;
}

// ---- Tables --------------------------------------------------------------------------------------------------

function tablesOf(statement: Statement, registered: ReadonlySet<string>): Table[] {
  return [
    fundsTable(statement),
    accountsTable(statement, "received"),
    accountsTable(statement, "paid"),
    drawTable(statement, registered),
    ...sweepTable(statement, registered),
    collectionTable(statement),
    arrearsTable(statement),
    bankTable(statement),
    ...adjustmentsTable(statement),
    ...differencesTable(statement),
  ];
}

function fundsTable(statement: Statement): Table {
  return {
    id: "funds",
    title: "各项资金",
    note: "月初余额 + 收入 − 支出 + 转入 − 转出 = 月末余额，都是银行账户里的钱。",
    columns: [text("资金"), ...["月初余额", "收入", "支出", "转入", "转出", "月末余额"].map(amount)],
    rows: fundsOf(statement).map(([fund, f]) =>
      row([fundName(fund), ...[f.opening, f.received, f.paid, f.transferredIn, f.transferredOut, f.closing].map(yuan)]),
    ),
  };
}

function accountsTable(statement: Statement, side: "received" | "paid"): Table {
  const order = sortFunds(Object.keys(statement.funds));
  const figures = statement[side].toSorted((a, b) => order.indexOf(a.fund) - order.indexOf(b.fund));
  const hasAdjustment = figures.some((line) => line.adjustment !== "0.00");
  const adjustment = (line: AccountFigures): string[] => (hasAdjustment ? [yuan(line.adjustment)] : []);
  const totals = fundsOf(statement).flatMap(([fund, f]) => {
    const lines = figures.filter((line) => line.fund === fund);
    const yearToDate = displayYuan(sum(lines.map((line) => fromYuan(line.yearToDate))));
    return lines.length === 0
      ? []
      : [totalRow([`${fundName(fund)}合计`, "", yuan(f[side]), ...(hasAdjustment ? [""] : []), yearToDate, ""])];
  });
  return {
    id: side,
    title: side === "received" ? "收入" : "支出",
    note:
      side === "received" ? "本月银行账户实际收到的钱，按来源。" : "本月银行账户实际付出的钱，按用途；预算是全年的。",
    columns: [
      text("项目"),
      text("资金"),
      amount("本月"),
      ...(hasAdjustment ? [amount("其中以前月份调整")] : []),
      amount(`${yearOf(statement.month)}年累计`),
      amount("全年预算"),
    ],
    rows: [
      ...figures.map((line) =>
        row(
          [
            `${line.account} ${line.name}`,
            fundName(line.fund),
            yuan(line.month),
            ...adjustment(line),
            yuan(line.yearToDate),
            line.budget === null ? "—" : yuan(line.budget),
          ],
          side === "paid" ? overBudget(line) : "",
          side === "paid" ? paymentsHref(statement, line.account) : "",
        ),
      ),
      ...totals,
    ],
  };
}

function drawTable({ draw, paid, community }: Statement, registered: ReadonlySet<string>): Table {
  const paidInMonth = yuan(paid.find((line) => line.account === DRAW_SPENT)?.month ?? "0.00");
  return {
    id: "draw",
    title: "受托人酬金",
    note: `物业企业按约定提取实收的 ${asPercent(draw.rate)}，此外不得从共有资金中取得任何利益（信托法第二十六条、第三十五条）。`,
    columns: [text("项目"), amount("本月"), amount("本年累计")],
    rows: [
      row(["计提基数（约定科目的实收）", yuan(draw.base), yuan(draw.baseToDate)]),
      row([`应提酬金（基数 × ${asPercent(draw.rate)}，累计取整）`, yuan(draw.earned), yuan(draw.earnedToDate)]),
      row(["已付酬金", paidInMonth, yuan(draw.paidToDate)]),
      totalRow(["月末应付未付", yuan(draw.unpaid), ""]),
      ...basisRow(community.code, draw.resolution, ["", ""], registered),
    ],
  };
}

/** Which decision of the owners the terms rest on: a link to it where the register has it. */
function basisRow(
  code: string,
  resolution: string | undefined,
  blanks: readonly string[],
  registered: ReadonlySet<string>,
): TableRow[] {
  const { text: words, href } = basisOf(code, resolution, registered);
  return words === "" ? [] : [row([`依据：决议 ${words}`, ...blanks], "", href)];
}

function sweepTable({ sweep, sweepUnsettled, community }: Statement, registered: ReadonlySet<string>): Table[] {
  if (sweep === null && sweepUnsettled === "0.00") {
    return [];
  }
  const happened =
    sweep === null
      ? []
      : [
          row(["可动用资金（现金 − 预收 − 应付 − 待划转）", yuan(sweep.free)]),
          row(["约定留存", yuan(sweep.reserve)]),
          row([`转入维修资金的盈余（超出留存部分的 ${asPercent(sweep.share)}）`, yuan(sweep.swept)]),
        ];
  const arrived = sweepUnsettled === "0.00" ? "已提盈余已全部到达维修资金账户" : "已提盈余中尚未划到维修资金账户";
  return [
    {
      id: "sweep",
      title: "盈余转维修资金",
      note: "信托合同约定：超出留存的盈余归入维修资金，由全体业主共有。",
      columns: [text("项目"), amount("金额")],
      rows: [
        ...happened,
        totalRow([arrived, yuan(sweepUnsettled)]),
        ...basisRow(community.code, sweep?.resolution, [""], registered),
      ],
    },
  ];
}

function collectionTable({ collection: c }: Statement): Table {
  const rate = (part: string, whole: string): string => percentOf(fromYuan(part), fromYuan(whole)) ?? "—";
  return {
    id: "collection",
    title: "物业费收缴",
    note: "收缴率 = 应收中已收的部分 ÷ 应收，分子分母都列出。",
    columns: [text("项目"), amount("应收"), amount("已收"), amount("收缴率")],
    rows: [
      row(["本月账单（元）", yuan(c.due), yuan(c.collected), rate(c.collected, c.due)]),
      row(["本年账单（元）", yuan(c.dueToDate), yuan(c.collectedToDate), rate(c.collectedToDate, c.dueToDate)]),
      row([
        "户数（本月应缴、全部缴清）",
        String(c.householdsDue),
        String(c.householdsPaid),
        percentOf(c.householdsPaid, c.householdsDue) ?? "—",
      ]),
    ],
  };
}

function arrearsTable({ collection: c }: Statement): Table {
  return {
    id: "arrears",
    title: "欠费与预缴",
    note: "只公布合计；每户的账单与欠费只有本户看得到（个人信息保护法第二十五条）。",
    columns: [text("项目"), amount("金额")],
    rows: [
      row(["本月收回以前月份的欠费", yuan(c.oldArrearsRecovered)]),
      row(["月末所有欠费合计", yuan(c.arrears)]),
      row(["月末预缴余额（业主多交、留待以后账单）", yuan(c.prepaid)]),
    ],
  };
}

function bankTable(statement: Statement): Table {
  const { bank } = statement;
  return {
    id: "bank",
    title: "与银行核对",
    note: `账面余额应与银行对账单余额一致，差额应为 0.00。${equationOf(statement)}`,
    columns: [text("账户"), amount("账面余额"), amount("银行余额"), amount("差额"), amount("未对上的流水")],
    rows: [
      ...bank.map((line) =>
        row(
          [
            line.name,
            yuan(line.book),
            line.statement === null ? "无流水" : yuan(line.statement),
            line.difference === null ? "—" : yuan(line.difference),
            line.statement === null ? "—" : `${line.unmatched} 笔`,
          ],
          line.difference !== null && line.difference !== "0.00" ? "与银行不一致" : "",
        ),
      ),
      totalRow([
        "合计",
        displayYuan(totalOf(bank.map((line) => line.book))),
        allKnown(bank.map((line) => line.statement)),
        allKnown(bank.map((line) => line.difference)),
        "",
      ]),
    ],
  };
}

/** Σ funds = Σ bank: what all funds hold is what all accounts hold. Both sides are added up by themselves. */
function equationOf({ funds, bank }: Statement): string {
  const inFunds = totalOf(Object.values(funds).map((fund) => fund.closing));
  const inBanks = totalOf(bank.map((line) => line.book));
  const sign = inFunds === inBanks ? "＝" : "≠";
  return `各项资金合计 ${displayYuan(inFunds)} ${sign} 各账户合计 ${displayYuan(inBanks)}。`;
}

function totalOf(amounts: readonly string[]): Fen {
  return sum(amounts.map(fromYuan));
}

/** The sum, when every account has its figure. */
function allKnown(amounts: readonly (string | null)[]): string {
  const known = amounts.filter((each) => each !== null);
  return known.length === amounts.length ? displayYuan(totalOf(known)) : "—";
}

function adjustmentsTable({ adjustments, restated }: Statement): Table[] {
  return adjustments.length === 0
    ? []
    : [
        {
          id: "adjustments",
          title: restated === null ? "以前月份调整" : "后来登记的凭证",
          note:
            restated === null
              ? "补记或更正以前月份的凭证；已公布的数字不改动，在这里逐笔说明。"
              : "公布之后才登记、但属于本月或更早月份的凭证，本版已计入它们所属的月份。",
          columns: [text("凭证"), text("属于"), text("更正的凭证"), text("原因"), amount("金额")],
          rows: adjustments.map((each) =>
            row([
              each.entry,
              spokenMonth(each.belongsTo),
              each.corrects ?? "补记",
              each.reason === "" ? "—" : each.reason,
              yuan(each.amount),
            ]),
          ),
        },
      ];
}

function differencesTable({ restated, revision }: Statement): Table[] {
  return restated === null
    ? []
    : [
        {
          id: "differences",
          title: `与第 ${revision - 1} 版的差别`,
          note: `重述原因：${restated.reason}。酬金、盈余与物业费收缴保持结账时的数字；前一版仍可查阅。`,
          columns: [text("数字"), amount("原来"), amount("现在")],
          rows: restated.differences.map((each) => row([each.name, yuan(each.before), yuan(each.after)])),
        },
      ];
}

// ---- The list of months ----------------------------------------------------------------------------------------

/** One line of the list of months. */
export interface MonthRow {
  readonly href: string;
  readonly monthWords: string;
  readonly closing: string;
  readonly received: string;
  readonly paid: string;
  /** "转出 66,247.87", or "" when no money moved between the funds. */
  readonly moved: string;
  readonly punctuality: string;
  readonly isLate: boolean;
  readonly revision: number;
  readonly isRestated: boolean;
}

export function monthRow(statement: Statement, publication: Publication): MonthRow {
  const common = statement.funds["common"];
  return {
    href: `/c/${statement.community.code}/${statement.month}`,
    monthWords: spokenMonth(statement.month),
    closing: yuan(common?.closing ?? "0.00"),
    received: yuan(common?.received ?? "0.00"),
    paid: yuan(common?.paid ?? "0.00"),
    moved: [
      common === undefined || common.transferredIn === "0.00" ? "" : `转入 ${yuan(common.transferredIn)}`,
      common === undefined || common.transferredOut === "0.00" ? "" : `转出 ${yuan(common.transferredOut)}`,
    ]
      .filter((words) => words !== "")
      .join("，"),
    ...punctualityOf(publication),
    revision: statement.revision,
    isRestated: statement.restated !== null,
  };
}

// ---- The payments behind a figure --------------------------------------------------------------------------------

/** A voucher that everybody may open. */
export interface OpenVoucher {
  readonly sha: string;
  readonly pages: number;
}

/** A payment of a published month, with what the public may know of it. */
export interface ToldPayment {
  readonly entry: SealedEntry;
  /** As public pages name whom it went to: a person is 个人. */
  readonly payee: string;
  readonly sides: readonly Side[];
  readonly vouchers: readonly OpenVoucher[];
}

/** The payments of one account in one month, by fund: what the figure in the statement is made of. */
export function paymentsPage(
  statement: Statement,
  account: string,
  payments: readonly ToldPayment[],
  registered: ReadonlySet<string>,
) {
  const { code, name } = statement.community;
  const funds = fundsOf(statement).flatMap(([fund]) => {
    const told = payments.filter(({ entry }) => paidIn(entry, fund, account).length > 0);
    const figure = statement.paid.find((line) => line.fund === fund && line.account === account);
    return told.length === 0 && figure === undefined
      ? []
      : [
          {
            name: fundName(fund),
            total: yuan(figure?.month ?? "0.00"),
            payments: told.map((payment) => paymentRow({ code, registered }, payment, fund, account)),
          },
        ];
  });
  return {
    title: `${accountName(account)} · ${spokenMonth(statement.month)}`,
    account: accountWords(account),
    community: name,
    monthWords: spokenMonth(statement.month),
    links: { months: `/c/${code}`, statement: `/c/${code}/${statement.month}` },
    funds,
  };
}

function paidIn(entry: SealedEntry, fund: string, account: string): readonly Fen[] {
  const lines = entry.lines.filter((line) => line.flow === "paid" && line.fund === fund && line.purpose === account);
  return lines.map((line) => negate(line.amount));
}

/** One payment as everybody may read it. */
export function paymentRow(
  { code, registered }: { readonly code: string; readonly registered: ReadonlySet<string> },
  { entry, payee, sides, vouchers }: ToldPayment,
  fund: string,
  account: string,
) {
  return {
    day: spokenDay(entry.occurred),
    payee,
    // What was held for somebody may name a home or its owner: only spending is told in its own words.
    purpose: classOf(account) === "Expenses" ? entry.memo : accountName(account),
    amount: displayYuan(sum(paidIn(entry, fund, account))),
    entry: entryCode(entry.month, entry.number),
    isEmergency: entry.kind === "payment" && entry.reason !== undefined,
    reason: entry.reason ?? "",
    released: sides.length === 0 ? "" : `${sidesInWords(sides)}放行`,
    invoice: entry.invoice ?? "",
    basis: basisOf(code, entry.resolution, registered),
    vouchers: vouchers.map(({ sha, pages }, index) => ({
      href: `/c/${code}/vouchers/${sha}`,
      thumbnail: pages === 0 ? "" : `/c/${code}/vouchers/${sha}/1.webp`,
      label: vouchers.length === 1 ? "看凭证" : `看凭证 ${index + 1}`,
    })),
    isUnproven: vouchers.length === 0 && entry.invoice === undefined && !isDrawPayment(entry),
  };
}
