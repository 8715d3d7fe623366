// A refusal names what was wrong, where, and what to do about it.
import { expect } from "chai";
import { describeFault, Refusal } from "../../src/base/refusal.ts";

const fault = { code: "X", message: "不对。", remedy: "请改正。" };

describe("a refusal", () => {
  it("says each fault on a line of its own: place, value, reason, remedy", () => {
    const first = { ...fault, file: "a.csv", line: 3, column: "金额", value: "1e3" };
    expect(new Refusal([first, fault]).message).to.equal(
      'a.csv 第 3 行「金额」 "1e3"：不对。怎么办：请改正。\n不对。怎么办：请改正。',
    );
  });

  it("shortens long values and shows none of their control characters", () => {
    const value = `\u001b[2J\u009b\u202e\n${"长".repeat(100)}`;
    const line = describeFault({ ...fault, value });
    expect(line).not.to.match(/[\u0000-\u001f\u007f-\u009f\u202e]/u);
    expect(line.length).to.be.lessThan(120);
  });

  it("shows no control characters of other people's files in its reason and remedy either", () => {
    const line = describeFault({ code: "X", message: "与「\u001b[2J」不同。", remedy: "请写「\u009b」。" });
    expect(line).not.to.match(/[\u0000-\u001f\u007f-\u009f]/u);
  });
});
