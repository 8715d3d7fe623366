// Where a community's month stands, and what to do next.
import { spokenDay, type Day, type Month } from "../base/month.ts";
import { isOver } from "../period/rules.ts";

/** What comes next for a month. */
export type Stage = "running" | "to-close" | "to-publish" | "published";

export function stageOf(
  month: Month,
  at: { readonly closedThrough: Month | ""; readonly publishedThrough: Month | ""; readonly today: Day },
): Stage {
  if (month <= at.publishedThrough) {
    return "published";
  }
  if (month <= at.closedThrough) {
    return "to-publish";
  }
  return isOver(month, at.today) ? "to-close" : "running";
}

/** "请在 2020年4月10日 前公布", or by how much it is late. */
export function dueWords(dueOn: Day, today: Day): string {
  return today <= dueOn ? `按合同应在 ${spokenDay(dueOn)}前公布` : `按合同应在 ${spokenDay(dueOn)}前公布，已经过期`;
}
