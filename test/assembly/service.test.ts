// Calling an assembly: from the draft to the frozen roll and the deliveries, and every step that cannot be done.
import { createHash } from "node:crypto";
import { expect } from "chai";
import {
  addMatter,
  draftAssembly,
  editAssembly,
  editMatter,
  giveNotice,
  listAssemblies,
  listRoll,
  recordDeliveries,
  removeMatter,
  showAssembly,
  showOwnRows,
  withdrawAssembly,
} from "../../src/assembly/service.ts";
import { castBallot, listOwnBallots } from "../../src/ballot/routes.ts";
import { day, month } from "../../src/base/month.ts";
import { Refusal, type Fault } from "../../src/base/refusal.ts";
import { ask, execute, NOBODY, type Asker, type Command } from "../../src/door/service.ts";
import { listEvents } from "../../src/log/service.ts";
import { insertHoldings, insertOwners, insertUnits } from "../../src/people/service.ts";
import { runTx } from "../../src/platform/db.ts";
import { attachCall, listCallers, sayCall } from "../../src/assembly/routes.ts";
import { changedSettings, DEFAULTS, type SettingsChange } from "../../src/procedure/rules.ts";
import { insertProcedure } from "../../src/procedure/service.ts";
import { insertRates } from "../../src/tariff/service.ts";
import { DIALECTS, useBooks } from "../support/databases.ts";
import { anEstate, type Estate } from "../support/estate.ts";
import { personIn, type Person } from "../support/people.ts";
import { chose, scanOf } from "../support/vote.ts";

const DRAFT = {
  title: "2020年第一次业主大会",
  calledBy: "committee",
  ballot: "open",
  opensOn: "2020-02-04",
  closesOn: "2020-02-13",
} as const;

const MATTER = { kind: "other", title: "更换门禁", text: "把三处门禁换成刷卡的。" } as const;
const FEE = {
  kind: "fee-change",
  title: "物业费调整",
  text: "住宅物业费从 3 月起每平方米 1.11 元。",
  effect: { from: "2020-03", rates: [{ use: "住宅", rate: "1.11" }] },
} as const;

async function faultsOf(work: Promise<unknown>): Promise<readonly Fault[]> {
  try {
    await work;
  } catch (error) {
    expect(error).to.be.instanceOf(Refusal);
    return (error as Refusal).faults;
  }
  throw new Error("nothing was refused");
}

const codesOf = async (work: Promise<unknown>): Promise<string[]> => (await faultsOf(work)).map(({ code }) => code);

for (const dialect of DIALECTS) {
  describe(`an assembly on ${dialect}`, () => {
    const books = useBooks(dialect);
    let estate: Estate;
    let visitor: Asker;

    // Units: 101 of P1, 102 of P2 and P3 together, S1 of the developer; 170.50 m² in all. It is 2020-01-20.
    beforeEach(async () => {
      estate = await anEstate(books.db);
      estate.clock.set("2020-01-20T02:00:00Z");
      visitor = { actor: NOBODY, community: estate.code, address: "", session: null };
    });

    const run = (who: Person, command: Command, sent: object): Promise<unknown> =>
      execute(estate.door, who.asker, command, sent);

    async function draft(change: object = {}, matters: readonly object[] = [MATTER]): Promise<number> {
      const { id } = await execute(estate.door, estate.li.asker, draftAssembly, { ...DRAFT, ...change });
      for (const matter of matters) {
        await run(estate.li, addMatter, { id, ...matter });
      }
      return id;
    }

    async function noticed(change: object = {}, matters?: readonly object[]): Promise<number> {
      const id = await draft(change, matters);
      await run(estate.li, giveNotice, { id });
      return id;
    }

    const decide = (change: SettingsChange): Promise<void> =>
      runTx(books.db, estate.code, (tx) =>
        insertProcedure(
          tx,
          estate.code,
          {
            seq: 1,
            from: day("2020-01-01"),
            settings: changedSettings(DEFAULTS, change),
            resolution: "2019-业主大会-1",
          },
          { by: "a1", at: new Date("2020-01-01T00:00:00Z") },
        ),
      );

    const show = (id: number, who: Asker = visitor) => ask(estate.door, who, showAssembly, { id });
    const owner = (id: string): Promise<Person> => personIn(estate.door, estate.code, "owner", { owner: id });

    describe("as a draft", () => {
      it("holds several matters with their legal basis and both counts in numbers", async () => {
        const id = await draft({}, [MATTER, FEE, { ...MATTER, kind: "rebuild", title: "加装电梯" }]);
        const { matters, stage, roll } = await show(id, estate.he.asker);
        expect({ stage, roll }).to.deep.equal({ stage: "draft", roll: null });
        expect(matters.map(({ place, kind, item, needs }) => ({ place, kind, item, ...needs }))).to.deep.equal([
          {
            place: 1,
            kind: "other",
            item: 9,
            quorum: { heads: 2, area: "113.67" },
            consent: { heads: 2, area: "56.84" },
          },
          {
            place: 2,
            kind: "fee-change",
            item: 9,
            quorum: { heads: 2, area: "113.67" },
            consent: { heads: 2, area: "56.84" },
          },
          {
            place: 3,
            kind: "rebuild",
            item: 7,
            quorum: { heads: 2, area: "113.67" },
            consent: { heads: 2, area: "85.26" },
          },
        ]);
      });

      it("is changed, and seen by those alone who prepare it", async () => {
        const id = await draft({}, [MATTER, FEE]);
        await run(estate.he, editAssembly, { ...DRAFT, id, title: "改过的名称" });
        await run(estate.he, editMatter, { id, place: 2, ...FEE, title: "物业费 1.11 元" });
        await run(estate.supervisor, removeMatter, { id, place: 1 });
        const { title, matters } = await show(id, estate.supervisor.asker);
        expect([title, matters.map((matter) => [matter.place, matter.title])]).to.deep.equal([
          "改过的名称",
          [[1, "物业费 1.11 元"]],
        ]);
        for (const stranger of [visitor, estate.wang.asker, (await owner("P1")).asker]) {
          expect(await codesOf(show(id, stranger))).to.deep.equal(["ASSEMBLY_UNKNOWN"]);
          expect((await ask(estate.door, stranger, listAssemblies, {})).items).to.deep.equal([]);
        }
        expect(await codesOf(run(estate.wang, addMatter, { id, ...MATTER }))).to.deep.equal(["FORBIDDEN"]);
      });

      it("is called by the side of whoever drafts it, or by owners", async () => {
        const call = (who: Person, calledBy: string) => run(who, draftAssembly, { ...DRAFT, calledBy });
        expect(await codesOf(call(estate.li, "supervisor"))).to.deep.equal(["CALLER_NOT_YOU"]);
        expect(await codesOf(call(estate.supervisor, "committee"))).to.deep.equal(["CALLER_NOT_YOU"]);
        await call(estate.supervisor, "supervisor");
        await call(estate.supervisor, "owners");
      });

      it("refuses a window that is too short, too long or ends before it begins", async () => {
        expect(await codesOf(draft({ closesOn: "2020-02-07" }))).to.deep.equal(["WINDOW_LENGTH"]);
        expect(await codesOf(draft({ closesOn: "2020-04-04" }))).to.deep.equal(["WINDOW_LENGTH"]);
        expect(await codesOf(draft({ closesOn: "2020-02-03" }))).to.deep.equal(["WINDOW_INVERTED"]);
        await draft({ closesOn: "2020-02-08" });
        await draft({ closesOn: "2020-04-03" });
      });

      it("refuses an effect at its field, counted as the form has it, and one whose month is billed", async () => {
        const id = await draft({}, []);
        const rates = [
          { use: "商业", rate: "" },
          { use: "住宅", rate: "1,11元" },
        ];
        const wrong = await faultsOf(run(estate.li, addMatter, { id, ...FEE, effect: { from: "2020-03", rates } }));
        expect(wrong.map(({ column }) => column)).to.deep.equal(["effect.rates.1.rate"]);
        const late = run(estate.li, addMatter, { id, ...FEE, effect: { ...FEE.effect, from: "2019-12" } });
        expect((await faultsOf(late)).map(({ code, column }) => [code, column])).to.deep.equal([
          ["MONTH_BILLED", "effect.from"],
        ]);
        expect((await show(id, estate.li.asker)).matters).to.deep.equal([]);
      });

      it("is withdrawn with a reason, and then goes no further", async () => {
        const id = await draft();
        await run(estate.li, withdrawAssembly, { id, reason: "写错了" });
        expect(await codesOf(run(estate.li, giveNotice, { id }))).to.deep.equal(["ASSEMBLY_NOTICED"]);
        expect((await show(id, estate.li.asker)).stage).to.equal("void");
        // What was never announced is nobody's business.
        expect(await codesOf(show(id))).to.deep.equal(["ASSEMBLY_UNKNOWN"]);
      });
    });

    describe("with its notice", () => {
      it("freezes roll, fingerprint, rules and cases, and shows them to everybody", async () => {
        const id = await noticed();
        const told = await show(id);
        const lines = "DEV\t20.00\tS1 20.00\nP1\t100.00\t101 100.00\nP2+P3\t50.50\t102 50.50\n";
        expect(told.fingerprint).to.equal(createHash("sha256").update(lines).digest("hex"));
        expect(told).to.deep.include({
          stage: "notice",
          noticedAt: "2020-01-20T02:00:00.000Z",
          roll: { heads: 3, area: "170.50" },
          settings: DEFAULTS,
          cases: {
            several: { heads: 0, units: 0 },
            joint: { heads: 1, units: 1 },
            largest: { units: 1, area: "100.00" },
            leftOut: { units: 0, area: "0.00" },
          },
        });
        const roll = await ask(estate.door, estate.supervisor.asker, listRoll, { id, limit: 2 });
        expect([roll.items.map(({ head, owners }) => [head, owners]), roll.next]).to.deep.equal([
          [
            ["DEV", "开发商"],
            ["P1", "甲"],
          ],
          "P1",
        ]);
        expect(await codesOf(ask(estate.door, estate.wang.asker, listRoll, { id }))).to.deep.equal(["FORBIDDEN"]);
      });

      it("goes through its stages by the days of Shanghai", async () => {
        const id = await noticed();
        const stages: [string, string][] = [
          ["2020-02-03T15:59:59Z", "notice"],
          ["2020-02-03T16:00:00Z", "voting"],
          ["2020-02-13T15:59:59Z", "voting"],
          ["2020-02-13T16:00:00Z", "counting"],
        ];
        for (const [at, stage] of stages) {
          estate.clock.set(at);
          expect((await show(id)).stage, at).to.equal(stage);
        }
      });

      it("refuses a notice that is a day too short, says so in the log, and changes nothing", async () => {
        const id = await draft({ opensOn: "2020-02-03" });
        const [fault] = await faultsOf(run(estate.li, giveNotice, { id }));
        expect(fault).to.deep.equal({
          code: "NOTICE_TOO_SHORT",
          column: "opensOn",
          message: "今天发通知，到 2020年2月3日开始投票只有 14 天，须提前 15 天通知全体业主（物业管理条例第十四条）。",
          remedy: "请把开始日改到 2020-02-04 或以后。",
        });
        expect((await show(id, estate.li.asker)).stage).to.equal("draft");
        expect(await books.db("roll_head").where({ community: estate.code })).to.deep.equal([]);
        const { items } = await ask(estate.door, estate.li.asker, listEvents, {});
        expect(items[0]?.words).to.include("没有做成").and.to.include("只有 14 天");
      });

      it("tells everything at once that keeps a notice from going out", async () => {
        const id = await draft({ calledBy: "owners", callers: "S1" }, []);
        await decide({ callers: ["committee"], windowMin: 20 });
        estate.clock.later(10);
        expect(await codesOf(run(estate.li, giveNotice, { id }))).to.deep.equal([
          "MATTERS_MISSING",
          "NOTICE_TOO_SHORT",
          "WINDOW_LENGTH",
          "CALLER_NOT_ALLOWED",
        ]);
      });

      it("asks again whether the effects can be: a month that was billed meanwhile is refused", async () => {
        const id = await draft({}, [FEE]);
        await runTx(books.db, estate.code, (tx) => tx("bill").insert(billOf(estate.code)));
        expect(
          (await faultsOf(run(estate.li, giveNotice, { id }))).map(({ code, column }) => [code, column]),
        ).to.deep.equal([["MONTH_BILLED", "matters.1.from"]]);
      });

      it("is not changed any more, nor given twice, and its roll stays when a unit changes hands", async () => {
        const id = await noticed();
        const before = await show(id);
        const tries: [Command, object][] = [
          [editAssembly, { ...DRAFT, id, title: "别的" }],
          [addMatter, { id, ...MATTER }],
          [editMatter, { id, place: 1, ...MATTER, text: "别的" }],
          [removeMatter, { id, place: 1 }],
          [giveNotice, { id }],
        ];
        for (const [command, sent] of tries) {
          expect(await codesOf(run(estate.he, command, sent)), command.name).to.deep.equal(["ASSEMBLY_NOTICED"]);
        }
        await runTx(books.db, estate.code, async (tx) => {
          await insertOwners(tx, estate.code, [{ id: "P9", name: "戊" }]);
          await insertHoldings(tx, estate.code, [{ unit: "101", since: day("2020-01-21"), owners: ["P9"] }]);
        });
        estate.clock.later(20);
        expect(await show(id)).to.deep.equal({ ...before, stage: "voting" });
        const rows = async (who: string) =>
          (await ask(estate.door, (await owner(who)).asker, showOwnRows, { id })).items;
        expect(await rows("P1")).to.deep.equal([
          { head: "P1", votes: true, area: "100.00", units: [{ unit: "101", use: "住宅", area: "100.00" }] },
        ]);
        expect(await rows("P9")).to.deep.equal([]);
        expect((await rows("P3")).map(({ head }) => head)).to.deep.equal(["P2+P3"]);
      });

      it("is given once when two people press at once", async () => {
        const id = await draft();
        const results = await Promise.allSettled([
          run(estate.li, giveNotice, { id }),
          run(estate.he, giveNotice, { id }),
        ]);
        expect(results.map(({ status }) => status).toSorted()).to.deep.equal(["fulfilled", "rejected"]);
        expect(await books.db("roll_head").where({ community: estate.code }).count({ n: "*" })).to.deep.equal([
          { n: 3 },
        ]);
      });

      it("is withdrawn before the voting opens, for everybody to read, and not after", async () => {
        const early = await noticed();
        await run(estate.li, withdrawAssembly, { id: early, reason: "第一项写错了" });
        expect(await show(early)).to.include({ stage: "void", voidReason: "第一项写错了" });
        const id = await noticed();
        estate.clock.set("2020-02-03T16:00:00Z");
        expect(await codesOf(run(estate.li, withdrawAssembly, { id, reason: "看着要输" }))).to.deep.equal([
          "VOTING_BEGUN",
        ]);
      });

      it("goes no further when the clock was set back", async () => {
        const id = await noticed();
        estate.clock.set("2020-01-20T01:59:59Z");
        expect(await codesOf(run(estate.li, withdrawAssembly, { id, reason: "x" }))).to.deep.equal(["CLOCK_BACK"]);
      });

      it("waits for an owner of every unit", async () => {
        const id = await draft();
        const unit = { name: "103", use: "住宅", area: "60", discount: "1", from: month("2020-01") };
        await runTx(books.db, estate.code, (tx) => insertUnits(tx, estate.code, [unit]));
        expect(await codesOf(run(estate.li, giveNotice, { id }))).to.deep.equal(["UNIT_WITHOUT_OWNER"]);
      });
    });

    describe("called by owners", () => {
      // 3 heads and 170.50 m²: a fifth is 0.6 heads and 34.10 m².
      it("needs a fifth of the heads and of the area, counted by unit or by owner, each head once", async () => {
        const small = await draft({ calledBy: "owners", callers: "S1" });
        expect(await faultsOf(run(estate.li, giveNotice, { id: small }))).to.deep.equal([
          {
            code: "CALL_TOO_FEW",
            column: "callers",
            message: "联名业主 1 人、20.00 平方米，没有都达到全体 3 人、170.50 平方米的 20%。",
            remedy: "请补上联名的业主，或由业委会召集。",
          },
        ]);
        await run(estate.li, editAssembly, { ...DRAFT, id: small, calledBy: "owners", callers: "102、P3+P2 S1" });
        await sign(small);
        await run(estate.li, giveNotice, { id: small });
        expect(
          await books.db("assembly_caller").where({ community: estate.code }).orderBy("head").pluck("head"),
        ).to.deep.equal(["DEV", "P2+P3"]);
      });

      const sign = async (id: number): Promise<unknown> =>
        execute(estate.door, estate.supervisor.asker, attachCall, { id }, { uploads: await scanOf("document") });
      const say = (who: Person, id: number, isMine: "yes" | "no") => run(who, sayCall, { id, isMine });
      const proofs = async (id: number): Promise<unknown[]> => {
        const { items } = await ask(estate.door, estate.supervisor.asker, listCallers, { id });
        return items.map(({ head, proof }) => [head, proof]);
      };
      const called = (callers: string) => draft({ calledBy: "owners", callers });

      it("believes nobody at the desk who merely names the callers: it wants their signed call", async () => {
        const id = await called("101 102");
        expect(await proofs(id)).to.deep.equal([
          ["P1", "none"],
          ["P2+P3", "none"],
        ]);
        expect(await faultsOf(run(estate.li, giveNotice, { id }))).to.deep.equal([
          {
            code: "CALL_UNPROVED",
            column: "callers",
            message:
              "联名业主写了 2 人、150.50 平方米，有凭据的只有 0 人、0.00 平方米，没有都达到全体 3 人、170.50 平方米的 20%。",
            remedy: "请上传业主签名的联名书，或请联名的业主在自己的业主大会页面确认；本人说没有联名的不算。",
          },
        ]);
        const bare = run(estate.supervisor, attachCall, { id });
        expect(await codesOf(bare)).to.deep.equal(["CALL_PAPER"]);
        await sign(id);
        expect(await proofs(id)).to.deep.equal([
          ["P1", "paper"],
          ["P2+P3", "paper"],
        ]);
        await run(estate.li, giveNotice, { id });
        expect(await codesOf(sign(id))).to.deep.equal(["ASSEMBLY_NOTICED"]);
      });

      it("takes a caller's own word from a checked account, for the wording that it was said about", async () => {
        const id = await called("101");
        const p1 = await owner("P1");
        await say(p1, id, "yes");
        expect(await proofs(id)).to.deep.equal([["P1", "own"]]);
        await run(estate.li, editMatter, { id, place: 1, ...MATTER, text: "把三处门禁换成刷脸的。" });
        expect(await proofs(id)).to.deep.equal([["P1", "none"]]);
        await say(p1, id, "yes");
        await run(estate.li, giveNotice, { id });
        expect(await proofs(id)).to.deep.equal([["P1", "own"]]);
        expect(await codesOf(say(p1, id, "no"))).to.deep.equal(["ASSEMBLY_UNKNOWN"]);
      });

      it("counts nobody who says no, whatever was signed", async () => {
        const id = await called("101 102 S1");
        await sign(id);
        await say(await owner("P3"), id, "no");
        expect(await proofs(id)).to.deep.equal([
          ["DEV", "paper"],
          ["P1", "paper"],
          ["P2+P3", "denied"],
        ]);
        await run(estate.li, giveNotice, { id });
        expect(
          await books.db("assembly_caller").where({ community: estate.code }).orderBy("head").pluck("head"),
        ).to.deep.equal(["DEV", "P1"]);
      });

      it("asks nobody who is not named, and believes no account that nobody has checked", async () => {
        const id = await called("101");
        expect(await codesOf(say(await owner("P2"), id, "yes"))).to.deep.equal(["ASSEMBLY_UNKNOWN"]);
        const p1 = await owner("P1");
        // A password that an operator let be set anew ends the check.
        await books.db("account_reset").insert({
          id: `r-${estate.code}`,
          account: p1.asker.actor.id,
          proposed_by: "a",
          created_at: "2020-01-20T02:00:00.000Z",
          expires_at: "2020-02-20T02:00:00.000Z",
          used_at: "2020-01-20T02:00:00.000Z",
        });
        expect(await codesOf(say(p1, id, "yes"))).to.deep.equal(["ACCOUNT_UNCHECKED"]);
      });

      it("refuses names that are not on the roll", async () => {
        const [fault] = await faultsOf(draft({ calledBy: "owners", callers: ["101", "P9"] }));
        expect(fault).to.include({ code: "OWNER_UNKNOWN", column: "callers", message: "名册上没有：P9。" });
      });
    });

    describe("delivered", () => {
      it("to many at once, each way on record, until nobody is left", async () => {
        const id = await noticed();
        const send = (sent: object) =>
          execute(estate.door, estate.li.asker, recordDeliveries, { id, day: "2020-01-20", ...sent });
        expect(await send({ heads: ["P1", "DEV"], how: "in-person" })).to.deep.equal({ recorded: 2, notReached: 1 });
        expect(await send({ heads: "P1", how: "phone", note: "提醒" })).to.deep.equal({ recorded: 1, notReached: 1 });
        const open = await ask(estate.door, estate.li.asker, listRoll, { id, open: true });
        expect(open.items.map(({ head }) => head)).to.deep.equal(["P2+P3"]);
        expect(await send({ everyone: true, how: "posted" })).to.deep.equal({ recorded: 1, notReached: 0 });
        const { items } = await ask(estate.door, estate.li.asker, listRoll, { id });
        expect(items.map(({ head, deliveries }) => [head, deliveries.map(({ how }) => how)])).to.deep.equal([
          ["DEV", ["in-person"]],
          ["P1", ["in-person", "phone"]],
          ["P2+P3", ["posted"]],
        ]);
      });

      it("refuses nobody, strangers, a day outside the time since the notice, and anything after the end", async () => {
        const id = await noticed();
        const send = (sent: object) =>
          run(estate.li, recordDeliveries, { id, how: "letter", day: "2020-01-20", heads: ["P1"], ...sent });
        expect(await codesOf(send({ heads: ["P9"] }))).to.deep.equal(["HEAD_UNKNOWN"]);
        expect(await codesOf(send({ heads: undefined }))).to.deep.equal(["HEAD_UNKNOWN"]);
        expect(await codesOf(send({ day: "2020-01-19" }))).to.deep.equal(["DAY_OUT_OF_RANGE"]);
        expect(await codesOf(send({ day: "2020-01-21" }))).to.deep.equal(["DAY_OUT_OF_RANGE"]);
        estate.clock.set("2020-02-13T16:00:00Z");
        expect(await codesOf(send({}))).to.deep.equal(["DELIVERY_TOO_LATE"]);
        expect(await books.db("delivery").where({ community: estate.code })).to.deep.equal([]);
      });
    });

    describe("under rules of its own", () => {
      it("leaves parking out, shortens the notice and takes a person's lone and joint units together", async () => {
        await runTx(books.db, estate.code, async (tx) => {
          const unit = (name: string, use: string, area: string) => ({
            name,
            use,
            area,
            discount: "1",
            from: month("2020-01"),
          });
          await insertUnits(tx, estate.code, [unit("C-01", "车位", "12.5"), unit("104", "住宅", "40")]);
          await insertHoldings(tx, estate.code, [
            { unit: "C-01", since: day("2020-01-01"), owners: ["DEV"] },
            { unit: "104", since: day("2020-01-01"), owners: ["P2"] },
          ]);
          await insertRates(tx, estate.code, [{ use: "车位", rate: "1", from: month("2020-01") }]);
        });
        await decide({ parkingCounts: false, noticeDays: 7, jointHolders: "merged" });
        const id = await noticed({ opensOn: "2020-01-27", closesOn: "2020-02-05" });
        const { roll, cases, settings } = await show(id);
        expect(roll).to.deep.equal({ heads: 3, area: "210.50" });
        expect(cases).to.deep.equal({
          several: { heads: 1, units: 2 },
          joint: { heads: 1, units: 2 },
          largest: { units: 1, area: "100.00" },
          leftOut: { units: 1, area: "12.50" },
        });
        expect(settings).to.include({ noticeDays: 7, parkingCounts: false });
        // 102 is of P2 and P3; P2 has 104 alone, so P2 votes for both, and P3 reads of 102 and of nothing else.
        const ownRows = async (name: string): Promise<unknown[]> => {
          const { items } = await ask(estate.door, (await owner(name)).asker, showOwnRows, { id });
          return items.map(({ head, votes, area, units }) => [head, votes, area, units.map(({ unit }) => unit)]);
        };
        expect(await ownRows("P2")).to.deep.equal([["P2", true, "90.50", ["102", "104"]]]);
        expect(await ownRows("P3")).to.deep.equal([["P2", false, "50.50", ["102"]]]);
        estate.clock.set("2020-01-27T02:00:00Z");
        const vote = async (name: string): Promise<unknown> =>
          run(await owner(name), castBallot, { id, head: "P2", choices: chose("agree") });
        expect(await codesOf(vote("P3"))).to.deep.equal(["BALLOT_NOT_YOURS"]);
        expect((await ask(estate.door, (await owner("P3")).asker, listOwnBallots, { id })).items).to.deep.equal([]);
        await vote("P2");
      });
    });
  });
}

/** A bill of 2020-03, as the room fees keeps it. */
function billOf(community: string): object {
  return { community, unit: "101", period: "2020-03", amount: 10_000, settled: 0, origin: "billed" };
}
