// Votes, ballots and paper in words: for owners, for everybody, for the desk and for print.
import type { Assembly, RollHead } from "../assembly/rules.ts";
import { stageOf, type Stage } from "../assembly/rules.ts";
import { spokenDay, spokenMoment } from "../base/month.ts";
import { unitsFolded, unitsInBrief } from "../people/rules.ts";
import { area, areaWords, choiceName, CHOICES, headsWords, quorumOf, type Area, type Count } from "../tally/rules.ts";
import {
  channelName,
  entryState,
  isPaperFirst,
  readChoices,
  type Ballot,
  type Entry,
  type EntryState,
  type HeadState,
  type Proxy,
} from "./rules.ts";

/** A matter in the words of the notice. */
interface MatterCard {
  readonly name: string;
  readonly title: string;
  readonly basis: string;
  readonly quorumHeads: string;
  readonly quorumArea: string;
  readonly consent: string;
  readonly paragraphs: readonly string[];
  readonly effects: readonly string[];
  readonly needed: string;
}

/** 同意, 反对, 弃权, in this order everywhere. */
export const CHOICE_OPTIONS = CHOICES.map((value) => ({ value, label: choiceName(value) }));

const namesOf = ({ units }: Pick<RollHead, "units">): string[] => units.map(({ unit }) => unit);

/** "101、104", all of them: for paper, which cannot be unfolded. */
export function unitWords(head: Pick<RollHead, "units">): string {
  return namesOf(head).join("、");
}

/** What a page says of a head's units: in brief, and all of them for its fold. */
export function unitsModel(head: Pick<RollHead, "units">) {
  return { units: unitsInBrief(namesOf(head)), unitsAll: unitsFolded(namesOf(head)) };
}

// ---- The vote ---------------------------------------------------------------------------------------------------

function stageWords(stage: Stage, { opensOn, closesOn }: Assembly): string {
  switch (stage) {
    case "draft":
      return "还没有通知";
    case "notice":
      return `${spokenDay(opensOn)} 0 时开始投票`;
    case "voting":
      return `正在投票，到 ${spokenDay(closesOn)} 24 时结束`;
    case "counting":
      return "投票已经结束，等待计票";
    case "objections":
      return "已经计票，正在异议期";
    case "final":
      return "结果已经生效";
    case "void":
      return "已经撤销";
  }
}

export function voteHead(assembly: Assembly, now: Date) {
  const stage = stageOf(assembly, now);
  const isSecret = assembly.ballot === "secret";
  const isAhead = stage === "notice" || stage === "voting";
  return {
    id: assembly.id,
    name: assembly.title,
    stage: stageWords(stage, assembly),
    isVoting: stage === "voting",
    isCounted: assembly.closedAt !== null && !isSecret,
    isEntering: stage === "voting" || stage === "counting",
    isAhead,
    takesProxies: assembly.notice?.settings.proxies === true && isAhead,
    window: `${spokenDay(assembly.opensOn)}至${spokenDay(assembly.closesOn)}`,
    isSecret,
    how: isSecret
      ? "不记名表决：您选了什么，计票时就抹去，谁也查不到；只留下您投过票。结果要公布同意、反对、弃权各有多少人、多少面积（民法典第二百七十八条）：只有一两户反对或弃权时，别人可能从面积猜出是哪一户。"
      : "记名表决：按规定须由业主本人签名，计票后凭回执可以核对自己的选择。",
  };
}

/**
 * How far the quorum is: heads and area side by side, as fractions (Civil Code art. 278 ¶2); `step`: what the area was
 * rounded down to, null = it is exact.
 */
export function turnoutModel(all: Count, roll: Count, step: Area | null) {
  const need = quorumOf(roll);
  const line = (label: string, have: number, needed: number, base: number, words: (value: number) => string) => ({
    label,
    fraction: `${words(have)} / ${words(base)}`,
    need: `要达到 ${words(needed)}`,
    state: have >= needed ? "✓ 已达到三分之二" : `还差 ${words(needed - have)}`,
    isMet: have >= needed,
    have,
    base,
  });
  const metres = (value: number): string => areaWords(area(value));
  const areas = line("专有面积", all.area, need.area, roll.area, metres);
  const rounded = {
    ...areas,
    fraction: `至少 ${areas.fraction}`,
    state: areas.isMet ? areas.state : "取整后还没有达到",
  };
  return {
    lines: [line("业主人数", all.heads, need.heads, roll.heads, headsWords), step === null ? areas : rounded],
    rounding:
      step === null
        ? ""
        : `计票以前，面积按 ${metres(step)} 一档向下取整，免得从一张票的面积看出是哪一户投的；计票以后公布准确的数。`,
  };
}

/** A matter as it stands on the paper ballot. */
export function printedMatter(card: MatterCard) {
  const { name, title, basis, quorumHeads, quorumArea, consent, paragraphs, effects, needed } = card;
  const need = `至少 ${quorumHeads}、${quorumArea}参加，其中人数和面积都有${consent}同意，才通过`;
  return {
    title: `${name}　${title}`,
    basis,
    need,
    paragraphs: [
      ...paragraphs,
      ...effects.map((line) => `通过后：${line}。`),
      ...[needed].filter((line) => line !== ""),
    ],
  };
}

// ---- An owner's own heads -------------------------------------------------------------------------------------------

/** Where the ballot of a head stands, in a sentence for who may cast it. */
export function headStatus({
  state,
  isInPerson,
  isVoting,
}: {
  readonly state: HeadState;
  readonly isInPerson: boolean;
  readonly isVoting: boolean;
}): string {
  const { ballot, entries } = state;
  if (ballot !== null) {
    const by = ballot.proxy === null ? "" : "（由受托人投）";
    return `✓ 已收到您的${channelName(ballot.channel)}${by}，${spokenMoment(ballot.castAt)}`;
  }
  if (entryState(entries) === "none") {
    return isVoting ? "还没有投票" : "没有投票";
  }
  return isVoting && !isPaperFirst(entries, isInPerson)
    ? "有人录入了一张纸质票，还没有第二人核对；您本人仍可以投"
    : "纸质票已收到，正在两人核对录入";
}

/** By what right somebody votes for a head. */
export function rightWords(proxy: Proxy | null, units: string): string {
  if (proxy === null) {
    return "";
  }
  const scope = proxy.matters === null ? "全部事项" : `第 ${proxy.matters.join("、")} 项`;
  return `您受 ${units} 的业主委托投票，范围：${scope}`;
}

// ---- The desk ---------------------------------------------------------------------------------------------------

const ENTRY_WORDS: Readonly<Record<EntryState, string>> = {
  none: "",
  waiting: "纸质票已有一人录入，等第二人",
  differs: "▲ 两人录入不同，要核对",
  counted: "纸质票两人录入一致",
};

/** How the ballot of a head stands for the desk; never what it says. */
export function participation(ballot: Ballot | null, entry: EntryState): string {
  return ballot === null
    ? ENTRY_WORDS[entry] || "还没有投票"
    : `✓ ${channelName(ballot.channel)} ${spokenMoment(ballot.castAt)}`;
}

/** What was entered from paper and does not count: when, by whom, why. */
export function uncountedLine(
  { at, aside }: Pick<Entry, "at" | "aside">,
  { units, by }: { readonly units: string; readonly by: string },
) {
  const why = aside === null ? "业主本人投了电子票，没有第二人核对过这张纸质票" : `已撤下：${aside}`;
  return { units, entered: `${by} ${spokenMoment(at)} 录入`, why };
}

/** "两人在第 1 项、收到日上录得不同" */
export function differenceWords(places: readonly number[]): string {
  return places.map((place) => (place === 0 ? "收到日或签名人" : `第 ${place} 项`)).join("、");
}

/** What somebody entered, line by line. */
export function entryLines(entry: Entry, nameOf: (account: string) => string) {
  return {
    by: nameOf(entry.by),
    at: spokenMoment(entry.at),
    received: spokenDay(entry.receivedOn),
    signed: entry.proxy === null ? "业主签名" : "受托人签名",
    scan: entry.scan ?? "",
    choices: readChoices(entry.choices).map(({ matter, choice }) => `第 ${matter} 项：${choiceName(choice)}`),
  };
}

const PROXY_STATES = {
  stands: "有效，还没有投",
  used: "已由受托人投票",
  void: "业主本人先投了，委托作废",
  ended: "已收回",
} as const;

export function proxyLine(proxy: Proxy, state: keyof typeof PROXY_STATES) {
  return {
    id: proxy.id,
    title: `业主 ${proxy.head} 委托业主 ${proxy.holder}`,
    scope: proxy.matters === null ? "全部事项" : `第 ${proxy.matters.join("、")} 项`,
    given: `${spokenDay(proxy.givenOn)}出具`,
    state: state === "ended" ? `${PROXY_STATES[state]}：${proxy.ended ?? ""}` : PROXY_STATES[state],
    stands: state === "stands",
    document: proxy.document,
  };
}
