// What was done, in plain words. Every event that a room writes has a line here.
import { displayYuan, parseYuan } from "../base/money.ts";
import { roleName, type Role } from "../door/rules.ts";

/** By the name that `note` is given; `{…}` are its details. */
export const EVENTS: Readonly<Record<string, string>> = {
  "sign-in": "登录",
  "sign-in refused": "登录被拒绝：密码不对，或账号已停用",
  "sign-out": "退出登录",
  "sign-out everywhere": "在所有设备上退出登录",
  "session ended": "退出了一台设备：{device}",
  "password changed": "修改了密码",
  "key bound": "绑定了动态口令",
  "key refused": "动态口令不对",
  "token made": "新建接口令牌：{label}",
  "token revoked": "作废了一个接口令牌",

  "member proposed": "提议 {label} 为{role}",
  "member confirmed": "确认 {label} 为{role}",
  "code told": "取了给 {label}（{role}）的邀请码",
  "invitation revoked": "撤回或否决了 {label} 为{role}的提议",
  joined: "用邀请码加入，身份是{role} {unit}",
  "member ended": "结束了 {who} 的{role}身份 {reason}",
  "owners invited": "印了 {count} 封业主邀请信：{units}",
  "owners checked": "核对了 {count} 个业主账号是本人：{units}",
  "operator invited": "邀请另一位系统管理员",
  "auditor link made": "给 {label} 一个审计链接，{days} 天有效",
  "auditor link opened": "打开了审计链接：{label}",
  "auditor link revoked": "收回了给 {label} 的审计链接",

  "account disabled": "停用了 {who} 的账号",
  "account enabled": "恢复了 {who} 的账号",
  "reset asked": "为 {account} 发起密码重置",
  "reset agreed": "同意为 {account} 重置密码",
  "reset declined": "不同意为 {account} 重置密码",
  "reset revoked": "取消了 {account} 的密码重置",
  "reset told": "取了 {account} 重置密码的一次性码",
  "reset done": "用一次性码设了新密码，动态口令要重新绑定",

  "bills made": "出了 {month} 的账单，共 {count} 张，{total} 元",
  "receipt given": "收款 {amount} 元，收据 No. {number}",
  "reminders sent": "印了 {units} 户的催缴信",
  "unit placed under rule": "{unit} 从 {from} 起适用减免规则：{rule}",
  "contract recorded": "登记公共收益合同：{place}",
  "contract ended": "提前终止第 {contract} 份公共收益合同：{reason}",
  "revenue waiver": "同意第 {contract} 份公共收益合同 {due} 应收的一期不再收，还要另一方也同意：{reason}",
  "revenue waived": "双方都同意第 {contract} 份公共收益合同 {due} 应收的一期不再收：{reason}",
  "revenue linked": "把记账凭证 {entry} 对应到合同 {due} 的应收",

  "plan begun": "开始编 {year} 年预算",
  "plan terms changed": "改了 {year} 年预算的收入和说明",
  "plan line refused": "预算的一条没有存成：{reason}",
  "plan line saved": "写了 {year} 年预算第 {line} 条：{title}",
  "plan line removed": "删去 {year} 年预算第 {line} 条",
  "plan published": "公布 {year} 年预算第 {version} 版：{summary}",
  "plan comment period set": "{year} 年预算征求意见：{from} 到 {until}",
  "plan commented": "对 {year} 年预算提了第 {comment} 号意见",
  "plan comment answered": "答复 {year} 年预算第 {comment} 号意见",
  "plan comment hidden": "隐藏 {year} 年预算第 {comment} 号意见：{reason}",
  "plan comment shown": "重新显示 {year} 年预算第 {comment} 号意见：{reason}",
  "plan frozen": "{year} 年预算第 {version} 版定稿，等待表决",
  "plan reopened": "{year} 年预算重新开放修改：{reason}",

  "voucher uploaded": "上传凭证：{name}",
  "voucher redacted": "定了凭证 {voucher} 的公开副本，第 {version} 版：{reason}",
  "voucher uncovered": "重新公开凭证 {voucher} 上遮盖过的内容，第 {version} 版：{reason}",
  "voucher superseded": "用新凭证代替了旧的：{reason}",
  "voucher original opened": "打开了一张凭证的原件",

  "spend asked": "提出第 {id} 号付款申请，{amount} 元",
  "spend released": "放行第 {id} 号申请",
  "spend paid": "第 {id} 号申请各方已放行，记账付款",
  "spend key taken back": "收回对第 {id} 号申请的放行",
  "spend refused": "退回第 {id} 号申请：{reason}",
  "spend withdrawn": "撤回第 {id} 号申请：{reason}",
  "spend ratified": "追认第 {id} 号紧急支出",
  "spend declined": "不追认第 {id} 号紧急支出",
  "supplier recorded": "登记供应商：{name}",
  "supplier changed": "修改供应商：{name}",
  "decision proposed": "提出业委会决定：{title}",
  "decision voted": "表决第 {id} 项业委会决定",
  "decision passed": "业委会决定 {number} 通过：{title}",
  "decision failed": "第 {id} 项业委会决定没有通过",
  "decision posted": "登记第 {id} 项业委会决定已张贴公告",
  "difference explained": "说明 {year} 年决算差额：{account}",
  "bank matched": "配对{bank}的银行流水",
  "bank unmatched": "取消{bank}的一组配对：{reason}",

  "bank file imported": "导入{bank}的银行流水，新增 {added} 笔",
  "bank file imported across a gap":
    "导入{bank}的银行流水，新增 {added} 笔；与已导入的流水接不上，仍然导入的原因：{reason}",
  "bank recall asked": "提出撤回「{name}」第 {number} 次导入的银行流水，等另一方确认：{reason}",
  "bank import taken back":
    "撤回「{name}」第 {number} 次导入的银行流水，{lines} 笔不再计入，撤销 {unmatched} 组配对：{reason}",
  "bank layout set": "定了{bank}流水的列对应",
  "bank number set": "登记了{bank}的银行账号",
  "bank receipt booked": "按{bank}流水第 {line} 笔入账 {amount} 元，记为{as}，记账凭证 {code}",
  "suspense identified": "查明待查款项 {entry}，改记为{as}，记账凭证 {code}",
  "reconciliation finished": "完成{bank} {month} 的对账，余额 {balance} 元",
  "resolution proposed": "提出登记既往决议：{title}",
  "resolution recorded": "登记决议 {number}：{title}",
  "resolution declined": "退回了一份决议提议：{reason}",
  "resolution withdrawn": "撤回了一份决议提议",
  "void proposed": "提出从 {from} 起作废决议 {number}：{reason}",
  "resolution voided": "从 {from} 起作废决议 {number}：{reason}",
  "project ended": "结束维修资金项目：{name} {reason}",
  "assembly refused": "业主大会的一步没有做成：{reason}",
  "assembly drafted": "起草业主大会：{title}",
  "assembly edited": "修改业主大会的草案：{title}",
  "call signed": "上传了「{title}」的联名书",
  "call said": "{word}（业主大会「{title}」）",
  "matter put": "加了一项要表决的事项：{title}",
  "matter edited": "修改了一项要表决的事项：{title}",
  "matter removed": "去掉了一项要表决的事项：{title}",
  "assembly withdrawn": "撤回业主大会「{title}」：{reason}",
  "assembly noticed": "发出业主大会「{title}」的通知，名册 {heads} 人，指纹 {fingerprint}…",
  "deliveries recorded": "登记「{title}」的通知送达 {count} 位业主",
  "deliveries checked": "核对了「{title}」的一份送达证明，{count} 位业主",
  "notice read": "确认看到「{title}」的通知和表决票",
  "votes counted": "结束投票并计票：{title}",
  "count refused": "计票没有成功：{reason}",
  "objection raised": "对表决结果提出第 {id} 条异议",
  "objection refused": "异议没有受理：{reason}",
  "objection hidden": "隐藏第 {id} 条异议的文字：{reason}",
  "objection shown": "重新显示第 {id} 条异议的文字：{reason}",
  "objection held right": "认为第 {id} 条异议成立，等第二个人认定",
  "objection answered": "答复第 {id} 条异议：{verdict}",
  "effect refused": "决议 {number} 没有能自动照办：{reason}",
  "vote final": "表决结果生效：{title} {numbers}",
  "finish refused": "确认表决结果没有成功：{reason}",
  "month closed": "结账 {month}",
  "bank lines missing": "{month} 的银行流水没有到月底就结账或公布，原因：{reason}",
  "month published": "公布 {month} 的收支公示",

  "ballot cast": "在「{title}」中投了电子票：{units}",
  "ballot cast past paper": "在「{title}」中投了电子票：{units}；只有一人录入、没有核对的纸质票不计入",
  "ballot refused": "投票没有成功：{reason}",
  "paper entered": "录入「{title}」的纸质票：{units}",
  "paper counted": "「{title}」的纸质票两人录入一致，计为收到：{units}",
  "paper taken back": "收回「{title}」的纸质票录入（{units}）：{reason}",
  "paper set aside": "撤下「{title}」中另一方录入的纸质票（{units}）：{reason}",
  "paper refused": "录入纸质票没有成功：{reason}",
  "proxy recorded": "登记「{title}」的委托：{units} 的业主委托 {holder}",
  "proxy refused": "登记委托没有成功：{reason}",
  "proxy ended": "收回「{title}」的第 {proxy} 份委托：{reason}",
};

/** Details that are yuan: written as everywhere, with thousands apart. */
const AMOUNTS = ["amount", "total", "balance"];

type Detail = Readonly<Record<string, string>>;

/** What happened, as a sentence. An event without words of its own is told by its name and details. */
export function eventWords(what: string, detail: Detail, nameOf: (account: string) => string): string {
  const sentence = Object.hasOwn(EVENTS, what) ? EVENTS[what] : undefined;
  if (sentence === undefined) {
    return [what, ...Object.values(detail)].join(" · ");
  }
  const filled = sentence.replaceAll(/\{(\w+)\}/gu, (_place, name: string) => detailWords(name, detail, nameOf));
  return filled.trim().replace(/[：:]$/u, "");
}

function detailWords(name: string, detail: Detail, nameOf: (account: string) => string): string {
  const value = Object.hasOwn(detail, name) ? (detail[name] ?? "") : "";
  if (name === "account") {
    return nameOf(value);
  }
  if (AMOUNTS.includes(name)) {
    const amount = parseYuan(value);
    return typeof amount === "number" ? displayYuan(amount) : value;
  }
  return name === "role" ? (roleName(value as Role | "operator") ?? value) : value;
}
