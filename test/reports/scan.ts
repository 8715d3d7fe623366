// Scans the pages of a PDF as a phone does that is held over the paper.
import { PDFiumLibrary } from "@hyzyla/pdfium";
import jsqr from "jsqr";

// A CommonJS module whose types describe an ES one.
const readQr = jsqr as unknown as typeof jsqr.default;

/** What a phone reads from each page's QR code. */
export async function scanned(pdf: Buffer): Promise<(string | undefined)[]> {
  const library = await PDFiumLibrary.init();
  const document = await library.loadDocument(pdf);
  const found: (string | undefined)[] = [];
  for (const page of document.pages()) {
    const { data, width, height } = await page.render({ scale: 2, render: "bitmap" });
    found.push(readQr(new Uint8ClampedArray(data), width, height)?.data);
  }
  document.destroy();
  library.destroy();
  return found;
}
