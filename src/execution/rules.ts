// Execution of a year's budget: planned, reserved, paid and left by account and month, and the final account 决算 beside
// it. Pure.
import { add, fen, fromYuan, negate, subtract, sum, ZERO, type Fen } from "../base/money.ts";
import { daysBetween, firstDay, lastDay, month, monthOfYear, type Day, type Month } from "../base/month.ts";
import { plannedBy, type BudgetChange, type YearBudget } from "../budget/rules.ts";
import { accountName, CASH, COMMON, type Balance, type Flow } from "../ledger/rules.ts";
import type { Ratification } from "../release/rules.ts";
import type { Left } from "../request/rules.ts";
import type { AccountFigures, Statement } from "../statement/rules.ts";

// ---- During the year ------------------------------------------------------------------------------------------------

export interface ExecutionFacts {
  readonly year: number;
  readonly today: Day;
  readonly budget: YearBudget;
  /** What is left of each account by the rule that requests are held against. */
  readonly lefts: readonly Left[];
  /** The year's balances. */
  readonly balances: readonly Balance[];
  /** The last month whose statement is published; "" when none is. */
  readonly publishedThrough: Month | "";
  readonly emergencies: readonly EmergencySpend[];
}

/** Emergency spending of the year: it counts from the day it is paid, ratified or not. */
export interface EmergencySpend {
  readonly id: number;
  readonly entry: string;
  readonly purpose: string;
  readonly amount: Fen;
  readonly state: Ratification;
  readonly ratifyBy: Day | null;
  /** The number of the resolution that ratified it; "" before. */
  readonly resolution: string;
}

/** How much of a line was adopted, and what changed since. */
export interface Planned {
  readonly account: string;
  readonly name: string;
  readonly hasBudget: boolean;
  readonly adopted: Fen;
  readonly changes: readonly BudgetChange[];
  /** Adopted and all changes. */
  readonly planned: Fen;
}

/** What moved on an account: in months that are published, and since then. */
export interface Moved {
  readonly published: Fen;
  readonly since: Fen;
  /** January to December. */
  readonly months: readonly Fen[];
}

/** How spending goes beside the time: beyond its plan, faster than the year, or not; none = it has no plan. */
export type Pace = "over" | "fast" | "even" | "none";

export interface SpendingLine extends Planned, Moved {
  readonly paid: Fen;
  readonly reserved: Fen;
  readonly left: Fen;
  readonly pace: Pace;
}

export interface IncomeLine extends Planned, Moved {
  readonly received: Fen;
}

/** How much of the year has passed, in days. */
export interface Elapsed {
  readonly passed: number;
  readonly of: number;
}

export interface Execution {
  readonly year: number;
  readonly today: Day;
  readonly elapsed: Elapsed;
  readonly publishedThrough: Month | "";
  /** The resolutions that the year's lines were adopted by; none where history names none. */
  readonly adoptedBy: readonly string[];
  readonly spending: readonly SpendingLine[];
  readonly income: readonly IncomeLine[];
  readonly emergencies: readonly EmergencySpend[];
}

/** The whole year is over with its last day. */
export function elapsedOn(year: number, today: Day): Elapsed {
  const first = firstDay(month(`${year}-01`));
  const of = daysBetween(first, lastDay(month(`${year}-12`))) + 1;
  return { passed: Math.min(of, Math.max(0, daysBetween(first, today) + 1)), of };
}

export function executionOf(facts: ExecutionFacts): Execution {
  const { year, today, lefts, publishedThrough, emergencies } = facts;
  const elapsed = elapsedOn(year, today);
  const spent = new Set([...accountsOf(facts, "5"), ...lefts.map(({ account }) => account)]);
  const earned = new Set([...accountsOf(facts, "4"), ...movedAccounts(facts, "received", "4")]);
  return {
    year,
    today,
    elapsed,
    publishedThrough,
    emergencies,
    adoptedBy: [...new Set(facts.budget.lines.flatMap(({ resolution }) => resolution ?? []))].toSorted(),
    spending: [...spent].toSorted().map((account) => spendingLine(account, facts, elapsed)),
    income: [...earned].toSorted().map((account) => {
      const moved = movedOn(account, "received", facts);
      return { ...plannedOn(account, facts.budget), ...moved, received: add(moved.published, moved.since) };
    }),
  };
}

/** Accounts of a class that are planned. */
function accountsOf({ budget }: Pick<ExecutionFacts, "budget">, first: string): string[] {
  return [...budget.lines, ...budget.changes].map(({ account }) => account).filter((each) => each.startsWith(first));
}

function isCash(row: Balance, flow: Flow): boolean {
  return row.fund === COMMON && row.account === CASH && row.flow === flow;
}

function movedAccounts({ balances }: Pick<ExecutionFacts, "balances">, flow: Flow, first: string): string[] {
  return balances.filter((row) => isCash(row, flow) && row.purpose.startsWith(first)).map(({ purpose }) => purpose);
}

function plannedOn(account: string, { lines, changes }: YearBudget): Planned {
  const own = [...lines, ...changes].filter((each) => each.account === account);
  const adopted = sum(lines.filter((line) => line.account === account).map(({ amount }) => amount));
  return {
    account,
    name: accountName(account),
    hasBudget: own.length > 0,
    adopted,
    changes: changes.filter((change) => change.account === account),
    planned: plannedBy(own).get(account) ?? ZERO,
  };
}

function movedOn(
  account: string,
  flow: "paid" | "received",
  { year, balances, publishedThrough }: Pick<ExecutionFacts, "year" | "balances" | "publishedThrough">,
): Moved {
  const own = balances.filter((row) => isCash(row, flow) && row.purpose === account);
  const sign = flow === "received" ? 1 : -1;
  const of = (matches: (m: Month) => boolean): Fen =>
    fen(own.filter((row) => matches(row.month)).reduce((total, row) => total + sign * (row.debit - row.credit), 0));
  const months = Array.from({ length: 12 }, (_, index) =>
    of((m) => m.startsWith(`${year}-`) && monthOfYear(m) === index + 1),
  );
  const published = of((m) => m <= publishedThrough);
  return { published, since: subtract(sum(months), published), months };
}

function spendingLine(account: string, facts: ExecutionFacts, elapsed: Elapsed): SpendingLine {
  const planned = plannedOn(account, facts.budget);
  const moved = movedOn(account, "paid", facts);
  const paid = add(moved.published, moved.since);
  const found = facts.lefts.find((left) => left.account === account);
  const reserved = found?.reserved ?? ZERO;
  const left = found?.left ?? subtract(planned.planned, paid);
  return {
    ...planned,
    ...moved,
    paid,
    reserved,
    left,
    pace: paceOf(planned, { taken: add(paid, reserved), left }, elapsed),
  };
}

function paceOf(
  { hasBudget, planned }: Planned,
  { taken, left }: { readonly taken: Fen; readonly left: Fen },
  { passed, of }: Elapsed,
): Pace {
  if (!hasBudget) {
    return "none";
  }
  if (left < 0) {
    return "over";
  }
  // Whole numbers on both sides; a year of 366 days times any amount stays far below 2^53.
  return BigInt(taken) * BigInt(of) > BigInt(planned) * BigInt(passed) ? "fast" : "even";
}

// ---- At the year's end ----------------------------------------------------------------------------------------------

/** A line of the final account: what was planned, what became of it, and why it differs. */
export interface FinalLine extends Planned {
  readonly actual: Fen;
  /** What was saved or earned beyond the plan; below zero: overspent, or earned less. */
  readonly better: Fen;
  readonly remark: string;
}

export interface FinalAccount {
  readonly year: number;
  readonly spending: readonly FinalLine[];
  readonly income: readonly FinalLine[];
  readonly totals: { readonly spending: FinalTotal; readonly income: FinalTotal };
}

/** Of the lines that have a budget; `all` is the statement's whole figure. */
export interface FinalTotal {
  readonly all: Fen;
  readonly adopted: Fen;
  readonly changed: Fen;
  readonly planned: Fen;
  readonly actual: Fen;
  readonly better: Fen;
}

export interface FinalFacts {
  readonly year: number;
  /** What was known of the budget when December closed. */
  readonly budget: YearBudget;
  /** December's statement: its year to date is what became of the year. */
  readonly december: Pick<Statement, "received" | "paid">;
  readonly remarks: ReadonlyMap<string, string>;
}

export function finalOf(facts: FinalFacts): FinalAccount {
  const spending = finalLines(facts, facts.december.paid, "5");
  const income = finalLines(facts, facts.december.received, "4");
  return { year: facts.year, spending, income, totals: { spending: totalOf(spending), income: totalOf(income) } };
}

function finalLines({ budget, remarks }: FinalFacts, figures: readonly AccountFigures[], first: string): FinalLine[] {
  const common = figures.filter(({ fund, account }) => fund === COMMON && account.startsWith(first));
  const accounts = new Set([...accountsOf({ budget }, first), ...common.map(({ account }) => account)]);
  return [...accounts].toSorted().map((account) => {
    const planned = plannedOn(account, budget);
    const actual = fromYuan(common.find((figure) => figure.account === account)?.yearToDate ?? "0.00");
    const beyond = subtract(actual, planned.planned);
    const better = first === "4" ? beyond : negate(beyond);
    return { ...planned, actual, better, remark: remarks.get(account) ?? "" };
  });
}

function totalOf(lines: readonly FinalLine[]): FinalTotal {
  const of = (figure: (line: FinalLine) => Fen): Fen => sum(lines.filter(({ hasBudget }) => hasBudget).map(figure));
  return {
    all: sum(lines.map(({ actual }) => actual)),
    adopted: of(({ adopted }) => adopted),
    changed: of(({ adopted, planned }) => subtract(planned, adopted)),
    planned: of(({ planned }) => planned),
    actual: of(({ actual }) => actual),
    better: of(({ better }) => better),
  };
}
