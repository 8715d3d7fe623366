import { expect } from "chai";
import {
  invitationLetters,
  receiptSlip,
  reminderLetters,
  type InvitationLetter,
  type ReceiptSlip,
  type ReminderLetter,
} from "../../reports/letters.ts";
import { embeddedFonts, pageTexts } from "./pdf-text.ts";
import { scanned } from "./scan.ts";

const invitation = (unit: string): InvitationLetter => ({
  communityName: "风华苑",
  unit,
  code: `K7QF-${unit}`,
  url: `https://fhy.example/join/K7QF${unit}`,
  expiresOn: "2026年12月31日",
  issuer: "信和物业",
});

const reminder = (changes: Partial<ReminderLetter> = {}): ReminderLetter => ({
  communityName: "风华苑",
  unit: "1-1-0101",
  issuer: "信和物业",
  writtenOn: "2026年11月21日",
  since: "2026年9月",
  total: "171.64",
  payBy: "2026年12月21日",
  bills: [
    { period: "2026年9月", amount: "90.82", paid: "10.00", owed: "80.82", due: "2026-09-30" },
    { period: "2026年10月", amount: "90.82", paid: "0.00", owed: "90.82", due: "2026-10-31" },
  ],
  how: "请转账到「共有资金专户」，附言写 1-1-0101。",
  ...changes,
});

const slip = (changes: Partial<ReceiptSlip> = {}): ReceiptSlip => ({
  communityName: "风华苑",
  number: "000012",
  receivedOn: "2026年11月21日",
  unit: "1-1-0101",
  payer: "张三",
  purpose: "物业服务费",
  pays: "2026年9月 80.82 元（缴清）",
  amount: "80.82",
  capitals: "捌拾元捌角贰分",
  method: "扫码支付，存入共有资金专户",
  issuer: "信和物业",
  takenBy: "李四",
  entry: "2026-11-0042",
  cancelled: "",
  ...changes,
});

describe("invitation letters", () => {
  it("give each unit a page of its own with its code, its address and its deadline", async () => {
    const pages = pageTexts(await invitationLetters([invitation("101"), invitation("102")]));
    expect(pages).to.have.length(2);
    for (const [index, unit] of ["101", "102"].entries()) {
      const text = pages[index]?.join("") ?? "";
      expect(text).to.include(`风华苑 ${unit} 业主`);
      expect(text).to.include(`K7QF-${unit}`);
      expect(text).to.include("2026年12月31日前有效");
      expect(text).to.include("信和物业");
      expect(text).to.not.include(unit === "101" ? "102" : "101");
    }
  });

  it("carry the address in a QR code that reads back", async () => {
    const pdf = await invitationLetters([invitation("101"), invitation("102")]);
    expect(await scanned(pdf)).to.deep.equal(["https://fhy.example/join/K7QF101", "https://fhy.example/join/K7QF102"]);
  }).timeout(20_000);

  it("stay small: hundreds of letters share one pair of fonts", async () => {
    const pdf = await invitationLetters(Array.from({ length: 200 }, (_, index) => invitation(`${1000 + index}`)));
    expect(pageTexts(pdf)).to.have.length(200);
    expect(embeddedFonts(pdf)).to.have.length(2);
    expect(pdf.length).to.be.lessThan(1_500_000);
  });
});

describe("reminder letters", () => {
  it("say what is owed, since when, by when and how to pay it", async () => {
    const [page = []] = pageTexts(await reminderLetters([reminder()]));
    const text = page.join("");
    expect(text).to.include("从2026年9月起的物业费还有 171.64 元没有缴");
    expect(text).to.include("请在2026年12月21日前缴清");
    expect(text).to.include("附言写 1-1-0101");
    expect(page).to.include.members(["2026年9月", "90.82", "10.00", "80.82", "2026-09-30", "合计"]);
  });

  it("keep a page per unit with twenty rows and long words", async () => {
    const bills = Array.from({ length: 20 }, () => reminder().bills[0]).flatMap((row) => row ?? []);
    const long = reminder({ bills, how: "可以来物业服务中心缴费，".repeat(8) });
    expect(pageTexts(await reminderLetters([long, long, long]))).to.have.length(3);
  });

  it("never threaten: no court, no cut-off, no deadline of law", async () => {
    const text = pageTexts(await reminderLetters([reminder()]))
      .flat()
      .join("");
    expect(text).to.not.match(/起诉|诉讼|时效|法院|滞纳|违约|失信/u);
  });
});

describe("a receipt slip", () => {
  it("shows number, payer, purpose and the amount twice: in figures and in words", async () => {
    const texts = pageTexts(await receiptSlip(slip()));
    expect(texts).to.have.length(1);
    expect(texts[0]).to.include.members(["No. 000012", "张三", "物业服务费", "¥ 80.82", "经手人：李四"]);
    expect(texts[0]?.join("")).to.include("捌拾元捌角贰分");
  });

  it("fits half a sheet also with a long purpose and a voiding note", async () => {
    const long = slip({
      pays: Array.from({ length: 12 }, (_, month) => `2026年${month + 1}月 90.82 元（缴清）`).join("；"),
      cancelled: "2026年11月22日，金额写错（冲销它的记账凭证 2026-11-0055）",
    });
    const pdf = await receiptSlip(long);
    expect(pageTexts(pdf)).to.have.length(1);
    expect(pdf.toString("latin1")).to.match(/\/MediaBox \[0 0 595\.2\d* 420\.9\d*\]/);
    expect(pageTexts(pdf).flat().join("")).to.include("本收据已作废");
  });

  it("is the same bytes for the same receipt", async () => {
    expect((await receiptSlip(slip())).equals(await receiptSlip(slip()))).to.equal(true);
  });
});
