// Execution on real databases: planned + changes = shown, paid + reserved + left = planned, whatever people did; and what
// everybody and the desk see of it.
import { expect } from "chai";
import fc from "fast-check";
import { fromYuan, toYuan } from "../../src/base/money.ts";
import { month } from "../../src/base/month.ts";
import { changeBudget } from "../../src/budget/service.ts";
import { castVote, proposeRatification } from "../../src/council/service.ts";
import { ask } from "../../src/door/service.ts";
import { showExecution } from "../../src/execution/service.ts";
import { refuseSpend, releaseSpend } from "../../src/payment/routes.ts";
import { closeThrough } from "../../src/period/service.ts";
import { runTx } from "../../src/platform/db.ts";
import { requestSpend } from "../../src/spending/service.ts";
import { publishThrough } from "../../src/statement/service.ts";
import { useApp } from "../support/app.ts";
import { Browser, spokenText } from "../support/browser.ts";
import { DIALECTS, useBooks } from "../support/databases.ts";
import { anEstate, aPayment, does, type Estate } from "../support/estate.ts";
import { PASSWORD } from "../support/people.ts";
import { aResolution } from "../support/resolutions.ts";
import { refusalOf } from "../support/small.ts";

type Step =
  | { readonly do: "ask"; readonly account: string; readonly amount: number }
  | { readonly do: "release" | "refuse"; readonly which: number }
  | { readonly do: "change"; readonly account: string; readonly amount: number };

const account = fc.constantFrom("5001", "5002", "5003", "5004");
const STEP: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant("ask" as const), account, amount: fc.integer({ min: 1, max: 60_000 }) }),
  fc.record({ do: fc.constantFrom("release" as const, "refuse" as const), which: fc.nat(20) }),
  fc.record({ do: fc.constant("change" as const), account, amount: fc.integer({ min: -50_000, max: 50_000 }) }),
);

for (const dialect of DIALECTS) {
  describe(`the execution of a budget on ${dialect}`, () => {
    const books = useBooks(dialect);
    const app = useApp(books);
    let estate: Estate;
    let resolutions = 0;

    beforeEach(async () => {
      estate = await anEstate(books.db);
    });

    const execution = (year = 2020) => ask(estate.door, estate.supervisor.asker, showExecution, { year });

    async function changes(name: string, amount: number): Promise<void> {
      resolutions += 1;
      const resolution = `2020-业主大会-${resolutions}`;
      await aResolution(books.db, estate.code, resolution);
      const wish = { year: 2020, reason: "年中调整", source: "reserve", changes: [{ account: name, amount }] } as const;
      const decided = { resolution, by: "", at: estate.clock.now() };
      await runTx(books.db, estate.code, (tx) => changeBudget(tx, estate.code, wish as never, decided));
    }

    async function asks(name: string, amount: string, over: object = {}): Promise<number> {
      const wish = aPayment({ lines: [{ account: name, amount }], confirmed: ["TWIN", "SPLIT"], ...over });
      return (await does<{ id: number }>(estate, estate.wang, requestSpend, wish)).id;
    }

    async function releases(id: number): Promise<void> {
      for (const who of [estate.zhao, estate.li]) {
        estate.clock.tick();
        await does(estate, who, releaseSpend, { id, code: who.code() }).catch(() => undefined);
      }
    }

    async function takes(step: Step, open: number[]): Promise<void> {
      if (step.do === "ask") {
        open.push(await asks(step.account, toYuan(step.amount as never), { purpose: `第 ${open.length} 次` }));
      } else if (step.do === "change") {
        await changes(step.account, step.amount);
      } else {
        const id = open[step.which % Math.max(1, open.length)] ?? 0;
        await (step.do === "release" ? releases(id) : does(estate, estate.li, refuseSpend, { id, reason: "不买" }));
      }
    }

    it("adds up on every line after any requests, releases, refusals and changes", async function () {
      this.timeout(120_000);
      await fc.assert(
        fc.asyncProperty(fc.array(STEP, { minLength: 3, maxLength: 12 }), async (steps) => {
          estate = await anEstate(books.db);
          const open: number[] = [];
          for (const step of steps) {
            // What is refused changes nothing: the sums hold as well.
            await takes(step, open).catch(() => undefined);
          }
          const { spending } = await execution();
          for (const line of spending) {
            const of = (text: string): number => fromYuan(text);
            const changed = line.changes.reduce((total, each) => total + of(each.amount), of(line.adopted ?? "0.00"));
            expect(of(line.planned ?? "0.00"), line.account).to.equal(changed);
            expect(of(line.paid) + of(line.reserved) + of(line.left), line.account).to.equal(changed);
            expect(of(line.published) + of(line.since), line.account).to.equal(of(line.paid));
            expect(
              line.months.reduce((total, each) => total + of(each), 0),
              line.account,
            ).to.equal(of(line.paid));
          }
        }),
        { numRuns: dialect === "SQLite" ? 12 : 6 },
      );
    });

    it("tells planned, asked for, paid and left of each line, and from when figures are public", async () => {
      await changes("5002", 30_000);
      await releases(await asks("5002", "400.00"));
      await asks("5002", "250.00", { purpose: "水管" });
      const before = await execution();
      expect(before.publishedThrough).to.equal(null);
      expect(before.elapsed).to.deep.equal({ passed: 20, of: 366 });
      expect(before.spending.find((line) => line.account === "5002")).to.deep.include({
        adopted: "1000.00",
        planned: "1300.00",
        published: "0.00",
        since: "400.00",
        paid: "400.00",
        reserved: "250.00",
        left: "650.00",
        pace: "fast",
      });
      expect(before.spending.find((line) => line.account === "5001")).to.deep.include({ paid: "150.00", pace: "fast" });
      estate.clock.set("2020-02-20T02:00:00Z");
      await closeThrough(books.db, estate.code, month("2020-01"), { now: estate.clock.now() });
      await publishThrough(books.db, estate.code, month("2020-01"), { now: estate.clock.now() });
      const after = await execution();
      expect(after.publishedThrough).to.equal("2020-01");
      // What nobody released lapsed meanwhile, and freed what it reserved.
      expect(after.spending.find((line) => line.account === "5002")).to.deep.include({
        published: "400.00",
        since: "0.00",
        reserved: "0.00",
        left: "900.00",
      });
      expect(after.income.find((line) => line.account === "4001")).to.deep.include({
        planned: "1800.00",
        received: "200.00",
        published: "200.00",
      });
    });

    it("counts an emergency from the day it is paid, and says whether it is ratified", async () => {
      const spend = await asks("5004", "900.00", { emergency: "大树倒在车上" });
      await releases(spend);
      const waiting = await execution();
      expect(waiting.spending.find((line) => line.account === "5004")).to.deep.include({
        planned: null,
        paid: "900.00",
        left: "-900.00",
        pace: "none",
      });
      expect(waiting.emergencies).to.deep.equal([
        {
          entry: "2020-01-0003",
          purpose: "灯管",
          amount: "900.00",
          state: "open",
          ratifyBy: "2020-02-19",
          resolution: "",
        },
      ]);
      const { id } = await does<{ id: number }>(estate, estate.li, proposeRatification, { spend });
      await does(estate, estate.li, castVote, { id, choice: "agree" });
      await does(estate, estate.he, castVote, { id, choice: "agree" });
      const [ratified] = (await execution()).emergencies;
      expect([ratified?.state, ratified?.resolution]).to.deep.equal(["ratified", "2020-业委会-1"]);
      expect((await execution()).spending.find((line) => line.account === "5004")?.paid).to.equal("900.00");
    });

    it("is not there for a year without a budget", async () => {
      expect(await refusalOf(execution(2019))).to.equal("BUDGET_UNKNOWN");
    });

    it("leads everybody from a line to its payments, and the desk sees the same figures", async () => {
      await changes("5002", 30_000);
      await releases(await asks("5002", "400.00", { payee: "李建国" }));
      estate.clock.set("2020-02-20T02:00:00Z");
      await closeThrough(books.db, estate.code, month("2020-01"), { now: estate.clock.now() });
      await publishThrough(books.db, estate.code, month("2020-01"), { now: estate.clock.now() });
      app.now = estate.clock.now();
      const reader = new Browser(app.origin);
      const page = await reader.open(`/c/${estate.code}/budgets/2020/execution`);
      expect(spokenText(page.text))
        .to.contain("5002 共用部位设施设备运行维护 还剩 900.00")
        .and.to.contain("原预算 1,000.00，年中调整 +300.00")
        .and.to.contain("动用累计结余：年中调整")
        .and.to.contain("2020年1月及以前的数已经公示")
        .and.to.contain("2020 年过了 13.9 %");
      const payments = await reader.follow("400.00");
      expect(payments.path).to.equal(`/c/${estate.code}/budgets/2020/execution/5002`);
      expect(spokenText(payments.text)).to.contain("2020年1月").and.to.contain("付给 个人");
      expect(payments.text).not.to.contain("李建国");
      expect((await reader.follow("2020年1月")).path).to.equal(`/c/${estate.code}/2020-01/paid/5002`);
      const none = await reader.open(`/c/${estate.code}/budgets/2020/execution/5009`);
      expect(none.status).to.equal(404);
      expect((await reader.open(`/c/${estate.code}/budgets/nonsense/execution`)).status).to.equal(404);
      const manager = new Browser(app.origin);
      await manager.signIn(estate.wang.name, PASSWORD);
      const desk = await manager.open(`/desk/${estate.code}/budgets/2020/execution`);
      expect(spokenText(desk.text)).to.contain("5002 共用部位设施设备运行维护 还剩 900.00");
    });
  });
}
