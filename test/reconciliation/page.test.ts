// What the list of bank accounts says of each.
import { expect } from "chai";
import { fen } from "../../src/base/money.ts";
import { day, month } from "../../src/base/month.ts";
import { overviewModel, type ShownStanding } from "../../src/reconciliation/page.ts";

const ACCOUNT = { code: "common", name: "共有资金专户", fund: "common" };

function wordsOf(over: Partial<ShownStanding>): string {
  const standing = { account: "common", name: ACCOUNT.name, book: fen(100), unmatched: 0, covers: false };
  const none = { statement: null, difference: null, finished: null };
  const suspense = { count: 0, total: fen(0) };
  const facts = { month: month("2020-03"), standings: [{ ...standing, ...none, ...over }], accounts: [ACCOUNT] };
  const { accounts } = overviewModel("c", facts, suspense) as { accounts: { state: { words: string } }[] };
  return accounts[0]?.state.words ?? "";
}

describe("a bank account in the list", () => {
  it("has no lines yet only when it never had any", () => {
    expect(wordsOf({})).to.equal("还没有银行流水");
    expect(wordsOf({ linesUntil: day("2020-02-12") })).to.equal("流水只到 2020年2月12日");
    const stops = { statement: fen(100), difference: fen(0), linesUntil: day("2020-03-28") };
    expect(wordsOf(stops)).to.equal("流水只到 2020年3月28日");
    expect(wordsOf({ ...stops, statement: fen(90), difference: fen(-10) })).to.equal("流水只到 2020年3月28日");
  });
});
