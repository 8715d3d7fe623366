// The first start as whoever installs it sees it: a one-time link on the terminal, and no account that was there before.
import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { expect } from "chai";
import { openBooks, openDoor } from "../../src/app.ts";
import { DIALECTS, emptyDatabase } from "../support/databases.ts";
import { writeFolder } from "../support/folders.ts";
import { operatorOf } from "../support/people.ts";

const XINYI = path.resolve("src/xinyi.js");
const PUBLIC_URL = "https://zhang.example.cn";

/** What it prints until it printed that, and a moment longer. */
async function run(args: readonly string[], url: string, until: RegExp): Promise<string> {
  const env = { ...process.env, DATABASE_URL: url, XINYI_DATA: writeFolder({}), PUBLIC_URL };
  const child = spawn(process.execPath, [XINYI, ...args], { env, stdio: ["ignore", "pipe", "inherit"] });
  let out = "";
  child.stdout.on("data", (piece: Buffer) => {
    out += piece.toString();
    if (until.test(out)) {
      setTimeout(() => child.kill("SIGTERM"), 800);
    }
  });
  await once(child, "close");
  return out;
}

const LINK = /https:\/\/zhang\.example\.cn\/join\?code=([2-9A-Z]{4}-[2-9A-Z]{4}-[2-9A-Z]{4}) /u;

describe("the first start", function () {
  this.timeout(60_000);

  for (const dialect of DIALECTS) {
    it(`prints a one-time link, each time anew until there is an account, on ${dialect}`, async () => {
      const empty = await emptyDatabase(dialect);
      const serve = (until: RegExp): Promise<string> => run(["serve", "--empty", "--port", "0"], empty.url, until);
      const [, first = ""] = LINK.exec(await serve(/第一次使用.*\n/u)) ?? [];
      const [, second = ""] = LINK.exec(await serve(/第一次使用.*\n/u)) ?? [];
      expect(first).to.have.lengthOf(14);
      expect(second).to.have.lengthOf(14).and.not.to.equal(first);

      const db = await openBooks(empty.url);
      expect(await db("account").select()).to.deep.equal([]);
      const open = await db("invitation").whereNull("revoked_at").select("role", "used_at");
      expect(open).to.deep.equal([{ role: "operator", used_at: null }]);
      await operatorOf(openDoor(db), "root");
      await db.destroy();

      const third = await serve(/已启动.*\n/u);
      expect(third).to.contain("已启动").and.not.to.contain("第一次使用");
      await empty.remove();
    });
  }

  it("lets whoever holds the machine add an operator when the only one forgot the password", async () => {
    const empty = await emptyDatabase("SQLite");
    const db = await openBooks(empty.url);
    await operatorOf(openDoor(db), "root");
    await db.destroy();
    expect(await run(["operator"], empty.url, /never/u)).to.match(LINK);
    await empty.remove();
  });
});
