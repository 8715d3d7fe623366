// The register of what was decided: numbers, who decided, and how a resolution is named wherever a figure rests on it.
import type { Day, Month } from "../base/month.ts";

/** Who decided: the owners' assembly, the committee, or either of them before the community's books were kept here. */
const BODIES = ["assembly", "committee", "earlier"] as const;
export type Body = (typeof BODIES)[number];

const BODY_NAMES: Readonly<Record<Body, string>> = {
  assembly: "业主大会",
  committee: "业委会",
  earlier: "既往决议",
};

export function bodyName(body: Body): string {
  return BODY_NAMES[body];
}

/** What was decided, before it has a number. */
export interface Decided {
  readonly body: Body;
  /** The kind of matter (contract section 6). */
  readonly kind: string;
  readonly title: string;
  readonly text: string;
  /** The day from which it stands: the vote's objection period is over, the committee has signed. */
  readonly decidedOn: Day;
  /** The vote it came from, and the place of its matter in the notice. */
  readonly assembly?: number;
  readonly matter?: number;
  /** The committee's decision it came from. */
  readonly decision?: number;
  /** The scanned original of an earlier one, as the hash of a voucher. */
  readonly document?: string;
}

/** A resolution ended by a court or by the owners (民法典 art. 280), and the first month in which it no longer holds. */
export interface Voiding {
  readonly from: Month;
  readonly reason: string;
  /** What it rests on: a judgement or the like, which everybody may read; null where the owners decided anew. */
  readonly document: string | null;
  /** The number of the later resolution that ended it; null where a document did. */
  readonly successor: string | null;
  readonly at: string;
}

export interface Resolution extends Decided {
  readonly number: string;
  readonly voided: Voiding | null;
}

// ---- Proposals --------------------------------------------------------------------------------------------------

/** The sides that speak here: whoever proposes is answered by somebody of another one. */
const SPEAKERS = ["committee", "trustee", "supervisor"] as const;
export type Speaker = (typeof SPEAKERS)[number];

/** A decision of before the books were kept here, to be put into the register. It changes no data. */
export interface EarlierDecision {
  readonly act: "record";
  readonly kind: string;
  readonly title: string;
  readonly text: string;
  readonly decidedOn: Day;
}

/** A resolution to be voided from a month on. */
export interface VoidWish {
  readonly act: "void";
  readonly number: string;
  readonly from: Month;
  readonly reason: string;
  /** The later resolution of the assembly that ends it; null where a document does. */
  readonly successor: string | null;
}

/** What one side proposed and another has not answered yet. */
export interface Proposal {
  readonly id: number;
  readonly wish: EarlierDecision | VoidWish;
  /** The scanned original, or the judgement; null where there is none. */
  readonly document: string | null;
  readonly side: Speaker;
  readonly by: string;
  readonly at: string;
}

/** For which side somebody speaks: the first that is theirs. */
export function speaksFor(roles: readonly string[]): Speaker | null {
  return SPEAKERS.find((side) => roles.includes(side)) ?? null;
}

/** Whether somebody may have a resolution voided: never whoever is of the trustee, whose pay it may be about. */
export function mayVoid(roles: readonly string[]): boolean {
  return speaksFor(roles) !== null && !roles.includes("trustee");
}

/** Whether somebody may agree to a proposal or send it back: of another side, and not who proposed it. */
export function mayAnswer(
  proposal: Pick<Proposal, "wish" | "side" | "by">,
  who: string,
  roles: readonly string[],
): boolean {
  const isSpeaker = proposal.wish.act === "void" ? mayVoid(roles) : speaksFor(roles) !== null;
  return isSpeaker && proposal.by !== who && !roles.includes(proposal.side);
}

/** Why a resolution does not end another one; null when it does: the owners decided it in a later vote, and it holds. */
export function whyNoSuccessor(resolution: Resolution, successor: Resolution | null): string | null {
  if (successor === null) {
    return "登记簿里没有这个编号的决议";
  }
  if (successor.body !== "assembly") {
    return "它不是业主大会的决议";
  }
  if (successor.voided !== null) {
    return "它自己已经作废";
  }
  const isLater = successor.decidedOn >= resolution.decidedOn && successor.assembly !== resolution.assembly;
  return isLater ? null : "它不是在后来的表决里作出的";
}

// ---- Numbers ----------------------------------------------------------------------------------------------------

/** `2020-业主大会-1`: the year, who decided, and one after the other within both. */
export function nextNumber(decided: Pick<Decided, "body" | "decidedOn">, taken: readonly string[]): string {
  const stem = `${decided.decidedOn.slice(0, 4)}-${bodyName(decided.body)}-`;
  const last = taken
    .filter((number) => number.startsWith(stem))
    .map((number) => Number(number.slice(stem.length)))
    .reduce((a, b) => Math.max(a, b), 0);
  return `${stem}${last + 1}`;
}

/** The public page of a resolution, from which the count is one click away. */
export function resolutionHref(community: string, number: string): string {
  return `/c/${community}/resolutions/${encodeURIComponent(number)}`;
}

/** The vote's result. */
export function resultHref(community: string, assembly: number): string {
  return `/c/${community}/assemblies/${assembly}`;
}

/** The committee's vote. */
export function decisionHref(community: string, decision: number): string {
  return `/c/${community}/decisions/${decision}`;
}

/** What a figure rests on, as a reader sees it: a link where the register has it, a text where history names no more. */
export interface Basis {
  readonly text: string;
  /** "" when the register does not have it. */
  readonly href: string;
}

/** `registered`: the numbers in the community's register. */
export function basisOf(community: string, text: string | null | undefined, registered: ReadonlySet<string>): Basis {
  const words = text ?? "";
  return { text: words, href: registered.has(words) ? resolutionHref(community, words) : "" };
}

/** What a form offers to rest on: every resolution that holds, newest first. */
export function resolutionChoices(resolutions: readonly Resolution[]): { value: string; label: string }[] {
  return resolutions
    .filter(({ voided }) => voided === null)
    .map(({ number, title }) => ({ value: number, label: `${number}　${title}` }));
}
