// What stands between a month and its publication (product.md section 4).
import { expect } from "chai";
import { fen, ZERO } from "../../src/base/money.ts";
import { day, month } from "../../src/base/month.ts";
import { blocked, blockers, checklist, type AccountCheck, type MonthFacts } from "../../src/period/rules.ts";

const NONE = { count: 0, amount: ZERO };

function anAccount(over: Partial<AccountCheck> = {}): AccountCheck {
  const agreed = { covers: true, difference: ZERO, explained: ZERO, unmatched: 0, isReconciled: true };
  return { code: "common", name: "共有资金专户", ...agreed, ...over };
}

function facts(over: Partial<MonthFacts> = {}): MonthFacts {
  return {
    month: month("2020-03"),
    units: { billed: 439, missing: 0 },
    waiting: NONE,
    corrections: 0,
    suspense: ZERO,
    accounts: [anAccount()],
    unproven: NONE,
    unratified: NONE,
    overdue: NONE,
    ...over,
  };
}

describe("a month's checklist", () => {
  it("is all done when nothing is missing", () => {
    const items = checklist(facts());
    expect(items.map(({ state }) => state)).to.deep.equal(["done", "done", "done", "done", "done", "done"]);
    expect(blockers(facts())).to.deep.equal([]);
  });

  it("is blocked by a bank difference, a suspense balance, an open correction, a waiting request", () => {
    const cases: [Partial<MonthFacts>, string, string][] = [
      [{ accounts: [anAccount({ difference: fen(-500) })] }, "BANK", "银行与账面相差 −5.00 元"],
      [{ suspense: fen(12_000) }, "SUSPENSE", "还有 120.00 元不知道是谁的，请查明"],
      [{ corrections: 1 }, "CORRECTION_OPEN", "1 笔更正还在等放行"],
      [
        { waiting: { count: 2, amount: fen(320_000) } },
        "WAITING_RELEASE",
        "2 笔共 3,200.00 元还在等放行：请放行、退回或撤回",
      ],
    ];
    for (const [over, code, words] of cases) {
      expect(blockers(facts(over)).map((item) => [item.code, item.words])).to.deep.equal([[code, words]]);
    }
  });

  it("publishes what it can as visible exceptions: vouchers, emergencies, revenue, bank lines that do not reach the end", () => {
    const open = facts({
      units: { billed: 430, missing: 9 },
      unproven: { count: 1, amount: fen(8000) },
      unratified: { count: 1, amount: fen(50_000) },
      overdue: { count: 3, amount: fen(90_000) },
      accounts: [anAccount({ covers: false, difference: fen(-500) }), anAccount({ difference: null })],
    });
    expect(blockers(open)).to.deep.equal([]);
    expect(checklist(open).flatMap((item) => (item.state === "open" ? [item.code] : []))).to.deep.equal([
      "BILLS",
      "VOUCHERS",
      "BANK",
      "BANK",
      "UNRATIFIED",
      "REVENUE_OVERDUE",
    ]);
  });

  it("asks for a reason at the desk when an account's lines stop early, and tells history only as an exception", () => {
    const stopped = facts({ accounts: [anAccount({ covers: false, linesUntil: day("2020-03-30") })] });
    const words =
      "银行流水的最后一笔是 2020年3月30日，没有到月底：请导入到月底（最后几天没有流水的，导入时把止日填到月底），或写明银行为什么还没有给出";
    expect(checklist(stopped).flatMap((item) => (item.state === "blocks" ? [item.words] : []))).to.deep.equal([words]);
    const [fault] = blocked(blockers(stopped, ""));
    expect([fault?.code, fault?.column]).to.deep.equal(["BANK_LINES_STOPPED", "noLines"]);
    expect(blockers(stopped, "银行系统升级，4月3日才能导出")).to.deep.equal([]);
    expect(blockers(stopped)).to.deep.equal([]);
  });

  it("passes nothing else for a reason, and asks an account without any lines for none", () => {
    const wrong = facts({ suspense: fen(100), accounts: [anAccount({ difference: fen(1) })] });
    expect(blockers(wrong, "原因").map(({ code }) => code)).to.deep.equal(["SUSPENSE", "BANK"]);
    const never = facts({ accounts: [anAccount({ covers: false, difference: null })] });
    expect(blockers(never, "")).to.deep.equal([]);
  });

  it("lets a difference pass that late entries explain to the fen, and no other", () => {
    const explained = facts({ accounts: [anAccount({ difference: fen(-500), explained: fen(-500) })] });
    expect(blockers(explained)).to.deep.equal([]);
    const nearly = facts({ accounts: [anAccount({ difference: fen(-500), explained: fen(-499) })] });
    expect(blockers(nearly)).to.have.length(1);
  });

  it("leads from each item to where it can be mended, and says so when it refuses", () => {
    const items = checklist(facts({ suspense: fen(100) }));
    expect(items.find(({ code }) => code === "SUSPENSE")?.link).to.equal("suspense");
    expect(items.find(({ code }) => code === "BANK")?.link).to.equal("bank/common/months/2020-03");
    expect(blocked(items.slice(-2)).map(({ message }) => message)).to.deep.equal([
      "待查款项：还有 1.00 元不知道是谁的，请查明。",
      "银行对账·共有资金专户：余额相符，已完成对账。",
    ]);
  });
});
