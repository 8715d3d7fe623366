// Contracts on common parts and what they bring: dues by a rhythm, what came, what did not. The register is the answer to
// public revenue that nobody hears of (民法典 art. 282).
import { greatest, least, subtract, sum, ZERO, type Fen } from "../base/money.ts";
import { compareDays, day, lastDay, monthOf, plusMonths, type Day, type Month } from "../base/month.ts";
import { refuse } from "../base/refusal.ts";
import { SIDES, type Side } from "../door/rules.ts";
import { CASH, entryCode, type SealedEntry } from "../ledger/rules.ts";

/** Months between two dues; 0 = there is one. */
const RHYTHM_MONTHS = { once: 0, month: 1, quarter: 3, "half-year": 6, year: 12 } as const;
export type Rhythm = keyof typeof RHYTHM_MONTHS;
export const RHYTHMS = Object.keys(RHYTHM_MONTHS) as readonly Rhythm[];

/** Parking on common ground, and the kinds of public revenue (contract section 3). */
export const REVENUE_ACCOUNTS: readonly string[] = ["4101", "4102", "4103", "4002"];

export interface Contract {
  readonly id: number;
  readonly counterparty: string;
  /** A person's name never leaves the desk. */
  readonly isPerson: boolean;
  /** Where it is: published, so never a person's name. */
  readonly place: string;
  readonly account: string;
  /** What each due brings. */
  readonly amount: Fen;
  readonly rhythm: Rhythm;
  readonly firstDue: Day;
  /** The term, both days included. */
  readonly from: Day;
  readonly until: Day;
  readonly resolution?: string;
  readonly notes: string;
  /** The first open month when it was recorded: statements of earlier months do not know it. */
  readonly knownFrom: Month;
}

/**
 * A contract that ended before its term: no due after that day. What had fallen due by the day on which the end was
 * recorded still stands: an end that is told backwards makes no due unsaid.
 */
export interface ContractEnd {
  readonly contract: number;
  readonly endedOn: Day;
  readonly recordedOn: Day;
  readonly reason: string;
  readonly knownFrom: Month;
}

/** A part of a receipt that pays a due. */
export interface DuePayment {
  readonly contract: number;
  readonly due: Day;
  /** The receipt's entry in the chain. */
  readonly entry: number;
  readonly amount: Fen;
  readonly knownFrom: Month;
  /** The month whose books reversed that entry; null while it stands. */
  readonly reversedIn: Month | null;
}

/** One side agrees that what is left of a due is not asked for any more. It holds once both sides have. */
export interface Waiver {
  readonly contract: number;
  readonly due: Day;
  readonly side: Side;
  readonly reason: string;
  readonly knownFrom: Month;
}

/** Everything about a community's contracts. */
export interface Register {
  readonly contracts: readonly Contract[];
  readonly ends: readonly ContractEnd[];
  readonly payments: readonly DuePayment[];
  readonly waivers: readonly Waiver[];
}

/** One due and what came of it. */
export interface Due {
  readonly contract: number;
  readonly day: Day;
  readonly amount: Fen;
  readonly paid: Fen;
  /** Who agreed that the rest is not asked for. */
  readonly waivers: readonly Waiver[];
}

/** The register as it was known when a month closed: what was recorded or reversed later is left out. */
export function knownIn(register: Register, month: Month): Register {
  const isKnown = (row: { readonly knownFrom: Month }): boolean => row.knownFrom <= month;
  return {
    contracts: register.contracts.filter(isKnown),
    ends: register.ends.filter(isKnown),
    payments: register.payments
      .filter(isKnown)
      .map((row) => (row.reversedIn !== null && row.reversedIn > month ? { ...row, reversedIn: null } : row)),
    waivers: register.waivers.filter(isKnown),
  };
}

/** The days on which a contract pays, in order: at the end of a month that lacks the day. */
export function dueDays(contract: Contract, end: ContractEnd | undefined): Day[] {
  const last = lastDueDay(contract, end);
  const step = RHYTHM_MONTHS[contract.rhythm];
  const days: Day[] = [];
  for (let months = 0; ; months += step) {
    const due = sameDayIn(plusMonths(monthOf(contract.firstDue), months), contract.firstDue);
    if (due > last) {
      return days;
    }
    days.push(due);
    if (step === 0) {
      return days;
    }
  }
}

function lastDueDay({ until }: Contract, end: ContractEnd | undefined): Day {
  if (end === undefined) {
    return until;
  }
  const stands = end.endedOn < end.recordedOn ? end.recordedOn : end.endedOn;
  return stands < until ? stands : until;
}

function sameDayIn(month: Month, first: Day): Day {
  const wanted = `${month}-${first.slice(8)}`;
  return wanted > lastDay(month) ? lastDay(month) : day(wanted);
}

/** Every due of a contract with what is paid on it: those before its end, and those that were paid ahead. */
export function duesOf(contract: Contract, register: Register): Due[] {
  const end = register.ends.find((each) => each.contract === contract.id);
  const payments = register.payments.filter((each) => each.contract === contract.id && each.reversedIn === null);
  const standing = new Set(dueDays(contract, end));
  return dueDays(contract, undefined)
    .filter((each) => standing.has(each) || payments.some(({ due }) => due === each))
    .map((each) => ({
      contract: contract.id,
      day: each,
      amount: contract.amount,
      paid: sum(payments.filter(({ due }) => due === each).map(({ amount }) => amount)),
      waivers: register.waivers.filter((waiver) => waiver.contract === contract.id && waiver.due === each),
    }));
}

/** What is still asked for: nothing once both sides agreed so. */
export function leftOn(due: Due): Fen {
  return isWaived(due) ? ZERO : subtract(due.amount, due.paid);
}

export function isWaived({ waivers }: Due): boolean {
  return SIDES.every((side) => waivers.some((waiver) => waiver.side === side));
}

/** What is due by that day and did not come, oldest first. */
export function overdueOn(asOf: Day, register: Register): Due[] {
  return register.contracts
    .flatMap((contract) => duesOf(contract, register))
    .filter((due) => due.day <= asOf && leftOn(due) > 0)
    .toSorted((a, b) => compareDays(a.day, b.day) || a.contract - b.contract);
}

/** Money that is due and did not come, as a statement may publish it: places and amounts, never a name. */
export interface OverdueRevenue {
  readonly count: number;
  readonly amount: Fen;
  readonly items: readonly { readonly place: string; readonly due: Day; readonly amount: Fen }[];
}

/** What a month's statement says of dues that did not come by its last day, from what was known when it closed. */
export function overdueIn(month: Month, register: Register): OverdueRevenue {
  const known = knownIn(register, month);
  const places = new Map(known.contracts.map(({ id, place }) => [id, place]));
  const items = overdueOn(lastDay(month), known).map((due) => ({
    place: places.get(due.contract) ?? "",
    due: due.day,
    amount: leftOn(due),
  }));
  return { count: items.length, amount: sum(items.map(({ amount }) => amount)), items };
}

// ---- Recording --------------------------------------------------------------------------------------------------

/** 民法典 art. 705: a lease is void beyond twenty years. */
const TERM_YEARS_MAX = 20;

/** Refuses a contract whose days cannot be. `books` is the first month of the community's books. */
export function assertSound(contract: Omit<Contract, "id" | "knownFrom">, books: Month): void {
  const { from, until, firstDue } = contract;
  if (until < from) {
    throw refuse("TERM_INVERTED", `合同到期日 ${until} 早于起始日 ${from}。`, "请核对合同期限。");
  }
  if (until >= sameDayIn(plusMonths(monthOf(from), TERM_YEARS_MAX * 12), from)) {
    const remedy = "请核对到期日；到期后续签，再登记一份。";
    throw refuse("TERM_TOO_LONG", `合同期限超过 ${TERM_YEARS_MAX} 年（民法典第七百零五条）。`, remedy);
  }
  if (firstDue > until) {
    throw refuse("DUE_AFTER_TERM", `首次应收日 ${firstDue} 在合同到期日 ${until} 之后。`, "请核对首次应收日。");
  }
  if (firstDue < from) {
    const remedy = "请核对首次应收日；约定提前付款的，合同起始日填实际生效的那天。";
    throw refuse("DUE_BEFORE_TERM", `首次应收日 ${firstDue} 早于合同起始日 ${from}。`, remedy);
  }
  if (monthOf(firstDue) < books) {
    throw refuse(
      "DUE_BEFORE_BOOKS",
      `首次应收日 ${firstDue} 在账簿开始的 ${books} 之前，以前各期的收款不在账上。`,
      `请填 ${books} 起的第一期；更早没有收到的写在备注里，收到时按其他收款入账。`,
    );
  }
}

/**
 * Refuses to end a contract twice or outside its term, and an end that looks back by anybody but the committee: whoever
 * should have asked for the money would say alone that none was due.
 */
export function assertMayEnd(
  contract: Contract,
  register: Register,
  wish: { readonly endedOn: Day; readonly today: Day; readonly side: Side | null },
): void {
  const { endedOn, today, side } = wish;
  const end = register.ends.find((each) => each.contract === contract.id);
  if (end !== undefined) {
    throw refuse("CONTRACT_ENDED", `这份合同已在 ${end.endedOn} 终止（${end.reason}）。`, "不用再终止一次。", 409);
  }
  if (endedOn < contract.from || endedOn > contract.until) {
    throw refuse(
      "END_OUTSIDE_TERM",
      `终止日 ${endedOn} 不在合同期限 ${contract.from} 至 ${contract.until} 之内。`,
      "请填写实际终止的日期；自然到期的合同不用终止。",
    );
  }
  const isPaidAhead = duesOf(contract, register).some((due) => due.day > endedOn && due.paid > 0);
  if (side !== "committee" && (endedOn < today || isPaidAhead)) {
    throw refuse(
      "END_BACKWARDS",
      endedOn < today
        ? `终止日 ${endedOn} 在今天（${today}）之前，不能由物业自己登记。`
        : `终止日 ${endedOn} 之后有已经收到款的应收，不能由物业自己登记。`,
      "请业委会的人在这里登记；或把终止日填为今天或以后。到今天为止没有收到的各期仍然列着，双方都写明理由才不再收。",
      409,
    );
  }
}

/** Refuses to waive what is not due, came already, or was agreed to by that side before. */
export function assertMayWaive(
  contract: Contract,
  register: Register,
  wish: { readonly due: Day; readonly today: Day; readonly side: Side },
): void {
  const due = dueOn(contract, register, wish.due);
  if (due.waivers.some(({ side }) => side === wish.side)) {
    throw refuse("WAIVER_KNOWN", `您这一方已经同意 ${wish.due} 这一期不再收。`, "等另一方也同意，才不再列出。", 409);
  }
  assertLeft(due);
  if (wish.due > wish.today) {
    const remedy = "合同提前结束的，请登记提前终止。";
    throw refuse("DUE_NOT_YET", `${wish.due} 这一期还没有到期，不用免收。`, remedy, 409);
  }
}

function dueOn(contract: Contract, register: Register, on: Day): Due {
  const due = duesOf(contract, register).find((each) => each.day === on);
  if (due === undefined) {
    throw refuse("DUE_UNKNOWN", `这份合同在 ${on} 没有应收。`, "请从合同页的应收列表里选一期。", 404);
  }
  return due;
}

function assertLeft(due: Due): void {
  if (isWaived(due)) {
    throw refuse("DUE_WAIVED", `${due.day} 这一期双方已经同意不再收。`, "请选另一期。", 409);
  }
  if (leftOn(due) <= 0) {
    throw refuse("DUE_PAID", `${due.day} 这一期已经收齐。`, "请选另一期。", 409);
  }
}

/** What a receipt on a contract's account may still pay: its cash less what is linked already; zero when reversed. */
export function freeOf(entry: SealedEntry, register: Register, isReversed: boolean): Fen {
  const cash = sum(entry.lines.filter((line) => line.account === CASH).map((line) => line.amount));
  const linked = register.payments.filter((each) => each.entry === entry.seq && each.reversedIn === null);
  const left = subtract(cash, sum(linked.map(({ amount }) => amount)));
  return isReversed ? ZERO : greatest(ZERO, left);
}

/** How much of a receipt pays a due, or why it cannot. `free` is what of the receipt is not linked yet. */
export function linkable(
  contract: Contract,
  register: Register,
  wish: { readonly due: Day; readonly entry: SealedEntry; readonly free: Fen },
): Fen {
  const { entry, free } = wish;
  const code = entryCode(entry.month, entry.number);
  const due = dueOn(contract, register, wish.due);
  if (entry.kind !== "receipt" || !entry.lines.some(({ purpose }) => purpose === contract.account)) {
    throw refuse(
      "RECEIPT_OTHER_ACCOUNT",
      `记账凭证 ${code} 不是这份合同科目 ${contract.account} 的收款。`,
      "请选同一科目的收款的记账凭证；科目记错了，请先申请更正。",
    );
  }
  if (free <= 0) {
    throw refuse("RECEIPT_USED", `记账凭证 ${code} 已经全部对应到应收，或已冲销。`, "请选另一笔收款。", 409);
  }
  assertLeft(due);
  return least(free, leftOn(due));
}
