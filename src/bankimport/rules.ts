// What the bank's file says beside what is known: new lines, contradictions, whose it is and which days it covers.
import { displayYuan, negate, subtract, toYuan, ZERO, type Fen } from "../base/money.ts";
import type { Day } from "../base/month.ts";
import { refuse, type Fault } from "../base/refusal.ts";
import { holesIn, orderByDay, startOf, type Running } from "../base/running.ts";
import {
  endsOfDay,
  sameMovement,
  serialSource,
  type BankLine,
  type Coverage,
  type KnownLines,
  type NewLine,
  type StoredLine,
} from "../bank/rules.ts";
import { accountDigits, lineWords, sameAccount, type BankFile, type FileLine, type Period } from "../bankfile/rules.ts";
import { plainName } from "../matching/rules.ts";

export interface Comparison {
  readonly fresh: readonly NewLine[];
  readonly known: number;
  readonly faults: readonly Fault[];
  readonly notices: readonly string[];
}

/** The file as the comparison needs it. */
export interface ComparedFile extends Pick<BankFile, "lines" | "columns"> {
  readonly file: string;
  readonly account: string;
  readonly layout: string;
}

const REMEDY_CHANGED = "已导入的流水不能改变。请从网上银行重新导出原样的文件；若银行确实更正过，请导入银行的冲正流水。";

/**
 * Tells the file's lines that are new from those that came before, and refuses a file that contradicts what came
 * before: a line that says something else now, one that is gone, or balances that do not meet.
 */
export function compareFile(file: ComparedFile, known: KnownLines): Comparison {
  if (known.stored.length + known.elsewhere.length === 0) {
    return { fresh: named(file, known, file.lines), known: 0, faults: [], notices: gapsAround(known, file.lines) };
  }
  const search = new Search(file, known);
  const found = file.lines.map((line) => ({ line, ...search.find(line) }));
  const gone = search.gone();
  const faults = [...found.flatMap(({ fault }) => fault ?? []), ...gone];
  const fresh = found
    .filter(({ stored, fault }) => stored === undefined && fault === undefined)
    .map(({ line }) => line);
  const knownCount = found.filter(({ stored }) => stored !== undefined).length;
  if (knownCount === 0 && gone.length > 1) {
    return { fresh: [], known: 0, faults: [otherAccount(file, known.stored.length)], notices: [] };
  }
  const misfits = faults.length > 0 ? [] : misfitsOf(file, known.stored, fresh);
  return {
    fresh: named(file, known, fresh),
    known: knownCount,
    faults: [...faults, ...misfits],
    notices: faults.length + misfits.length > 0 ? [] : gapsAround(known, [...known.stored, ...fresh]),
  };
}

interface Found {
  readonly stored?: StoredLine;
  readonly fault?: Fault;
}

const positionOf = (line: Running): string => `${line.day}\t${line.amount}\t${line.balance}`;

/** Finds each line of a file among the known ones, each of which is one line only. */
class Search {
  private readonly file: ComparedFile;
  private readonly known: KnownLines;
  private readonly byPosition = new Map<string, StoredLine[]>();
  private readonly bySerial = new Map<string, StoredLine[]>();
  private readonly taken = new Set<StoredLine>();
  /** Serials that stand on other lines of the file just as they did before. */
  private readonly kept: ReadonlySet<string>;

  constructor(file: ComparedFile, known: KnownLines) {
    this.file = file;
    this.known = known;
    for (const line of [...known.stored, ...known.elsewhere].toReversed()) {
      listIn(this.byPosition, positionOf(line)).push(line);
      if (line.serial !== "") {
        listIn(this.bySerial, line.serial).push(line);
      }
    }
    this.kept = new Set(
      file.lines
        .filter((line) => (this.bySerial.get(line.serial) ?? []).some((each) => sameMovement(each, line)))
        .map(({ serial }) => serial),
    );
  }

  find(line: FileLine): Found {
    const sameSerial = this.bySerial.get(line.serial) ?? [];
    const stored =
      this.at(line, ({ serial }) => serial === line.serial) ?? this.at(line, ({ serial }) => !this.kept.has(serial));
    if (stored !== undefined) {
      this.taken.add(stored);
      return this.isSame(stored, line) ? { stored } : { stored, fault: this.changed(line, stored) };
    }
    const [moved] = sameSerial;
    // Banks give one serial to a payment and its fee: a second line of it is no changed one.
    if (moved === undefined || this.kept.has(line.serial)) {
      return {};
    }
    this.taken.add(moved);
    return { fault: this.changed(line, moved) };
  }

  private at(line: FileLine, accepts: (stored: StoredLine) => boolean): StoredLine | undefined {
    const free = this.byPosition.get(positionOf(line)) ?? [];
    return free.findLast((stored) => !this.taken.has(stored) && accepts(stored));
  }

  /** Words are compared only where both files have the same columns: else the bank tells more, or less, of the same. */
  private isSame(stored: StoredLine, line: FileLine): boolean {
    const layout = stored.import === null ? null : this.known.layouts.get(stored.import);
    if (layout === this.file.layout) {
      return stored.serial === line.serial && stored.counterparty === line.counterparty && stored.memo === line.memo;
    }
    const [before, now] = [plainName(stored.counterparty), plainName(line.counterparty)];
    return before === "" || now === "" || before === now;
  }

  private changed(line: FileLine, stored: StoredLine): Fault {
    const isMoved = !sameMovement(line, stored);
    return {
      code: "BANK_LINE_CHANGED",
      file: this.file.file,
      line: line.row,
      column: isMoved ? this.file.columns.amount : this.file.columns.day,
      value: storedWords(line),
      message: `这一行与已导入的不同：以前是 ${storedWords(stored)}。`,
      remedy: REMEDY_CHANGED,
    };
  }

  /** Known lines between the file's first and last day that the file no longer has. */
  gone(): Fault[] {
    const [first, last] = [this.file.lines[0], this.file.lines.at(-1)];
    if (first === undefined || last === undefined) {
      return [];
    }
    return this.known.stored
      .filter((stored) => !this.taken.has(stored) && stored.day > first.day && stored.day < last.day)
      .map((stored) => ({
        code: "BANK_LINE_GONE",
        file: this.file.file,
        message: `已导入的一行（${storedWords(stored)}）在这份文件里没有了。`,
        remedy: "请导出这段日期的全部流水，不要筛选或删行，再导入一次。",
      }));
  }
}

function listIn<V>(lists: Map<string, V[]>, key: string): V[] {
  const list = lists.get(key) ?? [];
  lists.set(key, list);
  return list;
}

function storedWords(line: Running & Pick<BankLine, "counterparty" | "memo" | "serial">): string {
  const words = [line.counterparty, line.memo, line.serial].filter((text) => text !== "").join("，");
  return `${lineWords(line)}，余额 ${displayYuan(line.balance)}${words === "" ? "" : `，${words}`}`;
}

function otherAccount(file: ComparedFile, stored: number): Fault {
  return {
    code: "BANK_FILE_OTHER_ACCOUNT",
    file: file.file,
    message: `这段日期已导入的 ${stored} 笔流水，这份文件里一笔也没有：多半是另一个账户的文件。`,
    remedy: "请核对账户；每个账户的文件要导入到它自己的账户里。",
  };
}

/** Together with what is known, the balances must still meet on all days of the file. */
function misfitsOf(file: ComparedFile, stored: readonly StoredLine[], fresh: readonly FileLine[]): Fault[] {
  if (stored.length === 0) {
    return [];
  }
  const rows = new Map<Running, number>(fresh.map((line) => [line, line.row]));
  const where = (line: Running): string =>
    rows.has(line) ? `第 ${rows.get(line)} 行（${lineWords(line)}）` : `已导入的一行（${lineWords(line)}）`;
  return holesIn(orderByDay<Running>([...stored, ...fresh])).map(({ before, after }) => ({
    code: "BANK_FILE_CONTRADICTS",
    file: file.file,
    ...(rows.has(after) ? { line: rows.get(after) ?? 0 } : {}),
    column: file.columns.balance,
    value: displayYuan(after.balance),
    message:
      `与已导入的流水接不上：${where(before)}之后余额是 ${displayYuan(before.balance)}，` +
      `${where(after)}之前却应是 ${displayYuan(startOf(after))}。`,
    remedy: "请核对是不是这个账户的文件，并从网上银行重新导出原样的文件。",
  }));
}

/** Where all lines of the file's days do not meet those before or after: days between were never imported. */
function gapsAround({ before, after }: KnownLines, lines: readonly Running[]): string[] {
  const days = lines.map(({ day }) => day).toSorted();
  const first = endsOfDay(lines.filter(({ day }) => day === days[0])).start;
  const last = endsOfDay(lines.filter(({ day }) => day === days.at(-1))).end;
  return [...gap(before, first, "之前"), ...gap(last, after, "之后")];
}

function gap(from: Fen | null, to: Fen | null, where: string): string[] {
  const missing = from === null || to === null ? ZERO : subtract(to, from);
  const size = displayYuan(missing < 0 ? negate(missing) : missing);
  return missing === 0
    ? []
    : [
        `与${where}已导入的流水之间缺了一段（净${missing > 0 ? "收入" : "支出"} ${size} 元）。` +
          "请把中间那段日期的流水也导入。",
      ];
}

/** Gives new lines the key by which they are recognised when they come again. */
function named(file: ComparedFile, known: KnownLines, fresh: readonly FileLine[]): NewLine[] {
  const serials = new Set([...known.stored, ...known.elsewhere].map(({ serial }) => serial));
  const counts = new Map<string, number>();
  const countOf = (line: Running): number => {
    const count = (counts.get(positionOf(line)) ?? 0) + 1;
    counts.set(positionOf(line), count);
    return count;
  };
  known.stored.forEach(countOf);
  return fresh.map((line, index) => {
    const isNew = line.serial !== "" && !serials.has(line.serial);
    serials.add(line.serial);
    return {
      account: file.account,
      day: line.day,
      amount: line.amount,
      balance: line.balance,
      counterparty: line.counterparty,
      memo: line.memo,
      serial: line.serial,
      source: isNew ? serialSource(line.serial) : positionSource(line, countOf(line)),
      line: known.count + index + 1,
      fileRow: line.row,
    };
  });
}

function positionSource(line: Running, count: number): string {
  return `bank~${line.day}~${toYuan(line.amount)}~${toYuan(line.balance)}~${count}`;
}

// ---- Whose file it is, and which days it covers -------------------------------------------------------------------

/** The number that the files of an account bear, or why the file cannot be of it. `others`: numbers of other accounts. */
export function ownNumberOf(
  file: Pick<BankFile, "ownNumbers">,
  name: string,
  saved: string,
  others: ReadonlyMap<string, string>,
): { readonly number: string } | { readonly fault: Fault } {
  const [told = ""] = file.ownNumbers;
  const other = file.ownNumbers.find((number) => !sameAccount(number, told));
  if (other !== undefined) {
    return {
      fault: {
        code: "BANK_FILE_TWO_ACCOUNTS",
        file: name,
        value: file.ownNumbers.join("、"),
        message: "文件里写着两个不同的账号。",
        remedy: "请按账户分别导出，再分别导入。",
      },
    };
  }
  const owner = [...others].find(([number]) => told !== "" && sameAccount(number, told))?.[1];
  if ((saved !== "" && told !== "" && !sameAccount(saved, told)) || (saved === "" && owner !== undefined)) {
    return {
      fault: {
        code: "BANK_FILE_OTHER_ACCOUNT",
        file: name,
        value: told,
        message: `这是另一个账户的文件${owner === undefined ? "" : `（${owner}）`}${saved === "" ? "" : `；这个账户的账号是 ${tailOf(saved)}`}。`,
        remedy: "请核对账户；每个账户的文件要导入到它自己的账户里。账号变更过时，请先在账户设置里改。",
      },
    };
  }
  return { number: saved.includes("*") || saved === "" ? mostDigits(saved, told) : saved };
}

function mostDigits(a: string, b: string): string {
  const digits = (text: string): number => text.replaceAll("*", "").length;
  return digits(b) > digits(a) ? b : a;
}

/** "尾号 8901", as people know their accounts. */
export function tailOf(number: string): string {
  return `尾号 ${number.slice(-4)}`;
}

/** A number that somebody typed for an account: digits, stars for hidden ones. Refuses anything else. */
export function typedNumber(text: string): string {
  const number = accountDigits(text);
  if (text !== "" && number === "") {
    throw refuse("ACCOUNT_NUMBER_INVALID", "这不是银行账号。", "请只填数字；中间几位可以用 * 代替。");
  }
  return number;
}

/** The days a file covers: what somebody typed, else what its titles say, else its first and last line. */
export function coverageOf(
  file: Pick<BankFile, "lines" | "period">,
  typed: Partial<Period>,
  today: Day,
): Coverage | null {
  const days = file.lines.map(({ day }) => day).toSorted();
  const [first, last] = [days[0], days.at(-1)];
  const told = file.period ?? (first === undefined || last === undefined ? null : { from: first, through: last });
  if (told === null) {
    return null;
  }
  const from = typed.from ?? told.from;
  const through = typed.through ?? told.through;
  const isTyped = from !== told.from || through !== told.through;
  if (from > through || (first !== undefined && from > first) || (last !== undefined && through < last)) {
    throw refuse(
      "PERIOD_INVALID",
      `起止日期 ${from} 至 ${through} 与文件里的流水（${first ?? "无"} 至 ${last ?? "无"}）不符。`,
      "起日不能晚于第一笔，止日不能早于最后一笔；请按导出时选的日期填写。",
    );
  }
  if (through > today && isTyped) {
    throw refuse(
      "PERIOD_IN_FUTURE",
      `止日 ${through} 在今天（${today}）之后。`,
      "请按导出时选的日期填写，最晚是今天。",
    );
  }
  const basis = isTyped ? "typed" : undefined;
  return {
    from,
    through: through > today ? today : through,
    basis: basis ?? (file.period === null ? "lines" : "titles"),
  };
}
