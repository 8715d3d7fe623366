// The billing run: a look before, one button, and the same as JSON.
import { API, api, DESK, form, page, type Route, type Typed, type View } from "../door/routes.ts";
import { mayDo } from "../door/rules.ts";
import type { Reading } from "../door/service.ts";
import { readInput } from "../platform/input.ts";
import { basisOf, type Basis } from "../resolution/rules.ts";
import { registeredNumbers } from "../resolution/service.ts";
import { billRunPage } from "./page.ts";
import { billMonth, showBillRun } from "./service.ts";

const HERE = `${DESK}/fees/bills`;
/** Bills listed on one page; the rest is a link away. */
const LINES_MAX = 200;

async function runView(call: Reading, sent: Typed): Promise<View> {
  const { month, after } = readInput(showBillRun.input, sent);
  const run = await showBillRun.run(call, { month, after, limit: LINES_MAX });
  const mayBill = mayDo(call, "fees.bill");
  const base = `/desk/${call.community}/fees`;
  const registered = await registeredNumbers(call.db, call.community);
  const basis = (resolution: string): Basis => basisOf(call.community, resolution, registered);
  return { view: "fees-bills", model: billRunPage(run, { mayBill, base, isFirst: after === undefined, basis }) };
}

export const feesRoutes: readonly Route[] = [
  page(HERE, "fees.view", runView),
  form(HERE, billMonth, {
    done: ({ month }, { code = "" }) => `/desk/${code}/fees/bills?month=${month}`,
    again: (call, _words, typed) => runView(call, typed),
  }),
  api("get", `${API}/bills`, showBillRun),
  api("post", `${API}/bills`, billMonth, { status: 201 }),
];
