// Accounts and how they come in: sign-in, sessions, keys, invitations. Other rooms ask the door, not this room.
import { createHash, randomBytes, randomUUID } from "node:crypto";
import { hash as hashPassword, verify as verifyPassword } from "@node-rs/argon2";
import type { Request, Response } from "express";
import commonPasswords from "fxa-common-password-list";
import { generateSecret, generateURI, verifySync } from "otplib";
import { refuse } from "../base/refusal.ts";
import { NOBODY, noteRefused, type Gate, type Reading, type Visitor, type Writing } from "../door/service.ts";
import type { Actor, Membership, Role } from "../door/rules.ts";
import { runTx, type Db } from "../platform/db.ts";
import { invitationCode, normalCode, normalName, passwordFault } from "./rules.ts";
import * as store from "./store.ts";

export { accountById, displayNames, hasAccounts, membersOf, openInvitations, tokensOf, type Account } from "./store.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** A session ends when it was not used for that long, and in any case (OWASP ASVS 5.0, 7.3). */
const SESSION_IDLE_MS = 12 * HOUR_MS;
const SESSION_LONGEST_MS = 14 * DAY_MS;
/** When a session was last seen is kept this exactly: reading a page need not write each time. */
const SEEN_EVERY_MS = 5 * MINUTE_MS;

export const COOKIE = "xinyi";

/** How many tries in a window before somebody has to wait (OWASP ASVS 5.0, 6.3.1). */
const THROTTLE_WINDOW_MS = 15 * MINUTE_MS;
const TRIES_PER_NAME = 10;
const TRIES_PER_ADDRESS = 60;
const TRIES_PER_KEY = 5;

/** 256 bits from the system's generator, for whatever nobody may guess. */
export function newSecret(): string {
  return randomBytes(32).toString("base64url");
}

/** Secrets are long and random, so one round of SHA-256 keeps them; passwords get argon2id. */
export function hashSecret(secret: string): string {
  return createHash("sha256").update(secret).digest("hex");
}

// ---- The gate ---------------------------------------------------------------------------------------------------

/** Recognises visitors by their session's cookie or a bearer token, and confirms keys. */
export function openGate(db: Db, { isSecure }: { readonly isSecure: boolean }): Gate {
  return {
    identify: (request, now) => identify(db, request, now),
    keepSession: (response, output) => keepSession(response, output as { session: string }, isSecure),
    confirmKey: (actor, code, now) => confirmKey(db, actor, code, now),
  };
}

function keepSession(response: Response, { session }: { readonly session: string }, secure: boolean): void {
  const maxAge = session === "" ? 0 : SESSION_LONGEST_MS;
  response.cookie(COOKIE, session, { httpOnly: true, sameSite: "lax", secure, path: "/", maxAge });
}

async function identify(db: Db, request: Request, now: Date): Promise<Visitor> {
  const bearer = /^Bearer (\S+)$/iu.exec(request.headers.authorization ?? "")?.[1];
  if (bearer !== undefined) {
    return byToken(db, bearer, request, now);
  }
  const secret = cookieOf(request);
  const session = secret === "" ? null : await store.findSession(db, hashSecret(secret));
  if (session === null || hasEnded(session, now)) {
    return strangerAt(request);
  }
  const actor = session.account === null ? await byLink(db, session, now) : await byAccount(db, session.account);
  if (actor === null) {
    return strangerAt(request);
  }
  if (now.getTime() - Date.parse(session.seenAt) > SEEN_EVERY_MS) {
    await store.touchSession(db, session.tokenHash, now);
  }
  return { actor, address: addressOf(request), session: session.tokenHash, csrf: session.csrf, isKnown: true };
}

function strangerAt(request: Request): Visitor {
  return { actor: NOBODY, address: addressOf(request), session: null, csrf: null, isKnown: false };
}

function addressOf(request: Request): string {
  return request.ip ?? "";
}

function cookieOf(request: Request): string {
  const pairs = (request.headers.cookie ?? "").split(";").map((pair) => pair.trim());
  return pairs.find((pair) => pair.startsWith(`${COOKIE}=`))?.slice(COOKIE.length + 1) ?? "";
}

function hasEnded(session: store.Session, now: Date): boolean {
  return session.expiresAt <= now.toISOString() || now.getTime() - Date.parse(session.seenAt) > SESSION_IDLE_MS;
}

async function byAccount(db: Db, id: string): Promise<Actor | null> {
  const account = await store.accountById(db, id);
  return account === null || account.disabledAt !== null
    ? null
    : actorOf(account, await store.membershipsOf(db, account.id), null);
}

function actorOf(account: store.Account, memberships: readonly Membership[], scopes: readonly string[] | null): Actor {
  const { id, display, operator, totp } = account;
  return { id, name: display, operator, memberships, scopes, hasKey: totp !== "" };
}

/** Whoever opened an auditor's link, until it runs out or is taken back. */
async function byLink(db: Db, session: store.Session, now: Date): Promise<Actor | null> {
  const { community, invitation: id } = session;
  const link = community === null || id === null ? null : await store.invitationById(db, community, id);
  if (link === null || link.revokedAt !== null || link.expiresAt <= now.toISOString()) {
    return null;
  }
  const memberships = [{ community: link.community, role: "auditor", owner: "" } as const];
  return { ...NOBODY, id: `link:${link.id}`, name: link.label, memberships };
}

async function byToken(db: Db, secret: string, request: Request, now: Date): Promise<Visitor> {
  const token = await store.tokenByHash(db, hashSecret(secret));
  const isValid = token !== null && token.revokedAt === null && token.expiresAt > now.toISOString();
  const account = isValid ? await store.accountById(db, token.account) : null;
  if (token === null || account === null || account.disabledAt !== null) {
    throw refuse("TOKEN_INVALID", "访问令牌无效、已作废或已过期。", "请在“我的账号”里新建一个令牌。", 401);
  }
  const memberships = (await store.membershipsOf(db, account.id)).filter((each) => each.community === token.community);
  const actor = actorOf(account, memberships, token.scopes);
  return { actor, address: addressOf(request), session: null, csrf: null, isKnown: true };
}

// ---- Sign-in ----------------------------------------------------------------------------------------------------

/** What a password is compared with when there is no such account, so that both take as long. */
const NO_PASSWORD = hashPassword("nobody has this password");

/** Whether name and password belong together; counts the tries of the name and of the address. */
export async function checkPassword(
  { db, address, now }: Reading,
  tried: { readonly name: string; readonly password: string },
): Promise<store.Account> {
  const name = normalName(tried.name);
  await throttle(db, `name:${hashSecret(name)}`, TRIES_PER_NAME, now);
  await throttle(db, `address:${hashSecret(address)}`, TRIES_PER_ADDRESS, now);
  const account = await store.accountByName(db, name);
  const isRight = await verifyPassword(account?.password ?? (await NO_PASSWORD), tried.password);
  if (account === null || !isRight || account.disabledAt !== null) {
    await noteRefused(db, { community: "", actor: account?.id ?? "", what: "sign-in refused", now });
    throw refuse(
      "SIGN_IN_WRONG",
      "登录名或密码不对。",
      "请核对大小写后再试；忘了密码，请请业委会或物业重新给您一个邀请码。",
    );
  }
  await store.forgetTries(db, `name:${hashSecret(name)}`);
  return account;
}

/** Refuses once more was tried than allowed within the window; every try counts. */
export async function throttle(db: Db, key: string, most: number, now: Date): Promise<void> {
  const tries = await store.countTry(db, key, new Date(now.getTime() - THROTTLE_WINDOW_MS), now);
  if (tries > most) {
    throw refuse("TOO_MANY_TRIES", "试的次数太多了。", `请 ${THROTTLE_WINDOW_MS / MINUTE_MS} 分钟后再试。`, 429);
  }
}

/** Opens a session and answers its secret, which only the browser keeps. */
export async function openSession(
  call: Writing,
  who: { readonly account: string } | { readonly community: string; readonly invitation: string },
): Promise<string> {
  const secret = newSecret();
  const now = call.now.toISOString();
  await store.insertSession(call.tx, {
    tokenHash: hashSecret(secret),
    account: "account" in who ? who.account : null,
    community: "account" in who ? null : who.community,
    invitation: "account" in who ? null : who.invitation,
    csrf: newSecret(),
    createdAt: now,
    seenAt: now,
    expiresAt: new Date(call.now.getTime() + SESSION_LONGEST_MS).toISOString(),
  });
  return secret;
}

/** Ends the session that asks, or all of the account's. */
export async function closeSessions(call: Writing, which: "this" | "all"): Promise<void> {
  if (which === "all") {
    await store.deleteSessionsOf(call.tx, call.actor.id);
  } else if (call.session !== null) {
    await store.deleteSession(call.tx, call.session);
  }
}

// ---- Accounts ---------------------------------------------------------------------------------------------------

/** A password's argon2id text, or a refusal of a weak one. Slow on purpose: never inside a transaction. */
export async function keptPassword(password: string, name: string): Promise<string> {
  const fault = passwordFault(password, normalName(name), (text) => commonPasswords.test(text));
  if (fault !== null) {
    throw fault;
  }
  return hashPassword(password);
}

/** A new account. `password` is what {@link keptPassword} made. Refuses a name that is taken. */
export async function createAccount(
  call: Writing,
  wish: { readonly name: string; readonly display: string; readonly password: string; readonly operator?: boolean },
): Promise<store.Account> {
  const account: store.Account = {
    id: randomUUID(),
    name: normalName(wish.name),
    display: wish.display,
    password: wish.password,
    totp: "",
    totpStep: 0,
    operator: wish.operator === true,
    disabledAt: null,
  };
  if (!(await store.insertAccount(call.tx, account, call.now))) {
    throw refuse("NAME_TAKEN", `登录名「${wish.name}」已有人使用。`, "请换一个，例如加上房号。", 409);
  }
  return account;
}

/** Changes the password and ends all other sessions (OWASP ASVS 5.0, 7.4.3). */
export async function changePassword(call: Writing, password: string): Promise<void> {
  await store.setPassword(call.tx, call.actor.id, password);
  await store.deleteSessionsOf(call.tx, call.actor.id);
}

// ---- Keys -------------------------------------------------------------------------------------------------------

const STEP_SECONDS = 30;

/** A new device's secret, with the address that its app reads as a QR code. Nothing is kept until a code proves it. */
export function newKey(actor: Actor): { secret: string; uri: string } {
  const secret = generateSecret();
  return { secret, uri: generateURI({ issuer: "信义账", label: actor.name, secret }) };
}

/** Keeps the device once its code shows that it works. Other sessions end: a factor changed. */
export async function bindKey(call: Writing, secret: string, code: string): Promise<void> {
  const step = stepOf(secret, code, call.now);
  if (step === null) {
    throw wrongCode();
  }
  await store.setTotp(call.tx, call.actor.id, secret, step);
}

async function confirmKey(db: Db, actor: Actor, code: string, now: Date): Promise<void> {
  const account = await store.accountById(db, actor.id);
  if (account === null || account.totp === "") {
    throw refuse(
      "KEY_NOT_SET",
      "您还没有绑定动态口令，不能放行。",
      "请到“我的账号”，用手机上的验证器应用绑定一次。",
      409,
    );
  }
  await throttle(db, `key:${account.id}`, TRIES_PER_KEY, now);
  const step = stepOf(account.totp, code, now);
  if (step === null || !(await store.spendTotpStep(db, account.id, step))) {
    await noteRefused(db, { community: "", actor: account.id, what: "key refused", now });
    throw wrongCode();
  }
  await store.forgetTries(db, `key:${account.id}`);
}

/** The 30-second step whose code that is, one step of clock difference allowed; null when it is none. */
function stepOf(secret: string, code: string, now: Date): number | null {
  const token = code.replaceAll(/\s/gu, "");
  if (!/^\d{6}$/u.test(token)) {
    return null;
  }
  const epoch = Math.floor(now.getTime() / 1000);
  const answer = verifySync({ secret, token, epoch, epochTolerance: STEP_SECONDS });
  return answer.valid ? Math.floor(epoch / STEP_SECONDS) + answer.delta : null;
}

function wrongCode(): Error {
  return refuse("CODE_WRONG", "动态口令不对，或刚刚用过。", "请等验证器显示下一个 6 位数字再填；手机时间要设为自动。");
}

// ---- Invitations ------------------------------------------------------------------------------------------------

/** How long a code from a letter may be used. */
export const INVITATION_DAYS = 90;
/** How long a person invited to hold a key, or the first operator, has. */
const KEY_INVITATION_DAYS = 7;

/** A code, as it is printed, and what is kept of it. */
export function newCode(): { readonly code: string; readonly codeHash: string } {
  const code = invitationCode(randomBytes(32));
  return { code, codeHash: hashSecret(normalCode(code)) };
}

export function daysAfter(now: Date, days: number): string {
  return new Date(now.getTime() + days * DAY_MS).toISOString();
}

/** The invitation behind a typed code, or a refusal that does not tell wrong from used. */
export async function invitationFor(db: Db, typed: string, now: Date): Promise<store.Invitation> {
  const invitation = await store.invitationByHash(db, hashSecret(normalCode(typed)));
  const isOpen =
    invitation !== null &&
    invitation.usedAt === null &&
    invitation.revokedAt === null &&
    invitation.expiresAt > now.toISOString();
  if (!isOpen) {
    throw refuse(
      "CODE_UNKNOWN",
      "这个邀请码不对、已经用过或已过期。",
      "请对照信上的 12 位字母和数字再填一次；不行就请物业或业委会重印一封。",
      404,
    );
  }
  return invitation;
}

/** The one-time code that sets a new installation up, made when it has no account yet; null when it has. */
export async function setUpCode(db: Db, now: Date): Promise<string | null> {
  return runTx(db, "", async (tx) => {
    if (await store.hasAccounts(tx)) {
      return null;
    }
    const { code, codeHash } = newCode();
    const open = await store.openInvitations(tx, "");
    await store.revokeInvitations(
      tx,
      "",
      open.map((each) => each.id),
      now,
    );
    await store.insertInvitations(tx, [
      {
        community: "",
        id: randomUUID(),
        codeHash,
        role: "operator",
        owner: "",
        unit: "",
        label: "系统管理员",
        proposedBy: "",
        proposedSide: "operator",
        confirmedBy: null,
        createdAt: now.toISOString(),
        expiresAt: daysAfter(now, KEY_INVITATION_DAYS),
        usedBy: null,
        usedAt: null,
        revokedAt: null,
      },
    ]);
    return code;
  });
}

/**
 * Takes an invitation up: the account becomes what it invites to. Refuses a second role that would put both keys into
 * one hand.
 */
export async function takeUp(
  call: Writing,
  invitation: store.Invitation,
  account: { readonly id: string },
): Promise<void> {
  const { codeHash, community, role } = invitation;
  if (codeHash === null || !(await store.useInvitation(call.tx, codeHash, account.id, call.now))) {
    throw refuse("CODE_USED", "这个邀请码刚刚被用过。", "如果不是您本人，请立即告诉物业和业委会。", 409);
  }
  if (role === "operator" || role === "auditor") {
    return;
  }
  const held = await store.membershipsOf(call.tx, account.id);
  if (holdsOtherKey(held, community, role)) {
    throw refuse(
      "BOTH_KEYS",
      "同一个账号不能既是物业又是业委会：那样一个人就有了两把钥匙。",
      "请用另一个人的账号接受邀请。",
      409,
    );
  }
  await store.insertMember(call.tx, {
    id: randomUUID(),
    community,
    account: account.id,
    role,
    owner: invitation.owner,
    since: call.now.toISOString(),
    admittedBy: invitation.confirmedBy ?? invitation.proposedBy,
  });
}

function holdsOtherKey(held: readonly Membership[], community: string, role: Role): boolean {
  const other = ({ trustee: "committee", committee: "trustee" } as const)[role as "trustee" | "committee"];
  return held.some((each) => each.community === community && each.role === other);
}
