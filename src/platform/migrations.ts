// The migrations by name, in order. Names carry no file ending, so that it does not matter how the code is run.
import type { Knex } from "knex";
import * as books from "../../migrations/0001-books.ts";
import * as access from "../../migrations/0002-access.ts";
import * as vouchers from "../../migrations/0003-vouchers.ts";
import * as spending from "../../migrations/0004-spending.ts";
import * as fees from "../../migrations/0005-fees.ts";
import * as bank from "../../migrations/0006-bank.ts";
import * as resolutions from "../../migrations/0007-resolutions.ts";
import * as assembly from "../../migrations/0008-assembly.ts";
import * as ballot from "../../migrations/0009-ballot.ts";
import * as outcomes from "../../migrations/0010-outcomes.ts";
import * as plans from "../../migrations/0011-plans.ts";
import * as budgetChanges from "../../migrations/0012-budget-changes.ts";
import * as council from "../../migrations/0013-council.ts";
import * as invoices from "../../migrations/0014-invoices.ts";
import * as ownerChecks from "../../migrations/0015-owner-checks.ts";
import * as scrubs from "../../migrations/0016-scrubs.ts";
import * as secondLooks from "../../migrations/0017-second-looks.ts";
import * as secondPeople from "../../migrations/0018-second-people.ts";
import * as bankImportsTakenBack from "../../migrations/0019-bank-imports-taken-back.ts";
import * as lookUps from "../../migrations/0020-look-ups.ts";
import * as supplierNames from "../../migrations/0021-supplier-names.ts";
import * as waivers from "../../migrations/0022-waivers.ts";
import { refuse } from "../base/refusal.ts";
import type { Db } from "./db.ts";

const MIGRATIONS: Readonly<Record<string, Knex.Migration>> = {
  "0001-books": books,
  "0002-access": access,
  "0003-vouchers": vouchers,
  "0004-spending": spending,
  "0005-fees": fees,
  "0006-bank": bank,
  "0007-resolutions": resolutions,
  "0008-assembly": assembly,
  "0009-ballot": ballot,
  "0010-outcomes": outcomes,
  "0011-plans": plans,
  "0012-budget-changes": budgetChanges,
  "0013-council": council,
  "0014-invoices": invoices,
  "0015-owner-checks": ownerChecks,
  "0016-scrubs": scrubs,
  "0017-second-looks": secondLooks,
  "0018-second-people": secondPeople,
  "0019-bank-imports-taken-back": bankImportsTakenBack,
  "0020-look-ups": lookUps,
  "0021-supplier-names": supplierNames,
  "0022-waivers": waivers,
};

const source: Knex.MigrationSource<string> = {
  getMigrations: async () => Object.keys(MIGRATIONS),
  getMigrationName: (name) => name,
  getMigration: async (name) => MIGRATIONS[name] ?? Promise.reject(new Error(`no migration ${name}`)),
};

/** Brings the database to this version's schema; refuses one that a newer version has already changed. */
export async function migrate(db: Db): Promise<void> {
  const applied = await appliedNames(db);
  const unknown = applied.filter((name) => MIGRATIONS[name] === undefined);
  if (unknown.length > 0) {
    throw refuse(
      "DATABASE_NEWER",
      `数据库由更新版本的信义账建立（本版本不认识：${unknown.join("、")}）。`,
      "请改用新版本程序，或恢复升级前的备份；本版本没有改动任何数据。",
      409,
    );
  }
  // Nothing to do must also mean nothing to write: another process may hold the database.
  if (applied.length === Object.keys(MIGRATIONS).length) {
    return;
  }
  await db.migrate.latest({ migrationSource: source, tableName: TABLE });
}

const TABLE = "migration";

async function appliedNames(db: Db): Promise<string[]> {
  return (await db.schema.hasTable(TABLE)) ? db(TABLE).orderBy("id").pluck("name") : [];
}
