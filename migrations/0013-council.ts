// Decisions of the committee: what was proposed, who were its members then, how each voted once, and when a passed one
// was put up. What a passed one is called and when it was passed stands in the register. Nothing is ever changed.
import type { Knex } from "knex";

export async function up(db: Knex): Promise<void> {
  const postgres = db.client.dialect === "postgresql";
  // Keys compare byte by byte on both databases, whatever the locale.
  const text = postgres ? 'text collate "C"' : "text";
  const int = postgres ? "bigint" : "integer";
  const strict = postgres ? "" : " strict";
  const decision = "foreign key (community, decision) references council_decision (community, id)";

  const statements = [
    // effect: what it does once it stands, JSON.
    `create table council_decision (
      community ${text} not null references community (code), id ${int} not null, title ${text} not null,
      text ${text} not null, effect ${text} not null, opens_on ${text} not null, closes_on ${text} not null,
      proposed_by ${text} not null, proposed_at ${text} not null, primary key (community, id),
      check (id > 0), check (opens_on <= closes_on)
    )${strict}`,
    // All who were members when it was proposed.
    `create table council_member (
      community ${text} not null, decision ${int} not null, account ${text} not null,
      primary key (community, decision, account), ${decision}
    )${strict}`,
    `create table council_vote (
      community ${text} not null, decision ${int} not null, account ${text} not null, choice ${text} not null,
      at ${text} not null, primary key (community, decision, account),
      foreign key (community, decision, account) references council_member (community, decision, account),
      check (choice in ('agree', 'oppose'))
    )${strict}`,
    `create table council_posting (
      community ${text} not null, decision ${int} not null, day ${text} not null, recorded_by ${text} not null,
      recorded_at ${text} not null, primary key (community, decision), ${decision}
    )${strict}`,
  ];
  for (const statement of [...statements, ...APPEND_ONLY.flatMap(postgres ? refusedInPostgres : refusedInSqlite)]) {
    await db.raw(statement);
  }
}

export async function down(db: Knex): Promise<void> {
  throw new Error(`Decisions are never taken down; restore a backup instead (${db.client.dialect}).`);
}

/** Tables whose rows may be added and never changed, and what to do instead. */
const APPEND_ONLY: readonly (readonly [table: string, remedy: string])[] = [
  ["council_decision", "a proposed decision stays as it was announced: propose another one"],
  ["council_member", "the roll of a decision stays as it was when it was proposed"],
  ["council_vote", "a vote stays as it was cast"],
  ["council_posting", "what was put up stays on record"],
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
