// The bank's files over the API: one file as the bare body, faults with their place in it.
import { mkdtempSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { expect } from "chai";
import { askApi, useApp } from "../support/app.ts";
import { BANK_LINES, bankCsv, smallBank } from "../support/bank.ts";
import { useBooks } from "../support/databases.ts";
import { personIn, tokenOf } from "../support/people.ts";

describe("the bank over the API", () => {
  const books = useBooks("SQLite");
  const app = useApp(books, { filesFolder: mkdtempSync(path.join(os.tmpdir(), "xinyi-bank-")) });
  let token = "";

  before(async () => {
    await smallBank(books.db, "api", { "bank.csv": undefined });
    token = await tokenOf(app.door, await personIn(app.door, "api", "trustee"), ["bank.view", "bank.import"]);
  });

  /** Sends a file as the bare body; answers its hash. */
  async function send(bytes: Uint8Array): Promise<string> {
    const response = await fetch(`${app.origin}/api/v1/communities/api/bank/common/files`, {
      method: "POST",
      headers: {
        authorization: `Bearer ${token}`,
        "content-type": "text/csv",
        "x-file-name": "%E6%B5%81%E6%B0%B4.csv",
      },
      body: bytes,
    });
    expect(response.status).to.equal(201);
    const kept = (await response.json()) as { sha256: string; name: string };
    expect(kept.name).to.equal("流水.csv");
    return kept.sha256;
  }

  it("says what is missing where a file is not named, or is named wrongly", async () => {
    const say = async (body: Record<string, unknown>): Promise<string> =>
      JSON.stringify((await askApi(app.origin, "/communities/api/bank/common/imports", { token, body })).json);
    expect(await say({})).to.contain("请写明文件的哈希值（64 位十六进制）。");
    expect(await say({ sha256: "abc" })).to.contain("不是文件的哈希值（64 位十六进制）。");
  });

  it("takes a file, previews it, brings it in and lists it", async () => {
    const sha256 = await send(bankCsv(BANK_LINES));
    const preview = await askApi(app.origin, `/communities/api/bank/common/files/${sha256}`, { token });
    expect(preview.json).to.include({ added: 6, known: 0, from: "2020-01-05", through: "2020-03-20", basis: "lines" });
    const done = await askApi(app.origin, "/communities/api/bank/common/imports", { token, body: { sha256 } });
    expect([done.status, done.json["added"], done.json["matched"]]).to.deep.equal([201, 6, 6]);
    const first = await askApi(app.origin, "/communities/api/bank/common/lines?limit=4", { token });
    const second = await askApi(app.origin, `/communities/api/bank/common/lines?after=${String(first.json["next"])}`, {
      token,
    });
    const serials = (answer: typeof first): unknown[] =>
      (answer.json["items"] as { serial: string }[]).map(({ serial }) => serial);
    expect([...serials(first), ...serials(second)]).to.deep.equal(["R1", "R2", "P1", "R3", "P2", "T1"]);
    expect(second.json["next"]).to.equal(null);
  });

  it("names every fault of a refused file with its line, column and value", async () => {
    const sha256 = await send(bankCsv(BANK_LINES.filter((_, index) => index !== 2)));
    const refused = await askApi(app.origin, "/communities/api/bank/common/imports", { token, body: { sha256 } });
    expect([refused.status, refused.type.split(";")[0], refused.json["code"]]).to.deep.equal([
      422,
      "application/problem+json",
      "BANK_HOLE",
    ]);
    const [error] = refused.json["errors"] as Record<string, unknown>[];
    expect(error).to.include({ file: "流水.csv", line: 4, column: "余额", value: "1,190.00", code: "BANK_HOLE" });
  });

  it("keeps within its scopes", async () => {
    const body = { lines: [1], entries: [1] };
    const refused = await askApi(app.origin, "/communities/api/bank/common/matches", { token, body });
    expect(refused.status).to.equal(403);
  });
});
