// The log as a page, newest first, and for programs.
import { api, API, DESK, page, type Route, type View, type Words } from "../door/routes.ts";
import type { Reading } from "../door/service.ts";
import { spokenMoment } from "../base/month.ts";
import { readInput } from "../platform/input.ts";
import { listEvents, listInstallationEvents } from "./service.ts";

type Log = typeof listEvents;

async function logPage(call: Reading, { after }: Words, log: Log): Promise<View> {
  const wish = after === undefined ? {} : { after };
  const { items, next } = await log.run(call, readInput(log.input, wish));
  const events = items.map(({ at, who, words }) => ({
    at: spokenMoment(at),
    who: who === "" ? "没有登录的人" : who,
    words,
  }));
  const model = {
    events,
    next: next === null ? "" : `?after=${encodeURIComponent(next)}`,
    isFirst: after === undefined,
  };
  return { view: "log", model };
}

export const logRoutes: readonly Route[] = [
  page(`${DESK}/log`, "event.view", (call, words) => logPage(call, words, listEvents), "操作记录"),
  page("/operator/log", "operator", (call, words) => logPage(call, words, listInstallationEvents)),
  api("get", `${API}/events`, listEvents),
  api("get", "/operator/events", listInstallationEvents),
];
