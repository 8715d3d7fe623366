// What an import accepts (contract section 2): the spreadsheets as communities keep them, and what comes later.
import { expect } from "chai";
import { month, type Month } from "../../src/base/month.ts";
import { Refusal } from "../../src/base/refusal.ts";
import { importFolder, type ImportReport } from "../../src/intake/service.ts";
import * as ledger from "../../src/ledger/service.ts";
import { closeThrough } from "../../src/period/service.ts";
import type { Db } from "../../src/platform/db.ts";
import { verifyCommunity } from "../../src/proof/service.ts";
import { findStatement, parseStatement, publishThrough } from "../../src/statement/service.ts";
import { DIALECTS, useBooks } from "../support/databases.ts";
import { listening, SMALL_COMMUNITY, smallFolder, writeFolder, type Files } from "../support/folders.ts";

const now = new Date("2026-11-21T04:00:00Z");
const RECEIPTS = "日期,账户,科目,金额,房号,摘要,流水号";

/** Small text in GB18030; Node only reads that encoding, so the few characters of these tests are listed. */
const GB18030: Readonly<Record<string, readonly number[]>> = {
  日: [0xc8, 0xd5],
  期: [0xc6, 0xda],
  账: [0xd5, 0xcb],
  户: [0xbb, 0xa7],
  科: [0xbf, 0xc6],
  目: [0xc4, 0xbf],
  金: [0xbd, 0xf0],
  额: [0xb6, 0xee],
  摘: [0xd5, 0xaa],
  要: [0xd2, 0xaa],
};

function gb18030(text: string): Uint8Array {
  return Uint8Array.from([...text].flatMap((sign) => GB18030[sign] ?? [sign.charCodeAt(0)]));
}

let communities = 0;

/** A folder of a community of its own. */
function community(files: Files): { code: string; files: Record<string, string | Uint8Array> } {
  communities += 1;
  const code = `small-${communities}`;
  return { code, files: { ...files, "community.json": JSON.stringify({ ...SMALL_COMMUNITY, code }) } };
}

function bring(db: Db, files: Files): Promise<ImportReport> {
  return importFolder(db, writeFolder(files), listening());
}

async function codesOf(work: Promise<unknown>): Promise<string[]> {
  const error: unknown = await work.then(
    () => new Error("nothing was refused"),
    (reason: unknown) => reason,
  );
  if (!(error instanceof Refusal)) {
    throw error;
  }
  return error.faults.map((fault) => fault.code);
}

/** The cash that came in or went out, in the order it was booked: day, yuan, memo. */
async function booked(db: Db, code: string, kind = "receipt"): Promise<string[]> {
  const rows: { day: string; amount: number; memo: string }[] = await db("entry as e")
    .join("entry_line as l", { "l.community": "e.community", "l.month": "e.month", "l.number": "e.number" })
    .where({ "e.community": code, "e.kind": kind, "l.account": "1002" })
    .orderBy("e.seq")
    .select("e.day", "l.amount", "e.memo");
  return rows.map(({ day, amount, memo }) => `${day} ${amount / 100} ${memo}`.trim());
}

async function count(db: Db, table: string, code: string): Promise<number> {
  const rows: unknown[] = await db(table).where({ community: code });
  return rows.length;
}

for (const dialect of DIALECTS) {
  describe(`an import on ${dialect}`, () => {
    const books = useBooks(dialect);

    /** The receipts of the rows as the books have them; the rest of the small folder comes along. */
    async function receiptsOf(text: string | Uint8Array): Promise<string[]> {
      const { code, files } = community({ ...smallFolder(), "receipts.csv": text, "payments.csv": "" });
      delete files["payments.csv"];
      await bring(books.db, files);
      return booked(books.db, code);
    }

    for (const [written, yuan] of [
      ["１２３４．５０", "1234.5"],
      ["1,234.50", "1234.5"],
      ["¥1234.5", "1234.5"],
      ["￥１，２３４．５０", "1234.5"],
      ["¥ 1,234,567.89", "1234567.89"],
      ["-1,234.50", "-1234.5"],
      ["－８０", "-80"],
      ["−80.00", "-80"],
      ["-¥80", "-80"],
      ["+0.01", "0.01"],
      ["0000080", "80"],
      ["99999999999.99", "99999999999.99"],
    ] as const) {
      it(`reads the amount ${written} as ${yuan} yuan`, async () => {
        expect(await receiptsOf(`${RECEIPTS}\n2020-01-05,common,4002,"${written}",,,\n`)).to.deep.equal([
          `2020-01-05 ${yuan}`,
        ]);
      });
    }

    it("reads a day in full-width digits", async () => {
      expect(await receiptsOf(`${RECEIPTS}\n２０２０－０１－０５,common,４００２,1.00,,,\n`)).to.deep.equal([
        "2020-01-05 1",
      ]);
    });

    it("reads columns in any order, in English or Chinese", async () => {
      expect(await receiptsOf("memo,金额,date,account,账户\n停车,80,2020-01-05,4002,common\n")).to.deep.equal([
        "2020-01-05 80 停车",
      ]);
    });

    it("reads lines that end in CR LF, and quoted cells with commas, quotes and line breaks in them", async () => {
      expect(
        await receiptsOf(`${RECEIPTS}\r\n2020-01-05,common,4002,"1,000.00",,"一号""车位""\r\n转租",\r\n`),
      ).to.deep.equal(['2020-01-05 1000 一号"车位" 转租']);
    });

    it("reads a file whose header and rows end their lines differently", async () => {
      expect(
        await receiptsOf(`${RECEIPTS}\n2020-01-05,common,4002,1.00,,甲,"S1"\r\n2020-01-06,common,4002,2.00,,乙,"S2"\n`),
      ).to.deep.equal(["2020-01-05 1 甲", "2020-01-06 2 乙"]);
    });

    it("reads the last row without a line end", async () => {
      expect(await receiptsOf(`${RECEIPTS}\n2020-01-05,common,4002,1.00,,甲,S1`)).to.deep.equal(["2020-01-05 1 甲"]);
    });

    it("skips empty lines and rows of only commas", async () => {
      expect(await receiptsOf(`${RECEIPTS}\n\n,,,,,,\n2020-01-05,common,4002,1.00,,甲,S1\n , ,,,,,\n`)).to.deep.equal([
        "2020-01-05 1 甲",
      ]);
    });

    it("takes each file in its own encoding: GB18030, UTF-8, and UTF-8 with a byte order mark", async () => {
      const { code, files } = community({
        ...smallFolder(),
        "receipts.csv": gb18030("日期,账户,科目,金额,摘要\n2020-01-05,common,4002,80.00,账户\n"),
        "transfers.csv": `\uFEFF${String(smallFolder()["transfers.csv"])}`,
      });
      delete files["payments.csv"];
      await bring(books.db, files);
      expect(await booked(books.db, code)).to.deep.equal(["2020-01-05 80 账户"]);
      expect(await booked(books.db, code, "transfer")).to.deep.equal(["2020-03-20 -10 划转", "2020-03-20 10 划转"]);
    });

    it("books two rows of one serial and one content once", async () => {
      expect(
        await receiptsOf(`${RECEIPTS}\n2020-01-05,common,4002,1.00,,甲,S1\n2020-01-05,common,4002,￥1,,甲,S1\n`),
      ).to.deep.equal(["2020-01-05 1 甲"]);
    });

    it("books two equal rows without a serial twice, and not again with the same folder", async () => {
      const { code, files } = community({
        ...smallFolder(),
        "receipts.csv": `${RECEIPTS}\n2020-01-05,common,4002,1.00,,甲,\n2020-01-05,common,4002,1.00,,甲,\n`,
      });
      delete files["payments.csv"];
      await bring(books.db, files);
      const again = await bring(books.db, files);
      expect(await booked(books.db, code)).to.deep.equal(["2020-01-05 1 甲", "2020-01-05 1 甲"]);
      expect(again.added).to.deep.equal({});
    });

    it("knows a row without a serial again when only its amount is written in another way", async () => {
      const { code, files } = community({
        ...smallFolder(),
        "receipts.csv": `${RECEIPTS}\n2020-01-05,common,4002,1000.00,,甲,\n`,
      });
      delete files["payments.csv"];
      await bring(books.db, files);
      await bring(books.db, { ...files, "receipts.csv": `${RECEIPTS}\n2020-01-05,common,4002,"1,000",,甲,\n` });
      expect(await booked(books.db, code)).to.deep.equal(["2020-01-05 1000 甲"]);
    });

    it("says which columns and files it does not know, and brings in the rest", async () => {
      const { code, files } = community({
        ...smallFolder(),
        "receipts.csv": "日期,账户,科目,金额,经办人\n2020-01-05,common,4002,80.00,丙\n",
        "reciepts.csv": "日期\n",
      });
      delete files["payments.csv"];
      const environment = listening();
      await importFolder(books.db, writeFolder(files), environment);
      expect(environment.notices.join("\n"))
        .to.include("receipts.csv：不认识的列「经办人」，已忽略")
        .and.to.include("reciepts.csv：不认识的文件，已忽略");
      expect(await booked(books.db, code)).to.deep.equal(["2020-01-05 80"]);
    });

    it("needs nothing but community.json", async () => {
      const { code, files } = community({});
      expect((await bring(books.db, files)).added).to.deep.equal({ 小区: 1 });
      expect(await count(books.db, "entry", code)).to.equal(0);
    });

    it("lets the draw be paid to the fen from the first day of the next month", async () => {
      const { code, files } = community({
        ...smallFolder(),
        "payments.csv": "日期,账户,科目,金额,收款方\n2020-02-01,common,5101,42.00,小院物业\n",
      });
      await bring(books.db, files);
      expect(await booked(books.db, code, "payment")).to.deep.equal(["2020-02-01 -42"]);
    });

    it("lets an opening draw be paid in the first month", async () => {
      const { code, files } = community({
        ...smallFolder(),
        "opening.csv": "账户,科目,房号,所属月,金额\n,2231,,,5.00\n",
        "payments.csv": "日期,账户,科目,金额,收款方\n2020-01-01,common,5101,5.00,小院物业\n",
      });
      await bring(books.db, files);
      expect(await booked(books.db, code, "payment")).to.deep.equal(["2020-01-01 -5"]);
    });
  });

  describe(`a later folder on ${dialect}`, () => {
    const books = useBooks(dialect);

    /** The small folder, brought in and closed (and published) through a month. */
    async function settled(
      through: Month | null,
    ): Promise<{ code: string; files: Record<string, string | Uint8Array> }> {
      const { code, files } = community(smallFolder());
      await bring(books.db, files);
      if (through !== null) {
        await closeThrough(books.db, code, through, { now });
        await publishThrough(books.db, code, through, { now });
      }
      return { code, files };
    }

    for (const [when, through] of [
      ["at once", null],
      ["after its first month was published", month("2020-01")],
      ["after all its months were published", month("2020-03")],
    ] as const) {
      it(`that is the same adds nothing ${when}`, async () => {
        const { code, files } = await settled(through);
        const book = await ledger.bookOf(books.db, code);
        const again = await bring(books.db, files);
        expect(again.added).to.deep.equal({});
        // Four opening balances, four receipts, two payments, a transfer, a line of the bank.
        expect(again.known).to.equal(12);
        expect(await ledger.bookOf(books.db, code)).to.deep.equal(book);
        expect((await verifyCommunity(books.db, code)).faults).to.deep.equal([]);
      });
    }

    it("that ends its lines in CR LF is still the same", async () => {
      const { files } = await settled(month("2020-01"));
      const ended = Object.entries(files).map(([name, text]) => [name, String(text).replaceAll("\n", "\r\n")]);
      expect((await bring(books.db, Object.fromEntries(ended))).added).to.deep.equal({});
    });

    it("that writes areas, discounts and rates with other zeroes is still the same", async () => {
      const { files } = await settled(null);
      const units = String(files["units.csv"]).replace(",100,", ",100.00,").replace(",0.7", ",0.70");
      const rates = String(files["rates.csv"]).replace("1.00", "1.0");
      expect((await bring(books.db, { ...files, "units.csv": units, "rates.csv": rates })).added).to.deep.equal({});
    });

    it("that lists the opening balances in another order is still the same", async () => {
      const { files } = await settled(null);
      const [header, ...rows] = String(files["opening.csv"]).trim().split("\n");
      const opening = `${[header, ...rows.toReversed()].join("\n")}\n`;
      expect((await bring(books.db, { ...files, "opening.csv": opening })).added).to.deep.equal({});
    });

    it("that writes the keys of community.json in another order is still the same", async () => {
      const { code, files } = await settled(null);
      const [deed] = SMALL_COMMUNITY.deed;
      const turned = Object.fromEntries(Object.entries({ ...deed }).toReversed());
      const json = JSON.stringify({ ...SMALL_COMMUNITY, deed: [turned], code });
      expect((await bring(books.db, { ...files, "community.json": json })).added).to.deep.equal({});
    });

    it("adds months, units, rates and a deed version after the first months were published", async () => {
      const { code, files } = await settled(month("2020-02"));
      const later = {
        ...files,
        "community.json": JSON.stringify({
          ...SMALL_COMMUNITY,
          code,
          deed: [
            ...SMALL_COMMUNITY.deed,
            { from: "2020-03", draw: { rate: "0.1", base: ["4001"], method: "received" } },
          ],
        }),
        "units.csv": `${String(files["units.csv"])}103,住宅,80,P4,丁,2020-03,\n`,
        "rates.csv": `${String(files["rates.csv"])}住宅,1.50,2020-03\n`,
        "receipts.csv": `${String(files["receipts.csv"])}2020-03-31,common,4001,200.00,103,物业费,R5\n`,
      };
      const report = await bring(books.db, later);
      expect(report.added).to.deep.equal({ 合同版本: 1, 户: 1, 单价: 1, "receipts.csv": 1 });
      await closeThrough(books.db, code, month("2020-03"), { now });
      await publishThrough(books.db, code, month("2020-03"), { now });
      const march = parseStatement((await findStatement(books.db, code, month("2020-03")))?.bytes ?? "{}");
      // 100 × 1.50 + 50.5 × 1.50 + 20 × 2.00 × 0.7 + 80 × 1.50
      expect(march.collection.due).to.equal("373.75");
      expect(march.draw).to.include({ rate: "0.1", base: "200.00", earned: "20.00" });
      expect((await verifyCommunity(books.db, code)).faults).to.deep.equal([]);
    });

    const changes: readonly { changed: string; code: string; change: (files: Record<string, string>) => Files }[] = [
      {
        changed: "a rate",
        code: "RATE_CHANGED",
        change: (files) => ({ "rates.csv": (files["rates.csv"] ?? "").replace("1.00", "1.01") }),
      },
      {
        changed: "a unit's area",
        code: "UNIT_CHANGED",
        change: (files) => ({ "units.csv": (files["units.csv"] ?? "").replace(",100,", ",100.01,") }),
      },
      {
        changed: "a unit's discount",
        code: "UNIT_CHANGED",
        change: (files) => ({ "units.csv": (files["units.csv"] ?? "").replace(",0.7", ",0.8") }),
      },
      {
        changed: "an opening balance",
        code: "OPENING_CHANGED",
        change: (files) => ({ "opening.csv": (files["opening.csv"] ?? "").replace("1000.00", "1000.01") }),
      },
      {
        changed: "the budget",
        code: "BUDGET_CHANGED",
        change: (files) => ({ "budget.csv": (files["budget.csv"] ?? "").replace("600.00", "601.00") }),
      },
      {
        changed: "the deed",
        code: "COMMUNITY_CHANGED",
        change: (files) => ({ "community.json": (files["community.json"] ?? "").replace('"0.15"', '"0.16"') }),
      },
      {
        changed: "the fund of a bank account",
        code: "COMMUNITY_CHANGED",
        change: (files) => ({
          "community.json": (files["community.json"] ?? "").replace('"fund":"repair"', '"fund":"custody"'),
        }),
      },
      {
        changed: "the first month",
        code: "COMMUNITY_CHANGED",
        change: (files) => ({
          "community.json": (files["community.json"] ?? "").replace('"firstMonth":"2020-01"', '"firstMonth":"2020-02"'),
        }),
      },
      {
        changed: "the trustee",
        code: "COMMUNITY_CHANGED",
        change: (files) => ({ "community.json": (files["community.json"] ?? "").replace("小院物业", "大院物业") }),
      },
      {
        changed: "the amount of a booked serial",
        code: "SERIAL_CONFLICT",
        change: (files) => ({ "receipts.csv": (files["receipts.csv"] ?? "").replace("200.00", "200.01") }),
      },
      {
        changed: "a line of the bank",
        code: "SERIAL_CONFLICT",
        change: (files) => ({ "bank.csv": (files["bank.csv"] ?? "").replace("1200", "1201") }),
      },
    ];
    for (const { changed, code, change } of changes) {
      for (const [when, through] of [
        ["before", null],
        ["after", month("2020-01")],
      ] as const) {
        it(`that changes ${changed} is refused ${when} a month was published`, async () => {
          const small = await settled(through);
          const book = await ledger.bookOf(books.db, small.code);
          const files = small.files as Record<string, string>;
          expect(await codesOf(bring(books.db, { ...files, ...change(files) }))).to.deep.equal([code]);
          expect(await ledger.bookOf(books.db, small.code)).to.deep.equal(book);
          expect((await bring(books.db, files)).added).to.deep.equal({});
        });
      }
    }

    const closed: readonly { adds: string; file: string; row: string; place: Record<string, unknown> }[] = [
      {
        adds: "a receipt",
        file: "receipts.csv",
        row: "2020-01-31,common,4002,1.00,,,X1",
        place: { line: 6, column: "日期", value: "2020-01-31" },
      },
      {
        adds: "a payment",
        file: "payments.csv",
        row: "2020-01-31,common,5001,1.00,员工,,,,X1",
        place: { line: 4, column: "日期", value: "2020-01-31" },
      },
      {
        adds: "a transfer",
        file: "transfers.csv",
        row: "2020-01-31,common,repair,1.00,,X1",
        place: { line: 3, column: "日期", value: "2020-01-31" },
      },
      {
        adds: "a unit",
        file: "units.csv",
        row: "103,住宅,80,P4,丁,2020-01,",
        place: { line: 5, column: "起算月", value: "2020-01" },
      },
      {
        adds: "a rate",
        file: "rates.csv",
        row: "车位,3.00,2020-01",
        place: { line: 4, column: "起始月", value: "2020-01" },
      },
    ];
    for (const { adds, file, row, place } of closed) {
      it(`that adds ${adds} in a closed month is refused, and says which month is open`, async () => {
        const { code, files } = await settled(month("2020-01"));
        const book = await ledger.bookOf(books.db, code);
        const error: unknown = await bring(books.db, { ...files, [file]: `${String(files[file])}${row}\n` }).catch(
          (reason: unknown) => reason,
        );
        expect(error).to.be.instanceOf(Refusal);
        const { faults } = error as Refusal;
        expect(faults).to.have.length(1);
        expect(faults[0]).to.include({ code: "MONTH_CLOSED", file, ...place });
        expect(faults[0]?.remedy).to.include("2020-02");
        expect(await ledger.bookOf(books.db, code)).to.deep.equal(book);
      });
    }

    it("that adds a deed version in a closed month is refused", async () => {
      const { code, files } = await settled(month("2020-02"));
      const deed = [
        ...SMALL_COMMUNITY.deed,
        { from: "2020-02", draw: { rate: "0.1", base: ["4001"], method: "received" } },
      ];
      const json = JSON.stringify({ ...SMALL_COMMUNITY, code, deed });
      expect(await codesOf(bring(books.db, { ...files, "community.json": json }))).to.deep.equal(["COMMUNITY_CHANGED"]);
    });

    it("that brings opening balances after a month was closed is refused", async () => {
      const { code, files } = community(smallFolder());
      const { "opening.csv": opening, ...without } = files;
      await bring(books.db, without);
      await closeThrough(books.db, code, month("2020-01"), { now });
      expect(await codesOf(bring(books.db, { ...without, "opening.csv": opening ?? "" }))).to.deep.equal([
        "OPENING_CHANGED",
      ]);
    });

    it("that refunds what a paid draw was earned on is refused, as it would be in one folder", async () => {
      const { files } = await settled(null);
      const refund = `${String(files["receipts.csv"])}2020-01-31,common,4002,-80.00,,退款,R9\n`;
      expect(await codesOf(bring(books.db, { ...files, "receipts.csv": refund }))).to.deep.equal(["DRAW_OVERPAID"]);
    });

    it("that lowers the rate of the draw for a month that is paid already is refused", async () => {
      const { code, files } = await settled(null);
      const receipts = `${String(files["receipts.csv"])}2020-02-08,common,4002,100.00,,停车费,R8\n`;
      const payments = `${String(files["payments.csv"])}2020-03-01,common,5101,24.00,小院物业,,,,P8\n`;
      await bring(books.db, { ...files, "receipts.csv": receipts, "payments.csv": payments });
      const deed = [
        ...SMALL_COMMUNITY.deed,
        { from: "2020-02", draw: { rate: "0.01", base: ["4001", "4002"], method: "received" } },
      ];
      const json = JSON.stringify({ ...SMALL_COMMUNITY, code, deed });
      expect(await codesOf(bring(books.db, { ...files, "community.json": json }))).to.deep.equal(["DRAW_OVERPAID"]);
    });

    it("may say that a unit is held by somebody else from the open month on", async () => {
      const { code, files } = await settled(month("2020-01"));
      const units = String(files["units.csv"]).replace("P1,甲", "P9,戊");
      await bring(books.db, { ...files, "units.csv": units });
      const held: unknown[] = await books
        .db("holding")
        .where({ community: code, unit: "101" })
        .orderBy("since")
        .select("since", "owner");
      expect(held).to.deep.equal([
        { since: "2020-01-01", owner: "P1" },
        { since: "2020-02-01", owner: "P9" },
      ]);
    });
  });
}
