// The register of resolutions: numbers, what may never change, and the versions of what a resolution changes.
import { expect } from "chai";
import { day, month } from "../../src/base/month.ts";
import { runTx } from "../../src/platform/db.ts";
import { basisOf, nextNumber, type Decided } from "../../src/resolution/rules.ts";
import { findResolution, listResolutions, register, registeredNumbers } from "../../src/resolution/service.ts";
import { insertRates, ratesOf } from "../../src/tariff/service.ts";
import { rateIn } from "../../src/tariff/rules.ts";
import { deedIn } from "../../src/trust/rules.ts";
import { deedVersionsOf, insertDeedVersions } from "../../src/trust/service.ts";
import { DIALECTS, useBooks } from "../support/databases.ts";
import { moveIn } from "../support/small.ts";

const AT = { by: "", at: new Date("2020-12-20T02:00:00Z") };

function decided(over: Partial<Decided> = {}): Decided {
  return {
    body: "committee",
    kind: "other",
    title: "更换门禁",
    text: "同意更换三处门禁。",
    decidedOn: day("2020-12-20"),
    decision: 1,
    ...over,
  };
}

describe("the number of a resolution", () => {
  it("counts on within its year and who decided, whatever else was decided", () => {
    const taken = ["2020-业主大会-1", "2020-业委会-1", "2020-业委会-10", "2020-业委会-9", "2019-业委会-31"];
    expect(nextNumber({ body: "assembly", decidedOn: day("2020-12-20") }, taken)).to.equal("2020-业主大会-2");
    expect(nextNumber({ body: "committee", decidedOn: day("2020-12-20") }, taken)).to.equal("2020-业委会-11");
    expect(nextNumber({ body: "earlier", decidedOn: day("2018-03-01") }, taken)).to.equal("2018-既往决议-1");
  });

  it("is a link where the register has it, and stays words where it does not", () => {
    const registered = new Set(["2020-业主大会-1"]);
    expect(basisOf("c", "2020-业主大会-1", registered)).to.deep.equal({
      text: "2020-业主大会-1",
      href: "/c/c/resolutions/2020-%E4%B8%9A%E4%B8%BB%E5%A4%A7%E4%BC%9A-1",
    });
    expect(basisOf("c", "2019年第1次业主大会", registered)).to.deep.equal({ text: "2019年第1次业主大会", href: "" });
    expect(basisOf("c", null, registered)).to.deep.equal({ text: "", href: "" });
  });
});

for (const dialect of DIALECTS) {
  describe(`the register on ${dialect}`, () => {
    const books = useBooks(dialect);

    it("gives every decision the next number and lists the newest first", async () => {
      const code = await moveIn(books.db);
      const keep = (over: Partial<Decided> = {}) =>
        runTx(books.db, code, (tx) => register(tx, code, decided(over), AT));
      const first = await keep({ decidedOn: day("2020-03-01") });
      const second = await keep({ decision: 2, decidedOn: day("2020-04-01") });
      const { decision: _none, ...vote } = decided({ body: "assembly", assembly: 1, matter: 1 });
      const third = await runTx(books.db, code, (tx) => register(tx, code, vote, AT));
      expect([first.number, second.number, third.number]).to.deep.equal([
        "2020-业委会-1",
        "2020-业委会-2",
        "2020-业主大会-1",
      ]);
      const listed = await listResolutions(books.db, code);
      expect(listed.map(({ number }) => number)).to.deep.equal([third.number, second.number, first.number]);
      expect(await findResolution(books.db, code, "2020-业主大会-1")).to.deep.equal(third);
      expect([...(await registeredNumbers(books.db, code))]).to.have.members([
        "2020-业主大会-1",
        "2020-业委会-1",
        "2020-业委会-2",
      ]);
    });

    it("takes a matter of a vote once, and an earlier decision only with its document", async () => {
      const code = await moveIn(books.db);
      const { decision: _none, ...vote } = decided({ body: "assembly", assembly: 1, matter: 1 });
      await runTx(books.db, code, (tx) => register(tx, code, vote, AT));
      const again = await runTx(books.db, code, (tx) => register(tx, code, vote, AT)).catch(String);
      expect(again).to.match(/unique/iu);
      const { decision: _neither, ...earlier } = decided({ body: "earlier" });
      const bare = await runTx(books.db, code, (tx) => register(tx, code, earlier, AT)).catch(String);
      expect(bare).to.match(/check/iu);
    });

    it("keeps what was decided as it is", async () => {
      const code = await moveIn(books.db);
      await runTx(books.db, code, (tx) => register(tx, code, decided(), AT));
      const change = await books.db("resolution").where({ community: code }).update({ title: "x" }).catch(String);
      expect(change).to.contain("void it with its reason");
      const removal = await books.db("resolution").where({ community: code }).delete().catch(String);
      expect(removal).to.contain("void it with its reason");
    });

    it("lets a later rate or deed version of one month count, and keeps the earlier one", async () => {
      const code = await moveIn(books.db);
      const march = month("2020-03");
      for (const rate of ["1.11", "0.81"]) {
        await runTx(books.db, code, (tx) => insertRates(tx, code, [{ use: "住宅", from: march, rate }]));
      }
      const rates = (await ratesOf(books.db, code)).filter(({ use, from }) => use === "住宅" && from === march);
      expect(rates.map(({ rate }) => rate)).to.deep.equal(["1.11", "0.81"]);
      expect(rateIn(rates, "住宅", march)?.rate).to.equal("0.81");
      const first = deedIn(await deedVersionsOf(books.db, code), march);
      for (const resolution of ["2020-业主大会-1", "2020-业主大会-2"]) {
        await runTx(books.db, code, (tx) => insertDeedVersions(tx, code, [{ ...first, from: march, resolution }]));
      }
      const versions = await deedVersionsOf(books.db, code);
      expect(versions.map(({ from, resolution = "" }) => [from, resolution])).to.deep.equal([
        [first.from, ""],
        [march, "2020-业主大会-1"],
        [march, "2020-业主大会-2"],
      ]);
      expect(deedIn(versions, march).resolution).to.equal("2020-业主大会-2");
      const change = await books.db("rate").where({ community: code }).update({ rate: "9" }).catch(String);
      expect(change).to.contain("add a rate from a later month");
    });
  });
}
