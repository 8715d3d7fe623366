// Which column of a bank's sheet means what: where the header is, what its words are, what has to be asked. There is no
// common form; the words below were seen in exports of many banks.
import { halfWidth } from "../base/money.ts";
import { plainCell } from "../base/spelling.ts";
import type { TextRow } from "../platform/csv.ts";

// ---- Words ----------------------------------------------------------------------------------------------------

/**
 * What a column may mean. `in` and `out` are the bank's 贷方 and 借方: a bank writes as its debtor, so that 贷 is money
 * received by the account. `payer` and `payee` stand for the other side where a bank prints both.
 */
export type Field =
  | "day"
  | "in"
  | "out"
  | "amount"
  | "direction"
  | "balance"
  | "counterparty"
  | "payer"
  | "payee"
  | "memo"
  | "serial"
  | "own"
  | "currency";

/** Headers as {@link headerText} leaves them; of several in one file the first named here is taken. */
const ALIASES: Readonly<Record<Field, readonly string[]>> = {
  day: words(
    "交易日期 交易日 记账日期 记账日 入账日期 会计日期 账务日期 发生日期 日期 交易日期时间 交易时间 入账时间 记账时间",
  ),
  in: words("贷方发生额 贷方金额 贷方发生金额 贷方 贷 收入金额 收入 入账金额 存入金额 存入 转入金额 收款金额 来账金额"),
  out: words(
    "借方发生额 借方金额 借方发生金额 借方 借 支出金额 支出 出账金额 支取金额 支取 转出金额 付款金额 往账金额",
  ),
  amount: words("交易金额 交易发生金额 发生额 发生金额 交易额 收支金额 金额"),
  direction: words(
    "借贷标志 借贷标识 借贷方向 借贷类型 借贷 借/贷 收付标志 收付方向 收支方向 收支标志 收支类型 收/支 收支 资金流向 交易方向 方向 交易类型",
  ),
  balance: words("账户余额 余额 交易后余额 交易余额 当前余额 本次余额 账面余额 帐户余额 可用余额"),
  counterparty: words(
    "对方户名 对方名称 对方单位名称 对方单位 对方账户名称 对方帐户名称 对方客户名称 对手户名 交易对手名称 交易对手 交易对方 收付方名称 收/付方名称 收方名称 收付款人名称 对方",
  ),
  payer: words("付款人名称 付款方名称 付款人户名 付款人"),
  payee: words("收款人名称 收款方名称 收款人户名 收款人"),
  memo: words(
    "摘要 交易摘要 业务摘要 摘要说明 用途 交易用途 附言 交易附言 客户附言 转账附言 备注 交易备注 备注信息 交易说明 说明",
  ),
  serial: words(
    "交易流水号 银行流水号 流水号 账户明细编号-交易流水号 交易流水 核心流水号 主机流水号 业务流水号 交易编号 交易参考号 回单号 回单编号",
  ),
  own: words("本方账号 本方帐号 本方账户 查询账号 账号 帐号 卡号 账户"),
  currency: words("币种 币别 货币 交易货币 交易币种"),
};

function words(text: string): readonly string[] {
  return text.split(" ");
}

const FIELDS = Object.keys(ALIASES) as readonly Field[];

/** Columns by the headers of a file, "#3" for the third where a header is empty or comes twice. */
export type Layout = Readonly<Partial<Record<Field, readonly string[]>>>;

/** `借方发生额（支取）/元` → `借方发生额`, `交易金额[ Trade Amount ]` → `交易金额`. */
function headerText(cell: string): string {
  return halfWidth(cell)
    .replace(/[\s"'*:`]/gu, "")
    .replace(/\([^)]*\)|\[[^\]]*\]|【[^】]*】/gu, "")
    .replace(/(?:\/)?元$/u, "");
}

/** A recognised file's columns by their place, and what the messages call them. */
export interface Columns {
  readonly places: Readonly<Partial<Record<Field, readonly number[]>>>;
  readonly names: readonly string[];
  readonly width: number;
}

/** Where the header is, and how its columns are named. */
export interface Header {
  readonly names: readonly string[];
  /** Indexes of its rows: a header may take two. */
  readonly first: number;
  readonly last: number;
}

const HEADER_WITHIN = 60;

/** The headers a file may have: each of the first rows, then each with the next where a bank writes in two lines. */
function possibleHeaders(rows: readonly TextRow[]): Header[] {
  const indexes = [...rows.keys()].slice(0, HEADER_WITHIN);
  const single = indexes.map((index): Header => {
    const header = { names: rows[index]?.cells ?? [], first: index, last: index };
    return isContinued(header.names, rows[index + 1]?.cells ?? []) ? inTwoRows(rows, index) : header;
  });
  return [...single, ...indexes.map((index) => inTwoRows(rows, index))];
}

function inTwoRows(rows: readonly TextRow[], index: number): Header {
  const upper = rows[index]?.cells ?? [];
  const lower = rows[index + 1]?.cells ?? [];
  const width = Math.max(upper.length, lower.length);
  const names = Array.from({ length: width }, (_, place) => lower[place] ?? "").map((name, place) =>
    name === "" ? (upper[place] ?? "") : name,
  );
  return { names, first: index, last: index + 1 };
}

/** Whether 借方 and 贷方 stand in a second row, below a common 发生额. */
function isContinued(upper: readonly string[], lower: readonly string[]): boolean {
  const has = (names: readonly string[], field: Field): boolean =>
    names.some((name) => ALIASES[field].includes(headerText(name)));
  return has(upper, "day") && !has(upper, "in") && has(lower, "in") && has(lower, "out");
}

function findPlaces(header: Header, body: readonly TextRow[]): Columns["places"] {
  const names = header.names.map(headerText);
  const taken = new Set<number>();
  const places: Partial<Record<Field, readonly number[]>> = {};
  for (const field of FIELDS) {
    const found = ALIASES[field]
      .flatMap((alias) => names.flatMap((name, place) => (name === alias && !taken.has(place) ? [place] : [])))
      .filter((place) => field !== "direction" || saysDirections(body, place));
    const kept = field === "memo" ? found.toSorted((a, b) => a - b) : found.slice(0, 1);
    if (kept.length > 0) {
      places[field] = kept;
      kept.forEach((place) => taken.add(place));
    }
  }
  return places;
}

/** 交易类型 is a direction at some banks, and 转账, 结息 … at others. */
function saysDirections(body: readonly TextRow[], place: number): boolean {
  const values = body.slice(0, 50).map((row) => row.cells[place] ?? "");
  const told = values.filter((value) => value !== "");
  return told.length > 0 && directionOf(told[0] ?? "") !== null;
}

/** What a file lacks to be read; none when every line can be told. */
export function missingFields(layout: Readonly<Partial<Record<Field, unknown>>>): Field[] {
  const hasAmount = layout.amount !== undefined || (layout.in !== undefined && layout.out !== undefined);
  return [
    ...(layout.day === undefined ? (["day"] as const) : []),
    ...(hasAmount ? [] : (["amount"] as const)),
    ...(layout.balance === undefined ? (["balance"] as const) : []),
  ];
}

function columnsOf(header: Header, places: Columns["places"]): Columns {
  const width = header.names.findLastIndex((name) => name !== "") + 1;
  return { places, names: header.names, width };
}

/** The places that a saved layout names in that header; null when a column of it is not there. */
function placesOf(layout: Layout, names: readonly string[]): Columns["places"] | null {
  const places: Partial<Record<Field, readonly number[]>> = {};
  const keys = columnKeys(names);
  for (const field of FIELDS) {
    const found = (layout[field] ?? []).map((key) => keys.indexOf(key));
    if (found.includes(-1)) {
      return null;
    }
    if (found.length > 0) {
      places[field] = found;
    }
  }
  return places;
}

/** How a layout calls the columns of a header. */
function columnKeys(names: readonly string[]): string[] {
  const plain = names.map(headerText);
  return plain.map((name, place) =>
    name === "" || plain.indexOf(name) !== plain.lastIndexOf(name) ? `#${place + 1}` : name,
  );
}

/** What a layout has to say of columns to find them again. */
export function layoutOf({ places, names }: Columns): Layout {
  const keys = columnKeys(names);
  return Object.fromEntries(
    Object.entries(places).map(([field, found]) => [field, found.map((place) => keys[place] ?? "")]),
  );
}

const IN_WORDS = words("贷 贷方 C CR 收 收入 收款 入 来账 转入 存 存入 +");
const OUT_WORDS = words("借 借方 D DR 支 支出 付 付款 出 往账 转出 取 支取 -");

/** Whether a word says that money came in (1) or went out (-1), in the bank's sense; null when it says neither. */
export function directionOf(cell: string): 1 | -1 | null {
  const word = halfWidth(plainCell(cell)).toUpperCase();
  if (IN_WORDS.includes(word)) {
    return 1;
  }
  return OUT_WORDS.includes(word) ? -1 : null;
}

/** What somebody needs to see to say what the columns mean. */
export interface Columned {
  /** How a layout calls them. */
  readonly keys: readonly string[];
  /** A few rows from the likely header on, to choose by. */
  readonly sample: readonly TextRow[];
}

/** A file whose columns somebody has to name. */
export interface UnknownLayout extends Columned {
  readonly missing: readonly Field[];
}

/** A header that was found, with what its columns mean. */
export interface Found {
  readonly header: Header;
  readonly columns: Columns;
}

/** The columns by a saved layout or by the header's words; where neither suffices, what is missing and what there is. */
export function findColumns(rows: readonly TextRow[], saved: Layout | null): Found | UnknownLayout {
  let best: Found | null = null;
  for (const header of possibleHeaders(rows)) {
    const savedPlaces = saved === null ? null : placesOf(saved, header.names);
    const places = savedPlaces ?? findPlaces(header, rows.slice(header.last + 1, header.last + 51));
    const found = { header, columns: columnsOf(header, places) };
    if (missingFields(places).length === 0) {
      return found;
    }
    best = best === null || fieldCount(found) > fieldCount(best) ? found : best;
  }
  return { missing: missingFields(best?.columns.places ?? {}), ...columned(rows, best) };
}

const SAMPLE_ROWS = 6;

/** The names of its columns and its first rows. */
export function columned(rows: readonly TextRow[], found: Found | null): Columned {
  const first = found?.header.first ?? 0;
  return { keys: columnKeys(found?.columns.names ?? []), sample: rows.slice(first, first + SAMPLE_ROWS) };
}

function fieldCount({ columns }: Found): number {
  return Object.keys(columns.places).length;
}
