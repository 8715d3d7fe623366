// Vouchers: brought in, shown, blacked out for the public, superseded. Never replaced, never deleted.
import { sha256 } from "../base/digest.ts";
import { Refusal, refuse } from "../base/refusal.ts";
import { membershipsOfAll } from "../access/service.ts";
import { sideOf } from "../door/rules.ts";
import { note, type Reading, type Writing } from "../door/service.ts";
import { runTx, type Db, type Tx } from "../platform/db.ts";
import type { Files, FileState } from "../platform/files.ts";
import { blackOut, pictureOf, picturesOfPdf, recognise, thumbnailOf, type Picture } from "../platform/images.ts";
import {
  checkDecision,
  checkQuota,
  checkSupersession,
  entryVoucherFaults,
  filesOf,
  keptName,
  publicBytes,
  readInvoice,
  shortSha,
  uncovers,
  type Decision,
  type Page,
  type PublicCopy,
  type Supersession,
  type Voucher,
  type VoucherKind,
} from "./rules.ts";
import * as store from "./store.ts";

export { countUndecided, entriesProvenBy, newestVouchers, type After } from "./store.ts";

// ---- Bringing in ------------------------------------------------------------------------------------------------

/** A file that somebody brings in, and the form's field that it came in. */
export interface Arrival {
  readonly name: string;
  readonly bytes: Buffer;
  readonly field?: string;
}

const QUOTA_HOURS = 24;

/**
 * Checks files, makes their pictures and keeps both: the slow part, for a command's `prepare`. Nothing is a voucher
 * before {@link recordVouchers}; a file that never becomes one harms nobody. Refuses with the file's name.
 */
export async function prepareVouchers(call: Reading, arrivals: readonly Arrival[]): Promise<Voucher[]> {
  const vouchers: Voucher[] = [];
  for (const arrival of arrivals) {
    vouchers.push(await prepare(call, arrival).catch((error: unknown) => Promise.reject(inFile(error, arrival))));
  }
  return vouchers;
}

async function prepare(call: Reading, { name, bytes }: Arrival): Promise<Voucher> {
  const { db, community, files, actor, now } = call;
  const sha = sha256(bytes);
  const [known] = await store.vouchersBySha(db, community, [sha]);
  if (known !== undefined) {
    // Where a restored folder lacks the file, it is back now.
    await files.put(bytes);
    return known;
  }
  checkQuota(await usedBy(db, call), bytes.length);
  const kind = await recognise(bytes);
  const invoice = kind === "xml" ? readInvoice(bytes) : null;
  const pages: Page[] = [];
  for (const picture of await picturesOf(kind, bytes)) {
    pages.push(await keepPage(files, picture));
  }
  await files.put(bytes);
  return {
    sha,
    kind,
    name: keptName(name),
    bytes: bytes.length,
    by: actor.id,
    at: now.toISOString(),
    invoice,
    pages,
  };
}

function usedBy(db: Db, { community, actor, now }: Reading | Writing): Promise<{ files: number; bytes: number }> {
  const since = new Date(now.getTime() - QUOTA_HOURS * 60 * 60 * 1000).toISOString();
  return store.usedSince(db, community, actor.id, since);
}

async function picturesOf(kind: VoucherKind, bytes: Buffer): Promise<Picture[]> {
  switch (kind) {
    case "xml":
      return [];
    case "pdf":
      return picturesOfPdf(bytes);
    case "jpeg":
    case "png":
    case "webp":
      return [await pictureOf(bytes)];
  }
}

async function keepPage(files: Files, { bytes, width, height }: Picture): Promise<Page> {
  const thumbnail = await files.put(await thumbnailOf(bytes));
  return { image: await files.put(bytes), thumbnail, width, height };
}

/** The same refusal with the file's name, at the field it came in: people send several at once. */
function inFile(error: unknown, { name, field }: Arrival): unknown {
  if (!(error instanceof Refusal)) {
    return error;
  }
  const faults = error.faults.map(({ column, value, ...fault }) => {
    const found = value === undefined ? "" : `“${value}”：`;
    const place = column === undefined ? "" : `${column}${found === "" ? "：" : found}`;
    const message = `「${keptName(name)}」${place}${fault.message}`;
    return { ...fault, message, ...(field === undefined || field === "" ? {} : { column: field }) };
  });
  return new Refusal(faults, error.status);
}

/**
 * Makes vouchers of what {@link prepareVouchers} kept, inside a command's transaction. The same bytes are the same
 * voucher, whoever brings them again and whatever they are called then.
 */
export async function recordVouchers(call: Writing, prepared: readonly Voucher[]): Promise<Voucher[]> {
  const { tx, community } = call;
  const shas = [...new Set(prepared.map(({ sha }) => sha))];
  const known = new Set((await store.vouchersBySha(tx, community, shas)).map(({ sha }) => sha));
  const fresh = shas.flatMap((sha) => (known.has(sha) ? [] : (prepared.find((each) => each.sha === sha) ?? [])));
  let used = await usedBy(tx, call);
  for (const { bytes } of fresh) {
    checkQuota(used, bytes);
    used = { files: used.files + 1, bytes: used.bytes + bytes };
  }
  await store.insertVouchers(tx, community, fresh);
  for (const { sha, name } of fresh) {
    await note(call, "voucher uploaded", { sha, name });
  }
  return store.vouchersBySha(tx, community, shas);
}

/**
 * Brings files in at once, outside any command: for a form that comes back with a fault and must not lose the photos
 * that came with it. The same files again are the same vouchers.
 */
export async function storeVouchers(call: Reading, arrivals: readonly Arrival[]): Promise<Voucher[]> {
  const prepared = await prepareVouchers(call, arrivals);
  return runTx(call.db, call.community, (tx) => recordVouchers({ ...call, tx }, prepared));
}

// ---- Asking -----------------------------------------------------------------------------------------------------

function unknownVoucher(sha: string): Error {
  return refuse("VOUCHER_UNKNOWN", `没有凭证 ${shortSha(sha)}。`, "请核对网址，或从凭证列表里打开。", 404);
}

/** Those vouchers in that order; refuses when one is not there. */
export async function vouchersOf(db: Db, community: string, shas: readonly string[]): Promise<Voucher[]> {
  const vouchers = await store.vouchersBySha(db, community, shas);
  const found = new Set(vouchers.map(({ sha }) => sha));
  const missing = shas.find((sha) => !found.has(sha));
  if (missing !== undefined) {
    throw unknownVoucher(missing);
  }
  return vouchers;
}

/** A voucher with all that happened to it. */
export interface VoucherRecord {
  readonly voucher: Voucher;
  /** Decisions what to black out, the newest last. */
  readonly copies: readonly PublicCopy[];
  /** Entries that it proves, by itself or for a voucher whose place it took. */
  readonly entries: readonly number[];
  readonly successor: Supersession | null;
  readonly predecessors: readonly Supersession[];
}

export async function voucherRecord(db: Db, community: string, sha: string): Promise<VoucherRecord> {
  const [voucher] = await vouchersOf(db, community, [sha]);
  if (voucher === undefined) {
    throw unknownVoucher(sha);
  }
  const supersessions = await store.supersessionsOf(db, community, [sha]);
  return {
    voucher,
    copies: (await store.copiesOf(db, community, [sha])).get(sha) ?? [],
    entries: await store.entriesProvenBy(db, community, sha),
    successor: supersessions.find(({ old }) => old === sha) ?? null,
    predecessors: supersessions.filter(({ replacement }) => replacement === sha),
  };
}

/** How vouchers stand, for lists. */
export async function standings(
  db: Db,
  community: string,
  shas: readonly string[],
): Promise<Map<string, { readonly copy: PublicCopy | null; readonly isSuperseded: boolean }>> {
  const copies = await store.copiesOf(db, community, shas);
  const superseded = new Set((await store.supersessionsOf(db, community, shas)).map(({ old }) => old));
  return new Map(
    shas.map((sha) => [sha, { copy: copies.get(sha)?.at(-1) ?? null, isSuperseded: superseded.has(sha) }]),
  );
}

// ---- For the public ---------------------------------------------------------------------------------------------

/** A decision that is ready to be recorded. */
export interface PreparedCopy {
  readonly sha: string;
  readonly copy: PublicCopy;
}

/** Checks a decision and makes the public copy: the slow part, for a command's `prepare`. */
export async function prepareCopy(call: Reading, sha: string, decision: Decision): Promise<PreparedCopy> {
  const { db, community, files, actor, now } = call;
  const { voucher, copies } = await voucherRecord(db, community, sha);
  checkDecision(voucher, decision, copies.length === 0);
  const pages: Page[] = [];
  for (const [index, page] of voucher.pages.entries()) {
    const areas = decision.rectangles.filter((rectangle) => rectangle.page === index + 1);
    const isShown = areas.length === 0;
    pages.push(isShown ? page : await keepPage(files, await blackOut(await files.read(page.image), areas)));
  }
  const version = copies.length + 1;
  const bytes = publicBytes(community, voucher, { version, decision, pages });
  const copy = await files.put(Buffer.from(bytes));
  return { sha, copy: { sha: copy, version, decision, pages, by: actor.id, at: now.toISOString() } };
}

/** Records a decision, inside a command's transaction. Refuses when somebody else decided meanwhile. */
export async function recordCopy(call: Writing, { sha, copy }: PreparedCopy): Promise<PublicCopy> {
  const copies = (await store.copiesOf(call.tx, call.community, [sha])).get(sha) ?? [];
  if (copies.length + 1 !== copy.version) {
    throw refuse(
      "REDACTION_MEANWHILE",
      "刚刚有人对这份凭证作了遮盖决定。",
      "请重新打开这份凭证，看过最新的公开副本再决定。",
      409,
    );
  }
  const before = copies.at(-1);
  const isUncovered = before !== undefined && uncovers(before.decision, copy.decision);
  if (isUncovered) {
    await assertMayUncover(call, sha, before);
  }
  await store.insertCopy(call.tx, call.community, sha, copy);
  await note(call, isUncovered ? "voucher uncovered" : "voucher redacted", {
    sha,
    voucher: shortSha(sha),
    copy: copy.sha,
    version: String(copy.version),
    reason: copy.decision.reason || "第一次决定",
  });
  return copy;
}

/**
 * What the public once saw of a person cannot be taken back (个人信息保护法 art. 25): when a voucher is public, what one
 * side covered is shown again only by the other. To cover more is anybody's, at once.
 */
async function assertMayUncover({ tx, community, actor }: Writing, sha: string, before: PublicCopy): Promise<void> {
  const isPublic =
    (await store.entriesProvenBy(tx, community, sha)).length > 0 ||
    (await store.placesOf(tx, community, sha)).length > 0;
  const own = sideOf(actor, community);
  const coverer = (await membershipsOfAll(tx, [before.by])).filter((each) => each.community === community);
  const isOthers = own !== null && before.by !== actor.id && !coverer.some(({ role }) => role === own);
  if (isPublic && !isOthers) {
    throw refuse(
      "UNCOVER_BY_OTHER_SIDE",
      "这份凭证已经公开，这次决定会露出原来遮盖的内容，不能由遮盖的一方自己决定。",
      "请另一方（物业或业委会）的人来重新决定；要再多遮一些的，保留原来的框再加。",
      409,
    );
  }
}

/** Both hashes of a voucher, as an entry carries them. */
export interface VoucherHashes {
  readonly original: string;
  readonly public: string;
}

/**
 * The hashes of vouchers for the entry that they will prove, in their order. Refuses when one is unknown, was superseded,
 * or nobody decided what of it the public may see.
 */
export async function publicHashes(db: Db, community: string, shas: readonly string[]): Promise<VoucherHashes[]> {
  const vouchers = await vouchersOf(db, community, shas);
  const standing = await standings(db, community, shas);
  return vouchers.map(({ sha, name }) => {
    const { copy = null, isSuperseded = false } = standing.get(sha) ?? {};
    if (isSuperseded) {
      throw refuse("VOUCHER_SUPERSEDED", `凭证「${name}」已被另一份取代。`, "请改用取代它的那份凭证。", 409);
    }
    if (copy === null) {
      throw refuse(
        "VOUCHER_UNDECIDED",
        `凭证「${name}」还没有决定哪些内容要遮盖，不能公开。`,
        "请打开这份凭证，按“遮盖并公开”决定后再做这一步。",
        409,
      );
    }
    return { original: sha, public: copy.sha };
  });
}

/**
 * Says that an entry, posted in this transaction, is proven by the vouchers of {@link publicHashes}: from then on the
 * public sees their copies.
 */
export async function linkToEntry(
  tx: Tx,
  community: string,
  seq: number,
  vouchers: readonly VoucherHashes[],
): Promise<void> {
  const shas = vouchers.map(({ original }) => original);
  await store.insertEntryVouchers(tx, community, seq, shas);
}

/** The vouchers of entries, each entry's in their order. */
export async function vouchersOfEntries(
  db: Db,
  community: string,
  seqs: readonly number[],
): Promise<Map<number, string[]>> {
  const vouchers = new Map<number, string[]>();
  for (const { seq, sha } of await store.entryVouchers(db, community, seqs)) {
    vouchers.set(seq, [...(vouchers.get(seq) ?? []), sha]);
  }
  return vouchers;
}

/**
 * Opens vouchers to the public at a page, though they prove no entry: a quotation in a plan, a resolution's original. As
 * with an entry's, the public sees the copy that somebody decided on, and nothing before that.
 */
export async function showAt(tx: Tx, community: string, place: string, shas: readonly string[]): Promise<void> {
  await vouchersOf(tx, community, shas);
  await store.insertShown(tx, community, shas, place);
}

/**
 * What the public may see of a voucher. Says nothing about one that proves no entry and stands at no page, or is
 * undecided: 404.
 */
export async function publicRecord(
  db: Db,
  community: string,
  sha: string,
): Promise<VoucherRecord & { readonly copy: PublicCopy; readonly places: readonly string[] }> {
  const record = await voucherRecord(db, community, sha);
  const copy = record.copies.at(-1);
  const places = await store.placesOf(db, community, sha);
  if (copy === undefined || (record.entries.length === 0 && places.length === 0)) {
    throw unknownVoucher(sha);
  }
  return { ...record, copy, places };
}

// ---- A voucher in another's place -------------------------------------------------------------------------------

/** Puts a voucher in another's place, inside a command's transaction. Both stay readable. */
export async function supersede(
  call: Writing,
  { old, replacement, reason }: Pick<Supersession, "old" | "replacement" | "reason">,
): Promise<Supersession> {
  const { tx, community, actor, now } = call;
  const shas = old === replacement ? [old] : [old, replacement];
  await vouchersOf(tx, community, shas);
  checkSupersession(old, replacement, await store.supersessionsOf(tx, community, shas));
  const supersession = { old, replacement, reason, by: actor.id, at: now.toISOString() };
  await store.insertSupersession(tx, community, supersession);
  await note(call, "voucher superseded", { old, replacement, reason });
  return supersession;
}

// ---- What holds -------------------------------------------------------------------------------------------------

const CHECKED_AT_ONCE = 100;

const FILE_WORDS: Readonly<Record<Exclude<FileState, "whole">, string>> = {
  missing: "不在数据文件夹里",
  altered: "内容与保存时不一致",
  unreadable: "读不出来",
};

/** A voucher with what does not hold of it. */
export interface CheckedVoucher {
  readonly voucher: Voucher;
  readonly faults: readonly string[];
}

/**
 * Reads every file of every voucher again and compares it with its hash, and each public copy with what was decided.
 * A few rows and a piece of one file are in memory at a time.
 */
export async function* checkVouchers(db: Db, files: Files, community: string): AsyncGenerator<CheckedVoucher> {
  for (let after: store.After | null = null; ;) {
    const limit = CHECKED_AT_ONCE;
    const vouchers: Voucher[] = await store.newestVouchers(db, community, { after, limit, undecided: false });
    const shas = vouchers.map(({ sha }) => sha);
    const copies = await store.copiesOf(db, community, shas);
    for (const voucher of vouchers) {
      yield { voucher, faults: await voucherFaults(files, community, voucher, copies.get(voucher.sha) ?? []) };
    }
    const last = vouchers.at(-1);
    if (last === undefined) {
      return;
    }
    after = { at: last.at, sha: last.sha };
  }
}

async function voucherFaults(
  files: Files,
  community: string,
  voucher: Voucher,
  copies: readonly PublicCopy[],
): Promise<string[]> {
  const faults = copies
    .filter((copy) => sha256(Buffer.from(publicBytes(community, voucher, copy))) !== copy.sha)
    .map(({ version }) => `公开副本第 ${version} 版的登记被改动`);
  for (const [sha, what] of filesOf(voucher, copies)) {
    const state = await files.check(sha);
    faults.push(...(state === "whole" ? [] : [`${what}（${shortSha(sha)}）${FILE_WORDS[state]}`]));
  }
  return faults;
}

/** What the hashes on entries say that the vouchers do not bear out, by the entry's sequence. */
export async function entryFaults(
  db: Db,
  community: string,
  entries: readonly { readonly seq: number; readonly vouchers?: readonly VoucherHashes[] }[],
): Promise<Map<number, string[]>> {
  const seqs = entries.map(({ seq }) => seq);
  const linked = await vouchersOfEntries(db, community, seqs);
  const carried = entries.flatMap(({ vouchers = [] }) => vouchers.map(({ original }) => original));
  const copies = await store.copiesOf(db, community, [...new Set(carried)]);
  return new Map(
    entries.map(({ seq, vouchers = [] }) => [seq, entryVoucherFaults(vouchers, linked.get(seq) ?? [], copies)]),
  );
}
