// The pages on which rates and discount rules are read and recorded, and the same as JSON.
import { nextMonth, month } from "../base/month.ts";
import { API, api, DESK, form, page, type Route, type Typed, type View } from "../door/routes.ts";
import { mayDo } from "../door/rules.ts";
import type { Reading } from "../door/service.ts";
import { unitsOf } from "../people/service.ts";
import { tariffPage } from "./page.ts";
import { addDiscountRule, addRate, placeUnit, showTariff } from "./service.ts";

const HERE = `${DESK}/fees/tariff`;

async function tariffModel(call: Reading) {
  const shown = { mayRule: mayDo(call, "fees.rule"), mayPlace: mayDo(call, "fees.place") };
  return tariffPage(await showTariff.run(call, {}), shown);
}

/** One of the forms, with the first month that may still be changed filled in. */
async function formView(call: Reading, view: string, typed: Typed = {}): Promise<View> {
  const { billedThrough } = await showTariff.run(call, {});
  const from = billedThrough === null ? "" : nextMonth(month(billedThrough));
  const model = await tariffModel(call);
  const units = view === "tariff-unit" ? (await unitsOf(call.db, call.community)).map(({ name }) => name) : [];
  return { view, model: { ...model, units, values: { from, ...typed } } };
}

const done = (_output: unknown, { code = "" }): string => `/desk/${code}/fees/tariff`;

export const tariffRoutes: readonly Route[] = [
  page(HERE, "fees.view", async (call) => ({ view: "tariff-all", model: await tariffModel(call) })),
  page(`${HERE}/rates`, "fees.rule", (call) => formView(call, "tariff-rate")),
  form(`${HERE}/rates`, addRate, { done, again: (call, typed) => formView(call, "tariff-rate", typed) }),
  page(`${HERE}/rules`, "fees.rule", (call) => formView(call, "tariff-rule")),
  form(`${HERE}/rules`, addDiscountRule, { done, again: (call, typed) => formView(call, "tariff-rule", typed) }),
  page(`${HERE}/units`, "fees.place", (call) => formView(call, "tariff-unit")),
  form(`${HERE}/units`, placeUnit, { done, again: (call, typed) => formView(call, "tariff-unit", typed) }),
  api("get", `${API}/tariff`, showTariff),
  api("post", `${API}/tariff/rates`, addRate, { status: 201 }),
  api("post", `${API}/tariff/discount-rules`, addDiscountRule, { status: 201 }),
  api("post", `${API}/tariff/discount-units`, placeUnit, { status: 201 }),
];
