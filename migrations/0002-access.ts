// Who may come in: accounts, their roles in communities, sessions, tokens, invitations; and what commands have answered.
// Secrets are kept as hashes; only the TOTP secret must be read again.
import type { Knex } from "knex";

export async function up(db: Knex): Promise<void> {
  const postgres = db.client.dialect === "postgresql";
  const text = postgres ? 'text collate "C"' : "text";
  const int = postgres ? "bigint" : "integer";
  const strict = postgres ? "" : " strict";

  const tables = [
    `create table account (
      id ${text} primary key, name ${text} not null unique, display ${text} not null, password ${text} not null,
      totp ${text} not null, totp_step ${int} not null, operator ${int} not null, created_at ${text} not null,
      disabled_at ${text}, check (operator in (0, 1))
    )${strict}`,
    // A membership ends by its until; it is never deleted, since what its holder released stays.
    `create table member (
      community ${text} not null references community (code), id ${text} not null,
      account ${text} not null references account (id), role ${text} not null, owner ${text} not null,
      since ${text} not null, until ${text}, admitted_by ${text} not null, primary key (community, id),
      check (role in ('owner', 'committee', 'trustee', 'supervisor')), check ((role = 'owner') = (owner <> ''))
    )${strict}`,
    // The set-up of the installation has no community yet, so there is no foreign key.
    `create table invitation (
      community ${text} not null, id ${text} not null, code_hash ${text}, role ${text} not null, owner ${text} not null,
      unit ${text} not null, label ${text} not null, proposed_by ${text} not null, proposed_side ${text} not null,
      confirmed_by ${text}, created_at ${text} not null, expires_at ${text} not null, used_by ${text}, used_at ${text},
      revoked_at ${text}, primary key (community, id),
      check (role in ('operator', 'owner', 'committee', 'trustee', 'supervisor', 'auditor'))
    )${strict}`,
    `create table session (
      token_hash ${text} primary key, account ${text} references account (id), community ${text}, invitation ${text},
      csrf ${text} not null, device ${text}, created_at ${text} not null, seen_at ${text} not null,
      expires_at ${text} not null,
      check ((account is null) <> (invitation is null))
    )${strict}`,
    `create table api_token (
      id ${text} primary key, token_hash ${text} not null unique, account ${text} not null references account (id),
      community ${text} not null references community (code), scopes ${text} not null, label ${text} not null,
      tail ${text} not null, created_at ${text} not null, expires_at ${text} not null, revoked_at ${text}
    )${strict}`,
    // What a command answered to a key, so that a client that lost the answer can ask again.
    `create table answer (
      community ${text} not null, actor ${text} not null, key ${text} not null, request_hash ${text} not null,
      answer ${text} not null, at ${text} not null, primary key (community, actor, key)
    )${strict}`,
    `create table throttle (
      key ${text} primary key, since ${text} not null, count ${int} not null
    )${strict}`,
    `create table event (
      community ${text} not null, at ${text} not null, id ${text} not null, actor ${text} not null, what ${text} not null,
      detail ${text} not null, primary key (community, at, id)
    )${strict}`,
    // A forgotten password. One consent for each community where the account holds a key: somebody there must agree.
    `create table account_reset (
      id ${text} primary key, account ${text} not null references account (id), code_hash ${text},
      proposed_by ${text} not null, created_at ${text} not null, expires_at ${text} not null, used_at ${text},
      revoked_at ${text}
    )${strict}`,
    `create table reset_consent (
      community ${text} not null references community (code), reset ${text} not null references account_reset (id),
      confirmed_by ${text}, confirmed_at ${text}, primary key (community, reset),
      check ((confirmed_by is null) = (confirmed_at is null))
    )${strict}`,
    // Nobody holds both keys: one account is at most once a member of a side that holds one.
    `create unique index member_one_key on member (community, account)
      where until is null and role in ('committee', 'trustee')`,
    "create unique index account_reset_code on account_reset (code_hash) where code_hash is not null",
    "create index reset_consent_reset on reset_consent (reset)",
    "create index member_role on member (community, role)",
    "create unique index member_once on member (community, account, role, owner) where until is null",
    "create unique index invitation_code on invitation (code_hash) where code_hash is not null",
    "create index member_account on member (account)",
    "create index session_account on session (account) where account is not null",
  ];
  const remedy = "the log of who did what is append-only: it cannot be changed or deleted";
  const triggers = postgres
    ? [
        `create function event_refuse() returns trigger language plpgsql as $$
          begin raise exception '${remedy}' using errcode = 'check_violation'; end $$`,
        `create trigger event_no_change before update or delete on event for each row execute function event_refuse()`,
        `create trigger event_no_truncate before truncate on event for each statement execute function event_refuse()`,
      ]
    : [
        `create trigger event_no_update before update on event begin select raise(abort, '${remedy}'); end`,
        `create trigger event_no_delete before delete on event begin select raise(abort, '${remedy}'); end`,
      ];
  for (const statement of [...tables, ...triggers]) {
    await db.raw(statement);
  }
}

export async function down(db: Knex): Promise<void> {
  throw new Error(`The log of who did what is never taken down; restore a backup instead (${db.client.dialect}).`);
}
