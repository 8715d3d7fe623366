// SQL of ballots, paper entries and proxies. What was chosen is written here and summed here once the vote is closed; no
// question before that selects a choice of a ballot.
import { REACHING, type Assembly, type RollHead } from "../assembly/rules.ts";
import { assemblyQuestion, readHeads } from "../assembly/service.ts";
import { day } from "../base/month.ts";
import { checkedOwners } from "../identity/service.ts";
import { newestEventQuestion } from "../door/service.ts";
import {
  answerTogether,
  type Answers,
  insertTogether,
  isPostgres,
  nextNumber,
  readMany,
  retryWhenTaken,
  rewriteTables,
  whereIn,
  type Db,
  type Insertion,
  type Question,
  type Row,
  type Tx,
} from "../platform/db.ts";
import { area, NO_VOTES, type Choice, type Count, type RollUnit, type Votes } from "../tally/rules.ts";
import type { Answered, Ballot, Channel, Chosen, Entry, HeadState, Proxy, Unreturned, Vote } from "./rules.ts";

/** Which vote of which community. */
export interface Place {
  readonly community: string;
  readonly assembly: number;
}

// ---- Rows -------------------------------------------------------------------------------------------------------

interface BallotRow {
  head: string;
  channel: Channel;
  receipt: string;
  proxy: number | null;
  cast_by: string;
  cast_at: string;
}

const BALLOT = ["head", "channel", "receipt", "proxy", "cast_by", "cast_at"] as const;

function toBallot({ head, channel, receipt, proxy, cast_by: castBy, cast_at: castAt }: BallotRow): Ballot {
  return { head, channel, receipt, proxy, castBy, castAt };
}

interface EntryRow {
  seq: number;
  head: string;
  choices: string;
  received_on: string;
  proxy: number | null;
  scan: string | null;
  reason: string;
  aside: string | null;
  entered_by: string;
  entered_at: string;
}

const ENTRY = [
  "seq",
  "head",
  "choices",
  "received_on",
  "proxy",
  "scan",
  "reason",
  "aside",
  "entered_by",
  "entered_at",
] as const;

function toEntry(row: EntryRow): Entry {
  const { seq, head, choices, proxy, scan, reason, aside, entered_by: by, entered_at: at } = row;
  return { seq, head, choices, receivedOn: day(row.received_on), proxy, scan, reason, aside, by, at };
}

/** Entries of paper, with the reason why one was set aside. */
function entriesOf(db: Db, at: Place) {
  return db("paper_entry as e")
    .leftJoin("paper_aside as s", (on) =>
      on.on("s.community", "e.community").andOn("s.assembly", "e.assembly").andOn("s.entry", "e.seq"),
    )
    .where({ "e.community": at.community, "e.assembly": at.assembly });
}

function entries(db: Db, at: Place) {
  return entriesOf(db, at)
    .orderBy("e.seq")
    .select(
      "e.seq",
      "e.head",
      "e.choices",
      "e.received_on",
      "e.proxy",
      "e.scan",
      "e.reason",
      "s.reason as aside",
      "e.entered_by",
      "e.entered_at",
    );
}

interface ProxyRow {
  id: number;
  head: string;
  holder: string;
  matters: string;
  given_on: string;
  document: string;
  recorded_by: string;
  recorded_at: string;
  ended: string | null;
}

const PROXY = [
  "id",
  "head",
  "holder",
  "matters",
  "given_on",
  "document",
  "recorded_by",
  "recorded_at",
  "ended",
] as const;

function toProxy(row: ProxyRow): Proxy {
  const { id, head, holder, document, recorded_by: by, recorded_at: at, ended } = row;
  const matters = row.matters === "" ? null : (JSON.parse(row.matters) as number[]);
  return { id, head, holder, matters, givenOn: day(row.given_on), document, by, at, ended };
}

/** Proxies with the reason of their end, if they ended. */
function proxies(db: Db, at: Place) {
  return db("proxy as p")
    .leftJoin("proxy_end as e", (on) =>
      on.on("e.community", "p.community").andOn("e.assembly", "p.assembly").andOn("e.proxy", "p.id"),
    )
    .where({ "p.community": at.community, "p.assembly": at.assembly })
    .orderBy("p.id")
    .select(
      "p.id",
      "p.head",
      "p.holder",
      "p.matters",
      "p.given_on",
      "p.document",
      "p.recorded_by",
      "p.recorded_at",
      "e.reason as ended",
    );
}

// ---- What decides about a ballot ------------------------------------------------------------------------------------

function voteQuestions(at: Place) {
  const { community, assembly } = at;
  const places: Question<number[]> = {
    columns: ["place"],
    query: (db) => db("matter").where(at).orderBy("place").select("place"),
    read: (rows: readonly { place: number }[]) => rows.map(({ place }) => place),
  };
  return { assembly: assemblyQuestion(community, assembly), places, last: newestEventQuestion(community) };
}

/** A head's row of the roll, and what happened to its ballot. */
function headQuestions(at: Place, head: string) {
  const units: Question<readonly RollUnit[] | null> = {
    columns: ["units"],
    query: (db) =>
      db("roll_head")
        .where({ ...at, head })
        .select("units"),
    read: ([row]: readonly { units: string }[]) => (row === undefined ? null : (JSON.parse(row.units) as RollUnit[])),
  };
  const ballot: Question<Ballot | null> = {
    columns: BALLOT,
    query: (db) =>
      db("ballot")
        .where({ ...at, head })
        .select(...BALLOT),
    read: ([row]: readonly BallotRow[]) => (row === undefined ? null : toBallot(row)),
  };
  const entered: Question<Entry[]> = {
    columns: ENTRY,
    query: (db) => entries(db, at).where("e.head", head),
    read: (rows: readonly EntryRow[]) => rows.map(toEntry),
  };
  const given: Question<Proxy[]> = {
    columns: PROXY,
    query: (db) => proxies(db, at).where("p.head", head),
    read: (rows: readonly ProxyRow[]) => rows.map(toProxy),
  };
  return { units, ballot, entered, given };
}

function toVote(found: {
  readonly assembly: Assembly | null;
  readonly places: readonly number[];
  readonly last: string;
}): Vote | null {
  const { assembly, places, last } = found;
  return assembly === null ? null : { assembly, places, last };
}

/** The vote without any head; null when there is none. */
export async function findVote(db: Db, at: Place): Promise<Vote | null> {
  return toVote(await answerTogether(db, voteQuestions(at)));
}

/** All that decides about one ballot, in one trip. */
export interface BallotFacts {
  readonly vote: Vote | null;
  /** The units of the head on the roll; null: it is not on the roll. */
  readonly units: readonly RollUnit[] | null;
  readonly state: HeadState;
}

const ballotQuestions = (at: Place, head: string) => ({ ...voteQuestions(at), ...headQuestions(at, head) });

function toFacts(
  head: string,
  { units, ballot, entered, given, ...vote }: Answers<ReturnType<typeof ballotQuestions>>,
): BallotFacts {
  return { vote: toVote(vote), units, state: { head, ballot, entries: entered, proxies: given } };
}

export async function ballotFacts(db: Db, at: Place, head: string): Promise<BallotFacts> {
  return toFacts(head, await answerTogether(db, ballotQuestions(at, head)));
}

/** The same, with the owners that the casting account was seen to be. */
export async function castFacts(
  db: Db,
  at: Place,
  head: string,
  account: string,
): Promise<BallotFacts & { readonly checked: readonly string[] }> {
  const questions = { ...ballotQuestions(at, head), checked: checkedOwners(at.community, account) };
  const { checked, ...facts } = await answerTogether(db, questions);
  return { ...toFacts(head, facts), checked };
}

/** What happened to the ballots of some heads. */
export async function statesOf(db: Db, at: Place, heads: readonly string[]): Promise<Map<string, HeadState>> {
  const ballots: BallotRow[] = await whereIn(db, db("ballot").where(at), "head", heads).select(...BALLOT);
  const entered: EntryRow[] = await whereIn(db, entries(db, at), "e.head", heads);
  const given: ProxyRow[] = await whereIn(db, proxies(db, at), "p.head", heads);
  return new Map(
    heads.map((head) => {
      const ballot = ballots.find((row) => row.head === head);
      const state = {
        head,
        ballot: ballot === undefined ? null : toBallot(ballot),
        entries: entered.filter((row) => row.head === head).map(toEntry),
        proxies: given.filter((row) => row.head === head).map(toProxy),
      };
      return [head, state];
    }),
  );
}

// ---- Ballots ----------------------------------------------------------------------------------------------------

/** Keeps a ballot: its choices, then the ballot that seals them, and the log's line. */
export async function insertBallot(
  tx: Tx,
  at: Place,
  ballot: Ballot,
  { chosen, noted }: { readonly chosen: readonly Chosen[]; readonly noted: Insertion },
): Promise<void> {
  const { head, channel, receipt, proxy, castBy, castAt } = ballot;
  const choices = chosen.map(({ matter, choice }): Row => ({ ...at, head, matter, choice }));
  const row: Row = { ...at, head, channel, receipt, proxy, cast_by: castBy, cast_at: castAt };
  const insertions = [{ table: "ballot_choice", rows: choices }, { table: "ballot", rows: [row] }, noted];
  // Of two ballots of one head at the same moment the second starts again and finds the first. SQLite has one writer.
  await insertTogether(tx, insertions).catch(isPostgres(tx) ? retryWhenTaken : undefined);
}

/** Whether a head's ballot has just these choices. What was emptied may have been any. */
export async function holdsChoices(db: Db, at: Place, head: string, choices: readonly Answered[]): Promise<boolean> {
  const rows = () => db("ballot_choice").where({ ...at, head });
  const [all] = await rows().count({ rows: "*" });
  const alike = await Promise.all(
    choices.map(({ matter, choice = "" }) => rows().where({ matter }).whereIn("choice", [choice, ""]).first("matter")),
  );
  return Number(all?.rows) === choices.length && alike.every((row) => row !== undefined);
}

/** How many took part, and with what area, by the way their ballot came. */
export async function turnoutOf(db: Db, at: Place): Promise<Readonly<Record<Channel, Count>>> {
  const rows: { channel: Channel; heads: number; area: number }[] = await onRoll(db, at, "ballot")
    .groupBy("b.channel")
    .select("b.channel", db.raw("count(*) as heads"), sumOfArea(db));
  const of = (channel: Channel): Count => {
    const row = rows.find((each) => each.channel === channel);
    return { heads: row?.heads ?? 0, area: area(row?.area ?? 0) };
  };
  return { electronic: of("electronic"), paper: of("paper") };
}

function onRoll(db: Db, at: Place, table: "ballot" | "ballot_choice") {
  return db(`${table} as b`)
    .join("roll_head as r", (on) =>
      on.on("r.community", "b.community").andOn("r.assembly", "b.assembly").andOn("r.head", "b.head"),
    )
    .where({ "b.community": at.community, "b.assembly": at.assembly });
}

/** PostgreSQL adds up bigint as numeric, which comes as text. */
function sumOfArea(db: Db) {
  return db.raw(isPostgres(db) ? "sum(r.area)::bigint as area" : "sum(r.area) as area");
}

// ---- After the close ----------------------------------------------------------------------------------------------

/** Sums by matter and choice. The service lets nobody ask before the close. */
export async function sumsByChoice(tx: Tx, at: Place): Promise<Map<number, Votes>> {
  const rows: { matter: number; choice: Choice; heads: number; area: number }[] = await onRoll(tx, at, "ballot_choice")
    .groupBy("b.matter", "b.choice")
    .select("b.matter", "b.choice", tx.raw("count(*) as heads"), sumOfArea(tx));
  const votes = new Map<number, Votes>();
  for (const { matter, choice, heads, area: size } of rows) {
    votes.set(matter, { ...(votes.get(matter) ?? NO_VOTES), [choice]: { heads, area: area(size) } });
  }
  return votes;
}

/** The receipt codes of all ballots, in order. */
export async function receiptsOf(db: Db, at: Place): Promise<string[]> {
  const rows = await readMany(db, db("ballot").where(at).orderBy("receipt").select("receipt"), ["receipt"]);
  return rows.map(([receipt]) => String(receipt));
}

/** The ballot of a receipt code with its choices; those of a secret vote are empty after its close. */
export async function ballotByReceipt(
  db: Db,
  at: Place,
  receipt: string,
): Promise<{ readonly channel: Channel; readonly choices: readonly { matter: number; choice: Choice | "" }[] } | null> {
  const row: BallotRow | undefined = await db("ballot")
    .where({ ...at, receipt })
    .first(...BALLOT);
  if (row === undefined) {
    return null;
  }
  const choices = await db("ballot_choice")
    .where({ ...at, head: row.head })
    .orderBy("matter")
    .select("matter", "choice");
  return { channel: row.channel, choices };
}

/**
 * Empties what was chosen, on ballots and on entries of paper ballots; who took part, how and when stays. Erased at the
 * count rather than encrypted before: whoever runs the machine could read a vote while it runs either way, and a key
 * that is split among sides loses the vote when one of them loses its part.
 */
export async function eraseChoices(tx: Tx, at: Place): Promise<void> {
  await tx("ballot_choice").where(at).update({ choice: "" });
  await tx("paper_entry").where(at).update({ choices: "" });
}

/** Closed secret votes, in every community, whose emptied choices may still stand in the database's files. */
export async function unscrubbed(db: Db): Promise<Place[]> {
  return db("assembly as a")
    .where("a.ballot", "secret")
    .whereNotNull("a.closed_at")
    .whereNotExists(
      db("ballot_scrub as s").whereRaw("s.community = a.community and s.assembly = a.id").select(db.raw("1")),
    )
    .select("a.community", "a.id as assembly");
}

/** Writes the tables of choices anew; false: it has to be done again. */
export function scrubChoices(db: Db): Promise<boolean> {
  return rewriteTables(db, ["ballot_choice", "paper_entry"]);
}

export async function insertScrubs(db: Db, votes: readonly Place[], at: Date): Promise<void> {
  await db("ballot_scrub").insert(votes.map((vote) => ({ ...vote, scrubbed_at: at.toISOString() })));
}

// ---- Participation --------------------------------------------------------------------------------------------------

/** Which heads: all; who has not voted; of whom not even paper came; whose paper is being entered; who has voted. */
export type Filter = "all" | "missing" | "untouched" | "entering" | "voted";

const OF_HEAD = "x.community = r.community and x.assembly = r.assembly and x.head = r.head";

function ballotOfHead(db: Db) {
  return db("ballot as x").whereRaw(OF_HEAD).select(db.raw("1"));
}

/**
 * The heads with an entry of paper that counts: the newest of somebody, neither taken back nor set aside. Grouped, so that it
 * is computed once: while PostgreSQL does not know yet how many entries there are, it would look for each head through all of
 * them.
 */
function headsWithEntry(db: Db, at: Place) {
  return entriesOf(db, at)
    .groupBy("e.head", "e.entered_by")
    .havingRaw("max(e.seq) = max(case when e.choices <> '' and s.entry is null then e.seq end)")
    .select("e.head");
}

/** The heads whose paper somebody has begun to enter and two people have not finished. */
export async function headsEntering(db: Db, at: Place): Promise<string[]> {
  return (await listHeads(db, at, { filter: "entering", find: "" })).map(({ id }) => id);
}

/** Heads of the roll in their order, from after a place on; all of them without a limit. */
export async function listHeads(
  db: Db,
  at: Place,
  about: { readonly filter: Filter; readonly find: string; readonly after?: string; readonly limit?: number },
): Promise<RollHead[]> {
  const { filter, find, after = "", limit } = about;
  const asked = db("roll_head as r")
    .where({ "r.community": at.community, "r.assembly": at.assembly })
    .where("r.head", ">", after);
  if (find !== "") {
    // As it stands in the JSON, so that a quotation mark in a name finds itself.
    void asked.whereRaw(`${isPostgres(db) ? "strpos" : "instr"}(r.units, ?) > 0`, [JSON.stringify(find).slice(1, -1)]);
  }
  if (filter === "voted") {
    void asked.whereExists(ballotOfHead(db));
  } else if (filter !== "all") {
    void asked.whereNotExists(ballotOfHead(db));
  }
  if (filter === "entering") {
    void asked.whereIn("r.head", headsWithEntry(db, at));
  } else if (filter === "untouched") {
    void asked.whereNotIn("r.head", headsWithEntry(db, at));
  }
  return readHeads(db, limit === undefined ? asked : asked.limit(limit));
}

/**
 * Heads to whom the ballot was brought, and who sent none back, by what proves it. What came to the desk counts when it was
 * recorded before the voting opened, with its paper, and somebody else held that paper against it: whoever records
 * deliveries while the votes come in would decide them.
 */
export async function unreturnedOf(db: Db, { community, assembly }: Place, opening: Date): Promise<Unreturned> {
  const before = opening.toISOString();
  const of = (alias: string) =>
    `${alias}.community = r.community and ${alias}.assembly = r.assembly and ${alias}.head = r.head`;
  const delivered = db("delivery as d").whereRaw(of("d")).whereIn("d.how", REACHING);
  const read = db("notice_reading as n").whereRaw(of("n")).where("n.read_at", "<", before);
  const same = (alias: string) => ({ [`${alias}.community`]: "d.community", [`${alias}.assembly`]: "d.assembly" });
  const proved = delivered
    .clone()
    .join("delivery_paper as p", { ...same("p"), "p.delivery": "d.seq" })
    .join("delivery_check as c", { ...same("c"), "c.sha": "p.sha" })
    .whereRaw("c.through >= d.seq and c.checked_by <> d.recorded_by")
    .where("d.recorded_at", "<", before);
  const proof = db.raw("case when exists ? then 'read' when exists ? then 'proved' else 'unproved' end", [
    read.select(db.raw("1")),
    proved.select(db.raw("1")),
  ]);
  const heads = db("roll_head as r")
    .where({ "r.community": community, "r.assembly": assembly })
    .whereExists(delivered.clone().select(db.raw("1")))
    .whereNotExists(db("ballot as b").whereRaw(of("b")).select(db.raw("1")))
    .select("r.area", { proof })
    .as("h");
  const rows: { proof: keyof Unreturned; heads: number | string; area: number | string }[] = await db(heads)
    .groupBy("h.proof")
    .select("h.proof")
    .count({ heads: "*" })
    .sum({ area: "h.area" });
  const counted = (wanted: keyof Unreturned): Count => {
    const row = rows.find((each) => each.proof === wanted);
    return { heads: Number(row?.heads ?? 0), area: area(Number(row?.area ?? 0)) };
  };
  return { read: counted("read"), proved: counted("proved"), unproved: counted("unproved") };
}

/** Rows of the roll by their ids. */
export async function headsByIds(db: Db, at: Place, ids: readonly string[]): Promise<RollHead[]> {
  return readHeads(db, whereIn(db, db("roll_head").where(at), "head", ids));
}

/** Heads that one of these units belongs to. */
export async function headsWithUnits(db: Db, at: Place, units: readonly string[]): Promise<string[]> {
  const found = await Promise.all(
    units.map((unit) =>
      db("roll_head")
        .where(at)
        .whereRaw(`${isPostgres(db) ? "strpos" : "instr"}(units, ?) > 0`, [`"unit":${JSON.stringify(unit)}`])
        .pluck("head"),
    ),
  );
  return [...new Set(found.flat() as string[])];
}

// ---- Paper ------------------------------------------------------------------------------------------------------

/** Adds an entry with the next number of the vote. */
export async function insertEntry(tx: Tx, at: Place, entry: Omit<Entry, "seq" | "aside">): Promise<Entry> {
  const seq = await nextNumber(tx, "paper_entry", at, "seq");
  const { head, choices, receivedOn, proxy, scan, reason, by, at: enteredAt } = entry;
  await tx("paper_entry").insert({
    ...at,
    seq,
    head,
    choices,
    received_on: receivedOn,
    proxy,
    scan,
    reason,
    entered_by: by,
    entered_at: enteredAt,
  });
  return { ...entry, seq, aside: null };
}

/** Sets entries aside; they stay as they were made. */
export async function insertAsides(
  tx: Tx,
  at: Place,
  seqs: readonly number[],
  aside: { readonly reason: string; readonly by: string; readonly at: string },
): Promise<void> {
  const recorded = { reason: aside.reason, recorded_by: aside.by, recorded_at: aside.at };
  await tx("paper_aside").insert(seqs.map((entry) => ({ ...at, entry, ...recorded })));
}

/** An entry of paper that did not become a ballot: set aside for a reason, or left behind by an owner who voted in person. */
export interface Uncounted {
  readonly head: string;
  readonly by: string;
  readonly at: string;
  readonly aside: string | null;
}

/**
 * What was entered from paper and is not counted, in the order in which it was entered: the newest of each person, unless it
 * was taken back or a paper ballot of the head counts. Rests on what the close of a secret vote leaves.
 */
export async function uncountedOf(db: Db, at: Place): Promise<Uncounted[]> {
  const sameHead = "b.community = e.community and b.assembly = e.assembly and b.head = e.head";
  const ballotBy = (channel: Channel) =>
    db("ballot as b").whereRaw(sameHead).where("b.channel", channel).select("b.head");
  const rows: { head: string; entered_by: string; entered_at: string; aside: string | null }[] = await entries(db, at)
    .where("e.reason", "")
    .whereNotExists(
      db("paper_entry as l")
        .whereRaw("l.community = e.community and l.assembly = e.assembly and l.head = e.head")
        .whereRaw("l.entered_by = e.entered_by and l.seq > e.seq")
        .select("l.seq"),
    )
    .whereNotExists(ballotBy("paper"))
    .where((either) => void either.whereNotNull("s.entry").orWhereExists(ballotBy("electronic")));
  return rows.map(({ head, entered_by: by, entered_at: enteredAt, aside }) => ({ head, by, at: enteredAt, aside }));
}

// ---- Proxies ----------------------------------------------------------------------------------------------------

export async function proxiesOf(db: Db, at: Place): Promise<Proxy[]> {
  const rows: ProxyRow[] = await proxies(db, at);
  return rows.map(toProxy);
}

/** What any of these owners holds, ended or not. */
export async function proxiesHeldBy(db: Db, at: Place, owners: readonly string[]): Promise<Proxy[]> {
  const rows: ProxyRow[] = await proxies(db, at).whereIn("p.holder", [...owners]);
  return rows.map(toProxy);
}

export async function findProxy(db: Db, at: Place, id: number): Promise<Proxy | undefined> {
  const row: ProxyRow | undefined = await proxies(db, at).where("p.id", id).first();
  return row === undefined ? undefined : toProxy(row);
}

/** Adds a proxy and answers its number, the next of the vote. */
export async function insertProxy(tx: Tx, at: Place, proxy: Omit<Proxy, "id" | "ended">): Promise<number> {
  const id = await nextNumber(tx, "proxy", at, "id");
  const { head, holder, matters, givenOn, document, by, at: recordedAt } = proxy;
  await tx("proxy").insert({
    ...at,
    id,
    head,
    holder,
    matters: matters === null ? "" : JSON.stringify(matters),
    given_on: givenOn,
    document,
    recorded_by: by,
    recorded_at: recordedAt,
  });
  return id;
}

export async function insertProxyEnd(
  tx: Tx,
  at: Place,
  end: { readonly proxy: number; readonly reason: string; readonly by: string; readonly at: string },
): Promise<void> {
  await tx("proxy_end").insert({
    ...at,
    proxy: end.proxy,
    reason: end.reason,
    recorded_by: end.by,
    recorded_at: end.at,
  });
}
