// Spending over HTTP: what a manager and a committee member see and send, with pages that need no script, and as JSON.
import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { expect } from "chai";
import { hashSecret, newSecret } from "../../src/access/service.ts";
import * as access from "../../src/access/store.ts";
import { buildApp } from "../../src/app.ts";
import { releaseSpend } from "../../src/payment/routes.ts";
import { runTx } from "../../src/platform/db.ts";
import { photo } from "../platform/pictures.ts";
import { Browser, type Answer } from "../support/browser.ts";
import { DIALECTS, useBooks } from "../support/databases.ts";
import { anEstate, does, type Estate } from "../support/estate.ts";
import { refusalOf } from "../support/small.ts";
import { PASSWORD, type Person } from "../support/people.ts";
import { taxAuthorityXml } from "../voucher/invoices.ts";

for (const dialect of DIALECTS) {
  describe(`spending over HTTP on ${dialect}`, () => {
    const books = useBooks(dialect);
    let estate: Estate;
    let server: Server;
    let origin = "";
    let folder = "";

    before(async () => {
      folder = await mkdtemp(path.join(os.tmpdir(), "xinyi-spend-"));
      estate = await anEstate(books.db, { filesFolder: folder });
      server = buildApp(books.db, { clock: estate.clock.now, filesFolder: folder }).listen(0, "127.0.0.1");
      await once(server, "listening");
      origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    });
    after(async () => {
      server.close();
      server.closeAllConnections();
      await rm(folder, { recursive: true, force: true });
    });

    const spends = () => `/desk/${estate.code}/spends`;

    async function signedIn({ name }: Person): Promise<Browser> {
      const browser = new Browser(origin);
      await browser.signIn(name, PASSWORD);
      return browser;
    }

    async function tokenOf({ asker }: Person, scopes: readonly string[]): Promise<string> {
      const token = newSecret();
      const [createdAt, expiresAt] = ["2020-01-01T00:00:00.000Z", "2030-01-01T00:00:00.000Z"];
      const kept = {
        id: token,
        account: asker.actor.id,
        community: estate.code,
        scopes,
        label: "",
        tail: "",
        revokedAt: null,
      };
      await runTx(books.db, estate.code, (tx) =>
        access.insertToken(tx, { ...kept, createdAt, expiresAt }, hashSecret(token)),
      );
      return token;
    }

    async function releases(browser: Browser, who: Person, id: number): Promise<Answer> {
      estate.clock.tick();
      await browser.open(`${spends()}/${id}`);
      return browser.submit(`${spends()}/${id}/release`, { code: who.code() });
    }

    it("goes from a photo to the books with two people", async () => {
      const manager = await signedIn(estate.wang);
      const form = await manager.open(`${spends()}/new`);
      expect(form.text).to.contain("5002 共用部位设施设备运行维护 · 剩 1,000.00");
      const sent = await manager.submit(spends(), {
        files: new File([await photo()], "收据.jpg"),
        payee: "明辉五金店",
        "lines[0][account]": "5002",
        "lines[0][amount]": "400",
        purpose: "灯管",
      });
      expect([sent.status, sent.path]).to.deep.equal([200, `${spends()}/1`]);
      expect(sent.text).to.contain("收据.jpg").and.to.contain("等物业放行").and.to.contain("还没有决定哪些内容要遮盖");
      expect(sent.text).to.contain("之前剩 1,000.00").and.to.contain("600.00");
      const other = await signedIn(estate.zhao);
      expect((await other.open(spends())).text)
        .to.contain("等您放行")
        .and.to.contain("明辉五金店");
      const held = await other.open(`${spends()}/1`);
      expect(held.text).to.contain("按“遮盖并公开”决定以后，物业才能放行");
      expect(held.text).to.not.contain("没有发现问题").and.to.not.contain(`${spends()}/1/release`);
      estate.clock.tick();
      const tooEarly = does(estate, estate.zhao, releaseSpend, { id: 1, code: estate.zhao.code() });
      expect(await refusalOf(tooEarly)).to.equal("VOUCHER_UNDECIDED");
      const [, voucher = ""] = /\/vouchers\/([0-9a-f]{64})\/redact/u.exec(held.text) ?? [];
      const redact = `/desk/${estate.code}/vouchers/${voucher}/redact`;
      await other.open(redact);
      await other.submit(redact, { nothing: "on", reason: "只有店名" });
      const paid = await releases(other, estate.zhao, 1);
      expect([paid.status, paid.path]).to.deep.equal([200, `${spends()}/1`]);
      expect(paid.text).to.contain("已付").and.to.contain("2020-01-0003");
      expect((await manager.open(`${spends()}?tab=paid&find=明辉`)).text).to.contain(`href="${spends()}/1"`);
      expect((await manager.open(`${spends()}?tab=paid&find=绿源`)).text).not.to.contain(`href="${spends()}/1"`);
    });

    it("gives the form back with everything typed, the fault at its field, and the files", async () => {
      const manager = await signedIn(estate.wang);
      await manager.open(`${spends()}/new`);
      const sent = await manager.submit(spends(), {
        files: new File([await photo(320, 240)], "发票.jpg"),
        payee: "绿源园艺",
        "lines[0][account]": "5002",
        "lines[0][amount]": "1000",
        purpose: "修剪",
      });
      expect(sent.status).to.equal(422);
      expect(sent.text).to.contain("还剩 600.00 元，本次 1,000.00 元").and.to.contain('value="绿源园艺"');
      expect(sent.text).to.match(/id="f-lines-0-amount"[^>]*aria-invalid="true"/u);
      expect(sent.text)
        .to.contain("发票.jpg")
        .and.to.match(/name="vouchers\[0\]" value="[0-9a-f]{64}"/u);
      const again = await manager.submit(spends(), { "lines[0][amount]": "100" });
      expect(again.path).to.equal(`${spends()}/2`);
      expect(again.text).to.contain("发票.jpg");
    });

    it("says without a script what the checks find, and asks to confirm a twin", async () => {
      const manager = await signedIn(estate.wang);
      await manager.open(`${spends()}/new`);
      const wish = {
        payee: "绿源园艺",
        "lines[0][account]": "5002",
        "lines[0][amount]": "100",
        purpose: "再修剪",
      };
      const checked = await manager.submit(spends(), { ...wish, _resume: "check" });
      expect(checked.text).to.contain("同一天向「绿源园艺」付同样的 100.00 元，已有第 2 号申请。");
      const refused = await manager.submit(spends(), wish);
      expect(refused.status).to.equal(422);
      const sent = await manager.submit(spends(), { ...wish, "confirmed[0]": "TWIN" });
      expect(sent.path).to.equal(`${spends()}/3`);
    });

    it("lets e-invoices say their own number, amount and seller", async () => {
      const manager = await signedIn(estate.wang);
      await manager.open(`${spends()}/new`);
      const wish = { payee: "别家", "lines[0][account]": "5003", "lines[0][amount]": "80", purpose: "保洁" };
      const sent = await manager.submit(spends(), {
        ...wish,
        files: new File([taxAuthorityXml({ number: "24512000000012345678" })], "票.xml"),
      });
      expect(sent.text)
        .to.contain("24512000000012345678 1,272.00 元")
        .and.to.contain("是「北京净洁保洁有限公司 A&amp;B」开的");
      await manager.open(`${spends()}/new`);
      const twice = await manager.submit(spends(), {
        ...wish,
        purpose: "再来",
        "invoices[0][number]": "24512000000012345678",
      });
      expect(twice.status).to.equal(422);
      expect(twice.text).to.contain("已经用在第 4 号申请里");
    });

    it("answers programs with the same, and a retried request once", async () => {
      const token = await tokenOf(estate.zhao, ["spend.view", "spend.request"]);
      const at = `${origin}/api/v1/communities/${estate.code}/spends`;
      const call = (address: string, body?: object, key?: string) =>
        fetch(address, {
          ...(body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }),
          headers: {
            authorization: `Bearer ${token}`,
            ...(body === undefined ? {} : { "content-type": "application/json" }),
            ...(key === undefined ? {} : { "idempotency-key": key }),
          },
        });
      // oxlint-disable-next-line typescript/no-explicit-any
      const json = async (answer: Promise<Response>): Promise<any> => (await answer).json();
      const query = "payee=明辉五金店&lines[0][account]=5002&lines[0][amount]=500&day=2020-01-20";
      const checked = await json(call(`${at}/check?${query}`));
      expect([checked.amount, checked.left[0].left, checked.left[0].after, checked.last]).to.deep.equal([
        "500.00",
        "400.00",
        "-100.00",
        { account: "5002", purpose: "灯管" },
      ]);
      expect(checked.findings.map((each: { code: string }) => each.code)).to.deep.equal([
        "BUDGET_EXCEEDED",
        "VOUCHER_MISSING",
      ]);
      const body = { payee: "明辉五金店", purpose: "胶带", lines: [{ account: "5002", amount: "12.50" }] };
      const [first, second] = [await call(at, body, "k1"), await call(at, body, "k1")];
      expect([first.status, second.status]).to.deep.equal([201, 201]);
      expect(await first.json()).to.deep.equal(await second.json());
      const other = await call(at, { ...body, purpose: "别的" }, "k1");
      expect([other.status, (await json(Promise.resolve(other))).code]).to.deep.equal([409, "KEY_REUSED"]);
      const refused = await call(at, { ...body, lines: [{ account: "5002", amount: "9999" }] });
      const problem = await json(Promise.resolve(refused));
      expect([refused.status, problem.errors[0].field, problem.errors[0].code]).to.deep.equal([
        422,
        "lines.0.amount",
        "BUDGET_EXCEEDED",
      ]);
      const listed = await json(call(`${at}?tab=waiting&limit=2`));
      expect([listed.items.length, listed.items[0].purpose, listed.next]).to.deep.equal([
        2,
        "胶带",
        String(listed.items[1].id),
      ]);
    });

    it("shows nothing of it to those who do not belong here", async () => {
      const stranger = await anEstate(books.db);
      const outsider = await signedIn(stranger.wang);
      expect((await outsider.open(spends())).status).to.equal(404);
      expect((await outsider.open(`${spends()}/1`)).status).to.equal(404);
      expect((await new Browser(origin).open(`${spends()}/1`)).path).to.match(/^\/sign-in/u);
      const looker = await signedIn(estate.supervisor);
      expect((await looker.open(`${spends()}/1`)).text).not.to.contain("/refuse");
      expect((await looker.open(`${spends()}/new`)).status).to.equal(403);
      expect((await looker.open(`${spends()}/99`)).status).to.equal(404);
      expect((await looker.open(`${spends()}/nonsense`)).status).to.equal(404);
    });

    it("draws every other page", async () => {
      const manager = await signedIn(estate.wang);
      expect((await manager.open(`${spends()}/draw`)).text).to.contain("申请提取 42.00 元");
      const drawn = await manager.submit(`${spends()}/draw`, {});
      expect(drawn.text).to.contain("还差物业和业委会");
      expect((await manager.open(`${spends()}/transfer`)).text).to.contain("待划转到维修资金的盈余");
      expect((await manager.open(`${spends()}/correction?entry=2020-01-0001`)).text).to.contain('value="2020-01-0001"');
      const corrected = await manager.submit(`${spends()}/correction`, { reason: "重复登记" });
      expect(corrected.text).to.contain("更正的记账凭证").and.to.contain("2020-01-0001");
      const suppliers = await manager.open(`/desk/${estate.code}/suppliers`);
      expect(suppliers.text).to.contain("绿源园艺");
      const wrong = await manager.submit(`/desk/${estate.code}/suppliers/new`, { name: "新店", creditCode: "123" });
      expect(wrong.text).to.contain("应为 18 位");
      const shop = await manager.submit(`/desk/${estate.code}/suppliers/new`, {
        creditCode: "",
        related: "老板是经理的弟弟",
      });
      expect(shop.text).to.contain("关联方").and.to.contain("只有业委会可以撤销");
      const member = await signedIn(estate.li);
      await member.open(shop.path);
      expect((await member.submit(shop.path, { related: "" })).text).to.contain("撤销关联方标记");
    });
  });
}
