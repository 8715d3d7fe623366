// Rates and discount rules in words.
import { isMonth, spokenMonth } from "../base/month.ts";
import { asRate, compareDecimals } from "../base/share.ts";
import { basisOf, type Basis } from "../resolution/rules.ts";

interface TariffOutput {
  readonly rates: readonly {
    readonly use: string;
    readonly from: string;
    readonly rate: string;
    readonly resolution: string | null;
  }[];
  readonly discounts: readonly {
    readonly name: string;
    readonly from: string;
    readonly until: string | null;
    readonly factor: string;
    readonly text: string;
    readonly resolution: string;
  }[];
  readonly placements: readonly {
    readonly unit: string;
    readonly from: string;
    readonly rule: string;
    readonly reason: string;
  }[];
  readonly billedThrough: string | null;
}

const PLACEMENTS_MAX = 100;

interface Shown {
  readonly mayPlace: boolean;
  readonly community: string;
  /** The numbers of the register. */
  readonly registered: ReadonlySet<string>;
}

export function monthWords(text: string): string {
  return isMonth(text) ? spokenMonth(text) : text;
}

/** Rates by use, newest first; rules with all their versions; what units stand under, newest first. */
export function tariffPage(tariff: TariffOutput, { mayPlace, community, registered }: Shown) {
  const basis = (resolution: string | null): Basis => basisOf(community, resolution, registered);
  const uses = [...new Set(tariff.rates.map(({ use }) => use))];
  const placements = tariff.placements.toReversed().slice(0, PLACEMENTS_MAX);
  return {
    mayPlace,
    uses: uses.map((use) => ({
      use,
      rates: tariff.rates
        .filter((rate) => rate.use === use)
        .toReversed()
        .map(({ rate, from, resolution }, index, newest) => ({
          rate: asRate(rate),
          isReplaced: newest[index - 1]?.from === from,
          from: monthWords(from),
          basis: basis(resolution),
        })),
    })),
    rules: tariff.discounts.map((rule) => ({
      name: rule.name,
      factor: factorWords(rule.factor),
      term: `${monthWords(rule.from)}起${rule.until === null ? "" : `，到${monthWords(rule.until)}为止`}`,
      text: rule.text,
      basis: basis(rule.resolution),
    })),
    hasRules: tariff.discounts.length > 0,
    ruleChoices: [...new Set(tariff.discounts.map(({ name }) => name))].map((name) => ({ value: name, label: name })),
    placements: placements.map(({ unit, from, rule, reason }) => ({
      unit,
      what: rule === "" ? "不再适用任何减免规则" : `适用「${rule}」`,
      from: `${monthWords(from)}起`,
      reason,
    })),
    hasPlacements: placements.length > 0,
    frozen: tariff.billedThrough === null ? "" : monthWords(tariff.billedThrough),
  };
}

/** "0.7" → "按 0.7 计". */
function factorWords(factor: string): string {
  if (compareDecimals(factor, "1") === 0) {
    return "不打折";
  }
  return compareDecimals(factor, "0") === 0 ? "免收" : `按 ${factor} 计`;
}
