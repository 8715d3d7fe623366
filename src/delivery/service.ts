// Proving what was delivered: a second person holds the paper against the deliveries, and owners say what they have seen.
// It matters where the rules of procedure count ballots that do not come back; there it decides the vote.
import { z } from "zod";
import { displayNames } from "../access/service.ts";
import { assertClock, stageOf } from "../assembly/rules.ts";
import { assemblyOr404, headsOfOwners, recordDelivery } from "../assembly/service.ts";
import { dayAt } from "../base/month.ts";
import { refuse } from "../base/refusal.ts";
import { ownersOf } from "../door/rules.ts";
import { command, note, query, type Reading } from "../door/service.ts";
import { checkedOwners } from "../identity/service.ts";
import { answer } from "../platform/db.ts";
import { idNumber, words } from "../platform/input.ts";
import { holdersOf } from "../tally/rules.ts";
import { assertMayCheck, mayCheck } from "./rules.ts";
import * as store from "./store.ts";

const id = idNumber.meta({ description: "第几次会议" });
const sha = words(64).meta({ description: "送达证明的 SHA-256" });

export const listDeliveryProofs = query({
  name: "listDeliveryProofs",
  title: "送达证明和它们的核对",
  may: "assembly.run",
  input: z.object({ id }),
  output: z.object({
    items: z.array(
      z.object({
        sha,
        heads: z.array(z.string()).meta({ description: "它证明送达了哪些户：各户的房号" }),
        recordedBy: z.array(z.string()),
        checkedBy: z.string().nullable().meta({ description: "谁核对的；还没有人核对是 null" }),
        mayCheck: z.boolean().meta({ description: "能不能由您核对" }),
      }),
    ),
  }),
  run: async (call, { id: assembly }) => {
    const { db, community, actor } = call;
    await assemblyOr404(db, call, assembly);
    const proofs = await store.proofsOf(db, { community, assembly });
    const names = await displayNames(db, [...new Set(proofs.flatMap(({ by, checkedBy }) => [...by, checkedBy ?? ""]))]);
    return {
      items: proofs.map((proof) => ({
        sha: proof.sha,
        heads: [...proof.heads],
        recordedBy: proof.by.map((by) => names.get(by) ?? ""),
        checkedBy: proof.checkedBy === null ? null : (names.get(proof.checkedBy) ?? ""),
        mayCheck: mayCheck(proof, actor.id),
      })),
    };
  },
});

export const checkDeliveries = command({
  name: "checkDeliveries",
  title: "核对一份送达证明",
  may: "assembly.run",
  refusedAs: "assembly refused",
  input: z.object({ id, sha }),
  output: z.object({ heads: z.number().int().meta({ description: "核对了几户的送达" }) }),
  run: async (call, { id: assembly, sha: wanted }) => {
    const { tx, community, actor, now } = call;
    const found = await assemblyOr404(tx, call, assembly);
    assertClock(found, now);
    if (!["notice", "voting"].includes(stageOf(found, now))) {
      throw refuse(
        "CHECK_TOO_LATE",
        "投票已经结束，或通知还没有发出。",
        "送达证明在投票结束以前核对，之后不再收。",
        409,
      );
    }
    const at = { community, assembly };
    const proof = (await store.proofsOf(tx, at)).find((each) => each.sha === wanted);
    assertMayCheck(proof, actor.id);
    await store.insertCheck(tx, at, proof, { by: actor.id, at: now });
    await note(call, "deliveries checked", { title: found.title, count: String(proof.heads.length) });
    return { heads: proof.heads.length };
  },
});

/** The heads of a vote for which whoever asks could say that the notice was seen, and has not. */
export async function unreadHeads({ db, community, actor }: Reading, assembly: number): Promise<string[]> {
  const checked = await answer(db, checkedOwners(community, actor.id));
  const own = (await headsOfOwners(db, community, assembly, ownersOf(actor, community)))
    .map((head) => head.id)
    .filter((head) => holdersOf(head).some((owner) => checked.includes(owner)));
  const read = await store.readBy(db, { community, assembly }, own);
  return own.filter((head) => !read.includes(head));
}

/** An owner says to have seen notice and ballot; before the voting opens, since it may decide what does not come back. */
export const readNotice = command({
  name: "readNotice",
  title: "确认看到通知和表决票",
  may: "ballot.cast",
  refusedAs: "assembly refused",
  input: z.object({ id }),
  output: z.object({ heads: z.array(z.string()) }),
  run: async (call, { id: assembly }) => {
    const { tx, community, actor, now } = call;
    const found = await assemblyOr404(tx, call, assembly);
    assertClock(found, now);
    if (stageOf(found, now) !== "notice") {
      throw refuse("READ_TOO_LATE", "已经开始投票，不再登记看到通知。", "请直接投票；不想表态的可以选弃权。", 409);
    }
    const heads = await unreadHeads({ ...call, db: tx }, assembly);
    if (heads.length === 0) {
      const remedy = "已经确认过的不用再做；账号没有核对本人的，请先到业委会核对。";
      throw refuse("NOTHING_TO_READ", "名册上没有等您确认的房屋。", remedy, 409);
    }
    const recorded = { by: actor.id, at: now };
    const came = { heads, how: "electronic" as const, day: dayAt(now), note: "业主本人在网上确认看到" };
    await store.insertReadings(tx, { community, assembly }, heads, recorded);
    await recordDelivery(tx, community, assembly, came, { ...recorded, document: null });
    await note(call, "notice read", { title: found.title });
    return { heads };
  },
});
