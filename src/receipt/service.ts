// The desk: money is taken, booked and receipted in one step; and what is held as deposits.
import { z } from "zod";
import { displayYuan, negate, subtract, sum, toYuan, ZERO, type Fen } from "../base/money.ts";
import { dayAt, LATEST_MONTH, monthOf, type Month } from "../base/month.ts";
import { refuse } from "../base/refusal.ts";
import { displayNames } from "../access/service.ts";
import { command, note, query, type Writing } from "../door/service.ts";
import { paymentPlan, received, type PaymentPlan } from "../fees/rules.ts";
import { openAccountOf } from "../fees/service.ts";
import { DEPOSITS, openMonth, sortFunds, type EntryDraft, type SealedEntry } from "../ledger/rules.ts";
import * as ledger from "../ledger/service.ts";
import { unitNamed } from "../people/service.ts";
import {
  dayText,
  idNumber,
  listInput,
  listOf,
  nothing,
  numberBefore,
  optionalWords,
  orNone,
  pageFrom,
  words,
  yuan,
} from "../platform/input.ts";
import type { Db, Tx } from "../platform/db.ts";
import { duesOf, leftOn } from "../revenue/rules.ts";
import { contractIn, payDue, registerOf } from "../revenue/service.ts";
import { bankAccountsOf } from "../trust/service.ts";
import { planWords, purposeWords } from "./page.ts";
import {
  assertDay,
  bankFor,
  banksFor,
  depositsHeldOf,
  fieldRefusal,
  METHODS,
  RECEIPT_KINDS,
  receiptNumber,
  receiptSource,
  type DepositsHeld,
  type Method,
  type Receipt,
  type ReceiptFacts,
  type ReceiptKind,
} from "./rules.ts";
import * as store from "./store.ts";

export { lastNumber, receiptsBefore, receiptsOfEntries } from "./store.ts";

// ---- For other rooms ----------------------------------------------------------------------------------------------

/** A receipt by its number, or a refusal. */
export async function receiptOf(db: Db, community: string, number: number): Promise<Receipt> {
  const receipt = await store.findReceipt(db, community, number);
  if (receipt === null) {
    throw refuse("RECEIPT_UNKNOWN", `没有号码为 ${number} 的收据。`, "请核对收据右上角的号码。", 404);
  }
  return receipt;
}

/** What is held of deposits: by receipt with unit and payer, and in all. */
export async function depositsHeld(db: Db, community: string): Promise<DepositsHeld> {
  const book = await ledger.bookOf(db, community);
  const banks = new Map((await bankAccountsOf(db, community)).map((bank) => [bank.code, bank]));
  const returned = await store.returnedDeposits(db, community);
  const deposits = (await store.depositReceipts(db, community)).map(({ cancelled, ...receipt }) => {
    const { number, day, unit, payer, purpose, bank, amount } = receipt;
    const held = cancelled === null ? subtract(amount, returned.get(number) ?? ZERO) : ZERO;
    return { receipt: number, day, unit, payer, purpose, bank, fund: banks.get(bank)?.fund ?? "", amount, held };
  });
  const months = await ledger.monthsInBooks(db, community, LATEST_MONTH);
  const balances = await ledger.balancesAt(db, book, months.at(-1) ?? book.firstMonth);
  const funds = sortFunds([...banks.values()].map(({ fund }) => fund));
  const total = sum(funds.map((fund) => negate(ledger.standing(balances, fund, DEPOSITS))));
  return depositsHeldOf(deposits, total);
}

/** What an amount that a unit pays in a month would settle: shown before anybody takes it. */
export async function planOf(
  db: Db,
  community: string,
  wish: { readonly unit: string; readonly amount: Fen; readonly month: Month },
): Promise<PaymentPlan> {
  const open = openMonth(await ledger.bookOf(db, community));
  const account = await openAccountOf(db, community, wish.unit);
  return paymentPlan(account, open, { month: wish.month, amount: wish.amount });
}

// ---- Use cases ----------------------------------------------------------------------------------------------------

const planOutput = z.object({
  pays: z.array(z.object({ period: z.string(), amount: z.string(), isCleared: z.boolean() })),
  prepaid: z.string(),
  words: z.string(),
});

function toPlan(plan: PaymentPlan): z.input<typeof planOutput> {
  const pays = plan.pays.map(({ period, amount, isCleared }) => ({ period, amount: toYuan(amount), isCleared }));
  return { pays, prepaid: toYuan(plan.prepaid), words: planWords(plan) };
}

export const planPayment = query({
  name: "planPayment",
  title: "一笔物业费会抵哪些账单",
  may: "fees.receive",
  input: z.object({ unit: words(60), amount: yuan, day: orNone(dayText) }),
  output: planOutput,
  run: async ({ db, community, now }, { unit, amount, day = dayAt(now) }) => {
    await unitNamed(db, community, unit);
    return toPlan(await planOf(db, community, { unit, amount, month: monthOf(day) }));
  },
});

const KINDS = Object.keys(RECEIPT_KINDS) as [ReceiptKind, ...ReceiptKind[]];
const METHOD_CODES = Object.keys(METHODS) as [Method, ...Method[]];

const takeInput = z.object({
  kind: z.enum(KINDS, "请选择收什么"),
  amount: yuan,
  unit: optionalWords(60),
  payer: optionalWords(60),
  purpose: optionalWords(60),
  method: z.enum(METHOD_CODES, "请选择怎么收的"),
  bank: optionalWords(40).meta({ description: "may be left out where only one account can take it" }),
  day: orNone(dayText),
  contract: orNone(idNumber),
  due: orNone(dayText),
  shown: orNone(yuan).meta({
    description:
      "the amount whose plan was shown; another amount is refused, so that nobody pays what they did not see",
  }),
});

type Taking = z.output<typeof takeInput>;

const receiptOutput = z.object({
  number: z.string(),
  day: z.string(),
  kind: z.enum(KINDS),
  purpose: z.string(),
  unit: z.string(),
  payer: z.string(),
  amount: z.string(),
  method: z.enum(METHOD_CODES),
  bank: z.string(),
  pays: z.string(),
  entry: z.string(),
  takenBy: z.string(),
  cancelled: z.object({ day: z.string(), reason: z.string(), entry: z.string() }).nullable(),
});

/** Receipts as the API tells them, with the names of those who took the money. */
async function toReceipts(db: Db, receipts: readonly Receipt[]): Promise<z.input<typeof receiptOutput>[]> {
  const names = await displayNames(db, [...new Set(receipts.map(({ takenBy }) => takenBy))]);
  return receipts.map((receipt) => ({
    number: receiptNumber(receipt.number),
    day: receipt.day,
    kind: receipt.kind,
    purpose: purposeWords(receipt),
    unit: receipt.unit,
    payer: receipt.payer,
    amount: toYuan(receipt.amount),
    method: receipt.method,
    bank: receipt.bank,
    pays: receipt.pays,
    entry: receipt.code,
    takenBy: names.get(receipt.takenBy) ?? "",
    cancelled:
      receipt.cancelled === null
        ? null
        : { day: receipt.cancelled.day, reason: receipt.cancelled.reason, entry: receipt.cancelled.code },
  }));
}

/** What the wish means: checked against unit, account, day and contract, with the words the receipt will carry. */
async function factsOf(call: Writing, wish: Taking): Promise<{ facts: ReceiptFacts; fund: string; account: string }> {
  const { tx, community, now } = call;
  const { kind, unit, amount, method, day = dayAt(now), shown = amount } = wish;
  if (shown !== amount) {
    const remedy = "看看它会抵哪些账单，没有问题就再按一次。";
    throw fieldRefusal("amount", "AMOUNT_NOT_SHOWN", `金额改成了 ${displayYuan(amount)} 元。`, remedy);
  }
  assertDay(day, openMonth(await ledger.bookOf(tx, community)), dayAt(now));
  const rule = RECEIPT_KINDS[kind];
  if (unit === "" && rule.needsUnit) {
    throw fieldRefusal("unit", "UNIT_MISSING", "没有写房号。", "物业费要写清是哪一户的。");
  }
  if (unit !== "") {
    await unitNamed(tx, community, unit);
  }
  const banks = await bankAccountsOf(tx, community);
  const bank = bankFor(kind, wish.bank === "" ? (banksFor(kind, banks)[0]?.code ?? "") : wish.bank, banks);
  const revenue = kind === "revenue" ? await revenueOf(tx, community, wish) : null;
  const payer = wish.payer || (revenue?.payer ?? (unit === "" ? "" : `${unit} 业主`));
  if (payer === "") {
    throw fieldRefusal("payer", "PAYER_MISSING", "没有写交款人。", "请写明是谁交的钱。");
  }
  const month = monthOf(day);
  const pays = kind === "fee" ? planWords(await planOf(tx, community, { unit, amount, month })) : "";
  const purpose = wish.purpose || (revenue?.purpose ?? "");
  const facts = { day, kind, unit, payer, purpose, bank: bank.code, method, amount, pays };
  return { facts, fund: bank.fund, account: revenue?.account ?? rule.account ?? "" };
}

/** The due that public revenue pays. More than is left of it would be money without a reason. */
async function revenueOf(
  tx: Tx,
  community: string,
  { contract: id, due: on, amount }: Taking,
): Promise<{ readonly account: string; readonly payer: string; readonly purpose: string }> {
  if (id === undefined || on === undefined) {
    throw fieldRefusal("contract", "DUE_MISSING", "没有选合同和应收日。", "请从到期应收里选一期。");
  }
  const register = await registerOf(tx, community);
  const contract = contractIn(register, id);
  const due = duesOf(contract, register).find((each) => each.day === on);
  if (due === undefined || amount > leftOn(due)) {
    const left = due === undefined ? "没有应收" : `只差 ${toYuan(leftOn(due))} 元`;
    const remedy = "请填写不超过差额的金额；多交的请分到下一期，另开一张收据。";
    throw fieldRefusal("amount", "DUE_EXCEEDED", `${contract.place} ${on} 这一期${left}。`, remedy);
  }
  return { account: contract.account, payer: contract.counterparty, purpose: `${contract.place}，${on} 应收` };
}

/** Gives the next receipt: posts the entry that `make` drafts for its number, and keeps what the paper says. */
async function giveReceipt(
  tx: Tx,
  community: string,
  facts: ReceiptFacts,
  make: (number: number) => EntryDraft,
  recorded: { readonly by: string; readonly at: Date },
): Promise<{ readonly number: number; readonly entry: SealedEntry }> {
  const number = (await store.lastNumber(tx, community)) + 1;
  const [entry] = await ledger.post(tx, community, [make(number)], recorded.at);
  if (entry === undefined) {
    throw new Error("a receipt's draft was not posted");
  }
  await store.insertReceipt(tx, community, { number, entry: entry.seq }, facts, recorded);
  return { number, entry };
}

export const takeMoney = command({
  name: "takeMoney",
  title: "收款并开收据",
  may: "fees.receive",
  input: takeInput,
  output: receiptOutput,
  run: async (call, wish) => {
    const { tx, community, actor, now } = call;
    const { facts, fund, account } = await factsOf(call, wish);
    const recorded = { by: actor.id, at: now };
    const make = (number: number): EntryDraft =>
      received({
        day: facts.day,
        bank: facts.bank,
        fund,
        account,
        amount: facts.amount,
        memo: `收据 ${receiptNumber(number)} ${RECEIPT_KINDS[facts.kind].name}`,
        source: receiptSource(number),
        ...(facts.unit === "" ? {} : { unit: facts.unit }),
      });
    const { number, entry } = await giveReceipt(tx, community, facts, make, recorded);
    if (wish.contract !== undefined && wish.due !== undefined && facts.kind === "revenue") {
      await payDue(tx, community, { contract: wish.contract, due: wish.due, entry }, recorded);
    }
    await note(call, "receipt given", { number: receiptNumber(number), amount: toYuan(facts.amount) });
    const [receipt] = await toReceipts(tx, [await receiptOf(tx, community, number)]);
    if (receipt === undefined) {
      throw new Error(`receipt ${number} was not kept`);
    }
    return receipt;
  },
});

export const listReceipts = query({
  name: "listReceipts",
  title: "收据",
  may: "fees.view",
  input: z.object({ ...listInput, unit: optionalWords(60) }),
  output: listOf(receiptOutput),
  run: async ({ db, community }, { after, limit, unit }) => {
    const of = { count: limit + 1, ...(unit === "" ? {} : { unit }) };
    const found = await store.receiptsBefore(db, community, numberBefore(after), of);
    const { items, next } = pageFrom(found, limit, ({ number }) => receiptNumber(number));
    return { items: await toReceipts(db, items), next };
  },
});

export const showReceipt = query({
  name: "showReceipt",
  title: "一张收据",
  may: "fees.view",
  input: z.object({ number: idNumber }),
  output: receiptOutput,
  run: async ({ db, community }, { number }) => {
    const [receipt] = await toReceipts(db, [await receiptOf(db, community, number)]);
    if (receipt === undefined) {
      throw new Error(`receipt ${number} has gone`);
    }
    return receipt;
  },
});

export const listDeposits = query({
  name: "listDeposits",
  title: "保管着的押金",
  may: "fees.view",
  input: nothing,
  output: z.object({
    total: z.string(),
    unlisted: z.string().meta({ description: "held since before receipts were given here" }),
    items: z.array(
      z.object({
        receipt: z.string(),
        day: z.string(),
        unit: z.string(),
        payer: z.string(),
        purpose: z.string(),
        amount: z.string(),
        held: z.string(),
      }),
    ),
  }),
  run: async ({ db, community }) => {
    const { deposits, total, unlisted } = await depositsHeld(db, community);
    const items = deposits.map(({ receipt, day, unit, payer, purpose, amount, held }) => ({
      receipt: receiptNumber(receipt),
      day,
      unit,
      payer,
      purpose,
      amount: toYuan(amount),
      held: toYuan(held),
    }));
    return { total: toYuan(total), unlisted: toYuan(unlisted), items };
  },
});
