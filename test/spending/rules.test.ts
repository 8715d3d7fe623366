// What the checks of a request find: each rule by itself, on facts written out.
import { expect } from "chai";
import * as fc from "fast-check";
import { fen, parseYuan, sum, type Fen } from "../../src/base/money.ts";
import { day, month } from "../../src/base/month.ts";
import { DEFAULT_SETTINGS, leftOn, needsOf, type Ask, type SpendFacts, type Waiting } from "../../src/request/rules.ts";
import { entryOf } from "../../src/payment/rules.ts";
import type { ProjectState } from "../../src/project/rules.ts";
import type { Resolution } from "../../src/resolution/rules.ts";
import { findingsAtRelease, findingsOf, type Finding } from "../../src/spending/rules.ts";
import type { Supplier } from "../../src/supplier/rules.ts";
import type { DeedVersion } from "../../src/trust/rules.ts";

function yuan(text: string): Fen {
  const amount = parseYuan(text);
  return typeof amount === "number" ? amount : fen(Number.NaN);
}

const DEED: DeedVersion = {
  from: month("2020-01"),
  draw: { rate: "0.15", base: ["4001"], method: "received" },
  publishBy: 10,
  answerWithin: 7,
  release: [
    { upTo: "2000.00", keys: ["trustee"] },
    { upTo: "50000.00", keys: ["trustee", "committee"] },
    { upTo: null, keys: ["trustee", "committee"], resolution: true },
  ],
};

const COMMON_BANK = { code: "common", name: "共有资金专户", fund: "common" };
const REPAIR_BANK = { code: "repair", name: "维修资金专户", fund: "repair" };
const CUSTODY_BANK = { code: "custody", name: "押金专户", fund: "custody" };

const SHOP: Supplier = {
  id: 1,
  name: "明辉五金店",
  creditCode: "",
  isPerson: false,
  account: "",
  related: "",
  isActive: true,
};

function anAsk(over: Partial<Ask> = {}): Ask {
  return {
    kind: "payment",
    bank: COMMON_BANK,
    to: null,
    supplier: SHOP,
    payee: over.supplier?.name ?? SHOP.name,
    unit: "",
    day: day("2020-03-10"),
    purpose: "灯管",
    lines: [{ account: "5002", amount: yuan("1000.00"), memo: "" }],
    resolution: "",
    emergency: "",
    invoices: [],
    vouchers: ["a".repeat(64)],
    confirmed: [],
    wrong: null,
    receipt: null,
    ...over,
  };
}

/** A resolution of the register that let the repair fund pay for a roof. */
const DECIDED: Resolution = {
  number: "2020-业主大会-2",
  body: "assembly",
  kind: "use-repair-fund",
  title: "屋面大修",
  text: "同意。",
  decidedOn: day("2020-02-01"),
  assembly: 1,
  matter: 1,
  voided: null,
};
const ROOF: ProjectState = {
  resolution: DECIDED.number,
  name: "屋面大修",
  amount: yuan("200000.00"),
  accounts: ["5002", "5004", "5501"],
  ended: null,
  isVoid: false,
  paid: yuan("0.00"),
};

/** What the register has of the resolution that an ask names. */
const onRecord = (over: Partial<SpendFacts> = {}): SpendFacts => someFacts({ resolution: DECIDED, ...over });
const forRoof = (over: Partial<ProjectState> = {}): SpendFacts => onRecord({ project: { ...ROOF, ...over } });

function someFacts(over: Partial<SpendFacts> = {}): SpendFacts {
  return {
    today: day("2020-03-10"),
    trustee: "信诚物业服务有限公司",
    firstMonth: month("2020-01"),
    openMonth: month("2020-03"),
    deeds: [DEED],
    year: 2020,
    budget: new Map([
      ["5002", yuan("66000.00")],
      ["5009", yuan("500.00")],
    ]),
    paid: new Map([["5002", yuan("60000.00")]]),
    owed: new Map(),
    waiting: [],
    neighbours: [],
    usedInvoices: new Map(),
    blueInvoices: new Map(),
    usedVouchers: new Map(),
    sellers: new Map(),
    cash: yuan("500000.00"),
    limit: null,
    sweepOwed: fen(0),
    resolution: null,
    project: null,
    ...over,
  };
}

function aWaiting(over: Partial<Waiting> = {}): Waiting {
  return {
    id: 3,
    kind: "payment",
    bank: "common",
    fund: "common",
    payee: "别人",
    unit: "",
    toFund: "",
    resolution: "",
    corrects: null,
    receipt: null,
    year: 2020,
    lines: [{ account: "5002", amount: yuan("5500.00"), memo: "" }],
    ...over,
  };
}

const check = (ask: Ask, facts: SpendFacts = someFacts()): Finding[] => findingsOf(ask, facts, DEFAULT_SETTINGS);
/** "BUDGET_EXCEEDED!" blocks, "VOUCHER_MISSING" only says. */
const codes = (ask: Ask, facts?: SpendFacts): string[] =>
  check(ask, facts).map((finding) => finding.code + (finding.blocks ? "!" : ""));
const lines = (...parts: [account: string, amount: string, memo?: string][]): Ask["lines"] =>
  parts.map(([account, amount, memo = ""]) => ({ account, amount: yuan(amount), memo }));

describe("the budget of a line", () => {
  it("lets the last fen be spent and not one more", () => {
    expect(codes(anAsk({ lines: lines(["5002", "6000.00"]) }))).to.deep.equal([]);
    expect(codes(anAsk({ lines: lines(["5002", "6000.01"]) }))).to.deep.equal(["BUDGET_EXCEEDED!"]);
  });

  it("counts what other requests have reserved, in words that add up", () => {
    const [finding] = check(anAsk(), someFacts({ waiting: [aWaiting()] }));
    expect(finding?.words).to.equal(
      "「5002 共用部位设施设备运行维护」2020 年预算 66,000.00，已付 60,000.00，等待放行 5,500.00，还剩 500.00 元，本次 1,000.00 元。",
    );
    expect(finding?.field).to.equal("lines.0.amount");
  });

  it("does not count requests of another year, another fund or another kind", () => {
    const waiting = [
      aWaiting({ year: 2021 }),
      aWaiting({ fund: "repair", bank: "repair" }),
      aWaiting({ kind: "correction" }),
    ];
    expect(codes(anAsk(), someFacts({ waiting }))).to.deep.equal([]);
  });

  it("adds up the lines of one request on the same account", () => {
    const ask = anAsk({ lines: lines(["5002", "3500.00"], ["5002", "3000.00"]) });
    expect(codes(ask)).to.deep.equal(["BUDGET_EXCEEDED!"]);
  });

  it("is nothing where there is no budget: no budget, no spending", () => {
    const [finding] = check(anAsk({ lines: lines(["5004", "0.01"]) }));
    expect([finding?.code, finding?.blocks, finding?.words]).to.deep.equal([
      "BUDGET_NONE",
      true,
      "「5004 绿化养护」2020 年没有预算：无预算不支出。",
    ]);
  });

  it("does not bound the repair fund, and a liability only by what is owed", () => {
    const work = anAsk({ bank: REPAIR_BANK, lines: lines(["5004", "90000.00"]), resolution: DECIDED.number });
    expect(codes(work, forRoof())).to.deep.equal([]);
    const owed = someFacts({ owed: new Map([["2241", yuan("300.00")]]) });
    expect(codes(anAsk({ bank: CUSTODY_BANK, lines: lines(["2241", "300.00"]) }), owed)).to.deep.equal([]);
    expect(codes(anAsk({ bank: CUSTODY_BANK, lines: lines(["2241", "300.01"]) }), owed)).to.deep.equal(["NOT_OWED!"]);
  });

  it("may be exceeded by an emergency that gives its reason, and only then", () => {
    const ask = anAsk({ lines: lines(["5004", "900.00"]), emergency: "大树倒在车上" });
    expect(codes(ask)).to.deep.equal(["BUDGET_NONE", "EMERGENCY"]);
    expect(needsOf(ask, someFacts(), DEFAULT_SETTINGS).sides).to.deep.equal(["trustee", "committee"]);
    expect(codes(anAsk({ bank: CUSTODY_BANK, lines: lines(["2241", "1.00"]), emergency: "急" }))).to.deep.equal([
      "NOT_OWED!",
      "EMERGENCY",
    ]);
  });

  it("is left with budget − paid − reserved for every mix of requests", () => {
    const amounts = fc.array(fc.integer({ min: 1, max: 1_000_000 }), { maxLength: 6 });
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 5_000_000 }),
        fc.integer({ min: 0, max: 5_000_000 }),
        amounts,
        (budget, paid, reserved) => {
          const facts = someFacts({
            budget: new Map([["5002", fen(budget)]]),
            paid: new Map([["5002", fen(paid)]]),
            waiting: reserved.map((amount) =>
              aWaiting({ lines: [{ account: "5002", amount: fen(amount), memo: "" }] }),
            ),
          });
          expect(leftOn("5002", "common", facts)?.left).to.equal(budget - paid - sum(reserved.map(fen)));
        },
      ),
    );
  });
});

describe("what may not be paid", () => {
  it("is repair work from any fund but the repair fund", () => {
    expect(codes(anAsk({ lines: lines(["5501", "10.00"]) }))).to.include("REPAIR_NOT_FROM_COMMON!");
    const work = anAsk({ bank: REPAIR_BANK, lines: lines(["5501", "10.00"]), resolution: DECIDED.number });
    expect(codes(work, forRoof())).to.deep.equal([]);
  });

  it("is big or medium repair charged to the common fund, by its words or by its size", () => {
    expect(codes(anAsk({ purpose: "2 号电梯大修" }))).to.deep.equal(["BIG_REPAIR!"]);
    expect(codes(anAsk({ lines: lines(["5002", "10.00", "外墙中修"]) }))).to.deep.equal(["BIG_REPAIR!"]);
    const large = onRecord({ budget: new Map([["5002", yuan("900000.00")]]) });
    const resolution = DECIDED.number;
    expect(codes(anAsk({ lines: lines(["5002", "100000.00"]), resolution }), large)).to.deep.equal(["BIG_REPAIR!"]);
    expect(codes(anAsk({ lines: lines(["5002", "99999.99"]), resolution }), large)).to.deep.equal([]);
    const roof = anAsk({ bank: REPAIR_BANK, purpose: "2 号电梯大修", resolution });
    expect(codes(roof, forRoof())).to.deep.equal([]);
    expect(codes(anAsk({ purpose: "2 号电梯大修", emergency: "困人" }))).to.include("BIG_REPAIR!");
  });

  it("is anything for the trustee but what it advanced and is owed", () => {
    const trustee = { ...SHOP, name: "信诚物业服务有限公司" };
    expect(codes(anAsk({ supplier: trustee }))).to.deep.equal(["SELF_DEALING!"]);
    const owed = someFacts({ owed: new Map([["2242", yuan("800.00")]]) });
    expect(codes(anAsk({ supplier: trustee, lines: lines(["2242", "800.00"]) }), owed)).to.deep.equal([]);
    expect(codes(anAsk({ supplier: trustee, lines: lines(["2242", "800.01"]) }), owed)).to.deep.equal(["NOT_OWED!"]);
    expect(codes(anAsk({ supplier: trustee, lines: lines(["2242", "1.00"], ["5002", "1.00"]) }), owed)).to.deep.equal([
      "SELF_DEALING!",
    ]);
  });

  it("is what others keep with the community, under any account that owes nobody", () => {
    expect(codes(anAsk({ bank: CUSTODY_BANK, lines: lines(["1221", "1.00"]) }))).to.deep.equal(["CUSTODY_NOT_OURS!"]);
    expect(codes(anAsk({ bank: CUSTODY_BANK, lines: lines(["1123", "1.00"]) }))).to.deep.equal(["CUSTODY_NOT_OURS!"]);
  });

  it("is an account that is none, the draw by another way, and others' money as spending", () => {
    for (const account of ["4001", "5101", "5801", "1002", "9999"]) {
      expect(codes(anAsk({ bank: REPAIR_BANK, lines: lines([account, "1.00"]) })), account).to.include(
        "ACCOUNT_NOT_POSSIBLE!",
      );
    }
    expect(codes(anAsk({ bank: CUSTODY_BANK }))).to.deep.equal(["CUSTODY_NOT_OURS!"]);
  });

  it("is 5009 without a resolution, unless it cannot wait", () => {
    const ask = anAsk({ lines: lines(["5009", "100.00"]) });
    expect(codes(ask)).to.deep.equal(["RESOLUTION_MISSING!"]);
    expect(codes({ ...ask, resolution: DECIDED.number }, onRecord())).to.deep.equal([]);
    expect(codes({ ...ask, emergency: "慰问火灾受困户" })).to.deep.equal(["RESOLUTION_MISSING", "EMERGENCY"]);
  });

  it("is an amount of the highest band without a resolution", () => {
    const rich = { budget: new Map([["5001", yuan("90000.00")]]) };
    const ask = anAsk({ lines: lines(["5001", "50000.01"]) });
    expect(codes(ask, someFacts(rich))).to.deep.equal(["RESOLUTION_MISSING!"]);
    expect(codes({ ...ask, resolution: DECIDED.number }, onRecord(rich))).to.deep.equal([]);
  });

  it("is on a resolution that the register does not have, or that was voided", () => {
    const ask = anAsk({ resolution: "2020-业主大会-9" });
    expect(codes(ask)).to.deep.equal(["RESOLUTION_UNKNOWN!"]);
    expect(codes({ ...ask, bank: REPAIR_BANK })).to.deep.equal(["RESOLUTION_UNKNOWN!"]);
    const voided = {
      from: month("2020-03"),
      reason: "法院撤销",
      document: null,
      successor: null,
      at: "2020-03-01T00:00:00Z",
    };
    expect(codes(ask, onRecord({ resolution: { ...DECIDED, voided } }))).to.deep.equal(["RESOLUTION_VOID!"]);
  });

  it("is from the repair fund what no resolution opened a project for, unless it cannot wait", () => {
    const ask = anAsk({ bank: REPAIR_BANK, lines: lines(["5501", "60000.00"]) });
    expect(codes(ask)).to.deep.equal(["PROJECT_MISSING!"]);
    expect(codes({ ...ask, resolution: DECIDED.number }, onRecord())).to.deep.equal(["PROJECT_MISSING!"]);
    expect(codes({ ...ask, emergency: "屋面塌落" })).to.deep.equal(["PROJECT_MISSING", "EMERGENCY"]);
    const { assembly: _vote, matter: _place, ...earlier } = { ...DECIDED, body: "earlier" as const };
    const going = onRecord({ resolution: { ...earlier, document: "a".repeat(64) } });
    expect(codes({ ...ask, resolution: DECIDED.number }, going)).to.deep.equal(["PROJECT_UNBOUNDED"]);
    const owed = someFacts({ owed: new Map([["2202", yuan("60.00")]]) });
    expect(codes(anAsk({ bank: REPAIR_BANK, lines: lines(["2202", "60.00"]) }), owed)).to.deep.equal([]);
  });

  it("is from a project more than is left of it, beside what was paid and what waits", () => {
    const ask = (amount: string) =>
      anAsk({ bank: REPAIR_BANK, lines: lines(["5501", amount]), resolution: DECIDED.number });
    const waiting = [
      aWaiting({ fund: "repair", bank: "repair", resolution: DECIDED.number }),
      aWaiting({ fund: "repair", bank: "repair", resolution: "2019-业主大会-1" }),
    ];
    // 200,000.00 decided, 150,000.00 paid, 5,500.00 waiting for the same project.
    const facts = { ...forRoof({ paid: yuan("150000.00") }), waiting };
    expect(codes(ask("44500.00"), facts)).to.deep.equal([]);
    expect(codes(ask("44500.01"), facts)).to.deep.equal(["PROJECT_EXCEEDED!"]);
    expect(check(ask("44500.01"), facts)[0]?.words).to.contain("只剩 44,500.00 元");
    expect(codes({ ...ask("44500.01"), emergency: "屋面塌落" }, facts)).to.include("PROJECT_EXCEEDED!");
  });

  it("is from a project what it is not for, or after it ended", () => {
    const ask = anAsk({ bank: REPAIR_BANK, lines: lines(["5003", "10.00"]), resolution: DECIDED.number });
    expect(codes(ask, forRoof())).to.deep.equal(["PROJECT_ACCOUNT!"]);
    const ended = { on: day("2020-03-01"), reason: "已验收" };
    expect(codes(ask, forRoof({ ended }))).to.deep.equal(["PROJECT_OVER!"]);
    expect(codes(ask, forRoof({ isVoid: true }))).to.deep.equal(["PROJECT_OVER!"]);
  });

  it("is a supplier that was retired", () => {
    expect(codes(anAsk({ supplier: { ...SHOP, isActive: false } }))).to.deep.equal(["SUPPLIER_RETIRED!"]);
  });
});

describe("draws, refunds and deposits", () => {
  for (const [kind, code] of [
    ["draw", "DRAW_BEYOND_OWED!"],
    ["refund", "REFUND_BEYOND_PAID!"],
    ["deposit-return", "DEPOSIT_BEYOND_HELD!"],
  ] as const) {
    it(`never exceed what is there: ${kind}`, () => {
      const ask = anAsk({ kind, supplier: null, lines: lines(["5101", "200.00"]) });
      expect(codes(ask, someFacts({ limit: yuan("200.00") }))).to.deep.equal([]);
      expect(codes(ask, someFacts({ limit: yuan("199.99") }))).to.deep.equal([code]);
      expect(codes(ask, someFacts({ limit: yuan("-5.00") }))).to.deep.equal([code]);
      // One touch asks for all there is: when that is nothing, there is nothing to ask for.
      expect(codes({ ...ask, lines: lines(["5101", "0.00"]) }, someFacts({ limit: yuan("0.00") }))).to.deep.equal([
        code,
      ]);
    });
  }

  it("leave the common fund alone: the draw and prepaid fees are owed by no other", () => {
    for (const [kind, account] of [
      ["draw", "5101"],
      ["refund", "4001"],
    ] as const) {
      const ask = anAsk({ kind, supplier: null, bank: REPAIR_BANK, lines: lines([account, "1.00"]) });
      expect(codes(ask, someFacts({ limit: yuan("5.00") }))).to.deep.equal(["FUND_WRONG!"]);
    }
  });

  it("have no emergency", () => {
    const ask = anAsk({ kind: "draw", supplier: null, emergency: "急用" });
    expect(codes(ask, someFacts({ limit: yuan("9999.00") }))).to.deep.equal(["EMERGENCY_NOT_POSSIBLE!"]);
  });
});

describe("a transfer", () => {
  const sweep = anAsk({
    kind: "transfer",
    supplier: null,
    to: REPAIR_BANK,
    lines: lines(["1231", "700.00"]),
    vouchers: [],
  });

  it("settles what was swept", () => {
    expect(codes(sweep, someFacts({ sweepOwed: yuan("700.00") }))).to.deep.equal([]);
  });

  it("takes a resolution to move more than that, or the other way", () => {
    expect(codes(sweep, someFacts({ sweepOwed: yuan("699.99") }))).to.deep.equal(["RESOLUTION_MISSING!"]);
    const back = { ...sweep, bank: REPAIR_BANK, to: COMMON_BANK };
    expect(codes(back)).to.deep.equal(["RESOLUTION_MISSING!"]);
    expect(codes({ ...back, resolution: DECIDED.number }, onRecord())).to.deep.equal([]);
  });

  it("goes to another account", () => {
    expect(codes({ ...sweep, to: COMMON_BANK })).to.deep.equal(["SAME_ACCOUNT!"]);
  });

  it("needs none between two accounts of one fund", () => {
    expect(codes({ ...sweep, to: { ...COMMON_BANK, code: "second" } })).to.deep.equal([]);
  });

  it("never moves more than the account holds beside what is asked for already", () => {
    const facts = someFacts({
      cash: yuan("1000.00"),
      sweepOwed: yuan("9000.00"),
      waiting: [aWaiting({ lines: lines(["5002", "300.01"]) })],
    });
    expect(codes(sweep, facts)).to.deep.equal(["CASH_SHORT!"]);
    expect(codes({ ...sweep, lines: lines(["1231", "699.99"]) }, facts)).to.deep.equal([]);
  });
});

describe("a payment beyond the books' cash", () => {
  const waiting = [aWaiting({ lines: lines(["5003", "300.00"]) })];
  const atRelease = (ask: Ask, facts: SpendFacts): string[] =>
    findingsAtRelease(check(ask, facts)).map((finding) => finding.code + (finding.blocks ? "!" : ""));

  it("is said when it is asked for, and does not leave: receipts may be entered later than bills, not later than money goes", () => {
    const facts = someFacts({ cash: yuan("999.99") });
    expect(codes(anAsk(), facts)).to.deep.equal(["CASH_MISSING"]);
    expect(atRelease(anAsk(), facts)).to.deep.equal(["CASH_MISSING!"]);
    expect(atRelease(anAsk(), someFacts({ cash: yuan("1000.00") }))).to.deep.equal([]);
  });

  it("beside what others wait for, or in an emergency, is only said", () => {
    expect(atRelease(anAsk(), someFacts({ cash: yuan("1000.00"), waiting }))).to.deep.equal(["CASH_SHORT"]);
    const left = anAsk({ emergency: "爆管" });
    expect(atRelease(left, someFacts({ cash: yuan("999.99") }))).to.deep.equal(["CASH_SHORT", "EMERGENCY"]);
  });
});

describe("the day of a request", () => {
  it("may not lie before the books, in a closed month, or beyond the day on which the request expires", () => {
    expect(codes(anAsk({ day: day("2019-12-31") }))).to.deep.equal(["DAY_BEFORE_BOOKS!"]);
    expect(codes(anAsk({ day: day("2020-02-29") }))).to.deep.equal(["MONTH_CLOSED!"]);
    expect(codes(anAsk({ day: day("2020-03-01") }))).to.deep.equal(["DAY_PAST"]);
    expect(codes(anAsk({ day: day("2020-03-24") }))).to.deep.equal([]);
    expect(codes(anAsk({ day: day("2020-03-25") }))).to.deep.equal(["DAY_TOO_FAR!"]);
  });

  it("is over for what was paid already", () => {
    expect(codes(anAsk({ day: day("2020-03-10"), emergency: "水管爆裂" }))).to.deep.equal(["EMERGENCY"]);
    expect(codes(anAsk({ day: day("2020-03-11"), emergency: "水管爆裂" }))).to.deep.equal(["DAY_AHEAD!", "EMERGENCY"]);
  });

  it("may lie in a closed month for what was paid in an emergency: a late entry", () => {
    expect(codes(anAsk({ day: day("2020-02-29"), emergency: "水管爆裂" }))).to.deep.equal([
      "MONTH_CLOSED",
      "EMERGENCY",
    ]);
  });
});

describe("vouchers and invoices", () => {
  const first = "20516453279447404207";
  const second = "20518675599911212230";
  const invoice = (number: string, amount: string | null = null, nets = "") => ({
    number,
    amount: amount === null ? null : yuan(amount),
    nets,
  });

  it("missing altogether are said, since the statement will say it", () => {
    expect(codes(anAsk({ vouchers: [] }))).to.deep.equal(["VOUCHER_MISSING"]);
    expect(codes(anAsk({ vouchers: [], invoices: [invoice(first)] }))).to.deep.equal([]);
  });

  it("are paid once in the whole ledger", () => {
    const ask = anAsk({ invoices: [invoice(first), invoice(second)] });
    const facts = someFacts({ usedInvoices: new Map([[second, "记账凭证 2020-01-0012"]]) });
    const [finding] = check(ask, facts);
    expect([finding?.code, finding?.field, finding?.words]).to.deep.equal([
      "INVOICE_USED",
      "invoices.1.number",
      `发票 ${second} 已经用在记账凭证 2020-01-0012里，一张发票只能付一次。`,
    ]);
    expect(codes(anAsk({ invoices: [invoice(first), invoice(first)] }))).to.deep.equal(["INVOICE_USED!"]);
  });

  it("look like numbers", () => {
    for (const number of ["无", "123", "2051645 3279", "'; drop table"]) {
      expect(codes(anAsk({ invoices: [invoice(number)] })), number).to.deep.equal(["INVOICE_INVALID!"]);
    }
  });

  it("of the older kinds come with their code, or somebody says that they have none", () => {
    const ask = anAsk({ invoices: [invoice("02630221")] });
    expect(codes(ask)).to.deep.equal(["INVOICE_CODE_MISSING!"]);
    expect(codes({ ...ask, confirmed: ["INVOICE_CODE_MISSING"] })).to.deep.equal(["INVOICE_CODE_MISSING"]);
    expect(codes(anAsk({ invoices: [invoice("3300232130-02630221")] }))).to.deep.equal([]);
  });

  it("come to at least what is paid, or somebody stands by it", () => {
    const ask = anAsk({ invoices: [invoice(first, "600.00"), invoice(second, "399.99")] });
    expect(codes(ask)).to.deep.equal(["INVOICE_TOO_SMALL!"]);
    expect(codes({ ...ask, confirmed: ["INVOICE_TOO_SMALL"] })).to.deep.equal(["INVOICE_TOO_SMALL"]);
    // With an amount that nobody knows there is nothing to compare.
    expect(codes(anAsk({ invoices: [invoice(first, "600.00"), invoice(second)] }))).to.deep.equal([]);
  });

  it("in red net the blue one, of this request or of an earlier payment", () => {
    const red = invoice("20518675599911212231", "-200.00", first);
    const ask = anAsk({ invoices: [invoice(first, "1200.00"), red] });
    expect(codes(ask)).to.deep.equal([]);
    expect(codes({ ...ask, lines: lines(["5002", "1000.01"]) })).to.deep.equal(["INVOICE_TOO_SMALL!"]);
    expect(codes({ ...ask, lines: lines(["5002", "1000.01"]), confirmed: ["INVOICE_TOO_SMALL"] })).to.deep.equal([
      "INVOICE_TOO_SMALL!",
    ]);
    const later = anAsk({ invoices: [invoice(second, "1200.00"), red] });
    expect(codes(later)).to.deep.equal(["RED_WITHOUT_BLUE!"]);
    expect(codes(later, someFacts({ blueInvoices: new Map([[first, yuan("5000.00")]]) }))).to.deep.equal([]);
    expect(codes(later, someFacts({ blueInvoices: new Map([[first, yuan("199.99")]]) }))).to.deep.equal([
      "RED_BEYOND_BLUE!",
    ]);
    // Of an imported payment the number is known and the amount is not.
    expect(codes(later, someFacts({ blueInvoices: new Map([[first, null]]) }))).to.deep.equal([]);
  });

  it("of another seller than the payee are pointed out, whatever brackets the names have", () => {
    const ask = anAsk({ supplier: { ...SHOP, name: "明辉（成都）五金店" }, invoices: [invoice(first)] });
    expect(codes(ask, someFacts({ sellers: new Map([[first, "明辉(成都)五金店"]]) }))).to.deep.equal([]);
    expect(codes(ask, someFacts({ sellers: new Map([[first, "别家五金店"]]) }))).to.deep.equal(["SELLER_OTHER"]);
  });

  it("in red without naming the blue one are refused", () => {
    expect(codes(anAsk({ invoices: [invoice(first, "2000.00"), invoice(second, "-1.00")] }))).to.deep.equal([
      "RED_WITHOUT_BLUE!",
    ]);
  });
});

describe("other payments to the same payee", () => {
  const other = (amount: string, on: string) => ({ amount: yuan(amount), day: day(on), what: "第 5 号申请" });

  it("of the same day and amount are held up until somebody says that they are two", () => {
    const facts = someFacts({ neighbours: [other("1000.00", "2020-03-10")] });
    const [finding] = check(anAsk(), facts);
    expect(finding?.words).to.equal("同一天向「明辉五金店」付同样的 1,000.00 元，已有第 5 号申请。");
    expect(codes(anAsk(), facts)).to.deep.equal(["TWIN!"]);
    expect(codes(anAsk({ confirmed: ["TWIN"] }), facts)).to.deep.equal(["TWIN"]);
    expect(codes(anAsk(), someFacts({ neighbours: [other("1000.00", "2020-03-09")] }))).to.deep.equal([]);
  });

  it("count from the day on which it would be booked, not from a day of the past that somebody typed", () => {
    const facts = someFacts({ neighbours: [other("1500.00", "2020-03-10")] });
    expect(codes(anAsk({ day: day("2020-03-01") }), facts)).to.deep.equal(["DAY_PAST", "SPLIT"]);
    const early = someFacts({ today: day("2020-03-28"), neighbours: [other("1500.00", "2020-03-10")] });
    expect(codes(anAsk({ day: day("2020-03-10") }), early)).to.deep.equal(["DAY_PAST"]);
    expect(
      codes(anAsk({ day: day("2020-03-14") }), someFacts({ neighbours: [other("1000.00", "2020-03-14")] })),
    ).to.deep.equal(["TWIN!"]);
  });

  it("that together pass a band's limit are released by the band of their sum", () => {
    const facts = someFacts({ neighbours: [other("1500.00", "2020-03-01")] });
    expect(codes(anAsk(), facts)).to.deep.equal(["SPLIT"]);
    expect(needsOf(anAsk(), someFacts(), DEFAULT_SETTINGS).sides).to.deep.equal(["trustee"]);
    expect(needsOf(anAsk(), facts, DEFAULT_SETTINGS)).to.deep.equal({
      sides: ["trustee", "committee"],
      resolution: false,
      why: ["信托合同约定：2,500.00 元由物业和业委会放行"],
    });
  });

  it("that together pass the highest limit need the resolution too", () => {
    const facts = someFacts({ neighbours: [other("49500.00", "2020-03-01")] });
    expect(codes(anAsk(), facts)).to.deep.equal(["RESOLUTION_MISSING!", "SPLIT"]);
  });
});

describe("who must release", () => {
  const needs = (over: Partial<Ask>): readonly string[] => needsOf(anAsk(over), someFacts(), DEFAULT_SETTINGS).sides;

  it("is the band's sides for an ordinary payment", () => {
    expect(needs({})).to.deep.equal(["trustee"]);
    expect(needs({ lines: lines(["5002", "2000.01"]) })).to.deep.equal(["trustee", "committee"]);
  });

  it("is the committee too for the repair fund and for related parties", () => {
    expect(needs({ bank: REPAIR_BANK })).to.deep.equal(["trustee", "committee"]);
    expect(needs({ supplier: { ...SHOP, related: "经理的弟弟" } })).to.deep.equal(["trustee", "committee"]);
    expect(codes(anAsk({ supplier: { ...SHOP, related: "经理的弟弟" } }))).to.deep.equal(["RELATED_PARTY"]);
  });

  it("is the committee too for what is kept for others and for whatever the trustee is paid, however little", () => {
    const both = ["trustee", "committee"];
    expect(needs({ bank: CUSTODY_BANK, lines: lines(["2241", "1.00"]) })).to.deep.equal(both);
    expect(needs({ lines: lines(["2241", "1.00"]) })).to.deep.equal(both);
    const trustee = { ...SHOP, name: "信诚物业服务有限公司" };
    expect(needs({ supplier: trustee, lines: lines(["2242", "1.00"]) })).to.deep.equal(both);
  });

  it("is both sides for the draw, transfers, refunds, deposits, corrections and emergencies of one yuan", () => {
    for (const kind of ["draw", "transfer", "refund", "deposit-return", "correction"] as const) {
      expect(needs({ kind, lines: lines(["5101", "1.00"]) }), kind).to.deep.equal(["trustee", "committee"]);
    }
    expect(needs({ emergency: "急" })).to.deep.equal(["trustee", "committee"]);
  });
});

describe("the entry of a released request", () => {
  it("is dated on the day of the release, or later where a later day was asked for", () => {
    expect(
      entryOf(12, anAsk({ day: day("2020-03-05") }), day("2020-03-10"), { vouchers: [], deposit: null }).day,
    ).to.equal("2020-03-10");
    expect(
      entryOf(12, anAsk({ day: day("2020-03-20") }), day("2020-03-10"), { vouchers: [], deposit: null }).day,
    ).to.equal("2020-03-20");
  });

  it("of an emergency keeps the day on which the money went", () => {
    const entry = entryOf(12, anAsk({ day: day("2020-03-05"), emergency: "水管爆裂" }), day("2020-03-10"), {
      vouchers: [],
      deposit: null,
    });
    expect([entry.day, entry.reason]).to.deep.equal(["2020-03-05", "紧急支出：水管爆裂"]);
  });

  it("has a cash line for each line of the request, and carries its proof", () => {
    const vouchers = [{ original: "a".repeat(64), public: "b".repeat(64) }];
    const ask = anAsk({
      lines: lines(["5002", "600.00"], ["5003", "400.00"]),
      invoices: [
        { number: "111122223333", amount: null, nets: "" },
        { number: "444455556666", amount: null, nets: "" },
      ],
      resolution: "2020-2 号决议",
    });
    expect(entryOf(12, ask, day("2020-03-10"), { vouchers, deposit: null })).to.deep.equal({
      day: "2020-03-10",
      kind: "payment",
      memo: "灯管",
      source: "spend:12",
      payee: "明辉五金店",
      invoice: "111122223333、444455556666",
      resolution: "2020-2 号决议",
      vouchers,
      lines: [
        { fund: "common", account: "1002", bank: "common", flow: "paid", purpose: "5002", amount: -60_000 },
        { fund: "common", account: "5002", amount: 60_000 },
        { fund: "common", account: "1002", bank: "common", flow: "paid", purpose: "5003", amount: -40_000 },
        { fund: "common", account: "5003", amount: 40_000 },
      ],
    });
  });

  it("of a draw settles what is owed", () => {
    const ask = anAsk({ kind: "draw", supplier: null, payee: "信诚物业服务有限公司", lines: lines(["5101", "42.00"]) });
    expect(entryOf(12, ask, day("2020-03-10"), { vouchers: [], deposit: null }).lines).to.deep.equal([
      { fund: "common", account: "1002", bank: "common", flow: "paid", purpose: "5101", amount: -4200 },
      { fund: "common", account: "2231", amount: 4200 },
    ]);
  });

  it("of a sweep transfer settles what the funds owe each other", () => {
    const ask = anAsk({ kind: "transfer", supplier: null, to: REPAIR_BANK, lines: lines(["1231", "70.00"]) });
    expect(
      entryOf(12, ask, day("2020-03-10"), { vouchers: [], deposit: null }).lines.map((line) => [
        line.fund,
        line.account,
        line.amount,
      ]),
    ).to.deep.equal([
      ["common", "1002", -7000],
      ["common", "1231", 7000],
      ["repair", "1231", -7000],
      ["repair", "1002", 7000],
    ]);
  });
});
