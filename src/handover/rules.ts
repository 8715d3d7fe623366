// 交接: when the owners decide that another company manages, what the one that leaves hands over, and by when. Pure.
import { plusDays, type Day } from "../base/month.ts";

export interface Handover {
  readonly resolution: string;
  /** The company that leaves, and the one that takes over. */
  readonly outgoing: string;
  readonly company: string;
  /** From this day on the new company manages. */
  readonly day: Day;
  readonly startedOn: Day;
  readonly isVoid: boolean;
}

/** Days of written notice when the owners dismiss, or an indefinite contract ends (民法典 arts. 946, 948). */
export const NOTICE_DAYS = 60;
/** Days of written notice of a company that does not want to renew (民法典 art. 947). */
const RENEWAL_DAYS = 90;

/** Until when the company must have the owners' written notice, unless its contract says otherwise. */
export function noticeBy(day: Day): Day {
  return plusDays(day, -NOTICE_DAYS);
}

/** Until when a company that does not renew must have told the owners. */
export function renewalBy(day: Day): Day {
  return plusDays(day, -RENEWAL_DAYS);
}

/** What is handed over besides the books (民法典 art. 949, 物业管理条例 arts. 29, 38): things that no system can count. */
export const PAPERS: readonly string[] = [
  "物业服务用房和相关设施",
  "竣工总平面图、单体建筑与设备竣工图、地下管网图等竣工验收资料",
  "设施设备的安装、使用和维护保养资料，质量保修和使用说明文件",
  "业主和房屋资料、装修管理资料、各类合同原件、钥匙与系统账号",
];
