// SQL of receipts. A receipt's state is its entry's: whether that was reversed, and booked again, is read from the journal.
import type { Knex } from "knex";
import { fen, type Fen } from "../base/money.ts";
import { day, month } from "../base/month.ts";
import { DEPOSITS, entryCode, type EntryKind } from "../ledger/rules.ts";
import type { Db, Tx } from "../platform/db.ts";
import type { Method, Receipt, ReceiptFacts, ReceiptKind } from "./rules.ts";

export async function lastNumber(db: Db, community: string): Promise<number> {
  const row = await db("receipt").where({ community }).max({ number: "number" }).first();
  return Number(row?.number ?? 0);
}

export async function insertReceipt(
  tx: Tx,
  community: string,
  at: { readonly number: number; readonly entry: number },
  facts: ReceiptFacts,
  recorded: { readonly by: string; readonly at: Date },
): Promise<void> {
  const row = { community, ...at, ...facts, recorded_by: recorded.by, recorded_at: recorded.at.toISOString() };
  await tx("receipt").insert(row);
}

interface ReceiptRow {
  number: number;
  entry: number;
  day: string;
  kind: string;
  unit: string;
  payer: string;
  purpose: string;
  bank: string;
  method: string;
  amount: number;
  pays: string;
  recorded_by: string;
  month: string;
  entry_number: number;
  reversed_day: string | null;
  reversed_month: string | null;
  reversed_number: number | null;
  reason: string | null;
  rebooked: number | null;
}

const COLUMNS = [
  ..."number entry day kind unit payer purpose bank method amount pays recorded_by"
    .split(" ")
    .map((name) => `r.${name}`),
  "e.month",
  "e.number as entry_number",
  "x.day as reversed_day",
  "x.month as reversed_month",
  "x.number as reversed_number",
  "x.reason",
  "b.seq as rebooked",
];

/** Joins the entry of that kind that corrects the receipt's. */
function correcting(kind: EntryKind, as = "x"): (join: Knex.JoinClause) => void {
  return (join) => {
    join.on(`${as}.community`, "r.community").andOn(`${as}.corrects`, "r.entry").andOnVal(`${as}.kind`, kind);
  };
}

/** Receipts with their entry, what reversed it, and whether it was booked again: then it still stands. */
function receipts(db: Db, community: string) {
  return db("receipt as r")
    .join("entry as e", { "e.community": "r.community", "e.seq": "r.entry" })
    .leftJoin("entry as x", correcting("reversal"))
    .leftJoin("entry as b", correcting("correction", "b"))
    .where({ "r.community": community })
    .select(COLUMNS);
}

function toReceipt(row: ReceiptRow): Receipt {
  const { number, entry, unit, payer, purpose, bank, pays } = row;
  return {
    number,
    entry,
    day: day(row.day),
    kind: row.kind as ReceiptKind,
    unit,
    payer,
    purpose,
    bank,
    method: row.method as Method,
    amount: fen(row.amount),
    pays,
    takenBy: row.recorded_by,
    code: entryCode(month(row.month), row.entry_number),
    cancelled:
      row.reversed_day === null || row.rebooked !== null
        ? null
        : {
            day: day(row.reversed_day),
            reason: row.reason ?? "",
            code: entryCode(month(row.reversed_month ?? ""), row.reversed_number ?? 0),
          },
  };
}

/** Receipts with smaller numbers, newest first; of one unit when it is named. */
export async function receiptsBefore(
  db: Db,
  community: string,
  before: number,
  of: { readonly count: number; readonly unit?: string },
): Promise<Receipt[]> {
  const rows: ReceiptRow[] = await receipts(db, community)
    .where("r.number", "<", before)
    .where(of.unit === undefined ? {} : { "r.unit": of.unit })
    .orderBy("r.number", "desc")
    .limit(of.count);
  return rows.map(toReceipt);
}

export async function findReceipt(db: Db, community: string, number: number): Promise<Receipt | null> {
  const rows: ReceiptRow[] = await receipts(db, community).where({ "r.number": number });
  return rows.map(toReceipt)[0] ?? null;
}

/** The receipts that were given for entries of the journal. */
export async function receiptsOfEntries(db: Db, community: string, entries: readonly number[]): Promise<Receipt[]> {
  if (entries.length === 0) {
    return [];
  }
  const rows: ReceiptRow[] = await receipts(db, community).whereIn("r.entry", entries).orderBy("r.number");
  return rows.map(toReceipt);
}

/** Every receipt for a deposit. */
export async function depositReceipts(db: Db, community: string): Promise<Receipt[]> {
  const rows: ReceiptRow[] = await receipts(db, community).where({ "r.kind": "deposit" }).orderBy("r.number");
  return rows.map(toReceipt);
}

/** What was returned of each deposit, by its receipt's number; a return that was reversed counts no more. */
export async function returnedDeposits(db: Db, community: string): Promise<Map<number, Fen>> {
  const [from, to] = ["deposit~", "deposit\u007f"];
  const rows = await db("entry as e")
    .join("entry_line as l", { "l.community": "e.community", "l.month": "e.month", "l.number": "e.number" })
    .where({ "e.community": community, "l.account": DEPOSITS })
    .where("e.source", ">=", from)
    .where("e.source", "<", to)
    .whereRaw("not exists (select 1 from entry x where x.community = e.community and x.corrects = e.seq)")
    .select("e.source", "l.amount");
  const returned = new Map<number, Fen>();
  for (const row of rows) {
    const number = Number(/^deposit~(\d+)~/u.exec(row.source)?.[1]);
    returned.set(number, fen((returned.get(number) ?? 0) + row.amount));
  }
  return returned;
}
