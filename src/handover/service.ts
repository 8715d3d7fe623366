// Handovers at work: what a new company must find in order, each point as it stands now and with where to see it.
import { z } from "zod";
import { displayText, displayYuan, sum } from "../base/money.ts";
import { dayAt, spokenMonth, type Day, type Month } from "../base/month.ts";
import { query, type Reading } from "../door/service.ts";
import * as ledger from "../ledger/service.ts";
import { depositsHeld } from "../receipt/service.ts";
import { bankDifferences } from "../reconciliation/service.ts";
import { stateOn } from "../release/rules.ts";
import { drawableAndSweep, undecided } from "../request/service.ts";
import { listContracts, listOverdue } from "../revenue/service.ts";
import { listArrears } from "../standing/service.ts";
import { newestMonth } from "../statement/service.ts";
import { countUndecided } from "../voucher/service.ts";
import { noticeBy, PAPERS, renewalBy } from "./rules.ts";
import * as store from "./store.ts";

export { handoversOf, insertHandover } from "./store.ts";

/** One point of the checklist. */
export interface Point {
  readonly what: string;
  readonly state: string;
  /** Nothing is left to do about it. */
  readonly isDone: boolean;
  /** Where to see and mend it. */
  readonly href: string;
}

async function statementPoint({ db, community }: Reading, closed: Month | ""): Promise<Point> {
  const newest = await newestMonth(db, community);
  const last = closed === "" ? "还没有结过账" : `已结账到${spokenMonth(closed)}`;
  const state = newest === null ? `还没有公布过，${last}` : `已公布到${spokenMonth(newest)}，${last}`;
  return { what: "收支公示", state, isDone: newest === closed, href: `/c/${community}` };
}

async function bankPoint({ db, community }: Reading, closed: Month | ""): Promise<Point> {
  const about = { what: "银行对账", href: `/desk/${community}/bank` };
  if (closed === "") {
    return { ...about, state: "还没有结过账", isDone: false };
  }
  const accounts = await bankDifferences(db, community, closed);
  const open = accounts.filter(({ finished }) => finished === null).length;
  const words = open === 0 ? "各账户都对平了" : `${open} 个账户还没有完成对账`;
  return { ...about, state: `${spokenMonth(closed)}：${words}`, isDone: open === 0 };
}

async function moneyPoints(call: Reading): Promise<Point[]> {
  const { db, community, now } = call;
  const desk = `/desk/${community}`;
  const arrears = await listArrears.run(call, { limit: 1 });
  const { deposits } = await depositsHeld(db, community);
  const held = deposits.filter(({ held: amount }) => amount > 0);
  const total = displayYuan(sum(held.map((deposit) => deposit.held)));
  const { drawable, sweepOwed } = await drawableAndSweep(db, community, now);
  return [
    {
      what: "欠费清单",
      state: `${arrears.units} 户，共 ${displayText(arrears.total)} 元，随账交接`,
      isDone: arrears.units === 0,
      href: `${desk}/fees/arrears`,
    },
    {
      what: "保管的押金",
      state: `${held.length} 笔，共 ${total} 元，随账交接`,
      isDone: held.length === 0,
      href: `${desk}/fees/deposits`,
    },
    {
      what: "酬金与盈余",
      state: `还可提取的酬金 ${displayYuan(drawable)} 元，待划转维修资金的盈余 ${displayYuan(sweepOwed)} 元`,
      isDone: drawable === 0 && sweepOwed === 0,
      href: `${desk}/spends`,
    },
  ];
}

async function paperPoints(call: Reading, today: Day): Promise<Point[]> {
  const { db, community } = call;
  const desk = `/desk/${community}`;
  const waiting = (await undecided(db, community)).filter((spend) => stateOn(spend, today) === "waiting").length;
  const black = await countUndecided(db, community);
  const { items } = await listContracts.run(call, {});
  const running = items.filter(({ endedOn, until }) => (endedOn ?? until) >= today).length;
  const overdue = await listOverdue.run(call, {});
  return [
    {
      what: "公共收益合同",
      state: `在执行 ${running} 份，到期没有收到 ${displayText(overdue.amount)} 元`,
      isDone: overdue.items.length === 0,
      href: `${desk}/contracts`,
    },
    {
      what: "没有办完的付款申请",
      state: waiting === 0 ? "没有" : `${waiting} 份，请放行或退回`,
      isDone: waiting === 0,
      href: `${desk}/spends`,
    },
    {
      what: "凭证",
      state: black === 0 ? "都已决定公开哪些内容" : `${black} 份还没有决定公开哪些内容`,
      isDone: black === 0,
      href: `${desk}/vouchers`,
    },
  ];
}

const handoverOutput = z.object({
  resolution: z.string(),
  outgoing: z.string(),
  company: z.string(),
  day: z.string(),
  startedOn: z.string(),
  noticeBy: z.string().meta({ description: "解聘的书面通知最迟送达日（民法典第九百四十六条，60 日）" }),
  renewalBy: z.string().meta({ description: "物业不续约时最迟通知日（民法典第九百四十七条，90 日）" }),
  isVoid: z.boolean(),
});

export const showHandover = query({
  name: "showHandover",
  title: "物业交接与清单",
  may: "resolution.view",
  input: z.object({}),
  output: z.object({
    handovers: z.array(handoverOutput),
    checklist: z.array(z.object({ what: z.string(), state: z.string(), isDone: z.boolean(), href: z.string() })),
    papers: z.array(z.string()),
  }),
  run: async (call) => {
    const { db, community, now } = call;
    const handovers = await store.handoversOf(db, community);
    const { closedThrough } = await ledger.bookOf(db, community);
    const checklist = [
      await statementPoint(call, closedThrough),
      await bankPoint(call, closedThrough),
      ...(await moneyPoints(call)),
      ...(await paperPoints(call, dayAt(now))),
    ];
    return {
      handovers: handovers.map((each) => ({
        ...each,
        noticeBy: noticeBy(each.day),
        renewalBy: renewalBy(each.day),
      })),
      checklist,
      papers: [...PAPERS],
    };
  },
});
