// Where owners vote, where the desk enters paper and proxies, and where everybody sees who many took part.
import { z } from "zod";
import { ballotForms } from "../../reports/ballots.ts";
import { displayNames } from "../access/service.ts";
import { ownRows } from "../assembly/page.ts";
import { matterCards } from "../assembly/routes.ts";
import { stageOf, type Assembly } from "../assembly/rules.ts";
import { mattersOf, showOwnRows } from "../assembly/service.ts";
import { dayAt, spokenDay } from "../base/month.ts";
import { refuse } from "../base/refusal.ts";
import { readNotice, unreadHeads } from "../delivery/service.ts";
import { API, api, DESK, file, form, MY, page, typedText, type Route, type Typed, type View } from "../door/routes.ts";
import { mayDo } from "../door/rules.ts";
import { command, query, type Reading } from "../door/service.ts";
import { paperOr404, preparePaper } from "../paper/service.ts";
import { valueAt } from "../platform/form.ts";
import { ready, type Ready } from "../platform/http.ts";
import {
  dayText,
  idNumber,
  listInput,
  listOf,
  noneOrMany,
  optionalWords,
  readInput,
  shaText,
  ticked,
  unkept,
  wholeNumber,
  words,
} from "../platform/input.ts";
import { settingWords } from "../procedure/rules.ts";
import { areaText, areaWords, CHOICES, countJson, countSchema } from "../tally/rules.ts";
import { findCommunity } from "../trust/service.ts";
import * as shown from "./page.ts";
import { areaStep, entryState, inSteps, isPaperFirst } from "./rules.ts";
import * as service from "./service.ts";

// ---- What is sent and answered --------------------------------------------------------------------------------------

const id = idNumber.meta({ description: "第几次表决" });
const head = words(2000).meta({ description: "业主编号；共有的用 + 连起来" });
const channel = z.enum(["electronic", "paper"]);

const choices = unkept(
  z
    .array(
      z.object({
        matter: wholeNumber(1, 999).meta({ description: "第几项" }),
        choice: z
          .enum(CHOICES, "请选同意、反对或弃权")
          .optional()
          .meta({ description: "agree 同意、oppose 反对、abstain 弃权；每一项都要选" }),
      }),
      "请逐项选择",
    )
    .max(200),
);

const reason = words(200).meta({ description: "为什么" });

const placeOf = ({ community }: { readonly community: string }, assembly: number): service.Place => ({
  community,
  assembly,
});

// ---- Use cases: voting ------------------------------------------------------------------------------------------------

export const castBallot = command({
  name: "castBallot",
  title: "投电子票",
  may: "ballot.cast",
  refusedAs: "ballot refused",
  // Thousands vote in one evening. Each head has one row, by its key; whoever counts or enters paper holds the book alone.
  sharesBook: true,
  input: z.object({ id, head, choices }),
  output: z.object({ head: z.string(), receipt: z.string(), castAt: z.string().meta({ format: "date-time" }) }),
  isRepeated: (call, { id: assembly, head: voter, choices: chosen }) =>
    service.holdsBallot(call, { assembly, head: voter, choices: chosen }),
  run: async (call, { id: assembly, head: voter, choices: chosen }) =>
    service.cast(call, { assembly, head: voter, choices: chosen }),
});

const ownHead = z.object({
  head: z.string(),
  units: z.array(z.string()),
  area: z.string(),
  matters: z.array(z.number().int()).meta({ description: "要表决的事项，第几项" }),
  proxy: z.number().int().nullable().meta({ description: "凭第几份委托；null 是自己的" }),
  isChecked: z.boolean().meta({ description: "账号核对过本人；没有核对就不能网上投票" }),
  status: z
    .enum(["open", "unconfirmed", "paper", "received"])
    .meta({ description: "还没有投；只有一人录入了纸质票，本人仍可以投；纸质票两人正在核对；已收到" }),
  receipt: z.string().nullable().meta({ description: "回执" }),
  channel: channel.nullable(),
  castAt: z.string().nullable(),
});

export const listOwnBallots = query({
  name: "listOwnBallots",
  title: "自己能投的票和它们的情况",
  may: "ballot.cast",
  input: z.object({ id }),
  output: z.object({ items: z.array(ownHead) }),
  run: async (call, { id: assembly }) => {
    const heads = await service.ownHeads(call, await service.voteOr404(call.db, placeOf(call, assembly)));
    return { items: heads.map(ownOutput) };
  },
});

function ownOutput({
  head: { id: name, units, area: size },
  state,
  proxy,
  places,
  isChecked,
}: service.OwnHead): z.input<typeof ownHead> {
  const { ballot, entries } = state;
  const begun = isPaperFirst(entries, proxy === null) ? "paper" : "unconfirmed";
  const unfinished = entryState(entries) === "none" ? "open" : begun;
  return {
    head: name,
    units: units.map(({ unit }) => unit),
    area: areaText(size),
    matters: [...places],
    proxy: proxy?.id ?? null,
    isChecked,
    status: ballot === null ? unfinished : "received",
    receipt: ballot?.receipt ?? null,
    channel: ballot?.channel ?? null,
    castAt: ballot?.castAt ?? null,
  };
}

export const showTurnout = query({
  name: "showTurnout",
  title: "一次表决有多少业主参加",
  may: "anyone",
  input: z.object({ id }),
  output: z.object({
    roll: countSchema,
    tookPart: countSchema,
    electronic: countSchema,
    paper: countSchema,
    areaStep: z.string().nullable().meta({ description: "计票以前，面积向下取整到这么多 平方米；null 是准确的面积" }),
  }),
  run: async (call, { id: assembly }) => {
    const { roll, turnout, step } = await shownTurnout(call, assembly);
    return {
      roll: countJson(roll),
      tookPart: countJson(turnout.all),
      electronic: countJson(turnout.electronic),
      paper: countJson(turnout.paper),
      areaStep: step === null ? null : areaText(step),
    };
  },
});

/** The turnout as whoever asks may see it: its area in steps while the vote is not counted, but for the desk. */
async function shownTurnout(call: Reading, assembly: number) {
  const facts = await turnoutFacts(call, assembly);
  const { vote, roll, turnout } = facts;
  if (vote.assembly.closedAt !== null || mayDo(call, "ballot.enter")) {
    return { ...facts, step: null };
  }
  const step = areaStep(roll);
  const { electronic, paper, all } = turnout;
  const told = { electronic: inSteps(electronic, step), paper: inSteps(paper, step), all: inSteps(all, step) };
  return { ...facts, turnout: told, step };
}

/** A vote whose notice went out; nobody outside learns of a draft. */
async function turnoutFacts(call: Reading, assembly: number) {
  const at = placeOf(call, assembly);
  const vote = await service.voteOr404(call.db, at);
  const roll = vote.assembly.notice?.roll;
  if (roll === undefined) {
    throw refuse("ASSEMBLY_UNKNOWN", `第 ${assembly} 次表决还没有通知。`, "请等通知发出。", 404);
  }
  return { vote, roll, turnout: await service.turnoutOf(call.db, at) };
}

export const lookUpReceipt = query({
  name: "lookUpReceipt",
  title: "凭回执核对一张票有没有计入",
  may: "anyone",
  input: z.object({ id, receipt: words(40).meta({ description: "回执，大小写和横线都不要紧" }) }),
  output: z.object({
    isCounted: z.boolean(),
    channel: channel.nullable(),
    choices: z
      .array(z.object({ matter: z.number().int(), choice: z.enum(CHOICES) }))
      .meta({ description: "记名表决才有" }),
  }),
  run: async (call, { id: assembly, receipt }) => {
    const {
      isCounted,
      channel: how,
      choices: chosen,
    } = await service.lookUpReceipt(call.db, placeOf(call, assembly), receipt, call.now);
    return { isCounted, channel: how, choices: [...chosen] };
  },
});

// ---- Use cases: the desk ----------------------------------------------------------------------------------------------

const FILTERS = ["all", "missing", "entering", "voted"] as const;

export const listParticipation = query({
  name: "listParticipation",
  title: "各户投票的情况（不含选择）",
  may: "ballot.enter",
  input: z.object({
    ...listInput,
    id,
    filter: z.enum(FILTERS, "没有这个列表").default("all"),
    find: optionalWords(60).meta({ description: "房号里的字" }),
  }),
  output: listOf(
    z.object({
      head: z.string(),
      units: z.array(z.string()),
      area: z.string(),
      channel: channel.nullable(),
      castAt: z.string().nullable(),
      entry: z.enum(["none", "waiting", "differs", "counted"]).meta({ description: "纸质票录入到哪一步" }),
      proxy: z.number().int().nullable(),
    }),
  ),
  run: async (call, { id: assembly, filter, find, after = "", limit }) => {
    const { items, next } = await service.participants(call.db, placeOf(call, assembly), {
      filter,
      find,
      after,
      limit,
    });
    return {
      items: items.map(({ head: { id: name, units, area: size }, ballot, entry, proxy }) => ({
        head: name,
        units: units.map(({ unit }) => unit),
        area: areaText(size),
        channel: ballot?.channel ?? null,
        castAt: ballot?.castAt ?? null,
        entry,
        proxy: proxy?.id ?? null,
      })),
      next,
    };
  },
});

export const enterPaperBallot = command({
  name: "enterPaperBallot",
  title: "录入一张纸质票（两人各录一次，一致才计入；记名表决的第一次要附签名票的扫描件 scan）",
  may: "ballot.enter",
  refusedAs: "paper refused",
  input: z.object({
    id,
    head,
    receivedOn: dayText.meta({ description: "收到纸质票的日子" }),
    byProxy: ticked.meta({ description: "由受托人签名" }),
    choices,
  }),
  output: z.object({
    state: z.enum(["none", "waiting", "differs", "counted"]),
    differs: z.array(z.number().int()).meta({ description: "两人录得不同的事项；0 是收到日或签名人" }),
    receipt: z.string().nullable(),
  }),
  isRepeated: (call, { id: assembly, head: voter, choices: chosen }) =>
    service.holdsEntry(call, { assembly, head: voter, choices: chosen }),
  prepare: (call, _input, uploads) => preparePaper(call, uploads, "scan"),
  run: async (call, { id: assembly, head: voter, receivedOn, byProxy, choices: chosen }, scan) => {
    const wish = { assembly, head: voter, receivedOn, isByProxy: byProxy, choices: chosen };
    const { state, differs, receipt } = await service.enterPaper(call, wish, scan);
    return { state, differs: [...differs], receipt };
  },
});

export const takeBackPaperEntry = command({
  name: "takeBackPaperEntry",
  title: "收回自己录入的纸质票",
  may: "ballot.enter",
  input: z.object({ id, head, reason }),
  output: z.object({ head: z.string() }),
  run: async (call, { id: assembly, head: voter, reason: why }) => {
    await service.takeBackEntry(call, { assembly, head: voter, reason: why });
    return { head: voter };
  },
});

export const setPaperEntryAside = command({
  name: "setPaperEntryAside",
  title: "撤下另一方录入、没有核对一致的纸质票",
  may: "ballot.enter",
  refusedAs: "paper refused",
  input: z.object({ id, head, reason: words(200).meta({ description: "为什么；会写进公开的结果" }) }),
  output: z.object({ head: z.string(), entries: z.number().int().meta({ description: "撤下了几次录入" }) }),
  run: async (call, { id: assembly, head: voter, reason: why }) => ({
    head: voter,
    entries: await service.setEntryAside(call, { assembly, head: voter, reason: why }),
  }),
});

const proxyOutput = z.object({
  id: z.number().int(),
  head: z.string(),
  holder: z.string(),
  matters: z.array(z.number().int()).nullable(),
  givenOn: z.string(),
  state: z.enum(["stands", "used", "void", "ended"]),
});

export const listProxies = query({
  name: "listProxies",
  title: "一次表决的委托",
  may: "ballot.enter",
  input: z.object({ id }),
  output: z.object({ items: z.array(proxyOutput) }),
  run: async (call, { id: assembly }) => {
    const proxies = await service.proxiesOf(call.db, placeOf(call, assembly));
    return {
      items: proxies.map(({ proxy: { id: number, head: given, holder, matters, givenOn }, state }) => ({
        id: number,
        head: given,
        holder,
        matters: matters === null ? null : [...matters],
        givenOn,
        state,
      })),
    };
  },
});

export const recordProxy = command({
  name: "recordProxy",
  title: "登记书面委托",
  may: "ballot.enter",
  refusedAs: "proxy refused",
  input: z.object({
    id,
    head: head.meta({ description: "委托人：名册上的业主编号" }),
    holder: words(200).meta({ description: "受托人的业主编号" }),
    matters: noneOrMany(z.string().max(10), "请选事项")
      .transform((list) => list.filter((each) => each !== "").map(Number))
      .meta({ description: "委托哪几项；空着是全部" }),
    givenOn: dayText.meta({ description: "委托书上的日期" }),
  }),
  output: z.object({ id: z.number().int() }),
  prepare: (call, _input, uploads) => preparePaper(call, uploads, "document"),
  run: async (call, { id: assembly, head: given, holder, matters, givenOn }, paper) => {
    const wish = { head: given, holder, matters: matters.length === 0 ? null : matters, givenOn };
    return { id: await service.recordProxy(call, assembly, wish, paper) };
  },
});

export const endProxy = command({
  name: "endProxy",
  title: "收回委托",
  may: "ballot.enter",
  input: z.object({ id, proxy: idNumber, reason }),
  output: z.object({ proxy: z.number().int() }),
  run: async (call, { id: assembly, proxy, reason: why }) => {
    await service.endProxy(call, assembly, proxy, why);
    return { proxy };
  },
});

// ---- Pages: owners ------------------------------------------------------------------------------------------------------

const voteInput = z.object({ id, head: optionalWords(2000), new: optionalWords(10) });

/** The vote of the address with one's own heads; a head that was asked for, else the only one that is left to vote for. */
async function myView(call: Reading, sent: Typed): Promise<View> {
  const { id: assembly, head: asked, new: isNew } = readInput(voteInput, sent);
  const { vote, roll, turnout, step } = await shownTurnout(call, assembly);
  const heads = await service.ownHeads(call, vote);
  const about = shown.voteHead(vote.assembly, call.now);
  const left = heads.filter(isLeft);
  const open = left.filter(({ isChecked }) => isChecked);
  const current = heads.find((each) => each.head.id === asked) ?? (open.length === 1 ? open[0] : undefined);
  const base = `/my/${call.community}/assemblies/${assembly}`;
  const shownHeads = current === undefined ? heads.filter(({ proxy }) => proxy === null) : [current];
  const units = shownHeads.flatMap((each) => each.head.units.map(({ unit }) => unit));
  const matters = await matterCards(call, vote.assembly, units);
  const isOpen = current !== undefined && open.includes(current) && about.isVoting;
  const own = isOpen ? null : ownRows(await showOwnRows.run(call, { id: assembly }));
  return {
    view: "ballot-my",
    model: {
      ...about,
      turnout: shown.turnoutModel(turnout.all, roll, step),
      heads: heads.map((each) => ownHeadModel(each, base, { isVoting: about.isVoting, isCurrent: each === current })),
      hasSeveral: heads.length > 1,
      hasNone: heads.length === 0 && own?.hasRows !== true,
      isUnconfirmed: about.isVoting && left.some(({ state }) => entryState(state.entries) !== "none"),
      isUnchecked: about.isAhead && left.length > open.length,
      reading: await readingModel(call, vote.assembly),
      isNew: isNew === "yes" && current?.state.ballot !== null,
      receipt: current?.state.ballot?.receipt ?? "",
      matters,
      mayEdit: false,
      rows: own,
      voting: isOpen ? votingModel(current, matters, { base, sent }) : null,
    },
  };
}

/** Asked of owners before the voting opens, where a ballot that is delivered and does not come back counts; else null. */
async function readingModel(call: Reading, assembly: Assembly) {
  const { settings = null } = assembly.notice ?? {};
  const decides = settings !== null && settings.unreturned !== "absent" && stageOf(assembly, call.now) === "notice";
  if (!decides || (await unreadHeads(call, assembly.id)).length === 0) {
    return null;
  }
  return {
    action: `/my/${call.community}/assemblies/${assembly.id}/reading`,
    clause: settings.unreturnedClause,
    rule: settingWords("unreturned", settings.unreturned),
  };
}

/** Whether that head may still be voted for. */
function isLeft({ state, proxy }: Pick<service.OwnHead, "state" | "proxy">): boolean {
  return state.ballot === null && !isPaperFirst(state.entries, proxy === null);
}

function ownHeadModel(
  { head: own, state, proxy, isChecked: mayVote }: service.OwnHead,
  base: string,
  { isVoting, isCurrent }: { readonly isVoting: boolean; readonly isCurrent: boolean },
) {
  const named = shown.unitsModel(own);
  return {
    ...named,
    area: areaWords(own.area),
    right: shown.rightWords(proxy, named.units),
    status: shown.headStatus({ state, isInPerson: proxy === null, isVoting }),
    receipt: state.ballot?.receipt ?? "",
    href: isVoting && mayVote && isLeft({ state, proxy }) ? `${base}?head=${encodeURIComponent(own.id)}` : "",
    isCurrent,
  };
}

type MatterShown = Awaited<ReturnType<typeof matterCards>>[number];

/** The questions to answer, what was answered so far, and whether it is all there to be confirmed. */
function votingModel(
  { head: own, proxy, places }: service.OwnHead,
  matters: readonly MatterShown[],
  { base, sent }: { readonly base: string; readonly sent: Typed },
) {
  const wasSent = valueAt(sent, "choices") !== undefined;
  const questions = matters
    .filter(({ place }) => places.includes(place))
    .map((matter, index) => {
      const chosen = shown.CHOICE_OPTIONS.find(({ value }) => value === valueAt(sent, `choices.${index}.choice`));
      return {
        ...matter,
        index,
        field: `choices.${index}.choice`,
        chosen: chosen?.label ?? "",
        value: chosen?.value ?? "",
      };
    });
  const named = shown.unitsModel(own);
  const missing = questions.filter(({ value }) => value === "").map(({ place }) => `第 ${place} 项`);
  return {
    head: own.id,
    ...named,
    right: shown.rightWords(proxy, named.units),
    action: `${base}/ballots`,
    options: shown.CHOICE_OPTIONS,
    questions,
    missing: wasSent ? missing.join("、") : "",
    isConfirming: wasSent && missing.length === 0 && typedText(sent, "step") !== "edit",
  };
}

// ---- Pages: everybody -----------------------------------------------------------------------------------------------------

async function turnoutView(call: Reading, sent: Typed): Promise<View> {
  const { id: assembly } = readInput(showTurnout.input, sent);
  const { vote, roll, turnout, step } = await shownTurnout(call, assembly);
  const about = shown.voteHead(vote.assembly, call.now);
  return { view: "ballot-turnout", model: { ...about, turnout: shown.turnoutModel(turnout.all, roll, step) } };
}

// ---- Pages: the desk ------------------------------------------------------------------------------------------------------

async function deskView(call: Reading, sent: Typed): Promise<View> {
  const input = readInput(listParticipation.input, sent);
  const { vote, roll, turnout } = await turnoutFacts(call, input.id);
  const { items, next } = await service.participants(call.db, placeOf(call, input.id), {
    ...input,
    after: input.after ?? "",
  });
  const base = `/desk/${call.community}/assemblies/${input.id}`;
  const about = shown.voteHead(vote.assembly, call.now);
  const at = (more: Readonly<Record<string, string>>): string =>
    `${base}/ballots?${new URLSearchParams({ filter: input.filter, find: input.find, ...more }).toString()}`;
  return {
    view: "ballot-desk",
    model: {
      ...about,
      base,
      turnout: shown.turnoutModel(turnout.all, roll, null),
      ways: `电子票 ${turnout.electronic.heads} 张，纸质票 ${turnout.paper.heads} 张`,
      parts: Array.from({ length: Math.ceil(roll.heads / FORMS_MAX) }, (_, index) => index + 1),
      hasParts: roll.heads > FORMS_MAX,
      tabs: FILTERS.map((filter) => ({
        label: FILTER_NAMES[filter],
        href: at({ filter }),
        isCurrent: filter === input.filter,
      })),
      filter: input.filter,
      find: input.find,
      heads: items.map(({ head: each, ballot, entry, proxy }) => ({
        ...shown.unitsModel(each),
        head: each.id,
        area: areaWords(each.area),
        state: shown.participation(ballot, entry),
        isLate: entry === "differs" && ballot === null,
        proxy: proxy === null ? "" : `委托业主 ${proxy.holder}`,
        href: `${base}/paper/${encodeURIComponent(each.id)}`,
        isToEnter: about.isEntering && ballot === null,
        hasScan: about.isCounted && ballot?.channel === "paper",
      })),
      next: next === null ? "" : at({ after: next }),
      uncounted: await uncountedRows(call, placeOf(call, input.id)),
    },
  };
}

/** What was entered from paper and does not count, with who entered it: each can be asked. */
async function uncountedRows(call: Reading, at: service.Place) {
  const uncounted = await service.uncountedHeads(call.db, at);
  const names = await displayNames(call.db, [...new Set(uncounted.map(({ entry }) => entry.by))]);
  return uncounted.map(({ entry, head: { units = [] } = {} }) =>
    shown.uncountedLine(entry, { units: shown.unitWords({ units }), by: names.get(entry.by) ?? "" }),
  );
}

const FILTER_NAMES = { all: "全部", missing: "还没有投", entering: "正在录入", voted: "已收到" } as const;

const paperInput = z.object({ id, head });

async function paperView(call: Reading, sent: Typed): Promise<View> {
  const { id: assembly, head: voter } = readInput(paperInput, sent);
  const paper = await service.paperOf(call, placeOf(call, assembly), voter);
  const { vote, ballot, proxy, own, state } = paper;
  const names = await displayNames(call.db, [...paper.by]);
  const nameOf = (account: string): string => names.get(account) ?? "";
  const matters = await mattersOf(call.db, call.community, assembly);
  const about = shown.voteHead(vote.assembly, call.now);
  const places = proxy?.matters ?? vote.places;
  const isByProxy = typedText(sent, "byProxy") === "on";
  const asked = isByProxy ? matters.filter(({ place }) => places.includes(place)) : matters;
  return {
    view: "ballot-paper",
    model: {
      ...about,
      base: `/desk/${call.community}/assemblies/${assembly}`,
      head: voter,
      headPath: encodeURIComponent(voter),
      ...shown.unitsModel(paper),
      scans: paper.scans.map((sha) => `/desk/${call.community}/assemblies/${assembly}/scans/${sha}`),
      received: ballot === null ? "" : shown.participation(ballot, state),
      isOpen: ballot === null && about.isEntering,
      isDifferent: state === "differs",
      differs: shown.differenceWords(paper.differs),
      progress: state === "waiting" ? `${paper.by.map(nameOf).join("、")} 已经录入，等另一人独立再录一次。` : "",
      isOwn: own !== null,
      hasScan: paper.hasScan,
      scanHint: paper.hasScan ? "已有扫描件；存档用，不公开" : "要看得清业主的签名；存档用，不公开",
      isWaiting: own !== null && state === "waiting",
      asides: paper.asides.map(nameOf).join("、"),
      entries: [own, ...paper.others].flatMap((entry) => (entry === null ? [] : [shown.entryLines(entry, nameOf)])),
      proxy: proxy === null ? "" : `受托人 ${proxy.holder}`,
      matters: asked.map(({ place, title }, index) => ({
        place,
        index,
        label: `第 ${place} 项　${title}`,
        name: `choices.${index}.choice`,
      })),
      options: shown.CHOICE_OPTIONS,
      values: { receivedOn: dayAt(call.now) },
    },
  };
}

async function proxiesView(call: Reading, sent: Typed): Promise<View> {
  const { id: assembly } = readInput(listProxies.input, sent);
  const vote = await service.voteOr404(call.db, placeOf(call, assembly));
  const proxies = await service.proxiesOf(call.db, placeOf(call, assembly));
  const matters = await mattersOf(call.db, call.community, assembly);
  return {
    view: "ballot-proxies",
    model: {
      ...shown.voteHead(vote.assembly, call.now),
      base: `/desk/${call.community}/assemblies/${assembly}`,
      most: vote.assembly.notice?.settings.proxyMax ?? 0,
      matters: matters.map(({ place, title }) => ({ place, title: `第 ${place} 项　${title}` })),
      proxies: proxies.map(({ proxy, state }) => shown.proxyLine(proxy, state)),
      values: { givenOn: dayAt(call.now) },
    },
  };
}

// ---- Paper --------------------------------------------------------------------------------------------------------------

/** How many ballots one file holds: seconds of making it, and a stack that a printer takes. */
const FORMS_MAX = 500;

const printInput = z.object({
  id,
  which: z.enum(["all", "missing"], "请选给哪些户").default("missing"),
  units: optionalWords(2000),
  part: wholeNumber(1, 10_000).default(1),
});

async function formsPdf(call: Reading, sent: Typed): Promise<Ready> {
  const { id: assembly, which, units, part } = readInput(printInput, sent);
  const { vote } = await turnoutFacts(call, assembly);
  const heads = await service.headsToPrint(call.db, placeOf(call, assembly), which, units);
  const mine = heads.slice((part - 1) * FORMS_MAX, part * FORMS_MAX);
  if (mine.length === 0) {
    throw refuse("NOBODY_TO_PRINT", "没有要印的选票。", "请换一个范围，例如全部业主。", 409);
  }
  const community = await findCommunity(call.db, call.community);
  const about = shown.voteHead(vote.assembly, call.now);
  const matters = (await matterCards(call, vote.assembly)).map(shown.printedMatter);
  const forms = mine.map((each) => ({
    communityName: community?.name ?? "",
    title: about.name,
    units: shown.unitWords(each),
    head: each.id,
    area: areaWords(each.area),
    window: about.window,
    returnBy: spokenDay(vote.assembly.closesOn),
    how: about.how,
    url: `${call.publicUrl}/desk/${call.community}/assemblies/${assembly}/paper/${encodeURIComponent(each.id)}`,
    matters,
  }));
  return ready(await ballotForms(forms), "application/pdf", "no-store", `表决票-${assembly}-${part}.pdf`);
}

const scanInput = z.object({
  id,
  sha: shaText,
  page: wholeNumber(1, 1000).default(1),
});

async function scanFile(call: Reading, sent: Typed): Promise<Ready> {
  const { sha, page: number } = readInput(scanInput, sent);
  const paper = await paperOr404(call.db, call.community, sha);
  const image = paper.pages[number - 1];
  if (image === undefined) {
    throw refuse("PAGE_UNKNOWN", `这份扫描件没有第 ${number} 页。`, `它有 ${paper.pages.length} 页。`, 404);
  }
  return ready(await call.files.read(image), "image/jpeg", "private, no-store");
}

// ---- Routes -------------------------------------------------------------------------------------------------------------

const HERE = `${DESK}/assemblies/:id`;
const ASSEMBLY = `${API}/assemblies/:id`;

export const ballotRoutes: readonly Route[] = [
  page(`${MY}/assemblies/:id`, "ballot.cast", myView),
  form(`${MY}/assemblies/:id/ballots`, castBallot, {
    done: (output, { code = "", id: assembly = "" }) =>
      `/my/${code}/assemblies/${assembly}?head=${encodeURIComponent(output.head)}&new=yes`,
    again: (call, { id: assembly = "" }, typed) => myView(call, { ...typed, id: assembly }),
  }),
  form(`${MY}/assemblies/:id/reading`, readNotice, {
    done: (_output, { code = "", id: assembly = "" }) => `/my/${code}/assemblies/${assembly}`,
    again: myView,
  }),
  page(`${HERE}/ballots`, "ballot.enter", deskView),
  file(`${HERE}/ballots.pdf`, "ballot.enter", formsPdf),
  page(`${HERE}/paper/:head`, "ballot.enter", paperView),
  form(`${HERE}/paper/:head`, enterPaperBallot, {
    done: (_output, { code = "", id: assembly = "", head: voter = "" }) =>
      `/desk/${code}/assemblies/${assembly}/paper/${encodeURIComponent(voter)}`,
    again: (call, named, typed) => paperView(call, { ...typed, ...named }),
  }),
  form(`${HERE}/paper/:head/take-back`, takeBackPaperEntry, {
    done: (_output, { code = "", id: assembly = "", head: voter = "" }) =>
      `/desk/${code}/assemblies/${assembly}/paper/${encodeURIComponent(voter)}`,
    again: (call, named, typed) => paperView(call, { ...typed, ...named }),
  }),
  form(`${HERE}/paper/:head/aside`, setPaperEntryAside, {
    done: (_output, { code = "", id: assembly = "", head: voter = "" }) =>
      `/desk/${code}/assemblies/${assembly}/paper/${encodeURIComponent(voter)}`,
    again: (call, named, typed) => paperView(call, { ...typed, ...named }),
  }),
  page(`${HERE}/proxies`, "ballot.enter", proxiesView),
  form(`${HERE}/proxies`, recordProxy, {
    done: (_output, { code = "", id: assembly = "" }) => `/desk/${code}/assemblies/${assembly}/proxies`,
    again: (call, named, typed) => proxiesView(call, { ...typed, ...named }),
  }),
  form(`${HERE}/proxies/:proxy/end`, endProxy, {
    done: (_output, { code = "", id: assembly = "" }) => `/desk/${code}/assemblies/${assembly}/proxies`,
    again: (call, named, typed) => proxiesView(call, { ...typed, ...named }),
  }),
  file(`${HERE}/scans/:sha`, "ballot.enter", scanFile),
  page("/c/:code/assemblies/:id/turnout", "anyone", turnoutView),

  api("get", `${ASSEMBLY}/turnout`, showTurnout),
  api("get", `${ASSEMBLY}/receipts/:receipt`, lookUpReceipt),
  api("get", `${ASSEMBLY}/own-ballots`, listOwnBallots),
  api("post", `${ASSEMBLY}/ballots`, castBallot, { status: 201 }),
  api("get", `${ASSEMBLY}/participation`, listParticipation),
  api("post", `${ASSEMBLY}/paper-entries`, enterPaperBallot, { status: 201, takesFiles: true }),
  api("post", `${ASSEMBLY}/paper-entries/take-back`, takeBackPaperEntry),
  api("post", `${ASSEMBLY}/paper-entries/aside`, setPaperEntryAside),
  api("get", `${ASSEMBLY}/proxies`, listProxies),
  api("post", `${ASSEMBLY}/proxies`, recordProxy, { status: 201, takesFiles: true }),
  api("post", `${ASSEMBLY}/proxies/:proxy/end`, endProxy),
];
