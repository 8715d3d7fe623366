// SQL of the versions of the rules of procedure. Rows are only added.
import { day } from "../base/month.ts";
import type { Db, Tx } from "../platform/db.ts";
import { changedSettings, DEFAULTS, type Procedure, type Settings } from "./rules.ts";

/** Who recorded it, and when: not part of any computation. */
export interface Recorded {
  readonly by: string;
  readonly at: Date;
}

/** All versions a community decided, in their order. A setting that a version does not know has its default. */
export async function proceduresOf(db: Db, community: string): Promise<Procedure[]> {
  const rows: { seq: number; from_day: string; settings: string; resolution: string }[] = await db("procedure")
    .where({ community })
    .orderBy("seq")
    .select("seq", "from_day", "settings", "resolution");
  return rows.map((row) => ({
    seq: row.seq,
    from: day(row.from_day),
    settings: readSettings(row.settings),
    resolution: row.resolution,
  }));
}

function readSettings(json: string): Settings {
  return changedSettings(DEFAULTS, JSON.parse(json) as Settings);
}

export async function insertProcedure(
  tx: Tx,
  community: string,
  version: Procedure,
  { by, at }: Recorded,
): Promise<void> {
  await tx("procedure").insert({
    community,
    seq: version.seq,
    from_day: version.from,
    settings: JSON.stringify(version.settings),
    resolution: version.resolution,
    recorded_by: by,
    recorded_at: at.toISOString(),
  });
}
