// What keeps a decision of the owners from being undone quietly: which later resolution ended one, whose words were hidden
// and why, and which version of a plan owners are being asked about.
import type { Knex } from "knex";

export async function up(db: Knex): Promise<void> {
  const postgres = db.client.dialect === "postgresql";
  // Keys compare byte by byte on both databases, whatever the locale.
  const text = postgres ? 'text collate "C"' : "text";
  const int = postgres ? "bigint" : "integer";
  const strict = postgres ? "" : " strict";

  const tables = [
    // The later resolution of the assembly that ended this one; null where a document did, such as a judgement.
    `alter table resolution_void add column successor ${text}`,
    // The last row of an objection counts.
    `create table objection_hiding (
      community ${text} not null, assembly ${int} not null, objection ${int} not null, seq ${int} not null,
      is_hidden ${int} not null, reason ${text} not null, recorded_by ${text} not null, recorded_at ${text} not null,
      primary key (community, assembly, objection, seq),
      foreign key (community, assembly, objection) references objection (community, assembly, id),
      check (seq > 0), check (is_hidden in (0, 1))
    )${strict}`,
    // released_at: null while the assembly's notice is out and it is neither final nor void.
    `create table plan_vote (
      community ${text} not null, year ${int} not null, version ${int} not null, assembly ${int} not null,
      bound_at ${text} not null, released_at ${text}, primary key (community, year, version, assembly),
      foreign key (community, year, version) references plan_version (community, year, version),
      foreign key (community, assembly) references assembly (community, id)
    )${strict}`,
    "create index plan_vote_open on plan_vote (community, assembly) where released_at is null",
  ];
  for (const statement of [...tables, ...(postgres ? postgresTriggers() : sqliteTriggers())]) {
    await db.raw(statement);
  }
}

export async function down(db: Knex): Promise<void> {
  throw new Error(`What owners decided is never taken down; restore a backup instead (${db.client.dialect}).`);
}

const HIDDEN = "what was hidden, and why, stays on record: show it again with a new row";

function sqliteTriggers(): string[] {
  return ["update", "delete"].map(
    (change) =>
      `create trigger objection_hiding_no_${change} before ${change} on objection_hiding
        begin select raise(abort, '${HIDDEN}'); end`,
  );
}

function postgresTriggers(): string[] {
  return [
    `create function objection_hiding_refuse() returns trigger language plpgsql as $$
      begin raise exception '${HIDDEN}' using errcode = 'check_violation'; end $$`,
    `create trigger objection_hiding_no_change before update or delete on objection_hiding
      for each row execute function objection_hiding_refuse()`,
    `create trigger objection_hiding_no_truncate before truncate on objection_hiding
      for each statement execute function objection_hiding_refuse()`,
  ];
}
