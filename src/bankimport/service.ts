// A bank's file is uploaded, read, held against what is known, and brought in whole or not at all.
import { dayAt, type Day } from "../base/month.ts";
import { Refusal, refuse, type Fault } from "../base/refusal.ts";
import { beginningOf, type Coverage, type NewLine } from "../bank/rules.ts";
import { bankAccountOf, importsOf, insertBankLines, insertImport, knownLines } from "../bank/service.ts";
import type { BankFile, Period } from "../bankfile/rules.ts";
import { readBankFile } from "../bankfile/service.ts";
import type { Layout, UnknownLayout } from "../banklayout/rules.ts";
import type { Writing } from "../door/service.ts";
import { matchLines, openLines } from "../matching/service.ts";
import type { Db, Tx } from "../platform/db.ts";
import type { Files } from "../platform/files.ts";
import type { BankAccount } from "../trust/rules.ts";
import { bankAccountsOf, findCommunity } from "../trust/service.ts";
import { compareFile, coverageOf, holderFault, ownNumberOf, typedNumber, whoseQuestion, type Owned } from "./rules.ts";
import * as store from "./store.ts";

export { settingsOf } from "./store.ts";

/** A file as it was uploaded and as it reads now. */
export interface ReadUpload {
  readonly account: BankAccount;
  readonly upload: store.BankUpload;
  readonly reading: BankFile | UnknownLayout;
}

/** A file that somebody uploaded for the account, or a refusal. */
export async function uploadOf(db: Db, community: string, account: string, sha256: string): Promise<store.BankUpload> {
  const upload = await store.findUpload(db, community, account, sha256);
  if (upload === null) {
    throw refuse("BANK_FILE_UNKNOWN", "没有上传过这份文件。", "请先上传银行导出的文件。", 404);
  }
  return upload;
}

/** Reads an uploaded file again, by the columns that are known by now. */
export async function readUpload(
  { db, files, community, now }: { db: Db; files: Files; community: string; now: Date },
  code: string,
  sha256: string,
): Promise<ReadUpload> {
  const account = await bankAccountOf(db, community, code);
  const upload = await uploadOf(db, community, code, sha256);
  const saved = (await store.settingsOf(db, community)).get(code)?.layout ?? null;
  const reading = await readBankFile(await files.read(sha256), upload.name, saved, dayAt(now));
  return { account, upload, reading };
}

/** What importing a file would do. */
export interface Examined {
  readonly fresh: readonly NewLine[];
  readonly known: number;
  readonly coverage: Coverage | null;
  /** Whose files the account's are, with what this one adds. */
  readonly own: Owned;
  /** What somebody has to confirm of it first; null when nothing is new. */
  readonly whose: string | null;
  /** Where it does not join what is known. */
  readonly gaps: readonly Fault[];
  readonly notices: readonly string[];
  readonly faults: readonly Fault[];
}

const FAULTS_MAX = 200;

/** Holds a file against what is known of the account. Nothing is written. */
export async function examine(
  db: Db,
  community: string,
  { account, upload, file }: { account: BankAccount; upload: store.BankUpload; file: BankFile },
  { typed, today }: { typed: Partial<Period>; today: Day },
): Promise<Examined> {
  const settings = await store.settingsOf(db, community);
  const { ownNumber: saved, ownHolder } = settings.get(account.code) ?? NO_SETTING;
  const accounts = await bankAccountsOf(db, community);
  const others = accounts.flatMap(({ code, name }): [string, string][] => {
    const number = code === account.code ? "" : (settings.get(code)?.ownNumber ?? "");
    return number === "" ? [] : [[number, name]];
  });
  const own = ownNumberOf(file, upload.name, saved, new Map(others));
  const faults = [
    ...file.faults,
    ...("fault" in own ? [own.fault] : []),
    ...[holderFault(file.holder, ownHolder, upload.name) ?? []].flat(),
    ...emptyFaults(file, upload.name),
  ];
  const layout = JSON.stringify(file.layout);
  const compared =
    faults.length > 0
      ? { fresh: [], known: 0, faults: [], gaps: [], notices: [] }
      : compareFile(
          { ...file, file: upload.name, account: account.code, layout },
          await knownLines(db, community, account.code, file.lines),
        );
  return {
    fresh: compared.fresh,
    known: compared.known,
    coverage: coverageOf(file, typed, today),
    own: {
      number: "number" in own ? own.number : saved,
      holder: ownHolder === "" ? file.holder : ownHolder,
    },
    whose: whoseQuestion(
      { number: file.ownNumbers[0] ?? "", holder: file.holder },
      { number: saved, holder: ownHolder },
      {
        account: account.name,
        names: [account.name, ...(await namesOf(db, community))],
        opening: beginningOf(file.lines)?.balance ?? null,
      },
    ),
    gaps: compared.gaps,
    notices: [...file.notices, ...compared.notices],
    faults: atMost([...faults, ...compared.faults], upload.name),
  };
}

/** What the community and its owners' assembly are called. */
async function namesOf(db: Db, code: string): Promise<string[]> {
  const community = await findCommunity(db, code);
  return community === null ? [] : [community.name, community.principal];
}

function emptyFaults(file: BankFile, name: string): Fault[] {
  return file.lines.length > 0 || file.faults.length > 0 || file.period !== null
    ? []
    : [
        {
          code: "FILE_NO_LINES",
          file: name,
          message: "文件有表头，没有一笔流水，也没有写明起止日期。",
          remedy: "请核对导出的日期范围；这段日期确实没有流水的，请把日期范围放宽到含有一笔流水，再导出。",
        },
      ];
}

function atMost(faults: readonly Fault[], file: string): Fault[] {
  const more = faults.length - FAULTS_MAX;
  return more <= 0
    ? [...faults]
    : [
        ...faults.slice(0, FAULTS_MAX),
        { code: "MORE_FAULTS", file, message: `还有 ${more} 处问题没有列出。`, remedy: "请先改正以上问题。" },
      ];
}

/** Keeps a file that was uploaded: what it is called, and who brought it. */
export async function keepUpload(
  call: Writing,
  account: string,
  file: { sha256: string; name: string },
): Promise<void> {
  await bankAccountOf(call.tx, call.community, account);
  const uploadedAt = call.now.toISOString();
  await store.insertUpload(call.tx, call.community, { ...file, account, uploadedBy: call.actor.id, uploadedAt });
}

/** What an import did. */
export interface Imported extends Coverage {
  readonly number: number;
  readonly added: number;
  readonly known: number;
  readonly matched: number;
  readonly notices: readonly string[];
  /** Whether it does not join what was known. */
  readonly hasGap: boolean;
}

/** What somebody says of a file that it does not prove by itself. */
export interface Said {
  readonly typed: Partial<Period>;
  /** That it is of this account. */
  readonly isOwn: boolean;
  /** Why it comes in although it does not join what is known; "" for no reason. */
  readonly gapReason: string;
}

/** What has to be said first, at the field where it is said. */
function unsaid({ whose, gaps }: Examined, { isOwn, gapReason }: Said): Fault[] {
  return [
    ...(whose === null || isOwn
      ? []
      : [
          {
            code: "BANK_FILE_WHOSE",
            column: "isOwn",
            message: whose,
            remedy: "核对之后请勾选确认；不是这个账户的，请换它自己的文件。",
          },
        ]),
    ...(gaps.length === 0 || gapReason !== ""
      ? []
      : [
          ...gaps,
          {
            code: "GAP_REASON_NEEDED",
            column: "gapReason",
            message: "与已导入的流水接不上，还没有写明照样导入的原因。",
            remedy: "先核对是不是另一个账户的文件；是这个账户的，写明原因，例如“2 月的稍后导入”。",
          },
        ]),
  ];
}

/** Brings a file's new lines in and matches what is certain. Refuses a faulty file with all its faults, and keeps nothing. */
export async function importFile(call: Writing, read: ReadUpload, said: Said): Promise<Imported> {
  const { tx, community, actor, now } = call;
  const { account, upload, reading: file } = read;
  if (!("lines" in file)) {
    throw refuse("BANK_LAYOUT_UNKNOWN", "还不知道这份文件各列的意思。", "请先在预览页指定各列。", 409);
  }
  const examined = await examine(tx, community, { account, upload, file }, { typed: said.typed, today: dayAt(now) });
  const { coverage, fresh, known, gaps } = examined;
  const faults = examined.faults.length > 0 ? examined.faults : unsaid(examined, said);
  if (faults.length > 0 || coverage === null) {
    throw new Refusal(faults);
  }
  const notices = [
    ...examined.notices,
    ...gaps.map(({ message }) => message),
    ...(gaps.length === 0 ? [] : [`照样导入的原因：${said.gapReason}`]),
  ];
  const [latest] = await importsOf(tx, community, account.code);
  const number = (latest?.number ?? 0) + 1;
  const open = await openLines(tx, community, account.code, coverage.from, coverage.through);
  await insertBankLines(tx, community, fresh, number);
  await saveSetting(tx, community, account.code, {
    ownNumber: examined.own.number,
    ownHolder: examined.own.holder,
  });
  const matched = await matchLines(call, account.code, coverage, [...open, ...fresh]);
  const imported = { number, added: fresh.length, known, matched, ...coverage };
  await insertImport(tx, community, {
    ...imported,
    account: account.code,
    sha256: upload.sha256,
    name: upload.name,
    layout: JSON.stringify(file.layout),
    notices: notices.join("\n"),
    importedBy: actor.id,
    importedAt: now.toISOString(),
  });
  return { ...imported, notices, hasGap: gaps.length > 0 };
}

const NO_SETTING: store.BankSetting = { ownNumber: "", ownHolder: "", layout: null };

async function saveSetting(
  tx: Tx,
  community: string,
  account: string,
  change: Partial<store.BankSetting>,
): Promise<void> {
  const before = (await store.settingsOf(tx, community)).get(account) ?? NO_SETTING;
  await store.saveSetting(tx, community, account, { ...before, ...change });
}

/** Remembers what the columns of an account's files mean. */
export async function saveLayout(call: Writing, account: string, layout: Layout | null): Promise<void> {
  await bankAccountOf(call.tx, call.community, account);
  await saveSetting(call.tx, call.community, account, { layout });
}

/** Remembers the number that an account's files bear; "" forgets it. Whose they are is then told by the next file. */
export async function saveNumber(call: Writing, account: string, number: string): Promise<void> {
  await bankAccountOf(call.tx, call.community, account);
  await saveSetting(call.tx, call.community, account, { ownNumber: typedNumber(number), ownHolder: "" });
}
