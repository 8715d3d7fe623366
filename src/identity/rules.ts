// Whose an owner's account is, who may say so, and what its owner should know of others. Pure.
import { Refusal } from "../base/refusal.ts";
import { rolesIn, type Actor } from "../door/rules.ts";

/** Somebody saw the owner behind the account. */
export interface Check {
  readonly by: string;
  readonly at: string;
}

/** An account's membership as one owner of the register. */
export interface OwnerAccount {
  /** The membership's. */
  readonly id: string;
  readonly account: string;
  readonly owner: string;
  readonly display: string;
  readonly since: string;
  /** Who printed the letter whose code it joined with. */
  readonly printedBy: string;
  /** An operator let it set a new password since it joined. */
  readonly wasReset: boolean;
  /** The check that counts: of this membership, after the last new password. */
  readonly check: Check | null;
}

export const HINDRANCES = ["trustee", "own", "letter", "reset"] as const;
export type Hindrance = (typeof HINDRANCES)[number];

/** Who would check. */
export interface Checker {
  readonly actor: Actor;
  readonly community: string;
  /** Who alone let in somebody that is supervisor and nothing else there; "" for all others. */
  readonly letInBy: string;
}

/**
 * Why somebody may not check an account, so that nobody makes a voter alone: the trustee never, nobody one's own, nobody
 * who knew the code that it joined with or got its password back, and no supervisor whom that very person brought in.
 */
export function hindranceOf(
  { account, printedBy, wasReset }: Pick<OwnerAccount, "account" | "printedBy" | "wasReset">,
  { actor, community, letInBy }: Checker,
): Hindrance | null {
  if (rolesIn(actor, community).includes("trustee")) {
    return "trustee";
  }
  if (account === actor.id) {
    return "own";
  }
  if (printedBy !== "" && [actor.id, letInBy].includes(printedBy)) {
    return "letter";
  }
  return wasReset && actor.operator ? "reset" : null;
}

const HINDRANCE_WORDS: Readonly<Record<Hindrance, string>> = {
  trustee: "物业的人不能核对业主账号",
  own: "这是您自己的账号",
  letter: "邀请信是您自己或请您当监察人的委员印的",
  reset: "它的密码由系统管理员重置过，而您是系统管理员",
};

export function hindranceWords(hindrance: Hindrance): string {
  return HINDRANCE_WORDS[hindrance];
}

/** Refuses unless somebody may check all of these accounts now. */
export function assertMayCheck(accounts: readonly OwnerAccount[], checker: Checker): void {
  for (const each of accounts) {
    const hindrance = hindranceOf(each, checker);
    if (hindrance !== null) {
      throw new Refusal(
        {
          code: "CHECK_NOT_YOURS",
          column: "members",
          message: `「${each.display}」不能由您核对：${hindranceWords(hindrance)}。`,
          remedy: "请另一位业委会委员或监察人核对。",
        },
        403,
      );
    }
    if (each.check !== null) {
      const message = `「${each.display}」已经核对过了。`;
      throw new Refusal(
        { code: "CHECKED_ALREADY", column: "members", message, remedy: "请刷新页面，看还有谁没有核对。" },
        409,
      );
    }
  }
}

/** Another account of the same home, as its owner is told of it. */
export interface OtherAccount {
  readonly since: string;
  /** It was opened after one's own. */
  readonly isNewer: boolean;
}

/** For how many days owners are told of another account of their home, from when the younger of both was opened. */
export const TOLD_DAYS = 90;

/** Of which other accounts an owner is told: where the younger of both is not older than `from`. */
export function othersToTell(own: string, others: readonly string[], from: string): OtherAccount[] {
  return others.map((since) => ({ since, isNewer: since >= own })).filter(({ since }) => since > from || own > from);
}
