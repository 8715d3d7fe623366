// A month of fees over HTTP, with the forms that pages really have: bill, receive, remind, and what the owner sees.
import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { buildApp, openDoor, ROUTES } from "../../src/app.ts";
import { addressOf } from "../../src/door/routes.ts";
import { DIALECTS, useBooks } from "../support/databases.ts";
import { decide } from "../support/decisions.ts";
import { Browser } from "../support/browser.ts";
import { PASSWORD, personIn } from "../support/people.ts";
import { moveIn } from "../support/small.ts";

const now = new Date("2020-03-10T04:00:00Z");

for (const dialect of DIALECTS) {
  describe(`a month of fees in the browser, on ${dialect}`, function () {
    this.timeout(60_000);
    const books = useBooks(dialect);
    let server: Server;
    let origin = "";
    let code = "";
    const people: Record<"staff" | "committee" | "owner" | "neighbour", Browser> = {} as never;

    before(async () => {
      const clock = (): Date => now;
      server = buildApp(books.db, { clock }).listen(0, "127.0.0.1");
      await once(server, "listening");
      origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      code = await moveIn(books.db);
      const door = openDoor(books.db, { clock });
      const roles = { staff: "trustee", committee: "committee", owner: "owner", neighbour: "owner" } as const;
      for (const [who, role] of Object.entries(roles) as [keyof typeof people, (typeof roles)[keyof typeof roles]][]) {
        const owner = { owner: "P1", neighbour: "DEV" }[who as string] ?? "";
        const { name } = await personIn(door, code, role, { owner });
        people[who] = new Browser(origin);
        await people[who].signIn(name, PASSWORD);
      }
    });
    after(() => {
      server.close();
      server.closeAllConnections();
    });

    const desk = (path = ""): string => `/desk/${code}/fees${path}`;

    it("previews January's bills and makes them with one button", async () => {
      const { staff } = people;
      const home = await staff.open(desk());
      expect(home.text).to.contain("2020年1月账单").and.to.contain("2 户还没出");
      const preview = await staff.open(desk("/bills"));
      expect(preview.text).to.contain("出2020年1月账单，2 户").and.to.contain("S1（2020年2月起算）");
      const done = await staff.submit(desk("/bills"), {});
      expect(done.path).to.equal(desk("/bills?month=2020-01"));
      expect(done.text).to.contain("✓ 2 户的账单都出了，合计");
      expect((await people.committee.open(desk("/bills?month=2020-02"))).text).to.not.contain("出2020年2月账单，");
    });

    it("shows what the money pays, keeps what was typed when something is wrong, and gives a receipt", async () => {
      const { staff } = people;
      const unknown = await staff.open(desk("/receive?unit=999"));
      expect(unknown.text).to.contain("没有房号「999」");
      const form = await staff.open(desk("/receive?unit=102"));
      expect(form.text).to.contain('value="101.00"').and.to.contain("2019年12月至2020年1月 2 张账单");
      const changed = await staff.submit(desk("/receive"), { amount: "60" });
      expect(changed.status).to.equal(422);
      expect(changed.text).to.contain("金额改成了 60.00 元").and.to.contain('value="60"').and.to.contain("9.50 元");
      const late = await staff.submit(desk("/receive"), { day: "2020-03-11", payer: "王阿姨" });
      expect(late.text).to.contain("在今天（2020-03-10）之后").and.to.contain('value="王阿姨"');
      const given = await staff.submit(desk("/receive"), { day: "2020-03-10" });
      expect(given.path).to.equal(desk("/receipts/1?new=yes"));
      expect(given.text).to.contain("收据 000001").and.to.contain("王阿姨").and.to.contain("陆拾元整");
      const slip = await staff.open(desk("/receipts/1/slip.pdf"));
      expect([slip.status, slip.text.slice(0, 5)]).to.deep.equal([200, "%PDF-"]);
    });

    it("lists who owes without names, for the desk and as a file", async () => {
      const { staff } = people;
      const list = await staff.open(desk("/arrears"));
      expect(list.text).to.contain("101").and.to.contain("70.00 元").and.to.not.contain("甲");
      const csv = await staff.open(desk("/arrears.csv"));
      expect(csv.text).to.contain("101,70.00,2020-01,39,1,0.00,0.00,70.00").and.to.not.contain("甲");
    });

    it("makes letters and messages, and remembers them", async () => {
      const { committee } = people;
      await committee.open(desk("/reminders"));
      const run = await committee.submit(desk("/reminders"), { how: "请转账到「共有资金专户」。" });
      expect(run.path).to.equal(desk("/reminders/1"));
      expect(run.text).to.contain("101 业主您好").and.to.contain("70.00 元没有缴（1 张账单）");
      const letters = await committee.open(desk("/reminders/1/letters.pdf"));
      expect([letters.status, letters.text.slice(0, 5)]).to.deep.equal([200, "%PDF-"]);
      expect((await committee.open(desk("/unit?unit=101"))).text).to.contain("最近催缴：2020年3月10日");
    });

    it("shows the owner the own account in plain words, and the own receipts only", async () => {
      const { staff, owner, neighbour } = people;
      await staff.open(desk("/receive?unit=101"));
      await staff.submit(desk("/receive"), {});
      const mine = await owner.open(`/my/${code}`);
      expect(mine.text).to.contain("✓ 没有欠费").and.to.contain("70.00 元").and.to.contain("收据 000002");
      expect(mine.text).to.contain("下一张账单：2020年2月").and.to.not.contain("102");
      expect((await owner.open(`/my/${code}/receipts/2/slip.pdf`)).status).to.equal(200);
      expect((await owner.open(`/my/${code}/receipts/1/slip.pdf`)).status).to.equal(404);
      expect((await neighbour.open(`/my/${code}/receipts/2/slip.pdf`)).status).to.equal(404);
      expect((await owner.open(desk())).status).to.equal(403);
    });

    it("shows rates by resolution and has no form for them, and contracts that all may read", async () => {
      const { committee, staff, owner } = people;
      const effect = { from: "2020-02", rates: [{ use: "住宅", rate: "1.10" }] };
      const number = await decide(books.db, code, "fee-change", { now, effect });
      const rated = await committee.open(desk("/tariff"));
      expect(rated.text).to.contain('<strong class="amount">1.10</strong>').and.to.contain("2020年2月起");
      expect(rated.text).to.contain(`href="/c/${code}/resolutions/${encodeURIComponent(number)}"`);
      expect((await committee.open(desk("/tariff/rates"))).status).to.equal(404);
      await staff.open(`/desk/${code}/contracts/new`);
      const contract = await staff.submit(`/desk/${code}/contracts`, {
        place: "1栋电梯广告",
        counterparty: "张三",
        isPerson: "on",
        account: "4101",
        amount: "1500",
        rhythm: "quarter",
        from: "2020-01-01",
        until: "2020-12-31",
        firstDue: "2020-01-31",
      });
      expect(contract.path).to.equal(`/desk/${code}/contracts/1`);
      expect(contract.text).to.contain("张三").and.to.contain("逾期 39 天");
      const read = await owner.open(`/desk/${code}/contracts/1`);
      expect(read.text).to.contain("个人").and.to.not.contain("张三").and.to.not.contain("提前终止这份合同");
      await staff.open(desk("/receive?kind=revenue&contract=1&due=2020-01-31"));
      const paid = await staff.submit(desk("/receive"), {});
      expect(paid.text).to.contain("公共收益：1栋电梯广告，2020-01-31 应收");
      expect((await staff.open(`/desk/${code}/contracts`)).text).to.contain("✓ 没有。到期的都收到了。");
    });

    it("answers with a page on each of its addresses", async () => {
      const { staff } = people;
      const addresses = ROUTES.filter(
        (route) => route.kind === "page" && /\/(?:fees|contracts)/u.test(addressOf(route)),
      )
        .map((route) => addressOf(route).replace(":code", code))
        .filter((address) => !/\/tariff\/(?:rates|rules)$/u.test(address))
        .map((address) => address.replace(/:(?:number|run|id)/u, "1").replace(/\/unit$/u, "/unit?unit=101"));
      expect(addresses.length).to.be.greaterThan(12);
      for (const address of addresses) {
        expect((await staff.open(address)).status, address).to.equal(200);
      }
    });
  });
}
