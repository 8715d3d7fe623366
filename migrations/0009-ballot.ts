// Ballots: who took part, what was chosen, what came on paper and who entered it, who votes for whom. A ballot that was
// taken stands. Choices come first and the ballot seals them; in a secret vote they are emptied once it is closed.
import type { Knex } from "knex";

export async function up(db: Knex): Promise<void> {
  const postgres = db.client.dialect === "postgresql";
  // Keys compare byte by byte on both databases, whatever the locale.
  const text = postgres ? 'text collate "C"' : "text";
  const int = postgres ? "bigint" : "integer";
  const strict = postgres ? "" : " strict";
  const keyed = postgres ? "" : " strict, without rowid";
  const recorded = `recorded_by ${text} not null, recorded_at ${text} not null`;
  const onRoll = "foreign key (community, assembly, head) references roll_head (community, assembly, head)";

  const tables = [
    // Scans of ballots and the papers of proxies, by hash. pages: JSON. Never public, and no vouchers.
    `create table ballot_file (
      community ${text} not null references community (code), sha ${text} not null, name ${text} not null,
      pages ${text} not null, ${recorded}, primary key (community, sha)
    )${strict}`,
    // matters: a JSON list of their places; '' = all of them.
    `create table proxy (
      community ${text} not null, assembly ${int} not null, id ${int} not null, head ${text} not null,
      holder ${text} not null, matters ${text} not null, given_on ${text} not null, document ${text} not null,
      ${recorded}, primary key (community, assembly, id), unique (community, assembly, id, head), ${onRoll},
      foreign key (community, holder) references owner (community, id),
      foreign key (community, document) references ballot_file (community, sha), check (id > 0)
    )${strict}`,
    `create table proxy_end (
      community ${text} not null, assembly ${int} not null, proxy ${int} not null, reason ${text} not null, ${recorded},
      primary key (community, assembly, proxy),
      foreign key (community, assembly, proxy) references proxy (community, assembly, id)
    )${strict}`,
    // choices: JSON by the places of matters; '' = taken back (then with a reason) or emptied at the close.
    `create table paper_entry (
      community ${text} not null, assembly ${int} not null, seq ${int} not null, head ${text} not null,
      choices ${text} not null, received_on ${text} not null, proxy ${int}, scan ${text}, reason ${text} not null,
      entered_by ${text} not null, entered_at ${text} not null, primary key (community, assembly, seq), ${onRoll},
      foreign key (community, assembly, proxy, head) references proxy (community, assembly, id, head),
      foreign key (community, scan) references ballot_file (community, sha), check (seq > 0)
    )${strict}`,
    `create table ballot (
      community ${text} not null, assembly ${int} not null, head ${text} not null, channel ${text} not null,
      receipt ${text} not null, proxy ${int}, cast_by ${text} not null, cast_at ${text} not null,
      primary key (community, assembly, head), unique (community, assembly, receipt), ${onRoll},
      foreign key (community, assembly, proxy, head) references proxy (community, assembly, id, head),
      check (channel in ('electronic', 'paper'))
    )${keyed}`,
    `create table ballot_choice (
      community ${text} not null, assembly ${int} not null, head ${text} not null, matter ${int} not null,
      choice ${text} not null, primary key (community, assembly, head, matter),
      foreign key (community, assembly, matter) references matter (community, assembly, place),
      foreign key (community, assembly, head) references ballot (community, assembly, head) deferrable initially deferred,
      check (choice in ('agree', 'oppose', 'abstain', ''))
    )${keyed}`,
    "create index ballot_time on ballot (community, assembly, cast_at)",
    "create index paper_entry_head on paper_entry (community, assembly, head, seq)",
    "create index proxy_head on proxy (community, assembly, head)",
    "create index proxy_holder on proxy (community, assembly, holder)",
  ];
  for (const statement of [...tables, ...(postgres ? postgresTriggers() : sqliteTriggers())]) {
    await db.raw(statement);
  }
}

export async function down(db: Knex): Promise<void> {
  throw new Error(`Ballots are never taken down; restore a backup instead (${db.client.dialect}).`);
}

/** Tables whose rows may be added and never changed, and what to do instead. */
const APPEND_ONLY: readonly (readonly [table: string, remedy: string])[] = [
  ["ballot", "a ballot that was taken stands: nobody votes twice or takes a vote back"],
  ["ballot_file", "a scanned paper stays as it was brought in"],
  ["proxy", "a proxy stays on record: end it and record another one"],
  ["proxy_end", "the end of a proxy stays on record"],
];

/** Tables with one column that may be emptied once a secret vote is closed; nothing else of them changes. */
const ERASABLE: readonly (readonly [table: string, column: string, kept: string, remedy: string])[] = [
  [
    "ballot_choice",
    "choice",
    "community, assembly, head, matter",
    "a choice stays as it was cast: only the close of a secret vote empties it",
  ],
  [
    "paper_entry",
    "choices",
    "community, assembly, seq, head, received_on, proxy, scan, reason, entered_by, entered_at",
    "what was entered stays on record: enter it again, the newest of each person counts",
  ],
];

const NOT_OPEN = "the vote takes nothing before its notice, after its close or once it was withdrawn";
const OUT_OF_TIME = "an electronic ballot is cast on a day of the voting";
const INCOMPLETE = "a ballot has one choice for each matter: insert its choices before the ballot that seals them";
const SEALED = "the ballot is sealed: it takes no further choice";
const PAPER_FIRST = "a paper ballot of this head came first: finish its entry or take it back";
const TWO_PEOPLE = "a paper ballot counts when two people have entered the same";
const BALLOT_FIRST = "the ballot of this head was taken: it stands";
const SCAN_SECRET = "a secret vote keeps no scan: it would show who chose what";
const PROXY_ENDED = "this proxy has ended: it casts no ballot";
const PROXY_TWICE = "this head has given a proxy: end it before another one is recorded";

/** The rules that hold when a row comes, as conditions on `new`: what must not be, and what is said then. */
interface Rule {
  readonly table: string;
  readonly wrong: readonly (readonly [condition: string, message: string])[];
}

const SAME_HEAD = "community = new.community and assembly = new.assembly and head = new.head";
const ASSEMBLY = "a.community = new.community and a.id = new.assembly";
const CLOSED = `not exists (select 1 from assembly a where ${ASSEMBLY}
  and a.noticed_at is not null and a.closed_at is null and a.finished_at is null)`;
/** Of each person the newest entry of the head, unless it was taken back. */
const STANDING = `from paper_entry e where e.community = new.community and e.assembly = new.assembly
  and e.head = new.head and e.choices <> '' and not exists (select 1 from paper_entry l
    where l.community = e.community and l.assembly = e.assembly and l.head = e.head
    and l.entered_by = e.entered_by and l.seq > e.seq)`;

function rules(postgres: boolean): Rule[] {
  const dayThere = postgres
    ? "to_char((new.cast_at::timestamptz at time zone 'UTC') + interval '8 hours', 'YYYY-MM-DD')"
    : "date(new.cast_at, '+8 hours')";
  const placesOf = (list: string): string => `json_array_length(${list}${postgres ? "::json" : ""})`;
  const wanted = `coalesce((select ${placesOf("p.matters")} from proxy p where p.community = new.community
      and p.assembly = new.assembly and p.id = new.proxy and p.matters <> ''),
    (select count(*) from matter m where m.community = new.community and m.assembly = new.assembly))`;
  return [
    {
      table: "ballot",
      wrong: [
        [CLOSED, NOT_OPEN],
        [
          `new.channel = 'electronic' and not exists (select 1 from assembly a where ${ASSEMBLY}
            and ${dayThere} between a.opens_on and a.closes_on)`,
          OUT_OF_TIME,
        ],
        [`(select count(*) from ballot_choice where ${SAME_HEAD}) <> ${wanted}`, INCOMPLETE],
        [`new.channel = 'electronic' and exists (select 1 ${STANDING})`, PAPER_FIRST],
        [
          `new.channel = 'paper' and not exists (
            select 1 ${STANDING} group by e.choices, e.received_on, e.proxy having count(*) > 1)`,
          TWO_PEOPLE,
        ],
        [
          `exists (select 1 from proxy_end where community = new.community and assembly = new.assembly
            and proxy = new.proxy)`,
          PROXY_ENDED,
        ],
      ],
    },
    {
      table: "paper_entry",
      wrong: [
        [CLOSED, NOT_OPEN],
        [`exists (select 1 from ballot where ${SAME_HEAD})`, BALLOT_FIRST],
        [
          `new.scan is not null and exists (select 1 from assembly a where ${ASSEMBLY} and a.ballot = 'secret')`,
          SCAN_SECRET,
        ],
      ],
    },
    {
      table: "proxy",
      wrong: [
        [CLOSED, NOT_OPEN],
        [`exists (select 1 from ballot where ${SAME_HEAD})`, BALLOT_FIRST],
        [
          `exists (select 1 from proxy p where p.community = new.community and p.assembly = new.assembly
            and p.head = new.head and p.id <> new.id and not exists (select 1 from proxy_end x
              where x.community = p.community and x.assembly = p.assembly and x.proxy = p.id))`,
          PROXY_TWICE,
        ],
      ],
    },
  ];
}

/** Whether an emptied text may take this one's place. */
const ERASES = (column: string): string => `new.${column} = '' and exists (select 1 from assembly a
  where ${ASSEMBLY} and a.ballot = 'secret' and a.closed_at is not null)`;

function sqliteTriggers(): string[] {
  const refuse = (remedy: string): string => `begin select raise(abort, '${remedy}'); end`;
  return [
    ...APPEND_ONLY.flatMap(([table, remedy]) => [
      `create trigger ${table}_no_update before update on ${table} ${refuse(remedy)}`,
      `create trigger ${table}_no_delete before delete on ${table} ${refuse(remedy)}`,
    ]),
    ...ERASABLE.flatMap(([table, column, kept, remedy]) => [
      `create trigger ${table}_no_update before update of ${kept} on ${table} ${refuse(remedy)}`,
      `create trigger ${table}_erase before update of ${column} on ${table}
        when not (${ERASES(column)}) ${refuse(remedy)}`,
      `create trigger ${table}_no_delete before delete on ${table} ${refuse(remedy)}`,
    ]),
    `create trigger ballot_choice_sealed before insert on ballot_choice
      when exists (select 1 from ballot where ${SAME_HEAD}) ${refuse(SEALED)}`,
    `create trigger ballot_choice_empty before insert on ballot_choice when new.choice = '' ${refuse(INCOMPLETE)}`,
    ...rules(false).map(
      ({ table, wrong }) => `create trigger ${table}_taken before insert on ${table} begin
        ${wrong.map(([condition, message]) => `select raise(abort, '${message}') where ${condition};`).join("\n")} end`,
    ),
  ];
}

// PostgreSQL takes choices and their ballot in one statement, whose rows all of its "after" triggers see. A second ballot of
// one head is told as what it is, a key that was taken meanwhile: whoever comes second starts again and finds the first.
function postgresTriggers(): string[] {
  const refuser = (table: string, remedy: string): string[] => [
    `create function ${table}_refuse() returns trigger language plpgsql as $$
      begin raise exception '${remedy}' using errcode = 'check_violation'; end $$`,
    `create trigger ${table}_no_truncate before truncate on ${table} for each statement execute function ${table}_refuse()`,
  ];
  const raise = (message: string): string => `raise exception '${message}' using errcode = 'check_violation'`;
  return [
    ...APPEND_ONLY.flatMap(([table, remedy]) => [
      ...refuser(table, remedy),
      `create trigger ${table}_no_change before update or delete on ${table}
        for each row execute function ${table}_refuse()`,
    ]),
    ...ERASABLE.flatMap(([table, column, kept, remedy]) => [
      ...refuser(table, remedy),
      `create trigger ${table}_no_change before delete or update of ${kept} on ${table}
        for each row execute function ${table}_refuse()`,
      `create function ${table}_erase() returns trigger language plpgsql as $$ begin
        if not (${ERASES(column)}) then ${raise(remedy)}; end if;
        return new; end $$`,
      `create trigger ${table}_erase before update of ${column} on ${table}
        for each row execute function ${table}_erase()`,
    ]),
    `create function ballot_choice_sealed() returns trigger language plpgsql as $$ begin
      if exists (select 1 from ballot where ${SAME_HEAD})
      then raise exception '${SEALED}' using errcode = 'unique_violation'; end if;
      if new.choice = '' then ${raise(INCOMPLETE)}; end if;
      return new; end $$`,
    `create trigger ballot_choice_sealed before insert on ballot_choice
      for each row execute function ballot_choice_sealed()`,
    ...rules(true).flatMap(({ table, wrong }) => [
      `create function ${table}_taken() returns trigger language plpgsql as $$ begin
        ${wrong.map(([condition, message]) => `if ${condition} then ${raise(message)}; end if;`).join("\n")}
        return null; end $$`,
      `create trigger ${table}_taken after insert on ${table} for each row execute function ${table}_taken()`,
    ]),
  ];
}
