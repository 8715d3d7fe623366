// The members of a community, proposals that two sides agree to, and joining with a code.
import { toString as qrSvg } from "qrcode";
import { api, API, DESK, form, page, type Route, type Typed, type View, type Words } from "../door/routes.ts";
import type { Reading } from "../door/service.ts";
import { markup } from "../platform/form.ts";
import { mayDo, roleName } from "../door/rules.ts";
import { refuse } from "../base/refusal.ts";
import { spokenMoment } from "../base/month.ts";
import { resetsWaitingIn } from "../recovery/service.ts";
import { invitationRows, sideBlocks } from "./page.ts";
import { sayOf } from "./rules.ts";
import {
  confirmMember,
  endMember,
  join,
  joinAlso,
  listMembers,
  proposeMember,
  revokeInvitation,
  tellCode,
  type Told,
} from "./service.ts";

async function membersPage(call: Reading): Promise<View> {
  const { members, invitations, proposable, owners } = await listMembers.run(call, {});
  const resets = await resetsWaitingIn(call.db, call);
  const roles = call.actor.memberships.filter((each) => each.community === call.community).map(({ role }) => role);
  const model = {
    sides: sideBlocks(members),
    invitations: invitationRows(invitations),
    resets: resets.map((reset) => ({ ...reset, since: spokenMoment(reset.since) })),
    hasWaiting: invitations.length + resets.length > 0,
    mayPropose: proposable.length > 0,
    mayRevoke: sayOf(call.actor, call.community) !== null,
    mayInviteOwners: roles.includes("committee") || roles.includes("trustee"),
    mayCheckOwners: mayDo(call, "owner.check"),
    mayInviteAuditors: roles.includes("committee"),
    owners,
  };
  return { view: "members", model };
}

async function proposePage(call: Reading, typed: Typed): Promise<View> {
  const { proposable } = await listMembers.run(call, {});
  const roles = proposable.map((role) => ({ value: role, label: roleName(role) }));
  const [only] = roles.length === 1 ? roles : [];
  return { view: "member-propose", model: { roles, values: { role: only?.value ?? "", ...typed } } };
}

async function confirmPage(call: Reading, { id = "" }: Words): Promise<View> {
  const { invitations } = await listMembers.run(call, {});
  const invitation = invitationRows(invitations).find((each) => each.id === id);
  if (invitation === undefined) {
    throw refuse("INVITATION_UNKNOWN", "没有等待处理的这项提议。", "请回到成员页看它现在的状态。", 404);
  }
  return { view: "member-confirm", model: { invitation } };
}

async function endPage(call: Reading, { id = "" }: Words): Promise<View> {
  const { members } = await listMembers.run(call, {});
  const member = members.find((each) => each.id === id);
  const model = {
    id,
    who: member === undefined ? "这位业主" : `${member.display}（${roleName(member.role)}）`,
    back: member === undefined ? "owners" : "members",
  };
  return { view: "member-end", model };
}

const backToMembers = (_output: unknown, { code = "" }: Words): string => `/desk/${code}/members`;

async function toldView(told: Told, words: Words): Promise<View> {
  const qr = markup(await qrSvg(told.url, { type: "svg", margin: 2 }));
  return {
    view: "code-told",
    model: { ...told, qr, expires: spokenMoment(told.expiresAt), back: backToMembers(told, words) },
  };
}

const joinAgain = async (_call: Reading, _words: Words, typed: Typed): Promise<View> => ({
  view: "join",
  model: { values: typed },
});

export const admissionRoutes: readonly Route[] = [
  page("/join", "anyone", async (_call, { code = "" }) => ({ view: "join", model: { values: { invitation: code } } })),
  form("/join", join, { opensSession: true, done: ({ next }) => next, again: joinAgain }),
  form("/join/also", joinAlso, { done: ({ next }) => next, again: joinAgain }),

  page(`${DESK}/members`, "member.view", membersPage, "成员", [
    "/invitations",
    "/resets",
    "/owners",
    "/owner-checks",
    "/auditors",
  ]),
  page(`${DESK}/members/propose`, "member.propose", (call) => proposePage(call, {})),
  form(`${DESK}/members/propose`, proposeMember, {
    done: ({ told }, words) => (told === null ? backToMembers(told, words) : toldView(told, words)),
    again: (call, _words, typed) => proposePage(call, typed),
  }),
  page(`${DESK}/invitations/:id`, "member.confirm", confirmPage),
  form(`${DESK}/invitations/:id/confirm`, confirmMember, { done: backToMembers, again: confirmPage }),
  form(`${DESK}/invitations/:id/code`, tellCode, { done: toldView, again: membersPage }),
  form(`${DESK}/invitations/:id/revoke`, revokeInvitation, { done: backToMembers, again: membersPage }),
  page(`${DESK}/members/:id/end`, "member.end", endPage),
  form(`${DESK}/members/:id/end`, endMember, { done: backToMembers, again: endPage }),

  api("get", `${API}/members`, listMembers),
  api("post", `${API}/members/:id/end`, endMember),
  api("post", `${API}/invitations`, proposeMember, { status: 201 }),
  api("post", `${API}/invitations/:id/confirm`, confirmMember),
  api("post", `${API}/invitations/:id/code`, tellCode),
  api("post", `${API}/invitations/:id/revoke`, revokeInvitation),
];
