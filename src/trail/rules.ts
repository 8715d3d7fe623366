// The trail of money that left: what was paid beside what was asked for, keys beside who held them, and what rooms keep
// beside the log of who did what. Pure.
import { add, displayYuan, fen, negate, sum, ZERO, type Fen } from "../base/money.ts";
import { firstDay, laterMonth, monthOf, type Day, type Month } from "../base/month.ts";
import { holesIn, orderByDay, startOf, type Running } from "../base/running.ts";
import { SIDES, type Role, type Side } from "../door/rules.ts";
import { endsOfDay } from "../bank/rules.ts";
import {
  CASH,
  CUSTODY,
  DEPOSITS,
  REPAIR,
  entryCode,
  type EntryDraft,
  type Line,
  type SealedEntry,
} from "../ledger/rules.ts";
import { eventWords } from "../log/rules.ts";
import { entryOf } from "../payment/rules.ts";
import type { Deposit } from "../receipt/rules.ts";
import { bandOf, missingSides, sidesInWords, STATUS_NAMES } from "../release/rules.ts";
import { totalOf, type Ask, type Spend, type SpendStep } from "../request/rules.ts";
import { isTrustee } from "../supplier/rules.ts";
import { deedIn, type DeedVersion } from "../trust/rules.ts";

// ---- What was paid, beside what was asked for -------------------------------------------------------------------

/** The request that an entry says it comes from; null for entries of elsewhere. */
export function requestOf({ source = "" }: Pick<EntryDraft, "source">): number | null {
  const [, id] = /^(?:deposit~\d+~)?spend:(\d+)$/u.exec(source) ?? [];
  return id === undefined ? null : Number(id);
}

/** A request that was paid, as it stood on the day of its last key. */
export interface PaidRequest {
  readonly spend: Spend;
  /** Whose money was asked for, to whom it went, and what was known of the payee on that day. */
  readonly ask: Ask;
  readonly decidedOn: Day;
}

/** What the request says and its entry does not; none when they agree. */
export function paidFaults(paid: PaidRequest, entry: SealedEntry | undefined): string[] {
  const { spend } = paid;
  const about = `第 ${spend.id} 号申请`;
  if (entry === undefined || entry.seq !== spend.entry) {
    return [`${about}登记为已付，账簿里却没有它的记账凭证`];
  }
  const [asked, booked] = [toldBy(expectedOf(paid, entry)), toldBy(entry)];
  const parts = spend.kind === "correction" ? CORRECTION_PARTS : PARTS;
  const differing = parts.filter((part) => asked[part] !== booked[part]);
  return differing.length === 0
    ? []
    : [
        `${about}与记账凭证 ${entryCode(entry.month, entry.number)} 不符：` +
          differing.map((part) => `${part}（申请 ${asked[part] || "无"}，凭证 ${booked[part] || "无"}）`).join("、"),
      ];
}

/** The entry that the request becomes by the same function that booked it, in the month that was open then. */
function expectedOf({ spend, ask, decidedOn }: PaidRequest, entry: SealedEntry): EntryDraft {
  const vouchers = spend.vouchers.map((original) => ({ original, public: "" }));
  if (spend.kind === "correction") {
    const { fund, code: bank } = ask.bank;
    const lines = [{ fund, account: CASH, amount: totalOf(spend), bank }];
    const about = { kind: "reversal", memo: "", reason: spend.purpose, lines, vouchers } as const;
    return { ...about, day: entry.day, ...(spend.corrects === null ? {} : { corrects: spend.corrects }) };
  }
  const deposit = spend.receipt === null ? null : depositOf(spend.receipt, ask);
  const draft = entryOf(spend.id, ask, decidedOn, { vouchers, deposit });
  return monthOf(draft.day) >= entry.month ? draft : { ...draft, day: firstDay(entry.month), occurred: draft.day };
}

function depositOf(receipt: number, ask: Ask): Deposit {
  const { code: bank, fund } = ask.bank;
  const amount = totalOf(ask);
  return { receipt, bank, fund, amount, held: amount, unit: ask.unit, day: ask.day, payer: "", purpose: "" };
}

const PARTS = ["金额", "日期", "发生日", "摘要", "收款方", "分录", "发票", "决议", "凭证附件", "原因"] as const;
const CORRECTION_PARTS = ["金额", "更正的凭证", "凭证附件", "原因"] as const;
type Part = (typeof PARTS)[number] | (typeof CORRECTION_PARTS)[number];

function toldBy(draft: EntryDraft): Record<Part, string> {
  return {
    金额: displayYuan(movedBy(draft.lines)),
    日期: draft.day,
    发生日: draft.occurred ?? draft.day,
    摘要: draft.memo,
    收款方: draft.payee ?? "",
    分录: draft.lines.map(lineText).toSorted().join("；"),
    发票: (draft.invoice ?? "").split("、").toSorted().join("、"),
    决议: draft.resolution ?? "",
    凭证附件: (draft.vouchers ?? []).map(({ original }) => original.slice(0, 12)).join("、"),
    原因: draft.reason ?? "",
    更正的凭证: String(draft.corrects ?? ""),
  };
}

/** What left or entered the bank: of both the larger, as a transfer does both. */
function movedBy(lines: readonly Line[]): Fen {
  const cash = lines.filter(({ bank }) => bank !== undefined).map(({ amount }) => amount);
  const [into, out] = [sum(cash.filter((each) => each > 0)), sum(cash.filter((each) => each < 0))];
  return into > -out ? into : (-out as Fen);
}

function lineText({ fund, account, unit = "", bank = "", purpose = "", amount }: Line): string {
  return [fund, account, unit, bank, purpose, displayYuan(amount)].filter((part) => part !== "").join(" ");
}

// ---- Keys -------------------------------------------------------------------------------------------------------

/** A time during which an account held a role; `until` is null while it does. */
export interface Holding {
  readonly account: string;
  readonly role: Role;
  readonly since: string;
  readonly until: string | null;
}

/** What decides which keys a payment needed. */
export interface Terms {
  readonly trustee: string;
  readonly firstMonth: Month;
  readonly deeds: readonly DeedVersion[];
}

/**
 * Which keys a paid request lacks: of the sides that its band needed, and of those that it says it needed. Splitting is
 * left out, since requests that waited then count in it and their state of then is not kept.
 */
export function keyFaults({ spend, ask, decidedOn }: PaidRequest, terms: Terms): string[] {
  const about = `第 ${spend.id} 号申请`;
  const needed = neededOf(ask, decidedOn, terms);
  const unsaid = needed.filter((side) => !spend.sides.includes(side));
  const missing = missingSides(spend, [...new Set([...needed, ...spend.sides])]);
  const own = spend.keys.find(({ account }) => account === spend.askedBy);
  const isOwnAlone = own !== undefined && !(own.side === "trustee" && spend.sides.length > 1);
  return [
    ...(unsaid.length === 0
      ? []
      : [`${about}按信托合同应由${sidesInWords(needed)}放行，登记里少了${sidesInWords(unsaid)}`]),
    ...(missing.length === 0 ? [] : [`${about}已付，却没有${sidesInWords(missing)}的钥匙`]),
    ...(isOwnAlone ? [`${about}由申请人自己放行`] : []),
  ];
}

/**
 * The sides that a payment needed by what held from the first day on: rules that came later ask for more, which older
 * payments need not meet. Nor does a deed's version that took effect within the month bind what was paid in it before.
 */
function neededOf(ask: Ask, today: Day, { trustee, firstMonth, deeds }: Terms): readonly Side[] {
  if (ask.kind !== "payment" || ask.emergency !== "") {
    return SIDES;
  }
  const month = laterMonth(monthOf(today), firstMonth);
  const isOthers = ask.bank.fund === CUSTODY || ask.lines.some(({ account }) => account === DEPOSITS);
  const isClose = ask.supplier !== null && (ask.supplier.related !== "" || isTrustee(ask.supplier.name, trustee));
  const isCommittee = ask.bank.fund === REPAIR || isOthers || isClose;
  const versions = [deeds, deeds.filter(({ from }) => from < month)].filter((each) => each.length > 0);
  const bands = versions.map((each) => bandOf(deedIn(each, month).release, totalOf(ask)).sides);
  return SIDES.filter((side) => (side === "committee" && isCommittee) || bands.every((sides) => sides.includes(side)));
}

/** Keys against the steps that turned them, each by somebody who held that side's key then; and the end that it came to. */
export function stepFaults(spend: Spend, steps: readonly SpendStep[], holdings: readonly Holding[]): string[] {
  const about = `第 ${spend.id} 号申请`;
  const turned = new Map<string, string>();
  for (const { kind, actor, side } of steps) {
    if (kind === "released") {
      turned.set(actor, side);
    } else if (kind === "taken back") {
      turned.delete(actor);
    }
  }
  const kept = new Map<string, string>(spend.keys.map(({ account, side }) => [account, side]));
  const isSame = SIDES.every((side) => holdersOf(turned, side) === holdersOf(kept, side));
  const strangers = steps.filter(
    ({ kind, actor, side, at }) =>
      kind === "released" && !holdings.some((each) => each.account === actor && each.role === side && heldAt(each, at)),
  );
  const ends = steps.filter(({ kind }) => ENDS.includes(kind));
  const isEnded = spend.status === "waiting" ? ends.length === 0 : ends.length === 1 && ends[0]?.kind === spend.status;
  const isOnTime = ends.every(({ at }) => at === spend.decidedAt);
  return [
    ...(isSame ? [] : [`${about}的钥匙与它的放行记录不符`]),
    ...strangers.map(
      ({ side, at }) => `${about}在 ${at} 由当时不掌管${sidesInWords(side === "" ? [] : [side])}钥匙的人放行`,
    ),
    ...(isEnded && isOnTime ? [] : [`${about}登记为${STATUS_NAMES[spend.status]}，与它的经过不符`]),
  ];
}

const ENDS: readonly string[] = ["paid", "refused", "withdrawn", "expired"];

function holdersOf(keys: ReadonlyMap<string, string>, side: Side): string {
  return [...keys]
    .filter(([, held]) => held === side)
    .map(([account]) => account)
    .toSorted()
    .join(" ");
}

function heldAt({ since, until }: Holding, at: string): boolean {
  return since <= at && (until === null || until >= at);
}

// ---- The bank -----------------------------------------------------------------------------------------------------

/** What the journal says that other checks need, kept while it is read once. */
export interface Journal {
  /** Entries that name a request. */
  readonly released: SealedEntry[];
  /** What each entry moved on a bank account, by {@link cashKey}. */
  readonly cash: Map<string, Fen>;
  /** Entries that correct others or were corrected: matches take them with these as one movement. */
  readonly corrected: Set<number>;
}

export function cashKey(bank: string, seq: number): string {
  return `${bank} ${seq}`;
}

export function keep(journal: Journal, entry: SealedEntry): void {
  if (requestOf(entry) !== null) {
    journal.released.push(entry);
  }
  if (entry.corrects !== undefined) {
    journal.corrected.add(entry.corrects).add(entry.seq);
  }
  for (const { bank, amount } of entry.lines) {
    if (bank !== undefined) {
      const key = cashKey(bank, entry.seq);
      journal.cash.set(key, add(journal.cash.get(key) ?? ZERO, amount));
    }
  }
}

/** A line as it is kept, counting or taken back. */
export interface BankRow extends Running {
  readonly line: number;
  readonly import: number | null;
}

/** Everything about a bank account that is held against each other. */
export interface BankFacts {
  readonly name: string;
  readonly code: string;
  /** Every line that was ever kept, by its number. */
  readonly kept: ReadonlyMap<number, BankRow>;
  /** Those that count. */
  readonly counting: readonly BankRow[];
  readonly imports: readonly { readonly number: number; readonly added: number; readonly notices: string }[];
  /** Rows of the matches that nobody undid. */
  readonly matches: readonly MatchRow[];
  /** The numbers of all matches, undone or not: how many and the last. */
  readonly numbers: { readonly count: number; readonly last: number };
  /** When a match was undone last; "" when none was. */
  readonly undoneAt: string;
  /** In their order, the newest of a month last. */
  readonly reconciliations: readonly Finished[];
}

/** One row of a match: a line with its booking, or a member of a bigger group (0 = none on that side). */
export interface MatchRow {
  readonly number: number;
  readonly line: number;
  readonly entry: number;
  readonly amount: Fen;
}

/** What was said when an account's month was finished. */
export interface Finished {
  readonly month: Month;
  readonly bankBalance: Fen;
  readonly lines: number;
  readonly finishedAt: string;
}

/** Lines that are gone, by their numbers and by what their imports brought; and balances that do not go on. */
export function lineFaults({ name, kept, counting, imports }: BankFacts): string[] {
  const last = Math.max(0, ...kept.keys());
  const brought = new Map<number | null, number>();
  kept.forEach((row) => brought.set(row.import, (brought.get(row.import) ?? 0) + 1));
  const notices = imports.map((each) => each.notices).join("\n");
  return [
    ...(kept.size === last ? [] : [`账户「${name}」的银行流水应有 ${last} 笔，少了 ${last - kept.size} 笔`]),
    ...imports
      .filter(({ number, added }) => (brought.get(number) ?? 0) !== added)
      .map(
        ({ number, added }) =>
          `账户「${name}」第 ${number} 次导入新增了 ${added} 笔流水，现在是 ${brought.get(number) ?? 0} 笔`,
      ),
    ...holesIn(orderByDay(counting)).flatMap(({ before, after, missing }) => {
      const size = displayYuan(missing < 0 ? negate(missing) : missing);
      // What a folder brought was never held to go on; a hole that an import told of is known, and where a day's own
      // lines do not say where it ends, none could be told.
      const isFolder = before.import === null || after.import === null;
      const isVague =
        before.day !== after.day && (endOf(counting, before.day) === null || startAt(counting, after.day) === null);
      const isKnown = isFolder || isVague || notices.includes(`净${missing > 0 ? "收入" : "支出"} ${size} 元`);
      return isKnown
        ? []
        : [
            `账户「${name}」的银行流水第 ${before.line} 笔（${before.day}）与第 ${after.line} 笔（${after.day}）` +
              `之间余额接不上，差 ${size} 元，导入时没有这个缺口`,
          ];
    }),
  ];
}

function endOf(lines: readonly BankRow[], on: Day): Fen | null {
  return endsOfDay(lines.filter((line) => line.day === on)).end;
}

function startAt(lines: readonly BankRow[], on: Day): Fen | null {
  return endsOfDay(lines.filter((line) => line.day === on)).start;
}

/** Matches against their lines and bookings, each of which belongs to one at most. */
export function matchFaults({ name, code, kept, matches, numbers }: BankFacts, journal: Journal): string[] {
  const faults: string[] = [];
  const sums = new Map<number, Fen>();
  const taken = new Map<string, number>();
  const takes = (what: string, number: number): void => {
    const other = taken.get(what);
    taken.set(what, number);
    if (other !== undefined) {
      faults.push(`账户「${name}」的${what}同时在第 ${other} 组和第 ${number} 组配对里`);
    }
  };
  for (const { number, line, entry, amount } of matches) {
    const booked = journal.cash.get(cashKey(code, entry));
    const isBooked = booked === amount || (booked !== undefined && journal.corrected.has(entry));
    if (line > 0) {
      takes(`银行流水第 ${line} 笔`, number);
    }
    if (entry > 0) {
      takes(`第 ${entry} 张凭证`, number);
    }
    if ((line > 0 && kept.get(line)?.amount !== amount) || (entry > 0 && !isBooked)) {
      const side = line > 0 && kept.get(line)?.amount !== amount ? `银行流水第 ${line} 笔` : `第 ${entry} 张凭证`;
      faults.push(`账户「${name}」第 ${number} 组配对记的是 ${displayYuan(amount)} 元，与${side}不符`);
    }
    const side = Number(line > 0) - Number(entry > 0);
    sums.set(number, add(sums.get(number) ?? ZERO, fen(amount * side)));
  }
  const unequal = [...sums].filter(([, total]) => total !== 0);
  return [
    ...faults,
    ...unequal.map(([number]) => `账户「${name}」第 ${number} 组配对的流水与账目合计不等`),
    ...(numbers.count === numbers.last
      ? []
      : [`账户「${name}」应有 ${numbers.last} 组配对，现在是 ${numbers.count} 组`]),
  ];
}

/** Whether any line ends or begins at that balance: then the bank said it once. */
export function isTold({ kept }: Pick<BankFacts, "kept">, balance: Fen): boolean {
  return [...kept.values()].some((row) => row.balance === balance || startOf(row) === balance);
}

/** Finished reconciliations whose balance no line of the bank says, or that rest on more matches than there are. */
export function reconciliationFaults(facts: BankFacts): string[] {
  const { name, kept, matches, reconciliations, undoneAt } = facts;
  const matched = matches.flatMap(({ line }) => kept.get(line) ?? []);
  const newest = new Map(reconciliations.map((each) => [each.month, each]));
  return [
    ...reconciliations
      .filter(({ bankBalance }) => !isTold(facts, bankBalance))
      .map(
        ({ month, bankBalance }) =>
          `账户「${name}」${month} 对账完成时的银行余额 ${displayYuan(bankBalance)} 元，现在的流水里没有`,
      ),
    ...[...newest.values()]
      .filter(({ month, lines, finishedAt }) => {
        const now = matched.filter(({ day }) => monthOf(day) === month).length;
        return undoneAt <= finishedAt && now < lines;
      })
      .map(({ month, lines }) => `账户「${name}」${month} 对账完成时配对了 ${lines} 笔流水，现在没有这么多`),
  ];
}

// ---- The log of who did what ------------------------------------------------------------------------------------

/** Something done, as the log tells it or as a room kept it: then `at` and `actor` are "" where the room keeps none. */
export interface Act {
  readonly what: string;
  readonly at: string;
  readonly actor: string;
  readonly detail: Readonly<Record<string, string>>;
}

/** How acts of a kind are held against the log. */
interface Logged {
  /** The details that say what the act was about. */
  readonly about: readonly string[];
  /** Whoever does it writes the log, so what is kept has its event; the command line, which closes months, writes none. */
  readonly isAlways: boolean;
  /** Done again without a change it is told again, though nothing new is kept. */
  readonly isRepeated?: true;
}

const ALWAYS_BY_ID: Logged = { about: ["id"], isAlways: true };

export const LOGGED: Readonly<Record<string, Logged>> = {
  "spend asked": ALWAYS_BY_ID,
  "spend released": ALWAYS_BY_ID,
  "spend key taken back": ALWAYS_BY_ID,
  "spend paid": ALWAYS_BY_ID,
  "spend refused": ALWAYS_BY_ID,
  "spend withdrawn": ALWAYS_BY_ID,
  "spend ratified": ALWAYS_BY_ID,
  "spend declined": ALWAYS_BY_ID,
  "receipt given": { about: ["number"], isAlways: true },
  "voucher uploaded": { about: ["sha"], isAlways: true },
  "voucher redacted": { about: ["sha", "version"], isAlways: true },
  "voucher superseded": { about: ["old"], isAlways: true },
  "bank file imported": { about: ["account", "sha256"], isAlways: true },
  // Undone with what it rested on, a match has no event of its own.
  "bank unmatched": { about: ["account", "reason"], isAlways: false },
  "reconciliation finished": { about: ["account", "month"], isAlways: true, isRepeated: true },
  "unit placed under rule": { about: ["unit", "from"], isAlways: true },
  "month closed": { about: ["month"], isAlways: false },
  "month published": { about: ["month"], isAlways: false },
};

/** What is kept and not in the log, or otherwise there; and what the log tells and nobody kept. */
export function logFaults(kept: readonly Act[], events: readonly Act[]): string[] {
  const [rows, told] = [byPlace(kept), byPlace(events)];
  const unlogged = kept.filter((act) => {
    const there = told.get(placeOf(act)) ?? [];
    return (LOGGED[act.what]?.isAlways === true || there.length > 0) && !there.some((event) => tells(event, act));
  });
  const unkept = events.filter((event) => {
    const there = rows.get(placeOf(event)) ?? [];
    const isLoose = LOGGED[event.what]?.isRepeated === true;
    return !there.some((act) => tells(event, isLoose ? { ...act, at: "", actor: "" } : act));
  });
  const twins = byPlace(unkept);
  const paired = new Set(unlogged.map((act) => twins.get(placeOf(act))?.[0]));
  return [
    ...unlogged.map((act) => {
      const [event] = twins.get(placeOf(act)) ?? [];
      return event === undefined
        ? `操作记录里没有这一条，或是别人、别的时候做的：${actWords(act)}`
        : `登记与操作记录不同：登记是“${actWords(act)}”，操作记录是“${actWords(event)}”`;
    }),
    ...unkept
      .filter((event) => !paired.has(event))
      .map((event) => `操作记录里有这一条，登记里却没有：${actWords(event)}`),
  ];
}

/** Whether an event says the same as what was kept of the act. */
function tells(event: Act, { at, actor, detail }: Act): boolean {
  return (
    (at === "" || at === event.at) &&
    (actor === "" || actor === event.actor) &&
    Object.entries(detail).every(([name, value]) => event.detail[name] === value)
  );
}

function byPlace(acts: readonly Act[]): Map<string, Act[]> {
  const groups = new Map<string, Act[]>();
  for (const act of acts) {
    const group = groups.get(placeOf(act)) ?? [];
    groups.set(placeOf(act), group);
    group.push(act);
  }
  return groups;
}

function placeOf({ what, detail }: Act): string {
  return [what, ...(LOGGED[what]?.about ?? []).map((name) => detail[name] ?? "")].join("\t");
}

function actWords({ what, at, detail }: Act): string {
  return `${eventWords(what, detail, (account) => account)}${at === "" ? "" : `（${at}）`}`;
}
