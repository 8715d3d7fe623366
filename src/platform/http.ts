// Answering over HTTP: cached bytes with an ETag, the stylesheet, and one place where errors become pages.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import path from "node:path";
import type { NextFunction, Request, RequestHandler, Response } from "express";
import { Refusal, refuse } from "../base/refusal.ts";
import { render } from "./render.ts";

/** Bytes that are ready to be sent, as often as they are asked for. */
export interface Ready {
  readonly body: Buffer;
  readonly type: string;
  readonly etag: string;
  readonly cacheControl: string;
  /** The file name of a download; absent for pages. */
  readonly fileName?: string;
}

/** Published things never change: browsers need not ask again. */
export const FOREVER = "public, max-age=31536000, immutable";
/** May change with the next publication: ask each time, answer 304 when nothing did. */
export const ASK_AGAIN = "no-cache";

export function ready(body: Buffer | string, type: string, cacheControl: string, fileName?: string): Ready {
  const bytes = Buffer.from(body);
  const etag = `"${createHash("sha256").update(bytes).digest("base64url")}"`;
  return { body: bytes, type, etag, cacheControl, ...(fileName === undefined ? {} : { fileName }) };
}

/** Sends the bytes, or 304 when the reader has them. */
export function send(request: Request, response: Response, answer: Ready): void {
  response.setHeader("ETag", answer.etag);
  response.setHeader("Cache-Control", answer.cacheControl);
  const known = request.headers["if-none-match"] ?? "";
  if (known.split(",").some((tag) => tag.trim().replace(/^W\//, "") === answer.etag)) {
    response.status(304).end();
    return;
  }
  response.setHeader("Content-Type", answer.type);
  response.setHeader("Content-Length", answer.body.length);
  if (answer.fileName !== undefined) {
    response.attachment(answer.fileName);
    response.setHeader("Content-Type", answer.type);
  }
  response.end(request.method === "HEAD" ? undefined : answer.body);
}

const VIEWS_FOLDER = path.join(import.meta.dirname, "..", "..", "views");

const ASSET_TYPES: Readonly<Record<string, string>> = {
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
};

/** A stylesheet or module of views/, read once. */
export function asset(name: string): RequestHandler {
  const type = ASSET_TYPES[path.extname(name)] ?? "application/octet-stream";
  const answer = ready(readFileSync(path.join(VIEWS_FOLDER, name)), type, ASK_AGAIN);
  return (request, response) => send(request, response, answer);
}

/** A page that is kept as a file carries its style inside. */
export function withStyle(html: string): string {
  return html.replace(
    /<link rel="stylesheet"[^>]*>/u,
    () => `<style>\n${readFileSync(path.join(VIEWS_FOLDER, "style.css"), "utf8")}</style>`,
  );
}

export function answerUnknown(request: Request): never {
  throw refuse("PAGE_UNKNOWN", `没有「${request.path}」这个页面。`, "请核对网址，或回到首页选择小区。", 404);
}

/** The last handler: refusals are shown with their remedy; anything else is our fault and shown without details. */
// Express recognises an error handler by its four parameters.
export function answerErrors(error: unknown, request: Request, response: Response, next: NextFunction): void {
  if (response.headersSent) {
    next(error);
    return;
  }
  const refusal = error instanceof Refusal ? error : unexpected(error);
  const status = error instanceof Refusal ? error.status : clientStatus(error);
  const [fault] = refusal.faults;
  response.status(status).setHeader("Cache-Control", "no-store");
  if (status === 401) {
    response.setHeader("WWW-Authenticate", "Bearer");
  }
  if (request.path.startsWith("/api/") || request.path.endsWith(".json")) {
    response.type("application/problem+json").send(JSON.stringify(problemOf(refusal, status)));
    return;
  }
  const title = TITLES.find(([from]) => status >= from)?.[1] ?? "无法完成";
  const words = { title, message: fault?.message ?? "", remedy: fault?.remedy ?? "" };
  response.type("html").send(render("refusal", { ...words, home: homeOf(request.path) }));
}

/** Where somebody who went astray goes on: people at work among their communities, readers among all. */
function homeOf(at: string): { readonly href: string; readonly label: string } {
  return /^\/(?:desk|my|account|operator)(?:\/|$)/u.test(at)
    ? { href: "/desk", label: "回到我的小区" }
    : { href: "/", label: "回到公示小区" };
}

/** RFC 9457, with a code for programs and every fault at its field, or at its place in a file. */
function problemOf({ faults, code }: Refusal, status: number): object {
  const [first] = faults;
  const errors = faults.flatMap(({ column, file, line, value, ...fault }) =>
    column === undefined && file === undefined
      ? []
      : [{ ...(file === undefined ? { field: column } : { file, line, column, value }), ...fault }],
  );
  const problem = { type: "about:blank", title: first?.message, status, code, detail: first?.remedy };
  return errors.length === 0 ? problem : { ...problem, errors };
}

const TITLES: readonly (readonly [from: number, title: string])[] = [
  [500, "程序出错了"],
  [405, "无法完成"],
  [404, "没有找到"],
  [403, "没有权限"],
  [401, "请先登录"],
];

// Express marks malformed requests (a broken % in the address) with a status of their own.
function clientStatus(error: unknown): number {
  const status = typeof error === "object" && error !== null && "status" in error ? error.status : 500;
  return typeof status === "number" && status >= 400 && status < 500 ? status : 500;
}

function unexpected(error: unknown): Refusal {
  if (clientStatus(error) < 500) {
    return refuse("REQUEST_INVALID", "这个网址无法识别。", "请核对网址，或回到首页选择小区。");
  }
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  return refuse(
    "INTERNAL_ERROR",
    "服务器遇到了意外问题，没有改动任何数据。",
    "请稍后再试；若一直如此，请告知管理员查看日志。",
  );
}
