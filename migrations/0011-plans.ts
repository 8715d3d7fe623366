// The open budget 开放式预算 before it is adopted: a year's draft line by line, the versions that were published of it, what
// owners said and were answered, and the version that a resolution adopted. A draft is worked on, everything that owners
// have seen stays as they saw it.
import type { Knex } from "knex";

export async function up(db: Knex): Promise<void> {
  const postgres = db.client.dialect === "postgresql";
  // Keys compare byte by byte on both databases, whatever the locale.
  const text = postgres ? 'text collate "C"' : "text";
  const int = postgres ? "bigint" : "integer";
  const strict = postgres ? "" : " strict";
  const recorded = `recorded_by ${text} not null, recorded_at ${text} not null`;
  const ofPlan = "foreign key (community, year) references plan (community, year)";
  const ofVersion = "foreign key (community, year, version) references plan_version (community, year, version)";
  const ofComment = "foreign key (community, year, comment) references plan_comment (community, year, id)";

  const tables = [
    // null: the line came with an import that did not name its resolution.
    `alter table budget_line add column resolution ${text}`,
    // revision grows with each change of what stands here, so that nobody overwrites what somebody else just wrote.
    `create table plan (
      community ${text} not null references community (code), year ${int} not null, revision ${int} not null,
      intro ${text} not null, collection ${text} not null, rates ${text} not null, reserves ${int} not null,
      gap ${text} not null, comment_from ${text}, comment_until ${text}, ${recorded}, primary key (community, year),
      check (year between 1990 and 2999), check (revision > 0), check (reserves >= 0),
      check ((comment_from is null) = (comment_until is null)), check (comment_from <= comment_until)
    )${strict}`,
    // line: its identity through all versions; one that was taken out keeps its number.
    `create table plan_line (
      community ${text} not null, year ${int} not null, line ${int} not null, revision ${int} not null,
      account ${text} not null, title ${text} not null, note ${text} not null, levels ${text} not null,
      chosen ${int} not null, files ${text} not null, is_removed ${int} not null,
      primary key (community, year, line), ${ofPlan}, check (line > 0), check (revision > 0), check (chosen >= 0),
      check (is_removed in (0, 1))
    )${strict}`,
    `create table plan_version (
      community ${text} not null, year ${int} not null, version ${int} not null, content ${text} not null,
      digest ${text} not null, ${recorded}, primary key (community, year, version), ${ofPlan}, check (version > 0)
    )${strict}`,
    // line 0 = the whole plan; version: what was on the page when it was written.
    `create table plan_comment (
      community ${text} not null, year ${int} not null, id ${int} not null, line ${int} not null,
      version ${int} not null, kind ${text} not null, words ${text} not null, ${recorded},
      primary key (community, year, id), ${ofVersion}, check (id > 0), check (line >= 0),
      check (kind in ('comment', 'question'))
    )${strict}`,
    `create table plan_answer (
      community ${text} not null, year ${int} not null, comment ${int} not null, seq ${int} not null,
      side ${text} not null, words ${text} not null, ${recorded}, primary key (community, year, comment, seq),
      ${ofComment}, check (seq > 0)
    )${strict}`,
    // The last row counts: hidden from readers, or shown again.
    `create table plan_hiding (
      community ${text} not null, year ${int} not null, comment ${int} not null, seq ${int} not null,
      is_hidden ${int} not null, reason ${text} not null, ${recorded}, primary key (community, year, comment, seq),
      ${ofComment}, check (seq > 0), check (is_hidden in (0, 1))
    )${strict}`,
    // The last row counts: a version put to the vote, or the plan opened again for changes.
    `create table plan_step (
      community ${text} not null, year ${int} not null, seq ${int} not null, step ${text} not null,
      version ${int} not null, reason ${text} not null, ${recorded}, primary key (community, year, seq), ${ofVersion},
      check (seq > 0), check (step in ('frozen', 'reopened'))
    )${strict}`,
    `create table plan_adoption (
      community ${text} not null, year ${int} not null, version ${int} not null, resolution ${text} not null,
      primary key (community, year), ${ofVersion}
    )${strict}`,
  ];
  for (const statement of [...tables, ...(postgres ? postgresTriggers() : sqliteTriggers())]) {
    await db.raw(statement);
  }
}

export async function down(db: Knex): Promise<void> {
  throw new Error(`What owners have read is never taken down; restore a backup instead (${db.client.dialect}).`);
}

/** Tables whose rows may be added and never changed, and what to do instead. */
const APPEND_ONLY: readonly (readonly [table: string, remedy: string])[] = [
  ["plan_version", "a published version of a plan stays: publish the next version"],
  ["plan_comment", "what an owner said stays: answer it, or hide it with a reason"],
  ["plan_answer", "an answer stays as it was given: answer again"],
  ["plan_hiding", "what was hidden, and why, stays on record: show it again with a new row"],
  ["plan_step", "steps of a plan stay on record: take the next step"],
  ["plan_adoption", "an adopted budget stays: change it by the procedure for changes during the year"],
];

function sqliteTriggers(): string[] {
  return APPEND_ONLY.flatMap(([table, remedy]) =>
    ["update", "delete"].map(
      (change) =>
        `create trigger ${table}_no_${change} before ${change} on ${table} begin select raise(abort, '${remedy}'); end`,
    ),
  );
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
