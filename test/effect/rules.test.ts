// What each kind of matter may say it changes.
import { expect } from "chai";
import { month } from "../../src/base/month.ts";
import type { Refusal } from "../../src/base/refusal.ts";
import { homeWords } from "../../src/effect/page.ts";
import {
  columnSent,
  effectSent,
  inOrderOfEffect,
  placesSetting,
  ratesBeside,
  readEffect,
  type FeeChange,
} from "../../src/effect/rules.ts";
import { DEFAULTS } from "../../src/procedure/rules.ts";
import type { MatterKind } from "../../src/tally/rules.ts";

/** The fields at which an effect is refused. */
function faults(kind: MatterKind, json: unknown): string[] {
  try {
    readEffect(kind, json);
  } catch (error) {
    return (error as Refusal).faults.map(({ column = "" }) => column);
  }
  return [];
}

describe("the effect of a matter", () => {
  it("is read by its kind, with rates in their shortest form", () => {
    expect(readEffect("fee-change", { from: "2021-01", rates: [{ use: "住宅", rate: "1.110" }] })).to.deep.equal({
      kind: "fee-change",
      from: "2021-01",
      rates: [{ use: "住宅", rate: "1.11" }],
      discounts: [],
    });
    expect(readEffect("sweep-rule", { from: "2021-01", sweep: { every: "quarter", reserve: "60,000" } })).to.deep.equal(
      {
        kind: "sweep-rule",
        from: "2021-01",
        sweep: { every: "quarter", share: "1", reserve: "60000.00" },
      },
    );
    expect(readEffect("sweep-rule", { from: "2021-01", sweep: null })).to.include({ sweep: null });
  });

  it("is none for what people carry out", () => {
    expect(readEffect("committee", null)).to.deep.equal({ kind: "none" });
    expect(readEffect("other", {})).to.deep.equal({ kind: "none" });
  });

  it("is what the kind says, not what was sent along", () => {
    expect(readEffect("other", { kind: "fee-change", from: "2021-01" })).to.deep.equal({ kind: "none" });
  });

  const table: [kind: MatterKind, json: unknown, columns: string[]][] = [
    ["fee-change", {}, ["effect.from"]],
    ["fee-change", { from: "2021-01" }, ["effect.rates"]],
    ["fee-change", { from: "2021-13", rates: [{ use: "住宅", rate: "1" }] }, ["effect.from"]],
    ["fee-change", { from: "2021-01", rates: [{ use: "住宅", rate: "1000.01" }] }, ["effect.rates.0.rate"]],
    ["fee-change", { from: "2021-01", rates: [{ use: "住宅", rate: "-1" }] }, ["effect.rates.0.rate"]],
    ["fee-change", { from: "2021-01", rates: [{ use: "住宅", rate: 1.11 }] }, ["effect.rates.0.rate"]],
    [
      "draw-change",
      { from: "2021-01", draw: { rate: "1.5", base: ["4001"], method: "received" } },
      ["effect.draw.rate"],
    ],
    [
      "draw-change",
      { from: "2021-01", draw: { rate: "0.1", base: ["5001"], method: "received" } },
      ["effect.draw.base.0"],
    ],
    ["sweep-rule", { from: "2021-01", sweep: { every: "week" } }, ["effect.sweep.every"]],
    ["sweep-rule", { from: "2021-01" }, ["effect.sweep"]],
    ["manager", { company: "", day: "2021-02-30" }, ["effect.company", "effect.day"]],
    ["use-repair-fund", { project: "屋面大修", amount: "1.234", accounts: [] }, ["effect.amount", "effect.accounts"]],
    ["use-repair-fund", { project: "屋面大修", amount: "1.00" }, ["effect.accounts"]],
    [
      "budget",
      { year: 2021, changes: [{ account: "5002", amount: "0" }], reason: "涨价", source: "lines" },
      ["effect.changes.0.amount"],
    ],
    ["budget", { plan: 0, version: 1 }, ["effect.plan"]],
  ];
  for (const [kind, json, columns] of table) {
    it(`of ${kind} is refused at ${columns.join(" and ")}: ${JSON.stringify(json)}`, () => {
      expect(faults(kind, json)).to.deep.equal(columns);
    });
  }
});

describe("a change of fees, told to a home", () => {
  const tariff = {
    rates: [
      { use: "住宅", from: month("2020-01"), rate: "0.81" },
      { use: "车位", from: month("2020-01"), rate: "1" },
    ],
    discounts: [],
    placements: [{ unit: "102", from: month("2020-01"), rule: "空置", reason: "长期空置" }],
  };
  const unit = (name: string, use: string, area: string, discount = "1") => ({
    name,
    use,
    area,
    discount,
    from: month("2020-01"),
  });
  const change = (effect: object): FeeChange => readEffect("fee-change", { from: "2021-01", ...effect }) as FeeChange;

  it("is what its bills come to, with areas and discounts", () => {
    const home = [unit("101", "住宅", "100"), unit("102", "住宅", "50", "0.5"), unit("车1", "车位", "12")];
    expect(homeWords(change({ rates: [{ use: "住宅", rate: "1.11" }] }), home, tariff)).to.equal(
      "101、102、车1 的物业费每月从 113.25 元变为 150.75 元（多 37.50 元）",
    );
    const vacant = [{ name: "空置", factor: "0", text: "空置一年以上" }];
    expect(homeWords(change({ discounts: vacant }), home, tariff)).to.equal(
      "101、102、车1 的物业费每月从 113.25 元变为 93.00 元（少 20.25 元）",
    );
  });

  it("is nothing where it changes nothing", () => {
    expect(homeWords(change({ rates: [{ use: "住宅", rate: "2" }] }), [unit("车1", "车位", "12")], tariff)).to.equal(
      "",
    );
  });
});

describe("a budget beside other matters of one vote", () => {
  const budget = { place: 1, effect: readEffect("budget", { plan: 2021, version: 2 }) };
  const gates = { place: 2, effect: readEffect("other", null) };
  const rise = {
    place: 3,
    effect: readEffect("fee-change", { from: "2021-01", rates: [{ use: "住宅", rate: "1.11" }] }),
  };

  it("takes effect after them, since it may rest on their rates", () => {
    expect(inOrderOfEffect([budget, gates, rise]).map(({ place }) => place)).to.deep.equal([2, 3, 1]);
  });

  it("depends on those that set a rate it counts on", () => {
    const missing = { month: month("2021-01"), planned: "1.11", present: "0.81" };
    const matters = [budget, gates, rise];
    expect(ratesBeside(matters)).to.deep.equal([{ use: "住宅", rate: "1.11", from: "2021-01" }]);
    expect(placesSetting(matters, [{ ...missing, use: "住宅" }])).to.deep.equal([3]);
    expect(placesSetting(matters, [{ ...missing, use: "商业" }])).to.deep.equal([]);
  });
});

describe("the effect that a form sends", () => {
  it("loses empty fields and rows, and counts faults by the rows that were sent", () => {
    const sent = {
      from: " 2021-01 ",
      rates: [
        { use: "商业", rate: "" },
        { use: "住宅", rate: "1.11" },
      ],
      discounts: { 0: { name: "", factor: "", text: "" } },
    };
    expect(effectSent("fee-change", sent, DEFAULTS)).to.deep.equal({
      from: "2021-01",
      rates: [{ use: "住宅", rate: "1.11" }],
      discounts: [],
    });
    expect(columnSent(sent, "effect.rates.0.rate")).to.equal("effect.rates.1.rate");
    expect(columnSent(sent, "effect.from")).to.equal("effect.from");
  });

  it("names only the settings that differ from those in force, in their own kind", () => {
    const sent = {
      settings: { noticeDays: "15", proxyMax: "1", proxies: "false", callers: "committee", windowMin: "x" },
    };
    expect(effectSent("rules", sent, DEFAULTS)).to.deep.equal({
      settings: { proxyMax: 1, proxies: false, callers: ["committee"], windowMin: "x" },
    });
  });

  it("leaves what a program sent as it is", () => {
    const sweep = { from: "2021-01", sweep: { every: "year", share: "1", reserve: "0.00" } };
    expect(effectSent("sweep-rule", sweep, DEFAULTS)).to.deep.equal(sweep);
    expect(effectSent("sweep-rule", { from: "2021-01", sweep: null }, DEFAULTS)).to.deep.equal({
      from: "2021-01",
      sweep: null,
    });
  });

  it("says numbers, boxes that nobody ticked and an end of the sweep in its own way", () => {
    const read = (kind: MatterKind, sent: unknown): unknown => readEffect(kind, effectSent(kind, sent, DEFAULTS));
    expect(read("budget", { plan: "2021", version: 3 })).to.deep.equal({ kind: "budget", plan: 2021, version: 3 });
    const sweep = { every: "none", share: "", reserve: "" };
    expect(read("sweep-rule", { from: "2021-01", sweep })).to.deep.equal({
      kind: "sweep-rule",
      from: "2021-01",
      sweep: null,
    });
    const draw = { rate: "0.15", method: "received" };
    expect(read("draw-change", { from: "2021-01", draw })).to.deep.include({ draw: { ...draw, base: [] } });
    const work = { project: "屋面大修", amount: "1.00", accounts: "5501" };
    expect(read("use-repair-fund", work)).to.deep.include({ accounts: ["5501"] });
  });
});
