// The page of a handover, and the same as JSON.
import { dayAt } from "../base/month.ts";
import { API, api, DESK, page, type Route, type View } from "../door/routes.ts";
import type { Reading } from "../door/service.ts";
import { handoverCard } from "./page.ts";
import { showHandover } from "./service.ts";

async function handoverView(call: Reading): Promise<View> {
  const { handovers, checklist, papers } = await showHandover.run(call, {});
  const today = dayAt(call.now);
  const cards = handovers.map((each) => handoverCard(each, call.community, today));
  return {
    view: "handover",
    model: {
      current: cards.filter(({ isNow }) => isNow),
      others: cards.filter(({ isNow }) => !isNow),
      checklist,
      open: checklist.filter(({ isDone }) => !isDone).length,
      papers,
    },
  };
}

export const handoverRoutes: readonly Route[] = [
  page(`${DESK}/handover`, "resolution.view", handoverView),
  api("get", `${API}/handover`, showHandover),
];
