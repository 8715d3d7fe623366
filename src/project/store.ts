// SQL of the repair fund's projects. What was paid for one is read from the journal.
import { fen, type Fen } from "../base/money.ts";
import { day, type Day } from "../base/month.ts";
import { CASH, REPAIR } from "../ledger/rules.ts";
import { answer, type Db, type Question, type Tx } from "../platform/db.ts";
import type { ProjectState } from "./rules.ts";

export async function insertProject(
  tx: Tx,
  community: string,
  project: Pick<ProjectState, "resolution" | "name" | "amount" | "accounts">,
  at: Date,
): Promise<void> {
  const { resolution, name, amount, accounts } = project;
  const opened = { accounts: JSON.stringify(accounts), opened_at: at.toISOString() };
  await tx("project").insert({ community, resolution, name, amount, ...opened });
}

export async function insertEnd(
  tx: Tx,
  community: string,
  resolution: string,
  end: { readonly on: Day; readonly reason: string },
  recorded: { readonly by: string; readonly at: Date },
): Promise<void> {
  await tx("project_end").insert({
    community,
    resolution,
    ended_on: end.on,
    reason: end.reason,
    recorded_by: recorded.by,
    recorded_at: recorded.at.toISOString(),
  });
}

const COLUMNS = ["resolution", "name", "amount", "accounts", "ended_on", "reason", "void_from", "paid"] as const;

interface ProjectRow {
  resolution: string;
  name: string;
  amount: number;
  accounts: string;
  ended_on: string | null;
  reason: string | null;
  void_from: string | null;
  paid: number;
}

/** Entries for a resolution, and those that took one back: a reversal names the entry it takes back and no resolution. */
const entriesFor = (community: string, resolution: string): string => `
  select c.seq from entry c where c.community = ${community} and c.resolution = ${resolution}
  union all
  select r.seq from entry c join entry r on r.community = c.community and r.corrects = c.seq and r.resolution is null
  where c.community = ${community} and c.resolution = ${resolution}`;

/** Paid for the resolution, less what was reversed. */
const PAID = `(select cast(coalesce(sum(-l.amount), 0) as bigint)
  from entry e join entry_line l on l.community = e.community and l.month = e.month and l.number = e.number
  where e.community = p.community and e.seq in (${entriesFor("p.community", "p.resolution")})
    and l.account = '${CASH}' and l.flow = 'paid' and l.fund = '${REPAIR}')`;

/** All projects, or the one that this resolution opened: by resolution. */
export function projectsQuestion(community: string, resolution?: string): Question<ProjectState[]> {
  return {
    columns: COLUMNS,
    query: (db) =>
      db("project as p")
        .leftJoin("project_end as d", { "d.community": "p.community", "d.resolution": "p.resolution" })
        .leftJoin("resolution_void as v", { "v.community": "p.community", "v.resolution": "p.resolution" })
        .where({ "p.community": community, ...(resolution === undefined ? {} : { "p.resolution": resolution }) })
        .orderBy("p.resolution")
        .select({
          resolution: "p.resolution",
          name: "p.name",
          amount: "p.amount",
          accounts: "p.accounts",
          ended_on: "d.ended_on",
          reason: "d.reason",
          void_from: "v.from_month",
          paid: db.raw(PAID),
        }),
    read: (rows: readonly ProjectRow[]) => rows.map(toProject),
  };
}

function toProject(row: ProjectRow): ProjectState {
  const { resolution, name } = row;
  return {
    resolution,
    name,
    amount: fen(row.amount),
    accounts: JSON.parse(row.accounts) as string[],
    ended: row.ended_on === null ? null : { on: day(row.ended_on), reason: row.reason ?? "" },
    isVoid: row.void_from !== null,
    paid: fen(row.paid),
  };
}

export async function projectsOf(db: Db, community: string): Promise<ProjectState[]> {
  return answer(db, projectsQuestion(community));
}

/** A payment for a resolution, as the journal has it. */
export interface ProjectPayment {
  readonly day: Day;
  readonly month: string;
  readonly purpose: string;
  readonly memo: string;
  readonly fund: string;
  readonly amount: Fen;
}

/** What was paid on a resolution, newest first; reversals are negative. */
export async function paymentsOn(db: Db, community: string, resolution: string): Promise<ProjectPayment[]> {
  const rows = await db("entry as e")
    .join("entry_line as l", { "l.community": "e.community", "l.month": "e.month", "l.number": "e.number" })
    .where({ "e.community": community, "l.account": CASH, "l.flow": "paid" })
    .whereRaw(`e.seq in (${entriesFor("?", "?")})`, [community, resolution, community, resolution])
    .orderBy([{ column: "e.seq", order: "desc" }])
    .select("e.day", "e.month", "l.purpose", "e.memo", "l.fund", "l.amount");
  return rows.map((row) => ({ ...row, day: day(row.day), amount: fen(-row.amount) }));
}
