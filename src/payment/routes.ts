// Requests after they were asked for, as declarations: lists, one request, keys, refusals, ratification.
import { z } from "zod";
import { dayAt, monthOf, spokenMoment, yearOf } from "../base/month.ts";
import { api, API, DESK, form, page, type Route, type View, type Words } from "../door/routes.ts";
import { mayDo, SIDES } from "../door/rules.ts";
import { command, query, type Reading } from "../door/service.ts";
import {
  amountText,
  idNumber,
  keyCode,
  listInput,
  listOf,
  optionalWords,
  readAddress,
  words,
} from "../platform/input.ts";
import { STATUSES } from "../release/rules.ts";
import { registeredNumbers } from "../resolution/service.ts";
import { SPEND_KINDS, STEP_KINDS } from "../request/rules.ts";
import { leftOfBudget, shownVouchers } from "../request/service.ts";
import { finding, leftOutput, side } from "../spending/service.ts";
import { itemRecord, listView, sheetRecord, spendView } from "./page.ts";
import { TABS } from "./rules.ts";
import * as service from "./service.ts";

// ---- What is answered -----------------------------------------------------------------------------------------------

const itemOutput = z.object({
  id: z.number(),
  kind: z.enum(SPEND_KINDS),
  state: z.enum(STATUSES),
  payee: z.string(),
  purpose: z.string(),
  day: z.string().meta({ description: "申请时写的日期" }),
  paidOn: z.string().nullable().meta({ description: "记账的付款日；没有付的是 null" }),
  amount: amountText,
  fund: z.string(),
  bank: z.string(),
  askedBy: z.string(),
  askedAt: z.string(),
  expiresOn: z.string(),
  sides: z.array(side),
  missing: z.array(side),
  isMine: z.boolean().meta({ description: "现在轮到您放行" }),
});

const sheetOutput = itemOutput.extend({
  toBank: z.string().nullable(),
  unit: z.string(),
  lines: z.array(z.object({ account: z.string(), name: z.string(), amount: amountText, memo: z.string() })),
  resolution: z.string(),
  emergency: z.string(),
  invoices: z.array(z.object({ number: z.string(), amount: amountText.nullable(), nets: z.string() })),
  vouchers: z.array(z.string()),
  corrects: z.string().nullable(),
  why: z.array(z.string()),
  findings: z.array(finding),
  left: z.array(leftOutput),
  steps: z.array(
    z.object({
      kind: z.enum(["asked", ...STEP_KINDS]),
      side: z.enum([...SIDES, ""]),
      by: z.string(),
      text: z.string(),
      at: z.string(),
    }),
  ),
  lastPayments: z.array(z.object({ entry: z.string(), day: z.string(), amount: amountText, memo: z.string() })),
  entry: z.string().nullable(),
  ratification: z.object({ state: z.enum(["open", "ratified", "declined"]), by: z.string() }).nullable(),
});

// ---- Use cases: keys --------------------------------------------------------------------------------------------------

export const releaseSpend = command({
  name: "releaseSpend",
  title: "放行",
  may: "spend.release",
  turnsKey: true,
  input: z.object({ id: idNumber, code: keyCode }),
  output: z.object({ id: z.number(), isPaid: z.boolean() }),
  run: async (call, input) => ({ id: input.id, ...(await service.release(call, input.id)) }),
});

export const takeBackKey = command({
  name: "takeBackKey",
  title: "收回自己的放行",
  may: "spend.release",
  input: z.object({ id: idNumber }),
  output: z.object({ id: z.number() }),
  run: async (call, input) => {
    await service.takeBack(call, input.id);
    return { id: input.id };
  },
});

export const refuseSpend = command({
  name: "refuseSpend",
  title: "退回申请",
  may: "spend.release",
  input: z.object({ id: idNumber, reason: words(200) }),
  output: z.object({ id: z.number() }),
  run: async (call, input) => {
    await service.refuseSpend(call, input.id, input.reason);
    return { id: input.id };
  },
});

export const withdrawSpend = command({
  name: "withdrawSpend",
  title: "撤回自己的申请",
  may: "spend.request",
  input: z.object({ id: idNumber, reason: optionalWords(200) }),
  output: z.object({ id: z.number() }),
  run: async (call, input) => {
    await service.withdraw(call, input.id, input.reason);
    return { id: input.id };
  },
});

export const ratifySpend = command({
  name: "ratifySpend",
  title: "按已有的决议追认紧急支出",
  may: "spend.ratify",
  input: z.object({
    id: idNumber,
    resolution: words(40).meta({ description: "登记簿里写明这笔支出的决议编号，例如 2020-业主大会-3" }),
  }),
  output: z.object({ id: z.number() }),
  run: async (call, input) => {
    await service.ratify(call, input.id, input.resolution);
    return { id: input.id };
  },
});

// ---- Use cases: reading -------------------------------------------------------------------------------------------------

export const listSpends = query({
  name: "listSpends",
  title: "付款申请列表",
  may: "spend.view",
  input: z.object({
    ...listInput,
    tab: z.enum(TABS, "没有这个列表").default("waiting"),
    find: optionalWords(60).meta({ description: "收款方或用途里的字" }),
  }),
  output: listOf(itemOutput),
  run: async (call, input) => {
    const { items, next } = await service.list(call, input);
    return { items: items.map(itemRecord), next };
  },
});

export const showSpend = query({
  name: "showSpend",
  title: "一份付款申请",
  may: "spend.view",
  input: z.object({ id: idNumber }),
  output: sheetOutput,
  run: async (call, input) => sheetRecord(await service.sheetOf(call, input.id)),
});

// ---- Pages of the desk ------------------------------------------------------------------------------------------------

function baseOf(community: string): string {
  return `/desk/${community}/spends`;
}

/** Somebody with a key begins with what waits for it. */
function firstTab(call: Reading, mine: number): (typeof TABS)[number] {
  return mayDo(call, "spend.release") && mine > 0 ? "mine" : "waiting";
}

async function listPage(call: Reading, { tab, find = "", after }: Words): Promise<View> {
  const { db, community, now } = call;
  const counts = await service.countsOf(call);
  const chosen = TABS.find((each) => each === tab) ?? firstTab(call, counts.mine);
  const { items, next } = await service.list(call, { tab: chosen, find: find.slice(0, 60), after, limit: PER_PAGE });
  const state = { base: baseOf(community), tab: chosen, find, next, counts };
  const lefts = await leftOfBudget(db, community, now);
  const year = yearOf(monthOf(dayAt(now)));
  const model = { ...listView(state, items, lefts), year, mayRequest: mayDo(call, "spend.request") };
  return { view: "spend-list", model };
}

const PER_PAGE = 20;

async function sheetPage(call: Reading, named: Words): Promise<View> {
  const { db, community, actor } = call;
  const sheet = await service.sheetOf(call, readAddress(showSpend.input, named).id);
  const rights = {
    community,
    base: baseOf(community),
    account: actor.id,
    mayRelease: mayDo(call, "spend.release"),
    mayRequest: mayDo(call, "spend.request"),
    mayRatify: mayDo(call, "spend.ratify"),
    mayRedact: mayDo(call, "voucher.redact"),
    hasKey: actor.hasKey,
  };
  const vouchers = await shownVouchers(db, community, sheet.spend.vouchers);
  const isOpen = sheet.ratification === "open" || sheet.ratification === "declined";
  const registered = await registeredNumbers(db, community);
  const naming = isOpen && rights.mayRatify ? await service.resolutionsFor(db, community, sheet.spend) : [];
  return {
    view: "spend-sheet",
    model: spendView(sheet, { vouchers, naming, registered }, rights, { when: spokenMoment }),
  };
}

const DESK_SPENDS = `${DESK}/spends`;
const AT = `${API}/spends`;

/** A form on the page of a request comes back to it. */
const onSheet = {
  done: ({ id: number }: { id: number }, { code = "" }: Words) => `${baseOf(code)}/${number}`,
  again: sheetPage,
};

export const paymentRoutes: readonly Route[] = [
  page(DESK_SPENDS, "spend.view", listPage, "付款", ["/suppliers"]),
  page(`${DESK_SPENDS}/:id`, "spend.view", sheetPage),
  form(`${DESK_SPENDS}/:id/release`, releaseSpend, onSheet),
  form(`${DESK_SPENDS}/:id/take-back`, takeBackKey, onSheet),
  form(`${DESK_SPENDS}/:id/refuse`, refuseSpend, onSheet),
  form(`${DESK_SPENDS}/:id/withdraw`, withdrawSpend, onSheet),
  form(`${DESK_SPENDS}/:id/ratify`, ratifySpend, onSheet),

  api("get", AT, listSpends),
  api("get", `${AT}/:id`, showSpend),
  api("post", `${AT}/:id/keys`, releaseSpend, { status: 201 }),
  api("delete", `${AT}/:id/keys`, takeBackKey),
  api("post", `${AT}/:id/refusal`, refuseSpend, { status: 201 }),
  api("post", `${AT}/:id/withdrawal`, withdrawSpend, { status: 201 }),
  api("post", `${AT}/:id/ratification`, ratifySpend, { status: 201 }),
];
