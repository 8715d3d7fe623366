// Rates and discount rules come from the owners' resolutions alone (the room effect); here is who stands under which rule.
import { z } from "zod";
import { nextMonth, type Month } from "../base/month.ts";
import { refuse } from "../base/refusal.ts";
import { command, note, query } from "../door/service.ts";
import { unitNamed } from "../people/service.ts";
import { monthText, nothing, words } from "../platform/input.ts";
import type { Db } from "../platform/db.ts";
import { ruleIn } from "./rules.ts";
import * as store from "./store.ts";

export { billedThrough, insertDiscountRules, insertPlacement, insertRates, ratesOf, tariffOf } from "./store.ts";

/** Refuses a month whose bills are there already. */
async function assertUnbilled(db: Db, community: string, from: Month): Promise<void> {
  const billed = await store.billedThrough(db, community);
  if (billed !== "" && from <= billed) {
    throw refuse(
      "MONTH_BILLED",
      `${billed} 的账单已经出了，不能再改变它和以前月份的收费依据。`,
      `请选 ${nextMonth(billed)} 或以后的月份。`,
      409,
    );
  }
}

const rateOutput = z.object({ use: z.string(), from: z.string(), rate: z.string(), resolution: z.string().nullable() });
const ruleOutput = z.object({
  name: z.string(),
  from: z.string(),
  until: z.string().nullable(),
  factor: z.string(),
  text: z.string(),
  resolution: z.string(),
});
const placementOutput = z.object({ unit: z.string(), from: z.string(), rule: z.string(), reason: z.string() });

export const showTariff = query({
  name: "showTariff",
  title: "收费标准与减免规则",
  may: "fees.view",
  input: nothing,
  output: z.object({
    rates: z.array(rateOutput),
    discounts: z.array(ruleOutput),
    placements: z.array(placementOutput),
    billedThrough: z.string().nullable(),
  }),
  run: async ({ db, community }) => {
    const { rates, discounts, placements } = await store.tariffOf(db, community);
    const billed = await store.billedThrough(db, community);
    return {
      rates: rates.map(({ use, from, rate, resolution = null }) => ({ use, from, rate, resolution })),
      discounts: discounts.map((rule) => ({ ...rule, until: rule.until ?? null })),
      placements: placements.map((placement) => ({ ...placement })),
      billedThrough: billed === "" ? null : billed,
    };
  },
});

export const placeUnit = command({
  name: "placeUnit",
  title: "让一户适用或不再适用减免规则",
  may: "fees.place",
  input: z.object({ unit: words(60), from: monthText, rule: z.string().max(30).default(""), reason: words(200) }),
  output: placementOutput,
  run: async (call, placement) => {
    const { tx, community, actor, now } = call;
    const { unit, from, rule } = placement;
    await assertUnbilled(tx, community, from);
    await unitNamed(tx, community, unit);
    const { discounts } = await store.tariffOf(tx, community);
    if (rule !== "" && ruleIn(discounts, rule, from) === undefined) {
      throw refuse("RULE_UNKNOWN", `减免规则「${rule}」在 ${from} 没有生效。`, "请选一条那时有效的规则。");
    }
    await store.insertPlacement(tx, community, placement, { by: actor.id, at: now });
    await note(call, "unit placed under rule", { unit, from, rule });
    return placement;
  },
});
