// The register at work: a number is given once, and everything that rests on a resolution finds it here.
import { refuse } from "../base/refusal.ts";
import type { Db, Tx } from "../platform/db.ts";
import { nextNumber, type Decided, type Resolution } from "./rules.ts";
import * as store from "./store.ts";

export { findResolution, listResolutions, resolutionOfMatter, resolutionsQuestion } from "./store.ts";

/** Gives what was decided its number and puts it into the register. */
export async function register(
  tx: Tx,
  community: string,
  decided: Decided,
  recorded: store.Recorded,
): Promise<Resolution> {
  const number = nextNumber(decided, await store.numbersOf(tx, community));
  await store.insertResolution(tx, community, { ...decided, number }, recorded);
  return { ...decided, number, voided: null };
}

/** The numbers in the register: a basis that is among them is shown as a link. */
export async function registeredNumbers(db: Db, community: string): Promise<ReadonlySet<string>> {
  return new Set(await store.numbersOf(db, community));
}

export async function resolutionOr404(db: Db, community: string, number: string): Promise<Resolution> {
  const resolution = await store.findResolution(db, community, number);
  if (resolution === null) {
    throw refuse("RESOLUTION_UNKNOWN", `没有编号为「${number}」的决议。`, "请在决议登记簿里找。", 404);
  }
  return resolution;
}
