// Many owners who vote, in a process of their own, so that asking does not slow answering.

export interface BallotLoad {
  readonly url: string;
  readonly users: number;
  readonly voters: readonly { readonly head: string; readonly token: string }[];
}

/** How long all of it took in milliseconds, and each voter's receipt. */
export interface BallotLoaded {
  readonly ms: number;
  readonly receipts: Readonly<Record<string, string>>;
}

const CHOICES = ["agree", "oppose", "abstain"];

async function run({ url, users, voters }: BallotLoad): Promise<BallotLoaded> {
  const receipts: Record<string, string> = {};
  let next = 0;
  const start = performance.now();
  await Promise.all(
    Array.from({ length: users }, async () => {
      for (let index = next; index < voters.length; index = next) {
        next += 1;
        const { head = "", token = "" } = voters[index] ?? {};
        const choices = [1, 2].map((matter) => ({ matter, choice: CHOICES[(index + matter) % 3] }));
        const headers = {
          authorization: `Bearer ${token}`,
          "content-type": "application/json",
          "idempotency-key": `ballot-${head}`,
        };
        const response = await fetch(url, { method: "POST", headers, body: JSON.stringify({ head, choices }) });
        const told = (await response.json()) as { receipt: string };
        if (response.status !== 201) {
          throw new Error(`${response.status}: ${JSON.stringify(told)}`);
        }
        receipts[head] = told.receipt;
      }
    }),
  );
  return { ms: performance.now() - start, receipts };
}

async function answer(load: BallotLoad): Promise<void> {
  process.send?.(await run(load));
}

process.on("message", (load: BallotLoad) => void answer(load));
process.send?.("ready");
