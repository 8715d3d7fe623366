// SQL of the committee's decisions. Rows are only ever added.
import { day, type Day } from "../base/month.ts";
import { nextNumber, type Db, type Tx } from "../platform/db.ts";
import type { Decision, DecisionEffect, Vote } from "./rules.ts";

export async function insertDecision(
  tx: Tx,
  community: string,
  decision: Omit<Decision, "id" | "votes" | "passed" | "postedOn">,
): Promise<number> {
  const { title, text, effect, opensOn, closesOn, proposedBy, proposedAt, members } = decision;
  const id = await nextNumber(tx, "council_decision", { community }, "id");
  await tx("council_decision").insert({
    community,
    id,
    title,
    text,
    effect: JSON.stringify(effect),
    opens_on: opensOn,
    closes_on: closesOn,
    proposed_by: proposedBy,
    proposed_at: proposedAt,
  });
  await tx("council_member").insert(members.map((account) => ({ community, decision: id, account })));
  return id;
}

export async function insertVote(tx: Tx, community: string, decision: number, vote: Vote): Promise<void> {
  await tx("council_vote").insert({ community, decision, ...vote });
}

export async function insertPosting(
  tx: Tx,
  community: string,
  decision: number,
  posted: { readonly day: Day; readonly by: string; readonly at: Date },
): Promise<void> {
  const recorded = { recorded_by: posted.by, recorded_at: posted.at.toISOString() };
  await tx("council_posting").insert({ community, decision, day: posted.day, ...recorded });
}

interface DecisionRow {
  id: number;
  title: string;
  text: string;
  effect: string;
  opens_on: string;
  closes_on: string;
  proposed_by: string;
  proposed_at: string;
  number: string | null;
  decided_on: string | null;
  posted_on: string | null;
}

function toDecision(row: DecisionRow): Omit<Decision, "members" | "votes"> {
  const { id, title, text, number } = row;
  return {
    id,
    title,
    text,
    effect: JSON.parse(row.effect) as DecisionEffect,
    opensOn: day(row.opens_on),
    closesOn: day(row.closes_on),
    proposedBy: row.proposed_by,
    proposedAt: row.proposed_at,
    passed: number === null ? null : { number, on: day(row.decided_on ?? "") },
    postedOn: row.posted_on === null ? null : day(row.posted_on),
  };
}

/** Decisions, newest first: all, or those of these numbers. */
export async function decisionsOf(db: Db, community: string, ids?: readonly number[]): Promise<Decision[]> {
  const query = db("council_decision as d")
    .leftJoin("resolution as r", { "r.community": "d.community", "r.decision": "d.id" })
    .leftJoin("council_posting as p", { "p.community": "d.community", "p.decision": "d.id" })
    .where("d.community", community)
    .orderBy("d.id", "desc")
    .select("d.id", "d.title", "d.text", "d.effect", "d.opens_on", "d.closes_on", "d.proposed_by", "d.proposed_at")
    .select({ number: "r.number", decided_on: "r.decided_on", posted_on: "p.day" });
  const rows: DecisionRow[] = await (ids === undefined ? query : query.whereIn("d.id", ids));
  const of = (table: string) =>
    db(table)
      .where({ community })
      .whereIn(
        "decision",
        rows.map(({ id }) => id),
      );
  const members: { decision: number; account: string }[] = await of("council_member").orderBy(["decision", "account"]);
  const votes: (Vote & { decision: number })[] = await of("council_vote").orderBy(["decision", "at", "account"]);
  return rows.map((row) => ({
    ...toDecision(row),
    members: members.filter(({ decision }) => decision === row.id).map(({ account }) => account),
    votes: votes
      .filter(({ decision }) => decision === row.id)
      .map(({ account, choice, at }) => ({ account, choice, at })),
  }));
}
