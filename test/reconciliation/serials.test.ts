// A bank's serial is unique within its account only: two accounts may bear the same one, and one receipt is booked once.
import { expect } from "chai";
import { fen } from "../../src/base/money.ts";
import { day, month } from "../../src/base/month.ts";
import { Refusal } from "../../src/base/refusal.ts";
import { execute } from "../../src/door/service.ts";
import { importFolder } from "../../src/intake/service.ts";
import { bankMovements } from "../../src/ledger/service.ts";
import { receiveBankLine } from "../../src/reconciliation/routes.ts";
import type { TrueLine } from "../bankfile/files.ts";
import { bankCsv, bringFile, NOW, smallBank } from "../support/bank.ts";
import { DIALECTS, useBooks } from "../support/databases.ts";
import { listening, SMALL_COMMUNITY, smallFolder, writeFolder } from "../support/folders.ts";

const JANUARY = { first: month("2020-01"), last: month("2020-01") };

/** Interest of the end of January, as the bank's batch names it on every account. */
const interest = (amount: number, balance: number): TrueLine => ({
  day: day("2020-01-21"),
  amount: fen(amount),
  balance: fen(balance),
  counterparty: "",
  memo: "结息",
  serial: "H1",
});

async function codesOf(outcome: Promise<unknown>): Promise<string[]> {
  return outcome.then(
    () => [],
    (error: unknown) => {
      if (error instanceof Refusal) {
        return error.faults.map(({ code }) => code);
      }
      throw error;
    },
  );
}

for (const dialect of DIALECTS) {
  describe(`a bank's serial, on ${dialect}`, () => {
    const books = useBooks(dialect);

    it("may stand on two accounts, and each line is booked", async () => {
      const bank = await smallBank(books.db, "two", { "bank.csv": undefined });
      await bringFile(bank, bankCsv([interest(123, 113_123)]));
      await bringFile(bank, bankCsv([interest(456, 500_456)]), { account: "repair" });
      for (const account of ["repair", "common"]) {
        await execute(bank.door, bank.committee, receiveBankLine, { account, line: "1", purpose: "4201" });
      }
      const booked = async (account: string) =>
        (await bankMovements(books.db, "two", account, JANUARY)).filter(({ serial }) => serial === "H1");
      expect((await booked("common")).map(({ amount }) => amount)).to.deep.equal([123]);
      expect((await booked("repair")).map(({ amount }) => amount)).to.deep.equal([456]);
    });

    const folder = (code: string, account: string): string => {
      const { "bank.csv": _lines, ...files } = smallFolder();
      return writeFolder({
        ...files,
        "community.json": JSON.stringify({ ...SMALL_COMMUNITY, code }),
        "receipts.csv": `${String(files["receipts.csv"])}2020-01-21,${account},4201,9.99,,结息,H1\n`,
      });
    };

    it("that the books have by its name alone is not booked again on its account, and no hindrance on another", async () => {
      for (const [account, told] of [
        ["common", ["RECEIPT_KNOWN"]],
        ["repair", []],
      ] as const) {
        const bank = await smallBank(books.db, `old-${account}`, { "bank.csv": undefined });
        await importFolder(books.db, folder(`old-${account}`, account), listening(NOW));
        await bringFile(bank, bankCsv([interest(123, 113_123)]));
        const receive = { account: "common", line: "1", purpose: "4201" };
        expect(await codesOf(execute(bank.door, bank.committee, receiveBankLine, receive))).to.deep.equal(told);
      }
    });

    it("that was booked from the bank's line is not booked again by a folder", async () => {
      const bank = await smallBank(books.db, "folder", { "bank.csv": undefined });
      await bringFile(bank, bankCsv([interest(123, 113_123)]));
      await execute(bank.door, bank.committee, receiveBankLine, { account: "common", line: "1", purpose: "4201" });
      const again = importFolder(books.db, folder("folder", "common"), listening(NOW));
      expect(await codesOf(again)).to.deep.equal(["SERIAL_CONFLICT"]);
      expect(await bankMovements(books.db, "folder", "common", JANUARY)).to.have.length(4);
    });
  });
}
