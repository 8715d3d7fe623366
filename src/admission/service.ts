// Members and how they come in: proposals that two sides agree to, letters to owners, and what ends a membership.
import { randomUUID } from "node:crypto";
import { z } from "zod";
import { Refusal, refuse } from "../base/refusal.ts";
import { dayAt } from "../base/month.ts";
import * as access from "../access/service.ts";
import { type Role, ROLES } from "../door/rules.ts";
import { command, note, query, type Reading, type Writing } from "../door/service.ts";
import { runTx, type Db, type Tx } from "../platform/db.ts";
import { instant, keyCode, nothing, optionalWords, secret, toldOnce, words } from "../platform/input.ts";
import { countHeld, holdingsOf } from "../people/service.ts";
import { holdersOn } from "../people/rules.ts";
import {
  assertMayConfirm,
  assertMayEnd,
  assertMayEnter,
  CODE_DAYS,
  isSide,
  mayConfirm,
  mayEnd,
  mayTell,
  PROPOSAL_DAYS,
  proposable,
  proposalOf,
  PROPOSED,
  sayOf,
  stateOf,
  type Invitation,
  type ProposedRole,
} from "./rules.ts";
import * as store from "./store.ts";

export { insertInvitations, invitationByHash, openInvitations, revokeInvitations } from "./store.ts";

const id = words(40);

const told = toldOnce("打开就能加入的网址");
export type Told = z.output<typeof told>;

/** An invitation by somebody, agreed by nobody yet, whose code is not told. */
export function newInvitation(
  call: Writing,
  wish: Pick<Invitation, "role" | "label" | "proposedSide"> & Partial<Invitation> & { readonly days: number },
): Invitation {
  const { days, ...given } = wish;
  return {
    community: call.community,
    id: randomUUID(),
    codeHash: null,
    owner: "",
    unit: "",
    proposedBy: call.actor.id,
    confirmedBy: null,
    createdAt: call.now.toISOString(),
    expiresAt: access.daysAfter(call.now, days),
    usedBy: null,
    usedAt: null,
    revokedAt: null,
    ...given,
  };
}

export function joinAddress(publicUrl: string, code: string): string {
  return `${publicUrl}/join?code=${code}`;
}

/** Takes back open invitations; the links among them work no more at once. */
export async function revokeOpen(
  tx: Tx,
  at: { readonly community: string; readonly roles: readonly string[]; readonly now: Date },
  isMeant: (invitation: Invitation) => boolean,
): Promise<void> {
  const open = await store.openInvitations(tx, at.community, at.roles);
  const ids = open.filter(isMeant).map((invitation) => invitation.id);
  await store.revokeInvitations(tx, at.community, ids, at.now);
}

// ---- Proposing --------------------------------------------------------------------------------------------------

export const proposeMember = command({
  name: "proposeMember",
  title: "提议一位成员",
  may: "member.propose",
  isSecret: (answer) => answer.told !== null,
  input: z.object({
    role: z.enum(PROPOSED, "请选一种身份").meta({ description: "trustee 物业，committee 业委会，supervisor 监察人" }),
    label: words(40).meta({ description: "是谁：让确认的人认得出" }),
  }),
  output: z.object({ id: z.string(), state: z.enum(["waiting", "told"]), told: told.nullable() }),
  run: async (call, { role, label }) => {
    const { tx, community, actor } = call;
    const hadMember = await access.hadMember(tx, community, role);
    const { side, isFirst, needsConsent } = proposalOf({ actor, community, role, hadMember });
    if (isFirst) {
      // Only one code may stand for the first member.
      await revokeOpen(tx, { ...call, roles: [role] }, ({ confirmedBy }) => confirmedBy === "");
    }
    const wish = { role, label, proposedSide: side, days: needsConsent ? PROPOSAL_DAYS : CODE_DAYS };
    const invitation = newInvitation(call, { ...wish, confirmedBy: needsConsent ? null : "" });
    await store.insertInvitations(tx, [invitation]);
    await note(call, "member proposed", { role, label });
    return needsConsent
      ? { id: invitation.id, state: "waiting" as const, told: null }
      : { id: invitation.id, state: "told" as const, told: await tell(call, invitation) };
  },
});

/** Gives the invitation a new code, which voids the one before. */
async function tell(call: Writing, invitation: Invitation): Promise<Told> {
  const { code, codeHash } = access.newCode();
  const expiresAt = access.daysAfter(call.now, CODE_DAYS);
  await store.setCode(call.tx, invitation, { codeHash, expiresAt });
  await note(call, "code told", { role: invitation.role, label: invitation.label });
  return { code, url: joinAddress(call.publicUrl, code), expiresAt };
}

async function invitationOf(db: Db, community: string, wanted: string): Promise<Invitation> {
  const invitation = await store.invitationById(db, community, wanted);
  if (invitation === null || !(PROPOSED as readonly string[]).includes(invitation.role)) {
    throw refuse("INVITATION_UNKNOWN", "没有这项提议。", "请回到成员页，从那里打开它。", 404);
  }
  return invitation;
}

export const confirmMember = command({
  name: "confirmMember",
  title: "确认另一方提议的成员",
  may: "member.confirm",
  turnsKey: true,
  input: z.object({ id, code: keyCode }),
  output: nothing,
  run: async (call, { id: wanted }) => {
    const { tx, community, actor, now } = call;
    const invitation = await invitationOf(tx, community, wanted);
    assertMayConfirm(invitation, actor, { now: now.toISOString() });
    await store.confirmInvitation(tx, invitation, { account: actor.id, expiresAt: access.daysAfter(now, CODE_DAYS) });
    await note(call, "member confirmed", { role: invitation.role, label: invitation.label });
    return {};
  },
});

export const tellCode = command({
  name: "tellCode",
  title: "取邀请码",
  may: "member.propose",
  isSecret: true,
  input: z.object({ id }),
  output: told,
  run: async (call, { id: wanted }) => {
    const invitation = await invitationOf(call.tx, call.community, wanted);
    const state = stateOf(invitation, call.now.toISOString());
    if (!mayTell(invitation, call.actor)) {
      throw refuse("CODE_NOT_YOURS", "邀请码只告诉提议的那一方。", "请由提议的人来取，再交给要加入的人。", 403);
    }
    if (state !== "agreed" && state !== "told") {
      const remedy = state === "waiting" ? "请另一方的人先在成员页确认。" : "请重新提议。";
      throw refuse("CODE_NOT_READY", "这项提议现在没有邀请码可取。", remedy, 409);
    }
    return tell(call, invitation);
  },
});

export const revokeInvitation = command({
  name: "revokeInvitation",
  title: "撤回或否决提议",
  may: "member.propose",
  input: z.object({ id }),
  output: nothing,
  run: async (call, { id: wanted }) => {
    const invitation = await invitationOf(call.tx, call.community, wanted);
    if ((await store.revokeInvitations(call.tx, call.community, [invitation.id], call.now)) === 0) {
      throw refuse("INVITATION_OVER", "这项提议已经用过或撤回了。", "请刷新页面。", 409);
    }
    await note(call, "invitation revoked", { role: invitation.role, label: invitation.label });
    return {};
  },
});

// ---- Who there is -----------------------------------------------------------------------------------------------

const memberShown = z.object({
  id: z.string(),
  role: z.enum(ROLES),
  display: z.string(),
  since: instant,
  admittedBy: z.string().meta({ description: "由谁同意加入" }),
  hasKey: z.boolean().meta({ description: "绑定了动态口令" }),
  isDisabled: z.boolean(),
  mayEnd: z.boolean(),
});

const invitationShown = z.object({
  id: z.string(),
  role: z.enum(PROPOSED),
  label: z.string(),
  state: z.enum(["waiting", "agreed", "told"]),
  side: z.string().meta({ description: "提议的一方" }),
  proposedBy: z.string(),
  confirmedBy: z.string(),
  expiresAt: instant,
  mayConfirm: z.boolean(),
  mayTell: z.boolean(),
});

export const listMembers = query({
  name: "listMembers",
  title: "成员与进行中的提议",
  may: "member.view",
  input: nothing,
  output: z.object({
    members: z.array(memberShown),
    invitations: z.array(invitationShown),
    proposable: z.array(z.enum(PROPOSED)).meta({ description: "您可以提议的身份" }),
    owners: z.object({ accounts: z.number().int(), units: z.number().int() }),
  }),
  run: async (call) => {
    const { db, community, actor } = call;
    const had = await Promise.all(
      ROLES.map(async (role) => [role, await access.hadMember(db, community, role)] as const),
    );
    const hadMember = new Map<Role, boolean>(had);
    const counts = (await access.memberCounts(db, community)).get(community);
    return {
      members: await membersShown(call),
      invitations: await invitationsShown(call),
      proposable: proposable(actor, community, (role) => hadMember.get(role) === true),
      owners: { accounts: counts?.owner ?? 0, units: await countHeld(db, community, dayAt(call.now)) },
    };
  },
});

/** Everybody but the owners, who have a list of their own. */
async function membersShown({ db, actor, community }: Reading): Promise<z.input<typeof memberShown>[]> {
  const shown = await access.membersOf(db, community, PROPOSED);
  const names = await access.displayNames(db, [...new Set(shown.map(({ admittedBy }) => admittedBy))]);
  const may = sayOf(actor, community) !== null;
  return shown.map(({ id: member, role, display, since, admittedBy, hasKey, isDisabled }) => ({
    id: member,
    role,
    display,
    since,
    hasKey,
    isDisabled,
    admittedBy: names.get(admittedBy) ?? "",
    mayEnd: may && mayEnd(actor, community, role),
  }));
}

async function invitationsShown({ db, actor, community, now }: Reading): Promise<z.input<typeof invitationShown>[]> {
  const open = await store.openInvitations(db, community, PROPOSED);
  const people = open.flatMap(({ proposedBy, confirmedBy }) => [proposedBy, confirmedBy ?? ""]);
  const names = await access.displayNames(db, [...new Set(people)]);
  return open.flatMap((invitation) => {
    const state = stateOf(invitation, now.toISOString());
    const shown = {
      id: invitation.id,
      role: invitation.role as ProposedRole,
      label: invitation.label,
      side: invitation.proposedSide,
      proposedBy: names.get(invitation.proposedBy) ?? "",
      confirmedBy: names.get(invitation.confirmedBy ?? "") ?? "",
      expiresAt: invitation.expiresAt,
      mayConfirm: state === "waiting" && mayConfirm(invitation, actor, community),
      mayTell: (state === "agreed" || state === "told") && mayTell(invitation, actor),
    };
    return state === "waiting" || state === "agreed" || state === "told" ? [{ ...shown, state }] : [];
  });
}

// ---- Ending -----------------------------------------------------------------------------------------------------

export const endMember = command({
  name: "endMember",
  title: "结束成员身份",
  may: "member.end",
  input: z.object({ id, reason: optionalWords(200).meta({ description: "为什么" }) }),
  output: nothing,
  run: async (call, { id: wanted, reason }) => {
    const { tx, community, now, actor } = call;
    const members = await access.membersOf(tx, community, ROLES);
    const member = members.find((each) => each.id === wanted);
    if (member === undefined) {
      throw refuse("MEMBER_UNKNOWN", "没有这位成员，或他的身份已经结束。", "请回到成员页看现在有哪些成员。", 404);
    }
    assertMayEnd(member, members, mayEnd(actor, community, member.role));
    await access.endMember(tx, community, member.id, now);
    await access.deleteSessionsOf(tx, member.account);
    await access.revokeTokensOf(tx, { account: member.account, community }, now);
    // Whom somebody proposed who has to go comes in only if somebody else proposes it again.
    await revokeOpen(tx, { community, roles: PROPOSED, now }, ({ proposedBy }) => proposedBy === member.account);
    await note(call, "member ended", { role: member.role, who: member.display, ...(reason === "" ? {} : { reason }) });
    return {};
  },
});

// ---- Joining with a code ----------------------------------------------------------------------------------------

/** The invitation behind a typed code, or a refusal that does not tell wrong from used. */
async function invitationFor(db: Db, typed: string, now: Date): Promise<Invitation> {
  const invitation = await store.invitationByHash(db, access.hashCode(typed));
  if (invitation === null || invitation.role === "auditor" || stateOf(invitation, now.toISOString()) !== "told") {
    throw new Refusal({
      code: "CODE_UNKNOWN",
      column: "invitation",
      message: "这个邀请码不对、已经用过或已过期。",
      remedy: "请对照信上的 12 位字母和数字再填一次；不行就请给您码的人再给一个新的。",
    });
  }
  return invitation;
}

/** The account becomes what the invitation says, and the invitation is spent. */
async function takeUp(call: Writing, invitation: Invitation, account: string): Promise<void> {
  const { community, role, owner, unit, codeHash } = invitation;
  const { tx, now } = call;
  await access.holdAccount(tx, account);
  const holders =
    role === "owner" ? holdersOn(await holdingsOf(tx, community, [unit]), dayAt(now)) : new Map<string, string[]>();
  assertMayEnter(invitation, {
    held: await access.membershipsOf(tx, account),
    hadMember: role !== "operator" && (await access.hadMember(tx, community, role)),
    holdsUnit: holders.get(unit)?.includes(owner) === true,
  });
  if (codeHash === null || !(await store.useInvitation(tx, codeHash, account, now))) {
    throw refuse("CODE_USED", "这个邀请码刚刚被用过。", "如果不是您本人，请立即告诉物业和业委会。", 409);
  }
  if (role !== "operator") {
    const admittedBy = invitation.confirmedBy === "" ? invitation.proposedBy : (invitation.confirmedBy ?? "");
    const since = now.toISOString();
    await access.insertMember(tx, { id: randomUUID(), community, account, role, owner, since, admittedBy });
  }
  if (role === "owner") {
    // Letters to this owner's other units would bring somebody else in.
    await revokeOpen(tx, { community, roles: ["owner"], now }, (other) => other.owner === owner);
  }
  const actor = { ...call.actor, id: account };
  await note({ ...call, community, actor }, "joined", { role, ...(unit === "" ? {} : { unit }) });
}

/** Where a new member goes first: who shall hold a key binds it. */
function firstPlace({ community, role }: Invitation): string {
  if (role === "owner") {
    return `/my/${community}`;
  }
  return isSide(role) ? "/account/key" : "/desk";
}

export const join = command({
  name: "join",
  title: "用邀请码加入",
  may: "anyone",
  isSecret: true,
  input: z.object({
    invitation: words(40),
    name: words(60),
    display: words(40),
    password: secret("请填写密码"),
  }),
  output: z.object({ session: z.string(), next: z.string() }),
  prepare: async (call, { invitation, name, password }) => {
    await access.throttleCodes(call);
    return {
      invitation: await invitationFor(call.db, invitation, call.now),
      password: await access.keptPassword(password, name),
    };
  },
  bookOf: ({ invitation }) => invitation.community,
  run: async (call, { name, display }, { invitation, password }) => {
    const operator = invitation.role === "operator";
    const account = await access.createAccount(call, { name, display, password, operator });
    await takeUp(call, invitation, account.id);
    const next = operator ? "/operator" : firstPlace(invitation);
    return { session: await access.openSession(call, { account: account.id }), next };
  },
});

/** Somebody who has an account takes one more invitation up with it. */
export const joinAlso = command({
  name: "joinAlso",
  title: "用邀请码再加入一个身份",
  may: "account",
  input: z.object({ invitation: words(40) }),
  output: z.object({ next: z.string() }),
  prepare: async (call, { invitation }) => {
    await access.throttleCodes(call);
    return invitationFor(call.db, invitation, call.now);
  },
  bookOf: ({ community }) => community,
  run: async (call, _input, invitation) => {
    if (invitation.role === "operator") {
      throw refuse("CODE_OTHER_USE", "这个码是给新的系统管理员账号用的。", "请退出登录后再打开它。", 409);
    }
    await takeUp(call, invitation, call.actor.id);
    return { next: isSide(invitation.role) && call.actor.hasKey ? `/desk` : firstPlace(invitation) };
  },
});

// ---- Operators --------------------------------------------------------------------------------------------------

/** A code for one more operator, which voids those before. */
async function operatorCode(tx: Tx, by: { readonly account: string; readonly now: Date }): Promise<string> {
  const { code, codeHash } = access.newCode();
  await revokeOpen(tx, { community: "", roles: ["operator"], now: by.now }, () => true);
  await store.insertInvitations(tx, [
    {
      community: "",
      id: randomUUID(),
      codeHash,
      role: "operator",
      owner: "",
      unit: "",
      label: "系统管理员",
      proposedBy: by.account,
      proposedSide: "operator",
      confirmedBy: "",
      createdAt: by.now.toISOString(),
      expiresAt: access.daysAfter(by.now, CODE_DAYS),
      usedBy: null,
      usedAt: null,
      revokedAt: null,
    },
  ]);
  return code;
}

/** The one-time code that sets a new installation up, made when it has no account yet; null when it has. */
export async function setUpCode(db: Db, now: Date): Promise<string | null> {
  return runTx(db, "", async (tx) => ((await access.hasAccounts(tx)) ? null : operatorCode(tx, { account: "", now })));
}

/** A code for one more operator, for whoever holds the machine itself: when the only one forgot the password. */
export async function rescueCode(db: Db, now: Date): Promise<string> {
  return runTx(db, "", (tx) => operatorCode(tx, { account: "", now }));
}

export const inviteOperator = command({
  name: "inviteOperator",
  title: "邀请另一位系统管理员",
  may: "operator",
  isSecret: true,
  input: nothing,
  output: told,
  run: async (call) => {
    const code = await operatorCode(call.tx, { account: call.actor.id, now: call.now });
    await note(call, "operator invited");
    const expiresAt = access.daysAfter(call.now, CODE_DAYS);
    return { code, url: joinAddress(call.publicUrl, code), expiresAt };
  },
});
