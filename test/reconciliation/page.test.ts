// What the list of bank accounts says of each, and how a long month is paged.
import { expect } from "chai";
import { fen } from "../../src/base/money.ts";
import { day, month } from "../../src/base/month.ts";
import { monthModel, overviewModel, type ShownStanding } from "../../src/reconciliation/page.ts";

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

describe("an account's month with very much open", () => {
  it("shows whole days, two hundred movements or so, and goes on after the last of them", () => {
    const line = (index: number) => {
      const on = day(`2020-03-${String(1 + Math.floor(index / 90)).padStart(2, "0")}`);
      const about = { amount: fen(100), balance: fen(0), counterparty: "", memo: "物业费", serial: "", source: "" };
      return { account: "common", line: index + 1, day: on, ...about };
    };
    const standing = { account: "common", name: ACCOUNT.name, book: fen(0), unmatched: 0, covers: false };
    const pageAfter = (after: string, lines: readonly number[] = []) =>
      monthModel("c", {
        account: ACCOUNT,
        month: month("2020-03"),
        standing: { ...standing, statement: null, difference: null, finished: null },
        finishedBy: "",
        finishedOn: "",
        booked: [],
        matches: [],
        certain: 0,
        likely: [],
        lines: Array.from({ length: 400 }, (_, index) => line(index)),
        earlier: { lines: [], booked: [] },
        ticked: { lines, entries: [] },
        after,
      }) as { lines: { number: number }[]; lineCount: number; openNext: string };
    const first = pageAfter("");
    expect([first.lines.length, first.lineCount]).to.deep.equal([270, 400]);
    expect(first.openNext).to.equal("/desk/c/bank/common/months/2020-03?after=2020-03-03");
    const second = pageAfter("2020-03-03");
    expect(second.lines.map(({ number }) => number)).to.deep.equal(Array.from({ length: 130 }, (_, i) => 271 + i));
    expect(second.openNext).to.equal("");
    expect(pageAfter("", [400]).lines.at(-1)?.number, "what was ticked stays").to.equal(400);
  });
});
