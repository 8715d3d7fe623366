// A secret vote: once it is closed, nothing in the whole database tells who chose what. On both databases.
import { readFile } from "node:fs/promises";
import { expect } from "chai";
import { recordClosed } from "../../src/assembly/service.ts";
import { castBallot, enterPaperBallot, recordProxy } from "../../src/ballot/routes.ts";
import {
  countedBallots,
  eraseChoices,
  lookUpReceipt,
  receiptsFingerprint,
  scrubSecret,
} from "../../src/ballot/service.ts";
import { execute } from "../../src/door/service.ts";
import { isPostgres, runTx, type Db } from "../../src/platform/db.ts";
import type { Choice, Votes } from "../../src/tally/rules.ts";
import { photo } from "../platform/pictures.ts";
import { DIALECTS, useBooks } from "../support/databases.ts";
import type { Person } from "../support/people.ts";
import { aTownVotes, aVote, chose, voterAsker, type AVote } from "../support/vote.ts";

type Choices = Readonly<Record<"P1" | "P2+P3" | "P4" | "DEV", readonly [Choice, Choice]>>;

/** Two ways to vote that add up to the same: only who chose what differs. */
const ONE: Choices = {
  P1: ["agree", "oppose"],
  "P2+P3": ["oppose", "agree"],
  P4: ["abstain", "agree"],
  DEV: ["agree", "abstain"],
};
const OTHER: Choices = {
  P1: ["oppose", "agree"],
  "P2+P3": ["agree", "oppose"],
  P4: ["agree", "abstain"],
  DEV: ["abstain", "agree"],
};

/** Tables whose rows carry ids that are new and random each time. */
const UNNUMBERED = ["event", "member", "owner_check"];

/** Every row of every table, as JSON. */
async function wholeDatabase(db: Db): Promise<{ readonly table: string; readonly row: Record<string, unknown> }[]> {
  const names: string[] = isPostgres(db)
    ? await db("information_schema.tables").where({ table_schema: "public" }).pluck("table_name")
    : await db("sqlite_schema").where({ type: "table" }).whereNot("name", "like", "sqlite_%").pluck("name");
  const rows = await Promise.all(
    names.toSorted().map(async (table) => (await db(table)).map((row: Record<string, unknown>) => ({ table, row }))),
  );
  return rows.flat();
}

for (const dialect of DIALECTS) {
  describe(`a secret vote on ${dialect}`, () => {
    const books = useBooks(dialect);

    /** Two electronic ballots, one under a proxy, one on paper entered twice, once with a slip; sent with keys. */
    async function voted(choices: Choices): Promise<{ vote: AVote; labels: Map<string, string> }> {
      const vote = await aVote(books.db, { ballot: "secret" });
      const labels = new Map<string, string>([[vote.code, "小区"]]);
      const person = async (owner: string): Promise<Person> => {
        const found = await vote.owner(owner);
        labels.set(found.asker.actor.id, `账号 ${owner}`);
        return found;
      };
      for (const [name, { asker }] of Object.entries({ li: vote.li, he: vote.he, sun: vote.sun, wang: vote.wang })) {
        labels.set(asker.actor.id, `账号 ${name}`);
      }
      const uploads = [{ field: "document", name: "委托书.jpg", bytes: await photo() }];
      const given = { id: vote.id, head: "DEV", holder: "P1", givenOn: "2020-12-01" };
      await execute(vote.door, vote.li.asker, recordProxy, given, { uploads });
      const p1 = await person("P1");
      const ballots: [Person, keyof Choices][] = [
        [p1, "P1"],
        [await person("P2"), "P2+P3"],
        [p1, "DEV"],
      ];
      for (const [who, head] of ballots) {
        const sent = { id: vote.id, head, choices: chose(...choices[head]) };
        const { receipt } = await execute(vote.door, who.asker, castBallot, sent, { once: `key ${head}` });
        labels.set(receipt, `回执 ${head}`);
      }
      const enter = async ({ asker }: Person, entered: readonly Choice[], key: string): Promise<void> => {
        const paper = { id: vote.id, head: "P4", receivedOn: "2020-12-02", choices: chose(...entered) };
        const { receipt } = await execute(vote.door, asker, enterPaperBallot, paper, { once: key });
        if (receipt !== null) {
          labels.set(receipt, "回执 P4");
        }
      };
      await enter(vote.li, choices.P4, "a");
      await enter(vote.he, [choices.P4[0] === "agree" ? "oppose" : "agree", choices.P4[1]], "b");
      await enter(vote.he, choices.P4, "c");
      return { vote, labels };
    }

    const close = ({ code, id, clock }: AVote, erases = true): Promise<Map<number, Votes>> =>
      runTx(books.db, code, async (tx) => {
        const at = { community: code, assembly: id };
        await recordClosed(tx, code, id, clock.now());
        const counted = await countedBallots(tx, at);
        if (erases) {
          await eraseChoices(tx, at);
        }
        return counted;
      });

    /** What the database holds of one community, with what is random called by what it stands for. */
    async function traceOf({ code }: AVote, labels: ReadonlyMap<string, string>): Promise<string[]> {
      const own = (await wholeDatabase(books.db)).filter(
        ({ row }) => row["community"] === code || row["code"] === code || labels.has(String(row["id"])),
      );
      return own
        .filter(({ table }) => table !== "account")
        .map(({ table, row }) => {
          const { id: _id, member: _member, ...rest } = row;
          const text = `${table} ${JSON.stringify(UNNUMBERED.includes(table) ? rest : row)}`;
          return [...labels].reduce((known, [secret, label]) => known.replaceAll(secret, label), text);
        })
        .toSorted();
    }

    it("holds the same rows after its close, whoever chose what", async () => {
      const [one, other] = [await voted(ONE), await voted(OTHER)];
      expect(await traceOf(one.vote, one.labels)).not.to.deep.equal(await traceOf(other.vote, other.labels));
      expect(await close(one.vote)).to.deep.equal(
        new Map([
          [1, votesFor({ agree: [2, 160_00], oppose: [1, 50_50], abstain: [1, 60_00] })],
          [2, votesFor({ agree: [2, 110_50], oppose: [1, 140_00], abstain: [1, 20_00] })],
        ]),
      );
      await close(other.vote);
      expect(await traceOf(one.vote, one.labels)).to.deep.equal(await traceOf(other.vote, other.labels));
    });

    it("has no choice in any column of any table after its close", async () => {
      const { vote } = await voted(ONE);
      const telling = async (): Promise<string[]> =>
        (await wholeDatabase(books.db))
          .filter(({ row }) => row["community"] === vote.code)
          .filter(({ row }) => /agree|oppose|abstain|同意|反对|弃权/u.test(JSON.stringify(row)))
          .map(({ table }) => table);
      expect([...new Set(await telling())].toSorted()).to.deep.equal(["ballot_choice", "paper_entry"]);
      await close(vote);
      expect(await telling()).to.deep.equal([]);
    });

    /** The bytes of every file in which the database keeps ballots. */
    async function files(): Promise<string> {
      if (isPostgres(books.db)) {
        await books.db.raw("checkpoint");
        const tables = ["ballot_choice", "paper_entry"].map(
          (name) => `pg_read_binary_file(pg_relation_filepath('${name}'))`,
        );
        const { rows } = await books.db.raw(`select encode(${tables.join(" || ")}, 'hex') as bytes`);
        return Buffer.from(rows[0].bytes, "hex").toString("latin1");
      }
      const file = books.url.slice("sqlite:".length);
      const parts = [file, `${file}-wal`].map((each) => readFile(each, "latin1"));
      return (await Promise.all(parts)).join("");
    }

    it("is in no file of the database any more once it is scrubbed", async () => {
      const town = await aTownVotes(books.db, `scrub-${dialect}`, 80, { ballot: "secret" });
      const vote = await aVote(books.db);
      for (const { head } of town.voters) {
        const sent = { id: town.id, head, choices: chose("agree", "oppose") };
        await execute(vote.door, voterAsker(town.code, head), castBallot, sent);
      }
      const telling = async (): Promise<number> =>
        new Set((await files()).match(/O000\d\d[^]{0,24}?(?:agree|oppose)/gu)?.map((each) => each.slice(0, 6))).size;
      expect(await telling()).to.equal(80);
      await scrubSecret(books.db, vote.clock.now());
      expect(await telling(), "while the vote runs nothing is to be scrubbed").to.equal(80);
      await close({ ...vote, code: town.code, id: town.id });
      await scrubSecret(books.db, vote.clock.now());
      expect(await telling()).to.equal(0);
      expect(await books.db("ballot_choice").where({ community: town.code })).to.have.lengthOf(160);
      expect(await books.db("ballot_scrub").where({ community: town.code }).pluck("assembly")).to.deep.equal([town.id]);
    });

    // SQLite has one connection here: nobody reads beside the count.
    if (dialect === "PostgreSQL") {
      it("is scrubbed later when somebody still reads what was", async () => {
        const { vote } = await voted(ONE);
        const reader = await books.db.transaction(undefined, { isolationLevel: "repeatable read" });
        await reader("community").select("code");
        await close(vote);
        const scrubbed = (): Promise<string[]> =>
          books.db("ballot_scrub").where({ community: vote.code }).pluck("community");
        await scrubSecret(books.db, vote.clock.now());
        expect(await scrubbed()).to.deep.equal([]);
        await reader.rollback();
        await scrubSecret(books.db, vote.clock.now());
        expect(await scrubbed()).to.deep.equal([vote.code]);
      });
    }

    it("still tells that each ballot was counted, and by which codes", async () => {
      const { vote, labels } = await voted(ONE);
      const at = { community: vote.code, assembly: vote.id };
      const before = await receiptsFingerprint(books.db, at);
      await close(vote);
      expect(await receiptsFingerprint(books.db, at)).to.deep.equal(before);
      expect(before.count).to.equal(4);
      const receipt = [...labels].find(([, label]) => label === "回执 P1")?.[0] ?? "";
      const shown = await lookUpReceipt(books.db, at, receipt.toLowerCase().replaceAll("-", " "), vote.clock.now());
      expect(shown).to.deep.equal({ isCounted: true, channel: "electronic", choices: [] });
    });

    it("keeps the choices of an open vote, for whoever has the receipt", async () => {
      const vote = await aVote(books.db);
      const at = { community: vote.code, assembly: vote.id };
      const { receipt } = await execute(vote.door, (await vote.owner("P4")).asker, castBallot, {
        id: vote.id,
        head: "P4",
        choices: chose("agree", "oppose"),
      });
      await close(vote, false);
      expect(await lookUpReceipt(books.db, at, receipt, vote.clock.now())).to.deep.equal({
        isCounted: true,
        channel: "electronic",
        choices: [
          { matter: 1, choice: "agree" },
          { matter: 2, choice: "oppose" },
        ],
      });
      expect((await lookUpReceipt(books.db, at, "AAAA-AAAA-AAAA", vote.clock.now())).isCounted).to.equal(false);
    });
  });
}

function votesFor(counts: Readonly<Record<Choice, readonly [number, number]>>): Votes {
  const entries = Object.entries(counts).map(([choice, [heads, size]]) => [choice, { heads, area: size }]);
  return Object.fromEntries(entries) as Votes;
}
