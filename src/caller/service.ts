// What proves an owners' call, for the rooms that prepare assemblies and announce them.
import type { Db } from "../platform/db.ts";
import type { Said } from "./rules.ts";
import * as store from "./store.ts";

export { callPapers, insertCallPaper, insertWords, type Place } from "./store.ts";

/** What is known of who calls an assembly in that wording. */
export async function saidOf(db: Db, at: store.Place, wording: string): Promise<Said> {
  const papers = await store.callPapers(db, at);
  return { words: await store.wordsOf(db, at), wording, hasPaper: papers.length > 0 };
}
