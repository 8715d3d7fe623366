// The register of contracts: read by all, kept by the desk, and the same as JSON.
import { dayAt } from "../base/month.ts";
import { API, api, DESK, form, page, typedText, type Route, type Typed, type View } from "../door/routes.ts";
import { mayDo } from "../door/rules.ts";
import type { Reading } from "../door/service.ts";
import { readInput } from "../platform/input.ts";
import { basisOf, resolutionChoices } from "../resolution/rules.ts";
import { listResolutions, registeredNumbers } from "../resolution/service.ts";
import { ACCOUNT_CHOICES, contractCard, dueRow, RHYTHM_CHOICES } from "./page.ts";
import {
  addContract,
  endContract,
  linkRevenue,
  listContracts,
  listLinkable,
  listOverdue,
  showContract,
  waiveDue,
} from "./service.ts";

const HERE = `${DESK}/contracts`;

async function listView(call: Reading): Promise<View> {
  const today = dayAt(call.now);
  const { items } = await listContracts.run(call, {});
  const overdue = await listOverdue.run(call, {});
  const cards = items.map((contract) => contractCard(contract, today));
  return {
    view: "revenue-list",
    model: {
      running: cards.filter(({ isOver }) => !isOver),
      over: cards.filter(({ isOver }) => isOver),
      overdue: overdue.items.map((due) => dueRow(due, today)),
      mayEdit: mayDo(call, "contract.edit"),
    },
  };
}

async function contractView(call: Reading, sent: Typed): Promise<View> {
  const today = dayAt(call.now);
  const { id } = readInput(showContract.input, sent);
  const { contract, dues } = await showContract.run(call, { id });
  const rows = dues.map((due) => dueRow(due, today));
  return {
    view: "revenue-contract",
    model: {
      contract: contractCard(contract, today),
      basis: basisOf(call.community, contract.resolution, await registeredNumbers(call.db, call.community)),
      late: rows.filter(({ isLate }) => isLate),
      coming: rows.filter(({ isLate, isPaid }) => !isLate && !isPaid).slice(0, 12),
      paid: rows.filter(({ isPaid, isWaived }) => isPaid && !isWaived).toReversed(),
      waived: rows.filter(({ isWaived }) => isWaived).toReversed(),
      mayEdit: mayDo(call, "contract.edit"),
      mayReceive: mayDo(call, "fees.receive"),
    },
  };
}

/** Which receipt pays a due: those on the contract's account, the newest first. */
async function linkView(call: Reading, sent: Typed): Promise<View> {
  const { id } = readInput(showContract.input, sent);
  const { contract, dues } = await showContract.run(call, { id });
  const { items } = await listLinkable.run(call, { id });
  const today = dayAt(call.now);
  const due = dues.find((each) => each.due === typedText(sent, "due")) ?? dues.find(({ left }) => left !== "0.00");
  const receipts = items.map(({ entry, day, memo, free }) => ({
    value: entry,
    label: `${day}　${free} 元　${memo}　${entry}${free === due?.left ? "　（金额相同）" : ""}`,
  }));
  return {
    view: "revenue-link",
    model: {
      contract: contractCard(contract, today),
      due: due === undefined ? null : dueRow(due, today),
      receipts,
      hasReceipts: receipts.length > 0,
      values: { id: String(id), due: due?.due ?? "" },
    },
  };
}

async function newView({ db, community, now }: Reading): Promise<View> {
  const resolutions = resolutionChoices(await listResolutions(db, community));
  const choices = { accounts: ACCOUNT_CHOICES, rhythms: RHYTHM_CHOICES, resolutions };
  return { view: "revenue-new", model: { ...choices, values: { from: dayAt(now) } } };
}

const endView = async (call: Reading, sent: Typed): Promise<View> => {
  const { id } = readInput(showContract.input, sent);
  const { contract } = await showContract.run(call, { id });
  const today = dayAt(call.now);
  return {
    view: "revenue-end",
    model: { contract: contractCard(contract, today), values: { id: String(id), endedOn: today } },
  };
};

const waiveView = async (call: Reading, sent: Typed): Promise<View> => {
  const { id } = readInput(showContract.input, sent);
  const { contract, dues } = await showContract.run(call, { id });
  const today = dayAt(call.now);
  const due = dues.find((each) => each.due === typedText(sent, "due"));
  return {
    view: "revenue-waive",
    model: {
      contract: contractCard(contract, today),
      due: due === undefined ? null : dueRow(due, today),
      values: { id: String(id), due: due?.due ?? "" },
    },
  };
};

const toContract = ({ id }: { id: number }, { code = "" }): string => `/desk/${code}/contracts/${id}`;

export const revenueRoutes: readonly Route[] = [
  page(HERE, "contract.view", listView, "公共收益"),
  page(`${HERE}/new`, "contract.edit", newView),
  form(HERE, addContract, { done: toContract, again: newView }),
  form(`${HERE}/end`, endContract, { done: toContract, again: (call, _words, typed) => endView(call, typed) }),
  form(`${HERE}/link`, linkRevenue, { done: toContract, again: (call, _words, typed) => linkView(call, typed) }),
  form(`${HERE}/waive`, waiveDue, { done: toContract, again: (call, _words, typed) => waiveView(call, typed) }),
  page(`${HERE}/:id`, "contract.view", contractView),
  page(`${HERE}/:id/end`, "contract.edit", endView),
  page(`${HERE}/:id/link`, "contract.edit", linkView),
  page(`${HERE}/:id/waive`, "contract.edit", waiveView),
  api("get", `${API}/contracts`, listContracts),
  api("post", `${API}/contracts`, addContract, { status: 201 }),
  api("get", `${API}/contracts/overdue`, listOverdue),
  api("get", `${API}/contracts/:id`, showContract),
  api("get", `${API}/contracts/:id/linkable`, listLinkable),
  api("post", `${API}/contracts/:id/end`, endContract, { status: 201 }),
  api("post", `${API}/contracts/:id/payments`, linkRevenue, { status: 201 }),
  api("post", `${API}/contracts/:id/waivers`, waiveDue, { status: 201 }),
];
