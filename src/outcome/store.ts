// SQL of counts and objections. A count is added once; an objection is added, then answered.
import { REACHING } from "../assembly/rules.ts";
import type { Db, Tx } from "../platform/db.ts";
import { area, type Count } from "../tally/rules.ts";
import type { Objection, Outcome, Unreturned, Verdict } from "./rules.ts";

/** A count as it was kept. */
export interface Kept {
  readonly outcome: Outcome;
  readonly bytes: string;
  readonly digest: string;
}

export async function insertOutcome(
  tx: Tx,
  community: string,
  assembly: number,
  sealed: { readonly bytes: string; readonly digest: string },
  counted: { readonly by: string; readonly at: Date },
): Promise<void> {
  const { bytes, digest } = sealed;
  await tx("outcome").insert({
    community,
    assembly,
    bytes,
    digest,
    counted_by: counted.by,
    counted_at: counted.at.toISOString(),
  });
}

export async function findOutcome(db: Db, community: string, assembly: number): Promise<Kept | null> {
  const row: { bytes: string; digest: string } | undefined = await db("outcome")
    .where({ community, assembly })
    .first("bytes", "digest");
  return row === undefined ? null : { ...row, outcome: JSON.parse(row.bytes) as Outcome };
}

interface ObjectionRow {
  readonly id: number;
  readonly head: string;
  readonly account: string;
  readonly text: string;
  readonly raised_at: string;
  readonly verdict: Verdict;
  readonly answer: string;
  readonly proposed_by: string | null;
  readonly answered_by: string | null;
  readonly answered_at: string | null;
}

/** In the order in which they were raised. */
export async function objectionsOf(db: Db, community: string, assembly: number): Promise<Objection[]> {
  const rows: ObjectionRow[] = await db("objection").where({ community, assembly }).orderBy("id");
  const hidings: { objection: number; is_hidden: number; reason: string }[] = await db("objection_hiding")
    .where({ community, assembly })
    .orderBy("seq")
    .select("objection", "is_hidden", "reason");
  const hidden = new Map(hidings.map((row) => [row.objection, row.is_hidden === 1 ? row.reason : null]));
  return rows.map((row) => ({
    id: row.id,
    head: row.head,
    account: row.account,
    text: row.text,
    raisedAt: row.raised_at,
    verdict: row.verdict,
    answer: row.answer,
    proposedBy: row.proposed_by,
    answeredBy: row.answered_by,
    answeredAt: row.answered_at,
    hidden: hidden.get(row.id) ?? null,
  }));
}

export async function insertObjection(
  tx: Tx,
  community: string,
  assembly: number,
  objection: Pick<Objection, "id" | "head" | "account" | "text" | "raisedAt">,
): Promise<void> {
  const { id, head, account, text, raisedAt } = objection;
  await tx("objection").insert({
    community,
    assembly,
    id,
    head,
    account,
    text,
    raised_at: raisedAt,
    verdict: "open",
    answer: "",
  });
}

/** Keeps an objection's words from the public, or shows them again; what was done before stays. */
export async function insertHiding(
  tx: Tx,
  { community, assembly, id }: { readonly community: string; readonly assembly: number; readonly id: number },
  hiding: { readonly isHidden: boolean; readonly reason: string },
  recorded: { readonly by: string; readonly at: Date },
): Promise<void> {
  const at = { community, assembly, objection: id };
  const last = await tx("objection_hiding").where(at).max({ last: "seq" }).first();
  await tx("objection_hiding").insert({
    ...at,
    seq: Number(last?.["last"] ?? 0) + 1,
    is_hidden: hiding.isHidden ? 1 : 0,
    reason: hiding.reason,
    recorded_by: recorded.by,
    recorded_at: recorded.at.toISOString(),
  });
}

/** Notes who holds it right, and why: it stays open until a second person agrees. */
export async function proposeUpheld(
  tx: Tx,
  at: { readonly community: string; readonly assembly: number; readonly id: number },
  proposal: { readonly by: string; readonly answer: string },
): Promise<void> {
  await tx("objection").where(at).update({ proposed_by: proposal.by, answer: proposal.answer });
}

export async function answerObjection(
  tx: Tx,
  at: { readonly community: string; readonly assembly: number; readonly id: number },
  answered: {
    readonly verdict: Exclude<Verdict, "open">;
    readonly answer: string;
    readonly by: string;
    readonly at: Date;
  },
): Promise<void> {
  const { verdict, answer, by } = answered;
  const row = { verdict, answer, answered_by: by, answered_at: answered.at.toISOString() };
  await tx("objection")
    .where(at)
    .update(verdict === "dismissed" ? { ...row, proposed_by: null } : row);
}

/** Counted votes that are neither final nor void, in every community: what time alone may make final. */
export async function unfinished(db: Db): Promise<{ readonly community: string; readonly assembly: number }[]> {
  const rows: { community: string; id: number }[] = await db("assembly")
    .whereNotNull("closed_at")
    .whereNull("finished_at")
    .orderBy(["community", "id"])
    .select("community", "id");
  return rows.map(({ community, id }) => ({ community, assembly: id }));
}

/**
 * Heads to whom the ballot was brought, and who sent none back, by what proves it. What came to the desk counts when it was
 * recorded before the voting opened, with its paper, and somebody else held that paper against it: whoever records
 * deliveries while the votes come in would decide them.
 */
export async function unreturnedOf(db: Db, community: string, assembly: number, opening: Date): Promise<Unreturned> {
  const before = opening.toISOString();
  const of = (alias: string) =>
    `${alias}.community = r.community and ${alias}.assembly = r.assembly and ${alias}.head = r.head`;
  const delivered = db("delivery as d").whereRaw(of("d")).whereIn("d.how", REACHING);
  const read = db("notice_reading as n").whereRaw(of("n")).where("n.read_at", "<", before);
  const same = (alias: string) => ({ [`${alias}.community`]: "d.community", [`${alias}.assembly`]: "d.assembly" });
  const proved = delivered
    .clone()
    .join("delivery_paper as p", { ...same("p"), "p.delivery": "d.seq" })
    .join("delivery_check as c", { ...same("c"), "c.sha": "p.sha" })
    .whereRaw("c.through >= d.seq and c.checked_by <> d.recorded_by")
    .where("d.recorded_at", "<", before);
  const proof = db.raw("case when exists ? then 'read' when exists ? then 'proved' else 'unproved' end", [
    read.select(db.raw("1")),
    proved.select(db.raw("1")),
  ]);
  const heads = db("roll_head as r")
    .where({ "r.community": community, "r.assembly": assembly })
    .whereExists(delivered.clone().select(db.raw("1")))
    .whereNotExists(db("ballot as b").whereRaw(of("b")).select(db.raw("1")))
    .select("r.area", { proof })
    .as("h");
  const rows: { proof: keyof Unreturned; heads: number | string; area: number | string }[] = await db(heads)
    .groupBy("h.proof")
    .select("h.proof")
    .count({ heads: "*" })
    .sum({ area: "h.area" });
  const counted = (wanted: keyof Unreturned): Count => {
    const row = rows.find((each) => each.proof === wanted);
    return { heads: Number(row?.heads ?? 0), area: area(Number(row?.area ?? 0)) };
  };
  return { read: counted("read"), proved: counted("proved"), unproved: counted("unproved") };
}
