// The books of a community: who it is, its journal, what follows from the journal, and what was published.
// One schema for SQLite (STRICT) and PostgreSQL. Every key is led by the community, so that the same tables can be
// distributed by it. Amounts are whole fen; months and days are text that sorts.
import type { Knex } from "knex";

export async function up(db: Knex): Promise<void> {
  const postgres = db.client.dialect === "postgresql";
  // Keys compare byte by byte on both databases, whatever the locale.
  const text = postgres ? 'text collate "C"' : "text";
  const int = postgres ? "bigint" : "integer";
  const strict = postgres ? "" : " strict";
  const keyed = postgres ? "" : " strict, without rowid";

  const tables = [
    `create table community (
      code ${text} primary key, name ${text} not null, principal ${text} not null, trustee ${text} not null
    )${strict}`,
    `create table bank_account (
      community ${text} not null references community (code), code ${text} not null, name ${text} not null,
      fund ${text} not null, primary key (community, code)
    )${strict}`,
    `create table deed (
      community ${text} not null references community (code), from_month ${text} not null, terms ${text} not null,
      primary key (community, from_month)
    )${strict}`,

    `create table owner (
      community ${text} not null references community (code), id ${text} not null, name ${text} not null,
      primary key (community, id)
    )${strict}`,
    `create table unit (
      community ${text} not null references community (code), name ${text} not null, usage ${text} not null,
      area ${text} not null, discount ${text} not null, from_month ${text} not null, primary key (community, name)
    )${strict}`,
    `create table holding (
      community ${text} not null, unit ${text} not null, since ${text} not null, owner ${text} not null,
      primary key (community, unit, since, owner), foreign key (community, unit) references unit (community, name),
      foreign key (community, owner) references owner (community, id)
    )${strict}`,

    // One row per community: the row every writer locks first.
    `create table book (
      community ${text} primary key references community (code), first_month ${text} not null,
      closed_through ${text} not null, seq ${int} not null, head ${text} not null, moved_in ${text} not null
    )${strict}`,
    // An entry is the seal on its lines: they come first, then the entry, and then neither can change.
    `create table entry (
      community ${text} not null, seq ${int} not null, month ${text} not null, number ${int} not null,
      day ${text} not null, occurred ${text} not null, kind ${text} not null, memo ${text} not null,
      source ${text}, payee ${text}, invoice ${text}, resolution ${text}, corrects ${int}, reason ${text},
      bytes ${text} not null, hash ${text} not null, recorded_at ${text} not null,
      primary key (community, seq), unique (community, month, number),
      foreign key (community) references book (community), foreign key (community, corrects) references entry (community, seq),
      check (seq > 0 and number > 0), check (substr(day, 1, 7) = month), check (occurred <= day),
      check ((corrects is null) or (reason is not null))
    )${strict}`,
    `create table entry_line (
      community ${text} not null, month ${text} not null, number ${int} not null, line ${int} not null,
      fund ${text} not null, account ${text} not null, unit ${text} not null, period ${text} not null,
      bank ${text} not null, flow ${text} not null, purpose ${text} not null, amount ${int} not null,
      primary key (community, month, number, line),
      foreign key (community, month, number) references entry (community, month, number) deferrable initially deferred,
      check (amount <> 0), check ((account = '1002') = (bank <> '')), check ((flow = '') = (account <> '1002')),
      check (flow in ('', 'opening', 'received', 'paid', 'transferred'))
    )${keyed}`,
    // What the lines of a month add up to. A cache: rebuilt and compared by verify.
    `create table balance (
      community ${text} not null references book (community), month ${text} not null, fund ${text} not null,
      account ${text} not null, bank ${text} not null, flow ${text} not null, purpose ${text} not null,
      debit ${int} not null, credit ${int} not null, primary key (community, month, fund, account, bank, flow, purpose)
    )${keyed}`,

    `create table rate (
      community ${text} not null references community (code), usage ${text} not null, from_month ${text} not null,
      rate ${text} not null, primary key (community, usage, from_month)
    )${strict}`,
    `create table bill (
      community ${text} not null, unit ${text} not null, period ${text} not null, amount ${int} not null,
      settled ${int} not null, origin ${text} not null, primary key (community, period, unit),
      foreign key (community, unit) references unit (community, name),
      check (amount >= 0), check (settled between 0 and amount), check (origin in ('opening', 'billed'))
    )${keyed}`,
    `create table prepaid (
      community ${text} not null, unit ${text} not null, amount ${int} not null, primary key (community, unit),
      foreign key (community, unit) references unit (community, name)
    )${keyed}`,
    `create table collection (
      community ${text} not null references community (code), month ${text} not null, due ${int} not null,
      collected ${int} not null, due_to_date ${int} not null, collected_to_date ${int} not null,
      old_arrears_recovered ${int} not null, arrears ${int} not null, prepaid ${int} not null,
      households_due ${int} not null, households_paid ${int} not null, primary key (community, month)
    )${strict}`,

    `create table budget_line (
      community ${text} not null references community (code), year ${int} not null, account ${text} not null,
      amount ${int} not null, primary key (community, year, account), check (amount >= 0)
    )${strict}`,
    `create table bank_line (
      community ${text} not null, account ${text} not null, line ${int} not null, day ${text} not null,
      amount ${int} not null, balance ${int} not null, counterparty ${text} not null, memo ${text} not null,
      source ${text} not null, serial ${text} not null, primary key (community, account, line), unique (community, account, source),
      foreign key (community, account) references bank_account (community, code)
    )${strict}`,
    `create table draw (
      community ${text} not null references community (code), month ${text} not null, deed_from ${text} not null,
      rate ${text} not null, base ${int} not null, earned ${int} not null, primary key (community, month)
    )${strict}`,
    `create table sweep (
      community ${text} not null references community (code), month ${text} not null, free ${int} not null,
      reserve ${int} not null, share ${text} not null, swept ${int} not null, primary key (community, month),
      check (swept >= 0)
    )${strict}`,
    `create table month_close (
      community ${text} not null references book (community), month ${text} not null, seq ${int} not null,
      head ${text} not null, closed_at ${text} not null, primary key (community, month)
    )${strict}`,
    `create table statement (
      community ${text} not null, month ${text} not null, revision ${int} not null, bytes ${text} not null,
      digest ${text} not null, known_through ${text} not null, reason ${text} not null, published_at ${text} not null,
      primary key (community, month, revision), foreign key (community, month) references month_close (community, month),
      check (revision > 0)
    )${strict}`,

    // Open bills are few, bills are many: closing a month must not read the paid ones.
    "create index bill_open on bill (community, unit, period) where settled < amount",
    // Partial, so that no look-up by number can take them for the right index while the tables are still empty:
    // PostgreSQL's triggers and foreign keys keep the plan they made first.
    "create unique index entry_source on entry (community, source) where source is not null",
    "create unique index entry_corrects on entry (community, corrects, kind) where corrects is not null",
    // Late entries are rare and looked for across months. SQLite uses the index only for the same words in this order.
    "create index entry_late on entry (community, month) where month > substr(occurred, 1, 7)",
    "create index bank_line_day on bank_line (community, account, day, line)",
  ];
  for (const statement of [...tables, ...(postgres ? postgresTriggers() : sqliteTriggers())]) {
    await db.raw(statement);
  }
}

export async function down(db: Knex): Promise<void> {
  throw new Error(`Published books are never taken down; restore a backup instead (${db.client.dialect}).`);
}

/** Tables whose rows may be added and never changed, and what to do instead. */
const APPEND_ONLY: readonly (readonly [table: string, remedy: string])[] = [
  ["entry", "journal entries are append-only: correct one with a linked entry (xinyi correct)"],
  ["entry_line", "journal lines are append-only: correct the entry with a linked entry (xinyi correct)"],
  ["month_close", "a closed month stays closed: book a late entry in the open month"],
  ["statement", "published statements are append-only: restate the month as a new revision (xinyi restate)"],
  ["draw", "the draw of a closed month is final: the next draw takes corrections into account"],
  ["sweep", "the sweep of a closed month is final: the next sweep takes corrections into account"],
  ["collection", "the collection figures of a closed month are final"],
  ["deed", "a deed version that was in force stays: add a version from a later month"],
  ["rate", "a rate that was in force stays: add a rate from a later month"],
  ["budget_line", "a budget line stays as it was adopted: add what is new"],
  ["bank_line", "bank lines are append-only: import the corrected line as a new one"],
];

const UNBALANCED = "the entry is not balanced in each of its funds: post lines that add up to zero per fund";
const NO_LINES = "an entry needs at least two lines: insert its lines before the entry that seals them";
const SEALED = "the entry is sealed: post another entry instead of adding lines";
const CLOSED = "the month is closed: book a late entry in the open month";
const GAP = "entry numbers have no gaps: use the next sequence and the next number of the month";
const MONOTONIC = "a closed month stays closed and the chain only grows: do not set the book back";

function sqliteTriggers(): string[] {
  const immutable = APPEND_ONLY.flatMap(([table, remedy]) => [
    `create trigger ${table}_no_update before update on ${table} begin select raise(abort, '${remedy}'); end`,
    `create trigger ${table}_no_delete before delete on ${table} begin select raise(abort, '${remedy}'); end`,
  ]);
  return [
    ...immutable,
    `create trigger entry_line_sealed before insert on entry_line
      when exists (select 1 from entry where community = new.community and month = new.month and number = new.number)
      begin select raise(abort, '${SEALED}'); end`,
    `create trigger entry_seal before insert on entry begin
      select raise(abort, '${CLOSED}') from book where community = new.community and closed_through >= new.month;
      select raise(abort, '${GAP}') where
        new.seq <> (select coalesce(max(seq), 0) + 1 from entry where community = new.community) or
        new.number <> (select coalesce(max(number), 0) + 1 from entry where community = new.community and month = new.month);
      select raise(abort, '${NO_LINES}') where 2 > (select count(*) from entry_line
        where community = new.community and month = new.month and number = new.number);
      select raise(abort, '${UNBALANCED}') where exists (select 1 from entry_line
        where community = new.community and month = new.month and number = new.number
        group by fund having sum(amount) <> 0);
    end`,
    `create trigger entry_heads_book after insert on entry begin
      update book set seq = new.seq, head = new.hash where community = new.community;
    end`,
    `create trigger book_monotonic before update on book
      when new.closed_through < old.closed_through or new.seq < old.seq or new.first_month <> old.first_month
      begin select raise(abort, '${MONOTONIC}'); end`,
    `create trigger book_no_delete before delete on book begin select raise(abort, '${MONOTONIC}'); end`,
  ];
}

// PostgreSQL seals a whole statement at once: with many entries in one insert those are a few queries, not thousands.
function postgresTriggers(): string[] {
  const immutable = [...APPEND_ONLY, ["book", MONOTONIC] as const].flatMap(([table, remedy]) => [
    `create function ${table}_refuse() returns trigger language plpgsql as $$
      begin raise exception '${remedy}' using errcode = 'check_violation'; end $$`,
    `create trigger ${table}_no_change before ${table === "book" ? "delete" : "update or delete"} on ${table}
      for each row execute function ${table}_refuse()`,
    `create trigger ${table}_no_truncate before truncate on ${table} for each statement execute function ${table}_refuse()`,
  ]);
  const raise = (message: string): string => `raise exception '${message}' using errcode = 'check_violation'`;
  return [
    ...immutable,
    // "offset 0" and "limit" keep each look-up by its key: joined as sets, the planner would read whole tables.
    `create function entry_line_sealed() returns trigger language plpgsql as $$ begin
      if exists (select 1 from (select community, month, number, count(*) as lines from added group by 1, 2, 3) a
                 cross join lateral (
                   select count(*) as lines from entry_line l
                   where l.community = a.community and l.month = a.month and l.number = a.number offset 0) l
                 where l.lines <> a.lines and exists (
                   select 1 from entry e
                   where e.community = a.community and e.month = a.month and e.number = a.number offset 0))
      then ${raise(SEALED)}; end if;
      return null; end $$`,
    `create trigger entry_line_sealed after insert on entry_line referencing new table as added
      for each statement execute function entry_line_sealed()`,
    `create function entry_seal() returns trigger language plpgsql as $$ declare fault text; begin
      select case
        when exists (select 1 from added a join book b on b.community = a.community where b.closed_through >= a.month)
        then '${CLOSED}'
        when exists (select 1 from (select community, min(seq) as first, max(seq) as last, count(*) as rows
                                    from added group by community) a
                     where a.last - a.first + 1 <> a.rows or a.first <> 1 + coalesce(
                       (select max(e.seq) from entry e where e.community = a.community and e.seq < a.first), 0))
          or exists (select 1 from (select community, month, min(number) as first, max(number) as last, count(*) as rows
                                    from added group by community, month) a
                     where a.last - a.first + 1 <> a.rows or a.first <> 1 + coalesce(
                       (select max(e.number) from entry e
                        where e.community = a.community and e.month = a.month and e.number < a.first), 0))
        then '${GAP}'
        when exists (select 1 from added a cross join lateral (
                       select count(*) as lines from entry_line l
                       where l.community = a.community and l.month = a.month and l.number = a.number offset 0) c
                     where c.lines < 2)
        then '${NO_LINES}'
        when exists (select 1 from added a cross join lateral (
                       select 1 from entry_line l
                       where l.community = a.community and l.month = a.month and l.number = a.number
                       group by l.fund having sum(l.amount) <> 0 limit 1) c)
        then '${UNBALANCED}' end into fault;
      if fault is not null then raise exception '%', fault using errcode = 'check_violation'; end if;
      update book b set seq = last.seq, head = last.hash
        from (select distinct on (community) community, seq, hash from added order by community, seq desc) last
        where b.community = last.community;
      return null; end $$`,
    `create trigger entry_seal after insert on entry referencing new table as added
      for each statement execute function entry_seal()`,
    `create function book_monotonic() returns trigger language plpgsql as $$ begin
      if new.closed_through < old.closed_through or new.seq < old.seq or new.first_month <> old.first_month
      then ${raise(MONOTONIC)}; end if;
      return new; end $$`,
    `create trigger book_monotonic before update on book for each row execute function book_monotonic()`,
  ];
}
