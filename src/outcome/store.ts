// SQL of counts and objections. A count is added once; an objection is added, then answered.
import { nextNumber, type Db, type Tx } from "../platform/db.ts";
import type { Objection, Outcome, Verdict } from "./rules.ts";

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
  await tx("objection_hiding").insert({
    ...at,
    seq: await nextNumber(tx, "objection_hiding", at, "seq"),
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
