// What is to be decided now: what waits for somebody at the desk, what is asked of an owner, what everybody should know.
import { dayAt, type Day } from "../base/month.ts";
import type { Assembly } from "../assembly/rules.ts";
import { stageOf } from "../assembly/rules.ts";
import { callAlert } from "../assembly/page.ts";
import { assembliesOf, callsNaming, reachedOf } from "../assembly/service.ts";
import { listOwnBallots } from "../ballot/routes.ts";
import { headsEntering } from "../ballot/service.ts";
import { daysUnposted } from "../council/rules.ts";
import { allTold } from "../council/service.ts";
import { mayDo, ownersOf, rolesIn } from "../door/rules.ts";
import type { Reading } from "../door/service.ts";
import { otherAlerts, uncheckedAlert, type Alert } from "../identity/page.ts";
import { ownIdentity, waitingChecks } from "../identity/service.ts";
import { handoversOf } from "../handover/service.ts";
import type { Db } from "../platform/db.ts";
import { mayAnswer } from "../resolution/rules.ts";
import { openProposals } from "../resolution/service.ts";
import {
  currentNews,
  tasksOf,
  ways,
  type CouncilItem,
  type News,
  type OpenFacts,
  type OwnBallots,
  type RunningVote,
  type Task,
  type Way,
} from "./page.ts";
import * as store from "./store.ts";

const yearOfDay = (day: Day): number => Number(day.slice(0, 4));

// ---- At the desk --------------------------------------------------------------------------------------------------

/**
 * What waits for whoever asks, and only what they may do: what cannot wait first. `emergencies`: payments that the
 * committee has not ratified.
 */
export async function tasksFor(call: Reading, emergencies: number): Promise<Task[]> {
  const { db, community, now, actor } = call;
  const today = dayAt(now);
  const found = await store.deskFacts(db, community, { year: yearOfDay(today), today });
  const roles = rolesIn(actor, community);
  const proposals = await openProposals(db, community);
  const facts = {
    community,
    today,
    votes: await runningVotes(call, found),
    plans: found.plans,
    comments: found.comments,
    decisions: await councilItems(call, found.decisions, today),
    proposals: proposals.filter((each) => mayAnswer(each, actor.id, roles)).length,
    emergencies,
    handovers: await handoversOf(db, community),
    checks: mayDo(call, "owner.check") ? await waitingChecks(call) : { all: 0, mine: 0 },
  };
  return tasksOf(facts).filter(({ may }) => mayDo(call, may));
}

type DeskFound = Awaited<ReturnType<typeof store.deskFacts>>;

async function runningVotes(call: Reading, { counts, objections }: DeskFound): Promise<RunningVote[]> {
  const { db, community, now } = call;
  const running = (await assembliesOf(db, community)).filter((each) => each.finishedAt === null);
  const unreachedOf = async ({ id, notice }: Assembly): Promise<number> =>
    mayDo(call, "assembly.run") ? (notice?.roll.heads ?? 0) - (await reachedOf(db, community, id)) : 0;
  const papersOf = async ({ id }: Assembly): Promise<number> =>
    mayDo(call, "ballot.enter") ? (await headsEntering(db, { community, assembly: id })).length : 0;
  return Promise.all(
    running.map(async (assembly): Promise<RunningVote> => {
      const stage = stageOf(assembly, now);
      return {
        assembly,
        stage,
        unreached: stage === "notice" || stage === "voting" ? await unreachedOf(assembly) : 0,
        papers: stage === "voting" || stage === "counting" ? await papersOf(assembly) : 0,
        outcome: counts.find((each) => each.assembly === assembly.id)?.outcome ?? null,
        objections: objections.find((each) => each.assembly === assembly.id)?.count ?? 0,
      };
    }),
  );
}

async function councilItems(call: Reading, ids: readonly number[], today: Day): Promise<CouncilItem[]> {
  return ids.length === 0
    ? []
    : (await allTold(call, ids)).map((told) => ({ ...told, late: daysUnposted(told.decision, today) }));
}

// ---- For owners and everybody -------------------------------------------------------------------------------------

/** What goes on, and where to read on. */
export interface Front {
  readonly current: readonly News[];
  readonly ways: readonly Way[];
}

async function openFacts(db: Db, community: string, now: Date): Promise<OpenFacts> {
  const today = dayAt(now);
  const { counts, ...found } = await store.openFacts(db, community, yearOfDay(today));
  const announced = (await assembliesOf(db, community)).filter(({ notice }) => notice !== null);
  return {
    community,
    today,
    votes: announced.map((assembly) => ({ assembly, stage: stageOf(assembly, now) })),
    newest: counts[0] ?? null,
    ...found,
  };
}

/** For everybody: nothing that is a person's. */
export async function frontOf(db: Db, community: string, now: Date): Promise<Front> {
  const facts = await openFacts(db, community, now);
  return { current: currentNews(facts, null), ways: ways(facts) };
}

/** For an owner: with where the own ballots stand, and what is to be known of the account first. */
export async function ownFront(call: Reading): Promise<Front & { readonly alerts: readonly Alert[] }> {
  const facts = await openFacts(call.db, call.community, call.now);
  const asked = facts.votes.filter(({ stage }) => ["notice", "voting", "counting"].includes(stage));
  const own = await Promise.all(
    asked.map(async ({ assembly: { id } }): Promise<readonly [number, OwnBallots]> => {
      const { items } = await listOwnBallots.run(call, { id });
      const count = (status: string): number => items.filter((each) => each.status === status).length;
      return [id, { open: count("open") + count("unconfirmed"), paper: count("paper"), received: count("received") }];
    }),
  );
  const { isChecked, others } = await ownIdentity(call);
  const isAhead = facts.votes.some(({ stage }) => stage === "notice" || stage === "voting");
  const calls = await callsNaming(call.db, call.community, ownersOf(call.actor, call.community));
  const alerts = [
    ...(isAhead && !isChecked ? [uncheckedAlert()] : []),
    ...calls.map(callAlert),
    ...otherAlerts(others),
  ];
  return { alerts, current: currentNews(facts, new Map(own)), ways: ways(facts) };
}
