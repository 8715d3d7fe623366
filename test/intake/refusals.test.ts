// What an import refuses (contract section 2): every fault with its place and remedy, all in one list, nothing kept.
import { expect } from "chai";
import { Refusal, type Fault } from "../../src/base/refusal.ts";
import { importFolder } from "../../src/intake/service.ts";
import type { Db } from "../../src/platform/db.ts";
import { DIALECTS, useBooks } from "../support/databases.ts";
import { listening, SMALL_COMMUNITY, smallFolder, writeFolder, type Files } from "../support/folders.ts";

type Place = readonly [
  code: string,
  file?: string,
  line?: number | undefined,
  column?: string | undefined,
  value?: string,
];

/** Everything the database holds, table by table, the migrations' own left out. */
async function contents(db: Db): Promise<Record<string, unknown[]>> {
  const found = await db.raw(
    db.client.dialect === "postgresql"
      ? "select tablename as name from pg_tables where schemaname = 'public'"
      : "select name from sqlite_master where type = 'table'",
  );
  const names: string[] = (Array.isArray(found) ? found : found.rows).map((row: { name: string }) => row.name);
  const tables: Record<string, unknown[]> = {};
  for (const name of names.filter((each) => !/^(migration|sqlite_)/.test(each)).toSorted()) {
    const rows: unknown[] = await db(name);
    tables[name] = rows.map((row) => JSON.stringify(row)).toSorted();
  }
  return tables;
}

let communities = 0;

/** The faults for which the folder is refused. Each folder is another community, so that no test stands on another. */
async function refusalOf(db: Db, files: Files): Promise<readonly Fault[]> {
  communities += 1;
  const json = files["community.json"];
  const other = typeof json === "string" ? { "community.json": json.replace('"small"', `"small-${communities}"`) } : {};
  const before = await contents(db);
  try {
    await importFolder(db, writeFolder({ ...files, ...other }), listening());
  } catch (error) {
    if (!(error instanceof Refusal)) {
      throw error;
    }
    expect(await contents(db), "what the database holds after a refusal").to.deep.equal(before);
    for (const fault of error.faults) {
      expect(fault.remedy, "remedy").to.match(/。$/u);
      expect(fault.message, "message").to.match(/。$/u);
      expect(error.message).to.include(fault.remedy);
    }
    return error.faults;
  }
  throw new Error("the folder was not refused");
}

function placesOf(faults: readonly Fault[]): Place[] {
  return faults.map(({ code, file, line, column, value }) => {
    const place = [code, file, line, column, value] as const;
    return place.slice(0, 1 + place.slice(1).findLastIndex((part) => part !== undefined) + 1) as unknown as Place;
  });
}

/** The small folder with more rows at the end of a file: where they begin is what the line numbers below count from. */
function withRows(file: string, ...rows: string[]): Record<string, string | Uint8Array> {
  const files = smallFolder();
  return { ...files, [file]: `${String(files[file])}${rows.join("\n")}\n` };
}

function withText(file: string, text: string | Uint8Array): Record<string, string | Uint8Array> {
  return { ...smallFolder(), [file]: text };
}

function withCommunity(change: Record<string, unknown>): Record<string, string | Uint8Array> {
  return withText("community.json", JSON.stringify({ ...SMALL_COMMUNITY, ...change }));
}

const RECEIPTS = "日期,账户,科目,金额,房号,摘要,流水号";
const receipt = (amount: string): string => `2020-01-07,common,4002,"${amount}",,,X1`;

const CELLS: readonly { refused: string; files: Files; place: Place }[] = [
  // Amounts.
  ...["1.234", "1e3", "NaN", "Infinity", "0x10", "1,23", "12,34,567", "1.2.3", "--1", "1.", ".5", "一百"].map(
    (amount) => ({
      refused: `the amount ${amount}`,
      files: withRows("receipts.csv", receipt(amount)),
      place: ["AMOUNT_INVALID", "receipts.csv", 6, "金额", amount] as const,
    }),
  ),
  {
    refused: "an empty amount",
    files: withRows("receipts.csv", receipt("")),
    place: ["AMOUNT_INVALID", "receipts.csv", 6, "金额", ""],
  },
  {
    refused: "an amount of nothing but a currency sign",
    files: withRows("receipts.csv", receipt("¥")),
    place: ["AMOUNT_INVALID", "receipts.csv", 6, "金额", "¥"],
  },
  {
    refused: "an amount of fourteen digits",
    files: withRows("receipts.csv", receipt("10000000000000.00")),
    place: ["AMOUNT_INVALID", "receipts.csv", 6, "金额", "10000000000000.00"],
  },
  {
    refused: "a receipt of zero",
    files: withRows("receipts.csv", receipt("-0.00")),
    place: ["AMOUNT_ZERO", "receipts.csv", 6, "金额", "-0.00"],
  },
  // A sign of currency or a space inside the digits is a slip of the keyboard, not a number.
  ...["12¥34", "1 2.50"].map((amount) => ({
    refused: `the amount ${amount}, which could be two`,
    files: withRows("receipts.csv", receipt(amount)),
    place: ["AMOUNT_INVALID", "receipts.csv", 6, "金额", amount] as const,
  })),
  // Days.
  ...["2020-02-30", "2020-13-01", "2021-02-29", "2020-1-5", "2020/01/05", "20200105", ""].map((day) => ({
    refused: `the day “${day}”`,
    files: withRows("receipts.csv", `${day},common,4002,1.00,,,X1`),
    place: ["DAY_INVALID", "receipts.csv", 6, "日期", day] as const,
  })),
  {
    refused: "a receipt on the eve of the first month",
    files: withRows("receipts.csv", "2019-12-31,common,4002,1.00,,,X1"),
    place: ["DAY_BEFORE_BOOKS", "receipts.csv", 6, "日期", "2019-12-31"],
  },
  {
    refused: "a payment before the first month",
    files: withRows("payments.csv", "2019-01-01,common,5001,1.00,员工,,,,X1"),
    place: ["DAY_BEFORE_BOOKS", "payments.csv", 4, "日期", "2019-01-01"],
  },
  {
    refused: "a transfer before the first month",
    files: withRows("transfers.csv", "2019-01-01,common,repair,1.00,,X1"),
    place: ["DAY_BEFORE_BOOKS", "transfers.csv", 3, "日期", "2019-01-01"],
  },
  {
    refused: "a receipt of tomorrow",
    files: withRows("receipts.csv", "2026-11-22,common,4002,1.00,,,X1"),
    place: ["DAY_IN_FUTURE", "receipts.csv", 6, "日期", "2026-11-22"],
  },
  // Unknown accounts, units and bank accounts, in every file that names them.
  {
    refused: "a receipt on an account that the chart does not have",
    files: withRows("receipts.csv", "2020-01-07,common,4999,1.00,,,X1"),
    place: ["ACCOUNT_UNKNOWN", "receipts.csv", 6, "科目", "4999"],
  },
  {
    refused: "a receipt on an account of spending",
    files: withRows("receipts.csv", "2020-01-07,common,5001,1.00,,,X1"),
    place: ["ACCOUNT_NOT_POSSIBLE", "receipts.csv", 6, "科目", "5001"],
  },
  {
    refused: "a payment without an account",
    files: withRows("payments.csv", "2020-01-07,common,,1.00,员工,,,,X1"),
    place: ["ACCOUNT_UNKNOWN", "payments.csv", 4, "科目", ""],
  },
  {
    refused: "a payment on an account of income",
    files: withRows("payments.csv", "2020-01-07,common,4001,1.00,员工,,,,X1"),
    place: ["ACCOUNT_NOT_POSSIBLE", "payments.csv", 4, "科目", "4001"],
  },
  {
    refused: "repair work paid by the common fund",
    files: withRows("payments.csv", "2020-01-07,common,5501,1.00,工程队,,,,X1"),
    place: ["REPAIR_NOT_FROM_COMMON", "payments.csv", 4, "科目", "5501"],
  },
  {
    refused: "a draw paid by the repair fund",
    files: withRows("payments.csv", "2020-03-07,repair,5101,1.00,小院物业,,,,X1"),
    place: ["DRAW_NOT_FROM_COMMON", "payments.csv", 4, "账户", "repair"],
  },
  {
    refused: "a payment to nobody",
    files: withRows("payments.csv", "2020-01-07,common,5001,1.00,,,,,X1"),
    place: ["CELL_EMPTY", "payments.csv", 4, "收款方", ""],
  },
  {
    refused: "an opening balance on an account of income",
    files: withRows("opening.csv", "common,4001,,,1.00"),
    place: ["ACCOUNT_NOT_POSSIBLE", "opening.csv", 6, "科目", "4001"],
  },
  {
    refused: "a budget on an account that the chart does not have",
    files: withRows("budget.csv", "2020,5999,1.00"),
    place: ["ACCOUNT_UNKNOWN", "budget.csv", 4, "科目", "5999"],
  },
  {
    refused: "a budget on a balance account",
    files: withRows("budget.csv", "2020,1002,1.00"),
    place: ["ACCOUNT_NOT_POSSIBLE", "budget.csv", 4, "科目", "1002"],
  },
  {
    refused: "a budget below zero",
    files: withRows("budget.csv", "2020,5002,-1.00"),
    place: ["AMOUNT_NEGATIVE", "budget.csv", 4, "金额", "-1.00"],
  },
  {
    refused: "a budget of no year",
    files: withRows("budget.csv", "20,5002,1.00"),
    place: ["YEAR_INVALID", "budget.csv", 4, "年度", "20"],
  },
  {
    refused: "a receipt of a unit that is not listed",
    files: withRows("receipts.csv", "2020-01-07,common,4001,1.00,999,,X1"),
    place: ["UNIT_UNKNOWN", "receipts.csv", 6, "房号", "999"],
  },
  {
    refused: "arrears of a unit that is not listed",
    files: withRows("opening.csv", ",1122,999,2019-12,1.00"),
    place: ["UNIT_UNKNOWN", "opening.csv", 6, "房号", "999"],
  },
  {
    refused: "arrears of no unit",
    files: withRows("opening.csv", ",1122,,2019-12,1.00"),
    place: ["CELL_EMPTY", "opening.csv", 6, "房号", ""],
  },
  {
    refused: "arrears of the first month itself, which is billed here",
    files: withRows("opening.csv", ",1122,101,2020-01,1.00"),
    place: ["PERIOD_NOT_BEFORE_BOOKS", "opening.csv", 6, "所属月", "2020-01"],
  },
  {
    refused: "a prepayment below zero",
    files: withRows("opening.csv", ",2203,102,,-1.00"),
    place: ["AMOUNT_NEGATIVE", "opening.csv", 6, "金额", "-1.00"],
  },
  {
    refused: "one opening balance twice",
    files: withRows("opening.csv", "common,1002,,,2.00"),
    place: ["OPENING_TWICE", "opening.csv", 6, "科目", "1002"],
  },
  ...(["receipts.csv", "payments.csv", "bank.csv", "opening.csv"] as const).map((file) => ({
    refused: `a bank account in ${file} that community.json does not have`,
    files: withRows(
      file,
      {
        "receipts.csv": "2020-01-07,icbc,4002,1.00,,,X1",
        "payments.csv": "2020-01-07,icbc,5001,1.00,员工,,,,X1",
        "bank.csv": "icbc,2020-01-07,1.00,,1.00,,,X1",
        "opening.csv": "icbc,1002,,,1.00",
      }[file],
    ),
    place: [
      "BANK_ACCOUNT_UNKNOWN",
      file,
      { "receipts.csv": 6, "payments.csv": 4, "bank.csv": 3, "opening.csv": 6 }[file],
      "账户",
      "icbc",
    ] as const,
  })),
  {
    refused: "a transfer from a bank account that community.json does not have",
    files: withRows("transfers.csv", "2020-01-07,icbc,repair,1.00,,X1"),
    place: ["BANK_ACCOUNT_UNKNOWN", "transfers.csv", 3, "转出账户", "icbc"],
  },
  {
    refused: "a transfer from an account to itself",
    files: withRows("transfers.csv", "2020-01-07,repair,repair,1.00,,X1"),
    place: ["SAME_ACCOUNT", "transfers.csv", 3, "转入账户", "repair"],
  },
  {
    refused: "a transfer of less than nothing",
    files: withRows("transfers.csv", "2020-01-07,common,repair,-1.00,,X1"),
    place: ["AMOUNT_NEGATIVE", "transfers.csv", 3, "金额", "-1.00"],
  },
  {
    refused: "a bank line that moves nothing",
    files: withRows("bank.csv", "common,2020-01-07,,,1200,,,X1"),
    place: ["AMOUNT_INVALID", "bank.csv", 3, "收入", ""],
  },
  // Units and rates.
  ...["0", "0.00"].map((area) => ({
    refused: `a unit of ${area} m²`,
    files: withRows("units.csv", `103,住宅,${area},P4,丁,2020-01,`),
    place: ["AREA_NOT_POSITIVE", "units.csv", 5, "面积", area] as const,
  })),
  {
    refused: "a unit of a thousandth of a square metre more",
    files: withRows("units.csv", "103,住宅,89.555,P4,丁,2020-01,"),
    place: ["AREA_TOO_FINE", "units.csv", 5, "面积", "89.555"],
  },
  {
    refused: "a discount that raises the fee",
    files: withRows("units.csv", "103,住宅,80,P4,丁,2020-01,1.1"),
    place: ["DISCOUNT_TOO_LARGE", "units.csv", 5, "折扣", "1.1"],
  },
  {
    refused: "a unit without an owner",
    files: withRows("units.csv", "103,住宅,80,,,2020-01,"),
    place: ["CELL_EMPTY", "units.csv", 5, "业主编号", ""],
  },
  {
    refused: "a unit that begins in no month",
    files: withRows("units.csv", "103,住宅,80,P4,丁,2020-01-01,"),
    place: ["MONTH_INVALID", "units.csv", 5, "起算月", "2020-01-01"],
  },
  {
    refused: "two units of one name",
    files: withRows("units.csv", "101,住宅,80,P4,丁,2020-01,"),
    place: ["UNIT_TWICE", "units.csv", 5, "房号", "101"],
  },
  {
    refused: "a unit whose use has no rate",
    files: withRows("units.csv", "103,车位,12,P4,丁,2020-01,"),
    place: ["RATE_MISSING", "units.csv", 5, "用途", "车位"],
  },
  {
    refused: "a unit that begins before its use has a rate",
    files: {
      ...withRows("units.csv", "103,车位,12,P4,丁,2020-02,"),
      "rates.csv": `${String(smallFolder()["rates.csv"])}车位,3.00,2020-03\n`,
    },
    place: ["RATE_MISSING", "units.csv", 5, "用途", "车位"],
  },
  {
    refused: "two rates of one use from one month",
    files: withRows("rates.csv", "住宅,1.10,2020-01"),
    place: ["RATE_CHANGED", "rates.csv", 4, "单价", "1.10"],
  },
  {
    refused: "a rate below zero",
    files: withRows("rates.csv", "车位,-1.10,2020-01"),
    place: ["NUMBER_INVALID", "rates.csv", 4, "单价", "-1.10"],
  },
  {
    refused: "two budgets of one account",
    files: withRows("budget.csv", "2020,5001,601.00"),
    place: ["BUDGET_CHANGED", "budget.csv", 4, "金额", "601.00"],
  },
  // Serials.
  {
    refused: "one serial for two different receipts",
    files: withRows("receipts.csv", "2020-01-06,common,4002,80.01,,停车费,R2"),
    place: ["SERIAL_CONFLICT", "receipts.csv", 6, "流水号", "R2"],
  },
  {
    refused: "one serial for two payments to different payees",
    files: withRows("payments.csv", "2020-01-10,common,5001,150.00,别人,工资,,,P1"),
    place: ["SERIAL_CONFLICT", "payments.csv", 4, "流水号", "P1"],
  },
  {
    refused: "one serial for two different transfers",
    files: withRows("transfers.csv", "2020-03-21,common,repair,10.00,划转,T1"),
    place: ["SERIAL_CONFLICT", "transfers.csv", 3, "流水号", "T1"],
  },
  {
    refused: "one serial for two different lines of the bank",
    files: withRows("bank.csv", "common,2020-01-06,200,,1400,甲,物业费,R1"),
    place: ["SERIAL_CONFLICT", "bank.csv", 3, "流水号", "R1"],
  },
  {
    refused: "one serial used again a thousand and more rows later",
    files: withRows(
      "receipts.csv",
      ...Array.from({ length: 1500 }, (_, i) => `2020-01-07,common,4002,1.00,,,N${i}`),
      "2020-01-07,common,4002,2.00,,,N3",
    ),
    place: ["SERIAL_CONFLICT", "receipts.csv", 1506, "流水号", "N3"],
  },
  // The draw: 15 % of January's 200.00 + 80.00 is 42.00, owed from 1 February on; the small folder pays it on the 12th.
  {
    refused: "a draw of one fen more than is owed",
    files: withRows("payments.csv", "2020-02-13,common,5101,0.01,小院物业,,,,X1"),
    place: ["DRAW_OVERPAID", "payments.csv", 4, "金额", "0.01"],
  },
  {
    refused: "a draw paid on the last day of the month that earns it",
    files: withText(
      "payments.csv",
      "日期,账户,科目,金额,收款方\n2020-01-10,common,5001,150.00,员工\n2020-01-31,common,5101,42.00,小院物业\n",
    ),
    place: ["DRAW_OVERPAID", "payments.csv", 3, "金额", "42.00"],
  },
];

const FILE_FAULTS: readonly { refused: string; files: Files; places: readonly Place[] }[] = [
  {
    refused: "a header that names none of the columns",
    files: withText("rates.csv", "甲,乙,丙\n住宅,1.00,2020-01\n"),
    places: [
      ["COLUMN_MISSING", "rates.csv", 1, "用途", "甲,乙,丙"],
      ["COLUMN_MISSING", "rates.csv", 1, "单价", "甲,乙,丙"],
      ["COLUMN_MISSING", "rates.csv", 1, "起始月", "甲,乙,丙"],
    ],
  },
  {
    refused: "one column missing",
    files: withText("transfers.csv", "日期,转出账户,转入账户,摘要,流水号\n2020-03-20,common,repair,划转,T1\n"),
    places: [["COLUMN_MISSING", "transfers.csv", 1, "金额", "日期,转出账户,转入账户,摘要,流水号"]],
  },
  {
    refused: "columns separated by semicolons",
    files: withText("budget.csv", "年度;科目;金额\n2020;5001;600.00\n"),
    places: [
      ["COLUMN_MISSING", "budget.csv", 1, "年度", "年度;科目;金额"],
      ["COLUMN_MISSING", "budget.csv", 1, "科目", "年度;科目;金额"],
      ["COLUMN_MISSING", "budget.csv", 1, "金额", "年度;科目;金额"],
    ],
  },
  {
    refused: "a column twice",
    files: withText("budget.csv", "年度,科目,金额,金额\n2020,5001,600.00,600.00\n"),
    places: [["COLUMN_TWICE", "budget.csv", 1, "金额"]],
  },
  {
    refused: "a column under its Chinese and its English name",
    files: withText("budget.csv", "年度,科目,金额,amount\n2020,5001,600.00,600.00\n"),
    places: [["COLUMN_TWICE", "budget.csv", 1, "金额"]],
  },
  { refused: "an empty file", files: withText("budget.csv", ""), places: [["FILE_EMPTY", "budget.csv", 1]] },
  {
    refused: "a file of nothing but a byte order mark",
    files: withText("budget.csv", "\uFEFF"),
    places: [["FILE_EMPTY", "budget.csv", 1]],
  },
  {
    refused: "a file cut in the middle of a row",
    files: withText("transfers.csv", "日期,转出账户,转入账户,金额,摘要,流水号\n2020-03-20,common,repair,1"),
    places: [["ROW_WIDTH", "transfers.csv", 2, undefined, "2020-03-20,common,repair,1"]],
  },
  {
    refused: "a row with an unquoted comma",
    files: withRows("transfers.csv", "2020-03-20,common,repair,1,234.00,划转,T2"),
    places: [["ROW_WIDTH", "transfers.csv", 3, undefined, "2020-03-20,common,repair,1,234.00,划转,T2"]],
  },
  {
    refused: "bytes that are neither UTF-8 nor GB18030",
    files: withText("transfers.csv", Buffer.concat([Buffer.from("日期\n"), Buffer.from([0xff, 0xff, 0xfe])])),
    places: [["ENCODING_UNKNOWN", "transfers.csv"]],
  },
  {
    refused: "a file that a spreadsheet saved as UTF-16",
    files: withText("transfers.csv", Buffer.from(`\uFEFF${String(smallFolder()["transfers.csv"])}`, "utf16le")),
    places: [["ENCODING_UNKNOWN", "transfers.csv"]],
  },
];

const COMMUNITIES: readonly { refused: string; files: Files; places: readonly Place[] }[] = [
  {
    refused: "community.json that is no JSON",
    files: withText("community.json", '{"code": "small",'),
    places: [["JSON_INVALID", "community.json"]],
  },
  {
    refused: "an empty community.json",
    files: withText("community.json", ""),
    places: [["JSON_INVALID", "community.json"]],
  },
  {
    refused: "a code that no address can carry",
    files: withCommunity({ code: "Small Yard" }),
    places: [["COMMUNITY_INVALID", "community.json", undefined, "code", "Small Yard"]],
  },
  {
    refused: "every wrong entry of community.json at once",
    files: withCommunity({ name: "", firstMonth: "2020-13", trustee: undefined }),
    places: [
      ["COMMUNITY_INVALID", "community.json", undefined, "name", ""],
      ["COMMUNITY_INVALID", "community.json", undefined, "firstMonth", "2020-13"],
      ["COMMUNITY_INVALID", "community.json", undefined, "trustee"],
    ],
  },
  {
    refused: "a rate that is a number of JSON, which a float could bend",
    files: withCommunity({ deed: [{ from: "2020-01", draw: { rate: 0.15, base: [], method: "received" } }] }),
    places: [["COMMUNITY_INVALID", "community.json", undefined, "deed.0.draw.rate", "0.15"]],
  },
  {
    refused: "a draw of more than everything",
    files: withCommunity({ deed: [{ from: "2020-01", draw: { rate: "1.5", base: [], method: "received" } }] }),
    places: [["COMMUNITY_INVALID", "community.json", undefined, "deed.0.draw.rate", "1.5"]],
  },
  {
    refused: "a draw by a method that is not known",
    files: withCommunity({ deed: [{ from: "2020-01", draw: { rate: "0.15", base: [], method: "billed" } }] }),
    places: [["COMMUNITY_INVALID", "community.json", undefined, "deed.0.draw.method", "billed"]],
  },
  {
    refused: "no deed for the first month",
    files: withCommunity({ deed: [{ from: "2020-02", draw: { rate: "0.15", base: [], method: "received" } }] }),
    places: [["COMMUNITY_INVALID", "community.json", undefined, "deed"]],
  },
  {
    refused: "two deeds from one month",
    files: withCommunity({ deed: [...SMALL_COMMUNITY.deed, ...SMALL_COMMUNITY.deed] }),
    places: [["COMMUNITY_INVALID", "community.json", undefined, "deed"]],
  },
  {
    refused: "two bank accounts of one code",
    files: withCommunity({ bankAccounts: [...SMALL_COMMUNITY.bankAccounts, ...SMALL_COMMUNITY.bankAccounts] }),
    places: [["COMMUNITY_INVALID", "community.json", undefined, "bankAccounts"]],
  },
  {
    refused: "no bank account of the common fund",
    files: withCommunity({ bankAccounts: SMALL_COMMUNITY.bankAccounts.slice(1) }),
    places: [["COMMUNITY_INVALID", "community.json", undefined, "bankAccounts"]],
  },
];

for (const dialect of DIALECTS) {
  describe(`an import on ${dialect} refuses, and keeps not one row of,`, () => {
    const books = useBooks(dialect);

    for (const { refused, files, place } of CELLS) {
      it(refused, async () => {
        expect(placesOf(await refusalOf(books.db, files))).to.deep.equal([place]);
      });
    }

    for (const { refused, files, places } of [...FILE_FAULTS, ...COMMUNITIES]) {
      it(refused, async () => {
        const faults = placesOf(await refusalOf(books.db, files));
        // What follows from a file that could not be read is not looked at here.
        expect(faults.slice(0, places.length)).to.deep.equal(places);
      });
    }

    it("an area below zero", async () => {
      const faults = await refusalOf(books.db, withRows("units.csv", "103,住宅,-80,P4,丁,2020-01,"));
      expect(placesOf(faults)).to.deep.include(["NUMBER_INVALID", "units.csv", 5, "面积", "-80"]);
      expect(new Set(faults.map((fault) => fault.line))).to.deep.equal(new Set([5]));
    });

    it("an area below zero, saying what is wrong with it once", async () => {
      expect(await refusalOf(books.db, withRows("units.csv", "103,住宅,-80,P4,丁,2020-01,"))).to.have.length(1);
    });

    it("an owner that is only a plus sign", async () => {
      const faults = await refusalOf(books.db, withRows("units.csv", "103,住宅,80,+,丁,2020-01,"));
      expect(placesOf(faults)).to.deep.include(["CELL_EMPTY", "units.csv", 5, "业主编号", "+"]);
    });

    it("a folder without community.json", async () => {
      const files = smallFolder();
      delete files["community.json"];
      expect(placesOf(await refusalOf(books.db, files))).to.deep.equal([["FILE_MISSING", "community.json"]]);
    });

    it("a quote that is never closed", async () => {
      const files = withRows("transfers.csv", '2020-03-20,common,repair,1.00,"划转');
      expect(placesOf(await refusalOf(books.db, files))).to.deep.equal([["QUOTE_NOT_CLOSED", "transfers.csv", 3]]);
    });

    it("a quote in the middle of a cell", async () => {
      const files = withRows("transfers.csv", '2020-03-20,common,repair,1.00,5"水管,T2');
      expect(placesOf(await refusalOf(books.db, files))).to.deep.equal([["QUOTE_MISPLACED", "transfers.csv", 3]]);
    });

    it("a row that never ends", async () => {
      const files = withRows("transfers.csv", `2020-03-20,common,repair,1.00,"${"长".repeat(100_000)}",T2`);
      expect(placesOf(await refusalOf(books.db, files))).to.deep.equal([["ROW_TOO_LONG", "transfers.csv", 3]]);
    });

    it("amounts that no book can add up, as a refusal and not as a fault of the program", async () => {
      const rows = Array.from({ length: 12 }, (_, i) => `2020-01-07,common,4002,9999999999999.99,,,N${i}`);
      const faults = await refusalOf(books.db, withRows("receipts.csv", ...rows));
      expect(faults[0]).to.include({ file: "receipts.csv", column: "金额", value: "9999999999999.99" });
    });

    for (const [what, sign] of [
      ["a NUL", "\u0000"],
      ["an escape sequence", "\u001b[2J"],
      ["half a character", "\ud800"],
    ]) {
      it(`${what} in the community's name`, async () => {
        const faults = await refusalOf(books.db, withCommunity({ name: `小院${sign}` }));
        expect(faults[0]).to.include({ code: "COMMUNITY_INVALID", file: "community.json", column: "name" });
      });
    }

    it("a community.json in another encoding than UTF-8", async () => {
      const json = Buffer.from(JSON.stringify(SMALL_COMMUNITY));
      // 风华 in GB18030.
      const name = Buffer.from([0xb7, 0xe7, 0xbb, 0xaa]);
      const at = json.indexOf("小院");
      const bytes = Buffer.concat([json.subarray(0, at), name, json.subarray(at + Buffer.byteLength("小院"))]);
      const faults = await refusalOf(books.db, withText("community.json", bytes));
      expect(faults[0]).to.include({ file: "community.json" });
    });

    it("several faults in several files, all of them in one list", async () => {
      const files = {
        ...withRows("receipts.csv", "2020-02-30,icbc,9999,1e3,999,,X1", "2020-01-07,common,4002,2.00,,,R1"),
        "units.csv": `${String(smallFolder()["units.csv"])}101,住宅,80,P4,丁,2020-01,\n`,
        "budget.csv": "年度,金额\n2020,1.00\n",
        "transfers.csv": "",
        "bank.csv": `${String(smallFolder()["bank.csv"])}common,2020-01-07,,1.005,1199,,,B2\n`,
        "payments.csv": "日期,账户,科目,金额,收款方\n2020-01-10,common,5001,,员工\n",
      };
      expect(placesOf(await refusalOf(books.db, files))).to.deep.equal([
        ["UNIT_TWICE", "units.csv", 5, "房号", "101"],
        ["COLUMN_MISSING", "budget.csv", 1, "科目", "年度,金额"],
        ["DAY_INVALID", "receipts.csv", 6, "日期", "2020-02-30"],
        ["BANK_ACCOUNT_UNKNOWN", "receipts.csv", 6, "账户", "icbc"],
        ["ACCOUNT_UNKNOWN", "receipts.csv", 6, "科目", "9999"],
        ["AMOUNT_INVALID", "receipts.csv", 6, "金额", "1e3"],
        ["UNIT_UNKNOWN", "receipts.csv", 6, "房号", "999"],
        ["SERIAL_CONFLICT", "receipts.csv", 7, "流水号", "R1"],
        ["AMOUNT_INVALID", "payments.csv", 2, "金额", ""],
        ["FILE_EMPTY", "transfers.csv", 1],
        ["AMOUNT_INVALID", "bank.csv", 3, "支出", "1.005"],
      ]);
    });

    it("community.json and the tables beside it in one list", async () => {
      const files = {
        ...withCommunity({ name: "" }),
        "budget.csv": "年度,金额\n2020,1.00\n",
      };
      expect(placesOf(await refusalOf(books.db, files))).to.deep.equal([
        ["COMMUNITY_INVALID", "community.json", undefined, "name", ""],
        ["COLUMN_MISSING", "budget.csv", 1, "科目", "年度,金额"],
      ]);
    });

    it("the faults before a quote that is never closed, too", async () => {
      const files = withRows(
        "transfers.csv",
        "2020-02-30,common,repair,1.00,划转,T2",
        "2020-03-20,common,icbc,1.00,划转,T3",
        '2020-03-20,common,repair,1.00,"划转',
      );
      expect(placesOf(await refusalOf(books.db, files))).to.deep.equal([
        ["DAY_INVALID", "transfers.csv", 3, "日期", "2020-02-30"],
        ["BANK_ACCOUNT_UNKNOWN", "transfers.csv", 4, "转入账户", "icbc"],
        ["QUOTE_NOT_CLOSED", "transfers.csv", 5],
      ]);
    });

    it("a faulty unit by its own fault, without calling it unknown in the other files", async () => {
      const files = withText("units.csv", String(smallFolder()["units.csv"]).replace("101,住宅,100,", "101,住宅,0,"));
      expect(placesOf(await refusalOf(books.db, files))).to.deep.equal([
        ["AREA_NOT_POSITIVE", "units.csv", 2, "面积", "0"],
      ]);
    });

    it("more faults than anybody reads, counting what it leaves out", async () => {
      const rows = Array.from({ length: 620 }, (_, i) => `2020-02-30,common,4002,1.00,,,N${i}`);
      const faults = await refusalOf(books.db, withText("receipts.csv", `${RECEIPTS}\n${rows.join("\n")}\n`));
      expect(faults).to.have.length(501);
      expect(faults.at(-1)).to.deep.include({ code: "MORE_FAULTS", message: "还有 120 处问题没有列出。" });
    });
  });
}

describe("a refused folder", () => {
  const books = useBooks("SQLite");

  it("that does not exist is called missing", async () => {
    const error: unknown = await importFolder(books.db, "/nowhere/to/be/found", listening()).catch((e: unknown) => e);
    expect(error).to.be.instanceOf(Refusal).with.property("code", "FOLDER_MISSING");
    expect(String(error)).to.include("/nowhere/to/be/found").and.to.include("community.json");
  });

  it("says the place, the value, the reason and the remedy in one line for each fault", async () => {
    const error: unknown = await importFolder(
      books.db,
      writeFolder(withRows("receipts.csv", receipt("1e3"))),
      listening(),
    ).catch((e: unknown) => e);
    expect((error as Error).message).to.equal(
      'receipts.csv 第 6 行「金额」 "1e3"：不是金额。怎么办：请写成以元为单位、最多两位小数的数字，例如 1234.50。',
    );
  });
});
