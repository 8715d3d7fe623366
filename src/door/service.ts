// How everything that can be done here is declared and carried out: once, for pages and for programs.
import { randomUUID } from "node:crypto";
import canonicalize from "canonicalize";
import type { Request, Response } from "express";
import type { z } from "zod";
import { sha256 } from "../base/digest.ts";
import { Refusal, refuse } from "../base/refusal.ts";
import {
  insertTogether,
  retryWhenTaken,
  runTx,
  type Db,
  type Insertion,
  type Opening,
  type Tx,
} from "../platform/db.ts";
import type { Files } from "../platform/files.ts";
import { readInput, secretFields } from "../platform/input.ts";
import { isPermission, verdict, type Actor, type Open, type Permission } from "./rules.ts";
import * as store from "./store.ts";

export { eventsBefore, forgetAnswers, lastEvent, newestEventQuestion, type Event, type EventPlace } from "./store.ts";

/** Who asks, and from where. */
export interface Caller {
  readonly actor: Actor;
  /** The network address, for throttles; "" when there is none. */
  readonly address: string;
  /** Which session it came in, as its hash; null when it came with a token or without a session. */
  readonly session: string | null;
  /** Which token it came with, as its hash. */
  readonly token?: string;
}

/** Who asks, and in which community; its code is "" for what belongs to the whole installation. */
export interface Asker extends Caller {
  readonly community: string;
}

/** Who asks, where and when. */
export interface Call extends Asker {
  readonly now: Date;
  readonly files: Files;
  /** Where people reach this installation, `https://…` without a slash at the end: for letters and links. */
  readonly publicUrl: string;
}

export interface Reading extends Call {
  readonly db: Db;
}

/** Inside the one transaction of a command, which holds the community's book. */
export interface Writing extends Call {
  readonly tx: Tx;
}

/** A file that came with a request. */
export interface Upload {
  /** The field it came in; "" for a bare body. */
  readonly field: string;
  /** As the sender called it: for people to read, never a path. */
  readonly name: string;
  readonly bytes: Buffer;
}

interface UseCase<I extends z.ZodType, O extends z.ZodType> {
  /** Unique; the operationId of the API. */
  readonly name: string;
  /** What it does, in a few words. */
  readonly title: string;
  readonly may: Permission | Open;
  readonly input: I;
  readonly output: O;
}

// Methods, not function properties: lists hold use cases of every input.
export interface Query<I extends z.ZodType = z.ZodType, O extends z.ZodType = z.ZodType> extends UseCase<I, O> {
  readonly kind: "query";
  run(call: Reading, input: z.output<I>): Promise<z.input<O>>;
}

export interface Command<I extends z.ZodType = z.ZodType, O extends z.ZodType = z.ZodType, P = unknown> extends UseCase<
  I,
  O
> {
  readonly kind: "command";
  /**
   * Turns a key, always or when this says so of who asks: the input's `code` is the current code of the actor's TOTP
   * device, used up when this is done.
   */
  readonly turnsKey?: true | ((call: Pick<Call, "actor" | "community">) => boolean);
  /** The answer holds a secret, always or when this says so: it is told once and not kept for a repeated request. */
  readonly isSecret?: true | ((output: z.output<O>) => boolean);
  /** What the log says when it was refused, with the reason: for what somebody may try again and again. */
  readonly refusedAs?: string;
  /** Whether what is kept of nobody's request (see `unkept`) was the same when this was done, for a repeated request. */
  isRepeated?(call: Reading, input: z.output<I>): Promise<boolean>;
  /** Slow work before the transaction (storing and checking uploads); may be repeated without harm. */
  prepare?(call: Reading, input: z.output<I>, uploads: readonly Upload[]): Promise<P>;
  /** The community whose book it holds, where the address names none. */
  bookOf?(prepared: P): string;
  /** Runs beside others of its kind, see {@link runTx}: only where keys keep apart what two of them write. */
  readonly sharesBook?: boolean;
  /** May run again when the database asks for it, so it changes nothing but the database. */
  run(call: Writing, input: z.output<I>, prepared: P): Promise<z.input<O>>;
}

export function query<I extends z.ZodType, O extends z.ZodType>(declared: Omit<Query<I, O>, "kind">): Query<I, O> {
  return { kind: "query", ...declared };
}

export function command<I extends z.ZodType, O extends z.ZodType, P = undefined>(
  declared: Omit<Command<I, O, P>, "kind">,
): Command<I, O, P> {
  return { kind: "command", ...declared };
}

/** Who a request comes from. */
export interface Visitor extends Caller {
  /** The secret that this session's forms carry; null when it came with a token or without a session. */
  readonly csrf: string | null;
  readonly isKnown: boolean;
}

/** How visitors are recognised, and keys confirmed: the room access. */
export interface Gate {
  identify(request: Request, now: Date): Promise<Visitor>;
  /** Hands the browser the session that a command opened (`session` of its output; "" = ended). */
  keepSession(response: Response, output: unknown): void;
  /** Answers what uses the code up, to be done in the transaction that it allows; refuses a wrong code. */
  confirmKey(actor: Actor, code: string, now: Date): Promise<(tx: Tx) => Promise<void>>;
  /** Asks who somebody is by now in a community; reads null when the account, session or token is gone. */
  actorNow(asker: Asker, now: Date): Opening<Actor | null>;
}

/** What everything here stands on. */
export interface Door {
  readonly db: Db;
  readonly gate: Gate;
  readonly files: Files;
  readonly publicUrl: string;
  readonly clock: () => Date;
  /** What was done, as a sentence: the room log, which knows the words of every room. */
  readonly tell: (db: Db, event: store.Event) => Promise<string>;
}

export const NOBODY: Actor = {
  id: "",
  name: "",
  operator: false,
  memberships: [],
  scopes: null,
  hasKey: false,
};

/** Throws unless the actor may: 404 for a community that is none of the actor's business. */
export function assertMay(actor: Actor, may: Permission | Open, community: string): void {
  switch (verdict(actor.id === "" ? null : actor, may, community)) {
    case "allowed":
      return;
    case "sign-in":
      throw refuse("SIGN_IN_NEEDED", "请先登录。", "请登录后再试；程序请带上访问令牌。", 401);
    case "unknown":
      throw refuse("NOT_FOUND", "没有这个页面，或您不属于这个小区。", "请核对网址，或联系业委会邀请您加入。", 404);
    case "forbidden":
      throw refuse("FORBIDDEN", "您的身份不能做这件事。", "请由有权限的人来做；谁可以做什么，见成员页。", 403);
  }
}

export async function ask<I extends z.ZodType, O extends z.ZodType>(
  door: Door,
  asker: Asker,
  asked: Query<I, O>,
  sent: unknown,
): Promise<z.output<O>> {
  assertMay(asker.actor, asked.may, asker.community);
  const call = { ...callOf(door, asker), db: door.db };
  return asked.output.parse(await asked.run(call, readInput(asked.input, sent)));
}

export function callOf(door: Door, asker: Asker): Call {
  const { actor, address, session, token, community } = asker;
  const caller = { actor, address, session, ...(token === undefined ? {} : { token }) };
  return { ...caller, community, now: door.clock(), files: door.files, publicUrl: door.publicUrl };
}

/** How often, and with what, a command was sent. */
export interface Sending {
  /** Same key and same content → the same answer, done once. */
  readonly once?: string;
  readonly uploads?: readonly Upload[];
}

/**
 * Carries a command out in one transaction of its community: all of it or nothing. With a key, a repeated request gets
 * the answer of the first; other content under the same key is refused.
 */
export async function execute<I extends z.ZodType, O extends z.ZodType, P>(
  door: Door,
  asker: Asker,
  asked: Command<I, O, P>,
  sent: unknown,
  { once, uploads = [] }: Sending = {},
): Promise<z.output<O>> {
  assertMay(asker.actor, asked.may, asker.community);
  const input = readInput(asked.input, sent);
  if (once === undefined) {
    return carryOut(door, asker, asked, { input, uploads, kept: null }).catch((error: unknown) =>
      rememberRefusal(door, asker, asked, error),
    );
  }
  const at = { community: asker.community, actor: asker.actor.id, key: once };
  const kept = { at, requestHash: hashOf(asked, sent, uploads) };
  const reading = { ...callOf(door, asker), db: door.db };
  // Before files are worked on again, and before a code that was used up the first time. Else the transaction finds what was
  // done already: few requests come twice, and to look here would cost each of them a trip.
  const looksFirst = uploads.length > 0 || asked.turnsKey !== undefined;
  const before = looksFirst ? await store.findAnswer(door.db, at) : null;
  if (before !== null) {
    return answered(asked, { reading, input }, before, kept.requestHash);
  }
  try {
    return await carryOut(door, asker, asked, { input, uploads, kept });
  } catch (error) {
    // A twin that came at the same time may have been done, and so be the reason why this one cannot be.
    const twin = error instanceof Refusal ? await store.findAnswer(door.db, at) : null;
    if (twin === null) {
      return rememberRefusal(door, asker, asked, error);
    }
    return answered(asked, { reading, input }, twin, kept.requestHash);
  }
}

/**
 * Writes down that a command was refused, where it wants that, and throws the refusal again. What was not even read, such as
 * a field that is missing, is no try. A refusal never repeats what was typed as a secret.
 */
async function rememberRefusal(
  { db, clock }: Door,
  { community, actor }: Asker,
  { refusedAs }: Pick<Command, "refusedAs">,
  error: unknown,
): Promise<never> {
  if (refusedAs !== undefined && error instanceof Refusal && REFUSED.has(error.status)) {
    const reason = error.faults.map(({ message }) => message).join("");
    await noteAtOnce(db, { community, actor: actor.id, what: refusedAs, now: clock() }, { reason });
  }
  throw error;
}

/** It cannot be done now, or not like that; not that somebody may not at all, or asks for what is not there. */
const REFUSED = new Set([409, 422]);

interface Carried<I> {
  readonly input: I;
  readonly uploads: readonly Upload[];
  readonly kept: { readonly at: store.AnswerKey; readonly requestHash: string } | null;
}

async function carryOut<I extends z.ZodType, O extends z.ZodType, P>(
  door: Door,
  asker: Asker,
  asked: Command<I, O, P>,
  { input, uploads, kept }: Carried<z.output<I>>,
): Promise<z.output<O>> {
  const call = callOf(door, asker);
  const turnsKey = typeof asked.turnsKey === "function" ? asked.turnsKey(call) : asked.turnsKey === true;
  const useKey = turnsKey ? await door.gate.confirmKey(asker.actor, codeIn(input), call.now) : null;
  const prepared = (await asked.prepare?.({ ...call, db: door.db }, input, uploads)) as P;
  let isRepeated = false;
  const work = async (tx: Tx, asksNow: Actor | null | undefined): Promise<z.output<O>> => {
    // The first time, a twin that was faster shows when the answer is kept: looking for it would cost everybody a trip.
    const twin = kept !== null && isRepeated ? await store.findAnswer(tx, kept.at) : null;
    isRepeated = true;
    if (kept !== null && twin !== null) {
      return answered(asked, { reading: { ...call, db: tx }, input }, twin, kept.requestHash);
    }
    const actor = stillMay(call, asked.may, asksNow);
    await useKey?.(tx);
    const output = asked.output.parse(await asked.run({ ...call, actor, tx }, input, prepared));
    if (kept !== null) {
      const isSecret = typeof asked.isSecret === "function" ? asked.isSecret(output) : asked.isSecret === true;
      const answer = isSecret ? "" : JSON.stringify(output);
      // Of two requests with one key the second starts again and finds the answer.
      await store.keepAnswer(tx, kept.at, { requestHash: kept.requestHash, answer }, call.now).catch(retryWhenTaken);
    }
    return output;
  };
  return runTx(door.db, asked.bookOf?.(prepared) ?? asker.community, work, {
    isShared: asked.sharesBook === true,
    // What needs no role in the community changes nothing there.
    ...(isPermission(asked.may) ? { opening: door.gate.actorNow(asker, call.now) } : {}),
  });
}

/**
 * Who asks, as things stand now that the book is held: whoever was sent away, signed out or lost a role while this
 * waited may not any more. `asksNow` is undefined where no role is needed.
 */
function stillMay(call: Call, may: Permission | Open, asksNow: Actor | null | undefined): Actor {
  if (asksNow === undefined) {
    return call.actor;
  }
  const actor = asksNow ?? NOBODY;
  assertMay(actor, may, call.community);
  return actor;
}

function codeIn(input: unknown): string {
  return typeof input === "object" && input !== null && "code" in input ? String(input.code) : "";
}

/**
 * What makes two requests the same: the use case, what was sent, and the files. Not what only proves who sends it: a
 * password must not be kept where it could be guessed quickly, and a repeated request comes with another code.
 */
function hashOf(asked: Command, sent: unknown, uploads: readonly Upload[]): string {
  const left = new Set([...secretFields(asked.input), ...(asked.turnsKey === undefined ? [] : ["code"])]);
  const content = Object.entries({ ...(sent as object) }).filter(([name]) => !left.has(name));
  const files = uploads.map(({ field, bytes }) => [field, sha256(bytes)]);
  // Through JSON first: what was not sent and what is undefined are the same.
  const whole = JSON.parse(JSON.stringify([asked.name, Object.fromEntries(content), files])) as object;
  return sha256(canonicalize(whole) ?? "");
}

async function answered<I extends z.ZodType, O extends z.ZodType, P>(
  asked: Command<I, O, P>,
  { reading, input }: { readonly reading: Reading; readonly input: z.output<I> },
  kept: store.KeptAnswer,
  requestHash: string,
): Promise<z.output<O>> {
  if (kept.requestHash !== requestHash || (await asked.isRepeated?.(reading, input)) === false) {
    throw refuse(
      "KEY_REUSED",
      "这个请求的标识（Idempotency-Key 或表单编号）已经用于另一项内容。",
      "请重新打开表单再填写；程序请为新的内容换一个新的标识。",
      409,
    );
  }
  if (kept.answer === "") {
    throw alreadyTold();
  }
  return asked.output.parse(JSON.parse(kept.answer));
}

function alreadyTold(): Refusal {
  return refuse(
    "ALREADY_TOLD",
    "这一步已经完成，其中的密码或令牌只显示一次。",
    "如果没有记下来，请作废它，再新建一个。",
    409,
  );
}

let noted = 0;

/** Unique, and in order among the events of one moment. */
function eventId(): string {
  noted = (noted + 1) % 1_000_000;
  return `${String(noted).padStart(6, "0")}-${randomUUID()}`;
}

/** Writes into the log who did what. Never holds secrets. */
export async function note(call: Writing, what: string, detail: Readonly<Record<string, string>> = {}): Promise<void> {
  await insertTogether(call.tx, [noteWith(call, what, detail)]);
}

/** The same as rows, to travel with what was done. */
export function noteWith(call: Writing, what: string, detail: Readonly<Record<string, string>> = {}): Insertion {
  const { community, now, actor } = call;
  const event = { community, at: now.toISOString(), id: eventId(), actor: actor.id, what };
  return { table: "event", rows: [{ ...event, detail: JSON.stringify(detail) }] };
}

/** The same outside a transaction, for what must be remembered although it was refused, or although it only looked. */
export async function noteAtOnce(
  db: Db,
  about: { readonly community: string; readonly actor: string; readonly what: string; readonly now: Date },
  detail: Readonly<Record<string, string>> = {},
): Promise<void> {
  const { community, actor, what, now } = about;
  const at = now.toISOString();
  await store.insertEvent(db, { community, at, id: eventId(), actor, what, detail: JSON.stringify(detail) });
}
