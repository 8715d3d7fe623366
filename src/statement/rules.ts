// The statement 收支公示: one model, from which page, PDF, CSV, XLSX and JSON are made (contract section 5).
import canonicalize from "canonicalize";
import {
  add,
  displayYuan,
  fen,
  fromYuan,
  greatest,
  negate,
  subtract,
  sum,
  toYuan,
  ZERO,
  type Fen,
} from "../base/money.ts";
import { day, firstMonthOfYear, monthOf, spokenMonth, yearOf, type Month } from "../base/month.ts";
import type { BankStanding } from "../bank/rules.ts";
import type { BudgetLine } from "../budget/rules.ts";
import type { DrawMonth } from "../draw/rules.ts";
import type { Collection } from "../fees/rules.ts";
import {
  accountName,
  CASH,
  COMMON,
  DRAW_OWED,
  DRAW_SPENT,
  entryCode,
  fundName,
  MOVED_IN,
  MOVED_OUT,
  movements,
  isUnproven,
  net,
  paidOut,
  REPAIR,
  sortFunds,
  type Balance,
  WITH_CONSENT,
  type SealedEntry,
  type StandingPayment,
} from "../ledger/rules.ts";
import { isBetweenFunds, unsettled, type Sweep } from "../repair/rules.ts";
import type { BankAccount, Community } from "../trust/rules.ts";

export interface FundFigures {
  readonly opening: string;
  readonly received: string;
  readonly paid: string;
  readonly transferredIn: string;
  readonly transferredOut: string;
  readonly closing: string;
}

/** Cash of one account: this month, of that what belongs to earlier months, the calendar year, its budget. */
export interface AccountFigures {
  readonly fund: string;
  readonly account: string;
  readonly name: string;
  readonly month: string;
  /** The part of `month` that happened in earlier months and was booked late. */
  readonly adjustment: string;
  readonly yearToDate: string;
  readonly budget: string | null;
}

export interface StatementException {
  readonly code: string;
  readonly text: string;
  readonly count?: number;
  readonly amount?: string;
}

/** One figure that a revision changed. */
export interface Difference {
  /** Where in the JSON: `funds.common.closing`, `paid.common.5002.month`. */
  readonly path: string;
  readonly name: string;
  readonly before: string;
  readonly after: string;
}

/** A booking that a month shows although it happened earlier, or that a revision moved back to its month. */
export interface Adjustment {
  readonly entry: string;
  readonly belongsTo: Month;
  readonly corrects: string | null;
  readonly reason: string;
  readonly amount: string;
}

/** Something that was due: how often, and how much. */
export interface Open {
  readonly count: number;
  readonly amount: string;
}

export interface OpenMatters {
  /** Public revenue that was due by contract and did not come. */
  readonly revenue: Open;
  /** Emergency spending that nobody has ratified yet. */
  readonly unratified: Open;
}

export interface Statement {
  readonly format: "xinyi.statement/1";
  readonly community: {
    readonly code: string;
    readonly name: string;
    readonly principal: string;
    readonly trustee: string;
  };
  readonly month: Month;
  readonly revision: number;
  readonly funds: Readonly<Record<string, FundFigures>>;
  readonly received: readonly AccountFigures[];
  readonly paid: readonly AccountFigures[];
  readonly draw: {
    readonly rate: string;
    readonly base: string;
    readonly earned: string;
    readonly baseToDate: string;
    readonly earnedToDate: string;
    readonly paidToDate: string;
    readonly unpaid: string;
    /** What the terms rest on; absent where the deed does not name it. */
    readonly resolution?: string;
  };
  readonly sweep: {
    readonly free: string;
    readonly reserve: string;
    readonly share: string;
    readonly swept: string;
    readonly resolution?: string;
  } | null;
  readonly sweepUnsettled: string;
  readonly collection: {
    readonly due: string;
    readonly collected: string;
    readonly dueToDate: string;
    readonly collectedToDate: string;
    readonly oldArrearsRecovered: string;
    readonly arrears: string;
    readonly prepaid: string;
    readonly householdsDue: number;
    readonly householdsPaid: number;
  };
  readonly bank: readonly {
    readonly account: string;
    readonly name: string;
    readonly book: string;
    readonly statement: string | null;
    readonly difference: string | null;
    readonly unmatched: number;
    readonly linesUntil?: string;
  }[];
  readonly exceptions: readonly StatementException[];
  readonly adjustments: readonly Adjustment[];
  readonly entries: {
    readonly first: string | null;
    readonly last: string | null;
    readonly count: number;
    readonly head: string;
  };
  /** Digest of the statement before this one: the earlier revision, or the month before. null for the very first. */
  readonly previous: string | null;
  /** Revision 2 and on: why, and what changed against the revision before. */
  readonly restated: { readonly reason: string; readonly differences: readonly Difference[] } | null;
}

/** Everything a statement is computed from; all of it final once the month is closed. */
export interface StatementFacts {
  readonly community: Community;
  readonly month: Month;
  /** Balance rows of the calendar year up to the month; the month's own hold its opening rows. */
  readonly balances: readonly Balance[];
  readonly accounts: readonly BankAccount[];
  readonly draws: readonly DrawMonth[];
  readonly sweep: Sweep | null;
  /** What the deed's terms of that month rest on, where it says so. */
  readonly bases: { readonly draw: string | undefined; readonly sweep: string | undefined };
  readonly collection: Collection;
  readonly budget: readonly BudgetLine[];
  readonly bank: readonly BankStanding[];
  /** Late entries that concern this statement: booked in the year so far, or (restating) belonging to it. */
  readonly late: readonly SealedEntry[];
  /** The codes of the entries that late entries correct, by sequence. */
  readonly correctedCodes: ReadonlyMap<number, string>;
  /** Payments of the month with neither a voucher nor an invoice number, or on 5009 without a resolution. */
  readonly unproven: readonly StandingPayment[];
  /** What was due by the month's end and had not happened when it was told. */
  readonly open: OpenMatters;
  readonly lastNumber: number;
  readonly head: string;
  readonly previous: string | null;
}

/** The statement of a month as its books have it: revision 1. */
export function buildStatement(facts: StatementFacts): Statement {
  return assemble(facts, 1, bookedCash(facts), null);
}

/**
 * The month told again: entries that were booked later but belong to it, or to an earlier month, count where they
 * belong. What closing did (draw, sweep, settling of bills) stays as it was done.
 */
export function restateStatement(facts: StatementFacts, before: Statement, reason: string): Statement {
  const told = assemble(withoutUndone(withMovedBooks(facts)), before.revision + 1, belongingCash(facts), {
    reason,
    differences: [],
  });
  return { ...told, restated: { reason, differences: differencesBetween(before, told) } };
}

/**
 * The facts with what comes from outside the journal as the statement had it: the bank's balances, the accounts, what
 * was ratified. Lines and ratifications that came later are no change of the month; the budget says itself from when
 * each part of it is known.
 */
export function asKnown(facts: StatementFacts, told: Statement): StatementFacts {
  const balances = facts.balances.filter((row) => row.month === facts.month && row.account === CASH);
  const bank = told.bank.map(({ account, name, statement, unmatched, linesUntil }): BankStanding => {
    const book = net(balances, (row) => row.bank === account);
    const balance = statement === null ? null : fromYuan(statement);
    const difference = balance === null ? null : subtract(balance, book);
    const stop = linesUntil === undefined ? {} : { linesUntil: day(linesUntil) };
    return { account, name, book, statement: balance, difference, unmatched, ...stop };
  });
  const accounts = facts.accounts.filter(({ code }) => told.bank.some(({ account }) => account === code));
  return { ...facts, bank, accounts, open: openAsTold(told) };
}

/** What was due and had not happened is only known on the day: the exceptions say what was told. */
function openAsTold({ exceptions }: Statement): OpenMatters {
  const told = (code: string): Open => {
    const { count = 0, amount = toYuan(ZERO) } = exceptions.find((exception) => exception.code === code) ?? {};
    return { count, amount };
  };
  return { revenue: told(REVENUE_OVERDUE), unratified: told(EMERGENCY_UNRATIFIED) };
}

/** The bank accounts' books with what was booked later but belongs to the month or before it. */
function withMovedBooks(facts: StatementFacts): StatementFacts {
  const moved = facts.late.filter((entry) => entry.month > facts.month && monthOf(entry.occurred) <= facts.month);
  const cash = movements(moved).filter(isCashMove);
  const bank = facts.bank.map((standing) => {
    const book = add(
      standing.book,
      net(cash, (row) => row.bank === standing.account),
    );
    const difference = standing.statement === null ? null : subtract(standing.statement, book);
    return { ...standing, book, difference };
  });
  return { ...facts, bank };
}

/** Without payments that were reversed later and not booked again: told again, they did not happen. */
function withoutUndone(facts: StatementFacts): StatementFacts {
  const isLate = (kind: string, seq: number): boolean =>
    facts.late.some((entry) => entry.kind === kind && entry.corrects === seq);
  return {
    ...facts,
    unproven: facts.unproven.filter(({ seq }) => !isLate("reversal", seq) || isLate("correction", seq)),
  };
}

// ---- Cash of the year, by month ------------------------------------------------------------------------------

/** Cash movements by the month they count in, and what each fund began the month with. */
interface Cash {
  readonly moves: readonly Balance[];
  readonly opening: ReadonlyMap<string, Fen>;
  /** The moves of this month that happened in earlier ones. */
  readonly lateMoves: readonly Balance[];
  /** The entries that the statement explains beside its figures. */
  readonly adjustments: readonly SealedEntry[];
}

function isCashMove(row: Balance): boolean {
  return row.account === CASH && row.flow !== "opening";
}

function bookedCash(facts: StatementFacts): Cash {
  const adjustments = facts.late.filter((entry) => entry.month === facts.month);
  return {
    moves: facts.balances.filter(isCashMove),
    opening: openings(facts),
    lateMoves: movements(adjustments).filter(isCashMove),
    adjustments,
  };
}

function openings(facts: StatementFacts): Map<string, Fen> {
  const isOpening = (row: Balance): boolean =>
    row.month === facts.month && row.account === CASH && row.flow === "opening";
  return new Map(
    fundsOf(facts).map((fund) => [fund, net(facts.balances, (row) => isOpening(row) && row.fund === fund)]),
  );
}

function belongingCash(facts: StatementFacts): Cash {
  const { month, late } = facts;
  const booked = late.filter((entry) => entry.month >= firstMonthOfYear(month) && entry.month <= month);
  const out = movements(booked)
    .filter(isCashMove)
    .map((row) => ({ ...row, debit: negate(row.debit), credit: negate(row.credit) }));
  const belonging = late.map((entry) => ({ ...entry, month: monthOf(entry.occurred) }));
  const inYear = belonging.filter((entry) => entry.month >= firstMonthOfYear(month) && entry.month <= month);
  const back = movements(inYear).filter(isCashMove);
  const opening = new Map(
    [...openings(facts)].map(([fund, amount]) => {
      const moved = late.filter((entry) => monthOf(entry.occurred) < month && entry.month >= month);
      const cash = movements(moved).filter(isCashMove);
      return [
        fund,
        add(
          amount,
          net(cash, (row) => row.fund === fund),
        ),
      ];
    }),
  );
  return {
    moves: [...facts.balances.filter(isCashMove), ...out, ...back],
    opening,
    lateMoves: [],
    adjustments: late.filter((entry) => monthOf(entry.occurred) <= month && entry.month > month),
  };
}

function fundsOf(facts: StatementFacts): string[] {
  return sortFunds(facts.accounts.map((account) => account.fund));
}

// ---- Assembling ----------------------------------------------------------------------------------------------

function assemble(facts: StatementFacts, revision: number, cash: Cash, restated: Statement["restated"]): Statement {
  const { month } = facts;
  const { code, name, principal, trustee } = facts.community;
  const received = accountFigures(facts, cash, "received");
  const paid = accountFigures(facts, cash, "paid");
  return {
    format: "xinyi.statement/1",
    community: { code, name, principal, trustee },
    month,
    revision,
    funds: fundFigures(facts, cash),
    received,
    paid,
    draw: drawFigures(facts),
    sweep: sweepFigures(facts),
    sweepUnsettled: toYuan(greatest(ZERO, unsettled(facts.balances.filter((row) => row.month === month)))),
    collection: collectionFigures(facts.collection),
    bank: facts.bank.map((standing) => ({
      ...standing,
      book: toYuan(standing.book),
      statement: standing.statement === null ? null : toYuan(standing.statement),
      difference: standing.difference === null ? null : toYuan(standing.difference),
    })),
    exceptions: exceptionsOf(facts, paid, cash.adjustments),
    adjustments: cash.adjustments.map((entry) => adjustmentOf(entry, facts.correctedCodes)),
    entries: {
      first: facts.lastNumber === 0 ? null : entryCode(month, 1),
      last: facts.lastNumber === 0 ? null : entryCode(month, facts.lastNumber),
      count: facts.lastNumber,
      head: facts.head,
    },
    previous: facts.previous,
    restated,
  };
}

function fundFigures(facts: StatementFacts, cash: Cash): Record<string, FundFigures> {
  const inMonth = cash.moves.filter((row) => row.month === facts.month);
  const figures = fundsOf(facts).map((fund): [string, FundFigures] => {
    const of = (matches: (row: Balance) => boolean): Fen => net(inMonth, (row) => row.fund === fund && matches(row));
    const opening = cash.opening.get(fund) ?? ZERO;
    const received = of((row) => row.flow === "received");
    const paid = negate(of((row) => row.flow === "paid"));
    const movedIn = of((row) => isBetweenFunds(row) && row.purpose === MOVED_IN);
    const movedOut = negate(of((row) => isBetweenFunds(row) && row.purpose === MOVED_OUT));
    const closing = fen(opening + received - paid + movedIn - movedOut);
    return [
      fund,
      {
        opening: toYuan(opening),
        received: toYuan(received),
        paid: toYuan(paid),
        transferredIn: toYuan(movedIn),
        transferredOut: toYuan(movedOut),
        closing: toYuan(closing),
      },
    ];
  });
  return Object.fromEntries(figures);
}

function accountFigures(facts: StatementFacts, cash: Cash, flow: "received" | "paid"): AccountFigures[] {
  const sign = flow === "received" ? 1 : -1;
  const moves = cash.moves.filter((row) => row.flow === flow && row.month <= facts.month);
  const lateMoves = cash.lateMoves.filter((row) => row.flow === flow);
  return [...new Set(moves.map((row) => row.fund))].toSorted().flatMap((fund) => {
    const accounts = [...new Set(moves.filter((row) => row.fund === fund).map((row) => row.purpose))].toSorted();
    return accounts.map((account): AccountFigures => {
      const of = (rows: readonly Balance[], matches: (row: Balance) => boolean = () => true): Fen =>
        fen(sign * net(rows, (row) => row.fund === fund && row.purpose === account && matches(row)));
      const planned = facts.budget.find((line) => line.account === account && line.year === yearOf(facts.month));
      return {
        fund,
        account,
        name: accountName(account),
        month: toYuan(of(moves, (row) => row.month === facts.month)),
        adjustment: toYuan(of(lateMoves)),
        yearToDate: toYuan(of(moves)),
        budget: fund === COMMON && planned !== undefined ? toYuan(planned.amount) : null,
      };
    });
  });
}

function drawFigures(facts: StatementFacts): Statement["draw"] {
  const draw = facts.draws.find((candidate) => candidate.month === facts.month);
  if (draw === undefined) {
    throw new Error(`no draw was computed for ${facts.month}`);
  }
  const paid = net(facts.balances, (row) => isCashMove(row) && row.flow === "paid" && row.purpose === DRAW_SPENT);
  const owed = net(
    facts.balances,
    (row) => row.month === facts.month && row.fund === COMMON && row.account === DRAW_OWED,
  );
  return {
    rate: draw.rate,
    base: toYuan(draw.base),
    earned: toYuan(draw.earned),
    baseToDate: toYuan(sum(facts.draws.map((each) => each.base))),
    earnedToDate: toYuan(sum(facts.draws.map((each) => each.earned))),
    paidToDate: toYuan(negate(paid)),
    unpaid: toYuan(negate(owed)),
    ...basisFigure(facts.bases.draw),
  };
}

function sweepFigures({ sweep, bases }: StatementFacts): Statement["sweep"] {
  return sweep === null
    ? null
    : {
        free: toYuan(sweep.free),
        reserve: toYuan(sweep.reserve),
        share: sweep.share,
        swept: toYuan(sweep.swept),
        ...basisFigure(bases.sweep),
      };
}

function basisFigure(resolution: string | undefined): { readonly resolution?: string } {
  return resolution === undefined ? {} : { resolution };
}

function collectionFigures(figures: Collection): Statement["collection"] {
  return {
    due: toYuan(figures.due),
    collected: toYuan(figures.collected),
    dueToDate: toYuan(figures.dueToDate),
    collectedToDate: toYuan(figures.collectedToDate),
    oldArrearsRecovered: toYuan(figures.oldArrearsRecovered),
    arrears: toYuan(figures.arrears),
    prepaid: toYuan(figures.prepaid),
    householdsDue: figures.householdsDue,
    householdsPaid: figures.householdsPaid,
  };
}

function adjustmentOf(entry: SealedEntry, correctedCodes: ReadonlyMap<number, string>): Adjustment {
  return {
    entry: entryCode(entry.month, entry.number),
    belongsTo: monthOf(entry.occurred),
    corrects: entry.corrects === undefined ? null : (correctedCodes.get(entry.corrects) ?? null),
    reason: entry.reason ?? "",
    amount: toYuan(sum(entry.lines.filter((line) => line.account === CASH).map((line) => line.amount))),
  };
}

// ---- Exceptions: what a reader must know ----------------------------------------------------------------------

function exceptionsOf(
  facts: StatementFacts,
  paid: readonly AccountFigures[],
  late: readonly SealedEntry[],
): StatementException[] {
  return [
    ...missingInvoices(facts),
    ...missingResolutions(facts),
    ...exceededBudgets(facts, paid),
    ...bankExceptions(facts.bank),
    ...sweepException(facts),
    ...overdrawn(facts),
    ...openException(facts.open.revenue, REVENUE_OVERDUE, "笔公共收益到期没有收到"),
    ...openException(facts.open.unratified, EMERGENCY_UNRATIFIED, "笔紧急支出还没有追认"),
    ...lateException(late, facts.month),
  ];
}

function missingInvoices({ unproven }: StatementFacts): StatementException[] {
  const without = unproven.filter(isUnproven);
  const total = sum(without.map(paidOut));
  return without.length === 0
    ? []
    : [
        {
          code: "INVOICE_MISSING",
          text: `${without.length} 笔支出没有凭证或发票号码，共 ${displayYuan(total)} 元`,
          count: without.length,
          amount: toYuan(total),
        },
      ];
}

/** 5009 may be spent only with the owners' consent (物业服务收费管理办法 art. 11 no. 9). */
function missingResolutions({ unproven }: StatementFacts): StatementException[] {
  const without = unproven.filter(
    (payment) => payment.resolution === undefined && payment.lines.some((line) => line.purpose === WITH_CONSENT),
  );
  return without.length === 0
    ? []
    : [
        {
          code: "RESOLUTION_MISSING",
          text: `${without.length} 笔“经业主同意的其他费用”没有写明业主决议`,
          count: without.length,
        },
      ];
}

function exceededBudgets(facts: StatementFacts, paid: readonly AccountFigures[]): StatementException[] {
  return paid.flatMap((row) => {
    const over = row.budget === null ? ZERO : subtract(fromYuan(row.yearToDate), fromYuan(row.budget));
    return over > 0
      ? [
          {
            code: "BUDGET_EXCEEDED",
            text: `${row.name}：${yearOf(facts.month)} 年累计支出超出全年预算 ${displayYuan(over)} 元`,
            amount: toYuan(over),
          },
        ]
      : [];
  });
}

function bankExceptions(bank: readonly BankStanding[]): StatementException[] {
  return bank.flatMap((standing): StatementException[] => {
    const unmatched = standing.unmatched;
    const difference = standing.difference ?? ZERO;
    return [
      ...(standing.statement === null
        ? [
            {
              code: "BANK_LINES_MISSING",
              text: `${standing.name}：没有本月的银行流水，账面余额未能与银行核对`,
              count: 1,
            },
          ]
        : []),
      ...(standing.statement === null || standing.linesUntil === undefined
        ? []
        : [
            {
              code: "BANK_LINES_STOP",
              text: `${standing.name}：银行流水的最后一笔是 ${standing.linesUntil}，没有到月底，此后的收付未能与银行核对`,
              count: 1,
            },
          ]),
      ...(difference === 0
        ? []
        : [
            {
              code: "BANK_DIFFERENCE",
              text: `${standing.name}：银行余额与账面余额相差 ${displayYuan(difference)} 元`,
              amount: toYuan(difference),
            },
          ]),
      ...(unmatched === 0
        ? []
        : [
            {
              code: "BANK_UNMATCHED",
              text: `${standing.name}：${unmatched} 笔银行流水还没有与账上的记账凭证配对`,
              count: unmatched,
            },
          ]),
    ];
  });
}

function sweepException(facts: StatementFacts): StatementException[] {
  const owed = unsettled(facts.balances.filter((row) => row.month === facts.month));
  return owed > 0
    ? [
        {
          code: "SWEEP_UNSETTLED",
          text: `应转入${fundName(REPAIR)}的盈余 ${displayYuan(owed)} 元尚未划到账户`,
          amount: toYuan(owed),
        },
      ]
    : [];
}

/** Balances that cannot be in a sound month: an account below zero, a trustee who was paid more than earned. */
function overdrawn(facts: StatementFacts): StatementException[] {
  const accounts = facts.bank.filter(({ book }) => book < 0);
  const owed = net(
    facts.balances,
    (row) => row.month === facts.month && row.fund === COMMON && row.account === DRAW_OWED,
  );
  return [
    ...accounts.map(({ name, book }) => ({
      code: "ACCOUNT_OVERDRAWN",
      text: `${name}：账面余额为负，透支 ${displayYuan(negate(book))} 元`,
      amount: toYuan(book),
    })),
    ...(owed > 0
      ? [
          {
            code: "DRAW_TO_RETURN",
            text: `受托人多收的酬金 ${displayYuan(owed)} 元应退回或在以后抵减`,
            amount: toYuan(owed),
          },
        ]
      : []),
  ];
}

const REVENUE_OVERDUE = "REVENUE_OVERDUE";
const EMERGENCY_UNRATIFIED = "EMERGENCY_UNRATIFIED";

function openException({ count, amount }: Open, code: string, words: string): StatementException[] {
  return count === 0
    ? []
    : [{ code, text: `${count} ${words}，共 ${displayYuan(fromYuan(amount))} 元`, count, amount }];
}

function lateException(late: readonly SealedEntry[], month: Month): StatementException[] {
  const [first] = late;
  if (first === undefined) {
    return [];
  }
  const text =
    first.month === month
      ? `${late.length} 笔凭证属于以前月份，列在“以前月份调整”中`
      : `${late.length} 笔公布之后才登记的凭证已计入，列在“后来登记的凭证”中`;
  return [{ code: "LATE_ENTRIES", text, count: late.length }];
}

// ---- Bytes and differences ------------------------------------------------------------------------------------

/** The canonical bytes (RFC 8785 JSON) that are published, stored and digested: the same for ever. */
export function statementBytes(statement: Statement): string {
  const bytes = canonicalize(statement);
  if (bytes === undefined) {
    throw new Error("a statement cannot be written as canonical JSON");
  }
  return bytes;
}

/** Words that a later version of the program may put better, without any figure being another. */
const WORDING = new Set(["name", "text"]);

/**
 * Whether a statement computed again says what the published one says, figure by figure. Keys that later versions
 * added are no difference, nor are names and sentences.
 */
export function tellsTheSame(published: unknown, again: unknown): boolean {
  if (Array.isArray(published) && Array.isArray(again)) {
    return published.length === again.length && published.every((each, index) => tellsTheSame(each, again[index]));
  }
  if (typeof published === "object" && published !== null && typeof again === "object" && again !== null) {
    const found = new Map(Object.entries(again));
    return Object.entries(published).every(([key, value]) => WORDING.has(key) || tellsTheSame(value, found.get(key)));
  }
  return published === again;
}

/** Every figure of funds, received and paid that differs between two revisions. */
function differencesBetween(before: Statement, after: Statement): Difference[] {
  const old = figuresOf(before);
  const now = figuresOf(after);
  return [...new Set([...old.keys(), ...now.keys()])].flatMap((path) => {
    const was = old.get(path)?.value ?? "0.00";
    const is = now.get(path)?.value ?? "0.00";
    const name = (now.get(path) ?? old.get(path))?.name ?? path;
    return was === is ? [] : [{ path, name, before: was, after: is }];
  });
}

const FUND_FIGURES: Readonly<Record<keyof FundFigures, string>> = {
  opening: "月初余额",
  received: "本月收入",
  paid: "本月支出",
  transferredIn: "转入",
  transferredOut: "转出",
  closing: "月末余额",
};

function figuresOf(statement: Statement): Map<string, { name: string; value: string }> {
  const figures = new Map<string, { name: string; value: string }>();
  for (const [fund, row] of Object.entries(statement.funds)) {
    for (const [key, label] of Object.entries(FUND_FIGURES)) {
      figures.set(`funds.${fund}.${key}`, { name: `${fundName(fund)}·${label}`, value: row[key as keyof FundFigures] });
    }
  }
  for (const { account, name, book } of statement.bank) {
    figures.set(`bank.${account}.book`, { name: `${name}·账面余额`, value: book });
  }
  for (const side of ["received", "paid"] as const) {
    const word = side === "received" ? "收入" : "支出";
    for (const row of statement[side]) {
      const name = `${word}·${row.name}`;
      figures.set(`${side}.${row.fund}.${row.account}.month`, { name: `${name}·本月`, value: row.month });
      figures.set(`${side}.${row.fund}.${row.account}.yearToDate`, { name: `${name}·本年累计`, value: row.yearToDate });
    }
  }
  return figures;
}

/** "风华苑 2020年3月收支公示" */
export function titleOf(statement: Statement): string {
  return `${statement.community.name} ${spokenMonth(statement.month)}收支公示`;
}
