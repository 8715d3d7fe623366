// The order of movements, told by the balance beside each.
import { expect } from "chai";
import * as fc from "fast-check";
import { fen } from "../../src/base/money.ts";
import { day, plusDays } from "../../src/base/month.ts";
import { arrangeByBalance, holesIn, orderByDay, type Running } from "../../src/base/running.ts";

const FIRST = day("2020-01-01");

/** Movements of consecutive amounts from a balance, so many days after the first each. */
function chained(start: number, moves: readonly (readonly [after: number, amount: number])[]): Running[] {
  let balance = start;
  return moves.map(([after, amount]) => {
    balance += amount;
    return { day: plusDays(FIRST, after), amount: fen(amount), balance: fen(balance) };
  });
}

const anyChain = fc
  .tuple(
    fc.integer({ min: -1000, max: 1000 }),
    fc.array(
      fc.tuple(
        fc.integer({ min: 0, max: 5 }),
        fc.integer({ min: -9, max: 9 }).filter((amount) => amount !== 0),
      ),
      {
        minLength: 1,
        maxLength: 60,
      },
    ),
  )
  .map(([start, moves]) =>
    chained(
      start,
      moves.toSorted((a, b) => a[0] - b[0]),
    ),
  );

describe("movements with their balances", () => {
  it("are put in order from any jumble of their days' lines", () => {
    fc.assert(
      fc.property(anyChain, fc.infiniteStream(fc.nat()), (lines, noise) => {
        const keys = new Map(lines.map((line) => [line, noise.next().value ?? 0]));
        const jumbled = lines.toSorted((a, b) => (keys.get(a) ?? 0) - (keys.get(b) ?? 0));
        const ordered = orderByDay(jumbled);
        expect(holesIn(ordered)).to.deep.equal([]);
        expect(ordered).to.have.members(lines);
      }),
    );
  });

  it("keep their order upwards, and are turned downwards", () => {
    const lines = chained(0, [
      [0, 5],
      [0, 6],
      [1, 7],
      [2, -3],
    ]);
    expect(arrangeByBalance(lines)).to.deep.equal({ lines, holes: [], isFlipped: false });
    expect(arrangeByBalance(lines.toReversed())).to.deep.equal({ lines, holes: [], isFlipped: false });
  });

  it("of different days are never turned against them", () => {
    const [first, second] = chained(0, [
      [0, 100],
      [1, 100],
    ]);
    const apart = [
      { ...(first as Running), balance: fen(300) },
      { ...(second as Running), balance: fen(200) },
    ];
    expect(arrangeByBalance(apart).holes.map(({ missing }) => missing)).to.deep.equal([-200]);
  });

  it("show exactly the hole that a missing line leaves", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 10_000 }), { minLength: 5, maxLength: 30 }),
        fc.nat(),
        (amounts, at) => {
          // Each on a day of its own, and growing sums, so that no other order can meet.
          const lines = chained(
            0,
            amounts.map((amount, index) => [index, amount]),
          );
          const gone = 1 + (at % (lines.length - 2));
          const { holes } = arrangeByBalance(lines.filter((_, index) => index !== gone));
          expect(holes).to.deep.equal([
            { before: lines[gone - 1], after: lines[gone + 1], missing: lines[gone]?.amount },
          ]);
        },
      ),
    );
  });
});
