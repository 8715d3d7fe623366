// Calling an assembly of the owners: drafting what is voted on, giving notice, which freezes the roll, and recording to
// whom the notice was delivered.
import { z } from "zod";
import { dayAt, plusDays, type Day } from "../base/month.ts";
import { isProved, proofOf, wordingOf, type Caller } from "../caller/rules.ts";
import { saidOf } from "../caller/service.ts";
import { Refusal, refuse, type Fault } from "../base/refusal.ts";
import { mayDo, ownersOf, rolesIn, type Actor } from "../door/rules.ts";
import { command, note, query, type Call, type Writing } from "../door/service.ts";
import { readEffect } from "../effect/rules.ts";
import { checkTogether, soundEffect } from "../effect/service.ts";
import { holdersOn } from "../people/rules.ts";
import { holdingsOf, ownerNames, unitsOf } from "../people/service.ts";
import { insertPaper, preparePaper } from "../paper/service.ts";
import { bindPlan, releasePlans } from "../plan/service.ts";
import type { Db, Tx } from "../platform/db.ts";
import {
  dayText,
  idNumber,
  instant,
  listInput,
  listOf,
  nothing,
  oneOrMany,
  optionalWords,
  pageFrom,
  paragraph,
  ticked,
  wholeNumber,
  words,
} from "../platform/input.ts";
import { CALLERS, settingsSchema, type CallerKind, type Settings } from "../procedure/rules.ts";
import { procedureAt } from "../procedure/service.ts";
import {
  areaText,
  BALLOT_KINDS,
  consentOf,
  countJson,
  countSchema,
  holdersOf,
  itemOf,
  MATTER_KINDS,
  quorumOf,
  sumAreas,
  totalOf,
  type Count,
  type RollUnit,
} from "../tally/rules.ts";
import {
  assertClock,
  callersIn,
  DELIVERY_WAYS,
  drawRoll,
  fingerprintOf,
  noticeFaults,
  REACHING,
  rollCases,
  STAGES,
  stageOf,
  windowFaults,
  type Assembly,
  type Delivery,
  type DeliveryWay,
  type Matter,
  type NoticeFacts,
  type Roll,
  type RollHead,
  type Stage,
} from "./rules.ts";
import * as store from "./store.ts";

export {
  assembliesOf,
  assemblyQuestion,
  callersOf,
  callsNaming,
  deliveriesOf,
  findAssembly,
  headsOfOwners,
  mattersOf,
  reachedOf,
  readHeads,
  recordClosed,
  rollOf,
  unfinished,
} from "./store.ts";

// ---- What is asked for ------------------------------------------------------------------------------------------

/** Records that it is final, or with a reason that it is void: either way it holds no plan any more. */
export async function recordFinished(
  tx: Tx,
  community: string,
  id: number,
  end: { readonly at: Date; readonly voidReason: string | null },
): Promise<void> {
  await store.recordFinished(tx, community, id, end);
  await releasePlans(tx, community, id, end.at);
}

/** Whether somebody prepares assemblies, and so sees drafts. */
export function mayRun(call: Pick<Call, "actor" | "community">): boolean {
  return mayDo(call, "assembly.run");
}

/** The assembly; a draft is nobody's business but of those who prepare it. */
export async function assemblyOr404(db: Db, call: Pick<Call, "actor" | "community">, id: number): Promise<Assembly> {
  const assembly = await store.findAssembly(db, call.community, id);
  if (assembly === null || (assembly.notice === null && !mayRun(call))) {
    throw refuse("ASSEMBLY_UNKNOWN", "没有这次会议。", "请从业主大会的列表里选一次。", 404);
  }
  return assembly;
}

/** The assembly, to go on with: it must be in one of these stages, and the clock must not have been set back. */
async function assemblyIn(
  { tx, now, ...call }: Writing,
  id: number,
  stages: readonly Stage[],
  otherwise: Omit<Fault, "column">,
): Promise<Assembly> {
  const assembly = await assemblyOr404(tx, call, id);
  assertClock(assembly, now);
  if (!stages.includes(stageOf(assembly, now))) {
    throw new Refusal(otherwise, 409);
  }
  return assembly;
}

const NOTICED: Fault = {
  code: "ASSEMBLY_NOTICED",
  message: "通知已经发出，或草案已经撤回，内容不能再改。",
  remedy: "开始投票以前可以写明理由撤回，另发一次通知。",
};

export function draftIn(call: Writing, id: number): Promise<Assembly> {
  return assemblyIn(call, id, ["draft"], NOTICED);
}

async function rollNow(db: Db, community: string, today: Day, settings: Settings): Promise<Roll> {
  return drawRoll(await unitsOf(db, community), await holdingsOf(db, community), today, settings);
}

/** Everything that decides whether the notice of an assembly may go out now. */
export async function noticeFactsOf(db: Db, community: string, assembly: Assembly, now: Date): Promise<NoticeFacts> {
  const today = dayAt(now);
  const { settings } = await procedureAt(db, community, now);
  const roll = await rollNow(db, community, today, settings);
  const called = new Set((await store.callersOf(db, community, assembly.id)).map(({ id }) => id));
  const calling = roll.heads.filter(({ id }) => called.has(id));
  return {
    assembly,
    matters: await store.mattersOf(db, community, assembly.id),
    roll,
    callers: await withProofs(db, community, assembly, calling),
    settings,
    today,
  };
}

/** The heads who call an assembly, each with what proves it. */
async function withProofs(
  db: Db,
  community: string,
  { id, title }: Assembly,
  heads: readonly (store.CallingHead & Partial<RollHead>)[],
): Promise<Caller[]> {
  if (heads.length === 0) {
    return [];
  }
  const wording = wordingOf(title, await store.mattersOf(db, community, id));
  const said = await saidOf(db, { community, assembly: id }, wording);
  return heads.map(({ id: head, area, units = [] }) => ({
    id: head,
    area,
    units: units.map(({ unit }) => unit),
    proof: proofOf(head, said),
  }));
}

/** Who calls it together: of a draft as the roll is now, from the notice on as it was then. */
export async function callersShown(
  db: Db,
  community: string,
  assembly: Assembly,
  now: Date,
): Promise<readonly Caller[]> {
  return assembly.notice === null
    ? (await noticeFactsOf(db, community, assembly, now)).callers
    : withProofs(db, community, assembly, await store.callersOf(db, community, assembly.id));
}

/** Everything that keeps the notice from going out now; none when it may. */
export async function noticeFaultsOf(db: Db, community: string, facts: NoticeFacts, now: Date): Promise<Fault[]> {
  const { assembly, settings } = facts;
  const matters = facts.matters.map(({ place, kind, effect }) => ({
    place,
    effect: readEffect(kind, effect, `matters.${place}`),
  }));
  const finalOn = plusDays(assembly.closesOn, settings.objectionDays);
  return [...noticeFaults(facts), ...(await checkTogether(db, community, matters, { now, finalOn }))];
}

// ---- Schemas ------------------------------------------------------------------------------------------------------

/** What the log says when a step cannot be done now. */
const REFUSED = "assembly refused";

const assemblyId = idNumber.meta({ description: "第几次会议" });
const matterPlace = wholeNumber(1, 100).meta({ description: "第几项" });

const assemblyOutput = z.object({
  id: z.number().int(),
  title: z.string(),
  stage: z.enum(STAGES),
  ballot: z.enum(BALLOT_KINDS),
  calledBy: z.enum(CALLERS),
  opensOn: z.string(),
  closesOn: z.string(),
  noticedAt: instant.nullable(),
  closedAt: instant.nullable(),
  finishedAt: instant.nullable(),
  voidReason: z.string().nullable(),
  roll: countSchema.nullable().meta({ description: "frozen with the notice" }),
  fingerprint: z.string().nullable().meta({ description: "SHA-256 of the roll's lines" }),
});

const matterOutput = z.object({
  place: z.number().int(),
  kind: z.enum(MATTER_KINDS),
  item: z.number().int().meta({ description: "民法典第二百七十八条第一款第几项" }),
  title: z.string(),
  text: z.string(),
  effect: z.unknown(),
  needs: z
    .object({ quorum: countSchema, consent: countSchema })
    .meta({ description: "consent: when no more than the quorum take part" }),
});

const casesOutput = z.object({
  several: z.object({ heads: z.number(), units: z.number() }),
  joint: z.object({ heads: z.number(), units: z.number() }),
  largest: z.object({ units: z.number(), area: z.string() }),
  leftOut: z.object({ units: z.number(), area: z.string() }),
});

function toOutput(assembly: Assembly, now: Date): z.input<typeof assemblyOutput> {
  const { createdBy: _by, createdAt: _at, notice, ...told } = assembly;
  return {
    ...told,
    stage: stageOf(assembly, now),
    noticedAt: notice?.at ?? null,
    roll: notice === null ? null : countJson(notice.roll),
    fingerprint: notice?.fingerprint ?? null,
  };
}

function toMatter(matter: Matter, roll: Count): z.input<typeof matterOutput> {
  const quorum = quorumOf(roll);
  return {
    ...matter,
    item: itemOf(matter.kind),
    needs: { quorum: countJson(quorum), consent: countJson(consentOf(matter.kind, quorum)) },
  };
}

// ---- Reading ------------------------------------------------------------------------------------------------------

/** Open to all, as votes of owners are; drafts only to those who prepare them. */
export const listAssemblies = query({
  name: "listAssemblies",
  title: "业主大会",
  may: "anyone",
  input: nothing,
  output: z.object({ items: z.array(assemblyOutput) }),
  run: async (call) => {
    const all = await store.assembliesOf(call.db, call.community);
    const shown = all.filter(({ notice }) => notice !== null || mayRun(call));
    return { items: shown.map((assembly) => toOutput(assembly, call.now)) };
  },
});

export const showAssembly = query({
  name: "showAssembly",
  title: "一次业主大会",
  may: "anyone",
  input: z.object({ id: assemblyId }),
  output: assemblyOutput.extend({
    matters: z.array(matterOutput),
    settings: settingsSchema.nullable().meta({ description: "the rules of procedure, frozen with the notice" }),
    cases: casesOutput.nullable(),
  }),
  run: async (call, { id }) => {
    const assembly = await assemblyOr404(call.db, call, id);
    const roll = await countedRoll(call.db, call.community, assembly, call.now);
    return {
      ...toOutput(assembly, call.now),
      matters: (await store.mattersOf(call.db, call.community, id)).map((matter) => toMatter(matter, roll)),
      settings: assembly.notice?.settings ?? null,
      cases: assembly.notice?.cases ?? null,
    };
  },
});

/** How many heads and how much area there are: frozen, or for a draft as they would be today. */
export async function countedRoll(db: Db, community: string, assembly: Assembly, now: Date): Promise<Count> {
  return assembly.notice?.roll ?? totalOf((await noticeFactsOf(db, community, assembly, now)).roll.heads);
}

// ---- Drafting -----------------------------------------------------------------------------------------------------

const namedOwners = z
  .union([z.array(words(2000)).max(20_000), paragraph(200_000).transform((text) => text.split(/[、，,;；\s]+/u))])
  .transform((names) => [...new Set(names.filter((name) => name !== ""))])
  .meta({ description: "联名召集的业主：业主编号或房号" });

const draftInput = z.object({
  title: words(100),
  calledBy: z.enum(CALLERS, "请选择由谁召集"),
  ballot: z.enum(BALLOT_KINDS, "请选择记名或不记名"),
  opensOn: dayText,
  closesOn: dayText,
  callers: namedOwners.default([]),
});

type DraftWish = z.output<typeof draftInput>;

/** Who signs for which caller; owners who call together bring their list to either. */
const CALLS_AS: readonly (readonly [role: string, caller: CallerKind])[] = [
  ["committee", "committee"],
  ["supervisor", "supervisor"],
];

function assertCaller(actor: Actor, community: string, calledBy: CallerKind): void {
  const roles: readonly string[] = rolesIn(actor, community);
  const isOwn = CALLS_AS.some(([role, caller]) => caller === calledBy && roles.includes(role));
  if (calledBy !== "owners" && !isOwn) {
    const message = "您不能以这一方的名义召集会议。";
    throw new Refusal({ code: "CALLER_NOT_YOU", column: "calledBy", message, remedy: "请由那一方的成员来起草。" }, 409);
  }
}

/** The heads who call a draft together, where owners do; refuses days that are not sound and names that nobody bears. */
async function callersOfSound({ tx, community, now }: Writing, wish: DraftWish): Promise<RollHead[]> {
  const { settings } = await procedureAt(tx, community, now);
  const faults = windowFaults(wish, settings);
  const roll = wish.calledBy === "owners" ? await rollNow(tx, community, dayAt(now), settings) : null;
  const called = callersIn(roll?.heads ?? [], roll === null ? [] : wish.callers);
  if (called.unknown.length > 0) {
    const message = `名册上没有：${called.unknown.slice(0, 20).join("、")}。`;
    faults.push({ code: "OWNER_UNKNOWN", column: "callers", message, remedy: "请核对业主编号或房号。" });
  }
  if (faults.length > 0) {
    throw new Refusal(faults);
  }
  return called.heads;
}

const idOutput = z.object({ id: z.number().int() });

export const draftAssembly = command({
  name: "draftAssembly",
  title: "起草一次业主大会",
  may: "assembly.run",
  refusedAs: REFUSED,
  input: draftInput,
  output: idOutput,
  run: async (call, wish) => {
    const { tx, community, actor, now } = call;
    assertCaller(actor, community, wish.calledBy);
    const callers = await callersOfSound(call, wish);
    const id = await store.insertAssembly(tx, community, wish, { by: actor.id, at: now });
    await store.replaceCallers(tx, community, id, callers);
    await note(call, "assembly drafted", { title: wish.title });
    return { id };
  },
});

export const editAssembly = command({
  name: "editAssembly",
  title: "修改业主大会的草案",
  may: "assembly.run",
  refusedAs: REFUSED,
  input: draftInput.extend({ id: assemblyId }),
  output: idOutput,
  run: async (call, { id, ...wish }) => {
    const { tx, community, actor } = call;
    await draftIn(call, id);
    assertCaller(actor, community, wish.calledBy);
    const callers = await callersOfSound(call, wish);
    await store.updateDraft(tx, community, id, wish);
    await store.replaceCallers(tx, community, id, callers);
    await note(call, "assembly edited", { title: wish.title });
    return { id };
  },
});

const matterInput = z.object({
  id: assemblyId,
  kind: z.enum(MATTER_KINDS, "请选择事项的种类"),
  title: words(100),
  text: paragraph(10_000).pipe(z.string().min(1, "请写明要表决的全部内容")),
  effect: z.unknown().optional().meta({ description: "通过以后自动生效的内容，随种类不同" }),
});

const MATTERS_MAX = 50;

/** A matter as it may be put to the vote: its effect is one that could be carried out as things stand. */
async function soundMatter(
  { tx, community, now }: Writing,
  { kind, title, text, effect: sent }: Omit<z.output<typeof matterInput>, "id">,
): Promise<Omit<Matter, "place">> {
  return { kind, title, text, effect: await soundEffect(tx, community, { kind, sent }, now) };
}

const placed = (matters: readonly Omit<Matter, "place">[]): Matter[] =>
  matters.map((matter, index) => ({ ...matter, place: index + 1 }));

export const addMatter = command({
  name: "addMatter",
  title: "加一项要表决的事项",
  may: "assembly.run",
  refusedAs: REFUSED,
  input: matterInput,
  output: z.object({ place: z.number().int() }),
  run: async (call, { id, ...wish }) => {
    const { tx, community } = call;
    await draftIn(call, id);
    const before = await store.mattersOf(tx, community, id);
    if (before.length >= MATTERS_MAX) {
      throw refuse("MATTERS_TOO_MANY", `一次会议最多 ${MATTERS_MAX} 项。`, "请另开一次会议。", 409);
    }
    const matters = placed([...before, await soundMatter(call, wish)]);
    await store.replaceMatters(tx, community, id, matters);
    await note(call, "matter put", { title: wish.title });
    return { place: matters.length };
  },
});

async function mattersWith(call: Writing, id: number, place: number): Promise<Matter[]> {
  const matters = await store.mattersOf(call.tx, call.community, id);
  if (!matters.some((matter) => matter.place === place)) {
    throw refuse("MATTER_UNKNOWN", `没有第 ${place} 项。`, "请从草案里选一项。", 404);
  }
  return matters;
}

export const editMatter = command({
  name: "editMatter",
  title: "修改一项要表决的事项",
  may: "assembly.run",
  refusedAs: REFUSED,
  input: matterInput.extend({ place: matterPlace }),
  output: z.object({ place: z.number().int() }),
  run: async (call, { id, place, ...wish }) => {
    const { tx, community } = call;
    await draftIn(call, id);
    const before = await mattersWith(call, id, place);
    const changed = await soundMatter(call, wish);
    const matters = before.map((matter) => (matter.place === place ? { ...changed, place } : matter));
    await store.replaceMatters(tx, community, id, matters);
    await note(call, "matter edited", { title: wish.title });
    return { place };
  },
});

export const removeMatter = command({
  name: "removeMatter",
  title: "去掉一项要表决的事项",
  may: "assembly.run",
  refusedAs: REFUSED,
  input: z.object({ id: assemblyId, place: matterPlace }),
  output: idOutput,
  run: async (call, { id, place }) => {
    const { tx, community } = call;
    await draftIn(call, id);
    const before = await mattersWith(call, id, place);
    await store.replaceMatters(tx, community, id, placed(before.filter((matter) => matter.place !== place)));
    await note(call, "matter removed", { title: before.find((matter) => matter.place === place)?.title ?? "" });
    return { id };
  },
});

export const withdrawAssembly = command({
  name: "withdrawAssembly",
  title: "撤回一次业主大会",
  may: "assembly.run",
  refusedAs: REFUSED,
  input: z.object({ id: assemblyId, reason: words(200) }),
  output: idOutput,
  run: async (call, { id, reason }) => {
    const { title } = await assemblyIn(call, id, ["draft", "notice"], {
      code: "VOTING_BEGUN",
      message: "投票已经开始，或会议已经结束，不能撤回。",
      remedy: "对结果有异议的，在异议期内提出。",
    });
    await recordFinished(call.tx, call.community, id, { at: call.now, voidReason: reason });
    await note(call, "assembly withdrawn", { title, reason });
    return { id };
  },
});

// ---- Notice -------------------------------------------------------------------------------------------------------

export const giveNotice = command({
  name: "giveNotice",
  title: "发出业主大会的通知，定下名册",
  may: "assembly.run",
  refusedAs: REFUSED,
  input: z.object({ id: assemblyId }),
  output: z.object({ id: z.number().int(), roll: countSchema, fingerprint: z.string() }),
  run: async (call, { id }) => {
    const { tx, community, now } = call;
    const assembly = await draftIn(call, id);
    const facts = await noticeFactsOf(tx, community, assembly, now);
    const faults = await noticeFaultsOf(tx, community, facts, now);
    if (faults.length > 0) {
      throw new Refusal(faults, 409);
    }
    const { heads } = facts.roll;
    const roll = totalOf(heads);
    const fingerprint = fingerprintOf(heads);
    await store.replaceCallers(
      tx,
      community,
      id,
      facts.callers.filter(({ proof }) => isProved(proof)),
    );
    await store.insertRoll(tx, community, id, heads);
    await store.insertNotice(tx, community, id, {
      at: now,
      roll,
      fingerprint,
      settings: facts.settings,
      cases: rollCases(facts.roll),
    });
    for (const { kind, effect } of facts.matters) {
      const named = readEffect(kind, effect);
      if ("plan" in named) {
        await bindPlan(tx, community, named, { assembly: id, at: now });
      }
    }
    const { title } = assembly;
    await note(call, "assembly noticed", { title, heads: String(roll.heads), fingerprint: fingerprint.slice(0, 16) });
    return { id, roll: countJson(roll), fingerprint };
  },
});

// ---- Deliveries ---------------------------------------------------------------------------------------------------

/** Records that something came to these heads, with the paper that proves it; for other rooms too, in a transaction of theirs. */
export async function recordDelivery(
  tx: Tx,
  community: string,
  assembly: number,
  { heads, ...came }: Omit<Delivery, "head"> & { readonly heads: readonly string[] },
  recorded: { readonly by: string; readonly at: Date; readonly document: string | null },
): Promise<void> {
  const deliveries = heads.map((head) => ({ head, ...came }));
  await store.insertDeliveries(tx, community, assembly, deliveries, recorded);
}

const HEADS_MAX = 100_000;
const rollFind = optionalWords(60).meta({ description: "房号、业主或业主编号的一部分" });

/** Whether a row of the roll has those words in its units, its owners' names or their ids. */
function holds(find: string): (row: RollRow) => boolean {
  return ({ head, owners, units }) =>
    [head, owners, ...units.map(({ unit }) => unit)].some((text) => text.includes(find));
}

export const recordDeliveries = command({
  name: "recordDeliveries",
  title: "登记通知送达（送达证明的扫描件 document）",
  may: "assembly.run",
  refusedAs: REFUSED,
  input: z.object({
    id: assemblyId,
    heads: oneOrMany(words(2000), "请选择业主", HEADS_MAX)
      .optional()
      .meta({ description: "业主编号；共有的用 + 连起来" }),
    everyone: ticked.meta({ description: "所有还没有送达的业主" }),
    find: rollFind.meta({ description: "所有还没有送达的业主里，房号、姓名或编号含有这些字的" }),
    how: z.enum(DELIVERY_WAYS, "请选择怎样送达"),
    day: dayText,
    note: optionalWords(200),
  }),
  output: z.object({ recorded: z.number().int(), notReached: z.number().int() }),
  prepare: (call, _input, uploads) => preparePaper(call, uploads, "document"),
  run: async (call, { id, heads: named = [], everyone, find, ...came }, paper) => {
    const { tx, community, actor, now } = call;
    const assembly = await assemblyIn(call, id, ["notice", "voting"], {
      code: "DELIVERY_TOO_LATE",
      message: "只在通知发出以后、投票结束以前登记送达。",
      remedy: "结束以后补登记会改变没有收回的表决票的算法，所以不收。",
    });
    assertDelivered(assembly, came.day, now);
    const roll = await rollRows(tx, community, id);
    const open = roll.filter(({ deliveries }) => deliveries.length === 0);
    const heads = everyone ? open.filter(holds(find)).map(({ head }) => head) : [...new Set(named)];
    assertOnRoll(roll, heads);
    assertDeliveryProof(assembly, { how: came.how, hasPaper: paper !== null, now });
    const recorded = { by: actor.id, at: now };
    if (paper !== null) {
      await insertPaper(tx, community, paper, { by: actor.id, at: now.toISOString() });
    }
    await recordDelivery(tx, community, id, { heads, ...came }, { ...recorded, document: paper?.sha ?? null });
    await note(call, "deliveries recorded", { title: assembly.title, count: String(heads.length), how: came.how });
    const reached = new Set(heads);
    return { recorded: heads.length, notReached: open.filter(({ head }) => !reached.has(head)).length };
  },
});

function assertDelivered({ notice }: Assembly, day: string, now: Date): void {
  const [first, last] = [dayAt(new Date(notice?.at ?? now)), dayAt(now)];
  if (day < first || day > last) {
    const message = `送达日 ${day} 不在发出通知（${first}）到今天（${last}）之间。`;
    throw new Refusal({ code: "DAY_OUT_OF_RANGE", column: "day", message, remedy: "请填实际送达的日子。" });
  }
}

/**
 * Where ballots that do not come back are counted, whoever records deliveries decides the vote: what may count needs its proof
 * with it (指导规则 art. 26 ¶2 leaves the rule to the rules of procedure; courts that upheld it looked at the deliveries).
 */
function assertDeliveryProof(
  assembly: Assembly,
  { how, hasPaper, now }: { readonly how: DeliveryWay; readonly hasPaper: boolean; readonly now: Date },
): void {
  const counts = assembly.notice?.settings.unreturned !== "absent" && stageOf(assembly, now) === "notice";
  if (counts && !hasPaper && REACHING.includes(how)) {
    throw new Refusal({
      code: "DELIVERY_PAPER",
      column: "document",
      message: "这次会议的议事规则把没有收回的表决票算进去，登记送达要附送达证明。",
      remedy: "请上传签收单、快递回执或对方回复的截图，看得清是送给谁的；由第二人核对后才算。",
    });
  }
}

function assertOnRoll(roll: readonly RollRow[], heads: readonly string[]): void {
  const known = new Set(roll.map(({ head }) => head));
  const unknown = heads.filter((head) => !known.has(head));
  if (heads.length === 0 || unknown.length > 0) {
    const message = heads.length === 0 ? "没有选业主。" : `名册上没有：${unknown.slice(0, 20).join("、")}。`;
    throw new Refusal({ code: "HEAD_UNKNOWN", column: "heads", message, remedy: "请从名册里选。" });
  }
}

// ---- The roll -----------------------------------------------------------------------------------------------------

const rollRow = z.object({
  head: z.string(),
  owners: z.string().meta({ description: "业主姓名" }),
  units: z.array(z.object({ unit: z.string(), use: z.string(), area: z.string() })),
  area: z.string(),
  deliveries: z.array(z.object({ how: z.enum(DELIVERY_WAYS), day: z.string(), note: z.string() })),
});

export type RollRow = z.input<typeof rollRow>;

/** The frozen roll with names and what was delivered, by head. */
export async function rollRows(db: Db, community: string, id: number): Promise<RollRow[]> {
  const names = await ownerNames(db, community);
  const delivered = new Map<string, RollRow["deliveries"]>();
  for (const { head, ...came } of await store.deliveriesOf(db, community, id)) {
    delivered.set(head, [...(delivered.get(head) ?? []), came]);
  }
  return (await store.rollOf(db, community, id)).map((head) => ({
    ...ownRow(head),
    owners: holdersOf(head.id)
      .map((owner) => names.get(owner) ?? owner)
      .join("、"),
    deliveries: delivered.get(head.id) ?? [],
  }));
}

function ownRow({ id, area, units }: RollHead) {
  return { head: id, area: areaText(area), units: units.map((unit) => ({ ...unit, area: areaText(unit.area) })) };
}

/** A row with some of its units alone. */
function partOf(head: RollHead, isMeant: (unit: RollUnit) => boolean): RollHead {
  const units = head.units.filter(isMeant);
  return { ...head, units, area: sumAreas(units.map((unit) => unit.area)) };
}

export const listRoll = query({
  name: "listRoll",
  title: "表决名册",
  may: "assembly.roll",
  input: z.object({
    id: assemblyId,
    find: rollFind,
    open: ticked.meta({ description: "只看还没有送达的" }),
    ...listInput,
  }),
  output: listOf(rollRow),
  run: async (call, { id, find, open, after = "", limit }) => {
    await assemblyOr404(call.db, call, id);
    const rows = (await rollRows(call.db, call.community, id)).filter(
      (row) => row.head > after && (!open || row.deliveries.length === 0) && holds(find)(row),
    );
    return pageFrom(rows.slice(0, limit + 1), limit, ({ head }) => head);
  },
});

/** Every owner checks the own rows of the frozen roll. */
export const showOwnRows = query({
  name: "showOwnRows",
  title: "名册上自己的行",
  may: "account.own",
  input: z.object({ id: assemblyId }),
  output: z.object({
    items: z.array(
      rollRow.omit({ owners: true, deliveries: true }).extend({
        votes: z.boolean().meta({ description: "由您投票；false 是与单独有房的共有人并成一人，由他投票" }),
      }),
    ),
    fingerprint: z.string(),
  }),
  run: async (call, { id }) => {
    const { db, community, actor } = call;
    const { notice } = await assemblyOr404(db, call, id);
    const owners = ownersOf(actor, community);
    const heads = await store.headsOfOwners(db, community, id, owners);
    const frozenOn = dayAt(notice === null ? call.now : new Date(notice.at));
    const units = heads.flatMap((head) => head.units.map(({ unit }) => unit));
    const holders = holdersOn(await holdingsOf(db, community, units), frozenOn);
    const isOwn = ({ unit }: RollUnit): boolean => (holders.get(unit) ?? []).some((owner) => owners.includes(owner));
    const items = heads.map((head) => {
      const votes = holdersOf(head.id).some((owner) => owners.includes(owner));
      // For whom a joint holder votes, the units of that holder alone are nobody else's business.
      return { ...ownRow(votes ? head : partOf(head, isOwn)), votes };
    });
    return { items, fingerprint: notice?.fingerprint ?? "" };
  },
});
