// SQL of the contracts on common parts. Rows are only added; a reversed receipt is known from the journal.
import { fen, type Fen } from "../base/money.ts";
import { day, dayAt, month, type Day, type Month } from "../base/month.ts";
import type { Side } from "../door/rules.ts";
import { CASH } from "../ledger/rules.ts";
import { nextNumber, type Db, type Tx } from "../platform/db.ts";
import type { Contract, ContractEnd, DuePayment, Register, Rhythm, Waiver } from "./rules.ts";

/** Who recorded it, and when. Of an end the day counts: what was due by then still stands. */
export interface Recorded {
  readonly by: string;
  readonly at: Date;
}

const recordedBy = ({ by, at }: Recorded): object => ({ recorded_by: by, recorded_at: at.toISOString() });

/** Adds a contract and answers its number, the next of the community. */
export async function insertContract(
  tx: Tx,
  community: string,
  contract: Omit<Contract, "id">,
  recorded: Recorded,
): Promise<number> {
  const id = await nextNumber(tx, "revenue_contract", { community }, "id");
  await tx("revenue_contract").insert({
    community,
    id,
    counterparty: contract.counterparty,
    is_person: contract.isPerson ? 1 : 0,
    place: contract.place,
    account: contract.account,
    amount: contract.amount,
    rhythm: contract.rhythm,
    first_due: contract.firstDue,
    from_day: contract.from,
    until_day: contract.until,
    resolution: contract.resolution ?? null,
    notes: contract.notes,
    known_from: contract.knownFrom,
    ...recordedBy(recorded),
  });
  return id;
}

export async function insertEnd(
  tx: Tx,
  community: string,
  end: Omit<ContractEnd, "recordedOn">,
  recorded: Recorded,
): Promise<void> {
  const { contract, endedOn, reason, knownFrom } = end;
  const row = { community, contract, ended_on: endedOn, reason, known_from: knownFrom };
  await tx("revenue_end").insert({ ...row, ...recordedBy(recorded) });
}

export async function insertWaiver(tx: Tx, community: string, waiver: Waiver, recorded: Recorded): Promise<void> {
  const { contract, due, side, reason, knownFrom } = waiver;
  const row = { community, contract, due, side, reason, known_from: knownFrom };
  await tx("revenue_waiver").insert({ ...row, ...recordedBy(recorded) });
}

/** Links a part of a receipt to a due; the same receipt and due again are refused by the key. */
export async function insertPayment(
  tx: Tx,
  community: string,
  payment: Omit<DuePayment, "reversedIn">,
  recorded: Recorded,
): Promise<void> {
  const { contract, due, entry, amount, knownFrom } = payment;
  const row = { community, contract, due, entry, amount, known_from: knownFrom };
  await tx("revenue_payment").insert({ ...row, ...recordedBy(recorded) });
}

export async function registerOf(db: Db, community: string): Promise<Register> {
  return {
    contracts: await contractsOf(db, community),
    ends: await endsOf(db, community),
    payments: await paymentsOf(db, community),
    waivers: await waiversOf(db, community),
  };
}

async function contractsOf(db: Db, community: string): Promise<Contract[]> {
  const rows = await db("revenue_contract").where({ community }).orderBy("id");
  return rows.map((row) => ({
    id: row.id,
    counterparty: row.counterparty,
    isPerson: row.is_person === 1,
    place: row.place,
    account: row.account,
    amount: fen(row.amount),
    rhythm: row.rhythm as Rhythm,
    firstDue: day(row.first_due),
    from: day(row.from_day),
    until: day(row.until_day),
    ...(row.resolution === null ? {} : { resolution: row.resolution }),
    notes: row.notes,
    knownFrom: month(row.known_from),
  }));
}

async function endsOf(db: Db, community: string): Promise<ContractEnd[]> {
  const rows = await db("revenue_end").where({ community }).orderBy("contract");
  return rows.map((row) => ({
    contract: row.contract,
    endedOn: day(row.ended_on),
    recordedOn: dayAt(new Date(row.recorded_at)),
    reason: row.reason,
    knownFrom: month(row.known_from),
  }));
}

async function waiversOf(db: Db, community: string): Promise<Waiver[]> {
  const rows = await db("revenue_waiver").where({ community }).orderBy(["contract", "due", "side"]);
  return rows.map((row) => ({
    contract: row.contract,
    due: day(row.due),
    side: row.side as Side,
    reason: row.reason,
    knownFrom: month(row.known_from),
  }));
}

async function paymentsOf(db: Db, community: string): Promise<DuePayment[]> {
  const rows = await db("revenue_payment as p")
    .leftJoin("entry as r", (join) =>
      join.on("r.community", "p.community").andOn("r.corrects", "p.entry").andOnVal("r.kind", "reversal"),
    )
    .where({ "p.community": community })
    .orderBy(["p.contract", "p.due", "p.entry"])
    .select("p.contract", "p.due", "p.entry", "p.amount", "p.known_from", "r.month as reversed_in");
  return rows.map((row) => ({
    contract: row.contract,
    due: day(row.due),
    entry: row.entry,
    amount: fen(row.amount),
    knownFrom: month(row.known_from),
    reversedIn: row.reversed_in === null ? null : month(row.reversed_in),
  }));
}

/** A receipt that may pay a due. */
export interface RevenueReceipt {
  readonly seq: number;
  readonly month: Month;
  readonly number: number;
  readonly day: Day;
  readonly memo: string;
  readonly amount: Fen;
}

/** Receipts on an account from that month on that nothing reversed, newest first, as many as asked for. */
export async function receiptsOn(
  db: Db,
  community: string,
  account: string,
  range: { readonly first: Month; readonly count: number },
): Promise<RevenueReceipt[]> {
  const rows = await db("entry_line as l")
    .join("entry as e", { "l.community": "e.community", "l.month": "e.month", "l.number": "e.number" })
    .where({ "l.community": community, "l.account": CASH, "l.flow": "received", "l.purpose": account })
    .where({ "e.kind": "receipt" })
    .where("l.month", ">=", range.first)
    .where("l.amount", ">", 0)
    .whereRaw("not exists (select 1 from entry r where r.community = e.community and r.corrects = e.seq)")
    .orderBy("e.seq", "desc")
    .limit(range.count)
    .select("e.seq", "e.month", "e.number", "e.occurred", "e.memo", "l.amount");
  return rows.map((row) => ({
    seq: row.seq,
    month: month(row.month),
    number: row.number,
    day: day(row.occurred),
    memo: row.memo,
    amount: fen(row.amount),
  }));
}

/** Whether the receipt was reversed. */
export async function isReversed(db: Db, community: string, entry: number): Promise<boolean> {
  return (await db("entry").where({ community, corrects: entry, kind: "reversal" }).first("seq")) !== undefined;
}
