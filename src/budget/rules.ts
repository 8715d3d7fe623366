// The year's budget by account of the common fund, and what may change it during the year.
import { add, displayYuan, fen, greatest, negate, sum, ZERO, type Fen } from "../base/money.ts";
import type { Month } from "../base/month.ts";
import { Refusal, refuse, type Fault } from "../base/refusal.ts";
import { ACCOUNTS, accountWords, MOVED_IN, MOVED_OUT, REPAIR_DEPOSITS, REPAIR_WORK } from "../ledger/rules.ts";

export interface BudgetLine {
  readonly year: number;
  readonly account: string;
  readonly amount: Fen;
  /** The owners' resolution it rests on; lines that came with an import may not name theirs. */
  readonly resolution?: string;
}

/** Where the money of a change comes from: other lines, the accumulated surplus, or income that was not planned. */
export const SOURCES = ["lines", "reserve", "income"] as const;
export type Source = (typeof SOURCES)[number];

export const SOURCE_NAMES: Readonly<Record<Source, string>> = {
  lines: "从其他预算项目调剂",
  reserve: "动用累计结余",
  income: "今年新增的收入",
};

/** What a change adds to accounts (below zero: takes from them), and why. */
export interface ChangeWish {
  readonly year: number;
  readonly changes: readonly { readonly account: string; readonly amount: Fen }[];
  readonly reason: string;
  readonly source: Source;
}

/** One account of a change that was decided. */
export interface BudgetChange extends BudgetLine {
  readonly id: number;
  readonly reason: string;
  readonly source: Source;
  /** The number of the resolution it rests on. */
  readonly resolution: string;
  /** The first open month when it was recorded: statements of earlier months do not know it. */
  readonly knownFrom: Month;
  readonly recordedAt: string;
}

/** What a year's budget was adopted as, and how it changed since. */
export interface YearBudget {
  readonly lines: readonly BudgetLine[];
  readonly changes: readonly BudgetChange[];
}

const isSpending = ({ account }: { readonly account: string }): boolean => account.startsWith("5");

/** What is the repair fund's, and what moves between funds. */
const NOT_COMMON = [REPAIR_DEPOSITS, REPAIR_WORK, MOVED_IN, MOVED_OUT];

/** What may be budgeted: income and spending of the common fund. */
export function isBudgetable(account: string): boolean {
  return /^[45]/u.test(account) && ACCOUNTS.has(account) && !NOT_COMMON.includes(account);
}

/** What each account may take in a year: what was adopted, and every change of it. */
export function plannedBy(lines: readonly { readonly account: string; readonly amount: Fen }[]): Map<string, Fen> {
  const planned = new Map<string, Fen>();
  for (const { account, amount } of lines) {
    planned.set(account, add(planned.get(account) ?? ZERO, amount));
  }
  return planned;
}

/** Everything that decides whether a change can be. */
export interface ChangeFacts {
  /** The year's budget with the changes so far. */
  readonly planned: ReadonlyMap<string, Fen>;
  readonly closedThrough: Month | "";
}

/** Refuses a change that cannot be, with everything that is wrong with it. */
export function assertChange(wish: ChangeWish, facts: ChangeFacts): void {
  const { year } = wish;
  if (facts.closedThrough >= `${year}-12`) {
    throw refuse("YEAR_CLOSED", `${year} 年已经结账，预算不能再调整。`, "请调整今年的预算；差额在决算里说明。", 409);
  }
  if (facts.planned.size === 0) {
    throw refuse("BUDGET_MISSING", `${year} 年还没有预算，没有可以调整的。`, "请先通过这一年的预算方案。", 409);
  }
  const faults = [...wish.changes.flatMap((_, index) => lineFaults(wish, index, facts)), ...sourceFaults(wish)];
  if (faults.length > 0) {
    throw new Refusal(faults);
  }
}

function lineFaults({ changes }: ChangeWish, index: number, { planned }: ChangeFacts): Fault[] {
  const { account, amount } = changes[index] ?? { account: "", amount: ZERO };
  const fault = (code: string, column: string, message: string, remedy: string): Fault[] => [
    { code, column: `changes.${index}.${column}`, message, remedy },
  ];
  if (!isBudgetable(account)) {
    const message = `「${account}」不能编预算。`;
    return fault("NOT_BUDGETABLE", "account", message, "请选收入（4 开头）或支出（5 开头）科目，维修与划转除外。");
  }
  if (changes.findIndex((other) => other.account === account) < index) {
    return fault("ACCOUNT_TWICE", "account", `${account} 写了两行。`, "每个科目只写一行，金额合在一起。");
  }
  const before = planned.get(account) ?? ZERO;
  if (amount === 0) {
    return fault("AMOUNT_ZERO", "amount", `${account} 的调整是 0。`, "请写要增加或减少的金额，或去掉这一行。");
  }
  return before + amount < 0
    ? fault(
        "BUDGET_NEGATIVE",
        "amount",
        `${account} 的预算只有 ${displayYuan(before)} 元，减 ${displayYuan(negate(amount))} 元就成了负数。`,
        `最多减 ${displayYuan(before)} 元。`,
      )
    : [];
}

/** What a source says must be what its figures say: nothing is added that comes from nowhere. */
function sourceFaults({ changes, source }: ChangeWish): Fault[] {
  const spending = sum(changes.filter(isSpending).map(({ amount }) => amount));
  const income = sum(changes.filter((line) => !isSpending(line)).map(({ amount }) => amount));
  const fault = (message: string, remedy: string): Fault[] => [
    { code: "SOURCE_UNEVEN", column: "source", message, remedy },
  ];
  if (changes.length === 0) {
    return fault("没有写明要调整哪些科目。", "请至少写一行。");
  }
  if (source === "income") {
    return spending === income
      ? []
      : fault(
          `新增收入 ${displayYuan(income)} 元，支出却增加 ${displayYuan(spending)} 元。`,
          "请写明是哪个收入科目（4 开头）增加，两边要相等。",
        );
  }
  if (income !== 0) {
    return fault("收入预算变了，来源却不是新增的收入。", "请把来源选为“今年新增的收入”，或去掉收入科目。");
  }
  if (source === "lines") {
    return spending === 0
      ? []
      : fault(`调剂要有增有减、合计为 0，现在合计 ${displayYuan(spending)} 元。`, "请写明从哪个科目减下来。");
  }
  return spending === 0 ? fault("没有动用结余：合计是 0。", "项目之间的调剂，来源请选“从其他预算项目调剂”。") : [];
}

/** "5002 共用部位设施设备运行维护增加 300.00 元" */
export function changeWords({ account, amount }: ChangeWish["changes"][number]): string {
  const moved = amount < 0 ? `减少 ${displayYuan(negate(amount))}` : `增加 ${displayYuan(amount)}`;
  return `${accountWords(account)}${moved} 元`;
}

/** How much a change moves: what it adds or takes away, the larger of the two, of spending or of income. */
export function movedBy(changes: ChangeWish["changes"]): Fen {
  const of = (side: ChangeWish["changes"], sign: 1 | -1): Fen =>
    sum(side.map(({ amount }) => fen(Math.max(0, sign * amount))));
  const sides = [changes.filter(isSpending), changes.filter((line) => !isSpending(line))];
  return sides.flatMap((side) => [of(side, 1), of(side, -1)]).reduce(greatest, ZERO);
}
