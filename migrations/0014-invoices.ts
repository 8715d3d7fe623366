// Where an invoice was used is found however it was spelled: rows of before numbers had one spelling, imported ones and
// texts with several numbers get an index of their own, over which they are looked through.
import type { Knex } from "knex";

export async function up(db: Knex): Promise<void> {
  const isOdd = (column: string): string =>
    db.client.dialect === "postgresql" ? `${column} ~ '[^0-9A-Z-]'` : `${column} glob '*[^0-9A-Z-]*'`;
  const statements = [
    "drop index entry_invoices",
    `create index entry_invoice_odd on entry (community, seq) where ${isOdd("invoice")}`,
    `create index spend_invoice_odd on spend_invoice (community, number) where held = 1 and ${isOdd("number")}`,
  ];
  for (const statement of statements) {
    await db.raw(statement);
  }
}

export async function down(db: Knex): Promise<void> {
  for (const statement of [
    "drop index spend_invoice_odd",
    "drop index entry_invoice_odd",
    "create index entry_invoices on entry (community, seq) where length(invoice) > 20",
  ]) {
    await db.raw(statement);
  }
}
