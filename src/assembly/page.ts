// Assemblies in words: what is voted on, what it needs, when, and who was told of it.
import { day, plusDays, spokenDay, spokenDayOf, type Day } from "../base/month.ts";
import { unitsFolded, unitsInBrief } from "../people/rules.ts";
import type { Caller, Proof } from "../caller/rules.ts";
import { csvText } from "../platform/csv.ts";
import { CALLERS, callerName, SETTINGS, settingWords, type SettingKey, type Settings } from "../procedure/rules.ts";
import {
  areaFigure,
  areaWords,
  BALLOT_KINDS,
  ballotKindName,
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
import {
  DELIVERY_WAYS,
  wayName,
  type Assembly,
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

const BALLOT_MEANINGS = { open: "选票由业主本人签名", secret: "计票以后谁也查不出谁投了什么" } as const;

export const BALLOT_CHOICES = BALLOT_KINDS.map((value) => ({
  value,
  label: `${ballotKindName(value)}：${BALLOT_MEANINGS[value]}`,
}));

export function callerChoices(settings: Settings) {
  return CALLERS.filter((caller) => settings.callers.includes(caller)).map((value) => ({
    value,
    label: callerName(value),
  }));
}

export const DELIVERY_CHOICES = DELIVERY_WAYS.map((value) => ({ value, label: wayName(value) }));

/** "民法典第二百七十八条第一款第九项" */
function basisWords(kind: MatterKind): string {
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
    ballot: ballotKindName(assembly.ballot),
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

// ---- Who calls it together ----------------------------------------------------------------------------------------

/** "联名召集 30 人、…：其中 5 人、… 本人在网上确认，25 人、… 凭签名的联名书（2 份扫描件，存档备查）。" */
export function calledWords({ own, paper }: { readonly own: Count; readonly paper: Count }, papers: number): string {
  const parts = [
    ...(own.heads === 0 ? [] : [`${countWords(own)}本人在网上确认`]),
    ...(paper.heads === 0 ? [] : [`${countWords(paper)}凭签名的联名书（${papers} 份扫描件，存档备查）`]),
  ];
  return parts.length === 0 ? "联名召集的业主还没有凭据。" : `业主联名召集，凭据是：${parts.join("，")}。`;
}

const UNPROVED: Readonly<Record<Proof, string>> = {
  own: "",
  paper: "",
  denied: "本人说没有联名，不算",
  none: "还没有凭据",
};

export function unprovedLine({ units, proof }: Pick<Caller, "units" | "proof">) {
  return { units: unitsInBrief(units), state: UNPROVED[proof] };
}

/** What an owner is told who is named as a caller and has not looked. */
export function callAlert(): { readonly title: string; readonly words: string } {
  return { title: "有人写明您联名召集业主大会", words: "请打开“业主大会”，确认是您联名的，或说明不是。" };
}

/** Where the own word stands, for somebody who is named as a caller. */
export function callState(proofs: readonly Proof[]): string {
  if (proofs.includes("denied")) {
    return "您已说明没有联名。";
  }
  return proofs.includes("own") ? "✓ 您已确认联名。" : "";
}

// ---- Drafting -----------------------------------------------------------------------------------------------------

export function kindChoices(base: string) {
  return MATTER_KINDS.map((kind) => ({
    href: `${base}/matters/new?kind=${kind}`,
    name: matterName(kind),
    basis: `${itemWords(kind)}，${consentWords(kind)}同意`,
  }));
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
  readonly votes: boolean;
  readonly area: string;
  readonly units: readonly (Omit<RollUnit, "area"> & { readonly area: string })[];
}

/** An owner's own rows of the roll, to be checked. */
export function ownRows({ items, fingerprint }: { readonly items: readonly OwnRow[]; readonly fingerprint: string }) {
  return {
    fingerprint,
    hasRows: items.length > 0,
    rows: items.map(({ head, votes, area, units }) => ({
      title: ownTitle(head, votes),
      area: areaWords(readArea(area)),
      units: units.map((unit) => ({ ...unit, area: areaWords(readArea(unit.area)) })),
      brief: unitsFolded(units.map(({ unit }) => unit)) === "" ? "" : unitsInBrief(units.map(({ unit }) => unit)),
    })),
  };
}

function ownTitle(head: string, votes: boolean): string {
  if (!votes) {
    return `与业主 ${head} 共有，按议事规则并到他名下算一人，由他投票`;
  }
  return head.includes("+") ? "与他人共有，合起来算一人" : "算一人";
}
