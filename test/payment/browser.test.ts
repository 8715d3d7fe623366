// In a real browser at the width of a phone: what helps whoever asks for a payment. (test/phone.test.ts asks and releases.)
import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { expect } from "chai";
import type { Browser, Page } from "playwright-core";
import { buildApp } from "../../src/app.ts";
import { openChromium } from "../support/chromium.ts";
import { useBooks } from "../support/databases.ts";
import { anEstate, aPayment, does, type Estate } from "../support/estate.ts";
import { PASSWORD, type Person } from "../support/people.ts";
import { requestSpend } from "../../src/spending/service.ts";
import { taxAuthorityXml } from "../voucher/invoices.ts";

const TOUCH_MIN = 44;

/** What a thumb would miss, or an eye would have to look for sideways. Runs in the page, so it is a text here. */
const MISSED_BY_THUMBS = `(() => {
  const small = [...document.querySelectorAll("main a, main button, main summary, main select, main input")]
    .filter((each) => each.closest("p, .crumbs, .sheet-vouchers, [hidden]") === null && !/hidden|checkbox/.test(each.type))
    .map((each) => ({ text: each.textContent.trim() || each.name, box: each.getBoundingClientRect() }))
    .filter(({ box }) => box.width > 0 && box.height < ${TOUCH_MIN})
    .map(({ text, box }) => text + ": " + Math.round(box.height) + " px high");
  const wide = document.documentElement.scrollWidth;
  return wide > innerWidth ? [...small, wide + " px wide"] : small;
})()`;

describe("spending on a phone", function () {
  this.timeout(120_000);
  const books = useBooks("SQLite");
  let estate: Estate;
  let server: Server;
  let chromium: Browser;
  let origin = "";
  let folder = "";
  const troubles: string[] = [];

  before(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), "xinyi-phone-"));
    estate = await anEstate(books.db, { filesFolder: folder });
    server = buildApp(books.db, { clock: estate.clock.now, filesFolder: folder }).listen(0, "127.0.0.1");
    await once(server, "listening");
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    chromium = await openChromium();
  });
  after(async () => {
    await chromium.close();
    server.close();
    server.closeAllConnections();
    await rm(folder, { recursive: true, force: true });
  });

  const spends = () => `${origin}/desk/${estate.code}/spends`;

  const phones = new Map<string, Page>();

  /** A phone in somebody's hand, signed in once. */
  async function phoneOf({ name }: Person): Promise<Page> {
    const known = phones.get(name);
    if (known !== undefined) {
      return known;
    }
    const context = await chromium.newContext({
      viewport: { width: 390, height: 844 },
      hasTouch: true,
      isMobile: true,
      locale: "zh-CN",
    });
    const page = await context.newPage();
    page.on("pageerror", (error) => troubles.push(String(error)));
    page.on("console", (message) => message.type() === "error" && troubles.push(message.text()));
    await page.goto(`${origin}/sign-in`);
    await page.fill("[name=name]", name);
    await page.fill("[name=password]", PASSWORD);
    await page.tap("main button.key-main");
    await page.waitForURL(/\/(?:desk|account)/u);
    phones.set(name, page);
    return page;
  }

  it("says while typing what is left, offers whom was paid lately, and reads an e-invoice", async () => {
    await does(estate, estate.zhao, requestSpend, aPayment());
    const phone = await phoneOf(estate.wang);
    await phone.goto(`${spends()}/new`);
    await phone.tap('.chip:has-text("明辉五金店")');
    expect(await phone.inputValue('[name="lines[0][account]"]')).to.equal("5002");
    await phone.fill('[name="lines[0][amount]"]', "700");
    await phone.waitForSelector(".findings .blocks");
    expect(await phone.textContent(".findings")).to.contain("还剩 600.00 元，本次 700.00 元");
    await phone.fill('[name="lines[0][amount]"]', "400");
    await phone.waitForSelector("text=同一天向「明辉五金店」付同样的 400.00 元");
    expect(await phone.getAttribute("#confirm-0", "value")).to.equal("TWIN");
    await phone.goto(`${spends()}/new`);
    const xml = { name: "票.xml", mimeType: "text/xml", buffer: taxAuthorityXml() };
    await phone.setInputFiles("[name=files]", xml);
    await phone.waitForSelector("text=已读取发票 24112000000135114086");
    expect(await phone.inputValue("[name=payee]")).to.equal("北京净洁保洁有限公司 A&B");
    expect(await phone.inputValue('[name="lines[0][amount]"]')).to.equal("1272.00");
    expect(await phone.inputValue("[name=purpose]")).to.equal("楼道保洁、垃圾清运");
    await phone.waitForSelector("text=发票 24112000000135114086 已经用在记账凭证 2020-01-0002里");
  });

  it("fits the screen, with keys that a thumb hits", async () => {
    const phone = await phoneOf(estate.wang);
    const pages = ["", "?tab=paid", "/new", "/1", "/draw", "/transfer", "/refund", "/deposit", "/correction"];
    for (const each of pages) {
      await phone.goto(`${spends()}${each}`);
      expect(await phone.evaluate<string[]>(MISSED_BY_THUMBS), each).to.deep.equal([]);
    }
    for (const each of ["", "/1"]) {
      await phone.goto(`${origin}/desk/${estate.code}/suppliers${each}`);
      expect(await phone.evaluate<string[]>(MISSED_BY_THUMBS), `suppliers${each}`).to.deep.equal([]);
    }
  });

  it("has nothing to complain about in the browser's console", () => {
    expect(troubles).to.deep.equal([]);
  });
});
