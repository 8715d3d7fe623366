// An assembly of the owners: one notice, one roll, one window of voting, and the matters that are voted on in it.
import { sha256 } from "../base/digest.ts";
import { dayAt, daysBetween, plusDays, spokenDay, type Day } from "../base/month.ts";
import { refuse, type Fault } from "../base/refusal.ts";
import { holdersOn, type Holding, type Unit } from "../people/rules.ts";
import { callFaults, type Caller } from "../caller/rules.ts";
import { SETTINGS, settingWords, type CallerKind, type Settings } from "../procedure/rules.ts";
import {
  area,
  areaText,
  areaWords,
  headsOf,
  holdersOf,
  readArea,
  sumAreas,
  totalOf,
  type BallotKind,
  type Count,
  type Head,
  type MatterKind,
} from "../tally/rules.ts";

/** What the owners vote on: one question, answered with yes or no. */
export interface Matter {
  /** 1, 2, … in the order of the notice. */
  readonly place: number;
  readonly kind: MatterKind;
  readonly title: string;
  readonly text: string;
  /** What happens when it is adopted and final, as the room effect reads it; null = nothing by itself. */
  readonly effect: unknown;
}

/** A row of the frozen roll. */
export type RollHead = Head;

/** What the notice froze. */
export interface Notice {
  readonly at: string;
  readonly roll: Count;
  readonly fingerprint: string;
  readonly settings: Settings;
  readonly cases: RollCases;
}

export interface Assembly {
  readonly id: number;
  readonly title: string;
  readonly ballot: BallotKind;
  readonly calledBy: CallerKind;
  /** Voting opens at 00:00 of this day in Shanghai. */
  readonly opensOn: Day;
  /** Voting ends at the end of this day. */
  readonly closesOn: Day;
  readonly createdBy: string;
  readonly createdAt: string;
  /** null: still a draft. */
  readonly notice: Notice | null;
  /** When the count was made; null before. */
  readonly closedAt: string | null;
  /** When it became final or void; null before. */
  readonly finishedAt: string | null;
  /** Why it is void; null when it is not. */
  readonly voidReason: string | null;
}

// ---- Stages -----------------------------------------------------------------------------------------------------

/**
 * Where an assembly stands: draft → notice → voting → counting (the window is over, the count not made) → objections →
 * final or void. A draft that was withdrawn is void without ever having been noticed.
 */
export const STAGES = ["draft", "notice", "voting", "counting", "objections", "final", "void"] as const;
export type Stage = (typeof STAGES)[number];

/**
 * The stage at an instant, from what is stored and nothing else: no job at midnight can be missed, and no kept state can
 * disagree with its dates.
 */
export function stageOf(assembly: Assembly, now: Date): Stage {
  if (assembly.voidReason !== null) {
    return "void";
  }
  if (assembly.finishedAt !== null) {
    return "final";
  }
  if (assembly.closedAt !== null) {
    return "objections";
  }
  if (assembly.notice === null) {
    return "draft";
  }
  const today = dayAt(now);
  if (today < assembly.opensOn) {
    return "notice";
  }
  return today <= assembly.closesOn ? "voting" : "counting";
}

/** Refuses to go on when the clock stands before what was already done: some days would be counted twice. */
export function assertClock(assembly: Assembly, now: Date): void {
  const { createdAt, notice, closedAt, finishedAt } = assembly;
  const last = [createdAt, notice?.at ?? "", closedAt ?? "", finishedAt ?? ""].toSorted().at(-1) ?? "";
  if (now.toISOString() < last) {
    throw refuse(
      "CLOCK_BACK",
      `现在的时间 ${now.toISOString()} 早于这次会议已经记录的一步 ${last}，系统时间可能被拨回了。`,
      "请先校准服务器的时间，再做这一步。",
      409,
    );
  }
}

// ---- The roll -----------------------------------------------------------------------------------------------------

/** The roll by cases: how often each rule about heads and areas made a difference. Areas are m² as text. */
export interface RollCases {
  /** Owners who hold several units and are one head: how many, and how many units they hold. */
  readonly several: { readonly heads: number; readonly units: number };
  /** Units held jointly, and how many heads their holders are. */
  readonly joint: { readonly heads: number; readonly units: number };
  /** The head with the largest area (before all units are sold, usually the developer): how many units, what area. */
  readonly largest: { readonly units: number; readonly area: string };
  /** Units that do not count: parking and storage, where the rules of procedure leave them out. */
  readonly leftOut: { readonly units: number; readonly area: string };
}

/** The owners who may vote, and what is left out of the count. */
export interface Roll {
  readonly heads: readonly RollHead[];
  readonly leftOut: readonly Unit[];
  /** Units that nobody holds: until they have an owner there can be no roll. */
  readonly unheld: readonly Unit[];
}

/** The roll as it is on a day, by the rules of procedure. */
export function drawRoll(units: readonly Unit[], holdings: readonly Holding[], day: Day, settings: Settings): Roll {
  const holders = holdersOn(holdings, day);
  const counts = ({ use }: Unit): boolean => settings.parkingCounts || !settings.parkingUses.includes(use);
  const counted = units.filter(counts);
  return {
    heads: headsOf(counted, holders, settings.jointHolders),
    leftOut: units.filter((unit) => !counts(unit)),
    unheld: counted.filter(({ name }) => (holders.get(name) ?? []).length === 0),
  };
}

export function rollCases({ heads, leftOut }: Pick<Roll, "heads" | "leftOut">): RollCases {
  const tallied = (some: readonly RollHead[]) => ({
    heads: some.length,
    units: some.reduce((count, { units }) => count + units.length, 0),
  });
  const [largest] = heads.toSorted((a, b) => b.area - a.area);
  return {
    several: tallied(heads.filter(({ units }) => units.length > 1)),
    joint: tallied(heads.filter(({ id, sharers = [] }) => holdersOf(id).length + sharers.length > 1)),
    largest: { units: largest?.units.length ?? 0, area: areaText(largest?.area ?? area(0)) },
    leftOut: { units: leftOut.length, area: areaText(sumAreas(leftOut.map((unit) => readArea(unit.area)))) },
  };
}

/** How often each rule about heads and areas makes a difference, with the rule that holds and its source. */
export function casesWords(
  cases: RollCases,
  settings: Settings,
): readonly { readonly rule: string; readonly source: string; readonly case: string }[] {
  const { several, joint, largest, leftOut } = cases;
  const heads = "建筑物区分所有权解释第九条";
  return [
    {
      rule: "一人有多套，算一人，面积相加",
      source: heads,
      case: several.heads === 0 ? "没有" : `${several.heads} 人，共 ${several.units} 套`,
    },
    {
      rule: `共有一套，共有人合起来算一人；${SETTINGS.jointHolders.name}，${settingWords("jointHolders", settings.jointHolders)}`,
      source: SETTINGS.jointHolders.source,
      case: joint.heads === 0 ? "没有" : `${joint.units} 套，合 ${joint.heads} 人`,
    },
    {
      rule: "面积最大的业主，不论几套都算一人；开发商没有卖出的也是这样",
      source: heads,
      case: `${largest.units} 套、${areaWords(readArea(largest.area))}`,
    },
    {
      rule: `${SETTINGS.parkingCounts.name}：${settingWords("parkingCounts", settings.parkingCounts)}`,
      source: SETTINGS.parkingCounts.source,
      case: leftOut.units === 0 ? "没有不计入的" : `${leftOut.units} 个、${areaWords(readArea(leftOut.area))}不计入`,
    },
    {
      rule: SETTINGS.transfer.name,
      source: SETTINGS.transfer.source,
      case: settingWords("transfer", settings.transfer),
    },
  ];
}

/** The roll as canonical lines, one a head in the order of their ids: id, area in m², its units. */
export function rollLines(heads: readonly RollHead[]): string {
  return heads
    .toSorted((a, b) => (a.id < b.id ? -1 : 1))
    .map(({ id, area: size, units }) => {
      const held = units
        .map((unit) => `${unit.unit} ${areaText(unit.area)}`)
        .toSorted()
        .join(",");
      return `${id}\t${areaText(size)}\t${held}\n`;
    })
    .join("");
}

/** SHA-256 of the roll's canonical lines in UTF-8: whoever has the roll can compute it again. */
export function fingerprintOf(heads: readonly RollHead[]): string {
  return sha256(rollLines(heads));
}

// ---- Drafting and giving notice -------------------------------------------------------------------------------------

/** The earliest day on which voting may open when notice is given on that day. */
export function earliestOpening(noticed: Day, settings: Settings): Day {
  return plusDays(noticed, settings.noticeDays);
}

function fault(code: string, column: string, message: string, remedy: string): Fault {
  return { code, column, message, remedy };
}

/** What is wrong with the days of an assembly by its rules of procedure. */
export function windowFaults(
  { opensOn, closesOn }: Pick<Assembly, "opensOn" | "closesOn">,
  settings: Settings,
): Fault[] {
  const days = daysBetween(opensOn, closesOn) + 1;
  if (days < 1) {
    return [fault("WINDOW_INVERTED", "closesOn", `截止日 ${closesOn} 早于开始日 ${opensOn}。`, "请核对两个日期。")];
  }
  if (days >= settings.windowMin && days <= settings.windowMax) {
    return [];
  }
  const bounds = `议事规则要求 ${settings.windowMin} 到 ${settings.windowMax} 天`;
  const last = days < settings.windowMin ? settings.windowMin : settings.windowMax;
  const remedy = `从 ${opensOn} 开始的，${days < settings.windowMin ? "最早" : "最晚"}到 ${plusDays(opensOn, last - 1)} 截止。`;
  return [fault("WINDOW_LENGTH", "closesOn", `投票期有 ${days} 天，${bounds}。`, remedy)];
}

/** What is asked before a notice may go out. */
export interface NoticeFacts {
  readonly assembly: Assembly;
  readonly matters: readonly Matter[];
  readonly roll: Roll;
  /** The heads who call it together, where owners do, each with what proves it. */
  readonly callers: readonly Caller[];
  readonly settings: Settings;
  readonly today: Day;
}

/** Everything that keeps the notice from going out today; the effects of the matters are checked beside this. */
export function noticeFaults(facts: NoticeFacts): Fault[] {
  const { assembly, matters, roll, settings, today } = facts;
  const earliest = earliestOpening(today, settings);
  return [
    ...(matters.length === 0
      ? [fault("MATTERS_MISSING", "matters", "还没有一项要表决的事项。", "请先加上要表决的事项。")]
      : []),
    ...(assembly.opensOn < earliest
      ? [
          fault(
            "NOTICE_TOO_SHORT",
            "opensOn",
            `今天发通知，到 ${spokenDay(assembly.opensOn)}开始投票只有 ${Math.max(0, daysBetween(today, assembly.opensOn))} 天，` +
              `须提前 ${settings.noticeDays} 天通知全体业主（物业管理条例第十四条）。`,
            `请把开始日改到 ${earliest} 或以后。`,
          ),
        ]
      : []),
    ...windowFaults(assembly, settings),
    ...callFaults(assembly.calledBy, { callers: facts.callers, all: totalOf(roll.heads), settings }),
    ...rollFaults(roll),
  ];
}

const UNHELD_SHOWN = 5;

function rollFaults({ heads, unheld }: Roll): Fault[] {
  if (unheld.length > 0) {
    const named = unheld.slice(0, UNHELD_SHOWN).map(({ name }) => name);
    const more = unheld.length > named.length ? `等 ${unheld.length} 户` : "";
    const remedy = "请先把它们的业主补进房屋资料；开发商没有卖出的，业主就是开发商。";
    return [fault("UNIT_WITHOUT_OWNER", "roll", `${named.join("、")}${more}没有登记业主，定不下名册。`, remedy)];
  }
  return heads.length === 0
    ? [fault("ROLL_EMPTY", "roll", "房屋资料里没有一户可以投票。", "请先导入房屋和业主。")]
    : [];
}

/** The heads that owners who call an assembly stand for; they are named by their id or by any of their units. */
export function callersIn(
  heads: readonly RollHead[],
  named: readonly string[],
): { readonly heads: RollHead[]; readonly unknown: string[] } {
  const byName = new Map(
    heads.flatMap((head) => [head.id, ...head.units.map(({ unit }) => unit)].map((name) => [name, head])),
  );
  const found = named.map((name) => [name, byName.get(name) ?? byName.get(sortedJoint(name))] as const);
  return {
    heads: [...new Set(found.flatMap(([, head]) => (head === undefined ? [] : [head])))],
    unknown: found.flatMap(([name, head]) => (head === undefined ? [name] : [])),
  };
}

/** "P2+P1" → "P1+P2" */
function sortedJoint(id: string): string {
  return holdersOf(id).join("+");
}

// ---- Deliveries -----------------------------------------------------------------------------------------------------

/** How a notice and its ballot came to an owner. */
export const DELIVERY_WAYS = ["in-person", "letter", "electronic", "phone", "posted"] as const;
export type DeliveryWay = (typeof DELIVERY_WAYS)[number];

const WAY_NAMES: Readonly<Record<DeliveryWay, string>> = {
  "in-person": "当面送达",
  letter: "信件",
  electronic: "电子送达",
  phone: "电话告知",
  posted: "张贴公告",
};

export function wayName(way: DeliveryWay): string {
  return WAY_NAMES[way];
}

/** The ways in which a ballot comes into somebody's hands; a call, or a notice on a board, is none. */
export const REACHING: readonly DeliveryWay[] = ["in-person", "letter", "electronic"];

export interface Delivery {
  readonly head: string;
  readonly how: DeliveryWay;
  readonly day: Day;
  readonly note: string;
}
