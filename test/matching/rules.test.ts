// Which of the bank's lines answers which booking.
import { expect } from "chai";
import * as fc from "fast-check";
import { fen } from "../../src/base/money.ts";
import { day, plusDays } from "../../src/base/month.ts";
import {
  countUnmatched,
  guessUnits,
  onlyCandidates,
  pairsByDay,
  pairsBySerial,
  plainName,
  suggestionsFor,
  unitIndex,
  unitsIn,
  type BankMovement,
  type BookMovement,
} from "../../src/matching/rules.ts";

const FIRST = day("2020-03-01");
const UNITS = unitIndex(["1-2-0703", "3-2-1801", "101", "S-08"]);
const NONE = unitIndex([]);

function aLine(line: number, amount: number, more: Partial<BankMovement> = {}): BankMovement {
  return { line, day: FIRST, amount: fen(amount), serial: "", counterparty: "", memo: "", ...more };
}

function aBooking(entry: number, amount: number, more: Partial<BookMovement> = {}): BookMovement {
  return { entry, day: FIRST, amount: fen(amount), serial: "", payee: "", memo: "", unit: "", ...more };
}

const numbers = (pairs: readonly { line: BankMovement; booking: BookMovement }[]): number[][] =>
  pairs.map(({ line, booking }) => [line.line, booking.entry]);

describe("certain pairs", () => {
  it("bear one serial and one amount, whatever the day", () => {
    const lines = [aLine(1, 100, { serial: "S1" }), aLine(2, 100, { serial: "S2" }), aLine(3, 7, { serial: "S3" })];
    const booked = [
      aBooking(11, 100, { serial: "S2", day: plusDays(FIRST, 9) }),
      aBooking(12, 100, { serial: "S1" }),
      aBooking(13, 8, { serial: "S3" }),
    ];
    const { pairs, lines: left, booked: open } = pairsBySerial(lines, booked);
    expect(numbers(pairs)).to.deep.equal([
      [1, 12],
      [2, 11],
    ]);
    expect([left.map(({ line }) => line), open.map(({ entry }) => entry)]).to.deep.equal([[3], [13]]);
  });

  it("without serials have the same day and amount, and words tell them apart", () => {
    const lines = [aLine(1, 100, { memo: "3栋2单元1801" }), aLine(2, 100, { memo: "1-2-703 物业费" })];
    const booked = [aBooking(11, 100, { unit: "1-2-0703" }), aBooking(12, 100, { unit: "3-2-1801" })];
    const { pairs } = pairsByDay(lines, booked, UNITS);
    expect(pairs.map(({ line, booking, how }) => [line.line, booking.entry, how])).to.deep.equal([
      [1, 12, "words"],
      [2, 11, "words"],
    ]);
  });

  it("are named by payee, whatever the width of its brackets", () => {
    const lines = [
      aLine(1, -100, { counterparty: "明辉五金店（成都）" }),
      aLine(2, -100, { counterparty: "新光水务" }),
    ];
    const booked = [aBooking(11, -100, { payee: "新光水务" }), aBooking(12, -100, { payee: "明辉五金店(成都)" })];
    expect(numbers(pairsByDay(lines, booked, NONE).pairs)).to.deep.equal([
      [1, 12],
      [2, 11],
    ]);
  });

  it("need no words where as many lines as bookings have one day and amount, unless a word speaks against it", () => {
    const three = [aLine(1, 100), aLine(2, 100), aLine(3, 100)];
    expect(pairsByDay(three, [aBooking(11, 100), aBooking(12, 100), aBooking(13, 100)], NONE).pairs).to.have.length(3);
    expect(pairsByDay(three, [aBooking(11, 100), aBooking(12, 100)], NONE).pairs).to.deep.equal([]);
    const against = [aBooking(11, -100, { payee: "张三" })];
    expect(pairsByDay([aLine(1, -100, { counterparty: "李四" })], against, NONE).pairs).to.deep.equal([]);
    const other = [aBooking(11, 100, { unit: "101" })];
    expect(pairsByDay([aLine(1, 100, { memo: "3-2-1801" })], other, UNITS).pairs).to.deep.equal([]);
  });

  it("are one to one and of equal amount, and leave the rest as it was", () => {
    const movement = fc.record({
      amount: fc.integer({ min: 1, max: 4 }),
      after: fc.integer({ min: 0, max: 2 }),
      serial: fc.constantFrom("", "A", "B", "C"),
    });
    fc.assert(
      fc.property(fc.array(movement), fc.array(movement), (bank, books) => {
        const lines = bank.map((each, index) =>
          aLine(index + 1, each.amount, { serial: each.serial, day: plusDays(FIRST, each.after) }),
        );
        const booked = books.map((each, index) =>
          aBooking(index + 1, each.amount, { serial: each.serial, day: plusDays(FIRST, each.after) }),
        );
        const bySerial = pairsBySerial(lines, booked);
        const byDay = pairsByDay(bySerial.lines, bySerial.booked, NONE);
        const pairs = [...bySerial.pairs, ...byDay.pairs];
        for (const { line, booking } of pairs) {
          expect(line.amount).to.equal(booking.amount);
        }
        expect(new Set(pairs.map(({ line }) => line.line)).size).to.equal(pairs.length);
        expect(new Set(pairs.map(({ booking }) => booking.entry)).size).to.equal(pairs.length);
        expect(byDay.lines.length).to.equal(lines.length - pairs.length);
        expect(byDay.booked.length).to.equal(booked.length - pairs.length);
        // What is certain is never more than what a statement counts as answered.
        expect(countUnmatched(lines, booked)).to.be.at.most(byDay.lines.length);
      }),
    );
  });

  it("of fifty thousand movements of one day and amount take no longer than others", () => {
    const lines = Array.from({ length: 50_000 }, (_, index) => aLine(index + 1, 100));
    const booked = Array.from({ length: 50_000 }, (_, index) => aBooking(index + 1, 100));
    const start = performance.now();
    expect(pairsByDay(lines, booked, UNITS).pairs).to.have.length(50_000);
    expect(countUnmatched(lines, booked)).to.equal(0);
    expect(performance.now() - start).to.be.lessThan(3000);
  });
});

describe("suggestions for a line", () => {
  const open = (lines: readonly BankMovement[], booked: readonly BookMovement[]) => ({ lines, booked, units: UNITS });

  it("rank the same amount by words and days, with their reasons", () => {
    const line = aLine(1, 100, { memo: "3-2-1801" });
    const booked = [
      aBooking(11, 100, { day: plusDays(FIRST, 1) }),
      aBooking(12, 100, { day: plusDays(FIRST, 4), unit: "3-2-1801" }),
      aBooking(13, 100, { unit: "101" }),
      aBooking(14, 100, { day: plusDays(FIRST, 40) }),
    ];
    const found = suggestionsFor(line, open([line], booked));
    expect(found.map(({ booked: [each], reasons }) => [each?.entry, ...reasons])).to.deep.equal([
      [12, "金额相同，相差 4 天", "附言里的房号与账上相同"],
      [11, "金额相同，相差 1 天"],
      [13, "金额相同，同一天", "户名或房号不同，请核对"],
    ]);
  });

  it("are one touch where either side has one candidate and nothing speaks against it", () => {
    const paid = aLine(1, -236_000, { day: plusDays(FIRST, 11), counterparty: "明辉五金店" });
    const booking = aBooking(11, -236_000, { day: plusDays(FIRST, 12), payee: "明辉五金店" });
    const likely = (lines: BankMovement[], booked: BookMovement[]): unknown[] =>
      onlyCandidates(open(lines, booked)).map((each) => [each.lines[0]?.line, each.booked[0]?.entry, ...each.reasons]);
    expect(likely([paid], [booking])).to.deep.equal([[1, 11, "金额相同，相差 1 天", "对方户名与收款方相同"]]);
    expect(likely([paid, { ...paid, line: 2 }], [booking])).to.deep.equal([]);
    expect(likely([paid], [booking, { ...booking, entry: 12 }])).to.deep.equal([]);
    expect(likely([{ ...paid, counterparty: "别的店" }], [booking])).to.deep.equal([]);
    expect(likely([paid], [{ ...booking, day: plusDays(FIRST, 40) }])).to.deep.equal([]);
    expect(likely([paid], [aBooking(11, -235_999)])).to.deep.equal([]);
  });

  it("add bookings up to a line, and lines up to a booking", () => {
    const line = aLine(1, 1000);
    const booked = [aBooking(11, 300), aBooking(12, 450), aBooking(13, 550), aBooking(14, -550)];
    const [merge] = suggestionsFor(line, open([line], booked));
    expect(merge?.booked.map(({ entry }) => entry)).to.have.members([12, 13]);
    expect(merge?.reasons).to.deep.equal(["2 笔账加起来正好是这一笔"]);
    const parts = [aLine(1, -300), aLine(2, -450), aLine(3, -250), aLine(4, -999)];
    const [split] = suggestionsFor(parts[0] ?? line, open(parts, [aBooking(11, -1000)]));
    expect(split?.lines.map((each) => each.line)).to.have.members([1, 2, 3]);
    expect(split?.reasons).to.deep.equal(["3 笔流水加起来正好是账上的一笔"]);
  });

  it("take a day's bookings together when a platform paid them out at once", () => {
    const line = aLine(1, 3600, { day: plusDays(FIRST, 1) });
    const booked = Array.from({ length: 36 }, (_, index) => aBooking(index + 1, 100));
    expect(suggestionsFor(line, open([line], booked))[0]?.booked).to.have.length(36);
  });

  it("always add up, and are found quickly among thousands", () => {
    const amount = fc.integer({ min: 1, max: 50 });
    fc.assert(
      fc.property(
        amount,
        fc.array(amount, { maxLength: 40 }),
        fc.array(amount, { maxLength: 40 }),
        (own, bank, books) => {
          const lines = [own, ...bank].map((each, index) => aLine(index + 1, each));
          const booked = books.map((each, index) => aBooking(index + 1, each));
          for (const found of suggestionsFor(lines[0] ?? aLine(1, own), open(lines, booked))) {
            const total = (all: readonly { readonly amount: number }[]): number =>
              all.reduce((sum, each) => sum + each.amount, 0);
            expect(total(found.lines)).to.equal(total(found.booked));
            expect(found.lines.some((each) => each.line === 1)).to.equal(true);
            expect(new Set(found.lines).size + new Set(found.booked).size).to.equal(
              found.lines.length + found.booked.length,
            );
          }
        },
      ),
    );
    const many = Array.from({ length: 5000 }, (_, index) => aBooking(index + 1, 1000 + index));
    const start = performance.now();
    suggestionsFor(aLine(1, 7_777_777), open([], many));
    expect(performance.now() - start).to.be.lessThan(1000);
  });
});

describe("words", () => {
  it("name a unit however it is written, and none that two units could be", () => {
    expect(unitsIn("3栋2单元1801室 物业费", UNITS)).to.deep.equal(["3-2-1801"]);
    expect(unitsIn("交１－２－０７０３", UNITS)).to.deep.equal(["1-2-0703"]);
    expect(unitsIn("s-08，2020-01", UNITS)).to.deep.equal(["S-08"]);
    expect(unitsIn("2101 与 1010", UNITS)).to.deep.equal([]);
    expect(unitsIn("1-01", unitIndex(["1-1", "1-01"]))).to.deep.equal([]);
  });

  it("are compared without width, case, spaces and brackets", () => {
    expect(plainName("明辉五金店（成都） ＡＢ")).to.equal(plainName("明辉五金店(成都)ab"));
  });

  it("tell whose money an unexplained receipt may be", () => {
    const owners = new Map([
      ["101", ["张三丰"]],
      ["S-08", ["李四", "张三丰"]],
    ]);
    expect(guessUnits({ memo: "3-2-1801", counterparty: "张三丰" }, UNITS, owners)).to.deep.equal([
      { unit: "3-2-1801", reason: "附言里写着这个房号" },
      { unit: "101", reason: "付款人与这一户的业主同名" },
      { unit: "S-08", reason: "付款人与这一户的业主同名" },
    ]);
    expect(guessUnits({ memo: "", counterparty: "" }, UNITS, owners)).to.deep.equal([]);
  });
});
