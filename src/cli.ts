// The command line (contract section 1): the same use cases as the web, for terminals and scripts.
// Exit code 0 = done, 1 = refused or something does not hold, 2 = wrong usage.
import { once } from "node:events";
import { statSync } from "node:fs";
import { createServer } from "node:http";
import { rename, rm, writeFile } from "node:fs/promises";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { parseArgs, type ParseArgsConfig } from "node:util";
import { buildApp, openBooks, openDoor } from "./app.ts";
import { tidy } from "./access/service.ts";
import { rescueCode, setUpCode } from "./admission/service.ts";
import { isMonth, type Month, LATEST_MONTH } from "./base/month.ts";
import { printable, Refusal, refuse } from "./base/refusal.ts";
import { bringSample, importFolder, tallyFiles } from "./intake/service.ts";
import type { Door } from "./door/service.ts";
import { entryCode } from "./ledger/rules.ts";
import * as ledger from "./ledger/service.ts";
import { bookCorrection } from "./payment/service.ts";
import { closeThrough } from "./period/service.ts";
import { scrubSecret } from "./ballot/service.ts";
import { finishDue } from "./outcome/service.ts";
import { readConfig, readPort, type Config } from "./platform/config.ts";
import { runTx, type Db } from "./platform/db.ts";
import { openFiles, type Files } from "./platform/files.ts";
import type { JournalFormat } from "./proof/rules.ts";
import { exportJournal, verifyCommunity, verifyFile, verifyVouchers } from "./proof/service.ts";
import { download, type DownloadFormat } from "./statement/routes.ts";
import { findStatement, notPublished, parseStatement, publishThrough, restate } from "./statement/service.ts";
import { MATTER_KINDS, tallyJson } from "./tally/rules.ts";
import { listCommunities } from "./trust/service.ts";

const USAGE = `用法：xinyi COMMAND …

  serve [--port N] [--empty]                 启动网页服务；空的数据文件夹会先放入示例小区（--empty 或 NODE_ENV=production 时不放）
  import DIR [--late]                        导入一个文件夹：全部成功，或什么也不留下；
                                             --late 把已结账月份的收付款补记到未结账的月份
  close CODE YYYY-MM                         依次结账到该月（含）
  publish CODE YYYY-MM                       依次公布到该月（含）
  statement CODE YYYY-MM --format json|html|pdf|csv|xlsx [--revision N] [--out FILE]
  export CODE --format hledger|beancount|csv [--through YYYY-MM] [--out FILE]
  tally --matter NAME --roll FILE --ballots FILE --format json [--out FILE]
                                             按民法典第二百七十八条计票：业主名册 units.csv，表决票 ballots.csv
  correct CODE NUMBER --reason TEXT [--account CODE]
                                             更正一张记账凭证：冲销，并可改记到另一科目
  restate CODE YYYY-MM --reason TEXT         以新的一版重述已公布的月份，列出每处差别
  verify CODE | FILE …                       重新计算一切，并重读每份凭证附件，指出不相符之处
  operator                                   给一个一次性网址，新增一位系统管理员（原来的忘了密码时用）

环境变量：XINYI_DATA 数据文件夹（默认 ./data）；DATABASE_URL 数据库（默认数据文件夹里的 SQLite）；
PUBLIC_URL 大家打开的网址；PORT、HOST。
`;

class UsageError extends Error {}

type Values = Readonly<Record<string, string | boolean | undefined>>;

interface Command {
  readonly options: NonNullable<ParseArgsConfig["options"]>;
  /** How many words must follow the command, at least and at most. */
  readonly words: readonly [min: number, max: number];
  readonly run: (words: readonly string[], values: Values, config: Config) => Promise<number>;
}

const text = { type: "string" } as const;
const flag = { type: "boolean" } as const;

const COMMANDS: Readonly<Record<string, Command>> = {
  serve: { options: { port: text, empty: flag }, words: [0, 0], run: serve },
  import: { options: { late: flag }, words: [1, 1], run: runImport },
  close: { options: {}, words: [2, 2], run: runClose },
  publish: { options: {}, words: [2, 2], run: runPublish },
  statement: { options: { format: text, out: text, revision: text }, words: [2, 2], run: runStatement },
  export: { options: { format: text, out: text, through: text }, words: [1, 1], run: runExport },
  tally: {
    options: { matter: text, roll: text, ballots: text, format: text, out: text },
    words: [0, 0],
    run: runTally,
  },
  correct: { options: { reason: text, account: text }, words: [2, 2], run: runCorrect },
  restate: { options: { reason: text }, words: [2, 2], run: runRestate },
  operator: { options: {}, words: [0, 0], run: runOperator },
  verify: { options: {}, words: [1, Number.POSITIVE_INFINITY], run: runVerify },
};

async function main(args: readonly string[]): Promise<number> {
  const [name = "", ...rest] = args;
  if (name === "" || name === "help" || name === "--help" || name === "-h") {
    process.stdout.write(USAGE);
    return name === "" ? 2 : 0;
  }
  const command = COMMANDS[name];
  if (command === undefined || !Object.hasOwn(COMMANDS, name)) {
    throw new UsageError(`没有「${name}」这个命令。`);
  }
  const { positionals, values } = parse(command, rest);
  const [min, max] = command.words;
  if (positionals.length < min || positionals.length > max) {
    throw new UsageError(`${name} 的参数个数不对。`);
  }
  return command.run(positionals, values, readConfig(process.env));
}

function parse(command: Command, args: readonly string[]): { positionals: string[]; values: Values } {
  try {
    const parsed = parseArgs({ args: [...args], options: command.options, allowPositionals: true });
    return { positionals: parsed.positionals, values: parsed.values as Values };
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

// ---- Words and options ----------------------------------------------------------------------------------------

function monthWord(word: string | undefined): Month {
  if (word === undefined || !isMonth(word)) {
    throw new UsageError(`「${word ?? ""}」不是月份，请写 YYYY-MM，例如 2020-03。`);
  }
  return word;
}

function option<T extends string>(values: Values, name: string, allowed: readonly T[]): T {
  const found = allowed.find((each) => each === values[name]);
  if (found === undefined) {
    throw new UsageError(`--${name} 应为 ${allowed.join("、")} 之一。`);
  }
  return found;
}

function optional(values: Values, name: string): string | undefined {
  const value = values[name];
  return typeof value === "string" ? value : undefined;
}

// ---- Output ---------------------------------------------------------------------------------------------------

const isTerminal = process.stderr.isTTY === true;

/** A line that overwrites itself on a terminal; nothing in a pipe. */
function progress(words: string): void {
  if (isTerminal) {
    process.stderr.write(`\r\u001b[K${words}`);
  }
}

function say(line: string): void {
  progress("");
  process.stdout.write(`${printable(line)}\n`);
}

const notice = (line: string): void => {
  progress("");
  process.stderr.write(`注意：${printable(line)}\n`);
};

/** `npm run` starts us in the package's folder; paths are meant from where it was called. */
function fromCaller(file: string): string {
  const caller = process.env["npm_lifecycle_event"] === "xinyi" ? process.env["INIT_CWD"] : undefined;
  return path.resolve(caller ?? ".", file);
}

async function writeOut(
  pieces: AsyncIterable<string | Buffer> | Iterable<string | Buffer>,
  out: string | undefined,
): Promise<void> {
  if (out === undefined) {
    for await (const piece of pieces) {
      if (!process.stdout.write(piece)) {
        await once(process.stdout, "drain");
      }
    }
    return;
  }
  const target = fromCaller(out);
  // Written beside and renamed, so that a half-written file never carries the name asked for.
  const draft = `${target}.${process.pid}.tmp`;
  try {
    await writeFile(draft, pieces);
    await rename(draft, target);
  } catch (error) {
    await rm(draft, { force: true });
    throw error instanceof Refusal || (error as NodeJS.ErrnoException).code === undefined
      ? error
      : refuse(
          "OUT_UNWRITABLE",
          `文件 ${target} 不能写入（${String((error as NodeJS.ErrnoException).code)}）。`,
          "请检查文件夹是否存在、是否有写权限。",
        );
  }
}

function filesFolderOf(config: Config): string {
  return path.join(config.dataFolder, "files");
}

async function withBooks(config: Config, work: (db: Db) => Promise<number>): Promise<number> {
  const db = await openBooks(config.databaseUrl);
  try {
    return await work(db);
  } finally {
    await db.destroy();
  }
}

// ---- Commands -------------------------------------------------------------------------------------------------

async function serve(_words: readonly string[], values: Values, config: Config): Promise<number> {
  const port = optional(values, "port");
  const db = await openBooks(config.databaseUrl);
  try {
    if (!config.production && values["empty"] !== true && (await listCommunities(db)).length === 0) {
      say("数据文件夹是空的，正在放入示例小区“风华苑”并结账、公布……");
      await bringSample(db, { ...environment(), done: (month) => progress(`示例小区 ${month}`) });
    }
    const wanted = port === undefined ? config.port : readPort(port);
    const options = { filesFolder: filesFolderOf(config), publicUrl: publicUrlOf(config, wanted) };
    const server = createServer(buildApp(db, options)).listen(wanted, config.host);
    await once(server, "listening").catch((error: NodeJS.ErrnoException) => {
      const message = `不能在 ${config.host}:${wanted} 上启动（${error.code ?? error.message}）。`;
      throw refuse("PORT_UNAVAILABLE", message, "请用 --port 换一个端口，或先停掉占用它的程序。", 409);
    });
    const address = server.address() as AddressInfo;
    const host = address.family === "IPv6" ? `[${address.address}]` : address.address;
    say(`信义账已启动：http://${host === "127.0.0.1" ? "localhost" : host}:${address.port}/`);
    const code = await setUpCode(db, new Date());
    if (code !== null) {
      say(`第一次使用：请打开 ${options.publicUrl}/join?code=${code} 设置系统管理员（7 天内有效，只能用一次）。`);
    }
    const stop = await keepHouse(openDoor(db, options));
    await Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")]);
    stop();
    server.close();
    server.closeAllConnections();
    return 0;
  } finally {
    await db.destroy();
  }
}

/** What time alone brings about, now and from now on: answers how to end it. */
async function keepHouse(door: Door): Promise<() => void> {
  const finish = (): Promise<void> =>
    finishDue(door, ({ community, assembly }, error) =>
      notice(`${community} 第 ${assembly} 次业主大会表决的结果没有确认成功：${String(error)}`),
    );
  const chores = [
    { everyMs: TIDY_EVERY_MS, work: () => tidy(door.db, new Date()), what: "清理过期的登录" },
    { everyMs: FINISH_EVERY_MS, work: finish, what: "确认表决结果" },
    {
      everyMs: SCRUB_EVERY_MS,
      work: () => scrubSecret(door.db, new Date()),
      what: "清除不记名选票在数据库文件里的痕迹",
    },
  ];
  for (const { work } of chores) {
    await work();
  }
  const timers = chores.map(({ everyMs, work, what }) =>
    setInterval(() => {
      work().catch((error: unknown) => notice(`${what}没有成功：${String(error)}`));
    }, everyMs),
  );
  return () => timers.forEach((timer) => clearInterval(timer));
}

const TIDY_EVERY_MS = 3_600_000;
/** Votes whose objection period is over become final by themselves. */
const FINISH_EVERY_MS = 60_000;
/** Soon after a secret vote was counted nothing of its choices is left in the files. */
const SCRUB_EVERY_MS = 60_000;

function publicUrlOf(config: Config, port: number): string {
  return config.publicUrl === "" ? `http://localhost:${port}` : config.publicUrl;
}

function runOperator(_words: readonly string[], _values: Values, config: Config): Promise<number> {
  return withBooks(config, async (db) => {
    const code = await rescueCode(db, new Date());
    say(`请打开 ${publicUrlOf(config, config.port)}/join?code=${code} 新增一位系统管理员（7 天内有效，只能用一次）。`);
    return 0;
  });
}

function environment(): {
  now: Date;
  notice: (line: string) => void;
  progress: (file: string, bytes: number, total: number) => void;
} {
  return {
    now: new Date(),
    notice,
    progress: (file, bytes, total) => progress(`${file} ${Math.floor((100 * bytes) / Math.max(1, total))} %`),
  };
}

const LABELS: Readonly<Record<string, string>> = {
  "receipts.csv": "收款",
  "payments.csv": "付款",
  "transfers.csv": "划转",
  "bank.csv": "银行流水",
};

function runImport(words: readonly string[], values: Values, config: Config): Promise<number> {
  return withBooks(config, async (db) => {
    const takeLate = values["late"] === true;
    const report = await importFolder(db, fromCaller(words[0] ?? ""), { ...environment(), takeLate });
    const added = Object.entries(report.added).map(([what, count]) => `${LABELS[what] ?? what} ${count}`);
    const known = report.known === 0 ? "" : `；${report.known} 行以前已导入，未重复记账`;
    say(
      `${report.name}（${report.community}）：${added.length === 0 ? "没有新内容" : `新增 ${added.join("、")}`}${known}。`,
    );
    return 0;
  });
}

function runClose([code = "", word]: readonly string[], _values: Values, config: Config): Promise<number> {
  const month = monthWord(word);
  return withBooks(config, async (db) => {
    const closed = await closeThrough(db, code, month, { now: new Date(), done: (each) => progress(`结账 ${each}`) });
    say(closed.length === 0 ? `${month} 以前已经结账，没有改动。` : `已结账：${closed.join("、")}。`);
    return 0;
  });
}

function runPublish([code = "", word]: readonly string[], _values: Values, config: Config): Promise<number> {
  const month = monthWord(word);
  return withBooks(config, async (db) => {
    const published = await publishThrough(db, code, month, {
      now: new Date(),
      done: (each) => progress(`公布 ${each}`),
    });
    say(published.length === 0 ? `${month} 以前已经公布，没有改动。` : `已公布：${published.join("、")}。`);
    return 0;
  });
}

const STATEMENT_FORMATS: readonly DownloadFormat[] = ["json", "html", "pdf", "csv", "xlsx"];

function runStatement([code = "", word]: readonly string[], values: Values, config: Config): Promise<number> {
  const month = monthWord(word);
  const format = option(values, "format", STATEMENT_FORMATS);
  const revision = optional(values, "revision");
  if (revision !== undefined && !/^[1-9]\d{0,5}$/.test(revision)) {
    throw new UsageError("--revision 应为 1、2、3 …");
  }
  return withBooks(config, async (db) => {
    await ledger.bookOf(db, code);
    const statement = await findStatement(db, code, month, revision === undefined ? undefined : Number(revision));
    if (statement === null) {
      throw notPublished(code, month, revision);
    }
    const { body } = await download(db, statement, format);
    await writeOut([body], optional(values, "out"));
    return 0;
  });
}

const JOURNAL_FORMATS: readonly JournalFormat[] = ["hledger", "beancount", "csv"];

function runExport([code = ""]: readonly string[], values: Values, config: Config): Promise<number> {
  const format = option(values, "format", JOURNAL_FORMATS);
  const through = optional(values, "through");
  const last = through === undefined ? LATEST_MONTH : monthWord(through);
  return withBooks(config, async (db) => {
    await ledger.bookOf(db, code);
    await writeOut(exportJournal(db, code, format, last), optional(values, "out"));
    return 0;
  });
}

/** Counts files alone: no books are opened. */
async function runTally(_words: readonly string[], values: Values): Promise<number> {
  const matter = option(values, "matter", MATTER_KINDS);
  option(values, "format", ["json"]);
  const [roll, ballots] = [optional(values, "roll"), optional(values, "ballots")];
  if (roll === undefined || ballots === undefined) {
    throw new UsageError("tally 要用 --roll 给出业主名册，用 --ballots 给出表决票。");
  }
  const files = { roll: fromCaller(roll), ballots: fromCaller(ballots) };
  const tally = await tallyFiles(matter, files, environment());
  await writeOut([`${JSON.stringify(tallyJson(tally), null, 1)}\n`], optional(values, "out"));
  return 0;
}

function runCorrect([code = "", number = ""]: readonly string[], values: Values, config: Config): Promise<number> {
  const account = optional(values, "account");
  const wish = {
    code: number,
    reason: optional(values, "reason") ?? "",
    ...(account === undefined ? {} : { account }),
  };
  return withBooks(config, async (db) => {
    const now = new Date();
    const entries = await runTx(db, code, (tx) => bookCorrection(tx, code, wish, now));
    say(`已更正 ${number}：${entries.map((entry) => entryCode(entry.month, entry.number)).join("、")}。`);
    return 0;
  });
}

function runRestate([code = "", word]: readonly string[], values: Values, config: Config): Promise<number> {
  const month = monthWord(word);
  return withBooks(config, async (db) => {
    await ledger.bookOf(db, code);
    const published = await restate(db, code, month, optional(values, "reason") ?? "", new Date());
    say(`已公布 ${month} 第 ${published.revision} 版，校验码 ${published.digest}。`);
    if (movesClosing(published.bytes)) {
      say("月末余额因此不同：以后已公布的各月月初余额也不同，请依次重述。");
    }
    return 0;
  });
}

function movesClosing(bytes: string): boolean {
  return parseStatement(bytes).restated?.differences.some(({ path: at }) => /^funds\..*\.closing$/.test(at)) === true;
}

function isFile(word: string): boolean {
  return statSync(word, { throwIfNoEntry: false })?.isFile() === true;
}

function runVerify(words: readonly string[], _values: Values, config: Config): Promise<number> {
  return withBooks(config, async (db) => {
    let holds = true;
    for (const word of words) {
      holds = (await verifyWord(db, openFiles(filesFolderOf(config)), word)) && holds;
    }
    return holds ? 0 : 1;
  });
}

/** Whether everything holds. A refusal of one word must not keep the others from being checked. */
async function verifyWord(db: Db, files: Files, word: string): Promise<boolean> {
  try {
    const file = fromCaller(word);
    const parts = isFile(file)
      ? [await verifyFile(db, file)]
      : [await verifyCommunity(db, word), await verifyVouchers(db, word, files)];
    const faults = parts.flatMap((part) => part.faults);
    const checked = parts.flatMap((part) => part.checked);
    faults.forEach((fault) => process.stderr.write(`不符：${printable(fault)}\n`));
    say(
      faults.length === 0 ? `${word}：全部相符。已核对 ${checked.join("；")}。` : `${word}：${faults.length} 处不符。`,
    );
    return faults.length === 0;
  } catch (error) {
    if (!(error instanceof Refusal)) {
      throw error;
    }
    process.stderr.write(`${error.message}\n`);
    return false;
  }
}

// ---- Start ----------------------------------------------------------------------------------------------------

// A reader that closes the pipe early (`| head`) is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  process.exit(error.code === "EPIPE" ? 0 : 1);
});

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  progress("");
  if (error instanceof UsageError) {
    process.stderr.write(`${error.message}\n\n${USAGE}`);
    process.exitCode = 2;
  } else if (error instanceof Refusal) {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  } else {
    process.stderr.write(
      `程序内部错误，没有改动任何数据。\n${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    );
    process.exitCode = 1;
  }
}
