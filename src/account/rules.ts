// What an account shows of itself, and how long its tokens last. Pure.
import { permissionName, type Permission } from "../door/rules.ts";

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
