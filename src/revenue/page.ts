// Contracts and their dues in words.
import { displayText } from "../base/money.ts";
import { day, daysBetween, spokenDay, type Day } from "../base/month.ts";
import { roleName, SIDES, type Side } from "../door/rules.ts";
import { accountName } from "../ledger/rules.ts";
import { REVENUE_ACCOUNTS, RHYTHMS, type Rhythm } from "./rules.ts";

const RHYTHM_WORDS: Readonly<Record<Rhythm, string>> = {
  once: "一次收清",
  month: "每月收",
  quarter: "每季度收",
  "half-year": "每半年收",
  year: "每年收",
};

export const RHYTHM_CHOICES = RHYTHMS.map((value) => ({ value, label: RHYTHM_WORDS[value] }));
export const ACCOUNT_CHOICES = REVENUE_ACCOUNTS.map((value) => ({ value, label: accountName(value) }));

/** What the use cases tell of a contract and of a due. */
export interface ContractWords {
  readonly id: number;
  readonly counterparty: string;
  readonly place: string;
  readonly accountName: string;
  readonly amount: string;
  readonly rhythm: string;
  readonly from: string;
  readonly until: string;
  readonly endedOn: string | null;
  readonly endReason: string;
  readonly resolution: string | null;
  readonly notes: string;
  readonly received: string;
  readonly overdue: string;
}

export interface DueWords {
  readonly contract: number;
  readonly place: string;
  readonly due: string;
  readonly amount: string;
  readonly paid: string;
  readonly left: string;
  readonly waivers: readonly { readonly side: Side; readonly reason: string }[];
}

const ZERO_TEXT = "0.00";
const dayWords = (text: string): string => spokenDay(day(text));

export function contractCard(contract: ContractWords, today: Day) {
  const { id, counterparty, place, from, until, endedOn, overdue } = contract;
  const rhythm = RHYTHM_CHOICES.find(({ value }) => value === contract.rhythm)?.label ?? "";
  const isOver = (endedOn ?? until) < today;
  return {
    id,
    place,
    counterparty,
    account: contract.accountName,
    terms: `${rhythm} ${displayText(contract.amount)} 元`,
    term: `${dayWords(from)}至${dayWords(until)}`,
    ended: endedOn === null ? "" : `已在${dayWords(endedOn)}提前终止：${contract.endReason}`,
    isOver,
    resolution:
      contract.resolution ?? "没有写明决议。利用共用部分经营要有业主共同决定（民法典第二百七十八条第一款第八项）",
    hasResolution: contract.resolution !== null,
    notes: contract.notes,
    received: displayText(contract.received),
    overdue: displayText(overdue),
    hasOverdue: overdue !== ZERO_TEXT,
  };
}

/** One due: whether it came, and if not, for how long it is late. */
export function dueRow(due: DueWords, today: Day) {
  const late = daysBetween(day(due.due), today);
  const isPaid = due.left === ZERO_TEXT;
  const waits = SIDES.find((side) => !due.waivers.some((waiver) => waiver.side === side));
  return {
    contract: due.contract,
    place: due.place,
    due: due.due,
    day: dayWords(due.due),
    amount: displayText(due.amount),
    left: displayText(due.left),
    isPaid,
    isLate: !isPaid && late >= 0,
    isWaived: waits === undefined,
    state: isPaid ? "已收齐" : stateWords(due, late),
    waivers: due.waivers.map(({ side, reason }) => `${roleName(side)}同意不再收：${reason}`).join("；"),
    waits: due.waivers.length > 0 && waits !== undefined ? `还要${roleName(waits)}也同意` : "",
  };
}

function stateWords(due: DueWords, late: number): string {
  const partly = due.paid === ZERO_TEXT ? "" : `，已收 ${displayText(due.paid)} 元`;
  if (late === 0) {
    return `今天到期${partly}`;
  }
  return late > 0 ? `逾期 ${late} 天${partly}` : `未到期${partly}`;
}
