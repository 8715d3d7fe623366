// Look-ups that the books of a large community need: one unit's bills, one owner's units and accounts, one account's
// tokens, what is still open among everything that ever was; and for SQLite, how large its tables become.
import type { Knex } from "knex";

const INDEXES: readonly (readonly [name: string, on: string])[] = [
  // Bills are kept by month; a unit's own would be looked for among everybody's.
  ["bill_unit", "bill (community, unit, period)"],
  ["holding_owner", "holding (community, owner)"],
  ["member_owner", "member (community, role, owner)"],
  ["api_token_account", "api_token (account, community)"],
  // Each owner's letter leaves one.
  ["invitation_open", "invitation (community, role) where used_at is null and revoked_at is null"],
  ["receipt_kind", "receipt (community, kind, number)"],
  ["spend_emergency", "spend (community, id) where ratify_by is not null"],
  // Each new entry looks for the rows that name it.
  ["spend_corrects", "spend (community, corrects) where corrects is not null"],
  ["revenue_payment_entry", "revenue_payment (community, entry)"],
];

/**
 * What SQLite's planner is told of the tables that grow: rows in all, then rows that share the first column of the index,
 * the first two, and so on. Without it, it takes a community for ten rows, and rather reads all of one than looks two
 * columns up. Written by hand, so that a plan does not depend on when somebody counted; `analyze` would overwrite it. An
 * index that is added to one of these tables later needs a line too. The key of a table without rowids has its name.
 */
const SIZES: readonly (readonly [table: string, index: string, rows: string])[] = [
  ["entry", "sqlite_autoindex_entry_1", "1000000 100000 1"],
  ["entry", "sqlite_autoindex_entry_2", "1000000 100000 5000 1"],
  ["entry", "entry_source", "1000000 100000 1"],
  ["entry", "entry_payee", "100000 10000 20 1"],
  ["entry", "entry_invoice", "100000 10000 1"],
  ["entry", "entry_invoice_odd", "200 20 1"],
  ["entry", "entry_corrects", "2000 200 1 1"],
  ["entry", "entry_late", "200 20 10"],
  ["entry", "entry_resolution", "2000 200 20"],
  ["entry_line", "entry_line", "2000000 200000 10000 2 1"],
  ["bill", "bill", "1000000 100000 5000 1"],
  ["bill", "bill_unit", "1000000 100000 40 1"],
  ["bill", "bill_open", "20000 2000 2 1"],
  ["holding", "sqlite_autoindex_holding_1", "100000 10000 2 1 1"],
  ["holding", "holding_owner", "100000 10000 2"],
  ["spend", "sqlite_autoindex_spend_1", "100000 10000 1"],
  ["spend", "spend_entry", "100000 10000 1"],
  ["spend", "spend_supplier", "100000 10000 100 1"],
  ["spend", "spend_waiting", "1000 100 1"],
  ["spend", "spend_resolution", "100 10 2"],
  ["spend", "spend_emergency", "500 50 1"],
  ["spend", "spend_unratified", "100 10 1"],
  ["spend", "spend_corrects", "1000 100 1"],
  ["spend_line", "spend_line", "200000 20000 2 1"],
  ["spend_key", "spend_key", "200000 20000 2 1"],
  ["spend_key", "sqlite_autoindex_spend_key_2", "200000 20000 2 1"],
  ["spend_voucher", "spend_voucher", "200000 20000 2 1"],
  ["spend_voucher", "spend_voucher_used", "200000 20000 1"],
  ["voucher_entry", "voucher_entry", "200000 20000 2 1"],
  ["voucher_entry", "sqlite_autoindex_voucher_entry_2", "200000 20000 2 1"],
];

export async function up(db: Knex): Promise<void> {
  for (const [name, on] of INDEXES) {
    await db.raw(`create index ${name} on ${on}`);
  }
  await db.raw("drop index member_role");
  if (db.client.dialect === "sqlite3") {
    // Makes the table for the sizes; afterwards reads it.
    await db.raw("analyze sqlite_schema");
    await db("sqlite_stat1").insert(SIZES.map(([tbl, idx, stat]) => ({ tbl, idx, stat })));
    await db.raw("analyze sqlite_schema");
  }
}

export async function down(db: Knex): Promise<void> {
  if (db.client.dialect === "sqlite3") {
    await db("sqlite_stat1").delete();
    await db.raw("analyze sqlite_schema");
  }
  await db.raw("create index member_role on member (community, role)");
  for (const [name] of INDEXES) {
    await db.raw(`drop index ${name}`);
  }
}
