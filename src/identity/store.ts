// SQL of owners' accounts and the checks that they are theirs.
import type { Knex } from "knex";
import { insertAll, readMany, type Db, type Question, type Tx } from "../platform/db.ts";
import type { Check, OwnerAccount } from "./rules.ts";

/** What takes a check back: the account of the membership got a new password since. */
function laterReset(reset: Knex.QueryBuilder): void {
  void reset.from("account_reset as r").whereRaw("r.account = m.account and r.used_at >= c.checked_at").select("r.id");
}

/** The owners of the register that an account was seen to be. */
export function checkedOwners(community: string, account: string): Question<string[]> {
  return {
    columns: ["owner"],
    // A cross join keeps SQLite from beginning with all checks of the community.
    query: (db) =>
      db("member as m")
        .crossJoin(db.ref("owner_check").as("c"))
        .where({ "c.community": db.ref("m.community"), "c.member": db.ref("m.id") })
        .where({ "m.community": community, "m.role": "owner", "m.account": account })
        .whereNull("m.until")
        .whereNotExists(laterReset)
        .select("m.owner"),
    read: (rows: readonly { owner: string }[]) => rows.map(({ owner }) => owner),
  };
}

type AccountRow = [
  id: string,
  account: string,
  owner: string,
  since: string,
  printedBy: string,
  display: string,
  reset: string | null,
  checkedBy: string | null,
  checkedAt: string | null,
];

const ACCOUNT_COLUMNS = "id account owner since admitted_by display reset checked_by checked_at".split(" ");

function toAccount([id, account, owner, since, printedBy, display, reset, by, at]: AccountRow): OwnerAccount {
  const check: Check | null = by === null || at === null ? null : { by, at };
  return { id, account, owner, since, display, printedBy, wasReset: reset !== null, check };
}

/** The accounts of owners that can be used, all or only those that wait for a check. */
export async function ownerAccounts(db: Db, community: string, which: "all" | "waiting"): Promise<OwnerAccount[]> {
  const reset = db("account_reset as r").whereRaw("r.account = m.account and r.used_at >= m.since").max("r.used_at");
  const asked = db("member as m")
    .join("account as a", "a.id", "m.account")
    .leftJoin("owner_check as c", (join) => {
      void join.on({ "c.community": "m.community", "c.member": "m.id" }).andOnNotExists(laterReset);
    })
    .where({ "m.community": community, "m.role": "owner" })
    .whereNull("m.until")
    .whereNull("a.disabled_at")
    .orderBy(["m.since", "m.id"])
    .select("m.id", "m.account", "m.owner", "m.since", "m.admitted_by", "a.display", "c.checked_by", "c.checked_at")
    .select({ reset });
  const rows = await readMany(db, which === "all" ? asked : asked.whereNull("c.member"), ACCOUNT_COLUMNS);
  return (rows as AccountRow[]).map(toAccount);
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
