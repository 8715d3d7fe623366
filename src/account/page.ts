// One's own account in words.
import { spokenMoment } from "../base/month.ts";
import { isPermission, permissionName, roleName, type Membership, type Permission, type Role } from "../door/rules.ts";
import { presetsFor } from "./rules.ts";

interface SessionFacts {
  readonly id: string;
  readonly device: string;
  readonly since: string;
  readonly seen: string;
  readonly isThis: boolean;
}

export interface SessionRow {
  readonly id: string;
  readonly device: string;
  readonly since: string;
  readonly seen: string;
  readonly isThis: boolean;
}

export function sessionRows(sessions: readonly SessionFacts[]): SessionRow[] {
  return sessions.map(({ id, device, since, seen, isThis }) => ({
    id,
    device,
    since: spokenMoment(since),
    seen: spokenMoment(seen),
    isThis,
  }));
}

export interface CommunityChoice {
  readonly name: string;
  readonly role: string;
  readonly href: string;
}

/** Where somebody belongs, each community once for the desk and once for what is one's own. */
export function communityChoices(
  memberships: readonly Membership[],
  names: ReadonlyMap<string, string>,
): CommunityChoice[] {
  const codes = [...new Set(memberships.map(({ community }) => community))];
  return codes.flatMap((code) => {
    const roles = memberships.filter((each) => each.community === code).map(({ role }) => role);
    const name = names.get(code) ?? code;
    const atDesk = [...new Set(roles.filter((role) => role !== "owner"))];
    return [
      ...(atDesk.length > 0 ? [{ name, role: rolesInWords(atDesk), href: `/desk/${code}` }] : []),
      ...(roles.includes("owner") ? [{ name, role: "业主：我家的账", href: `/my/${code}` }] : []),
    ];
  });
}

function rolesInWords(roles: readonly Role[]): string {
  return roles.map(roleName).join("、");
}

interface TokenFacts {
  readonly id: string;
  readonly label: string;
  readonly tail: string;
  readonly scopes: readonly string[];
  readonly expiresAt: string;
  readonly isUsable: boolean;
}

export interface TokenRow {
  readonly id: string;
  readonly label: string;
  readonly tail: string;
  readonly scopes: string;
  readonly expires: string;
}

/** Those that still work: what has run out needs nobody's attention. */
export function tokenRows(tokens: readonly TokenFacts[]): TokenRow[] {
  return tokens
    .filter(({ isUsable }) => isUsable)
    .map(({ id, label, tail, scopes, expiresAt }) => ({
      id,
      label,
      tail,
      scopes: scopes.map((scope) => (isPermission(scope) ? permissionName(scope) : scope)).join("、"),
      expires: spokenMoment(expiresAt),
    }));
}

export interface PresetLink {
  readonly href: string;
  readonly label: string;
  readonly isCurrent: boolean;
}

/** The purposes to choose from; none when there is but one. */
export function presetLinks(grantable: readonly Permission[], current: string): PresetLink[] {
  const presets = presetsFor(grantable);
  return presets.length === 1
    ? []
    : presets.map(({ name, label }) => ({ href: `?for=${name}#new`, label, isCurrent: name === current }));
}
