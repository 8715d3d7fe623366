// Changes past the program, as somebody with the database file can make them.
import type { Db } from "../../src/platform/db.ts";

/** Makes the change with every trigger dropped, and puts them back. SQLite only. */
export async function pastTheProgram(db: Db, change: () => Promise<unknown>): Promise<void> {
  const triggers: { name: string; sql: string }[] = await db.raw(
    "select name, sql from sqlite_schema where type = 'trigger'",
  );
  for (const { name } of triggers) {
    await db.raw(`drop trigger ${name}`);
  }
  try {
    await change();
  } finally {
    for (const { sql } of triggers) {
      await db.raw(sql);
    }
  }
}
