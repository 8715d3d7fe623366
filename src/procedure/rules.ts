// The rules of procedure of an owners' assembly (业主大会议事规则) as named settings. Every default has its source here
// and nowhere else; a community changes them by a resolution on a matter of kind `rules`.
import { z } from "zod";
import type { Day } from "../base/month.ts";
import type { Fault } from "../base/refusal.ts";
import { UNRETURNED_POLICIES } from "../tally/rules.ts";

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
  ballot: z.enum(["open", "secret"], "应为 open 或 secret").default("open"),
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
