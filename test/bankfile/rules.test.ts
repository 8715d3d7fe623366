// Files as banks export them: whatever their layout, order and encoding, the same lines come out, or a refusal that says why not.
import { expect } from "chai";
import * as fc from "fast-check";
import { negate } from "../../src/base/money.ts";
import { day, type Day } from "../../src/base/month.ts";
import { Refusal } from "../../src/base/refusal.ts";
import { readBankFile } from "../../src/bankfile/service.ts";
import { sameAccount, type BankFile } from "../../src/bankfile/rules.ts";
import { chain, csvText, gb18030, LAYOUTS, utf8, xlsx, type Rows, type TrueLine } from "./files.ts";

const TODAY = day("2026-11-21");

async function read(bytes: Uint8Array): Promise<BankFile> {
  const file = await readBankFile(bytes, "流水.csv", null, TODAY);
  if (!("lines" in file)) {
    throw new Error(`not recognised: ${file.missing.join(", ")} of ${file.keys.join(", ")}`);
  }
  return file;
}

async function refusal(bytes: Uint8Array): Promise<string> {
  const outcome = await readBankFile(bytes, "流水.csv", null, TODAY).catch((error: unknown) => error);
  return outcome instanceof Refusal ? outcome.code : "none";
}

/** What must be the same however the bank wrote it. */
function told({ lines }: { readonly lines: readonly TrueLine[] }): unknown {
  return lines.map(({ day: on, amount, balance, counterparty, memo, serial }) => ({
    on,
    amount,
    balance,
    counterparty,
    memo,
    serial,
  }));
}

const LINES = chain(3_816_018, [
  ["2020-01-01", 123_002, "", "1-2-0703 物业费"],
  ["2020-01-03", -56_377, "明辉五金店（成都）", "电梯维保"],
  ["2020-01-03", 7377, "张三", "2-3-1404"],
  ["2020-01-10", -1_794_000, "项目员工", "2020-01 工资社保"],
  ["2020-01-31", 1234, "", "结息"],
]);

for (const { name, rows } of LAYOUTS) {
  describe(`an export in the manner of ${name}`, () => {
    const bytes: Readonly<Record<string, () => Promise<Uint8Array> | Uint8Array>> = {
      "CSV in UTF-8": () => utf8(csvText(rows(LINES))),
      "CSV in UTF-8 with a mark": () => utf8(`\ufeff${csvText(rows(LINES))}`),
      "CSV in GB18030": () => gb18030(csvText(rows(LINES))),
      "tab-separated text called .xls": () => gb18030(csvText(rows(LINES), "\t")),
      XLSX: () => xlsx({ 明细: rows(LINES) }),
    };
    for (const [how, make] of Object.entries(bytes)) {
      it(`is read as ${how}`, async () => {
        const file = await read(await make());
        expect(file.faults).to.deep.equal([]);
        expect(told(file)).to.deep.equal(told({ lines: LINES }));
        expect(file.isFlipped).to.equal(false);
      });
    }

    it("is read the other way up", async () => {
      const turned = [...rows(LINES)].toSpliced(0, rows(LINES).length, ...turnLines(rows(LINES)));
      expect(told(await read(utf8(csvText(turned))))).to.deep.equal(told({ lines: LINES }));
    });
  });
}

/** The rows that hold a serial in the opposite order, all others where they are. */
function turnLines(rows: Rows): Rows {
  const isLine = (row: Rows[number]): boolean => row.some((cell) => /^'?2020\d{8}$/u.test(String(cell)));
  const lines = rows.filter(isLine).toReversed();
  return rows.map((row) => (isLine(row) ? (lines.shift() ?? row) : row));
}

describe("the recogniser", () => {
  const header = ["日期", "借方", "贷方", "余额", "对方户名", "摘要", "流水号"];

  it("reads any chain of lines from any layout, encoding and order", async () => {
    const move = fc.tuple(
      fc.integer({ min: 0, max: 40 }),
      fc
        .oneof(fc.integer({ min: -500, max: 500 }), fc.integer({ min: -9_999_999, max: 9_999_999 }))
        .filter((n) => n !== 0),
      fc.constantFrom("", "张三", "明辉五金店（成都）", "a,b", 'c"d'),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: -1_000_000, max: 100_000_000 }),
        fc.array(move, { minLength: 1, maxLength: 40 }),
        fc.constantFrom(...LAYOUTS),
        fc.constantFrom("utf-8", "gb18030", "xlsx"),
        fc.boolean(),
        async (start, moves, layout, encoding, turned) => {
          const days = moves.map(([after]) => after).toSorted((a, b) => a - b);
          const lines = chain(
            start,
            moves.map(([, amount, counterparty], index) => [dayAfter(days[index] ?? 0), amount, counterparty, "摘要"]),
          );
          const rows = turned ? turnLines(layout.rows(lines)) : layout.rows(lines);
          const bytes = encoding === "xlsx" ? await xlsx({ 明细: rows }) : encode(encoding, csvText(rows));
          const file = await read(bytes);
          expect(file.faults).to.deep.equal([]);
          // Of lines that say the same on one day, and of ways round that agree, either may come first.
          expect(sorted(file.lines)).to.deep.equal(sorted(lines));
        },
      ),
      { numRuns: 150 },
    );
  });

  it("puts a jumbled day in order by the balances", async () => {
    const [a, b, c, d, e] = LINES;
    const rows = [a, c, b, d, e].map((line) => plainRow(line ?? LINES[0]));
    expect(told(await read(utf8(csvText([header, ...rows]))))).to.deep.equal(told({ lines: LINES }));
  });

  it("takes money in and out the other way round when the balances prove it, and says so", async () => {
    const swapped = LINES.map((line) => plainRow({ ...line, amount: negate(line.amount) }));
    const file = await read(utf8(csvText([header, ...swapped])));
    expect(file.isFlipped).to.equal(true);
    expect(told(file)).to.deep.equal(told({ lines: LINES }));
    expect(file.notices.join()).to.include("相反");
  });

  it("does not turn the columns round for two or three lines, which may agree by chance", async () => {
    const rows = [
      ["2020-01-05", "", "100.00", "1100.00", "", "", "1"],
      ["2020-01-06", "", "100.00", "1000.00", "", "", "2"],
    ];
    const file = await read(utf8(csvText([header, ...rows])));
    expect(file.isFlipped).to.equal(false);
    expect(file.faults.map((fault) => fault.code)).to.deep.equal(["BANK_HOLE"]);
  });

  it("names the two lines around a hole and what is missing between them", async () => {
    const rows = LINES.filter((_, index) => index !== 2).map(plainRow);
    const [fault, ...others] = (await read(utf8(csvText([header, ...rows])))).faults;
    expect(others).to.deep.equal([]);
    expect(fault).to.include({ code: "BANK_HOLE", line: 4, column: "余额" });
    expect(fault?.message).to.equal(
      "余额接不上：第 3 行（2020-01-03 支出 563.77）之后余额是 38,826.43，" +
        "第 4 行（2020-01-10 支出 17,940.00）之前却应是 38,900.20，中间少了收入 73.77 元。",
    );
  });

  it("leaves out totals, carried balances and closing remarks, and names them", async () => {
    const rows = [
      header,
      ["承前余额", "", "", "38160.18", "", "", ""],
      ...LINES.map(plainRow),
      ["合计", "18503.77", "1316.13", "", "", "", ""],
      ["2020-01-31", "0.00", "0.00", "20972.56", "", "", ""],
      ["以上内容仅供参考", "", "", "", "", "", ""],
    ];
    const file = await read(utf8(csvText(rows)));
    expect(file.lines).to.have.length(5);
    expect(file.skipped.map(({ row }) => row)).to.deep.equal([2, 8, 9, 10]);
  });

  it("finds the account and the days in the titles, and takes the day of printing for neither", async () => {
    const titles = [
      ["账号：6222 0000 1234 5678 901 起止日期：2020-01-01 至 2020-01-31", "", "", "", "", "", ""],
      ["打印时间：2020-02-03 10:00", "", "", "", "", "", ""],
    ];
    const file = await read(utf8(csvText([...titles, header, ...LINES.map(plainRow)])));
    expect(file.ownNumbers).to.deep.equal(["6222000012345678901"]);
    expect(file.period).to.deep.equal({ from: "2020-01-01", through: "2020-01-31" });
  });

  it("takes a serial that a spreadsheet shortened for none, and says so", async () => {
    const rows = LINES.map((line) => plainRow({ ...line, serial: "2.02E+19" }));
    const file = await read(utf8(csvText([header, ...rows])));
    expect(file.lines.map(({ serial }) => serial)).to.deep.equal(["", "", "", "", ""]);
    expect(file.notices.join()).to.include("5 个流水号");
  });

  it("reads dates and numbers of a spreadsheet as what they are", async () => {
    const rows = LINES.map((line) => [
      new Date(`${line.day}T10:11:12Z`),
      line.amount < 0 ? -line.amount / 100 : "",
      line.amount > 0 ? line.amount / 100 : "",
      line.balance / 100,
      line.counterparty,
      line.memo,
      202_000_000_000_000_000,
    ]);
    const file = await read(await xlsx({ Sheet1: [header, ...rows] }));
    expect(file.faults).to.deep.equal([]);
    expect(told(file)).to.deep.equal(told({ lines: LINES.map((line) => ({ ...line, serial: "" })) }));
  });

  it("asks for the columns it does not know, and reads the file once they are named", async () => {
    const rows = [
      ["哪天", "进", "出", "还剩"],
      ...LINES.map((line) => plainRow(line)).map(([on = "", out = "", into = "", left = ""]) => [on, into, out, left]),
    ];
    const bytes = utf8(csvText(rows));
    const unknown = await readBankFile(bytes, "a.csv", null, TODAY);
    expect(unknown).to.have.property("missing").that.deep.equals(["day", "amount", "balance"]);
    const layout = { day: ["哪天"], in: ["进"], out: ["出"], balance: ["还剩"] };
    const file = await readBankFile(bytes, "a.csv", layout, TODAY);
    expect("lines" in file ? file.lines.map(({ amount }) => amount) : []).to.deep.equal(
      LINES.map(({ amount }) => amount),
    );
  });

  it("gathers every faulty line with its place and value", async () => {
    const rows = [
      ["2020-13-01", "", "1.00", "1.00", "", "", "1"],
      ["2020-01-02", "", "1.005", "2.00", "", "", "2"],
      ["2020-01-03", "1.00", "1.00", "2.00", "", "", "3"],
      ["2020-01-04", "", "1.00", "", "", "", "4"],
      ["2030-01-04", "", "1.00", "3.00", "", "", "5"],
      ["2020-01-05", "", "1", "234.50", "3.00", "", "", "6"],
    ];
    const { faults } = await read(utf8(csvText([header, ...rows])));
    expect(faults.map(({ code, line, column, value }) => [code, line, column, value])).to.deep.equal([
      ["DAY_INVALID", 2, "日期", "2020-13-01"],
      ["AMOUNT_INVALID", 3, "贷方", "1.005"],
      ["AMOUNT_TWICE", 4, "贷方", "1.00"],
      ["AMOUNT_INVALID", 5, "余额", ""],
      ["DAY_IN_FUTURE", 6, "日期", "2030-01-04"],
      ["ROW_WIDTH", 7, undefined, "2020-01-05,,1,234.50,3.00,,,6"],
    ]);
  });

  it("refuses foreign currency", async () => {
    const rows = [
      ["日期", "币种", "发生额", "余额"],
      ["2020-01-01", "USD", "1.00", "1.00"],
    ];
    expect((await read(utf8(csvText(rows)))).faults[0]).to.include({ code: "CURRENCY_FOREIGN", line: 2, value: "USD" });
  });

  it("refuses what is no spreadsheet, and says what to do instead", async () => {
    expect(await refusal(new Uint8Array())).to.equal("FILE_EMPTY");
    expect(await refusal(utf8(" \r\n\r\n"))).to.equal("FILE_EMPTY");
    expect(await refusal(utf8("%PDF-1.7 …"))).to.equal("FILE_PDF");
    expect(await refusal(utf8("<html><table><tr><td>日期</td></tr></table></html>"))).to.equal("FILE_WEB_PAGE");
    expect(await refusal(utf8('\ufeff<?xml version="1.0"?><Workbook/>'))).to.equal("FILE_WEB_PAGE");
    expect(await refusal(Uint8Array.of(0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1))).to.equal("FILE_OLD_EXCEL");
    expect(await refusal(Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0, 0, 0, 1))).to.equal("FILE_NO_TABLE");
  });

  it("refuses a broken file", async () => {
    const whole = await xlsx({ 明细: [header, ...LINES.map(plainRow)] });
    expect(await refusal(whole.slice(0, whole.length - 300))).to.equal("FILE_BROKEN");
    expect(await refusal(utf8(`${header.join(",")}\n2020-01-01,,1.00,1.00,"张三`))).to.equal("QUOTE_NOT_CLOSED");
    const cut = gb18030(csvText([header, ...LINES.map(plainRow), ["2020-02-01", "", "1", "1", "张"]]));
    expect(await refusal(cut.slice(0, -1))).to.equal("ENCODING_UNKNOWN");
  });

  it("refuses a workbook with two statements in it, and finds the one among other sheets", async () => {
    const rows = [header, ...LINES.map(plainRow)];
    expect(await refusal(await xlsx({ 一月: rows, 二月: rows }))).to.equal("SHEETS_MANY");
    expect((await read(await xlsx({ 说明: [["本表由网银导出"]], 明细: rows }))).lines).to.have.length(5);
  });

  function plainRow(line: TrueLine | undefined): readonly string[] {
    if (line === undefined) {
      return [];
    }
    const yuan = (amount: number): string => (amount / 100).toFixed(2);
    return [
      line.day,
      line.amount < 0 ? yuan(-line.amount) : "",
      line.amount > 0 ? yuan(line.amount) : "",
      yuan(line.balance),
      line.counterparty,
      line.memo,
      line.serial,
    ];
  }
});

describe("two account numbers", () => {
  it("are the same when their visible digits agree", () => {
    expect(sameAccount("6222000012345678901", "6222000012345678901")).to.equal(true);
    expect(sameAccount("6222000012345678901", "6222****8901")).to.equal(true);
    expect(sameAccount("6222000012345678901", "*8902")).to.equal(false);
    expect(sameAccount("6222000012345678901", "6222000012345678902")).to.equal(false);
  });
});

function dayAfter(count: number): Day {
  return day(new Date(Date.UTC(2020, 0, 1 + count)).toISOString().slice(0, 10));
}

function encode(encoding: string, text: string): Uint8Array {
  return encoding === "gb18030" ? gb18030(text) : utf8(text);
}

function sorted(lines: readonly TrueLine[]): readonly string[] {
  return lines
    .map((line) => [line.day, line.amount, line.balance, line.counterparty, line.memo, line.serial].join("\t"))
    .toSorted();
}
