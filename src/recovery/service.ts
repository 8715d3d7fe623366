// A forgotten password: the operator asks for a new one, who holds keys agrees, a one-time code sets it.
import { randomUUID } from "node:crypto";
import { z } from "zod";
import { refuse } from "../base/refusal.ts";
import * as access from "../access/service.ts";
import type { Actor } from "../door/rules.ts";
import { command, note, query, type Writing } from "../door/service.ts";
import type { Db } from "../platform/db.ts";
import { instant, keyCode, nothing, secret, toldOnce, words } from "../platform/input.ts";
import {
  assertAgreed,
  assertMayAsk,
  assertMayConsent,
  assertMayTell,
  CONSENT_DAYS,
  keyCommunities,
  mayConsent,
  RESET_DAYS,
  resetState,
  type Reset,
} from "./rules.ts";
import * as store from "./store.ts";

const id = words(40);

const told = toldOnce("打开就能设新密码的网址");
type Told = z.output<typeof told>;

/** Gives the reset a new code, which voids the one before. */
async function tell(call: Writing, reset: Reset): Promise<Told> {
  const { code, codeHash } = access.newCode();
  const expiresAt = access.daysAfter(call.now, RESET_DAYS);
  await store.setResetCode(call.tx, reset.id, { codeHash, expiresAt });
  await note(call, "reset told", { account: reset.account });
  return { code, url: `${call.publicUrl}/reset?code=${code}`, expiresAt };
}

async function resetOf(db: Db, wanted: string): Promise<Reset> {
  const reset = await store.resetById(db, wanted);
  if (reset === null) {
    throw refuse("RESET_UNKNOWN", "没有这项重置。", "请回到列表，从那里打开它。", 404);
  }
  return reset;
}

/** Into the log of every community where the account holds a key, and of the installation. */
async function noteEverywhere(call: Writing, reset: Reset, what: string): Promise<void> {
  for (const community of ["", ...reset.consents.map((consent) => consent.community)]) {
    await note({ ...call, community }, what, { account: reset.account });
  }
}

export const askReset = command({
  name: "askReset",
  title: "为忘了密码的账号发起重置",
  may: "operator",
  isSecret: (answer) => answer.told !== null,
  input: z.object({ account: id }),
  output: z.object({ id: z.string(), waitsFor: z.array(z.string()), told: told.nullable() }),
  run: async (call, { account }) => {
    if ((await access.accountById(call.tx, account)) === null) {
      throw refuse("ACCOUNT_UNKNOWN", "没有这个账号。", "请从账号列表里选。", 404);
    }
    await access.holdAccount(call.tx, account);
    const communities = keyCommunities(await access.membershipsOf(call.tx, account));
    assertMayAsk(call.actor, account, communities);
    const reset: Reset = {
      id: randomUUID(),
      account,
      codeHash: null,
      proposedBy: call.actor.id,
      createdAt: call.now.toISOString(),
      expiresAt: access.daysAfter(call.now, CONSENT_DAYS),
      usedAt: null,
      revokedAt: null,
      consents: communities.map((community) => ({ community, confirmedBy: null })),
    };
    await store.revokeResetsOf(call.tx, account, call.now);
    await store.insertReset(call.tx, reset);
    await noteEverywhere(call, reset, "reset asked");
    return { id: reset.id, waitsFor: communities, told: communities.length === 0 ? await tell(call, reset) : null };
  },
});

export const confirmReset = command({
  name: "confirmReset",
  title: "同意为本小区掌管钥匙的人重置密码",
  may: "member.confirm",
  turnsKey: true,
  input: z.object({ id, code: keyCode }),
  output: nothing,
  run: async (call, { id: wanted }) => {
    const reset = await resetOf(call.tx, wanted);
    const { community, actor, now } = call;
    assertMayConsent(reset, actor, { community, now: now.toISOString() });
    await store.giveConsent(call.tx, { reset: reset.id, community }, { account: actor.id, now });
    await note(call, "reset agreed", { account: reset.account });
    return {};
  },
});

export const declineReset = command({
  name: "declineReset",
  title: "不同意重置密码",
  may: "member.confirm",
  input: z.object({ id }),
  output: nothing,
  run: async (call, { id: wanted }) => {
    const reset = await resetOf(call.tx, wanted);
    const { community, actor, now } = call;
    assertMayConsent(reset, actor, { community, now: now.toISOString() });
    await store.revokeReset(call.tx, reset.id, now);
    await noteEverywhere(call, reset, "reset declined");
    return {};
  },
});

export const tellReset = command({
  name: "tellReset",
  title: "取重置密码的一次性码",
  may: "operator",
  isSecret: true,
  input: z.object({ id }),
  output: told,
  run: async (call, { id: wanted }) => {
    const reset = await resetOf(call.tx, wanted);
    const state = resetState(reset, call.now.toISOString());
    if (state === "waiting" || state === "over") {
      const message = state === "waiting" ? "还要等掌管钥匙的人同意。" : "这项重置已经用过、取消了，或过期了。";
      throw refuse("RESET_NOT_AGREED", message, "请看它现在的状态，需要时重新发起。", 409);
    }
    assertMayTell(reset, call.actor);
    return tell(call, reset);
  },
});

export const revokeReset = command({
  name: "revokeReset",
  title: "取消重置",
  may: "operator",
  input: z.object({ id }),
  output: nothing,
  run: async (call, { id: wanted }) => {
    const reset = await resetOf(call.tx, wanted);
    if (!(await store.revokeReset(call.tx, reset.id, call.now))) {
      throw refuse("RESET_OVER", "这项重置已经用过或取消了。", "请刷新页面。", 409);
    }
    await noteEverywhere(call, reset, "reset revoked");
    return {};
  },
});

const resetShown = z.object({
  id: z.string(),
  account: z.string(),
  display: z.string(),
  state: z.enum(["waiting", "agreed", "told"]),
  since: instant,
  waitsFor: z.array(z.string()).meta({ description: "还没有人同意的小区" }),
});

export const listResets = query({
  name: "listResets",
  title: "进行中的密码重置",
  may: "operator",
  input: nothing,
  output: z.object({ items: z.array(resetShown) }),
  run: async ({ db, now }) => {
    const resets = await store.openResets(db, now);
    const names = await access.displayNames(db, [...new Set(resets.map(({ account }) => account))]);
    const items = resets.map((reset) => ({
      id: reset.id,
      account: reset.account,
      display: names.get(reset.account) ?? "",
      state: resetState(reset, now.toISOString()) as "waiting" | "agreed" | "told",
      since: reset.createdAt,
      waitsFor: reset.consents.filter((each) => each.confirmedBy === null).map(({ community }) => community),
    }));
    return { items };
  },
});

/** A reset that somebody of a community has to agree to. */
export interface ResetWaiting {
  readonly id: string;
  readonly display: string;
  readonly since: string;
  readonly mayConsent: boolean;
}

/** What waits for a community, for its members page. */
export async function resetsWaitingIn(
  db: Db,
  { community, actor, now }: { readonly community: string; readonly actor: Actor; readonly now: Date },
): Promise<ResetWaiting[]> {
  const waiting = (await store.openResets(db, now)).filter((reset) =>
    reset.consents.some((each) => each.community === community && each.confirmedBy === null),
  );
  const names = await access.displayNames(
    db,
    waiting.map(({ account }) => account),
  );
  return waiting.map((reset) => ({
    id: reset.id,
    display: names.get(reset.account) ?? "",
    since: reset.createdAt,
    mayConsent: mayConsent(reset, actor, community),
  }));
}

/** The reset behind a typed code, or a refusal that does not tell wrong from used. */
async function resetFor(db: Db, typed: string, now: Date): Promise<Reset> {
  const reset = await store.resetByHash(db, access.hashCode(typed));
  if (reset === null || resetState(reset, now.toISOString()) !== "told") {
    throw refuse(
      "CODE_UNKNOWN",
      "这个码不对、已经用过或已过期。",
      "请核对 12 位字母和数字再填一次；不行就请系统管理员再给一个。",
    );
  }
  return reset;
}

export const startOver = command({
  name: "startOver",
  title: "用一次性码设新密码",
  may: "anyone",
  isSecret: true,
  input: z.object({ reset: words(40), password: secret("请填写新密码") }),
  output: z.object({ session: z.string() }),
  prepare: async (call, { reset: typed, password }) => {
    await access.throttleCodes(call);
    const reset = await resetFor(call.db, typed, call.now);
    const account = await access.accountById(call.db, reset.account);
    return { reset, password: await access.keptPassword(password, account?.name ?? "") };
  },
  run: async (call, _input, { reset, password }) => {
    await access.holdAccount(call.tx, reset.account);
    assertAgreed(reset, await access.membershipsOf(call.tx, reset.account));
    if (!(await store.useReset(call.tx, reset.id, call.now))) {
      throw refuse("CODE_USED", "这个码刚刚被用过。", "如果不是您本人，请立即告诉系统管理员。", 409);
    }
    await access.startOver(call, reset.account, password);
    await noteEverywhere({ ...call, actor: { ...call.actor, id: reset.account } }, reset, "reset done");
    return { session: await access.openSession(call, { account: reset.account }) };
  },
});
