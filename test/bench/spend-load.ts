// Many users who log spends, in a process of their own, so that asking does not slow answering.

export interface Load {
  readonly url: string;
  readonly token: string;
  readonly users: number;
  readonly requests: number;
  readonly round: number;
}

/** How long all of it took, and each request by itself, in milliseconds. */
export interface Loaded {
  readonly ms: number;
  readonly each: readonly number[];
}

/** One spend on paper: an amount, an invoice, one of seventeen suppliers. */
function bodyOf(round: number, index: number): string {
  const number = `24${String(round + 1).padStart(6, "0")}${String(index).padStart(12, "0")}`;
  return JSON.stringify({
    payee: `第${index % 17}五金店`,
    day: "2020-01-15",
    purpose: `第 ${index} 笔`,
    lines: [{ account: "5001", amount: `${1 + (index % 9)}.${String(index % 100).padStart(2, "0")}` }],
    invoices: [{ number }],
    confirmed: ["TWIN"],
  });
}

async function run({ url, token, users, requests, round }: Load): Promise<Loaded> {
  const each: number[] = [];
  let next = 0;
  const start = performance.now();
  await Promise.all(
    Array.from({ length: users }, async () => {
      while (next < requests) {
        const index = next;
        next += 1;
        const begun = performance.now();
        const headers = {
          authorization: `Bearer ${token}`,
          "content-type": "application/json",
          "idempotency-key": `round-${round}-${index}`,
        };
        const response = await fetch(url, { method: "POST", headers, body: bodyOf(round, index) });
        const text = await response.text();
        if (response.status !== 201) {
          throw new Error(`${response.status}: ${text}`);
        }
        each.push(performance.now() - begun);
      }
    }),
  );
  return { ms: performance.now() - start, each };
}

async function answer(load: Load): Promise<void> {
  process.send?.(await run(load));
}

process.on("message", (load: Load) => void answer(load));
process.send?.("ready");
