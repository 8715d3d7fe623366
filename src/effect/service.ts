// From a resolution to data: checked when it is drafted and when notice is given, applied when it is final, undone when
// it is voided. Nothing else changes rates, discount rules, the draw, the sweep or the rules of procedure.
import { dayAt, laterMonth, nextMonth, type Day, type Month } from "../base/month.ts";
import { add, fromYuan, negate, sum, ZERO } from "../base/money.ts";
import { Refusal, refuse, type Fault } from "../base/refusal.ts";
import { plannedBy } from "../budget/rules.ts";
import { budgetOf, changeBudget, takeBackChanges, withdrawBudget } from "../budget/service.ts";
import type { Reading } from "../door/service.ts";
import { insertHandover } from "../handover/service.ts";
import { CASH, openMonth, REPAIR } from "../ledger/rules.ts";
import * as ledger from "../ledger/service.ts";
import { unitsOf, usesOf } from "../people/service.ts";
import { answer, attempt, type Db, type Tx } from "../platform/db.ts";
import { valueAt } from "../platform/form.ts";
import {
  adoptPlan,
  assertVotable,
  listPlans,
  planVersionSummary,
  ratesMissing,
  type RatesHolding,
} from "../plan/service.ts";
import { changedSettings, DEFAULT_PROCEDURE, procedureOn } from "../procedure/rules.ts";
import { insertProcedure, procedureAt, proceduresOf } from "../procedure/service.ts";
import { promisedTo } from "../project/rules.ts";
import { insertProject, projectsOf } from "../project/service.ts";
import type { Resolution } from "../resolution/rules.ts";
import { listResolutions } from "../resolution/service.ts";
import type { MatterKind } from "../tally/rules.ts";
import { rateIn, ruleIn, rulesInForce, type DiscountRule, type Rate, type Tariff } from "../tariff/rules.ts";
import { billedThrough, insertDiscountRules, insertPlacement, insertRates, tariffOf } from "../tariff/service.ts";
import { basisOfTerm, DEED_TERMS, deedIn, termWithout, versionsWith, type DeedTerm } from "../trust/rules.ts";
import { deedVersionsOf, findCommunity, insertDeedVersions } from "../trust/service.ts";
import {
  changeWish,
  clashFaults,
  columnSent,
  effectFaults,
  effectiveFrom,
  effectSent,
  firstMonthFor,
  missingFaults,
  placesSetting,
  ratesBeside,
  rateWithout,
  readEffect,
  settingsWithout,
  type Effect,
  type EffectFacts,
  type FeeChange,
  type PlacedEffect,
  type RulesChange,
} from "./rules.ts";
import {
  dependenceWords,
  effectFields,
  effectWords,
  homeWords,
  planName,
  planWords,
  type EffectWords,
} from "./page.ts";
import * as store from "./store.ts";

export { appliedBy } from "./store.ts";

// ---- Checking ---------------------------------------------------------------------------------------------------

/**
 * What an effect is checked against and told beside; `without`: as if that resolution had changed nothing, for the page
 * that tells afterwards what was voted on.
 */
async function factsOf(db: Db, community: string, effect: Effect, now: Date, without = ""): Promise<EffectFacts> {
  const book = await ledger.bookOf(db, community);
  const open = openMonth(book);
  const billed = await billedThrough(db, community);
  const standing = await answer(db, ledger.standingsNow(community));
  const isOther = ({ resolution = "" }: { readonly resolution?: string | null }): boolean =>
    without === "" || resolution !== without;
  const { rates, discounts, placements } = await tariffOf(db, community);
  const budget = "year" in effect ? await budgetOf(db, community, effect.year) : [];
  const changed = "year" in effect && without !== "" ? changeWish(effect).changes : [];
  return {
    today: dayAt(now),
    trustee: (await findCommunity(db, community))?.trustee ?? "",
    open,
    unbilled: billed === "" ? open : laterMonth(open, nextMonth(billed)),
    uses: await usesOf(db, community),
    tariff: { rates: rates.filter(isOther), discounts: discounts.filter(isOther), placements },
    deeds: (await deedVersionsOf(db, community)).filter((deed) =>
      DEED_TERMS.every((term) => isOther({ resolution: basisOfTerm(deed, term) ?? "" })),
    ),
    settings: procedureOn((await proceduresOf(db, community)).filter(isOther), dayAt(now)).settings,
    repair: sum(
      standing.filter(({ fund, account }) => fund === REPAIR && account === CASH).map(({ amount }) => amount),
    ),
    promised: promisedTo((await projectsOf(db, community)).filter(isOther)),
    closedThrough: book.closedThrough,
    planned: plannedBy([...budget, ...changed.map(({ account, amount }) => ({ account, amount: negate(amount) }))]),
  };
}

/** What speaks against an effect now, each fault at its field below `at`: when it is drafted, and again at notice. */
export async function checkEffect(
  db: Db,
  community: string,
  effect: Effect,
  now: Date,
  at = "effect",
): Promise<readonly Fault[]> {
  if ("plan" in effect) {
    return assertVotable(db, community, effect).then(
      () => [],
      (error: unknown) => planFaults(error, at),
    );
  }
  return effectFaults(effect, await factsOf(db, community, effect, now), at);
}

/** Checks all matters of one vote together, as things will be on the day on which it can be final at the earliest. */
export async function checkTogether(
  db: Db,
  community: string,
  matters: readonly PlacedEffect[],
  { now, finalOn }: { readonly now: Date; readonly finalOn: Day },
): Promise<Fault[]> {
  const faults = clashFaults(matters);
  let promised = ZERO;
  for (const { place, effect } of matters) {
    const at = `matters.${place}`;
    const facts = await factsOf(db, community, effect, now);
    if ("plan" in effect) {
      const found = await checkEffect(db, community, effect, now, at);
      const beside = holding(facts, ratesBeside(matters));
      const missing = found.length > 0 ? [] : await ratesMissing(db, community, effect, beside);
      faults.push(...found, ...missingFaults(missing, at));
    } else {
      const then = { ...facts, today: finalOn, promised: add(facts.promised, promised) };
      faults.push(...effectFaults(effect, then, at));
      promised = effect.kind === "use-repair-fund" ? add(promised, fromYuan(effect.amount)) : promised;
    }
  }
  return faults;
}

/** The rates that hold once other matters passed, too. */
function holding({ tariff, unbilled }: EffectFacts, beside: readonly Rate[] = []): RatesHolding {
  return { rates: [...tariff.rates, ...beside], from: unbilled };
}

/** The matters of a vote, and which are known to have passed: none before the count. */
interface VotedBeside {
  readonly matters: readonly PlacedEffect[];
  readonly passed?: ReadonlySet<number>;
  readonly now: Date;
}

/** What a change of fees comes to for the home with these units, in words; "" where it changes nothing for it. */
export async function homeEffect(db: Db, community: string, effect: Effect, names: readonly string[]): Promise<string> {
  if (effect.kind !== "fee-change" || names.length === 0) {
    return "";
  }
  const mine = new Set(names);
  const units = (await unitsOf(db, community)).filter(({ name }) => mine.has(name));
  return homeWords(effect, units, await tariffOf(db, community));
}

/**
 * What an effect needs beside its own vote, in words; "" when nothing. A budget that counts on new rates is carried out
 * only with them: whoever votes on it should know on which other matter it depends.
 */
export async function dependenceOf(
  db: Db,
  community: string,
  effect: Effect,
  { matters, passed = new Set(), now }: VotedBeside,
): Promise<string> {
  if (!("plan" in effect)) {
    return "";
  }
  const facts = await factsOf(db, community, effect, now);
  const sure = ratesBeside(matters.filter(({ place }) => passed.has(place)));
  const missing = await ratesMissing(db, community, effect, holding(facts, sure));
  return missing.length === 0 ? "" : dependenceWords(missing, placesSetting(matters, missing));
}

/** A version that cannot be voted on is a fault of the matter that names it. */
function planFaults(error: unknown, at: string): Fault[] {
  if (!(error instanceof Refusal)) {
    throw error;
  }
  return error.faults.map((each) => ({ ...each, column: `${at}.version` }));
}

/**
 * What an effect changes, in words, with what holds now, or (`resolution`: what it became) with what held before it.
 */
export async function describeEffect(
  db: Db,
  community: string,
  effect: Effect,
  now: Date,
  resolution = "",
): Promise<EffectWords> {
  return "plan" in effect
    ? planWords(await planVersionSummary(db, community, effect))
    : effectWords(effect, await factsOf(db, community, effect, now, resolution));
}

// ---- Drafting ---------------------------------------------------------------------------------------------------

/** The effect that was sent for a matter, if it can be as things stand; what cannot be is refused where it was sent. */
export async function soundEffect(
  db: Db,
  community: string,
  { kind, sent }: { readonly kind: MatterKind; readonly sent: unknown },
  now: Date,
): Promise<Effect> {
  try {
    const { settings } = await procedureAt(db, community, now);
    const effect = readEffect(kind, effectSent(kind, sent, settings));
    const faults = await checkEffect(db, community, effect, now);
    assertNone(faults);
    return effect;
  } catch (error) {
    const inPlace = (fault: Fault): Fault => ({ ...fault, column: columnSent(sent, fault.column ?? "effect") });
    throw error instanceof Refusal ? new Refusal(error.faults.map(inPlace), error.status) : error;
  }
}

/**
 * The form of a matter's effect. `known`: as it is kept, or handed over by another page; `typed`: as it was sent; `here`:
 * the address of the form for another draft of a budget.
 */
export async function effectForm(
  call: Reading,
  kind: MatterKind,
  { here, ...given }: { readonly known: object; readonly typed: object | undefined; readonly here: string },
) {
  const facts = await factsOf(call.db, call.community, NOTHING, call.now);
  const from = firstMonthFor(kind, facts);
  const fields = effectFields(kind, given, { ...facts, from, deed: deedIn(facts.deeds, from) });
  return { ...fields, ...(await planChoice(call, kind, fields.effect, here)) };
}

/** Which draft of a year's budget is voted on, or where there is none, which drafts wait for it. */
async function planChoice(call: Reading, kind: MatterKind, effect: object, here: string) {
  const [year = 0, version = 0] = [valueAt(effect, "plan"), valueAt(effect, "version")].map(Number);
  const isPlan = kind === "budget" && Number.isInteger(year) && Number.isInteger(version);
  const { items } = kind === "budget" && !isPlan ? await listPlans.run(call, {}) : { items: [] };
  return {
    isPlan,
    plan: { year, version, name: planName(year, version) },
    plans: items.flatMap((each) =>
      each.frozen === null || each.adopted !== null
        ? []
        : [{ name: planName(each.year, each.frozen), href: `${here}&plan=${each.year}&version=${each.frozen}` }],
    ),
  };
}

// ---- Applying ---------------------------------------------------------------------------------------------------

/**
 * Carries a final resolution's effect out, in the transaction that makes it final. What was billed or closed since it
 * was drafted stays: the effect holds from the first month that is neither. What cannot be carried out any more changes
 * nothing and keeps nobody else's matter from being final: the resolution stands with the reason, which is answered ("" =
 * it was carried out).
 */
export async function applyEffect(
  tx: Tx,
  community: string,
  resolution: Resolution,
  effect: Effect,
  now: Date,
): Promise<string> {
  if (effect.kind === "none") {
    return "";
  }
  const facts = await factsOf(tx, community, effect, now);
  const refusal = await attempt(tx, (inner) =>
    carryOut(inner, community, { number: resolution.number, effect, facts, now }),
  );
  const refused = refusal === null ? "" : refusal.faults.map(({ message }) => message).join("");
  const from = refusal === null && "from" in effect ? effectiveFrom(effect, facts) : null;
  await store.insertApplied(tx, community, resolution.number, { effect, from, refused }, now);
  return refused;
}

interface CarryingOut {
  readonly number: string;
  readonly effect: Exclude<Effect, { kind: "none" }>;
  readonly facts: EffectFacts;
  readonly now: Date;
}

async function carryOut(tx: Tx, community: string, { number, effect, facts, now }: CarryingOut): Promise<void> {
  switch (effect.kind) {
    case "fee-change":
      await setRates(tx, community, { ...effect, from: effectiveFrom(effect, facts) }, number, now);
      break;
    case "draw-change":
      await setTerm(tx, community, "draw", { from: effectiveFrom(effect, facts), value: effect.draw, basis: number });
      break;
    case "sweep-rule":
      await setTerm(tx, community, "sweep", { from: effectiveFrom(effect, facts), value: effect.sweep, basis: number });
      break;
    case "manager":
      await startHandover(tx, community, { ...effect, resolution: number }, facts);
      break;
    case "use-repair-fund": {
      assertNone(effectFaults(effect, facts));
      const { project: name, amount, accounts } = effect;
      await insertProject(tx, community, { resolution: number, name, amount: fromYuan(amount), accounts }, now);
      break;
    }
    case "rules":
      assertNone(effectFaults(effect, facts));
      await setRules(tx, community, effect.settings, { from: facts.today, resolution: number, now });
      break;
    case "budget":
      await ("plan" in effect
        ? adoptPlan(tx, community, effect, { resolution: number, ...holding(facts) })
        : changeBudget(tx, community, changeWish(effect), { resolution: number, by: "", at: now }));
  }
}

/** What stood against nobody's matter when the notice was given may stand against it now. */
function assertNone(faults: readonly Fault[]): void {
  if (faults.length > 0) {
    throw new Refusal(faults, 409);
  }
}

async function setRates(
  tx: Tx,
  community: string,
  { from, rates, discounts }: FeeChange,
  resolution: string,
  now: Date,
): Promise<void> {
  await insertRates(
    tx,
    community,
    rates.map(({ use, rate }): Rate => ({ use, rate, from, resolution })),
  );
  // A rule whose last month has gone by meanwhile has nothing left to hold for.
  const rules = discounts.filter(({ until }) => until === undefined || until >= from);
  await insertDiscountRules(
    tx,
    community,
    rules.map(({ name, factor, text, until }): DiscountRule => ({
      name,
      from,
      factor,
      text,
      resolution,
      ...(until === undefined ? {} : { until }),
    })),
    { by: "", at: now },
  );
}

async function setTerm<T extends DeedTerm>(
  tx: Tx,
  community: string,
  term: T,
  { from, ...changed }: { readonly from: Month } & Parameters<typeof versionsWith<T>>[3],
): Promise<void> {
  const versions = await deedVersionsOf(tx, community);
  await insertDeedVersions(tx, community, versionsWith(versions, from, term, changed));
}

/** Who manages already is kept on; any other company takes over. */
async function startHandover(
  tx: Tx,
  community: string,
  { company, day, resolution }: { readonly company: string; readonly day: Day; readonly resolution: string },
  { trustee, today }: EffectFacts,
): Promise<void> {
  if (company !== trustee) {
    await insertHandover(tx, community, { resolution, outgoing: trustee, company, day, startedOn: today });
  }
}

async function setRules(
  tx: Tx,
  community: string,
  change: RulesChange["settings"],
  { from, resolution, now }: { readonly from: Day; readonly resolution: string; readonly now: Date },
): Promise<void> {
  const versions = await proceduresOf(tx, community);
  const { settings } = procedureOn(versions, from);
  const version = { seq: versions.length + 1, from, settings: changedSettings(settings, change), resolution };
  await insertProcedure(tx, community, version, { by: "", at: now });
}

// ---- Undoing ----------------------------------------------------------------------------------------------------

const NOTHING: Effect = { kind: "none" };

/**
 * The first month from which a resolution may be voided: never backwards into what was billed or closed, nor before it
 * holds at all.
 */
export async function firstVoidMonth(db: Db, community: string, number: string, now: Date): Promise<Month> {
  const applied = await store.appliedBy(db, community, number);
  const effect = applied === null || applied.refused !== "" ? NOTHING : applied.effect;
  const first = firstMonthFor(effect.kind, await factsOf(db, community, effect, now));
  return laterMonth(first, applied?.from ?? first);
}

/** Refuses to void a resolution from a month in which something rests on it. */
export async function assertVoidMonth(
  db: Db,
  community: string,
  { number, from }: { readonly number: string; readonly from: string },
  now: Date,
): Promise<void> {
  const first = await firstVoidMonth(db, community, number, now);
  if (from < first) {
    throw refuse(
      "VOID_MONTH_TOO_EARLY",
      `${from} 已经结账、出账，或决议那时还没有生效，不能从那个月起作废。`,
      `请选 ${first} 或以后的月份；已经收付的，另行更正或退还。`,
      409,
    );
  }
}

/**
 * Restores what held before a voided resolution, from a month on, by new rows. What was decided anew since then stays.
 * A project takes no more payments and a handover ends by the voiding itself.
 */
export async function undoEffect(tx: Tx, community: string, number: string, from: Month, now: Date): Promise<void> {
  await assertVoidMonth(tx, community, { number, from }, now);
  const applied = await store.appliedBy(tx, community, number);
  const voided = new Set((await listResolutions(tx, community)).flatMap((each) => (each.voided ? [each.number] : [])));
  voided.add(number);
  const effect = applied === null || applied.refused !== "" ? NOTHING : applied.effect;
  // Also what the committee moved within the deed's limit: its decisions carry themselves out.
  await takeBackChanges(tx, community, { resolution: number, by: "", at: now });
  switch (effect.kind) {
    case "fee-change":
      await restoreRates(tx, community, effect, { number, from, voided, now });
      break;
    case "draw-change":
      await restoreTerm(tx, community, "draw", { number, from, voided });
      break;
    case "sweep-rule":
      await restoreTerm(tx, community, "sweep", { number, from, voided });
      break;
    case "rules":
      await restoreRules(tx, community, effect, number, now);
      break;
    case "budget":
      if ("plan" in effect && applied?.refused === "") {
        await withdrawBudget(tx, community, effect.plan, { resolution: number, by: "", at: now });
      }
      break;
    case "manager":
    case "use-repair-fund":
    case "none":
  }
}

interface Undoing {
  readonly number: string;
  readonly from: Month;
  readonly voided: ReadonlySet<string>;
}

async function restoreRates(
  tx: Tx,
  community: string,
  effect: FeeChange,
  { number, from, voided, now }: Undoing & { readonly now: Date },
): Promise<void> {
  const tariff = await tariffOf(tx, community);
  const uses = effect.rates.map(({ use }) => use);
  const resting = uses.filter((use) => rateIn(tariff.rates, use, from)?.resolution === number);
  const rates = resting.map((use) => ({ use, from, ...rateWithout(tariff.rates, use, from, voided) }));
  await insertRates(
    tx,
    community,
    rates.map(({ use, rate, resolution }) => ({
      use,
      from,
      rate,
      ...(resolution === undefined ? {} : { resolution }),
    })),
  );
  for (const { name } of effect.discounts) {
    await restoreRule(tx, community, name, { number, from, voided, tariff, now });
  }
}

/** A rule gets its version of before; where there was none, units stand under it no more. */
async function restoreRule(
  tx: Tx,
  community: string,
  name: string,
  { number, from, voided, tariff, now }: Undoing & { readonly tariff: Tariff; readonly now: Date },
): Promise<void> {
  if (ruleIn(tariff.discounts, name, from)?.resolution !== number) {
    return;
  }
  const recorded = { by: "", at: now };
  const before = tariff.discounts.findLast(
    (rule) => rule.name === name && rule.from <= from && !voided.has(rule.resolution),
  );
  const isOver = before?.until !== undefined && before.until < from;
  const ended = { name, from, factor: "1", text: `决议 ${number} 已作废，不再减免`, resolution: number };
  await insertDiscountRules(tx, community, [before === undefined || isOver ? ended : { ...before, from }], recorded);
  if (before !== undefined && !isOver) {
    return;
  }
  for (const [unit, rule] of rulesInForce(from, tariff)) {
    if (rule.name === name) {
      const placement = { unit, from, rule: "", reason: `决议 ${number} 已作废` };
      await insertPlacement(tx, community, placement, recorded);
    }
  }
}

async function restoreTerm(
  tx: Tx,
  community: string,
  term: DeedTerm,
  { number, from, voided }: Undoing,
): Promise<void> {
  const versions = await deedVersionsOf(tx, community);
  const before = termWithout(versions, from, term, voided);
  if (basisOfTerm(deedIn(versions, from), term) === number && before !== undefined) {
    await insertDeedVersions(tx, community, versionsWith(versions, from, term, before));
  }
}

/** No bill rests on the rules of procedure: they go back at once. */
async function restoreRules(tx: Tx, community: string, effect: RulesChange, number: string, now: Date): Promise<void> {
  const versions = await proceduresOf(tx, community);
  const own = versions.find(({ resolution }) => resolution === number);
  const before = versions.findLast(({ seq }) => seq < (own?.seq ?? 0)) ?? DEFAULT_PROCEDURE;
  const today = dayAt(now);
  const current = procedureOn(versions, today).settings;
  const settings = settingsWithout(current, { change: effect.settings, before: before.settings });
  const version = { seq: versions.length + 1, from: today, settings, resolution: number };
  await insertProcedure(tx, community, version, { by: "", at: now });
}
