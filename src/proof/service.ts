// Verify recomputes everything from the journal and says what does not hold; export hands the journal out.
import { readFile } from "node:fs/promises";
import { sha256 } from "../base/digest.ts";
import { fen, fromYuan, negate, toYuan, ZERO, type Fen } from "../base/money.ts";
import { compareDays, isMonth, monthsFrom, nextMonth, previousMonth, type Month, LATEST_MONTH } from "../base/month.ts";
import { refuse } from "../base/refusal.ts";
import { isDrawAsEarned } from "../draw/service.ts";
import { allBills, collectionIn, openBills, prepaidOf } from "../fees/service.ts";
import * as ledger from "../ledger/service.ts";
import {
  carryForward,
  CHAIN_START,
  COMMON,
  entryCode,
  PREPAID,
  RECEIVABLE,
  type Balance,
  type Book,
  type SealedEntry,
} from "../ledger/rules.ts";
import { findClose } from "../period/service.ts";
import { unitsOf } from "../people/service.ts";
import { planFaults } from "../plan/service.ts";
import { readAt, type Db } from "../platform/db.ts";
import type { Files } from "../platform/files.ts";
import { receiptCheck } from "../receipt/rules.ts";
import { lastNumber, receiptsOfEntries } from "../receipt/service.ts";
import { statementBytes, tellsTheSame, type Statement } from "../statement/rules.ts";
import { findStatement, listStatements, parseStatement, rebuild, type Published } from "../statement/service.ts";
import { tariffOf } from "../tariff/service.ts";
import { isCommunityCode } from "../trust/rules.ts";
import { bankAccountsOf, findCommunity } from "../trust/service.ts";
import { keep, type Journal } from "../trail/rules.ts";
import { bankFaults, trailFaults, type ToldBalance } from "../trail/service.ts";
import { checkVouchers, entriesProvenBy, entryFaults } from "../voucher/service.ts";
import {
  balanceKey,
  chainCheck,
  chargeFaults,
  journalWriter,
  statementFaults,
  strayCash,
  type ChainCheck,
  type JournalFormat,
} from "./rules.ts";

/** What was checked, and what does not hold: nothing, if all is well. */
export interface Verification {
  readonly checked: readonly string[];
  readonly faults: readonly string[];
}

const CHUNK = 500;

async function* chain(db: Db, community: string): AsyncGenerator<SealedEntry[]> {
  for (let seq = 0; ;) {
    const entries = await ledger.entriesAfter(db, community, seq, CHUNK);
    yield entries;
    const last = entries.at(-1);
    if (last === undefined) {
      return;
    }
    seq = last.seq;
  }
}

/**
 * Recomputes a community's chain, balances, unit accounts, bills and statements, and holds requests, keys, the bank and
 * the log beside them (contract section 1, `verify CODE`). A database that somebody changed consistently, chain and log
 * included, looks whole from inside: only what was published or kept elsewhere shows that.
 */
export async function verifyCommunity(db: Db, community: string): Promise<Verification> {
  return readAt(db, (snapshot) => verifyAt(snapshot, community));
}

async function verifyAt(db: Db, community: string): Promise<Verification> {
  const book = await ledger.bookOf(db, community);
  const statements = await listStatements(db, community);
  const closes = await closesOf(db, community, book);
  const check = chainCheck(CHAIN_START, new Set([...closes.values()].map((close) => close.seq)));
  const faults: string[] = [];
  let entries = 0;
  const fundOf = new Map((await bankAccountsOf(db, community)).map(({ code, fund }) => [code, fund]));
  const receipts = receiptCheck();
  const journal: Journal = { released: [], cash: new Map(), corrected: new Set() };
  for await (const part of chain(db, community)) {
    entries += part.length;
    for (const entry of part) {
      faults.push(...check.check(entry), ...strayCash(entry, fundOf));
      keep(journal, entry);
    }
    faults.push(...(await proofFaults(db, community, part, receipts)));
  }
  faults.push(...receipts.end(await lastNumber(db, community)));
  const end = check.end();
  if (end.seq !== book.seq || (entries > 0 && end.head !== book.head)) {
    faults.push(`账簿记录到第 ${book.seq} 张凭证，实际只有 ${end.seq} 张，或末尾校验值不符`);
  }
  faults.push(...(await balanceFaults(db, book, check)));
  faults.push(...(await unitFaults(db, community, check)));
  faults.push(...(await billFaults(db, book, check)));
  faults.push(...(await closeFaults(db, book, closes, check)));
  faults.push(...missingStatements(book, statements), ...(await statementChainFaults(db, statements)));
  const plans = await planFaults(db, community);
  const trail = await trailFaults(db, community, journal);
  faults.push(...plans.faults, ...trail.faults);
  faults.push(...(await bankFaults(db, community, journal, statements.flatMap(bankTold))));
  return {
    checked: [
      `${entries} 张凭证的校验链、连号与借贷平衡，与收据、凭证附件的登记`,
      "各月科目余额与分户余额",
      `${statements.length} 份已公布的收支公示`,
      ...(trail.requests === 0 ? [] : [`${trail.requests} 份付款申请的钥匙、经过与记账凭证，以及操作记录`]),
      ...(plans.versions === 0 ? [] : [`${plans.versions} 版已公布的预算草案，与通过的预算`]),
    ],
    faults,
  };
}

/** What was given out or brought in with entries, against the entries: receipts of the desk, and vouchers. */
async function proofFaults(
  db: Db,
  community: string,
  entries: readonly SealedEntry[],
  receipts: ReturnType<typeof receiptCheck>,
): Promise<string[]> {
  const seqs = entries.map(({ seq }) => seq);
  const given = new Map((await receiptsOfEntries(db, community, seqs)).map((receipt) => [receipt.entry, receipt]));
  const unborne = await entryFaults(db, community, entries);
  return entries.flatMap((entry) => [
    ...receipts.check(entry, given.get(entry.seq)),
    ...(unborne.get(entry.seq) ?? []).map((fault) => `凭证 ${entryCode(entry.month, entry.number)}：${fault}`),
  ]);
}

/** Reads every file of the community's vouchers again and compares it with its hash (`XINYI_DATA`). */
export async function verifyVouchers(db: Db, community: string, files: Files): Promise<Verification> {
  await ledger.bookOf(db, community);
  const faults: string[] = [];
  let count = 0;
  for await (const { voucher, faults: found } of checkVouchers(db, files, community)) {
    count += 1;
    if (found.length > 0) {
      const codes = await ledger.entryCodes(db, community, await entriesProvenBy(db, community, voucher.sha));
      const proves = codes.size === 0 ? "还没有入账" : `记账凭证 ${[...codes.values()].join("、")}`;
      faults.push(...found.map((fault) => `凭证附件「${voucher.name}」（${proves}）：${fault}`));
    }
  }
  return { checked: [`${count} 份凭证附件的原件、展示件与公开副本`], faults };
}

function closedMonths(book: Book): Month[] {
  return book.closedThrough === "" ? [] : monthsFrom(book.firstMonth, book.closedThrough);
}

async function closesOf(db: Db, community: string, book: Book): Promise<Map<Month, { seq: number; head: string }>> {
  const closes = new Map<Month, { seq: number; head: string }>();
  for (const month of closedMonths(book)) {
    const close = await findClose(db, community, month);
    if (close !== null) {
      closes.set(month, close);
    }
  }
  return closes;
}

/** Every bill against what the journal billed or brought in as arrears, and against the rate that it follows from. */
async function billFaults(db: Db, book: Book, check: ChainCheck): Promise<string[]> {
  const { community } = book;
  const billed = new Map(check.billed());
  const bills = await allBills(db, community);
  const faults = bills.flatMap(({ unit, period, amount }) => {
    const fromLines = billed.get(`${unit} ${period}`) ?? ZERO;
    billed.delete(`${unit} ${period}`);
    return fromLines === amount
      ? []
      : [`账单 ${unit} ${period}：存的是 ${toYuan(amount)}，按分录应为 ${toYuan(fromLines)}`];
  });
  const tariff = { units: await unitsOf(db, community), tariff: await tariffOf(db, community) };
  return [
    ...faults,
    ...[...billed].map(([key, amount]) => `账单 ${key}：缺少，按分录应为 ${toYuan(amount)}`),
    ...chargeFaults(bills, closedMonths(book), tariff),
  ];
}

/** Every closed month: where the chain stood then, and what was computed. */
async function closeFaults(
  db: Db,
  book: Book,
  closes: ReadonlyMap<Month, { readonly seq: number; readonly head: string }>,
  check: ChainCheck,
): Promise<string[]> {
  const faults = [...closes]
    .filter(([, close]) => check.headAt(close.seq) !== close.head)
    .map(([month]) => `${month} 结账时记下的校验值与凭证链不符`);
  for (const month of closedMonths(book)) {
    faults.push(...(closes.has(month) ? [] : [`${month}：缺少结账记录`]));
    faults.push(...(await closingFaults(db, book, month)));
  }
  return faults;
}

/** Months are published in turn, so none is missing before the newest. */
function missingStatements(book: Book, statements: readonly Published[]): string[] {
  const newest = statements.at(-1)?.month;
  const published = new Set(statements.map(({ month }) => month));
  const months = newest === undefined ? [] : monthsFrom(book.firstMonth, newest);
  return months.filter((month) => !published.has(month)).map((month) => `${month}：缺少收支公示，后面的月份却已公布`);
}

/** What closing computed for a month, computed again: the draw, and arrears and prepayments against their accounts. */
async function closingFaults(db: Db, book: Book, month: Month): Promise<string[]> {
  const { community } = book;
  const faults = (await isDrawAsEarned(db, community, month)) ? [] : [`${month}：酬金的基数或应提数与收款不符`];
  const figures = await collectionIn(db, community, month);
  const balances = await ledger.balancesAt(db, book, month);
  const arrears = ledger.standing(balances, COMMON, RECEIVABLE);
  const prepaid = negate(ledger.standing(balances, COMMON, PREPAID));
  if (figures === null || figures.arrears !== arrears || figures.prepaid !== prepaid) {
    faults.push(`${month}：欠费或预缴合计与科目余额不符（应为 ${toYuan(arrears)} 与 ${toYuan(prepaid)}）`);
  }
  return faults;
}

/** The balance cache against the lines: movements of every month, and what each closed month carried over. */
async function balanceFaults(db: Db, book: Book, check: ChainCheck): Promise<string[]> {
  const faults: string[] = [];
  const expected = new Map(check.totals());
  const eve = previousMonth(book.firstMonth);
  let carried: Balance[] = [];
  for (const month of await ledger.monthsInBooks(db, book.community, LATEST_MONTH)) {
    const rows = await ledger.balancesBetween(db, book.community, month, month);
    for (const row of carried) {
      expected.set(balanceKey(row), { debit: row.debit, credit: row.credit });
    }
    for (const row of rows) {
      const want = expected.get(balanceKey(row)) ?? { debit: ZERO, credit: ZERO };
      expected.delete(balanceKey(row));
      if (want.debit !== row.debit || want.credit !== row.credit) {
        faults.push(
          `余额 ${balanceKey(row)}：存的是借 ${toYuan(row.debit)} 贷 ${toYuan(row.credit)}，按分录应为借 ${toYuan(want.debit)} 贷 ${toYuan(want.credit)}`,
        );
      }
    }
    const isClosed = book.closedThrough !== "" && (month <= book.closedThrough || month === eve);
    carried = isClosed ? carryForward(rows, nextMonth(month)) : [];
  }
  return [
    ...faults,
    ...[...expected].map(
      ([key, want]) => `余额 ${key}：缺少，按分录应为借 ${toYuan(want.debit)} 贷 ${toYuan(want.credit)}`,
    ),
  ];
}

/** Open bills and prepayments against the lines on 1122 and 2203. Until a month closes, 2203 also holds its receipts. */
async function unitFaults(db: Db, community: string, check: ChainCheck): Promise<string[]> {
  const stored = new Map<string, Fen>();
  for (const bill of await openBills(db, community)) {
    stored.set(`${RECEIVABLE} ${bill.unit} ${bill.period}`, fen(bill.amount - bill.settled));
  }
  for (const [unit, amount] of await prepaidOf(db, community)) {
    stored.set(`${PREPAID} ${unit}`, negate(amount));
  }
  const pending = await pendingReceipts(db, community);
  return [...new Set([...stored.keys(), ...check.units().keys()])].toSorted().flatMap((key) => {
    const fromLines = fen((check.units().get(key) ?? 0) - (pending.get(key) ?? 0));
    const kept = stored.get(key) ?? ZERO;
    return fromLines === kept ? [] : [`分户余额 ${key}：存的是 ${toYuan(kept)}，按分录应为 ${toYuan(fromLines)}`];
  });
}

async function pendingReceipts(db: Db, community: string): Promise<Map<string, Fen>> {
  const book = await ledger.bookOf(db, community);
  const pending = new Map<string, Fen>();
  for (const month of await ledger.monthsInBooks(db, community, LATEST_MONTH)) {
    const isOpen = month >= book.firstMonth && (book.closedThrough === "" || month > book.closedThrough);
    for (const line of isOpen ? await ledger.linesOnAccount(db, community, month, { account: PREPAID }) : []) {
      const key = `${PREPAID} ${line.unit}`;
      pending.set(key, fen((pending.get(key) ?? 0) + line.amount));
    }
  }
  return pending;
}

/** What a statement says of each bank account; nothing where its bytes are no statement any more. */
function bankTold({ month, revision, bytes, digest }: Published): ToldBalance[] {
  return sha256(bytes) !== digest
    ? []
    : parseStatement(bytes).bank.map(({ account, statement }) => ({
        statement: `${month} 第 ${revision} 版公示`,
        account,
        balance: statement === null ? null : fromYuan(statement),
      }));
}

/** Digests, revisions, and that each statement is still what the books say. */
async function statementChainFaults(db: Db, statements: readonly Published[]): Promise<string[]> {
  const faults: string[] = [];
  for (const [index, published] of statements.entries()) {
    const name = `${published.month} 第 ${published.revision} 版公示`;
    const before = statements[index - 1];
    const earlier = before?.month === published.month ? before : null;
    if (published.revision !== (earlier?.revision ?? 0) + 1) {
      faults.push(`${name}：缺少前一版`);
    }
    if (sha256(published.bytes) !== published.digest) {
      faults.push(`${name}：内容与公布时的校验码不符`);
      continue;
    }
    faults.push(...statementFaults(parseStatement(published.bytes)).map((fault) => `${name}：${fault}`));
    if (!tellsTheSame(parseStatement(published.bytes), await rebuild(db, published, earlier))) {
      faults.push(`${name}：按账簿重新计算的结果与公布的不同`);
    }
  }
  return faults;
}

/** Checks a statement file on its own, and against what this database published (contract section 1, `verify FILE`). */
export async function verifyFile(db: Db, file: string): Promise<Verification> {
  const bytes = (await readFile(file, "utf8")).trimEnd();
  const { statement, faults } = checkStatement(file, bytes);
  if (statementBytes(statement) !== bytes) {
    faults.push("文件不是公布时的原样（空格、换行或键的顺序被改动），校验码会不同");
  }
  const { code } = statement.community;
  const published = await findStatement(db, code, statement.month, statement.revision);
  if (published !== null && published.digest !== sha256(bytes)) {
    faults.push(`校验码 ${sha256(bytes)} 与公布的 ${published.digest} 不同：这份文件不是公布的那一份`);
  }
  const against = published === null ? "这个数据库没有公布过这一份，只核对了文件自身" : "与数据库中公布的原件相符";
  const checked = `${file}：${statement.month} 第 ${statement.revision} 版的各项加总`;
  return { checked: [checked, ...(faults.length === 0 ? [against] : [])], faults };
}

function checkStatement(file: string, bytes: string): { statement: Statement; faults: string[] } {
  try {
    const statement = parseStatement(bytes);
    const { code } = statement.community;
    if (
      statement.format === "xinyi.statement/1" &&
      isCommunityCode(code) &&
      isMonth(statement.month) &&
      Number.isInteger(statement.revision)
    ) {
      return { statement, faults: statementFaults(statement) };
    }
  } catch (error) {
    // Not JSON, or JSON of another shape: the same to whoever gave the file. Anything else is our own fault.
    if (!(error instanceof SyntaxError || error instanceof TypeError || error instanceof RangeError)) {
      throw error;
    }
  }
  const remedy = "请给 statement --format json 或公示网页下载的 JSON 文件。";
  throw refuse("NOT_A_STATEMENT", `${file} 不是信义账的收支公示文件。`, remedy);
}

/** The whole journal in the order of its days, in pieces that can be written out one after the other. */
export async function* exportJournal(
  db: Db,
  community: string,
  format: JournalFormat,
  through: string,
): AsyncGenerator<string> {
  const book = await ledger.bookOf(db, community);
  const known = await findCommunity(db, community);
  const writer = journalWriter(format, `${known?.name ?? ""} ${book.community}`);
  yield writer.head();
  for (const month of await ledger.monthsInBooks(db, community, through)) {
    const entries = await ledger.journalOfMonth(db, community, month);
    const corrected = await ledger.entryCodes(
      db,
      community,
      entries.flatMap((entry) => entry.corrects ?? []),
    );
    const byDay = entries.toSorted((a, b) => compareDays(a.day, b.day) || a.number - b.number);
    for (const entry of byDay) {
      yield writer.entry(entry, entry.corrects === undefined ? "" : (corrected.get(entry.corrects) ?? ""));
    }
  }
}
