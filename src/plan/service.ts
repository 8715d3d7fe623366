// The open budget as owners read it: versions, what they say to them and are answered, adoption by their vote.
import { z } from "zod";
import { sha256 } from "../base/digest.ts";
import { toYuan, ZERO } from "../base/money.ts";
import { dayAt, type Day, type Month } from "../base/month.ts";
import { refuse, type Refusal } from "../base/refusal.ts";
import type { BudgetLine } from "../budget/rules.ts";
import { adoptedLines, budgetOf, insertBudget } from "../budget/service.ts";
import { sideOf } from "../door/rules.ts";
import { command, note, query, type Call, type Reading, type Writing } from "../door/service.ts";
import { accountName, DRAW_SPENT, FEE_INCOME } from "../ledger/rules.ts";
import { all, idNumber, orNone, paragraph, ticked, wholeNumber, words, yearNumber } from "../platform/input.ts";
import { answer, type Db, type Tx } from "../platform/db.ts";
import {
  areTermsChanged,
  assertBalanced,
  assertMayComment,
  assertRatesHold,
  budgetLinesOf,
  byAccount,
  lineDifferences,
  missingRates,
  phaseOn,
  type Comment,
  type MissingRate,
  type PlanVersionSummary,
  type Standing,
  type Version,
} from "./rules.ts";
import type { Rate } from "../tariff/rules.ts";
import * as store from "./store.ts";

export {
  commentsOf,
  contentOf,
  findHead,
  insertHead,
  insertLines,
  insertStep,
  insertVersion,
  linesOf,
  removeLine,
  standingsQuestion,
  stepsOf,
  updateLine,
  updatePeriod,
  updateTerms,
  versionsOf,
  type DraftHead,
  type DraftLine,
  type Published,
} from "./store.ts";

// ---- Facts ------------------------------------------------------------------------------------------------------

export function unknownPlan(year: number): Refusal {
  return refuse("PLAN_UNKNOWN", `没有 ${year} 年的预算草案。`, "请核对年份，或从预算列表里选。", 404);
}

/** Where a year's plan stands; null when there is none. */
export async function standingOf(db: Db, community: string, year: number): Promise<Standing | null> {
  const [first] = await answer(db, store.standingsQuestion(community, year));
  return first?.year === year ? first : null;
}

/** Where every plan stands, that of the latest year first. */
export async function standingsOf(db: Db, community: string): Promise<Standing[]> {
  return (await answer(db, store.standingsQuestion(community, 0))).toReversed();
}

export async function standingOr404(db: Db, community: string, year: number): Promise<Standing> {
  const standing = await standingOf(db, community, year);
  if (standing === null) {
    throw unknownPlan(year);
  }
  return standing;
}

/** What of the published plans does not hold: bytes against digests, adopted budgets against what was voted on. */
export async function planFaults(
  db: Db,
  community: string,
): Promise<{ readonly versions: number; readonly faults: string[] }> {
  const faults: string[] = [];
  let versions = 0;
  for (const standing of await standingsOf(db, community)) {
    const { year } = standing;
    for (const { version, digest } of await store.versionsOf(db, community, year)) {
      versions += 1;
      const content = (await store.contentOf(db, community, year, version.version)) ?? "";
      faults.push(...(sha256(content) === digest ? [] : [`${year} 年预算第 ${version.version} 版与它的校验码不符`]));
    }
    faults.push(...(await adoptionFaults(db, community, standing)));
  }
  return { versions, faults };
}

async function adoptionFaults(db: Db, community: string, { year, adopted }: Standing): Promise<string[]> {
  if (adopted === null) {
    return [];
  }
  const { version } = await versionOr404(db, community, { plan: year, version: adopted.version });
  const rowsOf = (lines: readonly BudgetLine[]): string[] =>
    lines.map(({ account, amount, resolution = "" }) => `${account} ${amount} ${resolution}`).toSorted();
  const voted = rowsOf(budgetLinesOf(version, adopted.resolution));
  const kept = rowsOf(await adoptedLines(db, community, year));
  return voted.join("\n") === kept.join("\n") ? [] : [`${year} 年预算与表决通过的第 ${adopted.version} 版不符`];
}

// ---- For other rooms --------------------------------------------------------------------------------------------

/** A published version, as a matter of kind budget names it; the plan is the year. */
export interface PlanVersion {
  readonly plan: number;
  readonly version: number;
}

export function unknownVersion({ plan, version }: PlanVersion): Refusal {
  return refuse("PLAN_VERSION_UNKNOWN", `没有 ${plan} 年预算第 ${version} 版。`, "请选一个已公布的版本。", 404);
}

async function versionOr404(db: Db, community: string, named: PlanVersion): Promise<store.Published> {
  const found = await store.findVersion(db, community, named.plan, named.version);
  if (found === null) {
    throw unknownVersion(named);
  }
  return found;
}

/** Refuses a version that the owners cannot vote on now: a matter asks when it is drafted and again at its notice. */
export async function assertVotable(db: Db, community: string, named: PlanVersion): Promise<void> {
  const { version } = await versionOr404(db, community, named);
  const { frozen } = await standingOr404(db, community, named.plan);
  await assertUnbudgeted(db, community, named.plan);
  if (frozen !== named.version) {
    const message = `${named.plan} 年预算第 ${named.version} 版还没有定稿。`;
    throw refuse("PLAN_NOT_FROZEN", message, "请先在预算页把这一版定稿，再提交表决。", 409);
  }
  assertBalanced(version);
}

export async function assertUnbudgeted(db: Db, community: string, year: number): Promise<void> {
  if ((await budgetOf(db, community, year)).length > 0) {
    throw refuse(
      "BUDGET_EXISTS",
      `${year} 年已有生效的预算。`,
      "年中要改预算，请走预算调整的程序（另行表决，或由业委会在合同授权的限额内决定）。",
      409,
    );
  }
}

export async function planVersionSummary(db: Db, community: string, named: PlanVersion): Promise<PlanVersionSummary> {
  const { version, digest } = await versionOr404(db, community, named);
  const { before, balance } = version;
  const totals = byAccount([
    ...version.lines,
    { account: FEE_INCOME, amount: balance.fees },
    { account: DRAW_SPENT, amount: balance.draw },
  ]);
  const known = new Map(before.accounts.map((each) => [each.account, each]));
  const accounts = [...new Set([...totals.keys(), ...known.keys()])].toSorted();
  return {
    year: version.year,
    version: version.version,
    title: `${version.year} 年预算（第 ${version.version} 版）`,
    digest,
    href: `/c/${community}/budgets/${version.year}?version=${version.version}`,
    balance,
    accounts: accounts.map((account) => {
      const then = known.get(account);
      return {
        account,
        name: accountName(account),
        amount: toYuan(totals.get(account) ?? ZERO),
        before: then === undefined ? null : { budget: then.budget, actual: then.actual },
      };
    }),
    actual: before.first === null || before.last === null ? null : { first: before.first, last: before.last },
  };
}

/** Owners are asked about that version from now on: until the vote is final or void nobody opens the plan again. */
export async function bindPlan(
  tx: Tx,
  community: string,
  named: PlanVersion,
  vote: { readonly assembly: number; readonly at: Date },
): Promise<void> {
  await store.insertVote(tx, community, named, vote);
}

/** The vote is final or void: plans may be opened again that it did not adopt. */
export async function releasePlans(tx: Tx, community: string, assembly: number, at: Date): Promise<void> {
  await store.endVotes(tx, community, assembly, at);
}

/** Refuses to touch a plan of which owners are asked about a version. */
export async function assertUnbound(db: Db, community: string, year: number): Promise<void> {
  const vote = await store.openVoteOf(db, community, year);
  if (vote !== null) {
    throw refuse(
      "PLAN_ON_VOTE",
      `${year} 年预算第 ${vote.version} 版已经随第 ${vote.assembly} 次业主大会的通知发给业主，不能再改。`,
      "请等表决有结果；投票还没有开始的，可以先写明理由撤回那次会议。",
      409,
    );
  }
}

/** The rates on which a version counts and that do not hold from that month on. */
export async function ratesMissing(
  db: Db,
  community: string,
  named: PlanVersion,
  { rates, from }: RatesHolding,
): Promise<MissingRate[]> {
  const { version } = await versionOr404(db, community, named);
  return missingRates(version, rates, from);
}

/** The rates in force, and the first month that is not billed yet. */
export interface RatesHolding {
  readonly rates: readonly Rate[];
  readonly from: Month;
}

/** Makes a version the budget of its year, resting on the owners' resolution; a year is given a budget once. */
export async function adoptPlan(
  tx: Tx,
  community: string,
  named: PlanVersion,
  { resolution, ...holding }: RatesHolding & { readonly resolution: string },
): Promise<void> {
  const { version } = await versionOr404(tx, community, named);
  await assertUnbudgeted(tx, community, named.plan);
  assertBalanced(version);
  assertRatesHold(missingRates(version, holding.rates, holding.from));
  await insertBudget(tx, community, budgetLinesOf(version, resolution));
  await store.insertAdoption(tx, community, named.plan, { version: named.version, resolution });
}

// ---- Comments ---------------------------------------------------------------------------------------------------

/** More than anybody has to say in a day. */
const COMMENTS_A_DAY = 20;
const DAY_MS = 24 * 60 * 60 * 1000;

export const addComment = command({
  name: "commentOnPlan",
  title: "对预算提意见或提问",
  may: "plan.comment",
  input: z.object({
    year: yearNumber,
    line: wholeNumber(0, 1_000_000).default(0).meta({ description: "第几条；0 = 对整个预算" }),
    kind: z.enum(["comment", "question"], "请选择是意见还是提问").default("comment"),
    words: paragraph(500).refine((text) => text !== "", "请写下您的意见"),
  }),
  output: z.object({ comment: z.number() }),
  run: async (call, { year, line, kind, words: said }) => {
    const { tx, community, actor, now } = call;
    const standing = await standingOr404(tx, community, year);
    assertMayComment(standing, dayAt(now));
    const { version } = await versionOr404(tx, community, { plan: year, version: standing.newest });
    if (line !== 0 && !version.lines.some(({ id }) => id === line)) {
      throw refuse("LINE_UNKNOWN", `现在的草案里没有第 ${line} 条。`, "请从预算页上选一条。", 404);
    }
    const since = new Date(now.getTime() - DAY_MS).toISOString();
    if ((await store.countCommentsSince(tx, community, actor.id, since)) >= COMMENTS_A_DAY) {
      throw refuse("COMMENTS_TOO_MANY", `一天最多提 ${COMMENTS_A_DAY} 条意见。`, "请明天再提，或合成一条。", 429);
    }
    const comment = { line, version: standing.newest, kind, words: said };
    const id = await store.insertComment(tx, community, year, comment, { by: actor.id, at: now });
    await note(call, "plan commented", { year: String(year), comment: String(id) });
    return { comment: id };
  },
});

async function assertComment({ tx, community }: Writing, year: number, id: number): Promise<void> {
  if (!(await store.commentsOf(tx, community, year)).some((each) => each.id === id)) {
    throw refuse("COMMENT_UNKNOWN", `${year} 年预算没有第 ${id} 号意见。`, "请从意见列表里选。", 404);
  }
}

export const answerComment = command({
  name: "answerPlanComment",
  title: "答复一条预算意见",
  may: "plan.answer",
  input: z.object({
    year: yearNumber,
    comment: idNumber,
    words: paragraph(1000).refine((text) => text !== "", "请写下答复"),
  }),
  output: z.object({ comment: z.number() }),
  run: async (call, { year, comment, words: said }) => {
    const { tx, community, actor, now } = call;
    await assertComment(call, year, comment);
    const given = { side: sideOf(actor, community) ?? "trustee", words: said };
    await store.insertAnswer(tx, community, { year, comment }, given, { by: actor.id, at: now });
    await note(call, "plan comment answered", { year: String(year), comment: String(comment) });
    return { comment };
  },
});

export const hideComment = command({
  name: "hidePlanComment",
  title: "隐藏一条辱骂的意见，或重新显示",
  may: "plan.moderate",
  input: z.object({ year: yearNumber, comment: idNumber, isHidden: ticked, reason: words(200) }),
  output: z.object({ comment: z.number(), isHidden: z.boolean() }),
  run: async (call, { year, comment, ...hiding }) => {
    const { tx, community, actor, now } = call;
    await assertComment(call, year, comment);
    await store.insertHiding(tx, community, { year, comment }, hiding, { by: actor.id, at: now });
    const detail = { year: String(year), comment: String(comment), reason: hiding.reason };
    await note(call, hiding.isHidden ? "plan comment hidden" : "plan comment shown", detail);
    return { comment, isHidden: hiding.isHidden };
  },
});

// ---- What is answered -------------------------------------------------------------------------------------------

const basisOutput = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("quantity"),
    quantity: z.string(),
    unit: z.string(),
    price: z.string(),
    months: z.number(),
  }),
  z.object({ kind: z.literal("posts"), posts: z.string(), monthly: z.string(), months: z.number() }),
  z.object({
    kind: z.literal("contract"),
    counterparty: z.string(),
    every: z.enum(["month", "year"]),
    amount: z.string(),
    months: z.number(),
  }),
  z.object({ kind: z.literal("plain"), amount: z.string(), reason: z.string() }),
]);

const lineOutput = z.object({
  id: z.number(),
  account: z.string(),
  title: z.string(),
  note: z.string(),
  levels: all(z.object({ name: z.string(), what: z.string(), basis: basisOutput, amount: z.string() })),
  chosen: z.number(),
  files: all(z.string()),
  amount: z.string(),
});

export const balanceOutput = z.object({
  fees: z.string(),
  other: z.string(),
  reserves: z.string(),
  spending: z.string(),
  draw: z.string(),
  left: z.string().meta({ description: "物业费 + 其他收入 + 动用结余 − 支出 − 酬金；负数是缺口" }),
});

export const planOutput = z.object({
  format: z.literal("xinyi.plan/1"),
  community: z.string(),
  year: z.number(),
  terms: z.object({
    intro: z.string(),
    collection: z.string(),
    rates: all(z.object({ use: z.string(), rate: z.string(), from: z.string() })),
    reserves: z.string(),
    gap: z.string(),
  }),
  lines: all(lineOutput),
  fees: z.object({
    rows: all(
      z.object({
        use: z.string(),
        rate: z.string(),
        first: z.string(),
        last: z.string(),
        units: z.number(),
        area: z.string(),
        due: z.string(),
      }),
    ),
    groups: all(z.object({ use: z.string(), area: z.string(), factor: z.string(), bills: z.number() })),
    rates: all(z.object({ use: z.string(), present: z.string(), planned: z.string() })),
    due: z.string(),
    planned: z.string(),
    unvoted: z.string(),
  }),
  drawTerms: all(z.object({ rate: z.string(), base: all(z.string()), months: z.number(), cap: z.string().nullable() })),
  balance: balanceOutput,
  before: z.object({
    year: z.number(),
    first: z.string().nullable(),
    last: z.string().nullable(),
    accounts: all(z.object({ account: z.string(), actual: z.string(), budget: z.string().nullable() })),
  }),
  collected: z.object({ first: z.string(), last: z.string(), due: z.string(), collected: z.string() }).nullable(),
  available: z.object({ month: z.string(), amount: z.string() }).nullable(),
});

const versionOutput = planOutput.extend({
  version: z.number(),
  summary: z.string(),
  moved: all(z.object({ line: z.number(), comments: all(z.number()) })),
});

const commentOutput = z.object({
  id: z.number(),
  line: z.number(),
  version: z.number(),
  kind: z.enum(["comment", "question"]),
  words: z.string().meta({ description: "隐藏的是空的" }),
  hidden: z.string().nullable().meta({ description: "为什么隐藏" }),
  at: z.string(),
  isOwn: z.boolean(),
  answers: all(z.object({ side: z.enum(["trustee", "committee"]), words: z.string(), at: z.string() })),
});

function toComment({ by, ...comment }: Comment, { actor }: Call): z.input<typeof commentOutput> {
  const isHidden = comment.hidden !== null;
  return { ...comment, words: isHidden ? "" : comment.words, isOwn: by === actor.id && by !== "" };
}

export const stateOutput = z.object({
  year: z.number(),
  newest: z.number().meta({ description: "最新公布的一版；0 = 还没有公布" }),
  period: z.object({ from: z.string(), until: z.string() }).nullable(),
  phase: z.enum(["none", "coming", "running", "over"]),
  frozen: z.number().nullable(),
  adopted: z.object({ version: z.number(), resolution: z.string() }).nullable(),
});

export function toState(standing: Standing, today: Day): z.input<typeof stateOutput> {
  return { ...standing, phase: phaseOn(standing.period, today) };
}

// ---- Asking -----------------------------------------------------------------------------------------------------

export const listPlans = query({
  name: "listPlans",
  title: "各年的预算草案",
  may: "anyone",
  input: z.object({}),
  output: z.object({ items: all(stateOutput) }),
  run: async (call) => {
    const items = await standingsOf(call.db, call.community);
    return { items: items.map((standing) => toState(standing, dayAt(call.now))) };
  },
});

const versionNumber = orNone(wholeNumber(1, 100_000));

export function publishedIn(versions: readonly store.Published[], year: number, version?: number): store.Published {
  const found = version === undefined ? versions.at(-1) : versions.find((each) => each.version.version === version);
  if (found === undefined) {
    throw versions.length === 0
      ? refuse("PLAN_UNPUBLISHED", `${year} 年的预算草案还没有公布。`, "公布之后就能在这里看到。", 404)
      : unknownVersion({ plan: year, version: version ?? 0 });
  }
  return found;
}

export const showPlan = query({
  name: "showPlan",
  title: "公布的预算和业主的意见",
  may: "anyone",
  input: z.object({ year: yearNumber, version: versionNumber }),
  output: z.object({
    state: stateOutput,
    versions: all(z.object({ version: z.number(), at: z.string(), digest: z.string(), summary: z.string() })),
    plan: versionOutput,
    comments: all(commentOutput),
  }),
  run: async (call, { year, version }) => {
    const { db, community, now } = call;
    const standing = await standingOr404(call.db, call.community, year);
    const versions = await store.versionsOf(db, community, year);
    const comments = await store.commentsOf(db, community, year);
    return {
      state: toState(standing, dayAt(now)),
      versions: versions.map((each) => ({ ...each.version, ...each, version: each.version.version })),
      plan: publishedIn(versions, year, version).version,
      comments: comments.map((comment) => toComment(comment, call)),
    };
  },
});

export const comparePlans = query({
  name: "comparePlanVersions",
  title: "两版预算逐条的差别",
  may: "anyone",
  input: z.object({ year: yearNumber, from: versionNumber, to: versionNumber }),
  output: z.object({
    from: z.number(),
    to: z.number(),
    isTermsChanged: z.boolean(),
    lines: all(z.object({ line: z.number(), before: lineOutput.nullable(), after: lineOutput.nullable() })),
  }),
  run: async (call, wish) => {
    const { from, to } = await compared(call, wish);
    return {
      from: from.version,
      to: to.version,
      isTermsChanged: areTermsChanged(from, to),
      lines: lineDifferences(from.lines, to.lines),
    };
  },
});

/** The two versions asked for; the newest and the one before it when none are named. */
export async function compared(
  { db, community }: Reading,
  { year, from, to }: { year: number; from?: number | undefined; to?: number | undefined },
): Promise<{ from: Version; to: Version }> {
  const versions = await store.versionsOf(db, community, year);
  const later = publishedIn(versions, year, to).version;
  const earlier = publishedIn(versions, year, from ?? Math.max(1, later.version - 1)).version;
  return { from: earlier, to: later };
}
