// Vouchers in words, for lists, the record, the form that blacks out, and the public's page.
import { displayYuan } from "../base/money.ts";
import { spokenDay, type Day } from "../base/month.ts";
import {
  addsUp,
  blackShare,
  HIDABLE_FIELDS,
  HIDDEN_KINDS,
  hideFields,
  type Decision,
  type HidableField,
  type HiddenKind,
  type Invoice,
  type PublicCopy,
  type Rectangle,
  type Supersession,
  type Voucher,
} from "./rules.ts";

/** "PDF，3 页". */
function kindWords({ kind, pages }: Pick<Voucher, "kind" | "pages">): string {
  switch (kind) {
    case "xml":
      return "数电票 XML";
    case "pdf":
      return `PDF，${pages.length} 页`;
    case "jpeg":
    case "png":
    case "webp":
      return "照片";
  }
}

function sizeWords(bytes: number): string {
  return bytes < 1024 * 1024 ? `${Math.ceil(bytes / 1024)} KB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}

/** A label with its text, for a list of facts. */
export interface Fact {
  readonly label: string;
  readonly text: string;
}

/** What an e-invoice says, line by line. */
export function invoiceFacts(invoice: Invoice): Fact[] {
  const party = ({ name, taxId }: Invoice["seller"]): string => [name, taxId].filter((text) => text !== "").join("，");
  const yuan = (amount: Invoice["tax"]): string => (amount === null ? "" : `${displayYuan(amount)} 元`);
  const facts: readonly (readonly [label: string, text: string])[] = [
    ["发票号码", invoice.number],
    ["种类", invoice.isRed ? "红字发票（冲销）" : ""],
    ["冲销的蓝字发票", invoice.original],
    ["开票日期", spokenDay(invoice.issuedOn)],
    ["销售方", party(invoice.seller)],
    ["购买方", party(invoice.buyer)],
    ["项目", invoice.items.join("、")],
    ["金额", yuan(invoice.amountWithoutTax)],
    ["税额", yuan(invoice.tax)],
    ["价税合计", yuan(invoice.total)],
    ["请留意", addsUp(invoice) ? "" : "▲ 金额与税额相加不等于价税合计"],
  ];
  return facts.filter(([, text]) => text !== "").map(([label, text]) => ({ label, text }));
}

// ---- The list ---------------------------------------------------------------------------------------------------

export interface VoucherItem {
  readonly href: string;
  /** "" for an e-invoice, which has no picture. */
  readonly thumbnail: string;
  readonly name: string;
  readonly line: string;
  readonly state: string;
  readonly isWaiting: boolean;
}

/** One voucher in the desk's list; `on` is the day it was brought in, `by` what its bringer is called. */
export function voucherItem(
  base: string,
  voucher: Voucher,
  standing: { readonly copy: PublicCopy | null; readonly isSuperseded: boolean },
  { on, by }: { readonly on: Day; readonly by: string },
): VoucherItem {
  const { sha, name, kind, invoice } = voucher;
  const { copy, isSuperseded } = standing;
  const invoiceWords = invoice === null ? [] : [`${invoice.seller.name} ${displayYuan(invoice.total)} 元`];
  return {
    href: `${base}/${sha}`,
    thumbnail: kind === "xml" ? "" : `${base}/${sha}/pages/1.webp`,
    name,
    line: [kindWords(voucher), ...invoiceWords, `${spokenDay(on)}由${by}上传`].join(" · "),
    state: stateWords(copy, isSuperseded),
    isWaiting: copy === null && !isSuperseded,
  };
}

function stateWords(copy: PublicCopy | null, isSuperseded: boolean): string {
  if (isSuperseded) {
    return "已被取代";
  }
  return copy === null ? "待遮盖" : "可公开";
}

// ---- The record -------------------------------------------------------------------------------------------------

/** Says on which day something was, and who did it. */
export interface Told {
  readonly dayOf: (at: string) => Day;
  readonly nameOf: (account: string) => string;
}

export function voucherFacts(voucher: Voucher, { dayOf, nameOf }: Told): Fact[] {
  return [
    { label: "文件", text: `${voucher.name}（${kindWords(voucher)}，${sizeWords(voucher.bytes)}）` },
    { label: "上传", text: `${spokenDay(dayOf(voucher.at))}，${nameOf(voucher.by)}` },
  ];
}

/** The pages of a voucher with the addresses of their pictures. */
export function pagesOf(
  base: string,
  pages: Voucher["pages"],
  rectangles: readonly Rectangle[],
): { page: number; src: string; width: number; height: number; alt: string }[] {
  return pages.map(({ width, height }, index) => {
    const page = index + 1;
    const share = blackShare(rectangles, page);
    const black = share === 0 ? "" : `，遮盖了 ${(share / 10).toFixed(1)} %`;
    return { page, src: `${base}/${page}.jpg`, width, height, alt: `第 ${page} 页，共 ${pages.length} 页${black}` };
  });
}

/** "遮盖了 3 处：电话号码 2 处、其他（车位号）1 处", or that nothing was. */
export function decisionWords({ rectangles, fields, reason }: Decision): string {
  const places = [
    ...rectangles.map(({ kind, note }) => HIDDEN_KINDS[kind] + (note === "" ? "" : `（${note}）`)),
    ...fields.map(({ field, kind }) => `${HIDABLE_FIELDS[field]}中的${HIDDEN_KINDS[kind]}`),
  ];
  const counted = [...new Set(places)].map((place) => `${place} ${places.filter((each) => each === place).length} 处`);
  const what = places.length === 0 ? "没有需要遮盖的内容" : `遮盖了 ${places.length} 处：${counted.join("、")}`;
  return reason === "" ? `${what}。` : `${what}。原因：${reason.replace(/[。.]+$/u, "")}。`;
}

/** Each decision in words, the newest first. */
export function historyOf(copies: readonly PublicCopy[], { dayOf }: Pick<Told, "dayOf">): object[] {
  return copies.toReversed().map(({ version, sha, decision, at }) => ({
    version,
    sha,
    words: decisionWords(decision),
    on: spokenDay(dayOf(at)),
  }));
}

export function supersessionFacts(
  base: string,
  supersessions: readonly Supersession[],
  other: "old" | "replacement",
  { dayOf }: Pick<Told, "dayOf">,
): { href: string; reason: string; on: string }[] {
  return supersessions.map((supersession) => ({
    href: `${base}/${supersession[other]}`,
    reason: supersession.reason,
    on: spokenDay(dayOf(supersession.at)),
  }));
}

// ---- The form that blacks out -----------------------------------------------------------------------------------

/** A row of the form, as somebody typed it or as it was decided before: text, since it may be wrong. */
export type TypedRectangle = Readonly<Record<"page" | "x" | "y" | "width" | "height" | "kind" | "note", string>>;

export function typedRectangle({ page, x, y, width, height, kind, note }: Rectangle): TypedRectangle {
  const [p, left, top, wide, high] = [page, x, y, width, height].map(String);
  return { page: p ?? "", x: left ?? "", y: top ?? "", width: wide ?? "", height: high ?? "", kind, note };
}

/** Reasons that are often right, to choose from. */
export const USUAL_REASONS = ["只有公司信息，没有个人信息", "上次漏遮了个人信息", "上次遮得太多，不该遮的也遮了"];

export const BLANK_RECTANGLE: TypedRectangle = { page: "1", x: "", y: "", width: "", height: "", kind: "", note: "" };

/** The rows that the form shows, with their names, numbers and choices. */
export function rectangleRows(rows: readonly TypedRectangle[], pages: number): object[] {
  return rows.map((row, index) => ({
    ...row,
    index,
    number: index + 1,
    isBlank: row.x === "" && row.y === "" && row.width === "" && row.height === "",
    kinds: choices(HIDDEN_KINDS, row.kind),
    pages: Array.from({ length: pages }, (_, at) => String(at + 1)).map((page) => ({
      value: page,
      isChosen: page === row.page,
    })),
  }));
}

/** The texts of an e-invoice that may be hidden, with what was chosen for each. */
export function fieldRows(invoice: Invoice | null, chosen: Readonly<Record<string, string>>): object[] {
  if (invoice === null) {
    return [];
  }
  const texts: Readonly<Record<HidableField, string>> = {
    sellerName: invoice.seller.name,
    sellerTaxId: invoice.seller.taxId,
    buyerName: invoice.buyer.name,
    buyerTaxId: invoice.buyer.taxId,
    items: invoice.items.join("、"),
  };
  const { other: _other, ...kinds } = HIDDEN_KINDS;
  return (Object.keys(texts) as HidableField[])
    .filter((field) => texts[field] !== "")
    .map((field) => ({
      name: field,
      label: HIDABLE_FIELDS[field],
      text: texts[field],
      kinds: choices(kinds, chosen[field] ?? ""),
    }));
}

function choices(kinds: Readonly<Partial<Record<HiddenKind, string>>>, chosen: string): object[] {
  return Object.entries(kinds).map(([value, label]) => ({ value, label, isChosen: value === chosen }));
}

// ---- The public's page ------------------------------------------------------------------------------------------

/** What an e-invoice says to the public. */
export function publicInvoice(voucher: Voucher, copy: PublicCopy): Fact[] {
  return voucher.invoice === null ? [] : invoiceFacts(hideFields(voucher.invoice, copy.decision.fields));
}
