// The operator's page: communities with their first members, accounts, forgotten passwords.
import { toString as qrSvg } from "qrcode";
import { api, form, page, type Route, type View, type Words } from "../door/routes.ts";
import type { Reading } from "../door/service.ts";
import { markup } from "../platform/form.ts";
import { spokenMoment } from "../base/month.ts";
import { listCommunities } from "../trust/service.ts";
import { inviteOperator, type Told } from "../admission/service.ts";
import { askReset, listResets, revokeReset, tellReset } from "../recovery/service.ts";
import { accountRows, resetRows } from "./page.ts";
import { disableAccount, enableAccount, listAccounts, listInstallation } from "./service.ts";

async function operatorPage(call: Reading): Promise<View> {
  const { communities } = await listInstallation.run(call, {});
  const model = {
    communities: communities.map((each) => ({
      ...each,
      isLacking: each.members.committee === 0 || each.members.trustee === 0,
    })),
  };
  return { view: "operator", model };
}

async function accountsPage(call: Reading, { find = "" }: Words): Promise<View> {
  const names = new Map((await listCommunities(call.db)).map(({ code, name }) => [code, name]));
  const { accounts } = await listAccounts.run(call, { find: find.slice(0, 60) });
  const { items } = await listResets.run(call, {});
  const model = { accounts: accountRows(accounts, names), resets: resetRows(items, names), find };
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
