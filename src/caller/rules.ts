// Owners who call an assembly together (物业管理条例 art. 13), and what proves that each of them did. Pure.
import { createHash } from "node:crypto";
import canonicalize from "canonicalize";
import type { Fault } from "../base/refusal.ts";
import { callerName, type CallerKind, type Settings } from "../procedure/rules.ts";
import { countWords, sumAreas, type Count, type Head } from "../tally/rules.ts";

/** What an owner said about being named among the callers. */
export interface Word {
  readonly head: string;
  readonly account: string;
  readonly isMine: boolean;
  /** Which wording of the call it was said about, see {@link wordingOf}. */
  readonly about: string;
}

/**
 * What proves that a head calls: the own word, from an account that somebody checked; else the call that the owners signed,
 * brought as a scan. Who was named and says no proves nothing, whatever was signed.
 */
export const PROOFS = ["own", "paper", "denied", "none"] as const;
export type Proof = (typeof PROOFS)[number];

/** What is known of who calls a draft. */
export interface Said {
  /** In the order in which it was said. */
  readonly words: readonly Word[];
  /** The wording that would go out now: what was said about another one does not count. */
  readonly wording: string;
  readonly hasPaper: boolean;
}

export function proofOf(head: string, { words, wording, hasPaper }: Said): Proof {
  const newest = new Map(
    words.filter((word) => word.head === head && word.about === wording).map((word) => [word.account, word.isMine]),
  );
  const said = [...newest.values()];
  if (said.includes(false)) {
    return "denied";
  }
  if (said.includes(true)) {
    return "own";
  }
  return hasPaper ? "paper" : "none";
}

/** Whether it counts towards the share of owners that the law asks for. */
export function isProved(proof: Proof): boolean {
  return proof === "own" || proof === "paper";
}

/** A matter as owners call for it. */
interface Called {
  readonly kind: string;
  readonly title: string;
  readonly text: string;
  readonly effect: unknown;
}

/** What exactly is called for, as a SHA-256: a word given for one wording is not given for another. */
export function wordingOf(title: string, matters: readonly Called[]): string {
  const called = matters.map(({ kind, title: name, text, effect }) => ({ kind, title: name, text, effect }));
  const bytes = canonicalize({ title, matters: called }) ?? "";
  return createHash("sha256").update(bytes, "utf8").digest("hex");
}

// ---- The share that the law asks for ------------------------------------------------------------------------------

/** A head of the roll who is named as calling, with what proves it. */
export interface Caller extends Pick<Head, "id" | "area"> {
  readonly proof: Proof;
  /** The names of its units; none once the notice is out. */
  readonly units: readonly string[];
}

/** Those of the callers whose proof is one of these: how many, and with what area. */
export function countOf(callers: readonly Caller[], proofs: readonly Proof[]): Count {
  const some = callers.filter(({ proof }) => proofs.includes(proof));
  return { heads: some.length, area: sumAreas(some.map((caller) => caller.area)) };
}

/** Whether owners with the share that the rules ask for, of heads and of area alike, call the assembly together. */
export function isCalled(have: Count, all: Count, { callPercent }: Pick<Settings, "callPercent">): boolean {
  return 100 * have.heads >= callPercent * all.heads && 100 * have.area >= callPercent * all.area;
}

/** What keeps whoever calls an assembly from calling it. `all`: the heads of the roll as it would be frozen today. */
export function callFaults(
  calledBy: CallerKind,
  facts: {
    readonly callers: readonly Caller[];
    readonly all: Count;
    readonly settings: Pick<Settings, "callers" | "callPercent">;
  },
): Fault[] {
  const { callers, all, settings } = facts;
  const fault = (code: string, column: string, message: string, remedy: string): Fault[] => [
    { code, column, message, remedy },
  ];
  if (!settings.callers.includes(calledBy)) {
    const message = `议事规则没有让${callerName(calledBy)}召集会议。`;
    return fault("CALLER_NOT_ALLOWED", "calledBy", message, "请由议事规则写明的召集人召集。");
  }
  if (calledBy !== "owners") {
    return [];
  }
  const share = `没有都达到全体 ${countWords(all)}的 ${settings.callPercent}%`;
  const named = countOf(callers, PROOFS);
  if (!isCalled(named, all, settings)) {
    const message = `联名业主 ${countWords(named)}，${share}。`;
    return fault("CALL_TOO_FEW", "callers", message, "请补上联名的业主，或由业委会召集。");
  }
  const proved = countOf(callers, ["own", "paper"]);
  return isCalled(proved, all, settings)
    ? []
    : fault(
        "CALL_UNPROVED",
        "callers",
        `联名业主写了 ${countWords(named)}，有凭据的只有 ${countWords(proved)}，${share}。`,
        "请上传业主签名的联名书，或请联名的业主在自己的业主大会页面确认；本人说没有联名的不算。",
      );
}
