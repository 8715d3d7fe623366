// A refusal is an expected failure: it names what was wrong, where, and what to do about it.

/** Where in somebody's file or form the fault is. Lines count from 1, the header being line 1. */
export interface Place {
  readonly file?: string;
  readonly line?: number;
  readonly column?: string;
  readonly value?: string;
}

/** One thing that was wrong: a stable code for programs, a sentence and a remedy for people. */
export interface Fault extends Place {
  readonly code: string;
  readonly message: string;
  readonly remedy: string;
}

/**
 * The HTTP status a refusal answers with: 401 not signed in, 403 not allowed, 404 unknown, 409 wrong moment,
 * 413 too large, 415 wrong kind, 422 wrong input, 429 too often.
 */
export type RefusalStatus = 401 | 403 | 404 | 409 | 413 | 415 | 422 | 429;

/** Thrown when a request cannot be done. Whoever throws it has changed nothing. */
export class Refusal extends Error {
  readonly faults: readonly Fault[];
  readonly status: RefusalStatus;
  readonly code: string;

  constructor(faults: Fault | readonly Fault[], status: RefusalStatus = 422) {
    const list = Array.isArray(faults) ? (faults as readonly Fault[]) : [faults as Fault];
    super(list.map(describeFault).join("\n"));
    this.name = "Refusal";
    this.faults = list;
    this.status = status;
    this.code = list[0]?.code ?? "REFUSED";
  }
}

/** A short form for the usual case: one fault without a place. */
export function refuse(code: string, message: string, remedy: string, status: RefusalStatus = 422): Refusal {
  return new Refusal({ code, message, remedy }, status);
}

/** More faults than anybody reads at once. */
export const FAULTS_MAX = 500;

/** Gathers what is wrong with somebody's files, so that all of it is told at once. */
export class FaultList {
  private readonly told: Fault[] = [];
  private count = 0;

  add(fault: Fault): void {
    this.count += 1;
    if (this.told.length < FAULTS_MAX) {
      this.told.push(fault);
    }
  }

  /** How many there were, told or not. */
  get length(): number {
    return this.count;
  }

  some(isSought: (fault: Fault) => boolean): boolean {
    return this.told.some(isSought);
  }

  /** Throws one refusal with all of them, when there are any. */
  refuseIfAny(): void {
    const more = this.count - this.told.length;
    const rest = {
      code: "MORE_FAULTS",
      message: `还有 ${more} 处问题没有列出。`,
      remedy: "请先改正以上问题，再试一次。",
    };
    if (this.count > 0) {
      throw new Refusal(more > 0 ? [...this.told, rest] : this.told);
    }
  }
}

/** `receipts.csv 第 12 行「金额」"1e3"：……。怎么办：……` */
export function describeFault(fault: Fault): string {
  return printable(`${describePlace(fault)}${fault.message}怎么办：${fault.remedy}`);
}

/**
 * Other people's files end up in messages: without this a file could write on the operator's terminal, or turn a
 * line's direction round.
 */
export function printable(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, "?");
}

function describePlace(place: Place): string {
  const parts = [
    place.file ?? "",
    place.line === undefined ? "" : ` 第 ${place.line} 行`,
    place.column === undefined ? "" : `「${place.column}」`,
    place.value === undefined ? "" : ` ${quoted(place.value)}`,
  ].join("");
  return parts === "" ? "" : `${parts.trim()}：`;
}

const VALUE_LENGTH_MAX = 60;

function quoted(value: string): string {
  const shown = value.length > VALUE_LENGTH_MAX ? `${value.slice(0, VALUE_LENGTH_MAX)}…` : value;
  return JSON.stringify(shown);
}
