// When an import of the bank's lines may be taken back, and who has to agree.
import { compareDays, firstDay, monthOf, monthsFrom, spokenMonth, type Day, type Month } from "../base/month.ts";
import type { Fault } from "../base/refusal.ts";
import type { BankImport } from "../bank/rules.ts";
import type { Side } from "../door/rules.ts";

/** What is known of an import and of what has been built on it. */
export interface RecallFacts {
  readonly imported: BankImport;
  /** The days of the lines it brought. */
  readonly days: readonly Day[];
  readonly openMonth: Month;
  /** Months that were reconciled on its account, or published, since it came in. */
  readonly reconciled: readonly Month[];
  readonly published: readonly Month[];
  /** Entries that were booked from its lines and still stand. */
  readonly booked: readonly string[];
  /** How many matches somebody made by hand hold its lines. */
  readonly byHand: number;
  /** Imports of the account that still count. */
  readonly others: readonly BankImport[];
}

/** The months whose figures rest on an import: those of its lines; of one without lines, those it says nothing moved in. */
function monthsOf({ imported, days }: RecallFacts): Set<Month> {
  return new Set(days.length > 0 ? days.map(monthOf) : monthsFrom(monthOf(imported.from), monthOf(imported.through)));
}

/** Why an import cannot be taken back now; null when nothing speaks against it. */
export function obstacleTo(facts: RecallFacts): Fault | null {
  const { imported, booked } = facts;
  const months = monthsOf(facts);
  const reconciled = facts.reconciled.filter((month) => months.has(month));
  const published = facts.published.filter((month) => months.has(month));
  const later = laterKnowing(facts);
  if (imported.takenBack !== null) {
    return { code: "IMPORT_TAKEN_BACK", message: "这次导入已经撤回过了。", remedy: "请刷新页面。" };
  }
  if (published.length > 0 || reconciled.length > 0) {
    const [what, which] = published.length > 0 ? ["公布", published] : ["完成对账", reconciled];
    return {
      code: "IMPORT_RELIED_ON",
      message: `导入之后，${which.map(spokenMonth).join("、")}已经${what}，用到了这次导入，不能再撤回。`,
      remedy: "账上的差错请申请更正记账凭证；银行的差错请导入银行的冲正流水。",
    };
  }
  if (booked.length > 0) {
    return {
      code: "IMPORT_BOOKED",
      message: `按这次导入的流水记了账：记账凭证 ${booked.join("、")}。`,
      remedy: "请先更正（冲销）这些凭证，再撤回导入。",
    };
  }
  return later === undefined
    ? null
    : {
        code: "IMPORT_KNOWN_LATER",
        message: `之后第 ${later.number} 次导入的「${later.name}」含有同样的流水，当时没有重复导入。`,
        remedy: "请先撤回那一次，再撤回这一次；撤回之后，对的文件可以再导入。",
      };
}

/** A later file left lines out because this one had brought them: without this one they would be missing. */
function laterKnowing({ imported, days, others }: RecallFacts): BankImport | undefined {
  return others.find(
    ({ number, known, from, through }) =>
      number > imported.number && known > 0 && days.some((day) => day >= from && day <= through),
  );
}

/**
 * Whether somebody of another side has to agree. Whoever brought a file in may take it back alone while it lies in the
 * open month and nobody has worked on its lines: it is a slip of the hand. Otherwise one side could take away what the
 * other one rests on.
 */
export function needsAnother(facts: RecallFacts, actor: string): boolean {
  const { imported, days, openMonth, byHand } = facts;
  const [first = imported.from] = days.toSorted(compareDays);
  return imported.importedBy !== actor || byHand > 0 || first < firstDay(openMonth);
}

/** Why somebody cannot confirm what was asked; null when they can. */
export function confirmFault(
  { imported }: RecallFacts,
  by: { readonly id: string; readonly side: Side },
): Fault | null {
  if (imported.asked === null) {
    return {
      code: "RECALL_NOT_ASKED",
      message: "没有人提出撤回这次导入。",
      remedy: "请先写明原因提出撤回。",
    };
  }
  return imported.asked.side === by.side || imported.asked.by === by.id
    ? {
        code: "RECALL_SAME_SIDE",
        message: "撤回由一方提出，要另一方的人确认。",
        remedy: "请等另一方（物业或业委会）确认。",
      }
    : null;
}
