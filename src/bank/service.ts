// What the bank says beside what the books say.
import { monthOf, type Month } from "../base/month.ts";
import * as ledger from "../ledger/service.ts";
import { CASH, net, type Balance } from "../ledger/rules.ts";
import type { Db, Tx } from "../platform/db.ts";
import type { BankAccount } from "../trust/rules.ts";
import { countUnmatched, sameLine, standingOf, type BankLine, type BankStanding } from "./rules.ts";
import * as store from "./store.ts";

/** What became of lines that may have come before: how many were added or known, and who holds a taken source. */
export interface AddedLines {
  readonly added: number;
  readonly known: number;
  readonly conflicts: ReadonlyMap<number, BankLine>;
}

/** Adds the lines whose source is new on their account, in their order; a source with other content is a conflict. */
export async function addBankLines(tx: Tx, community: string, lines: readonly BankLine[]): Promise<AddedLines> {
  const keyOf = (line: BankLine): string => `${line.account}\t${line.source}`;
  const sources = lines.map((line) => line.source);
  const taken = new Map((await store.linesBySource(tx, community, sources)).map((line) => [keyOf(line), line]));
  const numbers = await store.lastLines(tx, community);
  const conflicts = new Map<number, BankLine>();
  const fresh: (BankLine & { line: number })[] = [];
  for (const [index, line] of lines.entries()) {
    const before = taken.get(keyOf(line));
    taken.set(keyOf(line), before ?? line);
    if (before === undefined) {
      const number = (numbers.get(line.account) ?? 0) + 1;
      numbers.set(line.account, number);
      fresh.push({ ...line, line: number });
    } else if (!sameLine(before, line)) {
      conflicts.set(index, before);
    }
  }
  await store.insertBankLines(tx, community, fresh);
  return { added: fresh.length, known: lines.length - fresh.length - conflicts.size, conflicts };
}

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
    const [lastLine] = around.last;
    const reaches = lastLine !== undefined && monthOf(lastLine.day) === month;
    const unmatched = reaches ? await unmatchedIn(db, community, code, month) : 0;
    standings.push(standingOf({ account: code, name, book, ...around, reaches, unmatched }));
  }
  return standings;
}

async function unmatchedIn(db: Db, community: string, account: string, month: Month): Promise<number> {
  const bank = await store.linesOfMonth(db, community, account, month);
  return countUnmatched(bank, await ledger.cashLines(db, community, account, month));
}
