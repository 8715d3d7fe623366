// SQL of what is held against the log, from the tables of the rooms on the left: one statement for each, however much
// there is. All of it is only read.
import type { Role } from "../door/rules.ts";
import { fen, toYuan } from "../base/money.ts";
import { day } from "../base/month.ts";
import { readMany, type Db } from "../platform/db.ts";
import { receiptNumber } from "../receipt/rules.ts";
import type { SpendStep } from "../request/rules.ts";
import { LOGGED, type Act, type BankFacts, type BankRow, type Holding, type MatchRow } from "./rules.ts";

// ---- Requests -----------------------------------------------------------------------------------------------------

/** The steps of these requests in their order, by request. */
export async function stepsBetween(
  db: Db,
  community: string,
  { first, last }: { readonly first: number; readonly last: number },
): Promise<Map<number, SpendStep[]>> {
  const rows: (SpendStep & { spend: number })[] = await db("spend_step")
    .where({ community })
    .whereBetween("spend", [first, last])
    .orderBy(["spend", "step"])
    .select("spend", "kind", "side", "actor", "text", "at");
  const steps = new Map<number, SpendStep[]>();
  for (const { spend, ...step } of rows) {
    steps.set(spend, [...(steps.get(spend) ?? []), step]);
  }
  return steps;
}

/** Who ever held a key of a side, and when. */
export async function holdingsOf(db: Db, community: string): Promise<Holding[]> {
  const roles: Role[] = ["trustee", "committee"];
  return db("member").where({ community }).whereIn("role", roles).select("account", "role", "since", "until");
}

// ---- The bank -----------------------------------------------------------------------------------------------------

/** Every bank line that was ever kept, by account and number. */
export async function keptLines(db: Db, community: string): Promise<Map<string, Map<number, BankRow>>> {
  const columns = ["account", "line", "day", "amount", "balance", "import"];
  const rows = (await readMany(db, db("bank_line").where({ community }).select(columns), columns)) as [
    string,
    number,
    string,
    number,
    number,
    number | null,
  ][];
  const kept = new Map<string, Map<number, BankRow>>();
  for (const [account, line, on, amount, balance, imported] of rows) {
    const lines = kept.get(account) ?? new Map<number, BankRow>();
    kept.set(account, lines);
    lines.set(line, { line, day: day(on), amount: fen(amount), balance: fen(balance), import: imported });
  }
  return kept;
}

/** What was matched and what was undone on each account. */
export type Matches = Pick<BankFacts, "matches" | "numbers" | "undoneAt">;

export async function matchesOf(db: Db, community: string): Promise<Map<string, Matches>> {
  const undone: { account: string; number: number; undone_at: string }[] = await db("bank_unmatch")
    .where({ community })
    .orderBy("undone_at")
    .select("account", "number", "undone_at");
  const columns = ["account", "number", "line", "entry", "amount"];
  const rows = (await readMany(db, db("bank_match").where({ community }).select(columns), columns)) as [
    string,
    number,
    number,
    number,
    number,
  ][];
  const ended = new Map(undone.map(({ account, number, undone_at: at }) => [`${account} ${number}`, at]));
  const lastAt = new Map(undone.map(({ account, undone_at: at }) => [account, at]));
  const found = new Map<string, { matches: MatchRow[]; numbers: Set<number> }>();
  for (const [account, number, line, entry, amount] of rows) {
    const here = found.get(account) ?? { matches: [], numbers: new Set() };
    found.set(account, here);
    here.numbers.add(number);
    if (!ended.has(`${account} ${number}`)) {
      here.matches.push({ number, line, entry, amount: fen(amount) });
    }
  }
  return new Map(
    [...found].map(([account, { matches, numbers }]) => {
      const last = Math.max(...numbers);
      return [account, { matches, numbers: { count: numbers.size, last }, undoneAt: lastAt.get(account) ?? "" }];
    }),
  );
}

// ---- The log ------------------------------------------------------------------------------------------------------

/** What the log tells of the acts that are held against it, in their order. */
export async function eventsOf(db: Db, community: string): Promise<Act[]> {
  const columns = ["at", "actor", "what", "detail"];
  const asked = db("event")
    .where({ community })
    .whereIn("what", [...Object.keys(LOGGED), ...Object.keys(SAME_ACT)])
    .orderBy(["at", "id"])
    .select(columns);
  const rows = (await readMany(db, asked, columns)) as [string, string, string, string][];
  return rows.map(([at, actor, told, detail]) => {
    const what = SAME_ACT[told] ?? told;
    return { at, actor, what, detail: JSON.parse(detail) as Act["detail"] };
  });
}

/** Events that leave the same row as another. */
const SAME_ACT: Readonly<Record<string, string>> = {
  "voucher uncovered": "voucher redacted",
  "bank file imported across a gap": "bank file imported",
};

/** What a kind of act left in its table, and how a row reads as the act. */
interface Source {
  readonly what: string;
  readonly table: string;
  readonly columns: readonly string[];
  readonly where?: Readonly<Record<string, unknown>>;
  readonly read: (...values: readonly string[]) => Omit<Act, "what">;
}

const SOURCES: readonly Source[] = [
  {
    what: "receipt given",
    table: "receipt",
    columns: ["recorded_at", "recorded_by", "number", "amount"],
    read: (at = "", actor = "", number, amount) => ({
      at,
      actor,
      detail: { number: receiptNumber(Number(number)), amount: toYuan(fen(Number(amount))) },
    }),
  },
  {
    what: "voucher uploaded",
    table: "voucher",
    columns: ["uploaded_by", "sha256", "name"],
    read: (actor = "", sha = "", name = "") => ({ at: "", actor, detail: { sha, name } }),
  },
  {
    what: "voucher redacted",
    table: "voucher_copy",
    columns: ["decided_by", "sha256", "version", "copy"],
    read: (actor = "", sha = "", version = "", copy = "") => ({
      at: "",
      actor,
      detail: { sha, copy, version },
    }),
  },
  {
    what: "voucher superseded",
    table: "voucher_supersession",
    columns: ["superseded_at", "superseded_by", "old", "replacement", "reason"],
    read: (at = "", actor = "", old = "", replacement = "", reason = "") => ({
      at,
      actor,
      detail: { old, replacement, reason },
    }),
  },
  {
    what: "bank file imported",
    table: "bank_import",
    columns: ["imported_at", "imported_by", "account", "sha256", "added"],
    read: (at = "", actor = "", account = "", sha256 = "", added = "") => ({
      at,
      actor,
      detail: { account, sha256, added },
    }),
  },
  {
    what: "bank unmatched",
    table: "bank_unmatch",
    columns: ["undone_at", "undone_by", "account", "reason"],
    read: (at = "", actor = "", account = "", reason = "") => ({ at, actor, detail: { account, reason } }),
  },
  {
    what: "reconciliation finished",
    table: "reconciliation",
    columns: ["finished_at", "finished_by", "account", "month", "bank_balance"],
    read: (at = "", actor = "", account = "", month = "", balance) => ({
      at,
      actor,
      detail: { account, month, balance: toYuan(fen(Number(balance))) },
    }),
  },
  {
    what: "month closed",
    table: "month_close",
    columns: ["closed_at", "month"],
    read: (at = "", month = "") => ({ at, actor: "", detail: { month } }),
  },
  {
    what: "month published",
    table: "statement",
    columns: ["published_at", "month"],
    where: { revision: 1 },
    read: (at = "", month = "") => ({ at, actor: "", detail: { month } }),
  },
];

/** What rooms kept of the acts that are held against the log, but for requests. */
export async function actsOf(db: Db, community: string): Promise<Act[]> {
  const acts: Act[] = [];
  for (const { what, table, columns, where = {}, read } of SOURCES) {
    const asked = db(table)
      .where({ community, ...where })
      .select(columns);
    const rows = await readMany(db, asked, columns);
    rows.forEach((row) => acts.push({ what, ...read(...row.map(String)) }));
  }
  // Placements that follow from a resolution are nobody's act.
  const placed = await db("discount_unit").where({ community }).whereNot("recorded_by", "").orderBy("seq");
  return [
    ...acts,
    ...placed.map(({ recorded_at: at, recorded_by: actor, unit, from_month: from, rule }) => ({
      what: "unit placed under rule",
      at,
      actor,
      detail: { unit, from, rule },
    })),
  ];
}
