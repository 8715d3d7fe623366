// The pages on which a bank's file is uploaded, previewed and brought in: figures as people read them.
import { displayYuan } from "../base/money.ts";
import { describeFault, type Fault } from "../base/refusal.ts";
import { bankHref, basisWords, sides, type Coverage } from "../bank/rules.ts";
import type { BankFile, FileLine } from "../bankfile/rules.ts";
import type { Columned, Field, Layout } from "../banklayout/rules.ts";
import type { BankAccount } from "../trust/rules.ts";
import { tailOf, type Owned } from "./rules.ts";

/** What the columns of a bank's file are called, for whoever has to name them. */
export const FIELD_NAMES: Readonly<Record<Field, string>> = {
  day: "交易日期",
  in: "收入金额",
  out: "支出金额",
  amount: "金额（收支合在一列）",
  direction: "收支方向（借贷标志）",
  balance: "余额",
  counterparty: "对方户名",
  payer: "付款人",
  payee: "收款人",
  memo: "摘要",
  serial: "流水号",
  own: "本方账号",
  currency: "币种",
};

/** Those that somebody may have to name, in the order of the form; `memo2` is a second column of words. */
const NAMED_FIELDS = [
  "day",
  "in",
  "out",
  "amount",
  "direction",
  "balance",
  "counterparty",
  "memo",
  "memo2",
  "serial",
] as const;

/** What a view is drawn from. */
export type Model = Readonly<Record<string, unknown>>;

export interface AboutFile {
  readonly community: string;
  readonly account: BankAccount;
  readonly sha256: string;
  readonly name: string;
}

function frameOf({ community, account, sha256, name }: AboutFile) {
  const href = bankHref(community, account.code, "files", sha256);
  return {
    account: { code: account.code, name: account.name, href: bankHref(community, account.code) },
    banks: `/desk/${community}/bank`,
    file: { name, sha256, href, original: `${href}/original`, columns: `${href}/columns` },
  };
}

/** The page that asks what the columns mean, with a few rows to tell by and what is known of them so far. */
export function layoutModel(about: AboutFile, columned: Columned, missing: readonly Field[], layout: Layout): Model {
  const options = columned.keys.map((key, index) => ({ value: key, label: labelOf(key, index) }));
  const known = Object.entries(layout).flatMap(([field, columns]) =>
    columns.slice(0, 2).map((column, index) => [index === 0 ? field : `${field}2`, column] as const),
  );
  return {
    ...frameOf(about),
    missing: missing.map((field) => FIELD_NAMES[field]).join("、"),
    hasColumns: options.length > 0,
    fields: NAMED_FIELDS.map((field) => ({
      name: field,
      label: field === "memo2" ? "摘要（第二列）" : FIELD_NAMES[field],
      optional: field !== "day" && field !== "balance",
      options,
    })),
    sample: columned.sample.map(({ line, cells }) => ({ line, cells: options.map((_, index) => cells[index] ?? "") })),
    values: Object.fromEntries(known),
  };
}

function labelOf(key: string, index: number): string {
  return key.startsWith("#") ? `第 ${index + 1} 列` : `第 ${index + 1} 列 ${key}`;
}

/** What importing the file would do. */
export interface Preview {
  readonly file: BankFile;
  readonly added: number;
  readonly known: number;
  readonly coverage: Coverage | null;
  readonly own: Owned;
  readonly whose: string | null;
  readonly gaps: readonly Fault[];
  readonly notices: readonly string[];
  readonly faults: readonly Fault[];
}

/** So many lines are shown from each end of a file. */
const SHOWN = 5;

export function fileModel(about: AboutFile, preview: Preview): Model {
  const { file, added, known, coverage, own, whose, gaps, notices, faults } = preview;
  const { lines } = file;
  const isLong = lines.length > 2 * SHOWN;
  return {
    ...frameOf(about),
    hasFaults: faults.length > 0,
    faults: faults.map(describeFault),
    faultCount: faults.length,
    notices,
    hasNotices: notices.length > 0,
    added,
    known,
    isKnown: known > 0 && added === 0,
    own: own.number === "" ? "" : tailOf(own.number),
    whose: whose ?? "",
    gaps: gaps.map(({ message, remedy }) => ({ message, remedy })),
    hasGaps: gaps.length > 0,
    first: (isLong ? lines.slice(0, SHOWN) : lines).map(lineRow),
    last: (isLong ? lines.slice(-SHOWN) : []).map(lineRow),
    between: isLong ? lines.length - 2 * SHOWN : 0,
    columns: columnRows(file),
    skipped: file.skipped.slice(0, 20),
    skippedCount: file.skipped.length,
    hasSkipped: file.skipped.length > 0,
    basis: coverage === null ? "" : basisWords(coverage.basis),
    values: { from: coverage?.from ?? "", through: coverage?.through ?? "" },
  };
}

function lineRow(line: FileLine): Model {
  const { row, day, balance, counterparty, memo } = line;
  return { row, day, ...sides(line.amount), balance: displayYuan(balance), counterparty, memo };
}

/** Which column was taken for what. */
function columnRows(file: BankFile): Model[] {
  return Object.entries(file.layout).map(([field, columns]) => ({
    name: FIELD_NAMES[field as Field],
    column: columns.join("、"),
  }));
}
