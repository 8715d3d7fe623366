// The page of one import: what it brought, and how it is taken back.
import { spokenDayOf } from "../base/month.ts";
import { describeFault, type Fault } from "../base/refusal.ts";
import {
  bankHref,
  basisWords,
  periodWords,
  sides,
  type BankImport,
  type StoredLine,
  type TakingBack,
} from "../bank/rules.ts";
import type { BankAccount } from "../trust/rules.ts";

/** What a view is drawn from. */
type Model = Readonly<Record<string, unknown>>;

interface ShownImport {
  readonly account: BankAccount;
  readonly imported: BankImport;
  readonly lines: readonly StoredLine[];
}

interface Reader {
  readonly names: ReadonlyMap<string, string>;
  readonly obstacle: Fault | null;
  readonly mayRecall: boolean;
  readonly needsAnother: boolean;
  readonly mayConfirm: boolean;
}

/** So many of its lines are shown: enough to see whose they are. */
const SHOWN = 20;

export function importModel(community: string, facts: ShownImport, reader: Reader): Model {
  const { account, imported, lines } = facts;
  const { names, obstacle, mayRecall, mayConfirm } = reader;
  const href = (...rest: (string | number)[]): string => bankHref(community, account.code, ...rest);
  const isOpen = imported.takenBack === null && obstacle === null;
  return {
    banks: `/desk/${community}/bank`,
    account: { code: account.code, name: account.name, href: href() },
    number: imported.number,
    name: imported.name,
    original: href("files", imported.sha256, "original"),
    period: periodWords(imported),
    basis: basisWords(imported.basis),
    added: imported.added,
    known: imported.known,
    by: names.get(imported.importedBy) ?? "",
    on: spokenDayOf(imported.importedAt),
    notices: imported.notices.split("\n").filter((text) => text !== ""),
    lines: lines.slice(0, SHOWN).map(lineRow),
    more: Math.max(0, lines.length - SHOWN),
    takenBack: tellOf(imported.takenBack, names),
    asked: imported.takenBack === null ? tellOf(imported.asked, names) : null,
    obstacle: mayRecall && obstacle !== null && imported.takenBack === null ? describeFault(obstacle) : "",
    canAsk: isOpen && mayRecall && imported.asked === null,
    needsAnother: reader.needsAnother,
    canConfirm: isOpen && mayConfirm,
    action: href("imports", imported.number, "recall"),
    confirmAction: href("imports", imported.number, "recall", "confirm"),
  };
}

function tellOf(what: TakingBack | null, names: ReadonlyMap<string, string>): Model | null {
  return what === null ? null : { by: names.get(what.by) ?? "", on: spokenDayOf(what.at), reason: what.reason };
}

function lineRow({ day, amount, counterparty, memo }: StoredLine): Model {
  return { day, ...sides(amount), counterparty, memo };
}
