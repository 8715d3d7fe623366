// Behind a figure: the payments it is made of, their vouchers, and nothing about persons.
import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { expect } from "chai";
import { buildApp } from "../../src/app.ts";
import { displayYuan, fromYuan } from "../../src/base/money.ts";
import { month } from "../../src/base/month.ts";
import { execute, type Command } from "../../src/door/service.ts";
import { importFolder } from "../../src/intake/service.ts";
import * as ledger from "../../src/ledger/service.ts";
import { releaseSpend } from "../../src/payment/routes.ts";
import { closeThrough } from "../../src/period/service.ts";
import { runTx, type Db } from "../../src/platform/db.ts";
import { verifyCommunity } from "../../src/proof/service.ts";
import { requestSpend } from "../../src/spending/service.ts";
import { paymentsPage } from "../../src/statement/page.ts";
import {
  findStatement,
  listStatements,
  parseStatement,
  paymentsUnder,
  publishThrough,
  restate,
} from "../../src/statement/service.ts";
import { redactVoucher } from "../../src/voucher/routes.ts";
import { photo } from "../platform/pictures.ts";
import { DIALECTS, useBooks } from "../support/databases.ts";
import { anEstate, aPayment, does, type Estate } from "../support/estate.ts";
import { listening, SAMPLE, smallFolder, writeFolder } from "../support/folders.ts";

const now = new Date("2026-11-21T04:00:00Z");

/** Figures of the month whose payments do not add up to them. */
async function disagreements(db: Db, code: string): Promise<string[]> {
  const wrong: string[] = [];
  const all = await listStatements(db, code);
  for (const published of all.filter((each, index) => all[index + 1]?.month !== each.month)) {
    const told = parseStatement(published.bytes);
    for (const { account } of told.paid) {
      const page = paymentsPage(told, account, await paymentsUnder(db, published, account), new Set());
      for (const fund of page.funds) {
        const amounts = fund.payments.map((payment) => fromYuan(payment.amount.replaceAll(",", "").replace("−", "-")));
        const total = displayYuan(amounts.reduce((sum, amount) => (sum + amount) as typeof amount, fromYuan("0.00")));
        if (total !== fund.total) {
          wrong.push(`${published.month} ${account} ${fund.name}: ${total}, not ${fund.total}`);
        }
      }
    }
  }
  return wrong;
}

describe("the payments behind the figures of the sample", function () {
  this.timeout(120_000);
  const books = useBooks("SQLite");

  it("add up to every figure of all fifteen months", async () => {
    await importFolder(books.db, SAMPLE, listening());
    await closeThrough(books.db, "fenghuayuan", month("2021-03"), { now });
    await publishThrough(books.db, "fenghuayuan", month("2021-03"), { now });
    expect(await disagreements(books.db, "fenghuayuan")).to.deep.equal([]);
    const march = await findStatement(books.db, "fenghuayuan", "2020-03");
    const payments = march === null ? [] : await paymentsUnder(books.db, march, "5002");
    expect(payments.map((payment) => payment.payee)).to.include("明辉五金店");
  });
});

for (const dialect of DIALECTS) {
  describe(`the payments behind a figure on ${dialect}`, () => {
    const books = useBooks(dialect);
    let server: Server;
    let origin = "";
    let folder = "";
    let estate: Estate;

    before(async () => {
      folder = await mkdtemp(path.join(os.tmpdir(), "xinyi-payments-"));
      estate = await anEstate(books.db, { filesFolder: folder });
      server = buildApp(books.db, { clock: estate.clock.now, filesFolder: folder }).listen(0, "127.0.0.1");
      await once(server, "listening");
      origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    });
    after(async () => {
      server.close();
      server.closeAllConnections();
      await rm(folder, { recursive: true, force: true });
    });

    it("follow a restated month to where they belong", async () => {
      await importFolder(books.db, writeFolder(smallFolder()), listening());
      await closeThrough(books.db, "small", month("2020-03"), { now });
      await publishThrough(books.db, "small", month("2020-03"), { now });
      const wish = { code: "2020-01-0003", reason: "应为设施维护", account: "5002" };
      await runTx(books.db, "small", (tx) => ledger.correctEntry(tx, "small", wish, now));
      await closeThrough(books.db, "small", month("2020-04"), { now });
      await publishThrough(books.db, "small", month("2020-04"), { now });
      await restate(books.db, "small", month("2020-01"), "科目有误", now);
      expect(await disagreements(books.db, "small")).to.deep.equal([]);
      const january = await findStatement(books.db, "small", "2020-01");
      const told = january === null ? [] : await paymentsUnder(books.db, january, "5002");
      expect(told.map((payment) => payment.entry.memo)).to.deep.equal(["更正 2020-01-0003 工资"]);
    });

    it("open their vouchers with two clicks from the statement, and name no person", async () => {
      const { wang, zhao, clock } = estate;
      const uploads = [{ field: "files", name: "收据.jpg", bytes: await photo() }];
      const asked = aPayment({ lines: [{ account: "5002", amount: "400.00" }] });
      await execute(estate.door, wang.asker, requestSpend as Command, asked, { uploads });
      await does(
        estate,
        wang,
        requestSpend,
        aPayment({ payee: "李建国", purpose: "疏通", lines: [{ account: "5002", amount: "90" }] }),
      );
      const [voucher] = await books.db("voucher").where({ community: estate.code });
      await does(estate, zhao, redactVoucher as Command, { sha: voucher.sha256, nothing: "on", reason: "只有店名" });
      for (const id of [1, 2]) {
        clock.tick();
        await does(estate, zhao, releaseSpend as Command, { id, code: zhao.code() });
      }
      clock.set("2020-02-05T02:00:00Z");
      await closeThrough(books.db, estate.code, month("2020-01"), { now: clock.now() });
      await publishThrough(books.db, estate.code, month("2020-01"), { now: clock.now() });
      const open = async (address: string): Promise<string> => (await fetch(origin + address)).text();
      const statement = await open(`/c/${estate.code}/2020-01`);
      const payments = /href="([^"]*\/paid\/5002)"/u.exec(statement)?.[1] ?? "";
      const first = await open(payments);
      expect(first)
        .to.contain("明辉五金店")
        .and.to.contain("付给 个人")
        .and.to.contain("物业放行")
        .and.to.contain("490.00");
      expect(first).not.to.contain("李建国").and.not.to.contain("wang");
      const [, shown = "", thumbnail = ""] =
        /<a href="([^"]*\/vouchers\/[0-9a-f]{64})"><img src="([^"]*)"/u.exec(first) ?? [];
      expect((await fetch(origin + thumbnail)).headers.get("content-type")).to.equal("image/webp");
      expect(await open(shown)).to.contain("遮盖说明");
      expect(statement).not.to.contain("李建国");
      expect((await verifyCommunity(books.db, estate.code)).faults).to.deep.equal([]);
    });

    it("are not there for a month that was not published, or an account that paid nothing", async () => {
      for (const address of ["2020-02/paid/5002", "2020-01/paid/5004", "2020-01/paid/4001", "2020-01/paid/nonsense"]) {
        expect((await fetch(`${origin}/c/${estate.code}/${address}`)).status, address).to.equal(404);
      }
    });
  });
}
