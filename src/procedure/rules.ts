// The rules of procedure of an owners' assembly (业主大会议事规则) as named settings. Every default has its source here
// and nowhere else; a community changes them by a resolution on a matter of kind `rules`.
import { z } from "zod";
import type { Day } from "../base/month.ts";
import type { Fault } from "../base/refusal.ts";
import { BALLOT_KINDS, ballotKindName, UNRETURNED_POLICIES, type UnreturnedPolicy } from "../tally/rules.ts";

/** Who may call an assembly. */
export const CALLERS = ["committee", "owners", "supervisor"] as const;
export type CallerKind = (typeof CALLERS)[number];

function days(min: number, max: number, otherwise: number) {
  return z.int("应为整数").min(min, `不能少于 ${min}`).max(max, `不能多于 ${max}`).default(otherwise);
}

/**
 * All settings with their bounds and defaults. Sources are told by {@link SETTINGS}; art. 278's own fractions are law
 * and no settings.
 */
export const settingsSchema = z.strictObject({
  noticeDays: days(7, 60, 15),
  windowMin: days(1, 60, 5),
  windowMax: days(1, 180, 60),
  parkingCounts: z.boolean("应为 true 或 false").default(true),
  parkingUses: z
    .array(z.string().trim().min(1, "用途不能为空").max(30, "最多 30 个字"), "应为用途的列表")
    .max(20, "最多 20 种用途")
    .default(["车位", "车库", "储藏室"]),
  jointHolders: z.enum(["separate", "merged"], "应为 separate 或 merged").default("separate"),
  transfer: z.enum(["roll-day", "new-holder"], "应为 roll-day 或 new-holder").default("roll-day"),
  ballot: z.enum(BALLOT_KINDS, "应为 open 或 secret").default("open"),
  proxies: z.boolean("应为 true 或 false").default(true),
  proxyMax: days(1, 20, 3),
  unreturned: z.enum(UNRETURNED_POLICIES, "应为 absent、abstain 或 majority").default("absent"),
  unreturnedClause: z.string("应为文字").trim().max(300, "最多 300 个字").default(""),
  callers: z
    .array(z.enum(CALLERS, "应为 committee、owners 或 supervisor"), "应为列表")
    .min(1, "至少要有一方可以召集")
    .default([...CALLERS]),
  callPercent: days(1, 20, 20),
  objectionDays: days(3, 60, 7),
  announceDays: days(1, 15, 3),
});

export type Settings = z.infer<typeof settingsSchema>;
export type SettingKey = keyof Settings;

interface SettingText {
  readonly name: string;
  /** What it decides, for a reader who knows no law. */
  readonly meaning: string;
  /** Where the default and its bounds come from. */
  readonly source: string;
}

/** What every setting is called and where its default comes from, in the order in which they are read. */
export const SETTINGS: Readonly<Record<SettingKey, SettingText>> = {
  callers: {
    name: "谁可以召集会议",
    meaning: "谁可以发出召开业主大会会议的通知。",
    source:
      "业委会召集；业主提议召开临时会议：物业管理条例第十三条；业委会不召集时由社区、街道组织：业主大会和业主委员会指导规则",
  },
  callPercent: {
    name: "业主联名召集的比例",
    meaning: "联名业主的人数和专有面积都达到全体的这个比例，就可以召集。",
    source: "物业管理条例第十三条、业主大会和业主委员会指导规则第二十一条：20%；议事规则可以定得更低",
  },
  noticeDays: {
    name: "提前通知的天数",
    meaning: "从发出通知到开始投票至少隔这么多天。",
    source: "物业管理条例第十四条：15 日以前通知全体业主；有的地方临时会议为 7 日（杭州市物业管理条例第十九条）",
  },
  windowMin: {
    name: "投票期最短天数",
    meaning: "投票至少开放这么多天。",
    source: "法律没有规定，采用杭州市物业管理条例第二十条的 5 至 60 天",
  },
  windowMax: {
    name: "投票期最长天数",
    meaning: "投票最多开放这么多天。",
    source: "法律没有规定，采用杭州市物业管理条例第二十条的 5 至 60 天",
  },
  parkingCounts: {
    name: "车位、储藏室是否计入表决",
    meaning: "产权车位和储藏室的面积与业主人数算不算在名册里。",
    source:
      "建筑物区分所有权解释第二条：独立登记的车位是专有部分；是否计入由议事规则定：业主大会和业主委员会指导规则第二十五条",
  },
  parkingUses: {
    name: "哪些用途算车位、储藏室",
    meaning: "房屋资料里用途写成这些的，算作车位或储藏室。",
    source: "房屋资料的习惯写法",
  },
  jointHolders: {
    name: "单独有房又与人共有",
    meaning:
      "一位业主单独有一套、又与别人共有一套时：算两人，各自投票；或者把共有的那套并到他名下，算一人，由他投票。" +
      "共有人里恰有一位单独有房才并，没有或不止一位的各算各的；谁也不能替自己没有份的房屋投票。",
    source:
      "法律没有规定；同一人有几套算一人：建筑物区分所有权解释第九条；共有一套推选一人、算一人：业主大会和业主委员会指导规则第二十五条",
  },
  transfer: {
    name: "投票期内房屋换了业主",
    meaning: "名册在发出通知那天定下；之后买房的人能不能投这一票。",
    source: "法律没有规定，默认以名册为准",
  },
  ballot: {
    name: "记名或不记名",
    meaning: "表决票上看不看得出是谁投的。每次会议可以另定。",
    source: "业主大会和业主委员会指导规则第二十二条：书面征求意见由业主本人签名",
  },
  proxies: {
    name: "可否委托他人投票",
    meaning: "业主可以书面委托他人，写明事项、权限和期限。",
    source: "物业管理条例第十二条、业主大会和业主委员会指导规则第二十六条",
  },
  proxyMax: {
    name: "一人最多受几人委托",
    meaning: "同一个人在一次会议里最多替这么多位业主投票。",
    source: "国家没有规定，采用常见的 3 人",
  },
  unreturned: {
    name: "没有收回的表决票",
    meaning:
      "送达了、却没有交回来的表决票怎么算。算进去的，要有开始投票前登记、由两人核对过的送达证明，或业主本人在网上确认看到；结果列出两种算法和凭据。",
    source: "民法典第二百七十八条：没有参与的不计；另定的依据：业主大会和业主委员会指导规则第二十六条",
  },
  unreturnedClause: {
    name: "没有收回的表决票：依据条款",
    meaning: "另有规定的，写明议事规则的哪一条。",
    source: "没有条款就不能另定",
  },
  objectionDays: {
    name: "异议期的天数",
    meaning: "公布结果以后，业主在这么多天里可以提出异议；没有未答复的异议，决议才生效。",
    source: "法律没有规定，默认 7 天；撤销决议另可在一年内起诉：民法典第二百八十条、建筑物区分所有权解释第十二条",
  },
  announceDays: {
    name: "公布结果的期限",
    meaning: "投票结束后最多这么多天公布结果。",
    source: "国家没有规定，采用北京市物业管理条例第三十七条的 3 日",
  },
};

export const SETTING_KEYS = Object.keys(SETTINGS) as readonly SettingKey[];

const CALLER_NAMES: Readonly<Record<CallerKind, string>> = {
  committee: "业委会",
  owners: "联名业主",
  supervisor: "社区或街道（监察人）",
};

export function callerName(caller: CallerKind): string {
  return CALLER_NAMES[caller];
}

const UNRETURNED_WORDS: Readonly<Record<UnreturnedPolicy, string>> = {
  absent: "不算参与",
  abstain: "算参与，不算同意",
  majority: "算参与，随已收回票的多数",
};

/** How each setting is said; the others are told by their number. */
const SAID: { readonly [K in SettingKey]?: (value: Settings[K]) => string } = {
  callers: (value) => value.map(callerName).join("、"),
  callPercent: (value) => `${value}%`,
  parkingCounts: (value) => (value ? "计入" : "不计入"),
  parkingUses: (value) => (value.length === 0 ? "没有" : value.join("、")),
  jointHolders: (value) => (value === "separate" ? "算两人，各自投票" : "并到单独有房的那位名下，由他投票"),
  transfer: (value) => (value === "roll-day" ? "以名册为准" : "前业主还没有投、房屋全部转到同一人的，新业主可以投"),
  ballot: ballotKindName,
  proxies: (value) => (value ? "可以" : "不可以"),
  proxyMax: (value) => `${value} 人`,
  unreturned: (value) => UNRETURNED_WORDS[value],
  unreturnedClause: (value) => (value === "" ? "没有" : value),
};

/** A setting's value in words: "15 天", "不计入". */
export function settingWords<K extends SettingKey>(key: K, value: Settings[K]): string {
  const said = SAID[key];
  return said === undefined ? `${String(value)} 天` : said(value);
}

/** What a setting is chosen from; nothing for numbers, texts and lists. */
export function settingOptions(key: SettingKey): readonly { readonly value: string; readonly label: string }[] {
  const field: z.ZodType = settingsSchema.shape[key].unwrap();
  const answers = field instanceof z.ZodBoolean ? [true, false] : [];
  const values = field instanceof z.ZodEnum ? field.options : answers;
  return values.map((value) => ({ value: String(value), label: settingWords(key, value as never) }));
}

/** What holds until the owners decide otherwise. */
export const DEFAULTS: Settings = settingsSchema.parse({});

/** What a resolution on a matter of kind `rules` may carry: some of the settings, the others stay as they are. */
export const settingsChange = z.strictObject(
  Object.fromEntries(Object.entries(settingsSchema.shape).map(([key, field]) => [key, field.unwrap().optional()])) as {
    [K in SettingKey]: z.ZodOptional<ReturnType<(typeof settingsSchema.shape)[K]["unwrap"]>>;
  },
);

export type SettingsChange = z.infer<typeof settingsChange>;

/** The settings with some of them changed. */
export function changedSettings(settings: Settings, change: SettingsChange): Settings {
  return settingsSchema.parse({ ...settings, ...change });
}

/** What does not go together; none when the settings may become rules of procedure. */
export function settingsFaults(settings: Settings): Fault[] {
  const wrong = (holds: boolean, column: SettingKey, message: string, remedy: string): Fault[] =>
    holds ? [] : [{ code: "SETTINGS_INVALID", column, message, remedy }];
  return [
    ...wrong(
      settings.windowMin <= settings.windowMax,
      "windowMax",
      `投票期最长 ${settings.windowMax} 天短于最短 ${settings.windowMin} 天。`,
      "请让最长不少于最短。",
    ),
    ...wrong(
      settings.parkingCounts || settings.parkingUses.length > 0,
      "parkingUses",
      "车位不计入表决，却没有写明哪些用途是车位。",
      "请写明不计入的用途，例如「车位」。",
    ),
    ...wrong(
      settings.unreturned === "absent" || settings.unreturnedClause !== "",
      "unreturnedClause",
      "未收回的表决票要算作参与，须写明依据议事规则的哪一条。",
      "请写明条款，例如「议事规则第十二条」。",
    ),
  ];
}

/** A version of the rules of procedure, in force from its day until the next version. */
export interface Procedure {
  /** 0 = the defaults, which no resolution made. */
  readonly seq: number;
  readonly from: Day | null;
  readonly settings: Settings;
  /** The number of the resolution it rests on. */
  readonly resolution: string | null;
}

export const DEFAULT_PROCEDURE: Procedure = { seq: 0, from: null, settings: DEFAULTS, resolution: null };

/** The version in force on a day; of several from one day the one recorded last. */
export function procedureOn(versions: readonly Procedure[], day: Day): Procedure {
  let found = DEFAULT_PROCEDURE;
  for (const version of versions.toSorted((a, b) => a.seq - b.seq)) {
    if (version.from !== null && version.from <= day && version.from >= (found.from ?? version.from)) {
      found = version;
    }
  }
  return found;
}
