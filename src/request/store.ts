// SQL of requests: what was asked for, the keys turned, and the steps taken.
import type { Knex } from "knex";
import { fen, type Fen } from "../base/money.ts";
import { day, type Day } from "../base/month.ts";
import { invoiceNumber } from "../base/spelling.ts";
import type { Side } from "../door/rules.ts";
import {
  insertTogether,
  type Insertion,
  isOddlySpelled,
  isPostgres,
  nextNumber,
  type Db,
  type Question,
  type Row,
  type Tx,
} from "../platform/db.ts";
import type { Key, Status } from "../release/rules.ts";
import type { Invoice, Spend, SpendKind, SpendLine, SpendStep } from "./rules.ts";

interface SpendRow {
  id: number;
  kind: SpendKind;
  status: Status;
  bank: string;
  to_bank: string | null;
  supplier: number | null;
  payee: string;
  unit: string;
  day: string;
  purpose: string;
  resolution: string;
  emergency: string;
  confirmed: string;
  corrects: number | null;
  to_account: string;
  receipt: number | null;
  asked_by: string;
  asked_at: string;
  expires_on: string;
  sides: string;
  entry: number | null;
  decided_at: string | null;
  ratify_by: string | null;
  ratified_at: string | null;
}

/** Lists of words are kept as one text: none of them holds a space. */
function listOf(text: string): string[] {
  return text === "" ? [] : text.split(" ");
}

function rowOf(community: string, spend: Spend): Row {
  return {
    community,
    id: spend.id,
    kind: spend.kind,
    status: spend.status,
    bank: spend.bank,
    to_bank: spend.toBank,
    supplier: spend.supplier,
    payee: spend.payee,
    unit: spend.unit,
    day: spend.day,
    purpose: spend.purpose,
    resolution: spend.resolution,
    emergency: spend.emergency,
    confirmed: spend.confirmed.join(" "),
    corrects: spend.corrects,
    to_account: spend.toAccount,
    receipt: spend.receipt,
    asked_by: spend.askedBy,
    asked_at: spend.askedAt,
    expires_on: spend.expiresOn,
    sides: spend.sides.join(" "),
    entry: spend.entry,
    decided_at: spend.decidedAt,
    ratify_by: spend.ratifyBy,
    ratified_at: spend.ratifiedAt,
  };
}

/** Keeps a new request, with its line of the log; its invoices are held from now on. */
export async function insertSpend(tx: Tx, community: string, spend: Spend, noted: Insertion): Promise<void> {
  const of = { community, spend: spend.id };
  await insertTogether(tx, [
    noted,
    { table: "spend", rows: [rowOf(community, spend)] },
    { table: "spend_line", rows: spend.lines.map((line, index) => ({ ...of, line: index + 1, ...line })) },
    { table: "spend_invoice", rows: spend.invoices.map((invoice) => ({ ...of, ...invoice, held: 1 })) },
    { table: "spend_voucher", rows: spend.vouchers.map((sha256, index) => ({ ...of, place: index + 1, sha256 })) },
  ]);
}

/** The last number that a request was given. */
export function lastIdQuestion(community: string): Question<number> {
  return {
    columns: ["last"],
    query: (db) => db("spend").where({ community }).max({ last: "id" }),
    read: ([row]: readonly { last: number | null }[]) => row?.last ?? 0,
  };
}

// ---- Reading ------------------------------------------------------------------------------------------------------

interface Children {
  readonly lines: Map<number, SpendLine[]>;
  readonly invoices: Map<number, Invoice[]>;
  readonly vouchers: Map<number, string[]>;
  readonly keys: Map<number, Key[]>;
}

function grouped<T>(rows: readonly { spend: number }[], read: (row: never) => T): Map<number, T[]> {
  const groups = new Map<number, T[]>();
  for (const row of rows) {
    const group = groups.get(row.spend) ?? [];
    groups.set(row.spend, group);
    group.push(read(row as never));
  }
  return groups;
}

async function childrenOf(db: Db, community: string, ids: readonly number[]): Promise<Children> {
  const of = (table: string, order: string) =>
    db(table).where({ community }).whereIn("spend", ids).orderBy(["spend", order]);
  const lines = await of("spend_line", "line").select("spend", "account", "amount", "memo");
  const invoices = await of("spend_invoice", "number").select("spend", "number", "amount", "nets");
  const vouchers = await of("spend_voucher", "place").select("spend", "sha256");
  const keys = await of("spend_key", "side").select("spend", "side", "account");
  return {
    lines: grouped(lines, ({ account, amount, memo }: { account: string; amount: number; memo: string }) => ({
      account,
      amount: fen(amount),
      memo,
    })),
    invoices: grouped(
      invoices,
      ({ number, amount, nets }: { number: string; amount: number | null; nets: string }) => ({
        number,
        amount: amount === null ? null : fen(amount),
        nets,
      }),
    ),
    vouchers: grouped(vouchers, ({ sha256 }: { sha256: string }) => sha256),
    keys: grouped(keys, ({ side, account }: Key) => ({ side, account })),
  };
}

function toSpend(row: SpendRow, children: Children): Spend {
  const { id, kind, status, bank, supplier, payee, unit, purpose, resolution, emergency, corrects, entry } = row;
  return {
    id,
    kind,
    status,
    bank,
    toBank: row.to_bank,
    supplier,
    payee,
    unit,
    day: day(row.day),
    purpose,
    resolution,
    emergency,
    confirmed: listOf(row.confirmed),
    corrects,
    toAccount: row.to_account,
    receipt: row.receipt,
    askedBy: row.asked_by,
    askedAt: row.asked_at,
    expiresOn: day(row.expires_on),
    sides: listOf(row.sides) as Side[],
    entry,
    decidedAt: row.decided_at,
    ratifyBy: row.ratify_by === null ? null : day(row.ratify_by),
    ratifiedAt: row.ratified_at,
    lines: children.lines.get(id) ?? [],
    invoices: children.invoices.get(id) ?? [],
    vouchers: children.vouchers.get(id) ?? [],
    keys: children.keys.get(id) ?? [],
  };
}

async function withChildren(db: Db, community: string, rows: readonly SpendRow[]): Promise<Spend[]> {
  if (rows.length === 0) {
    return [];
  }
  const children = await childrenOf(
    db,
    community,
    rows.map((row) => row.id),
  );
  return rows.map((row) => toSpend(row, children));
}

export async function findSpend(db: Db, community: string, id: number): Promise<Spend | null> {
  const rows: SpendRow[] = await db("spend").where({ community, id });
  return (await withChildren(db, community, rows))[0] ?? null;
}

/** The request that became this entry, if one did. */
export async function spendOfEntry(db: Db, community: string, entry: number): Promise<Spend | null> {
  const rows: SpendRow[] = await db("spend").where({ community, entry });
  return (await withChildren(db, community, rows))[0] ?? null;
}

/** What the checks need to know of a request that nobody has decided yet. */
export type UndecidedAsk = Pick<
  Spend,
  | "id"
  | "kind"
  | "bank"
  | "toBank"
  | "payee"
  | "unit"
  | "day"
  | "resolution"
  | "emergency"
  | "corrects"
  | "receipt"
  | "expiresOn"
  | "lines"
>;

const UNDECIDED = [
  "id",
  "kind",
  "bank",
  "to_bank",
  "payee",
  "unit",
  "day",
  "resolution",
  "emergency",
  "corrects",
  "receipt",
  "expires_on",
] as const;

interface UndecidedRow extends Pick<SpendRow, (typeof UNDECIDED)[number]> {
  account: string;
  amount: number;
}

function toUndecided(row: UndecidedRow): Omit<UndecidedAsk, "lines"> {
  const { id, kind, bank, to_bank: toBank, payee, unit, resolution, emergency, corrects, receipt } = row;
  const [asked, expiresOn] = [day(row.day), day(row.expires_on)];
  return { id, kind, bank, toBank, payee, unit, day: asked, resolution, emergency, corrects, receipt, expiresOn };
}

/** All of them, each with its lines: every check asks for it. */
export function undecidedQuestion(community: string): Question<UndecidedAsk[]> {
  return {
    columns: [...UNDECIDED, "account", "amount"],
    query: (db) =>
      db("spend as s")
        .join("spend_line as l", { "l.community": "s.community", "l.spend": "s.id" })
        .where({ "s.community": community, "s.status": "waiting" })
        .orderBy(["s.id", "l.line"])
        .select(...UNDECIDED.map((name) => `s.${name}`), "l.account", "l.amount"),
    read: (rows: readonly UndecidedRow[]) => {
      const asks = new Map<number, UndecidedAsk & { lines: SpendLine[] }>();
      for (const row of rows) {
        const ask = asks.get(row.id) ?? { ...toUndecided(row), lines: [] };
        asks.set(row.id, ask);
        ask.lines.push({ account: row.account, amount: fen(row.amount), memo: "" });
      }
      return [...asks.values()];
    },
  };
}

/** Everything that nobody has decided yet, those that have expired unnoticed among them, oldest first. */
export async function undecided(db: Db, community: string): Promise<Spend[]> {
  const rows: SpendRow[] = await db("spend").where({ community, status: "waiting" }).orderBy("id");
  return withChildren(db, community, rows);
}

/** Emergencies that were paid and that no resolution in force ratifies, oldest first; `voided`: those that are not. */
export async function emergenciesOpen(db: Db, community: string, voided: readonly string[]): Promise<Spend[]> {
  const rows: SpendRow[] = await db("spend as s")
    .where({ "s.community": community })
    .whereNotNull("s.ratify_by")
    .where((spend) => {
      void spend.whereNull("s.ratified_at");
      if (voided.length > 0) {
        const standing = db("spend_step as t")
          .whereRaw("t.community = s.community and t.spend = s.id and t.kind = 'ratified'")
          .whereNotIn("t.text", voided)
          .select(db.raw("1"));
        void spend.orWhereNotExists(standing);
      }
    })
    .orderBy("s.id")
    .select("s.*");
  return withChildren(db, community, rows);
}

/** Emergencies that were paid, ratified or not, oldest first. */
export async function emergenciesPaid(db: Db, community: string): Promise<Spend[]> {
  const rows: SpendRow[] = await db("spend").where({ community }).whereNotNull("ratify_by").orderBy("id");
  return withChildren(db, community, rows);
}

/** Which requests a list shows: newest first, before the one where the last page ended. */
export interface SpendFilter {
  readonly statuses: readonly Status[];
  readonly words: string;
  readonly before: number;
  readonly limit: number;
}

export async function spendsWhere(db: Db, community: string, filter: SpendFilter): Promise<Spend[]> {
  const { statuses, words, before, limit } = filter;
  const holds = isPostgres(db) ? "strpos" : "instr";
  const rows: SpendRow[] = await db("spend")
    .where({ community })
    .where("id", "<", before)
    .whereIn("status", statuses)
    .where((spend) => {
      if (words !== "") {
        // No wildcards of a stranger's: position, not pattern.
        void spend.whereRaw(`(${holds}(payee, ?) > 0 or ${holds}(purpose, ?) > 0)`, [words, words]);
      }
    })
    .orderBy("id", "desc")
    .limit(limit);
  return withChildren(db, community, rows);
}

/** Requests of all kinds from a number on, oldest first. */
export async function spendsFrom(
  db: Db,
  community: string,
  { first, limit }: { readonly first: number; readonly limit: number },
): Promise<Spend[]> {
  const rows: SpendRow[] = await db("spend").where({ community }).where("id", ">=", first).orderBy("id").limit(limit);
  return withChildren(db, community, rows);
}

/** Whom payments were asked for lately, newest first, and on which account: what the next form offers. */
export async function recentPayees(
  db: Db,
  community: string,
  supplier?: number,
): Promise<{ payee: string; account: string; purpose: string }[]> {
  return db("spend as s")
    .join("supplier as p", { "p.community": "s.community", "p.id": "s.supplier" })
    .join("spend_line as l", { "l.community": "s.community", "l.spend": "s.id" })
    .where({ "s.community": community, "s.kind": "payment", "l.line": 1 })
    .where(supplier === undefined ? {} : { "s.supplier": supplier })
    .orderBy("s.id", "desc")
    .limit(supplier === undefined ? RECENT : 1)
    .select({ payee: "p.name", account: "l.account", purpose: "s.purpose" });
}

const RECENT = 40;

/** Who released what became entries, as sides: payments by their entry, corrections by the entry that they put right. */
export interface ReleasedEntry {
  readonly entry: number;
  readonly corrects: number | null;
  readonly sides: readonly Side[];
}

export async function releasedEntries(
  db: Db,
  community: string,
  entries: readonly { readonly seq: number; readonly corrects?: number }[],
): Promise<ReleasedEntry[]> {
  const seqs = entries.map(({ seq }) => seq);
  const corrected = entries.flatMap(({ corrects }) => corrects ?? []);
  const rows: { entry: number; corrects: number | null; side: Side }[] = await db("spend as s")
    .join("spend_key as k", { "k.community": "s.community", "k.spend": "s.id" })
    .where({ "s.community": community, "s.status": "paid" })
    .where((spend) => void spend.whereIn("s.entry", seqs).orWhereIn("s.corrects", corrected))
    .orderBy(["s.entry", { column: "k.side", order: "desc" }])
    .select("s.entry", "s.corrects", "k.side");
  const released = new Map<number, ReleasedEntry>();
  for (const { entry, corrects, side } of rows) {
    released.set(entry, { entry, corrects, sides: [...(released.get(entry)?.sides ?? []), side] });
  }
  return [...released.values()];
}

export async function stepsOf(db: Db, community: string, spend: number): Promise<SpendStep[]> {
  return db("spend_step").where({ community, spend }).orderBy("step").select("kind", "side", "actor", "text", "at");
}

/** An invoice that a request holds. */
export interface HeldInvoice {
  readonly spend: number;
  readonly number: string;
  readonly amount: Fen | null;
  readonly isWaiting: boolean;
  readonly expiresOn: Day;
}

/** Which of these invoices a request holds, and what is known of them. */
export function heldQuestion(community: string, numbers: readonly string[]): Question<HeldInvoice[]> {
  return {
    columns: ["spend", "number", "amount", "status", "expires_on"],
    query: (db) => {
      const held = (): Knex.QueryBuilder =>
        db("spend_invoice").where({ community, held: 1 }).select("community", "spend", "number", "amount");
      // Rows of before numbers were kept in one spelling are few, and looked through. Apart, each has its index; SQLite
      // takes it only where a range is asked for.
      const odd = held().whereRaw(`number > '' and ${isOddlySpelled(db, "number")}`);
      return db
        .from(held().whereIn("number", numbers).unionAll(odd).as("i"))
        .join("spend as s", { "s.community": "i.community", "s.id": "i.spend" })
        .select("i.spend", "i.number", "i.amount", "s.status", "s.expires_on");
    },
    read: (
      rows: readonly { spend: number; number: string; amount: number | null; status: Status; expires_on: string }[],
    ) =>
      rows
        .map(({ spend, number, amount, status, expires_on: expiresOn }) => ({
          spend,
          number: invoiceNumber(number),
          amount: amount === null ? null : fen(amount),
          isWaiting: status === "waiting",
          expiresOn: day(expiresOn),
        }))
        .filter(({ number }) => numbers.includes(number)),
  };
}

/** Which requests that wait or were paid carry these vouchers. */
export async function vouchersInUse(
  db: Db,
  community: string,
  shas: readonly string[],
): Promise<{ spend: number; sha: string; isWaiting: boolean; expiresOn: Day }[]> {
  if (shas.length === 0) {
    return [];
  }
  const rows = await db("spend_voucher as v")
    .join("spend as s", { "s.community": "v.community", "s.id": "v.spend" })
    .where({ "v.community": community, "s.kind": "payment" })
    .whereIn("v.sha256", shas)
    .whereIn("s.status", ["waiting", "paid"])
    .orderBy("v.spend")
    .select("v.spend", "v.sha256", "s.status", "s.expires_on");
  return rows.map((row) => ({
    spend: row.spend,
    sha: row.sha256,
    isWaiting: row.status === "waiting",
    expiresOn: day(row.expires_on),
  }));
}

// ---- Steps --------------------------------------------------------------------------------------------------------

export async function insertStep(tx: Tx, community: string, spend: number, step: SpendStep): Promise<void> {
  const at = { community, spend };
  await tx("spend_step").insert({ ...at, step: await nextNumber(tx, "spend_step", at, "step"), ...step });
}

export async function insertKey(tx: Tx, community: string, spend: number, key: Key): Promise<void> {
  await tx("spend_key").insert({ community, spend, ...key });
}

export async function deleteKey(tx: Tx, community: string, spend: number, account: string): Promise<void> {
  await tx("spend_key").where({ community, spend, account }).delete();
}

/** What changes of a request that waits: the sides it needs, or its end. */
export interface SpendChange {
  readonly sides?: readonly Side[];
  readonly status?: Status;
  readonly entry?: number;
  readonly decidedAt?: string;
  readonly ratifyBy?: Day;
}

export async function updateSpend(tx: Tx, community: string, id: number, change: SpendChange): Promise<void> {
  const columns = {
    ...(change.sides === undefined ? {} : { sides: change.sides.join(" ") }),
    ...(change.status === undefined ? {} : { status: change.status }),
    ...(change.entry === undefined ? {} : { entry: change.entry }),
    ...(change.decidedAt === undefined ? {} : { decided_at: change.decidedAt }),
    ...(change.ratifyBy === undefined ? {} : { ratify_by: change.ratifyBy }),
  };
  await tx("spend").where({ community, id }).update(columns);
}

export async function setRatified(tx: Tx, community: string, id: number, at: string): Promise<void> {
  await tx("spend").where({ community, id }).update({ ratified_at: at });
}

/** Lets the invoices of a request be used again. */
export async function freeInvoices(tx: Tx, community: string, spend: number): Promise<void> {
  await tx("spend_invoice").where({ community, spend }).update({ held: 0 });
}
