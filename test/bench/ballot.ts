// 10,000 owners vote over HTTP, twenty at once, against bare inserts of the very rows that their ballots leave; and the
// tally of 100,000 ballots against a bare sum in SQL.
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { buildApp } from "../../src/app.ts";
import { recordClosed } from "../../src/assembly/service.ts";
import { countedBallots } from "../../src/ballot/service.ts";
import { insertAll, isPostgres, runTx, type Db, type Row } from "../../src/platform/db.ts";
import { CHOICES } from "../../src/tally/rules.ts";
import type { Dialect } from "../support/databases.ts";
import { aTownVotes, callVote, manyHeads, type TownVote } from "../support/vote.ts";
import type { BallotLoad, BallotLoaded } from "./ballot-load.ts";
import { bareTable, dialects, insertBare, openBare, openEmptyBooks, type Rows } from "./databases.ts";
import { atMost, inTurn, timed, type Bench } from "./measure.ts";

const NOW = new Date("2020-12-02T02:00:00Z");
const USERS = 20;
const VOTERS = 10_000;
const ROUNDS = 10;
const PER_ROUND = VOTERS / ROUNDS;
/** What a ballot leaves, its line in the log and the answer that is kept for its key included. */
const TABLES = ["ballot_choice", "ballot", "event", "answer"];
const COUNTED = 100_000;
const COUNT_ROUNDS = 9;

export async function benchBallot(bench: Bench): Promise<void> {
  for (const dialect of dialects(bench)) {
    await measureVoting(bench, dialect);
    await measureTally(bench, dialect);
  }
}

// ---- Voting -----------------------------------------------------------------------------------------------------

async function measureVoting(bench: Bench, dialect: Dialect): Promise<void> {
  const ours = await openEmptyBooks(dialect);
  const town = await aTownVotes(ours.db, "town", VOTERS);
  const bare = await openBare(dialect, await Promise.all(TABLES.map((table) => bareTable(ours.db, table))));
  const server = buildApp(ours.db, { clock: () => NOW }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}/api/v1/communities/${town.code}/assemblies/${town.id}/ballots`;
  const client = fork(fileURLToPath(new URL("./ballot-load.ts", import.meta.url)));
  await once(client, "message");
  const receipts = new Map<string, string>();
  const [request, insert] = await inTurn(
    ROUNDS,
    async (round) => {
      const voters = town.voters.slice(round * PER_ROUND, (round + 1) * PER_ROUND);
      const loaded = await send(client, { url, users: USERS, voters });
      Object.entries(loaded.receipts).forEach(([head, receipt]) => receipts.set(head, receipt));
      return loaded.ms / PER_ROUND;
    },
    async (round) => {
      const rows = await rowsOf(ours.db, town, round);
      return (await timed(() => insertAtOnce(bare.db, rows))) / PER_ROUND;
    },
  );
  client.disconnect();
  server.closeAllConnections();
  server.close();
  await assertAllCounted(ours.db, town, receipts);
  await ours.close();
  await bare.close();
  if (request !== undefined && insert !== undefined) {
    bench.outcome({
      section: "ballot",
      what: `${dialect}: a ballot over HTTP, ${VOTERS.toLocaleString("en")} owners, ${USERS} at once, against bare inserts of its rows by as many`,
      ours: request.ms(),
      other: insert.ms(),
      ratio: request.median / insert.median,
      goal: atMost(8),
    });
  }
}

async function send(client: ChildProcess, load: BallotLoad): Promise<BallotLoaded> {
  client.send(load);
  const [loaded] = (await once(client, "message")) as [BallotLoaded];
  return loaded;
}

/** Each owner's acknowledged ballot is there, once. */
async function assertAllCounted(
  db: Db,
  { code, voters }: TownVote,
  receipts: ReadonlyMap<string, string>,
): Promise<void> {
  const rows: { head: string; receipt: string }[] = await db("ballot")
    .where({ community: code })
    .select("head", "receipt");
  const lost = voters.filter(({ head }) => !receipts.has(head));
  const other = rows.filter(({ head, receipt }) => receipts.get(head) !== receipt);
  if (rows.length !== voters.length || lost.length + other.length > 0) {
    throw new Error(
      `${rows.length} ballots of ${voters.length}, ${lost.length} without answer, ${other.length} otherwise`,
    );
  }
}

/** What each ballot of a round left, one after the other. */
async function rowsOf(db: Db, town: TownVote, round: number): Promise<Rows[][]> {
  const heads = town.voters.slice(round * PER_ROUND, (round + 1) * PER_ROUND).map(({ head }) => head);
  const community = town.code;
  const by = async (table: string): Promise<Map<string, Row[]>> => {
    const rows: Row[] = await db(table).where({ community }).whereIn("head", heads);
    return grouped(rows, (row) => String(row["head"]));
  };
  const [choices, ballots] = [await by("ballot_choice"), await by("ballot")];
  const events: Row[] = await db("event").where({ community, what: "ballot cast" });
  const noted = grouped(events, (row) => String(row["actor"]).replace(`${community}-`, ""));
  const answers: Row[] = await db("answer").where({ community });
  const kept = grouped(answers, (row) => String(row["key"]).replace("ballot-", ""));
  return heads.map((head) => [
    { table: "ballot_choice", rows: choices.get(head) ?? [] },
    { table: "ballot", rows: ballots.get(head) ?? [] },
    { table: "event", rows: noted.get(head) ?? [] },
    { table: "answer", rows: kept.get(head) ?? [] },
  ]);
}

function grouped(rows: readonly Row[], keyOf: (row: Row) => string): Map<string, Row[]> {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const group = groups.get(keyOf(row)) ?? [];
    group.push(row);
    groups.set(keyOf(row), group);
  }
  return groups;
}

/** As many at once as there are users, each one transaction after the other. */
async function insertAtOnce(db: Db, ballots: readonly Rows[][]): Promise<void> {
  const left = [...ballots];
  await Promise.all(
    Array.from({ length: USERS }, async () => {
      for (let next = left.pop(); next !== undefined; next = left.pop()) {
        await insertBare(db, next);
      }
    }),
  );
}

// ---- The tally --------------------------------------------------------------------------------------------------

async function measureTally(bench: Bench, dialect: Dialect): Promise<void> {
  const ours = await openEmptyBooks(dialect);
  const { code } = await aTownVotes(ours.db, "city", 1);
  const heads = manyHeads(COUNTED);
  const id = await callVote(ours.db, code, heads, {});
  const at = { community: code, assembly: id };
  const ballots = heads.map(({ id: head }, index): Row => {
    const cast = { cast_by: "a1", cast_at: NOW.toISOString() };
    return { ...at, head, channel: "electronic", receipt: `R${index}`, proxy: null, ...cast };
  });
  const choices = heads.flatMap(({ id: head }, index) =>
    [1, 2].map((matter): Row => ({ ...at, head, matter, choice: CHOICES[(index * matter) % 3] ?? "abstain" })),
  );
  await runTx(ours.db, code, async (tx) => {
    if (isPostgres(tx)) {
      // Its triggers look at each row by itself, which is meant for one ballot at a time.
      await tx.raw("set local session_replication_role = replica");
    }
    await insertAll(tx, "ballot_choice", choices);
    await insertAll(tx, "ballot", ballots);
    await recordClosed(tx, code, id, NOW);
  });
  const tables = ["ballot_choice", "roll_head"];
  const bare = await openBare(dialect, await Promise.all(tables.map((table) => bareTable(ours.db, table))));
  const roll: Row[] = await ours.db("roll_head").where(at);
  await insertBare(bare.db, [
    { table: "ballot_choice", rows: choices },
    { table: "roll_head", rows: roll },
  ]);
  if (isPostgres(ours.db)) {
    await ours.db.raw("analyze");
    await bare.db.raw("analyze");
  }
  const [tally, sum] = await inTurn(
    COUNT_ROUNDS,
    () => timed(() => runTx(ours.db, code, (tx) => countedBallots(tx, at))),
    () => timed(() => bare.db.raw(BARE_SUM, [code, id])),
  );
  await ours.close();
  await bare.close();
  if (tally !== undefined && sum !== undefined) {
    bench.outcome({
      section: "ballot",
      what: `${dialect}: the tally of ${COUNTED.toLocaleString("en")} ballots on two matters, against a bare sum in SQL over them`,
      ours: tally.ms(),
      other: sum.ms(),
      ratio: tally.median / sum.median,
      goal: atMost(3),
    });
  }
}

/** Heads and area by matter and choice, as an ordinary programmer asks for them. */
const BARE_SUM = `select c.matter, c.choice, count(*), sum(r.area) from ballot_choice c
  join roll_head r on r.community = c.community and r.assembly = c.assembly and r.head = c.head
  where c.community = ? and c.assembly = ? group by c.matter, c.choice`;
