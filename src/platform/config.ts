// What the environment says, read once.
import path from "node:path";
import { refuse } from "../base/refusal.ts";

export interface Config {
  /** The data folder: the SQLite file lives here. */
  readonly dataFolder: string;
  /** `sqlite:PATH` or `postgres://…` */
  readonly databaseUrl: string;
  readonly host: string;
  readonly port: number;
  readonly production: boolean;
  /** Where people reach it, `https://…` without a slash at the end; "" = the address it listens on. */
  readonly publicUrl: string;
}

const DEFAULT_PORT = 3000;

/** Reads XINYI_DATA, DATABASE_URL, HOST, PORT, PUBLIC_URL and NODE_ENV; refuses values that make no sense. */
export function readConfig(env: NodeJS.ProcessEnv): Config {
  const dataFolder = path.resolve(given(env["XINYI_DATA"]) ?? "data");
  return {
    dataFolder,
    databaseUrl: readDatabaseUrl(env["DATABASE_URL"] ?? "", dataFolder),
    host: given(env["HOST"]) ?? "127.0.0.1",
    port: readPort(given(env["PORT"]) ?? String(DEFAULT_PORT)),
    production: env["NODE_ENV"] === "production",
    publicUrl: readPublicUrl(env["PUBLIC_URL"] ?? ""),
  };
}

/** A variable that is set to nothing counts as not set. */
function given(value: string | undefined): string | undefined {
  return value === "" ? undefined : value;
}

function readDatabaseUrl(url: string, dataFolder: string): string {
  if (url === "") {
    return `sqlite:${path.join(dataFolder, "xinyi.sqlite")}`;
  }
  if (/^(sqlite:.|postgres(ql)?:\/\/.)/.test(url)) {
    return url;
  }
  throw refuse(
    "DATABASE_URL_UNKNOWN",
    `DATABASE_URL「${url}」无法识别。`,
    "请写 sqlite:文件路径 或 postgres://用户:密码@主机/库名。",
  );
}

function readPublicUrl(url: string): string {
  if (url === "" || (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol))) {
    return url.replace(/\/+$/, "");
  }
  throw refuse("PUBLIC_URL_INVALID", `PUBLIC_URL「${url}」不是网址。`, "请写成 https://账.example.cn 这样的网址。");
}

/** A TCP port from text, or a refusal. 0 lets the system choose. */
export function readPort(text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port > 65_535) {
    throw refuse("PORT_INVALID", `端口「${text}」无效。`, "请给 0 到 65535 之间的整数。");
  }
  return port;
}
