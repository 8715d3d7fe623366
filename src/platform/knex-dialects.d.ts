// The classes of knex that platform/db.ts extends; knex ships no types for them.
declare module "knex/lib/dialects/sqlite3/index.js" {
  import type { Knex } from "knex";
  class SqliteClient extends (Object as unknown as { new (config: Knex.Config): Knex.Client }) {
    transaction(...args: unknown[]): Knex.Transaction;
  }
  export = SqliteClient;
}

/** A statement on its way to the driver. */
interface KnexSent {
  readonly sql: string;
  readonly options?: Readonly<Record<string, unknown>>;
}

declare module "knex/lib/dialects/postgres/index.js" {
  import type { Knex } from "knex";
  class PostgresClient extends (Object as unknown as { new (config: Knex.Config): Knex.Client }) {
    transaction(...args: unknown[]): Knex.Transaction;
    _query(connection: unknown, sent: KnexSent): Promise<unknown>;
  }
  export = PostgresClient;
}

declare module "knex/lib/dialects/sqlite3/execution/sqlite-transaction.js" {
  class SqliteTransaction {
    constructor(client: unknown, ...rest: unknown[]);
    readOnly?: boolean;
    trxClient: { query(connection: unknown, sql: string): Promise<unknown> };
    _completed: boolean;
    _resolver(value: unknown): void;
    _rejecter(error: unknown): void;
    query(connection: unknown, sql: string): Promise<unknown>;
  }
  export = SqliteTransaction;
}

declare module "knex/lib/dialects/postgres/execution/pg-transaction.js" {
  class PostgresTransaction {
    constructor(client: unknown, ...rest: unknown[]);
    readOnly?: boolean;
    query(connection: unknown, sql: string): Promise<unknown>;
  }
  export = PostgresTransaction;
}
