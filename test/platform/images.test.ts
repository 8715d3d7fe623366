import { expect } from "chai";
import sharp from "sharp";
import { Refusal } from "../../src/base/refusal.ts";
import { FILE_BYTES_MAX } from "../../src/platform/body.ts";
import { blackOut, pictureOf, picturesOfPdf, queue, recognise, thumbnailOf } from "../../src/platform/images.ts";
import { PDF_LIMITS } from "../../src/platform/pdf.ts";
import {
  brightest,
  EXE,
  HEIC,
  pdf,
  pdfBomb,
  pdfOf,
  pdfOfForms,
  pdfStream,
  photo,
  pixelAt,
  PLACE_MARK,
  plain,
  pngClaiming,
  rawPdf,
} from "./pictures.ts";

async function refusalOf(work: Promise<unknown>): Promise<Refusal> {
  try {
    await work;
  } catch (error) {
    if (error instanceof Refusal) {
      return error;
    }
    throw error;
  }
  throw new Error("not refused");
}

describe("what a file is", () => {
  it("is read from its content: JPEG, PNG, WebP, PDF and XML are taken", async () => {
    const image = plain(40, 30);
    const kinds = await Promise.all([
      recognise(await image.clone().jpeg().toBuffer()),
      recognise(await image.clone().png().toBuffer()),
      recognise(await image.clone().webp().toBuffer()),
      recognise(await pdf(1)),
      recognise(Buffer.from('\ufeff<?xml version="1.0" encoding="UTF-8"?>\n<!-- 数电票 --><EInvoice/>')),
      recognise(Buffer.from("<tax:EInvoice xmlns:tax='urn:x'/>")),
    ]);
    expect(kinds).to.deep.equal(["jpeg", "png", "webp", "pdf", "xml", "xml"]);
  });

  const zip = Buffer.concat([Buffer.from("PK\u0003\u0004"), Buffer.alloc(26)]);
  const refused: readonly (readonly [name: string, bytes: Buffer, what: string, remedy: string])[] = [
    ["a HEIC photo", HEIC, "HEIC", "兼容性最佳"],
    ["a program named .jpg", EXE, "电脑程序（EXE）", "PDF"],
    ["an SVG", Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>'), "SVG", "截一张屏"],
    ["an SVG with an XML head", Buffer.from('<?xml version="1.0"?><!DOCTYPE svg><svg/>'), "SVG", "截一张屏"],
    ["a GIF", Buffer.from("GIF89a\u0001\u0000\u0001\u0000\u0000"), "动图", "截一张屏"],
    ["a ZIP", zip, "压缩包（ZIP）", "解压"],
    ["an OFD", Buffer.concat([zip, Buffer.from("OFD.xml")]), "OFD", "XML"],
    ["a web page", Buffer.from("<!doctype html><html><script>1</script></html>"), "网页", "PDF"],
    ["a text", Buffer.from("收据 120 元"), "不认识的格式", "JPG"],
  ];
  for (const [name, bytes, what, remedy] of refused) {
    it(`names ${name} and says what to do instead`, async () => {
      const [fault] = (await refusalOf(recognise(bytes))).faults;
      expect(fault?.code).to.equal("FILE_KIND_REFUSED");
      expect(fault?.message).to.contain(what);
      expect(fault?.remedy).to.contain(remedy);
    });
  }

  it("is refused when empty, and above 10 MB with its size", async () => {
    expect((await refusalOf(recognise(Buffer.alloc(0)))).code).to.equal("FILE_EMPTY");
    const large = await refusalOf(recognise(Buffer.alloc(30 * 1024 * 1024)));
    expect(large.code).to.equal("FILE_TOO_LARGE");
    expect(large.message).to.contain("30 MB").and.to.contain("10 MB");
    expect(FILE_BYTES_MAX).to.equal(10_485_760);
  });

  it("is refused when a PDF has lost its end", async () => {
    const whole = await pdf(3);
    expect((await refusalOf(recognise(whole.subarray(0, -600)))).code).to.equal("FILE_DAMAGED");
  });
});

describe("the shown copy of a photo", () => {
  it("keeps nothing of where it was taken, while the original has it", async () => {
    const original = await photo();
    const shown = await pictureOf(original);
    expect(original.includes(PLACE_MARK)).to.equal(true);
    expect(shown.bytes.includes(PLACE_MARK)).to.equal(false);
    const { exif, icc, xmp, iptc } = await sharp(shown.bytes).metadata();
    expect([exif, icc, xmp, iptc]).to.deep.equal([undefined, undefined, undefined, undefined]);
  });

  it("stands upright", async () => {
    const shown = await pictureOf(await photo(640, 480));
    expect([shown.width, shown.height]).to.deep.equal([480, 640]);
    // Turned clockwise, the square left of the middle comes to lie above it.
    const [above = 0] = await pixelAt(shown.bytes, 240, 160);
    const [below = 255] = await pixelAt(shown.bytes, 240, 480);
    expect(above).to.be.greaterThan(240);
    expect(below).to.be.lessThan(60);
  });

  it("is at most 2000 pixels wide and high, and a long screenshot at most 8000", async () => {
    const shown = await pictureOf(await plain(3000, 1500).jpeg().toBuffer());
    expect([shown.width, shown.height]).to.deep.equal([2000, 1000]);
    const long = await pictureOf(await plain(60, 9000).png().toBuffer());
    expect([long.width, long.height]).to.deep.equal([53, 8000]);
  });

  it("shows what was transparent as paper", async () => {
    const clear = await sharp({ create: { width: 16, height: 16, channels: 4, background: "#00000000" } })
      .png()
      .toBuffer();
    expect(await pixelAt((await pictureOf(clear)).bytes, 8, 8)).to.deep.equal([255, 255, 255]);
  });

  it("is not made of more than 50 million pixels, which are counted before any is decoded", async () => {
    const refusal = await refusalOf(pictureOf(pngClaiming(60_000, 60_000)));
    expect(refusal.code).to.equal("IMAGE_TOO_MANY_PIXELS");
    expect(refusal.message).to.contain("60000 × 60000").and.to.contain("5000 万像素");
    expect((await refusalOf(pictureOf(pngClaiming(10_000, 5_001)))).code).to.equal("IMAGE_TOO_MANY_PIXELS");
    // Within the limit, what is missing is noticed instead.
    expect((await refusalOf(pictureOf(pngClaiming(10_000, 5_000)))).code).to.equal("FILE_DAMAGED");
  });

  it("is not made of half a file", async () => {
    for (const whole of [
      await photo(),
      await plain(400, 300).png().toBuffer(),
      await plain(400, 300).webp().toBuffer(),
    ]) {
      const half = whole.subarray(0, Math.floor(whole.length / 2));
      expect((await refusalOf(pictureOf(half))).code).to.equal("FILE_DAMAGED");
    }
  });

  it("is not made of moving pictures, whose later ones nobody would see", async () => {
    const frames = await sharp(
      await Promise.all([plain(40, 40).png().toBuffer(), plain(40, 40).negate().png().toBuffer()]),
      { join: { animated: true } },
    )
      .webp()
      .toBuffer();
    expect((await refusalOf(pictureOf(frames))).message).to.contain("动图");
  });
});

describe("thumbnails", () => {
  it("are WebP of at most 320 pixels", async () => {
    const thumbnail = await thumbnailOf((await pictureOf(await plain(1000, 500).jpeg().toBuffer())).bytes);
    const { format, width, height } = await sharp(thumbnail).metadata();
    expect([format, width, height]).to.deep.equal(["webp", 320, 160]);
  });
});

describe("blacking out", () => {
  it("makes the pixels black in the picture itself and leaves the others", async () => {
    const { bytes } = await pictureOf(await plain(1000, 800).jpeg().toBuffer());
    const black = await blackOut(bytes, [{ x: 150, y: 400, width: 200, height: 200 }]);
    expect([black.width, black.height]).to.deep.equal([1000, 800]);
    expect(await brightest(black.bytes, { left: 150, top: 320, width: 200, height: 160 })).to.equal(0);
    const beside = await pixelAt(black.bytes, 700, 200);
    const blue = [0x30, 0x60, 0xa0];
    expect(Math.max(...beside.map((value, colour) => Math.abs(value - (blue[colour] ?? 0))))).to.be.lessThan(6);
  });

  it("reaches to whole squares of the JPEG, so that no trace of what is beneath stays at the edges", async () => {
    const { bytes } = await pictureOf(await plain(1000, 800).jpeg().toBuffer());
    const black = await blackOut(bytes, [{ x: 333, y: 333, width: 1, height: 1 }]);
    expect(await brightest(black.bytes, { left: 328, top: 264, width: 8, height: 8 })).to.equal(0);
  });

  it("reaches to the very edge of the picture", async () => {
    const { bytes } = await pictureOf(await plain(333, 217).jpeg().toBuffer());
    const black = await blackOut(bytes, [{ x: 0, y: 0, width: 1000, height: 1000 }]);
    expect(await brightest(black.bytes, { left: 0, top: 0, width: 333, height: 217 })).to.equal(0);
  });
});

describe("the pages of a PDF", () => {
  it("are shown as pictures with 2000 pixels on the long side", async () => {
    const pages = await picturesOfPdf(await pdf(2));
    expect(pages.map(({ width, height }) => [width, height])).to.deep.equal([
      [1410, 2000],
      [1410, 2000],
    ]);
    const first = pages[0]?.bytes ?? Buffer.alloc(0);
    expect(await pixelAt(first, 100, 100)).to.deep.equal([0, 0, 0]);
    expect(await pixelAt(first, 1300, 1900)).to.deep.equal([255, 255, 255]);
  });

  it("are legible where an invoice names a Chinese font without holding it", async () => {
    const text = Buffer.from("BT /F1 40 Tf 10 30 Td <53d17968> Tj ET");
    const [page] = await picturesOfPdf(
      pdfOf(pdfStream("", text), "/Font << /F1 5 0 R >>", [
        "<< /Type /Font /Subtype /Type0 /BaseFont /SimSun /Encoding /UniGB-UCS2-H /DescendantFonts [6 0 R] >>",
        "<< /Type /Font /Subtype /CIDFontType2 /BaseFont /SimSun /CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 2 >> /FontDescriptor 7 0 R >>",
        "<< /Type /FontDescriptor /FontName /SimSun /Flags 4 /FontBBox [0 -200 1000 900] /ItalicAngle 0 /Ascent 859 /Descent -140 /CapHeight 683 /StemV 80 >>",
      ]),
    );
    const { channels } = await sharp(page?.bytes).stats();
    // 发票 in 40 points on 200 × 100: ink on some twentieth of the paper.
    expect(channels[0]?.mean).to.be.within(220, 250);
  });

  it("are refused behind a password, and shown when only printing is forbidden", async () => {
    const locked = await refusalOf(picturesOfPdf(await pdf(1, { userPassword: "1234", ownerPassword: "5678" })));
    expect(locked.code).to.equal("PDF_ENCRYPTED");
    expect(await picturesOfPdf(await pdf(1, { ownerPassword: "5678" }))).to.have.lengthOf(1);
  });

  const limits = { ...PDF_LIMITS, memoryMax: 96 * 1024 * 1024 };
  const hostile: readonly (readonly [name: string, bytes: () => Promise<Buffer> | Buffer, code: string])[] = [
    ["more than 20 pages", () => pdf(21), "PDF_TOO_MANY_PAGES"],
    ["a page of three metres", () => pdf(1, { size: [9000, 100] }), "PDF_PAGE_TOO_LARGE"],
    ["streams that unfold a hundred thousand times", pdfBomb, "PDF_TOO_COMPLEX"],
    ["forms that draw each other without end", pdfOfForms, "PDF_TOO_COMPLEX"],
    ["a tree of pages ten thousand deep", () => deepTree(10_000), "PDF_DAMAGED"],
    ["a tree of pages that holds itself", () => loop(), "PDF_DAMAGED"],
    ["nothing inside", () => Buffer.from("%PDF-1.7\nnothing\n%%EOF"), "PDF_DAMAGED"],
  ];
  for (const [name, bytes, code] of hostile) {
    it(`are refused with ${name}`, async () => {
      const refusal = await refusalOf(picturesOfPdf(await bytes(), limits));
      expect(refusal.code).to.equal(code);
    });
  }

  it("are given up when they take too long, even in the middle of the work", async () => {
    const started = performance.now();
    const refusal = await refusalOf(picturesOfPdf(pdfOfForms(), { ...PDF_LIMITS, millisecondsMax: 400 }));
    expect(refusal.code).to.equal("PDF_TOO_SLOW");
    expect(performance.now() - started).to.be.lessThan(2000);
  });
});

function deepTree(depth: number): Buffer {
  const nodes = Array.from(
    { length: depth },
    (_, index) => `<< /Type /Pages /Kids [${index + 3} 0 R] /Count 1 /Parent ${index + 1} 0 R >>`,
  );
  const page = `<< /Type /Page /Parent ${depth + 1} 0 R /MediaBox [0 0 100 100] >>`;
  return rawPdf(["<< /Type /Catalog /Pages 2 0 R >>", ...nodes, page]);
}

function loop(): Buffer {
  return rawPdf(["<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [2 0 R] /Count 1 >>"]);
}

describe("the queue of pictures", () => {
  it("runs two at once, the others in their order, and goes on after one that failed", async () => {
    const inTurn = queue(2, 10);
    const [order, most]: [number[], { now: number; ever: number }] = [[], { now: 0, ever: 0 }];
    const job = (index: number) => async (): Promise<void> => {
      most.now += 1;
      most.ever = Math.max(most.ever, most.now);
      order.push(index);
      await new Promise((resolve) => setTimeout(resolve, 2));
      most.now -= 1;
      if (index === 1) {
        throw new Error("a bad picture");
      }
    };
    const ends = await Promise.allSettled([0, 1, 2, 3, 4, 5].map((index) => inTurn(job(index))));
    expect(order).to.deep.equal([0, 1, 2, 3, 4, 5]);
    expect(most).to.deep.equal({ now: 0, ever: 2 });
    expect(ends.filter(({ status }) => status === "rejected")).to.have.lengthOf(1);
  });

  it("refuses when too many wait", async () => {
    const inTurn = queue(1, 1);
    const ends: (() => void)[] = [];
    const running = [0, 1].map(() => inTurn(() => new Promise<void>((resolve) => ends.push(resolve))));
    expect((await refusalOf(inTurn(async () => undefined))).code).to.equal("IMAGES_BUSY");
    while (ends.length > 0) {
      ends.shift()?.();
      await new Promise((resolve) => setImmediate(resolve));
    }
    await Promise.all(running);
    expect(await inTurn(async () => "free again")).to.equal("free again");
  });
});
