// What needs a second person, or a paper: a ballot that one person alone entered from paper neither keeps its owner from voting
// nor the vote from being counted; owners call an assembly by their own word or their signature; and what was delivered is proved
// where it decides.
import type { Knex } from "knex";

export async function up(db: Knex): Promise<void> {
  const postgres = db.client.dialect === "postgresql";
  // Keys compare byte by byte on both databases, whatever the locale.
  const text = postgres ? 'text collate "C"' : "text";
  const int = postgres ? "bigint" : "integer";
  const strict = postgres ? "" : " strict";
  const recorded = `recorded_by ${text} not null, recorded_at ${text} not null`;

  const tables = [
    // entry: the number of an entry that somebody else set aside, so that it counts no more.
    `create table paper_aside (
      community ${text} not null, assembly ${int} not null, entry ${int} not null, reason ${text} not null, ${recorded},
      primary key (community, assembly, entry),
      foreign key (community, assembly, entry) references paper_entry (community, assembly, seq), check (reason <> '')
    )${strict}`,
    // The owners' call with their signatures.
    `create table call_paper (
      community ${text} not null, assembly ${int} not null, sha ${text} not null, ${recorded},
      primary key (community, assembly, sha), foreign key (community, assembly) references assembly (community, id),
      foreign key (community, sha) references ballot_file (community, sha)
    )${strict}`,
    // about: SHA-256 of what was called for. The last word of an account on a head counts.
    `create table caller_word (
      community ${text} not null, assembly ${int} not null, seq ${int} not null, head ${text} not null,
      account ${text} not null, is_mine ${int} not null, about ${text} not null, said_at ${text} not null,
      primary key (community, assembly, seq), foreign key (community, assembly) references assembly (community, id),
      check (seq > 0), check (is_mine in (0, 1))
    )${strict}`,
    // delivery: its number. What proves it: a courier's slip, a list of signatures.
    `create table delivery_paper (
      community ${text} not null, assembly ${int} not null, delivery ${int} not null, sha ${text} not null,
      primary key (community, assembly, delivery),
      foreign key (community, assembly, delivery) references delivery (community, assembly, seq),
      foreign key (community, sha) references ballot_file (community, sha)
    )${strict}`,
    // Somebody else held the paper against the deliveries that it proves, up to the one of that number.
    `create table delivery_check (
      community ${text} not null, assembly ${int} not null, sha ${text} not null, through ${int} not null,
      checked_by ${text} not null, checked_at ${text} not null, primary key (community, assembly, sha, through),
      foreign key (community, assembly, through) references delivery (community, assembly, seq),
      foreign key (community, sha) references ballot_file (community, sha)
    )${strict}`,
    // An owner's own word to have seen notice and ballot.
    `create table notice_reading (
      community ${text} not null, assembly ${int} not null, head ${text} not null, account ${text} not null,
      read_at ${text} not null, primary key (community, assembly, head),
      foreign key (community, assembly, head) references roll_head (community, assembly, head)
    )${strict}`,
    "create index delivery_paper_sha on delivery_paper (community, assembly, sha)",
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
  ["paper_aside", "what was set aside, and why, stays on record: enter the paper again"],
  ["call_paper", "a signed call stays as it was brought in"],
  ["caller_word", "what an owner said stays on record: say it anew"],
  ["delivery_paper", "the proof of a delivery stays as it was brought in"],
  ["delivery_check", "a check of deliveries stays on record"],
  ["notice_reading", "what an owner has read stays on record"],
];

/** Whether the assembly is not a draft any more. */
const NO_DRAFT = `not exists (select 1 from assembly a where a.community = new.community and a.id = new.assembly
  and a.noticed_at is null and a.finished_at is null)`;
const CALLED = "the notice went out, or the draft was withdrawn: who called it stays as it was";

const NOT_OPEN = "the vote takes nothing before its notice, after its close or once it was withdrawn";
const OUT_OF_TIME = "an electronic ballot is cast on a day of the voting";
const INCOMPLETE = "a ballot has one choice for each matter: insert its choices before the ballot that seals them";
const PAPER_FIRST = "a paper ballot of this head came first: finish its entry, take it back or set it aside";
const TWO_PEOPLE = "a paper ballot counts when two people have entered the same";
const BALLOT_FIRST = "the ballot of this head was taken: it stands";
const PROXY_ENDED = "this proxy has ended: it casts no ballot";
const ANOTHER = "an entry is set aside by somebody else: whoever made it takes it back";

const ASSEMBLY = "a.community = new.community and a.id = new.assembly";
const CLOSED = `not exists (select 1 from assembly a where ${ASSEMBLY}
  and a.noticed_at is not null and a.closed_at is null and a.finished_at is null)`;
/** Of each person the newest entry of the head, unless it was taken back or set aside. */
const STANDING = `from paper_entry e where e.community = new.community and e.assembly = new.assembly
  and e.head = new.head and e.choices <> '' and not exists (select 1 from paper_entry l
    where l.community = e.community and l.assembly = e.assembly and l.head = e.head
    and l.entered_by = e.entered_by and l.seq > e.seq)
  and not exists (select 1 from paper_aside s
    where s.community = e.community and s.assembly = e.assembly and s.entry = e.seq)`;
/** The entry that is set aside. */
const ENTRY = `from paper_entry e where e.community = new.community and e.assembly = new.assembly and e.seq = new.entry`;

type Wrong = readonly (readonly [condition: string, message: string])[];

/** The rules of 0009 when a ballot comes, but that one person's entry outweighs no owner who votes in person. */
function wrongBallot(postgres: boolean): Wrong {
  const dayThere = postgres
    ? "to_char((new.cast_at::timestamptz at time zone 'UTC') + interval '8 hours', 'YYYY-MM-DD')"
    : "date(new.cast_at, '+8 hours')";
  const placesOf = (list: string): string => `json_array_length(${list}${postgres ? "::json" : ""})`;
  const wanted = `coalesce((select ${placesOf("p.matters")} from proxy p where p.community = new.community
      and p.assembly = new.assembly and p.id = new.proxy and p.matters <> ''),
    (select count(*) from matter m where m.community = new.community and m.assembly = new.assembly))`;
  return [
    [CLOSED, NOT_OPEN],
    [
      `new.channel = 'electronic' and not exists (select 1 from assembly a where ${ASSEMBLY}
        and ${dayThere} between a.opens_on and a.closes_on)`,
      OUT_OF_TIME,
    ],
    [
      `(select count(*) from ballot_choice where community = new.community and assembly = new.assembly
        and head = new.head) <> ${wanted}`,
      INCOMPLETE,
    ],
    [
      `new.channel = 'electronic' and (select count(*) ${STANDING}) > (case when new.proxy is null then 1 else 0 end)`,
      PAPER_FIRST,
    ],
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
  ];
}

const WRONG_CHECK: Wrong = [
  [CLOSED, NOT_OPEN],
  [
    `exists (select 1 from delivery d join delivery_paper p on p.community = d.community and p.assembly = d.assembly
      and p.delivery = d.seq where d.community = new.community and d.assembly = new.assembly and p.sha = new.sha
      and d.seq <= new.through and d.recorded_by = new.checked_by)`,
    "a delivery is checked by somebody else than who recorded it",
  ],
];
const WRONG_CALL: Wrong = [[NO_DRAFT, CALLED]];
const WRONG_ASIDE: Wrong = [
  [CLOSED, NOT_OPEN],
  [`exists (select 1 ${ENTRY} and e.entered_by = new.recorded_by)`, ANOTHER],
  [
    `exists (select 1 ${ENTRY} and exists (select 1 from ballot b where b.community = e.community
      and b.assembly = e.assembly and b.head = e.head))`,
    BALLOT_FIRST,
  ],
];

function sqliteTriggers(): string[] {
  const checked = (
    table: string,
    wrong: Wrong,
  ): string => `create trigger ${table}_taken before insert on ${table} begin
    ${wrong.map(([condition, message]) => `select raise(abort, '${message}') where ${condition};`).join("\n")} end`;
  return [
    ...APPEND_ONLY.flatMap(([table, remedy]) =>
      ["update", "delete"].map(
        (change) =>
          `create trigger ${table}_no_${change} before ${change} on ${table} begin select raise(abort, '${remedy}'); end`,
      ),
    ),
    "drop trigger ballot_taken",
    checked("ballot", wrongBallot(false)),
    checked("paper_aside", WRONG_ASIDE),
    checked("call_paper", WRONG_CALL),
    checked("caller_word", WRONG_CALL),
    checked("delivery_check", WRONG_CHECK),
    checked("notice_reading", [[CLOSED, NOT_OPEN]]),
  ];
}

function postgresTriggers(): string[] {
  const raise = (message: string): string => `raise exception '${message}' using errcode = 'check_violation'`;
  const checked = (table: string, wrong: Wrong): string =>
    `create or replace function ${table}_taken() returns trigger language plpgsql as $$ begin
      ${wrong.map(([condition, message]) => `if ${condition} then ${raise(message)}; end if;`).join("\n")}
      return null; end $$`;
  return [
    ...APPEND_ONLY.flatMap(([table, remedy]) => [
      `create function ${table}_refuse() returns trigger language plpgsql as $$ begin ${raise(remedy)}; end $$`,
      `create trigger ${table}_no_change before update or delete on ${table}
        for each row execute function ${table}_refuse()`,
      `create trigger ${table}_no_truncate before truncate on ${table}
        for each statement execute function ${table}_refuse()`,
    ]),
    checked("ballot", wrongBallot(true)),
    ...[
      ["paper_aside", WRONG_ASIDE] as const,
      ["call_paper", WRONG_CALL] as const,
      ["caller_word", WRONG_CALL] as const,
      ["delivery_check", WRONG_CHECK] as const,
      ["notice_reading", [[CLOSED, NOT_OPEN]]] as const,
    ].flatMap(([table, wrong]) => [
      checked(table, wrong),
      `create trigger ${table}_taken after insert on ${table} for each row execute function ${table}_taken()`,
    ]),
  ];
}
