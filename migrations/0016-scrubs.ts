// Which secret votes have left the database's files, not only its rows: until then something is still to be done.
import type { Knex } from "knex";

export async function up(db: Knex): Promise<void> {
  const postgres = db.client.dialect === "postgresql";
  const text = postgres ? 'text collate "C"' : "text";
  const int = postgres ? "bigint" : "integer";
  await db.raw(`create table ballot_scrub (
    community ${text} not null, assembly ${int} not null, scrubbed_at ${text} not null, primary key (community, assembly),
    foreign key (community, assembly) references assembly (community, id)
  )${postgres ? "" : " strict"}`);
}

export async function down(db: Knex): Promise<void> {
  await db.raw("drop table ballot_scrub");
}
