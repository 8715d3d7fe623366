// Who may do something is asked again once the book is held: whatever changed while a command waited counts.
import { expect } from "chai";
import { hashSecret } from "../../src/access/service.ts";
import * as access from "../../src/access/store.ts";
import { Refusal } from "../../src/base/refusal.ts";
import { ask, execute, type Asker } from "../../src/door/service.ts";
import { listSpends } from "../../src/payment/routes.ts";
import { runTx } from "../../src/platform/db.ts";
import { requestSpend } from "../../src/spending/service.ts";
import { DIALECTS, useBooks } from "../support/databases.ts";
import { anEstate, aPayment, type Estate } from "../support/estate.ts";
import { tokenOf } from "../support/people.ts";

for (const dialect of DIALECTS) {
  describe(`a command that waited for the book on ${dialect}`, () => {
    const books = useBooks(dialect);
    let estate: Estate;
    let wang: Asker;

    beforeEach(async () => {
      estate = await anEstate(books.db);
      wang = estate.wang.asker;
    });

    const seat = () => books.db("member").where({ community: estate.code, account: wang.actor.id });
    /** Asks for a payment as somebody who was recognised before the change: the code of the refusal, or "". */
    const asks = (asker: Asker): Promise<string> =>
      execute(estate.door, asker, requestSpend, aPayment()).then(
        () => "",
        (error: unknown) => (error instanceof Refusal ? error.code : String(error)),
      );
    const count = async (): Promise<number> =>
      (await ask(estate.door, estate.supervisor.asker, listSpends, { tab: "waiting" })).items.length;

    it("is refused when the membership ended meanwhile, and leaves nothing", async () => {
      await seat().update({ until: "2020-01-20" });
      expect([await asks(wang), await count()]).to.deep.equal(["NOT_FOUND", 0]);
      await seat().update({ until: null });
      expect([await asks(wang), await count()]).to.deep.equal(["", 1]);
    });

    it("is refused when it was under way while the membership ended", async () => {
      let under: Promise<string> = Promise.resolve("");
      await runTx(books.db, estate.code, async (tx) => {
        under = asks(wang);
        await tx("member").where({ community: estate.code, account: wang.actor.id }).update({ until: "2020-01-20" });
      });
      expect([await under, await count()]).to.deep.equal(["NOT_FOUND", 0]);
    });

    it("is refused when the role became another that may not, and goes by the new role where it may", async () => {
      await seat().update({ role: "supervisor" });
      expect(await asks(wang)).to.equal("FORBIDDEN");
      await seat().update({ role: "committee" });
      expect(await asks(wang)).to.equal("");
    });

    it("is refused when the account was shut meanwhile", async () => {
      await books.db("account").where({ id: wang.actor.id }).update({ disabled_at: "2020-01-20" });
      expect([await asks(wang), await count()]).to.deep.equal(["SIGN_IN_NEEDED", 0]);
    });

    it("is refused when its session ended meanwhile", async () => {
      const at = estate.clock.now().toISOString();
      const session = hashSecret(`session of ${wang.actor.id}`);
      const row = { account: wang.actor.id, community: null, invitation: null, csrf: "c", createdAt: at, seenAt: at };
      await access.insertSession(books.db, { ...row, tokenHash: session, expiresAt: "2021-01-01", device: null });
      expect(await asks({ ...wang, session })).to.equal("");
      await access.deleteSession(books.db, session);
      expect(await asks({ ...wang, session })).to.equal("SIGN_IN_NEEDED");
      expect(await count()).to.equal(1);
    });

    it("is refused when its token was revoked or ran out meanwhile", async () => {
      const token = hashSecret(await tokenOf(estate.door, estate.wang, ["spend.request"]));
      const asker = { ...wang, token, actor: { ...wang.actor, scopes: ["spend.request"] } };
      expect(await asks(asker)).to.equal("");
      estate.clock.later(31);
      expect(await asks(asker)).to.equal("SIGN_IN_NEEDED");
      estate.clock.later(-31);
      await books.db("api_token").where({ token_hash: token }).update({ revoked_at: "2020-01-20" });
      expect(await asks(asker)).to.equal("SIGN_IN_NEEDED");
    });
  });
}
