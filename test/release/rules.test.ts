// 双密码: the deed's bands, splitting below them, who may turn which key, what is possible in which state.
import { expect } from "chai";
import * as fc from "fast-check";
import { fen, parseYuan, type Fen } from "../../src/base/money.ts";
import { day } from "../../src/base/month.ts";
import { Refusal } from "../../src/base/refusal.ts";
import { SIDES } from "../../src/door/rules.ts";
import type { Resolution } from "../../src/resolution/rules.ts";
import {
  assertPossible,
  assertRatifies,
  bandOf,
  canTurn,
  ratificationOf,
  sideToTurn,
  splitOf,
  stateOn,
  STATUSES,
  type Act,
  type Bands,
  type Request,
} from "../../src/release/rules.ts";

/** The bands of product.md section 5. */
const BANDS: Bands = [
  { upTo: "2000.00", keys: ["trustee"] },
  { upTo: "50000.00", keys: ["trustee", "committee"] },
  { upTo: null, keys: ["trustee", "committee"], resolution: true },
];

function yuan(text: string): Fen {
  const amount = parseYuan(text);
  return typeof amount === "number" ? amount : fen(Number.NaN);
}

function codeOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    return error instanceof Refusal ? error.code : String(error);
  }
  return "";
}

describe("the deed's bands", () => {
  const table: [amount: string, sides: string, resolution: boolean][] = [
    ["0.01", "trustee", false],
    ["1999.99", "trustee", false],
    ["2000.00", "trustee", false],
    ["2000.01", "trustee committee", false],
    ["50000.00", "trustee committee", false],
    ["50000.01", "trustee committee", true],
    ["9999999.00", "trustee committee", true],
  ];
  for (const [amount, sides, resolution] of table) {
    it(`ask for ${amount} yuan: ${sides}${resolution ? " and a resolution" : ""}`, () => {
      expect(bandOf(BANDS, yuan(amount))).to.deep.equal({ sides: sides.split(" "), resolution });
      // The order in which the deed lists them does not matter.
      expect(bandOf(BANDS?.toReversed(), yuan(amount))).to.deep.equal({ sides: sides.split(" "), resolution });
    });
  }

  it("ask for both sides where the deed has none", () => {
    expect(bandOf(undefined, yuan("1.00"))).to.deep.equal({ sides: ["trustee", "committee"], resolution: false });
    expect(bandOf([], yuan("1.00"))).to.deep.equal({ sides: ["trustee", "committee"], resolution: false });
  });

  it("ask for both sides beyond the last one", () => {
    expect(bandOf([{ upTo: "100.00", keys: ["trustee"] }], yuan("100.01"))).to.deep.equal({
      sides: ["trustee", "committee"],
      resolution: false,
    });
  });
});

describe("splitting below a band", () => {
  const at = (amount: string, on: string): { amount: Fen; day: ReturnType<typeof day>; what: string } => ({
    amount: yuan(amount),
    day: day(on),
    what: "记账凭证",
  });
  const asked = { amount: yuan("1500.00"), day: day("2020-03-20") };

  it("sees payments that stay below a limit one by one and exceed it together", () => {
    expect(splitOf(BANDS, asked, [at("1200.00", "2020-03-05"), at("900.00", "2020-04-04")], 15)).to.deep.equal({
      limit: 200_000,
      total: 360_000,
      count: 3,
    });
  });

  it("leaves alone what lies further apart, what stays below together, and what was released by the higher band", () => {
    expect(splitOf(BANDS, asked, [at("1200.00", "2020-03-04"), at("1200.00", "2020-04-05")], 15)).to.equal(null);
    expect(splitOf(BANDS, asked, [at("500.00", "2020-03-19")], 15)).to.equal(null);
    expect(splitOf(BANDS, asked, [at("30000.00", "2020-03-19")], 15)).to.equal(null);
    expect(splitOf(undefined, asked, [at("1900.00", "2020-03-19")], 15)).to.equal(null);
  });

  it("takes the highest limit that the parts slip under", () => {
    const parts = [at("30000.00", "2020-03-19"), at("1900.00", "2020-03-19")];
    expect(splitOf(BANDS, { ...asked, amount: yuan("20000.00") }, parts, 15)).to.deep.equal({
      limit: 5_000_000,
      total: 5_190_000,
      count: 3,
    });
  });
});

function aRequest(over: Partial<Request> = {}): Request {
  return { id: 7, status: "waiting", expiresOn: day("2020-03-20"), askedBy: "wang", keys: [], ...over };
}

const BOTH = SIDES;

describe("a key", () => {
  it("is turned for the side a person belongs to", () => {
    expect(sideToTurn(aRequest(), BOTH, { account: "li", side: "committee" })).to.equal("committee");
    expect(sideToTurn(aRequest(), ["trustee"], { account: "zhao", side: "trustee" })).to.equal("trustee");
  });

  it("of the trustee may be the asker's only where another side is needed too", () => {
    expect(sideToTurn(aRequest(), BOTH, { account: "wang", side: "trustee" })).to.equal("trustee");
    expect(codeOf(() => sideToTurn(aRequest(), ["trustee"], { account: "wang", side: "trustee" }))).to.equal(
      "KEY_OWN_REQUEST",
    );
  });

  it("of the committee is never the asker's", () => {
    for (const needs of [BOTH, ["committee"] as const]) {
      expect(codeOf(() => sideToTurn(aRequest(), needs, { account: "wang", side: "committee" }))).to.equal(
        "KEY_OWN_REQUEST",
      );
    }
  });

  it("counts once a side and once a person", () => {
    const half = aRequest({ keys: [{ side: "trustee", account: "zhao" }] });
    expect(codeOf(() => sideToTurn(half, BOTH, { account: "qian", side: "trustee" }))).to.equal("KEY_SIDE_GIVEN");
    // Even had somebody changed sides meanwhile.
    expect(codeOf(() => sideToTurn(half, BOTH, { account: "zhao", side: "committee" }))).to.equal("KEY_GIVEN");
  });

  it("is nobody's who belongs to no needed side", () => {
    expect(codeOf(() => sideToTurn(aRequest(), ["trustee"], { account: "li", side: "committee" }))).to.equal(
      "KEY_NOT_YOURS",
    );
    expect(codeOf(() => sideToTurn(aRequest(), BOTH, { account: "sun", side: null }))).to.equal("KEY_NOT_YOURS");
  });

  const someSide = fc.constantFrom(null, ...SIDES);
  const someNeeds = fc.subarray([...SIDES], { minLength: 1 });

  it("can be turned, by the list, exactly when turning it is not refused", () => {
    fc.assert(
      fc.property(
        someNeeds,
        someSide,
        fc.constantFrom("wang", "li", "zhao"),
        fc.subarray([...SIDES]),
        (needs, side, account, turned) => {
          const keys = turned.map((each, index) => ({ side: each, account: ["li", "zhao"][index] ?? "" }));
          const request = aRequest({ keys });
          const refused = codeOf(() => sideToTurn(request, needs, { account, side })) !== "";
          return canTurn(request, needs, { account, side }) !== refused;
        },
      ),
    );
  });

  it("never lets one person complete a request alone, whatever the sides and the deed", () => {
    fc.assert(
      fc.property(someNeeds, someSide, fc.boolean(), (needs, side, asks) => {
        let request = aRequest({ askedBy: asks ? "li" : "wang" });
        for (let turn = 0; turn < 3; turn += 1) {
          const holder = { account: "li", side };
          if (canTurn(request, needs, holder)) {
            const turned = { side: sideToTurn(request, needs, holder), account: "li" };
            request = { ...request, keys: [...request.keys, turned] };
          }
        }
        const complete = needs.every((each) => request.keys.some((key) => key.side === each));
        // Complete with one key is possible only for somebody else's request.
        return !complete || (request.askedBy !== "li" && needs.length === 1);
      }),
    );
  });
});

describe("the states of a request", () => {
  it("waits through its last day and has expired the day after", () => {
    expect(stateOn(aRequest(), day("2020-03-20"))).to.equal("waiting");
    expect(stateOn(aRequest(), day("2020-03-21"))).to.equal("expired");
    expect(stateOn(aRequest({ status: "paid" }), day("2020-03-21"))).to.equal("paid");
  });

  const acts: Act[] = ["release", "take back", "refuse", "withdraw", "ratify"];
  for (const status of STATUSES) {
    for (const act of acts) {
      const possible = act === "ratify" ? status === "paid" : status === "waiting";
      it(`${possible ? "let" : "do not let"} people ${act} what is ${status}`, () => {
        expect(codeOf(() => assertPossible(act, aRequest({ status }), day("2020-03-20")))).to.equal(
          possible ? "" : "SPEND_STATE",
        );
      });
    }
  }

  it("says in which state a request is that cannot be released any more", () => {
    expect(() => assertPossible("release", aRequest(), day("2020-03-21"))).to.throw("第 7 号申请已过期，不能放行。");
    expect(() => assertPossible("withdraw", aRequest({ status: "paid" }), day("2020-03-20"))).to.throw(
      "第 7 号申请已付，不能撤回。",
    );
  });
});

describe("the ratification of an emergency", () => {
  const open = { ratifiedAt: null };

  it("is open until the committee voted, declined when it did not agree, and ratified by a resolution in force", () => {
    const step = (kind: string, text = "") => ({ kind, text });
    const ratified = { ratifiedAt: "2020-02-01T02:00:00.000Z" };
    const of = (
      given: { ratifiedAt: string | null },
      steps: ReturnType<typeof step>[],
      voided: string[] = [],
    ): string => ratificationOf(given, steps, new Set(voided));
    expect(of(open, [step("released"), step("paid")])).to.equal("open");
    expect(of(open, [step("paid"), step("declined")])).to.equal("declined");
    const twice = [step("declined"), step("ratified", "2020-业委会-1")];
    expect(of(ratified, twice)).to.equal("ratified");
    expect(of(ratified, twice.slice(1), ["2020-业委会-1"])).to.equal("open");
    expect(of(ratified, [...twice, step("ratified", "2020-业主大会-1")], ["2020-业委会-1"])).to.equal("ratified");
  });

  const emergency = { id: 12, entry: "2020-01-0003", paidOn: day("2020-01-20") };
  const resolution: Resolution = {
    number: "2020-业主大会-1",
    body: "assembly",
    kind: "other",
    title: "追认第 12 号申请",
    text: "",
    decidedOn: day("2020-01-20"),
    voided: null,
  };
  const table: [words: string, given: Resolution, code: string][] = [
    ["names its request", resolution, ""],
    ["names its entry", { ...resolution, title: "追认", text: "凭证 2020-01-0003 的抢修" }, ""],
    ["was made before it", { ...resolution, decidedOn: day("2020-01-19") }, "RESOLUTION_BEFORE"],
    ["names another request", { ...resolution, title: "追认第 2 号申请" }, "RESOLUTION_SILENT"],
    ["names a longer number", { ...resolution, title: "追认第 112 号申请" }, "RESOLUTION_SILENT"],
    ["names no request at all", { ...resolution, title: "第 12 号楼外墙" }, "RESOLUTION_SILENT"],
  ];
  for (const [words, given, code] of table) {
    it(`${code === "" ? "comes" : "does not come"} from a resolution that ${words}`, () =>
      expect(codeOf(() => assertRatifies(given, emergency))).to.equal(code));
  }
});
