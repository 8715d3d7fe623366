// One's own account: signing in and out, the password, the key, sessions and tokens.
import { randomUUID } from "node:crypto";
import { z } from "zod";
import { Refusal, refuse } from "../base/refusal.ts";
import { grantable, isPermission, type Permission } from "../door/rules.ts";
import { command, note, query } from "../door/service.ts";
import { HELD_MAX } from "../door/routes.ts";
import { instant, nothing, oneOrMany, optionalWords, secret, ticked, wholeNumber, words } from "../platform/input.ts";
import * as access from "../access/service.ts";
import { CHOICE, homeOf, TOKEN_DAYS_MAX } from "./rules.ts";

/** Only an address of ours: else a link could send people elsewhere after they signed in. */
function ownAddress(next: string): string {
  return /^\/(?![/\\])[\x21-\x7e]*$/u.test(next) ? next : CHOICE;
}

// ---- In and out -------------------------------------------------------------------------------------------------

export const signIn = command({
  name: "signIn",
  title: "登录",
  may: "anyone",
  isSecret: true,
  input: z.object({
    name: words(60),
    password: secret("请填写密码"),
    next: optionalWords(2000),
    held: z.string().max(HELD_MAX).default(""),
  }),
  output: z.object({ session: z.string(), next: z.string(), held: z.string() }),
  prepare: (call, input) => access.checkPassword(call, input),
  run: async (call, { next, held }, account) => {
    await note({ ...call, actor: { ...call.actor, id: account.id } }, "sign-in");
    const wished = ownAddress(next);
    const place =
      wished === CHOICE ? homeOf(await access.membershipsOf(call.tx, account.id), account.operator) : wished;
    return { session: await access.openSession(call, { account: account.id }), next: place, held };
  },
});

export const signOut = command({
  name: "signOut",
  title: "退出登录",
  may: "signed-in",
  input: z.object({ everywhere: ticked }),
  output: z.object({ session: z.literal("") }),
  run: async (call, { everywhere }) => {
    await note(call, everywhere ? "sign-out everywhere" : "sign-out");
    await access.closeSessions(call, everywhere ? "all" : "this");
    return { session: "" as const };
  },
});

// ---- Sessions ---------------------------------------------------------------------------------------------------

/** Enough of a session's hash to name it among one account's; nobody can sign in with it. */
const SESSION_ID_LENGTH = 16;

const sessionShown = z.object({
  id: z.string(),
  device: z.string(),
  since: instant,
  seen: instant,
  isThis: z.boolean().meta({ description: "就是现在用的这一个" }),
});

export const showAccount = query({
  name: "showAccount",
  title: "我的账号",
  may: "account",
  input: nothing,
  output: z.object({
    name: z.string(),
    display: z.string(),
    hasKey: z.boolean().meta({ description: "绑定了动态口令" }),
    memberships: z.array(z.object({ community: z.string(), role: z.string() })),
    sessions: z.array(sessionShown),
  }),
  run: async ({ db, actor, session }) => {
    const account = await access.accountById(db, actor.id);
    const sessions = await access.sessionsOf(db, actor.id);
    return {
      name: account?.name ?? "",
      display: actor.name,
      hasKey: actor.hasKey,
      memberships: actor.memberships.map(({ community, role }) => ({ community, role })),
      sessions: sessions.map(({ tokenHash, device, createdAt, seenAt }) => ({
        id: tokenHash.slice(0, SESSION_ID_LENGTH),
        device: device ?? "其他设备",
        since: createdAt,
        seen: seenAt,
        isThis: tokenHash === session,
      })),
    };
  },
});

export const endSession = command({
  name: "endSession",
  title: "退出一台设备",
  may: "account",
  input: z.object({ id: words(SESSION_ID_LENGTH) }),
  output: nothing,
  run: async (call, { id }) => {
    const sessions = await access.sessionsOf(call.tx, call.actor.id);
    const found = sessions.find(({ tokenHash }) => tokenHash.slice(0, SESSION_ID_LENGTH) === id);
    if (found === undefined) {
      throw refuse("SESSION_UNKNOWN", "这台设备已经退出了。", "请刷新页面。", 404);
    }
    await access.deleteSession(call.tx, found.tokenHash);
    await note(call, "session ended", { device: found.device ?? "" });
    return {};
  },
});

// ---- Password and key -------------------------------------------------------------------------------------------

export const setPassword = command({
  name: "setPassword",
  title: "修改密码",
  may: "account",
  isSecret: true,
  input: z.object({ old: secret("请填写现在的密码"), password: secret("请填写新密码") }),
  output: z.object({ session: z.string() }),
  prepare: async (call, { old, password }) => {
    const account = await access.checkOwnPassword(call, old);
    return access.keptPassword(password, account.name);
  },
  run: async (call, _input, password) => {
    await access.setPassword(call.tx, call.actor.id, password);
    // Whoever knew the old one is out (OWASP ASVS 5.0, 7.4.3).
    await access.closeSessions(call, "all");
    await note(call, "password changed");
    return { session: await access.openSession(call, { account: call.actor.id }) };
  },
});

export const setKey = command({
  name: "setKey",
  title: "绑定动态口令",
  may: "account",
  isSecret: true,
  input: z.object({
    password: secret("请填写密码"),
    secret: z
      .string("请重新打开这个页面")
      .regex(/^[A-Z2-7]{16,64}$/u, "请重新打开这个页面")
      .meta({ description: "新设备的密钥，base32" }),
    proof: words(10).meta({ description: "新设备显示的 6 位数字" }),
    old: optionalWords(10).meta({ description: "已绑定过的，还要现在那台设备显示的 6 位数字" }),
  }),
  output: z.object({ session: z.string() }),
  prepare: async (call, { password, old }) => {
    await access.checkOwnPassword(call, password);
    // A password alone must not be enough to take somebody's key over.
    return call.actor.hasKey ? access.confirmKey(call.db, call.actor, old, { now: call.now, column: "old" }) : null;
  },
  run: async (call, { secret: device, proof }, useOldKey) => {
    await useOldKey?.(call.tx);
    await access.bindKey(call, device, proof);
    await access.closeSessions(call, "all");
    await note(call, "key bound");
    return { session: await access.openSession(call, { account: call.actor.id }) };
  },
});

// ---- Tokens -----------------------------------------------------------------------------------------------------

const permission = z.string().refine((text): text is Permission => isPermission(text), "没有这项权限");

const tokenShown = z.object({
  id: z.string(),
  label: z.string(),
  tail: z.string().meta({ description: "令牌的最后四个字符" }),
  scopes: z.array(z.string()),
  since: instant,
  expiresAt: instant,
  isUsable: z.boolean(),
});

export const listTokens = query({
  name: "listTokens",
  title: "我的接口令牌",
  may: "token.manage",
  input: nothing,
  output: z.object({ items: z.array(tokenShown), grantable: z.array(z.string()) }),
  run: async ({ db, actor, community, now }) => ({
    items: (await access.tokensOf(db, actor.id, community)).map((token) => ({
      id: token.id,
      label: token.label,
      tail: token.tail,
      scopes: [...token.scopes],
      since: token.createdAt,
      expiresAt: token.expiresAt,
      isUsable: token.revokedAt === null && token.expiresAt > now.toISOString(),
    })),
    grantable: grantable(actor, community),
  }),
});

export const createToken = command({
  name: "createToken",
  title: "新建接口令牌",
  may: "token.manage",
  isSecret: true,
  input: z.object({
    label: words(40).meta({ description: "给谁、做什么用" }),
    days: wholeNumber(1, TOKEN_DAYS_MAX).meta({ description: "几天后到期" }),
    scopes: oneOrMany(permission, "请至少选一项权限"),
  }),
  output: z.object({ id: z.string(), token: z.string(), expiresAt: z.string() }),
  run: async (call, { label, days, scopes }) => {
    const mine = grantable(call.actor, call.community);
    const beyond = scopes.filter((scope) => !mine.includes(scope));
    if (beyond.length > 0) {
      throw new Refusal({
        code: "SCOPE_BEYOND",
        column: "scopes",
        message: `您自己没有这些权限，不能给令牌：${beyond.join("、")}。`,
        remedy: "请只选页面上列出的权限。",
      });
    }
    const token = `xy_${access.newSecret()}`;
    const id = randomUUID();
    const expiresAt = access.daysAfter(call.now, days);
    const kept = { id, account: call.actor.id, community: call.community, scopes: [...new Set(scopes)], label };
    const times = { createdAt: call.now.toISOString(), expiresAt, revokedAt: null };
    await access.insertToken(call.tx, { ...kept, ...times, tail: token.slice(-4) }, access.hashSecret(token));
    await note(call, "token made", { label });
    return { id, token, expiresAt };
  },
});

export const revokeToken = command({
  name: "revokeToken",
  title: "作废接口令牌",
  may: "token.manage",
  input: z.object({ id: words(40) }),
  output: nothing,
  run: async (call, { id }) => {
    const { actor, community } = call;
    if (!(await access.revokeToken(call.tx, { id, account: actor.id, community }, call.now))) {
      throw refuse("TOKEN_UNKNOWN", "没有这个令牌，或它已经作废。", "请刷新页面。", 404);
    }
    await note(call, "token revoked");
    return {};
  },
});
