// Where anybody tries out levels of service: everything stands in the address, so that a result can be passed on.
import { z } from "zod";
import { halfWidth } from "../base/money.ts";
import { dayAt, monthOf } from "../base/month.ts";
import { compareDecimals, isPlainDecimal, shortestDecimal } from "../base/share.ts";
import { API, api, page, type Route, type View, type Words } from "../door/routes.ts";
import { ownersOf } from "../door/rules.ts";
import { query, type Reading } from "../door/service.ts";
import { publicBase } from "../plan/routes.ts";
import type { Version } from "../plan/rules.ts";
import { balanceOutput, publishedIn, standingOr404, versionsOf } from "../plan/service.ts";
import { optionalWords, orNone, readInput, wholeNumber, yearNumber } from "../platform/input.ts";
import { ownUnits } from "../standing/service.ts";
import { rulesInForce } from "../tariff/rules.ts";
import { tariffOf } from "../tariff/service.ts";
import { levelChoices, simulationModel } from "./page.ts";
import { mainUse, simulate, type Choice, type Simulation } from "./rules.ts";

/** Whether a text is a plain decimal from 0 to 1. */
const isFactor = (text: string): boolean => isPlainDecimal(text) && compareDecimals(text, "1") <= 0;

/** All rates move together. */
const ALL = "all";

function number(otherwise: string, isRight = isPlainDecimal) {
  return z
    .string()
    .transform((text) => halfWidth(text).trim())
    .refine((text) => text === "" || isRight(text), otherwise)
    .transform((text) => (text === "" ? "" : shortestDecimal(text)))
    .default("");
}

const input = z.object({
  year: yearNumber,
  version: orNone(wholeNumber(1, 100_000)),
  levels: z
    .string()
    .regex(/^(?:\d{1,7}:\d(?:,\d{1,7}:\d)*)?$/u, "应为“条:档”，用逗号隔开，例如 3:1,5:0")
    .default("")
    .meta({ description: "第几条选第几档（从 0 数）：3:1,5:0；没写的按方案" }),
  moves: optionalWords(30).meta({ description: `谁的单价跟着变：一种用途，或 ${ALL}；不写是收费最多的用途` }),
  area: number("面积应为数字，例如 89.5").meta({ description: "我家的面积（平方米）" }),
  use: optionalWords(30).meta({ description: "我家的用途；不写是收费最多的用途" }),
  factor: number("减免系数应为 0 到 1 的数字，例如 0.85", isFactor).meta({ description: "我家的减免系数；不写是 1" }),
});

type Wish = z.output<typeof input>;

function choiceOf(plan: Version, { levels, moves, area, use, factor }: Wish): Choice {
  const main = mainUse(plan.fees);
  const pairs = levels === "" ? [] : levels.split(",").map((pair) => pair.split(":").map(Number));
  const home = { use: use === "" ? main : use, area, factor: factor === "" ? "1" : factor };
  return {
    levels: new Map(pairs.map(([line = 0, level = 0]) => [line, level])),
    use: moves === ALL ? "" : moves || main,
    home: area === "" ? null : home,
  };
}

async function simulated(
  { db, community }: Reading,
  wish: Wish,
): Promise<{ plan: Version; choice: Choice; found: Simulation }> {
  await standingOr404(db, community, wish.year);
  const { version: plan } = publishedIn(await versionsOf(db, community, wish.year), wish.year, wish.version);
  const choice = choiceOf(plan, wish);
  return { plan, choice, found: simulate(plan, choice) };
}

const simulatePlan = query({
  name: "simulatePlan",
  title: "测算：选服务标准，看物业费要多少",
  may: "anyone",
  input,
  output: z.object({
    version: z.number(),
    balance: balanceOutput.meta({ description: "按算出的单价" }),
    needed: z.string().meta({ description: "物业费至少要收到多少" }),
    neededDue: z.string().meta({ description: "按收缴率，要出多少账单" }),
    neededDraw: z.string(),
    due: z.string(),
    rates: z.array(z.object({ use: z.string(), present: z.string(), found: z.string() })).readonly(),
    home: z.object({ present: z.string(), found: z.string() }).nullable(),
  }),
  run: async (call, wish) => {
    const { plan, found } = await simulated(call, wish);
    return { ...found, version: plan.version };
  },
});

/** The form sends each line's level under a name of its own, `l3=1`. */
function wishOf(words: Words): Wish {
  const chosen = Object.entries(words).filter(([name, level]) => /^l\d{1,7}$/u.test(name) && /^\d$/u.test(level));
  const levels = chosen.map(([name, level]) => `${name.slice(1)}:${level}`).join(",");
  return readInput(input, { ...words, ...(levels === "" ? {} : { levels }) });
}

async function simulatorView(call: Reading, words: Words): Promise<View> {
  const wish = wishOf(words);
  const { plan, choice, found } = await simulated(call, wish);
  const here = `${publicBase(call.community)}/${plan.year}`;
  const uses = plan.fees.rates.map(({ use }) => ({ value: use, label: use }));
  const asked = new URLSearchParams({
    version: String(plan.version),
    moves: choice.use === "" ? ALL : choice.use,
    ...Object.fromEntries([...choice.levels].map(([line, level]) => [`l${line}`, String(level)])),
  });
  return {
    view: "budget-simulator",
    model: {
      year: plan.year,
      version: plan.version,
      here,
      lines: levelChoices(plan, choice),
      result: simulationModel(plan, choice, found),
      uses,
      movers: [
        ...uses.map(({ value, label }) => ({ value, label: `只有${label}变` })),
        { value: ALL, label: "各种用途按同一比例变" },
      ],
      hasUses: uses.length > 1,
      own: await ownHomes(call, `${here}/simulator?${asked.toString()}`),
      values: {
        moves: choice.use === "" ? ALL : choice.use,
        area: choice.home?.area ?? "",
        use: choice.home?.use ?? mainUse(plan.fees),
        factor: choice.home?.factor === "1" ? "" : (choice.home?.factor ?? ""),
      },
    },
  };
}

/** The units of an owner who is signed in, each as an address that names its area and use but not the unit. */
async function ownHomes(
  { db, community, actor, now }: Reading,
  asked: string,
): Promise<{ label: string; href: string }[]> {
  const owners = ownersOf(actor, community);
  if (owners.length === 0) {
    return [];
  }
  const today = dayAt(now);
  const rules = rulesInForce(monthOf(today), await tariffOf(db, community));
  return (await ownUnits(db, community, owners, today)).map(({ name, area, use, discount }) => {
    const factor = rules.get(name)?.factor ?? discount;
    const home = new URLSearchParams({ area, use, ...(factor === "1" ? {} : { factor }) });
    return { label: `按我家 ${name} 算（${area} 平方米）`, href: `${asked}&${home.toString()}` };
  });
}

export const simulatorRoutes: readonly Route[] = [
  page("/c/:code/budgets/:year/simulator", "anyone", simulatorView),
  api("get", `${API}/plans/:year/simulation`, simulatePlan),
];
