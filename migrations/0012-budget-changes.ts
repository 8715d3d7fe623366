// Changes of the budget during its year, each resting on a resolution, and why a year's end is another than its budget.
// A statement knows what was recorded before its month closed, so budget lines say from when they are known, too.
import type { Knex } from "knex";

export async function up(db: Knex): Promise<void> {
  const postgres = db.client.dialect === "postgresql";
  // Keys compare byte by byte on both databases, whatever the locale.
  const text = postgres ? 'text collate "C"' : "text";
  const int = postgres ? "bigint" : "integer";
  const strict = postgres ? "" : " strict";
  const recorded = `recorded_by ${text} not null, recorded_at ${text} not null`;

  const statements = [
    // '' = known to every statement: the line came when the books were opened, or before this column.
    `alter table budget_line add column known_from ${text} not null default ''`,
    // One row for each account of a change; id is the change. source: another line, the reserve, or new income.
    `create table budget_change (
      community ${text} not null references community (code), id ${int} not null, year ${int} not null,
      account ${text} not null, amount ${int} not null, reason ${text} not null, source ${text} not null,
      resolution ${text} not null, known_from ${text} not null, ${recorded}, primary key (community, id, account),
      foreign key (community, resolution) references resolution (community, number),
      check (id > 0), check (amount <> 0), check (source in ('lines', 'reserve', 'income'))
    )${strict}`,
    "create index budget_change_year on budget_change (community, year)",
    // Why a line ended otherwise than planned, in the trustee's or the committee's words; the last one counts.
    `create table budget_remark (
      community ${text} not null references community (code), year ${int} not null, account ${text} not null,
      seq ${int} not null, text ${text} not null, ${recorded}, primary key (community, year, account, seq), check (seq > 0)
    )${strict}`,
  ];
  for (const statement of [...statements, ...APPEND_ONLY.flatMap(postgres ? refusedInPostgres : refusedInSqlite)]) {
    await db.raw(statement);
  }
}

export async function down(db: Knex): Promise<void> {
  throw new Error(`A budget's changes are never taken down; restore a backup instead (${db.client.dialect}).`);
}

/** Tables whose rows may be added and never changed, and what to do instead. */
const APPEND_ONLY: readonly (readonly [table: string, remedy: string])[] = [
  ["budget_change", "a change of the budget stays as it was decided: decide on another change"],
  ["budget_remark", "a remark stays as it was written: add the next one"],
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
