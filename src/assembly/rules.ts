// An assembly of the owners: one notice, one roll, one window of voting, and the matters that are voted on in it.
import { createHash } from "node:crypto";
import { dayAt, type Day } from "../base/month.ts";
import { refuse } from "../base/refusal.ts";
import type { CallerKind, Settings } from "../procedure/rules.ts";
import { areaText, type Count, type Head, type MatterKind } from "../tally/rules.ts";

/** What the owners vote on: one question, answered with yes or no. */
export interface Matter {
  /** 1, 2, … in the order of the notice. */
  readonly place: number;
  readonly kind: MatterKind;
  readonly title: string;
  readonly text: string;
  /** What happens when it is adopted and final, as the room effect reads it; null = nothing by itself. */
  readonly effect: unknown;
}

export type BallotKind = "open" | "secret";

/** A row of the frozen roll. */
export type RollHead = Head;

/** What the notice froze. */
export interface Notice {
  readonly at: string;
  readonly roll: Count;
  readonly fingerprint: string;
  readonly settings: Settings;
  readonly cases: RollCases;
}

export interface Assembly {
  readonly id: number;
  readonly title: string;
  readonly ballot: BallotKind;
  readonly calledBy: CallerKind;
  /** Voting opens at 00:00 of this day in Shanghai. */
  readonly opensOn: Day;
  /** Voting ends at the end of this day. */
  readonly closesOn: Day;
  readonly createdBy: string;
  readonly createdAt: string;
  /** null: still a draft. */
  readonly notice: Notice | null;
  /** When the count was made; null before. */
  readonly closedAt: string | null;
  /** When it became final or void; null before. */
  readonly finishedAt: string | null;
  /** Why it is void; null when it is not. */
  readonly voidReason: string | null;
}

// ---- Stages -----------------------------------------------------------------------------------------------------

/**
 * Where an assembly stands: draft → notice → voting → counting (the window is over, the count not made) → objections →
 * final or void. A draft that was withdrawn is void without ever having been noticed.
 */
export const STAGES = ["draft", "notice", "voting", "counting", "objections", "final", "void"] as const;
export type Stage = (typeof STAGES)[number];

/** The stage at an instant, from what is stored and nothing else. */
export function stageOf(assembly: Assembly, now: Date): Stage {
  if (assembly.voidReason !== null) {
    return "void";
  }
  if (assembly.finishedAt !== null) {
    return "final";
  }
  if (assembly.closedAt !== null) {
    return "objections";
  }
  if (assembly.notice === null) {
    return "draft";
  }
  const today = dayAt(now);
  if (today < assembly.opensOn) {
    return "notice";
  }
  return today <= assembly.closesOn ? "voting" : "counting";
}

/** Refuses to go on when the clock stands before what was already done: some days would be counted twice. */
export function assertClock(assembly: Assembly, now: Date): void {
  const { createdAt, notice, closedAt, finishedAt } = assembly;
  const last = [createdAt, notice?.at ?? "", closedAt ?? "", finishedAt ?? ""].toSorted().at(-1) ?? "";
  if (now.toISOString() < last) {
    throw refuse(
      "CLOCK_BACK",
      `现在的时间 ${now.toISOString()} 早于这次会议已经记录的一步 ${last}，系统时间可能被拨回了。`,
      "请先校准服务器的时间，再做这一步。",
      409,
    );
  }
}

// ---- The roll -----------------------------------------------------------------------------------------------------

/** The roll by cases: how often each rule about heads and areas made a difference. */
export interface RollCases {
  /** Owners who hold several units and are one head: how many, and how many units they hold. */
  readonly several: { readonly heads: number; readonly units: number };
  /** Units held jointly, and how many heads their holders are. */
  readonly joint: { readonly heads: number; readonly units: number };
  /** The owner with the most units (before the sale of all units the developer): how many, and their area. */
  readonly largest: { readonly units: number; readonly area: string };
  /** Units that do not count: parking and storage, where the rules of procedure leave them out. */
  readonly leftOut: { readonly units: number; readonly area: string };
}

/** The roll as canonical lines, one a head in the order of their ids: id, area in m², its units. */
export function rollLines(heads: readonly RollHead[]): string {
  return heads
    .toSorted((a, b) => (a.id < b.id ? -1 : 1))
    .map(({ id, area, units }) => {
      const held = units
        .map((unit) => `${unit.unit} ${areaText(unit.area)}`)
        .toSorted()
        .join(",");
      return `${id}\t${areaText(area)}\t${held}\n`;
    })
    .join("");
}

/** SHA-256 of the roll's canonical lines in UTF-8: whoever has the roll can compute it again. */
export function fingerprintOf(heads: readonly RollHead[]): string {
  return createHash("sha256").update(rollLines(heads), "utf8").digest("hex");
}
