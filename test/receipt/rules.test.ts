// Receipts: what may go where, how they are worded, what may be given back.
import { expect } from "chai";
import { fen } from "../../src/base/money.ts";
import { day, month } from "../../src/base/month.ts";
import { planWords } from "../../src/receipt/page.ts";
import {
  assertDay,
  bankFor,
  banksFor,
  depositReturnDraft,
  paidParts,
  receiptSource,
  returnSource,
  type Deposit,
} from "../../src/receipt/rules.ts";
import { serialOf } from "../../src/ledger/rules.ts";
import type { PaymentPlan } from "../../src/fees/rules.ts";

const bank = (code: string, fund: string): { code: string; name: string; fund: string } => ({ code, name: code, fund });
const COMMON_ONLY = [bank("common", "common"), bank("repair", "repair")];
const WITH_CUSTODY = [...COMMON_ONLY, bank("held", "custody")];
const pays = (period: string, amount: number, isCleared = true): PaymentPlan["pays"][number] => ({
  period: month(period),
  amount: fen(amount),
  isCleared,
});

describe("money at the desk", () => {
  it("goes into the common fund's accounts, and deposits into custody where there is an account for it", () => {
    expect(banksFor("fee", WITH_CUSTODY).map(({ code }) => code)).to.deep.equal(["common"]);
    expect(banksFor("deposit", WITH_CUSTODY).map(({ code }) => code)).to.deep.equal(["held"]);
    expect(banksFor("deposit", COMMON_ONLY).map(({ code }) => code)).to.deep.equal(["common"]);
    expect(() => bankFor("fee", "repair", COMMON_ONLY)).to.throw(/不能收进这个账户/u);
  });

  it("is not taken for a day to come or a closed month", () => {
    const today = day("2020-03-10");
    expect(() => assertDay(day("2020-03-11"), month("2020-02"), today)).to.throw(/之后/u);
    expect(() => assertDay(day("2020-01-31"), month("2020-02"), today)).to.throw(/已经结账/u);
    expect(() => assertDay(day("2020-02-01"), month("2020-02"), today)).to.not.throw();
  });

  it("is never taken for a bank's serial", () => {
    expect(serialOf(receiptSource(12))).to.equal("");
    expect(serialOf(returnSource(12, "A1"))).to.equal("");
  });
});

describe("what a payment does, in words", () => {
  it("joins months that follow each other, and says what stays open and what waits", () => {
    const plan = [pays("2019-11", 100), pays("2019-12", 100), pays("2020-01", 100), pays("2020-03", 50, false)];
    expect(paidParts(plan).map(({ from, to, count }) => `${from} ${to} ${count}`)).to.deep.equal([
      "2019-11 2020-01 3",
      "2020-03 2020-03 1",
    ]);
    expect(planWords({ pays: plan, prepaid: fen(0) })).to.equal(
      "2019年11月至2020年1月 3 张账单 3.00 元，缴清；2020年3月 0.50 元",
    );
    expect(planWords({ pays: [], prepaid: fen(12_345) })).to.equal("预缴 123.45 元");
  });
});

describe("returning a deposit", () => {
  const deposit: Deposit = {
    receipt: 12,
    day: day("2020-01-05"),
    unit: "101",
    payer: "装修队",
    purpose: "装修押金",
    bank: "held",
    fund: "custody",
    amount: fen(200_000),
    held: fen(150_000),
  };
  const give = (amount: number): ReturnType<typeof depositReturnDraft> =>
    depositReturnDraft({ deposit, day: day("2020-03-05"), amount: fen(amount), key: "R1", payee: "装修队" });

  it("takes the money from the account that holds it", () => {
    const { kind, source, lines } = give(150_000);
    expect([kind, source]).to.deep.equal(["payment", "deposit~000012~R1"]);
    expect(lines).to.deep.equal([
      { fund: "custody", bank: "held", flow: "paid", purpose: "2241", amount: -150_000, account: "1002" },
      { fund: "custody", account: "2241", amount: 150_000, unit: "101" },
    ]);
  });

  it("never gives back more than is held", () => {
    expect(() => give(150_001)).to.throw(/没有这么多可退/u);
    expect(() => give(0)).to.throw(/没有这么多可退/u);
  });
});
