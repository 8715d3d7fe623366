// A year's plan while it is made: lines and terms that the desk edits, what follows from them, publication, and the steps
// to the vote.
import { z } from "zod";
import { sha256 } from "../base/digest.ts";
import { halfWidth, toYuan } from "../base/money.ts";
import { dayAt, laterMonth, monthOf, plusMonths, yearOf } from "../base/month.ts";
import { Refusal, refuse } from "../base/refusal.ts";
import { compareDecimals, fromPercent, isPlainDecimal, shortestDecimal } from "../base/share.ts";
import { budgetOf } from "../budget/service.ts";
import { command, note, query, type Reading } from "../door/service.ts";
import { billTotals } from "../fees/service.ts";
import { freeCash, type Book } from "../ledger/rules.ts";
import * as ledger from "../ledger/service.ts";
import { unitsOf, usesOf } from "../people/service.ts";
import {
  assertBalanced,
  BASIS_KINDS,
  LEVELS_MAX,
  type Available,
  type Basis,
  type Collected,
  type Line,
  type Plan,
  type Version,
  type YearBefore,
} from "../plan/rules.ts";
import * as plans from "../plan/service.ts";
import { assertUnbudgeted, standingOr404, unknownPlan } from "../plan/service.ts";
import {
  all,
  dayText,
  idNumber,
  optionalWords,
  noneOrMany,
  orNone,
  paragraph,
  shaText,
  ticked,
  wholeNumber,
  words,
  yearNumber,
  yuanOrZero,
} from "../platform/input.ts";
import type { Db, Tx } from "../platform/db.ts";
import { tariffOf } from "../tariff/service.ts";
import { deedVersionsOf } from "../trust/service.ts";
import { prepareVouchers, recordVouchers, showAt, vouchersOf } from "../voucher/service.ts";
import {
  assertEditable,
  assertHeard,
  assertMoved,
  assertPeriod,
  assertRevision,
  assertSound,
  bytesOf,
  changedSince,
  closedIn,
  collectionOf,
  isSameDraft,
  linesFrom,
  movedOf,
  planOf,
  proposedRates,
  unknownLine,
  yearBeforeOf,
} from "./rules.ts";

// ---- What follows from a draft -------------------------------------------------------------------------------------

/** A year's draft with all that follows from what is known now. */
export interface Draft {
  readonly head: plans.DraftHead;
  readonly lines: readonly plans.DraftLine[];
  readonly plan: Plan;
  /** Names exactly this draft: what is published is what was looked at. */
  readonly digest: string;
}

export async function draftOf(db: Db, community: string, year: number): Promise<Draft> {
  const head = await plans.findHead(db, community, year);
  if (head === null) {
    throw unknownPlan(year);
  }
  const lines = await plans.linesOf(db, community, year);
  const book = await ledger.bookOf(db, community);
  const plan = planOf({
    community,
    year,
    firstMonth: book.firstMonth,
    terms: head.terms,
    lines: lines.map(({ revision: _revision, ...line }) => line),
    units: await unitsOf(db, community),
    tariff: await tariffOf(db, community),
    deeds: await deedVersionsOf(db, community),
    before: await yearBefore(db, book, year - 1),
    collected: await collectedOf(db, book),
    available: await availableOf(db, book),
  });
  return { head, lines, plan, digest: sha256(bytesOf(plan)) };
}

async function yearBefore(db: Db, book: Book, year: number): Promise<YearBefore> {
  const months = closedIn(year, book);
  const balances = months === null ? [] : await ledger.balancesBetween(db, book.community, months.first, months.last);
  return yearBeforeOf(year, months, { balances, budget: await budgetOf(db, book.community, year) });
}

/** How many of the last closed months tell what collection rate is realistic. */
const COLLECTED_MONTHS = 12;

async function collectedOf(db: Db, { community, closedThrough, firstMonth }: Book): Promise<Collected | null> {
  if (closedThrough === "") {
    return null;
  }
  const first = laterMonth(plusMonths(closedThrough, 1 - COLLECTED_MONTHS), firstMonth);
  const { due, collected } = await billTotals(db, community, first, closedThrough);
  return due === 0 ? null : { first, last: closedThrough, due: toYuan(due), collected: toYuan(collected) };
}

async function availableOf(db: Db, { community, closedThrough }: Book): Promise<Available | null> {
  if (closedThrough === "") {
    return null;
  }
  const balances = await ledger.balancesBetween(db, community, closedThrough, closedThrough);
  return { month: closedThrough, amount: toYuan(freeCash(balances)) };
}

// ---- What is sent --------------------------------------------------------------------------------------------------

const revisionNumber = wholeNumber(1, 1_000_000_000);

function decimal(otherwise: string) {
  return z
    .string("请填写数字")
    .transform((text) => halfWidth(text).trim())
    .refine(isPlainDecimal, otherwise)
    .transform((text): string => shortestDecimal(text));
}

const countText = decimal("应为不小于 0 的数字，例如 2 或 2.5");
const priceText = decimal("应为不小于 0 的单价，例如 0.85");
const moneyText = yuanOrZero.transform(toYuan);
const monthsNumber = wholeNumber(1, 12);

/** “93.5 %”, "93.5" or "0.935": above one it can only be meant as a percentage. */
const collectionText = z
  .string("请填写收缴率")
  .meta({ description: '计划按多少收缴率收到物业费："93.5 %" 或 "0.935"', examples: ["0.935"] })
  .transform((text, context): string => {
    const typed = halfWidth(text);
    const plain = typed.replaceAll(/[\s%]/gu, "");
    const isPercent = typed.includes("%") || (isPlainDecimal(plain) && compareDecimals(plain, "1") > 0);
    const share = isPlainDecimal(plain) && isPercent ? fromPercent(plain) : plain;
    if (!isPlainDecimal(share) || compareDecimals(share, "1") > 0 || compareDecimals(share, "0") === 0) {
      context.addIssue("应在 0 到 100 % 之间，例如 93.5 %");
      return z.NEVER;
    }
    return shortestDecimal(share);
  });

const levelName = { name: optionalWords(20), what: optionalWords(200) };
const levelInput = z.discriminatedUnion(
  "kind",
  [
    z.object({
      kind: z.literal("quantity"),
      ...levelName,
      quantity: countText,
      unit: words(10),
      price: priceText,
      months: monthsNumber,
    }),
    z.object({ kind: z.literal("posts"), ...levelName, posts: countText, monthly: moneyText, months: monthsNumber }),
    z.object({
      kind: z.literal("contract"),
      ...levelName,
      counterparty: words(60),
      every: z.enum(["month", "year"], "请选择按月还是按年"),
      amount: moneyText,
      months: monthsNumber.default(12),
    }),
    z.object({ kind: z.literal("plain"), ...levelName, amount: moneyText, reason: words(200) }),
  ],
  "请选择怎么算",
);

function toLevel({ name, what, ...basis }: z.output<typeof levelInput>): Line["levels"][number] {
  return { name, what, basis: basis satisfies Basis };
}

const proposedInput = z.object({
  use: words(30),
  rate: z
    .string()
    .transform((text) => halfWidth(text).trim())
    .default(""),
  from: z.string().trim().default(""),
});

// ---- Drafting ------------------------------------------------------------------------------------------------------

/** How far ahead a year may be planned. */
const YEARS_AHEAD = 2;

export const createPlan = command({
  name: "createPlan",
  title: "开始编一年的预算",
  may: "plan.edit",
  input: z.object({
    year: yearNumber,
    isCopied: ticked.meta({ description: "把上一年预算的各条带过来作底稿" }),
  }),
  output: z.object({ year: z.number(), lines: z.number() }),
  run: async (call, { year, isCopied }) => {
    const { tx, community, actor, now } = call;
    const book = await ledger.bookOf(tx, community);
    const [first, last] = [yearOf(book.firstMonth), yearOf(monthOf(dayAt(now))) + YEARS_AHEAD];
    if (year < first || year > last) {
      throw refuse("YEAR_INVALID", `不能编 ${year} 年的预算。`, `请选 ${first} 到 ${last} 年。`);
    }
    if ((await plans.findHead(tx, community, year)) !== null) {
      throw refuse("PLAN_EXISTS", `${year} 年的预算已经在编。`, "请从预算列表里打开它。", 409);
    }
    await assertUnbudgeted(tx, community, year);
    const collected = await collectedOf(tx, book);
    const terms = { intro: "", collection: collectionOf(collected), rates: [], reserves: "0.00", gap: "" };
    await plans.insertHead(tx, community, { year, terms }, { by: actor.id, at: now });
    const lines = isCopied ? await linesBefore(tx, community, year) : [];
    await plans.insertLines(tx, community, year, lines);
    await note(call, "plan begun", { year: String(year) });
    return { year, lines: lines.length };
  },
});

/** The lines of the year before: of its plan, or of its budget as plain amounts. */
async function linesBefore(tx: Tx, community: string, year: number): Promise<Omit<Line, "id">[]> {
  const planned = await plans.linesOf(tx, community, year - 1);
  return planned.length > 0
    ? planned.map(({ id: _id, revision: _revision, ...line }) => ({ ...line, files: [] }))
    : linesFrom(await budgetOf(tx, community, year - 1));
}

async function editable(tx: Tx, community: string, year: number): Promise<plans.DraftHead> {
  assertEditable(await standingOr404(tx, community, year));
  const head = await plans.findHead(tx, community, year);
  if (head === null) {
    throw unknownPlan(year);
  }
  return head;
}

export const savePlan = command({
  name: "savePlan",
  title: "改预算的收缴率、单价设想、结余和说明",
  may: "plan.edit",
  input: z.object({
    year: yearNumber,
    revision: revisionNumber,
    intro: paragraph(2000),
    collection: collectionText,
    rates: z.array(proposedInput).max(50).default([]).meta({ description: "预算按这些单价算，还要业主大会表决" }),
    reserves: moneyText.default("0.00"),
    gap: optionalWords(200),
  }),
  output: z.object({ year: z.number(), revision: z.number() }),
  run: async (call, { year, revision, rates, ...wish }) => {
    const { tx, community } = call;
    const head = await editable(tx, community, year);
    assertRevision(head.revision, revision);
    const known = new Set(await usesOf(tx, community));
    const unknown = rates.find(({ use, rate }) => rate !== "" && !known.has(use));
    if (unknown !== undefined) {
      throw refuse("USE_UNKNOWN", `没有用途为「${unknown.use}」的房屋。`, "请按房屋登记的用途写。");
    }
    await plans.updateTerms(tx, community, year, { ...wish, rates: proposedRates(rates, year) });
    await note(call, "plan terms changed", { year: String(year) });
    return { year, revision: revision + 1 };
  },
});

const FILES_OF_LINE_MAX = 10;

export const saveLine = command({
  name: "savePlanLine",
  title: "写或改一条预算",
  may: "plan.edit",
  refusedAs: "plan line refused",
  input: z.object({
    year: yearNumber,
    line: orNone(idNumber).meta({ description: "改哪一条；不写就是新的一条" }),
    revision: orNone(revisionNumber),
    account: words(10),
    title: words(40),
    note: paragraph(500),
    kind: orNone(z.enum(BASIS_KINDS)).meta({ description: "各档的算法；写了就要和各档一致" }),
    levels: z.array(levelInput, "请填写金额怎么来").min(1, "请填写金额怎么来").max(LEVELS_MAX),
    chosen: wholeNumber(0, LEVELS_MAX - 1).default(0),
    vouchers: noneOrMany(shaText, "附件不对", FILES_OF_LINE_MAX),
  }),
  output: z.object({ line: z.number(), amount: z.string() }),
  prepare: (call: Reading, _input, uploads) => prepareVouchers(call, uploads),
  run: async (call, { year, line: id, revision, kind, levels, vouchers, ...wish }, prepared) => {
    const { tx, community } = call;
    await editable(tx, community, year);
    if (kind !== undefined && levels.some((level) => level.kind !== kind)) {
      const remedy = "请先点“显示对应的格子”，填好新的格子再保存。";
      throw new Refusal({ code: "BASIS_SWITCHED", message: "换了算法，格子还是原来的。", remedy, column: "kind" });
    }
    const uploaded = (await recordVouchers(call, prepared)).map(({ sha }) => sha);
    const files = [...new Set([...vouchers, ...uploaded])].slice(0, FILES_OF_LINE_MAX);
    await vouchersOf(tx, community, files);
    const line = { ...wish, levels: levels.map(toLevel), files };
    assertSound(line);
    const saved = await keepLine(tx, community, year, { line, id, revision });
    await note(call, "plan line saved", { year: String(year), line: String(saved), title: line.title });
    const { lines } = (await draftOf(tx, community, year)).plan;
    return { line: saved, amount: lines.find((each) => each.id === saved)?.amount ?? "0.00" };
  },
});

async function keepLine(
  tx: Tx,
  community: string,
  year: number,
  { line, id, revision }: { line: Omit<Line, "id">; id: number | undefined; revision: number | undefined },
): Promise<number> {
  if (id === undefined) {
    return plans.insertLines(tx, community, year, [line]);
  }
  assertRevision(await revisionOf(tx, community, year, id), revision ?? 0);
  await plans.updateLine(tx, community, year, { ...line, id });
  return id;
}

async function revisionOf(tx: Tx, community: string, year: number, id: number): Promise<number> {
  const before = (await plans.linesOf(tx, community, year)).find((each) => each.id === id);
  if (before === undefined) {
    throw unknownLine(id);
  }
  return before.revision;
}

export const removeLine = command({
  name: "removePlanLine",
  title: "从草案里删去一条",
  may: "plan.edit",
  input: z.object({ year: yearNumber, line: idNumber, revision: revisionNumber }),
  output: z.object({ line: z.number() }),
  run: async (call, { year, line, revision }) => {
    const { tx, community } = call;
    await editable(tx, community, year);
    assertRevision(await revisionOf(tx, community, year, line), revision);
    await plans.removeLine(tx, community, year, line);
    await note(call, "plan line removed", { year: String(year), line: String(line) });
    return { line };
  },
});

// ---- Publishing ----------------------------------------------------------------------------------------------------

const movedText = z.string().regex(/^\d{1,7}:\d{1,7}$/u, "应为“条:意见”，例如 3:12");

export const publishPlan = command({
  name: "publishPlan",
  title: "公布预算草案的新一版",
  may: "plan.edit",
  input: z.object({
    year: yearNumber,
    digest: z.string().regex(/^[0-9a-f]{64}$/u, "请从预览里公布"),
    summary: words(200),
    moved: noneOrMany(movedText, "应为“条:意见”，例如 3:12", 2000).meta({
      description: "哪一条由哪号意见促成：“3:12”",
    }),
  }),
  output: z.object({ year: z.number(), version: z.number(), digest: z.string() }),
  run: async (call, { year, digest, summary, moved: pairs }) => {
    const { tx, community, actor, now } = call;
    await editable(tx, community, year);
    const { plan, digest: current } = await draftOf(tx, community, year);
    if (digest !== current) {
      throw refuse("PLAN_CHANGED", "预览之后草案又有改动。", "请看过现在的预览再公布。", 409);
    }
    assertBalanced(plan);
    const versions = await plans.versionsOf(tx, community, year);
    const newest = versions.at(-1)?.version ?? null;
    const changed = changedSince(plan, newest);
    if (plan.lines.length === 0 || changed.size === 0) {
      const message = plan.lines.length === 0 ? "草案里一条也没有。" : "草案和已公布的一版没有差别。";
      throw refuse("NOTHING_TO_PUBLISH", message, "请先在草案里写好要改的内容。", 409);
    }
    const moved = movedOf(pairs);
    const comments = await plans.commentsOf(tx, community, year);
    assertMoved(moved, changed, new Set(comments.map(({ id }) => id)));
    const version: Version = { ...plan, version: versions.length + 1, summary, moved };
    const content = bytesOf(version);
    const recorded = { by: actor.id, at: now };
    await plans.insertVersion(tx, community, { version, content, digest: sha256(content) }, recorded);
    const files = [...new Set(plan.lines.flatMap((line) => line.files))];
    await showAt(tx, community, `/c/${community}/budgets/${year}`, files);
    await note(call, "plan published", { year: String(year), version: String(version.version), summary });
    return { year, version: version.version, digest: sha256(content) };
  },
});

export const setPeriod = command({
  name: "setPlanPeriod",
  title: "定征求意见的起止日",
  may: "plan.edit",
  input: z.object({ year: yearNumber, from: dayText, until: dayText }),
  output: z.object({ year: z.number(), from: z.string(), until: z.string() }),
  run: async (call, { year, ...period }) => {
    const { tx, community, now } = call;
    const standing = await standingOr404(tx, community, year);
    assertEditable(standing);
    if (standing.newest === 0) {
      throw refuse("PLAN_UNPUBLISHED", "还没有公布过草案，业主看不到要提意见的内容。", "请先公布第 1 版。", 409);
    }
    assertPeriod(period, standing.period, dayAt(now));
    await plans.updatePeriod(tx, community, year, period);
    await note(call, "plan comment period set", { year: String(year), ...period });
    return { year, ...period };
  },
});

export const freezePlan = command({
  name: "freezePlan",
  title: "预算定稿，等待表决",
  may: "plan.freeze",
  input: z.object({ year: yearNumber, version: wholeNumber(1, 100_000) }),
  output: z.object({ year: z.number(), version: z.number() }),
  run: async (call, { year, version }) => {
    const { tx, community, actor, now } = call;
    const standing = await standingOr404(tx, community, year);
    assertEditable(standing);
    await assertUnbudgeted(tx, community, year);
    assertHeard(standing, dayAt(now));
    const [newest] = (await plans.versionsOf(tx, community, year)).slice(-1);
    const { plan } = await draftOf(tx, community, year);
    if (newest === undefined || newest.version.version !== version || !isSameDraft(newest.version, plan)) {
      const message = newest === undefined ? "还没有公布过草案。" : `第 ${version} 版不是草案现在的样子。`;
      throw refuse("PLAN_NOT_NEWEST", message, "请先公布现在的草案，再把这一版定稿。", 409);
    }
    await plans.insertStep(tx, community, year, { step: "frozen", version, reason: "" }, { by: actor.id, at: now });
    await note(call, "plan frozen", { year: String(year), version: String(version) });
    return { year, version };
  },
});

export const reopenPlan = command({
  name: "reopenPlan",
  title: "把定稿的预算重新开放修改",
  may: "plan.freeze",
  input: z.object({ year: yearNumber, reason: words(200) }),
  output: z.object({ year: z.number() }),
  run: async (call, { year, reason }) => {
    const { tx, community, actor, now } = call;
    const { frozen, adopted } = await standingOr404(tx, community, year);
    if (frozen === null || adopted !== null) {
      const message = adopted === null ? "预算没有定稿，本来就可以改。" : "预算已经通过，不能再改草案。";
      throw refuse("PLAN_NOT_FROZEN", message, "请从预算页继续。", 409);
    }
    await plans.assertUnbound(tx, community, year);
    await plans.insertStep(
      tx,
      community,
      year,
      { step: "reopened", version: frozen, reason },
      { by: actor.id, at: now },
    );
    await note(call, "plan reopened", { year: String(year), reason });
    return { year };
  },
});

// ---- Asking --------------------------------------------------------------------------------------------------------

export const showDraft = query({
  name: "showPlanDraft",
  title: "编制中的预算草案",
  may: "desk.view",
  input: z.object({ year: yearNumber }),
  output: z.object({
    state: plans.stateOutput,
    revision: z.number(),
    digest: z.string().meta({ description: "公布时带上，表示公布的正是看过的这一份" }),
    changed: all(z.number()).meta({ description: "和最新公布的一版相比改了哪几条；0 = 收入和说明" }),
    revisions: all(z.object({ line: z.number(), revision: z.number() })),
    plan: plans.planOutput,
  }),
  run: async (call, { year }) => {
    const { db, community, now } = call;
    const { head, lines, plan, digest } = await draftOf(db, community, year);
    const newest = (await plans.versionsOf(db, community, year)).at(-1)?.version ?? null;
    return {
      state: plans.toState(await standingOr404(db, community, year), dayAt(now)),
      revision: head.revision,
      digest,
      changed: [...changedSince(plan, newest)],
      revisions: lines.map(({ id, revision }) => ({ line: id, revision })),
      plan,
    };
  },
});
