// Contracts on common parts, recorded and ended by people of both sides: no side alone makes missing money unsaid.
import { expect } from "chai";
import { ask } from "../../src/door/service.ts";
import { addContract, endContract, listOverdue, waiveDue } from "../../src/revenue/service.ts";
import { DIALECTS, useBooks } from "../support/databases.ts";
import { anEstate, does, type Estate } from "../support/estate.ts";
import { refusalOf } from "../support/small.ts";

for (const dialect of DIALECTS) {
  describe(`public revenue that did not come, on ${dialect}`, () => {
    const books = useBooks(dialect);
    let estate: Estate;

    beforeEach(async () => {
      estate = await anEstate(books.db);
      estate.clock.set("2020-04-20T02:00:00Z");
      await does(estate, estate.wang, addContract, {
        counterparty: "亮点广告公司",
        place: "1栋电梯广告",
        account: "4101",
        amount: "1000.00",
        rhythm: "month",
        firstDue: "2020-01-31",
        from: "2020-01-01",
        until: "2020-12-31",
      });
    });

    const overdue = async (): Promise<string[]> => {
      const { amount, items } = await ask(estate.door, estate.li.asker, listOverdue, {});
      return [amount, ...items.map(({ due }) => due)];
    };
    const THREE = ["3000.00", "2020-01-31", "2020-02-29", "2020-03-31"];

    it("stays listed when the contract is ended backwards, which only the committee may", async () => {
      const end = { id: 1, endedOn: "2020-01-15", reason: "对方迁走" };
      expect(await overdue()).to.deep.equal(THREE);
      expect(await refusalOf(does(estate, estate.wang, endContract, end))).to.equal("END_BACKWARDS");
      await does(estate, estate.li, endContract, end);
      expect(await overdue()).to.deep.equal(THREE);
      estate.clock.set("2020-08-01T02:00:00Z");
      expect(await overdue()).to.deep.equal(THREE);
    });

    it("is waived by both sides with a reason each, never by two people of one side", async () => {
      const waive = { id: 1, due: "2020-02-29", reason: "疫情期间没有使用" };
      expect(await does(estate, estate.wang, waiveDue, waive)).to.deep.equal({ id: 1, waived: false });
      expect(await refusalOf(does(estate, estate.zhao, waiveDue, waive))).to.equal("WAIVER_KNOWN");
      expect(await overdue()).to.deep.equal(THREE);
      expect(await does(estate, estate.li, waiveDue, waive)).to.deep.equal({ id: 1, waived: true });
      expect(await overdue()).to.deep.equal(["2000.00", "2020-01-31", "2020-03-31"]);
      const rows = await books.db("revenue_waiver").where({ community: estate.code }).orderBy("side");
      expect(rows.map(({ side }) => side)).to.deep.equal(["committee", "trustee"]);
    });

    it("keeps what a side agreed to, whoever asks the database", async () => {
      await does(estate, estate.wang, waiveDue, { id: 1, due: "2020-02-29", reason: "没有使用" });
      const change = books.db("revenue_waiver").where({ community: estate.code }).update({ reason: "x" });
      await change.then(
        () => expect.fail("changed"),
        (error: unknown) => expect(String(error)).to.contain("stays on record"),
      );
    });
  });
}
