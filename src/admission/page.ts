// Members and proposals in words.
import { spokenDayOf } from "../base/month.ts";
import { roleName, type Role } from "../door/rules.ts";
import { isSide } from "./rules.ts";

interface MemberFacts {
  readonly id: string;
  readonly role: Role;
  readonly display: string;
  readonly since: string;
  readonly admittedBy: string;
  readonly hasKey: boolean;
  readonly isDisabled: boolean;
  readonly mayEnd: boolean;
}

export interface MemberRow {
  readonly id: string;
  readonly display: string;
  readonly line: string;
  /** What keeps this person from turning a key: "" when nothing does. */
  readonly lack: string;
  readonly mayEnd: boolean;
}

export interface SideBlock {
  readonly role: Role;
  readonly name: string;
  readonly what: string;
  readonly members: readonly MemberRow[];
  readonly none: string;
}

const SIDES: readonly (readonly [role: Role, what: string, none: string])[] = [
  ["trustee", "管日常：收费、记账、提出和放行付款。", "还没有。系统管理员先请第一位，以后要另一方确认。"],
  ["committee", "代表业主：放行付款、定规则、请审计。", "还没有。系统管理员先请第一位，以后要另一方确认。"],
  [
    "supervisor",
    "看得到一切，不能动钱；录选票、核对业主账号时是业委会以外的第二个人。由业委会提议，另一方确认。",
    "还没有。",
  ],
];

export function sideBlocks(members: readonly MemberFacts[]): SideBlock[] {
  return SIDES.map(([role, what, none]) => ({
    role,
    name: roleName(role),
    what,
    none,
    members: members.filter((each) => each.role === role).map(memberRow),
  }));
}

function memberRow({ id, role, display, since, admittedBy, hasKey, isDisabled, mayEnd }: MemberFacts): MemberRow {
  const admitted = admittedBy === "" ? "" : `，由${admittedBy}同意`;
  const lack = role === "supervisor" || hasKey ? "" : "还没有绑定动态口令，不能放行";
  return {
    id,
    display,
    mayEnd,
    line: `${spokenDayOf(since)}加入${admitted}`,
    lack: isDisabled ? "账号已停用" : lack,
  };
}

interface InvitationFacts {
  readonly id: string;
  readonly role: Role;
  readonly label: string;
  readonly state: "waiting" | "agreed" | "told";
  readonly side: string;
  readonly proposedBy: string;
  readonly confirmedBy: string;
  readonly expiresAt: string;
  readonly mayConfirm: boolean;
  readonly mayTell: boolean;
}

export interface InvitationRow {
  readonly id: string;
  readonly label: string;
  readonly role: string;
  readonly proposed: string;
  readonly state: string;
  /** It brings a key. */
  readonly isKey: boolean;
  readonly mayConfirm: boolean;
  readonly mayTell: boolean;
  readonly tell: string;
  readonly revoke: string;
}

export function invitationRows(invitations: readonly InvitationFacts[]): InvitationRow[] {
  return invitations.map((each) => ({
    id: each.id,
    label: each.label,
    role: roleName(each.role),
    proposed: `${roleName(each.side as Role | "operator")} ${each.proposedBy} 提议`,
    state: stateWords(each),
    isKey: isSide(each.role),
    mayConfirm: each.mayConfirm,
    mayTell: each.mayTell,
    tell: each.state === "told" ? "换一个新码" : "取邀请码",
    revoke: each.mayConfirm ? "不同意" : "撤回",
  }));
}

function stateWords({ state, confirmedBy, expiresAt }: InvitationFacts): string {
  const until = spokenDayOf(expiresAt);
  const agreed = confirmedBy === "" ? "" : `${confirmedBy} 已确认；`;
  switch (state) {
    case "waiting":
      return `等另一方确认，${until}前有效`;
    case "agreed":
      return `${agreed}邀请码还没有取，${until}前有效`;
    case "told":
      return `${agreed}邀请码已取，${until}前有效`;
  }
}
