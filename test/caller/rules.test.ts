// What proves that owners call an assembly together, held against all inputs.
import { expect } from "chai";
import fc from "fast-check";
import { callFaults, isProved, PROOFS, proofOf, wordingOf, type Caller } from "../../src/caller/rules.ts";
import { DEFAULTS } from "../../src/procedure/rules.ts";
import { area } from "../../src/tally/rules.ts";

const anyWords = fc.array(
  fc.record({
    head: fc.constantFrom("P1", "P2+P3"),
    account: fc.constantFrom("a", "b"),
    isMine: fc.boolean(),
    about: fc.constantFrom("now", "before"),
  }),
  { maxLength: 8 },
);

describe("what proves an owners' call", () => {
  it("is nothing where nobody said or signed anything, and never what was said about another wording", () => {
    fc.assert(
      fc.property(anyWords, fc.boolean(), (words, hasPaper) => {
        const proof = proofOf("P1", { words, wording: "now", hasPaper });
        const heard = words.filter(({ head, about }) => head === "P1" && about === "now");
        expect(proof).to.equal(proofOf("P1", { words: heard, wording: "now", hasPaper }));
        expect(isProved(proof)).to.equal(proof !== "denied" && (proof === "own" || hasPaper));
        expect(proof === "none" || proof === "paper").to.equal(heard.length === 0);
      }),
    );
  });

  it("is gone as soon as one account of the head says no last, whatever was signed", () => {
    fc.assert(
      fc.property(anyWords, fc.boolean(), (words, hasPaper) => {
        const no = { head: "P1", account: "a", isMine: false, about: "now" };
        expect(proofOf("P1", { words: [...words, no], wording: "now", hasPaper })).to.equal("denied");
      }),
    );
  });

  it("holds for one wording: any other matter, text or effect is another one", () => {
    const matter = { kind: "other", title: "门禁", text: "换成刷卡的。", effect: null };
    const wording = wordingOf("会议", [matter]);
    expect(wordingOf("会议", [{ ...matter }])).to.equal(wording);
    for (const other of [
      wordingOf("别的会议", [matter]),
      wordingOf("会议", [{ ...matter, text: "换成刷脸的。" }]),
      wordingOf("会议", [{ ...matter, effect: { kind: "none" } }]),
      wordingOf("会议", [matter, matter]),
    ]) {
      expect(other).not.to.equal(wording);
    }
  });

  it("lets owners call exactly when the proved ones have a fifth of heads and area", () => {
    const anyCallers = fc.array(
      fc.record({ proof: fc.constantFrom(...PROOFS), size: fc.integer({ min: 1, max: 9 }) }),
      {
        maxLength: 10,
      },
    );
    const all = { heads: 20, area: area(100) };
    fc.assert(
      fc.property(anyCallers, (some) => {
        const callers = some.map(({ proof, size }, index): Caller => ({
          id: `P${index}`,
          area: area(size),
          units: [],
          proof,
        }));
        const proved = some.filter(({ proof }) => isProved(proof));
        const size = proved.reduce((sum, each) => sum + each.size, 0);
        const faults = callFaults("owners", { callers, all, settings: DEFAULTS });
        expect(faults.length === 0).to.equal(proved.length >= 4 && size >= 20);
      }),
    );
  });
});
