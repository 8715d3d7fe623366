// SQL of what resolutions changed. Rows are only ever added.
import { month, type Month } from "../base/month.ts";
import type { Db, Tx } from "../platform/db.ts";
import type { Effect } from "./rules.ts";

/** What a resolution changed, as it was applied, and the month from which it really holds. */
export interface Applied {
  readonly effect: Effect;
  readonly from: Month | null;
  /** Why it could not be carried out when the resolution became final; "" when it was. */
  readonly refused: string;
}

export async function insertApplied(
  tx: Tx,
  community: string,
  resolution: string,
  { effect, from, refused }: Applied,
  now: Date,
): Promise<void> {
  const detail = JSON.stringify({ effect, refused });
  await tx("effect").insert({ community, resolution, from_month: from, detail, applied_at: now.toISOString() });
}

export async function appliedBy(db: Db, community: string, resolution: string): Promise<Applied | null> {
  const row = await db("effect").where({ community, resolution }).first("from_month", "detail");
  if (row === undefined) {
    return null;
  }
  const { effect, refused } = JSON.parse(row.detail) as Pick<Applied, "effect" | "refused">;
  return { effect, refused, from: row.from_month === null ? null : month(row.from_month) };
}
