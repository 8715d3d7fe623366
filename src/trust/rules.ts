// The trust deed: who is principal and trustee, and the terms that hold from a month until the next version.
import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { zhCN } from "zod/locales";
import { compareDecimals, isPlainDecimal } from "../base/share.ts";
import { EARLIEST_MONTH, isMonth, monthOfYear, type Month } from "../base/month.ts";
import { parseYuan, toYuan } from "../base/money.ts";
import type { Fault } from "../base/refusal.ts";

// What a check below does not word itself is said in Chinese too.
z.config(zhCN());

const MONTH_WRONG = "应为月份 YYYY-MM，例如 2020-01";
export const monthText = z
  .string(MONTH_WRONG)
  .refine((text): boolean => isMonth(text), MONTH_WRONG)
  .transform((text) => text as Month);

/** Control characters would write on terminals, and half a character cannot be stored. */
const NOT_PRINTABLE = /[\u0000-\u001f\u007f-\u009f\ud800-\udfff]/u;

export function nameText(longest: number) {
  return z
    .string("应为文字")
    .trim()
    .min(1, "不能为空")
    .max(longest, `最多 ${longest} 个字`)
    .refine((text) => !NOT_PRINTABLE.test(text), "不能含有控制字符或残缺的字");
}

const shareText = z
  .string('应为加引号的小数，例如 "0.15"')
  .refine((text) => isPlainDecimal(text) && compareDecimals(text, "1") <= 0, '应为 0 到 1 之间的小数，例如 "0.15"');
export const amountText = z.string('应为加引号的金额，例如 "60000.00"').transform((text, context): string => {
  const amount = parseYuan(text);
  if (typeof amount !== "number" || amount < 0) {
    context.addIssue('应为不小于 0、最多两位小数的金额，例如 "60000.00"');
    return z.NEVER;
  }
  return toYuan(amount);
});
const incomeAccount = z.string().regex(/^4(?!801)\d{3}$/, "应为收入科目代码，例如 4001");

/** `rate × received`, see the room `draw`. */
export const drawTerms = z.object({
  rate: shareText,
  base: z.array(incomeAccount),
  method: z.literal("received", '目前只支持按实收计提："received"'),
  cap: amountText.optional(),
});

/** See the room `repair`. */
export const sweepTerms = z.object({
  every: z.enum(["month", "quarter", "year"], "应为 month、quarter 或 year"),
  share: shareText.default("1"),
  reserve: amountText.default("0.00"),
});

const releaseBand = z.object({
  upTo: amountText.nullable(),
  keys: z.array(z.enum(["trustee", "committee"])).min(1, "每一档至少要有一把钥匙"),
  resolution: z.boolean().optional(),
});

/** What the committee may change of a calendar year's budget by itself, in all; absent: the assembly decides. */
const budgetChangeTerms = z.object({ committeeUpTo: amountText });

const deedVersion = z.object({
  from: monthText,
  draw: drawTerms,
  sweep: sweepTerms.nullish(),
  publishBy: z.int("应为整数").min(1).max(28, "应在 1 到 28 日之间").default(10),
  // Kept for the questions and releases to come; nothing reads them yet.
  answerWithin: z.int("应为整数").min(1, "至少 1 天").max(365).default(7),
  release: z.array(releaseBand).optional(),
  // Which decision of the owners these terms rest on: a number of the register, or words where it was made before.
  resolution: z
    .union([nameText(100), z.object({ draw: nameText(100).optional(), sweep: nameText(100).optional() })])
    .optional(),
  budgetChange: budgetChangeTerms.optional(),
});

export function isCommunityCode(text: string): boolean {
  return /^[a-z0-9][a-z0-9-]{0,39}$/.test(text);
}

/** The shape of community.json (contract section 2). */
const communityFile = z.object({
  code: z.string().refine(isCommunityCode, "应为小写字母、数字和连字符，最多 40 个字符"),
  name: nameText(100),
  // The opening balances stand on the eve of the first month.
  firstMonth: monthText.refine((first) => first > EARLIEST_MONTH, `应晚于 ${EARLIEST_MONTH}`),
  principal: nameText(100),
  trustee: nameText(100),
  deed: z.array(deedVersion).min(1, "至少要有一个版本"),
  bankAccounts: z
    .array(
      z.object({
        code: nameText(40),
        name: nameText(100),
        fund: z.string().regex(/^[a-z][a-z0-9-]{0,29}$/, "应为 common、repair、custody 或小写字母的基金代码"),
      }),
    )
    .min(1, "至少要有一个银行账户"),
});

/**
 * Reads community.json: the file, or every fault in it. A fault's column is the path inside the JSON, such as
 * `deed.0.draw.rate`.
 */
export function readCommunity(
  bytes: Uint8Array,
): { readonly file: CommunityFile } | { readonly faults: readonly Fault[] } {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    // A TypeError is the decoder's, a SyntaxError the parser's.
    const isEncoding = error instanceof TypeError;
    const message = isEncoding ? "不是 UTF-8 编码。" : `不是有效的 JSON（${String(error)}）。`;
    const remedy = isEncoding ? "请另存为 UTF-8 编码。" : "请检查逗号、引号与括号。";
    return { faults: [{ code: isEncoding ? "ENCODING_UNKNOWN" : "JSON_INVALID", file: FILE, message, remedy }] };
  }
  const parsed = communityFile.safeParse(json);
  const faults = parsed.success
    ? deedFaults(parsed.data)
    : parsed.error.issues.map((issue) => jsonFault(json, issue.path, issue.message));
  return parsed.success && faults.length === 0 ? { file: parsed.data } : { faults };
}

const FILE = "community.json";

function jsonFault(json: unknown, at: readonly PropertyKey[], message: string): Fault {
  const value = at.reduce<unknown>(
    (node, key) =>
      typeof node === "object" && node !== null ? (node as Record<PropertyKey, unknown>)[key] : undefined,
    json,
  );
  return {
    code: "COMMUNITY_INVALID",
    file: FILE,
    column: at.map(String).join("."),
    ...(typeof value === "string" || typeof value === "number" ? { value: String(value) } : {}),
    message: value === undefined ? "缺少这一项。" : "这一项不对。",
    remedy: `${message}。`,
  };
}

function deedFaults(file: CommunityFile): Fault[] {
  const froms = file.deed.map((version) => version.from);
  const codes = file.bankAccounts.map((account) => account.code);
  const wrong = (holds: boolean, column: string, message: string, remedy: string): Fault[] =>
    holds ? [] : [{ code: "COMMUNITY_INVALID", file: FILE, column, message, remedy }];
  return [
    ...wrong(new Set(froms).size === froms.length, "deed", "两个版本从同一个月开始。", "每个版本的 from 应各不相同。"),
    ...wrong(
      froms.some((from) => from <= file.firstMonth),
      "deed",
      `没有在第一个月 ${file.firstMonth} 生效的版本。`,
      "请让最早的版本从 firstMonth 或更早开始。",
    ),
    ...wrong(
      new Set(codes).size === codes.length,
      "bankAccounts",
      "两个账户代码相同。",
      "每个银行账户的 code 应各不相同。",
    ),
    ...wrong(
      file.bankAccounts.some((account) => account.fund === "common"),
      "bankAccounts",
      "没有共有资金账户。",
      '至少一个账户的 fund 应为 "common"。',
    ),
  ];
}

export type CommunityFile = z.infer<typeof communityFile>;
export type DeedVersion = z.infer<typeof deedVersion>;
export type SweepTerms = z.infer<typeof sweepTerms>;
export type BankAccount = CommunityFile["bankAccounts"][number];

export interface Community {
  readonly code: string;
  readonly name: string;
  readonly principal: string;
  readonly trustee: string;
}

/**
 * The version in force in a month: the last that began by then, and of one month the last in the list. Throws when
 * none had begun.
 */
export function deedIn(versions: readonly DeedVersion[], month: Month): DeedVersion {
  const version = versions
    .toSorted((a, b) => Number(a.from > b.from) - Number(a.from < b.from))
    .findLast((candidate) => candidate.from <= month);
  if (version === undefined) {
    throw new Error(`no deed version is in force in ${month}`);
  }
  return version;
}

/** What of a deed a resolution may change by itself. */
export const DEED_TERMS = ["draw", "sweep"] as const;
export type DeedTerm = (typeof DEED_TERMS)[number];

/** The decision that a version's draw or sweep rests on, where the version names one. */
export function basisOfTerm({ resolution }: DeedVersion, term: DeedTerm): string | undefined {
  return typeof resolution === "object" ? resolution[term] : resolution;
}

function withTerm<T extends DeedTerm>(version: DeedVersion, term: T, changed: TermChange<T>): DeedVersion {
  const bases = { draw: basisOfTerm(version, "draw"), sweep: basisOfTerm(version, "sweep"), [term]: changed.basis };
  const named = Object.fromEntries(Object.entries(bases).filter(([, basis]) => basis !== undefined));
  return { ...version, [term]: changed.value, resolution: named };
}

interface TermChange<T extends DeedTerm> {
  readonly value: DeedVersion[T];
  readonly basis: string | undefined;
}

/**
 * The versions to add so that a term holds from a month on: one from that month, and those that begin later once more
 * with the new term, up to one that changed the term itself.
 */
export function versionsWith<T extends DeedTerm>(
  versions: readonly DeedVersion[],
  from: Month,
  term: T,
  changed: TermChange<T>,
): DeedVersion[] {
  const now = deedIn(versions, from);
  // Of one month only the last version counts.
  const counting = new Map(versions.filter((each) => each.from > from).map((each) => [each.from, each]));
  const later = [...counting.values()].toSorted((a, b) => (a.from < b.from ? -1 : 1));
  const isSame = (version: DeedVersion): boolean => isDeepStrictEqual(version[term] ?? null, now[term] ?? null);
  const end = later.findIndex((version) => !isSame(version));
  const repeated = end < 0 ? later : later.slice(0, end);
  return [{ ...now, from }, ...repeated].map((version) => withTerm(version, term, changed));
}

/** A term as it would hold in a month without the resolutions in `voided`; undefined when no version is left. */
export function termWithout<T extends DeedTerm>(
  versions: readonly DeedVersion[],
  month: Month,
  term: T,
  voided: ReadonlySet<string>,
): TermChange<T> | undefined {
  const version = versions.findLast((each) => each.from <= month && !voided.has(basisOfTerm(each, term) ?? ""));
  return version === undefined ? undefined : { value: version[term], basis: basisOfTerm(version, term) };
}

const MONTHS_IN_PERIOD = { month: 1, quarter: 3, year: 12 } as const;

/** Whether the month is the last of its sweep period; periods follow the calendar. */
export function endsPeriod(month: Month, every: SweepTerms["every"]): boolean {
  return monthOfYear(month) % MONTHS_IN_PERIOD[every] === 0;
}
