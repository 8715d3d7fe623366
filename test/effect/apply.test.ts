// A resolution changes the data by itself, on real databases: rates and bills, the deed's draw and sweep, projects, the
// rules of procedure, handovers; and a voided one is undone by new rows, never backwards.
import { expect } from "chai";
import { fromYuan } from "../../src/base/money.ts";
import { day, month } from "../../src/base/month.ts";
import { Refusal } from "../../src/base/refusal.ts";
import { budgetOf, insertBudget } from "../../src/budget/service.ts";
import { drawsBetween } from "../../src/draw/service.ts";
import { readEffect } from "../../src/effect/rules.ts";
import { appliedBy, checkEffect, checkTogether, describeEffect, undoEffect } from "../../src/effect/service.ts";
import { runBills } from "../../src/fees/service.ts";
import type { MatterKind } from "../../src/tally/rules.ts";
import { importFolder } from "../../src/intake/service.ts";
import { handoversOf } from "../../src/handover/service.ts";
import { closeThrough } from "../../src/period/service.ts";
import { runTx } from "../../src/platform/db.ts";
import { procedureAt } from "../../src/procedure/service.ts";
import { projectsOf } from "../../src/project/service.ts";
import { insertVoiding, listResolutions } from "../../src/resolution/service.ts";
import { findSweep } from "../../src/repair/service.ts";
import { rateIn, rulesInForce } from "../../src/tariff/rules.ts";
import { insertPlacement, tariffOf } from "../../src/tariff/service.ts";
import { basisOfTerm, deedIn } from "../../src/trust/rules.ts";
import { deedVersionsOf } from "../../src/trust/service.ts";
import { DIALECTS, useBooks } from "../support/databases.ts";
import { decide } from "../support/decisions.ts";
import { listening, SMALL_COMMUNITY, smallFolder, writeFolder } from "../support/folders.ts";
import { moveIn, refusalOf } from "../support/small.ts";

const NOW = new Date("2020-03-10T04:00:00Z");
const RECORDED = { by: "", at: NOW };

for (const dialect of DIALECTS) {
  describe(`a resolution that changes data, on ${dialect}`, function () {
    this.timeout(60_000);
    const books = useBooks(dialect);
    let code = "";
    beforeEach(async () => {
      code = await moveIn(books.db);
    });

    const dated = (kind: MatterKind, effect: unknown): Promise<string> =>
      decide(books.db, code, kind, { now: NOW, decidedOn: day("2020-03-01"), effect });
    const bill = (m: string) =>
      runTx(books.db, code, (tx) => runBills(tx, code, month(m), { now: NOW, today: day("2020-03-10") }));
    const cancel = async (number: string, from: string): Promise<void> => {
      const voiding = { from: month(from), reason: "法院撤销", document: null, successor: null };
      await runTx(books.db, code, async (tx) => {
        await insertVoiding(tx, code, number, voiding, RECORDED);
        await undoEffect(tx, code, number, month(from), NOW);
      });
    };
    const rate = async (m: string): Promise<string> => {
      const { rates } = await tariffOf(books.db, code);
      const found = rateIn(rates, "住宅", month(m));
      return `${found?.rate ?? ""} ${found?.resolution ?? "-"}`;
    };
    const terms = async (m: string) => {
      const deed = deedIn(await deedVersionsOf(books.db, code), month(m));
      return [
        deed.draw.rate,
        basisOfTerm(deed, "draw") ?? "-",
        deed.sweep?.reserve ?? "no sweep",
        basisOfTerm(deed, "sweep") ?? "-",
      ];
    };
    const faults = async (kind: MatterKind, effect: unknown): Promise<string[]> =>
      (await checkEffect(books.db, code, readEffect(kind, effect), NOW)).map((each) => `${each.column} ${each.code}`);

    it("sets the rate from its month; the next bills carry it", async () => {
      await bill("2020-01");
      const number = await dated("fee-change", { from: "2020-02", rates: [{ use: "住宅", rate: "1.11" }] });
      expect(number).to.equal("2020-业主大会-1");
      expect([await rate("2020-01"), await rate("2020-02")]).to.deep.equal(["1 -", "1.11 2020-业主大会-1"]);
      const { fresh } = await bill("2020-02");
      // 100 m² and 50.50 m² at 1.11, the shop's 20 m² at 2.00 with its factor 0.7.
      expect(fresh.map(({ unit, amount }) => [unit, amount])).to.deep.equal([
        ["101", 11_100],
        ["102", 5606],
        ["S1", 2800],
      ]);
    });

    it("holds from the first month that is not billed, when its own was billed meanwhile", async () => {
      await bill("2020-01");
      await bill("2020-02");
      const number = await dated("fee-change", { from: "2020-02", rates: [{ use: "住宅", rate: "1.11" }] });
      expect([await rate("2020-02"), await rate("2020-03")]).to.deep.equal(["1 -", `1.11 ${number}`]);
      expect((await appliedBy(books.db, code, number))?.from).to.equal("2020-03");
    });

    it("is refused while it is drafted for what was billed, or for what is not there", async () => {
      await bill("2020-01");
      const wish = {
        from: "2020-01",
        rates: [
          { use: "住宅", rate: "1.11" },
          { use: "车位", rate: "50" },
          { use: "住宅", rate: "1.2" },
        ],
      };
      expect(await faults("fee-change", wish)).to.deep.equal([
        "effect.from MONTH_BILLED",
        "effect.rates.1.use USE_UNKNOWN",
        "effect.rates.2.use USE_TWICE",
      ]);
      await closeThrough(books.db, code, month("2020-01"), { now: NOW });
      expect(await faults("sweep-rule", { from: "2020-01", sweep: null })).to.deep.equal(["effect.from MONTH_BILLED"]);
      expect(await faults("sweep-rule", { from: "2020-02", sweep: null })).to.deep.equal([]);
      const draw = { rate: "0.1", base: ["4001", "4999"], method: "received" };
      expect(await faults("draw-change", { from: "2020-02", draw })).to.deep.equal([
        "effect.draw.base.1 ACCOUNT_UNKNOWN",
      ]);
      expect(await faults("manager", { company: "新物业", day: "2020-03-10" })).to.deep.equal(["effect.day DAY_PAST"]);
    });

    it("tells before the vote what changes, with what holds now", async () => {
      const told = async (kind: MatterKind, effect: unknown) =>
        (await describeEffect(books.db, code, readEffect(kind, effect), NOW)).lines;
      expect(await told("fee-change", { from: "2020-02", rates: [{ use: "住宅", rate: "1.37" }] })).to.deep.equal([
        "住宅物业费从2020年2月起每平方米每月 1.37 元（现为 1.00 元，涨 37.0 %）；按 100 平方米算，每月 137.00 元，现为 100.00 元",
      ]);
      const draw = { rate: "0.1", base: ["4001"], method: "received", cap: "20000" };
      expect(await told("draw-change", { from: "2020-02", draw })).to.deep.equal([
        "受托人酬金从2020年2月起按4001 物业服务费实收的 10 % 提取，全年不超过 20,000.00 元（现为按4001 物业服务费、4002 停车费实收的 15 % 提取）",
      ]);
      expect(await told("sweep-rule", { from: "2020-02", sweep: null })).to.deep.equal([
        "盈余转维修资金从2020年2月起不转（现为每年末留足 100.00 元后，把剩余的 100 % 转入）",
      ]);
      expect(await told("rules", { settings: { objectionDays: 10 } })).to.deep.equal([
        "异议期的天数：10 天（现为7 天）",
      ]);
    });

    it("tells afterwards what was voted on, with what held before it", async () => {
      const wish = { from: "2020-02", rates: [{ use: "住宅", rate: "1.37" }] };
      const number = await dated("fee-change", wish);
      const effect = readEffect("fee-change", wish);
      expect((await describeEffect(books.db, code, effect, NOW, number)).lines[0]).to.contain(
        "现为 1.00 元，涨 37.0 %",
      );
      const sweep = { from: "2020-02", sweep: null };
      const other = await dated("sweep-rule", sweep);
      const told = await describeEffect(books.db, code, readEffect("sweep-rule", sweep), NOW, other);
      expect(told.lines[0]).to.contain("起不转（现为每年末留足 100.00 元后");
    });

    it("makes a deed version that the draw follows, and leaves the sweep as it is", async () => {
      code = `moved-${dialect.toLowerCase()}`;
      const community = JSON.stringify({ ...SMALL_COMMUNITY, code });
      await importFolder(books.db, writeFolder({ ...smallFolder(), "community.json": community }), listening());
      const draw = { rate: "0.1", base: ["4001"], method: "received" };
      const number = await dated("draw-change", { from: "2020-02", draw });
      expect(await terms("2020-01")).to.deep.equal(["0.15", "-", "100.00", "-"]);
      expect(await terms("2020-02")).to.deep.equal(["0.1", number, "100.00", "-"]);
      await closeThrough(books.db, code, month("2020-02"), { now: NOW });
      const draws = await drawsBetween(books.db, code, month("2020-01"), month("2020-02"));
      // January: 15 % of 200.00 + 80.00. February: 10 % of 60.00.
      expect(draws.map(({ month: m, rate: share, base, earned }) => [m, share, base, earned])).to.deep.equal([
        ["2020-01", "0.15", 28_000, 4200],
        ["2020-02", "0.1", 6000, 600],
      ]);
    });

    it("lets a new sweep rule sweep at the end of its period", async () => {
      const sweep = { every: "quarter", share: "0.5", reserve: "500.00" };
      const number = await dated("sweep-rule", { from: "2020-02", sweep });
      expect(await terms("2020-03")).to.deep.equal(["0.15", "-", "500.00", number]);
      await closeThrough(books.db, code, month("2020-03"), { now: new Date("2020-04-02T04:00:00Z") });
      const swept = await findSweep(books.db, code, month("2020-03"));
      expect(swept?.share).to.equal("0.5");
      expect(swept?.swept).to.equal(Math.round(((swept?.free ?? 0) - 50_000) / 2));
    });

    it("keeps both terms apart when two resolutions speak of one month, or a later one of an earlier month", async () => {
      const sweep = await dated("sweep-rule", { from: "2020-03", sweep: null });
      const draw = await dated("draw-change", { from: "2020-02", draw: { rate: "0.1", base: [], method: "received" } });
      expect(await terms("2020-02")).to.deep.equal(["0.1", draw, "100.00", "-"]);
      expect(await terms("2020-03")).to.deep.equal(["0.1", draw, "no sweep", sweep]);
      const again = await dated("draw-change", {
        from: "2020-03",
        draw: { rate: "0.2", base: [], method: "received" },
      });
      expect(await terms("2020-03")).to.deep.equal(["0.2", again, "no sweep", sweep]);
      expect(await terms("2020-02")).to.deep.equal(["0.1", draw, "100.00", "-"]);
    });

    it("opens a project, up to what the repair fund has and has not promised", async () => {
      const project = (amount: string) => ({ project: "屋面大修", amount, accounts: ["5002", "5501"] });
      expect(await faults("use-repair-fund", project("5000.01"))).to.deep.equal(["effect.amount FUND_TOO_SMALL"]);
      expect(await faults("use-repair-fund", project("5000.00"))).to.deep.equal([]);
      const number = await dated("use-repair-fund", project("3000.00"));
      const [opened] = await projectsOf(books.db, code);
      expect(opened).to.deep.include({ resolution: number, name: "屋面大修", amount: 300_000, paid: 0, isVoid: false });
      expect(await faults("use-repair-fund", project("2000.01"))).to.deep.equal(["effect.amount FUND_TOO_SMALL"]);
      expect(await faults("use-repair-fund", { ...project("1"), accounts: ["5101", "4001"] })).to.deep.equal([
        "effect.accounts.0 ACCOUNT_NOT_POSSIBLE",
        "effect.accounts.1 ACCOUNT_NOT_POSSIBLE",
      ]);
      await cancel(number, "2020-03");
      expect(await faults("use-repair-fund", project("5000.00"))).to.deep.equal([]);
    });

    it("starts a handover for another company, and none for the one that is kept on", async () => {
      await dated("manager", { company: "小院物业", day: "2020-07-01" });
      const number = await dated("manager", { company: "新安物业", day: "2020-07-01" });
      expect(await handoversOf(books.db, code)).to.deep.equal([
        {
          resolution: number,
          outgoing: "小院物业",
          company: "新安物业",
          day: "2020-07-01",
          startedOn: "2020-03-10",
          isVoid: false,
        },
      ]);
    });

    it("changes the rules of procedure from its day, and only what it names", async () => {
      const number = await dated("rules", { settings: { objectionDays: 10 } });
      const { settings, resolution } = await procedureAt(books.db, code, NOW);
      expect([settings.objectionDays, settings.noticeDays, resolution]).to.deep.equal([10, 15, number]);
      await dated("rules", { settings: { noticeDays: 20 } });
      await cancel(number, "2020-03");
      const after = await procedureAt(books.db, code, NOW);
      expect([after.settings.objectionDays, after.settings.noticeDays]).to.deep.equal([7, 20]);
    });

    it("changes the year's budget, and takes the change back when it is voided", async () => {
      const line = { year: 2020, account: "5001", amount: fromYuan("600.00") };
      await runTx(books.db, code, (tx) => insertBudget(tx, code, [line]));
      const change = (amount: string) => ({
        year: 2020,
        changes: [{ account: "5001", amount }],
        reason: "最低工资上调",
        source: "reserve",
      });
      expect(await faults("budget", change("-600.01"))).to.deep.equal(["effect.changes.0.amount BUDGET_NEGATIVE"]);
      const number = await dated("budget", change("50.00"));
      const left = async () => (await budgetOf(books.db, code, 2020)).map(({ account, amount }) => [account, amount]);
      expect(await left()).to.deep.equal([["5001", 65_000]]);
      await cancel(number, "2020-03");
      expect(await left()).to.deep.equal([["5001", 60_000]]);
    });

    it("stands in the register although its figures cannot follow any more, which says why", async () => {
      await runTx(books.db, code, (tx) =>
        insertBudget(tx, code, [{ year: 2020, account: "5001", amount: fromYuan("600.00") }]),
      );
      const less = {
        year: 2020,
        changes: [{ account: "5001", amount: "-600.00" }],
        reason: "不再聘用",
        source: "reserve",
      };
      await dated("budget", less);
      const second = await dated("budget", less);
      const applied = await appliedBy(books.db, code, second);
      expect(applied?.refused).to.contain("5001 的预算只有 0.00 元");
      expect((await budgetOf(books.db, code, 2020)).map(({ amount }) => amount)).to.deep.equal([0]);
      await cancel(second, "2020-03");
      expect((await budgetOf(books.db, code, 2020)).map(({ amount }) => amount)).to.deep.equal([0]);
    });

    it("is undone from a month that nothing was billed for, by what held before", async () => {
      await bill("2020-01");
      const number = await dated("fee-change", { from: "2020-02", rates: [{ use: "住宅", rate: "1.11" }] });
      await bill("2020-02");
      expect(await refusalOf(cancel(number, "2020-02"))).to.equal("VOID_MONTH_TOO_EARLY");
      expect((await listResolutions(books.db, code))[0]?.voided).to.equal(null);
      await cancel(number, "2020-03");
      expect([await rate("2020-02"), await rate("2020-03")]).to.deep.equal([`1.11 ${number}`, "1 -"]);
      const later = await dated("fee-change", { from: "2020-03", rates: [{ use: "住宅", rate: "1.30" }] });
      await cancel(later, "2020-04");
      // Not the voided 1.11 of February, but what held before both.
      expect([await rate("2020-03"), await rate("2020-04")]).to.deep.equal([`1.3 ${later}`, "1 -"]);
    });

    it("leaves what was decided anew since", async () => {
      const first = await dated("fee-change", { from: "2020-02", rates: [{ use: "住宅", rate: "1.11" }] });
      const second = await dated("fee-change", { from: "2020-03", rates: [{ use: "住宅", rate: "1.20" }] });
      await cancel(first, "2020-02");
      expect([await rate("2020-02"), await rate("2020-03")]).to.deep.equal(["1 -", `1.2 ${second}`]);
    });

    it("takes a discount rule back together with the units under it", async () => {
      const discounts = [{ name: "空置房", factor: "0.7", text: "空置六个月以上" }];
      const number = await dated("fee-change", { from: "2020-02", discounts });
      const placement = { unit: "S1", from: month("2020-02"), rule: "空置房", reason: "空置" };
      await runTx(books.db, code, (tx) => insertPlacement(tx, code, placement, RECORDED));
      expect([...rulesInForce(month("2020-02"), await tariffOf(books.db, code)).keys()]).to.deep.equal(["S1"]);
      await cancel(number, "2020-03");
      const tariff = await tariffOf(books.db, code);
      expect([...rulesInForce(month("2020-02"), tariff).keys()]).to.deep.equal(["S1"]);
      expect([...rulesInForce(month("2020-03"), tariff).keys()]).to.deep.equal([]);
    });

    it("stands with the reason when it cannot be carried out any more, and changes nothing", async () => {
      const budget = { year: 2020, account: "5001", amount: fromYuan("600.00") };
      await runTx(books.db, code, (tx) => insertBudget(tx, code, [budget]));
      const change = {
        year: 2020,
        changes: [
          { account: "5002", amount: "500.00" },
          { account: "5001", amount: "-500.00" },
        ],
        reason: "少用人",
        source: "lines",
      };
      const [first, second] = [await dated("budget", change), await dated("budget", change)];
      expect((await appliedBy(books.db, code, first))?.refused).to.equal("");
      expect((await appliedBy(books.db, code, second))?.refused).to.contain("5001");
      const lines = (await budgetOf(books.db, code, 2020)).map(({ account, amount }) => [account, amount]);
      expect(lines).to.deep.equal([
        ["5001", 10_000],
        ["5002", 50_000],
      ]);
      await cancel(second, "2020-03");
      expect(await budgetOf(books.db, code, 2020)).to.deep.equal(
        lines.map(([account, amount]) => ({ year: 2020, account, amount })),
      );
    });

    it("opens no project beyond what the repair fund has left when the vote is final", async () => {
      const project = { project: "屋面大修", amount: "4000.00", accounts: ["5501"] };
      await dated("use-repair-fund", project);
      const second = await dated("use-repair-fund", { ...project, project: "电梯" });
      expect((await appliedBy(books.db, code, second))?.refused).to.contain("5,000.00");
      expect((await projectsOf(books.db, code)).map(({ name }) => name)).to.deep.equal(["屋面大修"]);
    });

    it("never makes rules of procedure that no assembly could follow", async () => {
      await dated("rules", { settings: { windowMin: 50 } });
      const second = await dated("rules", { settings: { windowMax: 20 } });
      expect((await appliedBy(books.db, code, second))?.refused).not.to.equal("");
      const { settings } = await procedureAt(books.db, code, NOW);
      expect([settings.windowMin, settings.windowMax]).to.deep.equal([50, 60]);
    });

    it("is refused at the notice when two matters of one vote set the same, or promise the fund twice", async () => {
      const together = async (
        ...effects: readonly (readonly [kind: MatterKind, effect: unknown])[]
      ): Promise<string[]> => {
        const matters = effects.map(([kind, effect], index) => ({
          place: index + 1,
          effect: readEffect(kind, effect),
        }));
        const found = await checkTogether(books.db, code, matters, { now: NOW, finalOn: day("2020-04-20") });
        return found.map((each) => `${each.column} ${each.code}`);
      };
      const fee = (price: string) =>
        ["fee-change", { from: "2020-05", rates: [{ use: "住宅", rate: price }] }] as const;
      const roof = ["use-repair-fund", { project: "屋面大修", amount: "4000.00", accounts: ["5501"] }] as const;
      expect(await together(fee("1.5"), fee("1.8"))).to.deep.equal(["matters.2 EFFECTS_CLASH"]);
      expect(await together(roof, roof)).to.deep.equal(["matters.2.amount FUND_TOO_SMALL"]);
      expect(await together(fee("1.5"), roof)).to.deep.equal([]);
    });

    it("asks for a company's day that comes after the vote can be final", async () => {
      const on = async (text: string): Promise<string[]> => {
        const matters = [{ place: 1, effect: readEffect("manager", { company: "安居物业", day: text }) }];
        const found = await checkTogether(books.db, code, matters, { now: NOW, finalOn: day("2020-04-20") });
        return found.map(({ code: fault }) => fault);
      };
      expect([await on("2020-04-20"), await on("2020-04-21")]).to.deep.equal([["DAY_PAST"], []]);
    });

    it("gives the deed its earlier terms back, whatever was voided between", async () => {
      const draw = (share: string) => ({ rate: share, base: ["4001"], method: "received" });
      const first = await dated("draw-change", { from: "2020-02", draw: draw("0.1") });
      const second = await dated("draw-change", { from: "2020-03", draw: draw("0.2") });
      const sweep = await dated("sweep-rule", { from: "2020-04", sweep: null });
      await cancel(first, "2020-02");
      expect(await terms("2020-02")).to.deep.equal(["0.15", "-", "100.00", "-"]);
      expect(await terms("2020-03")).to.deep.equal(["0.2", second, "100.00", "-"]);
      await cancel(second, "2020-03");
      expect(await terms("2020-03")).to.deep.equal(["0.15", "-", "100.00", "-"]);
      expect(await terms("2020-04")).to.deep.equal(["0.15", "-", "no sweep", sweep]);
    });
  });
}

describe("a refused effect", () => {
  it("names its fields below the place it stands at", () => {
    const read = (): unknown => readEffect("fee-change", { from: "soon", rates: [] }, "matters.0.effect");
    expect(read)
      .to.throw(Refusal)
      .with.property("faults")
      .that.has.nested.property("[0].column", "matters.0.effect.from");
  });
});
