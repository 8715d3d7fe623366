// What step 2 must show, in a real browser of a phone's size: a manager logs a spend with a photo in at most eight
// interactions, the committee releases it on another phone, and both work without JavaScript too.
import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { expect } from "chai";
import type { Browser, Page } from "playwright-core";
import { buildApp } from "../src/app.ts";
import { addMatter, draftAssembly, giveNotice } from "../src/assembly/service.ts";
import { castBallot } from "../src/ballot/routes.ts";
import { month } from "../src/base/month.ts";
import { execute } from "../src/door/service.ts";
import { proposeVoid } from "../src/effect/routes.ts";
import { countVotes, raiseObjection } from "../src/outcome/service.ts";
import { closeThrough } from "../src/period/service.ts";
import { publishThrough } from "../src/statement/service.ts";
import { photo } from "./platform/pictures.ts";
import { barriersOn, MISSED_BY_THUMBS } from "./support/barriers.ts";
import { openChromium } from "./support/chromium.ts";
import { useBooks } from "./support/databases.ts";
import { decide } from "./support/decisions.ts";
import { anEstate, does, type Estate } from "./support/estate.ts";
import { PASSWORD, personIn, type Person } from "./support/people.ts";

const INTERACTIONS_MAX = 8;
const WIDTH = 390;

describe("one spend on two phones", function () {
  this.timeout(60_000);
  const books = useBooks("SQLite");
  let estate: Estate;
  let server: Server;
  let folder = "";
  /** A resolution that is in the register. */
  let number = "";
  let chromium: Browser;
  /** What the browsers' consoles complained of: errors, and what the pages' policy forbade. */
  const complaints: string[] = [];

  before(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), "xinyi-two-phones-"));
    estate = await anEstate(books.db, { filesFolder: folder });
    server = buildApp(books.db, { clock: estate.clock.now, filesFolder: folder }).listen(0, "127.0.0.1");
    await once(server, "listening");
    chromium = await openChromium();
  });
  after(async () => {
    await chromium.close();
    server.close();
    server.closeAllConnections();
    await rm(folder, { recursive: true, force: true });
  });

  const origin = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const desk = (place: string): string => `${origin()}/desk/${estate.code}/${place}`;

  /** A phone of one's own, signed in. */
  async function phoneOf({ name }: Person, { javaScriptEnabled = true } = {}): Promise<Page> {
    const context = await chromium.newContext({
      viewport: { width: WIDTH, height: 844 },
      hasTouch: true,
      isMobile: true,
      locale: "zh-CN",
      javaScriptEnabled,
    });
    const page = await context.newPage();
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("console", (message) => {
      if (message.type() === "error" || message.text().includes("Content Security Policy")) {
        complaints.push(`${page.url()}: ${message.text()}`);
      }
    });
    await page.goto(`${origin()}/sign-in`);
    await page.fill("[name=name]", name);
    await page.fill("[name=password]", PASSWORD);
    await page.tap("main button.key-main");
    await page.waitForURL(/\/(?:desk|my)\//u);
    return page;
  }

  /** Logs a spend from the open form to the sent request; answers how many interactions it took. */
  async function logSpend(
    page: Page,
    spend: { payee: string; amount: string; purpose: string; picture: Buffer },
  ): Promise<number> {
    const file = { name: "收据.jpg", mimeType: "image/jpeg", buffer: spend.picture };
    await page.goto(desk("spends/new"));
    const interactions: (() => Promise<unknown>)[] = [
      () => page.setInputFiles("[name=files]", file),
      () => page.fill("[name=payee]", spend.payee),
      () => page.selectOption('[name="lines[0][account]"]', "5003"),
      () => page.fill('[name="lines[0][amount]"]', spend.amount),
      () => page.fill("[name=purpose]", spend.purpose),
      () => page.tap("text=提交申请"),
    ];
    for (const act of interactions) {
      await act();
    }
    await page.waitForURL(/\/spends\/\d+$/u);
    return interactions.length;
  }

  async function release(page: Page, person: Person, spend: number): Promise<void> {
    await page.goto(desk(`spends/${spend}`));
    estate.clock.tick();
    await page.fill("[name=code]", person.code());
    await Promise.all([page.waitForEvent("framenavigated"), page.tap(".release .key-main")]);
    await page.waitForLoadState();
  }

  /** Nothing on the receipt is a person's: the committee says so, which the release waits for. */
  async function nothingToBlackOut(page: Page, spend: number): Promise<void> {
    await page.goto(desk(`spends/${spend}`));
    await page.tap("text=遮盖并公开");
    await page.check("[name=nothing]");
    await page.fill("[name=reason]", "只有店名和金额");
    await page.tap("form.redact .key-main");
    await page.waitForURL(/\/vouchers\/[0-9a-f]{64}$/u);
  }

  async function entries(): Promise<number> {
    const rows: unknown[] = await books.db("entry").where({ community: estate.code });
    return rows.length;
  }

  let manager: Page;
  let committee: Page;

  it("is logged with a photo in at most eight interactions", async () => {
    manager = await phoneOf(estate.wang);
    const spend = { payee: "洁净保洁服务部", amount: "3000", purpose: "一月保洁", picture: await photo() };
    expect(await logSpend(manager, spend)).to.be.at.most(INTERACTIONS_MAX);
    expect(await manager.textContent("h1")).to.equal("洁净保洁服务部3,000.00 元");
    expect(await manager.textContent(".published")).to.include("等您放行");
    expect(await manager.evaluate<string[]>(MISSED_BY_THUMBS)).to.deep.equal([]);
  });

  it("waits on the committee's phone with its picture and what is left of the budget, and is released there", async () => {
    const before = await entries();
    committee = await phoneOf(estate.li);
    await nothingToBlackOut(committee, 1);
    await release(manager, estate.wang, 1);
    expect(await manager.textContent(".published")).to.include("等业委会放行");
    expect(await entries(), "one side's key moves no money").to.equal(before);

    await committee.goto(`${origin()}/desk/${estate.code}`);
    await committee.tap("text=1 笔付款等您放行");
    await committee.waitForURL(/tab=mine/u);
    await committee.tap(".spend-item");
    await committee.waitForURL(/\/spends\/1$/u);
    expect(await committee.textContent(".lefts"))
      .to.include("之前剩 90,000.00")
      .and.to.include("之后剩 87,000.00");
    await committee.waitForFunction("document.querySelector('.sheet-page')?.naturalWidth > 0");
    await release(committee, estate.li, 1);

    expect(await committee.textContent(".published")).to.include("已付");
    expect(await entries()).to.equal(before + 1);
    const words = (await committee.textContent(".sheet-facts")) ?? "";
    expect(words).to.include("2020-01-0003").and.to.include("还剩 87,000.00").and.to.include("双方放行，已记账");
  });

  it("goes the same way without JavaScript", async () => {
    const [plainManager, plainCommittee] = [
      await phoneOf(estate.zhao, { javaScriptEnabled: false }),
      await phoneOf(estate.he, { javaScriptEnabled: false }),
    ];
    const before = await entries();
    const spend = { payee: "洁净保洁服务部", amount: "2500.50", purpose: "二月保洁", picture: await photo(500, 400) };
    expect(await logSpend(plainManager, spend)).to.be.at.most(INTERACTIONS_MAX);
    await nothingToBlackOut(plainCommittee, 2);
    await release(plainManager, estate.zhao, 2);
    await release(plainCommittee, estate.he, 2);
    expect(await plainCommittee.textContent(".published")).to.include("已付");
    expect(await plainCommittee.textContent(".lefts")).to.include("还剩 84,499.50");
    expect(await entries()).to.equal(before + 1);
  });

  /** Calls the owners together; leaves the draft as it is, or gives its notice. */
  async function callAssembly(title: string, { isNoticed }: { readonly isNoticed: boolean }): Promise<number> {
    const { asker } = estate.he;
    const draft = { title, calledBy: "committee", ballot: "open", opensOn: "2020-02-10", closesOn: "2020-02-20" };
    const { id } = await execute(estate.door, asker, draftAssembly, draft);
    await execute(estate.door, asker, addMatter, { id, kind: "other", title: "更换门禁", text: "把门禁换成刷卡的。" });
    if (isNoticed) {
      await execute(estate.door, asker, giveNotice, { id });
    }
    return id;
  }

  /** A project, a handover and a voiding that waits; the pages of the desk that show them. */
  async function decidedPages(): Promise<string[]> {
    const { code, clock, li } = estate;
    const roof = { project: "屋面大修", amount: "3000.00", accounts: ["5501"] };
    number = await decide(books.db, code, "use-repair-fund", { now: clock.now(), title: "屋面大修", effect: roof });
    const other = { company: "新安物业", day: "2020-06-01" };
    const successor = await decide(books.db, code, "manager", {
      now: clock.now(),
      title: "选聘新安物业",
      effect: other,
    });
    await does(estate, li, proposeVoid, { number, from: "2020-02", reason: "业主大会另有决议", successor });
    const named = encodeURIComponent(number);
    const forms = ["new", "proposals/1", `void?number=${named}`, `end?number=${named}`];
    return ["resolutions", "handover", ...forms.map((place) => `resolutions/${place}`)];
  }

  it("finds every page of the desk as wide as the phone, with keys that a thumb hits", async () => {
    const draft = await callAssembly("第一次业主大会", { isNoticed: false });
    const noticed = await callAssembly("第二次业主大会", { isNoticed: true });
    const votes = [
      "assemblies",
      "assemblies/new",
      `assemblies/${draft}`,
      `assemblies/${draft}/notice`,
      `assemblies/${draft}/matters/1`,
      ...["fee-change", "draw-change", "sweep-rule", "manager", "use-repair-fund", "budget", "rules"].map(
        (kind) => `assemblies/${draft}/matters/new?kind=${kind}`,
      ),
      `assemblies/${noticed}`,
      `assemblies/${noticed}/deliveries`,
      `assemblies/${noticed}/roll`,
    ];
    const places = ["", "spends", "spends?tab=paid", "spends/1", "spends/new", "suppliers", "suppliers/1", "vouchers"];
    const more = ["fees", "fees/bills", "fees/arrears", "fees/receipts", "fees/deposits", "fees/tariff", "contracts"];
    const bank = ["bank", "bank/common", "bank/common/upload", "bank/common/months/2020-01", "suspense"];
    const people = ["members", "members/propose", "owners", "auditors", "log", "tokens", "months/2020-01"];
    for (const place of [...places, ...more, ...bank, ...people, ...votes, ...(await decidedPages())]) {
      const answer = await committee.goto(desk(place).replace(/\/$/u, ""));
      expect(answer?.status(), place).to.equal(200);
      expect(await committee.evaluate<string[]>(MISSED_BY_THUMBS), place).to.deep.equal([]);
      expect(await barriersOn(committee), place).to.deep.equal([]);
    }
  });

  it("keeps nobody out: an owner, and who only reads, on screens light and dark", async () => {
    estate.clock.set("2020-02-08T02:00:00Z");
    const now = estate.clock.now();
    await closeThrough(books.db, estate.code, month("2020-01"), { now });
    await publishThrough(books.db, estate.code, month("2020-01"), { now });
    const [sha] = await books.db("voucher").where({ community: estate.code }).pluck("sha256");
    const community = `/c/${estate.code}`;
    const open = [
      "/",
      community,
      `${community}/2020-01`,
      `${community}/2020-01/paid/5003`,
      `${community}/vouchers/${sha}`,
      `${community}/assemblies`,
      `${community}/assemblies/2`,
      `${community}/procedure`,
      `${community}/resolutions`,
      `${community}/resolutions/${encodeURIComponent(number)}`,
    ];
    const doors = ["/sign-in", "/join", "/reset"];
    const own = [
      `/my/${estate.code}`,
      `/my/${estate.code}/assemblies/2/roll`,
      `/desk/${estate.code}/assemblies`,
      `/desk/${estate.code}/contracts`,
      "/account",
      "/account/key",
      "/account/password",
    ];
    const owner = await phoneOf(await personIn(estate.door, estate.code, "owner", { owner: "P1" }));
    for (const place of [...open, ...doors, ...own]) {
      const answer = await owner.goto(origin() + place);
      expect(answer?.status(), place).to.equal(200);
      for (const colorScheme of ["light", "dark"] as const) {
        await owner.emulateMedia({ colorScheme });
        expect(await barriersOn(owner), `${place} in ${colorScheme}`).to.deep.equal([]);
      }
    }
  });

  it("keeps nobody out of a vote: ballots, paper, the count, the result with an objection", async () => {
    const my = `/my/${estate.code}/assemblies/2`;
    const atDesk = `/desk/${estate.code}/assemblies/2`;
    const look = async (page: Page, places: readonly string[]): Promise<void> => {
      for (const place of places) {
        const answer = await page.goto(origin() + place);
        expect(answer?.status(), place).to.equal(200);
        expect(await page.evaluate<string[]>(MISSED_BY_THUMBS), place).to.deep.equal([]);
        for (const colorScheme of ["light", "dark"] as const) {
          await page.emulateMedia({ colorScheme });
          expect(await barriersOn(page), `${place} in ${colorScheme}`).to.deep.equal([]);
        }
      }
    };
    estate.clock.set("2020-02-12T02:00:00Z");
    const ofP1 = await personIn(estate.door, estate.code, "owner", { owner: "P1" });
    const owner = await phoneOf(ofP1);
    const li = await phoneOf(estate.li);
    await look(owner, [my, `/my/${estate.code}`, `/c/${estate.code}`, `/c/${estate.code}/assemblies/2/turnout`]);
    await look(li, [`/desk/${estate.code}`, `${atDesk}/ballots`, `${atDesk}/paper/P1`, `${atDesk}/proxies`]);
    const vote = { id: 2, head: "P1", choices: [{ matter: 1, choice: "agree" }] };
    await execute(estate.door, ofP1.asker, castBallot, vote);
    await look(owner, [my]);

    estate.clock.set("2020-02-21T02:00:00Z");
    const [lateOwner, lateLi] = [await phoneOf(ofP1), await phoneOf(estate.li)];
    await look(lateLi, [`/desk/${estate.code}`, `${atDesk}/result`]);
    await execute(estate.door, estate.li.asker, countVotes, { id: 2 });
    await execute(estate.door, ofP1.asker, raiseObjection, { id: 2, text: "没有收到通知。" });
    await look(lateOwner, [`/my/${estate.code}`, `${my}/objections`, `/c/${estate.code}/assemblies/2`]);
    await look(lateLi, [`${atDesk}/result`, `/c/${estate.code}`]);
  });

  it("gives the browser's console nothing to complain about", () => {
    expect(complaints).to.deep.equal([]);
  });
});
