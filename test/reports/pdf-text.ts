// Reads the texts of a PDF made by pdfkit, page by page, in the order in which they were drawn.
import { inflateSync } from "node:zlib";

interface Part {
  readonly dictionary: string;
  readonly stream: string;
}

/** The texts of each page; a text is what was drawn at one place. */
export function pageTexts(pdf: Buffer): string[][] {
  const parts = partsOf(pdf);
  const fonts = new Map<string, Map<string, string>>();
  for (const { dictionary } of parts.values()) {
    for (const [, name = "", number = ""] of dictionary.matchAll(/\/(F\d+) (\d+) 0 R/g)) {
      fonts.set(name, charactersOf(parts, number));
    }
  }
  const kids = [...parts.values()].find(({ dictionary }) => dictionary.includes("/Type /Pages"))?.dictionary ?? "";
  return [...(/\/Kids \[(.*?)\]/s.exec(kids)?.[1] ?? "").matchAll(/(\d+) 0 R/g)].map(([, page = ""]) => {
    const contents = parts.get(/\/Contents (\d+) 0 R/.exec(parts.get(page)?.dictionary ?? "")?.[1] ?? "");
    return [...(contents?.stream ?? "").matchAll(/BT\n(.*?)ET/gs)].map(([, drawn = ""]) => {
      const font = fonts.get(/\/(F\d+) /.exec(drawn)?.[1] ?? "");
      const codes = [...drawn.matchAll(/<([0-9a-f]+)>/g)].flatMap(([, hex = ""]) => hex.match(/.{4}/g) ?? []);
      return codes.map((code) => font?.get(code) ?? "?").join("");
    });
  });
}

/** The bytes of the font files inside the PDF, unpacked. */
export function embeddedFonts(pdf: Buffer): number[] {
  const parts = partsOf(pdf);
  return [...parts.values()].flatMap(({ dictionary }) => {
    const file = /\/FontFile2 (\d+) 0 R/.exec(dictionary)?.[1];
    return file === undefined ? [] : [parts.get(file)?.stream.length ?? 0];
  });
}

function partsOf(pdf: Buffer): Map<string, Part> {
  const text = pdf.toString("latin1");
  const parts = new Map<string, Part>();
  for (const match of text.matchAll(/(?<=^|\n)(\d+) 0 obj\n/g)) {
    const begin = match.index + match[0].length;
    const end = text.indexOf("\nendobj", begin);
    const body = text.slice(begin, end);
    const at = body.indexOf("\nstream\n");
    const dictionary = at < 0 ? body : body.slice(0, at);
    const length = Number(/\/Length (\d+)/.exec(dictionary)?.[1] ?? 0);
    const packed = pdf.subarray(begin + at + 8, begin + at + 8 + length);
    const stream =
      at < 0 ? "" : (dictionary.includes("/FlateDecode") ? inflateSync(packed) : packed).toString("latin1");
    parts.set(match[1] ?? "", { dictionary, stream });
  }
  return parts;
}

/** The character of each code of a font, from its ToUnicode map. */
function charactersOf(parts: ReadonlyMap<string, Part>, font: string): Map<string, string> {
  const map = parts.get(/\/ToUnicode (\d+) 0 R/.exec(parts.get(font)?.dictionary ?? "")?.[1] ?? "")?.stream ?? "";
  const characters = new Map<string, string>();
  for (const [, first = "", list = ""] of map.matchAll(/<([0-9a-f]+)> <[0-9a-f]+> \[(.*?)\]/gs)) {
    [...list.matchAll(/<([^>]*)>/g)].forEach(([, units = ""], index) => {
      const code = (Number.parseInt(first, 16) + index).toString(16).padStart(4, "0");
      characters.set(
        code,
        units.trim() === ""
          ? ""
          : String.fromCharCode(
              ...units
                .trim()
                .split(" ")
                .map((unit) => Number.parseInt(unit, 16)),
            ),
      );
    });
  }
  return characters;
}
