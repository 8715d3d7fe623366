// A published page over HTTP, against a fixed text of the same length from the same application and middlewares.
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import autocannon from "autocannon";
import type { Express } from "express";
import { buildApp } from "../../src/app.ts";
import { bringSample } from "../../src/intake/service.ts";
import { listening } from "../support/folders.ts";
import { openEmptyBooks } from "./databases.ts";
import { atLeast, inTurn, type Bench } from "./measure.ts";

const ADDRESS = "/c/fenghuayuan/2020-12/r1";
const FIXED = "/fixed";
const ROUNDS = 3;
const SECONDS = 3;
const CONNECTIONS = 10;

export async function benchHttp(bench: Bench): Promise<void> {
  const { db, close } = await openEmptyBooks("SQLite");
  await bringSample(db, listening());
  const app = buildApp(db);
  const server = app.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const length = (await (await fetch(url + ADDRESS)).arrayBuffer()).byteLength;
  addFixed(app, "x".repeat(length));
  await load(url + ADDRESS, 1);
  await load(url + FIXED, 1);
  const [page, fixed] = await inTurn(
    ROUNDS,
    () => load(url + ADDRESS, SECONDS),
    () => load(url + FIXED, SECONDS),
  );
  if (page !== undefined && fixed !== undefined) {
    bench.outcome({
      section: "http",
      what: `${ADDRESS} (${length.toLocaleString("en")} bytes), against a fixed string of that length`,
      ours: page.rate("requests/s"),
      other: fixed.rate("requests/s"),
      ratio: page.median / fixed.median,
      goal: atLeast(0.7),
    });
  }
  server.closeAllConnections();
  server.close();
  await close();
}

/** The application answers unknown addresses itself, so the route goes in where the statements' own are. */
function addFixed(app: Express, text: string): void {
  app.get(FIXED, (_request, response) => void response.type("html").send(text));
  const { stack } = app.router;
  const layer = stack.pop();
  const rooms = stack.findIndex((each) => each.name === "router");
  if (layer === undefined || rooms === -1) {
    throw new Error("the application no longer has a router of statements to stand beside");
  }
  stack.splice(rooms, 0, layer);
}

/** Requests per second, sent from another thread so that sending does not slow answering. */
async function load(url: string, duration: number): Promise<number> {
  const result = await autocannon({ url, duration, connections: CONNECTIONS, workers: 1 });
  if (result.non2xx > 0 || result.errors > 0) {
    throw new Error(`${url}: ${result.non2xx} answers were not 2xx, ${result.errors} failed`);
  }
  return result["2xx"] / result.duration;
}
