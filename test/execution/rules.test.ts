// Execution: how lines are put together, how they go beside the time, and what the year's end says of them.
import { expect } from "chai";
import { fen, fromYuan, ZERO, type Fen } from "../../src/base/money.ts";
import { day, month } from "../../src/base/month.ts";
import type { BudgetChange } from "../../src/budget/rules.ts";
import { elapsedOn, executionOf, finalOf, type ExecutionFacts } from "../../src/execution/rules.ts";
import type { Balance } from "../../src/ledger/rules.ts";

function paid(m: string, account: string, amount: string, flow: "paid" | "received" = "paid"): Balance {
  const sides = flow === "paid" ? { debit: ZERO, credit: fromYuan(amount) } : { debit: fromYuan(amount), credit: ZERO };
  return { month: month(m), fund: "common", account: "1002", bank: "common", flow, purpose: account, ...sides };
}

function change(account: string, amount: string): BudgetChange {
  const about = { id: 1, year: 2020, reason: "路灯", source: "lines", resolution: "2020-业委会-1" } as const;
  return { ...about, account, amount: fromYuan(amount), knownFrom: month("2020-03"), recordedAt: "" };
}

function left(account: string, limit: string, spent: string, reserved: string) {
  const [of, taken, waits] = [fromYuan(limit), fromYuan(spent), fromYuan(reserved)];
  const rest = fen(of - taken - waits);
  return { account, basis: "budget" as const, limit: of, paid: taken, reserved: waits, left: rest };
}

const FACTS: ExecutionFacts = {
  year: 2020,
  today: day("2020-06-30"),
  publishedThrough: month("2020-04"),
  emergencies: [],
  budget: {
    lines: [
      { year: 2020, account: "5002", amount: fromYuan("1000.00") },
      { year: 2020, account: "5003", amount: fromYuan("400.00"), resolution: "2019-业主大会-2" },
      { year: 2020, account: "4001", amount: fromYuan("1800.00") },
    ],
    changes: [change("5002", "300.00"), change("5003", "-300.00")],
  },
  lefts: [
    left("5002", "1300.00", "500.00", "100.00"),
    left("5003", "100.00", "120.00", "0.00"),
    left("5101", "0.00", "42.00", "0.00"),
  ],
  balances: [
    paid("2020-01", "5002", "200.00"),
    paid("2020-04", "5002", "100.00"),
    paid("2020-05", "5002", "200.00"),
    paid("2020-02", "5003", "120.00"),
    paid("2020-02", "5101", "42.00"),
    paid("2020-03", "4001", "900.00", "received"),
    { ...paid("2020-03", "5002", "77.00"), fund: "repair" },
    { ...paid("2020-03", "5002", "88.00"), flow: "transferred" },
  ],
};

describe("the execution of a budget", () => {
  const { spending, income } = executionOf(FACTS);
  const line = (account: string) => spending.find((each) => each.account === account);

  it("adds changes to what was adopted, and splits what was paid at the last published month", () => {
    expect(line("5002")).to.deep.include({
      adopted: 100_000,
      planned: 130_000,
      published: 30_000,
      since: 20_000,
      paid: 50_000,
      reserved: 10_000,
      left: 70_000,
    });
    expect(line("5002")?.months).to.deep.equal([20_000, 0, 0, 10_000, 20_000, 0, 0, 0, 0, 0, 0, 0]);
    expect(line("5002")?.changes.map(({ resolution }) => resolution)).to.deep.equal(["2020-业委会-1"]);
  });

  it("says in words' names what is over, faster than the year, or without a budget", () => {
    // 600 of 1,300 is 46 %, and 182 of 366 days are 50 %.
    expect(spending.map(({ account, pace }) => [account, pace])).to.deep.equal([
      ["5002", "even"],
      ["5003", "over"],
      ["5101", "none"],
    ]);
    const early = executionOf({ ...FACTS, today: day("2020-06-01") });
    expect(early.spending[0]?.pace).to.equal("fast");
  });

  it("names the resolutions that the lines were adopted by", () => {
    expect(executionOf(FACTS).adoptedBy).to.deep.equal(["2019-业主大会-2"]);
  });

  it("holds income beside its plan", () => {
    expect(income.map(({ account, planned, received }) => [account, planned, received])).to.deep.equal([
      ["4001", 180_000, 90_000],
    ]);
  });

  it("knows how much of the year has passed: none before, one day on its first, all after", () => {
    const days = ["2019-12-31", "2020-01-01", "2020-12-31", "2021-05-01"].map(
      (each) => elapsedOn(2020, day(each)).passed,
    );
    expect(days).to.deep.equal([0, 1, 366, 366]);
    expect(elapsedOn(2021, day("2021-01-01")).of).to.equal(365);
  });
});

describe("the final account", () => {
  const figure = (account: string, yearToDate: string, fund = "common") => {
    const month_ = { month: "0.00", adjustment: "0.00", budget: null };
    return { fund, account, name: account, yearToDate, ...month_ };
  };
  const final = finalOf({
    year: 2020,
    budget: FACTS.budget,
    december: {
      paid: [
        figure("5002", "1300.50"),
        figure("5101", "80.00"),
        figure("2241", "5.00"),
        figure("5002", "9.00", "repair"),
      ],
      received: [figure("4001", "1700.00")],
    },
    remarks: new Map([["5002", "电梯检测提前"]]),
  });
  const better = (lines: typeof final.spending): [string, Fen][] => lines.map((line) => [line.account, line.better]);

  it("counts what was saved or earned as better, and the rest as worse, line by line", () => {
    expect(better(final.spending)).to.deep.equal([
      ["5002", -50],
      ["5003", 10_000],
      ["5101", -8_000],
    ]);
    expect(better(final.income)).to.deep.equal([["4001", -10_000]]);
    expect(final.spending[0]?.remark).to.equal("电梯检测提前");
  });

  it("adds up the lines that have a budget, and beside them everything that was spent", () => {
    expect(final.totals.spending).to.deep.equal({
      all: 138_050,
      adopted: 140_000,
      changed: 0,
      planned: 140_000,
      actual: 130_050,
      better: 9_950,
    });
  });
});
