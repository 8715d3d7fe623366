import { expect } from "chai";
import type { Assembly } from "../../src/assembly/rules.ts";
import { day } from "../../src/base/month.ts";
import { outcomePage, outcomeTable } from "../../src/outcome/page.ts";
import { countAll, notYetFinal, objectionsUntil, sealOutcome, type CountFacts } from "../../src/outcome/rules.ts";
import { DEFAULTS, type Settings } from "../../src/procedure/rules.ts";
import { NOBODY, readArea, type Count, type MatterKind, type Votes } from "../../src/tally/rules.ts";

const count = (heads: number, m2: string): Count => ({ heads, area: readArea(m2) });

/** 风华苑 in December 2020: 413 heads, 365 took part, 293 agreed. */
const DECEMBER: Votes = {
  agree: count(293, "29784.71"),
  oppose: count(67, "7368.25"),
  abstain: count(5, "542.13"),
};
const ROLL = count(413, "43354.36");

function assemblyWith(settings: Settings): Assembly {
  return {
    id: 1,
    title: "2020 年第一次业主大会",
    ballot: "open",
    calledBy: "committee",
    opensOn: day("2020-12-05"),
    closesOn: day("2020-12-19"),
    createdBy: "a",
    createdAt: "2020-11-15T02:00:00.000Z",
    notice: {
      at: "2020-11-18T02:00:00.000Z",
      roll: ROLL,
      fingerprint: "f".repeat(64),
      settings,
      cases: {
        several: { heads: 9, units: 22 },
        joint: { heads: 46, units: 46 },
        largest: { units: 12, area: "1204.33" },
        leftOut: { units: 0, area: "0.00" },
      },
    },
    closedAt: null,
    finishedAt: null,
    voidReason: null,
  };
}

function factsOf(votes: Votes, settings: Settings = DEFAULTS, kind: MatterKind = "fee-change"): CountFacts {
  return {
    community: { code: "fenghuayuan", name: "风华苑" },
    assembly: assemblyWith(settings),
    matters: [{ place: 1, kind, title: "住宅物业费调整为 1.11 元", text: "…", effect: null }],
    votes: new Map([[1, votes]]),
    turnout: { electronic: count(166, "17000.00"), paper: count(199, "20695.09") },
    unreturned: { read: count(10, "1500.00"), proved: count(30, "2500.00"), unproved: count(20, "2000.00") },
    notCounted: { inPerson: 0, setAside: [] },
    receipts: { count: 365, fingerprint: "e".repeat(64) },
    at: "2020-12-20T02:00:00.000Z",
    today: day("2020-12-20"),
  };
}

describe("the count of a vote", () => {
  it("holds the law's two counts of every matter, heads and area side by side", () => {
    const [matter] = countAll(factsOf(DECEMBER)).matters;
    expect(matter?.passed).to.equal(true);
    expect(matter?.tally.quorum).to.deep.equal({
      heads: { have: 365, need: 276 },
      area: { have: "37695.09", need: "28902.91" },
      met: true,
    });
    expect(matter?.tally.consent).to.deep.equal({
      heads: { have: 293, need: 183 },
      area: { have: "29784.71", need: "18847.55" },
      met: true,
    });
    expect(matter?.unreturned).to.equal(null);
  });

  it("counts a matter on which nobody voted as one in which nobody took part", () => {
    const facts = { ...factsOf(DECEMBER), votes: new Map() };
    const [matter] = countAll(facts).matters;
    expect(matter?.passed).to.equal(false);
    expect(matter?.tally.tookPart).to.deep.equal({ heads: 0, area: "0.00" });
    expect(matter?.tally.consent.heads.need).to.equal(1);
  });

  it("shows both counts where the rules of procedure count ballots that did not come back", () => {
    const short: Votes = { agree: count(200, "21000.00"), oppose: count(50, "6000.00"), abstain: NOBODY };
    const settings: Settings = { ...DEFAULTS, unreturned: "majority", unreturnedClause: "议事规则第十二条" };
    const [matter] = countAll(factsOf(short, settings)).matters;
    expect(matter?.passed).to.equal(true);
    expect(matter?.tally.tookPart).to.deep.equal({ heads: 290, area: "31000.00" });
    expect(matter?.tally.agree).to.deep.equal({ heads: 240, area: "25000.00" });
    expect(matter?.unreturned?.added).to.deep.equal({ heads: 40, area: "4000.00" });
    expect(matter?.unreturned?.proofs).to.deep.equal({
      read: { heads: 10, area: "1500.00" },
      proved: { heads: 30, area: "2500.00" },
      unproved: { heads: 20, area: "2000.00" },
    });
    expect(matter?.unreturned?.without.tookPart).to.deep.equal({ heads: 250, area: "27000.00" });
    expect(matter?.unreturned?.without.passed).to.equal(false);
  });

  it("gives the same bytes for the same count, and others for one head more", () => {
    const { bytes, digest } = sealOutcome(countAll(factsOf(DECEMBER)));
    expect(sealOutcome(countAll(factsOf(DECEMBER)))).to.deep.equal({ bytes, digest });
    const more = { ...DECEMBER, agree: count(294, "29784.71") };
    expect(sealOutcome(countAll(factsOf(more))).digest).to.not.equal(digest);
  });

  it("needs a notice: without a frozen roll there is nothing to count against", () => {
    const facts = factsOf(DECEMBER);
    expect(() => countAll({ ...facts, assembly: { ...facts.assembly, notice: null } })).to.throw(/no notice/u);
  });
});

describe("objections to a count", () => {
  const outcome = { countedOn: day("2020-12-20"), settings: DEFAULTS };

  it("may be raised for seven days by default", () => {
    expect(objectionsUntil(outcome)).to.equal("2020-12-27");
  });

  it("keep a vote from being final while the period runs and while one is open", () => {
    const dismissed = { verdict: "dismissed" } as const;
    expect(notYetFinal(outcome, [dismissed], day("2020-12-27"))?.faults[0]?.code).to.equal("OBJECTIONS_RUNNING");
    const last = notYetFinal(outcome, [dismissed, { verdict: "open" }], day("2020-12-28"));
    expect(last?.faults[0]).to.include({ code: "OBJECTIONS_OPEN", message: "还有 1 条异议没有答复。" });
    expect(notYetFinal(outcome, [dismissed], day("2020-12-28"))).to.equal(null);
  });
});

describe("the page of a count", () => {
  const page = outcomePage(countAll(factsOf(DECEMBER)), "d".repeat(64));

  it("tells the result as one would at the gate", () => {
    expect(page.matters[0]?.sentences).to.deep.equal([
      "全体业主 413 人，365 人参加了表决。法律要求人数和面积都有三分之二以上参加：人数和面积都达到了。",
      "参加的人里，293 人同意。法律要求同意的人数和面积都占参加者的过半数：人数和面积都达到了。",
      "所以，这一项通过了。",
    ]);
  });

  it("shows every percentage beside its fraction, and what it must reach", () => {
    const [quorum, consent] = page.matters[0]?.conditions ?? [];
    expect(quorum?.meters[0]).to.deep.equal({
      name: "按人数",
      have: "365 人",
      base: "413 人",
      percent: "88.4 %",
      need: "276 人",
      isMet: true,
      lacks: "",
      bar: "88.38",
      mark: "66.67",
    });
    expect(consent?.meters[1]).to.deep.include({
      have: "29,784.71 平方米",
      base: "37,695.09 平方米",
      percent: "79.0 %",
      need: "18,847.55 平方米",
      mark: "50.00",
    });
  });

  it("says what is missing when a condition is not met", () => {
    const half: Votes = { agree: count(150, "20000.00"), oppose: count(150, "7000.00"), abstain: NOBODY };
    const [matter] = outcomePage(countAll(factsOf(half)), "").matters;
    expect(matter?.verdict).to.equal("未通过");
    expect(matter?.sentences[1]).to.contain("人数没有达到");
    const [quorum, consent] = matter?.conditions ?? [];
    expect(quorum?.meters[1]?.lacks).to.equal("还差 1,902.91 平方米");
    expect(consent?.meters[0]?.lacks).to.equal("还差 1 人");
  });

  it("says nothing is met when nobody took part, three quarters of nobody neither", () => {
    const none: Votes = { agree: NOBODY, oppose: NOBODY, abstain: NOBODY };
    const [matter] = outcomePage(countAll(factsOf(none, DEFAULTS, "common-part-business")), "").matters;
    expect(matter?.sentences).to.deep.equal(["全体业主 413 人，没有人参加表决。", "所以，这一项没有通过。"]);
    expect(matter?.conditions[1]?.meters.map(({ isMet, percent }) => [isMet, percent])).to.deep.equal([
      [false, "—"],
      [false, "—"],
    ]);
  });

  it("never rounds a share up to what it lacks", () => {
    const short: Votes = { agree: count(275, "28902.90"), oppose: NOBODY, abstain: NOBODY };
    const [matter] = outcomePage(countAll(factsOf(short)), "").matters;
    expect(matter?.conditions[0]?.meters.map(({ isMet, percent }) => [isMet, percent])).to.deep.equal([
      [false, "66.6 %"],
      [false, "66.66665 %"],
    ]);
  });

  it("asks for three quarters of those taking part in a matter of items 6 to 8", () => {
    const [matter] = outcomePage(countAll(factsOf(DECEMBER, DEFAULTS, "common-part-business")), "").matters;
    expect(matter?.conditions[1]?.title).to.equal("同意：参加者的四分之三以上");
    expect(matter?.conditions[1]?.meters[0]?.need).to.equal("274 人");
    expect(matter?.basis).to.contain("第一款第八项");
  });

  it("has the same figures as the table for spreadsheets", () => {
    const [head, first] = outcomeTable(countAll(factsOf(DECEMBER)));
    expect(first).to.have.lengthOf(head?.length ?? 0);
    expect(first?.slice(3, 13)).to.deep.equal([
      "413",
      "43354.36",
      "365",
      "37695.09",
      "276",
      "28902.91",
      "293",
      "29784.71",
      "183",
      "18847.55",
    ]);
  });
});
