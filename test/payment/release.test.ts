// Money leaves by a request and the keys of both sides: what is booked, what is reserved and freed, what is refused.
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { Refusal } from "../../src/base/refusal.ts";
import { month } from "../../src/base/month.ts";
import type { Command } from "../../src/door/service.ts";
import { ask, execute } from "../../src/door/service.ts";
import * as ledger from "../../src/ledger/service.ts";
import { closeThrough } from "../../src/period/service.ts";
import { answer, type Db } from "../../src/platform/db.ts";
import { verifyCommunity } from "../../src/proof/service.ts";
import { listDeposits, takeMoney } from "../../src/receipt/service.ts";
import { leftOfBudget, openCorrections, unratified, waitingIn } from "../../src/request/service.ts";
import {
  listSpends,
  ratifySpend,
  refuseSpend,
  releaseSpend,
  showSpend,
  takeBackKey,
  withdrawSpend,
} from "../../src/payment/routes.ts";
import {
  requestCorrection,
  requestDepositReturn,
  requestDraw,
  requestRefund,
  requestSpend,
  requestTransfer,
  showDrawable,
} from "../../src/spending/service.ts";
import { uploadVouchers } from "../../src/voucher/routes.ts";
import { photo } from "../platform/pictures.ts";
import { DIALECTS, useBooks } from "../support/databases.ts";
import { decide } from "../support/decisions.ts";
import { day } from "../../src/base/month.ts";
import type { Person } from "../support/people.ts";
import { aResolution } from "../support/resolutions.ts";
import { anEstate, aPayment, does, type Estate } from "../support/estate.ts";

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    return error instanceof Refusal ? error.faults.map((fault) => fault.code).join(" ") : String(error);
  }
  return "";
}

/** Asks for a payment; answers its number. */
async function asks(estate: Estate, who: Person, over: Record<string, unknown> = {}): Promise<number> {
  return (await does<{ id: number }>(estate, who, requestSpend, aPayment(over))).id;
}

/** Turns a key with the code that the device shows next. */
async function releases(estate: Estate, who: Person, id: number): Promise<boolean> {
  estate.clock.tick();
  return (await does<{ isPaid: boolean }>(estate, who, releaseSpend, { id, code: who.code() })).isPaid;
}

async function shown(estate: Estate, id: number) {
  return ask(estate.door, estate.supervisor.asker, showSpend, { id });
}

async function listed(estate: Estate, who: Person, tab: string): Promise<number[]> {
  return (await ask(estate.door, who.asker, listSpends, { tab })).items.map((item) => item.id);
}

/** The entries that spending posted, newest last. */
async function booked(db: Db, estate: Estate) {
  const entries = await ledger.entriesAfter(db, estate.code, 0, 1000);
  return entries.filter((entry) => entry.source?.startsWith("spend:") === true || entry.kind === "correction");
}

async function cashOf(db: Db, estate: Estate): Promise<Record<string, number>> {
  const rows = await answer(db, ledger.standingsNow(estate.code));
  return Object.fromEntries(rows.filter((row) => row.account === "1002").map((row) => [row.bank, row.amount]));
}

for (const dialect of DIALECTS) {
  describe(`spending on ${dialect}`, () => {
    const books = useBooks(dialect);
    let estate: Estate;

    beforeEach(async () => {
      estate = await anEstate(books.db);
    });

    describe("a payment", () => {
      it("of the lowest band leaves with the key of another of the trustee's people, and is booked then", async () => {
        const { wang, zhao } = estate;
        const id = await asks(estate, wang, { invoices: [{ number: "2051 6453 2794 4740 4207" }] });
        expect(await codeOf(releases(estate, wang, id))).to.equal("KEY_OWN_REQUEST");
        expect(await booked(books.db, estate)).to.deep.equal([]);
        expect(await releases(estate, zhao, id)).to.equal(true);
        const [entry] = await booked(books.db, estate);
        expect([entry?.day, entry?.kind, entry?.source, entry?.payee, entry?.memo]).to.deep.equal([
          "2020-01-20",
          "payment",
          `spend:${id}`,
          "明辉五金店",
          "灯管",
        ]);
        expect(entry?.lines.map((line) => [line.account, line.amount])).to.deep.equal([
          ["1002", -40_000],
          ["5002", 40_000],
        ]);
        expect(await shown(estate, id)).to.deep.include({ state: "paid", entry: "2020-01-0003" });
        expect((await verifyCommunity(books.db, estate.code)).faults).to.deep.equal([]);
      });

      it("of a higher band leaves with a key from each side, where the asker may hold the trustee's", async () => {
        const { wang, li, he } = estate;
        const id = await asks(estate, wang, { lines: [{ account: "5003", amount: "3000.00" }] });
        expect(await releases(estate, wang, id)).to.equal(false);
        expect(await codeOf(releases(estate, wang, id))).to.equal("KEY_GIVEN");
        expect(await releases(estate, li, id)).to.equal(true);
        expect(await codeOf(releases(estate, he, id))).to.equal("SPEND_STATE");
        expect(await booked(books.db, estate)).to.have.length(1);
      });

      it("asked for by the committee needs another of the committee beside the trustee", async () => {
        const { zhao, li, he } = estate;
        const id = await asks(estate, li, { lines: [{ account: "5003", amount: "3000.00" }] });
        expect(await codeOf(releases(estate, li, id))).to.equal("KEY_OWN_REQUEST");
        expect(await releases(estate, zhao, id)).to.equal(false);
        expect(await releases(estate, he, id)).to.equal(true);
      });

      it("with a wrong or used code of the device is not released", async () => {
        const { wang, zhao } = estate;
        const id = await asks(estate, wang);
        expect(await codeOf(does(estate, zhao, releaseSpend, { id, code: "000000" }))).to.equal("CODE_WRONG");
        const code = zhao.code();
        await does(estate, zhao, releaseSpend, { id, code });
        const next = await asks(estate, wang, { purpose: "水管", lines: [{ account: "5002", amount: "100.00" }] });
        expect(await codeOf(does(estate, zhao, releaseSpend, { id: next, code }))).to.equal("CODE_WRONG");
      });

      it("asked for on a day of a later month gets its last key in that month, and that year's budget", async () => {
        const { wang, zhao, clock } = estate;
        clock.set("2020-12-28T02:00:00Z");
        const wish = { day: "2021-01-05", lines: [{ account: "5002", amount: "300.01" }] };
        expect(await codeOf(asks(estate, wang, wish))).to.equal("BUDGET_EXCEEDED");
        const id = await asks(estate, wang, { ...wish, lines: [{ account: "5002", amount: "300.00" }] });
        expect(await codeOf(releases(estate, zhao, id))).to.equal("DAY_NOT_YET");
        expect(await booked(books.db, estate)).to.deep.equal([]);
        clock.set("2021-01-01T02:00:00Z");
        expect(await releases(estate, zhao, id)).to.equal(true);
        expect((await booked(books.db, estate))[0]?.day).to.equal("2021-01-05");
      });

      it("asked for on a day of a later month takes its first key at once", async () => {
        const { wang, zhao, li, clock } = estate;
        clock.set("2020-01-30T02:00:00Z");
        const wish = { day: "2020-02-03", lines: [{ account: "5003", amount: "3000.00" }] };
        const id = await asks(estate, wang, wish);
        expect(await releases(estate, zhao, id)).to.equal(false);
        expect(await codeOf(releases(estate, li, id))).to.equal("DAY_NOT_YET");
        clock.set("2020-02-01T02:00:00Z");
        expect(await releases(estate, li, id)).to.equal(true);
      });

      it("never takes an account below zero, but for money that left already", async () => {
        const { wang, zhao, li } = estate;
        for (const amount of ["50000.00", "49999.00"]) {
          const lines = [{ account: "5003", amount }];
          const id = await asks(estate, wang, { lines, payee: `清洁${amount}`, emergency: "已付" });
          await releases(estate, zhao, id);
          await releases(estate, li, id);
        }
        expect((await cashOf(books.db, estate))["common"]).to.equal(5100);
        const id = await asks(estate, wang, { lines: [{ account: "5002", amount: "51.01" }] });
        expect(await codeOf(releases(estate, zhao, id))).to.equal("CASH_MISSING");
        await does(estate, wang, takeMoney, { kind: "fee", unit: "101", amount: "0.01", method: "scan" });
        expect(await releases(estate, zhao, id)).to.equal(true);
        expect((await cashOf(books.db, estate))["common"]).to.equal(0);
        const spent = await asks(estate, wang, { lines: [{ account: "5002", amount: "7.00" }], emergency: "已付" });
        await releases(estate, zhao, spent);
        expect(await releases(estate, li, spent)).to.equal(true);
        expect((await cashOf(books.db, estate))["common"]).to.equal(-700);
      });

      it("released in the new year is checked against the new year's budget", async () => {
        const { wang, zhao, clock } = estate;
        clock.set("2020-12-28T02:00:00Z");
        const id = await asks(estate, wang, { day: "2020-12-28", lines: [{ account: "5002", amount: "400.00" }] });
        clock.set("2021-01-04T02:00:00Z");
        expect(await codeOf(releases(estate, zhao, id))).to.equal("BUDGET_EXCEEDED");
        expect(await booked(books.db, estate)).to.deep.equal([]);
      });

      it("to a person is booked without the name, which stays in the register", async () => {
        const { wang, zhao } = estate;
        const id = await asks(estate, wang, { payee: "李建国" });
        await releases(estate, zhao, id);
        const [entry] = await booked(books.db, estate);
        expect(entry?.bytes).not.to.contain("李建国");
        expect(entry?.payee).to.equal("个人·1");
        expect((await shown(estate, id)).payee).to.equal("李建国");
      });

      it("reports every fault at its field at once, and keeps nothing", async () => {
        const { wang } = estate;
        const wish = {
          payee: "小院物业",
          day: "2019-12-01",
          lines: [
            { account: "5501", amount: "10.00" },
            { account: "5004", amount: "10.00" },
          ],
          invoices: [{ number: "24112000000135114086" }],
        };
        const refused = await does(estate, wang, requestSpend, aPayment(wish)).catch((error: unknown) => error);
        expect((refused as Refusal).faults.map((fault) => [fault.code, fault.column])).to.deep.equal([
          ["DAY_BEFORE_BOOKS", "day"],
          ["REPAIR_NOT_FROM_COMMON", "lines.0.account"],
          ["BUDGET_NONE", "lines.0.amount"],
          ["BUDGET_NONE", "lines.1.amount"],
          ["SELF_DEALING", "payee"],
          ["INVOICE_USED", "invoices.0.number"],
        ]);
        expect(await listed(estate, wang, "waiting")).to.deep.equal([]);
        // Not even the payee was registered.
        expect(await books.db("supplier").where({ community: estate.code })).to.deep.equal([]);
      });
    });

    describe("what a request reserves", () => {
      it("is its vouchers too: the same photo under another payment has to be stood by", async () => {
        const { wang, zhao } = estate;
        const bytes = await photo();
        const { items } = await execute(
          estate.door,
          wang.asker,
          uploadVouchers,
          {},
          {
            uploads: [{ field: "files", name: "收据.jpg", bytes }],
          },
        );
        const recorded = items[0]?.sha ?? "";
        const first = await asks(estate, wang, { vouchers: [recorded] });
        const again = { payee: "另一家五金店", vouchers: [recorded], lines: [{ account: "5002", amount: "30.00" }] };
        expect(await codeOf(asks(estate, zhao, again))).to.equal("VOUCHER_USED");
        await does(estate, wang, withdrawSpend, { id: first, reason: "填错" });
        expect(await codeOf(asks(estate, zhao, again))).to.equal("");
        const part = { ...again, purpose: "另一半", confirmed: ["VOUCHER_USED"], payee: "第三家五金店" };
        expect(await codeOf(asks(estate, wang, part))).to.equal("");
      });

      it("is not there for others until it is withdrawn, refused or expired", async () => {
        const { wang, zhao, li, clock } = estate;
        const wish = { lines: [{ account: "5002", amount: "700.00" }] };
        const ends: [string, (id: number) => Promise<unknown>][] = [
          ["withdrawn", (id) => does(estate, wang, withdrawSpend, { id, reason: "写错了" })],
          ["refused", (id) => does(estate, li, refuseSpend, { id, reason: "价格偏高" })],
          ["expired", async () => clock.later(15)],
        ];
        for (const [state, end] of ends) {
          const today = { day: clock.now().toISOString().slice(0, 10) };
          const id = await asks(estate, wang, { ...wish, ...today, purpose: state });
          expect(await codeOf(asks(estate, zhao, { ...wish, ...today, payee: "别家五金店" }))).to.equal(
            "BUDGET_EXCEEDED",
          );
          await end(id);
          expect((await shown(estate, id)).state).to.equal(state);
          expect(await codeOf(releases(estate, zhao, id))).to.equal("SPEND_STATE");
        }
        const id = await asks(estate, zhao, { ...wish, payee: "别家五金店", day: "2020-02-04" });
        expect(await releases(estate, wang, id)).to.equal(true);
        expect(await listed(estate, wang, "closed")).to.deep.equal([3, 2, 1]);
      });

      it("is told by account, and by month for who publishes", async () => {
        const { wang, clock } = estate;
        await asks(estate, wang);
        await asks(estate, wang, { payee: "洁净保洁服务部", lines: [{ account: "5003", amount: "800.00" }] });
        const today = day("2020-01-20");
        const lefts = await leftOfBudget(books.db, estate.code, clock.now());
        expect(
          lefts.filter(({ reserved }) => reserved > 0).map(({ account, reserved }) => [account, reserved]),
        ).to.deep.equal([
          ["5002", 40_000],
          ["5003", 80_000],
        ]);
        expect((await waitingIn(books.db, estate.code, month("2020-01"), today)).map((each) => each.id)).to.deep.equal([
          1, 2,
        ]);
        expect(await waitingIn(books.db, estate.code, month("2020-02"), today)).to.deep.equal([]);
        expect(await waitingIn(books.db, estate.code, month("2020-01"), day("2020-02-04"))).to.deep.equal([]);
      });

      it("is not paid twice by spelling its invoice otherwise", async () => {
        const { wang } = estate;
        const first = await asks(estate, wang, { invoices: [{ number: "ab－ 1234" }] });
        const [kept] = await books.db("spend_invoice").where({ community: estate.code, spend: first });
        expect(kept.number).to.equal("AB-1234");
        const again = (number: string): Promise<string> =>
          codeOf(
            asks(estate, wang, {
              payee: "别家五金店",
              lines: [{ account: "5002", amount: "10.00" }],
              invoices: [{ number }],
            }),
          );
        for (const number of ["AB-1234", "ab-1234", "ＡＢ－１２３４", "Ab–12 34"]) {
          expect(await again(number), number).to.equal("INVOICE_USED");
        }
        // A row of before numbers were kept in one spelling.
        const old = { community: estate.code, spend: first, number: "zz-9 876", nets: "", held: 1 };
        await books.db("spend_invoice").insert(old);
        expect(await again("ZZ-9876")).to.equal("INVOICE_USED");
        expect(await again("ZZ-9877")).to.equal("");
      });

      it("holds its invoices, and frees them when it ends", async () => {
        const { wang, clock } = estate;
        const invoices = [{ number: "20516453279447404207" }];
        await asks(estate, wang, { invoices });
        const again = { payee: "别家五金店", lines: [{ account: "5002", amount: "10.00" }], invoices };
        expect(await codeOf(asks(estate, wang, again))).to.equal("INVOICE_USED");
        clock.later(15);
        expect(await codeOf(asks(estate, wang, { ...again, day: "2020-02-04" }))).to.equal("");
      });
    });

    describe("a key", () => {
      it("can be taken back until the last one is turned", async () => {
        const { wang, zhao, li } = estate;
        const id = await asks(estate, wang, { lines: [{ account: "5003", amount: "3000.00" }] });
        await releases(estate, li, id);
        expect(await codeOf(does(estate, zhao, takeBackKey, { id }))).to.equal("KEY_NOT_GIVEN");
        await does(estate, li, takeBackKey, { id });
        expect((await shown(estate, id)).missing).to.deep.equal(["trustee", "committee"]);
        expect(await releases(estate, zhao, id)).to.equal(false);
        await releases(estate, li, id);
        expect(await codeOf(does(estate, li, takeBackKey, { id }))).to.equal("SPEND_STATE");
        const { steps } = await shown(estate, id);
        expect(steps.map((step) => `${step.kind} ${step.side}`.trim())).to.deep.equal([
          "asked",
          "released committee",
          "taken back committee",
          "released trustee",
          "released committee",
          "paid",
        ]);
      });

      it("counts no more once whoever turned it left or was shut out, and another of that side turns it", async () => {
        const { wang, zhao, li, he, code } = estate;
        const id = await asks(estate, wang, { lines: [{ account: "5003", amount: "3000.00" }] });
        await releases(estate, zhao, id);
        await books
          .db("member")
          .where({ community: code, account: zhao.asker.actor.id })
          .update({ until: "2020-01-21" });
        expect((await shown(estate, id)).missing).to.deep.equal(["trustee", "committee"]);
        // As if the release had been under way when the membership ended.
        expect(await codeOf(releases(estate, zhao, id))).to.equal("NOT_FOUND");
        await releases(estate, he, id);
        await books.db("account").where({ id: he.asker.actor.id }).update({ disabled_at: "2020-01-21" });
        expect(await releases(estate, wang, id)).to.equal(false);
        expect((await shown(estate, id)).missing).to.deep.equal(["committee"]);
        expect(await booked(books.db, estate)).to.deep.equal([]);
        expect(await releases(estate, li, id)).to.equal(true);
      });

      it("is asked of exactly those who can turn it", async () => {
        const { wang, zhao, li, he, supervisor } = estate;
        const small = await asks(estate, wang);
        const large = await asks(estate, wang, { lines: [{ account: "5003", amount: "3000.00" }] });
        const mine = () => Promise.all([wang, zhao, li, he, supervisor].map((who) => listed(estate, who, "mine")));
        expect(await mine()).to.deep.equal([[large], [large, small], [large], [large], []]);
        await releases(estate, li, large);
        expect(await mine()).to.deep.equal([[large], [large, small], [], [], []]);
      });

      it("of the committee becomes needed when a second request passes the band together with the first", async () => {
        const { wang, zhao, li } = estate;
        const first = await asks(estate, wang, { lines: [{ account: "5003", amount: "1500.00" }] });
        const second = await asks(estate, wang, { purpose: "其余", lines: [{ account: "5003", amount: "1600.00" }] });
        expect((await shown(estate, second)).sides).to.deep.equal(["trustee", "committee"]);
        expect(await releases(estate, zhao, first)).to.equal(false);
        expect(await releases(estate, li, first)).to.equal(true);
        // What was paid counts as much as what waits.
        await releases(estate, zhao, second);
        expect((await shown(estate, second)).missing).to.deep.equal(["committee"]);
      });

      it("of the committee is not avoided by days of the past: parts count from the day on which they are booked", async () => {
        const { wang, zhao, li } = estate;
        const part = (on: string, amount: string) =>
          asks(estate, wang, { payee: "天天保洁服务部", day: on, lines: [{ account: "5003", amount }] });
        expect(await releases(estate, zhao, await part("2020-01-01", "1910.00"))).to.equal(true);
        const second = await part("2020-01-02", "1911.00");
        expect(await releases(estate, zhao, second)).to.equal(false);
        expect((await shown(estate, second)).missing).to.deep.equal(["committee"]);
        expect(await releases(estate, li, second)).to.equal(true);
        expect((await booked(books.db, estate)).map((each) => each.day)).to.deep.equal(["2020-01-20", "2020-01-20"]);
      });

      it("of the committee is not avoided by a name that only looks like another", async () => {
        const { wang, zhao } = estate;
        const own = ["小院\u200b物业", "小院\u2060物业\u200f", "小院\ufe0f物业。", "\u2f29院物业"];
        for (const payee of own) {
          expect(await codeOf(asks(estate, wang, { payee })), payee).to.equal("SELF_DEALING");
        }
        const lines = [{ account: "5003", amount: "1900.00" }];
        expect(await releases(estate, zhao, await asks(estate, wang, { payee: "ABC保洁店", lines }))).to.equal(true);
        const again = await asks(estate, wang, { payee: "abc\u00ad保洁店", lines, confirmed: ["TWIN"] });
        expect((await shown(estate, again)).sides).to.deep.equal(["trustee", "committee"]);
      });
    });

    describe("an emergency", () => {
      it("may exceed its line, takes both sides, and stays open until a resolution that names it", async () => {
        const { wang, zhao, li, he, code } = estate;
        const wish = { lines: [{ account: "5004", amount: "900.00" }], emergency: "大树倒在车上" };
        const id = await asks(estate, wang, wish);
        await releases(estate, zhao, id);
        expect(await releases(estate, li, id)).to.equal(true);
        const open = await unratified(books.db, code, day("2020-01-31"));
        expect(open.map((each) => [each.id, each.amount, each.ratifyBy])).to.deep.equal([[id, 90_000, "2020-02-19"]]);
        expect(await unratified(books.db, code, day("2020-01-19"))).to.deep.equal([]);
        const ratifies = (resolution: string) => does(estate, li, ratifySpend, { id, resolution });
        expect(await codeOf(ratifies("2020-业主大会-3"))).to.equal("RESOLUTION_UNKNOWN");
        await aResolution(books.db, code, "2020-业主大会-1", { title: "别的事", decided_on: "2020-01-20" });
        expect(await codeOf(ratifies("2020-业主大会-1"))).to.equal("RESOLUTION_SILENT");
        await aResolution(books.db, code, "2020-业主大会-2", {
          title: `追认第 ${id} 号申请`,
          decided_on: "2020-01-20",
        });
        expect((await shown(estate, id)).ratification).to.deep.equal({ state: "open", by: "2020-02-19" });
        await ratifies("2020-业主大会-2");
        expect((await shown(estate, id)).ratification).to.deep.equal({ state: "ratified", by: "2020-02-19" });
        expect((await shown(estate, id)).steps.at(-1)?.text).to.equal("2020-业主大会-2");
        expect(await unratified(books.db, code, day("2020-01-31"))).to.deep.equal([]);
        expect(await codeOf(does(estate, he, ratifySpend, { id, resolution: "2020-业主大会-2" }))).to.equal(
          "NOT_TO_RATIFY",
        );
        expect((await booked(books.db, estate))[0]?.reason).to.equal("紧急支出：大树倒在车上");
      });

      it("paid in a month that was closed meanwhile becomes a late entry", async () => {
        const { wang, zhao, li, clock } = estate;
        clock.set("2020-02-03T02:00:00Z");
        await closeThrough(books.db, estate.code, month("2020-01"), { now: clock.now() });
        const wish = { day: "2020-01-30", lines: [{ account: "5004", amount: "900.00" }] };
        expect(await codeOf(asks(estate, wang, wish))).to.equal("MONTH_CLOSED BUDGET_NONE");
        const id = await asks(estate, wang, { ...wish, emergency: "水管爆裂" });
        await releases(estate, zhao, id);
        await releases(estate, li, id);
        const [entry] = await booked(books.db, estate);
        expect([entry?.day, entry?.occurred]).to.deep.equal(["2020-02-01", "2020-01-30"]);
      });
    });

    describe("the draw", () => {
      it("is asked for with one touch, never exceeds what is owed, and takes both sides", async () => {
        const { wang, zhao, li, supervisor } = estate;
        const drawable = () => ask(estate.door, supervisor.asker, showDrawable, {});
        expect(await drawable()).to.deep.equal({ drawable: "42.00", sweepOwed: "0.00" });
        expect(await codeOf(does(estate, wang, requestDraw, { amount: "42.01" }))).to.equal("DRAW_BEYOND_OWED");
        const { id } = await does<{ id: number }>(estate, wang, requestDraw, {});
        expect((await drawable()).drawable).to.equal("0.00");
        expect(await codeOf(does(estate, wang, requestDraw, { amount: "0.01" }))).to.equal("DRAW_BEYOND_OWED");
        expect(await releases(estate, zhao, id)).to.equal(false);
        expect(await releases(estate, li, id)).to.equal(true);
        const [entry] = await booked(books.db, estate);
        expect([entry?.payee, entry?.lines[1]?.account, entry?.lines[1]?.amount]).to.deep.equal([
          "小院物业",
          "2231",
          4200,
        ]);
        expect((await drawable()).drawable).to.equal("0.00");
      });
    });

    describe("a transfer", () => {
      it("moves what was swept into the repair fund", async () => {
        const { wang, zhao, li, clock, supervisor } = estate;
        clock.set("2021-01-04T02:00:00Z");
        await closeThrough(books.db, estate.code, month("2020-12"), { now: clock.now() });
        const { sweepOwed } = await ask(estate.door, supervisor.asker, showDrawable, {});
        expect(sweepOwed).to.equal("99878.00");
        const wish = { bank: "common", toBank: "repair", amount: sweepOwed };
        expect(await codeOf(does(estate, wang, requestTransfer, { ...wish, amount: "99878.01" }))).to.equal(
          "RESOLUTION_MISSING",
        );
        const { id } = await does<{ id: number }>(estate, wang, requestTransfer, wish);
        await releases(estate, zhao, id);
        await releases(estate, li, id);
        expect(await cashOf(books.db, estate)).to.deep.equal({ common: 17_200, repair: 10_487_800 });
        expect((await ask(estate.door, supervisor.asker, showDrawable, {})).sweepOwed).to.equal("0.00");
        expect((await shown(estate, id)).purpose).to.equal("盈余转入维修资金");
      });

      it("of one fund's money to another needs a resolution, and never exceeds the account", async () => {
        const { wang } = estate;
        const wish = { bank: "repair", toBank: "common", amount: "10.00" };
        expect(await codeOf(does(estate, wang, requestTransfer, wish))).to.equal("RESOLUTION_MISSING");
        const resolution = await decide(books.db, estate.code, "other", { now: estate.clock.now() });
        const large = { ...wish, amount: "5000.01", resolution };
        expect(await codeOf(does(estate, wang, requestTransfer, large))).to.equal("CASH_SHORT");
        expect(await codeOf(does(estate, wang, requestTransfer, { ...wish, toBank: "nowhere" }))).to.equal(
          "BANK_UNKNOWN",
        );
      });
    });

    describe("a refund", () => {
      it("gives a unit back what it prepaid and no more, by both sides, and names nobody", async () => {
        const { wang, zhao, li } = estate;
        // 101 paid 200.00 before any bill was made.
        const wish = { unit: "101", amount: "200.00", reason: "多交" };
        expect(await codeOf(does(estate, wang, requestRefund, { ...wish, amount: "200.01" }))).to.equal(
          "REFUND_BEYOND_PAID",
        );
        expect(await codeOf(does(estate, wang, requestRefund, { ...wish, unit: "999" }))).to.equal("UNIT_UNKNOWN");
        const { id } = await does<{ id: number }>(estate, wang, requestRefund, wish);
        // What waits is spoken for.
        expect(await codeOf(does(estate, zhao, requestRefund, { ...wish, amount: "0.01" }))).to.equal(
          "REFUND_BEYOND_PAID",
        );
        expect(await releases(estate, zhao, id)).to.equal(false);
        expect(await releases(estate, li, id)).to.equal(true);
        const [entry] = await booked(books.db, estate);
        expect([entry?.kind, entry?.payee, entry?.memo]).to.deep.equal(["receipt", undefined, "多交"]);
        expect(entry?.lines.map((line) => [line.account, line.unit, line.flow, line.amount])).to.deep.equal([
          ["1002", undefined, "received", -20_000],
          ["2203", "101", undefined, 20_000],
        ]);
        expect((await shown(estate, id)).unit).to.equal("101");
        await closeThrough(books.db, estate.code, month("2020-01"), { now: new Date("2020-02-03T02:00:00Z") });
        expect((await verifyCommunity(books.db, estate.code)).faults).to.deep.equal([]);
      });
    });

    describe("a deposit", () => {
      it("goes back in parts, never beyond what is held, from the account that holds it", async () => {
        const { wang, zhao, li, door } = estate;
        const taken = { kind: "deposit", unit: "102", payer: "王先生", purpose: "装修押金", amount: "2000.00" };
        const { number } = await does<{ number: string }>(estate, wang, takeMoney, {
          ...taken,
          day: "2020-01-20",
          method: "transfer",
          bank: "custody",
        });
        const receipt = String(Number(number));
        const wish = { receipt, amount: "1500.00", reason: "验收合格" };
        const { id } = await does<{ id: number }>(estate, wang, requestDepositReturn, wish);
        expect(await codeOf(does(estate, wang, requestDepositReturn, { receipt, amount: "500.01" }))).to.equal(
          "DEPOSIT_BEYOND_HELD",
        );
        await releases(estate, zhao, id);
        expect(await releases(estate, li, id)).to.equal(true);
        const rest = await does<{ id: number }>(estate, wang, requestDepositReturn, { receipt });
        await releases(estate, zhao, rest.id);
        await releases(estate, li, rest.id);
        expect((await cashOf(books.db, estate))["custody"]).to.equal(0);
        expect(await codeOf(does(estate, wang, requestDepositReturn, { receipt }))).to.equal("DEPOSIT_UNKNOWN");
        expect(await shown(estate, rest.id)).to.deep.include({ amount: "500.00", state: "paid", unit: "102" });
        const held = await ask(door, estate.supervisor.asker, listDeposits, {});
        expect(held.total).to.equal("0.00");
        const entries = await ledger.entriesAfter(books.db, estate.code, 0, 100);
        expect(entries.map((entry) => entry.bytes).join("")).not.to.contain("王先生");
      });
    });

    describe("money that went back already", () => {
      const takes = (kind: string): Promise<{ entry: string }> =>
        does(estate, estate.wang, takeMoney, { kind, unit: "102", amount: "900.00", method: "cash" });
      const both = async (id: number): Promise<void> => {
        await releases(estate, estate.wang, id);
        await releases(estate, estate.li, id);
      };

      it("as a deposit is not paid out under another name, nor by cancelling its receipt", async () => {
        const { wang } = estate;
        const { entry } = await takes("deposit");
        const plain = { bank: "custody", lines: [{ account: "2241", amount: "900.00" }] };
        expect(await codeOf(asks(estate, wang, plain))).to.equal("NOT_OWED");
        const { id } = await does<{ id: number }>(estate, wang, requestDepositReturn, { receipt: "1" });
        const cancel = { entry, reason: "开错" };
        expect(await codeOf(does(estate, wang, requestCorrection, cancel))).to.equal("RECEIPT_GIVEN_BACK");
        await both(id);
        expect(await codeOf(does(estate, wang, requestCorrection, cancel))).to.equal("RECEIPT_GIVEN_BACK");
        expect((await cashOf(books.db, estate))["custody"]).to.equal(0);
      });

      it("as a refund is not taken from the unit again by cancelling its receipt", async () => {
        const { wang } = estate;
        const { entry } = await takes("fee");
        const cancel = { entry, reason: "开错" };
        const refund = { unit: "102", amount: "899.00", reason: "多交" };
        const { id } = await does<{ id: number }>(estate, wang, requestRefund, refund);
        expect(await codeOf(does(estate, wang, requestCorrection, cancel))).to.equal("RECEIPT_GIVEN_BACK");
        await both(id);
        expect(await codeOf(does(estate, wang, requestCorrection, cancel))).to.equal("RECEIPT_GIVEN_BACK");
      });

      it("is looked at again when the last key is turned", async () => {
        const { wang, li } = estate;
        const { entry } = await takes("fee");
        const correction = await does<{ id: number }>(estate, wang, requestCorrection, { entry, reason: "开错" });
        await releases(estate, wang, correction.id);
        const refund = { unit: "102", amount: "900.00", reason: "多交" };
        const { id } = await does<{ id: number }>(estate, wang, requestRefund, refund);
        expect(await codeOf(releases(estate, li, correction.id))).to.equal("RECEIPT_GIVEN_BACK");
        await both(id);
        expect(await codeOf(releases(estate, li, correction.id))).to.equal("RECEIPT_GIVEN_BACK");
      });
    });

    describe("a correction", () => {
      const wish = { entry: "2020-01-0001", reason: "重复登记" };

      it("takes both sides, reverses the entry in the open month, and is counted as open until then", async () => {
        const { wang, zhao, li } = estate;
        const before = await cashOf(books.db, estate);
        const { id } = await does<{ id: number }>(estate, wang, requestCorrection, wish);
        expect((await openCorrections(books.db, estate.code, day("2020-01-20"))).map((each) => each.id)).to.deep.equal([
          id,
        ]);
        expect(await codeOf(does(estate, zhao, requestCorrection, wish))).to.equal("CORRECTION_WAITING");
        await releases(estate, zhao, id);
        await releases(estate, li, id);
        expect(await openCorrections(books.db, estate.code, day("2020-01-20"))).to.deep.equal([]);
        const [entry] = await booked(books.db, estate);
        expect([entry?.kind, entry?.source, entry?.reason, entry?.corrects]).to.deep.equal([
          "reversal",
          `spend:${id}`,
          "重复登记",
          2,
        ]);
        const after = await cashOf(books.db, estate);
        expect((after["common"] ?? 0) - (before["common"] ?? 0)).to.equal(-20_000);
        expect(await codeOf(does(estate, wang, requestCorrection, wish))).to.equal("ENTRY_CORRECTED");
      });

      it("of a payment that did not happen lets its invoice be paid after all", async () => {
        const { wang, zhao, li } = estate;
        const invoices = [{ number: "20516453279447404207" }];
        const first = await asks(estate, wang, { invoices });
        await releases(estate, zhao, first);
        const entry = (await shown(estate, first)).entry ?? "";
        const again = { invoices, confirmed: ["TWIN"], lines: [{ account: "5002", amount: "390.00" }] };
        expect(await codeOf(asks(estate, wang, again))).to.equal("INVOICE_USED");
        const { id } = await does<{ id: number }>(estate, wang, requestCorrection, { entry, reason: "银行退回" });
        await releases(estate, zhao, id);
        await releases(estate, li, id);
        expect(await codeOf(asks(estate, wang, again))).to.equal("");
      });

      it("to another account keeps the invoice used", async () => {
        const { wang, zhao, li } = estate;
        const invoices = [{ number: "20516453279447404207" }];
        const first = await asks(estate, wang, { invoices });
        await releases(estate, zhao, first);
        const entry = (await shown(estate, first)).entry ?? "";
        const rebook = { entry, reason: "应为保洁", account: "5003" };
        const { id } = await does<{ id: number }>(estate, wang, requestCorrection, rebook);
        await releases(estate, zhao, id);
        await releases(estate, li, id);
        expect((await booked(books.db, estate)).map((each) => each.kind)).to.deep.equal([
          "payment",
          "reversal",
          "correction",
        ]);
        const again = { invoices, lines: [{ account: "5002", amount: "390.00" }] };
        expect(await codeOf(asks(estate, wang, again))).to.equal("INVOICE_USED");
        expect((await verifyCommunity(books.db, estate.code)).faults).to.deep.equal([]);
      });

      it("is refused for entries and accounts that cannot be corrected so", async () => {
        const { wang } = estate;
        const tries: [object, string][] = [
          [{ entry: "2020-01-0099" }, "ENTRY_UNKNOWN"],
          [{ entry: "nonsense" }, "ENTRY_UNKNOWN"],
          [{ account: "5002" }, "ACCOUNT_NOT_POSSIBLE"],
          [{ entry: "2019-12-0001" }, "ENTRY_NOT_CORRECTABLE"],
          [{ entry: "2020-01-0002" }, ""],
        ];
        for (const [over, code] of tries) {
          expect(
            await codeOf(does(estate, wang, requestCorrection, { ...wish, ...over })),
            JSON.stringify(over),
          ).to.equal(code);
        }
      });
    });

    describe("at once", () => {
      it("exactly one of fifty requests gets the last money of a line", async () => {
        const { wang, zhao } = estate;
        const outcomes = await Promise.all(
          Array.from({ length: 50 }, (_, index) =>
            codeOf(
              asks(estate, index % 2 === 0 ? wang : zhao, {
                payee: `第${index}五金店`,
                lines: [{ account: "5002", amount: "600.00" }],
              }),
            ),
          ),
        );
        expect(outcomes.filter((code) => code === "")).to.have.length(1);
        expect(outcomes.filter((code) => code === "BUDGET_EXCEEDED")).to.have.length(49);
        expect((await listed(estate, wang, "waiting")).length).to.equal(1);
      });

      it("two last keys book once", async () => {
        const { wang, li, he } = estate;
        const id = await asks(estate, wang, { lines: [{ account: "5003", amount: "3000.00" }] });
        await releases(estate, wang, id);
        estate.clock.tick();
        const turn = (who: Person) => codeOf(does(estate, who, releaseSpend as Command, { id, code: who.code() }));
        const codes = await Promise.all([turn(li), turn(he)]);
        expect(codes.toSorted()).to.deep.equal(["", "SPEND_STATE"]);
        expect(await booked(books.db, estate)).to.have.length(1);
      });

      it("a request that was sent again under its key is kept once, and a key turned twice under one books once", async () => {
        const { wang, zhao } = estate;
        const send = () => does<{ id: number }>(estate, wang, requestSpend, aPayment(), "form-1");
        const sent = await Promise.all([send(), send(), send()]);
        expect(new Set(sent.map(({ id }) => id)).size).to.equal(1);
        expect(await listed(estate, wang, "waiting")).to.deep.equal([1]);
        estate.clock.tick();
        const code = zhao.code();
        const turn = () => does(estate, zhao, releaseSpend, { id: 1, code }, "form-2");
        expect([await turn(), await turn()]).to.deep.equal([
          { id: 1, isPaid: true },
          { id: 1, isPaid: true },
        ]);
        expect(await booked(books.db, estate)).to.have.length(1);
      });
    });
  });
}

describe("two servers on one PostgreSQL", () => {
  const books = useBooks("PostgreSQL");

  it("let exactly one of fifty requests have the last money of a line, whichever server it came to", async function () {
    this.timeout(60_000);
    const estate = await anEstate(books.db);
    const { asker } = estate.zhao;
    const script = fileURLToPath(new URL("./asker.ts", import.meta.url));
    const other = fork(script, [books.url, estate.clock.now().toISOString(), JSON.stringify(asker), "25"], {
      execArgv: ["--import", "tsx"],
    });
    await once(other, "message");
    other.send("go");
    const here = Promise.all(
      Array.from({ length: 25 }, (_, index) =>
        codeOf(
          asks(estate, estate.wang, { payee: `第${index}五金店`, lines: [{ account: "5002", amount: "600.00" }] }),
        ),
      ),
    );
    const [there] = (await once(other, "message")) as [string[]];
    const codes = [...(await here), ...there];
    expect(there).to.have.length(25);
    expect(codes.filter((code) => code === "")).to.have.length(1);
    expect(codes.filter((code) => code === "BUDGET_EXCEEDED")).to.have.length(49);
    expect((await books.db("spend").where({ community: estate.code })).length).to.equal(1);
  });
});
