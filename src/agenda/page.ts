// What is to be decided now, in words: rows of the desk's list, and what owners and everybody read first.
import { spokenDay, type Day } from "../base/month.ts";
import type { Assembly, Stage as VoteStage } from "../assembly/rules.ts";
import type { Decision, Stage as DecisionStage } from "../council/rules.ts";
import type { Permission } from "../door/rules.ts";
import type { Handover } from "../handover/rules.ts";
import { objectionsUntil, type Outcome } from "../outcome/rules.ts";
import { phaseOn, type Standing } from "../plan/rules.ts";
import { resolutionHref, resultHref } from "../resolution/rules.ts";

// ---- At the desk --------------------------------------------------------------------------------------------------

/** One thing to do, for those who may do it. */
export interface Task {
  readonly may: Permission;
  readonly title: string;
  readonly words: string;
  readonly href: string;
  /** It holds others up, or its day is over. */
  readonly isUrgent: boolean;
}

/** A vote that is prepared or runs. */
export interface RunningVote {
  readonly assembly: Pick<Assembly, "id" | "title" | "opensOn" | "closesOn">;
  readonly stage: VoteStage;
  /** Heads to whom nobody recorded that the notice came. */
  readonly unreached: number;
  /** Paper ballots that two people have not entered alike yet. */
  readonly papers: number;
  readonly outcome: Outcome | null;
  /** Objections without an answer. */
  readonly objections: number;
}

export interface CouncilItem {
  readonly decision: Decision;
  readonly stage: DecisionStage;
  readonly isMine: boolean;
  /** Days by which it is late on the notice board. */
  readonly late: number;
}

export interface DeskFacts {
  readonly community: string;
  readonly today: Day;
  readonly votes: readonly RunningVote[];
  readonly plans: readonly Standing[];
  readonly comments: readonly { readonly year: number; readonly count: number }[];
  readonly decisions: readonly CouncilItem[];
  /** Proposals of another side that the reader may answer. */
  readonly proposals: number;
  /** Payments in an emergency that the committee has not ratified. */
  readonly emergencies: number;
  readonly handovers: readonly Handover[];
  /** Owners' accounts that nobody has checked: all, and those that the reader may check. */
  readonly checks: { readonly all: number; readonly mine: number };
}

/** Everything that waits for somebody, what cannot wait first. */
export function tasksOf(facts: DeskFacts): Task[] {
  const tasks = [
    ...facts.votes.flatMap((vote) => voteTasks(vote, facts)),
    ...councilTasks(facts),
    ...planTasks(facts),
    ...otherTasks(facts),
    ...checkTasks(facts),
  ];
  return tasks.toSorted((a, b) => Number(b.isUrgent) - Number(a.isUrgent));
}

function voteTasks(vote: RunningVote, facts: DeskFacts): Task[] {
  const { assembly, stage, papers, unreached, outcome, objections } = vote;
  const base = `/desk/${facts.community}/assemblies/${assembly.id}`;
  const about = { title: assembly.title, href: base, may: "assembly.run", isUrgent: false } as const;
  const closes = spokenDay(assembly.closesOn);
  const paper: Task[] =
    papers === 0
      ? []
      : [
          {
            ...about,
            may: "ballot.enter",
            words: `${papers} 张纸质选票没有录完：要两个人各录一遍`,
            href: `${base}/ballots`,
            isUrgent: stage === "counting",
          },
        ];
  const deliveries: Task[] =
    unreached === 0
      ? []
      : [
          {
            ...about,
            words: `还有 ${unreached} 人没有登记送达`,
            href: `${base}/deliveries`,
            isUrgent: stage === "voting",
          },
        ];
  switch (stage) {
    case "draft":
      return [{ ...about, words: "草案，还没有发出通知" }];
    case "notice":
      return [{ ...about, words: `已发通知，${spokenDay(assembly.opensOn)}开始投票` }, ...deliveries];
    case "voting":
      return [{ ...about, words: `正在投票，到${closes} 24 时截止`, href: `${base}/ballots` }, ...paper, ...deliveries];
    case "counting":
      return [{ ...about, words: "投票期已过，请计票", href: `${base}/result`, isUrgent: true }, ...paper];
    case "objections":
      return objectionTasks({ outcome, objections }, { ...about, href: `${base}/result` }, facts.today);
    case "final":
    case "void":
      return [];
  }
}

function objectionTasks(
  { outcome, objections }: Pick<RunningVote, "outcome" | "objections">,
  about: Omit<Task, "words">,
  today: Day,
): Task[] {
  if (outcome === null) {
    return [];
  }
  const until = objectionsUntil(outcome);
  if (objections > 0) {
    return [{ ...about, may: "assembly.answer", words: `${objections} 条异议等答复`, isUrgent: true }];
  }
  return today > until
    ? [{ ...about, words: "异议期已过，请确认结果", isUrgent: true }]
    : [{ ...about, words: `已计票，异议期到${spokenDay(until)}` }];
}

function councilTasks({ community, decisions, emergencies }: DeskFacts): Task[] {
  const base = `/desk/${community}/decisions`;
  const about = (chosen: readonly CouncilItem[], what: string, isUrgent: boolean): Task[] => {
    const words = chosen.map(({ decision }) => decision.title).join("、");
    const title = `${chosen.length} 项业委会决定${what}`;
    return chosen.length === 0 ? [] : [{ may: "council.vote", title, words, href: base, isUrgent }];
  };
  const passed = decisions.filter(({ stage }) => stage === "passed");
  const emergency: Task = {
    may: "council.propose",
    title: `${emergencies} 笔紧急支出还没有追认`,
    words: "请提交业委会表决，过半数同意就是追认",
    href: `${base}/ratify`,
    isUrgent: true,
  };
  return [
    ...about(
      decisions.filter(({ isMine }) => isMine),
      "等您表决",
      true,
    ),
    ...about(
      passed.filter(({ late }) => late > 0),
      "过了公告期限",
      true,
    ),
    ...about(
      passed.filter(({ late }) => late === 0),
      "要张贴公告并登记",
      false,
    ),
    ...(emergencies === 0 ? [] : [emergency]),
  ];
}

function planTasks({ community, plans, comments, votes, today }: DeskFacts): Task[] {
  const base = `/desk/${community}/plans`;
  const isVoted = votes.length > 0;
  const answers = comments.map(({ year, count }): Task => {
    const period = plans.find((plan) => plan.year === year)?.period ?? null;
    return {
      may: "plan.answer",
      title: `${year} 年预算`,
      words: `${count} 条意见等答复`,
      href: `${base}/${year}/comments`,
      isUrgent: phaseOn(period, today) === "over",
    };
  });
  const steps = plans.flatMap(({ year, newest, period, frozen, adopted }): Task[] => {
    const about = { title: `${year} 年预算`, href: `${base}/${year}`, may: "plan.edit", isUrgent: false } as const;
    if (adopted !== null) {
      return [];
    }
    if (frozen !== null) {
      const words = `第 ${frozen} 版已定稿，请召开业主大会表决`;
      return isVoted ? [] : [{ ...about, may: "assembly.run", words, href: `/desk/${community}/assemblies/new` }];
    }
    if (newest === 0) {
      return [{ ...about, words: "草案还没有公布" }];
    }
    return phaseOn(period, today) === "over"
      ? [{ ...about, words: "征求意见期已结束，请答复、修改、定稿", isUrgent: true }]
      : [];
  });
  return [...answers, ...steps];
}

function otherTasks({ community, proposals, handovers, today }: DeskFacts): Task[] {
  const base = `/desk/${community}`;
  const running = handovers.filter(({ day, isVoid }) => !isVoid && day >= today);
  return [
    ...(proposals === 0
      ? []
      : [
          {
            may: "resolution.confirm" as const,
            title: "决议",
            words: `${proposals} 项登记或作废的提议等您核对`,
            href: `${base}/resolutions`,
            isUrgent: false,
          },
        ]),
    ...running.map(({ outgoing, company, day }) => ({
      may: "resolution.view" as const,
      title: "物业交接",
      words: `${outgoing} → ${company}，${spokenDay(day)}交接`,
      href: `${base}/handover`,
      isUrgent: false,
    })),
  ];
}

/** Urgent while a vote is announced: an account that nobody checks casts no ballot. */
function checkTasks({ community, checks: { all, mine }, votes }: DeskFacts): Task[] {
  const others = all > mine ? `；其中 ${all - mine} 个不能由您核对，请另一位委员或监察人` : "";
  const task: Task = {
    may: "owner.check",
    title: `${all} 个业主账号等核对`,
    words: `核对后才能网上投票${others}`,
    href: `/desk/${community}/owner-checks`,
    isUrgent: mine > 0 && votes.some(({ stage }) => stage === "notice" || stage === "voting"),
  };
  return all === 0 ? [] : [task];
}

// ---- For owners and everybody -------------------------------------------------------------------------------------

/** One place to read on, with what is to be known of it in a line. */
export interface News {
  readonly title: string;
  readonly words: string;
  readonly href: string;
  /** Something is asked of owners now. */
  readonly isNow: boolean;
}

export interface OpenFacts {
  readonly community: string;
  readonly today: Day;
  /** Announced votes, the newest first. */
  readonly votes: readonly {
    readonly assembly: Pick<Assembly, "id" | "title" | "opensOn" | "closesOn">;
    readonly stage: VoteStage;
  }[];
  readonly newest: { readonly assembly: number; readonly outcome: Outcome } | null;
  readonly plans: readonly Standing[];
  readonly latest: { readonly number: string; readonly title: string } | null;
  /** The years that have a budget. */
  readonly budgeted: readonly number[];
}

/** Where the owner's own ballots of a vote stand. */
export interface OwnBallots {
  readonly open: number;
  readonly paper: number;
  readonly received: number;
}

/** The votes that are announced or run, for everybody or with the reader's own ballots. */
function voteNews(
  { community, votes }: Pick<OpenFacts, "community" | "votes">,
  own: ReadonlyMap<number, OwnBallots> | null,
): News[] {
  return votes.flatMap(({ assembly, stage }): News[] => {
    const { id, title } = assembly;
    const mine = own?.get(id);
    const href = mine === undefined ? resultHref(community, id) : `/my/${community}/assemblies/${id}`;
    const words = runningWords(stage, assembly);
    // Who has voted is asked for nothing any more.
    const isNow = stage === "voting" && (mine?.open ?? 1) > 0;
    return words === "" ? [] : [{ title, words: `${words}${ownWords(stage, mine)}`, href, isNow }];
  });
}

function runningWords(stage: VoteStage, { opensOn, closesOn }: Pick<Assembly, "opensOn" | "closesOn">): string {
  switch (stage) {
    case "notice":
      return `${spokenDay(opensOn)}开始投票，到${spokenDay(closesOn)}截止`;
    case "voting":
      return `正在投票，到${spokenDay(closesOn)} 24 时截止`;
    case "counting":
      return "投票已截止，等待计票";
    case "draft":
    case "objections":
    case "final":
    case "void":
      return "";
  }
}

/** "。您还没有投"; nothing before the vote opens. */
function ownWords(stage: VoteStage, own: OwnBallots | undefined): string {
  if (own === undefined || stage === "notice") {
    return "";
  }
  const { open, paper, received } = own;
  if (open + paper + received === 0) {
    return "。名册上没有您的房屋";
  }
  const words = [
    ...(open > 0 && stage === "voting" ? [received > 0 ? `还有 ${open} 张选票没有投` : "您还没有投"] : []),
    ...(paper > 0 ? ["您的纸质选票正在核对录入"] : []),
    ...(received > 0 ? ["✓ 您的选票已收到"] : []),
  ];
  return words.length === 0 ? "" : `。${words.join("；")}`;
}

/** "物业费调整为 1.11 元：通过；更换三处门禁：没有通过" */
function resultNews({ community, today, votes, newest }: OpenFacts): News[] {
  if (newest === null) {
    return [];
  }
  const { outcome, assembly } = newest;
  const stage = votes.find((each) => each.assembly.id === assembly)?.stage;
  const until = objectionsUntil(outcome);
  const objecting = today <= until ? `，异议期到${spokenDay(until)}` : "，还没有生效";
  const standing = stage === "objections" ? objecting : "";
  const matters = outcome.matters.map(({ title, passed }) => `${title}：${passed ? "通过" : "没有通过"}`);
  return [
    {
      title: `${outcome.assembly.title}的结果`,
      words: stage === "void" ? "这次表决作废" : `${matters.join("；")}${standing}`,
      href: resultHref(community, assembly),
      isNow: false,
    },
  ];
}

/** Drafts that owners are or were asked about. */
function planNews({ community, plans, today, votes }: OpenFacts): News[] {
  return plans.flatMap(({ year, newest, period, frozen, adopted }): News[] => {
    const about = { title: `${year} 年预算草案`, href: `/c/${community}/budgets/${year}`, isNow: false };
    if (newest === 0 || adopted !== null) {
      return [];
    }
    if (frozen !== null) {
      // The vote tells more, and after its count what stands here would be old.
      const isVoted = votes.some(({ stage }) => ["notice", "voting", "counting", "objections"].includes(stage));
      return isVoted ? [] : [{ ...about, words: `第 ${frozen} 版已定稿，等待业主大会表决` }];
    }
    switch (phaseOn(period, today)) {
      case "running":
        return [{ ...about, words: `正在征求意见，到${spokenDay(period?.until ?? today)}为止`, isNow: true }];
      case "coming":
        return [{ ...about, words: `${spokenDay(period?.from ?? today)}起征求意见` }];
      case "over":
        return [{ ...about, words: "征求意见已结束，正在修改" }];
      case "none":
        return [{ ...about, words: "已公布，还没有定征求意见的时间" }];
    }
  });
}

/** What was decided last, and where it stands with its count. */
function latestNews({ community, latest }: OpenFacts): News[] {
  return latest === null
    ? []
    : [
        {
          title: "最新的决议",
          words: `${latest.title}（${latest.number}）`,
          href: resolutionHref(community, latest.number),
          isNow: false,
        },
      ];
}

/** What is asked of owners, and what came of it: nothing when nothing goes on. */
export function currentNews(facts: OpenFacts, own: ReadonlyMap<number, OwnBallots> | null): News[] {
  return [...voteNews(facts, own), ...planNews(facts), ...resultNews(facts), ...latestNews(facts)];
}

/** A place to read on. */
export interface Way {
  readonly title: string;
  readonly href: string;
}

/** Where to read on about a community's decisions. */
export function ways({ community, today, budgeted }: OpenFacts): Way[] {
  const base = `/c/${community}`;
  const thisYear = Number(today.slice(0, 4));
  const year = budgeted.includes(thisYear) ? thisYear : budgeted.at(-1);
  const execution = { title: `${year} 年预算执行`, href: `${base}/budgets/${year}/execution` };
  return [
    ...(year === undefined ? [] : [execution]),
    { title: "年度预算", href: `${base}/budgets` },
    { title: "业主大会", href: `${base}/assemblies` },
    { title: "决议", href: `${base}/resolutions` },
    { title: "业委会决定", href: `${base}/decisions` },
  ];
}
