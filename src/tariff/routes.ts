// The pages on which rates and discount rules are read, and units placed under them; the same as JSON.
import { nextMonth, month } from "../base/month.ts";
import { API, api, DESK, form, page, type Route, type Typed, type View } from "../door/routes.ts";
import { mayDo } from "../door/rules.ts";
import type { Reading } from "../door/service.ts";
import { unitsOffered } from "../people/service.ts";
import { registeredNumbers } from "../resolution/service.ts";
import { tariffPage } from "./page.ts";
import { placeUnit, showTariff } from "./service.ts";

const HERE = `${DESK}/fees/tariff`;

async function tariffModel(call: Reading) {
  const { db, community } = call;
  const registered = await registeredNumbers(db, community);
  return tariffPage(await showTariff.run(call, {}), { mayPlace: mayDo(call, "fees.place"), community, registered });
}

/** The form with the first month that may still be changed filled in. */
async function unitView(call: Reading, typed: Typed = {}): Promise<View> {
  const { billedThrough } = await showTariff.run(call, {});
  const from = billedThrough === null ? "" : nextMonth(month(billedThrough));
  const units = await unitsOffered(call.db, call.community);
  return { view: "tariff-unit", model: { ...(await tariffModel(call)), units, values: { from, ...typed } } };
}

const done = (_output: unknown, { code = "" }): string => `/desk/${code}/fees/tariff`;

export const tariffRoutes: readonly Route[] = [
  page(HERE, "fees.view", async (call) => ({ view: "tariff-all", model: await tariffModel(call) })),
  page(`${HERE}/units`, "fees.place", (call) => unitView(call)),
  form(`${HERE}/units`, placeUnit, { done, again: (call, _words, typed) => unitView(call, typed) }),
  api("get", `${API}/tariff`, showTariff),
  api("post", `${API}/tariff/discount-units`, placeUnit, { status: 201 }),
];
