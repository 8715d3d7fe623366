// Taking an import of the bank's lines back: what speaks against it, who asks, who agrees, and what it undoes.
import { Refusal, refuse } from "../base/refusal.ts";
import { bankAccountOf, importsOf, linesOfImport } from "../bank/service.ts";
import type { StoredLine } from "../bank/rules.ts";
import { saveNumber } from "../bankimport/service.ts";
import { sideOf, type Actor, type Side } from "../door/rules.ts";
import type { Writing } from "../door/service.ts";
import { bankReceiptKey, openMonth, sourceKey } from "../ledger/rules.ts";
import * as ledger from "../ledger/service.ts";
import { matchesHolding, undoMatchesOf } from "../matching/service.ts";
import type { Db } from "../platform/db.ts";
import { isBankReceipt } from "../reconciliation/rules.ts";
import { reconciliationsOf } from "../reconciliation/service.ts";
import { publishedSince } from "../statement/service.ts";
import type { BankAccount } from "../trust/rules.ts";
import { confirmFault, needsAnother, obstacleTo, type RecallFacts } from "./rules.ts";
import * as store from "./store.ts";

/** An import with everything that decides about taking it back. */
export interface Recallable extends RecallFacts {
  readonly account: BankAccount;
  readonly lines: readonly StoredLine[];
}

export async function recallable(db: Db, community: string, code: string, number: number): Promise<Recallable> {
  const account = await bankAccountOf(db, community, code);
  const imports = await importsOf(db, community, code);
  const imported = imports.find((each) => each.number === number);
  if (imported === undefined) {
    throw refuse("IMPORT_UNKNOWN", "没有这一次导入。", "请从银行账户页面的列表里选。", 404);
  }
  const lines = await linesOfImport(db, community, imported);
  const finished = await reconciliationsOf(db, community, code);
  const matches = await matchesHolding(
    db,
    community,
    code,
    lines.map(({ line }) => line),
  );
  return {
    account,
    imported,
    lines,
    days: lines.map(({ day }) => day),
    openMonth: openMonth(await ledger.bookOf(db, community)),
    reconciled: finished.filter(({ finishedAt }) => finishedAt >= imported.importedAt).map(({ month }) => month),
    published: await publishedSince(db, community, imported.importedAt),
    booked: await bookedFrom(db, community, code, lines),
    byHand: new Set(matches.filter(({ how }) => how === "hand").map((match) => match.number)).size,
    others: imports.filter((each) => each !== imported && each.takenBack === null),
  };
}

/** The codes of entries that were booked from those lines and whose money still stands in the books. */
async function bookedFrom(db: Db, community: string, account: string, lines: readonly StoredLine[]): Promise<string[]> {
  const keys = lines
    .filter(({ amount }) => amount > 0)
    .flatMap(({ serial, line }) => [
      bankReceiptKey(account, serial, line),
      // The key that booking once gave, which receipts of an import folder bear too.
      ...(serial === "" ? [] : [sourceKey("receipts", serial, () => "")]),
    ]);
  const found = await ledger.bookedUnder(db, community, account, keys);
  return found.filter(({ memo, cash }) => cash !== 0 && isBankReceipt(memo)).map(({ code }) => code);
}

/** For which side somebody stands who may take imports back. */
export function deskSide(actor: Actor, community: string): Side {
  const side = sideOf(actor, community);
  if (side === null) {
    throw new Error(`${actor.id} is on no side of ${community}`);
  }
  return side;
}

/** What became of a wish to take an import back. */
export interface Recalled {
  readonly account: BankAccount;
  readonly isTakenBack: boolean;
  readonly reason: string;
  /** How many lines count no more, and how many matches were undone. */
  readonly lines: number;
  readonly unmatched: number;
}

/** Takes an import back, or asks the other side to agree where it needs to. */
export async function takeBack(
  call: Writing,
  code: string,
  { number, reason }: { readonly number: number; readonly reason: string },
): Promise<Recalled> {
  const { tx, community, actor, now } = call;
  const facts = await recallable(tx, community, code, number);
  refuseObstacle(facts);
  if (!needsAnother(facts, actor.id)) {
    return end(call, facts, reason);
  }
  if (facts.imported.asked !== null) {
    throw refuse(
      "RECALL_ASKED",
      "已经有人提出撤回这次导入，等另一方确认。",
      "另一方的人请在这次导入的页面上确认。",
      409,
    );
  }
  const side = deskSide(actor, community);
  await store.insertAsk(tx, community, {
    account: code,
    number,
    reason,
    side,
    by: actor.id,
    at: now.toISOString(),
  });
  return { account: facts.account, isTakenBack: false, reason, lines: 0, unmatched: 0 };
}

/** Agrees to what the other side asked for. */
export async function confirmTakeBack(call: Writing, code: string, number: number): Promise<Recalled> {
  const { tx, community, actor } = call;
  const facts = await recallable(tx, community, code, number);
  refuseObstacle(facts);
  const fault = confirmFault(facts, { id: actor.id, side: deskSide(actor, community) });
  if (fault !== null) {
    throw new Refusal(fault, 409);
  }
  return end(call, facts, facts.imported.asked?.reason ?? "");
}

function refuseObstacle(facts: RecallFacts): void {
  const obstacle = obstacleTo(facts);
  if (obstacle !== null) {
    throw new Refusal(obstacle, 409);
  }
}

/** From now on its lines count nowhere; what they were matched with is open again. */
async function end(call: Writing, { account, imported, lines }: Recallable, reason: string): Promise<Recalled> {
  const { tx, community, actor, now } = call;
  const unmatched = await undoMatchesOf(call, account.code, {
    lines: lines.map(({ line }) => line),
    reason: `第 ${imported.number} 次导入已撤回：${reason}`,
  });
  await store.insertTakenBack(tx, community, {
    account: account.code,
    number: imported.number,
    reason,
    by: actor.id,
    at: now.toISOString(),
  });
  // The file may have taught whose the account's files are: the next one that names a number is confirmed anew.
  await saveNumber(call, account.code, "");
  return { account, isTakenBack: true, reason, lines: lines.length, unmatched };
}
