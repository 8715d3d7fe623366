// SQL of the bank's lines and the imports that brought them. All of it is only ever added.
import type { Knex } from "knex";
import { fen, type Fen } from "../base/money.ts";
import { day, month, type Day, type Month } from "../base/month.ts";
import type { Period } from "../bankfile/rules.ts";
import { insertAll, whereIn, type Db, type Tx } from "../platform/db.ts";
import type { BankImport, NewImport, NewLine, StoredLine } from "./rules.ts";

// ---- Lines ------------------------------------------------------------------------------------------------------

interface BankRow {
  account: string;
  line: number;
  day: string;
  amount: number;
  balance: number;
  counterparty: string;
  memo: string;
  serial: string;
  source: string;
  import: number | null;
}

/**
 * Which lines count: all but those of imports that were taken back (migration 0019). Whoever asks for the bank's lines
 * asks this view; the table itself is for adding lines, for their numbers, and for records of what once was.
 */
export const COUNTED_LINES = "bank_line_counted";

const COLUMNS = [
  "account",
  "line",
  "day",
  "amount",
  "balance",
  "counterparty",
  "memo",
  "serial",
  "source",
  "import",
] as const;

/** Adds lines; `imported` is the number of the import that brought them, null for those of an import folder. */
export async function insertBankLines(
  tx: Tx,
  community: string,
  lines: readonly NewLine[],
  imported: number | null,
): Promise<void> {
  const retakes = await retakesOf(tx, community);
  const rows = lines.map((line) => ({
    community,
    account: line.account,
    line: line.line,
    day: line.day,
    amount: line.amount,
    balance: line.balance,
    counterparty: line.counterparty,
    memo: line.memo,
    source: line.source,
    serial: line.serial,
    import: imported,
    file_row: line.fileRow,
    retakes: retakes.get(line.account) ?? 0,
  }));
  await insertAll(tx, "bank_line", rows);
}

/** How many imports of each account were taken back: their lines may come again beside the old ones. */
async function retakesOf(db: Db, community: string): Promise<Map<string, number>> {
  const rows: { account: string; count: number }[] = await db("bank_import_taken_back")
    .where({ community })
    .groupBy("account")
    .select("account", db.raw("count(*) as count"));
  return new Map(rows.map(({ account, count }) => [account, count]));
}

function toLine(row: BankRow): StoredLine {
  return { ...row, day: day(row.day), amount: fen(row.amount), balance: fen(row.balance) };
}

export async function linesBySource(db: Db, community: string, sources: readonly string[]): Promise<StoredLine[]> {
  const rows: BankRow[] = await db(COUNTED_LINES)
    .where({ community })
    .whereIn("source", sources)
    .select(...COLUMNS);
  return rows.map(toLine);
}

/** The same on one account, which its index answers. */
export async function linesOfSources(
  db: Db,
  community: string,
  account: string,
  sources: readonly string[],
): Promise<StoredLine[]> {
  const asked = db(COUNTED_LINES).where({ community, account });
  const rows: BankRow[] = await whereIn(db, asked, "source", sources).select(...COLUMNS);
  return rows.map(toLine);
}

/** The last line number used on each account, by lines that count no more too. */
export async function lastLines(db: Db, community: string): Promise<Map<string, number>> {
  // Asked per account, the primary key answers at once however many lines there are.
  const last = db("bank_line as l").where("l.community", community).whereRaw("l.account = a.code").max("l.line");
  const rows: { code: string; line: number | null }[] = await db("bank_account as a")
    .where({ community })
    .select("a.code", last.as("line"));
  return new Map(rows.map((row) => [row.code, row.line ?? 0]));
}

export async function lineAt(db: Db, community: string, account: string, line: number): Promise<StoredLine | null> {
  const row: BankRow | undefined = await db(COUNTED_LINES)
    .where({ community, account, line })
    .first(...COLUMNS);
  return row === undefined ? null : toLine(row);
}

export async function linesOf(
  db: Db,
  community: string,
  account: string,
  numbers: readonly number[],
): Promise<StoredLine[]> {
  const asked = db(COUNTED_LINES).where({ community, account });
  const rows: BankRow[] = await whereIn(db, asked, "line", numbers)
    .orderBy("line")
    .select(...COLUMNS);
  return rows.map(toLine);
}

/** The same for a record of what once was: lines of imports that were taken back too. */
export async function linesEver(
  db: Db,
  community: string,
  account: string,
  numbers: readonly number[],
): Promise<StoredLine[]> {
  const asked = db("bank_line").where({ community, account });
  const rows: BankRow[] = await whereIn(db, asked, "line", numbers)
    .orderBy("line")
    .select(...COLUMNS);
  return rows.map(toLine);
}

/** The lines that an import brought, in their order, whether they count or not. */
export async function linesOfImport(
  db: Db,
  community: string,
  { account, number, from, through }: Pick<BankImport, "account" | "number" | "from" | "through">,
): Promise<StoredLine[]> {
  const rows: BankRow[] = await db("bank_line")
    .where({ community, account, import: number })
    .whereBetween("day", [from, through])
    .orderBy("line")
    .select(...COLUMNS);
  return rows.map(toLine);
}

/** Lines of those days, in their order. */
export async function linesBetween(
  db: Db,
  community: string,
  account: string,
  from: Day,
  through: Day,
): Promise<StoredLine[]> {
  const rows: BankRow[] = await db(COUNTED_LINES)
    .where({ community, account })
    .whereBetween("day", [from, through])
    .orderBy(["day", "line"])
    .select(...COLUMNS);
  return rows.map(toLine);
}

/** Lines after one of them up to a day, in their order, as many as asked for. */
export async function linesFrom(
  db: Db,
  community: string,
  account: string,
  range: {
    readonly start: { readonly day: Day; readonly line: number };
    readonly through: Day;
    readonly count: number;
  },
): Promise<StoredLine[]> {
  const rows: BankRow[] = await db(COUNTED_LINES)
    .where({ community, account })
    .where("day", "<=", range.through)
    .whereRaw("(day, line) > (?, ?)", [range.start.day, range.start.line])
    .orderBy(["day", "line"])
    .limit(range.count)
    .select(...COLUMNS);
  return rows.map(toLine);
}

/** The lines of the last day with any up to `last`, and of the first day with any from `next` on, as they came. */
export async function linesAround(
  db: Db,
  community: string,
  account: string,
  { last, next }: { readonly last: Day; readonly next: Day },
): Promise<{ last: StoredLine[]; next: StoredLine[] }> {
  const at = db(COUNTED_LINES).where({ community, account });
  const lastOne = at.clone().where("day", "<=", last).max("day");
  const nextOne = at.clone().where("day", ">=", next).min("day");
  const linesOn = async (dayOf: Knex.QueryBuilder): Promise<StoredLine[]> => {
    const rows: BankRow[] = await at
      .clone()
      .where("day", dayOf)
      .orderBy("line")
      .select(...COLUMNS);
    return rows.map(toLine);
  };
  return { last: await linesOn(lastOne), next: await linesOn(nextOne) };
}

/** How many lines each month has, with what they add up to in and out. */
export async function monthsOfLines(
  db: Db,
  community: string,
  account: string,
): Promise<{ month: Month; lines: number; in: Fen; out: Fen }[]> {
  const rows: { month: string; lines: number; received: number; paid: number }[] = await db(COUNTED_LINES)
    .where({ community, account })
    .groupByRaw("substr(day, 1, 7)")
    .orderBy("month")
    .select(
      db.raw("substr(day, 1, 7) as month"),
      db.raw("count(*) as lines"),
      db.raw("cast(coalesce(sum(case when amount > 0 then amount end), 0) as bigint) as received"),
      db.raw("cast(coalesce(sum(case when amount < 0 then -amount end), 0) as bigint) as paid"),
    );
  return rows.map((row) => ({ month: month(row.month), lines: row.lines, in: fen(row.received), out: fen(row.paid) }));
}

// ---- Files ------------------------------------------------------------------------------------------------------

export async function insertImport(tx: Tx, community: string, imported: NewImport): Promise<void> {
  await tx("bank_import").insert({
    community,
    account: imported.account,
    number: imported.number,
    sha256: imported.sha256,
    name: imported.name,
    from_day: imported.from,
    through_day: imported.through,
    basis: imported.basis,
    layout: imported.layout,
    added: imported.added,
    known: imported.known,
    matched: imported.matched,
    notices: imported.notices,
    imported_by: imported.importedBy,
    imported_at: imported.importedAt,
  });
}

/** The imports of an account, newest first, with those that were taken back. */
export async function importsOf(db: Db, community: string, account: string): Promise<BankImport[]> {
  const rows = await db("bank_import").where({ community, account }).orderBy("number", "desc");
  const asked = await db("bank_import_ask").where({ community, account });
  const taken = await db("bank_import_taken_back").where({ community, account });
  const asks = new Map(
    asked.map((row) => [row.import, { reason: row.reason, side: row.side, by: row.asked_by, at: row.asked_at }]),
  );
  const ends = new Map(taken.map((row) => [row.import, { reason: row.reason, by: row.taken_by, at: row.taken_at }]));
  return rows.map((row) => ({
    account,
    number: row.number,
    sha256: row.sha256,
    name: row.name,
    from: day(row.from_day),
    through: day(row.through_day),
    basis: row.basis,
    layout: row.layout,
    added: row.added,
    known: row.known,
    matched: row.matched,
    notices: row.notices,
    importedBy: row.imported_by,
    importedAt: row.imported_at,
    asked: asks.get(row.number) ?? null,
    takenBack: ends.get(row.number) ?? null,
  }));
}

/** The days that the imports of each account cover, by account; those that were taken back say nothing. */
export async function coverages(db: Db, community: string): Promise<Map<string, Period[]>> {
  const rows: { account: string; from_day: string; through_day: string }[] = await db("bank_import as i")
    .where({ "i.community": community })
    .whereNotExists(
      db("bank_import_taken_back as t")
        .where("t.community", community)
        .whereRaw("t.account = i.account and t.import = i.number"),
    )
    .orderBy(["i.account", "i.number"])
    .select("i.account", "i.from_day", "i.through_day");
  const found = new Map<string, Period[]>();
  for (const row of rows) {
    const list = found.get(row.account) ?? [];
    found.set(row.account, list);
    list.push({ from: day(row.from_day), through: day(row.through_day) });
  }
  return found;
}
