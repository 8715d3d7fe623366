// Plans for tests: 风华苑's budget of 2021 as its people make it in November 2020, and parts to change.
import { readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "csv-parse/sync";
import { day, month } from "../../src/base/month.ts";
import { type PlanFacts } from "../../src/draft/rules.ts";
import type { Unit } from "../../src/people/rules.ts";
import type { Basis, Line, Terms } from "../../src/plan/rules.ts";
import type { DeedVersion } from "../../src/trust/rules.ts";
import { SAMPLE } from "../support/folders.ts";

const ROWS: readonly Record<string, string>[] = parse(readFileSync(path.join(SAMPLE, "units.csv")), {
  columns: true,
  bom: true,
});

/** The units of the case, 427 flats and 12 shops. */
export const FENGHUAYUAN_UNITS: readonly Unit[] = ROWS.map((row) => ({
  name: row["房号"] ?? "",
  use: row["用途"] ?? "",
  area: row["面积"] ?? "",
  discount: row["折扣"] === "" ? "1" : (row["折扣"] ?? "1"),
  from: month(row["起算月"] ?? ""),
}));

export const FENGHUAYUAN_DEED: DeedVersion = {
  from: month("2020-01"),
  draw: { rate: "0.15", base: ["4001", "4002", "4101"], method: "received" },
  sweep: { every: "year", share: "1", reserve: "60000.00" },
  publishBy: 10,
  answerWithin: 7,
};

export const posts = (count: string, monthly: string): Basis => ({ kind: "posts", posts: count, monthly, months: 12 });
export const plain = (amount: string): Basis => ({ kind: "plain", amount, reason: "同去年" });

/** A line without a choice of levels. */
export function aLine(id: number, account: string, basis: Basis, over: Partial<Line> = {}): Line {
  const levels = [{ name: "", what: "", basis }];
  return { id, account, title: `第${id}项`, note: "", levels, chosen: 0, files: [], ...over };
}

/** 2021 as it was voted: 408,200.00 of spending. */
export const LINES_2021: readonly Line[] = [
  aLine(1, "5001", posts("5", "3400.00"), { title: "物业人员" }),
  aLine(2, "5002", plain("66000.00"), { title: "电梯、水泵和公共照明" }),
  aLine(3, "5003", plain("42000.00"), { title: "保洁" }),
  aLine(4, "5004", plain("14000.00"), { title: "绿化" }),
  aLine(5, "5005", plain("67000.00"), { title: "秩序维护" }),
  aLine(6, "5006", plain("5200.00"), { title: "办公" }),
  aLine(7, "5008", plain("6000.00"), { title: "公众责任险" }),
  aLine(8, "5301", plain("4000.00"), { title: "业主大会经费" }),
  aLine(
    9,
    "4002",
    { kind: "quantity", quantity: "80", unit: "个车位", price: "100.00", months: 12 },
    { title: "停车" },
  ),
];

export const TERMS: Terms = { intro: "", collection: "0.95", rates: [], reserves: "0.00", gap: "" };

/** The facts of 风华苑 in November 2020, when flats paid 0.81 and shops 2.40 yuan per m². */
export function factsOf(over: Partial<PlanFacts> = {}): PlanFacts {
  return {
    community: "fenghuayuan",
    year: 2021,
    firstMonth: month("2020-01"),
    terms: TERMS,
    lines: LINES_2021,
    units: FENGHUAYUAN_UNITS,
    tariff: {
      rates: [
        { use: "住宅", from: month("2020-01"), rate: "0.81" },
        { use: "商业", from: month("2020-01"), rate: "2.4" },
      ],
      discounts: [],
      placements: [],
    },
    deeds: [FENGHUAYUAN_DEED],
    before: { year: 2020, first: null, last: null, accounts: [] },
    collected: null,
    available: null,
    ...over,
  };
}

export const DAYS = { from: day("2020-11-20"), until: day("2020-12-05") };
