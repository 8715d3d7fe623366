// The journal in the hands of other programs: hledger and beancount accept it and come to the same balances.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { expect } from "chai";
import { fromYuan, negate } from "../../src/base/money.ts";
import { month } from "../../src/base/month.ts";
import { importFolder } from "../../src/intake/service.ts";
import { closeThrough } from "../../src/period/service.ts";
import type { JournalFormat } from "../../src/proof/rules.ts";
import { exportJournal } from "../../src/proof/service.ts";
import { listStatements, parseStatement, publishThrough } from "../../src/statement/service.ts";
import { useBooks } from "../support/databases.ts";
import { listening, SAMPLE, smallFolder, writeFolder } from "../support/folders.ts";

const now = new Date("2026-11-21T04:00:00Z");
const has = (tool: string): boolean => spawnSync(tool, ["--version"]).status === 0;

describe("the exported journal", function () {
  this.timeout(120_000);
  const books = useBooks("SQLite");
  const folder = mkdtempSync(path.join(os.tmpdir(), "xinyi-export-"));
  const files = { hledger: path.join(folder, "j.journal"), beancount: path.join(folder, "j.beancount") };

  const exported = async (code: string, format: JournalFormat): Promise<string> => {
    let text = "";
    for await (const piece of exportJournal(books.db, code, format, "9999-12")) {
      text += piece;
    }
    return text;
  };

  before(async () => {
    await importFolder(books.db, SAMPLE, listening());
    await closeThrough(books.db, "fenghuayuan", month("2021-03"), { now });
    await publishThrough(books.db, "fenghuayuan", month("2021-03"), { now });
    writeFileSync(files.hledger, await exported("fenghuayuan", "hledger"));
    writeFileSync(files.beancount, await exported("fenghuayuan", "beancount"));
    const odd = smallFolder();
    const rename = (text: string | Uint8Array): string => String(text).replaceAll("101", "3栋 2单元/101室#(甲)");
    odd["units.csv"] = rename(odd["units.csv"] ?? "");
    odd["opening.csv"] = rename(odd["opening.csv"] ?? "");
    odd["receipts.csv"] =
      `${rename(odd["receipts.csv"] ?? "")}2020-03-09,common,4001,5.00,102,"""引号""; 分号 | 竖线\\反斜杠",R9\n`;
    await importFolder(books.db, writeFolder(odd), listening());
    await closeThrough(books.db, "small", month("2020-03"), { now });
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** What hledger has on each account at the end of each month: account → month → fen. */
  function hledgerBalances(): Map<string, Map<string, number>> {
    const args = ["-f", files.hledger, "balance", "--monthly", "--historical", "--depth", "3", "-O", "csv"];
    const { stdout } = spawnSync("hledger", args, { encoding: "utf8" });
    const [head = [], ...rows] = stdout
      .trim()
      .split("\n")
      .map((line) => line.slice(1, -1).split('","'));
    return new Map(
      rows.map(([account = "", ...amounts]) => [
        account,
        new Map(
          amounts.map((amount, index) => [
            head[index + 1] ?? "",
            amount === "0" ? 0 : fromYuan(amount.replace("CNY ", "")),
          ]),
        ),
      ]),
    );
  }

  it("is accepted by hledger, and its balances are the statements'", function () {
    if (!has("hledger")) {
      process.stdout.write("    (hledger is not installed: skipped)\n");
      this.skip();
    }
    expect(spawnSync("hledger", ["-f", files.hledger, "check"], { encoding: "utf8" })).to.include({
      status: 0,
      stderr: "",
    });
  });

  it("has the statements' balances at every month's end, says hledger", async function () {
    if (!has("hledger")) {
      this.skip();
    }
    const statements = (await listStatements(books.db, "fenghuayuan")).map((each) => parseStatement(each.bytes));
    expect(statements).to.have.length(15);
    const balances = hledgerBalances();
    for (const { month: m, funds, collection, draw } of statements) {
      const figures = {
        "Assets:Common:1002": fromYuan(funds["common"]?.closing ?? ""),
        "Assets:Repair:1002": fromYuan(funds["repair"]?.closing ?? ""),
        "Assets:Common:1122": fromYuan(collection.arrears),
        "Liabilities:Common:2203": negate(fromYuan(collection.prepaid)),
        "Liabilities:Common:2231": negate(fromYuan(draw.unpaid)),
      };
      const found = Object.keys(figures).map((account) => [account, balances.get(account)?.get(m)]);
      expect(Object.fromEntries(found), m).to.deep.equal(figures);
    }
  });

  it("is accepted by beancount", function () {
    if (!has("bean-check")) {
      process.stdout.write("    (beancount is not installed: skipped)\n");
      this.skip();
    }
    expect(spawnSync("bean-check", [files.beancount], { encoding: "utf8" })).to.include({ status: 0, stdout: "" });
  });

  it("survives unit names and memos with any characters, and keeps two units two accounts", async function () {
    const journal = path.join(folder, "odd.journal");
    writeFileSync(journal, await exported("small", "hledger"));
    const beancount = path.join(folder, "odd.beancount");
    writeFileSync(beancount, await exported("small", "beancount"));
    if (!has("hledger") || !has("bean-check")) {
      this.skip();
    }
    expect(spawnSync("hledger", ["-f", journal, "check"], { encoding: "utf8" })).to.include({ status: 0, stderr: "" });
    expect(spawnSync("bean-check", [beancount], { encoding: "utf8" })).to.include({ status: 0, stdout: "" });
  });

  it("is one row a line in CSV, each with its number, debit or credit", async () => {
    const rows = (await exported("small", "csv")).split("\r\n");
    expect(rows[0]).to.equal(
      "\uFEFF凭证号,日期,实际日期,类型,摘要,收款方,发票号码,决议,更正,原因,资金,科目,科目名称,房号,所属月,银行账户,用途,借方,贷方",
    );
    expect(rows.filter((row) => row.startsWith("2020-02-0002"))).to.deep.equal([
      "2020-02-0002,2020-02-12,2020-02-12,payment,2020-01 受托人酬金,小院物业,INV1,,,,common,1002,银行存款,,,common,5101,,42.00",
      "2020-02-0002,2020-02-12,2020-02-12,payment,2020-01 受托人酬金,小院物业,INV1,,,,common,2231,应付受托人酬金,,,,,42.00,",
    ]);
  });
});
