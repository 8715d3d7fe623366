import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { expect } from "chai";
import { Refusal } from "../../src/base/refusal.ts";
import { sha256 } from "../../src/base/digest.ts";
import { openFiles, type Files } from "../../src/platform/files.ts";

/** Of "凭证": printf 凭证 | sha256sum */
const SHA = "058f672b877995c009a13efa714e6187a6f9fcbf142f1923bd39ddb72dcb88ed";

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

describe("files kept by content", () => {
  let folder = "";
  let files: Files;
  const bytes = Buffer.from("凭证");
  beforeEach(() => {
    folder = mkdtempSync(path.join(os.tmpdir(), "xinyi-files-"));
    files = openFiles(path.join(folder, "files"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const placeOf = (sha: string): string => path.join(folder, "files", sha.slice(0, 2), sha);

  it("names a file by the SHA-256 of its bytes, in folders of its first two digits, read-only", async () => {
    expect(await files.put(bytes)).to.equal(SHA);
    expect(statSync(placeOf(SHA)).mode & 0o777).to.equal(0o400);
    expect((await files.read(SHA)).toString()).to.equal("凭证");
    expect([await files.has(SHA), await files.has(sha256(Buffer.from("x")))]).to.deep.equal([true, false]);
  });

  it("leaves a file that is there alone", async () => {
    await files.put(bytes);
    const before = statSync(placeOf(SHA));
    expect(await files.put(bytes)).to.equal(SHA);
    const after = statSync(placeOf(SHA));
    expect([after.ino, after.mtimeMs]).to.deep.equal([before.ino, before.mtimeMs]);
  });

  it("takes the same bytes from many at once, and leaves nothing beside them", async () => {
    const others = openFiles(path.join(folder, "files"));
    const shas = await Promise.all(Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? files : others).put(bytes)));
    expect(new Set(shas)).to.deep.equal(new Set([SHA]));
    expect(readdirSync(path.dirname(placeOf(SHA)))).to.deep.equal([SHA]);
  });

  it("refuses to hand out a file that was changed on the disk", async () => {
    await files.put(bytes);
    chmodSync(placeOf(SHA), 0o600);
    writeFileSync(placeOf(SHA), "假凭证");
    const refusal = await refusalOf(files.read(SHA));
    expect(refusal.code).to.equal("FILE_DAMAGED");
    expect(refusal.message).to.contain("备份");
  });

  it("says that a file is missing, and what to do", async () => {
    const refusal = await refusalOf(files.read(SHA));
    expect(refusal.code).to.equal("FILE_MISSING");
    expect(refusal.message).to.contain("从备份恢复");
  });

  it("says when the folder cannot be written, and keeps no draft", async () => {
    writeFileSync(path.join(folder, "files"), "a file where the folder should be");
    expect((await refusalOf(files.put(bytes))).code).to.equal("FILES_UNWRITABLE");
  });

  it("never takes a path for a name", async () => {
    for (const name of ["../../etc/passwd", "", SHA.toUpperCase(), `${SHA}/..`]) {
      const error = await files.read(name).catch((fault: unknown) => fault);
      expect(error).to.be.instanceOf(RangeError);
    }
  });
});
