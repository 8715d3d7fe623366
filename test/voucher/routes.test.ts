// Vouchers over HTTP: bringing in, deciding without a script, what the public can reach and what it never can.
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { expect } from "chai";
import { sha256 } from "../../src/base/digest.ts";
import { hashSecret } from "../../src/access/service.ts";
import * as access from "../../src/access/store.ts";
import { buildApp } from "../../src/app.ts";
import type { Role } from "../../src/door/rules.ts";
import { eventsBefore, type Door } from "../../src/door/service.ts";
import * as ledger from "../../src/ledger/service.ts";
import { runTx } from "../../src/platform/db.ts";
import { linkToEntry, publicHashes } from "../../src/voucher/service.ts";
import { brightest, HEIC, photo, PLACE_MARK, plain } from "../platform/pictures.ts";
import { Browser } from "../support/browser.ts";
import { useBooks } from "../support/databases.ts";
import { PASSWORD, personIn, type Person } from "../support/people.ts";
import { taxAuthorityXml } from "./invoices.ts";
import { aPayment, filesFolder, NOW, openYard, yardDoor } from "./yard.ts";

describe("vouchers over HTTP", () => {
  const books = useBooks("SQLite");
  const folder = filesFolder();
  let door: Door;
  let server: Server;
  let origin = "";
  let manager: Person;
  const tokens = new Map<string, string>();

  before(async () => {
    door = yardDoor(books.db, folder);
    await openYard(books.db, "yard");
    await openYard(books.db, "other");
    manager = await personIn(door, "yard", "trustee");
    await giveToken("trustee", manager, "yard");
    for (const role of ["committee", "supervisor", "owner"] as const) {
      await giveToken(role, await personIn(door, "yard", role, { owner: role === "owner" ? "P1" : "" }), "yard");
    }
    await giveToken("other", await personIn(door, "other", "trustee"), "other");
    server = buildApp(books.db, { filesFolder: folder, clock: () => NOW }).listen(0, "127.0.0.1");
    await once(server, "listening");
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => {
    server.close();
    server.closeAllConnections();
  });

  async function giveToken(name: string, person: Person, community: string): Promise<void> {
    const secret = randomUUID();
    const { actor } = person.asker;
    const token = { id: randomUUID(), account: actor.id, community, label: name, createdAt: NOW.toISOString() };
    const scopes = ["voucher.view", "voucher.upload", "voucher.redact", "voucher.original"];
    const expiresAt = "2030-01-01T00:00:00.000Z";
    await runTx(books.db, community, (tx) =>
      access.insertToken(tx, { ...token, scopes, expiresAt, revokedAt: null, tail: "" }, hashSecret(secret)),
    );
    tokens.set(name, secret);
  }

  const as = (who: Role | "other" | "nobody"): Record<string, string> =>
    who === "nobody" ? {} : { authorization: `Bearer ${tokens.get(who) ?? ""}` };
  const get = (path: string, who: Role | "other" | "nobody" = "nobody"): Promise<Response> =>
    fetch(origin + path, { headers: as(who), redirect: "manual" });
  const post = (
    path: string,
    who: Role | "other",
    body: NonNullable<RequestInit["body"]>,
    headers = {},
  ): Promise<Response> =>
    fetch(`${origin}/api/v1/communities/yard${path}`, { method: "POST", headers: { ...as(who), ...headers }, body });
  const bytesOf = async (answer: Response): Promise<Buffer> => Buffer.from(await answer.arrayBuffer());
  const signedIn = async (): Promise<Browser> => {
    const browser = new Browser(origin);
    await browser.signIn(manager.name, PASSWORD);
    return browser;
  };
  const fileOf = (name: string, bytes: Buffer): File => new File([new Uint8Array(bytes)], name);
  /** Pays with a voucher: from then on its copy is public. */
  const pay = async (sha: string): Promise<void> =>
    runTx(books.db, "yard", async (tx) => {
      const hashes = await publicHashes(tx, "yard", [sha]);
      const [entry] = await ledger.post(tx, "yard", [aPayment()], NOW);
      await linkToEntry(tx, "yard", entry?.seq ?? 0, hashes);
    });

  describe("a photo from the phone", () => {
    let original: Buffer;
    let sha = "";
    let browser: Browser;

    before(async () => {
      original = await photo(320, 240);
      sha = sha256(original);
      browser = await signedIn();
    });

    it("is brought in by a form and shown", async () => {
      await browser.open("/desk/yard/vouchers");
      const page = await browser.submit("/desk/yard/vouchers", { files: fileOf('发票"三月"😀.jpg', original) });
      expect([page.status, page.path]).to.deep.equal([200, `/desk/yard/vouchers/${sha}`]);
      expect(page.text).to.contain("发票&quot;三月&quot;😀.jpg").and.to.contain("还没有决定哪些内容要遮盖");
      const shown = await bytesOf(await get(`/desk/yard/vouchers/${sha}/pages/1.jpg`, "trustee"));
      expect(shown.includes(PLACE_MARK)).to.equal(false);
      const list = await browser.open("/desk/yard/vouchers?undecided=1");
      expect(list.text).to.contain(`/desk/yard/vouchers/${sha}/pages/1.webp`).and.to.contain("待遮盖 <b>1</b>");
    });

    it("is closed to the public before somebody decided, and before it proves an entry", async () => {
      const closed = async (): Promise<number[]> =>
        Promise.all(
          ["", "/1.jpg", "/1.webp", "/copy.json"].map(
            async (end) => (await get(`/c/yard/vouchers/${sha}${end}`)).status,
          ),
        );
      expect(await closed()).to.deep.equal([404, 404, 404, 404]);
      await browser.open(`/desk/yard/vouchers/${sha}/redact`);
      const empty = await browser.submit(`/desk/yard/vouchers/${sha}/redact`, {});
      expect(empty.status).to.equal(422);
      expect(empty.text).to.contain("还没有决定要遮盖什么");
      const row = { x: "400", y: "150", width: "200", height: "200", kind: "phone" };
      const typed = Object.fromEntries(Object.entries(row).map(([name, value]) => [`rectangles[1][${name}]`, value]));
      const more = await browser.submit(`/desk/yard/vouchers/${sha}/redact`, { ...typed, _resume: "more" });
      expect(more.text).to.contain('name="rectangles[0][x]" value="400"').and.to.contain("rectangles[4][x]");
      const done = await browser.submit(`/desk/yard/vouchers/${sha}/redact`, {});
      expect([done.status, done.path]).to.deep.equal([200, `/desk/yard/vouchers/${sha}`]);
      expect(done.text).to.contain("遮盖了 1 处：电话号码 1 处");
      expect(await closed()).to.deep.equal([404, 404, 404, 404]);
    });

    it("is open to everybody once it proves an entry: black where it was decided, with reasons and hashes", async () => {
      await pay(sha);
      const page = await (await get(`/c/yard/vouchers/${sha}`)).text();
      expect(page).to.contain("2026-11-0002").and.to.contain("电话号码 1 处").and.to.contain("遮盖了 4.0 %");
      expect(page).to.contain(sha).and.to.not.contain("三月").and.to.not.contain(manager.name);
      const copy = await (await get(`/c/yard/vouchers/${sha}/copy.json`)).text();
      expect(page).to.contain(sha256(Buffer.from(copy)));
      const picture = await bytesOf(await get(`/c/yard/vouchers/${sha}/1.jpg`));
      expect(JSON.parse(copy).pages[0].image).to.equal(sha256(picture));
      // 240 × 320 after standing upright; the rectangle is 96…144 by 48…112.
      expect(await brightest(picture, { left: 96, top: 48, width: 48, height: 64 })).to.equal(0);
      const thumbnail = await bytesOf(await get(`/c/yard/vouchers/${sha}/1.webp`));
      expect(await brightest(thumbnail, { left: 104, top: 56, width: 32, height: 48 })).to.be.lessThan(8);
      expect([picture.includes(PLACE_MARK), thumbnail.includes(PLACE_MARK)]).to.deep.equal([false, false]);
    });

    it("never shows the public its original, under whatever address", async () => {
      const copy = JSON.parse(await (await get(`/c/yard/vouchers/${sha}/copy.json`)).text());
      const addresses = [
        `/c/yard/vouchers/${sha}/original`,
        `/c/yard/vouchers/${sha}/${sha}`,
        `/c/yard/vouchers/${sha}/2.jpg`,
        `/c/yard/vouchers/${sha}/0.jpg`,
        `/c/yard/vouchers/${sha}/..%2F..%2F${sha}`,
        `/c/yard/vouchers/${copy.pages[0].image}`,
        `/c/yard/vouchers/${sha.toUpperCase()}`,
        `/c/yard/vouchers/%00`,
        `/c/other/vouchers/${sha}`,
        `/files/${sha.slice(0, 2)}/${sha}`,
      ];
      for (const address of addresses) {
        const answer = await get(address);
        expect(answer.status, address).to.equal(404);
        expect((await bytesOf(answer)).includes(PLACE_MARK), address).to.equal(false);
      }
      for (const end of ["", "/original", "/pages/1.jpg", "/redact"]) {
        expect((await get(`/desk/yard/vouchers/${sha}${end}`)).status, end).to.equal(303);
        expect((await get(`/desk/yard/vouchers/${sha}${end}`, "owner")).status, end).to.equal(403);
        expect((await get(`/desk/yard/vouchers/${sha}${end}`, "other")).status, end).to.equal(404);
      }
    });

    it("hands its original to whoever may see it, as a download, and remembers who that was", async () => {
      const answer = await get(`/desk/yard/vouchers/${sha}/original`, "supervisor");
      expect(answer.headers.get("content-disposition")).to.match(/^attachment; filename="/u);
      expect(decodeURIComponent(answer.headers.get("content-disposition") ?? "")).to.contain("发票_三月__.jpg");
      expect(answer.headers.get("cache-control")).to.equal("private, no-store");
      expect(answer.headers.get("x-content-type-options")).to.equal("nosniff");
      expect(sha256(await bytesOf(answer))).to.equal(sha);
      const [event] = await eventsBefore(books.db, "yard", { at: "9999", id: "" }, 1000).then((events) =>
        events.filter(({ what }) => what === "voucher original opened"),
      );
      expect(JSON.parse(event?.detail ?? "{}")).to.deep.equal({ sha });
      expect(event?.actor).to.not.equal("");
    });

    it("is taken back from the public where too little was black: no old address shows it", async () => {
      const before = await bytesOf(await get(`/c/yard/vouchers/${sha}/1.jpg`));
      const decision = {
        rectangles: [{ page: 1, x: 0, y: 0, width: 1000, height: 500, kind: "other", note: "车位号" }],
        reason: "上次漏了车位号",
      };
      const body = JSON.stringify(decision);
      const answer = await post(`/vouchers/${sha}/copies`, "committee", body, { "content-type": "application/json" });
      expect([answer.status, ((await answer.json()) as { version: number }).version]).to.deep.equal([201, 2]);
      const now = await get(`/c/yard/vouchers/${sha}/1.jpg`);
      expect(now.headers.get("cache-control")).to.equal("no-cache");
      const after = await bytesOf(now);
      expect(after.equals(before)).to.equal(false);
      expect(await brightest(after, { left: 0, top: 0, width: 240, height: 160 })).to.equal(0);
      const page = await (await get(`/c/yard/vouchers/${sha}`)).text();
      expect(page).to.contain("第 2 次").and.to.contain("其他（车位号） 1 处").and.to.contain("上次漏了车位号");
    });
  });

  describe("an e-invoice", () => {
    it("is shown as text, its markup never as markup", async () => {
      const xml = taxAuthorityXml().toString().replace("净洁保洁", "&lt;script&gt;净洁");
      const answer = await post("/vouchers", "trustee", xml, {
        "content-type": "application/xml",
        "x-file-name": encodeURIComponent("dzfp_三月.xml"),
      });
      const { items } = (await answer.json()) as {
        items: { sha: string; name: string; invoice: { total: string } }[];
      };
      expect([answer.status, items[0]?.name, items[0]?.invoice.total]).to.deep.equal([201, "dzfp_三月.xml", "1272.00"]);
      const sha = items[0]?.sha ?? "";
      const page = await (await signedIn()).open(`/desk/yard/vouchers/${sha}`);
      expect(page.text).to.contain("北京&lt;script&gt;净洁有限公司").and.to.contain("1,272.00 元");
      const original = await get(`/desk/yard/vouchers/${sha}/original`, "trustee");
      expect(original.headers.get("content-disposition")).to.match(/^attachment/u);
    });

    it("hides from the public what names a person, by a form without a script", async () => {
      const xml = taxAuthorityXml({ number: "24112000000135117777" });
      await post("/vouchers", "trustee", new Uint8Array(xml), { "content-type": "text/xml" });
      const sha = sha256(xml);
      const browser = await signedIn();
      await browser.open(`/desk/yard/vouchers/${sha}/redact`);
      const done = await browser.submit(`/desk/yard/vouchers/${sha}/redact`, {
        "fields[sellerName]": "name",
        "fields[sellerTaxId]": "identity",
      });
      expect(done.text).to.contain("遮盖了 2 处：销售方名称中的个人姓名 1 处、销售方识别号中的身份证号 1 处");
      await pay(sha);
      const page = await (await get(`/c/yard/vouchers/${sha}`)).text();
      expect(page).to.contain("■■■").and.to.contain("丰华园业主大会").and.to.contain("1,272.00 元");
      expect(page).to.not.contain("净洁").and.to.not.contain("91110000MA01ABCD2X");
      expect(page).to.contain("记账凭证上印着下面两个哈希值");
      await browser.open(`/desk/yard/vouchers/${sha}/redact`);
      await browser.submit(`/desk/yard/vouchers/${sha}/redact`, {
        "fields[sellerName]": "name",
        "fields[sellerTaxId]": "identity",
        "fields[buyerName]": "name",
        reason: "上次漏了购买方",
      });
      // The entry is sealed: it carries the copy of its own time.
      const later = await (await get(`/c/yard/vouchers/${sha}`)).text();
      expect(later).to.contain("记账那时的公开副本的哈希值").and.to.contain("现在的公开副本");
    });
  });

  describe("bad luck", () => {
    const count = async (): Promise<number> => Number((await books.db("voucher").count({ n: "*" }).first())?.["n"]);

    it("with a photo of 30 MB: the form comes back and says what to do", async () => {
      const before = await count();
      const browser = await signedIn();
      await browser.open("/desk/yard/vouchers");
      const large = await browser.submit("/desk/yard/vouchers", { files: fileOf("大.jpg", Buffer.alloc(30e6)) });
      expect(large.status).to.equal(413);
      expect(large.text).to.contain("10 MB");
      expect(await count()).to.equal(before);
    });

    it("with a HEIC among good photos: none is kept, and the file is named at its field", async () => {
      const before = await count();
      const browser = await signedIn();
      await browser.open("/desk/yard/vouchers");
      const files = [fileOf("好.png", await plain(50, 40).png().toBuffer()), fileOf("IMG_1.HEIC", HEIC)];
      const page = await browser.submit("/desk/yard/vouchers", { files });
      expect(page.status).to.equal(422);
      expect(page.text).to.contain("「IMG_1.HEIC」").and.to.contain("兼容性最佳").and.to.contain("f-files-fault");
      expect(await count()).to.equal(before);
    });

    it("with an upload that breaks off: nothing is kept", async () => {
      const before = await count();
      const port = Number(new URL(origin).port);
      const headers = {
        ...as("trustee"),
        "content-type": "multipart/form-data; boundary=x",
        "content-length": "100000",
      };
      const path = "/api/v1/communities/yard/vouchers";
      const sending = request({ host: "127.0.0.1", port, path, method: "POST", headers });
      sending.on("error", () => undefined);
      sending.write('--x\r\ncontent-disposition: form-data; name="files"; filename="a.png"\r\n\r\n\u0089PNG');
      await new Promise((resolve) => setTimeout(resolve, 50));
      sending.destroy();
      const half = await post(
        "/vouchers",
        "trustee",
        '--x\r\ncontent-disposition: form-data; name="f"; filename="a"\r\n\r\nx',
        {
          "content-type": "multipart/form-data; boundary=x",
        },
      );
      expect(half.status).to.equal(422);
      expect(half.headers.get("content-type")).to.contain("application/problem+json");
      expect(await count()).to.equal(before);
    });

    it("with the same upload sent again: the same answer, one voucher", async () => {
      const bytes = new Uint8Array(await plain(51, 40).png().toBuffer());
      const key = { "content-type": "image/png", "idempotency-key": randomUUID() };
      const before = await count();
      const first = await (await post("/vouchers", "trustee", bytes, key)).text();
      expect(await (await post("/vouchers", "trustee", bytes, key)).text()).to.equal(first);
      expect(await count()).to.equal(before + 1);
    });

    it("with people of another community, or without the right: refused before anything is read", async () => {
      const before = await count();
      const bytes = new Uint8Array(await plain(52, 40).png().toBuffer());
      const send = async (who: Role | "other"): Promise<number> =>
        (await post("/vouchers", who, bytes, { "content-type": "image/png" })).status;
      expect([await send("other"), await send("owner"), await send("supervisor")]).to.deep.equal([404, 403, 403]);
      expect(await count()).to.equal(before);
    });
  });

  describe("a voucher that takes another's place", () => {
    it("comes by a form; the public sees both, and why", async () => {
      const [old, fresh] = [await plain(60, 40).png().toBuffer(), await plain(61, 40).png().toBuffer()];
      const browser = await signedIn();
      await browser.open("/desk/yard/vouchers");
      await browser.submit("/desk/yard/vouchers", { files: fileOf("旧.png", old) });
      const base = `/desk/yard/vouchers/${sha256(old)}`;
      await browser.open(`${base}/redact`);
      await browser.submit(`${base}/redact`, { nothing: "on", reason: "只有公司信息" });
      await pay(sha256(old));
      await browser.open(`${base}/supersede`);
      const missing = await browser.submit(`${base}/supersede`, { file: fileOf("新.png", fresh), reason: "" });
      expect([missing.status, missing.text.includes("f-reason-fault")]).to.deep.equal([422, true]);
      const done = await browser.submit(`${base}/supersede`, { file: fileOf("新.png", fresh), reason: "抬头开错" });
      expect(done.path).to.equal(`/desk/yard/vouchers/${sha256(fresh)}`);
      const waiting = await (await get(`/c/yard/vouchers/${sha256(old)}`)).text();
      expect(waiting).to.contain("已被另一份凭证取代").and.to.contain("抬头开错").and.to.contain("之后公开");
      const body = JSON.stringify({ nothing: true, reason: "只有公司信息" });
      const json = { "content-type": "application/json" };
      await post(`/vouchers/${sha256(fresh)}/copies`, "committee", body, json);
      const both = await (await get(`/c/yard/vouchers/${sha256(old)}`)).text();
      expect(both).to.contain(`href="/c/yard/vouchers/${sha256(fresh)}"`);
      const after = await (await get(`/c/yard/vouchers/${sha256(fresh)}`)).text();
      expect(after)
        .to.contain("取代了")
        .and.to.contain(`href="/c/yard/vouchers/${sha256(old)}"`);
      const record = await get(`/api/v1/communities/yard/vouchers/${sha256(fresh)}`, "supervisor");
      expect(await record.json()).to.deep.include({ supersedes: [sha256(old)], supersededBy: null });
    });
  });

  describe("the list", () => {
    it("is read by programs page by page", async () => {
      const shas: string[] = [];
      for (let after = ""; ;) {
        const answer = await get(`/api/v1/communities/yard/vouchers?limit=2${after}`, "supervisor");
        const { items, next } = (await answer.json()) as { items: { sha: string }[]; next: string | null };
        shas.push(...items.map(({ sha }) => sha));
        if (next === null) {
          break;
        }
        after = `&after=${encodeURIComponent(next)}`;
      }
      expect(shas.length).to.be.greaterThan(4);
      const all: string[] = await books.db("voucher").where({ community: "yard" }).pluck("sha256");
      expect(shas.toSorted()).to.deep.equal(all.toSorted());
    });
  });
});
