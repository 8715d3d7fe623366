// What a statement says went out without a voucher: once, in the month it went out, and never more than went out.
import { expect } from "chai";
import { month } from "../../src/base/month.ts";
import type { Command } from "../../src/door/service.ts";
import { entryCode } from "../../src/ledger/rules.ts";
import { releaseSpend } from "../../src/payment/routes.ts";
import { closeThrough } from "../../src/period/service.ts";
import { requestCorrection, requestDraw, requestSpend } from "../../src/spending/service.ts";
import type { Statement } from "../../src/statement/rules.ts";
import { publishThrough, restate } from "../../src/statement/service.ts";
import { DIALECTS, useBooks } from "../support/databases.ts";
import { anEstate, aPayment, does, type Estate } from "../support/estate.ts";

for (const dialect of DIALECTS) {
  describe(`spending without a voucher, on ${dialect}`, () => {
    const books = useBooks(dialect);
    let estate: Estate;

    beforeEach(async () => {
      estate = await anEstate(books.db);
    });

    /** Asks and releases with the keys that it takes; answers the code of the payment's entry. */
    async function pays(command: Command, input: Record<string, unknown>): Promise<string> {
      const { id } = await does<{ id: number }>(estate, estate.wang, command, input);
      let isPaid = false;
      for (const who of [estate.zhao, estate.li]) {
        if (!isPaid) {
          estate.clock.tick();
          ({ isPaid } = await does<{ isPaid: boolean }>(estate, who, releaseSpend, { id, code: who.code() }));
        }
      }
      expect(isPaid).to.equal(true);
      const last = await books.db("entry").where({ community: estate.code }).orderBy("seq", "desc").first();
      return entryCode(last?.month, Number(last?.number));
    }

    async function publish(m: string, on: string): Promise<Statement> {
      const { clock, code } = estate;
      clock.set(on);
      await closeThrough(books.db, code, month(m), { now: clock.now() });
      await publishThrough(books.db, code, month(m), { now: clock.now() });
      return told(m, 1);
    }

    async function told(m: string, revision: number): Promise<Statement> {
      const row = await books.db("statement").where({ community: estate.code, month: m, revision }).first("bytes");
      return JSON.parse(String(row?.bytes)) as Statement;
    }

    const missing = ({ exceptions }: Statement): unknown[] =>
      exceptions.filter(({ code }) => code === "INVOICE_MISSING").map(({ count, amount }) => [count, amount]);

    const payment = (amount: string, account = "5002") => aPayment({ lines: [{ account, amount }] });

    it("is told once: neither a correction later nor the draw is another", async () => {
      const wrong = await pays(requestSpend, payment("100.01"));
      const january = await publish("2020-01", "2020-02-05T02:00:00Z");
      expect(missing(january)).to.deep.equal([[1, "100.01"]]);
      await pays(requestSpend, { ...payment("500.55", "5003"), day: "2020-02-05", payee: "乙店" });
      await pays(requestCorrection, { entry: wrong, reason: "科目记错", account: "5003" });
      await pays(requestDraw, {});
      const february = await publish("2020-02", "2020-03-05T02:00:00Z");
      expect(missing(february)).to.deep.equal([[1, "500.55"]]);
    });

    it("is counted as it stands when the month corrects itself, and not when it is taken back", async () => {
      const moved = await pays(requestSpend, payment("100.01"));
      await pays(requestCorrection, { entry: moved, reason: "科目记错", account: "5003" });
      const undone = await pays(requestSpend, { ...payment("30.00"), payee: "丙店" });
      await pays(requestCorrection, { entry: undone, reason: "没有付成" });
      expect(missing(await publish("2020-01", "2020-02-05T02:00:00Z"))).to.deep.equal([[1, "100.01"]]);
    });

    it("is not told any more by a revision when it turned out not to have gone out", async () => {
      const undone = await pays(requestSpend, payment("100.01"));
      await publish("2020-01", "2020-02-05T02:00:00Z");
      await pays(requestCorrection, { entry: undone, reason: "没有付成" });
      await publish("2020-02", "2020-03-05T02:00:00Z");
      await restate(books.db, estate.code, month("2020-01"), "有一笔没有付成", estate.clock.now());
      expect(missing(await told("2020-01", 2))).to.deep.equal([]);
    });
  });
}
