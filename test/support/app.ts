// The application for tests over HTTP: listening, on a clock that only the test moves.
import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { buildApp, openDoor, type AppOptions } from "../../src/app.ts";
import type { Door } from "../../src/door/service.ts";
import type { Db } from "../../src/platform/db.ts";

export interface App {
  readonly origin: string;
  readonly door: Door;
  now: Date;
  /** Lets that much time go by. */
  pass(time: {
    readonly seconds?: number;
    readonly minutes?: number;
    readonly hours?: number;
    readonly days?: number;
  }): void;
}

export const NOW = new Date("2026-11-21T04:00:00Z");

/** Opened before the tests of one `describe`, closed after them. The books must be opened by an earlier hook. */
export function useApp(books: { readonly db: Db }, options: Omit<AppOptions, "clock"> = {}): App {
  let server: Server;
  const app = {
    origin: "",
    door: undefined as unknown as Door,
    now: NOW,
    pass: ({ seconds = 0, minutes = 0, hours = 0, days = 0 }): void => {
      const passed = seconds + 60 * (minutes + 60 * (hours + 24 * days));
      app.now = new Date(app.now.getTime() + passed * 1000);
    },
  };
  const clock = (): Date => app.now;
  before(async () => {
    app.door = openDoor(books.db, { ...options, clock });
    server = buildApp(books.db, { ...options, clock }).listen(0, "127.0.0.1");
    await once(server, "listening");
    app.origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => {
    server.close();
    server.closeAllConnections();
  });
  return app;
}

export interface Reply {
  readonly status: number;
  readonly type: string;
  readonly json: Readonly<Record<string, unknown>>;
}

/** Asks the API: a GET without a body, a POST with one. */
export async function askApi(
  origin: string,
  path: string,
  { token, body, headers = {} }: { token?: string; body?: unknown; headers?: Readonly<Record<string, string>> } = {},
): Promise<Reply> {
  const bearer = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const sent = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
  const json = body === undefined ? {} : { "content-type": "application/json" };
  const response = await fetch(`${origin}/api/v1${path}`, { ...sent, headers: { ...bearer, ...json, ...headers } });
  return {
    status: response.status,
    type: response.headers.get("content-type") ?? "",
    json: (await response.json()) as Record<string, unknown>,
  };
}
