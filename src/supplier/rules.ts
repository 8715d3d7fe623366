// The supplier register 供应商: whom the community pays, who is close to the trustee, and what readers may see of a payee.
import { halfWidth } from "../base/money.ts";
import { refuse } from "../base/refusal.ts";

export interface Supplier {
  readonly id: number;
  /** As invoices and the bank write it; it never changes, since payments are recognised by it. */
  readonly name: string;
  /** 统一社会信用代码, "" where there is none. */
  readonly creditCode: string;
  /** A natural person: readers of public pages see “个人”. */
  readonly isPerson: boolean;
  /** Where the money goes, as somebody typed it; "" where unknown. Never public. */
  readonly account: string;
  /** How it is related to the trustee (信托法 art. 28), "" when it is not. */
  readonly related: string;
  readonly isActive: boolean;
}

/** One step of a supplier's history. */
export interface SupplierStep {
  readonly kind: "registered" | "changed" | "related" | "cleared" | "retired" | "revived";
  readonly text: string;
  readonly actor: string;
  readonly at: string;
}

// ---- Names ----------------------------------------------------------------------------------------------------

/**
 * One spelling of a name: brackets as banks print them, no spaces at the ends or between Chinese characters, nothing that
 * nobody sees, no stop at its end. Whoever looks at two names must see whether they are one.
 */
export function normalName(name: string): string {
  const seen = name
    .normalize("NFKC")
    .replace(UNSEEN, "")
    .replace(/\s+/gu, " ")
    .trim()
    .replace(/(?<=[^\u0020-\u007e]) | (?=[^\u0020-\u007e])/gu, "")
    .replace(/[・•‧∙]/gu, "·")
    .replaceAll("(", "（")
    .replaceAll(")", "）");
  return seen.replace(/[\s。.,、;:!]+$/u, "") || seen;
}

/** Characters that have no look of their own: joiners, marks of direction, soft hyphens. */
const UNSEEN = /[\p{Default_Ignorable_Code_Point}\p{Cf}\p{Cc}]/gu;

/** The spellings under which other people's files may have the same name. */
export function spellings(name: string): string[] {
  const normal = normalName(name);
  return [...new Set([normal, normal.replaceAll("（", "(").replaceAll("）", ")")])];
}

/** A payee that is the trustee itself: what it may take from the fund is its draw (信托法 art. 26, 28). */
export function isTrustee(name: string, trustee: string): boolean {
  return lettersOf(name) === lettersOf(trustee);
}

/** Fewer letters are in half of all names. */
const TELLING_LETTERS = 4;

/** A payee whose name holds the trustee's, or stands in it, and is not the same: a branch, a sister, or the short name. */
export function resemblesTrustee(name: string, trustee: string): boolean {
  const [own, other] = [lettersOf(name), lettersOf(trustee)];
  const isTold = Math.min(own.length, other.length) >= TELLING_LETTERS;
  return own !== other && isTold && (own.includes(other) || other.includes(own));
}

/** What is left of a name without the marks in it, in small letters. */
function lettersOf(name: string): string {
  return smallLetters(normalName(name)).replace(/[^\p{L}\p{N}]/gu, "");
}

/** A to Z made small, as every database does it whatever its language. */
export function smallLetters(name: string): string {
  return name.replace(/[A-Z]/gu, (letter) => letter.toLowerCase());
}

/**
 * Words by which a name is an organisation's. A name without any of them is taken for a person's: to call a shop
 * “个人” costs a reader one question, to print a person's name cannot be taken back (个人信息保护法 art. 6, 25).
 */
const ORGANISATION =
  /公司|集团|企业|商行|商店|商场|超市|经营部|营业部|服务部|门市|工作室|事务所|研究所|设计院|医院|学校|大学|学院|中心|银行|支行|分行|信用社|合作社|协会|学会|基金会|委员会|业委会|居委会|社区|街道|政府|税务|财政|法院|派出所|消防|电信|移动|联通|供电|电力|燃气|水务|自来水|热力|环卫|保险|物业|保洁|保安|电梯|园林|绿化|五金|建材|家政|广告|印刷|图文|维修|工程|装饰|科技|餐饮|酒店|[店厂局站部处社所院行坊铺馆]$/u;

export function looksLikeOrganisation(name: string): boolean {
  // “张三（保洁）” says what a person does; the name itself decides.
  const own = normalName(name).replace(/（[^）]*）/gu, "");
  return ORGANISATION.test(own);
}

/**
 * How the books name whom they paid. A person's name is kept in the register alone: entries are chained for ever, and
 * the law may ask to erase a name (个人信息保护法 art. 47).
 */
export function payeeOf({ id, name, isPerson }: Pick<Supplier, "id" | "name" | "isPerson">): string {
  return isPerson ? `个人·${id}` : name;
}

/** A payee as public pages name it. `isPerson` is null for payees that no register knows, such as imported ones. */
export function publicPayee(name: string, isPerson: boolean | null): string {
  const hidden = isPerson ?? !looksLikeOrganisation(name);
  return hidden ? "个人" : name;
}

// ---- The credit code ------------------------------------------------------------------------------------------

/** GB 32100-2015: the 31 characters (no I, O, S, V, Z), the weights of the first 17, the last one makes the check. */
const CODE_CHARACTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY";
const CODE_WEIGHTS = [1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28];

/** A credit code as it is written, or a refusal that says what is wrong with it; "" stays "". */
export function readCreditCode(text: string): string {
  const code = halfWidth(text).replace(/[\s-]/gu, "").toUpperCase();
  if (code === "" || isCreditCode(code)) {
    return code;
  }
  throw refuse(
    "CREDIT_CODE_INVALID",
    `统一社会信用代码「${text.trim()}」不对：应为 18 位，且最后一位与前 17 位相符（GB 32100）。`,
    "请照营业执照重新填写；没有就留空。",
  );
}

export function isCreditCode(code: string): boolean {
  const values = [...code].map((character) => CODE_CHARACTERS.indexOf(character));
  if (values.length !== 18 || values.includes(-1)) {
    return false;
  }
  const total = CODE_WEIGHTS.reduce((sum, weight, index) => sum + weight * (values[index] ?? 0), 0);
  return (31 - (total % 31)) % 31 === values[17];
}

// ---- Changes --------------------------------------------------------------------------------------------------

/** What a change leaves: the fields that it does not name stay. */
export interface SupplierChange {
  readonly creditCode?: string | undefined;
  readonly isPerson?: boolean | undefined;
  readonly account?: string | undefined;
  readonly related?: string | undefined;
  readonly isActive?: boolean | undefined;
}

/**
 * The supplier after a change, with the steps it leaves in the history. That it is related to the trustee may be said
 * by anybody; only the committee may take it back or word it otherwise, or the trustee could clear its own friends.
 */
export function changed(
  supplier: Supplier,
  change: SupplierChange,
  by: { readonly isCommittee: boolean },
): { readonly supplier: Supplier; readonly steps: readonly Pick<SupplierStep, "kind" | "text">[] } {
  const next: Supplier = {
    ...supplier,
    creditCode: readCreditCode(change.creditCode ?? supplier.creditCode),
    isPerson: change.isPerson ?? supplier.isPerson,
    account: change.account ?? supplier.account,
    related: change.related ?? supplier.related,
    isActive: change.isActive ?? supplier.isActive,
  };
  if (supplier.related !== "" && next.related !== supplier.related && !by.isCommittee) {
    throw refuse(
      "RELATED_BY_COMMITTEE",
      `「${supplier.name}」是关联方（${supplier.related}），只有业委会可以撤销或改写这个标记。`,
      "请业委会成员来改；其他资料可以照常保存。",
      409,
    );
  }
  return { supplier: next, steps: stepsBetween(supplier, next) };
}

function stepsBetween(before: Supplier, after: Supplier): Pick<SupplierStep, "kind" | "text">[] {
  const facts = [
    before.creditCode === after.creditCode ? "" : `统一社会信用代码 ${after.creditCode || "（空）"}`,
    before.isPerson === after.isPerson ? "" : `${after.isPerson ? "" : "不"}是个人`,
    // The account itself is nobody else's business; that it changed is what a fraud would hide.
    before.account === after.account ? "" : "收款账户",
  ].filter((text) => text !== "");
  const steps: Pick<SupplierStep, "kind" | "text">[] = [];
  if (facts.length > 0) {
    steps.push({ kind: "changed", text: facts.join("、") });
  }
  if (before.related !== after.related) {
    steps.push({ kind: after.related === "" ? "cleared" : "related", text: after.related });
  }
  if (before.isActive !== after.isActive) {
    steps.push({ kind: after.isActive ? "revived" : "retired", text: "" });
  }
  return steps;
}

// ---- What holds -----------------------------------------------------------------------------------------------------

/** How the supplier was close to the trustee at that moment, by its history; "" when it was not. */
export function relatedAt(steps: readonly SupplierStep[], at: string): string {
  const told = steps.filter((step) => ["registered", "related", "cleared"].includes(step.kind) && step.at <= at);
  return told.at(-1)?.text ?? "";
}

/** What of a supplier is not as its history left it. */
export function supplierFaults({ name, related, isActive }: Supplier, steps: readonly SupplierStep[]): string[] {
  const last = steps.findLast(({ kind }) => ["registered", "retired", "revived"].includes(kind));
  const was = relatedAt(steps, steps.at(-1)?.at ?? "");
  return [
    ...(steps[0]?.kind === "registered" ? [] : [`供应商「${name}」没有登记的经过`]),
    ...(related === was ? [] : [`供应商「${name}」的关联方标记是“${related}”，按经过应为“${was}”`]),
    ...(isActive === (last?.kind !== "retired") ? [] : [`供应商「${name}」的停用标记与经过不符`]),
  ];
}
