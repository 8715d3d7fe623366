// Logging a spend over HTTP by twenty users at once, against bare inserts of the very rows that it leaves, by as many.
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { hashSecret, newSecret } from "../../src/access/service.ts";
import * as access from "../../src/access/store.ts";
import { buildApp, openDoor } from "../../src/app.ts";
import { month } from "../../src/base/month.ts";
import { runTx, type Db, type Row } from "../../src/platform/db.ts";
import type { Dialect } from "../support/databases.ts";
import { personIn } from "../support/people.ts";
import { bareTable, dialects, insertBare, openBare, openEmptyBooks, type Rows } from "./databases.ts";
import { atMost, inTurn, Series, timed, type Bench } from "./measure.ts";
import type { Load, Loaded } from "./spend-load.ts";
import { foundTown, type Town } from "./town.ts";

const TOWN: Town = { code: "town", units: 100, firstMonth: month("2020-01") };
/** A day of the town's first month, whose budget it is. */
const NOW = new Date("2020-01-15T02:00:00Z");
const USERS = 20;
/** More than wait at once in any community: each check reads what waits. */
const REQUESTS = 100;
const ROUNDS = 9;
/** What a request leaves, its line in the log and the answer that is kept for its key included. */
const TABLES = ["spend", "spend_line", "spend_invoice", "event", "answer"];

export async function benchSpend(bench: Bench): Promise<void> {
  for (const dialect of dialects(bench)) {
    await measure(bench, dialect);
  }
}

async function measure(bench: Bench, dialect: Dialect): Promise<void> {
  const ours = await openEmptyBooks(dialect);
  await foundTown(ours.db, TOWN);
  const bare = await openBare(dialect, await Promise.all(TABLES.map((table) => bareTable(ours.db, table))));
  const server = buildApp(ours.db, { clock: () => NOW }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}/api/v1/communities/${TOWN.code}/spends`;
  const token = await tokenOf(ours.db);
  const client = fork(fileURLToPath(new URL("./spend-load.ts", import.meta.url)));
  await once(client, "message");
  const send = (round: number): Promise<Loaded> =>
    loaded(client, { url, token, users: USERS, requests: REQUESTS, round });
  await send(-1);
  await decideAll(ours.db);
  const latencies: number[] = [];
  const [request, insert] = await inTurn(
    ROUNDS,
    async (round) => {
      const { ms, each } = await send(round);
      latencies.push(...each);
      return ms / REQUESTS;
    },
    async (round) => {
      const rows = await rowsOf(ours.db, round);
      const ms = await timed(() => insertAtOnce(bare.db, rows));
      await decideAll(ours.db);
      return ms / REQUESTS;
    },
  );
  client.disconnect();
  server.closeAllConnections();
  server.close();
  await ours.close();
  await bare.close();
  if (request !== undefined && insert !== undefined) {
    bench.outcome({
      section: "spend",
      what: `${dialect}: logging a spend over HTTP, ${USERS} users at once, against bare inserts of its rows by as many`,
      ours: request.ms(),
      other: insert.ms(),
      ratio: request.median / insert.median,
      goal: atMost(8),
    });
    const sorted = latencies.toSorted((a, b) => a - b);
    const p99 = sorted[Math.ceil(sorted.length * 0.99) - 1] ?? Number.NaN;
    const { median } = new Series(latencies);
    bench.outcome({
      section: "spend",
      what: `${dialect}: how long one of the ${USERS} waits for its answer, the slowest in a hundred against the median`,
      ours: `${p99.toFixed(1)} ms`,
      other: `${median.toFixed(1)} ms`,
      ratio: p99 / median,
      goal: atMost(5),
    });
  }
}

async function tokenOf(db: Db): Promise<string> {
  const door = openDoor(db, { clock: () => NOW });
  const { asker } = await personIn(door, TOWN.code, "trustee");
  const token = newSecret();
  const kept = {
    id: token,
    account: asker.actor.id,
    community: TOWN.code,
    scopes: ["spend.request"],
    label: "",
    tail: "",
  };
  const times = { createdAt: NOW.toISOString(), expiresAt: "2030-01-01T00:00:00.000Z", revokedAt: null };
  await runTx(db, TOWN.code, (tx) => access.insertToken(tx, { ...kept, ...times }, hashSecret(token)));
  return token;
}

async function loaded(client: ChildProcess, load: Load): Promise<Loaded> {
  client.send(load);
  const [answer] = (await once(client, "message")) as [Loaded];
  return answer;
}

/** Requests wait for days, not by the thousand: what a round left is withdrawn before the next. */
async function decideAll(db: Db): Promise<void> {
  await db("spend").where({ status: "waiting" }).update({ status: "withdrawn", decided_at: NOW.toISOString() });
}

/** What each request of a round left, one after the other. */
async function rowsOf(db: Db, round: number): Promise<Rows[][]> {
  const answers: Row[] = await db("answer").where("key", "like", `round-${round}-%`);
  const ids = answers.map((row) => (JSON.parse(String(row["answer"])) as { id: number }).id);
  const of = async (table: string, key: string): Promise<Map<unknown, Row[]>> => {
    const rows: Row[] = await db(table).where({ community: TOWN.code }).whereIn(key, ids);
    return new Map(ids.map((id) => [id, rows.filter((row) => row[key] === id)]));
  };
  const [spends, lines, invoices] = [
    await of("spend", "id"),
    await of("spend_line", "spend"),
    await of("spend_invoice", "spend"),
  ];
  const noted: Row[] = await db("event").where({ community: TOWN.code, what: "spend asked" });
  const events = new Map(noted.map((row) => [(JSON.parse(String(row["detail"])) as { id: string }).id, row]));
  return answers.map((answer, index) => {
    const id = ids[index];
    return [
      { table: "spend", rows: spends.get(id) ?? [] },
      { table: "spend_line", rows: lines.get(id) ?? [] },
      { table: "spend_invoice", rows: invoices.get(id) ?? [] },
      { table: "event", rows: [events.get(String(id)) ?? {}] },
      { table: "answer", rows: [answer] },
    ];
  });
}

/** As many at once as there are users, each one transaction after the other. */
async function insertAtOnce(db: Db, requests: readonly Rows[][]): Promise<void> {
  const left = [...requests];
  await Promise.all(
    Array.from({ length: USERS }, async () => {
      for (let next = left.pop(); next !== undefined; next = left.pop()) {
        await insertBare(db, next);
      }
    }),
  );
}
