// The journal's SQL.
import type { Knex } from "knex";
import { add, fen, ZERO, type Fen } from "../base/money.ts";
import { day, month, type Day, type Month } from "../base/month.ts";
import { invoiceNumbersIn } from "../base/spelling.ts";
import {
  answer,
  insertTogether,
  isOddlySpelled,
  readMany,
  whereIn,
  type Db,
  type Insertion,
  type Question,
  type Row,
  type Tx,
} from "../platform/db.ts";
import {
  CASH,
  entryCode,
  serialOf,
  WITH_CONSENT,
  type Balance,
  type Book,
  type EntryKind,
  type EntryVoucher,
  type Flow,
  type Line,
  type PaidEntry,
  type SealedEntry,
  type StandingPayment,
} from "./rules.ts";

interface BookRow {
  community: string;
  first_month: string;
  closed_through: string;
  seq: number;
  head: string;
  moved_in: string;
}

export async function insertBook(tx: Tx, book: Book): Promise<void> {
  await tx("book").insert({
    community: book.community,
    first_month: book.firstMonth,
    closed_through: book.closedThrough,
    seq: book.seq,
    head: book.head,
    moved_in: book.movedIn,
  });
}

const BOOK = ["community", "first_month", "closed_through", "seq", "head", "moved_in"] as const;

export function bookQuestion(community: string): Question<Book | null> {
  return {
    columns: BOOK,
    query: (db) =>
      db("book")
        .where({ community })
        .select(...BOOK),
    read: ([row]: readonly BookRow[]) => (row === undefined ? null : toBook(row)),
  };
}

export async function findBook(db: Db, community: string): Promise<Book | null> {
  return answer(db, bookQuestion(community));
}

function toBook(row: BookRow): Book {
  return {
    community: row.community,
    firstMonth: month(row.first_month),
    closedThrough: row.closed_through === "" ? "" : month(row.closed_through),
    seq: row.seq,
    head: row.head,
    movedIn: day(row.moved_in),
  };
}

/** The book and the last number of each of the months, in one statement. */
export async function bookAndNumbers(
  tx: Tx,
  community: string,
  months: readonly Month[],
): Promise<{ book: Book; lastNumbers: Map<Month, number> } | null> {
  const numbers = months
    .map((_, i) => `, (select max(number) from entry where community = book.community and month = ?) as n${i}`)
    .join("");
  const rows = rowsOf<BookRow & Record<string, number | null>>(
    await tx.raw(`select book.*${numbers} from book where community = ?`, [...months, community]),
  );
  const row = rows[0];
  if (row === undefined) {
    return null;
  }
  return { book: toBook(row), lastNumbers: new Map(months.map((m, i) => [m, row[`n${i}`] ?? 0])) };
}

/** knex hands raw answers through as each driver gives them. */
function rowsOf<T>(found: unknown): T[] {
  return Array.isArray(found) ? (found as T[]) : (found as { rows: T[] }).rows;
}

/** Lines first: the entry seals them, and the database moves the book's head on to the last entry. */
export async function insertEntries(
  tx: Tx,
  entries: readonly SealedEntry[],
  balances: readonly Balance[],
  recordedAt: string,
): Promise<void> {
  const community = entries[0]?.community ?? "";
  await insertTogether(tx, [
    { table: "entry_line", rows: entries.flatMap(rowsOfLines) },
    balanceInsertion(community, balances),
    { table: "entry", rows: entries.map((entry) => entryRow(entry, recordedAt)) },
  ]);
}

export async function addBalances(tx: Tx, community: string, balances: readonly Balance[]): Promise<void> {
  await insertTogether(tx, [balanceInsertion(community, balances)]);
}

function balanceInsertion(community: string, balances: readonly Balance[]): Insertion {
  return {
    table: "balance",
    rows: balances.map((row) => ({ community, ...row })),
    onConflict: `on conflict (community, month, fund, account, bank, flow, purpose)
      do update set debit = balance.debit + excluded.debit, credit = balance.credit + excluded.credit`,
  };
}

function rowsOfLines(entry: SealedEntry): Row[] {
  return entry.lines.map((line, index) => ({
    community: entry.community,
    month: entry.month,
    number: entry.number,
    line: index + 1,
    fund: line.fund,
    account: line.account,
    unit: line.unit ?? "",
    period: line.period ?? "",
    bank: line.bank ?? "",
    flow: line.flow ?? "",
    purpose: line.purpose ?? "",
    amount: line.amount,
  }));
}

function entryRow(entry: SealedEntry, recordedAt: string): Row {
  return {
    community: entry.community,
    seq: entry.seq,
    month: entry.month,
    number: entry.number,
    day: entry.day,
    occurred: entry.occurred,
    kind: entry.kind,
    memo: entry.memo,
    source: entry.source ?? null,
    payee: entry.payee ?? null,
    invoice: entry.invoice ?? null,
    resolution: entry.resolution ?? null,
    vouchers: entry.vouchers === undefined ? null : JSON.stringify(entry.vouchers),
    corrects: entry.corrects ?? null,
    reason: entry.reason ?? null,
    bytes: entry.bytes,
    hash: entry.hash,
    recorded_at: recordedAt,
  };
}

export async function setClosedThrough(tx: Tx, community: string, through: Month): Promise<void> {
  await tx("book").where({ community }).update({ closed_through: through });
}

/** Balances of the months from `first` to `last`, both included, in a fixed order. */
export async function balancesBetween(db: Db, community: string, first: Month, last: Month): Promise<Balance[]> {
  const rows = await db("balance")
    .where({ community })
    .whereBetween("month", [first, last])
    .orderBy(["month", "fund", "account", "bank", "flow", "purpose"])
    .select("month", "fund", "account", "bank", "flow", "purpose", "debit", "credit");
  return rows.map((row) => ({ ...row, month: month(row.month), debit: fen(row.debit), credit: fen(row.credit) }));
}

export interface EntryRow {
  community: string;
  seq: number;
  month: string;
  number: number;
  day: string;
  occurred: string;
  kind: EntryKind;
  memo: string;
  source: string | null;
  payee: string | null;
  invoice: string | null;
  resolution: string | null;
  vouchers: string | null;
  corrects: number | null;
  reason: string | null;
  bytes: string;
  hash: string;
}

export interface LineRow {
  month: string;
  number: number;
  fund: string;
  account: string;
  unit: string;
  period: string;
  bank: string;
  flow: Flow | "";
  purpose: string;
  amount: number;
}

const LINE_COLUMNS = ["month", "number", "fund", "account", "unit", "period", "bank", "flow", "purpose", "amount"].map(
  (name) => `l.${name}`,
);

type EntryQuery = Knex.QueryBuilder<EntryRow, EntryRow[]>;

/** The entries a filter finds, in its order, with their lines in theirs. */
async function entriesWhere(db: Db, filter: (query: EntryQuery) => EntryQuery): Promise<SealedEntry[]> {
  const rows: EntryRow[] = await filter(db("entry"));
  if (rows.length === 0) {
    return [];
  }
  // The cross join makes SQLite begin with the entries; it would walk all lines of the community instead.
  const found = filter(db("entry")).select("community", "month", "number").as("e");
  const lineRows: LineRow[] = await db(found)
    .crossJoin(db.raw("entry_line as l"))
    .whereRaw("l.community = e.community and l.month = e.month and l.number = e.number")
    .orderBy(["l.month", "l.number", "l.line"])
    .select(LINE_COLUMNS);
  const lines = new Map<string, Line[]>();
  for (const row of lineRows) {
    const key = entryCode(month(row.month), row.number);
    const list = lines.get(key) ?? [];
    lines.set(key, list);
    list.push(toLine(row));
  }
  return rows.map((row) => toEntry(row, lines.get(entryCode(month(row.month), row.number)) ?? []));
}

export async function entryAt(
  db: Db,
  community: string,
  at: { month: string; number: number },
): Promise<SealedEntry | null> {
  return (await entriesWhere(db, (entry) => entry.where({ community, ...at })))[0] ?? null;
}

export async function entriesBySource(db: Db, community: string, sources: readonly string[]): Promise<SealedEntry[]> {
  return entriesWhere(db, (entry) => entry.where({ community }).whereIn("source", sources).orderBy("seq"));
}

/** A booking found by its source, and what its cash on an account comes to with all that corrected it. */
export interface BookedUnder {
  readonly code: string;
  readonly source: string;
  readonly memo: string;
  readonly cash: Fen;
}

export async function bookedUnder(
  db: Db,
  community: string,
  bank: string,
  sources: readonly string[],
): Promise<BookedUnder[]> {
  const rows: { seq: number; month: string; number: number; source: string; memo: string }[] = await whereIn(
    db,
    db("entry").where({ community }),
    "source",
    sources,
  )
    .orderBy("seq")
    .select("seq", "month", "number", "source", "memo");
  // A correction may be corrected in its turn.
  const rootOf = new Map(rows.map(({ seq }) => [seq, seq]));
  for (let level = [...rootOf.keys()]; level.length > 0;) {
    const next: { seq: number; corrects: number }[] = await whereIn(
      db,
      db("entry").where({ community }),
      "corrects",
      level,
    ).select("seq", "corrects");
    next.forEach(({ seq, corrects }) => rootOf.set(seq, rootOf.get(corrects) ?? corrects));
    level = next.map(({ seq }) => seq);
  }
  const asked = db("entry as e")
    .join("entry_line as l", { "l.community": "e.community", "l.month": "e.month", "l.number": "e.number" })
    .where({ "e.community": community, "l.account": CASH, "l.bank": bank });
  const lines: { seq: number; amount: number }[] = await whereIn(db, asked, "e.seq", [...rootOf.keys()]).select(
    "e.seq",
    "l.amount",
  );
  const cash = new Map<number, Fen>();
  for (const { seq, amount } of lines) {
    const root = rootOf.get(seq) ?? seq;
    cash.set(root, add(cash.get(root) ?? ZERO, fen(amount)));
  }
  return rows.map(({ seq, month: m, number, source, memo }) => ({
    code: entryCode(month(m), number),
    source,
    memo,
    cash: cash.get(seq) ?? ZERO,
  }));
}

/** Entries after that sequence in the chain's order, as many as asked for. */
export async function entriesAfter(db: Db, community: string, seq: number, count: number): Promise<SealedEntry[]> {
  return entriesWhere(db, (entry) => entry.where({ community }).where("seq", ">", seq).orderBy("seq").limit(count));
}

/** A month's entries in the order of their numbers. */
export async function journalOfMonth(db: Db, community: string, m: Month): Promise<SealedEntry[]> {
  return entriesWhere(db, (entry) => entry.where({ community, month: m }).orderBy("number"));
}

/** Which entries a statement's figure is made of: those booked in its month, or (restated) those that belong to it. */
export interface PaidSpan {
  readonly month: Month;
  /** Of a restated month: the last month whose late entries it knows; null while it stands as it was booked. */
  readonly knownThrough: Month | null;
}

/** The entries by which cash was paid under an account, in the order of their days. */
export async function paidUnder(db: Db, community: string, account: string, span: PaidSpan): Promise<SealedEntry[]> {
  const { month: m, knownThrough } = span;
  return entriesWhere(db, (entry) =>
    entry
      .where({ community })
      .whereRaw(
        `exists (select 1 from entry_line l where l.community = entry.community and l.month = entry.month
          and l.number = entry.number and l.flow = 'paid' and l.purpose = ?)`,
        [account],
      )
      .where((dated) => {
        if (knownThrough === null) {
          void dated.where("month", m);
        } else {
          void dated
            .where((own) => void own.where("month", m).where("occurred", ">=", `${m}-01`))
            .orWhere((late) => {
              void late
                .where("month", ">", m)
                .where("month", "<=", knownThrough)
                .whereRaw("month > substr(occurred, 1, 7)")
                .whereBetween("occurred", [`${m}-01`, `${m}-31`]);
            });
        }
      })
      .orderBy(["occurred", "seq"]),
  );
}

/**
 * Late entries: booked in the months from `first` to `last` though they happened in an earlier month than the one whose
 * books they are in, and not after `occurred`.
 */
export async function lateEntries(
  db: Db,
  community: string,
  range: { readonly first: Month; readonly last: Month; readonly occurred: Day },
): Promise<SealedEntry[]> {
  return entriesWhere(db, (entry) =>
    entry
      .where({ community })
      .whereBetween("month", [range.first, range.last])
      .where("occurred", "<=", range.occurred)
      .whereRaw("month > substr(occurred, 1, 7)")
      .orderBy("seq"),
  );
}

/** Lines of one account in one month with the kind of their entry, in the order they happened; of one unit when it is named. */
export async function linesOnAccount(
  db: Db,
  community: string,
  m: Month,
  { account, unit }: { readonly account: string; readonly unit?: string | undefined },
): Promise<{ kind: EntryKind; unit: string; amount: Fen }[]> {
  const asked = db("entry_line as l")
    .join("entry as e", { "l.community": "e.community", "l.month": "e.month", "l.number": "e.number" })
    .where({ "l.community": community, "l.month": m, "l.account": account })
    .where(unit === undefined ? {} : { "l.unit": unit })
    .orderBy(["e.occurred", "e.seq", "l.line"])
    .select("e.kind", "l.unit", "l.amount");
  const rows = (await readMany(db, asked, ["kind", "unit", "amount"])) as [EntryKind, string, number][];
  return rows.map(([kind, of, amount]) => ({ kind, unit: of, amount: fen(amount) }));
}

/**
 * What the books moved on one bank account in those months. An entry counts with what corrected it in the same month:
 * booked, reversed and booked again it moved once; reversed for good, not at all.
 */
export async function bankMovements(
  db: Db,
  community: string,
  bank: string,
  { first, last }: { readonly first: Month; readonly last: Month },
): Promise<BankMovement[]> {
  const asked = db("entry_line as l")
    .join("entry as e", { "l.community": "e.community", "l.month": "e.month", "l.number": "e.number" })
    .where({ "l.community": community, "l.account": CASH, "l.bank": bank })
    .whereBetween("l.month", [first, last])
    .whereNot("l.flow", "opening")
    .orderBy(["l.month", "l.number", "l.line"])
    .select("e.seq", "e.corrects", "l.month", "l.number", "e.occurred", "e.source", "e.payee", "e.memo", "l.amount");
  const rows = (await readMany(db, asked, MOVEMENT_COLUMNS)) as MovementRow[];
  const corrected = new Set(rows.flatMap(([, corrects]) => corrects ?? []));
  const movements: BankMovement[] = [];
  const placeOf = new Map<string, number>();
  for (const row of rows) {
    const [seq, corrects, m] = row;
    const before = movements.at(-1);
    // Lines of one entry follow each other; only what was corrected has to be looked for.
    const isSame = before?.entry === seq;
    const key = corrects === null && !corrected.has(seq) ? "" : `${m}/${corrects ?? seq}`;
    const place = isSame ? movements.length - 1 : placeOf.get(key);
    const movement = place === undefined ? undefined : movements[place];
    if (place === undefined || movement === undefined) {
      if (key !== "") {
        placeOf.set(key, movements.length);
      }
      movements.push(toMovement(row));
    } else {
      movements[place] = { ...movement, amount: add(movement.amount, fen(row[8])) };
    }
  }
  return movements.filter(({ amount }) => amount !== 0);
}

const MOVEMENT_COLUMNS = ["seq", "corrects", "month", "number", "occurred", "source", "payee", "memo", "amount"];

type MovementRow = [
  seq: number,
  corrects: number | null,
  month: string,
  number: number,
  occurred: string,
  source: string | null,
  payee: string | null,
  memo: string,
  amount: number,
];

function toMovement([seq, , m, number, occurred, source, payee, memo, amount]: MovementRow): BankMovement {
  return {
    entry: seq,
    code: entryCode(month(m), number),
    day: day(occurred),
    amount: fen(amount),
    serial: serialOf(source ?? ""),
    payee: payee ?? "",
    memo,
  };
}

/** Whose those entries are: the unit of each that has one, after whatever corrected it. */
export async function unitsOfEntries(db: Db, community: string, seqs: readonly number[]): Promise<Map<number, string>> {
  const unitsOf = async (column: "seq" | "corrects"): Promise<[number, string][]> => {
    const rows: { key: number; unit: string }[] = await whereIn(db, db("entry as e"), `e.${column}`, seqs)
      .join("entry_line as l", { "l.community": "e.community", "l.month": "e.month", "l.number": "e.number" })
      .where({ "e.community": community })
      .whereNot("e.kind", "reversal")
      .whereNot("l.unit", "")
      .orderBy("e.seq")
      .select({ key: `e.${column}`, unit: "l.unit" });
    return rows.map(({ key, unit }) => [key, unit]);
  };
  return new Map([...(await unitsOf("seq")), ...(await unitsOf("corrects"))]);
}

/** What the books moved on a bank account: one booking with its corrections. */
export interface BankMovement {
  /** The sequence of its first entry. */
  readonly entry: number;
  readonly code: string;
  /** The day it happened. */
  readonly day: Day;
  /** In positive, out negative. */
  readonly amount: Fen;
  /** The bank's serial, where it was booked with one. */
  readonly serial: string;
  readonly payee: string;
  readonly memo: string;
}

const NOT_REVERSED = `not exists (select 1 from entry r
  where r.community = e.community and r.corrects = e.seq and r.kind = 'reversal')`;

interface PaidRow {
  seq: number;
  month: string;
  number: number;
  occurred: string;
  memo: string;
  amount: number | null;
}

/** The newest payments to a payee, by any of its names, that happened within a span of days and still stand. */
export function paymentsQuestion(
  community: string,
  payees: readonly string[],
  span: { readonly first: Day; readonly last: Day; readonly count: number },
): Question<PaidEntry[]> {
  return {
    columns: ["seq", "month", "number", "occurred", "memo", "amount"],
    query: (db) =>
      db("entry as e")
        .where("e.community", community)
        .whereIn("e.payee", payees)
        .whereBetween("e.occurred", [span.first, span.last])
        .whereNot("e.kind", "reversal")
        .whereRaw(NOT_REVERSED)
        .orderBy([
          { column: "e.occurred", order: "desc" },
          { column: "e.seq", order: "desc" },
        ])
        .limit(span.count)
        .select("e.seq", "e.month", "e.number", "e.occurred", "e.memo", paidBy(db).as("amount")),
    read: (rows: readonly PaidRow[]) =>
      rows.map(({ seq, month: m, number, occurred, memo, amount }) => ({
        seq,
        code: entryCode(month(m), number),
        day: day(occurred),
        memo,
        amount: fen(amount ?? 0),
      })),
  };
}

/** What an entry e paid out. */
function paidBy(db: Db): Knex.QueryBuilder {
  return db("entry_line as l")
    .whereRaw("l.community = e.community and l.month = e.month and l.number = e.number and l.flow = 'paid'")
    .select(db.raw("cast(-sum(l.amount) as bigint)"));
}

export async function paymentsTo(
  db: Db,
  community: string,
  payees: readonly string[],
  span: { readonly first: Day; readonly last: Day; readonly count: number },
): Promise<PaidEntry[]> {
  return answer(db, paymentsQuestion(community, payees, span));
}

/**
 * Which of these invoice numbers, in their one spelling, stand on an entry that was not reversed, and the code of that
 * entry. Imported entries carry them as somebody spelled them, or several in one text; those are few, and looked through.
 */
export function invoicesQuestion(community: string, numbers: readonly string[]): Question<Map<string, string>> {
  const wanted = new Set(numbers);
  // Code and number of the older kinds, written as one.
  const spellings = numbers.flatMap((number) => [number, number.replace(/^(\d{10})-(\d{8})$/, "$1$2")]);
  return {
    columns: ["month", "number", "invoice"],
    query: (db) => {
      const entries = (): Knex.QueryBuilder =>
        db("entry").where({ community }).select("community", "seq", "month", "number", "invoice");
      // Apart, each is answered by its index; joined by "or", SQLite would read every entry.
      const known = entries().whereIn("invoice", spellings);
      return db
        .from(known.unionAll(entries().whereRaw(isOddlySpelled(db, "invoice"))).as("e"))
        .whereRaw(NOT_REVERSED)
        .orderBy("e.seq")
        .select("e.month", "e.number", "e.invoice");
    },
    read: (rows: readonly { month: string; number: number; invoice: string }[]) =>
      new Map(
        rows.flatMap((row) =>
          [...invoiceNumbersIn(row.invoice)]
            .filter((number) => wanted.has(number))
            .map((number): [string, string] => [number, entryCode(month(row.month), row.number)]),
        ),
      ),
  };
}

/** What left a fund's bank accounts in a calendar year, by the account it was paid under. */
export function paidQuestion(community: string, fund: string, year: number): Question<Map<string, Fen>> {
  return {
    columns: ["purpose", "paid"],
    query: (db) =>
      db("balance")
        .where({ community, fund, account: CASH, flow: "paid" })
        .whereBetween("month", [`${year}-01`, `${year}-12`])
        .groupBy("purpose")
        .select("purpose", db.raw("cast(sum(credit - debit) as bigint) as paid")),
    read: (rows: readonly { purpose: string; paid: number }[]) =>
      new Map(rows.map(({ purpose, paid }) => [purpose, fen(paid)])),
  };
}

/** What a balance-sheet account of a fund, or one bank account of it, stands at. */
export interface Standing {
  readonly fund: string;
  readonly account: string;
  readonly bank: string;
  /** Debit minus credit. */
  readonly amount: Fen;
}

/** What every balance-sheet account stands at with everything booked so far, whatever its month. */
export function standingsNow(community: string): Question<Standing[]> {
  return {
    columns: ["fund", "account", "bank", "amount"],
    query: (db) =>
      db("balance")
        .where({ community })
        // A close carries what everything stands at into the month that it opens.
        .where("month", ">", db("book").where({ community }).select("closed_through"))
        .where("account", "<", "3")
        .groupBy("fund", "account", "bank")
        .select("fund", "account", "bank", db.raw("cast(sum(debit - credit) as bigint) as amount")),
    read: (rows: readonly Standing[]) => rows.map((row) => ({ ...row, amount: fen(row.amount) })),
  };
}

/** The months of the books in order, up to and including `through`: those with entries, and the open one after a close. */
export async function monthsInBooks(db: Db, community: string, through: string): Promise<Month[]> {
  const months: string[] = await db("balance")
    .where({ community })
    .where("month", "<=", through)
    .distinct("month")
    .orderBy("month")
    .pluck("month");
  return months.map(month);
}

/** How many numbers a month has used: they are gapless from 1, so the last is the count. */
export async function lastNumber(db: Db, community: string, m: Month): Promise<number> {
  const row = await db("entry").where({ community, month: m }).max({ last: "number" }).first();
  return row?.last ?? 0;
}

function toLine(row: LineRow): Line {
  return {
    fund: row.fund,
    account: row.account,
    amount: fen(row.amount),
    ...(row.unit === "" ? {} : { unit: row.unit }),
    ...(row.period === "" ? {} : { period: month(row.period) }),
    ...(row.bank === "" ? {} : { bank: row.bank }),
    ...(row.flow === "" ? {} : { flow: row.flow }),
    ...(row.purpose === "" ? {} : { purpose: row.purpose }),
  };
}

function toEntry(row: EntryRow, lines: readonly Line[]): SealedEntry {
  return {
    community: row.community,
    seq: row.seq,
    month: month(row.month),
    number: row.number,
    day: day(row.day),
    occurred: day(row.occurred),
    kind: row.kind,
    memo: row.memo,
    lines,
    bytes: row.bytes,
    hash: row.hash,
    ...(row.source === null ? {} : { source: row.source }),
    ...(row.payee === null ? {} : { payee: row.payee }),
    ...(row.invoice === null ? {} : { invoice: row.invoice }),
    ...(row.resolution === null ? {} : { resolution: row.resolution }),
    ...(row.vouchers === null ? {} : { vouchers: JSON.parse(row.vouchers) as EntryVoucher[] }),
    ...(row.corrects === null ? {} : { corrects: row.corrects }),
    ...(row.reason === null ? {} : { reason: row.reason }),
  };
}

/** Whether another entry already corrects that one. */
export async function isCorrected(db: Db, community: string, seq: number): Promise<boolean> {
  return (await db("entry").where({ community, corrects: seq }).first("seq")) !== undefined;
}

/** The days of entries in the books, by their sequence. */
export async function entryDays(db: Db, community: string, seqs: readonly number[]): Promise<Map<number, Day>> {
  const rows = await db("entry").where({ community }).whereIn("seq", seqs).select("seq", "day");
  return new Map(rows.map((row) => [row.seq, day(row.day)]));
}

/** Which of those entries were corrected, and the code of the last entry that did it. */
export async function correctedBy(db: Db, community: string, seqs: readonly number[]): Promise<Map<number, string>> {
  const asked = whereIn(db, db("entry").where({ community }), "corrects", seqs);
  const rows: { corrects: number; month: string; number: number }[] = await asked
    .orderBy("seq")
    .select("corrects", "month", "number");
  return new Map(rows.map((row) => [row.corrects, entryCode(month(row.month), row.number)]));
}

/** The codes of entries by their sequence. */
export async function entryCodes(db: Db, community: string, seqs: readonly number[]): Promise<Map<number, string>> {
  const rows = await db("entry").where({ community }).whereIn("seq", seqs).select("seq", "month", "number");
  return new Map(rows.map((row) => [row.seq, entryCode(month(row.month), row.number)]));
}

/**
 * Payments of the month's books, rebooked ones too, with neither a voucher nor an invoice number, or on 5009 without a
 * resolution; without those that the same month's books reversed.
 */
export async function unprovenPayments(db: Db, community: string, m: Month): Promise<StandingPayment[]> {
  const needsConsent = `exists (select 1 from entry_line l where l.community = entry.community and l.month = entry.month
    and l.number = entry.number and l.purpose = '${WITH_CONSENT}')`;
  const entries = await entriesWhere(db, (entry) =>
    entry
      .where({ community, month: m })
      .whereIn("kind", ["payment", "correction"])
      .whereRaw(`not exists (select 1 from entry r where r.community = entry.community and r.corrects = entry.seq
        and r.kind = 'reversal' and r.month = entry.month)`)
      .whereRaw(`((invoice is null and vouchers is null) or (resolution is null and ${needsConsent}))`)
      .orderBy("number"),
  );
  const standing: StandingPayment[] = [];
  for (const entry of entries) {
    standing.push({ ...entry, paidIn: await monthPaidIn(db, community, entry) });
  }
  return standing;
}

/** The month of the payment that a correction books again, however often it was corrected. */
async function monthPaidIn(
  db: Db,
  community: string,
  entry: { readonly month: Month; readonly corrects?: number },
): Promise<Month> {
  let paidIn = entry.month;
  let { corrects } = entry;
  while (corrects !== undefined) {
    const row = await db("entry").where({ community, seq: corrects }).first("month", "corrects");
    paidIn = month(row?.month ?? paidIn);
    corrects = row?.corrects ?? undefined;
  }
  return paidIn;
}
