// Owners vote while the server is killed and started again: what was acknowledged is counted once, and nothing is lost.
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { recordClosed } from "../../src/assembly/service.ts";
import { countedBallots } from "../../src/ballot/service.ts";
import { runTx } from "../../src/platform/db.ts";
import { CHOICES, type Choice } from "../../src/tally/rules.ts";
import { DIALECTS, useBooks } from "../support/databases.ts";
import { aTownVotes, chose, type TownVote, type Voter } from "../support/vote.ts";

const VOTERS = 300;
const AT_ONCE = 20;
/** After so many acknowledged ballots the server is killed. */
const KILLS = [80, 190];
const NOW = "2020-12-02T02:00:00Z";

const choiceOf = (index: number): Choice => CHOICES[index % 3] ?? "abstain";

for (const dialect of DIALECTS) {
  describe(`a vote whose server is killed on ${dialect}`, function () {
    this.timeout(120_000);
    const books = useBooks(dialect);
    let server: { readonly child: ChildProcess; readonly origin: string };
    let town: TownVote;

    async function start(): Promise<void> {
      const script = fileURLToPath(new URL("./box.ts", import.meta.url));
      const child = fork(script, [books.url, NOW], { execArgv: ["--import", "tsx"] });
      const [port] = (await once(child, "message")) as [number];
      server = { child, origin: `http://127.0.0.1:${port}` };
    }

    async function killAndRestart(): Promise<void> {
      const { child } = server;
      child.kill("SIGKILL");
      await once(child, "exit");
      await start();
    }

    before(async () => {
      town = await aTownVotes(books.db, "town", VOTERS);
      await start();
    });
    after(() => void server.child.kill("SIGKILL"));

    /** Sends a ballot until it is acknowledged, always with the same key, as a careful client does. */
    async function vote({ head, token }: Voter, choice: Choice): Promise<string> {
      for (;;) {
        const { origin } = server;
        const response = await fetch(`${origin}/api/v1/communities/${town.code}/assemblies/${town.id}/ballots`, {
          method: "POST",
          headers: {
            authorization: `Bearer ${token}`,
            "content-type": "application/json",
            "idempotency-key": `ballot-${head}`,
          },
          body: JSON.stringify({ head, choices: chose(choice, "abstain") }),
        }).catch(() => null);
        const answer = (await response?.json().catch(() => null)) as { receipt?: string } | null | undefined;
        if (response?.status === 201 && answer?.receipt !== undefined) {
          return answer.receipt;
        }
        expect(response?.status ?? 503, JSON.stringify(answer)).to.be.oneOf([201, 503, 500]);
        await sleep(20);
      }
    }

    it("counts every acknowledged ballot exactly once, and every owner's", async () => {
      const receipts = new Map<string, string>();
      const left = [...town.voters.entries()];
      const kills = [...KILLS];
      let restarting = Promise.resolve();
      await Promise.all(
        Array.from({ length: AT_ONCE }, async () => {
          for (let next = left.pop(); next !== undefined; next = left.pop()) {
            const [index, voter] = next;
            receipts.set(voter.head, await vote(voter, choiceOf(index)));
            if (receipts.size >= (kills[0] ?? Number.POSITIVE_INFINITY)) {
              kills.shift();
              restarting = killAndRestart();
            }
          }
        }),
      );
      await restarting;
      expect(kills).to.deep.equal([]);
      const rows: { head: string; receipt: string }[] = await books
        .db("ballot")
        .where({ community: town.code })
        .select("head", "receipt");
      expect(new Map(rows.map(({ head, receipt }) => [head, receipt]))).to.deep.equal(receipts);
      expect(receipts.size).to.equal(VOTERS);
      const votes = await runTx(books.db, town.code, async (tx) => {
        await recordClosed(tx, town.code, town.id, new Date("2020-12-21T00:00:00Z"));
        return countedBallots(tx, { community: town.code, assembly: town.id });
      });
      expect(CHOICES.map((choice) => votes.get(1)?.[choice].heads)).to.deep.equal([100, 100, 100]);
      expect(votes.get(2)?.abstain.heads).to.equal(VOTERS);
    });

    it("answers each of them the same receipt when it is asked again", async () => {
      const [voter] = town.voters;
      const again = voter === undefined ? "" : await vote(voter, choiceOf(0));
      expect(
        await books.db("ballot").where({ community: town.code, head: voter?.head }).pluck("receipt"),
      ).to.deep.equal([again]);
    });
  });
}
