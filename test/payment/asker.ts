// Another server of the same community, for a test: waits for a word, asks for many payments at once, says what became.
import { openDatabase } from "../../src/platform/db.ts";
import { openDoor } from "../../src/app.ts";
import { Refusal } from "../../src/base/refusal.ts";
import { execute, type Asker } from "../../src/door/service.ts";
import { requestSpend } from "../../src/spending/service.ts";

const [url = "", now = "", asker = "", count = "0"] = process.argv.slice(2);
const db = await openDatabase(url);
const door = openDoor(db, { clock: () => new Date(now) });

async function ask(index: number): Promise<string> {
  const lines = [{ account: "5002", amount: "600.00" }];
  const wish = { payee: `另一台第${index}五金店`, day: now.slice(0, 10), purpose: "灯管", lines };
  try {
    await execute(door, JSON.parse(asker) as Asker, requestSpend, wish);
    return "";
  } catch (error) {
    return error instanceof Refusal ? error.code : String(error);
  }
}

async function askAll(): Promise<void> {
  process.send?.(await Promise.all(Array.from({ length: Number(count) }, (_, index) => ask(index))));
  await db.destroy();
  process.disconnect();
}

process.once("message", () => void askAll());
process.send?.("ready");
