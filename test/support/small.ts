// A small community of its own for each test: two flats and a shop that begins in February; 102 owes 50.50 for
// December, 101 has prepaid 30.00.
import { writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { Refusal } from "../../src/base/refusal.ts";
import { importFolder } from "../../src/intake/service.ts";
import type { Db } from "../../src/platform/db.ts";
import { listening, SMALL_COMMUNITY, smallFolder, writeFolder } from "./folders.ts";

let communities = 0;
let folder = "";

type Files = Readonly<Partial<Record<"units.csv" | "rates.csv" | "opening.csv", string>>>;

/** The import folder of that community; one folder on disk serves all of them. */
export function folderOf(code: string, changes: Files = {}, about: object = {}): string {
  folder = folder === "" ? writeFolder({}) : folder;
  const files = smallFolder();
  for (const name of ["units.csv", "rates.csv", "opening.csv"] as const) {
    writeFileSync(path.join(folder, name), changes[name] ?? files[name] ?? "");
  }
  writeFileSync(path.join(folder, "community.json"), JSON.stringify({ ...SMALL_COMMUNITY, code, ...about }));
  return folder;
}

/** Brings a new community in and answers its code. */
export async function moveIn(db: Db, about: object = {}): Promise<string> {
  communities += 1;
  const code = `c${communities}`;
  await importFolder(db, folderOf(code, {}, about), listening());
  return code;
}

/** The code of the refusal that a promise ends in; fails when it ends otherwise. */
export async function refusalOf(promise: Promise<unknown>): Promise<string> {
  const error: unknown = await promise.catch((each: unknown) => each);
  if (error instanceof Error && !(error instanceof Refusal)) {
    throw error;
  }
  expect(error).to.be.instanceOf(Refusal);
  return (error as Refusal).code;
}
