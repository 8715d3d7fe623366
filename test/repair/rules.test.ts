// The surplus sweep (contract section 4).
import { expect } from "chai";
import { fen, ZERO } from "../../src/base/money.ts";
import { day, month } from "../../src/base/month.ts";
import { movements, type Balance, type Entry, type EntryDraft } from "../../src/ledger/rules.ts";
import { sweepOf, swept, transferred, transferredBeyondSwept, unsettled } from "../../src/repair/rules.ts";
import { endsPeriod } from "../../src/trust/rules.ts";

const DECEMBER = month("2020-12");

function standing(account: string, amount: number): Balance {
  const cash = account === "1002" ? { bank: "common", flow: "opening" as const } : { bank: "", flow: "" as const };
  return {
    month: DECEMBER,
    fund: "common",
    account,
    purpose: "",
    debit: amount > 0 ? fen(amount) : ZERO,
    credit: amount < 0 ? fen(-amount) : ZERO,
    ...cash,
  };
}

function booked(drafts: readonly EntryDraft[]): Balance[] {
  return movements(
    drafts.map((draft): Entry => ({
      ...draft,
      community: "c",
      seq: 1,
      month: DECEMBER,
      number: 1,
      occurred: draft.day,
    })),
  );
}

describe("the sweep", () => {
  const terms = { every: "year", share: "1", reserve: "60000.00" } as const;

  it("takes what is free beyond the reserve: cash less prepaid, draw, payables, deposits and advances", () => {
    const balances = [
      standing("1002", 20_000_000),
      standing("2203", -1_000_000),
      standing("2231", -500_000),
      standing("2202", -100_000),
      standing("2241", -200_000),
      standing("2242", -300_000),
    ];
    expect(sweepOf(DECEMBER, terms, balances)).to.include({ free: 17_900_000, reserve: 6_000_000, swept: 11_900_000 });
  });

  it("does not take again what was swept and waits for its transfer", () => {
    const balances = [standing("1002", 20_000_000), standing("1231", -14_000_000)];
    expect(sweepOf(DECEMBER, terms, balances)).to.include({ free: 6_000_000, swept: 0 });
  });

  it("takes nothing when the free money is below the reserve or negative", () => {
    expect(sweepOf(DECEMBER, terms, [standing("1002", -5)]).swept).to.equal(0);
  });

  it("takes the agreed share, rounded half up", () => {
    expect(sweepOf(DECEMBER, { ...terms, share: "0.5", reserve: "0.00" }, [standing("1002", 101)]).swept).to.equal(51);
  });

  it("is owed between the funds until a transfer settles it", () => {
    const sweep = sweepOf(DECEMBER, terms, [standing("1002", 7_000_000)]);
    const bank = (fund: string) => ({ bank: fund, fund });
    const transfer = transferred({
      day: day("2020-12-31"),
      from: bank("common"),
      to: bank("repair"),
      amount: fen(400_000),
      memo: "",
      source: "t",
    });
    expect(unsettled(booked(swept(sweep)))).to.equal(1_000_000);
    expect(unsettled(booked([...swept(sweep), transfer]))).to.equal(600_000);
    expect(transferredBeyondSwept(DECEMBER, booked([...swept(sweep), transfer]))).to.deep.equal([]);
  });

  it("is not paid in advance by a transfer beyond it: that is an outright transfer", () => {
    const bank = (fund: string) => ({ bank: fund, fund });
    const transfer = transferred({
      day: day("2020-12-30"),
      from: bank("common"),
      to: bank("repair"),
      amount: fen(500),
      memo: "",
      source: "t",
    });
    const reclassified = transferredBeyondSwept(DECEMBER, booked([transfer]));
    expect(unsettled(booked([transfer, ...reclassified]))).to.equal(0);
  });

  it("happens in the last month of its period", () => {
    const months = ["2020-01", "2020-03", "2020-06", "2020-12"].map(month);
    expect(months.map((m) => endsPeriod(m, "month"))).to.deep.equal([true, true, true, true]);
    expect(months.map((m) => endsPeriod(m, "quarter"))).to.deep.equal([false, true, true, true]);
    expect(months.map((m) => endsPeriod(m, "year"))).to.deep.equal([false, false, false, true]);
  });
});
