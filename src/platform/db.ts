// The door to the database: SQLite or PostgreSQL behind knex. The only file that touches a driver, so that
// another SQLite driver is a change of this file alone.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import knex, { type Knex } from "knex";
import PostgresClient from "knex/lib/dialects/postgres/index.js";
import PostgresTransaction from "knex/lib/dialects/postgres/execution/pg-transaction.js";
import SqliteClient from "knex/lib/dialects/sqlite3/index.js";
import SqliteTransaction from "knex/lib/dialects/sqlite3/execution/sqlite-transaction.js";
import pg from "pg";
import { Refusal, refuse } from "../base/refusal.ts";

/** For reading. */
export type Db = Knex;
/** For writing: only {@link runTx} makes one. */
export type Tx = Knex.Transaction;

/** `sqlite:PATH` or `postgres://…` */
export type DatabaseUrl = string;

export function isPostgres(db: Db): boolean {
  return db.client.dialect === "postgresql";
}

/** Opens the database, without migrating it. Refuses a folder or file that cannot be written. */
export async function openDatabase(url: DatabaseUrl): Promise<Db> {
  return url.startsWith("sqlite:") ? openSqlite(url.slice("sqlite:".length)) : openPostgres(url);
}

// knex would print connection errors as well as throw them; whoever catches them says what to do.
const LOG: Knex.Logger = {
  warn: () => undefined,
  error: () => undefined,
};

// ---- SQLite -------------------------------------------------------------------------------------------------

const PRAGMAS: Readonly<Record<string, string | number>> = {
  journal_mode: "wal",
  synchronous: 2,
  foreign_keys: 1,
  // Without it INSERT OR REPLACE deletes rows past the append-only triggers.
  recursive_triggers: 1,
  trusted_schema: 0,
  // What is deleted or emptied is overwritten in the file.
  secure_delete: 1,
  busy_timeout: 5000,
  // KiB, when negative. With its 2 MB a month's bills of a large community, which lie all over their index, would be read
  // and written again and again.
  cache_size: -32_768,
};

/**
 * knex sends BEGIN (deferred), which lets a read turn into a failing write, and after a failed COMMIT it hands the
 * connection back inside the open transaction, where the next request would see unsaved rows. Both are mended here.
 */
class WriteTransaction extends SqliteTransaction {
  begin(connection: unknown): Promise<unknown> {
    return this.query(connection, this.readOnly === true ? "BEGIN;" : "BEGIN IMMEDIATE;");
  }

  async commit(connection: { __knex__disposed?: unknown }, value: unknown): Promise<void> {
    try {
      await this.trxClient.query(connection, "COMMIT;");
      this._completed = true;
      this._resolver(value);
    } catch (error) {
      await this.trxClient.query(connection, "ROLLBACK;").catch(() => {
        connection.__knex__disposed = error;
      });
      this._completed = true;
      this._rejecter(error);
    }
  }
}

class WriteClient extends SqliteClient {
  override transaction(...args: unknown[]): Knex.Transaction {
    return new WriteTransaction(this, ...args) as unknown as Knex.Transaction;
  }
}

interface SqliteConnection {
  all(sql: string, done: (error: Error | null, rows: Record<string, unknown>[]) => void): void;
}

function ask(connection: SqliteConnection, sql: string): Promise<Record<string, unknown>[]> {
  return new Promise((resolve, reject) => {
    connection.all(sql, (error, rows) => (error === null ? resolve(rows) : reject(error)));
  });
}

/** Sets every pragma and reads it back: SQLite ignores what it does not like without a word. */
async function configure(connection: SqliteConnection): Promise<void> {
  for (const [name, wanted] of Object.entries(PRAGMAS)) {
    await ask(connection, `PRAGMA ${name} = ${wanted}`);
    const [row] = await ask(connection, `PRAGMA ${name}`);
    const found = Object.values(row ?? {})[0];
    if (found !== wanted) {
      throw new Error(`SQLite keeps ${name} at ${String(found)}, wanted ${wanted}`);
    }
  }
}

async function openSqlite(file: string): Promise<Db> {
  try {
    makeFolder(path.dirname(path.resolve(file)));
  } catch (error) {
    throw unwritable(file, error);
  }
  const db = knex({
    client: WriteClient as typeof Knex.Client,
    connection: { filename: file },
    useNullAsDefault: true,
    log: LOG,
    acquireConnectionTimeout: 30_000,
    pool: {
      min: 1,
      max: 1,
      afterCreate: (
        connection: SqliteConnection,
        done: (error: Error | null, connection: SqliteConnection) => void,
      ) => {
        configure(connection).then(
          () => done(null, connection),
          (error: Error) => done(error, connection),
        );
      },
    },
  });
  try {
    // Opening a database does not write; a user_version set to itself does.
    const [row] = await db.raw("PRAGMA user_version");
    await db.raw(`PRAGMA user_version = ${Number(row.user_version)}`).catch((error: { code?: string }) => {
      // Somebody else is writing, so it can be written.
      if (error.code !== "SQLITE_BUSY") {
        throw error;
      }
    });
  } catch (error) {
    await db.destroy();
    throw unwritable(file, error);
  }
  return db;
}

/** Level by level: Node's own recursive form never ends where a file system cannot hold folders, such as /proc. */
function makeFolder(folder: string): void {
  if (!existsSync(folder)) {
    makeFolder(path.dirname(folder));
    mkdirSync(folder);
  }
}

function unwritable(file: string, error: unknown): Error {
  return refuse(
    "DATA_FOLDER_UNWRITABLE",
    `账本文件 ${file} 打不开或不能写入（${error instanceof Error ? error.message : String(error)}）。`,
    "请检查该文件夹是否存在、磁盘是否已满、当前用户是否有写权限，或用环境变量 XINYI_DATA 指定另一个文件夹。",
    409,
  );
}

// ---- PostgreSQL ---------------------------------------------------------------------------------------------

const INT8 = 20;

// bigint arrives as text; ours are fen and counters, which stay safe integers by the checks of base/money.
function parseInt8(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) {
    throw new RangeError(`${text} from the database is beyond a safe integer`);
  }
  return value;
}

const types = {
  getTypeParser: (oid: number, format?: "text" | "binary") =>
    oid === INT8 ? parseInt8 : (pg.types.getTypeParser as (o: number, f?: string) => unknown)(oid, format),
};

/** Locks the community's book, and asks what is asked first, with the trip to the server that begins the transaction. */
class LockingTransaction extends PostgresTransaction {
  private readonly held: Partial<Held>;

  constructor(client: unknown, work: unknown, config: Partial<Held> = {}, ...rest: unknown[]) {
    super(client, work, config, ...rest);
    this.held = config;
  }

  begin(connection: unknown): Promise<unknown> {
    if (this.readOnly === true) {
      return this.query(connection, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;");
    }
    const { community, isShared = false, opening, tell } = this.held;
    const lock =
      community === undefined
        ? ""
        : `select 1 from book where community = ${pg.escapeLiteral(community)} for ${isShared ? "share" : "update"};`;
    return this.query(connection, `BEGIN; ${lock} ${opening === undefined ? "" : spelledOut(opening)}`).then((sent) => {
      const results = (sent as { response?: readonly { rows: readonly unknown[] }[] } | undefined)?.response;
      tell?.(results?.at(-1)?.rows ?? []);
      return sent;
    });
  }
}

function spelledOut({ sql, texts }: Opening<unknown>): string {
  const left = [...texts];
  return sql.replaceAll("?", () => pg.escapeLiteral(left.shift() ?? ""));
}

/**
 * For long statements that return often: PostgreSQL parses and plans them once per connection, which takes longer than
 * carrying them out. What they select must not change with the columns of a table. SQLite's driver has no use for it.
 */
const PLANNED_ONCE = { isPlannedOnce: true };

/** The names of such statements, by their text. */
const planned = new Map<string, string>();

function nameOf(sql: string): string {
  const name = planned.get(sql) ?? createHash("sha256").update(sql).digest("base64url");
  planned.set(sql, name);
  return name;
}

class LockingClient extends PostgresClient {
  override transaction(...args: unknown[]): Knex.Transaction {
    return new LockingTransaction(this, ...(args as [unknown])) as unknown as Knex.Transaction;
  }

  override _query(connection: unknown, sent: KnexSent): Promise<unknown> {
    const isPlannedOnce = sent.options?.["isPlannedOnce"] === true;
    return super._query(connection, isPlannedOnce ? { ...sent, options: { name: nameOf(sent.sql) } } : sent);
  }
}

async function openPostgres(url: string): Promise<Db> {
  const db = knex({
    client: LockingClient as unknown as typeof Knex.Client,
    connection: { connectionString: url, types } as Knex.PgConnectionConfig,
    log: LOG,
    pool: { min: 0, max: 10 },
    acquireConnectionTimeout: 30_000,
  });
  try {
    await db.raw("select 1");
  } catch (error) {
    await db.destroy();
    throw refuse(
      "DATABASE_UNREACHABLE",
      `连接不上 DATABASE_URL 指定的 PostgreSQL（${error instanceof Error ? error.message : String(error)}）。`,
      "请检查地址、端口、用户名与数据库名，以及数据库是否已启动。",
      409,
    );
  }
  return db;
}

// ---- Transactions -------------------------------------------------------------------------------------------

const ATTEMPTS_MAX = 6;

/** The code of an error that asks runTx to start again: PostgreSQL's serialization failure. */
export const MUST_RETRY = "40001";
const RETRY_CODES = new Set([MUST_RETRY, "40P01", "SQLITE_BUSY"]);

/** What is asked as soon as the book is held: a statement with a `?` for each of its texts, and what its rows mean. */
export interface Opening<F> {
  readonly sql: string;
  readonly texts: readonly string[];
  readonly read: (rows: readonly unknown[]) => F;
}

/** What a transaction begins with: whose book it holds, for itself or together with others that share it. */
interface Held {
  readonly community: string;
  readonly isShared: boolean;
  readonly opening: Opening<unknown> | undefined;
  /** Takes the rows that the opening finds, where they come with the trip that begins the transaction. */
  readonly tell: (rows: readonly unknown[]) => void;
}

/**
 * The one door to a transaction. It holds the community's book for itself (SQLite: the whole file), so that what is
 * read inside stays true until it commits, and starts again when the database asks for it. `work` may therefore run
 * several times and must change nothing but the database.
 *
 * With `isShared` it runs beside others that share the book, and never beside one that holds it for itself: for small
 * writes that come in crowds, where keys of the database keep apart what two of them write. `opening` is asked at once, and
 * what it finds handed to the work.
 */
export async function runTx<T, F = undefined>(
  db: Db,
  community: string,
  work: (tx: Tx, found: F) => Promise<T>,
  { isShared = false, opening }: { readonly isShared?: boolean; readonly opening?: Opening<F> } = {},
): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await beginAndDo(db, work, { community, isShared, opening });
    } catch (error) {
      const { code = "" } = error as { code?: string };
      if (tries >= ATTEMPTS_MAX && code === "SQLITE_BUSY") {
        throw refuse(
          "DATABASE_BUSY",
          "另一个程序正在写入这个账本（例如一次大的导入）。",
          "请等它结束后再试一次。",
          409,
        );
      }
      if (tries >= ATTEMPTS_MAX || !RETRY_CODES.has(code)) {
        throw error;
      }
      await sleep(Math.random() * 50 * 2 ** tries);
    }
  }
}

async function beginAndDo<T, F>(
  db: Db,
  work: (tx: Tx, found: F) => Promise<T>,
  { opening, ...held }: Omit<Held, "opening" | "tell"> & { readonly opening: Opening<F> | undefined },
): Promise<T> {
  let rows: readonly unknown[] = [];
  const tell = (found: readonly unknown[]): void => {
    rows = found;
  };
  const begun = async (tx: Tx): Promise<T> => {
    if (opening !== undefined && !isPostgres(db)) {
      rows = await tx.raw(opening.sql, [...opening.texts]);
    }
    return work(tx, opening?.read(rows) as F);
  };
  // knex hands its transaction class whatever the options hold.
  return db.transaction(begun, { ...held, opening, tell } as Knex.TransactionConfig);
}

/** For work that shares a book: whoever met another at a key starts again, and finds what the other one did. */
export function retryWhenTaken(error: unknown): never {
  const { code = "" } = error as { code?: string };
  throw code === "23505" || code === "SQLITE_CONSTRAINT"
    ? Object.assign(new Error("the key was taken meanwhile", { cause: error }), { code: MUST_RETRY })
    : error;
}

/**
 * Does work inside a transaction that may be refused: a refusal takes back what the work did and is answered, and the
 * transaction goes on; null = it was done.
 */
export async function attempt(tx: Tx, work: (inner: Tx) => Promise<void>): Promise<Refusal | null> {
  try {
    await tx.transaction(work);
    return null;
  } catch (error) {
    if (error instanceof Refusal) {
      return error;
    }
    throw error;
  }
}

/** Runs reads on one state of the database, whatever others write meanwhile. */
export async function readAt<T>(db: Db, work: (snapshot: Db) => Promise<T>): Promise<T> {
  return db.transaction(work, { readOnly: true });
}

/**
 * Writes tables anew so that the database's own files keep nothing of what was emptied in them: a changed row leaves its old
 * text behind in free space and in the log of changes. SQLite has one file, so all of it is written. Takes the tables, or
 * the file, for itself meanwhile; answers false when somebody still reads what was, so that it has to be tried again.
 */
export async function rewriteTables(db: Db, tables: readonly string[]): Promise<boolean> {
  if (isPostgres(db)) {
    // What an older transaction might still read would be copied along.
    const isAlone = await haveOthersEnded(db);
    if (isAlone) {
      await db.raw(`vacuum full ${tables.join(", ")}`);
    }
    return isAlone;
  }
  await db.raw("vacuum");
  const [row]: { busy: number }[] = await db.raw("pragma wal_checkpoint(truncate)");
  return row?.busy === 0;
}

/** Waits a little for the transactions of others that run now; false: one of them still does. */
async function haveOthersEnded(db: Db): Promise<boolean> {
  const now = (await db.raw("select clock_timestamp()::text as now")).rows[0]?.now;
  for (let tries = 0; tries < 20; tries += 1) {
    const { rows } = await db.raw(
      `select 1 from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()
        and xact_start < ?::timestamptz limit 1`,
      [now],
    );
    if (rows.length === 0) {
      return true;
    }
    await sleep(100);
  }
  return false;
}

/** That a text holds more than capitals, digits and hyphens: what some indexes are over. */
export function isOddlySpelled(db: Db, column: string): string {
  return isPostgres(db) ? `${column} ~ '[^0-9A-Z-]'` : `${column} glob '*[^0-9A-Z-]*'`;
}

/** Narrows a query to rows whose column is one of however many values: they travel as one, past every driver's limit. */
export function whereIn<Q extends Knex.QueryBuilder>(
  db: Db,
  asked: Q,
  column: string,
  values: readonly (string | number)[],
): Q {
  return (
    isPostgres(db)
      ? asked.whereRaw("?? = any(?)", [column, [...values] as string[]])
      : asked.whereRaw("?? in (select value from json_each(?))", [column, JSON.stringify(values)])
  ) as Q;
}

/** The number after the highest that a table's column holds there; 1 for the first. */
export async function nextNumber(db: Db, table: string, at: object, column: string): Promise<number> {
  const row = await db(table).where(at).max({ last: column }).first();
  return Number(row?.["last"] ?? 0) + 1;
}

// ---- Several questions in one trip ----------------------------------------------------------------------------

/** A read that may travel with others: what it selects, and what its rows mean. */
export interface Question<T> {
  /** The names of what {@link query} selects. */
  readonly columns: readonly string[];
  query(db: Db): Knex.QueryBuilder;
  read(rows: readonly never[]): T;
}

/** One question by itself. */
export async function answer<T>(db: Db, question: Question<T>): Promise<T> {
  return question.read((await question.query(db)) as never[]);
}

export type Answers<Q> = { readonly [K in keyof Q]: Q[K] extends Question<infer T> ? T : never };

/**
 * Several questions in one statement: what a use case must know before it decides costs one trip to the database
 * instead of one each, and trips are most of what a small transaction costs. Their rows travel as JSON.
 */
export async function answerTogether<Q extends Readonly<Record<string, Question<unknown>>>>(
  db: Db,
  questions: Q,
): Promise<Answers<Q>> {
  const entries = Object.entries(questions);
  const parts = entries.map(([, question], index) => `(select ${rowsAsJson(db, question)} from ? ) as q${index}`);
  const asked = entries.map(([, question]) => question.query(db).as("q"));
  const [row] = await plannedRows<Record<string, unknown>>(db, `select ${parts.join(", ")}`, asked);
  const answers = entries.map(([name, question], index) => {
    const json = row?.[`q${index}`];
    return [name, question.read((typeof json === "string" ? JSON.parse(json) : json) as never[])];
  });
  return Object.fromEntries(answers) as Answers<Q>;
}

/** The rows of a statement that is asked with nearly every request: written out, and planned once per connection. */
async function plannedRows<T>(db: Db, sql: string, bindings: readonly Knex.RawBinding[]): Promise<T[]> {
  const found: unknown = await db.raw(sql, bindings).options(PLANNED_ONCE);
  return (Array.isArray(found) ? found : (found as { rows: unknown[] }).rows) as T[];
}

function rowsAsJson(db: Db, { columns }: Question<unknown>): string {
  return isPostgres(db)
    ? "coalesce(json_agg(q), '[]')"
    : `json_group_array(json_object(${columns.map((name) => `'${name}', q."${name}"`).join(", ")}))`;
}

/**
 * The rows of a query that may find very many, each as the values of its columns in their order: they come as one JSON
 * text, since the drivers take longer to hand over a row than the database to find it.
 */
export async function readMany(db: Db, asked: Knex.QueryBuilder, columns: readonly string[]): Promise<unknown[][]> {
  const list = columns.map((column) => `"${column}"`).join(", ");
  const rows = isPostgres(db)
    ? `coalesce(json_agg(json_build_array(${list})), '[]')::text`
    : `json_group_array(json_array(${list}))`;
  const found: { rows: string }[] = await db.from(asked.as("asked")).select(db.raw(`${rows} as "rows"`));
  return JSON.parse(found[0]?.rows ?? "[]") as unknown[][];
}

// ---- Many rows at once --------------------------------------------------------------------------------------

const ROWS_PER_STATEMENT = 5000;

export type Row = Readonly<Record<string, string | number | null>>;

/** Rows of one shape for a table. `onConflict` is an SQL tail such as `on conflict (a) do nothing`. */
export interface Insertion {
  readonly table: string;
  readonly rows: readonly Row[];
  readonly onConflict?: string;
}

/**
 * Inserts rows in few statements: they travel as one JSON text, so neither the driver's slow binding of single values
 * nor SQLite's limit of 32,766 of them counts. What all rows have in common travels once.
 */
export async function insertAll(tx: Tx, table: string, rows: readonly Row[], onConflict = ""): Promise<void> {
  const names = Object.keys(rows[0] ?? {});
  const common = names.filter((name) => rows.every((row) => row[name] === rows[0]?.[name]));
  const each = names.filter((name) => !common.includes(name));
  if ((isPostgres(tx) && rows.length < MANY_ROWS) || each.length === 0) {
    for (const part of partsOf(rows)) {
      await tx.raw(insertSql(tx, { table, rows: part, onConflict }), [JSON.stringify(part)]).options(PLANNED_ONCE);
    }
    return;
  }
  if (isPostgres(tx)) {
    await insertColumns(tx, table, rows, { common, each, onConflict });
    return;
  }
  const columns = [...common, ...each].map((name) => `"${name}"`).join(", ");
  const values = [...common.map(() => "?"), ...each.map((_, index) => `value ->> ${index}`)].join(", ");
  const sql = `insert into "${table}" (${columns}) select ${values} from json_each(?) where true ${onConflict}`;
  // The driver binds greater numbers as floating point; as text they land in STRICT integer columns whole.
  const shared = common.map((name) => rows[0]?.[name] ?? null).map((value) => (value === null ? null : String(value)));
  for (const part of partsOf(rows)) {
    await tx.raw(sql, [...shared, JSON.stringify(part.map((row) => each.map((name) => row[name] ?? null)))]);
  }
}

/** From so many rows on, PostgreSQL takes whole columns a quarter faster than it reads rows out of JSON. */
const MANY_ROWS = 1000;

/** Inserts rows column by column: whole numbers and texts, as the rows have them. */
async function insertColumns(
  tx: Tx,
  table: string,
  rows: readonly Row[],
  how: { readonly common: readonly string[]; readonly each: readonly string[]; readonly onConflict: string },
): Promise<void> {
  const { common, each, onConflict } = how;
  const typeOf = (name: string): string => (rows.some((row) => typeof row[name] === "number") ? "bigint" : "text");
  const list = (names: readonly string[]): string => names.map((name) => `"${name}"`).join(", ");
  const shared = common.filter((name) => (rows[0]?.[name] ?? null) !== null);
  const values = [...shared.map((name) => `?::${typeOf(name)}`), list(each)].join(", ");
  const arrays = each.map((name) => `?::${typeOf(name)}[]`).join(", ");
  const sql = `insert into "${table}" (${list([...shared, ...each])}) select ${values}
    from unnest(${arrays}) as u(${list(each)}) ${onConflict}`;
  for (const part of partsOf(rows)) {
    const columns = each.map((name) => part.map((row) => row[name] ?? null) as string[]);
    await tx.raw(sql, [...shared.map((name) => rows[0]?.[name] ?? null), ...columns]);
  }
}

function* partsOf(rows: readonly Row[]): Generator<readonly Row[]> {
  for (let start = 0; start < rows.length; start += ROWS_PER_STATEMENT) {
    yield rows.slice(start, start + ROWS_PER_STATEMENT);
  }
}

/**
 * Inserts into several tables. PostgreSQL takes them as one statement, which saves the trips to the server that make
 * up most of a small transaction; its triggers then see all of the rows.
 */
export async function insertTogether(tx: Tx, insertions: readonly Insertion[]): Promise<void> {
  const filled = insertions.filter(({ rows }) => rows.length > 0);
  if (!isPostgres(tx) || filled.some(({ rows }) => rows.length > ROWS_PER_STATEMENT)) {
    for (const { table, rows, onConflict } of filled) {
      await insertAll(tx, table, rows, onConflict);
    }
    return;
  }
  // Each part reads the one before it, or PostgreSQL would run them in an order of its own.
  const parts = filled.map((insertion, index) => {
    const after = index === 0 ? "true" : `(select count(*) from i${index - 1}) is not null`;
    return `i${index} as (${insertSql(tx, insertion, after)} returning 1)`;
  });
  if (parts.length > 0) {
    const sql = `with ${parts.join(", ")} select count(*) from i${parts.length - 1}`;
    const texts = filled.map(({ rows }) => JSON.stringify(rows));
    await tx.raw(sql, texts).options(PLANNED_ONCE);
  }
}

/** SQLite needs a `where` before an upsert that follows a select; `when` fills it. */
function insertSql(db: Db, { table, rows, onConflict = "" }: Insertion, when = "true"): string {
  const columns = Object.keys(rows[0] ?? {});
  const names = columns.map((name) => `"${name}"`).join(", ");
  const from = isPostgres(db)
    ? `select ${names} from json_populate_recordset(null::"${table}", ?::json)`
    : `select ${columns.map((name) => `value ->> '${name}'`).join(", ")} from json_each(?)`;
  return `insert into "${table}" (${names}) ${from} where ${when} ${onConflict}`;
}

/**
 * Rows of what holds from a month on, each with the next version of its key (`before`: the keys of the rows that are
 * there): the last version of a month counts, and all stay.
 */
export function versioned<T extends Row>(
  rows: readonly T[],
  before: readonly string[],
  keyOf: (row: T) => string,
): (T & { readonly version: number })[] {
  const last = new Map<string, number>();
  const next = (key: string): number => {
    const version = (last.get(key) ?? 0) + 1;
    last.set(key, version);
    return version;
  };
  before.forEach(next);
  return rows.map((row) => ({ ...row, version: next(keyOf(row)) }));
}
