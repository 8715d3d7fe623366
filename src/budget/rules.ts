// The year's budget by account of the common fund.
import type { Fen } from "../base/money.ts";

export interface BudgetLine {
  readonly year: number;
  readonly account: string;
  readonly amount: Fen;
  /** The owners' resolution it rests on; lines that came with an import may not name theirs. */
  readonly resolution?: string;
}
