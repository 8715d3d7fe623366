// The desk writes a plan in a browser without JavaScript: forms that change with the choice made, two people at one line,
// publication with the comments that moved it, answers. Nothing that was typed is lost.
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import os from "node:os";
import path from "node:path";
import { expect } from "chai";
import { buildApp, openDoor } from "../../src/app.ts";
import { execute } from "../../src/door/service.ts";
import { addComment } from "../../src/plan/service.ts";
import { photo } from "../platform/pictures.ts";
import { Browser, spokenText } from "../support/browser.ts";
import { useBooks } from "../support/databases.ts";
import { Clock } from "../support/estate.ts";
import { PASSWORD, personIn, type Person } from "../support/people.ts";
import { moveIn } from "../support/small.ts";

describe("writing a plan at the desk", function () {
  this.timeout(60_000);
  const books = useBooks("SQLite");
  const clock = new Clock("2026-11-21T02:00:00Z");
  let code = "";
  let folder = "";
  let server: Server;
  let owner: Person;
  let wang: Browser;
  let li: Browser;
  let sun: Browser;

  before(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), "xinyi-desk-plan-"));
    code = await moveIn(books.db);
    const options = { clock: clock.now, filesFolder: folder };
    const door = openDoor(books.db, options);
    server = buildApp(books.db, options).listen(0, "127.0.0.1");
    await once(server, "listening");
    const browserOf = async (role: "trustee" | "committee" | "supervisor"): Promise<Browser> => {
      await personIn(door, code, role, { name: role });
      const browser = new Browser(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
      await browser.signIn(role, PASSWORD);
      return browser;
    };
    [wang, li, sun] = [await browserOf("trustee"), await browserOf("committee"), await browserOf("supervisor")];
    owner = await personIn(door, code, "owner", { owner: "P1" });
  });
  after(async () => {
    server.close();
    server.closeAllConnections();
    await rm(folder, { recursive: true, force: true });
  });

  const desk = (place = ""): string => `/desk/${code}/plans${place}`;

  it("begins a year from the list", async () => {
    await wang.open(desk());
    const begun = await wang.submit(desk(), { year: "2027" });
    expect([begun.status, begun.path]).to.deep.equal([200, desk("/2027")]);
    expect(spokenText(begun.text)).to.contain("还没有写。先加一条");
  });

  it("shows the fields for the way the amount is found, keeping what was typed and what was attached", async () => {
    await wang.open(desk("/2027"));
    await wang.follow("加一条");
    const typed = { account: "5005", title: "门岗", kind: "posts", count: "2" };
    const file = new File([new Uint8Array(await photo())], "报价.jpg", { type: "image/jpeg" });
    const shown = await wang.submit(desk("/2027/lines"), { ...typed, files: file, _resume: "show" });
    expect(shown.text).to.contain('name="levels[1][posts]"').and.to.contain('value="门岗"');
    expect(spokenText(shown.text)).to.contain("第 2 档").and.to.contain("附件 1");
    const half = await wang.submit(desk("/2027/lines"), { "levels[0][name]": "白天", "levels[0][posts]": "-1" });
    expect(half.status).to.equal(422);
    expect(spokenText(half.text)).to.contain("应为不小于 0 的数字");
    expect(half.text).to.contain('value="白天"');
    const saved = await wang.submit(desk("/2027/lines"), {
      "levels[0][posts]": "1",
      "levels[0][monthly]": "60",
      "levels[1][name]": "昼夜",
      "levels[1][posts]": "2",
      "levels[1][monthly]": "60",
      chosen: "0",
    });
    expect([saved.status, saved.path]).to.deep.equal([200, desk("/2027")]);
    expect(spokenText(saved.text)).to.contain(
      "第 1 条 门岗 720.00 元 白天：1 个岗位 × 每月 60.00 元 × 12 个月 · 2 档可选 · 1 个附件",
    );
  });

  it("tells the second of two editors what the first one saved, with the own words still there", async () => {
    await wang.open(desk("/2027/lines/1"));
    await li.open(desk("/2027/lines/1"));
    await wang.submit(desk("/2027/lines"), { title: "东门门岗" });
    const told = await li.submit(desk("/2027/lines"), { title: "西门门岗" });
    expect(told.status).to.equal(409);
    expect(spokenText(told.text)).to.contain("您打开之后，别人改过这里").and.to.contain("别人刚保存的是： 东门门岗");
    expect(told.text).to.contain('value="西门门岗"');
    const again = await li.submit(desk("/2027/lines"), {});
    expect(spokenText(again.text)).to.contain("第 1 条 西门门岗");
  });

  it("publishes, hears owners, answers, and publishes what they moved", async () => {
    await wang.open(desk("/2027/publish"));
    await wang.submit(desk("/2027/publish"), { summary: "第一版" });
    await wang.open(desk("/2027/period"));
    const set = await wang.submit(desk("/2027/period"), { from: "2026-11-21", until: "2026-12-05" });
    expect(spokenText(set.text)).to.contain("正在征求意见：2026年11月21日到2026年12月5日");
    const door = openDoor(books.db, { clock: clock.now, filesFolder: folder });
    await execute(door, owner.asker, addComment, { year: "2027", line: "1", words: "晚上也要有人" });
    await execute(door, owner.asker, addComment, { year: "2027", words: "某某是小偷" });

    await li.open(desk("/2027/comments"));
    await li.follow("第 1 号");
    const answered = await li.submit(desk("/2027/comments/1/answers"), { words: "第 2 版改成昼夜。" });
    expect(spokenText(answered.text)).to.contain("业委会答复 · 2026年11月21日 第 2 版改成昼夜。");
    await sun.open(desk("/2027/comments/2"));
    const hidden = await sun.submit(desk("/2027/comments/2/hiding"), { reason: "诽谤他人" });
    expect(spokenText(hidden.text)).to.contain("监察人隐藏了这条意见的文字，原因：诽谤他人").and.to.not.contain("小偷");
    const shown = await sun.submit(desk("/2027/comments/2/hiding"), { reason: "弄错了" });
    expect(spokenText(shown.text)).to.contain("某某是小偷");

    await wang.open(desk("/2027/lines/1"));
    await wang.submit(desk("/2027/lines"), { chosen: "1" });
    const preview = await wang.open(desk("/2027/publish"));
    expect(spokenText(preview.text))
      .to.contain("第 1 条 西门门岗 多 720.00 元")
      .and.to.contain("第 1 号（第 1 条）：晚上也要有人");
    const missing = await wang.submit(desk("/2027/publish"), { summary: "", moved: "1:1" });
    expect(missing.status).to.equal(422);
    await wang.submit(desk("/2027/publish"), { summary: "门岗昼夜有人", moved: "1:1" });
    const read = spokenText((await wang.open(`/c/${code}/budgets/2027`)).text);
    expect(read).to.contain("第 2 版改动，多 720.00 元 ：门岗昼夜有人").and.to.contain("采纳 第 1 号意见");
  });

  it("states the collection rate, and tells what hangs on a rate that nobody has voted for", async () => {
    await wang.open(desk("/2027/terms"));
    const wrong = await wang.submit(desk("/2027/terms"), { collection: "120", gap: "受托人承担" });
    expect([wrong.status, wrong.text.includes('value="受托人承担"')]).to.deep.equal([422, true]);
    const terms = { collection: "80 %", "rates[0][use]": "住宅", "rates[0][rate]": "2", "rates[0][from]": "2027-01" };
    const saved = await wang.submit(desk("/2027/terms"), terms);
    // 150.5 m² of flats at 1.00 more for twelve months, 80 % of it
    expect(spokenText(saved.text)).to.contain("没有通过，这份预算也不生效：收入少 1,444.80 元");
  });

  it("takes a line out, and puts the plan to the vote after the period", async () => {
    await wang.open(desk("/2027/lines"));
    const contract = { account: "4101", title: "广告", "levels[0][amount]": "500", "levels[0][reason]": "合同" };
    await wang.submit(desk("/2027/lines"), contract);
    await wang.open(desk("/2027/lines/2"));
    const without = await wang.submit(desk("/2027/lines/2/removal"), {});
    expect(spokenText(without.text)).to.contain("删去 2027 年预算第 2 条").and.to.not.contain("广告");
    clock.set("2026-12-06T02:00:00Z");
    await wang.signIn("trustee", PASSWORD);
    await li.signIn("committee", PASSWORD);
    await li.open(desk("/2027/freeze"));
    const early = await li.submit(desk("/2027/freeze"), {});
    expect([early.status, spokenText(early.text).includes("不是草案现在的样子")]).to.deep.equal([409, true]);
    await wang.open(desk("/2027/publish"));
    await wang.submit(desk("/2027/publish"), { summary: "按设想的单价" });
    await li.open(desk("/2027/freeze"));
    const frozen = await li.submit(desk("/2027/freeze"), {});
    expect(spokenText(frozen.text)).to.contain("第 3 版已定稿，等待业主大会表决");
    const votes = `/desk/${code}/assemblies`;
    await li.open(`${votes}/new`);
    const call = { title: "表决预算", calledBy: "committee", opensOn: "2026-12-25", closesOn: "2026-12-31" };
    const { path: drafted } = await li.submit(votes, call);
    await li.follow("通过或变更年度预算");
    const matter = await li.follow("2027 年预算第 3 版");
    expect(spokenText(matter.text)).to.contain("通过「2027 年预算第 3 版」：它的各个科目成为全年的预算。");
    const put = await li.submit(`${drafted}/matters`, { title: "2027 年预算", text: "通过 2027 年预算第 3 版。" });
    expect(spokenText(put.text))
      .to.contain("还不能发通知")
      .and.to.contain("这次会议没有相应的调价事项")
      .and.to.contain("通过 2027 年预算第 3 版。");
    await li.follow("调整物业费标准");
    const rise = { "effect[from]": "2027-01", "effect[rates][0][rate]": "2" };
    const both = await li.submit(`${drafted}/matters`, { title: "物业费 2 元", text: "住宅 2 元。", ...rise });
    expect(spokenText(both.text)).to.contain("可以发通知了").and.to.contain("▲ 这一项要靠第 2 项");
    await li.open(desk("/2027"));
    await li.follow("重新开放修改");
    const open = await li.submit(desk("/2027/reopen"), { reason: "通知前更正" });
    expect(spokenText(open.text)).to.contain("定稿后重新开放修改，原因：通知前更正");
  });
});
