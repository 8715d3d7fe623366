// SQL of the files somebody uploaded, and of an account's settings, which alone are overwritten.
import type { Layout } from "../banklayout/rules.ts";
import type { Db, Tx } from "../platform/db.ts";

export interface BankUpload {
  readonly account: string;
  readonly sha256: string;
  readonly name: string;
  readonly uploadedBy: string;
  readonly uploadedAt: string;
}

/** Keeps who brought a file; the same file again changes nothing. */
export async function insertUpload(tx: Tx, community: string, upload: BankUpload): Promise<void> {
  await tx("bank_upload")
    .insert({
      community,
      account: upload.account,
      sha256: upload.sha256,
      name: upload.name,
      uploaded_by: upload.uploadedBy,
      uploaded_at: upload.uploadedAt,
    })
    .onConflict(["community", "account", "sha256"])
    .ignore();
}

export async function findUpload(
  db: Db,
  community: string,
  account: string,
  sha256: string,
): Promise<BankUpload | null> {
  const row = await db("bank_upload").where({ community, account, sha256 }).first();
  return row === undefined
    ? null
    : { account, sha256, name: row.name, uploadedBy: row.uploaded_by, uploadedAt: row.uploaded_at };
}

export interface BankSetting {
  /** The digits that the bank's files bear, "" while unknown. */
  readonly ownNumber: string;
  /** The holder that they name, "" while unknown. */
  readonly ownHolder: string;
  /** The columns somebody named, null while none had to be. */
  readonly layout: Layout | null;
}

/** The settings of every account that has any. */
export async function settingsOf(db: Db, community: string): Promise<Map<string, BankSetting>> {
  const rows: { account: string; own_number: string; own_holder: string; layout: string }[] = await db("bank_setting")
    .where({ community })
    .select("account", "own_number", "own_holder", "layout");
  return new Map(
    rows.map((row) => [
      row.account,
      {
        ownNumber: row.own_number,
        ownHolder: row.own_holder,
        layout: row.layout === "" ? null : (JSON.parse(row.layout) as Layout),
      },
    ]),
  );
}

export async function saveSetting(tx: Tx, community: string, account: string, setting: BankSetting): Promise<void> {
  const layout = setting.layout === null ? "" : JSON.stringify(setting.layout);
  await tx("bank_setting")
    .insert({ community, account, own_number: setting.ownNumber, own_holder: setting.ownHolder, layout })
    .onConflict(["community", "account"])
    .merge(["own_number", "own_holder", "layout"]);
}
