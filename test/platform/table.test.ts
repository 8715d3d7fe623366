// Spreadsheets of other people's making, as rows of text.
import { deflateRawSync } from "node:zlib";
import { expect } from "chai";
import ExcelJS from "exceljs";
import * as fc from "fast-check";
import { Refusal } from "../../src/base/refusal.ts";
import { csvCell } from "../../src/platform/csv.ts";
import { readTables } from "../../src/platform/table.ts";
import { zipParts } from "../../src/platform/zip.ts";
import { csvText, gb18030, utf8, xlsx } from "../bankfile/files.ts";

async function rowsOf(bytes: Uint8Array): Promise<(readonly [number, ...string[]])[]> {
  const [table] = await readTables(bytes, "表.csv");
  return (table?.rows ?? []).map(({ line, cells }) => [line, ...cells] as const);
}

async function refusedAs(bytes: Uint8Array): Promise<string> {
  return readTables(bytes, "表.csv").then(
    () => "read",
    (error: unknown) => (error instanceof Refusal ? error.code : "failed"),
  );
}

const ROWS = [
  ["日期", "金额", "摘要"],
  ["2020-01-01", "1,234.50", "张三"],
];

describe("a table of text", () => {
  it("is read with any usual delimiter and encoding", async () => {
    const told = [
      [1, ...(ROWS[0] ?? [])],
      [2, ...(ROWS[1] ?? [])],
    ];
    for (const delimiter of [",", "\t", ";", "|"]) {
      const text = csvText(ROWS, delimiter);
      expect(await rowsOf(utf8(text))).to.deep.equal(told);
      expect(await rowsOf(gb18030(text))).to.deep.equal(told);
      const wide = Uint8Array.from(Buffer.from(`\ufeff${text}`, "utf16le"));
      expect(await rowsOf(wide)).to.deep.equal(told);
    }
  });

  it("is not taken for tab-separated because banks put tabs round numbers", async () => {
    const text = "流水号\t,日期\t,金额\t,余额\n2020\t,2020-01-01\t,1\t,2\t\n\t2021,\t2020-01-02,\t1,\t3\n";
    expect((await rowsOf(utf8(text)))[2]).to.deep.equal([3, "2021", "2020-01-02", "1", "3"]);
  });

  it("counts lines through blank ones and through line breaks in quotes", async () => {
    const text = 'a,b\n\n"x\ny",1\n,\nz,2\n';
    expect(await rowsOf(utf8(text))).to.deep.equal([
      [1, "a", "b"],
      [3, "x y", "1"],
      [6, "z", "2"],
    ]);
  });

  it("reads the same with quotes and without", async () => {
    const cell = fc.string({ unit: fc.constantFrom("a", "张", "1", ".", " ", "-"), minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(cell, cell, cell), { minLength: 1, maxLength: 8 }), async (rows) => {
        const plain = rows.map((row) => row.join(",")).join("\n");
        const quoted = rows.map((row) => row.map((each) => `"${each}"`).join(",")).join("\n");
        expect(await rowsOf(utf8(plain))).to.deep.equal(await rowsOf(utf8(quoted)));
      }),
      { numRuns: 60 },
    );
  });

  it("gives back what our own CSV writes", async () => {
    const text = ["金额", "=1+1", 'a"b', "c,d"].map(csvCell).join(",");
    expect(await rowsOf(utf8(text))).to.deep.equal([[1, "金额", "'=1+1", 'a"b', "c,d"]]);
  });

  it("of too many rows or columns is refused", async () => {
    expect(await refusedAs(utf8("a,b\n".repeat(200_001)))).to.equal("TABLE_TOO_LARGE");
    expect(await refusedAs(utf8(`${"a,".repeat(101)}a`))).to.equal("TABLE_TOO_LARGE");
  });
});

describe("a workbook", () => {
  it("gives every sheet that holds anything, numbers in full and dates as days", async () => {
    const book = new ExcelJS.Workbook();
    book.addWorksheet("空");
    const sheet = book.addWorksheet("明细");
    sheet.addRow(["文字", 0.1 + 0.2, 1234.5, 123_456_789.12, 6_222_000_012_345_678]);
    sheet.addRow([
      new Date("2020-03-05T00:00:00Z"),
      new Date("2020-03-05T10:22:33Z"),
      { richText: [{ text: "富" }, { text: "文本" }] },
      { formula: "1+1", result: 2 },
      { text: "链接", hyperlink: "https://example.org" },
      true,
    ]);
    const tables = await readTables(new Uint8Array(await book.xlsx.writeBuffer()), "a.xlsx");
    expect(tables.map(({ name }) => name)).to.deep.equal(["明细"]);
    expect(tables[0]?.rows).to.deep.equal([
      { line: 1, cells: ["文字", "0.3", "1234.5", "123456789.12", "6.222000012345678e+15"] },
      { line: 2, cells: ["2020-03-05", "2020-03-05 10:22:33", "富文本", "2", "链接", ""] },
    ]);
  });

  it("is read in whatever order its parts lie, and with its texts in the cells themselves", async () => {
    const parts = zipParts(await xlsx({ 一: ROWS, 二: [["x"]] })) ?? [];
    const packed = parts.filter(({ method }) => method === 8).map(({ name, packed: bytes }) => [name, bytes] as const);
    const orders = [packed, packed.toReversed(), packed.toSorted(([a], [b]) => (a < b ? 1 : -1))];
    for (const order of orders) {
      const tables = await readTables(zipOf(...order), "a.xlsx");
      expect(tables.map(({ name, rows }) => [name, rows.length])).to.deep.equal([
        ["一", 2],
        ["二", 1],
      ]);
    }
    const book = new ExcelJS.Workbook();
    ROWS.forEach((row) => (book.worksheets[0] ?? book.addWorksheet("明细")).addRow([...row]));
    const inline = new Uint8Array(await book.xlsx.writeBuffer({ useSharedStrings: false }));
    expect((await readTables(inline, "a.xlsx"))[0]?.rows[1]?.cells).to.deep.equal(ROWS[1]);
  });

  it("that unpacks to more than any spreadsheet is refused before it fills the memory", async () => {
    const bomb = zipOf(["xl/worksheets/sheet1.xml", deflateRawSync(Buffer.alloc(300 * 1024 * 1024))]);
    expect(bomb.length).to.be.lessThan(1024 * 1024);
    expect(await refusedAs(bomb)).to.equal("TABLE_TOO_LARGE");
  });

  it("that is none, or is cut, is refused", async () => {
    expect(await refusedAs(zipOf(["word/document.xml", deflateRawSync(Buffer.from("x"))]))).to.equal("FILE_NO_TABLE");
    const whole = await xlsx({ 明细: ROWS });
    expect(await refusedAs(whole.slice(0, 500))).to.equal("FILE_BROKEN");
    expect(await refusedAs(zipOf(["xl/worksheets/sheet1.xml", Buffer.from("garbage")]))).to.equal("FILE_BROKEN");
  });

  it("of any broken bytes gives rows or a refusal and never fails", async () => {
    const whole = await xlsx({ 明细: ROWS });
    await fc.assert(
      fc.asyncProperty(fc.nat(whole.length - 1), fc.integer({ min: 0, max: 255 }), async (at, value) => {
        const bytes = Uint8Array.from(whole);
        bytes[at] = value;
        expect(await refusedAs(bytes)).not.to.equal("failed");
      }),
      { numRuns: 60 },
    );
  });
});

/** A zip file of deflated parts in that order. */
function zipOf(...parts: readonly (readonly [name: string, packed: Uint8Array])[]): Uint8Array {
  const files: Buffer[] = [];
  const directory: Buffer[] = [];
  let at = 0;
  for (const [name, packed] of parts) {
    const title = Buffer.from(name);
    const local = Buffer.alloc(30);
    local.writeUInt32LE(0x04034b50, 0);
    local.writeUInt16LE(8, 8);
    local.writeUInt32LE(packed.length, 18);
    local.writeUInt16LE(title.length, 26);
    const entry = Buffer.alloc(46);
    entry.writeUInt32LE(0x02014b50, 0);
    entry.writeUInt16LE(8, 10);
    entry.writeUInt32LE(packed.length, 20);
    entry.writeUInt16LE(title.length, 28);
    entry.writeUInt32LE(at, 42);
    const file = Buffer.concat([local, title, packed]);
    files.push(file);
    directory.push(entry, title);
    at += file.length;
  }
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(parts.length, 8);
  end.writeUInt16LE(parts.length, 10);
  end.writeUInt32LE(Buffer.concat(directory).length, 12);
  end.writeUInt32LE(at, 16);
  return Uint8Array.from(Buffer.concat([...files, ...directory, end]));
}
