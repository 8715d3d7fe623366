// SQL of owners' accounts and the checks that they are theirs.
import { insertAll, type Db, type Question, type Tx } from "../platform/db.ts";
import type { Check, OwnerAccount } from "./rules.ts";

/** Checks that count: of memberships that have not ended, after the last new password of their accounts. */
function standingChecks(db: Db, community: string) {
  const later = db("account_reset as r")
    .whereRaw("r.account = m.account and r.used_at >= c.checked_at")
    .select(db.raw("1"));
  // A cross join keeps SQLite from beginning with all checks of the community.
  return db("member as m")
    .crossJoin(db.ref("owner_check").as("c"))
    .where({ "c.community": db.ref("m.community"), "c.member": db.ref("m.id") })
    .where({ "m.community": community, "m.role": "owner" })
    .whereNull("m.until")
    .whereNotExists(later);
}

/** The owners of the register that an account was seen to be. */
export function checkedOwners(community: string, account: string): Question<string[]> {
  return {
    columns: ["owner"],
    query: (db) => standingChecks(db, community).where("m.account", account).select("m.owner"),
    read: (rows: readonly { owner: string }[]) => rows.map(({ owner }) => owner),
  };
}

interface AccountRow {
  id: string;
  account: string;
  owner: string;
  since: string;
  admitted_by: string;
  display: string;
  reset: string | null;
  checked_by: string | null;
  checked_at: string | null;
}

function toAccount(row: AccountRow): OwnerAccount {
  const { id, account, owner, since, display, admitted_by: printedBy, checked_by: by, checked_at: at } = row;
  const check: Check | null = by === null || at === null ? null : { by, at };
  return { id, account, owner, since, display, printedBy, wasReset: row.reset !== null, check };
}

/** The accounts of owners that can be used, all or only those that wait for a check. */
export async function ownerAccounts(db: Db, community: string, which: "all" | "waiting"): Promise<OwnerAccount[]> {
  const checks = standingChecks(db, community).select("m.id", "c.checked_by", "c.checked_at").as("c");
  const reset = db("account_reset as r").whereRaw("r.account = m.account and r.used_at >= m.since").max("r.used_at");
  const asked = db("member as m")
    .join("account as a", "a.id", "m.account")
    .leftJoin(checks, "c.id", "m.id")
    .where({ "m.community": community, "m.role": "owner" })
    .whereNull("m.until")
    .whereNull("a.disabled_at")
    .orderBy(["m.since", "m.id"])
    .select("m.id", "m.account", "m.owner", "m.since", "m.admitted_by", "a.display", "c.checked_by", "c.checked_at")
    .select({ reset });
  const rows: AccountRow[] = await (which === "all" ? asked : asked.whereNull("c.id"));
  return rows.map(toAccount);
}

/** Since when an account stands for which owners. */
export async function ownSince(
  db: Db,
  community: string,
  account: string,
): Promise<{ readonly owner: string; readonly since: string }[]> {
  return db("member").where({ community, account, role: "owner" }).whereNull("until").select("owner", "since");
}

/** Since when other accounts stand for any of these owners, the earliest first. */
export async function othersSince(
  db: Db,
  community: string,
  owners: readonly string[],
  account: string,
): Promise<string[]> {
  return db("member")
    .where({ community, role: "owner" })
    .whereIn("owner", [...owners])
    .whereNot({ account })
    .whereNull("until")
    .orderBy(["since", "id"])
    .pluck("since");
}

/** Who let somebody in as supervisor without anybody of another side, as was possible once; "" when nobody did. */
export async function supervisorLetInBy(db: Db, community: string, account: string): Promise<string> {
  const row: { proposed_by: string } | undefined = await db("member as m")
    .join("invitation as i", (on) =>
      on.on("i.community", "m.community").andOn("i.used_by", "m.account").andOn("i.used_at", "m.since"),
    )
    .where({ "m.community": community, "m.account": account, "m.role": "supervisor", "i.confirmed_by": "" })
    .whereNull("m.until")
    .first("i.proposed_by");
  return row?.proposed_by ?? "";
}

export async function insertChecks(
  tx: Tx,
  community: string,
  members: readonly string[],
  { by, at }: Check,
): Promise<void> {
  const rows = members.map((member) => ({ community, member, checked_by: by, checked_at: at }));
  await insertAll(tx, "owner_check", rows);
}
