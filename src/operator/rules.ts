// What whoever runs the installation may not do to it. Pure.
import { refuse } from "../base/refusal.ts";
import type { Actor } from "../door/rules.ts";

/** Who disables oneself would leave nobody to undo it. */
export function assertMayDisable(account: string, actor: Actor): void {
  if (account === actor.id) {
    throw refuse("NOT_ONESELF", "不能停用自己的账号。", "请由另一位系统管理员来做。", 409);
  }
}
