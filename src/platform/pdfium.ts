// Runs in a worker thread of its own (see pdf.ts): opens one PDF with PDFium and answers its pages as pixels.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { parentPort, workerData } from "node:worker_threads";
import { PDFiumLibrary, PDFiumModule, type PDFiumDocument } from "@hyzyla/pdfium";
import type { PdfAnswer, PdfFault, PdfJob } from "./pdf.ts";

const POINTS_PER_PIXEL_MIN = 0.25;
const WASM_PAGE = 65_536;

// The part of WebAssembly that is used here; it is described nowhere outside browsers.
declare class WebAssemblyMemory {
  readonly buffer: ArrayBuffer;
  grow: (this: WebAssemblyMemory, pages: number) => number;
}
declare const WebAssembly: {
  readonly Memory: typeof WebAssemblyMemory;
  readonly RuntimeError: ErrorConstructor;
  instantiate(code: Uint8Array, imports: unknown): Promise<{ readonly instance: unknown }>;
};

/** What PDFium needs of WebAssembly's imports to be given a file. */
interface SystemCalls {
  readonly env: { __syscall_openat(folder: number, name: number, flags: number, mode: number): number };
  readonly wasi_snapshot_preview1: {
    fd_write(file: number, parts: number, count: number, written: number): number;
    fd_close(file: number): number;
  };
}

/** Hostile files are stopped by the memory they ask for; V8 limits its own heap only. This thread holds nothing else. */
function limitMemory(bytesMax: number): void {
  const grow = WebAssembly.Memory.prototype.grow;
  WebAssembly.Memory.prototype.grow = function (pages) {
    if (this.buffer.byteLength + pages * WASM_PAGE > bytesMax) {
      throw new RangeError("the PDF asks for more memory than it may have");
    }
    return grow.call(this, pages);
  };
}

const require = createRequire(import.meta.url);
const WASM_FILE = require.resolve("@hyzyla/pdfium/pdfium.wasm");
const FONT_FILE = require.resolve("@expo-google-fonts/noto-sans-sc/400Regular/NotoSansSC_400Regular.ttf");
const FONT_FOLDER = "/tmp";

/**
 * PDFium with a Chinese font: invoices and bank slips often name SimSun without holding it, and would show blank. Its
 * file system is memory of its own, and is reached by the same calls by which it reads.
 */
async function openLibrary(): Promise<PDFiumLibrary> {
  let calls: SystemCalls | undefined;
  const module = await PDFiumModule({
    instantiateWasm: (imports, done) => {
      calls = imports as SystemCalls;
      void WebAssembly.instantiate(readFileSync(WASM_FILE), imports).then(({ instance }) =>
        (done as (ready: unknown) => void)(instance),
      );
      return {};
    },
  });
  const numbers = (...values: number[]): number => place(Buffer.from(Uint32Array.from(values).buffer));
  const place = (bytes: Uint8Array): number => {
    const address = module.wasmExports.malloc(bytes.length);
    module.HEAPU8.set(bytes, address);
    return address;
  };
  const text = (value: string): number => place(Buffer.from(`${value}\0`));
  const font = readFileSync(FONT_FILE);
  const fontAt = place(font);
  const { env, wasi_snapshot_preview1: wasi } = calls as SystemCalls;
  const [CURRENT_FOLDER, CREATE_AND_WRITE] = [-100, 0o101];
  const file = env.__syscall_openat(CURRENT_FOLDER, text(`${FONT_FOLDER}/sc.ttf`), CREATE_AND_WRITE, numbers(0o644));
  wasi.fd_write(file, numbers(fontAt, font.length), 1, numbers(0));
  wasi.fd_close(file);
  module.wasmExports.free(fontAt);
  // FPDF_LIBRARY_CONFIG: version, font folders (ended by 0), isolate, slot.
  const config: unknown = numbers(2, numbers(text(FONT_FOLDER), 0), 0, 0);
  module._FPDF_InitLibraryWithConfig(config as object);
  return new PDFiumLibrary(module);
}

function faultOf(error: unknown): PdfFault {
  const message = error instanceof Error ? error.message : String(error);
  if (/password|security scheme/iu.test(message)) {
    return "encrypted";
  }
  // A trap of WebAssembly is what running out of memory or stack comes to.
  return error instanceof WebAssembly.RuntimeError || error instanceof RangeError || /allocate/iu.test(message)
    ? "too-complex"
    : "damaged";
}

/** The page as RGBA pixels that fit into a square; never beyond the size at which a tiny ticket is all blur. */
async function pixelsOf(document: PDFiumDocument, index: number, job: PdfJob): Promise<PdfAnswer> {
  const page = document.getPage(index);
  const { originalWidth, originalHeight } = page.getOriginalSize();
  const longest = Math.max(originalWidth, originalHeight);
  if (!(Math.min(originalWidth, originalHeight) > 0)) {
    return { fault: "damaged" };
  }
  if (longest > job.pagePointsMax) {
    return { fault: "too-large" };
  }
  const scale = Math.min(job.pixelsMax / longest, 1 / POINTS_PER_PIXEL_MIN);
  const width = Math.max(1, Math.round(originalWidth * scale));
  const height = Math.max(1, Math.round(originalHeight * scale));
  const { data } = await page.render({ render: "bitmap", scale: 1, width, height, renderFormFields: true });
  return { page: { data, width, height } };
}

async function serve(job: PdfJob): Promise<void> {
  // Pixels are handed over, not copied.
  const answer = (value: PdfAnswer): void =>
    parentPort?.postMessage(value, value.page === undefined ? [] : [value.page.data.buffer as ArrayBuffer]);
  try {
    limitMemory(job.memoryMax);
    const document = await (await openLibrary()).loadDocument(job.bytes);
    const pages = document.getPageCount();
    if (pages < 1 || pages > job.pagesMax) {
      return answer({ fault: pages < 1 ? "damaged" : "too-many-pages", pages });
    }
    parentPort?.on("message", (index: number) => {
      pixelsOf(document, index, job).then(answer, (error: unknown) => answer({ fault: faultOf(error) }));
    });
    answer({ pages });
  } catch (error) {
    answer({ fault: faultOf(error) });
  }
}

void serve(workerData as PdfJob);
