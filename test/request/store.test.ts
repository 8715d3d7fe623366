// What the database itself refuses of requests and suppliers, whoever asks: nothing that was asked for or decided changes.
import { expect } from "chai";
import type { Command } from "../../src/door/service.ts";
import { releaseSpend, withdrawSpend } from "../../src/payment/routes.ts";
import { requestSpend } from "../../src/spending/service.ts";
import { DIALECTS, useBooks } from "../support/databases.ts";
import { anEstate, aPayment, does, type Estate } from "../support/estate.ts";

async function refusal(work: () => Promise<unknown>): Promise<string> {
  try {
    await work();
  } catch (error) {
    return String(error);
  }
  return "nothing was refused";
}

for (const dialect of DIALECTS) {
  describe(`kept requests on ${dialect}`, () => {
    const books = useBooks(dialect);
    let estate: Estate;
    const at = (table: string, over: object = {}) => books.db(table).where({ community: estate.code, ...over });

    before(async () => {
      estate = await anEstate(books.db);
      const { wang, zhao, clock } = estate;
      const invoices = [{ number: "20516453279447404207" }];
      await does(estate, wang, requestSpend as Command, aPayment({ invoices }));
      await does(
        estate,
        wang,
        requestSpend as Command,
        aPayment({ purpose: "水管", lines: [{ account: "5003", amount: "3000" }] }),
      );
      await does(
        estate,
        wang,
        requestSpend as Command,
        aPayment({ purpose: "错了", lines: [{ account: "5002", amount: "10" }] }),
      );
      await does(estate, wang, withdrawSpend as Command, { id: 3 });
      for (const id of [1, 2]) {
        clock.tick();
        await does(estate, zhao, releaseSpend as Command, { id, code: zhao.code() });
      }
    });

    it("keep what was asked for, while they wait and afterwards", async () => {
      const changes = [
        { day: "2020-01-01" },
        { payee: "别人" },
        { bank: "repair" },
        { asked_by: "x" },
        { expires_on: "2099-01-01" },
      ];
      for (const change of changes) {
        for (const id of [1, 2, 3]) {
          const message = await refusal(async () => at("spend", { id }).update(change));
          expect(message, JSON.stringify(change)).to.contain("what was asked for stays");
        }
      }
      for (const table of ["spend_line", "spend_step", "spend_voucher"]) {
        const rows = await at(table);
        expect(rows.length === 0, table).to.equal(table === "spend_voucher");
        if (rows.length > 0) {
          expect(await refusal(async () => at(table).update({ community: "other" })), table).to.match(
            /stay|append-only/u,
          );
          expect(await refusal(async () => at(table).delete()), table).to.match(/stay|append-only/u);
        }
      }
    });

    it("end once: what was paid, refused, withdrawn or expired never waits again", async () => {
      const paid = { status: "waiting", entry: null, decided_at: null };
      expect(await refusal(async () => at("spend", { id: 1 }).update(paid))).to.contain("keeps its end");
      const revived = { status: "waiting", decided_at: null };
      expect(await refusal(async () => at("spend", { id: 3 }).update(revived))).to.contain("keeps its end");
      expect(await refusal(async () => at("spend", { id: 1 }).delete())).to.contain("not deleted");
    });

    it("are paid only with an entry, and one entry is of one request", async () => {
      const decided = { status: "paid", decided_at: "2020-01-20T02:00:00Z" };
      expect(await refusal(async () => at("spend", { id: 2 }).update(decided))).to.match(/CHECK|check/u);
      const [first] = await at("spend", { id: 1 });
      const taken = { ...decided, entry: first.entry };
      expect(await refusal(async () => at("spend", { id: 2 }).update(taken))).to.match(/unique|UNIQUE/u);
    });

    it("hold one key a side and a person, and none once decided", async () => {
      const key = { community: estate.code, spend: 2 };
      const turn = (over: object) => refusal(async () => books.db("spend_key").insert({ ...key, ...over }));
      expect(await turn({ side: "trustee", account: "someone" })).to.match(/unique|UNIQUE/u);
      expect(await turn({ side: "committee", account: estate.zhao.asker.actor.id })).to.match(/unique|UNIQUE/u);
      expect(await turn({ side: "owner", account: "someone" })).to.match(/CHECK|check/u);
      expect(await turn({ spend: 1, side: "committee", account: "someone" })).to.contain(
        "the keys of a decided request stay",
      );
      expect(await refusal(async () => at("spend_key", { spend: 1 }).delete())).to.contain(
        "the keys of a decided request stay",
      );
    });

    it("hold an invoice once, and an invoice that was freed stays free", async () => {
      const invoice = { community: estate.code, spend: 2, number: "20516453279447404207", nets: "", held: 1 };
      expect(await refusal(async () => books.db("spend_invoice").insert(invoice))).to.match(/unique|UNIQUE/u);
      await at("spend_invoice", { spend: 1 }).update({ held: 0 });
      expect(await refusal(async () => at("spend_invoice", { spend: 1 }).update({ held: 1 }))).to.contain(
        "only be freed",
      );
    });

    it("keep the names of suppliers, of which only a person's may be erased", async () => {
      expect(await refusal(async () => at("supplier", { id: 1 }).update({ name: "别的店" }))).to.contain(
        "keeps its name",
      );
      expect(await refusal(async () => at("supplier", { id: 1 }).delete())).to.contain("not deleted");
      await at("supplier", { id: 1 }).update({ is_person: 1 });
      expect(await refusal(async () => at("supplier", { id: 1 }).update({ name: "别的人" }))).to.contain(
        "keeps its name",
      );
      await at("supplier", { id: 1 }).update({ name: "个人·1" });
    });

    it("name vouchers, accounts and entries of their own community only", async () => {
      const voucher = { community: estate.code, spend: 2, place: 1, sha256: "a".repeat(64) };
      expect(await refusal(async () => books.db("spend_voucher").insert(voucher))).to.match(/FOREIGN KEY|foreign key/u);
    });
  });
}
