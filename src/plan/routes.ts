// Where everybody reads a plan and what was said to it, where owners say it, and the same as JSON.
import { z } from "zod";
import { dayAt, spokenDay, type Day } from "../base/month.ts";
import { displayYuan } from "../base/money.ts";
import { budgetOf } from "../budget/service.ts";
import {
  API,
  api,
  file,
  form,
  page,
  typedText,
  type Route,
  type Typed,
  type View,
  type Words,
} from "../door/routes.ts";
import { mayDo } from "../door/rules.ts";
import type { Reading } from "../door/service.ts";
import { accountName } from "../ledger/rules.ts";
import { FOREVER, ready, type Ready } from "../platform/http.ts";
import { readInput, yearNumber } from "../platform/input.ts";
import type { Db } from "../platform/db.ts";
import { resolutionHref } from "../resolution/rules.ts";
import { standings } from "../voucher/service.ts";
import {
  accountGroups,
  balanceRows,
  commentModel,
  computedBefore,
  differenceModel,
  feeModel,
  historyOf,
  leftOut,
  lineModel,
  notices,
  planSentence,
  stageWords,
  termsDifferences,
  type FileLink,
} from "./page.ts";
import { areTermsChanged, lineDifferences, phaseOn, type Plan, type Standing, type Version } from "./rules.ts";
import {
  addComment,
  answerComment,
  commentsOf,
  compared,
  comparePlans,
  contentOf,
  hideComment,
  listPlans,
  publishedIn,
  showPlan,
  standingOf,
  standingOr404,
  standingsOf,
  unknownVersion,
  versionsOf,
  type Published,
} from "./service.ts";

// ---- What everybody reads ---------------------------------------------------------------------------------------

export const dayOf = (at: string): Day => dayAt(new Date(at));

export function publicBase(community: string): string {
  return `/c/${community}/budgets`;
}

/** The attachments of lines by hash: readers may open those for which somebody decided what is shown. */
export async function filesOf(
  db: Db,
  community: string,
  plan: Plan,
  base: string | null,
): Promise<Map<string, FileLink>> {
  const shas = [...new Set(plan.lines.flatMap(({ files }) => files))];
  const copies = await standings(db, community, shas);
  return new Map(
    shas.map((sha, index) => {
      const isOpen = base !== null || (copies.get(sha)?.copy ?? null) !== null;
      const href = isOpen ? `${base ?? `/c/${community}/vouchers`}/${sha}` : "";
      return [sha, { sha, name: `附件 ${index + 1}`, href }];
    }),
  );
}

/** What every page of a plan shows above and between its lines. */
export function planModel(plan: Plan) {
  return {
    year: plan.year,
    sentence: planSentence(plan),
    intro: plan.terms.intro,
    balance: balanceRows(plan),
    fees: feeModel(plan),
    before: computedBefore(plan),
    notices: notices(plan),
    leftOut: leftOut(plan),
  };
}

async function budgetsView({ db, community, now }: Reading): Promise<View> {
  const adopted = new Set((await budgetOf(db, community)).map(({ year }) => year));
  const published = new Map(
    (await standingsOf(db, community)).filter(({ newest }) => newest > 0).map((each) => [each.year, each]),
  );
  const years = [...new Set([...published.keys(), ...adopted])].toSorted((a, b) => b - a);
  const items = years.map((year) => {
    const standing = published.get(year);
    const words = standing === undefined ? "已生效的预算" : stageWords(standing, dayAt(now));
    return { year, words, href: `${publicBase(community)}/${year}` };
  });
  return { view: "budget-years", model: { items } };
}

async function yearView(call: Reading, words: Words): Promise<View> {
  const { year, version } = readInput(showPlan.input, words);
  const standing = await standingOf(call.db, call.community, year);
  const lines = await budgetOf(call.db, call.community, year);
  if (lines.length > 0 && (standing === null || standing.newest === 0)) {
    return budgetView(call, year, lines);
  }
  return planView(call, standing ?? (await standingOr404(call.db, call.community, year)), version);
}

/** A year whose budget came with the books: amounts by account, nothing more is known of it. */
function budgetView({ community }: Reading, year: number, lines: Awaited<ReturnType<typeof budgetOf>>): View {
  const rows = (isIncome: boolean): { label: string; amount: string }[] =>
    lines
      .filter(({ account }) => account.startsWith("4") === isIncome)
      .map(({ account, amount }) => ({ label: accountName(account), amount: displayYuan(amount) }));
  const here = publicBase(community);
  const model = { year, here, execution: `${here}/${year}/execution`, spending: rows(false), income: rows(true) };
  return { view: "budget-adopted", model };
}

async function planView(call: Reading, standing: Standing, wanted: number | undefined): Promise<View> {
  const { db, community, now, actor } = call;
  const { year, adopted, frozen, newest, period } = standing;
  const published = await versionsOf(db, community, year);
  const { version: plan, digest, at } = publishedIn(published, year, wanted ?? adopted?.version);
  const here = `${publicBase(community)}/${year}`;
  const isOpen = phaseOn(period, dayAt(now)) === "running" && frozen === null && adopted === null;
  const mayComment = isOpen && (actor.id === "" || mayDo(call, "plan.comment"));
  const { version } = plan;
  return {
    view: "budget-plan",
    model: {
      ...planModel(plan),
      ...(await discussed(call, plan, { published, here, mayComment })),
      here,
      stage: stageWords(standing, dayAt(now)),
      isOpen,
      mayComment,
      version,
      summary: plan.summary,
      published: spokenDay(dayOf(at)),
      isOld: version !== newest && adopted === null,
      digest,
      bytes: `${here}/versions/${version}`,
      versions: published.map((each) => versionLink(each, here, version)),
      hasVersions: published.length > 1,
      changes: `${here}/changes?from=${Math.max(1, version - 1)}&to=${version}`,
      simulator: `${here}/simulator?version=${version}`,
      execution: adopted === null ? "" : `${here}/execution`,
      resolution:
        adopted === null
          ? null
          : { number: adopted.resolution, href: resolutionHref(community, adopted.resolution), voided: adopted.voided },
    },
  };
}

function versionLink({ version: { version } }: Published, here: string, current: number) {
  return { label: `第 ${version} 版`, href: `${here}?version=${version}`, isCurrent: version === current };
}

/** More than so many are folded away. */
const COMMENTS_UNFOLDED = 3;

/** The lines with what was said of each, what it moved, and what was said of lines that are there no more. */
async function discussed(
  { db, community, actor }: Reading,
  plan: Version,
  about: { readonly published: readonly Published[]; readonly here: string; readonly mayComment: boolean },
) {
  const { published, here, mayComment } = about;
  const versions = published.map(({ version }) => version);
  const past = versions.filter(({ version }) => version <= plan.version);
  const comments = await commentsOf(db, community, plan.year);
  const files = await filesOf(db, community, plan, null);
  const told = (line: number) => {
    const own = comments.filter((each) => each.line === line);
    return {
      comments: own.map((each) => commentModel(each, { versions, actor: actor.id, dayOf })),
      isOpened: own.length <= COMMENTS_UNFOLDED,
      history: historyOf(line, past, comments),
      ask: mayComment ? `${here}/comment?line=${line}` : "",
    };
  };
  const there = new Set([0, ...plan.lines.map(({ id }) => id)]);
  const gone = [...new Set(past.flatMap(({ lines }) => lines.map(({ id }) => id)))].filter((id) => !there.has(id));
  return {
    groups: accountGroups(plan, (line) => ({ ...lineModel(line, files), ...told(line.id) })),
    whole: told(0),
    gone: gone.map((line) => ({ line, title: titleOf(line, past), ...told(line), ask: "" })),
    commentCount: comments.length,
  };
}

/** What a line was called when it was last there. */
function titleOf(id: number, versions: readonly Version[]): string {
  return versions.flatMap(({ lines }) => lines).findLast((line) => line.id === id)?.title ?? "";
}

async function changesView(call: Reading, words: Words): Promise<View> {
  const { year, from: earlier, to: later } = readInput(comparePlans.input, words);
  const { from, to } = await compared(call, { year, from: earlier, to: later });
  const all = await versionsOf(call.db, call.community, year);
  const options = all.map(({ version }) => ({
    value: String(version.version),
    label: `第 ${version.version} 版：${version.summary}`,
  }));
  const lines = lineDifferences(from.lines, to.lines).map(differenceModel);
  return {
    view: "budget-changes",
    model: {
      year,
      here: `${publicBase(call.community)}/${year}`,
      from: from.version,
      to: to.version,
      options,
      lines,
      terms: termsDifferences(from, to),
      isSame: lines.length === 0 && !areTermsChanged(from, to),
      values: { from: String(from.version), to: String(to.version) },
    },
  };
}

/** A version's bytes, for whoever checks the digest. They never change. */
async function versionFile(call: Reading, words: Words): Promise<Ready> {
  const { year, version = 0 } = readInput(showPlan.input, words);
  const content = await contentOf(call.db, call.community, year, version);
  if (content === null) {
    throw unknownVersion({ plan: year, version });
  }
  return ready(content, "application/json; charset=utf-8", FOREVER, `${call.community}-${year}-v${version}.json`);
}

async function commentView(call: Reading, words: Typed): Promise<View> {
  const { db, community } = call;
  const { year } = readInput(z.object({ year: yearNumber }), words);
  const line = Number(typedText(words, "line"));
  const { version } = publishedIn(await versionsOf(db, community, year), year);
  const found = version.lines.find(({ id }) => id === line);
  return {
    view: "budget-comment",
    model: {
      year,
      here: `${publicBase(community)}/${year}`,
      line: found === undefined ? null : lineModel(found, new Map()),
      kinds: [
        { value: "comment", label: "提意见" },
        { value: "question", label: "提问，希望得到解释" },
      ],
      values: { line: found === undefined ? "0" : String(line), kind: "comment" },
    },
  };
}

// ---- Addresses --------------------------------------------------------------------------------------------------

const PUBLIC = "/c/:code/budgets";
const AT = `${API}/plans`;

export const planRoutes: readonly Route[] = [
  page(PUBLIC, "anyone", budgetsView),
  page(`${PUBLIC}/:year`, "anyone", yearView),
  file(`${PUBLIC}/:year/versions/:version`, "anyone", versionFile),
  page(`${PUBLIC}/:year/changes`, "anyone", changesView),
  page(`${PUBLIC}/:year/comment`, "plan.comment", commentView),
  form(`${PUBLIC}/:year/comment`, addComment, {
    done: ({ comment }, { code = "", year = "" }) => `/c/${code}/budgets/${year}#c${comment}`,
    again: (call, words, typed) => commentView(call, { ...typed, ...words }),
  }),

  api("get", AT, listPlans),
  api("get", `${AT}/:year`, showPlan),
  api("get", `${AT}/:year/changes`, comparePlans),
  api("post", `${AT}/:year/comments`, addComment, { status: 201 }),
  api("post", `${AT}/:year/comments/:comment/answers`, answerComment, { status: 201 }),
  api("post", `${AT}/:year/comments/:comment/hiding`, hideComment),
];
