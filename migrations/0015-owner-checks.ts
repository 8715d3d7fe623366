// Who saw that an owner's account is that owner's: only then it casts ballots. A check is of one membership and of the
// password that was set then; it is never taken back, the membership is ended instead.
import type { Knex } from "knex";

export async function up(db: Knex): Promise<void> {
  const postgres = db.client.dialect === "postgresql";
  // Keys compare byte by byte on both databases, whatever the locale.
  const text = postgres ? 'text collate "C"' : "text";
  const strict = postgres ? "" : " strict";

  const statements = [
    // A forgotten password that was set anew asks for another check, so a membership may have several.
    `create table owner_check (
      community ${text} not null, member ${text} not null, checked_by ${text} not null, checked_at ${text} not null,
      primary key (community, member, checked_at), foreign key (community, member) references member (community, id)
    )${strict}`,
    "create index account_reset_used on account_reset (account) where used_at is not null",
  ];
  for (const statement of [...statements, ...(postgres ? postgresTriggers() : sqliteTriggers())]) {
    await db.raw(statement);
  }
}

export async function down(db: Knex): Promise<void> {
  throw new Error(`Checks of owners are never taken down; restore a backup instead (${db.client.dialect}).`);
}

const KEPT = "a check stays on record: end the membership if the account is not the owner''s";
const NOT_OWNED = "only an owner''s membership that has not ended is checked";
const OTHERS = "an account is checked by somebody else than who let it in, and never by itself";

const MEMBER = "select 1 from member m where m.community = new.community and m.id = new.member";
const WRONG: readonly (readonly [condition: string, message: string])[] = [
  [`not exists (${MEMBER} and m.role = 'owner' and m.until is null)`, NOT_OWNED],
  [`exists (${MEMBER} and new.checked_by in (m.admitted_by, m.account))`, OTHERS],
];

function sqliteTriggers(): string[] {
  return [
    `create trigger owner_check_no_update before update on owner_check begin select raise(abort, '${KEPT}'); end`,
    `create trigger owner_check_no_delete before delete on owner_check begin select raise(abort, '${KEPT}'); end`,
    `create trigger owner_check_made before insert on owner_check begin
      ${WRONG.map(([condition, message]) => `select raise(abort, '${message}') where ${condition};`).join("\n")} end`,
  ];
}

function postgresTriggers(): string[] {
  const raise = (message: string): string => `raise exception '${message}' using errcode = 'check_violation'`;
  return [
    `create function owner_check_refuse() returns trigger language plpgsql as $$ begin ${raise(KEPT)}; end $$`,
    `create trigger owner_check_no_change before update or delete on owner_check
      for each row execute function owner_check_refuse()`,
    `create trigger owner_check_no_truncate before truncate on owner_check
      for each statement execute function owner_check_refuse()`,
    `create function owner_check_made() returns trigger language plpgsql as $$ begin
      ${WRONG.map(([condition, message]) => `if ${condition} then ${raise(message)}; end if;`).join("\n")}
      return new; end $$`,
    `create trigger owner_check_made before insert on owner_check for each row execute function owner_check_made()`,
  ];
}
