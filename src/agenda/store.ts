// SQL of what is to be decided now: counts and newest rows of the rooms on the left, asked together in one trip.
import type { Day } from "../base/month.ts";
import type { Outcome } from "../outcome/rules.ts";
import { standingsQuestion } from "../plan/service.ts";
import { answerTogether, type Answers, type Db, type Question } from "../platform/db.ts";

export interface Counted {
  readonly assembly: number;
  readonly outcome: Outcome;
}

/** The counts of votes that are neither final nor void, and of the newest one that was counted at all. */
function countsQuestion(community: string): Question<Counted[]> {
  return {
    columns: ["assembly", "bytes"],
    query: (db) =>
      db("outcome as o")
        .join("assembly as a", { "a.community": "o.community", "a.id": "o.assembly" })
        .where("o.community", community)
        .where((each) => {
          const newest = db("outcome").where({ community }).max("assembly");
          void each.whereNull("a.finished_at").orWhere("o.assembly", newest);
        })
        .orderBy("o.assembly", "desc")
        .select("o.assembly", "o.bytes"),
    read: (rows: readonly { assembly: number; bytes: string }[]) =>
      rows.map(({ assembly, bytes }) => ({ assembly, outcome: JSON.parse(bytes) as Outcome })),
  };
}

/** The newest resolution that stands, and which years have a budget. */
function decidedQuestions(community: string) {
  const latest: Question<{ readonly number: string; readonly title: string } | null> = {
    columns: ["number", "title"],
    query: (db) =>
      db("resolution as r")
        .leftJoin("resolution_void as v", { "v.community": "r.community", "v.resolution": "r.number" })
        .where("r.community", community)
        .whereNull("v.resolution")
        .orderBy("r.recorded_at", "desc")
        .limit(1)
        .select("r.number", "r.title"),
    read: ([row]: readonly { number: string; title: string }[]) => row ?? null,
  };
  const budgeted: Question<number[]> = {
    columns: ["year"],
    query: (db) => db("budget_line").where({ community }).groupBy("year").orderBy("year").select("year"),
    read: (rows: readonly { year: number }[]) => rows.map(({ year }) => year),
  };
  return { latest, budgeted };
}

interface Waiting {
  /** Comments that are shown and have no answer, by the year of the plan. */
  readonly comments: Question<readonly { readonly year: number; readonly count: number }[]>;
  /** Objections without an answer, by vote. */
  readonly objections: Question<readonly { readonly assembly: number; readonly count: number }[]>;
  /** The committee's decisions that are not over, or not on the notice board yet. */
  readonly decisions: Question<number[]>;
}

function waitingQuestions(community: string, today: Day): Waiting {
  return {
    comments: {
      columns: ["year", "count"],
      query: (db) => {
        const of = "x.community = c.community and x.year = c.year and x.comment = c.id";
        const later = "l.community = x.community and l.year = x.year and l.comment = x.comment and l.seq > x.seq";
        const shownAgain = db("plan_hiding as l").whereRaw(later).select(db.raw("1"));
        const hidden = db("plan_hiding as x").whereRaw(of).where("x.is_hidden", 1).whereNotExists(shownAgain);
        return db("plan_comment as c")
          .where("c.community", community)
          .whereNotExists(db("plan_answer as x").whereRaw(of).select(db.raw("1")))
          .whereNotExists(hidden.select(db.raw("1")))
          .groupBy("c.year")
          .orderBy("c.year")
          .select("c.year")
          .count({ count: "*" });
      },
      read: (rows) => rows,
    },
    objections: {
      columns: ["assembly", "count"],
      query: (db) =>
        db("objection")
          .where({ community, verdict: "open" })
          .groupBy("assembly")
          .select("assembly")
          .count({ count: "*" }),
      read: (rows) => rows,
    },
    decisions: {
      columns: ["id"],
      query: (db) =>
        db("council_decision as d")
          .leftJoin("resolution as r", { "r.community": "d.community", "r.decision": "d.id" })
          .leftJoin("council_posting as p", { "p.community": "d.community", "p.decision": "d.id" })
          .where("d.community", community)
          .whereNull("p.decision")
          .where((each) => void each.whereNotNull("r.number").orWhere("d.closes_on", ">=", today))
          .orderBy("d.id")
          .select("d.id"),
      read: (rows: readonly { id: number }[]) => rows.map(({ id }) => id),
    },
  };
}

function openQuestions(community: string, year: number) {
  return {
    plans: standingsQuestion(community, year),
    counts: countsQuestion(community),
    ...decidedQuestions(community),
  };
}

/** What everybody may know of the community's decisions; plans from that year on. */
export function openFacts(db: Db, community: string, year: number): Promise<Answers<ReturnType<typeof openQuestions>>> {
  return answerTogether(db, openQuestions(community, year));
}

function deskQuestions(community: string, year: number, today: Day) {
  return {
    plans: standingsQuestion(community, year),
    counts: countsQuestion(community),
    ...waitingQuestions(community, today),
  };
}

/** What waits for somebody at the desk; plans from that year on. */
export function deskFacts(
  db: Db,
  community: string,
  about: { readonly year: number; readonly today: Day },
): Promise<Answers<ReturnType<typeof deskQuestions>>> {
  return answerTogether(db, deskQuestions(community, about.year, about.today));
}
