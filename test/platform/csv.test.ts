// Other people's CSV files: what is a row, on which line it stands, and what is wrong with the file.
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import * as fc from "fast-check";
import type { Fault } from "../../src/base/refusal.ts";
import { readCsv } from "../../src/platform/csv.ts";
import { writeFolder } from "../support/folders.ts";

const COLUMNS = {
  name: { names: ["名称", "name"], required: true },
  memo: { names: ["摘要", "memo"], required: false },
} as const;

type Found = { rows: [line: number, name: string, memo: string][]; faults: Fault[]; notices: string[]; bytes: number };

const folder = writeFolder({});

async function read(content: string | Uint8Array, file = "things.csv"): Promise<Found> {
  const at = path.join(folder, file);
  writeFileSync(at, content);
  return readAt(at);
}

async function readAt(at: string): Promise<Found> {
  const found: Found = { rows: [], faults: [], notices: [], bytes: 0 };
  const listener = {
    fault: (fault: Fault) => found.faults.push(fault),
    notice: (text: string) => found.notices.push(text),
    progress: (_file: string, bytes: number) => {
      found.bytes = bytes;
    },
  };
  for await (const row of readCsv(at, COLUMNS, listener)) {
    found.rows.push([row.line, row.cells.name, row.cells.memo]);
  }
  return found;
}

describe("a CSV file", () => {
  it("gives each row with its line, the header being line 1", async () => {
    const { rows, faults } = await read("name,memo\na,1\n\n,\nb,2\n");
    expect(faults).to.deep.equal([]);
    expect(rows).to.deep.equal([
      [2, "a", "1"],
      [5, "b", "2"],
    ]);
  });

  for (const [what, end] of [
    ["LF", "\n"],
    ["CR LF", "\r\n"],
    ["CR", "\r"],
  ] as const) {
    it(`may end its lines in ${what}`, async () => {
      const { rows, faults } = await read(["name,memo", "a,1", "b,2", ""].join(end));
      expect(faults).to.deep.equal([]);
      expect(rows).to.deep.equal([
        [2, "a", "1"],
        [3, "b", "2"],
      ]);
    });
  }

  it("may end its header in CR LF and its rows in LF", async () => {
    const { rows, faults } = await read("name,memo\r\na,1\nb,2\n");
    expect(faults).to.deep.equal([]);
    expect(rows.map(([, name]) => name)).to.deep.equal(["a", "b"]);
  });

  it("counts lines through quoted line breaks", async () => {
    const { rows } = await read('name,memo\na,"one\ntwo\nthree"\nb,2\n');
    expect(rows.map(([, name, memo]) => [name, memo])).to.deep.equal([
      ["a", "one two three"],
      ["b", "2"],
    ]);
    expect(rows[1]?.[0]).to.equal(5);
  });

  it("names the line on which a row with quoted line breaks begins", async () => {
    const { rows } = await read('name,memo\na,"one\ntwo"\n');
    expect(rows[0]?.[0]).to.equal(2);
  });

  it("takes control characters in cells for spaces", async () => {
    const { rows } = await read("name,memo\n\u0000a\u001b[2J,\tb\u007f\n");
    expect(rows).to.deep.equal([[2, "a [2J", "b"]]);
  });

  it("tells which columns it does not know without their control characters", async () => {
    const { notices } = await read("name,\u001b[2Jx\u0007\na,1\n");
    expect(notices).to.have.length(1);
    expect(notices[0]).not.to.match(/[\u0000-\u001f\u007f-\u009f]/u);
  });

  it("without the optional columns gives empty cells", async () => {
    expect((await read("名称\n甲\n")).rows).to.deep.equal([[2, "甲", ""]]);
  });

  it("that does not exist has no rows and no faults", async () => {
    expect(await readAt(path.join(folder, "nothing.csv"))).to.deep.equal({
      rows: [],
      faults: [],
      notices: [],
      bytes: 0,
    });
  });

  it("that is a folder is called unreadable", async () => {
    const at = path.join(folder, "folder.csv");
    mkdirSync(at);
    const { faults } = await readAt(at);
    expect(faults).to.have.length(1);
    expect(faults[0]).to.include({ code: "FILE_UNREADABLE", file: "folder.csv" });
  });

  it("of only a header has no rows and no faults", async () => {
    expect(await read("name,memo")).to.deep.include({ rows: [], faults: [] });
  });

  it("tells how much of it was read", async () => {
    expect((await read("name,memo\na,1\n")).bytes).to.equal(14);
  });

  it("goes on after a row of another width", async () => {
    const { rows, faults } = await read("name,memo\na\nb,2\nc,3,4\n");
    expect(rows).to.deep.equal([[3, "b", "2"]]);
    expect(faults.map(({ code, file, line }) => [code, file, line])).to.deep.equal([
      ["ROW_WIDTH", "things.csv", 2],
      ["ROW_WIDTH", "things.csv", 4],
    ]);
  });

  it("shows the row of another width, so that it can be found", async () => {
    const { faults } = await read("name,memo\na,b,c\n");
    expect(faults[0]?.value).to.include("a");
  });

  it("gives the rows before a quote that is never closed, and names the line where it opens", async () => {
    const { rows, faults } = await read('name,memo\na,1\nb,"2\nc,3\nd,4\n');
    expect(rows).to.deep.equal([[2, "a", "1"]]);
    expect(faults.map(({ code, line }) => [code, line])).to.deep.equal([["QUOTE_NOT_CLOSED", 3]]);
  });

  it("in UTF-8 is read as UTF-8, however its bytes fall into chunks", async () => {
    const name = "收".repeat(70_000 / 3);
    const { rows, faults } = await read(`name,memo\n,x\na${name.slice(0, 20_000)},甲\n`);
    expect(faults).to.deep.equal([]);
    expect(rows[1]?.[1]).to.equal(`a${name.slice(0, 20_000)}`);
  });

  it("cut inside a character of UTF-8 is not taken for another encoding without a word", async () => {
    const bytes = Buffer.from("name,memo\n物业,一月\n");
    const { rows, faults } = await read(bytes.subarray(0, bytes.length - 2));
    expect(faults, JSON.stringify(rows)).to.have.length(1);
  });

  it("in GB18030 is read as such even when its few characters would be letters of UTF-8", async () => {
    // 住宅 in GB18030 is valid UTF-8 too: "סլ".
    const { rows } = await read(
      Buffer.concat([Buffer.from("name,memo\n"), Buffer.from([0xd7, 0xa1, 0xd5, 0xac]), Buffer.from(",1\n")]),
    );
    expect(rows).to.deep.equal([[2, "住宅", "1"]]);
  });

  it("in UTF-8 stays so with a sign for yuan as its only character beyond ASCII", async () => {
    expect((await read("name,memo\n¥5,1\n")).rows).to.deep.equal([[2, "¥5", "1"]]);
  });

  it("of any cells is read back as it was written", async () => {
    const cell = fc.string({ unit: fc.constantFrom("a", "1", ",", '"', "\n", "\r\n", "收", "𠮷", " ", ";") });
    const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;
    const shown = (text: string): string => text.replaceAll(/[\u0000-\u001f]+/gu, " ").trim();
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(cell, cell), { maxLength: 8 }), async (cells) => {
        const text = cells.map(([name, memo]) => `${quoted(name)},${quoted(memo)}\n`).join("");
        const { rows, faults } = await read(`name,memo\n${text}`, "any.csv");
        expect(faults).to.deep.equal([]);
        expect(rows.map(([, name, memo]) => [name, memo])).to.deep.equal(
          cells.map(([name, memo]) => [shown(name), shown(memo)]).filter(([name, memo]) => name !== "" || memo !== ""),
        );
      }),
      { numRuns: 100 },
    );
  });

  it("of any bytes gives rows or faults and never fails", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), async (bytes) => {
        const { rows, faults } = await read(Buffer.concat([Buffer.from("name,memo\n"), bytes]), "bytes.csv");
        expect(rows.length + faults.length).to.be.at.least(0);
      }),
      { numRuns: 200 },
    );
  });
});
