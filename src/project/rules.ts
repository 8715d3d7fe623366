// Projects of the repair fund: opened by a resolution (民法典 art. 278 item 5, 281), spent up to its amount. Pure.
import { fen, type Fen } from "../base/money.ts";
import type { Day } from "../base/month.ts";

export interface Project {
  /** The resolution that opened it, by which its payments name it. */
  readonly resolution: string;
  readonly name: string;
  /** The most that may be paid for it. */
  readonly amount: Fen;
  /** What it may pay for, as accounts. */
  readonly accounts: readonly string[];
  /** Finished or given up: what is left is free for other projects. */
  readonly ended: { readonly on: Day; readonly reason: string } | null;
  readonly isVoid: boolean;
}

/** A project with what the journal says was paid for it. */
export interface ProjectState extends Project {
  readonly paid: Fen;
}

export function isOpen(project: Project): boolean {
  return project.ended === null && !project.isVoid;
}

/** What may still be asked for: the amount, less what was paid and what waiting requests reserve. */
export function leftOf(project: ProjectState, reserved: Fen): Fen {
  return isOpen(project) ? fen(project.amount - project.paid - reserved) : fen(0);
}

/** What the fund has promised: what open projects may still take out of it. */
export function promisedTo(projects: readonly ProjectState[]): Fen {
  return fen(projects.filter(isOpen).reduce((total, { amount, paid }) => total + Math.max(0, amount - paid), 0));
}
