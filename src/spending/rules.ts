// What the checks find about a request, and the entry that it becomes. Pure: every fact is an argument.
import { add, displayYuan, greatest, negate, subtract, sum, ZERO, type Fen } from "../base/money.ts";
import { monthOf, plusDays } from "../base/month.ts";
import { Refusal, type Fault } from "../base/refusal.ts";
import {
  accountWords,
  ADVANCED,
  COMMON,
  CUSTODY,
  DEPOSITS,
  DRAW_SPENT,
  fundName,
  isPaymentAccount,
  REPAIR,
  REPAIR_WORK,
  WITH_CONSENT,
} from "../ledger/rules.ts";
import { isOpen, leftOf, type ProjectState } from "../project/rules.ts";
import {
  bookingDay,
  KIND_NAMES,
  leftOn,
  needsOf,
  reservedOf,
  splitIn,
  totalOf,
  type Ask,
  type Invoice,
  type Left,
  type Needs,
  type SpendFacts,
  type SpendKind,
  type SpendSettings,
} from "../request/rules.ts";
import type { Resolution } from "../resolution/rules.ts";
import { isTrustee, normalName, resemblesTrustee } from "../supplier/rules.ts";

// ---- Findings -----------------------------------------------------------------------------------------------------

/** One thing that a check found. */
export interface Finding {
  readonly code: string;
  readonly words: string;
  readonly remedy: string;
  /** The field of the form it is about. */
  readonly field: string;
  /** Nothing leaves while it stands. */
  readonly blocks: boolean;
  /** It stops blocking when the asker looks at it and confirms. */
  readonly confirmable: boolean;
}

type Found = Pick<Finding, "code" | "words" | "remedy" | "field">;

const blocks = (found: Found): Finding => ({ ...found, blocks: true, confirmable: false });
const warns = (found: Found): Finding => ({ ...found, blocks: false, confirmable: false });

/** Blocks until the asker confirmed it. */
function asks(ask: Ask, found: Found): Finding {
  return { ...found, blocks: !ask.confirmed.includes(found.code), confirmable: true };
}

/** Everything there is to say about an ask: while typing, when it is sent, and again before each key. */
export function findingsOf(ask: Ask, facts: SpendFacts, settings: SpendSettings): Finding[] {
  return [
    ...dayFindings(ask, facts, settings),
    ...fundFindings(ask),
    ...lineFindings(ask),
    ...leftFindings(ask, facts),
    ...limitFindings(ask, facts),
    ...payeeFindings(ask, facts),
    ...bigRepairFindings(ask, settings),
    ...resolutionFindings(ask, facts, settings),
    ...projectFindings(ask, facts),
    ...invoiceFindings(ask, facts),
    ...usedVoucherFindings(ask, facts),
    ...neighbourFindings(ask, facts, settings),
    ...cashFindings(ask, facts),
    ...emergencyFindings(ask),
    ...correctionFindings(ask, facts),
  ];
}

/** Codes that only matter while something is asked for: what is released later is booked on that later day. */
const WHEN_ASKED = ["DAY_BEFORE_BOOKS", "DAY_PAST", "DAY_TOO_FAR", "MONTH_CLOSED"];

/**
 * What still holds a request up when a key is turned: what its asker could confirm was answered then. Money that the
 * books do not have may be asked for while its receipts are still to be entered, but it does not leave.
 */
export function findingsAtRelease(findings: readonly Finding[]): Finding[] {
  return findings
    .filter((finding) => !WHEN_ASKED.includes(finding.code))
    .map((finding) => (finding.confirmable ? { ...finding, blocks: false } : finding))
    .map((finding) => (finding.code === CASH_MISSING ? { ...finding, blocks: true } : finding));
}

/** An account would go below zero. */
const CASH_MISSING = "CASH_MISSING";

/** Throws what blocks an ask, each with its field. */
export function assertNothingBlocks(findings: readonly Finding[]): void {
  const faults = findings
    .filter((finding) => finding.blocks)
    .map(({ code, words, remedy, field }): Fault => ({ code, message: words, remedy, column: field }));
  if (faults.length > 0) {
    throw new Refusal(faults);
  }
}

function dayFindings(ask: Ask, facts: SpendFacts, settings: SpendSettings): Finding[] {
  const field = "day";
  if (monthOf(ask.day) < facts.firstMonth) {
    const words = `${ask.day} 早于账簿的第一个月 ${facts.firstMonth}。`;
    return [blocks({ code: "DAY_BEFORE_BOOKS", words, remedy: "请核对日期。", field })];
  }
  if (ask.day > plusDays(facts.today, settings.expireAfter)) {
    const words = `${ask.day} 太远：申请只等待 ${settings.expireAfter} 天。`;
    return [blocks({ code: "DAY_TOO_FAR", words, remedy: "请到付款前再申请。", field })];
  }
  if (ask.emergency !== "" && ask.day > facts.today) {
    const words = `紧急支出是已经付出的钱，${ask.day} 还没有到。`;
    return [blocks({ code: "DAY_AHEAD", words, remedy: "请写实际付款的日期；还没有付的，不要填紧急原因。", field })];
  }
  if (monthOf(ask.day) >= facts.openMonth) {
    return ask.emergency === "" && ask.day < facts.today ? [dayPast(ask)] : [];
  }
  const words = `${monthOf(ask.day)} 已经结账。`;
  return [
    ask.emergency === ""
      ? blocks({
          code: "MONTH_CLOSED",
          words,
          remedy: "还没有付的，日期请写今天；已经紧急付出的，请填写紧急原因。",
          field,
        })
      : warns({ code: "MONTH_CLOSED", words, remedy: `将补记入 ${facts.openMonth}，列在“以前月份调整”。`, field }),
  ];
}

/** A payment is booked on the day of its release: whoever types an earlier one should not be surprised by it. */
function dayPast({ day }: Ask): Finding {
  const words = `${day} 已经过去：放行以后记在放行的那一天，用那一年的预算。`;
  return warns({ code: "DAY_PAST", words, remedy: "日期写今天就可以；已经紧急付出的，请填写紧急原因。", field: "day" });
}

/** No money moves from an account to itself; and the draw and prepaid fees are owed by the common fund alone. */
function fundFindings({ kind, bank, to }: Ask): Finding[] {
  if (to?.code === bank.code) {
    const words = `转出和转入都是${bank.name}。`;
    return [blocks({ code: "SAME_ACCOUNT", words, remedy: "请选另一个转入账户。", field: "toBank" })];
  }
  if ((kind !== "draw" && kind !== "refund") || bank.fund === COMMON) {
    return [];
  }
  const words = `${KIND_NAMES[kind]}只能从${fundName(COMMON)}付出，不能从${bank.name}。`;
  return [blocks({ code: "FUND_WRONG", words, remedy: "请改用共有资金账户。", field: "bank" })];
}

function lineFindings(ask: Ask): Finding[] {
  if (ask.kind !== "payment") {
    return [];
  }
  const { fund } = ask.bank;
  return ask.lines.flatMap(({ account }, index): Finding[] => {
    const field = `lines.${index}.account`;
    if (!isPaymentAccount(account) || account === DRAW_SPENT) {
      const remedy = "请选支出科目；受托人酬金请用“提取酬金”，资金之间请用“资金划转”。";
      return [blocks({ code: "ACCOUNT_NOT_POSSIBLE", words: `科目「${account}」不能用来付款。`, remedy, field })];
    }
    if (account === REPAIR_WORK && fund !== REPAIR) {
      const words = "维修支出 5501 只能由维修资金支付（物业服务收费管理办法第十一条）。";
      return [
        blocks({
          code: "REPAIR_NOT_FROM_COMMON",
          words,
          remedy: "请改用维修资金账户，或改为日常运行维护 5002。",
          field,
        }),
      ];
    }
    if (fund === CUSTODY && !account.startsWith("2")) {
      const words = `${fundName(CUSTODY)}里是别人的钱，不能用作支出。`;
      return [blocks({ code: "CUSTODY_NOT_OURS", words, remedy: "请改用共有资金账户，或选 2241 付出代收款。", field })];
    }
    return [];
  });
}

/** What is left of each account that the ask is charged to. */
function leftFindings(ask: Ask, facts: SpendFacts): Finding[] {
  if (ask.kind !== "payment") {
    return [];
  }
  return [...new Set(ask.lines.map((line) => line.account))].flatMap((account): Finding[] => {
    const left = leftOn(account, ask.bank.fund, facts);
    const wanted = sum(ask.lines.filter((line) => line.account === account).map((line) => line.amount));
    if (left === null || wanted <= left.left) {
      return [];
    }
    const index = ask.lines.findIndex((line) => line.account === account);
    const found = { words: leftInWords(left, facts.year, wanted), field: `lines.${index}.amount` };
    if (left.basis === "owed") {
      const remedy =
        account === DEPOSITS
          ? "开过收据的押金请用“退还押金”；这里只能付出没有收据的那部分。"
          : "负债只能付到账上欠的数为止；请核对金额与科目。";
      return [blocks({ ...found, code: "NOT_OWED", remedy })];
    }
    const remedy = "请减少金额、换一个预算科目，或按程序调整预算；确实不能等的，填写紧急原因，事后由业委会追认。";
    const code = left.limit === 0 ? "BUDGET_NONE" : "BUDGET_EXCEEDED";
    return [
      ask.emergency === ""
        ? blocks({ ...found, code, remedy })
        : warns({ ...found, code, remedy: "紧急支出，须追认。" }),
    ];
  });
}

function leftInWords({ account, basis, limit, paid, reserved, left }: Left, year: number, wanted: Fen): string {
  const name = accountWords(account);
  const waits = reserved === 0 ? "" : `，等待放行 ${displayYuan(reserved)}`;
  const short = `还剩 ${displayYuan(greatest(ZERO, left))} 元，本次 ${displayYuan(wanted)} 元。`;
  if (basis === "owed") {
    return `「${name}」账上欠 ${displayYuan(limit)}${waits}，${short}`;
  }
  return limit === 0 && paid === 0
    ? `「${name}」${year} 年没有预算：无预算不支出。`
    : `「${name}」${year} 年预算 ${displayYuan(limit)}，已付 ${displayYuan(paid)}${waits}，${short}`;
}

const LIMITED: Readonly<
  Partial<Record<SpendKind, { readonly code: string; readonly words: string; readonly remedy: string }>>
> = {
  draw: {
    code: "DRAW_BEYOND_OWED",
    words: "可提取的受托人酬金",
    remedy: "酬金在月份结账时计提，只能提到应付未付的数为止（信托法第三十五条）。",
  },
  refund: {
    code: "REFUND_BEYOND_PAID",
    words: "这一户可退的",
    remedy: "只能退这一户多交、预缴的钱；请核对房号与金额。",
  },
  "deposit-return": {
    code: "DEPOSIT_BEYOND_HELD",
    words: "这一户在押的",
    remedy: "只能退还收进来的押金；请核对房号与金额。",
  },
};

function limitFindings(ask: Ask, facts: SpendFacts): Finding[] {
  const about = LIMITED[ask.kind];
  const limit = facts.limit ?? ZERO;
  const wanted = totalOf(ask);
  if (about === undefined || (wanted > 0 && wanted <= limit)) {
    return [];
  }
  const words = `${about.words}还有 ${displayYuan(greatest(ZERO, limit))} 元，本次 ${displayYuan(wanted)} 元。`;
  return [blocks({ code: about.code, words, remedy: about.remedy, field: "lines.0.amount" })];
}

function payeeFindings(ask: Ask, facts: SpendFacts): Finding[] {
  const { supplier } = ask;
  const field = "payee";
  if (ask.kind !== "payment" || supplier === null) {
    return [];
  }
  const findings: Finding[] = [];
  // What the trustee advanced from its own money it gets back first (信托法 art. 37); nothing else (art. 26, 28).
  if (isTrustee(supplier.name, facts.trustee) && ask.lines.some((line) => line.account !== ADVANCED)) {
    const words = `收款方就是受托人${facts.trustee}：除约定的酬金外，受托人不得从共有资金取得任何利益（信托法第二十六条、第二十八条）。`;
    const remedy = "酬金请用“提取酬金”；归还它垫付的钱请选 2242 受托人垫付款；其他请改为实际的供应商。";
    findings.push(blocks({ code: "SELF_DEALING", words, remedy, field }));
  }
  if (resemblesTrustee(supplier.name, facts.trustee)) {
    const words = `「${supplier.name}」与受托人${facts.trustee}的名称相近。`;
    const remedy = "须有业委会放行：分公司、关联企业收的钱，也是受托人的利益（信托法第二十六条、第二十八条）。";
    findings.push(warns({ code: "TRUSTEE_ALIKE", words, remedy, field }));
  }
  if (!isTrustee(supplier.name, facts.trustee) && ask.lines.some((line) => line.account === ADVANCED)) {
    const words = `2242 受托人垫付款只能还给受托人${facts.trustee}，收款方却是「${supplier.name}」。`;
    findings.push(blocks({ code: "ADVANCE_OF_OTHERS", words, remedy: "请核对收款方，或改选这笔钱的用途。", field }));
  }
  if (supplier.related !== "") {
    const words = `「${supplier.name}」是关联方：${supplier.related}。`;
    findings.push(
      warns({ code: "RELATED_PARTY", words, remedy: "须有业委会放行，价格应当公平（信托法第二十八条）。", field }),
    );
  }
  if (!supplier.isActive) {
    const words = `「${supplier.name}」已停用。`;
    findings.push(
      blocks({ code: "SUPPLIER_RETIRED", words, remedy: "请换一个供应商，或先在供应商名册里恢复它。", field }),
    );
  }
  return findings;
}

/** Where running maintenance is charged; big and medium repair may not be. */
const MAINTENANCE = "5002";

/** Big or medium repair that would be charged to the owners' fees (物业服务收费管理办法 art. 11). */
function bigRepairFindings(ask: Ask, settings: SpendSettings): Finding[] {
  if (ask.kind !== "payment" || ask.bank.fund !== COMMON) {
    return [];
  }
  const text = normalName([ask.purpose, ...ask.lines.map((line) => line.memo)].join("、"));
  const word = settings.bigRepairWords.find((each) => text.includes(each));
  const charged = sum(ask.lines.filter((line) => line.account === MAINTENANCE).map((line) => line.amount));
  const remedy = "大修、中修和更新、改造只能用维修资金（物业服务收费管理办法第十一条）：请改用维修资金账户。";
  if (word !== undefined) {
    return [blocks({ code: "BIG_REPAIR", words: `用途写有“${word}”，不能由共有资金支付。`, remedy, field: "bank" })];
  }
  if (charged < settings.bigRepairFrom) {
    return [];
  }
  const words = `一次 ${displayYuan(charged)} 元的运行维护按大修、中修看待（${displayYuan(settings.bigRepairFrom)} 元起），不能由共有资金支付。`;
  return [blocks({ code: "BIG_REPAIR", words, remedy, field: "bank" })];
}

function resolutionFindings(ask: Ask, facts: SpendFacts, settings: SpendSettings): Finding[] {
  const field = "resolution";
  if (ask.resolution !== "") {
    return namedFindings(ask.resolution, facts);
  }
  if (isRepairWork(ask)) {
    return [];
  }
  const remedy = "请从登记簿里选业主大会的决议；确实不能等的，填写紧急原因，事后追认。";
  const found: Found[] = [];
  if (ask.kind === "payment" && ask.lines.some((line) => line.account === WITH_CONSENT)) {
    const words = "5009 经业主同意的其他费用必须写明业主决议（物业服务收费管理办法第十一条）。";
    found.push({ code: "RESOLUTION_MISSING", words, remedy, field });
  } else if (needsOf(ask, facts, settings).resolution) {
    const words = "信托合同约定这个金额须有业主决议。";
    found.push({ code: "RESOLUTION_MISSING", words, remedy, field });
  }
  return [...found.map(ask.emergency === "" ? blocks : warns), ...transferResolution(ask, facts)];
}

/** A resolution that is named must be in the register, and hold. */
function namedFindings(number: string, { resolution }: SpendFacts): Finding[] {
  const field = "resolution";
  if (resolution === null) {
    const words = `决议登记簿里没有编号为「${number}」的决议。`;
    const remedy = "请从登记簿里选一项；账搬来以前的决议，由业委会先登记。";
    return [blocks({ code: "RESOLUTION_UNKNOWN", words, remedy, field })];
  }
  if (resolution.voided !== null) {
    const words = `决议 ${number} 已经作废，不能再依据它付款。`;
    return [blocks({ code: "RESOLUTION_VOID", words, remedy: "请选另一项决议，或交业主大会重新决定。", field })];
  }
  return [];
}

/**
 * The repair fund pays for what the owners decided, up to what they decided (民法典 art. 278 item 5, 281). What cannot
 * wait may be paid before and is ratified.
 */
function projectFindings(ask: Ask, facts: SpendFacts): Finding[] {
  const isUnfounded = ask.resolution !== "" && (facts.resolution === null || facts.resolution.voided !== null);
  if (!isRepairWork(ask) || isUnfounded) {
    return [];
  }
  const { project } = facts;
  const field = "resolution";
  if (project === null && isEarlierUse(facts.resolution)) {
    const words = `决议 ${ask.resolution} 作出时账还不在这里，没有开立项目，系统不能核对还剩多少。`;
    return [warns({ code: "PROJECT_UNBOUNDED", words, remedy: "请对照决议原件核对金额。", field })];
  }
  if (project === null) {
    const words =
      ask.resolution === ""
        ? "从维修资金付款要有业主大会使用维修资金的决议（民法典第二百七十八条）。"
        : `决议 ${ask.resolution} 没有开立维修资金项目。`;
    const remedy = "请选使用维修资金的决议；确实不能等的，填写紧急原因，事后追认。";
    return [(ask.emergency === "" ? blocks : warns)({ code: "PROJECT_MISSING", words, remedy, field })];
  }
  if (!isOpen(project)) {
    const words = `维修资金项目「${project.name}」已经结束。`;
    return [blocks({ code: "PROJECT_OVER", words, remedy: "需要再用维修资金，请另作决议。", field })];
  }
  return [...projectAccountFindings(ask, project), ...projectLeftFindings(ask, facts, project)];
}

/** Work that was decided before the books were kept here goes on. */
function isEarlierUse(resolution: Resolution | null): boolean {
  return resolution?.body === "earlier" && resolution.kind === "use-repair-fund";
}

/** A payment out of the repair fund that is more than giving back what the fund owes. */
function isRepairWork({ kind, bank, lines }: Ask): boolean {
  return kind === "payment" && bank.fund === REPAIR && lines.some(({ account }) => !account.startsWith("2"));
}

function projectAccountFindings(ask: Ask, { name, accounts }: ProjectState): Finding[] {
  return ask.lines.flatMap(({ account }, index) => {
    const words = `决议没有准许项目「${name}」列支 ${account}。`;
    const remedy = `这个项目可以列支：${accounts.join("、")}。`;
    const field = `lines.${index}.account`;
    const isOther = account.startsWith("5") && !accounts.includes(account);
    return !isOther ? [] : [blocks({ code: "PROJECT_ACCOUNT", words, remedy, field })];
  });
}

function projectLeftFindings(ask: Ask, { waiting }: SpendFacts, project: ProjectState): Finding[] {
  const reserved = reservedOf(project.resolution, waiting);
  const left = leftOf(project, reserved);
  if (totalOf(ask) <= left) {
    return [];
  }
  const parts = `决议 ${displayYuan(project.amount)} 元，已付 ${displayYuan(project.paid)} 元，待放行 ${displayYuan(reserved)} 元`;
  const words = `项目「${project.name}」只剩 ${displayYuan(left)} 元（${parts}）。`;
  const remedy = "请减少金额，或交业主大会追加。";
  return [blocks({ code: "PROJECT_EXCEEDED", words, remedy, field: "lines.0.amount" })];
}

/** Money that leaves a fund for another, beyond what was swept, is used for what it was not given for. */
function transferResolution(ask: Ask, facts: SpendFacts): Finding[] {
  if (ask.kind !== "transfer" || ask.to === null || ask.to.fund === ask.bank.fund) {
    return [];
  }
  const isSweep = ask.bank.fund === COMMON && ask.to.fund === REPAIR;
  if (isSweep && totalOf(ask) <= facts.sweepOwed) {
    return [];
  }
  const words = isSweep
    ? `待划转的盈余是 ${displayYuan(greatest(ZERO, facts.sweepOwed))} 元，超出的部分须有业主决议。`
    : `把${fundName(ask.bank.fund)}转作${fundName(ask.to.fund)}须有业主决议（民法典第二百七十八条）。`;
  return [blocks({ code: "RESOLUTION_MISSING", words, remedy: "请填写决议，或核对金额与账户。", field: "resolution" })];
}

const INVOICE_NUMBER = /^[0-9A-Za-z-]{4,40}$/;

function invoiceFindings(ask: Ask, facts: SpendFacts): Finding[] {
  const found = ask.invoices.flatMap((invoice, index): Finding[] => {
    const field = `invoices.${index}.number`;
    const { number } = invoice;
    if (!INVOICE_NUMBER.test(number)) {
      const words = `「${number}」不像发票号码。`;
      return [blocks({ code: "INVOICE_INVALID", words, remedy: "数电票是 20 位数字；没有发票号码就留空。", field })];
    }
    const used =
      ask.invoices.findIndex((other) => other.number === number) < index ? "这份申请" : facts.usedInvoices.get(number);
    if (used !== undefined) {
      const words = `发票 ${number} 已经用在${used}里，一张发票只能付一次。`;
      return [blocks({ code: "INVOICE_USED", words, remedy: "请核对发票；若原来那笔有误，先更正它。", field })];
    }
    return [
      ...codeFindings(ask, number, field),
      ...sellerFindings(ask, facts, number, field),
      ...redFindings(ask, facts, invoice, field),
    ];
  });
  return [...found, ...invoiceTotal(ask), ...missingVoucher(ask)];
}

/** Invoices of the older kinds are known by code and number; the number alone is another text for the same invoice. */
function codeFindings(ask: Ask, number: string, field: string): Finding[] {
  if (!/^\d{8}$/u.test(number)) {
    return [];
  }
  const words = `「${number}」像是旧式发票的 8 位号码，缺少发票代码，查不出这张发票是不是已经用过。`;
  const remedy = "请连同 10 位或 12 位发票代码一起填写；票上确实没有代码的，请确认。";
  return [asks(ask, { code: "INVOICE_CODE_MISSING", words, remedy, field })];
}

/** An invoice of somebody else than who is paid: an agent, or a mistake, or worse. */
function sellerFindings(ask: Ask, facts: SpendFacts, number: string, field: string): Finding[] {
  const seller = facts.sellers.get(number) ?? "";
  if (ask.supplier === null || seller === "" || normalName(seller) === ask.supplier.name) {
    return [];
  }
  const words = `发票 ${number} 是「${seller}」开的，收款方却是「${ask.supplier.name}」。`;
  return [warns({ code: "SELLER_OTHER", words, remedy: "请核对收款方。", field })];
}

/** A red invoice takes back a blue one, of this ask or booked before, and never more than it. */
function redFindings(ask: Ask, facts: SpendFacts, red: Invoice, field: string): Finding[] {
  if (!isRed(red)) {
    return [];
  }
  const here = ask.invoices.find((other) => other.number === red.nets && !isRed(other));
  if (here === undefined && !facts.blueInvoices.has(red.nets)) {
    const words = `红字发票 ${red.number} 没有对应的蓝字发票${red.nets === "" ? "" : ` ${red.nets}`}。`;
    return [
      blocks({ code: "RED_WITHOUT_BLUE", words, remedy: "请填写它冲销的蓝字发票号码，并把那张发票一起提交。", field }),
    ];
  }
  const blue = here === undefined ? (facts.blueInvoices.get(red.nets) ?? null) : here.amount;
  const back = sum(
    ask.invoices.filter((other) => isRed(other) && other.nets === red.nets).map((other) => other.amount ?? ZERO),
  );
  if (blue !== null && add(blue, back) < 0) {
    const words = `红字发票冲销 ${displayYuan(negate(back))} 元，超过蓝字发票 ${red.nets} 的 ${displayYuan(blue)} 元。`;
    return [blocks({ code: "RED_BEYOND_BLUE", words, remedy: "请核对两张发票的金额。", field })];
  }
  return [];
}

function isRed(invoice: Invoice): boolean {
  return invoice.nets !== "" || (invoice.amount ?? ZERO) < 0;
}

/** With all amounts known, no more may be paid than the invoices come to, red ones taken off. */
function invoiceTotal(ask: Ask): Finding[] {
  const amounts = ask.invoices.flatMap((invoice) => (invoice.amount === null ? [] : [invoice.amount]));
  const total = sum(amounts);
  if (ask.kind !== "payment" || amounts.length === 0 || amounts.length < ask.invoices.length || totalOf(ask) <= total) {
    return [];
  }
  const words = `发票合计 ${displayYuan(total)} 元，申请 ${displayYuan(totalOf(ask))} 元。`;
  const found = { code: "INVOICE_TOO_SMALL", words, field: "lines.0.amount" };
  return ask.invoices.some(isRed)
    ? [blocks({ ...found, remedy: "有红字发票时，最多只能付冲抵后的数。" })]
    : [asks(ask, { ...found, remedy: "请核对金额；多出的部分确实没有发票的，确认后可以提交。" })];
}

function missingVoucher(ask: Ask): Finding[] {
  const isProven = ask.vouchers.length > 0 || ask.invoices.length > 0;
  // The draw rests on the deed and what the close earned: no supplier gives a paper for it.
  if (isProven || ask.kind !== "payment") {
    return [];
  }
  const remedy = "请拍照或选择文件；没有凭证的支出会在公示里列为“需要您知道的事”。";
  return [warns({ code: "VOUCHER_MISSING", words: "没有凭证。", remedy, field: "vouchers" })];
}

/** A photo that proved another payment already: a bill that is paid in parts, or one that is paid twice. */
function usedVoucherFindings(ask: Ask, { usedVouchers }: SpendFacts): Finding[] {
  const spends = [...new Set(ask.vouchers.flatMap((sha) => usedVouchers.get(sha) ?? []))];
  if (spends.length === 0) {
    return [];
  }
  const words = `同一份凭证已经用在${spends.map((id) => `第 ${id} 号申请`).join("、")}里。`;
  const remedy = "请确认不是同一笔，例如一张单据分几次付。";
  return [asks(ask, { code: "VOUCHER_USED", words, remedy, field: "vouchers" })];
}

/** Whom the desk sees as the payee: the books may call a person otherwise. */
function nameOf(ask: Ask): string {
  return ask.supplier?.name ?? ask.payee;
}

function neighbourFindings(ask: Ask, facts: SpendFacts, settings: SpendSettings): Finding[] {
  if (ask.kind !== "payment") {
    return [];
  }
  const amount = totalOf(ask);
  const days = [ask.day, bookingDay(ask, facts.today)];
  const twin = facts.neighbours.find((other) => other.amount === amount && days.includes(other.day));
  const split = splitIn(ask, facts, settings);
  return [
    ...(twin === undefined
      ? []
      : [
          asks(ask, {
            code: "TWIN",
            words: `同一天向「${nameOf(ask)}」付同样的 ${displayYuan(amount)} 元，已有${twin.what}。`,
            remedy: "请确认不是同一笔。",
            field: "lines.0.amount",
          }),
        ]),
    ...(split === null
      ? []
      : [
          warns({
            code: "SPLIT",
            words: `${settings.splitWithin} 天内向「${nameOf(ask)}」有 ${split.count} 笔，各不超过 ${displayYuan(split.limit)} 元，合计 ${displayYuan(split.total)} 元。`,
            remedy: "按合计所在的金额档放行。",
            field: "lines.0.amount",
          }),
        ]),
  ];
}

function cashFindings(ask: Ask, facts: SpendFacts): Finding[] {
  const others = facts.waiting.filter((other) => other.bank === ask.bank.code && other.kind !== "correction");
  const free = subtract(facts.cash, sum(others.map(totalOf)));
  if (ask.kind === "correction" || totalOf(ask) <= free) {
    return [];
  }
  const words = `${ask.bank.name}账面余额 ${displayYuan(facts.cash)} 元，除去等待放行的还有 ${displayYuan(free)} 元。`;
  const found = { code: "CASH_SHORT", words, field: "bank" };
  // Receipts may not be entered yet when a bill is asked for; a transfer has no such excuse.
  if (ask.kind === "transfer") {
    return [blocks({ ...found, remedy: "划转不能超过账户里的钱。" })];
  }
  // A trust account has no overdraft: what left in an emergency was there, and its receipts are missing in the books.
  return totalOf(ask) > facts.cash && ask.emergency === ""
    ? [warns({ ...found, code: CASH_MISSING, remedy: "放行之前，请先把已到账的收款入账（例如导入银行流水）。" })]
    : [warns({ ...found, remedy: "请确认收款都已登记。" })];
}

function emergencyFindings(ask: Ask): Finding[] {
  if (ask.emergency === "") {
    return [];
  }
  const field = "emergency";
  return ask.kind === "payment"
    ? [
        warns({
          code: "EMERGENCY",
          words: `紧急支出：${ask.emergency}。`,
          remedy: "放行后须由业委会追认，追认前一直列为待办。",
          field,
        }),
      ]
    : [
        blocks({
          code: "EMERGENCY_NOT_POSSIBLE",
          words: `${KIND_NAMES[ask.kind]}没有紧急办法。`,
          remedy: "请清空紧急原因。",
          field,
        }),
      ];
}

/** What a correction may not do by the way: the rules of payments hold for where the money is booked again. */
function correctionFindings(ask: Ask, facts: SpendFacts): Finding[] {
  const { wrong } = ask;
  if (ask.kind !== "correction" || wrong === null) {
    return [];
  }
  const findings: Finding[] = [];
  const other = facts.waiting.find(({ corrects }) => corrects === wrong.seq);
  if (other !== undefined) {
    const words = `记账凭证 ${wrong.code} 已有第 ${other.id} 号更正申请在等待放行。`;
    findings.push(blocks({ code: "CORRECTION_WAITING", words, remedy: "请等它放行，或先撤回它。", field: "entry" }));
  }
  if (facts.limit !== null && totalOf(ask) > facts.limit) {
    const words = `记账凭证 ${wrong.code} 收的 ${displayYuan(totalOf(ask))} 元里，只有 ${displayYuan(greatest(ZERO, facts.limit))} 元没有退还过。`;
    const remedy = "退还过（或正在退还）的钱不能再冲销；退还有误的，请先更正退还的那张记账凭证。";
    findings.push(blocks({ code: "RECEIPT_GIVEN_BACK", words, remedy, field: "entry" }));
  }
  if (wrong.account === WITH_CONSENT && wrong.resolution === "") {
    const words = `记账凭证 ${wrong.code} 没有业主决议，不能改记到 5009。`;
    const remedy = "请只冲销它，再凭决议重新申请付款。";
    findings.push(blocks({ code: "RESOLUTION_MISSING", words, remedy, field: "account" }));
  }
  const left = wrong.account.startsWith("5") ? leftOn(wrong.account, ask.bank.fund, facts) : null;
  if (left !== null && totalOf(ask) > left.left) {
    const words = leftInWords(left, facts.year, totalOf(ask));
    // What was spent was spent: the books must say on what, and the statement says that the line is exceeded.
    findings.push(warns({ code: "BUDGET_EXCEEDED", words, remedy: "更正后这个科目会超出预算。", field: "account" }));
  }
  return findings;
}

/** What a check says: while typing, and when something was asked for. */
export interface Checked {
  readonly ask: Ask;
  readonly facts: SpendFacts;
  readonly findings: readonly Finding[];
  readonly needs: Needs;
  /** What is left of each of its lines, without what it asks for itself. */
  readonly lefts: readonly Left[];
}
