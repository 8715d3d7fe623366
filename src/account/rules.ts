// What an account shows of itself, and how long its tokens last. Pure.
import { permissionName, type Membership, type Permission } from "../door/rules.ts";

/** A token that nobody thinks of any more must run out by itself. */
export const TOKEN_DAYS_MAX = 365;

export interface ScopeChoice {
  readonly value: string;
  readonly label: string;
  readonly isChosen: boolean;
}

/** Permissions as boxes of a form: those that only look come chosen, unless something was typed already. */
export function scopeChoices(grantable: readonly Permission[], typed: readonly string[] | null): ScopeChoice[] {
  return grantable.map((value) => ({
    value,
    label: permissionName(value),
    isChosen: typed === null ? value.endsWith(".view") || value === "account.own" : typed.includes(value),
  }));
}

/** The page on which somebody chooses among communities. */
export const CHOICE = "/desk";

/** Where somebody goes on after signing in: straight to the one thing there is, else to the choice of communities. */
export function homeOf(memberships: readonly Membership[], isOperator: boolean): string {
  const homes = memberships.map(({ community, role }) => `/${role === "owner" ? "my" : "desk"}/${community}`);
  const [only, ...others] = new Set(homes);
  return only === undefined || others.length > 0 || isOperator ? CHOICE : only;
}
