// An assembly in pages: what the committee fills in, what becomes of it, and what everybody and each owner reads.
import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { buildApp } from "../../src/app.ts";
import { mattersOf, showAssembly } from "../../src/assembly/service.ts";
import { ask } from "../../src/door/service.ts";
import { Browser, spokenText } from "../support/browser.ts";
import { useBooks } from "../support/databases.ts";
import { anEstate, type Estate } from "../support/estate.ts";
import { PASSWORD, personIn } from "../support/people.ts";

/** What is typed for each kind of matter, and the effect that is kept. */
const TYPED: readonly (readonly [kind: string, typed: Record<string, string | string[]>, effect: object])[] = [
  [
    "fee-change",
    { "effect[from]": "2020-03", "effect[rates][1][rate]": "2.50" },
    { from: "2020-03", rates: [{ use: "商业", rate: "2.5" }], discounts: [] },
  ],
  [
    "draw-change",
    { "effect[from]": "2020-03", "effect[draw][rate]": "0.12", "effect[draw][base]": ["4001", "4002"] },
    { from: "2020-03", draw: { rate: "0.12", base: ["4001", "4002"], method: "received" } },
  ],
  ["sweep-rule", { "effect[from]": "2020-03", "effect[sweep][every]": "none" }, { from: "2020-03", sweep: null }],
  [
    "manager",
    { "effect[company]": "新物业有限公司", "effect[day]": "2020-06-01" },
    { company: "新物业有限公司", day: "2020-06-01" },
  ],
  [
    "use-repair-fund",
    { "effect[project]": "屋面防水", "effect[amount]": "3,000", "effect[accounts]": "5002" },
    { project: "屋面防水", amount: "3000.00", accounts: ["5002"] },
  ],
  [
    "budget",
    {
      "effect[year]": "2020",
      "effect[changes][0][account]": "5003",
      "effect[changes][0][amount]": "-500",
      "effect[changes][1][account]": "5002",
      "effect[changes][1][amount]": "500",
      "effect[reason]": "电梯大修",
      "effect[source]": "lines",
    },
    {
      year: 2020,
      changes: [
        { account: "5003", amount: "-500.00" },
        { account: "5002", amount: "500.00" },
      ],
      reason: "电梯大修",
      source: "lines",
    },
  ],
  [
    "rules",
    {
      "effect[settings][proxyMax]": "1",
      "effect[settings][parkingCounts]": "false",
      "effect[settings][callers]": ["committee", "owners"],
    },
    { settings: { proxyMax: 1, parkingCounts: false, callers: ["committee", "owners"] } },
  ],
  ["covenant", {}, { kind: "none" }],
];

describe("the pages of an assembly", () => {
  const books = useBooks("SQLite");
  let estate: Estate;
  let server: Server;
  let origin = "";

  before(async () => {
    estate = await anEstate(books.db);
    server = buildApp(books.db, { clock: estate.clock.now }).listen(0, "127.0.0.1");
    await once(server, "listening");
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => {
    server.close();
    server.closeAllConnections();
  });

  async function signedIn({ name }: { readonly name: string }): Promise<Browser> {
    const browser = new Browser(origin);
    await browser.signIn(name, PASSWORD);
    return browser;
  }

  const desk = (place = ""): string => `/desk/${estate.code}/assemblies${place}`;

  /** A draft made by the form; answers its number. */
  async function drafted(browser: Browser): Promise<number> {
    await browser.open(desk());
    await browser.follow("召开一次会议");
    const fields = { title: "第一次业主大会", calledBy: "committee", opensOn: "2020-02-04", closesOn: "2020-02-13" };
    const { path, text } = await browser.submit(desk(), fields);
    expect(spokenText(text)).to.include("还没有一项要表决的事项。");
    return Number(path.split("/").at(-1));
  }

  it("keep for each kind of matter what was typed, as the effect that it has", async () => {
    const browser = await signedIn(estate.li);
    const id = await drafted(browser);
    for (const [kind, typed] of TYPED) {
      const form = await browser.open(desk(`/${id}/matters/new?kind=${kind}`));
      expect(spokenText(form.text), kind).to.include("至少要有多少人参加 2 / 3 人");
      const sent = { title: `题目 ${kind}`, text: "内容", ...typed };
      const { path, text } = await browser.submit(desk(`/${id}/matters`), sent);
      expect(path, `${kind}: ${spokenText(/<div class="faults"[\s\S]*?<\/div>/u.exec(text)?.[0] ?? "")}`).to.equal(
        desk(`/${id}`),
      );
    }
    const matters = await mattersOf(books.db, estate.code, id);
    expect(matters.map(({ kind, effect }) => [kind, effect])).to.deep.equal(
      TYPED.map(([kind, , effect]) => [kind, { kind, ...effect }]),
    );
    // Opened and saved again as it is, each stays what it was.
    for (const { place } of matters) {
      await browser.open(desk(`/${id}/matters/${place}`));
      const boxes = TYPED[place - 1]?.[1] ?? {};
      const ticked = Object.fromEntries(Object.entries(boxes).filter(([, value]) => Array.isArray(value)));
      expect((await browser.submit(desk(`/${id}/matters/${place}`), ticked)).path).to.equal(desk(`/${id}`));
    }
    expect(await mattersOf(books.db, estate.code, id)).to.deep.equal(matters);
  });

  it("offer for a budget what may be budgeted, and nothing of the repair fund or between funds", async () => {
    const browser = await signedIn(estate.li);
    const { text } = await browser.open(desk(`/${await drafted(browser)}/matters/new?kind=budget`));
    const offered = new Set([...text.matchAll(/<option value="(\d{4})"/gu)].map(([, account]) => account));
    expect([...offered]).to.include.members(["4001", "4101", "5002", "5101"]);
    expect([...offered]).to.not.include.oneOf(["4501", "4801", "5501", "5801"]);
  });

  it("bring a refused form back with what was typed, and say so at its field", async () => {
    const browser = await signedIn(estate.li);
    const id = await drafted(browser);
    await browser.open(desk(`/${id}/matters/new?kind=fee-change`));
    const typed = { title: "物业费", text: "内容", "effect[from]": "2019-12", "effect[rates][0][rate]": "1.11" };
    const { status, text } = await browser.submit(desk(`/${id}/matters`), typed);
    expect(status).to.equal(409);
    expect(text).to.match(/id="f-effect-from"[^>]*aria-invalid="true"[^>]*value="2019-12"|value="2019-12"/u);
    expect(spokenText(text)).to.include("不能再改变").and.to.include("请选 2020-01 或以后的月份");
    expect(text).to.include('value="1.11"');
  });

  it("give notice after a last look, and show everybody text, basis, both counts, days and fingerprint", async () => {
    const browser = await signedIn(estate.he);
    const id = await drafted(browser);
    await browser.open(desk(`/${id}/matters/new?kind=rebuild`));
    await browser.submit(desk(`/${id}/matters`), { title: "加装电梯", text: "在 1 栋加装一部电梯。" });
    const stranger = new Browser(origin);
    expect((await stranger.open(`/c/${estate.code}/assemblies/${id}`)).status).to.equal(404);
    const look = await browser.follow("发出通知");
    expect(spokenText(look.text)).to.include("投票截止 2020年2月13日 24 时");
    const { text } = await browser.submit(desk(`/${id}/notice`), {});
    expect(spokenText(text)).to.include("通知送达：0 / 3 人");

    const list = await stranger.open(`/c/${estate.code}/assemblies`);
    expect(spokenText(list.text)).to.include("第一次业主大会 已通知");
    const read = spokenText((await stranger.follow("第一次业主大会")).text);
    const { fingerprint } = await ask(estate.door, estate.he.asker, showAssembly, { id });
    for (const words of [
      "在 1 栋加装一部电梯。",
      "民法典第二百七十八条第一款第七项：改建、重建建筑物及其附属设施",
      "至少要有多少人参加 2 / 3 人",
      "至少要有多少面积参加 113.67 / 170.50 平方米",
      "参加者的四分之三以上",
      "刚够参加人数时，要 2 人、85.26 平方米同意",
      "开始投票 2020年2月4日 0 时",
      "名册：3 人、170.50 平方米",
      "1 套，合 1 人",
      String(fingerprint),
    ]) {
      expect(read).to.include(words);
    }
    expect(read, "no owner is named").not.to.match(/甲|乙|丙|P1|101/u);
  });

  it("record deliveries for those who are ticked, for all who were found, and for all", async () => {
    const browser = await signedIn(estate.li);
    const id = await drafted(browser);
    await browser.open(desk(`/${id}/matters/new?kind=other`));
    await browser.submit(desk(`/${id}/matters`), { title: "门禁", text: "换门禁。" });
    await browser.open(desk(`/${id}/notice`));
    await browser.submit(desk(`/${id}/notice`), {});
    const here = desk(`/${id}/deliveries`);
    await browser.open(`${here}?find=10`);
    const found = await browser.submit(here, { how: "in-person", everyone: "on" });
    expect(spokenText(found.text)).to.include("2 / 3 人已登记送达。 当面送达 2 人").and.to.include("S1 开发商");
    const none = await browser.submit(here, { how: "letter" });
    expect(none.status).to.equal(422);
    expect(spokenText(none.text)).to.include("没有选业主。");
    const last = await browser.submit(here, { how: "posted", heads: "DEV" });
    expect(spokenText(last.text)).to.include("✓ 全部送到了。");
    const sheet = await browser.open(desk(`/${id}/roll.csv`));
    expect(sheet.text).to.include("P2+P3,乙、丙,102,50.50,当面送达，2020年1月20日");
  });

  it("show an owner the own row, and the roll's file gives the fingerprint", async () => {
    const browser = await signedIn(estate.li);
    const id = await drafted(browser);
    await browser.open(desk(`/${id}/matters/new?kind=other`));
    await browser.submit(desk(`/${id}/matters`), { title: "门禁", text: "换门禁。" });
    await browser.open(desk(`/${id}/notice`));
    await browser.submit(desk(`/${id}/notice`), {});
    const file = await browser.open(desk(`/${id}/roll.txt`));
    expect(file.text).to.equal("DEV\t20.00\tS1 20.00\nP1\t100.00\t101 100.00\nP2+P3\t50.50\t102 50.50\n");
    const owner = await signedIn(await personIn(estate.door, estate.code, "owner", { owner: "P3" }));
    const own = await owner.open(`/my/${estate.code}/assemblies/${id}/roll`);
    expect(spokenText(own.text)).to.include("102 住宅 50.50 平方米").and.to.include("与他人共有，合起来算一人");
    expect((await owner.open(desk(`/${id}/roll`))).status).to.equal(403);
  });
});
