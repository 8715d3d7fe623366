// One import of the bank's lines, and taking it back; as a page and as an API.
import { z } from "zod";
import { displayNames } from "../access/service.ts";
import { bankHref } from "../bank/rules.ts";
import { mayDo } from "../door/rules.ts";
import { api, API, DESK, form, page, type Route, type View } from "../door/routes.ts";
import { command, note, type Reading, type Writing } from "../door/service.ts";
import { idNumber, readAddress, words } from "../platform/input.ts";
import { importModel } from "./page.ts";
import { confirmFault, needsAnother, obstacleTo } from "./rules.ts";
import * as service from "./service.ts";

const importInput = { account: words(40), number: idNumber };

const recallOutput = z.object({
  account: z.string(),
  number: z.number(),
  /** False while the other side has to agree. */
  isTakenBack: z.boolean(),
  lines: z.number(),
  unmatched: z.number(),
});

export const takeBackImport = command({
  name: "takeBackBankImport",
  title: "撤回一次导入的银行流水（别人导入的、已经核对过的，要另一方确认）",
  may: "bank.recall",
  input: z.object({ ...importInput, reason: words(200) }),
  output: recallOutput,
  run: async (call, { account, number, reason }) => {
    return told(call, number, await service.takeBack(call, account, { number, reason }));
  },
});

export const confirmTakeBack = command({
  name: "confirmTakeBackBankImport",
  title: "确认另一方提出的撤回导入",
  may: "bank.recall",
  input: z.object(importInput),
  output: recallOutput,
  run: async (call, { account, number }) => told(call, number, await service.confirmTakeBack(call, account, number)),
});

/** Tells the log what became of it, and answers the same. */
async function told(call: Writing, number: number, recalled: service.Recalled): Promise<z.input<typeof recallOutput>> {
  const { account, isTakenBack, reason, lines, unmatched } = recalled;
  const about = { name: account.name, number: String(number), reason };
  await (isTakenBack
    ? note(call, "bank import taken back", { ...about, lines: String(lines), unmatched: String(unmatched) })
    : note(call, "bank recall asked", about));
  return { account: account.code, number, isTakenBack, lines, unmatched };
}

async function importView(call: Reading, address: unknown): Promise<View> {
  const { db, community, actor } = call;
  const { account, number } = readAddress(confirmTakeBack.input, address);
  const facts = await service.recallable(db, community, account, number);
  const { imported } = facts;
  const people = [imported.importedBy, imported.asked?.by ?? [], imported.takenBack?.by ?? []].flat();
  const may = mayDo(call, "bank.recall");
  return {
    view: "bank-import",
    model: importModel(community, facts, {
      names: await displayNames(db, people),
      obstacle: obstacleTo(facts),
      mayRecall: may,
      needsAnother: may && needsAnother(facts, actor.id),
      mayConfirm: may && confirmFault(facts, { id: actor.id, side: service.deskSide(actor, community) }) === null,
    }),
  };
}

const IMPORT = `${DESK}/bank/:account/imports/:number`;
const API_IMPORT = `${API}/bank/:account/imports/:number`;

export const recallRoutes: readonly Route[] = [
  api("post", `${API_IMPORT}/recall`, takeBackImport),
  api("post", `${API_IMPORT}/recall/confirm`, confirmTakeBack),

  page(IMPORT, "bank.view", importView),
  form(`${IMPORT}/recall`, takeBackImport, {
    done: ({ account, number }, _words, { community }) => bankHref(community, account, "imports", number),
    again: importView,
  }),
  form(`${IMPORT}/recall/confirm`, confirmTakeBack, {
    done: ({ account, number }, _words, { community }) => bankHref(community, account, "imports", number),
    again: importView,
  }),
];
