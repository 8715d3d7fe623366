// The year's budget and the committee's decisions on a phone: nothing too small, too wide, or closed to anybody.
import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import type { Browser } from "playwright-core";
import { fromYuan } from "../../src/base/money.ts";
import { month } from "../../src/base/month.ts";
import { buildApp } from "../../src/app.ts";
import { changeBudget } from "../../src/budget/service.ts";
import { castVote, proposeBudgetChange, proposeDecision, proposeRatification } from "../../src/council/service.ts";
import { explainDifference } from "../../src/execution/service.ts";
import { releaseSpend } from "../../src/payment/routes.ts";
import { closeThrough } from "../../src/period/service.ts";
import { runTx } from "../../src/platform/db.ts";
import { requestSpend } from "../../src/spending/service.ts";
import { publishThrough } from "../../src/statement/service.ts";
import { barriersOn, MISSED_BY_THUMBS } from "../support/barriers.ts";
import { openChromium } from "../support/chromium.ts";
import { useBooks } from "../support/databases.ts";
import { anEstate, aPayment, does, type Estate } from "../support/estate.ts";
import { PASSWORD } from "../support/people.ts";
import { aResolution } from "../support/resolutions.ts";

describe("the year's budget on a phone", function () {
  this.timeout(120_000);
  const books = useBooks("SQLite");
  let estate: Estate;
  let server: Server;
  let chromium: Browser;

  before(async () => {
    estate = await anEstate(books.db, {}, { budgetChange: { committeeUpTo: "500.00" } });
    await aYear();
    server = buildApp(books.db, { clock: estate.clock.now }).listen(0, "127.0.0.1");
    await once(server, "listening");
    chromium = await openChromium();
  });
  after(async () => {
    await chromium.close();
    server.close();
    server.closeAllConnections();
  });

  /** A change, an emergency that waits, a decision that passed and two that wait, and a closed year with a reason. */
  async function aYear(): Promise<void> {
    const { code, clock, wang, zhao, li, he } = estate;
    await aResolution(books.db, code, "2020-业主大会-1");
    const change = [{ account: "5002", amount: fromYuan("300.00") }];
    const wish = { year: 2020, reason: "路灯集中更换", source: "reserve", changes: change } as const;
    const decided = { resolution: "2020-业主大会-1", by: "", at: clock.now() };
    await runTx(books.db, code, (tx) => changeBudget(tx, code, wish, decided));
    const emergency = aPayment({ lines: [{ account: "5001", amount: "900.00" }], emergency: "大树倒在车上" });
    const { id } = await does<{ id: number }>(estate, wang, requestSpend, emergency);
    for (const who of [zhao, li]) {
      clock.tick();
      await does(estate, who, releaseSpend, { id, code: who.code() });
    }
    const more = { ...wish, changes: [{ account: "5002", amount: "100" }] };
    await does(estate, li, proposeBudgetChange, more);
    await does(estate, li, proposeDecision, { title: "更换门禁供应商", text: "三家比价" });
    clock.later(7);
    await does(estate, li, castVote, { id: 1, choice: "agree" });
    await does(estate, he, castVote, { id: 1, choice: "agree" });
    clock.set("2021-01-05T02:00:00Z");
    await does(estate, he, proposeRatification, { spend: id });
    await closeThrough(books.db, code, month("2020-12"), { now: clock.now() });
    await publishThrough(books.db, code, month("2020-12"), { now: clock.now() });
    await does(estate, wang, explainDifference, { year: 2020, account: "5001", text: "抢修" });
  }

  const PUBLIC = [
    "budgets/2020/execution",
    "budgets/2020/execution/5001",
    "budgets/2020/final",
    "decisions",
    "decisions/1",
  ];
  const DESK = [
    "",
    "decisions",
    "decisions/1",
    "decisions/3",
    "decisions/ratify",
    "decisions/budget?year=2021",
    "decisions/other",
    "budgets/2020/execution",
    "budgets/2020/final",
    "spends/1",
  ];

  it("is read and decided on without barriers, by everybody and at the desk", async () => {
    const context = await chromium.newContext({
      viewport: { width: 390, height: 844 },
      isMobile: true,
      hasTouch: true,
    });
    const page = await context.newPage();
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const found: string[] = [];
    const look = async (address: string): Promise<void> => {
      const answer = await page.goto(origin + address);
      const barriers = [...(await page.evaluate<string[]>(MISSED_BY_THUMBS)), ...(await barriersOn(page))];
      found.push(...(answer?.status() === 200 ? [] : [`${address}: ${answer?.status() ?? 0}`]));
      found.push(...barriers.map((each) => `${address}: ${each}`));
    };
    for (const place of PUBLIC) {
      await look(`/c/${estate.code}/${place}`);
    }
    await page.goto(`${origin}/sign-in`);
    await page.fill("input[name=name]", estate.li.name);
    await page.fill("input[name=password]", PASSWORD);
    await page.click("main button");
    for (const place of DESK) {
      await look(`/desk/${estate.code}/${place}`);
    }
    await context.close();
    expect(found).to.deep.equal([]);
  });
});
