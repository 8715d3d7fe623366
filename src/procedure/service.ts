// What other rooms ask of the rules of procedure.
import { dayAt } from "../base/month.ts";
import type { Db } from "../platform/db.ts";
import { procedureOn, type Procedure } from "./rules.ts";
import { proceduresOf } from "./store.ts";

export { insertProcedure, proceduresOf } from "./store.ts";

/** The rules of procedure in force at that instant. */
export async function procedureAt(db: Db, community: string, now: Date): Promise<Procedure> {
  return procedureOn(await proceduresOf(db, community), dayAt(now));
}
