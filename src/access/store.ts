// SQL of accounts, memberships, sessions, tokens and throttles.
import type { Knex } from "knex";
import { answerTogether, type Db, type Opening, type Question, type Tx } from "../platform/db.ts";
import type { Membership, Role } from "../door/rules.ts";

// ---- Accounts -------------------------------------------------------------------------------------------------

export interface Account {
  readonly id: string;
  readonly name: string;
  readonly display: string;
  /** argon2id, in its own text form. */
  readonly password: string;
  /** base32; "" without a device. */
  readonly totp: string;
  /** The last time step whose code was used: a code counts once. */
  readonly totpStep: number;
  readonly operator: boolean;
  readonly disabledAt: string | null;
}

interface AccountRow {
  id: string;
  name: string;
  display: string;
  password: string;
  totp: string;
  totp_step: number;
  operator: number;
  disabled_at: string | null;
}

const ACCOUNT_COLUMNS = ["id", "name", "display", "password", "totp", "totp_step", "operator", "disabled_at"];
const MEMBERSHIP_COLUMNS = ["community", "role", "owner"];

function toAccount(row: AccountRow): Account {
  const { id, name, display, password, totp } = row;
  const operator = row.operator === 1;
  return { id, name, display, password, totp, totpStep: row.totp_step, operator, disabledAt: row.disabled_at };
}

export async function insertAccount(tx: Tx, account: Account, now: Date): Promise<boolean> {
  const { id, name, display, password, totp, totpStep, operator } = account;
  const added = await tx("account")
    .insert({
      id,
      name,
      display,
      password,
      totp,
      totp_step: totpStep,
      operator: operator ? 1 : 0,
      created_at: now.toISOString(),
    })
    .onConflict("name")
    .ignore()
    .returning("id");
  return added.length > 0;
}

export async function accountById(db: Db, id: string): Promise<Account | null> {
  const row: AccountRow | undefined = await db("account").where({ id }).first();
  return row === undefined ? null : toAccount(row);
}

/** A person who comes again with each request: both in one trip. */
export interface Holder {
  readonly account: Account;
  readonly memberships: readonly Membership[];
}

export async function holderById(db: Db, id: string): Promise<Holder | null> {
  const { account, memberships } = await answerTogether(
    db,
    holderQuestions(() => id),
  );
  return account === null ? null : { account, memberships };
}

/** Whose token it is, in the same trip. */
export async function holderByToken(
  db: Db,
  tokenHash: string,
): Promise<{ readonly token: ApiToken | null; readonly holder: Holder | null }> {
  const of = (asked: Db): Knex.QueryBuilder => asked("api_token").where({ token_hash: tokenHash });
  const { token, account, memberships } = await answerTogether(db, {
    token: {
      columns: TOKEN_COLUMNS,
      query: (asked) => of(asked).select(TOKEN_COLUMNS),
      read: ([row]: readonly TokenRow[]) => (row === undefined ? null : toToken(row)),
    },
    ...holderQuestions((asked) => of(asked).select("account")),
  });
  return { token, holder: account === null ? null : { account, memberships } };
}

/** What somebody is in a community. */
export interface Standing {
  readonly operator: boolean;
  readonly memberships: readonly Membership[];
}

/** What somebody is in a community now; read as null when the account, or the session or token it came with, counts no more. */
export function standingNow(
  came: {
    readonly account: string;
    readonly community: string;
    readonly session: string | null;
    readonly token?: string;
  },
  now: Date,
): Opening<Standing | null> {
  const { account, community, session, token } = came;
  return {
    sql: `select a.operator, m.community, m.role, m.owner from account a
      left join member m on m.account = a.id and m.community = ? and m.until is null
      where a.id = ? and a.disabled_at is null
      ${session === null ? "" : "and exists (select 1 from session where token_hash = ?)"}
      ${token === undefined ? "" : TOKEN_STANDS}`,
    texts: [
      community,
      account,
      ...(session === null ? [] : [session]),
      ...(token === undefined ? [] : [token, now.toISOString()]),
    ],
    read: (found) => {
      const rows = found as readonly { operator: number; community: string | null; role: Role; owner: string }[];
      const [first] = rows;
      const memberships = rows.flatMap(({ community: code, role, owner }) =>
        code === null ? [] : [{ community: code, role, owner }],
      );
      return first === undefined ? null : { operator: first.operator === 1, memberships };
    },
  };
}

const TOKEN_STANDS =
  "and exists (select 1 from api_token where token_hash = ? and revoked_at is null and expires_at > ?)";

/** About the account that `id` names, as a value or as a query of one. */
function holderQuestions(id: (db: Db) => string | Knex.QueryBuilder): {
  readonly account: Question<Account | null>;
  readonly memberships: Question<readonly Membership[]>;
} {
  return {
    account: {
      columns: ACCOUNT_COLUMNS,
      query: (db) => db("account").where("id", id(db)).select(ACCOUNT_COLUMNS),
      read: ([row]: readonly AccountRow[]) => (row === undefined ? null : toAccount(row)),
    },
    memberships: {
      columns: MEMBERSHIP_COLUMNS,
      query: (db) =>
        db("member").where("account", id(db)).whereNull("until").orderBy(MEMBERSHIP_COLUMNS).select(MEMBERSHIP_COLUMNS),
      read: (rows: readonly Membership[]) => rows,
    },
  };
}

export async function accountByName(db: Db, name: string): Promise<Account | null> {
  const row: AccountRow | undefined = await db("account").where({ name }).first();
  return row === undefined ? null : toAccount(row);
}

export async function hasAccounts(db: Db): Promise<boolean> {
  return (await db("account").first("id")) !== undefined;
}

/** What people are called, by account. */
export async function displayNames(db: Db, ids: readonly string[]): Promise<Map<string, string>> {
  const rows: { id: string; display: string }[] = await db("account").whereIn("id", ids).select("id", "display");
  return new Map(rows.map((row) => [row.id, row.display]));
}

/** Until the transaction ends nobody else changes what this account is, or counts on it. */
export async function holdAccount(tx: Tx, id: string): Promise<void> {
  await tx("account")
    .where({ id })
    .update({ name: tx.ref("name") });
}

export async function setPassword(tx: Tx, id: string, password: string): Promise<void> {
  await tx("account").where({ id }).update({ password });
}

export async function setTotp(tx: Tx, id: string, totp: string, step: number): Promise<void> {
  await tx("account").where({ id }).update({ totp, totp_step: step });
}

/** Whether that step was still unused and is now spent: two requests with one code cannot both have it. */
export async function spendTotpStep(db: Db, id: string, step: number): Promise<boolean> {
  return (await db("account").where({ id }).where("totp_step", "<", step).update({ totp_step: step })) === 1;
}

/** Disables the account from that moment on; null lets it in again. */
export async function setDisabled(tx: Tx, id: string, since: Date | null): Promise<void> {
  await tx("account")
    .where({ id })
    .update({ disabled_at: since?.toISOString() ?? null });
}

/** Accounts by name, from a name on: those with that text in what they sign in with or are called. */
export async function findAccounts(
  db: Db,
  text: string,
  { after, limit }: { readonly after: string; readonly limit: number },
): Promise<Account[]> {
  const like = `%${text.toLowerCase()}%`;
  const rows: AccountRow[] = await db("account")
    .where("name", ">", after)
    .whereRaw("(name like ? or lower(display) like ?)", [like, like])
    .orderBy("name")
    .limit(limit);
  return rows.map(toAccount);
}

// ---- Memberships ----------------------------------------------------------------------------------------------

export interface Member {
  readonly id: string;
  readonly community: string;
  readonly account: string;
  readonly role: Role;
  readonly owner: string;
  readonly since: string;
  readonly until: string | null;
  readonly admittedBy: string;
}

/** Whether it was added: not when the account is that already. */
export async function insertMember(tx: Tx, member: Omit<Member, "until">): Promise<boolean> {
  const { id, community, account, role, owner, since, admittedBy } = member;
  const known = await tx("member").where({ community, account, role, owner }).whereNull("until").first("id");
  if (known === undefined) {
    await tx("member").insert({ id, community, account, role, owner, since, admitted_by: admittedBy });
  }
  return known === undefined;
}

export async function membershipsOf(db: Db, account: string): Promise<Membership[]> {
  return db("member")
    .where({ account })
    .whereNull("until")
    .orderBy(["community", "role", "owner"])
    .select("community", "role", "owner");
}

/** What several accounts are now, everywhere. */
export async function membershipsOfAll(
  db: Db,
  accounts: readonly string[],
): Promise<(Membership & { readonly account: string })[]> {
  return db("member")
    .whereIn("account", accounts)
    .whereNull("until")
    .orderBy(["community", "role", "owner"])
    .select("community", "role", "owner", "account");
}

/** How many members of each role a community has now, by community. */
export async function memberCounts(db: Db, community?: string): Promise<Map<string, Partial<Record<Role, number>>>> {
  const rows: { community: string; role: Role; count: number | string }[] = await db("member")
    .where(community === undefined ? {} : { community })
    .whereNull("until")
    .groupBy("community", "role")
    .select("community", "role")
    .count({ count: "*" });
  const counts = new Map<string, Partial<Record<Role, number>>>();
  for (const { community: code, role, count } of rows) {
    counts.set(code, { ...counts.get(code), [role]: Number(count) });
  }
  return counts;
}

/** A member with what the account is called and whether it can be used. */
export interface MemberShown extends Member {
  readonly display: string;
  readonly hasKey: boolean;
  readonly isDisabled: boolean;
}

/**
 * The members of a community now that have one of these roles, those of one role first, with what they are called. Owners
 * are asked for by themselves: there may be ten thousand of them.
 */
export async function membersOf(db: Db, community: string, roles: readonly Role[]): Promise<MemberShown[]> {
  const rows = await db("member as m")
    .join("account as a", "a.id", "m.account")
    .where("m.community", community)
    .whereIn("m.role", roles)
    .whereNull("m.until")
    .orderBy(["m.role", "m.since", "m.id"])
    .select("m.id", "m.community", "m.account", "m.role", "m.owner", "m.since", "m.until", "m.admitted_by")
    .select("a.display", "a.totp", "a.disabled_at");
  return rows.map(({ admitted_by: admittedBy, totp, disabled_at: disabledAt, ...row }) => ({
    ...row,
    admittedBy,
    hasKey: totp !== "",
    isDisabled: disabledAt !== null,
  }));
}

/** Whether anybody is or was a member of that role: only before the first one may the operator decide alone. */
export async function hadMember(db: Db, community: string, role: Role): Promise<boolean> {
  return (await db("member").where({ community, role }).first("id")) !== undefined;
}

export async function endMember(tx: Tx, community: string, id: string, now: Date): Promise<boolean> {
  const until = now.toISOString();
  return (await tx("member").where({ community, id }).whereNull("until").update({ until })) === 1;
}

// ---- Auditors' links ------------------------------------------------------------------------------------------

export interface Link {
  readonly community: string;
  readonly id: string;
  readonly label: string;
  readonly expiresAt: string;
}

/** An auditor's link that was not taken back. */
export async function linkById(db: Db, community: string, id: string): Promise<Link | null> {
  const columns = { community: "community", id: "id", label: "label", expiresAt: "expires_at" };
  const link = db("invitation").where({ community, id, role: "auditor" }).whereNull("revoked_at");
  return (await link.first(columns)) ?? null;
}

// ---- Sessions and tokens ---------------------------------------------------------------------------------------

export interface Session {
  readonly tokenHash: string;
  readonly account: string | null;
  /** An auditor's link: its invitation. */
  readonly community: string | null;
  readonly invitation: string | null;
  readonly csrf: string;
  readonly createdAt: string;
  readonly seenAt: string;
  readonly expiresAt: string;
  /** What it is used on, in words; null until its first request. */
  readonly device: string | null;
}

const SESSION_COLUMNS = {
  tokenHash: "token_hash",
  account: "account",
  community: "community",
  invitation: "invitation",
  csrf: "csrf",
  createdAt: "created_at",
  seenAt: "seen_at",
  expiresAt: "expires_at",
  device: "device",
} as const satisfies Record<keyof Session, string>;

export async function insertSession(db: Db, session: Session): Promise<void> {
  await db("session").insert({
    token_hash: session.tokenHash,
    account: session.account,
    community: session.community,
    invitation: session.invitation,
    csrf: session.csrf,
    created_at: session.createdAt,
    seen_at: session.seenAt,
    expires_at: session.expiresAt,
    device: session.device,
  });
}

export async function findSession(db: Db, tokenHash: string): Promise<Session | null> {
  const row: Session | undefined = await db("session").where({ token_hash: tokenHash }).first(SESSION_COLUMNS);
  return row ?? null;
}

export async function sessionsOf(db: Db, account: string): Promise<Session[]> {
  return db("session").where({ account }).orderBy("seen_at", "desc").select(SESSION_COLUMNS);
}

export async function touchSession(db: Db, tokenHash: string, seen: { at: Date; device: string }): Promise<void> {
  await db("session").where({ token_hash: tokenHash }).update({ seen_at: seen.at.toISOString(), device: seen.device });
}

export async function deleteSession(db: Db, tokenHash: string): Promise<void> {
  await db("session").where({ token_hash: tokenHash }).delete();
}

export async function deleteSessionsOf(db: Db, account: string): Promise<void> {
  await db("session").where({ account }).delete();
}

export async function deleteSessionsOfInvitation(db: Db, community: string, invitation: string): Promise<void> {
  await db("session").where({ community, invitation }).delete();
}

export interface ApiToken {
  readonly id: string;
  readonly account: string;
  readonly community: string;
  readonly scopes: readonly string[];
  readonly label: string;
  readonly createdAt: string;
  readonly expiresAt: string;
  readonly revokedAt: string | null;
  /** Its last four characters, so that its owner knows which it is. */
  readonly tail: string;
}

interface TokenRow {
  id: string;
  account: string;
  community: string;
  scopes: string;
  label: string;
  created_at: string;
  expires_at: string;
  revoked_at: string | null;
  tail: string;
}

const TOKEN_COLUMNS = [
  "id",
  "account",
  "community",
  "scopes",
  "label",
  "created_at",
  "expires_at",
  "revoked_at",
  "tail",
];

function toToken(row: TokenRow): ApiToken {
  const { id, account, community, label, tail } = row;
  const scopes = JSON.parse(row.scopes) as string[];
  const { created_at: createdAt, expires_at: expiresAt, revoked_at: revokedAt } = row;
  return { id, account, community, scopes, label, createdAt, expiresAt, revokedAt, tail };
}

export async function insertToken(tx: Tx, token: ApiToken, tokenHash: string): Promise<void> {
  const { id, account, community, label, createdAt, expiresAt, tail } = token;
  const scopes = JSON.stringify(token.scopes);
  await tx("api_token").insert({
    id,
    token_hash: tokenHash,
    account,
    community,
    scopes,
    label,
    created_at: createdAt,
    expires_at: expiresAt,
    tail,
  });
}

export async function tokensOf(db: Db, account: string, community: string): Promise<ApiToken[]> {
  const rows: TokenRow[] = await db("api_token").where({ account, community }).orderBy("created_at");
  return rows.map(toToken);
}

export async function revokeToken(
  tx: Tx,
  at: { id: string; account: string; community: string },
  now: Date,
): Promise<boolean> {
  const revoked = await tx("api_token").where(at).whereNull("revoked_at").update({ revoked_at: now.toISOString() });
  return revoked === 1;
}

/** Takes back the account's tokens: those for one community, or all. */
export async function revokeTokensOf(tx: Tx, of: { account: string; community?: string }, now: Date): Promise<void> {
  await tx("api_token").where(of).whereNull("revoked_at").update({ revoked_at: now.toISOString() });
}

// ---- Throttle -------------------------------------------------------------------------------------------------

/** Counts one more try under the key and answers how many since the window began. */
export async function countTry(db: Db, key: string, windowStart: Date, now: Date): Promise<number> {
  const rows = await db("throttle")
    .insert({ key, since: now.toISOString(), count: 1 })
    .onConflict("key")
    .merge({
      count: db.raw("case when throttle.since < ? then 1 else throttle.count + 1 end", [windowStart.toISOString()]),
      since: db.raw("case when throttle.since < ? then excluded.since else throttle.since end", [
        windowStart.toISOString(),
      ]),
    })
    .returning("count");
  return rows[0].count;
}

export async function forgetTries(db: Db, keys: readonly string[]): Promise<void> {
  await db("throttle").whereIn("key", keys).delete();
}

/** Forgets what has run out: throttles older than `before`, sessions past their end. */
export async function forgetOld(db: Db, before: Date, now: Date): Promise<void> {
  await db("throttle").where("since", "<", before.toISOString()).delete();
  await db("session").where("expires_at", "<", now.toISOString()).delete();
}
