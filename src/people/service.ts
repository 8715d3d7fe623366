// What other rooms ask about units.
import { Refusal, type RefusalStatus } from "../base/refusal.ts";
import type { Db } from "../platform/db.ts";
import type { Unit } from "./rules.ts";
import { unitsOf } from "./store.ts";

export {
  countHeld,
  deleteHolding,
  holdingsAround,
  holdingsOf,
  insertHoldings,
  insertOwners,
  insertUnits,
  isOwner,
  ownerNames,
  unitNames,
  unitsBilledIn,
  unitsOf,
} from "./store.ts";

/** The unit of that name, or a refusal at its field; 404 where the name stands in an address. */
export async function unitNamed(db: Db, community: string, name: string, status: RefusalStatus = 422): Promise<Unit> {
  const [unit] = await unitsOf(db, community, [name]);
  if (unit === undefined) {
    const message = `没有房号「${name}」。`;
    throw new Refusal(
      { code: "UNIT_UNKNOWN", message, remedy: "请核对房号，例如从列表里选。", column: "unit" },
      status,
    );
  }
  return unit;
}
