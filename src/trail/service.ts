// The trail of money that left: every request beside its entry, its keys and its steps, and what rooms keep beside the
// log of who did what. What this cannot show: a file in which all of it, log included, was changed consistently.
import { toYuan, type Fen } from "../base/money.ts";
import { dayAt, EARLIEST_MONTH, firstDay, lastDay, LATEST_MONTH } from "../base/month.ts";
import { importsOf, linesBetween } from "../bank/service.ts";
import { entryCode, type SealedEntry } from "../ledger/rules.ts";
import * as ledger from "../ledger/service.ts";
import type { Db } from "../platform/db.ts";
import { askedOf, totalOf, type Spend, type SpendStep } from "../request/rules.ts";
import { spendsFrom } from "../request/service.ts";
import { reconciliationsOf } from "../reconciliation/service.ts";
import { relatedAt, supplierFaults } from "../supplier/rules.ts";
import { suppliersWithSteps } from "../supplier/service.ts";
import type { BankAccount } from "../trust/rules.ts";
import { bankAccountsOf, deedVersionsOf, findCommunity } from "../trust/service.ts";
import {
  isTold,
  keyFaults,
  lineFaults,
  logFaults,
  matchFaults,
  paidFaults,
  reconciliationFaults,
  requestOf,
  stepFaults,
  type Act,
  type BankFacts,
  type BankRow,
  type Holding,
  type Journal,
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
  { released }: Pick<Journal, "released">,
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

/** A bank figure that a statement was published with; null where the bank had said nothing. */
export interface ToldBalance {
  readonly statement: string;
  readonly account: string;
  readonly balance: Fen | null;
}

/** The bank's lines, what they match, what was reconciled and what statements told of them, against each other. */
export async function bankFaults(
  db: Db,
  community: string,
  journal: Journal,
  told: readonly ToldBalance[],
): Promise<string[]> {
  const kept = await store.keptLines(db, community);
  const matches = await store.matchesOf(db, community);
  const faults: string[] = [];
  for (const { code, name } of await bankAccountsOf(db, community)) {
    const facts: BankFacts = {
      name,
      code,
      kept: kept.get(code) ?? new Map<number, BankRow>(),
      counting: await linesBetween(db, community, code, firstDay(EARLIEST_MONTH), lastDay(LATEST_MONTH)),
      imports: await importsOf(db, community, code),
      ...(matches.get(code) ?? { matches: [], numbers: { count: 0, last: 0 }, undoneAt: "" }),
      reconciliations: await reconciliationsOf(db, community, code),
    };
    faults.push(...lineFaults(facts), ...matchFaults(facts, journal), ...reconciliationFaults(facts));
    const balances = told.filter(({ account }) => account === code);
    faults.push(
      ...balances
        .filter(({ balance }) => balance !== null && !isTold(facts, balance))
        .map(({ statement }) => `${statement}：账户「${name}」的银行余额，现在的流水里没有`),
    );
  }
  return faults;
}
