// Decisions of the owners for tests: put into the register as a final vote does, with what they change.
import { dayAt } from "../../src/base/month.ts";
import { readEffect } from "../../src/effect/rules.ts";
import { applyEffect } from "../../src/effect/service.ts";
import { runTx, type Db } from "../../src/platform/db.ts";
import type { Decided } from "../../src/resolution/rules.ts";
import type { MatterKind } from "../../src/tally/rules.ts";
import { register } from "../../src/resolution/service.ts";

let votes = 1000;

/** Registers what the assembly decided and lets it take effect; answers its number. */
export async function decide(
  db: Db,
  community: string,
  kind: MatterKind,
  { effect = null, now, ...over }: { readonly effect?: unknown; readonly now: Date } & Partial<Decided>,
): Promise<string> {
  votes += 1;
  const vote = { body: "assembly", assembly: votes, matter: 1 } as const;
  const decided: Decided = { ...vote, kind, title: `事项 ${kind}`, text: "同意。", decidedOn: dayAt(now), ...over };
  return runTx(db, community, async (tx) => {
    const resolution = await register(tx, community, decided, { by: "", at: now });
    await applyEffect(tx, community, resolution, readEffect(kind, effect), now);
    return resolution.number;
  });
}
