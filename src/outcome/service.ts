// The end of a vote: the count, objections to it, and what becomes of it when it is final.
import { z } from "zod";
import { assertClock, stageOf, type Assembly, type Stage } from "../assembly/rules.ts";
import {
  assemblyOr404,
  headsOfOwners,
  mattersOf,
  recordClosed,
  recordFinished,
  unfinished,
} from "../assembly/service.ts";
import { dayAt, spokenDay } from "../base/month.ts";
import { refuse, type Refusal } from "../base/refusal.ts";
import {
  countedBallots,
  eraseChoices,
  headsEntering,
  receiptsFingerprint,
  turnoutOf,
  uncountedOf,
  unreturnedOf,
  type Place,
} from "../ballot/service.ts";
import { ownersOf } from "../door/rules.ts";
import { callOf, command, NOBODY, note, type Door, type Reading, type Writing } from "../door/service.ts";
import { inOrderOfEffect, readEffect } from "../effect/rules.ts";
import { applyEffect } from "../effect/service.ts";
import { runTx, type Db, type Tx } from "../platform/db.ts";
import { idNumber, paragraph, ticked, words } from "../platform/input.ts";
import { register } from "../resolution/service.ts";
import { findCommunity } from "../trust/service.ts";
import {
  assertFirstOpen,
  countAll,
  notYetFinal,
  objectionsUntil,
  sealOutcome,
  type NotCounted,
  type Objection,
  type Outcome,
} from "./rules.ts";
import * as store from "./store.ts";

export { findOutcome, objectionsOf } from "./store.ts";

const id = idNumber.meta({ description: "第几次表决" });
const objectionId = idNumber.meta({ description: "第几条异议" });

// ---- The count ----------------------------------------------------------------------------------------------------

const matterOutcome = z.object({ place: z.number(), title: z.string(), passed: z.boolean() });

export const countVotes = command({
  name: "countVotes",
  title: "结束投票并计票",
  may: "assembly.run",
  refusedAs: "count refused",
  input: z.object({ id }),
  output: z.object({ id: z.number(), digest: z.string(), matters: z.array(matterOutcome) }),
  run: async (call, { id: number }) => {
    const { tx, community, actor, now } = call;
    const assembly = await assemblyOr404(tx, call, number);
    assertClock(assembly, now);
    assertCountable(assembly, now);
    await assertNoPaperOpen(call, number);
    // Closed first: the box tells its sums to nobody before.
    await recordClosed(tx, community, number, now);
    const outcome = await countOf(call, assembly);
    const { bytes, digest } = sealOutcome(outcome);
    await store.insertOutcome(tx, community, number, { bytes, digest }, { by: actor.id, at: now });
    if (assembly.ballot === "secret") {
      await eraseChoices(tx, { community, assembly: number });
    }
    await note(call, "votes counted", { title: assembly.title });
    return {
      id: number,
      digest,
      matters: outcome.matters.map(({ place, title, passed }) => ({ place, title, passed })),
    };
  },
});

function assertCountable(assembly: Assembly, now: Date): void {
  const stage = stageOf(assembly, now);
  const refused = (code: string, message: string, remedy: string): Refusal => refuse(code, message, remedy, 409);
  switch (stage) {
    case "counting":
      return;
    case "draft":
    case "notice":
      throw refused("VOTE_NOT_OPEN", "这次表决还没有开始投票。", `投票期到 ${assembly.closesOn} 结束，之后才能计票。`);
    case "voting":
      throw refused(
        "VOTE_RUNNING",
        `投票期到${spokenDay(assembly.closesOn)} 24 时才结束。`,
        "请在投票期过后计票；投票期间谁也看不到结果。",
      );
    case "objections":
    case "final":
      throw refused("VOTE_COUNTED", "这次表决已经计过票，计票只有一次。", "请看结果页；有异议请在异议期内提出。");
    case "void":
      throw refused("VOTE_VOID", "这次表决已经作废，不再计票。", "请看作废的原因。");
  }
}

async function assertNoPaperOpen({ tx, community }: Writing, assembly: number): Promise<void> {
  const open = await headsEntering(tx, { community, assembly });
  if (open.length > 0) {
    throw refuse(
      "PAPER_OPEN",
      `还有 ${open.length} 张纸质票没有录完：只有一个人录入，或者两个人录的不一样。`,
      "请在纸质票页面逐张核对：两人各录一遍并一致；没有这张票的，由录入的人收回，或由另一方写明理由撤下。",
      409,
    );
  }
}

async function countOf({ tx, community, now }: Writing, assembly: Assembly): Promise<Outcome> {
  const at = { community, assembly: assembly.id };
  const found = await findCommunity(tx, community);
  const { count, sha256: fingerprint } = await receiptsFingerprint(tx, at);
  return countAll({
    community: { code: community, name: found?.name ?? community },
    assembly,
    matters: await mattersOf(tx, community, assembly.id),
    votes: await countedBallots(tx, at),
    turnout: await turnoutOf(tx, at),
    notCounted: await notCountedOf(tx, at),
    unreturned: await unreturnedOf(tx, at, openingOf(assembly)),
    receipts: { count, fingerprint },
    at: now.toISOString(),
    today: dayAt(now),
  });
}

/** The instant at which the voting opens, in Shanghai. */
function openingOf({ opensOn }: Assembly): Date {
  return new Date(`${opensOn}T00:00:00+08:00`);
}

async function notCountedOf(tx: Tx, at: Place): Promise<NotCounted> {
  const uncounted = await uncountedOf(tx, at);
  return {
    inPerson: new Set(uncounted.filter(({ aside }) => aside === null).map(({ head }) => head)).size,
    setAside: uncounted.flatMap(({ aside }) => aside ?? []),
  };
}

/** The count of a vote, or a refusal while there is none: nobody sees a result before. */
export async function outcomeOr404(db: Db, community: string, assembly: number): Promise<store.Kept> {
  const kept = await store.findOutcome(db, community, assembly);
  if (kept === null) {
    throw refuse("NOT_COUNTED", "这次表决还没有计票。", "投票期结束、计票以后，结果在这里公布。", 404);
  }
  return kept;
}

// ---- Objections ---------------------------------------------------------------------------------------------------

/** What is known of a counted vote that is not over yet, or the refusal that says why it is. */
async function countedOpen(
  call: Writing,
  number: number,
  whenOver: (stage: Stage) => Refusal,
): Promise<{ outcome: Outcome; objections: readonly Objection[] }> {
  const { tx, community, now } = call;
  const assembly = await assemblyOr404(tx, call, number);
  assertClock(assembly, now);
  const { outcome } = await outcomeOr404(tx, community, number);
  const stage = stageOf(assembly, now);
  if (stage !== "objections") {
    throw whenOver(stage);
  }
  return { outcome, objections: await store.objectionsOf(tx, community, number) };
}

const objecting = (call: Writing, number: number) =>
  countedOpen(call, number, () =>
    refuse("OBJECTIONS_OVER", "这次表决的结果已经确定，不再接受异议。", "对决定不服的，可以依法请求撤销。", 409),
  );

/** Somebody else, or the clock, was faster. */
function finishedAlready(stage: Stage): Refusal {
  return stage === "void"
    ? refuse("VOTE_VOID", "这次表决已经作废，没有结果可以确认。", "请看作废的原因。", 409)
    : refuse("VOTE_FINAL", "这次表决的结果已经确认过了。", "不用再做什么；通过的事项在决议登记簿里。", 409);
}

export const raiseObjection = command({
  name: "raiseObjection",
  title: "对表决结果提出异议",
  may: "assembly.object",
  refusedAs: "objection refused",
  input: z.object({ id, text: paragraph(1000).pipe(z.string().min(5, "请写明异议，至少 5 个字")) }),
  output: z.object({ id: z.number(), objection: z.number() }),
  run: async (call, { id: assembly, text }) => {
    const { tx, community, actor, now } = call;
    const { outcome, objections } = await objecting(call, assembly);
    const until = objectionsUntil(outcome);
    if (dayAt(now) > until) {
      const message = `异议期到${spokenDay(until)}已经结束。`;
      throw refuse("OBJECTIONS_OVER", message, "对决定不服的，可以依法请求撤销（民法典第二百八十条）。", 409);
    }
    const [head] = await headsOfOwners(tx, community, assembly, ownersOf(actor, community));
    if (head === undefined) {
      throw refuse("NOT_ON_ROLL", "您不在这次表决的业主名册上。", "请核对您的业主身份，或联系业委会。", 409);
    }
    assertFirstOpen(objections, head.id);
    const objection = {
      id: objections.length + 1,
      head: head.id,
      account: actor.id,
      text,
      raisedAt: now.toISOString(),
    };
    await store.insertObjection(tx, community, assembly, objection);
    await note(call, "objection raised", { id: String(objection.id) });
    return { id: assembly, objection: objection.id };
  },
});

export const answerObjection = command({
  name: "answerObjection",
  title: "答复异议",
  may: "assembly.answer",
  input: z.object({
    id,
    objection: objectionId,
    verdict: z
      .enum(["dismissed", "upheld"], "请选择不成立或成立")
      .meta({ description: "成立的要由两个人先后认定，认定后整次表决作废" }),
    answer: paragraph(1000).pipe(z.string().min(5, "请写明理由，至少 5 个字")),
  }),
  output: z.object({ id: z.number(), objection: z.number(), isVoid: z.boolean() }),
  run: async (call, { id: assembly, objection: number, verdict, answer }) => {
    const { tx, community, actor, now } = call;
    const { objections } = await objecting(call, assembly);
    const objection = objectionIn(objections, number);
    if (objection.verdict !== "open") {
      throw refuse("OBJECTION_ANSWERED", "这条异议已经答复过。", "答复过的不再改动。", 409);
    }
    if (verdict === "dismissed" && (await isOwn(call, assembly, objection))) {
      throw refuse("OBJECTION_OWN", "您不能认定自己这一户的异议不成立。", "请业委会的其他委员或监察人答复。", 409);
    }
    const at = { community, assembly, id: number };
    const isFirst = verdict === "upheld" && (objection.proposedBy ?? actor.id) === actor.id;
    if (isFirst) {
      await store.proposeUpheld(tx, at, { by: actor.id, answer });
      await note(call, "objection held right", { id: String(number) });
      return { id: assembly, objection: number, isVoid: false };
    }
    await store.answerObjection(tx, at, { verdict, answer, by: actor.id, at: now });
    if (verdict === "upheld") {
      const voidReason = `第 ${number} 条异议成立：${answer}`;
      await recordFinished(tx, community, assembly, { at: now, voidReason });
    }
    await note(call, "objection answered", { id: String(number), verdict: verdict === "upheld" ? "成立" : "不成立" });
    return { id: assembly, objection: number, isVoid: verdict === "upheld" };
  },
});

function objectionIn(objections: readonly Objection[], number: number): Objection {
  const objection = objections.find((each) => each.id === number);
  if (objection === undefined) {
    throw refuse("OBJECTION_UNKNOWN", `没有第 ${number} 条异议。`, "请从结果页选一条。", 404);
  }
  return objection;
}

/** Whether somebody raised an objection, or stands for the head that did. */
async function isOwn(
  { tx, community, actor }: Writing,
  assembly: number,
  { account, head }: Objection,
): Promise<boolean> {
  const own = await headsOfOwners(tx, community, assembly, ownersOf(actor, community));
  return account === actor.id || own.some((each) => each.id === head);
}

export const hideObjection = command({
  name: "hideObjection",
  title: "隐藏一条辱骂的异议，或重新显示",
  may: "assembly.moderate",
  input: z.object({ id, objection: objectionId, isHidden: ticked, reason: words(200) }),
  output: z.object({ id: z.number(), objection: z.number(), isHidden: z.boolean() }),
  run: async (call, { id: assembly, objection: number, ...hiding }) => {
    const { tx, community, actor, now } = call;
    await outcomeOr404(tx, community, assembly);
    objectionIn(await store.objectionsOf(tx, community, assembly), number);
    await store.insertHiding(tx, { community, assembly, id: number }, hiding, { by: actor.id, at: now });
    await note(call, hiding.isHidden ? "objection hidden" : "objection shown", {
      id: String(number),
      reason: hiding.reason,
    });
    return { id: assembly, objection: number, isHidden: hiding.isHidden };
  },
});

// ---- Final --------------------------------------------------------------------------------------------------------

/** Makes a counted vote final: what passed goes into the register and takes effect. Answers the numbers given. */
async function finish(call: Writing, assembly: number): Promise<string[]> {
  const { tx, community, actor, now } = call;
  const { outcome, objections } = await countedOpen(call, assembly, finishedAlready);
  const refusal = notYetFinal(outcome, objections, dayAt(now));
  if (refusal !== null) {
    throw refusal;
  }
  const passed = new Set(outcome.matters.flatMap((each) => (each.passed ? [each.place] : [])));
  const matters = (await mattersOf(tx, community, assembly)).filter(({ place }) => passed.has(place));
  const effects = [];
  for (const { kind, title, text, place, effect } of matters) {
    const decided = {
      body: "assembly" as const,
      kind,
      title,
      text,
      decidedOn: dayAt(now),
      assembly,
      matter: place,
    };
    const resolution = await register(tx, community, decided, { by: actor.id, at: now });
    effects.push({ resolution, effect: readEffect(kind, effect) });
  }
  for (const { resolution, effect } of inOrderOfEffect(effects)) {
    const refused = await applyEffect(tx, community, resolution, effect, now);
    if (refused !== "") {
      await note(call, "effect refused", { number: resolution.number, reason: refused });
    }
  }
  const numbers = effects.map(({ resolution }) => resolution.number);
  await recordFinished(tx, community, assembly, { at: now, voidReason: null });
  await note(call, "vote final", { title: outcome.assembly.title, numbers: numbers.join("、") });
  return numbers;
}

export const finishVote = command({
  name: "finishVote",
  title: "确认表决结果",
  may: "assembly.run",
  refusedAs: "finish refused",
  input: z.object({ id }),
  output: z.object({ id: z.number(), resolutions: z.array(z.string()) }),
  run: async (call, { id: assembly }) => ({ id: assembly, resolutions: await finish(call, assembly) }),
});

/** In the log: what time alone brought about. */
const CLOCKWORK = { ...NOBODY, id: "clock", name: "系统" };

/**
 * Makes every vote final whose objection period is over: what the clock decides needs nobody to press a button. `failed`
 * is told what could not be done, which does not keep the others.
 */
export async function finishDue(
  door: Door,
  failed: (where: { readonly community: string; readonly assembly: number }, error: unknown) => void,
): Promise<void> {
  for (const where of await unfinished(door.db)) {
    const { community, assembly } = where;
    const call = callOf(door, { actor: CLOCKWORK, address: "", session: null, community });
    if (await isDue({ ...call, db: door.db }, assembly)) {
      await runTx(door.db, community, (tx) => finish({ ...call, tx }, assembly)).catch((error: unknown) =>
        failed(where, error),
      );
    }
  }
}

async function isDue({ db, community, now }: Reading, assembly: number): Promise<boolean> {
  const kept = await store.findOutcome(db, community, assembly);
  const objections = await store.objectionsOf(db, community, assembly);
  return kept !== null && notYetFinal(kept.outcome, objections, dayAt(now)) === null;
}
