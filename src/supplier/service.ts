// The supplier register: who is paid. Names are found by one spelling, and registered when somebody is first paid.
import { refuse } from "../base/refusal.ts";
import { sideOf } from "../door/rules.ts";
import type { Writing } from "../door/service.ts";
import type { Db, Question } from "../platform/db.ts";
import {
  changed,
  looksLikeOrganisation,
  normalName,
  readCreditCode,
  type Supplier,
  type SupplierChange,
} from "./rules.ts";
import * as store from "./store.ts";

export { findSupplier, listSuppliers, stepsOf, supplierNames, suppliersWithSteps } from "./store.ts";

/** The supplier of that name, however it is spelled; null when nobody registered it. */
export function supplierNamed(community: string, name: string): Question<Supplier | null> {
  return store.supplierQuestion(community, normalName(name));
}

/** A supplier that was not registered yet, as it would be: one field is enough. */
export function newSupplier(name: string): Supplier {
  const spelled = normalName(name);
  const isPerson = !looksLikeOrganisation(spelled);
  return { id: 0, name: spelled, creditCode: "", isPerson, account: "", related: "", isActive: true };
}

/** Registers a supplier; refuses a name or credit code that is there already. */
export async function register(call: Writing, wish: Supplier): Promise<Supplier> {
  const { tx, community, actor, now } = call;
  const supplier = {
    ...wish,
    name: normalName(wish.name),
    creditCode: readCreditCode(wish.creditCode),
    id: await store.nextSupplier(tx, community),
  };
  if ((await store.supplierNamed(tx, community, supplier.name)) !== null) {
    throw refuse("SUPPLIER_KNOWN", `供应商「${supplier.name}」已经登记过。`, "请在名册里找到它，改它的资料。", 409);
  }
  await assertCodeFree(tx, community, supplier);
  const at = now.toISOString();
  await store.insertSupplier(tx, community, supplier, {
    kind: "registered",
    text: supplier.related,
    actor: actor.id,
    at,
  });
  return supplier;
}

async function assertCodeFree(db: Db, community: string, supplier: Supplier): Promise<void> {
  const other = await store.supplierWithCode(db, community, supplier.creditCode);
  if (other !== null && other.id !== supplier.id) {
    throw refuse(
      "CREDIT_CODE_TAKEN",
      `统一社会信用代码 ${supplier.creditCode} 已登记在「${other.name}」名下。`,
      "一家单位只登记一次；请核对代码，或直接用那一家。",
      409,
    );
  }
}

/** Changes what may change of a supplier; only the committee clears a related party. */
export async function change(call: Writing, id: number, wish: SupplierChange): Promise<Supplier> {
  const { tx, community, actor, now } = call;
  const before = await supplierOr404(tx, community, id);
  const isCommittee = sideOf(actor, community) === "committee";
  const { supplier, steps } = changed(before, wish, { isCommittee });
  await assertCodeFree(tx, community, supplier);
  if (steps.length > 0) {
    const at = now.toISOString();
    await store.updateSupplier(
      tx,
      community,
      supplier,
      steps.map((step) => ({ ...step, actor: actor.id, at })),
    );
  }
  return supplier;
}

export async function supplierOr404(db: Db, community: string, id: number): Promise<Supplier> {
  const supplier = await store.findSupplier(db, community, id);
  if (supplier === null) {
    throw refuse("SUPPLIER_UNKNOWN", `没有编号为 ${id} 的供应商。`, "请在供应商名册里找。", 404);
  }
  return supplier;
}
