// The open budget 开放式预算: a year's plan line by line, and what follows from it. Spending is fixed by what is likely to
// come in (以收定支), not by what would come in if everybody paid; the trustee's draw is computed, never planned.
import canonicalize from "canonicalize";
import { add, fen, fromYuan, least, subtract, sum, toYuan, ZERO, type Fen } from "../base/money.ts";
import { laterMonth, monthsFrom, type Day, type Month } from "../base/month.ts";
import { refuse } from "../base/refusal.ts";
import { asRate, compareDecimals, costOf, portionOf, shareOf } from "../base/share.ts";
import { isBudgetable, type BudgetLine } from "../budget/rules.ts";
import { ACCOUNTS, accountWords, DRAW_SPENT, FEE_INCOME, REPAIR_DEPOSITS, REPAIR_WORK } from "../ledger/rules.ts";
import { rateIn, type Rate } from "../tariff/rules.ts";

// ---- What may be planned ----------------------------------------------------------------------------------------

/**
 * Which accounts a line of the plan may stand on: all of a budget but fees, which follow from units, rates and the
 * collection rate, and the draw, which follows from the deed.
 */
export const BUDGETABLE: readonly string[] = [...ACCOUNTS.keys()].filter(
  (account) => isBudgetable(account) && ![FEE_INCOME, DRAW_SPENT].includes(account),
);

export function isPlannedIncome(account: string): boolean {
  return account.startsWith("4") && BUDGETABLE.includes(account);
}

const WHY_NOT: Readonly<Record<string, string>> = {
  [DRAW_SPENT]: "受托人酬金按信托合同算出，不用编。",
  [FEE_INCOME]: "物业服务费由面积、单价、减免和收缴率算出，不用编。",
  [REPAIR_WORK]: "维修支出只能用维修资金，要由业主大会另行决定。",
  [REPAIR_DEPOSITS]: "维修资金交存不是共有资金的收入。",
};

export function assertBudgetable(account: string): void {
  if (!BUDGETABLE.includes(account)) {
    const known = WHY_NOT[account] ?? "资金之间的划转和往来不编预算。";
    const message = ACCOUNTS.has(account) ? `${accountWords(account)}不能编预算：${known}` : "没有这个科目。";
    throw refuse("ACCOUNT_NOT_BUDGETABLE", message, "请选共有资金的支出科目，或物业费以外的收入科目。");
  }
}

// ---- A line -----------------------------------------------------------------------------------------------------

/** How an amount comes about; amounts are yuan as text, as everywhere outside the computation. */
export type Basis =
  | {
      readonly kind: "quantity";
      readonly quantity: string;
      /** 次, 吨, 台 … */
      readonly unit: string;
      /** Yuan for one, perhaps with parts of a fen: electricity. */
      readonly price: string;
      readonly months: number;
    }
  | { readonly kind: "posts"; readonly posts: string; readonly monthly: string; readonly months: number }
  | {
      readonly kind: "contract";
      readonly counterparty: string;
      readonly every: "month" | "year";
      readonly amount: string;
      /** Of a monthly contract. */
      readonly months: number;
    }
  | { readonly kind: "plain"; readonly amount: string; readonly reason: string };

export type BasisKind = Basis["kind"];
export const BASIS_KINDS = ["quantity", "posts", "contract", "plain"] as const satisfies readonly BasisKind[];

export function amountOf(basis: Basis): Fen {
  switch (basis.kind) {
    case "quantity":
      return costOf(basis.quantity, basis.price, basis.months);
    case "posts":
      return costOf(basis.posts, basis.monthly, basis.months);
    case "contract":
      return basis.every === "year" ? fromYuan(basis.amount) : costOf("1", basis.amount, basis.months);
    case "plain":
      return fromYuan(basis.amount);
  }
}

/** A level of service 服务标准: what one gets for the amount. A line without a choice has one, without a name. */
export interface Level {
  readonly name: string;
  readonly what: string;
  readonly basis: Basis;
}

export interface Line {
  /** Its number in every version: “第 3 条”. */
  readonly id: number;
  readonly account: string;
  readonly title: string;
  readonly note: string;
  readonly levels: readonly Level[];
  /** Which of the levels is planned. */
  readonly chosen: number;
  /** Vouchers 凭证附件 by hash: quotations, last year's contract. */
  readonly files: readonly string[];
}

export const LEVELS_MAX = 5;

// ---- Terms of the whole plan ------------------------------------------------------------------------------------

/** A rate that the plan counts on and the owners still have to vote for. */
export interface ProposedRate {
  readonly use: string;
  readonly rate: string;
  readonly from: Month;
}

export interface Terms {
  /** What the plan is about, in the words of who made it. */
  readonly intro: string;
  /** The collection rate 收缴率 that is counted on, "0.93". */
  readonly collection: string;
  readonly rates: readonly ProposedRate[];
  /** What is taken from earlier years' surplus. */
  readonly reserves: string;
  /** Who pays what is missing, when spending is more than income and reserves; "" = nothing may be missing. */
  readonly gap: string;
}

// ---- What follows: fees -----------------------------------------------------------------------------------------

/** One use at one rate for some months of the year: a row of the explanation. */
export interface FeeRow {
  readonly use: string;
  readonly rate: string;
  readonly first: Month;
  readonly last: Month;
  readonly units: number;
  readonly area: string;
  readonly due: string;
}

/** Bills that are alike: how many times in the year that area of that use is billed at that factor. */
export interface FeeGroup {
  readonly use: string;
  readonly area: string;
  readonly factor: string;
  readonly bills: number;
}

/** What a use pays if nobody decides anything, and what the plan counts on, at the end of the year. */
export interface UseRate {
  readonly use: string;
  readonly present: string;
  readonly planned: string;
}

export interface Fees {
  readonly rows: readonly FeeRow[];
  readonly groups: readonly FeeGroup[];
  readonly rates: readonly UseRate[];
  readonly due: string;
  readonly planned: string;
  /** What of it rests on rates that nobody has voted for yet; negative when they are lower. */
  readonly unvoted: string;
}

export interface DrawTerm {
  readonly rate: string;
  readonly base: readonly string[];
  readonly months: number;
  readonly cap: string | null;
}

/** What is known of the year before, from the books: cash by account in its closed months. */
export interface YearBefore {
  readonly year: number;
  /** null: none of its months is closed. */
  readonly first: Month | null;
  readonly last: Month | null;
  readonly accounts: readonly {
    readonly account: string;
    readonly actual: string;
    readonly budget: string | null;
  }[];
}

/** What was paid of the bills of the last months. */
export interface Collected {
  readonly first: Month;
  readonly last: Month;
  readonly due: string;
  readonly collected: string;
}

/** What of the common fund was free at the end of that month: cash without what it owes. */
export interface Available {
  readonly month: Month;
  readonly amount: string;
}

export interface PricedLine extends Line {
  readonly amount: string;
  readonly levels: readonly (Level & { readonly amount: string })[];
}

/** The sums of a plan. left = fees + other + reserves − spending − draw. */
export interface PlanBalance {
  readonly fees: string;
  readonly other: string;
  readonly reserves: string;
  readonly spending: string;
  readonly draw: string;
  readonly left: string;
}

/** A plan with all that follows from it, as it was when it was computed: published, these are the bytes. */
export interface Plan {
  readonly format: "xinyi.plan/1";
  readonly community: string;
  readonly year: number;
  readonly terms: Terms;
  readonly lines: readonly PricedLine[];
  readonly fees: Fees;
  readonly drawTerms: readonly DrawTerm[];
  readonly balance: PlanBalance;
  readonly before: YearBefore;
  readonly collected: Collected | null;
  readonly available: Available | null;
}

/** Which comments moved a line (0 = the whole plan). */
export interface Moved {
  readonly line: number;
  readonly comments: readonly number[];
}

export interface Version extends Plan {
  readonly version: number;
  /** What changed and why, in a few words. */
  readonly summary: string;
  readonly moved: readonly Moved[];
}

// ---- What follows: the draw and the balance ---------------------------------------------------------------------

/**
 * The trustee's draw on a year's income by account. Where the deed changes within the year, the income counts by months:
 * a plan does not say in which month what will come.
 */
export function drawOn(terms: readonly DrawTerm[], income: ReadonlyMap<string, Fen>): Fen {
  const whole = terms.reduce((total, { months }) => total + months, 0);
  const parts = terms.map(({ rate, base, months }) => {
    const received = sum([...income].filter(([account]) => base.includes(account)).map(([, amount]) => amount));
    return shareOf(rate, portionOf(received, months, whole));
  });
  const cap = terms.at(-1)?.cap ?? null;
  return cap === null ? sum(parts) : least(sum(parts), fromYuan(cap));
}

/** What the lines add up to by account. */
export function byAccount(lines: readonly { readonly account: string; readonly amount: string }[]): Map<string, Fen> {
  const totals = new Map<string, Fen>();
  for (const { account, amount } of lines.toSorted((a, b) => (a.account < b.account ? -1 : 1))) {
    totals.set(account, add(totals.get(account) ?? ZERO, fromYuan(amount)));
  }
  return totals;
}

/** The sums of lines with that much money. */
export function balanceOf(
  lines: readonly { readonly account: string; readonly amount: string }[],
  money: { readonly fees: Fen; readonly reserves: Fen; readonly drawTerms: readonly DrawTerm[] },
): PlanBalance {
  const totals = [...byAccount(lines)];
  const income = totals.filter(([account]) => isPlannedIncome(account));
  const other = sum(income.map(([, amount]) => amount));
  const spending = subtract(sum(totals.map(([, amount]) => amount)), other);
  const draw = drawOn(money.drawTerms, new Map([...income, [FEE_INCOME, money.fees]]));
  const left = fen(money.fees + other + money.reserves - spending - draw);
  return {
    fees: toYuan(money.fees),
    other: toYuan(other),
    reserves: toYuan(money.reserves),
    spending: toYuan(spending),
    draw: toYuan(draw),
    left: toYuan(left),
  };
}

/** Owners are not asked about, and do not vote on, money that nobody has. */
export function assertBalanced({ balance, terms }: Plan): void {
  const left = fromYuan(balance.left);
  if (left < 0 && terms.gap === "") {
    throw refuse(
      "PLAN_GAP",
      `支出比收入和动用的结余多 ${toYuan(fen(-left))} 元，没有写明缺口由谁补。`,
      "请减少支出、写明动用结余的数额，或写明缺口的来源（开放式预算以收定支）。",
      409,
    );
  }
}

/** A rate that a plan counts on in a month in which the use pays less; "0" = nothing. */
export interface MissingRate {
  readonly use: string;
  readonly month: Month;
  readonly planned: string;
  readonly present: string;
}

/**
 * The rates that a plan counts on and that do not hold, the first month of each use. Spending is fixed by what comes in
 * (以收定支), so a plan on hoped-for rates is a budget only once owners have voted them: in force already, or passed in the
 * same assembly. What is higher than planned keeps nobody from spending less. Months before `from` are billed: nobody
 * decides them any more, and the budget must not fail because an objection was answered a week later.
 */
export function missingRates({ fees }: Pick<Plan, "fees">, rates: readonly Rate[], from: Month): MissingRate[] {
  const missing = new Map<string, MissingRate>();
  for (const { use, rate, first, last } of fees.rows) {
    for (const each of monthsFrom(laterMonth(first, from), last)) {
      const present = rateIn(rates, use, each)?.rate ?? "0";
      if (compareDecimals(present, rate) < 0 && !missing.has(use)) {
        missing.set(use, { use, month: each, planned: rate, present });
      }
    }
  }
  return [...missing.values()];
}

/** "住宅每平方米每月 5.00 元（现在有效的是 1.00 元）" */
export function missingRateWords(missing: readonly MissingRate[]): string {
  return missing
    .map(
      ({ use, planned, present }) => `${use}每平方米每月 ${asRate(planned)} 元（现在有效的是 ${asRate(present)} 元）`,
    )
    .join("、");
}

export function assertRatesHold(missing: readonly MissingRate[]): void {
  if (missing.length > 0) {
    throw refuse(
      "PLAN_RATES_MISSING",
      `这份预算的物业费按${missingRateWords(missing)}算，这个单价没有表决通过，钱收不到（以收定支）。`,
      "请把调价列入同一次会议，或按有效的单价重新编预算。",
      409,
    );
  }
}

/** Whether the plan counts on more than was collected of late. */
export function isCollectionHopeful({ terms, collected }: Pick<Plan, "terms" | "collected">): boolean {
  return collected !== null && shareOf(terms.collection, fromYuan(collected.due)) > fromYuan(collected.collected);
}

/** Whether it takes more from the reserves than there was. */
export function isReserveMissing({ terms, available }: Pick<Plan, "terms" | "available">): boolean {
  return available !== null && fromYuan(terms.reserves) > fromYuan(available.amount);
}

/**
 * The budget that a plan becomes: its lines by account, and the fees it counts on. Not the draw: it is what the deed says
 * it is, and a budget line would make more fees than planned look like overspending.
 */
export function budgetLinesOf(plan: Plan, resolution: string): BudgetLine[] {
  const totals = byAccount([...plan.lines, { account: FEE_INCOME, amount: plan.balance.fees }]);
  return [...totals].map(([account, amount]) => ({ year: plan.year, account, amount, resolution }));
}

// ---- Versions, comments, steps ----------------------------------------------------------------------------------

export interface LineDifference {
  readonly line: number;
  readonly before: PricedLine | null;
  readonly after: PricedLine | null;
}

/** The lines that are not the same in two versions, by their number. */
export function lineDifferences(before: readonly PricedLine[], after: readonly PricedLine[]): LineDifference[] {
  const ids = [...new Set([...before, ...after].map(({ id }) => id))].toSorted((a, b) => a - b);
  return ids
    .map((line) => ({
      line,
      before: before.find(({ id }) => id === line) ?? null,
      after: after.find(({ id }) => id === line) ?? null,
    }))
    .filter((each) => canonicalize(each.before) !== canonicalize(each.after));
}

/** Whether what stands above the lines differs: the words, the rates and the collection counted on, what follows of fees. */
export function areTermsChanged(before: Plan, after: Plan): boolean {
  const above = ({ terms, fees, drawTerms }: Plan): string => canonicalize({ terms, fees, drawTerms }) ?? "";
  return above(before) !== above(after);
}

export interface Period {
  readonly from: Day;
  readonly until: Day;
}

/** Where a plan stands. */
export interface Standing {
  readonly year: number;
  /** The newest published version; 0 = none. */
  readonly newest: number;
  readonly period: Period | null;
  /** The version put to the vote. */
  readonly frozen: number | null;
  /** `voided`: why the resolution that adopted it holds no more; "" while it does. */
  readonly adopted: { readonly version: number; readonly resolution: string; readonly voided: string } | null;
}

export type Phase = "none" | "coming" | "running" | "over";

/** Where the comment period 征求意见期 is; both its days belong to it. */
export function phaseOn(period: Period | null, today: Day): Phase {
  if (period === null) {
    return "none";
  }
  if (today < period.from) {
    return "coming";
  }
  return today > period.until ? "over" : "running";
}

export function assertMayComment({ period, frozen, adopted }: Standing, today: Day): void {
  const phase = phaseOn(period, today);
  if (phase !== "running" || frozen !== null || adopted !== null) {
    const remedy = "请在征求意见期内提；别的时候可以向业委会反映，或在表决时表达。";
    throw refuse("COMMENTS_CLOSED", CLOSED_WORDS[phase], remedy, 409);
  }
}

const CLOSED_WORDS: Readonly<Record<Phase, string>> = {
  none: "还没有开始征求意见。",
  coming: "征求意见还没有开始。",
  running: "预算已定稿，征求意见已结束。",
  over: "征求意见期已过。",
};

export type CommentKind = "comment" | "question";

export interface Answer {
  readonly side: "trustee" | "committee";
  readonly words: string;
  readonly at: string;
}

export interface Comment {
  readonly id: number;
  /** 0 = the whole plan. */
  readonly line: number;
  /** The version it speaks of. */
  readonly version: number;
  readonly kind: CommentKind;
  readonly words: string;
  readonly by: string;
  readonly at: string;
  readonly answers: readonly Answer[];
  /** Why readers do not see its words; null when they do. */
  readonly hidden: string | null;
}

/** What a version comes to, for the page of a vote and of its result. */
export interface PlanVersionSummary {
  readonly year: number;
  readonly version: number;
  readonly title: string;
  readonly digest: string;
  readonly href: string;
  readonly balance: Plan["balance"];
  /** Every account of the version, and of the year before, with what it was then. */
  readonly accounts: readonly {
    readonly account: string;
    readonly name: string;
    readonly amount: string;
    readonly before: { readonly budget: string | null; readonly actual: string } | null;
  }[];
  /** Which months of the year before the actual figures cover; null = none is closed. */
  readonly actual: { readonly first: Month; readonly last: Month } | null;
}
