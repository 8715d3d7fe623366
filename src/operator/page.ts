// Accounts in words.
import { spokenMoment } from "../base/month.ts";
import { roleName, type Role } from "../door/rules.ts";

interface AccountFacts {
  readonly id: string;
  readonly name: string;
  readonly display: string;
  readonly isOperator: boolean;
  readonly hasKey: boolean;
  readonly disabledAt: string | null;
  readonly memberships: readonly { readonly community: string; readonly role: Role }[];
  readonly isMe: boolean;
}

export interface AccountRow {
  readonly id: string;
  readonly name: string;
  readonly display: string;
  readonly line: string;
  readonly disabled: string;
  readonly isMe: boolean;
}

export function accountRows(accounts: readonly AccountFacts[], names: ReadonlyMap<string, string>): AccountRow[] {
  return accounts.map(({ id, name, display, isOperator, hasKey, disabledAt, memberships, isMe }) => {
    const places = memberships.map(({ community, role }) => `${names.get(community) ?? community} ${roleName(role)}`);
    const parts = [
      ...(isOperator ? [roleName("operator")] : []),
      ...new Set(places),
      ...(hasKey ? ["有动态口令"] : []),
    ];
    return {
      id,
      name,
      display,
      isMe,
      line: parts.length === 0 ? "没有任何身份" : parts.join("；"),
      disabled: disabledAt === null ? "" : `${spokenMoment(disabledAt)}停用`,
    };
  });
}

interface ResetFacts {
  readonly id: string;
  readonly display: string;
  readonly state: "waiting" | "agreed" | "told";
  readonly since: string;
  readonly waitsFor: readonly string[];
}

export interface ResetRow {
  readonly id: string;
  readonly display: string;
  readonly state: string;
  readonly mayTell: boolean;
  readonly tell: string;
}

export function resetRows(resets: readonly ResetFacts[], names: ReadonlyMap<string, string>): ResetRow[] {
  return resets.map(({ id, display, state, since, waitsFor }) => {
    const places = waitsFor.map((code) => names.get(code) ?? code).join("、");
    const words = {
      waiting: `等${places}另一位掌管钥匙的人同意`,
      agreed: "已同意，还没有取码",
      told: "码已取，还没有用",
    };
    return {
      id,
      display,
      state: `${spokenMoment(since)}发起；${words[state]}`,
      mayTell: state !== "waiting",
      tell: state === "told" ? "换一个新码" : "取码",
    };
  });
}
