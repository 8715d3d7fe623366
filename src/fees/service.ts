// The month's fees: bill every unit, apply what was paid, keep the collection figures; and where a unit stands meanwhile.
import { z } from "zod";
import { negate, sum, toYuan, ZERO, type Fen } from "../base/money.ts";
import {
  dayAt,
  firstMonthOfYear,
  laterMonth,
  LATEST_MONTH,
  monthOf,
  monthsFrom,
  nextMonth,
  previousMonth,
  type Day,
  type Month,
} from "../base/month.ts";
import { command, note, query } from "../door/service.ts";
import { openMonth, PREPAID, type Book, type EntryKind } from "../ledger/rules.ts";
import * as ledger from "../ledger/service.ts";
import type { Unit } from "../people/rules.ts";
import { unitsBilledIn, unitsOf } from "../people/service.ts";
import { listInput, listOf, monthText, pageFrom } from "../platform/input.ts";
import type { Db, Tx } from "../platform/db.ts";
import { chargesOf, type Charge } from "../tariff/rules.ts";
import { tariffOf } from "../tariff/service.ts";
import {
  billed,
  billRun,
  billsOf,
  changedLines,
  collectionOf,
  groupsOf,
  settled,
  settleUnit,
  standingNow,
  whyNotBill,
  type Bill,
  type BillRun,
  type BillRunLine,
  type OpenAccount,
  type Standing,
  type UnitAccount,
} from "./rules.ts";
import * as store from "./store.ts";

export {
  allBills,
  billsIn,
  billsOfUnit,
  billTotals,
  collectionIn,
  openBills,
  prepaidOf,
  saveBills,
  savePrepaid,
} from "./store.ts";

/** Entries by which units pay or get back. */
const RECEIPT_KINDS: readonly EntryKind[] = ["receipt", "reversal", "correction"];

// ---- Closing a month ------------------------------------------------------------------------------------------

/**
 * Bills whoever is not billed yet and applies the month's receipts in the order of contract section 4. Called once per
 * month, when it closes; until then what units paid stands on 2203. Bills of later months may be there already: they
 * are no part of this one.
 */
export async function settleMonth(tx: Tx, community: string, month: Month, now: Date): Promise<void> {
  const open = (await store.openBills(tx, community)).filter(({ period }) => period < month);
  const posted = await store.billsIn(tx, community, month);
  const accounts = await unitAccounts(tx, community, month, { open, posted });
  const units = accounts.map(settleUnit);
  const there = new Set(posted.map(({ unit }) => unit));
  const fresh = accounts.flatMap(({ bill }) => (bill === undefined || there.has(bill.unit) ? [] : [bill]));
  const fromPrepaid = units.flatMap((unit) => unit.fromPrepaid);
  const fromReceipts = units.flatMap((unit) => unit.fromReceipts);
  await ledger.post(tx, community, [...billed(month, fresh, fromPrepaid), ...settled(month, fromReceipts)], now);
  await store.saveBills(
    tx,
    community,
    units.flatMap((unit) => unit.bills),
  );
  await store.savePrepaid(tx, community, new Map(units.map((unit) => [unit.unit, unit.prepaid])));
  const year = await store.billTotals(tx, community, firstMonthOfYear(month), month);
  await store.insertCollection(tx, community, month, collectionOf(month, units, open, year));
}

async function unitAccounts(
  tx: Tx,
  community: string,
  month: Month,
  known: { readonly open: readonly Bill[]; readonly posted: readonly Bill[] },
): Promise<UnitAccount[]> {
  const units = await unitsBilledIn(tx, community, month);
  const bills = new Map(billsOf(month, units, await tariffOf(tx, community)).map((bill) => [bill.unit, bill]));
  known.posted.forEach((bill) => bills.set(bill.unit, bill));
  const open = groupByUnit(known.open);
  const prepaid = await store.prepaidOf(tx, community);
  const receipts = await receiptsByUnit(tx, community, month);
  const refunded = [...receipts].filter(([, amounts]) => amounts.some((amount) => amount < 0)).map(([unit]) => unit);
  const paid = groupByUnit(await store.settledBills(tx, community, refunded));
  const names = [...new Set([...bills.keys(), ...open.keys(), ...prepaid.keys(), ...receipts.keys()])].toSorted();
  return names.map((unit) => {
    const bill = bills.get(unit);
    return {
      unit,
      open: open.get(unit) ?? [],
      prepaid: prepaid.get(unit) ?? ZERO,
      receipts: receipts.get(unit) ?? [],
      paid: paid.get(unit) ?? [],
      ...(bill === undefined ? {} : { bill }),
    };
  });
}

function groupByUnit(bills: readonly Bill[]): Map<string, Bill[]> {
  const groups = new Map<string, Bill[]>();
  for (const bill of bills) {
    const group = groups.get(bill.unit) ?? [];
    groups.set(bill.unit, group);
    group.push(bill);
  }
  return groups;
}

/** What each unit, or only that one, paid in the month, corrections included: the credits on 2203 that no bill or settlement made. */
async function receiptsByUnit(db: Db, community: string, month: Month, only?: string): Promise<Map<string, Fen[]>> {
  const receipts = new Map<string, Fen[]>();
  for (const line of await ledger.linesOnAccount(db, community, month, { account: PREPAID, unit: only })) {
    if (RECEIPT_KINDS.includes(line.kind)) {
      const list = receipts.get(line.unit) ?? [];
      receipts.set(line.unit, list);
      list.push(negate(line.amount));
    }
  }
  return receipts;
}

// ---- Billing before the close ---------------------------------------------------------------------------------

/** What billing a month would make now, and what was made already, beside the bills of the month before. */
export async function previewBills(db: Db, community: string, month: Month): Promise<BillRun> {
  const charged = chargesOf(month, await unitsOf(db, community), await tariffOf(db, community));
  const before = previousMonth(month);
  return billRun(month, charged, await store.billsIn(db, community, month), {
    month: before,
    bills: await store.billsIn(db, community, before),
  });
}

/**
 * Makes the bills of a month that are not there yet, dated its first day: while it is open, be the month before it
 * closed or not. Prepayments are applied when the month closes. The same month again makes nothing new.
 */
export async function runBills(
  tx: Tx,
  community: string,
  month: Month,
  at: { readonly now: Date; readonly today: Day },
): Promise<BillRun> {
  const book = await ledger.bookOf(tx, community);
  const run = await previewBills(tx, community, month);
  const refusal = whyNotBill(run, book, at.today, await unbilledBefore(tx, book, month));
  if (refusal !== null) {
    throw refusal;
  }
  await ledger.post(tx, community, billed(month, run.fresh, []), at.now);
  await store.saveBills(tx, community, run.fresh);
  return run;
}

/** The first open month before that one with a unit that is not billed yet; null when it is that month's turn. */
async function unbilledBefore(db: Db, book: Book, month: Month): Promise<Month | null> {
  for (const earlier of monthsFrom(openMonth(book), previousMonth(month))) {
    const run = await previewBills(db, book.community, earlier);
    if (run.fresh.length > 0 || run.leftOut.some(({ why }) => why === "no-rate")) {
      return earlier;
    }
  }
  return null;
}

// ---- Where units stand between closes ---------------------------------------------------------------------------

/** Where every unit with bills, prepayment or receipts stands, as if all open months were closed now; by unit. */
export async function standingsOf(db: Db, community: string): Promise<Standing[]> {
  const open = openMonth(await ledger.bookOf(db, community));
  return (await openAccounts(db, community, open)).map((account) => standingNow(account, open));
}

/** What is known of one unit while months are open. */
export async function openAccountOf(db: Db, community: string, unit: string): Promise<OpenAccount> {
  const open = openMonth(await ledger.bookOf(db, community));
  const [account] = await openAccounts(db, community, open, unit);
  return account ?? { unit, prepaid: ZERO, bills: [], receipts: [] };
}

/** What a unit has paid in and not got back, be it settled or prepaid. Less than nothing cannot have come from it. */
export async function paidInBy(db: Db, community: string, unit: string): Promise<Fen> {
  const { prepaid, receipts } = await openAccountOf(db, community, unit);
  const bills = await store.settledBills(db, community, [unit]);
  return sum([prepaid, ...bills.map((bill) => bill.settled), ...receipts.map(({ amount }) => amount)]);
}

/** The bill that a unit gets next: of the first month that nobody billed it for; null without a rate. */
export async function nextBillOf(
  db: Db,
  community: string,
  unit: Unit,
): Promise<{ readonly period: Month; readonly charge: Charge } | null> {
  const first = laterMonth(openMonth(await ledger.bookOf(db, community)), unit.from);
  const there = await store.billsOfUnit(db, community, unit.name, { first, last: LATEST_MONTH });
  const billedMonths = new Set(there.map(({ period }) => period));
  let period = first;
  while (billedMonths.has(period)) {
    period = nextMonth(period);
  }
  const [charge] = chargesOf(period, [unit], await tariffOf(db, community)).charges;
  return charge === undefined ? null : { period, charge };
}

async function openAccounts(db: Db, community: string, open: Month, only?: string): Promise<OpenAccount[]> {
  const receipts = await openReceipts(db, community, open, only);
  const refunded = [...receipts].filter(([, list]) => list.some(({ amount }) => amount < 0)).map(([unit]) => unit);
  // A bill that is partly paid comes from both; once is enough.
  const unpaid = await store.openBills(db, community, only);
  const paid = (await store.settledBills(db, community, refunded)).filter((bill) => bill.settled === bill.amount);
  const bills = groupByUnit([...paid, ...unpaid]);
  const prepaid = await store.prepaidOf(db, community, only);
  return [...new Set([...bills.keys(), ...prepaid.keys(), ...receipts.keys()])].toSorted().map((unit) => ({
    unit,
    prepaid: prepaid.get(unit) ?? ZERO,
    bills: bills.get(unit) ?? [],
    receipts: receipts.get(unit) ?? [],
  }));
}

async function openReceipts(
  db: Db,
  community: string,
  open: Month,
  only?: string,
): Promise<Map<string, { month: Month; amount: Fen }[]>> {
  const receipts = new Map<string, { month: Month; amount: Fen }[]>();
  for (const month of await ledger.monthsInBooks(db, community, LATEST_MONTH)) {
    for (const [unit, amounts] of month < open ? [] : await receiptsByUnit(db, community, month, only)) {
      receipts.set(unit, [...(receipts.get(unit) ?? []), ...amounts.map((amount) => ({ month, amount }))]);
    }
  }
  return receipts;
}

// ---- Use cases ------------------------------------------------------------------------------------------------

const lineOutput = z.object({
  unit: z.string(),
  use: z.string(),
  area: z.string(),
  rate: z.string(),
  rateFrom: z.string(),
  resolution: z.string().nullable(),
  factor: z.string(),
  rule: z.string().nullable(),
  amount: z.string(),
  isBilled: z.boolean(),
  monthBefore: z.string().nullable(),
});

const runOutput = z.object({
  month: z.string(),
  lines: listOf(lineOutput),
  changed: z
    .array(lineOutput)
    .meta({ description: "bills that are new or other than in the month before, at most 200" }),
  groups: z.array(
    z.object({
      use: z.string(),
      rate: z.string(),
      resolution: z.string(),
      rule: z.string(),
      factor: z.string(),
      count: z.number(),
      total: z.string(),
    }),
  ),
  leftOut: z.array(
    z.object({ unit: z.string(), use: z.string(), why: z.enum(["not-begun", "no-rate"]), from: z.string() }),
  ),
  count: z.number(),
  total: z.string(),
  fresh: z.object({ count: z.number(), total: z.string() }),
  before: z.object({ month: z.string(), count: z.number(), total: z.string() }),
  refusal: z.object({ code: z.string(), message: z.string(), remedy: z.string() }).nullable(),
});

const CHANGED_MAX = 200;

function toLine({ charge, amount, isBilled, before }: BillRunLine): z.input<typeof lineOutput> {
  const { unit, rate, factor, rule } = charge;
  return {
    unit: unit.name,
    use: unit.use,
    area: unit.area,
    rate: rate.rate,
    rateFrom: rate.from,
    resolution: rate.resolution ?? null,
    factor,
    rule: rule?.name ?? null,
    amount: toYuan(amount),
    isBilled,
    monthBefore: before === null ? null : toYuan(before),
  };
}

export const showBillRun = query({
  name: "showBillRun",
  title: "出账预览",
  may: "fees.view",
  input: z.object({ month: monthText.optional(), ...listInput }),
  output: runOutput,
  run: async ({ db, community, now }, { month, after = "", limit }) => {
    const book = await ledger.bookOf(db, community);
    const run = await previewBills(db, community, month ?? (await monthToBill(db, book, dayAt(now))));
    const refusal = whyNotBill(run, book, dayAt(now), await unbilledBefore(db, book, run.month));
    const rest = run.lines.filter(({ charge }) => charge.unit.name > after);
    const { items, next } = pageFrom(rest, limit, ({ charge }) => charge.unit.name);
    const [fault] = refusal?.faults ?? [];
    return {
      month: run.month,
      lines: { items: items.map(toLine), next },
      changed: changedLines(run).slice(0, CHANGED_MAX).map(toLine),
      groups: groupsOf(run).map((group) => ({ ...group, total: toYuan(group.total) })),
      leftOut: run.leftOut.map(({ unit, why }) => ({ unit: unit.name, use: unit.use, why, from: unit.from })),
      count: run.lines.length,
      total: toYuan(run.total),
      fresh: { count: run.fresh.length, total: toYuan(sum(run.fresh.map(({ amount }) => amount))) },
      before: { month: run.before.month, count: run.before.count, total: toYuan(run.before.total) },
      refusal: fault === undefined ? null : { code: fault.code, message: fault.message, remedy: fault.remedy },
    };
  },
});

/** The first open month with a bill to make, up to the current one; the last of them when there is none. */
async function monthToBill(db: Db, book: Book, today: Day): Promise<Month> {
  const open = openMonth(book);
  const months = monthsFrom(open, monthOf(today));
  for (const month of months) {
    if ((await previewBills(db, book.community, month)).fresh.length > 0) {
      return month;
    }
  }
  return months.at(-1) ?? open;
}

export const billMonth = command({
  name: "billMonth",
  title: "出账",
  may: "fees.bill",
  input: z.object({ month: monthText }),
  output: z.object({ month: z.string(), made: z.number(), total: z.string() }),
  run: async (call, { month }) => {
    const { tx, community, now } = call;
    const { fresh } = await runBills(tx, community, month, { now, today: dayAt(now) });
    const total = toYuan(sum(fresh.map(({ amount }) => amount)));
    await note(call, "bills made", { month, count: String(fresh.length), total });
    return { month, made: fresh.length, total };
  },
});
