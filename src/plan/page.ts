// Plans in words: how an amount comes about, what is beside it, what changed and who moved it.
import { add, displayText, displayYuan, fromYuan, negate, subtract, sum, toYuan, type Fen } from "../base/money.ts";
import { monthOfYear, spokenDay, spokenMonth, type Day, type Month } from "../base/month.ts";
import { asPercent, asRate, compareDecimals, percentOf } from "../base/share.ts";
import { accountName, DRAW_SPENT, FEE_INCOME } from "../ledger/rules.ts";
import {
  areTermsChanged,
  BUDGETABLE,
  byAccount,
  isCollectionHopeful,
  isPlannedIncome,
  isReserveMissing,
  lineDifferences,
  phaseOn,
  type Basis,
  type BasisKind,
  type Comment,
  type FeeRow,
  type LineDifference,
  type Phase,
  type Plan,
  type PricedLine,
  type Standing,
  type Version,
  type YearBefore,
} from "./rules.ts";

// ---- Words ------------------------------------------------------------------------------------------------------

export const BASIS_WORDS: Readonly<Record<BasisKind, string>> = {
  quantity: "数量 × 单价 × 月数",
  posts: "岗位人数 × 每人每月 × 月数",
  contract: "合同价（按月或按年）",
  plain: "定额（写明理由）",
};

/** “5 个岗位 × 3,400.00 元 × 12 个月”. */
export function basisWords(basis: Basis): string {
  switch (basis.kind) {
    case "quantity":
      return `${basis.quantity} ${basis.unit} × ${asRate(basis.price)} 元${timesWords(basis.months)}`;
    case "posts":
      return `${basis.posts} 个岗位 × 每月 ${displayText(basis.monthly)} 元${timesWords(basis.months)}`;
    case "contract":
      return basis.every === "year"
        ? `合同（${basis.counterparty}）：全年 ${displayText(basis.amount)} 元`
        : `合同（${basis.counterparty}）：每月 ${displayText(basis.amount)} 元${timesWords(basis.months)}`;
    case "plain":
      return `定额：${basis.reason}`;
  }
}

function timesWords(months: number): string {
  return months === 1 ? "" : ` × ${months} 个月`;
}

/** "1–11 月" of the year, "12 月" for one of them. */
function monthsWords(first: Month, last: Month): string {
  const [from, to] = [monthOfYear(first), monthOfYear(last)];
  return from === to ? `${from} 月` : `${from}–${to} 月`;
}

/** What an account was in the year before: “2020 年 1–11 月已付 58,944.01 元，2020 年预算 66,000.00 元”. */
export function beforeWords(before: YearBefore, account: string): string {
  const { year, first, last } = before;
  const known = before.accounts.find((each) => each.account === account);
  if (known === undefined) {
    return first === null ? "" : `${year} 年没有这一项`;
  }
  const done = account.startsWith("4") ? "已收" : "已付";
  const actual =
    first === null || last === null
      ? ""
      : `${year} 年 ${monthsWords(first, last)}${done} ${displayText(known.actual)} 元`;
  const budget = known.budget === null ? "" : `${year} 年预算 ${displayText(known.budget)} 元`;
  return [actual, budget].filter((each) => each !== "").join("，");
}

function feeRowWords(row: FeeRow) {
  return {
    use: row.use,
    due: displayText(row.due),
    words: `${row.units} 户、${row.area} 平方米，每月 ${asRate(row.rate)} 元/平方米（${monthsWords(row.first, row.last)}）`,
  };
}

/** Whose answer it is. */
const SIDES = { trustee: "物业", committee: "业委会" } as const;

/** Where a plan stands, in words. */
export function stageWords(standing: Standing, today: Day): string {
  const { adopted, frozen, newest, period } = standing;
  if (adopted !== null) {
    return `第 ${adopted.version} 版${adopted.voided === "" ? "已由业主大会通过" : "曾由业主大会通过，决议已作废"}`;
  }
  if (frozen !== null) {
    return `第 ${frozen} 版已定稿，等待业主大会表决`;
  }
  return newest === 0 || period === null
    ? "草案"
    : `${PHASES[phaseOn(period, today)]}：${spokenDay(period.from)}到${spokenDay(period.until)}`;
}

const PHASES: Readonly<Record<Phase, string>> = {
  none: "草案",
  coming: "即将征求意见",
  running: "正在征求意见",
  over: "征求意见已结束",
};

// ---- A plan -----------------------------------------------------------------------------------------------------

interface Row {
  readonly label: string;
  readonly amount: string;
}

/** Income and spending written out as one adds up on paper, and what is left. */
export function balanceRows({ lines, balance, year, terms }: Plan) {
  const totals = [...byAccount(lines)];
  const rowOf = ([account, amount]: [string, Fen]): Row => ({
    label: accountName(account),
    amount: displayYuan(amount),
  });
  const left = fromYuan(balance.left);
  const reserves = fromYuan(balance.reserves);
  return {
    income: [
      { label: "物业服务费（按收缴率算）", amount: displayText(balance.fees) },
      ...totals.filter(([account]) => isPlannedIncome(account)).map(rowOf),
      ...(reserves > 0 ? [{ label: "动用以前年度结余", amount: displayYuan(reserves) }] : []),
    ],
    incomeTotal: displayYuan(sum([balance.fees, balance.other, balance.reserves].map(fromYuan))),
    spending: [
      ...totals.filter(([account]) => !isPlannedIncome(account)).map(rowOf),
      { label: "受托人酬金（按信托合同算出）", amount: displayText(balance.draw) },
    ],
    spendingTotal: displayYuan(add(fromYuan(balance.spending), fromYuan(balance.draw))),
    leftLabel: left < 0 ? "缺口" : `${year} 年预计结余`,
    left: displayYuan(left < 0 ? negate(left) : left),
    isShort: left < 0,
    gap: left < 0 ? terms.gap : "",
  };
}

/** The whole plan in one sentence, to be read aloud. */
export function planSentence({ balance, year }: Plan): string {
  const left = fromYuan(balance.left);
  const income = sum([balance.fees, balance.other, balance.reserves].map(fromYuan));
  const outcome = left < 0 ? `还差 ${displayYuan(negate(left))} 元` : `预计余下 ${displayYuan(left)} 元`;
  return `${year} 年预计收 ${displayYuan(income)} 元，支出 ${displayText(balance.spending)} 元，受托人酬金 ${displayText(balance.draw)} 元，${outcome}。`;
}

/** What a reader should not overlook. */
export function notices(plan: Plan): string[] {
  const { terms, collected, available, balance, fees, year } = plan;
  const left = fromYuan(balance.left);
  return [
    ...(collected !== null && isCollectionHopeful(plan)
      ? [
          `计划的收缴率 ${asPercent(terms.collection)} 高于最近的实际：${spokenMonth(collected.first)}到${spokenMonth(collected.last)}的账单收到 ${percentOf(fromYuan(collected.collected), fromYuan(collected.due)) ?? ""}。收不到这么多，${year} 年的钱就不够。`,
        ]
      : []),
    ...(fees.unvoted === "0.00"
      ? []
      : [
          `物业费按设想的新单价算，要业主大会表决通过才算数；没有通过，这份预算也不生效：收入${fromYuan(fees.unvoted) < 0 ? "多" : "少"} ${displayText(toYuan(abs(fees.unvoted)))} 元。`,
        ]),
    ...(available !== null && isReserveMissing(plan)
      ? [
          `要动用结余 ${displayText(terms.reserves)} 元，但到${spokenMonth(available.month)}底可动用的只有 ${displayText(available.amount)} 元。`,
        ]
      : []),
    ...(left < 0
      ? [
          `支出比收入多 ${displayYuan(negate(left))} 元。${terms.gap === "" ? "还没有写明缺口由谁补。" : `缺口的来源：${terms.gap}。`}`,
        ]
      : []),
  ];
}

function abs(amount: string) {
  const value = fromYuan(amount);
  return value < 0 ? negate(value) : value;
}

/** How the fee income was found. */
export function feeModel({ fees, terms, collected, drawTerms, balance }: Plan) {
  const proposedUses = fees.rates.filter(({ present, planned }) => compareDecimals(present, planned) !== 0);
  return {
    rows: fees.rows.map(feeRowWords),
    due: displayText(fees.due),
    collection: asPercent(terms.collection),
    planned: displayText(fees.planned),
    actual:
      collected === null
        ? "还没有结过账的月份，没有实际的收缴率可比。"
        : `最近的实际：${spokenMonth(collected.first)}到${spokenMonth(collected.last)}的账单，应收 ${displayText(collected.due)} 元，到现在收到 ${displayText(collected.collected)} 元，是 ${percentOf(fromYuan(collected.collected), fromYuan(collected.due)) ?? ""}。`,
    proposed: proposedUses.map(({ use, present, planned }) => ({
      use,
      words: `现在 ${asRate(present)} 元/平方米·月，设想 ${asRate(planned)} 元/平方米·月`,
    })),
    draw: `${drawTerms.map(({ rate, base }) => `${base.map(accountName).join("、")}的 ${asPercent(rate)}`).join("；年中起 ")}，共 ${displayText(balance.draw)} 元`,
  };
}

export interface FileLink {
  readonly sha: string;
  readonly name: string;
  /** Where readers open it; "" while nobody decided what they may see. */
  readonly href: string;
}

function levelModel(line: PricedLine) {
  return line.levels.map(({ name, what, amount, basis }, index) => ({
    name,
    what,
    amount: displayText(amount),
    basis: basisWords(basis),
    isChosen: index === line.chosen,
  }));
}

/** A line as it reads by itself. */
export function lineModel(line: PricedLine, files: ReadonlyMap<string, FileLink>) {
  const level = line.levels[line.chosen];
  return {
    id: line.id,
    title: line.title,
    amount: displayText(line.amount),
    basis: level === undefined ? "" : basisWords(level.basis),
    note: line.note,
    levels: levelModel(line),
    hasLevels: line.levels.length > 1,
    chosen: line.levels.length > 1 ? (level?.name ?? "") : "",
    files: line.files.flatMap((sha) => files.get(sha) ?? []),
  };
}

/** The lines by account, spending first, each account with what it was in the year before. */
export function accountGroups<T>(plan: Plan, toLine: (line: PricedLine) => T) {
  const totals = [...byAccount(plan.lines)];
  const isIncome = ([account]: [string, unknown]): boolean => isPlannedIncome(account);
  const ordered = [...totals.filter((each) => !isIncome(each)), ...totals.filter(isIncome)];
  return ordered.map(([account, amount]) => ({
    account,
    name: accountName(account),
    isIncome: isPlannedIncome(account),
    total: displayYuan(amount),
    before: beforeWords(plan.before, account),
    lines: plan.lines.filter((line) => line.account === account).map(toLine),
  }));
}

/** What had a budget or money in the year before, and no line now: nobody should have to find that out alone. */
export function leftOut(plan: Plan) {
  const there = byAccount(plan.lines);
  return plan.before.accounts
    .filter(({ account }) => BUDGETABLE.includes(account) && !there.has(account))
    .map(({ account }) => ({ name: accountName(account), before: beforeWords(plan.before, account) }));
}

/** Income and the draw of the year before, for the rows that are computed. */
export function computedBefore({ before }: Plan) {
  return { fees: beforeWords(before, FEE_INCOME), draw: beforeWords(before, DRAW_SPENT) };
}

// ---- What changed -----------------------------------------------------------------------------------------------

/** A line's amount and how it came about, before and after. */
export interface Side {
  readonly title: string;
  readonly amount: string;
  readonly basis: string;
}

function sideOf(line: PricedLine | null): Side | null {
  if (line === null) {
    return null;
  }
  const { title, amount, basis, chosen } = lineModel(line, new Map());
  return { title, amount: `${amount} 元`, basis: chosen === "" ? basis : `${chosen}：${basis}` };
}

export function differenceModel({ line, before, after }: LineDifference) {
  const [from, to] = [fromYuan(before?.amount ?? "0.00"), fromYuan(after?.amount ?? "0.00")];
  const delta = subtract(to, from);
  const kind = changeKind(before, after);
  const amountWords =
    delta === 0 ? "金额不变" : `${delta > 0 ? "多" : "少"} ${displayYuan(delta < 0 ? negate(delta) : delta)} 元`;
  return {
    line,
    kind,
    title: (after ?? before)?.title ?? "",
    delta: amountWords,
    before: sideOf(before),
    after: sideOf(after),
    others: otherChanges(before, after),
  };
}

function changeKind(before: PricedLine | null, after: PricedLine | null): string {
  if (before === null) {
    return "新增";
  }
  return after === null ? "删去" : "改动";
}

/** What changed beside the amount and its basis, in a few words. */
function otherChanges(before: PricedLine | null, after: PricedLine | null): string {
  if (before === null || after === null) {
    return "";
  }
  const changed = [
    before.account === after.account ? "" : `科目改为${accountName(after.account)}`,
    before.note === after.note ? "" : "改了说明",
    JSON.stringify(before.files) === JSON.stringify(after.files) ? "" : "改了附件",
    JSON.stringify(before.levels) !== JSON.stringify(after.levels) && after.levels.length > 1
      ? "改了可选的服务标准"
      : "",
  ];
  return changed.filter((each) => each !== "").join("，");
}

/** What differs above the lines of two plans, each with before and after. */
export function termsDifferences(before: Plan, after: Plan) {
  const ratesOf = ({ fees }: Plan): string =>
    fees.rates.map(({ use, planned }) => `${use} ${asRate(planned)}`).join("，");
  const rows: readonly (readonly [string, (plan: Plan) => string])[] = [
    ["收缴率", ({ terms }) => asPercent(terms.collection)],
    ["单价（元/平方米·月）", ratesOf],
    ["物业服务费", ({ balance }) => `${displayText(balance.fees)} 元`],
    ["其他收入", ({ balance }) => `${displayText(balance.other)} 元`],
    ["动用结余", ({ terms }) => `${displayText(terms.reserves)} 元`],
    ["支出", ({ balance }) => `${displayText(balance.spending)} 元`],
    ["受托人酬金", ({ balance }) => `${displayText(balance.draw)} 元`],
    ["结余（负数是缺口）", ({ balance }) => `${displayText(balance.left)} 元`],
    ["缺口的来源", ({ terms }) => terms.gap],
    ["说明", ({ terms }) => terms.intro],
  ];
  return rows
    .map(([label, words]) => ({ label, before: words(before), after: words(after) }))
    .filter((row) => row.before !== row.after);
}

/** What a version changed in a line, and the comments that moved it: newest first. */
export function historyOf(line: number, versions: readonly Version[], comments: readonly Comment[]) {
  return versions
    .flatMap((version, index) => {
      const before = versions[index - 1];
      const difference =
        before === undefined
          ? undefined
          : lineDifferences(before.lines, version.lines).find((each) => each.line === line);
      const moved = version.moved.find((each) => each.line === line)?.comments ?? [];
      const isTerms = line === 0 && before !== undefined && areTermsChanged(before, version);
      if (difference === undefined && !isTerms) {
        return [];
      }
      const by = comments
        .filter(({ id }) => moved.includes(id))
        .map(({ id, words, hidden }) => ({
          id,
          words: hidden === null ? words : "（这条意见的文字已隐藏）",
        }));
      const change = difference === undefined ? null : differenceModel(difference);
      return [{ version: version.version, summary: version.summary, change, by }];
    })
    .toReversed();
}

// ---- Comments ---------------------------------------------------------------------------------------------------

/** A comment for readers: never a name; own ones are marked for who wrote them. */
export function commentModel(
  comment: Comment,
  about: { readonly versions: readonly Version[]; readonly actor: string; readonly dayOf: (at: string) => Day },
) {
  const { versions, actor, dayOf } = about;
  const moved = versions.flatMap((version) =>
    version.moved
      .filter(({ comments }) => comments.includes(comment.id))
      .map(({ line }) => `第 ${version.version} 版改了${line === 0 ? "收入和说明" : `第 ${line} 条`}`),
  );
  return {
    id: comment.id,
    line: comment.line,
    who: comment.by === actor && actor !== "" ? "我" : "一位业主",
    isOwn: comment.by === actor && actor !== "",
    kind: comment.kind === "question" ? "提问" : "意见",
    where: comment.line === 0 ? "整个预算" : `第 ${comment.line} 条`,
    on: spokenDay(dayOf(comment.at)),
    words: comment.hidden === null ? comment.words : "",
    hidden: comment.hidden ?? "",
    isHidden: comment.hidden !== null,
    answers: comment.answers.map(({ side, words, at }) => ({ who: SIDES[side], words, on: spokenDay(dayOf(at)) })),
    isAnswered: comment.answers.length > 0,
    moved: moved.join("；"),
  };
}
