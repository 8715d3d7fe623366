// What came of a vote: the count as bytes with their digest, and what owners objected to it. The count is made once; an
// objection is only ever answered.
import type { Knex } from "knex";

export async function up(db: Knex): Promise<void> {
  const postgres = db.client.dialect === "postgresql";
  // Keys compare byte by byte on both databases, whatever the locale.
  const text = postgres ? 'text collate "C"' : "text";
  const int = postgres ? "bigint" : "integer";
  const strict = postgres ? "" : " strict";

  const tables = [
    `create table outcome (
      community ${text} not null, assembly ${int} not null, bytes ${text} not null, digest ${text} not null,
      counted_by ${text} not null, counted_at ${text} not null, primary key (community, assembly),
      foreign key (community, assembly) references assembly (community, id)
    )${strict}`,
    // proposed_by: who holds that it is right, which needs a second person before the vote is void.
    `create table objection (
      community ${text} not null, assembly ${int} not null, id ${int} not null, head ${text} not null,
      account ${text} not null, text ${text} not null, raised_at ${text} not null, verdict ${text} not null,
      answer ${text} not null, proposed_by ${text}, answered_by ${text}, answered_at ${text},
      primary key (community, assembly, id),
      foreign key (community, assembly, head) references roll_head (community, assembly, head), check (id > 0),
      check (verdict in ('open', 'dismissed', 'upheld')), check ((verdict = 'open') = (answered_at is null)),
      check (verdict <> 'upheld' or (proposed_by is not null and proposed_by <> answered_by))
    )${strict}`,
  ];
  for (const statement of [...tables, ...(postgres ? postgresTriggers() : sqliteTriggers())]) {
    await db.raw(statement);
  }
}

export async function down(db: Knex): Promise<void> {
  throw new Error(`What owners decided is never taken down; restore a backup instead (${db.client.dialect}).`);
}

const COUNTED = "a count is made once: object to it within the period, and vote again if it is void";
const RAISED = "an objection stays as it was raised, and its answer as it was given: raise another one";
/** What was said when it was raised. */
const WORDS = "community, assembly, id, head, account, text, raised_at";

function sqliteTriggers(): string[] {
  const refuse = (remedy: string): string => `begin select raise(abort, '${remedy}'); end`;
  return [
    `create trigger outcome_no_update before update on outcome ${refuse(COUNTED)}`,
    `create trigger outcome_no_delete before delete on outcome ${refuse(COUNTED)}`,
    `create trigger objection_words before update of ${WORDS} on objection ${refuse(RAISED)}`,
    `create trigger objection_answered before update on objection when old.verdict <> 'open' ${refuse(RAISED)}`,
    `create trigger objection_no_delete before delete on objection ${refuse(RAISED)}`,
  ];
}

function postgresTriggers(): string[] {
  const refuser = (table: string, remedy: string): string[] => [
    `create function ${table}_refuse() returns trigger language plpgsql as $$
      begin raise exception '${remedy}' using errcode = 'check_violation'; end $$`,
    `create trigger ${table}_no_truncate before truncate on ${table} for each statement execute function ${table}_refuse()`,
  ];
  return [
    ...refuser("outcome", COUNTED),
    "create trigger outcome_no_change before update or delete on outcome for each row execute function outcome_refuse()",
    ...refuser("objection", RAISED),
    `create trigger objection_words before update of ${WORDS} on objection
      for each row execute function objection_refuse()`,
    `create trigger objection_answered before update on objection
      for each row when (old.verdict <> 'open') execute function objection_refuse()`,
    "create trigger objection_no_delete before delete on objection for each row execute function objection_refuse()",
  ];
}
