// The trustee's draw 受托人酬金: an agreed share of what was received, and nothing else (信托法 art. 35, contract section 4).
import { add, fen, fromYuan, greatest, least, negate, subtract, sum, ZERO, type Fen } from "../base/money.ts";
import { compareDays, lastDay, monthOf, yearOf, type Day, type Month } from "../base/month.ts";
import { shareOf } from "../base/share.ts";
import { CASH, COMMON, DRAW_OWED, DRAW_SPENT, net, type Balance, type EntryDraft } from "../ledger/rules.ts";
import { deedIn, type DeedVersion } from "../trust/rules.ts";

/** What the draw of one closed month came to. */
export interface DrawMonth {
  readonly month: Month;
  /** The first month of the deed version it was computed by. */
  readonly deedFrom: Month;
  readonly rate: string;
  readonly base: Fen;
  /** Negative in a month whose refunds outweigh its receipts. */
  readonly earned: Fen;
}

/** What came into the common fund in that month on the deed's base accounts, refunds deducted. */
export function drawBase(balances: readonly Balance[], month: Month, accounts: readonly string[]): Fen {
  return net(
    balances,
    (row) =>
      row.month === month &&
      row.fund === COMMON &&
      row.account === CASH &&
      row.flow === "received" &&
      accounts.includes(row.purpose),
  );
}

/**
 * The draw of a month, given those before it. Rounding is cumulative within a segment (one deed version in one
 * calendar year), so that the months never drift from rate × base; a cap bounds the calendar year.
 */
export function drawOf(month: Month, deed: DeedVersion, base: Fen, earlier: readonly DrawMonth[]): DrawMonth {
  const year = earlier.filter((draw) => yearOf(draw.month) === yearOf(month) && draw.month < month);
  const segment = year.filter((draw) => draw.deedFrom === deed.from);
  const segmentBase = add(sum(segment.map((draw) => draw.base)), base);
  const uncapped = subtract(shareOf(deed.draw.rate, segmentBase), sum(segment.map((draw) => draw.earned)));
  const room =
    deed.draw.cap === undefined ? uncapped : subtract(fromYuan(deed.draw.cap), sum(year.map((draw) => draw.earned)));
  return { month, deedFrom: deed.from, rate: deed.draw.rate, base, earned: least(uncapped, room) };
}

/** The entry that closing books; none when nothing was earned. */
export function drawEarned(draw: DrawMonth): EntryDraft[] {
  if (draw.earned === 0) {
    return [];
  }
  return [
    {
      day: lastDay(draw.month),
      kind: "draw",
      memo: `计提 ${draw.month} 受托人酬金`,
      lines: [
        { fund: COMMON, account: DRAW_SPENT, amount: draw.earned },
        { fund: COMMON, account: DRAW_OWED, amount: negate(draw.earned) },
      ],
    },
  ];
}

export interface DrawPayment {
  readonly day: Day;
  readonly amount: Fen;
  /** How the booking is recognised again. */
  readonly source: string;
}

/** Everything that decides how much of the draw may be paid on a day. */
export interface DrawFacts {
  /** 2231 when the last closed month ended (on the eve of the first month while none is closed). */
  readonly owedAtClose: Fen;
  /** The draws of the closed months of the open months' years: rounding and cap go on from them. */
  readonly closed: readonly DrawMonth[];
  /** Months still open, in order, with what they have received so far by account. */
  readonly open: readonly { readonly month: Month; readonly balances: readonly Balance[] }[];
  readonly deeds: readonly DeedVersion[];
  /** The payments dated in open months. */
  readonly payments: readonly DrawPayment[];
}

/** A payment beyond what was owed on its day. */
export interface Overpaid {
  readonly payment: DrawPayment;
  readonly owed: Fen;
}

/**
 * The payments that took more than was owed on their day. What a month earns counts from the first day of the month
 * after it, whether or not it is closed yet (contract section 2).
 */
export function overpaid(facts: DrawFacts): Overpaid[] {
  const earning = earnedInOpen(facts);
  const payments = facts.payments.toSorted((a, b) => compareDays(a.day, b.day));
  let paid = ZERO;
  return payments.flatMap((payment) => {
    const earned = sum(earning.filter((draw) => draw.month < monthOf(payment.day)).map((draw) => draw.earned));
    const owed = fen(facts.owedAtClose + earned - paid);
    paid = add(paid, payment.amount);
    return payment.amount > 0 && payment.amount > owed ? [{ payment, owed }] : [];
  });
}

/** What the open months have earned so far, in order. */
function earnedInOpen(facts: DrawFacts): DrawMonth[] {
  const draws = [...facts.closed];
  for (const { month, balances } of facts.open) {
    const deed = deedIn(facts.deeds, month);
    draws.push(drawOf(month, deed, drawBase(balances, month, deed.draw.base), draws));
  }
  return draws.slice(facts.closed.length);
}

/**
 * What the trustee may still take on a day: what closing booked as owed, less what was paid of it. An open month earns
 * nothing yet, but one in which refunds outweigh receipts so far lowers it at once: what is already known to go back is
 * not taken first.
 */
export function drawable(facts: DrawFacts, on: Day): Fen {
  const paid = sum(facts.payments.map((payment) => payment.amount));
  const lost = earnedInOpen(facts).filter((draw) => draw.month <= monthOf(on) && draw.earned < 0);
  return greatest(ZERO, fen(facts.owedAtClose - paid + sum(lost.map((draw) => draw.earned))));
}
