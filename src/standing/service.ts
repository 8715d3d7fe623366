// Where a unit stands, for its owner and for the desk; who owes since when; and reminding them.
import { z } from "zod";
import { least, subtract, sum, toYuan, ZERO, type Fen } from "../base/money.ts";
import { dayAt, LATEST_MONTH, month, plusDays, yearOf, type Day, type Month } from "../base/month.ts";
import { refuse, Refusal } from "../base/refusal.ts";
import { ownersOf, type Actor } from "../door/rules.ts";
import { command, note, query, type Reading } from "../door/service.ts";
import { dueOn, owedBy, owedOn, standingNow, type Bill, type Standing } from "../fees/rules.ts";
import { billsOfUnit, nextBillOf, openAccountOf, standingsOf } from "../fees/service.ts";
import { openMonth } from "../ledger/rules.ts";
import * as ledger from "../ledger/service.ts";
import { heldSince, unitsHeldBy, type Unit } from "../people/rules.ts";
import { holdingsAround, holdingsOf, unitsOf, unitNamed } from "../people/service.ts";
import {
  dayText,
  listInput,
  listOf,
  numberBefore,
  orNone,
  pageFrom,
  paragraph,
  wholeNumber,
  words,
  yearNumber,
} from "../platform/input.ts";
import type { Db } from "../platform/db.ts";
import { receiptNumber, type Receipt } from "../receipt/rules.ts";
import { receiptOf, receiptsBefore, receiptsOfEntries } from "../receipt/service.ts";
import { chargesOf, type Charge, type Tariff } from "../tariff/rules.ts";
import { tariffOf } from "../tariff/service.ts";
import { AGE_BANDS, arrearsOn, letterRows, overdueFor, PAY_WITHIN_DAYS, type Arrears } from "./rules.ts";
import * as store from "./store.ts";

export { findRun, remindersOf, type ReminderRun } from "./store.ts";

// ---- One unit -----------------------------------------------------------------------------------------------------

const basisOutput = z.object({
  rate: z.string(),
  area: z.string(),
  factor: z.string(),
  rule: z.string().nullable(),
  resolution: z.string().nullable(),
});

const billOutput = z.object({
  period: z.string(),
  amount: z.string(),
  paid: z.string(),
  left: z.string(),
  due: z.string(),
  basis: basisOutput.nullable().meta({ description: "null for arrears from before this book" }),
});

const accountOutput = z.object({
  unit: z.string(),
  use: z.string(),
  area: z.string(),
  asOf: z.string(),
  owed: z.string(),
  overdue: z.string().meta({ description: "the part of it whose due day is over" }),
  since: z.string().nullable().meta({ description: "the month of the oldest unpaid bill" }),
  prepaid: z.string(),
  unpaid: z.array(billOutput),
  next: z.object({ period: z.string(), amount: z.string(), fromPrepaid: z.string(), basis: basisOutput }).nullable(),
  year: z.number(),
  years: z.array(z.number()),
  bills: z.array(billOutput),
  payments: z.array(
    z.object({
      day: z.string(),
      amount: z.string(),
      kind: z.string(),
      entry: z.string(),
      receipt: z.string().nullable(),
      isCancelled: z.boolean(),
    }),
  ),
  others: z
    .array(
      z.object({ receipt: z.string(), day: z.string(), kind: z.string(), purpose: z.string(), amount: z.string() }),
    )
    .meta({ description: "the last receipts for anything but fees" }),
  reminded: z.string().nullable(),
});

type UnitAccountView = z.input<typeof accountOutput>;

function basisOf(charge: Charge): z.input<typeof basisOutput> {
  const { rate, unit, factor, rule } = charge;
  const resolution = rule?.resolution ?? rate.resolution ?? null;
  return { rate: rate.rate, area: unit.area, factor, rule: rule?.name ?? null, resolution };
}

/** A bill with what it rests on: told only when that comes to its amount. */
function toBill(bill: Bill, unit: Unit, tariff: Tariff): z.input<typeof billOutput> {
  const [charge] = bill.origin === "billed" ? chargesOf(bill.period, [unit], tariff).charges : [];
  return {
    period: bill.period,
    amount: toYuan(bill.amount),
    paid: toYuan(bill.settled),
    left: toYuan(owedOn(bill)),
    due: dueOn(bill.period),
    basis: charge !== undefined && charge.amount === bill.amount ? basisOf(charge) : null,
  };
}

const OTHERS_MAX = 10;

/** Everything of one unit, as if all open months were closed now; bills and payments of one year. */
async function accountView(
  db: Db,
  community: string,
  wish: { readonly unit: Unit; readonly year?: number | undefined; readonly since?: Day | null },
  today: Day,
): Promise<UnitAccountView> {
  const { unit, since = null } = wish;
  const isShown = ({ day }: { readonly day: string }): boolean => since === null || day >= since;
  const book = await ledger.bookOf(db, community);
  const standing = standingNow(await openAccountOf(db, community, unit.name), openMonth(book));
  const tariff = await tariffOf(db, community);
  const months = await ledger.monthsInBooks(db, community, LATEST_MONTH);
  const lastYear = yearOf(months.at(-1) ?? book.firstMonth);
  const years = Array.from({ length: lastYear - yearOf(book.firstMonth) + 1 }, (_, index) => lastYear - index);
  const year = wish.year !== undefined && years.includes(wish.year) ? wish.year : lastYear;
  const range = { first: month(`${year}-01`), last: month(`${year}-12`) };
  const unpaid = standing.bills.filter((bill) => owedOn(bill) > 0);
  const reminded = (await store.lastReminders(db, community, unit.name)).get(unit.name) ?? null;
  return {
    unit: unit.name,
    use: unit.use,
    area: unit.area,
    asOf: today,
    owed: toYuan(owedBy(standing)),
    overdue: toYuan(sum(unpaid.filter(({ period }) => dueOn(period) < today).map(owedOn))),
    since: unpaid[0]?.period ?? null,
    prepaid: toYuan(standing.prepaid),
    unpaid: unpaid.map((bill) => toBill(bill, unit, tariff)),
    next: await nextOf(db, community, unit, standing),
    year,
    years,
    bills: (await billsOfYear(db, community, unit, { range, standing })).map((bill) => toBill(bill, unit, tariff)),
    payments: (await paymentsIn(db, community, unit, range)).filter(isShown),
    others: (await othersOf(db, community, unit)).filter(isShown),
    reminded,
  };
}

async function nextOf(db: Db, community: string, unit: Unit, standing: Standing): Promise<UnitAccountView["next"]> {
  const next = await nextBillOf(db, community, unit);
  if (next === null) {
    return null;
  }
  const { period, charge } = next;
  const fromPrepaid = standing.prepaid > 0 ? least(standing.prepaid, charge.amount) : ZERO;
  return { period, amount: toYuan(charge.amount), fromPrepaid: toYuan(fromPrepaid), basis: basisOf(charge) };
}

/** A year's bills, newest first; those that open months have changed as they stand now. */
async function billsOfYear(
  db: Db,
  community: string,
  unit: Unit,
  of: { readonly range: { readonly first: Month; readonly last: Month }; readonly standing: Standing },
): Promise<Bill[]> {
  const now = new Map(of.standing.bills.map((bill) => [bill.period, bill]));
  const kept = await billsOfUnit(db, community, unit.name, of.range);
  return kept.map((bill) => now.get(bill.period) ?? bill);
}

async function paymentsIn(
  db: Db,
  community: string,
  unit: Unit,
  range: { readonly first: Month; readonly last: Month },
): Promise<UnitAccountView["payments"]> {
  const payments = await store.paymentsOf(db, community, unit.name, range);
  const entries = payments.map(({ seq }) => seq);
  const receipts = new Map((await receiptsOfEntries(db, community, entries)).map((each) => [each.entry, each]));
  return payments.map(({ seq, day, amount, kind, code }) => {
    const receipt = receipts.get(seq);
    return {
      day,
      amount: toYuan(amount),
      kind,
      entry: code,
      receipt: receipt === undefined ? null : receiptNumber(receipt.number),
      isCancelled: receipt !== undefined && receipt.cancelled !== null,
    };
  });
}

async function othersOf(db: Db, community: string, unit: Unit): Promise<UnitAccountView["others"]> {
  const of = { count: 5 * OTHERS_MAX, unit: unit.name };
  const receipts = await receiptsBefore(db, community, Number.MAX_SAFE_INTEGER, of);
  return receipts
    .filter(({ kind, cancelled }) => kind !== "fee" && cancelled === null)
    .slice(0, OTHERS_MAX)
    .map(({ number, day, kind, purpose, amount }) => {
      return { receipt: receiptNumber(number), day, kind, purpose, amount: toYuan(amount) };
    });
}

const yearInput = orNone(yearNumber);

export const showUnit = query({
  name: "showUnit",
  title: "一户的账",
  may: "fees.view",
  input: z.object({ unit: words(60), year: yearInput }),
  output: accountOutput,
  run: async ({ db, community, now }, { unit: name, year }) =>
    accountView(db, community, { unit: await unitNamed(db, community, name, 404), year }, dayAt(now)),
});

/** The units that somebody holds today, alone or jointly. */
export async function ownUnits(db: Db, community: string, owners: readonly string[], today: Day): Promise<Unit[]> {
  return unitsOf(db, community, unitsHeldBy(owners, await holdingsAround(db, community, owners), today));
}

/** From when on an owner sees what was paid for a unit: what came before is the business of who held it then. */
async function ownSince(
  db: Db,
  community: string,
  actor: Actor,
  { unit, on }: { readonly unit: string; readonly on: Day },
): Promise<Day | null> {
  return heldSince(ownersOf(actor, community), await holdingsOf(db, community, [unit]), unit, on);
}

/** An owner's receipt, when it was given for a unit while the owner held it, as the owner does today. */
export async function ownReceipt(call: Reading, number: number): Promise<Receipt> {
  const { db, community, actor, now } = call;
  const receipt = await receiptOf(db, community, number);
  const today = dayAt(now);
  const units = await ownUnits(db, community, ownersOf(actor, community), today);
  const since = await ownSince(db, community, actor, { unit: receipt.unit, on: today });
  if (!units.some(({ name }) => name === receipt.unit) || (since !== null && receipt.day < since)) {
    throw refuse("RECEIPT_UNKNOWN", `您家没有号码为 ${number} 的收据。`, "请从“我家”页面打开收据。", 404);
  }
  return receipt;
}

export const showMyUnits = query({
  name: "showMyUnits",
  title: "我家的账",
  may: "account.own",
  input: z.object({ unit: orNone(words(60)), year: yearInput }),
  output: z.object({
    units: z.array(z.object({ unit: z.string(), owed: z.string(), prepaid: z.string() })),
    account: accountOutput.nullable().meta({ description: "of the unit asked for, else of the first one" }),
  }),
  run: async ({ db, community, actor, now }, { unit: wanted, year }) => {
    const today = dayAt(now);
    const own = await ownUnits(db, community, ownersOf(actor, community), today);
    const open = openMonth(await ledger.bookOf(db, community));
    const units: { unit: string; owed: string; prepaid: string }[] = [];
    for (const { name } of own) {
      const standing = standingNow(await openAccountOf(db, community, name), open);
      units.push({ unit: name, owed: toYuan(owedBy(standing)), prepaid: toYuan(standing.prepaid) });
    }
    const unit = own.find(({ name }) => name === wanted) ?? (wanted === undefined ? own[0] : undefined);
    if (unit === undefined && wanted !== undefined) {
      throw refuse("UNIT_UNKNOWN", `您名下没有房号「${wanted}」。`, "请从“我家”页面里选。", 404);
    }
    const since = unit === undefined ? null : await ownSince(db, community, actor, { unit: unit.name, on: today });
    return {
      units,
      account: unit === undefined ? null : await accountView(db, community, { unit, year, since }, today),
    };
  },
});

/** What may be given back to a unit: what it has prepaid beyond its bills, as if all open months were closed now. */
export async function refundable(
  db: Db,
  community: string,
  unit: string,
): Promise<{ readonly unit: string; readonly prepaid: Fen; readonly owed: Fen }> {
  const { name } = await unitNamed(db, community, unit, 404);
  const open = openMonth(await ledger.bookOf(db, community));
  const standing = standingNow(await openAccountOf(db, community, name), open);
  return { unit: name, prepaid: standing.prepaid > 0 ? standing.prepaid : ZERO, owed: owedBy(standing) };
}

// ---- Arrears ------------------------------------------------------------------------------------------------------

const arrearsOutput = z.object({
  unit: z.string(),
  total: z.string(),
  since: z.string(),
  days: z.number().meta({ description: "days since the oldest unpaid bill was due" }),
  bills: z.number(),
  notDue: z.string(),
  bands: z.array(z.string()).meta({ description: `amounts due for up to ${AGE_BANDS.join(", ")} days, and longer` }),
  reminded: z.string().nullable(),
});

async function arrearsNow(db: Db, community: string, today: Day): Promise<Arrears[]> {
  return arrearsOn(today, await standingsOf(db, community));
}

/** One row per unit, as list and download show it. */
export async function arrearsRows(
  db: Db,
  community: string,
  today: Day,
  olderThan: number,
): Promise<{ readonly rows: z.input<typeof arrearsOutput>[]; readonly of: readonly Arrears[] }> {
  const all = await arrearsNow(db, community, today);
  const of = olderThan > 0 ? overdueFor(olderThan, all) : all.toSorted((a, b) => b.days - a.days);
  const reminded = await store.lastReminders(db, community);
  const rows = of.map((each) => ({
    unit: each.unit,
    total: toYuan(each.total),
    since: each.since,
    days: each.days,
    bills: each.bills.length,
    notDue: toYuan(each.notDue),
    bands: each.bands.map(toYuan),
    reminded: reminded.get(each.unit) ?? null,
  }));
  return { rows, of };
}

const olderInput = orNone(wholeNumber(0, 10_000));

export const listArrears = query({
  name: "listArrears",
  title: "欠费清单",
  may: "fees.remind",
  input: z.object({ olderThan: olderInput, ...listInput }),
  output: z.object({
    asOf: z.string(),
    units: z.number(),
    total: z.string(),
    notDue: z.string(),
    bands: z.array(z.string()),
    list: listOf(arrearsOutput),
  }),
  run: async ({ db, community, now }, { olderThan = 0, after, limit }) => {
    const today = dayAt(now);
    const { rows, of } = await arrearsRows(db, community, today, olderThan);
    const start = after === undefined ? 0 : rows.findIndex(({ unit }) => unit === after) + 1;
    const band = (index: number): Fen => sum(of.map(({ bands }) => bands[index] ?? ZERO));
    return {
      asOf: today,
      units: of.length,
      total: toYuan(sum(of.map(({ total }) => total))),
      notDue: toYuan(sum(of.map(({ notDue }) => notDue))),
      bands: [...AGE_BANDS, null].map((_, index) => toYuan(band(index))),
      list: pageFrom(rows.slice(start), limit, ({ unit }) => unit),
    };
  },
});

// ---- Reminders ----------------------------------------------------------------------------------------------------

const runOutput = z.object({
  run: z.number(),
  day: z.string(),
  payBy: z.string(),
  how: z.string(),
  count: z.number(),
  total: z.string(),
});

export const sendReminders = command({
  name: "sendReminders",
  title: "催缴",
  may: "fees.remind",
  input: z.object({
    olderThan: orNone(wholeNumber(1, 10_000)),
    unit: orNone(words(60)),
    payBy: orNone(dayText),
    how: paragraph(300).refine((text) => text !== "", "请写明怎么缴、缴到哪个账户"),
  }),
  output: runOutput,
  run: async (call, { olderThan = 1, unit, payBy, how }) => {
    const { tx, community, actor, now } = call;
    const today = dayAt(now);
    const until = payBy ?? plusDays(today, PAY_WITHIN_DAYS);
    if (until <= today) {
      const message = `缴费期限 ${until} 不在今天（${today}）之后。`;
      throw new Refusal({ column: "payBy", code: "PAY_BY_PAST", message, remedy: "请给业主留出合理的时间。" });
    }
    const owing = overdueFor(olderThan, await arrearsNow(tx, community, today));
    const chosen = owing.filter((each) => unit === undefined || each.unit === unit);
    if (chosen.length === 0) {
      throw refuse("NOBODY_OWES", "没有一户的欠费到了这个期限。", "不用催缴；或选更短的逾期天数。", 409);
    }
    const [last] = await store.runsBefore(tx, community, Number.MAX_SAFE_INTEGER, 1);
    const run = { run: (last?.run ?? 0) + 1, day: today, payBy: until, how };
    const reminders = chosen.map((each) => ({
      unit: each.unit,
      total: subtract(each.total, each.notDue),
      rows: letterRows(each.bills.filter(({ period }) => dueOn(period) < today)),
    }));
    await store.insertRun(tx, community, run, reminders, { by: actor.id, at: now });
    await note(call, "reminders sent", { run: String(run.run), units: String(reminders.length) });
    return { ...run, count: reminders.length, total: toYuan(sum(reminders.map(({ total }) => total))) };
  },
});

export const listReminders = query({
  name: "listReminders",
  title: "催缴记录",
  may: "fees.remind",
  input: z.object(listInput),
  output: listOf(runOutput),
  run: async ({ db, community }, { after, limit }) => {
    const runs = await store.runsBefore(db, community, numberBefore(after), limit + 1);
    const { items, next } = pageFrom(runs, limit, ({ run }) => String(run));
    return { items: items.map((run) => ({ ...run, total: toYuan(run.total) })), next };
  },
});
