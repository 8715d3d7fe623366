// The operator's page: communities with their first members, accounts, forgotten passwords.
import { toString as qrSvg } from "qrcode";
import { api, form, page, type Route, type View, type Words } from "../door/routes.ts";
import type { Reading } from "../door/service.ts";
import { markup } from "../platform/form.ts";
import { readInput } from "../platform/input.ts";
import { spokenMoment } from "../base/month.ts";
import { listCommunities } from "../trust/service.ts";
import { inviteOperator, type Told } from "../admission/service.ts";
import { askReset, listResets, revokeReset, tellReset } from "../recovery/service.ts";
import { accountRows, resetRows } from "./page.ts";
import { disableAccount, enableAccount, listAccounts, listInstallation } from "./service.ts";

/** What stands in the address of a list: what is looked for, and where it goes on. */
function wishOf({ find = "", after }: Words): { find: string; after?: string } {
  return { find, ...(after === undefined ? {} : { after }) };
}

function nextPage(path: string, find: string, next: string | null): string {
  return next === null ? "" : `${path}?${new URLSearchParams({ find, after: next }).toString()}`;
}

async function operatorPage(call: Reading, words: Words): Promise<View> {
  const wish = readInput(listInstallation.input, wishOf(words));
  const { items, next } = await listInstallation.run(call, wish);
  const model = {
    communities: items.map((each) => ({
      ...each,
      isLacking: each.members.committee === 0 || each.members.trustee === 0,
    })),
    find: wish.find,
    next: nextPage("/operator", wish.find, next),
  };
  return { view: "operator", model };
}

async function accountsPage(call: Reading, words: Words): Promise<View> {
  const names = new Map((await listCommunities(call.db)).map(({ code, name }) => [code, name]));
  const wish = readInput(listAccounts.input, wishOf(words));
  const { items: accounts, next } = await listAccounts.run(call, wish);
  const { items: resets } = await listResets.run(call, {});
  const model = {
    accounts: accountRows(accounts, names),
    resets: resetRows(resets, names),
    find: wish.find,
    next: nextPage(ACCOUNTS, wish.find, next),
  };
  return { view: "operator-accounts", model };
}

const ACCOUNTS = "/operator/accounts";

async function toldView(view: string, told: Told): Promise<View> {
  const qr = markup(await qrSvg(told.url, { type: "svg", margin: 2 }));
  return { view, model: { ...told, qr, expires: spokenMoment(told.expiresAt), back: ACCOUNTS } };
}

const again = (call: Reading): Promise<View> => accountsPage(call, {});
const toAccounts = (): string => ACCOUNTS;

export const operatorRoutes: readonly Route[] = [
  page("/operator", "operator", operatorPage),
  page(ACCOUNTS, "operator", accountsPage),
  form(`${ACCOUNTS}/:id/disable`, disableAccount, { done: toAccounts, again }),
  form(`${ACCOUNTS}/:id/enable`, enableAccount, { done: toAccounts, again }),
  form(`${ACCOUNTS}/:account/reset`, askReset, {
    done: ({ told }) => (told === null ? ACCOUNTS : toldView("reset-told", told)),
    again,
  }),
  form("/operator/resets/:id/code", tellReset, { done: (told) => toldView("reset-told", told), again }),
  form("/operator/resets/:id/revoke", revokeReset, { done: toAccounts, again }),
  form("/operator/invite", inviteOperator, { done: (told) => toldView("code-told", told), again }),

  api("get", "/operator/communities", listInstallation),
  api("get", "/operator/accounts", listAccounts),
  api("post", "/operator/accounts/:id/disable", disableAccount),
  api("post", "/operator/accounts/:id/enable", enableAccount),
  api("post", "/operator/invite", inviteOperator, { status: 201 }),
];
