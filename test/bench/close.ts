// Closing a month of a community of 2,500 units that has ten years of books, against one that has just begun.
import { month, type Month } from "../../src/base/month.ts";
import { openBills } from "../../src/fees/service.ts";
import { closeThrough } from "../../src/period/service.ts";
import type { Db } from "../../src/platform/db.ts";
import { openEmptyBooks } from "./databases.ts";
import { atMost, inTurn, timed, type Bench } from "./measure.ts";
import { foundTown, monthOfTown, NOW, postAll, townMonths, type Town } from "./town.ts";

const TOWN: Town = { code: "town", units: 2500, firstMonth: month("2020-01") };
/** Ten years, and one month more: so that both towns close the same months of a year, February to June. */
const OLD = 121;
const YOUNG = 1;
const ROUNDS = 5;

export async function benchClose(bench: Bench): Promise<void> {
  const young = await openEmptyBooks("SQLite");
  const old = await openEmptyBooks("SQLite");
  await live(young.db, YOUNG);
  const building = await timed(() => live(old.db, OLD));
  bench.note(`${OLD} months of ${TOWN.units} units booked and closed in ${(building / 1000).toFixed(1)} s`);
  const closing =
    (db: Db, from: number) =>
    (round: number): Promise<number> =>
      closeOne(db, townMonths(TOWN, from + round, 1));
  const [late, early] = await inTurn(ROUNDS, closing(old.db, OLD), closing(young.db, YOUNG));
  if (late !== undefined && early !== undefined) {
    bench.outcome({
      section: "close",
      what: `SQLite: close a month of ${TOWN.units} units after ${OLD} months, against after ${YOUNG}`,
      ours: late.ms(),
      other: early.ms(),
      ratio: late.median / early.median,
      goal: atMost(1.2),
    });
  }
  for (const [name, { db }] of Object.entries({ young, old })) {
    bench.note(`open bills of the ${name} town at the end: ${(await openBills(db, TOWN.code)).length}`);
  }
  await young.close();
  await old.close();
}

async function live(db: Db, months: number): Promise<void> {
  await foundTown(db, TOWN);
  for (const each of townMonths(TOWN, 0, months)) {
    await postAll(db, TOWN.code, monthOfTown(TOWN, each, 0));
    await closeThrough(db, TOWN.code, each, { now: NOW });
  }
}

async function closeOne(db: Db, months: readonly Month[]): Promise<number> {
  let total = 0;
  for (const each of months) {
    await postAll(db, TOWN.code, monthOfTown(TOWN, each, 0));
    // What was booked before is written back first, so that no close pays for it.
    await db.raw("pragma wal_checkpoint(truncate)");
    total += await timed(() => closeThrough(db, TOWN.code, each, { now: NOW }));
  }
  return total;
}
