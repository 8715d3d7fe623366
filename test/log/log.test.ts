// The log of who did what: in words, in order, page by page, and never changed.
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { ask, execute, note } from "../../src/door/service.ts";
import { proposeMember } from "../../src/admission/service.ts";
import { importFolder } from "../../src/intake/service.ts";
import { EVENTS, eventWords } from "../../src/log/rules.ts";
import { listEvents } from "../../src/log/service.ts";
import { runTx } from "../../src/platform/db.ts";
import { useApp } from "../support/app.ts";
import { Browser } from "../support/browser.ts";
import { DIALECTS, useBooks } from "../support/databases.ts";
import { listening, smallFolder, writeFolder } from "../support/folders.ts";
import { PASSWORD, personIn, type Person } from "../support/people.ts";

describe("what was done, in words", () => {
  const nameOf = (account: string): string => (account === "a1" ? "王经理" : "一个账号");

  it("fills in who and what, and leaves out what is not known", () => {
    expect(eventWords("member proposed", { role: "trustee", label: "周会计" }, nameOf)).to.equal("提议 周会计 为物业");
    expect(eventWords("reset asked", { account: "a1" }, nameOf)).to.equal("为 王经理 发起密码重置");
    expect(eventWords("owners invited", { count: "3" }, nameOf)).to.equal("印了 3 封业主邀请信");
  });

  it("writes amounts with thousands apart, also those of old events", () => {
    const said = eventWords("spend asked", { id: "3", amount: "1234567.80" }, nameOf);
    expect(said).to.equal("提出第 3 号付款申请，1,234,567.80 元");
  });

  it("tells an event without words by its name", () => {
    expect(eventWords("toString", { a: "1" }, nameOf)).to.equal("toString · 1");
  });

  it("has words for every event that a room writes: add a line to EVENTS in src/log/rules.ts", () => {
    const sources = readdirSync("src", { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
      .map((entry) => readFileSync(path.join(entry.parentPath, entry.name), "utf8"));
    const written = sources.flatMap((text) => [
      ...[
        ...text.matchAll(
          /\bnote(?:Everywhere|With)?\(\s*(?:\w+|\{[^}]*(?:\{[^}]*\}[^}]*)*\}),\s*(?:\w+,\s*)?"([^"]+)"/gu,
        ),
      ].map(([, what = ""]) => what),
      ...[...text.matchAll(/what: "([^"]+)", now/gu)].map(([, what = ""]) => what),
    ]);
    expect(written.length).to.be.greaterThan(20);
    expect(written.filter((what) => !Object.hasOwn(EVENTS, what))).to.deep.equal([]);
  });
});

for (const dialect of DIALECTS) {
  describe(`the log, on ${dialect}`, () => {
    const books = useBooks(dialect);
    const app = useApp(books);
    let chair: Person;
    const opened = async ({ name }: Person): Promise<Browser> => {
      const browser = new Browser(app.origin);
      await browser.signIn(name, PASSWORD);
      return browser;
    };

    before(async () => {
      await importFolder(books.db, writeFolder(smallFolder()), listening());
      chair = await personIn(app.door, "small", "committee", { name: `李主任-${dialect}` });
    });

    it("goes on exactly where a page ended, also among events of one moment", async () => {
      const call = { ...chair.asker, community: "small", now: app.now };
      await runTx(books.db, "small", async (tx) => {
        for (let count = 1; count <= 25; count += 1) {
          await note({ ...call, tx } as never, "token made", { label: `令牌 ${count}` });
        }
      });
      const seen: string[] = [];
      let after: string | undefined;
      do {
        const page = await ask(app.door, chair.asker, listEvents, {
          limit: "10",
          ...(after === undefined ? {} : { after }),
        });
        seen.push(...page.items.map(({ words }) => words));
        after = page.next ?? undefined;
      } while (after !== undefined);
      expect(seen).to.have.lengthOf(25);
      expect(new Set(seen).size).to.equal(25);
    });

    it("is read newest first, with names, by those who watch, and not by the trustee", async () => {
      app.pass({ minutes: 1 });
      await execute(app.door, chair.asker, proposeMember, { role: "supervisor", label: "<b>陈书记</b>" });
      const watcher = await personIn(app.door, "small", "supervisor");
      const browser = new Browser(app.origin);
      await browser.signIn(watcher.name, PASSWORD);
      const page = await browser.open("/desk/small/log");
      expect(page.text).to.contain(`李主任-${dialect}</strong> 提议 &lt;b&gt;陈书记&lt;/b&gt; 为监察人`);
      expect(page.text.indexOf("陈书记")).to.be.lessThan(page.text.indexOf("令牌"));
      const manager = await personIn(app.door, "small", "trustee");
      await browser.signIn(manager.name, PASSWORD);
      expect((await browser.open("/desk/small/log")).status).to.equal(403);
    });

    it("tells whoever sent a form what it did, once, on the page that follows and on no other", async () => {
      const browser = await opened(await personIn(app.door, "small", "committee"));
      await browser.open("/desk/small/suppliers");
      const done = await browser.submit("/desk/small/suppliers/new", { name: "明辉<b>五金</b>店" });
      const told = "办好了</strong>登记供应商：明辉&lt;b&gt;五金&lt;/b&gt;店";
      expect(done.text).to.contain(told);
      expect((await browser.open(done.path)).text).to.not.contain("办好了");
    });

    it("says beside a secret whom it is for", async () => {
      const browser = await opened(await personIn(app.door, "small", "committee"));
      await browser.open("/desk/small/auditors");
      const told = await browser.submit("/desk/small/auditors", { label: "街道审计", days: "15" });
      expect(told.text).to.contain("办好了</strong>给 街道审计 一个审计链接，15 天有效");
    });

    it("tells nobody what somebody else did, whatever the browser says", async () => {
      const [one, two] = [
        await personIn(app.door, "small", "committee"),
        await personIn(app.door, "small", "committee"),
      ];
      const [doer, other] = [await opened(one), await opened(two)];
      await doer.open("/desk/small/suppliers");
      await doer.submit("/desk/small/suppliers/new", { name: "洁净保洁服务部" });
      const said = async (browser: Browser, cookie: string): Promise<boolean> => {
        const headers = { cookie: `${browser.cookies}; ${cookie}` };
        const page = await fetch(`${app.origin}/desk/small/suppliers`, { headers });
        return (await page.text()).includes("办好了");
      };
      const since = `xinyi-done=${app.now.getTime()}`;
      expect([await said(doer, since), await said(other, since)]).to.deep.equal([true, false]);
      expect(await said(doer, "xinyi-done=%3Cb%3Edone%3C%2Fb%3E")).to.equal(false);
      app.pass({ minutes: 2 });
      expect(await said(doer, since), "two minutes later").to.equal(false);
    });

    it("cannot be changed or deleted", async () => {
      for (const change of [books.db("event").update({ what: "nothing" }), books.db("event").delete()]) {
        await change.then(
          () => expect.fail("the log was changed"),
          (error: Error) => expect(error.message).to.contain("append-only"),
        );
      }
    });

    it("starts anew when somebody asks for a place that there is not", async () => {
      const odd = await ask(app.door, chair.asker, listEvents, { after: "nonsense" });
      expect(odd.items.length).to.be.greaterThan(0);
    });
  });
}
