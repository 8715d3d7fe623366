// SQL of assemblies, their matters, the frozen roll and the deliveries.
import { day } from "../base/month.ts";
import { answer, insertAll, nextNumber, readMany, type Db, type Question, type Tx } from "../platform/db.ts";
import type { CallerKind, Settings } from "../procedure/rules.ts";
import { area, holdersOf, type BallotKind, type MatterKind, type RollUnit } from "../tally/rules.ts";
import type { Assembly, Delivery, DeliveryWay, Matter, Notice, RollHead } from "./rules.ts";

// ---- Assemblies and matters ---------------------------------------------------------------------------------------

/** What a draft says beside its matters. */
export type Draft = Pick<Assembly, "title" | "ballot" | "calledBy" | "opensOn" | "closesOn">;

interface AssemblyRow {
  readonly id: number;
  readonly title: string;
  readonly ballot: BallotKind;
  readonly called_by: CallerKind;
  readonly opens_on: string;
  readonly closes_on: string;
  readonly created_by: string;
  readonly created_at: string;
  readonly noticed_at: string | null;
  readonly roll_heads: number | null;
  readonly roll_area: number | null;
  readonly fingerprint: string | null;
  readonly settings: string | null;
  readonly roll_cases: string | null;
  readonly closed_at: string | null;
  readonly finished_at: string | null;
  readonly void_reason: string | null;
}

function toAssembly(row: AssemblyRow): Assembly {
  return {
    id: row.id,
    title: row.title,
    ballot: row.ballot,
    calledBy: row.called_by,
    opensOn: day(row.opens_on),
    closesOn: day(row.closes_on),
    createdBy: row.created_by,
    createdAt: row.created_at,
    notice:
      row.noticed_at === null
        ? null
        : {
            at: row.noticed_at,
            roll: { heads: row.roll_heads ?? 0, area: area(row.roll_area ?? 0) },
            fingerprint: row.fingerprint ?? "",
            settings: JSON.parse(row.settings ?? "") as Settings,
            cases: JSON.parse(row.roll_cases ?? "") as Notice["cases"],
          },
    closedAt: row.closed_at,
    finishedAt: row.finished_at,
    voidReason: row.void_reason,
  };
}

const draftRow = ({ title, ballot, calledBy, opensOn, closesOn }: Draft) => ({
  title,
  ballot,
  called_by: calledBy,
  opens_on: opensOn,
  closes_on: closesOn,
});

/** Adds a draft and answers its number, the next of the community. */
export async function insertAssembly(
  tx: Tx,
  community: string,
  draft: Draft,
  created: { readonly by: string; readonly at: Date },
): Promise<number> {
  const id = await nextNumber(tx, "assembly", { community }, "id");
  const row = { community, id, ...draftRow(draft), created_by: created.by, created_at: created.at.toISOString() };
  await tx("assembly").insert(row);
  return id;
}

export async function updateDraft(tx: Tx, community: string, id: number, draft: Draft): Promise<void> {
  await tx("assembly").where({ community, id }).update(draftRow(draft));
}

/** All assemblies, the newest first. */
export async function assembliesOf(db: Db, community: string): Promise<Assembly[]> {
  const rows: AssemblyRow[] = await db("assembly").where({ community }).orderBy("id", "desc");
  return rows.map(toAssembly);
}

const ASSEMBLY = [
  "id",
  "title",
  "ballot",
  "called_by",
  "opens_on",
  "closes_on",
  "created_by",
  "created_at",
  "noticed_at",
  "roll_heads",
  "roll_area",
  "fingerprint",
  "settings",
  "roll_cases",
  "closed_at",
  "finished_at",
  "void_reason",
] as const satisfies readonly (keyof AssemblyRow)[];

export function assemblyQuestion(community: string, id: number): Question<Assembly | null> {
  return {
    columns: ASSEMBLY,
    query: (db) =>
      db("assembly")
        .where({ community, id })
        .select(...ASSEMBLY),
    read: ([row]: readonly AssemblyRow[]) => (row === undefined ? null : toAssembly(row)),
  };
}

export async function findAssembly(db: Db, community: string, id: number): Promise<Assembly | null> {
  return answer(db, assemblyQuestion(community, id));
}

/** The matters in the order of the notice. */
export async function mattersOf(db: Db, community: string, assembly: number): Promise<Matter[]> {
  const rows: { place: number; kind: MatterKind; title: string; text: string; effect: string }[] = await db("matter")
    .where({ community, assembly })
    .orderBy("place")
    .select("place", "kind", "title", "text", "effect");
  return rows.map((row) => ({ ...row, effect: JSON.parse(row.effect) as unknown }));
}

/** Replaces the matters of a draft; the database refuses it once the notice went out. */
export async function replaceMatters(
  tx: Tx,
  community: string,
  assembly: number,
  matters: readonly Matter[],
): Promise<void> {
  await tx("matter").where({ community, assembly }).delete();
  const rows = matters.map(({ effect, ...matter }) => ({
    community,
    assembly,
    ...matter,
    effect: JSON.stringify(effect ?? null),
  }));
  await insertAll(tx, "matter", rows);
}

/** The heads who call it together, as they were when they were recorded. */
export async function callersOf(db: Db, community: string, assembly: number): Promise<CallingHead[]> {
  const rows: { head: string; area: number }[] = await db("assembly_caller")
    .where({ community, assembly })
    .orderBy("head")
    .select("head", "area");
  return rows.map((row) => ({ id: row.head, area: area(row.area) }));
}

/** A head who calls an assembly together with others. */
export type CallingHead = Pick<RollHead, "id" | "area">;

/** Drafts of owners' calls, and the heads in each that any of these owners stands behind. */
export async function callsNaming(
  db: Db,
  community: string,
  owners: readonly string[],
): Promise<readonly { readonly assembly: number; readonly heads: readonly string[] }[]> {
  const rows: { assembly: number; head: string }[] = await db("assembly_caller as c")
    .join("assembly as a", { "a.community": "c.community", "a.id": "c.assembly" })
    .where({ "c.community": community, "a.called_by": "owners" })
    .whereNull("a.noticed_at")
    .whereNull("a.finished_at")
    .orderBy(["c.assembly", "c.head"])
    .select("c.assembly", "c.head");
  const mine = rows.filter(({ head }) => holdersOf(head).some((owner) => owners.includes(owner)));
  return [...new Set(mine.map(({ assembly }) => assembly))].map((assembly) => ({
    assembly,
    heads: mine.filter((row) => row.assembly === assembly).map(({ head }) => head),
  }));
}

/** Replaces the heads who call a draft. */
export async function replaceCallers(
  tx: Tx,
  community: string,
  assembly: number,
  callers: readonly CallingHead[],
): Promise<void> {
  await tx("assembly_caller").where({ community, assembly }).delete();
  const rows = callers.map(({ id, area: size }) => ({ community, assembly, head: id, area: size }));
  await insertAll(tx, "assembly_caller", rows);
}

// ---- The roll -----------------------------------------------------------------------------------------------------

/** Keeps the roll; only then may the notice go out, and after it nobody is added. */
export async function insertRoll(
  tx: Tx,
  community: string,
  assembly: number,
  heads: readonly RollHead[],
): Promise<void> {
  const rows = heads.map(({ id, area: size, units }) => ({
    community,
    assembly,
    head: id,
    area: size,
    units: JSON.stringify(units),
  }));
  await insertAll(tx, "roll_head", rows);
  const holders = heads.flatMap(({ id, sharers = [] }) =>
    [...holdersOf(id), ...sharers].map((owner) => ({ community, assembly, owner, head: id })),
  );
  await insertAll(tx, "roll_holder", holders);
}

const ROLL = ["head", "area", "units"];

/** The rows of the roll that a question finds, by head. */
export async function readHeads(db: Db, asked: Parameters<typeof readMany>[1]): Promise<RollHead[]> {
  const rows = (await readMany(db, asked.orderBy("head").select(ROLL), ROLL)) as [string, number, string][];
  return rows.map(([id, size, units]) => ({ id, area: area(size), units: JSON.parse(units) as RollUnit[] }));
}

/** The whole roll, by head. */
export function rollOf(db: Db, community: string, assembly: number): Promise<RollHead[]> {
  return readHeads(db, db("roll_head").where({ community, assembly }));
}

/** The rows of the roll in which any of these owners has a share; who votes for a head is told by its id. */
export function headsOfOwners(
  db: Db,
  community: string,
  assembly: number,
  owners: readonly string[],
): Promise<RollHead[]> {
  const at = { community, assembly };
  const held = db("roll_holder")
    .where(at)
    .whereIn("owner", [...owners])
    .select("head");
  return readHeads(db, db("roll_head").where(at).whereIn("head", held));
}

/** What the notice freezes, recorded last: from then on the database refuses every change. */
export async function insertNotice(
  tx: Tx,
  community: string,
  id: number,
  notice: Omit<Notice, "at"> & { readonly at: Date },
): Promise<void> {
  await tx("assembly")
    .where({ community, id })
    .update({
      noticed_at: notice.at.toISOString(),
      roll_heads: notice.roll.heads,
      roll_area: notice.roll.area,
      fingerprint: notice.fingerprint,
      settings: JSON.stringify(notice.settings),
      roll_cases: JSON.stringify(notice.cases),
    });
}

// ---- Deliveries -----------------------------------------------------------------------------------------------------

/** Everything that was delivered, in the order in which it was recorded. */
export async function deliveriesOf(db: Db, community: string, assembly: number): Promise<Delivery[]> {
  const columns = ["head", "how", "day", "note"] as const;
  const asked = db("delivery")
    .where({ community, assembly })
    .orderBy("seq")
    .select(...columns);
  const rows = (await readMany(db, asked, columns)) as [string, DeliveryWay, string, string][];
  return rows.map(([head, how, on, note]) => ({ head, how, day: day(on), note }));
}

export async function insertDeliveries(
  tx: Tx,
  community: string,
  assembly: number,
  deliveries: readonly Delivery[],
  recorded: { readonly by: string; readonly at: Date; readonly document: string | null },
): Promise<void> {
  const first = await nextNumber(tx, "delivery", { community, assembly }, "seq");
  const rows = deliveries.map(({ head, how, day: on, note }, index) => ({
    community,
    assembly,
    seq: first + index,
    head,
    how,
    day: on,
    note,
    recorded_by: recorded.by,
    recorded_at: recorded.at.toISOString(),
  }));
  await insertAll(tx, "delivery", rows);
  const { document } = recorded;
  const proved =
    document === null ? [] : rows.map(({ seq }) => ({ community, assembly, delivery: seq, sha: document }));
  await insertAll(tx, "delivery_paper", proved);
}

/** To how many heads anything was delivered. */
export async function reachedOf(db: Db, community: string, assembly: number): Promise<number> {
  const row = await db("delivery").where({ community, assembly }).countDistinct({ heads: "head" }).first();
  return Number(row?.heads ?? 0);
}

// ---- The end ------------------------------------------------------------------------------------------------------

/** Records that the count was made. */
export async function recordClosed(tx: Tx, community: string, id: number, at: Date): Promise<void> {
  await tx("assembly").where({ community, id }).update({ closed_at: at.toISOString() });
}

/** Records that it is final, or with a reason that it is void. */
export async function recordFinished(
  tx: Tx,
  community: string,
  id: number,
  end: { readonly at: Date; readonly voidReason: string | null },
): Promise<void> {
  await tx("assembly")
    .where({ community, id })
    .update({ finished_at: end.at.toISOString(), void_reason: end.voidReason });
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
