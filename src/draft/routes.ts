// Where the desk writes a year's plan, publishes it and answers, and the same as JSON.
import { z } from "zod";
import { dayAt, plusDays, spokenMonth } from "../base/month.ts";
import { displayText } from "../base/money.ts";
import { asPercent, asRate } from "../base/share.ts";
import { Refusal, refuse } from "../base/refusal.ts";
import { budgetOf } from "../budget/service.ts";
import {
  API,
  api,
  DESK,
  form,
  page,
  typedText,
  type Route,
  type Typed,
  type View,
  type Words,
} from "../door/routes.ts";
import { mayDo } from "../door/rules.ts";
import type { Reading, Upload } from "../door/service.ts";
import { accountWords } from "../ledger/rules.ts";
import { usesOf } from "../people/service.ts";
import {
  accountGroups,
  BASIS_WORDS,
  beforeWords,
  commentModel,
  differenceModel,
  feeModel,
  lineModel,
  stageWords,
  termsDifferences,
} from "../plan/page.ts";
import { dayOf, filesOf, planModel, publicBase } from "../plan/routes.ts";
import {
  areTermsChanged,
  BASIS_KINDS,
  BUDGETABLE,
  LEVELS_MAX,
  lineDifferences,
  phaseOn,
  type BasisKind,
} from "../plan/rules.ts";
import {
  answerComment,
  commentsOf,
  hideComment,
  standingOr404,
  standingsOf,
  stepsOf,
  versionsOf,
} from "../plan/service.ts";
import { valueAt } from "../platform/form.ts";
import { readInput, shaText } from "../platform/input.ts";
import { storeVouchers, vouchersOf } from "../voucher/service.ts";
import { changedSince, unknownLine } from "./rules.ts";
import {
  createPlan,
  draftOf,
  freezePlan,
  publishPlan,
  removeLine,
  reopenPlan,
  saveLine,
  savePlan,
  setPeriod,
  showDraft,
  type Draft,
} from "./service.ts";

function deskBase(community: string): string {
  return `/desk/${community}/plans`;
}

// ---- The desk ---------------------------------------------------------------------------------------------------

async function listView(call: Reading, typed: Typed = {}): Promise<View> {
  const { db, community, now } = call;
  const today = dayAt(now);
  const plans = (await standingsOf(db, community)).map((standing) => {
    const { year } = standing;
    return { year, words: stageWords(standing, today), href: `${deskBase(community)}/${year}` };
  });
  const budgeted = (await budgetOf(db, community)).map(({ year }) => year);
  const thisYear = Number(today.slice(0, 4));
  const taken = new Set([...budgeted, ...plans.map(({ year }) => year)]);
  const open = [thisYear, thisYear + 1, thisYear + 2].filter((year) => !taken.has(year));
  return {
    view: "plan-list",
    model: {
      base: deskBase(community),
      plans,
      years: open.map((year) => ({ value: String(year), label: `${year} 年` })),
      mayEdit: mayDo(call, "plan.edit"),
      values: { year: String(open[1] ?? open[0] ?? ""), isCopied: "on", ...typed },
    },
  };
}

async function draftView(call: Reading, words: Typed): Promise<View> {
  const { db, community, now } = call;
  const { year } = readInput(showDraft.input, words);
  const standing = await standingOr404(call.db, call.community, year);
  const { plan } = await draftOf(db, community, year);
  const versions = await versionsOf(db, community, year);
  const files = await filesOf(db, community, plan, `/desk/${community}/vouchers`);
  const comments = await commentsOf(db, community, year);
  const newest = versions.at(-1)?.version ?? null;
  const base = `${deskBase(community)}/${year}`;
  const isEditable = standing.frozen === null && standing.adopted === null;
  const mayEdit = isEditable && mayDo(call, "plan.edit");
  const step = (await stepsOf(db, community, year)).at(-1);
  return {
    view: "plan-draft",
    model: {
      ...planModel(plan),
      base,
      stage: stageWords(standing, dayAt(now)),
      mayEdit,
      mayFreeze: isEditable && mayDo(call, "plan.freeze") && phaseOn(standing.period, dayAt(now)) === "over",
      mayReopen: standing.frozen !== null && standing.adopted === null && mayDo(call, "plan.freeze"),
      reopened: step?.step === "reopened" ? step.reason : "",
      isChanged: changedSince(plan, newest).size > 0,
      newest: standing.newest,
      isPublished: standing.newest > 0,
      public: `${publicBase(community)}/${year}`,
      waiting: comments.filter(({ answers, hidden }) => answers.length === 0 && hidden === null).length,
      commentCount: comments.length,
      collection: asPercent(plan.terms.collection),
      groups: accountGroups(plan, (line) => ({ ...lineModel(line, files), href: `${base}/lines/${line.id}`, mayEdit })),
    },
  };
}

const ACCOUNT_OPTIONS = BUDGETABLE.map((value) => ({ value, label: accountWords(value) }));
const KIND_OPTIONS = BASIS_KINDS.map((value) => ({ value, label: BASIS_WORDS[value] }));
const EVERY_OPTIONS = [
  { value: "month", label: "每月" },
  { value: "year", label: "全年" },
];
const COUNT_OPTIONS = Array.from({ length: LEVELS_MAX }, (_, index) => ({
  value: String(index + 1),
  label: index === 0 ? "只有一种，不用选" : `${index + 1} 档，业主可以在测算器里挑`,
}));

/** The form of a line: new, as it is kept, or with what was typed. */
async function lineView(call: Reading, words: Typed, typed: Typed | null, uploads: readonly Upload[]): Promise<View> {
  const { db, community } = call;
  const { year } = readInput(showDraft.input, words);
  const draft = await draftOf(db, community, year);
  const id = typedText(words, "line") === "" ? typedText(typed ?? {}, "line") : typedText(words, "line");
  const line = id === "" ? null : (draft.lines.find((each) => String(each.id) === id) ?? null);
  if (id !== "" && line === null) {
    throw unknownLine(Number(id));
  }
  const kept = line === null ? { account: typedText(words, "account") } : lineValues(draft, line.id);
  const values = { kind: "plain", count: "1", chosen: "0", ...kept, ...typed };
  const kind = BASIS_KINDS.find((each) => each === typedText(values, "kind")) ?? "plain";
  const count = Math.min(LEVELS_MAX, Math.max(1, Number(typedText(values, "count")) || 1));
  const shas = await keptFiles(call, typed ?? kept, uploads);
  const account = typedText(values, "account");
  return {
    view: "plan-line",
    model: {
      base: `${deskBase(community)}/${year}`,
      year,
      isNew: line === null,
      line: id,
      before: BUDGETABLE.includes(account) ? beforeWords(draft.plan.before, account) : "",
      accounts: ACCOUNT_OPTIONS,
      kinds: KIND_OPTIONS,
      counts: COUNT_OPTIONS,
      everies: EVERY_OPTIONS,
      rows: Array.from({ length: count }, (_, index) => levelRow(index, kind, count)),
      choices: Array.from({ length: count }, (_, index) => ({ value: String(index), label: levelName(values, index) })),
      isChoice: count > 1,
      kept: shas.map((sha, index) => ({ sha, label: `附件 ${index + 1}`, href: `/desk/${community}/vouchers/${sha}` })),
      // After somebody else's change the form carries the revision that is kept now: saving again is a decision.
      revision: line === null ? "" : String(line.revision),
      saved: isOvertaken(line, typed) ? savedLine(draft, id) : null,
      values: { ...values, kind, count: String(count) },
    },
  };
}

function isOvertaken(line: Draft["lines"][number] | null, typed: Typed | null): boolean {
  return line !== null && typed !== null && typedText(typed, "revision") !== String(line.revision);
}

function savedLine({ plan }: Draft, id: string) {
  return plan.lines.filter((each) => String(each.id) === id).map((each) => lineModel(each, new Map()))[0] ?? null;
}

function lineValues(draft: Draft, id: number): Typed {
  const line = draft.lines.find((each) => each.id === id);
  return line === undefined
    ? {}
    : {
        line: String(id),
        account: line.account,
        title: line.title,
        note: line.note,
        kind: line.levels[0]?.basis.kind ?? "plain",
        count: String(line.levels.length),
        chosen: String(line.chosen),
        levels: line.levels.map(({ basis, ...level }) => ({ ...level, ...basis })),
        vouchers: [...line.files],
      };
}

/** The attachments of the form: those that were kept, and what came along now unless it is the fault itself. */
async function keptFiles(call: Reading, values: Typed, uploads: readonly Upload[]): Promise<string[]> {
  const before = z.array(shaText).catch([]).parse(values["vouchers"]);
  const known = await vouchersOf(call.db, call.community, before);
  const stored = uploads.length === 0 ? [] : await storeVouchers(call, uploads).catch(unlessRefused);
  return [...new Set([...known, ...stored].map(({ sha }) => sha))];
}

function unlessRefused(error: unknown): [] {
  if (!(error instanceof Refusal)) {
    throw error;
  }
  return [];
}

/** “第 2 档：每天一次”, as far as it has a name. */
function levelName(values: Typed, index: number): string {
  const name = valueAt(values, `levels.${index}.name`);
  return `第 ${index + 1} 档${typeof name === "string" && name !== "" ? `：${name}` : ""}`;
}

function levelRow(index: number, kind: BasisKind, count: number) {
  const at = (name: string): string => `levels.${index}.${name}`;
  return {
    title: count === 1 ? "" : `第 ${index + 1} 档`,
    isChoice: count > 1,
    kind,
    kindName: `levels[${index}][kind]`,
    isQuantity: kind === "quantity",
    isPosts: kind === "posts",
    isContract: kind === "contract",
    isPlain: kind === "plain",
    name: at("name"),
    what: at("what"),
    quantity: at("quantity"),
    unit: at("unit"),
    price: at("price"),
    months: at("months"),
    posts: at("posts"),
    monthly: at("monthly"),
    counterparty: at("counterparty"),
    every: at("every"),
    amount: at("amount"),
    reason: at("reason"),
  };
}

async function termsView(call: Reading, words: Typed): Promise<View> {
  const { db, community } = call;
  const { year } = readInput(showDraft.input, words);
  const { head, plan } = await draftOf(db, community, year);
  const { terms } = plan;
  const uses = await usesOf(db, community);
  const rates = uses.map((use) => {
    const wish = terms.rates.find((each) => each.use === use);
    return { use, rate: wish?.rate ?? "", from: wish?.from ?? `${year}-01` };
  });
  const present = new Map(plan.fees.rates.map((each) => [each.use, each.present]));
  return {
    view: "plan-terms",
    model: {
      base: `${deskBase(community)}/${year}`,
      year,
      fees: feeModel(plan),
      available:
        plan.available === null
          ? ""
          : `到${spokenMonth(plan.available.month)}底，共有资金扣掉预收、应付和押金后可动用 ${displayText(plan.available.amount)} 元`,
      rates: uses.map((use, index) => ({
        use,
        useName: `rates[${index}][use]`,
        rate: `rates.${index}.rate`,
        from: `rates.${index}.from`,
        label: `${use}的新单价（元/平方米·月）`,
        hint: `现在 ${asRate(present.get(use) ?? "0")}；不打算变就空着`,
      })),
      revision: String(head.revision),
      values: { ...terms, collection: asPercent(terms.collection), rates },
    },
  };
}

async function publishView(call: Reading, words: Typed): Promise<View> {
  const { db, community } = call;
  const { year } = readInput(showDraft.input, words);
  const { plan, digest } = await draftOf(db, community, year);
  const versions = (await versionsOf(db, community, year)).map(({ version }) => version);
  const newest = versions.at(-1) ?? null;
  const comments = await commentsOf(db, community, year);
  const open = comments
    .filter(({ hidden }) => hidden === null)
    .map((each) => commentModel(each, { versions, actor: "", dayOf }));
  // A new line may answer a comment on any other.
  const tickable = (line: number, isNew: boolean) =>
    open
      .filter((comment) => isNew || comment.line === line || comment.line === 0)
      .toSorted((a, b) => Number(b.line === line) - Number(a.line === line))
      .map((comment) => ({
        value: `${line}:${comment.id}`,
        isOwn: comment.line === line,
        label: `第 ${comment.id} 号（${comment.where}）：${comment.words}`,
      }));
  const lines = lineDifferences(newest?.lines ?? [], plan.lines).map((each) => ({
    ...differenceModel(each),
    comments: tickable(each.line, each.before === null),
  }));
  const terms = newest === null ? [] : termsDifferences(newest, plan);
  const isTerms = newest !== null && areTermsChanged(newest, plan);
  return {
    view: "plan-publish",
    model: {
      ...planModel(plan),
      base: `${deskBase(community)}/${year}`,
      next: versions.length + 1,
      isFirst: newest === null,
      isNothing: newest !== null && lines.length === 0 && !isTerms,
      lines,
      terms,
      termsComments: isTerms ? tickable(0, false) : [],
      digest,
      values: { summary: newest === null ? "第一版，请大家提意见" : "" },
    },
  };
}

/** How long owners are asked unless the desk says otherwise: as long as an assembly's notice (指导规则, 条例 art. 14). */
const PERIOD_DAYS = 15;

async function periodView(call: Reading, words: Typed): Promise<View> {
  const { year } = readInput(showDraft.input, words);
  const { period, newest } = await standingOr404(call.db, call.community, year);
  const today = dayAt(call.now);
  const from = period?.from ?? today;
  const values = { from, until: period?.until ?? plusDays(from, PERIOD_DAYS - 1) };
  const isBegun = period !== null && period.from <= today;
  const model = { base: `${deskBase(call.community)}/${year}`, year, isBegun, isPublished: newest > 0 };
  return { view: "plan-period", model: { ...model, values } };
}

async function freezeView(call: Reading, words: Typed): Promise<View> {
  const { year } = readInput(showDraft.input, words);
  const { newest, frozen } = await standingOr404(call.db, call.community, year);
  const { plan } = await draftOf(call.db, call.community, year);
  const base = `${deskBase(call.community)}/${year}`;
  return { view: "plan-freeze", model: { ...planModel(plan), base, version: newest, isFrozen: frozen !== null } };
}

async function commentsView(call: Reading, words: Typed): Promise<View> {
  const { db, community, actor } = call;
  const { year } = readInput(showDraft.input, words);
  await standingOr404(call.db, call.community, year);
  const versions = (await versionsOf(db, community, year)).map(({ version }) => version);
  const base = `${deskBase(community)}/${year}`;
  const items = (await commentsOf(db, community, year)).map((each) => ({
    ...commentModel(each, { versions, actor: actor.id, dayOf }),
    href: `${base}/comments/${each.id}`,
  }));
  const waiting = items.filter(({ isAnswered, isHidden }) => !isAnswered && !isHidden);
  return {
    view: "plan-comments",
    model: { base, year, waiting, others: items.filter((each) => !waiting.includes(each)).toReversed() },
  };
}

async function oneCommentView(call: Reading, words: Typed): Promise<View> {
  const { db, community, actor } = call;
  const { year } = readInput(showDraft.input, words);
  const versions = (await versionsOf(db, community, year)).map(({ version }) => version);
  const found = (await commentsOf(db, community, year)).find(({ id }) => String(id) === typedText(words, "comment"));
  if (found === undefined) {
    throw refuse("COMMENT_UNKNOWN", "没有这一号意见。", "请从意见列表里选。", 404);
  }
  const line = versions.flatMap(({ lines }) => lines).findLast(({ id }) => id === found.line);
  return {
    view: "plan-comment",
    model: {
      base: `${deskBase(community)}/${year}`,
      comment: commentModel(found, { versions, actor: actor.id, dayOf }),
      line: line === undefined ? null : lineModel(line, new Map()),
      mayAnswer: mayDo(call, "plan.answer"),
      mayModerate: mayDo(call, "plan.moderate"),
      values: { isHidden: found.hidden === null ? "on" : "" },
    },
  };
}

// ---- Addresses --------------------------------------------------------------------------------------------------

const HERE = `${DESK}/plans`;
const AT = `${API}/plans`;

/** Back to the draft of the year. */
const toDraft = (_output: unknown, { code = "", year = "" }: Words): string => `/desk/${code}/plans/${year}`;

const toComment = (_output: unknown, { code = "", year = "", comment = "" }: Words): string =>
  `/desk/${code}/plans/${year}/comments/${comment}`;

export const draftRoutes: readonly Route[] = [
  page(HERE, "desk.view", (call) => listView(call), "预算"),
  form(HERE, createPlan, {
    done: ({ year }, { code = "" }) => `/desk/${code}/plans/${year}`,
    again: (call, _words, typed) => listView(call, typed),
  }),
  page(`${HERE}/:year`, "desk.view", draftView),
  page(`${HERE}/:year/lines`, "plan.edit", (call, words) => lineView(call, words, null, [])),
  form(`${HERE}/:year/lines`, saveLine, { done: toDraft, again: lineView }),
  page(`${HERE}/:year/lines/:line`, "plan.edit", (call, words) => lineView(call, words, null, [])),
  form(`${HERE}/:year/lines/:line/removal`, removeLine, {
    done: toDraft,
    again: (call, words) => lineView(call, words, null, []),
  }),
  page(`${HERE}/:year/terms`, "plan.edit", termsView),
  form(`${HERE}/:year/terms`, savePlan, { done: toDraft, again: termsView }),
  page(`${HERE}/:year/publish`, "plan.edit", publishView),
  form(`${HERE}/:year/publish`, publishPlan, { done: toDraft, again: publishView }),
  page(`${HERE}/:year/period`, "plan.edit", periodView),
  form(`${HERE}/:year/period`, setPeriod, { done: toDraft, again: periodView }),
  page(`${HERE}/:year/freeze`, "plan.freeze", freezeView),
  form(`${HERE}/:year/freeze`, freezePlan, { done: toDraft, again: freezeView }),
  form(`${HERE}/:year/reopen`, reopenPlan, { done: toDraft, again: freezeView }),
  page(`${HERE}/:year/comments`, "desk.view", commentsView),
  page(`${HERE}/:year/comments/:comment`, "desk.view", oneCommentView),
  form(`${HERE}/:year/comments/:comment/answers`, answerComment, { done: toComment, again: oneCommentView }),
  form(`${HERE}/:year/comments/:comment/hiding`, hideComment, { done: toComment, again: oneCommentView }),

  api("post", AT, createPlan, { status: 201 }),
  api("post", `${AT}/:year`, savePlan),
  api("get", `${AT}/:year/draft`, showDraft),
  api("post", `${AT}/:year/lines`, saveLine, { status: 201, takesFiles: true }),
  api("delete", `${AT}/:year/lines/:line`, removeLine),
  api("post", `${AT}/:year/versions`, publishPlan, { status: 201 }),
  api("post", `${AT}/:year/period`, setPeriod),
  api("post", `${AT}/:year/freeze`, freezePlan),
  api("post", `${AT}/:year/reopen`, reopenPlan),
];
