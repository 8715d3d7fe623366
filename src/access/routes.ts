// Coming in and going out: set-up, invitations, sign-in, one's own account.
import { toString as qrSvg } from "qrcode";
import { z } from "zod";
import { refuse } from "../base/refusal.ts";
import { form, page, resumeView, typedText, type Route, type View } from "../door/routes.ts";
import { command, note } from "../door/service.ts";
import { roleName, type Actor } from "../door/rules.ts";
import type { Db } from "../platform/db.ts";
import { listCommunities } from "../trust/service.ts";
import { markup } from "../platform/form.ts";
import { optionalWords, ticked, words } from "../platform/input.ts";
import {
  bindKey,
  changePassword,
  checkPassword,
  closeSessions,
  createAccount,
  hasAccounts,
  invitationFor,
  keptPassword,
  newKey,
  openSession,
  takeUp,
  throttle,
} from "./service.ts";

const done = z.object({});

/** Only an address of ours: else a link could send people elsewhere after they signed in. */
function ownAddress(next: string): string {
  return /^\/(?![/\\])[\x21-\x7e]*$/u.test(next) ? next : "/desk";
}

// ---- Sign-in ----------------------------------------------------------------------------------------------------

export const signIn = command({
  name: "signIn",
  title: "登录",
  may: "anyone",
  isSecret: true,
  input: z.object({
    name: words(60),
    password: z.string("请填写密码").min(1, "请填写密码").max(500),
    next: optionalWords(2000),
    held: z.string().max(100_000).default(""),
  }),
  output: z.object({ session: z.string(), next: z.string(), held: z.string() }),
  prepare: (call, input) => checkPassword(call, input),
  run: async (call, { next, held }, account) => {
    await note({ ...call, actor: { ...call.actor, id: account.id } }, "sign-in");
    return { session: await openSession(call, { account: account.id }), next: ownAddress(next), held };
  },
});

function signInPage(next: string, held = ""): View {
  return { view: "sign-in", model: { next, held, isHeld: held !== "" } };
}

function heldFields(held: string): Record<string, unknown> | null {
  try {
    const fields: unknown = JSON.parse(held);
    return typeof fields === "object" && fields !== null ? { ...fields } : null;
  } catch {
    return null;
  }
}

export const signOut = command({
  name: "signOut",
  title: "退出登录",
  may: "signed-in",
  input: z.object({ everywhere: ticked }),
  output: z.object({ session: z.literal("") }),
  run: async (call, { everywhere }) => {
    await note(call, everywhere ? "sign-out everywhere" : "sign-out");
    await closeSessions(call, everywhere ? "all" : "this");
    return { session: "" as const };
  },
});

// ---- Joining with a code ------------------------------------------------------------------------------------------

/** Codes are tried from paper: few people need more than a handful. */
const TRIES_PER_ADDRESS = 30;

export const join = command({
  name: "join",
  title: "用邀请码加入",
  may: "anyone",
  isSecret: true,
  input: z.object({
    invitation: words(40),
    name: words(60),
    display: words(40),
    password: z.string("请填写密码").max(500),
  }),
  output: z.object({ session: z.string(), next: z.string() }),
  prepare: async ({ db, now, address }, { invitation, name, password }) => {
    await throttle(db, `code:${address}`, TRIES_PER_ADDRESS, now);
    return { invitation: await invitationFor(db, invitation, now), password: await keptPassword(password, name) };
  },
  run: async (call, { name, display }, { invitation, password }) => {
    const isOperator = invitation.role === "operator";
    if (isOperator && (await hasAccounts(call.tx))) {
      throw refuse("SET_UP_ALREADY", "这套系统已经设置过了。", "请用已有的账号登录。", 409);
    }
    const account = await createAccount(call, { name, display, password, operator: isOperator });
    await takeUp(call, invitation, account);
    await note({ ...call, community: invitation.community, actor: { ...call.actor, id: account.id } }, "joined", {
      role: invitation.role,
    });
    const next = invitation.role === "owner" ? `/my/${invitation.community}` : "/account";
    return { session: await openSession(call, { account: account.id }), next };
  },
});

/** Somebody who has an account takes one more invitation up with it. */
export const joinAlso = command({
  name: "joinAlso",
  title: "用邀请码再加入一个身份",
  may: "signed-in",
  input: z.object({ invitation: words(40) }),
  output: z.object({ next: z.string() }),
  prepare: async ({ db, now, address }, { invitation }) => {
    await throttle(db, `code:${address}`, TRIES_PER_ADDRESS, now);
    return invitationFor(db, invitation, now);
  },
  run: async (call, _input, invitation) => {
    if (invitation.role === "operator" || invitation.role === "auditor") {
      throw refuse("CODE_OTHER_USE", "这个码不是给已有账号用的。", "请退出登录后再打开它。", 409);
    }
    await takeUp(call, invitation, call.actor);
    await note({ ...call, community: invitation.community }, "joined", { role: invitation.role });
    return { next: invitation.role === "owner" ? `/my/${invitation.community}` : `/desk/${invitation.community}` };
  },
});

// ---- One's own account --------------------------------------------------------------------------------------------

export const setPassword = command({
  name: "setPassword",
  title: "修改密码",
  may: "signed-in",
  isSecret: true,
  input: z.object({
    name: words(60),
    old: z.string("请填写现在的密码").max(500),
    password: z.string("请填写新密码").max(500),
  }),
  output: z.object({ session: z.string() }),
  prepare: async (call, { name, old, password }) => {
    const account = await checkPassword(call, { name, password: old });
    if (account.id !== call.actor.id) {
      throw refuse("SIGN_IN_WRONG", "这不是您现在登录的账号。", "请填写您自己的登录名。");
    }
    return keptPassword(password, name);
  },
  run: async (call, _input, password) => {
    await changePassword(call, password);
    await note(call, "password changed");
    return { session: await openSession(call, { account: call.actor.id }) };
  },
});

export const setKey = command({
  name: "setKey",
  title: "绑定动态口令",
  may: "signed-in",
  isSecret: true,
  input: z.object({
    name: words(60),
    password: z.string("请填写密码").max(500),
    secret: z.string().regex(/^[A-Z2-7]{16,64}$/u, "请重新打开这个页面"),
    proof: words(7),
  }),
  output: done,
  prepare: async (call, input) => {
    const account = await checkPassword(call, input);
    if (account.id !== call.actor.id) {
      throw refuse("SIGN_IN_WRONG", "这不是您现在登录的账号。", "请填写您自己的登录名。");
    }
  },
  run: async (call, { secret, proof }) => {
    await bindKey(call, secret, proof);
    await note(call, "key bound");
    return {};
  },
});

async function keyPage(secret: string, uri: string): Promise<View> {
  const qr = markup(await qrSvg(uri, { type: "svg", margin: 2 }));
  return { view: "account-key", model: { secret, spaced: (secret.match(/.{1,4}/gu) ?? []).join(" "), qr } };
}

/** Where somebody belongs, with the way in for each role. */
async function communitiesOf(db: Db, actor: Actor): Promise<{ communities: object[]; isOperator: boolean }> {
  const names = new Map((await listCommunities(db)).map(({ code, name }) => [code, name]));
  const communities = actor.memberships.map(({ community, role }) => ({
    name: names.get(community) ?? community,
    role: roleName(role),
    href: role === "owner" ? `/my/${community}` : `/desk/${community}`,
  }));
  return { communities, isOperator: actor.operator };
}

export const accessRoutes: readonly Route[] = [
  page("/sign-in", "anyone", async (_call, { next = "" }) => signInPage(next)),
  form("/sign-in", signIn, {
    opensSession: true,
    done: ({ next, held }) => {
      const fields = heldFields(held);
      return fields === null ? next : Promise.resolve(resumeView(next, fields));
    },
    again: async (_call, typed) => signInPage(typedText(typed, "next"), typedText(typed, "held")),
  }),
  form("/sign-out", signOut, { opensSession: true, done: () => "/", again: async () => signInPage("") }),
  page("/join", "anyone", async (_call, { code = "" }) => ({ view: "join", model: { values: { invitation: code } } })),
  form("/join", join, {
    opensSession: true,
    done: ({ next }) => next,
    again: async (_call, typed) => ({ view: "join", model: { values: typed } }),
  }),
  form("/join/also", joinAlso, {
    done: ({ next }) => next,
    again: async (_call, typed) => ({ view: "join", model: { values: typed } }),
  }),
  page("/desk", "signed-in", async ({ db, actor }) => ({ view: "communities", model: await communitiesOf(db, actor) })),
  page("/account", "signed-in", async ({ actor }) => ({ view: "account", model: { hasKey: actor.hasKey } })),
  form("/account/password", setPassword, {
    opensSession: true,
    done: () => "/account",
    again: async ({ actor }) => ({ view: "account", model: { hasKey: actor.hasKey } }),
  }),
  page("/account/key", "signed-in", async ({ actor }) => {
    const { secret, uri } = newKey(actor);
    return keyPage(secret, uri);
  }),
  form("/account/key", setKey, {
    done: () => "/account",
    again: async ({ actor }) => {
      const { secret, uri } = newKey(actor);
      return keyPage(secret, uri);
    },
  }),
];
