// Files as banks export them, made in the test: the layouts of several banks with invented lines.
import ExcelJS from "exceljs";
import { toYuan, displayYuan, fen, negate, type Fen } from "../../src/base/money.ts";
import { day, type Day } from "../../src/base/month.ts";

/** A movement as it truly was. */
export interface TrueLine {
  readonly day: Day;
  readonly amount: Fen;
  readonly balance: Fen;
  readonly counterparty: string;
  readonly memo: string;
  readonly serial: string;
}

/** Movements with their running balance: `["2020-01-05", "1230.02", "张三", "1-2-0703 物业费"]` … */
export function chain(start: number, moves: readonly (readonly [string, number, string?, string?])[]): TrueLine[] {
  let balance = start;
  return moves.map(([on, amount, counterparty = "", memo = ""], index) => {
    balance += amount;
    return {
      day: day(on),
      amount: fen(amount),
      balance: fen(balance),
      counterparty,
      memo,
      serial: `2020${String(index + 1).padStart(8, "0")}`,
    };
  });
}

export type Rows = readonly (readonly (string | number | Date)[])[];

/** One bank's way to lay out a file. */
interface Layout {
  readonly name: string;
  readonly rows: (lines: readonly TrueLine[]) => Rows;
}

const size = (amount: Fen): Fen => (amount < 0 ? negate(amount) : amount);
const into = (line: TrueLine, empty = ""): string => (line.amount > 0 ? toYuan(line.amount) : empty);
const out = (line: TrueLine, empty = ""): string => (line.amount < 0 ? toYuan(size(line.amount)) : empty);
const compact = (on: Day): string => on.replaceAll("-", "");
const OWN = "6222000012345678901";

export const LAYOUTS: readonly Layout[] = [
  {
    name: "工商银行",
    rows: (lines) => [
      ["明细查询", "", "", "", "", "", "", "", "", ""],
      [
        "凭证号",
        "本方账号",
        "对方账号",
        "交易时间",
        "借贷标志",
        "借方发生额",
        "贷方发生额",
        "对方单位名称",
        "摘要",
        "余额",
        "回单编号",
      ],
      ...lines.map((line) => [
        "0",
        `${OWN}\t`,
        "6228\t",
        `${line.day} 09:12:33`,
        line.amount > 0 ? "贷" : "借",
        out(line, "0.00"),
        into(line, "0.00"),
        line.counterparty,
        line.memo,
        displayYuan(line.balance).replace("−", "-"),
        line.serial,
      ]),
    ],
  },
  {
    name: "建设银行",
    rows: (lines) => [
      [
        "账号",
        "账户名称",
        "交易时间",
        "借方发生额（支取）",
        "贷方发生额（收入）",
        "余额",
        "币种",
        "对方户名",
        "对方账号",
        "对方开户机构",
        "记账日期",
        "摘要",
        "备注",
        "账户明细编号-交易流水号",
      ],
      ...lines.map((line) => [
        OWN,
        "风华苑",
        `${compact(line.day)} 10:11:12`,
        out(line),
        into(line),
        toYuan(line.balance),
        "人民币元",
        line.counterparty,
        "",
        "",
        compact(line.day),
        line.memo,
        line.memo,
        line.serial,
      ]),
    ],
  },
  {
    name: "招商银行",
    rows: (lines) => [
      [`账  号：${OWN}`, "", "", "", "", "", "", ""],
      ["起始日期：20190101  截止日期：20301231", "", "", "", "", "", "", ""],
      ["交易日", "交易时间", "起息日", "交易类型", "借方金额", "贷方金额", "余额", "摘要", "流水号", "收(付)方名称"],
      ...lines
        .toReversed()
        .map((line) => [
          compact(line.day),
          "101112",
          compact(line.day),
          "转账汇款",
          out(line),
          into(line),
          toYuan(line.balance),
          line.memo,
          line.serial,
          line.counterparty,
        ]),
      ["合计", "", "", "", "1.00", "2.00", "", "", "", ""],
    ],
  },
  {
    name: "农业银行",
    rows: (lines) => [
      ["账户明细查询", "", "", "", "", "", "", "", ""],
      [`账号`, OWN, "户名", "风华苑", "", "", "", "", ""],
      ["交易时间", "收入金额", "支出金额", "账户余额", "交易行名", "对方户名", "交易用途", "附言", "交易流水"],
      ...lines.map((line) => [
        `${line.day.replaceAll("-", "/")} 8:01:02`,
        into(line, "-"),
        out(line, "-"),
        `￥${toYuan(line.balance)}`,
        "某支行",
        line.counterparty,
        line.memo,
        "",
        line.serial,
      ]),
    ],
  },
  {
    name: "农村信用社",
    rows: (lines) => [
      ["某某农村信用合作联社对账单", "", "", "", "", ""],
      [`账号：${OWN}`, "", "打印日期：2026-01-01", "", "", ""],
      ["日期", "借贷标志", "发生额", "余额", "对方名称", "用途", "流水号"],
      ["上期余额", "", "", "", "", "", ""],
      ...lines.map((line) => [
        line.day.replaceAll("-", "."),
        line.amount > 0 ? "C" : "D",
        toYuan(size(line.amount)),
        toYuan(line.balance),
        line.counterparty,
        line.memo,
        line.serial,
      ]),
      ["本页合计", "", "", "", "", "", ""],
      ["打印日期：2026-01-01 操作员：001", "", "", "", "", "", ""],
    ],
  },
  {
    name: "单列带正负号的电子对账单",
    rows: (lines) => [
      ["交易流水号", "交易日期", "交易发生金额（元）", "账户余额（元）", "对方户名", "摘要"],
      ...lines.map((line) => [
        `'${line.serial}`,
        `${line.day.slice(0, 4)}年${Number(line.day.slice(5, 7))}月${Number(line.day.slice(8))}日`,
        `${line.amount > 0 ? "+" : ""}${toYuan(line.amount)}`,
        toYuan(line.balance),
        line.counterparty,
        line.memo,
      ]),
    ],
  },
  {
    name: "表头两行",
    rows: (lines) => [
      ["记账日期", "发生额", "", "余额", "对方户名", "摘要", "流水号"],
      ["", "借方", "贷方", "", "", "", ""],
      ...lines.map((line) => [
        compact(line.day),
        out(line),
        into(line),
        toYuan(line.balance),
        line.counterparty,
        line.memo,
        line.serial,
      ]),
    ],
  },
];

/** As CSV text, quoted where needed. */
export function csvText(rows: Rows, delimiter = ","): string {
  const cell = (value: string | number | Date): string => {
    const text = String(value);
    return text.includes(delimiter) || /["\n]/u.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return rows.map((row) => row.map(cell).join(delimiter)).join("\r\n");
}

/** Text in GB18030, by the platform's own decoder turned round: enough for the common characters of the tests. */
export function gb18030(text: string): Uint8Array {
  const bytes: number[] = [];
  for (const character of text) {
    bytes.push(...(twoBytes().get(character) ?? [character.codePointAt(0) ?? 63]));
  }
  return Uint8Array.from(bytes);
}

let table: Map<string, readonly [number, number]> | undefined;

function twoBytes(): Map<string, readonly [number, number]> {
  if (table === undefined) {
    table = new Map();
    const decoder = new TextDecoder("gb18030");
    for (let lead = 0x81; lead <= 0xfe; lead += 1) {
      for (let trail = 0x40; trail <= 0xfe; trail += 1) {
        if (trail !== 0x7f) {
          table.set(decoder.decode(Uint8Array.of(lead, trail)), [lead, trail]);
        }
      }
    }
  }
  return table;
}

/** As an XLSX workbook with those sheets. */
export async function xlsx(sheets: Readonly<Record<string, Rows>>): Promise<Uint8Array> {
  const book = new ExcelJS.Workbook();
  for (const [name, rows] of Object.entries(sheets)) {
    const sheet = book.addWorksheet(name);
    rows.forEach((row) => sheet.addRow([...row]));
  }
  return new Uint8Array(await book.xlsx.writeBuffer());
}

export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
