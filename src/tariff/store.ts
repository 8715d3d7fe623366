// SQL of rates, discount rules and which unit stands under which. All of it is only ever added to.
import { month, type Month } from "../base/month.ts";
import { insertAll, nextNumber, versioned, type Db, type Tx } from "../platform/db.ts";
import type { DiscountRule, Placement, Rate, Tariff } from "./rules.ts";

export async function insertRates(tx: Tx, community: string, rates: readonly Rate[]): Promise<void> {
  const before = (await ratesOf(tx, community)).map(({ use, from }) => `${from} ${use}`);
  const rows = rates.map(({ use, from, rate, resolution = null }) => ({
    community,
    usage: use,
    from_month: from,
    rate,
    resolution,
  }));
  await insertAll(
    tx,
    "rate",
    versioned(rows, before, (row) => `${row.from_month} ${row.usage}`),
  );
}

/** By use and month; of one month the one that counts is the last. */

export async function ratesOf(db: Db, community: string): Promise<Rate[]> {
  const rows = await db("rate")
    .where({ community })
    .orderBy(["usage", "from_month", "version"])
    .select("usage", "from_month", "rate", "resolution");
  return rows.map((row) => ({
    use: row.usage,
    from: month(row.from_month),
    rate: row.rate,
    ...(row.resolution === null ? {} : { resolution: row.resolution }),
  }));
}

/** Who recorded it, and when: not part of any computation. */
export interface Recorded {
  readonly by: string;
  readonly at: Date;
}

export async function insertDiscountRules(
  tx: Tx,
  community: string,
  rules: readonly DiscountRule[],
  recorded: Recorded,
): Promise<void> {
  const before = (await discountsOf(tx, community)).map(({ name, from }) => `${from} ${name}`);
  const rows = rules.map(({ name, from, until = null, factor, text, resolution }) => ({
    community,
    name,
    from_month: from,
    until_month: until,
    factor,
    text,
    resolution,
    recorded_by: recorded.by,
    recorded_at: recorded.at.toISOString(),
  }));
  await insertAll(
    tx,
    "discount_rule",
    versioned(rows, before, (row) => `${row.from_month} ${row.name}`),
  );
}

export async function insertPlacement(
  tx: Tx,
  community: string,
  placement: Placement,
  recorded: Recorded,
): Promise<void> {
  await tx("discount_unit").insert({
    community,
    seq: await nextNumber(tx, "discount_unit", { community }, "seq"),
    unit: placement.unit,
    from_month: placement.from,
    rule: placement.rule,
    reason: placement.reason,
    recorded_by: recorded.by,
    recorded_at: recorded.at.toISOString(),
  });
}

async function discountsOf(db: Db, community: string): Promise<DiscountRule[]> {
  const rows = await db("discount_rule")
    .where({ community })
    .orderBy(["name", "from_month", "version"])
    .select("name", "from_month", "until_month", "factor", "text", "resolution");
  return rows.map((row) => ({
    name: row.name,
    from: month(row.from_month),
    ...(row.until_month === null ? {} : { until: month(row.until_month) }),
    factor: row.factor,
    text: row.text,
    resolution: row.resolution,
  }));
}

/** In the order in which they were recorded. */
async function placementsOf(db: Db, community: string): Promise<Placement[]> {
  const rows = await db("discount_unit")
    .where({ community })
    .orderBy("seq")
    .select("unit", "from_month", "rule", "reason");
  return rows.map((row) => ({ unit: row.unit, from: month(row.from_month), rule: row.rule, reason: row.reason }));
}

export async function tariffOf(db: Db, community: string): Promise<Tariff> {
  return {
    rates: await ratesOf(db, community),
    discounts: await discountsOf(db, community),
    placements: await placementsOf(db, community),
  };
}

/** The last month with bills, or closed: what its bills rest on can change no more. "" = there is none yet. */
export async function billedThrough(db: Db, community: string): Promise<Month | ""> {
  const book = await db("book").where({ community }).first("closed_through");
  const last = await db("bill").where({ community, origin: "billed" }).orderBy("period", "desc").first("period");
  const through = [String(book?.closed_through ?? ""), String(last?.period ?? "")].toSorted().at(-1) ?? "";
  return through === "" ? "" : month(through);
}
