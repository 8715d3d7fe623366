// The desk: what is to be done in a community now, and the month's way from running to published.
import { z } from "zod";
import type { Task } from "../agenda/page.ts";
import { tasksFor } from "../agenda/service.ts";
import { dayAt, nextMonth, spokenMonth, type Month } from "../base/month.ts";
import { refuse } from "../base/refusal.ts";
import { mayDo, type Permission } from "../door/rules.ts";
import { command, note, query, type Reading, type Writing } from "../door/service.ts";
import * as ledger from "../ledger/service.ts";
import { checklist, isPassable, type CheckItem } from "../period/rules.ts";
import { closeChecked, monthFacts } from "../period/service.ts";
import type { Db } from "../platform/db.ts";
import { monthText, optionalWords } from "../platform/input.ts";
import { newestMonth, previewOf, publicationDue, publishNext } from "../statement/service.ts";
import type { StatementPage } from "../statement/page.ts";
import { countsOf } from "../payment/service.ts";
import { dueWords, stageOf, type Stage } from "./rules.ts";

/** Where a month stands, with its checklist: what the desk shows. */
export interface MonthAtDesk {
  readonly month: Month;
  readonly monthWords: string;
  readonly stage: Stage;
  readonly due: string;
  readonly items: readonly CheckItem[];
  readonly isBlocked: boolean;
  /** Nothing else is left, but the bank's lines stop early: closing and publishing need a reason. */
  readonly needsReason: boolean;
}

export async function monthAtDesk({ db, community, now }: Reading, month: Month): Promise<MonthAtDesk> {
  const book = await ledger.bookOf(db, community);
  const today = dayAt(now);
  if (month < book.firstMonth) {
    throw refuse("MONTH_BEFORE_BOOKS", `${month} 早于账簿的第一个月。`, `账簿从 ${book.firstMonth} 开始。`, 404);
  }
  const publishedThrough = (await newestMonth(db, community)) ?? "";
  const items = checklist(await monthFacts(db, community, month, today));
  return {
    month,
    monthWords: spokenMonth(month),
    stage: stageOf(month, { closedThrough: book.closedThrough, publishedThrough, today }),
    due: dueWords(await publicationDue(db, community, month), today),
    items,
    isBlocked: items.some((item) => item.state === "blocks" && !isPassable(item)),
    needsReason: items.some((item) => item.state === "blocks" && isPassable(item)),
  };
}

/** The first month that is not published yet: the one to be worked on. */
export async function currentMonth(db: Db, community: string): Promise<Month> {
  const newest = await newestMonth(db, community);
  const book = await ledger.bookOf(db, community);
  return newest === null ? book.firstMonth : nextMonth(newest);
}

/** What the desk offers first, by what somebody may do. */
const ACTIONS: readonly { readonly label: string; readonly link: string; readonly may: Permission }[] = [
  { label: "申请付款", link: "spends/new", may: "spend.request" },
  { label: "收款", link: "fees/receive", may: "fees.receive" },
  { label: "出本月账单", link: "fees/bills", may: "fees.bill" },
  { label: "导入银行流水", link: "bank", may: "bank.import" },
];

/** What waits for somebody in particular, and what they may begin. */
export async function todoOf(call: Reading): Promise<{ waiting: string; tasks: readonly Task[]; actions: object[] }> {
  const { mine, unratified } = await countsOf(call);
  return {
    waiting: mine === 0 ? "" : `${mine} 笔付款等您放行`,
    tasks: await tasksFor(call, unratified),
    actions: ACTIONS.filter(({ may }) => mayDo(call, may)),
  };
}

const item = z.object({
  code: z.string(),
  title: z.string(),
  words: z.string(),
  state: z.enum(["blocks", "open", "done"]),
});

export const readMonth = query({
  name: "readMonth",
  title: "一个月的进度与清单",
  may: "period.view",
  input: z.object({ month: monthText }),
  output: z.object({
    month: z.string(),
    stage: z.enum(["running", "to-close", "to-publish", "published"]),
    isBlocked: z.boolean(),
    needsReason: z.boolean().meta({ description: "closing and publishing need noLines" }),
    items: z.array(item),
  }),
  run: async (call, { month }) => {
    const at = await monthAtDesk(call, month);
    return { ...at, items: [...at.items] };
  },
});

const monthInput = z.object({
  month: monthText,
  noLines: optionalWords(200).meta({
    description: "why the bank's lines do not reach the month's end, where they stop",
  }),
});

/** Keeps why somebody went on without the bank's last lines, for everybody who reads the log. */
async function noteNoLines(call: Writing, month: Month, reason: string): Promise<void> {
  if (reason !== "") {
    await note(call, "bank lines missing", { month, reason });
  }
}

export const closeMonth = command({
  name: "closeMonth",
  title: "结账",
  may: "period.close",
  input: monthInput,
  output: z.object({ month: z.string() }),
  run: async (call, { month, noLines }) => {
    await closeChecked(call.tx, call.community, month, { now: call.now, noLines });
    await noteNoLines(call, month, noLines);
    await note(call, "month closed", { month });
    return { month };
  },
});

export const publishMonth = command({
  name: "publishMonth",
  title: "公布",
  may: "period.publish",
  input: monthInput,
  output: z.object({ month: z.string(), revision: z.number() }),
  run: async (call, { month, noLines }) => {
    await publishNext(call.tx, call.community, month, { now: call.now, noLines });
    await noteNoLines(call, month, noLines);
    await note(call, "month published", { month });
    return { month, revision: 1 };
  },
});

export async function preview({ db, community, now }: Reading, month: Month): Promise<StatementPage> {
  return previewOf(db, community, month, now);
}
