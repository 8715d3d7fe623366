// Who may propose, agree, be told and end: the rules, for all kinds of people.
import { expect } from "chai";
import * as fc from "fast-check";
import {
  mayConfirm,
  mayEnd,
  mayTell,
  proposable,
  proposalOf,
  sayOf,
  stateOf,
  type Invitation,
} from "../../src/admission/rules.ts";
import { Refusal } from "../../src/base/refusal.ts";
import { ROLES, type Actor, type Role } from "../../src/door/rules.ts";

const person = fc.record({
  id: fc.constantFrom("a", "b", "c"),
  operator: fc.boolean(),
  roles: fc.subarray([...ROLES]).filter((roles) => !(roles.includes("trustee") && roles.includes("committee"))),
});
const actorOf = ({ id, operator, roles }: { id: string; operator: boolean; roles: readonly Role[] }): Actor => ({
  id,
  name: id,
  operator,
  memberships: roles.map((role) => ({ community: "small", role, owner: role === "owner" ? "P1" : "" })),
  scopes: null,
  hasKey: true,
});
const role = fc.constantFrom("trustee", "committee", "supervisor" as const);

const INVITATION: Invitation = {
  community: "small",
  id: "i",
  codeHash: null,
  role: "trustee",
  owner: "",
  unit: "",
  label: "小周",
  proposedBy: "a",
  proposedSide: "trustee",
  confirmedBy: null,
  createdAt: "2026-11-01T00:00:00.000Z",
  expiresAt: "2026-12-01T00:00:00.000Z",
  usedBy: null,
  usedAt: null,
  revokedAt: null,
};

describe("admission to a key", () => {
  it("is never proposed, agreed and told by one person, nor by people of one side", () => {
    fc.assert(
      fc.property(person, person, role, (one, two, wanted) => {
        const [proposer, other] = [actorOf(one), actorOf(two)];
        const facts = { actor: proposer, community: "small", role: wanted as "trustee", hadMember: true };
        try {
          const { side, needsConsent } = proposalOf(facts);
          const invitation = { ...INVITATION, role: wanted as Role, proposedBy: proposer.id, proposedSide: side };
          expect(needsConsent).to.equal(true);
          expect(mayConfirm(invitation, proposer, "small")).to.equal(false);
          if (mayConfirm(invitation, other, "small")) {
            expect(sayOf(other, "small")).to.not.equal(side);
            expect(other.id).to.not.equal(proposer.id);
          }
          // Who gets at the code belongs to the side that proposed, and no side proposes for the other.
          if (side !== "operator" && wanted !== "supervisor") {
            expect(wanted).to.equal(side);
          }
          if (mayTell(invitation, other) && side !== "operator") {
            expect(sayOf(other, "small")).to.equal(side);
          }
        } catch (error) {
          expect(error).to.be.instanceOf(Refusal);
        }
      }),
    );
  });

  it("is offered on the page exactly where it may be proposed", () => {
    fc.assert(
      fc.property(person, fc.boolean(), (who, hadMember) => {
        const actor = actorOf(who);
        const offered = proposable(actor, "small", () => hadMember);
        for (const wanted of ["trustee", "committee", "supervisor"] as const) {
          const propose = (): unknown => proposalOf({ actor, community: "small", role: wanted, hadMember });
          if (offered.includes(wanted)) {
            propose();
          } else {
            expect(propose, wanted).to.throw(Refusal);
          }
        }
      }),
    );
  });

  it("comes by the operator alone only where nobody ever was", () => {
    const operator = actorOf({ id: "a", operator: true, roles: [] });
    const at = { actor: operator, community: "small", role: "trustee" as const };
    expect(proposalOf({ ...at, hadMember: false })).to.deep.equal({
      side: "operator",
      isFirst: true,
      needsConsent: false,
    });
    expect(proposalOf({ ...at, hadMember: true })).to.include({ isFirst: false, needsConsent: true });
  });

  it("goes from waiting to agreed, told and used, and ends when it is taken back or too old", () => {
    const now = "2026-11-21T00:00:00.000Z";
    const states = [
      INVITATION,
      { ...INVITATION, confirmedBy: "b" },
      { ...INVITATION, confirmedBy: "b", codeHash: "h" },
      { ...INVITATION, confirmedBy: "b", codeHash: "h", usedAt: now },
      { ...INVITATION, revokedAt: now },
      { ...INVITATION, expiresAt: now },
    ].map((each) => stateOf(each, now));
    expect(states).to.deep.equal(["waiting", "agreed", "told", "used", "revoked", "expired"]);
  });

  it("is ended by the trustee for its own people and owners, by the committee and the operator for all", () => {
    const who = (roles: readonly Role[], operator = false): Actor => actorOf({ id: "a", operator, roles });
    expect(ROLES.filter((each) => mayEnd(who(["trustee"]), "small", each))).to.deep.equal(["owner", "trustee"]);
    expect(ROLES.filter((each) => mayEnd(who(["committee"]), "small", each))).to.deep.equal(ROLES);
    expect(ROLES.filter((each) => mayEnd(who([], true), "small", each))).to.deep.equal(ROLES);
  });
});
