// Reads what a request carries: fields of a form, JSON, and files, each within its limits.
import express, { type Request, type RequestHandler, type Response } from "express";
import multer from "multer";
import { refuse, Refusal } from "../base/refusal.ts";

export const FILE_BYTES_MAX = 10 * 1024 * 1024;
export const FILES_MAX = 6;
const TEXT_BYTES_MAX = "1mb";

export interface BodyFile {
  readonly field: string;
  readonly name: string;
  readonly bytes: Buffer;
}

export interface Body {
  readonly fields: Readonly<Record<string, unknown>>;
  readonly uploads: readonly BodyFile[];
}

const limits = { fileSize: FILE_BYTES_MAX, files: FILES_MAX, fields: 500, fieldSize: 200_000, parts: 510 };
const withFiles = multer({ storage: multer.memoryStorage(), defParamCharset: "utf8", limits }).any();
// The files of somebody who may not send any are read past, never kept.
const withoutFiles = multer({
  storage: multer.memoryStorage(),
  defParamCharset: "utf8",
  limits,
  fileFilter: (_request, _file, keep) => keep(null, false),
}).any();
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
  try {
    switch (type) {
      case "multipart/form-data":
        await run(keepsFiles ? withFiles : withoutFiles, request, response);
        return { fields: fieldsOf(request.body), uploads: filesOf(request) };
      case "application/x-www-form-urlencoded":
        await run(urlencoded, request, response);
        return { fields: fieldsOf(request.body), uploads: [] };
      case "application/json":
      case "":
        await run(json, request, response);
        return { fields: fieldsOf(request.body), uploads: [] };
      default:
        return keepsFiles ? await bareFile(request, response) : refuseType(type);
    }
  } catch (error) {
    throw error instanceof Refusal ? error : bodyRefusal(error);
  }
}

function run(handler: RequestHandler, request: Request, response: Response): Promise<void> {
  return new Promise((resolve, reject) => {
    handler(request, response, (error?: unknown) => {
      if (error === undefined || error === null) {
        resolve();
      } else {
        reject(error instanceof Error ? error : new Error("the body could not be read"));
      }
    });
  });
}

async function bareFile(request: Request, response: Response): Promise<Body> {
  await run(bare, request, response);
  const bytes: unknown = request.body;
  const name = request.headers["x-file-name"];
  return {
    fields: {},
    uploads: Buffer.isBuffer(bytes)
      ? [{ field: "", name: typeof name === "string" ? decodeName(name) : "", bytes }]
      : [],
  };
}

/** Headers hold ASCII only, so a name comes percent-encoded. */
function decodeName(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

function filesOf(request: Request): BodyFile[] {
  const files = Array.isArray(request.files) ? request.files : [];
  // A file input that was left empty comes as a file without name and bytes.
  return files
    .filter((file) => file.originalname !== "" || file.size > 0)
    .map((file) => ({ field: file.fieldname, name: file.originalname, bytes: file.buffer }));
}

function fieldsOf(body: unknown): Record<string, unknown> {
  if (body === undefined) {
    return {};
  }
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    throw refuse("BODY_INVALID", "请求的内容应为一个 JSON 对象。", "请按接口说明发送。");
  }
  return { ...body };
}

function refuseType(type: string): never {
  throw refuse("TYPE_UNSUPPORTED", `不接受「${type}」类型的内容。`, "请用 JSON 或表单发送。", 415);
}

const MEGABYTES = FILE_BYTES_MAX / 1024 / 1024;

function bodyRefusal(error: unknown): Error {
  const { code = "", type = "", field } = error as { code?: string; type?: string; field?: string };
  const place = field === undefined ? {} : { column: field };
  if (code === "LIMIT_FILE_SIZE" || (type === "entity.too.large" && field === undefined && code === "")) {
    const message = `文件超过 ${MEGABYTES} MB。`;
    const remedy = "请在手机上选“压缩后发送”，或截图后再传；扫描件请用 150–300 dpi。";
    return new Refusal({ code: "FILE_TOO_LARGE", message, remedy, ...place }, 413);
  }
  if (code === "LIMIT_FILE_COUNT") {
    const message = `一次最多传 ${FILES_MAX} 个文件。`;
    return new Refusal({ code: "TOO_MANY_FILES", message, remedy: "请分几次传。", ...place }, 413);
  }
  if (code.startsWith("LIMIT_")) {
    return refuse("FORM_TOO_LARGE", "提交的内容太多。", "请分几次提交。", 413);
  }
  return refuse(
    "BODY_BROKEN",
    "内容没有传完整，或格式不对，没有保存任何东西。",
    "请检查网络后再提交一次；程序请检查 Content-Type 与内容是否一致。",
  );
}
