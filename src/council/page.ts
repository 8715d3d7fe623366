// The committee's decisions in words: at the desk with who voted, in public without a name.
import { displayYuan, greatest, subtract, ZERO, type Fen } from "../base/money.ts";
import { spokenDay, spokenMoment, type Day } from "../base/month.ts";
import { SOURCE_NAMES, SOURCES } from "../budget/rules.ts";
import { accountWords } from "../ledger/rules.ts";
import { decisionHref, resolutionHref } from "../resolution/rules.ts";
import {
  ANNOUNCE_WITHIN,
  daysUnposted,
  KIND_NAMES,
  movedByCommittee,
  STAGE_NAMES,
  tallyOf,
  type Choice,
  type Decision,
  type LimitFacts,
  type Stage,
} from "./rules.ts";

const CHOICE_NAMES: Readonly<Record<Choice, string>> = { agree: "同意", oppose: "反对" };

export interface Shown {
  readonly decision: Decision;
  readonly stage: Stage;
}

/** "全体委员 5 人：同意 3 人，反对 1 人，没有表决 1 人。全体的过半数是 3 人，已通过。" */
function countWords({ decision, stage }: Shown): string {
  const { members, agree, oppose, need } = tallyOf(decision);
  const silent = members - agree - oppose;
  const rest = silent === 0 ? "" : `，没有表决 ${silent} 人`;
  return `全体委员 ${members} 人：同意 ${agree} 人，反对 ${oppose} 人${rest}。要 ${need} 人同意（全体的过半数），${STAGE_NAMES[stage]}。`;
}

/** What stands in public of a decision: the agenda from the day it is announced, the count once it is over. */
export function decisionView(community: string, shown: Shown) {
  const { decision, stage } = shown;
  const { passed, postedOn, opensOn, closesOn } = decision;
  const { members, need } = tallyOf(decision);
  const isOver = stage === "passed" || stage === "failed";
  return {
    id: decision.id,
    publicHref: decisionHref(community, decision.id),
    deskHref: `/desk/${community}/decisions/${decision.id}`,
    title: decision.title,
    lines: decision.text.split("\n").filter((line) => line !== ""),
    kind: KIND_NAMES[decision.effect.kind],
    stage: STAGE_NAMES[stage],
    isOpen: !isOver,
    window: `${spokenDay(opensOn)}至${spokenDay(closesOn)}`,
    announced: spokenMoment(decision.proposedAt),
    rule: `全体委员 ${members} 人，要 ${need} 人同意才通过`,
    count: isOver ? countWords(shown) : "",
    number: passed?.number ?? "",
    numberHref: passed === null ? "" : resolutionHref(community, passed.number),
    decidedOn: passed === null ? "" : spokenDay(passed.on),
    postedOn: postedOn === null ? "" : spokenDay(postedOn),
  };
}

/** The same at the desk: who has voted, and how once it is over. */
export function deskView(
  community: string,
  shown: Shown & { readonly names: ReadonlyMap<string, string>; readonly isMine: boolean },
  rights: { readonly today: Day; readonly mayPropose: boolean },
) {
  const { decision, stage, names, isMine } = shown;
  const isOver = stage === "passed" || stage === "failed";
  const late = daysUnposted(decision, rights.today);
  const isUnposted = decision.passed !== null && decision.postedOn === null;
  return {
    ...decisionView(community, shown),
    isMine,
    proposedBy: names.get(decision.proposedBy) ?? "",
    voters: decision.members.map((account) => {
      const vote = decision.votes.find((each) => each.account === account);
      const told = isOver && vote !== undefined ? CHOICE_NAMES[vote.choice] : "已表决";
      return { name: names.get(account) ?? "", words: vote === undefined ? "还没有表决" : told };
    }),
    isUnposted,
    canPost: isUnposted && rights.mayPropose,
    late: late === 0 ? "" : `通过已超过 ${ANNOUNCE_WITHIN} 日，还没有登记张贴公告，晚了 ${late} 天`,
  };
}

// ---- Forms --------------------------------------------------------------------------------------------------------

/** Most changes move money from one line to another; more lines are folded away. */
const CHANGE_ROWS = { first: 2, all: 5 };

const SOURCE_CHOICES = SOURCES.map((value) => ({ value, label: SOURCE_NAMES[value] }));

/** The form of a change, with what may still be moved and what each line has left. */
export function changeForm(year: number, { upTo, own, taken, planned }: LimitFacts, accounts: readonly string[]) {
  const moved = movedByCommittee(own);
  const left = (account: string): Fen => subtract(planned.get(account) ?? ZERO, taken.get(account) ?? ZERO);
  const options = accounts.map((account) => {
    const about = planned.has(account) ? ` · 预算 ${displayYuan(planned.get(account) ?? ZERO)}` : " · 没有预算";
    const rest = account.startsWith("5") && planned.has(account) ? `，剩 ${displayYuan(left(account))}` : "";
    return { value: account, label: `${accountWords(account)}${about}${rest}` };
  });
  const rows = Array.from({ length: CHANGE_ROWS.all }, (_, index) => ({
    account: `changes.${index}.account`,
    amount: `changes.${index}.amount`,
    label: index === 0 ? "科目" : `第 ${index + 1} 个科目`,
    isOptional: index > 0,
  }));
  return {
    year,
    isDelegated: upTo !== null,
    upTo: displayYuan(upTo ?? ZERO),
    moved: displayYuan(moved),
    free: displayYuan(greatest(ZERO, subtract(upTo ?? ZERO, moved))),
    options,
    sources: SOURCE_CHOICES,
    firstRows: rows.slice(0, CHANGE_ROWS.first),
    moreRows: rows.slice(CHANGE_ROWS.first),
  };
}
