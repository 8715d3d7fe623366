// SQL of proofs of delivery, and of what owners say they have seen.
import type { Db, Tx } from "../platform/db.ts";
import type { RollUnit } from "../tally/rules.ts";
import type { Proof } from "./rules.ts";

/** Which assembly of which community. */
export interface Place {
  readonly community: string;
  readonly assembly: number;
}

/** The papers of an assembly's deliveries, in the order in which they came. */
export async function proofsOf(db: Db, at: Place): Promise<Proof[]> {
  const rows: { sha: string; seq: number; units: string; recorded_by: string }[] = await db("delivery_paper as p")
    .join("delivery as d", { "d.community": "p.community", "d.assembly": "p.assembly", "d.seq": "p.delivery" })
    .join("roll_head as r", { "r.community": "d.community", "r.assembly": "d.assembly", "r.head": "d.head" })
    .where({ "p.community": at.community, "p.assembly": at.assembly })
    .orderBy("d.seq")
    .select("p.sha", "d.seq", "r.units", "d.recorded_by");
  const checks: { sha: string; through: number; checked_by: string }[] = await db("delivery_check")
    .where(at)
    .select("sha", "through", "checked_by");
  const bySha = new Map<string, typeof rows>();
  for (const row of rows) {
    bySha.set(row.sha, [...(bySha.get(row.sha) ?? []), row]);
  }
  return [...bySha].map(([sha, some]): Proof => {
    const through = Math.max(...some.map(({ seq }) => seq));
    const check = checks.find((each) => each.sha === sha && each.through >= through);
    return {
      sha,
      heads: some.map(({ units }) => (JSON.parse(units) as RollUnit[]).map(({ unit }) => unit).join("、")),
      by: [...new Set(some.map((row) => row.recorded_by))],
      through,
      checkedBy: check?.checked_by ?? null,
    };
  });
}

export async function insertCheck(
  tx: Tx,
  at: Place,
  { sha, through }: Pick<Proof, "sha" | "through">,
  checked: { readonly by: string; readonly at: Date },
): Promise<void> {
  await tx("delivery_check").insert({
    ...at,
    sha,
    through,
    checked_by: checked.by,
    checked_at: checked.at.toISOString(),
  });
}

/** Which of these heads have said that they saw the notice. */
export async function readBy(db: Db, at: Place, heads: readonly string[]): Promise<string[]> {
  return db("notice_reading")
    .where(at)
    .whereIn("head", [...heads])
    .pluck("head");
}

export async function insertReadings(
  tx: Tx,
  at: Place,
  heads: readonly string[],
  read: { readonly by: string; readonly at: Date },
): Promise<void> {
  await tx("notice_reading").insert(
    heads.map((head) => ({ ...at, head, account: read.by, read_at: read.at.toISOString() })),
  );
}
