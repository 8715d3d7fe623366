// Running the installation: which communities and accounts there are, and taking an account out of use.
import { z } from "zod";
import { refuse } from "../base/refusal.ts";
import * as access from "../access/service.ts";
import { ROLES } from "../door/rules.ts";
import { command, note, query, type Writing } from "../door/service.ts";
import { instant, listInput, listOf, nothing, optionalWords, pageFrom, words } from "../platform/input.ts";
import { listCommunities } from "../trust/service.ts";
import { assertMayDisable } from "./rules.ts";

const find = optionalWords(60).meta({ description: "名称里有这些字的" });

export const listInstallation = query({
  name: "listInstallation",
  title: "小区一览",
  may: "operator",
  input: z.object({ ...listInput, find }),
  output: listOf(
    z.object({
      code: z.string(),
      name: z.string(),
      trustee: z.string(),
      members: z.object({ committee: z.number().int(), trustee: z.number().int(), owner: z.number().int() }),
    }),
  ),
  run: async ({ db }, { find: text, after = "", limit }) => {
    const counts = await access.memberCounts(db);
    const found = (await listCommunities(db)).filter(
      ({ code, name }) => code > after && (name.includes(text) || code.includes(text)),
    );
    const { items: shown, next } = pageFrom(found, limit, ({ code }) => code);
    const items = shown.map(({ code, name, trustee: company }) => {
      const { committee = 0, trustee = 0, owner = 0 } = counts.get(code) ?? {};
      return { code, name, trustee: company, members: { committee, trustee, owner } };
    });
    return { items, next };
  },
});

export const listAccounts = query({
  name: "listAccounts",
  title: "账号一览",
  may: "operator",
  input: z.object({ ...listInput, find: find.meta({ description: "登录名或称呼里有这些字的" }) }),
  output: listOf(
    z.object({
      id: z.string(),
      name: z.string(),
      display: z.string(),
      isOperator: z.boolean(),
      hasKey: z.boolean(),
      disabledAt: instant.nullable(),
      memberships: z.array(z.object({ community: z.string(), role: z.enum(ROLES) })),
      isMe: z.boolean(),
    }),
  ),
  run: async ({ db, actor }, { find: text, after = "", limit }) => {
    const found = await access.findAccounts(db, text.normalize("NFKC"), { after, limit: limit + 1 });
    const { items: accounts, next } = pageFrom(found, limit, ({ name }) => name);
    const memberships = await access.membershipsOfAll(
      db,
      accounts.map(({ id }) => id),
    );
    const items = accounts.map(({ id, name, display, operator, totp, disabledAt }) => ({
      id,
      name,
      display,
      disabledAt,
      isOperator: operator,
      hasKey: totp !== "",
      memberships: memberships
        .filter(({ account }) => account === id)
        .map(({ community, role }) => ({ community, role })),
      isMe: id === actor.id,
    }));
    return { items, next };
  },
});

/** Into the log of the installation, and of every community where the account is somebody. */
async function noteEverywhere(call: Writing, account: access.Account, what: string): Promise<void> {
  const memberships = await access.membershipsOf(call.tx, account.id);
  for (const community of new Set(["", ...memberships.map((each) => each.community)])) {
    await note({ ...call, community }, what, { who: account.display });
  }
}

async function accountOf(call: Writing, id: string): Promise<access.Account> {
  const account = await access.accountById(call.tx, id);
  if (account === null) {
    throw refuse("ACCOUNT_UNKNOWN", "没有这个账号。", "请从账号列表里选。", 404);
  }
  return account;
}

export const disableAccount = command({
  name: "disableAccount",
  title: "停用账号",
  may: "operator",
  input: z.object({ id: words(40) }),
  output: nothing,
  run: async (call, { id }) => {
    const account = await accountOf(call, id);
    assertMayDisable(account.id, call.actor);
    await access.setDisabled(call.tx, account.id, call.now);
    await access.deleteSessionsOf(call.tx, account.id);
    await access.revokeTokensOf(call.tx, { account: account.id }, call.now);
    await noteEverywhere(call, account, "account disabled");
    return {};
  },
});

export const enableAccount = command({
  name: "enableAccount",
  title: "恢复账号",
  may: "operator",
  input: z.object({ id: words(40) }),
  output: nothing,
  run: async (call, { id }) => {
    const account = await accountOf(call, id);
    await access.setDisabled(call.tx, account.id, null);
    await noteEverywhere(call, account, "account enabled");
    return {};
  },
});
