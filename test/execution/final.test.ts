// The final account 决算 of the sample's first year: every line as December's statement has it, on the page and on paper.
import { expect } from "chai";
import { month } from "../../src/base/month.ts";
import { ask, execute } from "../../src/door/service.ts";
import { explainDifference, showFinalAccount } from "../../src/execution/service.ts";
import { importFolder } from "../../src/intake/service.ts";
import { closeThrough } from "../../src/period/service.ts";
import { findStatement, parseStatement, publishThrough } from "../../src/statement/service.ts";
import { useApp } from "../support/app.ts";
import { Browser, spokenText } from "../support/browser.ts";
import { DIALECTS, useBooks } from "../support/databases.ts";
import { listening, SAMPLE } from "../support/folders.ts";
import { PASSWORD, personIn, type Person } from "../support/people.ts";
import { refusalOf } from "../support/small.ts";
import { pageTexts } from "../reports/pdf-text.ts";

const CODE = "fenghuayuan";

for (const dialect of DIALECTS) {
  describe(`the final account of the sample on ${dialect}`, function () {
    this.timeout(120_000);
    const books = useBooks(dialect);
    const app = useApp(books);
    let manager: Person;

    before(async () => {
      const now = app.now;
      await importFolder(books.db, SAMPLE, listening());
      manager = await personIn(app.door, CODE, "trustee");
      await closeThrough(books.db, CODE, month("2020-11"), { now });
    });

    const final = () => ask(app.door, manager.asker, showFinalAccount, { year: 2020 });

    it("is there once December is closed, and not before", async () => {
      expect(await refusalOf(final())).to.equal("FINAL_NOT_YET");
      const early = { year: "2020", account: "5002", text: "提前说明" };
      expect(await refusalOf(execute(app.door, manager.asker, explainDifference, early))).to.equal("FINAL_NOT_YET");
      await closeThrough(books.db, CODE, month("2020-12"), { now: app.now });
      expect((await final()).year).to.equal(2020);
    });

    it("has what December's statement has, to the fen, and the difference to the budget", async () => {
      const { spending, income, totals } = await final();
      const told = (lines: typeof spending) =>
        lines.map(({ account, planned, actual, better }) => [account, planned, actual, better]);
      expect(told(spending)).to.deep.equal([
        ["5001", "204000.00", "204175.00", "-175.00"],
        ["5002", "66000.00", "62346.89", "3653.11"],
        ["5003", "42000.00", "42496.00", "-496.00"],
        ["5004", "14000.00", "12376.00", "1624.00"],
        ["5005", "67000.00", "66898.00", "102.00"],
        ["5006", "5200.00", "6004.57", "-804.57"],
        ["5008", "6000.00", "5600.00", "400.00"],
        ["5101", null, "80404.32", null],
        ["5301", "4000.00", "780.00", "3220.00"],
      ]);
      expect(told(income)).to.deep.equal([
        ["4001", "390000.00", "430191.26", "40191.26"],
        ["4002", "96000.00", "119650.00", "23650.00"],
        ["4101", null, "24200.00", null],
        ["4102", null, "1352.69", null],
        ["4201", null, "174.17", null],
      ]);
      expect(totals.spending).to.deep.equal({
        adopted: "408200.00",
        changed: "0.00",
        planned: "408200.00",
        actual: "400676.46",
        better: "7523.54",
        all: "481080.78",
      });
      await publishThrough(books.db, CODE, month("2020-12"), { now: app.now });
      const december = await findStatement(books.db, CODE, "2020-12");
      const paid = december === null ? [] : parseStatement(december.bytes).paid;
      const common = paid.filter(({ fund }) => fund === "common");
      expect(spending.map(({ account, actual }) => [account, actual])).to.deep.equal(
        common.map(({ account, yearToDate }) => [account, yearToDate]),
      );
      expect(await final()).to.deep.equal({ year: 2020, spending, income, totals });
    });

    it("says why, in the words written last, on the page, as CSV and on paper", async () => {
      const browser = new Browser(app.origin);
      await browser.signIn(manager.name, PASSWORD);
      const page = `/desk/${CODE}/budgets/2020/final`;
      for (const text of ["写错了", "办公电话改造"]) {
        await browser.open(page);
        const sent = await browser.submit(`${page}/remarks`, { account: "5006", text });
        expect([sent.status, sent.path]).to.deep.equal([200, page]);
      }
      const shown = spokenText((await new Browser(app.origin).open(`/c/${CODE}/budgets/2020/final`)).text);
      expect(shown)
        .to.contain("5006 办公费用 5,200.00 5,200.00 6,004.57 −804.57 超支（不利）")
        .and.to.contain("5002 共用部位设施设备运行维护 66,000.00 66,000.00 62,346.89 3,653.11 节约（有利）")
        .and.to.contain("列入预算的合计 408,200.00 408,200.00 400,676.46 7,523.54 节约（有利）")
        .and.to.contain("全部合计 481,080.78")
        .and.to.contain("说明 5006 办公费用 差额 办公电话改造");
      expect(shown).not.to.contain("写错了");
      const csv = await (await fetch(`${app.origin}/c/${CODE}/budgets/2020/final.csv`)).text();
      expect(csv).to.contain("5002 共用部位设施设备运行维护,66000.00,,66000.00,62346.89,3653.11,节约（有利）");
      expect(csv).to.contain("5006 办公费用,5200.00,,5200.00,6004.57,-804.57,超支（不利）");
      expect(csv).to.contain("说明,5006 办公费用,差额,办公电话改造");
      const pdf = Buffer.from(await (await fetch(`${app.origin}/c/${CODE}/budgets/2020/final.pdf`)).arrayBuffer());
      const paper = pageTexts(pdf).flat().join(" ");
      expect(paper).to.contain("6,004.57").and.to.contain("办公电话改造").and.to.contain("481,080.78");
    });

    it("takes a reason for a line that is in it only", async () => {
      const wrong = { year: "2020", account: "5009", text: "没有这一项" };
      expect(await refusalOf(execute(app.door, manager.asker, explainDifference, wrong))).to.equal("ACCOUNT_UNKNOWN");
    });
  });
}
