// The count of a vote (Civil Code art. 278, contract section 6): exact edges, the vectors of the field's own examples,
// and what holds for every vote.
import { expect } from "chai";
import fc from "fast-check";
import { month } from "../../src/base/month.ts";
import type { Unit } from "../../src/people/rules.ts";
import {
  addCounts,
  area,
  areaText,
  areaWords,
  CHOICES,
  consentOf,
  countWords,
  headsOf,
  holdersOf,
  isSpecial,
  itemOf,
  MATTER_KINDS,
  NO_VOTES,
  quorumOf,
  readArea,
  sumAreas,
  tallyOf,
  totalOf,
  UNRETURNED_POLICIES,
  votesOf,
  withUnreturned,
  type Ballot,
  type Choice,
  type Count,
  type MatterKind,
  type Votes,
} from "../../src/tally/rules.ts";

const counted = (heads: number, m2: string): Count => ({ heads, area: readArea(m2) });

/** What came in, each as heads and m². */
function votes(came: Partial<Record<Choice, readonly [heads: number, m2: string]>>): Votes {
  return CHOICES.reduce<Votes>((sum, choice) => {
    const [heads, m2] = came[choice] ?? [0, "0"];
    return { ...sum, [choice]: counted(heads, m2) };
  }, NO_VOTES);
}

function aUnit(name: string, size: string, use = "住宅"): Unit {
  return { name, use, area: size, discount: "1", from: month("2020-01") };
}

describe("an area in 0.01 m²", () => {
  it("is read from the register and written with two decimals", () => {
    const read = (text: string): readonly [number, string] => [readArea(text), areaText(readArea(text))];
    expect(read("118.9")).to.deep.equal([11_890, "118.90"]);
    expect(read("0.01")).to.deep.equal([1, "0.01"]);
    expect(read("73")).to.deep.equal([7300, "73.00"]);
    expect(areaText(area(0))).to.equal("0.00");
  });

  it("is told in square metres, with its heads before it", () => {
    expect([areaWords(area(0)), areaWords(area(2_890_291))]).to.deep.equal(["0.00 平方米", "28,902.91 平方米"]);
    expect(countWords({ heads: 1276, area: readArea("43354.36") })).to.equal("1,276 人、43,354.36 平方米");
  });

  it("refuses what is none", () => {
    for (const text of ["1.234", "-1", "", "1e3", ".5"]) {
      expect(() => readArea(text), text).to.throw(RangeError);
    }
    expect(() => area(0.5)).to.throw(RangeError);
  });
});

describe("the matters of art. 278", () => {
  it("fall under the items of the law, and those of items 6 to 8 need three quarters", () => {
    expect(MATTER_KINDS.map((kind) => [kind, itemOf(kind), isSpecial(kind)])).to.deep.equal([
      ["rules", 1, false],
      ["covenant", 2, false],
      ["committee", 3, false],
      ["manager", 4, false],
      ["use-repair-fund", 5, false],
      ["raise-repair-fund", 6, true],
      ["rebuild", 7, true],
      ["common-part-business", 8, true],
      ["fee-change", 9, false],
      ["budget", 9, false],
      ["draw-change", 9, false],
      ["sweep-rule", 9, false],
      ["other", 9, false],
    ]);
  });
});

describe("the count", () => {
  const ROLL = counted(300, "30000.00");

  interface Edge {
    readonly what: string;
    readonly matter: MatterKind;
    readonly roll?: Count;
    readonly came: Parameters<typeof votes>[0];
    readonly quorum: boolean;
    readonly consent: boolean;
  }

  const EDGES: readonly Edge[] = [
    {
      what: "two thirds of heads and area exactly: the quorum is met",
      matter: "fee-change",
      came: { agree: [200, "20000.00"] },
      quorum: true,
      consent: true,
    },
    {
      what: "one head short of two thirds",
      matter: "fee-change",
      came: { agree: [199, "20000.00"] },
      quorum: false,
      consent: true,
    },
    {
      what: "0.01 m² short of two thirds",
      matter: "fee-change",
      came: { agree: [200, "19999.99"] },
      quorum: false,
      consent: true,
    },
    {
      what: "all heads but one, of which the one has half of the area",
      matter: "fee-change",
      came: { agree: [299, "15000.00"] },
      quorum: false,
      consent: true,
    },
    {
      what: "half of the heads exactly, more than half of the area: fails",
      matter: "budget",
      came: { agree: [150, "15000.01"], oppose: [150, "14999.99"] },
      quorum: true,
      consent: false,
    },
    {
      what: "half of the area exactly, more than half of the heads: fails",
      matter: "budget",
      came: { agree: [151, "15000.00"], oppose: [149, "15000.00"] },
      quorum: true,
      consent: false,
    },
    {
      what: "one head and 0.01 m² more than half: passes",
      matter: "budget",
      came: { agree: [151, "15000.01"], oppose: [149, "14999.99"] },
      quorum: true,
      consent: true,
    },
    {
      what: "of an odd number of heads the greater half: passes",
      matter: "other",
      came: { agree: [151, "15000.01"], oppose: [150, "14999.98"] },
      roll: counted(301, "29999.99"),
      quorum: true,
      consent: true,
    },
    {
      what: "three quarters of both exactly: passes",
      matter: "rebuild",
      came: { agree: [225, "22500.00"], oppose: [75, "7500.00"] },
      quorum: true,
      consent: true,
    },
    {
      what: "one head short of three quarters: fails",
      matter: "raise-repair-fund",
      came: { agree: [224, "22500.00"], oppose: [76, "7500.00"] },
      quorum: true,
      consent: false,
    },
    {
      what: "0.01 m² short of three quarters: fails",
      matter: "common-part-business",
      came: { agree: [225, "22499.99"], oppose: [75, "7500.01"] },
      quorum: true,
      consent: false,
    },
    {
      what: "the use of the repair fund needs no three quarters",
      matter: "use-repair-fund",
      came: { agree: [151, "15000.01"], oppose: [149, "14999.99"] },
      quorum: true,
      consent: true,
    },
    {
      what: "abstentions make the quorum and do not agree",
      matter: "manager",
      came: { agree: [100, "10000.00"], abstain: [100, "10000.00"] },
      quorum: true,
      consent: false,
    },
    {
      what: "one that abstains less and agrees instead: passes",
      matter: "manager",
      came: { agree: [101, "10000.01"], abstain: [99, "9999.99"] },
      quorum: true,
      consent: true,
    },
    {
      what: "areas of 0.01 m²: three heads, two of them agree",
      matter: "fee-change",
      roll: counted(3, "0.03"),
      came: { agree: [2, "0.02"], oppose: [1, "0.01"] },
      quorum: true,
      consent: true,
    },
    {
      what: "areas of 0.01 m²: two of three take part and one of them agrees",
      matter: "fee-change",
      roll: counted(3, "0.03"),
      came: { agree: [1, "0.01"], oppose: [1, "0.01"] },
      quorum: true,
      consent: false,
    },
    {
      what: "nobody takes part",
      matter: "fee-change",
      came: {},
      quorum: false,
      consent: false,
    },
  ];

  for (const { what, matter, roll = ROLL, came, quorum, consent } of EDGES) {
    it(`${what} (${matter})`, () => {
      const tally = tallyOf(matter, roll, votes(came));
      expect({ quorum: tally.quorum.met, consent: tally.consent.met, passed: tally.passed }).to.deep.equal({
        quorum,
        consent,
        passed: quorum && consent,
      });
    });
  }

  it("needs two thirds of heads and area, and of no more than those more than half or three quarters", () => {
    const quorum = quorumOf(counted(413, "43354.36"));
    expect(quorum).to.deep.equal(counted(276, "28902.91"));
    expect(consentOf("fee-change", quorum)).to.deep.equal(counted(139, "14451.46"));
    expect(consentOf("raise-repair-fund", quorum)).to.deep.equal(counted(207, "21677.19"));
  });

  it("needs of 439 heads and 40,000 m² what the worked example says", () => {
    const roll = counted(439, "40000.00");
    const { quorum, consent, passed } = tallyOf(
      "fee-change",
      roll,
      votes({ agree: [150, "14000.00"], oppose: [150, "13000.00"] }),
    );
    expect([quorum.heads.need, areaText(quorum.area.need), quorum.met]).to.deep.equal([293, "26666.67", true]);
    expect([consent.heads.need, areaText(consent.area.need)]).to.deep.equal([151, "13500.01"]);
    // 150 of 300 is not more than half, though the area would do.
    expect([consent.met, passed]).to.deep.equal([false, false]);
    const special = tallyOf("rebuild", roll, votes({ agree: [225, "20250.00"], oppose: [75, "6750.00"] }));
    expect([special.consent.heads.need, areaText(special.consent.area.need), special.passed]).to.deep.equal([
      225,
      "20250.00",
      true,
    ]);
  });
});

describe("ballots that did not come back", () => {
  /** Each head with 100 m². */
  const each = (heads: number): Count => counted(heads, `${heads * 100}`);
  const came = (agree: number, oppose: number, abstain: number): Votes => ({
    agree: each(agree),
    oppose: each(oppose),
    abstain: each(abstain),
  });

  it("do not take part by default: 703 of 1,291 miss the quorum of 861", () => {
    const direct = came(417, 278, 8);
    expect(withUnreturned(direct, each(584), "absent")).to.equal(direct);
    const { tookPart, quorum, passed } = tallyOf("manager", each(1291), direct);
    expect([tookPart.heads, quorum.heads.need, quorum.met, passed]).to.deep.equal([703, 861, false, false]);
  });

  it("go with the majority where the rules say so: 417 and 584 of 1,291", () => {
    const joined = withUnreturned(came(417, 278, 8), each(584), "majority");
    const { agree, tookPart, quorum, passed } = tallyOf("manager", each(1291), joined);
    expect([agree.heads, tookPart.heads, quorum.met, passed]).to.deep.equal([1001, 1287, true, true]);
  });

  it("go with the majority in the second case decided by a court: 995 and 1,071 of 2,261", () => {
    const joined = withUnreturned(came(995, 27, 125), each(1071), "majority");
    const { agree, tookPart, passed } = tallyOf("manager", each(2261), joined);
    expect([agree.heads, tookPart.heads, passed]).to.deep.equal([2066, 2218, true]);
  });

  it("follow a majority that opposes", () => {
    const joined = withUnreturned(came(10, 20, 0), each(70), "majority");
    expect(joined.oppose).to.deep.equal(each(90));
    expect(joined.agree).to.deep.equal(each(10));
  });

  it("take part without an opinion under the middle rule, and where heads and area have no common majority", () => {
    expect(withUnreturned(came(10, 20, 1), each(70), "abstain").abstain).to.deep.equal(each(71));
    const split: Votes = { agree: counted(10, "2000"), oppose: counted(20, "1000"), abstain: counted(0, "0") };
    expect(withUnreturned(split, each(70), "majority")).to.deep.equal({ ...split, abstain: each(70) });
  });
});

describe("heads", () => {
  it("are owners with all their units, sets of joint holders, and the developer with all that is unsold", () => {
    const units = [
      aUnit("1-101", "118.9"),
      aUnit("1-102", "102.36"),
      aUnit("2-101", "80"),
      aUnit("2-102", "60.5"),
      aUnit("3-101", "100"),
      aUnit("3-102", "100.01"),
      aUnit("3-103", "99.99"),
    ];
    const holders = new Map([
      ["1-101", ["P1"]],
      ["1-102", ["P1"]],
      ["2-101", ["P3", "P2"]],
      ["2-102", ["P2"]],
      ["3-101", ["DEV"]],
      ["3-102", ["DEV"]],
      ["3-103", ["DEV"]],
    ]);
    const told = (rule?: "merged"): readonly (readonly [string, string, number])[] =>
      headsOf(units, holders, rule).map((head) => [head.id, areaText(head.area), head.units.length]);
    expect(told()).to.deep.equal([
      ["DEV", "300.00", 3],
      ["P1", "221.26", 2],
      ["P2", "60.50", 1],
      ["P2+P3", "80.00", 1],
    ]);
    // Where the rules of procedure say so, P2 is one head with what P2 holds together with P3.
    expect(told("merged")).to.deep.equal([
      ["DEV", "300.00", 3],
      ["P1", "221.26", 2],
      ["P2", "140.50", 2],
    ]);
  });

  it("merge into the one holder who has a unit alone, and stay apart where there is none or more than one", () => {
    const units = [aUnit("1", "10"), aUnit("2", "10"), aUnit("3", "10"), aUnit("4", "10")];
    const holders = new Map([
      ["1", ["A", "B"]],
      ["2", ["B", "C"]],
      ["3", ["C", "D"]],
      ["4", ["D"]],
    ]);
    const told = (held: ReadonlyMap<string, readonly string[]>): unknown[] =>
      headsOf(units, held, "merged").map(({ id, units: some, sharers = [] }) => [
        id,
        some.map(({ unit }) => unit).join(),
        sharers.join(),
      ]);
    expect(told(holders)).to.deep.equal([
      ["A+B", "1", ""],
      ["B+C", "2", ""],
      ["D", "3,4", "C"],
    ]);
    // B and D hold 2 together, and each of them another unit alone: nobody can say whose it is.
    const two = new Map([...holders, ["2", ["B", "D"]], ["1", ["B"]]] as const);
    expect(told(two)).to.deep.equal([
      ["B", "1", ""],
      ["B+D", "2", ""],
      ["D", "3,4", "C"],
    ]);
  });

  it("are no chain from holder to holder: who has no share in a flat has no say in it", () => {
    const units = ["101", "102", "103", "104", "105"].map((name) => aUnit(name, "10"));
    const holders = new Map([
      ["101", ["A"]],
      ["102", ["A", "B"]],
      ["103", ["B"]],
      ["104", ["B", "C"]],
      ["105", ["C"]],
    ]);
    expect(headsOf(units, holders, "merged").map(({ id }) => id)).to.deep.equal(["A", "A+B", "B", "B+C", "C"]);
  });
});

// ---- For every vote -------------------------------------------------------------------------------------------------

const anyMatter = fc.constantFrom(...MATTER_KINDS);
const anyBallot = fc.record({
  choice: fc.constantFrom(...CHOICES),
  area: fc.integer({ min: 1, max: 100_000_000 }).map(area),
});

/** A vote: the ballots that came, and the areas of those on the roll who sent none. */
const anyVote = fc.record({
  ballots: fc.array(anyBallot, { maxLength: 40 }),
  silent: fc.array(fc.integer({ min: 1, max: 100_000_000 }).map(area), { minLength: 1, maxLength: 20 }),
  delivered: fc.nat(),
});

const weigh = (areas: readonly Ballot["area"][]): Count => ({ heads: areas.length, area: sumAreas(areas) });

describe("every vote", () => {
  it("counts the same in whatever order the ballots come", () => {
    const shuffled = fc
      .array(anyBallot, { maxLength: 40 })
      .chain((ballots) => fc.tuple(fc.constant(ballots), fc.shuffledSubarray(ballots, { minLength: ballots.length })));
    fc.assert(
      fc.property(shuffled, anyMatter, ([ballots, other], matter) => {
        const roll = addCounts(weigh(ballots.map((each) => each.area)), counted(1, "1"));
        expect(tallyOf(matter, roll, votesOf(other))).to.deep.equal(tallyOf(matter, roll, votesOf(ballots)));
      }),
    );
  });

  it("adds up: agreed, opposed, abstained and silent are the roll, by heads and by area", () => {
    fc.assert(
      fc.property(anyVote, anyMatter, ({ ballots, silent }, matter) => {
        const roll = weigh([...ballots.map((each) => each.area), ...silent]);
        const { agree, oppose, abstain, tookPart } = tallyOf(matter, roll, votesOf(ballots));
        expect(addCounts(addCounts(agree, oppose), abstain)).to.deep.equal(tookPart);
        expect(addCounts(tookPart, weigh(silent))).to.deep.equal(roll);
      }),
    );
  });

  it("needs exactly as much as suffices: the law's fractions hold at the number needed and not one below", () => {
    fc.assert(
      fc.property(anyMatter, fc.bigInt({ min: 0n, max: BigInt(Number.MAX_SAFE_INTEGER) / 4n }), (matter, base) => {
        const all = { heads: Number(base), area: area(Number(base)) };
        const quorum = BigInt(quorumOf(all).heads);
        expect(3n * quorum >= 2n * base && 3n * (quorum - 1n) < 2n * base).to.equal(true);
        const consent = BigInt(consentOf(matter, all).heads);
        expect([quorumOf(all).area, consentOf(matter, all).area].map(BigInt)).to.deep.equal([quorum, consent]);
        const agrees = (have: bigint): boolean => (isSpecial(matter) ? 4n * have >= 3n * base : 2n * have > base);
        expect(agrees(consent) && !agrees(consent - 1n)).to.equal(true);
      }),
      { numRuns: 1000 },
    );
  });

  // A ballot that agrees adds as much to “agree” as to “took part”, so what was at least half, or three quarters, stays
  // so; the quorum only grows. What did not come back can only go with a majority that agrees when the vote passed, and
  // an agreeing ballot leaves it one. So it holds under every policy, whether or not the ballot had been delivered.
  it("that passed still passes when one more head agrees, under every policy for ballots that did not come back", () => {
    let passedBefore = 0;
    fc.assert(
      fc.property(anyVote, anyMatter, fc.constantFrom(...UNRETURNED_POLICIES), (vote, matter, policy) => {
        const { ballots, silent } = vote;
        const roll = weigh([...ballots.map((each) => each.area), ...silent]);
        const [next = area(1), ...others] = silent;
        const delivered = others.slice(0, vote.delivered % (others.length + 1));
        const isNextDelivered = vote.delivered % 2 === 0;
        const before = withUnreturned(
          votesOf(ballots),
          weigh(isNextDelivered ? [next, ...delivered] : delivered),
          policy,
        );
        const after = withUnreturned(votesOf([...ballots, { choice: "agree", area: next }]), weigh(delivered), policy);
        const was = tallyOf(matter, roll, before);
        passedBefore += was.passed ? 1 : 0;
        expect(!was.passed || tallyOf(matter, roll, after).passed).to.equal(true);
        expect(!was.quorum.met || tallyOf(matter, roll, after).quorum.met).to.equal(true);
      }),
      { numRuns: 5000 },
    );
    expect(passedBefore).to.be.greaterThan(20);
  });

  it("has every unit in one head, and heads whose areas are the sum of their units, under either rule", () => {
    const anyRegister = fc.array(
      fc.tuple(
        fc.uniqueArray(fc.constantFrom("A", "B", "C", "D", "E", "F"), { minLength: 1, maxLength: 3 }),
        fc.integer({ min: 1, max: 1_000_000 }).map(area),
      ),
      { minLength: 1, maxLength: 30 },
    );
    fc.assert(
      fc.property(anyRegister, fc.constantFrom("separate" as const, "merged" as const), (register, rule) => {
        const units = register.map(([, size], index) => aUnit(`${index}`, areaText(size)));
        const holders = new Map(register.map(([owners], index) => [`${index}`, owners]));
        const heads = headsOf(units, holders, rule);
        expect(totalOf(heads).area).to.equal(sumAreas(register.map(([, size]) => size)));
        const placed = heads.flatMap((head) => head.units.map(({ unit }) => [unit, head.id] as const));
        expect(placed.map(([unit]) => unit).toSorted()).to.deep.equal(units.map(({ name }) => name).toSorted());
        // Whoever may vote for a head has a share in every unit of it, and nobody who has one is lost.
        for (const [unit, id] of placed) {
          const { sharers = [] } = heads.find((head) => head.id === id) ?? {};
          expect(holders.get(unit)).to.include.members(holdersOf(id));
          expect([...holdersOf(id), ...sharers]).to.include.members([...(holders.get(unit) ?? [])]);
        }
        for (const head of heads) {
          expect(head.area).to.equal(sumAreas(head.units.map((unit) => unit.area)));
        }
        expect(new Set(heads.map(({ id }) => id)).size).to.equal(heads.length);
      }),
    );
  });
});
