// Moving in: brings an import folder into the books, all of it or nothing (contract section 2).
import { readdir, readFile, stat } from "node:fs/promises";
import path from "node:path";
import { displayYuan, ZERO, type Fen } from "../base/money.ts";
import {
  dayAt,
  EARLIEST_MONTH,
  firstDay,
  laterMonth,
  LATEST_MONTH,
  monthOf,
  nextMonth,
  type Day,
  type Month,
} from "../base/month.ts";
import { FaultList, FAULTS_MAX, Refusal, type Fault } from "../base/refusal.ts";
import { addBankLines } from "../bank/service.ts";
import { adoptedLines, insertBudget } from "../budget/service.ts";
import type { BudgetLine } from "../budget/rules.ts";
import { overpaidDraws } from "../draw/service.ts";
import { saveBills, savePrepaid } from "../fees/service.ts";
import * as ledger from "../ledger/service.ts";
import { CASH, DRAW_SPENT, openMonth, sameContent, type Book, type EntryDraft } from "../ledger/rules.ts";
import { deleteHolding, holdingsOf, insertHoldings, insertOwners, insertUnits, unitsOf } from "../people/service.ts";
import { sameUnit, type Holding, type Unit } from "../people/rules.ts";
import { readCsv, type Columns, type CsvRow, type Listener } from "../platform/csv.ts";
import { closeThrough } from "../period/service.ts";
import { MUST_RETRY, runTx, type Db, type Tx } from "../platform/db.ts";
import { publishThrough } from "../statement/service.ts";
import { headsOf, tallyOf, totalOf, type Head, type MatterKind, type Tally } from "../tally/rules.ts";
import { readBallots } from "../tally/service.ts";
import { rateIn, type Rate } from "../tariff/rules.ts";
import { billedThrough, insertRates, ratesOf } from "../tariff/service.ts";
import { readCommunity, type CommunityFile, type DeedVersion } from "../trust/rules.ts";
import {
  bankAccountsOf,
  deedVersionsOf,
  findCommunity,
  insertBankAccounts,
  insertCommunity,
  insertDeedVersions,
} from "../trust/service.ts";
import * as rules from "./rules.ts";
import type { Known, Read } from "./rules.ts";

/** What an import hears and tells while it runs. */
export interface ImportEnvironment {
  readonly now: Date;
  readonly notice: (text: string) => void;
  readonly progress: (file: string, bytes: number, total: number) => void;
  /** Take rows of closed months too, as late entries in the open month. */
  readonly takeLate?: boolean;
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
const ROWS_MAX = 200_000;
const CHUNK = 1000;

/**
 * Brings the folder in. Throws one Refusal with every fault found, and then keeps nothing. Rows that came in before
 * are recognised and left alone, also when their month is closed by now.
 */
export async function importFolder(db: Db, folder: string, environment: ImportEnvironment): Promise<ImportReport> {
  const file = await readCommunityFile(folder, environment);
  await noticeStrangers(folder, environment.notice);
  return runTx(db, file.code, (tx) => new Import(tx, file, folder, environment).run());
}

async function readCommunityFile(folder: string, environment: ImportEnvironment): Promise<CommunityFile> {
  const isFolder = await stat(folder).then((entry) => entry.isDirectory(), missing(false));
  if (!isFolder) {
    const remedy = "请给出导入文件夹的路径，里面要有 community.json。";
    throw new Refusal({ code: "FOLDER_MISSING", message: `没有文件夹「${folder}」。`, remedy });
  }
  const bytes = await readFile(path.join(folder, "community.json")).catch(missing(null));
  if (bytes === null) {
    const remedy = "导入文件夹必须有 community.json，写明小区、信托合同与银行账户。";
    throw new Refusal({ code: "FILE_MISSING", file: "community.json", message: "缺少这个文件。", remedy });
  }
  const read = readCommunity(bytes);
  const faults = "faults" in read ? read.faults : rules.unknownBaseAccounts(read.file);
  if ("faults" in read || faults.length > 0) {
    throw new Refusal([...faults, ...(await faultsOfTables(folder, environment))]);
  }
  return read.file;
}

/** Answers `otherwise` for what is not there; what is there and cannot be read is a refusal of its own. */
function missing<T>(otherwise: T): (error: NodeJS.ErrnoException) => T {
  return (error) => {
    if (error.code === "ENOENT" || error.code === "ENOTDIR") {
      return otherwise;
    }
    const message = `读不出来（${error.code ?? error.message}）。`;
    throw new Refusal({
      code: "FILE_UNREADABLE",
      file: "community.json",
      message,
      remedy: "请检查它是不是文件、有没有读权限。",
    });
  };
}

/** What is wrong with the tables in themselves, when without a community nothing more can be said of them. */
async function faultsOfTables(folder: string, environment: ImportEnvironment): Promise<Fault[]> {
  const faults: Fault[] = [];
  const known: Known = { firstMonth: EARLIEST_MONTH, today: dayAt(environment.now), banks: null, units: null };
  const listener = { ...environment, fault: (fault: Fault) => faults.push(fault) };
  const scan = async <C extends string>(file: string, columns: Columns<C>, read: (row: CsvRow<C>) => Read<unknown>) => {
    for await (const row of readCsv(path.join(folder, file), columns, listener)) {
      const outcome = read(row);
      if ("faults" in outcome && faults.length < FAULTS_MAX) {
        faults.push(...outcome.faults);
      }
    }
  };
  const unnamed = (): string => "";
  await scan("units.csv", rules.UNIT_COLUMNS, rules.readUnit);
  await scan("rates.csv", rules.RATE_COLUMNS, rules.readRate);
  await scan("opening.csv", rules.OPENING_COLUMNS, (row) =>
    rules.readOpening(row, { ...known, firstMonth: LATEST_MONTH }),
  );
  await scan("budget.csv", rules.BUDGET_COLUMNS, rules.readBudget);
  await scan("receipts.csv", rules.RECEIPT_COLUMNS, (row) => rules.readReceipt(row, known, unnamed));
  await scan("payments.csv", rules.PAYMENT_COLUMNS, (row) => rules.readPayment(row, known, unnamed));
  await scan("transfers.csv", rules.TRANSFER_COLUMNS, (row) => rules.readTransfer(row, known, unnamed));
  await scan("bank.csv", rules.BANK_COLUMNS, (row) => rules.readBankLine(row, known, unnamed));
  return faults;
}

/** A misspelt file name would otherwise be a file that silently never came in. */
async function noticeStrangers(folder: string, notice: (text: string) => void): Promise<void> {
  for (const name of (await readdir(folder)).toSorted()) {
    if (name.toLowerCase().endsWith(".csv") && !FILES.includes(name)) {
      notice(`${name}：不认识的文件，已忽略。认识的有 ${FILES.join("、")}。`);
    }
  }
}

/** A fact and the row that states it. */
interface Stated<T> {
  readonly row: CsvRow<string>;
  readonly fact: T;
}

async function* chunksOf<T>(items: AsyncIterable<T>): AsyncGenerator<T[]> {
  let chunk: T[] = [];
  for await (const item of items) {
    chunk.push(item);
    if (chunk.length === CHUNK) {
      yield chunk;
      chunk = [];
    }
  }
  if (chunk.length > 0) {
    yield chunk;
  }
}

/** One run of an import inside one transaction. */
class Import {
  private readonly faults = new FaultList();
  private readonly drawRows = new Map<string, CsvRow<string>>();
  private readonly added: Record<string, number> = {};
  private knownRows = 0;
  private isOpeningLeftOut = false;
  private readonly tx: Tx;
  private readonly file: CommunityFile;
  private readonly folder: string;
  private readonly environment: ImportEnvironment;

  constructor(tx: Tx, file: CommunityFile, folder: string, environment: ImportEnvironment) {
    this.tx = tx;
    this.file = file;
    this.folder = folder;
    this.environment = environment;
  }

  async run(): Promise<ImportReport> {
    const { code, name } = this.file;
    const book = await this.bringCommunity();
    const known = await this.bringUnits(book);
    await this.bringOpening(book, known);
    await this.bringBudget();
    await this.bringBookings("receipts.csv", rules.RECEIPT_COLUMNS, (row, namer) =>
      rules.readReceipt(row, known, namer),
    );
    await this.bringBookings("payments.csv", rules.PAYMENT_COLUMNS, (row, namer) =>
      rules.readPayment(row, known, namer),
    );
    await this.bringBookings("transfers.csv", rules.TRANSFER_COLUMNS, (row, namer) =>
      rules.readTransfer(row, known, namer),
    );
    await this.bringBank(known);
    await this.checkDraws(book);
    this.faults.refuseIfAny();
    return { community: code, name, added: this.added, known: this.knownRows };
  }

  private fault(fault: Fault): void {
    this.faults.add(fault);
  }

  private count(what: string, rows: number): void {
    if (rows > 0) {
      this.added[what] = (this.added[what] ?? 0) + rows;
    }
  }

  /** The facts of a file's rows, one after the other; faulty rows tell their faults and are left out. */
  private async *facts<C extends string, T>(
    file: string,
    columns: Columns<C>,
    read: (row: CsvRow<C>) => Read<T>,
  ): AsyncGenerator<Stated<T>> {
    const { notice, progress } = this.environment;
    const fault = (each: Fault): void => this.fault(each);
    for await (const row of readCsv(path.join(this.folder, file), columns, { fault, notice, progress })) {
      const outcome = read(row);
      if ("fact" in outcome) {
        yield { row, fact: outcome.fact };
      } else {
        outcome.faults.forEach(fault);
      }
    }
  }

  /** The same for a file of modest length, all at once. */
  private async allFacts<C extends string, T>(
    file: string,
    columns: Columns<C>,
    read: (row: CsvRow<C>) => Read<T>,
  ): Promise<Stated<T>[]> {
    const found: Stated<T>[] = [];
    for await (const stated of this.facts(file, columns, read)) {
      if (found.length >= ROWS_MAX) {
        const { line } = stated.row;
        const message = `超过 ${ROWS_MAX} 行。`;
        this.fault({ code: "TOO_MANY_ROWS", file, line, message, remedy: "请核对是否放错了文件。" });
        return found;
      }
      found.push(stated);
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
    // A month has several versions where a resolution spoke of it too.
    const known = await deedVersionsOf(this.tx, this.file.code);
    const texts = new Set(known.map((version) => JSON.stringify(version)));
    const months = new Set(known.map(({ from }) => from));
    const fresh = this.file.deed.filter((version) => !texts.has(JSON.stringify(version)));
    for (const version of fresh) {
      if (months.has(version.from)) {
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
    const addable: DeedVersion[] = fresh.filter((version) => !months.has(version.from));
    if (addable.length > 0) {
      await insertDeedVersions(this.tx, this.file.code, addable);
      this.count("合同版本", addable.length);
    }
  }

  // ---- Units and rates ----

  private async bringUnits(book: Book): Promise<Known> {
    const faultsBefore = this.faults.length;
    const named = new Set<string>();
    const rows = await this.allFacts("units.csv", rules.UNIT_COLUMNS, (row) => {
      named.add(row.cells.unit);
      return rules.readUnit(row);
    });
    // A file that could not be read at all leaves every unit unknown; a faulty row still names its unit.
    const isUnreadable = named.size === 0 && this.faults.length > faultsBefore;
    const before = new Map((await unitsOf(this.tx, this.file.code)).map((unit) => [unit.name, unit]));
    const listed = new Map<string, CsvRow<string>>();
    const fresh: rules.UnitRow[] = [];
    for (const { row, fact } of rows) {
      const earlier = listed.get(fact.unit.name);
      const was = before.get(fact.unit.name);
      if (earlier !== undefined) {
        this.fault(rules.unitTwice(row, earlier.line));
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
      units: isUnreadable ? null : new Set([...before.keys(), ...named]),
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
    await insertUnits(
      this.tx,
      code,
      fresh.map(({ unit }) => unit),
    );
    const owners = new Map(all.flatMap((row) => row.owners).map((owner) => [owner.id, owner]));
    await insertOwners(this.tx, code, [...owners.values()]);
    await this.keepHoldings(all, firstDay(openMonth(book)));
    this.count("户", fresh.length);
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
    const billed = await billedThrough(this.tx, this.file.code);
    for (const { row, fact } of await this.allFacts("rates.csv", rules.RATE_COLUMNS, rules.readRate)) {
      const was = rates.find((rate) => rate.use === fact.use && rate.from === fact.from);
      if (was === undefined && fact.from < openMonth(book) && book.closedThrough !== "") {
        this.cellFault(
          row,
          "from",
          "MONTH_CLOSED",
          "这个月已经结账，不能再改变它的单价。",
          `请写 ${openMonth(book)} 或以后的月份。`,
        );
      } else if (was === undefined && billed !== "" && fact.from <= billed) {
        this.cellFault(
          row,
          "from",
          "MONTH_BILLED",
          "这个月的账单已经出了，不能再改变它的单价。",
          `请写 ${nextMonth(billed)} 或以后的月份。`,
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
    this.count("单价", fresh.length);
    return rates;
  }

  private checkRates(units: readonly Stated<rules.UnitRow>[], rates: readonly Rate[], book: Book): void {
    const without = new Map<string, { row: CsvRow<string>; month: Month; count: number }>();
    for (const { row, fact } of units) {
      const { use, from } = fact.unit;
      const month = laterMonth(from, book.firstMonth);
      if (rateIn(rates, use, month) === undefined) {
        const first = without.get(use) ?? { row, month, count: 0 };
        without.set(use, { ...first, count: first.count + 1 });
      }
    }
    for (const [use, { row, month, count }] of without) {
      const remedy = "请在 rates.csv 里为这个用途写一行，起始月不晚于该户的起算月。";
      this.cellFault(row, "use", "RATE_MISSING", `用途「${use}」在 ${month} 没有单价（共 ${count} 户）。`, remedy);
    }
  }

  // ---- Opening balances and budget ----

  private async bringOpening(book: Book, known: Known): Promise<void> {
    const rows = await this.allFacts("opening.csv", rules.OPENING_COLUMNS, (row) => rules.readOpening(row, known));
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
    } else {
      // Its units may not be there; the folder is refused anyway.
      this.isOpeningLeftOut = true;
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
    const known = await adoptedLines(this.tx, this.file.code);
    const lines = new Map(known.map((line) => [`${line.year}/${line.account}`, line]));
    const voted = new Map(known.map(({ year, resolution }) => [year, resolution]));
    const fresh: BudgetLine[] = [];
    for (const { row, fact } of await this.allFacts("budget.csv", rules.BUDGET_COLUMNS, rules.readBudget)) {
      const key = `${fact.year}/${fact.account}`;
      const was = lines.get(key);
      const resolution = voted.get(fact.year);
      if (was === undefined && resolution !== undefined) {
        const message = `${fact.year} 年预算已由决议 ${resolution} 通过，没有这个科目。`;
        this.cellFault(row, "account", "BUDGET_ADOPTED", message, "年中要加，请走预算调整的程序。");
      } else if (was === undefined) {
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
    this.count("预算", fresh.length);
  }

  // ---- Receipts, payments, transfers: as long as the file may be ----

  private async bringBookings<C extends string>(
    file: string,
    columns: Columns<C>,
    read: (row: CsvRow<C>, namer: rules.Namer) => Read<EntryDraft>,
  ): Promise<void> {
    const namer = rules.namer(file);
    for await (const chunk of chunksOf(this.facts(file, columns, (row) => read(row, namer)))) {
      await this.book(file, chunk);
    }
  }

  /** Booked even after a fault, so that later rows are checked against these; a refused folder is rolled back whole. */
  private async book(file: string, chunk: readonly Stated<EntryDraft>[]): Promise<void> {
    const drafts = chunk.map(({ fact }) => fact);
    const outcome = await ledger.postOnce(this.tx, this.file.code, drafts, {
      now: this.environment.now,
      takeLate: this.environment.takeLate === true,
    });
    for (const [index, { row, fact }] of chunk.entries()) {
      const conflict = outcome.conflicts.get(index);
      if (conflict !== undefined) {
        const before = `${conflict.day}，${displayYuan(cashOf(conflict))} 元，${conflict.memo}`;
        this.fault(rules.serialConflict(row, before));
      }
      if (outcome.closed.has(index)) {
        this.fault(rules.dayInClosedMonth(row, monthOf(fact.day), outcome.openMonth));
      }
      if (outcome.posted.has(index)) {
        if (fact.lines.some((line) => line.purpose === DRAW_SPENT)) {
          this.drawRows.set(fact.source ?? "", row);
        }
      }
    }
    this.knownRows += outcome.known;
    this.count(file, outcome.posted.size);
  }

  // ---- The bank's view ----

  private async bringBank(known: Known): Promise<void> {
    const namer = rules.namer("bank.csv");
    const lines = this.facts("bank.csv", rules.BANK_COLUMNS, (row) => rules.readBankLine(row, known, namer));
    for await (const chunk of chunksOf(lines)) {
      const outcome = await addBankLines(
        this.tx,
        this.file.code,
        chunk.map(({ fact }) => fact),
      );
      for (const [index, { row }] of chunk.entries()) {
        const was = outcome.conflicts.get(index);
        if (was !== undefined) {
          const before = `${was.day}，${displayYuan(was.amount)} 元，余额 ${displayYuan(was.balance)} 元`;
          this.fault(rules.serialConflict(row, before));
        }
      }
      this.knownRows += outcome.known;
      this.count("bank.csv", outcome.added);
    }
  }

  // ---- What the whole must satisfy ----

  /** Only with everything booked can it be said what was owed on a day; a refund or a new deed version changes it too. */
  private async checkDraws(book: Book): Promise<void> {
    const matters = (fault: Fault): boolean => !DRAW_INDEPENDENT.includes(fault.file ?? "");
    if (this.isOpeningLeftOut || this.faults.some(matters) || Object.keys(this.added).length === 0) {
      return;
    }
    const months = await ledger.monthsInBooks(this.tx, this.file.code, LATEST_MONTH);
    const last = laterMonth(months.at(-1) ?? book.firstMonth, openMonth(book));
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
  const months = await ledger.monthsInBooks(db, report.community, LATEST_MONTH);
  const last = months.at(-1);
  if (last !== undefined) {
    await closeThrough(db, report.community, last, environment);
    await publishThrough(db, report.community, last, environment);
  }
  return report;
}

// ---- A vote on paper ----------------------------------------------------------------------------------------------

/** What reading files hears and tells. */
type Hearing = Pick<ImportEnvironment, "notice" | "progress">;

/** Counts a vote from the owners' register and a list of ballots, without any books (contract section 6). */
export async function tallyFiles(
  matter: MatterKind,
  files: { readonly roll: string; readonly ballots: string },
  hearing: Hearing,
): Promise<Tally> {
  const faults = new FaultList();
  const listener = { ...hearing, fault: (fault: Fault) => faults.add(fault) };
  for (const file of [files.roll, files.ballots]) {
    if ((await stat(file).catch(() => null)) === null) {
      const remedy = "请核对 --roll 和 --ballots 后面的路径。";
      faults.add({ code: "FILE_MISSING", message: `没有文件「${file}」。`, remedy });
    }
  }
  faults.refuseIfAny();
  const heads = await readHeads(files.roll, listener);
  if (heads.length === 0 && faults.length === 0) {
    const message = "业主名册里没有一户。";
    faults.add({ code: "ROLL_EMPTY", file: path.basename(files.roll), message, remedy: "请给出完整的 units.csv。" });
  }
  const votes = await readBallots(files.ballots, new Map(heads.map(({ id, area }) => [id, area])), listener);
  faults.refuseIfAny();
  return tallyOf(matter, totalOf(heads), votes);
}

/** The heads of a units.csv. */
async function readHeads(file: string, listener: Listener): Promise<Head[]> {
  const listed = new Map<string, rules.UnitRow & { readonly line: number }>();
  for await (const row of readCsv(file, rules.UNIT_COLUMNS, listener)) {
    const outcome = rules.readUnit(row);
    const earlier = "fact" in outcome ? listed.get(outcome.fact.unit.name) : undefined;
    if ("faults" in outcome) {
      outcome.faults.forEach(listener.fault);
    } else if (earlier === undefined) {
      listed.set(outcome.fact.unit.name, { ...outcome.fact, line: row.line });
    } else {
      listener.fault(rules.unitTwice(row, earlier.line));
    }
  }
  const rows = [...listed.values()];
  return headsOf(
    rows.map(({ unit }) => unit),
    new Map(rows.map(({ unit, owners }) => [unit.name, owners.map(({ id }) => id)])),
  );
}
