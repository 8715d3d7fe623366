// Public revenue that was due and will not come: it stays listed until both sides have agreed, each with its reason.
import type { Knex } from "knex";

export async function up(db: Knex): Promise<void> {
  const postgres = db.client.dialect === "postgresql";
  // Keys compare byte by byte on both databases, whatever the locale.
  const text = postgres ? 'text collate "C"' : "text";
  const int = postgres ? "bigint" : "integer";
  const strict = postgres ? "" : " strict";
  const table = `create table revenue_waiver (
    community ${text} not null, contract ${int} not null, due ${text} not null, side ${text} not null,
    reason ${text} not null, known_from ${text} not null, recorded_by ${text} not null, recorded_at ${text} not null,
    primary key (community, contract, due, side),
    foreign key (community, contract) references revenue_contract (community, id),
    check (side in ('trustee', 'committee')), check (reason <> '')
  )${strict}`;
  for (const statement of [table, ...(postgres ? postgresTriggers() : sqliteTriggers())]) {
    await db.raw(statement);
  }
}

export async function down(db: Knex): Promise<void> {
  throw new Error(`What both sides agreed to is never taken down; restore a backup instead (${db.client.dialect}).`);
}

const STAYS = "what a side agreed to stays on record: money that comes after all is booked as it comes";

function sqliteTriggers(): string[] {
  return ["update", "delete"].map(
    (change) =>
      `create trigger revenue_waiver_no_${change} before ${change} on revenue_waiver
        begin select raise(abort, '${STAYS}'); end`,
  );
}

function postgresTriggers(): string[] {
  return [
    `create function revenue_waiver_refuse() returns trigger language plpgsql as $$
      begin raise exception '${STAYS}' using errcode = 'check_violation'; end $$`,
    `create trigger revenue_waiver_no_change before update or delete on revenue_waiver
      for each row execute function revenue_waiver_refuse()`,
    `create trigger revenue_waiver_no_truncate before truncate on revenue_waiver
      for each statement execute function revenue_waiver_refuse()`,
  ];
}
