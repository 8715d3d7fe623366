// People for tests: an account with a role in a community, its password, its key, and what it asks with.
import { randomUUID } from "node:crypto";
import { hash } from "@node-rs/argon2";
import { generateSecret, generateSync } from "otplib";
import { createToken } from "../../src/account/service.ts";
import * as access from "../../src/access/store.ts";
import type { Role } from "../../src/door/rules.ts";
import { execute, NOBODY, type Asker, type Door } from "../../src/door/service.ts";
import { insertChecks } from "../../src/identity/store.ts";
import { runTx } from "../../src/platform/db.ts";

export const PASSWORD = "绿茶 石阶 信号 37";
const PASSWORD_HASH = hash(PASSWORD, { memoryCost: 8192, timeCost: 1 });

export interface Person {
  readonly name: string;
  /** What this person's requests come with. */
  readonly asker: Asker;
  /** The code that the device shows now; each may be used once, so the clock must move by 30 s between two. */
  readonly code: () => string;
}

/**
 * Somebody with that role in the community and a key; `owner` for owners: which one of the register. An owner's account was
 * checked, so that it may vote.
 */
export async function personIn(
  door: Door,
  community: string,
  role: Role,
  { name = `${role}-${randomUUID().slice(0, 8)}`, owner = "" }: { name?: string; owner?: string } = {},
): Promise<Person> {
  const totp = generateSecret();
  const now = door.clock();
  const id = randomUUID();
  const account = { id, name, display: name, password: await PASSWORD_HASH, totp, totpStep: 0 };
  await runTx(door.db, community, async (tx) => {
    await access.insertAccount(tx, { ...account, operator: false, disabledAt: null }, now);
    const since = now.toISOString();
    if (role !== "auditor") {
      const member = randomUUID();
      await access.insertMember(tx, { id: member, community, account: id, role, owner, since, admittedBy: "" });
      await insertChecks(tx, community, role === "owner" ? [member] : [], { by: "checker", at: since });
    }
  });
  const actor = { ...NOBODY, id, name, memberships: [{ community, role, owner }], hasKey: true };
  return {
    name,
    asker: { actor, community, address: "", session: null },
    code: () => generateSync({ secret: totp, epoch: Math.floor(door.clock().getTime() / 1000) }),
  };
}

/** Whoever runs the installation, with a key. */
export async function operatorOf(door: Door, name = `operator-${randomUUID().slice(0, 8)}`): Promise<Person> {
  const totp = generateSecret();
  const id = randomUUID();
  const account = { id, name, display: name, password: await PASSWORD_HASH, totp, totpStep: 0 };
  await runTx(door.db, "", (tx) =>
    access.insertAccount(tx, { ...account, operator: true, disabledAt: null }, door.clock()),
  );
  return {
    name,
    asker: { actor: { ...NOBODY, id, name, operator: true, hasKey: true }, community: "", address: "", session: null },
    code: () => generateSync({ secret: totp, epoch: Math.floor(door.clock().getTime() / 1000) }),
  };
}

/** A token of that person for its community, with these permissions. */
export async function tokenOf(door: Door, { asker }: Person, scopes: readonly string[], days = 30): Promise<string> {
  const { token } = await execute(door, asker, createToken, { label: "测试", days: String(days), scopes });
  return token;
}
