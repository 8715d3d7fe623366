// What a community brings when it moves in (contract section 2): each row becomes a fact, or names its fault.
import { createHash } from "node:crypto";
import { halfWidth, negate, parseYuan, sum, toYuan, ZERO, type AmountFault, type Fen } from "../base/money.ts";
import {
  EARLIEST_MONTH,
  isDay,
  isMonth,
  lastDay,
  monthOf,
  previousMonth,
  type Day,
  type Month,
} from "../base/month.ts";
import type { Fault } from "../base/refusal.ts";
import { compareDecimals, decimalsOf, isPlainDecimal, shortestDecimal } from "../base/share.ts";
import type { BankLine } from "../bank/rules.ts";
import type { BudgetLine } from "../budget/rules.ts";
import { openingFeeLines, received, type Bill } from "../fees/rules.ts";
import {
  ACCOUNTS,
  CASH,
  cashAgainst,
  COMMON,
  CUSTODY,
  DEPOSITS,
  DRAW_OWED,
  DRAW_SPENT,
  FEE_INCOME,
  isPaymentAccount,
  isReceiptAccount,
  PREPAID,
  RECEIVABLE,
  REPAIR,
  REPAIR_WORK,
  sourceKey,
  type EntryDraft,
  type Line,
} from "../ledger/rules.ts";
import { splitNames, splitOwners, type Owner, type Unit } from "../people/rules.ts";
import type { Columns, CsvRow } from "../platform/csv.ts";
import { transferred } from "../repair/rules.ts";
import type { Rate } from "../tariff/rules.ts";
import type { BankAccount, CommunityFile } from "../trust/rules.ts";

// ---- Columns --------------------------------------------------------------------------------------------------

const needed = (...names: string[]) => ({ names, required: true });
const optional = (...names: string[]) => ({ names, required: false });

export const UNIT_COLUMNS = {
  unit: needed("房号", "unit"),
  use: needed("用途", "use"),
  area: needed("面积", "area"),
  ownerId: needed("业主编号", "ownerId"),
  owner: needed("业主", "owner"),
  from: needed("起算月", "from"),
  discount: optional("折扣", "discount"),
} satisfies Columns<string>;

export const RATE_COLUMNS = {
  use: needed("用途", "use"),
  rate: needed("单价", "rate"),
  from: needed("起始月", "from"),
} satisfies Columns<string>;

export const OPENING_COLUMNS = {
  bankAccount: optional("账户", "bankAccount"),
  account: needed("科目", "account"),
  unit: optional("房号", "unit"),
  period: optional("所属月", "period"),
  amount: needed("金额", "amount"),
} satisfies Columns<string>;

export const BUDGET_COLUMNS = {
  year: needed("年度", "year"),
  account: needed("科目", "account"),
  amount: needed("金额", "amount"),
} satisfies Columns<string>;

export const RECEIPT_COLUMNS = {
  date: needed("日期", "date"),
  bankAccount: needed("账户", "bankAccount"),
  account: needed("科目", "account"),
  amount: needed("金额", "amount"),
  unit: optional("房号", "unit"),
  memo: optional("摘要", "memo"),
  serial: optional("流水号", "serial"),
} satisfies Columns<string>;

export const PAYMENT_COLUMNS = {
  date: needed("日期", "date"),
  bankAccount: needed("账户", "bankAccount"),
  account: needed("科目", "account"),
  amount: needed("金额", "amount"),
  payee: needed("收款方", "payee"),
  memo: optional("摘要", "memo"),
  invoice: optional("发票号码", "invoice"),
  resolution: optional("决议", "resolution"),
  serial: optional("流水号", "serial"),
} satisfies Columns<string>;

export const TRANSFER_COLUMNS = {
  date: needed("日期", "date"),
  fromAccount: needed("转出账户", "fromAccount"),
  toAccount: needed("转入账户", "toAccount"),
  amount: needed("金额", "amount"),
  memo: optional("摘要", "memo"),
  serial: optional("流水号", "serial"),
} satisfies Columns<string>;

export const BANK_COLUMNS = {
  bankAccount: needed("账户", "bankAccount"),
  date: needed("交易日期", "date"),
  in: needed("收入", "in"),
  out: needed("支出", "out"),
  balance: needed("余额", "balance"),
  counterparty: optional("对方户名", "counterparty"),
  memo: optional("摘要", "memo"),
  serial: optional("流水号", "serial"),
} satisfies Columns<string>;

type RowOf<T> = CsvRow<Extract<keyof T, string>>;

/** Accounts of the draw's base that the chart does not have: a misspelt one would silently earn nothing. */
export function unknownBaseAccounts(file: CommunityFile): Fault[] {
  return file.deed.flatMap((version, index) =>
    version.draw.base
      .filter((account) => !isReceiptAccount(account))
      .map((value) => ({
        code: "ACCOUNT_UNKNOWN",
        file: "community.json",
        column: `deed.${index}.draw.base`,
        value,
        message: "没有这个收入科目。",
        remedy: "计提基数只能由收款用的收入科目组成，例如 4001、4002、4101。",
      })),
  );
}

// ---- What rows are checked against ----------------------------------------------------------------------------

export interface Known {
  readonly firstMonth: Month;
  readonly today: Day;
  /** null: community.json could not be read, so no account can be called unknown. */
  readonly banks: ReadonlyMap<string, BankAccount> | null;
  /** null: units.csv could not be read, so no unit can be called unknown. */
  readonly units: ReadonlySet<string> | null;
}

/** Reads the cells of one row and gathers its faults. */
class RowReader<C extends string> {
  readonly faults: Fault[] = [];
  private readonly row: CsvRow<C>;

  constructor(row: CsvRow<C>) {
    this.row = row;
  }

  text(column: C): string {
    return this.row.cells[column];
  }

  fault(column: C, code: string, message: string, remedy: string): void {
    const { file, line } = this.row;
    this.faults.push({ code, file, line, column: this.row.headers[column], value: this.text(column), message, remedy });
  }

  needed(column: C): string {
    const text = this.text(column);
    if (text === "") {
      this.fault(column, "CELL_EMPTY", "这一格不能为空。", "请填写后再导入。");
    }
    return text;
  }

  amount(column: C): Fen {
    const parsed = parseYuan(this.text(column));
    const amount = typeof parsed === "number" && Math.abs(parsed) > AMOUNT_MAX ? "too-large" : parsed;
    if (typeof amount === "number") {
      return amount;
    }
    this.fault(
      column,
      "AMOUNT_INVALID",
      AMOUNT_MESSAGES[amount],
      "请写成以元为单位、最多两位小数的数字，例如 1234.50。",
    );
    return ZERO;
  }

  nonZero(column: C): Fen {
    const before = this.faults.length;
    const amount = this.amount(column);
    if (amount === 0 && this.faults.length === before) {
      this.fault(column, "AMOUNT_ZERO", "金额为零，没有可记的账。", "请删去这一行，或填写实际金额。");
    }
    return amount;
  }

  day(column: C, known: Known, first: Month = known.firstMonth): Day {
    const text = halfWidth(this.text(column));
    if (!isDay(text)) {
      const hasForm = /^\d{4}-\d{2}-\d{2}$/.test(text);
      const message = hasForm ? "日历上没有这一天。" : "不是 YYYY-MM-DD 形式的日期。";
      this.fault(column, "DAY_INVALID", message, "请写成 YYYY-MM-DD，例如 2020-03-31。");
      return known.today;
    }
    if (monthOf(text) < first) {
      this.fault(
        column,
        "DAY_BEFORE_BOOKS",
        `早于账簿的第一个月 ${first}。`,
        `请删去这一行，把更早的余额写进 opening.csv。`,
      );
    }
    if (text > known.today) {
      this.fault(column, "DAY_IN_FUTURE", `日期在今天（${known.today}）之后。`, "请改为实际发生的日期。");
    }
    return text;
  }

  month(column: C): Month {
    const text = halfWidth(this.text(column));
    if (isMonth(text)) {
      return text;
    }
    this.fault(column, "MONTH_INVALID", "不是月份。", "请写成 YYYY-MM，例如 2020-03。");
    return EARLIEST_MONTH;
  }

  /** A plain decimal in its shortest form; an empty cell means `otherwise`; null when it is none. */
  decimal(column: C, otherwise = ""): string | null {
    const text = halfWidth(this.text(column)) || otherwise;
    if (!isPlainDecimal(text)) {
      this.fault(column, "NUMBER_INVALID", "不是不带符号的十进制数。", "请写成数字，例如 89.55。");
      return null;
    }
    return shortestDecimal(text);
  }

  bank(column: C, known: Known): BankAccount {
    const code = this.needed(column);
    const account = known.banks?.get(code);
    if (code !== "" && known.banks !== null && account === undefined) {
      const remedy = `community.json 的 bankAccounts 里有：${[...known.banks.keys()].join("、")}。`;
      this.fault(column, "BANK_ACCOUNT_UNKNOWN", "没有这个银行账户。", remedy);
    }
    return account ?? { code, name: "", fund: COMMON };
  }

  account(column: C, accepts: (code: string) => boolean, remedy: string): string {
    const code = halfWidth(this.text(column));
    if (!ACCOUNTS.has(code)) {
      this.fault(column, "ACCOUNT_UNKNOWN", "没有这个科目。", remedy);
    } else if (!accepts(code)) {
      this.fault(column, "ACCOUNT_NOT_POSSIBLE", `科目「${ACCOUNTS.get(code)}」不能用在这里。`, remedy);
    }
    return code;
  }

  unit(column: C, known: Known): string {
    const unit = this.text(column);
    if (unit !== "" && known.units?.has(unit) === false) {
      this.fault(column, "UNIT_UNKNOWN", "没有这个房号。", "请核对房号，或先把它写进 units.csv。");
    }
    return unit;
  }
}

/** 100 billion yuan: more than any community has, and far from where sums stop being exact. */
const AMOUNT_MAX = 10_000_000_000_000;

const AMOUNT_MESSAGES: Readonly<Record<AmountFault, string>> = {
  empty: "金额是空的。",
  "not-a-number": "不是金额。",
  "too-many-decimals": "小数超过两位，分以下无法入账。",
  "too-large": "金额太大。",
};

/** The fact a row states, or its faults. */
export type Read<T> = { readonly fact: T } | { readonly faults: readonly Fault[] };

function outcome<T>(reader: RowReader<string>, fact: () => T): Read<T> {
  return reader.faults.length > 0 ? { faults: reader.faults } : { fact: fact() };
}

// ---- Units, rates, budget, opening ----------------------------------------------------------------------------

export interface UnitRow {
  readonly unit: Unit;
  readonly owners: readonly Owner[];
}

export function readUnit(row: RowOf<typeof UNIT_COLUMNS>): Read<UnitRow> {
  const reader = new RowReader(row);
  const name = reader.needed("unit");
  const use = reader.needed("use");
  const ownerIds = reader.needed("ownerId");
  const from = reader.month("from");
  const area = reader.decimal("area");
  const discount = reader.decimal("discount", "1");
  if (area !== null && compareDecimals(area, "0") <= 0) {
    reader.fault("area", "AREA_NOT_POSITIVE", "面积必须大于 0。", "请填写产权面积（平方米）。");
  } else if (area !== null && decimalsOf(area) > 2) {
    reader.fault("area", "AREA_TOO_FINE", "面积最多两位小数。", "请按产权登记填写，例如 89.55。");
  }
  if (discount !== null && compareDecimals(discount, "1") > 0) {
    reader.fault("discount", "DISCOUNT_TOO_LARGE", "折扣不能大于 1。", "七折写 0.7；不打折留空。");
  }
  const ids = splitOwners(ownerIds);
  if (ids.length === 0 && ownerIds !== "") {
    reader.fault("ownerId", "CELL_EMPTY", "只有加号，没有业主编号。", "请填写业主编号；共有的写成 A+B。");
  }
  return outcome(reader, () => ({
    unit: { name, use, area: area ?? "", discount: discount ?? "", from },
    owners: splitNames(ids, reader.text("owner")),
  }));
}

export function unitTwice(row: RowOf<typeof UNIT_COLUMNS>, earlier: number): Fault {
  return {
    code: "UNIT_TWICE",
    file: row.file,
    line: row.line,
    column: row.headers.unit,
    value: row.cells.unit,
    message: `与第 ${earlier} 行房号相同。`,
    remedy: "房号在一个小区里只能出现一次。",
  };
}

export function readRate(row: RowOf<typeof RATE_COLUMNS>): Read<Rate> {
  const reader = new RowReader(row);
  const use = reader.needed("use");
  const rate = reader.decimal("rate");
  const from = reader.month("from");
  return outcome(reader, () => ({ use, rate: rate ?? "", from }));
}

const YEAR = /^(19|20|21)\d{2}$/;

export function readBudget(row: RowOf<typeof BUDGET_COLUMNS>): Read<BudgetLine> {
  const reader = new RowReader(row);
  const year = halfWidth(reader.text("year"));
  if (!YEAR.test(year)) {
    reader.fault("year", "YEAR_INVALID", "不是年度。", "请写四位年份，例如 2020。");
  }
  const account = reader.account(
    "account",
    (code) => /^[45]/.test(code),
    "预算只能编在收入（4 开头）或支出（5 开头）科目上。",
  );
  const amount = reader.amount("amount");
  if (amount < 0) {
    reader.fault("amount", "AMOUNT_NEGATIVE", "预算不能是负数。", "请写不小于 0 的金额。");
  }
  return outcome(reader, () => ({ year: Number(year), account, amount }));
}

/** One balance on the eve of the first month. */
export type OpeningRow =
  | { readonly kind: "cash"; readonly bank: BankAccount; readonly amount: Fen }
  | { readonly kind: "arrears"; readonly unit: string; readonly period: Month; readonly amount: Fen }
  | { readonly kind: "prepaid"; readonly unit: string; readonly amount: Fen }
  | { readonly kind: "draw"; readonly amount: Fen }
  | { readonly kind: "deposits"; readonly fund: string; readonly amount: Fen };

const OPENING_ACCOUNTS = [CASH, RECEIVABLE, PREPAID, DRAW_OWED, DEPOSITS];

export function readOpening(row: RowOf<typeof OPENING_COLUMNS>, known: Known): Read<OpeningRow> {
  const reader = new RowReader(row);
  const account = reader.account(
    "account",
    (code) => OPENING_ACCOUNTS.includes(code),
    `期初余额可用的科目：${OPENING_ACCOUNTS.join("、")}。`,
  );
  const amount = reader.amount("amount");
  if (amount < 0 && account !== CASH && account !== DRAW_OWED) {
    reader.fault("amount", "AMOUNT_NEGATIVE", "这个科目的期初余额不能是负数。", "请写不小于 0 的金额。");
  }
  const hasBank = reader.text("bankAccount") !== "";
  switch (account) {
    case CASH: {
      const bank = reader.bank("bankAccount", known);
      return outcome(reader, () => ({ kind: "cash", bank, amount }));
    }
    case RECEIVABLE: {
      const unit = openingUnit(reader, known);
      const period = reader.month("period");
      if (reader.faults.length === 0 && period >= known.firstMonth) {
        reader.fault(
          "period",
          "PERIOD_NOT_BEFORE_BOOKS",
          "期初欠费的所属月应早于账簿的第一个月。",
          `请写 ${known.firstMonth} 之前的月份。`,
        );
      }
      return outcome(reader, () => ({ kind: "arrears", unit, period, amount }));
    }
    case PREPAID: {
      const unit = openingUnit(reader, known);
      return outcome(reader, () => ({ kind: "prepaid", unit, amount }));
    }
    case DEPOSITS: {
      const fund = hasBank ? reader.bank("bankAccount", known).fund : depositFund(known);
      return outcome(reader, () => ({ kind: "deposits", fund, amount }));
    }
    default:
      return outcome(reader, () => ({ kind: "draw", amount }));
  }
}

function depositFund(known: Known): string {
  return [...(known.banks?.values() ?? [])].some((bank) => bank.fund === CUSTODY) ? CUSTODY : COMMON;
}

function openingUnit(reader: RowReader<keyof typeof OPENING_COLUMNS>, known: Known): string {
  reader.needed("unit");
  return reader.unit("unit", known);
}

/** The one entry that brings all opening balances in, each fund balanced by its equity. */
export function openingEntry(firstMonth: Month, rows: readonly OpeningRow[]): EntryDraft[] {
  const arrears = rows.flatMap((row): Bill[] => (row.kind === "arrears" && row.amount !== 0 ? [openingBill(row)] : []));
  const prepaid = new Map(
    rows.flatMap((row) => (row.kind === "prepaid" && row.amount !== 0 ? [[row.unit, row.amount] as const] : [])),
  );
  // In a fixed order, so that the same balances listed otherwise are the same entry.
  const key = (line: Line): string => [line.account, line.fund, line.bank, line.unit, line.period].join(" ");
  const lines = [...rows.flatMap(openingLines), ...openingFeeLines(arrears, prepaid)].toSorted((a, b) =>
    key(a) < key(b) ? -1 : 1,
  );
  const funds = [...new Set(lines.map((line) => line.fund))];
  const equity = funds.flatMap((fund): Line[] => {
    const total = sum(lines.filter((line) => line.fund === fund).map((line) => line.amount));
    return total === 0 ? [] : [{ fund, account: fund === COMMON ? "3001" : "3201", amount: negate(total) }];
  });
  const eve = lastDay(previousMonth(firstMonth));
  return lines.length === 0
    ? []
    : [{ day: eve, kind: "opening", memo: "期初余额", source: "opening", lines: [...lines, ...equity] }];
}

export function openingBill(row: { unit: string; period: Month; amount: Fen }): Bill {
  return { unit: row.unit, period: row.period, amount: row.amount, settled: ZERO, origin: "opening" };
}

function openingLines(row: OpeningRow): Line[] {
  if (row.amount === 0) {
    return [];
  }
  switch (row.kind) {
    case "cash":
      return [{ fund: row.bank.fund, account: CASH, bank: row.bank.code, flow: "opening", amount: row.amount }];
    case "draw":
      return [{ fund: COMMON, account: DRAW_OWED, amount: negate(row.amount) }];
    case "deposits":
      return [{ fund: row.fund, account: DEPOSITS, amount: negate(row.amount) }];
    case "arrears":
    case "prepaid":
      return [];
  }
}

// ---- Receipts, payments, transfers, bank lines ------------------------------------------------------------------

/** Names the source of a row: its serial, or what it says with how often the same was said before it. */
export type Namer = (serial: string, says: readonly (string | number)[]) => string;

/**
 * Makes a namer for one file; equal rows without a serial are told apart by their count. Counts are kept under 52 bits
 * of the content's hash, since a file may have millions of such rows.
 */
export function namer(file: string): Namer {
  const seen = new Map<number, number>();
  return (serial, says) =>
    sourceKey(file.replace(/\.csv$/, ""), serial, () => {
      const hash = createHash("sha256").update(JSON.stringify(says)).digest();
      const key = hash.readUIntBE(0, 6) * 16 + (hash.readUInt8(6) >> 4);
      const count = (seen.get(key) ?? 0) + 1;
      seen.set(key, count);
      return `${hash.toString("base64url").slice(0, 22)}~${count}`;
    });
}

export function readReceipt(row: RowOf<typeof RECEIPT_COLUMNS>, known: Known, name: Namer): Read<EntryDraft> {
  const reader = new RowReader(row);
  const day = reader.day("date", known);
  const bank = reader.bank("bankAccount", known);
  const account = reader.account(
    "account",
    isReceiptAccount,
    "收款用收入科目（4001 物业服务费、4002 停车费 …）或 2241 押金；资金之间的划转写进 transfers.csv。",
  );
  const amount = reader.nonZero("amount");
  const unit = reader.unit("unit", known);
  const isFee = account === FEE_INCOME && unit !== "";
  if (isFee && bank.fund !== COMMON) {
    reader.fault(
      "bankAccount",
      "FEE_NOT_COMMON",
      "业主的物业费只能收进共有资金账户。",
      "请改为 fund 为 common 的账户。",
    );
  }
  return outcome(reader, () =>
    received({
      day,
      bank: bank.code,
      fund: bank.fund,
      account,
      amount,
      memo: reader.text("memo"),
      source: name(reader.text("serial"), [day, bank.code, account, amount, unit, reader.text("memo")]),
      ...present("unit", unit),
    }),
  );
}

const PAYMENT_TEXTS = ["memo", "invoice", "resolution"] as const;

export function readPayment(row: RowOf<typeof PAYMENT_COLUMNS>, known: Known, name: Namer): Read<EntryDraft> {
  const reader = new RowReader(row);
  const day = reader.day("date", known);
  const bank = reader.bank("bankAccount", known);
  const account = reader.account(
    "account",
    isPaymentAccount,
    "付款用支出科目（5001 人员费用、5002 运行维护 …）或 2241 押金；资金之间的划转写进 transfers.csv。",
  );
  const amount = reader.nonZero("amount");
  const payee = reader.needed("payee");
  if (account === REPAIR_WORK && bank.fund !== REPAIR) {
    reader.fault(
      "account",
      "REPAIR_NOT_FROM_COMMON",
      "维修支出只能由维修资金账户支付（物业服务收费管理办法第十一条）。",
      "请改用维修资金账户，或改为日常运行维护 5002。",
    );
  }
  if (account === DRAW_SPENT && bank.fund !== COMMON) {
    reader.fault(
      "bankAccount",
      "DRAW_NOT_FROM_COMMON",
      "受托人酬金只能从共有资金账户支付。",
      "请改为 fund 为 common 的账户。",
    );
  }
  return outcome(reader, () => ({
    day,
    kind: "payment",
    memo: reader.text("memo"),
    source: name(reader.text("serial"), [
      day,
      bank.code,
      account,
      amount,
      payee,
      ...PAYMENT_TEXTS.map((column) => reader.text(column)),
    ]),
    payee,
    ...present("invoice", reader.text("invoice")),
    ...present("resolution", reader.text("resolution")),
    // Paying the draw settles what closing booked as owed.
    lines: cashAgainst(
      { fund: bank.fund, bank: bank.code, flow: "paid", purpose: account, amount: negate(amount) },
      account === DRAW_SPENT ? DRAW_OWED : account,
    ),
  }));
}

function present<K extends string>(key: K, text: string): Partial<Record<K, string>> {
  return text === "" ? {} : ({ [key]: text } as Record<K, string>);
}

export function readTransfer(row: RowOf<typeof TRANSFER_COLUMNS>, known: Known, name: Namer): Read<EntryDraft> {
  const reader = new RowReader(row);
  const day = reader.day("date", known);
  const from = reader.bank("fromAccount", known);
  const to = reader.bank("toAccount", known);
  const amount = reader.nonZero("amount");
  if (amount < 0) {
    reader.fault("amount", "AMOUNT_NEGATIVE", "划转金额不能是负数。", "请交换转出与转入账户，金额写正数。");
  }
  if (from.code !== "" && from.code === to.code) {
    reader.fault("toAccount", "SAME_ACCOUNT", "转出与转入是同一个账户。", "请核对两个账户。");
  }
  return outcome(reader, () =>
    transferred({
      day,
      from: { bank: from.code, fund: from.fund },
      to: { bank: to.code, fund: to.fund },
      amount,
      memo: reader.text("memo"),
      source: name(reader.text("serial"), [day, from.code, to.code, amount, reader.text("memo")]),
    }),
  );
}

export function readBankLine(row: RowOf<typeof BANK_COLUMNS>, known: Known, name: Namer): Read<BankLine> {
  const reader = new RowReader(row);
  const bank = reader.bank("bankAccount", known);
  // The bank's file may begin before the books do.
  const day = reader.day("date", known, EARLIEST_MONTH);
  const into = reader.text("in") === "" ? ZERO : reader.amount("in");
  const out = reader.text("out") === "" ? ZERO : reader.amount("out");
  const balance = reader.amount("balance");
  if (into !== 0 && out !== 0) {
    reader.fault("in", "AMOUNT_TWICE", "同一笔流水既有收入又有支出。", "每笔流水只填一格；若是两笔，请分成两行。");
  }
  if (reader.text("in") === "" && reader.text("out") === "") {
    reader.fault("in", "AMOUNT_INVALID", "收入和支出都是空的。", "每笔流水要有收入或支出。");
  }
  return outcome(reader, () => ({
    account: bank.code,
    day,
    amount: sum([into, negate(out)]),
    balance,
    counterparty: reader.text("counterparty"),
    memo: reader.text("memo"),
    serial: reader.text("serial"),
    source: name(reader.text("serial"), [
      bank.code,
      day,
      into,
      out,
      balance,
      reader.text("counterparty"),
      reader.text("memo"),
    ]),
  }));
}

// ---- Rows that came before --------------------------------------------------------------------------------------

export function serialConflict(row: CsvRow<string>, before: string): Fault {
  return {
    code: "SERIAL_CONFLICT",
    file: row.file,
    line: row.line,
    column: row.headers["serial"] ?? "流水号",
    value: row.cells["serial"] ?? "",
    message: `同一流水号已用于内容不同的另一笔（${before}）。`,
    remedy: "流水号在一份文件里只能用一次；请核对银行回单，改正其中一笔。",
  };
}

export function dayInClosedMonth(row: CsvRow<string>, month: Month, open: Month): Fault {
  return {
    code: "MONTH_CLOSED",
    file: row.file,
    line: row.line,
    column: row.headers["date"] ?? "日期",
    value: row.cells["date"] ?? "",
    message: `${month} 已经结账，不能再加入新的一笔。`,
    remedy: `补记：用 xinyi import --late 导入，它会记入 ${open} 并列在该月的“以前月份调整”；若日期写错，请改正。`,
  };
}

export function drawOverpaid(row: CsvRow<string> | undefined, paid: { day: Day; amount: Fen }, owed: Fen): Fault {
  return {
    code: "DRAW_OVERPAID",
    file: "payments.csv",
    ...(row === undefined ? {} : { line: row.line }),
    column: row?.headers["amount"] ?? "金额",
    value: row?.cells["amount"] ?? toYuan(paid.amount),
    message: `${paid.day} 支付的受托人酬金超过当日应付的 ${toYuan(owed)} 元。`,
    remedy: "酬金按月计提，次月一日起才可支付；请核对金额与日期。",
  };
}
