// Nobody holds both keys, said by the database too; forgotten passwords with the consents they need; and what lists of
// tokens and sessions show, so that their owner recognises them.
import type { Knex } from "knex";

export async function up(db: Knex): Promise<void> {
  const postgres = db.client.dialect === "postgresql";
  const text = postgres ? 'text collate "C"' : "text";
  const strict = postgres ? "" : " strict";

  const statements = [
    // One account is at most once a member of a side that holds a key, whichever side that is.
    `create unique index member_one_key on member (community, account)
      where until is null and role in ('committee', 'trustee')`,
    `create index member_role on member (community, role)`,
    `alter table api_token add column tail ${text}`,
    `alter table session add column device ${text}`,
    `create table account_reset (
      id ${text} primary key, account ${text} not null references account (id), code_hash ${text},
      proposed_by ${text} not null, created_at ${text} not null, expires_at ${text} not null, used_at ${text},
      revoked_at ${text}
    )${strict}`,
    `create unique index account_reset_code on account_reset (code_hash) where code_hash is not null`,
    // One row for each community where the account holds a key: somebody there must agree.
    `create table reset_consent (
      community ${text} not null references community (code), reset ${text} not null references account_reset (id),
      confirmed_by ${text}, confirmed_at ${text}, primary key (community, reset),
      check ((confirmed_by is null) = (confirmed_at is null))
    )${strict}`,
    `create index reset_consent_reset on reset_consent (reset)`,
  ];
  for (const statement of statements) {
    await db.raw(statement);
  }
}

export async function down(db: Knex): Promise<void> {
  for (const statement of [
    "drop table reset_consent",
    "drop table account_reset",
    "alter table session drop column device",
    "alter table api_token drop column tail",
    "drop index member_role",
    "drop index member_one_key",
  ]) {
    await db.raw(statement);
  }
}
