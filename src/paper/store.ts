// SQL of scanned papers.
import type { Db, Tx } from "../platform/db.ts";

/** A scanned paper, by the hash of its bytes, with the hashes of its pages' pictures. */
export interface Paper {
  readonly sha: string;
  readonly name: string;
  readonly pages: readonly string[];
}

/** Keeps a paper; the same bytes are the same paper. */
export async function insertPaper(
  tx: Tx,
  community: string,
  paper: Paper,
  recorded: { readonly by: string; readonly at: string },
): Promise<void> {
  const { sha, name, pages } = paper;
  await tx("ballot_file")
    .insert({
      community,
      sha,
      name,
      pages: JSON.stringify(pages),
      recorded_by: recorded.by,
      recorded_at: recorded.at,
    })
    .onConflict(["community", "sha"])
    .ignore();
}

export async function findPaper(db: Db, community: string, sha: string): Promise<Paper | null> {
  const row = await db("ballot_file").where({ community, sha }).first("sha", "name", "pages");
  return row === undefined ? null : { sha: row.sha, name: row.name, pages: JSON.parse(row.pages) as string[] };
}
