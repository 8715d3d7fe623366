// Decisions of the committee 业委会决定: who votes, when one stands, what it may change by itself. Pure.
import { add, displayYuan, greatest, subtract, sum, ZERO, type Fen } from "../base/money.ts";
import { daysBetween, plusDays, type Day } from "../base/month.ts";
import { refuse } from "../base/refusal.ts";
import { movedBy, type BudgetChange, type ChangeWish } from "../budget/rules.ts";

// ---- Days -----------------------------------------------------------------------------------------------------------

/** Between announcing the agenda and the vote: 业主大会和业主委员会指导规则 art. 39 (提前 7 日公告会议内容和议程). */
const AGENDA_DAYS = 7;
/** How long a vote is open, if it is not decided before. No rule says it: a week, so that everybody has a free evening. */
const VOTE_DAYS = 7;
/** Within how many days a decision must be announced in the community: the same, art. 39 (作出之日起 3 日内公告). */
export const ANNOUNCE_WITHIN = 3;

// ---- A decision ---------------------------------------------------------------------------------------------------

/** What a decision does by itself once it stands. */
export type DecisionEffect =
  | { readonly kind: "ratify-emergency"; readonly spend: number }
  | ({ readonly kind: "budget-change" } & ChangeWish)
  | { readonly kind: "other" };

export const DECISION_KINDS = ["ratify-emergency", "budget-change", "other"] as const;
export type DecisionKind = (typeof DECISION_KINDS)[number];

export const KIND_NAMES: Readonly<Record<DecisionKind, string>> = {
  "ratify-emergency": "追认紧急支出",
  "budget-change": "调整预算",
  other: "其他事项",
};

export const CHOICES = ["agree", "oppose"] as const;
export type Choice = (typeof CHOICES)[number];

export interface Vote {
  readonly account: string;
  readonly choice: Choice;
  readonly at: string;
}

export interface Decision {
  readonly id: number;
  readonly title: string;
  readonly text: string;
  readonly effect: DecisionEffect;
  readonly proposedBy: string;
  readonly proposedAt: string;
  /** The first and the last day of the vote. */
  readonly opensOn: Day;
  readonly closesOn: Day;
  /** The accounts of all who were members when it was proposed: they vote, and they are what a majority is of. */
  readonly members: readonly string[];
  readonly votes: readonly Vote[];
  /** Its number in the register and the day it was passed; null while it has not. */
  readonly passed: { readonly number: string; readonly on: Day } | null;
  /** The day it was put up on the notice board; null while nobody recorded that. */
  readonly postedOn: Day | null;
}

/** From when to when a decision is voted on. What cannot wait is voted on at once. */
export function windowOf(today: Day, effect: DecisionEffect): Pick<Decision, "opensOn" | "closesOn"> {
  const opensOn = effect.kind === "ratify-emergency" ? today : plusDays(today, AGENDA_DAYS);
  return { opensOn, closesOn: plusDays(opensOn, VOTE_DAYS - 1) };
}

export interface Tally {
  readonly members: number;
  readonly agree: number;
  readonly oppose: number;
  /** The fewest who must agree, whether the others vote or not: {@link MEMBERS_LEAST}, and more than half of all. */
  readonly need: number;
}

/**
 * A decision needs the consent of more than half of ALL members (指导规则 art. 38), of whom a committee has 5 to 11. Who has
 * no account is not known here, so that the majority of few accounts may be one person: never fewer than two decide.
 */
const MEMBERS_LEAST = 2;

/** Refuses a decision that nobody could pass, since one member alone never decides. */
export function assertQuorate(members: readonly string[]): void {
  if (members.length < MEMBERS_LEAST) {
    throw refuse(
      "COMMITTEE_TOO_SMALL",
      "业委会只有一位委员有账号，一个人不能作出决定（业委会决定要全体委员过半数同意）。",
      "请先邀请其他委员加入，或提交业主大会表决。",
      409,
    );
  }
}

export function tallyOf({ members, votes }: Pick<Decision, "members" | "votes">): Tally {
  const count = (choice: Choice): number => votes.filter((vote) => vote.choice === choice).length;
  return {
    members: members.length,
    agree: count("agree"),
    oppose: count("oppose"),
    need: Math.max(MEMBERS_LEAST, Math.floor(members.length / 2) + 1),
  };
}

export const STAGES = ["announced", "voting", "passed", "failed"] as const;
export type Stage = (typeof STAGES)[number];

export const STAGE_NAMES: Readonly<Record<Stage, string>> = {
  announced: "议程公告中",
  voting: "表决中",
  passed: "已通过",
  failed: "没有通过",
};

/** How the votes alone stand: passed, beyond passing, or still open. */
export function resultOf(decision: Pick<Decision, "members" | "votes">): "passed" | "failed" | "open" {
  const { members, agree, oppose, need } = tallyOf(decision);
  if (agree >= need) {
    return "passed";
  }
  return members - oppose < need ? "failed" : "open";
}

/** Where a decision is on a day. It fails as soon as it cannot pass, or when its last day is over. */
export function stageOf(decision: Decision, today: Day): Stage {
  const result = resultOf(decision);
  if (result !== "open") {
    return result;
  }
  if (today < decision.opensOn) {
    return "announced";
  }
  return today > decision.closesOn ? "failed" : "voting";
}

/** A member before a vote, and when. Whoever is none any more is stopped at the door. */
export interface Voter {
  readonly account: string;
  readonly now: string;
  readonly today: Day;
}

/** Refuses a vote that may not be cast; nobody votes for somebody else. */
export function assertMayVote(decision: Decision, { account, now, today }: Voter): void {
  const about = `第 ${decision.id} 项决定`;
  const stage = stageOf(decision, today);
  if (stage === "passed" || stage === "failed") {
    throw refuse("DECISION_OVER", `${about}${STAGE_NAMES[stage]}，不能再表决。`, "需要时请重新提出。", 409);
  }
  if (stage === "announced") {
    const words = `${about}还在公告议程，${decision.opensOn} 才开始表决。`;
    throw refuse("VOTE_NOT_OPEN", words, "请到那天再来；业主可以先提意见。", 409);
  }
  if ([decision.proposedAt, ...decision.votes.map(({ at }) => at)].some((at) => at > now)) {
    throw refuse("CLOCK_BACK", "这台机器的时间早于已经记录的步骤。", "请管理员校准时间后再试。", 409);
  }
  if (!decision.members.includes(account)) {
    throw refuse("NOT_ON_ROLL", `提出${about}时您还不是委员。`, "名单在提出时固定；请由名单上的委员表决。", 403);
  }
  if (decision.votes.some((vote) => vote.account === account)) {
    throw refuse("VOTED", `您已经对${about}表决过。`, "每人一票，投了不能改。", 409);
  }
}

// ---- What a decision may change --------------------------------------------------------------------------------------

/** Everything that decides whether the committee may change the budget by itself. */
export interface LimitFacts {
  /** The deed's limit for a calendar year; null where it leaves all changes to the assembly. */
  readonly upTo: Fen | null;
  /** The changes of that year that rest on the committee's own decisions. */
  readonly own: readonly BudgetChange[];
  /** What is paid and spoken for, by account. */
  readonly taken: ReadonlyMap<string, Fen>;
  /** The year's budget with the changes so far. */
  readonly planned: ReadonlyMap<string, Fen>;
}

/** How much of a year's budget the committee moved by its own decisions. */
export function movedByCommittee(own: readonly BudgetChange[]): Fen {
  const ids = [...new Set(own.map(({ id }) => id))];
  return sum(ids.map((id) => movedBy(own.filter((change) => change.id === id))));
}

/** Refuses a change that the deed leaves to the assembly, and one that takes what is spent already. */
export function assertWithinLimit(wish: ChangeWish, { upTo, own, taken, planned }: LimitFacts): void {
  if (upTo === null) {
    const words = "信托合同没有授权业委会调整预算。";
    throw refuse("CHANGE_NOT_DELEGATED", words, "请作为表决事项提交业主大会。", 409);
  }
  const moved = movedByCommittee(own);
  const wanted = movedBy(wish.changes);
  if (add(moved, wanted) > upTo) {
    throw refuse(
      "CHANGE_BEYOND_LIMIT",
      `信托合同授权业委会每年最多调整 ${displayYuan(upTo)} 元；${wish.year} 年已调整 ${displayYuan(moved)} 元，` +
        `这次 ${displayYuan(wanted)} 元就超过了。`,
      `最多还能调整 ${displayYuan(greatest(ZERO, subtract(upTo, moved)))} 元；更多的请提交业主大会。`,
      409,
    );
  }
  const short = wish.changes.find(
    ({ account, amount }) => amount < 0 && add(planned.get(account) ?? ZERO, amount) < (taken.get(account) ?? ZERO),
  );
  if (short !== undefined) {
    const { account } = short;
    const free = subtract(planned.get(account) ?? ZERO, taken.get(account) ?? ZERO);
    throw refuse(
      "BUDGET_TAKEN",
      `${account} 已付和等待放行的共 ${displayYuan(taken.get(account) ?? ZERO)} 元，不能减到它以下。`,
      `最多减 ${displayYuan(greatest(ZERO, free))} 元。`,
      409,
    );
  }
}

// ---- What is late ---------------------------------------------------------------------------------------------------

/** How many days a passed decision is late on the notice board; 0 while it is in time, or posted. */
export function daysUnposted(decision: Decision, today: Day): number {
  const { passed, postedOn } = decision;
  return passed === null || postedOn !== null ? 0 : Math.max(0, daysBetween(passed.on, today) - ANNOUNCE_WITHIN);
}
