// Moving in: brings an import folder into the books, all of it or nothing (contract section 2).
import { readdir, readFile, stat } from "node:fs/promises";
import path from "node:path";
import { displayYuan, ZERO, type Fen } from "../base/money.ts";
import { dayAt, firstDay, laterMonth, monthOf, type Day, type Month } from "../base/month.ts";
import { Refusal, type Fault } from "../base/refusal.ts";
import { insertBankLines, lastLines, linesBySource } from "../bank/service.ts";
import type { BankLine } from "../bank/rules.ts";
import { budgetOf, insertBudget } from "../budget/service.ts";
import type { BudgetLine } from "../budget/rules.ts";
import { overpaidDraws } from "../draw/service.ts";
import { insertRates, ratesOf, saveBills, savePrepaid } from "../fees/service.ts";
import { rateIn, type Rate } from "../fees/rules.ts";
import * as ledger from "../ledger/service.ts";
import { CASH, openMonth, sameContent, type Book, type EntryDraft, type SealedEntry } from "../ledger/rules.ts";
import { deleteHolding, holdingsOf, insertHoldings, insertOwners, insertUnits, unitsOf } from "../people/service.ts";
import { sameUnit, type Holding, type Unit } from "../people/rules.ts";
import { readCsv, type Columns, type CsvRow } from "../platform/csv.ts";
import { closeThrough } from "../period/service.ts";
import { MUST_RETRY, runTx, type Db, type Tx } from "../platform/db.ts";
import { publishThrough } from "../statement/service.ts";
import { communityFile, type CommunityFile, type DeedVersion } from "../trust/rules.ts";
import {
  bankAccountsOf,
  deedVersionsOf,
  findCommunity,
  insertBankAccounts,
  insertCommunity,
  insertDeedVersions,
} from "../trust/service.ts";
import * as rules from "./rules.ts";
import type { Booking, Known, Read } from "./rules.ts";

/** What an import hears and tells while it runs. */
export interface ImportEnvironment {
  readonly now: Date;
  readonly notice: (text: string) => void;
  readonly progress: (file: string, bytes: number, total: number) => void;
}

/** What came in anew, and how many rows were there already. */
export interface ImportReport {
  readonly community: string;
  readonly name: string;
  readonly added: Readonly<Record<string, number>>;
  readonly known: number;
}

const FILES = [
  "units.csv",
  "rates.csv",
  "opening.csv",
  "budget.csv",
  "receipts.csv",
  "payments.csv",
  "transfers.csv",
  "bank.csv",
];
/** Faults in these files cannot change what the trustee was owed. */
const DRAW_INDEPENDENT = ["units.csv", "rates.csv", "budget.csv", "transfers.csv", "bank.csv"];
const FAULTS_MAX = 500;
const ROWS_MAX = 200_000;
const CHUNK = 1000;

/**
 * Brings the folder in. Throws one Refusal with every fault found, and then keeps nothing. Rows that came in before
 * are recognised and left alone, also when their month is closed by now.
 */
export async function importFolder(db: Db, folder: string, environment: ImportEnvironment): Promise<ImportReport> {
  const file = await readCommunityFile(folder);
  await noticeStrangers(folder, environment.notice);
  return runTx(db, file.code, (tx) => new Import(tx, file, folder, environment).run());
}

async function readCommunityFile(folder: string): Promise<CommunityFile> {
  const at = { file: "community.json" };
  const isFolder = await stat(folder).then(
    (entry) => entry.isDirectory(),
    () => false,
  );
  if (!isFolder) {
    throw new Refusal({
      code: "FOLDER_MISSING",
      message: `没有文件夹「${folder}」。`,
      remedy: "请给出导入文件夹的路径，里面要有 community.json。",
    });
  }
  const text = await readFile(path.join(folder, "community.json"), "utf8").catch(() => null);
  if (text === null) {
    throw new Refusal({
      code: "FILE_MISSING",
      ...at,
      message: "缺少这个文件。",
      remedy: "导入文件夹必须有 community.json，写明小区、信托合同与银行账户。",
    });
  }
  let json: unknown;
  try {
    json = JSON.parse(text.replace(/^\uFEFF/u, ""));
  } catch (error) {
    throw new Refusal({
      code: "JSON_INVALID",
      ...at,
      message: `不是有效的 JSON：${String(error)}。`,
      remedy: "请检查逗号、引号与括号。",
    });
  }
  const parsed = communityFile.safeParse(json);
  const faults = parsed.success
    ? deedFaults(parsed.data)
    : parsed.error.issues.map((issue) => jsonFault(json, issue.path, issue.message));
  if (!parsed.success || faults.length > 0) {
    throw new Refusal(faults);
  }
  return parsed.data;
}

function jsonFault(json: unknown, at: readonly PropertyKey[], message: string): Fault {
  const value = at.reduce<unknown>(
    (node, key) =>
      typeof node === "object" && node !== null ? (node as Record<PropertyKey, unknown>)[key] : undefined,
    json,
  );
  return {
    code: "COMMUNITY_INVALID",
    file: "community.json",
    column: at.map(String).join("."),
    ...(typeof value === "string" || typeof value === "number" ? { value: String(value) } : {}),
    message: value === undefined ? "缺少这一项。" : "这一项不对。",
    remedy: `${message}。`,
  };
}

function deedFaults(file: CommunityFile): Fault[] {
  const froms = file.deed.map((version) => version.from);
  const codes = file.bankAccounts.map((account) => account.code);
  const at = (column: string, message: string, remedy: string): Fault => ({
    code: "COMMUNITY_INVALID",
    file: "community.json",
    column,
    message,
    remedy,
  });
  return [
    ...(new Set(froms).size < froms.length
      ? [at("deed", "两个版本从同一个月开始。", "每个版本的 from 应各不相同。")]
      : []),
    ...(froms.every((from) => from > file.firstMonth)
      ? [at("deed", `没有在第一个月 ${file.firstMonth} 生效的版本。`, "请让最早的版本从 firstMonth 或更早开始。")]
      : []),
    ...(new Set(codes).size < codes.length
      ? [at("bankAccounts", "两个账户代码相同。", "每个银行账户的 code 应各不相同。")]
      : []),
    ...(file.bankAccounts.every((account) => account.fund !== "common")
      ? [at("bankAccounts", "没有共有资金账户。", '至少一个账户的 fund 应为 "common"。')]
      : []),
  ];
}

/** A misspelt file name would otherwise be a file that silently never came in. */
async function noticeStrangers(folder: string, notice: (text: string) => void): Promise<void> {
  for (const name of (await readdir(folder)).toSorted()) {
    if (name.toLowerCase().endsWith(".csv") && !FILES.includes(name)) {
      notice(`${name}：不认识的文件，已忽略。认识的有 ${FILES.join("、")}。`);
    }
  }
}

/** One run of an import inside one transaction. */
class Import {
  private readonly faults: Fault[] = [];
  private readonly drawRows = new Map<string, CsvRow<string>>();
  private readonly added: Record<string, number> = {};
  private faultCount = 0;
  private knownRows = 0;
  private lastDay: Day;
  private readonly tx: Tx;
  private readonly file: CommunityFile;
  private readonly folder: string;
  private readonly environment: ImportEnvironment;

  constructor(tx: Tx, file: CommunityFile, folder: string, environment: ImportEnvironment) {
    this.tx = tx;
    this.file = file;
    this.folder = folder;
    this.environment = environment;
    this.lastDay = firstDay(file.firstMonth);
  }

  async run(): Promise<ImportReport> {
    const { code, name } = this.file;
    const book = await this.bringCommunity();
    const known = await this.bringUnits(book);
    await this.bringOpening(book, known);
    await this.bringBudget();
    await this.bringBookings("receipts.csv", rules.RECEIPT_COLUMNS, book, (row, namer) =>
      rules.readReceipt(row, known, namer),
    );
    await this.bringBookings("payments.csv", rules.PAYMENT_COLUMNS, book, (row, namer) =>
      rules.readPayment(row, known, namer),
    );
    await this.bringBookings("transfers.csv", rules.TRANSFER_COLUMNS, book, (row, namer) =>
      rules.readTransfer(row, known, namer),
    );
    await this.bringBank(known);
    await this.checkDraws(book);
    this.refuseIfFaulty();
    return { community: code, name, added: this.added, known: this.knownRows };
  }

  private fault(fault: Fault): void {
    this.faultCount += 1;
    if (this.faults.length < FAULTS_MAX) {
      this.faults.push(fault);
    }
  }

  private refuseIfFaulty(): void {
    const more = this.faultCount - this.faults.length;
    if (more > 0) {
      this.faults.push({
        code: "MORE_FAULTS",
        message: `还有 ${more} 处问题没有列出。`,
        remedy: "请先改正以上问题，再导入一次。",
      });
    }
    if (this.faults.length > 0) {
      throw new Refusal(this.faults);
    }
  }

  private count(what: string, rows: number): void {
    this.added[what] = (this.added[what] ?? 0) + rows;
  }

  private rows<C extends string>(file: string, columns: Columns<C>): AsyncGenerator<CsvRow<C>> {
    const { notice, progress } = this.environment;
    return readCsv(path.join(this.folder, file), columns, { fault: (fault) => this.fault(fault), notice, progress });
  }

  /** Reads a file of modest length whole; faulty rows are left out. */
  private async facts<C extends string, T>(
    file: string,
    columns: Columns<C>,
    read: (row: CsvRow<C>) => Read<T>,
  ): Promise<{ row: CsvRow<C>; fact: T }[]> {
    const found: { row: CsvRow<C>; fact: T }[] = [];
    for await (const row of this.rows(file, columns)) {
      if (found.length >= ROWS_MAX) {
        this.fault({
          code: "TOO_MANY_ROWS",
          file,
          line: row.line,
          message: `超过 ${ROWS_MAX} 行。`,
          remedy: "请核对是否放错了文件。",
        });
        return found;
      }
      const outcome = read(row);
      if ("fact" in outcome) {
        found.push({ row, fact: outcome.fact });
      } else {
        outcome.faults.forEach((fault) => this.fault(fault));
      }
    }
    return found;
  }

  // ---- Community and deed ----

  private async bringCommunity(): Promise<Book> {
    const { code, name, principal, trustee, firstMonth, deed, bankAccounts } = this.file;
    if ((await findCommunity(this.tx, code)) === null) {
      if (!(await insertCommunity(this.tx, { code, name, principal, trustee }))) {
        throw Object.assign(new Error(`${code} is being brought in by somebody else`), { code: MUST_RETRY });
      }
      await insertBankAccounts(this.tx, code, bankAccounts);
      await insertDeedVersions(this.tx, code, deed);
      await ledger.openBook(this.tx, code, firstMonth, dayAt(this.environment.now));
      this.count("小区", 1);
      return ledger.bookOf(this.tx, code);
    }
    const book = await ledger.bookOf(this.tx, code);
    await this.compareCommunity(book);
    await this.addBankAccounts();
    await this.addDeedVersions(book);
    return book;
  }

  private jsonFault(column: string, value: string, message: string, remedy: string): void {
    this.fault({ code: "COMMUNITY_CHANGED", file: "community.json", column, value, message, remedy });
  }

  private async compareCommunity(book: Book): Promise<void> {
    const before = { ...(await findCommunity(this.tx, this.file.code)), firstMonth: book.firstMonth };
    for (const key of ["name", "principal", "trustee", "firstMonth"] as const) {
      if (before[key] !== this.file[key]) {
        this.jsonFault(
          key,
          this.file[key],
          `与已导入的「${before[key]}」不同。`,
          "小区的基本信息不能用导入改变；若是另一个小区，请换一个 code。",
        );
      }
    }
  }

  private async addBankAccounts(): Promise<void> {
    const before = new Map((await bankAccountsOf(this.tx, this.file.code)).map((account) => [account.code, account]));
    const fresh = this.file.bankAccounts.filter((account) => !before.has(account.code));
    for (const account of this.file.bankAccounts) {
      const was = before.get(account.code);
      if (was !== undefined && (was.fund !== account.fund || was.name !== account.name)) {
        this.jsonFault(
          `bankAccounts.${account.code}`,
          account.name,
          "与已导入的同代码账户不同。",
          "已有账户不能用导入改变；新账户请用新的 code。",
        );
      }
    }
    if (fresh.length > 0) {
      await insertBankAccounts(this.tx, this.file.code, fresh);
      this.count("银行账户", fresh.length);
    }
  }

  private async addDeedVersions(book: Book): Promise<void> {
    const before = new Map(
      (await deedVersionsOf(this.tx, this.file.code)).map((version) => [version.from, JSON.stringify(version)]),
    );
    const fresh = this.file.deed.filter((version) => before.get(version.from) !== JSON.stringify(version));
    for (const version of fresh) {
      if (before.has(version.from)) {
        this.jsonFault(
          "deed",
          version.from,
          "与已导入的同月版本不同。",
          "已有版本不能改变；请加一个从以后月份开始的新版本。",
        );
      } else if (version.from < openMonth(book)) {
        this.jsonFault(
          "deed",
          version.from,
          "这个月已经结账，不能再改变它的条款。",
          `新版本的 from 应为 ${openMonth(book)} 或以后。`,
        );
      }
    }
    const addable: DeedVersion[] = fresh.filter((version) => !before.has(version.from));
    if (addable.length > 0) {
      await insertDeedVersions(this.tx, this.file.code, addable);
      this.count("合同版本", addable.length);
    }
  }

  // ---- Units and rates ----

  private async bringUnits(book: Book): Promise<Known> {
    const rows = await this.facts("units.csv", rules.UNIT_COLUMNS, rules.readUnit);
    const before = new Map((await unitsOf(this.tx, this.file.code)).map((unit) => [unit.name, unit]));
    const listed = new Map<string, CsvRow<string>>();
    const fresh: rules.UnitRow[] = [];
    for (const { row, fact } of rows) {
      const earlier = listed.get(fact.unit.name);
      const was = before.get(fact.unit.name);
      if (earlier !== undefined) {
        this.cellFault(
          row,
          "unit",
          "UNIT_TWICE",
          `与第 ${earlier.line} 行房号相同。`,
          "房号在一个小区里只能出现一次。",
        );
      } else if (was === undefined) {
        this.checkUnitStart(row, fact.unit, book);
        fresh.push(fact);
      } else if (!sameUnit(was, fact.unit)) {
        this.cellFault(
          row,
          "unit",
          "UNIT_CHANGED",
          "用途、面积、折扣或起算月与已导入的不同。",
          "计费依据不能用导入改变，请按已导入的填写。",
        );
      }
      listed.set(fact.unit.name, row);
    }
    const rates = await this.bringRates(book);
    this.checkRates(rows, rates, book);
    await this.keepUnits(
      rows.map(({ fact }) => fact),
      fresh,
      book,
    );
    return {
      firstMonth: book.firstMonth,
      today: dayAt(this.environment.now),
      banks: new Map((await bankAccountsOf(this.tx, this.file.code)).map((account) => [account.code, account])),
      units: new Set([...before.keys(), ...listed.keys()]),
    };
  }

  private cellFault(row: CsvRow<string>, column: string, code: string, message: string, remedy: string): void {
    this.fault({
      code,
      file: row.file,
      line: row.line,
      column: row.headers[column] ?? column,
      value: row.cells[column] ?? "",
      message,
      remedy,
    });
  }

  private checkUnitStart(row: CsvRow<string>, unit: Unit, book: Book): void {
    if (book.closedThrough !== "" && unit.from <= book.closedThrough) {
      this.cellFault(
        row,
        "from",
        "MONTH_CLOSED",
        "起算月已经结账，那些月份不会再出账单。",
        `请写 ${openMonth(book)} 或以后的月份。`,
      );
    }
  }

  private async keepUnits(all: readonly rules.UnitRow[], fresh: readonly rules.UnitRow[], book: Book): Promise<void> {
    const { code } = this.file;
    const names = new Set(fresh.map(({ unit }) => unit.name));
    const unique = fresh.filter(({ unit }) => names.delete(unit.name));
    await insertUnits(
      this.tx,
      code,
      unique.map(({ unit }) => unit),
    );
    const owners = new Map(all.flatMap((row) => row.owners).map((owner) => [owner.id, owner]));
    await insertOwners(this.tx, code, [...owners.values()]);
    await this.keepHoldings(all, firstDay(openMonth(book)));
    if (unique.length > 0) {
      this.count("户", unique.length);
    }
  }

  /** Who holds a unit may change with a later folder: from the open month on. */
  private async keepHoldings(all: readonly rules.UnitRow[], since: Day): Promise<void> {
    const before = new Map((await holdingsOf(this.tx, this.file.code)).map((holding) => [holding.unit, holding]));
    const wanted = new Map(
      all.map(({ unit, owners }): [string, Holding] => [
        unit.name,
        { unit: unit.name, since, owners: owners.map((owner) => owner.id) },
      ]),
    );
    const changed = [...wanted.values()].filter(
      ({ unit, owners }) => before.get(unit)?.owners.join("+") !== owners.join("+"),
    );
    for (const { unit } of changed.filter((holding) => before.get(holding.unit)?.since === since)) {
      await deleteHolding(this.tx, this.file.code, unit, since);
    }
    await insertHoldings(this.tx, this.file.code, changed);
  }

  private async bringRates(book: Book): Promise<Rate[]> {
    const before = await ratesOf(this.tx, this.file.code);
    const rates = [...before];
    for (const { row, fact } of await this.facts("rates.csv", rules.RATE_COLUMNS, rules.readRate)) {
      const was = rates.find((rate) => rate.use === fact.use && rate.from === fact.from);
      if (was === undefined && fact.from < openMonth(book) && book.closedThrough !== "") {
        this.cellFault(
          row,
          "from",
          "MONTH_CLOSED",
          "这个月已经结账，不能再改变它的单价。",
          `请写 ${openMonth(book)} 或以后的月份。`,
        );
      } else if (was === undefined) {
        rates.push(fact);
      } else if (was.rate !== fact.rate) {
        this.cellFault(
          row,
          "rate",
          "RATE_CHANGED",
          `同一用途、同一起始月已有单价 ${was.rate}。`,
          "已有单价不能改变；请加一行从以后月份开始的新单价。",
        );
      }
    }
    const fresh = rates.slice(before.length);
    await insertRates(this.tx, this.file.code, fresh);
    if (fresh.length > 0) {
      this.count("单价", fresh.length);
    }
    return rates;
  }

  private checkRates(
    rows: readonly { row: CsvRow<string>; fact: rules.UnitRow }[],
    rates: readonly Rate[],
    book: Book,
  ): void {
    for (const { row, fact } of rows) {
      const first = laterMonth(fact.unit.from, book.firstMonth);
      if (rateIn(rates, fact.unit.use, first) === undefined) {
        this.cellFault(
          row,
          "use",
          "RATE_MISSING",
          `用途「${fact.unit.use}」在 ${first} 没有单价。`,
          "请在 rates.csv 里为这个用途写一行，起始月不晚于该户的起算月。",
        );
      }
    }
  }

  // ---- Opening balances and budget ----

  private async bringOpening(book: Book, known: Known): Promise<void> {
    const rows = await this.facts("opening.csv", rules.OPENING_COLUMNS, (row) => rules.readOpening(row, known));
    this.checkOpeningTwice(rows);
    const [draft] = rules.openingEntry(
      book.firstMonth,
      rows.map(({ fact }) => fact),
    );
    if (draft === undefined) {
      return;
    }
    const [before] = await ledger.entriesBySource(this.tx, this.file.code, ["opening"]);
    const at = { file: "opening.csv", code: "OPENING_CHANGED" };
    if (before !== undefined && sameContent(before, draft)) {
      this.knownRows += rows.length;
    } else if (before !== undefined) {
      this.fault({
        ...at,
        message: "与已导入的期初余额不同。",
        remedy: "期初余额只能导入一次；请恢复原来的 opening.csv。",
      });
    } else if (book.closedThrough !== "") {
      this.fault({ ...at, message: "已有月份结账，不能再加入期初余额。", remedy: "请删去 opening.csv。" });
    } else if (this.faults.length === 0) {
      await this.keepOpening(
        draft,
        rows.map(({ fact }) => fact),
      );
    }
  }

  private async keepOpening(draft: EntryDraft, rows: readonly rules.OpeningRow[]): Promise<void> {
    await ledger.post(this.tx, this.file.code, [draft], this.environment.now);
    const arrears = rows.flatMap((row) => (row.kind === "arrears" ? [row] : []));
    await saveBills(this.tx, this.file.code, arrears.map(rules.openingBill));
    const prepaid = new Map<string, Fen>(
      rows.flatMap((row) => (row.kind === "prepaid" ? [[row.unit, row.amount] as const] : [])),
    );
    await savePrepaid(this.tx, this.file.code, prepaid);
    this.count("期初余额", rows.length);
  }

  private checkOpeningTwice(rows: readonly { row: CsvRow<string>; fact: rules.OpeningRow }[]): void {
    const seen = new Map<string, number>();
    for (const { row, fact } of rows) {
      const key = JSON.stringify({ ...fact, amount: 0, bank: "bank" in fact ? fact.bank.code : "" });
      const earlier = seen.get(key);
      if (earlier !== undefined) {
        this.cellFault(
          row,
          "account",
          "OPENING_TWICE",
          `与第 ${earlier} 行是同一项余额。`,
          "同一账户、同一户同一月只写一行。",
        );
      }
      seen.set(key, row.line);
    }
  }

  private async bringBudget(): Promise<void> {
    const lines = new Map(
      (await budgetOf(this.tx, this.file.code)).map((line) => [`${line.year}/${line.account}`, line]),
    );
    const fresh: BudgetLine[] = [];
    for (const { row, fact } of await this.facts("budget.csv", rules.BUDGET_COLUMNS, rules.readBudget)) {
      const key = `${fact.year}/${fact.account}`;
      const was = lines.get(key);
      if (was === undefined) {
        fresh.push(fact);
        lines.set(key, fact);
      } else if (was.amount !== fact.amount) {
        this.cellFault(
          row,
          "amount",
          "BUDGET_CHANGED",
          `同一年度、同一科目已有预算 ${displayYuan(was.amount)}。`,
          "已有预算不能用导入改变，请按已导入的填写。",
        );
      }
    }
    await insertBudget(this.tx, this.file.code, fresh);
    if (fresh.length > 0) {
      this.count("预算", fresh.length);
    }
  }

  // ---- Receipts, payments, transfers: as long as the file may be ----

  private async bringBookings<C extends string>(
    file: string,
    columns: Columns<C>,
    book: Book,
    read: (row: CsvRow<C>, namer: rules.Namer) => Read<Booking>,
  ): Promise<void> {
    const namer = rules.namer();
    let chunk: Booking[] = [];
    for await (const row of this.rows(file, columns)) {
      const outcome = read(row, namer);
      if ("fact" in outcome) {
        chunk.push(outcome.fact);
      } else {
        outcome.faults.forEach((fault) => this.fault(fault));
      }
      if (chunk.length === CHUNK) {
        await this.book(file, book, chunk);
        chunk = [];
      }
    }
    await this.book(file, book, chunk);
  }

  private async book(file: string, book: Book, bookings: readonly Booking[]): Promise<void> {
    const fresh = (await this.unknown(bookings)).filter((booking) => this.isInOpenMonth(booking, book));
    // Booked even after a fault, so that later rows are checked against these; a refused folder is rolled back whole.
    if (fresh.length > 0) {
      await ledger.post(
        this.tx,
        this.file.code,
        fresh.map((booking) => booking.draft),
        this.environment.now,
      );
      this.count(file, fresh.length);
    }
    for (const { draft, row } of fresh) {
      this.lastDay = draft.day > this.lastDay ? draft.day : this.lastDay;
      if (draft.lines.some((line) => line.purpose === "5101")) {
        this.drawRows.set(draft.source ?? "", row);
      }
    }
  }

  /** Bookings that did not come before, neither in this file nor with an earlier folder. */
  private async unknown(bookings: readonly Booking[]): Promise<Booking[]> {
    const sources = bookings.map((booking) => booking.draft.source ?? "");
    const before = new Map<string, EntryDraft>(
      (await ledger.entriesBySource(this.tx, this.file.code, sources)).map((entry: SealedEntry) => [
        entry.source ?? "",
        entry,
      ]),
    );
    return bookings.filter(({ draft, row }) => {
      const was = before.get(draft.source ?? "");
      before.set(draft.source ?? "", was ?? draft);
      if (was !== undefined && !sameContent(was, draft)) {
        this.fault(rules.serialConflict(row, `${was.day}，${displayYuan(cashOf(was))} 元，${was.memo}`));
      }
      this.knownRows += was === undefined ? 0 : 1;
      return was === undefined;
    });
  }

  private isInOpenMonth({ draft, row }: Booking, book: Book): boolean {
    const isOpen = book.closedThrough === "" || monthOf(draft.day) > book.closedThrough;
    if (!isOpen) {
      this.fault(rules.dayInClosedMonth(row, monthOf(draft.day), openMonth(book)));
    }
    return isOpen;
  }

  // ---- The bank's view ----

  private async bringBank(known: Known): Promise<void> {
    const namer = rules.namer();
    const last = await lastLines(this.tx, this.file.code);
    let chunk: { line: BankLine; row: CsvRow<string> }[] = [];
    for await (const row of this.rows("bank.csv", rules.BANK_COLUMNS)) {
      const outcome = rules.readBankLine(row, known, namer);
      if ("fact" in outcome) {
        chunk.push({ line: outcome.fact, row });
      } else {
        outcome.faults.forEach((fault) => this.fault(fault));
      }
      if (chunk.length === CHUNK) {
        await this.keepBankLines(chunk, last);
        chunk = [];
      }
    }
    await this.keepBankLines(chunk, last);
  }

  private async keepBankLines(
    chunk: readonly { line: BankLine; row: CsvRow<string> }[],
    last: Map<string, number>,
  ): Promise<void> {
    const keyOf = (line: BankLine): string => `${line.account}\t${line.source}`;
    const before = new Map(
      (
        await linesBySource(
          this.tx,
          this.file.code,
          chunk.map(({ line }) => line.source),
        )
      ).map((line) => [keyOf(line), line]),
    );
    const fresh = chunk.flatMap(({ line, row }) => {
      const was = before.get(keyOf(line));
      before.set(keyOf(line), was ?? line);
      if (was !== undefined) {
        this.knownRows += 1;
        if (JSON.stringify(was) !== JSON.stringify(line)) {
          this.fault(
            rules.serialConflict(row, `${was.day}，${displayYuan(was.amount)} 元，余额 ${displayYuan(was.balance)} 元`),
          );
        }
        return [];
      }
      last.set(line.account, (last.get(line.account) ?? 0) + 1);
      return [{ ...line, line: last.get(line.account) ?? 0 }];
    });
    if (fresh.length > 0) {
      await insertBankLines(this.tx, this.file.code, fresh);
      this.count("bank.csv", fresh.length);
    }
  }

  // ---- What the whole must satisfy ----

  /** Only with every receipt booked can it be said what was owed on a day. */
  private async checkDraws(book: Book): Promise<void> {
    const matters = (fault: Fault): boolean => !DRAW_INDEPENDENT.includes(fault.file ?? "");
    if (this.faults.some(matters) || this.added["payments.csv"] === undefined) {
      return;
    }
    const last: Month = laterMonth(monthOf(this.lastDay), openMonth(book));
    for (const { payment, owed } of await overpaidDraws(
      this.tx,
      this.file.code,
      last,
      await deedVersionsOf(this.tx, this.file.code),
    )) {
      this.fault(rules.drawOverpaid(this.drawRows.get(payment.source), payment, owed));
    }
  }
}

/** The amount a booking is about: of a transfer the side that came in. */
function cashOf(draft: EntryDraft): Fen {
  const cash = draft.lines.filter((line) => line.account === CASH).map((line) => line.amount);
  return cash.find((amount) => amount > 0) ?? cash[0] ?? ZERO;
}

const SAMPLE_FOLDER = path.join(import.meta.dirname, "sample", "fenghuayuan");

/** Brings the sample community in, closes its months and publishes them: what an empty installation shows. */
export async function bringSample(
  db: Db,
  environment: ImportEnvironment & { readonly done?: (month: Month) => void },
): Promise<ImportReport> {
  const report = await importFolder(db, SAMPLE_FOLDER, environment);
  const months = await ledger.monthsWithEntries(db, report.community, "9999-12");
  const last = months.at(-1);
  if (last !== undefined) {
    await closeThrough(db, report.community, last, environment);
    await publishThrough(db, report.community, last, environment);
  }
  return report;
}
