// The ballot box at work: casting, entering paper by two people, proxies, turnout; and for the count the sums of a closed
// vote, its receipt codes, and the end of what was chosen in secret.
import { randomBytes } from "node:crypto";
import { normalCode, spokenCode } from "../access/rules.ts";
import { membershipsOfAll } from "../access/service.ts";
import { assertClock, stageOf, type RollHead } from "../assembly/rules.ts";
import { headsOfOwners } from "../assembly/service.ts";
import { sha256 } from "../base/digest.ts";
import { dayAt, type Day } from "../base/month.ts";
import { Refusal, refuse } from "../base/refusal.ts";
import { ownersOf, rolesIn } from "../door/rules.ts";
import { note, noteWith, type Reading, type Writing } from "../door/service.ts";
import { checkedOwners } from "../identity/service.ts";
import { unitsMeant } from "../letter/rules.ts";
import { insertPaper, type Paper } from "../paper/service.ts";
import { holdersOn, unitsInBrief } from "../people/rules.ts";
import { holdingsAround, holdingsOf, isOwner, ownerNames } from "../people/service.ts";
import { answer, type Db, type Tx } from "../platform/db.ts";
import { pageFrom } from "../platform/input.ts";
import { addCounts, type Choice, type Count, type RollUnit, type Votes } from "../tally/rules.ts";
import {
  asidesFor,
  assertAside,
  assertEntering,
  assertFirst,
  assertProxy,
  assertProxyEnds,
  assertProxyTime,
  assertReceived,
  assertVoting,
  checkChoices,
  choicesText,
  deskSideOf,
  differences,
  enteredBy,
  entryState,
  notYours,
  proxyState,
  rightOf,
  standingEntries,
  standingProxy,
  unchecked,
  votersOf,
  type Answered,
  type AtDesk,
  type Ballot,
  type Channel,
  type Chosen,
  type DeskSide,
  type Entry,
  type EntryState,
  type HeadState,
  type Holders,
  type Proxy,
  type ProxyWish,
  type Vote,
} from "./rules.ts";
import * as store from "./store.ts";
import type { Place } from "./store.ts";

export {
  eraseChoices,
  headsEntering,
  receiptsOf,
  uncountedOf,
  unreturnedOf,
  type Place,
  type Uncounted,
} from "./store.ts";

// ---- The vote and its heads -----------------------------------------------------------------------------------------

export async function voteOr404(db: Db, at: Place): Promise<Vote> {
  return found(await store.findVote(db, at), at.assembly);
}

/** A vote whose notice went out: nobody outside learns of a draft, and the box has nothing to do with one. */
function found(vote: Vote | null, id: number): Vote {
  if (vote === null || vote.assembly.notice === null) {
    throw refuse("ASSEMBLY_UNKNOWN", `没有第 ${id} 次表决。`, "请从业主大会的列表里打开。", 404);
  }
  return vote;
}

/** One head with its vote; refuses a head that is not on the roll. */
async function headFacts(
  db: Db,
  at: Place,
  head: string,
): Promise<{ readonly vote: Vote; readonly units: readonly RollUnit[]; readonly state: HeadState }> {
  const facts = await store.ballotFacts(db, at, head);
  const vote = found(facts.vote, at.assembly);
  if (facts.units === null) {
    throw notOnRoll(head);
  }
  return { vote, units: facts.units, state: facts.state };
}

function notOnRoll(head: string): Refusal {
  return refuse(
    "NOT_ON_ROLL",
    `表决名册上没有业主「${head}」。`,
    "请核对业主编号；名册在通知那天冻结，之后的变动从下一次表决起算。",
    409,
  );
}

/** Who holds those units now, where the rules of procedure let the new holder vote; null: the roll decides. */
async function holdersToday(db: Db, community: string, vote: Vote, asked: Asked): Promise<Holders | null> {
  if (vote.assembly.notice?.settings.transfer !== "new-holder") {
    return null;
  }
  return holdersOn(await holdingsOf(db, community, asked.units), dayAt(asked.now));
}

interface Asked {
  readonly units: readonly string[];
  readonly now: Date;
}

const namesOf = (units: readonly RollUnit[]): string[] => units.map(({ unit }) => unit);

/** A vote and the units of one head, as the log names them. */
const told = ({ assembly: { title } }: Vote, units: readonly RollUnit[]) => ({
  title,
  units: unitsInBrief(namesOf(units)),
});

// ---- Electronic ballots -----------------------------------------------------------------------------------------

/** 59 random bits: nobody guesses another's receipt, and it says nothing of who it belongs to. */
function newReceipt(): string {
  return spokenCode(randomBytes(32));
}

export interface Cast {
  readonly assembly: number;
  readonly head: string;
  readonly choices: readonly Answered[];
}

/** Takes an electronic ballot for a head, by its own right or under a proxy. The first one stands. */
export async function cast(call: Writing, { assembly, head, choices }: Cast): Promise<Ballot> {
  const { tx, community, actor, now } = call;
  const at = { community, assembly };
  const facts = await store.castFacts(tx, at, head, actor.id);
  const vote = found(facts.vote, assembly);
  assertClock(vote.assembly, now);
  assertVoting(vote, now);
  // Who has no right to a head does not learn whether it is on the roll or has voted.
  const units = namesOf(facts.units ?? []);
  const voters = votersOf(head, units, await holdersToday(tx, community, vote, { units, now }));
  if (facts.units === null || rightOf(ownersOf(actor, community), voters, facts.state) === null) {
    throw notYours();
  }
  const right = rightOf(facts.checked, voters, facts.state);
  if (right === null) {
    throw unchecked();
  }
  assertFirst(facts.state, right.proxy === null);
  const chosen = checkChoices(choices, right.proxy?.matters ?? vote.places);
  const ballot: Ballot = {
    head,
    channel: "electronic",
    receipt: newReceipt(),
    proxy: right.proxy?.id ?? null,
    castBy: actor.id,
    castAt: now.toISOString(),
  };
  const isAlone = standingEntries(facts.state.entries).length > 0;
  const noted = noteWith(call, isAlone ? "ballot cast past paper" : "ballot cast", told(vote, facts.units));
  await store.insertBallot(tx, at, ballot, { chosen, noted });
  return ballot;
}

/** Whether the box holds these choices for a head; where they were emptied, nobody can tell any more and it may be so. */
export function holdsBallot({ db, community }: Reading, { assembly, head, choices }: Cast): Promise<boolean> {
  return store.holdsChoices(db, { community, assembly }, head, choices);
}

/** A head that somebody may vote for, with what became of its ballot. */
export interface OwnHead {
  readonly head: RollHead;
  readonly state: HeadState;
  /** null: by one's own right. */
  readonly proxy: Proxy | null;
  /** Somebody saw that the account is the owner's who may vote; else it casts no ballot. */
  readonly isChecked: boolean;
  /** The places of the matters that are to be answered. */
  readonly places: readonly number[];
}

/** The heads that somebody may vote for: one's own, then those of whom one holds a proxy. */
export async function ownHeads(call: Reading, vote: Vote): Promise<OwnHead[]> {
  const { db, community, actor } = call;
  const at = { community, assembly: vote.assembly.id };
  const owners = ownersOf(actor, community);
  const mine = await headsByRight(call, vote, owners);
  const held = (await store.proxiesHeldBy(db, at, owners)).filter(({ ended }) => ended === null);
  const others = await store.headsByIds(
    db,
    at,
    held.map(({ head }) => head).filter((head) => !mine.some(({ id }) => id === head)),
  );
  const states = await store.statesOf(
    db,
    at,
    [...mine, ...others].map(({ id }) => id),
  );
  const checked = await answer(db, checkedOwners(community, actor.id));
  const own = (head: RollHead, proxy: Proxy | null, voters: readonly string[]): OwnHead => ({
    head,
    state: states.get(head.id) ?? { head: head.id, ballot: null, entries: [], proxies: [] },
    proxy,
    isChecked: voters.some((owner) => checked.includes(owner)),
    places: proxy?.matters ?? vote.places,
  });
  return [
    ...mine.map(({ voters, ...head }) => own(head, null, voters)),
    ...others.map((head) => {
      const proxy = held.find((each) => each.head === head.id) ?? null;
      return own(head, proxy, proxy === null ? [] : [proxy.holder]);
    }),
  ];
}

/** Heads that somebody may vote for by the own right, with all who may. */
async function headsByRight(
  call: Reading,
  vote: Vote,
  owners: readonly string[],
): Promise<(RollHead & { readonly voters: readonly string[] })[]> {
  const { db, community, now } = call;
  const at = { community, assembly: vote.assembly.id };
  const frozen = await headsOfOwners(db, community, vote.assembly.id, owners);
  const isMine = ({ voters }: { readonly voters: readonly string[] }): boolean =>
    voters.some((owner) => owners.includes(owner));
  if (vote.assembly.notice?.settings.transfer !== "new-holder") {
    return frozen.map((head) => ({ ...head, voters: votersOf(head.id, namesOf(head.units), null) })).filter(isMine);
  }
  const today = holdersOn(await holdingsAround(db, community, owners), dayAt(now));
  const units = [...today].filter(([, holders]) => holders.some((id) => owners.includes(id))).map(([unit]) => unit);
  const known = new Set(frozen.map(({ id }) => id));
  const bought = (await store.headsWithUnits(db, at, units)).filter((head) => !known.has(head));
  return [...frozen, ...(await store.headsByIds(db, at, bought))]
    .map((head) => ({ ...head, voters: votersOf(head.id, namesOf(head.units), today) }))
    .filter(isMine);
}

// ---- Turnout ----------------------------------------------------------------------------------------------------

/** How many took part so far: heads and area, and by which way. Never how they chose. */
export type Turnout = Readonly<Record<Channel | "all", Count>>;

export async function turnoutOf(db: Db, at: Place): Promise<Turnout> {
  const { electronic, paper } = await store.turnoutOf(db, at);
  return { electronic, paper, all: addCounts(electronic, paper) };
}

/** A head in the lists of the desk: whether its ballot came and how, never what it says. */
export interface Participant {
  readonly head: RollHead;
  readonly ballot: Ballot | null;
  readonly entry: EntryState;
  readonly proxy: Proxy | null;
}

export async function participants(
  db: Db,
  at: Place,
  about: { readonly filter: store.Filter; readonly find: string; readonly after: string; readonly limit: number },
): Promise<{ readonly items: Participant[]; readonly next: string | null }> {
  const heads = await store.listHeads(db, at, { ...about, limit: about.limit + 1 });
  const { items: shown, next } = pageFrom(heads, about.limit, ({ id }) => id);
  const states = await store.statesOf(
    db,
    at,
    shown.map(({ id }) => id),
  );
  const items = shown.map((head): Participant => {
    const { ballot = null, entries = [], proxies = [] } = states.get(head.id) ?? {};
    return { head, ballot, entry: entryState(entries), proxy: standingProxy({ proxies }) };
  });
  return { items, next };
}

/** Whom a run of paper ballots is for: all heads or those nothing has come from yet, of all units or those that are meant. */
export async function headsToPrint(
  db: Db,
  at: Place,
  which: "all" | "missing",
  typedUnits: string,
): Promise<RollHead[]> {
  const heads = await store.listHeads(db, at, { filter: which === "all" ? "all" : "untouched", find: "" });
  if (typedUnits === "") {
    return heads;
  }
  const { found: meant, unknown } = unitsMeant(
    [typedUnits],
    heads.flatMap((head) => namesOf(head.units)),
  );
  if (meant.length === 0) {
    const remedy = "请照名册写房号，用空格隔开；“1-1-*”是所有这样开头的房号。";
    throw refuse("UNIT_UNKNOWN", `要印的里面没有这些房号：${unknown.slice(0, 10).join("、")}。`, remedy, 409);
  }
  const wanted = new Set(meant);
  return heads.filter((head) => namesOf(head.units).some((unit) => wanted.has(unit)));
}

// ---- Paper ballots ------------------------------------------------------------------------------------------------

export interface EntryWish {
  readonly assembly: number;
  readonly head: string;
  readonly receivedOn: Day;
  readonly isByProxy: boolean;
  readonly choices: readonly Answered[];
}

/** What became of a paper ballot by this entry. */
export interface Entered {
  readonly state: EntryState;
  /** The places that two people read differently; 0 = the day or who signed. */
  readonly differs: readonly number[];
  readonly receipt: string | null;
}

/** Enters what stands on a paper ballot. When two people have entered the same, it is counted as received. */
export async function enterPaper(call: Writing, wish: EntryWish, scan: Paper | null): Promise<Entered> {
  const { tx, community, actor, now } = call;
  const at = { community, assembly: wish.assembly };
  const { vote, units, state } = await headFacts(tx, at, wish.head);
  assertClock(vote.assembly, now);
  assertEntering(vote, now);
  assertNoBallot(state);
  assertReceived(vote, wish.receivedOn, now);
  const proxy = wish.isByProxy ? proxyToSign(state) : null;
  const chosen = checkChoices(wish.choices, proxy?.matters ?? vote.places);
  // Who enters a second time to correct the first keeps the scan.
  const standing = standingEntries(state.entries);
  const sha = scan?.sha ?? standing.find(({ by }) => by === actor.id)?.scan ?? null;
  assertScan(
    vote,
    [sha, ...standing.map((each) => each.scan)].some((each) => each !== null),
  );
  if (scan !== null) {
    await insertPaper(tx, community, scan, { by: actor.id, at: now.toISOString() });
  }
  const entry = await store.insertEntry(tx, at, {
    head: wish.head,
    choices: choicesText(chosen),
    receivedOn: wish.receivedOn,
    proxy: proxy?.id ?? null,
    scan: sha,
    reason: "",
    by: actor.id,
    at: now.toISOString(),
  });
  const detail = told(vote, units);
  await note(call, "paper entered", detail);
  return countPaper(call, at, { entries: [...state.entries, entry], entry, chosen, detail });
}

/** Whether somebody has entered these choices for a head, as far as it can still be told. */
export async function holdsEntry(
  { db, community, actor }: Reading,
  { assembly, head, choices }: Cast,
): Promise<boolean> {
  const states = await store.statesOf(db, { community, assembly }, [head]);
  return enteredBy(actor.id, states.get(head)?.entries ?? [], choices);
}

interface Counting {
  readonly entries: readonly Entry[];
  readonly entry: Entry;
  readonly chosen: readonly Chosen[];
  readonly detail: ReturnType<typeof told>;
}

/** Counts the ballot when two people have entered the same. */
async function countPaper(call: Writing, at: Place, { entries, entry, chosen, detail }: Counting): Promise<Entered> {
  const state = entryState(entries);
  if (state !== "counted") {
    return { state, differs: differences(entries), receipt: null };
  }
  const { head, proxy, by: castBy, at: castAt } = entry;
  const ballot: Ballot = { head, channel: "paper", receipt: newReceipt(), proxy, castBy, castAt };
  const noted = noteWith(call, "paper counted", detail);
  await store.insertBallot(call.tx, at, ballot, { chosen, noted });
  return { state, differs: [], receipt: ballot.receipt };
}

function assertNoBallot({ ballot }: HeadState): void {
  if (ballot !== null) {
    assertFirst({ ballot, entries: [] }, true);
  }
}

function proxyToSign(state: HeadState): Proxy {
  const proxy = standingProxy(state);
  if (proxy === null) {
    throw new Refusal({
      code: "PROXY_UNKNOWN",
      column: "byProxy",
      message: "这一户没有登记有效的委托。",
      remedy: "请先登记委托书，再录入受托人签名的选票；业主本人签名的就不勾。",
    });
  }
  return proxy;
}

/** The signed paper of an open vote is there to look at (业主大会和业主委员会指导规则 art. 22); that of a secret vote never. */
function assertScan({ assembly }: Vote, isThere: boolean): void {
  if (assembly.ballot === "open" && !isThere) {
    throw new Refusal({
      code: "SCAN_MISSING",
      column: "scan",
      message: "记名表决的纸质票要有业主签了名的扫描件或照片。",
      remedy: "请拍下签名的选票，和第一次录入一起上传；只存档，不公开。",
    });
  }
  if (assembly.ballot === "secret" && isThere) {
    throw new Refusal({
      code: "SCAN_SECRET",
      column: "scan",
      message: "不记名表决不保存选票的扫描件。",
      remedy: "请去掉文件再录入；原票由监票人封存。",
    });
  }
}

/** Takes one's own entry back, as when it was the paper of another head. */
export async function takeBackEntry(
  call: Writing,
  { assembly, head, reason }: { readonly assembly: number; readonly head: string; readonly reason: string },
): Promise<void> {
  const { tx, community, actor, now } = call;
  const at = { community, assembly };
  const { vote, units, state } = await headFacts(tx, at, head);
  assertClock(vote.assembly, now);
  assertEntering(vote, now);
  assertNoBallot(state);
  const own = standingEntries(state.entries).find(({ by }) => by === actor.id);
  if (own === undefined) {
    throw refuse("ENTRY_UNKNOWN", "您没有录入过这一户的纸质票。", "只能收回自己的录入。", 409);
  }
  const { receivedOn, proxy, scan } = own;
  const empty = { head, choices: "", receivedOn, proxy, scan, reason, by: actor.id, at: now.toISOString() };
  await store.insertEntry(tx, at, empty);
  await note(call, "paper taken back", { ...told(vote, units), reason });
}

/**
 * Sets aside what others entered for a head and cannot or will not finish: nobody may hold a vote up by typing. It is kept,
 * and told with the result as not counted.
 */
export async function setEntryAside(
  call: Writing,
  { assembly, head, reason }: { readonly assembly: number; readonly head: string; readonly reason: string },
): Promise<number> {
  const { tx, community, now } = call;
  const at = { community, assembly };
  const { vote, units, state } = await headFacts(tx, at, head);
  assertClock(vote.assembly, now);
  assertEntering(vote, now);
  assertNoBallot(state);
  const { actor, sideOf } = await sidesOf(tx, call, state.entries);
  const asides = asidesFor(state.entries, actor, sideOf);
  assertAside(asides, state.entries, actor);
  const seqs = asides.map(({ seq }) => seq);
  await store.insertAsides(tx, at, seqs, { reason, by: actor.id, at: now.toISOString() });
  await note(call, "paper set aside", { ...told(vote, units), reason });
  return seqs.length;
}

/** What was entered from paper and does not count, with the row of the roll that each was entered for. */
export async function uncountedHeads(
  db: Db,
  at: Place,
): Promise<{ readonly entry: store.Uncounted; readonly head: RollHead | undefined }[]> {
  const uncounted = await store.uncountedOf(db, at);
  const heads = await store.headsByIds(db, at, [...new Set(uncounted.map(({ head }) => head))]);
  return uncounted.map((entry) => ({ entry, head: heads.find(({ id }) => id === entry.head) }));
}

/** For which side whoever asks stands at the desk, and those who entered a paper. */
async function sidesOf(
  db: Db,
  { actor, community }: Pick<Reading, "actor" | "community">,
  entries: readonly Entry[],
): Promise<{ readonly actor: AtDesk; readonly sideOf: ReadonlyMap<string, DeskSide> }> {
  const people = standingEntries(entries).map(({ by }) => by);
  const held = (await membershipsOfAll(db, people)).filter((each) => each.community === community);
  const rolesOf = (account: string) => held.filter((each) => each.account === account).map(({ role }) => role);
  const sideOf = new Map(people.map((account) => [account, deskSideOf(rolesOf(account))]));
  return { actor: { id: actor.id, side: deskSideOf(rolesIn(actor, community)) }, sideOf };
}

/**
 * What somebody at the desk may see of a paper ballot that is being entered: one's own entry, and those of others only
 * when one's own stands beside them and they differ.
 */
export interface PaperShown {
  readonly vote: Vote;
  readonly units: readonly RollUnit[];
  readonly state: EntryState;
  readonly ballot: Ballot | null;
  readonly proxy: Proxy | null;
  readonly own: Entry | null;
  readonly others: readonly Entry[];
  readonly differs: readonly number[];
  readonly by: readonly string[];
  /** Whether somebody brought a scan already: an open vote needs one with the first entry. */
  readonly hasScan: boolean;
  /** Who entered what the reader may set aside. */
  readonly asides: readonly string[];
  /** Scans of what was counted: to look at once the vote is closed, when somebody objects. */
  readonly scans: readonly string[];
}

export async function paperOf(call: Reading, at: Place, head: string): Promise<PaperShown> {
  const { vote, units, state } = await headFacts(call.db, at, head);
  const standing = standingEntries(state.entries);
  const own = standing.find(({ by }) => by === call.actor.id) ?? null;
  const progress = entryState(state.entries);
  const maySee = own !== null && progress === "differs";
  const { actor, sideOf } = await sidesOf(call.db, call, state.entries);
  return {
    vote,
    units,
    state: progress,
    ballot: state.ballot,
    proxy: standingProxy(state),
    own: state.ballot === null ? own : null,
    others: maySee ? standing.filter((entry) => entry !== own) : [],
    differs: progress === "differs" ? differences(state.entries) : [],
    by: standing.map(({ by }) => by),
    hasScan: standing.some(({ scan }) => scan !== null),
    asides: asidesFor(state.entries, actor, sideOf).map(({ by }) => by),
    scans: vote.assembly.closedAt === null ? [] : standing.flatMap(({ scan }) => scan ?? []),
  };
}

// ---- Proxies ----------------------------------------------------------------------------------------------------

/** Records a proxy that was given in writing, with its paper. */
export async function recordProxy(
  call: Writing,
  assembly: number,
  wish: ProxyWish,
  paper: Paper | null,
): Promise<number> {
  const { tx, community, actor, now } = call;
  const at = { community, assembly };
  const { vote, units, state } = await headFacts(tx, at, wish.head);
  assertClock(vote.assembly, now);
  assertProxyTime(vote, now);
  const names = namesOf(units);
  const held = (await store.proxiesHeldBy(tx, at, [wish.holder])).filter(({ ended }) => ended === null);
  const facts = {
    state,
    voters: votersOf(wish.head, names, await holdersToday(tx, community, vote, { units: names, now })),
    isOwner: await isOwner(tx, community, wish.holder),
    held: held.length,
  };
  assertProxy(vote, wish, facts, now);
  if (paper === null) {
    const remedy = "请拍照或扫描委托书再登记。";
    throw new Refusal({ code: "PROXY_PAPER", column: "document", message: "缺委托书的照片或扫描件。", remedy });
  }
  const recorded = { by: actor.id, at: now.toISOString() };
  await insertPaper(tx, community, paper, recorded);
  const id = await store.insertProxy(tx, at, { ...wish, document: paper.sha, ...recorded });
  const holder = (await ownerNames(tx, community)).get(wish.holder) ?? wish.holder;
  await note(call, "proxy recorded", { ...told(vote, units), holder });
  return id;
}

export async function endProxy(call: Writing, assembly: number, id: number, reason: string): Promise<void> {
  const { tx, community, actor, now } = call;
  const at = { community, assembly };
  const vote = await voteOr404(tx, at);
  assertClock(vote.assembly, now);
  assertProxyTime(vote, now);
  const proxy = await store.findProxy(tx, at, id);
  const states = await store.statesOf(tx, at, proxy === undefined ? [] : [proxy.head]);
  assertProxyEnds(proxy, states.get(proxy?.head ?? "")?.ballot ?? null);
  await store.insertProxyEnd(tx, at, { proxy: id, reason, by: actor.id, at: now.toISOString() });
  await note(call, "proxy ended", { title: vote.assembly.title, proxy: String(id), reason });
}

/** All proxies of a vote, with where each stands. */
export async function proxiesOf(
  db: Db,
  at: Place,
): Promise<{ readonly proxy: Proxy; readonly state: ReturnType<typeof proxyState> }[]> {
  const proxies = await store.proxiesOf(db, at);
  const states = await store.statesOf(
    db,
    at,
    proxies.map(({ head }) => head),
  );
  return proxies.map((proxy) => ({ proxy, state: proxyState(proxy, states.get(proxy.head)?.ballot ?? null) }));
}

// ---- For the count ------------------------------------------------------------------------------------------------

/**
 * What came in for each matter, by its place. Only once the close is recorded, in its very transaction or later: nobody
 * learns a sum by choice before. Of a secret vote only before {@link eraseChoices}.
 */
export async function countedBallots(tx: Tx, at: Place): Promise<Map<number, Votes>> {
  const { assembly } = await voteOr404(tx, at);
  if (assembly.closedAt === null) {
    throw new Error(`assembly ${at.assembly} of ${at.community} is not closed: record the close before counting`);
  }
  return store.sumsByChoice(tx, at);
}

/** SHA-256 over all receipt codes in order, one a line: what was counted cannot be exchanged later. */
export async function receiptsFingerprint(
  db: Db,
  at: Place,
): Promise<{ readonly count: number; readonly sha256: string }> {
  const codes = await store.receiptsOf(db, at);
  return { count: codes.length, sha256: sha256(codes.map((code) => `${code}\n`).join("")) };
}

/**
 * Takes what was chosen in secret out of the database's files, once it is out of its rows: whoever holds the disk should
 * learn no more than whoever asks. Outside any transaction and soon after the count; nothing to do costs one small question.
 *
 * What no program can scrub: backups, replicas and snapshots taken before the count, PostgreSQL's write-ahead log until it
 * is recycled (its archive: for ever), blocks that the disk has not used again. Whoever runs a secret vote keeps backups
 * made during it apart and deletes them after the count.
 */
export async function scrubSecret(db: Db, now: Date): Promise<void> {
  const votes = await store.unscrubbed(db);
  if (votes.length > 0 && (await store.scrubChoices(db))) {
    await store.insertScrubs(db, votes, now);
  }
}

/** What everybody may learn of a receipt code after the count. */
export interface ReceiptShown {
  readonly isCounted: boolean;
  readonly channel: Channel | null;
  /** Of an open vote; none of a secret one. */
  readonly choices: readonly Chosen[];
}

/** Looks a receipt code up among those that were counted. Refuses while votes still come in. */
export async function lookUpReceipt(db: Db, at: Place, typed: string, now: Date): Promise<ReceiptShown> {
  const { assembly } = await voteOr404(db, at);
  const stage = stageOf(assembly, now);
  if (assembly.closedAt === null) {
    const words = stage === "void" ? "已经撤销，没有计票" : "还没有计票";
    throw refuse("NOT_COUNTED_YET", `「${assembly.title}」${words}。`, "计票后再来核对；请保管好回执。", 409);
  }
  const ballot = await store.ballotByReceipt(db, at, (normalCode(typed).match(/.{1,4}/gu) ?? []).join("-"));
  const isOpen = assembly.ballot === "open";
  return {
    isCounted: ballot !== null,
    channel: ballot?.channel ?? null,
    choices: (isOpen ? (ballot?.choices ?? []) : []).filter(
      (each): each is { matter: number; choice: Choice } => each.choice !== "",
    ),
  };
}
