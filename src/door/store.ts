// SQL of what commands answered, and of the log of who did what.
import type { Db, Question, Tx } from "../platform/db.ts";

// ---- Answers that commands gave --------------------------------------------------------------------------------

export interface KeptAnswer {
  readonly requestHash: string;
  /** JSON, or "" when it held a secret that is not kept. */
  readonly answer: string;
}

export interface AnswerKey {
  readonly community: string;
  readonly actor: string;
  readonly key: string;
}

export async function findAnswer(db: Db, at: AnswerKey): Promise<KeptAnswer | null> {
  const row = await db("answer").where(at).first("request_hash", "answer");
  return row === undefined ? null : { requestHash: row.request_hash, answer: row.answer };
}

export async function keepAnswer(tx: Tx, at: AnswerKey, kept: KeptAnswer, now: Date): Promise<void> {
  await tx("answer").insert({ ...at, request_hash: kept.requestHash, answer: kept.answer, at: now.toISOString() });
}

/** Forgets answers older than that: a client asks again within minutes. */
export async function forgetAnswers(db: Db, before: Date): Promise<void> {
  await db("answer").where("at", "<", before.toISOString()).delete();
}

// ---- Events ---------------------------------------------------------------------------------------------------

export interface Event {
  readonly community: string;
  readonly at: string;
  readonly id: string;
  readonly actor: string;
  readonly what: string;
  readonly detail: string;
}

export async function insertEvent(db: Db, event: Event): Promise<void> {
  await db("event").insert({ ...event });
}

/** When the newest event of a community was; "" when there is none. Travels with what else must be known. */
export function newestEventQuestion(community: string): Question<string> {
  return {
    columns: ["at"],
    query: (db) => db("event").where({ community }).orderBy("at", "desc").limit(1).select("at"),
    read: ([row]: readonly { at: string }[]) => row?.at ?? "",
  };
}

/** Where a list of events goes on. */
export interface EventPlace {
  readonly at: string;
  readonly id: string;
}

/** The newest events, or those before a place, newest first. */
export async function eventsBefore(
  db: Db,
  community: string,
  before: EventPlace | null,
  count: number,
): Promise<Event[]> {
  const events = db("event").where({ community });
  if (before !== null) {
    void events.whereRaw("(at, id) < (?, ?)", [before.at, before.id]);
  }
  return events
    .orderBy([
      { column: "at", order: "desc" },
      { column: "id", order: "desc" },
    ])
    .limit(count)
    .select("community", "at", "id", "actor", "what", "detail");
}

/** The last thing somebody did in a community from that moment on; null when there is none. */
export async function lastEvent(db: Db, community: string, actor: string, from: Date): Promise<Event | null> {
  const event = await db("event")
    .where({ community, actor })
    .where("at", ">=", from.toISOString())
    .orderBy([
      { column: "at", order: "desc" },
      { column: "id", order: "desc" },
    ])
    .first("community", "at", "id", "actor", "what", "detail");
  return event ?? null;
}
