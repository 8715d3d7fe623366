// A real browser for tests: Chromium out of npm, with the PDF's typeface so that Chinese can be seen.
import { copyFile, mkdir } from "node:fs/promises";
import { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";
import type { Browser } from "playwright-core";

const FONTS = ["400Regular/NotoSansSC_400Regular.ttf", "700Bold/NotoSansSC_700Bold.ttf"];

/** Starts it headless. A machine without Chromium's system libraries gets those that the package brings. */
export async function openChromium(): Promise<Browser> {
  // Read by the package when it is loaded: which libraries to unpack beside the browser.
  process.env["AWS_EXECUTION_ENV"] ??= "AWS_Lambda_nodejs22.x";
  const { default: chromium } = await import("@sparticuz/chromium");
  const { chromium: playwright } = await import("playwright-core");
  const executablePath = await chromium.executablePath();
  await bringFonts();
  // As one process, which the package is made for, it lends the cookies of one context to another and falls over sooner.
  const args = chromium.args.filter((each) => each !== "--single-process");
  return playwright.launch({ executablePath, args: [...args, "--lang=zh-CN"], headless: true });
}

async function bringFonts(): Promise<void> {
  const from = path.dirname(createRequire(import.meta.url).resolve("@expo-google-fonts/noto-sans-sc/package.json"));
  const to = process.env["FONTCONFIG_PATH"] ?? path.join(os.tmpdir(), "fonts");
  await mkdir(to, { recursive: true });
  await Promise.all(FONTS.map((font) => copyFile(path.join(from, font), path.join(to, path.basename(font)))));
}
