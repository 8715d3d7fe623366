// SQL of vouchers: everything is only ever added.
import { insertTogether, type Db, type Tx } from "../platform/db.ts";
import {
  fromRecord,
  toRecord,
  type Decision,
  type Page,
  type PublicCopy,
  type Quota,
  type Supersession,
  type Voucher,
  type VoucherKind,
} from "./rules.ts";

// ---- Vouchers ---------------------------------------------------------------------------------------------------

interface VoucherRow {
  sha256: string;
  kind: VoucherKind;
  name: string;
  bytes: number;
  uploaded_by: string;
  uploaded_at: string;
  invoice: string | null;
}

const COLUMNS = ["sha256", "kind", "name", "bytes", "uploaded_by", "uploaded_at", "invoice"] as const;

/** Adds vouchers with their pages; those that the community has already are left alone. */
export async function insertVouchers(tx: Tx, community: string, vouchers: readonly Voucher[]): Promise<void> {
  await insertTogether(tx, [
    {
      table: "voucher",
      rows: vouchers.map(({ sha, kind, name, bytes, by, at, invoice }) => ({
        community,
        sha256: sha,
        kind,
        name,
        bytes,
        uploaded_by: by,
        uploaded_at: at,
        invoice: invoice === null ? null : JSON.stringify(toRecord(invoice)),
        invoice_number: invoice?.number ?? null,
      })),
      onConflict: "on conflict do nothing",
    },
    {
      table: "voucher_page",
      rows: vouchers.flatMap(({ sha, pages }) =>
        pages.map(({ image, thumbnail, width, height }, index) => ({
          community,
          sha256: sha,
          page: index + 1,
          image,
          thumbnail,
          width,
          height,
        })),
      ),
      onConflict: "on conflict do nothing",
    },
  ]);
}

/** Those of the vouchers that there are, in the order of `shas`. */
export async function vouchersBySha(db: Db, community: string, shas: readonly string[]): Promise<Voucher[]> {
  const rows: VoucherRow[] = await db("voucher")
    .where({ community })
    .whereIn("sha256", shas)
    .select(...COLUMNS);
  const vouchers = new Map((await withPages(db, community, rows)).map((voucher) => [voucher.sha, voucher]));
  return shas.flatMap((sha) => vouchers.get(sha) ?? []);
}

/** Where a list goes on: after this voucher. */
export interface After {
  readonly at: string;
  readonly sha: string;
}

/** The newest vouchers, or the newest of those for which nobody decided yet what the public may see. */
export async function newestVouchers(
  db: Db,
  community: string,
  { after, limit, undecided }: { readonly after: After | null; readonly limit: number; readonly undecided: boolean },
): Promise<Voucher[]> {
  const asked = db("voucher as v").where("v.community", community);
  if (after !== null) {
    void asked.whereRaw("(v.uploaded_at, v.sha256) < (?, ?)", [after.at, after.sha]);
  }
  if (undecided) {
    void asked.whereRaw(UNDECIDED);
  }
  const rows: VoucherRow[] = await asked
    .orderBy([
      { column: "v.uploaded_at", order: "desc" },
      { column: "v.sha256", order: "desc" },
    ])
    .limit(limit)
    .select(COLUMNS.map((column) => `v.${column}`));
  return withPages(db, community, rows);
}

/** What was superseded before anybody saw it needs no decision any more. */
const UNDECIDED = `not exists (select 1 from voucher_copy c where c.community = v.community and c.sha256 = v.sha256)
  and not exists (select 1 from voucher_supersession s where s.community = v.community and s.old = v.sha256)`;

export async function countUndecided(db: Db, community: string): Promise<number> {
  const row = await db("voucher as v")
    .where("v.community", community)
    .whereRaw(UNDECIDED)
    .count({ count: "*" })
    .first();
  return Number(row?.["count"] ?? 0);
}

/** How much somebody brought in since a moment. */
export async function usedSince(db: Db, community: string, by: string, since: string): Promise<Quota> {
  const row = await db("voucher")
    .where({ community, uploaded_by: by })
    .where("uploaded_at", ">", since)
    .first(db.raw("count(*) as files, cast(coalesce(sum(bytes), 0) as bigint) as bytes"));
  return { files: Number(row.files), bytes: Number(row.bytes) };
}

async function withPages(db: Db, community: string, rows: readonly VoucherRow[]): Promise<Voucher[]> {
  const found: (Page & { sha256: string })[] = await db("voucher_page")
    .where({ community })
    .whereIn(
      "sha256",
      rows.map((row) => row.sha256),
    )
    .orderBy(["sha256", "page"])
    .select("sha256", "image", "thumbnail", "width", "height");
  const pages = new Map<string, Page[]>();
  for (const { sha256, ...page } of found) {
    pages.set(sha256, [...(pages.get(sha256) ?? []), page]);
  }
  return rows.map((row) => ({
    sha: row.sha256,
    kind: row.kind,
    name: row.name,
    bytes: row.bytes,
    by: row.uploaded_by,
    at: row.uploaded_at,
    invoice: row.invoice === null ? null : fromRecord(JSON.parse(row.invoice)),
    pages: pages.get(row.sha256) ?? [],
  }));
}

// ---- Public copies ----------------------------------------------------------------------------------------------

interface CopyRow {
  sha256: string;
  version: number;
  copy: string;
  decision: string;
  pages: string;
  decided_by: string;
  decided_at: string;
}

export async function insertCopy(tx: Tx, community: string, sha: string, copy: PublicCopy): Promise<void> {
  await tx("voucher_copy").insert({
    community,
    sha256: sha,
    version: copy.version,
    copy: copy.sha,
    decision: JSON.stringify(copy.decision),
    pages: JSON.stringify(copy.pages),
    decided_by: copy.by,
    decided_at: copy.at,
  });
}

/** Every decision on those vouchers, the newest last. */
export async function copiesOf(db: Db, community: string, shas: readonly string[]): Promise<Map<string, PublicCopy[]>> {
  const rows: CopyRow[] = await db("voucher_copy")
    .where({ community })
    .whereIn("sha256", shas)
    .orderBy(["sha256", "version"])
    .select("sha256", "version", "copy", "decision", "pages", "decided_by", "decided_at");
  const copies = new Map<string, PublicCopy[]>();
  for (const row of rows) {
    const copy: PublicCopy = {
      sha: row.copy,
      version: row.version,
      decision: JSON.parse(row.decision) as Decision,
      pages: JSON.parse(row.pages) as Page[],
      by: row.decided_by,
      at: row.decided_at,
    };
    copies.set(row.sha256, [...(copies.get(row.sha256) ?? []), copy]);
  }
  return copies;
}

// ---- Entries ----------------------------------------------------------------------------------------------------

export async function insertEntryVouchers(
  tx: Tx,
  community: string,
  seq: number,
  shas: readonly string[],
): Promise<void> {
  const rows = shas.map((sha, index) => ({ community, sha256: sha, seq, place: index + 1 }));
  await insertTogether(tx, [{ table: "voucher_entry", rows }]);
}

/** The vouchers of those entries, each entry's in their order. */
export async function entryVouchers(
  db: Db,
  community: string,
  seqs: readonly number[],
): Promise<{ seq: number; sha: string }[]> {
  return db("voucher_entry")
    .where({ community })
    .whereIn("seq", seqs)
    .orderBy(["seq", "place"])
    .select("seq", { sha: "sha256" });
}

/** The entries that a voucher proves: its own, and those of every voucher whose place it took. */
export async function entriesProvenBy(db: Db, community: string, sha: string): Promise<number[]> {
  const rows: { seq: number }[] = await db
    .withRecursive("line", ["sha"], (line) => {
      void line
        .select("sha256")
        .from("voucher")
        .where({ community, sha256: sha })
        .union((before) => {
          void before
            .select("s.old")
            .from("voucher_supersession as s")
            .join("line", "s.replacement", "line.sha")
            .where("s.community", community);
        });
    })
    .from("line")
    .join("voucher_entry as e", "e.sha256", "line.sha")
    .where("e.community", community)
    .orderBy("e.seq")
    .distinct("e.seq");
  return rows.map((row) => row.seq);
}

/** Opens vouchers to the public at a page; those that are open there already stay so. */
export async function insertShown(tx: Tx, community: string, shas: readonly string[], place: string): Promise<void> {
  const rows = shas.map((sha) => ({ community, sha256: sha, place }));
  await insertTogether(tx, [{ table: "voucher_shown", rows, onConflict: "on conflict do nothing" }]);
}

/** The pages at which the public may open a voucher although it proves no entry. */
export async function placesOf(db: Db, community: string, sha: string): Promise<string[]> {
  return db("voucher_shown").where({ community, sha256: sha }).orderBy("place").pluck("place");
}

// ---- Supersessions ----------------------------------------------------------------------------------------------

export async function insertSupersession(tx: Tx, community: string, supersession: Supersession): Promise<void> {
  const { old, replacement, reason, by, at } = supersession;
  await tx("voucher_supersession").insert({
    community,
    old,
    replacement,
    reason,
    superseded_by: by,
    superseded_at: at,
  });
}

/** The supersessions in which any of those vouchers takes part. */
export async function supersessionsOf(db: Db, community: string, shas: readonly string[]): Promise<Supersession[]> {
  return db("voucher_supersession")
    .where({ community })
    .where((either) => {
      void either.whereIn("old", shas).orWhereIn("replacement", shas);
    })
    .orderBy(["superseded_at", "old"])
    .select("old", "replacement", "reason", { by: "superseded_by", at: "superseded_at" });
}
