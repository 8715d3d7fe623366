// Suppliers in words, and as records for programs.
import { isTrustee, type Supplier, type SupplierStep } from "./rules.ts";

export function supplierRecord(supplier: Supplier, trustee: string) {
  const { id, name, creditCode, isPerson, account, related, isActive } = supplier;
  return { id, name, creditCode, isPerson, account, related, isActive, isTrustee: isTrustee(name, trustee) };
}

export function supplierRow(base: string, supplier: Supplier) {
  const { id, name, creditCode, isPerson, related, isActive } = supplier;
  return {
    href: `${base}/${id}`,
    name,
    line: [isPerson ? "个人" : "", creditCode, isActive ? "" : "已停用"].filter((words) => words !== "").join(" · "),
    isRelated: related !== "",
    isActive,
  };
}

const STEP_WORDS: Readonly<Record<SupplierStep["kind"], string>> = {
  registered: "登记",
  changed: "改了",
  related: "标为关联方：",
  cleared: "撤销关联方标记",
  retired: "停用",
  revived: "恢复使用",
};

export interface Told {
  readonly nameOf: (account: string) => string;
  readonly when: (at: string) => string;
}

export function stepRows(steps: readonly SupplierStep[], { nameOf, when }: Told) {
  return steps.map(({ kind, text, actor, at }) => ({
    words: `${STEP_WORDS[kind]}${text}`,
    who: nameOf(actor),
    when: when(at),
  }));
}

/** A supplier as its form shows it; only the committee may take the mark of a related party away. */
export function supplierView(
  base: string,
  supplier: Supplier,
  may: { readonly mayEdit: boolean; readonly mayClear: boolean },
) {
  const { id, name, creditCode, isPerson, account, related, isActive } = supplier;
  return {
    base,
    id: String(id),
    name,
    paidHref: `${base.replace(/suppliers$/u, "spends")}?tab=paid&find=${encodeURIComponent(name)}`,
    mayEdit: may.mayEdit,
    isRelated: related !== "",
    related,
    mayWordRelated: related === "" || may.mayClear,
    isActive,
    values: { creditCode, account, related, isPerson: isPerson ? "on" : "" },
  };
}
