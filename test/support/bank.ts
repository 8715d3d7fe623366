// A small community whose bank is brought in by the test: what the bank truly moved, and the files it would export.
import { mkdtemp } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { openDoor } from "../../src/app.ts";
import { importBankFile, uploadBankFile } from "../../src/bankimport/routes.ts";
import { execute, type Asker, type Door } from "../../src/door/service.ts";
import { importFolder } from "../../src/intake/service.ts";
import type { Db } from "../../src/platform/db.ts";
import { chain, csvText, utf8, type TrueLine } from "../bankfile/files.ts";
import { listening, SMALL_COMMUNITY, smallFolder, writeFolder } from "./folders.ts";
import { personIn } from "./people.ts";

export const NOW = new Date("2020-04-02T04:00:00Z");

/** The common account of the small community as its bank knows it: 1,000.00 on the eve of 2020. */
export const BANK_LINES: readonly TrueLine[] = chain(100_000, [
  ["2020-01-05", 20_000, "甲", "101 物业费"],
  ["2020-01-06", 8_000, "", "停车费"],
  ["2020-01-10", -15_000, "员工", "工资"],
  ["2020-02-07", 6_000, "乙", "物业费"],
  ["2020-02-12", -4_200, "小院物业", "酬金"],
  ["2020-03-20", -1_000, "小院维修资金", "划转"],
]).map((line, index) => ({ ...line, serial: ["R1", "R2", "P1", "R3", "P2", "T1"][index] ?? "" }));

export interface SmallBank {
  readonly door: Door;
  readonly trustee: Asker;
  readonly committee: Asker;
}

/** The small community under its own code, so that tests on one database do not meet. */
export async function smallBank(
  db: Db,
  code: string,
  files: Readonly<Record<string, string | undefined>> = {},
): Promise<SmallBank> {
  const base = { ...smallFolder(), "community.json": JSON.stringify({ ...SMALL_COMMUNITY, code }) };
  const all = Object.entries({ ...base, ...files }).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  await importFolder(db, writeFolder(Object.fromEntries(all)), listening(NOW));
  const filesFolder = await mkdtemp(path.join(os.tmpdir(), "xinyi-bank-"));
  const door = openDoor(db, { clock: () => NOW, filesFolder });
  const [trustee, committee] = [await personIn(door, code, "trustee"), await personIn(door, code, "committee")];
  return { door, trustee: trustee.asker, committee: committee.asker };
}

const HEADER = ["交易日期", "借方发生额", "贷方发生额", "余额", "对方户名", "摘要", "流水号"];

/** The bank's CSV of those lines, with rows above its header. */
export function bankCsv(lines: readonly TrueLine[], titles: readonly string[] = []): Uint8Array {
  const yuan = (amount: number): string => (amount / 100).toFixed(2);
  const rows = lines.map((line) => [
    line.day,
    line.amount < 0 ? yuan(-line.amount) : "",
    line.amount > 0 ? yuan(line.amount) : "",
    yuan(line.balance),
    line.counterparty,
    line.memo,
    line.serial,
  ]);
  return utf8(csvText([...titles.map((title) => [title]), HEADER, ...rows]));
}

/** Uploads a file for an account; answers its name by hash. */
export async function upload(
  { door, trustee }: SmallBank,
  bytes: Uint8Array,
  account = "common",
  name = "流水.csv",
): Promise<string> {
  const uploads = [{ field: "file", name, bytes: Buffer.from(bytes) }];
  return (await execute(door, trustee, uploadBankFile, { account }, { uploads })).sha256;
}

/** Uploads and imports a file. */
export async function bringFile(
  bank: SmallBank,
  bytes: Uint8Array,
  typed: { account?: string; from?: string; through?: string; isOwn?: string; gapReason?: string } = {},
) {
  const account = typed.account ?? "common";
  const sha256 = await upload(bank, bytes, account);
  return execute(bank.door, bank.trustee, importBankFile, { ...typed, account, sha256 });
}
