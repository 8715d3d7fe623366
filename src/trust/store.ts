// SQL of communities, their bank accounts and the versions of their deed.
import type { Db, Tx } from "../platform/db.ts";
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
  await tx("deed").insert(
    versions.map((version) => ({ community, from_month: version.from, terms: JSON.stringify(version) })),
  );
}

export async function findCommunity(db: Db, code: string): Promise<Community | null> {
  return (await db<Community>("community").where({ code }).first()) ?? null;
}

/** All communities by code. */
export async function listCommunities(db: Db): Promise<Community[]> {
  return db<Community>("community").orderBy("code").select("code", "name", "principal", "trustee");
}

/** Bank accounts by code. */
export async function bankAccountsOf(db: Db, community: string): Promise<BankAccount[]> {
  return db("bank_account").where({ community }).orderBy("code").select("code", "name", "fund");
}

/** Deed versions by their first month. */
export async function deedVersionsOf(db: Db, community: string): Promise<DeedVersion[]> {
  const rows: { from_month: string; terms: string }[] = await db("deed")
    .where({ community })
    .orderBy("from_month")
    .select("from_month", "terms");
  return rows.map((row) => ({ ...(JSON.parse(row.terms) as DeedVersion), from: month(row.from_month) }));
}
