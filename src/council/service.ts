// Decisions of the committee at work: proposed with their agenda, voted on once by each member, and carried out with the
// vote that makes a majority.
import { z } from "zod";
import { add, displayYuan, fromYuan, parseYuan, type Fen } from "../base/money.ts";
import { dayAt, laterMonth, monthOf, type Day } from "../base/month.ts";
import { refuse } from "../base/refusal.ts";
import { displayNames, membersOf } from "../access/service.ts";
import { assertChange, changeWords, plannedBy, SOURCES, type BudgetChange } from "../budget/rules.ts";
import { changeBudget, yearBudget } from "../budget/service.ts";
import { mayDo } from "../door/rules.ts";
import { command, note, query, type Reading, type Writing } from "../door/service.ts";
import * as ledger from "../ledger/service.ts";
import { decline, emergencyOpen, ratify } from "../payment/service.ts";
import type { Db } from "../platform/db.ts";
import { dayText, idNumber, listOf, nothing, paragraph, rowsOf, words, yearNumber } from "../platform/input.ts";
import { totalOf } from "../request/rules.ts";
import { leftsInYear } from "../request/service.ts";
import { listResolutions, register } from "../resolution/service.ts";
import { deedIn } from "../trust/rules.ts";
import { deedVersionsOf } from "../trust/service.ts";
import {
  assertMayVote,
  assertQuorate,
  assertWithinLimit,
  CHOICES,
  DECISION_KINDS,
  resultOf,
  STAGES,
  stageOf,
  tallyOf,
  windowOf,
  type Decision,
  type DecisionEffect,
  type LimitFacts,
} from "./rules.ts";
import * as store from "./store.ts";

export { decisionsOf } from "./store.ts";

export async function decisionOr404(db: Db, community: string, id: number): Promise<Decision> {
  const [decision] = await store.decisionsOf(db, community, [id]);
  if (decision === undefined) {
    throw refuse("DECISION_UNKNOWN", `没有第 ${id} 项业委会决定。`, "请在决定列表里找。", 404);
  }
  return decision;
}

// ---- What a decision may do -----------------------------------------------------------------------------------------

/** What the committee may still move of a year's budget, and what decides about it. */
export async function limitFacts(db: Db, community: string, year: number, now: Date): Promise<LimitFacts> {
  const { firstMonth } = await ledger.bookOf(db, community);
  const deed = deedIn(await deedVersionsOf(db, community), laterMonth(monthOf(dayAt(now)), firstMonth));
  const { lines, changes } = await yearBudget(db, community, year);
  const lefts = await leftsInYear(db, community, year, now);
  return {
    upTo: deed.budgetChange === undefined ? null : fromYuan(deed.budgetChange.committeeUpTo),
    own: await ownChanges(db, community, changes),
    taken: new Map(lefts.map(({ account, paid, reserved }) => [account, add(paid, reserved)])),
    planned: plannedBy([...lines, ...changes]),
  };
}

/** The changes that rest on the committee's own decisions in force. */
async function ownChanges(db: Db, community: string, changes: readonly BudgetChange[]): Promise<BudgetChange[]> {
  const resolutions = await listResolutions(db, community);
  const own = resolutions.filter(({ body, voided }) => body === "committee" && voided === null);
  const numbers = new Set(own.map(({ number }) => number));
  return changes.filter(({ resolution }) => numbers.has(resolution));
}

/** Refuses what could not be carried out if it were passed now. */
async function assertPossible(db: Db, community: string, effect: DecisionEffect, now: Date): Promise<void> {
  switch (effect.kind) {
    case "ratify-emergency":
      await emergencyOpen(db, community, effect.spend, dayAt(now));
      return;
    case "budget-change": {
      const facts = await limitFacts(db, community, effect.year, now);
      const { closedThrough } = await ledger.bookOf(db, community);
      assertChange(effect, { planned: facts.planned, closedThrough });
      assertWithinLimit(effect, facts);
      return;
    }
    case "other":
  }
}

async function carryOut(call: Writing, effect: DecisionEffect, number: string): Promise<void> {
  const { tx, community, actor, now } = call;
  await assertPossible(tx, community, effect, now);
  switch (effect.kind) {
    case "ratify-emergency":
      await ratify(call, effect.spend, number);
      return;
    case "budget-change":
      await changeBudget(tx, community, effect, { resolution: number, by: actor.id, at: now });
      return;
    case "other":
  }
}

// ---- Proposing ------------------------------------------------------------------------------------------------------

interface Proposal {
  readonly title: string;
  readonly text: string;
  readonly effect: DecisionEffect;
}

async function propose(call: Writing, { title, text, effect }: Proposal): Promise<{ id: number; opensOn: Day }> {
  const { tx, community, actor, now } = call;
  await assertPossible(tx, community, effect, now);
  const today = dayAt(now);
  const twin = (await store.decisionsOf(tx, community)).find(
    (other) =>
      other.effect.kind === "ratify-emergency" &&
      effect.kind === "ratify-emergency" &&
      other.effect.spend === effect.spend &&
      stageOf(other, today) === "voting",
  );
  if (twin !== undefined) {
    throw refuse("DECISION_TWICE", `这笔支出的追认已经在表决（第 ${twin.id} 项决定）。`, "请直接去表决。", 409);
  }
  const members = await membersOf(tx, community, ["committee"]);
  assertQuorate(members.map(({ account }) => account));
  const { opensOn, closesOn } = windowOf(today, effect);
  const id = await store.insertDecision(tx, community, {
    title,
    text,
    effect,
    opensOn,
    closesOn,
    proposedBy: actor.id,
    proposedAt: now.toISOString(),
    members: members.map(({ account }) => account),
  });
  await note(call, "decision proposed", { id: String(id), title });
  return { id, opensOn };
}

const TITLE_LENGTH = 60;
const TEXT_LENGTH = 1000;
const proposed = z.object({ id: z.number(), opensOn: z.string().meta({ format: "date" }) });

export const proposeRatification = command({
  name: "proposeRatification",
  title: "提请业委会追认紧急支出",
  may: "council.propose",
  input: z.object({
    spend: idNumber.meta({ description: "申请号" }),
    text: paragraph(TEXT_LENGTH),
  }),
  output: proposed,
  run: async (call, { spend: id, text }) => {
    const { spend, emergency } = await emergencyOpen(call.tx, call.community, id, dayAt(call.now));
    const amount = displayYuan(totalOf(spend));
    const about = `第 ${id} 号申请（${spend.purpose}，${amount} 元，凭证 ${emergency.entry}）。紧急原因：${spend.emergency}`;
    return propose(call, {
      title: `追认第 ${id} 号申请的紧急支出 ${amount} 元`,
      text: text === "" ? about : `${about}\n${text}`,
      effect: { kind: "ratify-emergency", spend: id },
    });
  },
});

/** An amount that may take away: "-500.00". */
const changeAmount = z
  .string("请填写金额")
  .meta({ description: '元，减少写负数，例如 "-500.00"', examples: ["-500.00"] })
  .transform((text, context): Fen => {
    const amount = parseYuan(text);
    if (typeof amount !== "number") {
      context.addIssue("不是金额，增加写 500.00，减少写 -500.00");
      return z.NEVER;
    }
    return amount;
  });

export const proposeBudgetChange = command({
  name: "proposeBudgetChange",
  title: "提请业委会在授权内调整预算",
  may: "council.propose",
  input: z.object({
    year: yearNumber,
    changes: rowsOf(z.object({ account: words(10), amount: changeAmount }), 20),
    reason: words(200),
    source: z.enum(SOURCES, "请选择钱从哪里来"),
  }),
  output: proposed,
  run: async (call, wish) =>
    propose(call, {
      title: `调整 ${wish.year} 年预算：${wish.reason}`.slice(0, TITLE_LENGTH),
      text: `${wish.changes.map(changeWords).join("；")}\n原因：${wish.reason}`,
      effect: { kind: "budget-change", ...wish },
    }),
});

export const proposeDecision = command({
  name: "proposeDecision",
  title: "提出业委会决定",
  may: "council.propose",
  input: z.object({ title: words(TITLE_LENGTH), text: paragraph(TEXT_LENGTH) }),
  output: proposed,
  run: async (call, { title, text }) => propose(call, { title, text, effect: { kind: "other" } }),
});

// ---- Voting ---------------------------------------------------------------------------------------------------------

export const castVote = command({
  name: "castCouncilVote",
  title: "表决业委会决定",
  may: "council.vote",
  input: z.object({ id: idNumber, choice: z.enum(CHOICES, "请选择同意或反对") }),
  output: z.object({ id: z.number(), result: z.enum(["passed", "failed", "open"]), resolution: z.string().nullable() }),
  run: async (call, { id, choice }) => {
    const { tx, community, actor, now } = call;
    const decision = await decisionOr404(tx, community, id);
    const at = now.toISOString();
    assertMayVote(decision, { account: actor.id, now: at, today: dayAt(now) });
    const vote = { account: actor.id, choice, at };
    await store.insertVote(tx, community, id, vote);
    await note(call, "decision voted", { id: String(id) });
    const result = resultOf({ ...decision, votes: [...decision.votes, vote] });
    const resolution = result === "passed" ? await pass(call, decision) : null;
    if (result === "failed") {
      await fail(call, decision);
    }
    return { id, result, resolution };
  },
});

/** Gives a decision its number and carries it out. */
async function pass(call: Writing, { id, title, text, effect }: Decision): Promise<string> {
  const { tx, community, actor, now } = call;
  const decidedOn = dayAt(now);
  const decided = { body: "committee", kind: effect.kind, title, text, decidedOn, decision: id } as const;
  const { number } = await register(tx, community, decided, { by: actor.id, at: now });
  await carryOut(call, effect, number);
  await note(call, "decision passed", { number, title });
  return number;
}

async function fail(call: Writing, { id, effect }: Decision): Promise<void> {
  await note(call, "decision failed", { id: String(id) });
  if (effect.kind === "ratify-emergency") {
    await decline(call, effect.spend, `业委会第 ${id} 项决定没有通过`);
  }
}

export const recordPosting = command({
  name: "recordDecisionPosting",
  title: "登记决定已张贴公告",
  may: "council.propose",
  input: z.object({ id: idNumber, day: dayText }),
  output: z.object({ id: z.number() }),
  run: async (call, { id, day }) => {
    const { tx, community, actor, now } = call;
    const { passed, postedOn } = await decisionOr404(tx, community, id);
    if (passed === null || postedOn !== null) {
      const words_ = passed === null ? "还没有通过，不用公告" : `已登记在 ${postedOn} 张贴`;
      throw refuse("NOT_TO_POST", `第 ${id} 项决定${words_}。`, "请在决定列表里找。", 409);
    }
    if (day < passed.on || day > dayAt(now)) {
      throw refuse("DAY_WRONG", `张贴日 ${day} 不在决定之日 ${passed.on} 到今天之间。`, "请填写实际张贴的日期。");
    }
    await store.insertPosting(tx, community, id, { day, by: actor.id, at: now });
    await note(call, "decision posted", { id: String(id) });
    return { id };
  },
});

// ---- Reading --------------------------------------------------------------------------------------------------------

/** A decision with what a reader of the desk may know of it. */
export interface Told {
  readonly decision: Decision;
  readonly stage: (typeof STAGES)[number];
  /** What members are called, by account. */
  readonly names: ReadonlyMap<string, string>;
  /** It waits for the reader's vote. */
  readonly isMine: boolean;
}

async function told(call: Reading, decisions: readonly Decision[]): Promise<Told[]> {
  const { db, actor, now } = call;
  const names = await displayNames(db, [...new Set(decisions.flatMap(({ members }) => members))]);
  const mayVote = mayDo(call, "council.vote");
  return decisions.map((decision) => {
    const stage = stageOf(decision, dayAt(now));
    const isOn = decision.members.includes(actor.id) && !decision.votes.some(({ account }) => account === actor.id);
    return { decision, stage, names, isMine: mayVote && stage === "voting" && isOn };
  });
}

/** All decisions, or those of these numbers. */
export async function allTold(call: Reading, ids?: readonly number[]): Promise<Told[]> {
  return told(call, await store.decisionsOf(call.db, call.community, ids));
}

export async function oneTold(call: Reading, id: number): Promise<Told> {
  const [one] = await told(call, [await decisionOr404(call.db, call.community, id)]);
  if (one === undefined) {
    throw new Error(`decision ${id} of ${call.community} is gone`);
  }
  return one;
}

const decisionOutput = z.object({
  id: z.number(),
  kind: z.enum(DECISION_KINDS),
  title: z.string(),
  text: z.string(),
  stage: z.enum(STAGES),
  opensOn: z.string(),
  closesOn: z.string(),
  tally: z.object({ members: z.number(), agree: z.number(), oppose: z.number(), need: z.number() }).nullable(),
  resolution: z.string().nullable(),
  decidedOn: z.string().nullable(),
  postedOn: z.string().nullable(),
});

/** The count is told when it is over: nobody should vote by what others did. */
function decisionRecord({ decision, stage }: Pick<Told, "decision" | "stage">): z.input<typeof decisionOutput> {
  const { id, title, text, effect, opensOn, closesOn, passed, postedOn } = decision;
  const isOver = stage === "passed" || stage === "failed";
  return {
    id,
    kind: effect.kind,
    title,
    text,
    stage,
    opensOn,
    closesOn,
    tally: isOver ? tallyOf(decision) : null,
    resolution: passed?.number ?? null,
    decidedOn: passed?.on ?? null,
    postedOn,
  };
}

export const listDecisions = query({
  name: "listDecisions",
  title: "业委会决定",
  may: "anyone",
  input: nothing,
  output: listOf(decisionOutput),
  run: async ({ db, community, now }) => {
    const decisions = await store.decisionsOf(db, community);
    const items = decisions.map((decision) => decisionRecord({ decision, stage: stageOf(decision, dayAt(now)) }));
    return { items, next: null };
  },
});

export const showDecision = query({
  name: "showDecision",
  title: "一项业委会决定",
  may: "anyone",
  input: z.object({ id: idNumber }),
  output: decisionOutput,
  run: async ({ db, community, now }, { id }) => {
    const decision = await decisionOr404(db, community, id);
    return decisionRecord({ decision, stage: stageOf(decision, dayAt(now)) });
  },
});
