// The pure decisions of the ballot box, held against all inputs.
import { expect } from "chai";
import fc from "fast-check";
import { day } from "../../src/base/month.ts";
import {
  asidesFor,
  areaStep,
  checkChoices,
  choicesText,
  differences,
  entryState,
  isPaperFirst,
  inSteps,
  proxyState,
  readChoices,
  rightOf,
  standingEntries,
  votersOf,
  type Ballot,
  type DeskSide,
  type Entry,
  type Proxy,
} from "../../src/ballot/rules.ts";
import { area, CHOICES } from "../../src/tally/rules.ts";
import { refusalOf } from "../support/small.ts";

const anyChoice = fc.constantFrom(...CHOICES);
const PEOPLE = ["li", "he", "sun"];

/** Entries of one paper in the order in which they came; "" takes an entry back. */
const anyEntries = fc
  .array(
    fc.record({
      by: fc.constantFrom(...PEOPLE),
      choices: fc.oneof(
        { weight: 1, arbitrary: fc.constant("") },
        {
          weight: 4,
          arbitrary: anyChoice.map((choice) => choicesText([{ matter: 1, choice }])),
        },
      ),
    }),
    { maxLength: 8 },
  )
  .map((all) => all.map((each, index): Entry => ({ ...ENTRY, ...each, seq: index + 1 })));

const ENTRY: Entry = {
  seq: 1,
  head: "P1",
  choices: "",
  receivedOn: day("2020-12-02"),
  proxy: null,
  scan: null,
  reason: "",
  aside: null,
  by: "li",
  at: "2020-12-02T02:00:00.000Z",
};

describe("what two people enter from paper", () => {
  it("counts exactly when two different people's newest entries are the same", () => {
    fc.assert(
      fc.property(anyEntries, (entries) => {
        const newest = PEOPLE.map((by) => entries.filter((entry) => entry.by === by).at(-1)?.choices ?? "");
        const read = newest.filter((choices) => choices !== "");
        const isCounted = new Set(read).size < read.length;
        expect(entryState(entries) === "counted").to.equal(isCounted);
      }),
    );
  });

  it("never counts what one person entered, however often", () => {
    fc.assert(
      fc.property(anyEntries, (entries) => {
        const alone = entries.map((entry) => ({ ...entry, by: "li" }));
        expect(entryState(alone)).to.be.oneOf(["none", "waiting"]);
      }),
    );
  });

  it("names a difference exactly when people differ and nothing counts", () => {
    fc.assert(
      fc.property(anyEntries, (entries) => {
        const standing = standingEntries(entries);
        expect(differences(entries).length > 0).to.equal(new Set(standing.map(({ choices }) => choices)).size > 1);
        if (entryState(entries) === "differs") {
          expect(differences(entries)).to.deep.equal([1]);
        }
      }),
    );
  });
});

describe("a paper that came first", () => {
  it("keeps an owner in person from the screen exactly when two people hold it, and a proxy's holder when one does", () => {
    fc.assert(
      fc.property(anyEntries, (entries) => {
        const people = new Set(standingEntries(entries).map(({ by }) => by)).size;
        expect(isPaperFirst(entries, true)).to.equal(people >= 2);
        expect(isPaperFirst(entries, false)).to.equal(people >= 1);
      }),
    );
  });

  it("is set aside by another side, or by anybody else when who entered it has left, and never by oneself", () => {
    const entries = ["li", "he", "gone"].map((by, index) => ({
      ...ENTRY,
      by,
      seq: index + 1,
      choices: '[[1,"agree"]]',
    }));
    const sides = new Map<string, DeskSide>([
      ["li", "committee"],
      ["he", "committee"],
      ["gone", null],
    ]);
    const by = (id: string, side: DeskSide) => asidesFor(entries, { id, side }, sides).map((entry) => entry.by);
    expect(by("sun", "supervisor")).to.deep.equal(["li", "he", "gone"]);
    expect(by("li", "committee")).to.deep.equal(["gone"]);
    expect(by("zhou", "committee")).to.deep.equal(["gone"]);
  });
});

describe("the choices of a ballot", () => {
  const anyAnswers = fc
    .uniqueArray(fc.integer({ min: 1, max: 30 }), { minLength: 1 })
    .chain((places) =>
      fc.tuple(...places.map((matter) => fc.record({ matter: fc.constant(matter), choice: anyChoice }))),
    );

  it("are the same in whatever order they come, and read back as they were written", () => {
    fc.assert(
      fc.property(anyAnswers, fc.integer(), (answers, seed) => {
        const shuffled = answers.toSorted((a, b) => ((a.matter * seed) % 7) - ((b.matter * seed) % 7));
        expect(choicesText(shuffled)).to.equal(choicesText(answers));
        expect(readChoices(choicesText(answers))).to.deep.equal(answers.toSorted((a, b) => a.matter - b.matter));
      }),
    );
  });

  it("are taken when they answer every matter once, and refused when any one is left out", async () => {
    await fc.assert(
      fc.asyncProperty(anyAnswers, fc.nat(), async (answers, which) => {
        const places = answers.map(({ matter }) => matter);
        expect(checkChoices(answers, places)).to.have.lengthOf(places.length);
        const left = answers.filter((_, index) => index !== which % answers.length);
        expect(await refusalOf(Promise.resolve().then(() => checkChoices(left, places)))).to.equal("CHOICE_MISSING");
        const more = [...answers, { matter: 99, choice: "agree" as const }];
        expect(await refusalOf(Promise.resolve().then(() => checkChoices(more, places)))).to.equal("MATTER_UNKNOWN");
      }),
    );
  });
});

describe("who may vote for a head", () => {
  it("is who held it on the day of the roll, whoever holds it today", () => {
    expect(votersOf("P1+P2", ["101"], null)).to.deep.equal(["P1", "P2"]);
  });

  it("is the new holder where the rules say so, once nobody of the roll holds any of its flats", () => {
    const sold = (to101: string, to102: string) =>
      votersOf(
        "P1",
        ["101", "102"],
        new Map([
          ["101", [to101]],
          ["102", [to102]],
        ]),
      );
    expect(sold("P5", "P5")).to.deep.equal(["P5"]);
    expect(sold("P5", "P6"), "neither buyer has a share in the other's flat").to.deep.equal(["P1"]);
    const half = new Map([
      ["101", ["P5"]],
      ["102", ["P1"]],
    ]);
    expect(votersOf("P1", ["101", "102"], half)).to.deep.equal(["P1"]);
    expect(votersOf("P1+P2", ["101"], new Map([["101", ["P2", "P5"]]]))).to.deep.equal(["P1", "P2"]);
  });

  it("is always somebody", () => {
    const anyHolders = fc.dictionary(
      fc.constantFrom("101", "102"),
      fc.array(fc.constantFrom("P1", "P2", "P3"), { maxLength: 2 }),
    );
    fc.assert(
      fc.property(anyHolders, (held) => {
        expect(votersOf("P1+P2", ["101", "102"], new Map(Object.entries(held)))).not.to.deep.equal([]);
      }),
    );
  });
});

describe("a proxy", () => {
  const PROXY: Proxy = {
    id: 1,
    head: "P4",
    holder: "P1",
    matters: null,
    givenOn: day("2020-12-01"),
    document: "f",
    by: "li",
    at: "2020-12-01T02:00:00.000Z",
    ended: null,
  };
  const BALLOT: Ballot = {
    head: "P4",
    channel: "electronic",
    receipt: "R",
    proxy: null,
    castBy: "a1",
    castAt: "2020-12-02T02:00:00.000Z",
  };

  it("gives its holder a right that the head's own people do not need", () => {
    expect(rightOf(["P1"], ["P4"], { proxies: [PROXY] })).to.deep.equal({ proxy: PROXY });
    expect(rightOf(["P4"], ["P4"], { proxies: [PROXY] })).to.deep.equal({ proxy: null });
    expect(rightOf(["P2"], ["P4"], { proxies: [PROXY] })).to.equal(null);
    expect(rightOf(["P1"], ["P4"], { proxies: [{ ...PROXY, ended: "收回" }] })).to.equal(null);
  });

  it("stands, is used, is void by the principal's own ballot, or has ended", () => {
    expect(proxyState(PROXY, null)).to.equal("stands");
    expect(proxyState(PROXY, { ...BALLOT, proxy: 1 })).to.equal("used");
    expect(proxyState(PROXY, BALLOT)).to.equal("void");
    expect(proxyState({ ...PROXY, ended: "收回" }, null)).to.equal("ended");
  });
});

describe("the area that took part, as the public reads it before the count", () => {
  const anyRoll = fc.record({
    heads: fc.integer({ min: 1, max: 20_000 }),
    area: fc.integer({ min: 1, max: 500_000_000 }).map(area),
  });

  it("goes in round steps of a few flats: 500 m² for 413 heads with 43,354.36 m²", () => {
    expect(areaStep({ heads: 413, area: area(4_335_436) })).to.equal(50_000);
    expect(areaStep({ heads: 4, area: area(27_050) })).to.equal(20_000);
    expect(inSteps({ heads: 365, area: area(3_769_509) }, area(50_000))).to.deep.equal({ heads: 365, area: 3_750_000 });
  });

  it("is never more than what took part, short of it by less than a step, and the step at most five average flats", () => {
    fc.assert(
      fc.property(anyRoll, fc.integer({ min: 0, max: 500_000_000 }), (roll, took) => {
        const step = areaStep(roll);
        const told = inSteps({ heads: 1, area: area(took) }, step).area;
        expect(told % step).to.equal(0);
        expect(told <= took && took - told < step).to.equal(true);
        expect(step).to.be.at.most(Math.max(1, (5 * roll.area) / roll.heads));
        expect(step * 2.5).to.be.at.least((5 * roll.area) / roll.heads);
      }),
    );
  });
});
