// How visitors are recognised: sign-in and its throttles, sessions that end, tokens that do.
import { verify } from "@node-rs/argon2";
import { expect } from "chai";
import { tidy } from "../../src/access/service.ts";
import { setDisabled } from "../../src/access/store.ts";
import { runTx } from "../../src/platform/db.ts";
import { importFolder } from "../../src/intake/service.ts";
import { askApi, useApp } from "../support/app.ts";
import { Browser } from "../support/browser.ts";
import { DIALECTS, useBooks } from "../support/databases.ts";
import { listening, SMALL_COMMUNITY, smallFolder, writeFolder } from "../support/folders.ts";
import { PASSWORD, personIn, tokenOf } from "../support/people.ts";

for (const dialect of DIALECTS) {
  describe(`visitors, on ${dialect}`, () => {
    const books = useBooks(dialect);
    const app = useApp(books);

    before(async () => {
      const other = { ...SMALL_COMMUNITY, code: "other", name: "别处" };
      await importFolder(books.db, writeFolder(smallFolder()), listening());
      await importFolder(
        books.db,
        writeFolder({ ...smallFolder(), "community.json": JSON.stringify(other) }),
        listening(),
      );
    });
    // Nobody's tries count for the next test.
    beforeEach(() => app.pass({ minutes: 16 }));

    const openedBy = async (name: string): Promise<Browser> => {
      const browser = new Browser(app.origin);
      expect((await browser.signIn(name, PASSWORD)).path).to.equal("/desk/small");
      return browser;
    };

    it("lets a name be tried ten times from one place, then not from there for a quarter of an hour", async () => {
      const person = await personIn(app.door, "small", "trustee");
      const browser = new Browser(app.origin);
      for (let tries = 1; tries <= 10; tries += 1) {
        expect((await browser.signIn(person.name, "not the password")).status).to.equal(422);
      }
      const right = await browser.signIn(person.name, PASSWORD);
      expect([right.status, right.text.includes("15 分钟后再试")]).to.deep.equal([429, true]);
      app.pass({ minutes: 16 });
      expect((await browser.signIn(person.name, PASSWORD)).path).to.equal("/desk/small");
    });

    it("lets a name be tried fifty times from everywhere, so that no stranger keeps somebody out from one place", async () => {
      const person = await personIn(app.door, "small", "trustee");
      const tryFrom = async (address: string, password: string): Promise<number> => {
        const body = new URLSearchParams({ name: person.name, password });
        const headers = { "x-forwarded-for": address };
        const answer = await fetch(`${app.origin}/sign-in`, { method: "POST", body, headers, redirect: "manual" });
        return answer.status;
      };
      for (let tries = 0; tries < 12; tries += 1) {
        await tryFrom("203.0.113.1", "not the password");
      }
      expect(await tryFrom("203.0.113.1", PASSWORD)).to.equal(429);
      expect(await tryFrom("198.51.100.7", PASSWORD)).to.equal(303);
      for (let tries = 0; tries < 50; tries += 1) {
        await tryFrom(`203.0.113.${10 + (tries % 6)}`, "not the password");
      }
      expect(await tryFrom("198.51.100.7", PASSWORD)).to.equal(429);
    });

    it("forgets the wrong tries of somebody who then signs in", async () => {
      const person = await personIn(app.door, "small", "trustee");
      for (let round = 1; round <= 3; round += 1) {
        const browser = new Browser(app.origin);
        for (let tries = 1; tries <= 4; tries += 1) {
          await browser.signIn(person.name, "not the password");
        }
        expect((await browser.signIn(person.name, PASSWORD)).path).to.equal("/desk/small");
      }
    });

    it("lets one address try sixty times, whatever the names", async () => {
      const browser = new Browser(app.origin);
      const statuses: number[] = [];
      for (let tries = 1; tries <= 61; tries += 1) {
        statuses.push((await browser.signIn(`guess-${tries}`, "not the password")).status);
      }
      expect(statuses.slice(0, 60)).to.deep.equal(Array.from({ length: 60 }, () => 422));
      expect(statuses[60]).to.equal(429);
    });

    it("tries codes of letters thirty times", async () => {
      const browser = new Browser(app.origin);
      await browser.open("/join");
      const fields = { invitation: "AAAA-BBBB-CCCC", name: "guesser", display: "猜", password: "绿茶 石阶 信号 37" };
      const statuses: number[] = [];
      for (let tries = 1; tries <= 31; tries += 1) {
        statuses.push((await browser.submit("/join", fields)).status);
      }
      expect(statuses.slice(0, 30)).to.deep.equal(Array.from({ length: 30 }, () => 422));
      expect(statuses[30]).to.equal(429);
    });

    it("answers an unknown name as a known one, and takes a password's time for it", async () => {
      const person = await personIn(app.door, "small", "trustee");
      const browser = new Browser(app.origin);
      const known = await browser.signIn(person.name, "not the password");
      const unknown = await browser.signIn("nobody at all", "not the password");
      const words = (text: string): string => text.replaceAll(/value="[^"]*"/gu, "");
      expect(words(unknown.text)).to.equal(words(known.text));
      const stored = (await books.db("account").where({ name: person.name }).first("password")).password as string;
      expect(await verify(stored, PASSWORD)).to.equal(true);
      // An account of ours costs 19 MiB twice over; so must a name that is none: at least half as long as one check.
      const alone = await timed(() => verify(stored, "not the password"));
      expect(await timed(() => browser.signIn("nobody at all", "not the password"))).to.be.greaterThan(alone / 2);
    });

    it("tells of a disabled account only who has its password", async () => {
      const person = await personIn(app.door, "small", "trustee");
      const inside = await openedBy(person.name);
      await runTx(books.db, "", (tx) => setDisabled(tx, person.asker.actor.id, app.now));
      expect((await inside.open("/desk")).path).to.equal("/sign-in?next=%2Fdesk");
      const browser = new Browser(app.origin);
      expect((await browser.signIn(person.name, "not the password")).text).to.contain("登录名或密码不对");
      const told = await browser.signIn(person.name, PASSWORD);
      expect([told.status, told.text.includes("这个账号已停用")]).to.deep.equal([409, true]);
    });

    it("ends a session that was not used for twelve hours, and every one after fourteen days", async () => {
      const person = await personIn(app.door, "small", "trustee");
      const browser = await openedBy(person.name);
      app.pass({ hours: 11.9 });
      expect((await browser.open("/desk")).path).to.equal("/desk");
      app.pass({ hours: 12.1 });
      expect((await browser.open("/desk")).path).to.equal("/sign-in?next=%2Fdesk");
      const used = await openedBy(person.name);
      for (let day = 0; day < 13.9; day += 0.45) {
        expect((await used.open("/desk")).path, `day ${day}`).to.equal("/desk");
        app.pass({ days: 0.45 });
      }
      app.pass({ hours: 3 });
      expect((await used.open("/desk")).path).to.equal("/sign-in?next=%2Fdesk");
    });

    it("opens another session at each sign-in and ends the one before", async () => {
      const person = await personIn(app.door, "small", "trustee");
      const browser = await openedBy(person.name);
      const first = await books.db("session").where({ account: person.asker.actor.id }).pluck("token_hash");
      await browser.signIn(person.name, PASSWORD);
      const second = await books.db("session").where({ account: person.asker.actor.id }).pluck("token_hash");
      expect([first.length, second.length]).to.deep.equal([1, 1]);
      expect(second).to.not.deep.equal(first);
    });

    it("keeps nothing by which somebody could come in", async () => {
      const person = await personIn(app.door, "small", "trustee");
      const token = await tokenOf(app.door, person, ["spend.view"]);
      await openedBy(person.name);
      const tables = ["session", "api_token", "answer", "throttle", "event", "account"];
      const rows = await Promise.all(tables.map((table) => books.db(table).select()));
      const all = JSON.stringify(rows);
      expect(all).to.not.contain(token).and.to.not.contain(PASSWORD).and.to.not.contain("127.0.0.1");
    });

    it("sends people back only to its own pages", async () => {
      const person = await personIn(app.door, "small", "trustee");
      for (const next of [
        "https://elsewhere.example/",
        "//elsewhere.example/",
        "/\\elsewhere.example",
        "javascript:alert(1)",
      ]) {
        const browser = new Browser(app.origin);
        await browser.open(`/sign-in?next=${encodeURIComponent(next)}`);
        const inside = await browser.submit("/sign-in", { name: person.name, password: PASSWORD });
        expect(inside.path, next).to.equal("/desk/small");
      }
    });

    it("gives a cookie that scripts cannot read and other sites do not send", async () => {
      const person = await personIn(app.door, "small", "trustee");
      const answer = await fetch(`${app.origin}/sign-in`, {
        method: "POST",
        body: new URLSearchParams({ name: person.name, password: PASSWORD }),
        redirect: "manual",
      });
      expect(answer.headers.get("set-cookie")).to.match(
        /^xinyi=[\w-]{43}; Max-Age=\d+; Path=\/; Expires=[^;]+; HttpOnly; SameSite=Lax$/u,
      );
      expect(answer.headers.get("cache-control")).to.equal("no-store");
    });

    it("refuses a token that is wrong, revoked or too old with 401, and one of another community with 404", async () => {
      const person = await personIn(app.door, "small", "trustee");
      const token = await tokenOf(app.door, person, ["member.view"], 10);
      const at = "/communities/small/members";
      expect((await askApi(app.origin, at, { token })).status).to.equal(200);
      expect((await askApi(app.origin, "/communities/other/members", { token })).status).to.equal(404);
      expect((await askApi(app.origin, "/communities/nowhere/members", { token })).status).to.equal(404);
      const wrong = await askApi(app.origin, at, { token: `${token}x` });
      expect([wrong.status, wrong.json["code"]]).to.deep.equal([401, "TOKEN_INVALID"]);
      app.pass({ days: 10 });
      expect((await askApi(app.origin, at, { token })).status).to.equal(401);
    });

    it("lets a token do what it was given and no more, not even what its account may", async () => {
      const person = await personIn(app.door, "small", "trustee");
      const token = await tokenOf(app.door, person, ["spend.view"]);
      const refused = await askApi(app.origin, "/communities/small/members", { token });
      expect([refused.status, refused.json["code"]]).to.deep.equal([403, "FORBIDDEN"]);
      expect((await askApi(app.origin, "/account", { token })).status).to.equal(403);
    });

    it("asks a program that uses a session for the session's secret", async () => {
      const person = await personIn(app.door, "small", "committee");
      const browser = await openedBy(person.name);
      const headers = { cookie: browser.cookies };
      const answer = await askApi(app.origin, "/communities/small/auditor-links", { headers, body: {} });
      expect([answer.status, answer.json["code"]]).to.deep.equal([403, "CSRF_TOKEN_MISSING"]);
    });

    it("forgets sessions and tries that have run out, and answers after a month", async () => {
      const person = await personIn(app.door, "small", "trustee");
      await openedBy(person.name);
      await books.db("answer").insert({
        community: "small",
        actor: "a",
        key: `k-${dialect}`,
        request_hash: "h",
        answer: "{}",
        at: app.now.toISOString(),
      });
      app.pass({ days: 31 });
      await tidy(books.db, app.now);
      for (const table of ["session", "throttle", "answer"]) {
        expect(await books.db(table).select(), table).to.deep.equal([]);
      }
    });
  });
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}
