// The journal: accounts, funds, entries. Pure: what an entry is, when it may be posted, what its bytes are.
import canonicalize from "canonicalize";
import { sha256 } from "../base/digest.ts";
import { add, type Fen, fen, negate, sum, toYuan, ZERO } from "../base/money.ts";
import { firstDay, monthOf, nextMonth, type Day, type Month } from "../base/month.ts";
import { refuse } from "../base/refusal.ts";

// ---- Chart of accounts (contract section 3) -------------------------------------------------------------------

export const ACCOUNTS: ReadonlyMap<string, string> = new Map([
  ["1001", "库存现金"],
  ["1002", "银行存款"],
  ["1012", "支付平台待结算"],
  ["1122", "应收物业费"],
  ["1123", "预付账款"],
  ["1221", "其他应收款"],
  ["1231", "资金间往来"],
  ["2202", "应付账款"],
  ["2203", "预收物业费"],
  ["2221", "应交税费"],
  ["2231", "应付受托人酬金"],
  ["2241", "押金与代收款"],
  ["2242", "受托人垫付款"],
  ["2299", "待查款项"],
  ["3001", "累计结余"],
  ["3201", "专项结余"],
  ["4001", "物业服务费"],
  ["4002", "停车费"],
  ["4101", "公共收益·广告"],
  ["4102", "公共收益·场地与其他"],
  ["4103", "公共收益·充电"],
  ["4201", "利息"],
  ["4301", "违约金"],
  ["4302", "赔偿"],
  ["4401", "补贴与捐赠"],
  ["4501", "维修资金交存"],
  ["4801", "资金转入"],
  ["4901", "其他收入"],
  ["5001", "人员费用"],
  ["5002", "共用部位设施设备运行维护"],
  ["5003", "清洁卫生"],
  ["5004", "绿化养护"],
  ["5005", "秩序维护"],
  ["5006", "办公费用"],
  ["5007", "固定资产折旧"],
  ["5008", "保险"],
  ["5009", "经业主同意的其他费用"],
  ["5101", "受托人酬金"],
  ["5201", "税费"],
  ["5301", "业主大会与业委会经费"],
  ["5401", "公共收益成本"],
  ["5501", "维修支出"],
  ["5801", "资金转出"],
  ["5901", "其他支出"],
]);

/** The name of an account of the chart; throws on a code that no check let through. */
export function accountName(code: string): string {
  const name = ACCOUNTS.get(code);
  if (name === undefined) {
    throw new Error(`account ${code} is not in the chart`);
  }
  return name;
}

/** "5002 共用部位设施设备运行维护" */
export function accountWords(code: string): string {
  return `${code} ${ACCOUNTS.get(code) ?? ""}`.trim();
}

export type AccountClass = "Assets" | "Liabilities" | "Equity" | "Income" | "Expenses";

const CLASSES: Readonly<Record<string, AccountClass>> = {
  1: "Assets",
  2: "Liabilities",
  3: "Equity",
  4: "Income",
  5: "Expenses",
};

export function classOf(account: string): AccountClass {
  const found = CLASSES[account.slice(0, 1)];
  if (found === undefined) {
    throw new Error(`account ${account} is not in the chart`);
  }
  return found;
}

/** Balance-sheet accounts carry their balance into the next month; income and spending are counted by month. */
export function isCarried(account: string): boolean {
  return account < "4";
}

export const CASH = "1002";
/** Per unit and period. */
export const RECEIVABLE = "1122";
/** 应付账款 */
const PAYABLE = "2202";
/** Per unit. */
export const PREPAID = "2203";
const TAXES = "2221";
export const BETWEEN_FUNDS = "1231";
export const DRAW_OWED = "2231";
export const DEPOSITS = "2241";
/** 受托人垫付款 */
export const ADVANCED = "2242";
/** Money that came in and nobody knows yet what for: booked by the room bank alone, until it is identified. */
export const SUSPENSE = "2299";
export const FEE_INCOME = "4001";
/** 维修资金交存 is the repair fund's alone. */
export const REPAIR_DEPOSITS = "4501";
export const MOVED_IN = "4801";
export const WITH_CONSENT = "5009";
export const DRAW_SPENT = "5101";
export const REPAIR_WORK = "5501";
export const MOVED_OUT = "5801";
/** Claims and liabilities that money may come in on or go out for, beside income and spending. */
const HELD = ["1123", "1221", PAYABLE, TAXES, DEPOSITS, ADVANCED];

/** What money may be received as; transfers between funds have entries of their own. */
export function isReceiptAccount(code: string): boolean {
  return ACCOUNTS.has(code) && ((code.startsWith("4") && code !== MOVED_IN) || HELD.includes(code));
}

/** What money may be paid for. Repair work is paid by the repair fund alone (物业服务收费管理办法 art. 11). */
export function isPaymentAccount(code: string): boolean {
  return ACCOUNTS.has(code) && ((code.startsWith("5") && code !== MOVED_OUT) || HELD.includes(code));
}
export const COMMON = "common";
export const REPAIR = "repair";
export const CUSTODY = "custody";

const FUND_NAMES: Readonly<Record<string, string>> = {
  common: "共有资金",
  repair: "维修资金",
  custody: "代收代付与押金",
};

/** A restricted fund that the community added is called by its own code. */
export function fundName(fund: string): string {
  return FUND_NAMES[fund] ?? fund;
}

const FUND_ORDER = [COMMON, REPAIR, CUSTODY];

/** Funds as statements list them: common, repair, custody, then the community's own by code. */
export function sortFunds(funds: Iterable<string>): string[] {
  const rank = (fund: string): number => (FUND_ORDER.indexOf(fund) + FUND_ORDER.length + 1) % (FUND_ORDER.length + 1);
  return [...new Set(funds)].toSorted((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
}

// ---- Entries --------------------------------------------------------------------------------------------------

/** What the statement counts a cash line as. */
export type Flow = "opening" | "received" | "paid" | "transferred";

export interface Line {
  readonly fund: string;
  readonly account: string;
  /** Debit positive, credit negative, never zero. */
  readonly amount: Fen;
  /** On 1122 and 2203: whose it is. */
  readonly unit?: string;
  /** On 1122: the month that was billed. */
  readonly period?: Month;
  /** On 1002, and only there: which bank account, what kind of movement, and under which account it is shown. */
  readonly bank?: string;
  readonly flow?: Flow;
  readonly purpose?: string;
}

export type EntryKind =
  | "opening"
  | "receipt"
  | "payment"
  | "transfer"
  | "bill"
  | "settlement"
  | "draw"
  | "sweep"
  | "reversal"
  | "correction";

/** A voucher 凭证 by the SHA-256 of its original, which stays sealed, and of the copy that everybody may open. */
export interface EntryVoucher {
  readonly original: string;
  readonly public: string;
}

export interface EntryDraft {
  /** The day it counts in the books, in an open month. */
  readonly day: Day;
  /** The day it happened, when that lies in an earlier month: a late entry. */
  readonly occurred?: Day;
  readonly kind: EntryKind;
  readonly memo: string;
  readonly lines: readonly Line[];
  /** The key under which it came from outside; one key is booked once in a community. */
  readonly source?: string;
  readonly payee?: string;
  readonly invoice?: string;
  readonly resolution?: string;
  readonly vouchers?: readonly EntryVoucher[];
  /** The sequence of the entry that this one corrects, with the reason. */
  readonly corrects?: number;
  readonly reason?: string;
}

export interface Entry extends EntryDraft {
  readonly community: string;
  readonly seq: number;
  readonly month: Month;
  readonly number: number;
  readonly occurred: Day;
}

/** An entry with its place in the chain. */
export interface SealedEntry extends Entry {
  readonly bytes: string;
  readonly hash: string;
}

/** The row every writer holds: where the chain ends and how far the months are closed ("" = none yet). */
export interface Book {
  readonly community: string;
  readonly firstMonth: Month;
  readonly closedThrough: Month | "";
  readonly seq: number;
  readonly head: string;
  /** The day the community began to use this book. */
  readonly movedIn: Day;
}

/** The first month that still takes entries. */
export function openMonth(book: Book): Month {
  return book.closedThrough === "" ? book.firstMonth : nextMonth(book.closedThrough);
}

/** "2020-03-0012", the 凭证号. */
export function entryCode(month: Month, number: number): string {
  return `${month}-${String(number).padStart(4, "0")}`;
}

/** Reads "2020-03-0012"; null when it is none. */
export function parseEntryCode(code: string): { month: string; number: number } | null {
  const match = /^(\d{4}-\d{2})-(\d{4,9})$/.exec(code);
  return match === null ? null : { month: match[1] ?? "", number: Number(match[2]) };
}

/** The beginning of every community's chain. */
export const CHAIN_START = "0".repeat(64);

/**
 * Numbers, chains and seals drafts in their order. `lastNumbers` holds the last number used in each month.
 * Throws when a draft is not balanced in each fund: that is our own mistake, never a user's.
 */
export function seal(
  book: Book,
  lastNumbers: ReadonlyMap<Month, number>,
  drafts: readonly EntryDraft[],
): SealedEntry[] {
  const numbers = new Map(lastNumbers);
  let previous = book.head;
  return drafts.map((draft, index) => {
    const month = monthOf(draft.day);
    if (book.closedThrough !== "" && month <= book.closedThrough) {
      throw monthClosed(month, book);
    }
    assertBalanced(draft);
    const number = (numbers.get(month) ?? 0) + 1;
    numbers.set(month, number);
    const occurred = draft.occurred ?? draft.day;
    const entry: Entry = { ...draft, community: book.community, seq: book.seq + index + 1, month, number, occurred };
    const bytes = entryBytes(entry, previous);
    previous = sha256(bytes);
    return { ...entry, bytes, hash: previous };
  });
}

function monthClosed(month: Month, book: Book): Error {
  return refuse(
    "MONTH_CLOSED",
    `${month} 已经结账，不能再记账。`,
    `请记入 ${openMonth(book)}（未结账的第一个月），它会在该月公示的“以前月份调整”一栏列出。`,
    409,
  );
}

function assertBalanced(draft: EntryDraft): void {
  const byFund = new Map<string, Fen>();
  for (const line of draft.lines) {
    byFund.set(line.fund, add(byFund.get(line.fund) ?? ZERO, line.amount));
  }
  for (const [fund, total] of byFund) {
    if (total !== 0) {
      throw new Error(`entry “${draft.memo}” of ${draft.day} is out of balance by ${toYuan(total)} in ${fund}`);
    }
  }
}

/**
 * The canonical bytes of an entry (RFC 8785 JSON): the one place that says what the chain covers. Money is text,
 * so that no reader rounds it; the previous hash is inside, so that the order is covered too.
 */
export function entryBytes(entry: Entry, previous: string): string {
  const bytes = canonicalize({
    format: "xinyi.entry/1",
    community: entry.community,
    seq: entry.seq,
    number: entryCode(entry.month, entry.number),
    day: entry.day,
    occurred: entry.occurred,
    kind: entry.kind,
    memo: entry.memo,
    source: entry.source ?? null,
    payee: entry.payee ?? null,
    invoice: entry.invoice ?? null,
    resolution: entry.resolution ?? null,
    corrects: entry.corrects ?? null,
    reason: entry.reason ?? null,
    // Left out where there are none: the bytes of entries without vouchers stay what they were.
    ...(entry.vouchers === undefined ? {} : { vouchers: entry.vouchers }),
    lines: entry.lines.map((line) => [
      line.fund,
      line.account,
      line.unit ?? "",
      line.period ?? "",
      line.bank ?? "",
      line.flow ?? "",
      line.purpose ?? "",
      toYuan(line.amount),
    ]),
    previous,
  });
  if (bytes === undefined) {
    throw new Error("an entry cannot be written as canonical JSON");
  }
  return bytes;
}

/** The key under which a row of a file is booked: by its serial, or by its content and how often that came before. */
export function sourceKey(file: string, serial: string, content: () => string): string {
  return serial === "" ? `${file}~${content()}` : `${file}:${serial}`;
}

/** The key of a receipt that was booked from a bank's line: a serial is unique only within its bank account. */
export function bankReceiptKey(bank: string, serial: string, line: number): string {
  return serial === "" ? `receipts~bank/${bank}/${line}` : `receipts@${encodeURIComponent(bank)}:${serial}`;
}

/** The serial inside a source key; "" when it was made from content. */
export function serialOf(source: string): string {
  return /^[a-z]+(?:@[^:]*)?:(.*)$/su.exec(source)?.[1] ?? "";
}

/** The key that a receipt of an import folder has when it was booked from the bank's line before; its own for others. */
export function bankTwinKey({ source = "", lines }: Pick<EntryDraft, "source" | "lines">): string {
  const [bank] = lines.flatMap((line) => line.bank ?? []);
  const isReceipt = bank !== undefined && source.startsWith("receipts:");
  return isReceipt ? bankReceiptKey(bank, serialOf(source), 0) : source;
}

/** The draft as it can be booked: one of a closed month goes into the open one and keeps the day it happened. */
export function inOpenMonth(book: Book, draft: EntryDraft): EntryDraft {
  const open = openMonth(book);
  return monthOf(draft.day) >= open || draft.kind === "opening"
    ? draft
    : { ...draft, day: firstDay(open), occurred: draft.occurred ?? draft.day };
}

/** Whether two drafts say the same, wherever they were numbered: how a row that came in before is recognised. */
export function sameContent(a: EntryDraft, b: EntryDraft): boolean {
  return contentOf(a) === contentOf(b);
}

// Booked late or in time, what happened is the same: the day in the books does not count.
function contentOf(draft: EntryDraft): string {
  const occurred = draft.occurred ?? draft.day;
  return entryBytes(
    { ...draft, community: "", seq: 0, month: monthOf(occurred), number: 0, day: occurred, occurred },
    "",
  );
}

// ---- Corrections ----------------------------------------------------------------------------------------------

/** Entries that people book. What closing computes is corrected by correcting what it was computed from. */
const CORRECTABLE: readonly EntryKind[] = ["receipt", "payment", "transfer"];

/**
 * The drafts that put an entry right in the open month: its reversal and, when another account is given, the same
 * money booked there. Refuses what may not be corrected.
 */
export function correct(book: Book, wrong: Entry, reason: string, account?: string): EntryDraft[] {
  if (!CORRECTABLE.includes(wrong.kind)) {
    throw refuse(
      "ENTRY_NOT_CORRECTABLE",
      `记账凭证 ${entryCode(wrong.month, wrong.number)} 不是收款、付款或划转（${wrong.kind}），不能直接更正。`,
      "结账生成的记账凭证：请更正它所依据的收付款，下一次结账会自动计入。更正有误：请重新登记正确的收付款。",
      409,
    );
  }
  const open = openMonth(book);
  const day = wrong.month >= open ? wrong.day : firstDay(open);
  const reversal: EntryDraft = {
    day,
    occurred: wrong.occurred,
    kind: "reversal",
    memo: `冲销 ${entryCode(wrong.month, wrong.number)} ${wrong.memo}`,
    lines: wrong.lines.map((line) => ({ ...line, amount: negate(line.amount) })),
    corrects: wrong.seq,
    reason,
  };
  return account === undefined ? [reversal] : [reversal, rebooked(wrong, day, reason, account)];
}

function rebooked(wrong: Entry, day: Day, reason: string, account: string): EntryDraft {
  const cash = wrong.lines.find((line) => line.account === CASH);
  if (cash === undefined || !mayBeRebooked(wrong, cash, account)) {
    throw refuse(
      "ACCOUNT_NOT_POSSIBLE",
      `记账凭证 ${entryCode(wrong.month, wrong.number)} 不能改记到科目「${account}」。`,
      "收款只能改记到收入科目，付款只能改记到支出科目，维修支出 5501 只属于维修资金；划转与受托人酬金只能冲销，再重新登记。",
    );
  }
  return {
    day,
    occurred: wrong.occurred,
    kind: "correction",
    memo: `更正 ${entryCode(wrong.month, wrong.number)} ${wrong.memo}`,
    lines: cashAgainst({ ...cash, purpose: account }, account),
    corrects: wrong.seq,
    reason,
    ...(wrong.payee === undefined ? {} : { payee: wrong.payee }),
    ...(wrong.invoice === undefined ? {} : { invoice: wrong.invoice }),
    ...(wrong.resolution === undefined ? {} : { resolution: wrong.resolution }),
    ...(wrong.vouchers === undefined ? {} : { vouchers: wrong.vouchers }),
  };
}

/** The draw is left out: whether it was owed on its day is checked where payments come in. */
function mayBeRebooked(wrong: Entry, cash: Line, account: string): boolean {
  const isReceipt = wrong.kind === "receipt" && account.startsWith("4") && isReceiptAccount(account);
  const isPayment = wrong.kind === "payment" && account.startsWith("5") && isPaymentAccount(account);
  const isAllowed = account !== DRAW_SPENT && (account !== REPAIR_WORK || cash.fund === REPAIR);
  return (isReceipt || isPayment) && isAllowed;
}

/** The usual two lines: cash on one side, an account of the same fund on the other. */
export function cashAgainst(cash: Omit<Line, "account">, account: string, unit?: string): Line[] {
  const other = { fund: cash.fund, account, amount: negate(cash.amount) };
  return [{ ...cash, account: CASH }, unit === undefined ? other : { ...other, unit }];
}

/** A payment as whoever pays the same payee again wants to see it. */
export interface PaidEntry {
  readonly seq: number;
  readonly code: string;
  readonly day: Day;
  readonly memo: string;
  /** What left the account; negative for what came back. */
  readonly amount: Fen;
}

// ---- Balances -------------------------------------------------------------------------------------------------

/** What one month moved, or carried over (flow "opening"), on one account of one fund. */
export interface Balance {
  readonly month: Month;
  readonly fund: string;
  readonly account: string;
  readonly bank: string;
  readonly flow: Flow | "";
  readonly purpose: string;
  readonly debit: Fen;
  readonly credit: Fen;
}

/** What an entry took out of bank accounts, net. */
export function paidOut(entry: Entry): Fen {
  return negate(sum(entry.lines.filter((line) => line.account === CASH).map((line) => line.amount)));
}

/** Whether an entry pays the trustee its draw: that rests on the deed and what was received, and has no supplier's voucher. */
export function isDrawPayment(entry: Entry): boolean {
  return entry.lines.some(({ account, purpose }) => account === CASH && purpose === DRAW_SPENT);
}

/** A payment as the books have it now. */
export interface StandingPayment extends SealedEntry {
  /** The month whose books first had it: of a correction, that of the payment which it books again. */
  readonly paidIn: Month;
}

/**
 * Whether money went out in that month without anything that proves it. What a supplier gave back needs no invoice, nor
 * does the draw; what was only booked again went out, and was told, in its own month.
 */
export function isUnproven(payment: StandingPayment): boolean {
  const isProven = payment.invoice !== undefined || payment.vouchers !== undefined || isDrawPayment(payment);
  return !isProven && payment.paidIn === payment.month && paidOut(payment) > 0;
}

/** Adds lines up to the rows of the balance table. */
export function movements(entries: readonly Entry[]): Balance[] {
  const rows = new Map<string, Balance>();
  for (const entry of entries) {
    for (const line of entry.lines) {
      const { fund, account, bank = "", flow = "", purpose = "" } = line;
      const key = [entry.month, fund, account, bank, flow, purpose].join("\t");
      const row = rows.get(key) ?? {
        month: entry.month,
        fund,
        account,
        bank,
        flow,
        purpose,
        debit: ZERO,
        credit: ZERO,
      };
      rows.set(key, {
        ...row,
        debit: line.amount > 0 ? add(row.debit, line.amount) : row.debit,
        credit: line.amount < 0 ? fen(row.credit - line.amount) : row.credit,
      });
    }
  }
  return [...rows.values()];
}

/** debit − credit over the rows that match. */
export function net(balances: readonly Balance[], matches: (row: Balance) => boolean): Fen {
  return fen(balances.filter(matches).reduce((total, row) => total + row.debit - row.credit, 0));
}

/** Cash, and what the common fund owes: to others, to owners who paid ahead, to the trustee, to the repair fund. */
const FREE_OF = [CASH, BETWEEN_FUNDS, PAYABLE, PREPAID, TAXES, DRAW_OWED, DEPOSITS, ADVANCED, SUSPENSE];

/** free = common cash − prepaid − draw owed − other payables − sweeps not yet transferred (contract section 4). */
export function freeCash(balances: readonly Balance[]): Fen {
  return net(balances, (row) => row.fund === COMMON && FREE_OF.includes(row.account));
}

/** The opening rows of the next month: what the balance-sheet accounts stood at. */
export function carryForward(balances: readonly Balance[], next: Month): Balance[] {
  const rows = new Map<string, Balance>();
  for (const row of balances.filter((candidate) => isCarried(candidate.account))) {
    const key = [row.fund, row.account, row.bank].join("\t");
    const total = fen((rows.get(key)?.debit ?? 0) - (rows.get(key)?.credit ?? 0) + row.debit - row.credit);
    const debit = total > 0 ? total : ZERO;
    const credit = total < 0 ? negate(total) : ZERO;
    rows.set(key, { ...row, month: next, flow: "opening", purpose: "", debit, credit });
  }
  return [...rows.values()];
}
