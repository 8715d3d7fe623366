// Reads the file a bank exports once its columns are known: which rows are lines, whether its balances agree, and what
// its titles say.
import { displayYuan, halfWidth, negate, sum, ZERO, type Fen } from "../base/money.ts";
import type { Day } from "../base/month.ts";
import type { Fault } from "../base/refusal.ts";
import { arrangeByBalance, startOf, type Hole } from "../base/running.ts";
import { plainCell, readAmount, readDay } from "../base/spelling.ts";
import {
  columned,
  directionOf,
  findColumns,
  layoutOf,
  type Columned,
  type Columns,
  type Field,
  type Found,
  type Header,
  type Layout,
  type UnknownLayout,
} from "../banklayout/rules.ts";
import type { TextRow } from "../platform/csv.ts";

/** A number of which a spreadsheet kept only the beginning. */
const LOST_DIGITS = /^\d(?:\.\d+)?E\+?\d+$/iu;

// ---- Lines ----------------------------------------------------------------------------------------------------

/** One movement as the file tells it. */
export interface FileLine {
  /** Its line in the file. */
  readonly row: number;
  readonly day: Day;
  /** In positive, out negative. */
  readonly amount: Fen;
  /** The balance after the line, as the bank printed it. */
  readonly balance: Fen;
  readonly counterparty: string;
  readonly memo: string;
  readonly serial: string;
}

/** A row below the header that is no movement, with its first words: shown, so that nobody misses one. */
export interface SkippedRow {
  readonly row: number;
  readonly text: string;
}

/** What a bank's file says, oldest line first. */
export interface BankFile extends Columned {
  readonly layout: Layout;
  readonly lines: readonly FileLine[];
  /** The balances showed that money in and out stand the other way round than the columns' names say. */
  readonly isFlipped: boolean;
  readonly skipped: readonly SkippedRow[];
  /** Digits of the accounts that the file says it is of, in its titles or in a column; stars where it hides some. */
  readonly ownNumbers: readonly string[];
  /** The account's holder in the titles; "" when they do not say, or hide part of it. */
  readonly holder: string;
  /** The days the titles say it covers. */
  readonly period: Period | null;
  /** Things to know that are no faults. */
  readonly notices: readonly string[];
  readonly faults: readonly Fault[];
  /** What the file calls them, for messages. */
  readonly columns: { readonly day: string; readonly amount: string; readonly balance: string };
}

export interface Period {
  readonly from: Day;
  readonly through: Day;
}

export interface Sheet {
  readonly rows: readonly TextRow[];
  readonly isRagged: boolean;
}

/** Reads a file by the layout that was saved for its account, or by recognising its header. */
export function readBankSheet(sheet: Sheet, file: string, saved: Layout | null, today: Day): BankFile | UnknownLayout {
  const found = findColumns(sheet.rows, saved);
  if ("missing" in found) {
    return found;
  }
  return new SheetReader(sheet, found, { file, today }).read();
}

/** Rows that sum up, carry over or explain. */
const NO_LINE =
  /合计|总计|小计|总笔数|承前|过次|期初|期末|上期|上页|本页|打印|制表|第.{1,4}页|查询|说明|提示|注:|以上|结束/u;

/** Reads the rows of one sheet and gathers what is wrong with them. */
class SheetReader {
  private readonly faults: Fault[] = [];
  private readonly skipped: SkippedRow[] = [];
  private readonly ownNumbers = new Set<string>();
  private lostSerials = 0;
  private lastOwn = "";
  private readonly sheet: Sheet;
  private readonly header: Header;
  private readonly columns: Columns;
  private readonly body: readonly TextRow[];
  private readonly file: string;
  private readonly today: Day;
  private readonly isSigned: boolean;
  /** Lines share days, and reading one takes a while. */
  private readonly days = new Map<string, Day | null>();

  constructor(sheet: Sheet, found: Found, about: { readonly file: string; readonly today: Day }) {
    this.sheet = sheet;
    this.header = found.header;
    this.columns = found.columns;
    this.body = sheet.rows.slice(found.header.last + 1);
    this.file = about.file;
    this.today = about.today;
    this.isSigned = this.amountsAreSigned();
  }

  read(): BankFile {
    const titles = readTitles(this.sheet.rows.slice(0, this.header.first));
    const told = this.body.flatMap((row) => this.line(row) ?? []);
    const { lines, holes, isFlipped } = arrangeByBalance(told);
    // A column of many numbers tells the other side's accounts.
    const inColumn = this.ownNumbers.size === 1 ? [...this.ownNumbers] : [];
    return {
      ...columned(this.sheet.rows, { header: this.header, columns: this.columns }),
      layout: layoutOf(this.columns),
      lines: isFlipped ? this.reworded(lines) : lines,
      isFlipped,
      skipped: this.skipped,
      ownNumbers: [...new Set([...titles.ownNumbers, ...inColumn])],
      holder: titles.holder,
      period: titles.period,
      notices: [
        ...(isFlipped ? [FLIPPED] : []),
        ...(this.lostSerials > 0 ? [lostDigits(this.lostSerials)] : []),
        ...(lines.length === 1 ? [ONE_LINE] : []),
      ],
      // Where a line could not be read its neighbours do not meet: that would be a second fault of one cause.
      faults: this.faults.length > 0 ? this.faults : holes.map((hole) => this.holeFault(hole)),
      columns: { day: this.name("day"), amount: this.amountName(), balance: this.name("balance") },
    };
  }

  private name(field: Field): string {
    return this.columns.names[this.columns.places[field]?.[0] ?? -1] ?? "";
  }

  private amountName(): string {
    return this.columns.places.in === undefined ? this.name("amount") : `${this.name("in")}／${this.name("out")}`;
  }

  private cell(row: TextRow, field: Field): string {
    return row.cells[this.columns.places[field]?.[0] ?? -1] ?? "";
  }

  private fault(row: TextRow, field: Field, what: Pick<Fault, "code" | "message" | "remedy">): null {
    this.faults.push({
      ...what,
      file: this.file,
      line: row.line,
      column: this.name(field),
      value: this.cell(row, field),
    });
    return null;
  }

  private skip(row: TextRow): null {
    const told = row.cells.filter((cell) => cell !== "");
    this.skipped.push({ row: row.line, text: told.slice(0, 4).join(" ") });
    return null;
  }

  /** Some banks print 借 beside −80.00: then the sign alone tells. A minus now and then is a line taken back. */
  private amountsAreSigned(): boolean {
    if (this.columns.places.direction === undefined) {
      return false;
    }
    const signs = this.body.map((row) => ({
      direction: directionOf(this.cell(row, "direction")),
      amount: readAmount(this.cell(row, "amount")),
    }));
    const allOf = (direction: 1 | -1, isRight: (amount: number) => boolean): boolean => {
      const amounts = signs.flatMap((each) =>
        each.direction === direction && typeof each.amount === "number" ? [each.amount] : [],
      );
      return amounts.length > 0 && amounts.every(isRight);
    };
    const isMinus = (amount: number): boolean => amount < 0;
    return allOf(-1, isMinus) || allOf(1, isMinus);
  }

  private line(row: TextRow): FileLine | null {
    const day = this.day(this.cell(row, "day"));
    if (day === null) {
      return this.isNoLine(row) ? this.skip(row) : this.fault(row, "day", DAY_INVALID);
    }
    if (day > this.today) {
      return this.fault(row, "day", {
        code: "DAY_IN_FUTURE",
        message: `日期在今天（${this.today}）之后。`,
        remedy: "请从网上银行重新导出，不要改动文件里的日期。",
      });
    }
    const before = this.faults.length;
    this.checkWidth(row);
    const amount = this.amount(row);
    const balance = this.money(row, "balance", null);
    this.checkCurrency(row);
    if (this.faults.length > before) {
      return null;
    }
    if (amount === 0) {
      return this.skip(row);
    }
    this.noteOwn(row);
    return { row: row.line, day, amount, balance, ...this.words(row, amount), serial: this.serial(row) };
  }

  private day(cell: string): Day | null {
    const known = this.days.get(cell);
    if (known !== undefined) {
      return known;
    }
    const day = readDay(cell);
    this.days.set(cell, day);
    return day;
  }

  private isNoLine(row: TextRow): boolean {
    const told = row.cells.filter((cell) => cell !== "").slice(0, 3);
    const hasFigures = typeof readAmount(this.cell(row, "balance")) === "number" && this.cell(row, "day") !== "";
    return !hasFigures || told.some((cell) => NO_LINE.test(halfWidth(cell)));
  }

  /** A cell too many is a comma that nobody quoted, a cell too few a row that was cut. */
  private checkWidth(row: TextRow): void {
    const filled = row.cells.findLastIndex((cell) => cell !== "") + 1;
    const isCut = !this.sheet.isRagged && row.cells.length < this.columns.width;
    if (filled > this.columns.width || isCut) {
      this.faults.push({
        code: "ROW_WIDTH",
        file: this.file,
        line: row.line,
        value: row.cells.join(","),
        message: `这一行有 ${row.cells.length} 格，表头有 ${this.columns.width} 格。`,
        remedy: "请重新导出完整的文件；金额里的千分号若没有加引号，请改用 Excel 格式导出。",
      });
    }
  }

  private amount(row: TextRow): Fen {
    const { places } = this.columns;
    if (places.in !== undefined && places.out !== undefined) {
      const into = this.money(row, "in", ZERO);
      const out = this.money(row, "out", ZERO);
      if (into !== 0 && out !== 0) {
        this.fault(row, "in", {
          code: "AMOUNT_TWICE",
          message: "同一笔流水既有收入又有支出。",
          remedy: "请核对这一行，或从网上银行重新导出。",
        });
      }
      return sum([into, negate(out)]);
    }
    const amount = this.money(row, "amount", ZERO);
    if (places.direction === undefined || this.isSigned || amount === 0) {
      return amount;
    }
    const direction = directionOf(this.cell(row, "direction"));
    if (direction === null) {
      this.fault(row, "direction", {
        code: "DIRECTION_INVALID",
        message: "看不出是收入还是支出。",
        remedy: "应为 借 或 贷、支出 或 收入；请核对这一行，或从网上银行重新导出。",
      });
    }
    return direction === -1 ? negate(amount) : amount;
  }

  private money(row: TextRow, field: Field, empty: Fen | null): Fen {
    const amount = readAmount(this.cell(row, field));
    if (typeof amount === "number") {
      return amount;
    }
    if (amount !== "empty" || empty === null) {
      this.fault(row, field, {
        code: "AMOUNT_INVALID",
        message: amount === "empty" ? "这一格是空的。" : "不是金额。",
        remedy: "请核对这一行，或从网上银行重新导出。",
      });
    }
    return ZERO;
  }

  private words(row: TextRow, amount: Fen): { counterparty: string; memo: string } {
    const other = this.cell(row, "counterparty") || this.cell(row, amount > 0 ? "payer" : "payee");
    const memo: string[] = [];
    for (const place of this.columns.places.memo ?? []) {
      const text = plainCell(row.cells[place] ?? "");
      if (text !== "" && !memo.some((each) => each.includes(text))) {
        memo.push(text);
      }
    }
    return { counterparty: plainCell(other), memo: memo.join(" ") };
  }

  /** Who the other side is depends on which way the money went. */
  private reworded(lines: readonly FileLine[]): FileLine[] {
    const rows = new Map(this.body.map((row) => [row.line, row]));
    return lines.map((line) => {
      const row = rows.get(line.row);
      return row === undefined ? line : { ...line, ...this.words(row, line.amount) };
    });
  }

  private serial(row: TextRow): string {
    const serial = plainCell(this.cell(row, "serial"));
    if (LOST_DIGITS.test(serial)) {
      this.lostSerials += 1;
      return "";
    }
    return /^[-0]*$/u.test(serial) ? "" : serial;
  }

  private checkCurrency(row: TextRow): void {
    if (this.columns.places.currency !== undefined && FOREIGN.test(this.cell(row, "currency").toUpperCase())) {
      this.fault(row, "currency", {
        code: "CURRENCY_FOREIGN",
        message: "不是人民币。",
        remedy: "账簿只记人民币；请只导出人民币账户的流水。",
      });
    }
  }

  private noteOwn(row: TextRow): void {
    const cell = this.cell(row, "own");
    if (cell === this.lastOwn) {
      return;
    }
    this.lastOwn = cell;
    const number = accountDigits(cell);
    if (number !== "") {
      this.ownNumbers.add(number);
    }
  }

  private holeFault({ before, after, missing }: Hole<FileLine>): Fault {
    const size = displayYuan(missing < 0 ? negate(missing) : missing);
    return {
      code: "BANK_HOLE",
      file: this.file,
      line: after.row,
      column: this.name("balance"),
      value: displayYuan(after.balance),
      message:
        `余额接不上：第 ${before.row} 行（${lineWords(before)}）之后余额是 ${displayYuan(before.balance)}，` +
        `第 ${after.row} 行（${lineWords(after)}）之前却应是 ${displayYuan(startOf(after))}，` +
        `中间少了${missing > 0 ? "收入" : "支出"} ${size} 元。`,
      remedy: "请重新导出这段日期的全部流水（不要筛选、删行或改数），再导入一次。",
    };
  }
}

const DAY_INVALID = {
  code: "DAY_INVALID",
  message: "读不出日期。",
  remedy: "请核对这一行，或从网上银行重新导出；日期形如 2026-03-13 或 20260313。",
};

const FLIPPED =
  "这份文件的收入与支出（借、贷）同银行的通常写法相反：逐行余额证明了这一点，已经按余额的方向读，请核对几笔。";

const ONE_LINE = "文件只有一行流水，收入还是支出不能用余额核对，请核对这一行。";

function lostDigits(count: number): string {
  return `有 ${count} 个流水号在表格里被存成了数字，末尾几位已经丢失：这些流水改按日期、金额和余额识别。`;
}

const FOREIGN = /USD|HKD|EUR|JPY|GBP|AUD|CAD|SGD|美元|港币|港元|欧元|日元|英镑|澳元|加元/u;

/** "2020-03-05 收入 100.00" */
export function lineWords(line: { readonly day: Day; readonly amount: Fen }): string {
  const size = line.amount < 0 ? negate(line.amount) : line.amount;
  return `${line.day} ${line.amount < 0 ? "支出" : "收入"} ${displayYuan(size)}`;
}

// ---- Titles ---------------------------------------------------------------------------------------------------

const SPACED_DATE = String.raw`\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?`;
const DATE = String.raw`${SPACED_DATE}|\d{8}`;
const PRINTED = new RegExp(`(?:打印|制表|导出|下载|生成|申请|查询时)[^:\\d]{0,6}:?\\s*(?:${DATE})`, "gu");
const RANGE = new RegExp(`(${DATE})\\s*(?:[-~至到—–]|to)+\\s*(${DATE})`, "iu");
const FROM = new RegExp(`(?:起始|开始|起)(?:日期|时间|日)?\\s*:?\\s*(${DATE})`, "u");
const THROUGH = new RegExp(`(?:截止|截至|结束|终止|止)(?:日期|时间|日)?\\s*:?\\s*(${DATE})`, "u");
const HOLDER = /(?<!对方|[款汇]人|对手)(?:户名|账户名称?|帐户名称?)\s*:?\s*([^\s:,;，；、]{2,60})(?!\s*:)/u;
const OWN = /(?:账号|帐号|卡号|账户号码|账户)\s*:?\s*([\d*xX][\d*xX -]{5,40})/gu;

/** What the rows above the header say: the account, and the days the file covers. */
function readTitles(rows: readonly TextRow[]): { ownNumbers: string[]; holder: string; period: Period | null } {
  const lines = rows.map((row) => halfWidth(row.cells.map(plainCell).join(" ")).replace(/\s+/gu, " "));
  const plain = lines.join("\n").replace(PRINTED, " ");
  const numbers = [...plain.replace(new RegExp(SPACED_DATE, "gu"), "，").matchAll(OWN)].map((match) => match[1] ?? "");
  const [, first, last] = RANGE.exec(plain) ?? [];
  const from = readDay(first ?? FROM.exec(plain)?.[1] ?? "");
  const through = readDay(last ?? THROUGH.exec(plain)?.[1] ?? "");
  return {
    ownNumbers: numbers.map(accountDigits).filter((number) => number !== ""),
    holder: holderIn(plain),
    period: from !== null && through !== null && from <= through ? { from, through } : null,
  };
}

/** The holder that the titles name: no label of another cell, and nothing that the bank made unreadable. */
function holderIn(titles: string): string {
  const [, holder = ""] = HOLDER.exec(titles) ?? [];
  return /\*|^[\dxX]+$|账号|帐号|卡号|币种|开户|日期/u.test(holder) ? "" : holder;
}

/** The digits of an account number, with stars where the bank hides some; "" when it is none or lost digits. */
export function accountDigits(text: string): string {
  const plain = halfWidth(plainCell(text)).replace(/[\s-]/gu, "").replace(/x/giu, "*");
  return /^[\d*]{6,40}$/u.test(plain) && /\d{3}/u.test(plain) ? plain : "";
}

/** Whether two account numbers can be the same one, each perhaps with hidden digits. */
export function sameAccount(a: string, b: string): boolean {
  if (!a.includes("*") && !b.includes("*")) {
    return a === b;
  }
  const ends = [a, b].map((number) => ({ head: number.split("*")[0] ?? "", tail: number.split("*").at(-1) ?? "" }));
  const heads = ends.map(({ head }) => head).toSorted((x, y) => x.length - y.length);
  const tails = ends.map(({ tail }) => tail).toSorted((x, y) => x.length - y.length);
  return heads[1]?.startsWith(heads[0] ?? "") === true && tails[1]?.endsWith(tails[0] ?? "") === true;
}
