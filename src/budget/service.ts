// What other rooms ask about the budget.
export { budgetOf, insertBudget } from "./store.ts";
