// The bank's pages, as a manager and a committee member use them in a browser.
import { once } from "node:events";
import { mkdtemp } from "node:fs/promises";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import os from "node:os";
import path from "node:path";
import { expect } from "chai";
import { buildApp, openDoor } from "../../src/app.ts";
import { fen } from "../../src/base/money.ts";
import { day } from "../../src/base/month.ts";
import { csvText, utf8, type TrueLine } from "../bankfile/files.ts";
import { BANK_LINES, bankCsv, NOW, smallBank } from "../support/bank.ts";
import { Browser } from "../support/browser.ts";
import { DIALECTS, useBooks } from "../support/databases.ts";
import { PASSWORD, personIn } from "../support/people.ts";

/** The bank's lines of January, with a receipt that nobody booked in between. */
const UNKNOWN: TrueLine = {
  day: day("2020-01-20"),
  amount: fen(5050),
  balance: fen(118_050),
  counterparty: "<b>乙</b>",
  memo: "102室",
  serial: "X1",
};
const JANUARY = [...BANK_LINES.slice(0, 3), UNKNOWN];

for (const dialect of DIALECTS) {
  describe(`the bank's pages, on ${dialect}`, () => {
    const books = useBooks(dialect);
    let server: Server;
    let origin = "";
    let count = 0;

    before(async () => {
      const filesFolder = await mkdtemp(path.join(os.tmpdir(), "xinyi-bank-"));
      server = buildApp(books.db, { clock: () => NOW, filesFolder }).listen(0, "127.0.0.1");
      await once(server, "listening");
      origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    });
    after(() => {
      server.close();
      server.closeAllConnections();
    });

    /** A community of its own, and somebody signed in to it. */
    async function signedIn(role: "trustee" | "committee" | "supervisor" | "owner" = "trustee") {
      count += 1;
      const code = `page${count}`;
      await smallBank(books.db, code, { "bank.csv": undefined });
      const owner = role === "owner" ? { owner: "P1" } : {};
      const { name } = await personIn(openDoor(books.db, { clock: () => NOW }), code, role, owner);
      const browser = new Browser(origin);
      await browser.signIn(name, PASSWORD);
      return { browser, code, desk: `/desk/${code}/bank/common` };
    }

    const csv = (bytes: Uint8Array): File => new File([bytes], "一月.csv", { type: "text/csv" });

    it("lead from the account to a finished month: upload, preview, import, book, finish", async () => {
      const { browser, code, desk } = await signedIn();
      const overview = await browser.open(`/desk/${code}/bank`);
      expect(overview.text).to.contain("共有资金专户").and.to.contain("还没有银行流水");
      await browser.open(`${desk}/upload`);
      const preview = await browser.submit(`${desk}/upload`, { file: csv(bankCsv(JANUARY)) });
      expect(preview.path).to.match(new RegExp(`^${desk}/files/[0-9a-f]{64}$`, "u"));
      expect(preview.text).to.contain("新增 <b>4</b> 笔").and.to.contain("&lt;b&gt;乙&lt;/b&gt;");
      const account = await browser.submit(`${preview.path}/import`, { through: "2020-01-31" });
      expect(account.path).to.equal(`${desk}?imported=1`);
      expect(account.text).to.contain("新增 4 笔流水").and.to.contain("自动对上 3 笔").and.to.contain("一月.csv");

      const month = await browser.open(`${desk}/months/2020-01`);
      expect(month.text).to.contain("相差 50.50 元").and.to.contain("已经对上 3 组");
      const line = /href="([^"]*\/lines\/\d+)"/u.exec(month.text)?.[1] ?? "";
      const found = await browser.open(line);
      expect(found.text).to.contain("记为 102 的物业费");
      // The first form of the page is the guess: the unit that the payer wrote.
      const booked = await browser.submit(`${line}/receipt`, {});
      expect(booked.path).to.equal(`${desk}/months/2020-01`);
      expect(booked.text).to.contain("0.00").and.to.contain("待完成对账");
      const finished = await browser.submit(`${desk}/months/2020-01/finish`, {});
      expect(finished.text).to.contain("✓ 已完成对账");
      expect((await browser.open(desk)).text).to.contain("✓ 已完成对账");
    });

    it("show every fault of a refused file with its line, and offer no import", async () => {
      const { browser, desk } = await signedIn();
      await browser.open(`${desk}/upload`);
      const pdf = await browser.submit(`${desk}/upload`, { file: new File(["%PDF-1.7"], "流水.pdf") });
      expect([pdf.status, pdf.text.includes("流水.pdf：这是 PDF")]).to.deep.equal([422, true]);
      const holed = await browser.submit(`${desk}/upload`, {
        file: csv(bankCsv(BANK_LINES.filter((_, index) => index !== 2))),
      });
      expect(holed.text)
        .to.contain("这份文件不能导入")
        .and.to.contain("第 4 行「余额」")
        .and.to.contain("中间少了支出 150.00 元");
      expect(holed.text).not.to.contain("/import");
      const nothing = await browser.open(`${desk}/upload`);
      expect(nothing.status).to.equal(200);
      expect((await browser.submit(`${desk}/upload`, {})).text).to.contain("请选一个文件");
    });

    it("ask once what unknown columns mean", async () => {
      const { browser, desk } = await signedIn();
      const rows = [
        ["哪天", "进", "出", "还剩"],
        ...JANUARY.slice(0, 2).map((each) => [each.day, each.amount / 100, "", each.balance / 100]),
      ];
      await browser.open(`${desk}/upload`);
      const asked = await browser.submit(`${desk}/upload`, { file: csv(utf8(csvText(rows))) });
      expect(asked.text).to.contain("这份文件的各列是什么").and.to.contain("第 1 列 哪天");
      const partly = await browser.submit(`${asked.path}/layout`, { day: "哪天" });
      expect(partly.text).to.contain("还缺少").and.to.contain('<option value="哪天" selected>');
      const read = await browser.submit(`${asked.path}/layout`, { in: "进", out: "出", balance: "还剩" });
      expect(read.text).to.contain("新增 <b>2</b> 笔");
      const again = await browser.open(`${asked.path}/columns`);
      expect(again.text).to.contain('<option value="还剩" selected>');
    });

    it("put a receipt into suspense, list it, and book it where it belongs", async () => {
      const { browser, code, desk } = await signedIn("committee");
      await browser.open(`${desk}/upload`);
      const preview = await browser.submit(`${desk}/upload`, { file: csv(bankCsv(JANUARY)) });
      await browser.submit(`${preview.path}/import`, {});
      const month = await browser.open(`${desk}/months/2020-01`);
      const line = /href="([^"]*\/lines\/\d+)"/u.exec(month.text)?.[1] ?? "";
      await browser.open(line);
      await browser.submit(`${line}/receipt`, { purpose: "2299", unit: "" });
      expect((await browser.open(`/desk/${code}/bank`)).text).to.contain("待查款项</a>：1 笔，共 50.50 元");
      const list = await browser.open(`/desk/${code}/suspense`);
      const item = new RegExp(`href="(/desk/${code}/suspense/[^"]+)"`, "u").exec(list.text)?.[1] ?? "";
      const page = await browser.open(item);
      expect(page.text).to.contain("可能是 102");
      const missing = await browser.submit(item, { unit: "", reason: "截图" });
      expect([missing.status, missing.text.includes("物业服务费要写明是哪一户的")]).to.deep.equal([422, true]);
      const done = await browser.submit(item, { unit: "102" });
      expect(done.text).to.contain("没有待查的款项").and.to.contain("已经查明");
    });

    it("offer what lies a day apart as one touch", async () => {
      const { browser, desk } = await signedIn();
      const [fee, parking, wages] = BANK_LINES.map((line) => ({ ...line, serial: "" }));
      if (fee === undefined || parking === undefined || wages === undefined) {
        throw new Error("January has three lines");
      }
      await browser.open(`${desk}/upload`);
      const lines = [fee, parking, { ...wages, day: day("2020-01-11") }];
      const preview = await browser.submit(`${desk}/upload`, { file: csv(bankCsv(lines)) });
      await browser.submit(`${preview.path}/import`, {});
      const month = await browser.open(`${desk}/months/2020-01`);
      expect(month.text).to.contain("可能是同一笔：金额相同，相差 1 天，对方户名与收款方相同");
      const matched = await browser.submit(`${desk}/match`, {});
      expect(matched.text).to.contain("已经对上 3 组").and.to.not.contain("可能是同一笔");
    });

    it("tick both sides of a month into a group, and undo it again", async () => {
      const { browser, desk } = await signedIn();
      await browser.open(`${desk}/upload`);
      const preview = await browser.submit(`${desk}/upload`, { file: csv(bankCsv(BANK_LINES)) });
      await browser.submit(`${preview.path}/import`, {});
      const month = await browser.open(`${desk}/months/2020-02/record`);
      expect(month.text).to.contain("对上的 2 组").and.to.contain("2020-02-0001");
      const match = /href="([^"]*\/matches\/\d+)"/u.exec(month.text)?.[1] ?? "";
      await browser.open(match);
      expect((await browser.submit(`${match}/undo`, { reason: "" })).text).to.contain("请填写");
      const open = await browser.submit(`${match}/undo`, { reason: "配错了" });
      expect(open.path).to.equal(`${desk}/months/2020-02`);
      expect(open.text).to.contain("还没有对上的").and.to.contain("自动对上这 1 对");
      const none = await browser.submit(`${desk}/match`, {});
      expect([none.status, none.text.includes("至少要勾选两项")]).to.deep.equal([422, true]);
      const value = (name: string): string =>
        new RegExp(`name="${name}\\[\\]" value="(\\d+)"`, "u").exec(none.text)?.[1] ?? "";
      const wrong = await browser.submit(`${desk}/match`, { "lines[]": value("lines"), "entries[]": "1" });
      expect(wrong.text).to.contain("checked");
      const group = await browser.submit(`${desk}/match`, { "lines[]": value("lines"), "entries[]": value("entries") });
      expect(group.text).to.contain("已经对上 2 组");
      expect((await browser.open(`${desk}/months/2020-02/record`)).text).to.contain("人工核对");
      expect((await browser.open(match)).text).to.contain("这组配对已经撤销：配错了");
    });

    it("show the supervisor everything and let it change nothing, and keep owners and strangers out", async () => {
      const { browser, code, desk } = await signedIn("supervisor");
      for (const address of [`/desk/${code}/bank`, desk, `${desk}/months/2020-01`, `/desk/${code}/suspense`]) {
        expect((await browser.open(address)).status).to.equal(200);
      }
      expect((await browser.open(`${desk}/upload`)).status).to.equal(403);
      expect((await browser.open("/desk/page1/bank")).status).to.equal(404);
      expect((await browser.open(`/desk/${code}/bank/nowhere`)).status).to.equal(404);
      expect((await browser.open(`${desk}/months/2020-13`)).status).to.equal(404);
      expect((await browser.open(`${desk}/lines/0`)).status).to.equal(404);
      const owner = await signedIn("owner");
      expect((await owner.browser.open(owner.desk)).status).to.equal(403);
    });
  });
}
