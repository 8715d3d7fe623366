// Bringing the books and the bank together: receipts that only the bank knew, what nobody can explain yet, and the
// account's month that is finished when both sides agree.
import { negate, type Fen } from "../base/money.ts";
import { firstDay, lastDay, monthOf, type Month } from "../base/month.ts";
import { Refusal, refuse } from "../base/refusal.ts";
import type { BankStanding, StoredLine } from "../bank/rules.ts";
import { bankAccountOf, coversMonthEnd, lineAt, linesEver } from "../bank/service.ts";
import type { Writing } from "../door/service.ts";
import {
  bankReceiptKey,
  entryCode,
  inOpenMonth,
  net,
  parseEntryCode,
  sourceKey,
  SUSPENSE,
  type SealedEntry,
} from "../ledger/rules.ts";
import * as ledger from "../ledger/service.ts";
import type { UnitGuess } from "../matching/rules.ts";
import {
  accountMonth,
  bankStandings,
  guessesFor,
  isOpenLine,
  matchByHand,
  matchCertain,
  type AccountMonth,
} from "../matching/service.ts";
import { unitsOf } from "../people/service.ts";
import type { Db } from "../platform/db.ts";
import type { BankAccount } from "../trust/rules.ts";
import { bankAccountsOf } from "../trust/service.ts";
import { assertReconciled, identified, receiptDraft, receiptFaults, suspendedCash } from "./rules.ts";
import * as store from "./store.ts";

export { reconciliationsOf } from "./store.ts";

// ---- Receipts that only the bank knew ---------------------------------------------------------------------------

/** What a receipt is booked as. */
export interface Receive {
  /** 2299 while nobody can say. */
  readonly purpose: string;
  /** "" for nobody's. */
  readonly unit: string;
}

/** Books one of the bank's incoming lines that the books do not know, and matches the two. */
export async function receiveLine(
  call: Writing,
  code: string,
  number: number,
  receive: Receive,
): Promise<{ readonly code: string; readonly month: Month; readonly amount: Fen }> {
  const { tx, community, now } = call;
  const bank = await bankAccountOf(tx, community, code);
  const line = await receivableLine(tx, community, code, number);
  await refuseFaults(tx, community, bank, receive);
  const book = await ledger.bookOf(tx, community);
  const source = bankReceiptKey(code, line.serial, number);
  const before = await bookedBefore(tx, community, line, source);
  if (before !== null) {
    const [booked = ""] = (await ledger.entryCodes(tx, community, [before.seq])).values();
    throw refuse(
      "RECEIPT_KNOWN",
      `这个流水号已经记过账（记账凭证 ${booked}）。`,
      "请与那张记账凭证配对；金额记错了的，请先更正它。",
      409,
    );
  }
  const draft = receiptDraft({ day: line.day, bank, amount: line.amount, source, ...receive });
  const [entry] = await ledger.post(tx, community, [inOpenMonth(book, draft)], now);
  if (entry === undefined) {
    throw new Error(`line ${number} of ${code} was not booked`);
  }
  if (receive.purpose === SUSPENSE) {
    const by = { bookedBy: call.actor.id, bookedAt: now.toISOString() };
    await store.insertSuspended(tx, community, { entry: entry.seq, account: code, line: number, ...by });
  }
  await matchByHand(call, code, { lines: [number], entries: [entry.seq] });
  return { code: entryCode(entry.month, entry.number), month: monthOf(line.day), amount: line.amount };
}

/**
 * What the books already have of a line: booked from it, or from an import folder, which names a receipt by its serial
 * alone. The same serial on another account is another bank's, or another line of a batch.
 */
async function bookedBefore(db: Db, community: string, line: StoredLine, source: string): Promise<SealedEntry | null> {
  const keys = [source, ...(line.serial === "" ? [] : [sourceKey("receipts", line.serial, () => "")])];
  const found = await ledger.entriesBySource(db, community, keys);
  return found.find(({ lines }) => lines.some(({ bank }) => bank === line.account)) ?? null;
}

/** The line, when it is money that came in and nothing answers yet. */
async function receivableLine(db: Db, community: string, account: string, number: number): Promise<StoredLine> {
  const line = await lineAt(db, community, account, number);
  if (line === null) {
    throw refuse("BANK_LINE_UNKNOWN", "没有这一笔流水，或者带来它的导入已经撤回。", "请从银行页面的列表里选。", 404);
  }
  if (line.amount < 0) {
    throw refuse(
      "MONEY_OUT_NEEDS_RELEASE",
      "这是一笔支出，不能在这里记账。",
      "付款只能凭双方放行的付款申请入账：请补提付款申请（必要时走紧急付款），放行后再与这笔流水配对。",
      409,
    );
  }
  const { firstMonth } = await ledger.bookOf(db, community);
  if (line.day < firstDay(firstMonth)) {
    throw refuse(
      "DAY_BEFORE_BOOKS",
      `这笔流水早于账簿的第一个月 ${firstMonth}。`,
      "它已经包含在期初余额里，不用再记账。",
      409,
    );
  }
  if (!(await isOpenLine(db, community, account, number))) {
    throw refuse("MATCH_TAKEN", "这笔流水已经配过对了。", "请刷新页面；配错了的，请先撤销。", 409);
  }
  return line;
}

async function refuseFaults(db: Db, community: string, bank: BankAccount, receive: Receive): Promise<void> {
  const units = new Set((await unitsOf(db, community, [receive.unit])).map(({ name }) => name));
  const faults = receiptFaults(receive, bank, units);
  if (faults.length > 0) {
    throw new Refusal(faults);
  }
}

/** A receipt that nobody could explain when it came. */
export interface SuspenseItem {
  readonly entry: number;
  readonly code: string;
  readonly account: string;
  readonly line: StoredLine;
  readonly bookedBy: string;
  readonly bookedAt: string;
  /** The correction that booked it where it belongs; "" while it is open. */
  readonly identifiedBy: string;
  readonly guesses: readonly UnitGuess[];
}

/** Everything that was ever in suspense, what is open first, oldest first. */
export async function suspenseItems(db: Db, community: string): Promise<SuspenseItem[]> {
  const suspended = await store.suspendedOf(db, community);
  const seqs = suspended.map(({ entry }) => entry);
  const codes = await ledger.entryCodes(db, community, seqs);
  const corrected = await ledger.correctedBy(db, community, seqs);
  const items: SuspenseItem[] = [];
  for (const account of new Set(suspended.map((each) => each.account))) {
    const here = suspended.filter((each) => each.account === account);
    const lines = await linesEver(
      db,
      community,
      account,
      here.map(({ line }) => line),
    );
    const open = lines.filter(({ line }) => here.some((each) => each.line === line && !corrected.has(each.entry)));
    const guesses = await guessesFor(db, community, open);
    for (const each of here) {
      const line = lines.find((one) => one.line === each.line);
      if (line !== undefined) {
        const [code, identifiedBy] = [codes.get(each.entry) ?? "", corrected.get(each.entry) ?? ""];
        items.push({ ...each, code, line, identifiedBy, guesses: guesses.get(each.line) ?? [] });
      }
    }
  }
  return items.toSorted((a, b) => Number(a.identifiedBy !== "") - Number(b.identifiedBy !== "") || a.entry - b.entry);
}

/** What stands in suspense at a month's end, over all funds: nothing may be published while it is not zero. */
export async function suspenseBalance(db: Db, community: string, month: Month): Promise<Fen> {
  const book = await ledger.bookOf(db, community);
  const balances = await ledger.balancesAt(db, book, month);
  return negate(net(balances, (row) => row.account === SUSPENSE));
}

/**
 * Books a receipt in suspense where it belongs, with the reason: a correction, in the same bank account and of the same
 * amount. No money moves. Answers the code of the entry that now holds it.
 */
export async function identify(
  call: Writing,
  code: string,
  { purpose, unit, reason }: Receive & { readonly reason: string },
): Promise<string> {
  const { tx, community, now } = call;
  const at = parseEntryCode(code);
  const entry = at === null ? null : await ledger.entryAt(tx, community, at);
  const bank = await bankAccountOf(tx, community, suspendedCash(entry).bank);
  const [reversal] = await ledger.correctionOf(tx, community, { code, reason });
  if (entry === null || reversal === undefined) {
    throw new Error(`${code} has no correction`);
  }
  if (purpose === SUSPENSE) {
    throw new Refusal({
      code: "STILL_IN_SUSPENSE",
      column: "purpose",
      message: "这笔钱已经是待查款项。",
      remedy: "请选它真正的科目；还没查明的，先留在这里。",
    });
  }
  await refuseFaults(tx, community, bank, { purpose, unit });
  const drafts = [reversal, identified(entry, { purpose, unit, reason }, reversal.day)];
  const found = (await ledger.post(tx, community, drafts, now)).at(-1) ?? entry;
  return entryCode(found.month, found.number);
}

// ---- The account's month ----------------------------------------------------------------------------------------

/** A bank account at a month's end: what the gate of publishing asks. */
export interface BankDifference extends BankStanding {
  /** Whether the bank's lines reach the month's end. */
  readonly covers: boolean;
  /** The last time it was finished, when its figures are still those. */
  readonly finished: store.Reconciliation | null;
}

/** How every account stands at a month's end, with everything that is booked so far. */
export async function bankDifferences(db: Db, community: string, month: Month): Promise<BankDifference[]> {
  const accounts = await bankAccountsOf(db, community);
  return differencesOf(db, community, month, accounts);
}

async function differencesOf(
  db: Db,
  community: string,
  month: Month,
  accounts: readonly BankAccount[],
): Promise<BankDifference[]> {
  const book = await ledger.bookOf(db, community);
  const balances = await ledger.balancesAt(db, book, month);
  const standings = await bankStandings(db, community, month, accounts, balances);
  const found: BankDifference[] = [];
  for (const standing of standings) {
    const covers = await coversMonthEnd(db, community, standing.account, month);
    const done = await store.reconciliationsOf(db, community, standing.account);
    const last = done.findLast((each) => each.month === month) ?? null;
    const isStill = last?.bankBalance === standing.statement && last?.bookBalance === standing.book;
    found.push({ ...standing, covers, finished: isStill ? last : null });
  }
  return found;
}

/** Everything the page of an account's month shows. */
export interface MonthView {
  readonly account: BankAccount;
  readonly month: Month;
  readonly standing: BankDifference;
  readonly items: AccountMonth;
}

export async function monthView(db: Db, community: string, code: string, month: Month): Promise<MonthView> {
  const account = await bankAccountOf(db, community, code);
  const [standing] = await differencesOf(db, community, month, [account]);
  if (standing === undefined) {
    throw new Error(`account ${code} has no standing`);
  }
  return { account, month, standing, items: await accountMonth(db, community, code, month) };
}

/** Finishes an account's month, once everything agrees to the fen. Finished again without a change, it stays as it was. */
export async function finishMonth(call: Writing, code: string, month: Month): Promise<store.Reconciliation> {
  const { tx, community, actor, now } = call;
  await matchCertain(call, code, { from: firstDay(month), through: lastDay(month) });
  const { account, standing, items } = await monthView(tx, community, code, month);
  const { bank, book } = assertReconciled({
    month,
    name: account.name,
    covers: standing.covers,
    bank: standing.statement,
    book: standing.book,
    openLines: items.lines.length,
    openBookings: items.booked.length,
  });
  if (standing.finished !== null) {
    return standing.finished;
  }
  const before = await store.reconciliationsOf(tx, community, code);
  const finished = {
    account: code,
    month,
    number: before.filter((each) => each.month === month).length + 1,
    bankBalance: bank,
    bookBalance: book,
    lines: items.matches.flatMap(({ lines }) => lines.filter(({ day }) => monthOf(day) === month)).length,
    bookings: items.matches.flatMap(({ booked }) => booked).length,
    finishedBy: actor.id,
    finishedAt: now.toISOString(),
  };
  await store.insertReconciliation(tx, community, finished);
  return finished;
}
