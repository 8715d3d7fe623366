// The desk: taking money, the receipts given for it, deposits held, and the same as JSON.
import { receiptSlip } from "../../reports/letters.ts";
import { displayNames } from "../access/service.ts";
import { displayYuan, parseYuan, toYuan, type Fen } from "../base/money.ts";
import { dayAt, isDay, monthOf } from "../base/month.ts";
import { API, api, DESK, file, form, page, typedText, type Route, type Typed, type View } from "../door/routes.ts";
import { mayDo } from "../door/rules.ts";
import type { Reading } from "../door/service.ts";
import { owedBy, standingNow } from "../fees/rules.ts";
import { nextBillOf, openAccountOf } from "../fees/service.ts";
import { openMonth } from "../ledger/rules.ts";
import * as ledger from "../ledger/service.ts";
import { unitRemedy, unitsOf, unitsOffered } from "../people/service.ts";
import type { Db } from "../platform/db.ts";
import { ready, type Ready } from "../platform/http.ts";
import { readInput } from "../platform/input.ts";
import { listContracts, listOverdue, registerOf, showContract } from "../revenue/service.ts";
import { bankAccountsOf, findCommunity } from "../trust/service.ts";
import {
  depositsPage,
  dueChoice,
  KIND_LINKS,
  METHOD_CHOICES,
  planModel,
  receiptPage,
  receiptRow,
  slipModel,
} from "./page.ts";
import { banksFor, RECEIPT_KINDS, type Receipt, type ReceiptKind } from "./rules.ts";
import { listDeposits, listReceipts, planOf, planPayment, receiptOf, showReceipt, takeMoney } from "./service.ts";

const HERE = `${DESK}/fees`;

// ---- Taking money -------------------------------------------------------------------------------------------------

async function takeView(call: Reading, sent: Typed): Promise<View> {
  const kind = kindOf(typedText(sent, "kind"));
  const { db, community, now } = call;
  const banks = banksFor(kind, await bankAccountsOf(db, community));
  const common = {
    kind,
    kindName: RECEIPT_KINDS[kind].name,
    kinds: KIND_LINKS.map((each) => ({ ...each, isCurrent: each.kind === kind })),
    methods: METHOD_CHOICES,
    banks: banks.map(({ code, name }) => ({ value: code, label: name })),
    bankName: banks[0]?.name ?? "",
    hasBankChoice: banks.length > 1,
    units: await unitsOffered(db, community),
  };
  const values = { kind, method: "scan", bank: banks[0]?.code ?? "", day: dayAt(now) };
  switch (kind) {
    case "fee":
      return { view: "receipt-take", model: { ...common, ...(await feeModel(call, sent, values)) } };
    case "revenue":
      return { view: "receipt-take", model: { ...common, ...(await revenueModel(call, sent, values)) } };
    case "parking":
    case "deposit":
    case "damages":
    case "penalty":
    case "other":
      return { view: "receipt-take", model: { ...common, ...NOTHING, isOther: true, values } };
  }
}

function kindOf(text: string): ReceiptKind {
  return (Object.keys(RECEIPT_KINDS) as ReceiptKind[]).find((kind) => kind === text) ?? "fee";
}

/** Where the desk is in taking money. A view must find all it asks for, so every step has every field. */
type Step = typeof NOTHING;

const NOTHING = {
  isChoosingUnit: false,
  isFee: false,
  isChoosingDue: false,
  isRevenue: false,
  isOther: false,
  unit: "",
  unitFault: "",
  owed: "",
  prepaid: "",
  plan: null as object | null,
  dues: [] as readonly object[],
  due: null as object | null,
  values: {} as Readonly<Record<string, string>>,
};

/** A unit pays fees: what it owes, the amount that clears it, and what the amount typed would pay. */
async function feeModel(call: Reading, sent: Typed, values: Record<string, string>): Promise<Step> {
  const { db, community, now } = call;
  const name = typedText(sent, "unit").trim();
  const [unit] = await unitsOf(db, community, [name]);
  if (unit === undefined) {
    const unitFault = name === "" ? "" : `没有房号「${name}」。${await unitRemedy(db, community, name)}`;
    return { ...NOTHING, isChoosingUnit: true, unit: name, unitFault };
  }
  const standing = standingNow(await openAccountOf(db, community, name), openMonth(await ledger.bookOf(db, community)));
  const owed = owedBy(standing);
  const next = await nextBillOf(db, community, unit);
  const typed = parseYuan(typedText(sent, "amount"));
  const usual = owed > 0 ? owed : (next?.charge.amount ?? (0 as Fen));
  const amount = typeof typed === "number" && typed > 0 ? typed : usual;
  const on = typedText(sent, "day");
  const month = monthOf(isDay(on) ? on : dayAt(now));
  const coming = next === null ? null : { period: next.period, amount: next.charge.amount };
  const plan =
    amount > 0 ? planModel(await planOf(db, community, { unit: name, amount, month }), amount, coming) : null;
  return {
    ...NOTHING,
    isFee: true,
    unit: name,
    owed: displayYuan(owed),
    prepaid: displayYuan(standing.prepaid),
    plan,
    values: { ...values, unit: name, amount: toYuan(amount), shown: toYuan(amount) },
  };
}

/** Public revenue is taken for one due of one contract. */
async function revenueModel(call: Reading, sent: Typed, values: Record<string, string>): Promise<Step> {
  const today = dayAt(call.now);
  const id = Number(typedText(sent, "contract"));
  const { contracts } = await registerOf(call.db, call.community);
  if (!contracts.some((contract) => contract.id === id)) {
    return { ...NOTHING, isChoosingDue: true, dues: await openDues(call) };
  }
  const { contract, dues } = await showContract.run(call, { id });
  const due = dues.find((each) => each.due === typedText(sent, "due") && each.left !== "0.00");
  if (due === undefined) {
    return { ...NOTHING, isChoosingDue: true, dues: await openDues(call) };
  }
  const fixed = { contract: String(id), due: due.due, amount: due.left, payer: contract.counterparty };
  return { ...NOTHING, isRevenue: true, due: dueChoice(due, today), values: { ...values, ...fixed } };
}

/** Dues that are late, and of every contract the next one. */
async function openDues(call: Reading): Promise<object[]> {
  const today = dayAt(call.now);
  const late = (await listOverdue.run(call, {})).items;
  const { items } = await listContracts.run(call, {});
  const next = await Promise.all(
    items.map(async ({ id }) => {
      const { dues } = await showContract.run(call, { id });
      return dues.find((due) => due.due > today && due.left !== "0.00");
    }),
  );
  return [...late, ...next.flatMap((due) => due ?? [])].map((due) => dueChoice(due, today));
}

// ---- Receipts -----------------------------------------------------------------------------------------------------

/** The paper of a receipt, for the desk and for the owner. */
export async function slipFile(db: Db, community: string, receipt: Receipt): Promise<Ready> {
  const about = await findCommunity(db, community);
  const banks = await bankAccountsOf(db, community);
  const names = await displayNames(db, [receipt.takenBy]);
  const bytes = await receiptSlip(
    slipModel(receipt, {
      communityName: about?.name ?? "",
      issuer: about?.trustee ?? "",
      bankName: banks.find(({ code }) => code === receipt.bank)?.name ?? receipt.bank,
      takenBy: names.get(receipt.takenBy) ?? "",
    }),
  );
  return ready(bytes, "application/pdf", "private, no-store");
}

async function listView(call: Reading, sent: Typed): Promise<View> {
  const { after, unit } = readInput(listReceipts.input, sent);
  const { items, next } = await listReceipts.run(call, { after, unit, limit: 50 });
  const base = `/desk/${call.community}/fees`;
  const model = {
    receipts: items.map((receipt) => receiptRow(receipt, base)),
    next: next === null ? "" : `${base}/receipts?${nextQuery(unit, next)}`,
    mayReceive: mayDo(call, "fees.receive"),
  };
  return { view: "receipt-list", model };
}

/** The next page, of the same flat where one was asked for. */
function nextQuery(unit: string, next: string): string {
  return new URLSearchParams({ ...(unit === "" ? {} : { unit }), after: next }).toString();
}

async function depositsView(call: Reading): Promise<View> {
  const { total, unlisted, items } = await listDeposits.run(call, {});
  const base = `/desk/${call.community}/fees`;
  return {
    view: "receipt-deposits",
    model: depositsPage({ total, unlisted, items }, base),
  };
}

export const receiptRoutes: readonly Route[] = [
  page(`${HERE}/receive`, "fees.receive", takeView),
  form(`${HERE}/receive`, takeMoney, {
    done: ({ number }, { code = "" }) => `/desk/${code}/fees/receipts/${Number(number)}?new=yes`,
    again: (call, _words, typed) => takeView(call, typed),
  }),
  page(`${HERE}/receipts`, "fees.view", listView),
  page(`${HERE}/receipts/:number`, "fees.view", async (call, words) => {
    const receipt = await showReceipt.run(call, readInput(showReceipt.input, words));
    const base = `/desk/${call.community}/fees`;
    return { view: "receipt-one", model: { ...receiptPage(receipt, base), isNew: words["new"] === "yes" } };
  }),
  file(`${HERE}/receipts/:number/slip.pdf`, "fees.view", async ({ db, community }, words) => {
    const { number } = readInput(showReceipt.input, words);
    return slipFile(db, community, await receiptOf(db, community, number));
  }),
  page(`${HERE}/deposits`, "fees.view", depositsView),
  api("get", `${API}/receipts`, listReceipts),
  api("post", `${API}/receipts`, takeMoney, { status: 201 }),
  api("get", `${API}/receipts/:number`, showReceipt),
  api("get", `${API}/payment-plan`, planPayment),
  api("get", `${API}/deposits`, listDeposits),
];
