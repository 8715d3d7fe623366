// Published statements: stored bytes, never updated.
import { month, type Month } from "../base/month.ts";
import type { Db, Tx } from "../platform/db.ts";

/** A published statement as it is kept. */
export interface Published {
  readonly community: string;
  readonly month: Month;
  readonly revision: number;
  /** Canonical JSON, the thing that was published. */
  readonly bytes: string;
  /** Hex SHA-256 of the bytes. */
  readonly digest: string;
  /** The last closed month when it was made: what a later rebuild may know. */
  readonly knownThrough: Month;
  readonly reason: string;
  readonly publishedAt: Date;
}

interface StatementRow {
  community: string;
  month: string;
  revision: number;
  bytes: string;
  digest: string;
  known_through: string;
  reason: string;
  published_at: string;
}

export async function insertStatement(tx: Tx, published: Published): Promise<void> {
  await tx("statement").insert({
    community: published.community,
    month: published.month,
    revision: published.revision,
    bytes: published.bytes,
    digest: published.digest,
    known_through: published.knownThrough,
    reason: published.reason,
    published_at: published.publishedAt.toISOString(),
  });
}

function toPublished(row: StatementRow): Published {
  return {
    community: row.community,
    month: month(row.month),
    revision: row.revision,
    bytes: row.bytes,
    digest: row.digest,
    knownThrough: month(row.known_through),
    reason: row.reason,
    publishedAt: new Date(row.published_at),
  };
}

/** The revision asked for, or the newest one. */
export async function findStatement(
  db: Db,
  community: string,
  m: string,
  revision?: number,
): Promise<Published | null> {
  const row: StatementRow | undefined = await db("statement")
    .where(revision === undefined ? { community, month: m } : { community, month: m, revision })
    .orderBy("revision", "desc")
    .first();
  return row === undefined ? null : toPublished(row);
}

/** Every revision of every month, in order. */
export async function listStatements(db: Db, community: string): Promise<Published[]> {
  const rows: StatementRow[] = await db("statement").where({ community }).orderBy(["month", "revision"]);
  return rows.map(toPublished);
}

/** The numbers of a month's revisions, in order. */
export async function revisionsOf(db: Db, community: string, m: string): Promise<number[]> {
  return db("statement").where({ community, month: m }).orderBy("revision").pluck("revision");
}

/** The months that were published, or told again, at that instant or later. */
export async function publishedSince(db: Db, community: string, instant: string): Promise<Month[]> {
  const months: string[] = await db("statement")
    .where({ community })
    .where("published_at", ">=", instant)
    .distinct()
    .orderBy("month")
    .pluck("month");
  return months.map(month);
}

/** The newest published month, or null. */
export async function newestMonth(db: Db, community: string): Promise<Month | null> {
  const row = await db("statement").where({ community }).max({ newest: "month" }).first();
  return typeof row?.newest === "string" ? month(row.newest) : null;
}
