// What everybody reads of the rules of procedure, on both databases.
import { expect } from "chai";
import { openDoor } from "../../src/app.ts";
import { day } from "../../src/base/month.ts";
import { ask, NOBODY } from "../../src/door/service.ts";
import { runTx } from "../../src/platform/db.ts";
import { changedSettings, DEFAULTS } from "../../src/procedure/rules.ts";
import { insertProcedure, procedureAt, showProcedure } from "../../src/procedure/service.ts";
import { useApp } from "../support/app.ts";
import { DIALECTS, useBooks } from "../support/databases.ts";
import { anEstate } from "../support/estate.ts";

const RECORDED = { by: "a1", at: new Date("2020-12-20T00:00:00Z") };

for (const dialect of DIALECTS) {
  describe(`the rules of procedure on ${dialect}`, () => {
    const books = useBooks(dialect);
    const app = useApp(books);

    it("are the defaults, and from its day on what a resolution changed, for everybody to read", async () => {
      const { code } = await anEstate(books.db);
      const door = openDoor(books.db, { clock: () => new Date("2021-01-01T04:00:00Z") });
      const nobody = { actor: NOBODY, community: code, address: "", session: null };
      expect(await ask(door, nobody, showProcedure, {})).to.deep.include({
        version: 0,
        from: null,
        resolution: null,
        settings: DEFAULTS,
        history: [],
      });
      const settings = changedSettings(DEFAULTS, { proxyMax: 1, jointHolders: "merged" });
      const version = { seq: 1, from: day("2021-01-01"), settings, resolution: "2020-业主大会-1" };
      await runTx(books.db, code, (tx) => insertProcedure(tx, code, version, RECORDED));
      const told = await ask(door, nobody, showProcedure, {});
      expect(told.settings).to.deep.equal(settings);
      expect(told.words.filter(({ value, otherwise }) => value !== otherwise).map(({ value }) => value)).to.deep.equal([
        "并到单独有房的那位名下，由他投票",
        "1 人",
      ]);
      // 16:00 UTC is midnight in Shanghai.
      expect(await procedureAt(books.db, code, new Date("2020-12-31T15:59:59Z"))).to.include({ seq: 0 });
      expect(await procedureAt(books.db, code, new Date("2020-12-31T16:00:00Z"))).to.deep.equal(version);
      const page = await (await fetch(`${app.origin}/c/${code}/procedure`)).text();
      expect(page).to.include("第 1 版，2021年1月1日起施行。").and.to.include(`/c/${code}/resolutions/2020-业主大会-1`);
    });

    it("do not exist for a community that does not", async () => {
      expect((await fetch(`${app.origin}/c/nowhere/procedure`)).status).to.equal(404);
    });
  });
}
