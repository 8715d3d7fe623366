// SQL of the register of resolutions. Rows are only ever added.
import { day, month } from "../base/month.ts";
import { answer, nextNumber, type Db, type Question, type Tx } from "../platform/db.ts";
import type { Body, Decided, Proposal, Resolution, Speaker, Voiding } from "./rules.ts";

/** Who recorded it, and when. */
export interface Recorded {
  readonly by: string;
  readonly at: Date;
}

export async function insertResolution(
  tx: Tx,
  community: string,
  resolution: Decided & { readonly number: string },
  { by, at }: Recorded,
): Promise<void> {
  const { number, body, kind, title, text, decidedOn } = resolution;
  await tx("resolution").insert({
    community,
    number,
    body,
    kind,
    title,
    text,
    decided_on: decidedOn,
    assembly: resolution.assembly ?? null,
    matter: resolution.matter ?? null,
    decision: resolution.decision ?? null,
    document: resolution.document ?? null,
    recorded_by: by,
    recorded_at: at.toISOString(),
  });
}

export async function insertVoiding(
  tx: Tx,
  community: string,
  number: string,
  voiding: Omit<Voiding, "at">,
  { by, at }: Recorded,
): Promise<void> {
  await tx("resolution_void").insert({
    community,
    resolution: number,
    from_month: voiding.from,
    reason: voiding.reason,
    document: voiding.document,
    successor: voiding.successor,
    recorded_by: by,
    recorded_at: at.toISOString(),
  });
}

interface ResolutionRow {
  number: string;
  body: Body;
  kind: string;
  title: string;
  text: string;
  decided_on: string;
  assembly: number | null;
  matter: number | null;
  decision: number | null;
  document: string | null;
  void_from: string | null;
  void_reason: string | null;
  void_document: string | null;
  void_successor: string | null;
  void_at: string | null;
}

const COLUMNS = [
  "number",
  "body",
  "kind",
  "title",
  "text",
  "decided_on",
  "assembly",
  "matter",
  "decision",
  "document",
  "void_from",
  "void_reason",
  "void_document",
  "void_successor",
  "void_at",
] as const;

function toResolution(row: ResolutionRow): Resolution {
  const { number, body, kind, title, text } = row;
  return {
    number,
    body,
    kind,
    title,
    text,
    decidedOn: day(row.decided_on),
    ...(row.assembly === null ? {} : { assembly: row.assembly }),
    ...(row.matter === null ? {} : { matter: row.matter }),
    ...(row.decision === null ? {} : { decision: row.decision }),
    ...(row.document === null ? {} : { document: row.document }),
    voided:
      row.void_from === null
        ? null
        : {
            from: month(row.void_from),
            reason: row.void_reason ?? "",
            document: row.void_document,
            successor: row.void_successor,
            at: row.void_at ?? "",
          },
  };
}

/** All resolutions, or the one of that number: newest first. */
export function resolutionsQuestion(community: string, number?: string): Question<Resolution[]> {
  return {
    columns: COLUMNS,
    query: (db) =>
      db("resolution as r")
        .leftJoin("resolution_void as v", { "v.community": "r.community", "v.resolution": "r.number" })
        .where({ "r.community": community, ...(number === undefined ? {} : { "r.number": number }) })
        .orderBy([
          { column: "r.decided_on", order: "desc" },
          { column: "r.recorded_at", order: "desc" },
          { column: "r.number", order: "desc" },
        ])
        .select({
          number: "r.number",
          body: "r.body",
          kind: "r.kind",
          title: "r.title",
          text: "r.text",
          decided_on: "r.decided_on",
          assembly: "r.assembly",
          matter: "r.matter",
          decision: "r.decision",
          document: "r.document",
          void_from: "v.from_month",
          void_reason: "v.reason",
          void_document: "v.document",
          void_successor: "v.successor",
          void_at: "v.recorded_at",
        }),
    read: (rows: readonly ResolutionRow[]) => rows.map(toResolution),
  };
}

export async function listResolutions(db: Db, community: string): Promise<Resolution[]> {
  return answer(db, resolutionsQuestion(community));
}

export async function findResolution(db: Db, community: string, number: string): Promise<Resolution | null> {
  return (await answer(db, resolutionsQuestion(community, number)))[0] ?? null;
}

export async function voidedOf(db: Db, community: string): Promise<string[]> {
  return db("resolution_void").where({ community }).pluck("resolution");
}

/** The numbers of a community's register, for links. */
export async function numbersOf(db: Db, community: string): Promise<string[]> {
  return db("resolution").where({ community }).orderBy("number").pluck("number");
}

/** The resolution that a matter of a vote became; null while it has become none. */
export async function resolutionOfMatter(
  db: Db,
  community: string,
  assembly: number,
  matter: number,
): Promise<string | null> {
  const row = await db("resolution").where({ community, assembly, matter }).first("number");
  return row?.number ?? null;
}

// ---- Proposals --------------------------------------------------------------------------------------------------

export async function insertProposal(tx: Tx, community: string, proposal: Omit<Proposal, "id">): Promise<number> {
  const id = await nextNumber(tx, "resolution_proposal", { community }, "id");
  const { act, ...detail } = proposal.wish;
  await tx("resolution_proposal").insert({
    community,
    id,
    act,
    detail: JSON.stringify(detail),
    document: proposal.document,
    side: proposal.side,
    recorded_by: proposal.by,
    recorded_at: proposal.at,
  });
  return id;
}

/** What waits for an answer, oldest first. */
export async function openProposals(db: Db, community: string): Promise<Proposal[]> {
  const rows = await db("resolution_proposal as p")
    .leftJoin("resolution_answer as a", { "a.community": "p.community", "a.proposal": "p.id" })
    .where({ "p.community": community })
    .whereNull("a.proposal")
    .orderBy("p.id")
    .select("p.id", "p.act", "p.detail", "p.document", "p.side", "p.recorded_by", "p.recorded_at");
  return rows.map((row) => ({
    id: row.id,
    wish: { act: row.act, ...(JSON.parse(row.detail) as object) } as Proposal["wish"],
    document: row.document,
    side: row.side,
    by: row.recorded_by,
    at: row.recorded_at,
  }));
}

export async function insertAnswer(
  tx: Tx,
  community: string,
  proposal: number,
  answered: { readonly answer: "confirmed" | "declined" | "withdrawn"; readonly side: Speaker },
  { by, at }: Recorded,
): Promise<void> {
  const recorded = { recorded_by: by, recorded_at: at.toISOString() };
  await tx("resolution_answer").insert({ community, proposal, ...answered, ...recorded });
}
