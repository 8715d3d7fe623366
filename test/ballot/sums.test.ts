// Whatever people do in whatever order: each head counts at most once, its first ballot, and the sums are those of the
// ballots that were acknowledged. On both databases.
import { expect } from "chai";
import fc from "fast-check";
import { recordClosed } from "../../src/assembly/service.ts";
import { castBallot, enterPaperBallot, showTurnout } from "../../src/ballot/routes.ts";
import { countedBallots } from "../../src/ballot/service.ts";
import { Refusal } from "../../src/base/refusal.ts";
import { ask, execute } from "../../src/door/service.ts";
import { runTx } from "../../src/platform/db.ts";
import { area, CHOICES, countJson, votesOf, type Area, type Choice } from "../../src/tally/rules.ts";
import { DIALECTS, useBooks } from "../support/databases.ts";
import type { Person } from "../support/people.ts";
import { aVote, chose, scanOf } from "../support/vote.ts";

const AREAS: Readonly<Record<string, Area>> = {
  P1: area(14_000),
  "P2+P3": area(5_050),
  P4: area(6_000),
  DEV: area(2_000),
};
const HEADS = Object.keys(AREAS);

/** Somebody votes on a screen, or one of the desk's people enters a paper. */
const anyStep = fc.record({
  kind: fc.constantFrom("electronic", "paper"),
  who: fc.nat({ max: 2 }),
  head: fc.constantFrom(...HEADS),
  choice: fc.constantFrom(...CHOICES),
});
type Step = typeof anyStep extends fc.Arbitrary<infer T> ? T : never;

for (const dialect of DIALECTS) {
  describe(`ballots in any order on ${dialect}`, function () {
    this.timeout(120_000);
    const books = useBooks(dialect);

    it("count once for each head, as they were first taken", async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(anyStep, { minLength: 4, maxLength: 14 }), (steps) => follow(steps)),
        { numRuns: 12 },
      );
    });

    async function follow(steps: readonly Step[]): Promise<void> {
      const vote = await aVote(books.db);
      const desk = [vote.li, vote.he, vote.sun];
      const owners = new Map<string, Person>();
      for (const head of HEADS) {
        owners.set(head, await vote.owner(head.split("+").at(-1) ?? head));
      }
      const uploads = await scanOf();
      const taken = new Map<string, Choice>();
      const papers = new Map<string, Map<number, Choice>>();
      for (const { kind, who, head, choice } of steps) {
        const entered = papers.get(head) ?? new Map<number, Choice>();
        // Paper that only one person entered does not outweigh the owner in person; that of two people does.
        const isFree = !taken.has(head) && (kind === "paper" || entered.size < 2);
        const sent = { id: vote.id, head, choices: chose(choice, "abstain") };
        const person = kind === "paper" ? desk[who] : owners.get(head);
        const done = await (
          kind === "paper"
            ? execute(vote.door, asker(person), enterPaperBallot, { ...sent, receivedOn: "2020-12-02" }, { uploads })
            : execute(vote.door, asker(person), castBallot, sent)
        ).then(
          () => true,
          (error: unknown) => {
            expect(error).to.be.instanceOf(Refusal);
            return false;
          },
        );
        expect(done, `${kind} ${head}`).to.equal(isFree);
        if (done && kind === "paper") {
          entered.set(who, choice);
          papers.set(head, entered);
        }
        const isMatched = [...entered].some(([other, its]) => other !== who && its === choice);
        if (done && (kind === "electronic" || isMatched)) {
          taken.set(head, choice);
        }
      }
      await holds(vote, taken);
    }

    const asker = (person: Person | undefined): Person["asker"] => {
      if (person === undefined) {
        throw new Error("nobody there");
      }
      return person.asker;
    };

    /** The sums of the closed vote are those of the acknowledged ballots, and its turnout was all of them. */
    async function holds(vote: Awaited<ReturnType<typeof aVote>>, taken: ReadonlyMap<string, Choice>): Promise<void> {
      const expected = votesOf([...taken].map(([head, choice]) => ({ choice, area: AREAS[head] ?? area(0) })));
      const { tookPart } = await ask(vote.door, vote.li.asker, showTurnout, { id: vote.id });
      const all = [...taken.keys()].reduce((total, head) => total + (AREAS[head] ?? 0), 0);
      expect(tookPart).to.deep.equal(countJson({ heads: taken.size, area: area(all) }));
      const counted = await runTx(books.db, vote.code, async (tx) => {
        await recordClosed(tx, vote.code, vote.id, vote.clock.now());
        return countedBallots(tx, { community: vote.code, assembly: vote.id });
      });
      expect(counted.get(1) ?? votesOf([])).to.deep.equal(expected);
    }
  });
}
