// Owners' accounts and the letters to them, in words.
import { spokenDay, spokenDayOf, type Day } from "../base/month.ts";

interface UnitFacts {
  readonly unit: string;
  readonly owners: number;
  readonly accounts: readonly { readonly id: string; readonly display: string; readonly since: string }[];
  readonly lettersOpen: number;
  readonly printedAt: string | null;
}

export interface UnitRow {
  readonly unit: string;
  readonly joint: string;
  readonly accounts: readonly { readonly id: string; readonly display: string; readonly since: string }[];
  readonly letters: string;
}

export function unitRows(units: readonly UnitFacts[]): UnitRow[] {
  return units.map(({ unit, owners, accounts, lettersOpen, printedAt }) => ({
    unit,
    joint: owners > 1 ? `${owners} 位共有人` : "",
    accounts: accounts.map(({ id, display, since }) => ({ id, display, since: spokenDayOf(since) })),
    letters: printedAt === null ? "没有在外的邀请信" : `${spokenDayOf(printedAt)}印了 ${lettersOpen} 封，还没有用`,
  }));
}

interface LetterFacts {
  readonly unit: string;
  readonly place: number;
  readonly of: number;
  readonly code: string;
  readonly url: string;
}

/** A letter as it is printed. Joint owners get one each, for an account of one's own. */
export function letterWords(
  { unit, place, of, code, url }: LetterFacts,
  from: { readonly communityName: string; readonly issuer: string; readonly expiresOn: Day },
): { communityName: string; unit: string; code: string; url: string; expiresOn: string; issuer: string } {
  const { communityName, issuer, expiresOn } = from;
  const whose = of === 1 ? unit : `${unit}（共有人 ${place}/${of}）`;
  return { communityName, unit: whose, code, url, expiresOn: spokenDay(expiresOn), issuer };
}
