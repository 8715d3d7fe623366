// A large community feels like a small one only where look-ups go by an index. Every page, file and read of the API is
// opened in a small community, and SQLite is asked how it would carry out each statement that was sent: none may read a
// whole table that grows, nor all that one community has of it, but those that are named here with the reason. Nothing
// is timed, so nothing depends on the machine.
import { expect } from "chai";
import { openSession } from "../../src/access/service.ts";
import { ROUTES } from "../../src/app.ts";
import { addressOf, mayOf } from "../../src/door/routes.ts";
import { PERMISSIONS, type Role } from "../../src/door/rules.ts";
import { execute } from "../../src/door/service.ts";
import { releaseSpend } from "../../src/payment/routes.ts";
import { runTx } from "../../src/platform/db.ts";
import { takeMoney } from "../../src/receipt/service.ts";
import { requestSpend } from "../../src/spending/service.ts";
import { useApp } from "../support/app.ts";
import { useBooks } from "../support/databases.ts";
import { anEstate, aPayment, does, type Estate } from "../support/estate.ts";
import { operatorOf, personIn } from "../support/people.ts";

/** Tables that grow with the years or with the owners. What a community has once per unit is read whole where all count. */
const GROWING = new Set(
  (
    "entry entry_line bill receipt bank_line bank_match revenue_payment statement " +
    "spend spend_line spend_key spend_step spend_invoice spend_voucher voucher voucher_page " +
    "voucher_copy voucher_entry voucher_shown voucher_supersession roll_head roll_holder delivery ballot " +
    "ballot_choice paper_entry proxy account member owner_check invitation session " +
    "api_token throttle answer event"
  ).split(" "),
);

/** Indexes that hold only what is open or rare: to read all of a community's is what they are for. */
const NARROW = ["bill_open", "invitation_open", "spend_emergency", "spend_unratified", "spend_waiting"];

/** What may read all that a community has: a step of the plan, words of the statement, and why. */
const MEANT: readonly (readonly [step: string, words: string, why: string])[] = [
  ["SEARCH statement", "order by `month` asc, `revision` asc", "the list of all published months"],
  ["SEARCH statement", "max(`month`) as `newest`", "the end of an index"],
  ["SEARCH receipt", "max(`number`) as `number`", "the end of an index"],
  ["SEARCH spend", "max(`id`) as `last`", "the end of an index"],
  ["SEARCH bill", "order by `period` desc limit ?", "the end of an index"],
  ["SEARCH event", "order by `at` desc", "a page of the log, by its key"],
  ["SEARCH v ", "order by `v`.`uploaded_at` desc", "a page of a list, by its index"],
  ["SEARCH v ", "select count(*) as `count` from `voucher`", "how many vouchers wait for a decision"],
  ["SEARCH s ", "inner join `supplier` as `p`", "the newest forty, by their key"],
  ["SEARCH p ", "from `revenue_payment` as `p` left join `entry` as `r`", "the dues of a few contracts"],
  ["member", "count(*) as `count` from `member`", "counts of one community, and of all for the operator"],
];

const PARAMETERS: Readonly<Record<string, string>> = { month: "2020-01", unit: "101", number: "1", account: "common" };
const QUERIES = ["", "?unit=101&find=1"];

describe("how statements look for their rows", function () {
  this.timeout(120_000);
  const books = useBooks("SQLite");
  const app = useApp(books);
  let estate: Estate;
  /** Each statement that was sent, once, with what it was sent. */
  const sent = new Map<string, readonly unknown[]>();

  before(async () => {
    estate = await anEstate(books.db);
    books.db.on("query", ({ sql, bindings }: { sql: string; bindings?: readonly unknown[] }) => {
      sent.set(sql, bindings ?? []);
    });
    const { door, wang, zhao, clock } = estate;
    await execute(door, wang.asker, takeMoney, { method: "scan", kind: "fee", unit: "101", amount: "60.00" });
    const wish = aPayment({ invoice: "24112000000135114087" });
    const { id } = await does<{ id: number }>(estate, wang, requestSpend, wish);
    clock.tick();
    await does(estate, zhao, releaseSpend, { id, code: zhao.code() });
    await does(
      estate,
      wang,
      requestSpend,
      aPayment({ purpose: "保险丝", lines: [{ account: "5002", amount: "20.00" }] }),
    );
    app.now = clock.now();
  });

  /** A cookie of somebody of that role. */
  async function cookieOf(role: Role | "operator"): Promise<string> {
    const person =
      role === "operator"
        ? await operatorOf(estate.door)
        : await personIn(estate.door, estate.code, role, { owner: role === "owner" ? "P1" : "" });
    const call = { address: "", session: null, community: "", now: app.now };
    const who = { account: person.asker.actor.id };
    return `xinyi=${await runTx(books.db, "", (tx) => openSession({ ...call, tx } as never, who))}`;
  }

  async function readEverything(): Promise<void> {
    const cookies = new Map<string, string>();
    for (const role of ["trustee", "committee", "supervisor", "owner", "operator"] as const) {
      cookies.set(role, await cookieOf(role));
    }
    for (const route of ROUTES.filter(({ method }) => method === "get")) {
      const may = mayOf(route);
      const roles: readonly string[] = Object.hasOwn(PERMISSIONS, may) ? PERMISSIONS[may as "desk.view"] : ["operator"];
      const address = addressOf(route).replaceAll(/:(\w+)/gu, (_all, name: string) =>
        name === "code" ? estate.code : (PARAMETERS[name] ?? "1"),
      );
      const cookie = roles.map((role) => cookies.get(role)).find((each) => each !== undefined) ?? "";
      for (const query of QUERIES) {
        const response = await fetch(app.origin + address + query, { headers: { cookie }, redirect: "manual" });
        await response.arrayBuffer();
      }
    }
  }

  it("goes by an index that narrows it to what is asked for", async () => {
    await readEverything();
    const asked = [...sent].filter(([sql]) => /^\s*(?:select|with|update|delete)\b/iu.test(sql));
    expect(asked.length).to.be.greaterThan(100);
    const wrong: string[] = [];
    for (const [sql, bindings] of asked) {
      const plan: { detail: string }[] = await books.db.raw(`explain query plan ${sql}`, bindings as string[]);
      const steps = plan.map(({ detail }) => detail).filter((step) => readsAll(step, sql));
      wrong.push(...steps.filter((step) => !isMeant(step, sql)).map((step) => `${step}\n  ${sql}`));
    }
    expect(wrong.join("\n\n")).to.equal("");
  });

  it("knows every index of the tables whose sizes SQLite is told", async () => {
    const told: { tbl: string; idx: string }[] = await books.db.raw("select tbl, idx from sqlite_stat1 order by 1, 2");
    const there: { tbl: string; idx: string }[] = await books.db.raw(
      `select t.name as tbl, case when l.wr = 1 and i.origin = 'pk' then t.name else i.name end as idx
       from sqlite_schema t join pragma_table_list l on l.name = t.name join pragma_index_list(t.name) i
       where t.type = 'table' and t.name in (select tbl from sqlite_stat1) order by 1, 2`,
    );
    expect(told).to.deep.equal(there);
  });
});

/** Whether a step of a plan reads a growing table whole, or all that one community has of it. */
function readsAll(detail: string, sql: string): boolean {
  const [, how = "", name = ""] = /^(SCAN|SEARCH) (\w+)/u.exec(detail) ?? [];
  // A plan calls a table what the statement calls it: `entry` as `e`.
  const plain = sql.replaceAll(/[`"]/gu, "");
  const table = new RegExp(`(?:from|join) (\\w+)(?: as)? ${name}\\b`, "iu").exec(plain)?.[1] ?? name;
  return GROWING.has(table) && (how === "SCAN" || detail.includes("(community=?)"));
}

function isMeant(step: string, sql: string): boolean {
  // A list of no values is written 1 = 0: it reads nothing.
  return (
    /\b1 = \?/u.test(sql) ||
    NARROW.some((index) => step.includes(`INDEX ${index} `)) ||
    MEANT.some(([part, words]) => step.includes(part) && sql.includes(words))
  );
}
