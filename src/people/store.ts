// SQL of units, owners and who holds which.
import { day, month, type Day, type Month } from "../base/month.ts";
import { insertAll, isPostgres, readMany, whereIn, type Db, type Tx } from "../platform/db.ts";
import type { Holding, Owner, Unit } from "./rules.ts";

export async function insertUnits(tx: Tx, community: string, units: readonly Unit[]): Promise<void> {
  const rows = units.map(({ name, use, area, discount, from }) => ({
    community,
    name,
    usage: use,
    area,
    discount,
    from_month: from,
  }));
  await insertAll(tx, "unit", rows);
}

/** Adds owners; a known id keeps its newest name. */
export async function insertOwners(tx: Tx, community: string, owners: readonly Owner[]): Promise<void> {
  const rows = owners.map(({ id, name }) => ({ community, id, name }));
  await insertAll(tx, "owner", rows, "on conflict (community, id) do update set name = excluded.name");
}

export async function insertHoldings(tx: Tx, community: string, holdings: readonly Holding[]): Promise<void> {
  const rows = holdings.flatMap(({ unit, since, owners }) =>
    owners.map((owner) => ({ community, unit, since, owner })),
  );
  await insertAll(tx, "holding", rows);
}

const UNIT_COLUMNS = ["name", "usage", "area", "discount", "from_month"];

/** All units, by name; of some names only, where they are given. */
export async function unitsOf(db: Db, community: string, names?: readonly string[]): Promise<Unit[]> {
  const all = db("unit").where({ community });
  const asked = (names === undefined ? all : whereIn(db, all, "name", names)).orderBy("name").select(UNIT_COLUMNS);
  const rows = (await readMany(db, asked, UNIT_COLUMNS)) as [string, string, string, string, string][];
  return rows.map(([name, use, area, discount, from]) => ({ name, use, area, discount, from: month(from) }));
}

/** The first so many units whose name holds those words, in their order. */
export async function unitNamesWith(db: Db, community: string, words: string, most: number): Promise<string[]> {
  const holds = isPostgres(db) ? "strpos" : "instr";
  return db("unit")
    .where({ community })
    .whereRaw(`${holds}(name, ?) > 0`, [words])
    .orderBy("name")
    .limit(most)
    .pluck("name");
}

/** What all units are called, in their order. */
export async function unitNames(db: Db, community: string): Promise<string[]> {
  const rows = await readMany(db, db("unit").where({ community }).orderBy("name").select("name"), ["name"]);
  return rows.map(([name]) => String(name));
}

/** What units are used for: each use once. */
export async function usesOf(db: Db, community: string): Promise<string[]> {
  return db("unit").where({ community }).distinct("usage").orderBy("usage").pluck("usage");
}

/** Units that are billed in that month, by name. */
export async function unitsBilledIn(db: Db, community: string, m: Month): Promise<Unit[]> {
  return (await unitsOf(db, community)).filter((unit) => unit.from <= m);
}

/** What each owner is called, by id. */
export async function ownerNames(db: Db, community: string): Promise<Map<string, string>> {
  const asked = db("owner").where({ community }).select("id", "name");
  return new Map((await readMany(db, asked, ["id", "name"])) as [string, string][]);
}

/** Whether there is an owner of that id. */
export async function isOwner(db: Db, community: string, id: string): Promise<boolean> {
  return (await db("owner").where({ community, id }).first("id")) !== undefined;
}

/** Every holding by unit and day; of some units only, where they are named. */
export async function holdingsOf(db: Db, community: string, units?: readonly string[]): Promise<Holding[]> {
  const all = db("holding").where({ community });
  const asked = (units === undefined ? all : whereIn(db, all, "unit", units))
    .orderBy(["unit", "since", "owner"])
    .select("unit", "since", "owner");
  const rows = (await readMany(db, asked, ["unit", "since", "owner"])) as [string, string, string][];
  const holdings = new Map<string, { unit: string; since: Day; owners: string[] }>();
  for (const [unit, since, owner] of rows) {
    const key = `${unit}\t${since}`;
    const holding = holdings.get(key) ?? { unit, since: day(since), owners: [] };
    holding.owners.push(owner);
    holdings.set(key, holding);
  }
  return [...holdings.values()];
}

/** Every holding of the units that any of these owners holds or held. */
export async function holdingsAround(db: Db, community: string, owners: readonly string[]): Promise<Holding[]> {
  const asked = whereIn(db, db("holding").where({ community }), "owner", owners);
  const units: string[] = await asked.distinct("unit").pluck("unit");
  return holdingsOf(db, community, units);
}

/** How many units somebody held on that day. */
export async function countHeld(db: Db, community: string, on: Day): Promise<number> {
  const row = await db("holding")
    .where({ community })
    .where("since", "<=", on)
    .countDistinct({ count: "unit" })
    .first();
  return Number(row?.count ?? 0);
}

/** Forgets who held the unit from that very day, so that the row can be written again. */
export async function deleteHolding(tx: Tx, community: string, unit: string, since: Day): Promise<void> {
  await tx("holding").where({ community, unit, since }).delete();
}
