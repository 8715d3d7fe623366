// The rules of calling an assembly: the roll and its cases, who may call, what a notice needs, what forms send.
import { expect } from "chai";
import {
  callersIn,
  drawRoll,
  fingerprintOf,
  rollCases,
  rollLines,
  stageOf,
  windowFaults,
  type Assembly,
} from "../../src/assembly/rules.ts";
import { isCalled } from "../../src/caller/rules.ts";
import { day, month } from "../../src/base/month.ts";
import type { Holding, Unit } from "../../src/people/rules.ts";
import { changedSettings, DEFAULTS } from "../../src/procedure/rules.ts";
import { area, readArea, type Count } from "../../src/tally/rules.ts";

const unit = (name: string, size: string, use = "住宅"): Unit => ({
  name,
  use,
  area: size,
  discount: "1",
  from: month("2020-01"),
});
const held = (name: string, ...owners: string[]): Holding => ({ unit: name, since: day("2020-01-01"), owners });
const counted = (heads: number, m2: string): Count => ({ heads, area: readArea(m2) });

const UNITS = [
  unit("101", "100"),
  unit("102", "50.5"),
  unit("103", "60"),
  unit("S1", "20", "商业"),
  unit("C1", "12", "车位"),
];
const HOLDINGS = [held("101", "P1"), held("102", "P2", "P3"), held("103", "P1"), held("S1", "DEV"), held("C1", "P4")];

describe("the roll", () => {
  it("is drawn as the register stands on the day, with who holds a unit then", () => {
    const sold = { unit: "103", since: day("2020-06-01"), owners: ["P5"] };
    const ids = (on: string): string[] =>
      drawRoll(UNITS, [...HOLDINGS, sold], day(on), DEFAULTS).heads.map(({ id }) => id);
    expect(ids("2020-05-31")).to.deep.equal(["DEV", "P1", "P2+P3", "P4"]);
    expect(ids("2020-06-01")).to.deep.equal(["DEV", "P1", "P2+P3", "P4", "P5"]);
  });

  it("tells each case with how often it occurs, and leaves parking out where the rules say so", () => {
    const without = changedSettings(DEFAULTS, { parkingCounts: false });
    expect(rollCases(drawRoll(UNITS, HOLDINGS, day("2020-05-01"), without))).to.deep.equal({
      several: { heads: 1, units: 2 },
      joint: { heads: 1, units: 1 },
      largest: { units: 2, area: "160.00" },
      leftOut: { units: 1, area: "12.00" },
    });
    // P4 has nothing but the parking place: not on the roll then.
    expect(drawRoll(UNITS, HOLDINGS, day("2020-05-01"), without).heads.map(({ id }) => id)).to.not.include("P4");
  });

  it("names units without an owner, but not those that do not count", () => {
    const roll = (settings = DEFAULTS) => drawRoll(UNITS, HOLDINGS.slice(0, 3), day("2020-05-01"), settings);
    expect(roll().unheld.map(({ name }) => name)).to.deep.equal(["S1", "C1"]);
    const without = changedSettings(DEFAULTS, { parkingCounts: false });
    expect(roll(without).unheld.map(({ name }) => name)).to.deep.equal(["S1"]);
  });

  it("has one fingerprint whatever the order, and another for a hundredth of a square metre", () => {
    const { heads } = drawRoll(UNITS, HOLDINGS, day("2020-05-01"), DEFAULTS);
    const turned = heads.toReversed().map((head) => ({ ...head, units: head.units.toReversed() }));
    expect(fingerprintOf(turned)).to.equal(fingerprintOf(heads));
    expect(rollLines(heads).split("\n")[1]).to.equal("P1\t160.00\t101 100.00,103 60.00");
    const [first, ...rest] = heads;
    expect(first === undefined ? "" : fingerprintOf([{ ...first, area: area(first.area + 1) }, ...rest])).to.not.equal(
      fingerprintOf(heads),
    );
  });
});

describe("owners who call an assembly", () => {
  it("are enough with exactly a fifth of heads and of area, and not with less of either", () => {
    const all = counted(100, "10000.00");
    expect(isCalled(counted(20, "2000.00"), all, DEFAULTS)).to.equal(true);
    expect(isCalled(counted(19, "9000.00"), all, DEFAULTS)).to.equal(false);
    expect(isCalled(counted(90, "1999.99"), all, DEFAULTS)).to.equal(false);
    // Of 413 heads a fifth is 82.6: 83 suffice.
    expect(isCalled(counted(83, "43354.36"), counted(413, "43354.36"), DEFAULTS)).to.equal(true);
    expect(isCalled(counted(82, "43354.36"), counted(413, "43354.36"), DEFAULTS)).to.equal(false);
  });

  it("are found by id, by unit and in either order of joint holders, each head once", () => {
    const { heads } = drawRoll(UNITS, HOLDINGS, day("2020-05-01"), DEFAULTS);
    const found = callersIn(heads, ["P1", "101", "103", "P3+P2", "X9", "P2"]);
    expect(found.heads.map(({ id }) => id)).to.deep.equal(["P1", "P2+P3"]);
    expect(found.unknown).to.deep.equal(["X9", "P2"]);
  });
});

describe("the window of voting", () => {
  const lasting = (closesOn: string): string[] =>
    windowFaults({ opensOn: day("2020-12-01"), closesOn: day(closesOn) }, DEFAULTS).map(
      ({ code, remedy }) => code + remedy,
    );

  it("is as long as the rules of procedure say, both days counted", () => {
    expect(lasting("2020-12-05")).to.deep.equal([]);
    expect(lasting("2021-01-29")).to.deep.equal([]);
    expect(lasting("2020-12-04")).to.deep.equal(["WINDOW_LENGTH从 2020-12-01 开始的，最早到 2020-12-05 截止。"]);
    expect(lasting("2021-01-30")).to.deep.equal(["WINDOW_LENGTH从 2020-12-01 开始的，最晚到 2021-01-29 截止。"]);
    expect(lasting("2020-11-30")).to.deep.equal(["WINDOW_INVERTED请核对两个日期。"]);
  });
});

describe("the stage of an assembly", () => {
  const DRAFT: Assembly = {
    id: 1,
    title: "会",
    ballot: "open",
    calledBy: "committee",
    opensOn: day("2020-12-01"),
    closesOn: day("2020-12-05"),
    createdBy: "a1",
    createdAt: "2020-11-01T00:00:00.000Z",
    notice: null,
    closedAt: null,
    finishedAt: null,
    voidReason: null,
  };

  it("follows what was recorded before it follows the clock", () => {
    const late = new Date("2021-06-01T00:00:00Z");
    expect(stageOf(DRAFT, late)).to.equal("draft");
    expect(stageOf({ ...DRAFT, closedAt: "2020-12-06T00:00:00.000Z" }, late)).to.equal("objections");
    expect(stageOf({ ...DRAFT, finishedAt: "2020-12-20T00:00:00.000Z" }, late)).to.equal("final");
    expect(stageOf({ ...DRAFT, finishedAt: "2020-12-20T00:00:00.000Z", voidReason: "x" }, late)).to.equal("void");
  });
});
