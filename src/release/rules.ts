// Release 双密码: which sides must turn a key before money leaves, what state a request is in, and who may do what then.
import { displayYuan, fromYuan, sum, type Fen } from "../base/money.ts";
import { daysBetween, type Day } from "../base/month.ts";
import { Refusal, refuse } from "../base/refusal.ts";
import { SIDES, type Side } from "../door/rules.ts";
import type { Resolution } from "../resolution/rules.ts";
import type { DeedVersion } from "../trust/rules.ts";

const SIDE_NAMES: Readonly<Record<Side, string>> = { trustee: "物业", committee: "业委会" };

export function sidesInWords(sides: readonly Side[]): string {
  return sides.map((side) => SIDE_NAMES[side]).join("和");
}

// ---- Bands of the deed --------------------------------------------------------------------------------------------

/** The deed's `release`; absent or empty when the deed agreed on none. */
export type Bands = DeedVersion["release"];

export interface Band {
  readonly sides: readonly Side[];
  readonly resolution: boolean;
}

/**
 * The deed's band of an amount (product.md section 5): a key from each side that it names. Beyond the last band, or
 * without any, both sides decide.
 */
export function bandOf(bands: Bands, amount: Fen): Band {
  const ordered = (bands ?? []).toSorted((a, b) => limitOf(a.upTo) - limitOf(b.upTo));
  const band = ordered.find(({ upTo }) => amount <= limitOf(upTo));
  return band === undefined
    ? { sides: SIDES, resolution: ordered.at(-1)?.resolution ?? false }
    : { sides: SIDES.filter((side) => band.keys.includes(side)), resolution: band.resolution ?? false };
}

/** Far beyond any amount, and no infinity: two of them must compare. */
const NO_LIMIT = Number.MAX_SAFE_INTEGER;

function limitOf(upTo: string | null): number {
  return upTo === null ? NO_LIMIT : fromYuan(upTo);
}

export function bandInWords(bands: Bands, amount: Fen): string {
  if (bands === undefined || bands.length === 0) {
    return "信托合同没有约定放行金额档，每笔都由双方放行";
  }
  const { sides, resolution } = bandOf(bands, amount);
  return `信托合同约定：${displayYuan(amount)} 元由${sidesInWords(sides)}放行${resolution ? "，并须有业主决议" : ""}`;
}

/** Another payment to the same payee, asked for or booked, by this program or before it. */
export interface Neighbour {
  readonly day: Day;
  readonly amount: Fen;
  /** "第 12 号申请", "记账凭证 2020-03-0012" */
  readonly what: string;
}

/** Payments to one payee that stay below a band's limit one by one and exceed it together. */
export interface Split {
  readonly limit: Fen;
  readonly total: Fen;
  readonly count: number;
}

/** The splitting with the largest sum among payments at most `within` days apart, if there is any. */
export function splitOf(
  bands: Bands,
  payment: { readonly amount: Fen; readonly day: Day },
  neighbours: readonly Neighbour[],
  within: number,
): Split | null {
  const near = neighbours.filter((other) => Math.abs(daysBetween(other.day, payment.day)) <= within);
  const limits = (bands ?? []).flatMap(({ upTo }) => (upTo === null ? [] : [fromYuan(upTo)]));
  const splits = limits
    .filter((limit) => payment.amount <= limit)
    .flatMap((limit): Split[] => {
      const parts = near.map((other) => other.amount).filter((part) => part > 0 && part <= limit);
      const total = sum([payment.amount, ...parts]);
      return total > limit ? [{ limit, total, count: parts.length + 1 }] : [];
    });
  return splits.toSorted((a, b) => b.total - a.total)[0] ?? null;
}

// ---- States -------------------------------------------------------------------------------------------------------

/** What became of a request. `expired` follows from the day: nobody needs to write it down. */
export const STATUSES = ["waiting", "paid", "refused", "withdrawn", "expired"] as const;
export type Status = (typeof STATUSES)[number];

export const STATUS_NAMES: Readonly<Record<Status, string>> = {
  waiting: "等待放行",
  paid: "已付",
  refused: "已退回",
  withdrawn: "已撤回",
  expired: "已过期",
};

/** What people do with a request. */
export type Act = "release" | "take back" | "refuse" | "withdraw" | "ratify";

const ACT_NAMES: Readonly<Record<Act, string>> = {
  release: "放行",
  "take back": "收回放行",
  refuse: "退回",
  withdraw: "撤回",
  ratify: "追认",
};

/** In which state each act is possible; every other step is illegal. */
const POSSIBLE_IN: Readonly<Record<Act, Status>> = {
  release: "waiting",
  "take back": "waiting",
  refuse: "waiting",
  withdraw: "waiting",
  ratify: "paid",
};

/** What decides about a request's state. */
export interface Request {
  readonly id: number;
  readonly status: Status;
  readonly expiresOn: Day;
  readonly askedBy: string;
  readonly keys: readonly Key[];
}

/** A key that is turned and not taken back. */
export interface Key {
  readonly side: Side;
  readonly account: string;
}

/** The state on a day: who waits too long has expired, whether or not anybody wrote it down. */
export function stateOn(request: Pick<Request, "status" | "expiresOn">, today: Day): Status {
  return request.status === "waiting" && today > request.expiresOn ? "expired" : request.status;
}

const REMEDIES: Readonly<Record<Status, string>> = {
  waiting: "请等它放行之后。",
  paid: "已付的只能更正：在那张记账凭证上提出更正申请。",
  refused: "请按退回原因修改后重新申请。",
  withdrawn: "需要时请重新申请。",
  expired: "需要时请重新申请，凭证不用重新上传。",
};

/** Refuses a step that the request's state does not allow. */
export function assertPossible(act: Act, request: Pick<Request, "id" | "status" | "expiresOn">, today: Day): void {
  const state = stateOn(request, today);
  if (state !== POSSIBLE_IN[act]) {
    throw refuse(
      "SPEND_STATE",
      `第 ${request.id} 号申请${STATUS_NAMES[state]}，不能${ACT_NAMES[act]}。`,
      REMEDIES[state],
      409,
    );
  }
}

// ---- Keys -----------------------------------------------------------------------------------------------------------

/** Somebody before a request: who it is, and the side whose key that person holds. */
export interface Holder {
  readonly account: string;
  readonly side: Side | null;
}

/**
 * The side whose key this person turns; refuses when there is none to turn. One person turns one key, one side counts
 * once, and who asked for the money turns at most the trustee's key, and that only where another side must agree too.
 */
export function sideToTurn(request: Request, needs: readonly Side[], { account, side }: Holder): Side {
  const about = `第 ${request.id} 号申请`;
  const others = sidesInWords(missingSides(request, needs));
  if (request.keys.some((key) => key.account === account)) {
    throw refuse("KEY_GIVEN", `您已经放行了${about}，一个人只有一把钥匙。`, `请等${others}放行。`, 409);
  }
  if (side === null || !needs.includes(side)) {
    throw refuse("KEY_NOT_YOURS", `${about}由${sidesInWords(needs)}放行，您没有这把钥匙。`, `请等${others}放行。`, 409);
  }
  if (request.keys.some((key) => key.side === side)) {
    const words = `${sidesInWords([side])}已经放行了${about}，同一方的两把钥匙只算一把。`;
    throw refuse("KEY_SIDE_GIVEN", words, `请等${others}放行。`, 409);
  }
  if (request.askedBy === account && !(side === "trustee" && needs.length > 1)) {
    const words = `${about}是您自己提出的，不能由您放行。`;
    throw refuse("KEY_OWN_REQUEST", words, `请${sidesInWords([side])}的另一位同事来放行。`, 409);
  }
  return side;
}

/** The sides that have not turned their key. */
export function missingSides(request: Pick<Request, "keys">, needs: readonly Side[]): Side[] {
  return needs.filter((side) => !request.keys.some((key) => key.side === side));
}

/** Whether this person could turn a key now: what a list of “待我放行” asks. */
export function canTurn(request: Request, needs: readonly Side[], { account, side }: Holder): boolean {
  const isOwn = request.askedBy === account;
  return (
    side !== null &&
    missingSides(request, needs).includes(side) &&
    !request.keys.some((key) => key.account === account) &&
    (!isOwn || (side === "trustee" && needs.length > 1))
  );
}

// ---- Emergencies ------------------------------------------------------------------------------------------------------

export type Ratification = "open" | "ratified" | "declined";

export const RATIFICATION_NAMES: Readonly<Record<Ratification, string>> = {
  open: "待追认",
  ratified: "已追认",
  declined: "未获追认",
};

/**
 * How an emergency stands: ratified by a resolution that is in force; declined once the committee voted on it and did
 * not agree. What was declined is the trustee's to answer for, until a resolution says otherwise.
 */
export function ratificationOf(
  { ratifiedAt }: { readonly ratifiedAt: string | null },
  steps: readonly { readonly kind: string; readonly text: string }[],
  voided: ReadonlySet<string>,
): Ratification {
  if (ratifiedAt !== null && steps.some(({ kind, text }) => kind === "ratified" && !voided.has(text))) {
    return "ratified";
  }
  return steps.some(({ kind }) => kind === "declined") ? "declined" : "open";
}

/** An emergency as a resolution may name it. */
export interface Emergency {
  readonly id: number;
  /** The code of its entry. */
  readonly entry: string;
  readonly paidOn: Day;
}

/** Whether a resolution speaks of this emergency: by the number of its request, or of its entry. */
export function namesEmergency({ title, text }: Pick<Resolution, "title" | "text">, { id, entry }: Emergency): boolean {
  const said = `${title}\n${text}`;
  return new RegExp(`第\\s*${id}\\s*号申请`, "u").test(said) || (entry !== "" && said.includes(entry));
}

/** Refuses a resolution that does not ratify an emergency: one of before it, or about something else. */
export function assertRatifies(resolution: Resolution, emergency: Emergency): void {
  const { number, decidedOn } = resolution;
  const fault = (code: string, message: string, remedy: string): Refusal =>
    new Refusal({ code, column: "resolution", message, remedy });
  if (decidedOn < emergency.paidOn) {
    const message = `决议 ${number} 在这笔支出之前（${decidedOn}），不是对它的追认。`;
    throw fault("RESOLUTION_BEFORE", message, "请选付款以后作出的决议。");
  }
  if (!namesEmergency(resolution, emergency)) {
    const remedy = `追认的决议要写明“第 ${emergency.id} 号申请”或凭证号 ${emergency.entry}。`;
    throw fault("RESOLUTION_SILENT", `决议 ${number} 没有提到第 ${emergency.id} 号申请。`, remedy);
  }
}
