// Auditors' links: they open one community for reading, for some weeks.
import { expect } from "chai";
import { createLink, openLink, revokeLink } from "../../src/auditor/service.ts";
import { execute, NOBODY } from "../../src/door/service.ts";
import { importFolder } from "../../src/intake/service.ts";
import { useApp } from "../support/app.ts";
import { Browser } from "../support/browser.ts";
import { DIALECTS, useBooks } from "../support/databases.ts";
import { listening, smallFolder, writeFolder } from "../support/folders.ts";
import { PASSWORD, personIn, type Person } from "../support/people.ts";
import { refuses } from "../support/refusals.ts";

for (const dialect of DIALECTS) {
  describe(`auditors' links, on ${dialect}`, () => {
    const books = useBooks(dialect);
    const app = useApp(books, { publicUrl: "http://zhang.example.cn" });
    let chair: Person;

    before(async () => {
      await importFolder(books.db, writeFolder(smallFolder()), listening());
      chair = await personIn(app.door, "small", "committee");
    });
    beforeEach(() => app.pass({ minutes: 16 }));

    const make = async (days = "30"): Promise<{ id: string; path: string }> => {
      const { id, url } = await execute(app.door, chair.asker, createLink, { label: "某某会计师事务所", days });
      expect(url).to.match(/^http:\/\/zhang\.example\.cn\/audit\/[\w-]{43}$/u);
      return { id, path: new URL(url).pathname };
    };
    const enter = async (path: string): Promise<Browser> => {
      const browser = new Browser(app.origin);
      await browser.open(path);
      await browser.submit(path, {});
      return browser;
    };
    const isInside = async (browser: Browser): Promise<boolean> =>
      (await browser.open("/desk/small/log")).path === "/desk/small/log";

    it("say where they lead, and open only when one goes in", async () => {
      const { path } = await make();
      const browser = new Browser(app.origin);
      const door = await browser.open(path);
      expect(door.text).to.contain("小院").and.not.to.contain("会计师");
      expect(browser.cookies).to.equal("");
      const inside = await browser.submit(path, {});
      expect(inside.path).to.equal("/desk/small");
      expect(await isInside(browser)).to.equal(true);
    });

    it("read, and neither work nor have an account", async () => {
      const browser = await enter((await make()).path);
      for (const path of [
        "/account",
        "/desk/small/members",
        "/desk/small/auditors",
        "/desk/small/tokens",
        "/operator",
      ]) {
        expect((await browser.open(path)).status, path).to.equal(403);
      }
      expect((await browser.open("/desk")).text).to.contain("审计");
      expect((await browser.open("/join")).status).to.equal(200);
    });

    it("end when they run out, and with them what they opened", async () => {
      const { path } = await make("10");
      const browser = await enter(path);
      for (let day = 0; day < 9.9; day += 0.45) {
        expect(await isInside(browser), `day ${day}`).to.equal(true);
        app.pass({ days: 0.45 });
      }
      expect(await isInside(browser)).to.equal(false);
      await refuses("LINK_UNKNOWN", () =>
        execute(app.door, { actor: NOBODY, address: "", session: null, community: "" }, openLink, {
          link: path.replace("/audit/", ""),
        }),
      );
    });

    it("end at once when they are taken back", async () => {
      const { id, path } = await make();
      const browser = await enter(path);
      expect(await isInside(browser)).to.equal(true);
      await execute(app.door, chair.asker, revokeLink, { id });
      expect(await isInside(browser)).to.equal(false);
      expect((await new Browser(app.origin).open(path)).status).to.equal(404);
      await refuses("LINK_UNKNOWN", () => execute(app.door, chair.asker, revokeLink, { id }));
    });

    it("last ninety days at most", async () => {
      for (const days of ["0", "91", "1.5", "", "viele"]) {
        await refuses("FIELD_INVALID", () => execute(app.door, chair.asker, createLink, { label: "所", days }));
      }
    });

    it("cannot be taken for an invitation: they make no account", async () => {
      const { path } = await make();
      const browser = new Browser(app.origin);
      await browser.open("/join");
      const fields = { name: "clever", display: "聪明人", password: PASSWORD };
      const codes = [path.replace("/audit/", "").slice(0, 40), (await make()).id];
      for (const invitation of codes) {
        expect((await browser.submit("/join", { ...fields, invitation })).status).to.equal(422);
      }
    });

    it("are made, listed and taken back by the committee, on a page", async () => {
      const browser = new Browser(app.origin);
      await browser.signIn(chair.name, PASSWORD);
      await browser.open("/desk/small/auditors");
      const told = await browser.submit("/desk/small/auditors", { label: "街道审计", days: "15" });
      expect(told.text).to.contain("/audit/");
      const listed = await browser.open("/desk/small/auditors");
      const [, id = ""] = /街道审计[\s\S]*?auditors\/([\w-]{36})\/revoke/u.exec(listed.text) ?? [];
      const after = await browser.submit(`/desk/small/auditors/${id}/revoke`, {});
      expect(after.text).to.contain("收回了给 街道审计 的审计链接");
      expect((await browser.open(after.path)).text).to.not.contain("街道审计");
    });
  });
}
