// What came of a vote: the count of every matter, what may be objected to it, and when it is final. Pure.
import canonicalize from "canonicalize";
import type { Assembly, Matter, RollCases } from "../assembly/rules.ts";
import type { Channel, Unreturned } from "../ballot/rules.ts";
import { sha256 } from "../base/digest.ts";
import { plusDays, spokenDay, type Day } from "../base/month.ts";
import { refuse, type Refusal } from "../base/refusal.ts";
import type { CallerKind, Settings } from "../procedure/rules.ts";
import {
  addCounts,
  countJson,
  NO_VOTES,
  tallyJson,
  tallyOf,
  withUnreturned,
  type BallotKind,
  type Count,
  type CountJson,
  type MatterKind,
  type TallyJson,
  type UnreturnedPolicy,
  type Votes,
} from "../tally/rules.ts";

// ---- The count ----------------------------------------------------------------------------------------------------

/** What the count is made from. */
export interface CountFacts {
  readonly community: { readonly code: string; readonly name: string };
  readonly assembly: Assembly;
  readonly matters: readonly Matter[];
  /** What came in for each matter, by its place. */
  readonly votes: ReadonlyMap<number, Votes>;
  /** Who took part, by the way in which the ballot came. */
  readonly turnout: Readonly<Record<Channel, Count>>;
  /** Heads whose ballot did not come back. */
  readonly unreturned: Unreturned;
  readonly notCounted: NotCounted;
  readonly receipts: Receipts;
  readonly at: string;
  /** The day of `at` in Shanghai. */
  readonly today: Day;
}

/** What was entered from paper and is no ballot. */
export interface NotCounted {
  /** Heads whose own holders voted in person beside a paper that only one person had entered. */
  readonly inPerson: number;
  /** Why entries were set aside, one reason each. */
  readonly setAside: readonly string[];
}

/** The ballots that were counted: how many, and the SHA-256 of their sorted receipt codes, one a line. */
export interface Receipts {
  readonly count: number;
  readonly fingerprint: string;
}

/** One matter's count. */
export interface MatterOutcome {
  readonly place: number;
  readonly kind: MatterKind;
  readonly title: string;
  /** By the rules of procedure: what decides. */
  readonly tally: TallyJson;
  /** Where the rules count ballots that did not come back: which, how many, and the count without them. */
  readonly unreturned: {
    readonly policy: UnreturnedPolicy;
    readonly clause: string;
    readonly added: CountJson;
    /** What proves that `added` were delivered, and what had no proof; absent in counts from before it was asked for. */
    readonly proofs?: { readonly read: CountJson; readonly proved: CountJson; readonly unproved: CountJson };
    readonly without: TallyJson;
  } | null;
  readonly passed: boolean;
}

/** The count as it is kept, printed and downloaded. Areas are m² as text. */
export interface Outcome {
  readonly format: "xinyi.outcome/1";
  readonly community: { readonly code: string; readonly name: string };
  readonly assembly: {
    readonly id: number;
    readonly title: string;
    readonly ballot: BallotKind;
    readonly calledBy: CallerKind;
    readonly noticedAt: string;
    readonly opensOn: Day;
    readonly closesOn: Day;
  };
  readonly countedAt: string;
  readonly countedOn: Day;
  readonly roll: CountJson & { readonly fingerprint: string; readonly cases: RollCases };
  readonly settings: Settings;
  readonly turnout: Readonly<Record<Channel, CountJson>>;
  /** Absent in counts from before it was told. */
  readonly paperNotCounted?: NotCounted;
  readonly receipts: Receipts;
  readonly matters: readonly MatterOutcome[];
}

/** Counts every matter by the law's two counts and the rules of procedure that the notice froze. */
export function countAll(facts: CountFacts): Outcome {
  const { assembly, community, turnout } = facts;
  const { id, title, ballot, calledBy, opensOn, closesOn, notice } = assembly;
  if (notice === null) {
    throw new Error(`assembly ${id} has no notice, so no roll to count against`);
  }
  return {
    format: "xinyi.outcome/1",
    community,
    assembly: { id, title, ballot, calledBy, noticedAt: notice.at, opensOn, closesOn },
    countedAt: facts.at,
    countedOn: facts.today,
    roll: { ...countJson(notice.roll), fingerprint: notice.fingerprint, cases: notice.cases },
    settings: notice.settings,
    turnout: { electronic: countJson(turnout.electronic), paper: countJson(turnout.paper) },
    paperNotCounted: facts.notCounted,
    receipts: facts.receipts,
    matters: facts.matters.map((matter) => countMatter(matter, facts, notice)),
  };
}

function countMatter(
  { place, kind, title }: Matter,
  { votes, unreturned }: CountFacts,
  { roll, settings }: { readonly roll: Count; readonly settings: Settings },
): MatterOutcome {
  const cast = votes.get(place) ?? NO_VOTES;
  const without = tallyJson(tallyOf(kind, roll, cast));
  if (settings.unreturned === "absent") {
    return { place, kind, title, tally: without, unreturned: null, passed: without.passed };
  }
  const { unreturned: policy, unreturnedClause: clause } = settings;
  const { read, proved, unproved } = unreturned;
  const delivered = addCounts(read, proved);
  const tally = tallyJson(tallyOf(kind, roll, withUnreturned(cast, delivered, policy)));
  const added = countJson(delivered);
  const proofs = { read: countJson(read), proved: countJson(proved), unproved: countJson(unproved) };
  return { place, kind, title, tally, unreturned: { policy, clause, added, proofs, without }, passed: tally.passed };
}

/** The same count gives the same bytes on either database; the digest is their SHA-256. */
export function sealOutcome(outcome: Outcome): { readonly bytes: string; readonly digest: string } {
  const bytes = canonicalize(outcome) ?? "";
  return { bytes, digest: sha256(bytes) };
}

// ---- Objections ---------------------------------------------------------------------------------------------------

export const VERDICTS = ["open", "dismissed", "upheld"] as const;
export type Verdict = (typeof VERDICTS)[number];

/** What somebody on the roll holds against the count or the way to it. */
export interface Objection {
  readonly id: number;
  readonly head: string;
  readonly account: string;
  readonly text: string;
  readonly raisedAt: string;
  readonly verdict: Verdict;
  readonly answer: string;
  /** Who holds that it is right: the vote is void as soon as a second person agrees. */
  readonly proposedBy: string | null;
  readonly answeredBy: string | null;
  readonly answeredAt: string | null;
  /** Why its words are kept from the public; null while they are not. */
  readonly hidden: string | null;
}

/** Refuses another objection of a head that waits for an answer: the vote would wait for as many as one cares to send. */
export function assertFirstOpen(objections: readonly Objection[], head: string): void {
  const open = objections.find((each) => each.head === head && each.verdict === "open");
  if (open !== undefined) {
    throw refuse(
      "OBJECTION_WAITS",
      `您这一户的第 ${open.id} 条异议还没有答复，一户一次提一条。`,
      "请等它有了答复再提下一条；要补充的，请联系业委会或监察人。",
      409,
    );
  }
}

/** What everybody reads of an objection. */
export function publicWords({ text, hidden }: Pick<Objection, "text" | "hidden">): string {
  return hidden === null ? text : `已隐藏：${hidden}`;
}

/** The last day on which somebody may object. */
export function objectionsUntil({ countedOn, settings }: Pick<Outcome, "countedOn" | "settings">): Day {
  return plusDays(countedOn, settings.objectionDays);
}

/** Why a counted vote is not final yet; null when nothing keeps it. */
export function notYetFinal(
  outcome: Pick<Outcome, "countedOn" | "settings">,
  objections: readonly Pick<Objection, "verdict">[],
  today: Day,
): Refusal | null {
  const until = objectionsUntil(outcome);
  const open = objections.filter(({ verdict }) => verdict === "open").length;
  if (today <= until) {
    const message = `异议期到${spokenDay(until)}为止，还没有过。`;
    return refuse("OBJECTIONS_RUNNING", message, "请等异议期过后再确认；到时系统也会自行确认。", 409);
  }
  if (open > 0) {
    return refuse("OBJECTIONS_OPEN", `还有 ${open} 条异议没有答复。`, "请先逐条答复异议。", 409);
  }
  return null;
}
