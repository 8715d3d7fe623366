// The parts of a zip file: listed as its directory has them, unpacked within bounds, and put together again in an order
// of our own choice, still packed.
import { pipeline, Readable } from "node:stream";
import { createInflateRaw } from "node:zlib";

export interface ZipPart {
  readonly name: string;
  readonly method: number;
  readonly crc: number;
  /** What the directory says it unpacks to. */
  readonly size: number;
  readonly packed: Uint8Array;
}

const PART = 0x04034b50;
const DIRECTORY_ENTRY = 0x02014b50;
const DIRECTORY_END = 0x06054b50;
const STORED = 0;
const DEFLATED = 8;

/** The parts listed in the directory at a zip file's end; null when there is none, or it leads out of the file. */
export function zipParts(bytes: Uint8Array): ZipPart[] | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let end = bytes.length - 22;
  while (end >= 0 && view.getUint32(end, true) !== DIRECTORY_END) {
    end -= 1;
  }
  if (end < 0) {
    return null;
  }
  const parts: ZipPart[] = [];
  let at = view.getUint32(end + 16, true);
  for (let left = view.getUint16(end + 10, true); left > 0; left -= 1) {
    if (at + 46 > bytes.length || view.getUint32(at, true) !== DIRECTORY_ENTRY) {
      return null;
    }
    const nameLength = view.getUint16(at + 28, true);
    const start = view.getUint32(at + 42, true);
    const method = view.getUint16(at + 10, true);
    if (start + 30 > bytes.length || (method !== STORED && method !== DEFLATED)) {
      return null;
    }
    const data = start + 30 + view.getUint16(start + 26, true) + view.getUint16(start + 28, true);
    parts.push({
      name: new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + nameLength)),
      method,
      crc: view.getUint32(at + 16, true),
      size: view.getUint32(at + 24, true),
      packed: bytes.subarray(data, data + view.getUint32(at + 20, true)),
    });
    at += 46 + nameLength + view.getUint16(at + 30, true) + view.getUint16(at + 32, true);
  }
  return parts;
}

/** A part of text that is not packed. */
export function storedPart(name: string, text: string): ZipPart {
  const packed = new TextEncoder().encode(text);
  return { name, method: STORED, crc: 0, size: packed.length, packed };
}

/** The parts one after the other as a reader takes them that never looks at the directory. */
export function zipStream(parts: readonly ZipPart[]): Buffer {
  const pieces = parts.flatMap(({ name, method, crc, size, packed }) => {
    const title = Buffer.from(name);
    const header = Buffer.alloc(30);
    header.writeUInt32LE(PART, 0);
    header.writeUInt16LE(20, 4);
    header.writeUInt16LE(method, 8);
    header.writeUInt32LE(crc, 14);
    header.writeUInt32LE(packed.length, 18);
    header.writeUInt32LE(size, 22);
    header.writeUInt16LE(title.length, 26);
    return [header, title, packed];
  });
  const end = Buffer.alloc(22);
  end.writeUInt32LE(DIRECTORY_END, 0);
  return Buffer.concat([...pieces, end]);
}

/**
 * What the parts unpack to, in bytes, or Infinity beyond `most`: found by unpacking, without keeping it, since what a
 * file says of its own size may be a lie. Rejects when a part is broken.
 */
export async function unpackedSize(parts: readonly ZipPart[], most: number): Promise<number> {
  let total = 0;
  for (const { method, packed } of parts) {
    if (method === STORED) {
      total += packed.length;
      continue;
    }
    const inflate = createInflateRaw();
    // What goes wrong ends the loop below.
    pipeline(Readable.from([packed]), inflate, () => undefined);
    for await (const chunk of inflate) {
      total += (chunk as Buffer).length;
      if (total > most) {
        inflate.destroy();
        return Infinity;
      }
    }
  }
  return total;
}
