// A closed month before it is published: what its preview offers, and what happens when somebody was faster.
import { expect } from "chai";
import { month } from "../../src/base/month.ts";
import { withdrawSpend } from "../../src/payment/routes.ts";
import { closeThrough } from "../../src/period/service.ts";
import { requestSpend } from "../../src/spending/service.ts";
import { useApp } from "../support/app.ts";
import { Browser } from "../support/browser.ts";
import { DIALECTS, useBooks } from "../support/databases.ts";
import { anEstate, aPayment, does, type Estate } from "../support/estate.ts";
import { PASSWORD } from "../support/people.ts";

for (const dialect of DIALECTS) {
  describe(`the preview of a month, on ${dialect}`, () => {
    const books = useBooks(dialect);
    const app = useApp(books);
    let estate: Estate;
    let place: string;
    const open = async (): Promise<Browser> => {
      const browser = new Browser(app.origin);
      await browser.signIn(estate.li.name, PASSWORD);
      return browser;
    };

    before(async () => {
      estate = await anEstate(books.db);
      place = `/desk/${estate.code}/months/2020-01`;
    });

    it("offers no publication while something blocks it, and leads to what is missing", async () => {
      const { id } = await does<{ id: number }>(estate, estate.wang, requestSpend, aPayment());
      estate.clock.set("2020-02-01T02:00:00Z");
      app.now = estate.clock.now();
      await closeThrough(books.db, estate.code, month("2020-01"), { now: app.now });
      const browser = await open();
      const blocked = await browser.open(`${place}/preview`);
      expect(blocked.text).to.contain("现在不能公布").and.not.contain("就这样公布");
      expect((await browser.follow("看还差什么")).path).to.equal(place);
      await does(estate, estate.wang, withdrawSpend, { id, reason: "不买了" });
      expect((await browser.open(`${place}/preview`)).text).to.contain("就这样公布");
    });

    it("shows the month as it is to whoever publishes what was published meanwhile", async () => {
      const [first, second] = [await open(), await open()];
      await second.open(`${place}/preview`);
      await first.open(`${place}/preview`);
      expect((await first.submit(`${place}/publish`, {})).path).to.equal(`/c/${estate.code}/2020-01`);
      const late = await second.submit(`${place}/publish`, {});
      expect([late.status, late.text.includes("看已公布的收支公示")]).to.deep.equal([409, true]);
      expect(late.text).to.contain("已经公布过");
    });
  });
}
