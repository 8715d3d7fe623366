// A simulation in plain words: what was chosen, the sum step by step, what one home pays.
import { displayText, displayYuan, fen, fromYuan, negate } from "../base/money.ts";
import { asPercent, asRate, compareDecimals } from "../base/share.ts";
import type { Version } from "../plan/rules.ts";
import type { Choice, Simulation } from "./rules.ts";

/** The lines that offer a choice, each level with what it gives and costs; the chosen one is marked. */
export function levelChoices(plan: Version, choice: Choice) {
  return plan.lines
    .filter(({ levels }) => levels.length > 1)
    .map(({ id, title, levels, chosen, amount }) => ({
      id,
      title,
      name: `l${id}`,
      levels: levels.map((level, index) => ({
        value: String(index),
        id: `l${id}-${index}`,
        name: level.name,
        what: level.what,
        amount: displayText(level.amount),
        delta: deltaWords(level.amount, amount),
        isPlanned: index === chosen,
        isChosen: index === (choice.levels.get(id) ?? chosen),
      })),
    }));
}

function deltaWords(amount: string, planned: string): string {
  const delta = fen(fromYuan(amount) - fromYuan(planned));
  if (delta === 0) {
    return "";
  }
  return `比方案${delta > 0 ? "多" : "少"} ${displayYuan(delta < 0 ? negate(delta) : delta)} 元`;
}

/** The result with the way to it. */
export function simulationModel(plan: Version, choice: Choice, found: Simulation) {
  const { terms, drawTerms } = plan;
  const { balance } = found;
  return {
    spending: displayText(balance.spending),
    spendingDelta: deltaWords(balance.spending, plan.balance.spending),
    draw: displayText(found.neededDraw),
    drawRate: drawTerms.map(({ rate }) => asPercent(rate)).join("、"),
    other: displayText(balance.other),
    reserves: displayText(balance.reserves),
    hasReserves: fromYuan(balance.reserves) > 0,
    needed: displayText(found.needed),
    collection: asPercent(terms.collection),
    neededDue: displayText(found.neededDue),
    due: displayText(found.due),
    paid: displayText(balance.fees),
    left: displayText(balance.left),
    rates: found.rates.map((rate) => rateModel(rate)),
    moves: choice.use === "" ? "各种用途的单价按同一比例变" : `只有「${choice.use}」的单价变，其他用途不变`,
    home: homeModel(choice, found),
  };
}

function rateModel({ use, present, found }: Simulation["rates"][number]) {
  const compared = compareDecimals(found, present);
  return {
    use,
    present: asRate(present),
    found: asRate(found),
    change: compared === 0 ? "不变" : `${compared > 0 ? "涨" : "降"}，现在 ${asRate(present)} 元`,
    isHigher: compared > 0,
  };
}

function homeModel({ home }: Choice, { home: pays }: Simulation) {
  if (home === null || pays === null) {
    return null;
  }
  const delta = fen(fromYuan(pays.found) - fromYuan(pays.present));
  const size = displayYuan(delta < 0 ? negate(delta) : delta);
  return {
    about: `${home.area} 平方米 ${home.use}${home.factor === "1" ? "" : `，减免系数 ${home.factor}`}`,
    found: displayText(pays.found),
    present: displayText(pays.present),
    change: delta === 0 ? "和现在一样" : `每月${delta > 0 ? "多" : "少"} ${size} 元`,
    year: displayYuan(fen(12 * fromYuan(pays.found))),
  };
}
