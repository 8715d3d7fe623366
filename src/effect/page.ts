// What an effect changes, in plain words, with what holds now beside it: for the page that is read before the vote, the
// notice, and the register; and the form in which it is drafted.
import { add, displayText, displayYuan, fromYuan, subtract, sum, ZERO, type Fen } from "../base/money.ts";
import { daysBetween, spokenDay, spokenMonth, type Month } from "../base/month.ts";
import { changeWords, isBudgetable, SOURCE_NAMES, SOURCES } from "../budget/rules.ts";
import { asPercent, asRate, feeFor, risePercent } from "../base/share.ts";
import { NOTICE_DAYS, noticeBy } from "../handover/rules.ts";
import { ACCOUNTS, accountWords, REPAIR_WORK } from "../ledger/rules.ts";
import { missingRateWords, type MissingRate, type PlanVersionSummary } from "../plan/rules.ts";
import {
  CALLERS,
  callerName,
  SETTING_KEYS,
  settingOptions,
  SETTINGS,
  settingWords,
  type SettingKey,
  type Settings,
} from "../procedure/rules.ts";
import type { MatterKind } from "../tally/rules.ts";
import { unitsInBrief, type Unit } from "../people/rules.ts";
import { chargesOf, rateIn, ruleIn, type Tariff } from "../tariff/rules.ts";
import { deedIn, drawTerms, type DeedVersion } from "../trust/rules.ts";
import {
  changeWish,
  isRepairSpending,
  listOf,
  tariffAfter,
  type BudgetChange,
  type BudgetPlan,
  type Effect,
  type EffectFacts,
  type FeeChange,
  type ManagerChange,
  type RulesChange,
  type UseRepairFund,
} from "./rules.ts";

/** An effect as people read it. */
export interface EffectWords {
  /** One sentence per figure that changes, each with what holds now. */
  readonly lines: readonly string[];
  /** What else to know before voting. */
  readonly notes: readonly string[];
  /** Where all of it can be read, line by line. */
  readonly read?: { readonly href: string; readonly title: string };
}

export function effectWords(effect: Exclude<Effect, BudgetPlan>, facts: EffectFacts): EffectWords {
  switch (effect.kind) {
    case "fee-change":
      return { lines: [...rateLines(effect, facts), ...ruleLines(effect, facts)], notes: movedOn("账单已经出了") };
    case "draw-change": {
      const before = drawWords(deedIn(facts.deeds, effect.from).draw);
      const line = `受托人酬金从${spokenMonth(effect.from)}起${drawWords(effect.draw)}（现为${before}）`;
      return { lines: [line], notes: movedOn("已经结账") };
    }
    case "sweep-rule": {
      const before = sweepWords(deedIn(facts.deeds, effect.from).sweep);
      const line = `盈余转维修资金从${spokenMonth(effect.from)}起${sweepWords(effect.sweep)}（现为${before}）`;
      return { lines: [line], notes: movedOn("已经结账") };
    }
    case "manager":
      return managerWords(effect, facts);
    case "use-repair-fund":
      return projectWords(effect, facts);
    case "rules":
      return { lines: ruleChanges(effect, facts), notes: [] };
    case "budget":
      return budgetWords(effect, facts);
    case "none":
      return { lines: [], notes: ["通过以后由业委会和物业照办，系统里没有要自动改变的数字。"] };
  }
}

function movedOn(what: string): string[] {
  return [`若届时该月${what}，则从下一个未出账、未结账的月份起。`];
}

// ---- Fees -------------------------------------------------------------------------------------------------------

/**
 * "101、104 的物业费每月从 113.40 元变为 155.40 元（多 42.00 元）": what a change comes to for the home of a reader, whose
 * bills know their areas and discounts; "" where it stays as it is.
 */
export function homeWords(change: FeeChange, units: readonly Unit[], tariff: Tariff): string {
  const monthly = (by: Tariff): Fen => sum(chargesOf(change.from, units, by).charges.map(({ amount }) => amount));
  const [before, after] = [monthly(tariff), monthly(tariffAfter(change, tariff))];
  const moved =
    after > before ? `多 ${displayYuan(subtract(after, before))}` : `少 ${displayYuan(subtract(before, after))}`;
  const named = unitsInBrief(units.map(({ name }) => name));
  return after === before
    ? ""
    : `${named} 的物业费每月从 ${displayYuan(before)} 元变为 ${displayYuan(after)} 元（${moved} 元）`;
}

/** What a home pays is easier to picture than what a square metre does. */
const HOME_AREA = "100";

function rateLines({ from, rates }: FeeChange, { tariff }: EffectFacts): string[] {
  return rates.map(({ use, rate }) => {
    const before = rateIn(tariff.rates, use, from)?.rate;
    const now = before === undefined ? "现在没有单价" : `现为 ${asRate(before)} 元${riseWords(before, rate)}`;
    const home = displayYuan(feeFor(rate, HOME_AREA, "1"));
    const was = before === undefined ? "" : `，现为 ${displayYuan(feeFor(before, HOME_AREA, "1"))} 元`;
    const example = `；按 ${HOME_AREA} 平方米算，每月 ${home} 元${was}`;
    return `${use}物业费从${spokenMonth(from)}起每平方米每月 ${asRate(rate)} 元（${now}）${example}`;
  });
}

function riseWords(before: string, after: string): string {
  const percent = risePercent(before, after);
  if (percent === null || Number(percent) === 0) {
    return "";
  }
  return percent.startsWith("-") ? `，降 ${percent.slice(1)} %` : `，涨 ${percent} %`;
}

function ruleLines({ from, discounts }: FeeChange, { tariff }: EffectFacts): string[] {
  return discounts.map(({ name, factor, text, until }) => {
    const before = ruleIn(tariff.discounts, name, from)?.factor;
    const term = until === undefined ? `从${spokenMonth(from)}起` : `从${spokenMonth(from)}到${spokenMonth(until)}`;
    const was = before === undefined ? "新的规则" : `现为应收的 ${asPercent(before)}`;
    return `减免规则「${name}」${term}按应收的 ${asPercent(factor)} 收（${was}）：${text}`;
  });
}

// ---- The deed ---------------------------------------------------------------------------------------------------

function drawWords({ rate, base, cap }: DeedVersion["draw"]): string {
  const accounts = base.map(accountWords).join("、");
  const most = cap === undefined ? "" : `，全年不超过 ${displayYuan(fromYuan(cap))} 元`;
  return accounts === "" ? "不提取" : `按${accounts}实收的 ${asPercent(rate)} 提取${most}`;
}

const PERIODS = { month: "每月末", quarter: "每季末", year: "每年末" } as const;

function sweepWords(sweep: DeedVersion["sweep"]): string {
  if (sweep === undefined || sweep === null) {
    return "不转";
  }
  const reserve = fromYuan(sweep.reserve);
  const kept = reserve === 0 ? "" : `留足 ${displayYuan(reserve)} 元后，`;
  return `${PERIODS[sweep.every]}${kept}把剩余的 ${asPercent(sweep.share)} 转入`;
}

// ---- Who manages, and what the repair fund pays -------------------------------------------------------------------

function managerWords({ company, day: start }: ManagerChange, { trustee, today }: EffectFacts): EffectWords {
  if (company === trustee) {
    return { lines: [`续聘「${company}」继续管理，从${spokenDay(start)}起`], notes: [] };
  }
  const short = daysBetween(today, start) < NOTICE_DAYS;
  const notice = `解聘须提前 ${NOTICE_DAYS} 日书面通知，最迟${spokenDay(noticeBy(start))}送达，合同另有约定的除外（民法典第九百四十六条）。`;
  return {
    lines: [`从${spokenDay(start)}起由「${company}」管理（现为「${trustee}」），并从决议生效起开始交接`],
    notes: [short ? `${notice}现在已不足 ${NOTICE_DAYS} 日，请核对合同约定或改晚日期。` : notice],
  };
}

function projectWords({ project, amount, accounts }: UseRepairFund, { repair, promised }: EffectFacts): EffectWords {
  const names = accounts.map(accountWords).join("、");
  const free = subtract(repair, promised);
  return {
    lines: [`动用维修资金最多 ${displayYuan(fromYuan(amount))} 元，用于「${project}」，只能列支：${names}`],
    notes: [
      `维修资金现有 ${displayYuan(repair)} 元，其中 ${displayYuan(promised)} 元已定给其他项目，还能定 ${displayYuan(free)} 元。`,
    ],
  };
}

// ---- The budget ---------------------------------------------------------------------------------------------------

/** A year's budget as the version of its draft has it: totals first, then each account beside the year before. */
export function planWords(summary: PlanVersionSummary): EffectWords {
  const { title, balance, accounts, actual } = summary;
  const months = actual === null ? "" : `（${spokenMonth(actual.first)}至${spokenMonth(actual.last)}）`;
  const lines = accounts.map(({ account, name, amount, before }) => {
    const paid = before === null ? "" : `，去年实际 ${displayText(before.actual)} 元${months}`;
    const was = before === null || before.budget === null ? "" : `，去年预算 ${displayText(before.budget)} 元`;
    return `${account} ${name}：${displayText(amount)} 元${was}${paid}`;
  });
  const total = `${title}：支出 ${displayText(balance.spending)} 元，物业费 ${displayText(balance.fees)} 元，其他收入 ${displayText(balance.other)} 元，动用结余 ${displayText(balance.reserves)} 元`;
  const notes = ["通过以后它就是这一年的预算，没有列入的科目不能支出。"];
  return { lines: [total, ...lines], notes, read: { href: summary.href, title: `逐条看 ${title}` } };
}

/** "第 2 项没有通过的话，……" */
export function dependenceWords(missing: readonly MissingRate[], places: readonly number[]): string {
  const other = places.length === 0 ? "调价" : `第 ${places.join("、")} 项`;
  return `▲ 这一项要靠${other}：预算的物业费按${missingRateWords(missing)}算。${other}没有通过，这一项通过了也不生效，要另编预算再表决（以收定支）。`;
}

function budgetWords(effect: BudgetChange, { planned }: EffectFacts): EffectWords {
  const { year, changes, reason, source } = changeWish(effect);
  const lines = changes.map(({ account, amount }) => {
    const before = planned.get(account) ?? ZERO;
    return `${year} 年预算 ${changeWords({ account, amount })}，成为 ${displayYuan(add(before, amount))} 元（现为 ${displayYuan(before)} 元）`;
  });
  return { lines, notes: [`原因：${reason}。资金来源：${SOURCE_NAMES[source]}。`] };
}

// ---- Rules of procedure -------------------------------------------------------------------------------------------

function settingSaid<K extends SettingKey>(key: K, value: Settings[K] | undefined): string {
  return value === undefined ? "" : settingWords(key, value);
}

function ruleChanges({ settings }: RulesChange, facts: EffectFacts): string[] {
  return (Object.keys(settings) as SettingKey[]).map((name) => {
    return `${SETTINGS[name].name}：${settingSaid(name, settings[name])}（现为${settingSaid(name, facts.settings[name])}）`;
  });
}

// ---- Its form -----------------------------------------------------------------------------------------------------

/** "2021 年预算第 3 版" */
export function planName(year: number, version: number): string {
  return `${year} 年预算第 ${version} 版`;
}

/** What a form is filled in and offered from; the deed and the first month are those that the effect may change. */
export interface FormFacts extends Pick<EffectFacts, "uses" | "settings" | "trustee"> {
  readonly from: Month;
  readonly deed: DeedVersion;
}

/** An effect as far as it is kept, handed over by another page, or typed. */
interface Partly {
  readonly rates?: readonly { readonly use: string }[];
  readonly draw?: { readonly base?: unknown };
  readonly sweep?: unknown;
  readonly accounts?: unknown;
  readonly settings?: Readonly<Record<string, unknown>>;
}

interface Form {
  /** What stands in its fields: what is known of the effect, else what holds now. */
  readonly values: (known: Partly, facts: FormFacts) => Partly;
  /** What there is to choose from. */
  readonly choices?: (shown: Partly, facts: FormFacts) => object;
}

/** The forms of `views/effect-fields.hbs`: one for each kind of matter that changes something by itself. */
const FORMS: Readonly<Partial<Record<MatterKind, Form>>> = {
  "fee-change": {
    values: (known, { from, uses }) => ({
      from,
      ...known,
      rates: uses.map((use) => known.rates?.find((rate) => rate.use === use) ?? { use, rate: "" }),
    }),
    choices: (_shown, { uses }) => ({
      rates: uses.map((use, index) => ({
        use,
        index,
        name: `effect.rates.${index}.rate`,
        label: `${use}（元/平方米·月）`,
      })),
    }),
  },
  budget: {
    values: (known) => known,
    choices: () => ({
      changes: [0, 1, 2, 3, 4].map((index) => ({
        account: `effect.changes.${index}.account`,
        amount: `effect.changes.${index}.amount`,
      })),
      sources: SOURCES.map((value) => ({ value, label: SOURCE_NAMES[value] })),
      accounts: accountChoices(isBudgetable),
    }),
  },
  "draw-change": {
    values: (known, { from, deed }) => ({ from, draw: deed.draw, ...known }),
    choices: ({ draw }) => ({ incomes: boxes(accountChoices(isDrawBase), draw?.base) }),
  },
  "sweep-rule": {
    values: (known, { from, deed }) => ({
      from,
      ...known,
      sweep: ("sweep" in known ? known.sweep : deed.sweep) ?? { every: "none" },
    }),
    choices: () => ({ sweeps: SWEEP_CHOICES }),
  },
  manager: { values: (known, { trustee }) => ({ company: trustee, ...known }) },
  "use-repair-fund": {
    values: (known) => ({ accounts: [REPAIR_WORK], ...known }),
    choices: ({ accounts }) => ({ repairs: boxes(accountChoices(isRepairSpending), accounts) }),
  },
  rules: {
    values: ({ settings: changed }, { settings }) => ({ settings: settingTexts({ ...settings, ...changed }) }),
    choices: ({ settings: shown }, { settings }) => ({
      callers: boxes(
        CALLERS.map((value) => ({ value, label: callerName(value) })),
        shown?.["callers"],
      ),
      settings: settingFields(settings),
    }),
  },
};

/** The fields that a kind of matter asks for beside its title and text, and what stands in them. */
export function effectFields(
  kind: MatterKind,
  { known, typed }: { readonly known: Partly; readonly typed: Partly | undefined },
  facts: FormFacts,
) {
  const form = FORMS[kind];
  const effect = typed ?? form?.values(known, facts) ?? {};
  return {
    is: Object.fromEntries(Object.keys(FORMS).map((each) => [each, each === kind])),
    hasFields: form !== undefined,
    effect,
    ...form?.choices?.(effect, facts),
  };
}

const SWEEP_CHOICES = [
  ...Object.entries(PERIODS).map(([value, label]) => ({ value, label })),
  { value: "none", label: "不再转" },
];

const isDrawBase = (account: string): boolean => drawTerms.shape.base.element.safeParse(account).success;

function accountChoices(accepts: (account: string) => boolean) {
  return [...ACCOUNTS.keys()].filter(accepts).map((value) => ({ value, label: accountWords(value) }));
}

/** Choices of which several may be ticked. */
function boxes(choices: readonly { readonly value: string; readonly label: string }[], ticked: unknown) {
  return choices.map((each) => ({ ...each, isTicked: listOf(ticked).includes(each.value) }));
}

/** One field per setting but the callers, who are boxes. */
function settingFields(settings: Settings) {
  return SETTING_KEYS.filter((key) => key !== "callers").map((key) => {
    const options = settingOptions(key);
    return {
      name: `effect.settings.${key}`,
      label: SETTINGS[key].name,
      hint: `${SETTINGS[key].meaning}现在：${settingWords(key, settings[key])}`,
      isChoice: options.length > 0,
      isNumber: typeof settings[key] === "number",
      options,
    };
  });
}

/** Settings as fields show them; who may call an assembly is ticked. */
function settingTexts({ callers, ...settings }: Readonly<Record<string, unknown>>) {
  const texts = Object.entries(settings).map(([key, value]) => [
    key,
    Array.isArray(value) ? value.join("、") : String(value),
  ]);
  return { ...Object.fromEntries(texts), callers };
}

// ---- Applied ------------------------------------------------------------------------------------------------------

/** What a resolution changed, as it stands in the data: without what held before. */
export function appliedWords(effect: Effect): string[] {
  switch (effect.kind) {
    case "fee-change":
      return [
        ...effect.rates.map(({ use, rate }) => `${use}物业费每平方米每月 ${asRate(rate)} 元`),
        ...effect.discounts.map(
          ({ name, factor, text }) => `减免规则「${name}」按应收的 ${asPercent(factor)} 收：${text}`,
        ),
      ];
    case "draw-change":
      return [`受托人酬金${drawWords(effect.draw)}`];
    case "sweep-rule":
      return [`盈余转维修资金：${sweepWords(effect.sweep)}`];
    case "manager":
      return [`从${spokenDay(effect.day)}起由「${effect.company}」管理`];
    case "use-repair-fund":
      return [`动用维修资金最多 ${displayYuan(fromYuan(effect.amount))} 元，用于「${effect.project}」`];
    case "budget":
      return "plan" in effect ? [`采用 ${planName(effect.plan, effect.version)}`] : changeLines(effect);
    case "rules":
      return (Object.keys(effect.settings) as SettingKey[]).map(
        (name) => `${SETTINGS[name].name}：${settingSaid(name, effect.settings[name])}`,
      );
    case "none":
      return [];
  }
}

function changeLines(effect: BudgetChange): string[] {
  const { year, changes } = changeWish(effect);
  return changes.map((each) => `${year} 年预算 ${changeWords(each)}`);
}
