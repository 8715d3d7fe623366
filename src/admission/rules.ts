// Who comes in, and by whose leave: invitations, the two sides that admit a key, what ends a membership. Pure.
import { Refusal, refuse } from "../base/refusal.ts";
import { SIDES, sideOf, type Actor, type Membership, type Role, type Side } from "../door/rules.ts";

/** Who can have a say in admitting a key: the two sides, and whoever runs the installation. */
export type Say = Side | "operator";

export interface Invitation {
  readonly community: string;
  readonly id: string;
  /** null until it was told: what is not told cannot be used. */
  readonly codeHash: string | null;
  readonly role: Role | "operator";
  /** For owners: which owner of the register, and the unit that the letter goes to. */
  readonly owner: string;
  readonly unit: string;
  /** Whom it is for, in words. */
  readonly label: string;
  readonly proposedBy: string;
  readonly proposedSide: string;
  /** Who agreed; "" when nobody needed to; null while somebody must. */
  readonly confirmedBy: string | null;
  readonly createdAt: string;
  readonly expiresAt: string;
  readonly usedBy: string | null;
  readonly usedAt: string | null;
  readonly revokedAt: string | null;
}

/** How long the code of somebody who shall hold a key, supervise or run the installation may be used. */
export const CODE_DAYS = 7;
/** How long a proposal waits for the other side. */
export const PROPOSAL_DAYS = 30;

/** waiting for another side; agreed, but its code not told yet; told; used; taken back; too old. */
export type State = "waiting" | "agreed" | "told" | "used" | "revoked" | "expired";

export function stateOf(invitation: Invitation, now: string): State {
  if (invitation.usedAt !== null) {
    return "used";
  }
  if (invitation.revokedAt !== null) {
    return "revoked";
  }
  if (invitation.expiresAt <= now) {
    return "expired";
  }
  if (invitation.confirmedBy === null) {
    return "waiting";
  }
  return invitation.codeHash === null ? "agreed" : "told";
}

/** Roles that bring a key. */
export function isSide(role: string): role is Side {
  return (SIDES as readonly string[]).includes(role);
}

// ---- Proposing --------------------------------------------------------------------------------------------------

/** Whom each may propose. Their own people: the code is told to who proposed, so that no side gets at the other's key. */
const PROPOSES: Readonly<Record<Say, readonly Role[]>> = {
  trustee: ["trustee"],
  committee: ["committee", "supervisor"],
  operator: SIDES,
};

/** Whom somebody may propose at all. */
export const PROPOSED = [...SIDES, "supervisor"] as const;
export type ProposedRole = (typeof PROPOSED)[number];

/** For whom somebody speaks in a community. Who holds a key speaks for its side, though running the installation too. */
export function sayOf(actor: Actor, community: string): Say | null {
  return sideOf(actor, community) ?? (actor.operator ? "operator" : null);
}

export interface ProposalFacts {
  readonly actor: Actor;
  readonly community: string;
  readonly role: ProposedRole;
  /** Whether that side has, or ever had, a member. */
  readonly hadMember: boolean;
}

/** For whom it is proposed, and whether another side must agree. */
export interface Proposal {
  readonly side: Say;
  /** The first member of a side. */
  readonly isFirst: boolean;
  readonly needsConsent: boolean;
}

/**
 * Whoever holds a key, or supervises, comes in only when somebody of another side agrees. Only the first member of a side
 * comes by the operator alone, since there is nobody yet to agree. Supervisors hold no key, yet their word is the second one
 * beside the committee's (paper ballots, owners' accounts, what is voided): whom one member could let in alone would be that
 * member's own second word.
 */
export function proposalOf({ actor, community, role, hadMember }: ProposalFacts): Proposal {
  if (isSide(role) && actor.operator && !hadMember) {
    return { side: "operator", isFirst: true, needsConsent: false };
  }
  const side = sayOf(actor, community);
  if (side === null || !PROPOSES[side].includes(role)) {
    throw new Refusal(
      {
        code: "PROPOSAL_NOT_YOURS",
        column: "role",
        message: "这个身份不能由您这一方提议。",
        remedy: "物业的人由物业提议，业委会的人和监察人由业委会提议；系统管理员可以提议前两种。",
      },
      403,
    );
  }
  return { side, isFirst: false, needsConsent: true };
}

/** Which roles somebody may propose, given which sides have had members. */
export function proposable(actor: Actor, community: string, had: (role: Role) => boolean): ProposedRole[] {
  const side = sayOf(actor, community);
  return PROPOSED.filter(
    (role) => (side !== null && PROPOSES[side].includes(role)) || (isSide(role) && actor.operator && !had(role)),
  );
}

/** Whether somebody may agree to it: of another side than who proposed, and another person. */
export function mayConfirm(invitation: Invitation, actor: Actor, community: string): boolean {
  const side = sayOf(actor, community);
  return side !== null && side !== invitation.proposedSide && actor.id !== invitation.proposedBy;
}

export function assertMayConfirm(invitation: Invitation, actor: Actor, { now }: { readonly now: string }): void {
  if (stateOf(invitation, now) !== "waiting") {
    throw refuse("NOT_WAITING", "这项提议已经处理过、撤回了，或过期了。", "请回到成员页看它现在的状态。", 409);
  }
  if (!mayConfirm(invitation, actor, invitation.community)) {
    throw refuse(
      "SAME_SIDE",
      "提议和确认必须来自不同的一方，也不能是同一个人。",
      "请由另一方（物业、业委会或系统管理员）的人来确认。",
      403,
    );
  }
}

/**
 * Whether somebody may be told its code: who proposed, and others of that side. Who runs the installation and holds a key
 * speaks for its side here too: else the same person could agree to the other side's key and take its code.
 */
export function mayTell(invitation: Invitation, actor: Actor): boolean {
  const { proposedSide, community, confirmedBy } = invitation;
  return sayOf(actor, community) === proposedSide && actor.id !== confirmedBy;
}

// ---- Taking up --------------------------------------------------------------------------------------------------

/** What taking an invitation up depends on. */
export interface EntryFacts {
  /** What the account is already, everywhere. */
  readonly held: readonly Membership[];
  /** Whether the side that it invites to has, or ever had, a member. */
  readonly hadMember: boolean;
  /** Whether the owner of the register still holds the unit. */
  readonly holdsUnit: boolean;
}

/** Throws unless the account may become what the invitation says. */
export function assertMayEnter({ community, role, owner, confirmedBy }: Invitation, facts: EntryFacts): void {
  const here = facts.held.filter((each) => each.community === community);
  if (here.some((each) => each.role === role && each.owner === owner)) {
    throw refuse("MEMBER_ALREADY", "这个账号已经有这个身份了。", "不用再填一次；邀请码还没有用掉。", 409);
  }
  if (isSide(role) && here.some((each) => isSide(each.role))) {
    throw refuse(
      "BOTH_KEYS",
      "同一个账号不能既是物业又是业委会：那样一个人就有了两把钥匙。",
      "请用另一个人的账号接受邀请。",
      409,
    );
  }
  if (isSide(role) && confirmedBy === "" && facts.hadMember) {
    throw refuse(
      "NOT_FIRST",
      "这个码只给这一方的第一位成员用，而第一位已经加入了。",
      "请由一方提议、另一方确认，再取新的邀请码。",
      409,
    );
  }
  if (role === "supervisor" && confirmedBy === "") {
    throw refuse(
      "NOT_CONFIRMED",
      "这个码是一位委员单独给的；监察人现在也要另一方确认才能加入。",
      "请业委会重新提议，由另一方确认，再取新的邀请码。",
      409,
    );
  }
  if (role === "owner" && !facts.holdsUnit) {
    throw refuse("UNIT_SOLD", "这封信发出后，房子已经换了业主。", "请物业按现在的业主重印一封邀请信。", 409);
  }
}

// ---- Ending -----------------------------------------------------------------------------------------------------

interface MemberFacts {
  readonly id: string;
  readonly role: Role;
  readonly isDisabled: boolean;
}

/** Whose membership each side may end: the trustee its own people and owners, the committee and the operator all. */
export function mayEnd(actor: Actor, community: string, role: Role): boolean {
  return actor.operator || sideOf(actor, community) !== "trustee" || role === "trustee" || role === "owner";
}

/** Throws unless that member may go: a side without anybody could never agree to anybody again. */
export function assertMayEnd(member: MemberFacts, members: readonly MemberFacts[], may: boolean): void {
  if (!may) {
    throw refuse("END_NOT_YOURS", "物业只能结束自己一方和业主的身份。", "请由业委会或系统管理员来做。", 403);
  }
  const others = members.filter((each) => each.role === member.role && each.id !== member.id && !each.isDisabled);
  if (isSide(member.role) && others.length === 0) {
    throw refuse(
      "LAST_KEY",
      "这是这一方最后一位掌管钥匙的人：没有了这一方，谁也不能再放行付款，也不能再确认新的人。",
      "请先提议接任的人并等他加入。账号被盗等紧急情况，请系统管理员停用账号。",
      409,
    );
  }
}
