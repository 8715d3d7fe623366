// What other rooms ask about units.
import { Refusal, type RefusalStatus } from "../base/refusal.ts";
import type { Db } from "../platform/db.ts";
import type { Unit } from "./rules.ts";
import { unitNamesWith, unitsOf } from "./store.ts";

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
  usesOf,
} from "./store.ts";

/** The unit of that name, or a refusal at its field; 404 where the name stands in an address. */
export async function unitNamed(db: Db, community: string, name: string, status: RefusalStatus = 422): Promise<Unit> {
  const [unit] = await unitsOf(db, community, [name]);
  if (unit === undefined) {
    const message = `没有房号「${name}」。`;
    throw new Refusal(
      { code: "UNIT_UNKNOWN", message, remedy: await unitRemedy(db, community, name), column: "unit" },
      status,
    );
  }
  return unit;
}

/** A form offers so many units to pick from; where there are more, their numbers are typed. */
const OFFERED_MOST = 1000;
const SIMILAR_MOST = 5;

/** The units that a form offers to pick from; none where there are too many for a page. */
export async function unitsOffered(db: Db, community: string): Promise<string[]> {
  const names = await unitNamesWith(db, community, "", OFFERED_MOST + 1);
  return names.length > OFFERED_MOST ? [] : names;
}

/** What to do about a unit that is not there: names that hold what was typed, where there are any. */
export async function unitRemedy(db: Db, community: string, typed: string): Promise<string> {
  const similar = typed === "" ? [] : await unitNamesWith(db, community, typed, SIMILAR_MOST);
  return similar.length === 0 ? "请核对房号。" : `请核对房号，例如 ${similar.join("、")}。`;
}
