// A community as large as a measurement needs, booked through the same service functions as any other. Who pays when
// follows from the unit's number, so that every run books the same.
import { add, fen, negate, type Fen } from "../../src/base/money.ts";
import { day, firstDay, lastDay, monthOfYear, plusMonths, type Month } from "../../src/base/month.ts";
import { feeFor } from "../../src/base/share.ts";
import { addBankLines } from "../../src/bank/service.ts";
import type { BankLine } from "../../src/bank/rules.ts";
import { importFolder } from "../../src/intake/service.ts";
import { cashAgainst, type EntryDraft } from "../../src/ledger/rules.ts";
import * as ledger from "../../src/ledger/service.ts";
import { runTx, type Db } from "../../src/platform/db.ts";
import { listening, writeFolder } from "../support/folders.ts";

export const NOW = new Date("2046-11-21T04:00:00Z");
const CHUNK = 1000;

export interface Town {
  readonly code: string;
  readonly units: number;
  readonly firstMonth: Month;
}

const areaOf = (unit: number): string => `${60 + (unit % 80)}.${String(unit % 100).padStart(2, "0")}`;
const nameOf = (unit: number): string => `${1 + Math.floor(unit / 100)}-${String(unit % 100).padStart(2, "0")}01`;

/** Brings an empty town in: its units, deed, rate, budget and opening cash, by an import folder. */
export async function foundTown(db: Db, { code, units, firstMonth }: Town): Promise<void> {
  const community = {
    code,
    name: "量镇",
    firstMonth,
    principal: "量镇业主大会",
    trustee: "量镇物业",
    deed: [
      {
        from: firstMonth,
        draw: { rate: "0.15", base: ["4001", "4002"], method: "received" },
        sweep: { every: "year", share: "1", reserve: "60000.00" },
      },
    ],
    bankAccounts: [
      { code: "common", name: "共有资金专户", fund: "common" },
      { code: "repair", name: "维修资金专户", fund: "repair" },
    ],
  };
  const rows = Array.from(
    { length: units },
    (_, unit) => `${nameOf(unit)},住宅,${areaOf(unit)},P${unit},业主${unit},${firstMonth},`,
  );
  const folder = writeFolder({
    "community.json": JSON.stringify(community),
    "units.csv": `房号,用途,面积,业主编号,业主,起算月,折扣\n${rows.join("\n")}\n`,
    "rates.csv": `用途,单价,起始月\n住宅,1.00,${firstMonth}\n`,
    "opening.csv": "账户,科目,房号,所属月,金额\ncommon,1002,,,90000.00\nrepair,1002,,,500000.00\n",
    "budget.csv": `年度,科目,金额\n${firstMonth.slice(0, 4)},5001,600000.00\n`,
  });
  await importFolder(db, folder, listening(NOW));
}

/** What a unit pays in a month: 90 % each month, 9 % once a year for the year, 1 % never. */
function paidIn(unit: number, month: Month): Fen {
  const fee = feeFor("1.00", areaOf(unit), "1");
  if (unit % 100 < 90) {
    return fee;
  }
  const paysYear = unit % 100 < 99 && monthOfYear(month) === 1 + (unit % 12);
  return paysYear ? fen(12 * fee) : fen(0);
}

function booking(
  month: Month,
  index: number,
  about: {
    readonly kind: "receipt" | "payment";
    readonly account: string;
    readonly amount: Fen;
    readonly unit?: string;
  },
): EntryDraft {
  const on = day(`${month}-${String(1 + (index % 28)).padStart(2, "0")}`);
  const isReceipt = about.kind === "receipt";
  const [amount, flow] = isReceipt ? ([about.amount, "received"] as const) : ([negate(about.amount), "paid"] as const);
  const serial = `${month.replace("-", "")}${String(index).padStart(6, "0")}`;
  const against = about.unit === undefined ? about.account : "2203";
  return {
    day: on,
    kind: about.kind,
    memo: about.unit === undefined ? `第 ${index} 笔` : `${about.unit} 物业费`,
    source: `${isReceipt ? "receipts" : "payments"}:${serial}`,
    lines: cashAgainst({ fund: "common", amount, bank: "common", flow, purpose: about.account }, against, about.unit),
    ...(isReceipt ? {} : { payee: `供应商${index % 17}`, invoice: `FP${serial}` }),
  };
}

/** The month's receipts and payments: what units pay, 40 payments, and parking receipts up to `entries` in all. */
export function monthOfTown(town: Town, month: Month, entries: number): EntryDraft[] {
  const drafts: EntryDraft[] = [];
  for (let unit = 0; unit < town.units; unit += 1) {
    const amount = paidIn(unit, month);
    if (amount > 0) {
      drafts.push(booking(month, drafts.length, { kind: "receipt", account: "4001", amount, unit: nameOf(unit) }));
    }
  }
  for (let index = 0; index < 40; index += 1) {
    const account = `500${1 + (index % 6)}`;
    drafts.push(booking(month, drafts.length, { kind: "payment", account, amount: fen(100_000 + index) }));
  }
  while (drafts.length < entries) {
    drafts.push(booking(month, drafts.length, { kind: "receipt", account: "4002", amount: fen(500 + drafts.length) }));
  }
  return drafts;
}

/** Posts drafts as an import does: a thousand at a time in one transaction. */
export async function postAll(db: Db, code: string, drafts: readonly EntryDraft[]): Promise<void> {
  await runTx(db, code, async (tx) => {
    for (let start = 0; start < drafts.length; start += CHUNK) {
      await ledger.post(tx, code, drafts.slice(start, start + CHUNK), NOW);
    }
  });
}

/** The bank's own lines for those drafts, going on from a balance; answers the balance after them. */
export async function bringBankLines(db: Db, code: string, drafts: readonly EntryDraft[], from: Fen): Promise<Fen> {
  let balance = from;
  const lines = drafts
    .toSorted((a, b) => (a.day < b.day ? -1 : 1))
    .map((draft): BankLine => {
      const amount = draft.lines[0]?.amount ?? fen(0);
      const serial = draft.source?.split(":")[1] ?? "";
      balance = add(balance, amount);
      const { day: on, memo } = draft;
      return { account: "common", day: on, amount, balance, counterparty: memo, memo, serial, source: serial };
    });
  await runTx(db, code, (tx) => addBankLines(tx, code, lines));
  return balance;
}

/** The months of a span that begins so many months after the town's first. */
export function townMonths(town: Town, from: number, count: number): Month[] {
  return Array.from({ length: count }, (_, index) => plusMonths(town.firstMonth, from + index));
}

/** The days a month's report runs over, as hledger and ledger take them: the first day, and the first after it. */
export function spanOf(month: Month): { begin: string; end: string; last: string } {
  return { begin: firstDay(month), end: firstDay(plusMonths(month, 1)), last: lastDay(month) };
}
