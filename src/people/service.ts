// What other rooms ask about units.
export {
  deleteHolding,
  holdingsOf,
  insertHoldings,
  insertOwners,
  insertUnits,
  ownerNames,
  unitsBilledIn,
  unitsOf,
} from "./store.ts";
