// The paper ballot: one page a head, three boxes for each matter, a place to sign, and the way to where it is entered.
import { expect } from "chai";
import { ballotForms, type BallotForm } from "../../reports/ballots.ts";
import { embeddedFonts, pageTexts } from "./pdf-text.ts";
import { scanned } from "./scan.ts";

const MATTER = {
  title: "第 1 项　物业费调整为 1.11 元",
  basis: "调整物业费标准，《民法典》第二百七十八条第一款第（九）项",
  need: "至少 293 人（共 439 人）、26,666.67 平方米（共 40,000.00 平方米）参加表决，其中人数和面积都过半数同意，才通过。",
  paragraphs: ["从 2021 年 1 月起，住宅物业费每月每平方米 1.11 元。"],
};

const form = (head: string, changes: Partial<BallotForm> = {}): BallotForm => ({
  communityName: "风华苑",
  title: "2020年第一次业主大会",
  units: `房${head}`,
  head,
  area: "89.50 平方米",
  window: "2020年12月1日至2020年12月20日",
  returnBy: "2020年12月20日",
  how: "记名表决。",
  url: `https://fhy.example/desk/fenghuayuan/assemblies/1/paper/${encodeURIComponent(head)}`,
  matters: [MATTER],
  ...changes,
});

describe("paper ballots", () => {
  it("give each head a page of its own with its matters, boxes, deadline and place to sign", async () => {
    const pages = pageTexts(await ballotForms([form("P1"), form("P2+P3")]));
    expect(pages).to.have.length(2);
    for (const [index, head] of ["P1", "P2+P3"].entries()) {
      const text = pages[index]?.join("") ?? "";
      expect(text).to.include(`房${head}`);
      expect(text).to.include("住宅物业费每月每平方米 1.11 元");
      expect(text).to.include("（共 40,000.00 平方米）");
      expect(text).to.include("同意反对弃权");
      expect(text).to.include("请在 2020年12月20日 前交回");
      expect(text).to.include("业主（受托人）签名");
    }
  });

  it("carry the way to the desk's page of that head in a QR code that reads back", async () => {
    const codes = await scanned(await ballotForms([form("P1"), form("P2+P3")]));
    const page = "https://fhy.example/desk/fenghuayuan/assemblies/1/paper";
    expect(codes).to.deep.equal([`${page}/P1`, `${page}/P2%2BP3`]);
  }).timeout(20_000);

  it("stay on one page with six matters, in smaller letters", async () => {
    const matters = Array.from({ length: 6 }, (_, index) => ({ ...MATTER, title: `第 ${index + 1} 项　更换门禁` }));
    expect(pageTexts(await ballotForms([form("P1", { matters }), form("P4", { matters })]))).to.have.length(2);
  });

  it("say on every further page whose they are, when a text is too long for one", async () => {
    const matters = [{ ...MATTER, paragraphs: ["更换电梯的方案。".repeat(900)] }, MATTER];
    const pages = pageTexts(await ballotForms([form("P1", { matters })]));
    expect(pages.length).to.be.greaterThan(1);
    for (const page of pages.slice(1)) {
      expect(page.join("")).to.include("业主 P1（续页）");
    }
    expect(pages.at(-1)?.join("")).to.include("业主（受托人）签名");
    expect(pages.flat().filter((text) => text === "弃权")).to.have.length(2);
  });

  it("stay small: hundreds of ballots share one pair of fonts", async () => {
    const pdf = await ballotForms(Array.from({ length: 200 }, (_, index) => form(`P${1000 + index}`)));
    expect(pageTexts(pdf)).to.have.length(200);
    expect(embeddedFonts(pdf)).to.have.length(2);
    expect(pdf.length).to.be.lessThan(2_500_000);
  });
});
