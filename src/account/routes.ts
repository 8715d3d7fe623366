// One's own account: signing in, the password, the key, devices, tokens; and the way to the communities one belongs to.
import { toString as qrSvg } from "qrcode";
import {
  api,
  API,
  DESK,
  form,
  page,
  resumeView,
  typedText,
  type Route,
  type Typed,
  type View,
  type Words,
} from "../door/routes.ts";
import type { Reading } from "../door/service.ts";
import { grantable, type Actor } from "../door/rules.ts";
import { markup } from "../platform/form.ts";
import { listCommunities } from "../trust/service.ts";
import * as access from "../access/service.ts";
import { communityChoices, presetLinks, sessionRows, tokenRows } from "./page.ts";
import { mayHoldKey, presetsFor, scopeAreas } from "./rules.ts";
import {
  createToken,
  endSession,
  listTokens,
  revokeToken,
  setKey,
  setPassword,
  showAccount,
  signIn,
  signOut,
} from "./service.ts";

// ---- In and out -------------------------------------------------------------------------------------------------

function signInPage(next: string, held = ""): View {
  return { view: "sign-in", model: { next, held, isHeld: held !== "" } };
}

/** What an ended session had held, as fields; null when it was nothing. */
function heldFields(held: string): Typed | null {
  try {
    const fields: unknown = JSON.parse(held);
    return typeof fields === "object" && fields !== null && !Array.isArray(fields) ? { ...fields } : null;
  } catch {
    return null;
  }
}

async function communitiesPage({ db, actor }: Reading): Promise<View> {
  const names = new Map((await listCommunities(db)).map(({ code, name }) => [code, name]));
  const communities = communityChoices(actor.memberships, names);
  return { view: "communities", model: { communities, isOperator: actor.operator } };
}

// ---- Account ----------------------------------------------------------------------------------------------------

async function accountPage(call: Reading): Promise<View> {
  const account = await showAccount.run(call, {});
  const names = new Map((await listCommunities(call.db)).map(({ code, name }) => [code, name]));
  const communities = [...new Set(account.memberships.map(({ community }) => community))];
  const model = {
    ...account,
    showsKey: mayHoldKey(call.actor),
    sessions: sessionRows(account.sessions),
    tokenPlaces: communities.map((code) => ({ href: `/desk/${code}/tokens`, name: names.get(code) ?? code })),
  };
  return { view: "account", model };
}

/** The same device again when a code was wrong: it is in the person's app already. */
async function keyPage(actor: Actor, typed: string): Promise<View> {
  const secret = /^[A-Z2-7]{16,64}$/u.test(typed) ? typed : access.newKeySecret();
  const qr = markup(await qrSvg(access.keyAddress(actor, secret), { type: "svg", margin: 2 }));
  const spaced = (secret.match(/.{1,4}/gu) ?? []).join(" ");
  return { view: "account-key", model: { secret, spaced, qr, hasKey: actor.hasKey } };
}

// ---- Tokens -----------------------------------------------------------------------------------------------------

async function tokensPage(call: Reading, { for: purpose = "look" }: Words, typed?: Typed): Promise<View> {
  const { items } = await listTokens.run(call, {});
  const may = grantable(call.actor, call.community);
  const preset = presetsFor(may).find(({ name }) => name === purpose)?.scopes ?? [];
  const chosen = typed === undefined ? preset : [typed["scopes"] ?? []].flat().map(String);
  const model = {
    tokens: tokenRows(items),
    presets: presetLinks(may, purpose),
    areas: scopeAreas(may, chosen),
    values: typed ?? { days: "90" },
  };
  return { view: "tokens", model };
}

export const accountRoutes: readonly Route[] = [
  page("/sign-in", "anyone", async (_call, { next = "" }) => signInPage(next)),
  form("/sign-in", signIn, {
    opensSession: true,
    done: ({ next, held }) => {
      const fields = heldFields(held);
      return fields === null ? next : Promise.resolve(resumeView(next, fields));
    },
    again: async (_call, _words, typed) => signInPage(typedText(typed, "next"), typedText(typed, "held")),
  }),
  form("/sign-out", signOut, { opensSession: true, done: () => "/", again: async () => signInPage("") }),
  page("/desk", "signed-in", communitiesPage),

  page("/account", "account", accountPage),
  form("/account/sessions/:id/end", endSession, { done: () => "/account", again: accountPage }),
  page("/account/password", "account", async () => ({ view: "account-password", model: {} })),
  form("/account/password", setPassword, {
    opensSession: true,
    done: () => "/account",
    again: async () => ({ view: "account-password", model: {} }),
  }),
  page("/account/key", "account", ({ actor }) => keyPage(actor, "")),
  form("/account/key", setKey, {
    opensSession: true,
    done: () => "/account",
    again: ({ actor }, _words, typed) => keyPage(actor, typedText(typed, "secret")),
  }),
  api("get", "/account", showAccount),
  api("post", "/account/sessions/:id/end", endSession),

  page(`${DESK}/tokens`, "token.manage", tokensPage),
  form(`${DESK}/tokens`, createToken, {
    done: async ({ token }) => ({ view: "token-told", model: { token } }),
    again: tokensPage,
  }),
  form(`${DESK}/tokens/:id/revoke`, revokeToken, {
    done: (_output, { code = "" }) => `/desk/${code}/tokens`,
    again: (call, words) => tokensPage(call, words),
  }),
  api("get", `${API}/tokens`, listTokens),
  api("post", `${API}/tokens`, createToken, { status: 201 }),
  api("post", `${API}/tokens/:id/revoke`, revokeToken),
];
