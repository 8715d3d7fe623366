// A count in words and formatted figures: one model for the page, the notice, the minutes and the table.
import { casesWords } from "../assembly/rules.ts";
import { channelName, type Channel, type Chosen } from "../ballot/rules.ts";
import { spokenDay, spokenDayOf, spokenMoment } from "../base/month.ts";
import { percentOf, type Limit } from "../base/share.ts";
import {
  area,
  areaWords,
  ballotKindName,
  choiceName,
  CHOICES,
  consentWords,
  countWords,
  headsWords,
  isSpecial,
  itemWords,
  matterName,
  readArea,
  readCount,
  type CountJson,
  type MatterKind,
  type TallyJson,
} from "../tally/rules.ts";
import {
  objectionsUntil,
  publicWords,
  type MatterOutcome,
  type NotCounted,
  type Objection,
  type Outcome,
} from "./rules.ts";

// ---- Figures ------------------------------------------------------------------------------------------------------

const percent = (part: number, whole: number, limit: Limit): string => percentOf(part, whole, [limit]) ?? "—";

/** One of the law's counts of one condition: a fraction, what it must reach, and a bar with the mark. */
export interface Meter {
  readonly name: string;
  readonly have: string;
  readonly base: string;
  readonly percent: string;
  readonly need: string;
  readonly isMet: boolean;
  /** "还差 3 人"; "" when it is met. */
  readonly lacks: string;
  /** Widths of the bar in percent, for drawing only. */
  readonly bar: string;
  readonly mark: string;
}

function lacking({ have, need, base }: Measured, inWords: (value: number) => string): string {
  return base === 0 ? "没有人参加" : `还差 ${inWords(need - have)}`;
}

interface Measured {
  readonly have: number;
  readonly need: number;
  readonly base: number;
}

function meterOf(name: string, measured: Measured, inWords: (value: number) => string, limit: Limit): Meter {
  const { have, need, base } = measured;
  // Three quarters of nobody are nobody: a rule that nobody met is not met.
  const isMet = base > 0 && have >= need;
  return {
    name,
    have: inWords(have),
    base: inWords(base),
    percent: percent(have, base, limit),
    need: inWords(need),
    isMet,
    lacks: isMet ? "" : lacking(measured, inWords),
    bar: base === 0 ? "0" : ((have * 100) / base).toFixed(2),
    mark: ((100 * limit[0]) / limit[1]).toFixed(2),
  };
}

/** Heads and area of one condition, side by side. */
function metersOf(condition: TallyJson["quorum"], base: CountJson, limit: Limit): Meter[] {
  const { heads, area: size } = condition;
  const areas = { have: readArea(size.have), need: readArea(size.need), base: readArea(base.area) };
  return [
    meterOf("按人数", { ...heads, base: base.heads }, headsWords, limit),
    meterOf("按面积", areas, (value) => areaWords(area(value)), limit),
  ];
}

const QUORUM: Limit = [2, 3];
const consentLimit = (kind: MatterKind): Limit => (isSpecial(kind) ? [3, 4] : [1, 2]);

// ---- One matter ---------------------------------------------------------------------------------------------------

/** A count in two cells of a table. */
function countRow(name: string, { heads, area: size }: CountJson) {
  return { name, heads: headsWords(heads), area: areaWords(readArea(size)) };
}

function choiceRows(tally: TallyJson, limit: Limit) {
  const all = readCount(tally.tookPart);
  return CHOICES.map((choice) => ({
    ...countRow(choiceName(choice), tally[choice]),
    headsPercent: percent(tally[choice].heads, all.heads, limit),
    areaPercent: percent(readArea(tally[choice].area), all.area, limit),
  }));
}

/** The count told as one would at the gate. */
function sentences(kind: MatterKind, tally: TallyJson): string[] {
  const { roll, tookPart, agree, quorum, consent } = tally;
  if (tookPart.heads === 0) {
    return [`全体业主 ${headsWords(roll.heads)}，没有人参加表决。`, "所以，这一项没有通过。"];
  }
  const both = (condition: TallyJson["quorum"]): string => {
    const met = [condition.heads.have >= condition.heads.need, areaMet(condition)];
    return met.every(Boolean) ? "人数和面积都达到了" : `${lackWords(met)}没有达到`;
  };
  return [
    `全体业主 ${headsWords(roll.heads)}，${headsWords(tookPart.heads)}参加了表决。法律要求人数和面积都有三分之二以上参加：${both(quorum)}。`,
    `参加的人里，${headsWords(agree.heads)}同意。法律要求同意的人数和面积都占参加者的${consentWords(kind)}：${both(consent)}。`,
    tally.passed ? "所以，这一项通过了。" : "所以，这一项没有通过。",
  ];
}

const areaMet = ({ area: { have, need } }: TallyJson["quorum"]): boolean => readArea(have) >= readArea(need);

function lackWords([heads = false, areas = false]: readonly boolean[]): string {
  const missing = [heads ? "" : "人数", areas ? "" : "面积"].filter((each) => each !== "");
  return missing.join("和");
}

function countCard(kind: MatterKind, tally: TallyJson) {
  return {
    passed: tally.passed,
    sentences: sentences(kind, tally),
    conditions: [
      { title: "参加表决：全体业主的三分之二以上", meters: metersOf(tally.quorum, tally.roll, QUORUM) },
      {
        title: `同意：参加者的${consentWords(kind)}`,
        meters: metersOf(tally.consent, tally.tookPart, consentLimit(kind)),
      },
    ],
    choices: choiceRows(tally, consentLimit(kind)),
    total: countRow("参加表决", tally.tookPart),
  };
}

export type CountCard = ReturnType<typeof countCard>;

const UNRETURNED_WORDS = { absent: "", abstain: "算作参加、不表示意见", majority: "算作同意多数意见" } as const;

function matterCard({ place, kind, title, tally, unreturned }: MatterOutcome) {
  return {
    place,
    title,
    basis: `民法典第二百七十八条第一款${itemWords(kind)}（${matterName(kind)}）`,
    ...countCard(kind, tally),
    verdict: tally.passed ? "通过" : "未通过",
    unreturned:
      unreturned === null
        ? null
        : {
            words:
              `按${unreturned.clause}，已送达而没有收回的票（${countWords(readCount(unreturned.added))}）` +
              `${UNRETURNED_WORDS[unreturned.policy]}。${proofWords(unreturned)}只算收回的票，结果是：`,
            ...countCard(kind, unreturned.without),
            verdict: unreturned.without.passed ? "通过" : "未通过",
          },
  };
}

/** What proves that ballots were delivered which did not come back, and how many had no proof. */
function proofWords({ proofs }: NonNullable<MatterOutcome["unreturned"]>): string {
  if (proofs === undefined) {
    return "";
  }
  const { read, proved, unproved } = proofs;
  const rest =
    unproved.heads === 0 ? "" : `；另有 ${countWords(readCount(unproved))}只登记了送达，没有两人核对过的证明，不算`;
  return `其中 ${countWords(readCount(read))}由本人在网上确认看到，${countWords(readCount(proved))}凭开始投票前的送达证明，由两人核对${rest}。`;
}

export type MatterCard = ReturnType<typeof matterCard>;

// ---- The whole ----------------------------------------------------------------------------------------------------

/** A count as a page. */
export function outcomePage(outcome: Outcome, digest: string) {
  const { assembly, roll, turnout, receipts, settings } = outcome;
  const until = objectionsUntil(outcome);
  return {
    community: outcome.community.name,
    title: assembly.title,
    isSecret: assembly.ballot === "secret",
    ballotWords: `${ballotKindName(assembly.ballot)}投票`,
    noticedOn: spokenDayOf(assembly.noticedAt),
    window: `${spokenDay(assembly.opensOn)}至${spokenDay(assembly.closesOn)}`,
    countedOn: spokenMoment(outcome.countedAt),
    objectionsUntil: spokenDay(until),
    roll: countWords(readCount(roll)),
    rollFingerprint: roll.fingerprint,
    notCounted: notCountedWords(outcome.paperNotCounted ?? { inPerson: 0, setAside: [] }),
    channels: (["electronic", "paper"] as const).map((channel) => countRow(channelName(channel), turnout[channel])),
    receipts: `${receipts.count} 张`,
    receiptsFingerprint: receipts.fingerprint,
    digest,
    matters: outcome.matters.map(matterCard),
    cases: casesWords(roll.cases, settings),
  };
}

/** What was entered from paper and was not counted, and why: nothing that came to the desk disappears. */
function notCountedWords({ inPerson, setAside }: NotCounted): string[] {
  return [
    ...(inPerson === 0
      ? []
      : [`${headsWords(inPerson)}的纸质票只有一人录入、没有第二人核对，没有计入：业主本人投了电子票。`]),
    ...setAside.map((reason) => `一次纸质票的录入由另一方撤下，没有计入。理由：${reason}`),
  ];
}

export type OutcomePage = ReturnType<typeof outcomePage>;

const VERDICT_WORDS = { open: "等待答复", dismissed: "不成立", upheld: "成立，表决作废" } as const;

/** Objections without the names of those who raised them; `isInside`: for those who answer, who read hidden words too. */
export function objectionRow(objection: Objection, isInside: boolean) {
  const { id, text, raisedAt, verdict, answer, proposedBy, answeredAt, hidden } = objection;
  const isProposed = verdict === "open" && proposedBy !== null;
  return {
    id,
    text: isInside ? text : publicWords(objection),
    hidden: isInside ? (hidden ?? "") : "",
    isHidden: hidden !== null,
    raisedOn: spokenMoment(raisedAt),
    isOpen: verdict === "open",
    state: isProposed ? "有人认为成立，等第二个人认定" : VERDICT_WORDS[verdict],
    answer: verdict === "open" && !isProposed ? "" : answer,
    answeredOn: answeredAt === null ? "" : spokenMoment(answeredAt),
  };
}

/** The table of the count, for spreadsheets: one row a matter, plain figures. */
export function outcomeTable(outcome: Outcome): string[][] {
  const head = [
    "序号 place",
    "事项 matter",
    "标题 title",
    "应到人数 rollHeads",
    "应到面积 rollArea",
    "参加人数 tookPartHeads",
    "参加面积 tookPartArea",
    "参加人数须达 quorumHeads",
    "参加面积须达 quorumArea",
    "同意人数 agreeHeads",
    "同意面积 agreeArea",
    "同意人数须达 consentHeads",
    "同意面积须达 consentArea",
    "反对人数 opposeHeads",
    "反对面积 opposeArea",
    "弃权人数 abstainHeads",
    "弃权面积 abstainArea",
    "结果 passed",
  ];
  const rows = outcome.matters.map(({ place, kind, title, tally, passed }) => [
    String(place),
    kind,
    title,
    ...pair(tally.roll),
    ...pair(tally.tookPart),
    String(tally.quorum.heads.need),
    tally.quorum.area.need,
    ...pair(tally.agree),
    String(tally.consent.heads.need),
    tally.consent.area.need,
    ...pair(tally.oppose),
    ...pair(tally.abstain),
    passed ? "通过" : "未通过",
  ]);
  return [head, ...rows];
}

const pair = ({ heads, area: size }: CountJson): string[] => [String(heads), size];

/** What a receipt code brings to light: whether the ballot was counted, and in an open vote what it said. */
export function receiptWords(
  found: {
    readonly isCounted: boolean;
    readonly channel: Channel | null;
    readonly choices: readonly Chosen[];
  },
  matters: readonly { readonly place: number; readonly title: string }[],
) {
  const { isCounted, channel, choices } = found;
  const chosen = choices
    .map(({ matter, choice }) => `${matters.find(({ place }) => place === matter)?.title ?? ""}：${choiceName(choice)}`)
    .join("；");
  const counted = `✓ 这张${channel === null ? "票" : channelName(channel)}已经计入。`;
  return {
    isCounted,
    words: isCounted ? `${counted}${chosen}` : "▲ 计入的选票里没有这个回执。请核对字母和数字；仍然没有的，请提出异议。",
  };
}
