// Letters that bring owners in.
import { expect } from "chai";
import { membershipsOf } from "../../src/access/store.ts";
import { joinAlso, join } from "../../src/admission/service.ts";
import { ask, execute, NOBODY, type Asker } from "../../src/door/service.ts";
import { importFolder } from "../../src/intake/service.ts";
import { addressees, unitsMeant } from "../../src/letter/rules.ts";
import { inviteOwners, listOwnerUnits } from "../../src/letter/service.ts";
import { useApp } from "../support/app.ts";
import { Browser } from "../support/browser.ts";
import { DIALECTS, useBooks } from "../support/databases.ts";
import { listening, SMALL_COMMUNITY, smallFolder, writeFolder } from "../support/folders.ts";
import { PASSWORD, personIn, type Person } from "../support/people.ts";
import { refuses } from "../support/refusals.ts";

describe("letters", () => {
  it("go to units as they are typed: by name, or by how they begin", () => {
    const units = ["1-1-0101", "1-1-0102", "1-2-0101", "10-1-0101", "S1"];
    expect(unitsMeant(["1-1-* S1，9-9", "1-1-0101"], units)).to.deep.equal({
      found: ["1-1-0101", "1-1-0102", "S1"],
      unknown: ["9-9"],
    });
    expect(unitsMeant(["*"], units).found).to.have.lengthOf(5);
    expect(unitsMeant([" \n"], units)).to.deep.equal({ found: [], unknown: [] });
  });

  it("go to each joint owner, or only to those without an account", () => {
    const holders = new Map([["102", ["P2", "P3"]]]);
    expect(addressees(holders, ["102", "empty"], null)).to.deep.equal([
      { unit: "102", owner: "P2", place: 1, of: 2 },
      { unit: "102", owner: "P3", place: 2, of: 2 },
    ]);
    expect(addressees(holders, ["102"], { accountsOf: new Set(["P2"]) }).map(({ owner }) => owner)).to.deep.equal([
      "P3",
    ]);
  });
});

for (const dialect of DIALECTS) {
  describe(`letters to owners, on ${dialect}`, () => {
    const books = useBooks(dialect);
    const app = useApp(books, { publicUrl: "https://zhang.example.cn" });
    let manager: Person;
    let made = 0;
    let community = "";

    beforeEach(async () => {
      made += 1;
      community = `c${made}`;
      app.pass({ minutes: 16 });
      const file = JSON.stringify({ ...SMALL_COMMUNITY, code: community });
      await importFolder(books.db, writeFolder({ ...smallFolder(), "community.json": file }), listening());
      manager = await personIn(app.door, community, "trustee");
    });

    const anybody: Asker = { actor: NOBODY, address: "192.0.2.1", session: null, community: "" };
    const print = (
      wish: object,
    ): Promise<{ letters: { unit: string; place: number; of: number; code: string; url: string }[] }> =>
      execute(app.door, manager.asker, inviteOwners, wish);
    const joinWith = (invitation: string, name: string): Promise<{ next: string }> =>
      execute(app.door, anybody, join, { invitation, name, display: name, password: PASSWORD });

    it("are one for each owner of each unit, each with a code of its own that leads to the join page", async () => {
      const { letters } = await print({ which: "all" });
      expect(letters.map(({ unit, place, of }) => `${unit} ${place}/${of}`)).to.deep.equal([
        "101 1/1",
        "102 1/2",
        "102 2/2",
        "S1 1/1",
      ]);
      expect(new Set(letters.map(({ code }) => code)).size).to.equal(4);
      expect(letters[0]?.url).to.equal(`https://zhang.example.cn/join?code=${letters[0]?.code}`);
    });

    it("make whoever types the code that owner, who then sees what is theirs", async () => {
      const { letters } = await print({ which: "chosen", units: ["102"] });
      const name = `owner-${community}`;
      const { next } = await joinWith(letters[1]?.code.toLowerCase().replaceAll("-", " ") ?? "", name);
      expect(next).to.equal(`/my/${community}`);
      const { id } = await books.db("account").where({ name }).first("id");
      expect(await membershipsOf(books.db, id as string)).to.deep.equal([{ community, role: "owner", owner: "P3" }]);
    });

    it("are not printed for owners who have an account, unless their unit is chosen", async () => {
      const { letters } = await print({ which: "all" });
      await joinWith(letters[0]?.code ?? "", `owner-${community}`);
      expect((await print({ which: "all" })).letters.map(({ unit }) => unit)).to.deep.equal(["102", "102", "S1"]);
      expect((await print({ which: "chosen", units: "101" })).letters).to.have.lengthOf(1);
    });

    it("void the earlier unused codes of their units, and only of those", async () => {
      const first = (await print({ which: "all" })).letters;
      await print({ which: "chosen", units: ["102"] });
      await refuses("CODE_UNKNOWN", () => joinWith(first[1]?.code ?? "", `late-${community}`));
      await joinWith(first[0]?.code ?? "", `early-${community}`);
    });

    it("of an owner's other units count no more once the owner came in", async () => {
      const units =
        "房号,用途,面积,业主编号,业主,起算月,折扣\n101,住宅,100,P1,甲,2020-01,\n102,住宅,50.5,P2+P3,乙、丙,2020-01,\nS1,商业,20,P1,甲,2020-02,0.7\n";
      const file = JSON.stringify({ ...SMALL_COMMUNITY, code: `${community}-two` });
      const folder = { ...smallFolder(), "community.json": file, "units.csv": units };
      await importFolder(books.db, writeFolder(folder), listening());
      manager = await personIn(app.door, `${community}-two`, "trustee");
      const { letters } = await print({ which: "all" });
      await joinWith(letters[0]?.code ?? "", `owner-${community}`);
      await refuses("CODE_UNKNOWN", () => joinWith(letters[3]?.code ?? "", `finder-${community}`));
    });

    it("bring nobody in who has sold the flat", async () => {
      const { letters } = await print({ which: "chosen", units: ["101"] });
      await books.db("holding").insert({ community, unit: "101", since: "2026-11-01", owner: "DEV" });
      await refuses("UNIT_SOLD", () => joinWith(letters[0]?.code ?? "", `seller-${community}`));
    });

    it("work for ninety days", async () => {
      const { letters } = await print({ which: "all" });
      app.pass({ days: 89.9 });
      await joinWith(letters[0]?.code ?? "", `owner-${community}`);
      app.pass({ days: 0.2 });
      await refuses("CODE_UNKNOWN", () => joinWith(letters[3]?.code ?? "", `late-${community}`));
    });

    it("say which units are not in the register, and print none of them", async () => {
      await refuses("UNIT_UNKNOWN", () => print({ which: "chosen", units: ["101", "999"] }));
      await refuses("UNIT_UNKNOWN", () => print({ which: "chosen" }));
      expect(await books.db("invitation").where({ community })).to.deep.equal([]);
    });

    it("make an account that there is stand for one more owner", async () => {
      const owner = await personIn(app.door, community, "owner", { owner: "P1" });
      const { letters } = await print({ which: "chosen", units: ["S1"] });
      const { next } = await execute(app.door, { ...owner.asker, community: "" }, joinAlso, {
        invitation: letters[0]?.code ?? "",
      });
      expect(next).to.equal(`/my/${community}`);
    });

    it("are told of unit by unit, page by page", async () => {
      await personIn(app.door, community, "owner", { owner: "P2", name: `王阿姨-${community}` });
      await print({ which: "chosen", units: ["101"] });
      const first = await ask(app.door, manager.asker, listOwnerUnits, { limit: "2" });
      expect([first.units, first.withAccount, first.next]).to.deep.equal([3, 1, "102"]);
      expect(first.items.map(({ unit, owners, lettersOpen }) => `${unit} ${owners} ${lettersOpen}`)).to.deep.equal([
        "101 1 1",
        "102 2 0",
      ]);
      expect(first.items[1]?.accounts[0]?.display).to.equal(`王阿姨-${community}`);
      const rest = await ask(app.door, manager.asker, listOwnerUnits, { limit: "2", after: first.next ?? "" });
      expect([rest.items.map(({ unit }) => unit), rest.next]).to.deep.equal([["S1"], null]);
      const without = await ask(app.door, manager.asker, listOwnerUnits, { without: "on" });
      expect(without.items.map(({ unit }) => unit)).to.deep.equal(["101", "S1"]);
    });

    it("come as one PDF, a page for each, from the page of owners", async () => {
      const browser = new Browser(app.origin);
      await browser.signIn(manager.name, PASSWORD);
      await browser.open(`/desk/${community}/owners`);
      const pdf = await browser.submit(`/desk/${community}/owners/letters`, { which: "all", units: "" });
      expect([pdf.status, pdf.text.slice(0, 5)]).to.deep.equal([200, "%PDF-"]);
      expect(pdf.text.match(/\/Type \/Page\b/gu)).to.have.lengthOf(4);
      await browser.open(`/desk/${community}/owners`);
      const wrong = await browser.submit(`/desk/${community}/owners/letters`, { which: "chosen", units: "999" });
      expect([wrong.status, wrong.text.includes("没有这些房号"), wrong.text.includes(">999</textarea>")]).to.deep.equal(
        [422, true, true],
      );
    });
  });
}
