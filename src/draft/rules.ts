// A year's plan while it is made: what a line may be, what follows from lines and terms, and which step may come next.
import canonicalize from "canonicalize";
import { add, fen, fromYuan, negate, subtract, sum, toYuan, type Fen } from "../base/money.ts";
import { isMonth, laterMonth, month, monthsFrom, nextMonth, yearOf, type Day, type Month } from "../base/month.ts";
import { Refusal, refuse } from "../base/refusal.ts";
import { compareDecimals, fromPercent, isPlainDecimal, shareOf, shortestDecimal, sumDecimals } from "../base/share.ts";
import type { BudgetLine } from "../budget/rules.ts";
import { accountName, CASH, COMMON, DRAW_SPENT, FEE_INCOME, net, type Balance, type Book } from "../ledger/rules.ts";
import type { Unit } from "../people/rules.ts";
import {
  amountOf,
  areTermsChanged,
  assertBudgetable,
  balanceOf,
  BUDGETABLE,
  isPlannedIncome,
  lineDifferences,
  phaseOn,
  type Available,
  type Basis,
  type Collected,
  type DrawTerm,
  type FeeGroup,
  type FeeRow,
  type Fees,
  type Line,
  type Moved,
  type Period,
  type Plan,
  type PricedLine,
  type Standing,
  type Terms,
  type Version,
  type YearBefore,
} from "../plan/rules.ts";
import { chargesOf, rateIn, type Charge, type Rate, type Tariff } from "../tariff/rules.ts";
import { deedIn, type DeedVersion } from "../trust/rules.ts";

// ---- A line --------------------------------------------------------------------------------------------------------

/** Refuses a line that cannot be: an account without a plan, levels that cannot be told apart or compared. */
export function assertSound(line: Omit<Line, "id">): void {
  assertBudgetable(line.account);
  const { levels, chosen } = line;
  if (levels[chosen] === undefined) {
    throw refuse("LEVEL_UNKNOWN", "选中的服务标准不在列表里。", "请选其中一档。");
  }
  if (new Set(levels.map(({ basis }) => basis.kind)).size > 1) {
    const message = "各档服务标准用了不同的算法，比不出差别。";
    throw refuse("LEVELS_MIXED", message, "请都用同一种算法，例如都按岗位人数。");
  }
  const names = levels.map(({ name }) => name);
  if (levels.length > 1 && (names.includes("") || new Set(names).size < names.length)) {
    throw refuse("LEVELS_UNNAMED", "有几档服务标准时，每档要有不同的名称。", "例如：“每天一次”“每周三次”。");
  }
  levels.forEach(({ basis }) => amountOf(basis));
}

export function unknownLine(id: number): Refusal {
  return refuse("LINE_UNKNOWN", `草案里没有第 ${id} 条，或它已被删去。`, "请从草案里选一条。", 404);
}

/** Two people at one thing: whoever comes second is told, and keeps what was typed. */
export function assertRevision(found: number, seen: number): void {
  if (found !== seen) {
    throw refuse(
      "PLAN_CHANGED",
      "您打开之后，别人改过这里。",
      "下面还是您填的内容；请在另一个窗口看一下现在的样子，再决定保存哪一个：再点一次“保存”就用您的。",
      409,
    );
  }
}

// ---- Where a draft begins ------------------------------------------------------------------------------------------

/** What is counted on until somebody states it, where no month is closed that could tell. */
const COLLECTION_UNKNOWN = "0.9";

/** The rate of the last months, in whole percent, never more than was collected. */
export function collectionOf(collected: Collected | null): string {
  if (collected === null) {
    return COLLECTION_UNKNOWN;
  }
  const percent = Math.floor((100 * fromYuan(collected.collected)) / fromYuan(collected.due));
  return fromPercent(String(Math.max(1, percent)));
}

/** The lines that the budget of the year before suggests, as plain amounts. Spending first: 第 1 条 is what owners look for. */
export function linesFrom(budget: readonly BudgetLine[]): Omit<Line, "id">[] {
  const planned = budget.filter(({ account }) => BUDGETABLE.includes(account));
  return [
    ...planned.filter(({ account }) => !isPlannedIncome(account)),
    ...planned.filter(({ account }) => isPlannedIncome(account)),
  ].map(({ year, account, amount }) => {
    const basis: Basis = { kind: "plain", amount: toYuan(amount), reason: `同 ${year} 年预算` };
    const levels = [{ name: "", what: "", basis }];
    return { account, title: accountName(account), note: "", levels, chosen: 0, files: [] };
  });
}

// ---- What is sent --------------------------------------------------------------------------------------------------

/** The highest rate that a plan may count on, as the tariff takes it. */
const RATE_MAX = "1000";

/** The rates that were typed; rows without one stay as they are. */
export function proposedRates(
  rows: readonly { readonly use: string; readonly rate: string; readonly from: string }[],
  year: number,
): Terms["rates"] {
  const isInYear = (from: string): from is Month => isMonth(from) && yearOf(from) === year;
  return rows
    .map((row, index) => ({ ...row, index }))
    .filter(({ rate }) => rate !== "")
    .map(({ use, rate, from, index }) => {
      const wrong = (column: string, message: string): Refusal =>
        new Refusal({
          code: "FIELD_INVALID",
          column: `rates.${index}.${column}`,
          message,
          remedy: "请改正后再提交一次。",
        });
      if (!isPlainDecimal(rate) || compareDecimals(rate, RATE_MAX) > 0) {
        throw wrong("rate", "不是单价，请写每平方米每月多少元，例如 1.11。");
      }
      const since = from === "" ? `${year}-01` : from;
      if (!isInYear(since)) {
        throw wrong("from", `应为 ${year} 年里的月份，例如 ${year}-01。`);
      }
      return { use, rate: shortestDecimal(rate), from: since };
    });
}

export function movedOf(pairs: readonly string[]): Moved[] {
  const moved = new Map<number, number[]>();
  for (const pair of pairs) {
    const [line = 0, comment = 0] = pair.split(":").map(Number);
    moved.set(
      line,
      [...new Set([...(moved.get(line) ?? []), comment])].toSorted((a, b) => a - b),
    );
  }
  return [...moved].map(([line, comments]) => ({ line, comments })).toSorted((a, b) => a.line - b.line);
}

// ---- What follows: the year before ---------------------------------------------------------------------------------

interface Months {
  readonly first: Month;
  readonly last: Month;
}

/** The closed months of a year; null when there are none. */
export function closedIn(year: number, { firstMonth, closedThrough }: Book): Months | null {
  const first = laterMonth(month(`${year}-01`), firstMonth);
  const end = month(`${year}-12`);
  const last = closedThrough !== "" && closedThrough < end ? closedThrough : end;
  return closedThrough !== "" && first <= last ? { first, last } : null;
}

/** What the common fund received and paid by account in the closed months of a year, beside that year's budget. */
export function yearBeforeOf(
  year: number,
  months: Months | null,
  { balances, budget: lines }: { readonly balances: readonly Balance[]; readonly budget: readonly BudgetLine[] },
): YearBefore {
  const budget = new Map(lines.map((each) => [each.account, each.amount]));
  const accounts = [...BUDGETABLE, FEE_INCOME, DRAW_SPENT].toSorted().flatMap((account) => {
    const actual = cashOf(balances, account);
    const planned = budget.get(account);
    return actual === 0 && planned === undefined
      ? []
      : [{ account, actual: toYuan(actual), budget: planned === undefined ? null : toYuan(planned) }];
  });
  return { year, first: months?.first ?? null, last: months?.last ?? null, accounts };
}

/** Cash of the common fund shown under an account: received on income, paid on spending. */
function cashOf(balances: readonly Balance[], account: string): Fen {
  const flow = account.startsWith("4") ? "received" : "paid";
  const moved = net(
    balances,
    (row) => row.fund === COMMON && row.account === CASH && row.flow === flow && row.purpose === account,
  );
  return flow === "paid" ? negate(moved) : moved;
}

// ---- What follows: fees --------------------------------------------------------------------------------------------

/** Everything a plan is computed from. */
export interface PlanFacts {
  readonly community: string;
  readonly year: number;
  readonly firstMonth: Month;
  readonly terms: Terms;
  readonly lines: readonly Line[];
  readonly units: readonly Unit[];
  readonly tariff: Tariff;
  readonly deeds: readonly DeedVersion[];
  readonly before: YearBefore;
  readonly collected: Collected | null;
  readonly available: Available | null;
}

/** The months of a year that a community keeps books for. */
function monthsOf(year: number, firstMonth: Month): Month[] {
  return monthsFrom(month(`${year}-01`), month(`${year}-12`)).filter((each) => each >= firstMonth);
}

/** The same bills month after month are computed once: the months fall apart where anything begins or ends. */
function spellsOf(months: readonly Month[], units: readonly Unit[], tariff: Tariff): Month[][] {
  const begins = new Set<string>([
    ...units.map(({ from }) => from),
    ...tariff.rates.map(({ from }) => from),
    ...tariff.placements.map(({ from }) => from),
    ...tariff.discounts.flatMap(({ from, until }) => [from, ...(until === undefined ? [] : [nextMonth(until)])]),
  ]);
  const spells: Month[][] = [];
  for (const each of months) {
    const current = spells.at(-1);
    if (current === undefined || begins.has(each)) {
      spells.push([each]);
    } else {
      current.push(each);
    }
  }
  return spells;
}

/** What the year's bills come to, with the plan's rates in place of those in force, and what of it is counted on. */
function feesOf(facts: PlanFacts): Fees {
  const { year, firstMonth, terms, units, tariff } = facts;
  const months = monthsOf(year, firstMonth);
  const rates: Rate[] = [...tariff.rates, ...terms.rates];
  const groups = new Map<string, FeeGroup>();
  const rows: FeeRow[] = [];
  for (const spell of spellsOf(months, units, { ...tariff, rates })) {
    const [first] = spell;
    const { charges } = first === undefined ? { charges: [] } : chargesOf(first, units, { ...tariff, rates });
    countBills(groups, charges, spell.length);
    rowsOf(charges, spell).forEach((row) => addRow(rows, row));
  }
  const due = sum(rows.map((row) => fromYuan(row.due)));
  const planned = shareOf(terms.collection, due);
  const voted =
    terms.rates.length === 0 ? planned : fromYuan(feesOf({ ...facts, terms: { ...terms, rates: [] } }).planned);
  const last = month(`${year}-12`);
  const uses = [...new Set(rows.map(({ use }) => use))];
  return {
    rows,
    groups: [...groups.values()],
    rates: uses.map((use) => {
      const wanted = rateIn(rates, use, last)?.rate ?? "0";
      return { use, present: rateIn(tariff.rates, use, last)?.rate ?? wanted, planned: wanted };
    }),
    due: toYuan(due),
    planned: toYuan(planned),
    unvoted: toYuan(subtract(planned, voted)),
  };
}

function countBills(groups: Map<string, FeeGroup>, charges: readonly Charge[], months: number): void {
  for (const { unit, factor } of charges) {
    const key = [unit.use, unit.area, factor].join("\t");
    const bills = (groups.get(key)?.bills ?? 0) + months;
    groups.set(key, { use: unit.use, area: unit.area, factor, bills });
  }
}

function rowsOf(charges: readonly Charge[], spell: readonly Month[]): FeeRow[] {
  const [first, last] = [spell[0], spell.at(-1)];
  if (first === undefined || last === undefined) {
    return [];
  }
  return [...new Set(charges.map(({ unit }) => unit.use))].map((use) => {
    const own = charges.filter(({ unit }) => unit.use === use);
    const monthly = sum(own.map(({ amount }) => amount));
    return {
      use,
      rate: own[0]?.rate.rate ?? "0",
      first,
      last,
      units: own.length,
      area: sumDecimals(own.map(({ unit }) => unit.area)),
      due: toYuan(fen(monthly * spell.length)),
    };
  });
}

/** What goes on as before is one row. */
function addRow(rows: FeeRow[], row: FeeRow): void {
  const index = rows.findLastIndex(({ use }) => use === row.use);
  const before = rows[index];
  const goesOn = before !== undefined && before.rate === row.rate && before.units === row.units;
  if (goesOn && before.area === row.area && nextMonth(before.last) === row.first) {
    rows[index] = { ...before, last: row.last, due: toYuan(add(fromYuan(before.due), fromYuan(row.due))) };
  } else {
    rows.push(row);
  }
}

// ---- What follows: the draw and the whole --------------------------------------------------------------------------

/** The deed's terms for the draw by the months of the year for which they hold. */
function drawTermsOf({ year, firstMonth, deeds }: PlanFacts): DrawTerm[] {
  const terms = new Map<Month, DrawTerm>();
  for (const each of monthsOf(year, firstMonth)) {
    const { from, draw } = deedIn(deeds, each);
    const months = (terms.get(from)?.months ?? 0) + 1;
    terms.set(from, { rate: draw.rate, base: draw.base, months, cap: draw.cap ?? null });
  }
  return [...terms.values()];
}

function priced(line: Line): PricedLine {
  const levels = line.levels.map((level) => ({ ...level, amount: toYuan(amountOf(level.basis)) }));
  return { ...line, levels, amount: levels[line.chosen]?.amount ?? "0.00" };
}

/** Computes a plan from what is known now. */
export function planOf(facts: PlanFacts): Plan {
  const { community, year, terms, before, collected, available } = facts;
  const lines = facts.lines.map(priced);
  const fees = feesOf(facts);
  const drawTerms = drawTermsOf(facts);
  const money = { fees: fromYuan(fees.planned), reserves: fromYuan(terms.reserves), drawTerms };
  const balance = balanceOf(lines, money);
  return {
    format: "xinyi.plan/1",
    community,
    year,
    terms,
    lines,
    fees,
    drawTerms,
    balance,
    before,
    collected,
    available,
  };
}

export function bytesOf(plan: Plan): string {
  return canonicalize(plan) ?? "";
}

// ---- What may come next --------------------------------------------------------------------------------------------

export function assertEditable({ year, frozen, adopted }: Standing): void {
  if (adopted !== null) {
    throw refuse(
      "PLAN_ADOPTED",
      `${year} 年预算已由业主大会通过（${adopted.resolution}），不能再改草案。`,
      "年中要改，请走预算调整的程序。",
      409,
    );
  }
  if (frozen !== null) {
    throw refuse(
      "PLAN_FROZEN",
      `${year} 年预算第 ${frozen} 版已定稿，等待表决，不能再改。`,
      "表决没有通过或还没有发通知的，可以写明原因重新开放修改。",
      409,
    );
  }
}

/** Refuses a period that takes days away from owners who were told of them. */
export function assertPeriod(wanted: Period, known: Period | null, today: Day): void {
  if (wanted.until < wanted.from) {
    throw refuse("PERIOD_INVERTED", `截止日 ${wanted.until} 早于开始日 ${wanted.from}。`, "请核对两个日期。");
  }
  const isBegun = known !== null && known.from <= today;
  if (isBegun ? wanted.from !== known.from : wanted.from < today) {
    const message = isBegun ? `征求意见已从 ${known.from} 开始。` : `开始日 ${wanted.from} 已经过去。`;
    throw refuse("PERIOD_BEGUN", message, isBegun ? "开始日不能再改，只能延长。" : "请从今天或以后开始。", 409);
  }
  if (isBegun && wanted.until < known.until) {
    const message = `征求意见已公布到 ${known.until}，不能提前截止。`;
    throw refuse("PERIOD_SHORTENED", message, "可以延长，不能缩短。", 409);
  }
}

/** Owners are heard before they vote. */
export function assertHeard({ period }: Standing, today: Day): void {
  if (phaseOn(period, today) !== "over") {
    const message = period === null ? "还没有征求过意见。" : `征求意见到 ${period.until} 才结束。`;
    throw refuse("COMMENTS_OPEN", message, "请在征求意见期结束之后定稿。", 409);
  }
}

/** Whether a version says what the draft says; what the register and the books add since then is not the draft's. */
export function isSameDraft(version: Plan, draft: Plan): boolean {
  const isWritten = canonicalize(version.terms) === canonicalize(draft.terms);
  return isWritten && lineDifferences(version.lines, draft.lines).length === 0;
}

/** What a draft changed since the newest version: its lines by number, 0 for what stands above them. */
export function changedSince(plan: Plan, newest: Version | null): Set<number> {
  const before = newest?.lines ?? [];
  const lines = lineDifferences(before, plan.lines).map(({ line }) => line);
  return new Set(newest === null || areTermsChanged(newest, plan) ? [0, ...lines] : lines);
}

/** Refuses to say that comments moved what did not move, or comments that nobody made. */
export function assertMoved(
  moved: readonly Moved[],
  changed: ReadonlySet<number>,
  comments: ReadonlySet<number>,
): void {
  for (const { line, comments: named } of moved) {
    if (!changed.has(line)) {
      const where = line === 0 ? "整体说明和收入" : `第 ${line} 条`;
      throw refuse("LINE_UNCHANGED", `${where}在这一版没有改动。`, "请只在改动过的条目下勾选促成它的意见。");
    }
    const unknown = named.find((each) => !comments.has(each));
    if (unknown !== undefined) {
      throw refuse("COMMENT_UNKNOWN", `没有第 ${unknown} 号意见。`, "请从列出的意见里勾选。");
    }
  }
}
