// Contracts on common parts: recorded, paid, ended; what is due and did not come.
import { z } from "zod";
import { subtract, sum, toYuan, type Fen } from "../base/money.ts";
import { dayAt, firstMonthOfYear, monthOf, type Day, type Month } from "../base/month.ts";
import { refuse, type Refusal } from "../base/refusal.ts";
import { rolesIn, sideOf, SIDES, type Actor } from "../door/rules.ts";
import { command, note, query, type Writing } from "../door/service.ts";
import { accountName, entryCode, openMonth, parseEntryCode, type SealedEntry } from "../ledger/rules.ts";
import * as ledger from "../ledger/service.ts";
import {
  dayText,
  idNumber,
  listOf,
  nothing,
  optionalWords,
  paragraph,
  ticked,
  words,
  yuan,
} from "../platform/input.ts";
import type { Db, Tx } from "../platform/db.ts";
import { assertInForce } from "../resolution/service.ts";
import {
  assertMayEnd,
  assertMayWaive,
  assertSound,
  duesOf,
  freeOf,
  isWaived,
  leftOn,
  linkable,
  overdueIn,
  overdueOn,
  REVENUE_ACCOUNTS,
  RHYTHMS,
  type Contract,
  type Due,
  type OverdueRevenue,
  type Register,
} from "./rules.ts";
import * as store from "./store.ts";

export { registerOf } from "./store.ts";

// ---- For other rooms ----------------------------------------------------------------------------------------------

/**
 * Dues that did not come by the last day of a month, for its statement: from contracts, ends and links as they were
 * known when the month closed, so that it can be computed again at any time. Places and amounts, never a name.
 */
export async function overdueRevenue(db: Db, community: string, lastDayOfMonth: Day): Promise<OverdueRevenue> {
  return overdueIn(monthOf(lastDayOfMonth), await store.registerOf(db, community));
}

/** A contract by its number, or a refusal. */
export function contractIn(register: Register, id: number): Contract {
  const contract = register.contracts.find((each) => each.id === id);
  if (contract === undefined) {
    throw refuse("CONTRACT_UNKNOWN", `没有编号为 ${id} 的合同。`, "请从合同列表里选一份。", 404);
  }
  return contract;
}

/** Links what is free of a receipt to a due of a contract, and answers how much it pays. */
export async function payDue(
  tx: Tx,
  community: string,
  wish: { readonly contract: number; readonly due: Day; readonly entry: SealedEntry },
  recorded: store.Recorded,
): Promise<Fen> {
  const { entry, due } = wish;
  const register = await store.registerOf(tx, community);
  const contract = contractIn(register, wish.contract);
  const free = freeOf(entry, register, await store.isReversed(tx, community, entry.seq));
  const amount = linkable(contract, register, { due, entry, free });
  const knownFrom = await openMonthOf(tx, community);
  const payment = { contract: contract.id, due, entry: entry.seq, amount, knownFrom };
  await store.insertPayment(tx, community, payment, recorded);
  return amount;
}

/** What is recorded while a month is open belongs to what its statement knows. */
async function openMonthOf(db: Db, community: string): Promise<Month> {
  return openMonth(await ledger.bookOf(db, community));
}

// ---- Schemas ------------------------------------------------------------------------------------------------------

const contractInput = z.object({
  counterparty: words(60),
  isPerson: ticked,
  place: words(60),
  account: z.enum(REVENUE_ACCOUNTS as [string, ...string[]], "请选择收入科目"),
  amount: yuan,
  rhythm: z.enum(RHYTHMS as [string, ...string[]], "请选择多久收一次").transform((text) => text as Contract["rhythm"]),
  firstDue: dayText,
  from: dayText,
  until: dayText,
  resolution: optionalWords(100).meta({ description: "决议编号，例如 2020-业主大会-1" }),
  notes: paragraph(1000),
});

const dueOutput = z.object({
  contract: z.number(),
  place: z.string(),
  due: z.string(),
  amount: z.string(),
  paid: z.string(),
  left: z.string(),
  waivers: z.array(z.object({ side: z.enum(SIDES), reason: z.string() })),
});

const contractOutput = z.object({
  id: z.number(),
  counterparty: z.string().meta({ description: "个人 for a person, to readers from outside the desk" }),
  isPerson: z.boolean(),
  place: z.string(),
  account: z.string(),
  accountName: z.string(),
  amount: z.string(),
  rhythm: z.enum(RHYTHMS as [string, ...string[]]),
  firstDue: z.string(),
  from: z.string(),
  until: z.string(),
  endedOn: z.string().nullable(),
  endReason: z.string(),
  resolution: z.string().nullable(),
  notes: z.string(),
  received: z.string(),
  overdue: z.string(),
});

type DueOutput = z.input<typeof dueOutput>;
type ContractOutput = z.input<typeof contractOutput>;

/** Owners may read the register; who a person is stays with those who keep it. */
function seesNames(actor: Actor, community: string): boolean {
  return rolesIn(actor, community).some((role) => role !== "owner");
}

function toDue(due: Due, register: Register): DueOutput {
  return {
    contract: due.contract,
    place: contractIn(register, due.contract).place,
    due: due.day,
    amount: toYuan(due.amount),
    paid: toYuan(due.paid),
    left: toYuan(leftOn(due)),
    waivers: due.waivers.map(({ side, reason }) => ({ side, reason })),
  };
}

function toContract(
  contract: Contract,
  register: Register,
  shown: { readonly today: Day; readonly names: boolean },
): ContractOutput {
  const { id, counterparty, isPerson, place, account, rhythm, firstDue, from, until, notes } = contract;
  const end = register.ends.find((each) => each.contract === id);
  const dues = duesOf(contract, register);
  const late = dues.filter((due) => due.day <= shown.today);
  return {
    id,
    counterparty: isPerson && !shown.names ? "个人" : counterparty,
    isPerson,
    place,
    account,
    accountName: accountName(account),
    amount: toYuan(contract.amount),
    rhythm,
    firstDue,
    from,
    until,
    endedOn: end?.endedOn ?? null,
    endReason: end?.reason ?? "",
    resolution: contract.resolution ?? null,
    notes: shown.names ? notes : "",
    received: toYuan(sum(dues.map((due) => due.paid))),
    overdue: toYuan(sum(late.map(leftOn))),
  };
}

// ---- Use cases ----------------------------------------------------------------------------------------------------

export const listContracts = query({
  name: "listContracts",
  title: "公共收益合同",
  may: "contract.view",
  input: nothing,
  output: z.object({ items: z.array(contractOutput) }),
  run: async ({ db, community, actor, now }) => {
    const register = await store.registerOf(db, community);
    const shown = { today: dayAt(now), names: seesNames(actor, community) };
    return { items: register.contracts.map((contract) => toContract(contract, register, shown)) };
  },
});

export const showContract = query({
  name: "showContract",
  title: "一份公共收益合同和它的应收",
  may: "contract.view",
  input: z.object({ id: idNumber }),
  output: z.object({ contract: contractOutput, dues: z.array(dueOutput) }),
  run: async ({ db, community, actor, now }, { id }) => {
    const register = await store.registerOf(db, community);
    const contract = contractIn(register, id);
    const shown = { today: dayAt(now), names: seesNames(actor, community) };
    return {
      contract: toContract(contract, register, shown),
      dues: duesOf(contract, register).map((due) => toDue(due, register)),
    };
  },
});

export const listOverdue = query({
  name: "listOverdueRevenue",
  title: "到期未收的公共收益",
  may: "contract.view",
  input: z.object({ asOf: dayText.optional() }),
  output: z.object({ asOf: z.string(), amount: z.string(), items: z.array(dueOutput) }),
  run: async ({ db, community, now }, { asOf = dayAt(now) }) => {
    const register = await store.registerOf(db, community);
    const dues = overdueOn(asOf, register);
    return { asOf, amount: toYuan(sum(dues.map(leftOn))), items: dues.map((due) => toDue(due, register)) };
  },
});

export const addContract = command({
  name: "addContract",
  title: "登记公共收益合同",
  may: "contract.edit",
  input: contractInput,
  output: z.object({ id: z.number() }),
  run: async (call, { resolution, ...wish }) => {
    const { tx, community, actor, now } = call;
    assertSound(wish, (await ledger.bookOf(tx, community)).firstMonth);
    if (resolution !== "") {
      await assertInForce(tx, community, resolution);
    }
    const contract = { ...wish, ...(resolution === "" ? {} : { resolution }) };
    const knownFrom = await openMonthOf(tx, community);
    const id = await store.insertContract(tx, community, { ...contract, knownFrom }, { by: actor.id, at: now });
    await note(call, "contract recorded", { contract: String(id), place: wish.place });
    return { id };
  },
});

export const endContract = command({
  name: "endContract",
  title: "提前终止公共收益合同",
  may: "contract.edit",
  input: z.object({ id: idNumber, endedOn: dayText, reason: words(200) }),
  output: z.object({ id: z.number() }),
  run: async (call, { id, endedOn, reason }) => {
    const { tx, community, actor, now } = call;
    const register = await store.registerOf(tx, community);
    const today = dayAt(now);
    assertMayEnd(contractIn(register, id), register, { endedOn, today, side: sideOf(actor, community) });
    const knownFrom = await openMonthOf(tx, community);
    const end = { contract: id, endedOn, reason, knownFrom };
    await store.insertEnd(tx, community, end, { by: actor.id, at: now });
    await note(call, "contract ended", { contract: String(id), endedOn, reason });
    return { id };
  },
});

/** Money that will not come any more: it stays listed until both sides have said so, each with its reason. */
export const waiveDue = command({
  name: "waiveRevenue",
  title: "同意一期应收不再收",
  may: "contract.edit",
  input: z.object({ id: idNumber, due: dayText, reason: words(200) }),
  output: z.object({ id: z.number(), waived: z.boolean() }),
  run: async (call, { id, due, reason }) => {
    const { tx, community, actor, now } = call;
    const side = sideOf(actor, community);
    if (side === null) {
      throw new Error("contract.edit belongs to the two sides");
    }
    const register = await store.registerOf(tx, community);
    const contract = contractIn(register, id);
    assertMayWaive(contract, register, { due, side, today: dayAt(now) });
    const waiver = { contract: id, due, side, reason, knownFrom: await openMonthOf(tx, community) };
    await store.insertWaiver(tx, community, waiver, { by: actor.id, at: now });
    const dues = duesOf(contract, { ...register, waivers: [...register.waivers, waiver] });
    const waived = dues.some((each) => each.day === due && isWaived(each));
    await note(call, waived ? "revenue waived" : "revenue waiver", { contract: String(id), due, reason });
    return { id, waived };
  },
});

/** Money that came by the bank is linked afterwards; what is taken at the desk is linked as it is taken. */
export const linkRevenue = command({
  name: "linkRevenue",
  title: "把一笔收款对应到合同的一期应收",
  may: "contract.edit",
  input: z.object({ id: idNumber, due: dayText, entry: words(30) }),
  output: z.object({ id: z.number(), amount: z.string() }),
  run: async (call: Writing, { id, due, entry: code }) => {
    const { tx, community, actor, now } = call;
    const at = parseEntryCode(code);
    const entry = at === null ? null : await ledger.entryAt(tx, community, at);
    if (entry === null) {
      throw unknownEntry(code);
    }
    const amount = await payDue(tx, community, { contract: id, due, entry }, { by: actor.id, at: now });
    await note(call, "revenue linked", { contract: String(id), due, entry: code });
    return { id, amount: toYuan(amount) };
  },
});

function unknownEntry(code: string): Refusal {
  return refuse("ENTRY_UNKNOWN", `没有凭证号为「${code}」的记账凭证。`, "凭证号形如 2020-03-0012，可从列表里选。");
}

/** How many receipts are offered for linking. */
const OFFERED_MAX = 50;

/** The last receipts on the contract's account since the year of its first due, with something left to link. */
export const listLinkable = query({
  name: "listLinkableReceipts",
  title: "可以对应到合同应收的收款",
  may: "contract.edit",
  input: z.object({ id: idNumber }),
  output: listOf(
    z.object({ entry: z.string(), day: z.string(), memo: z.string(), amount: z.string(), free: z.string() }),
  ),
  run: async ({ db, community }, { id }) => {
    const register = await store.registerOf(db, community);
    const { account, firstDue } = contractIn(register, id);
    const first = firstMonthOfYear(monthOf(firstDue));
    const receipts = await store.receiptsOn(db, community, account, { first, count: OFFERED_MAX });
    const linked = register.payments.filter((each) => each.reversedIn === null);
    const items = receipts.flatMap(({ seq, month, number, day, memo, amount }) => {
      const free = subtract(amount, sum(linked.filter(({ entry }) => entry === seq).map((each) => each.amount)));
      return free > 0
        ? [{ entry: entryCode(month, number), day, memo, amount: toYuan(amount), free: toYuan(free) }]
        : [];
    });
    return { items, next: null };
  },
});
