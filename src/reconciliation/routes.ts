// Where the bank and the books are brought together: accounts, months, lines, matches and what is in suspense.
import { z } from "zod";
import { displayNames } from "../access/service.ts";
import { sum, toYuan } from "../base/money.ts";
import { dayAt, monthOf, monthsFrom, type Month } from "../base/month.ts";
import { refuse } from "../base/refusal.ts";
import { bankHref } from "../bank/rules.ts";
import * as bank from "../bank/service.ts";
import * as matching from "../matching/service.ts";
import {
  api,
  API,
  DESK,
  form,
  page,
  typedText,
  type Route,
  type Typed,
  type View,
  type Words,
} from "../door/routes.ts";
import { command, note, query, type Reading } from "../door/service.ts";
import { accountName, openMonth } from "../ledger/rules.ts";
import * as ledger from "../ledger/service.ts";
import { howWords, type BankMovement, type Suggestion } from "../matching/rules.ts";
import { unitsOffered } from "../people/service.ts";
import { idNumber, monthText, nothing, optionalWords, readAddress, words } from "../platform/input.ts";
import { bankAccountsOf } from "../trust/service.ts";
import {
  accountModel,
  identifyModel,
  lineModel,
  matchModel,
  monthModel,
  overviewModel,
  recordModel,
  suspenseModel,
  type MonthFacts,
  type ShownMonth,
} from "./page.ts";
import { receivableAs } from "./rules.ts";
import * as service from "./service.ts";

// ---- What is sent and answered ----------------------------------------------------------------------------------

const accountInput = { account: words(40) };
const reasonText = words(200);

const differenceOutput = z.object({
  account: z.string(),
  name: z.string(),
  covers: z.boolean(),
  bank: z.string().nullable(),
  book: z.string(),
  difference: z.string().nullable(),
  unmatched: z.number(),
  finishedAt: z.string().nullable(),
});

function differenceOf(standing: service.BankDifference): z.input<typeof differenceOutput> {
  const { account, name, covers, statement, book, difference, unmatched, finished } = standing;
  return {
    account,
    name,
    covers,
    bank: statement === null ? null : toYuan(statement),
    book: toYuan(book),
    difference: difference === null ? null : toYuan(difference),
    unmatched,
    finishedAt: finished?.finishedAt ?? null,
  };
}

const lineOutput = z.object({
  line: z.number(),
  day: z.string(),
  amount: z.string(),
  counterparty: z.string(),
  memo: z.string(),
});
const bookingOutput = z.object({
  entry: z.number(),
  code: z.string(),
  day: z.string(),
  amount: z.string(),
  payee: z.string(),
  memo: z.string(),
});

type LineLike = Pick<BankMovement, "line" | "day" | "amount" | "counterparty" | "memo">;

function lineOf({ line, day, amount, counterparty, memo }: LineLike): z.input<typeof lineOutput> {
  return { line, day, amount: toYuan(amount), counterparty, memo };
}

function bookingOf({ entry, code, day, amount, payee, memo }: ledger.BankMovement): z.input<typeof bookingOutput> {
  return { entry, code, day, amount: toYuan(amount), payee, memo };
}

// ---- Looking ----------------------------------------------------------------------------------------------------

export const listBankAccounts = query({
  name: "listBankAccounts",
  title: "各银行账户在月末的余额与差额",
  may: "bank.view",
  input: z.object({ month: monthText.optional() }),
  output: z.object({ month: z.string(), suspense: z.string(), items: z.array(differenceOutput) }),
  run: async ({ db, community }, { month }) => {
    const at = month ?? openMonth(await ledger.bookOf(db, community));
    const standings = await service.bankDifferences(db, community, at);
    const suspense = await service.suspenseBalance(db, community, at);
    return { month: at, suspense: toYuan(suspense), items: standings.map(differenceOf) };
  },
});

export const showBankMonth = query({
  name: "showBankMonth",
  title: "一个账户一个月的对账",
  may: "bank.view",
  input: z.object({ ...accountInput, month: monthText }),
  output: differenceOutput.extend({
    month: z.string(),
    certain: z.number(),
    lines: z.array(lineOutput),
    booked: z.array(bookingOutput),
    matches: z.array(
      z.object({ number: z.number(), how: z.string(), lines: z.array(lineOutput), booked: z.array(bookingOutput) }),
    ),
  }),
  run: async ({ db, community }, { account, month }) => {
    const { standing, items } = await service.monthView(db, community, account, month);
    return {
      ...differenceOf(standing),
      month,
      certain: items.certain,
      lines: items.lines.map(lineOf),
      booked: items.booked.map(bookingOf),
      matches: items.matches.map(({ number, how, lines, booked }) => ({
        number,
        how: howWords(how),
        lines: lines.map(lineOf),
        booked: booked.map(bookingOf),
      })),
    };
  },
});

export const showBankLine = query({
  name: "showBankLine",
  title: "一笔银行流水和它可能对应的账",
  may: "bank.view",
  input: z.object({ ...accountInput, line: idNumber }),
  output: lineOutput.extend({
    isOpen: z.boolean(),
    suggestions: z.array(
      z.object({ lines: z.array(z.number()), entries: z.array(z.number()), reasons: z.array(z.string()) }),
    ),
    units: z.array(z.object({ unit: z.string(), reason: z.string() })),
  }),
  run: async ({ db, community }, { account, line }) => {
    const view = await matching.lineView(db, community, account, line);
    const suggestions = view.suggestions.map(suggestionOf);
    return { ...lineOf(view.line), isOpen: view.isOpen, suggestions, units: [...view.guesses] };
  },
});

function suggestionOf({ lines, booked, reasons }: Suggestion) {
  return {
    lines: lines.map(({ line }) => line),
    entries: booked.map(({ entry }) => entry),
    reasons: [...reasons],
  };
}

// ---- Matching ---------------------------------------------------------------------------------------------------

/** A day of a payment platform comes as one line for hundreds of receipts. */
const MEMBERS_MAX = 1000;
const membersInput = z.array(idNumber).max(MEMBERS_MAX, `一组最多 ${MEMBERS_MAX} 项`).default([]);

export const matchBank = command({
  name: "matchBank",
  title: "把流水和账配成一组",
  may: "bank.match",
  input: z.object({ ...accountInput, lines: membersInput, entries: membersInput }),
  output: z.object({ account: z.string(), number: z.number(), month: z.string() }),
  run: async (call, { account, lines, entries }) => {
    const matched = await matching.matchByHand(call, account, { lines, entries });
    await note(call, "bank matched", await bank.toldAccount(call, account));
    return { account, ...matched };
  },
});

export const matchBankCertain = command({
  name: "matchBankCertain",
  title: "自动配对没有疑问的流水和账",
  may: "bank.match",
  input: z.object({ ...accountInput, month: monthText }),
  output: z.object({ account: z.string(), month: z.string(), matched: z.number() }),
  run: async (call, { account, month }) => {
    await bank.bankAccountOf(call.tx, call.community, account);
    const matched = await matching.matchMonth(call, account, month);
    await note(call, "bank matched", await bank.toldAccount(call, account));
    return { account, month, matched };
  },
});

export const unmatchBank = command({
  name: "unmatchBank",
  title: "撤销一组配对",
  may: "bank.match",
  input: z.object({ ...accountInput, number: idNumber, reason: reasonText }),
  output: z.object({ account: z.string(), month: z.string() }),
  run: async (call, { account, number, reason }) => {
    const month = await matching.undoMatch(call, account, { number, reason });
    await note(call, "bank unmatched", { ...(await bank.toldAccount(call, account)), reason });
    return { account, month };
  },
});

// ---- Receipts ---------------------------------------------------------------------------------------------------

const purposeInput = { purpose: words(4), unit: optionalWords(60) };

export const receiveBankLine = command({
  name: "receiveBankLine",
  title: "把一笔账上没有的银行收款记账（查不明的记为待查款项 2299）",
  may: "bank.receive",
  input: z.object({ ...accountInput, line: idNumber, ...purposeInput }),
  output: z.object({ account: z.string(), code: z.string(), month: z.string() }),
  run: async (call, { account, line, purpose, unit }) => {
    const received = await service.receiveLine(call, account, line, { purpose, unit });
    await note(call, "bank receipt booked", {
      ...(await bank.toldAccount(call, account)),
      line: String(line),
      code: received.code,
      purpose,
      as: accountName(purpose),
      amount: toYuan(received.amount),
    });
    return { account, ...received };
  },
});

export const listSuspense = query({
  name: "listSuspense",
  title: "待查款项",
  may: "bank.view",
  input: nothing,
  output: z.object({
    items: z.array(
      lineOutput.extend({
        code: z.string(),
        account: z.string(),
        identifiedBy: z.string(),
        units: z.array(z.object({ unit: z.string(), reason: z.string() })),
      }),
    ),
  }),
  run: async ({ db, community }) => {
    const items = await service.suspenseItems(db, community);
    return {
      items: items.map(({ code, account, line, identifiedBy, guesses }) => ({
        ...lineOf(line),
        code,
        account,
        identifiedBy,
        units: [...guesses],
      })),
    };
  },
});

export const identifyReceipt = command({
  name: "identifyReceipt",
  title: "查明一笔待查款项",
  may: "bank.receive",
  input: z.object({ entry: words(20), ...purposeInput, reason: reasonText }),
  output: z.object({ code: z.string() }),
  run: async (call, { entry, ...found }) => {
    const code = await service.identify(call, entry, found);
    await note(call, "suspense identified", {
      entry,
      code,
      purpose: found.purpose,
      as: accountName(found.purpose),
    });
    return { code };
  },
});

export const finishReconciliation = command({
  name: "finishReconciliation",
  title: "完成一个账户一个月的对账",
  may: "bank.reconcile",
  input: z.object({ ...accountInput, month: monthText }),
  output: z.object({ account: z.string(), month: z.string(), balance: z.string(), finishedAt: z.string() }),
  run: async (call, { account, month }) => {
    const { bankBalance, finishedAt } = await service.finishMonth(call, account, month);
    await note(call, "reconciliation finished", {
      ...(await bank.toldAccount(call, account)),
      month,
      balance: toYuan(bankBalance),
    });
    return { account, month, balance: toYuan(bankBalance), finishedAt };
  },
});

// ---- Pages ------------------------------------------------------------------------------------------------------

async function overviewView({ db, community }: Reading): Promise<View> {
  const month = openMonth(await ledger.bookOf(db, community));
  const standings = await service.bankDifferences(db, community, month);
  const open = (await service.suspenseItems(db, community)).filter(({ identifiedBy }) => identifiedBy === "");
  const suspense = { count: open.length, total: sum(open.map(({ line }) => line.amount)) };
  const accounts = await bankAccountsOf(db, community);
  return { view: "bank", model: overviewModel(community, { month, standings, accounts }, suspense) };
}

async function accountView({ db, community, now }: Reading, code: string, imported: string): Promise<View> {
  const account = await bank.bankAccountOf(db, community, code);
  const imports = await bank.importsOf(db, community, code);
  const names = await displayNames(
    db,
    imports.map(({ importedBy }) => importedBy),
  );
  const shown = imports.map((each) => ({
    ...each,
    by: names.get(each.importedBy) ?? "",
    on: dayAt(new Date(each.importedAt)),
  }));
  const months = await shownMonths({ db, community }, code, monthOf(dayAt(now)));
  return {
    view: "bank-account",
    model: accountModel(community, account, { months, imports: shown, imported: Number(imported) }),
  };
}

/** Every month since the books or the lines began, up to today's. */
async function shownMonths(
  { db, community }: Pick<Reading, "db" | "community">,
  account: string,
  today: Month,
): Promise<ShownMonth[]> {
  const lines = await bank.monthsOfLines(db, community, account);
  const finished = new Set((await service.reconciliationsOf(db, community, account)).map(({ month }) => month));
  // What was finished needs no count: only the months since may have anything open.
  const unfinished = lines.find(({ month }) => !finished.has(month))?.month ?? today;
  const open = await matching.openCounts(db, community, account, unfinished);
  const { firstMonth } = await ledger.bookOf(db, community);
  const first = lines[0] !== undefined && lines[0].month < firstMonth ? lines[0].month : firstMonth;
  return monthsFrom(first, today).map((month) => ({
    ...(lines.find((each) => each.month === month) ?? NO_LINES),
    month,
    open: open.get(month) ?? 0,
    isFinished: finished.has(month),
  }));
}

const NO_LINES = { lines: 0, in: sum([]), out: sum([]) };

async function monthPage(call: Reading, named: Typed, typed: Typed = {}): Promise<View> {
  const facts = await factsOfMonth(call, named, typed);
  return { view: "bank-month", model: monthModel(call.community, facts) };
}

async function recordPage(call: Reading, named: Typed): Promise<View> {
  return { view: "bank-record", model: recordModel(call.community, await factsOfMonth(call, named, {})) };
}

async function factsOfMonth({ db, community }: Reading, named: Typed, typed: Typed): Promise<MonthFacts> {
  const { account, month } = readAddress(showBankMonth.input, named);
  const view = await service.monthView(db, community, account, month);
  const { finished } = view.standing;
  const names = await displayNames(db, finished === null ? [] : [finished.finishedBy]);
  return {
    ...view,
    ...view.items,
    finishedBy: names.get(finished?.finishedBy ?? "") ?? "",
    finishedOn: finished === null ? "" : dayAt(new Date(finished.finishedAt)),
    ticked: { lines: numbersIn(typed["lines"]), entries: numbersIn(typed["entries"]) },
    after: typedText(named, "after"),
  };
}

function numbersIn(value: unknown): number[] {
  return (Array.isArray(value) ? value : [value]).map(Number).filter((number) => Number.isSafeInteger(number));
}

async function lineView({ db, community }: Reading, named: Typed): Promise<View> {
  const { account: code, line } = readAddress(showBankLine.input, named);
  const account = await bank.bankAccountOf(db, community, code);
  const view = await matching.lineView(db, community, code, line);
  const entries = view.suggestions.flatMap(({ booked }) => booked.map(({ entry }) => entry));
  return {
    view: "bank-line",
    model: lineModel(community, {
      ...view,
      account,
      match: view.isOpen ? 0 : await matching.matchHolding(db, community, code, view.line.line),
      codes: await ledger.entryCodes(db, community, entries),
      accounts: receivableAs(account),
      units: await unitsOffered(db, community),
    }),
  };
}

async function matchView({ db, community }: Reading, named: Typed): Promise<View> {
  const { account: code, number } = readAddress(unmatchBank.input.omit({ reason: true }), named);
  const account = await bank.bankAccountOf(db, community, code);
  const found = await matching.matchAt(db, community, code, number);
  const names = await displayNames(db, [found.match.matchedBy]);
  const canUndo = found.undone === "" && found.month >= openMonth(await ledger.bookOf(db, community));
  return {
    view: "bank-match",
    model: matchModel(community, {
      ...found,
      account,
      by: names.get(found.match.matchedBy) ?? "",
      on: dayAt(new Date(found.match.matchedAt)),
      canUndo,
    }),
  };
}

async function suspenseView({ db, community }: Reading): Promise<View> {
  const names = new Map((await bankAccountsOf(db, community)).map(({ code, name }) => [code, name]));
  return { view: "suspense", model: suspenseModel(community, await service.suspenseItems(db, community), names) };
}

async function identifyView({ db, community }: Reading, { entry: code = "" }: Words): Promise<View> {
  const item = (await service.suspenseItems(db, community)).find((each) => each.code === code);
  if (item === undefined) {
    throw refuse("NOT_FOUND", `没有待查款项「${code}」。`, "请从待查款项列表里选。", 404);
  }
  const account = await bank.bankAccountOf(db, community, item.account);
  const units = await unitsOffered(db, community);
  const accounts = receivableAs(account).slice(1);
  return { view: "suspense-item", model: identifyModel(community, item, { name: account.name, accounts, units }) };
}

const ACCOUNT = `${DESK}/bank/:account`;
const API_ACCOUNT = `${API}/bank/:account`;

export const reconciliationRoutes: readonly Route[] = [
  api("get", `${API}/bank`, listBankAccounts),
  api("get", `${API_ACCOUNT}/months/:month`, showBankMonth),
  api("post", `${API_ACCOUNT}/months/:month/match`, matchBankCertain),
  api("post", `${API_ACCOUNT}/months/:month/finish`, finishReconciliation),
  api("get", `${API_ACCOUNT}/lines/:line`, showBankLine),
  api("post", `${API_ACCOUNT}/lines/:line/receipt`, receiveBankLine, { status: 201 }),
  api("post", `${API_ACCOUNT}/matches`, matchBank, { status: 201 }),
  api("post", `${API_ACCOUNT}/matches/:number/undo`, unmatchBank),
  api("get", `${API}/suspense`, listSuspense),
  api("post", `${API}/suspense/:entry`, identifyReceipt),

  page(`${DESK}/bank`, "bank.view", overviewView, "银行", ["/suspense"]),
  page(ACCOUNT, "bank.view", (call, { account = "", imported = "" }) => accountView(call, account, imported)),
  page(`${ACCOUNT}/months/:month`, "bank.view", monthPage),
  page(`${ACCOUNT}/months/:month/record`, "bank.view", recordPage),
  form(`${ACCOUNT}/months/:month/auto`, matchBankCertain, {
    done: ({ account, month }, _words, { community }) => bankHref(community, account, "months", month),
    again: monthPage,
  }),
  form(`${ACCOUNT}/months/:month/finish`, finishReconciliation, {
    done: ({ account, month }, _words, { community }) => bankHref(community, account, "months", month),
    again: monthPage,
  }),
  form(`${ACCOUNT}/match`, matchBank, {
    done: ({ account, month }, _words, { community }) => bankHref(community, account, "months", month),
    again: (call, named, typed) =>
      typedText(typed, "line") === ""
        ? monthPage(call, { ...typed, ...named }, typed)
        : lineView(call, { ...typed, ...named }),
  }),
  page(`${ACCOUNT}/lines/:line`, "bank.view", lineView),
  form(`${ACCOUNT}/lines/:line/receipt`, receiveBankLine, {
    done: ({ account, month }, _words, { community }) => bankHref(community, account, "months", month),
    again: lineView,
  }),
  page(`${ACCOUNT}/matches/:number`, "bank.view", matchView),
  form(`${ACCOUNT}/matches/:number/undo`, unmatchBank, {
    done: ({ account, month }, _words, { community }) => bankHref(community, account, "months", month),
    again: matchView,
  }),
  page(`${DESK}/suspense`, "bank.view", suspenseView),
  page(`${DESK}/suspense/:entry`, "bank.view", identifyView),
  form(`${DESK}/suspense/:entry`, identifyReceipt, {
    done: (_output, _words, { community }) => `/desk/${community}/suspense`,
    again: identifyView,
  }),
];
