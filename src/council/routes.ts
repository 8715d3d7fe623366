// Decisions of the committee: the desk where they are proposed and voted on, the public agenda and results, and the API.
import { displayYuan } from "../base/money.ts";
import { dayAt, monthOf, spokenDay, yearOf } from "../base/month.ts";
import { isBudgetable } from "../budget/rules.ts";
import { api, API, DESK, form, page, typedText, type Route, type View, type Words } from "../door/routes.ts";
import { mayDo } from "../door/rules.ts";
import type { Reading } from "../door/service.ts";
import { ACCOUNTS } from "../ledger/rules.ts";
import { readAddress, yearNumber } from "../platform/input.ts";
import { totalOf, type Spend } from "../request/rules.ts";
import { emergenciesOpen } from "../request/service.ts";
import { findCommunity } from "../trust/service.ts";
import { changeForm, decisionView, deskView } from "./page.ts";
import { stageOf } from "./rules.ts";
import * as service from "./service.ts";

const HERE = `${DESK}/decisions`;
const PUBLIC = "/c/:code/decisions";
const AT = `${API}/decisions`;

function rightsOf(call: Reading) {
  return { today: dayAt(call.now), mayPropose: mayDo(call, "council.propose") };
}

// ---- The desk -------------------------------------------------------------------------------------------------------

async function listPage(call: Reading): Promise<View> {
  const { db, community, now } = call;
  const rights = rightsOf(call);
  const told = await service.allTold(call);
  const all = told.map((each) => deskView(community, each, rights));
  const voting = new Map(
    told.flatMap(({ decision: { id, effect }, stage }): [number, number][] =>
      stage === "voting" && effect.kind === "ratify-emergency" ? [[effect.spend, id]] : [],
    ),
  );
  const emergencies = (await emergenciesOpen(db, community)).map((spend) => emergencyRow(call, spend, voting));
  return {
    view: "council-list",
    model: {
      mine: all.filter(({ isMine }) => isMine),
      others: all.filter(({ isMine }) => !isMine),
      late: all.filter(({ late }) => late !== ""),
      emergencies,
      mayPropose: rights.mayPropose,
      year: yearOf(monthOf(dayAt(now))),
    },
  };
}

/** `voting`: the decision that is voted on about a request, by the request. */
function emergencyRow({ community, now }: Reading, spend: Spend, voting: ReadonlyMap<number, number>) {
  const { id, purpose, ratifyBy } = spend;
  const decision = voting.get(id);
  const base = `/desk/${community}/decisions`;
  return {
    href: `/desk/${community}/spends/${id}`,
    isVoting: decision !== undefined,
    decisionHref: decision === undefined ? `${base}/ratify?spend=${id}` : `${base}/${decision}`,
    words: `第 ${id} 号申请 ${purpose} ${displayYuan(totalOf(spend))} 元`,
    by: ratifyBy === null ? "" : spokenDay(ratifyBy),
    isLate: ratifyBy !== null && ratifyBy < dayAt(now),
  };
}

async function onePage(call: Reading, words: Words): Promise<View> {
  const told = await service.oneTold(call, readAddress(service.showDecision.input, words).id);
  const rights = rightsOf(call);
  return {
    view: "council-one",
    model: { decision: deskView(call.community, told, rights), values: { day: rights.today } },
  };
}

async function ratifyPage({ db, community }: Reading, spend: string): Promise<View> {
  const open = await emergenciesOpen(db, community);
  const options = open.map((each) => ({
    value: String(each.id),
    label: `第 ${each.id} 号 ${each.purpose} ${displayYuan(totalOf(each))} 元`,
  }));
  return { view: "council-ratify", model: { options, hasOptions: options.length > 0, values: { spend } } };
}

async function changePage(call: Reading, typed: string): Promise<View> {
  const { db, community, now } = call;
  const year = yearNumber.catch(yearOf(monthOf(dayAt(now)))).parse(typed);
  const facts = await service.limitFacts(db, community, year, now);
  const accounts = [...ACCOUNTS.keys()].filter(isBudgetable).toSorted((a, b) => rank(a) - rank(b));
  return { view: "council-budget", model: { ...changeForm(year, facts, accounts), values: { year: String(year) } } };
}

/** Spending before income: most changes move what is spent. */
function rank(account: string): number {
  return (account.startsWith("5") ? 0 : 10_000) + Number(account);
}

const otherPage = async (): Promise<View> => ({ view: "council-other", model: {} });

const toDecision = ({ id }: { id: number }, { code = "" }: Words): string => `/desk/${code}/decisions/${id}`;
const onDecision = { done: toDecision, again: onePage };

// ---- In public --------------------------------------------------------------------------------------------------------

async function aboutPublic({ db, community }: Reading): Promise<{ community: string; name: string }> {
  return { community, name: (await findCommunity(db, community))?.name ?? "" };
}

async function publicList(call: Reading): Promise<View> {
  const { db, community, now } = call;
  const decisions = await service.decisionsOf(db, community);
  const rows = decisions.map((decision) => decisionView(community, { decision, stage: stageOf(decision, dayAt(now)) }));
  return { view: "council-public", model: { ...(await aboutPublic(call)), decisions: rows } };
}

async function publicOne(call: Reading, words: Words): Promise<View> {
  const { db, community, now } = call;
  const decision = await service.decisionOr404(db, community, readAddress(service.showDecision.input, words).id);
  const shown = decisionView(community, { decision, stage: stageOf(decision, dayAt(now)) });
  return { view: "council-public-one", model: { ...(await aboutPublic(call)), decision: shown } };
}

export const councilRoutes: readonly Route[] = [
  page(HERE, "desk.view", listPage, "业委会决定"),
  page(`${HERE}/ratify`, "council.propose", (call, { spend = "" }) => ratifyPage(call, spend)),
  form(`${HERE}/ratify`, service.proposeRatification, {
    done: toDecision,
    again: (call, _words, typed) => ratifyPage(call, typedText(typed, "spend")),
  }),
  page(`${HERE}/budget`, "council.propose", (call, { year = "" }) => changePage(call, year)),
  form(`${HERE}/budget`, service.proposeBudgetChange, {
    done: toDecision,
    again: (call, _words, typed) => changePage(call, typedText(typed, "year")),
  }),
  page(`${HERE}/other`, "council.propose", otherPage),
  form(`${HERE}/other`, service.proposeDecision, { done: toDecision, again: otherPage }),
  page(`${HERE}/:id`, "desk.view", onePage),
  form(`${HERE}/:id/vote`, service.castVote, onDecision),
  form(`${HERE}/:id/posting`, service.recordPosting, onDecision),

  page(PUBLIC, "anyone", publicList),
  page(`${PUBLIC}/:id`, "anyone", publicOne),

  api("get", AT, service.listDecisions),
  api("post", AT, service.proposeDecision, { status: 201 }),
  api("post", `${AT}/ratifications`, service.proposeRatification, { status: 201 }),
  api("post", `${AT}/budget-changes`, service.proposeBudgetChange, { status: 201 }),
  api("get", `${AT}/:id`, service.showDecision),
  api("post", `${AT}/:id/votes`, service.castVote, { status: 201 }),
  api("post", `${AT}/:id/posting`, service.recordPosting, { status: 201 }),
];
