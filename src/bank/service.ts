// What the bank says beside what the books say.
import { lastDay, monthOf, type Month } from "../base/month.ts";
import * as ledger from "../ledger/service.ts";
import { CASH, net, type Balance } from "../ledger/rules.ts";
import type { Db } from "../platform/db.ts";
import type { BankAccount } from "../trust/rules.ts";
import { standingOf, unmatchedLines, type BankStanding } from "./rules.ts";
import * as store from "./store.ts";

export { insertBankLines, lastLines, linesBySource } from "./store.ts";

/** How each bank account stands at the end of a month whose balances are given. */
export async function bankStandings(
  db: Db,
  community: string,
  month: Month,
  accounts: readonly BankAccount[],
  balances: readonly Balance[],
): Promise<BankStanding[]> {
  const standings: BankStanding[] = [];
  for (const { code, name } of accounts) {
    const book = net(balances, (row) => row.account === CASH && row.bank === code);
    const around = await store.linesAround(db, community, code, month);
    const reaches = around.last !== null && monthOf(around.last.day) === month;
    const unmatched = reaches ? await countUnmatched(db, community, code, month) : 0;
    standings.push(standingOf({ account: code, name, book, ...around, reaches, unmatched }));
  }
  return standings;
}

async function countUnmatched(db: Db, community: string, account: string, month: Month): Promise<number> {
  const lines = await store.linesOfMonth(db, community, account, month);
  const booked = await ledger.cashLines(db, community, account, month);
  return unmatchedLines(
    lines,
    booked.filter((line) => line.day <= lastDay(month)),
  ).length;
}
