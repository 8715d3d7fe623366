// Reads what a request carries: fields of a form, JSON, and files, each within its limits. A file that is too large is
// read past, so that what was typed around it is not lost.
import express, { type Request, type RequestHandler, type Response } from "express";
import multer, { type StorageEngine } from "multer";
import { refuse, Refusal, type Fault } from "../base/refusal.ts";

const MEGABYTE = 1024 * 1024;
export const FILE_BYTES_MAX = 10 * MEGABYTE;
const FILES_MAX = 6;
const TEXT_BYTES_MAX = MEGABYTE;
/** Beyond this nothing is read past any more: the connection ends. */
const REQUEST_BYTES_MAX = 120 * MEGABYTE;
const PARTS_MAX = 510;

export interface BodyFile {
  readonly field: string;
  readonly name: string;
  readonly bytes: Buffer;
}

export interface Body {
  readonly fields: Readonly<Record<string, unknown>>;
  readonly uploads: readonly BodyFile[];
  /** What was wrong with the files: each too large, or too many of them. */
  readonly faults: readonly Fault[];
}

const withFiles = multipart(FILE_BYTES_MAX);
// The files of somebody who may not send any are read past, never kept.
const withoutFiles = multipart(0);
const urlencoded = express.urlencoded({ extended: true, limit: TEXT_BYTES_MAX, parameterLimit: 2000 });
const json = express.json({ limit: TEXT_BYTES_MAX });
const bare = express.raw({ type: () => true, limit: FILE_BYTES_MAX });

/** Reads the body by its content type. With `keepsFiles`, any other type is one file by itself. */
export async function readBody(
  request: Request,
  response: Response,
  { keepsFiles }: { readonly keepsFiles: boolean },
): Promise<Body> {
  const type = (request.headers["content-type"] ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
  if (Number(request.headers["content-length"] ?? 0) > REQUEST_BYTES_MAX) {
    throw formTooLarge();
  }
  switch (type) {
    case "multipart/form-data":
      await run(keepsFiles ? withFiles : withoutFiles, request, response);
      return { fields: fieldsOf(request.body), ...filesOf(request, keepsFiles) };
    case "application/x-www-form-urlencoded":
      await run(urlencoded, request, response);
      return { fields: fieldsOf(request.body), uploads: [], faults: [] };
    case "application/json":
    case "":
      await run(json, request, response);
      return { fields: fieldsOf(request.body), uploads: [], faults: [] };
    default:
      return keepsFiles ? bareFile(request, response) : refuseType(type);
  }
}

function run(handler: RequestHandler, request: Request, response: Response): Promise<void> {
  return new Promise((resolve, reject) => {
    handler(request, response, (error?: unknown) => {
      if (error === undefined || error === null) {
        resolve();
      } else {
        reject(bodyRefusal(error));
      }
    });
  });
}

// ---- Files ------------------------------------------------------------------------------------------------------

/** Counts the bytes of every file, and keeps those of the first few that are no larger than that. */
function multipart(largest: number): RequestHandler {
  const begun = new WeakMap<object, number>();
  const storage: StorageEngine = {
    _handleFile: (request, file, done) => {
      const number = (begun.get(request) ?? 0) + 1;
      begun.set(request, number);
      const most = number > FILES_MAX ? 0 : largest;
      const chunks: Buffer[] = [];
      let size = 0;
      file.stream.on("data", (chunk: Buffer) => {
        size += chunk.length;
        if (size <= most) {
          chunks.push(chunk);
        } else {
          chunks.length = 0;
        }
      });
      file.stream.on("error", (error: Error) => done(error));
      file.stream.on("end", () => done(null, { size, buffer: Buffer.concat(chunks) }));
    },
    _removeFile: (_request, _file, done) => done(null),
  };
  const limits = { fileSize: REQUEST_BYTES_MAX, files: 4 * FILES_MAX, fields: PARTS_MAX, fieldSize: 200_000 };
  return multer({ storage, defParamCharset: "utf8", limits: { ...limits, parts: PARTS_MAX } }).any();
}

function filesOf(request: Request, keepsFiles: boolean): Pick<Body, "uploads" | "faults"> {
  const all = keepsFiles && Array.isArray(request.files) ? request.files : [];
  // A file input that was left empty comes as a file without name and bytes.
  const files = all.filter((file) => file.originalname !== "" || file.size > 0);
  const faults = files.filter((file) => file.size > FILE_BYTES_MAX).map((file) => tooLarge(file.fieldname));
  const count = files.length > FILES_MAX ? [tooMany(files[FILES_MAX]?.fieldname)] : [];
  const uploads = files.map((file) => ({ field: file.fieldname, name: file.originalname, bytes: file.buffer }));
  return { uploads, faults: [...faults, ...count] };
}

function tooLarge(column?: string): Fault {
  return {
    code: "FILE_TOO_LARGE",
    ...(column === undefined ? {} : { column }),
    message: `文件超过 ${FILE_BYTES_MAX / MEGABYTE} MB。`,
    remedy: "请在手机上选“压缩后发送”，或截图后再传；扫描件请用 150–300 dpi。",
  };
}

function tooMany(column?: string): Fault {
  const message = `一次最多传 ${FILES_MAX} 个文件。`;
  return { code: "TOO_MANY_FILES", ...(column === undefined ? {} : { column }), message, remedy: "请分几次传。" };
}

async function bareFile(request: Request, response: Response): Promise<Body> {
  await run(bare, request, response);
  const bytes: unknown = request.body;
  const name = request.headers["x-file-name"];
  const named = typeof name === "string" ? decodeName(name) : "";
  return { fields: {}, uploads: Buffer.isBuffer(bytes) ? [{ field: "", name: named, bytes }] : [], faults: [] };
}

/** Headers hold ASCII only, so a name comes percent-encoded. */
function decodeName(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

// ---- Fields -----------------------------------------------------------------------------------------------------

/** Forms and JSON here are flat; what is nested without end is meant to exhaust whoever walks through it. */
const DEPTH_MAX = 10;

function fieldsOf(body: unknown): Record<string, unknown> {
  if (body === undefined) {
    return {};
  }
  if (typeof body !== "object" || body === null || Array.isArray(body) || isDeeper(body, DEPTH_MAX)) {
    throw refuse("BODY_INVALID", `请求的内容应为一个 JSON 对象，套叠不超过 ${DEPTH_MAX} 层。`, "请按接口说明发送。");
  }
  return { ...body };
}

function isDeeper(value: unknown, than: number): boolean {
  const isNested = typeof value === "object" && value !== null;
  return isNested && (than === 0 || Object.values(value).some((each) => isDeeper(each, than - 1)));
}

// ---- Refusals ---------------------------------------------------------------------------------------------------

function refuseType(type: string): never {
  throw refuse("TYPE_UNSUPPORTED", `不接受「${type}」类型的内容。`, "请用 JSON 或表单发送。", 415);
}

function formTooLarge(): Refusal {
  return refuse("FORM_TOO_LARGE", "提交的内容太多。", "请分几次提交；文字合计最多 1 MB。", 413);
}

/** What the readers of bodies throw, in words. */
function bodyRefusal(error: unknown): Refusal {
  const { code = "", type = "", limit } = error as { code?: string; type?: string; limit?: number };
  if (type === "entity.too.large" && limit === FILE_BYTES_MAX) {
    return new Refusal(tooLarge(), 413);
  }
  if (code === "LIMIT_FILE_COUNT") {
    return new Refusal(tooMany(), 413);
  }
  if (code.startsWith("LIMIT_") || ["entity.too.large", "parameters.too.many"].includes(type)) {
    return formTooLarge();
  }
  return refuse(
    "BODY_BROKEN",
    "内容没有传完整，或格式不对，没有保存任何东西。",
    "请检查网络后再提交一次；程序请检查 Content-Type 与内容是否一致。",
  );
}
