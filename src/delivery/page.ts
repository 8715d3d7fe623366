// Proofs of delivery in words.

interface ProofFacts {
  readonly sha: string;
  readonly heads: readonly string[];
  readonly recordedBy: readonly string[];
  readonly checkedBy: string | null;
  readonly mayCheck: boolean;
}

/** How many homes are named before the rest is a number. */
const NAMED = 60;

export function proofLine({ sha, heads, recordedBy, checkedBy, mayCheck }: ProofFacts) {
  const rest = heads.length > NAMED ? `，等 ${heads.length} 户` : "";
  const waiting = mayCheck ? "" : "▲ 等另一人核对";
  return {
    sha,
    title: `${heads.length} 户，${recordedBy.join("、")}登记`,
    heads: `${heads.slice(0, NAMED).join("；")}${rest}`,
    state: checkedBy === null ? waiting : `✓ ${checkedBy}已核对`,
    mayCheck,
  };
}
