// What the bank's file says beside what is known: new lines, contradictions, whose it is and which days it covers.
import { displayYuan, negate, subtract, toYuan, type Fen } from "../base/money.ts";
import type { Day } from "../base/month.ts";
import { refuse, type Fault } from "../base/refusal.ts";
import { holesIn, orderByDay, startOf, type Running } from "../base/running.ts";
import {
  beginningOf,
  endingOf,
  sameMovement,
  serialSource,
  type BankLine,
  type Coverage,
  type DayEnd,
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
  /** Where it does not join what came before: nothing comes in over that unless somebody says why. */
  readonly gaps: readonly Fault[];
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
    return { fresh: named(file, known, file.lines), known: 0, faults: [], ...gapsAround(file, known, file.lines) };
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
    return { fresh: [], known: 0, faults: [otherAccount(file, known.stored.length)], gaps: [], notices: [] };
  }
  const misfits = faults.length > 0 ? [] : misfitsOf(file, known.stored, fresh);
  return {
    fresh: named(file, known, fresh),
    known: knownCount,
    faults: [...faults, ...misfits],
    ...(faults.length + misfits.length > 0 ? NO_GAPS : gapsAround(file, known, [...known.stored, ...fresh])),
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

const NO_GAPS: Pick<Comparison, "gaps" | "notices"> = { gaps: [], notices: [] };

/**
 * Where all lines of the file's days do not meet those before or after: days between were never imported, or it is
 * another account's file. What stood there before this file came was told then, and is only said again.
 */
function gapsAround(
  file: ComparedFile,
  known: KnownLines,
  lines: readonly Running[],
): Pick<Comparison, "gaps" | "notices"> {
  const [ordered, stored] = [orderByDay(lines), orderByDay(known.stored)];
  const [start, end] = [beginningOf(ordered), endingOf(ordered)];
  const found = [
    { gap: gapBefore(file, known.before, start), isKnown: isSameEnd(start, beginningOf(stored)) },
    { gap: gapAfter(file, end, known.after), isKnown: isSameEnd(end, endingOf(stored)) },
  ];
  return {
    gaps: found.flatMap(({ gap, isKnown }) => (gap === null || isKnown ? [] : gap)),
    notices: found.flatMap(({ gap, isKnown }) => (gap !== null && isKnown ? gap.message : [])),
  };
}

function isSameEnd(a: DayEnd | null, b: DayEnd | null): boolean {
  return a !== null && a.day === b?.day && a.balance === b.balance;
}

function gapBefore(file: ComparedFile, before: DayEnd | null, start: DayEnd | null): Fault | null {
  const [line] = file.lines;
  return before === null || start === null || line === undefined || before.balance === start.balance
    ? null
    : gapFault(file, line, {
        message:
          `与之前已导入的流水接不上：到 ${before.day} 余额是 ${displayYuan(before.balance)}，` +
          `这份文件的第一笔（${lineWords(line)}）之前却是 ${displayYuan(start.balance)}，`,
        missing: subtract(start.balance, before.balance),
      });
}

function gapAfter(file: ComparedFile, end: DayEnd | null, after: DayEnd | null): Fault | null {
  const line = file.lines.at(-1);
  return after === null || end === null || line === undefined || after.balance === end.balance
    ? null
    : gapFault(file, line, {
        message:
          `与之后已导入的流水接不上：这份文件的最后一笔（${lineWords(line)}）之后余额是 ${displayYuan(end.balance)}，` +
          `已导入的 ${after.day} 第一笔之前却是 ${displayYuan(after.balance)}，`,
        missing: subtract(after.balance, end.balance),
      });
}

function gapFault(
  file: ComparedFile,
  line: FileLine,
  { message, missing }: { readonly message: string; readonly missing: Fen },
): Fault {
  const size = displayYuan(missing < 0 ? negate(missing) : missing);
  return {
    code: "BANK_FILE_GAP",
    file: file.file,
    line: line.row,
    column: file.columns.balance,
    value: displayYuan(line.balance),
    message: `${message}中间缺了一段（净${missing > 0 ? "收入" : "支出"} ${size} 元）。是不是另一个账户的文件？`,
    remedy: "是这个账户的，请先导入中间那段日期的流水；要先导入这一段的，请写明原因再导入。",
  };
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

/** What an account's files are known by: their number and the holder they name, "" while unknown. */
export interface Owned {
  readonly number: string;
  readonly holder: string;
}

/** Whether two spellings of a holder are of one: banks add the purpose of an account in brackets, or cut it off. */
function isSameHolder(a: string, b: string): boolean {
  const [short = "", long = ""] = [plainName(a), plainName(b)].toSorted((x, y) => x.length - y.length);
  return short !== "" && long.includes(short);
}

/** The file names another holder than those before it; null when it does not, or nothing was known. */
export function holderFault(told: string, saved: string, file: string): Fault | null {
  return told === "" || saved === "" || isSameHolder(told, saved)
    ? null
    : {
        code: "BANK_FILE_OTHER_HOLDER",
        file,
        value: told,
        message: `这份文件的户名是「${told}」，这个账户以前的文件是「${saved}」。`,
        remedy: "请核对是不是这个账户的文件。户名确实变更过的，请先在上传页重新保存账号，再导入。",
      };
}

/**
 * What somebody has to confirm before a file teaches whose the account's files are; null when that is known, when the
 * file does not say, or when it names no more than a holder that is the community's own. `names`: those of the account,
 * the community and the principal.
 */
export function whoseQuestion(
  told: Owned,
  saved: Owned,
  {
    account,
    names,
    opening,
  }: { readonly account: string; readonly names: readonly string[]; readonly opening: Fen | null },
): string | null {
  const isStrange = told.holder !== "" && !names.some((name) => isSameHolder(name, told.holder));
  const isNewNumber = told.number !== "" && saved.number === "";
  const isNewHolder = isStrange && saved.number === "" && saved.holder === "";
  if (!isNewNumber && !isNewHolder) {
    return null;
  }
  const facts = [
    ...(told.number === "" ? [] : [`账号${tailOf(told.number)}`]),
    ...(told.holder === "" ? [] : [`户名「${told.holder}」`]),
    ...(opening === null ? [] : [`第一笔之前余额 ${displayYuan(opening)} 元`]),
  ];
  const strange = isStrange ? "户名与账户名、小区名和业主大会都对不上，请特别核对。" : "";
  return `这份文件写着${facts.join("，")}，确认就是「${account}」。${strange}`;
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
