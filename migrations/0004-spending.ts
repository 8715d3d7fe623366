// Spending: whom the community pays, what was asked for, who turned which key, and the vouchers on the entry.
// What was asked for never changes; a request only moves from waiting to one end.
import type { Knex } from "knex";

export async function up(db: Knex): Promise<void> {
  const postgres = db.client.dialect === "postgresql";
  const text = postgres ? 'text collate "C"' : "text";
  const int = postgres ? "bigint" : "integer";
  const strict = postgres ? "" : " strict";
  const keyed = postgres ? "" : " strict, without rowid";

  const tables = [
    // JSON, in the order of the request; null on entries without, whose bytes stay what they were.
    `alter table entry add column vouchers ${text}`,
    // The payments of one payee, and where an invoice was used: partial, since most entries are receipts.
    "create index entry_payee on entry (community, payee, occurred) where payee is not null",
    "create index entry_invoice on entry (community, invoice) where invoice is not null",
    // Entries with several invoices are rare, and looked through.
    "create index entry_invoices on entry (community, seq) where length(invoice) > 20",

    `create table supplier (
      community ${text} not null references community (code), id ${int} not null, name ${text} not null,
      credit_code ${text} not null, is_person ${int} not null, account ${text} not null, related ${text} not null,
      is_active ${int} not null, primary key (community, id), unique (community, name),
      check (id > 0), check (is_person in (0, 1)), check (is_active in (0, 1))
    )${strict}`,
    "create unique index supplier_credit_code on supplier (community, credit_code) where credit_code <> ''",
    `create table supplier_step (
      community ${text} not null, supplier ${int} not null, step ${int} not null, kind ${text} not null,
      text ${text} not null, actor ${text} not null, at ${text} not null, primary key (community, supplier, step),
      foreign key (community, supplier) references supplier (community, id),
      check (kind in ('registered', 'changed', 'related', 'cleared', 'retired', 'revived'))
    )${keyed}`,

    `create table spend (
      community ${text} not null references book (community), id ${int} not null, kind ${text} not null,
      status ${text} not null, bank ${text} not null, to_bank ${text}, supplier ${int}, payee ${text} not null,
      unit ${text} not null, day ${text} not null, purpose ${text} not null, resolution ${text} not null,
      emergency ${text} not null, confirmed ${text} not null, corrects ${int}, to_account ${text} not null, receipt ${int},
      asked_by ${text} not null, asked_at ${text} not null, expires_on ${text} not null,
      sides ${text} not null, entry ${int}, decided_at ${text}, ratify_by ${text}, ratified_at ${text},
      primary key (community, id),
      foreign key (community, bank) references bank_account (community, code),
      foreign key (community, to_bank) references bank_account (community, code),
      foreign key (community, supplier) references supplier (community, id),
      foreign key (community, corrects) references entry (community, seq),
      foreign key (community, entry) references entry (community, seq),
      check (id > 0), check (kind in ('payment', 'draw', 'transfer', 'refund', 'deposit-return', 'correction')),
      check (status in ('waiting', 'paid', 'refused', 'withdrawn', 'expired')),
      check ((status = 'paid') = (entry is not null)), check ((status = 'waiting') = (decided_at is null)),
      check ((kind = 'transfer') = (to_bank is not null)), check ((kind = 'correction') = (corrects is not null)),
      check ((kind = 'deposit-return') = (receipt is not null))
    )${strict}`,
    // What waits is little and asked for at every step; what is done is much and looked up by its key.
    "create index spend_waiting on spend (community, id) where status = 'waiting'",
    "create unique index spend_entry on spend (community, entry) where entry is not null",
    "create index spend_unratified on spend (community, id) where ratify_by is not null and ratified_at is null",
    "create index spend_supplier on spend (community, supplier, id) where supplier is not null",
    `create table spend_line (
      community ${text} not null, spend ${int} not null, line ${int} not null, account ${text} not null,
      amount ${int} not null, memo ${text} not null, primary key (community, spend, line),
      foreign key (community, spend) references spend (community, id), check (amount > 0)
    )${keyed}`,
    `create table spend_invoice (
      community ${text} not null, spend ${int} not null, number ${text} not null, amount ${int}, nets ${text} not null,
      held ${int} not null, primary key (community, spend, number),
      foreign key (community, spend) references spend (community, id), check (held in (0, 1))
    )${keyed}`,
    // An invoice is paid once: held while its request waits and after it was paid.
    "create unique index spend_invoice_held on spend_invoice (community, number) where held = 1",
    `create table spend_voucher (
      community ${text} not null, spend ${int} not null, place ${int} not null, sha256 ${text} not null,
      primary key (community, spend, place), foreign key (community, spend) references spend (community, id),
      foreign key (community, sha256) references voucher (community, sha256)
    )${keyed}`,
    "create index spend_voucher_used on spend_voucher (community, sha256)",
    // One key a side, one key a person.
    `create table spend_key (
      community ${text} not null, spend ${int} not null, side ${text} not null, account ${text} not null,
      primary key (community, spend, side), unique (community, spend, account),
      foreign key (community, spend) references spend (community, id), check (side in ('trustee', 'committee'))
    )${keyed}`,
    `create table spend_step (
      community ${text} not null, spend ${int} not null, step ${int} not null, kind ${text} not null,
      side ${text} not null, actor ${text} not null, text ${text} not null, at ${text} not null,
      primary key (community, spend, step), foreign key (community, spend) references spend (community, id),
      check (kind in ('released', 'taken back', 'refused', 'withdrawn', 'expired', 'paid', 'ratified', 'declined'))
    )${keyed}`,
  ];
  for (const statement of [...tables, ...(postgres ? postgresTriggers() : sqliteTriggers())]) {
    await db.raw(statement);
  }
}

export async function down(db: Knex): Promise<void> {
  throw new Error(`Requests and their keys are never taken down; restore a backup instead (${db.client.dialect}).`);
}

/** Tables whose rows may be added and never changed, and what to do instead. */
const APPEND_ONLY: readonly (readonly [table: string, remedy: string])[] = [
  ["supplier_step", "the history of a supplier is append-only"],
  ["spend_line", "what was asked for stays: withdraw the request and ask anew"],
  ["spend_voucher", "the vouchers of a request stay: withdraw the request and ask anew"],
  ["spend_step", "the history of a request is append-only"],
];

/** A person's name may be erased, which leaves what the books call that person. */
const RENAMED =
  "new.id <> old.id or (new.name <> old.name and not (old.is_person = 1 and new.name = '个人·' || old.id))";
const NAME_STAYS = "a supplier keeps its name: register the new name as another supplier";
const SUPPLIER_STAYS = "suppliers are not deleted: retire the supplier";
const ASK_STAYS = "what was asked for stays, and a decided request keeps its end: ask anew or correct the entry";
const SPEND_STAYS = "requests are not deleted: withdraw or refuse them";
const INVOICE_STAYS = "an invoice of a request stays: it can only be freed";
const KEYS_STAY = "the keys of a decided request stay";

/** Columns of a request that say what was asked for. */
const ASKED = [
  "kind",
  "bank",
  "to_bank",
  "supplier",
  "payee",
  "unit",
  "day",
  "purpose",
  "resolution",
  "emergency",
  "confirmed",
  "corrects",
  "to_account",
  "receipt",
  "asked_by",
  "asked_at",
  "expires_on",
];

/** Whether an update of a request changes what may not change; `differs` is the dialect's null-safe "is not". */
function forbiddenChange(differs: string): string {
  const asked = ASKED.map((column) => `new.${column} ${differs} old.${column}`).join(" or ");
  const ended = ["status", "entry", "decided_at", "ratify_by", "sides"]
    .map((column) => `new.${column} ${differs} old.${column}`)
    .join(" or ");
  return `${asked} or (old.status <> 'waiting' and (${ended})) or (old.ratified_at is not null and new.ratified_at ${differs} old.ratified_at)`;
}

function sqliteTriggers(): string[] {
  const refuse = (name: string, when: string, message: string): string =>
    `create trigger ${name} ${when} begin select raise(abort, '${message}'); end`;
  const decided = (row: string): string =>
    `when exists (select 1 from spend where community = ${row}.community and id = ${row}.spend and status <> 'waiting')`;
  return [
    ...APPEND_ONLY.flatMap(([table, remedy]) => [
      refuse(`${table}_no_update`, `before update on ${table}`, remedy),
      refuse(`${table}_no_delete`, `before delete on ${table}`, remedy),
    ]),
    refuse("supplier_name_stays", `before update on supplier when ${RENAMED}`, NAME_STAYS),
    refuse("supplier_no_delete", "before delete on supplier", SUPPLIER_STAYS),
    refuse("spend_stays", `before update on spend when ${forbiddenChange("is not")}`, ASK_STAYS),
    refuse("spend_no_delete", "before delete on spend", SPEND_STAYS),
    refuse(
      "spend_invoice_stays",
      "before update on spend_invoice when new.community <> old.community or new.spend <> old.spend or new.number <> old.number or new.amount is not old.amount or new.nets <> old.nets or new.held > old.held",
      INVOICE_STAYS,
    ),
    refuse("spend_invoice_no_delete", "before delete on spend_invoice", INVOICE_STAYS),
    refuse("spend_key_no_update", "before update on spend_key", KEYS_STAY),
    refuse("spend_key_no_late", `before insert on spend_key ${decided("new")}`, KEYS_STAY),
    refuse("spend_key_no_delete", `before delete on spend_key ${decided("old")}`, KEYS_STAY),
  ];
}

function postgresTriggers(): string[] {
  const raise = (message: string): string => `raise exception '${message}' using errcode = 'check_violation'`;
  const refuse = (name: string, event: string, table: string, message: string, when = "true"): string[] => [
    `create function ${name}() returns trigger language plpgsql as $$ begin
      if ${when} then ${raise(message)}; end if;
      return coalesce(new, old); end $$`,
    `create trigger ${name} before ${event} on ${table} for each row execute function ${name}()`,
  ];
  const decided = (row: string): string =>
    `exists (select 1 from spend where community = ${row}.community and id = ${row}.spend and status <> 'waiting')`;
  const kept = ["supplier", "spend", "spend_invoice", "spend_key", ...APPEND_ONLY.map(([table]) => table)];
  return [
    ...APPEND_ONLY.flatMap(([table, remedy]) => refuse(`${table}_no_change`, "update or delete", table, remedy)),
    ...refuse("supplier_name_stays", "update", "supplier", NAME_STAYS, RENAMED),
    ...refuse("supplier_no_delete", "delete", "supplier", SUPPLIER_STAYS),
    ...refuse("spend_stays", "update", "spend", ASK_STAYS, forbiddenChange("is distinct from")),
    ...refuse("spend_no_delete", "delete", "spend", SPEND_STAYS),
    ...refuse(
      "spend_invoice_stays",
      "update",
      "spend_invoice",
      INVOICE_STAYS,
      "new.community <> old.community or new.spend <> old.spend or new.number <> old.number or new.amount is distinct from old.amount or new.nets <> old.nets or new.held > old.held",
    ),
    ...refuse("spend_invoice_no_delete", "delete", "spend_invoice", INVOICE_STAYS),
    ...refuse("spend_key_no_update", "update", "spend_key", KEYS_STAY),
    ...refuse("spend_key_no_late", "insert", "spend_key", KEYS_STAY, decided("new")),
    ...refuse("spend_key_no_delete", "delete", "spend_key", KEYS_STAY, decided("old")),
    ...kept.flatMap((table) => [
      `create function ${table}_no_truncate() returns trigger language plpgsql as $$ begin ${raise(SPEND_STAYS)}; end $$`,
      `create trigger ${table}_no_truncate before truncate on ${table} for each statement execute function ${table}_no_truncate()`,
    ]),
  ];
}
