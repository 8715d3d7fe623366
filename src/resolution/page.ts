// The register in words: what was decided and from when, what rests on it, what waits for another side's word.
import { displayText, displayYuan, fromYuan, subtract, sum, ZERO } from "../base/money.ts";
import { day, month, spokenDay, spokenMonth, type Day } from "../base/month.ts";
import { roleName } from "../door/rules.ts";
import { accountWords } from "../ledger/rules.ts";
import { isMatterKind, matterName } from "../tally/rules.ts";
import { bodyName, decisionHref, resolutionHref, resultHref, type Body, type Speaker } from "./rules.ts";

interface ResolutionWords {
  readonly number: string;
  readonly body: Body;
  readonly kind: string;
  readonly title: string;
  readonly decidedOn: string;
  readonly assembly: number | null;
  readonly decision: number | null;
  readonly voidFrom: string | null;
}

/** The register has kinds of matters, and the committee's own decisions. */
function kindWords(kind: string): string {
  return isMatterKind(kind) ? matterName(kind) : "业委会的决定";
}

function row(community: string, resolution: ResolutionWords) {
  const { number, body, kind, title, decidedOn, voidFrom } = resolution;
  return {
    number,
    href: resolutionHref(community, number),
    title,
    kind: kindWords(kind),
    body: bodyName(body),
    day: spokenDay(day(decidedOn)),
    isVoid: voidFrom !== null,
    voidWords: voidFrom === null ? "" : `已作废，从${spokenMonth(month(voidFrom))}起不再有效`,
    voidHref: `/desk/${community}/resolutions/void?number=${encodeURIComponent(number)}`,
  };
}

interface ProjectWords {
  readonly resolution: string;
  readonly name: string;
  readonly amount: string;
  readonly paid: string;
  readonly accounts: readonly string[];
  readonly state: "open" | "ended" | "void";
}

const PROJECT_STATES = { open: "在用", ended: "已结束", void: "决议已作废" } as const;

function projectCard(community: string, project: ProjectWords) {
  const { resolution, name, amount, paid, accounts, state } = project;
  const left = subtract(fromYuan(amount), fromYuan(paid));
  return {
    name,
    href: resolutionHref(community, resolution),
    number: resolution,
    amount: displayText(amount),
    paid: displayText(paid),
    left: displayYuan(state === "open" ? left : ZERO),
    accounts: accounts.map(accountWords).join("、"),
    isOpen: state === "open",
    state: PROJECT_STATES[state],
    endHref: `/desk/${community}/resolutions/end?number=${encodeURIComponent(resolution)}`,
  };
}

/** The register as a list, with the projects that may still be paid for and the handovers that are coming. */
export function resolutionPage({
  community,
  items,
  projects,
  handovers,
}: {
  readonly community: string;
  readonly items: readonly ResolutionWords[];
  readonly projects: readonly ProjectWords[];
  readonly handovers: readonly {
    readonly day: Day;
    readonly company: string;
    readonly outgoing: string;
    readonly resolution: string;
  }[];
}) {
  return {
    resolutions: items.map((each) => row(community, each)),
    projects: projects.map((each) => projectCard(community, each)),
    handovers: handovers.map((each) => ({
      words: `从${spokenDay(each.day)}起由「${each.company}」管理，「${each.outgoing}」正在交接`,
      href: resolutionHref(community, each.resolution),
    })),
  };
}

interface ShownResolution extends ResolutionWords {
  readonly text: string;
  readonly document: string | null;
  readonly voided: {
    readonly from: string;
    readonly reason: string;
    readonly document: string | null;
    readonly successor: string | null;
  } | null;
  readonly changes: readonly string[];
  /** Why it could not be carried out; "" when it was. */
  readonly refused: string;
  readonly from: string | null;
  readonly statement: boolean;
  readonly payments: readonly {
    readonly day: string;
    readonly month: string;
    readonly account: string;
    readonly amount: string;
    readonly isPublished: boolean;
  }[];
}

const documentHref = (community: string, sha: string | null): string =>
  sha === null ? "" : `/c/${community}/vouchers/${sha}`;

/** One resolution on its public page. */
export function resolutionCard(community: string, shown: ShownResolution, project: ProjectWords | null) {
  const { text, assembly, decision, document, voided, changes, refused, from, statement, payments } = shown;
  const isPublic = voided?.document ?? null;
  const successor = voided?.successor ?? null;
  return {
    ...row(community, shown),
    paragraphs: text.split("\n").filter((line) => line !== ""),
    resultHref: assembly === null ? "" : resultHref(community, assembly),
    decisionHref: decision === null ? "" : decisionHref(community, decision),
    isEarlier: shown.body === "earlier",
    documentHref: documentHref(community, document),
    changes,
    hasChanges: changes.length > 0,
    refused,
    from: from === null ? "" : `从${spokenMonth(month(from))}起`,
    statementHref: from !== null && statement ? `/c/${community}/${from}` : "",
    voidReason: voided?.reason ?? "",
    voidDocumentHref: documentHref(community, isPublic),
    successor: successor === null ? null : { number: successor, href: resolutionHref(community, successor) },
    project: project === null ? null : projectCard(community, project),
    payments: payments.map((payment) => ({
      day: spokenDay(day(payment.day)),
      account: accountWords(payment.account),
      amount: displayText(payment.amount),
      href: payment.isPublished ? `/c/${community}/${payment.month}/paid/${payment.account}` : "",
    })),
    paidTotal: displayYuan(sum(payments.map(({ amount }) => fromYuan(amount)))),
  };
}

interface ProposalWords {
  readonly id: number;
  readonly act: "record" | "void";
  readonly title: string;
  readonly number: string | null;
  readonly kind: string | null;
  readonly text: string;
  readonly decidedOn: string | null;
  readonly from: string | null;
  readonly document: string | null;
  readonly successor: string | null;
  readonly side: Speaker;
  readonly isOwn: boolean;
  readonly mayAnswer: boolean;
}

/** What waits for another side's word. */
export function proposalCard(community: string, proposal: ProposalWords) {
  const { id, act, title, number, kind, text, decidedOn, from, document, successor, side, isOwn, mayAnswer } = proposal;
  return {
    id,
    isVoid: act === "void",
    title,
    what: act === "void" ? `从${spokenMonth(month(from ?? ""))}起作废` : `登记既往决议：${kindWords(kind ?? "")}`,
    day: decidedOn === null ? "" : spokenDay(day(decidedOn)),
    text,
    side: roleName(side),
    href: `/desk/${community}/resolutions/proposals/${id}`,
    numberHref: number === null ? "" : resolutionHref(community, number),
    document: document ?? "",
    successor: successor === null ? null : { number: successor, href: resolutionHref(community, successor) },
    documentHref: document === null ? "" : `/desk/${community}/vouchers/${document}`,
    isOwn,
    mayAnswer,
  };
}
