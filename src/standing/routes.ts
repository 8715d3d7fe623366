// Where units stand: for owners, for the desk; arrears and reminders; and the same as JSON.
import { z } from "zod";
import { reminderLetters } from "../../reports/letters.ts";
import { displayText } from "../base/money.ts";
import { dayAt, plusDays, spokenDay, day as asDay } from "../base/month.ts";
import { refuse } from "../base/refusal.ts";
import { API, api, DESK, file, form, MY, page, type Route, type Typed, type View } from "../door/routes.ts";
import { mayDo } from "../door/rules.ts";
import type { Reading } from "../door/service.ts";
import { showBillRun } from "../fees/service.ts";
import { unitsOffered } from "../people/service.ts";
import { ready, type Ready } from "../platform/http.ts";
import { idNumber, readAddress, readInput } from "../platform/input.ts";
import { slipFile } from "../receipt/routes.ts";
import { showReceipt } from "../receipt/service.ts";
import { bankAccountsOf, findCommunity } from "../trust/service.ts";
import { COMMON } from "../ledger/rules.ts";
import { basisOf, type Basis } from "../resolution/rules.ts";
import { registeredNumbers } from "../resolution/service.ts";
import { billRunPage } from "../fees/page.ts";
import { accountPage, arrearsCsv, arrearsRow, arrearsSummary, letterModel, messageText } from "./page.ts";
import { PAY_WITHIN_DAYS } from "./rules.ts";
import {
  arrearsRows,
  findRun,
  listArrears,
  listReminders,
  ownReceipt,
  remindersOf,
  sendReminders,
  showMyUnits,
  showUnit,
  type ReminderRun,
} from "./service.ts";

const HERE = `${DESK}/fees`;

/** How what a bill rests on is shown: a link where the register has it. */
async function basesOf({ db, community }: Reading): Promise<(resolution: string | null) => Basis> {
  const registered = await registeredNumbers(db, community);
  return (resolution) => basisOf(community, resolution, registered);
}

// ---- Overview and one unit ----------------------------------------------------------------------------------------

async function overview(call: Reading): Promise<View> {
  const base = `/desk/${call.community}/fees`;
  const run = await showBillRun.run(call, { limit: 1 });
  const arrears = await listArrears.run(call, { limit: 1 });
  return {
    view: "standing-overview",
    model: {
      run: billRunPage(run, { mayBill: mayDo(call, "fees.bill"), base, isFirst: true, basis: await basesOf(call) }),
      arrears: arrearsSummary(arrears),
      units: await unitsOffered(call.db, call.community),
      mayReceive: mayDo(call, "fees.receive"),
      mayRemind: mayDo(call, "fees.remind"),
    },
  };
}

async function unitView(call: Reading, words: Typed): Promise<View> {
  const { unit, year } = readInput(showUnit.input, words);
  const account = await showUnit.run(call, { unit, year });
  const base = `/desk/${call.community}/fees`;
  const model = accountPage(account, dayAt(call.now), {
    slip: (receipt) => `${base}/receipts/${receipt}`,
    year: (each) => `${base}/unit?unit=${encodeURIComponent(unit)}&year=${each}`,
    basis: await basesOf(call),
  });
  const links = {
    receive: `${base}/receive?unit=${encodeURIComponent(unit)}`,
    mayReceive: mayDo(call, "fees.receive"),
  };
  return { view: "standing-unit", model: { account: { ...model, isOwn: false }, ...links } };
}

/** What the owner's first page shows of one unit's account, and where to pay. */
export async function myAccount(call: Reading, words: Typed): Promise<Record<string, unknown>> {
  const { units, account } = await showMyUnits.run(call, readInput(showMyUnits.input, words));
  const base = `/my/${call.community}`;
  const here = (unit: string): string => `${base}?unit=${encodeURIComponent(unit)}`;
  const links = {
    slip: (receipt: number) => `${base}/receipts/${receipt}/slip.pdf`,
    year: (year: number) => `${here(account?.unit ?? "")}&year=${year}`,
    basis: await basesOf(call),
  };
  const banks = (await bankAccountsOf(call.db, call.community)).filter(({ fund }) => fund === COMMON);
  return {
    account: account === null ? null : { ...accountPage(account, dayAt(call.now), links), isOwn: true },
    units: units.map(({ unit, owed }) => ({
      unit,
      href: here(unit),
      owed: owed === "0.00" ? "✓ 没有欠费" : `应缴 ${displayText(owed)} 元`,
      isCurrent: unit === account?.unit,
    })),
    hasUnits: units.length > 1,
    payTo: banks.map(({ name }) => `「${name}」`).join("或"),
  };
}

async function mySlip(call: Reading, words: Typed): Promise<Ready> {
  const { number } = readInput(showReceipt.input, words);
  return slipFile(call.db, call.community, await ownReceipt(call, number));
}

// ---- Arrears and reminders ----------------------------------------------------------------------------------------

const ARREARS_PER_PAGE = 100;

async function arrearsView(call: Reading, words: Typed): Promise<View> {
  const { olderThan, after } = readInput(listArrears.input, words);
  const arrears = await listArrears.run(call, { olderThan, after, limit: ARREARS_PER_PAGE });
  const base = `/desk/${call.community}/fees`;
  const { items, next } = arrears.list;
  const filter = olderThan === undefined ? "" : `olderThan=${olderThan}&`;
  return {
    view: "standing-arrears",
    model: {
      summary: arrearsSummary(arrears),
      asOf: spokenDay(asDay(arrears.asOf)),
      rows: items.map((row) => arrearsRow(row, base)),
      next: next === null ? "" : `${base}/arrears?${filter}after=${encodeURIComponent(next)}`,
      filters: [0, 1, 31, 91, 181, 366].map((days) => ({
        href: `${base}/arrears${days === 0 ? "" : `?olderThan=${days}`}`,
        label: days === 0 ? "全部" : `逾期 ${days} 天起`,
        isCurrent: days === (olderThan ?? 0),
      })),
      csv: `${base}/arrears.csv${olderThan === undefined ? "" : `?olderThan=${olderThan}`}`,
    },
  };
}

async function arrearsFile(call: Reading, words: Typed): Promise<Ready> {
  const { olderThan = 0 } = readInput(listArrears.input, words);
  const today = dayAt(call.now);
  const { rows } = await arrearsRows(call.db, call.community, today, olderThan);
  const name = `${call.community}-arrears-${today}.csv`;
  return ready(arrearsCsv(rows), "text/csv; charset=utf-8", "private, no-store", name);
}

async function remindView(call: Reading): Promise<View> {
  const { db, community, now } = call;
  const { items } = await listReminders.run(call, { limit: 20 });
  const banks = (await bankAccountsOf(db, community)).filter(({ fund }) => fund === COMMON);
  const usual = `请到物业服务中心缴费，或转账到「${banks[0]?.name ?? ""}」，附言写房号。`;
  const base = `/desk/${community}/fees`;
  return {
    view: "standing-reminders",
    model: {
      runs: items.map((run) => ({
        href: `${base}/reminders/${run.run}`,
        day: spokenDay(asDay(run.day)),
        count: run.count,
        total: displayText(run.total),
      })),
      ages: [1, 31, 91, 181, 366].map((days) => ({ value: String(days), label: `逾期 ${days} 天以上的` })),
      values: { olderThan: "31", payBy: plusDays(dayAt(now), PAY_WITHIN_DAYS), how: items[0]?.how ?? usual },
    },
  };
}

/** A run's letters and messages, as they went out. */
async function runOf(call: Reading, words: Typed) {
  const run = await findRun(call.db, call.community, readAddress(z.object({ run: idNumber }), words).run);
  if (run === null) {
    throw refuse("REMINDERS_UNKNOWN", "没有这一次催缴。", "请从催缴记录里选。", 404);
  }
  const community = await findCommunity(call.db, call.community);
  const about = { communityName: community?.name ?? "", issuer: community?.trustee ?? "" };
  return { run, about, reminders: await remindersOf(call.db, call.community, run.run) };
}

async function runView(call: Reading, words: Typed): Promise<View> {
  const { run, about, reminders } = await runOf(call, words);
  const model = {
    day: spokenDay(run.day),
    payBy: spokenDay(run.payBy),
    count: reminders.length,
    pdf: `/desk/${call.community}/fees/reminders/${run.run}/letters.pdf`,
    messages: reminders.map((reminder) => ({ unit: reminder.unit, text: messageText(reminder, run, about) })),
  };
  return { view: "standing-reminder", model };
}

async function lettersFile(call: Reading, words: Typed): Promise<Ready> {
  const { run, about, reminders } = await runOf(call, words);
  const letters = reminders.map((reminder) => letterModel(reminder, run, about));
  return ready(await reminderLetters(letters), "application/pdf", "private, no-store", fileName(call.community, run));
}

function fileName(community: string, run: ReminderRun): string {
  return `${community}-reminders-${run.day}.pdf`;
}

export const standingRoutes: readonly Route[] = [
  file(`${MY}/receipts/:number/slip.pdf`, "account.own", mySlip),
  page(HERE, "fees.view", overview, "物业费"),
  page(`${HERE}/unit`, "fees.view", unitView),
  page(`${HERE}/arrears`, "fees.remind", arrearsView),
  file(`${HERE}/arrears.csv`, "fees.remind", arrearsFile),
  page(`${HERE}/reminders`, "fees.remind", remindView),
  form(`${HERE}/reminders`, sendReminders, {
    done: ({ run }, { code = "" }) => `/desk/${code}/fees/reminders/${run}`,
    again: remindView,
  }),
  page(`${HERE}/reminders/:run`, "fees.remind", runView),
  file(`${HERE}/reminders/:run/letters.pdf`, "fees.remind", lettersFile),
  api("get", `${API}/my/units`, showMyUnits),
  api("get", `${API}/units/:unit/account`, showUnit),
  api("get", `${API}/arrears`, listArrears),
  api("get", `${API}/reminders`, listReminders),
  api("post", `${API}/reminders`, sendReminders, { status: 201 }),
];
