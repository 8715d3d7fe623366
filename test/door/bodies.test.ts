// What should not be sent, and is: text that no database keeps, megabytes, names that JavaScript knows, strange types,
// files that are too large. Each is refused in words; nothing that was typed is lost and nothing falls over.
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { connect, type AddressInfo } from "node:net";
import { expect } from "chai";
import express from "express";
import { z } from "zod";
import { hashSecret, openSession } from "../../src/access/service.ts";
import { findSession } from "../../src/access/store.ts";
import { openDoor } from "../../src/app.ts";
import { api, API, DESK, form, mount } from "../../src/door/routes.ts";
import { command, note } from "../../src/door/service.ts";
import { importFolder } from "../../src/intake/service.ts";
import { runTx } from "../../src/platform/db.ts";
import { answerErrors } from "../../src/platform/http.ts";
import { optionalWords, words } from "../../src/platform/input.ts";
import { askApi, NOW } from "../support/app.ts";
import { DIALECTS, useBooks } from "../support/databases.ts";
import { listening, smallFolder, writeFolder } from "../support/folders.ts";
import { personIn, tokenOf } from "../support/people.ts";

const output = z.object({ label: z.string(), files: z.array(z.string()), keys: z.array(z.string()) });

const keep = command({
  name: "keep",
  title: "记下",
  may: "member.view",
  input: z.looseObject({ label: words(2_000_000), role: optionalWords(40) }),
  output,
  prepare: async (_call, _input, uploads) =>
    uploads.map(({ field, name, bytes }) => `${field}:${name}:${bytes.length}`),
  run: async (call, { label, ...rest }, files) => {
    await note(call, "kept", { label: label.slice(0, 100) });
    return { label: label.slice(0, 100), files, keys: Object.keys(rest) };
  },
});

const MEGABYTE = 1024 * 1024;

for (const dialect of DIALECTS) {
  describe(`strange requests, on ${dialect}`, () => {
    const books = useBooks(dialect);
    let server: Server;
    let origin = "";
    let token = "";
    let cookie = "";
    let csrf = "";

    before(async () => {
      await importFolder(books.db, writeFolder(smallFolder()), listening());
      const door = openDoor(books.db, { clock: () => NOW });
      const routes = [
        api("post", `${API}/keep`, keep, { takesFiles: true }),
        api("post", `${API}/keep-words`, { ...keep, name: "keepWords" }),
        form(`${DESK}/keep`, keep, {
          done: async (kept) => ({
            view: "refusal",
            model: {
              title: kept.label,
              message: kept.files.join(" "),
              remedy: kept.keys.join(" "),
              home: { href: "/", label: "回去" },
            },
          }),
          again: async () => ({ view: "member-propose", model: { roles: [] } }),
        }),
      ];
      server = createServer(express().use(mount(door, routes)).use(answerErrors)).listen(0, "127.0.0.1");
      await once(server, "listening");
      origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const person = await personIn(door, "small", "committee");
      token = await tokenOf(door, person, ["member.view"]);
      cookie = await runTx(books.db, "", (tx) =>
        openSession({ ...person.asker, now: NOW, tx } as never, { account: person.asker.actor.id }),
      );
      csrf = (await findSession(books.db, hashSecret(cookie)))?.csrf ?? "";
    });
    after(() => {
      server.close();
      server.closeAllConnections();
    });

    const post = async (
      body: string | FormData | URLSearchParams | Blob,
      type?: string,
    ): Promise<{ status: number; text: string }> => {
      const response = await fetch(`${origin}/desk/small/keep`, {
        method: "POST",
        body,
        headers: {
          cookie: `xinyi=${cookie}`,
          "sec-fetch-site": "same-origin",
          ...(type === undefined ? {} : { "content-type": type }),
        },
      });
      return { status: response.status, text: await response.text() };
    };
    const fields = (more: Record<string, string>): URLSearchParams =>
      new URLSearchParams({ _csrf: csrf, _once: crypto.randomUUID(), ...more });
    const multipart = (more: Record<string, string>, files: readonly [string, Blob, string][]): FormData => {
      const body = new FormData();
      fields(more).forEach((value, name) => body.append(name, value));
      files.forEach(([field, blob, name]) => body.append(field, blob, name));
      return body;
    };

    it("refuses text that no database keeps, at its field", async () => {
      for (const label of ["a\u0000b", "\ud83d"]) {
        const answer = await askApi(origin, "/communities/small/keep", { token, body: { label, role: "字" } });
        expect([answer.status, answer.json["code"]]).to.deep.equal([422, "FIELD_INVALID"]);
        expect((answer.json["errors"] as { field: string }[])[0]?.field).to.equal("label");
      }
      const nested = await askApi(origin, "/communities/small/keep", {
        token,
        body: { label: "好", lines: [{ memo: "\u0000" }] },
      });
      expect((nested.json["errors"] as { field: string }[])[0]?.field).to.equal("lines.0.memo");
      const typed = await post(fields({ label: "a\u0000b" }));
      expect([typed.status, typed.text.includes("含有不能保存的字符")]).to.deep.equal([422, true]);
    });

    it("does not find addresses that hold such text", async () => {
      const headers = { authorization: `Bearer ${token}` };
      for (const path of ["/desk/small%00/keep", "/desk/small/keep?next=%00", "/desk/%F0%9F%8F%A0/keep"]) {
        const answer = await fetch(origin + path, { method: "POST", headers });
        expect(answer.status, path).to.equal(404);
      }
      expect((await fetch(`${origin}/desk/%E0%A4%A/keep`, { method: "POST", headers })).status).to.equal(400);
    });

    it("takes a field of nearly a megabyte, and refuses a larger body in words", async () => {
      const large = await askApi(origin, "/communities/small/keep", {
        token,
        body: { label: "x".repeat(MEGABYTE - 100) },
      });
      expect(large.status).to.equal(200);
      const larger = await askApi(origin, "/communities/small/keep", {
        token,
        body: { label: "x".repeat(MEGABYTE + 1) },
      });
      expect([larger.status, larger.json["code"]]).to.deep.equal([413, "FORM_TOO_LARGE"]);
      const typed = await post(fields({ label: "x".repeat(MEGABYTE + 1) }));
      expect([typed.status, typed.text.includes("提交的内容太多")]).to.deep.equal([413, true]);
      const many = await post(
        new URLSearchParams(Array.from({ length: 2001 }, (_, at): [string, string] => [`f${at}`, "x"])),
      );
      expect([many.status, many.text.includes("提交的内容太多")]).to.deep.equal([413, true]);
    });

    it("takes names that JavaScript knows for names like others, or leaves them out", async () => {
      const json = '{"label":"好","__proto__":{"polluted":"yes"},"constructor":{"prototype":{"polluted":"yes"}}}';
      const answer = await fetch(`${origin}/api/v1/communities/small/keep`, {
        method: "POST",
        body: json,
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      });
      expect(answer.status).to.be.oneOf([200, 422]);
      const typed = fields({
        label: "好",
        "__proto__[polluted]": "yes",
        "constructor[prototype][polluted]": "yes",
        "a[__proto__][polluted]": "yes",
      });
      expect((await post(typed)).status).to.be.oneOf([200, 422]);
      const inParts = multipart(
        { label: "好", "__proto__[polluted]": "yes", "a[constructor][prototype][polluted]": "y" },
        [],
      );
      expect((await post(inParts)).status).to.be.oneOf([200, 422]);
      expect(({} as Record<string, unknown>)["polluted"]).to.equal(undefined);
      expect(Object.prototype).to.not.have.property("polluted");
    });

    it("refuses types that it cannot read, broken JSON and what is no object", async () => {
      const at = `${origin}/api/v1/communities/small/keep-words`;
      const bodies: readonly [string, string, number, string][] = [
        ["text/xml", "<label/>", 415, "TYPE_UNSUPPORTED"],
        ["text/plain", '{"label":"好"}', 415, "TYPE_UNSUPPORTED"],
        ["application/json", '{"label":', 422, "BODY_BROKEN"],
        ["application/json", '["label"]', 422, "BODY_INVALID"],
        ["application/json", `${'{"a":'.repeat(2000)}1${"}".repeat(2000)}`, 422, "BODY_INVALID"],
        ["application/json; charset=gbk", '{"label":"好"}', 422, "BODY_BROKEN"],
        ["multipart/form-data", "no boundary", 422, "BODY_BROKEN"],
      ];
      for (const [type, body, status, code] of bodies) {
        const headers = { authorization: `Bearer ${token}`, "content-type": type };
        const answer = await fetch(at, { method: "POST", body, headers });
        const problem = (await answer.json()) as { code: string };
        expect([answer.status, problem.code], type + body.slice(0, 20)).to.deep.equal([status, code]);
      }
    });

    it("takes any other type for a file where files are taken", async () => {
      const headers = {
        authorization: `Bearer ${token}`,
        "content-type": "image/jpeg",
        "x-file-name": encodeURIComponent("发票 1.jpg"),
      };
      const answer = await fetch(`${origin}/api/v1/communities/small/keep?label=%E5%A5%BD`, {
        method: "POST",
        body: Buffer.alloc(3),
        headers,
      });
      expect(((await answer.json()) as { files: string[] }).files).to.deep.equal([":发票 1.jpg:3"]);
      const larger = await fetch(`${origin}/api/v1/communities/small/keep?label=%E5%A5%BD`, {
        method: "POST",
        body: Buffer.alloc(10 * MEGABYTE + 1),
        headers,
      });
      expect([larger.status, ((await larger.json()) as { code: string }).code]).to.deep.equal([413, "FILE_TOO_LARGE"]);
    });

    it("shows the form again, with everything typed, when a file is too large", async () => {
      const photo: [string, Blob, string] = ["photo", new Blob([Buffer.alloc(30 * MEGABYTE)]), "发票.jpg"];
      const answer = await post(multipart({ label: "电梯维修 李师傅" }, [photo]));
      expect(answer.status).to.equal(413);
      expect(answer.text)
        .to.contain("文件超过 10 MB")
        .and.to.contain('value="电梯维修 李师傅"')
        .and.to.contain('href="#f-photo"');
    });

    it("keeps six files and says so of the seventh", async () => {
      const files = (count: number): [string, Blob, string][] =>
        Array.from({ length: count }, (_, at) => ["photos", new Blob(["x"]), `${at}.jpg`]);
      expect((await post(multipart({ label: "六" }, files(6)))).text).to.contain("photos:5.jpg:1");
      const seven = await post(multipart({ label: "七张" }, files(7)));
      expect([
        seven.status,
        seven.text.includes("一次最多传 6 个文件"),
        seven.text.includes('value="七张"'),
      ]).to.deep.equal([413, true, true]);
    });

    it("takes an empty file input for none", async () => {
      const answer = await post(multipart({ label: "无" }, [["photo", new Blob([]), ""]]));
      expect([answer.status, answer.text.includes("photo")]).to.deep.equal([200, false]);
    });

    it("leaves nothing behind when an upload breaks off", async () => {
      const { port } = server.address() as AddressInfo;
      const before = await books.db("event").where({ what: "kept" }).count({ count: "*" }).first();
      const socket = connect(port, "127.0.0.1");
      const head = `POST /desk/small/keep HTTP/1.1\r\nHost: x\r\nCookie: xinyi=${cookie}\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 5000\r\n\r\n`;
      socket.write(`${head}--b\r\nContent-Disposition: form-data; name="label"\r\n\r\nhalf`);
      await new Promise((resolve) => setTimeout(resolve, 50));
      socket.destroy();
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect(await books.db("event").where({ what: "kept" }).count({ count: "*" }).first()).to.deep.equal(before);
      expect((await post(fields({ label: "还在" }))).status).to.equal(200);
    });
  });
}
