// The supplier register, as declarations: who is paid, and who is close to the trustee.
import { z } from "zod";
import { displayNames } from "../access/service.ts";
import { spokenMoment } from "../base/month.ts";
import { api, API, DESK, form, page, type FormRoute, type Route, type View, type Words } from "../door/routes.ts";
import { mayDo } from "../door/rules.ts";
import { command, note, query, type Reading } from "../door/service.ts";
import type { Db } from "../platform/db.ts";
import {
  idNumber,
  listInput,
  listOf,
  optionalWords,
  pageFrom,
  paragraph,
  readAddress,
  ticked,
  words,
} from "../platform/input.ts";
import { findCommunity } from "../trust/service.ts";
import { stepRows, supplierRecord, supplierRow, supplierView } from "./page.ts";
import * as service from "./service.ts";

const supplierOutput = z.object({
  id: z.number(),
  name: z.string(),
  creditCode: z.string(),
  isPerson: z.boolean(),
  account: z.string(),
  related: z.string(),
  isActive: z.boolean(),
  isTrustee: z.boolean(),
});

const facts = {
  creditCode: optionalWords(40).meta({ description: "统一社会信用代码，没有就留空" }),
  isPerson: ticked.meta({ description: "收款方是个人：公开页面只显示“个人”" }),
  account: optionalWords(100).meta({ description: "收款账户，不公开" }),
  related: paragraph(200).meta({ description: "与受托人是什么关系；没有就留空" }),
};

async function trusteeOf(db: Db, community: string): Promise<string> {
  return (await findCommunity(db, community))?.trustee ?? "";
}

export const listSuppliers = query({
  name: "listSuppliers",
  title: "供应商名册",
  may: "supplier.view",
  input: z.object({ ...listInput, find: optionalWords(60).meta({ description: "名称里的字" }) }),
  output: listOf(supplierOutput),
  run: async ({ db, community }, { after, limit, find }) => {
    const found = await service.listSuppliers(db, community, { words: find, after: after ?? "", limit: limit + 1 });
    const trustee = await trusteeOf(db, community);
    const { items, next } = pageFrom(found, limit, ({ name }) => name);
    return { items: items.map((supplier) => supplierRecord(supplier, trustee)), next };
  },
});

const showSupplier = query({
  name: "showSupplier",
  title: "一家供应商",
  may: "supplier.view",
  input: z.object({ id: idNumber }),
  output: supplierOutput.extend({
    steps: z.array(z.object({ kind: z.string(), text: z.string(), by: z.string(), at: z.string() })),
  }),
  run: async ({ db, community }, input) => {
    const supplier = await service.supplierOr404(db, community, input.id);
    const steps = await service.stepsOf(db, community, input.id);
    const names = await displayNames(db, [...new Set(steps.map((step) => step.actor))]);
    return {
      ...supplierRecord(supplier, await trusteeOf(db, community)),
      steps: steps.map(({ kind, text, actor, at }) => ({ kind, text, by: names.get(actor) ?? "", at })),
    };
  },
});

export const registerSupplier = command({
  name: "registerSupplier",
  title: "登记供应商",
  may: "supplier.edit",
  input: z.object({ name: words(100), ...facts }),
  output: z.object({ id: z.number() }),
  run: async (call, input) => {
    const { name, creditCode, isPerson, account, related } = input;
    const wish = { id: 0, name, creditCode, isPerson, account, related, isActive: true };
    const supplier = await service.register(call, wish);
    await note(call, "supplier recorded", { name });
    return { id: supplier.id };
  },
});

const changeSupplier = command({
  name: "changeSupplier",
  title: "修改供应商资料",
  may: "supplier.edit",
  input: z.object({ id: idNumber, ...facts }),
  output: z.object({ id: z.number() }),
  run: async (call, { id: supplier, ...change }) => {
    await service.change(call, supplier, change);
    await note(call, "supplier changed", {
      name: (await service.supplierOr404(call.tx, call.community, supplier)).name,
    });
    return { id: supplier };
  },
});

const retireSupplier = command({
  name: "retireSupplier",
  title: "停用或恢复供应商",
  may: "supplier.edit",
  input: z.object({ id: idNumber, isActive: ticked.meta({ description: "true = 恢复，否则停用" }) }),
  output: z.object({ id: z.number() }),
  run: async (call, { id: supplier, isActive }) => {
    await service.change(call, supplier, { isActive });
    await note(call, "supplier changed", {
      name: (await service.supplierOr404(call.tx, call.community, supplier)).name,
    });
    return { id: supplier };
  },
});

// ---- Pages of the desk ------------------------------------------------------------------------------------------------

function baseOf(community: string): string {
  return `/desk/${community}/suppliers`;
}

function rights(call: Reading): { mayEdit: boolean; mayClear: boolean } {
  return {
    mayEdit: mayDo(call, "supplier.edit"),
    mayClear: mayDo(call, "supplier.clear"),
  };
}

const PER_PAGE = 50;

async function listPage(call: Reading, { find = "", after = "" }: Words): Promise<View> {
  const { db, community } = call;
  const found = await service.listSuppliers(db, community, { words: find.slice(0, 60), after, limit: PER_PAGE + 1 });
  const { items, next } = pageFrom(found, PER_PAGE, ({ name }) => name);
  const further = new URLSearchParams({ ...(find === "" ? {} : { find }), after: next ?? "" });
  const model = {
    base: baseOf(community),
    find,
    items: items.map((supplier) => supplierRow(baseOf(community), supplier)),
    next: next === null ? "" : `${baseOf(community)}?${further.toString()}`,
  };
  return { view: "supplier-list", model: { ...model, ...rights(call) } };
}

async function supplierPage(call: Reading, named: Words): Promise<View> {
  const { db, community } = call;
  const supplier = await service.supplierOr404(db, community, readAddress(showSupplier.input, named).id);
  const steps = await service.stepsOf(db, community, supplier.id);
  const names = await displayNames(db, [...new Set(steps.map((step) => step.actor))]);
  const told = { nameOf: (account: string) => names.get(account) ?? "", when: spokenMoment };
  const model = { ...supplierView(baseOf(community), supplier, rights(call)), steps: stepRows(steps, told) };
  return { view: "supplier", model };
}

const AT = `${API}/suppliers`;
const DESK_SUPPLIERS = `${DESK}/suppliers`;

/** A form on a supplier's page comes back to it. */
function onSupplier(again: FormRoute["again"]) {
  return { done: ({ id: number }: { id: number }, { code = "" }: Words) => `${baseOf(code)}/${number}`, again };
}

export const supplierRoutes: readonly Route[] = [
  page(DESK_SUPPLIERS, "supplier.view", listPage),
  form(`${DESK_SUPPLIERS}/new`, registerSupplier, onSupplier(listPage)),
  page(`${DESK_SUPPLIERS}/:id`, "supplier.view", supplierPage),
  form(`${DESK_SUPPLIERS}/:id`, changeSupplier, onSupplier(supplierPage)),
  form(`${DESK_SUPPLIERS}/:id/retire`, retireSupplier, onSupplier(supplierPage)),

  api("get", AT, listSuppliers),
  api("post", AT, registerSupplier, { status: 201 }),
  api("get", `${AT}/:id`, showSupplier),
  api("post", `${AT}/:id`, changeSupplier),
  api("post", `${AT}/:id/retire`, retireSupplier),
];
