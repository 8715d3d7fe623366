// What an account shows of itself, and how long its tokens last. Pure.
import { permissionName, type Actor, type Membership, type Permission } from "../door/rules.ts";

/** A token that nobody thinks of any more must run out by itself. */
export const TOKEN_DAYS_MAX = 365;

export interface ScopeChoice {
  readonly value: string;
  readonly label: string;
  readonly isChosen: boolean;
}

export interface ScopeArea {
  readonly area: string;
  readonly scopes: readonly ScopeChoice[];
}

/** Permissions as somebody looks for them: the first words of their names, area by area. */
const AREAS: readonly (readonly [area: string, nouns: readonly string[]])[] = [
  ["看账、结账与公布", ["desk", "account", "period"]],
  ["付款与凭证", ["spend", "supplier", "voucher"]],
  ["物业费与公共收益", ["fees", "contract"]],
  ["银行", ["bank"]],
  ["预算与业委会决定", ["plan", "budget", "council"]],
  ["业主大会与决议", ["assembly", "ballot", "resolution"]],
  ["成员与记录", ["member", "owner", "auditor", "event"]],
];

const nounOf = (permission: string): string => permission.split(".")[0] ?? "";

interface Preset {
  readonly name: string;
  readonly label: string;
  readonly scopes: readonly Permission[];
}

/** What a token is made for: permissions that come chosen. Looking comes first and is open to everybody. */
export function presetsFor(grantable: readonly Permission[]): readonly Preset[] {
  const looks = grantable.filter((each) => each.endsWith(".view") || each === "account.own");
  const presets: readonly Preset[] = [
    { name: "look", label: "只看，不改", scopes: looks },
    { name: "fees", label: "收费系统", scopes: ["fees.view", "fees.bill", "fees.receive"] },
    { name: "bank", label: "导入银行流水", scopes: ["bank.view", "bank.import", "bank.match"] },
    { name: "spend", label: "提交付款申请", scopes: ["spend.view", "spend.request", "voucher.view", "voucher.upload"] },
  ];
  return presets.filter(({ scopes }) => scopes.every((each) => grantable.includes(each)));
}

/** Permissions as boxes of a form, area by area. */
export function scopeAreas(grantable: readonly Permission[], chosen: readonly string[]): ScopeArea[] {
  return AREAS.map(([area, nouns]) => ({
    area,
    scopes: grantable
      .filter((value) => nouns.includes(nounOf(value)))
      .map((value) => ({ value, label: permissionName(value), isChosen: chosen.includes(value) })),
  })).filter(({ scopes }) => scopes.length > 0);
}

/** The page on which somebody chooses among communities. */
export const CHOICE = "/desk";

/** Where somebody goes on after signing in: straight to the one thing there is, else to the choice of communities. */
export function homeOf(memberships: readonly Membership[], isOperator: boolean): string {
  const homes = memberships.map(({ community, role }) => `/${role === "owner" ? "my" : "desk"}/${community}`);
  const [only, ...others] = new Set(homes);
  return only === undefined || others.length > 0 || isOperator ? CHOICE : only;
}

/** Whether a device for codes is of any use to somebody: owners, supervisors and auditors turn no key. */
export function mayHoldKey({ hasKey, operator, memberships }: Actor): boolean {
  return hasKey || operator || memberships.some(({ role }) => role === "trustee" || role === "committee");
}
