// The register in use: earlier decisions come into it by two sides, and two sides void a resolution.
import { mkdtempSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { expect } from "chai";
import sharp from "sharp";
import { ask, execute } from "../../src/door/service.ts";
import {
  confirmEarlier,
  confirmVoid,
  declineProposal,
  listProposals,
  listResolutions,
  proposeEarlier,
  proposeVoid,
  showResolution,
  withdrawProposal,
} from "../../src/effect/routes.ts";
import { showHandover } from "../../src/handover/service.ts";
import { rateIn } from "../../src/tariff/rules.ts";
import { tariffOf } from "../../src/tariff/service.ts";
import { day, month } from "../../src/base/month.ts";
import { redactVoucher } from "../../src/voucher/routes.ts";
import { publicRecord } from "../../src/voucher/service.ts";
import { DIALECTS, useBooks } from "../support/databases.ts";
import { decide } from "../support/decisions.ts";
import { anEstate, does, type Estate } from "../support/estate.ts";
import { refusalOf } from "../support/small.ts";

const EARLIER = {
  kind: "use-repair-fund",
  title: "2019年电梯大修",
  text: "同意用维修资金大修电梯。",
  decidedOn: "2019-05-01",
};

for (const dialect of DIALECTS) {
  describe(`the register in use, on ${dialect}`, function () {
    this.timeout(60_000);
    const books = useBooks(dialect);
    const filesFolder = mkdtempSync(path.join(os.tmpdir(), "xinyi-register-"));
    let estate: Estate;
    let scan: Buffer;
    before(async () => {
      scan = await sharp({ create: { width: 60, height: 40, channels: 3, background: "white" } })
        .jpeg()
        .toBuffer();
    });
    beforeEach(async () => {
      estate = await anEstate(books.db, { filesFolder });
    });

    const proposals = async () => (await ask(estate.door, estate.li.asker, listProposals, {})).items;
    const list = async () => (await ask(estate.door, estate.li.asker, listResolutions, {})).items;
    const show = (number: string) => ask(estate.door, estate.li.asker, showResolution, { number });

    it("takes an earlier decision from the committee once another side has checked its document", async () => {
      const { door, li, he, wang } = estate;
      expect(await refusalOf(does(estate, li, proposeEarlier, EARLIER))).to.equal("DOCUMENT_MISSING");
      const uploads = [{ field: "document", name: "决议.jpg", bytes: scan }];
      const ahead = execute(door, li.asker, proposeEarlier, { ...EARLIER, decidedOn: "2020-01-21" }, { uploads });
      expect(await refusalOf(ahead)).to.equal("DAY_AHEAD");
      const { id } = await execute(door, li.asker, proposeEarlier, EARLIER, { uploads });
      expect(await list()).to.deep.equal([]);
      expect(await refusalOf(does(estate, he, confirmEarlier, { id }))).to.equal("OTHER_SIDE_NEEDED");
      expect(await refusalOf(does(estate, wang, confirmEarlier, { id }))).to.equal("VOUCHER_UNDECIDED");
      const sha = (await proposals())[0]?.document ?? "";
      await does(estate, li, redactVoucher, { sha, nothing: "on", reason: "决议上没有个人信息" });
      expect(await refusalOf(publicRecord(books.db, estate.code, sha))).to.equal("VOUCHER_UNKNOWN");
      expect(await does(estate, wang, confirmEarlier, { id })).to.deep.equal({ number: "2019-既往决议-1" });
      expect((await publicRecord(books.db, estate.code, sha)).voucher.sha).to.equal(sha);
      const shown = await show("2019-既往决议-1");
      expect(shown).to.deep.include({
        body: "earlier",
        title: "2019年电梯大修",
        document: sha,
        changes: [],
        from: null,
      });
      expect(await proposals()).to.deep.equal([]);
      expect(await refusalOf(does(estate, wang, confirmEarlier, { id }))).to.equal("PROPOSAL_UNKNOWN");
    });

    it("lets another side send a proposal back, and whoever made it take it back", async () => {
      const { door, li, he, supervisor } = estate;
      const uploads = [{ field: "document", name: "决议.jpg", bytes: scan }];
      const first = await execute(door, li.asker, proposeEarlier, EARLIER, { uploads });
      await does(estate, supervisor, declineProposal, { id: first.id, reason: "原件看不清" });
      const second = await execute(door, li.asker, proposeEarlier, EARLIER, { uploads });
      expect(await refusalOf(does(estate, he, withdrawProposal, { id: second.id }))).to.equal("NOT_YOUR_PROPOSAL");
      await does(estate, li, withdrawProposal, { id: second.id });
      expect([await proposals(), await list()]).to.deep.equal([[], []]);
    });

    /** A rise of the fee that the owners decided, and the wish that it be void from March. */
    const aRise = async () => {
      const effect = { from: "2020-02", rates: [{ use: "住宅", rate: "1.11" }] };
      const number = await decide(books.db, estate.code, "fee-change", { now: estate.clock.now(), effect });
      return { number, from: "2020-03", reason: "法院撤销，（2020）民初1号" };
    };
    const judgement = () => ({ uploads: [{ field: "document", name: "判决书.jpg", bytes: scan }] });
    const ratesByMonth = async (): Promise<(string | undefined)[]> => {
      const { rates } = await tariffOf(books.db, estate.code);
      return ["2020-01", "2020-02", "2020-03"].map((each) => rateIn(rates, "住宅", month(each))?.rate);
    };

    it("voids a resolution on a judgement that everybody may read, by the committee and the supervisor", async () => {
      const { door, li, he, supervisor, clock } = estate;
      const wish = await aRise();
      const { number } = wish;
      expect(await refusalOf(does(estate, li, proposeVoid, { ...wish, from: "2020-01" }))).to.equal(
        "VOID_MONTH_TOO_EARLY",
      );
      expect(await refusalOf(does(estate, li, proposeVoid, wish))).to.equal("GROUNDS_MISSING");
      const { id } = await execute(door, supervisor.asker, proposeVoid, wish, judgement());
      expect(await refusalOf(execute(door, li.asker, proposeVoid, wish, judgement()))).to.equal("VOID_PROPOSED");
      expect(await refusalOf(does(estate, supervisor, confirmVoid, { id }))).to.equal("OTHER_SIDE_NEEDED");
      expect(await refusalOf(does(estate, li, confirmVoid, { id, code: "000000" }))).to.equal("CODE_WRONG");
      expect(await refusalOf(does(estate, li, confirmVoid, { id, code: li.code() }))).to.equal("VOUCHER_UNDECIDED");
      const sha = (await proposals())[0]?.document ?? "";
      await does(estate, he, redactVoucher, { sha, nothing: "on", reason: "判决书上没有个人信息" });
      clock.tick();
      await does(estate, li, confirmVoid, { id, code: li.code() });
      const { from, reason } = wish;
      expect((await show(number)).voided).to.deep.equal({ from, reason, document: sha, successor: null });
      expect((await publicRecord(books.db, estate.code, sha)).voucher.sha).to.equal(sha);
      expect(await ratesByMonth()).to.deep.equal(["1", "1.11", "1"]);
      expect(await refusalOf(execute(door, li.asker, proposeVoid, wish, judgement()))).to.equal("RESOLUTION_VOID");
    });

    it("voids a resolution that the owners ended in a later vote; the supervisor needs no key to agree", async () => {
      const { li, he, supervisor, clock, code } = estate;
      const wish = await aRise();
      const { number } = wish;
      const decided = (over: object) => decide(books.db, code, "other", { now: clock.now(), ...over });
      const committee = await decided({ body: "committee", assembly: undefined, matter: undefined, decision: 1 });
      const before = await decided({ decidedOn: day("2019-12-01") });
      for (const successor of [number, committee, before, "2020-业主大会-99"]) {
        expect(await refusalOf(does(estate, li, proposeVoid, { ...wish, successor })), successor).to.equal(
          "SUCCESSOR_WRONG",
        );
      }
      const successor = await decided({ title: "撤销涨价" });
      const { id } = await does<{ id: number }>(estate, li, proposeVoid, { ...wish, successor });
      expect(await refusalOf(does(estate, he, confirmVoid, { id, code: he.code() }))).to.equal("OTHER_SIDE_NEEDED");
      await does(estate, supervisor, confirmVoid, { id });
      expect((await show(number)).voided).to.deep.include({ document: null, successor });
      expect(await ratesByMonth()).to.deep.equal(["1", "1.11", "1"]);
    });

    it("keeps the trustee out of voiding: it may be about its pay", async () => {
      const { door, li, wang, supervisor } = estate;
      const wish = await aRise();
      expect(await refusalOf(execute(door, wang.asker, proposeVoid, wish, judgement()))).to.equal("FORBIDDEN");
      const { id } = await execute(door, li.asker, proposeVoid, wish, judgement());
      expect(await refusalOf(does(estate, wang, confirmVoid, { id, code: wang.code() }))).to.equal("FORBIDDEN");
      const sentBack = does(estate, wang, declineProposal, { id, reason: "不同意" });
      expect(await refusalOf(sentBack)).to.equal("OTHER_SIDE_NEEDED");
      await does(estate, supervisor, declineProposal, { id, reason: "判决还没有生效" });
      expect((await show(wish.number)).voided).to.equal(null);
    });

    it("tells what a resolution changed, and what a handover waits for", async () => {
      const { door, li, clock, code } = estate;
      const effect = { company: "新安物业", day: "2020-06-01" };
      const number = await decide(books.db, code, "manager", { now: clock.now(), effect });
      expect((await show(number)).changes).to.deep.equal(["从2020年6月1日起由「新安物业」管理"]);
      const { handovers, checklist } = await ask(door, li.asker, showHandover, {});
      expect(handovers[0]).to.deep.include({ company: "新安物业", noticeBy: "2020-04-02", renewalBy: "2020-03-03" });
      expect(checklist.map(({ what, isDone }) => `${isDone ? "✓" : "▲"} ${what}`)).to.deep.equal([
        "▲ 收支公示",
        "▲ 银行对账",
        "✓ 欠费清单",
        "✓ 保管的押金",
        "▲ 酬金与盈余",
        "✓ 公共收益合同",
        "✓ 没有办完的付款申请",
        "✓ 凭证",
      ]);
    });
  });
}
