// SQL of what owners said about calling an assembly, and of the papers on which they signed its call.
import type { Db, Tx } from "../platform/db.ts";
import type { Word } from "./rules.ts";

/** Which assembly of which community. */
export interface Place {
  readonly community: string;
  readonly assembly: number;
}

interface Recorded {
  readonly by: string;
  readonly at: Date;
}

/** All that was said, in its order. */
export async function wordsOf(db: Db, at: Place): Promise<Word[]> {
  const rows: { head: string; account: string; is_mine: number; about: string }[] = await db("caller_word")
    .where(at)
    .orderBy("seq")
    .select("head", "account", "is_mine", "about");
  return rows.map(({ head, account, is_mine: isMine, about }) => ({ head, account, isMine: isMine === 1, about }));
}

export async function insertWords(tx: Tx, at: Place, words: readonly Word[], saidAt: Date): Promise<void> {
  const last = await tx("caller_word").where(at).max({ seq: "seq" }).first();
  const first = Number(last?.seq ?? 0) + 1;
  const rows = words.map(({ head, account, isMine, about }, index) => ({
    ...at,
    seq: first + index,
    head,
    account,
    is_mine: isMine ? 1 : 0,
    about,
    said_at: saidAt.toISOString(),
  }));
  await tx("caller_word").insert(rows);
}

/** The hashes of the scans of the signed call, in the order in which they came. */
export async function callPapers(db: Db, at: Place): Promise<string[]> {
  return db("call_paper").where(at).orderBy(["recorded_at", "sha"]).pluck("sha");
}

/** Keeps a scan of the signed call; the same bytes are the same paper. */
export async function insertCallPaper(tx: Tx, at: Place, sha: string, recorded: Recorded): Promise<void> {
  await tx("call_paper")
    .insert({ ...at, sha, recorded_by: recorded.by, recorded_at: recorded.at.toISOString() })
    .onConflict(["community", "assembly", "sha"])
    .ignore();
}
