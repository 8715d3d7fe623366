// Counting a vote from files: the community's own case, and every row that cannot count.
import { readFileSync } from "node:fs";
import path from "node:path";
import { expect } from "chai";
import { Refusal } from "../../src/base/refusal.ts";
import { tallyFiles } from "../../src/intake/service.ts";
import { tallyJson, type MatterKind, type TallyJson } from "../../src/tally/rules.ts";
import { gb18030 } from "../bankfile/files.ts";
import { listening, SAMPLE, VOTE_FENGHUAYUAN as VOTE, writeFolder } from "../support/folders.ts";

// 101 and 102 are P1's; 201 is held jointly; the rest is one owner each.
const UNITS = [
  "房号,用途,面积,业主编号,业主,起算月",
  "101,住宅,100,P1,甲,2020-01",
  "102,住宅,50.5,P1,甲,2020-01",
  "201,住宅,80.01,P2+P3,乙、丙,2020-01",
  "301,商业,20,P4,丁,2020-01",
  "",
].join("\n");

interface Counted {
  readonly tally: TallyJson;
  readonly notices: readonly string[];
}

async function count(
  ballots: string | Uint8Array,
  { units = UNITS, matter = "fee-change" }: { readonly units?: string; readonly matter?: MatterKind } = {},
): Promise<Counted> {
  const folder = writeFolder({ "units.csv": units, "ballots.csv": ballots });
  const heard = listening();
  const files = { roll: path.join(folder, "units.csv"), ballots: path.join(folder, "ballots.csv") };
  return { tally: tallyJson(await tallyFiles(matter, files, heard)), notices: heard.notices };
}

/** Every fault: its code, its place, and what to do. */
async function faultsOf(work: Promise<unknown>): Promise<string[][]> {
  try {
    await work;
  } catch (error) {
    expect(error).to.be.instanceOf(Refusal);
    return (error as Refusal).faults.map(({ code, file = "", line = 0, column = "", remedy }) => [
      code,
      `${file}:${line} ${column}`,
      remedy,
    ]);
  }
  return [];
}

describe("a vote from files", () => {
  it("counts the fee change of December 2020 as it was computed independently", async () => {
    const files = { roll: path.join(SAMPLE, "units.csv"), ballots: path.join(VOTE, "ballots.csv") };
    const expected = JSON.parse(readFileSync(path.join(VOTE, "expected-fee-change.json"), "utf8")) as unknown;
    expect(tallyJson(await tallyFiles("fee-change", files, listening()))).to.deep.equal(expected);
  });

  it("sums an owner's units into one head and takes joint holders together", async () => {
    const { tally } = await count(
      "业主编号,选择,方式,时间\nP1,同意,电子,2020-12-05 09:50\nP2+P3,反对,纸质,\nP4,弃权,,\n",
    );
    expect(tally.roll).to.deep.equal({ heads: 3, area: "250.51" });
    expect(tally.agree).to.deep.equal({ heads: 1, area: "150.50" });
    expect(tally.oppose).to.deep.equal({ heads: 1, area: "80.01" });
    expect(tally.abstain).to.deep.equal({ heads: 1, area: "20.00" });
    expect(tally.consent).to.deep.equal({
      heads: { have: 1, need: 2 },
      area: { have: "150.50", need: "125.26" },
      met: false,
    });
  });

  it("reads GB18030, UTF-8 with a byte order mark, English names in any order, joint holders either way round", async () => {
    const chinese = "业主编号,选择,方式,时间\nP1,同意,电子,\nP2+P3,反对,纸质,\n";
    const english = "\ufeffnote,time,choice,ownerId\nx,,agree,P1\ny,,oppose,P3+P2\n";
    const { tally } = await count(chinese);
    expect((await count(gb18030(chinese))).tally).to.deep.equal(tally);
    const other = await count(english);
    expect(other.tally).to.deep.equal(tally);
    expect(other.notices).to.deep.equal(["ballots.csv：不认识的列「note」，已忽略。"]);
  });

  it("refuses a second ballot, an unknown owner and another word, each with its line, all at once", async () => {
    const ballots = "业主编号,选择,方式,时间\nP1,同意,电子,\nP9,同意,电子,\nP4,赞成,纸质,\nP1,反对,纸质,\nP2,同意,,\n";
    expect(await faultsOf(count(ballots))).to.deep.equal([
      ["OWNER_UNKNOWN", "ballots.csv:3 业主编号", "请核对业主编号；共有的写成 A+B。"],
      ["CHOICE_UNKNOWN", "ballots.csv:4 选择", "请写同意、反对或弃权（agree、oppose、abstain）。"],
      ["BALLOT_TWICE", "ballots.csv:5 业主编号", "一位业主只能投一次，请核对后删去一行。"],
      ["OWNER_UNKNOWN", "ballots.csv:6 业主编号", "这位业主与人共有房屋，请写成「P2+P3」。"],
    ]);
  });

  it("takes two ballots that differ in nothing for a second ballot all the same", async () => {
    const faults = await faultsOf(count("业主编号,选择\nP2+P3,同意\nP3+P2,同意\n"));
    expect(faults.map(([code, place]) => [code, place])).to.deep.equal([["BALLOT_TWICE", "ballots.csv:3 业主编号"]]);
  });

  it("tells the faults of the register and of the ballots together", async () => {
    const units = `${UNITS}101,住宅,9,P5,戊,2020-01\n401,住宅,-3,P6,己,2020-01\n`;
    const faults = await faultsOf(count("业主编号,选择\nP9,同意\n", { units }));
    expect(faults.map(([code, place]) => [code, place])).to.deep.equal([
      ["UNIT_TWICE", "units.csv:6 房号"],
      ["NUMBER_INVALID", "units.csv:7 面积"],
      ["OWNER_UNKNOWN", "ballots.csv:2 业主编号"],
    ]);
  });

  it("refuses files that are missing, empty, or lack a column", async () => {
    const nowhere = { roll: "/nowhere/units.csv", ballots: "/nowhere/ballots.csv" };
    const missing = await faultsOf(tallyFiles("other", nowhere, listening()));
    expect(missing.map(([code]) => code)).to.deep.equal(["FILE_MISSING", "FILE_MISSING"]);
    expect((await faultsOf(count("业主编号,时间\nP1,\n"))).map(([code]) => code)).to.deep.equal(["COLUMN_MISSING"]);
    const [header = ""] = UNITS.split("\n");
    const nobody = await faultsOf(count("业主编号,选择\n", { units: `${header}\n` }));
    expect(nobody.map(([code]) => code)).to.deep.equal(["ROLL_EMPTY"]);
  });

  it("counts a vote in which no ballot came back", async () => {
    const { tally } = await count("业主编号,选择,方式,时间\n");
    expect(tally.quorum).to.deep.equal({
      heads: { have: 0, need: 2 },
      area: { have: "0.00", need: "167.01" },
      met: false,
    });
    expect(tally.passed).to.equal(false);
  });
});
