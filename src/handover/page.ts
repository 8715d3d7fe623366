// A handover in words.
import { day, daysBetween, spokenDay, type Day } from "../base/month.ts";
import { basisOf } from "../resolution/rules.ts";

interface HandoverWords {
  readonly resolution: string;
  readonly outgoing: string;
  readonly company: string;
  readonly day: string;
  readonly startedOn: string;
  readonly noticeBy: string;
  readonly renewalBy: string;
  readonly isVoid: boolean;
}

export function handoverCard(handover: HandoverWords, community: string, today: Day) {
  const { resolution, outgoing, company, isVoid } = handover;
  const left = daysBetween(today, day(handover.day));
  const coming = left === 0 ? "就是今天" : `还有 ${left} 天`;
  const past = handover.noticeBy < handover.startedOn;
  return {
    title: `${outgoing} → ${company}`,
    day: spokenDay(day(handover.day)),
    left: left >= 0 ? coming : "已过",
    basis: basisOf(community, resolution, new Set([resolution])),
    started: spokenDay(day(handover.startedOn)),
    notice: `${spokenDay(day(handover.noticeBy))}前送达${past ? "（作出决议时已不足 60 日，请核对合同的约定）" : ""}`,
    renewal: spokenDay(day(handover.renewalBy)),
    isVoid,
    isNow: !isVoid && left >= 0,
  };
}
