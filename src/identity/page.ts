// Owners' accounts at the desk, and what their owners are told, in words.
import { spokenDayOf } from "../base/month.ts";
import { unitsInBrief } from "../people/rules.ts";
import { hindranceWords, type Hindrance, type OtherAccount } from "./rules.ts";

interface AccountFacts {
  readonly id: string;
  readonly units: readonly string[];
  readonly owner: string;
  readonly display: string;
  readonly since: string;
  readonly printedBy: string;
  readonly wasReset: boolean;
  readonly accounts: number;
  readonly checkedBy: string;
  readonly checkedAt: string | null;
  readonly hindrance: Hindrance | null;
}

export interface AccountRow {
  readonly id: string;
  readonly title: string;
  readonly line: string;
  /** What to look at twice: "" when nothing. */
  readonly attention: string;
  readonly state: string;
  readonly isTickable: boolean;
  readonly isTicked: boolean;
}

export function accountRows(accounts: readonly AccountFacts[], ticked: ReadonlySet<unknown>): AccountRow[] {
  return accounts.map((each) => {
    const isTickable = each.checkedAt === null && each.hindrance === null;
    return {
      id: each.id,
      title: `${unitsInBrief(each.units) || "没有登记的房屋"}　${each.owner}`,
      line: `账号「${each.display}」，${spokenDayOf(each.since)}加入${printed(each)}`,
      attention: attentionOf(each),
      state: stateOf(each),
      isTickable,
      isTicked: isTickable && ticked.has(each.id),
    };
  });
}

function printed({ printedBy }: AccountFacts): string {
  return printedBy === "" ? "" : `，邀请信由 ${printedBy} 印`;
}

function attentionOf({ accounts, wasReset }: AccountFacts): string {
  return [
    ...(accounts > 1 ? [`这位业主有 ${accounts} 个账号，请问清是谁在用`] : []),
    ...(wasReset ? ["加入以后重置过密码"] : []),
  ].join("；");
}

function stateOf({ checkedAt, checkedBy, hindrance }: AccountFacts): string {
  if (checkedAt !== null) {
    return `✓ ${spokenDayOf(checkedAt)}由 ${checkedBy} 核对`;
  }
  return hindrance === null ? "" : `不能由您核对：${hindranceWords(hindrance)}`;
}

/** Something about the account that its owner should read before all else. */
export interface Alert {
  readonly title: string;
  readonly words: string;
}

export function uncheckedAlert(): Alert {
  return {
    title: "账号还没有核对本人",
    words: "核对后才能网上投票：请带身份证到业委会核对，或交纸质票。",
  };
}

export function otherAlerts(others: readonly OtherAccount[]): Alert[] {
  return others.map(({ since, isNewer }) => ({
    title: isNewer
      ? `您家又开通了一个账号（${spokenDayOf(since)}）。`
      : `您家还有一个账号（${spokenDayOf(since)}开通）。`,
    words: "不是家里人开的，请马上告诉业委会。",
  }));
}
