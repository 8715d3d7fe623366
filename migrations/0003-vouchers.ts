// Vouchers: files by their hash, the pictures that are shown of them, what was decided to be black before the public
// sees them, which entries they prove, and which took another's place. Nothing of it ever changes.
import type { Knex } from "knex";

export async function up(db: Knex): Promise<void> {
  const postgres = db.client.dialect === "postgresql";
  const text = postgres ? 'text collate "C"' : "text";
  const int = postgres ? "bigint" : "integer";
  const strict = postgres ? "" : " strict";
  const keyed = postgres ? "" : " strict, without rowid";

  const tables = [
    // `invoice` is what an e-invoice says, as JSON.
    `create table voucher (
      community ${text} not null references community (code), sha256 ${text} not null, kind ${text} not null,
      name ${text} not null, bytes ${int} not null, uploaded_by ${text} not null, uploaded_at ${text} not null,
      invoice ${text}, invoice_number ${text}, primary key (community, sha256),
      check (length(sha256) = 64), check (bytes > 0), check (kind in ('jpeg', 'png', 'webp', 'pdf', 'xml')),
      check ((invoice is null) = (invoice_number is null))
    )${strict}`,
    `create table voucher_page (
      community ${text} not null, sha256 ${text} not null, page ${int} not null, image ${text} not null,
      thumbnail ${text} not null, width ${int} not null, height ${int} not null, primary key (community, sha256, page),
      foreign key (community, sha256) references voucher (community, sha256),
      check (page > 0), check (width > 0 and height > 0), check (length(image) = 64 and length(thumbnail) = 64)
    )${keyed}`,
    // `copy` is the hash of the public copy; the newest version is what the public sees.
    `create table voucher_copy (
      community ${text} not null, sha256 ${text} not null, version ${int} not null, copy ${text} not null,
      decision ${text} not null, pages ${text} not null, decided_by ${text} not null, decided_at ${text} not null,
      primary key (community, sha256, version), foreign key (community, sha256) references voucher (community, sha256),
      check (version > 0), check (length(copy) = 64)
    )${strict}`,
    `create table voucher_entry (
      community ${text} not null, sha256 ${text} not null, seq ${int} not null, place ${int} not null,
      primary key (community, seq, place), unique (community, sha256, seq),
      foreign key (community, seq) references entry (community, seq),
      foreign key (community, sha256) references voucher (community, sha256), check (place > 0)
    )${keyed}`,
    `create table voucher_supersession (
      community ${text} not null, old ${text} not null, replacement ${text} not null, reason ${text} not null,
      superseded_by ${text} not null, superseded_at ${text} not null, primary key (community, old),
      foreign key (community, old) references voucher (community, sha256),
      foreign key (community, replacement) references voucher (community, sha256),
      check (old <> replacement), check (reason <> '')
    )${strict}`,
    "create index voucher_newest on voucher (community, uploaded_at, sha256)",
    "create index voucher_uploader on voucher (community, uploaded_by, uploaded_at)",
    "create index voucher_invoice on voucher (community, invoice_number) where invoice_number is not null",
    "create index voucher_replacement on voucher_supersession (community, replacement)",
  ];
  for (const statement of [...tables, ...(postgres ? postgresTriggers() : sqliteTriggers())]) {
    await db.raw(statement);
  }
}

export async function down(db: Knex): Promise<void> {
  throw new Error(`Vouchers are never taken down; restore a backup instead (${db.client.dialect}).`);
}

/** Tables whose rows may be added and never changed, and what to do instead. */
const APPEND_ONLY: readonly (readonly [table: string, remedy: string])[] = [
  ["voucher", "a voucher is never replaced or deleted: supersede it by another one, with a reason"],
  ["voucher_page", "the pictures of a voucher stay as they were made"],
  ["voucher_copy", "a decision what to black out stays: decide again, with a reason"],
  ["voucher_entry", "the vouchers of an entry stay: supersede a voucher, or correct the entry"],
  ["voucher_supersession", "a supersession stays: supersede the voucher that took the place"],
];

function sqliteTriggers(): string[] {
  return APPEND_ONLY.flatMap(([table, remedy]) => [
    `create trigger ${table}_no_update before update on ${table} begin select raise(abort, '${remedy}'); end`,
    `create trigger ${table}_no_delete before delete on ${table} begin select raise(abort, '${remedy}'); end`,
  ]);
}

function postgresTriggers(): string[] {
  return APPEND_ONLY.flatMap(([table, remedy]) => [
    `create function ${table}_refuse() returns trigger language plpgsql as $$
      begin raise exception '${remedy}' using errcode = 'check_violation'; end $$`,
    `create trigger ${table}_no_change before update or delete on ${table}
      for each row execute function ${table}_refuse()`,
    `create trigger ${table}_no_truncate before truncate on ${table} for each statement execute function ${table}_refuse()`,
  ]);
}
