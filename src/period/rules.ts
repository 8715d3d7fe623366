// When a month may be closed.
import { lastDay, monthsFrom, type Day, type Month } from "../base/month.ts";
import { refuse } from "../base/refusal.ts";
import { openMonth, type Book } from "../ledger/rules.ts";

/**
 * The months to close to have everything closed up to and including `through`, in order; none when that is already
 * so. Refuses a month before the books begin and one that is not over.
 */
export function monthsToClose(book: Book, through: Month, today: Day): Month[] {
  if (through < book.firstMonth) {
    throw refuse(
      "MONTH_BEFORE_BOOKS",
      `${through} 早于账簿的第一个月 ${book.firstMonth}。`,
      `请从 ${book.firstMonth} 开始结账。`,
      409,
    );
  }
  if (lastDay(through) > today) {
    throw refuse(
      "MONTH_NOT_OVER",
      `${through} 还没有过完（今天是 ${today}），不能结账。`,
      "请在该月最后一天过后再结账。",
      409,
    );
  }
  return monthsFrom(openMonth(book), through);
}
