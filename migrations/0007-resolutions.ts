// What was decided, and what follows from it: the register of resolutions, the repair fund's projects, handovers, and
// which data each resolution changed. A voided resolution stays; what held before is added again from a later month.
import type { Knex } from "knex";

export async function up(db: Knex): Promise<void> {
  const postgres = db.client.dialect === "postgresql";
  // Keys compare byte by byte on both databases, whatever the locale.
  const text = postgres ? 'text collate "C"' : "text";
  const int = postgres ? "bigint" : "integer";
  const strict = postgres ? "" : " strict";
  const recorded = `recorded_by ${text} not null, recorded_at ${text} not null`;
  const resolution = "foreign key (community, resolution) references resolution (community, number)";
  const document = "foreign key (community, document) references voucher (community, sha256)";

  const tables = [
    // Vouchers that the public may see although they prove no entry, and the page that shows them.
    `create table voucher_shown (
      community ${text} not null, sha256 ${text} not null, place ${text} not null,
      primary key (community, sha256, place), foreign key (community, sha256) references voucher (community, sha256)
    )${strict}`,
    // What was decided and did not come from a vote here waits for another side's word: an earlier decision to be
    // recorded, a resolution to be voided. detail: JSON.
    `create table resolution_proposal (
      community ${text} not null references book (community), id ${int} not null, act ${text} not null,
      detail ${text} not null, document ${text}, side ${text} not null, ${recorded}, primary key (community, id), ${document},
      check (id > 0), check (act in ('record', 'void'))
    )${strict}`,
    `create table resolution_answer (
      community ${text} not null, proposal ${int} not null, answer ${text} not null, side ${text} not null, ${recorded},
      primary key (community, proposal),
      foreign key (community, proposal) references resolution_proposal (community, id),
      check (answer in ('confirmed', 'declined', 'withdrawn'))
    )${strict}`,
    // assembly and matter: the vote here that decided it; decision: the committee's; neither of an earlier one.
    `create table resolution (
      community ${text} not null references book (community), number ${text} not null, body ${text} not null,
      kind ${text} not null, title ${text} not null, text ${text} not null, decided_on ${text} not null,
      assembly ${int}, matter ${int}, decision ${int}, document ${text}, ${recorded},
      primary key (community, number), ${document},
      check (body in ('assembly', 'committee', 'earlier')),
      check ((body = 'assembly') = (assembly is not null)), check ((assembly is null) = (matter is null)),
      check ((body = 'committee') = (decision is not null)), check ((body = 'earlier') <= (document is not null))
    )${strict}`,
    "create unique index resolution_matter on resolution (community, assembly, matter) where assembly is not null",
    "create unique index resolution_decision on resolution (community, decision) where decision is not null",
    `create table resolution_void (
      community ${text} not null, resolution ${text} not null, from_month ${text} not null, reason ${text} not null,
      document ${text}, ${recorded}, primary key (community, resolution), ${resolution}, ${document}
    )${strict}`,
    // What a resolution changed, as it was applied: from_month is the month it really holds from. JSON. refused: why it
    // could not be carried out any more; '' when it was.
    `create table effect (
      community ${text} not null, resolution ${text} not null, from_month ${text}, detail ${text} not null,
      refused ${text} not null, applied_at ${text} not null, primary key (community, resolution), ${resolution}
    )${strict}`,

    // accounts: the categories of work it may pay for, JSON.
    `create table project (
      community ${text} not null, resolution ${text} not null, name ${text} not null, amount ${int} not null,
      accounts ${text} not null, opened_at ${text} not null, primary key (community, resolution), ${resolution},
      check (amount > 0)
    )${strict}`,
    `create table project_end (
      community ${text} not null, resolution ${text} not null, ended_on ${text} not null, reason ${text} not null,
      ${recorded}, primary key (community, resolution),
      foreign key (community, resolution) references project (community, resolution)
    )${strict}`,
    // What was paid for a project is what the journal says of its resolution.
    "create index entry_resolution on entry (community, resolution) where resolution is not null",
    "create index spend_resolution on spend (community, resolution) where status = 'waiting' and resolution <> ''",
    `create table handover (
      community ${text} not null, resolution ${text} not null, outgoing ${text} not null, company ${text} not null,
      day ${text} not null, started_on ${text} not null, primary key (community, resolution), ${resolution}
    )${strict}`,
  ];
  const versioned = VERSIONED.flatMap((table) =>
    postgres ? postgresVersions(table) : sqliteVersions(table, { text, int, strict }),
  );
  for (const statement of [...tables, ...versioned, ...(postgres ? postgresTriggers() : sqliteTriggers())]) {
    await db.raw(statement);
  }
}

export async function down(db: Knex): Promise<void> {
  throw new Error(`Resolutions are never taken down; restore a backup instead (${db.client.dialect}).`);
}

interface Versioned {
  readonly name: string;
  readonly key: string;
  /** Its columns beside the community, all of them text. */
  readonly columns: readonly string[];
  readonly checks: string;
  readonly remedy: string;
}

/**
 * What holds from a month on. Two resolutions may speak of the same month, and a voided one is followed by what held
 * before it: the last version of a month counts, and all stay.
 */
const VERSIONED: readonly Versioned[] = [
  {
    name: "deed",
    key: "from_month",
    columns: ["from_month not null", "terms not null"],
    checks: "",
    remedy: "a deed version that was in force stays: add a version from a later month",
  },
  {
    name: "rate",
    key: "usage, from_month",
    columns: ["usage not null", "from_month not null", "rate not null", "resolution"],
    checks: "",
    remedy: "a rate that was in force stays: add a rate from a later month",
  },
  {
    name: "discount_rule",
    key: "name, from_month",
    columns: [
      "name not null",
      "from_month not null",
      "until_month",
      "factor not null",
      "text not null",
      "resolution not null",
      "recorded_by not null",
      "recorded_at not null",
    ],
    checks: ", check (until_month is null or until_month >= from_month)",
    remedy: "a discount rule that was in force stays: add its next version from a later month",
  },
];

function postgresVersions({ name, key }: Versioned): string[] {
  return [
    `alter table ${name} add column version bigint not null default 1 check (version > 0)`,
    `alter table ${name} drop constraint ${name}_pkey`,
    `alter table ${name} add primary key (community, ${key}, version)`,
  ];
}

/** SQLite cannot change a key, so the table is made again; its rows stay as they are. */
function sqliteVersions(
  { name, key, columns, checks, remedy }: Versioned,
  { text, int, strict }: { readonly text: string; readonly int: string; readonly strict: string },
): string[] {
  const names = columns.map((column) => column.split(" ")[0] ?? "");
  const declared = columns.map((column) => column.replace(/^\w+/u, (first) => `${first} ${text}`));
  return [
    `create table ${name}_versions (
      community ${text} not null references community (code), ${declared.join(", ")},
      version ${int} not null default 1, primary key (community, ${key}, version), check (version > 0)${checks}
    )${strict}`,
    `insert into ${name}_versions (community, ${names.join(", ")}) select community, ${names.join(", ")} from ${name}`,
    `drop table ${name}`,
    `alter table ${name}_versions rename to ${name}`,
    ...sqliteRefusals(name, remedy),
  ];
}

/** Tables whose rows may be added and never changed, and what to do instead. */
const APPEND_ONLY: readonly (readonly [table: string, remedy: string])[] = [
  ["voucher_shown", "what the public was shown stays open to it: supersede the voucher"],
  ["resolution_proposal", "what was proposed stays: withdraw it and propose anew"],
  ["resolution_answer", "an answered proposal stays answered: propose anew"],
  ["resolution", "what was decided stays on record: void it with its reason"],
  ["resolution_void", "a voided resolution stays voided: decide anew"],
  ["effect", "what a resolution changed stays on record: another resolution changes it again"],
  ["project", "a project stays as it was decided: decide on another one"],
  ["project_end", "an ended project stays ended: decide on another one"],
  ["handover", "a handover stays as it was decided: decide anew"],
];

function sqliteRefusals(table: string, remedy: string): string[] {
  return ["update", "delete"].map(
    (change) =>
      `create trigger ${table}_no_${change} before ${change} on ${table} begin select raise(abort, '${remedy}'); end`,
  );
}

function sqliteTriggers(): string[] {
  return APPEND_ONLY.flatMap(([table, remedy]) => sqliteRefusals(table, remedy));
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
