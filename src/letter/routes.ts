// The page of owners' accounts, and their letters as one PDF.
import { invitationLetters } from "../../reports/letters.ts";
import { dayAt } from "../base/month.ts";
import { api, API, DESK, form, page, type Route, type Typed, type View, type Words } from "../door/routes.ts";
import type { Reading } from "../door/service.ts";
import { ready, type Ready } from "../platform/http.ts";
import { readInput } from "../platform/input.ts";
import { findCommunity } from "../trust/service.ts";
import { letterWords, unitRows } from "./page.ts";
import { inviteOwners, listOwnerUnits } from "./service.ts";

async function ownersPage(call: Reading, words: Words, typed: Typed): Promise<View> {
  const { find = "", without = "", after } = words;
  const wish = { find, without, ...(after === undefined ? {} : { after }) };
  const { items, next, units, withAccount } = await listOwnerUnits.run(call, readInput(listOwnerUnits.input, wish));
  const further = new URLSearchParams({ find, without, after: next ?? "" });
  const model = {
    units: unitRows(items),
    next: next === null ? "" : `/desk/${call.community}/owners?${further.toString()}`,
    find,
    isWithout: without !== "",
    total: units,
    withAccount,
    without: units - withAccount,
    whichOptions: [
      { value: "all", label: "所有还没有账号的业主" },
      { value: "chosen", label: "只给下面这些房号（没有用过的旧邀请码随即作废）" },
    ],
    values: { which: "all", ...typed },
  };
  return { view: "owners", model };
}

interface Letters {
  readonly letters: Parameters<typeof letterWords>[0][];
  readonly expiresAt: string;
}

async function lettersPdf(call: Reading, { letters, expiresAt }: Letters): Promise<Ready> {
  const community = await findCommunity(call.db, call.community);
  const from = {
    communityName: community?.name ?? "",
    issuer: community?.trustee ?? "",
    expiresOn: dayAt(new Date(expiresAt)),
  };
  const pdf = await invitationLetters(letters.map((letter) => letterWords(letter, from)));
  return ready(pdf, "application/pdf", "no-store", `邀请信-${dayAt(call.now)}-${letters.length}封.pdf`);
}

export const letterRoutes: readonly Route[] = [
  page(`${DESK}/owners`, "owner.invite", (call, words) => ownersPage(call, words, {})),
  form(`${DESK}/owners/letters`, inviteOwners, {
    done: (output, _words, call) => lettersPdf(call, output),
    again: (call, _words, typed) => ownersPage(call, {}, typed),
  }),
  api("get", `${API}/owners`, listOwnerUnits),
  api("post", `${API}/owners/letters`, inviteOwners, { status: 201 }),
];
