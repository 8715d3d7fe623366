// Signed papers of the owners' decisions as scans: ballots, proxies, calls, proofs of delivery. Beside the vouchers and not
// among them: the trustee opens vouchers, and has no business with who signed what.
import { Refusal, refuse } from "../base/refusal.ts";
import type { Reading, Upload } from "../door/service.ts";
import type { Db } from "../platform/db.ts";
import { prepareVouchers } from "../voucher/service.ts";
import * as store from "./store.ts";
import type { Paper } from "./store.ts";

export { insertPaper, type Paper } from "./store.ts";

/** Checks and keeps the one file that came along, for a command's `prepare`; null when none did. */
export async function preparePaper(call: Reading, uploads: readonly Upload[], column: string): Promise<Paper | null> {
  if (uploads.length > 1) {
    const remedy = "几页纸请合成一个 PDF。";
    throw new Refusal({ code: "ONE_FILE", column, message: "这里只收一个文件。", remedy });
  }
  const [voucher] = await prepareVouchers(
    call,
    uploads.map((upload) => ({ ...upload, field: column })),
  );
  return voucher === undefined
    ? null
    : { sha: voucher.sha, name: voucher.name, pages: voucher.pages.map(({ image }) => image) };
}

/** A scanned paper of this community. */
export async function paperOr404(db: Db, community: string, sha: string): Promise<Paper> {
  const paper = await store.findPaper(db, community, sha);
  if (paper === null) {
    throw refuse("PAPER_UNKNOWN", "没有这份扫描件。", "请从选票或委托的页面打开。", 404);
  }
  return paper;
}
