// Bringing bank and books together: matching by hand, receipts that only the bank knew, suspense, and the finished month.
import { expect } from "chai";
import { fen } from "../../src/base/money.ts";
import { day, month } from "../../src/base/month.ts";
import { Refusal } from "../../src/base/refusal.ts";
import { ask, execute } from "../../src/door/service.ts";
import { closeMonth, publishMonth, readMonth } from "../../src/desk/service.ts";
import { closeThrough } from "../../src/period/service.ts";
import {
  finishReconciliation,
  identifyReceipt,
  listBankAccounts,
  listSuspense,
  matchBank,
  matchBankCertain,
  receiveBankLine,
  showBankLine,
  showBankMonth,
  unmatchBank,
} from "../../src/reconciliation/routes.ts";
import { suspenseBalance } from "../../src/reconciliation/service.ts";
import { listStatements, parseStatement } from "../../src/statement/service.ts";
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

const BLANK = { day: day("2020-01-01"), amount: fen(0), balance: fen(0), counterparty: "", memo: "", serial: "" };

/** The bank's lines with more in between: their balances follow. */
function withLines(...more: readonly Partial<TrueLine>[]): TrueLine[] {
  const all = [...BANK_LINES, ...more.map((line) => ({ ...BLANK, ...line }))].toSorted((a, b) =>
    a.day < b.day ? -1 : 1,
  );
  let balance = 100_000;
  return all.map((line) => {
    balance += line.amount;
    return { ...line, balance: fen(balance) };
  });
}

const UNKNOWN = { day: day("2020-01-20"), amount: fen(5050), counterparty: "乙", memo: "102室的", serial: "X1" };
const INTEREST = { day: day("2020-01-21"), amount: fen(123), memo: "结息", serial: "X2" };

for (const dialect of DIALECTS) {
  describe(`bank and books, on ${dialect}`, () => {
    const books = useBooks(dialect);
    let count = 0;
    const fresh = (files: Parameters<typeof smallBank>[2] = {}): Promise<SmallBank> => {
      count += 1;
      return smallBank(books.db, `small${count}`, { "bank.csv": undefined, ...files });
    };
    const monthOf = ({ door, trustee }: SmallBank, at = "2020-01") =>
      ask(door, trustee, showBankMonth, { account: "common", month: at });

    it("show a month with its pairs, once both sides have it", async () => {
      const bank = await fresh();
      await bringFile(bank, bankCsv(BANK_LINES));
      const january = await monthOf(bank);
      expect(january).to.include({ bank: "1130.00", book: "1130.00", difference: "0.00", covers: true, unmatched: 0 });
      expect(january.matches.map(({ how, lines, booked }) => [how, lines[0]?.amount, booked[0]?.code])).to.deep.equal([
        ["流水号相符", "200.00", "2020-01-0001"],
        ["流水号相符", "80.00", "2020-01-0002"],
        ["流水号相符", "-150.00", "2020-01-0003"],
      ]);
      expect(january.lines).to.deep.equal([]);
      expect(january.booked).to.deep.equal([]);
    });

    it("offer in a month only pairs that have a side in it", async () => {
      const bank = await fresh();
      const { door, trustee } = bank;
      // No serials: pairs come by day, amount and unit, and are left to be made by hand here.
      const bare = BANK_LINES.map((line) => ({ ...line, serial: "" }));
      await bringFile(bank, bankCsv(bare));
      const made = (await monthOf(bank, "2020-02")).matches;
      for (const { number } of made) {
        const undo = { account: "common", number: String(number), reason: "试" };
        await execute(door, trustee, unmatchBank, undo);
      }
      const certain = async (at: string) => (await monthOf(bank, at)).certain;
      expect([made.length, await certain("2020-02"), await certain("2020-03")]).to.deep.equal([2, 2, 0]);
      const auto = (at: string) => execute(door, trustee, matchBankCertain, { account: "common", month: at });
      expect((await auto("2020-03")).matched).to.equal(0);
      expect((await auto("2020-02")).matched).to.equal(2);
    });

    it("do not close at the desk a day short of the month's end without a reason, and say so to everybody", async () => {
      const bank = await fresh();
      const { door, trustee } = bank;
      const close = (noLines = "") => execute(door, trustee, closeMonth, { month: "2020-01", noLines });
      const publish = (noLines = "") => execute(door, trustee, publishMonth, { month: "2020-01", noLines });
      await bringFile(bank, bankCsv(BANK_LINES.slice(0, 3)), { through: "2020-01-30" });
      expect(await ask(door, trustee, readMonth, { month: "2020-01" })).to.include({
        isBlocked: false,
        needsReason: true,
      });
      expect(await codeOf(close())).to.equal("BANK_LINES_STOPPED");
      await close("银行系统升级");
      expect(await codeOf(publish())).to.equal("BANK_LINES_STOPPED");
      await publish("银行系统升级");
      const [published] = await listStatements(books.db, trustee.community);
      const told = parseStatement(published?.bytes ?? "");
      expect(told.exceptions.filter(({ code }) => code === "BANK_LINES_STOP").map(({ text }) => text)).to.deep.equal([
        "共有资金专户：银行流水的最后一笔是 2020-01-10，没有到月底，此后的收付未能与银行核对",
      ]);
      // Lines that come later change nothing that was published.
      await bringFile(bank, bankCsv(BANK_LINES));
      expect((await verifyCommunity(books.db, trustee.community)).faults).to.deep.equal([]);
      expect(await ask(door, trustee, readMonth, { month: "2020-03" })).to.include({ needsReason: true });
    });

    it("close at the desk where the bank never gave a line", async () => {
      const { door, trustee } = await fresh();
      await execute(door, trustee, closeMonth, { month: "2020-01" });
      await execute(door, trustee, publishMonth, { month: "2020-01" });
    });

    it("are finished at 0.00 only, with nothing left open, and once", async () => {
      const bank = await fresh();
      const { door, committee } = bank;
      const finish = (at: string) => execute(door, committee, finishReconciliation, { account: "common", month: at });
      await bringFile(bank, bankCsv(withLines(INTEREST)));
      expect(await codeOf(finish("2020-01"))).to.equal("BANK_DIFFERENCE");
      expect(await codeOf(finish("2020-03"))).to.equal("BANK_NOT_COVERED");
      const [open] = (await monthOf(bank)).lines;
      const receipt = { account: "common", line: String(open?.line), purpose: "4201", unit: "" };
      await execute(door, committee, receiveBankLine, receipt);
      const done = await finish("2020-01");
      expect(done).to.include({ balance: "1131.23" });
      expect(await finish("2020-01")).to.deep.equal(done);
      expect((await monthOf(bank)).finishedAt).to.equal(NOW.toISOString());
    });

    it("are no longer finished when a booking comes later", async () => {
      const bank = await fresh();
      const { door, trustee } = bank;
      await bringFile(bank, bankCsv(withLines(UNKNOWN).slice(0, 3)), { through: "2020-01-19" });
      await bringFile(bank, bankCsv(BANK_LINES.slice(0, 3)), { through: "2020-01-31" });
      await execute(door, trustee, finishReconciliation, { account: "common", month: "2020-01" });
      await bringFile(bank, bankCsv(withLines(UNKNOWN).slice(0, 4)));
      expect(await monthOf(bank)).to.include({ finishedAt: null, difference: "50.50" });
    });

    it("refuse to finish while lines and bookings are open on both sides of one balance", async () => {
      const bank = await fresh({
        "receipts.csv":
          "日期,账户,科目,金额,房号,摘要,流水号\n2020-01-05,common,4001,200.00,101,物业费,R1\n2020-01-25,common,4002,80.00,,停车费,\n2020-02-07,common,4001,60.00,102,物业费,R3\n2020-03-08,repair,4201,12.34,,利息,R4\n",
      });
      const { door, trustee } = bank;
      const finish = () => execute(door, trustee, finishReconciliation, { account: "common", month: "2020-01" });
      await bringFile(bank, bankCsv(BANK_LINES));
      expect(await monthOf(bank)).to.include({ difference: "0.00", unmatched: 1 });
      expect(await codeOf(finish())).to.equal("BANK_OPEN");
      const january = await monthOf(bank);
      const members = { lines: [january.lines[0]?.line], entries: [january.booked[0]?.entry] };
      await execute(door, trustee, matchBank, { account: "common", ...members });
      expect(await monthOf(bank)).to.include({ unmatched: 0 });
      expect(await codeOf(finish())).to.equal("done");
    });

    it("are matched in groups that add up, and in no others", async () => {
      const bank = await fresh({
        "payments.csv":
          "日期,账户,科目,金额,收款方,摘要,发票号码,决议,流水号\n2020-01-09,common,5001,100.00,员工,工资,,,\n2020-01-09,common,5003,50.00,保洁,清洁,,,\n2020-02-12,common,5101,42.00,小院物业,酬金,INV1,,P2\n",
      });
      const { door, trustee } = bank;
      await bringFile(bank, bankCsv(BANK_LINES));
      const { lines, booked } = await monthOf(bank);
      expect([lines.length, booked.length]).to.deep.equal([1, 2]);
      const line = lines[0]?.line ?? 0;
      const [suggestion] = (await ask(door, trustee, showBankLine, { account: "common", line })).suggestions;
      expect(suggestion?.entries).to.have.members(booked.map(({ entry }) => entry));
      expect(suggestion?.reasons[0]).to.equal("2 笔账加起来正好是这一笔");
      const match = (lines_: readonly number[], entries: readonly number[]) =>
        execute(door, trustee, matchBank, { account: "common", lines: lines_, entries });
      expect(await codeOf(match([line], [booked[0]?.entry ?? 0]))).to.equal("MATCH_UNEQUAL");
      expect(await codeOf(match([line], [999_999]))).to.equal("MATCH_UNKNOWN");
      expect(await codeOf(match([line], []))).to.equal("MATCH_TOO_FEW");
      await match([line], suggestion?.entries ?? []);
      expect(await codeOf(match([line], suggestion?.entries ?? []))).to.equal("MATCH_TAKEN");
      expect((await monthOf(bank)).matches).to.have.length(3);
    });

    it("let a line and the one that takes it back answer each other", async () => {
      const bank = await fresh();
      const wrong = { day: day("2020-01-15"), amount: fen(700), memo: "误入", serial: "W1" };
      const back = { day: day("2020-01-16"), amount: fen(-700), memo: "冲正", serial: "W2" };
      await bringFile(bank, bankCsv(withLines(wrong, back)));
      const { lines } = await monthOf(bank);
      const [suggestion] = (
        await ask(bank.door, bank.trustee, showBankLine, { account: "common", line: lines[0]?.line ?? 0 })
      ).suggestions;
      expect(suggestion).to.deep.include({ entries: [], reasons: ["一进一出，金额相同", "摘要写明是冲正或退回"] });
      await execute(bank.door, bank.trustee, matchBank, { account: "common", lines: suggestion?.lines });
      expect(await monthOf(bank)).to.deep.include({ lines: [], unmatched: 0 });
    });

    it("have a match undone with a reason until its month is closed, and keep who did it", async () => {
      const bank = await fresh();
      const { door, trustee, committee } = bank;
      await bringFile(bank, bankCsv(BANK_LINES));
      const undo = (number: number) =>
        execute(door, committee, unmatchBank, { account: "common", number, reason: "配错了" });
      const [first, second] = (await monthOf(bank)).matches;
      await undo(first?.number ?? 0);
      expect(await codeOf(undo(first?.number ?? 0))).to.equal("MATCH_UNDONE");
      expect((await monthOf(bank)).lines).to.have.length(1);
      const kept = await books.db("bank_unmatch").where({ community: trustee.community }).first();
      expect(kept).to.include({ reason: "配错了", undone_by: committee.actor.id });
      const again = { account: "common", month: "2020-01" };
      expect(await execute(door, trustee, matchBankCertain, again)).to.include({ matched: 1 });
      await closeThrough(books.db, trustee.community, month("2020-01"), { now: NOW });
      expect(await codeOf(undo(second?.number ?? 0))).to.equal("MONTH_CLOSED");
      const gone = books.db("bank_match").where({ community: trustee.community }).del();
      expect(
        await codeOf(
          gone.then(null, (error: Error) =>
            Promise.reject(new Refusal({ code: "DB", message: error.message, remedy: "" })),
          ),
        ),
      ).to.equal("DB");
    });

    it("put an unexplained receipt into suspense, and out of it where it belongs, without moving money", async () => {
      const bank = await fresh();
      const { door, trustee, committee } = bank;
      const { community } = trustee;
      await bringFile(bank, bankCsv(withLines(UNKNOWN)));
      const line = (await monthOf(bank)).lines[0]?.line ?? 0;
      const view = await ask(door, trustee, showBankLine, { account: "common", line });
      expect(view.units).to.deep.equal([{ unit: "102", reason: "附言里写着这个房号" }]);
      const { code } = await execute(door, trustee, receiveBankLine, { account: "common", line, purpose: "2299" });
      expect(await monthOf(bank)).to.include({ difference: "0.00", unmatched: 0 });
      expect(await suspenseBalance(books.db, community, month("2020-01"))).to.equal(5050);
      const listed = (await ask(door, committee, listSuspense, {})).items;
      expect(listed).to.have.length(1);
      expect(listed[0]).to.include({ code, amount: "50.50", identifiedBy: "" });
      const identify = (purpose: string, unit = "", reason = "业主出示转账截图") =>
        execute(door, committee, identifyReceipt, { entry: code, purpose, unit, reason });
      expect(await codeOf(identify("2299"))).to.equal("STILL_IN_SUSPENSE");
      expect(await codeOf(identify("4001"))).to.equal("UNIT_MISSING");
      expect(await codeOf(identify("4001", "999"))).to.equal("UNIT_UNKNOWN");
      expect(await codeOf(identify("4501"))).to.equal("FUND_WRONG");
      expect(await codeOf(identify("5001"))).to.equal("ACCOUNT_NOT_POSSIBLE");
      await identify("4001", "102");
      expect(await codeOf(identify("4001", "102"))).to.equal("ENTRY_CORRECTED");
      expect(await suspenseBalance(books.db, community, month("2020-01"))).to.equal(0);
      expect((await ask(door, committee, listSuspense, {})).items[0]?.identifiedBy).to.match(/^2020-01-/u);
      expect(await monthOf(bank)).to.deep.include({ lines: [], booked: [], difference: "0.00" });
      await closeThrough(books.db, community, month("2020-01"), { now: NOW });
      // What was identified paid the unit's oldest bill, of the December before.
      const bills = await books.db("bill").where({ community, unit: "102", period: "2019-12" }).first();
      expect(bills).to.include({ amount: 5050, settled: 5050 });
      expect((await verifyCommunity(books.db, community)).faults).to.deep.equal([]);
    });

    it("identify what was left in suspense in a closed month as a late entry of the open one", async () => {
      const bank = await fresh();
      const { door, trustee } = bank;
      const { community } = trustee;
      await bringFile(bank, bankCsv(withLines(UNKNOWN)));
      const line = (await monthOf(bank)).lines[0]?.line ?? 0;
      const { code } = await execute(door, trustee, receiveBankLine, { account: "common", line, purpose: "2299" });
      await closeThrough(books.db, community, month("2020-01"), { now: NOW });
      const found = { entry: code, purpose: "4002", unit: "", reason: "车位租户来电确认" };
      expect((await execute(door, trustee, identifyReceipt, found)).code).to.match(/^2020-02-/u);
      expect(await suspenseBalance(books.db, community, month("2020-01"))).to.equal(5050);
      expect(await suspenseBalance(books.db, community, month("2020-02"))).to.equal(0);
      expect(await monthOf(bank, "2020-02")).to.deep.include({ booked: [], difference: "0.00" });
    });

    it("book nothing twice, nothing that went out, and nothing from before the books", async () => {
      const bank = await fresh({ "transfers.csv": undefined });
      const { door, trustee } = bank;
      const early = { day: day("2019-12-30"), amount: fen(0), memo: "x", serial: "E" };
      await bringFile(bank, bankCsv(withLines({ ...early, amount: fen(1) }, UNKNOWN)));
      const all = await monthOf(bank);
      const receive = (line: number, purpose = "4002") =>
        execute(door, trustee, receiveBankLine, { account: "common", line, purpose });
      const line = all.lines[0]?.line ?? 0;
      await receive(line);
      expect(await codeOf(receive(line))).to.equal("MATCH_TAKEN");
      const march = (await monthOf(bank, "2020-03")).lines[0]?.line ?? 0;
      expect(await codeOf(receive(march))).to.equal("MONEY_OUT_NEEDS_RELEASE");
      expect(await codeOf(receive(1))).to.equal("DAY_BEFORE_BOOKS");
      expect(await codeOf(receive(999))).to.equal("BANK_LINE_UNKNOWN");
      const matches = (await monthOf(bank)).matches;
      const number = matches.find(({ lines }) => lines[0]?.line === line)?.number ?? 0;
      await execute(door, trustee, unmatchBank, { account: "common", number, reason: "试试" });
      expect(await codeOf(receive(line))).to.equal("RECEIPT_KNOWN");
    });

    it("name every account at a month's end, and what stands in suspense", async () => {
      const bank = await fresh();
      await bringFile(bank, bankCsv(BANK_LINES));
      const told = await ask(bank.door, bank.trustee, listBankAccounts, { month: "2020-02" });
      expect(told.suspense).to.equal("0.00");
      expect(told.items).to.deep.equal([
        {
          account: "common",
          name: "共有资金专户",
          covers: true,
          bank: "1148.00",
          book: "1148.00",
          difference: "0.00",
          unmatched: 0,
          finishedAt: null,
        },
        {
          account: "repair",
          name: "维修资金专户",
          covers: false,
          bank: null,
          book: "5000.00",
          difference: null,
          unmatched: 0,
          finishedAt: null,
        },
      ]);
    });
  });
}
