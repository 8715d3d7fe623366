// What the public reads over HTTP: pages, downloads, caching, and refusals that help.
import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createHash } from "node:crypto";
import { expect } from "chai";
import { buildApp } from "../../src/app.ts";
import { month } from "../../src/base/month.ts";
import { importFolder } from "../../src/intake/service.ts";
import { closeThrough } from "../../src/period/service.ts";
import { findStatement, publishThrough } from "../../src/statement/service.ts";
import { useBooks } from "../support/databases.ts";
import { listening, smallFolder, writeFolder } from "../support/folders.ts";

const now = new Date("2026-11-21T04:00:00Z");

describe("the public pages", () => {
  const books = useBooks("SQLite");
  let server: Server;
  let origin = "";

  before(async () => {
    await importFolder(books.db, writeFolder(smallFolder()), listening());
    await closeThrough(books.db, "small", month("2020-02"), { now });
    await publishThrough(books.db, "small", month("2020-02"), { now });
    server = buildApp(books.db).listen(0, "127.0.0.1");
    await once(server, "listening");
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => {
    server.close();
    server.closeAllConnections();
  });

  const get = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(origin + path, { headers, redirect: "manual" });

  it("lead from the communities to the months of one, newest first, to a statement", async () => {
    expect(await (await get("/")).text()).to.contain('href="/c/small"');
    const months = await (await get("/c/small")).text();
    expect(months.indexOf("2020年2月")).to.be.greaterThan(0).and.lessThan(months.indexOf("2020年1月"));
    const page = await (await get("/c/small/2020-01")).text();
    // 1,000.00 + 280.00 − 150.00
    expect(page).to.contain("1,130.00").and.to.contain('href="/c/small/2020-02"');
  });

  it("never change for a revision: its page may be kept for a year", async () => {
    const answer = await get("/c/small/2020-01/r1");
    expect(answer.headers.get("cache-control")).to.equal("public, max-age=31536000, immutable");
    const etag = answer.headers.get("etag") ?? "";
    expect(etag).to.match(/^"[\w-]{43}"$/);
    const again = await get("/c/small/2020-01/r1", { "If-None-Match": etag });
    expect([again.status, await again.text()]).to.deep.equal([304, ""]);
  });

  it("ask again for the newest revision of a month", async () => {
    const answer = await get("/c/small/2020-01");
    expect(answer.headers.get("cache-control")).to.equal("no-cache");
    expect((await get("/c/small/2020-01", { "If-None-Match": answer.headers.get("etag") ?? "" })).status).to.equal(304);
  });

  it("offer the JSON as the very bytes whose digest the page prints", async () => {
    const json = Buffer.from(await (await get("/c/small/2020-01/r1.json")).arrayBuffer());
    const digest = createHash("sha256").update(json).digest("hex");
    expect(digest).to.equal((await findStatement(books.db, "small", "2020-01"))?.digest);
    expect(await (await get("/c/small/2020-01/r1")).text()).to.contain(digest);
  });

  for (const [format, type, magic] of [
    ["pdf", "application/pdf", "%PDF-"],
    ["csv", "text/csv; charset=utf-8", "\uFEFF"],
    ["xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "PK"],
    ["json", "application/json; charset=utf-8", "{"],
  ] as const) {
    it(`offer the statement as ${format}, twice the same bytes`, async () => {
      const answer = await get(`/c/small/2020-02/r1.${format}`);
      expect(answer.headers.get("content-type")).to.equal(type);
      expect(answer.headers.get("content-disposition")).to.equal(`attachment; filename=small-2020-02-r1.${format}`);
      const bytes = Buffer.from(await answer.arrayBuffer());
      expect(bytes.subarray(0, Buffer.byteLength(magic)).toString()).to.equal(magic);
      expect(Buffer.from(await (await get(`/c/small/2020-02/r1.${format}`)).arrayBuffer()).equals(bytes)).to.equal(
        true,
      );
    });
  }

  for (const [path, words] of [
    ["/c/nowhere", "没有代码为「nowhere」的小区"],
    ["/c/nowhere/2020-01", "没有代码为「nowhere」的小区"],
    ["/c/small/2020-03", "没有公布过 2020-03 的收支公示"],
    ["/c/small/2020-01/r2", "没有公布过 2020-01 的第 2 版收支公示"],
    ["/c/small/2020-01/r1.exe", "没有公布过"],
    ["/elsewhere", "没有「/elsewhere」这个页面"],
  ] as const) {
    it(`answer 404 at ${path} and say what to do`, async () => {
      const answer = await get(path);
      expect(answer.status).to.equal(404);
      expect(await answer.text()).to.contain(words);
    });
  }

  it("answer a broken address with 400 and no detail of the program", async () => {
    const answer = await get("/c/%E0%A4%A");
    expect(answer.status).to.equal(400);
    expect(await answer.text()).not.to.contain("node_modules");
  });

  it("escape what comes from the address", async () => {
    expect(await (await get("/c/%3Cscript%3Ealert(1)%3C%2Fscript%3E")).text()).not.to.contain("<script>alert");
  });

  it("name no person: no owner, unit, payee or memo of the books", async () => {
    for (const path of ["/", "/c/small", "/c/small/2020-01", "/c/small/2020-01/r1.json", "/c/small/2020-01/r1.csv"]) {
      const text = await (await get(path)).text();
      for (const secret of ["甲", "乙", "丙", "S1", "员工"]) {
        expect(text.replaceAll(/[0-9a-f]{8,}/g, ""), `${path} shows ${secret}`).not.to.contain(secret);
      }
    }
  });

  it("run no script and load nothing from elsewhere", async () => {
    const answer = await get("/c/small/2020-01");
    expect(answer.headers.get("content-security-policy"))
      .to.contain("default-src 'none'")
      .and.to.contain("style-src 'self'");
    expect(await answer.text()).not.to.match(/<script|https?:\/\/(?!www\.w3\.org)/);
    expect((await get("/style.css")).headers.get("content-type")).to.equal("text/css; charset=utf-8");
  });

  it("say that they are alive", async () => {
    expect(await (await get("/healthz")).text()).to.equal("ok\n");
  });
});
