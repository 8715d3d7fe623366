// What a unit is charged for a month: the rate of its use, and a discount only by rule (contract section 4).
import { z } from "zod";
import type { Fen } from "../base/money.ts";
import type { Month } from "../base/month.ts";
import { compareDecimals, feeFor, isPlainDecimal, shortestDecimal } from "../base/share.ts";
import type { Unit } from "../people/rules.ts";

/** Dearer than any use has ever been per m² and month: a slip of the decimal point. */
const RATE_MAX = "1000";

function decimalText(highest: string, otherwise: string) {
  return z
    .string("请填写数字")
    .trim()
    .refine((text) => isPlainDecimal(text) && compareDecimals(text, highest) <= 0, otherwise)
    .transform(shortestDecimal);
}

export const rateText = decimalText(RATE_MAX, `应为不超过 ${RATE_MAX} 的数字，例如 1.10`);
export const factorText = decimalText("1", "应为 0 到 1 之间的小数，例如七折写 0.7");

/** Yuan per m² and month for a use, from a month on. */
export interface Rate {
  readonly use: string;
  readonly from: Month;
  readonly rate: string;
  /** The owners' resolution it rests on; rates that came with an import may not name theirs. */
  readonly resolution?: string;
}

/** A version of a discount rule; the next version of the same name takes over from its month on. */
export interface DiscountRule {
  readonly name: string;
  readonly from: Month;
  /** The last month it holds; absent = until there is another version. */
  readonly until?: Month;
  /** What the fee is multiplied by, "0.7". */
  readonly factor: string;
  /** Whom it is for and on what evidence. */
  readonly text: string;
  readonly resolution: string;
}

/** From a month on, the unit stands under a rule, or ("" for none) under none any more. */
export interface Placement {
  readonly unit: string;
  readonly from: Month;
  readonly rule: string;
  /** Why: the evidence that the rule asks for. */
  readonly reason: string;
}

/** Everything that decides what units are charged. Placements are in the order in which they were recorded. */
export interface Tariff {
  readonly rates: readonly Rate[];
  readonly discounts: readonly DiscountRule[];
  readonly placements: readonly Placement[];
}

/** A unit's fee for a month and what it rests on. */
export interface Charge {
  readonly unit: Unit;
  readonly rate: Rate;
  /** The rule that gives the factor; null = the factor the unit moved in with. */
  readonly rule: DiscountRule | null;
  readonly factor: string;
  readonly amount: Fen;
}

/** A unit that is not charged for a month, and why. */
export interface LeftOut {
  readonly unit: Unit;
  readonly why: "not-begun" | "no-rate";
}

/** The rate in force for a use in a month; undefined when none is. */
export function rateIn(rates: readonly Rate[], use: string, month: Month): Rate | undefined {
  return lastBy(
    rates.filter((rate) => rate.use === use),
    month,
  );
}

/** The last of them that began by that month; among those of one month the last in the list. */
function lastBy<T extends { readonly from: Month }>(versions: readonly T[], month: Month): T | undefined {
  let last: T | undefined;
  for (const version of versions) {
    if (version.from <= month && (last === undefined || version.from >= last.from)) {
      last = version;
    }
  }
  return last;
}

/** The version of a discount rule in force in a month; undefined when it has none or has run out. */
export function ruleIn(rules: readonly DiscountRule[], name: string, month: Month): DiscountRule | undefined {
  const version = lastBy(
    rules.filter((rule) => rule.name === name),
    month,
  );
  return version?.until !== undefined && version.until < month ? undefined : version;
}

/** The rule that each unit stands under in a month, by the unit's name; units under none are not in it. */
export function rulesInForce(month: Month, tariff: Tariff): Map<string, DiscountRule> {
  const placed = new Map<string, Placement>();
  for (const placement of tariff.placements) {
    const before = placed.get(placement.unit);
    if (placement.from <= month && (before === undefined || placement.from >= before.from)) {
      placed.set(placement.unit, placement);
    }
  }
  const names = new Set([...placed.values()].map(({ rule }) => rule));
  const versions = new Map([...names].map((name) => [name, ruleIn(tariff.discounts, name, month)]));
  return new Map(
    [...placed.values()].flatMap(({ unit, rule }) => {
      const version = versions.get(rule);
      return version === undefined ? [] : [[unit, version] as const];
    }),
  );
}

/** What every unit is charged for a month, and which units are not. */
export function chargesOf(
  month: Month,
  units: readonly Unit[],
  tariff: Tariff,
): { readonly charges: readonly Charge[]; readonly leftOut: readonly LeftOut[] } {
  const rates = new Map(
    [...new Set(units.map(({ use }) => use))].map((use) => [use, rateIn(tariff.rates, use, month)]),
  );
  const rules = rulesInForce(month, tariff);
  const charges: Charge[] = [];
  const leftOut: LeftOut[] = [];
  for (const unit of units) {
    const rate = rates.get(unit.use);
    if (unit.from > month) {
      leftOut.push({ unit, why: "not-begun" });
    } else if (rate === undefined) {
      leftOut.push({ unit, why: "no-rate" });
    } else {
      const rule = rules.get(unit.name) ?? null;
      const factor = rule?.factor ?? unit.discount;
      charges.push({ unit, rate, rule, factor, amount: feeFor(rate.rate, unit.area, factor) });
    }
  }
  return { charges, leftOut };
}
