// SQL of the supplier register and of its history.
import { answer, insertTogether, isPostgres, nextNumber, type Db, type Question, type Tx } from "../platform/db.ts";
import { smallLetters, type Supplier, type SupplierStep } from "./rules.ts";

interface SupplierRow {
  id: number;
  name: string;
  credit_code: string;
  is_person: number;
  account: string;
  related: string;
  is_active: number;
}

const COLUMNS = ["id", "name", "credit_code", "is_person", "account", "related", "is_active"] as const;

function toSupplier(row: SupplierRow): Supplier {
  const { id, name, account, related } = row;
  const isPerson = row.is_person === 1;
  return { id, name, creditCode: row.credit_code, isPerson, account, related, isActive: row.is_active === 1 };
}

function toRow(supplier: Supplier): SupplierRow {
  const { id, name, creditCode, isPerson, account, related, isActive } = supplier;
  return {
    id,
    name,
    credit_code: creditCode,
    is_person: isPerson ? 1 : 0,
    account,
    related,
    is_active: isActive ? 1 : 0,
  };
}

export async function findSupplier(db: Db, community: string, id: number): Promise<Supplier | null> {
  const row: SupplierRow | undefined = await db("supplier")
    .where({ community, id })
    .first(...COLUMNS);
  return row === undefined ? null : toSupplier(row);
}

/** The supplier of that name, in capitals or small letters. */
export function supplierQuestion(community: string, name: string): Question<Supplier | null> {
  return {
    columns: COLUMNS,
    query: (db) =>
      db("supplier")
        .where({ community })
        .whereRaw("lower(name) = ?", [smallLetters(name)])
        .orderBy("id")
        .select(...COLUMNS),
    read: ([row]: readonly SupplierRow[]) => (row === undefined ? null : toSupplier(row)),
  };
}

export async function supplierNamed(db: Db, community: string, name: string): Promise<Supplier | null> {
  return answer(db, supplierQuestion(community, name));
}

export async function supplierWithCode(db: Db, community: string, creditCode: string): Promise<Supplier | null> {
  const row: SupplierRow | undefined =
    creditCode === ""
      ? undefined
      : await db("supplier")
          .where({ community, credit_code: creditCode })
          .first(...COLUMNS);
  return row === undefined ? null : toSupplier(row);
}

/** Suppliers by name; those of the names asked for, or all whose name holds the words. */
export async function listSuppliers(
  db: Db,
  community: string,
  about: {
    readonly words?: string;
    readonly names?: readonly string[];
    readonly after?: string;
    readonly limit: number;
  },
): Promise<Supplier[]> {
  const { words = "", names, after = "", limit } = about;
  const rows: SupplierRow[] = await db("supplier")
    .where({ community })
    .where("name", ">", after)
    .where((supplier) => {
      if (words !== "") {
        // No wildcards of a stranger's: position, not pattern.
        void supplier.whereRaw(`${isPostgres(db) ? "strpos" : "instr"}(name, ?) > 0`, [words]);
      }
      if (names !== undefined) {
        void supplier.whereIn("name", names);
      }
    })
    .orderBy("name")
    .limit(limit)
    .select(...COLUMNS);
  return rows.map(toSupplier);
}

/** What suppliers are called, by id. */
export async function supplierNames(db: Db, community: string, ids: readonly number[]): Promise<Map<number, string>> {
  const rows: { id: number; name: string }[] =
    ids.length === 0 ? [] : await db("supplier").where({ community }).whereIn("id", ids).select("id", "name");
  return new Map(rows.map((row) => [row.id, row.name]));
}

/** The number of the next supplier. */
export function nextSupplier(db: Db, community: string): Promise<number> {
  return nextNumber(db, "supplier", { community }, "id");
}

export async function insertSupplier(tx: Tx, community: string, supplier: Supplier, step: SupplierStep): Promise<void> {
  await insertTogether(tx, [
    { table: "supplier", rows: [{ community, ...toRow(supplier) }] },
    { table: "supplier_step", rows: [{ community, supplier: supplier.id, step: 1, ...step }] },
  ]);
}

/** Writes the supplier's changed facts and goes on with its history. */
export async function updateSupplier(
  tx: Tx,
  community: string,
  supplier: Supplier,
  steps: readonly SupplierStep[],
): Promise<void> {
  const { id, name: _name, ...facts } = toRow(supplier);
  await tx("supplier").where({ community, id }).update(facts);
  const at = { community, supplier: id };
  const first = await nextNumber(tx, "supplier_step", at, "step");
  await tx("supplier_step").insert(steps.map((step, index) => ({ ...at, step: first + index, ...step })));
}

export async function stepsOf(db: Db, community: string, supplier: number): Promise<SupplierStep[]> {
  return db("supplier_step").where({ community, supplier }).orderBy("step").select("kind", "text", "actor", "at");
}

/** Every supplier of a community by its id, with its history. */
export async function suppliersWithSteps(
  db: Db,
  community: string,
): Promise<Map<number, { readonly supplier: Supplier; readonly steps: readonly SupplierStep[] }>> {
  const rows: SupplierRow[] = await db("supplier")
    .where({ community })
    .select(...COLUMNS);
  const steps: (SupplierStep & { supplier: number })[] = await db("supplier_step")
    .where({ community })
    .orderBy(["supplier", "step"])
    .select("supplier", "kind", "text", "actor", "at");
  const found = new Map(rows.map((row) => [row.id, { supplier: toSupplier(row), steps: [] as SupplierStep[] }]));
  for (const { supplier, ...step } of steps) {
    found.get(supplier)?.steps.push(step);
  }
  return found;
}
