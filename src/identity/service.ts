// Checking that owners' accounts are theirs: only a checked account casts ballots.
import { z } from "zod";
import { displayNames, daysAfter } from "../access/service.ts";
import { dayAt } from "../base/month.ts";
import { refuse } from "../base/refusal.ts";
import { ownersOf, rolesIn } from "../door/rules.ts";
import { command, note, query, type Reading } from "../door/service.ts";
import { holdersOn } from "../people/rules.ts";
import { holdingsOf, ownerNames, unitsOf } from "../people/service.ts";
import { answer, type Db } from "../platform/db.ts";
import { instant, listInput, listOf, oneOrMany, optionalWords, pageFrom, words } from "../platform/input.ts";
import {
  assertMayCheck,
  hindranceOf,
  HINDRANCES,
  othersToTell,
  TOLD_DAYS,
  type Checker,
  type OtherAccount,
  type OwnerAccount,
} from "./rules.ts";
import * as store from "./store.ts";

export { checkedOwners } from "./store.ts";

/** Which accounts a list shows. */
export const WHICH = ["waiting", "checked", "all"] as const;

const accountShown = z.object({
  id: z.string().meta({ description: "成员编号，核对时用" }),
  units: z.array(z.string()),
  owner: z.string().meta({ description: "登记的业主姓名" }),
  display: z.string().meta({ description: "账号上的称呼" }),
  since: instant,
  printedBy: z.string().meta({ description: "谁印的邀请信" }),
  wasReset: z.boolean().meta({ description: "加入以后由系统管理员重置过密码" }),
  accounts: z.number().int().meta({ description: "这位业主一共有几个账号" }),
  checkedBy: z.string().meta({ description: "谁核对的；没有核对是空的" }),
  checkedAt: instant.nullable(),
  hindrance: z
    .enum(HINDRANCES)
    .nullable()
    .meta({ description: "为什么不能由您核对：trustee 物业的人、own 自己的账号、letter 自己印的信、reset 密码重置过" }),
});

export const listOwnerAccounts = query({
  name: "listOwnerAccounts",
  title: "业主账号和它们的核对",
  may: "owner.check",
  input: z.object({
    ...listInput,
    which: z.enum(WHICH, "没有这个列表").default("waiting").meta({ description: "waiting：等核对；checked：核对过" }),
    find: optionalWords(60).meta({ description: "房号、业主姓名或称呼里的字" }),
  }),
  output: listOf(accountShown).extend({ waiting: z.number().int().meta({ description: "一共有几个等核对" }) }),
  run: async (call, { which, find, after, limit }) => {
    const shown = await accountsShown(call);
    const from = shown.findIndex(({ id }) => id === after) + 1;
    const meant = shown
      .slice(from)
      .filter(({ checkedAt }) => which === "all" || (which === "checked") === (checkedAt !== null))
      .filter(({ units, owner, display }) => [...units, owner, display].some((each) => each.includes(find)));
    return {
      ...pageFrom(meant, limit, ({ id }) => id),
      waiting: shown.filter(({ checkedAt }) => checkedAt === null).length,
    };
  },
});

/** Who asks, as a checker: the committee's members come by two sides, supervisors of former days by one of its members alone. */
async function checkerOf(db: Db, { actor, community }: Pick<Reading, "actor" | "community">): Promise<Checker> {
  const isMember = rolesIn(actor, community).includes("committee");
  return { actor, community, letInBy: isMember ? "" : await store.supervisorLetInBy(db, community, actor.id) };
}

/** All accounts of owners, in the order of their units. */
async function accountsShown(call: Reading): Promise<z.input<typeof accountShown>[]> {
  const { db, community, now } = call;
  const checker = await checkerOf(db, call);
  const accounts = await store.ownerAccounts(db, community, "all");
  const people = accounts.flatMap(({ printedBy, check }) => [printedBy, check?.by ?? ""]);
  const names = await displayNames(db, [...new Set(people)]);
  const owners = await ownerNames(db, community);
  const held = await unitsByOwner(db, community, now);
  const order = new Map([...held.keys()].map((owner, index) => [owner, index]));
  const counts = new Map<string, number>();
  accounts.forEach(({ owner }) => counts.set(owner, (counts.get(owner) ?? 0) + 1));
  const placeOf = ({ owner }: OwnerAccount): number => order.get(owner) ?? order.size;
  return accounts
    .toSorted((a, b) => placeOf(a) - placeOf(b))
    .map((each) => ({
      id: each.id,
      units: held.get(each.owner) ?? [],
      owner: owners.get(each.owner) ?? "",
      display: each.display,
      since: each.since,
      printedBy: names.get(each.printedBy) ?? "",
      wasReset: each.wasReset,
      accounts: counts.get(each.owner) ?? 0,
      checkedBy: names.get(each.check?.by ?? "") ?? "",
      checkedAt: each.check?.at ?? null,
      hindrance: hindranceOf(each, checker),
    }));
}

/** What each owner holds today; owners and units in the order of the units. */
async function unitsByOwner(db: Db, community: string, now: Date): Promise<Map<string, string[]>> {
  const holders = holdersOn(await holdingsOf(db, community), dayAt(now));
  const held = new Map<string, string[]>();
  for (const { name } of await unitsOf(db, community)) {
    for (const owner of holders.get(name) ?? []) {
      held.set(owner, [...(held.get(owner) ?? []), name]);
    }
  }
  return held;
}

export const checkOwners = command({
  name: "checkOwners",
  title: "确认业主账号是本人",
  may: "owner.check",
  input: z.object({
    members: oneOrMany(words(40), "请勾选已经当面核对的账号").meta({ description: "成员编号，可以一次几个" }),
  }),
  output: z.object({ checked: z.number().int() }),
  run: async (call, { members }) => {
    const { tx, community, actor, now } = call;
    const known = await store.ownerAccounts(tx, community, "all");
    const wanted = [...new Set(members)].map((id) => {
      const found = known.find((each) => each.id === id);
      if (found === undefined) {
        throw refuse("MEMBER_UNKNOWN", "没有这个业主账号，或它已经结束、停用。", "请刷新页面再选。", 404);
      }
      return found;
    });
    assertMayCheck(wanted, await checkerOf(tx, call));
    const ids = wanted.map(({ id }) => id);
    await store.insertChecks(tx, community, ids, { by: actor.id, at: now.toISOString() });
    const held = await unitsByOwner(tx, community, now);
    const units = [...new Set(wanted.flatMap(({ owner }) => held.get(owner) ?? []))];
    await note(call, "owners checked", { count: String(ids.length), units: units.slice(0, 5).join("、") });
    return { checked: ids.length };
  },
});

/** How many accounts wait for a check, and how many of them the reader may check. */
export interface Waiting {
  readonly all: number;
  readonly mine: number;
}

export async function waitingChecks(call: Reading): Promise<Waiting> {
  const { db, community } = call;
  const checker = await checkerOf(db, call);
  const waiting = await store.ownerAccounts(db, community, "waiting");
  return {
    all: waiting.length,
    mine: waiting.filter((each) => hindranceOf(each, checker) === null).length,
  };
}

/** What an owner should know of the own account and others of the same home. */
export interface OwnIdentity {
  readonly isChecked: boolean;
  readonly others: readonly OtherAccount[];
}

export async function ownIdentity({ db, actor, community, now }: Reading): Promise<OwnIdentity> {
  const owners = ownersOf(actor, community);
  const checked = await answer(db, store.checkedOwners(community, actor.id));
  const holders = [...holdersOn(await holdingsOf(db, community), dayAt(now)).values()];
  const home = holders.filter((held) => held.some((owner) => owners.includes(owner))).flat();
  const own = await store.ownSince(db, community, actor.id);
  const others = await store.othersSince(db, community, [...new Set([...owners, ...home])], actor.id);
  return {
    isChecked: owners.every((owner) => checked.includes(owner)),
    others: othersToTell(own.map(({ since }) => since).toSorted()[0] ?? "", others, daysAfter(now, -TOLD_DAYS)),
  };
}
