// What other rooms ask about the budget.
export { budgetOf, budgetQuestion, insertBudget } from "./store.ts";
