// A forgotten password: who must agree before somebody gets a new one. Pure.
import { refuse } from "../base/refusal.ts";
import { sideOf, type Actor, type Membership } from "../door/rules.ts";

export interface Reset {
  readonly id: string;
  readonly account: string;
  /** null until it was told: what is not told cannot be used. */
  readonly codeHash: string | null;
  readonly proposedBy: string;
  readonly createdAt: string;
  readonly expiresAt: string;
  readonly usedAt: string | null;
  readonly revokedAt: string | null;
  /** One for each community where the account holds a key. */
  readonly consents: readonly Consent[];
}

export interface Consent {
  readonly community: string;
  /** null while somebody there must agree. */
  readonly confirmedBy: string | null;
}

/** How long a reset waits for those who must agree, and how long its code may then be used. */
export const CONSENT_DAYS = 30;
export const RESET_DAYS = 7;

export type ResetState = "waiting" | "agreed" | "told" | "over";

export function resetState(reset: Reset, now: string): ResetState {
  if (reset.usedAt !== null || reset.revokedAt !== null || reset.expiresAt <= now) {
    return "over";
  }
  if (reset.consents.some(({ confirmedBy }) => confirmedBy === null)) {
    return "waiting";
  }
  return reset.codeHash === null ? "agreed" : "told";
}

/** Where the account holds a key: whoever gets its password gets the key, so somebody there must agree. */
export function keyCommunities(memberships: readonly Membership[]): string[] {
  const keys = memberships.filter(({ role }) => role === "trustee" || role === "committee");
  return [...new Set(keys.map(({ community }) => community))];
}

/**
 * Throws for an operator who holds a key where the account holds one: with a colleague's consent one side would get the
 * other's key.
 */
export function assertMayAsk(actor: Actor, account: string, communities: readonly string[]): void {
  if (actor.id !== account && communities.some((community) => sideOf(actor, community) !== null)) {
    throw refuse(
      "RESET_NOT_YOURS",
      "您自己在这个小区掌管钥匙，不能为这里的另一把钥匙发起重置。",
      "请由不掌管钥匙的系统管理员发起；只有您一位时，在服务器上运行 xinyi operator 再请一位。",
      403,
    );
  }
}

/** Whether somebody may agree in that community: a holder of a key there, neither who asked nor whom it is for. */
export function mayConsent(reset: Reset, actor: Actor, community: string): boolean {
  return sideOf(actor, community) !== null && actor.id !== reset.account && actor.id !== reset.proposedBy;
}

export function assertMayConsent(reset: Reset, actor: Actor, at: { community: string; now: string }): void {
  const consent = reset.consents.find(({ community }) => community === at.community);
  if (consent === undefined || consent.confirmedBy !== null || resetState(reset, at.now) !== "waiting") {
    throw refuse("NOT_WAITING", "这项重置已经处理过、取消了，或过期了。", "请回到成员页看它现在的状态。", 409);
  }
  if (!mayConsent(reset, actor, at.community)) {
    throw refuse(
      "CONSENT_NOT_YOURS",
      "重置要由本小区另一位掌管钥匙的人确认：不是本人，也不是提出重置的人。",
      "请由另一位物业或业委会的人来确认。",
      403,
    );
  }
}

/** Throws for whoever agreed: with the code, one person would have asked for a key and taken it. */
export function assertMayTell(reset: Reset, actor: Actor): void {
  if (actor.id === reset.account || reset.consents.some(({ confirmedBy }) => confirmedBy === actor.id)) {
    throw refuse(
      "CODE_NOT_YOURS",
      "同意重置的人不能自己取码：那样一个人就能得到别人的钥匙。",
      "请另一位系统管理员取码，再交给本人。",
      403,
    );
  }
}

/** Throws when the account has come to hold a key where nobody agreed to the reset. */
export function assertAgreed(reset: Reset, memberships: readonly Membership[]): void {
  const agreed = new Set(reset.consents.filter((each) => each.confirmedBy !== null).map((each) => each.community));
  if (keyCommunities(memberships).some((community) => !agreed.has(community))) {
    throw refuse(
      "CONSENT_MISSING",
      "这个账号后来又掌管了一把钥匙，那里还没有人同意重置。",
      "请系统管理员重新发起重置，由那个小区的人确认。",
      409,
    );
  }
}
