// Resolutions for tests of what rests on them.
import { expect } from "chai";
import type { Db } from "../../src/platform/db.ts";

let matters = 0;

/** A resolution of the owners' assembly in the community's register. */
export async function aResolution(
  db: Db,
  community: string,
  number: string,
  over: Readonly<Record<string, string>> = {},
): Promise<void> {
  matters += 1;
  const about = { kind: "budget", title: "调整预算", text: "调整预算", decided_on: "2020-01-15", ...over };
  const vote = { body: "assembly", assembly: 1, matter: matters };
  const recorded = { recorded_by: "", recorded_at: "2020-01-15T02:00:00.000Z" };
  const added = await db("resolution").insert({ community, number, ...about, ...vote, ...recorded }, "number");
  expect(added).to.have.length(1);
}
