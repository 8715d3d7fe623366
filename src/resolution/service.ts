// The register at work: a number is given once, and everything that rests on a resolution finds it here. What did not
// come from a vote or a decision here waits for another side's word.
import { Refusal, refuse } from "../base/refusal.ts";
import { note, type Writing } from "../door/service.ts";
import { rolesIn } from "../door/rules.ts";
import type { Db, Tx } from "../platform/db.ts";
import { publicHashes, showAt } from "../voucher/service.ts";
import {
  mayAnswer,
  mayVoid,
  nextNumber,
  resolutionHref,
  speaksFor,
  type Decided,
  type Proposal,
  type Resolution,
} from "./rules.ts";
import * as store from "./store.ts";

export {
  findResolution,
  insertVoiding,
  listResolutions,
  openProposals,
  resolutionOfMatter,
  resolutionsQuestion,
} from "./store.ts";

/** Gives what was decided its number and puts it into the register. */
export async function register(
  tx: Tx,
  community: string,
  decided: Decided,
  recorded: store.Recorded,
): Promise<Resolution> {
  const number = nextNumber(decided, await store.numbersOf(tx, community));
  await store.insertResolution(tx, community, { ...decided, number }, recorded);
  return { ...decided, number, voided: null };
}

/** The numbers in the register: a basis that is among them is shown as a link. */
export async function registeredNumbers(db: Db, community: string): Promise<ReadonlySet<string>> {
  return new Set(await store.numbersOf(db, community));
}

/** The numbers that were voided: what rests on them alone rests on nothing any more. */
export async function voidedNumbers(db: Db, community: string): Promise<ReadonlySet<string>> {
  return new Set(await store.voidedOf(db, community));
}

export async function resolutionOr404(db: Db, community: string, number: string): Promise<Resolution> {
  const resolution = await store.findResolution(db, community, number);
  if (resolution === null) {
    throw refuse("RESOLUTION_UNKNOWN", `没有编号为「${number}」的决议。`, "请在决议登记簿里找。", 404);
  }
  return resolution;
}

/** Refuses a number that the register does not have, or whose resolution was voided, at its field. */
export async function assertInForce(db: Db, community: string, number: string, column = "resolution"): Promise<void> {
  const resolution = await store.findResolution(db, community, number);
  const remedy = "请从登记簿里选一项；账搬来以前的决议，由业委会先登记。";
  if (resolution === null) {
    const message = `决议登记簿里没有编号为「${number}」的决议。`;
    throw new Refusal({ code: "RESOLUTION_UNKNOWN", message, remedy, column });
  }
  if (resolution.voided !== null) {
    throw new Refusal({ code: "RESOLUTION_VOID", message: `决议 ${number} 已经作废。`, remedy, column });
  }
}

// ---- Proposals --------------------------------------------------------------------------------------------------

/** Keeps what somebody proposes until another side answers; answers its number. */
export async function propose(
  { tx, community, actor, now }: Writing,
  wish: Proposal["wish"],
  document: string | null,
): Promise<number> {
  const roles = rolesIn(actor, community);
  const side = speaksFor(roles);
  if (side === null || (wish.act === "void" && !mayVoid(roles))) {
    throw refuse("FORBIDDEN", "您的身份不能提出这件事。", "请由业委会或监察人提出。", 403);
  }
  return store.insertProposal(tx, community, { wish, document, side, by: actor.id, at: now.toISOString() });
}

export async function proposalOr404(db: Db, community: string, id: number): Promise<Proposal> {
  const proposal = (await store.openProposals(db, community)).find((each) => each.id === id);
  if (proposal === undefined) {
    throw refuse("PROPOSAL_UNKNOWN", `没有等待答复的第 ${id} 号提议。`, "请在决议页看它现在的状态。", 404);
  }
  return proposal;
}

/** Writes down that another side agreed or sent it back; a proposal's own side cannot. */
export async function answerProposal(
  { tx, community, actor, now }: Writing,
  proposal: Proposal,
  answer: "confirmed" | "declined",
): Promise<void> {
  const roles = rolesIn(actor, community);
  const side = speaksFor(roles);
  if (side === null || !mayAnswer(proposal, actor.id, roles)) {
    throw refuse("OTHER_SIDE_NEEDED", "提议的一方不能自己确认。", "请另一方的人来核对。", 409);
  }
  await store.insertAnswer(tx, community, proposal.id, { answer, side }, { by: actor.id, at: now });
}

/** Takes one's own proposal back. */
export async function withdrawOwn({ tx, community, actor, now }: Writing, proposal: Proposal): Promise<void> {
  if (proposal.by !== actor.id) {
    throw refuse(
      "NOT_YOUR_PROPOSAL",
      `第 ${proposal.id} 号提议不是您提出的。`,
      "请提议的人撤回；另一方可以退回。",
      409,
    );
  }
  const answered = { answer: "withdrawn", side: proposal.side } as const;
  await store.insertAnswer(tx, community, proposal.id, answered, { by: actor.id, at: now });
}

/** Opens a document to everybody beside its resolution. Refuses one of which nobody decided what to black out. */
export async function openDocument(tx: Tx, community: string, number: string, sha: string): Promise<void> {
  await publicHashes(tx, community, [sha]);
  await showAt(tx, community, resolutionHref(community, number), [sha]);
}

/** Puts an earlier decision into the register, with its document open to everybody. */
export async function recordEarlier(call: Writing, proposal: Proposal): Promise<Resolution> {
  const { tx, community, actor, now } = call;
  const { wish, document } = proposal;
  if (wish.act !== "record" || document === null) {
    throw refuse("PROPOSAL_OTHER", `第 ${proposal.id} 号提议不是登记既往决议。`, "请在决议页打开它。", 409);
  }
  await answerProposal(call, proposal, "confirmed");
  const { kind, title, text, decidedOn } = wish;
  const decided: Decided = { body: "earlier", kind, title, text, decidedOn, document };
  const resolution = await register(tx, community, decided, { by: actor.id, at: now });
  await openDocument(tx, community, resolution.number, document);
  await note(call, "resolution recorded", { number: resolution.number, title });
  return resolution;
}
