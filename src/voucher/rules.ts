// Vouchers: what an e-invoice says, what must be black before the public sees a voucher, what takes whose place.
import canonicalize from "canonicalize";
import { XMLParser } from "fast-xml-parser";
import { add, fromYuan, halfWidth, negate, parseYuan, toYuan, type Fen } from "../base/money.ts";
import { isDay, type Day } from "../base/month.ts";
import { printable, Refusal, refuse, type Fault } from "../base/refusal.ts";
import { parseInvoiceNumber } from "../base/spelling.ts";

export type VoucherKind = "jpeg" | "png" | "webp" | "pdf" | "xml";

/** A voucher as it was brought in; nothing of this changes. It is named by the hash of its bytes. */
export interface Voucher {
  readonly sha: string;
  readonly kind: VoucherKind;
  /** What its file was called: text of a stranger, for reading only. */
  readonly name: string;
  readonly bytes: number;
  readonly by: string;
  readonly at: string;
  readonly invoice: Invoice | null;
  /** Its pages as pictures; none when it is XML. */
  readonly pages: readonly Page[];
}

/** Hashes of the files that show a page; sizes in pixels. */
export interface Page {
  readonly image: string;
  readonly thumbnail: string;
  readonly width: number;
  readonly height: number;
}

// ---- Names --------------------------------------------------------------------------------------------------

const NAME_LENGTH_MAX = 300;

/** A file's name as it is kept: any sign that can be read, none that could turn a line round or end it. */
export function keptName(name: string): string {
  const kept = [...printable(name.normalize("NFC"))].slice(0, NAME_LENGTH_MAX).join("").trim();
  return kept === "" ? "未命名" : kept;
}

const EXTENSIONS: Readonly<Record<VoucherKind, string>> = {
  jpeg: "jpg",
  png: "png",
  webp: "webp",
  pdf: "pdf",
  xml: "xml",
};
const DOWNLOAD_NAME_MAX = 60;

/** A name to download under: no folders, no signs that a system takes for its own, and the ending of what it really is. */
export function downloadName({ name, kind }: Pick<Voucher, "name" | "kind">): string {
  const last = name.split(/[/\\]/u).at(-1) ?? "";
  const plain = [...last.replace(/\.[^.]*$/u, "").replace(/[^\p{L}\p{N} ._()（）-]/gu, "_")]
    .slice(0, DOWNLOAD_NAME_MAX)
    .join("")
    .replace(/^[. ]+|[. ]+$/gu, "");
  return `${plain === "" ? "voucher" : plain}.${EXTENSIONS[kind]}`;
}

// ---- How much one person may bring in -----------------------------------------------------------------------

export interface Quota {
  readonly files: number;
  readonly bytes: number;
}

/** Per person, community and 24 hours: five times the busiest day of a large community, so that disks do not fill. */
export const DEFAULT_QUOTA: Quota = { files: 200, bytes: 500 * 1024 * 1024 };

export function checkQuota(used: Quota, bytes: number, quota: Quota = DEFAULT_QUOTA): void {
  if (used.files + 1 > quota.files || used.bytes + bytes > quota.bytes) {
    throw refuse(
      "VOUCHER_QUOTA",
      `您在 24 小时内已上传 ${used.files} 个文件，共 ${Math.round(used.bytes / 1024 / 1024)} MB，到了上限（${quota.files} 个、${Math.round(quota.bytes / 1024 / 1024)} MB）。`,
      "请明天再传，或请同事上传。",
      429,
    );
  }
}

// ---- E-invoices ---------------------------------------------------------------------------------------------

/** One side of an invoice; empty where it says nothing. */
export interface Party {
  readonly name: string;
  readonly taxId: string;
}

/** What an e-invoice says. A red one (红字) takes back a blue one, and its amounts are negative. */
export interface Invoice {
  readonly number: string;
  readonly issuedOn: Day;
  readonly seller: Party;
  readonly buyer: Party;
  /** With tax (价税合计). */
  readonly total: Fen;
  readonly amountWithoutTax: Fen | null;
  readonly tax: Fen | null;
  readonly items: readonly string[];
  readonly isRed: boolean;
  /** Of a red one: the number of the blue one, "" when it does not say. */
  readonly original: string;
}

const XML_BYTES_MAX = 1024 * 1024;
const XML_DEPTH_MAX = 40;
const TEXT_LENGTH_MAX = 200;
const ITEMS_MAX = 10;

/**
 * Where each fact stands: the tax authority's EInvoice and the Ministry of Finance's einv share their words, the
 * ministry's inv_… for older invoices has its own, and issuers' software writes pinyin or plain words. Paths of local
 * names in lower case; what stands first is meant first.
 */
const PLACES = {
  number: [/(^|\/)(invoicenumber|fphm|发票号码|invoiceno|numberofinvoice)$/u, /(^|\/)eiid$/u],
  code: [/(^|\/)(codeofinvoice|fpdm|发票代码|invoicecode)$/u],
  issuedOn: [/(^|\/)(issuetime|dateofissue|kprq|开票日期|issuedate|invoicedate)$/u, /(^|\/)requesttime$/u],
  sellerName: [/(^|\/)(sellername|nameofseller|xfmc|xhfmc|销售方名称)$/u],
  sellerTaxId: [
    /(^|\/)(selleridnum|sellertaxno|sellertaxid|xfsh|xfnsrsbh|xhfsbh|销售方纳税人识别号)$/u,
    /(^|\/)taxpayeridentificationnumber\w*ofseller$/u,
  ],
  buyerName: [/(^|\/)(buyername|nameofpurchaser|gfmc|ghfmc|购买方名称)$/u],
  buyerTaxId: [
    /(^|\/)(buyeridnum|buyertaxno|buyertaxid|gfsh|gfnsrsbh|ghfsbh|购买方纳税人识别号)$/u,
    /(^|\/)taxpayeridentificationnumber\w*ofpurchaser$/u,
  ],
  total: [
    /(^|\/)(totaltax-includedamount|taxincludedamountinfigures|jshj|价税合计|价税合计小写)$/u,
    /(^|\/)totalamount$/u,
  ],
  amountWithoutTax: [/(^|\/)(totalamwithouttax|totalamountexcludingtax|hjje|合计金额)$/u],
  tax: [/(^|\/)(totaltaxam|totaltaxamount|hjse|合计税额)$/u],
  item: [/(^|\/)(itemname|spmc|项目名称)$/u],
  isBlue: [/(^|\/)inissutype\/labelcode$/u],
  isRed: [/(^|\/)(whethereinvoiceisredeinvoice|whetherinvoiceisredinvoice)$/u],
  original: [/(^|\/)(originalinvoicecode|originalinvoicenumber|yfphm)$/u],
  remark: [/(^|\/)(remark|bz|备注)$/u],
} as const;

type Place = keyof typeof PLACES;

/** A text of the document with the names of the elements around it. */
type Leaf = readonly [path: string, text: string];

/** Reads the XML of a 数电票 or of an older e-invoice. Refuses other XML, and XML that would unfold into more than it is. */
export function readInvoice(bytes: Uint8Array): Invoice {
  const leaves = leavesOf(parseXml(textOf(bytes)));
  const find = (place: Place): string => findIn(leaves, place)[0] ?? "";
  const faults: Fault[] = [];
  const need = <T>(value: T | null, column: string, found: string): T | null => {
    if (value === null) {
      faults.push({
        code: "INVOICE_FIELD",
        message: found === "" ? "这份 XML 里没有这一项。" : "这一项读不懂。",
        remedy: "请确认是从税务平台或开票方下载的数电票 XML；也可以改传同一张发票的 PDF。",
        column,
        ...(found === "" ? {} : { value: found }),
      });
    }
    return value;
  };
  const number = need(numberIn(find("code"), find("number")), "发票号码", find("number"));
  const issuedOn = need(parseDay(find("issuedOn")), "开票日期", find("issuedOn"));
  const total = need(parseAmount(find("total")), "价税合计", find("total"));
  const sellerName = need(find("sellerName") === "" ? null : find("sellerName"), "销售方名称", "");
  if (number === null || issuedOn === null || total === null || sellerName === null) {
    throw new Refusal(faults);
  }
  const isRed = total < 0 || find("isBlue").toUpperCase() === "N" || /^(y|true|1|是)$/iu.test(find("isRed"));
  const signed = (amount: Fen | null): Fen | null => (isRed && amount !== null && amount > 0 ? negate(amount) : amount);
  return {
    number,
    issuedOn,
    seller: { name: sellerName, taxId: find("sellerTaxId") },
    buyer: { name: find("buyerName"), taxId: find("buyerTaxId") },
    total: signed(total) ?? total,
    amountWithoutTax: signed(parseAmount(find("amountWithoutTax"))),
    tax: signed(parseAmount(find("tax"))),
    items: [...new Set(findIn(leaves, "item"))].slice(0, ITEMS_MAX),
    isRed,
    original: isRed ? originalIn(find("original"), find("remark")) : "",
  };
}

/** Whether amount and tax add up to the total; true as well when the invoice does not tell them apart. */
export function addsUp({ total, amountWithoutTax, tax }: Invoice): boolean {
  return amountWithoutTax === null || tax === null || add(amountWithoutTax, tax) === total;
}

/** An invoice as it is stored, published and answered: amounts as the contract writes them. */
export type InvoiceRecord = Omit<Invoice, "total" | "amountWithoutTax" | "tax"> & {
  readonly total: string;
  readonly amountWithoutTax: string | null;
  readonly tax: string | null;
};

export function toRecord(invoice: Invoice): InvoiceRecord {
  const text = (amount: Fen | null): string | null => (amount === null ? null : toYuan(amount));
  const { total, amountWithoutTax, tax } = invoice;
  return { ...invoice, total: toYuan(total), amountWithoutTax: text(amountWithoutTax), tax: text(tax) };
}

export function fromRecord(record: InvoiceRecord): Invoice {
  const fen = (text: string | null): Fen | null => (text === null ? null : fromYuan(text));
  const { total, amountWithoutTax, tax } = record;
  return { ...record, total: fromYuan(total), amountWithoutTax: fen(amountWithoutTax), tax: fen(tax) };
}

function xmlRefusal(message: string): Refusal {
  return refuse("INVOICE_XML", message, "请从税务平台或开票方重新下载数电票 XML；也可以改传同一张发票的 PDF。");
}

/** UTF-8, or what the first line says; some issuers still write GBK. */
function textOf(bytes: Uint8Array): string {
  if (bytes.length > XML_BYTES_MAX) {
    throw xmlRefusal("这份 XML 超过 1 MB，不像一张发票。");
  }
  const head = new TextDecoder("latin1").decode(bytes.subarray(0, 200));
  const encoding = /^[^>]*encoding\s*=\s*["'](gb\w*)["']/iu.test(head) ? "gb18030" : "utf-8";
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    throw xmlRefusal("这份 XML 的文字编码读不出来，文件可能损坏。");
  }
}

const parser = new XMLParser({
  ignoreAttributes: true,
  removeNSPrefix: true,
  parseTagValue: false,
  processEntities: true,
  maxNestedTags: XML_DEPTH_MAX,
});

function parseXml(text: string): unknown {
  // Own words for entities are what XML bombs and thefts of files are made of; no invoice has any.
  if (/<!(DOCTYPE|ENTITY)/iu.test(text)) {
    throw xmlRefusal("这份 XML 带有 DTD 声明，发票不会有，已拒绝读取。");
  }
  try {
    return parser.parse(text, true);
  } catch {
    throw xmlRefusal("这份 XML 不完整或格式有误，读不出来。");
  }
}

function leavesOf(node: unknown, path: readonly string[] = []): Leaf[] {
  if (typeof node === "string") {
    // OFD wraps every text in an element of its own, which says nothing.
    const names = path.filter((name) => name !== "objectdata" && name !== "#text");
    const text = printable(node.replace(/\s+/gu, " ").trim()).slice(0, TEXT_LENGTH_MAX);
    return text === "" ? [] : [[names.join("/"), text]];
  }
  if (Array.isArray(node)) {
    return node.flatMap((each: unknown) => leavesOf(each, path));
  }
  if (typeof node === "object" && node !== null) {
    return Object.entries(node).flatMap(([name, child]) => leavesOf(child, [...path, name.toLowerCase()]));
  }
  return [];
}

/** Every text at the first place that has any. */
function findIn(leaves: readonly Leaf[], place: Place): string[] {
  for (const pattern of PLACES[place]) {
    const found = leaves.filter(([path]) => pattern.test(path)).map(([, text]) => text);
    if (found.length > 0) {
      return found;
    }
  }
  return [];
}

function numberIn(code: string, number: string): string | null {
  return parseInvoiceNumber(/^\d{20}$/.test(number) || code === "" ? number : `${code} ${number}`);
}

function originalIn(field: string, remark: string): string {
  const found = parseInvoiceNumber(field) ?? /蓝字\S{0,8}号码?[:：]\s*(\d{20})(?!\d)/u.exec(remark)?.[1];
  return found ?? "";
}

/** "2026-02-28 10:11:12", "20260228", "2026年2月28日". */
function parseDay(text: string): Day | null {
  const match = /^(\d{4})(?:(\d{2})(\d{2})|\D{1,2}(\d{1,2})\D{1,2}(\d{1,2}))/u.exec(halfWidth(text));
  const [, year = "", monthTogether, dayTogether, monthApart = "", dayApart = ""] = match ?? [];
  const [months, days] = [monthTogether ?? monthApart, dayTogether ?? dayApart];
  const day = `${year}-${months.padStart(2, "0")}-${days.padStart(2, "0")}`;
  return isDay(day) ? day : null;
}

function parseAmount(text: string): Fen | null {
  const amount = parseYuan(text.replace(/(\.\d\d)0+$/u, "$1"));
  return typeof amount === "number" ? amount : null;
}

// ---- What the public may not see ----------------------------------------------------------------------------

/** Why something is black (个人信息保护法 arts. 25 and 28: nobody publishes personal information without consent). */
export const HIDDEN_KINDS = {
  name: "个人姓名",
  phone: "电话号码",
  identity: "身份证号",
  account: "个人银行账号",
  address: "住址或房号",
  plate: "车牌号",
  signature: "签名",
  portrait: "人像",
  other: "其他",
} as const;

export type HiddenKind = keyof typeof HIDDEN_KINDS;

/** Texts of an e-invoice that may name a person. */
export const HIDABLE_FIELDS = {
  sellerName: "销售方名称",
  sellerTaxId: "销售方识别号",
  buyerName: "购买方名称",
  buyerTaxId: "购买方识别号",
  items: "项目名称",
} as const;

export type HidableField = keyof typeof HIDABLE_FIELDS;

/** A part of a page that is to be black: the page from 1, the rest in whole ‰ of its width and height. */
export interface Rectangle {
  readonly kind: HiddenKind;
  /** What the kind does not say; everybody can read it. */
  readonly note: string;
  readonly page: number;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A text of an e-invoice that the public does not read. */
export interface HiddenField {
  readonly field: HidableField;
  readonly kind: Exclude<HiddenKind, "other">;
}

/** What somebody decided: what to black out, or that there is nothing, and why. */
export interface Decision {
  readonly rectangles: readonly Rectangle[];
  readonly fields: readonly HiddenField[];
  /** Said explicitly, so that forgetting to draw is not a decision. */
  readonly nothing: boolean;
  readonly reason: string;
}

export const RECTANGLES_MAX = 200;

/** Refuses a decision that does not fit the voucher or does not say enough, with every fault at its field. */
export function checkDecision(voucher: Pick<Voucher, "kind" | "pages">, decision: Decision, isFirst: boolean): void {
  const { rectangles, fields, nothing, reason } = decision;
  const faults: Fault[] = [];
  const fault = (column: string, message: string, remedy: string): void => {
    faults.push({ code: "REDACTION_INVALID", message, remedy, column });
  };
  const hidden = rectangles.length + fields.length;
  if (hidden === 0 && !nothing) {
    fault(
      "nothing",
      "还没有决定要遮盖什么。",
      "请在图上画出要遮盖的地方；确实没有个人信息时，勾选“没有需要遮盖的内容”。",
    );
  }
  if (hidden > 0 && nothing) {
    fault("nothing", "画了遮盖的地方，又勾选了“没有需要遮盖的内容”。", "请取消勾选，或删掉画的框。");
  }
  if ((nothing || !isFirst) && reason === "") {
    const why = isFirst ? "例如：发票上只有公司信息。" : "例如：上次漏了一个手机号。";
    fault("reason", isFirst ? "请写明为什么没有需要遮盖的内容。" : "改变遮盖必须写明原因。", why);
  }
  if (rectangles.length > RECTANGLES_MAX) {
    fault("rectangles", `画了 ${rectangles.length} 个框，超过 ${RECTANGLES_MAX} 个。`, "请用大一点的框。");
  }
  for (const [index, rectangle] of rectangles.entries()) {
    const message = faultOf(rectangle, voucher.pages.length);
    if (message !== "") {
      fault(`rectangles.${index}`, `第 ${index + 1} 个框${message}`, "请删掉这个框，在图上重画。");
    }
    if (rectangle.kind === "other" && rectangle.note === "") {
      const remedy = "请用几个字说明遮的是什么（这句话会公开）。";
      fault(`rectangles.${index}.note`, `第 ${index + 1} 个框选了“其他”，但没有说明。`, remedy);
    }
  }
  if (fields.length > 0 && voucher.kind !== "xml") {
    fault("fields", "这份凭证是图片，没有可以隐去的文字栏目。", "请在图上画框。");
  }
  if (faults.length > 0) {
    throw new Refusal(faults);
  }
}

function faultOf({ page, x, y, width, height }: Rectangle, pages: number): string {
  if (!Number.isInteger(page) || page < 1 || page > pages) {
    return `在第 ${page} 页，而凭证只有 ${pages} 页。`;
  }
  const isInside = [x, y, width, height].every((value) => Number.isInteger(value) && value >= 0);
  if (!isInside || x + width > 1000 || y + height > 1000) {
    return "超出了图片的边。";
  }
  return width === 0 || height === 0 ? "没有宽度或高度。" : "";
}

/** How much of a page is black, in whole ‰ rounded up; overlaps count once. Readers see it beside the page. */
export function blackShare(rectangles: readonly Rectangle[], page: number): number {
  return Math.ceil(blackArea(rectangles, page) / 1000);
}

/** The same in millionths of the page. */
function blackArea(rectangles: readonly Rectangle[], page: number): number {
  const here = rectangles.filter((rectangle) => rectangle.page === page);
  const edges = (of: (rectangle: Rectangle) => readonly number[]): number[] =>
    [...new Set(here.flatMap(of))].toSorted((a, b) => a - b);
  const columns = edges(({ x, width }) => [x, x + width]);
  const rows = edges(({ y, height }) => [y, y + height]);
  let area = 0;
  for (const [i, left] of columns.entries()) {
    for (const [j, top] of rows.entries()) {
      const isBlack = here.some((r) => r.x <= left && left < r.x + r.width && r.y <= top && top < r.y + r.height);
      area += isBlack ? ((columns[i + 1] ?? left) - left) * ((rows[j + 1] ?? top) - top) : 0;
    }
  }
  return area;
}

/** Whether a decision shows anything again that an earlier one had hidden. */
export function uncovers(before: Decision, after: Decision): boolean {
  const isField = before.fields.some(({ field }) => !after.fields.some((other) => other.field === field));
  const pages = new Set(before.rectangles.map(({ page }) => page));
  // Black that comes on top of all that is black now makes it no larger.
  const isArea = [...pages].some(
    (page) => blackArea([...before.rectangles, ...after.rectangles], page) > blackArea(after.rectangles, page),
  );
  return isField || isArea;
}

/** What the public sees of a voucher since a decision: its hash is the public copy's hash. */
export interface PublicCopy {
  readonly sha: string;
  readonly version: number;
  readonly decision: Decision;
  readonly pages: readonly Page[];
  readonly by: string;
  readonly at: string;
}

/**
 * The public copy in bytes (RFC 8785 JSON): the hashes of its pictures or the texts of its e-invoice, and what is black
 * on it and why. Whoever has the pictures can check them against it, and it against the entry.
 */
export function publicBytes(
  community: string,
  voucher: Pick<Voucher, "sha" | "invoice">,
  copy: Pick<PublicCopy, "version" | "decision" | "pages">,
): string {
  const bytes = canonicalize({
    format: "xinyi.voucher/1",
    community,
    original: voucher.sha,
    version: copy.version,
    pages: copy.pages.map(({ image, width, height }) => ({ image, width, height })),
    invoice: voucher.invoice === null ? null : toRecord(hideFields(voucher.invoice, copy.decision.fields)),
    hidden: { rectangles: copy.decision.rectangles, fields: copy.decision.fields },
    reason: copy.decision.reason,
  });
  if (bytes === undefined) {
    throw new Error("a public copy cannot be written as canonical JSON");
  }
  return bytes;
}

/** Every file that a voucher and its public copies consist of, each once, with what it is called in a report. */
export function filesOf(voucher: Voucher, copies: readonly PublicCopy[]): Map<string, string> {
  const files = new Map([[voucher.sha, "原件"]]);
  const keep = (sha: string, what: string): void => {
    files.set(sha, files.get(sha) ?? what);
  };
  const addPages = (pages: readonly Page[], what: string): void => {
    pages.forEach(({ image, thumbnail }, index) => {
      keep(image, `${what}第 ${index + 1} 页`);
      keep(thumbnail, `${what}第 ${index + 1} 页的缩略图`);
    });
  };
  addPages(voucher.pages, "展示件");
  for (const { sha, version, pages } of copies) {
    keep(sha, `公开副本第 ${version} 版`);
    addPages(pages, `公开副本第 ${version} 版`);
  }
  return files;
}

/** What an entry's voucher hashes say that the vouchers themselves do not bear out. */
export function entryVoucherFaults(
  vouchers: readonly { readonly original: string; readonly public: string }[],
  linked: readonly string[],
  copies: ReadonlyMap<string, readonly Pick<PublicCopy, "sha">[]>,
): string[] {
  const carried = vouchers.map(({ original }) => original);
  const unknown = vouchers.filter((each) => copies.get(each.original)?.some(({ sha }) => sha === each.public) !== true);
  return [
    ...carried.filter((sha) => !linked.includes(sha)).map((sha) => `缺少凭证附件 ${shortSha(sha)} 的登记`),
    ...linked.filter((sha) => !carried.includes(sha)).map((sha) => `登记了链上没有的凭证附件 ${shortSha(sha)}`),
    ...unknown.map(({ original }) => `凭证附件 ${shortSha(original)} 的公开副本没有登记，或被改动`),
  ];
}

/** Enough of a hash for people to find the file by. */
export function shortSha(sha: string): string {
  return `${sha.slice(0, 12)}…`;
}

/** What stands in the place of a text that is not for the public. */
const HIDDEN_TEXT = "■■■";

/** The invoice as the public may read it. */
export function hideFields(invoice: Invoice, fields: readonly HiddenField[]): Invoice {
  const hidden = new Set(fields.map(({ field }) => field));
  const shown = (field: HidableField, text: string): string => (hidden.has(field) ? HIDDEN_TEXT : text);
  return {
    ...invoice,
    items: hidden.has("items") ? [HIDDEN_TEXT] : invoice.items,
    seller: { name: shown("sellerName", invoice.seller.name), taxId: shown("sellerTaxId", invoice.seller.taxId) },
    buyer: { name: shown("buyerName", invoice.buyer.name), taxId: shown("buyerTaxId", invoice.buyer.taxId) },
  };
}

// ---- A voucher in another's place ---------------------------------------------------------------------------

/** Which voucher took whose place, by whom, when and why. */
export interface Supersession {
  readonly old: string;
  readonly replacement: string;
  readonly reason: string;
  readonly by: string;
  readonly at: string;
}

/**
 * Refuses what would hide a voucher or go in a circle: a voucher has one successor, and one that has a successor takes
 * nobody's place. `earlier` are the supersessions in which either of the two takes part.
 */
export function checkSupersession(old: string, replacement: string, earlier: readonly Supersession[]): void {
  if (old === replacement) {
    throw refuse("VOUCHER_SAME", "新凭证与原凭证是同一个文件。", "请上传更正后的文件。");
  }
  if (earlier.some((supersession) => supersession.old === old)) {
    throw refuse("VOUCHER_SUPERSEDED", "这份凭证已经被取代过了。", "请打开取代它的那份凭证，对那份再作更正。", 409);
  }
  if (earlier.some((supersession) => supersession.old === replacement)) {
    throw refuse("VOUCHER_SUPERSEDED", "新凭证自己已经被别的凭证取代。", "请改用取代它的那份，或上传新的文件。", 409);
  }
}
