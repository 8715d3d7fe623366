// What other rooms ask about rates and discount rules.
export { insertDiscountRule, insertPlacement, insertRates, ratesOf, tariffOf } from "./store.ts";
