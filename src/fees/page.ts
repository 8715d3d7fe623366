// The billing run in words.
import { displayText, displayYuan, fromYuan, subtract } from "../base/money.ts";
import { month, spokenMonth } from "../base/month.ts";
import { asRate } from "../base/share.ts";
import type { Basis } from "../resolution/rules.ts";
import { type BillGroup } from "./rules.ts";

/** What the use case tells of a bill. */
export interface BillLineWords {
  readonly unit: string;
  readonly use: string;
  readonly area: string;
  readonly rate: string;
  readonly factor: string;
  readonly rule: string | null;
  readonly amount: string;
  readonly isBilled: boolean;
  readonly monthBefore: string | null;
}

export interface BillRunWords {
  readonly month: string;
  readonly lines: { readonly items: readonly BillLineWords[]; readonly next: string | null };
  readonly changed: readonly BillLineWords[];
  readonly groups: readonly (Omit<BillGroup, "total"> & { readonly total: string })[];
  readonly leftOut: readonly { readonly unit: string; readonly why: string; readonly from: string }[];
  readonly count: number;
  readonly total: string;
  readonly fresh: { readonly count: number; readonly total: string };
  readonly before: { readonly month: string; readonly count: number; readonly total: string };
  readonly refusal: { readonly message: string; readonly remedy: string } | null;
}

/** "0.81 × 89.55 平方米 × 0.7" */
function sumWords({ rate, area, factor }: Pick<BillLineWords, "rate" | "area" | "factor">): string {
  return `${asRate(rate)} × ${area} 平方米${factor === "1" ? "" : ` × ${factor}`}`;
}

function lineRow(line: BillLineWords, base: string) {
  const { unit, use, rule, amount, isBilled, monthBefore } = line;
  const by = monthBefore === null ? null : subtract(fromYuan(amount), fromYuan(monthBefore));
  return {
    unit,
    href: `${base}/unit?unit=${encodeURIComponent(unit)}`,
    amount: displayText(amount),
    how: `${use}，${sumWords(line)}${rule === null ? "" : `（${rule}）`}`,
    change:
      by === null
        ? "上月没有账单"
        : `比上月${by > 0 ? "多" : "少"} ${displayYuan(by > 0 ? by : subtract(fromYuan("0.00"), by))} 元`,
    isBilled,
  };
}

/** The run as its page shows it: what will be made, what it rests on, what is other than last month, who is left out. */
export function billRunPage(
  run: BillRunWords,
  shown: {
    readonly mayBill: boolean;
    readonly base: string;
    readonly isFirst: boolean;
    /** How what a rate rests on is shown. */
    readonly basis: (resolution: string) => Basis;
  },
) {
  const { mayBill, base, isFirst, basis } = shown;
  const { fresh, before, refusal } = run;
  const difference = subtract(fromYuan(run.total), fromYuan(before.total));
  const noRate = run.leftOut.filter(({ why }) => why === "no-rate");
  const notBegun = run.leftOut.filter(({ why }) => why === "not-begun");
  return {
    isFirst,
    month: run.month,
    monthWords: spokenMonth(month(run.month)),
    count: run.count,
    total: displayText(run.total),
    freshCount: fresh.count,
    freshTotal: displayText(fresh.total),
    isDone: fresh.count === 0 && refusal === null,
    isPartly: fresh.count > 0 && fresh.count < run.count,
    mayMake: mayBill && refusal === null && fresh.count > 0,
    refusal: refusal ?? { message: "", remedy: "" },
    isRefused: refusal !== null,
    before:
      before.count === 0
        ? "上个月没有账单可比。"
        : `上个月 ${before.count} 户，${displayText(before.total)} 元；${differenceWords(displayYuan(difference))}`,
    groups: run.groups.map((group) => ({
      what: `${group.use} ${asRate(group.rate)} 元/平方米${group.factor === "1" ? "" : `，${group.rule === "" ? "搬入时的折扣" : group.rule} × ${group.factor}`}`,
      basis: basis(group.resolution),
      count: group.count,
      total: displayText(group.total),
    })),
    changed: before.count === 0 ? [] : run.changed.map((line) => lineRow(line, base)),
    hasChanged: before.count > 0 && run.changed.length > 0,
    isUnchanged: before.count > 0 && run.changed.length === 0,
    noRate: noRate.map(({ unit }) => unit).join("、"),
    notBegun: notBegun.map(({ unit, from }) => `${unit}（${spokenMonth(month(from))}起算）`).join("、"),
    lines: run.lines.items.map((line) => lineRow(line, base)),
    next: run.lines.next === null ? "" : `${base}/bills?month=${run.month}&after=${encodeURIComponent(run.lines.next)}`,
  };
}

function differenceWords(difference: string): string {
  if (difference === "0.00") {
    return "合计一样。";
  }
  return difference.startsWith("−") ? `这个月少 ${difference.slice(1)} 元。` : `这个月多 ${difference} 元。`;
}
