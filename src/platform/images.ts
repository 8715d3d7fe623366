// Pictures of strangers' files: recognised by what they hold, measured before they are decoded, and made again from
// their pixels, so that nothing of a file but what can be seen on it is ever shown.
import { fileTypeFromBuffer } from "file-type";
import sharp, { type Sharp } from "sharp";
import { refuse } from "../base/refusal.ts";
import { FILE_BYTES_MAX } from "./body.ts";
import { eachPdfPage, PDF_LIMITS, type PdfLimits } from "./pdf.ts";

export type FileKind = "jpeg" | "png" | "webp" | "pdf" | "xml";

const IMAGE_PIXELS_MAX = 50_000_000;
/** Longest side of a picture that is shown, in pixels. */
const SIDE_MAX = PDF_LIMITS.pixelsMax;
/** Screenshots of long pages stay legible: with sides of 1 to 3 and beyond, the long one may be this long. */
const LONG_SIDE_MAX = 8000;
const THUMBNAIL_SIDE = 320;
const JPEG_QUALITY = 80;
/** The width of the squares that a JPEG without halved colours is made of. */
const JPEG_SQUARE = 8;
const SECONDS_MAX = 20;

/** A JPEG that is safe to show. Sizes in pixels. */
export interface Picture {
  readonly bytes: Buffer;
  readonly width: number;
  readonly height: number;
}

/** A rectangle in ‰ of a picture's width and height, from its upper left corner. */
export interface Area {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

// ---- Not more at once than the machine bears ----------------------------------------------------------------

const JOBS_MAX = 2;
const WAITING_MAX = 30;

// Pictures share the machine with everybody's pages.
sharp.concurrency(1);
sharp.cache(false);

/** Runs jobs a few at a time, the others in their order; refuses when too many wait. */
export function queue(runningMax: number, waitingMax: number): <T>(job: () => Promise<T>) => Promise<T> {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (job) => {
    if (running >= runningMax) {
      if (waiting.length >= waitingMax) {
        throw refuse("IMAGES_BUSY", "正在处理的图片太多了。", "请等半分钟再上传一次。", 429);
      }
      await new Promise<void>((resolve) => waiting.push(resolve));
    } else {
      running += 1;
    }
    try {
      return await job();
    } finally {
      // Who waited longest takes over the place, so nobody can slip in between.
      const next = waiting.shift();
      if (next === undefined) {
        running -= 1;
      } else {
        next();
      }
    }
  };
}

const inTurn = queue(JOBS_MAX, WAITING_MAX);

// ---- What a file is -----------------------------------------------------------------------------------------

const KINDS: Readonly<Record<string, FileKind>> = { jpg: "jpeg", png: "png", webp: "webp", pdf: "pdf" };

const SCREENSHOT = "请打开它截一张屏，上传截图。";
const AS_PDF_OR_PHOTO = "请另存为 PDF 再上传，或者拍照上传。";
const TAKEN = "可以上传的有：照片或截图（JPG、PNG、WebP）、PDF、数电票的 XML。";

/** Files that people try: what it is, and what to do. The first row whose type fits counts. */
const REFUSED: readonly (readonly [types: RegExp, what: string, remedy: string])[] = [
  [
    /^hei/,
    "HEIC 照片（苹果手机的默认格式），多数电脑和旧手机打不开",
    "请在 iPhone 的“设置 → 相机 → 格式”里选“兼容性最佳”后重拍，或对这张照片截屏再上传。",
  ],
  [/^(avif|tif|bmp|jp2|jxl|psd|ico|cr2|dng|nef|arw)$/, "{ext} 图片，多数浏览器打不开", SCREENSHOT],
  [/^(gif|apng)$/, "动图（{ext}）", SCREENSHOT],
  [/^svg$/, "SVG 图形，里面可以藏程序", SCREENSHOT],
  [/^html$/, "网页", "请在浏览器里打开它，选“打印 → 另存为 PDF”，再上传 PDF。"],
  [/^ofd$/, "OFD 版式文件", "请在开票平台下载同一张发票的 PDF 或 XML 再上传；也可以用 OFD 阅读器打开，“另存为 PDF”。"],
  [/^(exe|elf|macho|apk|jar|deb|rpm|dll|msi|lnk)$/, "电脑程序（{ext}），不是图片", TAKEN],
  [/^(zip|rar|7z|gz|tar|xz|bz2)$/, "压缩包（{ext}）", "请解压后，把里面的图片或 PDF 逐个上传。"],
  [/^(docx?|xlsx?|pptx?|odt|ods|cfb|rtf)$/, "办公文档（{ext}）", AS_PDF_OR_PHOTO],
  [/^(mp4|mov|avi|mkv|webm|3gp|m4v)$/, "视频（{ext}）", SCREENSHOT],
  [/^(mp3|m4a|amr|wav|ogg|aac)$/, "录音（{ext}）", TAKEN],
];

/**
 * The kind of a file by its content, whatever its name says. Refuses every other kind by its name, and files that are
 * empty or too large.
 */
export async function recognise(bytes: Buffer): Promise<FileKind> {
  if (bytes.length === 0) {
    throw refuse("FILE_EMPTY", "这个文件是空的，可能上传时中断了。", "请重新选择文件，再上传一次。");
  }
  if (bytes.length > FILE_BYTES_MAX) {
    throw fileTooLarge(bytes.length);
  }
  const type = await typeOf(bytes);
  const kind = KINDS[type];
  if (kind === "pdf" && !bytes.subarray(-4096).includes("%%EOF")) {
    throw incomplete("PDF");
  }
  if (kind !== undefined || type === "xml") {
    return kind ?? "xml";
  }
  const refused = REFUSED.find(([types]) => types.test(type));
  throw refuse(
    "FILE_KIND_REFUSED",
    `这个文件其实是${(refused?.[1] ?? "不认识的格式").replace("{ext}", type.toUpperCase())}，不能作凭证。`,
    refused?.[2] ?? TAKEN,
  );
}

function fileTooLarge(size: number): Error {
  const megabytes = (bytes: number): string => (bytes / 1024 / 1024).toFixed(1).replace(/\.0$/, "");
  return refuse(
    "FILE_TOO_LARGE",
    `文件有 ${megabytes(size)} MB，超过每个 ${megabytes(FILE_BYTES_MAX)} MB 的上限。`,
    "照片请用手机相机的普通（非“高像素”）模式重拍，或对照片截屏；PDF 请只留有关的页。",
    413,
  );
}

/** "jpg", "heic", "xml" …; "" when nobody knows. */
async function typeOf(bytes: Buffer): Promise<string> {
  const root = rootElement(bytes);
  if (root !== "") {
    return root === "svg" || root === "html" ? root : "xml";
  }
  // A parser that stumbles has not recognised anything.
  const { ext = "" } = (await fileTypeFromBuffer(bytes).catch(() => undefined)) ?? {};
  return ext === "zip" && bytes.includes("OFD.xml") ? "ofd" : ext;
}

const HEAD_BYTES = 4096;

/** The first element of a text in angle brackets, in lower case and without prefix; "" when it is no such text. */
function rootElement(bytes: Buffer): string {
  let text = bytes
    .subarray(0, HEAD_BYTES)
    .toString("utf8")
    .replace(/^\ufeff/, "")
    .trimStart();
  for (const [start, end] of [
    ["<?", "?>"],
    ["<!--", "-->"],
    ["<!", ">"],
  ] as const) {
    while (text.startsWith(start)) {
      const stop = text.indexOf(end, start.length);
      text = stop < 0 ? "" : text.slice(stop + end.length).trimStart();
    }
  }
  const name = /^<([\p{L}_][\p{L}\p{N}_.:-]*)/u.exec(text)?.[1] ?? "";
  return name.replace(/^.*:/, "").toLowerCase();
}

function incomplete(what: string): Error {
  return refuse(
    "FILE_DAMAGED",
    `这${what === "PDF" ? "个 PDF " : "张图片"}不完整或已损坏，打不开。`,
    "可能是拍照、下载或上传时中断了；请在手机或电脑上打开看看，能看全再重新上传。",
  );
}

// ---- Pictures -----------------------------------------------------------------------------------------------

/** An uploaded image as it is shown: upright, of moderate size, with nothing of what the file knew beside its pixels. */
export async function pictureOf(bytes: Buffer): Promise<Picture> {
  return inTurn(async () => {
    const source = sharp(bytes, { limitInputPixels: IMAGE_PIXELS_MAX, failOn: "error" });
    const {
      width,
      height,
      pages = 1,
    } = await sharp(bytes, { limitInputPixels: false })
      .metadata()
      .catch(() => Promise.reject(incomplete("image")));
    if (width * height > IMAGE_PIXELS_MAX) {
      throw refuse(
        "IMAGE_TOO_MANY_PIXELS",
        `这张图片是 ${width} × ${height} 像素，超过 ${IMAGE_PIXELS_MAX / 10_000} 万像素的上限。`,
        "请关掉手机相机的“高像素”模式重拍，或对照片截屏再上传。",
      );
    }
    if (pages > 1) {
      throw refuse("FILE_KIND_REFUSED", "这个文件其实是动图，不能作凭证。", SCREENSHOT);
    }
    return jpegOf(source.autoOrient(), width, height).catch(() => Promise.reject(incomplete("image")));
  });
}

/** The pages of a PDF as they are shown. */
export async function picturesOfPdf(bytes: Buffer, limits: PdfLimits = PDF_LIMITS): Promise<Picture[]> {
  return inTurn(async () => {
    const pictures: Picture[] = [];
    const keep = async ({ data, width, height }: { data: Uint8Array; width: number; height: number }) => {
      pictures.push(await jpegOf(sharp(data, { raw: { width, height, channels: 4 } }), width, height));
    };
    await eachPdfPage(bytes, keep, limits);
    return pictures;
  });
}

/** A small WebP of a picture, for lists. */
export async function thumbnailOf(picture: Buffer): Promise<Buffer> {
  return inTurn(() =>
    sharp(picture)
      .resize({ width: THUMBNAIL_SIDE, height: THUMBNAIL_SIDE, fit: "inside", withoutEnlargement: true })
      .webp({ quality: 75 })
      .toBuffer(),
  );
}

/**
 * The picture with the areas black. The pixels beneath are overwritten before the JPEG is made again, and the areas
 * reach to the edges of the JPEG's squares: half a square would keep a trace of what was beside it.
 */
export async function blackOut(picture: Buffer, areas: readonly Area[]): Promise<Picture> {
  return inTurn(async () => {
    const { data, info } = await sharp(picture).raw().toBuffer({ resolveWithObject: true });
    const { width, height, channels } = info;
    for (const area of areas) {
      const [left, right] = squares(area.x, area.width, width);
      const [top, bottom] = squares(area.y, area.height, height);
      for (let row = top; row < bottom; row += 1) {
        data.fill(0, (row * width + left) * channels, (row * width + right) * channels);
      }
    }
    return jpegOf(sharp(data, { raw: { width, height, channels } }), width, height);
  });
}

/** From and to in pixels, of a stretch in ‰ of a length, widened to whole squares. */
function squares(start: number, stretch: number, length: number): [from: number, to: number] {
  const from = Math.floor((start * length) / 1000 / JPEG_SQUARE) * JPEG_SQUARE;
  const to = Math.ceil(((start + stretch) * length) / 1000 / JPEG_SQUARE) * JPEG_SQUARE;
  return [Math.max(0, from), Math.min(length, to)];
}

/** sharp leaves EXIF, GPS and profiles out unless it is asked to keep them; transparent parts become paper. */
async function jpegOf(image: Sharp, width: number, height: number): Promise<Picture> {
  const isLong = Math.max(width, height) >= 3 * Math.min(width, height);
  const side = isLong ? LONG_SIDE_MAX : SIDE_MAX;
  const { data, info } = await image
    .flatten({ background: "#ffffff" })
    .resize({ width: side, height: side, fit: "inside", withoutEnlargement: true })
    // With colours at full size, red seals and small print stay sharp.
    .jpeg({ quality: JPEG_QUALITY, mozjpeg: true, chromaSubsampling: "4:4:4" })
    .timeout({ seconds: SECONDS_MAX })
    .toBuffer({ resolveWithObject: true });
  return { bytes: data, width: info.width, height: info.height };
}
