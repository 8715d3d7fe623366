// Fees at work: rates with their resolution, discounts by rule, desk receipts, public-revenue contracts with their dues,
// and the reminders that went out. Everything is only ever added to; what follows from the journal (a cancelled
// receipt, a returned deposit) is read from the journal and stored nowhere.
import type { Knex } from "knex";

export async function up(db: Knex): Promise<void> {
  const postgres = db.client.dialect === "postgresql";
  // Keys compare byte by byte on both databases, whatever the locale.
  const text = postgres ? 'text collate "C"' : "text";
  const int = postgres ? "bigint" : "integer";
  const strict = postgres ? "" : " strict";
  const recorded = `recorded_by ${text} not null, recorded_at ${text} not null`;

  const tables = [
    // null: the rate came with an import that did not name its resolution.
    `alter table rate add column resolution ${text}`,
    `create table discount_rule (
      community ${text} not null references community (code), name ${text} not null, from_month ${text} not null,
      until_month ${text}, factor ${text} not null, text ${text} not null, resolution ${text} not null, ${recorded},
      primary key (community, name, from_month), check (until_month is null or until_month >= from_month)
    )${strict}`,
    // rule '' = under no rule from that month on.
    `create table discount_unit (
      community ${text} not null, seq ${int} not null, unit ${text} not null, from_month ${text} not null,
      rule ${text} not null, reason ${text} not null, ${recorded}, primary key (community, seq),
      foreign key (community, unit) references unit (community, name), check (seq > 0)
    )${strict}`,
    `create table receipt (
      community ${text} not null, number ${int} not null, entry ${int} not null, day ${text} not null,
      kind ${text} not null, unit ${text} not null, payer ${text} not null, purpose ${text} not null,
      bank ${text} not null, method ${text} not null, amount ${int} not null, pays ${text} not null, ${recorded},
      primary key (community, number), unique (community, entry),
      foreign key (community, entry) references entry (community, seq),
      foreign key (community, bank) references bank_account (community, code), check (amount > 0)
    )${strict}`,
    // known_from: the first open month when it was recorded. Statements of months closed before then do not know it.
    `create table revenue_contract (
      community ${text} not null references community (code), id ${int} not null, counterparty ${text} not null,
      is_person ${int} not null, place ${text} not null, account ${text} not null, amount ${int} not null,
      rhythm ${text} not null, first_due ${text} not null, from_day ${text} not null, until_day ${text} not null,
      resolution ${text}, notes ${text} not null, known_from ${text} not null, ${recorded}, primary key (community, id),
      check (id > 0), check (is_person in (0, 1)), check (amount > 0), check (from_day <= until_day),
      check (rhythm in ('once', 'month', 'quarter', 'half-year', 'year'))
    )${strict}`,
    `create table revenue_end (
      community ${text} not null, contract ${int} not null, ended_on ${text} not null, reason ${text} not null,
      known_from ${text} not null, ${recorded}, primary key (community, contract),
      foreign key (community, contract) references revenue_contract (community, id)
    )${strict}`,
    `create table revenue_payment (
      community ${text} not null, contract ${int} not null, due ${text} not null, entry ${int} not null,
      amount ${int} not null, known_from ${text} not null, ${recorded}, primary key (community, contract, due, entry),
      foreign key (community, contract) references revenue_contract (community, id),
      foreign key (community, entry) references entry (community, seq), check (amount > 0)
    )${strict}`,
    `create table reminder_run (
      community ${text} not null references community (code), run ${int} not null, day ${text} not null,
      pay_by ${text} not null, how ${text} not null, ${recorded}, primary key (community, run), check (run > 0)
    )${strict}`,
    // bills: what the letter listed, as JSON, so that it can be printed again as it went out.
    `create table reminder_letter (
      community ${text} not null, run ${int} not null, unit ${text} not null, total ${int} not null,
      bills ${text} not null, primary key (community, run, unit),
      foreign key (community, run) references reminder_run (community, run),
      foreign key (community, unit) references unit (community, name)
    )${strict}`,
    "create index receipt_unit on receipt (community, unit, number) where unit <> ''",
    "create index reminder_letter_unit on reminder_letter (community, unit, run)",
  ];
  for (const statement of [...tables, ...(postgres ? postgresTriggers() : sqliteTriggers())]) {
    await db.raw(statement);
  }
}

export async function down(db: Knex): Promise<void> {
  throw new Error(`Receipts are never taken down; restore a backup instead (${db.client.dialect}).`);
}

/** Tables whose rows may be added and never changed, and what to do instead. */
const APPEND_ONLY: readonly (readonly [table: string, remedy: string])[] = [
  ["discount_rule", "a discount rule that was in force stays: add its next version from a later month"],
  ["discount_unit", "what a unit stood under stays: add a row from a later month"],
  ["revenue_end", "the end of a contract stays as it was recorded: record a new contract"],
  ["revenue_payment", "what was linked to a due stays: correct the entry instead"],
  ["reminder_run", "reminders that went out stay on record"],
  ["reminder_letter", "reminders that went out stay on record"],
];

/** The same, but one column with a person's name may be emptied, which the law may ask for (个人信息保护法 art. 47). */
const ERASABLE: readonly (readonly [table: string, column: string, kept: readonly string[], remedy: string])[] = [
  [
    "receipt",
    "payer",
    ["community", "number", "entry", "day", "kind", "unit", "purpose", "bank", "method", "amount", "pays"],
    "a receipt keeps its number and its words: correct its entry, which cancels it",
  ],
  [
    "revenue_contract",
    "counterparty",
    "community id is_person place account amount rhythm first_due from_day until_day resolution notes known_from".split(
      " ",
    ),
    "a contract stays as it was recorded: end it with a reason and record a new one",
  ],
];

const RECORD = ["recorded_by", "recorded_at"];
const GAP = "receipt numbers have no gaps: use the next number";

function sqliteTriggers(): string[] {
  const refuse = (remedy: string): string => `begin select raise(abort, '${remedy}'); end`;
  return [
    ...APPEND_ONLY.flatMap(([table, remedy]) => [
      `create trigger ${table}_no_update before update on ${table} ${refuse(remedy)}`,
      `create trigger ${table}_no_delete before delete on ${table} ${refuse(remedy)}`,
    ]),
    ...ERASABLE.flatMap(([table, column, kept, remedy]) => [
      `create trigger ${table}_no_update before update of ${[...kept, ...RECORD].join(", ")} on ${table} ${refuse(remedy)}`,
      `create trigger ${table}_erase before update of ${column} on ${table} when new.${column} <> '' ${refuse(remedy)}`,
      `create trigger ${table}_no_delete before delete on ${table} ${refuse(remedy)}`,
    ]),
    `create trigger receipt_gapless before insert on receipt
      when new.number <> (select coalesce(max(number), 0) + 1 from receipt where community = new.community)
      begin select raise(abort, '${GAP}'); end`,
  ];
}

function postgresTriggers(): string[] {
  const refuser = (table: string, remedy: string): string[] => [
    `create function ${table}_refuse() returns trigger language plpgsql as $$
      begin raise exception '${remedy}' using errcode = 'check_violation'; end $$`,
    `create trigger ${table}_no_truncate before truncate on ${table} for each statement execute function ${table}_refuse()`,
  ];
  return [
    ...APPEND_ONLY.flatMap(([table, remedy]) => [
      ...refuser(table, remedy),
      `create trigger ${table}_no_change before update or delete on ${table}
        for each row execute function ${table}_refuse()`,
    ]),
    ...ERASABLE.flatMap(([table, column, kept, remedy]) => [
      ...refuser(table, remedy),
      `create trigger ${table}_no_change before delete or update of ${[...kept, ...RECORD].join(", ")} on ${table}
        for each row execute function ${table}_refuse()`,
      `create trigger ${table}_erase before update of ${column} on ${table}
        for each row when (new.${column} <> '') execute function ${table}_refuse()`,
    ]),
    `create function receipt_gapless() returns trigger language plpgsql as $$ begin
      if new.number <> (select coalesce(max(number), 0) + 1 from receipt where community = new.community)
      then raise exception '${GAP}' using errcode = 'check_violation'; end if;
      return new; end $$`,
    "create trigger receipt_gapless before insert on receipt for each row execute function receipt_gapless()",
  ];
}
