// Payments: keys are turned, the last one books the money; nobody moves it alone. And what became of every request.
import { displayYuan } from "../base/money.ts";
import { dayAt, EARLIEST_MONTH, firstDay, lastDay, LATEST_MONTH, plusDays, type Day } from "../base/month.ts";
import { refuse } from "../base/refusal.ts";
import { displayNames, membersOf } from "../access/service.ts";
import { SIDES, sideOf } from "../door/rules.ts";
import { note, type Reading, type Writing } from "../door/service.ts";
import { inOpenMonth, type EntryVoucher, type PaidEntry, type SealedEntry } from "../ledger/rules.ts";
import * as ledger from "../ledger/service.ts";
import type { Db, Tx } from "../platform/db.ts";
import { pageFrom, numberBefore } from "../platform/input.ts";
import { leftOf } from "../project/rules.ts";
import {
  assertPossible,
  canTurn,
  missingSides,
  assertRatifies,
  namesEmergency,
  ratificationOf,
  sideToTurn,
  stateOn,
  type Emergency,
  type Holder,
  type Key,
} from "../release/rules.ts";
import {
  needsOf,
  reservedOf,
  type Ask,
  type Needs,
  type Spend,
  type SpendFacts,
  type Wrong,
} from "../request/rules.ts";
import * as requests from "../request/service.ts";
import { askOfSpend, depositOf, factsOf, groundOf, SETTINGS, type Ground } from "../request/service.ts";
import { basisOf, type Resolution } from "../resolution/rules.ts";
import { assertInForce, listResolutions, resolutionOr404, voidedNumbers } from "../resolution/service.ts";
import { assertNothingBlocks, findingsAtRelease, findingsOf } from "../spending/rules.ts";
import { end, leftsOf, settleExpired } from "../spending/service.ts";
import { spellings } from "../supplier/rules.ts";
import { supplierNames } from "../supplier/service.ts";
import { bankAccountsOf } from "../trust/service.ts";
import { linkToEntry, publicHashes } from "../voucher/service.ts";
import { assertMonthHasCome, entryOf, keyWaitsUntil, sourceOf, type Item, type Sheet, type Tab } from "./rules.ts";

// ---- Keys that count ------------------------------------------------------------------------------------------------

/** Requests as they stand today: while one waits, a key counts only as long as whoever turned it holds that key. */
async function withStandingKeys(db: Db, community: string, spends: readonly Spend[]): Promise<Spend[]> {
  if (!spends.some(({ status, keys }) => status === "waiting" && keys.length > 0)) {
    return [...spends];
  }
  const stands = await holdersOf(db, community);
  return spends.map((spend) => (spend.status === "waiting" ? { ...spend, keys: spend.keys.filter(stands) } : spend));
}

/** Who holds which side's key now. */
async function holdersOf(db: Db, community: string): Promise<(key: Key) => boolean> {
  const holders = (await membersOf(db, community, SIDES)).filter(({ isDisabled }) => !isDisabled);
  return ({ account, side }) => holders.some((member) => member.account === account && member.role === side);
}

async function spendOr404(db: Db, community: string, id: number): Promise<Spend> {
  const [spend] = await withStandingKeys(db, community, [await requests.spendOr404(db, community, id)]);
  if (spend === undefined) {
    throw new Error(`spend ${id} of ${community} is gone`);
  }
  return spend;
}

async function undecided(db: Db, community: string): Promise<Spend[]> {
  return withStandingKeys(db, community, await requests.undecided(db, community));
}

/** Writes down which keys count no more, so that somebody else can turn that side's. */
async function dropFallenKeys({ tx, community, now }: Writing, spend: Spend): Promise<void> {
  const kept = await requests.spendOr404(tx, community, spend.id);
  for (const { side, account } of kept.keys) {
    if (!spend.keys.some((key) => key.account === account)) {
      await requests.deleteKey(tx, community, spend.id, account);
      const step = { kind: "taken back", side, actor: account, text: "已不再掌管这把钥匙" } as const;
      await requests.insertStep(tx, community, spend.id, { ...step, at: now.toISOString() });
    }
  }
}

// ---- Keys ---------------------------------------------------------------------------------------------------------

/** The sides a request needs by the facts of now, and those it needed before: nothing takes one away. */
function sidesFor(spend: Pick<Spend, "sides">, needs: Needs): Needs["sides"] {
  return SIDES.filter((side) => needs.sides.includes(side) || spend.sides.includes(side));
}

/** Turns the actor's key. The last one books the money; answers whether it was the last. */
export async function release(call: Writing, id: number): Promise<{ readonly isPaid: boolean }> {
  const { tx, community, actor, now } = call;
  const ground = await groundOf(tx, community, now);
  await settleExpired(call, ground.expired);
  const spend = await spendOr404(tx, community, id);
  assertPossible("release", spend, ground.today);
  const ask = await askOfSpend(tx, ground, spend);
  const facts = await factsOf(tx, ground, ask, id);
  assertNothingBlocks(findingsAtRelease(findingsOf(ask, facts, SETTINGS)));
  const sides = sidesFor(spend, needsOf(ask, facts, SETTINGS));
  const side = sideToTurn(spend, sides, holderOf(call));
  const key = { side, account: actor.id };
  const at = now.toISOString();
  await dropFallenKeys(call, spend);
  await requests.insertKey(tx, community, id, key);
  await requests.insertStep(tx, community, id, { kind: "released", side, actor: actor.id, text: "", at });
  await note(call, "spend released", { id: String(id) });
  if (missingSides({ keys: [...spend.keys, key] }, sides).length > 0) {
    await requests.updateSpend(tx, community, id, { sides });
    return { isPaid: false };
  }
  assertMonthHasCome(ask, ground.today);
  const [first] = await bookReleased(call, ground, spend, ask);
  await requests.updateSpend(tx, community, id, {
    sides,
    status: "paid",
    decidedAt: at,
    entry: first?.seq ?? 0,
    ...(spend.emergency === "" ? {} : { ratifyBy: plusDays(ground.today, SETTINGS.ratifyWithin) }),
  });
  await requests.insertStep(tx, community, id, { kind: "paid", side: "", actor: "", text: "", at });
  await note(call, "spend paid", { id: String(id) });
  return { isPaid: true };
}

/** Books what was released, with its vouchers. */
async function bookReleased(call: Writing, ground: Ground, spend: Spend, ask: Ask): Promise<SealedEntry[]> {
  const { tx, community } = call;
  const vouchers = spend.vouchers.length === 0 ? [] : await publicHashes(tx, community, spend.vouchers);
  return ask.wrong === null
    ? post(call, ground, spend.id, ask, vouchers)
    : correct(call, spend.id, ask, ask.wrong, vouchers);
}

async function post(
  { tx, community, now }: Writing,
  ground: Ground,
  id: number,
  ask: Ask,
  vouchers: readonly EntryVoucher[],
): Promise<SealedEntry[]> {
  const deposit = ask.kind === "deposit-return" ? await depositOf(tx, community, ask.receipt) : null;
  const draft = entryOf(id, ask, ground.today, { vouchers, deposit });
  const entries = await ledger.post(tx, community, [inOpenMonth(ground.book, draft)], now);
  await linkVouchers(tx, community, entries);
  return entries;
}

async function correct(
  { tx, community, now }: Writing,
  id: number,
  ask: Ask,
  { code, account }: Wrong,
  vouchers: readonly EntryVoucher[],
): Promise<SealedEntry[]> {
  const again = account === "" ? {} : { account };
  const proof = vouchers.length === 0 ? {} : { vouchers };
  const wish = { code, reason: ask.purpose, source: sourceOf(id), ...again, ...proof };
  return bookCorrection(tx, community, wish, now);
}

/**
 * Books a correction with what follows from it: a payment that is only reversed did not happen, so its invoices may be
 * paid after all. Whoever calls it has the keys, or the machine (`xinyi correct`).
 */
export async function bookCorrection(
  tx: Tx,
  community: string,
  wish: ledger.Correction,
  now: Date,
): Promise<SealedEntry[]> {
  const entries = await ledger.correctEntry(tx, community, wish, now);
  const corrected = await requests.spendOfEntry(tx, community, entries[0]?.corrects ?? 0);
  if (corrected !== null && wish.account === undefined) {
    await requests.freeInvoices(tx, community, corrected.id);
  }
  await linkVouchers(tx, community, entries);
  return entries;
}

/** What proved a payment proves it too where it is booked again. */
async function linkVouchers(tx: Tx, community: string, entries: readonly SealedEntry[]): Promise<void> {
  for (const { seq, vouchers } of entries) {
    if (vouchers !== undefined) {
      await linkToEntry(tx, community, seq, vouchers);
    }
  }
}

/** Takes the actor's own key back, while others are still missing. */
export async function takeBack(call: Writing, id: number): Promise<void> {
  const { tx, community, actor, now } = call;
  const spend = await spendOr404(tx, community, id);
  assertPossible("take back", spend, dayAt(now));
  const key = spend.keys.find((each) => each.account === actor.id);
  if (key === undefined) {
    throw refuse("KEY_NOT_GIVEN", `您没有放行过第 ${id} 号申请。`, "只能收回自己的放行。", 409);
  }
  await requests.deleteKey(tx, community, id, actor.id);
  const at = now.toISOString();
  await requests.insertStep(tx, community, id, { kind: "taken back", side: key.side, actor: actor.id, text: "", at });
  await note(call, "spend key taken back", { id: String(id) });
}

/** Sends a request back with a reason: one holder of a key is enough. */
export async function refuseSpend(call: Writing, id: number, reason: string): Promise<void> {
  const { tx, community, actor, now } = call;
  assertPossible("refuse", await spendOr404(tx, community, id), dayAt(now));
  const side = sideOf(actor, community) ?? "";
  await end(call, id, { kind: "refused", side, actor: actor.id, text: reason });
}

/** Takes one's own request back. */
export async function withdraw(call: Writing, id: number, reason: string): Promise<void> {
  const { tx, community, actor, now } = call;
  const spend = await spendOr404(tx, community, id);
  assertPossible("withdraw", spend, dayAt(now));
  if (spend.askedBy !== actor.id) {
    throw refuse("NOT_YOUR_REQUEST", `第 ${id} 号申请不是您提出的。`, "请申请人撤回；您可以把它退回。", 409);
  }
  await end(call, id, { kind: "withdrawn", side: "", actor: actor.id, text: reason });
}

// ---- Emergencies ----------------------------------------------------------------------------------------------------

/** An emergency that was paid and is not ratified, or a refusal. */
export async function emergencyOpen(
  db: Db,
  community: string,
  id: number,
  today: Day,
): Promise<{ readonly spend: Spend; readonly emergency: Emergency }> {
  const spend = await spendOr404(db, community, id);
  assertPossible("ratify", spend, today);
  const steps = await requests.stepsOf(db, community, id);
  const isRatified = ratificationOf(spend, steps, await voidedNumbers(db, community)) === "ratified";
  if (spend.ratifyBy === null || isRatified) {
    const words = spend.ratifyBy === null ? "不是紧急支出，不用追认" : "已经追认";
    throw refuse("NOT_TO_RATIFY", `第 ${id} 号申请${words}。`, "请在“待追认”里找。", 409);
  }
  return { spend, emergency: await emergencyOf(db, community, spend) };
}

async function emergencyOf(db: Db, community: string, { id, entry, day }: Spend): Promise<Emergency> {
  const codes = await ledger.entryCodes(db, community, entry === null ? [] : [entry]);
  return { id, entry: codes.get(entry ?? 0) ?? "", paidOn: day };
}

/** Ratifies an emergency by a resolution of the register that names it. */
export async function ratify(call: Writing, id: number, number: string): Promise<void> {
  const { tx, community, now } = call;
  const { spend, emergency } = await emergencyOpen(tx, community, id, dayAt(now));
  await assertInForce(tx, community, number);
  assertRatifies(await resolutionOr404(tx, community, number), emergency);
  await judge(call, id, { kind: "ratified", text: number });
  // Where the resolution before was voided, the day of the first ratification stays.
  if (spend.ratifiedAt === null) {
    await requests.setRatified(tx, community, id, now.toISOString());
  }
}

/** Keeps that the committee voted on an emergency and did not ratify it. */
export async function decline(call: Writing, id: number, why: string): Promise<void> {
  await emergencyOpen(call.tx, call.community, id, dayAt(call.now));
  await judge(call, id, { kind: "declined", text: why });
}

async function judge(
  call: Writing,
  id: number,
  { kind, text }: { readonly kind: "ratified" | "declined"; readonly text: string },
): Promise<void> {
  const { tx, community, actor, now } = call;
  const step = { kind, side: "committee", actor: actor.id, text, at: now.toISOString() } as const;
  await requests.insertStep(tx, community, id, step);
  await note(call, `spend ${kind}`, { id: String(id) });
}

/** The resolutions in force that name an emergency, newest first. */
export async function resolutionsFor(db: Db, community: string, spend: Spend): Promise<Resolution[]> {
  const emergency = await emergencyOf(db, community, spend);
  const all = await listResolutions(db, community);
  return all.filter(
    (each) => each.voided === null && each.decidedOn >= emergency.paidOn && namesEmergency(each, emergency),
  );
}

// ---- Lists --------------------------------------------------------------------------------------------------------

export interface ListWish {
  readonly tab: Tab;
  readonly find: string;
  /** The id where the page before ended. */
  readonly after?: string | undefined;
  readonly limit: number;
}

/** Requests of a tab, newest first. */
export async function list(
  call: Reading,
  { tab, find, after, limit }: ListWish,
): Promise<{ readonly items: Item[]; readonly next: string | null }> {
  const found = await inTab(call, tab, { words: find, before: numberBefore(after), limit: limit + 1 });
  const { items: shown, next } = pageFrom(found, limit, ({ id }) => String(id));
  return { items: await itemsOf(call, shown), next };
}

async function inTab(
  call: Reading,
  tab: Tab,
  filter: Omit<requests.SpendFilter, "statuses">,
): Promise<readonly Spend[]> {
  const { db, community, now } = call;
  const today = dayAt(now);
  const isShown = ({ id, payee, purpose }: Spend): boolean =>
    id < filter.before && (payee.includes(filter.words) || purpose.includes(filter.words));
  const newestFirst = (spends: readonly Spend[]): Spend[] => spends.filter(isShown).toReversed();
  switch (tab) {
    case "paid":
      return requests.spendsWhere(db, community, { ...filter, statuses: ["paid"] });
    case "unratified":
      return newestFirst(await requests.emergenciesOpen(db, community));
    case "closed": {
      const statuses = ["refused", "withdrawn", "expired"] as const;
      const decided = await requests.spendsWhere(db, community, { ...filter, statuses });
      const expired = (await undecided(db, community)).filter((each) => stateOn(each, today) === "expired");
      return [...decided, ...newestFirst(expired)].toSorted((a, b) => b.id - a.id).slice(0, filter.limit);
    }
    case "mine":
    case "waiting": {
      const waiting = (await undecided(db, community)).filter((each) => stateOn(each, today) === "waiting");
      const holder = holderOf(call);
      const mine = waiting.filter((spend) => tab === "waiting" || canTurn(spend, spend.sides, holder));
      return newestFirst(mine).slice(0, filter.limit);
    }
  }
}

function holderOf({ actor, community }: Pick<Reading, "actor" | "community">): Holder {
  return { account: actor.id, side: sideOf(actor, community) };
}

async function itemsOf(call: Reading, spends: readonly Spend[]): Promise<Item[]> {
  const { db, community, now } = call;
  if (spends.length === 0) {
    return [];
  }
  const banks = await bankAccountsOf(db, community);
  const suppliers = await supplierNames(
    db,
    community,
    spends.flatMap((spend) => spend.supplier ?? []),
  );
  const people = await displayNames(db, [...new Set(spends.map((spend) => spend.askedBy))]);
  return spends.map((spend) => ({
    spend,
    state: stateOn(spend, dayAt(now)),
    fund: banks.find((bank) => bank.code === spend.bank)?.fund ?? "",
    payee: suppliers.get(spend.supplier ?? 0) ?? spend.payee,
    askedBy: people.get(spend.askedBy) ?? "",
    missing: stateOn(spend, dayAt(now)) === "waiting" ? missingSides(spend, spend.sides) : [],
    isMine: stateOn(spend, dayAt(now)) === "waiting" && canTurn(spend, spend.sides, holderOf(call)),
  }));
}

/** How many requests wait for the reader, for anybody, and for the committee's ratification. */
export async function countsOf(
  call: Reading,
): Promise<{ readonly mine: number; readonly waiting: number; readonly unratified: number }> {
  const { db, community, now } = call;
  const waiting = (await undecided(db, community)).filter((each) => stateOn(each, dayAt(now)) === "waiting");
  return {
    mine: waiting.filter((spend) => canTurn(spend, spend.sides, holderOf(call))).length,
    waiting: waiting.length,
    unratified: (await requests.emergenciesOpen(db, community)).length,
  };
}

// ---- One request ----------------------------------------------------------------------------------------------------

const LAST_PAYMENTS = 5;

export async function sheetOf(call: Reading, id: number): Promise<Sheet> {
  const { db, community, now } = call;
  const ground = await groundOf(db, community, now);
  const spend = await spendOr404(db, community, id);
  const [item] = await itemsOf(call, [spend]);
  if (item === undefined) {
    throw new Error(`spend ${id} of ${community} is gone`);
  }
  const ask = await askOfSpend(db, ground, spend);
  const facts = await factsOf(db, ground, ask, id);
  const steps = await requests.stepsOf(db, community, id);
  const people = [spend.askedBy, ...steps.map((step) => step.actor)].filter((actor) => actor !== "");
  const isWaiting = item.state === "waiting";
  const needs = needsOf(ask, facts, SETTINGS);
  const sides = isWaiting ? sidesFor(spend, needs) : spend.sides;
  return {
    ...item,
    ask,
    missing: isWaiting ? missingSides(spend, sides) : [],
    isMine: isWaiting && canTurn(spend, sides, holderOf(call)),
    findings: isWaiting ? findingsAtRelease(findingsOf(ask, facts, SETTINGS)) : [],
    waitsUntil: isWaiting ? keyWaitsUntil(ask, ground.today) : null,
    needs: { ...needs, sides },
    lefts: leftsOf(ask, facts),
    steps,
    names: await displayNames(db, [...new Set(people)]),
    lastPayments: await lastPaymentsTo(db, community, ask, spend.entry),
    entry: spend.entry === null ? "" : ((await ledger.entryCodes(db, community, [spend.entry])).get(spend.entry) ?? ""),
    basis: basisOf(community, spend.resolution, new Set(facts.resolution === null ? [] : [spend.resolution])),
    project: projectWords(facts),
    ratification: spend.ratifyBy === null ? null : ratificationOf(spend, steps, await voidedNumbers(db, community)),
  };
}

/** What is left of the project that a payment rests on, beside what waits. */
function projectWords({ project, waiting }: SpendFacts): string {
  if (project === null) {
    return "";
  }
  const left = displayYuan(leftOf(project, reservedOf(project.resolution, waiting)));
  return `${project.name}：决议 ${displayYuan(project.amount)} 元，已付 ${displayYuan(project.paid)} 元，还剩 ${left} 元`;
}

async function lastPaymentsTo(
  db: Db,
  community: string,
  { payee, supplier }: Ask,
  own: number | null,
): Promise<readonly PaidEntry[]> {
  const names = [payee, ...(supplier === null ? [] : spellings(supplier.name))].filter((name) => name !== "");
  const paid =
    names.length === 0
      ? []
      : await ledger.paymentsTo(db, community, names, { first: EARLIEST, last: LATEST, count: LAST_PAYMENTS + 1 });
  return paid.filter((entry) => entry.seq !== own).slice(0, LAST_PAYMENTS);
}

const EARLIEST = firstDay(EARLIEST_MONTH);
const LATEST = lastDay(LATEST_MONTH);
