// The same request again: a client that lost the answer, a button pressed twice, two at once. Done once, answered alike.
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import express from "express";
import { z } from "zod";
import { openSession, hashSecret } from "../../src/access/service.ts";
import { findSession } from "../../src/access/store.ts";
import { openDoor } from "../../src/app.ts";
import { refuse } from "../../src/base/refusal.ts";
import { API, api, DESK, form, mount } from "../../src/door/routes.ts";
import { command, eventsBefore, note, type Door } from "../../src/door/service.ts";
import { importFolder } from "../../src/intake/service.ts";
import { runTx } from "../../src/platform/db.ts";
import { answerErrors } from "../../src/platform/http.ts";
import { keyCode, secret, words } from "../../src/platform/input.ts";
import { askApi, NOW, type Reply } from "../support/app.ts";
import { DIALECTS, useBooks } from "../support/databases.ts";
import { listening, smallFolder, writeFolder } from "../support/folders.ts";
import { personIn, tokenOf, type Person } from "../support/people.ts";

const input = z.object({ what: words(40) });
const output = z.object({ id: z.string(), what: z.string() });

/** Writes one event each time that it is done. */
const ring = command({
  name: "ring",
  title: "响一次",
  may: "member.view",
  input,
  output,
  run: async (call, { what }) => {
    if (what === "坏的") {
      throw refuse("BROKEN", "坏了。", "换一个。", 409);
    }
    await note(call, "rang", { what });
    return { id: randomUUID(), what };
  },
});
const ringAlone = command({ ...ring, name: "ringAlone", may: "account" });
const ringWithKey = command({
  ...ring,
  name: "ringWithKey",
  turnsKey: true,
  input: input.extend({ code: keyCode }),
  run: (call, wish, prepared) => ring.run(call, wish, prepared),
});
const ringSecret = command({
  ...ring,
  name: "ringSecret",
  isSecret: true,
  input: input.extend({ password: secret("请填写密码") }),
  run: (call, wish, prepared) => ring.run(call, wish, prepared),
});

const ROUTES = [
  api("post", `${API}/ring`, ring, { status: 201 }),
  api("post", `${API}/ring-with-key`, ringWithKey),
  api("post", `${API}/ring-secret`, ringSecret),
  api("post", "/ring-alone", ringAlone),
  form(`${DESK}/ring`, ring, {
    done: ({ id }) => `/rang/${id}`,
    again: async () => ({ view: "member-propose", model: { roles: [] } }),
  }),
];

for (const dialect of DIALECTS) {
  describe(`the same request again, on ${dialect}`, () => {
    const books = useBooks(dialect);
    const clock = { now: NOW };
    let door: Door;
    let server: Server;
    let origin = "";
    let person: Person;
    let token = "";
    let session = { cookie: "", csrf: "" };

    before(async () => {
      await importFolder(books.db, writeFolder(smallFolder()), listening());
      door = openDoor(books.db, { clock: () => clock.now });
      server = express().use(mount(door, ROUTES)).use(answerErrors).listen(0, "127.0.0.1");
      await once(server, "listening");
      origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      person = await personIn(door, "small", "committee");
      token = await tokenOf(door, person, ["member.view"]);
      const call = { ...person.asker, now: clock.now };
      const cookie = await runTx(books.db, "", (tx) =>
        openSession({ ...call, tx } as never, { account: person.asker.actor.id }),
      );
      const csrf = (await findSession(books.db, hashSecret(cookie)))?.csrf ?? "";
      session = { cookie, csrf };
    });
    after(() => {
      server.close();
      server.closeAllConnections();
    });

    const rings = async (what: string, community = "small"): Promise<number> => {
      const events = await eventsBefore(books.db, community, null, 1000);
      return events.filter((event) => event.what === "rang" && event.detail.includes(`"${what}"`)).length;
    };
    const send = (path: string, body: object, key: string, bearer = token): Promise<Reply> =>
      askApi(origin, path, { token: bearer, body, headers: { "idempotency-key": key } });
    const ringOnce = (what: string, key: string): Promise<Reply> => send("/communities/small/ring", { what }, key);

    it("gives the answer of the first, and does nothing", async () => {
      const first = await ringOnce("一", "key-1");
      const second = await ringOnce("一", "key-1");
      expect([first.status, second.status]).to.deep.equal([201, 201]);
      expect(second.json).to.deep.equal(first.json);
      expect(await rings("一")).to.equal(1);
    });

    it("takes fields in another order, and what is no field, for the same", async () => {
      const first = await send("/communities/small/ring", { what: "二", other: undefined }, "key-2");
      expect((await send("/communities/small/ring", { what: "二" }, "key-2")).json).to.deep.equal(first.json);
    });

    it("refuses other content under the same key with 409, and in words", async () => {
      await ringOnce("三", "key-3");
      const other = await ringOnce("三点五", "key-3");
      expect([other.status, other.json["code"]]).to.deep.equal([409, "KEY_REUSED"]);
      expect(other.json["title"]).to.contain("已经用于另一项内容");
      expect(await rings("三点五")).to.equal(0);
    });

    it("does each without a key, and each of two people with one key", async () => {
      const stranger = await tokenOf(door, await personIn(door, "small", "trustee"), ["member.view"]);
      await askApi(origin, "/communities/small/ring", { token, body: { what: "四" } });
      await askApi(origin, "/communities/small/ring", { token, body: { what: "四" } });
      await ringOnce("四", "key-4");
      await send("/communities/small/ring", { what: "四" }, "key-4", stranger);
      expect(await rings("四")).to.equal(4);
    });

    it("keeps nothing of a refused request, so that it may be sent again", async () => {
      expect((await ringOnce("坏的", "key-5")).status).to.equal(409);
      expect((await ringOnce("好的", "key-5")).status).to.equal(201);
    });

    it("does it once when twenty come at the same time", async () => {
      const all = await Promise.all(Array.from({ length: 20 }, () => ringOnce("六", "key-6")));
      expect(new Set(all.map(({ status }) => status))).to.deep.equal(new Set([201]));
      expect(new Set(all.map(({ json }) => json["id"])).size).to.equal(1);
      expect(await rings("六")).to.equal(1);
    });

    it("does it once outside of any community too, where nothing queues them", async () => {
      const headers = { "idempotency-key": "key-7", cookie: `xinyi=${session.cookie}`, "x-csrf-token": session.csrf };
      const all = await Promise.all(
        Array.from({ length: 12 }, () => askApi(origin, "/ring-alone", { body: { what: "七" }, headers })),
      );
      expect(new Set(all.map(({ status }) => status))).to.deep.equal(new Set([200]));
      expect(new Set(all.map(({ json }) => json["id"])).size).to.equal(1);
      expect(await rings("七", "")).to.equal(1);
    });

    it("tells a secret once, and says so the second time", async () => {
      const body = { what: "八", password: "第一次的密码" };
      expect((await send("/communities/small/ring-secret", body, "key-8")).status).to.equal(200);
      const again = await send("/communities/small/ring-secret", body, "key-8");
      expect([again.status, again.json["code"]]).to.deep.equal([409, "ALREADY_TOLD"]);
    });

    it("keeps no hash in which a password could be guessed", async () => {
      const [one, two] = ["key-9a", "key-9b"];
      await send("/communities/small/ring-secret", { what: "九", password: "一个密码" }, one);
      await send("/communities/small/ring-secret", { what: "九", password: "另一个密码" }, two);
      const hashes = await books.db("answer").whereIn("key", [one, two]).pluck("request_hash");
      expect(hashes).to.have.lengthOf(2);
      expect(hashes[0]).to.equal(hashes[1]);
    });

    it("uses a key's code once: twins are answered alike, another act with it is refused", async () => {
      const code = person.code();
      const path = "/communities/small/ring-with-key";
      const twins = await Promise.all([1, 2, 3, 4].map(() => send(path, { what: "十", code }, "key-10")));
      expect(new Set(twins.map(({ status }) => status))).to.deep.equal(new Set([200]));
      expect(new Set(twins.map(({ json }) => json["id"])).size).to.equal(1);
      expect(await rings("十")).to.equal(1);
      const replayed = await send(path, { what: "十一", code }, "key-11");
      expect([replayed.status, replayed.json["code"]]).to.deep.equal([422, "CODE_WRONG"]);
      clock.now = new Date(clock.now.getTime() + 30_000);
      const retried = await send(path, { what: "十", code: person.code() }, "key-10");
      expect(retried.json).to.deep.equal(twins[0]?.json);
    });

    it("lets two different acts at once not share a code", async () => {
      clock.now = new Date(clock.now.getTime() + 30_000);
      const code = person.code();
      const path = "/communities/small/ring-with-key";
      const both = await Promise.all(["十二", "十三"].map((what, at) => send(path, { what, code }, `key-12-${at}`)));
      expect(both.map(({ status }) => status)).to.have.members([200, 422]);
    });

    it("leaves the code for another try when what it should allow was refused", async () => {
      clock.now = new Date(clock.now.getTime() + 30_000);
      const code = person.code();
      const path = "/communities/small/ring-with-key";
      expect((await send(path, { what: "坏的", code }, "key-14")).status).to.equal(409);
      expect((await send(path, { what: "十四", code }, "key-14")).status).to.equal(200);
    });

    it("refuses a key that no header should carry", async () => {
      for (const key of ["", "x".repeat(101), "有汉字"]) {
        const headers = { "idempotency-key": Buffer.from(key).toString("latin1") };
        const answer = await askApi(origin, "/communities/small/ring", { token, body: { what: "十五" }, headers });
        expect([answer.status, answer.json["code"]], key).to.deep.equal([422, "KEY_INVALID"]);
      }
      expect(await rings("十五")).to.equal(0);
    });

    const sendForm = (fields: Record<string, string>): Promise<Response> =>
      fetch(`${origin}/desk/small/ring`, {
        method: "POST",
        body: new URLSearchParams({ _csrf: session.csrf, ...fields }),
        headers: { cookie: `xinyi=${session.cookie}`, "sec-fetch-site": "same-origin" },
        redirect: "manual",
      });

    it("takes a form that was sent twice for one", async () => {
      const first = await sendForm({ _once: "form-1", what: "表一" });
      const second = await sendForm({ _once: "form-1", what: "表一" });
      expect([first.status, second.status]).to.deep.equal([303, 303]);
      expect(second.headers.get("location")).to.equal(first.headers.get("location"));
      expect(await rings("表一")).to.equal(1);
    });

    it("shows a form again that comes back with other content, and says why", async () => {
      await sendForm({ _once: "form-2", what: "表二" });
      const other = await sendForm({ _once: "form-2", what: "表二改", label: "打好的字" });
      expect(other.status).to.equal(409);
      expect(await other.text())
        .to.contain("已经用于另一项内容")
        .and.to.contain("打好的字");
      expect(await rings("表二改")).to.equal(0);
    });

    it("shows a form of another sign-in again, with what was typed, and does nothing", async () => {
      const stale = await sendForm({ _csrf: "of-yesterday", _once: "form-3", what: "表三", label: "打好的字" });
      expect(stale.status).to.equal(403);
      expect(await stale.text())
        .to.contain("另一次登录中打开")
        .and.to.contain("打好的字")
        .and.to.contain(session.csrf);
      expect(await rings("表三")).to.equal(0);
    });
  });
}
