// A bank file that came into the wrong account can be taken back: its lines stay on record and count no more, and the same
// movement may come again. What somebody confirmed about the holder of an account's files is remembered.
import type { Knex } from "knex";

export async function up(db: Knex): Promise<void> {
  const postgres = db.client.dialect === "postgresql";
  // Keys compare byte by byte on both databases, whatever the locale.
  const text = postgres ? 'text collate "C"' : "text";
  const int = postgres ? "bigint" : "integer";
  const strict = postgres ? "" : " strict";
  const why = `reason ${text} not null`;
  const imported = "foreign key (community, account, import) references bank_import (community, account, number)";

  const statements = [
    ...(postgres ? retakesInPostgres() : retakesInSqlite()),
    // side: for whom whoever asks stands at the desk; somebody of another side confirms.
    `create table bank_import_ask (
      community ${text} not null, account ${text} not null, import ${int} not null, ${why}, side ${text} not null,
      asked_by ${text} not null, asked_at ${text} not null, primary key (community, account, import), ${imported},
      check (reason <> '')
    )${strict}`,
    `create table bank_import_taken_back (
      community ${text} not null, account ${text} not null, import ${int} not null, ${why},
      taken_by ${text} not null, taken_at ${text} not null, primary key (community, account, import), ${imported},
      check (reason <> '')
    )${strict}`,
    // The one place that says which lines count. "limit 1 offset 0" keeps the question a look-up by its key, so that
    // PostgreSQL still finds the last day of an account at the end of its index.
    `create view bank_line_counted as select l.* from bank_line l where l.import is null or not exists (
      select 1 from bank_import_taken_back t
      where t.community = l.community and t.account = l.account and t.import = l.import limit 1 offset 0)`,
    `alter table bank_setting add column own_holder ${text} not null default ''`,
  ];
  for (const statement of [...statements, ...APPEND_ONLY.flatMap(postgres ? refusedInPostgres : refusedInSqlite)]) {
    await db.raw(statement);
  }
}

export async function down(db: Knex): Promise<void> {
  throw new Error(`What the bank said is never taken down; restore a backup instead (${db.client.dialect}).`);
}

/** Tables whose rows may be added and never changed, and what to do instead. */
const APPEND_ONLY: readonly (readonly [table: string, remedy: string])[] = [
  ["bank_import_ask", "what was asked stays on record: somebody of the other side confirms it or leaves it"],
  ["bank_import_taken_back", "an import that was taken back stays so: import the file again"],
];

const LINES_REMEDY = "bank lines are append-only: import the corrected line as a new one";

// retakes: how many imports of the account had been taken back before the line came. A line is recognised by its source
// among those; one that comes again after a taking back is a new row beside the old one.
function retakesInPostgres(): string[] {
  return [
    "alter table bank_line add column retakes bigint not null default 0",
    "alter table bank_line drop constraint bank_line_community_account_source_key",
    "alter table bank_line add unique (community, account, source, retakes)",
  ];
}

/** SQLite cannot drop a unique key: the table is made anew with its rows, index and triggers. */
function retakesInSqlite(): string[] {
  const columns =
    "community, account, line, day, amount, balance, counterparty, memo, source, serial, import, file_row";
  return [
    `create table bank_line_anew (
      community text not null, account text not null, line integer not null, day text not null,
      amount integer not null, balance integer not null, counterparty text not null, memo text not null,
      source text not null, serial text not null, import integer, file_row integer, retakes integer not null default 0,
      primary key (community, account, line), unique (community, account, source, retakes),
      foreign key (community, account) references bank_account (community, code)
    ) strict`,
    `insert into bank_line_anew (${columns}) select ${columns} from bank_line`,
    "drop table bank_line",
    "alter table bank_line_anew rename to bank_line",
    "create index bank_line_day on bank_line (community, account, day, line)",
    ...refusedInSqlite(["bank_line", LINES_REMEDY]),
  ];
}

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
