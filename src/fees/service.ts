// The month's fees: bill every unit, apply what was paid, keep the collection figures.
import { negate, ZERO, type Fen } from "../base/money.ts";
import { firstMonthOfYear, type Month } from "../base/month.ts";
import { PREPAID, type EntryKind } from "../ledger/rules.ts";
import * as ledger from "../ledger/service.ts";
import { unitsBilledIn } from "../people/service.ts";
import type { Tx } from "../platform/db.ts";
import { billed, billsOf, collectionOf, settled, settleUnit, type Bill, type UnitAccount } from "./rules.ts";
import * as store from "./store.ts";

export { allBills, collectionIn, insertRates, openBills, prepaidOf, ratesOf, saveBills, savePrepaid } from "./store.ts";

/** Entries by which units pay or get back. */
const RECEIPT_KINDS: readonly EntryKind[] = ["receipt", "reversal", "correction"];

/**
 * Bills the month and applies its receipts in the order of contract section 4. Called once per month, when it
 * closes; until then what units paid stands on 2203.
 */
export async function settleMonth(tx: Tx, community: string, month: Month, now: Date): Promise<void> {
  const open = await store.openBills(tx, community);
  const accounts = await unitAccounts(tx, community, month, open);
  const units = accounts.map(settleUnit);
  const bills = accounts.flatMap((account) => (account.bill === undefined ? [] : [account.bill]));
  const fromPrepaid = units.flatMap((unit) => unit.fromPrepaid);
  const fromReceipts = units.flatMap((unit) => unit.fromReceipts);
  await ledger.post(tx, community, [...billed(month, bills, fromPrepaid), ...settled(month, fromReceipts)], now);
  await store.saveBills(
    tx,
    community,
    units.flatMap((unit) => unit.bills),
  );
  await store.savePrepaid(tx, community, new Map(units.map((unit) => [unit.unit, unit.prepaid])));
  const year = await store.billTotals(tx, community, firstMonthOfYear(month), month);
  await store.insertCollection(tx, community, month, collectionOf(month, units, open, year));
}

async function unitAccounts(
  tx: Tx,
  community: string,
  month: Month,
  openBills: readonly Bill[],
): Promise<UnitAccount[]> {
  const units = await unitsBilledIn(tx, community, month);
  const bills = new Map(billsOf(month, units, await store.ratesOf(tx, community)).map((bill) => [bill.unit, bill]));
  const open = groupByUnit(openBills);
  const prepaid = await store.prepaidOf(tx, community);
  const receipts = await receiptsByUnit(tx, community, month);
  const refunded = [...receipts].filter(([, amounts]) => amounts.some((amount) => amount < 0)).map(([unit]) => unit);
  const paid = groupByUnit(await store.settledBills(tx, community, refunded));
  const names = [...new Set([...bills.keys(), ...open.keys(), ...prepaid.keys(), ...receipts.keys()])].toSorted();
  return names.map((unit) => {
    const bill = bills.get(unit);
    return {
      unit,
      open: open.get(unit) ?? [],
      prepaid: prepaid.get(unit) ?? ZERO,
      receipts: receipts.get(unit) ?? [],
      paid: paid.get(unit) ?? [],
      ...(bill === undefined ? {} : { bill }),
    };
  });
}

function groupByUnit(bills: readonly Bill[]): Map<string, Bill[]> {
  const groups = new Map<string, Bill[]>();
  for (const bill of bills) {
    groups.set(bill.unit, [...(groups.get(bill.unit) ?? []), bill]);
  }
  return groups;
}

/** What each unit paid in the month, corrections included: the credits on 2203 that no bill or settlement made. */
async function receiptsByUnit(tx: Tx, community: string, month: Month): Promise<Map<string, Fen[]>> {
  const receipts = new Map<string, Fen[]>();
  for (const line of await ledger.linesOnAccount(tx, community, month, PREPAID)) {
    if (RECEIPT_KINDS.includes(line.kind)) {
      const list = receipts.get(line.unit) ?? [];
      receipts.set(line.unit, list);
      list.push(negate(line.amount));
    }
  }
  return receipts;
}
