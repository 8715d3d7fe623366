// Spending: what is asked for is checked, and kept when nothing blocks it; from then on it reserves what it asks for.
import { z } from "zod";
import { parseYuan, toYuan, type Fen } from "../base/money.ts";
import { dayAt, isDay, plusDays } from "../base/month.ts";
import { SIDES } from "../door/rules.ts";
import { command, note, noteWith, query, type Writing } from "../door/service.ts";
import { BETWEEN_FUNDS, CASH, COMMON, DEPOSITS, DRAW_SPENT, FEE_INCOME, MOVED_OUT, REPAIR } from "../ledger/rules.ts";
import {
  amountText,
  dayText,
  idNumber,
  nothing,
  optionalWords,
  orNone,
  readInput,
  rowsOf,
  shaText,
  words,
  yuan,
} from "../platform/input.ts";
import type { Db } from "../platform/db.ts";
import {
  askedOf,
  leftOn,
  leftRecord,
  needsOf,
  totalOf,
  type Ask,
  type Left,
  type Spend,
  type SpendFacts,
  type SpendLine,
  type SpendStep,
} from "../request/rules.ts";
import * as requests from "../request/service.ts";
import {
  askOf,
  depositOf,
  drawableAndSweep,
  factsOf,
  groundOf,
  leftOfBudget,
  NO_WISH,
  recentPayees,
  SETTINGS,
  withInvoices,
  type Ground,
  type Wish,
} from "../request/service.ts";
import { payeeOf } from "../supplier/rules.ts";
import { register } from "../supplier/service.ts";
import type { Voucher } from "../voucher/rules.ts";
import { prepareVouchers, recordVouchers } from "../voucher/service.ts";
import { checkedRecord } from "./page.ts";
import { assertNothingBlocks, findingsOf, type Checked } from "./rules.ts";

// ---- Asking -------------------------------------------------------------------------------------------------------

export async function check(db: Db, ground: Ground, typed: Wish): Promise<Checked> {
  const ask = await askOf(db, ground, await withInvoices(db, ground.community.code, typed));
  const facts = await factsOf(db, ground, ask);
  const lefts = leftsOf(ask, facts);
  return { ask, facts, findings: findingsOf(ask, facts, SETTINGS), needs: needsOf(ask, facts, SETTINGS), lefts };
}

/** What is left of each account that a payment is charged to, without the payment itself. */
export function leftsOf(ask: Ask, facts: SpendFacts): Left[] {
  const accounts = ask.kind === "payment" ? [...new Set(ask.lines.map((line) => line.account))] : [];
  return accounts.flatMap((account) => leftOn(account, ask.bank.fund, facts) ?? []);
}

/** Keeps a request, or refuses it with everything that blocks it. From now on it reserves what it asks for. */
async function request(call: Writing, typed: Wish, brought: readonly Voucher[] = []): Promise<Spend> {
  const { tx, community, actor, now } = call;
  const ground = await groundOf(tx, community, now, typed);
  await settleExpired(call, ground.expired);
  const recorded = brought.length === 0 ? [] : await recordVouchers(call, brought);
  const vouchers = [...new Set([...typed.vouchers, ...recorded.map(({ sha }) => sha)])];
  const { ask, findings, needs } = await check(tx, ground, { ...typed, vouchers });
  assertNothingBlocks(findings);
  const supplier = ask.supplier?.id === 0 ? await register(call, ask.supplier) : ask.supplier;
  const spend: Spend = {
    id: ground.lastId + 1,
    status: "waiting",
    ...askedOf(ask),
    bank: ask.bank.code,
    toBank: ask.to?.code ?? null,
    supplier: supplier?.id ?? null,
    payee: supplier === null ? ask.payee : payeeOf(supplier),
    corrects: ask.wrong?.seq ?? null,
    toAccount: ask.wrong?.account ?? "",
    askedBy: actor.id,
    askedAt: now.toISOString(),
    expiresOn: plusDays(ground.today, SETTINGS.expireAfter),
    sides: needs.sides,
    keys: [],
    entry: null,
    decidedAt: null,
    ratifyBy: null,
    ratifiedAt: null,
  };
  const noted = noteWith(call, "spend asked", { id: String(spend.id), amount: toYuan(totalOf(spend)) });
  await requests.insertSpend(tx, community, spend, noted);
  return spend;
}

/** Writes down what has expired, which lets its invoices be used again. The day decides, not this: it only keeps up. */
export async function settleExpired(call: Writing, ids: readonly number[]): Promise<void> {
  for (const id of ids) {
    await end(call, id, { kind: "expired", side: "", actor: "", text: "" });
  }
}

/** Ends a request without money having moved: what it reserved is free. */
export async function end(
  call: Writing,
  id: number,
  step: Omit<SpendStep, "kind" | "at"> & { readonly kind: "refused" | "withdrawn" | "expired" },
): Promise<void> {
  const { tx, community, now } = call;
  const at = now.toISOString();
  await requests.updateSpend(tx, community, id, { status: step.kind, decidedAt: at });
  await requests.freeInvoices(tx, community, id);
  await requests.insertStep(tx, community, id, { ...step, at });
  // Expiry is nobody's act: the request's own history has it.
  if (step.kind !== "expired") {
    await note(call, `spend ${step.kind}`, { id: String(id), reason: step.text });
  }
}

// ---- What is sent -------------------------------------------------------------------------------------------------

const PURPOSE_LENGTH = 100;

const line = z.object({
  account: words(10).meta({ description: "科目代码，例如 5002" }),
  amount: yuan,
  memo: optionalWords(PURPOSE_LENGTH),
});

const signedYuan = z
  .string()
  .meta({ description: "价税合计，红字发票为负数；不知道就留空", examples: ["1234.50"] })
  .transform((text, context): Fen | null => {
    const amount = text.trim() === "" ? null : parseYuan(text);
    if (typeof amount === "string") {
      context.addIssue("不是金额，请写数字，例如 1234.50");
      return z.NEVER;
    }
    return amount;
  })
  .default(null);

const invoice = z.object({ number: words(60), amount: signedYuan, nets: optionalWords(60) });

/** What every request may carry. */
const proof = {
  resolution: optionalWords(200).meta({ description: "决议编号，例如 2020-业主大会-1" }),
  invoices: rowsOf(invoice, 20).default([]),
  vouchers: z.array(shaText).max(20, "最多 20 份凭证").default([]),
};

const dayInput = orNone(dayText).meta({ description: "默认今天" });

const paymentInput = z.object({
  bank: optionalWords(40).meta({ description: "银行账户代码，默认共有资金的第一个账户" }),
  payee: words(100).meta({ description: "收款方；名册里没有的会登记进去" }),
  day: dayInput,
  purpose: words(PURPOSE_LENGTH),
  lines: rowsOf(line, 20).refine((lines) => lines.length > 0, "至少要有一行金额"),
  emergency: optionalWords(200).meta({ description: "紧急原因；不紧急留空" }),
  confirmed: z.array(words(40)).max(20).default([]).meta({ description: "看过并确认的提示代码，例如 TWIN" }),
  ...proof,
});

function wishOf(kind: Wish["kind"], now: Date, over: Partial<Wish>): Wish {
  return { ...NO_WISH, kind, day: dayAt(now), ...over };
}

function paymentWish({ now }: { readonly now: Date }, input: z.output<typeof paymentInput>): Wish {
  const { day = dayAt(now), ...rest } = input;
  return wishOf("payment", now, { ...rest, day });
}

// ---- What is answered -----------------------------------------------------------------------------------------------

export const side = z.enum(SIDES);

export const finding = z.object({
  code: z.string(),
  words: z.string(),
  remedy: z.string(),
  field: z.string(),
  blocks: z.boolean(),
  confirmable: z.boolean(),
});

export const leftOutput = z.object({
  account: z.string(),
  name: z.string(),
  basis: z.enum(["budget", "owed"]),
  limit: amountText,
  paid: amountText,
  reserved: amountText,
  left: amountText,
});

const requested = z.object({ id: z.number(), sides: z.array(side), expiresOn: z.string() });

// ---- Use cases: asking ------------------------------------------------------------------------------------------------

/** Asking for something, with the vouchers that came along: `wish` says what for. */
function asking<I extends z.ZodType>(
  name: string,
  title: string,
  input: I,
  wish: (call: Writing, input: z.output<I>) => Wish | Promise<Wish>,
) {
  return command({
    name,
    title,
    may: "spend.request",
    input,
    output: requested,
    prepare: (call, _input, uploads) => prepareVouchers(call, uploads),
    run: async (call, sent, prepared) => {
      const { id, sides, expiresOn } = await request(call, await wish(call, sent), prepared);
      return { id, sides: [...sides], expiresOn };
    },
  });
}

export const requestSpend = asking("requestSpend", "申请付款", paymentInput, paymentWish);

export const requestDraw = asking(
  "requestDraw",
  "申请提取受托人酬金",
  z.object({
    amount: orNone(yuan).meta({ description: "默认全部可提取的" }),
    bank: optionalWords(40),
    ...proof,
  }),
  async (call, { amount, ...rest }) => {
    const { drawable } = await drawableAndSweep(call.tx, call.community, call.now);
    const lines = [{ account: DRAW_SPENT, amount: amount ?? drawable, memo: "" }];
    return wishOf("draw", call.now, { ...rest, purpose: "提取受托人酬金", lines });
  },
);

export const requestTransfer = asking(
  "requestTransfer",
  "申请资金划转",
  z.object({
    bank: words(40).meta({ description: "转出账户" }),
    toBank: words(40).meta({ description: "转入账户" }),
    amount: yuan,
    purpose: optionalWords(PURPOSE_LENGTH),
    ...proof,
  }),
  async (call, { amount, bank, toBank, purpose, ...rest }) => {
    const { banks } = await groundOf(call.tx, call.community, call.now);
    const fundOf = (code: string): string => banks.find((each) => each.code === code)?.fund ?? "";
    const isSweep = fundOf(bank) === COMMON && fundOf(toBank) === REPAIR;
    const usual = isSweep ? "盈余转入维修资金" : "资金划转";
    const lines = [{ account: transferAccount(fundOf(bank), fundOf(toBank)), amount, memo: "" }];
    return wishOf("transfer", call.now, { ...rest, bank, toBank, purpose: purpose || usual, lines });
  },
);

/** What a transfer is against: a sweep settles what the funds owe each other, within a fund nothing is. */
function transferAccount(from: string, to: string): string {
  if (from === to) {
    return CASH;
  }
  return from === COMMON && to === REPAIR ? BETWEEN_FUNDS : MOVED_OUT;
}

export const requestRefund = asking(
  "requestRefund",
  "申请退还多交的物业费",
  z.object({
    unit: words(60).meta({ description: "房号" }),
    amount: yuan,
    bank: optionalWords(40),
    reason: words(PURPOSE_LENGTH),
    ...proof,
  }),
  (call, { unit, amount, reason, ...rest }) => {
    const lines = [{ account: FEE_INCOME, amount, memo: "" }];
    return wishOf("refund", call.now, { ...rest, unit, purpose: reason, lines });
  },
);

export const requestDepositReturn = asking(
  "requestDepositReturn",
  "申请退还押金",
  z.object({
    receipt: idNumber.meta({ description: "押金收据的号码" }),
    amount: orNone(yuan).meta({ description: "默认还在保管的全部" }),
    reason: optionalWords(PURPOSE_LENGTH).meta({ description: "例如：装修验收合格" }),
    ...proof,
  }),
  async (call, { receipt, amount, reason, ...rest }) => {
    const deposit = await depositOf(call.tx, call.community, receipt);
    const lines = [{ account: DEPOSITS, amount: amount ?? deposit.held, memo: "" }];
    return wishOf("deposit-return", call.now, { ...rest, receipt, purpose: reason || "退还押金", lines });
  },
);

export const requestCorrection = asking(
  "requestCorrection",
  "申请更正记账凭证",
  z.object({
    entry: words(20).meta({ description: "凭证号，例如 2020-03-0012" }),
    reason: words(PURPOSE_LENGTH),
    account: optionalWords(10).meta({ description: "改记的科目；留空则只冲销" }),
    vouchers: proof.vouchers,
  }),
  (call, { entry, reason, account, vouchers }) =>
    wishOf("correction", call.now, { entry, purpose: reason, toAccount: account, vouchers }),
);

// ---- While somebody types -------------------------------------------------------------------------------------------

/** What a form holds that was not sent yet: anything may be missing or wrong, and what cannot be read is left out. */
export const draft = z.object({
  bank: z.string().default(""),
  payee: z.string().default(""),
  day: z.string().default(""),
  purpose: z.string().default(""),
  lines: z.array(z.object({ account: z.string().default(""), amount: z.string().default("") })).default([]),
  resolution: z.string().default(""),
  emergency: z.string().default(""),
  invoices: z
    .array(z.object({ number: z.string().default(""), amount: z.string().default(""), nets: z.string().default("") }))
    .default([]),
  vouchers: z.array(shaText).default([]),
  confirmed: z.array(z.string()).default([]),
});

/** An address has no lists: it says `lines[0][amount]=…`, as a form does. */
function nested(flat: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const lists = new Map<string, Record<string, unknown>[]>();
  const plain: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(flat)) {
    const [, name = "", index = "", part] = /^(\w+)\[(\d)\](?:\[(\w+)\])?$/u.exec(key) ?? [];
    const list = lists.get(name) ?? [];
    if (name === "") {
      plain[key] = value;
    } else {
      list[Number(index)] = { ...list[Number(index)], [part ?? "value"]: value };
      lists.set(name, list);
    }
  }
  for (const [name, list] of lists) {
    const rows_ = Array.from(list, (row) => row ?? {});
    plain[name] = rows_.map((row) => row["value"] ?? row);
  }
  return plain;
}

function amountIn(text: string): Fen | null {
  const amount = parseYuan(text);
  return typeof amount === "number" ? amount : null;
}

export function draftWish(now: Date, typed: z.output<typeof draft>): Wish {
  const { bank, payee, purpose, resolution, emergency, vouchers, confirmed } = typed;
  const lines = typed.lines.flatMap(({ account, amount }): SpendLine[] => {
    const read = amountIn(amount);
    return account === "" || read === null || read <= 0 ? [] : [{ account, amount: read, memo: "" }];
  });
  const invoices = typed.invoices.flatMap(({ number, amount, nets }) =>
    number === "" ? [] : [{ number, amount: amountIn(amount), nets }],
  );
  const day = isDay(typed.day) ? typed.day : dayAt(now);
  const texts = { bank, payee, purpose, resolution, emergency };
  return wishOf("payment", now, { ...texts, vouchers, confirmed, lines, invoices, day });
}

export const checkSpend = query({
  name: "checkSpend",
  title: "检查一份还没有提交的付款申请",
  may: "spend.request",
  // Read leniently below: while somebody types, no field is wrong yet.
  input: z
    .object({ payee: z.string().default("") })
    .catchall(z.unknown())
    .meta({ description: "与申请付款相同的项目；地址里写成 lines[0][account]=5002&lines[0][amount]=80.00" }),
  output: z.object({
    amount: amountText,
    sides: z.array(side),
    why: z.array(z.string()),
    findings: z.array(finding),
    left: z.array(leftOutput.extend({ after: amountText })),
    last: z.object({ account: z.string(), purpose: z.string() }).nullable().meta({ description: "上次付给同一收款方" }),
  }),
  run: async ({ db, community, now }, typed) => {
    const wish = draftWish(now, readInput(draft, nested(typed)));
    const checked = await check(db, await groundOf(db, community, now, wish), wish);
    const { supplier } = checked.ask;
    const [last] = supplier === null ? [] : await recentPayees(db, community, supplier.id);
    return { ...checkedRecord(checked), last: last ?? null };
  },
});

export const showBudgetLeft = query({
  name: "showBudgetLeft",
  title: "各预算科目还剩多少",
  may: "spend.view",
  input: nothing,
  output: z.object({ items: z.array(leftOutput) }),
  run: async ({ db, community, now }) => ({ items: (await leftOfBudget(db, community, now)).map(leftRecord) }),
});

export const showDrawable = query({
  name: "showDrawable",
  title: "可提取的酬金与待划转的盈余",
  may: "spend.view",
  input: nothing,
  output: z.object({ drawable: amountText, sweepOwed: amountText }),
  run: async ({ db, community, now }) => {
    const { drawable, sweepOwed } = await drawableAndSweep(db, community, now);
    return { drawable: toYuan(drawable), sweepOwed: toYuan(sweepOwed) };
  },
});
