// A plan from units, rates, lines and the deed: 风华苑's budget of 2021 with every figure written out, and the edges.
import { expect } from "chai";
import * as fc from "fast-check";
import { fen, fromYuan, sum, toYuan } from "../../src/base/money.ts";
import { day, month } from "../../src/base/month.ts";
import { Refusal } from "../../src/base/refusal.ts";
import { assertMoved, assertPeriod, assertSound, planOf } from "../../src/draft/rules.ts";
import {
  amountOf,
  assertBalanced,
  assertBudgetable,
  assertMayComment,
  BUDGETABLE,
  budgetLinesOf,
  drawOn,
  isCollectionHopeful,
  lineDifferences,
  missingRates,
  phaseOn,
  type Basis,
  type Standing,
} from "../../src/plan/rules.ts";
import { aLine, factsOf, FENGHUAYUAN_DEED, LINES_2021, plain, posts, TERMS } from "./plans.ts";

function codeOf(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    expect(error).to.be.instanceOf(Refusal);
    return (error as Refusal).code;
  }
  return "done";
}

const quantity = (count: string, price: string, months: number): Basis => ({
  kind: "quantity",
  quantity: count,
  unit: "度",
  price,
  months,
});

describe("how an amount comes about", () => {
  it("multiplies quantity, price and months exactly, and rounds half up to the fen", () => {
    expect(amountOf(quantity("2100", "0.77", 12))).to.equal(1_940_400);
    expect(amountOf(quantity("3", "0.335", 1))).to.equal(101);
    expect(amountOf(quantity("0.1", "0.05", 1))).to.equal(1);
    expect(amountOf(posts("2.5", "3400.00"))).to.equal(10_200_000);
  });

  it("takes a yearly contract as it is, a monthly one by its months", () => {
    const contract = { kind: "contract", counterparty: "锦城保洁公司", amount: "3500.00", months: 11 } as const;
    expect(amountOf({ ...contract, every: "month" })).to.equal(3_850_000);
    expect(amountOf({ ...contract, every: "year" })).to.equal(350_000);
    expect(amountOf(plain("14000.00"))).to.equal(1_400_000);
  });
});

describe("what may be planned", () => {
  it("is spending and income of the common fund, not what is computed and not the repair fund's", () => {
    expect(BUDGETABLE).to.include.members(["5001", "5009", "5301", "5401", "4002", "4101", "4201", "4901"]);
    expect(BUDGETABLE).to.not.include.members(["4001"]);
    for (const account of ["4001", "4501", "4801", "5101", "5501", "5801", "1002", "2241", "9999", ""]) {
      expect(
        codeOf(() => assertBudgetable(account)),
        account,
      ).to.equal("ACCOUNT_NOT_BUDGETABLE");
    }
  });

  it("refuses levels that cannot be told apart or compared, and a chosen one that is not there", () => {
    const [level] = aLine(1, "5003", plain("1.00")).levels;
    const named = (name: string, basis = plain("1.00")) => ({ ...(level ?? { what: "" }), name, basis });
    const line = (levels: ReturnType<typeof named>[], chosen = 0) => ({
      ...aLine(1, "5003", plain("1.00")),
      levels,
      chosen,
    });
    expect(codeOf(() => assertSound(line([named("一"), named("二")])))).to.equal("done");
    expect(codeOf(() => assertSound(line([named("一"), named("一")])))).to.equal("LEVELS_UNNAMED");
    expect(codeOf(() => assertSound(line([named("一"), named("")])))).to.equal("LEVELS_UNNAMED");
    expect(codeOf(() => assertSound(line([named("一"), named("二", posts("1", "1.00"))])))).to.equal("LEVELS_MIXED");
    expect(codeOf(() => assertSound(line([named("")], 1)))).to.equal("LEVEL_UNKNOWN");
  });
});

describe("风华苑's plan of 2021", () => {
  it("counts on 95 % of what 427 flats and 12 shops are billed, and draws 15 % of that and of parking", () => {
    const { fees, balance } = planOf(factsOf());
    expect(fees.rows).to.deep.equal([
      { use: "住宅", rate: "0.81", first: "2021-01", last: "2021-12", units: 427, area: "42481.31", due: "411003.00" },
      { use: "商业", rate: "2.4", first: "2021-01", last: "2021-12", units: 12, area: "873.05", due: "25143.84" },
    ]);
    expect([fees.due, fees.planned, fees.unvoted]).to.deep.equal(["436146.84", "414339.50", "0.00"]);
    expect(balance).to.deep.equal({
      fees: "414339.50",
      other: "96000.00",
      reserves: "0.00",
      spending: "408200.00",
      draw: "76550.93",
      left: "25588.57",
    });
  });

  describe("on rates", () => {
    const terms = { ...TERMS, rates: [{ use: "住宅", rate: "1.11", from: month("2021-01") }] };
    const plan = planOf(factsOf({ terms }));
    const { rates } = factsOf().tariff;
    const voted = (rate: string, from: string) => [...rates, { use: "住宅", rate, from: month(from) }];

    it("that nobody voted misses them, by use and from the first month on", () => {
      expect(missingRates(plan, rates, month("2020-12"))).to.deep.equal([
        { use: "住宅", month: "2021-01", planned: "1.11", present: "0.81" },
      ]);
      expect(missingRates(plan, [], month("2020-12")).map(({ use, present }) => `${use} ${present}`)).to.deep.equal([
        "住宅 0",
        "商业 0",
      ]);
    });

    it("that were voted, or higher ones, misses none; lower or later ones it does", () => {
      expect(missingRates(plan, voted("1.11", "2021-01"), month("2020-12"))).to.deep.equal([]);
      expect(missingRates(plan, voted("1.2", "2020-12"), month("2020-12"))).to.deep.equal([]);
      expect(missingRates(plan, voted("1.1", "2021-01"), month("2020-12"))).to.have.lengthOf(1);
      expect(missingRates(plan, voted("1.11", "2021-12"), month("2020-12"))).to.have.lengthOf(1);
    });

    it("leaves out the months that were billed before", () => {
      expect(missingRates(plan, voted("1.11", "2021-02"), month("2021-02"))).to.deep.equal([]);
      expect(missingRates(plan, voted("1.11", "2021-03"), month("2021-02"))).to.have.lengthOf(1);
    });

    it("that were in force when it was made, and were lowered since, misses those too", () => {
      expect(missingRates(planOf(factsOf()), voted("0.8", "2021-07"), month("2020-12"))).to.deep.equal([
        { use: "住宅", month: "2021-07", planned: "0.81", present: "0.8" },
      ]);
    });
  });

  it("counts on the rate that the owners vote on in December, and says what hangs on it", () => {
    const terms = { ...TERMS, rates: [{ use: "住宅", rate: "1.11", from: month("2021-01") }] };
    const { fees, balance } = planOf(factsOf({ terms }));
    expect(fees.due).to.equal("588364.44"); // twelve times January's bills, 49,030.37
    expect([fees.planned, fees.unvoted]).to.deep.equal(["558946.22", "144606.72"]);
    expect(fees.rates).to.deep.equal([
      { use: "住宅", present: "0.81", planned: "1.11" },
      { use: "商业", present: "2.4", planned: "2.4" },
    ]);
    expect([balance.draw, balance.left]).to.deep.equal(["98241.93", "148504.29"]);
  });

  it("bills the months before and after a change within the year at their own rates", () => {
    const terms = { ...TERMS, rates: [{ use: "住宅", rate: "1.11", from: month("2021-07") }] };
    const { fees } = planOf(factsOf({ terms }));
    expect(fees.rows.map(({ use, first, last, due }) => [use, first, last, due])).to.deep.equal([
      ["住宅", "2021-01", "2021-06", "205501.50"],
      ["商业", "2021-01", "2021-12", "25143.84"],
      ["住宅", "2021-07", "2021-12", "281610.30"],
    ]);
    expect(fees.due).to.equal("512255.64");
  });

  it("leaves out units before they begin, and months before the community has books", () => {
    const [first] = factsOf().units;
    const unit = { ...first, name: "S9", use: "商业", area: "100", discount: "1", from: month("2021-11") };
    const { fees } = planOf(factsOf({ units: [unit], firstMonth: month("2021-06") }));
    expect(fees.rows).to.deep.equal([
      { use: "商业", rate: "2.4", first: "2021-11", last: "2021-12", units: 1, area: "100", due: "480.00" },
    ]);
  });

  it("says when it counts on more than was collected, to the fen", () => {
    const collected = { first: month("2019-12"), last: month("2020-11"), due: "1000.00", collected: "950.00" };
    expect(isCollectionHopeful({ terms: { ...TERMS, collection: "0.95" }, collected })).to.equal(false);
    expect(isCollectionHopeful({ terms: { ...TERMS, collection: "0.9501" }, collected })).to.equal(true);
    expect(isCollectionHopeful({ terms: TERMS, collected: null })).to.equal(false);
  });

  it("is refused while spending exceeds what comes in, unless it says who pays what is missing", () => {
    const lines = [...LINES_2021, aLine(10, "5002", plain("25588.57"))];
    expect(codeOf(() => assertBalanced(planOf(factsOf({ lines }))))).to.equal("done");
    const more = [...LINES_2021, aLine(10, "5002", plain("25588.58"))];
    expect(planOf(factsOf({ lines: more })).balance.left).to.equal("-0.01");
    expect(codeOf(() => assertBalanced(planOf(factsOf({ lines: more }))))).to.equal("PLAN_GAP");
    const named = { ...TERMS, gap: "受托人承担" };
    expect(codeOf(() => assertBalanced(planOf(factsOf({ lines: more, terms: named }))))).to.equal("done");
    const saved = { ...TERMS, reserves: "0.01" };
    expect(codeOf(() => assertBalanced(planOf(factsOf({ lines: more, terms: saved }))))).to.equal("done");
  });

  it("becomes a budget by account, with the fees it counts on and without the draw", () => {
    const lines = [...LINES_2021, aLine(10, "5002", plain("100.00"))];
    const budget = budgetLinesOf(planOf(factsOf({ lines })), "2020-业主大会-2");
    expect(budget.map(({ account, amount }) => [account, toYuan(amount)])).to.deep.equal([
      ["4001", "414339.50"],
      ["4002", "96000.00"],
      ["5001", "204000.00"],
      ["5002", "66100.00"],
      ["5003", "42000.00"],
      ["5004", "14000.00"],
      ["5005", "67000.00"],
      ["5006", "5200.00"],
      ["5008", "6000.00"],
      ["5301", "4000.00"],
    ]);
    expect(new Set(budget.map(({ year, resolution }) => `${year} ${resolution ?? ""}`))).to.deep.equal(
      new Set(["2021 2020-业主大会-2"]),
    );
  });

  it("adds up whatever its lines are: left = income − spending − draw, and no line is lost in the budget", () => {
    const anyLine = fc.tuple(fc.constantFrom(...BUDGETABLE), fc.integer({ min: 0, max: 1e9 }));
    fc.assert(
      fc.property(fc.array(anyLine, { maxLength: 12 }), (drawn) => {
        const lines = drawn.map(([account, amount], index) => aLine(index + 1, account, plain(toYuan(fen(amount)))));
        const plan = planOf(factsOf({ lines }));
        const { fees, other, reserves, spending, draw, left } = plan.balance;
        const [income, outgo] = [sum([fees, other, reserves].map(fromYuan)), sum([spending, draw].map(fromYuan))];
        expect(fromYuan(left)).to.equal(income - outgo);
        const budget = budgetLinesOf(plan, "R").filter(({ account }) => account !== "4001");
        expect(sum(budget.map(({ amount }) => amount))).to.equal(
          drawn.reduce((total, [, amount]) => total + amount, 0),
        );
      }),
      { numRuns: 30 },
    );
  });
});

describe("the draw of a plan", () => {
  const income = new Map([
    ["4001", fen(120_000)],
    ["4002", fen(12_000)],
    ["4201", fen(9_999)],
  ]);

  it("is the rate on what comes in on the deed's base accounts", () => {
    const terms = [{ rate: "0.15", base: FENGHUAYUAN_DEED.draw.base, months: 12, cap: null }];
    expect(drawOn(terms, income)).to.equal(19_800);
  });

  it("counts a deed that changes within the year by its months, and stops at a cap", () => {
    const terms = [
      { rate: "0.15", base: ["4001"], months: 6, cap: null },
      { rate: "0.10", base: ["4001", "4002"], months: 6, cap: null },
    ];
    expect(drawOn(terms, income)).to.equal(9_000 + 6_600);
    expect(drawOn([{ rate: "0.15", base: ["4001"], months: 12, cap: "100.00" }], income)).to.equal(10_000);
  });
});

describe("two versions of a plan", () => {
  it("differ line by line, by the number that a line keeps", () => {
    const before = planOf(factsOf()).lines;
    const changed = LINES_2021.filter(({ id }) => id !== 6).map((line) =>
      line.id === 3 ? aLine(3, "5003", plain("45600.00"), { title: line.title }) : line,
    );
    const after = planOf(factsOf({ lines: [...changed, aLine(10, "5006", plain("5200.00"))] })).lines;
    const found = lineDifferences(before, after);
    expect(found.map(({ line, before: was, after: now }) => [line, was?.amount, now?.amount])).to.deep.equal([
      [3, "42000.00", "45600.00"],
      [6, "5200.00", undefined],
      [10, undefined, "5200.00"],
    ]);
    expect(lineDifferences(before, planOf(factsOf()).lines)).to.deep.equal([]);
  });

  it("name as moved only what moved, by comments that were made", () => {
    const [changed, comments] = [new Set([3]), new Set([1, 2])];
    expect(codeOf(() => assertMoved([{ line: 3, comments: [1, 2] }], changed, comments))).to.equal("done");
    expect(codeOf(() => assertMoved([{ line: 4, comments: [1] }], changed, comments))).to.equal("LINE_UNCHANGED");
    expect(codeOf(() => assertMoved([{ line: 3, comments: [7] }], changed, comments))).to.equal("COMMENT_UNKNOWN");
  });
});

describe("the comment period", () => {
  const period = { from: day("2020-11-20"), until: day("2020-12-05") };
  const standing: Standing = { year: 2021, newest: 1, period, frozen: null, adopted: null };

  it("has both its days", () => {
    const phases = ["2020-11-19", "2020-11-20", "2020-12-05", "2020-12-06"].map((each) => phaseOn(period, day(each)));
    expect(phases).to.deep.equal(["coming", "running", "running", "over"]);
    expect(phaseOn(null, day("2020-11-20"))).to.equal("none");
  });

  it("is when owners comment, and never once the plan is put to the vote", () => {
    const on = (at: string, over: Partial<Standing> = {}): string =>
      codeOf(() => assertMayComment({ ...standing, ...over }, day(at)));
    expect(on("2020-12-05")).to.equal("done");
    expect(on("2020-12-06")).to.equal("COMMENTS_CLOSED");
    expect(on("2020-11-19")).to.equal("COMMENTS_CLOSED");
    expect(on("2020-12-05", { frozen: 1 })).to.equal("COMMENTS_CLOSED");
    expect(on("2020-12-05", { period: null })).to.equal("COMMENTS_CLOSED");
  });

  it("may be prolonged, never shortened or begun again, and never begins in the past", () => {
    const set = (from: string, until: string, today: string): string =>
      codeOf(() => assertPeriod({ from: day(from), until: day(until) }, period, day(today)));
    expect(set("2020-11-20", "2020-12-10", "2020-12-01")).to.equal("done");
    expect(set("2020-11-20", "2020-12-04", "2020-12-01")).to.equal("PERIOD_SHORTENED");
    expect(set("2020-11-21", "2020-12-10", "2020-12-01")).to.equal("PERIOD_BEGUN");
    expect(set("2020-11-25", "2020-11-30", "2020-11-18")).to.equal("done");
    expect(set("2020-11-17", "2020-12-10", "2020-11-18")).to.equal("PERIOD_BEGUN");
    expect(set("2020-11-20", "2020-11-19", "2020-11-18")).to.equal("PERIOD_INVERTED");
  });
});
