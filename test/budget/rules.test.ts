// What a change of the budget may be: every refusal, and how much a change moves.
import { expect } from "chai";
import fc from "fast-check";
import { Refusal } from "../../src/base/refusal.ts";
import { fen, fromYuan, sum } from "../../src/base/money.ts";
import { month } from "../../src/base/month.ts";
import { assertChange, isBudgetable, movedBy, plannedBy, type ChangeWish } from "../../src/budget/rules.ts";

const facts = {
  planned: new Map([
    ["5002", fromYuan("1000.00")],
    ["5003", fromYuan("300.00")],
    ["4101", fromYuan("50.00")],
  ]),
  closedThrough: month("2020-03"),
};

function aWish(lines: readonly (readonly [string, string])[], over: Partial<ChangeWish> = {}): ChangeWish {
  const changes = lines.map(([account, amount]) => ({ account, amount: fromYuan(amount) }));
  return { year: 2020, changes, reason: "电梯提前大修检测", source: "lines", ...over };
}

function codes(wish: ChangeWish, given: Parameters<typeof assertChange>[1] = facts): string[] {
  try {
    assertChange(wish, given);
    return [];
  } catch (error) {
    return error instanceof Refusal ? error.faults.map(({ code }) => code) : [String(error)];
  }
}

describe("a change of the budget", () => {
  it("moves money between lines, opens a new one, takes from the reserve, or spends new income", () => {
    const moved: readonly (readonly [string, string])[] = [
      ["5002", "300.00"],
      ["5003", "-300.00"],
    ];
    expect(codes(aWish(moved))).to.deep.equal([]);
    expect(codes(aWish([["5004", "80.00"]], { source: "reserve" }))).to.deep.equal([]);
    expect(codes(aWish([["5002", "-1000.00"]], { source: "reserve" }))).to.deep.equal([]);
    const earned: readonly (readonly [string, string])[] = [
      ["4101", "200.00"],
      ["5004", "200.00"],
    ];
    expect(codes(aWish(earned, { source: "income" }))).to.deep.equal([]);
  });

  it("never makes a line negative, by a fen", () => {
    expect(codes(aWish([["5003", "-300.01"]], { source: "reserve" }))).to.deep.equal(["BUDGET_NEGATIVE"]);
    expect(codes(aWish([["5301", "-0.01"]], { source: "reserve" }))).to.deep.equal(["BUDGET_NEGATIVE"]);
  });

  it("is only for accounts that are planned, each once, and by some amount", () => {
    for (const account of ["5501", "4501", "5801", "4801", "2241", "5999", "x"]) {
      expect(codes(aWish([[account, "1.00"]], { source: "reserve" })), account).to.include("NOT_BUDGETABLE");
    }
    const twice: readonly (readonly [string, string])[] = [
      ["5002", "1.00"],
      ["5002", "-1.00"],
    ];
    expect(codes(aWish(twice))).to.deep.equal(["ACCOUNT_TWICE"]);
    expect(codes(aWish([["5002", "0.00"]]))).to.deep.equal(["AMOUNT_ZERO"]);
    expect(codes(aWish([]))).to.deep.equal(["SOURCE_UNEVEN"]);
    expect(isBudgetable("5101")).to.equal(true);
  });

  it("comes from where it says: lines even out, new income is planned too, the reserve changes by something", () => {
    expect(codes(aWish([["5002", "1.00"]]))).to.deep.equal(["SOURCE_UNEVEN"]);
    expect(codes(aWish([["5002", "1.00"]], { source: "income" }))).to.deep.equal(["SOURCE_UNEVEN"]);
    expect(codes(aWish([["4101", "1.00"]], { source: "reserve" }))).to.deep.equal(["SOURCE_UNEVEN"]);
    const even: readonly (readonly [string, string])[] = [
      ["5002", "1.00"],
      ["5003", "-1.00"],
    ];
    expect(codes(aWish(even, { source: "reserve" }))).to.deep.equal(["SOURCE_UNEVEN"]);
  });

  it("is over with the year: December closed, or no budget to change", () => {
    const wish = aWish([["5002", "1.00"]], { source: "reserve" });
    expect(codes(wish, { ...facts, closedThrough: month("2020-11") })).to.deep.equal([]);
    expect(codes(wish, { ...facts, closedThrough: month("2020-12") })).to.deep.equal(["YEAR_CLOSED"]);
    expect(codes(wish, { ...facts, planned: new Map() })).to.deep.equal(["BUDGET_MISSING"]);
  });

  it("moves the larger of what it adds and takes, of spending or of income", () => {
    const table: readonly (readonly [readonly (readonly [string, string])[], string])[] = [
      [[["5002", "300.00"]], "300.00"],
      [[["5002", "-300.00"]], "300.00"],
      [
        [
          ["5002", "300.00"],
          ["5003", "-200.00"],
        ],
        "300.00",
      ],
      [
        [
          ["5002", "300.00"],
          ["5003", "200.00"],
          ["4101", "500.00"],
        ],
        "500.00",
      ],
    ];
    for (const [lines, moved] of table) {
      expect(movedBy(aWish(lines).changes)).to.equal(fromYuan(moved));
    }
  });

  it("leaves what was planned plus every change, whatever was moved", () => {
    const change = fc.record({
      account: fc.constantFrom("5001", "5002", "5003"),
      amount: fc.integer({ min: -100_000, max: 100_000 }).map(fen),
    });
    fc.assert(
      fc.property(fc.array(change), (changes) => {
        const planned = plannedBy(changes);
        for (const account of ["5001", "5002", "5003"]) {
          const own = changes.filter((each) => each.account === account).map(({ amount }) => amount);
          expect(planned.get(account) ?? 0).to.equal(sum(own));
        }
      }),
    );
  });
});
