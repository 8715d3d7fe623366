// What a unit is charged a month: rate × area × discount, and a discount only by rule (contract section 4).
import { expect } from "chai";
import * as fc from "fast-check";
import { month } from "../../src/base/month.ts";
import { chargesOf, rateIn, rulesInForce, type Placement, type Tariff } from "../../src/tariff/rules.ts";

const FEBRUARY = month("2020-02");
const MARCH = month("2020-03");

const units = [
  { name: "101", use: "住宅", area: "89.55", discount: "1", from: month("2020-01") },
  { name: "102", use: "住宅", area: "118.9", discount: "0.7", from: month("2020-01") },
  { name: "S1", use: "商业", area: "20", discount: "1", from: month("2020-04") },
];
const rates = [
  { use: "住宅", from: month("2020-01"), rate: "0.81" },
  { use: "住宅", from: MARCH, rate: "1.11", resolution: "2020年第1次业主大会决议" },
  { use: "商业", from: month("2020-01"), rate: "2.40" },
];
const VACANT = {
  name: "空置房",
  from: month("2020-02"),
  factor: "0.7",
  text: "连续空置六个月以上，凭水表读数",
  resolution: "2020年第1次业主大会决议",
};
const placed = (unit: string, from: string, rule = VACANT.name): Placement => ({
  unit,
  from: month(from),
  rule,
  reason: "",
});
const tariff = (over: Partial<Tariff> = {}): Tariff => ({ rates, discounts: [VACANT], placements: [], ...over });
const amounts = (m: typeof MARCH, over: Partial<Tariff> = {}): [string, number][] =>
  chargesOf(m, units, tariff(over)).charges.map(({ unit, amount }) => [unit.name, amount]);

describe("a month's charges", () => {
  it("are rate × area × discount, rounded half up to the fen, for units that have begun", () => {
    expect(amounts(FEBRUARY)).to.deep.equal([
      ["101", 7254],
      ["102", 6742],
    ]);
    expect(chargesOf(FEBRUARY, units, tariff()).leftOut.map(({ unit, why }) => [unit.name, why])).to.deep.equal([
      ["S1", "not-begun"],
    ]);
  });

  it("follow the rate that holds in their month and name its resolution", () => {
    expect(amounts(MARCH)).to.deep.equal([
      ["101", 9940],
      ["102", 9239],
    ]);
    expect(chargesOf(MARCH, units, tariff()).charges[0]?.rate.resolution).to.equal("2020年第1次业主大会决议");
    expect(rateIn(rates, "住宅", month("2019-12"))).to.equal(undefined);
  });

  it("leave out a use without a rate and say so", () => {
    const { leftOut } = chargesOf(month("2020-04"), units, tariff({ rates: rates.slice(0, 2) }));
    expect(leftOut.map(({ unit, why }) => [unit.name, why])).to.deep.equal([["S1", "no-rate"]]);
  });
});

describe("a discount rule", () => {
  it("takes the place of the discount a unit moved in with, from the month on that the unit stands under it", () => {
    const placements = [placed("101", "2020-03"), placed("102", "2020-03")];
    expect(amounts(FEBRUARY, { placements })).to.deep.equal(amounts(FEBRUARY));
    // 1.11 × 89.55 × 0.7 and 1.11 × 118.9 × 0.7, not 0.7 twice.
    expect(amounts(MARCH, { placements })).to.deep.equal([
      ["101", 6958],
      ["102", 9239],
    ]);
  });

  it("ends for a unit with a later row, and for all units with its last month", () => {
    const ended = [placed("101", "2020-02"), placed("101", "2020-03", "")];
    expect(amounts(FEBRUARY, { placements: ended })[0]).to.deep.equal(["101", 5077]);
    expect(amounts(MARCH, { placements: ended })[0]).to.deep.equal(["101", 9940]);
    const bounded = { placements: [placed("101", "2020-02")], discounts: [{ ...VACANT, until: FEBRUARY }] };
    expect(amounts(FEBRUARY, bounded)[0]).to.deep.equal(["101", 5077]);
    expect(amounts(MARCH, bounded)[0]).to.deep.equal(["101", 9940]);
  });

  it("has versions: the next one takes over from its month", () => {
    const discounts = [VACANT, { ...VACANT, from: MARCH, factor: "0.5" }];
    const placements = [placed("101", "2020-02")];
    expect(amounts(FEBRUARY, { discounts, placements })[0]).to.deep.equal(["101", 5077]);
    expect(amounts(MARCH, { discounts, placements })[0]).to.deep.equal(["101", 4970]);
  });

  it("is what was recorded last, among rows that begin in one month", () => {
    const placements = [placed("101", "2020-02"), placed("101", "2020-02", "")];
    expect(rulesInForce(FEBRUARY, tariff({ placements })).size).to.equal(0);
    expect(rulesInForce(FEBRUARY, tariff({ placements: placements.toReversed() })).get("101")?.name).to.equal("空置房");
  });

  it("never touches units that do not stand under it", () => {
    const from = fc.constantFrom("2020-01", "2020-02", "2020-03", "2020-04");
    fc.assert(
      fc.property(fc.array(fc.tuple(from, fc.constantFrom("空置房", "")), { maxLength: 5 }), (rows) => {
        const placements = rows.map(([since, rule]) => placed("101", since, rule));
        expect(amounts(MARCH, { placements })[1]).to.deep.equal(["102", 9239]);
      }),
    );
  });
});
