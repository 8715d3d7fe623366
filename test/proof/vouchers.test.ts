// What verify says of voucher files, of the hashes on entries, and of desk receipts, when somebody changed them.
import { chmodSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { execute } from "../../src/door/service.ts";
import * as ledger from "../../src/ledger/service.ts";
import { runTx, type Db } from "../../src/platform/db.ts";
import { verifyCommunity, verifyVouchers } from "../../src/proof/service.ts";
import { takeMoney } from "../../src/receipt/service.ts";
import { redactVoucher, uploadVouchers } from "../../src/voucher/routes.ts";
import * as vouchers from "../../src/voucher/service.ts";
import { plain } from "../platform/pictures.ts";
import { DIALECTS, useBooks } from "../support/databases.ts";
import { personIn } from "../support/people.ts";
import { anEstate, does, type Estate } from "../support/estate.ts";
import { pastTheProgram } from "../support/tampering.ts";
import { aPayment, filesFolder, NOW, openYard, yardDoor } from "../voucher/yard.ts";

const DECISION = { fields: {}, nothing: false, reason: "电话要遮盖" };
const PHONE = { page: 1, x: 100, y: 400, width: 300, height: 200, kind: "phone", note: "" };

let yards = 0;

interface Yard {
  readonly code: string;
  readonly folder: string;
  readonly sha: string;
  readonly copy: string;
  readonly verify: () => Promise<readonly string[]>;
}

/** A community whose entry 2026-11-0002 is proven by a blacked-out photo 票.png; another photo proves nothing yet. */
async function aProvenYard(db: Db, folder: string): Promise<Yard> {
  yards += 1;
  const code = `proven${yards}`;
  const door = yardDoor(db, folder);
  await openYard(db, code);
  const { asker } = await personIn(door, code, "committee");
  const bring = async (name: string, width: number): Promise<string> => {
    const uploads = [{ field: "files", name, bytes: await plain(width, 48).png().toBuffer() }];
    const { items } = await execute(door, asker, uploadVouchers, {}, { uploads });
    return items[0]?.sha ?? "";
  };
  const sha = await bring("票.png", 100 + yards);
  await bring("另一张.png", 300 + yards);
  const { sha: copy } = await execute(door, asker, redactVoucher, { sha, ...DECISION, rectangles: [PHONE] });
  await runTx(db, code, async (tx) => {
    const hashes = await vouchers.publicHashes(tx, code, [sha]);
    const [entry] = await ledger.post(tx, code, [{ ...aPayment(), vouchers: hashes }], NOW);
    await vouchers.linkToEntry(tx, code, entry?.seq ?? 0, hashes);
  });
  const verify = async (): Promise<readonly string[]> => [
    ...(await verifyCommunity(db, code)).faults,
    ...(await verifyVouchers(db, code, door.files)).faults,
  ];
  return { code, folder, sha, copy, verify };
}

function placeOf({ folder }: Yard, sha: string): string {
  return path.join(folder, sha.slice(0, 2), sha);
}

function alter(file: string): void {
  chmodSync(file, 0o600);
  writeFileSync(file, "别的内容");
}

for (const dialect of DIALECTS) {
  describe(`verifying voucher files on ${dialect}`, () => {
    const books = useBooks(dialect);
    const folder = filesFolder();
    let yard: Yard;
    beforeEach(async () => {
      yard = await aProvenYard(books.db, folder);
    });

    it("finds nothing wrong with files that are as they were kept, and says how many it read", async () => {
      expect(await yard.verify()).to.deep.equal([]);
      const { checked } = await verifyVouchers(books.db, yard.code, yardDoor(books.db, yard.folder).files);
      expect(checked).to.deep.equal(["2 份凭证附件的原件、展示件与公开副本"]);
    });

    it("names an original that was changed on the disk, with its voucher and its entry", async () => {
      alter(placeOf(yard, yard.sha));
      expect(await yard.verify()).to.deep.equal([
        `凭证附件「票.png」（记账凭证 2026-11-0002）：原件（${yard.sha.slice(0, 12)}…）内容与保存时不一致`,
      ]);
    });

    it("names the copies that are gone: the one that people see and the one for the public", async () => {
      const [page] = await books.db("voucher_page").where({ community: yard.code, sha256: yard.sha });
      rmSync(placeOf(yard, page.image), { force: true });
      rmSync(placeOf(yard, yard.copy), { force: true });
      const about = "凭证附件「票.png」（记账凭证 2026-11-0002）：";
      expect(await yard.verify()).to.deep.equal([
        `${about}展示件第 1 页（${String(page.image).slice(0, 12)}…）不在数据文件夹里`,
        `${about}公开副本第 1 版（${yard.copy.slice(0, 12)}…）不在数据文件夹里`,
      ]);
    });

    it("reports every file of a data folder that was lost, also of vouchers that prove nothing yet", async () => {
      renameSync(yard.folder, `${yard.folder}-away`);
      const faults = await yard.verify();
      renameSync(`${yard.folder}-away`, yard.folder);
      // 票.png: original, page, thumbnail, copy, its page and thumbnail; 另一张.png: original, page, thumbnail.
      expect(faults).to.have.length(9);
      expect(faults.filter((fault) => fault.startsWith("凭证附件「另一张.png」（还没有入账）："))).to.have.length(3);
    });
  });
}

describe("verifying what the rows say of vouchers", () => {
  const books = useBooks("SQLite");
  const folder = filesFolder();

  it("finds a voucher that was taken from its entry, or put under one whose chain does not know it", async () => {
    const yard = await aProvenYard(books.db, folder);
    await pastTheProgram(books.db, () => books.db("voucher_entry").where({ community: yard.code }).update({ seq: 1 }));
    const short = `${yard.sha.slice(0, 12)}…`;
    expect(await yard.verify()).to.deep.equal([
      `凭证 2026-11-0001：登记了链上没有的凭证附件 ${short}`,
      `凭证 2026-11-0002：缺少凭证附件 ${short} 的登记`,
    ]);
  });

  it("finds a public copy that is not the one on the entry, or not what was decided", async () => {
    const yard = await aProvenYard(books.db, folder);
    const decision = JSON.stringify({ rectangles: [], fields: [], nothing: true, reason: "什么也没有遮" });
    await pastTheProgram(books.db, () => books.db("voucher_copy").where({ community: yard.code }).update({ decision }));
    expect(await yard.verify()).to.deep.equal([
      "凭证附件「票.png」（记账凭证 2026-11-0002）：公开副本第 1 版的登记被改动",
    ]);
    await pastTheProgram(books.db, () =>
      books.db("voucher_copy").where({ community: yard.code }).update({ copy: yard.sha }),
    );
    expect(await yard.verify()).to.include(
      `凭证 2026-11-0002：凭证附件 ${yard.sha.slice(0, 12)}… 的公开副本没有登记，或被改动`,
    );
  });
});

describe("verifying desk receipts", () => {
  const books = useBooks("SQLite");
  let estate: Estate;

  beforeEach(async () => {
    estate = await anEstate(books.db);
    const money = { amount: "100.00", method: "cash", day: "2020-01-20", payer: "甲" };
    await does(estate, estate.wang, takeMoney, { ...money, kind: "fee", unit: "101" });
    await does(estate, estate.wang, takeMoney, { ...money, kind: "parking", unit: "101" });
    await does(estate, estate.wang, takeMoney, { ...money, kind: "damages" });
  });

  const faultsAfter = async (number: number, change: object): Promise<readonly string[]> => {
    await pastTheProgram(books.db, () => books.db("receipt").where({ community: estate.code, number }).update(change));
    return (await verifyCommunity(books.db, estate.code)).faults;
  };

  it("finds nothing wrong with receipts as they were given, also when a payer's name was erased", async () => {
    expect(await faultsAfter(1, { payer: "" })).to.deep.equal([]);
  });

  const asTold = (amount: string): string => `“收款 ${amount} 元，收据 No. 000002（2020-01-20T02:00:00.000Z）”`;

  for (const [what, change, says, logged = []] of [
    [
      "amount",
      { amount: 99_900 },
      "金额（收据 999.00，凭证 100.00）",
      [`登记与操作记录不同：登记是${asTold("999.00")}，操作记录是${asTold("100.00")}`],
    ],
    ["day", { day: "2020-01-02" }, "日期（收据 2020-01-02，凭证 2020-01-20）"],
    ["unit", { unit: "102" }, "房号（收据 102，凭证 101）"],
    ["bank account", { bank: "repair" }, "账户（收据 repair，凭证 common）"],
    ["kind", { kind: "penalty" }, "科目（收据 4301，凭证 4002）"],
  ] as const) {
    it(`finds a receipt whose ${what} is not its entry's`, async () => {
      const fault = `收据 000002 与记账凭证 2020-01-0004 不符：${says}`;
      expect(await faultsAfter(2, change)).to.deep.equal([fault, ...logged]);
    });
  }

  it("finds a receipt that was taken out, from the middle or from the end", async () => {
    const takeOut = (number: number): Promise<void> =>
      pastTheProgram(books.db, () => books.db("receipt").where({ community: estate.code, number }).delete());
    await takeOut(2);
    expect((await verifyCommunity(books.db, estate.code)).faults).to.deep.equal([
      "记账凭证 2020-01-0004 是收据入账的，收据却不见了",
      "收据 000003 不连号，应为 000002",
      "操作记录里有这一条，登记里却没有：收款 100.00 元，收据 No. 000002（2020-01-20T02:00:00.000Z）",
    ]);
    await takeOut(3);
    expect((await verifyCommunity(books.db, estate.code)).faults).to.deep.equal([
      "记账凭证 2020-01-0004 是收据入账的，收据却不见了",
      "记账凭证 2020-01-0005 是收据入账的，收据却不见了",
      "操作记录里有这一条，登记里却没有：收款 100.00 元，收据 No. 000002（2020-01-20T02:00:00.000Z）",
      "操作记录里有这一条，登记里却没有：收款 100.00 元，收据 No. 000003（2020-01-20T02:00:00.000Z）",
    ]);
  });
});
