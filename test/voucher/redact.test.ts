// In a real browser of a phone's size: what is to be black is drawn with a finger or a mouse.
import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import type { Browser, Page } from "playwright-core";
import { buildApp } from "../../src/app.ts";
import { execute } from "../../src/door/service.ts";
import { uploadVouchers } from "../../src/voucher/routes.ts";
import { voucherRecord } from "../../src/voucher/service.ts";
import { plain } from "../platform/pictures.ts";
import { openChromium } from "../support/chromium.ts";
import { useBooks } from "../support/databases.ts";
import { PASSWORD, personIn } from "../support/people.ts";
import { filesFolder, NOW, openYard, yardDoor } from "./yard.ts";

describe("the form that blacks out, in a browser of 390 pixels", () => {
  const books = useBooks("SQLite");
  const folder = filesFolder();
  let server: Server;
  let browser: Browser;
  let page: Page;
  let sha = "";
  const errors: string[] = [];

  before(async function () {
    this.timeout(60_000);
    const door = yardDoor(books.db, folder);
    await openYard(books.db, "yard");
    const manager = await personIn(door, "yard", "trustee");
    const uploads = [{ field: "files", name: "票.png", bytes: await plain(600, 400).png().toBuffer() }];
    sha = (await execute(door, manager.asker, uploadVouchers, {}, { uploads })).items[0]?.sha ?? "";
    server = buildApp(books.db, { filesFolder: folder, clock: () => NOW }).listen(0, "127.0.0.1");
    await once(server, "listening");
    browser = await openChromium();
    page = await browser.newPage({ viewport: { width: 390, height: 844 }, hasTouch: true });
    page.on("pageerror", (error) => errors.push(error.message));
    page.on("console", (message) => errors.push(...(message.type() === "error" ? [message.text()] : [])));
    const form = `/desk/yard/vouchers/${sha}/redact`;
    const { port } = server.address() as AddressInfo;
    await page.goto(`http://127.0.0.1:${port}/sign-in?next=${encodeURIComponent(form)}`);
    await page.fill("[name=name]", manager.name);
    await page.fill("[name=password]", PASSWORD);
    await page.click("button.key-main");
    await page.waitForURL(`**${form}`);
  });
  after(async () => {
    await browser.close();
    server.close();
    server.closeAllConnections();
  });

  /** Where a point of the picture, in ‰, lies in the window. */
  async function at(x: number, y: number): Promise<{ x: number; y: number }> {
    await page.locator("[data-sheet]").scrollIntoViewIfNeeded();
    const box = await page.locator("[data-sheet]").boundingBox();
    return { x: (box?.x ?? 0) + (x * (box?.width ?? 0)) / 1000, y: (box?.y ?? 0) + (y * (box?.height ?? 0)) / 1000 };
  }

  const rows = (): ReturnType<Page["locator"]> => page.locator("[data-row]:visible");

  it("shows no rows of numbers before anything is drawn, and nothing wider than the screen", async () => {
    expect(await rows().count()).to.equal(0);
    expect(await page.evaluate("document.documentElement.scrollWidth")).to.equal(390);
  });

  it("takes a rectangle from a mouse at once", async () => {
    const [from, to] = [await at(100, 300), await at(400, 700)];
    await page.mouse.move(from.x, from.y);
    await page.mouse.down();
    await page.mouse.move(to.x, to.y, { steps: 3 });
    await page.mouse.up();
    expect(await rows().count()).to.equal(1);
    await rows().nth(0).locator("[data-field=kind]").selectOption("name");
  });

  it("takes one from a finger after the key is pressed; before, a finger scrolls", async () => {
    const finger = await page.context().newCDPSession(page);
    const draw = async (): Promise<void> => {
      const points = [await at(900, 900), await at(700, 850), await at(600, 800)];
      for (const [index, point] of points.entries()) {
        const type = index === 0 ? "touchStart" : "touchMove";
        await finger.send("Input.dispatchTouchEvent", { type, touchPoints: [point] });
      }
      await finger.send("Input.dispatchTouchEvent", { type: "touchEnd", touchPoints: [] });
    };
    await draw();
    expect(await rows().count()).to.equal(1);
    await page.click("[data-draw]");
    await draw();
    expect(await rows().count()).to.equal(2);
    await rows().nth(1).locator("[data-field=kind]").selectOption("other");
    await rows().nth(1).locator("[data-field=note]").fill("车位号");
  });

  it("drops a rectangle that was drawn by mistake", async () => {
    const [from, to] = [await at(500, 100), await at(600, 200)];
    await page.mouse.move(from.x, from.y);
    await page.mouse.down();
    await page.mouse.move(to.x, to.y, { steps: 3 });
    await page.mouse.up();
    expect(await page.locator(".redact-mark").count()).to.equal(3);
    await rows().nth(2).locator("[data-remove]").click();
    expect([await rows().count(), await page.locator(".redact-mark").count()]).to.deep.equal([2, 2]);
  });

  it("makes more rows when those there are full", async () => {
    const before = await rows().count();
    for (let index = 0; index < 5; index += 1) {
      const [from, to] = [await at(10 + index * 150, 20), await at(110 + index * 150, 60)];
      await page.mouse.move(from.x, from.y);
      await page.mouse.down();
      await page.mouse.move(to.x, to.y);
      await page.mouse.up();
    }
    const names = await rows()
      .locator("[data-field=x]")
      .evaluateAll((inputs) => inputs.map((input) => input.getAttribute("name")));
    expect(names).to.deep.equal(Array.from({ length: before + 5 }, (_, index) => `rectangles[${index}][x]`));
    for (let index = 0; index < 5; index += 1) {
      await rows().nth(before).locator("[data-remove]").click();
    }
    expect(await rows().count()).to.equal(before);
  });

  it("sends what was drawn, to a hair", async () => {
    await page.locator("form.redact > section:last-of-type button").click();
    await page.waitForURL(`**/vouchers/${sha}`);
    await page.waitForLoadState("networkidle");
    const { copies } = await voucherRecord(books.db, "yard", sha);
    const drawn = copies[0]?.decision.rectangles ?? [];
    const wanted = [
      { page: 1, x: 100, y: 300, width: 300, height: 400, kind: "name", note: "" },
      { page: 1, x: 600, y: 800, width: 300, height: 100, kind: "other", note: "车位号" },
    ];
    expect(drawn.map(({ page: on, kind, note }) => [on, kind, note])).to.deep.equal(
      wanted.map(({ page: on, kind, note }) => [on, kind, note]),
    );
    for (const [index, rectangle] of drawn.entries()) {
      for (const side of ["x", "y", "width", "height"] as const) {
        // A pixel of the phone is 3 ‰ of the picture's width and 4 ‰ of its height.
        expect(Math.abs(rectangle[side] - (wanted[index]?.[side] ?? 0)), `${index} ${side}`).to.be.lessThan(6);
      }
    }
    expect(errors).to.deep.equal([]);
  });
});
