// Where the committee and the supervisor check owners' accounts.
import { api, API, DESK, form, page, type Route, type Typed, type View } from "../door/routes.ts";
import type { Reading } from "../door/service.ts";
import { readInput } from "../platform/input.ts";
import { accountRows } from "./page.ts";
import { checkOwners, listOwnerAccounts, WHICH } from "./service.ts";

const WHICH_NAMES = { waiting: "等核对", checked: "核对过", all: "全部" } as const;

/** The list as the address asks for it, with what was ticked in a form that came back. */
async function checksPage(call: Reading, sent: Typed): Promise<View> {
  const base = `/desk/${call.community}/owner-checks`;
  const { members, ...asked } = sent;
  const input = readInput(listOwnerAccounts.input, asked);
  const { items, next, waiting } = await listOwnerAccounts.run(call, input);
  const { which, find } = input;
  const at = (more: Readonly<Record<string, string>>): string =>
    `${base}?${new URLSearchParams({ which, find, ...more }).toString()}`;
  const accounts = accountRows(items, new Set([members].flat()));
  const model = {
    waiting,
    accounts,
    hasTickable: accounts.some(({ isTickable }) => isTickable),
    tabs: WHICH.map((each) => ({
      label: WHICH_NAMES[each],
      href: at({ which: each }),
      isCurrent: each === which,
    })),
    which,
    find,
    next: next === null ? "" : at({ after: next }),
  };
  return { view: "owner-checks", model };
}

export const identityRoutes: readonly Route[] = [
  page(`${DESK}/owner-checks`, "owner.check", checksPage),
  form(`${DESK}/owner-checks`, checkOwners, {
    done: (_output, { code = "" }) => `/desk/${code}/owner-checks`,
    again: (call, _words, typed) => checksPage(call, typed),
  }),
  api("get", `${API}/owner-accounts`, listOwnerAccounts),
  api("post", `${API}/owner-accounts/checks`, checkOwners),
];
