// The trail of money that left: every request beside its entry, its keys and its steps, and what rooms keep beside the
// log of who did what. What this cannot show: a file in which all of it, log included, was changed consistently.
import { toYuan } from "../base/money.ts";
import { dayAt } from "../base/month.ts";
import { entryCode, type SealedEntry } from "../ledger/rules.ts";
import * as ledger from "../ledger/service.ts";
import type { Db } from "../platform/db.ts";
import { askedOf, totalOf, type Spend, type SpendStep } from "../request/rules.ts";
import { spendsFrom } from "../request/service.ts";
import { relatedAt, supplierFaults } from "../supplier/rules.ts";
import { suppliersWithSteps } from "../supplier/service.ts";
import type { BankAccount } from "../trust/rules.ts";
import { bankAccountsOf, deedVersionsOf, findCommunity } from "../trust/service.ts";
import {
  keyFaults,
  logFaults,
  paidFaults,
  requestOf,
  stepFaults,
  type Act,
  type Holding,
  type PaidRequest,
  type Terms,
} from "./rules.ts";
import * as store from "./store.ts";

/** So many requests are in memory at a time. */
const CHUNK = 500;

/** What decides about every request. */
interface Ground {
  readonly terms: Terms;
  readonly banks: readonly BankAccount[];
  readonly suppliers: Awaited<ReturnType<typeof suppliersWithSteps>>;
  readonly holdings: readonly Holding[];
}

/** Every request and every act that the log tells, against what is kept; `released`: the entries that name a request. */
export async function trailFaults(
  db: Db,
  community: string,
  released: readonly SealedEntry[],
): Promise<{ readonly requests: number; readonly faults: readonly string[] }> {
  const ground = await groundOf(db, community);
  const booked = new Map(released.map((entry) => [requestOf(entry), entry]));
  const acts = await store.actsOf(db, community);
  const faults = [...ground.suppliers.values()].flatMap(({ supplier, steps }) => supplierFaults(supplier, steps));
  let requests = 0;
  for await (const { spend, steps } of requestsOf(db, community)) {
    requests += 1;
    acts.push(...actsOfRequest(spend, steps));
    faults.push(...requestFaults(ground, spend, steps, booked.get(spend.id)));
    if (spend.status === "paid") {
      booked.delete(spend.id);
    }
    if (spend.id !== requests) {
      faults.push(`第 ${spend.id} 号申请不连号，应为第 ${requests} 号`);
    }
  }
  const orphans = [...booked.values()].map(
    (entry) =>
      `记账凭证 ${entryCode(entry.month, entry.number)} 是凭第 ${requestOf(entry)} 号申请付的，已付的申请里却没有它`,
  );
  return { requests, faults: [...faults, ...orphans, ...logFaults(acts, await store.eventsOf(db, community))] };
}

async function groundOf(db: Db, community: string): Promise<Ground> {
  const { firstMonth } = await ledger.bookOf(db, community);
  const trustee = (await findCommunity(db, community))?.trustee ?? "";
  return {
    terms: { trustee, firstMonth, deeds: await deedVersionsOf(db, community) },
    banks: await bankAccountsOf(db, community),
    suppliers: await suppliersWithSteps(db, community),
    holdings: await store.holdingsOf(db, community),
  };
}

/** Every request with its steps, oldest first. */
async function* requestsOf(
  db: Db,
  community: string,
): AsyncGenerator<{ readonly spend: Spend; readonly steps: readonly SpendStep[] }> {
  for (let first = 1; ;) {
    const spends = await spendsFrom(db, community, { first, limit: CHUNK });
    const last = spends.at(-1)?.id;
    if (last === undefined) {
      return;
    }
    const steps = await store.stepsBetween(db, community, { first, last });
    for (const spend of spends) {
      yield { spend, steps: steps.get(spend.id) ?? [] };
    }
    first = last + 1;
  }
}

function requestFaults(
  ground: Ground,
  spend: Spend,
  steps: readonly SpendStep[],
  entry: SealedEntry | undefined,
): string[] {
  const paid = spend.status === "paid" ? paidRequest(ground, spend) : null;
  return [
    ...stepFaults(spend, steps, ground.holdings),
    ...(paid === null ? [] : [...paidFaults(paid, entry), ...keyFaults(paid, ground.terms)]),
  ];
}

/** A request with what was known of it on the day of its last key; null where its bank account is gone. */
function paidRequest({ banks, suppliers }: Ground, spend: Spend): PaidRequest | null {
  const bank = banks.find(({ code }) => code === spend.bank);
  const decidedAt = spend.decidedAt ?? "";
  const known = spend.supplier === null ? undefined : suppliers.get(spend.supplier);
  const supplier = known === undefined ? null : { ...known.supplier, related: relatedAt(known.steps, decidedAt) };
  const to = banks.find(({ code }) => code === spend.toBank) ?? null;
  return bank === undefined
    ? null
    : { spend, ask: { ...askedOf(spend), bank, to, supplier, wrong: null }, decidedOn: dayAt(new Date(decidedAt)) };
}

/** What the log must tell of a request. Nobody lets it expire, and a key that fell with its holder's office is nobody's act. */
function actsOfRequest(spend: Spend, steps: readonly SpendStep[]): Act[] {
  const id = String(spend.id);
  const asked = { at: spend.askedAt, actor: spend.askedBy, detail: { id, amount: toYuan(totalOf(spend)) } };
  return [
    { what: "spend asked", ...asked },
    ...steps
      .filter(({ kind, text }) => kind !== "expired" && (kind !== "taken back" || text === ""))
      .map(({ kind, actor, text, at }) => ({
        what: kind === "taken back" ? "spend key taken back" : `spend ${kind}`,
        at,
        actor,
        detail: kind === "refused" || kind === "withdrawn" ? { id, reason: text } : { id },
      })),
  ];
}
