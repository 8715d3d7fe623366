// npm run bench [-- post import close statement pdf http spend bank ballot]: how fast the program is beside the plainest way to do the same.
// Every pair is measured in turn within one run; only ratios are held against goals, since machines differ. Each section
// runs in a process of its own, so that its peak of memory is its own.
import { fork } from "node:child_process";
import { once } from "node:events";
import os from "node:os";
import { fileURLToPath } from "node:url";
import { benchBallot } from "./ballot.ts";
import { benchBank } from "./bank.ts";
import { benchClose } from "./close.ts";
import { benchHttp } from "./http.ts";
import { benchImport } from "./import.ts";
import { isMet, type Bench, type Outcome } from "./measure.ts";
import { benchPdf } from "./pdf.ts";
import { benchPost } from "./post.ts";
import { startPostgres } from "./postgres.ts";
import { benchSpend } from "./spend.ts";
import { benchStatement } from "./statement.ts";

const SECTIONS: Readonly<Record<string, (bench: Bench) => Promise<void>>> = {
  post: benchPost,
  import: benchImport,
  close: benchClose,
  statement: benchStatement,
  pdf: benchPdf,
  http: benchHttp,
  spend: benchSpend,
  bank: benchBank,
  ballot: benchBallot,
};
const ON_POSTGRES = ["post", "import", "spend", "bank", "ballot"];
/** Set in the process of one section: where its PostgreSQL is ("" for none). */
const CHILD = "XINYI_BENCH_POSTGRES";

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

function wordsOf(outcome: Outcome): string {
  const { goal, ratio } = outcome;
  const verdict = isMet(outcome) ? "met" : "MISSED";
  const held = goal === null ? "" : `   goal ${goal.kind === "atLeast" ? "≥" : "≤"} ${goal.value}: ${verdict}`;
  return `${outcome.what}\n      ${outcome.ours}   ${outcome.other}   ratio ${ratio.toFixed(2)}${held}`;
}

/** In a section's own process: measures it and sends what it found. */
async function runSection(name: string, postgresUrl: string): Promise<void> {
  await SECTIONS[name]?.({
    postgresUrl,
    note: (line) => say(`    ${line}`),
    outcome: (outcome) => {
      say(`  • ${wordsOf(outcome)}`);
      process.send?.(outcome);
    },
  });
  say(`    peak memory of this section: ${Math.round(process.resourceUsage().maxRSS / 1024)} MB`);
  process.disconnect?.();
}

/** Starts a section's process; answers its outcomes. Throws when it fails. */
async function startSection(name: string, postgresUrl: string): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  say(`\n${name}`);
  const child = fork(fileURLToPath(import.meta.url), [name], { env: { ...process.env, [CHILD]: postgresUrl } });
  child.on("message", (message) => outcomes.push(message as Outcome));
  const [code] = (await once(child, "exit")) as [number | null];
  if (code !== 0) {
    throw new Error(`section ${name} ended with ${String(code)}`);
  }
  return outcomes;
}

async function runAll(names: readonly string[]): Promise<void> {
  const start = performance.now();
  const [cpu] = os.cpus();
  say(`${os.cpus().length} × ${cpu?.model ?? "?"}, Node ${process.version}; medians of rounds (lowest–highest)`);
  say("SQLite: WAL, synchronous=FULL. PostgreSQL: default durability (fsync and synchronous_commit on), loopback.");
  const postgres = names.some((name) => ON_POSTGRES.includes(name))
    ? await startPostgres().catch((error: unknown) => say(`PostgreSQL does not start: ${String(error)}`))
    : undefined;
  const outcomes: Outcome[] = [];
  try {
    for (const name of names) {
      outcomes.push(...(await startSection(name, postgres?.url ?? "")));
    }
  } finally {
    await postgres?.stop();
  }
  const missed = outcomes.filter((outcome) => !isMet(outcome));
  say(
    `\n${outcomes.length - missed.length} of ${outcomes.length} goals met in ${Math.round((performance.now() - start) / 1000)} s`,
  );
  missed.forEach((outcome) => say(`missed: ${wordsOf(outcome)}`));
}

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !Object.hasOwn(SECTIONS, name));
const childOf = process.env[CHILD];
if (unknown.length > 0) {
  say(`unknown section ${unknown.join(", ")}; there are ${Object.keys(SECTIONS).join(", ")}`);
  process.exitCode = 2;
} else if (childOf === undefined) {
  await runAll(asked.length === 0 ? Object.keys(SECTIONS) : asked);
} else {
  await runSection(asked[0] ?? "", childOf);
}
