// A community with one payment in its book, for tests of vouchers; and people who bring in, decide and look.
import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { openDoor } from "../../src/app.ts";
import { fen } from "../../src/base/money.ts";
import { day, month } from "../../src/base/month.ts";
import type { Door } from "../../src/door/service.ts";
import { cashAgainst } from "../../src/ledger/rules.ts";
import * as ledger from "../../src/ledger/service.ts";
import { runTx, type Db } from "../../src/platform/db.ts";
import { insertBankAccounts, insertCommunity } from "../../src/trust/service.ts";

export const NOW = new Date("2026-11-21T04:00:00Z");

/** A folder for files that is gone when the process ends. */
export function filesFolder(): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), "xinyi-vouchers-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Opens a community whose entry 1, 2026-11-0001, is a payment for cleaning. */
export async function openYard(db: Db, code: string): Promise<void> {
  await db.transaction(async (tx) => {
    await insertCommunity(tx, { code, name: "小院", principal: "业主大会", trustee: "物业" });
    await insertBankAccounts(tx, code, [{ code: "common", name: "专户", fund: "common" }]);
    await ledger.openBook(tx, code, month("2026-11"), day("2026-11-01"));
  });
  await runTx(db, code, (tx) => ledger.post(tx, code, [aPayment()], NOW));
}

export function aPayment(): Parameters<typeof ledger.post>[2][number] {
  const cash = { fund: "common", bank: "common", flow: "paid", purpose: "5003", amount: fen(-127_200) } as const;
  return {
    day: day("2026-11-20"),
    kind: "payment",
    memo: "保洁费",
    payee: "净洁保洁",
    lines: cashAgainst(cash, "5003"),
  };
}

export function yardDoor(db: Db, folder: string, clock: () => Date = () => NOW): Door {
  return openDoor(db, { filesFolder: folder, clock });
}
