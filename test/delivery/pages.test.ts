// Calls and deliveries in pages: an owner says who called and what was seen, and a second person looks at the papers.
import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { buildApp } from "../../src/app.ts";
import { attachCall } from "../../src/assembly/routes.ts";
import { addMatter, draftAssembly, giveNotice, recordDeliveries } from "../../src/assembly/service.ts";
import { execute } from "../../src/door/service.ts";
import { Browser } from "../support/browser.ts";
import { useBooks } from "../support/databases.ts";
import { PASSWORD, type Person } from "../support/people.ts";
import { aVote, scanOf, type AVote } from "../support/vote.ts";

describe("calls and deliveries in pages", () => {
  const books = useBooks("SQLite");
  let vote: AVote;
  let server: Server;
  let origin = "";

  before(async () => {
    vote = await aVote(books.db, { settings: { unreturned: "majority", unreturnedClause: "议事规则第十二条" } });
    vote.clock.set("2020-11-25T02:00:00Z");
    server = buildApp(books.db, { clock: vote.clock.now }).listen(0, "127.0.0.1");
    await once(server, "listening");
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => {
    server.close();
    server.closeAllConnections();
  });

  const as = async ({ name }: Person): Promise<Browser> => {
    const browser = new Browser(origin);
    await browser.signIn(name, PASSWORD);
    return browser;
  };

  it("ask a named caller on the front page, take the word, and show everybody what proves the call", async () => {
    const { code, door, li, sun } = vote;
    const [p1, p4] = [await vote.owner("P1"), await vote.owner("P4")];
    const draft = { title: "联名会议", ballot: "open", opensOn: "2021-01-04", closesOn: "2021-01-13" };
    const called = { ...draft, calledBy: "owners", callers: "101 103" };
    const { id } = await execute(door, li.asker, draftAssembly, called);
    await execute(door, li.asker, addMatter, { id, kind: "other", title: "更换门禁", text: "换成刷卡的。" });
    const owner = await as(p4);
    expect((await owner.open(`/my/${code}`)).text).to.include("有人写明您联名召集业主大会");
    expect((await owner.open(`/desk/${code}/assemblies`)).text).to.include(`/my/${code}/assemblies/${id}/call`);
    await owner.open(`/my/${code}/assemblies/${id}/call`);
    const said = await owner.submit(`/my/${code}/assemblies/${id}/call`, { isMine: "no" });
    expect(said.text).to.include("您已说明没有联名");
    await execute(door, sun.asker, attachCall, { id }, { uploads: await scanOf("document") });
    const other = await as(p1);
    await other.open(`/my/${code}/assemblies/${id}/call`);
    expect((await other.submit(`/my/${code}/assemblies/${id}/call`, { isMine: "yes" })).text).to.include(
      "您已确认联名",
    );
    const desk = (await (await as(sun)).open(`/desk/${code}/assemblies/${id}`)).text;
    expect(desk).to.include("1 人、140.00 平方米本人在网上确认");
    expect(desk).to.include("本人说没有联名，不算");
    await execute(door, li.asker, giveNotice, { id });
    const open = (await new Browser(origin).open(`/c/${code}/assemblies/${id}`)).text;
    expect(open).to.include("业主联名召集，凭据是：1 人、140.00 平方米本人在网上确认。");
    expect(open).not.to.include("P1");
  });

  it("ask an owner before the voting whether the notice was seen, once", async () => {
    const at = `/my/${vote.code}/assemblies/${vote.id}`;
    const p2 = await vote.owner("P2");
    const [owner, tab] = [await as(p2), await as(p2)];
    await tab.open(at);
    expect((await owner.open(at)).text).to.include("看到通知了吗？");
    const after = await owner.submit(`${at}/reading`, {});
    expect(after.text).not.to.include("看到通知了吗？");
    expect((await tab.submit(`${at}/reading`, {})).text).to.include("没有等您确认的房屋");
  });

  it("show a second person the paper and whom it is for, and take that person's word", async () => {
    const { code, id, door, li, he, sun } = vote;
    const came = { id, heads: ["P4", "DEV"], how: "letter", day: "2020-11-20" };
    await execute(door, li.asker, recordDeliveries, came, { uploads: await scanOf("document") });
    const at = `/desk/${code}/assemblies/${id}/deliveries`;
    expect((await (await as(li)).open(at)).text).to.include("没有收回的票按议事规则要算进去");
    expect((await (await as(li)).open(`${at}/proofs`)).text).to.include("等另一人核对");
    const [desk, again] = [await as(sun), await as(he)];
    await again.open(`${at}/proofs`);
    const page = (await desk.open(`${at}/proofs`)).text;
    expect(page).to.include("103；S1");
    const [, sha = ""] = /deliveries\/proofs\/([\da-f]{64})/u.exec(page) ?? [];
    expect((await desk.open(`/desk/${code}/assemblies/${id}/scans/${sha}`)).status).to.equal(200);
    await desk.open(`${at}/proofs`);
    expect((await desk.submit(`${at}/proofs/${sha}`, {})).text).to.include("已核对");
    expect((await again.submit(`${at}/proofs/${sha}`, {})).text).to.include("已经核对过了");
  });
});
