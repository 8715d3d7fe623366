// The bank's lines and the imports that brought them, for programs.
import { z } from "zod";
import { toYuan } from "../base/money.ts";
import { EARLIEST_MONTH, LATEST_MONTH } from "../base/month.ts";
import { api, API, type Route } from "../door/routes.ts";
import { query } from "../door/service.ts";
import { listInput, listOf, monthText, words } from "../platform/input.ts";
import type { StoredLine } from "./rules.ts";
import * as service from "./service.ts";

const accountInput = { account: words(40) };

const lineOutput = z.object({
  line: z.number(),
  day: z.string(),
  amount: z.string(),
  balance: z.string(),
  counterparty: z.string(),
  memo: z.string(),
  serial: z.string(),
});

function lineOf(line: StoredLine): z.input<typeof lineOutput> {
  const { line: number, day, amount, balance, counterparty, memo, serial } = line;
  return { line: number, day, amount: toYuan(amount), balance: toYuan(balance), counterparty, memo, serial };
}

export const importOutput = z.object({
  number: z.number(),
  added: z.number(),
  known: z.number(),
  matched: z.number(),
  from: z.string(),
  through: z.string(),
  basis: z.string(),
  notices: z.array(z.string()),
});

export const listBankLines = query({
  name: "listBankLines",
  title: "银行流水列表",
  may: "bank.view",
  input: z.object({ ...accountInput, ...listInput, month: monthText.optional() }),
  output: listOf(lineOutput),
  run: async ({ db, community }, { account, month, after, limit }) => {
    await service.bankAccountOf(db, community, account);
    const months = { first: month ?? EARLIEST_MONTH, last: month ?? LATEST_MONTH };
    const { items, next } = await service.linesAfter(db, community, account, { ...months, after: after ?? "", limit });
    return { items: items.map(lineOf), next };
  },
});

export const listBankImports = query({
  name: "listBankImports",
  title: "银行流水的导入记录",
  may: "bank.view",
  input: z.object({ ...accountInput }),
  output: z.object({
    items: z.array(
      importOutput.extend({
        name: z.string(),
        sha256: z.string(),
        importedAt: z.string(),
        /** Why it should be taken back, while the other side has not agreed; null while nobody asked. */
        asked: z.string().nullable(),
        /** Why it was taken back: its lines count no more; null while they do. */
        takenBack: z.string().nullable(),
      }),
    ),
  }),
  run: async ({ db, community }, { account }) => {
    const imports = await service.importsOf(db, community, account);
    return {
      items: imports.map((each) => ({
        ...each,
        notices: each.notices.split("\n").filter((text) => text !== ""),
        asked: each.takenBack === null ? (each.asked?.reason ?? null) : null,
        takenBack: each.takenBack?.reason ?? null,
      })),
    };
  },
});

const API_ACCOUNT = `${API}/bank/:account`;

export const bankRoutes: readonly Route[] = [
  api("get", `${API_ACCOUNT}/lines`, listBankLines),
  api("get", `${API_ACCOUNT}/imports`, listBankImports),
];
