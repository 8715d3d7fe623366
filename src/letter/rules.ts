// Which units get a letter, and to whom of their owners it is addressed. Pure.

/** How long the code of a letter may be used. */
export const LETTER_DAYS = 90;
/** How many letters are printed at once: an hour's folding, and seconds of making them. */
export const LETTERS_MAX = 1000;

/** Units by what somebody typed: names apart by spaces, commas or lines, "1-1-*" for all that begin so. */
export function unitsMeant(
  typed: readonly string[],
  units: readonly string[],
): { readonly found: readonly string[]; readonly unknown: readonly string[] } {
  const wishes = typed.flatMap((text) => text.split(/[\s,，、;；]+/u)).filter((text) => text !== "");
  const known = new Set(units);
  const matches = (wish: string): string[] => {
    if (wish.endsWith("*")) {
      return units.filter((unit) => unit.startsWith(wish.slice(0, -1)));
    }
    return known.has(wish) ? [wish] : [];
  };
  const found = new Set(wishes.flatMap(matches));
  return {
    found: units.filter((unit) => found.has(unit)),
    unknown: wishes.filter((wish) => matches(wish).length === 0),
  };
}

/** One letter: a unit, one of its owners, and which of how many that is. */
export interface Addressee {
  readonly unit: string;
  readonly owner: string;
  readonly place: number;
  readonly of: number;
}

/** Whom letters go to: of chosen units every owner, of all units those who have no account yet. */
export function addressees(
  holders: ReadonlyMap<string, readonly string[]>,
  units: readonly string[],
  without: { readonly accountsOf: ReadonlySet<string> } | null,
): Addressee[] {
  return units.flatMap((unit) => {
    const owners = holders.get(unit) ?? [];
    return owners
      .map((owner, index) => ({ unit, owner, place: index + 1, of: owners.length }))
      .filter(({ owner }) => without === null || !without.accountsOf.has(owner));
  });
}
