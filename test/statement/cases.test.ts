// The cases of the project: folders as communities bring them, with independently computed statements.
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { importFolder } from "../../src/intake/service.ts";
import { month } from "../../src/base/month.ts";
import { closeThrough } from "../../src/period/service.ts";
import { verifyCommunity } from "../../src/proof/service.ts";
import { listStatements, parseStatement, publishThrough } from "../../src/statement/service.ts";
import { DIALECTS, useBooks } from "../support/databases.ts";
import { EXPECTED_FENGHUAYUAN, EXPECTED_PINGAN, listening, PINGAN, SAMPLE } from "../support/folders.ts";

const now = new Date("2026-11-21T04:00:00Z");

/** The figures that the expected file has, taken out of the statement: the file has fewer keys, never other values. */
function sameKeys(expected: unknown, found: unknown): unknown {
  if (Array.isArray(expected) && Array.isArray(found)) {
    return found.map((each, index) => sameKeys(expected[index], each));
  }
  if (typeof expected === "object" && expected !== null && typeof found === "object" && found !== null) {
    return Object.fromEntries(
      Object.keys(expected).map((key) => [key, sameKeys((expected as never)[key], (found as never)[key])]),
    );
  }
  return found;
}

const CASES = [
  {
    name: "平安社区 2017",
    folder: PINGAN,
    expected: EXPECTED_PINGAN,
    code: "pingan",
    last: month("2017-06"),
    months: 1,
  },
  {
    name: "风华苑 2020-2021",
    folder: SAMPLE,
    expected: EXPECTED_FENGHUAYUAN,
    code: "fenghuayuan",
    last: month("2021-03"),
    months: 15,
  },
];

const bytesByDialect = new Map<string, string[]>();

for (const { name, folder, expected, code, last, months } of CASES) {
  for (const dialect of DIALECTS) {
    describe(`the statements of ${name} on ${dialect}`, function () {
      this.timeout(120_000);
      const books = useBooks(dialect);

      before(async () => {
        await importFolder(books.db, folder, listening());
        await closeThrough(books.db, code, last, { now });
        await publishThrough(books.db, code, last, { now });
        bytesByDialect.set(
          `${code} ${dialect}`,
          (await listStatements(books.db, code)).map((each) => each.bytes),
        );
      });

      for (const file of readdirSync(expected).toSorted()) {
        it(`equal the independently computed ${file} in every key`, async () => {
          const figures: unknown = JSON.parse(readFileSync(path.join(expected, file), "utf8"));
          const published = (await listStatements(books.db, code)).find((each) => `${each.month}.json` === file);
          const statement = parseStatement(published?.bytes ?? "{}");
          expect(sameKeys(figures, statement)).to.deep.equal(figures);
          expect(Object.keys(statement.funds)).to.have.members(Object.keys((figures as typeof statement).funds));
        });
      }

      it("are all there, and everything recomputed from the journal agrees", async () => {
        expect(await listStatements(books.db, code)).to.have.length(months);
        expect((await verifyCommunity(books.db, code)).faults).to.deep.equal([]);
      });
    });
  }

  describe(`the statements of ${name}`, () => {
    it("are the same bytes on both databases", () => {
      expect(bytesByDialect.get(`${code} SQLite`)).to.have.length(months);
      expect(bytesByDialect.get(`${code} SQLite`)).to.deep.equal(bytesByDialect.get(`${code} PostgreSQL`));
    });
  });
}

describe("the statement of 平安社区", () => {
  it("shows what its notice published: received 82,636.00, paid 71,828.00, balance 9,476.00", () => {
    const { funds } = parseStatement(bytesByDialect.get("pingan SQLite")?.[0] ?? "{}");
    expect(funds["common"]).to.include({
      received: "82636.00",
      paid: "71828.00",
      closing: "9476.00",
      opening: "-1332.00",
    });
  });
});
