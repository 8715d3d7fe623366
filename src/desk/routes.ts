// Pages of the desk: where the community stands, one month's checklist, its preview; closing and publishing.
import { api, API, DESK, form, page, type Route, type View, type Words } from "../door/routes.ts";
import type { Reading } from "../door/service.ts";
import { mayDo } from "../door/rules.ts";
import type { Month } from "../base/month.ts";
import { readAddress } from "../platform/input.ts";
import { closeMonth, currentMonth, monthAtDesk, preview, publishMonth, readMonth, todoOf } from "./service.ts";

async function homePage(call: Reading): Promise<View> {
  const model = await monthModel(call, await currentMonth(call.db, call.community));
  return { view: "desk-home", model: { ...model, ...(await todoOf(call)) } };
}

async function monthPage(call: Reading, words: Words): Promise<View> {
  return { view: "desk-month", model: await monthModel(call, readAddress(readMonth.input, words).month) };
}

async function monthModel(call: Reading, month: Month): Promise<Record<string, unknown>> {
  const at = await monthAtDesk(call, month);
  const { community } = call;
  const isToClose = at.stage === "to-close" && mayDo(call, "period.close");
  const isToPublish = at.stage === "to-publish" && mayDo(call, "period.publish");
  return {
    ...at,
    items: at.items.map((item) => ({ ...item, href: `/desk/${community}/${item.link}`, mark: MARKS[item.state] })),
    stageWords: STAGE_WORDS[at.stage],
    month: at.month,
    isToClose,
    isToPublish,
    isRunning: at.stage === "running",
    isPublished: at.stage === "published",
    closeAction: `/desk/${community}/months/${month}/close`,
    publishAction: `/desk/${community}/months/${month}/publish`,
    previewHref: `/desk/${community}/months/${month}/preview`,
    statementHref: `/c/${community}/${month}`,
  };
}

const MARKS = { blocks: "▲", open: "○", done: "✓" } as const;

const STAGE_WORDS = {
  running: "正在记账",
  "to-close": "已过完，等结账",
  "to-publish": "已结账，等公布",
  published: "已公布",
} as const;

async function previewPage(call: Reading, words: Words): Promise<View> {
  const { month } = readAddress(readMonth.input, words);
  const { isBlocked } = await monthAtDesk(call, month);
  return {
    view: "desk-preview",
    model: {
      page: await preview(call, month),
      isBlocked,
      canPublish: !isBlocked && mayDo(call, "period.publish"),
      publishAction: `/desk/${call.community}/months/${month}/publish`,
      monthHref: `/desk/${call.community}/months/${month}`,
    },
  };
}

export const deskRoutes: readonly Route[] = [
  page(DESK, "desk.view", homePage, "首页", ["/months"]),
  page(`${DESK}/months/:month`, "period.view", monthPage),
  page(`${DESK}/months/:month/preview`, "period.view", previewPage),
  form(`${DESK}/months/:month/close`, closeMonth, {
    done: (_output, { code = "", month = "" }) => `/desk/${code}/months/${month}/preview`,
    again: monthPage,
  }),
  form(`${DESK}/months/:month/publish`, publishMonth, {
    done: (_output, { code = "", month = "" }) => `/c/${code}/${month}`,
    again: monthPage,
  }),
  api("get", `${API}/months/:month`, readMonth),
  api("post", `${API}/months/:month/close`, closeMonth),
  api("post", `${API}/months/:month/publish`, publishMonth),
];
