// Letters that bring owners in: who has an account already, and new codes to be printed.
import { z } from "zod";
import { Refusal, refuse } from "../base/refusal.ts";
import { dayAt } from "../base/month.ts";
import * as access from "../access/service.ts";
import * as admission from "../admission/service.ts";
import { stateOf } from "../admission/rules.ts";
import { command, note, query } from "../door/service.ts";
import type { Db } from "../platform/db.ts";
import { instant, listInput, listOf, oneOrMany, optionalWords, pageFrom, ticked } from "../platform/input.ts";
import { holdersOn } from "../people/rules.ts";
import { holdingsOf, unitNames } from "../people/service.ts";
import { addressees, LETTER_DAYS, LETTERS_MAX, unitsMeant, type Addressee } from "./rules.ts";

interface OwnersFacts {
  readonly units: readonly string[];
  readonly holders: ReadonlyMap<string, readonly string[]>;
  /** Memberships of owners, by owner. */
  readonly accounts: ReadonlyMap<string, readonly access.MemberShown[]>;
}

async function ownersFacts(db: Db, community: string, now: Date): Promise<OwnersFacts> {
  const units = await unitNames(db, community);
  const holders = holdersOn(await holdingsOf(db, community), dayAt(now));
  const members = await access.membersOf(db, community, ["owner"]);
  return { units, holders, accounts: grouped(members, ({ owner }) => owner) };
}

function grouped<T>(all: readonly T[], keyOf: (each: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const each of all) {
    groups.set(keyOf(each), [...(groups.get(keyOf(each)) ?? []), each]);
  }
  return groups;
}

const unitShown = z.object({
  unit: z.string(),
  owners: z.number().int().meta({ description: "业主人数（共有的不止一位）" }),
  accounts: z.array(z.object({ id: z.string(), display: z.string(), since: instant })),
  lettersOpen: z.number().int().meta({ description: "印出去还没有用的邀请码" }),
  printedAt: instant.nullable(),
});

export const listOwnerUnits = query({
  name: "listOwnerUnits",
  title: "各户业主账号的情况",
  may: "owner.invite",
  input: z.object({
    ...listInput,
    find: optionalWords(40).meta({ description: "房号里有这些字的" }),
    without: ticked.meta({ description: "只看还没有账号的" }),
  }),
  output: listOf(unitShown).extend({ units: z.number().int(), withAccount: z.number().int() }),
  run: async ({ db, community, now }, { find, without, after, limit }) => {
    const { units, holders, accounts } = await ownersFacts(db, community, now);
    const open = (await admission.openInvitations(db, community, ["owner"])).filter(
      (each) => stateOf(each, now.toISOString()) === "told",
    );
    const letters = grouped(open, ({ unit }) => unit);
    const shown = units.map((unit) => {
      const owners = holders.get(unit) ?? [];
      const printed = letters.get(unit) ?? [];
      return {
        unit,
        owners: owners.length,
        accounts: owners
          .flatMap((owner) => accounts.get(owner) ?? [])
          .map(({ id, display, since }) => ({ id, display, since })),
        lettersOpen: printed.length,
        printedAt: printed[0]?.createdAt ?? null,
      };
    });
    const from = shown.findIndex(({ unit }) => unit === after) + 1;
    const found = shown
      .slice(from)
      .filter(({ unit, accounts: has }) => unit.includes(find) && !(without && has.length > 0));
    return {
      ...pageFrom(found, limit, ({ unit }) => unit),
      units: units.length,
      withAccount: shown.filter(({ accounts: has }) => has.length > 0).length,
    };
  },
});

const letterShown = z.object({
  unit: z.string(),
  place: z.number().int().meta({ description: "第几位共有人" }),
  of: z.number().int().meta({ description: "共有几位业主" }),
  code: z.string(),
  url: z.string(),
});

export const inviteOwners = command({
  name: "inviteOwners",
  title: "印业主邀请信",
  may: "owner.invite",
  isSecret: true,
  input: z.object({
    which: z
      .enum(["all", "chosen"], "请选给哪些户")
      .meta({ description: "all：所有还没有账号的业主；chosen：这些房号" }),
    units: oneOrMany(z.string().max(20_000), "请填房号", LETTERS_MAX)
      .default([])
      .meta({ description: "房号；“1-1-*”是所有这样开头的" }),
  }),
  output: z.object({ letters: z.array(letterShown), expiresAt: instant }),
  run: async (call, { which, units: typed }) => {
    const { tx, community, now } = call;
    const facts = await ownersFacts(tx, community, now);
    const wanted = which === "all" ? allWithout(facts) : chosen(facts, typed);
    const expiresAt = access.daysAfter(now, LETTER_DAYS);
    const letters = wanted.map((addressee) => ({ ...addressee, ...access.newCode() }));
    const printed = new Set(letters.map(({ unit }) => unit));
    await admission.revokeOpen(tx, { community, roles: ["owner"], now }, ({ unit }) => printed.has(unit));
    const side = call.actor.memberships.some((each) => each.community === community && each.role === "committee");
    const wish = { role: "owner", days: LETTER_DAYS, proposedSide: side ? "committee" : "trustee" } as const;
    await admission.insertInvitations(
      tx,
      letters.map(({ unit, owner, codeHash }) =>
        admission.newInvitation(call, { ...wish, unit, owner, codeHash, label: unit, confirmedBy: "" }),
      ),
    );
    await note(call, "owners invited", { count: String(letters.length), units: [...printed].slice(0, 5).join("、") });
    return {
      letters: letters.map(({ unit, place, of, code }) => ({
        unit,
        place,
        of,
        code,
        url: admission.joinAddress(call.publicUrl, code),
      })),
      expiresAt,
    };
  },
});

function allWithout({ holders, units, accounts }: OwnersFacts): Addressee[] {
  const wanted = addressees(holders, units, { accountsOf: new Set(accounts.keys()) });
  if (wanted.length === 0) {
    throw refuse("NOBODY_TO_INVITE", "所有业主都有账号了。", "要给某一户重印，请选“只给这些房号”。", 409);
  }
  return atMost(wanted);
}

function chosen({ holders, units }: OwnersFacts, typed: readonly string[]): Addressee[] {
  const { found, unknown } = unitsMeant(typed, units);
  const wanted = addressees(holders, found, null);
  const empty = found.filter((unit) => !wanted.some((each) => each.unit === unit));
  const wrong = [...unknown, ...empty];
  if (wrong.length > 0 || wanted.length === 0) {
    throw new Refusal({
      code: "UNIT_UNKNOWN",
      column: "units",
      message:
        wrong.length > 0 ? `没有这些房号，或那里没有登记业主：${wrong.slice(0, 10).join("、")}。` : "没有填房号。",
      remedy: "请照名册写房号，用空格或换行隔开；“1-1-*”是所有这样开头的房号。",
    });
  }
  return atMost(wanted);
}

function atMost(wanted: readonly Addressee[]): Addressee[] {
  if (wanted.length > LETTERS_MAX) {
    throw refuse(
      "TOO_MANY_LETTERS",
      `一次最多印 ${LETTERS_MAX} 封，这次有 ${wanted.length} 封。`,
      "请选“只给这些房号”，按楼栋分几次印，例如 1-*。",
    );
  }
  return [...wanted];
}
