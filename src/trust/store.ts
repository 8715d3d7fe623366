// SQL of communities, their bank accounts and the versions of their deed.
import { answer, versioned, type Db, type Question, type Tx } from "../platform/db.ts";
import { month } from "../base/month.ts";
import type { BankAccount, Community, DeedVersion } from "./rules.ts";

/** Whether it was added; false when the code is taken, be it by a transaction that ended only now. */
export async function insertCommunity(tx: Tx, community: Community): Promise<boolean> {
  const { code, name, principal, trustee } = community;
  const added = await tx("community")
    .insert({ code, name, principal, trustee })
    .onConflict("code")
    .ignore()
    .returning("code");
  return added.length > 0;
}

export async function insertBankAccounts(tx: Tx, community: string, accounts: readonly BankAccount[]): Promise<void> {
  await tx("bank_account").insert(accounts.map(({ code, name, fund }) => ({ community, code, name, fund })));
}

export async function insertDeedVersions(tx: Tx, community: string, versions: readonly DeedVersion[]): Promise<void> {
  const before = await tx("deed").where({ community }).pluck("from_month");
  const rows = versions.map((version) => ({ community, from_month: version.from, terms: JSON.stringify(version) }));
  await tx("deed").insert(versioned(rows, before, (row) => row.from_month));
}

const COMMUNITY = ["code", "name", "principal", "trustee"] as const;

export function communityQuestion(code: string): Question<Community | null> {
  return {
    columns: COMMUNITY,
    query: (db) =>
      db("community")
        .where({ code })
        .select(...COMMUNITY),
    read: (rows: readonly Community[]) => rows[0] ?? null,
  };
}

export async function findCommunity(db: Db, code: string): Promise<Community | null> {
  return answer(db, communityQuestion(code));
}

/** All communities by code. */
export async function listCommunities(db: Db): Promise<Community[]> {
  return db<Community>("community").orderBy("code").select("code", "name", "principal", "trustee");
}

const BANK_ACCOUNT = ["code", "name", "fund"] as const;

/** Bank accounts by code. */
export function bankAccountsQuestion(community: string): Question<BankAccount[]> {
  return {
    columns: BANK_ACCOUNT,
    query: (db) =>
      db("bank_account")
        .where({ community })
        .orderBy("code")
        .select(...BANK_ACCOUNT),
    read: (rows: readonly BankAccount[]) => [...rows],
  };
}

export async function bankAccountsOf(db: Db, community: string): Promise<BankAccount[]> {
  return answer(db, bankAccountsQuestion(community));
}

const DEED = ["from_month", "terms"] as const;

/** Deed versions by their first month; of one month the one that counts is the last. */
export function deedVersionsQuestion(community: string): Question<DeedVersion[]> {
  return {
    columns: DEED,
    query: (db) =>
      db("deed")
        .where({ community })
        .orderBy(["from_month", "version"])
        .select(...DEED),
    read: (rows: readonly { from_month: string; terms: string }[]) =>
      rows.map((row) => ({ ...(JSON.parse(row.terms) as DeedVersion), from: month(row.from_month) })),
  };
}

export async function deedVersionsOf(db: Db, community: string): Promise<DeedVersion[]> {
  return answer(db, deedVersionsQuestion(community));
}
