// Import folders for tests: the cases of the project, and small ones that are valid until a test changes them.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";

export const SAMPLE = path.resolve("src/intake/sample/fenghuayuan");
export const PINGAN = path.resolve("test/cases/pingan/import");
export const EXPECTED_FENGHUAYUAN = path.resolve("test/cases/fenghuayuan/expected");
export const VOTE_FENGHUAYUAN = path.resolve("test/cases/fenghuayuan/vote");
export const EXPECTED_PINGAN = path.resolve("test/cases/pingan/expected");

export type Files = Readonly<Record<string, string | Uint8Array>>;

export const SMALL_COMMUNITY = {
  code: "small",
  name: "小院",
  firstMonth: "2020-01",
  principal: "小院业主大会",
  trustee: "小院物业",
  deed: [
    {
      from: "2020-01",
      draw: { rate: "0.15", base: ["4001", "4002"], method: "received" },
      sweep: { every: "year", share: "1", reserve: "100.00" },
      publishBy: 10,
      answerWithin: 7,
    },
  ],
  bankAccounts: [
    { code: "common", name: "共有资金专户", fund: "common" },
    { code: "repair", name: "维修资金专户", fund: "repair" },
  ],
};

/** Two flats and a shop, three months of receipts and payments, all of it valid. */
export function smallFolder(): Record<string, string | Uint8Array> {
  return {
    "community.json": JSON.stringify(SMALL_COMMUNITY),
    "units.csv":
      "房号,用途,面积,业主编号,业主,起算月,折扣\n101,住宅,100,P1,甲,2020-01,\n102,住宅,50.5,P2+P3,乙、丙,2020-01,\nS1,商业,20,DEV,开发商,2020-02,0.7\n",
    "rates.csv": "用途,单价,起始月\n住宅,1.00,2020-01\n商业,2.00,2020-01\n",
    "opening.csv":
      "账户,科目,房号,所属月,金额\ncommon,1002,,,1000.00\nrepair,1002,,,5000.00\n,1122,102,2019-12,50.50\n,2203,101,,30.00\n",
    "budget.csv": "年度,科目,金额\n2020,5001,600.00\n2020,4001,1800.00\n",
    "receipts.csv":
      "日期,账户,科目,金额,房号,摘要,流水号\n2020-01-05,common,4001,200.00,101,物业费,R1\n2020-01-06,common,4002,80.00,,停车费,R2\n2020-02-07,common,4001,60.00,102,物业费,R3\n2020-03-08,repair,4201,12.34,,利息,R4\n",
    "payments.csv":
      "日期,账户,科目,金额,收款方,摘要,发票号码,决议,流水号\n2020-01-10,common,5001,150.00,员工,工资,,,P1\n2020-02-12,common,5101,42.00,小院物业,2020-01 受托人酬金,INV1,,P2\n",
    "transfers.csv": "日期,转出账户,转入账户,金额,摘要,流水号\n2020-03-20,common,repair,10.00,划转,T1\n",
    "bank.csv": "账户,交易日期,收入,支出,余额,对方户名,摘要,流水号\ncommon,2020-01-05,200,,1200,甲,物业费,R1\n",
  };
}

const written: string[] = [];
process.once("exit", () => written.forEach((folder) => rmSync(folder, { recursive: true, force: true })));

/** Writes the files into a new folder below the system's temporary one, removed when the process ends. */
export function writeFolder(files: Files): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), "xinyi-folder-"));
  written.push(folder);
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(path.join(folder, name), content);
  }
  return folder;
}

/** An environment that keeps what an import says. */
export function listening(now = new Date("2026-11-21T04:00:00Z")): {
  now: Date;
  notices: string[];
  notice: (text: string) => void;
  progress: () => void;
} {
  const notices: string[] = [];
  return { now, notices, notice: (text) => notices.push(text), progress: () => undefined };
}
