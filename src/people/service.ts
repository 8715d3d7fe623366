// What other rooms ask about units.
export {
  deleteHolding,
  holdingsOf,
  insertHoldings,
  insertOwners,
  insertUnits,
  isOwner,
  ownerNames,
  unitsBilledIn,
  unitsOf,
} from "./store.ts";
