// The bank's files: uploaded, previewed, brought in; as pages and as an API.
import { z } from "zod";
import { importOutput } from "../bank/routes.ts";
import { dayAt, type Day } from "../base/month.ts";
import { refuse } from "../base/refusal.ts";
import { bankHref } from "../bank/rules.ts";
import { bankAccountOf, toldAccount } from "../bank/service.ts";
import { readBankFile } from "../bankfile/service.ts";
import { missingFields, type Layout } from "../banklayout/rules.ts";
import { api, API, DESK, file, form, page, typedText, type Route, type View } from "../door/routes.ts";
import { command, note, query, type Reading, type Upload } from "../door/service.ts";
import { isSha } from "../platform/files.ts";
import { ready } from "../platform/http.ts";
import { dayText, optionalWords, shaText, ticked, words } from "../platform/input.ts";
import { FIELD_NAMES, fileModel, layoutModel } from "./page.ts";
import * as service from "./service.ts";

// ---- What is sent and answered ----------------------------------------------------------------------------------

const accountInput = { account: words(40) };
/** A day that a form may leave empty. */
const optionalDay = z.union([z.literal(""), dayText]).default("");

const placeOutput = z.object({
  code: z.string(),
  message: z.string(),
  remedy: z.string(),
  line: z.number().optional(),
  column: z.string().optional(),
  value: z.string().optional(),
});

const layoutOutput = z.record(z.string(), z.array(z.string()));

const previewOutput = z.object({
  sha256: z.string(),
  name: z.string(),
  /** Columns that somebody has to name first; empty when the file can be read. */
  missing: z.array(z.string()),
  columns: z.array(z.string()),
  layout: layoutOutput,
  isFlipped: z.boolean(),
  from: z.string().nullable(),
  through: z.string().nullable(),
  basis: z.string().nullable(),
  added: z.number(),
  known: z.number(),
  skipped: z.array(z.object({ line: z.number(), text: z.string() })),
  notices: z.array(z.string()),
  /** What the first file with a number or a holder asks somebody to confirm (`isOwn`); null when nothing is new. */
  whose: z.string().nullable(),
  /** Where it does not join what is known: it comes in only with a reason (`gapReason`). */
  gaps: z.array(placeOutput),
  faults: z.array(placeOutput),
});

// ---- Use cases --------------------------------------------------------------------------------------------------

/** What was uploaded: exactly one file. */
function oneFile(uploads: readonly Upload[]): Upload {
  const [first] = uploads;
  if (first === undefined || uploads.length > 1) {
    throw refuse("FILE_NEEDED", "请选一个文件。", "每次上传一份银行导出的 Excel 或 CSV 文件。");
  }
  return first;
}

export const uploadBankFile = command({
  name: "uploadBankFile",
  title: "上传银行导出的文件（先预览，再导入）",
  may: "bank.import",
  input: z.object(accountInput),
  output: z.object({ account: z.string(), sha256: z.string(), name: z.string() }),
  prepare: async ({ files, now }, _input, uploads) => {
    const { bytes, name } = oneFile(uploads);
    // What is no spreadsheet is refused here, before it is kept.
    await readBankFile(bytes, fileName(name), null, dayAt(now));
    return { sha256: await files.put(bytes), name: fileName(name) };
  },
  run: async (call, { account }, kept) => {
    await service.keepUpload(call, account, kept);
    return { account, ...kept };
  },
});

function fileName(name: string): string {
  return name.replaceAll(/[\u0000-\u001f\u007f-\u009f\ud800-\udfff]/gu, "").slice(-100) || "流水";
}

const previewInput = z.object({ ...accountInput, sha256: shaText, from: optionalDay, through: optionalDay });

function typedPeriod({ from, through }: { from: Day | ""; through: Day | "" }): { from?: Day; through?: Day } {
  return { ...(from === "" ? {} : { from }), ...(through === "" ? {} : { through }) };
}

export const previewBankFile = query({
  name: "previewBankFile",
  title: "预览一份上传的银行文件",
  may: "bank.import",
  input: previewInput,
  output: previewOutput,
  run: async (call, { account: code, sha256, ...typed }) => {
    const { account, upload, reading } = await service.readUpload(call, code, sha256);
    if (!("lines" in reading)) {
      return { ...NOTHING_READ, sha256, name: upload.name, missing: [...reading.missing], columns: [...reading.keys] };
    }
    const about = { typed: typedPeriod(typed), today: dayAt(call.now) };
    const examined = await service.examine(call.db, call.community, { account, upload, file: reading }, about);
    return {
      ...NOTHING_READ,
      sha256,
      name: upload.name,
      layout: layoutOf(reading.layout),
      isFlipped: reading.isFlipped,
      from: examined.coverage?.from ?? null,
      through: examined.coverage?.through ?? null,
      basis: examined.coverage?.basis ?? null,
      added: examined.fresh.length,
      known: examined.known,
      skipped: reading.skipped.map(({ row, text }) => ({ line: row, text })),
      notices: [...examined.notices],
      whose: examined.whose,
      gaps: [...examined.gaps],
      faults: [...examined.faults],
    };
  },
});

const NOTHING_READ = {
  missing: [],
  columns: [],
  layout: {},
  isFlipped: false,
  from: null,
  through: null,
  basis: null,
  added: 0,
  known: 0,
  skipped: [],
  notices: [],
  whose: null,
  gaps: [],
  faults: [],
};

function layoutOf(layout: Layout): Record<string, string[]> {
  return Object.fromEntries(Object.entries(layout).map(([field, columns]) => [field, [...columns]]));
}

export const importBankFile = command({
  name: "importBankFile",
  title: "导入一份上传的银行文件",
  may: "bank.import",
  input: previewInput.extend({
    isOwn: ticked.meta({ description: "confirms that the file is of this account, where `whose` asks" }),
    gapReason: optionalWords(200).meta({ description: "why it comes in although `gaps` says that it does not join" }),
  }),
  output: importOutput.extend({ account: z.string() }),
  prepare: (call, { account, sha256 }) => service.readUpload(call, account, sha256),
  run: async (call, { account, sha256, isOwn, gapReason, ...typed }, read) => {
    const said = { typed: typedPeriod(typed), isOwn, gapReason };
    const { hasGap, ...imported } = await service.importFile(call, read, said);
    const about = { ...(await toldAccount(call, account)), sha256, added: String(imported.added) };
    await (hasGap
      ? note(call, "bank file imported across a gap", { ...about, reason: gapReason })
      : note(call, "bank file imported", about));
    return { ...imported, account, notices: [...imported.notices] };
  },
});

const columnName = optionalWords(60);

export const setBankLayout = command({
  name: "setBankLayout",
  title: "指定银行文件各列的意思",
  may: "bank.import",
  input: z.object({
    ...accountInput,
    sha256: shaText.optional(),
    day: columnName,
    balance: columnName,
    in: columnName,
    out: columnName,
    amount: columnName,
    direction: columnName,
    counterparty: columnName,
    memo: columnName,
    memo2: columnName,
    serial: columnName,
  }),
  output: z.object({ account: z.string(), sha256: z.string() }),
  run: async (call, { account, sha256 = "", memo, memo2, ...columns }) => {
    const memos = [memo, memo2].filter((column) => column !== "");
    const single = Object.entries(columns).map(([field, column]) => [field, [column]] as const);
    const named = [...single, ["memo", memos] as const].filter(([, [column = ""]]) => column !== "");
    const layout: Layout = Object.fromEntries(named);
    const missing = missingFields(layout);
    if (missing.length > 0) {
      throw refuse(
        "LAYOUT_INCOMPLETE",
        `还缺少：${missing.map((field) => FIELD_NAMES[field]).join("、")}。`,
        "日期、余额必须指定；金额要么指定收入和支出两列，要么指定一列金额（没有正负号时再加收支方向）。",
      );
    }
    await service.saveLayout(call, account, layout);
    await note(call, "bank layout set", await toldAccount(call, account));
    return { account, sha256 };
  },
});

export const setBankNumber = command({
  name: "setBankNumber",
  title: "登记银行账号",
  may: "bank.import",
  input: z.object({ ...accountInput, number: optionalWords(60) }),
  output: z.object({ account: z.string() }),
  run: async (call, { account, number }) => {
    await service.saveNumber(call, account, number);
    await note(call, "bank number set", await toldAccount(call, account));
    return { account };
  },
});

// ---- Pages ------------------------------------------------------------------------------------------------------

async function uploadView({ db, community }: Reading, code: string): Promise<View> {
  const account = await bankAccountOf(db, community, code);
  const setting = (await service.settingsOf(db, community)).get(code);
  return {
    view: "bank-upload",
    model: {
      banks: `/desk/${community}/bank`,
      account: { code, name: account.name, href: bankHref(community, code) },
      values: { number: setting?.ownNumber ?? "" },
    },
  };
}

/** What the file says and would do; or, of an unknown one, what its columns mean. */
async function fileView(call: Reading, code: string, sha256: string): Promise<View> {
  const { account, upload, reading } = await service.readUpload(call, code, isSha(sha256) ? sha256 : "");
  const about = { community: call.community, account, sha256, name: upload.name };
  if (!("lines" in reading)) {
    return { view: "bank-layout", model: layoutModel(about, reading, reading.missing, {}) };
  }
  const at = { typed: {}, today: dayAt(call.now) };
  const examined = await service.examine(call.db, call.community, { account, upload, file: reading }, at);
  return { view: "bank-file", model: fileModel(about, { ...examined, file: reading, added: examined.fresh.length }) };
}

/** The columns of a file, to be named, or named otherwise than they were recognised. */
async function columnsView(call: Reading, code: string, sha256: string): Promise<View> {
  const { account, upload, reading } = await service.readUpload(call, code, isSha(sha256) ? sha256 : "");
  const about = { community: call.community, account, sha256, name: upload.name };
  const [missing, layout] = "lines" in reading ? [[], reading.layout] : [reading.missing, {}];
  return { view: "bank-layout", model: layoutModel(about, reading, missing, layout) };
}

const ACCOUNT = `${DESK}/bank/:account`;
const API_ACCOUNT = `${API}/bank/:account`;

export const bankImportRoutes: readonly Route[] = [
  api("post", `${API_ACCOUNT}/files`, uploadBankFile, { status: 201, takesFiles: true }),
  api("get", `${API_ACCOUNT}/files/:sha256`, previewBankFile),
  api("post", `${API_ACCOUNT}/imports`, importBankFile, { status: 201 }),
  api("post", `${API_ACCOUNT}/layout`, setBankLayout),
  api("post", `${API_ACCOUNT}/number`, setBankNumber),

  page(`${ACCOUNT}/upload`, "bank.import", (call, { account = "" }) => uploadView(call, account)),
  form(`${ACCOUNT}/upload`, uploadBankFile, {
    done: ({ account, sha256 }, _words, { community }) => bankHref(community, account, "files", sha256),
    again: (call, _words, typed) => uploadView(call, typedText(typed, "account")),
  }),
  form(`${ACCOUNT}/number`, setBankNumber, {
    done: ({ account }, _words, { community }) => bankHref(community, account, "upload"),
    again: (call, _words, typed) => uploadView(call, typedText(typed, "account")),
  }),
  page(`${ACCOUNT}/files/:sha256`, "bank.import", (call, { account = "", sha256 = "" }) =>
    fileView(call, account, sha256),
  ),
  form(`${ACCOUNT}/files/:sha256/layout`, setBankLayout, {
    done: ({ account, sha256 }, _words, { community }) => bankHref(community, account, "files", sha256),
    again: (call, _words, typed) => columnsView(call, typedText(typed, "account"), typedText(typed, "sha256")),
  }),
  page(`${ACCOUNT}/files/:sha256/columns`, "bank.import", (call, { account = "", sha256 = "" }) =>
    columnsView(call, account, sha256),
  ),
  form(`${ACCOUNT}/files/:sha256/import`, importBankFile, {
    done: ({ account, number }, _words, { community }) => `${bankHref(community, account)}?imported=${number}`,
    again: (call, _words, typed) => fileView(call, typedText(typed, "account"), typedText(typed, "sha256")),
  }),
  file(`${ACCOUNT}/files/:sha256/original`, "bank.view", async (call, { account = "", sha256 = "" }) => {
    const upload = await service.uploadOf(call.db, call.community, account, isSha(sha256) ? sha256 : "");
    return ready(await call.files.read(upload.sha256), "application/octet-stream", "no-store", upload.name);
  }),
];
