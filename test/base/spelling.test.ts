// Days and amounts as other people's files spell them.
import { expect } from "chai";
import * as fc from "fast-check";
import { displayYuan, fen, toYuan } from "../../src/base/money.ts";
import { day, plusDays } from "../../src/base/month.ts";
import { invoiceNumber, invoiceNumbersIn, plainCell, readAmount, readDay } from "../../src/base/spelling.ts";

describe("a day", () => {
  for (const text of [
    "2020-03-05",
    "2020/3/5",
    "2020.03.05",
    "2020年3月5日",
    "20200305",
    "２０２０－０３－０５",
    "2020-03-05 10:22:33",
    "2020-03-05T10:22",
    "2020-03-05-10.22.33.123456",
    "20200305 102233",
    "20200305102233",
    "2020年3月5日10时22分33秒",
    '="20200305"',
    "'20200305",
    "43895",
  ]) {
    it(`is read from ${text}`, () => {
      expect(readDay(text)).to.equal("2020-03-05");
    });
  }

  it("is none in anything else", () => {
    for (const text of ["", "2020-02-30", "20201301", "5-3-2020", "20-03-05", "合计", "1234", "123456", "2020-03"]) {
      expect(readDay(text)).to.equal(null);
    }
  });

  it("is read from any form it can be written in", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 14_000 }), (count) => {
        const on = plusDays(day("2020-01-01"), count);
        const [year, month, date] = on.split("-").map(Number);
        expect(
          [on, on.replaceAll("-", ""), `${year}/${month}/${date}`, `${year}年${month}月${date}日`].map(readDay),
        ).to.deep.equal([on, on, on, on]);
        expect(readDay(String(43_831 + count))).to.equal(on);
      }),
    );
  });
});

describe("an amount", () => {
  const READ: readonly (readonly [string, number])[] = [
    ["1234.50", 123_450],
    ["1,234.50", 123_450],
    ["¥1,234.5", 123_450],
    ["￥１，２３４．５０", 123_450],
    ["+12", 1200],
    ["-12.00", -1200],
    ["(12.00)", -1200],
    ["12.00-", -1200],
    [".50", 50],
    ["-.50", -50],
    ["12.3400", 1234],
    ["12元", 1200],
    ["CNY 12.00", 1200],
    ["'12.00", 1200],
    ["1 234.00", 123_400],
  ];
  for (const [text, amount] of READ) {
    it(`is read from ${text}`, () => {
      expect(readAmount(text)).to.equal(amount);
    });
  }

  it("is nothing where nothing is meant, and a fault where something else is", () => {
    expect(["", "-", "--", "—", "/"].map(readAmount)).to.deep.equal(["empty", "empty", "empty", "empty", "empty"]);
    expect(["12.345", "1e3", "abc", "1,23", "99999999999999"].map(readAmount)).to.deep.equal([
      "too-many-decimals",
      "not-a-number",
      "not-a-number",
      "not-a-number",
      "too-large",
    ]);
  });

  it("comes back from every way we write it", () => {
    fc.assert(
      fc.property(fc.integer({ min: -(10 ** 14), max: 10 ** 14 }), (value) => {
        expect(readAmount(toYuan(fen(value)))).to.equal(value);
        expect(readAmount(displayYuan(fen(value)))).to.equal(value);
      }),
    );
  });
});

describe("a cell", () => {
  it("loses what keeps spreadsheets from counting it", () => {
    expect(['="0012"', "'0012", '"0012"', "0012"].map(plainCell)).to.deep.equal(["0012", "0012", "0012", "0012"]);
  });
});

describe("an invoice number", () => {
  it("is one text, however somebody spells it", () => {
    for (const spelling of [
      "ab-1234",
      "AB-1234",
      " Ab - 1234 ",
      "ＡＢ－１２３４",
      "ａｂ‐１２３４",
      "AB–1234",
      "\u200bAB-1234",
    ]) {
      expect(invoiceNumber(spelling), spelling).to.equal("AB-1234");
    }
    expect(invoiceNumber("2051 6453 2794 4740 4207")).to.equal("20516453279447404207");
    // Twenty digits that begin with a year are a 数电票, wherever somebody puts gaps.
    for (const spelling of ["2411-2000-0001-3511-4090", "241120000001 35114090", "24112000000135114090"]) {
      expect(invoiceNumber(spelling), spelling).to.equal("24112000000135114090");
    }
    expect(invoiceNumber("033002321300 02630221")).to.equal("033002321300-02630221");
    expect(invoiceNumber("330023213002630221")).to.equal("3300232130-02630221");
    expect(invoiceNumber("AB-1234")).not.to.equal(invoiceNumber("AB1234"));
  });

  it("stays what it is when it is spelled again", () => {
    const texts = fc.oneof(fc.string({ unit: "grapheme" }), fc.stringMatching(/^[0-9０-９ -]{18,24}$/u));
    fc.assert(
      fc.property(texts, (text) => {
        const number = invoiceNumber(text);
        return invoiceNumber(number) === number;
      }),
    );
  });

  it("is found among several, whatever stands between them", () => {
    const found = [...invoiceNumbersIn("票号：ab-1，ＣＤ－２ / 2051 6453 2794 4740 4207；EF3")];
    expect(found).to.include.members(["AB-1", "CD-2", "20516453279447404207", "EF3"]);
    expect([...invoiceNumbersIn("")]).to.deep.equal([]);
  });
});
