// 风华苑 as it was in 2020, before its owners voted: the case without what came later.
import { readFileSync } from "node:fs";
import path from "node:path";
import { month, nextMonth, type Month } from "../../src/base/month.ts";
import { importFolder } from "../../src/intake/service.ts";
import { closeThrough } from "../../src/period/service.ts";
import type { Db } from "../../src/platform/db.ts";
import { listening, SAMPLE, writeFolder } from "./folders.ts";

export const DECEMBER = new Date("2020-12-01T02:00:00Z");

const NOVEMBER = month("2020-11");

/** The rows of a file of the case that were there by the end of that month; `day` is the column with the row's day. */
function rowsThrough(last: Month, file: string, day: number): string {
  const [head = "", ...rows] = readFileSync(path.join(SAMPLE, file), "utf8").split("\n");
  const end = nextMonth(last);
  return [head, ...rows.filter((row) => (row.split(",")[day] ?? "") < end)].join("\n");
}

/** Its import folder, without a budget or a new rate for 2021; `budget` may add rows. */
export function fenghuayuanFolder(budget = "", last = NOVEMBER): string {
  const whole = (file: string): Buffer => readFileSync(path.join(SAMPLE, file));
  return writeFolder({
    "community.json": whole("community.json"),
    "units.csv": whole("units.csv"),
    "opening.csv": whole("opening.csv"),
    "rates.csv": "用途,单价,起始月\n住宅,0.81,2020-01\n商业,2.40,2020-01\n",
    "budget.csv":
      whole("budget.csv")
        .toString()
        .replaceAll(/^2021,.*\n?/gmu, "") + budget,
    "receipts.csv": rowsThrough(last, "receipts.csv", 0),
    "payments.csv": rowsThrough(last, "payments.csv", 0),
    "transfers.csv": rowsThrough(last, "transfers.csv", 0),
    "bank.csv": rowsThrough(last, "bank.csv", 1),
  });
}

/**
 * Brings 风华苑 in with its months through November 2020 closed, or through another one: a later one again adds what came
 * in between.
 */
export async function fenghuayuanIn2020(db: Db, last = NOVEMBER, now = DECEMBER): Promise<void> {
  await importFolder(db, fenghuayuanFolder("", last), listening(now));
  await closeThrough(db, "fenghuayuan", last, { now });
}
