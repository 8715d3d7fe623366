// A small community in the middle of a vote: its roll is frozen, its owners have accounts, its committee a desk.
import { hashSecret, newSecret } from "../../src/access/service.ts";
import { insertAssembly, insertNotice, insertRoll, replaceMatters } from "../../src/assembly/store.ts";
import { fingerprintOf, type Matter } from "../../src/assembly/rules.ts";
import { openDoor, type AppOptions } from "../../src/app.ts";
import { day, month } from "../../src/base/month.ts";
import { NOBODY, type Asker, type Door, type Upload } from "../../src/door/service.ts";
import * as ledger from "../../src/ledger/service.ts";
import { insertChecks } from "../../src/identity/store.ts";
import { insertHoldings, insertOwners, insertUnits } from "../../src/people/service.ts";
import { insertAll, runTx, type Db, type Tx } from "../../src/platform/db.ts";
import { DEFAULTS, type Settings } from "../../src/procedure/rules.ts";
import { area, headsOf, holdersOf, readArea, totalOf, type BallotKind, type Head } from "../../src/tally/rules.ts";
import { insertCommunity, insertDeedVersions } from "../../src/trust/service.ts";
import { photo } from "../platform/pictures.ts";
import { Clock } from "./estate.ts";
import { personIn, type Person } from "./people.ts";

export const MATTERS: readonly Matter[] = [
  {
    place: 1,
    kind: "fee-change",
    title: "物业费调整为 1.11 元",
    text: "从 2021 年 1 月起，住宅物业费每月每平方米 1.11 元。",
    effect: { from: "2021-01", rates: [{ use: "住宅", rate: "1.11" }] },
  },
  {
    place: 2,
    kind: "other",
    title: "更换三处门禁",
    text: "把三处门禁换成刷卡的，费用从公共收益中支出。",
    effect: null,
  },
];

/** P1 holds two flats, P2 and P3 one together, P4 one, DEV the shop: 4 heads, 270.50 m². */
const UNITS = [
  ["101", "100", ["P1"]],
  ["102", "50.5", ["P2", "P3"]],
  ["103", "60", ["P4"]],
  ["104", "40", ["P1"]],
  ["S1", "20", ["DEV"]],
] as const;

export const OPENS_ON = day("2020-12-01");
export const CLOSES_ON = day("2020-12-20");

export interface AVote {
  readonly code: string;
  readonly id: number;
  readonly door: Door;
  readonly clock: Clock;
  /** Two of the committee's and the supervisor, who enter paper; the manager, who must not. */
  readonly li: Person;
  readonly he: Person;
  readonly sun: Person;
  readonly wang: Person;
  /** An account of that owner of the register; each call makes another one. */
  owner(id: string): Promise<Person>;
}

/** What a vote is about, where it is not {@link MATTERS} under the default rules of procedure. */
interface VoteAbout {
  readonly ballot?: BallotKind;
  readonly settings?: Partial<Settings>;
  readonly matters?: readonly Matter[];
}

let count = 0;

/** A community of its own on the second day of the voting, Shanghai time 10:00. */
export async function aVote(db: Db, about: VoteAbout & { readonly app?: AppOptions } = {}): Promise<AVote> {
  count += 1;
  const code = `vote${count}`;
  const clock = new Clock("2020-12-02T02:00:00Z");
  const door = openDoor(db, { ...about.app, clock: clock.now });
  const units = UNITS.map(([name, size]) => ({
    name,
    use: name.startsWith("S") ? "商业" : "住宅",
    area: size,
    discount: "1",
    from: month("2020-01"),
  }));
  const holdings = UNITS.map(([unit, , owners]) => ({ unit, since: day("2020-01-01"), owners: [...owners] }));
  const heads = headsOf(units, new Map(holdings.map(({ unit, owners }) => [unit, owners])));
  await runTx(db, code, async (tx) => {
    await foundCommunity(tx, code);
    await insertOwners(
      tx,
      code,
      ["P1", "P2", "P3", "P4", "P5", "DEV"].map((owner) => ({ id: owner, name: `业主${owner}` })),
    );
    await insertUnits(tx, code, units);
    await insertHoldings(tx, code, holdings);
  });
  const person = (role: "committee" | "supervisor" | "trustee", name: string): Promise<Person> =>
    personIn(door, code, role, { name: `${name}-${code}` });
  return {
    code,
    id: await callVote(db, code, heads, about),
    door,
    clock,
    li: await person("committee", "li"),
    he: await person("committee", "he"),
    sun: await person("supervisor", "sun"),
    wang: await person("trustee", "wang"),
    owner: (owner) => personIn(door, code, "owner", { owner }),
  };
}

async function foundCommunity(tx: Tx, code: string): Promise<void> {
  await insertCommunity(tx, { code, name: "小院", principal: "小院业主大会", trustee: "小院物业" });
  await insertDeedVersions(tx, code, [{ from: month("2020-01"), ...TERMS }]);
  await ledger.openBook(tx, code, month("2020-01"), day("2020-11-01"));
}

const TERMS = {
  draw: { rate: "0.15", base: ["4001"], method: "received" as const },
  sweep: null,
  publishBy: 10,
  answerWithin: 7,
};

/** Calls a vote with its roll; answers its number. */
export async function callVote(
  db: Db,
  code: string,
  heads: readonly Head[],
  { ballot = "open", settings = {}, matters = MATTERS }: VoteAbout,
): Promise<number> {
  const draft = {
    title: "2020年第一次业主大会",
    ballot,
    calledBy: "committee",
    opensOn: OPENS_ON,
    closesOn: CLOSES_ON,
  };
  return runTx(db, code, async (tx) => {
    const at = new Date("2020-11-10T02:00:00Z");
    const id = await insertAssembly(tx, code, draft as never, { by: "a1", at });
    await replaceMatters(tx, code, id, matters);
    await insertRoll(tx, code, id, heads);
    await insertNotice(tx, code, id, {
      at,
      roll: totalOf(heads),
      fingerprint: fingerprintOf(heads),
      settings: { ...DEFAULTS, ballot, ...settings },
      cases: {
        several: { heads: 0, units: 0 },
        joint: { heads: 0, units: 0 },
        largest: { units: 1, area: "0.00" },
        leftOut: { units: 0, area: "0.00" },
      },
    });
    return id;
  });
}

/** A draft of a vote; answers its number. */
export function callDraft(db: Db, code: string): Promise<number> {
  const draft = { title: "秘密草案", ballot: "open", calledBy: "committee", opensOn: OPENS_ON, closesOn: CLOSES_ON };
  return runTx(db, code, async (tx) => {
    const id = await insertAssembly(tx, code, draft as never, { by: "a1", at: new Date("2020-11-10T02:00:00Z") });
    await replaceMatters(tx, code, id, MATTERS);
    return id;
  });
}

/** A vote of many: each owner has one flat, an account, and a token that may vote. */
export interface TownVote {
  readonly code: string;
  readonly id: number;
  readonly voters: readonly Voter[];
}

export interface Voter {
  readonly head: string;
  readonly token: string;
}

export async function aTownVotes(db: Db, code: string, many: number, about: VoteAbout = {}): Promise<TownVote> {
  const heads = manyHeads(many);
  const voters = await runTx(db, code, async (tx) => {
    await foundCommunity(tx, code);
    await insertOwners(
      tx,
      code,
      heads.map(({ id }) => ({ id, name: id })),
    );
    return votersIn(
      tx,
      code,
      heads.map(({ id }) => id),
    );
  });
  return { code, id: await callVote(db, code, heads, about), voters };
}

/** Accounts for those heads, each with a token that may vote; where several hold a unit, the first of them votes. */
export async function votersIn(tx: Tx, code: string, heads: readonly string[]): Promise<Voter[]> {
  const at = "2020-11-01T00:00:00.000Z";
  const account = { password: "", totp: "", totp_step: 0, operator: 0, created_at: at, disabled_at: null };
  const member = { community: code, role: "owner", since: at, until: null, admitted_by: "" };
  const token = {
    scopes: '["ballot.cast"]',
    label: "",
    tail: "",
    created_at: at,
    expires_at: "2030-01-01T00:00:00.000Z",
  };
  const voters = heads.map((head) => ({ head, id: `${code}-${head}`, token: newSecret() }));
  await insertAll(
    tx,
    "account",
    voters.map(({ id }) => ({ id, name: id, display: id, ...account })),
  );
  await insertAll(
    tx,
    "member",
    voters.map(({ head, id }) => ({ ...member, id, account: id, owner: holdersOf(head)[0] ?? "" })),
  );
  await insertChecks(
    tx,
    code,
    voters.map(({ id }) => id),
    { by: "checker", at },
  );
  await insertAll(
    tx,
    "api_token",
    voters.map(({ id, token: secret }) => ({
      id,
      token_hash: hashSecret(secret),
      account: id,
      community: code,
      ...token,
      revoked_at: null,
    })),
  );
  return voters.map(({ head, token: secret }) => ({ head, token: secret }));
}

/** What one of those owners asks with. */
export function voterAsker(code: string, head: string): Asker {
  const actor = {
    ...NOBODY,
    id: `${code}-${head}`,
    name: head,
    memberships: [{ community: code, role: "owner" as const, owner: head }],
  };
  return { actor, community: code, address: "", session: null };
}

/** Heads of one flat each, O00000, O00001 …, for votes of many; their areas differ. */
export function manyHeads(many: number): Head[] {
  return Array.from({ length: many }, (_, index): Head => {
    const id = `O${String(index).padStart(5, "0")}`;
    const size = area(readArea("60") + (index % 61) * 37);
    return { id, area: size, units: [{ unit: `1-${String(index).padStart(5, "0")}`, use: "住宅", area: size }] };
  });
}

/** The scan of a signed paper ballot, as it is uploaded. */
export async function scanOf(field = "scan"): Promise<Upload[]> {
  return [{ field, name: "票.jpg", bytes: await photo() }];
}

/** One choice for each matter, as it is sent. */
export function chose(...choices: readonly string[]): { matter: number; choice: string }[] {
  return choices.map((choice, index) => ({ matter: index + 1, choice }));
}
