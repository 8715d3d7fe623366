// The supplier register: credit codes, one spelling of a name, related parties, and what the public sees of a payee.
import { expect } from "chai";
import * as fc from "fast-check";
import { Refusal } from "../../src/base/refusal.ts";
import {
  changed,
  isCreditCode,
  isTrustee,
  resemblesTrustee,
  normalName,
  publicPayee,
  readCreditCode,
  spellings,
  type Supplier,
} from "../../src/supplier/rules.ts";

const SHOP: Supplier = {
  id: 1,
  name: "明辉五金店",
  creditCode: "",
  isPerson: false,
  account: "",
  related: "",
  isActive: true,
};

function codeOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    return error instanceof Refusal ? error.code : String(error);
  }
  return "nothing was refused";
}

describe("a credit code", () => {
  it("is taken when its last character checks the other 17 (GB 32100)", () => {
    // The standard's own example, and a real ministry's.
    expect(isCreditCode("91350100M000100Y43")).to.equal(true);
    expect(isCreditCode("11100000000013338W")).to.equal(true);
  });

  it("is read as people type it: spaces, small and full-width letters", () => {
    expect(readCreditCode(" 9135 0100 m000100y43 ")).to.equal("91350100M000100Y43");
    expect(readCreditCode("９１３５０１００Ｍ０００１００Ｙ４３")).to.equal("91350100M000100Y43");
    expect(readCreditCode("  ")).to.equal("");
  });

  it("is refused when any one character is another", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 17 }),
        fc.constantFrom(..."0123456789ABCDEFGHJKLMNPQRTUWXY"),
        (place, character) => {
          const right = "91350100M000100Y43";
          const wrong = right.slice(0, place) + character + right.slice(place + 1);
          return isCreditCode(wrong) === (wrong === right);
        },
      ),
    );
    for (const text of ["91350100M000100Y4", "91350100M000100Y433", "91350100O000100Y43", "123456789012345"]) {
      expect(
        codeOf(() => readCreditCode(text)),
        text,
      ).to.equal("CREDIT_CODE_INVALID");
    }
  });
});

describe("a supplier's name", () => {
  it("has one spelling, whatever brackets and spaces it was typed with", () => {
    expect(normalName(" 成都（高新） 洁净 保洁服务部 ")).to.equal("成都（高新）洁净保洁服务部");
    expect(normalName("成都(高新)洁净保洁服务部")).to.equal("成都（高新）洁净保洁服务部");
    expect(normalName("ACME  Lifts Ltd")).to.equal("ACME Lifts Ltd");
    expect(spellings("某某（成都）公司")).to.deep.equal(["某某（成都）公司", "某某(成都)公司"]);
  });

  it("has nothing in it that nobody sees", () => {
    for (const name of ["丁\u200b店", "丁\u00ad店", "\u202e丁店", "丁店\ufe0f", "丁\u3164店", "丁店。", " 丁店 . "]) {
      expect(normalName(name), JSON.stringify(name)).to.equal("丁店");
    }
    expect(normalName("⼼⼼店")).to.equal("心心店");
    expect(normalName("古丽・阿依")).to.equal("古丽·阿依");
    expect(normalName("。")).to.equal("。");
  });

  it("stays what it is when it is spelled again", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (name) => normalName(normalName(name)) === normalName(name)),
    );
  });

  it("is the trustee's own when it is written otherwise too", () => {
    expect(isTrustee("信诚.物业(成都) 有限公司。", "信诚物业（成都）有限公司")).to.equal(true);
    expect(isTrustee("abc物业", "ABC 物业")).to.equal(true);
    expect(resemblesTrustee("小院物业（本部）", "小院物业")).to.equal(true);
    expect(resemblesTrustee("信诚物业", "信诚物业服务有限公司")).to.equal(true);
    expect(resemblesTrustee("信诚物业服务有限公司", "信诚物业服务有限公司")).to.equal(false);
    expect(resemblesTrustee("物业", "信诚物业服务有限公司")).to.equal(false);
    expect(resemblesTrustee("信诚保洁服务有限公司", "信诚物业服务有限公司")).to.equal(false);
    expect(isTrustee("信诚物业服务(成都)有限公司", "信诚物业服务（成都）有限公司")).to.equal(true);
    expect(isTrustee("信诚物业服务有限公司锦江分公司", "信诚物业服务有限公司")).to.equal(false);
  });

  it("is public for an organisation and hidden for a person, and hidden when nobody knows", () => {
    expect(publicPayee("洁净保洁服务部", false)).to.equal("洁净保洁服务部");
    expect(publicPayee("李建国", true)).to.equal("个人");
    for (const name of ["李建国", "欧阳娜娜", "张三（保洁）", "王师傅", "张三、李四", "Zhang San"]) {
      expect(publicPayee(name, null), name).to.equal("个人");
    }
    for (const name of ["明辉五金店", "新光水务", "洁净保洁服务部", "中国电信", "锦江区税务局", "风华苑社区居委会"]) {
      expect(publicPayee(name, null), name).to.equal(name);
    }
  });
});

describe("a change of a supplier", () => {
  it("keeps what it does not name, and says in the history what it changed", () => {
    const { supplier, steps } = changed(
      SHOP,
      { creditCode: "91350100M000100Y43", account: "6222 0000" },
      { isCommittee: false },
    );
    expect(supplier).to.deep.equal({ ...SHOP, creditCode: "91350100M000100Y43", account: "6222 0000" });
    // The account itself is not in the history: it is not for everybody's eyes.
    expect(steps).to.deep.equal([{ kind: "changed", text: "统一社会信用代码 91350100M000100Y43、收款账户" }]);
  });

  it("lets anybody say that a supplier is related, and only the committee take it back or word it otherwise", () => {
    const related = changed(SHOP, { related: "店主是项目经理的弟弟" }, { isCommittee: false }).supplier;
    expect(related.related).to.equal("店主是项目经理的弟弟");
    for (const text of ["", "没有关系"]) {
      expect(codeOf(() => changed(related, { related: text }, { isCommittee: false }))).to.equal(
        "RELATED_BY_COMMITTEE",
      );
    }
    // Other facts may still be changed by the trustee.
    expect(changed(related, { isActive: false }, { isCommittee: false }).steps).to.deep.equal([
      { kind: "retired", text: "" },
    ]);
    expect(changed(related, { related: "" }, { isCommittee: true }).steps).to.deep.equal([
      { kind: "cleared", text: "" },
    ]);
  });
});
