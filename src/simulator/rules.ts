// The simulator of a plan: which level of service of each line, what that costs in all, what the fee per m² must be for
// it, and what one home pays. Everything is computed from a published version, so that everybody gets the same answer.
import { fen, fromYuan, sum, toYuan, type Fen } from "../base/money.ts";
import { refuse } from "../base/refusal.ts";
import { feeFor, inStep, shareOf, wholeOf } from "../base/share.ts";
import {
  balanceOf,
  type FeeGroup,
  type Fees,
  type Plan,
  type PlanBalance,
  type PricedLine,
  type UseRate,
} from "../plan/rules.ts";

/** What somebody tries out. */
export interface Choice {
  /** By line: which level; absent = as planned. */
  readonly levels: ReadonlyMap<number, number>;
  /** The use whose rate takes the change; "" = all rates move together. */
  readonly use: string;
  readonly home: { readonly use: string; readonly area: string; readonly factor: string } | null;
}

export interface Simulation {
  readonly lines: readonly PricedLine[];
  readonly balance: PlanBalance;
  /** What must come in as fees so that spending and the draw on everything are paid, to the fen. */
  readonly needed: string;
  /** The draw on everything when exactly that comes in. */
  readonly neededDraw: string;
  /** What must be billed for that at the collection rate. */
  readonly neededDue: string;
  /** What is billed, and comes in, at the rates found. */
  readonly due: string;
  readonly rates: readonly { readonly use: string; readonly present: string; readonly found: string }[];
  readonly home: { readonly present: string; readonly found: string } | null;
}

/**
 * The use that pays most of the fees, in practice the flats: its rate takes the change unless somebody asks otherwise. The
 * others' rates are agreed on by themselves, so nobody should see a fee for flats that counts on shops to pay more.
 */
export function mainUse({ rows }: Fees): string {
  const totals = new Map<string, number>();
  rows.forEach(({ use, due }) => totals.set(use, (totals.get(use) ?? 0) + fromYuan(due)));
  return [...totals].toSorted(([, a], [, b]) => b - a)[0]?.[0] ?? "";
}

/** Dearer than any use has ever been, in fen per m² and month. */
const RATE_MAX = 100_000;

/** What the year's bills come to at those rates, each bill rounded by itself as it will be. */
function dueAt(groups: readonly FeeGroup[], rates: ReadonlyMap<string, string>): Fen {
  return sum(groups.map(({ use, area, factor, bills }) => fen(feeFor(rates.get(use) ?? "0", area, factor) * bills)));
}

/** Every use's rate when the leading one is that many fen per m²; the others stay, or follow in proportion. */
function ratesAt(rates: readonly UseRate[], lead: UseRate, isAll: boolean, rate: number): Map<string, string> {
  const led = toYuan(fen(rate));
  const follow = (present: string): string => (isAll ? inStep(present, lead.present, led) : present);
  return new Map(rates.map(({ use, present }) => [use, use === lead.use ? led : follow(present)]));
}

/**
 * The least number from 0 to `most` for which the test holds, when it holds for all above; null when for none. It looks
 * near the guess first, in growing strides, then by halves: a test may count a year's bills.
 */
function leastWhere(most: number, holds: (value: number) => boolean, guess = 0): number | null {
  if (!holds(most)) {
    return null;
  }
  let fails = -1;
  let found = most;
  let next = guess;
  for (let stride = 1; found - fails > 1; stride *= 2) {
    const at = Math.min(found - 1, Math.max(fails + 1, next));
    if (holds(at)) {
      found = at;
      next = fails === -1 ? found - stride : Math.floor((found + fails) / 2);
    } else {
      fails = at;
      next = found === most ? fails + stride : Math.floor((found + fails) / 2);
    }
  }
  return found;
}

/**
 * What the fee must be for the levels chosen: fees + other income + reserves = spending + draw on all of it, at the
 * collection rate that the plan states, for a whole year at one rate, rounded up to 0.01 yuan per m².
 */
export function simulate(plan: Plan, choice: Choice): Simulation {
  const { fees, terms, drawTerms } = plan;
  const known = new Set(plan.lines.map(({ id }) => id));
  const unknown = [...choice.levels.keys()].find((id) => !known.has(id));
  if (unknown !== undefined) {
    throw refuse("LINE_UNKNOWN", `这一版预算里没有第 ${unknown} 条。`, "请从预算页重新打开测算，或去掉这一条。");
  }
  const lines = plan.lines.map((line) => withLevel(line, choice.levels.get(line.id) ?? line.chosen));
  const balanceAt = (paid: Fen): PlanBalance =>
    balanceOf(lines, { fees: paid, reserves: fromYuan(terms.reserves), drawTerms });
  const covers = (paid: Fen): boolean => fromYuan(balanceAt(paid).left) >= 0;
  const isAll = choice.use === "";
  const lead = fees.rates.find(({ use }) => use === (isAll ? mainUse(fees) : choice.use));
  if (lead === undefined) {
    throw refuse("USE_UNKNOWN", `没有按「${choice.use}」收费的房屋。`, "请从列表里选一种用途。");
  }
  const at = (rate: number): Map<string, string> => ratesAt(fees.rates, lead, isAll, rate);
  const paidAt = (rate: number): Fen => shareOf(terms.collection, dueAt(fees.groups, at(rate)));
  const [none, most] = [paidAt(0), paidAt(RATE_MAX)];
  const needed = leastWhere(most, (paid) => covers(fen(paid)));
  // What comes in grows evenly with the rate, but for the rounding of each bill.
  const guess = Math.floor((RATE_MAX * ((needed ?? 0) - none)) / Math.max(1, most - none));
  const rate = leastWhere(RATE_MAX, (each) => covers(paidAt(each)), guess);
  if (rate === null || needed === null) {
    throw refuse("FEE_BEYOND", "单价再高也不够：没有足够的面积来分摊。", "请选少花钱的服务标准，或换一种用途。");
  }
  const found = at(rate);
  const { home } = choice;
  return {
    lines,
    balance: balanceAt(paidAt(rate)),
    needed: toYuan(fen(needed)),
    neededDraw: balanceAt(fen(needed)).draw,
    neededDue: toYuan(wholeOf(terms.collection, fen(needed))),
    due: toYuan(dueAt(fees.groups, found)),
    rates: fees.rates.map(({ use, present }) => ({ use, present, found: found.get(use) ?? present })),
    home: home === null ? null : homeAt(home, fees.rates, found),
  };
}

function homeAt(
  { use, area, factor }: NonNullable<Choice["home"]>,
  rates: readonly UseRate[],
  found: ReadonlyMap<string, string>,
): Simulation["home"] {
  const present = rates.find((each) => each.use === use)?.present;
  if (present === undefined) {
    throw refuse("USE_UNKNOWN", `没有按「${use}」收费的房屋。`, "请从列表里选一种用途。");
  }
  const monthly = (rate: string): string => toYuan(feeFor(rate, area, factor));
  return { present: monthly(present), found: monthly(found.get(use) ?? present) };
}

function withLevel(line: PricedLine, chosen: number): PricedLine {
  const level = line.levels[chosen];
  if (level === undefined) {
    throw refuse("LEVEL_UNKNOWN", `第 ${line.id} 条没有第 ${chosen + 1} 档服务标准。`, "请从列表里选一档。");
  }
  return { ...line, chosen, amount: level.amount };
}
