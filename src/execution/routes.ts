// Execution and final account: the public pages, the same at the desk with the reasons to be written, files and the API.
import { finalCsv, finalPdf } from "../../reports/final.ts";
import { refuse } from "../base/refusal.ts";
import { budgetYears } from "../budget/service.ts";
import { api, API, DESK, file, form, page, type Route, type View, type Words } from "../door/routes.ts";
import { mayDo } from "../door/rules.ts";
import type { Reading } from "../door/service.ts";
import { COMMON } from "../ledger/rules.ts";
import { ASK_AGAIN, ready, type Ready } from "../platform/http.ts";
import { readAddress } from "../platform/input.ts";
import { registeredNumbers } from "../resolution/service.ts";
import { paymentRow } from "../statement/page.ts";
import { newestMonth } from "../statement/service.ts";
import { findCommunity } from "../trust/service.ts";
import { executionView, finalPage, finalView, yearPaymentsView, type Around } from "./page.ts";
import * as service from "./service.ts";

const PUBLIC = "/c/:code/budgets/:year";
const HERE = `${DESK}/budgets/:year`;
const AT = `${API}/budgets/:year`;

const yearIn = (words: Words): number => readAddress(service.showExecution.input, words).year;

async function aroundOf({ db, community }: Reading): Promise<Around> {
  const name = (await findCommunity(db, community))?.name ?? "";
  return { community, name, registered: await registeredNumbers(db, community) };
}

async function executionPage(call: Reading, words: Words, view: string): Promise<View> {
  const { db, community } = call;
  const year = yearIn(words);
  const execution = await service.executionIn(call, year);
  const years = await budgetYears(db, community);
  const hasFinal = await service.hasFinal(db, community, year);
  const mayChange = mayDo(call, "council.propose");
  return { view, model: { ...executionView(await aroundOf(call), execution, years, hasFinal), mayChange } };
}

async function paymentsPage(call: Reading, words: Words): Promise<View> {
  const { db, community } = call;
  const year = yearIn(words);
  const { account = "" } = words;
  const execution = await service.executionIn(call, year);
  if (!execution.spending.some((line) => line.account === account)) {
    throw refuse("ACCOUNT_UNKNOWN", `${year} 年没有科目「${account}」的支出。`, "请从预算执行页点进来。", 404);
  }
  const found = await service.paymentsInYear(db, community, year, account);
  const around = await aroundOf(call);
  const { registered } = around;
  const months = found.map(({ month, payments }) => ({
    month,
    payments: payments
      .filter(({ entry }) => entry.lines.some((line) => line.fund === COMMON && line.purpose === account))
      .map((payment) => paymentRow({ code: community, registered }, payment, COMMON, account)),
  }));
  return { view: "execution-paid", model: yearPaymentsView(around, execution, account, months) };
}

async function finalModel(call: Reading, words: Words): Promise<Record<string, unknown>> {
  const { db, community } = call;
  const final = await service.finalIn(db, community, yearIn(words));
  const isPublished = ((await newestMonth(db, community)) ?? "") >= `${final.year}-12`;
  return finalView(await aroundOf(call), final, isPublished);
}

async function deskFinal(call: Reading, words: Words): Promise<View> {
  const mayExplain = mayDo(call, "budget.explain");
  return { view: "execution-final-desk", model: { ...(await finalModel(call, words)), mayExplain } };
}

async function finalFile(call: Reading, words: Words, format: "csv" | "pdf"): Promise<Ready> {
  const { db, community } = call;
  const final = await service.finalIn(db, community, yearIn(words));
  const told = finalPage(await aroundOf(call), final);
  const name = `${community}-${final.year}-final.${format}`;
  return format === "csv"
    ? ready(finalCsv(told), "text/csv; charset=utf-8", ASK_AGAIN, name)
    : ready(await finalPdf(told), "application/pdf", ASK_AGAIN, name);
}

export const executionRoutes: readonly Route[] = [
  page(`${PUBLIC}/execution`, "anyone", (call, words) => executionPage(call, words, "execution")),
  page(`${PUBLIC}/execution/:account`, "anyone", paymentsPage),
  page(`${PUBLIC}/final`, "anyone", async (call, words) => ({
    view: "execution-final",
    model: await finalModel(call, words),
  })),
  file(`${PUBLIC}/final.csv`, "anyone", (call, words) => finalFile(call, words, "csv")),
  file(`${PUBLIC}/final.pdf`, "anyone", (call, words) => finalFile(call, words, "pdf")),
  page(`${HERE}/execution`, "desk.view", (call, words) => executionPage(call, words, "execution-desk")),
  page(`${HERE}/final`, "desk.view", deskFinal),
  form(`${HERE}/final/remarks`, service.explainDifference, {
    done: ({ year }, { code = "" }) => `/desk/${code}/budgets/${year}/final`,
    again: deskFinal,
  }),
  api("get", `${AT}/execution`, service.showExecution),
  api("get", `${AT}/final`, service.showFinalAccount),
  api("post", `${AT}/final/remarks`, service.explainDifference, { status: 201 }),
];
