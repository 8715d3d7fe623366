// Who did what, and when: the append-only log, read by those who watch over it.
import { z } from "zod";
import * as access from "../access/service.ts";
import { eventsBefore, query, type Event, type EventPlace, type Reading } from "../door/service.ts";
import type { Db } from "../platform/db.ts";
import { instant, listInput, listOf, pageFrom } from "../platform/input.ts";
import { eventWords } from "./rules.ts";

const input = z.object(listInput);
const output = listOf(
  z.object({
    at: instant,
    who: z.string().meta({ description: "谁；没有人登录时是空的" }),
    what: z.string().meta({ description: "事件的名称，给程序用" }),
    words: z.string().meta({ description: "做了什么" }),
  }),
);

export const listEvents = query({
  name: "listEvents",
  title: "操作记录",
  may: "event.view",
  input,
  output,
  run: (call, wish) => eventsPage(call, wish),
});

export const listInstallationEvents = query({
  name: "listInstallationEvents",
  title: "不属于哪个小区的操作记录",
  may: "operator",
  input,
  output,
  run: (call, wish) => eventsPage({ ...call, community: "" }, wish),
});

async function eventsPage(
  { db, community }: Reading,
  { after, limit }: z.output<typeof input>,
): Promise<z.input<typeof output>> {
  const found = await eventsBefore(db, community, placeOf(after), limit + 1);
  const { items: events, next } = pageFrom(found, limit, ({ at, id }) => `${at}~${id}`);
  const details = events.map((event) => JSON.parse(event.detail) as Record<string, string>);
  const people = [...events.map(({ actor }) => actor), ...details.map(({ account = "" }) => account)];
  const names = await access.displayNames(db, [...new Set(people)]);
  return {
    items: events.map((event, index) => ({
      at: event.at,
      who: whoDid(event, names),
      what: event.what,
      words: eventWords(event.what, details[index] ?? {}, (account) => names.get(account) ?? "一个账号"),
    })),
    next,
  };
}

/** One event as a sentence, for whoever did it. */
export async function tellEvent(db: Db, { what, detail }: Event): Promise<string> {
  const details = JSON.parse(detail) as Record<string, string>;
  const names = await access.displayNames(db, [details["account"] ?? ""]);
  return eventWords(what, details, (account) => names.get(account) ?? "一个账号");
}

function whoDid({ actor }: Event, names: ReadonlyMap<string, string>): string {
  return actor.startsWith("link:") ? "审计链接" : (names.get(actor) ?? "");
}

function placeOf(after: string | undefined): EventPlace | null {
  const [at, id] = (after ?? "").split("~");
  return at === undefined || id === undefined ? null : { at, id };
}
