// Where the result of a vote is read, checked, objected to and made final; the same as papers and as JSON.
import { z } from "zod";
import { outcomeMinutes, outcomeNotice } from "../../reports/outcome.ts";
import { noticeView } from "../assembly/routes.ts";
import { stageOf, type Assembly } from "../assembly/rules.ts";
import { assemblyOr404, mattersOf } from "../assembly/service.ts";
import { lookUpReceipt, receiptsOf } from "../ballot/service.ts";
import { dayAt } from "../base/month.ts";
import { API, api, DESK, file, form, MY, page, typedText, type Route, type Typed, type View } from "../door/routes.ts";
import { mayDo, ownersOf } from "../door/rules.ts";
import { query, type Reading } from "../door/service.ts";
import { readEffect, type PlacedEffect } from "../effect/rules.ts";
import { appliedBy, dependenceOf } from "../effect/service.ts";
import { csvText } from "../platform/csv.ts";
import { ready, type Ready } from "../platform/http.ts";
import { idNumber, readInput } from "../platform/input.ts";
import { basisOf } from "../resolution/rules.ts";
import { resolutionOfMatter } from "../resolution/service.ts";
import { findCommunity } from "../trust/service.ts";
import { objectionRow, outcomePage, outcomeTable, receiptWords } from "./page.ts";
import { notYetFinal, objectionsUntil, publicWords, VERDICTS } from "./rules.ts";
import {
  answerObjection,
  countVotes,
  findOutcome,
  finishVote,
  hideObjection,
  objectionsOf,
  outcomeOr404,
  raiseObjection,
} from "./service.ts";

const at = z.object({ id: idNumber.meta({ description: "第几次表决" }) });

export const showOutcome = query({
  name: "showOutcome",
  title: "一次表决的结果",
  may: "anyone",
  input: at,
  output: z.object({
    digest: z.string().meta({ description: "结果的 SHA-256" }),
    stage: z.enum(["objections", "final", "void"]),
    outcome: z.record(z.string(), z.unknown()).meta({ description: "xinyi.outcome/1，与 result.json 相同" }),
  }),
  run: async (call, { id }) => {
    const assembly = await assemblyOr404(call.db, call, id);
    const { outcome, digest } = await outcomeOr404(call.db, call.community, id);
    const stage = stageOf(assembly, call.now);
    return {
      digest,
      stage: stage === "final" || stage === "void" ? stage : ("objections" as const),
      outcome: { ...outcome },
    };
  },
});

export const listObjections = query({
  name: "listObjections",
  title: "对一次表决结果的异议",
  may: "anyone",
  input: at,
  output: z.object({
    items: z.array(
      z.object({
        objection: z.number(),
        text: z.string(),
        hidden: z.string().nullable().meta({ description: "为什么隐藏；隐藏的文字只有业委会和监察人能看" }),
        raisedAt: z.string(),
        verdict: z.enum(VERDICTS),
        answer: z.string(),
        answeredAt: z.string().nullable(),
      }),
    ),
  }),
  run: async (call, { id }) => {
    await assemblyOr404(call.db, call, id);
    const objections = await objectionsOf(call.db, call.community, id);
    const isInside = mayDo(call, "assembly.answer");
    return {
      items: objections.map((objection) => ({
        objection: objection.id,
        text: isInside ? objection.text : publicWords(objection),
        hidden: objection.hidden,
        raisedAt: objection.raisedAt,
        verdict: objection.verdict,
        answer: objection.verdict === "open" ? "" : objection.answer,
        answeredAt: objection.answeredAt,
      })),
    };
  },
});

// ---- Pages ----------------------------------------------------------------------------------------------------------

async function assemblyAt(call: Reading, words: Typed): Promise<Assembly> {
  return assemblyOr404(call.db, call, readInput(at, words).id);
}

/** Why a matter that passed changes nothing, or will not; "" when it does. */
async function withoutEffect(
  { db, community, now }: Reading,
  place: number,
  number: string | null,
  vote: { readonly matters: readonly PlacedEffect[]; readonly passed: ReadonlySet<number> },
): Promise<string> {
  if (number !== null) {
    const refused = (await appliedBy(db, community, number))?.refused ?? "";
    return refused === "" ? "" : `没有生效：${refused}`;
  }
  const found = vote.passed.has(place) ? vote.matters.find((each) => each.place === place) : undefined;
  return found === undefined ? "" : dependenceOf(db, community, found.effect, { ...vote, now });
}

/** The count with what became of it; null while there is none. */
async function resultOf(call: Reading, assembly: Assembly, isInside = false) {
  const { db, community, now } = call;
  const kept = await findOutcome(db, community, assembly.id);
  if (kept === null) {
    return null;
  }
  const shown = outcomePage(kept.outcome, kept.digest);
  const objections = await objectionsOf(db, community, assembly.id);
  const numbers = await Promise.all(
    shown.matters.map(({ place }) => resolutionOfMatter(db, community, assembly.id, place)),
  );
  const stage = stageOf(assembly, now);
  const isOpen = stage === "objections";
  const refusal = isOpen ? notYetFinal(kept.outcome, objections, dayAt(now)) : null;
  const placed = (await mattersOf(db, community, assembly.id)).map(({ place, kind, effect }) => ({
    place,
    effect: readEffect(kind, effect),
  }));
  const passed = new Set(shown.matters.flatMap((each) => (each.passed ? [each.place] : [])));
  const matters = await Promise.all(
    shown.matters.map(async (matter, index) => {
      const number = numbers[index] ?? null;
      return {
        ...matter,
        resolution: number === null ? null : basisOf(community, number, new Set([number])),
        withoutEffect: await withoutEffect(call, matter.place, number, { matters: placed, passed }),
      };
    }),
  );
  return {
    ...shown,
    matters,
    objections: objections.map((each) => objectionRow(each, isInside)),
    isFinal: stage === "final",
    isVoid: stage === "void",
    voidReason: assembly.voidReason ?? "",
    isObjecting: isOpen && dayAt(now) <= objectionsUntil(kept.outcome),
    waits: refusal?.faults[0]?.message ?? "",
    isReady: isOpen && refusal === null,
  };
}

/** What everybody reads: the notice until there is a count, the result from then on. */
async function publicView(call: Reading, words: Typed): Promise<View> {
  const assembly = await assemblyAt(call, words);
  const result = await resultOf(call, assembly);
  if (result === null) {
    return noticeView(call, words);
  }
  const base = `/c/${call.community}/assemblies/${assembly.id}`;
  const receipt = typedText(words, "receipt").trim();
  const found = receipt === "" ? null : await lookUpReceipt(call.db, placeOf(call, assembly), receipt, call.now);
  const mayObject = result.isObjecting && mayDo(call, "assembly.object");
  return {
    view: "outcome",
    model: {
      result,
      base,
      receipt,
      found: found === null ? null : receiptWords(found, result.matters),
      // Answers are given at the desk.
      mayAnswer: false,
      mayModerate: false,
      objectHref: mayObject ? `/my/${call.community}/assemblies/${assembly.id}/objections` : "",
    },
  };
}

const placeOf = ({ community }: Reading, { id }: Assembly) => ({ community, assembly: id });

async function deskView(call: Reading, words: Typed): Promise<View> {
  const assembly = await assemblyAt(call, words);
  const stage = stageOf(assembly, call.now);
  return {
    view: "outcome-desk",
    model: {
      id: assembly.id,
      title: assembly.title,
      isCounting: stage === "counting",
      isEarly: ["draft", "notice", "voting"].includes(stage),
      closesOn: assembly.closesOn,
      result: await resultOf(call, assembly, mayDo(call, "assembly.answer")),
      mayModerate: mayDo(call, "assembly.moderate"),
      mayRun: mayDo(call, "assembly.run"),
      mayAnswer: mayDo(call, "assembly.answer"),
      base: `/desk/${call.community}/assemblies/${assembly.id}`,
      open: `/c/${call.community}/assemblies/${assembly.id}`,
    },
  };
}

async function objectionView(call: Reading, words: Typed): Promise<View> {
  const assembly = await assemblyAt(call, words);
  const { outcome } = await outcomeOr404(call.db, call.community, assembly.id);
  return {
    view: "outcome-object",
    model: {
      id: assembly.id,
      title: assembly.title,
      until: outcomePage(outcome, "").objectionsUntil,
      isOwner: ownersOf(call.actor, call.community).length > 0,
      open: `/c/${call.community}/assemblies/${assembly.id}`,
    },
  };
}

// ---- Files ----------------------------------------------------------------------------------------------------------

async function resultFile(call: Reading, words: Typed): Promise<Ready> {
  const assembly = await assemblyAt(call, words);
  const { bytes } = await outcomeOr404(call.db, call.community, assembly.id);
  return ready(bytes, "application/json; charset=utf-8", "no-store", `result-${assembly.id}.json`);
}

async function resultTable(call: Reading, words: Typed): Promise<Ready> {
  const assembly = await assemblyAt(call, words);
  const { outcome } = await outcomeOr404(call.db, call.community, assembly.id);
  return ready(csvText(outcomeTable(outcome)), "text/csv; charset=utf-8", "no-store", `result-${assembly.id}.csv`);
}

async function paperOf(call: Reading, assembly: Assembly) {
  const { outcome, digest } = await outcomeOr404(call.db, call.community, assembly.id);
  const community = await findCommunity(call.db, call.community);
  return {
    page: outcomePage(outcome, digest),
    url: `${call.publicUrl}/c/${call.community}/assemblies/${assembly.id}`,
    principal: community?.principal ?? "",
  };
}

async function noticePdf(call: Reading, words: Typed): Promise<Ready> {
  const assembly = await assemblyAt(call, words);
  const bytes = await outcomeNotice(await paperOf(call, assembly));
  return ready(bytes, "application/pdf", "no-store", `result-${assembly.id}.pdf`);
}

async function minutesPdf(call: Reading, words: Typed): Promise<Ready> {
  const assembly = await assemblyAt(call, words);
  const matters = await mattersOf(call.db, call.community, assembly.id);
  const bytes = await outcomeMinutes({ ...(await paperOf(call, assembly)), matters });
  return ready(bytes, "application/pdf", "no-store", `minutes-${assembly.id}.pdf`);
}

/** The codes of all ballots that were counted, one a line: their SHA-256 stands in the result. */
async function receiptsText(call: Reading, words: Typed): Promise<Ready> {
  const assembly = await assemblyAt(call, words);
  await outcomeOr404(call.db, call.community, assembly.id);
  const codes = await receiptsOf(call.db, placeOf(call, assembly));
  const text = codes.map((code) => `${code}\n`).join("");
  return ready(text, "text/plain; charset=utf-8", "no-store", `receipts-${assembly.id}.txt`);
}

// ---- Routes ---------------------------------------------------------------------------------------------------------

const OPEN = "/c/:code/assemblies/:id";
const HERE = `${DESK}/assemblies/:id/result`;
const MINE = `${MY}/assemblies/:id/objections`;
const ASSEMBLY = `${API}/assemblies/:id`;

/** The desk's forms come back to its page of the result. */
const onDesk = {
  done: (_output: unknown, { code = "", id = "" }) => `/desk/${code}/assemblies/${id}/result`,
  again: deskView,
};

export const outcomeRoutes: readonly Route[] = [
  page(OPEN, "anyone", publicView),
  file(`${OPEN}/result.json`, "anyone", resultFile),
  file(`${OPEN}/result.csv`, "anyone", resultTable),
  file(`${OPEN}/result.pdf`, "anyone", noticePdf),
  file(`${OPEN}/minutes.pdf`, "anyone", minutesPdf),
  file(`${OPEN}/receipts.txt`, "anyone", receiptsText),

  page(MINE, "assembly.object", objectionView),
  form(MINE, raiseObjection, {
    done: (_output, { code = "", id = "" }) => `/c/${code}/assemblies/${id}#objections`,
    again: objectionView,
  }),

  page(HERE, "assembly.view", deskView),
  form(`${HERE}/count`, countVotes, onDesk),
  form(`${HERE}/objections/:objection`, answerObjection, onDesk),
  form(`${HERE}/objections/:objection/hiding`, hideObjection, onDesk),
  form(`${HERE}/finish`, finishVote, onDesk),

  api("get", `${ASSEMBLY}/result`, showOutcome),
  api("post", `${ASSEMBLY}/count`, countVotes, { status: 201 }),
  api("get", `${ASSEMBLY}/objections`, listObjections),
  api("post", `${ASSEMBLY}/objections`, raiseObjection, { status: 201 }),
  api("post", `${ASSEMBLY}/objections/:objection/answer`, answerObjection, { status: 201 }),
  api("post", `${ASSEMBLY}/objections/:objection/hiding`, hideObjection, { status: 201 }),
  api("post", `${ASSEMBLY}/finish`, finishVote, { status: 201 }),
];
