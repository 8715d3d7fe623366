// Databases for the bench: migrated ones for us, and bare ones with the same columns for what we are held against.
import { announcePostgres, DIALECTS, emptyDatabase, type Dialect } from "../support/databases.ts";
import { openBooks } from "../../src/app.ts";
import { isPostgres, openDatabase, type Db, type Row } from "../../src/platform/db.ts";
import type { Bench } from "./measure.ts";

/** What the driver itself allows in one statement: SQLite 500 rows (knex writes "union all"), PostgreSQL 65,535 values. */
const ROWS_MAX = 500;

interface Opened {
  readonly db: Db;
  readonly close: () => Promise<void>;
}

/** The databases the bench can be run on here; says so when PostgreSQL is left out. */
export function dialects(bench: Bench): readonly Dialect[] {
  if (bench.postgresUrl === "") {
    bench.note("PostgreSQL: no server, its lines are left out");
    return ["SQLite"];
  }
  announcePostgres(bench.postgresUrl);
  return DIALECTS;
}

export async function openEmptyBooks(dialect: Dialect): Promise<Opened> {
  const { url, remove } = await emptyDatabase(dialect);
  const db = await openBooks(url);
  return { db, close: () => db.destroy().then(remove) };
}

/** A database opened as ours is (same driver, same durability) that holds bare copies of our tables. */
export async function openBare(dialect: Dialect, tables: readonly BareTable[]): Promise<Opened> {
  const { url, remove } = await emptyDatabase(dialect);
  const db = await openDatabase(url);
  for (const table of tables) {
    await db.raw(table.sql);
  }
  return { db, close: () => db.destroy().then(remove) };
}

export interface BareTable {
  readonly name: string;
  readonly sql: string;
}

/** The table's columns and, unless told otherwise, its primary key: no other key, check, trigger or foreign key. */
export async function bareTable(db: Db, name: string, keyed = true): Promise<BareTable> {
  const { columns, key, options } = isPostgres(db) ? await shapeInPostgres(db, name) : await shapeInSqlite(db, name);
  const primary = keyed ? `, primary key (${key.map((column) => `"${column}"`).join(", ")})` : "";
  const tail = keyed ? options : "";
  const list = columns.map(([column, type]) => `"${column}" ${type}`).join(", ");
  return { name, sql: `create table "${name}" (${list}${primary})${tail}` };
}

interface Shape {
  readonly columns: readonly (readonly [name: string, type: string])[];
  readonly key: readonly string[];
  readonly options: string;
}

async function shapeInSqlite(db: Db, name: string): Promise<Shape> {
  const rows: { name: string; type: string; pk: number }[] = await db.raw("select * from pragma_table_info(?)", [name]);
  const own: { sql: string } | undefined = await db("sqlite_schema").where({ type: "table", name }).first("sql");
  return {
    columns: rows.map((row) => [row.name, row.type]),
    key: rows
      .filter((row) => row.pk > 0)
      .toSorted((a, b) => a.pk - b.pk)
      .map((row) => row.name),
    options: own?.sql.endsWith("without rowid") === true ? " without rowid" : "",
  };
}

async function shapeInPostgres(db: Db, name: string): Promise<Shape> {
  const columns: { rows: { name: string; type: string }[] } = await db.raw(
    `select attname as name, format_type(atttypid, atttypmod) as type from pg_attribute
     where attrelid = ?::regclass and attnum > 0 order by attnum`,
    [name],
  );
  const key: { rows: { name: string }[] } = await db.raw(
    `select a.attname as name from pg_index i cross join unnest(i.indkey) with ordinality as k (attnum, place)
     join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.attnum
     where i.indrelid = ?::regclass and i.indisprimary order by k.place`,
    [name],
  );
  const typed = (type: string): string => (type === "text" ? 'text collate "C"' : type);
  return {
    columns: columns.rows.map((row) => [row.name, typed(row.type)]),
    key: key.rows.map((row) => row.name),
    options: "",
  };
}

export interface Rows {
  readonly table: string;
  readonly rows: readonly Row[];
}

/** Plain multi-row inserts as an ordinary programmer writes them, in one transaction. */
export async function insertBare(db: Db, all: readonly Rows[], chunk = ROWS_MAX): Promise<void> {
  await db.transaction(async (tx) => {
    for (const { table, rows } of all) {
      for (let start = 0; start < rows.length; start += chunk) {
        await tx(table).insert(rows.slice(start, start + chunk));
      }
    }
  });
}
