// What verify says of sound books, of books that grew since, and of books that somebody changed past the program.
import { expect } from "chai";
import { day, month } from "../../src/base/month.ts";
import { refundDraft } from "../../src/fees/rules.ts";
import { importFolder } from "../../src/intake/service.ts";
import * as ledger from "../../src/ledger/service.ts";
import { runTx } from "../../src/platform/db.ts";
import { closeThrough } from "../../src/period/service.ts";
import { exportAccount } from "../../src/proof/rules.ts";
import { verifyCommunity } from "../../src/proof/service.ts";
import { fen } from "../../src/base/money.ts";
import { publishThrough } from "../../src/statement/service.ts";
import { useBooks } from "../support/databases.ts";
import { listening, SMALL_COMMUNITY, smallFolder, writeFolder } from "../support/folders.ts";
import { pastTheProgram } from "../support/tampering.ts";

const now = new Date("2026-11-21T04:00:00Z");

describe("verifying a community", () => {
  const books = useBooks("SQLite");
  let count = 0;

  /** A published January of a community of its own, and how to bring more into it. */
  async function published(): Promise<{
    code: string;
    bring: (files: Record<string, string | Uint8Array>) => Promise<unknown>;
  }> {
    count += 1;
    const code = `verify-${count}`;
    const bring = (files: Record<string, string | Uint8Array>): Promise<unknown> => {
      const community = JSON.stringify({ ...SMALL_COMMUNITY, code });
      return importFolder(
        books.db,
        writeFolder({ ...smallFolder(), "community.json": community, ...files }),
        listening(),
      );
    };
    await bring({ "bank.csv": "账户,交易日期,收入,支出,余额,对方户名,摘要,流水号\n" });
    await closeThrough(books.db, code, month("2020-01"), { now });
    await publishThrough(books.db, code, month("2020-01"), { now });
    return { code, bring };
  }

  const faultsOf = async (code: string): Promise<readonly string[]> => (await verifyCommunity(books.db, code)).faults;

  it("finds nothing wrong when bank lines, budgets and accounts came in after publication", async () => {
    const { code, bring } = await published();
    const bankAccounts = [...SMALL_COMMUNITY.bankAccounts, { code: "held", name: "代收专户", fund: "custody" }];
    await bring({
      "community.json": JSON.stringify({ ...SMALL_COMMUNITY, code, bankAccounts }),
      "bank.csv":
        "账户,交易日期,收入,支出,余额,对方户名,摘要,流水号\ncommon,2020-01-05,200,,1200,甲,物业费,R1\ncommon,2020-02-05,1,,1131,乙,其他,B9\n",
      "budget.csv": `${String(smallFolder()["budget.csv"])}2020,5101,300.00\n`,
    });
    expect(await faultsOf(code)).to.deep.equal([]);
  });

  it("finds money of one fund in the account of another, though every fund balances", async () => {
    const { code } = await published();
    const refund = { day: day("2020-02-05"), bank: "repair", amount: fen(100), unit: "101", memo: "退", source: "x~1" };
    await runTx(books.db, code, (tx) => ledger.post(tx, code, [refundDraft(refund)], now));
    expect(await faultsOf(code)).to.deep.equal(["凭证 2020-02-0003 把资金 common 的钱记在别的资金的账户 repair 里"]);
  });

  for (const [what, table, change, says] of [
    ["a changed memo", "entry", { memo: "改过" }, /内容、分录或前一张凭证/],
    ["a changed amount", "entry_line", { amount: 1 }, /内容、分录或前一张凭证/],
    ["a changed balance", "balance", { debit: 7 }, /余额 .*：存的是/],
    ["a changed bill", "bill", { settled: 0 }, /分户余额/],
    ["a changed statement", "statement", { bytes: "{}" }, /与公布时的校验码不符/],
    ["a changed draw", "draw", { earned: 1 }, /酬金的基数或应提数与收款不符/],
    ["a changed collection", "collection", { arrears: 1 }, /欠费或预缴合计与科目余额不符/],
    ["a bill that is changed and called paid", "bill", { amount: 9, settled: 9 }, /账单 101 2020-01：存的是 0.09/],
    ["another area", "unit", { area: "1" }, /账单 101 2020-01：存的是 .*，按单价、面积和折扣应为/],
    ["another rate", "rate", { rate: "9" }, /账单 101 2020-01：存的是 .*，按单价、面积和折扣应为/],
    ["a unit that begins earlier", "unit", { from_month: "2019-12" }, /账单 S1 2020-01：缺少，按起算月和单价应有账单/],
    ["a unit that begins later", "unit", { from_month: "2020-09" }, /账单 101 2020-01：.*不应有账单/],
    ["a moved head", "book", { head: "0" }, /末尾校验值不符/],
  ] as const) {
    it(`finds ${what}, whoever made the change past the program`, async () => {
      const { code } = await published();
      await pastTheProgram(books.db, () => books.db(table).where({ community: code }).update(change));
      const faults = await faultsOf(code);
      expect(
        faults.some((fault) => says.test(fault)),
        faults.join("\n"),
      ).to.equal(true);
    });
  }

  it("finds nothing wrong with a month in which nothing happened", async () => {
    const code = "verify-empty";
    const community = JSON.stringify({ ...SMALL_COMMUNITY, code });
    await importFolder(books.db, writeFolder({ "community.json": community }), listening());
    await closeThrough(books.db, code, month("2020-02"), { now });
    await publishThrough(books.db, code, month("2020-02"), { now });
    expect(await faultsOf(code)).to.deep.equal([]);
  });

  it("finds a statement that was taken out from before the newest", async () => {
    const { code } = await published();
    await closeThrough(books.db, code, month("2020-02"), { now });
    await publishThrough(books.db, code, month("2020-02"), { now });
    await pastTheProgram(books.db, () => books.db("statement").where({ community: code, month: "2020-01" }).delete());
    expect(await faultsOf(code)).to.include("2020-01：缺少收支公示，后面的月份却已公布");
  });

  it("finds an entry that was taken out of the middle", async () => {
    const { code } = await published();
    await pastTheProgram(books.db, async () => {
      await books.db("entry_line").where({ community: code, month: "2020-01", number: 1 }).delete();
      await books.db("entry").where({ community: code, month: "2020-01", number: 1 }).delete();
    });
    expect((await faultsOf(code)).join("\n")).to.contain("中间的凭证不见了");
  });
});

describe("an exported account", () => {
  const account = (unit: string): string => exportAccount({ fund: "common", account: "1122", unit, amount: fen(1) });

  it("is named as the contract says", () => {
    expect(account("1-1-0101")).to.equal("Assets:Common:1122:1-1-0101");
    expect(account("S-08")).to.equal("Assets:Common:1122:S-08");
  });

  it("is another one for every unit, whatever its name", () => {
    const names = ["A-1", "A\u30001", "A 1", "1/1", "1X2F1", "1〔2F〕1", "a1", "A1", "-1", "1:1", "３栋", "3栋"];
    expect(new Set(names.map(account)).size).to.equal(names.length);
  });
});
