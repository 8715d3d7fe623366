// Nobody moves money alone: whatever one account tries, in whatever order, no bank account ever holds less.
import { expect } from "chai";
import * as fc from "fast-check";
import { Refusal } from "../../src/base/refusal.ts";
import { ROUTES } from "../../src/app.ts";
import { execute, NOBODY, type Command } from "../../src/door/service.ts";
import { releaseSpend } from "../../src/payment/routes.ts";
import { requestSpend } from "../../src/spending/service.ts";
import { isPostgres, type Db } from "../../src/platform/db.ts";
import { DIALECTS, useBooks } from "../support/databases.ts";
import { decide } from "../support/decisions.ts";
import { anEstate, aPayment, type Estate } from "../support/estate.ts";
import { personIn, type Person } from "../support/people.ts";

/** Every command in a community, those to come among them; signing in and one's own account move no money. */
const COMMANDS: readonly Command[] = [
  ...new Set(
    ROUTES.flatMap((route): Command[] => {
      if (route.kind === "form") {
        return [route.command];
      }
      return route.kind === "api" && route.useCase.kind === "command" ? [route.useCase] : [];
    }).filter(({ may }) => may.includes(".")),
  ),
];

/** Those that ask for money, release it, or book what the bank says: tried more often than the others. */
const NEAR_MONEY: readonly Command[] = COMMANDS.filter(({ may }) => /^(?:spend|fees|bank|supplier)\./u.test(may));

const amount = fc.constantFrom(
  "0.01",
  "42.00",
  "150.00",
  "400.00",
  "1999.99",
  "2000.01",
  "3000.00",
  "50000.01",
  "99999.00",
);
const bank = fc.constantFrom("common", "common", "repair", "custody", "");
const account = fc.constantFrom("5003", "5003", "5002", "5001", "5009", "5101", "5501", "2241", "4002", "");

/** Fields of every form at once: each command takes what it knows. */
const fields = fc.record({
  id: fc.integer({ min: 1, max: 6 }).map(String),
  payee: fc.constantFrom("明辉五金店", "小院物业", "李建国", "洁净保洁服务部"),
  name: fc.constantFrom("明辉五金店", "新店", "小院物业"),
  day: fc.constantFrom("2020-01-20", "2020-01-25", "2020-02-01"),
  purpose: fc.constantFrom("灯管", "电梯大修", "保洁"),
  lines: fc.array(fc.record({ account, amount }), { minLength: 1, maxLength: 1 }),
  bank,
  toBank: bank,
  amount,
  resolution: fc.constantFrom("", "2020-业主大会-1", "2020-1 号决议"),
  emergency: fc.constantFrom("", "", "水管爆裂"),
  reason: fc.constantFrom("写错了", "重复登记"),
  entry: fc.constantFrom("2020-01-0001", "2020-01-0002", "2019-12-0001", "2020-01-0003"),
  account,
  confirmed: fc.constantFrom([], ["TWIN", "INVOICE_TOO_SMALL"]),
  verdict: fc.constantFrom("yes", "no"),
  text: fc.constantFrom("", "2020-2 号决议"),
  unit: fc.constantFrom("", "101", "102"),
  kind: fc.constantFrom("fee", "deposit", "parking"),
  month: fc.constantFrom("2020-01", "2020-02"),
  line: fc.integer({ min: 1, max: 3 }).map(String),
  receipt: fc.integer({ min: 1, max: 3 }).map(String),
  number: fc.integer({ min: 1, max: 3 }).map(String),
  related: fc.constantFrom("", "经理的弟弟"),
  isActive: fc.constantFrom("on", ""),
});

const action = fc.record({
  command: fc.constantFrom<Command>(...NEAR_MONEY, ...NEAR_MONEY, requestSpend, releaseSpend, ...COMMANDS),
  fields,
  daysLater: fc.constantFrom(0, 0, 0, 0, 1, 15),
});

/** Those who may ask come more often than those who may only look. */
const ROLES = ["trustee", "trustee", "committee", "committee", "owner", "supervisor", "operator"] as const;

/** Somebody new in the community, who holds a key whatever the role. */
async function somebody({ door, code }: Estate, role: (typeof ROLES)[number]): Promise<Person> {
  if (role !== "operator") {
    return personIn(door, code, role, { owner: role === "owner" ? "P1" : "" });
  }
  const person = await personIn(door, code, "supervisor");
  const actor = { ...NOBODY, id: person.asker.actor.id, operator: true, hasKey: true };
  return { ...person, asker: { ...person.asker, actor } };
}

async function moneyIn(db: Db, code: string): Promise<Record<string, number>> {
  const rows: { bank: string; amount: string | number }[] = await db("entry_line")
    .where({ community: code, account: "1002" })
    .groupBy("bank")
    .orderBy("bank")
    .select("bank", db.raw("sum(amount) as amount"));
  return Object.fromEntries(rows.map((row) => [row.bank, Number(row.amount)]));
}

for (const dialect of DIALECTS) {
  describe(`one account alone on ${dialect}`, function () {
    this.timeout(120_000);
    const books = useBooks(dialect);

    it("never takes money out, whatever its role and whatever it tries", async () => {
      const kept = { asked: 0 };
      await fc.assert(
        fc.asyncProperty(
          fc.constantFrom(...ROLES),
          fc.array(action, { minLength: 5, maxLength: 25 }),
          async (role, actions) => {
            const estate = await anEstate(books.db);
            const project = { project: "电梯大修", amount: "3000.00", accounts: ["5501", "5002"] };
            await decide(books.db, estate.code, "use-repair-fund", { now: estate.clock.now(), effect: project });
            const person = await somebody(estate, role);
            const before = await moneyIn(books.db, estate.code);
            const tries = [{ command: requestSpend, fields: aPayment(), daysLater: 0 }, ...actions];
            for (const { command, fields: typed, daysLater } of tries) {
              estate.clock.tick();
              estate.clock.later(daysLater);
              await execute(estate.door, person.asker, command, { ...typed, code: person.code() }).catch(
                (error: unknown) => {
                  // Anything but a refusal is a fault of ours.
                  if (!(error instanceof Refusal)) {
                    throw error;
                  }
                },
              );
              const left = await moneyIn(books.db, estate.code);
              for (const [account_, held] of Object.entries(before)) {
                expect(left[account_], `${command.name} on ${account_}`).to.be.at.least(held);
              }
            }
            kept.asked += (await books.db("spend").where({ community: estate.code })).length;
          },
        ),
        { numRuns: isPostgres(books.db) ? 12 : 30 },
      );
      // Else nothing was tried at all.
      expect(kept.asked).to.be.greaterThan(3);
    });
  });
}
