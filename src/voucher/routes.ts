// Where vouchers are brought in, looked at, blacked out and superseded, and where the public sees them.
import { z } from "zod";
import { displayNames } from "../access/service.ts";
import { dayAt, type Day } from "../base/month.ts";
import { refuse, Refusal } from "../base/refusal.ts";
import { api, file, form, page, type Route, type Typed, type View, type Words } from "../door/routes.ts";
import { mayDo } from "../door/rules.ts";
import { command, noteAtOnce, query, type Reading } from "../door/service.ts";
import { entryCodes } from "../ledger/service.ts";
import type { Db } from "../platform/db.ts";
import { isSha } from "../platform/files.ts";
import { ASK_AGAIN, ready, type Ready } from "../platform/http.ts";
import {
  listInput,
  listOf,
  nothing,
  optionalWords,
  pageFrom,
  shaText,
  ticked,
  wholeNumber,
  words,
} from "../platform/input.ts";
import {
  BLANK_RECTANGLE,
  decisionWords,
  fieldRows,
  historyOf,
  invoiceFacts,
  pagesOf,
  publicInvoice,
  rectangleRows,
  supersessionFacts,
  typedRectangle,
  USUAL_REASONS,
  voucherFacts,
  voucherItem,
  type Told,
  type TypedRectangle,
} from "./page.ts";
import {
  downloadName,
  HIDABLE_FIELDS,
  HIDDEN_KINDS,
  RECTANGLES_MAX,
  toRecord,
  type HidableField,
  type HiddenField,
  type HiddenKind,
  type Page,
  type Rectangle,
  type Voucher,
  type VoucherKind,
} from "./rules.ts";
import * as service from "./service.ts";

// ---- What is sent and answered ----------------------------------------------------------------------------------

const invoiceOutput = z.object({
  number: z.string(),
  issuedOn: z.string(),
  seller: z.object({ name: z.string(), taxId: z.string() }),
  buyer: z.object({ name: z.string(), taxId: z.string() }),
  total: z.string(),
  amountWithoutTax: z.string().nullable(),
  tax: z.string().nullable(),
  items: z.array(z.string()),
  isRed: z.boolean(),
  original: z.string(),
});

const voucherOutput = z.object({
  sha: z.string(),
  kind: z.enum(["jpeg", "png", "webp", "pdf", "xml"]),
  name: z.string(),
  bytes: z.number(),
  uploadedBy: z.string(),
  uploadedAt: z.string(),
  pages: z.number(),
  invoice: invoiceOutput.nullable(),
});

function outputOf({ sha, kind, name, bytes, by, at, pages, invoice }: Voucher): z.input<typeof voucherOutput> {
  const record = invoice === null ? null : toRecord(invoice);
  return {
    sha,
    kind,
    name,
    bytes,
    uploadedBy: by,
    uploadedAt: at,
    pages: pages.length,
    invoice: record === null ? null : { ...record, items: [...record.items] },
  };
}

const copyOutput = z.object({ version: z.number(), sha: z.string(), decidedAt: z.string(), words: z.string() });

const KINDS = Object.keys(HIDDEN_KINDS) as HiddenKind[];

const rectanglesInput = z
  .array(
    z.object({
      page: wholeNumber(1, 1000).default(1),
      x: wholeNumber(0, 1000),
      y: wholeNumber(0, 1000),
      width: wholeNumber(0, 1000),
      height: wholeNumber(0, 1000),
      kind: z.string("请选择遮的是什么").meta({ enum: KINDS }),
      note: optionalWords(60),
    }),
  )
  .max(RECTANGLES_MAX, `最多 ${RECTANGLES_MAX} 个框`)
  .default([])
  .transform((rows, context) =>
    rows
      // A row of the form that was left blank is none.
      .filter(({ x, y, width, height }) => x + y + width + height > 0)
      .map((row, index): Rectangle => {
        const kind = KINDS.find((each) => each === row.kind);
        if (kind === undefined) {
          const path = [index, "kind"];
          context.addIssue({ code: "custom", path, message: `请选择第 ${index + 1} 个框遮的是什么`, input: row.kind });
        }
        return { ...row, kind: kind ?? "other" };
      }),
  );

const FIELDS = Object.keys(HIDABLE_FIELDS) as [HidableField, ...HidableField[]];
const fieldsInput = z
  .partialRecord(z.enum(FIELDS), z.enum([...KINDS.filter((kind) => kind !== "other"), ""]))
  .default({})
  .transform((chosen) =>
    FIELDS.flatMap((field) => {
      const kind = chosen[field] ?? "";
      return kind === "" ? [] : [{ field, kind }];
    }),
  );

// ---- Use cases --------------------------------------------------------------------------------------------------

const listVouchers = query({
  name: "listVouchers",
  title: "凭证列表",
  may: "voucher.view",
  input: z.object({ ...listInput, undecided: ticked }),
  output: listOf(voucherOutput.extend({ copy: z.string().nullable(), isSuperseded: z.boolean() })),
  run: async ({ db, community }, wish) => {
    const { shown, standing, next } = await newest(db, community, wish);
    const items = shown.map((voucher) => {
      const { copy = null, isSuperseded = false } = standing.get(voucher.sha) ?? {};
      return { ...outputOf(voucher), copy: copy?.sha ?? null, isSuperseded };
    });
    return { items, next };
  },
});

/** A page of the vouchers, the newest first, with where each stands. */
async function newest(
  db: Db,
  community: string,
  { after, limit, undecided }: { after?: string | undefined; limit: number; undecided: boolean },
) {
  const wish = { after: placeOf(after), limit: limit + 1, undecided };
  const vouchers = await service.newestVouchers(db, community, wish);
  const { items: shown, next } = pageFrom(vouchers, limit, ({ at, sha }) => `${at}/${sha}`);
  const shas = shown.map(({ sha }) => sha);
  return { shown, next, standing: await service.standings(db, community, shas) };
}

/** Reads the `next` of a list: when the last voucher came, and its hash. */
function placeOf(after: string | undefined): service.After | null {
  const [at = "", sha = ""] = (after ?? "").split("/");
  return /^[\d:.TZ-]+$/u.test(at) && isSha(sha) ? { at, sha } : null;
}

export const uploadVouchers = command({
  name: "uploadVouchers",
  title: "上传凭证",
  may: "voucher.upload",
  input: nothing,
  output: z.object({ items: z.array(voucherOutput) }),
  prepare: (call, _input, uploads) => {
    if (uploads.length === 0) {
      const remedy = "请选择要上传的照片、PDF 或数电票 XML。";
      throw new Refusal({ code: "FILE_MISSING", message: "没有选择文件。", remedy, column: "files" });
    }
    return service.prepareVouchers(call, uploads);
  },
  run: async (call, _input, prepared) => ({
    items: (await service.recordVouchers(call, prepared)).map(outputOf),
  }),
});

const showVoucher = query({
  name: "showVoucher",
  title: "一份凭证的记录",
  may: "voucher.view",
  input: z.object({ sha: shaText }),
  output: voucherOutput.extend({
    copies: z.array(copyOutput),
    entries: z.array(z.string()),
    supersededBy: z.string().nullable(),
    supersedes: z.array(z.string()),
  }),
  run: async ({ db, community }, { sha }) => {
    const { voucher, copies, entries, successor, predecessors } = await service.voucherRecord(db, community, sha);
    const codes = await entryCodes(db, community, entries);
    return {
      ...outputOf(voucher),
      copies: copies.map((copy) => ({
        version: copy.version,
        sha: copy.sha,
        decidedAt: copy.at,
        words: decisionWords(copy.decision),
      })),
      entries: [...codes.values()],
      supersededBy: successor?.replacement ?? null,
      supersedes: predecessors.map(({ old }) => old),
    };
  },
});

export const redactVoucher = command({
  name: "redactVoucher",
  title: "决定凭证上哪些内容不公开",
  may: "voucher.redact",
  input: z.object({
    sha: shaText,
    rectangles: rectanglesInput,
    fields: fieldsInput,
    nothing: ticked,
    reason: optionalWords(200),
  }),
  output: copyOutput,
  prepare: (call, { sha, ...decision }) => service.prepareCopy(call, sha, decision),
  run: async (call, _input, prepared) => {
    const { version, sha, at, decision } = await service.recordCopy(call, prepared);
    return { version, sha, decidedAt: at, words: decisionWords(decision) };
  },
});

export const supersedeVoucher = command({
  name: "supersedeVoucher",
  title: "用另一份凭证取代",
  may: "voucher.upload",
  input: z.object({ sha: shaText, replacement: shaText.optional(), reason: words(200) }),
  output: z.object({ old: z.string(), replacement: z.string() }),
  prepare: async (call, { replacement }, uploads) => {
    if (uploads.length > 1 || (uploads.length === 0) === (replacement === undefined)) {
      const remedy = "请选择一个更正后的文件；程序也可以用 replacement 指明一份已上传的凭证。";
      throw new Refusal({ code: "REPLACEMENT_ONE", message: "要有一份新凭证，且只能一份。", remedy, column: "file" });
    }
    return service.prepareVouchers(call, uploads);
  },
  run: async (call, { sha, replacement, reason }, prepared) => {
    const [recorded] = await service.recordVouchers(call, prepared);
    const to = recorded?.sha ?? replacement ?? "";
    await service.supersede(call, { old: sha, replacement: to, reason });
    return { old: sha, replacement: to };
  },
});

// ---- Pages of the desk ------------------------------------------------------------------------------------------

function deskOf(community: string): string {
  return `/desk/${community}/vouchers`;
}

function dayOf(at: string): Day {
  return dayAt(new Date(at));
}

async function told(db: Db, accounts: readonly string[]): Promise<Told> {
  const names = await displayNames(db, [...new Set(accounts)]);
  return { dayOf, nameOf: (account) => names.get(account) ?? "已离开的人" };
}

async function listPage(call: Reading, { after, undecided = "" }: Words): Promise<View> {
  const { db, community } = call;
  const isUndecided = undecided !== "";
  const wish = { after, limit: PER_PAGE, undecided: isUndecided };
  const { shown, standing, next } = await newest(db, community, wish);
  const who = await told(
    db,
    shown.map(({ by }) => by),
  );
  const base = deskOf(community);
  const further = new URLSearchParams({ ...(isUndecided ? { undecided } : {}), after: next ?? "" });
  return {
    view: "voucher-list",
    model: {
      base,
      items: shown.map((voucher) =>
        voucherItem(base, voucher, standing.get(voucher.sha) ?? { copy: null, isSuperseded: false }, {
          on: dayOf(voucher.at),
          by: who.nameOf(voucher.by),
        }),
      ),
      waiting: await service.countUndecided(db, community),
      isUndecided,
      mayUpload: mayDo(call, "voucher.upload"),
      next: next === null ? "" : `${base}?${further.toString()}`,
    },
  };
}

const PER_PAGE = 30;

async function recordPage(call: Reading, { sha = "" }: Words): Promise<View> {
  const { db, community } = call;
  const record = await recordOr404(call, sha);
  const { voucher, copies, entries, successor, predecessors } = record;
  const base = deskOf(community);
  const who = await told(db, [voucher.by]);
  const copy = copies.at(-1);
  return {
    view: "voucher-record",
    model: {
      base,
      sha,
      name: voucher.name,
      facts: voucherFacts(voucher, who),
      invoice: voucher.invoice === null ? [] : invoiceFacts(voucher.invoice),
      pages: pagesOf(`${base}/${sha}/pages`, voucher.pages, []),
      history: historyOf(copies, who),
      isWaiting: copy === undefined && successor === null,
      entries: [...(await entryCodes(db, community, entries)).values()].join("、"),
      publicHref: copy === undefined || entries.length === 0 ? "" : `/c/${community}/vouchers/${sha}`,
      successor: supersessionFacts(base, successor === null ? [] : [successor], "replacement", who),
      predecessors: supersessionFacts(base, predecessors, "old", who),
      mayRedact: mayDo(call, "voucher.redact"),
      maySupersede: mayDo(call, "voucher.upload") && successor === null,
      mayOpenOriginal: mayDo(call, "voucher.original"),
    },
  };
}

/** What cannot be a hash never reaches the database. */
async function recordOr404(call: Reading, sha: string): Promise<service.VoucherRecord> {
  if (!isSha(sha)) {
    throw unknownPage();
  }
  return service.voucherRecord(call.db, call.community, sha);
}

function unknownPage(): Error {
  return refuse("VOUCHER_UNKNOWN", "没有这份凭证，或它还没有公开。", "请核对网址，或从收支公示里打开。", 404);
}

// ---- The form that blacks out -----------------------------------------------------------------------------------

/** Blank rows for those who type numbers; with a module, rows come as rectangles are drawn. */
const BLANK_ROWS = 4;

async function redactPage(call: Reading, sha: string, typed?: Typed): Promise<View> {
  const { voucher, copies } = await recordOr404(call, sha);
  const base = deskOf(call.community);
  const decision = copies.at(-1)?.decision;
  const rows = typed === undefined ? (decision?.rectangles ?? []).map(typedRectangle) : typedRows(typed);
  const fields = typed === undefined ? chosenFields(decision?.fields ?? []) : textsIn(typed["fields"]);
  const count = voucher.pages.length;
  const blank = count === 0 ? [] : Array.from({ length: BLANK_ROWS }, () => BLANK_RECTANGLE);
  return {
    view: "voucher-redact",
    model: {
      base,
      sha,
      name: voucher.name,
      isFirst: decision === undefined,
      before: decision === undefined ? "" : decisionWords(decision),
      pages: pagesOf(`${base}/${sha}/pages`, voucher.pages, []),
      hasPages: count > 0,
      rows: rectangleRows([...rows, ...blank], count),
      fields: fieldRows(voucher.invoice, fields),
      reasons: USUAL_REASONS,
      ...(typed === undefined ? { values: { nothing: decision?.nothing === true ? "on" : "" } } : {}),
    },
  };
}

function chosenFields(fields: readonly HiddenField[]): Record<string, string> {
  return Object.fromEntries(fields.map(({ field, kind }) => [field, kind]));
}

/** The rows that somebody filled in, whatever they wrote, in the order in which they are read. */
function typedRows(typed: Typed): TypedRectangle[] {
  const rows = typed["rectangles"];
  const list: unknown[] = typeof rows === "object" && rows !== null ? Object.values(rows) : [];
  return list
    .map((row) => ({ ...BLANK_RECTANGLE, ...textsIn(row) }))
    .filter(({ x, y, width, height }) => [x, y, width, height].some((text) => text.trim() !== "" && text !== "0"));
}

function textsIn(value: unknown): Record<string, string> {
  const entries = typeof value === "object" && value !== null ? Object.entries(value) : [];
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => typeof entry[1] === "string"));
}

function shaIn(typed: Typed): string {
  return typeof typed["sha"] === "string" ? typed["sha"] : "";
}

async function supersedePage(call: Reading, sha: string): Promise<View> {
  const { voucher } = await recordOr404(call, sha);
  const base = deskOf(call.community);
  return { view: "voucher-supersede", model: { base, sha, name: voucher.name } };
}

// ---- Files ------------------------------------------------------------------------------------------------------

const PRIVATE = "private, no-cache";

/** A page's picture by the name that its address ends with: "2.jpg", or "2.webp" for the small one. */
async function pictureFile(call: Reading, pages: readonly Page[], name: string, cache: string): Promise<Ready> {
  const [, number, ending] = /^([1-9]\d{0,3})\.(jpg|webp)$/u.exec(name) ?? [];
  const found = pages[Number(number) - 1];
  if (found === undefined) {
    throw unknownPage();
  }
  return ending === "jpg"
    ? ready(await call.files.read(found.image), "image/jpeg", cache)
    : ready(await call.files.read(found.thumbnail), "image/webp", cache);
}

const TYPES: Readonly<Record<VoucherKind, string>> = {
  jpeg: "image/jpeg",
  png: "image/png",
  webp: "image/webp",
  pdf: "application/pdf",
  xml: "application/xml",
};

/** The sealed original: who opened it is remembered before it is handed out, and browsers keep nothing. */
async function originalFile(call: Reading, { sha = "" }: Words): Promise<Ready> {
  const { voucher } = await recordOr404(call, sha);
  const { community, actor, now } = call;
  await noteAtOnce(call.db, { community, actor: actor.id, what: "voucher original opened", now }, { sha });
  const bytes = await call.files.read(sha);
  return ready(bytes, TYPES[voucher.kind], "private, no-store", downloadName(voucher));
}

// ---- The public -------------------------------------------------------------------------------------------------

async function publicOr404(call: Reading, sha: string): ReturnType<typeof service.publicRecord> {
  if (!isSha(sha)) {
    throw unknownPage();
  }
  return service.publicRecord(call.db, call.community, sha);
}

async function publicPage(call: Reading, { sha = "" }: Words): Promise<View> {
  const { db, community } = call;
  const { voucher, copy, copies, entries, places, successor, predecessors } = await publicOr404(call, sha);
  const base = `/c/${community}/vouchers`;
  const others = [...predecessors.map(({ old }) => old), ...(successor === null ? [] : [successor.replacement])];
  const standing = await service.standings(db, community, others);
  const isPublic = (other: string): boolean => (standing.get(other)?.copy ?? null) !== null;
  return {
    view: "voucher-public",
    model: {
      title: "凭证",
      community,
      entries: [...(await entryCodes(db, community, entries)).values()],
      places,
      pages: pagesOf(`${base}/${sha}`, copy.pages, copy.decision.rectangles),
      invoice: publicInvoice(voucher, copy),
      words: decisionWords(copy.decision),
      history: historyOf(copies, { dayOf }),
      isChanged: copies.length > 1,
      sha,
      copySha: copy.sha,
      copyHref: `${base}/${sha}/copy.json`,
      successor: supersessionFacts(base, successor === null ? [] : [successor], "replacement", { dayOf }),
      isSuccessorPublic: successor !== null && isPublic(successor.replacement),
      predecessors: supersessionFacts(
        base,
        predecessors.filter(({ old }) => isPublic(old)),
        "old",
        { dayOf },
      ),
    },
  };
}

/** Always of the newest decision: what was black too little must not stay open under an old address. */
async function publicFile(call: Reading, { sha = "", file: name = "" }: Words): Promise<Ready> {
  const { copy } = await publicOr404(call, sha);
  return name === "copy.json"
    ? ready(await call.files.read(copy.sha), "application/json; charset=utf-8", ASK_AGAIN)
    : pictureFile(call, copy.pages, name, ASK_AGAIN);
}

export const voucherRoutes: readonly Route[] = [
  page("/desk/:code/vouchers", "voucher.view", listPage, "凭证"),
  form("/desk/:code/vouchers", uploadVouchers, {
    done: ({ items }, { code = "" }) => {
      const [only] = items;
      return only !== undefined && items.length === 1 ? `${deskOf(code)}/${only.sha}` : deskOf(code);
    },
    again: (call) => listPage(call, {}),
  }),
  page("/desk/:code/vouchers/:sha", "voucher.view", recordPage),
  page("/desk/:code/vouchers/:sha/redact", "voucher.redact", (call, { sha = "" }) => redactPage(call, sha)),
  form("/desk/:code/vouchers/:sha/redact", redactVoucher, {
    done: (_output, { code = "", sha = "" }) => `${deskOf(code)}/${sha}`,
    again: (call, _words, typed) => redactPage(call, shaIn(typed), typed),
  }),
  page("/desk/:code/vouchers/:sha/supersede", "voucher.upload", (call, { sha = "" }) => supersedePage(call, sha)),
  form("/desk/:code/vouchers/:sha/supersede", supersedeVoucher, {
    done: ({ replacement }, { code = "" }) => `${deskOf(code)}/${replacement}`,
    again: (call, _words, typed) => supersedePage(call, shaIn(typed)),
  }),
  file("/desk/:code/vouchers/:sha/pages/:file", "voucher.view", async (call, { sha = "", file: name = "" }) =>
    pictureFile(call, (await recordOr404(call, sha)).voucher.pages, name, PRIVATE),
  ),
  file("/desk/:code/vouchers/:sha/original", "voucher.original", originalFile),

  page("/c/:code/vouchers/:sha", "anyone", publicPage),
  file("/c/:code/vouchers/:sha/:file", "anyone", publicFile),

  api("get", "/communities/:code/vouchers", listVouchers),
  api("post", "/communities/:code/vouchers", uploadVouchers, { status: 201, takesFiles: true }),
  api("get", "/communities/:code/vouchers/:sha", showVoucher),
  api("post", "/communities/:code/vouchers/:sha/copies", redactVoucher, { status: 201 }),
  api("post", "/communities/:code/vouchers/:sha/supersessions", supersedeVoucher, { status: 201, takesFiles: true }),
];
