// PDF pages as pixels. The file is a stranger's: it is opened in a thread of its own, with limits on pages, size, memory
// and time, and the thread ends with it.
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { refuse, type Refusal } from "../base/refusal.ts";

export interface PdfLimits {
  readonly pagesMax: number;
  /** Longest side of a page, in points of 1/72 inch. */
  readonly pagePointsMax: number;
  /** Longest side of a page's picture. */
  readonly pixelsMax: number;
  /** What PDFium may take, in bytes: an A3 page scanned at 600 dpi needs 210 MB. */
  readonly memoryMax: number;
  /** For all that PDFium does with the file. */
  readonly millisecondsMax: number;
}

export const PDF_LIMITS: PdfLimits = {
  pagesMax: 20,
  // Twice the long side of A1.
  pagePointsMax: 4768,
  pixelsMax: 2000,
  memoryMax: 384 * 1024 * 1024,
  millisecondsMax: 30_000,
};

export interface PdfJob extends PdfLimits {
  readonly bytes: Uint8Array;
}

export type PdfFault = "encrypted" | "damaged" | "too-many-pages" | "too-large" | "too-complex" | "too-slow";

/** Pixels are RGBA. */
export interface PdfPage {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** What the thread says: how many pages there are, a page, or what is wrong. */
export interface PdfAnswer {
  readonly pages?: number;
  readonly page?: PdfPage;
  readonly fault?: PdfFault;
}

const HEAP_MEGABYTES = 128;

/** A thread does not inherit how its process reads TypeScript; loaded this way it is there soonest. */
const START = `
  require(${JSON.stringify(fileURLToPath(import.meta.resolve("tsx/cjs/api")))}).register();
  require(${JSON.stringify(fileURLToPath(import.meta.resolve("./pdfium.ts")))});
`;

/** Calls `take` with each page in order, one in memory at a time. Refuses what is broken, locked or out of measure. */
export async function eachPdfPage(
  bytes: Uint8Array,
  take: (page: PdfPage) => Promise<void>,
  limits: PdfLimits = PDF_LIMITS,
): Promise<void> {
  const worker = new Worker(START, {
    eval: true,
    workerData: { ...limits, bytes } satisfies PdfJob,
    resourceLimits: { maxOldGenerationSizeMb: HEAP_MEGABYTES },
    // PDFium's complaints are about the stranger's file, not about us.
    stdout: true,
    stderr: true,
  });
  // A thread that dies between two questions would take the process along; the next question says what happened.
  worker.on("error", () => undefined);
  let millisecondsLeft = limits.millisecondsMax;
  const answered = async (): Promise<PdfAnswer> => {
    const asked = performance.now();
    const deadline = AbortSignal.timeout(Math.max(0, millisecondsLeft));
    const answer = await once(worker, "message", { signal: deadline }).then(([said]) => said as PdfAnswer, endOf);
    millisecondsLeft -= Math.round(performance.now() - asked);
    if (answer.fault !== undefined) {
      throw refusalOf(answer.fault, answer.pages ?? 0, limits);
    }
    return answer;
  };
  try {
    const { pages = 0 } = await answered();
    for (let index = 0; index < pages; index += 1) {
      worker.postMessage(index, []);
      const { page } = await answered();
      if (page !== undefined) {
        await take(page);
      }
    }
  } finally {
    await worker.terminate();
  }
}

/** The thread did not answer: it ran out of time or memory. Anything else is our fault, not the file's. */
function endOf(error: unknown): PdfAnswer {
  const { name = "", code = "" } = error as { name?: string; code?: string };
  if (name === "AbortError") {
    return { fault: "too-slow" };
  }
  if (code === "ERR_WORKER_OUT_OF_MEMORY") {
    return { fault: "too-complex" };
  }
  throw error;
}

const PRINT_AGAIN = "请用浏览器或 PDF 阅读器打开它，选“打印 → 另存为 PDF”，再上传新存的文件；或者截屏上传。";

function refusalOf(fault: PdfFault, pages: number, limits: PdfLimits): Refusal {
  switch (fault) {
    case "encrypted":
      return refuse(
        "PDF_ENCRYPTED",
        "这个 PDF 设了密码，打不开。",
        "请上传没有密码的版本；打开后“另存为”即可去掉密码。",
      );
    case "damaged":
      return refuse(
        "PDF_DAMAGED",
        "这个 PDF 不完整或已损坏，打不开。",
        "可能是下载或上传时中断了，请重新下载后再上传。",
      );
    case "too-many-pages":
      return refuse(
        "PDF_TOO_MANY_PAGES",
        `这个 PDF 有 ${pages} 页，超过每份 ${limits.pagesMax} 页的上限。`,
        "请只上传与这笔支出有关的页，或分成几份上传。",
      );
    case "too-large":
      return refuse("PDF_PAGE_TOO_LARGE", "这个 PDF 的页面尺寸太大（超过 1.6 米）。", PRINT_AGAIN);
    case "too-complex":
      return refuse("PDF_TOO_COMPLEX", "这个 PDF 太复杂，展开后占用的内存超过上限。", PRINT_AGAIN);
    case "too-slow":
      return refuse("PDF_TOO_SLOW", `这个 PDF 太复杂，${limits.millisecondsMax / 1000} 秒内没能打开。`, PRINT_AGAIN);
  }
}
