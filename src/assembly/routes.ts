// Where assemblies are prepared and announced: for everybody, for owners, for the desk, and the same as JSON.
import { z } from "zod";
import { dayAt, plusDays, spokenDay } from "../base/month.ts";
import { Refusal, refuse } from "../base/refusal.ts";
import { countOf, isProved, PROOFS, proofOf, wordingOf } from "../caller/rules.ts";
import { callPapers, insertCallPaper, insertWords, saidOf } from "../caller/service.ts";
import { API, api, DESK, file, form, MY, page, typedText, type Route, type Typed, type View } from "../door/routes.ts";
import { mayDo, ownersOf } from "../door/rules.ts";
import { command, note, query, type Reading } from "../door/service.ts";
import { readEffect } from "../effect/rules.ts";
import { dependenceOf, describeEffect, effectForm, homeEffect } from "../effect/service.ts";
import { checkedOwners } from "../identity/service.ts";
import { insertPaper, preparePaper } from "../paper/service.ts";
import { answer } from "../platform/db.ts";
import { resolutionOfMatter } from "../resolution/service.ts";
import { ready, type Ready } from "../platform/http.ts";
import { idNumber, readInput } from "../platform/input.ts";
import { procedureAt } from "../procedure/service.ts";
import {
  countJson,
  countWords,
  holdersOf,
  isMatterKind,
  matterName,
  totalOf,
  type MatterKind,
} from "../tally/rules.ts";
import * as shown from "./page.ts";
import { casesWords, earliestOpening, rollLines, stageOf, type Assembly } from "./rules.ts";
import {
  addMatter,
  assembliesOf,
  assemblyOr404,
  callersOf,
  callersShown,
  callsNaming,
  countedRoll,
  deliveriesOf,
  draftAssembly,
  draftIn,
  editAssembly,
  editMatter,
  findAssembly,
  giveNotice,
  listAssemblies,
  listRoll,
  mattersOf,
  mayRun,
  noticeFactsOf,
  noticeFaultsOf,
  recordDeliveries,
  removeMatter,
  rollOf,
  rollRows,
  showAssembly,
  showOwnRows,
  withdrawAssembly,
} from "./service.ts";

const HERE = `${DESK}/assemblies`;
const ONE = `${HERE}/:id`;

async function assemblyAt(call: Reading, words: Typed): Promise<Assembly> {
  const { id } = readInput(showAssembly.input, words);
  return assemblyOr404(call.db, call, id);
}

const headOf = (call: Reading, assembly: Assembly) =>
  shown.assemblyHead(assembly, stageOf(assembly, call.now), call.community);

/** The matters in the order of the notice, each with what it needs and what it changes, also for the home with these units. */
export async function matterCards(call: Reading, assembly: Assembly, units: readonly string[] = []) {
  const { db, community, now } = call;
  const roll = await countedRoll(db, community, assembly, now);
  const matters = (await mattersOf(db, community, assembly.id)).map((matter) => ({
    ...matter,
    effect: readEffect(matter.kind, matter.effect),
  }));
  const cards = [];
  for (const matter of matters) {
    const { effect, place } = matter;
    const became = await resolutionOfMatter(db, community, assembly.id, place);
    const told = await describeEffect(db, community, effect, now, became ?? "");
    const isOpen = became === null;
    const needed = isOpen ? await dependenceOf(db, community, effect, { matters, now }) : "";
    const home = isOpen ? await homeEffect(db, community, effect, units) : "";
    cards.push(shown.matterCard(matter, roll, { ...told, needed, home }));
  }
  return cards;
}

// ---- Who calls it together ----------------------------------------------------------------------------------------

const callInput = z.object({ id: idNumber.meta({ description: "第几次会议" }) });

export const attachCall = command({
  name: "attachCall",
  title: "上传业主签名的联名书（扫描件 document）",
  may: "assembly.run",
  refusedAs: "assembly refused",
  input: callInput,
  output: z.object({ id: z.number().int() }),
  prepare: (call, _input, uploads) => preparePaper(call, uploads, "document"),
  run: async (call, { id }, paper) => {
    const { tx, community, actor, now } = call;
    const { title, calledBy } = await draftIn(call, id);
    if (calledBy !== "owners") {
      throw refuse("CALLED_OTHERWISE", "这次会议不是业主联名召集的。", "请在草案里把召集人改成联名业主。", 409);
    }
    if (paper === null) {
      const remedy = "请拍照或扫描联名书，要看得清每位业主的签名。";
      throw new Refusal({ code: "CALL_PAPER", column: "document", message: "缺联名书的照片或扫描件。", remedy });
    }
    await insertPaper(tx, community, paper, { by: actor.id, at: now.toISOString() });
    await insertCallPaper(tx, { community, assembly: id }, paper.sha, { by: actor.id, at: now });
    await note(call, "call signed", { title });
    return { id };
  },
});

export const listCallers = query({
  name: "listCallers",
  title: "联名召集的业主和凭据",
  may: "assembly.roll",
  input: callInput,
  output: z.object({
    items: z.array(
      z.object({
        head: z.string(),
        area: z.string(),
        proof: z.enum(PROOFS).meta({
          description: "own 本人确认、paper 凭签名的联名书、denied 本人说没有联名（不算）、none 没有凭据（不算）",
        }),
      }),
    ),
  }),
  run: async (call, { id }) => {
    const assembly = await assemblyOr404(call.db, call, id);
    const callers = await callersShown(call.db, call.community, assembly, call.now);
    return {
      items: callers.map(({ proof, ...head }) => ({
        head: head.id,
        area: countJson({ heads: 1, ...head }).area,
        proof,
      })),
    };
  },
});

/** The draft that names one as a caller; for others there is no such assembly. */
async function ownCall({ db, community, actor }: Reading, id: number) {
  const named = (await callsNaming(db, community, ownersOf(actor, community))).find((each) => each.assembly === id);
  const assembly = named === undefined ? null : await findAssembly(db, community, id);
  if (named === undefined || assembly === null) {
    throw refuse("ASSEMBLY_UNKNOWN", "没有等您确认的这次联名召集。", "请从业主大会的列表里打开。", 404);
  }
  return { assembly, heads: named.heads, matters: await mattersOf(db, community, id) };
}

const WORDS = { yes: "确认联名召集", no: "说明没有联名召集" } as const;

/** The own word of somebody who is named as a caller: only from an account that was seen to be the owner's. */
export const sayCall = command({
  name: "sayCall",
  title: "确认或否认自己联名召集",
  may: "assembly.call",
  refusedAs: "assembly refused",
  input: callInput.extend({ isMine: z.enum(["yes", "no"], "请选择").meta({ description: "yes 是我联名的，no 不是" }) }),
  output: z.object({ heads: z.array(z.string()) }),
  run: async (call, { id, isMine }) => {
    const { tx, community, actor, now } = call;
    const { assembly, heads, matters } = await ownCall({ ...call, db: tx }, id);
    const checked = await answer(tx, checkedOwners(community, actor.id));
    const own = heads.filter((head) => holdersOf(head).some((owner) => checked.includes(owner)));
    if (own.length === 0) {
      const remedy = "请带身份证到业委会核对，核对后再确认。";
      throw refuse("ACCOUNT_UNCHECKED", "这个账号还没有核对本人，不能确认。", remedy, 409);
    }
    const about = wordingOf(assembly.title, matters);
    const words = own.map((head) => ({ head, account: actor.id, isMine: isMine === "yes", about }));
    await insertWords(tx, { community, assembly: id }, words, now);
    await note(call, "call said", { word: WORDS[isMine], title: assembly.title });
    return { heads: own };
  },
});

async function callView(call: Reading, words: Typed): Promise<View> {
  const { assembly, heads, matters } = await ownCall(call, readInput(callInput, words).id);
  const at = { community: call.community, assembly: assembly.id };
  const said = await saidOf(call.db, at, wordingOf(assembly.title, matters));
  const proofs = heads.map((head) => proofOf(head, said));
  return {
    view: "assembly-call",
    model: {
      head: headOf(call, assembly),
      matters: await matterCards(call, assembly),
      state: shown.callState(proofs),
    },
  };
}

/** Who calls an assembly together and what proves it; null where owners do not. */
async function calledModel(call: Reading, assembly: Assembly) {
  if (assembly.calledBy !== "owners") {
    return null;
  }
  const { db, community, now } = call;
  const callers = await callersShown(db, community, assembly, now);
  const papers = await callPapers(db, { community, assembly: assembly.id });
  return {
    words: shown.calledWords({ own: countOf(callers, ["own"]), paper: countOf(callers, ["paper"]) }, papers.length),
    open: callers.filter(({ proof }) => !isProved(proof)).map(shown.unprovedLine),
    papers: papers.map((sha) => `${headOf(call, assembly).desk}/scans/${sha}`),
  };
}

// ---- For everybody ------------------------------------------------------------------------------------------------

/** What a list shows of each assembly, newest first. */
async function listed(call: Reading) {
  const all = (await assembliesOf(call.db, call.community)).filter(({ notice }) => notice !== null || mayRun(call));
  return all.map((assembly) => headOf(call, assembly));
}

async function publicList(call: Reading): Promise<View> {
  const assemblies = (await listed(call)).filter(({ isNoticed }) => isNoticed);
  return { view: "assemblies", model: { assemblies, hasNone: assemblies.length === 0 } };
}

/** An assembly as its notice announced it: what everybody reads until there is a result. */
export async function noticeView(call: Reading, words: Typed): Promise<View> {
  const assembly = await assemblyAt(call, words);
  const settings = assembly.notice?.settings ?? (await procedureAt(call.db, call.community, call.now)).settings;
  const { notice } = assembly;
  return {
    view: "assembly",
    model: {
      head: headOf(call, assembly),
      matters: await matterCards(call, assembly),
      timetable: shown.timetable(assembly, dayAt(call.now), settings),
      roll:
        notice === null
          ? null
          : {
              count: countWords(notice.roll),
              fingerprint: notice.fingerprint,
              cases: casesWords(notice.cases, settings),
            },
      rules: shown.votingRules(settings),
      called: await calledModel(call, assembly),
      isOwner: mayDo(call, "account.own"),
    },
  };
}

// ---- The desk: one assembly -----------------------------------------------------------------------------------------

async function deskList(call: Reading): Promise<View> {
  const isOwner = mayDo(call, "account.own");
  const seesRoll = mayDo(call, "assembly.roll");
  const wayTo = ({ desk, my, open }: ReturnType<typeof headOf>): string => {
    if (seesRoll) {
      return desk;
    }
    return isOwner ? my : open;
  };
  const all = (await listed(call)).map((head) => ({ ...head, href: wayTo(head) }));
  return {
    view: "assembly-list",
    model: {
      running: all.filter(({ isOver }) => !isOver),
      over: all.filter(({ isOver }) => isOver),
      calls: isOwner ? await callsToSay(call) : [],
      mayRun: mayRun(call),
    },
  };
}

/** Drafts that name one as a caller. */
async function callsToSay(call: Reading) {
  const named = await callsNaming(call.db, call.community, ownersOf(call.actor, call.community));
  const drafts = await Promise.all(named.map(({ assembly }) => findAssembly(call.db, call.community, assembly)));
  return drafts.flatMap((draft) => {
    if (draft === null) {
      return [];
    }
    const { title, my } = headOf(call, draft);
    return [{ title, href: `${my}/call` }];
  });
}

async function deskView(call: Reading, words: Typed): Promise<View> {
  const { db, community, now } = call;
  const assembly = await assemblyAt(call, words);
  const head = headOf(call, assembly);
  const heads = assembly.notice === null ? [] : await rollOf(db, community, assembly.id);
  return {
    view: "assembly-desk",
    model: {
      head,
      matters: await matterCards(call, assembly),
      kinds: shown.kindChoices(head.desk),
      mayRun: mayRun(call),
      faults: head.isDraft ? await faultsNow(call, assembly) : [],
      called: await calledModel(call, assembly),
      roll: countWords(await countedRoll(db, community, assembly, now)),
      fingerprint: assembly.notice?.fingerprint ?? "",
      delivered: head.isNoticed ? shown.deliveryWords(heads, await deliveriesOf(db, community, assembly.id)) : null,
    },
  };
}

/** What keeps the notice from going out, told while it can still be mended. */
async function faultsNow({ db, community, now }: Reading, assembly: Assembly) {
  const faults = await noticeFaultsOf(db, community, await noticeFactsOf(db, community, assembly, now), now);
  return faults.map(({ message, remedy }) => `${message}${remedy}`);
}

// ---- The desk: drafting ---------------------------------------------------------------------------------------------

async function draftForm(call: Reading, typed: Typed): Promise<View> {
  const { settings } = await procedureAt(call.db, call.community, call.now);
  const earliest = earliestOpening(dayAt(call.now), settings);
  const values = {
    ballot: settings.ballot,
    opensOn: earliest,
    closesOn: plusDays(earliest, settings.windowMin - 1),
    ...typed,
  };
  return {
    view: "assembly-form",
    model: {
      action: `/desk/${call.community}/assemblies`,
      isNew: true,
      callers: shown.callerChoices(settings),
      ballots: shown.BALLOT_CHOICES,
      notice: `今天发通知，最早${spokenDay(earliest)}开始投票：须提前 ${settings.noticeDays} 天通知。`,
      length: `投票期 ${settings.windowMin} 到 ${settings.windowMax} 天。`,
      share: `业主联名召集的才填：业主编号或房号，用空格、顿号或换行隔开。人数和面积都要有全体业主的 ${settings.callPercent}% 以上，并有签名的联名书或本人在网上的确认。`,
      values,
    },
  };
}

async function editForm(call: Reading, words: Typed, typed: Typed = {}): Promise<View> {
  const assembly = await assemblyAt(call, words);
  const { title, calledBy, ballot, opensOn, closesOn } = assembly;
  const callers = (await callersOf(call.db, call.community, assembly.id)).map(({ id }) => id).join("\n");
  const { view, model } = await draftForm(call, { title, calledBy, ballot, opensOn, closesOn, callers, ...typed });
  return { view, model: { ...model, isNew: false, action: headOf(call, assembly).desk } };
}

/** The form of a matter; at `place` where it is there already. */
async function matterForm(call: Reading, words: Typed, typed: Typed = {}): Promise<View> {
  const { db, community, now } = call;
  const assembly = await assemblyAt(call, words);
  const place = Number(typedText(words, "place"));
  const kept = (await mattersOf(db, community, assembly.id)).find((matter) => matter.place === place);
  const kind = kindOr404(kept?.kind ?? typedText(words, "kind"));
  const head = headOf(call, assembly);
  const { effect, ...fields } = await effectForm(call, kind, {
    known: kept === undefined ? asked(words) : Object(kept.effect),
    typed: typed["effect"] === undefined ? undefined : Object(typed["effect"]),
    here: `${head.desk}/matters/new?kind=budget`,
  });
  return {
    view: "assembly-matter",
    model: {
      head,
      action: `${head.desk}/matters${kept === undefined ? "" : `/${place}`}`,
      isNew: kept === undefined,
      kind,
      kindName: matterName(kind),
      needs: shown.needsWords(kind, await countedRoll(db, community, assembly, now)),
      ...fields,
      values: { title: kept?.title ?? "", text: kept?.text ?? "", ...typed, effect },
    },
  };
}

/** What other pages hand over in the address: which draft of a budget, which year. */
function asked(words: Typed): Typed {
  const handed = ["plan", "version", "year"].map((name) => [name, typedText(words, name)] as const);
  return Object.fromEntries(handed.filter(([, text]) => text !== ""));
}

function kindOr404(text: string): MatterKind {
  if (!isMatterKind(text)) {
    const remedy = "请从列表里选一种。";
    throw new Refusal({ code: "KIND_UNKNOWN", column: "kind", message: "没有这种事项。", remedy }, 404);
  }
  return text;
}

async function noticeForm(call: Reading, words: Typed): Promise<View> {
  const { db, community, now } = call;
  const assembly = await assemblyAt(call, words);
  const facts = await noticeFactsOf(db, community, assembly, now);
  return {
    view: "assembly-notice",
    model: {
      head: headOf(call, assembly),
      matters: await matterCards(call, assembly),
      timetable: shown.timetable(assembly, facts.today, facts.settings),
      roll: countWords(totalOf(facts.roll.heads)),
      faults: await faultsNow(call, assembly),
    },
  };
}

// ---- The desk: deliveries and roll ------------------------------------------------------------------------------------

async function deliveryForm(call: Reading, words: Typed, typed: Typed = {}): Promise<View> {
  const { db, community } = call;
  const assembly = await assemblyAt(call, words);
  const find = typedText({ ...words, ...typed }, "find");
  const wish = { id: assembly.id, find, open: true, limit: DELIVERIES_SHOWN };
  const { items, next } = await listRoll.run(call, wish);
  const ticked = new Set([typed["heads"]].flat());
  return {
    view: "assembly-deliveries",
    model: {
      head: headOf(call, assembly),
      delivered: shown.deliveryWords(
        await rollOf(db, community, assembly.id),
        await deliveriesOf(db, community, assembly.id),
      ),
      find,
      all: find === "" ? "全部还没有送达的业主" : `含有「${find}」、还没有送达的全部业主`,
      open: items.map((row) => ({ ...shown.rollLine(row), isTicked: ticked.has(row.head) })),
      hasMore: next !== null,
      decides: assembly.notice !== null && assembly.notice.settings.unreturned !== "absent",
      opensOn: spokenDay(assembly.opensOn),
      ways: shown.DELIVERY_CHOICES,
      values: { day: dayAt(call.now), ...typed },
    },
  };
}

const DELIVERIES_SHOWN = 50;
const ROWS_PER_PAGE = 100;

async function rollView(call: Reading, words: Typed): Promise<View> {
  const assembly = await assemblyAt(call, words);
  const find = typedText(words, "find");
  const after = typedText(words, "after");
  const { items, next } = await listRoll.run(call, {
    id: assembly.id,
    find,
    open: false,
    limit: ROWS_PER_PAGE,
    ...(after === "" ? {} : { after }),
  });
  const head = headOf(call, assembly);
  const sought = find === "" ? "" : `find=${encodeURIComponent(find)}&`;
  return {
    view: "assembly-roll",
    model: {
      head,
      find,
      rows: items.map((row) => shown.rollLine(row)),
      roll: assembly.notice === null ? "" : countWords(assembly.notice.roll),
      fingerprint: assembly.notice?.fingerprint ?? "",
      next: next === null ? "" : `${head.desk}/roll?${sought}after=${encodeURIComponent(next)}`,
    },
  };
}

async function ownView(call: Reading, words: Typed): Promise<View> {
  const assembly = await assemblyAt(call, words);
  const own = await showOwnRows.run(call, { id: assembly.id });
  return { view: "assembly-own", model: { head: headOf(call, assembly), ...shown.ownRows(own) } };
}

async function rollSheet(call: Reading, words: Typed): Promise<Ready> {
  const { id } = await assemblyAt(call, words);
  const csv = shown.rollCsv(await rollRows(call.db, call.community, id));
  return ready(csv, "text/csv; charset=utf-8", "no-store", `roll-${id}.csv`);
}

/** The very lines whose SHA-256 is the fingerprint. */
async function rollText(call: Reading, words: Typed): Promise<Ready> {
  const { id } = await assemblyAt(call, words);
  const text = rollLines(await rollOf(call.db, call.community, id));
  return ready(text, "text/plain; charset=utf-8", "no-store", `roll-${id}.txt`);
}

// ---- Routes ---------------------------------------------------------------------------------------------------------

const toDesk = (_output: unknown, { code = "", id = "" }): string => `/desk/${code}/assemblies/${id}`;

export const assemblyRoutes: readonly Route[] = [
  page("/c/:code/assemblies", "anyone", publicList),
  page("/c/:code/assemblies/:id/notice", "anyone", noticeView),

  page(`${MY}/assemblies/:id/roll`, "account.own", ownView),
  page(`${MY}/assemblies/:id/call`, "assembly.call", callView),
  form(`${MY}/assemblies/:id/call`, sayCall, {
    done: (_output, { code = "", id = "" }) => `/my/${code}/assemblies/${id}/call`,
    again: callView,
  }),

  page(HERE, "assembly.view", deskList, "业主大会"),
  page(`${HERE}/new`, "assembly.run", (call) => draftForm(call, {})),
  form(HERE, draftAssembly, {
    done: ({ id }, { code = "" }) => `/desk/${code}/assemblies/${id}`,
    again: (call, _words, typed) => draftForm(call, typed),
  }),
  page(ONE, "assembly.roll", deskView),
  form(ONE, editAssembly, { done: toDesk, again: editForm }),
  page(`${ONE}/edit`, "assembly.run", (call, words) => editForm(call, words)),
  page(`${ONE}/matters/new`, "assembly.run", (call, words) => matterForm(call, words)),
  page(`${ONE}/matters/:place`, "assembly.run", (call, words) => matterForm(call, words)),
  form(`${ONE}/matters`, addMatter, {
    done: toDesk,
    again: (call, words, typed) => matterForm(call, { ...words, kind: typedText(typed, "kind") }, typed),
  }),
  form(`${ONE}/matters/:place`, editMatter, { done: toDesk, again: matterForm }),
  form(`${ONE}/matters/:place/removal`, removeMatter, { done: toDesk, again: deskView }),
  page(`${ONE}/notice`, "assembly.run", noticeForm),
  form(`${ONE}/notice`, giveNotice, { done: toDesk, again: noticeForm }),
  form(`${ONE}/call`, attachCall, { done: toDesk, again: deskView }),
  form(`${ONE}/withdrawal`, withdrawAssembly, { done: toDesk, again: deskView }),
  page(`${ONE}/deliveries`, "assembly.run", (call, words) => deliveryForm(call, words)),
  form(`${ONE}/deliveries`, recordDeliveries, {
    done: (_output, { code = "", id = "" }) => `/desk/${code}/assemblies/${id}/deliveries`,
    again: deliveryForm,
  }),
  page(`${ONE}/roll`, "assembly.roll", rollView),
  file(`${ONE}/roll.csv`, "assembly.roll", rollSheet),
  file(`${ONE}/roll.txt`, "assembly.roll", rollText),

  api("get", `${API}/assemblies`, listAssemblies),
  api("post", `${API}/assemblies`, draftAssembly, { status: 201 }),
  api("get", `${API}/assemblies/:id`, showAssembly),
  api("post", `${API}/assemblies/:id`, editAssembly),
  api("post", `${API}/assemblies/:id/matters`, addMatter, { status: 201 }),
  api("post", `${API}/assemblies/:id/matters/:place`, editMatter),
  api("delete", `${API}/assemblies/:id/matters/:place`, removeMatter),
  api("post", `${API}/assemblies/:id/notice`, giveNotice),
  api("post", `${API}/assemblies/:id/withdrawal`, withdrawAssembly),
  api("post", `${API}/assemblies/:id/deliveries`, recordDeliveries, { status: 201, takesFiles: true }),
  api("get", `${API}/assemblies/:id/roll`, listRoll),
  api("get", `${API}/assemblies/:id/own-rows`, showOwnRows),
  api("get", `${API}/assemblies/:id/callers`, listCallers),
  api("post", `${API}/assemblies/:id/call`, attachCall, { status: 201, takesFiles: true }),
  api("post", `${API}/assemblies/:id/call/word`, sayCall, { status: 201 }),
];
