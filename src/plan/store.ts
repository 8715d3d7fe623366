// SQL of plans. The draft is worked on; versions, comments, answers and steps are only ever added.
import { fromYuan, toYuan, fen } from "../base/money.ts";
import { day } from "../base/month.ts";
import { insertAll, nextNumber, type Db, type Question, type Tx } from "../platform/db.ts";
import type {
  Answer,
  Comment,
  CommentKind,
  Level,
  Line,
  Period,
  ProposedRate,
  Standing,
  Terms,
  Version,
} from "./rules.ts";

/** Who did something, and when: not part of any computation. */
export interface Recorded {
  readonly by: string;
  readonly at: Date;
}

const recordedBy = ({ by, at }: Recorded): { recorded_by: string; recorded_at: string } => ({
  recorded_by: by,
  recorded_at: at.toISOString(),
});

// ---- The draft --------------------------------------------------------------------------------------------------

/** What stands above the lines of a draft. */
export interface DraftHead {
  readonly year: number;
  readonly revision: number;
  readonly terms: Terms;
  readonly period: Period | null;
}

/** A line of the draft; its revision grows with every change. */
export interface DraftLine extends Line {
  readonly revision: number;
}

interface PlanRow {
  year: number;
  revision: number;
  intro: string;
  collection: string;
  rates: string;
  reserves: number;
  gap: string;
  comment_from: string | null;
  comment_until: string | null;
}

function toPeriod({ comment_from: from, comment_until: until }: Pick<PlanRow, "comment_from" | "comment_until">) {
  return from === null || until === null ? null : { from: day(from), until: day(until) };
}

function toHead(row: PlanRow): DraftHead {
  const { year, revision, intro, collection, gap } = row;
  const rates = JSON.parse(row.rates) as ProposedRate[];
  return {
    year,
    revision,
    terms: { intro, collection, rates, reserves: toYuan(fen(row.reserves)), gap },
    period: toPeriod(row),
  };
}

function termsRow({ intro, collection, rates, reserves, gap }: Terms) {
  return { intro, collection, rates: JSON.stringify(rates), reserves: fromYuan(reserves), gap };
}

export async function findHead(db: Db, community: string, year: number): Promise<DraftHead | null> {
  const row: PlanRow | undefined = await db("plan").where({ community, year }).first();
  return row === undefined ? null : toHead(row);
}

export async function insertHead(
  tx: Tx,
  community: string,
  head: { readonly year: number; readonly terms: Terms },
  recorded: Recorded,
): Promise<void> {
  await tx("plan").insert({
    community,
    year: head.year,
    revision: 1,
    ...termsRow(head.terms),
    ...recordedBy(recorded),
  });
}

export async function updateTerms(tx: Tx, community: string, year: number, terms: Terms): Promise<void> {
  await tx("plan").where({ community, year }).update(termsRow(terms)).increment("revision", 1);
}

export async function updatePeriod(tx: Tx, community: string, year: number, { from, until }: Period): Promise<void> {
  await tx("plan").where({ community, year }).update({ comment_from: from, comment_until: until });
}

interface LineRow {
  line: number;
  revision: number;
  account: string;
  title: string;
  note: string;
  levels: string;
  chosen: number;
  files: string;
}

/** The lines of a draft by account, then in the order in which they were added. */
export async function linesOf(db: Db, community: string, year: number): Promise<DraftLine[]> {
  const rows: LineRow[] = await db("plan_line")
    .where({ community, year, is_removed: 0 })
    .orderBy(["account", "line"])
    .select("line", "revision", "account", "title", "note", "levels", "chosen", "files");
  return rows.map(({ line, levels, files, ...row }) => ({
    id: line,
    ...row,
    levels: JSON.parse(levels) as Level[],
    files: JSON.parse(files) as string[],
  }));
}

function lineRow({ account, title, note, levels, chosen, files }: Omit<Line, "id">) {
  return { account, title, note, levels: JSON.stringify(levels), chosen, files: JSON.stringify(files) };
}

/** Adds lines with the next numbers and answers the first of these. */
export async function insertLines(
  tx: Tx,
  community: string,
  year: number,
  lines: readonly Omit<Line, "id">[],
): Promise<number> {
  const first = await nextNumber(tx, "plan_line", { community, year }, "line");
  const rows = lines.map((line, index) => {
    return { community, year, line: first + index, revision: 1, ...lineRow(line), is_removed: 0 };
  });
  await insertAll(tx, "plan_line", rows);
  return first;
}

export async function updateLine(tx: Tx, community: string, year: number, line: Line): Promise<void> {
  await tx("plan_line").where({ community, year, line: line.id }).update(lineRow(line)).increment("revision", 1);
}

export async function removeLine(tx: Tx, community: string, year: number, line: number): Promise<void> {
  await tx("plan_line").where({ community, year, line }).update({ is_removed: 1 }).increment("revision", 1);
}

// ---- Where plans stand --------------------------------------------------------------------------------------------

interface StandingRow {
  readonly year: number;
  readonly comment_from: string | null;
  readonly comment_until: string | null;
  readonly newest: number;
  readonly frozen: number | null;
  readonly adopted: number | null;
  readonly resolution: string | null;
  readonly voided: string | null;
}

function toStanding(row: StandingRow): Standing {
  const { year, newest, frozen, adopted, resolution, voided } = row;
  return {
    year,
    newest,
    period: toPeriod(row),
    frozen,
    adopted: adopted === null || resolution === null ? null : { version: adopted, resolution, voided: voided ?? "" },
  };
}

const OF_PLAN = "x.community = p.community and x.year = p.year";

/** Where the plans of that year and later ones stand, the earliest first. */
export function standingsQuestion(community: string, year: number): Question<Standing[]> {
  const columns = ["year", "comment_from", "comment_until", "newest", "frozen", "adopted", "resolution", "voided"];
  return {
    columns,
    query: (db) => {
      const lastStep = db("plan_step as x")
        .whereRaw(OF_PLAN)
        .orderBy("x.seq", "desc")
        .limit(1)
        .select(db.raw("case when x.step = 'frozen' then x.version end"));
      const newest = db("plan_version as x").whereRaw(OF_PLAN).select(db.raw("coalesce(max(x.version), 0)"));
      return db("plan as p")
        .leftJoin("plan_adoption as a", { "a.community": "p.community", "a.year": "p.year" })
        .leftJoin("resolution_void as v", { "v.community": "a.community", "v.resolution": "a.resolution" })
        .where("p.community", community)
        .where("p.year", ">=", year)
        .orderBy("p.year")
        .select("p.year", "p.comment_from", "p.comment_until", { newest, frozen: lastStep })
        .select({ adopted: "a.version", resolution: "a.resolution", voided: "v.reason" });
    },
    read: (rows: readonly StandingRow[]) => rows.map(toStanding),
  };
}

// ---- Versions and steps -----------------------------------------------------------------------------------------

/** A published version with what stands beside its bytes. */
export interface Published {
  readonly version: Version;
  readonly digest: string;
  readonly at: string;
}

export async function insertVersion(
  tx: Tx,
  community: string,
  published: { readonly version: Version; readonly content: string; readonly digest: string },
  recorded: Recorded,
): Promise<void> {
  const { version, content, digest } = published;
  const key = { community, year: version.year, version: version.version };
  await tx("plan_version").insert({ ...key, content, digest, ...recordedBy(recorded) });
}

/** The published versions of a year's plan, the first first. */
export async function versionsOf(db: Db, community: string, year: number): Promise<Published[]> {
  const rows = await db("plan_version")
    .where({ community, year })
    .orderBy("version")
    .select("content", "digest", "recorded_at");
  return rows.map((row) => ({
    version: JSON.parse(row.content) as Version,
    digest: row.digest,
    at: row.recorded_at,
  }));
}

export async function findVersion(db: Db, community: string, year: number, version: number): Promise<Published | null> {
  const row = await db("plan_version").where({ community, year, version }).first("content", "digest", "recorded_at");
  return row === undefined
    ? null
    : { version: JSON.parse(row.content) as Version, digest: row.digest, at: row.recorded_at };
}

/** The bytes of a version as they were published, which its digest is of. */
export async function contentOf(db: Db, community: string, year: number, version: number): Promise<string | null> {
  const row = await db("plan_version").where({ community, year, version }).first("content");
  return row?.content ?? null;
}

export interface Step {
  readonly step: "frozen" | "reopened";
  readonly version: number;
  readonly reason: string;
  readonly at: string;
}

/** What was done with a plan, the last last. */
export async function stepsOf(db: Db, community: string, year: number): Promise<Step[]> {
  const rows = await db("plan_step")
    .where({ community, year })
    .orderBy("seq")
    .select("step", "version", "reason", "recorded_at");
  return rows.map(({ recorded_at: at, ...row }) => ({ ...row, at }));
}

export async function insertStep(
  tx: Tx,
  community: string,
  year: number,
  step: Omit<Step, "at">,
  recorded: Recorded,
): Promise<void> {
  const seq = await nextNumber(tx, "plan_step", { community, year }, "seq");
  await tx("plan_step").insert({ community, year, seq, ...step, ...recordedBy(recorded) });
}

interface Adoption {
  readonly version: number;
  readonly resolution: string;
}

export async function insertAdoption(tx: Tx, community: string, year: number, adoption: Adoption): Promise<void> {
  await tx("plan_adoption").insert({ community, year, ...adoption });
}

// ---- Comments ---------------------------------------------------------------------------------------------------

interface AnswerRow {
  comment: number;
  side: Answer["side"];
  words: string;
  recorded_at: string;
}

/** What owners said about a year's plan, in order, with the answers; hidden ones with the reason. */
export async function commentsOf(db: Db, community: string, year: number): Promise<Comment[]> {
  const key = { community, year };
  const rows: (Omit<Comment, "by" | "at" | "answers" | "hidden"> & { recorded_by: string; recorded_at: string })[] =
    await db("plan_comment")
      .where(key)
      .orderBy("id")
      .select("id", "line", "version", "kind", "words", "recorded_by", "recorded_at");
  const answers: AnswerRow[] = await db("plan_answer").where(key).orderBy(["comment", "seq"]);
  const hidings: { comment: number; is_hidden: number; reason: string }[] = await db("plan_hiding")
    .where(key)
    .orderBy(["comment", "seq"]);
  const hidden = new Map(hidings.map((row) => [row.comment, row.is_hidden === 1 ? row.reason : null]));
  return rows.map(({ recorded_by: by, recorded_at: at, ...row }) => ({
    ...row,
    by,
    at,
    answers: answers
      .filter(({ comment }) => comment === row.id)
      .map(({ side, words, recorded_at }) => ({ side, words, at: recorded_at })),
    hidden: hidden.get(row.id) ?? null,
  }));
}

/** How many comments somebody wrote since a moment, on all plans. */
export async function countCommentsSince(db: Db, community: string, by: string, since: string): Promise<number> {
  const row = await db("plan_comment")
    .where({ community, recorded_by: by })
    .where("recorded_at", ">", since)
    .count({ count: "*" })
    .first();
  return Number(row?.["count"] ?? 0);
}

export async function insertComment(
  tx: Tx,
  community: string,
  year: number,
  comment: { readonly line: number; readonly version: number; readonly kind: CommentKind; readonly words: string },
  recorded: Recorded,
): Promise<number> {
  const id = await nextNumber(tx, "plan_comment", { community, year }, "id");
  await tx("plan_comment").insert({ community, year, id, ...comment, ...recordedBy(recorded) });
  return id;
}

export async function insertAnswer(
  tx: Tx,
  community: string,
  at: { readonly year: number; readonly comment: number },
  answer: Omit<Answer, "at">,
  recorded: Recorded,
): Promise<void> {
  const seq = await nextNumber(tx, "plan_answer", { community, ...at }, "seq");
  await tx("plan_answer").insert({ community, ...at, seq, ...answer, ...recordedBy(recorded) });
}

export async function insertHiding(
  tx: Tx,
  community: string,
  at: { readonly year: number; readonly comment: number },
  hiding: { readonly isHidden: boolean; readonly reason: string },
  recorded: Recorded,
): Promise<void> {
  const seq = await nextNumber(tx, "plan_hiding", { community, ...at }, "seq");
  const row = { is_hidden: hiding.isHidden ? 1 : 0, reason: hiding.reason };
  await tx("plan_hiding").insert({ community, ...at, seq, ...row, ...recordedBy(recorded) });
}

// ---- Votes --------------------------------------------------------------------------------------------------------

/** That the notice of an assembly asks owners about a version. */
export async function insertVote(
  tx: Tx,
  community: string,
  { plan, version }: { readonly plan: number; readonly version: number },
  { assembly, at }: { readonly assembly: number; readonly at: Date },
): Promise<void> {
  await tx("plan_vote").insert({ community, year: plan, version, assembly, bound_at: at.toISOString() });
}

export async function endVotes(tx: Tx, community: string, assembly: number, at: Date): Promise<void> {
  await tx("plan_vote")
    .where({ community, assembly })
    .whereNull("released_at")
    .update({ released_at: at.toISOString() });
}

/** The vote on a year's plan that is out and neither final nor void; null when there is none. */
export async function openVoteOf(
  db: Db,
  community: string,
  year: number,
): Promise<{ readonly assembly: number; readonly version: number } | null> {
  const row: { assembly: number; version: number } | undefined = await db("plan_vote")
    .where({ community, year })
    .whereNull("released_at")
    .orderBy("assembly")
    .first("assembly", "version");
  return row ?? null;
}
