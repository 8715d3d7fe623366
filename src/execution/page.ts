// Execution and final account in words and formatted figures: the one source of page, CSV and PDF.
import { displayYuan, negate, subtract, sum, ZERO, type Fen } from "../base/money.ts";
import { month, spokenDay, spokenMonth, type Month } from "../base/month.ts";
import { barOf, percentOf } from "../base/share.ts";
import { SOURCE_NAMES, type BudgetChange } from "../budget/rules.ts";
import { accountName, accountWords } from "../ledger/rules.ts";
import { RATIFICATION_NAMES } from "../release/rules.ts";
import { basisOf, type Basis } from "../resolution/rules.ts";
import type {
  Elapsed,
  EmergencySpend,
  Execution,
  FinalAccount,
  FinalLine,
  FinalTotal,
  IncomeLine,
  Planned,
  SpendingLine,
} from "./rules.ts";

/** Where the pages are, and which resolutions can be opened. */
export interface Around {
  readonly community: string;
  readonly name: string;
  /** The numbers of the register. */
  readonly registered: ReadonlySet<string>;
}

function baseOf({ community }: Around, year: number): string {
  return `/c/${community}/budgets/${year}`;
}

/** "+300.00" */
function signed(amount: Fen): string {
  return amount > 0 ? `+${displayYuan(amount)}` : displayYuan(amount);
}

// ---- During the year ------------------------------------------------------------------------------------------------

function changeRow(around: Around, change: BudgetChange): { words: string; reason: string; basis: Basis } {
  return {
    words: `${signed(change.amount)} 元，${SOURCE_NAMES[change.source]}`,
    reason: change.reason,
    basis: basisOf(around.community, change.resolution, around.registered),
  };
}

function plannedView(around: Around, { name, account, hasBudget, adopted, changes, planned }: Planned) {
  return {
    account,
    name,
    hasBudget,
    planned: hasBudget ? displayYuan(planned) : "",
    adopted: displayYuan(adopted),
    isChanged: changes.length > 0,
    changed: signed(subtract(planned, adopted)),
    changes: changes.map((change) => changeRow(around, change)),
  };
}

/** Months with a figure, each to its payments where they are published. */
function monthRows(
  around: Around,
  execution: Execution,
  line: Pick<SpendingLine, "account" | "months">,
  isPaid: boolean,
) {
  return line.months.map((amount, index) => {
    const m = month(`${execution.year}-${String(index + 1).padStart(2, "0")}`);
    const isOpen = isPaid && amount !== 0 && m <= execution.publishedThrough;
    return {
      label: `${index + 1}月`,
      amount: amount === 0 ? "—" : displayYuan(amount),
      isNone: amount === 0,
      href: isOpen ? `/c/${around.community}/${m}/paid/${line.account}` : "",
    };
  });
}

/** How far a line has come beside the year, in words and not by a colour alone. */
function paceWords({ pace, planned, left, paid, reserved }: SpendingLine, { passed, of }: Elapsed): string {
  const used = percentOf(paid + reserved, planned) ?? "0.0 %";
  const share = percentOf(passed, of) ?? "0.0 %";
  switch (pace) {
    case "over":
      return `超支（不利）：超出预算 ${displayYuan(negate(left))} 元，用了 ${used}`;
    case "fast":
      return `比时间快：用了 ${used}，全年过了 ${share}`;
    case "even":
      return `没有比时间快（有利）：用了 ${used}，全年过了 ${share}`;
    case "none":
      return "没有单列预算";
  }
}

function spendingView(around: Around, execution: Execution, line: SpendingLine) {
  const { account, published, since, paid, reserved, left, planned, pace } = line;
  return {
    ...plannedView(around, line),
    href: `${baseOf(around, execution.year)}/execution/${account}`,
    published: displayYuan(published),
    hasSince: since !== 0,
    since: displayYuan(since),
    paid: displayYuan(paid),
    hasReserved: reserved !== 0,
    reserved: displayYuan(reserved),
    left: displayYuan(left),
    isOver: pace === "over",
    pace: paceWords(line, execution.elapsed),
    barPaid: barOf(paid, planned),
    barTaken: barOf(sum([paid, reserved]), planned),
    months: monthRows(around, execution, line, true),
  };
}

function incomeView(around: Around, execution: Execution, line: IncomeLine) {
  const { planned, received, since, hasBudget } = line;
  const more = subtract(received, planned);
  const met =
    more >= 0 ? `已超出预算 ${displayYuan(more)} 元（有利）` : `还差 ${displayYuan(subtract(planned, received))} 元`;
  return {
    ...plannedView(around, line),
    received: displayYuan(received),
    hasSince: since !== 0,
    since: displayYuan(since),
    pace: hasBudget ? `收了 ${percentOf(received, planned) ?? "—"}，${met}` : "没有单列预算",
    bar: barOf(received, planned),
    months: monthRows(around, execution, line, false),
  };
}

function emergencyView(around: Around, { entry, purpose, amount, state, ratifyBy, resolution }: EmergencySpend) {
  const until = state === "open" && ratifyBy !== null ? `，期限 ${spokenDay(ratifyBy)}` : "";
  return {
    purpose,
    entry,
    amount: displayYuan(amount),
    isSettled: state === "ratified",
    words: `${RATIFICATION_NAMES[state]}${until}${state === "declined" ? "：由物业说明或退回" : ""}`,
    basis: basisOf(around.community, resolution, around.registered),
  };
}

export function executionView(around: Around, execution: Execution, years: readonly number[], hasFinal: boolean) {
  const { year, today, elapsed, publishedThrough } = execution;
  const base = baseOf(around, year);
  const isPublished = publishedThrough.startsWith(`${year}-`) || publishedThrough > `${year}-12`;
  const through = publishedThrough > `${year}-12` ? month(`${year}-12`) : publishedThrough;
  return {
    community: around.community,
    communityName: around.name,
    year,
    base,
    asOf: spokenDay(today),
    through: isPublished && through !== "" ? spokenMonth(through) : "",
    adoptedBy: execution.adoptedBy.map((number) => basisOf(around.community, number, around.registered)),
    elapsed: Math.floor((100 * elapsed.passed) / elapsed.of),
    elapsedWords: `${year} 年过了 ${percentOf(elapsed.passed, elapsed.of) ?? ""}（${elapsed.of} 天中的 ${elapsed.passed} 天）`,
    spending: execution.spending.map((line) => spendingView(around, execution, line)),
    income: execution.income.map((line) => incomeView(around, execution, line)),
    emergencies: execution.emergencies.map((each) => emergencyView(around, each)),
    monthLabels: Array.from({ length: 12 }, (_, index) => `${index + 1}月`),
    years: years.filter((each) => each !== year).map((each) => ({ year: each, path: `budgets/${each}/execution` })),
    finalHref: hasFinal ? `${base}/final` : "",
  };
}

// ---- The payments behind a figure of the year -------------------------------------------------------------------------

/** `months`: each month's payments as the statement's own page tells them. */
export function yearPaymentsView(
  around: Around,
  execution: Execution,
  account: string,
  months: readonly { readonly month: Month; readonly payments: readonly object[] }[],
) {
  const line = execution.spending.find((each) => each.account === account);
  return {
    title: `${execution.year}年 ${accountName(account)}`,
    community: around.community,
    communityName: around.name,
    year: execution.year,
    executionHref: `${baseOf(around, execution.year)}/execution`,
    account: accountWords(account),
    published: displayYuan(line?.published ?? ZERO),
    hasSince: (line?.since ?? ZERO) !== 0,
    since: displayYuan(line?.since ?? ZERO),
    asOf: spokenDay(execution.today),
    months: months.map(({ month: m, payments }) => ({
      label: spokenMonth(m),
      href: `/c/${around.community}/${m}/paid/${account}`,
      payments,
    })),
  };
}

// ---- At the year's end ------------------------------------------------------------------------------------------------

interface Column {
  readonly label: string;
  readonly numeric: boolean;
}

interface TableRow {
  readonly cells: readonly string[];
  readonly total: boolean;
  readonly mark: string;
  readonly href: string;
}

/** A table as pages, CSV and paper draw it. */
export interface FinalTable {
  readonly id: "final-spending" | "final-income" | "final-reasons";
  readonly title: string;
  readonly note: string;
  readonly columns: readonly Column[];
  readonly rows: readonly TableRow[];
}

const text = (label: string): Column => ({ label, numeric: false });
const amount = (label: string): Column => ({ label, numeric: true });

export interface FinalPage {
  readonly title: string;
  readonly community: string;
  readonly year: number;
  readonly note: string;
  readonly tables: readonly FinalTable[];
}

/** Words of a difference: saved or overspent, more or less than planned. */
function betterWords(better: Fen, isIncome: boolean): string {
  if (better === 0) {
    return "与预算相同";
  }
  const [good, bad] = isIncome ? ["多收", "少收"] : ["节约", "超支"];
  return better > 0 ? `${good}（有利）` : `${bad}（不利）`;
}

function finalRow(line: FinalLine, isIncome: boolean): TableRow {
  const { account, name, hasBudget, adopted, planned, actual, better, changes } = line;
  return {
    cells: [
      `${account} ${name}`,
      hasBudget ? displayYuan(adopted) : "",
      changes.length === 0 ? "" : displayYuan(subtract(planned, adopted)),
      hasBudget ? displayYuan(planned) : "",
      displayYuan(actual),
      hasBudget ? displayYuan(better) : "",
      hasBudget ? betterWords(better, isIncome) : "没有单列预算",
    ],
    total: false,
    mark: "",
    href: "",
  };
}

function totalRow(total: FinalTotal, isIncome: boolean): TableRow {
  const changed = total.changed === 0 ? "" : displayYuan(total.changed);
  const figures = [displayYuan(total.adopted), changed, displayYuan(total.planned), displayYuan(total.actual)];
  const cells = ["列入预算的合计", ...figures, displayYuan(total.better), betterWords(total.better, isIncome)];
  return { cells, total: true, mark: "", href: "" };
}

/** The lines with a budget and their total, then what had none and the statement's whole figure. */
function finalRows(lines: readonly FinalLine[], total: FinalTotal, isIncome: boolean): TableRow[] {
  const others = lines.filter(({ hasBudget }) => !hasBudget);
  const all = { cells: ["全部合计", "", "", "", displayYuan(total.all), "", ""], total: true, mark: "", href: "" };
  return [
    ...lines.filter(({ hasBudget }) => hasBudget).map((line) => finalRow(line, isIncome)),
    totalRow(total, isIncome),
    ...others.map((line) => finalRow(line, isIncome)),
    ...(others.length === 0 ? [] : [all]),
  ];
}

function finalTable(id: FinalTable["id"], lines: readonly FinalLine[], total: FinalTotal): FinalTable {
  const isIncome = id === "final-income";
  return {
    id,
    title: isIncome ? "收入" : "支出",
    note: isIncome
      ? "银行账户实际收到的钱。差额 = 实际 − 预算：正数是多收，负数是少收。"
      : "银行账户实际付出的钱。差额 = 预算 − 实际：正数是节约，负数是超支。",
    columns: [
      text("项目"),
      amount("原预算"),
      amount("年中调整"),
      amount("调整后预算"),
      amount(isIncome ? "实际收入" : "实际支出"),
      amount("差额"),
      text("结果"),
    ],
    rows: finalRows(lines, total, isIncome),
  };
}

/** Why lines changed during the year, each with its resolution, and why they ended otherwise than planned. */
function reasonsTable(around: Around, lines: readonly FinalLine[]): FinalTable[] {
  const rows = lines.flatMap(({ account, name, changes, remark }): TableRow[] => {
    const item = `${account} ${name}`;
    const own = changes.map(({ amount: by, reason, resolution }) => ({
      cells: [resolution, item, `年中调整 ${displayYuan(by)}`, reason],
      href: basisOf(around.community, resolution, around.registered).href,
    }));
    const why = remark === "" ? [] : [{ cells: ["说明", item, "差额", remark], href: "" }];
    return [...own, ...why].map((each) => ({ ...each, total: false, mark: "" }));
  });
  const columns = [text("依据"), text("项目"), text("什么"), text("原因")];
  const note = "年中的每次调整依据的决议，和受托人、业委会写明的差额原因。";
  return rows.length === 0 ? [] : [{ id: "final-reasons", title: "原因", note, columns, rows }];
}

export function finalPage(around: Around, { year, spending, income, totals }: FinalAccount): FinalPage {
  return {
    title: `${around.name} ${year}年预算决算`,
    community: around.name,
    year,
    note: `实际数就是 ${year} 年 12 月收支公示的本年累计。单位：元，共有资金。`,
    tables: [
      finalTable("final-spending", spending, totals.spending),
      finalTable("final-income", income, totals.income),
      ...reasonsTable(around, [...spending, ...income]),
    ],
  };
}

export function finalView(around: Around, final: FinalAccount, isPublished: boolean) {
  const base = baseOf(around, final.year);
  return {
    page: finalPage(around, final),
    community: around.community,
    communityName: around.name,
    year: final.year,
    executionHref: `${base}/execution`,
    statementHref: isPublished ? `/c/${around.community}/${final.year}-12` : "",
    csvHref: `${base}/final.csv`,
    pdfHref: `${base}/final.pdf`,
    lines: [...final.spending, ...final.income].map(({ account, name }) => ({
      value: account,
      label: `${account} ${name}`,
    })),
  };
}
