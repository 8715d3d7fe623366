// The trustee's draw (contract section 4): cumulative rounding, claw-back, cap, deed versions in mid-year.
import { expect } from "chai";
import * as fc from "fast-check";
import { fen, ZERO } from "../../src/base/money.ts";
import { day, month, monthsFrom, nextMonth } from "../../src/base/month.ts";
import { shareOf } from "../../src/base/share.ts";
import { drawable, drawOf, overpaid, type DrawFacts, type DrawMonth } from "../../src/draw/rules.ts";
import type { Balance } from "../../src/ledger/rules.ts";
import type { DeedVersion } from "../../src/trust/rules.ts";

function aDeed(rate: string, from = "2020-01", cap?: string): DeedVersion {
  const draw = { rate, base: ["4001"], method: "received" as const, ...(cap === undefined ? {} : { cap }) };
  return { from: month(from), draw, publishBy: 10, answerWithin: 7 };
}

/** The draws of one month after the other, each by the deed of its month. */
function draws(first: string, bases: readonly number[], deedIn: (m: string) => DeedVersion): DrawMonth[] {
  let m = month(first);
  const made: DrawMonth[] = [];
  for (const base of bases) {
    made.push(drawOf(m, deedIn(m), fen(base), made));
    m = nextMonth(m);
  }
  return made;
}

const earned = (made: readonly DrawMonth[]): number[] => made.map((draw) => draw.earned);

describe("the draw", () => {
  it("rounds on the running total, so that the year is exact to one rounding", () => {
    // 12.5 % of 0.01, 0.02 … 0.08: three times half a fen would be rounded up if each month stood alone.
    expect(earned(draws("2020-01", [4, 4, 4, 4], () => aDeed("0.125")))).to.deep.equal([1, 0, 1, 0]);
  });

  it("is negative in a month whose refunds outweigh its receipts", () => {
    expect(earned(draws("2020-01", [100_000, -40_000, 10_000], () => aDeed("0.15")))).to.deep.equal([
      15_000, -6000, 1500,
    ]);
  });

  it("starts a new segment with the year and with a deed version", () => {
    const deed = (m: string): DeedVersion => (m < "2020-12" ? aDeed("0.15") : aDeed("0.1", "2020-12"));
    expect(earned(draws("2020-11", [333, 333, 333], deed))).to.deep.equal([50, 33, 33]);
  });

  it("never exceeds the cap in a calendar year, and begins anew in January", () => {
    const capped = draws("2020-10", [100_000, 100_000, 100_000, 100_000], () => aDeed("0.15", "2020-01", "250.00"));
    expect(earned(capped)).to.deep.equal([15_000, 10_000, 0, 15_000]);
  });

  it("never drifts from rate × base by more than half a fen, whatever the months bring", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -500_000, max: 5_000_000 }), { maxLength: 12 }),
        fc.integer({ min: 1, max: 9999 }),
        (bases, ten) => {
          const rate = `0.${String(ten).padStart(4, "0")}`;
          const made = draws("2020-01", bases, () => aDeed(rate));
          const total = fen(bases.reduce((sum, base) => sum + base, 0));
          expect(earned(made).reduce((sum, each) => sum + each, 0)).to.equal(shareOf(rate, total));
        },
      ),
    );
  });
});

describe("paying the draw", () => {
  function received(m: string, amount: number): Balance {
    return {
      month: month(m),
      fund: "common",
      account: "1002",
      bank: "common",
      flow: "received",
      purpose: "4001",
      debit: fen(amount),
      credit: ZERO,
    };
  }
  const balances = [received("2020-01", 100_000), received("2020-02", 200_000)];

  function facts(over: Partial<DrawFacts>): DrawFacts {
    const open = monthsFrom(month("2020-01"), month("2020-03")).map((each) => ({ month: each, balances }));
    return { owedAtClose: ZERO, closed: [], open, deeds: [aDeed("0.15")], payments: [], ...over };
  }
  const pay = (on: string, amount: number) => ({ day: day(on), amount: fen(amount), source: on });

  it("is possible from the first day of the month after, up to what was earned", () => {
    expect(overpaid(facts({ payments: [pay("2020-02-01", 15_000), pay("2020-03-01", 30_000)] }))).to.deep.equal([]);
  });

  it("is refused a day too early and a fen too much", () => {
    const wrong = overpaid(
      facts({ payments: [pay("2020-01-31", 1), pay("2020-02-01", 15_000), pay("2020-03-01", 30_001)] }),
    );
    expect(wrong.map(({ payment, owed }) => [payment.day, owed])).to.deep.equal([
      ["2020-01-31", 0],
      ["2020-02-01", 14_999],
      ["2020-03-01", 29_999],
    ]);
  });

  it("counts what was owed before", () => {
    expect(overpaid(facts({ owedAtClose: fen(500), payments: [pay("2020-01-01", 500)] }))).to.deep.equal([]);
  });

  it("by request takes what closing booked, less what was paid of it, and nothing of months still open", () => {
    expect(drawable(facts({}), day("2020-03-20"))).to.equal(0);
    const owed = facts({ owedAtClose: fen(20_000), payments: [pay("2020-01-10", 5000)] });
    expect(drawable(owed, day("2020-03-20"))).to.equal(15_000);
    expect(drawable(facts({ owedAtClose: fen(-300) }), day("2020-03-20"))).to.equal(0);
  });

  it("by request leaves what an open month of refunds will take back", () => {
    const refunds = [{ ...received("2020-01", 0), credit: fen(100_000) }];
    const open = [{ month: month("2020-01"), balances: refunds }];
    const owed = facts({ owedAtClose: fen(20_000), open });
    expect(drawable(owed, day("2020-01-31"))).to.equal(5000);
    expect(drawable(owed, day("2020-02-01"))).to.equal(5000);
    expect(drawable(owed, day("2019-12-31"))).to.equal(20_000);
    // A draw that follows this is none that is refused as overpaid.
    expect(overpaid({ ...owed, payments: [pay("2020-02-01", 5000)] })).to.deep.equal([]);
  });
});
