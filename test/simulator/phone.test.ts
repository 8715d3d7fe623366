// The simulator on an owner's old phone, without JavaScript and without signing in: choose, press, read, pass it on.
import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import type { Browser, Page } from "playwright-core";
import { buildApp, openDoor } from "../../src/app.ts";
import { execute, type Command } from "../../src/door/service.ts";
import { createPlan, draftOf, publishPlan, saveLine } from "../../src/draft/service.ts";
import { openChromium } from "../support/chromium.ts";
import { useBooks } from "../support/databases.ts";
import { personIn } from "../support/people.ts";
import { moveIn } from "../support/small.ts";

const WIDTH = 390;
const TOUCH_MIN = 44;

describe("the simulator on a phone without JavaScript", function () {
  this.timeout(60_000);
  const books = useBooks("SQLite");
  const clock = (): Date => new Date("2026-11-21T02:00:00Z");
  let code = "";
  let server: Server;
  let chromium: Browser;
  let page: Page;

  before(async () => {
    code = await moveIn(books.db);
    const door = openDoor(books.db, { clock });
    const wang = await personIn(door, code, "trustee");
    const does = (command: Command, input: object): Promise<unknown> =>
      execute(door, wang.asker, command, { year: "2027", ...input });
    await does(createPlan, {});
    const levels = ["1", "2"].map((posts) => ({
      kind: "posts",
      name: `${posts}人`,
      posts,
      monthly: "60",
      months: "12",
    }));
    await does(saveLine, { account: "5005", title: "门岗", levels });
    await does(publishPlan, { digest: (await draftOf(books.db, code, 2027)).digest, summary: "第一版" });
    server = buildApp(books.db, { clock }).listen(0, "127.0.0.1");
    await once(server, "listening");
    chromium = await openChromium();
    const viewport = { width: WIDTH, height: 844 };
    const context = await chromium.newContext({ viewport, isMobile: true, hasTouch: true, javaScriptEnabled: false });
    page = await context.newPage();
  });
  after(async () => {
    await chromium.close();
    server.close();
    server.closeAllConnections();
  });

  it("is one press away from the plan, and fits the screen and the thumb", async () => {
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/c/${code}/budgets/2027`);
    await page.tap("text=测算：我家要交多少");
    for (const key of await page.locator("main button, main input[type=text], main select").all()) {
      expect((await key.boundingBox())?.height ?? 0).to.be.at.least(TOUCH_MIN);
    }
    expect((await page.locator("body").boundingBox())?.width).to.equal(WIDTH);
  });

  it("answers under an address that holds every choice", async () => {
    // 720.00 for one guard, 1,440.00 for two: 847.06 or 1,694.12 of fees at 15 % of draw, 90 % of the bills.
    expect(await page.textContent(".fund")).to.match(/住宅\s*0\.34/u);
    await page.tap("text=2人");
    await page.fill("[name=area]", "100");
    await page.tap("text=算一算");
    await page.waitForURL(/l1=1/u);
    const shown = await page.textContent(".fund");
    expect(shown)
      .to.match(/住宅\s*0\.86/u)
      .and.to.contain("每月 86.00 元");
    await page.goto(page.url());
    expect(await page.textContent(".fund")).to.equal(shown);
    expect(await page.isChecked("#l1-1")).to.equal(true);
  });
});
