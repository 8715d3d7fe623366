// What each kind of decision changes: its effect as data, read from what was typed and kept with the matter. Pure.
import { z } from "zod";
import { isDay, type Day } from "../base/month.ts";
import { parseYuan, toYuan } from "../base/money.ts";
import { Refusal, type Fault } from "../base/refusal.ts";
import { factorText, rateText } from "../tariff/rules.ts";
import { amountText, drawTerms, monthText, nameText, sweepTerms } from "../trust/rules.ts";

const dayText = z
  .string("请填写日期")
  .refine((text): boolean => isDay(text), "不是日期，请写成 2020-03-31")
  .transform((text) => text as Day);

const accountCode = z.string().regex(/^\d{4}$/u, "应为四位科目代码，例如 5002");

/** An amount that may take away: "-500.00". */
const changeText = z.string("请填写金额").transform((text, context): string => {
  const amount = parseYuan(text);
  if (typeof amount !== "number" || amount === 0) {
    context.addIssue("应为不是 0、最多两位小数的金额，调减写负数，例如 -500.00");
    return z.NEVER;
  }
  return toYuan(amount);
});

/** 物业费调整: new rates per m² and month, new versions of discount rules. Uses that are not named stay as they are. */
const feeChange = z
  .object({
    kind: z.literal("fee-change"),
    from: monthText,
    rates: z
      .array(z.object({ use: nameText(30), rate: rateText }))
      .max(50)
      .default([]),
    discounts: z
      .array(z.object({ name: nameText(30), factor: factorText, text: nameText(300), until: monthText.optional() }))
      .max(50)
      .default([]),
  })
  .refine(({ rates, discounts }) => rates.length + discounts.length > 0, {
    path: ["rates"],
    message: "至少要有一个用途的单价或一条减免规则",
  });

/** 受托人酬金 and 盈余转维修资金: the deed's own terms, as the rooms draw and repair compute with them. */
const drawChange = z.object({ kind: z.literal("draw-change"), from: monthText, draw: drawTerms });
/** `sweep: null`: from then on nothing is swept. */
const sweepRule = z.object({ kind: z.literal("sweep-rule"), from: monthText, sweep: sweepTerms.nullable() });

/** Who manages from a day on; the company that manages already is kept on, any other starts a handover. */
const manager = z.object({ kind: z.literal("manager"), company: nameText(100), day: dayText });

/** 使用维修资金: what for, how much at most, and the categories of work it may pay. */
const useRepairFund = z.object({
  kind: z.literal("use-repair-fund"),
  project: nameText(100),
  amount: amountText,
  accounts: z.array(accountCode).min(1, "请至少写一个支出科目").max(20),
});

/** A year's budget as its draft's last version has it. */
const budgetPlan = z.object({ kind: z.literal("budget"), plan: z.int().min(1), version: z.int().min(1) });
/** A change of a budget during its year. */
const budgetChange = z.object({
  kind: z.literal("budget"),
  year: z.int("应为年份，例如 2021").min(1990).max(2999),
  changes: z
    .array(z.object({ account: accountCode, amount: changeText }))
    .min(1, "至少要改一行")
    .max(50),
  reason: nameText(300),
  source: nameText(300),
});

/** 议事规则: settings by name; which there are, and between what bounds, says the room procedure. */
const rules = z.object({
  kind: z.literal("rules"),
  settings: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
});

const none = z.object({ kind: z.literal("none") });

export type FeeChange = z.infer<typeof feeChange>;
export type DrawChange = z.infer<typeof drawChange>;
export type SweepRule = z.infer<typeof sweepRule>;
export type ManagerChange = z.infer<typeof manager>;
export type UseRepairFund = z.infer<typeof useRepairFund>;
export type BudgetPlan = z.infer<typeof budgetPlan>;
export type BudgetChange = z.infer<typeof budgetChange>;
export type RulesChange = z.infer<typeof rules>;

/** What a resolution changes by itself; `none` for decisions that people carry out. */
export type Effect =
  | FeeChange
  | DrawChange
  | SweepRule
  | ManagerChange
  | UseRepairFund
  | BudgetPlan
  | BudgetChange
  | RulesChange
  | { readonly kind: "none" };

/** The shape for a kind of matter (contract section 6). */
function schemaFor(kind: string, json: unknown): z.ZodType<Effect> {
  switch (kind) {
    case "fee-change":
      return feeChange;
    case "draw-change":
      return drawChange;
    case "sweep-rule":
      return sweepRule;
    case "manager":
      return manager;
    case "use-repair-fund":
      return useRepairFund;
    case "rules":
      return rules;
    case "budget":
      return typeof json === "object" && json !== null && "plan" in json ? budgetPlan : budgetChange;
    default:
      return none;
  }
}

/** The kinds of matter that change data by themselves. */
export const KINDS_WITH_EFFECT = [
  "fee-change",
  "budget",
  "draw-change",
  "sweep-rule",
  "manager",
  "use-repair-fund",
  "rules",
] as const;

/**
 * Reads the effect of a matter of this kind from what was typed or kept; kinds without one give `none`. Refuses with
 * one fault per field, whose columns begin with `at`: `effect.rates.0.rate`.
 */
export function readEffect(kind: string, json: unknown, at = "effect"): Effect {
  const hasEffect = (KINDS_WITH_EFFECT as readonly string[]).includes(kind);
  const given = typeof json === "object" && json !== null ? json : {};
  const read = schemaFor(kind, json).safeParse({ ...given, kind: hasEffect ? kind : "none" });
  if (read.success) {
    return read.data;
  }
  throw new Refusal(read.error.issues.map((issue) => effectFault([at, ...issue.path.map(String)], issue.message)));
}

/** One thing wrong with an effect, at its field. */
export function effectFault(path: readonly string[], message: string, remedy = "请改正后再提交一次。"): Fault {
  return { code: "EFFECT_INVALID", column: path.join("."), message: `${message.replace(/[。.]$/u, "")}。`, remedy };
}
