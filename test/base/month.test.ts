// Days and months of Asia/Shanghai as text.
import { expect } from "chai";
import * as fc from "fast-check";
import {
  compareDays,
  day,
  dayAt,
  daysBetween,
  firstDay,
  isDay,
  isMonth,
  lastDay,
  month,
  monthOf,
  monthsFrom,
  nextMonth,
  plusDays,
  plusMonths,
  previousMonth,
  spokenDay,
  spokenDayOf,
  spokenMoment,
} from "../../src/base/month.ts";

const months = fc
  .tuple(fc.integer({ min: 1995, max: 2990 }), fc.integer({ min: 1, max: 12 }))
  .map(([year, m]) => month(`${year}-${String(m).padStart(2, "0")}`));

describe("a month", () => {
  it("is YYYY-MM and nothing else", () => {
    expect(["2020-01", "2020-12", "1990-01"].every(isMonth)).to.equal(true);
    for (const text of [
      "2020-00",
      "2020-13",
      "2020-1",
      "2020/01",
      "202001",
      " 2020-01",
      "2020-01\n",
      "",
      "１９９０-01",
    ]) {
      expect(isMonth(text), text).to.equal(false);
    }
  });

  it("has a next one after its last day, and a previous one before its first", () => {
    expect(nextMonth(month("2020-12"))).to.equal("2021-01");
    expect(previousMonth(month("2021-01"))).to.equal("2020-12");
    fc.assert(
      fc.property(months, (m) => {
        expect(previousMonth(nextMonth(m))).to.equal(m);
        expect(compareDays(lastDay(m), firstDay(nextMonth(m)))).to.be.lessThan(0);
        expect(monthOf(lastDay(m))).to.equal(m);
      }),
    );
  });

  it("that many months later is that many steps away", () => {
    fc.assert(
      fc.property(months, fc.integer({ min: 0, max: 60 }), (m, count) => {
        expect(plusMonths(plusMonths(m, -count), count)).to.equal(m);
        expect(monthsFrom(plusMonths(m, -count), m)).to.have.length(count + 1);
      }),
    );
  });

  it("after the last has no months from it", () => {
    expect(monthsFrom(month("2020-02"), month("2020-01"))).to.deep.equal([]);
  });
});

describe("a day", () => {
  it("exists in the calendar", () => {
    expect(["2020-02-29", "2000-02-29", "2021-12-31"].every(isDay)).to.equal(true);
    for (const text of [
      "2020-02-30",
      "2021-02-29",
      "2100-02-29",
      "2020-04-31",
      "2020-01-00",
      "2020-01-1",
      "2020-1-01",
    ]) {
      expect(isDay(text), text).to.equal(false);
    }
  });

  it("is one exactly when the calendar of the computer has it", () => {
    fc.assert(
      fc.property(months, fc.integer({ min: 0, max: 40 }), (m, n) => {
        const text = `${m}-${String(n).padStart(2, "0")}`;
        const instant = new Date(`${m}-01T00:00:00Z`);
        instant.setUTCDate(n);
        expect(isDay(text)).to.equal(instant.toISOString().startsWith(text));
      }),
    );
  });

  it("begins in Shanghai at 16:00 of the day before in Greenwich", () => {
    expect(dayAt(new Date("2020-12-31T15:59:59.999Z"))).to.equal("2020-12-31");
    expect(dayAt(new Date("2020-12-31T16:00:00Z"))).to.equal("2021-01-01");
  });

  it("is spoken without leading zeroes", () => {
    expect(spokenDay(day("2020-03-05"))).to.equal("2020年3月5日");
    // 16:00 UTC is midnight in Shanghai.
    expect(spokenDayOf("2020-03-05T16:00:00.000Z")).to.equal("2020年3月6日");
    expect(spokenMoment("2020-03-05T15:59:59.999Z")).to.equal("2020年3月5日 23:59");
    expect(spokenMoment("2020-12-31T16:07:00.000Z")).to.equal("2021年1月1日 00:07");
  });
});

describe("days between days", () => {
  it("are counted over months and leap years", () => {
    expect(daysBetween(day("2020-02-28"), day("2020-03-01"))).to.equal(2);
    expect(daysBetween(day("2021-02-28"), day("2021-03-01"))).to.equal(1);
    expect(daysBetween(day("2020-01-31"), day("2020-01-31"))).to.equal(0);
    expect(daysBetween(day("2020-03-31"), day("2020-01-01"))).to.equal(-90);
    expect(plusDays(day("2020-12-31"), 1)).to.equal("2021-01-01");
  });

  it("undo each other", () => {
    fc.assert(
      fc.property(months, fc.integer({ min: -1000, max: 1000 }), (m, days) => {
        expect(daysBetween(firstDay(m), plusDays(firstDay(m), days))).to.equal(days);
      }),
    );
  });
});
