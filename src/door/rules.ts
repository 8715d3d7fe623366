// Who may do what: roles, the one permission table, the sides that hold keys. Pure.

/** What somebody can be in a community. `operator` runs the installation and is no part of any community. */
export type Role = "owner" | "committee" | "trustee" | "supervisor" | "auditor";
export const ROLES: readonly Role[] = ["owner", "committee", "trustee", "supervisor", "auditor"];

const ROLE_NAMES: Readonly<Record<Role | "operator", string>> = {
  owner: "业主",
  committee: "业委会",
  trustee: "物业",
  supervisor: "监察人",
  auditor: "审计",
  operator: "系统管理员",
};

export function roleName(role: Role | "operator"): string {
  return ROLE_NAMES[role];
}

/**
 * The permission table: what each role may do in its own community. Whatever moves money needs, beyond this, keys
 * from both sides (the room spending).
 */
export const PERMISSIONS = {
  "desk.view": ["committee", "trustee", "supervisor", "auditor"],
  "account.own": ["owner"],

  "member.view": ["committee", "trustee", "supervisor", "operator"],
  "member.propose": ["committee", "trustee", "operator"],
  "member.confirm": ["committee", "trustee", "operator"],
  "member.end": ["committee", "operator"],
  "owner.invite": ["committee", "trustee"],
  "auditor.invite": ["committee"],
  "event.view": ["committee", "supervisor", "auditor", "operator"],
  "token.manage": ["committee", "trustee", "supervisor"],

  "supplier.view": ["committee", "trustee", "supervisor", "auditor"],
  "supplier.edit": ["committee", "trustee"],
  "supplier.clear": ["committee"],
  "spend.view": ["committee", "trustee", "supervisor", "auditor"],
  "spend.request": ["committee", "trustee"],
  "spend.release": ["committee", "trustee"],
  "spend.ratify": ["committee"],
  "voucher.view": ["committee", "trustee", "supervisor", "auditor"],
  "voucher.upload": ["committee", "trustee"],
  "voucher.redact": ["committee", "trustee"],
  "voucher.original": ["committee", "trustee", "supervisor", "auditor"],

  "fees.view": ["committee", "trustee", "supervisor", "auditor"],
  "fees.bill": ["trustee"],
  "fees.receive": ["trustee"],
  "fees.remind": ["committee", "trustee"],
  "fees.rule": ["committee"],
  "contract.view": ["committee", "trustee", "supervisor", "auditor", "owner"],
  "contract.edit": ["committee", "trustee"],

  "bank.view": ["committee", "trustee", "supervisor", "auditor"],
  "bank.import": ["committee", "trustee"],
  "bank.match": ["committee", "trustee"],
  "bank.reconcile": ["committee", "trustee"],

  "period.view": ["committee", "trustee", "supervisor", "auditor"],
  "period.close": ["trustee"],
  "period.publish": ["committee", "trustee"],
} as const satisfies Readonly<Record<string, readonly (Role | "operator")[]>>;

export type Permission = keyof typeof PERMISSIONS;

/** What needs no role in a community: nobody signed in, anybody signed in, the operator of the installation. */
export type Open = "anyone" | "signed-in" | "operator";

export interface Membership {
  readonly community: string;
  readonly role: Role;
  /** For owners: which owner of the register. */
  readonly owner: string;
}

/** Who asks. */
export interface Actor {
  /** The account's id; of an auditor's link, `link:` and the invitation's id. */
  readonly id: string;
  readonly name: string;
  readonly operator: boolean;
  readonly memberships: readonly Membership[];
  /** A token may do only these, in its community alone; null: everything the roles allow. */
  readonly scopes: readonly string[] | null;
  /** Whether the account has a TOTP device: only then it can hold a key. */
  readonly hasKey: boolean;
}

export function rolesIn(actor: Actor, community: string): Role[] {
  return actor.memberships.filter((each) => each.community === community).map((each) => each.role);
}

/** The owners of the register that somebody stands for in a community. */
export function ownersOf(actor: Actor, community: string): string[] {
  return actor.memberships
    .filter((each) => each.community === community && each.role === "owner")
    .map((each) => each.owner);
}

export type Verdict = "allowed" | "sign-in" | "forbidden" | "unknown";

/** Whether somebody may. Who has nothing to do with a community is told that it does not exist. */
export function verdict(actor: Actor | null, may: Permission | Open, community: string): Verdict {
  if (may === "anyone") {
    return "allowed";
  }
  if (actor === null) {
    return "sign-in";
  }
  if (may === "signed-in" || may === "operator") {
    return (may === "signed-in" || actor.operator) && actor.scopes === null ? "allowed" : "forbidden";
  }
  const allowed: readonly (Role | "operator")[] = PERMISSIONS[may];
  const asOperator = actor.operator && actor.scopes === null && allowed.includes("operator");
  const roles = rolesIn(actor, community);
  if (roles.length === 0) {
    return asOperator ? "allowed" : "unknown";
  }
  const isWithinScope = actor.scopes?.includes(may) ?? true;
  return (asOperator || roles.some((role) => allowed.includes(role))) && isWithinScope ? "allowed" : "forbidden";
}

// ---- Sides ----------------------------------------------------------------------------------------------------

/** The sides that hold keys: the company, and the owners' committee. */
export type Side = "trustee" | "committee";

/** The side somebody holds a key of. Nobody is on both: admission refuses that. */
export function sideOf(actor: Actor, community: string): Side | null {
  const roles = rolesIn(actor, community);
  return (["trustee", "committee"] as const).find((side) => roles.includes(side)) ?? null;
}
