// Counting a vote of the owners: Civil Code art. 278 and contract section 6. Whole numbers only: heads, and areas in
// 0.01 m².
import { z } from "zod";
import { displayText } from "../base/money.ts";
import type { Fault } from "../base/refusal.ts";
import { splitOwners, type Unit } from "../people/rules.ts";
import type { Columns, CsvRow } from "../platform/csv.ts";

// ---- Area -----------------------------------------------------------------------------------------------------

declare const hundredths: unique symbol;

/** An area in 0.01 m², a whole number. */
export type Area = number & { readonly [hundredths]: "area" };

/** Four times any area must stay exact; no city comes near it. */
const AREA_MAX = Math.floor(Number.MAX_SAFE_INTEGER / 4);

/** Brands a count of 0.01 m²; throws on what is none. */
export function area(count: number): Area {
  if (!Number.isSafeInteger(count) || count < 0 || count > AREA_MAX) {
    throw new RangeError(`${count} is not an area in 0.01 m²`);
  }
  return count as Area;
}

/** The register's "118.9" (m², at most two decimals) → 11890. */
export function readArea(text: string): Area {
  const match = /^(\d{1,12})(?:\.(\d{1,2}))?$/.exec(text);
  if (match === null) {
    throw new RangeError(`${JSON.stringify(text)} is not an area in m²`);
  }
  return area(Number(match[1]) * 100 + Number((match[2] ?? "").padEnd(2, "0")));
}

/** 2890291 → "28902.91", as contract section 6 writes areas. */
export function areaText(value: Area): string {
  const digits = String(value).padStart(3, "0");
  return `${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

/** 2890291 → "28,902.91", where the unit stands beside it. */
export function areaFigure(value: Area): string {
  return displayText(areaText(value));
}

/** 2890291 → "28,902.91 平方米", as people read areas everywhere. */
export function areaWords(value: Area): string {
  return `${areaFigure(value)} 平方米`;
}

export function sumAreas(areas: readonly Area[]): Area {
  return area(areas.reduce((total, each) => total + each, 0));
}

// ---- Matters --------------------------------------------------------------------------------------------------

/** What owners decide together: Civil Code art. 278 ¶1. Item 9, “other major matters”, has several kinds of its own. */
export const MATTER_KINDS = [
  "rules",
  "covenant",
  "committee",
  "manager",
  "use-repair-fund",
  "raise-repair-fund",
  "rebuild",
  "common-part-business",
  "fee-change",
  "budget",
  "draw-change",
  "sweep-rule",
  "other",
] as const;

export type MatterKind = (typeof MATTER_KINDS)[number];

interface MatterWords {
  /** Which item of art. 278 ¶1. */
  readonly item: number;
  readonly name: string;
}

const MATTERS: Readonly<Record<MatterKind, MatterWords>> = {
  rules: { item: 1, name: "制定或修改业主大会议事规则" },
  covenant: { item: 2, name: "制定或修改管理规约" },
  committee: { item: 3, name: "选举业主委员会或更换成员" },
  manager: { item: 4, name: "选聘或解聘物业服务企业" },
  "use-repair-fund": { item: 5, name: "使用维修资金" },
  "raise-repair-fund": { item: 6, name: "筹集维修资金" },
  rebuild: { item: 7, name: "改建、重建建筑物及其附属设施" },
  "common-part-business": { item: 8, name: "改变共有部分用途或利用共有部分经营" },
  "fee-change": { item: 9, name: "调整物业费标准" },
  budget: { item: 9, name: "通过或变更年度预算" },
  "draw-change": { item: 9, name: "调整受托人酬金" },
  "sweep-rule": { item: 9, name: "盈余转维修资金的规则" },
  other: { item: 9, name: "其他共有和共同管理的重大事项" },
};

export function isMatterKind(text: string): text is MatterKind {
  return Object.hasOwn(MATTERS, text);
}

export function matterName(kind: MatterKind): string {
  return MATTERS[kind].name;
}

/** The item of art. 278 ¶1 that the matter falls under, 1 to 9. */
export function itemOf(kind: MatterKind): number {
  return MATTERS[kind].item;
}

/** "第九项" */
export function itemWords(kind: MatterKind): string {
  return `第${"一二三四五六七八九".charAt(itemOf(kind) - 1)}项`;
}

/** What of those taking part must agree (art. 278 ¶2). */
export function consentWords(kind: MatterKind): string {
  return isSpecial(kind) ? "四分之三以上" : "过半数";
}

/** Whether art. 278 ¶2 asks for three quarters (items 6 to 8) and not only for more than half. */
export function isSpecial(kind: MatterKind): boolean {
  return itemOf(kind) >= 6 && itemOf(kind) <= 8;
}

// ---- Heads ----------------------------------------------------------------------------------------------------

/** Owners with what they weigh: how many heads, and their area. */
export interface Count {
  readonly heads: number;
  readonly area: Area;
}

export const NOBODY: Count = { heads: 0, area: area(0) };

export function addCounts(a: Count, b: Count): Count {
  return { heads: a.heads + b.heads, area: area(a.area + b.area) };
}

/** A unit as the roll has it. */
export interface RollUnit {
  readonly unit: string;
  readonly use: string;
  readonly area: Area;
}

/**
 * One of the heads that are counted (业主人数): one owner with all units held alone, or one set of joint holders with
 * theirs. The developer's unsold units carry one owner's id and so are one head (建筑物区分所有权解释 arts. 8, 9).
 */
export interface Head {
  /** The owner's id, or the sorted ids of the joint holders joined with "+". */
  readonly id: string;
  readonly area: Area;
  readonly units: readonly RollUnit[];
  /** Owners with a share in a unit of it for whom the one of the id votes, see {@link JointRule}; none when absent. */
  readonly sharers?: readonly string[];
}

/** The owners who may vote for a head. */
export function holdersOf(head: string): string[] {
  return splitOwners(head);
}

/**
 * Who owns a unit alone and another jointly: “separate” (the default) counts two heads, that owner and the set of holders; the
 * law leaves it open. “merged” counts them as one, the owner: an owner of several units is one head (建筑物区分所有权解释
 * art. 9), and who hold one unit together name one of themselves (业主大会和业主委员会指导规则 art. 25), here the one who counts
 * already. Only where there is exactly one such owner among the holders; else nobody could say whom the unit goes to. So
 * whoever votes for a unit has a share in it; going on from holder to holder would let strangers vote for each other's.
 */
export type JointRule = "separate" | "merged";

/** The heads of some units, by id, from who holds each of them; units that nobody holds are in no head. */
export function headsOf(
  units: readonly Unit[],
  holders: ReadonlyMap<string, readonly string[]>,
  rule: JointRule = "separate",
): Head[] {
  const heldBy = (name: string): string[] => (holders.get(name) ?? []).toSorted();
  const alone = new Set(units.flatMap(({ name }) => (heldBy(name).length === 1 ? heldBy(name) : [])));
  const sets = new Map<string, { units: RollUnit[]; owners: string[] }>();
  for (const { name, use, area: size } of units) {
    const owners = heldBy(name);
    if (owners.length > 0) {
      const lone = owners.filter((owner) => alone.has(owner));
      const id = (rule === "merged" && lone.length === 1 ? lone : owners).join("+");
      const set = sets.get(id) ?? { units: [], owners: [] };
      set.units.push({ unit: name, use, area: readArea(size) });
      set.owners.push(...owners);
      sets.set(id, set);
    }
  }
  return [...sets]
    .map(([id, { units: held, owners }]) => ({
      id,
      units: held,
      area: sumAreas(held.map((unit) => unit.area)),
      owners,
    }))
    .map(({ owners, ...head }) => withSharers(head, owners))
    .toSorted((a, b) => (a.id < b.id ? -1 : 1));
}

/** The head with the owners of its units for whom another of them votes. */
function withSharers(head: Head, owners: readonly string[]): Head {
  const voters = holdersOf(head.id);
  const sharers = [...new Set(owners)].filter((owner) => !voters.includes(owner)).toSorted();
  return sharers.length === 0 ? head : { ...head, sharers };
}

/** "1,276 人" */
export function headsWords(heads: number): string {
  return `${displayText(`${heads}.00`).slice(0, -3)} 人`;
}

/** "276 人、28,902.91 平方米" */
export function countWords({ heads, area: size }: Count): string {
  return `${headsWords(heads)}、${areaWords(size)}`;
}

export function totalOf(heads: readonly Pick<Head, "area">[]): Count {
  return { heads: heads.length, area: sumAreas(heads.map((head) => head.area)) };
}

// ---- Counting -------------------------------------------------------------------------------------------------

export const CHOICES = ["agree", "oppose", "abstain"] as const;
export type Choice = (typeof CHOICES)[number];

const CHOICE_NAMES: Readonly<Record<Choice, string>> = { agree: "同意", oppose: "反对", abstain: "弃权" };

export function choiceName(choice: Choice): string {
  return CHOICE_NAMES[choice];
}

/** Whether the ballot names who cast it. */
export const BALLOT_KINDS = ["open", "secret"] as const;
export type BallotKind = (typeof BALLOT_KINDS)[number];

export function ballotKindName(kind: BallotKind): string {
  return kind === "open" ? "记名" : "不记名";
}

/** What came in for each choice. */
export type Votes = Readonly<Record<Choice, Count>>;

export const NO_VOTES: Votes = { agree: NOBODY, oppose: NOBODY, abstain: NOBODY };

/** A head's ballot on one matter. */
export interface Ballot {
  readonly choice: Choice;
  readonly area: Area;
}

export function addBallot(votes: Votes, { choice, area: weight }: Ballot): Votes {
  return { ...votes, [choice]: addCounts(votes[choice], { heads: 1, area: weight }) };
}

/** Ballots one by one → what came in for each choice. */
export function votesOf(ballots: readonly Ballot[]): Votes {
  return ballots.reduce(addBallot, NO_VOTES);
}

/** What there is, and the smallest number that suffices. */
export interface Measure<T extends number> {
  readonly have: T;
  readonly need: T;
}

/** One of the law's two conditions, met only by heads and area alike. */
export interface Condition {
  readonly heads: Measure<number>;
  readonly area: Measure<Area>;
  readonly met: boolean;
}

export interface Tally extends Votes {
  readonly matter: MatterKind;
  readonly item: number;
  readonly roll: Count;
  readonly tookPart: Count;
  readonly quorum: Condition;
  readonly consent: Condition;
  readonly passed: boolean;
}

/** The smallest whole number that is not below dividend ÷ divisor, without a fraction on the way. */
function dividedUp(dividend: number, divisor: number): number {
  const rest = dividend % divisor;
  return (dividend - rest) / divisor + (rest === 0 ? 0 : 1);
}

/** How much of heads and area alike must take part: the smallest whole n with 3n ≥ 2 × all, at least two thirds. */
export function quorumOf(all: Count): Count {
  return { heads: dividedUp(2 * all.heads, 3), area: area(dividedUp(2 * all.area, 3)) };
}

/**
 * How much of both must agree when so many take part: the smallest whole n with 2n > all (more than half), or of a
 * special matter 4n ≥ 3 × all (three quarters).
 */
export function consentOf(kind: MatterKind, tookPart: Count): Count {
  const need = (all: number): number => (isSpecial(kind) ? dividedUp(3 * all, 4) : dividedUp(all + 1, 2));
  return { heads: need(tookPart.heads), area: area(need(tookPart.area)) };
}

/**
 * Counts one matter (art. 278 ¶2): enough of all heads and of the whole area must take part ({@link quorumOf}), and of
 * those taking part enough must agree ({@link consentOf}). Who abstains takes part and does not agree.
 */
export function tallyOf(matter: MatterKind, roll: Count, votes: Votes): Tally {
  const { agree, oppose, abstain } = votes;
  const tookPart = addCounts(addCounts(agree, oppose), abstain);
  const quorum = conditionOf(tookPart, quorumOf(roll));
  const consent = conditionOf(agree, consentOf(matter, tookPart));
  const passed = quorum.met && consent.met;
  return { matter, item: itemOf(matter), roll, tookPart, agree, oppose, abstain, quorum, consent, passed };
}

function conditionOf(have: Count, need: Count): Condition {
  return {
    heads: { have: have.heads, need: need.heads },
    area: { have: have.area, need: need.area },
    met: have.heads >= need.heads && have.area >= need.area,
  };
}

// ---- Ballots that did not come back -----------------------------------------------------------------------------

/**
 * What a ballot that was delivered and did not come back is. “absent” (the default): it does not take part. The rules
 * of procedure may say otherwise (业主大会和业主委员会指导规则 art. 26; courts have upheld such clauses): “abstain” takes
 * part without an opinion, “majority” takes part and agrees with the majority of those that came back.
 */
export const UNRETURNED_POLICIES = ["absent", "abstain", "majority"] as const;
export type UnreturnedPolicy = (typeof UNRETURNED_POLICIES)[number];

/**
 * The votes with those that did not come back, as the rules of procedure count them. A majority is a choice that has
 * more heads and more area than each of the others; where there is none, they count as abstaining.
 */
export function withUnreturned(votes: Votes, unreturned: Count, policy: UnreturnedPolicy): Votes {
  if (policy === "absent") {
    return votes;
  }
  const joined = policy === "majority" ? (majorityOf(votes) ?? "abstain") : "abstain";
  return { ...votes, [joined]: addCounts(votes[joined], unreturned) };
}

function majorityOf(votes: Votes): Choice | undefined {
  return CHOICES.find((choice) =>
    CHOICES.every(
      (other) =>
        other === choice || (votes[choice].heads > votes[other].heads && votes[choice].area > votes[other].area),
    ),
  );
}

// ---- A list of ballots ------------------------------------------------------------------------------------------

/** The columns of a ballots.csv (contract section 6). How and when a ballot came is not part of the count. */
export const BALLOT_COLUMNS = {
  ownerId: { names: ["业主编号", "ownerId"], required: true },
  choice: { names: ["选择", "choice"], required: true },
  channel: { names: ["方式", "channel"], required: false },
  time: { names: ["时间", "time"], required: false },
} satisfies Columns<string>;

/** A ballot that counts. */
export interface ListedBallot extends Ballot {
  readonly head: string;
}

/** The lines on which heads have voted so far, and what each head weighs. */
export interface BallotBox {
  readonly roll: ReadonlyMap<string, Area>;
  readonly lines: ReadonlyMap<string, number>;
}

/** One row of a ballots.csv: the ballot, or everything that is wrong with it. */
export function readBallot(
  row: CsvRow<keyof typeof BALLOT_COLUMNS>,
  box: BallotBox,
): { readonly ballot: ListedBallot } | { readonly faults: readonly Fault[] } {
  const head = splitOwners(row.cells.ownerId).join("+");
  const choice = CHOICES.find((each) => [each, choiceName(each)].includes(row.cells.choice));
  const weight = box.roll.get(head);
  const earlier = box.lines.get(head);
  const wrong = (column: keyof typeof BALLOT_COLUMNS, code: string, message: string, remedy: string): Fault => ({
    code,
    file: row.file,
    line: row.line,
    column: row.headers[column],
    value: row.cells[column],
    message,
    remedy,
  });
  const faults = [
    ...(weight === undefined
      ? [wrong("ownerId", "OWNER_UNKNOWN", "名册上没有这位业主。", unknownRemedy(head, box))]
      : []),
    ...(earlier === undefined
      ? []
      : [
          wrong(
            "ownerId",
            "BALLOT_TWICE",
            `第 ${earlier} 行已有这位业主的一票。`,
            "一位业主只能投一次，请核对后删去一行。",
          ),
        ]),
    ...(choice === undefined
      ? [wrong("choice", "CHOICE_UNKNOWN", "不是可以识别的选择。", "请写同意、反对或弃权（agree、oppose、abstain）。")]
      : []),
  ];
  return choice === undefined || weight === undefined || faults.length > 0
    ? { faults }
    : { ballot: { head, choice, area: weight } };
}

/** Who holds a unit with others votes together with them: the usual reason for an id that the roll does not have. */
function unknownRemedy(head: string, { roll }: BallotBox): string {
  const joint = [...roll.keys()].filter((id) => id !== head && holdersOf(id).includes(head));
  return joint.length === 0
    ? "请核对业主编号；共有的写成 A+B。"
    : `这位业主与人共有房屋，请写成「${joint.join("」或「")}」。`;
}

// ---- As JSON ----------------------------------------------------------------------------------------------------

/** A count as it is written and sent. */
export const countSchema = z.object({ heads: z.int(), area: z.string().meta({ description: "平方米" }) }).readonly();
export type CountJson = z.infer<typeof countSchema>;

interface ConditionJson {
  readonly heads: Measure<number>;
  readonly area: { readonly have: string; readonly need: string };
  readonly met: boolean;
}

/** A tally as contract section 6 prints it. */
export interface TallyJson
  extends
    Pick<Tally, "matter" | "item" | "passed">,
    Readonly<Record<"roll" | "tookPart" | Choice, CountJson>>,
    Readonly<Record<"quorum" | "consent", ConditionJson>> {}

export function tallyJson(tally: Tally): TallyJson {
  return {
    ...tally,
    roll: countJson(tally.roll),
    tookPart: countJson(tally.tookPart),
    agree: countJson(tally.agree),
    oppose: countJson(tally.oppose),
    abstain: countJson(tally.abstain),
    quorum: conditionJson(tally.quorum),
    consent: conditionJson(tally.consent),
  };
}

export function countJson({ heads, area: size }: Count): CountJson {
  return { heads, area: areaText(size) };
}

export function readCount({ heads, area: text }: CountJson): Count {
  return { heads, area: readArea(text) };
}

function conditionJson({ heads, area: size, met }: Condition): ConditionJson {
  return { heads, area: { have: areaText(size.have), need: areaText(size.need) }, met };
}
