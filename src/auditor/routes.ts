// Links for auditors: the committee's list, and the door that a link opens.
import { api, API, DESK, form, page, type Route, type Typed, type View } from "../door/routes.ts";
import type { Reading } from "../door/service.ts";
import { spokenMoment } from "../base/month.ts";
import { findCommunity } from "../trust/service.ts";
import { createLink, linkFor, listLinks, openLink, revokeLink } from "./service.ts";

async function linksPage(call: Reading, typed: Typed): Promise<View> {
  const { items } = await listLinks.run(call, {});
  const links = items.map((link) => ({
    ...link,
    since: spokenMoment(link.since),
    expires: spokenMoment(link.expiresAt),
  }));
  return { view: "auditors", model: { links, values: { days: "30", ...typed } } };
}

/** Says where the link leads before it is opened: looking at an address changes nothing. */
async function entrancePage({ db, now }: Reading, link: string): Promise<View> {
  const { community, expiresAt } = await linkFor(db, link, now);
  const name = (await findCommunity(db, community))?.name ?? "";
  return { view: "audit", model: { name, expires: spokenMoment(expiresAt), link } };
}

export const auditorRoutes: readonly Route[] = [
  page("/audit/:link", "anyone", (call, { link = "" }) => entrancePage(call, link)),
  form("/audit/:link", openLink, {
    opensSession: true,
    done: ({ community }) => `/desk/${community}`,
    again: (call, { link = "" }) => entrancePage(call, link),
  }),
  page(`${DESK}/auditors`, "auditor.invite", (call) => linksPage(call, {})),
  form(`${DESK}/auditors`, createLink, {
    done: async ({ url, expiresAt }) => ({ view: "link-told", model: { url, expires: spokenMoment(expiresAt) } }),
    again: (call, _words, typed) => linksPage(call, typed),
  }),
  form(`${DESK}/auditors/:id/revoke`, revokeLink, {
    done: (_output, { code = "" }) => `/desk/${code}/auditors`,
    again: (call) => linksPage(call, {}),
  }),
  api("get", `${API}/auditor-links`, listLinks),
  api("post", `${API}/auditor-links`, createLink, { status: 201 }),
  api("post", `${API}/auditor-links/:id/revoke`, revokeLink),
];
