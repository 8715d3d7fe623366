// SQL of units, owners and who holds which.
import { day, month, type Day, type Month } from "../base/month.ts";
import { insertAll, whereIn, type Db, type Tx } from "../platform/db.ts";
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

/** All units, by name. */
export async function unitsOf(db: Db, community: string): Promise<Unit[]> {
  const rows = await db("unit")
    .where({ community })
    .orderBy("name")
    .select("name", "usage", "area", "discount", "from_month");
  return rows.map((row) => ({
    name: row.name,
    use: row.usage,
    area: row.area,
    discount: row.discount,
    from: month(row.from_month),
  }));
}

/** Units that are billed in that month, by name. */
export async function unitsBilledIn(db: Db, community: string, m: Month): Promise<Unit[]> {
  return (await unitsOf(db, community)).filter((unit) => unit.from <= m);
}

/** What each owner is called, by id. */
export async function ownerNames(db: Db, community: string): Promise<Map<string, string>> {
  const rows: { id: string; name: string }[] = await db("owner").where({ community }).select("id", "name");
  return new Map(rows.map(({ id, name }) => [id, name]));
}

/** Whether there is an owner of that id. */
export async function isOwner(db: Db, community: string, id: string): Promise<boolean> {
  return (await db("owner").where({ community, id }).first("id")) !== undefined;
}

/** Every holding by unit and day; of some units only, where they are named. */
export async function holdingsOf(db: Db, community: string, units?: readonly string[]): Promise<Holding[]> {
  const asked = db("holding").where({ community });
  const rows: { unit: string; since: string; owner: string }[] = await (
    units === undefined ? asked : whereIn(db, asked, "unit", units)
  )
    .orderBy(["unit", "since", "owner"])
    .select("unit", "since", "owner");
  const holdings = new Map<string, { unit: string; since: Day; owners: string[] }>();
  for (const row of rows) {
    const key = `${row.unit}\t${row.since}`;
    const holding = holdings.get(key) ?? { unit: row.unit, since: day(row.since), owners: [] };
    holding.owners.push(row.owner);
    holdings.set(key, holding);
  }
  return [...holdings.values()];
}

/** Forgets who held the unit from that very day, so that the row can be written again. */
export async function deleteHolding(tx: Tx, community: string, unit: string, since: Day): Promise<void> {
  await tx("holding").where({ community, unit, since }).delete();
}
