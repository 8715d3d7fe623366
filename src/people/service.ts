// What other rooms ask about units.
export {
  deleteHolding,
  holdingsOf,
  insertHoldings,
  insertOwners,
  insertUnits,
  unitsBilledIn,
  unitsOf,
} from "./store.ts";
