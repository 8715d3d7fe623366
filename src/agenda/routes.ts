// An owner's first page: what is to be decided now, then what is owed and paid.
import { MY, page, type Route, type Typed, type View } from "../door/routes.ts";
import type { Reading } from "../door/service.ts";
import { myAccount } from "../standing/routes.ts";
import { ownFront } from "./service.ts";

async function myView(call: Reading, words: Typed): Promise<View> {
  return { view: "standing-my", model: { ...(await myAccount(call, words)), ...(await ownFront(call)) } };
}

export const agendaRoutes: readonly Route[] = [page(MY, "account.own", myView, "我家")];
