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
  "member.end": ["committee", "trustee", "operator"],
  "owner.invite": ["committee", "trustee"],
  // Never the trustee: no company makes voters alone.
  "owner.check": ["committee", "supervisor"],
  "auditor.invite": ["committee"],
  "event.view": ["committee", "supervisor", "auditor", "operator"],
  "token.manage": ["committee", "trustee", "supervisor", "owner"],

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
  "fees.place": ["trustee"],
  "contract.view": ["committee", "trustee", "supervisor", "auditor", "owner"],
  "contract.edit": ["committee", "trustee"],

  "council.propose": ["committee"],
  "council.vote": ["committee"],
  "budget.explain": ["committee", "trustee"],

  "bank.view": ["committee", "trustee", "supervisor", "auditor"],
  "bank.import": ["committee", "trustee"],
  // What the other side may rest on needs its agreement too (the room recall).
  "bank.recall": ["committee", "trustee"],
  "bank.match": ["committee", "trustee"],
  "bank.receive": ["committee", "trustee"],
  "bank.reconcile": ["committee", "trustee"],

  "resolution.view": ["committee", "trustee", "supervisor", "auditor"],
  "resolution.record": ["committee", "supervisor"],
  "resolution.confirm": ["committee", "trustee", "supervisor"],
  // Never the trustee: the resolution may be about its pay, or about whether it stays.
  "resolution.void": ["committee", "supervisor"],
  "plan.edit": ["committee", "trustee"],
  "plan.freeze": ["committee"],
  "plan.comment": ["owner"],
  "plan.answer": ["committee", "trustee"],
  "plan.moderate": ["supervisor"],

  "period.view": ["committee", "trustee", "supervisor", "auditor"],
  "period.close": ["trustee"],
  "period.publish": ["committee", "trustee"],

  "assembly.view": ["committee", "trustee", "supervisor", "auditor", "owner"],
  "assembly.run": ["committee", "supervisor"],
  // Never the trustee: whether it stays may be what is voted on.
  "assembly.roll": ["committee", "supervisor", "auditor"],
  "assembly.call": ["owner"],
  "assembly.object": ["owner"],
  "assembly.answer": ["committee", "supervisor"],
  "assembly.moderate": ["supervisor"],
  "ballot.cast": ["owner"],
  "ballot.enter": ["committee", "supervisor"],
} as const satisfies Readonly<Record<string, readonly (Role | "operator")[]>>;

export type Permission = keyof typeof PERMISSIONS;

const PERMISSION_NAMES: Readonly<Record<Permission, string>> = {
  "desk.view": "打开工作台",
  "account.own": "查看自家的账",
  "member.view": "查看成员",
  "member.propose": "提议成员",
  "member.confirm": "确认成员",
  "member.end": "结束成员身份",
  "owner.invite": "邀请业主",
  "owner.check": "核对业主账号",
  "auditor.invite": "给审计链接",
  "event.view": "查看操作记录",
  "token.manage": "管理接口令牌",
  "supplier.view": "查看供应商",
  "supplier.edit": "登记供应商",
  "supplier.clear": "核实供应商关联",
  "spend.view": "查看付款申请",
  "spend.request": "提出付款申请",
  "spend.release": "放行付款",
  "spend.ratify": "追认紧急付款",
  "voucher.view": "查看凭证",
  "voucher.upload": "上传凭证",
  "voucher.redact": "遮盖凭证",
  "voucher.original": "查看凭证原件",
  "fees.view": "查看收费",
  "fees.bill": "出账",
  "fees.receive": "收款",
  "fees.remind": "催缴",
  "fees.place": "让一户适用减免规则",
  "contract.view": "查看公共收益合同",
  "contract.edit": "登记公共收益合同",
  "council.propose": "提出业委会决定",
  "council.vote": "表决业委会决定",
  "budget.explain": "说明决算差额",
  "bank.view": "查看银行流水",
  "bank.import": "导入银行流水",
  "bank.recall": "撤回导入的银行流水",
  "bank.match": "配对银行流水",
  "bank.receive": "把银行流水记账",
  "bank.reconcile": "银行对账",
  "resolution.view": "查看决议的登记",
  "resolution.record": "登记既往决议",
  "resolution.confirm": "核对既往决议",
  "resolution.void": "作废决议",
  "plan.edit": "编制预算",
  "plan.freeze": "预算定稿",
  "plan.comment": "对预算提意见",
  "plan.answer": "答复预算意见",
  "plan.moderate": "隐藏辱骂的预算意见",
  "period.view": "查看结账情况",
  "period.close": "结账",
  "period.publish": "公布",
  "assembly.view": "查看业主大会",
  "assembly.run": "召集业主大会",
  "assembly.roll": "查看表决名册",
  "assembly.call": "确认联名召集",
  "assembly.object": "对表决结果提出异议",
  "assembly.answer": "答复对表决的异议",
  "assembly.moderate": "隐藏辱骂的异议",
  "ballot.cast": "投票",
  "ballot.enter": "录入纸质选票与委托",
};

export function permissionName(permission: Permission): string {
  return PERMISSION_NAMES[permission];
}

export function isPermission(text: string): text is Permission {
  return Object.hasOwn(PERMISSIONS, text);
}

/**
 * What needs no role in a community: nobody signed in; anybody signed in; an account of one's own, which an auditor's
 * link is not; the operator of the installation. Tokens have only what they were given, so never these.
 */
export type Open = "anyone" | "signed-in" | "account" | "operator";

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

function isOpen(may: Permission | Open): may is Open {
  return !isPermission(may);
}

/** What a token may be given: all that its account may do there, but not to make more tokens. */
export function grantable(actor: Actor, community: string): Permission[] {
  const roles = rolesIn(actor, community);
  return (Object.keys(PERMISSIONS) as Permission[]).filter(
    (each) => each !== "token.manage" && roles.some((role) => (PERMISSIONS[each] as readonly string[]).includes(role)),
  );
}

function isOpenTo(actor: Actor, may: Open): boolean {
  return may === "operator" ? actor.operator : may !== "account" || !isLink(actor);
}

const LINK = "link:";

/** What somebody is called who came in by an auditor's link and has no account. */
export function linkId(invitation: string): string {
  return LINK + invitation;
}

function isLink(actor: Actor): boolean {
  return actor.id.startsWith(LINK);
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
  if (isOpen(may)) {
    return actor.scopes === null && isOpenTo(actor, may) ? "allowed" : "forbidden";
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

/** Whether whoever asks may do that in the community the call is about: what a page shows and what it leaves out. */
export function mayDo(call: { readonly actor: Actor; readonly community: string }, may: Permission | Open): boolean {
  return verdict(call.actor, may, call.community) === "allowed";
}

// ---- Sides ----------------------------------------------------------------------------------------------------

/** The sides that hold keys: the company, and the owners' committee. */
export const SIDES = ["trustee", "committee"] as const;
export type Side = (typeof SIDES)[number];

/** The side somebody holds a key of. Nobody is on both: admission refuses that. */
export function sideOf(actor: Actor, community: string): Side | null {
  const roles = rolesIn(actor, community);
  return SIDES.find((side) => roles.includes(side)) ?? null;
}
