// What an effect changes, in plain words, with what holds now beside it: for the page that is read before the vote, the
// notice, and the register.
import { add, displayYuan, fromYuan, negate, subtract, ZERO } from "../base/money.ts";
import { daysBetween, spokenDay, spokenMonth, type Month } from "../base/month.ts";
import { SOURCE_NAMES } from "../budget/rules.ts";
import { asPercent, asRate, feeFor, risePercent } from "../base/share.ts";
import { NOTICE_DAYS, noticeBy } from "../handover/rules.ts";
import { ACCOUNTS } from "../ledger/rules.ts";
import type { SettingKey } from "../procedure/rules.ts";
import { rateIn, ruleIn } from "../tariff/rules.ts";
import { deedIn, type DeedVersion } from "../trust/rules.ts";
import {
  changeWish,
  type BudgetChange,
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
}

export function effectWords(effect: Effect, facts: EffectFacts): EffectWords {
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
      return "year" in effect ? budgetWords(effect, facts) : { lines: [], notes: [] };
    case "none":
      return { lines: [], notes: ["通过以后由业委会和物业照办，系统里没有要自动改变的数字。"] };
  }
}

function movedOn(what: string): string[] {
  return [`若届时该月${what}，则从下一个未出账、未结账的月份起。`];
}

// ---- Fees -------------------------------------------------------------------------------------------------------

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
  const accounts = base.map((account) => `${account} ${ACCOUNTS.get(account) ?? ""}`.trim()).join("、");
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

function managerWords({ company, day }: ManagerChange, { trustee, today }: EffectFacts): EffectWords {
  if (company === trustee) {
    return { lines: [`续聘「${company}」继续管理，从${spokenDay(day)}起`], notes: [] };
  }
  const short = daysBetween(today, day) < NOTICE_DAYS;
  const notice = `解聘须提前 ${NOTICE_DAYS} 日书面通知，最迟${spokenDay(noticeBy(day))}送达，合同另有约定的除外（民法典第九百四十六条）。`;
  return {
    lines: [`从${spokenDay(day)}起由「${company}」管理（现为「${trustee}」），并从决议生效起开始交接`],
    notes: [short ? `${notice}现在已不足 ${NOTICE_DAYS} 日，请核对合同约定或改晚日期。` : notice],
  };
}

function projectWords({ project, amount, accounts }: UseRepairFund, { repair, promised }: EffectFacts): EffectWords {
  const names = accounts.map((account) => `${account} ${ACCOUNTS.get(account) ?? ""}`.trim()).join("、");
  const free = subtract(repair, promised);
  return {
    lines: [`动用维修资金最多 ${displayYuan(fromYuan(amount))} 元，用于「${project}」，只能列支：${names}`],
    notes: [
      `维修资金现有 ${displayYuan(repair)} 元，其中 ${displayYuan(promised)} 元已定给其他项目，还能定 ${displayYuan(free)} 元。`,
    ],
  };
}

// ---- The budget ---------------------------------------------------------------------------------------------------

function budgetWords(effect: BudgetChange, { planned }: EffectFacts): EffectWords {
  const { year, changes, reason, source } = changeWish(effect);
  const lines = changes.map(({ account, amount }) => {
    const before = planned.get(account) ?? ZERO;
    const moved = amount < 0 ? `减少 ${displayYuan(negate(amount))}` : `增加 ${displayYuan(amount)}`;
    const name = `${account} ${ACCOUNTS.get(account) ?? ""}`.trim();
    return `${year} 年预算 ${name}${moved} 元，成为 ${displayYuan(add(before, amount))} 元（现为 ${displayYuan(before)} 元）`;
  });
  return { lines, notes: [`原因：${reason}。资金来源：${SOURCE_NAMES[source]}。`] };
}

// ---- Rules of procedure -------------------------------------------------------------------------------------------

const SETTING_NAMES: Readonly<Record<SettingKey, string>> = {
  noticeDays: "通知期（天）",
  windowMin: "投票期最短（天）",
  windowMax: "投票期最长（天）",
  parkingCounts: "车位计入表决面积",
  parkingUses: "视为车位的用途",
  jointHolders: "单独所有又共有的业主",
  transfer: "表决期间过户的房屋",
  ballot: "记名或无记名",
  proxies: "可以委托他人",
  proxyMax: "一人最多受托（户）",
  unreturned: "未收回的表决票",
  unreturnedClause: "未收回票的依据条款",
  callers: "可以召集的人",
  callPercent: "业主联名召集的比例（%）",
  objectionDays: "异议期（天）",
  announceDays: "结果公告（天内）",
};

const VALUE_WORDS: Readonly<Record<string, string>> = {
  true: "是",
  false: "否",
  separate: "分别计数",
  merged: "合并计数",
  "roll-day": "以名册当日为准",
  "new-holder": "由新业主表决",
  open: "记名",
  secret: "无记名",
  absent: "不算参与",
  abstain: "算弃权",
  majority: "从多数",
  committee: "业委会",
  owners: "业主联名",
  supervisor: "监察人",
};

function valueWords(value: unknown): string {
  const list = Array.isArray(value) ? value : [value];
  return list.map((each) => VALUE_WORDS[String(each)] ?? String(each)).join("、") || "无";
}

function ruleChanges({ settings }: RulesChange, facts: EffectFacts): string[] {
  return Object.entries(settings).map(([key, value]) => {
    const name = key as SettingKey;
    return `${SETTING_NAMES[name]}：${valueWords(value)}（现为${valueWords(facts.settings[name])}）`;
  });
}

/** "从2021年1月起" beside a resolution in the register; "" where no month matters. */
export function fromWords(from: Month | null): string {
  return from === null ? "" : `从${spokenMonth(from)}起`;
}
