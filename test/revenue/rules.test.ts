// Dues of contracts on common parts: when they fall, what came, what a statement may say of the rest.
import { expect } from "chai";
import * as fc from "fast-check";
import { fen } from "../../src/base/money.ts";
import { day, lastDay, month, monthOf, plusDays, type Day } from "../../src/base/month.ts";
import { Refusal } from "../../src/base/refusal.ts";
import type { Side } from "../../src/door/rules.ts";
import {
  assertMayEnd,
  assertMayWaive,
  assertSound,
  dueDays,
  duesOf,
  knownIn,
  overdueIn,
  overdueOn,
  RHYTHMS,
  type Contract,
  type DuePayment,
  type Register,
  type Waiver,
} from "../../src/revenue/rules.ts";

const JANUARY = month("2020-01");
const TODAY = day("2020-04-20");

const contract = (over: Partial<Contract> = {}): Contract => ({
  id: 1,
  counterparty: "张三",
  isPerson: true,
  place: "1栋电梯广告",
  account: "4101",
  amount: fen(150_000),
  rhythm: "quarter",
  firstDue: day("2020-01-31"),
  from: day("2020-01-01"),
  until: day("2020-12-31"),
  notes: "",
  knownFrom: JANUARY,
  ...over,
});
const payment = (over: Partial<DuePayment> = {}): DuePayment => ({
  contract: 1,
  due: day("2020-01-31"),
  entry: 7,
  amount: fen(150_000),
  knownFrom: JANUARY,
  reversedIn: null,
  ...over,
});
const register = (over: Partial<Register> = {}): Register => ({
  contracts: [contract()],
  ends: [],
  payments: [],
  waivers: [],
  ...over,
});

describe("the dues of a contract", () => {
  it("follow its rhythm from the first due day on, and stand at the end of months that lack the day", () => {
    expect(dueDays(contract(), undefined)).to.deep.equal(["2020-01-31", "2020-04-30", "2020-07-31", "2020-10-31"]);
    expect(dueDays(contract({ rhythm: "month", until: day("2020-04-15") }), undefined)).to.deep.equal([
      "2020-01-31",
      "2020-02-29",
      "2020-03-31",
    ]);
    expect(dueDays(contract({ rhythm: "half-year" }), undefined)).to.deep.equal(["2020-01-31", "2020-07-31"]);
    expect(dueDays(contract({ rhythm: "year", until: day("2022-01-31") }), undefined)).to.have.length(3);
    expect(dueDays(contract({ rhythm: "once" }), undefined)).to.deep.equal(["2020-01-31"]);
  });

  it("stop after the day on which the contract was ended", () => {
    const end = {
      contract: 1,
      endedOn: day("2020-07-31"),
      recordedOn: day("2020-06-01"),
      reason: "迁走",
      knownFrom: JANUARY,
    };
    expect(dueDays(contract(), end)).to.deep.equal(["2020-01-31", "2020-04-30", "2020-07-31"]);
    expect(dueDays(contract(), { ...end, endedOn: day("2020-07-30") })).to.have.length(2);
  });

  it("never fall outside the term, never twice in one month, always in order", () => {
    const anyDay = fc.integer({ min: 0, max: 1500 }).map((days) => plusDays(day("2020-01-01"), days));
    fc.assert(
      fc.property(anyDay, anyDay, fc.constantFrom(...RHYTHMS), (firstDue, until, rhythm) => {
        const days = dueDays(contract({ firstDue, until, rhythm }), undefined);
        expect(days).to.deep.equal([...new Set(days)].toSorted());
        expect(new Set(days.map(monthOf)).size).to.equal(days.length);
        expect(days.every((each) => each >= firstDue && each <= until)).to.equal(true);
        expect(days.length > 0).to.equal(firstDue <= until);
      }),
    );
  });

  it("count what was linked to them, unless its receipt was reversed", () => {
    const [first] = duesOf(contract(), register({ payments: [payment({ amount: fen(50_000) })] }));
    expect([first?.amount, first?.paid]).to.deep.equal([150_000, 50_000]);
    const reversed = register({ payments: [payment({ reversedIn: month("2020-02") })] });
    expect(duesOf(contract(), reversed)[0]?.paid).to.equal(0);
  });

  it("are overdue from their day on", () => {
    const count = (on: string): number => overdueOn(day(on), register()).length;
    expect([count("2020-01-30"), count("2020-01-31"), count("2020-05-01")]).to.deep.equal([0, 1, 2]);
  });
});

describe("what a statement says of dues that did not come", () => {
  it("is places and amounts, never a name", () => {
    const told = overdueIn(month("2020-04"), register({ payments: [payment({ amount: fen(150_000) })] }));
    expect(told).to.deep.equal({
      count: 1,
      amount: 150_000,
      items: [{ place: "1栋电梯广告", due: "2020-04-30", amount: 150_000 }],
    });
    expect(JSON.stringify(told)).to.not.include("张三");
  });

  it("stays the same for ever: what is recorded after the month closed is not known to it", () => {
    const anyMonth = fc.constantFrom("2020-01", "2020-02", "2020-03", "2020-04", "2020-05").map(month);
    const later = fc.record({ due: fc.constantFrom("2020-01-31", "2020-04-30").map(day), knownFrom: anyMonth });
    fc.assert(
      fc.property(fc.array(later, { maxLength: 4 }), anyMonth, anyMonth, (payments, endKnown, told) => {
        const list = payments.map((each, index) => payment({ ...each, entry: index, amount: fen(1000) }));
        const recordedOn = day("2020-02-15");
        const ends = [{ contract: 1, endedOn: recordedOn, recordedOn, reason: "迁走", knownFrom: endKnown }];
        const all = register({ payments: list, ends });
        const known = {
          ...all,
          payments: list.filter(({ knownFrom }) => knownFrom <= told),
          ends: endKnown <= told ? ends : [],
        };
        expect(overdueIn(told, all)).to.deep.equal(overdueIn(told, known));
      }),
    );
  });

  it("counts a receipt as paid in the months before it was reversed, and no more after", () => {
    const all = register({ payments: [payment({ reversedIn: month("2020-03") })] });
    expect(overdueIn(month("2020-02"), all).count).to.equal(0);
    expect(overdueIn(month("2020-03"), all).count).to.equal(1);
    expect(knownIn(all, month("2019-12")).contracts).to.deep.equal([]);
  });
});

describe("a contract", () => {
  const refusal = (act: () => void): string => {
    try {
      act();
    } catch (error) {
      return error instanceof Refusal ? error.code : String(error);
    }
    return "";
  };

  it("is refused when its days cannot be", () => {
    const sound = (over: Partial<Contract>): string => refusal(() => assertSound(contract(over), JANUARY));
    expect(sound({})).to.equal("");
    expect(sound({ until: day("2019-12-31") })).to.equal("TERM_INVERTED");
    expect(sound({ firstDue: day("2021-01-01") })).to.equal("DUE_AFTER_TERM");
    expect(sound({ firstDue: day("2019-12-31") })).to.equal("DUE_BEFORE_TERM");
    expect(sound({ from: day("2019-01-01"), firstDue: day("2019-12-31") })).to.equal("DUE_BEFORE_BOOKS");
    expect(sound({ from: day("2019-01-01") })).to.equal("");
    expect(sound({ until: day("2039-12-31") })).to.equal("");
    expect(sound({ until: day("2040-01-01") })).to.equal("TERM_TOO_LONG");
  });

  it("ends once, and inside its term", () => {
    const end = {
      contract: 1,
      endedOn: day("2020-07-31"),
      recordedOn: day("2020-06-01"),
      reason: "迁走",
      knownFrom: JANUARY,
    };
    const ending = (on: Day, ends = [end].slice(1)): string =>
      refusal(() => assertMayEnd(contract(), register({ ends }), { endedOn: on, today: TODAY, side: "trustee" }));
    expect(ending(lastDay(month("2020-07")))).to.equal("");
    expect(ending(day("2021-01-01"))).to.equal("END_OUTSIDE_TERM");
    expect(ending(day("2020-08-01"), [end])).to.equal("CONTRACT_ENDED");
  });

  it("ends backwards, or before a due that was paid ahead, only by the committee", () => {
    const ending = (side: Side, on: string, payments: DuePayment[] = []): string =>
      refusal(() => assertMayEnd(contract(), register({ payments }), { endedOn: day(on), today: TODAY, side }));
    expect(ending("trustee", "2020-04-20")).to.equal("");
    expect(ending("trustee", "2020-04-19")).to.equal("END_BACKWARDS");
    expect(ending("committee", "2020-04-19")).to.equal("");
    const ahead = [payment({ due: day("2020-07-31") })];
    expect(ending("trustee", "2020-05-01", ahead)).to.equal("END_BACKWARDS");
    expect(ending("trustee", "2020-07-31", ahead)).to.equal("");
    expect(ending("committee", "2020-05-01", ahead)).to.equal("");
  });

  it("that ended backwards still lists what had fallen due, and what was paid", () => {
    const monthly = contract({ rhythm: "month", amount: fen(100_000) });
    const payments = [
      payment({ due: day("2020-02-29"), amount: fen(100_000) }),
      payment({ due: day("2020-06-30"), amount: fen(100_000) }),
    ];
    const ends = [
      { contract: 1, endedOn: day("2020-01-15"), recordedOn: TODAY, reason: "迁走", knownFrom: month("2020-04") },
    ];
    const all = register({ contracts: [monthly], payments, ends });
    expect(duesOf(monthly, all).map((due) => [due.day, due.paid])).to.deep.equal([
      ["2020-01-31", 0],
      ["2020-02-29", 100_000],
      ["2020-03-31", 0],
      ["2020-06-30", 100_000],
    ]);
    expect(overdueOn(TODAY, all).map((due) => due.day)).to.deep.equal(["2020-01-31", "2020-03-31"]);
  });
});

describe("a due that will not come", () => {
  const waiver = (side: Side, knownFrom = JANUARY): Waiver => ({
    contract: 1,
    due: day("2020-01-31"),
    side,
    reason: "没有使用",
    knownFrom,
  });
  const waiving = (over: Partial<Register>, due = "2020-01-31"): string => {
    try {
      assertMayWaive(contract(), register(over), { due: day(due), today: TODAY, side: "trustee" });
    } catch (error) {
      return error instanceof Refusal ? error.code : String(error);
    }
    return "";
  };

  it("is listed until both sides agreed, and by statements of the months before they did", () => {
    const listed = (waivers: Waiver[], on = month("2020-03")): number => overdueIn(on, register({ waivers })).count;
    expect(listed([])).to.equal(1);
    expect(listed([waiver("trustee")])).to.equal(1);
    expect(listed([waiver("committee")])).to.equal(1);
    expect(listed([waiver("trustee"), waiver("committee")])).to.equal(0);
    const late = [waiver("trustee"), waiver("committee", month("2020-03"))];
    expect([listed(late, month("2020-02")), listed(late)]).to.deep.equal([1, 0]);
  });

  it("is waived once by a side, and only while it is due and open", () => {
    expect(waiving({})).to.equal("");
    expect(waiving({ waivers: [waiver("committee")] })).to.equal("");
    expect(waiving({ waivers: [waiver("trustee")] })).to.equal("WAIVER_KNOWN");
    expect(waiving({ payments: [payment()] })).to.equal("DUE_PAID");
    expect(waiving({}, "2020-04-30")).to.equal("DUE_NOT_YET");
    expect(waiving({}, "2020-02-29")).to.equal("DUE_UNKNOWN");
  });
});
