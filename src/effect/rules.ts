// What each kind of decision changes: its effect as data, read from what was typed and kept with the matter. Pure.
import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { isDay, laterMonth, type Day, type Month } from "../base/month.ts";
import { displayYuan, fromYuan, parseYuan, subtract, toYuan, type Fen } from "../base/money.ts";
import { Refusal, type Fault } from "../base/refusal.ts";
import { assertChange, SOURCES, type ChangeWish } from "../budget/rules.ts";
import { ACCOUNTS, DRAW_SPENT, isPaymentAccount } from "../ledger/rules.ts";
import { missingRateWords, type MissingRate } from "../plan/rules.ts";
import { changedSettings, DEFAULTS, settingsChange, settingsFaults, type Settings } from "../procedure/rules.ts";
import type { MatterKind } from "../tally/rules.ts";
import { factorText, rateText, type Rate, type Tariff } from "../tariff/rules.ts";
import { amountText, drawTerms, monthText, nameText, sweepTerms, type DeedVersion } from "../trust/rules.ts";

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

/** A whole number, which forms send as text. */
function numeral(number: z.ZodInt) {
  return z.preprocess((sent) => (typeof sent === "string" && /^\d{1,9}$/u.test(sent) ? Number(sent) : sent), number);
}

// ---- What each kind says ------------------------------------------------------------------------------------------

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
const drawChange = z.object({
  kind: z.literal("draw-change"),
  from: monthText,
  // Of boxes that nobody ticked a form sends nothing.
  draw: z.preprocess((sent) => (isObject(sent) ? { base: [], ...sent } : sent), drawTerms),
});
/** `sweep: null`, which a form says as “every none”: from then on nothing is swept. */
const sweepRule = z.object({
  kind: z.literal("sweep-rule"),
  from: monthText,
  sweep: z.preprocess((sent) => (isObject(sent) && sent["every"] === "none" ? null : sent), sweepTerms.nullable()),
});

/** Who manages from a day on; the company that manages already is kept on, any other starts a handover. */
const manager = z.object({ kind: z.literal("manager"), company: nameText(100), day: dayText });

/** 使用维修资金: what for, how much at most, and the categories of work it may pay. */
const useRepairFund = z.object({
  kind: z.literal("use-repair-fund"),
  project: nameText(100),
  amount: amountText,
  accounts: z.array(accountCode, "请至少写一个支出科目").min(1, "请至少写一个支出科目").max(20),
});

/** A year's budget as its draft's last version has it. */
const budgetPlan = z.object({
  kind: z.literal("budget"),
  plan: numeral(z.int().min(1)),
  version: numeral(z.int().min(1)),
});
/** A change of a budget during its year. */
const budgetChange = z.object({
  kind: z.literal("budget"),
  year: numeral(z.int("应为年份，例如 2021").min(1990).max(2999)),
  changes: z
    .array(z.object({ account: accountCode, amount: changeText }))
    .min(1, "至少要改一行")
    .max(50),
  reason: nameText(300),
  source: z.enum(SOURCES, "应为 lines、reserve 或 income"),
});

/** 议事规则: some of the settings of the room procedure; the others stay as they are. */
const rules = z.object({
  kind: z.literal("rules"),
  settings: settingsChange.refine((change) => Object.keys(change).length > 0, "至少要改一项"),
});

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

/** What a matter of each kind changes by itself; the others are carried out by people. */
const SHAPES: Readonly<Partial<Record<MatterKind, (given: object) => z.ZodType<Effect>>>> = {
  "fee-change": () => feeChange,
  "draw-change": () => drawChange,
  "sweep-rule": () => sweepRule,
  manager: () => manager,
  "use-repair-fund": () => useRepairFund,
  budget: (given) => ("plan" in given ? budgetPlan : budgetChange),
  rules: () => rules,
};

/**
 * Reads the effect of a matter of this kind from what was typed or kept; kinds without one give `none`. Refuses with
 * one fault per field, whose columns begin with `at`: `effect.rates.0.rate`.
 */
export function readEffect(kind: MatterKind, json: unknown, at = "effect"): Effect {
  const given = typeof json === "object" && json !== null ? json : {};
  const shape = SHAPES[kind];
  if (shape === undefined) {
    return { kind: "none" };
  }
  const read = shape(given).safeParse({ ...given, kind });
  if (read.success) {
    return read.data;
  }
  throw new Refusal(read.error.issues.map((issue) => effectFault([at, ...issue.path.map(String)], issue.message)));
}

/** One thing wrong with an effect, at its field. */
function effectFault(path: readonly string[], message: string, remedy = "请改正后再提交一次。"): Fault {
  return { code: "EFFECT_INVALID", column: path.join("."), message: `${message.replace(/[。.]$/u, "")}。`, remedy };
}

// ---- As forms send it -----------------------------------------------------------------------------------------------

/** The lists of effects; of one with rows the field without which a row was left empty. */
const LISTS: Readonly<Record<string, string>> = {
  rates: "rate",
  discounts: "name",
  changes: "amount",
  base: "",
  accounts: "",
};

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A form sends one ticked box as a text, several as a list, and a long list as numbered fields. */
export function listOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) {
    return value;
  }
  return isObject(value) ? Object.values(value) : [value].filter((each) => each !== undefined);
}

function isFilled(list: string, row: unknown): boolean {
  return row !== undefined && (!isObject(row) || row[LISTS[list] ?? ""] !== undefined);
}

/** Without what was left empty: fields, and rows of which only the name is filled in. */
function filled(value: unknown, name = ""): unknown {
  if (Object.hasOwn(LISTS, name)) {
    return listOf(value)
      .map((each) => filled(each))
      .filter((each) => isFilled(name, each));
  }
  if (isObject(value)) {
    const entries = Object.entries(value).map(([key, each]) => [key, filled(each, key)] as const);
    return Object.fromEntries(entries.filter(([, each]) => each !== undefined));
  }
  const text = typeof value === "string" ? value.trim() : value;
  return text === "" ? undefined : text;
}

/**
 * What a form or a program sent for a matter's effect, as {@link readEffect} takes it: a form has empty fields, and
 * names all the rules of procedure, of which only those count that differ from the ones in force.
 */
export function effectSent(kind: MatterKind, sent: unknown, settings: Settings): unknown {
  const given = filled(sent);
  return kind === "rules" && isObject(given)
    ? { ...given, settings: settingsSent(given["settings"], settings) }
    : given;
}

/** Where a fault of an effect lies in what was sent, which counts the rows that were left empty. */
export function columnSent(sent: unknown, column: string): string {
  return column.replace(/^effect\.(\w+)\.(\d+)/u, (all, name: string, index: string) => {
    const rows = isObject(sent) && Object.hasOwn(LISTS, name) ? listOf(sent[name]) : [];
    const kept = rows.flatMap((row, at) => (isFilled(name, filled(row)) ? [at] : []));
    return kept.length === 0 ? all : `effect.${name}.${kept[Number(index)] ?? index}`;
  });
}

/** Only what differs from the rules in force, each in the kind that the setting has. */
function settingsSent(sent: unknown, current: Settings): unknown {
  if (!isObject(sent)) {
    return sent;
  }
  const typed = Object.entries(sent).map(([key, value]) => [key, settingSent(key, value)] as const);
  const now: Readonly<Record<string, unknown>> = current;
  return Object.fromEntries(typed.filter(([key, value]) => JSON.stringify(value) !== JSON.stringify(now[key])));
}

function settingSent(key: string, value: unknown): unknown {
  const kind = (DEFAULTS as Readonly<Record<string, unknown>>)[key];
  if (Array.isArray(kind)) {
    return typeof value === "string" ? value.split(/[、，,\s]+/u).filter((each) => each !== "") : value;
  }
  if (typeof kind === "number" && typeof value === "string") {
    return /^\d{1,4}$/u.test(value) ? Number(value) : value;
  }
  return typeof kind === "boolean" && (value === "true" || value === "false") ? value === "true" : value;
}

// ---- Whether it can be ------------------------------------------------------------------------------------------

/** Everything that decides whether an effect can be, and that it is told beside. */
export interface EffectFacts {
  readonly today: Day;
  /** The company that manages now. */
  readonly trustee: string;
  /** The first month that is not closed. */
  readonly open: Month;
  /** The first month that is neither closed nor billed. */
  readonly unbilled: Month;
  /** What units are used for. */
  readonly uses: readonly string[];
  readonly tariff: Tariff;
  /** Versions in their order. */
  readonly deeds: readonly DeedVersion[];
  /** The rules of procedure in force. */
  readonly settings: Settings;
  /** The repair fund's cash, and what open projects may still take out of it. */
  readonly repair: Fen;
  readonly promised: Fen;
  readonly closedThrough: Month | "";
  /** The budget, with its changes so far, of the year that the effect is about. */
  readonly planned: ReadonlyMap<string, Fen>;
}

/** A budget change as the room budget takes it. */
export function changeWish({ year, changes, reason, source }: BudgetChange): ChangeWish {
  const amounts = changes.map(({ account, amount }) => ({ account, amount: fromYuan(amount) }));
  return { year, changes: amounts, reason, source };
}

/** The first month from which an effect of that kind may hold: bills and closed months rest on what was. */
export function firstMonthFor(
  kind: MatterKind | "none",
  { open, unbilled }: Pick<EffectFacts, "open" | "unbilled">,
): Month {
  return kind === "fee-change" ? unbilled : open;
}

/** The month from which an effect really holds: the stated one, or the first that is not billed or closed by then. */
export function effectiveFrom(
  effect: FeeChange | DrawChange | SweepRule,
  facts: Pick<EffectFacts, "open" | "unbilled">,
): Month {
  return laterMonth(effect.from, firstMonthFor(effect.kind, facts));
}

type At = (...path: readonly (string | number)[]) => readonly string[];

/** What speaks against an effect today, each at its field; none when it can be voted on. */
export function effectFaults(effect: Effect, facts: EffectFacts, at = "effect"): Fault[] {
  const field: At = (...path) => [at, ...path.map(String)];
  switch (effect.kind) {
    case "fee-change":
      return [...monthFaults(effect, facts, field), ...rateFaults(effect, facts, field)];
    case "draw-change":
      return [...monthFaults(effect, facts, field), ...baseFaults(effect, field)];
    case "sweep-rule":
      return monthFaults(effect, facts, field);
    case "manager":
      return effect.day > facts.today
        ? []
        : [fault("DAY_PAST", field("day"), `${effect.day} 已经过去`, "请写以后的日子。")];
    case "use-repair-fund":
      return projectFaults(effect, facts, field);
    case "rules":
      return settingsFaults(changedSettings(facts.settings, effect.settings)).map((each) => ({
        ...each,
        column: field("settings", each.column ?? "").join("."),
      }));
    case "budget":
      return "year" in effect ? changeFaults(effect, facts, field) : [];
    case "none":
      return [];
  }
}

/** What an effect sets, in words: two matters of one vote may not set the same. */
function setBy(effect: Effect): string[] {
  switch (effect.kind) {
    case "fee-change":
      return [
        ...effect.rates.map(({ use }) => `「${use}」的单价`),
        ...effect.discounts.map(({ name }) => `减免规则「${name}」`),
      ];
    case "draw-change":
      return ["受托人酬金"];
    case "sweep-rule":
      return ["盈余转维修资金的规则"];
    case "manager":
      return ["由哪家企业管理"];
    case "rules":
      return ["议事规则"];
    case "budget":
      return "plan" in effect
        ? [`${effect.plan} 年的预算`]
        : effect.changes.map(({ account }) => `${effect.year} 年预算的 ${account}`);
    case "use-repair-fund":
    case "none":
      return [];
  }
}

/** An effect with the place of its matter in a vote. */
export interface PlacedEffect {
  readonly place: number;
  readonly effect: Effect;
}

/** The tariff that a change of fees leaves behind. */
export function tariffAfter({ from, rates, discounts }: FeeChange, tariff: Tariff): Tariff {
  const versions = discounts.map(({ name, factor, text, until }) => ({
    name,
    from,
    factor,
    text,
    resolution: "",
    ...(until === undefined ? {} : { until }),
  }));
  return {
    ...tariff,
    rates: [...tariff.rates, ...rates.map(({ use, rate }) => ({ use, rate, from }))],
    discounts: [...tariff.discounts, ...versions],
  };
}

/** The rates that there will be when all matters of a vote pass. */
export function ratesBeside(matters: readonly PlacedEffect[]): Rate[] {
  return matters.flatMap(({ effect }) =>
    effect.kind === "fee-change" ? effect.rates.map(({ use, rate }) => ({ use, rate, from: effect.from })) : [],
  );
}

/** The matters of a vote that set one of the missing rates. */
export function placesSetting(matters: readonly PlacedEffect[], missing: readonly MissingRate[]): number[] {
  const uses = new Set(missing.map(({ use }) => use));
  return matters.flatMap(({ place, effect }) =>
    effect.kind === "fee-change" && effect.rates.some(({ use }) => uses.has(use)) ? [place] : [],
  );
}

/** A budget on rates that neither hold nor are voted on beside it would fail however owners vote. */
export function missingFaults(missing: readonly MissingRate[], at: string): Fault[] {
  const message = `预算的物业费按${missingRateWords(missing)}算，这次会议没有相应的调价事项`;
  const remedy = "请在同一次会议加上调价的事项（从预算所算的月份起），或按有效的单价另编一版。";
  return missing.length === 0 ? [] : [fault("PLAN_RATES_MISSING", [at, "version"], message, remedy)];
}

/** Budgets last: they rest on the rates that passed beside them. */
export function inOrderOfEffect<T extends { readonly effect: Effect }>(matters: readonly T[]): T[] {
  return matters.toSorted((a, b) => Number("plan" in a.effect) - Number("plan" in b.effect));
}

/** Matters of one vote that set the same thing: both could pass, and nobody would know which holds. */
export function clashFaults(matters: readonly PlacedEffect[]): Fault[] {
  const first = new Map<string, number>();
  const faults: Fault[] = [];
  for (const { place, effect } of matters) {
    for (const thing of setBy(effect)) {
      const other = first.get(thing);
      first.set(thing, other ?? place);
      if (other !== undefined && other !== place) {
        const message = `第 ${other} 项和第 ${place} 项都要定${thing}`;
        faults.push(
          fault("EFFECTS_CLASH", [`matters.${place}`], message, "两项都可能通过；请合成一项，或分两次会议表决。"),
        );
      }
    }
  }
  return faults;
}

function fault(code: string, path: readonly string[], message: string, remedy: string): Fault {
  return { ...effectFault(path, message, remedy), code };
}

function monthFaults(effect: FeeChange | DrawChange | SweepRule, facts: EffectFacts, at: At): Fault[] {
  const first = firstMonthFor(effect.kind, facts);
  if (effect.from >= first) {
    return [];
  }
  const why = effect.kind === "fee-change" ? "的账单已经出了或已经结账" : "已经结账";
  return [fault("MONTH_BILLED", at("from"), `${effect.from} ${why}，不能再改变`, `请选 ${first} 或以后的月份。`)];
}

function rateFaults({ from, rates, discounts }: FeeChange, facts: EffectFacts, at: At): Fault[] {
  const unknown = rates.flatMap(({ use }, index) =>
    facts.uses.includes(use)
      ? []
      : [
          fault(
            "USE_UNKNOWN",
            at("rates", index, "use"),
            `没有一户的用途是「${use}」`,
            `房屋资料里的用途有：${facts.uses.join("、")}。`,
          ),
        ],
  );
  return [
    ...unknown,
    ...twice(rates.map(({ use }) => use)).map((index) =>
      fault("USE_TWICE", at("rates", index, "use"), `「${rates[index]?.use ?? ""}」写了两行`, "每个用途只写一行。"),
    ),
    ...twice(discounts.map(({ name }) => name)).map((index) =>
      fault("RULE_TWICE", at("discounts", index, "name"), "同一条减免规则写了两行", "每条规则只写一行。"),
    ),
    ...discounts.flatMap(({ until }, index) =>
      until !== undefined && until < from
        ? [
            fault(
              "RULE_INVERTED",
              at("discounts", index, "until"),
              `截止月 ${until} 早于起始月 ${from}`,
              "请核对两个月份。",
            ),
          ]
        : [],
    ),
  ];
}

/** Where a list repeats what stands before. */
function twice(list: readonly string[]): number[] {
  return list.flatMap((each, index) => (list.indexOf(each) < index ? [index] : []));
}

function baseFaults({ draw }: DrawChange, at: At): Fault[] {
  const unknown = draw.base.flatMap((account, index) =>
    ACCOUNTS.has(account)
      ? []
      : [fault("ACCOUNT_UNKNOWN", at("draw", "base", index), `没有科目 ${account}`, "请核对科目代码。")],
  );
  return [
    ...unknown,
    ...twice(draw.base).map((index) =>
      fault(
        "ACCOUNT_TWICE",
        at("draw", "base", index),
        `科目 ${draw.base[index] ?? ""} 写了两次`,
        "每个科目只写一次。",
      ),
    ),
  ];
}

/** Which categories of work the repair fund may pay. */
export function isRepairSpending(account: string): boolean {
  return account.startsWith("5") && account !== DRAW_SPENT && isPaymentAccount(account);
}

function projectFaults({ amount, accounts }: UseRepairFund, facts: EffectFacts, at: At): Fault[] {
  const free = subtract(facts.repair, facts.promised);
  const asked = fromYuan(amount);
  const wrong = accounts.flatMap((account, index) =>
    isRepairSpending(account)
      ? []
      : [
          fault(
            "ACCOUNT_NOT_POSSIBLE",
            at("accounts", index),
            `维修资金不能支付科目 ${account}`,
            "请写支出科目，例如 5501 或 5002。",
          ),
        ],
  );
  if (asked === 0) {
    return [...wrong, fault("AMOUNT_ZERO", at("amount"), "金额是 0", "请写最多可以动用多少。")];
  }
  const has = `维修资金现有 ${displayYuan(facts.repair)} 元，其中 ${displayYuan(facts.promised)} 元已定给其他项目`;
  return asked <= free
    ? wrong
    : [
        ...wrong,
        fault("FUND_TOO_SMALL", at("amount"), has, `最多还能定 ${displayYuan(free)} 元，或先筹集（第六项）。`),
      ];
}

function changeFaults(effect: BudgetChange, facts: EffectFacts, at: At): Fault[] {
  try {
    assertChange(changeWish(effect), facts);
    return [];
  } catch (error) {
    if (!(error instanceof Refusal)) {
      throw error;
    }
    return error.faults.map((each) => ({ ...each, column: at(...(each.column ?? "year").split(".")).join(".") }));
  }
}

// ---- Undoing ----------------------------------------------------------------------------------------------------

/** A rate as it would hold in a month without the resolutions in `voided`; "0" where there was none before. */
export function rateWithout(
  rates: Tariff["rates"],
  use: string,
  month: Month,
  voided: ReadonlySet<string>,
): { readonly rate: string; readonly resolution?: string } {
  const before = rates.findLast((rate) => rate.use === use && rate.from <= month && !voided.has(rate.resolution ?? ""));
  return before ?? { rate: "0" };
}

/** The settings that a voided change leaves: what it set goes back to what it was, unless it was decided anew since. */
export function settingsWithout(
  current: Settings,
  undone: { readonly change: RulesChange["settings"]; readonly before: Settings },
): Settings {
  const { change, before } = undone;
  const back = Object.entries(before).filter(([key]) => {
    const name = key as keyof Settings;
    return change[name] !== undefined && isDeepStrictEqual(current[name], change[name]);
  });
  return changedSettings(current, Object.fromEntries(back));
}
