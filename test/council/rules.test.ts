// When a decision of the committee stands: more than half of all members, whether they vote or not.
import { expect } from "chai";
import fc from "fast-check";
import { fromYuan } from "../../src/base/money.ts";
import { day, month } from "../../src/base/month.ts";
import { Refusal } from "../../src/base/refusal.ts";
import type { BudgetChange } from "../../src/budget/rules.ts";
import {
  assertMayVote,
  assertWithinLimit,
  daysUnposted,
  resultOf,
  stageOf,
  tallyOf,
  windowOf,
  type Choice,
  type Decision,
} from "../../src/council/rules.ts";

function aDecision(members: number, choices: readonly Choice[], over: Partial<Decision> = {}): Decision {
  const accounts = Array.from({ length: members }, (_, index) => `m${index}`);
  return {
    id: 3,
    title: "换锁",
    text: "",
    effect: { kind: "other" },
    proposedBy: "m0",
    proposedAt: "2020-01-20T02:00:00.000Z",
    opensOn: day("2020-01-27"),
    closesOn: day("2020-02-02"),
    members: accounts,
    votes: choices.map((choice, index) => ({ account: `m${index}`, choice, at: "2020-01-27T02:00:00.000Z" })),
    passed: null,
    postedOn: null,
    ...over,
  };
}

function codeOf(work: () => void): string {
  try {
    work();
    return "";
  } catch (error) {
    return error instanceof Refusal ? error.code : String(error);
  }
}

const yes: Choice = "agree";
const no: Choice = "oppose";

describe("a decision of the committee", () => {
  const table: [members: number, choices: Choice[], result: string][] = [
    [5, [yes, yes], "open"],
    [5, [yes, yes, yes], "passed"],
    [5, [no, no], "open"],
    [5, [no, no, no], "failed"],
    [6, [yes, yes, yes], "open"],
    [6, [yes, yes, yes, yes], "passed"],
    // Three of six against: the other three are half, and not more.
    [6, [no, no, no], "failed"],
    [2, [yes], "open"],
    [2, [no], "failed"],
    [2, [yes, yes], "passed"],
    // One account alone never decides, whatever the others without accounts think.
    [1, [yes], "failed"],
    [1, [], "failed"],
  ];
  for (const [members, choices, result] of table) {
    it(`of ${members} members is ${result} with ${choices.join(", ")}`, () => {
      expect(resultOf(aDecision(members, choices))).to.equal(result);
    });
  }

  it("passes exactly when more than half of all agree, two at least, and fails exactly when so many cannot agree any more", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 15 }), fc.array(fc.constantFrom<Choice>(yes, no)), (members, all) => {
        const decision = aDecision(members, all.slice(0, members));
        const { agree, oppose } = tallyOf(decision);
        const result = resultOf(decision);
        expect(result === "passed").to.equal(2 * agree > members && agree > 1);
        expect(result === "failed").to.equal(2 * (members - oppose) <= members || members - oppose < 2);
      }),
    );
  });

  it("is announced seven days before its vote, and an emergency is voted on at once", () => {
    const today = day("2020-01-20");
    expect(windowOf(today, { kind: "other" })).to.deep.equal({
      opensOn: "2020-01-27",
      closesOn: "2020-02-02",
    });
    expect(windowOf(today, { kind: "ratify-emergency", spend: 1 }).opensOn).to.equal("2020-01-20");
  });

  it("is announced, voted on, and over with its last day", () => {
    const stages = ["2020-01-26", "2020-01-27", "2020-02-02", "2020-02-03"].map((today) =>
      stageOf(aDecision(5, [yes]), day(today)),
    );
    expect(stages).to.deep.equal(["announced", "voting", "voting", "failed"]);
    expect(stageOf(aDecision(2, [yes, yes]), day("2020-02-03"))).to.equal("passed");
  });

  it("is voted on once by each who was a member when it was proposed, in its days", () => {
    const voter = { account: "m4", now: "2020-01-28T02:00:00.000Z", today: day("2020-01-28") };
    const vote = (over: Partial<typeof voter> = {}, decision = aDecision(5, [yes])): string =>
      codeOf(() => assertMayVote(decision, { ...voter, ...over }));
    expect(vote()).to.equal("");
    expect(vote({ today: day("2020-01-26") })).to.equal("VOTE_NOT_OPEN");
    expect(vote({ today: day("2020-02-03") })).to.equal("DECISION_OVER");
    expect(vote({}, aDecision(5, [yes, yes, yes]))).to.equal("DECISION_OVER");
    expect(vote({ account: "m0" })).to.equal("VOTED");
    expect(vote({ account: "new" })).to.equal("NOT_ON_ROLL");
    expect(vote({ now: "2020-01-27T01:59:59.000Z" })).to.equal("CLOCK_BACK");
  });

  it("is late on the notice board from the fourth day on", () => {
    const passed = { number: "2020-业委会-1", on: day("2020-01-27") };
    const late = (today: string, over: Partial<Decision> = {}): number =>
      daysUnposted(aDecision(2, [yes, yes], { passed, ...over }), day(today));
    expect([late("2020-01-27"), late("2020-01-30"), late("2020-01-31")]).to.deep.equal([0, 0, 1]);
    expect(late("2020-02-20", { postedOn: day("2020-02-10") })).to.equal(0);
    expect(late("2020-02-20", { passed: null })).to.equal(0);
  });
});

describe("what the committee may move by itself", () => {
  const change = (id: number, account: string, amount: string): BudgetChange => ({
    id,
    year: 2020,
    account,
    amount: fromYuan(amount),
    reason: "",
    source: "lines",
    resolution: `2020-业委会-${id}`,
    knownFrom: month("2020-01"),
    recordedAt: "",
  });
  const facts = {
    upTo: fromYuan("500.00"),
    own: [change(1, "5002", "100.00"), change(1, "5003", "-100.00"), change(2, "5004", "150.00")],
    planned: new Map([["5003", fromYuan("900.00")]]),
    taken: new Map([["5003", fromYuan("700.00")]]),
  };
  const wish = (lines: readonly (readonly [string, string])[]) => ({
    year: 2020,
    reason: "调剂",
    source: "lines" as const,
    changes: lines.map(([account, amount]) => ({ account, amount: fromYuan(amount) })),
  });
  const code = (lines: readonly (readonly [string, string])[], over = {}): string =>
    codeOf(() => assertWithinLimit(wish(lines), { ...facts, ...over }));

  it("is the deed's limit for the year, less what it moved before, to the fen", () => {
    expect(code([["5002", "250.00"]])).to.equal("");
    expect(code([["5002", "250.01"]])).to.equal("CHANGE_BEYOND_LIMIT");
    expect(code([["5002", "250.01"]], { own: [] })).to.equal("");
    expect(code([["5002", "0.01"]], { upTo: null })).to.equal("CHANGE_NOT_DELEGATED");
  });

  it("is never what was paid or is spoken for", () => {
    expect(code([["5003", "-200.00"]])).to.equal("");
    expect(code([["5003", "-200.01"]])).to.equal("BUDGET_TAKEN");
  });
});
