// Real databases for tests: every store test runs on SQLite and on PostgreSQL.
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import knex from "knex";
import { openBooks } from "../../src/app.ts";
import type { Db } from "../../src/platform/db.ts";

let postgresUrl = "";
let created = 0;

/** Told once by the root hooks, when the server runs. */
export function announcePostgres(url: string): void {
  postgresUrl = url;
}

export type Dialect = "SQLite" | "PostgreSQL";
export const DIALECTS: readonly Dialect[] = ["SQLite", "PostgreSQL"];

/** An empty database of that kind: its address, and what removes it again. */
export async function emptyDatabase(dialect: Dialect): Promise<{ url: string; remove: () => Promise<void> }> {
  if (dialect === "SQLite") {
    const folder = await mkdtemp(path.join(os.tmpdir(), "xinyi-test-"));
    return {
      url: `sqlite:${path.join(folder, "xinyi.sqlite")}`,
      remove: () => rm(folder, { recursive: true, force: true }),
    };
  }
  created += 1;
  const name = `test_${process.pid}_${created}`;
  const admin = knex({ client: "pg", connection: `${postgresUrl}/postgres`, pool: { min: 0, max: 1 } });
  await admin.raw(`create database ${name}`);
  return {
    url: `${postgresUrl}/${name}`,
    remove: async () => {
      await admin.raw(`drop database ${name} with (force)`);
      await admin.destroy();
    },
  };
}

/** A migrated database of that kind for the tests of one `describe`, opened before them and removed after. */
export function useBooks(dialect: Dialect): { readonly db: Db; readonly url: string } {
  const books = { db: undefined as unknown as Db, url: "" };
  let remove: () => Promise<void>;
  before(async () => {
    const empty = await emptyDatabase(dialect);
    remove = empty.remove;
    books.url = empty.url;
    books.db = await openBooks(empty.url);
  });
  after(async () => {
    await books.db.destroy();
    await remove();
  });
  return books;
}
