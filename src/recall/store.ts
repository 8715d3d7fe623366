// SQL of imports that were taken back, and of who asked for it. Rows are only ever added.
import type { Tx } from "../platform/db.ts";

interface Wish {
  readonly account: string;
  readonly number: number;
  readonly reason: string;
  readonly by: string;
  readonly at: string;
}

export async function insertAsk(tx: Tx, community: string, wish: Wish & { readonly side: string }): Promise<void> {
  const { account, number, reason, side, by, at } = wish;
  await tx("bank_import_ask").insert({
    community,
    account,
    import: number,
    reason,
    side,
    asked_by: by,
    asked_at: at,
  });
}

export async function insertTakenBack(tx: Tx, community: string, taken: Wish): Promise<void> {
  const { account, number, reason, by, at } = taken;
  await tx("bank_import_taken_back").insert({
    community,
    account,
    import: number,
    reason,
    taken_by: by,
    taken_at: at,
  });
}
