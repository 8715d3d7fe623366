// What the database itself refuses, whoever asks: the journal's rules hold on SQLite and PostgreSQL alike.
import { expect } from "chai";
import { sha256 } from "../../src/base/digest.ts";
import { fen } from "../../src/base/money.ts";
import { day, month } from "../../src/base/month.ts";
import { cashAgainst, type EntryDraft } from "../../src/ledger/rules.ts";
import * as ledger from "../../src/ledger/service.ts";
import { answer, runTx, type Db, type Tx } from "../../src/platform/db.ts";
import { insertBankAccounts, insertCommunity } from "../../src/trust/service.ts";
import { DIALECTS, useBooks } from "../support/databases.ts";

const now = new Date("2026-11-21T04:00:00Z");

async function aBook(db: Db, code: string): Promise<void> {
  await db.transaction(async (tx) => {
    await insertCommunity(tx, { code, name: code, principal: "业主大会", trustee: "物业" });
    await insertBankAccounts(tx, code, [{ code: "common", name: "专户", fund: "common" }]);
    await ledger.openBook(tx, code, month("2020-01"), day("2020-01-01"));
  });
}

function aReceipt(over: Partial<EntryDraft> = {}): EntryDraft {
  const cash = { fund: "common", bank: "common", flow: "received", purpose: "4002", amount: fen(8000) } as const;
  return { day: day("2020-01-05"), kind: "receipt", memo: "停车费", lines: cashAgainst(cash, "4002"), ...over };
}

/** The rows of an entry as a program that goes round the ledger would write them. */
async function insertByHand(
  tx: Tx,
  code: string,
  at: { number: number; seq: number },
  lines: readonly [fund: string, account: string, amount: number][],
): Promise<void> {
  const key = { community: code, month: "2020-01", number: at.number };
  for (const [index, [fund, account, amount]] of lines.entries()) {
    const cash =
      account === "1002" ? { bank: "common", flow: "received", purpose: "4002" } : { bank: "", flow: "", purpose: "" };
    await tx("entry_line").insert({ ...key, line: index + 1, fund, account, unit: "", period: "", amount, ...cash });
  }
  await tx("entry").insert({
    ...key,
    seq: at.seq,
    day: "2020-01-05",
    occurred: "2020-01-05",
    kind: "receipt",
    memo: "手工",
    bytes: "{}",
    hash: "0",
    recorded_at: now.toISOString(),
  });
}

async function refusal(work: () => Promise<unknown>): Promise<string> {
  try {
    await work();
  } catch (error) {
    return String(error);
  }
  return "nothing was refused";
}

for (const dialect of DIALECTS) {
  describe(`the journal on ${dialect}`, () => {
    const books = useBooks(dialect);
    let code = "";
    let count = 0;

    beforeEach(async () => {
      count += 1;
      code = `c${count}`;
      await aBook(books.db, code);
      await runTx(books.db, code, (tx) => ledger.post(tx, code, [aReceipt()], now));
    });

    it("numbers entries without gaps in each month and chains them over all months", async () => {
      const drafts = [
        aReceipt({ day: day("2020-02-01") }),
        aReceipt({ day: day("2020-01-31") }),
        aReceipt({ day: day("2020-02-02") }),
      ];
      const entries = await runTx(books.db, code, (tx) => ledger.post(tx, code, drafts, now));
      expect(entries.map((entry) => [entry.seq, entry.month, entry.number])).to.deep.equal([
        [2, "2020-02", 1],
        [3, "2020-01", 2],
        [4, "2020-02", 2],
      ]);
      const stored = await ledger.entriesAfter(books.db, code, 0, 10);
      expect(
        stored.slice(1).map((entry, index) => JSON.parse(entry.bytes).previous === stored[index]?.hash),
      ).to.deep.equal([true, true, true]);
    });

    it("refuses an entry that balances in total but not in each fund", async () => {
      const message = await refusal(() =>
        runTx(books.db, code, (tx) =>
          insertByHand(tx, code, { number: 2, seq: 2 }, [
            ["common", "1002", 100],
            ["repair", "4002", -100],
          ]),
        ),
      );
      expect(message).to.contain("add up to zero per fund");
    });

    it("refuses an entry without lines, and lines without an entry", async () => {
      expect(
        await refusal(() => runTx(books.db, code, (tx) => insertByHand(tx, code, { number: 2, seq: 2 }, []))),
      ).to.contain("at least two lines");
      const orphan = {
        community: code,
        month: "2020-01",
        number: 2,
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
      expect(await refusal(() => runTx(books.db, code, async (tx) => tx("entry_line").insert(orphan)))).to.match(
        /FOREIGN KEY|foreign key/,
      );
      // The failed COMMIT left nothing behind, and the connection is good for the next transaction.
      expect(await books.db("entry_line").where({ community: code }).count({ n: "*" }).first()).to.deep.equal({ n: 2 });
      await runTx(books.db, code, (tx) => ledger.post(tx, code, [aReceipt()], now));
    });

    it("refuses to add a line to a sealed entry", async () => {
      const line = {
        community: code,
        month: "2020-01",
        number: 1,
        line: 3,
        fund: "common",
        account: "4002",
        unit: "",
        period: "",
        bank: "",
        flow: "",
        purpose: "",
        amount: 1,
      };
      expect(await refusal(() => runTx(books.db, code, async (tx) => tx("entry_line").insert(line)))).to.contain(
        "sealed",
      );
    });

    it("refuses to skip a number", async () => {
      const lines: [string, string, number][] = [
        ["common", "1002", 100],
        ["common", "4002", -100],
      ];
      expect(
        await refusal(() => runTx(books.db, code, (tx) => insertByHand(tx, code, { number: 3, seq: 2 }, lines))),
      ).to.contain("no gaps");
      expect(
        await refusal(() => runTx(books.db, code, (tx) => insertByHand(tx, code, { number: 2, seq: 3 }, lines))),
      ).to.contain("no gaps");
    });

    for (const table of ["entry", "entry_line"]) {
      it(`refuses to change or delete rows of ${table} and says what to do instead`, async () => {
        expect(
          await refusal(async () => books.db(table).where({ community: code }).update({ month: "2020-02" })),
        ).to.contain("xinyi correct");
        expect(await refusal(async () => books.db(table).where({ community: code }).delete())).to.contain(
          "xinyi correct",
        );
        expect(await books.db(table).where({ community: code }).first()).to.include({ month: "2020-01" });
      });
    }

    it("refuses to replace a row by inserting it again", async () => {
      const [row] = await books.db("entry").where({ community: code });
      const insert =
        dialect === "SQLite"
          ? books.db.raw("insert or replace into entry select * from entry where community = ?", [code])
          : books.db("entry").insert(row);
      expect(await refusal(async () => insert)).to.match(/no gaps|append-only|duplicate key/);
      const [line] = await books.db("entry_line").where({ community: code }).orderBy("line");
      const again =
        dialect === "SQLite"
          ? books.db.raw("insert or replace into entry_line select * from entry_line where community = ?", [code])
          : books.db("entry_line").insert(line);
      expect(await refusal(async () => again)).to.match(/sealed|append-only|duplicate key/);
    });

    it("takes no entry into a closed month, from the ledger or past it", async () => {
      await runTx(books.db, code, (tx) => ledger.lockMonth(tx, code, month("2020-01")));
      expect(await refusal(() => runTx(books.db, code, (tx) => ledger.post(tx, code, [aReceipt()], now)))).to.contain(
        "2020-01 已经结账",
      );
      const lines: [string, string, number][] = [
        ["common", "1002", 100],
        ["common", "4002", -100],
      ];
      expect(
        await refusal(() => runTx(books.db, code, (tx) => insertByHand(tx, code, { number: 2, seq: 2 }, lines))),
      ).to.contain("the month is closed");
    });

    it("never opens a closed month again", async () => {
      await runTx(books.db, code, (tx) => ledger.lockMonth(tx, code, month("2020-01")));
      expect(
        await refusal(async () => books.db("book").where({ community: code }).update({ closed_through: "" })),
      ).to.contain("stays closed");
      expect(await refusal(async () => books.db("book").where({ community: code }).delete())).to.contain(
        "stays closed",
      );
    });

    it("carries what the bank holds into the next month, and counts income by month", async () => {
      await runTx(books.db, code, (tx) => ledger.lockMonth(tx, code, month("2020-01")));
      const rows = await ledger.balancesBetween(books.db, code, month("2020-02"), month("2020-02"));
      expect(rows).to.deep.equal([
        {
          month: "2020-02",
          fund: "common",
          account: "1002",
          bank: "common",
          flow: "opening",
          purpose: "",
          debit: 8000,
          credit: 0,
        },
      ]);
    });

    it("corrects an entry in the open month, once, and with a reason", async () => {
      await runTx(books.db, code, (tx) => ledger.lockMonth(tx, code, month("2020-01")));
      const wish = { code: "2020-01-0001", reason: "应为广告收入", account: "4101" };
      const entries = await runTx(books.db, code, (tx) => ledger.correctEntry(tx, code, wish, now));
      expect(entries.map((entry) => [entry.month, entry.day, entry.occurred, entry.memo])).to.deep.equal([
        ["2020-02", "2020-02-01", "2020-01-05", "冲销 2020-01-0001 停车费"],
        ["2020-02", "2020-02-01", "2020-01-05", "更正 2020-01-0001 停车费"],
      ]);
      expect(entries.map((entry) => [entry.kind, entry.corrects, entry.reason])).to.deep.equal([
        ["reversal", 1, "应为广告收入"],
        ["correction", 1, "应为广告收入"],
      ]);
      expect(entries[0]?.lines.map((line) => [line.account, line.purpose, line.amount])).to.deep.equal([
        ["1002", "4002", -8000],
        ["4002", undefined, 8000],
      ]);
      const correct = (over: object) => () =>
        runTx(books.db, code, (tx) => ledger.correctEntry(tx, code, { ...wish, ...over }, now));
      expect(await refusal(correct({}))).to.contain("已经更正过");
      expect(await refusal(correct({ code: "2020-02-0001" }))).to.contain("不能直接更正");
      expect(await refusal(correct({ code: "2020-01-0002" }))).to.contain("没有凭证号");
      expect(await refusal(correct({ code: "2020-01-0001", reason: " " }))).to.contain("没有写明原因");
    });

    it("books no correction on an account that its money cannot be", async () => {
      const payment = aReceipt({
        kind: "payment",
        memo: "保洁",
        lines: cashAgainst(
          { fund: "common", bank: "common", flow: "paid", purpose: "5003", amount: fen(-100) },
          "5003",
        ),
      });
      await runTx(books.db, code, (tx) => ledger.post(tx, code, [payment], now));
      for (const [number, account] of [
        ["2020-01-0002", "5101"],
        ["2020-01-0002", "5501"],
        ["2020-01-0002", "5801"],
        ["2020-01-0002", "4002"],
        ["2020-01-0001", "4801"],
        ["2020-01-0001", "9999"],
      ] as const) {
        const wish = { code: number, reason: "试", account };
        expect(
          await refusal(() => runTx(books.db, code, (tx) => ledger.correctEntry(tx, code, wish, now))),
          account,
        ).to.contain("不能改记到科目");
      }
      expect(await ledger.bookOf(books.db, code)).to.include({ seq: 2 });
    });

    it("carries vouchers in the bytes of an entry, and leaves those of entries without as they were", async () => {
      const vouchers = [{ original: "a".repeat(64), public: "b".repeat(64) }];
      await runTx(books.db, code, (tx) => ledger.post(tx, code, [aReceipt({ vouchers })], now));
      const [without, withVouchers] = await ledger.entriesAfter(books.db, code, 0, 2);
      expect(Object.keys(JSON.parse(without?.bytes ?? "{}"))).not.to.include("vouchers");
      expect(without).not.to.have.property("vouchers");
      expect(JSON.parse(withVouchers?.bytes ?? "{}").vouchers).to.deep.equal(vouchers);
      expect(withVouchers?.vouchers).to.deep.equal(vouchers);
      expect(sha256(withVouchers?.bytes ?? "")).to.equal(withVouchers?.hash);
    });

    it("finds where an invoice stands, alone or among others, unless that entry was reversed", async () => {
      const cash = { fund: "common", bank: "common", flow: "paid", purpose: "5003", amount: fen(-100) } as const;
      const paid = (invoice: string) =>
        aReceipt({ kind: "payment", invoice, payee: "甲", lines: cashAgainst(cash, "5003") });
      const long = "24112000000135114086、24112000000135114087";
      await runTx(books.db, code, (tx) => ledger.post(tx, code, [paid("INV1"), paid(long), paid("INV2")], now));
      const wish = { code: "2020-01-0004", reason: "退回" };
      await runTx(books.db, code, (tx) => ledger.correctEntry(tx, code, wish, now));
      const asked = ["INV1", "24112000000135114087", "2411200000013511408", "INV2", "INV%"];
      expect([...(await answer(books.db, ledger.invoicesQuestion(code, asked)))]).to.deep.equal([
        ["INV1", "2020-01-0002"],
        ["24112000000135114087", "2020-01-0003"],
      ]);
      const span = { first: day("2020-01-05"), last: day("2020-01-05"), count: 10 };
      const payments = await ledger.paymentsTo(books.db, code, ["甲"], span);
      expect(payments.map((each) => [each.code, each.amount])).to.deep.equal([
        ["2020-01-0003", 100],
        ["2020-01-0002", 100],
      ]);
      expect(
        await ledger.paymentsTo(books.db, code, ["甲"], { ...span, first: day("2020-01-06"), last: day("2020-01-31") }),
      ).to.deep.equal([]);
    });

    it("finds where an invoice stands, however an import spelled it", async () => {
      const cash = { fund: "common", bank: "common", flow: "paid", purpose: "5003", amount: fen(-100) } as const;
      const paid = (invoice: string) =>
        aReceipt({ kind: "payment", invoice, payee: "甲", lines: cashAgainst(cash, "5003") });
      const spellings = [
        "ab-1",
        "ＡＢ－２",
        "Ab - 3",
        "330023213002630221",
        "２０５１６４５３２７９４４７４０４２０７",
        "x1,ab-4",
      ];
      await runTx(books.db, code, (tx) => ledger.post(tx, code, spellings.map(paid), now));
      const asked = ["AB-1", "AB-2", "AB-3", "3300232130-02630221", "20516453279447404207", "AB-4", "AB-5"];
      expect([...(await answer(books.db, ledger.invoicesQuestion(code, asked)))]).to.deep.equal([
        ["AB-1", "2020-01-0002"],
        ["AB-2", "2020-01-0003"],
        ["AB-3", "2020-01-0004"],
        ["3300232130-02630221", "2020-01-0005"],
        ["20516453279447404207", "2020-01-0006"],
        ["AB-4", "2020-01-0007"],
      ]);
    });

    it("lets fifty writers post at once without a gap, a fork or a lost entry", async () => {
      await Promise.all(
        Array.from({ length: 50 }, () => runTx(books.db, code, (tx) => ledger.post(tx, code, [aReceipt()], now))),
      );
      const entries = await ledger.entriesAfter(books.db, code, 0, 100);
      expect(entries.map((entry) => entry.number)).to.deep.equal(Array.from({ length: 51 }, (_, index) => index + 1));
      expect(await ledger.bookOf(books.db, code)).to.include({ seq: 51, head: entries.at(-1)?.hash });
      const balances = await ledger.balancesBetween(books.db, code, month("2020-01"), month("2020-01"));
      expect(balances.find((row) => row.account === "1002")?.debit).to.equal(51 * 8000);
    });

    it("keeps amounts beyond 2^31 fen exactly", async () => {
      const large = {
        fund: "common",
        bank: "common",
        flow: "received",
        purpose: "4901",
        amount: fen(9_007_199_254_740_000),
      } as const;
      await runTx(books.db, code, (tx) =>
        ledger.post(tx, code, [aReceipt({ lines: cashAgainst(large, "4901") })], now),
      );
      const [entry] = await ledger.entriesAfter(books.db, code, 1, 1);
      expect(entry?.lines.map((line) => line.amount)).to.deep.equal([9_007_199_254_740_000, -9_007_199_254_740_000]);
    });
  });
}
