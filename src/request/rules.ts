// What is asked for: payments, draws, transfers and the rest; what is left for them; whose keys they need. Pure.
import { fen, subtract, sum, toYuan, ZERO, type Fen } from "../base/money.ts";
import { dayOf, laterDay, monthOf, yearOf, type Day, type Month } from "../base/month.ts";
import { SIDES, type Side } from "../door/rules.ts";
import { ACCOUNTS, COMMON, CUSTODY, DEPOSITS, REPAIR } from "../ledger/rules.ts";
import type { ProjectState } from "../project/rules.ts";
import { bandInWords, bandOf, splitOf, type Neighbour, type Request, type Split } from "../release/rules.ts";
import type { Resolution } from "../resolution/rules.ts";
import { isTrustee, resemblesTrustee, type Supplier } from "../supplier/rules.ts";
import { deedIn, type BankAccount, type DeedVersion } from "../trust/rules.ts";

// ---- Settings -------------------------------------------------------------------------------------------------

/** The numbers that a community may want otherwise. */
export interface SpendSettings {
  /** Days that a request waits for its keys before it lapses and frees what it reserved. */
  readonly expireAfter: number;
  /** Days within which payments to one payee count as parts of one. */
  readonly splitWithin: number;
  /** Days after which the committee must have ratified an emergency. */
  readonly ratifyWithin: number;
  /** Words of a purpose by which work is big or medium repair. */
  readonly bigRepairWords: readonly string[];
  /** From this amount on, one charge to running maintenance is taken for big or medium repair. */
  readonly bigRepairFrom: Fen;
}

/** What holds until a community sets its own, each with where it comes from. */
export const DEFAULT_SETTINGS: SpendSettings = {
  // Two weeks: the longest holiday (国庆 with 中秋, 8 days) and a working week to look at the vouchers.
  expireAfter: 14,
  // Half a month: one supplier's monthly bills lie further apart, the parts of one job do not.
  splitWithin: 15,
  // A month: an emergency is ratified by the end of the next monthly meeting of the committee at the latest.
  ratifyWithin: 30,
  // 物业服务收费管理办法 art. 11: 大修、中修和更新、改造费用 are paid by the repair fund.
  bigRepairWords: ["大修", "中修", "更新改造", "改造工程", "改造费"],
  // No law names an amount; what no yearly upkeep of a lift or a pump costs at once.
  bigRepairFrom: fen(10_000_000),
};

// ---- What is asked for ------------------------------------------------------------------------------------------

export const SPEND_KINDS = ["payment", "draw", "transfer", "refund", "deposit-return", "correction"] as const;
export type SpendKind = (typeof SPEND_KINDS)[number];

export const KIND_NAMES: Readonly<Record<SpendKind, string>> = {
  payment: "付款",
  draw: "提取酬金",
  transfer: "资金划转",
  refund: "退款",
  "deposit-return": "退还押金",
  correction: "更正记账凭证",
};

export interface SpendLine {
  readonly account: string;
  /** Always positive. */
  readonly amount: Fen;
  readonly memo: string;
}

export interface Invoice {
  readonly number: string;
  /** With tax; negative for a red invoice; null where only the number was typed. */
  readonly amount: Fen | null;
  /** The number of the blue invoice that a red one takes back; "" otherwise. */
  readonly nets: string;
}

/** The entry that a correction is about. */
export interface Wrong {
  readonly seq: number;
  readonly code: string;
  readonly resolution: string;
  /** Where its money is booked again; "" to reverse it only. */
  readonly account: string;
}

/** What somebody asks for: as it was typed, as it is checked, and as it is kept. */
export interface Asked {
  readonly kind: SpendKind;
  readonly payee: string;
  /** On refunds and deposit returns: whose money it is. */
  readonly unit: string;
  readonly day: Day;
  readonly purpose: string;
  readonly lines: readonly SpendLine[];
  readonly resolution: string;
  /** Why it cannot wait; "" when it can. */
  readonly emergency: string;
  readonly invoices: readonly Invoice[];
  /** Vouchers by the hash of their original. */
  readonly vouchers: readonly string[];
  /** Codes of the findings that the asker looked at and stands by. */
  readonly confirmed: readonly string[];
  /** Of a deposit return: the number of the receipt that the deposit was given. */
  readonly receipt: number | null;
}

/** That alone, without what else is known. */
export function askedOf(from: Asked): Asked {
  const { kind, payee, unit, day, purpose, lines, resolution, emergency, invoices, vouchers, confirmed, receipt } =
    from;
  return { kind, payee, unit, day, purpose, lines, resolution, emergency, invoices, vouchers, confirmed, receipt };
}

/** What is asked for, with its names looked up. */
export interface Ask extends Asked {
  /** The bank account the money leaves, which decides the fund. */
  readonly bank: BankAccount;
  /** Where a transfer goes. */
  readonly to: BankAccount | null;
  readonly supplier: Supplier | null;
  readonly wrong: Wrong | null;
}

export function totalOf(ask: { readonly lines: readonly SpendLine[] }): Fen {
  return sum(ask.lines.map((line) => line.amount));
}

// ---- Facts ------------------------------------------------------------------------------------------------------

/** Another request that waits for its keys: what it may take is spoken for. */
export interface Waiting extends Pick<Asked, "kind" | "payee" | "unit" | "lines" | "receipt"> {
  readonly id: number;
  readonly bank: string;
  readonly fund: string;
  /** Of a transfer: the fund it goes to; "" otherwise. */
  readonly toFund: string;
  /** The resolution it rests on; "" without one. */
  readonly resolution: string;
  /** Of a correction: the sequence of its entry. */
  readonly corrects: number | null;
  /** The year whose budget it draws on. */
  readonly year: number;
}

/** Everything that decides about an ask. */
export interface SpendFacts {
  readonly today: Day;
  readonly trustee: string;
  readonly firstMonth: Month;
  /** The first month that still takes entries. */
  readonly openMonth: Month;
  readonly deeds: readonly DeedVersion[];
  /** The year the ask would be booked in. */
  readonly year: number;
  /** The common fund's budget of that year and what was paid of it, by account. */
  readonly budget: ReadonlyMap<string, Fen>;
  readonly paid: ReadonlyMap<string, Fen>;
  /** What the fund owes on its liabilities 22xx, by account; of deposits, those that no receipt here stands for. */
  readonly owed: ReadonlyMap<string, Fen>;
  readonly waiting: readonly Waiting[];
  readonly neighbours: readonly Neighbour[];
  /** Invoice numbers of the ask that are used already, and where. */
  readonly usedInvoices: ReadonlyMap<string, string>;
  /** The number of another payment that has a voucher of this ask, by the voucher's hash. */
  readonly usedVouchers: ReadonlyMap<string, number>;
  /** Who issued an invoice, by its number, where an e-invoice says so. */
  readonly sellers: ReadonlyMap<string, string>;
  /** Blue invoices that the ask's red ones name and that were booked before, with their amounts where known. */
  readonly blueInvoices: ReadonlyMap<string, Fen | null>;
  /** The book balance of the bank account. */
  readonly cash: Fen;
  /** How much a draw, refund, deposit return or the correction of a receipt may come to; null where nothing bounds it. */
  readonly limit: Fen | null;
  /** Swept from the common fund and not transferred yet. */
  readonly sweepOwed: Fen;
  /** The resolution that the ask names, as the register has it; null when it names none or another. */
  readonly resolution: Resolution | null;
  /** The repair fund's project that this resolution opened. */
  readonly project: ProjectState | null;
}

/** The day the money counts as spent if it were released today: what is paid in an emergency already happened. */
export function bookingDay(ask: Pick<Ask, "day" | "emergency">, today: Day): Day {
  return ask.emergency === "" ? laterDay(ask.day, today) : ask.day;
}

/** The year whose budget an ask draws on: late entries count in the open month. */
export function budgetYear(ask: Pick<Ask, "day" | "emergency">, today: Day, openMonth: Month): number {
  const month = monthOf(bookingDay(ask, today));
  return yearOf(month < openMonth ? openMonth : month);
}

// ---- What is left of a line ----------------------------------------------------------------------------------------

/** What may still be spent on an account: of its budget, or (22xx) of what the fund owes. */
export interface Left {
  readonly account: string;
  readonly basis: "budget" | "owed";
  /** The year's budget, or what was owed. */
  readonly limit: Fen;
  readonly paid: Fen;
  readonly reserved: Fen;
  readonly left: Fen;
}

/** Facts that say what is left. */
export type LeftFacts = Pick<SpendFacts, "year" | "budget" | "paid" | "owed" | "waiting">;

function reservedOn(account: string, fund: string, facts: LeftFacts): Fen {
  const isOwed = account.startsWith("2");
  return sum(
    facts.waiting
      .filter((other) => other.kind === "payment" && other.fund === fund && (isOwed || other.year === facts.year))
      .flatMap((other) => other.lines)
      .filter((line) => line.account === account)
      .map((line) => line.amount),
  );
}

/**
 * What is left for an account of a fund; null where nothing bounds it. No budget, no spending: an account of the
 * common fund without a budget line has nothing left. Repair and other funds have no budget by account.
 */
export function leftOn(account: string, fund: string, facts: LeftFacts): Left | null {
  const reserved = reservedOn(account, fund, facts);
  if (account.startsWith("2")) {
    const owed = facts.owed.get(account) ?? ZERO;
    return { account, basis: "owed", limit: owed, paid: ZERO, reserved, left: subtract(owed, reserved) };
  }
  if (fund !== COMMON) {
    return null;
  }
  const limit = facts.budget.get(account) ?? ZERO;
  const paid = facts.paid.get(account) ?? ZERO;
  return { account, basis: "budget", limit, paid, reserved, left: fen(limit - paid - reserved) };
}

/** What waiting payments from the repair fund reserve of a project. */
export function reservedOf(resolution: string, waiting: readonly Waiting[]): Fen {
  const same = waiting.filter(
    (other) => other.kind === "payment" && other.fund === REPAIR && other.resolution === resolution,
  );
  return sum(same.map(totalOf));
}

// ---- Who must release ---------------------------------------------------------------------------------------------

/** What has to be there before money leaves. */
export interface Needs {
  readonly sides: readonly Side[];
  readonly resolution: boolean;
  /** Why, in words, for whoever is asked for a key. */
  readonly why: readonly string[];
}

function deedOf(ask: Ask, facts: SpendFacts): DeedVersion {
  const month = monthOf(bookingDay(ask, facts.today));
  return deedIn(facts.deeds, month < facts.firstMonth ? facts.firstMonth : month);
}

/** Payments to the same payee that stay below a band one by one and exceed it with this one. */
export function splitIn(ask: Ask, facts: SpendFacts, settings: SpendSettings): Split | null {
  const payment = { amount: totalOf(ask), day: bookingDay(ask, facts.today) };
  return splitOf(deedOf(ask, facts).release, payment, facts.neighbours, settings.splitWithin);
}

/** Which sides must release an ask, and whether a resolution must stand behind it. */
export function needsOf(ask: Ask, facts: SpendFacts, settings: SpendSettings): Needs {
  const always = alwaysBoth(ask);
  if (always !== "") {
    return { sides: SIDES, resolution: false, why: [always] };
  }
  const amount = totalOf(ask);
  const bands = deedOf(ask, facts).release;
  const split = splitIn(ask, facts, settings);
  const band = bandOf(bands, split?.total ?? amount);
  const committee = needsCommittee(ask, facts);
  return {
    sides: SIDES.filter((side) => band.sides.includes(side) || (side === "committee" && committee !== "")),
    resolution: band.resolution,
    why: [bandInWords(bands, split?.total ?? amount), ...(committee === "" ? [] : [committee])],
  };
}

/** Why both sides hold a key whatever the amount; "" when the band decides. */
function alwaysBoth(ask: Ask): string {
  if (ask.kind !== "payment") {
    return `${KIND_NAMES[ask.kind]}一律由物业和业委会共同放行`;
  }
  return ask.emergency === "" ? "" : "紧急支出由物业和业委会共同放行，并须事后追认";
}

/** Why the committee holds a key beside those of the band. */
function needsCommittee(ask: Ask, { trustee }: Pick<SpendFacts, "trustee">): string {
  if (ask.bank.fund === REPAIR) {
    return "动用维修资金必须有业委会放行";
  }
  if (ask.bank.fund === CUSTODY || ask.lines.some((line) => line.account === DEPOSITS)) {
    return "付出替别人保管的钱必须有业委会放行";
  }
  // What is booked as owed was in no budget: without the other key, income booked as a debt could leave by itself.
  if (ask.lines.some((line) => !line.account.startsWith("5"))) {
    return "往来款不占预算，付出必须有业委会放行";
  }
  if (ask.supplier !== null && isTrustee(ask.supplier.name, trustee)) {
    return "向受托人自己付款必须有业委会放行（信托法第二十八条）";
  }
  if (ask.supplier !== null && resemblesTrustee(ask.supplier.name, trustee)) {
    return "收款方与受托人名称相近，必须有业委会放行（信托法第二十八条）";
  }
  return ask.supplier !== null && ask.supplier.related !== "" ? "向关联方付款必须有业委会放行（信托法第二十八条）" : "";
}

// ---- A request as it is kept ----------------------------------------------------------------------------------------

/** A request: what was asked for, by whom, and what became of it. */
export interface Spend extends Request, Asked {
  readonly bank: string;
  readonly toBank: string | null;
  readonly supplier: number | null;
  /** The sequence of the entry that a correction is about, and the account its money is booked on again. */
  readonly corrects: number | null;
  readonly toAccount: string;
  readonly askedAt: string;
  /** The sides it needed when somebody last looked; facts may add to them, never take away. */
  readonly sides: readonly Side[];
  /** The sequence of the entry that it became. */
  readonly entry: number | null;
  readonly decidedAt: string | null;
  /** Of an emergency that was paid: until when it must be ratified, and when it was. */
  readonly ratifyBy: Day | null;
  readonly ratifiedAt: string | null;
}

/** The day on which a paid request is booked as spent; null while it is not paid. */
export function paidOn({
  status,
  day,
  emergency,
  decidedAt,
}: Pick<Spend, "status" | "day" | "emergency" | "decidedAt">): Day | null {
  return status === "paid" && decidedAt !== null ? bookingDay({ day, emergency }, dayOf(decidedAt)) : null;
}

/** What people did with a request after it was asked for. */
export const STEP_KINDS = [
  "released",
  "taken back",
  "refused",
  "withdrawn",
  "expired",
  "paid",
  "ratified",
  "declined",
] as const;

export interface SpendStep {
  readonly kind: (typeof STEP_KINDS)[number];
  readonly side: Side | "";
  readonly actor: string;
  /** The reason, or the number of the resolution that ratified it. */
  readonly text: string;
  readonly at: string;
}

// ---- In words and figures -------------------------------------------------------------------------------------------

/** What is left of a line, as programs read it. */
export function leftRecord(left: Left) {
  const { account, basis, limit, paid, reserved } = left;
  return {
    account,
    name: ACCOUNTS.get(account) ?? account,
    basis,
    limit: toYuan(limit),
    paid: toYuan(paid),
    reserved: toYuan(reserved),
    left: toYuan(left.left),
  };
}

/** A voucher as the pages of requests show it. */
export interface ShownVoucher {
  readonly sha: string;
  readonly name: string;
  readonly pages: readonly { readonly width: number; readonly height: number }[];
  /** Whether somebody decided what of it the public may see. */
  readonly isDecided: boolean;
}
