// What people do with the bank's lines: the files they bring, what they match, what they cannot explain yet, and the
// reconciliations they finish. Matches and their undoing are kept side by side; nothing is changed afterwards.
import type { Knex } from "knex";

export async function up(db: Knex): Promise<void> {
  const postgres = db.client.dialect === "postgresql";
  const text = postgres ? 'text collate "C"' : "text";
  const int = postgres ? "bigint" : "integer";
  const strict = postgres ? "" : " strict";
  const keyed = postgres ? "" : " strict, without rowid";
  const account = "foreign key (community, account) references bank_account (community, code)";

  const statements = [
    // Every file that was uploaded, imported or not: its bytes are kept by their hash.
    `create table bank_upload (
      community ${text} not null, account ${text} not null, sha256 ${text} not null, name ${text} not null,
      uploaded_by ${text} not null, uploaded_at ${text} not null, primary key (community, account, sha256), ${account}
    )${strict}`,
    // basis: who says that the file covers those days: its titles, its lines, or the person who imported it.
    `create table bank_import (
      community ${text} not null, account ${text} not null, number ${int} not null, sha256 ${text} not null,
      name ${text} not null, from_day ${text} not null, through_day ${text} not null, basis ${text} not null,
      layout ${text} not null, added ${int} not null, known ${int} not null, matched ${int} not null,
      notices ${text} not null, imported_by ${text} not null, imported_at ${text} not null, primary key (community, account, number), ${account},
      check (from_day <= through_day), check (basis in ('titles', 'lines', 'typed'))
    )${strict}`,
    // Which import brought a line, and where it stands in the file; both are null for lines of an import folder.
    `alter table bank_line add column import ${int}`,
    `alter table bank_line add column file_row ${int}`,
    // What somebody told once of an account's files, so that nobody is asked twice.
    `create table bank_setting (
      community ${text} not null, account ${text} not null, own_number ${text} not null, layout ${text} not null,
      primary key (community, account), ${account}
    )${strict}`,
    // A match ties lines to bookings that add up to the same. One to one it is a single row; otherwise one row for each
    // line (entry = 0) and each booking (line = 0). No foreign key: its rows are as many as the bank's lines, which have one.
    `create table bank_match (
      community ${text} not null, account ${text} not null, number ${int} not null, line ${int} not null,
      entry ${int} not null, amount ${int} not null, how ${text} not null, matched_by ${text} not null,
      matched_at ${text} not null, primary key (community, account, number, line, entry),
      check (line > 0 or entry > 0), check (how in ('serial', 'words', 'amount', 'hand'))
    )${keyed}`,
    `create table bank_unmatch (
      community ${text} not null, account ${text} not null, number ${int} not null, reason ${text} not null,
      undone_by ${text} not null, undone_at ${text} not null, primary key (community, account, number), ${account}
    )${strict}`,
    // Receipts that nobody could explain when they came. They are identified by correcting the entry.
    `create table suspense (
      community ${text} not null, entry ${int} not null, account ${text} not null, line ${int} not null,
      booked_by ${text} not null, booked_at ${text} not null, primary key (community, entry), ${account},
      foreign key (community, entry) references entry (community, seq)
    )${strict}`,
    `create table reconciliation (
      community ${text} not null, account ${text} not null, month ${text} not null, number ${int} not null,
      bank_balance ${int} not null, book_balance ${int} not null, lines ${int} not null, bookings ${int} not null,
      finished_by ${text} not null, finished_at ${text} not null, primary key (community, account, month, number),
      ${account}, check (bank_balance = book_balance)
    )${strict}`,
    "create index bank_match_line on bank_match (community, account, line) where line > 0",
    "create index bank_match_entry on bank_match (community, account, entry) where entry > 0",
  ];
  for (const statement of [...statements, ...APPEND_ONLY.flatMap(postgres ? refusedInPostgres : refusedInSqlite)]) {
    await db.raw(statement);
  }
}

export async function down(db: Knex): Promise<void> {
  throw new Error(`What was reconciled is never taken down; restore a backup instead (${db.client.dialect}).`);
}

/** Tables whose rows may be added and never changed, and what to do instead. */
const APPEND_ONLY: readonly (readonly [table: string, remedy: string])[] = [
  ["bank_upload", "uploaded bank files are append-only: upload the corrected file as a new one"],
  ["bank_import", "imports of bank files are append-only: import the corrected file as a new one"],
  ["bank_match", "matches are append-only: undo one with a reason and match again"],
  ["bank_unmatch", "an undone match stays undone: match again"],
  ["suspense", "suspense is append-only: identify the receipt with a correction"],
  ["reconciliation", "a finished reconciliation stays: finish it again when figures have changed"],
];

function refusedInSqlite([table, remedy]: readonly [string, string]): string[] {
  return [
    `create trigger ${table}_no_update before update on ${table} begin select raise(abort, '${remedy}'); end`,
    `create trigger ${table}_no_delete before delete on ${table} begin select raise(abort, '${remedy}'); end`,
  ];
}

function refusedInPostgres([table, remedy]: readonly [string, string]): string[] {
  return [
    `create function ${table}_refuse() returns trigger language plpgsql as $$
      begin raise exception '${remedy}' using errcode = 'check_violation'; end $$`,
    `create trigger ${table}_no_change before update or delete on ${table} for each row execute function ${table}_refuse()`,
    `create trigger ${table}_no_truncate before truncate on ${table} for each statement execute function ${table}_refuse()`,
  ];
}
