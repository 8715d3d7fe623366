// SQL of the sweeps.
import { fen } from "../base/money.ts";
import { month, type Month } from "../base/month.ts";
import type { Db, Tx } from "../platform/db.ts";
import type { Sweep } from "./rules.ts";

export async function insertSweep(tx: Tx, community: string, sweep: Sweep): Promise<void> {
  const { month: m, free, reserve, share, swept } = sweep;
  await tx("sweep").insert({ community, month: m, free, reserve, share, swept });
}

/** The sweep of that month, if one happened. */
export async function findSweep(db: Db, community: string, m: Month): Promise<Sweep | null> {
  const row = await db("sweep").where({ community, month: m }).first();
  return row === undefined
    ? null
    : {
        month: month(row.month),
        free: fen(row.free),
        reserve: fen(row.reserve),
        share: row.share,
        swept: fen(row.swept),
      };
}
