// A payee is found in capitals and small letters alike: two spellings of a name would be two suppliers, and what is paid to
// each of them would stay below a band.
import type { Knex } from "knex";

export async function up(db: Knex): Promise<void> {
  await db.raw("create index supplier_named on supplier (community, lower(name))");
}

export async function down(db: Knex): Promise<void> {
  await db.raw("drop index supplier_named");
}
