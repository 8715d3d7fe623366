// Rates and shares multiply money exactly and round half up to the fen.
import { expect } from "chai";
import * as fc from "fast-check";
import { fen } from "../../src/base/money.ts";
import {
  asPercent,
  asRate,
  compareDecimals,
  costOf,
  feeFor,
  fromPercent,
  inStep,
  isPlainDecimal,
  percentOf,
  portionOf,
  shareOf,
  sumDecimals,
  wholeOf,
} from "../../src/base/share.ts";

describe("a share of an amount", () => {
  it("is rounded half up to the fen, halves of refunds away from zero", () => {
    expect(shareOf("0.15", fen(28_000))).to.equal(4200);
    expect(shareOf("0.5", fen(1))).to.equal(1);
    expect(shareOf("0.125", fen(100))).to.equal(13);
    expect(shareOf("0.125", fen(-100))).to.equal(-13);
    expect(shareOf("0.15", fen(0))).to.equal(0);
  });

  it("is what whole numbers say, for every rate of three decimals", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 999 }), fc.integer({ min: 0, max: 10 ** 12 }), (permille, amount) => {
        const share = shareOf(`0.${String(permille).padStart(3, "0")}`, fen(amount));
        expect(BigInt(share)).to.equal((BigInt(permille) * BigInt(amount) * 2n + 1000n) / 2000n);
      }),
    );
  });
});

describe("a month's fee", () => {
  it("is rate × area × discount, rounded half up to the fen", () => {
    expect(feeFor("1.00", "50.5", "1")).to.equal(5050);
    expect(feeFor("2.00", "20", "0.7")).to.equal(2800);
    expect(feeFor("1.15", "89.55", "1")).to.equal(10_298);
    expect(feeFor("0.5", "0.01", "1")).to.equal(1);
  });
});

describe("what a plan multiplies and divides", () => {
  it("is quantity × price × times, rounded once at the end", () => {
    expect(costOf("2.5", "3400.00", 12)).to.equal(10_200_000);
    expect(costOf("3", "0.335", 1)).to.equal(101);
    expect(() => costOf("999999999999", "999999999999", 12)).to.throw(/超出了账簿能精确表示的范围/u);
  });

  it("is a part of the months of a year", () => {
    expect([portionOf(fen(100), 7, 12), portionOf(fen(100), 12, 12), portionOf(fen(-1), 1, 2)]).to.deep.equal([
      58, 100, -1,
    ]);
  });

  it("finds the whole of which a share is at least the amount", () => {
    expect(wholeOf("0.93", fen(93_000))).to.equal(100_000);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1000 }), fc.integer({ min: 0, max: 1e9 }), (permille, amount) => {
        const share = String(permille / 1000);
        expect(shareOf(share, wholeOf(share, fen(amount)))).to.be.at.least(amount);
      }),
    );
  });

  it("moves a rate in step with another, up to the next fen, and not where that one was nothing", () => {
    expect([inStep("2.4", "0.81", "1.11"), inStep("2.4", "0.8", "0.8"), inStep("2.4", "0", "1.11")]).to.deep.equal([
      "3.29",
      "2.40",
      "2.40",
    ]);
  });

  it("adds areas and reads percentages exactly", () => {
    expect(sumDecimals(["118.9", "0.1", "91.07"])).to.equal("210.07");
    expect(sumDecimals([])).to.equal("0");
    expect([fromPercent("93.5"), fromPercent("100")]).to.deep.equal(["0.935", "1"]);
  });
});

describe("a plain decimal", () => {
  it("has no sign, no exponent, no comma", () => {
    expect(["0", "0.15", "12", "89.55"].every(isPlainDecimal)).to.equal(true);
    for (const text of ["", "-1", "+1", "1e3", "1,000", ".5", "1.", "NaN", "0x1", "1.123456789"]) {
      expect(isPlainDecimal(text), text).to.equal(false);
    }
  });

  it("compares by value", () => {
    expect(compareDecimals("1.0", "1")).to.equal(0);
    expect(compareDecimals("0.9", "0.10")).to.be.greaterThan(0);
  });

  it("is read as a rate with two decimals at least", () => {
    expect(["2.4", "1", "0.815"].map(asRate)).to.deep.equal(["2.40", "1.00", "0.815"]);
  });

  it("is read as a percentage", () => {
    expect(asPercent("0.15")).to.equal("15 %");
    expect(asPercent("0.125")).to.equal("12.5 %");
    expect(percentOf(1, 3)).to.equal("33.3 %");
    expect(percentOf(1, 0)).to.equal(null);
  });

  it("is a percentage of all, of nobody, or beyond a limit only when it is", () => {
    expect(percentOf(4_053_051, 4_055_051)).to.equal("99.95 %");
    expect([percentOf(7, 7), percentOf(999, 1000), percentOf(0, 7)]).to.deep.equal(["100.0 %", "99.9 %", "0.0 %"]);
    expect([percentOf(1, 100_000), percentOf(100_001, 100_000)]).to.deep.equal(["0.001 %", "100.001 %"]);
    expect(percentOf(2_890_290, 4_335_436, [[2, 3]])).to.equal("66.66665 %");
    expect(percentOf(276, 413, [[2, 3]])).to.equal("66.8 %");
    expect([percentOf(2, 3, [[2, 3]]), percentOf(2_000_001, 4_000_000, [[1, 2]])]).to.deep.equal([
      "66.7 %",
      "50.00003 %",
    ]);
  });

  it("reads on the side of every limit on which it is", () => {
    const limits = [
      [0, 1],
      [1, 2],
      [2, 3],
      [3, 4],
      [1, 1],
    ] as const;
    const counts = fc.integer({ min: 1, max: 50_000_000 });
    fc.assert(
      fc.property(counts, counts, fc.constantFrom(-1, 0, 1), (whole, any, near) => {
        const parts = [any % (whole + 1), ...limits.map(([of, n]) => Math.floor((whole * of) / n) + near)];
        for (const part of parts.filter((each) => each >= 0)) {
          const shown = Number(percentOf(part, whole, limits)?.replace(" %", ""));
          for (const [of, n] of limits) {
            const isBeyond = part * n >= of * whole;
            expect(shown >= (100 * of) / n - 1e-9 || !isBeyond, `${part}/${whole}`).to.equal(true);
            expect(shown < (100 * of) / n || isBeyond, `${part}/${whole}`).to.equal(true);
          }
        }
      }),
    );
  });
});
