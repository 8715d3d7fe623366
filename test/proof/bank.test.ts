// What verify says of the bank's lines, their matches and reconciliations, when somebody changed them past the program.
import { expect } from "chai";
import { closeMonth, publishMonth } from "../../src/desk/service.ts";
import { execute } from "../../src/door/service.ts";
import { verifyCommunity } from "../../src/proof/service.ts";
import { finishReconciliation, unmatchBank } from "../../src/reconciliation/routes.ts";
import { BANK_LINES, bankCsv, bringFile, smallBank } from "../support/bank.ts";
import { useBooks } from "../support/databases.ts";
import { pastTheProgram } from "../support/tampering.ts";

/** A change: in which table, which rows, and what they say afterwards; null takes them away. */
type Change = readonly [table: string, where: object, update: object | null];

describe("verifying what the bank said", () => {
  const books = useBooks("SQLite");
  let count = 0;
  let code = "";

  /** January and March of 2020 as the bank's files brought them, February not yet; January is reconciled and published. */
  beforeEach(async () => {
    count += 1;
    code = `told${count}`;
    const bank = await smallBank(books.db, code, { "bank.csv": undefined });
    const { door, trustee } = bank;
    await bringFile(bank, bankCsv(BANK_LINES.slice(0, 3)), { from: "2020-01-01", through: "2020-01-31" });
    await bringFile(bank, bankCsv(BANK_LINES.slice(5)), {
      from: "2020-03-01",
      through: "2020-03-31",
      gapReason: "2 月的稍后导入",
    });
    await execute(door, trustee, finishReconciliation, { account: "common", month: "2020-01" });
    await execute(door, trustee, closeMonth, { month: "2020-01" });
    await execute(door, trustee, publishMonth, { month: "2020-01" });
    await execute(door, trustee, unmatchBank, { account: "common", number: "4", reason: "配错了" });
  });

  const faultsAfter = async (...changes: readonly Change[]): Promise<readonly string[]> => {
    await pastTheProgram(books.db, async () => {
      for (const [table, where, update] of changes) {
        const rows = books.db(table).where({ community: code, ...where });
        expect(await (update === null ? rows.delete() : rows.update(update)), table).to.be.greaterThan(0);
      }
    });
    return (await verifyCommunity(books.db, code)).faults;
  };

  it("finds nothing wrong with lines that go on, with a gap that was told, and with a match that was undone", async () => {
    expect((await verifyCommunity(books.db, code)).faults).to.deep.equal([]);
  });

  const NAME = "账户「共有资金专户」";

  for (const [what, changes, says] of [
    [
      "a changed amount",
      [["bank_line", { line: 2 }, { amount: 9_000 }]],
      [
        `${NAME}的银行流水第 1 笔（2020-01-05）与第 2 笔（2020-01-06）之间余额接不上，差 10.00 元，导入时没有这个缺口`,
        `${NAME}第 2 组配对记的是 80.00 元，与银行流水第 2 笔不符`,
      ],
    ],
    [
      "a line that is gone",
      [["bank_line", { line: 2 }, null]],
      [
        `${NAME}的银行流水应有 4 笔，少了 1 笔`,
        `${NAME}第 1 次导入新增了 3 笔流水，现在是 2 笔`,
        `${NAME}第 2 组配对记的是 80.00 元，与银行流水第 2 笔不符`,
      ],
    ],
    [
      "the last line that is gone",
      [["bank_line", { line: 4 }, null]],
      [`${NAME}第 2 次导入新增了 1 笔流水，现在是 0 笔`],
    ],
    [
      "a gap that no import told",
      [["bank_import", { number: 2 }, { notices: "" }]],
      [`${NAME}的银行流水第 3 笔（2020-01-10）与第 4 笔（2020-03-20）之间余额接不上，差 18.00 元，导入时没有这个缺口`],
    ],
    [
      "a match that is gone",
      [["bank_match", { number: 2 }, null]],
      [`${NAME}应有 4 组配对，现在是 3 组`, `${NAME}2020-01 对账完成时配对了 3 笔流水，现在没有这么多`],
    ],
    [
      "a match with another booking",
      [["bank_match", { number: 2 }, { entry: 2 }]],
      [`${NAME}的第 2 张凭证同时在第 1 组和第 2 组配对里`, `${NAME}第 2 组配对记的是 80.00 元，与第 2 张凭证不符`],
    ],
    [
      "a reconciliation that nobody finished",
      [["reconciliation", {}, { month: "2020-02" }]],
      ["操作记录里没有这一条，或是别人、别的时候做的：完成 2020-02 的对账，余额 1,130.00 元"],
    ],
    [
      "an undone match that nobody undid",
      [["bank_unmatch", {}, null]],
      ["操作记录里有这一条，登记里却没有：取消共有资金专户的一组配对：配错了"],
    ],
    [
      "a balance that a statement was published with",
      [["bank_line", { line: 3 }, { amount: -15_100, balance: 112_900 }]],
      [`2020-01 第 1 版公示：${NAME}的银行余额，现在的流水里没有`],
    ],
    ["a published month that is gone", [["statement", {}, null]], ["登记里却没有：公布 2020-01 的收支公示"]],
  ] as const satisfies readonly (readonly [string, readonly Change[], readonly string[]])[]) {
    it(`finds ${what}`, async () => {
      const faults = (await faultsAfter(...changes)).join("\n");
      says.forEach((fault) => expect(faults).to.contain(fault));
    });
  }
});
