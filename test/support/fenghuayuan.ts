// 风华苑 as it was on 1 December 2020, before its owners voted: the case without what came later.
import { readFileSync } from "node:fs";
import path from "node:path";
import { month } from "../../src/base/month.ts";
import { importFolder } from "../../src/intake/service.ts";
import { closeThrough } from "../../src/period/service.ts";
import type { Db } from "../../src/platform/db.ts";
import { listening, SAMPLE, writeFolder } from "./folders.ts";

export const DECEMBER = new Date("2020-12-01T02:00:00Z");

/** The rows of a file of the case that were there by then; `day` is the column with the row's day. */
function rowsUntilDecember(file: string, day: number): string {
  const [head = "", ...rows] = readFileSync(path.join(SAMPLE, file), "utf8").split("\n");
  return [head, ...rows.filter((row) => (row.split(",")[day] ?? "") < "2020-12")].join("\n");
}

/** Its import folder, without a budget or a new rate for 2021; `budget` may add rows. */
export function fenghuayuanFolder(budget = ""): string {
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
    "receipts.csv": rowsUntilDecember("receipts.csv", 0),
    "payments.csv": rowsUntilDecember("payments.csv", 0),
    "transfers.csv": rowsUntilDecember("transfers.csv", 0),
    "bank.csv": rowsUntilDecember("bank.csv", 1),
  });
}

/** Brings 风华苑 in with its months through November 2020 closed. */
export async function fenghuayuanIn2020(db: Db): Promise<void> {
  await importFolder(db, fenghuayuanFolder(), listening(DECEMBER));
  await closeThrough(db, "fenghuayuan", month("2020-11"), { now: DECEMBER });
}
