// When a month may be closed, and what still stands between it and its publication (product.md section 4).
import { displayYuan, sum, type Fen } from "../base/money.ts";
import { lastDay, monthsFrom, spokenDay, type Day, type Month } from "../base/month.ts";
import { refuse, type Fault } from "../base/refusal.ts";
import { openMonth, type Book } from "../ledger/rules.ts";

/**
 * The months to close to have everything closed up to and including `through`, in order; none when that is already
 * so. Refuses a month before the books begin and one that is not over.
 */
export function monthsToClose(book: Book, through: Month, today: Day): Month[] {
  if (through < book.firstMonth) {
    throw refuse(
      "MONTH_BEFORE_BOOKS",
      `${through} 早于账簿的第一个月 ${book.firstMonth}。`,
      `请从 ${book.firstMonth} 开始结账。`,
      409,
    );
  }
  if (!isOver(through, today)) {
    throw refuse(
      "MONTH_NOT_OVER",
      `${through} 还没有过完（今天是 ${today}），不能结账。`,
      "请在该月最后一天过后再结账。",
      409,
    );
  }
  return monthsFrom(openMonth(book), through);
}

export function isOver(month: Month, today: Day): boolean {
  return lastDay(month) <= today;
}

// ---- What is still missing -------------------------------------------------------------------------------------

/** How many there are, and what they come to. */
export interface Many {
  readonly count: number;
  readonly amount: Fen;
}

export function manyOf(items: readonly { readonly amount: Fen }[]): Many {
  return { count: items.length, amount: sum(items.map(({ amount }) => amount)) };
}

export interface AccountCheck {
  readonly code: string;
  readonly name: string;
  /** Whether the bank's lines reach the month's end. */
  readonly covers: boolean;
  /** The day of the last line, where the account had lines and they stop before the month's end. */
  readonly linesUntil?: Day;
  /** Bank minus books; null while the bank has said nothing. */
  readonly difference: Fen | null;
  /** The part of the difference that entries booked since explain. */
  readonly explained: Fen;
  readonly unmatched: number;
  readonly isReconciled: boolean;
}

/** What decides whether a month may be closed at the desk, and published. */
export interface GateFacts {
  readonly month: Month;
  /** Requests dated in the month that wait for a key. */
  readonly waiting: Many;
  readonly corrections: number;
  readonly suspense: Fen;
  readonly accounts: readonly AccountCheck[];
}

/** Everything that a month's checklist is made from. */
export interface MonthFacts extends GateFacts {
  readonly units: { readonly billed: number; readonly missing: number };
  /** Payments without a voucher or invoice. */
  readonly unproven: Many;
  readonly unratified: Many;
  readonly overdue: Many;
}

export interface CheckItem {
  readonly code: string;
  readonly title: string;
  /** How it stands, in words. */
  readonly words: string;
  /** `blocks`: neither close nor publish; `open`: published as a visible exception; `done`. */
  readonly state: "blocks" | "open" | "done";
  /** Where it can be mended, below the community's desk. */
  readonly link: string;
}

/** The month's checklist, in the order in which it is worked through. */
export function checklist(facts: MonthFacts): CheckItem[] {
  return [
    billsItem(facts),
    vouchersItem(facts),
    ...gateItems(facts),
    ...manyItem("UNRATIFIED", "紧急支出的追认", facts.unratified, "spends?tab=unratified", "还没有追认"),
    ...manyItem("REVENUE_OVERDUE", "公共收益", facts.overdue, "contracts", "到期没有收到"),
  ];
}

/** The one blocker that a person may pass with a reason: the bank may not have given its lines yet. */
const LINES_STOPPED = "BANK_LINES_STOPPED";

export function isPassable({ code }: Pick<CheckItem, "code">): boolean {
  return code === LINES_STOPPED;
}

/**
 * What must be mended before the month may be closed in the browser, or published at all. Lines that stop early would
 * hide a difference, so at the desk they need a reason (`noLines`, "" without one); history that is published from the
 * command line says so as an exception.
 */
export function blockers(facts: GateFacts, noLines?: string): CheckItem[] {
  return gateItems(facts).filter((item) => item.state === "blocks" && (!isPassable(item) || noLines === ""));
}

function gateItems(facts: GateFacts): CheckItem[] {
  return [
    waitingItem(facts),
    correctionsItem(facts),
    suspenseItem(facts),
    ...facts.accounts.map((account) => accountItem(facts.month, account)),
  ];
}

/** The refusal that names each of them. */
export function blocked(items: readonly CheckItem[]): Fault[] {
  return items.map((item) => ({
    code: item.code,
    message: `${item.title}：${item.words}。`,
    remedy: "请先处理，再结账或公布（清单里每一项都能点开）。",
    ...(isPassable(item) ? { column: "noLines" } : {}),
  }));
}

function billsItem({ month, units }: MonthFacts): CheckItem {
  const isDone = units.missing === 0;
  return {
    code: "BILLS",
    title: "物业费账单",
    words: isDone ? `${units.billed} 户的账单已开` : `还有 ${units.missing} 户没有开，结账时会自动开`,
    state: isDone ? "done" : "open",
    link: `fees/bills?month=${month}`,
  };
}

function waitingItem({ waiting }: GateFacts): CheckItem {
  const isDone = waiting.count === 0;
  return {
    code: "WAITING_RELEASE",
    title: "付款申请",
    words: isDone
      ? "没有等待放行的"
      : `${waiting.count} 笔共 ${displayYuan(waiting.amount)} 元还在等放行：请放行、退回或撤回`,
    state: isDone ? "done" : "blocks",
    link: "spends?tab=waiting",
  };
}

function correctionsItem({ corrections }: GateFacts): CheckItem {
  const isDone = corrections === 0;
  return {
    code: "CORRECTION_OPEN",
    title: "更正",
    words: isDone ? "没有未完成的更正" : `${corrections} 笔更正还在等放行`,
    state: isDone ? "done" : "blocks",
    link: "spends?tab=waiting",
  };
}

function vouchersItem({ unproven }: MonthFacts): CheckItem {
  const isDone = unproven.count === 0;
  return {
    code: "VOUCHERS",
    title: "付款凭证",
    words: isDone
      ? "每笔付款都有凭证"
      : `${unproven.count} 笔共 ${displayYuan(unproven.amount)} 元没有凭证，会在公示上说明`,
    state: isDone ? "done" : "open",
    link: "spends?tab=paid",
  };
}

function suspenseItem({ suspense }: GateFacts): CheckItem {
  const isDone = suspense === 0;
  return {
    code: "SUSPENSE",
    title: "待查款项",
    words: isDone ? "没有不明来款" : `还有 ${displayYuan(suspense)} 元不知道是谁的，请查明`,
    state: isDone ? "done" : "blocks",
    link: "suspense",
  };
}

function accountItem(month: Month, account: AccountCheck): CheckItem {
  const item = {
    code: "BANK",
    title: `银行对账·${account.name}`,
    link: `bank/${account.code}/months/${month}`,
  };
  const { covers, linesUntil, difference, explained, unmatched, isReconciled } = account;
  if (linesUntil !== undefined) {
    const words = `银行流水的最后一笔是 ${spokenDay(linesUntil)}，没有到月底：请导入到月底（最后几天没有流水的，导入时把止日填到月底），或写明银行为什么还没有给出`;
    return { ...item, code: LINES_STOPPED, words, state: "blocks" };
  }
  if (!covers || difference === null) {
    return { ...item, words: "银行流水还没有导入到月底，会在公示上说明", state: "open" };
  }
  if (difference !== explained) {
    return { ...item, words: `银行与账面相差 ${displayYuan(difference)} 元`, state: "blocks" };
  }
  if (difference !== 0) {
    return { ...item, words: `相差 ${displayYuan(difference)} 元，已由后来补记的凭证说明`, state: "open" };
  }
  if (unmatched > 0) {
    return { ...item, words: `余额相符；${unmatched} 笔流水还没有配上凭证`, state: "open" };
  }
  return { ...item, words: isReconciled ? "余额相符，已完成对账" : "余额相符", state: "done" };
}

function manyItem(code: string, title: string, { count, amount }: Many, link: string, lack: string): CheckItem[] {
  return count === 0
    ? []
    : [{ code, title, words: `${count} 笔共 ${displayYuan(amount)} 元${lack}，会在公示上说明`, state: "open", link }];
}
