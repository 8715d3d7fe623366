// Rates, shares and areas: the only file that uses decimal.js. Money stays in fen; a rate only ever multiplies it.
import { Decimal } from "decimal.js";
import { fen, type Fen } from "./money.ts";

// 40 digits hold any product of an amount (16 digits), a rate and an area without rounding.
const Exact = Decimal.clone({ precision: 40, rounding: Decimal.ROUND_HALF_UP, toExpNeg: -40, toExpPos: 40 });

/** Digits with an optional point: what a rate, share, area or discount may be written as. */
const PLAIN_DECIMAL = /^\d{1,12}(\.\d{1,8})?$/;

/** Whether the text is a plain, non-negative decimal (no sign, no exponent, no comma). */
export function isPlainDecimal(text: string): boolean {
  return PLAIN_DECIMAL.test(text);
}

/** The shortest way to write the same number: "1.50" → "1.5". */
export function shortestDecimal(text: string): string {
  return new Exact(text).toString();
}

/** Compares two plain decimals: negative, zero or positive. */
export function compareDecimals(a: string, b: string): number {
  return new Exact(a).comparedTo(new Exact(b));
}

/** How many decimals a plain decimal really has: "118.90" has one. */
export function decimalsOf(text: string): number {
  return new Exact(text).decimalPlaces();
}

/** rate × amount, rounded half up to the fen (halves away from zero). */
export function shareOf(rate: string, amount: Fen): Fen {
  return fen(new Exact(rate).times(amount).toDecimalPlaces(0).toNumber());
}

/** A month's fee: rate (yuan per m²) × area (m²) × discount, rounded half up to the fen (contract section 4). */
export function feeFor(rate: string, area: string, discount: string): Fen {
  return fen(new Exact(rate).times(area).times(discount).times(100).toDecimalPlaces(0).toNumber());
}

/** quantity × price (yuan) × times, rounded half up to the fen: 2.5 posts × 3,400 yuan × 12 months. */
export function costOf(quantity: string, price: string, times: number): Fen {
  return fen(new Exact(quantity).times(price).times(times).times(100).toDecimalPlaces(0).toNumber());
}

/** What part of whole is of the amount, rounded half up to the fen: 7 of 12 months. */
export function portionOf(amount: Fen, part: number, whole: number): Fen {
  return fen(new Exact(amount).times(part).dividedBy(whole).toDecimalPlaces(0).toNumber());
}

/** What must be due so that this share of it is at least the amount: 930.00 at 0.93 are 1,000.00. */
export function wholeOf(share: string, amount: Fen): Fen {
  return fen(new Exact(amount).dividedBy(share).toDecimalPlaces(0, Decimal.ROUND_UP).toNumber());
}

/** Adds plain decimals: areas in m². */
export function sumDecimals(texts: Iterable<string>): string {
  let total = new Exact(0);
  for (const text of texts) {
    total = total.plus(text);
  }
  return total.toString();
}

/** A rate raised or lowered as another one goes from … to …, up to the next fen; as it is where that one was nothing. */
export function inStep(rate: string, from: string, to: string): string {
  const moved = new Exact(from).isZero() ? new Exact(rate) : new Exact(rate).times(to).dividedBy(from);
  return moved.toDecimalPlaces(2, Decimal.ROUND_UP).toFixed(2);
}

/** "93.5" → "0.935". */
export function fromPercent(percent: string): string {
  return new Exact(percent).dividedBy(100).toString();
}

/** A share that a reader compares with, as a fraction: two thirds are [2, 3]. */
export type Limit = readonly [of: number, parts: number];

const NONE: Limit = [0, 1];
const ALL: Limit = [1, 1];
const DECIMALS_MOST = 8;

/**
 * part ÷ whole as a percentage for reading, "99.5 %"; null where there is no whole. One decimal, and more where one would
 * round it onto or over a limit: "100.0 %" is said of all and of nobody else, and what falls short of two thirds by one
 * flat does not read "66.7 %".
 */
export function percentOf(part: number, whole: number, limits: readonly Limit[] = []): string | null {
  if (whole <= 0) {
    return null;
  }
  const exact = new Exact(part).dividedBy(whole).times(100);
  const isFair = (text: string): boolean =>
    [NONE, ALL, ...limits].every(([of, parts]) => {
      const side = new Exact(part).times(parts).comparedTo(of * whole);
      return side === 0 || side === new Exact(text).times(parts).comparedTo(100 * of);
    });
  let decimals = 1;
  while (decimals < DECIMALS_MOST && !isFair(exact.toFixed(decimals))) {
    decimals += 1;
  }
  return `${exact.toFixed(decimals)} %`;
}

/** "0.15" → "15 %", exactly. */
export function asPercent(share: string): string {
  return `${new Exact(share).times(100).toString()} %`;
}

/** A rate as people write yuan, with two decimals at least: "2.4" → "2.40". */
export function asRate(rate: string): string {
  const [yuan = "", decimals = ""] = rate.split(".");
  return `${yuan}.${decimals.padEnd(2, "0")}`;
}

/** How much a rate rises (below zero: falls) in percent of what it was, "37.0"; null where it was zero. */
export function risePercent(before: string, after: string): string | null {
  const base = new Exact(before);
  return base.isZero() ? null : new Exact(after).minus(base).dividedBy(base).times(100).toFixed(1);
}

/** How much of a bar is filled, 0 to 100. */
export function barOf(part: Fen, whole: Fen): number {
  return whole <= 0 ? 0 : Math.max(0, Math.min(100, Math.floor((100 * part) / whole)));
}
