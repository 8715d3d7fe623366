// Files that strangers upload, made for tests: photos with a place in them, PDFs, and files that mean harm.
import { deflateSync } from "node:zlib";
import PDFDocument from "pdfkit";
import sharp, { type Sharp } from "sharp";

/** What a phone writes into a photo about where it was taken; found again by its own name. */
export const PLACE_MARK = "WGS-84-HOME";

/** A plain picture with a white square (150…350 ‰ from the left, 400…600 ‰ from the top) on blue. */
export function plain(width: number, height: number): Sharp {
  const square = Buffer.from(
    `<svg width="${width}" height="${height}"><rect x="${width * 0.15}" y="${height * 0.4}" width="${width * 0.2}" height="${height * 0.2}" fill="#fff"/></svg>`,
  );
  return sharp({ create: { width, height, channels: 3, background: "#3060a0" } }).composite([{ input: square }]);
}

/** A phone's photo, held sideways (orientation 6), with the place where it was taken. */
export async function photo(width = 640, height = 480): Promise<Buffer> {
  return plain(width, height)
    .jpeg()
    .withExif({ IFD0: { Make: "Phone" }, IFD3: { GPSLatitudeRef: "N", GPSMapDatum: PLACE_MARK } })
    .withMetadata({ orientation: 6 })
    .toBuffer();
}

/** A PDF of so many pages, each with its number and a black square in the upper left corner. */
export async function pdf(pages: number, options: PDFKit.PDFDocumentOptions = {}): Promise<Buffer> {
  const document = new PDFDocument({ size: "A5", ...options, autoFirstPage: false });
  const parts: Buffer[] = [];
  document.on("data", (part: Buffer) => parts.push(part));
  const done = new Promise((resolve) => document.on("end", resolve));
  for (let page = 1; page <= pages; page += 1) {
    document.addPage().rect(0, 0, 100, 100).fill("#000").fontSize(40).text(`page ${page}`, 120, 120);
  }
  document.end();
  await done;
  return Buffer.concat(parts);
}

/** A PDF written object by object, the first being the catalog: for what no honest writer makes. */
export function rawPdf(objects: readonly (string | Buffer)[]): Buffer {
  const parts = [Buffer.from("%PDF-1.7\n")];
  const starts: number[] = [];
  let length = 9;
  for (const [index, object] of objects.entries()) {
    const part = Buffer.concat([Buffer.from(`${index + 1} 0 obj\n`), Buffer.from(object), Buffer.from("\nendobj\n")]);
    starts.push(length);
    length += part.length;
    parts.push(part);
  }
  const table = starts.map((start) => `${String(start).padStart(10, "0")} 00000 n \n`).join("");
  parts.push(
    Buffer.from(
      `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${table}trailer << /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${length}\n%%EOF`,
    ),
  );
  return Buffer.concat(parts);
}

export function pdfStream(entries: string, content: Uint8Array): Buffer {
  return Buffer.concat([
    Buffer.from(`<< /Length ${content.length} ${entries} >>\nstream\n`),
    content,
    Buffer.from("\nendstream"),
  ]);
}

/** A PDF of one page of 200 × 100 points that draws `content`, with further objects from number 5 on. */
export function pdfOf(content: Buffer, resources = "", further: readonly (string | Buffer)[] = []): Buffer {
  return rawPdf([
    "<< /Type /Catalog /Pages 2 0 R >>",
    "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
    `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 100] /Contents 4 0 R /Resources << ${resources} >> >>`,
    content,
    ...further,
  ]);
}

/** A few kilobytes that unfold to a hundred thousand times as much. */
export function pdfBomb(): Buffer {
  const paths = Buffer.alloc(100_000_000, "0 0 m 500 500 l 100 700 l S\n");
  return pdfOf(pdfStream("/Filter [/FlateDecode /FlateDecode]", deflateSync(deflateSync(paths, { level: 1 }))));
}

/** Forms that draw each other twenty times over, eight deep: a hundred bytes each, 25,600,000,000 lines. */
export function pdfOfForms(): Buffer {
  const forms = Array.from({ length: 8 }, (_, depth) =>
    pdfStream(
      `/Type /XObject /Subtype /Form /BBox [0 0 200 100] /Resources << /XObject << /N ${6 + depth} 0 R >> >>`,
      Buffer.from(depth === 7 ? "0 0 m 200 100 l S" : "/N Do ".repeat(20)),
    ),
  );
  return pdfOf(pdfStream("", Buffer.from("/N Do")), "/XObject << /N 5 0 R >>", forms);
}

/** The header of a PNG that claims that size, and nothing after it. */
export function pngClaiming(width: number, height: number): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2], 8);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([signature, pngChunk("IHDR", header), pngChunk("IDAT", deflateSync(Buffer.alloc(100)))]);
}

function pngChunk(name: string, content: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(name), content]);
  const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(content.length);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([length, body, sum]);
}

function crc32(bytes: Buffer): number {
  let crc = 0xff_ff_ff_ff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) {
      crc = crc & 1 ? (crc >>> 1) ^ 0xed_b8_83_20 : crc >>> 1;
    }
  }
  return (crc ^ 0xff_ff_ff_ff) >>> 0;
}

/** An iPhone's HEIC, as far as its type can be read. */
export const HEIC = Buffer.concat([
  Buffer.from([0, 0, 0, 24]),
  Buffer.from("ftypheic\0\0\0\0mif1heic"),
  Buffer.alloc(1000),
]);

/** A Windows program, whatever it is called. */
export const EXE = Buffer.concat([Buffer.from("MZ\u0090\0", "latin1"), Buffer.alloc(1000)]);

/** The red, green and blue of a picture's pixel. */
export async function pixelAt(picture: Buffer, x: number, y: number): Promise<number[]> {
  const pixel = await sharp(picture).removeAlpha().extract({ left: x, top: y, width: 1, height: 1 }).raw().toBuffer();
  return [...pixel.subarray(0, 3)];
}

/** The brightest value of any colour in a part of a picture; 0 = all of it is black. */
export async function brightest(
  picture: Buffer,
  part: { left: number; top: number; width: number; height: number },
): Promise<number> {
  const pixels = await sharp(picture).removeAlpha().extract(part).raw().toBuffer();
  return pixels.reduce((most, value) => Math.max(most, value), 0);
}
