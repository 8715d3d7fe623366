// Requests and what became of them, as records for programs and in words for pages.
import { add, displayYuan, subtract, sum, toYuan } from "../base/money.ts";
import { spokenDay } from "../base/month.ts";
import { barOf } from "../base/share.ts";
import { accountName, ACCOUNTS, accountWords, fundName } from "../ledger/rules.ts";
import { RATIFICATION_NAMES, sidesInWords, STATUS_NAMES } from "../release/rules.ts";
import {
  KIND_NAMES,
  leftRecord,
  paidOn,
  totalOf,
  type Invoice,
  type Left,
  type ShownVoucher,
  type SpendKind,
  type Spend,
  type SpendLine,
  type SpendStep,
} from "../request/rules.ts";
import { basisOf, type Resolution } from "../resolution/rules.ts";
import { TABS, type Item, type Sheet, type Tab } from "./rules.ts";

// ---- Records ------------------------------------------------------------------------------------------------------

export function itemRecord({ spend, state, fund, payee, askedBy, missing, isMine }: Item) {
  const { id, kind, purpose, day, bank, askedAt, expiresOn, sides } = spend;
  const amount = toYuan(totalOf(spend));
  const about = { id, kind, state, payee, purpose, day, paidOn: paidOn(spend), amount, fund, bank };
  return { ...about, askedBy, askedAt, expiresOn, sides: [...sides], missing: [...missing], isMine };
}

export function sheetRecord(sheet: Sheet) {
  const { spend, ask, needs, names, ratification } = sheet;
  const { toBank, unit, resolution, emergency, vouchers } = spend;
  const asked = { kind: "asked" as const, side: "" as const, by: names.get(spend.askedBy) ?? "", text: "" };
  return {
    ...itemRecord(sheet),
    toBank,
    unit,
    lines: ask.lines.map(({ account, amount, memo }) => ({
      account,
      name: accountName(account),
      amount: toYuan(amount),
      memo,
    })),
    resolution,
    emergency,
    invoices: ask.invoices.map(({ number, amount, nets }) => ({
      number,
      amount: amount === null ? null : toYuan(amount),
      nets,
    })),
    vouchers: [...vouchers],
    corrects: ask.wrong?.code ?? null,
    sides: [...needs.sides],
    why: [...needs.why],
    findings: sheet.findings.map((finding) => ({ ...finding })),
    left: sheet.lefts.map(leftRecord),
    steps: [
      { ...asked, at: spend.askedAt },
      ...sheet.steps.map(({ kind, side, actor, text, at }) => ({ kind, side, by: names.get(actor) ?? "", text, at })),
    ],
    lastPayments: sheet.lastPayments.map(({ code, day, amount, memo }) => ({
      entry: code,
      day,
      amount: toYuan(amount),
      memo,
    })),
    entry: sheet.entry === "" ? null : sheet.entry,
    ratification: ratification === null ? null : { state: ratification, by: spend.ratifyBy ?? "" },
  };
}

// ---- Lists ----------------------------------------------------------------------------------------------------------

/** "等物业和业委会放行", "等您放行", or what became of it. */
function stateWords({ state, missing, isMine }: Item): string {
  if (state !== "waiting") {
    return STATUS_NAMES[state];
  }
  return isMine ? "等您放行" : `等${sidesInWords(missing)}放行`;
}

function itemRow(base: string, item: Item) {
  const { spend, payee, isMine, askedBy } = item;
  return {
    href: `${base}/${spend.id}`,
    number: spend.id,
    title: payee === "" ? KIND_NAMES[spend.kind] : payee,
    purpose: spend.purpose,
    day: spokenDay(paidOn(spend) ?? spend.day),
    amount: displayYuan(totalOf(spend)),
    words: stateWords(item),
    isMine,
    isWaiting: item.state === "waiting",
    isEmergency: spend.emergency !== "",
    askedBy,
  };
}

const TAB_NAMES: Readonly<Record<Tab, string>> = {
  mine: "待我放行",
  waiting: "等待",
  paid: "已付",
  closed: "退回·过期",
  unratified: "待追认",
};

export interface ListState {
  readonly base: string;
  readonly tab: Tab;
  readonly find: string;
  readonly next: string | null;
  readonly counts: Readonly<Partial<Record<Tab, number>>>;
}

/** The list with its tabs; the address says which, so that a view can be sent to somebody. */
export function listView({ base, tab, find, next, counts }: ListState, items: readonly Item[], lefts: readonly Left[]) {
  const address = (over: Readonly<Record<string, string>>): string => {
    const query = new URLSearchParams(Object.entries({ tab, find, ...over }).filter(([, value]) => value !== ""));
    return `${base}?${query.toString()}`;
  };
  return {
    base,
    tab,
    find,
    tabs: TABS.filter((each) => each !== "unratified" || (counts.unratified ?? 0) > 0 || tab === each).map((each) => ({
      href: address({ tab: each }),
      label: TAB_NAMES[each],
      count: counts[each] === undefined ? "" : String(counts[each]),
      isCurrent: each === tab,
    })),
    items: items.map((item) => itemRow(base, item)),
    emptyWords: tab === "mine" ? "没有等您放行的申请。" : "这里没有申请。",
    next: next === null ? "" : address({ after: next }),
    lefts: lefts.map(leftRow),
    hasLefts: lefts.length > 0,
  };
}

// ---- One request ------------------------------------------------------------------------------------------------------

const STEP_WORDS: Readonly<Record<SpendStep["kind"], string>> = {
  released: "放行",
  "taken back": "收回放行",
  refused: "退回",
  withdrawn: "撤回",
  expired: "过期，没有等齐放行",
  paid: "双方放行，已记账",
  ratified: "追认",
  declined: "不予追认",
};

/** What the reader of a request may do. */
export interface Rights {
  readonly community: string;
  readonly base: string;
  readonly account: string;
  readonly mayRelease: boolean;
  readonly mayRequest: boolean;
  readonly mayRatify: boolean;
  readonly mayRedact: boolean;
  readonly hasKey: boolean;
}

/** When something happened, for reading: "2020年1月20日 10:05", Shanghai time. */
export interface Told {
  readonly when: (at: string) => string;
}

/** What the page of a request shows beside it. */
export interface Beside {
  readonly vouchers: readonly ShownVoucher[];
  /** The resolutions that name an emergency and may ratify it. */
  readonly naming: readonly Resolution[];
  /** The numbers of the register. */
  readonly registered: ReadonlySet<string>;
}

export function spendView(sheet: Sheet, beside: Beside, rights: Rights, told: Told) {
  const { vouchers } = beside;
  const { spend, ask, state, needs, missing } = sheet;
  const isWaiting = state === "waiting";
  const isUndecided = isWaiting && vouchers.some((voucher) => !voucher.isDecided);
  const holds = holdsOf(sheet, isUndecided);
  return {
    base: rights.base,
    id: String(spend.id),
    title: ask.kind === "payment" ? sheet.payee : KIND_NAMES[ask.kind],
    amount: displayYuan(totalOf(ask)),
    state: stateWords(sheet),
    isWaiting,
    isPaid: state === "paid",
    purpose: spend.purpose,
    facts: factRows(sheet, told),
    lines: ask.lines.map((line) => lineRow(line)),
    hasLines: ask.kind === "payment",
    lefts: sheet.lefts.map((left) => beforeAfter(left, ask.lines)),
    vouchers: vouchers.map((voucher) => voucherRow(rights, voucher)),
    noVoucherWords: noVoucherWords(ask.kind),
    holds,
    isClear: isWaiting && holds.length === 0 && sheet.findings.length === 0,
    findings: sheet.findings.map(({ words, remedy, blocks }) => ({ words, remedy, blocks })),
    needsWords: `要${sidesInWords(needs.sides)}${needs.sides.length > 1 ? "各一把钥匙" : "一把钥匙"}`,
    missingWords: missing.length === 0 ? "" : `还差${sidesInWords(missing)}`,
    why: needs.why,
    steps: stepRows(sheet, told),
    lastPayments: sheet.lastPayments.map(({ code, day, amount, memo }) => ({
      code,
      day: spokenDay(day),
      amount: displayYuan(amount),
      memo,
    })),
    hasLastPayments: sheet.lastPayments.length > 0,
    entry: sheet.entry,
    supplierHref: ask.supplier === null ? "" : `${rights.base.replace(/spends$/u, "suppliers")}/${ask.supplier.id}`,
    ...actsOf(sheet, rights, holds.length > 0),
    ...ratificationView(sheet, beside, rights),
  };
}

/** Only what a supplier is paid is told as unproven. */
function noVoucherWords(kind: SpendKind): string {
  if (kind === "draw") {
    return "酬金依信托合同和结账时的计提，不用供应商的凭证。";
  }
  return kind === "payment" ? "没有凭证。公示时会列为“需要您知道的事”。" : "没有附凭证。";
}

/** What the last key waits for, in words: whoever turns it now would be refused. */
function holdsOf({ missing, waitsUntil }: Sheet, isUndecided: boolean): string[] {
  const last = missing.length > 1 ? "最后一方" : sidesInWords(missing);
  return [
    ...(isUndecided
      ? [`凭证还没有决定哪些内容要遮盖：物业或业委会打开凭证，按“遮盖并公开”决定以后，${last}才能放行。`]
      : []),
    ...(waitsUntil === null ? [] : [`付款日在以后的月份：到${spokenDay(waitsUntil)}，${last}才能放行。`]),
  ];
}

/** What can be done now. No key is offered that would be refused. */
function actsOf({ spend, state, isMine, missing, findings, entry }: Sheet, rights: Rights, isHeld: boolean) {
  const isWaiting = state === "waiting";
  const isRefused = findings.some((finding) => finding.blocks) || (isHeld && missing.length === 1);
  return {
    canRelease: isMine && rights.mayRelease && rights.hasKey && !isRefused,
    needsDevice: isMine && rights.mayRelease && !rights.hasKey,
    canTakeBack: isWaiting && spend.keys.some((key) => key.account === rights.account),
    canRefuse: isWaiting && rights.mayRelease && spend.askedBy !== rights.account,
    canWithdraw: isWaiting && rights.mayRequest && spend.askedBy === rights.account,
    correctHref:
      rights.mayRequest && entry !== "" && spend.kind !== "correction"
        ? `${rights.base}/correction?entry=${entry}`
        : "",
  };
}

function ratificationView({ spend, ratification, steps }: Sheet, { naming, registered }: Beside, rights: Rights) {
  const isOpen = ratification === "open" || ratification === "declined";
  const canRatify = isOpen && rights.mayRatify;
  const ratified = ratification === "ratified" ? steps.findLast(({ kind }) => kind === "ratified")?.text : "";
  return {
    isEmergency: spend.emergency !== "",
    emergency: spend.emergency,
    ratification: ratification === null ? "" : RATIFICATION_NAMES[ratification],
    ratifyBy: spend.ratifyBy === null || !isOpen ? "" : spokenDay(spend.ratifyBy),
    isDeclined: ratification === "declined",
    ratifiedBy: basisOf(rights.community, ratified, registered),
    proposeHref: canRatify ? `/desk/${rights.community}/decisions/ratify?spend=${spend.id}` : "",
    naming: canRatify ? naming.map(({ number: value, title }) => ({ value, label: `${value} ${title}` })) : [],
  };
}

function factRows({ spend, ask, askedBy, entry, basis, project }: Sheet, { when }: Told) {
  const row = (label: string, text: string, href = ""): { label: string; text: string; href: string }[] =>
    text === "" ? [] : [{ label, text, href }];
  return [
    ...row("类别", ask.kind === "payment" ? "" : KIND_NAMES[ask.kind]),
    ...dayRows(spend),
    ...row("付款账户", `${ask.bank.name}（${fundName(ask.bank.fund)}）`),
    ...row("到", ask.to === null ? "" : `${ask.to.name}（${fundName(ask.to.fund)}）`),
    ...row("房号", spend.unit),
    ...row("更正的记账凭证", ask.wrong?.code ?? ""),
    ...row("改记到", accountWords(ask.wrong?.account ?? "")),
    ...row("发票", ask.invoices.map(invoiceWords).join("；")),
    ...row("决议", basis.text, basis.href),
    ...row("项目", project),
    ...row("收款账户", ask.supplier?.account ?? ""),
    ...row("申请人", `${askedBy}，${when(spend.askedAt)}`),
    ...row("有效到", spend.decidedAt === null ? spokenDay(spend.expiresOn) : ""),
    ...row("记账凭证", entry),
  ];
}

/** The day on which it was paid, as everywhere else, and the day that was asked for where it was another. */
function dayRows(spend: Spend): { label: string; text: string; href: string }[] {
  const paid = paidOn(spend);
  const rows = paid === null ? [] : [{ label: "付款日", text: spokenDay(paid), href: "" }];
  const asked = { label: paid === null ? "日期" : "申请时写的日期", text: spokenDay(spend.day), href: "" };
  return paid === spend.day ? rows : [...rows, asked];
}

function invoiceWords({ number, amount, nets }: Invoice): string {
  return `${number}${amount === null ? "" : ` ${displayYuan(amount)} 元`}${nets === "" ? "" : `（冲销 ${nets}）`}`;
}

function lineRow({ account, amount, memo }: SpendLine) {
  return { account: accountWords(account), amount: displayYuan(amount), memo };
}

/** A line of the budget before and after the request. */
function beforeAfter(left: Left, lines: readonly SpendLine[]) {
  const wanted = sum(lines.filter((line) => line.account === left.account).map((line) => line.amount));
  const after = subtract(left.left, wanted);
  return {
    name: accountWords(left.account),
    limit: displayYuan(left.limit),
    limitWords: left.basis === "budget" ? "全年预算" : "账上欠",
    before: displayYuan(left.left),
    after: displayYuan(after),
    isOver: after < 0,
    barPaid: barOf(add(left.paid, left.reserved), left.limit),
    barTaken: barOf(add(add(left.paid, left.reserved), wanted), left.limit),
  };
}

function voucherRow({ base, mayRedact }: Rights, { sha, name, pages, isDecided }: ShownVoucher) {
  const href = `${base.replace(/spends$/u, "vouchers")}/${sha}`;
  return {
    href,
    name,
    pages: pages.map(({ width, height }, index) => ({
      src: `${href}/pages/${index + 1}.jpg`,
      alt: pages.length === 1 ? name : `${name} 第 ${index + 1} 页`,
      width,
      height,
    })),
    hasPages: pages.length > 0,
    isDecided,
    redactHref: mayRedact && !isDecided ? `${href}/redact` : "",
  };
}

function stepRows({ spend, steps, names }: Sheet, { when }: Told) {
  const nameOf = (account: string): string => names.get(account) ?? "";
  return [
    {
      who: nameOf(spend.askedBy),
      words: "申请",
      side: "",
      text: spend.emergency === "" ? "" : "紧急",
      when: when(spend.askedAt),
    },
    ...steps.map(({ kind, side, actor, text, at }) => ({
      who: nameOf(actor),
      words: STEP_WORDS[kind],
      side: side === "" ? "" : sidesInWords([side]),
      text,
      when: when(at),
    })),
  ];
}

/** A line of the budget with its bar: what is gone and what is spoken for. */
function leftRow({ account, limit, paid, reserved, left }: Left) {
  return {
    account,
    name: ACCOUNTS.get(account) ?? account,
    left: displayYuan(left),
    isOver: left < 0,
    limit: displayYuan(limit),
    paid: displayYuan(paid),
    reserved: displayYuan(reserved),
    hasReserved: reserved !== 0,
    barPaid: barOf(paid, limit),
    barTaken: barOf(add(paid, reserved), limit),
  };
}
