// Units and who holds them.
import type { Day, Month } from "../base/month.ts";

export interface Unit {
  /** 房号, unique in the community. */
  readonly name: string;
  /** 用途, which picks the rate. */
  readonly use: string;
  /** m² with at most two decimals, as the register has it. */
  readonly area: string;
  /** Factor on the fee, "1" without one. */
  readonly discount: string;
  /** The first month that is billed. */
  readonly from: Month;
}

export interface Owner {
  /** 业主编号: rows with the same one belong to one owner. */
  readonly id: string;
  readonly name: string;
}

/** From `since` on, the unit is held by these owners, jointly when there are several. */
export interface Holding {
  readonly unit: string;
  readonly since: Day;
  readonly owners: readonly string[];
}

/** "P1+P2" → the owners who hold jointly, each once, in a fixed order. */
export function splitOwners(ids: string): string[] {
  return [...new Set(ids.split("+").map((id) => id.trim()))].filter((id) => id !== "").toSorted();
}

/**
 * The names that belong to those ids: "张三、李四" for two joint holders. When the count differs, each owner is
 * called by the whole text, which is at least never wrong.
 */
export function splitNames(ids: readonly string[], names: string): Owner[] {
  const parts = names.split(/[、，,;；+/]/u).map((name) => name.trim());
  return ids.map((id, index) => ({ id, name: parts.length === ids.length ? (parts[index] ?? names) : names }));
}

/** Whether two units are billed alike. */
export function sameUnit(a: Unit, b: Unit): boolean {
  return a.use === b.use && a.area === b.area && a.discount === b.discount && a.from === b.from;
}

/** So many units are all named; of more, the first few and how many there are. */
const UNITS_NAMED = 5;
const UNITS_BEGUN = 3;

/** "101、104"; "500 套：DEV-001、DEV-002、DEV-003 等" of a developer, whose units would fill screens. */
export function unitsInBrief(units: readonly string[]): string {
  return units.length <= UNITS_NAMED
    ? units.join("、")
    : `${units.length} 套：${units.slice(0, UNITS_BEGUN).join("、")} 等`;
}

/** All of them, for the fold below the brief words; "" where those name them all. */
export function unitsFolded(units: readonly string[]): string {
  return units.length <= UNITS_NAMED ? "" : units.join("、");
}

/** The units that any of these owners hold on that day, alone or jointly, in the order of the holdings. */
export function unitsHeldBy(owners: readonly string[], holdings: readonly Holding[], on: Day): string[] {
  const current = new Map<string, Holding>();
  for (const holding of holdings.filter(({ since }) => since <= on)) {
    const before = current.get(holding.unit);
    if (before === undefined || before.since <= holding.since) {
      current.set(holding.unit, holding);
    }
  }
  return [...current.values()].filter((each) => each.owners.some((id) => owners.includes(id))).map(({ unit }) => unit);
}

/** Since when these owners have held the unit without a break; null when nobody held it before them. */
export function heldSince(owners: readonly string[], holdings: readonly Holding[], unit: string, on: Day): Day | null {
  const begun = holdings
    .filter((each) => each.unit === unit && each.since <= on)
    .toSorted((a, b) => (a.since < b.since ? -1 : 1));
  const last = begun.findLastIndex((each) => !each.owners.some((id) => owners.includes(id)));
  return last < 0 ? null : (begun[last + 1]?.since ?? on);
}

/** Who holds each unit on a day, by unit. */
export function holdersOn(holdings: readonly Holding[], day: Day): Map<string, readonly string[]> {
  const begun = holdings.filter(({ since }) => since <= day).toSorted((a, b) => (a.since < b.since ? -1 : 1));
  return new Map(begun.map(({ unit, owners }) => [unit, owners]));
}
