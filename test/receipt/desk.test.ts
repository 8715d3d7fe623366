// The desk on real databases: gapless numbers, what is booked, what cancels a receipt, deposits, dues.
import { expect } from "chai";
import * as fc from "fast-check";
import { fen, fromYuan, toYuan } from "../../src/base/money.ts";
import { day, month } from "../../src/base/month.ts";
import { openDoor } from "../../src/app.ts";
import { ask, execute, type Door } from "../../src/door/service.ts";
import { standingNow } from "../../src/fees/rules.ts";
import { openAccountOf, openBills, prepaidOf, runBills } from "../../src/fees/service.ts";
import { openMonth } from "../../src/ledger/rules.ts";
import * as ledger from "../../src/ledger/service.ts";
import { closeThrough } from "../../src/period/service.ts";
import { runTx } from "../../src/platform/db.ts";
import { verifyCommunity } from "../../src/proof/service.ts";
import { depositReturnDraft } from "../../src/receipt/rules.ts";
import { depositsHeld, listReceipts, planOf, receiptOf, showReceipt, takeMoney } from "../../src/receipt/service.ts";
import { addContract, linkRevenue, listOverdue, overdueRevenue, showContract } from "../../src/revenue/service.ts";
import { DIALECTS, useBooks } from "../support/databases.ts";
import { SMALL_COMMUNITY } from "../support/folders.ts";
import { personIn, type Person } from "../support/people.ts";
import { moveIn, refusalOf } from "../support/small.ts";

const now = new Date("2020-02-20T04:00:00Z");
const MONTH = month("2020-02");

for (const dialect of DIALECTS) {
  describe(`the desk on ${dialect}`, function () {
    this.timeout(60_000);
    const books = useBooks(dialect);
    let door: Door;
    let code = "";
    let staff: Person;
    const take = (wish: object): Promise<{ number: string; entry: string; pays: string }> =>
      execute(door, staff.asker, takeMoney, { method: "scan", ...wish });
    const correct = (entry: string, account?: string): Promise<unknown> =>
      runTx(books.db, code, (tx) =>
        ledger.correctEntry(
          tx,
          code,
          { code: entry, reason: "金额写错", ...(account === undefined ? {} : { account }) },
          now,
        ),
      );

    beforeEach(async () => {
      door = openDoor(books.db, { clock: () => now });
      const held = { code: "held", name: "押金专户", fund: "custody" };
      code = await moveIn(books.db, { bankAccounts: [...SMALL_COMMUNITY.bankAccounts, held] });
      staff = await personIn(door, code, "trustee");
    });

    it("gives receipts gapless numbers, also to people who press at once", async () => {
      const wishes = Array.from({ length: 6 }, (_, index) => ({ kind: "fee", unit: "101", amount: `${index + 1}.00` }));
      const given = await Promise.all(wishes.map(take));
      expect(given.map(({ number }) => number).toSorted()).to.deep.equal([
        "000001",
        "000002",
        "000003",
        "000004",
        "000005",
        "000006",
      ]);
      const first = await ask(door, staff.asker, listReceipts, { limit: "4" });
      expect([first.items[0]?.number, first.next]).to.deep.equal(["000006", "000003"]);
      const rest = await ask(door, staff.asker, listReceipts, { limit: "4", after: first.next });
      expect(rest.items.map(({ number }) => number)).to.deep.equal(["000002", "000001"]);
    });

    it("books fees of a unit for the settlement, and everything else on its account", async () => {
      await take({ kind: "fee", unit: "101", amount: "100" });
      await take({ kind: "parking", unit: "101", payer: "101 业主", amount: "200" });
      await take({ kind: "deposit", unit: "101", payer: "装修队", purpose: "装修押金", amount: "2000" });
      await take({ kind: "damages", payer: "保险公司", amount: "30" });
      const entries = (await ledger.entriesAfter(books.db, code, 1, 10)).map(({ lines, kind, memo }) => [
        kind,
        memo,
        ...lines.map((line) => `${line.fund} ${line.account} ${line.unit ?? ""} ${toYuan(line.amount)}`),
      ]);
      expect(entries).to.deep.equal([
        ["receipt", "收据 000001 物业服务费", "common 1002  100.00", "common 2203 101 -100.00"],
        ["receipt", "收据 000002 停车费", "common 1002  200.00", "common 4002 101 -200.00"],
        ["receipt", "收据 000003 押金", "custody 1002  2000.00", "custody 2241 101 -2000.00"],
        ["receipt", "收据 000004 赔偿", "common 1002  30.00", "common 4302  -30.00"],
      ]);
    });

    it("keeps the payer out of the chain, so that a name can be erased without breaking it", async () => {
      const { number } = await take({
        kind: "damages",
        payer: "张三丰",
        purpose: "撞坏道闸，李四看到的",
        amount: "30",
      });
      const [entry] = await ledger.entriesAfter(books.db, code, 1, 1);
      expect(entry?.bytes).to.not.match(/张三丰|李四/u);
      await books.db("receipt").where({ community: code }).update({ payer: "" });
      expect((await ask(door, staff.asker, showReceipt, { number })).payer).to.equal("");
      expect((await verifyCommunity(books.db, code)).faults).to.deep.equal([]);
    });

    it("cannot be rewritten in the database: no change, no deletion, no number left out", async () => {
      await take({ kind: "fee", unit: "101", amount: "100" });
      const here = (): ReturnType<typeof books.db> => books.db("receipt").where({ community: code });
      const fails = async (act: () => Promise<unknown>): Promise<string> => {
        const error: unknown = await act().catch((each: unknown) => each);
        return error instanceof Error ? error.message : "nothing";
      };
      expect(await fails(async () => here().update({ amount: 1 }))).to.match(/keeps its number/u);
      expect(await fails(async () => here().update({ payer: "别人" }))).to.match(/keeps its number/u);
      expect(await fails(async () => here().delete())).to.match(/keeps its number/u);
      const [row] = await here();
      expect(await fails(async () => books.db("receipt").insert({ ...row, number: 3 }))).to.match(/no gaps/u);
    });

    it("says before and after what the money pays, as closing then settles it", async () => {
      await runTx(books.db, code, (tx) => runBills(tx, code, month("2020-01"), { now, today: day("2020-02-20") }));
      await runTx(books.db, code, (tx) => runBills(tx, code, MONTH, { now, today: day("2020-02-20") }));
      const { pays } = await take({ kind: "fee", unit: "102", amount: "160.00" });
      expect(pays).to.equal("2019年12月至2020年2月 3 张账单 151.50 元，缴清；预缴 8.50 元");
      await closeThrough(books.db, code, MONTH, { now: new Date("2020-03-01T04:00:00Z") });
      expect(await openBills(books.db, code, "102")).to.deep.equal([]);
      expect((await prepaidOf(books.db, code, "102")).get("102")).to.equal(850);
    });

    it("takes no other amount than the one whose plan was shown", async () => {
      const wish = { kind: "fee", unit: "101", amount: "500", shown: "100.00" };
      expect(await refusalOf(take(wish))).to.equal("AMOUNT_NOT_SHOWN");
      expect((await take({ ...wish, shown: "500.00" })).number).to.equal("000001");
    });

    it("plans what then happens, whatever the unit owes and pays", async () => {
      const amounts = fc.array(fc.integer({ min: 1, max: 30_000 }), { minLength: 1, maxLength: 4 });
      await fc.assert(
        fc.asyncProperty(fc.constantFrom("101", "102"), amounts, fc.nat(2), async (unit, list, months) => {
          code = await moveIn(books.db);
          staff = await personIn(door, code, "trustee");
          for (const m of ["2020-01", "2020-02"].slice(0, months).map(month)) {
            await runTx(books.db, code, (tx) => runBills(tx, code, m, { now, today: day("2020-02-20") }));
          }
          for (const amount of list) {
            const plan = await planOf(books.db, code, { unit, amount: fen(amount), month: MONTH });
            const applied = plan.pays.reduce((total, each) => total + each.amount, 0);
            expect(applied + plan.prepaid).to.equal(amount);
            await take({ kind: "fee", unit, amount: toYuan(fen(amount)) });
            const open = openMonth(await ledger.bookOf(books.db, code));
            const standing = standingNow(await openAccountOf(books.db, code, unit), open);
            expect(plan.after).to.deep.equal(standing);
          }
        }),
        { numRuns: 8 },
      );
    });

    it("refuses what is no receipt: a strange unit, no payer, a day to come, an account that may not take it", async () => {
      const fee = { kind: "fee", unit: "101", amount: "1" };
      expect(await refusalOf(take({ ...fee, unit: "" }))).to.equal("UNIT_MISSING");
      expect(await refusalOf(take({ ...fee, unit: "999" }))).to.equal("UNIT_UNKNOWN");
      expect(await refusalOf(take({ kind: "parking", amount: "1" }))).to.equal("PAYER_MISSING");
      expect(await refusalOf(take({ ...fee, day: "2020-02-21" }))).to.equal("DAY_IN_FUTURE");
      expect(await refusalOf(take({ ...fee, bank: "repair" }))).to.equal("BANK_NOT_POSSIBLE");
      await closeThrough(books.db, code, month("2020-01"), { now });
      expect(await refusalOf(take({ ...fee, day: "2020-01-31" }))).to.equal("MONTH_CLOSED");
      expect((await ask(door, staff.asker, listReceipts, {})).items).to.deep.equal([]);
    });

    it("cancels a receipt when its entry is reversed: the number stays, the money no longer counts", async () => {
      const first = await take({ kind: "fee", unit: "101", amount: "100" });
      await correct(first.entry);
      const receipt = await receiptOf(books.db, code, 1);
      expect(receipt.cancelled?.reason).to.equal("金额写错");
      expect((await take({ kind: "fee", unit: "101", amount: "10" })).number).to.equal("000002");
      const account = await openAccountOf(books.db, code, "101");
      expect(account.receipts.reduce((total, { amount }) => total + amount, 0)).to.equal(1000);
    });

    it("keeps a receipt whose money was only booked on the wrong account", async () => {
      const { entry } = await take({ kind: "parking", payer: "甲", amount: "80" });
      await correct(entry, "4102");
      expect((await receiptOf(books.db, code, 1)).cancelled).to.equal(null);
    });

    it("holds deposits by receipt until they are returned, and again when the return was reversed", async () => {
      await take({ kind: "deposit", unit: "101", payer: "装修队", purpose: "装修押金", amount: "2000" });
      await take({ kind: "deposit", payer: "投标人", amount: "500" });
      const [deposit] = (await depositsHeld(books.db, code)).deposits;
      if (deposit === undefined) {
        throw new Error("nothing is held");
      }
      const give = { deposit, day: day("2020-02-20"), amount: fen(150_000), key: "R1", payee: "装修队" };
      const [entry] = await runTx(books.db, code, (tx) => ledger.post(tx, code, [depositReturnDraft(give)], now));
      const held = async (): Promise<unknown> => {
        const { deposits, total, unlisted } = await depositsHeld(books.db, code);
        return [deposits.map((each) => toYuan(each.held)), toYuan(total), toYuan(unlisted)];
      };
      expect(await held()).to.deep.equal([["500.00", "500.00"], "1000.00", "0.00"]);
      await correct(`${entry?.month}-${String(entry?.number).padStart(4, "0")}`);
      expect(await held()).to.deep.equal([["2000.00", "500.00"], "2500.00", "0.00"]);
    });

    describe("with a contract", () => {
      const DUE = "2020-01-31";
      const contract = {
        place: "1栋电梯广告",
        counterparty: "张三",
        isPerson: "on",
        account: "4101",
        amount: "1500.00",
        rhythm: "quarter",
        firstDue: DUE,
        from: "2020-01-01",
        until: "2020-12-31",
      };
      const overdue = async (): Promise<unknown> => (await ask(door, staff.asker, listOverdue, {})).amount;
      const told = async (last: string): Promise<string> =>
        toYuan((await overdueRevenue(books.db, code, day(last))).amount);

      beforeEach(async () => {
        await execute(door, staff.asker, addContract, contract);
      });

      it("takes money for a due, in parts, never more than is left of it", async () => {
        expect(await overdue()).to.equal("1500.00");
        const part = { kind: "revenue", contract: "1", due: DUE, amount: "600.00" };
        await take(part);
        expect(await overdue()).to.equal("900.00");
        expect(await refusalOf(take({ ...part, amount: "900.01" }))).to.equal("DUE_EXCEEDED");
        await take({ ...part, amount: "900.00" });
        expect(await overdue()).to.equal("0.00");
        const { contract: shown } = await ask(door, staff.asker, showContract, { id: "1" });
        expect([shown.received, shown.counterparty]).to.deep.equal(["1500.00", "张三"]);
      });

      it("links a receipt that came otherwise, and opens the due again when it is reversed", async () => {
        const { entry } = await take({ kind: "other", payer: "甲", amount: "1" });
        expect(await refusalOf(execute(door, staff.asker, linkRevenue, { id: "1", due: DUE, entry }))).to.equal(
          "RECEIPT_OTHER_ACCOUNT",
        );
        const paid = await take({ kind: "revenue", contract: "1", due: DUE, amount: "1500.00" });
        const again = { id: "1", due: DUE, entry: paid.entry };
        expect(await refusalOf(execute(door, staff.asker, linkRevenue, again))).to.equal("RECEIPT_USED");
        await correct(paid.entry);
        expect(await overdue()).to.equal("1500.00");
      });

      it("tells a month's statement the same for ever, whatever comes in after it closed", async () => {
        await closeThrough(books.db, code, month("2020-01"), { now });
        const before = await told("2020-01-31");
        expect(before).to.equal("1500.00");
        await take({ kind: "revenue", contract: "1", due: DUE, amount: "1500.00" });
        expect(await told("2020-01-31")).to.equal(before);
        expect(await told("2020-02-29")).to.equal("0.00");
      });

      it("shows owners the contract without the person's name", async () => {
        const owner = await personIn(door, code, "owner", { owner: "P1" });
        const { contract: shown } = await ask(door, owner.asker, showContract, { id: "1" });
        expect([shown.counterparty, shown.place]).to.deep.equal(["个人", "1栋电梯广告"]);
        expect(fromYuan(shown.overdue)).to.equal(150_000);
      });
    });
  });
}
