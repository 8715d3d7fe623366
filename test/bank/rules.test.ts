// The bank's view beside the books' (contract section 5, `bank`).
import { expect } from "chai";
import { fen } from "../../src/base/money.ts";
import { day } from "../../src/base/month.ts";
import { standingOf, type BankLine } from "../../src/bank/rules.ts";
import { countUnmatched } from "../../src/matching/rules.ts";

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
    const standing = standingOf({ ...facts, last: [aLine("2020-03-30", 100, 1100)], next: [], reaches: true });
    expect(standing).to.include({ statement: 1100, difference: 100 });
  });

  it("stands where the day's chain of balances ends, whichever way the file lists it", () => {
    const upwards = [aLine("2020-03-30", 100, 1100), aLine("2020-03-30", -50, 1050), aLine("2020-03-30", 7, 1057)];
    expect(standingOf({ ...facts, last: upwards, next: [], reaches: true }).statement).to.equal(1057);
    expect(standingOf({ ...facts, last: upwards.toReversed(), next: [], reaches: true }).statement).to.equal(1057);
    expect(standingOf({ ...facts, last: [], next: upwards.toReversed(), reaches: false }).statement).to.equal(1000);
  });

  it("stands where it stood, when a later line shows that the month had none", () => {
    const standing = standingOf({
      ...facts,
      last: [aLine("2020-01-30", 100, 1000)],
      next: [aLine("2020-05-01", 5, 1005)],
      reaches: false,
    });
    expect(standing).to.include({ statement: 1000, difference: 0 });
  });

  it("stands where its first line began, before that line", () => {
    expect(standingOf({ ...facts, last: [], next: [aLine("2020-05-01", 5, 1005)], reaches: false }).statement).to.equal(
      1000,
    );
  });

  it("is unknown when no line reaches the month", () => {
    expect(standingOf({ ...facts, last: [aLine("2020-01-30", 100, 1000)], next: [], reaches: false })).to.include({
      statement: null,
      difference: null,
    });
    expect(standingOf({ ...facts, last: [], next: [], reaches: false }).statement).to.equal(null);
  });
});

describe("bank lines", () => {
  const line = aLine("2020-03-05", 100, 100, "S1");

  it("are matched by serial and amount, whatever the day", () => {
    expect(countUnmatched([line], [{ day: day("2020-03-09"), amount: fen(100), serial: "S1" }])).to.equal(0);
    expect(countUnmatched([line], [{ day: day("2020-03-09"), amount: fen(101), serial: "S1" }])).to.equal(1);
  });

  it("are matched by day and amount when there is no serial in common", () => {
    expect(countUnmatched([line], [{ day: day("2020-03-05"), amount: fen(100), serial: "" }])).to.equal(0);
    expect(
      countUnmatched([aLine("2020-03-05", 100, 100)], [{ day: day("2020-03-05"), amount: fen(100), serial: "S9" }]),
    ).to.equal(0);
  });

  it("need a booking each", () => {
    const booked = [{ day: day("2020-03-05"), amount: fen(100), serial: "" }];
    expect(countUnmatched([line, line], booked)).to.equal(1);
  });
});
