// The door to the database: settings that keep what was acknowledged, failed commits, versions, folders.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { openBooks } from "../../src/app.ts";
import { day, month } from "../../src/base/month.ts";
import { Refusal } from "../../src/base/refusal.ts";
import * as ledger from "../../src/ledger/service.ts";
import {
  answer,
  answerTogether,
  insertAll,
  openDatabase,
  readMany,
  runTx,
  whereIn,
  type Db,
  type Question,
} from "../../src/platform/db.ts";
import { migrate } from "../../src/platform/migrations.ts";
import { insertCommunity } from "../../src/trust/service.ts";
import { DIALECTS, useBooks } from "../support/databases.ts";

async function codeOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => "nothing was refused",
    (error: unknown) => (error instanceof Refusal ? error.code : String(error)),
  );
}

for (const dialect of DIALECTS) {
  describe(`a transaction on ${dialect}`, () => {
    const books = useBooks(dialect);

    it("keeps nothing when its work fails", async () => {
      const work = runTx(books.db, "a", async (tx) => {
        await tx("community").insert({ code: "a", name: "甲", principal: "x", trustee: "y" });
        throw new Error("half-way");
      });
      expect(await codeOf(work)).to.contain("half-way");
      expect(await books.db("community").where({ code: "a" })).to.deep.equal([]);
    });

    it("reports a COMMIT that the database refuses, and gives the connection back clean", async () => {
      const orphan = {
        community: "a",
        month: "2020-01",
        number: 1,
        line: 1,
        fund: "common",
        account: "4002",
        unit: "",
        period: "",
        bank: "",
        flow: "",
        purpose: "",
        amount: 1,
      };
      for (let round = 0; round < 3; round += 1) {
        expect(await codeOf(runTx(books.db, "a", async (tx) => tx("entry_line").insert(orphan)))).to.match(
          /foreign key/i,
        );
      }
      expect(await books.db("entry_line")).to.deep.equal([]);
    });

    it("starts again when the database asks for it", async () => {
      let attempts = 0;
      const worked = await runTx(books.db, "a", async () => {
        attempts += 1;
        if (attempts < 3) {
          throw Object.assign(new Error("could not serialize"), { code: "40001" });
        }
        return attempts;
      });
      expect(worked).to.equal(3);
    });

    it("inserts many rows of any text and size at once", async () => {
      const rows = Array.from({ length: 12_000 }, (_, index) => ({
        code: `c${index}`,
        name: `"引'号"\\ ${index}`,
        principal: "😀",
        trustee: "",
      }));
      await runTx(books.db, "a", (tx) => insertAll(tx, "community", rows));
      expect(await books.db("community").where({ code: "c11999" }).first()).to.deep.equal(rows[11_999]);
    });

    it("keeps what all rows have in common whole, great numbers and nothing included", async () => {
      const [year, amount] = [2020, 9_007_199_254_740_991];
      const rows = ["5001", "5002"].map((account) => ({ community: "c0", year, account, amount }));
      await runTx(books.db, "a", (tx) => insertAll(tx, "budget_line", rows));
      const kept = books.db("budget_line").where({ community: "c0" }).orderBy("account");
      expect(await kept.select("community", "year", "account", "amount")).to.deep.equal(rows);
    });

    it("inserts many rows of whole numbers, of which some have none", async () => {
      const account = { community: "c0", account: "common", day: "2020-01-01", counterparty: "{,NULL}", memo: "" };
      const rows = Array.from({ length: 1200 }, (_, index) => ({
        ...account,
        line: index + 1,
        amount: 9_007_199_254_740_991 - index,
        balance: 1 - index,
        source: `s${index}`,
        serial: "NULL",
        import: index % 2 === 0 ? null : index,
        file_row: null,
        retakes: 0,
      }));
      await runTx(books.db, "a", async (tx) => {
        await insertAll(tx, "bank_account", [{ community: "c0", code: "common", name: "x", fund: "common" }]);
        await insertAll(tx, "bank_line", rows);
      });
      const kept = await books.db("bank_line").where({ community: "c0" }).orderBy("line");
      expect(kept).to.have.lengthOf(1200);
      expect(kept[0]).to.deep.equal(rows[0]);
      expect(kept[1]).to.deep.equal(rows[1]);
    });

    it("reads very many rows as the values of their columns, in their order", async () => {
      const asked = books
        .db("community")
        .where("code", "like", "c1199%")
        .orderBy("code", "desc")
        .select("code", "name");
      const rows = await readMany(books.db, asked, ["code", "name"]);
      expect(rows.slice(0, 2)).to.deep.equal([
        ["c11999", `"引'号"\\ 11999`],
        ["c11998", `"引'号"\\ 11998`],
      ]);
      expect(
        await readMany(books.db, books.db("community").where({ code: "?" }).select("code"), ["code"]),
      ).to.deep.equal([]);
    });

    it("finds rows by however many values, texts and numbers", async () => {
      const codes = Array.from({ length: 70_000 }, (_, index) => `c${index}`);
      const found = await whereIn(books.db, books.db("community"), "code", codes).count({ rows: "*" }).first();
      expect(Number(found?.["rows"])).to.equal(12_000);
      const years = await whereIn(books.db, books.db("budget_line"), "year", [1, 2020]).pluck("account");
      expect(years).to.have.members(["5001", "5002"]);
      expect(await whereIn(books.db, books.db("budget_line"), "year", [])).to.deep.equal([]);
    });

    it("answers several questions in one trip, empty ones among them, with any text and the largest amounts", async () => {
      const largest = Number.MAX_SAFE_INTEGER;
      const name = `"甲" \\ 'x' ? ?? $1 :a\n`;
      await runTx(books.db, "asked", async (tx) => {
        const rows = [3, 1, 2].map((index) => ({ code: `asked${index}`, name, principal: "x", trustee: "y" }));
        await insertAll(tx, "community", rows);
      });
      const names = (code: string): Question<unknown[]> => ({
        columns: ["code", "name", "most", "none"],
        query: (db) =>
          db("community")
            .where("code", "like", code)
            .orderBy("code")
            .select("code", "name", db.raw("cast(? as bigint) as most", [largest]), db.raw("null as none")),
        read: (rows) => [...rows],
      });
      const of = (code: string): object => ({ code, name, most: largest, none: null });
      const seen: string[] = [];
      books.db.on("query", ({ sql }: { sql: string }) => seen.push(sql));
      const { all, none, one } = await answerTogether(books.db, {
        all: names("asked%"),
        none: names("nobody"),
        one: names("asked2"),
      });
      books.db.removeAllListeners("query");
      expect(seen).to.have.length(1);
      expect(all).to.deep.equal([of("asked1"), of("asked2"), of("asked3")]);
      expect(none).to.deep.equal([]);
      expect(one).to.deep.equal([of("asked2")]);
      expect(await answer(books.db, names("asked2"))).to.deep.equal([of("asked2")]);
    });

    it("goes on asking and inserting after a table has got another column", async () => {
      const insert = (code: string): Promise<void> =>
        runTx(books.db, code, (tx) => insertAll(tx, "community", [{ code, name: "甲", principal: "x", trustee: "y" }]));
      const codes = {
        columns: ["code"],
        query: (db: Db) => db("community").where("code", "like", "grown%").orderBy("code").select("code"),
        read: (rows: readonly { code: string }[]) => rows.map(({ code }) => code),
      };
      await insert("grown1");
      expect(await answerTogether(books.db, { codes })).to.deep.equal({ codes: ["grown1"] });
      await books.db.raw("alter table community add column more text");
      await insert("grown2");
      expect(await answerTogether(books.db, { codes })).to.deep.equal({ codes: ["grown1", "grown2"] });
      await books.db.raw("alter table community drop column more");
    });

    it("never holds a book alone while others share it, and lets those run side by side where the database can", async () => {
      await runTx(books.db, "shared", async (tx) => {
        await insertCommunity(tx, { code: "shared", name: "甲", principal: "x", trustee: "y" });
        await ledger.openBook(tx, "shared", month("2020-01"), day("2020-01-01"));
      });
      const told: string[] = [];
      const stay = (name: string, isShared: boolean): Promise<void> =>
        runTx(
          books.db,
          "shared",
          async () => {
            told.push(`${name} in`);
            await sleep(150);
            told.push(`${name} out`);
          },
          { isShared },
        );
      const two = [stay("a", true), stay("b", true)];
      await sleep(50);
      await Promise.all([...two, stay("alone", false)]);
      expect(told.slice(-2)).to.deep.equal(["alone in", "alone out"]);
      const inOrder = told.slice(0, 4).map((each) => each.split(" ")[1]);
      expect(inOrder).to.deep.equal(dialect === "SQLite" ? ["in", "out", "in", "out"] : ["in", "in", "out", "out"]);
    });

    it("may be migrated again, which changes nothing", async () => {
      const before: object[] = await books.db("migration").orderBy("id");
      expect(before[0]).to.include({ name: "0001-books" });
      await migrate(books.db);
      expect(await books.db("migration").orderBy("id")).to.deep.equal(before);
    });

    it("refuses a database from a newer version and leaves it alone", async () => {
      await books.db("migration").insert({ name: "0099-tomorrow", batch: 9, migration_time: books.db.fn.now() });
      expect(await codeOf(openBooks(books.url))).to.equal("DATABASE_NEWER");
    });
  });
}

describe("an SQLite file", () => {
  it("is opened so that nothing acknowledged is lost and no rule is passed by", async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), "xinyi-test-"));
    const db = await openDatabase(`sqlite:${path.join(folder, "a", "b.sqlite")}`);
    const pragmas = ["journal_mode", "synchronous", "foreign_keys", "recursive_triggers", "secure_delete"];
    const found = await Promise.all(pragmas.map(async (name) => Object.values((await db.raw(`PRAGMA ${name}`))[0])[0]));
    expect(found).to.deep.equal(["wal", 2, 1, 1, 1]);
    await db.destroy();
    await rm(folder, { recursive: true });
  });

  it("in a folder that cannot be written is refused with what to do", async () => {
    const folder = await mkdtemp(path.join(os.tmpdir(), "xinyi-test-"));
    await writeFile(path.join(folder, "file"), "not a folder");
    expect(await codeOf(openDatabase(`sqlite:${path.join(folder, "file", "x.sqlite")}`))).to.equal(
      "DATA_FOLDER_UNWRITABLE",
    );
    expect(await codeOf(openDatabase(`sqlite:${path.join(folder, "file")}`))).to.equal("DATA_FOLDER_UNWRITABLE");
    expect(await codeOf(openDatabase("sqlite:/proc/xinyi/x.sqlite"))).to.equal("DATA_FOLDER_UNWRITABLE");
    await rm(folder, { recursive: true });
  });
});

describe("a PostgreSQL that does not answer", () => {
  it("is refused with what to do", async () => {
    expect(await codeOf(openDatabase("postgres://nobody@127.0.0.1:1/none"))).to.equal("DATABASE_UNREACHABLE");
  });
});
