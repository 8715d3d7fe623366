// Money is a whole number of fen, read from text digit by digit.
import { expect } from "chai";
import * as fc from "fast-check";
import {
  add,
  capitalYuan,
  displayYuan,
  fen,
  fromYuan,
  halfWidth,
  negate,
  parseYuan,
  subtract,
  sum,
  toYuan,
} from "../../src/base/money.ts";
import { Refusal } from "../../src/base/refusal.ts";

/** Beyond thirteen digits of yuan nothing is read. */
const MAX = 999_999_999_999_999;
const amounts = fc.integer({ min: -MAX, max: MAX }).map(fen);

/** Reads an amount in capitals, from the words alone. */
function fromCapitals(words: string): number {
  const digit = (c: string): number => "零壹贰叁肆伍陆柒捌玖".indexOf(c);
  const group = (text: string): number => {
    let total = 0;
    for (const [, figure = "", place = ""] of text.matchAll(/([壹贰叁肆伍陆柒捌玖])([拾佰仟]?)/gu)) {
      total += digit(figure) * 10 ** ["", "拾", "佰", "仟"].indexOf(place);
    }
    return total;
  };
  const [, whole = "", jiao = "", cents = ""] = /^(?:(.*)元)?零?(?:(.)角)?零?(?:(.)分)?整?$/u.exec(words) ?? [];
  const [, large = "", middle = "", small = ""] = /^(?:(.*)亿)?(?:(.*)万)?(.*)$/u.exec(whole) ?? [];
  const yuan = group(large) * 1e8 + group(middle) * 1e4 + group(small);
  return yuan * 100 + Math.max(0, digit(jiao)) * 10 + Math.max(0, digit(cents));
}

describe("an amount of money", () => {
  for (const [text, amount] of [
    ["0", 0],
    ["-0", 0],
    ["1", 100],
    ["1.5", 150],
    ["0.01", 1],
    ["-0.05", -5],
    ["1,234.50", 123_450],
    ["１２３．４５", 12_345],
    ["¥80", 8000],
    ["￥80", 8000],
    ["-¥80", -8000],
    ["\u221280", -8000],
    ["12。50", 1250],
    ["007", 700],
    ["9999999999999.99", MAX],
    // 0.1 + 0.2 and 1.005 are where floats go wrong.
    ["4.35", 435],
    ["1.10", 110],
    ["90071992547.41", 9_007_199_254_741],
  ] as const) {
    it(`written ${text} is ${amount} fen`, () => {
      expect(parseYuan(text)).to.equal(amount);
    });
  }

  for (const [text, fault] of [
    ["", "empty"],
    ["  ", "empty"],
    ["¥", "empty"],
    ["1.234", "too-many-decimals"],
    ["1.230", "too-many-decimals"],
    ["1e3", "not-a-number"],
    ["NaN", "not-a-number"],
    ["-", "not-a-number"],
    ["1.", "not-a-number"],
    [".5", "not-a-number"],
    ["1,2", "not-a-number"],
    ["1234,567", "not-a-number"],
    ["0x1f", "not-a-number"],
    ["一百", "not-a-number"],
    ["１Ｅ３", "not-a-number"],
    ["(80.00)", "not-a-number"],
    ["1¥2", "not-a-number"],
    ["1 2", "not-a-number"],
    ["10000000000000", "too-large"],
  ] as const) {
    it(`is not “${text}”: ${fault}`, () => {
      expect(parseYuan(text)).to.equal(fault);
    });
  }

  it("comes back from its text", () => {
    fc.assert(fc.property(amounts, (amount) => fromYuan(toYuan(amount)) === amount));
  });

  it("comes back from the text that people read", () => {
    fc.assert(fc.property(amounts, (amount) => parseYuan(displayYuan(amount)) === amount));
  });

  it("has two decimals as text, and no sign when it is zero", () => {
    fc.assert(fc.property(amounts, (amount) => /^-?(0|[1-9]\d*)\.\d\d$/.test(toYuan(amount))));
    expect(toYuan(fen(-0))).to.equal("0.00");
  });

  it("is read the same in full-width signs", () => {
    const wide = (text: string): string =>
      text.replace(/[!-~]/g, (sign) => String.fromCharCode(sign.charCodeAt(0) + 0xfee0));
    fc.assert(
      fc.property(amounts, (amount) => {
        expect(halfWidth(wide(toYuan(amount)))).to.equal(toYuan(amount));
        expect(parseYuan(wide(toYuan(amount)))).to.equal(amount);
      }),
    );
  });

  it("is a fault or an amount, whatever the text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        const found = parseYuan(text);
        expect(typeof found === "number" ? Number.isSafeInteger(found) : found).to.be.oneOf([
          true,
          "empty",
          "not-a-number",
          "too-many-decimals",
          "too-large",
        ]);
      }),
    );
  });

  it("is read by people with thousands commas and a real minus sign", () => {
    expect(displayYuan(fen(0))).to.equal("0.00");
    expect(displayYuan(fen(99_999))).to.equal("999.99");
    expect(displayYuan(fen(100_000))).to.equal("1,000.00");
    expect(displayYuan(fen(-123_456_789))).to.equal("\u22121,234,567.89");
  });

  it("is written in capitals on receipts", () => {
    const written: [number, string][] = [
      [0, "零元整"],
      [5, "伍分"],
      [50, "伍角整"],
      [1000, "壹拾元整"],
      [10_005, "壹佰元零伍分"],
      [140_950, "壹仟肆佰零玖元伍角整"],
      [168_032, "壹仟陆佰捌拾元叁角贰分"],
      [600_714, "陆仟零柒元壹角肆分"],
      [1_640_902, "壹万陆仟肆佰零玖元零贰分"],
      [10_700_053, "壹拾万零柒仟元伍角叁分"],
      [1_000_000_200, "壹仟万零贰元整"],
      [1_000_000_000_000, "壹佰亿元整"],
      [100_000_000_000_001, "壹万亿元零壹分"],
      [123_450_000_000_000, "壹万贰仟叁佰肆拾伍亿元整"],
    ];
    written.forEach(([amount, words]) => expect(capitalYuan(fen(amount))).to.equal(words));
    expect(() => capitalYuan(fen(-1))).to.throw(RangeError);
  });

  it("reads back from its capitals", () => {
    fc.assert(
      fc.property(fc.nat({ max: 900_000_000_000 }), (amount) => {
        expect(fromCapitals(capitalYuan(fen(amount)))).to.equal(amount);
      }),
    );
  });

  it("is never a fraction of a fen, and never beyond what a whole number can hold", () => {
    expect(() => fen(0.5)).to.throw(RangeError);
    expect(() => fen(Number.NaN)).to.throw(RangeError);
    expect(() => add(fen(Number.MAX_SAFE_INTEGER), fen(1))).to.throw(Refusal);
    expect(() => sum([fen(Number.MAX_SAFE_INTEGER), fen(1), fen(-1)])).to.throw(Refusal);
  });

  it("adds up in any order, and taking away undoes adding", () => {
    fc.assert(
      fc.property(fc.array(amounts, { maxLength: 8 }), (list) => {
        expect(sum(list)).to.equal(sum(list.toReversed()));
      }),
    );
    fc.assert(
      fc.property(amounts, amounts, (a, b) => {
        expect(subtract(add(a, b), b)).to.equal(a);
        expect(add(a, negate(a))).to.equal(0);
      }),
    );
  });
});
