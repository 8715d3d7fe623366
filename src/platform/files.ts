// Files kept by what they hold: the SHA-256 of the bytes is the name, so a file can be added and never changed.
import { createHash, randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { access, mkdir, open, readFile, rename, rm } from "node:fs/promises";
import path from "node:path";
import { sha256 } from "../base/digest.ts";
import { refuse } from "../base/refusal.ts";

/** The SHA-256 of a file's bytes, 64 hexadecimal digits. */
export type Sha = string;

export interface Files {
  /** Keeps the bytes and answers their name; what is there already is left alone. */
  put(bytes: Uint8Array): Promise<Sha>;
  /** The bytes of that name. Refuses when they are gone or no longer what was kept. */
  read(sha: Sha): Promise<Buffer>;
  has(sha: Sha): Promise<boolean>;
  /** Whether the file is still what was kept; read in pieces, so that any number of them can be checked. */
  check(sha: Sha): Promise<FileState>;
}

export const SHA = /^[0-9a-f]{64}$/u;

export type FileState = "whole" | "missing" | "altered" | "unreadable";

export function isSha(text: string): text is Sha {
  return SHA.test(text);
}

/** The files below a folder, which is made when the first one comes. Several processes may share it. */
export function openFiles(folder: string): Files {
  const placeOf = (sha: Sha): string => {
    if (!isSha(sha)) {
      throw new RangeError(`${JSON.stringify(sha)} is not the SHA-256 of a file`);
    }
    return path.join(folder, sha.slice(0, 2), sha);
  };
  const has = async (sha: Sha): Promise<boolean> => {
    const place = placeOf(sha);
    return access(place).then(
      () => true,
      () => false,
    );
  };
  return {
    has,
    put: async (bytes) => {
      const sha = sha256(bytes);
      if (!(await has(sha))) {
        await keep(placeOf(sha), bytes).catch((error: unknown) => Promise.reject(unwritable(folder, error)));
      }
      return sha;
    },
    read: async (sha) => {
      const bytes = await readFile(placeOf(sha)).catch((error: unknown) => Promise.reject(unreadable(sha, error)));
      if (sha256(bytes) !== sha) {
        throw refuse(
          "FILE_DAMAGED",
          `文件 ${sha} 的内容与保存时不一致（磁盘损坏，或被改动过）。`,
          "请管理员从备份恢复 data 文件夹中的这个文件；账本记录没有改变。",
          409,
        );
      }
      return bytes;
    },
    check: async (sha) => {
      try {
        const hash = createHash("sha256");
        for await (const piece of createReadStream(placeOf(sha))) {
          hash.update(piece as Buffer);
        }
        return hash.digest("hex") === sha ? "whole" : "altered";
      } catch (error) {
        return isMissing(error) ? "missing" : "unreadable";
      }
    },
  };
}

/**
 * Writes beside the place and moves there when the disk has it: a crash leaves the whole file or none, and two who
 * keep the same bytes at once do not meet.
 */
async function keep(place: string, bytes: Uint8Array): Promise<void> {
  const folder = path.dirname(place);
  await mkdir(folder, { recursive: true });
  const draft = path.join(folder, `draft-${randomUUID()}`);
  try {
    const file = await open(draft, "wx", 0o400);
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, place);
    await syncFolder(folder);
    await syncFolder(path.dirname(folder));
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

/** A new name is safe only when its folder is on the disk too. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function unwritable(folder: string, error: unknown): Error {
  return refuse(
    "FILES_UNWRITABLE",
    `文件存不进 ${folder}（${error instanceof Error ? error.message : String(error)}）。`,
    "请管理员检查磁盘是否已满、该文件夹是否可写，然后重新上传。",
    409,
  );
}

function isMissing(error: unknown): boolean {
  return (error as { code?: string }).code === "ENOENT";
}

function unreadable(sha: Sha, error: unknown): Error {
  const missing = isMissing(error);
  return refuse(
    missing ? "FILE_MISSING" : "FILE_UNREADABLE",
    missing ? `文件 ${sha} 不在数据文件夹里。` : `文件 ${sha} 读不出来（${String(error)}）。`,
    "请管理员从备份恢复 data 文件夹中的这个文件；账本记录没有改变。",
    409,
  );
}
