// What an e-invoice says, what must be black, what takes whose place.
import { expect } from "chai";
import * as fc from "fast-check";
import { Refusal } from "../../src/base/refusal.ts";
import { parseInvoiceNumber } from "../../src/base/spelling.ts";
import {
  addsUp,
  blackShare,
  checkDecision,
  checkQuota,
  checkSupersession,
  DEFAULT_QUOTA,
  downloadName,
  fromRecord,
  hideFields,
  keptName,
  publicBytes,
  readInvoice,
  toRecord,
  type Decision,
  type Rectangle,
  type VoucherKind,
} from "../../src/voucher/rules.ts";
import { taxAuthorityXml } from "./invoices.ts";

function refusalOf(work: () => unknown): Refusal {
  try {
    work();
  } catch (error) {
    if (error instanceof Refusal) {
      return error;
    }
    throw error;
  }
  throw new Error("not refused");
}

describe("an invoice number", () => {
  it("is 20 digits, or code and number of the older kinds", () => {
    expect(parseInvoiceNumber("24112000000135114086")).to.equal("24112000000135114086");
    expect(parseInvoiceNumber(" ２４１１２００００００１３５１１４０８６ ")).to.equal("24112000000135114086");
    expect(parseInvoiceNumber("2411 2000000135114086")).to.equal("24112000000135114086");
    expect(parseInvoiceNumber("3300232130 02630221")).to.equal("3300232130-02630221");
    expect(parseInvoiceNumber("330023213002630221")).to.equal("3300232130-02630221");
    expect(parseInvoiceNumber("代码 011002100311，号码 12345678")).to.equal("011002100311-12345678");
  });

  it("is nothing else", () => {
    for (const text of ["", "12345678", "241120000001351140860", "INV-1", "33002321 3002630221"]) {
      expect(parseInvoiceNumber(text), text).to.equal(null);
    }
  });

  it("is read again as itself", () => {
    const digits = (length: number): fc.Arbitrary<string> => fc.stringMatching(new RegExp(`^\\d{${length}}$`, "u"));
    // Codes of 12 digits begin with 0 or 1: with a year in front it is a 数电票 with a gap.
    const longCodes = fc.stringMatching(/^[01]\d{11}$/u);
    const numbers = fc.oneof(
      digits(20),
      fc.tuple(fc.oneof(digits(10), longCodes), digits(8)).map((parts) => parts.join("-")),
    );
    fc.assert(fc.property(numbers, (number) => parseInvoiceNumber(number) === number));
  });
});

describe("the XML of an e-invoice", () => {
  it("is read in the tax authority's words", () => {
    expect(readInvoice(taxAuthorityXml())).to.deep.equal({
      number: "24112000000135114086",
      issuedOn: "2026-03-05",
      seller: { name: "北京净洁保洁有限公司 A&B", taxId: "91110000MA01ABCD2X" },
      buyer: { name: "丰华园业主大会", taxId: "91110000MA01WXYZ3K" },
      total: 127_200,
      amountWithoutTax: 120_000,
      tax: 7200,
      items: ["*物业管理服务*楼道保洁", "*物业管理服务*垃圾清运"],
      isRed: false,
      original: "",
    });
  });

  it("is read in the words of the Ministry of Finance's standard for accounting", () => {
    const invoice = readInvoice(
      Buffer.from(`<xbrli:xbrl xmlns:einv="urn:e" xmlns:xbrli="urn:x">
        <einv:InvoiceNumber contextRef="c">24112000000135114086</einv:InvoiceNumber>
        <einv:SellerName contextRef="c">净洁保洁</einv:SellerName><einv:SellerIdNum>91110000MA01ABCD2X</einv:SellerIdNum>
        <einv:TotalAmWithoutTax>94.34</einv:TotalAmWithoutTax><einv:TotalTaxAm>5.66</einv:TotalTaxAm>
        <einv:TotalTax-includedAmount decimals="2">100.00</einv:TotalTax-includedAmount>
        <einv:RequestTime>2026-03-05</einv:RequestTime><einv:WhetherEinvoiceIsRedEinvoice>N</einv:WhetherEinvoiceIsRedEinvoice>
      </xbrli:xbrl>`),
    );
    expect([invoice.number, invoice.issuedOn, invoice.total, invoice.isRed, invoice.buyer.name]).to.deep.equal([
      "24112000000135114086",
      "2026-03-05",
      10_000,
      false,
      "",
    ]);
  });

  it("is read in the ministry's words for older invoices, with code and number", () => {
    const invoice = readInvoice(
      Buffer.from(`<x><CodeOfInvoice>3300232130</CodeOfInvoice><NumberOfInvoice>02630221</NumberOfInvoice>
        <DateOfIssue>20230926</DateOfIssue><NameOfSeller>后勤服务有限公司</NameOfSeller>
        <TaxpayerIdentificationNumberUnifiedSocialCreditCodeOfSeller>91330000A</TaxpayerIdentificationNumberUnifiedSocialCreditCodeOfSeller>
        <NameOfPurchaser>业委会</NameOfPurchaser><TotalAmountExcludingTax>9849.06</TotalAmountExcludingTax>
        <TotalTaxAmount>590.94</TotalTaxAmount><TaxIncludedAmountInFigures>10440.00</TaxIncludedAmountInFigures></x>`),
    );
    expect([invoice.number, invoice.issuedOn, invoice.total, invoice.seller.taxId, invoice.buyer.name]).to.deep.equal([
      "3300232130-02630221",
      "2023-09-26",
      1_044_000,
      "91330000A",
      "业委会",
    ]);
  });

  it("is read in pinyin, in GBK, and wrapped as in an OFD", () => {
    const pinyin = Buffer.concat([
      Buffer.from(
        '<?xml version="1.0" encoding="GBK"?><fp><Fphm>24112000000135114086</Fphm><Kprq>2026.3.5</Kprq><Xfmc>',
      ),
      // 净洁 in GBK.
      Buffer.from([0xbe, 0xbb, 0xbd, 0xe0]),
      Buffer.from("</Xfmc><Jshj>1,272.00</Jshj></fp>"),
    ]);
    const first = readInvoice(pinyin);
    expect([first.seller.name, first.issuedOn, first.total, first.tax]).to.deep.equal([
      "净洁",
      "2026-03-05",
      127_200,
      null,
    ]);
    const wrapped = readInvoice(
      Buffer.from(
        taxAuthorityXml()
          .toString()
          .replaceAll(/<(\w[\w-]*)>([^<>]+)<\/\1>/gu, "<$1><ofd:ObjectData>$2</ofd:ObjectData></$1>"),
      ),
    );
    expect(wrapped).to.deep.equal(readInvoice(taxAuthorityXml()));
  });

  it("says that a red one takes back a blue one, with negative amounts", () => {
    const remark = "被红冲蓝字数电发票号码：24112000000135114086 红字发票信息确认单编号：11010824091002615708";
    const red = readInvoice(taxAuthorityXml({ number: "24112000000135119999", red: true, remark }));
    expect([red.isRed, red.total, red.tax, red.original]).to.deep.equal([
      true,
      -127_200,
      -7200,
      "24112000000135114086",
    ]);
    const positive = taxAuthorityXml({ red: true }).toString().replaceAll(">-", ">");
    expect(readInvoice(Buffer.from(positive)).total).to.equal(-127_200);
  });

  it("may say its day and its amounts in several ways", () => {
    const days = ["2026-03-05T08:00:00", "20260305172851000", "2026年3月5日", "2026/3/5", "２０２６-０３-０５"];
    const issued = days.map((text) =>
      taxAuthorityXml().toString().replace("<IssueTime>2026-03-05", `<IssueTime>${text}`),
    );
    expect(issued.map((xml) => readInvoice(Buffer.from(xml)).issuedOn)).to.deep.equal(days.map(() => "2026-03-05"));
    const totals = ["1272", "1,272.0", "¥1272.00", "1272.0000"];
    expect(totals.map((total) => readInvoice(taxAuthorityXml({ total })).total)).to.deep.equal(
      totals.map(() => 127_200),
    );
  });

  it("may not add up, which is told and not refused", () => {
    expect(addsUp(readInvoice(taxAuthorityXml()))).to.equal(true);
    expect(addsUp(readInvoice(taxAuthorityXml({ total: "1272.01" })))).to.equal(false);
  });

  it("is refused with each field that is missing or unreadable", () => {
    const xml = taxAuthorityXml({ number: "123" })
      .toString()
      .replace(/<SellerName>.*<\/SellerName>/u, "");
    const { faults } = refusalOf(() => readInvoice(Buffer.from(xml)));
    expect(faults.map(({ column, value }) => [column, value])).to.deep.equal([
      ["发票号码", "123"],
      ["销售方名称", undefined],
    ]);
  });

  it("is refused when it is no invoice, half of one, or of another encoding than it says", () => {
    expect(refusalOf(() => readInvoice(Buffer.from("<a><b>1</b></a>"))).faults).to.have.lengthOf(4);
    expect(refusalOf(() => readInvoice(taxAuthorityXml().subarray(0, 700))).code).to.equal("INVOICE_XML");
    expect(refusalOf(() => readInvoice(Buffer.from([0x3c, 0x61, 0x3e, 0xff, 0xfe]))).message).to.contain("编码");
  });

  it("is refused with words of its own, which could unfold into gigabytes or read the server's files", () => {
    const laughs = `<!DOCTYPE x [<!ENTITY a "ha">${"bcdefgh".replaceAll(/./gu, (c) => `<!ENTITY ${c} "${`&${String.fromCharCode(c.charCodeAt(0) - 1)};`.repeat(10)}">`)}]>`;
    for (const head of [laughs, '<!DOCTYPE x SYSTEM "file:///etc/passwd">', "<!doctype x>"]) {
      const xml = taxAuthorityXml().toString().replace("<EInvoice>", `${head}<EInvoice>`);
      expect(refusalOf(() => readInvoice(Buffer.from(xml))).message).to.contain("DTD");
    }
  });

  it("is refused when it is too large or too deep to be an invoice", () => {
    expect(refusalOf(() => readInvoice(Buffer.alloc(1024 * 1024 + 1, "<a>"))).message).to.contain("1 MB");
    const deep = `${"<a>".repeat(100_000)}${"</a>".repeat(100_000)}`;
    expect(refusalOf(() => readInvoice(Buffer.from(deep))).code).to.equal("INVOICE_XML");
  });

  it("never touches what all objects share", () => {
    const xml = taxAuthorityXml()
      .toString()
      .replace("<Header>", "<Header><__proto__><polluted>1</polluted></__proto__>");
    expect(refusalOf(() => readInvoice(Buffer.from(xml))).code).to.equal("INVOICE_XML");
    expect(({} as { polluted?: string }).polluted).to.equal(undefined);
  });

  it("is stored with amounts as text and comes back the same", () => {
    const invoice = readInvoice(taxAuthorityXml({ red: true }));
    const record = toRecord(invoice);
    expect([record.total, record.amountWithoutTax, record.tax]).to.deep.equal(["-1272.00", "-1200.00", "-72.00"]);
    expect(fromRecord(JSON.parse(JSON.stringify(record)))).to.deep.equal(invoice);
  });
});

describe("a file's name", () => {
  it("is kept as it was, quotes, emoji and folders included, without signs that turn lines", () => {
    expect(keptName('../../发票 "三月"😀\u202egpj.exe\r\nX: 1')).to.equal('../../发票 "三月"😀?gpj.exe??X: 1');
    expect([...keptName("😀".repeat(400))]).to.have.lengthOf(300);
    expect(keptName("  ")).to.equal("未命名");
  });

  it("is downloaded without folders or signs of a system, with the ending of what the file is", () => {
    const name = (text: string, kind: VoucherKind): string => downloadName({ name: text, kind });
    expect(name("../../etc/passwd", "jpeg")).to.equal("passwd.jpg");
    expect(name("发票（三月）.jpg.exe", "pdf")).to.equal("发票（三月）.jpg.pdf");
    expect(name("..", "xml")).to.equal("voucher.xml");
    expect(name('a"b;c=😀.png', "png")).to.equal("a_b_c__.png");
  });

  it("is safe whatever it was", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 40 }), (text) => {
        expect(downloadName({ name: keptName(text), kind: "pdf" })).to.match(
          /^[\p{L}\p{N}_()（）-][\p{L}\p{N} ._()（）-]*\.pdf$/u,
        );
        expect(keptName(text)).to.not.match(/[\u0000-\u001f\u202a-\u202e]/u);
      }),
    );
  });
});

describe("the quota of one person", () => {
  it("takes the last file that fits and refuses the next", () => {
    const { files, bytes } = DEFAULT_QUOTA;
    checkQuota({ files: files - 1, bytes: 0 }, 10);
    checkQuota({ files: 0, bytes: bytes - 10 }, 10);
    expect(refusalOf(() => checkQuota({ files, bytes: 0 }, 10)).code).to.equal("VOUCHER_QUOTA");
    expect(refusalOf(() => checkQuota({ files: 1, bytes: bytes - 9 }, 10)).message).to.contain("500 MB");
  });
});

const PAGE = { image: "a".repeat(64), thumbnail: "b".repeat(64), width: 1000, height: 800 };

function aRectangle(over: Partial<Rectangle> = {}): Rectangle {
  return { page: 1, x: 100, y: 100, width: 200, height: 50, kind: "phone", note: "", ...over };
}

function aDecision(over: Partial<Decision> = {}): Decision {
  return { rectangles: [aRectangle()], fields: [], nothing: false, reason: "", ...over };
}

describe("the decision what to black out", () => {
  const photo = { kind: "jpeg" as const, pages: [PAGE] };
  const columns = (decision: Decision, isFirst = true): (string | undefined)[] => {
    try {
      checkDecision(photo, decision, isFirst);
      return [];
    } catch (error) {
      return error instanceof Refusal ? error.faults.map(({ column }) => column) : ["?"];
    }
  };

  it("is what is drawn, with a kind for each place", () => {
    expect(columns(aDecision())).to.deep.equal([]);
    expect(columns(aDecision({ rectangles: [aRectangle({ kind: "other" })] }))).to.deep.equal(["rectangles.0.note"]);
    expect(columns(aDecision({ rectangles: [aRectangle({ kind: "other", note: "车位号" })] }))).to.deep.equal([]);
  });

  it("is never made by forgetting: that there is nothing must be said, with a reason", () => {
    expect(columns(aDecision({ rectangles: [] }))).to.deep.equal(["nothing"]);
    expect(columns(aDecision({ rectangles: [], nothing: true }))).to.deep.equal(["reason"]);
    expect(columns(aDecision({ rectangles: [], nothing: true, reason: "只有公司信息" }))).to.deep.equal([]);
    expect(columns(aDecision({ nothing: true, reason: "x" }))).to.deep.equal(["nothing"]);
  });

  it("needs a reason when it is changed", () => {
    expect(columns(aDecision(), false)).to.deep.equal(["reason"]);
    expect(columns(aDecision({ reason: "漏了手机号" }), false)).to.deep.equal([]);
  });

  it("lies on the pages there are, and inside them", () => {
    const wrong: Partial<Rectangle>[] = [
      { page: 2 },
      { page: 0 },
      { x: -1 },
      { x: 900, width: 101 },
      { y: 999, height: 2 },
      { width: 0 },
      { x: 0.5 },
      { height: Number.NaN },
    ];
    expect(columns(aDecision({ rectangles: wrong.map(aRectangle) }))).to.deep.equal(
      wrong.map((_, index) => `rectangles.${index}`),
    );
    expect(columns(aDecision({ rectangles: [aRectangle({ x: 0, y: 0, width: 1000, height: 1000 })] }))).to.deep.equal(
      [],
    );
  });

  it("hides texts of an e-invoice only, and there no places on a picture", () => {
    const fields = [{ field: "sellerName", kind: "name" }] as const;
    expect(columns(aDecision({ rectangles: [], fields }))).to.deep.equal(["fields"]);
    checkDecision({ kind: "xml", pages: [] }, aDecision({ rectangles: [], fields }), true);
    expect(refusalOf(() => checkDecision({ kind: "xml", pages: [] }, aDecision(), true)).message).to.contain("0 页");
  });
});

describe("how much of a page is black", () => {
  it("counts overlaps once, and each page by itself", () => {
    const halves = [
      aRectangle({ x: 0, y: 0, width: 500, height: 1000 }),
      aRectangle({ x: 250, y: 0, width: 500, height: 1000 }),
      aRectangle({ page: 2, x: 0, y: 0, width: 1000, height: 1000 }),
    ];
    expect(blackShare(halves, 1)).to.equal(750);
    expect(blackShare(halves, 2)).to.equal(1000);
    expect(blackShare(halves, 3)).to.equal(0);
    expect(blackShare([aRectangle({ width: 1, height: 1 })], 1)).to.equal(1);
  });

  it("is what counting every point of it comes to", () => {
    const some = fc.array(
      fc
        .record({
          x: fc.nat(20),
          y: fc.nat(20),
          width: fc.integer({ min: 1, max: 10 }),
          height: fc.integer({ min: 1, max: 10 }),
        })
        .map((area) => aRectangle(area)),
      { maxLength: 6 },
    );
    fc.assert(
      fc.property(some, (rectangles) => {
        const points = new Set(
          rectangles.flatMap(({ x, y, width, height }) =>
            Array.from({ length: width * height }, (_, i) => `${x + (i % width)},${y + Math.floor(i / width)}`),
          ),
        );
        expect(blackShare(rectangles, 1)).to.equal(Math.ceil(points.size / 1000));
      }),
    );
  });
});

describe("the public copy", () => {
  const invoice = readInvoice(taxAuthorityXml());

  it("names the pictures, what is black on them and why, and the hash of the sealed original", () => {
    const voucher = { sha: "c".repeat(64), invoice: null };
    const bytes = publicBytes("yard", voucher, { version: 1, decision: aDecision(), pages: [PAGE] });
    expect(JSON.parse(bytes)).to.deep.equal({
      format: "xinyi.voucher/1",
      community: "yard",
      original: "c".repeat(64),
      version: 1,
      pages: [{ image: "a".repeat(64), width: 1000, height: 800 }],
      invoice: null,
      hidden: { rectangles: [aRectangle()], fields: [] },
      reason: "",
    });
  });

  it("leaves hidden texts of an e-invoice out altogether", () => {
    const fields = [
      { field: "sellerName", kind: "name" },
      { field: "sellerTaxId", kind: "identity" },
      { field: "items", kind: "name" },
    ] as const;
    const decision = aDecision({ rectangles: [], fields });
    const bytes = publicBytes("yard", { sha: "c".repeat(64), invoice }, { version: 1, decision, pages: [] });
    expect(bytes).to.not.contain("净洁").and.to.not.contain("91110000MA01ABCD2X").and.to.not.contain("楼道");
    expect(bytes).to.contain("丰华园业主大会").and.to.contain('"total":"1272.00"');
    expect(hideFields(invoice, []).seller).to.deep.equal(invoice.seller);
  });
});

describe("a voucher in another's place", () => {
  const [a, b, c] = ["a", "b", "c"] as const;
  const before = [{ old: a, replacement: b, reason: "盖章", by: "P1", at: "" }];

  it("takes the place of one that has no successor, and of its successor after it", () => {
    checkSupersession(a, b, []);
    checkSupersession(b, c, before);
  });

  it("is never the same file, never the second successor, never one that was itself replaced", () => {
    expect(refusalOf(() => checkSupersession(a, a, [])).code).to.equal("VOUCHER_SAME");
    expect(refusalOf(() => checkSupersession(a, c, before)).message).to.contain("已经被取代");
    expect(refusalOf(() => checkSupersession(b, a, before)).message).to.contain("新凭证自己");
  });

  it("never comes into a circle, whatever is tried in whatever order", () => {
    const pair = fc.tuple(fc.nat(5), fc.nat(5));
    fc.assert(
      fc.property(fc.array(pair, { maxLength: 30 }), (pairs) => {
        const done = new Map<number, number>();
        for (const [old, replacement] of pairs) {
          const earlier = [...done].map(([from, to]) => ({
            old: `${from}`,
            replacement: `${to}`,
            reason: "",
            by: "",
            at: "",
          }));
          try {
            checkSupersession(`${old}`, `${replacement}`, earlier);
            done.set(old, replacement);
          } catch (error) {
            expect(error).to.be.instanceOf(Refusal);
          }
        }
        for (let [start, steps] = [0, 0]; start <= 5; start += 1, steps = 0) {
          for (let at: number | undefined = start; at !== undefined; at = done.get(at)) {
            expect((steps += 1)).to.be.lessThan(8);
          }
        }
      }),
    );
  });
});
