// The work of the desk on a phone, in a real browser: few touches, nothing wider than the screen, keys large enough.
import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import type { Browser, Page } from "playwright-core";
import { buildApp, openDoor } from "../../src/app.ts";
import { openChromium } from "../support/chromium.ts";
import { useBooks } from "../support/databases.ts";
import { PASSWORD, personIn } from "../support/people.ts";
import { moveIn } from "../support/small.ts";

const now = new Date("2020-03-10T04:00:00Z");
const PHONE = { width: 390, height: 844 };
const TOUCH_MIN = 44;

describe("the desk on a phone", function () {
  this.timeout(120_000);
  const books = useBooks("SQLite");
  let browser: Browser;
  let server: Server;
  let origin = "";
  let code = "";

  before(async () => {
    const clock = (): Date => now;
    server = buildApp(books.db, { clock }).listen(0, "127.0.0.1");
    await once(server, "listening");
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    code = await moveIn(books.db);
    const door = openDoor(books.db, { clock });
    await personIn(door, code, "trustee", { name: "guanjia" });
    await personIn(door, code, "owner", { name: "yezhu", owner: "P1" });
    browser = await openChromium();
  });
  after(async () => {
    await browser.close();
    server.close();
    server.closeAllConnections();
  });

  async function signedIn(name: string): Promise<Page> {
    const page = await (await browser.newContext({ viewport: PHONE, hasTouch: true, locale: "zh-CN" })).newPage();
    await page.goto(`${origin}/sign-in`);
    await page.fill("[name=name]", name);
    await page.fill("[name=password]", PASSWORD);
    await page.click("button.key-main");
    return page;
  }

  /** What a thumb would miss or an eye would have to look for. Runs in the page, so it is a text here. */
  const TROUBLES = `(() => {
    const small = [...document.querySelectorAll("main a, main button, main summary, main select")]
      .filter((each) => each.closest("p.footnote, p.label, .crumbs") === null)
      .map((each) => ({ text: each.textContent.trim(), box: each.getBoundingClientRect() }))
      .filter(({ box }) => box.width > 0 && box.height < ${TOUCH_MIN})
      .map(({ text, box }) => text + ": " + Math.round(box.height) + " px high");
    const wide = document.documentElement.scrollWidth;
    return wide > innerWidth ? [...small, wide + " px wide"] : small;
  })()`;
  const troubles = (page: Page): Promise<string[]> => page.evaluate<string[]>(TROUBLES);

  it("takes a fee and gives the receipt in at most six interactions", async () => {
    const page = await signedIn("guanjia");
    await page.goto(`${origin}/desk/${code}/fees`);
    let interactions = 0;
    const touch = async (act: Promise<unknown>): Promise<void> => {
      await act;
      await page.waitForLoadState();
      interactions += 1;
    };
    await touch(page.click("text=收款"));
    await touch(page.fill("[name=unit]", "102"));
    await touch(page.click("text=下一步"));
    expect(await page.inputValue("[name=amount]")).to.equal("50.50");
    expect(await page.textContent("form section")).to.include("2019年12月");
    await touch(page.check("[value=cash]"));
    await touch(page.click("text=收款并开收据"));
    expect(await page.textContent("h1")).to.equal("✓ 已收款，收据 000001");
    expect(interactions).to.be.at.most(6);
  });

  it("fits the screen, with keys that a thumb hits", async () => {
    const page = await signedIn("guanjia");
    const pages = ["fees", "fees/bills", "fees/arrears", "fees/receive", "fees/receive?unit=101", "fees/reminders"];
    const more = [
      "fees/tariff",
      "fees/receipts",
      "fees/receipts/1",
      "fees/unit?unit=102",
      "contracts",
      "contracts/new",
    ];
    for (const path of [...pages, ...more]) {
      await page.goto(`${origin}/desk/${code}/${path}`);
      expect(await troubles(page), path).to.deep.equal([]);
    }
    const owner = await signedIn("yezhu");
    await owner.goto(`${origin}/my/${code}`);
    expect(await troubles(owner)).to.deep.equal([]);
  });
});
