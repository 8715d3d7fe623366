// Coming in, forms and repeated requests, over HTTP.
import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { setUpCode } from "../../src/admission/service.ts";
import { buildApp } from "../../src/app.ts";
import { DIALECTS, useBooks } from "../support/databases.ts";
import { Browser } from "../support/browser.ts";

const now = new Date("2026-11-21T04:00:00Z");

for (const dialect of DIALECTS) {
  describe(`coming in, on ${dialect}`, () => {
    const books = useBooks(dialect);
    let server: Server;
    let origin = "";

    before(async () => {
      server = buildApp(books.db, { clock: () => now }).listen(0, "127.0.0.1");
      await once(server, "listening");
      origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    });
    after(() => {
      server.close();
      server.closeAllConnections();
    });

    it("begins with the one-time code that the first start prints", async () => {
      const code = (await setUpCode(books.db, now)) ?? "";
      expect(code).to.match(/^[2-9A-Z]{4}-[2-9A-Z]{4}-[2-9A-Z]{4}$/u);
      const browser = new Browser(origin);
      await browser.open(`/join?code=${code}`);
      const weak = await browser.submit("/join", { display: "系统员", name: "root", password: "password123" });
      expect(weak.status).to.equal(422);
      expect(weak.text).to.contain("太容易被猜到").and.to.contain(`value="${code}"`);
      const joined = await browser.submit("/join", { password: "绿茶 石阶 信号 37" });
      expect(joined.path).to.equal("/operator");
      expect(await setUpCode(books.db, now)).to.equal(null);
    });

    it("asks for the sign-in, remembers the way, and lets nobody tell which of name and password was wrong", async () => {
      const browser = new Browser(origin);
      const asked = await browser.open("/desk");
      expect(asked.path).to.equal("/sign-in?next=%2Fdesk");
      const wrong = await browser.submit("/sign-in", { name: "root", password: "something else" });
      expect(wrong.status).to.equal(422);
      const unknown = await browser.submit("/sign-in", { name: "nobody", password: "something else" });
      expect(unknown.text).to.contain("登录名或密码不对").and.to.contain('value="nobody"');
      const inside = await browser.submit("/sign-in", { name: " ROOT ", password: "绿茶 石阶 信号 37" });
      expect([inside.status, inside.path]).to.deep.equal([200, "/desk"]);
    });

    it("gives back what was typed when the session ended meanwhile, but no secrets", async () => {
      const browser = new Browser(origin);
      await browser.signIn("root", "绿茶 石阶 信号 37");
      await browser.open("/account/key");
      browser.forget();
      const asked = await browser.submit("/account/key", { proof: "123 456", password: "绿茶 石阶 信号 37" });
      expect(asked.status).to.equal(401);
      expect(asked.text).to.contain("只有照片和文件，登录后要重新选");
      expect(asked.text).to.contain("您填写的内容还在").and.not.to.contain("绿茶 石阶");
      const back = await browser.submit("/sign-in", { name: "root", password: "绿茶 石阶 信号 37" });
      expect(back.text).to.contain('action="/account/key"').and.to.contain('name="proof" value="123 456"');
      const again = await browser.submit("/account/key", {});
      expect([again.status, again.text.includes("绑定动态口令")]).to.deep.equal([200, true]);
      // The form itself says it too: there the photos are to be chosen.
      expect(again.text).to.contain("还没有提交。选过照片或文件的，请重新选一次，核对后再提交。");
    });

    it("refuses forms of other sites and of other sessions", async () => {
      const browser = new Browser(origin);
      await browser.signIn("root", "绿茶 石阶 信号 37");
      await browser.open("/account");
      expect((await browser.submit("/sign-out", { _csrf: "forged" })).status).to.equal(403);
      const other = await fetch(`${origin}/sign-in`, { method: "POST", headers: { "Sec-Fetch-Site": "cross-site" } });
      expect(other.status).to.equal(403);
      expect((await browser.open("/desk")).path).to.equal("/desk");
    });

    it("knows its own forms from browsers that name only the origin, also behind a proxy", async () => {
      const { host } = new URL(origin);
      const statusFrom = async (headers: Record<string, string>): Promise<number> =>
        (
          await fetch(`${origin}/sign-in`, {
            method: "POST",
            headers,
            body: new URLSearchParams({ name: "x", password: "y" }),
          })
        ).status;
      expect(await statusFrom({ origin: `http://${host}` })).to.equal(422);
      expect(await statusFrom({ origin: "http://localhost:3000" })).to.equal(422);
      expect(await statusFrom({})).to.equal(422);
      expect(await statusFrom({ origin: "http://elsewhere.example" })).to.equal(403);
      expect(await statusFrom({ origin: "null" })).to.equal(403);
      expect(await statusFrom({ origin: `http://${host}`, "sec-fetch-site": "same-site" })).to.equal(403);
      expect((await fetch(`${origin}/sign-in`)).headers.get("referrer-policy")).to.equal("same-origin");
    });

    it("signs out everywhere", async () => {
      const [phone, office] = [new Browser(origin), new Browser(origin)];
      await phone.signIn("root", "绿茶 石阶 信号 37");
      await office.signIn("root", "绿茶 石阶 信号 37");
      await phone.open("/account");
      await phone.submit("/sign-out", { everywhere: "on" });
      expect((await office.open("/desk")).path).to.equal("/sign-in?next=%2Fdesk");
    });
  });
}
