// The rules of procedure: what holds, what held, and what each setting means.
import { z } from "zod";
import { dayAt } from "../base/month.ts";
import { query } from "../door/service.ts";
import type { Db } from "../platform/db.ts";
import { nothing } from "../platform/input.ts";
import {
  DEFAULTS,
  procedureOn,
  SETTING_KEYS,
  SETTINGS,
  settingsSchema,
  settingWords,
  type Procedure,
} from "./rules.ts";
import { proceduresOf } from "./store.ts";

export { insertProcedure, proceduresOf } from "./store.ts";

/** The rules of procedure in force at that instant. */
export async function procedureAt(db: Db, community: string, now: Date): Promise<Procedure> {
  return procedureOn(await proceduresOf(db, community), dayAt(now));
}

const versionOutput = z.object({
  version: z.number(),
  from: z.string().nullable(),
  resolution: z.string().nullable(),
});

/** Open to all: owners must know by which rules they vote, before they join. */
export const showProcedure = query({
  name: "showProcedure",
  title: "业主大会议事规则",
  may: "anyone",
  input: nothing,
  output: versionOutput.extend({
    settings: settingsSchema,
    words: z.array(
      z.object({
        key: z.string(),
        name: z.string(),
        value: z.string(),
        otherwise: z.string().meta({ description: "the default, in words" }),
        meaning: z.string(),
        source: z.string(),
      }),
    ),
    history: z.array(versionOutput),
  }),
  run: async ({ db, community, now }) => {
    const versions = await proceduresOf(db, community);
    const { settings, ...current } = procedureOn(versions, dayAt(now));
    return {
      ...toVersion(current),
      settings,
      words: SETTING_KEYS.map((key) => ({
        key,
        ...SETTINGS[key],
        value: settingWords(key, settings[key]),
        otherwise: settingWords(key, DEFAULTS[key]),
      })),
      history: versions.map(toVersion).toReversed(),
    };
  },
});

function toVersion({ seq, from, resolution }: Omit<Procedure, "settings">): z.input<typeof versionOutput> {
  return { version: seq, from, resolution };
}
