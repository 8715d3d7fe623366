// Accounts, sessions, keys and tokens: how visitors are recognised, and what proves who they are.
import { randomBytes, randomUUID } from "node:crypto";
import { hash as hashPassword, verify as verifyPassword } from "@node-rs/argon2";
import type { Request } from "express";
import commonPasswords from "fxa-common-password-list";
import { generateSecret, generateURI, verifySync } from "otplib";
import { sha256 } from "../base/digest.ts";
import { Refusal, refuse } from "../base/refusal.ts";
import { linkId, type Actor, type Membership } from "../door/rules.ts";
import {
  forgetAnswers,
  NOBODY,
  noteAtOnce,
  type Gate,
  type Reading,
  type Visitor,
  type Writing,
} from "../door/service.ts";
import type { Db, Tx } from "../platform/db.ts";
import { deviceName, normalCode, normalName, passwordFault, spokenCode } from "./rules.ts";
import * as store from "./store.ts";

export {
  accountById,
  deleteSession,
  deleteSessionsOf,
  deleteSessionsOfInvitation,
  displayNames,
  endMember,
  findAccounts,
  hadMember,
  hasAccounts,
  holdAccount,
  insertMember,
  insertToken,
  memberCounts,
  membershipsOf,
  membershipsOfAll,
  membersOf,
  revokeToken,
  revokeTokensOf,
  sessionsOf,
  setDisabled,
  setPassword,
  tokensOf,
  type Account,
  type MemberShown,
} from "./store.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** A session ends when it was not used for that long, and in any case (OWASP ASVS 5.0, 7.3). */
const SESSION_IDLE_MS = 12 * HOUR_MS;
const SESSION_LONGEST_MS = 14 * DAY_MS;
/** When a session was last seen is kept this exactly: reading a page need not write each time. */
const SEEN_EVERY_MS = 5 * MINUTE_MS;

/** How many tries in a window before somebody has to wait (OWASP ASVS 5.0, 6.3.1). */
const THROTTLE_WINDOW_MS = 15 * MINUTE_MS;
const TRIES_PER_NAME_AND_ADDRESS = 10;
/** From everywhere together: more, so that a stranger cannot easily keep somebody out. */
const TRIES_PER_NAME = 50;
const TRIES_PER_ADDRESS = 60;
const TRIES_PER_KEY = 5;
/** Codes are typed from paper: few people need more than a handful. */
const CODES_PER_ADDRESS = 30;

/** How long what a command answered is kept for whoever lost the answer. */
const ANSWERS_KEPT_MS = 30 * DAY_MS;

/** 256 bits from the system's generator, for whatever nobody may guess. */
export function newSecret(): string {
  return randomBytes(32).toString("base64url");
}

/** Secrets are long and random, so one round of SHA-256 keeps them; passwords get argon2id. */
export function hashSecret(secret: string): string {
  return sha256(secret);
}

/** A code to be typed, as it is printed, and what is kept of it. */
export function newCode(): { readonly code: string; readonly codeHash: string } {
  const code = spokenCode(randomBytes(32));
  return { code, codeHash: hashCode(code) };
}

/** What is kept of a typed code. */
export function hashCode(typed: string): string {
  return hashSecret(normalCode(typed));
}

export function daysAfter(now: Date, days: number): string {
  return new Date(now.getTime() + days * DAY_MS).toISOString();
}

// ---- The gate ---------------------------------------------------------------------------------------------------

/** Recognises visitors by their session's cookie or a bearer token, and confirms keys. */
export function openGate(db: Db, { isSecure }: { readonly isSecure: boolean }): Gate {
  // The prefix makes browsers refuse it from other hosts and without TLS (OWASP ASVS 5.0, 3.3.1).
  const cookie = isSecure ? "__Host-xinyi" : "xinyi";
  return {
    identify: (request, now) => identify(db, request, { cookie, now }),
    keepSession: (response, output) => {
      const { session } = output as { session: string };
      const maxAge = session === "" ? 0 : SESSION_LONGEST_MS;
      response.cookie(cookie, session, { httpOnly: true, sameSite: "lax", secure: isSecure, path: "/", maxAge });
    },
    confirmKey: (actor, code, now) => confirmKey(db, actor, code, { now }),
    actorNow: ({ actor, ...asker }, now) => {
      const { sql, texts, read } = store.standingNow({ account: actor.id, ...asker }, now);
      const nowOf = (standing: store.Standing | null): Actor | null => standing && { ...actor, ...standing };
      return { sql, texts, read: (rows) => nowOf(read(rows)) };
    },
  };
}

async function identify(
  db: Db,
  request: Request,
  { cookie, now }: { readonly cookie: string; readonly now: Date },
): Promise<Visitor> {
  const bearer = /^Bearer (\S+)$/iu.exec(request.headers.authorization ?? "")?.[1];
  if (bearer !== undefined) {
    return byToken(db, bearer, request, now);
  }
  const secret = cookieOf(request, cookie);
  const session = secret === "" ? null : await store.findSession(db, hashSecret(secret));
  if (session === null || hasEnded(session, now)) {
    return strangerAt(request);
  }
  const actor = session.account === null ? await byLink(db, session, now) : await byAccount(db, session.account);
  if (actor === null) {
    return strangerAt(request);
  }
  if (session.device === null || now.getTime() - Date.parse(session.seenAt) > SEEN_EVERY_MS) {
    const device = deviceName(request.headers["user-agent"] ?? "");
    await store.touchSession(db, session.tokenHash, { at: now, device });
  }
  return { actor, address: addressOf(request), session: session.tokenHash, csrf: session.csrf, isKnown: true };
}

function strangerAt(request: Request): Visitor {
  return { actor: NOBODY, address: addressOf(request), session: null, csrf: null, isKnown: false };
}

function addressOf(request: Request): string {
  return request.ip ?? "";
}

function cookieOf(request: Request, cookie: string): string {
  const pairs = (request.headers.cookie ?? "").split(";").map((pair) => pair.trim());
  return pairs.find((pair) => pair.startsWith(`${cookie}=`))?.slice(cookie.length + 1) ?? "";
}

function hasEnded(session: store.Session, now: Date): boolean {
  return session.expiresAt <= now.toISOString() || now.getTime() - Date.parse(session.seenAt) > SESSION_IDLE_MS;
}

async function byAccount(db: Db, id: string): Promise<Actor | null> {
  const holder = await store.holderById(db, id);
  return holder === null || holder.account.disabledAt !== null
    ? null
    : actorOf(holder.account, holder.memberships, null);
}

function actorOf(account: store.Account, memberships: readonly Membership[], scopes: readonly string[] | null): Actor {
  const { id, display, operator, totp } = account;
  return { id, name: display, operator, memberships, scopes, hasKey: totp !== "" };
}

/** Whoever opened an auditor's link, until it runs out or is taken back. */
async function byLink(db: Db, session: store.Session, now: Date): Promise<Actor | null> {
  const { community, invitation: id } = session;
  const link = community === null || id === null ? null : await store.linkById(db, community, id);
  if (link === null || link.expiresAt <= now.toISOString()) {
    return null;
  }
  const memberships = [{ community: link.community, role: "auditor", owner: "" } as const];
  return { ...NOBODY, id: linkId(link.id), name: link.label, memberships };
}

async function byToken(db: Db, secret: string, request: Request, now: Date): Promise<Visitor> {
  const hash = hashSecret(secret);
  const { token, holder } = await store.holderByToken(db, hash);
  const isValid = token !== null && token.revokedAt === null && token.expiresAt > now.toISOString();
  if (!isValid || holder === null || holder.account.disabledAt !== null) {
    throw refuse("TOKEN_INVALID", "访问令牌无效、已作废或已过期。", "请在“我的账号”里新建一个令牌。", 401);
  }
  const memberships = holder.memberships.filter((each) => each.community === token.community);
  const actor = actorOf(holder.account, memberships, token.scopes);
  return { actor, address: addressOf(request), session: null, token: hash, csrf: null, isKnown: true };
}

// ---- Passwords --------------------------------------------------------------------------------------------------

/** What a password is compared with when there is no such account, so that both take as long. */
const NO_PASSWORD = hashPassword("nobody has this password");

/** Whether name and password belong together; counts the tries of the name and of the address. */
export async function checkPassword(
  { db, address, now }: Reading,
  tried: { readonly name: string; readonly password: string },
): Promise<store.Account> {
  const name = normalName(tried.name);
  const [here, anywhere] = [`name:${name} address:${address}`, `name:${name}`];
  await throttle(db, `address:${address}`, TRIES_PER_ADDRESS, now);
  await throttle(db, here, TRIES_PER_NAME_AND_ADDRESS, now);
  await throttle(db, anywhere, TRIES_PER_NAME, now);
  const account = await store.accountByName(db, name);
  const isRight = await verifyPassword(account?.password ?? (await NO_PASSWORD), tried.password);
  if (account === null || !isRight) {
    await noteAtOnce(db, { community: "", actor: account?.id ?? "", what: "sign-in refused", now });
    throw refuse(
      "SIGN_IN_WRONG",
      "登录名或密码不对。",
      "请核对大小写后再试。忘了密码：业主请物业或业委会重印一封邀请信，其他人请找系统管理员重置。",
    );
  }
  // Who has the password is told why it does not help; nobody else learns that there is such an account.
  if (account.disabledAt !== null) {
    await noteAtOnce(db, { community: "", actor: account.id, what: "sign-in refused", now });
    throw refuse("ACCOUNT_DISABLED", "这个账号已停用。", "如有疑问，请联系业委会或系统管理员。", 409);
  }
  await store.forgetTries(db, [here, anywhere].map(throttleKey));
  return account;
}

/** The same for somebody who is signed in: the password shows that it is still the same person. */
export async function checkOwnPassword(call: Reading, password: string): Promise<store.Account> {
  const account = await store.accountById(call.db, call.actor.id);
  if (account === null) {
    throw refuse("SIGN_IN_NEEDED", "请先登录。", "请登录后再试。", 401);
  }
  return checkPassword(call, { name: account.name, password });
}

/** Refuses once more was tried than allowed within the window; every try counts. */
async function throttle(db: Db, about: string, most: number, now: Date): Promise<void> {
  const tries = await store.countTry(db, throttleKey(about), new Date(now.getTime() - THROTTLE_WINDOW_MS), now);
  if (tries > most) {
    throw refuse("TOO_MANY_TRIES", "试的次数太多了。", `请 ${THROTTLE_WINDOW_MS / MINUTE_MS} 分钟后再试。`, 429);
  }
}

/** Names and addresses are counted, not kept: a table of throttles is nobody's register. */
function throttleKey(about: string): string {
  return hashSecret(about);
}

/** Counts one more typed code of that address. */
export async function throttleCodes({ db, address, now }: Reading): Promise<void> {
  await throttle(db, `code:${address}`, CODES_PER_ADDRESS, now);
}

/** A password's argon2id text, or a refusal of a weak one. Slow on purpose: never inside a transaction. */
export async function keptPassword(password: string, name: string): Promise<string> {
  const fault = passwordFault(password, normalName(name), (text) => commonPasswords.test(text));
  if (fault !== null) {
    throw fault;
  }
  return hashPassword(password);
}

// ---- Sessions ---------------------------------------------------------------------------------------------------

/** An account that came in with its password, or an auditor with a link that runs out. */
export type Entrant =
  | { readonly account: string }
  | { readonly community: string; readonly invitation: string; readonly until: string };

/** Opens a session and answers its secret, which only the browser keeps. The one it came in ends. */
export async function openSession(call: Writing, who: Entrant): Promise<string> {
  const secret = newSecret();
  const now = call.now.toISOString();
  const isAccount = "account" in who;
  const longest = new Date(call.now.getTime() + SESSION_LONGEST_MS).toISOString();
  await closeSessions(call, "this");
  await store.insertSession(call.tx, {
    tokenHash: hashSecret(secret),
    account: isAccount ? who.account : null,
    community: isAccount ? null : who.community,
    invitation: isAccount ? null : who.invitation,
    csrf: newSecret(),
    createdAt: now,
    seenAt: now,
    expiresAt: isAccount || who.until > longest ? longest : who.until,
    device: null,
  });
  return secret;
}

/** Ends the session that asks, or all of the account's. */
export async function closeSessions(call: Writing, which: "this" | "all"): Promise<void> {
  if (which === "all") {
    await store.deleteSessionsOf(call.tx, call.actor.id);
  }
  if (call.session !== null) {
    await store.deleteSession(call.tx, call.session);
  }
}

// ---- Accounts ---------------------------------------------------------------------------------------------------

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

/** Puts a password in the place of a forgotten one: no device, no session and no token of before counts any more. */
export async function startOver(call: Writing, account: string, password: string): Promise<void> {
  await store.setPassword(call.tx, account, password);
  await store.setTotp(call.tx, account, "", 0);
  await store.deleteSessionsOf(call.tx, account);
  await store.revokeTokensOf(call.tx, { account }, call.now);
}

// ---- Keys -------------------------------------------------------------------------------------------------------

const STEP_SECONDS = 30;

/** A new device's secret. Nothing is kept until a code proves it. */
export function newKeySecret(): string {
  return generateSecret();
}

/** The address that an authenticator reads as a QR code. */
export function keyAddress(actor: Actor, secret: string): string {
  return generateURI({ issuer: "信义账", label: actor.name, secret });
}

/** Keeps the device once its code shows that it works. */
export async function bindKey(call: Writing, secret: string, code: string): Promise<void> {
  const step = stepOf(secret, code, call.now);
  if (step === null) {
    throw wrongCode("proof");
  }
  await store.setTotp(call.tx, call.actor.id, secret, step);
}

/** Whether the code is the device's current one and still unused; answers what uses it up. */
export async function confirmKey(
  db: Db,
  actor: Actor,
  code: string,
  { now, column = "code" }: { readonly now: Date; readonly column?: string },
): Promise<(tx: Tx) => Promise<void>> {
  const account = await store.accountById(db, actor.id);
  if (account === null || account.totp === "") {
    throw refuse(
      "KEY_NOT_SET",
      "您还没有绑定动态口令，不能做这一步。",
      "请到“我的账号”，用手机上的验证器应用绑定一次。",
      409,
    );
  }
  await throttle(db, `key:${account.id}`, TRIES_PER_KEY, now);
  const step = stepOf(account.totp, code, now);
  if (step === null || step <= account.totpStep) {
    await noteAtOnce(db, { community: "", actor: account.id, what: "key refused", now });
    throw wrongCode(column);
  }
  await store.forgetTries(db, [throttleKey(`key:${account.id}`)]);
  return async (tx) => {
    // Another request may have used the same code meanwhile.
    if (!(await store.spendTotpStep(tx, account.id, step))) {
      throw wrongCode(column);
    }
  };
}

/** The 30-second step whose code that is, one step of clock difference allowed; null when it is none. */
function stepOf(secret: string, code: string, now: Date): number | null {
  const token = code.normalize("NFKC").replaceAll(/\s/gu, "");
  if (!/^\d{6}$/u.test(token)) {
    return null;
  }
  const epoch = Math.floor(now.getTime() / 1000);
  const answer = verifySync({ secret, token, epoch, epochTolerance: STEP_SECONDS });
  return answer.valid ? Math.floor(epoch / STEP_SECONDS) + answer.delta : null;
}

function wrongCode(column: string): Refusal {
  return new Refusal({
    code: "CODE_WRONG",
    column,
    message: "动态口令不对，或刚刚用过。",
    remedy: "请等验证器显示下一个 6 位数字再填；手机时间要设为自动。",
  });
}

// ---- Housekeeping -----------------------------------------------------------------------------------------------

/** Forgets what has run out: throttles, sessions, and answers that nobody asks for any more. */
export async function tidy(db: Db, now: Date): Promise<void> {
  await store.forgetOld(db, new Date(now.getTime() - THROTTLE_WINDOW_MS), now);
  await forgetAnswers(db, new Date(now.getTime() - ANSWERS_KEPT_MS));
}
