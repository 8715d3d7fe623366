// Bills, receipts, prepayment and arrears of one unit and one month (contract section 4).
import { expect } from "chai";
import * as fc from "fast-check";
import { fen, sum, ZERO, type Fen } from "../../src/base/money.ts";
import { month, type Month } from "../../src/base/month.ts";
import { settleUnit, type Bill, type UnitAccount } from "../../src/fees/rules.ts";

function aBill(period: string, amount: number, settled = 0): Bill {
  return { unit: "101", period: month(period), amount: fen(amount), settled: fen(settled), origin: "billed" };
}

function anAccount(over: Partial<UnitAccount> = {}): UnitAccount {
  return { unit: "101", open: [], prepaid: ZERO, receipts: [], paid: [], bill: aBill("2020-03", 5000), ...over };
}

/** "2020-01 +30.00": what was paid on which month's bill. */
function paidOn(settlements: readonly { period: Month; amount: Fen }[]): string[] {
  return settlements.map(({ period, amount }) => `${period} ${amount}`);
}

describe("a unit's month", () => {
  it("pays the new bill from the prepayment at once, even beside old arrears", () => {
    const settled = settleUnit(anAccount({ open: [aBill("2019-12", 4000)], prepaid: fen(3000) }));
    expect(paidOn(settled.fromPrepaid)).to.deep.equal(["2020-03 3000"]);
    expect(paidOn(settled.fromReceipts)).to.deep.equal([]);
    expect(settled.prepaid).to.equal(0);
  });

  it("pays the oldest open bill first and keeps the rest as prepayment", () => {
    const open = [aBill("2020-01", 5000, 2000), aBill("2020-02", 5000)];
    const settled = settleUnit(anAccount({ open, receipts: [fen(4000), fen(10_000)] }));
    expect(paidOn(settled.fromReceipts)).to.deep.equal([
      "2020-01 3000",
      "2020-02 1000",
      "2020-02 4000",
      "2020-03 5000",
    ]);
    expect(settled.prepaid).to.equal(1000);
  });

  it("uses a receipt for old bills, never the prepayment that was there before it", () => {
    const settled = settleUnit(
      anAccount({ open: [aBill("2020-01", 5000)], prepaid: fen(9000), receipts: [fen(1000)] }),
    );
    expect(paidOn(settled.fromPrepaid)).to.deep.equal(["2020-03 5000"]);
    expect(paidOn(settled.fromReceipts)).to.deep.equal(["2020-01 1000"]);
    expect(settled.prepaid).to.equal(4000);
  });

  it("takes a refund from the prepayment first, then opens the newest paid bill again", () => {
    const paid = [aBill("2020-02", 5000, 5000), aBill("2020-01", 5000, 5000)];
    const settled = settleUnit(anAccount({ paid, prepaid: fen(6000), receipts: [fen(-9000)] }));
    expect(paidOn(settled.fromPrepaid)).to.deep.equal(["2020-03 5000"]);
    expect(paidOn(settled.fromReceipts)).to.deep.equal(["2020-03 -5000", "2020-02 -3000"]);
    expect(settled.prepaid).to.equal(0);
  });

  it("leaves the prepayment negative when more is refunded than was ever paid here, and fills it first", () => {
    const settled = settleUnit(anAccount({ receipts: [fen(-700), fen(1000)] }));
    expect(settled.prepaid).to.equal(0);
    expect(paidOn(settled.fromReceipts)).to.deep.equal(["2020-03 300"]);
  });

  it("does not count on the order of the month's receipts", () => {
    const receipt = fc.integer({ min: 1, max: 20_000 });
    fc.assert(
      fc.property(
        fc.array(receipt, { minLength: 1, maxLength: 6 }),
        fc.nat(20_000),
        fc.nat(2),
        (amounts, prepaid, months) => {
          const open = [aBill("2020-01", 5000), aBill("2020-02", 5000)].slice(0, months);
          const end = (receipts: number[]): unknown => {
            const settled = settleUnit(anAccount({ open, prepaid: fen(prepaid), receipts: receipts.map(fen) }));
            return [settled.prepaid, settled.bills.map((bill) => `${bill.period} ${bill.settled}`).toSorted()];
          };
          expect(end(amounts)).to.deep.equal(end(amounts.toReversed()));
        },
      ),
    );
  });

  it("never makes or loses a fen, and never settles more than a bill", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: -8000, max: 20_000 }), { maxLength: 8 }),
        fc.nat(20_000),
        (amounts, prepaid) => {
          const account = anAccount({
            open: [aBill("2020-01", 5000, 100)],
            prepaid: fen(prepaid),
            receipts: amounts.map(fen),
          });
          const settled = settleUnit(account);
          const applied = sum([...settled.fromPrepaid, ...settled.fromReceipts].map((each) => each.amount));
          expect(settled.prepaid + applied).to.equal(prepaid + sum(account.receipts));
          for (const bill of settled.bills) {
            expect(bill.settled).to.be.within(0, bill.amount);
          }
        },
      ),
    );
  });
});
