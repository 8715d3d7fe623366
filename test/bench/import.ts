// Importing the sample community into an empty database, against bare inserts of all the rows it leaves there.
import { importFolder } from "../../src/intake/service.ts";
import { isPostgres, type Db, type Row } from "../../src/platform/db.ts";
import { listening, SAMPLE } from "../support/folders.ts";
import { bareTable, dialects, insertBare, openBare, openEmptyBooks, type BareTable, type Rows } from "./databases.ts";
import { atMost, inTurn, timed, type Bench } from "./measure.ts";

const ROUNDS = 5;
/** The migrations' own tables are no part of the import. */
const NOT_OURS = /^(migration|sqlite_)/;

export async function benchImport(bench: Bench): Promise<void> {
  for (const dialect of dialects(bench)) {
    let shapes: BareTable[] = [];
    let left: Rows[] = [];
    const [ours, bare] = await inTurn(
      ROUNDS,
      async () => {
        const books = await openEmptyBooks(dialect);
        const ms = await timed(() => importFolder(books.db, SAMPLE, listening()));
        ({ shapes, left } = await contentsOf(books.db));
        await books.close();
        return ms;
      },
      async () => {
        const { db, close } = await openBare(dialect, shapes);
        const ms = await timed(() => insertBare(db, left));
        await close();
        return ms;
      },
    );
    if (ours !== undefined && bare !== undefined) {
      const count = left.reduce((total, { rows }) => total + rows.length, 0);
      bench.outcome({
        section: "import",
        what: `${dialect}: the sample folder, against bare inserts of the ${count.toLocaleString("en")} rows it leaves`,
        ours: ours.ms(),
        other: bare.ms(),
        ratio: ours.median / bare.median,
        goal: atMost(4),
      });
    }
  }
}

async function contentsOf(db: Db): Promise<{ shapes: BareTable[]; left: Rows[] }> {
  const names: string[] = isPostgres(db)
    ? await db("pg_tables").where({ schemaname: "public" }).pluck("tablename")
    : await db("sqlite_schema").where({ type: "table" }).pluck("name");
  const left: Rows[] = [];
  const shapes: BareTable[] = [];
  for (const table of names.filter((name) => !NOT_OURS.test(name))) {
    const rows: Row[] = await db(table);
    if (rows.length > 0) {
      shapes.push(await bareTable(db, table));
      left.push({ table, rows });
    }
  }
  return { shapes, left };
}
