// Where money is asked for: the forms of the desk, and the API.
import { z } from "zod";
import { dayAt, laterMonth, monthOf } from "../base/month.ts";
import { displayYuan, toYuan, ZERO } from "../base/money.ts";
import { Refusal } from "../base/refusal.ts";
import { asPercent } from "../base/share.ts";
import {
  api,
  API,
  DESK,
  form,
  page,
  typedText,
  type FormRoute,
  type Route,
  type Typed,
  type View,
  type Words,
} from "../door/routes.ts";
import type { Reading, Upload } from "../door/service.ts";
import { ACCOUNTS, COMMON, isReceiptAccount, REPAIR } from "../ledger/rules.ts";
import { unitsOf, unitsOffered } from "../people/service.ts";
import { shaText } from "../platform/input.ts";
import { depositsHeld } from "../receipt/service.ts";
import { drawableAndSweep, groundOf, leftOfBudget, recentPayees, shownVouchers } from "../request/service.ts";
import { basisOf, resolutionChoices } from "../resolution/rules.ts";
import { listResolutions, registeredNumbers } from "../resolution/service.ts";
import { refundable } from "../standing/service.ts";
import { listSuppliers } from "../supplier/service.ts";
import { basisOfTerm, deedIn } from "../trust/rules.ts";
import { bankAccountsOf } from "../trust/service.ts";
import type { Voucher } from "../voucher/rules.ts";
import { storeVouchers, vouchersOf } from "../voucher/service.ts";
import { accountOptions, bankOptions, newView, type KeptVoucher } from "./page.ts";
import type { Checked } from "./rules.ts";
import {
  check,
  checkSpend,
  draft,
  draftWish,
  requestCorrection,
  requestDepositReturn,
  requestDraw,
  requestRefund,
  requestSpend,
  requestTransfer,
  showBudgetLeft,
  showDrawable,
} from "./service.ts";

// ---- Pages of the desk ------------------------------------------------------------------------------------------------

function baseOf(community: string): string {
  return `/desk/${community}/spends`;
}

const SUPPLIERS_MAX = 1000;

/** The form of a payment; `back` when it comes back with what was typed. */
async function newPage(call: Reading, back: { typed: Typed; uploads: readonly Upload[] } | null): Promise<View> {
  const { db, community, now } = call;
  const offer = {
    base: baseOf(community),
    today: dayAt(now),
    banks: await bankAccountsOf(db, community),
    suppliers: (await listSuppliers(db, community, { limit: SUPPLIERS_MAX }))
      .filter(({ isActive }) => isActive)
      .map(({ name }) => name),
    recent: await recentPayees(db, community),
    lefts: await leftOfBudget(db, community, now),
    resolutions: resolutionChoices(await listResolutions(db, community)),
  };
  if (back === null) {
    return { view: "spend-new", model: newView(offer, null) };
  }
  const shas = await keptShas(call, back.typed, back.uploads);
  const checked = await checkTyped(call, { ...back.typed, vouchers: shas });
  return { view: "spend-new", model: newView(offer, { checked, vouchers: await keptVouchers(call, shas) }) };
}

/** Answers something else for a refusal; any other error is a fault of ours and goes on. */
function unlessRefused<T>(otherwise: T): (error: unknown) => T {
  return (error) => {
    if (!(error instanceof Refusal)) {
      throw error;
    }
    return otherwise;
  };
}

/** The files of a form that comes back: those that came now and those that had come before. */
async function keptShas(call: Reading, typed: Typed, uploads: readonly Upload[]): Promise<string[]> {
  const before = z.array(shaText).catch([]).parse(typed["vouchers"]);
  // A file that is the fault cannot be kept; the fault says so at its field.
  const stored = uploads.length === 0 ? [] : await storeVouchers(call, uploads).catch(unlessRefused([]));
  return [...new Set([...before, ...stored.map(({ sha }) => sha)])];
}

async function checkTyped(call: Reading, typed: Typed): Promise<Checked | null> {
  const { db, community, now } = call;
  const read = draft.safeParse(typed);
  if (!read.success) {
    return null;
  }
  const wish = draftWish(now, read.data);
  // What cannot even be looked up has its own fault at its field.
  return check(db, await groundOf(db, community, now, wish), wish).catch(unlessRefused(null));
}

async function keptVouchers({ db, community }: Reading, shas: readonly string[]): Promise<KeptVoucher[]> {
  const shown = await shownVouchers(db, community, shas);
  const vouchers = shas.length === 0 ? [] : await vouchersOf(db, community, shas);
  return shown.map((voucher, index) => ({ ...voucher, invoice: invoiceWords(vouchers[index]?.invoice ?? null) }));
}

function invoiceWords(said: Voucher["invoice"]): string {
  return said === null ? "" : `发票 ${said.number}，${said.seller.name}，${displayYuan(said.total)} 元`;
}

async function drawPage({ db, community, now }: Reading): Promise<View> {
  const { drawable } = await drawableAndSweep(db, community, now);
  const { deeds, today } = await groundOf(db, community, now);
  const deed = deedIn(deeds, laterMonth(monthOf(today), deeds[0]?.from ?? monthOf(today)));
  const basis = basisOf(community, basisOfTerm(deed, "draw"), await registeredNumbers(db, community));
  const model = { base: baseOf(community), drawable: displayYuan(drawable), canDraw: drawable > 0 };
  const terms = { rate: asPercent(deed.draw.rate), basis };
  return { view: "spend-draw", model: { ...model, ...terms, values: { amount: toYuan(drawable) } } };
}

async function transferPage({ db, community, now }: Reading): Promise<View> {
  const { sweepOwed } = await drawableAndSweep(db, community, now);
  const banks = await bankAccountsOf(db, community);
  const first = (fund: string): string => banks.find((bank) => bank.fund === fund)?.code ?? "";
  const values = sweepOwed > 0 ? { bank: first(COMMON), toBank: first(REPAIR), amount: toYuan(sweepOwed) } : {};
  const resolutions = resolutionChoices(await listResolutions(db, community));
  const model = { base: baseOf(community), banks: bankOptions(banks), sweepOwed: displayYuan(sweepOwed) };
  return { view: "spend-transfer", model: { ...model, resolutions, hasSweep: sweepOwed > 0, values } };
}

/** Accounts that money can be booked on again: what the entry's kind allows is checked when it is sent. */
async function correctionPage(call: Reading, entry: string): Promise<View> {
  const lefts = await leftOfBudget(call.db, call.community, call.now);
  const income = [...ACCOUNTS].filter(([account]) => isReceiptAccount(account) && account.startsWith("4"));
  const accounts = [
    { value: "", label: "只冲销，不改记" },
    ...accountOptions(lefts).filter(({ value }) => value.startsWith("5")),
    ...income.map(([value, name]) => ({ value, label: `${value} ${name}` })),
  ];
  return { view: "spend-correction", model: { base: baseOf(call.community), accounts, values: { entry } } };
}

/** With a unit in the address, what it may have back stands in the form. */
async function refundPage({ db, community }: Reading, unit: string): Promise<View> {
  const isKnown = (await unitsOf(db, community, [unit])).length > 0;
  const { prepaid } = isKnown ? await refundable(db, community, unit) : { prepaid: ZERO };
  const values = { unit, ...(prepaid > 0 ? { amount: toYuan(prepaid) } : {}) };
  const model = {
    base: baseOf(community),
    units: await unitsOffered(db, community),
    isKnown,
    unit,
    prepaid: displayYuan(prepaid),
  };
  return { view: "spend-refund", model: { ...model, values } };
}

async function depositPage({ db, community }: Reading, receipt: string): Promise<View> {
  const { deposits } = await depositsHeld(db, community);
  const options = deposits.map((deposit) => ({
    value: String(deposit.receipt),
    label: `${deposit.unit === "" ? "" : `${deposit.unit} · `}${deposit.purpose} · ${displayYuan(deposit.held)} 元`,
  }));
  const model = { base: baseOf(community), deposits: options, hasDeposits: options.length > 0 };
  return { view: "spend-deposit", model: { ...model, values: { receipt: receipt.replace(/^0+/u, "") } } };
}

const DESK_SPENDS = `${DESK}/spends`;
const AT = `${API}/spends`;

/** A form that asks for something goes on to the request that it became. */
function asked(again: FormRoute["again"]) {
  return { done: ({ id }: { id: number }, { code = "" }: Words) => `${baseOf(code)}/${id}`, again };
}

export const spendingRoutes: readonly Route[] = [
  page(`${DESK_SPENDS}/new`, "spend.request", (call) => newPage(call, null)),
  form(
    DESK_SPENDS,
    requestSpend,
    asked((call, _words, typed, uploads) => newPage(call, { typed, uploads })),
  ),
  page(`${DESK_SPENDS}/draw`, "spend.request", drawPage),
  form(`${DESK_SPENDS}/draw`, requestDraw, asked(drawPage)),
  page(`${DESK_SPENDS}/transfer`, "spend.request", transferPage),
  form(`${DESK_SPENDS}/transfer`, requestTransfer, asked(transferPage)),
  page(`${DESK_SPENDS}/correction`, "spend.request", (call, { entry = "" }) => correctionPage(call, entry)),
  form(
    `${DESK_SPENDS}/correction`,
    requestCorrection,
    asked((call, _words, typed) => correctionPage(call, typedText(typed, "entry"))),
  ),
  page(`${DESK_SPENDS}/refund`, "spend.request", (call, { unit = "" }) => refundPage(call, unit)),
  form(
    `${DESK_SPENDS}/refund`,
    requestRefund,
    asked((call, _words, typed) => refundPage(call, typedText(typed, "unit"))),
  ),
  page(`${DESK_SPENDS}/deposit`, "spend.request", (call, { receipt = "" }) => depositPage(call, receipt)),
  form(
    `${DESK_SPENDS}/deposit`,
    requestDepositReturn,
    asked((call, _words, typed) => depositPage(call, typedText(typed, "receipt"))),
  ),

  api("post", AT, requestSpend, { status: 201, takesFiles: true }),
  api("get", `${AT}/check`, checkSpend),
  api("get", `${AT}/left`, showBudgetLeft),
  api("get", `${AT}/drawable`, showDrawable),
  api("post", `${AT}/draws`, requestDraw, { status: 201, takesFiles: true }),
  api("post", `${AT}/transfers`, requestTransfer, { status: 201, takesFiles: true }),
  api("post", `${AT}/refunds`, requestRefund, { status: 201, takesFiles: true }),
  api("post", `${AT}/deposit-returns`, requestDepositReturn, { status: 201, takesFiles: true }),
  api("post", `${AT}/corrections`, requestCorrection, { status: 201, takesFiles: true }),
];
