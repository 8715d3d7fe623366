// The register of resolutions for everybody: what was decided, from when it holds, what rests on it; how earlier
// decisions come into it, and how a resolution is voided.
import { z } from "zod";
import { toYuan } from "../base/money.ts";
import { dayAt } from "../base/month.ts";
import { Refusal, refuse } from "../base/refusal.ts";
import { API, api, DESK, form, page, type Route, type Typed, type View, type Words } from "../door/routes.ts";
import { rolesIn, sideOf, verdict } from "../door/rules.ts";
import { command, note, query, type Reading, type Writing } from "../door/service.ts";
import { handoversOf } from "../handover/service.ts";
import {
  dayText,
  idNumber,
  keyCode,
  monthText,
  orNone,
  paragraph,
  readAddress,
  shaText,
  words,
} from "../platform/input.ts";
import { endProject, listProjects, paymentsOn } from "../project/service.ts";
import { proposalCard, resolutionCard, resolutionPage } from "../resolution/page.ts";
import {
  mayAnswer,
  resolutionChoices,
  whyNoSuccessor,
  type Proposal,
  type Resolution,
  type Voiding,
} from "../resolution/rules.ts";
import {
  answerProposal,
  findResolution,
  insertVoiding,
  listResolutions as resolutionsOf,
  openProposals,
  proposalOr404,
  openDocument,
  propose,
  recordEarlier,
  resolutionOr404,
  withdrawOwn,
} from "../resolution/service.ts";
import { findStatement } from "../statement/service.ts";
import { MATTER_KINDS, matterName } from "../tally/rules.ts";
import { prepareVouchers, recordVouchers, vouchersOf } from "../voucher/service.ts";
import { appliedWords } from "./page.ts";
import { appliedBy, assertVoidMonth, firstVoidMonth, undoEffect } from "./service.ts";

// ---- Reading ----------------------------------------------------------------------------------------------------

const resolutionOutput = z.object({
  number: z.string(),
  body: z.enum(["assembly", "committee", "earlier"]),
  kind: z.string(),
  title: z.string(),
  decidedOn: z.string(),
  assembly: z.number().nullable().meta({ description: "作出决议的表决；计票在它的结果页" }),
  decision: z.number().nullable().meta({ description: "业委会的哪一次决定" }),
  voidFrom: z.string().nullable().meta({ description: "作废的，从这个月起不再有效" }),
});

function resolutionRecord(resolution: Resolution): z.input<typeof resolutionOutput> {
  const { number, body, kind, title, decidedOn, assembly = null, decision = null, voided } = resolution;
  return { number, body, kind, title, decidedOn, assembly, decision, voidFrom: voided?.from ?? null };
}

export const listResolutions = query({
  name: "listResolutions",
  title: "决议登记簿",
  may: "anyone",
  input: z.object({}),
  output: z.object({ items: z.array(resolutionOutput) }),
  run: async ({ db, community }) => ({ items: (await resolutionsOf(db, community)).map(resolutionRecord) }),
});

const numberText = words(60).meta({ description: "决议编号，例如 2020-业主大会-1" });

export const showResolution = query({
  name: "showResolution",
  title: "一项决议和依据它的数字",
  may: "anyone",
  input: z.object({ number: numberText }),
  output: resolutionOutput.extend({
    text: z.string(),
    document: z.string().nullable().meta({ description: "原件的公开副本：凭证的哈希值" }),
    voided: z
      .object({
        from: z.string(),
        reason: z.string(),
        document: z.string().nullable(),
        successor: z.string().nullable().meta({ description: "由业主大会后来的哪项决议代替" }),
      })
      .nullable(),
    changes: z.array(z.string()).meta({ description: "它改变了什么" }),
    refused: z.string().meta({ description: "没有能自动照办的原因；空着是照办了" }),
    from: z.string().nullable().meta({ description: "从哪个月起" }),
    statement: z.boolean().meta({ description: "那个月的收支公示出了没有" }),
    payments: z.array(
      z.object({
        day: z.string(),
        month: z.string(),
        account: z.string(),
        amount: z.string(),
        isPublished: z.boolean(),
      }),
    ),
  }),
  run: async ({ db, community }, { number }) => {
    const resolution = await resolutionOr404(db, community, number);
    const { text, document = null, voided } = resolution;
    const applied = await appliedBy(db, community, number);
    const from = applied?.from ?? null;
    const payments = await paymentsOn(db, community, number);
    const isPublished = await publishedAmong(db, community, [...payments.map(({ month }) => month), from ?? ""]);
    return {
      ...resolutionRecord(resolution),
      text,
      document,
      voided: voided === null ? null : voidedRecord(voided),
      changes: applied === null ? [] : appliedWords(applied.effect),
      refused: applied?.refused ?? "",
      from,
      statement: isPublished(from ?? ""),
      payments: payments.map(({ day, month, purpose, amount }) => ({
        day,
        month,
        account: purpose,
        amount: toYuan(amount),
        isPublished: isPublished(month),
      })),
    };
  },
});

const voidedRecord = ({ from, reason, document, successor }: Voiding) => ({ from, reason, document, successor });

async function publishedAmong(
  db: Reading["db"],
  community: string,
  months: readonly string[],
): Promise<(month: string) => boolean> {
  const published = new Set<string>();
  for (const month of new Set(months)) {
    if (month !== "" && (await findStatement(db, community, month)) !== null) {
      published.add(month);
    }
  }
  return (month) => published.has(month);
}

// ---- Proposing and answering --------------------------------------------------------------------------------------

const documentInput = orNone(shaText).meta({ description: "原件：已上传的凭证；也可以随请求一起上传" });

const proposed = z.object({ id: z.number() });
const idInput = idNumber.meta({ description: "提议的号" });

const proposalOutput = z.object({
  id: z.number(),
  act: z.enum(["record", "void"]),
  title: z.string(),
  number: z.string().nullable(),
  kind: z.string().nullable(),
  text: z.string(),
  decidedOn: z.string().nullable(),
  from: z.string().nullable(),
  document: z.string().nullable(),
  successor: z.string().nullable(),
  side: z.enum(["committee", "trustee", "supervisor"]),
  isOwn: z.boolean(),
  mayAnswer: z.boolean(),
});

function proposalRecord({ actor, community }: Reading, proposal: Proposal): z.input<typeof proposalOutput> {
  const { id, wish, document, side, by } = proposal;
  const isVoid = wish.act === "void";
  const roles = rolesIn(actor, community);
  return {
    id,
    act: wish.act,
    title: isVoid ? `作废决议 ${wish.number}` : wish.title,
    number: isVoid ? wish.number : null,
    kind: isVoid ? null : wish.kind,
    text: isVoid ? wish.reason : wish.text,
    decidedOn: isVoid ? null : wish.decidedOn,
    from: isVoid ? wish.from : null,
    document,
    successor: isVoid ? wish.successor : null,
    side,
    isOwn: by === actor.id,
    mayAnswer: mayAnswer(proposal, actor.id, roles),
  };
}

export const listProposals = query({
  name: "listResolutionProposals",
  title: "等待另一方核对的决议提议",
  may: "resolution.view",
  input: z.object({}),
  output: z.object({ items: z.array(proposalOutput) }),
  run: async (call) => ({
    items: (await openProposals(call.db, call.community)).map((proposal) => proposalRecord(call, proposal)),
  }),
});

export const proposeEarlier = command({
  name: "proposeEarlierResolution",
  title: "提出登记既往决议",
  may: "resolution.record",
  input: z.object({
    kind: z.enum(MATTER_KINDS, "请选择事项"),
    title: words(100),
    text: paragraph(2000).refine((text) => text !== "", "请写下决议的内容"),
    decidedOn: dayText,
    document: documentInput,
  }),
  output: proposed,
  prepare: (call, _input, uploads) => prepareVouchers(call, uploads),
  run: async (call, { kind, title, text, decidedOn, document }, brought) => {
    if (decidedOn > dayAt(call.now)) {
      throw refuse("DAY_AHEAD", `${decidedOn} 还没有到。`, "既往决议是已经作出的；以后的事项请交业主大会表决。");
    }
    const [uploaded] = brought.length === 0 ? [] : await recordVouchers(call, brought);
    const sha = uploaded?.sha ?? document;
    if (sha === undefined) {
      throw refuse("DOCUMENT_MISSING", "没有决议的原件。", "请上传决议原件的照片或 PDF，让另一方核对。");
    }
    await vouchersOf(call.tx, call.community, [sha]);
    const id = await propose(call, { act: "record", kind, title, text, decidedOn }, sha);
    await note(call, "resolution proposed", { title });
    return { id };
  },
});

export const confirmEarlier = command({
  name: "confirmEarlierResolution",
  title: "核对并登记既往决议",
  may: "resolution.confirm",
  input: z.object({ id: idInput }),
  output: z.object({ number: z.string() }),
  run: async (call, { id }) => {
    const { number } = await recordEarlier(call, await proposalOr404(call.tx, call.community, id));
    return { number };
  },
});

export const declineProposal = command({
  name: "declineResolutionProposal",
  title: "退回一项决议提议",
  may: "resolution.confirm",
  input: z.object({ id: idInput, reason: words(200) }),
  output: proposed,
  run: async (call, { id, reason }) => {
    await answerProposal(call, await proposalOr404(call.tx, call.community, id), "declined");
    await note(call, "resolution declined", { reason });
    return { id };
  },
});

export const withdrawProposal = command({
  name: "withdrawResolutionProposal",
  title: "撤回自己的决议提议",
  may: "resolution.confirm",
  input: z.object({ id: idInput }),
  output: proposed,
  run: async (call, { id }) => {
    await withdrawOwn(call, await proposalOr404(call.tx, call.community, id));
    await note(call, "resolution withdrawn");
    return { id };
  },
});

// ---- Voiding ----------------------------------------------------------------------------------------------------

/** A resolution that can still be voided, from a month in which nothing rests on it yet. */
async function assertVoidable(
  call: Pick<Reading, "db" | "community" | "now">,
  { number, from }: { readonly number: string; readonly from: string },
): Promise<Resolution> {
  const resolution = await resolutionOr404(call.db, call.community, number);
  if (resolution.voided !== null) {
    throw refuse("RESOLUTION_VOID", `决议 ${number} 已经作废。`, "不用再作废一次。", 409);
  }
  await assertVoidMonth(call.db, call.community, { number, from }, call.now);
  return resolution;
}

/**
 * Refuses a voiding that rests on nothing: what owners decided is ended by a court (民法典 art. 280), whose judgement
 * everybody may read, or by the owners themselves in a later vote. A free text of two people is no reason.
 */
async function assertGrounds(
  { tx, community }: Writing,
  resolution: Resolution,
  { document, successor }: { readonly document: string | null; readonly successor: string | null },
): Promise<void> {
  if (document === null && successor === null) {
    const message = "没有作废的依据。";
    const remedy = "请上传法院判决书等文件；业主大会后来另有决议的，请填它的编号。";
    throw new Refusal({ code: "GROUNDS_MISSING", message, remedy, column: "document" });
  }
  await vouchersOf(tx, community, document === null ? [] : [document]);
  if (successor !== null) {
    const reason = whyNoSuccessor(resolution, await findResolution(tx, community, successor));
    if (reason !== null) {
      const message = `决议「${successor}」不能代替决议 ${resolution.number}：${reason}。`;
      const remedy = "请填业主大会在它以后作出、仍然有效的决议的编号；没有的，请上传法院判决书等文件。";
      throw new Refusal({ code: "SUCCESSOR_WRONG", message, remedy, column: "successor" });
    }
  }
}

export const proposeVoid = command({
  name: "proposeVoidingResolution",
  title: "提出作废决议",
  may: "resolution.void",
  input: z.object({
    number: numberText,
    from: monthText.meta({ description: "从哪个月起不再有效" }),
    reason: words(300).meta({ description: "例如：法院撤销，案号；或业主大会重新决定" }),
    document: documentInput.meta({ description: "判决书等依据：已上传的凭证，也可以随请求一起上传；会向所有人公开" }),
    successor: orNone(numberText).meta({ description: "代替它的业主大会决议的编号；和依据二者至少有一个" }),
  }),
  output: proposed,
  prepare: (call, _input, uploads) => prepareVouchers(call, uploads),
  run: async (call, { number, from, reason, document, successor = null }, brought) => {
    const { tx, community } = call;
    const resolution = await assertVoidable({ ...call, db: tx }, { number, from });
    const waiting = await openProposals(tx, community);
    if (waiting.some(({ wish }) => wish.act === "void" && wish.number === number)) {
      throw refuse("VOID_PROPOSED", `已经有人提出作废决议 ${number}。`, "请等另一方答复，或先撤回。", 409);
    }
    const [uploaded] = brought.length === 0 ? [] : await recordVouchers(call, brought);
    const sha = uploaded?.sha ?? document ?? null;
    await assertGrounds(call, resolution, { document: sha, successor });
    const id = await propose(call, { act: "void", number, from, reason, successor }, sha);
    await note(call, "void proposed", { number, from, reason });
    return { id };
  },
});

export const confirmVoid = command({
  name: "confirmVoidingResolution",
  title: "同意作废决议",
  may: "resolution.void",
  // The supervisor holds no key: then another person of another side is what counts.
  turnsKey: ({ actor, community }) => sideOf(actor, community) !== null,
  input: z.object({ id: idInput, code: orNone(keyCode) }),
  output: z.object({ number: z.string() }),
  run: async (call, { id }) => {
    const { tx, community, actor, now } = call;
    const proposal = await proposalOr404(tx, community, id);
    const { wish, document } = proposal;
    if (wish.act !== "void") {
      throw refuse("PROPOSAL_OTHER", `第 ${id} 号提议不是作废决议。`, "请在决议页打开它。", 409);
    }
    const { number, from, reason, successor } = wish;
    await assertGrounds(call, await assertVoidable({ ...call, db: tx }, wish), { document, successor });
    await answerProposal(call, proposal, "confirmed");
    if (document !== null) {
      await openDocument(tx, community, number, document);
    }
    await insertVoiding(tx, community, number, { from, reason, document, successor }, { by: actor.id, at: now });
    await undoEffect(tx, community, number, from, now);
    await note(call, "resolution voided", { number, from, reason });
    return { number };
  },
});

// ---- Pages ------------------------------------------------------------------------------------------------------

async function publicList(call: Reading): Promise<View> {
  const { db, community, now } = call;
  const { items } = await listResolutions.run(call, {});
  const projects = (await listProjects.run(call, {})).items.filter(({ state }) => state === "open");
  const handovers = (await handoversOf(db, community)).filter(({ isVoid, day }) => !isVoid && day >= dayAt(now));
  return {
    view: "resolution-list",
    model: { code: community, ...resolutionPage({ community, items, projects, handovers }) },
  };
}

async function publicOne(call: Reading, { number = "" }: Words): Promise<View> {
  const shown = await showResolution.run(call, { number });
  const { items } = await listProjects.run(call, {});
  const project = items.find(({ resolution }) => resolution === number) ?? null;
  return {
    view: "resolution",
    model: { code: call.community, resolution: resolutionCard(call.community, shown, project) },
  };
}

async function deskView(call: Reading): Promise<View> {
  const { actor, community } = call;
  const { items } = await listResolutions.run(call, {});
  const proposals = (await listProposals.run(call, {})).items.map((each) => proposalCard(community, each));
  const projects = (await listProjects.run(call, {})).items;
  const may = (what: "resolution.record" | "resolution.void"): boolean => verdict(actor, what, community) === "allowed";
  return {
    view: "resolution-desk",
    model: {
      ...resolutionPage({ community, items, projects, handovers: [] }),
      waiting: proposals,
      mayRecord: may("resolution.record"),
      mayVoid: may("resolution.void"),
    },
  };
}

const KINDS = MATTER_KINDS.map((value) => ({ value, label: matterName(value) }));

const earlierView = async (_call: Reading, _words: Words, typed: Typed = {}): Promise<View> => ({
  view: "resolution-new",
  model: { kinds: KINDS, values: { kind: "other", ...typed } },
});

async function voidView(call: Reading, sent: Typed): Promise<View> {
  const number = typeof sent["number"] === "string" ? sent["number"] : "";
  const resolution = await resolutionOr404(call.db, call.community, number);
  const first = await firstVoidMonth(call.db, call.community, number, call.now);
  const registered = await resolutionsOf(call.db, call.community);
  const successors = resolutionChoices(registered.filter((each) => whyNoSuccessor(resolution, each) === null));
  const model = { number, title: resolution.title, successors, values: { from: first, ...sent } };
  return { view: "resolution-void", model };
}

async function proposalView(call: Reading, words_: Words): Promise<View> {
  const { id } = readAddress(confirmVoid.input.pick({ id: true }), words_);
  const proposal = await proposalOr404(call.db, call.community, id);
  return {
    view: "resolution-proposal",
    model: {
      proposal: proposalCard(call.community, proposalRecord(call, proposal)),
      hasKey: sideOf(call.actor, call.community) !== null,
    },
  };
}

async function endView(call: Reading, sent: Typed): Promise<View> {
  const number = typeof sent["number"] === "string" ? sent["number"] : "";
  const project = (await listProjects.run(call, {})).items.find(({ resolution }) => resolution === number);
  if (project === undefined) {
    throw refuse("PROJECT_UNKNOWN", `决议「${number}」没有开立维修资金项目。`, "请在决议页找。", 404);
  }
  return { view: "project-end", model: { number, name: project.name, values: sent } };
}

const HERE = `${DESK}/resolutions`;
const back = (_output: unknown, { code = "" }: Words): string => `/desk/${code}/resolutions`;
const onProposal = { done: back, again: proposalView };
const REGISTER = `${API}/resolutions`;

export const effectRoutes: readonly Route[] = [
  page("/c/:code/resolutions", "anyone", publicList),
  page("/c/:code/resolutions/:number", "anyone", publicOne),
  page(HERE, "resolution.view", deskView, "决议", ["/handover"]),
  page(`${HERE}/new`, "resolution.record", earlierView),
  form(`${HERE}/new`, proposeEarlier, { done: back, again: earlierView }),
  page(`${HERE}/void`, "resolution.void", voidView),
  form(`${HERE}/void`, proposeVoid, { done: back, again: (call, _words, typed) => voidView(call, typed) }),
  page(`${HERE}/end`, "resolution.record", endView),
  form(`${HERE}/end`, endProject, { done: back, again: (call, _words, typed) => endView(call, typed) }),
  page(`${HERE}/proposals/:id`, "resolution.view", proposalView),
  form(`${HERE}/proposals/:id/record`, confirmEarlier, onProposal),
  form(`${HERE}/proposals/:id/void`, confirmVoid, onProposal),
  form(`${HERE}/proposals/:id/decline`, declineProposal, onProposal),
  form(`${HERE}/proposals/:id/withdraw`, withdrawProposal, onProposal),
  api("get", REGISTER, listResolutions),
  api("get", `${REGISTER}/proposals`, listProposals),
  api("post", `${REGISTER}/proposals`, proposeEarlier, { status: 201, takesFiles: true }),
  api("post", `${REGISTER}/proposals/:id/record`, confirmEarlier),
  api("post", `${REGISTER}/proposals/:id/void`, confirmVoid),
  api("post", `${REGISTER}/proposals/:id/decline`, declineProposal),
  api("post", `${REGISTER}/proposals/:id/withdraw`, withdrawProposal),
  api("get", `${REGISTER}/:number`, showResolution),
  api("post", `${REGISTER}/:number/void`, proposeVoid, { status: 201, takesFiles: true }),
  api("post", `${REGISTER}/:number/end`, endProject),
  api("get", `${API}/projects`, listProjects),
];
