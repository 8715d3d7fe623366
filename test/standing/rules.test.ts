// Who owes what for how long, what fits a letter, whose unit is whose.
import { expect } from "chai";
import * as fc from "fast-check";
import { fen, sum, type Fen } from "../../src/base/money.ts";
import { day, month, monthsFrom, plusMonths, type Month } from "../../src/base/month.ts";
import { dueOn, type Bill } from "../../src/fees/rules.ts";
import { unitsHeldBy } from "../../src/people/rules.ts";
import { arrearsCsv, letterModel, messageText } from "../../src/standing/page.ts";
import { arrearsOn, letterRows, overdueFor } from "../../src/standing/rules.ts";

const bill = (period: string, amount: number, settled = 0): Bill => ({
  unit: "101",
  period: month(period),
  amount: fen(amount),
  settled: fen(settled),
  origin: "billed",
});
const standing = (unit: string, bills: readonly Bill[]) => ({ unit, bills, prepaid: fen(0) });

describe("arrears by age", () => {
  it("count from the due day, which is the last of the bill's month", () => {
    expect(dueOn(month("2020-02"))).to.equal("2020-02-29");
    const bills = [
      bill("2019-01", 1),
      bill("2019-12", 10, 10),
      bill("2020-01", 100, 40),
      bill("2020-02", 1000),
      bill("2020-03", 10_000),
    ];
    const [arrears] = arrearsOn(day("2020-03-30"), [standing("101", bills)]);
    // 2020-03 is due tomorrow, 2020-02 for 30 days, 2020-01 for 59, 2019-01 for 424.
    expect(arrears?.notDue).to.equal(10_000);
    expect(arrears?.bands).to.deep.equal([1000, 60, 0, 0, 0, 1]);
    expect([arrears?.total, arrears?.since, arrears?.days]).to.deep.equal([11_061, "2019-01", 424]);
  });

  it("leave out who owes nothing, and never lose or count a fen twice", () => {
    expect(arrearsOn(day("2020-03-30"), [standing("101", [bill("2020-01", 5, 5)])])).to.deep.equal([]);
    const months = monthsFrom(month("2018-01"), month("2020-03"));
    fc.assert(
      fc.property(fc.subarray(months, { minLength: 1 }), fc.nat(1000), (owed, days) => {
        const bills = owed.map((period, index) => bill(period, 100 + index));
        const on = day(days % 2 === 0 ? "2020-03-15" : "2020-04-15");
        const [arrears] = arrearsOn(on, [standing("101", bills)]);
        const parts: Fen[] = [arrears?.notDue ?? fen(0), ...(arrears?.bands ?? [])];
        expect(sum(parts)).to.equal(arrears?.total);
        expect(arrears?.total).to.equal(sum(bills.map(({ amount }) => amount)));
      }),
    );
  });

  it("are reminded of from the oldest on, and only when they are overdue", () => {
    const on = day("2020-03-30");
    const all = arrearsOn(on, [
      standing("new", [bill("2020-03", 1)]),
      standing("b", [bill("2020-02", 1)]),
      standing("a", [bill("2020-02", 1)]),
      standing("old", [bill("2019-01", 1)]),
    ]);
    expect(overdueFor(0, all).map(({ unit }) => unit)).to.deep.equal(["old", "a", "b"]);
    expect(overdueFor(31, all).map(({ unit }) => unit)).to.deep.equal(["old"]);
  });

  it("go to a spreadsheet with units and amounts, safe from formulas", () => {
    const row = { unit: "=1+1", total: "12.00", since: "2020-01", days: 59, bills: 1, notDue: "0.00", reminded: null };
    const csv = arrearsCsv([{ ...row, bands: ["0.00", "12.00", "0.00", "0.00", "0.00", "0.00"] }]);
    const [head, line] = csv.split("\r\n");
    expect(head).to.equal(
      "\ufeff房号,欠费合计,最早账单,最久逾期天数,账单张数,未到期,1–30 天,31–60 天,61–90 天,91–180 天,181–365 天,365 天以上,最近催缴",
    );
    expect(line).to.match(/^'=1\+1,12\.00,2020-01,59,1,0\.00,0\.00,12\.00/u);
  });
});

describe("a reminder", () => {
  const about = { communityName: "小院", issuer: "小院物业" };
  const run = { run: 1, day: day("2020-03-30"), payBy: day("2020-04-29"), how: "请转账到「专户」。" };

  it("lists every bill while they fit a page", () => {
    const bills = monthsFrom(month("2019-01"), month("2020-03")).map((period) => bill(period, 100, 10));
    const rows = letterRows(bills);
    expect(rows).to.have.length(15);
    expect(rows[0]).to.deep.equal({ from: "2019-01", to: "2019-01", count: 1, amount: 100, paid: 10 });
  });

  it("sums up the oldest years of a long list, and nothing is lost", () => {
    const first = month("2012-05");
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100 }), (count) => {
        const bills = Array.from({ length: count }, (_, index) => bill(plusMonths(first, index), 100, 1));
        const rows = letterRows(bills);
        expect(rows.length).to.be.at.most(18);
        expect(sum(rows.map(({ amount }) => amount))).to.equal(count * 100);
        expect(rows.reduce((total, row) => total + row.count, 0)).to.equal(count);
        expect(rows.map(({ from }): Month => from)).to.deep.equal(rows.map(({ from }) => from).toSorted());
      }),
    );
  });

  it("says in letter and message what is owed and how to pay it", () => {
    const bills = [bill("2020-01", 10_000, 4000), bill("2020-02", 10_000)];
    const reminder = { unit: "101", total: fen(16_000), rows: letterRows(bills) };
    const letter = letterModel(reminder, run, about);
    expect([letter.since, letter.total, letter.payBy]).to.deep.equal(["2020年1月", "160.00", "2020年4月29日"]);
    expect(letter.bills[0]).to.deep.equal({
      period: "2020年1月",
      amount: "100.00",
      paid: "40.00",
      owed: "60.00",
      due: "2020-01-31",
    });
    expect(messageText(reminder, run, about)).to.equal(
      "【小院】101 业主您好：到2020年3月30日，您家从2020年1月起的物业费还有 160.00 元没有缴（2 张账单）。请在2020年4月29日前缴清。请转账到「专户」。已经缴了或有疑问，请告诉我们。小院物业",
    );
  });
});

describe("the units that somebody holds", () => {
  const holding = (unit: string, since: string, ...owners: string[]) => ({ unit, since: day(since), owners });
  const holdings = [
    holding("101", "2020-01-01", "P1"),
    holding("101", "2020-03-01", "P2"),
    holding("102", "2020-01-01", "P1", "P3"),
  ];
  const held = (owners: string[], on: string): string[] => unitsHeldBy(owners, holdings, day(on));

  it("are those held on the day, alone or jointly", () => {
    expect(held(["P1"], "2020-02-28")).to.deep.equal(["101", "102"]);
    expect(held(["P1"], "2020-03-01")).to.deep.equal(["102"]);
    expect(held(["P2"], "2020-03-01")).to.deep.equal(["101"]);
    expect(held(["P3"], "2019-12-31")).to.deep.equal([]);
    expect(held([], "2020-03-01")).to.deep.equal([]);
  });
});
