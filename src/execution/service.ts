// Execution of the budget: gathers what was planned, asked for, booked and published of a year, and its final account.
import { z } from "zod";
import { toYuan } from "../base/money.ts";
import { dayAt, month, spokenMonth, type Month } from "../base/month.ts";
import { refuse } from "../base/refusal.ts";
import { SOURCES } from "../budget/rules.ts";
import { budgetYears, insertRemark, remarksOf, yearBudget } from "../budget/service.ts";
import { command, note, query, type Reading } from "../door/service.ts";
import { accountName, COMMON } from "../ledger/rules.ts";
import * as ledger from "../ledger/service.ts";
import type { Db } from "../platform/db.ts";
import { amountText, paragraph, words, yearNumber } from "../platform/input.ts";
import { ratificationOf } from "../release/rules.ts";
import { totalOf } from "../request/rules.ts";
import { emergenciesPaid, leftsInYear, stepsOf } from "../request/service.ts";
import { voidedNumbers } from "../resolution/service.ts";
import type { ToldPayment } from "../statement/page.ts";
import { findStatement, newestMonth, paymentsUnder, statementAt } from "../statement/service.ts";
import { bankAccountsOf } from "../trust/service.ts";
import {
  executionOf,
  finalOf,
  type EmergencySpend,
  type Execution,
  type FinalAccount,
  type FinalTotal,
  type Moved,
  type Planned,
} from "./rules.ts";

const yearInput = yearNumber.meta({ description: "年度，例如 2020" });

function monthsOf(year: number): [first: Month, last: Month] {
  return [month(`${year}-01`), month(`${year}-12`)];
}

/** Refuses a year that has no budget. */
async function assertPlanned(db: Db, community: string, year: number): Promise<void> {
  const years = await budgetYears(db, community);
  if (!years.includes(year)) {
    const words_ = years.length === 0 ? "还没有通过过预算。" : `有预算的年度：${years.join("、")}。`;
    throw refuse("BUDGET_UNKNOWN", `${year} 年没有预算。`, words_, 404);
  }
}

// ---- During the year ------------------------------------------------------------------------------------------------

export async function executionIn({ db, community, now }: Reading, year: number): Promise<Execution> {
  await assertPlanned(db, community, year);
  const [first, last] = monthsOf(year);
  return executionOf({
    year,
    today: dayAt(now),
    budget: await yearBudget(db, community, year),
    lefts: await leftsInYear(db, community, year, now),
    balances: await ledger.balancesBetween(db, community, first, last),
    publishedThrough: (await newestMonth(db, community)) ?? "",
    emergencies: await emergenciesIn(db, community, year),
  });
}

/** Emergencies of the common fund that were booked in a year. */
async function emergenciesIn(db: Db, community: string, year: number): Promise<EmergencySpend[]> {
  const banks = await bankAccountsOf(db, community);
  const common = new Set(banks.filter(({ fund }) => fund === COMMON).map(({ code }) => code));
  const paid = (await emergenciesPaid(db, community)).filter(({ bank }) => common.has(bank));
  const codes = await ledger.entryCodes(
    db,
    community,
    paid.flatMap(({ entry }) => entry ?? []),
  );
  const voided = await voidedNumbers(db, community);
  const found: EmergencySpend[] = [];
  for (const spend of paid) {
    const entry = codes.get(spend.entry ?? 0) ?? "";
    if (entry.startsWith(`${year}-`)) {
      const steps = await stepsOf(db, community, spend.id);
      const state = ratificationOf(spend, steps, voided);
      const resolution = state === "ratified" ? (steps.findLast(({ kind }) => kind === "ratified")?.text ?? "") : "";
      const { id, ratifyBy } = spend;
      const account = spend.lines[0]?.account ?? "";
      // What was held for somebody may name a home: only spending is told in its own words.
      const purpose = account.startsWith("5") ? spend.purpose : accountName(account);
      found.push({ id, entry, purpose, amount: totalOf(spend), state, ratifyBy, resolution });
    }
  }
  return found;
}

/** The payments of a published month on one account. */
export interface MonthPayments {
  readonly month: Month;
  readonly payments: readonly ToldPayment[];
}

/** What a year's figure on an account is made of, as far as it is published: as booked, month by month. */
export async function paymentsInYear(
  db: Db,
  community: string,
  year: number,
  account: string,
): Promise<MonthPayments[]> {
  const [first, last] = monthsOf(year);
  const balances = await ledger.balancesBetween(db, community, first, last);
  const paid = balances.filter((row) => row.fund === COMMON && row.flow === "paid" && row.purpose === account);
  const found: MonthPayments[] = [];
  for (const m of [...new Set(paid.map((row) => row.month))].toSorted()) {
    const published = await findStatement(db, community, m, 1);
    if (published !== null) {
      found.push({ month: m, payments: await paymentsUnder(db, published, account) });
    }
  }
  return found;
}

// ---- At the year's end ----------------------------------------------------------------------------------------------

export async function finalIn(db: Db, community: string, year: number): Promise<FinalAccount> {
  await assertPlanned(db, community, year);
  const [, december] = monthsOf(year);
  const { closedThrough } = await ledger.bookOf(db, community);
  if (closedThrough < december) {
    const words_ = `${spokenMonth(december)}结账以后才有决算。`;
    throw refuse("FINAL_NOT_YET", `${year} 年还没有决算。`, `${words_}现在可以看预算执行情况。`, 404);
  }
  return finalOf({
    year,
    budget: await yearBudget(db, community, year, december),
    december: await statementAt(db, community, december),
    remarks: await remarksOf(db, community, year),
  });
}

/** Whether the year's final account is there. */
export async function hasFinal(db: Db, community: string, year: number): Promise<boolean> {
  return (await ledger.bookOf(db, community)).closedThrough >= monthsOf(year)[1];
}

export const explainDifference = command({
  name: "explainDifference",
  title: "说明决算与预算的差额",
  may: "budget.explain",
  input: z.object({
    year: yearInput,
    account: words(10).meta({ description: "科目代码，例如 5002" }),
    text: paragraph(300).pipe(z.string().min(1, "请写明原因")),
  }),
  output: z.object({ year: z.number(), account: z.string() }),
  run: async (call, { year, account, text }) => {
    const { tx, community, actor, now } = call;
    const { spending, income } = await finalIn(tx, community, year);
    if (![...spending, ...income].some((line) => line.account === account)) {
      throw refuse("ACCOUNT_UNKNOWN", `${year} 年的决算里没有科目「${account}」。`, "请从决算表里选。");
    }
    await insertRemark(tx, community, { year, account, text }, { by: actor.id, at: now });
    await note(call, "difference explained", { year: String(year), account });
    return { year, account };
  },
});

// ---- For programs ---------------------------------------------------------------------------------------------------

const planned = z.object({
  account: z.string(),
  name: z.string(),
  adopted: amountText.nullable().meta({ description: "没有编预算的科目为 null" }),
  changes: z.array(
    z.object({ amount: amountText, reason: z.string(), source: z.enum(SOURCES), resolution: z.string() }),
  ),
  planned: amountText.nullable().meta({ description: "没有编预算的科目为 null" }),
});
const moved = {
  published: amountText.meta({ description: "已公示月份的合计" }),
  since: amountText.meta({ description: "此后至今记账的" }),
  months: z.array(amountText).length(12),
};
const finalLine = planned.extend({
  actual: amountText,
  better: amountText.nullable().meta({ description: "没有编预算的科目为 null" }),
  remark: z.string(),
});
const total = z.object({
  adopted: amountText,
  changed: amountText,
  planned: amountText,
  actual: amountText,
  better: amountText,
  all: amountText.meta({ description: "连没有编预算的在内" }),
});

function plannedRecord({ account, name, hasBudget, adopted, changes, planned: amount }: Planned) {
  return {
    account,
    name,
    adopted: hasBudget ? toYuan(adopted) : null,
    changes: changes.map((change) => ({
      amount: toYuan(change.amount),
      reason: change.reason,
      source: change.source,
      resolution: change.resolution,
    })),
    planned: hasBudget ? toYuan(amount) : null,
  };
}

function movedRecord({ published, since, months }: Moved) {
  return { published: toYuan(published), since: toYuan(since), months: months.map(toYuan) };
}

export const showExecution = query({
  name: "showBudgetExecution",
  title: "一年预算的执行情况",
  may: "anyone",
  input: z.object({ year: yearInput }),
  output: z.object({
    year: z.number(),
    asOf: z.string().meta({ format: "date" }),
    publishedThrough: z.string().nullable(),
    elapsed: z.object({ passed: z.number(), of: z.number() }),
    spending: z.array(
      planned.extend({
        ...moved,
        paid: amountText,
        reserved: amountText,
        left: amountText,
        pace: z.enum(["over", "fast", "even", "none"]),
      }),
    ),
    income: z.array(planned.extend({ ...moved, received: amountText })),
    emergencies: z.array(
      z.object({
        entry: z.string(),
        purpose: z.string(),
        amount: amountText,
        state: z.enum(["open", "ratified", "declined"]),
        ratifyBy: z.string().nullable(),
        resolution: z.string(),
      }),
    ),
  }),
  run: async (call, { year }) => {
    const { today, publishedThrough, elapsed, spending, income, emergencies } = await executionIn(call, year);
    return {
      year,
      asOf: today,
      publishedThrough: publishedThrough === "" ? null : publishedThrough,
      elapsed,
      spending: spending.map((line) => ({
        ...plannedRecord(line),
        ...movedRecord(line),
        paid: toYuan(line.paid),
        reserved: toYuan(line.reserved),
        left: toYuan(line.left),
        pace: line.pace,
      })),
      income: income.map((line) => ({
        ...plannedRecord(line),
        ...movedRecord(line),
        received: toYuan(line.received),
      })),
      emergencies: emergencies.map(({ id: _id, amount, ...about }) => ({ ...about, amount: toYuan(amount) })),
    };
  },
});

const totalRecord = (figures: FinalTotal) => ({
  adopted: toYuan(figures.adopted),
  changed: toYuan(figures.changed),
  planned: toYuan(figures.planned),
  actual: toYuan(figures.actual),
  better: toYuan(figures.better),
  all: toYuan(figures.all),
});

export const showFinalAccount = query({
  name: "showFinalAccount",
  title: "一年的决算",
  may: "anyone",
  input: z.object({ year: yearInput }),
  output: z.object({
    year: z.number(),
    spending: z.array(finalLine),
    income: z.array(finalLine),
    totals: z.object({ spending: total, income: total }),
  }),
  run: async ({ db, community }, { year }) => {
    const { spending, income, totals } = await finalIn(db, community, year);
    const lineRecord = (line: FinalAccount["spending"][number]) => ({
      ...plannedRecord(line),
      actual: toYuan(line.actual),
      better: line.hasBudget ? toYuan(line.better) : null,
      remark: line.remark,
    });
    return {
      year,
      spending: spending.map(lineRecord),
      income: income.map(lineRecord),
      totals: { spending: totalRecord(totals.spending), income: totalRecord(totals.income) },
    };
  },
});
