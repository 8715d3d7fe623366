// The trust deed: who is principal and trustee, and the terms that hold from a month until the next version.
import { z } from "zod";
import { compareDecimals, isPlainDecimal } from "../base/share.ts";
import { isMonth, monthOfYear, type Month } from "../base/month.ts";
import { parseYuan } from "../base/money.ts";

const monthText = z.custom<Month>(
  (value) => typeof value === "string" && isMonth(value),
  "应为月份 YYYY-MM，例如 2020-01",
);
const shareText = z
  .string('应为加引号的小数，例如 "0.15"')
  .refine((text) => isPlainDecimal(text) && compareDecimals(text, "1") <= 0, '应为 0 到 1 之间的小数，例如 "0.15"');
const amountText = z.string('应为加引号的金额，例如 "60000.00"').refine((text) => {
  const amount = parseYuan(text);
  return typeof amount === "number" && amount >= 0;
}, '应为不小于 0、最多两位小数的金额，例如 "60000.00"');
const incomeAccount = z.string().regex(/^4(?!801)\d{3}$/, "应为收入科目代码，例如 4001");

/** `rate × received`, see the room `draw`. */
const drawTerms = z.object({
  rate: shareText,
  base: z.array(incomeAccount),
  method: z.literal("received", '目前只支持按实收计提："received"'),
  cap: amountText.optional(),
});

/** See the room `repair`. */
const sweepTerms = z.object({
  every: z.enum(["month", "quarter", "year"], "应为 month、quarter 或 year"),
  share: shareText.default("1"),
  reserve: amountText.default("0.00"),
});

const releaseBand = z.object({
  upTo: amountText.nullable(),
  keys: z.array(z.enum(["trustee", "committee"])).min(1, "每一档至少要有一把钥匙"),
  resolution: z.boolean().optional(),
});

const deedVersion = z.object({
  from: monthText,
  draw: drawTerms,
  sweep: sweepTerms.nullish(),
  publishBy: z.int("应为整数").min(1).max(28, "应在 1 到 28 日之间").default(10),
  answerWithin: z.int("应为整数").min(1, "至少 1 天").max(365).default(7),
  release: z.array(releaseBand).optional(),
});

export function isCommunityCode(text: string): boolean {
  return /^[a-z0-9][a-z0-9-]{0,39}$/.test(text);
}

/** The shape of community.json (contract section 2). */
export const communityFile = z.object({
  code: z.string().refine(isCommunityCode, "应为小写字母、数字和连字符，最多 40 个字符"),
  name: z.string().trim().min(1, "不能为空").max(100),
  firstMonth: monthText,
  principal: z.string().trim().min(1, "不能为空").max(100),
  trustee: z.string().trim().min(1, "不能为空").max(100),
  deed: z.array(deedVersion).min(1, "至少要有一个版本"),
  bankAccounts: z
    .array(
      z.object({
        code: z.string().trim().min(1, "不能为空").max(40),
        name: z.string().trim().min(1, "不能为空").max(100),
        fund: z.string().regex(/^[a-z][a-z0-9-]{0,29}$/, "应为 common、repair、custody 或小写字母的基金代码"),
      }),
    )
    .min(1, "至少要有一个银行账户"),
});

export type CommunityFile = z.infer<typeof communityFile>;
export type DeedVersion = z.infer<typeof deedVersion>;
export type DrawTerms = z.infer<typeof drawTerms>;
export type SweepTerms = z.infer<typeof sweepTerms>;
export type BankAccount = CommunityFile["bankAccounts"][number];

export interface Community {
  readonly code: string;
  readonly name: string;
  readonly principal: string;
  readonly trustee: string;
}

/** The version in force in a month: the last that began by then. Throws when none had. */
export function deedIn(versions: readonly DeedVersion[], month: Month): DeedVersion {
  const version = versions
    .toSorted((a, b) => (a.from < b.from ? -1 : 1))
    .findLast((candidate) => candidate.from <= month);
  if (version === undefined) {
    throw new Error(`no deed version is in force in ${month}`);
  }
  return version;
}

const MONTHS_IN_PERIOD = { month: 1, quarter: 3, year: 12 } as const;

/** Whether the month is the last of its sweep period; periods follow the calendar. */
export function endsPeriod(month: Month, every: SweepTerms["every"]): boolean {
  return monthOfYear(month) % MONTHS_IN_PERIOD[every] === 0;
}
