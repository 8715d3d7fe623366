// The simulator: 风华苑 tries other levels of service, and for any choice the fee found covers the year and one fen less
// does not.
import { expect } from "chai";
import * as fc from "fast-check";
import { add, fen, fromYuan, sum, toYuan, type Fen } from "../../src/base/money.ts";
import { month } from "../../src/base/month.ts";
import { Refusal } from "../../src/base/refusal.ts";
import { asRate, feeFor, shareOf } from "../../src/base/share.ts";
import { planOf } from "../../src/draft/rules.ts";
import type { Line, Plan } from "../../src/plan/rules.ts";
import { mainUse, simulate, type Choice } from "../../src/simulator/rules.ts";
import type { Unit } from "../../src/people/rules.ts";
import { aLine, factsOf, FENGHUAYUAN_UNITS, LINES_2021, plain, posts, TERMS } from "../plan/plans.ts";

const CLEANING: Line = {
  ...aLine(3, "5003", plain("42000.00")),
  title: "保洁",
  levels: [
    { name: "每周三次", what: "", basis: plain("31200.00") },
    { name: "每天一次", what: "", basis: plain("42000.00") },
    { name: "每天两次", what: "", basis: plain("242000.00") },
  ],
  chosen: 1,
};
const lines = LINES_2021.map((line) => (line.id === 3 ? CLEANING : line));
const plan = planOf(factsOf({ lines }));
const choice = (over: Partial<Choice> = {}): Choice => ({ levels: new Map(), use: "住宅", home: null, ...over });

describe("the simulator", () => {
  it("finds what flats must pay when shops stay as they are", () => {
    const home = { use: "住宅", area: "89.5", factor: "1" };
    const found = simulate(plan, choice({ home }));
    // 384,235.29 of fees + 96,000.00 of parking = 408,200.00 of spending + 15 % of 480,235.29
    expect([found.needed, found.neededDraw, found.neededDue]).to.deep.equal(["384235.29", "72035.29", "404458.20"]);
    expect(found.rates).to.deep.equal([
      { use: "住宅", present: "0.81", found: "0.75" },
      { use: "商业", present: "2.4", found: "2.4" },
    ]);
    expect([found.due, found.balance.fees, found.balance.left]).to.deep.equal(["405697.32", "385412.45", "1000.58"]);
    expect(found.home).to.deep.equal({ present: "72.50", found: "67.13" });
  });

  it("lets all rates move together when asked, each up to the next fen", () => {
    expect(simulate(plan, choice({ use: "" })).rates.map(({ use, found }) => [use, found])).to.deep.equal([
      ["住宅", "0.76"],
      ["商业", "2.26"],
    ]);
  });

  it("charges a dearer service to who asks for it, also where the shops take the change", () => {
    const dear = simulate(plan, choice({ levels: new Map([[3, 2]]) }));
    expect([dear.balance.spending, dear.needed]).to.deep.equal(["608200.00", "619529.41"]);
    expect(dear.rates.map(({ found }) => found)).to.deep.equal(["1.24", "2.4"]);
    const shops = simulate(plan, choice({ levels: new Map([[3, 2]]), use: "商业" }));
    expect(shops.rates.map(({ found }) => found)).to.deep.equal(["0.81", "23.02"]);
  });

  it("needs no fee where other income pays for everything", () => {
    const cheap = planOf(factsOf({ lines: lines.filter(({ account }) => account === "4002") }));
    const found = simulate(cheap, choice());
    expect([found.needed, found.rates[0]?.found]).to.deep.equal(["0.00", "0.00"]);
  });

  it("refuses a level, a use or an area that is not there", () => {
    const codeOf = (wish: Partial<Choice>, of: Plan = plan): string => {
      try {
        simulate(of, choice(wish));
      } catch (error) {
        return error instanceof Refusal ? error.code : String(error);
      }
      return "done";
    };
    expect(codeOf({ levels: new Map([[3, 3]]) })).to.equal("LEVEL_UNKNOWN");
    expect(codeOf({ levels: new Map([[999, 0]]) })).to.equal("LINE_UNKNOWN");
    expect(codeOf({ use: "厂房" })).to.equal("USE_UNKNOWN");
    expect(codeOf({ home: { use: "厂房", area: "1", factor: "1" } })).to.equal("USE_UNKNOWN");
    expect(codeOf({}, planOf(factsOf({ units: [] })))).to.equal("USE_UNKNOWN");
    const free = FENGHUAYUAN_UNITS.map((unit) => ({ ...unit, discount: "0" }));
    expect(codeOf({}, planOf(factsOf({ units: free })))).to.equal("FEE_BEYOND");
  });

  it("takes the use that pays most when nobody says which", () => {
    expect(mainUse(plan.fees)).to.equal("住宅");
  });
});

// ---- For any community and any choice ---------------------------------------------------------------------------

const anyUnit = fc.record({
  use: fc.constantFrom("住宅", "商业", "办公"),
  area: fc.integer({ min: 1000, max: 30_000 }).map((hundredths) => (hundredths / 100).toFixed(2)),
  discount: fc.constantFrom("1", "0.7", "0.35"),
  from: fc.constantFrom(month("2020-01"), month("2021-05")),
});

const anyLevels = fc.array(fc.integer({ min: 0, max: 200_000 }), { minLength: 1, maxLength: 4 });

/** What owners pay for a year at those rates, bill by bill, counted otherwise than in the code that is tested. */
function billed(units: readonly Unit[], rates: ReadonlyMap<string, string>): Fen {
  return sum(
    units.map(({ use, area, discount, from }) => {
      const months = from === "2021-05" ? 8 : 12;
      return sum(Array.from({ length: months }, () => feeFor(rates.get(use) ?? "0", area, discount)));
    }),
  );
}

describe("for any community and any choice, the simulator", () => {
  const anyCase = fc.record({
    units: fc.array(anyUnit, { minLength: 1, maxLength: 12 }),
    lines: fc.array(anyLevels, { minLength: 1, maxLength: 5 }),
    picks: fc.array(fc.nat(3), { minLength: 5, maxLength: 5 }),
    parking: fc.integer({ min: 0, max: 1_000_000 }),
    collection: fc.constantFrom("0.73", "0.95", "0.995", "1"),
    reserves: fc.integer({ min: 0, max: 500_000 }),
    isAll: fc.boolean(),
  });
  const rates = ["住宅", "商业", "办公"].map((use, index) => {
    return { use, from: month("2020-01"), rate: ["0.81", "2.4", "1.5"][index] ?? "1" };
  });

  it("adds up the chosen levels, and finds the least fee that covers them at the stated collection rate", () => {
    fc.assert(
      fc.property(anyCase, ({ units: drawn, lines: levels, picks, parking, collection, reserves, isAll }) => {
        const units = drawn.map((unit, index) => ({ ...unit, name: String(index) }));
        const offered = levels.map((amounts, index) => ({
          ...aLine(index + 1, "5003", plain("0.00")),
          levels: amounts.map((amount, level) => ({ name: `${level}`, what: "", basis: plain(toYuan(fen(amount))) })),
        }));
        const terms = { ...TERMS, collection, reserves: toYuan(fen(reserves)) };
        const tariff = { rates, discounts: [], placements: [] };
        const income = aLine(9, "4002", plain(toYuan(fen(parking))));
        const any = planOf(factsOf({ units, lines: [...offered, income], terms, tariff }));
        const chosen = new Map(offered.map(({ id, levels: own }, index) => [id, (picks[index] ?? 0) % own.length]));
        const use = isAll ? "" : mainUse(any.fees);
        const found = simulate(any, { levels: chosen, use, home: null });

        const spending = sum(offered.map(({ id, levels: own }) => fromYuan(priceOf(own[chosen.get(id) ?? 0]))));
        expect(found.balance.spending).to.equal(toYuan(spending));
        const leftAt = (at: ReadonlyMap<string, string>): number => {
          const paid = shareOf(collection, billed(units, at));
          const draw = shareOf("0.15", add(paid, fen(parking)));
          return paid + parking + reserves - spending - draw;
        };
        const at = new Map(found.rates.map((each) => [each.use, each.found]));
        expect(leftAt(at)).to.be.at.least(0);
        expect(toYuan(fen(leftAt(at)))).to.equal(found.balance.left);
        const lead = mainUse(any.fees);
        const less = fromYuan(at.get(lead) ?? "0.00") - 1;
        if (less >= 0) {
          const present = fromYuan(asRate(found.rates.find((each) => each.use === lead)?.present ?? "1"));
          const inStep = found.rates.map((each): [string, string] => {
            const alone = each.use === lead ? less : Math.ceil((fromYuan(asRate(each.present)) * less) / present);
            return [each.use, each.use === lead || isAll ? toYuan(fen(alone)) : each.found];
          });
          expect(leftAt(new Map(inStep))).to.be.below(0);
        }
      }),
      { numRuns: 200 },
    );
  });
});

function priceOf(level: Line["levels"][number] | undefined): string {
  return level?.basis.kind === "plain" ? level.basis.amount : "0.00";
}

describe("a simulation of posts", () => {
  it("counts each post by its months", () => {
    const guards = { ...aLine(1, "5005", posts("1", "2792.00")), title: "门岗" };
    const levels = ["1", "2"].map((count) => ({ name: `${count}人`, what: "", basis: posts(count, "2792.00") }));
    const small = planOf(factsOf({ lines: [{ ...guards, levels }] }));
    expect(simulate(small, choice({ levels: new Map([[1, 1]]) })).balance.spending).to.equal("67008.00");
  });
});
