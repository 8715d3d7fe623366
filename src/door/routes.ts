// Routes as lists of declarations: the pages, forms, files and API that rooms offer, and how they are put on express.
// One list can be mounted, walked by tests, and described as an OpenAPI document.
import { randomUUID } from "node:crypto";
import { Router, type Request, type Response } from "express";
import type { z } from "zod";
import { Refusal, refuse, type Fault } from "../base/refusal.ts";
import { send, type Ready } from "../platform/http.ts";
import { hiddenInputs, type FormState } from "../platform/form.ts";
import { isStorable, secretFields } from "../platform/input.ts";
import { render } from "../platform/render.ts";
import { readBody, type Body } from "../platform/body.ts";
import { isCommunityCode } from "../trust/rules.ts";
import { findCommunity } from "../trust/service.ts";
import { mayDo, rolesIn, verdict, type Open, type Permission } from "./rules.ts";
import {
  ask,
  assertMay,
  callOf,
  execute,
  lastEvent,
  type Command,
  type Door,
  type Query,
  type Reading,
  type Upload,
  type Visitor,
} from "./service.ts";

/** What a page needs to be drawn: a file of views/ and its model. The frame (navigation, name, form secrets) is added. */
export interface View {
  readonly view: string;
  readonly model: Readonly<Record<string, unknown>>;
}

/** What stands in the address, and after its question mark. */
export type Words = Readonly<Record<string, string>>;

/** What somebody typed into a form, as it came. */
export type Typed = Readonly<Record<string, unknown>>;

/** One typed field as text; "" when it is absent or something else. */
export function typedText(typed: Typed, name: string): string {
  const value = typed[name];
  return typeof value === "string" ? value : "";
}

export interface PageRoute {
  readonly kind: "page";
  readonly method: "get";
  readonly path: string;
  readonly may: Permission | Open;
  /** Its name in the navigation of the desk, when it has a place there. */
  readonly nav?: string;
  /** Addresses elsewhere that belong to this place of the navigation: `/suppliers` to payments. */
  readonly holds: readonly string[];
  show(call: Reading, words: Words): Promise<View>;
}

export interface FormRoute {
  readonly kind: "form";
  readonly method: "post";
  readonly path: string;
  readonly command: Command;
  /** Its output opens or ends the browser's session. */
  readonly opensSession: boolean;
  /** Where to go when it is done: an address, or what to answer in place (secrets that are told once, a paper). */
  done(output: unknown, words: Words, call: Reading): string | Promise<View | Ready>;
  /** The form again, with what was typed and the files that came along; what was wrong is added. */
  again(call: Reading, words: Words, typed: Typed, uploads: readonly Upload[]): Promise<View>;
}

export interface FileRoute {
  readonly kind: "file";
  readonly method: "get";
  readonly path: string;
  readonly may: Permission | Open;
  make(call: Reading, words: Words): Promise<Ready>;
}

export interface ApiRoute {
  readonly kind: "api";
  readonly method: "get" | "post" | "delete";
  /** Below /api/v1. */
  readonly path: string;
  readonly useCase: Query | Command;
  readonly status: 200 | 201;
  /** Takes files: multipart, or one file as the bare body. */
  readonly takesFiles: boolean;
}

export type Route = PageRoute | FormRoute | FileRoute | ApiRoute;

/** Where the people who keep a community's books work. */
export const DESK = "/desk/:code";
/** Where an owner sees what is theirs. */
export const MY = "/my/:code";
/** Below /api/v1. */
export const API = "/communities/:code";

export function page(
  path: string,
  may: Permission | Open,
  show: PageRoute["show"],
  nav?: string,
  holds: readonly string[] = [],
): PageRoute {
  return { kind: "page", method: "get", path, may, show, holds, ...(nav === undefined ? {} : { nav }) };
}

export function file(path: string, may: Permission | Open, make: FileRoute["make"]): FileRoute {
  return { kind: "file", method: "get", path, may, make };
}

/** A form posts to this address; its fields, the words of the address among them, are the command's input. */
export function form<I extends z.ZodType, O extends z.ZodType, P>(
  path: string,
  command: Command<I, O, P>,
  shown: {
    opensSession?: boolean;
    done(output: z.output<O>, words: Words, call: Reading): string | Promise<View | Ready>;
    again(call: Reading, words: Words, typed: Typed, uploads: readonly Upload[]): Promise<View>;
  },
): FormRoute {
  return {
    kind: "form",
    method: "post",
    path,
    command,
    opensSession: shown.opensSession === true,
    done: (output, words, call) => shown.done(output as z.output<O>, words, call),
    again: (call, words, typed, uploads) => shown.again(call, words, typed, uploads),
  };
}

/** One use case as JSON: words of the address, query and body together are its input. */
export function api<I extends z.ZodType, O extends z.ZodType, P>(
  method: ApiRoute["method"],
  path: string,
  useCase: Query<I, O> | Command<I, O, P>,
  { status = 200, takesFiles = false }: { status?: 200 | 201; takesFiles?: boolean } = {},
): ApiRoute {
  return { kind: "api", method, path, useCase, status, takesFiles };
}

/** The address that express knows. */
export function addressOf(route: Route): string {
  return route.kind === "api" ? `/api/v1${route.path}` : route.path;
}

export function mayOf(route: Route): Permission | Open {
  switch (route.kind) {
    case "page":
    case "file":
      return route.may;
    case "form":
      return route.command.may;
    case "api":
      return route.useCase.may;
  }
}

// ---- On express -------------------------------------------------------------------------------------------------

/** Puts routes on a router. Earlier ones win, so literal addresses come before those with parameters. */
export function mount(door: Door, routes: readonly Route[]): Router {
  const router = Router();
  const pages = routes.filter((route) => route.kind === "page" && route.nav !== undefined) as PageRoute[];
  for (const route of routes) {
    router[route.method](addressOf(route), async (request, response) => {
      const visit = await visitOf(door, request, pages);
      response.setHeader("Cache-Control", "no-store");
      await HANDLERS[route.kind](visit, route as never, request, response);
    });
  }
  return router;
}

interface Visit {
  readonly door: Door;
  readonly visitor: Visitor;
  readonly call: Reading;
  readonly words: Words;
  readonly pages: readonly PageRoute[];
  readonly path: string;
  /** What the form did that led here, in a sentence; "" when nothing did. */
  readonly done: string;
}

async function visitOf(door: Door, request: Request, pages: readonly PageRoute[]): Promise<Visit> {
  const visitor = await door.gate.identify(request, door.clock());
  const words = textsOf({ ...request.query, ...request.params });
  const code = textsOf(request.params)["code"] ?? "";
  // What cannot be a code never reaches the database, nor does text that it cannot hold.
  const community = isCommunityCode(code) ? code : "";
  if (code !== community || !Object.values(words).every(isStorable)) {
    throw refuse("NOT_FOUND", "没有这个页面。", "请核对网址。", 404);
  }
  const call = { ...callOf(door, { ...visitor, community }), db: door.db };
  return { door, visitor, call, words, pages, path: request.path, done: "" };
}

function textsOf(values: object): Words {
  const texts = Object.entries(values).filter((entry): entry is [string, string] => typeof entry[1] === "string");
  return Object.fromEntries(texts);
}

const HANDLERS = {
  page: answerPage,
  form: answerForm,
  file: answerFile,
  api: answerApi,
} as const;

async function answerPage(visit: Visit, route: PageRoute, request: Request, response: Response): Promise<void> {
  if (needsSignIn(visit, route.may)) {
    response.redirect(303, `/sign-in?next=${encodeURIComponent(request.originalUrl)}`);
    return;
  }
  await admit(visit, route.may);
  const done = await tellDone(visit, request, response);
  sendView(response, 200, await framed({ ...visit, done }, await route.show(visit.call, visit.words)));
}

async function answerFile(visit: Visit, route: FileRoute, request: Request, response: Response): Promise<void> {
  if (needsSignIn(visit, route.may)) {
    response.redirect(303, `/sign-in?next=${encodeURIComponent(request.originalUrl)}`);
    return;
  }
  await admit(visit, route.may);
  send(request, response, await route.make(visit.call, visit.words));
}

function needsSignIn(visit: Visit, may: Permission | Open): boolean {
  return verdict(visit.visitor.isKnown ? visit.call.actor : null, may, visit.call.community) === "sign-in";
}

/** Refuses who may not, and a community that is not there: the operator has to do with all that are. */
async function admit({ call }: Visit, may: Permission | Open): Promise<void> {
  assertMay(call.actor, may, call.community);
  const isStranger = call.community !== "" && rolesIn(call.actor, call.community).length === 0;
  if (isStranger && (await findCommunity(call.db, call.community)) === null) {
    throw refuse("NOT_FOUND", "没有这个小区。", "请核对网址。", 404);
  }
}

/** What a command is sent: the address counts most, and its community is no field of a form. */
function sentTo(fields: Typed, request: Request): Typed {
  const { code: _community, ...named } = textsOf(request.params);
  return { ...textsOf(request.query), ...fields, ...named };
}

const OWN_FIELDS = ["_csrf", "_once", "_resume"];

async function answerForm(visit: Visit, route: FormRoute, request: Request, response: Response): Promise<void> {
  assertSameSite(request, visit.door.publicUrl);
  const { command } = route;
  const isEnded = needsSignIn(visit, command.may);
  if (!isEnded) {
    await admit(visit, command.may);
  }
  const body = await readBody(request, response, { keepsFiles: !isEnded });
  const typed = Object.fromEntries(Object.entries(body.fields).filter(([name]) => !OWN_FIELDS.includes(name)));
  if (isEnded) {
    sendView(response, 401, await framed(visit, signInView(request.originalUrl, withoutSecrets(command, typed))));
    return;
  }
  // Only shows the form again, so it needs no proof of where it was opened.
  if (body.fields["_resume"] !== undefined) {
    const faults = body.fields["_resume"] === "signed-in" ? [FILES_GONE] : [];
    await showAgain(visit, route, { typed, body, status: 200, faults }, response);
    return;
  }
  if (visit.visitor.csrf === null && command.may !== "anyone") {
    throw refuse("FORM_NEEDS_SESSION", "表单只能在登录后的网页里提交。", "程序请使用 /api/v1。", 403);
  }
  if (visit.visitor.csrf !== null && body.fields["_csrf"] !== visit.visitor.csrf) {
    await showAgain(visit, route, { typed, body, status: 403, faults: [FORM_STALE] }, response);
    return;
  }
  if (body.faults.length > 0) {
    await showAgain(visit, route, { typed, body, status: 413, faults: body.faults }, response);
    return;
  }
  await sendForm(visit, route, { typed, body, sent: sentTo(typed, request) }, response);
}

/** What a form says that comes back after signing in again: browsers do not give files twice by themselves. */
const FILES_GONE: Fault = {
  code: "FILES_GONE",
  message: "登录中断前填的文字都在下面，还没有提交。",
  remedy: "选过照片或文件的，请重新选一次，核对后再提交。",
};

const FORM_STALE: Fault = {
  code: "FORM_STALE",
  message: "这张表单是在另一次登录中打开的，为防止冒用没有提交。",
  remedy: "请核对下面的内容，再提交一次。",
};

interface Filled {
  readonly typed: Typed;
  readonly body: Body;
}

async function showAgain(
  visit: Visit,
  route: FormRoute,
  { typed, body, status, faults }: Filled & { readonly status: number; readonly faults: readonly Fault[] },
  response: Response,
): Promise<void> {
  const view = await route.again(visit.call, visit.words, typed, body.uploads);
  sendView(response, status, await framed(visit, view, typed, faults));
}

async function sendForm(
  visit: Visit,
  route: FormRoute,
  { typed, body, sent }: Filled & { readonly sent: Typed },
  response: Response,
): Promise<void> {
  const { door, visitor, call, words } = visit;
  // Nobody in particular has no answers to be kept for.
  const once = visitor.isKnown && typeof body.fields["_once"] === "string" ? body.fields["_once"] : undefined;
  try {
    const sending = { uploads: body.uploads, ...(once === undefined ? {} : { once: once.slice(0, 100) }) };
    const output = await execute(door, call, route.command, sent, sending);
    if (route.opensSession) {
      door.gate.keepSession(response, output);
    }
    await sendDone(visit, route.done(output, words, call), response);
  } catch (error) {
    if (error instanceof Refusal && error.code === "SIGN_IN_NEEDED") {
      const view = signInView(response.req.originalUrl, withoutSecrets(route.command, typed));
      sendView(response, 401, await framed(visit, view));
      return;
    }
    if (!(error instanceof Refusal) || ![409, 413, 415, 422, 429].includes(error.status)) {
      throw error;
    }
    await showAgain(visit, route, { typed, body, status: error.status, faults: error.faults }, response);
  }
}

async function sendDone(visit: Visit, done: string | Promise<View | Ready>, response: Response): Promise<void> {
  const next = await done;
  if (typeof next === "string") {
    rememberDone(visit, next, response);
    response.redirect(303, next);
  } else if ("view" in next) {
    const told = { ...visit, done: await doneSince(visit, visit.call.now) };
    sendView(response, 200, await framed(told, next));
  } else {
    send(response.req, response, { ...next, cacheControl: "no-store" });
  }
}

/** Holds for the next page since when the log tells what was done: never its words, which the browser could change. */
const DONE_COOKIE = "xinyi-done";
const DONE_MS = 60_000;

function rememberDone({ door, visitor, call }: Visit, next: string, response: Response): void {
  const { pathname } = new URL(next, door.publicUrl);
  // The front page belongs to all and greets nobody; a cookie for it would also be sent everywhere else.
  if (visitor.isKnown && pathname !== "/") {
    const kept = { httpOnly: true, sameSite: "lax", secure: door.publicUrl.startsWith("https:") } as const;
    response.cookie(DONE_COOKIE, String(call.now.getTime()), { ...kept, path: pathname, maxAge: DONE_MS });
  }
}

/** What was done, once, on the page that the form led to. */
async function tellDone(visit: Visit, request: Request, response: Response): Promise<string> {
  const since = new RegExp(`\\b${DONE_COOKIE}=(\\d{13})\\b`, "u").exec(request.headers.cookie ?? "")?.[1];
  if (since === undefined) {
    return "";
  }
  response.clearCookie(DONE_COOKIE, { path: visit.path });
  return doneSince(visit, new Date(Math.max(Number(since), visit.call.now.getTime() - DONE_MS)));
}

/** What the log tells of the visitor's newest act since then; "" when it was none. */
async function doneSince({ door, visitor, call }: Visit, from: Date): Promise<string> {
  const event = visitor.isKnown ? await lastEvent(call.db, call.community, call.actor.id, from) : null;
  return event === null ? "" : door.tell(call.db, event);
}

/**
 * Browsers say where a request comes from; what another site sends is refused whatever it carries. Those of before 2023
 * name their origin only, which a proxy may know by another name than we.
 */
function assertSameSite(request: Request, publicUrl: string): void {
  const { "sec-fetch-site": site, origin, host } = request.headers;
  const isOurs = (from: string): boolean =>
    URL.canParse(from) && (new URL(from).host === host || new URL(from).origin === new URL(publicUrl).origin);
  const isOther =
    site === undefined ? origin !== undefined && !isOurs(origin) : !["same-origin", "none"].includes(site);
  if (isOther) {
    throw refuse("CROSS_SITE", "这个请求来自另一个网站，没有执行。", "请在信义账的网页里操作。", 403);
  }
}

/** Passwords and codes are typed again: they should not lie about in pages. */
function withoutSecrets({ input }: Command, typed: Typed): Typed {
  const left = secretFields(input);
  return Object.fromEntries(Object.entries(typed).filter(([name]) => !left.includes(name)));
}

/** What a sign-in may carry along; a page that holds more comes back empty. */
export const HELD_MAX = 200_000;

/** The sign-in page that carries what was typed, so that an ended session loses nothing. */
function signInView(next: string, typed: Typed): View {
  const text = JSON.stringify(typed);
  const held = text.length > HELD_MAX || text === "{}" ? "" : text;
  return { view: "sign-in", model: { next, held, isHeld: held !== "" } };
}

/** What was typed, as a form that opens where it was typed. */
export function resumeView(next: string, held: Typed): View {
  return { view: "resume", model: { next, inputs: hiddenInputs(held) } };
}

// ---- API --------------------------------------------------------------------------------------------------------

async function answerApi(visit: Visit, route: ApiRoute, request: Request, response: Response): Promise<void> {
  const { door, visitor, call } = visit;
  await admit(visit, route.useCase.may);
  const { useCase } = route;
  if (useCase.kind === "query") {
    const output = await ask(door, call, useCase, sentTo({}, request));
    response.status(route.status).json(output);
    return;
  }
  if (visitor.csrf !== null && request.headers["x-csrf-token"] !== visitor.csrf) {
    throw refuse("CSRF_TOKEN_MISSING", "用网页会话调用接口要带上 X-CSRF-Token。", "程序请改用访问令牌。", 403);
  }
  const body = await readBody(request, response, { keepsFiles: route.takesFiles });
  if (body.faults.length > 0) {
    throw new Refusal(body.faults, 413);
  }
  const once = request.headers["idempotency-key"];
  if (once !== undefined && (typeof once !== "string" || !/^[\x21-\x7e]{1,100}$/u.test(once))) {
    throw refuse("KEY_INVALID", "Idempotency-Key 应为 1 到 100 个可见的 ASCII 字符。", "例如一个 UUID。");
  }
  // Nobody in particular has no answers to be kept for.
  const sending = { uploads: body.uploads, ...(once === undefined || !visitor.isKnown ? {} : { once }) };
  response.status(route.status).json(await execute(door, call, useCase, sentTo(body.fields, request), sending));
}

// ---- Pages ------------------------------------------------------------------------------------------------------

/** What every page is drawn inside of. */
interface Frame {
  readonly communityName: string;
  readonly code: string;
  readonly nav: readonly { readonly href: string; readonly label: string; readonly isCurrent: boolean }[];
  readonly actorName: string;
  readonly isSignedIn: boolean;
  readonly csrf: string;
  readonly done: string;
}

async function framed(visit: Visit, view: View, typed: Typed = {}, faults: readonly Fault[] = []): Promise<string> {
  const { call, visitor } = visit;
  const community = call.community === "" ? null : await findCommunity(call.db, call.community);
  const frame: Frame = {
    communityName: community?.name ?? "",
    code: call.community,
    nav: visit.pages.flatMap((each) => navItem(visit, each)),
    actorName: call.actor.name,
    isSignedIn: visitor.isKnown,
    csrf: visitor.csrf ?? "",
    done: visit.done,
  };
  const values = { ...(view.model["values"] as Typed | undefined), ...typed };
  const blank: FormState = { csrf: frame.csrf, once: randomUUID(), values, faults };
  return render(view.view, { ...view.model, frame, form: blank });
}

function navItem({ call, path }: Visit, { path: pattern, may, nav = "", holds }: PageRoute): Frame["nav"] {
  const isShown = call.community !== "" && mayDo(call, may);
  const href = pattern.replace(":code", call.community);
  const home = `/desk/${call.community}`;
  const places = [...(href === home ? [] : [href]), ...holds.map((each) => home + each)];
  const isCurrent = path === href || places.some((place) => path === place || path.startsWith(`${place}/`));
  return isShown ? [{ href, label: nav, isCurrent }] : [];
}

/** Signed-in pages may run our own modules; nothing inline, nothing from elsewhere. */
const PAGE_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

function sendView(response: Response, status: number, html: string): void {
  response.status(status).setHeader("Content-Security-Policy", PAGE_POLICY).type("html").send(html);
}
