// SQL of handovers.
import { day } from "../base/month.ts";
import type { Db, Tx } from "../platform/db.ts";
import type { Handover } from "./rules.ts";

export async function insertHandover(
  tx: Tx,
  community: string,
  { resolution, outgoing, company, day: on, startedOn }: Omit<Handover, "isVoid">,
): Promise<void> {
  await tx("handover").insert({ community, resolution, outgoing, company, day: on, started_on: startedOn });
}

/** All handovers, the one that lies furthest ahead first. */
export async function handoversOf(db: Db, community: string): Promise<Handover[]> {
  const rows = await db("handover as h")
    .leftJoin("resolution_void as v", { "v.community": "h.community", "v.resolution": "h.resolution" })
    .where({ "h.community": community })
    .orderBy([
      { column: "h.day", order: "desc" },
      { column: "h.resolution", order: "desc" },
    ])
    .select("h.resolution", "h.outgoing", "h.company", "h.day", "h.started_on", "v.from_month");
  return rows.map((row) => ({
    resolution: row.resolution,
    outgoing: row.outgoing,
    company: row.company,
    day: day(row.day),
    startedOn: day(row.started_on),
    isVoid: row.from_month !== null,
  }));
}
