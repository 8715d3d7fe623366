// What proves that a notice and its ballot were delivered: a paper that two people saw, or the owner's own word. Pure.
import { refuse } from "../base/refusal.ts";

/** A paper and the deliveries that it is brought for. */
export interface Proof {
  /** Its SHA-256. */
  readonly sha: string;
  /** The units of those who are said to have been reached, a text for each head. */
  readonly heads: readonly string[];
  /** Who recorded them. */
  readonly by: readonly string[];
  /** The number of the last of these deliveries. */
  readonly through: number;
  /** Who held it against all of them; null while nobody did. */
  readonly checkedBy: string | null;
}

/** Whether somebody may be its second person. */
export function mayCheck({ by, checkedBy }: Proof, account: string): boolean {
  return checkedBy === null && !by.includes(account);
}

export function assertMayCheck(proof: Proof | undefined, account: string): asserts proof is Proof {
  if (proof === undefined) {
    throw refuse("PAPER_UNKNOWN", "没有这份送达证明。", "请从送达证明的列表里打开。", 404);
  }
  if (proof.checkedBy !== null) {
    throw refuse("CHECKED_ALREADY", "这份送达证明已经核对过了。", "不用再做什么。", 409);
  }
  if (proof.by.includes(account)) {
    throw refuse("CHECK_NOT_YOURS", "送达是您自己登记的，不能自己核对。", "请业委会的另一位委员或监察人核对。", 403);
  }
}
