// A forgotten password: agreeing to a new one at the desk, and setting it with a code.
import { api, API, DESK, form, page, typedText, type Route, type View, type Words } from "../door/routes.ts";
import type { Reading } from "../door/service.ts";
import { refuse } from "../base/refusal.ts";
import { spokenMoment } from "../base/month.ts";
import {
  askReset,
  confirmReset,
  declineReset,
  listResets,
  resetsWaitingIn,
  revokeReset,
  startOver,
  tellReset,
} from "./service.ts";

async function confirmPage(call: Reading, { id = "" }: Words): Promise<View> {
  const reset = (await resetsWaitingIn(call.db, call)).find((each) => each.id === id);
  if (reset === undefined) {
    throw refuse("RESET_UNKNOWN", "没有等待确认的这项重置。", "请回到成员页看它现在的状态。", 404);
  }
  return { view: "reset-confirm", model: { reset: { ...reset, since: spokenMoment(reset.since) } } };
}

const backToMembers = (_output: unknown, { code = "" }: Words): string => `/desk/${code}/members`;

export const recoveryRoutes: readonly Route[] = [
  page("/reset", "anyone", async (_call, { code = "" }) => ({ view: "reset", model: { values: { reset: code } } })),
  form("/reset", startOver, {
    opensSession: true,
    done: () => "/account",
    again: async (_call, _words, typed) => ({ view: "reset", model: { values: { reset: typedText(typed, "reset") } } }),
  }),
  page(`${DESK}/resets/:id`, "member.confirm", confirmPage),
  form(`${DESK}/resets/:id/confirm`, confirmReset, { done: backToMembers, again: confirmPage }),
  form(`${DESK}/resets/:id/decline`, declineReset, { done: backToMembers, again: confirmPage }),

  api("get", "/operator/resets", listResets),
  api("post", "/operator/accounts/:account/reset", askReset, { status: 201 }),
  api("post", "/operator/resets/:id/code", tellReset),
  api("post", "/operator/resets/:id/revoke", revokeReset),
  api("post", `${API}/resets/:id/confirm`, confirmReset),
  api("post", `${API}/resets/:id/decline`, declineReset),
];
