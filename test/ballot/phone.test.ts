// Voting on a phone, in a real browser without JavaScript: an owner of seventy, and two people with a stack of paper.
import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import type { Browser, Page } from "playwright-core";
import { buildApp } from "../../src/app.ts";
import { enterPaperBallot } from "../../src/ballot/routes.ts";
import { execute } from "../../src/door/service.ts";
import { openChromium } from "../support/chromium.ts";
import { useBooks } from "../support/databases.ts";
import { PASSWORD, type Person } from "../support/people.ts";
import { aVote, chose, type AVote, scanOf } from "../support/vote.ts";

const PHONE = { width: 390, height: 844 };
const TOUCH_MIN = 44;

/** What a thumb would miss or an eye would have to look for. Runs in the page, so it is a text here. */
const TROUBLES = `(() => {
  const small = [...document.querySelectorAll("main a, main button, main summary, main select, main .radio")]
    .filter((each) => each.closest("p, .crumbs, .label") === null)
    .map((each) => ({ text: each.textContent.trim(), box: each.getBoundingClientRect() }))
    .filter(({ box }) => box.width > 0 && box.height < ${TOUCH_MIN})
    .map(({ text, box }) => text + ": " + Math.round(box.height) + " px high");
  const wide = document.documentElement.scrollWidth;
  return wide > innerWidth ? [...small, wide + " px wide"] : small;
})()`;

describe("a vote on phones without JavaScript", function () {
  this.timeout(120_000);
  const books = useBooks("SQLite");
  let vote: AVote;
  let server: Server;
  let origin = "";
  let chromium: Browser;

  before(async () => {
    vote = await aVote(books.db);
    server = buildApp(books.db, { clock: vote.clock.now }).listen(0, "127.0.0.1");
    await once(server, "listening");
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    chromium = await openChromium();
  });
  after(async () => {
    await chromium.close();
    server.close();
    server.closeAllConnections();
  });

  async function phoneOf({ name }: Person): Promise<Page> {
    const context = await chromium.newContext({
      viewport: PHONE,
      hasTouch: true,
      locale: "zh-CN",
      javaScriptEnabled: false,
    });
    const page = await context.newPage();
    await page.goto(`${origin}/sign-in`);
    await page.fill("[name=name]", name);
    await page.fill("[name=password]", PASSWORD);
    await press(page, "main button.key-main");
    return page;
  }

  /** Presses a key and waits for the page it leads to. */
  async function press(page: Page, key: string): Promise<void> {
    await Promise.all([page.waitForEvent("framenavigated"), page.click(key)]);
    await page.waitForLoadState();
  }

  const fits = async (page: Page): Promise<void> => {
    expect(await page.evaluate<string[]>(TROUBLES), page.url()).to.deep.equal([]);
  };
  const choose = (page: Page, question: number, choice: "同意" | "反对" | "弃权"): Promise<void> =>
    page.check(`#f-choices-${question}-choice-${["同意", "反对", "弃权"].indexOf(choice)}`);

  it("takes an owner from the question over the confirmation in words to the receipt", async () => {
    const page = await phoneOf(await vote.owner("P1"));
    await page.goto(`${origin}/my/${vote.code}/assemblies/${vote.id}`);
    await fits(page);
    const question = (await page.textContent("form.ballot")) ?? "";
    expect(question).to.include("住宅物业费每月每平方米 1.11 元");
    expect(question).to.include("民法典第二百七十八条第一款第九项");
    expect(question).to.include("3 / 4 人");
    expect(question).to.include("180.34 / 270.50 平方米");
    expect(question).to.include("参加者的过半数");
    expect(question.replaceAll(/\s+/gu, "")).to.include("您的选择同意反对弃权");

    await choose(page, 0, "同意");
    await press(page, "text=下一步");
    expect(await page.textContent(".faults")).to.include("第 2 项还没有选");
    expect(await page.isChecked("#f-choices-0-choice-0")).to.equal(true);
    await choose(page, 1, "反对");
    await press(page, "text=下一步");
    await fits(page);
    expect(await page.textContent("h2")).to.equal("请再看一遍");
    expect((await page.textContent(".ballot-lines"))?.replaceAll(/\s+/gu, "")).to.equal(
      "第1项物业费调整为1.11元同意第2项更换三处门禁反对",
    );
    expect(await books.db("ballot").where({ community: vote.code })).to.deep.equal([]);

    await press(page, "text=返回修改");
    await choose(page, 1, "弃权");
    await press(page, "text=下一步");
    await press(page, "text=确认，投出这一票");
    await fits(page);
    const [ballot] = await books.db("ballot").where({ community: vote.code });
    expect(await page.textContent("main .code")).to.equal(ballot.receipt);
    const choices = await books.db("ballot_choice").where({ community: vote.code }).orderBy("matter").pluck("choice");
    expect(choices).to.deep.equal(["agree", "abstain"]);
  });

  it("shows the own ballot's state and receipt afterwards, on any device, but not what was chosen", async () => {
    const page = await phoneOf(await vote.owner("P1"));
    await page.goto(`${origin}/my/${vote.code}/assemblies/${vote.id}`);
    const text = (await page.textContent("main")) ?? "";
    const [receipt] = await books.db("ballot").where({ community: vote.code }).pluck("receipt");
    expect(text).to.include("已收到您的电子票");
    expect(text).to.include(receipt);
    expect(await page.locator("form.ballot").count()).to.equal(0);
    expect(text).not.to.match(/您选|已选/u);
  });

  it("refuses the second of two open tabs in words, and shows that the first was taken", async () => {
    const page = await phoneOf(await vote.owner("P2"));
    const other = await phoneOf(await vote.owner("P3"));
    for (const each of [page, other]) {
      await each.goto(`${origin}/my/${vote.code}/assemblies/${vote.id}`);
      await choose(each, 0, "同意");
      await choose(each, 1, "同意");
      await press(each, "text=下一步");
    }
    await press(page, "text=确认，投出这一票");
    await press(other, "text=确认，投出这一票");
    expect(await other.textContent(".faults")).to.include("每户一票");
    expect(await other.textContent("main")).to.include("已收到您的电子票");
  });

  it("lets two people enter a paper that its QR code opens, look again where they differ, and go on", async () => {
    const [li, he] = [await phoneOf(vote.li), await phoneOf(vote.he)];
    const paper = `${origin}/desk/${vote.code}/assemblies/${vote.id}/paper/P4`;
    const [scan] = await scanOf();
    const enter = async (page: Page, choice: "同意" | "反对", brings = false): Promise<void> => {
      await page.goto(paper);
      await fits(page);
      const again = page.locator("summary", { hasText: "重新录入" });
      if ((await again.count()) > 0) {
        await again.click();
      }
      await choose(page, 0, choice);
      await choose(page, 1, "弃权");
      if (brings) {
        await page.setInputFiles("input[name=scan]", {
          name: "票.jpg",
          mimeType: "image/jpeg",
          buffer: scan?.bytes ?? Buffer.alloc(0),
        });
      }
      await press(page, "button:text-is('录入')");
    };
    await enter(li, "同意", true);
    await he.goto(paper);
    expect(await he.textContent("main")).to.include("li-");
    expect(await he.locator("input[type=radio]:checked").count()).to.equal(0);
    await enter(he, "反对");
    expect(await he.textContent("main")).to.include("两人录得不同：第 1 项");
    await enter(he, "同意");
    expect(await he.textContent("main")).to.include("这一户的票已经收到");
    await he.goto(`${origin}/desk/${vote.code}/assemblies/${vote.id}/ballots`);
    await fits(he);
    expect((await he.textContent("main"))?.replaceAll(/\s+/gu, " ")).to.include("电子票 2 张，纸质票 1 张");
    await he.goto(`${origin}/desk/${vote.code}/assemblies/${vote.id}/proxies`);
    await fits(he);
  });

  it("tells an owner of a paper that one person entered, lets another side set it aside, and lists it at the desk", async () => {
    const dev = await phoneOf(await vote.owner("DEV"));
    const sun = await phoneOf(vote.sun);
    const entry = { id: vote.id, head: "DEV", receivedOn: "2020-12-02", choices: chose("agree", "agree") };
    await execute(vote.door, vote.li.asker, enterPaperBallot, entry, { uploads: await scanOf() });
    await dev.goto(`${origin}/my/${vote.code}/assemblies/${vote.id}`);
    await fits(dev);
    expect(await dev.textContent("main")).to.include("有人录入了您家的一张纸质票");
    expect(await dev.locator("form.ballot").count()).to.equal(1);

    await sun.goto(`${origin}/desk/${vote.code}/assemblies/${vote.id}/paper/DEV`);
    await fits(sun);
    await sun.click("summary:has-text('撤下')");
    await sun.fill("details [name=reason]", "没有找到这张票");
    await press(sun, "button:text-is('撤下')");
    await sun.goto(`${origin}/desk/${vote.code}/assemblies/${vote.id}/ballots`);
    await fits(sun);
    expect(((await sun.textContent("main")) ?? "").replaceAll(/\s+/gu, "")).to.match(
      /没有计入的纸质票录入.*S1li-.*录入已撤下：没有找到这张票/u,
    );
    await dev.goto(`${origin}/my/${vote.code}/assemblies/${vote.id}`);
    expect(await dev.textContent("main")).not.to.include("有人录入了您家的一张纸质票");
  });

  it("prints the ballots of those who have not voted", async () => {
    const page = await phoneOf(vote.li);
    const at = `${origin}/desk/${vote.code}/assemblies/${vote.id}/ballots.pdf`;
    const some = await page.request.get(`${at}?which=missing`);
    expect(some.headers()["content-type"]).to.equal("application/pdf");
    const count = (bytes: Buffer): string | undefined => /\/Count (\d+)/u.exec(bytes.toString("latin1"))?.[1];
    expect(count(await some.body())).to.equal("1");
    expect(count(await (await page.request.get(`${at}?which=all`)).body())).to.equal("4");
    expect(count(await (await page.request.get(`${at}?which=all&units=10*`)).body())).to.equal("3");
    expect((await page.request.get(`${at}?which=all&units=9-9`)).status()).to.equal(409);
  });

  it("shows everybody how many took part, and nobody how", async () => {
    const context = await chromium.newContext({ viewport: PHONE, javaScriptEnabled: false });
    const page = await context.newPage();
    await page.goto(`${origin}/c/${vote.code}/assemblies/${vote.id}/turnout`);
    await fits(page);
    const text = ((await page.textContent("main")) ?? "").replaceAll(/\s+/gu, " ");
    expect(text).to.include("3 人 / 4 人");
    expect(text).to.include("至少 200.00 平方米 / 270.50 平方米").and.to.include("✓ 已达到三分之二");
    expect(text).to.include("面积按 200.00 平方米 一档向下取整").and.not.to.include("250.50");
    expect(text).not.to.match(/同意|反对|弃权/u);
  });
});
