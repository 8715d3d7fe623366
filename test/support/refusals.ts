// Refusals in tests: that something is refused, and with which code.
import { expect } from "chai";
import { Refusal } from "../../src/base/refusal.ts";

/** Passes when the work is refused with that code; anything else fails. */
export async function refuses(code: string, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    expect(error).to.be.instanceOf(Refusal);
    expect((error as Refusal).code).to.equal(code);
    return;
  }
  throw new Error(`nothing refused with ${code}`);
}
