// Proof: the journal for other programs to check, and what must hold for the books and for a statement.
import { sha256 } from "../base/digest.ts";
import type { Month } from "../base/month.ts";
import { add, fen, fromYuan, subtract, toYuan, ZERO, type Fen } from "../base/money.ts";
import {
  accountName,
  classOf,
  entryBytes,
  entryCode,
  movements,
  PREPAID,
  RECEIVABLE,
  type Balance,
  type Line,
  type SealedEntry,
} from "../ledger/rules.ts";
import type { Bill } from "../fees/rules.ts";
import type { Unit } from "../people/rules.ts";
import { csvCell } from "../platform/csv.ts";
import { chargesOf, type Tariff } from "../tariff/rules.ts";
import type { Statement } from "../statement/rules.ts";

export type JournalFormat = "hledger" | "beancount" | "csv";

// ---- Export ---------------------------------------------------------------------------------------------------

/**
 * A name as both hledger and beancount take it inside an account: letters, digits and hyphens, beginning with a
 * capital, a digit or a character beyond ASCII. What does not fit is written as its code point in 〔〕, and so are
 * these brackets, so that two units never become one account.
 */
function accountPart(name: string): string {
  const unfit = /[^A-Za-z0-9\u0080-\u{10ffff}-]|[\p{White_Space}\p{Cc}\p{Cf}〔〕]|^[-a-z]/gu;
  return name.replace(unfit, (c) => `〔${c.codePointAt(0)?.toString(16).toUpperCase()}〕`);
}

/** `Assets:Common:1122:1-1-0101` (contract section 5). */
export function exportAccount(line: Line): string {
  const fund = line.fund.charAt(0).toUpperCase() + line.fund.slice(1);
  const perUnit = line.account === RECEIVABLE || line.account === PREPAID;
  const unit = perUnit && line.unit !== undefined ? `:${accountPart(line.unit)}` : "";
  return `${classOf(line.account)}:${fund}:${line.account}${unit}`;
}

function oneLine(text: string): string {
  return text.replace(/[\r\n]+/gu, " ");
}

function hledgerEntry(entry: SealedEntry): string {
  // In a description "|" splits payee from note and ";" begins a comment.
  const description = oneLine(entry.memo).replace(/[;|]/gu, " ");
  const about = entry.occurred === entry.day ? "" : `  ; occurred: ${entry.occurred}`;
  const lines = entry.lines.map((line) => `    ${exportAccount(line)}  CNY ${toYuan(line.amount)}${lineNote(line)}`);
  return `${entry.day} (${entryCode(entry.month, entry.number)}) ${description}${about}\n${lines.join("\n")}\n\n`;
}

function lineNote(line: Line): string {
  const notes = [
    line.bank === undefined ? "" : `bank: ${line.bank}`,
    line.purpose === undefined || line.purpose === "" ? "" : `purpose: ${line.purpose}`,
    line.period === undefined ? "" : `period: ${line.period}`,
  ].filter((note) => note !== "");
  return notes.length === 0 ? "" : `  ; ${notes.join(", ")}`;
}

function beancountText(text: string): string {
  return `"${oneLine(text).replace(/["\\]/gu, (c) => `\\${c}`)}"`;
}

function beancountEntry(entry: SealedEntry): string {
  const code = entryCode(entry.month, entry.number);
  const lines = entry.lines.map((line) => `  ${exportAccount(line)}  ${toYuan(line.amount)} CNY${lineNote(line)}`);
  return `${entry.day} * ${beancountText(entry.memo)} ^${code}\n  code: "${code}"\n${lines.join("\n")}\n\n`;
}

const CSV_COLUMNS =
  "凭证号,日期,实际日期,类型,摘要,收款方,发票号码,决议,更正,原因,资金,科目,科目名称,房号,所属月,银行账户,用途,借方,贷方";

function csvEntry(entry: SealedEntry, corrected: string): string {
  const { day, occurred, kind, memo, payee = "", invoice = "", resolution = "", reason = "" } = entry;
  const head = [
    entryCode(entry.month, entry.number),
    day,
    occurred,
    kind,
    memo,
    payee,
    invoice,
    resolution,
    corrected,
    reason,
  ];
  const rows = entry.lines.map((line) => {
    const debit = line.amount > 0 ? toYuan(line.amount) : "";
    const credit = line.amount < 0 ? toYuan(fen(-line.amount)) : "";
    const { fund, account, unit = "", period = "", bank = "", purpose = "" } = line;
    const text = [...head, fund, account, accountName(account), unit, period, bank, purpose].map(csvCell);
    return [...text, debit, credit].join(",");
  });
  return `${rows.join("\r\n")}\r\n`;
}

/** Writes entries one after the other; remembers which accounts beancount has been told of. */
export function journalWriter(
  format: JournalFormat,
  title: string,
): {
  readonly head: () => string;
  readonly entry: (entry: SealedEntry, corrected: string) => string;
} {
  const opened = new Set<string>();
  const open = (entry: SealedEntry): string => {
    const fresh = [...new Set(entry.lines.map(exportAccount))].filter((account) => !opened.has(account));
    fresh.forEach((account) => opened.add(account));
    return fresh.map((account) => `${entry.day} open ${account} CNY\n`).join("");
  };
  switch (format) {
    case "hledger":
      return {
        head: () => `; ${oneLine(title)}\ncommodity CNY 1000.00\n\n`,
        entry: (entry) => hledgerEntry(entry),
      };
    case "beancount":
      return {
        head: () => `option "title" ${beancountText(title)}\noption "operating_currency" "CNY"\n\n`,
        entry: (entry) => open(entry) + beancountEntry(entry),
      };
    case "csv":
      return { head: () => `\uFEFF${CSV_COLUMNS}\r\n`, entry: csvEntry };
  }
}

// ---- Verification of the journal --------------------------------------------------------------------------------

/** Checks entries in the chain's order, one after the other, and remembers what the next must fit. */
export interface ChainCheck {
  readonly check: (entry: SealedEntry) => string[];
  readonly totals: () => ReadonlyMap<string, { debit: Fen; credit: Fen }>;
  /** What each unit owes per period (1122) and has prepaid (2203), from the lines alone. */
  readonly units: () => ReadonlyMap<string, Fen>;
  /** What each unit was billed for each period, or brought in as arrears. */
  readonly billed: () => ReadonlyMap<string, Fen>;
  readonly end: () => { seq: number; head: string };
  /** The hash that the chain had after that sequence. */
  readonly headAt: (seq: number) => string | undefined;
}

export function chainCheck(start: string, keepHeads: ReadonlySet<number>): ChainCheck {
  let seq = 0;
  let head = start;
  const numbers = new Map<string, number>();
  const totals = new Map<string, { debit: Fen; credit: Fen }>();
  const units = new Map<string, Fen>();
  const billed = new Map<string, Fen>();
  const heads = new Map([[0, start]]);
  return {
    check: (entry) => {
      const code = entryCode(entry.month, entry.number);
      const expectedNumber = (numbers.get(entry.month) ?? 0) + 1;
      const faults = [
        entry.seq === seq + 1 ? "" : `凭证 ${code} 的顺序号是 ${entry.seq}，应为 ${seq + 1}：中间的凭证不见了`,
        entry.number === expectedNumber ? "" : `凭证 ${code} 不连号，应为 ${entryCode(entry.month, expectedNumber)}`,
        sha256(entry.bytes) === entry.hash ? "" : `凭证 ${code} 的校验值与存档内容不符`,
        entryBytes(entry, head) === entry.bytes ? "" : `凭证 ${code} 的内容、分录或前一张凭证的校验值与存档内容不符`,
        ...unbalancedFunds(entry).map((fund) => `凭证 ${code} 在资金 ${fund} 里借贷不平`),
      ];
      seq = entry.seq;
      head = entry.hash;
      numbers.set(entry.month, entry.number);
      if (keepHeads.has(seq)) {
        heads.set(seq, head);
      }
      addTotals(totals, movements([entry]));
      addUnits(units, entry);
      addBilled(billed, entry);
      return faults.filter((fault) => fault !== "");
    },
    totals: () => totals,
    units: () => units,
    billed: () => billed,
    end: () => ({ seq, head }),
    headAt: (at) => heads.get(at),
  };
}

function unbalancedFunds(entry: SealedEntry): string[] {
  const funds = new Map<string, Fen>();
  for (const line of entry.lines) {
    funds.set(line.fund, add(funds.get(line.fund) ?? ZERO, line.amount));
  }
  return [...funds].filter(([, total]) => total !== 0).map(([fund]) => fund);
}

/** Cash of one fund in another fund's account: each fund's entries balance, and yet its money is not where it should be. */
export function strayCash(entry: SealedEntry, fundOf: ReadonlyMap<string, string>): string[] {
  return entry.lines
    .filter(({ bank, fund }) => bank !== undefined && fundOf.get(bank) !== fund)
    .map(
      ({ bank, fund }) =>
        `凭证 ${entryCode(entry.month, entry.number)} 把资金 ${fund} 的钱记在别的资金的账户 ${bank} 里`,
    );
}

export function balanceKey(row: Balance): string {
  return [row.month, row.fund, row.account, row.bank, row.flow, row.purpose].join(" ");
}

function addTotals(totals: Map<string, { debit: Fen; credit: Fen }>, rows: readonly Balance[]): void {
  for (const row of rows) {
    const key = balanceKey(row);
    const before = totals.get(key) ?? { debit: ZERO, credit: ZERO };
    totals.set(key, { debit: add(before.debit, row.debit), credit: add(before.credit, row.credit) });
  }
}

function addUnits(units: Map<string, Fen>, entry: SealedEntry): void {
  for (const line of entry.lines) {
    if (line.unit !== undefined && (line.account === RECEIVABLE || line.account === PREPAID)) {
      const key = `${line.account} ${line.unit} ${line.period ?? ""}`.trim();
      units.set(key, add(units.get(key) ?? ZERO, line.amount));
    }
  }
}

function addBilled(billed: Map<string, Fen>, entry: SealedEntry): void {
  for (const line of entry.kind === "bill" || entry.kind === "opening" ? entry.lines : []) {
    if (line.account === RECEIVABLE && line.amount > 0) {
      const key = `${line.unit} ${line.period}`;
      billed.set(key, add(billed.get(key) ?? ZERO, line.amount));
    }
  }
}

// ---- Verification of bills ------------------------------------------------------------------------------------------

/**
 * Bills that do not follow from rate × area × discount, and bills of closed months that are missing: what a month was
 * billed by cannot change once it is billed, so the tariff of today still tells it. What was brought in stands as it came.
 */
export function chargeFaults(
  bills: readonly Bill[],
  closed: readonly Month[],
  { units, tariff }: { readonly units: readonly Unit[]; readonly tariff: Tariff },
): string[] {
  const months = new Map<Month, Map<string, Fen>>(closed.map((month) => [month, new Map()]));
  for (const { unit, period, amount, origin } of bills) {
    if (origin === "billed") {
      const month = months.get(period) ?? new Map<string, Fen>();
      months.set(period, month.set(unit, amount));
    }
  }
  return [...months].flatMap(([month, billed]) => {
    const charged = new Map(chargesOf(month, units, tariff).charges.map(({ unit, amount }) => [unit.name, amount]));
    const isClosed = closed.includes(month);
    const unbilled = [...charged.keys()].filter((unit) => isClosed && !billed.has(unit));
    const wrong = [...billed].filter(([unit, amount]) => charged.get(unit) !== amount);
    return [
      ...wrong.map(([unit, amount]) => {
        const due = charged.get(unit);
        const words = due === undefined ? "不应有账单" : `应为 ${toYuan(due)}`;
        return `账单 ${unit} ${month}：存的是 ${toYuan(amount)}，按单价、面积和折扣${words}`;
      }),
      ...unbilled.map((unit) => `账单 ${unit} ${month}：缺少，按起算月和单价应有账单`),
    ];
  });
}

// ---- Verification of a statement ----------------------------------------------------------------------------------

/** The sums that must hold inside any statement, from whatever source it comes. */
export function statementFaults(statement: Statement): string[] {
  const faults: string[] = [];
  for (const [fund, f] of Object.entries(statement.funds)) {
    const closing = fen(
      fromYuan(f.opening) +
        fromYuan(f.received) -
        fromYuan(f.paid) +
        fromYuan(f.transferredIn) -
        fromYuan(f.transferredOut),
    );
    if (closing !== fromYuan(f.closing)) {
      faults.push(`资金 ${fund}：月初 + 收入 − 支出 + 转入 − 转出 = ${toYuan(closing)}，公示的月末余额是 ${f.closing}`);
    }
    for (const side of ["received", "paid"] as const) {
      const rows = statement[side].filter((row) => row.fund === fund);
      const total = rows.reduce<Fen>((sum, row) => add(sum, fromYuan(row.month)), ZERO);
      if (total !== fromYuan(f[side])) {
        faults.push(
          `资金 ${fund}：${side === "received" ? "收入" : "支出"}各项合计 ${toYuan(total)}，公示的合计是 ${f[side]}`,
        );
      }
    }
  }
  const { bank } = statement;
  const book = bank.reduce<Fen>((sum, row) => add(sum, fromYuan(row.book)), ZERO);
  const closings = Object.values(statement.funds).reduce<Fen>((sum, f) => add(sum, fromYuan(f.closing)), ZERO);
  if (book !== closings) {
    faults.push(`各资金月末余额合计 ${toYuan(closings)}，各银行账户账面合计 ${toYuan(book)}`);
  }
  for (const row of bank) {
    if (row.statement !== null && row.difference !== toYuan(subtract(fromYuan(row.statement), fromYuan(row.book)))) {
      faults.push(`账户 ${row.name}：差额 ${row.difference} 不是银行余额减账面余额`);
    }
  }
  return faults;
}
