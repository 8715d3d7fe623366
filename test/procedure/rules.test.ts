// The rules of procedure: defaults, bounds, what does not go together, and which version holds on a day.
import { expect } from "chai";
import { day } from "../../src/base/month.ts";
import {
  changedSettings,
  DEFAULT_PROCEDURE,
  DEFAULTS,
  procedureOn,
  SETTING_KEYS,
  settingsChange,
  settingsFaults,
  settingsSchema,
  settingWords,
  type Procedure,
} from "../../src/procedure/rules.ts";

describe("the rules of procedure", () => {
  it("are these until the owners decide otherwise", () => {
    expect(DEFAULTS).to.deep.equal({
      noticeDays: 15,
      windowMin: 5,
      windowMax: 60,
      parkingCounts: true,
      parkingUses: ["车位", "车库", "储藏室"],
      jointHolders: "separate",
      transfer: "roll-day",
      ballot: "open",
      proxies: true,
      proxyMax: 3,
      unreturned: "absent",
      unreturnedClause: "",
      callers: ["committee", "owners", "supervisor"],
      callPercent: 20,
      objectionDays: 7,
      announceDays: 3,
    });
    expect(settingsFaults(DEFAULTS)).to.deep.equal([]);
  });

  it("are all told, each in words of its own", () => {
    expect([...SETTING_KEYS].toSorted()).to.deep.equal(Object.keys(DEFAULTS).toSorted());
    expect(SETTING_KEYS.map((key) => settingWords(key, DEFAULTS[key]))).to.deep.equal([
      "业委会、联名业主、社区或街道（监察人）",
      "20%",
      "15 天",
      "5 天",
      "60 天",
      "计入",
      "车位、车库、储藏室",
      "算两人，各自投票",
      "以名册为准",
      "记名",
      "可以",
      "3 人",
      "不算参与",
      "没有",
      "7 天",
      "3 天",
    ]);
  });

  it("change only what a resolution names, within their bounds", () => {
    const changed = changedSettings(DEFAULTS, settingsChange.parse({ proxyMax: 1, parkingCounts: false }));
    expect(changed).to.deep.equal({ ...DEFAULTS, proxyMax: 1, parkingCounts: false });
    for (const change of [{ noticeDays: 6 }, { callPercent: 21 }, { quorum: 1 }, { callers: [] }, { proxyMax: 2.5 }]) {
      expect(settingsChange.safeParse(change).success, JSON.stringify(change)).to.equal(false);
    }
    expect(settingsSchema.parse({})).to.deep.equal(DEFAULTS);
  });

  it("refuse what does not go together", () => {
    const columns = (change: Parameters<typeof changedSettings>[1]): (string | undefined)[] =>
      settingsFaults(changedSettings(DEFAULTS, change)).map(({ column }) => column);
    expect(columns({ windowMin: 30, windowMax: 29 })).to.deep.equal(["windowMax"]);
    expect(columns({ parkingCounts: false, parkingUses: [] })).to.deep.equal(["parkingUses"]);
    expect(columns({ unreturned: "majority" })).to.deep.equal(["unreturnedClause"]);
    expect(columns({ unreturned: "majority", unreturnedClause: "第十二条" })).to.deep.equal([]);
  });

  it("hold from their day until the next version; of two from one day the later recorded", () => {
    const version = (seq: number, from: string): Procedure => ({
      seq,
      from: day(from),
      settings: { ...DEFAULTS, proxyMax: seq },
      resolution: `2020-业主大会-${seq}`,
    });
    const versions = [version(1, "2020-03-01"), version(2, "2021-01-01"), version(3, "2021-01-01")];
    expect(procedureOn(versions, day("2020-02-29"))).to.equal(DEFAULT_PROCEDURE);
    expect(procedureOn(versions, day("2020-03-01")).seq).to.equal(1);
    expect(procedureOn(versions, day("2020-12-31")).seq).to.equal(1);
    expect(procedureOn(versions, day("2021-01-01")).seq).to.equal(3);
  });
});
