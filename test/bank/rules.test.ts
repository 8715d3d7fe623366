// The bank's view beside the books' (contract section 5, `bank`).
import { expect } from "chai";
import { fen } from "../../src/base/money.ts";
import { day } from "../../src/base/month.ts";
import { standingOf, unmatchedLines, type BankLine } from "../../src/bank/rules.ts";

function aLine(on: string, amount: number, balance: number, serial = ""): BankLine {
  return {
    account: "common",
    day: day(on),
    amount: fen(amount),
    balance: fen(balance),
    counterparty: "",
    memo: "",
    serial,
    source: "",
  };
}

describe("a bank account at a month's end", () => {
  const facts = { account: "common", name: "专户", book: fen(1000), unmatched: 0 };

  it("stands at the balance of the month's last line", () => {
    const standing = standingOf({ ...facts, last: aLine("2020-03-30", 100, 1100), next: null, reaches: true });
    expect(standing).to.include({ statement: 1100, difference: 100 });
  });

  it("stands where it stood, when a later line shows that the month had none", () => {
    const standing = standingOf({
      ...facts,
      last: aLine("2020-01-30", 100, 1000),
      next: aLine("2020-05-01", 5, 1005),
      reaches: false,
    });
    expect(standing).to.include({ statement: 1000, difference: 0 });
  });

  it("stands where its first line began, before that line", () => {
    expect(standingOf({ ...facts, last: null, next: aLine("2020-05-01", 5, 1005), reaches: false }).statement).to.equal(
      1000,
    );
  });

  it("is unknown when no line reaches the month", () => {
    expect(standingOf({ ...facts, last: aLine("2020-01-30", 100, 1000), next: null, reaches: false })).to.include({
      statement: null,
      difference: null,
    });
    expect(standingOf({ ...facts, last: null, next: null, reaches: false }).statement).to.equal(null);
  });
});

describe("bank lines", () => {
  const line = aLine("2020-03-05", 100, 100, "S1");

  it("are matched by serial and amount, whatever the day", () => {
    expect(unmatchedLines([line], [{ day: day("2020-03-09"), amount: fen(100), serial: "S1" }])).to.deep.equal([]);
    expect(unmatchedLines([line], [{ day: day("2020-03-09"), amount: fen(101), serial: "S1" }])).to.deep.equal([line]);
  });

  it("are matched by day and amount when there is no serial in common", () => {
    expect(unmatchedLines([line], [{ day: day("2020-03-05"), amount: fen(100), serial: "" }])).to.deep.equal([]);
    expect(
      unmatchedLines([aLine("2020-03-05", 100, 100)], [{ day: day("2020-03-05"), amount: fen(100), serial: "S9" }]),
    ).to.deep.equal([]);
  });

  it("need a booking each", () => {
    const booked = [{ day: day("2020-03-05"), amount: fen(100), serial: "" }];
    expect(unmatchedLines([line, line], booked)).to.have.length(1);
  });
});
