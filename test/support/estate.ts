// A small community to spend in: bands of the deed, a budget, money in its accounts, and the people who hold keys.
import { writeFileSync } from "node:fs";
import path from "node:path";
import { importFolder } from "../../src/intake/service.ts";
import { openDoor, type AppOptions } from "../../src/app.ts";
import { execute, type Command, type Door } from "../../src/door/service.ts";
import type { Db } from "../../src/platform/db.ts";
import { listening, SMALL_COMMUNITY, smallFolder, writeFolder } from "./folders.ts";
import { personIn, type Person } from "./people.ts";

const BANDS = [
  { upTo: "2000.00", keys: ["trustee"] },
  { upTo: "50000.00", keys: ["trustee", "committee"] },
  { upTo: null, keys: ["trustee", "committee"], resolution: true },
];

/** A clock that a test moves; it moves by itself by half a minute each time a key is turned. */
export class Clock {
  private at: number;

  constructor(instant: string) {
    this.at = Date.parse(instant);
  }

  now = (): Date => new Date(this.at);

  set(instant: string): void {
    this.at = Date.parse(instant);
  }

  /** Days later, at the same time. */
  later(days: number): void {
    this.at += days * 24 * 60 * 60 * 1000;
  }

  tick(): void {
    this.at += 30_000;
  }
}

export interface Estate {
  readonly code: string;
  readonly door: Door;
  readonly clock: Clock;
  /** Two of the trustee's, two of the committee's, one who only looks. */
  readonly wang: Person;
  readonly zhao: Person;
  readonly li: Person;
  readonly he: Person;
  readonly supervisor: Person;
}

let count = 0;

/** One folder for all: each estate is another code in its community.json. */
const folder = writeFolder({
  ...smallFolder(),
  "opening.csv": "账户,科目,房号,所属月,金额\ncommon,1002,,,100000.00\nrepair,1002,,,5000.00\n,2231,,,42.00\n",
  "budget.csv":
    "年度,科目,金额\n2020,5001,600.00\n2020,5002,1000.00\n2020,5003,90000.00\n2020,4001,1800.00\n2021,5002,300.00\n",
  "receipts.csv": "日期,账户,科目,金额,房号,摘要,流水号\n2020-01-05,common,4001,200.00,101,物业费,R1\n",
  "payments.csv":
    "日期,账户,科目,金额,收款方,摘要,发票号码,决议,流水号\n2020-01-10,common,5001,150.00,员工,工资,24112000000135114086,,P1\n",
  "transfers.csv": "日期,转出账户,转入账户,金额,摘要,流水号\n",
  "bank.csv": "账户,交易日期,收入,支出,余额,对方户名,摘要,流水号\n",
});

/** A community of its own in the database, on 2020-01-20: budget 1,000.00 on 5002 and 600.00 on 5001. */
export async function anEstate(db: Db, options: AppOptions = {}, terms: object = {}): Promise<Estate> {
  count += 1;
  const code = `estate${count}`;
  const [version] = SMALL_COMMUNITY.deed;
  writeFileSync(
    path.join(folder, "community.json"),
    JSON.stringify({
      ...SMALL_COMMUNITY,
      code,
      deed: [{ ...version, release: BANDS, ...terms }],
      bankAccounts: [...SMALL_COMMUNITY.bankAccounts, { code: "custody", name: "押金专户", fund: "custody" }],
    }),
  );
  const clock = new Clock("2020-01-20T02:00:00Z");
  const door = openDoor(db, { ...options, clock: clock.now });
  await importFolder(db, folder, listening(clock.now()));
  return {
    code,
    door,
    clock,
    wang: await personIn(door, code, "trustee", { name: `wang-${code}` }),
    zhao: await personIn(door, code, "trustee", { name: `zhao-${code}` }),
    li: await personIn(door, code, "committee", { name: `li-${code}` }),
    he: await personIn(door, code, "committee", { name: `he-${code}` }),
    supervisor: await personIn(door, code, "supervisor", { name: `sun-${code}` }),
  };
}

/** What a plain payment asks for; texts as a form sends them. */
export function aPayment(over: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    payee: "明辉五金店",
    day: "2020-01-20",
    purpose: "灯管",
    lines: [{ account: "5002", amount: "400.00" }],
    ...over,
  };
}

/** Carries a command out for somebody, as the API does. */
export async function does<O>(
  { door }: Estate,
  { asker }: Person,
  command: Command,
  input: Record<string, unknown>,
  once?: string,
): Promise<O> {
  return (await execute(door, asker, command, input, once === undefined ? {} : { once })) as O;
}
