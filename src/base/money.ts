// Money is a whole number of fen. This is the only file that knows how many decimals a yuan has.

import { refuse } from "./refusal.ts";

declare const unit: unique symbol;

/** An amount in fen, always a safe integer; made only by the functions of this file. */
export type Fen = number & { readonly [unit]: "fen" };

function isFen(value: number): value is Fen {
  return Number.isSafeInteger(value);
}

/** Brands a whole number of fen; throws on fractions, which only a bug can make, and refuses what is beyond 2^53. */
export function fen(value: number): Fen {
  // -0 would print as "-0.00" nowhere but compare unequal in tests and JSON tools.
  const whole = value === 0 ? 0 : value;
  if (Number.isInteger(whole) && !isFen(whole)) {
    throw refuse(
      "AMOUNT_OUT_OF_RANGE",
      `金额合计 ${value} 分超出了账簿能精确表示的范围。`,
      "请检查是否有金额多写了几个零。",
    );
  }
  if (!isFen(whole)) {
    throw new RangeError(`${value} is not a whole number of fen`);
  }
  return whole;
}

export const ZERO: Fen = fen(0);

/** Adds amounts; refuses to leave the safe range. */
export function sum(amounts: Iterable<Fen>): Fen {
  let total = 0;
  for (const amount of amounts) {
    total = fen(total + amount);
  }
  return fen(total);
}

export function add(a: Fen, b: Fen): Fen {
  return fen(a + b);
}

export function subtract(a: Fen, b: Fen): Fen {
  return fen(a - b);
}

export function negate(a: Fen): Fen {
  return fen(-a);
}

export function least(a: Fen, b: Fen): Fen {
  return a < b ? a : b;
}

export function greatest(a: Fen, b: Fen): Fen {
  return a > b ? a : b;
}

export type AmountFault = "empty" | "not-a-number" | "too-many-decimals" | "too-large";

const AMOUNT = /^([+-]?)(\d{1,3}(?:,\d{3})+|\d+)(?:\.(\d*))?$/;
const YUAN_DIGITS_MAX = 13;

/**
 * Reads yuan as people write them ("1,234.50", "¥ 80", "１２.５") into fen, digit by digit, never through a float.
 * Answers the kind of fault for anything else (contract section 2).
 */
export function parseYuan(text: string): Fen | AmountFault {
  const plain = halfWidth(text)
    .trim()
    .replace(/^([+-]?)\s*¥\s*/u, "$1");
  if (plain === "") {
    return "empty";
  }
  const match = AMOUNT.exec(plain);
  if (match === null || match[3] === "") {
    return "not-a-number";
  }
  const [, sign, yuanText, decimals = ""] = match;
  if (decimals.length > 2) {
    return "too-many-decimals";
  }
  const yuan = (yuanText ?? "").replaceAll(",", "").replace(/^0+(?=\d)/, "");
  if (yuan.length > YUAN_DIGITS_MAX) {
    return "too-large";
  }
  const value = Number(yuan + decimals.padEnd(2, "0"));
  return fen(sign === "-" ? -value : value);
}

/** Full-width digits and signs, as a Chinese keyboard types them, to ASCII: `－１，２３４．５` → `-1,234.5`, `￥` → `¥`. */
export function halfWidth(text: string): string {
  if (!/[^\u0000-\u007f]/u.test(text)) {
    return text;
  }
  return text
    .replace(/[\uff01-\uff5e]/gu, (c) => String.fromCharCode(c.charCodeAt(0) - 0xfee0))
    .replaceAll("\u3000", " ")
    .replaceAll("\uffe5", "¥")
    .replaceAll("\u2212", "-")
    .replaceAll("。", ".");
}

/** Fen as the contract writes amounts: `"1234.50"`, `"-0.05"`. */
export function toYuan(amount: Fen): string {
  const digits = String(Math.abs(amount)).padStart(3, "0");
  return `${amount < 0 ? "-" : ""}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

/** The contract's text form back to fen; throws on anything that {@link toYuan} cannot have written. */
export function fromYuan(text: string): Fen {
  const amount = /^-?\d+\.\d{2}$/.test(text) ? parseYuan(text) : "not-a-number";
  if (typeof amount !== "number") {
    throw new RangeError(`${JSON.stringify(text)} is not an amount as the contract writes it`);
  }
  return amount;
}

/** For reading: thousands commas and a real minus sign, `−1,234.50`. */
export function displayYuan(amount: Fen): string {
  const [yuan = "", decimals = ""] = toYuan(fen(Math.abs(amount))).split(".");
  return `${amount < 0 ? "\u2212" : ""}${yuan.replace(/\B(?=(\d{3})+$)/g, ",")}.${decimals}`;
}

/** The contract's text form for reading: "-1234.50" → "−1,234.50". */
export function displayText(text: string): string {
  return displayYuan(fromYuan(text));
}

const CAPITAL_DIGITS = ["零", "壹", "贰", "叁", "肆", "伍", "陆", "柒", "捌", "玖"];
const CAPITAL_PLACES = ["", "拾", "佰", "仟"];
const CAPITAL_GROUPS = ["", "万", "亿", "万"];

/** An amount in the capitals that receipts carry, "壹仟陆佰捌拾元零伍分" (支付结算办法, annex 1); throws below zero. */
export function capitalYuan(amount: Fen): string {
  if (amount < 0) {
    throw new RangeError(`${toYuan(amount)} has no form in capitals`);
  }
  const [yuan = "0", decimals = "00"] = toYuan(amount).split(".");
  const [jiao = 0, cents = 0] = [...decimals].map(Number);
  const whole = yuan === "0" ? "" : `${capitalWhole(yuan)}元`;
  if (jiao === 0 && cents === 0) {
    return `${whole === "" ? "零元" : whole}整`;
  }
  const gap = jiao === 0 && whole !== "" ? "零" : "";
  const tens = jiao === 0 ? "" : `${CAPITAL_DIGITS[jiao]}角`;
  return `${whole}${gap}${tens}${cents === 0 ? "整" : `${CAPITAL_DIGITS[cents]}分`}`;
}

/** Digits in groups of four: "10203" → 壹万零贰佰零叁. One 零 stands for any number of zeros between digits. */
function capitalWhole(digits: string): string {
  let words = "";
  let isGap = false;
  let isGroupEmpty = true;
  [...digits].forEach((digit, index) => {
    const place = digits.length - 1 - index;
    if (digit === "0") {
      isGap = true;
    } else {
      words += `${isGap && words !== "" ? "零" : ""}${CAPITAL_DIGITS[Number(digit)]}${CAPITAL_PLACES[place % 4]}`;
      isGap = false;
      isGroupEmpty = false;
    }
    if (place % 4 === 0) {
      // 壹万亿: the 亿 stays though its own four digits are zero.
      words += isGroupEmpty && (place !== 8 || words === "") ? "" : CAPITAL_GROUPS[place / 4];
      isGroupEmpty = true;
    }
  });
  return words;
}
