// Reads the file that somebody exported from a bank: bytes in, lines out. Writes nothing.
import type { Day } from "../base/month.ts";
import { Refusal } from "../base/refusal.ts";
import type { Layout, UnknownLayout } from "../banklayout/rules.ts";
import { readTables } from "../platform/table.ts";
import { readBankSheet, type BankFile } from "./rules.ts";

/**
 * What the file says, or what somebody has to tell of its columns first. Faults of single lines are in the answer;
 * a file that is none of a bank's is refused at once. `saved` is the layout that was chosen for the account before.
 */
export async function readBankFile(
  bytes: Uint8Array,
  file: string,
  saved: Layout | null,
  today: Day,
): Promise<BankFile | UnknownLayout> {
  const tables = await readTables(bytes, file);
  const readings = tables.map((table) => ({ name: table.name, reading: readBankSheet(table, file, saved, today) }));
  const told = readings.filter(({ reading }) => "lines" in reading);
  const [first, second] = told.length > 0 ? told : readings;
  if (first === undefined) {
    throw new Refusal({
      code: "FILE_EMPTY",
      file,
      message: "文件里没有任何内容。",
      remedy: "请重新导出；若是 WPS 或其他程序生成的表格，请用 Excel 打开后另存为 .xlsx 再导入。",
    });
  }
  if (told.length > 1 && second !== undefined) {
    throw new Refusal({
      code: "SHEETS_MANY",
      file,
      value: told.map(({ name }) => name).join("、"),
      message: "有几个工作表都是银行流水。",
      remedy: "每个账户单独导入：请把另一个工作表另存为一个文件。",
    });
  }
  return first.reading;
}
