// Taking a wrong import of bank lines back: its lines count nowhere any more, and what people rest on needs both sides.
import { expect } from "chai";
import { listBankImports, listBankLines } from "../../src/bank/routes.ts";
import { fen } from "../../src/base/money.ts";
import { day, month } from "../../src/base/month.ts";
import { Refusal } from "../../src/base/refusal.ts";
import { closeMonth, publishMonth } from "../../src/desk/service.ts";
import { ask, execute, type Asker } from "../../src/door/service.ts";
import { eventWords } from "../../src/log/rules.ts";
import { correctEntry } from "../../src/ledger/service.ts";
import { openCounts } from "../../src/matching/service.ts";
import { closeThrough } from "../../src/period/service.ts";
import { confirmTakeBack, takeBackImport } from "../../src/recall/routes.ts";
import {
  finishReconciliation,
  listBankAccounts,
  matchBank,
  receiveBankLine,
  showBankMonth,
  unmatchBank,
} from "../../src/reconciliation/routes.ts";
import { runTx } from "../../src/platform/db.ts";
import { verifyCommunity } from "../../src/proof/service.ts";
import type { TrueLine } from "../bankfile/files.ts";
import { BANK_LINES, bankCsv, bringFile, NOW, smallBank, type SmallBank } from "../support/bank.ts";
import { DIALECTS, useBooks } from "../support/databases.ts";

async function codeOf(outcome: Promise<unknown>): Promise<string> {
  return outcome.then(
    () => "done",
    (error: unknown) => {
      if (error instanceof Refusal) {
        return error.code;
      }
      throw error;
    },
  );
}

/** The last line of another account: it does not join the common one's, and somebody brings it in all the same. */
const STRAY: TrueLine = {
  day: day("2020-03-21"),
  amount: fen(1234),
  balance: fen(501_234),
  counterparty: "",
  memo: "结息",
  serial: "H1",
};

for (const dialect of DIALECTS) {
  describe(`an import of bank lines that is taken back, on ${dialect}`, () => {
    const books = useBooks(dialect);
    let count = 0;
    const fresh = (): Promise<SmallBank> => {
      count += 1;
      return smallBank(books.db, `recall${count}`, { "bank.csv": undefined });
    };
    const recall = ({ door, trustee }: SmallBank, number: number, by: Asker = trustee, reason = "导错了账户") =>
      execute(door, by, takeBackImport, { account: "common", number, reason });
    const confirm = ({ door, committee }: SmallBank, number: number, by: Asker = committee) =>
      execute(door, by, confirmTakeBack, { account: "common", number });
    const standing = async ({ door, trustee }: SmallBank, at: string) =>
      (await ask(door, trustee, listBankAccounts, { month: at })).items.find(({ account }) => account === "common");
    const linesIn = async ({ door, trustee }: SmallBank) =>
      (await ask(door, trustee, listBankLines, { account: "common" })).items.map(({ serial, line }) => [serial, line]);

    it("counts in no figure any more, and leaves no trace in matching", async () => {
      const bank = await fresh();
      await bringFile(bank, bankCsv(BANK_LINES), { through: "2020-03-31" });
      const before = await standing(bank, "2020-03");
      await bringFile(bank, bankCsv([STRAY]), { gapReason: "试" });
      expect(await standing(bank, "2020-03")).to.include({ bank: "5012.34", difference: "3874.34" });
      expect(await recall(bank, 2)).to.include({ isTakenBack: true, lines: 1, unmatched: 0 });
      expect(await standing(bank, "2020-03")).to.deep.equal(before);
      expect(before).to.include({ bank: "1138.00", difference: "0.00", covers: true, unmatched: 0 });
      expect(await linesIn(bank)).to.have.length(6);
      expect(await openCounts(books.db, bank.trustee.community, "common", month("2020-01"))).to.deep.equal(new Map());
      const { items } = await ask(bank.door, bank.trustee, listBankImports, { account: "common" });
      expect(items.map(({ number, takenBack }) => [number, takenBack])).to.deep.equal([
        [2, "导错了账户"],
        [1, null],
      ]);
      expect((await verifyCommunity(books.db, bank.trustee.community)).faults).to.deep.equal([]);
    });

    it("may come again: new lines beside the old ones, matched as before, with numbers that go on", async () => {
      const bank = await fresh();
      const first = await bringFile(bank, bankCsv(BANK_LINES), { through: "2020-03-31" });
      expect(first).to.include({ added: 6, matched: 6 });
      await recall(bank, 1);
      expect(await linesIn(bank)).to.deep.equal([]);
      expect(await standing(bank, "2020-03")).to.include({ bank: null, covers: false });
      const again = await bringFile(bank, bankCsv(BANK_LINES), { through: "2020-03-31" });
      expect(again).to.include({ number: 2, added: 6, known: 0, matched: 6 });
      expect(await linesIn(bank)).to.deep.equal(
        ["R1", "R2", "P1", "R3", "P2", "T1"].map((serial, index) => [serial, index + 7]),
      );
      expect(await bringFile(bank, bankCsv(BANK_LINES))).to.include({ added: 0, known: 6 });
      expect(await standing(bank, "2020-03")).to.include({ bank: "1138.00", difference: "0.00", unmatched: 0 });
    });

    it("needs the other side where the month is closed, somebody else brought it in, or somebody matched by hand", async () => {
      const bank = await fresh();
      const { door, trustee, committee } = bank;
      await bringFile(bank, bankCsv(BANK_LINES));
      expect(await recall(bank, 1, committee)).to.include({ isTakenBack: false, lines: 0 });
      expect(await codeOf(recall(bank, 1, committee))).to.equal("RECALL_ASKED");
      expect(await codeOf(confirm(bank, 1, committee))).to.equal("RECALL_SAME_SIDE");
      expect(await linesIn(bank)).to.have.length(6);
      expect(await confirm(bank, 1, trustee)).to.include({ isTakenBack: true, lines: 6, unmatched: 6 });
      expect(await codeOf(confirm(bank, 1, trustee))).to.equal("IMPORT_TAKEN_BACK");

      await bringFile(bank, bankCsv(BANK_LINES));
      const january = await ask(door, trustee, showBankMonth, { account: "common", month: "2020-01" });
      const [pair] = january.matches;
      await execute(door, trustee, unmatchBank, { account: "common", number: pair?.number, reason: "试" });
      const members = { lines: [pair?.lines[0]?.line], entries: [pair?.booked[0]?.entry] };
      await execute(door, trustee, matchBank, { account: "common", ...members });
      expect(await codeOf(confirm(bank, 2))).to.equal("RECALL_NOT_ASKED");
      expect(await recall(bank, 2)).to.include({ isTakenBack: false });
      await confirm(bank, 2);

      await bringFile(bank, bankCsv(BANK_LINES));
      await closeThrough(books.db, trustee.community, month("2020-01"), { now: NOW });
      expect(await recall(bank, 3)).to.include({ isTakenBack: false });
      expect(await codeOf(recall(bank, 3))).to.equal("RECALL_ASKED");
      expect(await confirm(bank, 3)).to.include({ isTakenBack: true, lines: 6, unmatched: 6 });
      const kept = await books.db("event").where({ community: trustee.community }).orderBy("id");
      const words = kept.map(({ what, detail }) => eventWords(what, JSON.parse(detail), (id) => id));
      expect(words).to.include("提出撤回「共有资金专户」第 1 次导入的银行流水，等另一方确认：导错了账户");
      expect(words).to.include("撤回「共有资金专户」第 3 次导入的银行流水，6 笔不再计入，撤销 6 组配对：导错了账户");
    });

    it("is refused while its month was reconciled or published with it, or an entry was booked from it", async () => {
      const bank = await fresh();
      const { door, trustee, committee } = bank;
      await bringFile(bank, bankCsv(BANK_LINES.slice(0, 3)), { through: "2020-01-31" });
      await execute(door, trustee, finishReconciliation, { account: "common", month: "2020-01" });
      expect(await codeOf(recall(bank, 1))).to.equal("IMPORT_RELIED_ON");

      await bringFile(bank, bankCsv([{ ...STRAY, day: day("2020-02-01"), balance: fen(114_234) }]));
      const line = 4;
      const booked = await execute(door, committee, receiveBankLine, { account: "common", line, purpose: "4201" });
      expect(await codeOf(recall(bank, 2))).to.equal("IMPORT_BOOKED");
      // Reversed, the money is gone from the books: the line may go too, once the other side agrees.
      const { community } = trustee;
      await runTx(books.db, community, (tx) =>
        correctEntry(tx, community, { code: booked.code, reason: "不是我们的钱" }, NOW),
      );
      expect(await recall(bank, 2)).to.include({ isTakenBack: false });
      expect(await confirm(bank, 2)).to.include({ isTakenBack: true, lines: 1, unmatched: 1 });
    });

    it("is refused once its month was published", async () => {
      const bank = await fresh();
      await bringFile(bank, bankCsv(BANK_LINES.slice(0, 3)), { through: "2020-01-31" });
      await execute(bank.door, bank.trustee, closeMonth, { month: "2020-01" });
      await execute(bank.door, bank.trustee, publishMonth, { month: "2020-01" });
      expect(await codeOf(recall(bank, 1))).to.equal("IMPORT_RELIED_ON");
    });

    it("waits for a later one that left out what it had brought", async () => {
      const bank = await fresh();
      await bringFile(bank, bankCsv(BANK_LINES.slice(0, 3)));
      await bringFile(bank, bankCsv(BANK_LINES));
      expect(await codeOf(recall(bank, 1))).to.equal("IMPORT_KNOWN_LATER");
      await recall(bank, 2);
      await recall(bank, 1);
      expect(await linesIn(bank)).to.deep.equal([]);
    });

    it("teaches nothing of whose files the account's are", async () => {
      const bank = await fresh();
      const titled = (title: string) => bankCsv(BANK_LINES, [title]);
      await bringFile(bank, titled("账号：6222000011119999 户名：别的小区"), { isOwn: "on" });
      expect(await codeOf(bringFile(bank, titled("账号：6222000011112222")))).to.equal("BANK_FILE_OTHER_ACCOUNT");
      await recall(bank, 1);
      expect(await codeOf(bringFile(bank, titled("账号：6222000011112222")))).to.equal("BANK_FILE_WHOSE");
      expect(await bringFile(bank, titled("账号：6222000011112222"), { isOwn: "on" })).to.include({ added: 6 });
    });

    it("is kept for ever, with who took it back", async () => {
      const bank = await fresh();
      await bringFile(bank, bankCsv(BANK_LINES));
      await recall(bank, 1);
      const own = { community: bank.trustee.community };
      const failed = async (outcome: PromiseLike<unknown>): Promise<boolean> =>
        Promise.resolve(outcome).then(
          () => false,
          () => true,
        );
      expect(await failed(books.db("bank_import_taken_back").where(own).del())).to.equal(true);
      expect(await failed(books.db("bank_import_taken_back").where(own).update({ reason: "x" }))).to.equal(true);
      expect(await failed(books.db("bank_line").where(own).del())).to.equal(true);
      expect(await failed(books.db("bank_line").where(own).update({ amount: 1 }))).to.equal(true);
    });
  });
}
