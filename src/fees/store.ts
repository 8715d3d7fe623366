// SQL of bills and prepayments. Bills and prepayments follow from the journal; verify rebuilds and compares them.
import { fen, type Fen } from "../base/money.ts";
import { month, type Month } from "../base/month.ts";
import type { Knex } from "knex";
import { insertAll, readMany, whereIn, type Db, type Tx } from "../platform/db.ts";
import type { Bill, Collection } from "./rules.ts";

/** Writes bills, new or changed; only the settled part of a bill can change. */
export async function saveBills(tx: Tx, community: string, bills: readonly Bill[]): Promise<void> {
  const rows = bills.map(({ unit, period, amount, settled, origin }) => ({
    community,
    unit,
    period,
    amount,
    settled,
    origin,
  }));
  await insertAll(tx, "bill", rows, "on conflict (community, unit, period) do update set settled = excluded.settled");
}

export async function savePrepaid(tx: Tx, community: string, prepaid: ReadonlyMap<string, Fen>): Promise<void> {
  const rows = [...prepaid].map(([unit, amount]) => ({ community, unit, amount }));
  await insertAll(tx, "prepaid", rows, "on conflict (community, unit) do update set amount = excluded.amount");
}

type BillRow = [unit: string, period: string, amount: number, settled: number, origin: "opening" | "billed"];

const BILL_COLUMNS = ["unit", "period", "amount", "settled", "origin"];

async function billsWhere(db: Db, asked: Knex.QueryBuilder): Promise<Bill[]> {
  const rows = (await readMany(db, asked.select(BILL_COLUMNS), BILL_COLUMNS)) as BillRow[];
  return rows.map(([unit, period, amount, settled, origin]) => {
    return { unit, period: month(period), amount: fen(amount), settled: fen(settled), origin };
  });
}

/** Bills that are not fully paid, by unit, oldest first; of one unit when it is named. */
export async function openBills(db: Db, community: string, unit?: string): Promise<Bill[]> {
  const asked = db("bill").where({ community, ...(unit === undefined ? {} : { unit }) });
  return billsWhere(db, asked.whereRaw("settled < amount").orderBy(["unit", "period"]));
}

/** Bills of those units with anything settled. */
export async function settledBills(db: Db, community: string, units: readonly string[]): Promise<Bill[]> {
  if (units.length === 0) {
    return [];
  }
  const asked = whereIn(db, db("bill").where({ community }), "unit", units);
  return billsWhere(db, asked.where("settled", ">", 0).orderBy(["unit", "period"]));
}

/** The bills of one month, by unit. */
export async function billsIn(db: Db, community: string, m: Month): Promise<Bill[]> {
  return billsWhere(db, db("bill").where({ community, period: m, origin: "billed" }).orderBy("unit"));
}

/** One unit's bills of those months, newest first. */
export async function billsOfUnit(
  db: Db,
  community: string,
  unit: string,
  range: { readonly first: Month; readonly last: Month },
): Promise<Bill[]> {
  const asked = db("bill").where({ community, unit }).whereBetween("period", [range.first, range.last]);
  return billsWhere(db, asked.orderBy("period", "desc"));
}

/** Every bill there is, by unit and month: for verification. */
export async function allBills(db: Db, community: string): Promise<Bill[]> {
  return billsWhere(db, db("bill").where({ community }).orderBy(["unit", "period"]));
}

/** Amount and settled part of the bills this book made for the months from `first` to `last`. */
export async function billTotals(
  db: Db,
  community: string,
  first: Month,
  last: Month,
): Promise<{ due: Fen; collected: Fen }> {
  const row = await db("bill")
    .where({ community, origin: "billed" })
    .whereBetween("period", [first, last])
    .first(
      db.raw("cast(coalesce(sum(amount), 0) as bigint) as due, cast(coalesce(sum(settled), 0) as bigint) as collected"),
    );
  return { due: fen(row.due), collected: fen(row.collected) };
}

/** Every unit's prepayment that is not zero, as the last close left it; one unit's when it is named. */
export async function prepaidOf(db: Db, community: string, unit?: string): Promise<Map<string, Fen>> {
  const asked = db("prepaid")
    .where({ community, ...(unit === undefined ? {} : { unit }) })
    .whereNot({ amount: 0 })
    .orderBy("unit")
    .select("unit", "amount");
  const rows = (await readMany(db, asked, ["unit", "amount"])) as [string, number][];
  return new Map(rows.map(([each, amount]) => [each, fen(amount)]));
}

export async function insertCollection(tx: Tx, community: string, m: Month, figures: Collection): Promise<void> {
  await tx("collection").insert({
    community,
    month: m,
    due: figures.due,
    collected: figures.collected,
    due_to_date: figures.dueToDate,
    collected_to_date: figures.collectedToDate,
    old_arrears_recovered: figures.oldArrearsRecovered,
    arrears: figures.arrears,
    prepaid: figures.prepaid,
    households_due: figures.householdsDue,
    households_paid: figures.householdsPaid,
  });
}

/** The collection figures of a closed month. */
export async function collectionIn(db: Db, community: string, m: Month): Promise<Collection | null> {
  const row = await db("collection").where({ community, month: m }).first();
  return row === undefined
    ? null
    : {
        due: fen(row.due),
        collected: fen(row.collected),
        dueToDate: fen(row.due_to_date),
        collectedToDate: fen(row.collected_to_date),
        oldArrearsRecovered: fen(row.old_arrears_recovered),
        arrears: fen(row.arrears),
        prepaid: fen(row.prepaid),
        householdsDue: row.households_due,
        householdsPaid: row.households_paid,
      };
}
