export { budgetOf, insertBudget } from "./store.ts";
