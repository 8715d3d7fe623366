// A forgotten password, and who must agree before somebody gets a new one.
import { expect } from "chai";
import { execute, NOBODY, type Asker } from "../../src/door/service.ts";
import { importFolder } from "../../src/intake/service.ts";
import {
  askReset,
  confirmReset,
  declineReset,
  resetsWaitingIn,
  startOver,
  tellReset,
} from "../../src/recovery/service.ts";
import { useApp } from "../support/app.ts";
import { Browser } from "../support/browser.ts";
import { DIALECTS, useBooks } from "../support/databases.ts";
import { listening, SMALL_COMMUNITY, smallFolder, writeFolder } from "../support/folders.ts";
import { operatorOf, PASSWORD, personIn, tokenOf, type Person } from "../support/people.ts";
import { refuses } from "../support/refusals.ts";

const NEW_PASSWORD = "红茶 台阶 电报 73";

for (const dialect of DIALECTS) {
  describe(`a forgotten password, on ${dialect}`, () => {
    const books = useBooks(dialect);
    const app = useApp(books);
    let operator: Person;

    before(async () => {
      for (const code of ["small", "other"]) {
        const file = JSON.stringify({ ...SMALL_COMMUNITY, code });
        await importFolder(books.db, writeFolder({ ...smallFolder(), "community.json": file }), listening());
      }
      operator = await operatorOf(app.door);
    });
    beforeEach(() => app.pass({ minutes: 16 }));

    const anybody: Asker = { actor: NOBODY, address: "192.0.2.1", session: null, community: "" };
    const askFor = (who: Person): Promise<{ id: string; waitsFor: string[]; told: { code: string } | null }> =>
      execute(app.door, operator.asker, askReset, { account: who.asker.actor.id });
    const consent = async (by: Person, id: string, community = "small"): Promise<unknown> => {
      app.pass({ seconds: 30 });
      return execute(app.door, { ...by.asker, community }, confirmReset, { id, code: by.code() });
    };
    const tell = async (id: string): Promise<string> =>
      (await execute(app.door, operator.asker, tellReset, { id })).code;
    const use = (reset: string): Promise<unknown> =>
      execute(app.door, anybody, startOver, { reset, password: NEW_PASSWORD });
    const canSignIn = async (who: Person, password: string): Promise<boolean> =>
      (await new Browser(app.origin).signIn(who.name, password)).path !== "/sign-in";

    it("of an owner is replaced at once, and everything of before is void", async () => {
      const owner = await personIn(app.door, "small", "owner", { owner: "P1" });
      const browser = new Browser(app.origin);
      await browser.signIn(owner.name, PASSWORD);
      const token = await tokenOf(app.door, owner, ["account.own"]);
      const { told } = await askFor(owner);
      await use(told?.code ?? "");
      expect((await browser.open("/account")).path).to.equal("/sign-in?next=%2Faccount");
      expect([await canSignIn(owner, PASSWORD), await canSignIn(owner, NEW_PASSWORD)]).to.deep.equal([false, true]);
      const row = await books.db("account").where({ id: owner.asker.actor.id }).first("totp");
      expect(row.totp).to.equal("");
      const headers = { authorization: `Bearer ${token}` };
      expect((await fetch(`${app.origin}/desk/small/tokens`, { headers })).status).to.equal(401);
      await refuses("CODE_UNKNOWN", () => use(told?.code ?? ""));
    });

    it("of somebody who holds a key waits until another holder of a key there agrees", async () => {
      const [manager, chair] = [
        await personIn(app.door, "small", "trustee"),
        await personIn(app.door, "small", "committee"),
      ];
      const { id, told, waitsFor } = await askFor(manager);
      expect([told, waitsFor]).to.deep.equal([null, ["small"]]);
      await refuses("RESET_NOT_AGREED", () => tell(id));
      const asked = { community: "small", actor: chair.asker.actor, now: app.now };
      expect((await resetsWaitingIn(books.db, asked)).map((each) => [each.id, each.mayConsent])).to.deep.equal([
        [id, true],
      ]);
      await consent(chair, id);
      await use(await tell(id));
      expect([await canSignIn(manager, PASSWORD), await canSignIn(manager, NEW_PASSWORD)]).to.deep.equal([false, true]);
    });

    it("is not agreed to by the person, by who asked, by a supervisor, or in another community", async () => {
      const manager = await personIn(app.door, "small", "trustee");
      const outsider = await personIn(app.door, "other", "committee");
      const watcher = await personIn(app.door, "small", "supervisor");
      const { id } = await askFor(manager);
      await refuses("CONSENT_NOT_YOURS", () => consent(manager, id));
      await refuses("CONSENT_NOT_YOURS", () => consent(operator, id));
      await refuses("FORBIDDEN", () => consent(watcher, id));
      await refuses("NOT_WAITING", () => consent(outsider, id, "other"));
      await refuses("RESET_NOT_AGREED", () => tell(id));
    });

    it("is not handed to whoever agreed, though that person runs the installation too", async () => {
      const chair = await personIn(app.door, "small", "committee");
      const both = await personIn(app.door, "small", "trustee");
      await books.db("account").where({ id: both.asker.actor.id }).update({ operator: 1 });
      const actor = { ...both.asker.actor, operator: true };
      const { id } = await askFor(chair);
      await consent(both, id);
      await refuses("CODE_NOT_YOURS", () => execute(app.door, { ...both.asker, actor }, tellReset, { id }));
      await tell(id);
    });

    it("is not asked for by an operator who holds a key in the same community", async () => {
      const chair = await personIn(app.door, "small", "committee");
      const manager = await personIn(app.door, "small", "trustee");
      const both = { ...manager.asker, community: "", actor: { ...manager.asker.actor, operator: true } };
      await refuses("RESET_NOT_YOURS", () => execute(app.door, both, askReset, { account: chair.asker.actor.id }));
    });

    it("of somebody with keys in two communities needs both to agree", async () => {
      const manager = await personIn(app.door, "small", "trustee");
      const row = { account: manager.asker.actor.id, role: "trustee", owner: "", since: "2026-01-01", admitted_by: "" };
      await books.db("member").insert({ ...row, community: "other", id: `second-${dialect}` });
      const [here, there] = [
        await personIn(app.door, "small", "committee"),
        await personIn(app.door, "other", "committee"),
      ];
      const { id, waitsFor } = await askFor(manager);
      expect(waitsFor).to.deep.equal(["other", "small"]);
      await consent(here, id);
      await refuses("RESET_NOT_AGREED", () => tell(id));
      await consent(there, id, "other");
      await use(await tell(id));
    });

    it("does not open a key that came to the account after the reset was asked for", async () => {
      const owner = await personIn(app.door, "small", "owner", { owner: "P2" });
      const { told } = await askFor(owner);
      const row = { account: owner.asker.actor.id, role: "committee", owner: "", since: "2026-01-01", admitted_by: "" };
      await books.db("member").insert({ ...row, community: "small", id: `late-${dialect}` });
      await refuses("CONSENT_MISSING", () => use(told?.code ?? ""));
      expect(await canSignIn(owner, PASSWORD)).to.equal(true);
    });

    it("is over when it was declined, replaced by another, or a week old", async () => {
      const [manager, chair] = [
        await personIn(app.door, "small", "trustee"),
        await personIn(app.door, "small", "committee"),
      ];
      const declined = await askFor(manager);
      await execute(app.door, chair.asker, declineReset, { id: declined.id });
      await refuses("RESET_NOT_AGREED", () => tell(declined.id));
      const [first, second] = [await askFor(manager), await askFor(manager)];
      await refuses("NOT_WAITING", () => consent(chair, first.id));
      await consent(chair, second.id);
      const code = await tell(second.id);
      app.pass({ days: 7, minutes: 1 });
      await refuses("CODE_UNKNOWN", () => use(code));
    });

    it("is set on a page with the code, which is used once by whoever is first", async () => {
      const owner = await personIn(app.door, "small", "owner", { owner: "P3" });
      const { told } = await askFor(owner);
      const browser = new Browser(app.origin);
      await browser.open(`/reset?code=${told?.code ?? ""}`);
      const weak = await browser.submit("/reset", { password: "password123" });
      expect([weak.status, weak.text.includes(`value="${told?.code ?? ""}"`)]).to.deep.equal([422, true]);
      const both = await Promise.allSettled([use(told?.code ?? ""), use(told?.code ?? "")]);
      expect(both.map(({ status }) => status).toSorted((a, b) => a.localeCompare(b))).to.deep.equal([
        "fulfilled",
        "rejected",
      ]);
      expect((await browser.submit("/reset", { password: NEW_PASSWORD })).status).to.equal(422);
    });
  });
}
