// The command line as scripts see it: exit codes, what goes where, and what a refusal leaves behind.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { openBooks } from "../src/app.ts";
import { month } from "../src/base/month.ts";
import { importFolder } from "../src/intake/service.ts";
import { closeThrough } from "../src/period/service.ts";
import { runTx } from "../src/platform/db.ts";
import { findStatement, publishThrough } from "../src/statement/service.ts";
import { DIALECTS, emptyDatabase, useBooks } from "./support/databases.ts";
import { listening, SAMPLE, SMALL_COMMUNITY, smallFolder, VOTE_FENGHUAYUAN, writeFolder } from "./support/folders.ts";

/** The package's bin, as npm installs it. */
const XINYI = path.resolve("src/xinyi.js");
const now = new Date("2026-11-21T04:00:00Z");

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
  readonly bytes: Buffer;
}

async function run(args: readonly string[], env: Record<string, string>, cwd = "."): Promise<Ended> {
  const { DATABASE_URL: _url, XINYI_DATA: _data, ...rest } = process.env;
  const child = spawn(process.execPath, [XINYI, ...args], {
    env: { ...rest, ...env },
    cwd,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on("data", (piece: Buffer) => out.push(piece));
  child.stderr.on("data", (piece: Buffer) => err.push(piece));
  const [code] = (await once(child, "close")) as [number | null];
  const bytes = Buffer.concat(out);
  return { code, out: bytes.toString(), err: Buffer.concat(err).toString(), bytes };
}

/** What moves a terminal's cursor or colours; a line end is none. */
const CONTROL = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/u;

/** A refusal: exit code 1, nothing on standard output, the reason and the remedy and no stack on standard error. */
function expectRefused(ended: Ended, words: string): void {
  expect(ended.err).to.include(words).and.to.include("怎么办：");
  expect(ended.err).not.to.match(/程序内部错误|\n\s+at /u);
  expect(ended.err).not.to.match(CONTROL);
  expect(ended).to.include({ code: 1, out: "" });
}

describe("the command line", function () {
  this.timeout(60_000);
  const books = useBooks("SQLite");
  const folder = writeFolder({});
  const xinyi = (...args: string[]): Promise<Ended> => run(args, { DATABASE_URL: books.url });

  it("answers wrong usage with exit code 2 and how to use it", async () => {
    const wrong = [
      [],
      ["nonsense"],
      ["import"],
      ["close", "small", "2020-13"],
      ["statement", "small", "2020-01", "--format", "docx"],
      ["tally", "--matter", "fee", "--roll", "u.csv", "--ballots", "b.csv", "--format", "json"],
      ["tally", "--matter", "fee-change", "--roll", "u.csv", "--format", "json"],
    ];
    for (const ended of await Promise.all(wrong.map((args) => xinyi(...args)))) {
      expect(ended.code).to.equal(2);
      expect(ended.out + ended.err).to.include("用法：xinyi COMMAND");
    }
  });

  it("prints how to use it when asked, with exit code 0", async () => {
    expect(await xinyi("help")).to.include({ code: 0, err: "" });
  });

  it("imports a folder, says what is new, and is quiet in a pipe", async () => {
    const first = await xinyi("import", writeFolder(smallFolder()));
    expect(first).to.include({ code: 0, err: "" });
    expect(first.out).to.equal(
      "小院（small）：新增 小区 1、单价 2、户 3、期初余额 4、预算 2、收款 4、付款 2、划转 1、银行流水 1。\n",
    );
    const again = await xinyi("import", writeFolder(smallFolder()));
    expect(again).to.include({ code: 0, err: "" });
    expect(again.out).to.equal("小院（small）：没有新内容；12 行以前已导入，未重复记账。\n");
  });

  it("refuses a faulty folder with exit code 1, one line a fault, on standard error", async () => {
    const receipts = `${String(smallFolder()["receipts.csv"])}2020-02-30,icbc,4002,1e3,,,X1\n`;
    const ended = await xinyi("import", writeFolder({ ...smallFolder(), "receipts.csv": receipts }));
    expectRefused(ended, 'receipts.csv 第 6 行「日期」 "2020-02-30"');
    expect(ended.err.trim().split("\n")).to.have.length(3);
  });

  it("counts a vote from two files, and refuses a ballot that cannot count with its line", async () => {
    const roll = path.join(SAMPLE, "units.csv");
    const tally = (ballots: string): Promise<Ended> =>
      xinyi("tally", "--matter", "fee-change", "--roll", roll, "--ballots", ballots, "--format", "json");
    const counted = await tally(path.join(VOTE_FENGHUAYUAN, "ballots.csv"));
    expect(counted).to.include({ code: 0, err: "" });
    expect(JSON.parse(counted.out)).to.deep.equal(
      JSON.parse(readFileSync(path.join(VOTE_FENGHUAYUAN, "expected-fee-change.json"), "utf8")),
    );
    const twice = writeFolder({ "b.csv": "业主编号,选择,方式,时间\nP0092,同意,电子,\nP0092,反对,纸质,\n" });
    expectRefused(await tally(path.join(twice, "b.csv")), 'b.csv 第 3 行「业主编号」 "P0092"');
  });

  it("refuses a folder that does not exist", async () => {
    expectRefused(await xinyi("import", path.join(folder, "nowhere")), "没有文件夹");
  });

  it("says what it ignores without a file's control characters", async () => {
    const files = {
      "community.json": JSON.stringify({ ...SMALL_COMMUNITY, code: "signs" }),
      "budget.csv": "年度,科目,金额,\u001b]0;title\u0007\n",
    };
    const ended = await xinyi("import", writeFolder(files));
    expect(ended.code).to.equal(0);
    expect(ended.err).to.include("注意：budget.csv：不认识的列");
    expect(ended.err).not.to.match(CONTROL);
  });

  it("shows nothing of community.json's control characters when that is no JSON", async () => {
    const ended = await xinyi("import", writeFolder({ "community.json": "\u001b[2J{" }));
    expectRefused(ended, "community.json");
  });

  it("refuses to publish an open month, and says how to close it", async () => {
    expectRefused(await xinyi("publish", "small", "2020-01"), "请先结账（第一个未结账的月份是 2020-01）");
  });

  it("refuses to close a month before the books or one that is not over", async () => {
    expectRefused(await xinyi("close", "small", "2019-12"), "2019-12 早于账簿的第一个月 2020-01");
    expectRefused(await xinyi("close", "small", "2999-01"), "还没有过完");
  });

  it("closes the months before a month too, in order, and says so when there is nothing to close", async () => {
    expect(await xinyi("close", "small", "2020-02")).to.include({
      code: 0,
      out: "已结账：2020-01、2020-02。\n",
      err: "",
    });
    const book: unknown = await books.db("book").where({ community: "small" }).first();
    expect(await xinyi("close", "small", "2020-02")).to.include({ code: 0, out: "2020-02 以前已经结账，没有改动。\n" });
    expect(await books.db("book").where({ community: "small" }).first()).to.deep.equal(book);
  });

  it("publishes in order, and changes nothing the second time", async () => {
    expect(await xinyi("publish", "small", "2020-02")).to.include({ code: 0, out: "已公布：2020-01、2020-02。\n" });
    const published: unknown[] = await books.db("statement").where({ community: "small" });
    expect(await xinyi("publish", "small", "2020-02")).to.include({
      code: 0,
      out: "2020-02 以前已经公布，没有改动。\n",
    });
    expect(await books.db("statement").where({ community: "small" })).to.deep.equal(published);
  });

  it("refuses a community that it does not have, whatever is asked", async () => {
    const asked = [
      ["close", "nobody", "2020-01"],
      ["publish", "nobody", "2020-01"],
      ["export", "nobody", "--format", "csv"],
      ["restate", "nobody", "2020-01", "--reason", "错"],
    ];
    for (const ended of await Promise.all(asked.map((args) => xinyi(...args)))) {
      expectRefused(ended, "没有代码为「nobody」的小区");
    }
  });

  it("prints a published statement as it was published", async () => {
    const { code, out, err } = await xinyi("statement", "small", "2020-01", "--format", "json");
    const published = await findStatement(books.db, "small", month("2020-01"));
    expect({ code, err }).to.deep.equal({ code: 0, err: "" });
    expect(out.trimEnd()).to.equal(published?.bytes);
  });

  it("prints the other formats, each with its own beginning", async () => {
    for (const [format, begins] of [
      ["html", "<!doctype html"],
      ["pdf", "%PDF-"],
    ] as const) {
      const { code, bytes } = await xinyi("statement", "small", "2020-01", "--format", format);
      expect(code).to.equal(0);
      expect(bytes.toString("utf8", 0, 20).toLowerCase().startsWith(begins.toLowerCase()), format).to.equal(true);
    }
  });

  it("writes a statement to a file, and nothing when there is no such statement", async () => {
    const file = path.join(folder, "statement.json");
    expect(await xinyi("statement", "small", "2020-01", "--format", "json", "--out", file)).to.include({
      code: 0,
      out: "",
    });
    const open = path.join(folder, "open.json");
    expectRefused(
      await xinyi("statement", "small", "2020-03", "--format", "json", "--out", open),
      "这个小区没有公布过 2020-03 的收支公示",
    );
    expect(existsSync(open)).to.equal(false);
    expectRefused(
      await xinyi("statement", "small", "2020-01", "--format", "json", "--out", path.join(folder, "no", "x.json")),
      "不能写入（ENOENT）",
    );
  });

  it("verifies a community and a statement file, and says what was tampered with", async () => {
    const good = await findStatement(books.db, "small", month("2020-01"));
    const file = path.join(folder, "good.json");
    writeFileSync(file, good?.bytes ?? "");
    const tampered = path.join(folder, "tampered.json");
    writeFileSync(tampered, (good?.bytes ?? "").replace('"received":"280.00"', '"received":"380.00"'));

    const fine = await xinyi("verify", "small", file);
    expect(fine).to.include({ code: 0, err: "" });
    expect(fine.out).to.match(/^small：全部相符。.*\n.*good\.json：全部相符。.*\n$/u);

    expect(readFileSync(tampered, "utf8")).not.to.equal(good?.bytes);
    const found = await xinyi("verify", tampered);
    expect(found.code).to.equal(1);
    expect(found.err).to.include("不符：").and.to.include("这份文件不是公布的那一份");
  });

  it("verifies a community even where a folder has its name", async () => {
    mkdirSync(path.join(folder, "small"));
    const ended = await run(["verify", "small"], { DATABASE_URL: books.url }, folder);
    expect(ended).to.include({ code: 0, err: "" });
  });

  it("refuses to verify what is no statement", async () => {
    const files = {
      empty: "",
      other: "[1]",
      half: '{"format":"xinyi.statement/1","funds":{},"bank":[],"community":{}}',
    };
    for (const [name, text] of Object.entries(files)) {
      writeFileSync(path.join(folder, name), text);
      expectRefused(await xinyi("verify", path.join(folder, name)), "不是信义账的收支公示文件");
    }
  });

  it("exports the journal into a pipe that is closed early without a complaint", async () => {
    const { DATABASE_URL: _url, ...rest } = process.env;
    const command = `"$NODE" "$XINYI" export small --format hledger | head -n 1; exit \${PIPESTATUS[0]}`;
    const shell = spawn("bash", ["-c", command], {
      env: { ...rest, DATABASE_URL: books.url, NODE: process.execPath, XINYI },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let said = "";
    shell.stdout.on("data", (piece: Buffer) => (said += piece.toString()));
    shell.stderr.on("data", (piece: Buffer) => (said += piece.toString()));
    const [code] = (await once(shell, "close")) as [number];
    expect(code).to.equal(0);
    expect(said.trim().split("\n")).to.have.length(1);
  });

  it("exports through a month", async () => {
    const { code, out } = await xinyi("export", "small", "--format", "csv", "--through", "2020-01");
    expect(code).to.equal(0);
    expect(out).to.include("2020-01").and.not.to.include("2020-02-07");
  });

  it("corrects an entry only with a reason, and only once", async () => {
    expectRefused(await xinyi("correct", "small", "2020-01-0001"), "更正没有写明原因");
    expectRefused(await xinyi("correct", "small", "2020-01-9999", "--reason", "错"), "没有凭证号为「2020-01-9999」");
    const rows: { month: string; number: number }[] = await books
      .db("entry")
      .where({ community: "small", memo: "停车费" });
    const number = `2020-01-${String(rows[0]?.number).padStart(4, "0")}`;
    const corrected = await xinyi("correct", "small", number, "--reason", "误记科目", "--account", "4102");
    expect(corrected).to.include({ code: 0, err: "" });
    expect(corrected.out).to.match(/^已更正 2020-01-\d{4}：2020-03-\d{4}、2020-03-\d{4}。\n$/u);
    expectRefused(await xinyi("correct", "small", number, "--reason", "再来"), "已经更正过");
  });

  it("restates a published month only with a reason and a difference, keeping both revisions", async () => {
    expectRefused(await xinyi("restate", "small", "2020-01"), "重述没有写明原因");
    expectRefused(await xinyi("restate", "small", "2020-02", "--reason", "无"), "2020-02 的公示没有变化");
    await xinyi("close", "small", "2020-03");
    const restated = await xinyi("restate", "small", "2020-01", "--reason", "误记科目");
    expect(restated).to.include({ code: 0, err: "" });
    expect(restated.out).to.match(/^已公布 2020-01 第 2 版，校验码 [0-9a-f]{64}。\n$/u);
    const first = await xinyi("statement", "small", "2020-01", "--format", "json", "--revision", "1");
    const second = await xinyi("statement", "small", "2020-01", "--format", "json");
    expect(JSON.parse(first.out)).to.include({ revision: 1 });
    expect(JSON.parse(second.out)).to.include({ revision: 2 });
    expect(await xinyi("verify", "small")).to.include({ code: 0, err: "" });
  });

  it("reads a statement while a long import is at work", async () => {
    await runTx(books.db, "small", async (tx) => {
      await tx("owner").insert({ community: "small", id: "BUSY", name: "忙" });
      const ended = await xinyi("statement", "small", "2020-01", "--format", "json", "--revision", "1");
      expect(ended).to.include({ code: 0, err: "" });
    });
  });
});

describe("the command line refuses to start with", function () {
  this.timeout(60_000);
  const verify = (env: Record<string, string>): Promise<Ended> => run(["verify", "small"], env);

  it("a data folder below a regular file", async () => {
    const file = path.join(writeFolder({ "not-a-folder": "x" }), "not-a-folder");
    expectRefused(await verify({ XINYI_DATA: path.join(file, "data") }), "账本文件");
    expect(readFileSync(file, "utf8")).to.equal("x");
  });

  it("a data file that is no database", async () => {
    const folder = writeFolder({ "xinyi.sqlite": "not a database, but somebody's letter\n".repeat(100) });
    expectRefused(await verify({ XINYI_DATA: folder }), "账本文件");
  });

  for (const url of ["nonsense", "sqlite:"]) {
    it(`DATABASE_URL ${url}`, async () => {
      expectRefused(await verify({ DATABASE_URL: url }), `DATABASE_URL「${url}」无法识别`);
    });
  }

  it("a PostgreSQL server that does not answer", async () => {
    expectRefused(await verify({ DATABASE_URL: "postgres://xinyi@127.0.0.1:1/xinyi" }), "连接不上 DATABASE_URL");
  });

  it("a PostgreSQL address that cannot be read, showing no password", async () => {
    const ended = await verify({ DATABASE_URL: "postgres://xinyi:secret@127.0.0.1:99999/xinyi" });
    expectRefused(ended, "DATABASE_URL");
    expect(ended.err).not.to.include("secret");
  });

  for (const dialect of DIALECTS) {
    it(`a ${dialect} database from a newer version, changing nothing`, async () => {
      const empty = await emptyDatabase(dialect);
      const db = await openBooks(empty.url);
      await importFolder(db, writeFolder(smallFolder()), listening());
      await closeThrough(db, "small", month("2020-01"), { now });
      await publishThrough(db, "small", month("2020-01"), { now });
      await db("migration").insert({ name: "0099-from-the-future", batch: 2, migration_time: now });
      const book: unknown = await db("book").first();
      expectRefused(await run(["close", "small", "2020-02"], { DATABASE_URL: empty.url }), "0099-from-the-future");
      expect(await db("book").first()).to.deep.equal(book);
      await db.destroy();
      await empty.remove();
    });
  }
});
