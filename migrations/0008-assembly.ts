// The owners' assembly: rules of procedure in versions, assemblies with their matters, the roll that a notice freezes,
// and what was delivered to whom. From the notice on nothing that people vote about, and nobody's weight, can change.
import type { Knex } from "knex";

export async function up(db: Knex): Promise<void> {
  const postgres = db.client.dialect === "postgresql";
  // Keys compare byte by byte on both databases, whatever the locale.
  const text = postgres ? 'text collate "C"' : "text";
  const int = postgres ? "bigint" : "integer";
  const strict = postgres ? "" : " strict";
  const recorded = `recorded_by ${text} not null, recorded_at ${text} not null`;

  const tables = [
    // settings: JSON. Before the first row the defaults of the room procedure hold.
    `create table procedure (
      community ${text} not null references community (code), seq ${int} not null, from_day ${text} not null,
      settings ${text} not null, resolution ${text} not null, ${recorded}, primary key (community, seq),
      check (seq > 0)
    )${strict}`,
    // roll_area: 0.01 m². settings, roll_cases: JSON, the rules of procedure and the cases of the roll at the notice.
    `create table assembly (
      community ${text} not null references community (code), id ${int} not null, title ${text} not null,
      ballot ${text} not null, called_by ${text} not null, opens_on ${text} not null, closes_on ${text} not null,
      created_by ${text} not null, created_at ${text} not null, noticed_at ${text}, roll_heads ${int},
      roll_area ${int}, fingerprint ${text}, settings ${text}, roll_cases ${text}, closed_at ${text},
      finished_at ${text}, void_reason ${text}, primary key (community, id), check (id > 0),
      check (ballot in ('open', 'secret')), check (called_by in ('committee', 'owners', 'supervisor')),
      check (opens_on <= closes_on), check ((noticed_at is null) = (fingerprint is null)),
      check (noticed_at is null or (roll_heads > 0 and roll_area > 0 and settings is not null)),
      check (closed_at is null or noticed_at is not null), check (void_reason is null or finished_at is not null),
      check (finished_at is null or closed_at is not null or void_reason is not null)
    )${strict}`,
    // effect: JSON, what happens when it is adopted and final.
    `create table matter (
      community ${text} not null, assembly ${int} not null, place ${int} not null, kind ${text} not null,
      title ${text} not null, text ${text} not null, effect ${text} not null,
      primary key (community, assembly, place),
      foreign key (community, assembly) references assembly (community, id), check (place > 0)
    )${strict}`,
    // The owners who call an assembly together, by head as the register had them when they called.
    `create table assembly_caller (
      community ${text} not null, assembly ${int} not null, head ${text} not null, area ${int} not null,
      primary key (community, assembly, head),
      foreign key (community, assembly) references assembly (community, id), check (area > 0)
    )${strict}`,
    // head: one owner's id, or several joined with '+'. area: 0.01 m². units: JSON.
    `create table roll_head (
      community ${text} not null, assembly ${int} not null, head ${text} not null, area ${int} not null,
      units ${text} not null, primary key (community, assembly, head),
      foreign key (community, assembly) references assembly (community, id), check (area > 0)
    )${strict}`,
    // The owners behind each head, so that somebody's own rows are found by key.
    `create table roll_holder (
      community ${text} not null, assembly ${int} not null, owner ${text} not null, head ${text} not null,
      primary key (community, assembly, owner, head),
      foreign key (community, assembly, head) references roll_head (community, assembly, head)
    )${strict}`,
    `create table delivery (
      community ${text} not null, assembly ${int} not null, seq ${int} not null, head ${text} not null,
      how ${text} not null, day ${text} not null, note ${text} not null, ${recorded},
      primary key (community, assembly, seq),
      foreign key (community, assembly, head) references roll_head (community, assembly, head), check (seq > 0),
      check (how in ('in-person', 'letter', 'electronic', 'phone', 'posted'))
    )${strict}`,
    "create index delivery_head on delivery (community, assembly, head, seq)",
  ];
  for (const statement of [...tables, ...(postgres ? postgresTriggers() : sqliteTriggers())]) {
    await db.raw(statement);
  }
}

export async function down(db: Knex): Promise<void> {
  throw new Error(`What owners decided is never taken down; restore a backup instead (${db.client.dialect}).`);
}

/** Tables whose rows may be added and never changed, and what to do instead. */
const APPEND_ONLY: readonly (readonly [table: string, remedy: string])[] = [
  ["procedure", "rules of procedure that were in force stay: decide their next version"],
  ["roll_head", "the roll is frozen with the notice: a change of owners counts from the next assembly on"],
  ["roll_holder", "the roll is frozen with the notice: a change of owners counts from the next assembly on"],
  ["delivery", "a delivery stays on record: add another one"],
];

/** What belongs to a notice: its rows come with the draft and stay as they are from the notice on. */
const NOTICED = ["matter", "assembly_caller"];
/** What a notice makes: its rows come before it and none comes later. */
const ROLL = ["roll_head", "roll_holder"];

const FROZEN = "the notice went out: withdraw the assembly before the voting opens and call another one";
const NEVER = "an assembly is never removed: withdraw it with a reason";
const FINISHED = "the assembly is finished: what it decided is undone by another resolution";

/** What the columns of an assembly must have been for an update of them to be refused, and what to do instead. */
const STEPS: readonly (readonly [name: string, columns: string, since: string, remedy: string])[] = [
  ["identity", "community, id, created_by, created_at", "", NEVER],
  [
    "noticed",
    "title, ballot, called_by, opens_on, closes_on, noticed_at, roll_heads, roll_area, fingerprint, settings, roll_cases",
    "noticed_at",
    FROZEN,
  ],
  ["closed", "closed_at", "closed_at", "the count is made: object to it within the period"],
  ["finished", "finished_at, void_reason", "finished_at", FINISHED],
];

const EVENTS = ["insert", "update", "delete"] as const;

function sqliteTriggers(): string[] {
  const refuse = (remedy: string): string => `begin select raise(abort, '${remedy}'); end`;
  const noticed = (row: string): string =>
    `(select noticed_at from assembly where community = ${row}.community and id = ${row}.assembly) is not null`;
  return [
    ...APPEND_ONLY.flatMap(([table, remedy]) => [
      `create trigger ${table}_no_update before update on ${table} ${refuse(remedy)}`,
      `create trigger ${table}_no_delete before delete on ${table} ${refuse(remedy)}`,
    ]),
    ...STEPS.map(
      ([name, columns, since, remedy]) =>
        `create trigger assembly_${name} before update of ${columns} on assembly
          ${since === "" ? "" : `when old.${since} is not null`} ${refuse(remedy)}`,
    ),
    `create trigger assembly_no_delete before delete on assembly ${refuse(NEVER)}`,
    ...NOTICED.flatMap((table) =>
      EVENTS.map(
        (event) =>
          `create trigger ${table}_frozen_${event} before ${event} on ${table}
            when ${noticed(event === "insert" ? "new" : "old")} ${refuse(FROZEN)}`,
      ),
    ),
    ...ROLL.map(
      (table) =>
        `create trigger ${table}_frozen_insert before insert on ${table} when ${noticed("new")} ${refuse(FROZEN)}`,
    ),
  ];
}

function postgresTriggers(): string[] {
  const refuser = (name: string, remedy: string): string =>
    `create function ${name}_refuse() returns trigger language plpgsql as $$
      begin raise exception '${remedy}' using errcode = 'check_violation'; end $$`;
  const whole = (table: string): string =>
    `create trigger ${table}_no_truncate before truncate on ${table} for each statement execute function ${table}_refuse()`;
  return [
    ...APPEND_ONLY.flatMap(([table, remedy]) => [
      refuser(table, remedy),
      `create trigger ${table}_no_change before update or delete on ${table}
        for each row execute function ${table}_refuse()`,
      whole(table),
    ]),
    refuser("assembly", NEVER),
    `create trigger assembly_no_delete before delete on assembly for each row execute function assembly_refuse()`,
    whole("assembly"),
    ...STEPS.flatMap(([name, columns, since, remedy]) => [
      refuser(`assembly_${name}`, remedy),
      `create trigger assembly_${name} before update of ${columns} on assembly for each row
        ${since === "" ? "" : `when (old.${since} is not null)`} execute function assembly_${name}_refuse()`,
    ]),
    `create function assembly_frozen() returns trigger language plpgsql as $$
      declare at record; begin
      if tg_op = 'INSERT' then at := new; else at := old; end if;
      if (select noticed_at from assembly where community = at.community and id = at.assembly) is not null
      then raise exception '${FROZEN}' using errcode = 'check_violation'; end if;
      if tg_op = 'DELETE' then return old; end if;
      return new; end $$`,
    ...NOTICED.map(
      (table) => `create trigger ${table}_frozen before insert or update or delete on ${table}
        for each row execute function assembly_frozen()`,
    ),
    ...NOTICED.flatMap((table) => [refuser(table, FROZEN), whole(table)]),
    ...ROLL.map(
      (table) => `create trigger ${table}_frozen before insert on ${table}
        for each row execute function assembly_frozen()`,
    ),
  ];
}
