// A unit's account, arrears and reminders on real databases; and that owners see their own and nothing else.
import { expect } from "chai";
import { day, month } from "../../src/base/month.ts";
import { openDoor } from "../../src/app.ts";
import { ask, execute, type Door } from "../../src/door/service.ts";
import { received, refundDraft } from "../../src/fees/rules.ts";
import { billMonth } from "../../src/fees/service.ts";
import { fen } from "../../src/base/money.ts";
import * as ledger from "../../src/ledger/service.ts";
import { closeThrough } from "../../src/period/service.ts";
import { runTx } from "../../src/platform/db.ts";
import { takeMoney } from "../../src/receipt/service.ts";
import {
  findRun,
  listArrears,
  listReminders,
  ownReceipt,
  refundable,
  remindersOf,
  sendReminders,
  showMyUnits,
  showUnit,
} from "../../src/standing/service.ts";
import { placeUnit } from "../../src/tariff/service.ts";
import { DIALECTS, useBooks } from "../support/databases.ts";
import { decide } from "../support/decisions.ts";
import { personIn, type Person } from "../support/people.ts";
import { moveIn, refusalOf } from "../support/small.ts";

for (const dialect of DIALECTS) {
  describe(`a unit's account on ${dialect}`, function () {
    this.timeout(60_000);
    const books = useBooks(dialect);
    let now = new Date("2020-03-10T04:00:00Z");
    let door: Door;
    let code = "";
    let staff: Person;
    let committee: Person;
    const bill = (m: string): Promise<unknown> => execute(door, staff.asker, billMonth, { month: m });
    const take = (unit: string, amount: string, on: string): Promise<{ number: string }> =>
      execute(door, staff.asker, takeMoney, { kind: "fee", unit, amount, method: "scan", day: on });

    beforeEach(async () => {
      now = new Date("2020-03-10T04:00:00Z");
      door = openDoor(books.db, { clock: () => now });
      code = await moveIn(books.db);
      staff = await personIn(door, code, "trustee");
      committee = await personIn(door, code, "committee");
    });

    it("says what is owed, paid, prepaid and next, and what each bill rests on", async () => {
      await bill("2020-01");
      await bill("2020-02");
      await take("101", "200.00", "2020-02-05");
      const account = await ask(door, staff.asker, showUnit, { unit: "101" });
      // 30.00 prepaid and 70.00 pay January, 100.00 February, 30.00 wait for March.
      expect([account.owed, account.prepaid, account.since]).to.deep.equal(["0.00", "30.00", null]);
      expect(account.bills.map(({ period, amount, left }) => `${period} ${amount} ${left}`)).to.deep.equal([
        "2020-02 100.00 0.00",
        "2020-01 100.00 0.00",
      ]);
      expect(account.bills[0]?.basis).to.deep.equal({
        rate: "1",
        area: "100",
        factor: "1",
        rule: null,
        resolution: null,
      });
      expect(account.next).to.include({ period: "2020-03", amount: "100.00", fromPrepaid: "30.00" });
      expect(account.payments.map(({ day: on, amount, receipt }) => [on, amount, receipt])).to.deep.equal([
        ["2020-02-05", "200.00", "000001"],
      ]);
      expect(await refundable(books.db, code, "101")).to.deep.equal({ unit: "101", prepaid: 3000, owed: 0 });
    });

    it("says the same before and after its months close", async () => {
      for (const m of ["2020-01", "2020-02"]) {
        await bill(m);
      }
      await take("102", "70.00", "2020-02-05");
      const before = await ask(door, staff.asker, showUnit, { unit: "102" });
      expect([before.owed, before.overdue, before.since]).to.deep.equal(["81.50", "81.50", "2020-01"]);
      await closeThrough(books.db, code, month("2020-02"), { now });
      expect(await ask(door, staff.asker, showUnit, { unit: "102" })).to.deep.equal(before);
    });

    it("shows a refund as money out, and what may be refunded shrinks by it", async () => {
      await bill("2020-01");
      await take("101", "500.00", "2020-01-05");
      const refund = {
        day: day("2020-01-20"),
        bank: "common",
        amount: fen(10_000),
        unit: "101",
        memo: "退",
        source: "x~1",
      };
      await runTx(books.db, code, (tx) => ledger.post(tx, code, [refundDraft(refund)], now));
      const account = await ask(door, staff.asker, showUnit, { unit: "101" });
      expect(account.payments.map(({ amount }) => amount)).to.deep.equal(["-100.00", "500.00"]);
      expect((await refundable(books.db, code, "101")).prepaid).to.equal(33_000);
    });

    it("shows owners their own units only, also those held jointly", async () => {
      const [first, joint, stranger] = await Promise.all(
        ["P1", "P3", "DEV"].map((owner) => personIn(door, code, "owner", { owner })),
      );
      if (first === undefined || joint === undefined || stranger === undefined) {
        throw new Error("three people were asked for");
      }
      const units = async (person: Person): Promise<string[]> =>
        (await ask(door, person.asker, showMyUnits, {})).units.map(({ unit }) => unit);
      expect(await units(first)).to.deep.equal(["101"]);
      expect(await units(joint)).to.deep.equal(["102"]);
      expect(await refusalOf(ask(door, first.asker, showMyUnits, { unit: "102" }))).to.equal("UNIT_UNKNOWN");
      expect(await refusalOf(ask(door, first.asker, showUnit, { unit: "101" }))).to.equal("FORBIDDEN");
      expect(await refusalOf(ask(door, first.asker, listArrears, {}))).to.equal("FORBIDDEN");
    });

    it("shows who bought a unit nothing that was paid before, nor its receipts", async () => {
      await take("101", "200.00", "2020-01-05");
      const parked = {
        kind: "parking",
        unit: "101",
        payer: "老业主",
        amount: "80.00",
        method: "scan",
        day: "2020-01-06",
      };
      await execute(door, staff.asker, takeMoney, parked);
      await books.db("holding").insert({ community: code, unit: "101", since: "2020-02-01", owner: "P3" });
      await take("101", "100.00", "2020-02-05");
      const buyer = await personIn(door, code, "owner", { owner: "P3" });
      const account = async (unit: string) => (await ask(door, buyer.asker, showMyUnits, { unit })).account;
      const shown = await account("101");
      expect(shown?.payments.map(({ day: on }) => on)).to.deep.equal(["2020-02-05"]);
      expect(shown?.others).to.deep.equal([]);
      const reading = { ...buyer.asker, db: books.db, now, files: door.files, publicUrl: "" };
      expect(await refusalOf(ownReceipt(reading, 1))).to.equal("RECEIPT_UNKNOWN");
      expect((await ownReceipt(reading, 3)).day).to.equal("2020-02-05");
      const desk = await ask(door, staff.asker, showUnit, { unit: "101" });
      expect([desk.payments.length, desk.others.length]).to.deep.equal([2, 1]);
    });

    it("bills a unit under a discount rule by the rule, and names it", async () => {
      const number = await decide(books.db, code, "fee-change", {
        now,
        effect: {
          from: "2020-02",
          rates: [{ use: "住宅", rate: "1.50" }],
          discounts: [{ name: "空置房", factor: "0.7", text: "空置六个月以上" }],
        },
      });
      const placed = { unit: "101", from: "2020-02", rule: "空置房", reason: "水表读数没有变化" };
      expect(await refusalOf(execute(door, staff.asker, placeUnit, { ...placed, from: "2020-01" }))).to.equal(
        "RULE_UNKNOWN",
      );
      await execute(door, staff.asker, placeUnit, placed);
      await bill("2020-01");
      await bill("2020-02");
      const { bills } = await ask(door, staff.asker, showUnit, { unit: "101" });
      expect(bills.map(({ amount, basis }) => [amount, basis?.rule, basis?.resolution])).to.deep.equal([
        ["105.00", "空置房", number],
        ["100.00", null, null],
      ]);
      expect(await refusalOf(execute(door, staff.asker, placeUnit, { ...placed, rule: "" }))).to.equal("MONTH_BILLED");
    });

    it("lists arrears oldest first, in parts, with when each unit was reminded", async () => {
      await bill("2020-01");
      await bill("2020-02");
      const all = await ask(door, staff.asker, listArrears, { limit: "1" });
      expect([all.units, all.total, all.list.items[0]?.unit, all.list.next]).to.deep.equal([3, "349.50", "102", "102"]);
      const rest = await ask(door, staff.asker, listArrears, { after: "102" });
      expect(rest.list.items.map(({ unit, days }) => [unit, days])).to.deep.equal([
        ["101", 39],
        ["S1", 10],
      ]);
      expect((await ask(door, staff.asker, listArrears, { olderThan: "60" })).list.items).to.have.length(1);
    });

    it("records which reminders went out when, as they were written", async () => {
      await bill("2020-01");
      const wish = { olderThan: "31", how: "请转账到「共有资金专户」。" };
      const sent = await execute(door, committee.asker, sendReminders, wish);
      expect([sent.run, sent.count, sent.total, sent.payBy]).to.deep.equal([1, 2, "171.00", "2020-04-09"]);
      const before = await remindersOf(books.db, code, 1);
      await take("101", "500.00", "2020-03-10");
      expect(await remindersOf(books.db, code, 1)).to.deep.equal(before);
      expect((await findRun(books.db, code, 1))?.how).to.equal("请转账到「共有资金专户」。");
      expect((await ask(door, staff.asker, showUnit, { unit: "102" })).reminded).to.equal("2020-03-10");
      now = new Date("2020-03-12T04:00:00Z");
      const second = await execute(door, staff.asker, sendReminders, { ...wish, unit: "102" });
      expect([second.run, second.count]).to.deep.equal([2, 1]);
      expect(await refusalOf(execute(door, staff.asker, sendReminders, { ...wish, olderThan: "400" }))).to.equal(
        "NOBODY_OWES",
      );
      const past = { ...wish, payBy: "2020-03-12" };
      expect(await refusalOf(execute(door, staff.asker, sendReminders, past))).to.equal("PAY_BY_PAST");
      const runs = await ask(door, staff.asker, listReminders, {});
      expect(runs.items.map(({ run, count }) => [run, count])).to.deep.equal([
        [2, 1],
        [1, 2],
      ]);
    });

    it("tells imported receipts without a number, and arrears from before the book without a basis", async () => {
      const draft = received({
        day: day("2020-01-08"),
        bank: "common",
        fund: "common",
        account: "4001",
        amount: fen(5050),
        unit: "102",
        memo: "物业费",
        source: "receipts:R9",
      });
      await runTx(books.db, code, (tx) => ledger.post(tx, code, [draft], now));
      const account = await ask(door, staff.asker, showUnit, { unit: "102", year: "2020" });
      expect(account.payments[0]?.receipt).to.equal(null);
      expect(account.unpaid).to.deep.equal([]);
      await bill("2020-01");
      const later = await ask(door, staff.asker, showUnit, { unit: "102" });
      expect(later.unpaid.map(({ period, left }) => `${period} ${left}`)).to.deep.equal(["2020-01 50.50"]);
    });
  });
}
