// Assemblies in words: what is voted on, what it needs, when, and who was told of it.
import { day, plusDays, spokenDay, spokenDayOf, type Day, type Month } from "../base/month.ts";
import { ACCOUNTS, DRAW_SPENT, isPaymentAccount } from "../ledger/rules.ts";
import { SOURCE_NAMES, SOURCES } from "../budget/rules.ts";
import { unitsFolded, unitsInBrief } from "../people/rules.ts";
import { csvText } from "../platform/csv.ts";
import {
  CALLERS,
  callerName,
  SETTING_KEYS,
  SETTINGS,
  settingWords,
  type SettingKey,
  type Settings,
} from "../procedure/rules.ts";
import {
  areaFigure,
  areaWords,
  consentOf,
  consentWords,
  countWords,
  isSpecial,
  itemWords,
  MATTER_KINDS,
  matterName,
  quorumOf,
  readArea,
  type Count,
  type MatterKind,
  type RollUnit,
} from "../tally/rules.ts";
import type { DeedVersion } from "../trust/rules.ts";
import {
  DELIVERY_WAYS,
  wayName,
  type Assembly,
  type BallotKind,
  type Delivery,
  type DeliveryWay,
  type Matter,
  type RollHead,
  type Stage,
} from "./rules.ts";

// ---- Words --------------------------------------------------------------------------------------------------------

const STAGE_NAMES: Readonly<Record<Stage, string>> = {
  draft: "草案",
  notice: "已通知",
  voting: "正在投票",
  counting: "等待计票",
  objections: "异议期",
  final: "已生效",
  void: "已撤销",
};

const BALLOT_NAMES: Readonly<Record<BallotKind, string>> = {
  open: "记名",
  secret: "不记名",
};

export const BALLOT_CHOICES = [
  { value: "open", label: "记名：选票由业主本人签名" },
  { value: "secret", label: "不记名：计票以后谁也查不出谁投了什么" },
];

export function callerChoices(settings: Settings) {
  return CALLERS.filter((caller) => settings.callers.includes(caller)).map((value) => ({
    value,
    label: callerName(value),
  }));
}

export const DELIVERY_CHOICES = DELIVERY_WAYS.map((value) => ({ value, label: wayName(value) }));

/** "民法典第二百七十八条第一款第九项" */
export function basisWords(kind: MatterKind): string {
  return `民法典第二百七十八条第一款${itemWords(kind)}`;
}

/** What the law asks of a matter, in words and in numbers, before anybody has voted: heads and area side by side. */
export function needsWords(kind: MatterKind, roll: Count) {
  const quorum = quorumOf(roll);
  const edge = isSpecial(kind) ? "正好四分之三也算" : "正好一半不算";
  return {
    basis: `${basisWords(kind)}：${matterName(kind)}`,
    quorumHeads: `${quorum.heads} / ${roll.heads} 人`,
    quorumArea: `${areaFigure(quorum.area)} / ${areaWords(roll.area)}`,
    consent: `参加者的${consentWords(kind)}`,
    consentWhy: `人数和面积都要${consentWords(kind)}，${edge}；弃权算参加，不算同意。刚够参加人数时，要 ${countWords(consentOf(kind, quorum))}同意。`,
  };
}

// ---- An assembly --------------------------------------------------------------------------------------------------

export function assemblyHead(assembly: Assembly, stage: Stage, code: string) {
  const { id, title, opensOn, closesOn, voidReason, notice } = assembly;
  return {
    id,
    title,
    stage: STAGE_NAMES[stage],
    isDraft: stage === "draft",
    isVoting: stage === "voting",
    isOver: stage === "final" || stage === "void",
    isVoid: voidReason !== null,
    voidReason: voidReason ?? "",
    mayWithdraw: stage === "draft" || stage === "notice",
    mayDeliver: stage === "notice" || stage === "voting",
    isNoticed: notice !== null,
    hasResult: stage === "counting" || assembly.closedAt !== null,
    window: `${spokenDay(opensOn)}至${spokenDay(closesOn)}`,
    calledBy: callerName(assembly.calledBy),
    ballot: BALLOT_NAMES[assembly.ballot],
    desk: `/desk/${code}/assemblies/${id}`,
    open: `/c/${code}/assemblies/${id}`,
    my: `/my/${code}/assemblies/${id}`,
  };
}

/** What the effect of a matter changes, as the room effect tells it. */
export interface Told {
  readonly lines: readonly string[];
  readonly notes: readonly string[];
  /** Which other matter has to pass as well; "" = none. */
  readonly needed: string;
  /** What it comes to for the reader's own home; "" = nothing, or no home is asked about. */
  readonly home: string;
  readonly read?: { readonly href: string; readonly title: string };
}

export function matterCard({ place, kind, title, text }: Matter, roll: Count, effect: Told) {
  return {
    place,
    title,
    name: `第 ${place} 项`,
    paragraphs: text.split("\n").filter((line) => line.trim() !== ""),
    ...needsWords(kind, roll),
    effects: effect.lines,
    hasEffects: effect.lines.length > 0,
    notes: effect.notes,
    needed: effect.needed,
    home: effect.home,
    read: effect.read ?? null,
  };
}

/** When what happens, from the notice to the day on which it takes effect. */
export function timetable({ notice, opensOn, closesOn }: Assembly, today: Day, settings: Settings) {
  const noticed = notice === null ? `${spokenDay(today)}（今天发出的话）` : spokenDayOf(notice.at);
  return [
    { what: "通知全体业主，定下名册", when: noticed },
    { what: "开始投票", when: `${spokenDay(opensOn)} 0 时` },
    { what: "投票截止", when: `${spokenDay(closesOn)} 24 时` },
    { what: "最迟公布结果", when: spokenDay(plusDays(closesOn, settings.announceDays)) },
    { what: "异议期", when: `计票后 ${settings.objectionDays} 天；没有未答复的异议，决议才生效` },
  ];
}

/** The rules of procedure that decide how this vote is held. */
const VOTING_RULES: readonly SettingKey[] = ["proxies", "proxyMax", "unreturned"];

export function votingRules(settings: Settings) {
  return VOTING_RULES.filter((key) => key !== "proxyMax" || settings.proxies).map((key) => ({
    name: SETTINGS[key].name,
    value: settingWords(key, settings[key]),
  }));
}

// ---- Drafting -----------------------------------------------------------------------------------------------------

export function kindChoices(base: string) {
  return MATTER_KINDS.map((kind) => ({
    href: `${base}/matters/new?kind=${kind}`,
    name: matterName(kind),
    basis: `${itemWords(kind)}，${consentWords(kind)}同意`,
  }));
}

const SWEEP_CHOICES = [
  { value: "month", label: "每月末" },
  { value: "quarter", label: "每季度末" },
  { value: "year", label: "每年末" },
  { value: "none", label: "不再转" },
];

/** "2021 年预算第 3 版" */
export function planWords(year: number, version: number): string {
  return `${year} 年预算第 ${version} 版`;
}

interface FormFacts {
  readonly uses: readonly string[];
  readonly from: Month;
  readonly settings: Settings;
  readonly deed: DeedVersion;
  readonly trustee: string;
}

/** The fields that a kind of matter asks for beside its title and text, and what stands in them before anybody typed. */
export function effectFields(kind: MatterKind, facts: FormFacts) {
  const { uses, settings, deed } = facts;
  const shown = {
    isFeeChange: kind === "fee-change",
    isBudget: kind === "budget",
    isDrawChange: kind === "draw-change",
    isSweepRule: kind === "sweep-rule",
    isManager: kind === "manager",
    isUseRepairFund: kind === "use-repair-fund",
    isRules: kind === "rules",
  };
  return {
    ...shown,
    hasFields: Object.values(shown).includes(true),
    rates: uses.map((use, index) => ({
      use,
      index,
      name: `effect.rates.${index}.rate`,
      label: `${use}（元/平方米·月）`,
    })),
    changes: [0, 1, 2, 3, 4].map((index) => ({
      index,
      account: `effect.changes.${index}.account`,
      amount: `effect.changes.${index}.amount`,
    })),
    sweeps: SWEEP_CHOICES,
    sources: SOURCES.map((value) => ({ value, label: SOURCE_NAMES[value] })),
    budgetAccounts: accountChoices((account) => /^[45]/u.test(account)),
    incomes: accountBoxes((account) => /^4(?!801)/u.test(account), deed.draw.base),
    repairs: accountBoxes(
      (account) => account.startsWith("5") && account !== DRAW_SPENT && isPaymentAccount(account),
      ["5501"],
    ),
    settings: kind === "rules" ? settingFields(settings) : [],
    callers: CALLERS.map((value) => ({ value, label: callerName(value), isTicked: settings.callers.includes(value) })),
  };
}

/** What stands in the fields of a kind before anybody typed. */
export function effectDefaults(kind: string, { from, uses, settings, deed, trustee }: FormFacts): object {
  switch (kind) {
    case "fee-change":
      return { from, rates: uses.map((use) => ({ use, rate: "" })) };
    case "draw-change":
      return { from, draw: deed.draw };
    case "sweep-rule":
      return { from, sweep: deed.sweep ?? { every: "none" } };
    case "manager":
      return { company: trustee };
    case "rules":
      return { settings: settingTexts(settings) };
    default:
      return {};
  }
}

/** A kept effect as the fields of its form show it. */
export function effectTyped(kind: string, kept: unknown, facts: FormFacts): object {
  const effect = kept as { rates?: { use: string; rate: string }[]; sweep?: unknown; settings?: Partial<Settings> };
  switch (kind) {
    case "fee-change":
      return {
        ...effect,
        rates: facts.uses.map((use) => effect.rates?.find((rate) => rate.use === use) ?? { use, rate: "" }),
      };
    case "sweep-rule":
      return { ...effect, sweep: effect.sweep ?? { every: "none" } };
    case "rules":
      return { settings: settingTexts({ ...facts.settings, ...effect.settings }) };
    default:
      return effect;
  }
}

function accountChoices(accepts: (account: string) => boolean) {
  return [...ACCOUNTS]
    .filter(([account]) => accepts(account))
    .map(([value, name]) => ({ value, label: `${value} ${name}` }));
}

function accountBoxes(accepts: (account: string) => boolean, ticked: readonly string[]) {
  return accountChoices(accepts).map((each) => ({ ...each, isTicked: ticked.includes(each.value) }));
}

const OPTIONS: { readonly [K in SettingKey]?: readonly Settings[K][] } = {
  parkingCounts: [true, false],
  jointHolders: ["separate", "merged"],
  transfer: ["roll-day", "new-holder"],
  ballot: ["open", "secret"],
  proxies: [true, false],
  unreturned: ["absent", "abstain", "majority"],
};

/** One field per setting but the callers, who are boxes. */
function settingFields(settings: Settings) {
  return SETTING_KEYS.filter((key) => key !== "callers").map((key) => {
    const options = (OPTIONS[key] ?? []).map((value) => ({
      value: String(value),
      label: settingWords(key, value as never),
    }));
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

function settingTexts(settings: Settings): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(settings).map(([key, value]) => [key, Array.isArray(value) ? value.join("、") : String(value)]),
  );
}

// ---- Roll and deliveries ------------------------------------------------------------------------------------------

interface RollOutput {
  readonly head: string;
  readonly owners: string;
  readonly units: readonly { readonly unit: string }[];
  readonly area: string;
  readonly deliveries: readonly { readonly how: DeliveryWay; readonly day: string; readonly note: string }[];
}

export function rollLine({ head, owners, units, area, deliveries }: RollOutput) {
  return {
    head,
    owners,
    units: unitsInBrief(units.map(({ unit }) => unit)),
    unitsAll: unitsFolded(units.map(({ unit }) => unit)),
    area: areaWords(readArea(area)),
    deliveries: deliveries
      .map(({ how, day: on, note }) => `${wayName(how)}，${spokenDay(day(on))}${note === "" ? "" : `，${note}`}`)
      .join("；"),
    isReached: deliveries.length > 0,
  };
}

/** The roll as a spreadsheet, with what was delivered. */
export function rollCsv(rows: readonly RollOutput[]): string {
  const lines = rows.map((row) => {
    const line = rollLine(row);
    const units = row.units.map(({ unit }) => unit).join("、");
    return [line.head, line.owners, units, row.area, line.deliveries];
  });
  return csvText([["业主编号", "业主", "房号", "计票面积（平方米）", "送达"], ...lines]);
}

/** How many heads were reached, by each way. */
export function deliveryWords(heads: readonly RollHead[], deliveries: readonly Delivery[]) {
  const reached = new Set(deliveries.map(({ head }) => head)).size;
  const ways = DELIVERY_WAYS.map((how) => ({
    name: wayName(how),
    count: new Set(deliveries.filter((each) => each.how === how).map(({ head }) => head)).size,
  }));
  return {
    reached,
    heads: heads.length,
    open: heads.length - reached,
    isComplete: reached === heads.length,
    ways: ways.filter(({ count }) => count > 0),
  };
}

interface OwnRow {
  readonly head: string;
  readonly area: string;
  readonly units: readonly (Omit<RollUnit, "area"> & { readonly area: string })[];
}

/** An owner's own rows of the roll, to be checked. */
export function ownRows({ items, fingerprint }: { readonly items: readonly OwnRow[]; readonly fingerprint: string }) {
  return {
    fingerprint,
    hasRows: items.length > 0,
    rows: items.map(({ head, area, units }) => ({
      title: head.includes("+") ? "与他人共有，合起来算一人" : "算一人",
      area: areaWords(readArea(area)),
      units: units.map((unit) => ({ ...unit, area: areaWords(readArea(unit.area)) })),
      brief: unitsFolded(units.map(({ unit }) => unit)) === "" ? "" : unitsInBrief(units.map(({ unit }) => unit)),
    })),
  };
}
