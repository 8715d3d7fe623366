// Bringing vouchers in, blacking them out, proving entries by them, superseding: on real databases and real files.
import { readdirSync } from "node:fs";
import { expect } from "chai";
import { sha256 } from "../../src/base/digest.ts";
import { Refusal } from "../../src/base/refusal.ts";
import { execute, type Asker, type Door, type Reading } from "../../src/door/service.ts";
import * as ledger from "../../src/ledger/service.ts";
import { runTx, type Db } from "../../src/platform/db.ts";
import { redactVoucher, supersedeVoucher, uploadVouchers } from "../../src/voucher/routes.ts";
import { DEFAULT_QUOTA, type Rectangle } from "../../src/voucher/rules.ts";
import * as service from "../../src/voucher/service.ts";
import { EXE, HEIC, brightest, pdf, photo, PLACE_MARK, plain, pngClaiming } from "../platform/pictures.ts";
import { DIALECTS, useBooks } from "../support/databases.ts";
import { personIn } from "../support/people.ts";
import { taxAuthorityXml } from "./invoices.ts";
import { aPayment, filesFolder, NOW, openYard, yardDoor } from "./yard.ts";

async function refusalOf(work: Promise<unknown>): Promise<Refusal> {
  try {
    await work;
  } catch (error) {
    if (error instanceof Refusal) {
      return error;
    }
    throw error;
  }
  throw new Error("not refused");
}

const PHONE: Rectangle = { page: 1, x: 100, y: 400, width: 300, height: 200, kind: "phone", note: "" };
const NOTHING = { rectangles: [], fields: {}, nothing: true, reason: "只有公司信息" };

for (const dialect of DIALECTS) {
  describe(`vouchers on ${dialect}`, () => {
    const books = useBooks(dialect);
    const folder = filesFolder();
    let door: Door;
    let db: Db;
    let manager: Asker;
    let member: Asker;
    let pictures = 0;

    before(async () => {
      db = books.db;
      door = yardDoor(db, folder);
      await openYard(db, "yard");
      await openYard(db, "other");
      manager = (await personIn(door, "yard", "trustee")).asker;
      member = (await personIn(door, "yard", "committee")).asker;
    });

    const reading = (asker: Asker): Reading => ({ ...asker, now: NOW, files: door.files, publicUrl: "", db });
    /** A picture that nobody brought in before. */
    const aPicture = (): Promise<Buffer> =>
      plain(64 + (pictures += 1), 48)
        .png()
        .toBuffer();
    const upload = async (asker: Asker, ...files: (readonly [name: string, bytes: Buffer])[]): Promise<string[]> => {
      const uploads = files.map(([name, bytes]) => ({ field: "files", name, bytes }));
      const { items } = await execute(door, asker, uploadVouchers, {}, { uploads });
      return items.map(({ sha }) => sha);
    };
    const aVoucher = async (): Promise<string> => (await upload(manager, ["票.png", await aPicture()]))[0] ?? "";
    const decide = (sha: string, decision: object = NOTHING): Promise<{ version: number; sha: string }> =>
      execute(door, member, redactVoucher, { sha, ...decision });
    /** Pays once more, with that voucher; answers the entry's sequence. */
    const pay = async (sha: string, community = "yard"): Promise<number> =>
      runTx(db, community, async (tx) => {
        const hashes = await service.publicHashes(tx, community, [sha]);
        const [entry] = await ledger.post(tx, community, [aPayment()], NOW);
        await service.linkToEntry(tx, community, entry?.seq ?? 0, hashes);
        return entry?.seq ?? 0;
      });

    describe("brought in", () => {
      it("keep the original as it came and show a copy that does not know where it was taken", async () => {
        const original = await photo();
        const [sha = ""] = await upload(manager, ["IMG_0001.JPG", original]);
        expect(sha).to.equal(sha256(original));
        expect((await door.files.read(sha)).includes(PLACE_MARK)).to.equal(true);
        const [voucher] = await service.vouchersOf(db, "yard", [sha]);
        expect([voucher?.kind, voucher?.name, voucher?.bytes, voucher?.by]).to.deep.equal([
          "jpeg",
          "IMG_0001.JPG",
          original.length,
          manager.actor.id,
        ]);
        const [page] = voucher?.pages ?? [];
        expect([page?.width, page?.height]).to.deep.equal([480, 640]);
        for (const shown of [page?.image ?? "", page?.thumbnail ?? ""]) {
          expect((await door.files.read(shown)).includes(PLACE_MARK)).to.equal(false);
        }
      });

      it("are the same voucher when the same bytes come again, under any name and by anybody", async () => {
        const bytes = await aPicture();
        const first = await upload(manager, ["a.png", bytes]);
        const again = await upload(member, ["b.png", bytes], ["c.png", bytes]);
        expect(again).to.deep.equal(first);
        const [voucher] = await service.vouchersOf(db, "yard", first);
        expect([voucher?.name, voucher?.by]).to.deep.equal(["a.png", manager.actor.id]);
      });

      it("are the same voucher when the same photo comes twice at once", async () => {
        const bytes = await aPicture();
        const both = await Promise.all([upload(manager, ["a.png", bytes]), upload(member, ["b.png", bytes])]);
        expect(both[0]).to.deep.equal(both[1]);
      });

      it("belong to one community: another one neither finds them nor proves its entries by them", async () => {
        const sha = await aVoucher();
        await decide(sha);
        expect((await refusalOf(service.vouchersOf(db, "other", [sha]))).status).to.equal(404);
        expect((await refusalOf(pay(sha, "other"))).code).to.equal("VOUCHER_UNKNOWN");
      });

      it("tell what an e-invoice says", async () => {
        const xml = taxAuthorityXml();
        const uploads = [{ field: "files", name: "dzfp.xml", bytes: xml }];
        const { items } = await execute(door, manager, uploadVouchers, {}, { uploads });
        expect(items[0]?.invoice?.total).to.equal("1272.00");
        expect(items[0]?.pages).to.equal(0);
        const found = await service.vouchersOf(db, "yard", [sha256(xml)]);
        expect(found.map(({ invoice }) => [invoice?.number, invoice?.seller.name, invoice?.total])).to.deep.equal([
          ["24112000000135114086", "北京净洁保洁有限公司 A&B", 127_200],
        ]);
      });

      it("keep names with quotes, emoji, folders and 400 signs as text", async () => {
        const name = `../../"三月"😀<b>${"长".repeat(400)}.png`;
        const [sha = ""] = await upload(manager, [name, await aPicture()]);
        const [voucher] = await service.vouchersOf(db, "yard", [sha]);
        expect(voucher?.name).to.equal([...name].slice(0, 300).join(""));
      });

      it("are all refused when one is, with its name and the field, and nothing is kept of them", async () => {
        const before = await service.newestVouchers(db, "yard", { after: null, limit: 200, undecided: false });
        const good = await aPicture();
        const bad: readonly (readonly [name: string, bytes: Buffer, code: string, said: string])[] = [
          ["IMG_1.HEIC", HEIC, "FILE_KIND_REFUSED", "兼容性最佳"],
          ["发票.jpg", EXE, "FILE_KIND_REFUSED", "电脑程序"],
          ["大.png", pngClaiming(60_000, 60_000), "IMAGE_TOO_MANY_PIXELS", "5000 万像素"],
          ["半张.png", good.subarray(0, 60), "FILE_DAMAGED", "不完整"],
          ["大.pdf", Buffer.alloc(30 * 1024 * 1024), "FILE_TOO_LARGE", "10 MB"],
          ["坏.xml", Buffer.from("<a/>"), "INVOICE_FIELD", "发票号码"],
        ];
        for (const [name, bytes, code, said] of bad) {
          const refusal = await refusalOf(upload(manager, ["好.png", good], [name, bytes]));
          const [fault] = refusal.faults;
          expect([fault?.code, fault?.column], name).to.deep.equal([code, "files"]);
          expect(fault?.message).to.contain(`「${name}」`);
          expect(`${fault?.message}${fault?.remedy}`).to.contain(said);
        }
        expect((await refusalOf(upload(manager))).faults[0]?.column).to.equal("files");
        const after = await service.newestVouchers(db, "yard", { after: null, limit: 200, undecided: false });
        expect(after.length).to.equal(before.length);
      });

      it("are as many as one person may bring in within a day", async () => {
        const busy = (await personIn(door, "other", "trustee")).asker;
        const rows = Array.from({ length: DEFAULT_QUOTA.files - 1 }, (_, index) => ({
          community: "other",
          sha256: sha256(Buffer.from(String(index))),
          kind: "xml",
          name: "x",
          bytes: 1,
          uploaded_by: busy.actor.id,
          uploaded_at: NOW.toISOString(),
        }));
        await db("voucher").insert(rows);
        await upload(busy, ["最后一个.png", await aPicture()]);
        const over = [["多一个.png", await aPicture()]] as const;
        const refusal = await refusalOf(upload(busy, ...over));
        expect([refusal.code, refusal.status]).to.deep.equal(["VOUCHER_QUOTA", 429]);
        const tomorrow = yardDoor(db, folder, () => new Date(NOW.getTime() + 25 * 60 * 60 * 1000));
        const uploads = over.map(([name, bytes]) => ({ field: "files", name, bytes }));
        expect((await execute(tomorrow, busy, uploadVouchers, {}, { uploads })).items).to.have.lengthOf(1);
      });

      it("survive a form that comes back with a fault elsewhere", async () => {
        const bytes = await aPicture();
        const [kept] = await service.storeVouchers(reading(manager), [{ name: "票.png", bytes, field: "photo" }]);
        expect(kept?.sha).to.equal(sha256(bytes));
        expect(await upload(manager, ["票.png", bytes])).to.deep.equal([sha256(bytes)]);
      });

      it("are listed newest first, page by page, and those that wait for a decision by themselves", async () => {
        const ask = (after: service.After | null, undecided = false): ReturnType<typeof service.newestVouchers> =>
          service.newestVouchers(db, "yard", { after, limit: 3, undecided });
        const shas: string[] = [];
        for (let after: service.After | null = null; ;) {
          const some: Awaited<ReturnType<typeof ask>> = await ask(after);
          shas.push(...some.map(({ sha }) => sha));
          const last = some.at(-1);
          if (last === undefined) {
            break;
          }
          after = { at: last.at, sha: last.sha };
        }
        const all: string[] = await db("voucher").where({ community: "yard" }).pluck("sha256");
        expect(shas.toSorted()).to.deep.equal(all.toSorted());
        const decided = await aVoucher();
        const waiting = await service.countUndecided(db, "yard");
        await decide(decided);
        expect(await service.countUndecided(db, "yard")).to.equal(waiting - 1);
        const left = await service.newestVouchers(db, "yard", { after: null, limit: 200, undecided: true });
        expect(left.map(({ sha }) => sha)).to.not.include(decided);
        expect(left).to.have.lengthOf(waiting - 1);
      });
    });

    describe("decided upon", () => {
      it("are black in the public copy and its thumbnail, not in the copy that the desk sees", async () => {
        const [sha = ""] = await upload(manager, ["电话.png", await plain(200, 100).png().toBuffer()]);
        const { version } = await decide(sha, { rectangles: [PHONE], fields: {}, reason: "" });
        const { copies, voucher } = await service.voucherRecord(db, "yard", sha);
        expect(version).to.equal(1);
        const [shown] = voucher.pages;
        const [open] = copies[0]?.pages ?? [];
        const part = { left: 32, top: 44, width: 32, height: 12 };
        expect(await brightest(await door.files.read(open?.image ?? ""), part)).to.equal(0);
        expect(await brightest(await door.files.read(open?.thumbnail ?? ""), part)).to.be.lessThan(8);
        expect(await brightest(await door.files.read(shown?.image ?? ""), part)).to.be.greaterThan(240);
        expect(open?.image).to.not.equal(shown?.image);
      });

      it("have a public copy whose hash covers the pictures, what is black, and the original", async () => {
        const sha = await aVoucher();
        const { sha: copy } = await decide(sha);
        const bytes = await door.files.read(copy);
        expect(sha256(bytes)).to.equal(copy);
        const told = JSON.parse(bytes.toString());
        expect([told.format, told.original, told.community, told.version]).to.deep.equal([
          "xinyi.voucher/1",
          sha,
          "yard",
          1,
        ]);
        expect(await door.files.has(told.pages[0].image)).to.equal(true);
      });

      it("are decided upon page by page: other pages stay as they are", async () => {
        const [sha = ""] = await upload(manager, ["合同.pdf", await pdf(2, { size: "A6" })]);
        await decide(sha, { rectangles: [{ ...PHONE, page: 2, x: 600 }], fields: {} });
        const { voucher, copies } = await service.voucherRecord(db, "yard", sha);
        const open = copies[0]?.pages ?? [];
        expect(open).to.have.lengthOf(2);
        expect(open[0]).to.deep.equal(voucher.pages[0]);
        expect(open[1]?.image).to.not.equal(voucher.pages[1]?.image);
      });

      it("take rows of a form: blank ones are none, and a place without a kind is asked for", async () => {
        const sha = await aVoucher();
        const blank = { page: "1", x: "", y: "", width: "", height: "", kind: "", note: "" };
        const row = { page: "1", x: "10", y: "20", width: "30", height: "40", kind: "", note: "" };
        const { faults } = await refusalOf(decide(sha, { rectangles: [row, blank] }));
        expect(faults.map(({ column }) => column)).to.deep.equal(["rectangles.0.kind"]);
        expect((await refusalOf(decide(sha, { rectangles: [blank] }))).faults[0]?.column).to.equal("nothing");
        const { faults: outside } = await refusalOf(decide(sha, { rectangles: [{ ...row, kind: "name", x: "980" }] }));
        expect(outside.map(({ column }) => column)).to.deep.equal(["rectangles.0"]);
        await decide(sha, { rectangles: [{ ...row, kind: "name" }, blank] });
        const { copies } = await service.voucherRecord(db, "yard", sha);
        expect(copies[0]?.decision.rectangles).to.deep.equal([
          { page: 1, x: 10, y: 20, width: 30, height: 40, kind: "name", note: "" },
        ]);
      });

      it("can be decided upon again with a reason; every decision stays", async () => {
        const sha = await aVoucher();
        await decide(sha);
        const again = { rectangles: [PHONE], fields: {}, nothing: false };
        expect((await refusalOf(decide(sha, { ...again, reason: "" }))).faults[0]?.column).to.equal("reason");
        await decide(sha, { ...again, reason: "上次漏了手机号" });
        const { copies } = await service.voucherRecord(db, "yard", sha);
        expect(copies.map(({ version, decision }) => [version, decision.reason])).to.deep.equal([
          [1, "只有公司信息"],
          [2, "上次漏了手机号"],
        ]);
      });

      it("are decided upon by one at a time: who comes second is told", async () => {
        const sha = await aVoucher();
        const [first, second] = [
          await service.prepareCopy(reading(member), sha, { ...NOTHING, fields: [] }),
          await service.prepareCopy(reading(member), sha, {
            ...NOTHING,
            fields: [],
            rectangles: [PHONE],
            nothing: false,
          }),
        ];
        const record = (prepared: service.PreparedCopy): Promise<unknown> =>
          runTx(db, "yard", (tx) => service.recordCopy({ ...reading(member), tx }, prepared));
        await record(first);
        expect((await refusalOf(record(second))).code).to.equal("REDACTION_MEANWHILE");
      });

      it("hide what an e-invoice says of a person", async () => {
        const [sha = ""] = await upload(manager, ["代开.xml", taxAuthorityXml({ number: "24112000000135110001" })]);
        const { sha: copy } = await decide(sha, {
          fields: { sellerName: "name", sellerTaxId: "identity", buyerName: "" },
        });
        const text = (await door.files.read(copy)).toString();
        expect(text).to.contain("■■■").and.to.contain("丰华园业主大会").and.to.not.contain("净洁");
      });
    });

    describe("of an entry", () => {
      it("need a decision first, each of them", async () => {
        const [first, second] = [await aVoucher(), await aVoucher()];
        await decide(first);
        const refusal = await refusalOf(service.publicHashes(db, "yard", [first, second]));
        expect([refusal.code, refusal.status]).to.deep.equal(["VOUCHER_UNDECIDED", 409]);
        const { sha: copy } = await decide(second);
        const hashes = await service.publicHashes(db, "yard", [second, first]);
        expect(hashes[0]).to.deep.equal({ original: second, public: copy });
        expect(hashes[1]?.original).to.equal(first);
      });

      it("are for the public from then on, and not before", async () => {
        const sha = await aVoucher();
        expect((await refusalOf(service.publicRecord(db, "yard", sha))).status).to.equal(404);
        await decide(sha);
        expect((await refusalOf(service.publicRecord(db, "yard", sha))).status).to.equal(404);
        const seq = await pay(sha);
        expect((await service.publicRecord(db, "yard", sha)).entries).to.deep.equal([seq]);
        expect([...(await service.vouchersOfEntries(db, "yard", [1, seq]))]).to.deep.equal([[seq, [sha]]]);
        expect((await refusalOf(service.publicRecord(db, "other", sha))).status).to.equal(404);
      });
    });

    describe("that the public sees", () => {
      const decidedBy = (who: Asker, sha: string, decision: object): Promise<unknown> =>
        execute(door, who, redactVoucher, { sha, ...decision });
      const covered = { rectangles: [PHONE], fields: {}, nothing: false, reason: "" };

      it("show again what one side covered only when the other side says so", async () => {
        const sha = await aVoucher();
        await decidedBy(member, sha, covered);
        await pay(sha);
        const open = { ...NOTHING, reason: "改变决定" };
        const smaller = { ...covered, rectangles: [{ ...PHONE, width: 1 }], reason: "框小一点" };
        for (const decision of [open, smaller]) {
          expect((await refusalOf(decidedBy(member, sha, decision))).code).to.equal("UNCOVER_BY_OTHER_SIDE");
        }
        await decidedBy(manager, sha, open);
        const [event] = await db("event").where({ community: "yard", what: "voucher uncovered" });
        expect(JSON.parse(String(event?.detail))).to.include({ sha, version: "2", reason: "改变决定" });
      });

      it("are covered further by anybody, at once", async () => {
        const sha = await aVoucher();
        await decidedBy(member, sha, covered);
        await pay(sha);
        const more = { ...covered, rectangles: [PHONE, { ...PHONE, x: 500 }], reason: "上次漏了一个号码" };
        await decidedBy(member, sha, more);
        // As many black points in other places are not the same.
        const moved = { ...more, rectangles: [{ ...PHONE, x: 0, y: 0, width: 1000, height: 100 }], reason: "换个地方" };
        expect((await refusalOf(decidedBy(member, sha, moved))).code).to.equal("UNCOVER_BY_OTHER_SIDE");
      });

      it("may be decided upon again by the same side while nobody outside sees them", async () => {
        const sha = await aVoucher();
        await decidedBy(member, sha, covered);
        await decidedBy(member, sha, { ...NOTHING, reason: "没有个人信息" });
        expect((await service.voucherRecord(db, "yard", sha)).copies).to.have.lengthOf(2);
      });
    });

    describe("superseded", () => {
      const replace = (
        sha: string,
        name: string,
        bytes: Buffer,
        reason = "抬头开错，重开",
      ): Promise<{ replacement: string }> =>
        execute(door, manager, supersedeVoucher, { sha, reason }, { uploads: [{ field: "file", name, bytes }] });

      it("stay readable beside what took their place, which proves their entries once it is decided upon", async () => {
        const old = await aVoucher();
        await decide(old);
        const seq = await pay(old);
        const { replacement } = await replace(old, "新票.png", await aPicture());
        expect((await service.publicRecord(db, "yard", old)).successor?.replacement).to.equal(replacement);
        expect((await refusalOf(service.publicRecord(db, "yard", replacement))).status).to.equal(404);
        await decide(replacement);
        const record = await service.publicRecord(db, "yard", replacement);
        expect(record.entries).to.deep.equal([seq]);
        expect(record.predecessors.map(({ old: before, reason }) => [before, reason])).to.deep.equal([
          [old, "抬头开错，重开"],
        ]);
        const { replacement: third } = await replace(replacement, "再新.png", await aPicture());
        expect((await service.voucherRecord(db, "yard", third)).entries).to.deep.equal([seq]);
        expect((await refusalOf(service.publicHashes(db, "yard", [old]))).code).to.equal("VOUCHER_SUPERSEDED");
      });

      it("have one successor and never go in a circle", async () => {
        const bytes = await aPicture();
        const [old = ""] = await upload(manager, ["旧.png", bytes]);
        expect((await refusalOf(replace(old, "旧.png", bytes))).code).to.equal("VOUCHER_SAME");
        const { replacement } = await replace(old, "新.png", await aPicture());
        expect((await refusalOf(replace(old, "又一份.png", await aPicture()))).code).to.equal("VOUCHER_SUPERSEDED");
        expect((await refusalOf(replace(replacement, "旧.png", bytes))).message).to.contain("新凭证自己");
      });

      it("need one new voucher and a reason", async () => {
        const sha = await aVoucher();
        const send = (input: object): Promise<unknown> => execute(door, manager, supersedeVoucher, { sha, ...input });
        expect((await refusalOf(send({ reason: "错" }))).faults[0]?.column).to.equal("file");
        expect((await refusalOf(send({ replacement: await aVoucher(), reason: "" }))).faults[0]?.column).to.equal(
          "reason",
        );
        expect((await refusalOf(send({ replacement: "0".repeat(64), reason: "错" }))).status).to.equal(404);
      });
    });

    describe("kept", () => {
      it("are only ever added: the database says what to do instead", async () => {
        const changes: readonly (readonly [table: string, remedy: string])[] = [
          ["voucher", "supersede it"],
          ["voucher_page", "stay as they were made"],
          ["voucher_copy", "decide again"],
          ["voucher_entry", "supersede a voucher"],
          ["voucher_supersession", "took the place"],
        ];
        for (const [table, remedy] of changes) {
          for (const change of [db(table).delete(), db(table).update({ community: "other" })]) {
            const error = await change.then(
              () => "nothing was refused",
              (fault: unknown) => String(fault),
            );
            expect(error, table).to.contain(remedy);
          }
        }
      });

      it("leave no drafts in the folder", () => {
        const names = readdirSync(folder, { recursive: true, withFileTypes: true })
          .filter((entry) => entry.isFile())
          .map((entry) => entry.name);
        expect(names.filter((name) => !/^[0-9a-f]{64}$/u.test(name))).to.deep.equal([]);
      });
    });
  });
}
