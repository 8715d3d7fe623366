// Wherever a figure rests on a resolution, a reader gets to what was decided with one click and to the count with two;
// and the repair fund pays for a project up to what is left of it.
import { expect } from "chai";
import { ask } from "../../src/door/service.ts";
import { listProjects, endProject } from "../../src/project/service.ts";
import { closeThrough } from "../../src/period/service.ts";
import { publishThrough } from "../../src/statement/service.ts";
import { releaseSpend } from "../../src/payment/routes.ts";
import { requestCorrection, requestSpend } from "../../src/spending/service.ts";
import { showResolution } from "../../src/effect/routes.ts";
import { runBills } from "../../src/fees/service.ts";
import { dayAt, month } from "../../src/base/month.ts";
import { runTx } from "../../src/platform/db.ts";
import { useApp } from "../support/app.ts";
import { Browser } from "../support/browser.ts";
import { DIALECTS, useBooks } from "../support/databases.ts";
import { decide } from "../support/decisions.ts";
import { anEstate, aPayment, does, type Estate } from "../support/estate.ts";
import { PASSWORD, personIn, type Person } from "../support/people.ts";
import { refusalOf } from "../support/small.ts";

for (const dialect of DIALECTS) {
  describe(`what rests on a resolution, on ${dialect}`, function () {
    this.timeout(60_000);
    const books = useBooks(dialect);
    const app = useApp(books);
    let estate: Estate;
    beforeEach(async () => {
      estate = await anEstate(books.db);
      app.now = estate.clock.now();
    });

    const release = async (id: number, ...people: Person[]): Promise<void> => {
      for (const person of people) {
        estate.clock.tick();
        await does(estate, person, releaseSpend, { id, code: person.code() });
      }
    };
    const left = async (): Promise<string[]> => {
      const { items } = await ask(estate.door, estate.li.asker, listProjects, {});
      return items.map(({ amount, paid, state }) => `${amount} ${paid} ${state}`);
    };
    const hrefOf = (number: string): string => `href="/c/${estate.code}/resolutions/${encodeURIComponent(number)}"`;

    it("pays for a project up to what was decided, and takes a reversed payment back", async () => {
      const { wang, li, he, clock, code, door } = estate;
      const effect = { project: "屋面大修", amount: "3000.00", accounts: ["5501"] };
      const resolution = await decide(books.db, code, "use-repair-fund", { now: clock.now(), effect });
      const work = (amount: string, payee = "安泰防水工程公司") =>
        does<{ id: number }>(
          estate,
          wang,
          requestSpend,
          aPayment({ bank: "repair", payee, resolution, purpose: "屋面", lines: [{ account: "5501", amount }] }),
        );
      expect(await refusalOf(work("3000.01"))).to.equal("PROJECT_EXCEEDED");
      const { id } = await work("1800.00");
      // What waits is spoken for.
      expect(await refusalOf(work("1200.01", "另一家"))).to.equal("PROJECT_EXCEEDED");
      await release(id, wang, li);
      expect(await left()).to.deep.equal(["3000.00 1800.00 open"]);
      const { payments } = await ask(door, li.asker, showResolution, { number: resolution });
      expect(payments.map(({ day, account, amount }) => `${day} ${account} ${amount}`)).to.deep.equal([
        "2020-01-20 5501 1800.00",
      ]);
      const [paid] = await books.db("entry").where({ community: code, resolution }).select("month", "number");
      const entry = `${paid.month}-${String(paid.number).padStart(4, "0")}`;
      const wrong = await does<{ id: number }>(estate, wang, requestCorrection, { entry, reason: "付错了公司" });
      await release(wrong.id, wang, li);
      expect(await left()).to.deep.equal(["3000.00 0.00 open"]);
      await does(estate, he, endProject, { number: resolution, reason: "不做了" });
      expect(await left()).to.deep.equal(["3000.00 0.00 ended"]);
      expect(await refusalOf(work("1.00", "第三家"))).to.equal("PROJECT_OVER");
      expect(await refusalOf(does(estate, he, endProject, { number: resolution, reason: "再来" }))).to.equal(
        "PROJECT_OVER",
      );
    });

    it("links bills, requests and statements to the resolution, and the resolution to its count", async () => {
      const { clock, code, wang, zhao } = estate;
      const now = clock.now();
      const fee = await decide(books.db, code, "fee-change", {
        now,
        effect: { from: "2020-01", rates: [{ use: "住宅", rate: "1.11" }] },
      });
      const draw = await decide(books.db, code, "draw-change", {
        now,
        effect: { from: "2020-01", draw: { rate: "0.1", base: ["4001"], method: "received" } },
      });
      const consent = await decide(books.db, code, "other", { now, title: "重阳节慰问老人" });
      await runTx(books.db, code, (tx) => runBills(tx, code, month("2020-01"), { now, today: dayAt(now) }));
      const owner = await personIn(app.door, code, "owner", { owner: "P1" });
      const wish = aPayment({ resolution: consent, lines: [{ account: "5002", amount: "400.00" }] });
      const { id } = await does<{ id: number }>(estate, wang, requestSpend, wish);

      const home = new Browser(app.origin);
      await home.signIn(owner.name, PASSWORD);
      expect((await home.open(`/my/${code}`)).text)
        .to.contain(hrefOf(fee))
        .and.to.contain("1.11 元 × 100 平方米");
      const desk = new Browser(app.origin);
      await desk.signIn(wang.name, PASSWORD);
      expect((await desk.open(`/desk/${code}/fees/bills?month=2020-01`)).text).to.contain(hrefOf(fee));
      expect((await desk.open(`/desk/${code}/spends/${id}`)).text).to.contain(hrefOf(consent));
      expect((await desk.open(`/desk/${code}/spends/draw`)).text)
        .to.contain(hrefOf(draw))
        .and.to.contain("实收的 10 %");
      expect((await desk.open(`/desk/${code}/spends/new`)).text).to.contain(`${consent}　重阳节慰问老人`);

      await release(id, zhao);
      app.now = new Date("2020-02-03T02:00:00Z");
      await closeThrough(books.db, code, month("2020-01"), { now: app.now });
      await publishThrough(books.db, code, month("2020-01"), { now: app.now });
      const reader = new Browser(app.origin);
      const statement = await reader.open(`/c/${code}/2020-01`);
      expect(statement.text).to.contain(`${hrefOf(draw)}>依据：决议 ${draw}`);
      expect((await reader.open(`/c/${code}/2020-01/paid/5002`)).text).to.contain(hrefOf(consent));
      const page = await reader.open(`/c/${code}/resolutions/${encodeURIComponent(consent)}`);
      expect(page.text).to.match(new RegExp(`href="/c/${code}/assemblies/\\d+">看计票结果`, "u"));
      expect(page.text).to.contain(`/c/${code}/2020-01/paid/5002`).and.to.contain("400.00 元");
      expect((await reader.open(`/c/${code}/resolutions`)).text)
        .to.contain(hrefOf(fee))
        .and.to.contain(hrefOf(draw));
    });
  });
}
