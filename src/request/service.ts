// Requests: what was typed becomes an ask, the facts that decide about it are gathered, and what waits is told.
import { isDeepStrictEqual } from "node:util";
import { greatest, negate, subtract, sum, ZERO, type Fen } from "../base/money.ts";
import { dayAt, monthOf, plusDays, yearOf, type Day, type Month } from "../base/month.ts";
import { Refusal, refuse } from "../base/refusal.ts";
import { invoiceNumber } from "../base/spelling.ts";
import { budgetQuestion } from "../budget/service.ts";
import { drawableOn } from "../draw/service.ts";
import {
  BETWEEN_FUNDS,
  CASH,
  COMMON,
  DEPOSITS,
  openMonth,
  parseEntryCode,
  PREPAID,
  REPAIR,
  type Book,
  type PaidEntry,
} from "../ledger/rules.ts";
import { paidInBy } from "../fees/service.ts";
import * as ledger from "../ledger/service.ts";
import { unitNamed } from "../people/service.ts";
import { answerTogether, type Answers, type Db } from "../platform/db.ts";
import type { Deposit } from "../receipt/rules.ts";
import { depositsHeld, receiptsOfEntries } from "../receipt/service.ts";
import { projectsQuestion } from "../project/service.ts";
import { stateOn } from "../release/rules.ts";
import { voidedNumbers } from "../resolution/service.ts";
import { resolutionsQuestion } from "../resolution/service.ts";
import { refundable } from "../standing/service.ts";
import { payeeOf, spellings, type Supplier } from "../supplier/rules.ts";
import { findSupplier, newSupplier, supplierNamed } from "../supplier/service.ts";
import type { BankAccount, Community, DeedVersion } from "../trust/rules.ts";
import { bankAccountsQuestion, communityQuestion, deedVersionsQuestion } from "../trust/service.ts";
import { standings, vouchersOf } from "../voucher/service.ts";
import {
  askedOf,
  bookingDay,
  budgetYear,
  DEFAULT_SETTINGS,
  leftOn,
  totalOf,
  type Ask,
  type Asked,
  type Invoice,
  type Left,
  type ShownVoucher,
  type Spend,
  type SpendFacts,
  type SpendKind,
  type SpendSettings,
  type Waiting,
} from "./rules.ts";
import * as store from "./store.ts";

export {
  deleteKey,
  emergenciesPaid,
  freeInvoices,
  insertKey,
  insertSpend,
  insertStep,
  recentPayees,
  releasedEntries,
  setRatified,
  spendOfEntry,
  spendsFrom,
  spendsWhere,
  stepsOf,
  undecided,
  updateSpend,
  type ReleasedEntry,
  type SpendFilter,
} from "./store.ts";

/** No community has set its own yet. */
export const SETTINGS: SpendSettings = DEFAULT_SETTINGS;

/** A request as somebody wishes it: accounts and names as they were typed. */
export interface Wish extends Asked {
  /** The code of the bank account; "" for the first of the common fund. */
  readonly bank: string;
  readonly toBank: string;
  /** Of a correction: the code of the entry, and the account its money is booked on again ("" = only reversed). */
  readonly entry: string;
  readonly toAccount: string;
}

/** What every request of a community is checked against, whatever it asks for. */
export interface Ground {
  readonly community: Community;
  readonly book: Book;
  readonly deeds: readonly DeedVersion[];
  readonly banks: readonly BankAccount[];
  readonly today: Day;
  readonly waiting: readonly store.UndecidedAsk[];
  /** What has waited too long and was not written down as expired. */
  readonly expired: readonly number[];
  /** The last number that a request was given. */
  readonly lastId: number;
  /** Who is to be paid: somebody that nobody registered has id 0. */
  readonly payee: Supplier | null;
  /** What was looked up about a wish already, by what its ask will most likely be looked up by. */
  readonly guess: { readonly sought: Sought; readonly found: Found } | null;
}

/** The same facts in one trip, and what a wish will need besides. */
export async function groundOf(db: Db, code: string, now: Date, wish: Wish | null = null): Promise<Ground> {
  const today = dayAt(now);
  const payee = wish?.payee ?? "";
  const sought = wish === null ? null : likelySought(wish, today);
  const { book, community, banks, deeds, undecided, last, supplier, ...found } = await answerTogether(db, {
    book: ledger.bookQuestion(code),
    community: communityQuestion(code),
    banks: bankAccountsQuestion(code),
    deeds: deedVersionsQuestion(code),
    undecided: store.undecidedQuestion(code),
    last: store.lastIdQuestion(code),
    supplier: supplierNamed(code, payee),
    ...(sought === null ? {} : questionsAbout(code, sought)),
  });
  if (community === null || book === null) {
    throw ledger.unknownCommunity(code);
  }
  return {
    community,
    book,
    deeds,
    banks,
    today,
    waiting: undecided.filter((ask) => ask.expiresOn >= today),
    expired: undecided.filter((ask) => ask.expiresOn < today).map((ask) => ask.id),
    lastId: last,
    payee: payee === "" ? null : (supplier ?? newSupplier(payee)),
    guess: sought === null ? null : { sought, found: found as Found },
  };
}

// ---- From wishes and requests to asks ---------------------------------------------------------------------------------

/** A wish with its names looked up. Reads only. */
export async function askOf(db: Db, ground: Ground, wish: Wish): Promise<Ask> {
  const { community } = ground;
  const { kind, unit, receipt } = wish;
  const about = askedOf(wish);
  if (kind === "correction") {
    return { ...about, ...(await wrongOf(db, ground, wish)) };
  }
  if (kind === "deposit-return") {
    const { unit: home, bank } = await depositOf(db, community.code, receipt);
    const held = { unit: home, bank: bankOf(ground.banks, bank, "receipt") };
    return { ...about, ...held, supplier: null, payee: "", to: null, wrong: null };
  }
  if (kind === "refund") {
    await unitNamed(db, community.code, unit);
  }
  const supplier = kind === "payment" ? ground.payee : null;
  const payee = supplier === null ? ownPayee(kind, community) : payeeOf(supplier);
  const to = kind === "transfer" ? bankOf(ground.banks, wish.toBank, "toBank") : null;
  return {
    ...about,
    supplier,
    payee,
    bank: bankOf(ground.banks, wish.bank, "bank"),
    to,
    wrong: null,
  };
}

async function heldDeposit(db: Db, community: string, receipt: number | null): Promise<Deposit | null> {
  const { deposits } = await depositsHeld(db, community);
  return deposits.find((deposit) => deposit.receipt === receipt) ?? null;
}

/** A deposit that is held, by its receipt, or a refusal. */
export async function depositOf(db: Db, community: string, receipt: number | null): Promise<Deposit> {
  const found = await heldDeposit(db, community, receipt);
  if (found === null) {
    const message = receipt === null ? "没有选押金。" : `收据 ${receipt} 没有还在保管的押金。`;
    throw new Refusal({ code: "DEPOSIT_UNKNOWN", message, remedy: "请从列表里选一笔押金。", column: "receipt" });
  }
  return found;
}

/** Who is paid where nobody was named: the draw is the trustee's. */
function ownPayee(kind: SpendKind, community: Community): string {
  return kind === "draw" ? community.trustee : "";
}

function bankOf(banks: readonly BankAccount[], code: string, column: string): BankAccount {
  const bank = banks.find((each) => (code === "" ? each.fund === COMMON : each.code === code));
  if (bank === undefined) {
    const message = `没有代码为「${code}」的银行账户。`;
    throw new Refusal({ code: "BANK_UNKNOWN", message, remedy: "请从列表里选一个账户。", column });
  }
  return bank;
}

/** What a correction is about: the entry, its bank account and the money that moved. Refuses what cannot be corrected. */
async function wrongOf(
  db: Db,
  { community, banks }: Ground,
  { entry: code, purpose, toAccount }: Pick<Wish, "entry" | "purpose" | "toAccount">,
): Promise<Pick<Ask, "bank" | "to" | "lines" | "wrong" | "payee" | "supplier">> {
  await ledger.correctionOf(db, community.code, {
    code,
    reason: purpose,
    ...(toAccount === "" ? {} : { account: toAccount }),
  });
  const at = parseEntryCode(code);
  const entry = at === null ? null : await ledger.entryAt(db, community.code, at);
  const cash = entry?.lines.filter((line) => line.account === CASH) ?? [];
  const out = negate(sum(cash.flatMap(({ amount }) => (amount < 0 ? [amount] : []))));
  const into = sum(cash.flatMap(({ amount }) => (amount > 0 ? [amount] : [])));
  const first = cash.find(({ amount }) => amount < 0) ?? cash[0];
  const account = first?.purpose === undefined || first.purpose === "" ? CASH : first.purpose;
  return {
    bank: bankOf(banks, first?.bank ?? "", "entry"),
    to: null,
    supplier: null,
    payee: entry?.payee ?? "",
    lines: [{ account, amount: out > into ? out : into, memo: entry?.memo ?? "" }],
    wrong: { seq: entry?.seq ?? 0, code, account: toAccount, resolution: entry?.resolution ?? "" },
  };
}

/** A kept request as the ask that it was. */
export async function askOfSpend(db: Db, { community, banks }: Ground, spend: Spend): Promise<Ask> {
  const supplier = spend.supplier === null ? null : await findSupplier(db, community.code, spend.supplier);
  const to = spend.toBank === null ? null : bankOf(banks, spend.toBank, "toBank");
  const { corrects } = spend;
  const code = corrects === null ? "" : ((await ledger.entryCodes(db, community.code, [corrects])).get(corrects) ?? "");
  const at = parseEntryCode(code);
  const entry = at === null ? null : await ledger.entryAt(db, community.code, at);
  const wrong =
    corrects === null ? null : { seq: corrects, code, account: spend.toAccount, resolution: entry?.resolution ?? "" };
  return { ...askedOf(spend), supplier, to, bank: bankOf(banks, spend.bank, "bank"), wrong };
}

// ---- Facts --------------------------------------------------------------------------------------------------------

/** What the facts about an ask are looked up by. */
interface Sought {
  readonly year: number;
  readonly day: Day;
  /** All names under which the books may have the payee. */
  readonly payees: readonly string[];
  /** The invoices that it brings, and the blue ones that its red ones take back. */
  readonly invoices: readonly string[];
  readonly resolution: string;
}

function soughtBy(ask: Ask, today: Day, open: Month): Sought {
  const isPaid = ask.kind === "payment" && ask.supplier !== null;
  return {
    year: budgetYear(ask, today, open),
    day: bookingDay(ask, today),
    payees: isPaid ? [...new Set([ask.payee, ...spellings(ask.supplier.name)])] : [],
    invoices: namedInvoices(ask.invoices),
    resolution: ask.resolution,
  };
}

/** The same for most wishes before anything is known: the month is open, the payee is no registered person. */
function likelySought(wish: Wish, today: Day): Sought {
  const { payee } = wish;
  const day = bookingDay(wish, today);
  return {
    year: yearOf(monthOf(day)),
    day,
    payees: payee === "" ? [] : spellings(payee),
    invoices: namedInvoices(wish.invoices.map(spelled)),
    resolution: wish.resolution,
  };
}

function namedInvoices(invoices: readonly Invoice[]): string[] {
  return [...new Set(invoices.flatMap(({ number, nets }) => (nets === "" ? [number] : [number, nets])))];
}

function questionsAbout(community: string, { year, day, payees, invoices, resolution }: Sought) {
  return {
    booked: ledger.standingsNow(community),
    budget: budgetQuestion(community, year),
    paid: ledger.paidQuestion(community, COMMON, year),
    payments: ledger.paymentsQuestion(community, payees, {
      first: plusDays(day, -SETTINGS.splitWithin),
      last: plusDays(day, SETTINGS.splitWithin),
      count: NEIGHBOURS_MAX,
    }),
    held: store.heldQuestion(community, invoices),
    invoiced: ledger.invoicesQuestion(community, invoices),
    resolutions: resolutionsQuestion(community, resolution),
    projects: projectsQuestion(community, resolution),
  };
}

type Found = Answers<ReturnType<typeof questionsAbout>>;

async function foundAbout(db: Db, { book, guess, today }: Ground, ask: Ask): Promise<Found & Pick<Sought, "year">> {
  const sought = soughtBy(ask, today, openMonth(book));
  const isGuessed = guess !== null && isDeepStrictEqual(guess.sought, sought);
  const found = isGuessed ? guess.found : await answerTogether(db, questionsAbout(book.community, sought));
  return { ...found, year: sought.year };
}

/** Everything that decides about an ask. `without` is its own id once it is kept. */
export async function factsOf(db: Db, ground: Ground, ask: Ask, without = 0): Promise<SpendFacts> {
  const { book, deeds, today } = ground;
  const { community } = book;
  const { booked, budget, paid, payments, held, invoiced, year, ...decided } = await foundAbout(db, ground, ask);
  const waiting = ground.waiting.filter((other) => other.id !== without).map((other) => waitingOf(ground, other));
  const of = (fund: string, matches: (row: ledger.Standing) => boolean): Fen =>
    sum(booked.filter((row) => row.fund === fund && matches(row)).map((row) => row.amount));
  const owed = booked.filter((row) => row.fund === ask.bank.fund && row.account.startsWith("2"));
  const isSweep = (other: Waiting): boolean => other.fund === COMMON && other.toFund === REPAIR;
  const receipted = await receiptedDeposits(db, community, ask);
  const stillHeld = held.filter((each) => each.spend !== without && (!each.isWaiting || each.expiresOn >= today));
  return {
    today,
    trustee: ground.community.trustee,
    firstMonth: book.firstMonth,
    openMonth: openMonth(book),
    deeds,
    year,
    budget: new Map(budget.map(({ account, amount }) => [account, amount])),
    paid,
    owed: new Map(
      owed.map((row) => [row.account, subtract(negate(row.amount), row.account === DEPOSITS ? receipted : ZERO)]),
    ),
    waiting,
    neighbours: neighboursOf(ground, ask, without, payments),
    ...invoiceFacts(ask, stillHeld, invoiced),
    sellers: await sellersOf(db, community, ask),
    usedVouchers: await usedVouchers(db, ground, ask, without),
    cash: of(ask.bank.fund, (row) => row.account === CASH && row.bank === ask.bank.code),
    limit: await limitOf(db, ground, ask, waiting),
    sweepOwed: subtract(
      negate(of(COMMON, (row) => row.account === BETWEEN_FUNDS)),
      sum(waiting.filter(isSweep).map(totalOf)),
    ),
    resolution: decided.resolutions[0] ?? null,
    project: decided.projects[0] ?? null,
  };
}

/** What the fund holds of deposits that receipts were given for: only a deposit return gives them back. */
async function receiptedDeposits(db: Db, community: string, { bank, lines }: Ask): Promise<Fen> {
  if (!lines.some(({ account }) => account === DEPOSITS)) {
    return ZERO;
  }
  const { deposits } = await depositsHeld(db, community);
  return sum(deposits.filter(({ fund }) => fund === bank.fund).map(({ held }) => held));
}

function waitingOf({ banks, book, today }: Ground, other: store.UndecidedAsk): Waiting {
  const fundOf = (code: string | null): string => banks.find((bank) => bank.code === code)?.fund ?? "";
  const { id, kind, bank, payee, unit, resolution, corrects, receipt, lines } = other;
  const year = budgetYear(other, today, openMonth(book));
  return {
    id,
    kind,
    bank,
    fund: fundOf(bank),
    payee,
    unit,
    toFund: fundOf(other.toBank),
    resolution,
    corrects,
    receipt,
    year,
    lines,
  };
}

/** The most that one payee gets within the days in which parts count as one. */
const NEIGHBOURS_MAX = 500;

function neighboursOf(
  ground: Ground,
  ask: Ask,
  without: number,
  payments: readonly PaidEntry[],
): SpendFacts["neighbours"] {
  const asked = ground.waiting.filter(
    (other) => other.id !== without && other.kind === "payment" && other.payee === ask.payee && ask.kind === "payment",
  );
  return [
    ...payments.map(({ day, amount, code }) => ({ day, amount, what: `记账凭证 ${code}` })),
    ...asked.map((other) => ({
      day: bookingDay(other, ground.today),
      amount: totalOf(other),
      what: `第 ${other.id} 号申请`,
    })),
  ];
}

function invoiceFacts(
  { invoices }: Ask,
  held: readonly store.HeldInvoice[],
  booked: ReadonlyMap<string, string>,
): Pick<SpendFacts, "usedInvoices" | "blueInvoices"> {
  const numbers = invoices.map(({ number }) => number);
  const used = [
    ...held.map(({ number, spend }): [string, string] => [number, `第 ${spend} 号申请`]),
    ...[...booked].map(([number, entry]): [string, string] => [number, `记账凭证 ${entry}`]),
  ];
  const blue = [
    ...[...booked.keys()].map((number): [string, Fen | null] => [number, null]),
    ...held.map(({ number, amount }): [string, Fen | null] => [number, amount]),
  ];
  return {
    usedInvoices: new Map(used.filter(([number]) => numbers.includes(number))),
    blueInvoices: new Map(blue),
  };
}

/** Who issued the e-invoices among the vouchers. */
async function sellersOf(db: Db, community: string, ask: Ask): Promise<Map<string, string>> {
  const vouchers = ask.vouchers.length === 0 ? [] : await vouchersOf(db, community, ask.vouchers);
  return new Map(vouchers.flatMap(({ invoice }) => (invoice === null ? [] : [[invoice.number, invoice.seller.name]])));
}

/** Which other payment has a voucher of this one, by the voucher's hash. */
async function usedVouchers(
  db: Db,
  { community, today }: Ground,
  ask: Ask,
  without: number,
): Promise<SpendFacts["usedVouchers"]> {
  const found = ask.kind === "payment" ? await store.vouchersInUse(db, community.code, ask.vouchers) : [];
  return new Map(
    found
      .filter((each) => each.spend !== without && (!each.isWaiting || each.expiresOn >= today))
      .map(({ sha, spend }) => [sha, spend]),
  );
}

/** How much may be drawn or given back beside what waits for the same; null for kinds that nothing bounds. */
async function limitOf(db: Db, ground: Ground, ask: Ask, waiting: readonly Waiting[]): Promise<Fen | null> {
  const { code } = ground.community;
  const beside = (most: Fen, same: (other: Waiting) => boolean): Fen =>
    subtract(most, sum(waiting.filter((other) => other.kind === ask.kind && same(other)).map(totalOf)));
  switch (ask.kind) {
    case "draw":
      return beside(await drawableOn(db, code, ground.today, ground.deeds), () => true);
    case "refund":
      return beside((await refundable(db, code, ask.unit)).prepaid, ({ unit }) => unit === ask.unit);
    case "deposit-return":
      return beside((await heldDeposit(db, code, ask.receipt))?.held ?? ZERO, ({ receipt }) => receipt === ask.receipt);
    case "correction":
      return takeBackLimit(db, code, ask, waiting);
    case "payment":
    case "transfer":
      return null;
  }
}

/** What is there of the money that a receipt brought: what was given back since cannot be taken back once more. */
async function takeBackLimit(
  db: Db,
  community: string,
  { wrong }: Ask,
  waiting: readonly Waiting[],
): Promise<Fen | null> {
  const at = parseEntryCode(wrong?.code ?? "");
  const entry = at === null ? null : await ledger.entryAt(db, community, at);
  const unit = entry?.lines.find(({ account, amount }) => account === PREPAID && amount < 0)?.unit;
  const beside = (most: Fen, same: (other: Waiting) => boolean): Fen =>
    subtract(most, sum(waiting.filter(same).map(totalOf)));
  if (entry?.kind === "receipt" && unit !== undefined) {
    return beside(await paidInBy(db, community, unit), (other) => other.kind === "refund" && other.unit === unit);
  }
  const [receipt] = entry === null ? [] : await receiptsOfEntries(db, community, [entry.seq]);
  if (receipt?.kind !== "deposit") {
    return null;
  }
  const held = (await heldDeposit(db, community, receipt.number))?.held ?? ZERO;
  return beside(held, (other) => other.kind === "deposit-return" && other.receipt === receipt.number);
}

function spelled(invoice: Invoice): Invoice {
  return { ...invoice, number: invoiceNumber(invoice.number), nets: invoiceNumber(invoice.nets) };
}

/** What its e-invoices say stands over what was typed: number, amount, and which blue invoice a red one takes back. */
export async function withInvoices(db: Db, community: string, wish: Wish): Promise<Wish> {
  const vouchers = wish.vouchers.length === 0 ? [] : await vouchersOf(db, community, wish.vouchers);
  const said = vouchers.flatMap(({ invoice }): Invoice[] =>
    invoice === null ? [] : [{ number: invoice.number, amount: invoice.total, nets: invoice.original }],
  );
  const typed = wish.invoices.map(spelled).filter(({ number }) => !said.some((invoice) => invoice.number === number));
  return { ...wish, invoices: [...said, ...typed] };
}

export async function spendOr404(db: Db, community: string, id: number): Promise<Spend> {
  const spend = await store.findSpend(db, community, id);
  if (spend === null) {
    throw refuse("SPEND_UNKNOWN", `没有第 ${id} 号申请。`, "请在付款列表里找。", 404);
  }
  return spend;
}

/** What is left of every line of this year's budget, by account. */
export async function leftOfBudget(db: Db, community: string, now: Date): Promise<Left[]> {
  const ground = await groundOf(db, community, now);
  const year = budgetYear({ day: ground.today, emergency: "" }, ground.today, openMonth(ground.book));
  const { planned, lefts } = await yearLefts(db, ground, year);
  return lefts.filter(({ account }) => planned.has(account));
}

/** What is left of a year's budget, by account: every line, and every account that was spent on without one. */
export async function leftsInYear(db: Db, community: string, year: number, now: Date): Promise<Left[]> {
  return (await yearLefts(db, await groundOf(db, community, now), year)).lefts;
}

async function yearLefts(
  db: Db,
  ground: Ground,
  year: number,
): Promise<{ readonly planned: ReadonlyMap<string, Fen>; readonly lefts: Left[] }> {
  const { budget, paid } = await answerTogether(db, {
    budget: budgetQuestion(ground.community.code, year),
    paid: ledger.paidQuestion(ground.community.code, COMMON, year),
  });
  const planned = new Map(budget.map(({ account, amount }) => [account, amount]));
  const waiting = ground.waiting.map((other) => waitingOf(ground, other));
  const facts = { year, budget: planned, paid, owed: new Map<string, Fen>(), waiting };
  const asked = waiting
    .filter((other) => other.kind === "payment" && other.fund === COMMON && other.year === year)
    .flatMap((other) => other.lines.map(({ account }) => account));
  const accounts = [...new Set([...planned.keys(), ...paid.keys(), ...asked])].filter((each) => each.startsWith("5"));
  return { planned, lefts: accounts.toSorted().flatMap((account) => leftOn(account, COMMON, facts) ?? []) };
}

/** What the trustee may draw, and what waits to be transferred into the repair fund, beside what is asked for already. */
export async function drawableAndSweep(
  db: Db,
  community: string,
  now: Date,
): Promise<{ readonly drawable: Fen; readonly sweepOwed: Fen }> {
  const ground = await groundOf(db, community, now);
  const wish = { ...NO_WISH, kind: "draw", day: ground.today } as const;
  const { limit, sweepOwed } = await factsOf(db, ground, await askOf(db, ground, wish));
  return { drawable: greatest(ZERO, limit ?? ZERO), sweepOwed: greatest(ZERO, sweepOwed) };
}

/** A wish for nothing, which others are made from. */
export const NO_WISH: Omit<Wish, "kind" | "day"> = {
  bank: "",
  toBank: "",
  payee: "",
  unit: "",
  purpose: "",
  lines: [],
  resolution: "",
  emergency: "",
  invoices: [],
  vouchers: [],
  confirmed: [],
  entry: "",
  toAccount: "",
  receipt: null,
};

/** Vouchers as pages show them, in their order. */
export async function shownVouchers(db: Db, community: string, shas: readonly string[]): Promise<ShownVoucher[]> {
  if (shas.length === 0) {
    return [];
  }
  const standing = await standings(db, community, shas);
  return (await vouchersOf(db, community, shas)).map(({ sha, name, pages }) => {
    const isDecided = (standing.get(sha)?.copy ?? null) !== null;
    return { sha, name, pages: pages.map(({ width, height }) => ({ width, height })), isDecided };
  });
}

// ---- For closing and publishing -----------------------------------------------------------------------------------

/** A request as a checklist names it. */
export interface OpenSpend {
  readonly id: number;
  readonly kind: SpendKind;
  readonly day: Day;
  readonly amount: Fen;
  readonly purpose: string;
}

function openSpend(spend: Pick<Spend, "id" | "kind" | "day" | "lines" | "purpose">): OpenSpend {
  return { id: spend.id, kind: spend.kind, day: spend.day, amount: totalOf(spend), purpose: spend.purpose };
}

async function waitingOn(db: Db, community: string, today: Day): Promise<Spend[]> {
  return (await store.undecided(db, community)).filter((spend) => stateOn(spend, today) === "waiting");
}

/** Requests that are dated in the month and wait for their keys: the month cannot be published before they are decided. */
export async function waitingIn(db: Db, community: string, month: Month, today: Day): Promise<OpenSpend[]> {
  return (await waitingOn(db, community, today)).filter((spend) => monthOf(spend.day) === month).map(openSpend);
}

/** Corrections that wait for their keys. */
export async function openCorrections(db: Db, community: string, today: Day): Promise<OpenSpend[]> {
  return (await waitingOn(db, community, today)).filter((spend) => spend.kind === "correction").map(openSpend);
}

/** Emergencies that no resolution in force ratifies, oldest first. */
export async function emergenciesOpen(db: Db, community: string): Promise<Spend[]> {
  return store.emergenciesOpen(db, community, [...(await voidedNumbers(db, community))]);
}

/** An emergency that nobody ratified yet, and until when somebody should have. */
export interface Unratified extends OpenSpend {
  readonly ratifyBy: Day;
}

/** Emergencies booked through that day that are not ratified now. */
export async function unratified(db: Db, community: string, throughDay: Day): Promise<Unratified[]> {
  const open = await emergenciesOpen(db, community);
  const days = await ledger.entryDays(
    db,
    community,
    open.flatMap((spend) => spend.entry ?? []),
  );
  return open.flatMap((spend) => {
    const booked = days.get(spend.entry ?? 0);
    return booked === undefined || booked > throughDay || spend.ratifyBy === null
      ? []
      : [{ ...openSpend(spend), ratifyBy: spend.ratifyBy }];
  });
}
