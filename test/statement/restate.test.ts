// Nothing published is edited: a correction goes into the open month, and a month is told again as a new revision.
import { expect } from "chai";
import { month } from "../../src/base/month.ts";
import { importFolder } from "../../src/intake/service.ts";
import * as ledger from "../../src/ledger/service.ts";
import { closeThrough } from "../../src/period/service.ts";
import { runTx } from "../../src/platform/db.ts";
import { verifyCommunity } from "../../src/proof/service.ts";
import type { Statement } from "../../src/statement/rules.ts";
import { findStatement, parseStatement, publicationOf, publishThrough, restate } from "../../src/statement/service.ts";
import { DIALECTS, useBooks } from "../support/databases.ts";
import { listening, smallFolder, writeFolder } from "../support/folders.ts";

const now = new Date("2026-11-21T04:00:00Z");

for (const dialect of DIALECTS) {
  describe(`correcting a published month on ${dialect}`, () => {
    const books = useBooks(dialect);
    let january = "";

    const statementOf = async (m: string, revision?: number): Promise<Statement> =>
      parseStatement((await findStatement(books.db, "small", m, revision))?.bytes ?? "{}");
    const publish = async (m: string): Promise<void> => {
      await closeThrough(books.db, "small", month(m), { now });
      await publishThrough(books.db, "small", month(m), { now });
    };

    before(async () => {
      const files = smallFolder();
      files["budget.csv"] = `${String(files["budget.csv"])}2020,5002,100.00\n`;
      await importFolder(books.db, writeFolder(files), listening());
      await publish("2020-03");
      january = (await findStatement(books.db, "small", "2020-01"))?.bytes ?? "";
      const wages = (await ledger.journalOfMonth(books.db, "small", month("2020-01"))).find(
        (entry) => entry.memo === "工资",
      );
      const code = `2020-01-${String(wages?.number).padStart(4, "0")}`;
      const wish = { code, reason: "应为设施维护", account: "5002" };
      await runTx(books.db, "small", (tx) => ledger.correctEntry(tx, "small", wish, now));
    });

    it("cannot be told again before the month of the correction is closed", async () => {
      const refused = await restate(books.db, "small", month("2020-01"), "科目有误", now).catch(
        (error: Error) => error.message,
      );
      expect(refused).to.contain("没有变化");
    });

    it("shows the correction in the open month, in an adjustments column", async () => {
      await publish("2020-04");
      const april = await statementOf("2020-04");
      expect(april.paid.map((row) => [row.account, row.month, row.adjustment, row.yearToDate])).to.deep.equal([
        ["5001", "-150.00", "-150.00", "0.00"],
        ["5002", "150.00", "150.00", "150.00"],
        ["5101", "0.00", "0.00", "42.00"],
      ]);
      expect(april.funds["common"]).to.include({ paid: "0.00" });
      expect(april.adjustments.map((each) => [each.belongsTo, each.amount, each.reason])).to.deep.equal([
        ["2020-01", "150.00", "应为设施维护"],
        ["2020-01", "-150.00", "应为设施维护"],
      ]);
      expect(april.exceptions.map((exception) => exception.code)).to.include("LATE_ENTRIES");
    });

    it("leaves the published bytes as they were", async () => {
      expect((await findStatement(books.db, "small", "2020-01", 1))?.bytes).to.equal(january);
    });

    it("tells the month again with every difference, and keeps both", async () => {
      const second = await restate(books.db, "small", month("2020-01"), "科目有误", now);
      expect(second.revision).to.equal(2);
      const told = await statementOf("2020-01");
      expect(told.restated).to.deep.equal({
        reason: "科目有误",
        differences: [
          { path: "paid.common.5001.month", name: "支出·人员费用·本月", before: "150.00", after: "0.00" },
          { path: "paid.common.5001.yearToDate", name: "支出·人员费用·本年累计", before: "150.00", after: "0.00" },
          {
            path: "paid.common.5002.month",
            name: "支出·共用部位设施设备运行维护·本月",
            before: "0.00",
            after: "150.00",
          },
          {
            path: "paid.common.5002.yearToDate",
            name: "支出·共用部位设施设备运行维护·本年累计",
            before: "0.00",
            after: "150.00",
          },
        ],
      });
      expect(told.funds).to.deep.equal(parseStatement(january).funds);
      expect((await statementOf("2020-01", 1)).restated).to.equal(null);
    });

    it("says in plain words that later entries are counted, and calls no later revision late", async () => {
      const told = await statementOf("2020-01");
      expect(told.exceptions.find((each) => each.code === "LATE_ENTRIES")?.text).to.contain(
        "公布之后才登记的凭证已计入",
      );
      const second = await findStatement(books.db, "small", "2020-01", 2);
      const first = await findStatement(books.db, "small", "2020-01", 1);
      expect(second).not.to.equal(null);
      if (second !== null && first !== null) {
        const later = { ...second, publishedAt: new Date("2027-05-05T00:00:00Z") };
        expect((await publicationOf(books.db, later)).firstPublishedOn).to.equal("2026-11-21");
      }
    });

    it("measures what was moved to another account by the budget there is", async () => {
      expect((await statementOf("2020-01")).paid.map((row) => [row.account, row.budget])).to.deep.equal([
        ["5001", "600.00"],
        ["5002", "100.00"],
      ]);
    });

    it("can be recomputed from the books in every revision", async () => {
      expect((await verifyCommunity(books.db, "small")).faults).to.deep.equal([]);
    });
  });

  describe(`reversing a receipt after publication on ${dialect}`, () => {
    const books = useBooks(dialect);

    it("moves the month's balance in its new revision, and the arrears in the open month", async () => {
      await importFolder(books.db, writeFolder(smallFolder()), listening());
      await closeThrough(books.db, "small", month("2020-03"), { now });
      await publishThrough(books.db, "small", month("2020-03"), { now });
      const fee = (await ledger.journalOfMonth(books.db, "small", month("2020-02"))).find(
        (entry) => entry.memo === "物业费",
      );
      const code = `2020-02-${String(fee?.number).padStart(4, "0")}`;
      await runTx(books.db, "small", (tx) => ledger.correctEntry(tx, "small", { code, reason: "误记他人款项" }, now));
      await closeThrough(books.db, "small", month("2020-04"), { now });
      await publishThrough(books.db, "small", month("2020-04"), { now });
      await restate(books.db, "small", month("2020-03"), "上月误记", now);
      const march = parseStatement((await findStatement(books.db, "small", "2020-03"))?.bytes ?? "{}");
      // 60.00 had been received in February: March, told again, begins and ends with 60.00 less.
      expect(march.restated?.differences.map((each) => [each.path, each.before, each.after])).to.deep.equal([
        ["funds.common.opening", "1148.00", "1088.00"],
        ["funds.common.closing", "1138.00", "1078.00"],
        ["bank.common.book", "1138.00", "1078.00"],
        ["received.common.4001.yearToDate", "260.00", "200.00"],
      ]);
      const april = parseStatement((await findStatement(books.db, "small", "2020-04"))?.bytes ?? "{}");
      expect(april.received.find((row) => row.account === "4001")).to.include({
        month: "-60.00",
        adjustment: "-60.00",
      });
      // Unit 102 owes 50.50 of December and four months of 50.50 again.
      expect(april.collection).to.include({ oldArrearsRecovered: "-60.00" });
      expect((await verifyCommunity(books.db, "small")).faults).to.deep.equal([]);
    });
  });
}

describe("a payment that comes to light after its month was closed", () => {
  const books = useBooks("SQLite");
  const late = "2020-01-20,common,5003,33.00,保洁公司,一月保洁,INV9,,P9\n";

  it("is refused with the way to book it late, and then stands in the open month's adjustments", async () => {
    const files = smallFolder();
    await importFolder(books.db, writeFolder(files), listening());
    await closeThrough(books.db, "small", month("2020-03"), { now });
    await publishThrough(books.db, "small", month("2020-03"), { now });
    const folder = writeFolder({ ...files, "payments.csv": `${String(files["payments.csv"])}${late}` });
    const refused = await importFolder(books.db, folder, listening()).catch((error: Error) => error.message);
    expect(refused).to.contain("payments.csv 第 4 行").and.to.contain("--late");
    expect((await importFolder(books.db, folder, { ...listening(), takeLate: true })).added).to.deep.equal({
      "payments.csv": 1,
    });
    expect((await importFolder(books.db, folder, listening())).added).to.deep.equal({});
    await closeThrough(books.db, "small", month("2020-04"), { now });
    await publishThrough(books.db, "small", month("2020-04"), { now });
    const april = parseStatement((await findStatement(books.db, "small", "2020-04"))?.bytes ?? "{}");
    expect(april.paid.find((row) => row.account === "5003")).to.include({ month: "33.00", adjustment: "33.00" });
    expect(april.adjustments).to.deep.equal([
      { entry: "2020-04-0001", belongsTo: "2020-01", corrects: null, reason: "", amount: "-33.00" },
    ]);
    await restate(books.db, "small", month("2020-01"), "补记保洁费", now);
    const january = parseStatement((await findStatement(books.db, "small", "2020-01"))?.bytes ?? "{}");
    expect(january.funds["common"]).to.include({ paid: "183.00", closing: "1097.00" });
    expect(january.bank.find((row) => row.account === "common")?.book).to.equal("1097.00");
    expect((await verifyCommunity(books.db, "small")).faults).to.deep.equal([]);
  });
});

describe("a month that cannot be sound", () => {
  const books = useBooks("SQLite");

  it("says that an account is overdrawn", async () => {
    const files = smallFolder();
    files["payments.csv"] =
      "日期,账户,科目,金额,收款方,摘要,发票号码,决议,流水号\n2020-01-10,common,5001,5000.00,员工,工资,I1,,P1\n";
    delete files["bank.csv"];
    await importFolder(books.db, writeFolder(files), listening());
    await closeThrough(books.db, "small", month("2020-01"), { now });
    await publishThrough(books.db, "small", month("2020-01"), { now });
    const january = parseStatement((await findStatement(books.db, "small", "2020-01"))?.bytes ?? "{}");
    expect(january.exceptions.find((each) => each.code === "ACCOUNT_OVERDRAWN")).to.include({ amount: "-3720.00" });
  });
});
