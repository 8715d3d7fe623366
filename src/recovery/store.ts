// SQL of forgotten passwords and who agreed to a new one.
import type { Db, Tx } from "../platform/db.ts";
import type { Consent, Reset } from "./rules.ts";

const COLUMNS = {
  id: "id",
  account: "account",
  codeHash: "code_hash",
  proposedBy: "proposed_by",
  createdAt: "created_at",
  expiresAt: "expires_at",
  usedAt: "used_at",
  revokedAt: "revoked_at",
} as const satisfies Record<keyof Omit<Reset, "consents">, string>;

export async function insertReset(tx: Tx, reset: Reset): Promise<void> {
  const { id, account, codeHash, proposedBy, createdAt, expiresAt } = reset;
  await tx("account_reset").insert({
    id,
    account,
    code_hash: codeHash,
    proposed_by: proposedBy,
    created_at: createdAt,
    expires_at: expiresAt,
  });
  for (const { community } of reset.consents) {
    await tx("reset_consent").insert({ community, reset: id });
  }
}

async function withConsents(db: Db, rows: readonly Omit<Reset, "consents">[]): Promise<Reset[]> {
  const ids = rows.map(({ id }) => id);
  const found: { reset: string; community: string; confirmed_by: string | null }[] = await db("reset_consent")
    .whereIn("reset", ids)
    .orderBy("community")
    .select("reset", "community", "confirmed_by");
  const consentsOf = (id: string): Consent[] =>
    found
      .filter(({ reset }) => reset === id)
      .map(({ community, confirmed_by: confirmedBy }) => ({ community, confirmedBy }));
  return rows.map((row) => ({ ...row, consents: consentsOf(row.id) }));
}

async function oneReset(db: Db, where: Readonly<Record<string, string>>): Promise<Reset | null> {
  const rows = await db("account_reset").where(where).limit(1).select(COLUMNS);
  return (await withConsents(db, rows))[0] ?? null;
}

export async function resetById(db: Db, id: string): Promise<Reset | null> {
  return oneReset(db, { id });
}

export async function resetByHash(db: Db, codeHash: string): Promise<Reset | null> {
  return oneReset(db, { code_hash: codeHash });
}

/** Resets that were neither used nor taken back nor are too old, newest first. */
export async function openResets(db: Db, now: Date): Promise<Reset[]> {
  const rows = await db("account_reset")
    .whereNull("used_at")
    .whereNull("revoked_at")
    .where("expires_at", ">", now.toISOString())
    .orderBy([{ column: "created_at", order: "desc" }, "id"])
    .select(COLUMNS);
  return withConsents(db, rows);
}

/** Whether it was still waiting there. */
export async function giveConsent(
  tx: Tx,
  at: { reset: string; community: string },
  by: { account: string; now: Date },
): Promise<boolean> {
  const given = { confirmed_by: by.account, confirmed_at: by.now.toISOString() };
  return (await tx("reset_consent").where(at).whereNull("confirmed_by").update(given)) === 1;
}

/** From now on this code counts, and none that was told before. */
export async function setResetCode(tx: Tx, id: string, told: { codeHash: string; expiresAt: string }): Promise<void> {
  await tx("account_reset").where({ id }).update({ code_hash: told.codeHash, expires_at: told.expiresAt });
}

/** Whether it was still there to be used. */
export async function useReset(tx: Tx, id: string, now: Date): Promise<boolean> {
  const open = tx("account_reset").where({ id }).whereNull("used_at").whereNull("revoked_at");
  return (await open.update({ used_at: now.toISOString() })) === 1;
}

/** Whether it was still there to be taken back. */
export async function revokeReset(tx: Tx, id: string, now: Date): Promise<boolean> {
  const open = tx("account_reset").where({ id }).whereNull("used_at").whereNull("revoked_at");
  return (await open.update({ revoked_at: now.toISOString() })) === 1;
}

export async function revokeResetsOf(tx: Tx, account: string, now: Date): Promise<void> {
  await tx("account_reset")
    .where({ account })
    .whereNull("used_at")
    .whereNull("revoked_at")
    .update({ revoked_at: now.toISOString() });
}
