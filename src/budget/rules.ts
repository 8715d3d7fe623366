// The year's budget by account of the common fund.
import type { Fen } from "../base/money.ts";

export interface BudgetLine {
  readonly year: number;
  readonly account: string;
  readonly amount: Fen;
}
