// Proxies: in writing, to an owner, within the limit; the principal who votes makes them void; on both databases.
import { expect } from "chai";
import {
  castBallot,
  endProxy,
  enterPaperBallot,
  listOwnBallots,
  listProxies,
  recordProxy,
} from "../../src/ballot/routes.ts";
import { ask, execute, type Upload } from "../../src/door/service.ts";
import { photo } from "../platform/pictures.ts";
import { DIALECTS, useBooks } from "../support/databases.ts";
import type { Person } from "../support/people.ts";
import { refusalOf } from "../support/small.ts";
import { aVote, chose, scanOf, type AVote } from "../support/vote.ts";

for (const dialect of DIALECTS) {
  describe(`proxies on ${dialect}`, () => {
    const books = useBooks(dialect);
    let vote: AVote;
    let uploads: readonly Upload[];

    before(async () => {
      uploads = [{ field: "document", name: "委托书.jpg", bytes: await photo() }];
    });
    beforeEach(async () => {
      vote = await aVote(books.db);
    });

    const record = (head: string, holder: string, over: object = {}, files = uploads): Promise<{ id: number }> =>
      execute(
        vote.door,
        vote.li.asker,
        recordProxy,
        { id: vote.id, head, holder, givenOn: "2020-11-25", ...over },
        { uploads: files },
      );
    const cast = ({ asker }: Person, head: string, choices = chose("agree", "oppose")): Promise<{ receipt: string }> =>
      execute(vote.door, asker, castBallot, { id: vote.id, head, choices });
    const states = async (): Promise<string[]> =>
      (await ask(vote.door, vote.li.asker, listProxies, { id: vote.id })).items.map(({ state }) => state);

    it("lets the holder see for whom, and cast separately for each", async () => {
      await record("P4", "P1");
      await record("DEV", "P1");
      const holder = await vote.owner("P1");
      const own = async (): Promise<[string, string, number | null][]> =>
        (await ask(vote.door, holder.asker, listOwnBallots, { id: vote.id })).items.map(({ head, status, proxy }) => [
          head,
          status,
          proxy,
        ]);
      expect(await own()).to.deep.equal([
        ["P1", "open", null],
        ["DEV", "open", 2],
        ["P4", "open", 1],
      ]);
      await cast(holder, "P4");
      expect(await own()).to.deep.equal([
        ["P1", "open", null],
        ["DEV", "open", 2],
        ["P4", "received", 1],
      ]);
      expect(await books.db("ballot").where({ community: vote.code }).select("head", "proxy")).to.deep.equal([
        { head: "P4", proxy: 1 },
      ]);
      expect(await states()).to.deep.equal(["used", "stands"]);
    });

    it("becomes void when the principal votes first, and binds him when it was used first", async () => {
      await record("P4", "P1");
      await cast(await vote.owner("P4"), "P4");
      expect(await states()).to.deep.equal(["void"]);
      expect(await refusalOf(cast(await vote.owner("P1"), "P4"))).to.equal("BALLOT_TAKEN");
      await record("DEV", "P1");
      await cast(await vote.owner("P1"), "DEV");
      expect(await refusalOf(cast(await vote.owner("DEV"), "DEV"))).to.equal("BALLOT_TAKEN");
    });

    it("covers only the matters it names", async () => {
      await record("P4", "P1", { matters: ["2"] });
      const holder = await vote.owner("P1");
      expect(await refusalOf(cast(holder, "P4"))).to.equal("MATTER_UNKNOWN");
      await cast(holder, "P4", [{ matter: 2, choice: "agree" }]);
      const rows = await books.db("ballot_choice").where({ community: vote.code }).select("head", "matter", "choice");
      expect(rows).to.deep.equal([{ head: "P4", matter: 2, choice: "agree" }]);
    });

    it("is taken back with a reason as long as nobody voted under it", async () => {
      const { id: proxy } = await record("P4", "P1");
      const end = (): Promise<unknown> =>
        execute(vote.door, vote.he.asker, endProxy, { id: vote.id, proxy, reason: "本人要求收回" });
      await end();
      expect(await states()).to.deep.equal(["ended"]);
      expect(await refusalOf(end())).to.equal("PROXY_ENDED");
      expect(await refusalOf(cast(await vote.owner("P1"), "P4"))).to.equal("BALLOT_NOT_YOURS");
      await record("P4", "P2");
      await cast(await vote.owner("P2"), "P4");
      const used = execute(vote.door, vote.he.asker, endProxy, { id: vote.id, proxy: 2, reason: "晚了" });
      expect(await refusalOf(used)).to.equal("BALLOT_TAKEN");
    });

    it("is not passed on: who holds one gives only a proxy of the own head", async () => {
      await record("P4", "P1");
      await record("P1", "P5");
      expect(await refusalOf(cast(await vote.owner("P5"), "P4"))).to.equal("BALLOT_NOT_YOURS");
      await cast(await vote.owner("P5"), "P1");
    });

    it("keeps to the limit of the rules of procedure", async () => {
      vote = await aVote(books.db, { settings: { proxyMax: 1 } });
      await record("P4", "P5");
      expect(await refusalOf(record("DEV", "P5"))).to.equal("PROXY_LIMIT");
      await execute(vote.door, vote.li.asker, endProxy, { id: vote.id, proxy: 1, reason: "换人" });
      await record("DEV", "P5");
    });

    it("is refused where the rules allow none", async () => {
      vote = await aVote(books.db, { settings: { proxies: false } });
      expect(await refusalOf(record("P4", "P1"))).to.equal("PROXY_FORBIDDEN");
    });

    it("needs a paper, an owner who is not behind the head already, a day that was, matters there are, no other proxy", async () => {
      expect(await refusalOf(record("P4", "P1", {}, []))).to.equal("PROXY_PAPER");
      expect(await refusalOf(record("P4", "X9"))).to.equal("PROXY_HOLDER");
      expect(await refusalOf(record("P2+P3", "P3"))).to.equal("PROXY_SELF");
      expect(await refusalOf(record("P4", "P1", { givenOn: "2020-12-03" }))).to.equal("PROXY_DAY");
      expect(await refusalOf(record("P4", "P1", { matters: ["3"] }))).to.equal("MATTER_UNKNOWN");
      expect(await refusalOf(record("P5", "P1"))).to.equal("NOT_ON_ROLL");
      await record("P4", "P1");
      expect(await refusalOf(record("P4", "P2"))).to.equal("PROXY_TWICE");
      expect(await states()).to.deep.equal(["stands"]);
    });

    it("is recorded from the notice to the end of the voting", async () => {
      vote.clock.set("2020-11-20T02:00:00Z");
      await record("P4", "P1", { givenOn: "2020-11-20" });
      vote.clock.set("2020-12-21T02:00:00Z");
      expect(await refusalOf(record("DEV", "P1"))).to.equal("VOTE_OVER");
    });

    it("may sign a paper ballot, which two people enter as such", async () => {
      await record("P4", "P1", { matters: ["1"] });
      const scan = await scanOf();
      const enter = ({ asker }: Person): Promise<{ state: string }> =>
        execute(
          vote.door,
          asker,
          enterPaperBallot,
          { id: vote.id, head: "P4", receivedOn: "2020-12-02", byProxy: "on", choices: chose("oppose") },
          { uploads: scan },
        );
      await enter(vote.li);
      expect((await enter(vote.he)).state).to.equal("counted");
      expect(await states()).to.deep.equal(["used"]);
      expect(
        await refusalOf(
          execute(vote.door, vote.li.asker, enterPaperBallot, {
            id: vote.id,
            head: "DEV",
            receivedOn: "2020-12-02",
            byProxy: "on",
            choices: chose("oppose"),
          }),
        ),
      ).to.equal("PROXY_UNKNOWN");
    });
  });
}
