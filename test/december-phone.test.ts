// A vote on the fee in a real browser of a phone's size, from the owner's first page to January's bill and back to the
// count. 晨光院 has four heads: 100, 80 and 60 m² of flats, and a shop of 50 m².
import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import type { Browser, Page } from "playwright-core";
import { buildApp, openDoor } from "../src/app.ts";
import { addMatter, draftAssembly, giveNotice } from "../src/assembly/service.ts";
import { castBallot } from "../src/ballot/routes.ts";
import { month } from "../src/base/month.ts";
import { execute, type Door } from "../src/door/service.ts";
import { billMonth } from "../src/fees/service.ts";
import { importFolder } from "../src/intake/service.ts";
import { finishDue } from "../src/outcome/service.ts";
import { closeThrough } from "../src/period/service.ts";
import { barriersOn, MISSED_BY_THUMBS } from "./support/barriers.ts";
import { openChromium } from "./support/chromium.ts";
import { useBooks } from "./support/databases.ts";
import { Clock } from "./support/estate.ts";
import { listening, SMALL_COMMUNITY, writeFolder } from "./support/folders.ts";
import { PASSWORD, personIn, type Person } from "./support/people.ts";
import { chose } from "./support/vote.ts";

const CODE = "chenguang";
const FOLDER = {
  "community.json": JSON.stringify({ ...SMALL_COMMUNITY, code: CODE, name: "晨光院", firstMonth: "2020-11" }),
  "units.csv":
    "房号,用途,面积,业主编号,业主,起算月\n101,住宅,100,P1,张桂兰,2020-11\n102,住宅,80,P2,刘洋,2020-11\n103,住宅,60,P3,陈静,2020-11\nS1,商业,50,P4,陈记,2020-11\n",
  "rates.csv": "用途,单价,起始月\n住宅,0.81,2020-11\n商业,2.40,2020-11\n",
  "opening.csv": "账户,科目,房号,所属月,金额\ncommon,1002,,,10000.00\nrepair,1002,,,5000.00\n",
};

/** From the own page: open the vote, two choices, look again, confirm. */
const TAPS_TO_VOTE = 5;
/** From the own page to the result; from a bill over the resolution to the count. */
const TAPS_TO_RESULT = 1;
const TAPS_TO_COUNT = 2;

describe("a vote on the fee, on phones", function () {
  this.timeout(60_000);
  const books = useBooks("SQLite");
  const clock = new Clock("2020-11-10T02:00:00Z");
  let door: Door;
  let server: Server;
  let chromium: Browser;
  let zhang: Person;
  let li: Person;
  let wang: Person;
  let phone: Page;
  let taps = 0;

  before(async () => {
    await importFolder(books.db, writeFolder(FOLDER), listening(clock.now()));
    door = openDoor(books.db, { clock: clock.now });
    zhang = await personIn(door, CODE, "owner", { name: "张桂兰", owner: "P1" });
    li = await personIn(door, CODE, "committee", { name: "李主任" });
    wang = await personIn(door, CODE, "trustee", { name: "王经理" });
    server = buildApp(books.db, { clock: clock.now }).listen(0, "127.0.0.1");
    await once(server, "listening");
    chromium = await openChromium();
  });
  after(async () => {
    await chromium.close();
    server.close();
    server.closeAllConnections();
  });

  const origin = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const words = async (page: Page, place = "main"): Promise<string> =>
    ((await page.textContent(place)) ?? "").replaceAll(/\s+/gu, "");

  async function phoneOf({ name }: Person): Promise<Page> {
    const context = await chromium.newContext({
      viewport: { width: 390, height: 844 },
      hasTouch: true,
      isMobile: true,
      locale: "zh-CN",
    });
    const page = await context.newPage();
    await page.goto(`${origin()}/sign-in`);
    await page.fill("[name=name]", name);
    await page.fill("[name=password]", PASSWORD);
    await page.tap("main button.key-main");
    await page.waitForURL(/\/(?:desk|my)\//u);
    return page;
  }

  /** Taps what leads to another page, and looks whether that one can be used by everybody. */
  async function go(page: Page, target: string): Promise<void> {
    taps += 1;
    await Promise.all([page.waitForEvent("framenavigated"), page.tap(target)]);
    await page.waitForLoadState();
    await looksWell(page);
  }

  async function looksWell(page: Page): Promise<void> {
    expect(await page.evaluate<string[]>(MISSED_BY_THUMBS), page.url()).to.deep.equal([]);
    expect(await barriersOn(page), page.url()).to.deep.equal([]);
  }

  async function choose(page: Page, question: number, choice: string): Promise<void> {
    taps += 1;
    await page.tap(`#f-choices-${question}-choice-${["同意", "反对", "弃权"].indexOf(choice)}`);
  }

  it("is called by the committee, with fifteen days to read what it is about", async () => {
    const draft = { title: "2020年第一次业主大会", calledBy: "committee", ballot: "open" };
    await execute(door, li.asker, draftAssembly, { ...draft, opensOn: "2020-12-01", closesOn: "2020-12-10" });
    await execute(door, li.asker, addMatter, {
      id: 1,
      kind: "fee-change",
      title: "物业费调整为 1.11 元",
      text: "从 2021 年 1 月起，住宅物业费每月每平方米 1.11 元。",
      effect: { from: "2021-01", rates: [{ use: "住宅", rate: "1.11" }] },
    });
    await execute(door, li.asker, addMatter, { id: 1, kind: "other", title: "更换门禁", text: "三处门禁换成刷卡的。" });
    await execute(door, li.asker, giveNotice, { id: 1 });
  });

  it("takes an owner from the own page to the receipt in five taps", async () => {
    clock.set("2020-12-02T02:00:00Z");
    phone = await phoneOf(zhang);
    await phone.goto(`${origin()}/my/${CODE}`);
    await looksWell(phone);
    taps = 0;
    await go(phone, "text=2020年第一次业主大会");
    expect(await words(phone))
      .to.include("住宅物业费每月每平方米1.11元")
      .and.to.include("现为81.00元")
      .and.to.include("101的物业费每月从81.00元变为111.00元（多30.00元）");
    await choose(phone, 0, "同意");
    await choose(phone, 1, "弃权");
    await go(phone, "text=下一步");
    expect(await words(phone, ".ballot-lines")).to.equal("第1项物业费调整为1.11元同意第2项更换门禁弃权");
    await go(phone, "text=确认，投出这一票");
    expect(taps).to.equal(TAPS_TO_VOTE);
    const [receipt] = await books.db("ballot").where({ community: CODE, head: "P1" }).pluck("receipt");
    expect(await phone.textContent("main .code")).to.equal(receipt);
  });

  it("is counted by the committee, who is led there from the desk", async () => {
    for (const [head, choice] of [
      ["P2", "agree"],
      ["P3", "oppose"],
    ] as const) {
      const { asker } = await personIn(door, CODE, "owner", { owner: head });
      await execute(door, asker, castBallot, { id: 1, head, choices: chose(choice, "agree") });
    }
    clock.set("2020-12-11T02:00:00Z");
    const desk = await phoneOf(li);
    await desk.goto(`${origin()}/desk/${CODE}`);
    taps = 0;
    await go(desk, "text=投票期已过，请计票");
    await go(desk, "text=结束投票并计票");
    expect(taps).to.equal(2);
    expect(await words(desk))
      .to.include("参加的人里，2人同意")
      .and.to.include("所以，这一项通过了");
    await desk.context().close();
  });

  it("shows the owner what came of it in one tap, and that the own ballot was counted", async () => {
    phone = await phoneOf(zhang);
    await phone.goto(`${origin()}/my/${CODE}`);
    await looksWell(phone);
    taps = 0;
    await go(phone, "text=2020年第一次业主大会");
    expect(taps).to.equal(TAPS_TO_RESULT);
    const result = await words(phone);
    expect(result).to.include("3人÷4人=75.0%").and.to.include("240.00平方米÷290.00平方米=82.8%");
    expect(result)
      .to.include("同意2人（66.7%）180.00平方米（75.0%）")
      .and.to.include("现在是异议期，到2020年12月18日为止");
    const [receipt] = await books.db("ballot").where({ community: CODE, head: "P1" }).pluck("receipt");
    await phone.fill("#receipt", receipt);
    await go(phone, ".verify form button");
    expect(await words(phone, "[role=status]"))
      .to.include("这张电子票已经计入")
      .and.to.include("物业费调整为1.11元：同意");
  });

  it("leads from January's bill over the resolution to the count in two taps", async () => {
    clock.set("2020-12-19T02:00:00Z");
    await finishDue(door, (_where, error) => {
      throw error;
    });
    clock.set("2021-01-02T02:00:00Z");
    await closeThrough(books.db, CODE, month("2020-12"), { now: clock.now() });
    await execute(door, wang.asker, billMonth, { month: "2021-01" });
    phone = await phoneOf(zhang);
    await phone.goto(`${origin()}/my/${CODE}`);
    await looksWell(phone);
    const bill = "2021年1月111.00元没有缴，请在2021年1月31日前缴·1.11元×100平方米·依据：2020-业主大会-1";
    expect(await words(phone)).to.include(bill);
    taps = 0;
    await go(phone, "text=2020-业主大会-1");
    expect(await words(phone))
      .to.include("住宅物业费每平方米每月1.11元")
      .and.to.include("从2021年1月起");
    await go(phone, "text=看计票结果");
    expect(taps).to.equal(TAPS_TO_COUNT);
    expect(await words(phone))
      .to.include("已经生效")
      .and.to.include("同意2人（66.7%）180.00平方米（75.0%）");
  });
});
