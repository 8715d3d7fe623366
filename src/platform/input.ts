// What forms and JSON give, read by zod: the pieces that every room's schemas are made of. All of them take text, since
// a form has nothing else and an amount must never be a JSON number.
import { z } from "zod";
import { zhCN } from "zod/locales";
import { isDay, isMonth, type Day, type Month } from "../base/month.ts";
import { parseYuan, type AmountFault, type Fen } from "../base/money.ts";
import { Refusal, refuse, type Fault } from "../base/refusal.ts";
import { SHA } from "./files.ts";

// What a piece below does not word itself is said in Chinese too.
z.config(zhCN());

/** Control characters would write on terminals, and half a character cannot be stored. */
const NOT_PRINTABLE = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\ud800-\udfff\u2028-\u202e\u2066-\u2069]/u;

/** Something that can be seen: joiners and fillers alone are an empty text. */
const SEEN = /[^\s\p{Default_Ignorable_Code_Point}\p{Cf}]/u;

/** One line of text, trimmed, at least one character. */
export function words(longest = 100) {
  return z
    .string("请填写")
    .trim()
    .min(1, "请填写")
    .max(longest, `最多 ${longest} 个字`)
    .refine((text) => SEEN.test(text), "请填写")
    .refine((text) => !NOT_PRINTABLE.test(text) && !text.includes("\n"), "不能含有换行、控制字符或残缺的字");
}

/** What nobody but the sender may see again: a password, a code. Never kept, shown or compared as it was sent. */
export function secret(missing: string, longest = 500) {
  return z.string(missing).min(1, missing).max(longest, `最多 ${longest} 个字`).meta({ format: "password" });
}

/** What was chosen in a vote: as little of it is kept beside the ballot as of a secret. */
export function unkept<T extends z.ZodType>(schema: T): T {
  return schema.meta({ ...schema.meta(), format: "password" });
}

/** What an authenticator shows, the field `code` of a command that turns a key. */
export const keyCode = words(10).meta({ description: "验证器应用上的 6 位数字" });

/** Which fields of a schema are secrets. */
export function secretFields(schema: z.ZodType): string[] {
  return schema instanceof z.ZodObject
    ? Object.entries(schema.shape as Record<string, z.ZodType>)
        .filter(([, field]) => field.meta()?.["format"] === "password")
        .map(([name]) => name)
    : [];
}

/** Text of several lines, trimmed; "" when nothing was written. */
export function paragraph(longest = 1000) {
  return z
    .string("应为文字")
    .transform((text) => text.replaceAll("\r\n", "\n").trim())
    .pipe(
      z
        .string()
        .max(longest, `最多 ${longest} 个字`)
        .refine((text) => !NOT_PRINTABLE.test(text), "不能含有控制字符或残缺的字"),
    )
    .default("");
}

/** One line of text that may be left out: "" then. */
export function optionalWords(longest = 100) {
  return z
    .string("应为文字")
    .trim()
    .max(longest, `最多 ${longest} 个字`)
    .refine((text) => !NOT_PRINTABLE.test(text) && !text.includes("\n"), "不能含有换行、控制字符或残缺的字")
    .default("");
}

const AMOUNT_FAULTS: Readonly<Record<AmountFault, string>> = {
  empty: "请填写金额",
  "not-a-number": "不是金额，请写数字，例如 1234.50",
  "too-many-decimals": "金额最多两位小数（到分）",
  "too-large": "金额太大，请检查是否多写了几个零",
};

function amount(accepts: (value: Fen) => boolean, otherwise: string) {
  return z
    .string("请填写金额")
    .meta({ description: '元，最多两位小数，例如 "1234.50"', examples: ["1234.50"] })
    .transform((text, context): Fen => {
      const value = parseYuan(text);
      if (typeof value !== "number") {
        context.addIssue(AMOUNT_FAULTS[value]);
        return z.NEVER;
      }
      if (!accepts(value)) {
        context.addIssue(otherwise);
        return z.NEVER;
      }
      return value;
    });
}

/** An amount above zero, in fen. */
export const yuan = amount((value) => value > 0, "金额应大于 0");
/** An amount of zero or more, in fen. */
export const yuanOrZero = amount((value) => value >= 0, "金额不能是负数");

export const dayText = z
  .string("请填写日期")
  .trim()
  .meta({ format: "date" })
  .refine((text): boolean => isDay(text), "不是日期，请写成 2020-03-31")
  .transform((text) => text as Day);

export const monthText = z
  .string("请填写月份")
  .trim()
  .meta({ pattern: String.raw`^\d{4}-\d{2}$` })
  .refine((text): boolean => isMonth(text), "不是月份，请写成 2020-03")
  .transform((text) => text as Month);

/** What may be left out: a form sends an empty text for it. */
export function orNone<T extends z.ZodType>(schema: T) {
  return z.union([z.literal("").transform(() => undefined), schema]).optional();
}

/** A box in a form, or true and false in JSON. Absent is no. */
export const ticked = z
  .union([z.boolean(), z.enum(["on", "true", "false", ""])])
  .default(false)
  .transform((value) => value === true || value === "on" || value === "true");

/** A whole number, from a form or JSON. */
export function wholeNumber(min: number, max: number) {
  return z.coerce.number("应为整数").int("应为整数").min(min, `不能小于 ${min}`).max(max, `不能大于 ${max}`);
}

export const yearNumber = wholeNumber(1990, 2999);

/** The number that something has in its community, counted from 1. */
export const idNumber = wholeNumber(1, 1_000_000_000);

/** The name of a file that is kept. */
export const shaText = z.string("请写明文件的哈希值（64 位十六进制）").regex(SHA, "不是文件的哈希值（64 位十六进制）");

/** What is asked of a use case that needs to know nothing. */
export const nothing = z.object({});

/** A list, or just one: a form whose boxes bear one name sends a single text when one of them is ticked. */
export function oneOrMany<T extends z.ZodType<string, string>>(item: T, missing: string, most = 200) {
  return z.union([z.array(item).min(1, missing).max(most), item.transform((only) => [only])], missing);
}

/** The same, where nothing may be chosen as well: a form sends nothing then, a program an empty list. */
export function noneOrMany<T extends z.ZodType<string, string>>(item: T, otherwise: string, most = 200) {
  return z.union([z.array(item).max(most), item.transform((only) => [only])], otherwise).default([]);
}

/** Rows that a form left blank at its end are none. */
export function rowsOf<T extends z.ZodType>(row: T, most: number) {
  const isBlank = (value: unknown): boolean =>
    typeof value === "object" && value !== null && Object.values(value).every((each) => each === "");
  const trimmed = (value: unknown): unknown => {
    const list: unknown = value ?? [];
    const last = Array.isArray(list) ? list.findLastIndex((each) => !isBlank(each)) : -1;
    return Array.isArray(list) ? list.slice(0, last + 1) : list;
  };
  return z.preprocess(trimmed, z.array(row).max(most, `最多 ${most} 行`));
}

/** Where a list goes on: the `next` of the page before. */
export const listInput = { after: z.string().max(200).optional(), limit: wholeNumber(1, 200).default(50) };

/** A whole list as it is answered; what is answered is never changed. */
export function all<T extends z.ZodType>(item: T) {
  return z.array(item).readonly();
}

/** A page of a list; `next` is null at its end. */
export function listOf<T extends z.ZodType>(item: T) {
  return z.object({ items: z.array(item), next: z.string().nullable() });
}

/** The first of what was found, one more than `limit` where there are more, and the place at which the list goes on. */
export function pageFrom<T>(
  found: readonly T[],
  limit: number,
  placeOf: (last: T) => string,
): { readonly items: T[]; readonly next: string | null } {
  const items = found.slice(0, limit);
  const last = items.at(-1);
  return { items, next: found.length > limit && last !== undefined ? placeOf(last) : null };
}

/** Where a list by falling numbers goes on: below the number of the page before, or from the highest. */
export function numberBefore(after: string | undefined): number {
  return /^\d{1,15}$/u.test(after ?? "") ? Number(after) : Number.MAX_SAFE_INTEGER;
}

/** A moment as programs read it. */
export const instant = z.string().meta({ format: "date-time" });

/** An amount as programs read it, in yuan. */
export const amountText = z.string().meta({ examples: ["1234.50"] });

/** A code that is told once, with the address that takes it and until when. */
export function toldOnce(opens: string) {
  return z.object({
    code: z.string().meta({ description: "一次性的码，只显示这一次" }),
    url: z.string().meta({ description: opens }),
    expiresAt: instant,
  });
}

/** Reads what was sent, or refuses with one fault per field; `column` of a fault is the field, `lines.0.amount`. */
export function readInput<T extends z.ZodType>(schema: T, sent: unknown): z.output<T> {
  const broken = unstorable(sent, []);
  if (broken !== null) {
    throw new Refusal(toFault({ path: broken, message: "含有不能保存的字符" }));
  }
  const read = schema.safeParse(sent);
  if (read.success) {
    return read.data;
  }
  throw new Refusal(read.error.issues.map(toFault));
}

/** Reads what stands in an address: what cannot be there leads to no page. */
export function readAddress<T extends z.ZodType>(schema: T, address: unknown): z.output<T> {
  const read = schema.safeParse(address);
  if (!read.success) {
    throw refuse("NOT_FOUND", "没有这个页面。", "请核对网址。", 404);
  }
  return read.data;
}

/** Neither database keeps both of these, and PostgreSQL answers them with an error of its own. */
const UNSTORABLE = /[\u0000\ud800-\udfff]/u;

export function isStorable(text: string): boolean {
  return !UNSTORABLE.test(text);
}

/** Where in what was sent the first text is that no database can keep. */
function unstorable(sent: unknown, at: string[]): string[] | null {
  if (typeof sent === "string") {
    return isStorable(sent) ? null : at;
  }
  for (const [key, value] of typeof sent === "object" && sent !== null ? Object.entries(sent) : []) {
    const found = isStorable(key) ? unstorable(value, [...at, key]) : at;
    if (found !== null) {
      return found;
    }
  }
  return null;
}

function toFault(issue: Pick<z.core.$ZodIssue, "path" | "message">): Fault {
  return {
    code: "FIELD_INVALID",
    ...(issue.path.length === 0 ? {} : { column: issue.path.map(String).join(".") }),
    message: issue.message.replace(/[。.]$/u, "") + "。",
    remedy: "请改正后再提交一次。",
  };
}
