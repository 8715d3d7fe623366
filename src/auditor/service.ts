// Links for auditors: they read everything of one community for some weeks, without an account.
import { z } from "zod";
import { refuse } from "../base/refusal.ts";
import * as access from "../access/service.ts";
import * as admission from "../admission/service.ts";
import { stateOf, type Invitation } from "../admission/rules.ts";
import { linkId } from "../door/rules.ts";
import { command, note, query } from "../door/service.ts";
import type { Db } from "../platform/db.ts";
import { instant, nothing, wholeNumber, words } from "../platform/input.ts";
import { LINK_DAYS_MAX } from "./rules.ts";

export const listLinks = query({
  name: "listLinks",
  title: "审计链接",
  may: "auditor.invite",
  input: nothing,
  output: z.object({
    items: z.array(
      z.object({ id: z.string(), label: z.string(), madeBy: z.string(), since: instant, expiresAt: instant }),
    ),
  }),
  run: async ({ db, community, now }) => {
    const open = await admission.openInvitations(db, community, ["auditor"]);
    const links = open.filter((link) => stateOf(link, now.toISOString()) === "told");
    const names = await access.displayNames(db, [...new Set(links.map(({ proposedBy }) => proposedBy))]);
    const items = links.map(({ id, label, proposedBy, createdAt, expiresAt }) => ({
      id,
      label,
      expiresAt,
      madeBy: names.get(proposedBy) ?? "",
      since: createdAt,
    }));
    return { items };
  },
});

export const createLink = command({
  name: "createLink",
  title: "给审计一个限时链接",
  may: "auditor.invite",
  isSecret: true,
  input: z.object({
    label: words(40).meta({ description: "给谁，例如 某某会计师事务所" }),
    days: wholeNumber(1, LINK_DAYS_MAX).meta({ description: "几天后失效" }),
  }),
  output: z.object({ id: z.string(), url: z.string(), expiresAt: instant }),
  run: async (call, { label, days }) => {
    const link = access.newSecret();
    const wish = { role: "auditor", label, days, proposedSide: "committee", confirmedBy: "" } as const;
    const invitation = admission.newInvitation(call, { ...wish, codeHash: access.hashSecret(link) });
    await admission.insertInvitations(call.tx, [invitation]);
    await note(call, "auditor link made", { label, days: String(days) });
    return { id: invitation.id, url: `${call.publicUrl}/audit/${link}`, expiresAt: invitation.expiresAt };
  },
});

export const revokeLink = command({
  name: "revokeLink",
  title: "收回审计链接",
  may: "auditor.invite",
  input: z.object({ id: words(40) }),
  output: nothing,
  run: async (call, { id }) => {
    const { tx, community, now } = call;
    const link = (await admission.openInvitations(tx, community, ["auditor"])).find((each) => each.id === id);
    if (link === undefined) {
      throw refuse("LINK_UNKNOWN", "没有这个链接，或它已经收回。", "请刷新页面。", 404);
    }
    await admission.revokeInvitations(tx, community, [id], now);
    await access.deleteSessionsOfInvitation(tx, community, id);
    await note(call, "auditor link revoked", { label: link.label });
    return {};
  },
});

/** The link behind an address, or a refusal that does not tell wrong from revoked. */
export async function linkFor(db: Db, secret: string, now: Date): Promise<Invitation> {
  const link = await admission.invitationByHash(db, access.hashSecret(secret));
  if (link === null || link.role !== "auditor" || stateOf(link, now.toISOString()) !== "told") {
    throw refuse("LINK_UNKNOWN", "这个审计链接不对、已经收回或已到期。", "请业委会再给一个链接。", 404);
  }
  return link;
}

export const openLink = command({
  name: "openLink",
  title: "打开审计链接",
  may: "anyone",
  isSecret: true,
  input: z.object({ link: words(100) }),
  output: z.object({ session: z.string(), community: z.string() }),
  prepare: async (call, { link }) => {
    await access.throttleCodes(call);
    return linkFor(call.db, link, call.now);
  },
  bookOf: ({ community }) => community,
  run: async (call, _input, { community, id, expiresAt, label }) => {
    await note({ ...call, community, actor: { ...call.actor, id: linkId(id) } }, "auditor link opened", { label });
    const session = await access.openSession(call, { community, invitation: id, until: expiresAt });
    return { session, community };
  },
});
