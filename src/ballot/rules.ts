// The ballot box: who may vote for a head, when, once; what two people entered from paper; who votes for whom. Pure.
import type { Assembly } from "../assembly/rules.ts";
import { stageOf } from "../assembly/rules.ts";
import { dayAt, spokenDay, spokenMoment, type Day } from "../base/month.ts";
import { Refusal, refuse, type Fault } from "../base/refusal.ts";
import { area, holdersOf, type Area, type Choice, type Count } from "../tally/rules.ts";

// ---- Turnout ----------------------------------------------------------------------------------------------------

/** So many flats of average size hide one among them. */
const FLATS_HIDING_ONE = 5;

/**
 * What the area that took part is rounded down to for the public while a vote runs: 1, 2 or 5 times a power of ten m²,
 * about five flats. Turnout is told live, but to 0.01 m² the difference between two looks would be one flat's area, and
 * its neighbours would know who has just voted; after a knock at the door they would even know whom it moved. Heads are
 * told one by one: that somebody voted says not who. The desk sees who has voted anyway, and sees it all; everybody
 * does after the count.
 */
export function areaStep(roll: Count): Area {
  const hidden = (FLATS_HIDING_ONE * roll.area) / Math.max(1, roll.heads);
  const power = 10 ** Math.floor(Math.log10(Math.max(1, hidden)));
  return area(power * ([5, 2].find((each) => each * power <= hidden) ?? 1));
}

/** Heads as they are, the area rounded down to the step. */
export function inSteps({ heads, area: exact }: Count, step: Area): Count {
  return { heads, area: area(exact - (exact % step)) };
}

// ---- Ballots ----------------------------------------------------------------------------------------------------

export type Channel = "electronic" | "paper";

/** What was chosen for one matter, by its place in the notice. */
export interface Chosen {
  readonly matter: number;
  readonly choice: Choice;
}

/** An answer as it was sent: it may lack the choice. */
export interface Answered {
  readonly matter: number;
  readonly choice?: Choice | undefined;
}

/** Who took part: what the box tells before it is closed. Never how. */
export interface Ballot {
  readonly head: string;
  readonly channel: Channel;
  readonly receipt: string;
  /** Under which proxy; null when its own holders voted. */
  readonly proxy: number | null;
  readonly castBy: string;
  readonly castAt: string;
}

/** A paper ballot as one person read it. */
export interface Entry {
  readonly seq: number;
  readonly head: string;
  /** Canonical, see {@link choicesText}; "" when it was taken back, or emptied at the close. */
  readonly choices: string;
  readonly receivedOn: Day;
  readonly proxy: number | null;
  readonly scan: string | null;
  /** Why it was taken back; "" otherwise. */
  readonly reason: string;
  /** Why somebody else set it aside; null while it stands. */
  readonly aside: string | null;
  readonly by: string;
  readonly at: string;
}

/** A proxy 委托: in writing, for this assembly, to an owner of the register. */
export interface Proxy {
  readonly id: number;
  readonly head: string;
  /** 业主编号 of who votes. */
  readonly holder: string;
  /** The places of the matters it covers; null = all. */
  readonly matters: readonly number[] | null;
  readonly givenOn: Day;
  readonly document: string;
  readonly by: string;
  readonly at: string;
  /** Why it ended; null while it stands. */
  readonly ended: string | null;
}

/** One head of the roll with all that happened to its ballot. */
export interface HeadState {
  readonly head: string;
  readonly ballot: Ballot | null;
  /** All entries of its paper ballot, in their order. */
  readonly entries: readonly Entry[];
  readonly proxies: readonly Proxy[];
}

/** A vote as the box sees it. */
export interface Vote {
  readonly assembly: Assembly;
  /** The places of its matters, in order. */
  readonly places: readonly number[];
  /** When anything was last done in the community, as its log says: each ballot and each refusal is in it; "" = nothing. */
  readonly last: string;
}

// ---- When -------------------------------------------------------------------------------------------------------

/**
 * Whoever waits for the book while another is served carries an earlier time into it. More than that is no waiting: the
 * clock was set back.
 */
export const WAITING_MS = 60_000;

/** Refuses when the clock stands before what the log holds already: a vote that is over would open again. */
export function assertBoxClock({ last }: Vote, now: Date): void {
  if (last !== "" && now.getTime() < Date.parse(last) - WAITING_MS) {
    throw refuse(
      "CLOCK_BACK",
      `现在的时间 ${spokenMoment(now.toISOString())} 早于操作记录里的最后一步 ${spokenMoment(last)}，系统时间可能被拨回了。`,
      "请先校准服务器的时间，再投票或录入。",
      409,
    );
  }
}

const NOT_YET = "VOTE_NOT_OPEN";
const OVER = "VOTE_OVER";

/** Refuses an electronic ballot outside the days of the voting. */
export function assertVoting(vote: Vote, now: Date): void {
  const { assembly } = vote;
  const stage = stageOf(assembly, now);
  switch (stage) {
    case "draft":
    case "notice":
      throw refuse(
        NOT_YET,
        `「${assembly.title}」还没有开始投票。`,
        stage === "draft" ? "请等业委会发出通知。" : `投票从 ${spokenDay(assembly.opensOn)} 零时开始，请那时再投。`,
        409,
      );
    case "voting":
      assertBoxClock(vote, now);
      return;
    case "counting":
    case "objections":
    case "final":
      throw refuse(
        OVER,
        `「${assembly.title}」的投票到 ${spokenDay(assembly.closesOn)} 24 时已经结束。`,
        "这一票不再计入；请到小区的业主大会页面看结果。",
        409,
      );
    case "void":
      throw refuse(OVER, `「${assembly.title}」已经撤销，不再投票。`, "请等新的通知。", 409);
  }
}

/** Refuses paper, proxies and their ends when nothing can be entered: before the notice, and after the count. */
function assertStage(vote: Vote, now: Date, stages: readonly string[], what: string): void {
  const { assembly } = vote;
  const stage = stageOf(assembly, now);
  if (!stages.includes(stage)) {
    const isEarly = stage === "draft" || stage === "notice";
    throw refuse(
      isEarly ? NOT_YET : OVER,
      isEarly ? `「${assembly.title}」现在还不能${what}。` : `「${assembly.title}」已经不能再${what}。`,
      isEarly
        ? `通知已发出、${spokenDay(assembly.opensOn)} 起才能录入选票。`
        : "已经计票或撤销的表决不再改动；有异议请在异议期内提出。",
      409,
    );
  }
  assertBoxClock(vote, now);
}

/** Paper may be entered from the first day of the voting until the count is made. */
export function assertEntering(vote: Vote, now: Date): void {
  assertStage(vote, now, ["voting", "counting"], "录入纸质票");
}

/** Proxies are recorded from the notice to the end of the voting. */
export function assertProxyTime(vote: Vote, now: Date): void {
  assertStage(vote, now, ["notice", "voting"], "登记或收回委托");
}

// ---- Who --------------------------------------------------------------------------------------------------------

/** The proxy that somebody may use for a head: it stands, and nobody of the head has voted. */
export function standingProxy({ proxies }: Pick<HeadState, "proxies">): Proxy | null {
  return proxies.find(({ ended }) => ended === null) ?? null;
}

/** Who owns a unit of a head today. */
export type Holders = ReadonlyMap<string, readonly string[]>;

/**
 * Who may vote for a head. “roll-day” (the default): whoever held its units when the roll was frozen. “new-holder”: who
 * holds all of them now; as long as somebody of the roll still holds one of several, or they went to different people, it
 * stays with the roll: its weight is frozen as one, and no buyer of one flat votes for the other's.
 */
export function votersOf(head: string, units: readonly string[], today: Holders | null): readonly string[] {
  const frozen = holdersOf(head);
  const held = today === null ? [] : units.map((unit) => today.get(unit) ?? []);
  const now = (held[0] ?? []).filter((owner) => held.every((holders) => holders.includes(owner)));
  return now.length === 0 || held.flat().some((owner) => frozen.includes(owner)) ? frozen : now;
}

/** By what right somebody votes for a head; null: by none. One of joint holders is enough. */
export function rightOf(
  owners: readonly string[],
  voters: readonly string[],
  state: Pick<HeadState, "proxies">,
): { readonly proxy: Proxy | null } | null {
  if (owners.some((owner) => voters.includes(owner))) {
    return { proxy: null };
  }
  const proxy = standingProxy(state);
  return proxy !== null && owners.includes(proxy.holder) ? { proxy } : null;
}

export function notYours(): Refusal {
  return refuse(
    "BALLOT_NOT_YOURS",
    "您不在这一户的表决名册上，也没有这一户的有效委托，不能替它投票。",
    "请核对是不是自家的房屋；名册按通知那天的产权登记，有出入请到业委会核对。",
    409,
  );
}

/** Somebody with the right to vote whose account nobody has checked: whoever printed the letter could have opened it. */
export function unchecked(): Refusal {
  return refuse(
    "ACCOUNT_UNCHECKED",
    "这个账号还没有核对本人，不能网上投票。",
    "请带身份证到业委会核对，核对后就能投；或者交纸质票。",
    409,
  );
}

// ---- The first stands -------------------------------------------------------------------------------------------

const CHANNELS: Readonly<Record<Channel, string>> = { electronic: "电子票", paper: "纸质票" };

export function channelName(channel: Channel): string {
  return CHANNELS[channel];
}

/** Of each person the newest entry, unless it was taken back or set aside. */
export function standingEntries(entries: readonly Entry[]): Entry[] {
  const newest = new Map(entries.toSorted((a, b) => a.seq - b.seq).map((entry) => [entry.by, entry]));
  return [...newest.values()].filter(({ choices, aside }) => choices !== "" && aside === null);
}

/**
 * Whether a paper ballot came first. The first ballot of a head stands, but that one was handed in is believed only when
 * two people say so, as everywhere where paper counts: one person at the desk could else silence as many owners as there are
 * names to type. So an owner who votes in person outweighs one person's entry, which is kept and told with the result as
 * not counted. Where that paper was really there first, the owner has had the last word instead of the first, in his own
 * person; a joint holder who disagrees has the signed paper and the objection. Who comes with a proxy is one person's
 * record too, and outweighs nothing. Two entries that differ are two people who hold a paper in their hands.
 */
export function isPaperFirst(entries: readonly Entry[], isInPerson: boolean): boolean {
  return standingEntries(entries).length > (isInPerson ? 1 : 0);
}

/** Heads whose ballot was delivered and did not come back, by what proves the delivery. */
export interface Unreturned {
  /** Their own word on this system before the voting opened. */
  readonly read: Count;
  /** A paper that was brought before the voting opened, and that a second person held against the deliveries. */
  readonly proved: Count;
  /** One person's word, or one that came later: it counts for nothing. */
  readonly unproved: Count;
}

/** Refuses a second ballot, and an electronic one where a paper ballot came first. */
export function assertFirst({ ballot, entries }: Pick<HeadState, "ballot" | "entries">, isInPerson: boolean): void {
  if (ballot !== null) {
    throw taken(ballot);
  }
  if (isPaperFirst(entries, isInPerson)) {
    throw refuse(
      "PAPER_FIRST",
      "这一户的纸质票已经收到，正在由两人核对录入，不能再投电子票。",
      "先到的一票有效，您不用再投。没有交过纸质票？请马上联系业委会和监察人核对。",
      409,
    );
  }
}

function taken({ channel, castAt }: Ballot): Refusal {
  return refuse(
    "BALLOT_TAKEN",
    `这一户的${CHANNELS[channel]}已于 ${spokenMoment(castAt)} 收到，每户一票，不能改也不能再投。`,
    "请在自己的表决页核对回执；不是您家投的，请马上联系业委会和监察人。",
    409,
  );
}

// ---- What was chosen --------------------------------------------------------------------------------------------

/** Refuses what leaves a matter without its choice, or chooses about another one. Answers them by place. */
export function checkChoices(chosen: readonly Answered[], places: readonly number[]): Chosen[] {
  const faults = [...strangeChoices(chosen, places), ...missingChoices(chosen, places)];
  if (faults.length > 0) {
    throw new Refusal(faults);
  }
  return chosen
    .flatMap(({ matter, choice }) => (choice === undefined ? [] : [{ matter, choice }]))
    .toSorted((a, b) => a.matter - b.matter);
}

function strangeChoices(chosen: readonly Answered[], places: readonly number[]): Fault[] {
  return chosen.flatMap(({ matter }, index) => {
    const isKnown = places.includes(matter);
    const isFirst = chosen.findIndex((each) => each.matter === matter) === index;
    const column = `choices.${index}.matter`;
    const remedy = "请重新打开表决页，照上面的事项各选一项。";
    if (!isKnown) {
      const message = `没有第 ${matter} 项，或这份委托不包括它；通知里没有的事项不能表决。`;
      return [{ code: "MATTER_UNKNOWN", column, message, remedy }];
    }
    return isFirst ? [] : [{ code: "MATTER_TWICE", column, message: `第 ${matter} 项选了两次。`, remedy }];
  });
}

function missingChoices(chosen: readonly Answered[], places: readonly number[]): Fault[] {
  return places.flatMap((place) => {
    const index = chosen.findIndex(({ matter }) => matter === place);
    return index >= 0 && chosen[index]?.choice !== undefined
      ? []
      : [
          {
            code: "CHOICE_MISSING",
            ...(index < 0 ? {} : { column: `choices.${index}.choice` }),
            message: `第 ${place} 项还没有选。`,
            remedy: "请在同意、反对、弃权中选一项；不想表态请选弃权。",
          },
        ];
  });
}

/** Choices as one text that is the same for the same choices. */
export function choicesText(chosen: readonly Chosen[]): string {
  const sorted = chosen.toSorted((a, b) => a.matter - b.matter).map(({ matter, choice }) => [matter, choice] as const);
  return JSON.stringify(sorted);
}

export function readChoices(text: string): Chosen[] {
  const pairs = text === "" ? [] : (JSON.parse(text) as [number, Choice][]);
  return pairs.map(([matter, choice]) => ({ matter, choice }));
}

// ---- Paper ------------------------------------------------------------------------------------------------------

/** Refuses a day outside the voting, or one that is still to come. */
export function assertReceived({ assembly }: Vote, receivedOn: Day, now: Date): void {
  const { opensOn, closesOn } = assembly;
  const today = dayAt(now);
  if (receivedOn < opensOn || receivedOn > closesOn || receivedOn > today) {
    throw new Refusal({
      code: "RECEIVED_OUTSIDE",
      column: "receivedOn",
      message: `收到日 ${spokenDay(receivedOn)} 不在投票期内，或还没有到。`,
      remedy: `投票期是 ${spokenDay(opensOn)} 到 ${spokenDay(closesOn)}；期外收到的纸质票不能计入。`,
    });
  }
}

/** Whether two people read the same on the same paper. */
function sameEntry(a: Entry, b: Entry): boolean {
  return a.choices === b.choices && a.receivedOn === b.receivedOn && a.proxy === b.proxy;
}

/** Whether somebody entered these choices. An entry that was emptied at the close may have been any. */
export function enteredBy(account: string, entries: readonly Entry[], answered: readonly Answered[]): boolean {
  const chosen = answered.flatMap(({ matter, choice }) => (choice === undefined ? [] : [{ matter, choice }]));
  return entries
    .filter(({ by, reason }) => by === account && reason === "")
    .some(({ choices }) => choices === "" || choices === choicesText(chosen));
}

/** How far the entry of a paper ballot has come. */
export type EntryState = "none" | "waiting" | "differs" | "counted";

/** Counted as soon as two different people's newest entries are the same. */
export function entryState(entries: readonly Entry[]): EntryState {
  const standing = standingEntries(entries);
  if (standing.length < 2) {
    return standing.length === 0 ? "none" : "waiting";
  }
  const isCounted = standing.some((a) => standing.some((b) => a.by !== b.by && sameEntry(a, b)));
  return isCounted ? "counted" : "differs";
}

/** The matters, by place, that people read differently; 0 = the day or who signed. */
export function differences(entries: readonly Entry[]): number[] {
  const standing = standingEntries(entries);
  const read = standing.map(({ choices }) => readChoices(choices));
  const places = [...new Set(read.flatMap((each) => each.map(({ matter }) => matter)))].toSorted((a, b) => a - b);
  const differing = places.filter(
    (place) => new Set(read.map((each) => each.find(({ matter }) => matter === place)?.choice)).size > 1,
  );
  const isSameAround = new Set(standing.map(({ receivedOn, proxy }) => `${receivedOn} ${proxy ?? ""}`)).size < 2;
  return isSameAround ? differing : [0, ...differing];
}

/** For whom somebody at the desk stands: the committee's members for one side, supervisors for another; null: nobody's any more. */
export type DeskSide = "committee" | "supervisor" | null;

export function deskSideOf(roles: readonly string[]): DeskSide {
  return (["committee", "supervisor"] as const).find((side) => roles.includes(side)) ?? null;
}

/** Somebody at the desk, by the account. */
export interface AtDesk {
  readonly id: string;
  readonly side: DeskSide;
}

/**
 * The entries of others that somebody may set aside: those of another side, and those of who is no longer at the desk and so
 * could never take them back. Colleagues of one side agree among themselves: else two of a committee drop each owner's paper
 * that a third has begun.
 */
export function asidesFor(entries: readonly Entry[], actor: AtDesk, sideOf: ReadonlyMap<string, DeskSide>): Entry[] {
  return standingEntries(entries).filter(({ by }) => by !== actor.id && (sideOf.get(by) ?? null) !== actor.side);
}

/** Refuses when somebody has nothing to set aside. */
export function assertAside(asides: readonly Entry[], entries: readonly Entry[], actor: AtDesk): void {
  if (asides.length > 0) {
    return;
  }
  const standing = standingEntries(entries);
  if (standing.length === 0) {
    throw refuse("ENTRY_UNKNOWN", "这一户没有等待核对的纸质票录入。", "请从选票列表里打开。", 409);
  }
  const isOwn = standing.every(({ by }) => by === actor.id);
  throw refuse(
    "ASIDE_NOT_YOURS",
    isOwn ? "这是您自己的录入。" : "录入的人和您是同一方，撤下要由另一方来做。",
    isOwn
      ? "录错了请直接收回；撤下是另一方的事。"
      : "请录入的人自己收回；他不肯或找不到人，请另一方（业委会委员或监察人）撤下。",
    403,
  );
}

// ---- Proxies ----------------------------------------------------------------------------------------------------

/** What somebody wants to record. */
export type ProxyWish = Pick<Proxy, "head" | "holder" | "matters" | "givenOn">;

export interface ProxyFacts {
  readonly state: HeadState;
  /** Who may vote for the head. */
  readonly voters: readonly string[];
  readonly isOwner: boolean;
  /** How many standing proxies the holder has in this assembly. */
  readonly held: number;
}

/** Refuses a proxy that the rules of procedure do not allow (业主大会和业主委员会指导规则 art. 26). */
export function assertProxy({ assembly, places }: Vote, wish: ProxyWish, facts: ProxyFacts, now: Date): void {
  const settings = assembly.notice?.settings;
  if (settings?.proxies !== true) {
    throw refuse("PROXY_FORBIDDEN", "本小区的议事规则不允许委托投票。", "请业主本人投电子票或交纸质票。", 409);
  }
  const { state, voters, isOwner, held } = facts;
  if (state.ballot !== null) {
    throw taken(state.ballot);
  }
  const faults = [
    ...holderFaults(wish, { voters, isOwner }),
    ...termsFaults(wish, { places, today: dayAt(now) }),
    ...(held < settings.proxyMax ? [] : [tooMany(wish.holder, settings.proxyMax)]),
    ...(standingProxy(state) === null ? [] : [givenTwice()]),
  ];
  if (faults.length > 0) {
    throw new Refusal(faults, 409);
  }
}

function holderFaults(
  { holder }: ProxyWish,
  { voters, isOwner }: { readonly voters: readonly string[]; readonly isOwner: boolean },
): Fault[] {
  const column = "holder";
  if (!isOwner) {
    const remedy = "请核对业主编号；不是业主的人不能受托。";
    return [{ code: "PROXY_HOLDER", column, message: `名册上没有业主「${holder}」。`, remedy }];
  }
  return voters.includes(holder)
    ? [
        {
          code: "PROXY_SELF",
          column,
          message: `「${holder}」本来就是这一户的业主。`,
          remedy: "共有人不用委托，任何一位都可以投。",
        },
      ]
    : [];
}

function termsFaults(
  { matters, givenOn }: ProxyWish,
  { places, today }: { readonly places: readonly number[]; readonly today: Day },
): Fault[] {
  const late = {
    code: "PROXY_DAY",
    column: "givenOn",
    message: `委托日 ${spokenDay(givenOn)} 还没有到。`,
    remedy: "请照委托书上的日期填。",
  };
  const unknown = (matters ?? []).filter((place) => !places.includes(place));
  const strange = {
    code: "MATTER_UNKNOWN",
    column: "matters",
    message: `这次表决没有第 ${unknown.join("、")} 项。`,
    remedy: "请照委托书勾选事项；全权委托就都不勾。",
  };
  return [...(givenOn > today ? [late] : []), ...(unknown.length > 0 ? [strange] : [])];
}

function tooMany(holder: string, most: number): Fault {
  return {
    code: "PROXY_LIMIT",
    column: "holder",
    message: `业主「${holder}」在这次表决中已经受 ${most} 户委托，到了议事规则的上限。`,
    remedy: "请委托另一位业主，或业主本人投票。",
  };
}

function givenTwice(): Fault {
  return {
    code: "PROXY_TWICE",
    message: "这一户已经有一份有效的委托。",
    remedy: "要换人，请先收回原来的委托，再登记新的。",
  };
}

/** Refuses to end what has ended, or what a ballot was cast under. */
export function assertProxyEnds(proxy: Proxy | undefined, ballot: Ballot | null): asserts proxy is Proxy {
  if (proxy === undefined) {
    throw refuse("PROXY_UNKNOWN", "没有这份委托。", "请从委托列表里打开。", 404);
  }
  if (proxy.ended !== null) {
    throw refuse("PROXY_ENDED", "这份委托已经收回。", "不用再做什么。", 409);
  }
  if (ballot !== null) {
    throw taken(ballot);
  }
}

/** Where a proxy stands: it ends by word, and of itself when the head's own holders voted first. */
export type ProxyState = "stands" | "used" | "void" | "ended";

export function proxyState(proxy: Proxy, ballot: Ballot | null): ProxyState {
  if (proxy.ended !== null) {
    return "ended";
  }
  if (ballot === null) {
    return "stands";
  }
  return ballot.proxy === proxy.id ? "used" : "void";
}
