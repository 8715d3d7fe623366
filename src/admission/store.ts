// SQL of invitations.
import { insertAll, type Db, type Tx } from "../platform/db.ts";
import type { Invitation } from "./rules.ts";

const COLUMNS = {
  community: "community",
  id: "id",
  codeHash: "code_hash",
  role: "role",
  owner: "owner",
  unit: "unit",
  label: "label",
  proposedBy: "proposed_by",
  proposedSide: "proposed_side",
  confirmedBy: "confirmed_by",
  createdAt: "created_at",
  expiresAt: "expires_at",
  usedBy: "used_by",
  usedAt: "used_at",
  revokedAt: "revoked_at",
} as const satisfies Record<keyof Invitation, string>;

export async function insertInvitations(tx: Tx, invitations: readonly Invitation[]): Promise<void> {
  const rows = invitations.map((invitation) =>
    Object.fromEntries(Object.entries(COLUMNS).map(([key, column]) => [column, invitation[key as keyof Invitation]])),
  );
  await insertAll(tx, "invitation", rows);
}

export async function invitationByHash(db: Db, codeHash: string): Promise<Invitation | null> {
  return (await db("invitation").where({ code_hash: codeHash }).first(COLUMNS)) ?? null;
}

export async function invitationById(db: Db, community: string, id: string): Promise<Invitation | null> {
  return (await db("invitation").where({ community, id }).first(COLUMNS)) ?? null;
}

/** Invitations of a community that were neither used nor taken back, newest first. */
export async function openInvitations(db: Db, community: string, roles: readonly string[]): Promise<Invitation[]> {
  return db("invitation")
    .where({ community })
    .whereIn("role", roles)
    .whereNull("used_at")
    .whereNull("revoked_at")
    .orderBy([{ column: "created_at", order: "desc" }, "id"])
    .select(COLUMNS);
}

/** Somebody of another side agreed; the code is told later, within that time. */
export async function confirmInvitation(
  tx: Tx,
  { community, id }: Pick<Invitation, "community" | "id">,
  by: { account: string; expiresAt: string },
): Promise<void> {
  await tx("invitation").where({ community, id }).update({ confirmed_by: by.account, expires_at: by.expiresAt });
}

/** From now on this code counts, and none that was told before. */
export async function setCode(
  tx: Tx,
  { community, id }: Pick<Invitation, "community" | "id">,
  told: { codeHash: string; expiresAt: string },
): Promise<void> {
  await tx("invitation").where({ community, id }).update({ code_hash: told.codeHash, expires_at: told.expiresAt });
}

/** Whether it was still there to be used. */
export async function useInvitation(tx: Tx, codeHash: string, account: string, now: Date): Promise<boolean> {
  const used = { used_by: account, used_at: now.toISOString() };
  const open = tx("invitation").where({ code_hash: codeHash }).whereNull("used_at").whereNull("revoked_at");
  return (await open.update(used)) === 1;
}

const IDS_PER_STATEMENT = 500;

/** Takes back what of these is still open. */
export async function revokeInvitations(tx: Tx, community: string, ids: readonly string[], now: Date): Promise<number> {
  let revoked = 0;
  for (let start = 0; start < ids.length; start += IDS_PER_STATEMENT) {
    revoked += await tx("invitation")
      .where({ community })
      .whereIn("id", ids.slice(start, start + IDS_PER_STATEMENT))
      .whereNull("used_at")
      .whereNull("revoked_at")
      .update({ revoked_at: now.toISOString() });
  }
  return revoked;
}
