// December 2020 in 风华苑 as its people lived it, over HTTP on both databases: the manager writes the budget of 2021 in
// the open, owners move a line of it, 413 heads vote on it and on the fee, and January's bills carry 1.11 yuan and lead to
// the count. Every figure is written out; the count itself is the case's, key by key.
//
// 1.11 is what the plan needs. The flats' bills of a year come to 583,286.28 at 1.10 and to 588,364.44 at 1.11 (with the
// shops at 2.40). 91 % of that, as was collected of late, with 96,000.00 for parking and 24,000.00 for advertisements and
// less the draw of 15 % leave 553,171.94 and 557,099.89 to spend; the plan spends 555,120.00.
import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { expect } from "chai";
import { parse } from "csv-parse/sync";
import { month, type Month } from "../src/base/month.ts";
import { toYuan } from "../src/base/money.ts";
import { adoptedLines } from "../src/budget/service.ts";
import type { Upload } from "../src/door/service.ts";
import { finishDue } from "../src/outcome/service.ts";
import { runTx } from "../src/platform/db.ts";
import { verifyCommunity } from "../src/proof/service.ts";
import { publishThrough } from "../src/statement/service.ts";
import { pageTexts } from "./reports/pdf-text.ts";
import { askApi, useApp, type Reply } from "./support/app.ts";
import { Browser, spokenText, type Answer } from "./support/browser.ts";
import { DIALECTS, useBooks } from "./support/databases.ts";
import { fenghuayuanIn2020 } from "./support/fenghuayuan.ts";
import { EXPECTED_FENGHUAYUAN, VOTE_FENGHUAYUAN } from "./support/folders.ts";
import { PASSWORD, personIn, tokenOf } from "./support/people.ts";
import { chose, scanOf, votersIn } from "./support/vote.ts";

const CODE = "fenghuayuan";
const PLAN = `/c/${CODE}/budgets/2021`;
const DESK = `/desk/${CODE}`;
const VOTE = `${DESK}/assemblies/1`;
const RESULT = `/c/${CODE}/assemblies/1`;

/** Whoever is with a browser here: 郭敏 lives in 2-1-0502 with 87.43 m², 于伟静 in 2-2-0903 with 102.36 m². */
const GUO = "P0092";
const YU = "P0111";

/** The draft as the manager sends it, beside last year's figures for what stays as it is. */
const STAFF = { account: "5001", title: "物业人员", levels: [posts("6", "3400")] };
const GUARDS = { account: "5005", title: "门岗，日夜两班", levels: [posts("4", "2400")] };
const LIFTS = {
  account: "5002",
  title: "14 部电梯加强维保",
  levels: [{ kind: "quantity", quantity: "14", unit: "部", price: "190", months: "12" }],
};
const CAMERAS = {
  account: "5002",
  title: "更换 20 只坏的监控",
  levels: [{ kind: "plain", amount: "20000.00", reason: "三家报价，取中间的一家" }],
};
const ADVERTISEMENTS = {
  account: "4101",
  title: "电梯广告",
  levels: [{ kind: "contract", counterparty: "华语传媒", every: "month", amount: "2000.00", months: "12" }],
};
const CLEANING = {
  account: "5003",
  title: "楼道保洁",
  levels: [
    { name: "每天一次", ...posts("3", "2000") },
    { name: "隔天一次", ...posts("2", "2000") },
  ],
};
const DAILY = "0";
const EVERY_OTHER_DAY = "1";

function posts(many: string, monthly: string): Readonly<Record<string, string>> {
  return { kind: "posts", posts: many, monthly, months: "12" };
}

const LINES_ADOPTED = [
  ["4001", "535411.64"],
  ["4002", "96000.00"],
  ["4101", "24000.00"],
  ["5001", "244800.00"],
  ["5002", "117920.00"],
  ["5003", "48000.00"],
  ["5004", "14000.00"],
  ["5005", "115200.00"],
  ["5006", "5200.00"],
  ["5008", "6000.00"],
  ["5301", "4000.00"],
];

/** Of 413 heads 293 agreed to the budget too; the other 72 who took part abstained. */
const BUDGET_TALLY = {
  matter: "budget",
  item: 9,
  roll: { heads: 413, area: "43354.36" },
  tookPart: { heads: 365, area: "37695.09" },
  agree: { heads: 293, area: "29784.71" },
  oppose: { heads: 0, area: "0.00" },
  abstain: { heads: 72, area: "7910.38" },
  quorum: { heads: { have: 365, need: 276 }, area: { have: "37695.09", need: "28902.91" }, met: true },
  consent: { heads: { have: 293, need: 183 }, area: { have: "29784.71", need: "18847.55" }, met: true },
  passed: true,
};

const CHOICES: Readonly<Record<string, string>> = { 同意: "agree", 反对: "oppose", 弃权: "abstain" };

interface Row {
  readonly head: string;
  readonly choice: string;
  readonly isPaper: boolean;
  /** Shanghai time, "2020-12-05 09:50". */
  readonly at: string;
}

/** The ballots of the case, in the order in which they came. */
async function ballotsOfCase(): Promise<Row[]> {
  const rows: Record<string, string>[] = parse(await readFile(path.join(VOTE_FENGHUAYUAN, "ballots.csv")), {
    columns: true,
    bom: true,
  });
  return rows.map((row) => ({
    head: row["业主编号"] ?? "",
    choice: CHOICES[row["选择"] ?? ""] ?? "",
    isPaper: row["方式"] === "纸质",
    at: row["时间"] ?? "",
  }));
}

const expected = async (file: string): Promise<unknown> => JSON.parse(await readFile(file, "utf8"));
const read = ({ text }: Answer): string => spokenText(text);
/** What nobody says aloud: without the spaces that stand between pieces of a page. */
const close = (answer: Answer): string => read(answer).replaceAll(" ", "");

for (const dialect of DIALECTS) {
  describe(`December 2020 in 风华苑, on ${dialect}`, function () {
    this.timeout(120_000);
    const books = useBooks(dialect);
    const options = { publicUrl: "https://fenghuayuan.example.cn", filesFolder: "" };
    before(async () => {
      options.filesFolder = await mkdtemp(path.join(os.tmpdir(), "xinyi-december-"));
    });
    const app = useApp(books, options);
    after(() => rm(options.filesFolder, { recursive: true, force: true }));

    // Each chapter stands on those before it.
    let isBroken = false;
    beforeEach(function () {
      if (isBroken) {
        this.skip();
      }
    });
    afterEach(function () {
      isBroken ||= this.currentTest?.state === "failed";
    });

    const goTo = (day: string, time = "10:00"): void => {
      app.now = new Date(`${day}T${time}:00+08:00`);
    };

    /** Somebody with a browser and with a program that acts for them. */
    class Somebody {
      readonly browser = new Browser(app.origin);
      readonly token: string;
      private readonly name: string;

      constructor(name: string, token: string) {
        this.name = name;
        this.token = token;
      }

      /** At the page, signed in anew. */
      async at(place: string): Promise<Answer> {
        this.browser.forget();
        await this.browser.signIn(this.name, PASSWORD);
        return this.browser.open(place);
      }

      send(place: string, body?: unknown): Promise<Reply> {
        return askApi(app.origin, `/communities/${CODE}${place}`, { token: this.token, body });
      }

      /** Sends a file along with what must succeed. */
      async brings(place: string, body: unknown, file: Upload | undefined): Promise<void> {
        const form = new FormData();
        fieldsOf(body).forEach(([name, value]) => form.append(name, value));
        form.append(file?.field ?? "", new Blob([file?.bytes ?? ""]), file?.name);
        const headers = { authorization: `Bearer ${this.token}` };
        const sent = { method: "POST", body: form, headers };
        const { status } = await fetch(`${app.origin}/api/v1/communities/${CODE}${place}`, sent);
        expect(status).to.equal(201);
      }

      /** Sends what must succeed. */
      does(place: string, body: unknown): Promise<Reply["json"]> {
        return doesAs(this.token, place, body);
      }
    }

    /** The fields of what is sent, called as a form calls them. */
    function fieldsOf(value: unknown, name = ""): [string, string][] {
      return typeof value === "object" && value !== null
        ? Object.entries(value).flatMap(([key, each]) => fieldsOf(each, name === "" ? key : `${name}[${key}]`))
        : [[name, String(value)]];
    }

    async function doesAs(token: string, place: string, body: unknown): Promise<Reply["json"]> {
      const { status, json } = await askApi(app.origin, `/communities/${CODE}${place}`, { token, body });
      expect(status, JSON.stringify(json)).to.be.oneOf([200, 201]);
      return json;
    }

    let wang: Somebody;
    let li: Somebody;
    let he: Somebody;
    let guo: Somebody;
    let yu: Somebody;
    const anybody = (): Browser => new Browser(app.origin);
    const asks = async (place: string): Promise<Reply["json"]> =>
      (await askApi(app.origin, `/communities/${CODE}${place}`)).json;

    const joins = async (role: "trustee" | "committee" | "owner", name: string, scopes: string[], owner = "") => {
      const person = await personIn(app.door, CODE, role, { name, owner });
      return new Somebody(name, await tokenOf(app.door, person, scopes, 90));
    };

    it("brings its books through October along, published", async () => {
      goTo("2020-11-02");
      await fenghuayuanIn2020(books.db, month("2020-10"), app.now);
      await publishThrough(books.db, CODE, month("2020-10"), { now: app.now });
      wang = await joins("trustee", "王经理", ["plan.edit", "desk.view"]);
      li = await joins("committee", "李主任", ["plan.edit", "plan.freeze", "assembly.run", "ballot.enter"]);
      he = await joins("committee", "何委员", ["ballot.enter"]);
      guo = await joins("owner", "郭敏", ["ballot.cast"], GUO);
      yu = await joins("owner", "于伟静", ["ballot.cast"], YU);
      const mine = await guo.at(`/my/${CODE}`);
      expect(read(mine)).to.contain("2-1-0502 住宅，87.43 平方米").and.to.contain("0.81 元 × 87.43 平方米");
    });

    const changes = async (id: number, line: object): Promise<unknown> => {
      const { json } = await wang.send("/plans/2021/draft");
      const kept = (json["revisions"] as { line: number; revision: number }[]).find((each) => each.line === id);
      return wang.does("/plans/2021/lines", { line: String(id), revision: String(kept?.revision), ...line });
    };
    const proposes = async (rate: string): Promise<unknown> => {
      const { json } = await wang.send("/plans/2021/draft");
      const rates = [{ use: "住宅", rate, from: "2021-01" }];
      return wang.does("/plans/2021", { revision: String(json["revision"]), collection: "91", rates });
    };
    const publishes = async (summary: string, over: object = {}): Promise<unknown> => {
      const { digest } = (await wang.send("/plans/2021/draft")).json;
      return wang.does("/plans/2021/versions", { digest, summary, ...over });
    };

    it("writes the budget of 2021 from last year's, each line with what it rests on", async () => {
      goTo("2020-11-03");
      await wang.at(`${DESK}/plans`);
      const begun = await wang.browser.submit(`${DESK}/plans`, { year: "2021", isCopied: "on" });
      expect(read(begun)).to.contain("2021 年预算").and.to.contain("第 3 条 清洁卫生 42,000.00 元");
      await changes(1, STAFF);
      await changes(3, { ...CLEANING, chosen: DAILY });
      await changes(5, GUARDS);
      for (const line of [LIFTS, CAMERAS, ADVERTISEMENTS]) {
        await wang.does("/plans/2021/lines", line);
      }
      const short = await wang.send("/plans/2021/draft");
      const { balance } = short.json["plan"] as { balance: object };
      expect(balance).to.deep.include({ fees: "396893.62", spending: "579120.00", left: "-139760.42" });
      const refused = await wang.send("/plans/2021/versions", { digest: short.json["digest"], summary: "初稿" });
      expect([refused.status, refused.json["code"]]).to.deep.equal([409, "PLAN_GAP"]);
    });

    it("publishes it, with the fee that it would need, for all to comment on", async () => {
      await proposes("1.17");
      await publishes("初稿：日夜两班门岗，电梯加强维保，楼道每天打扫");
      await li.does("/plans/2021/period", { from: "2020-11-03", until: "2020-11-12" });
      const page = await guo.at(PLAN);
      expect(read(page)).to.contain("征求意见").and.to.contain("楼道保洁").and.to.contain("每天一次");
      await guo.browser.open(`${PLAN}/comment?line=3`);
      const said = await guo.browser.submit(`${PLAN}/comment`, { words: "楼道隔天扫一次就够了，别涨这么多" });
      expect(read(said)).to.contain("我 · 意见 · 2020年11月3日 · 第 1 号 楼道隔天扫一次就够了");
      await yu.at(`${PLAN}/comment?line=5`);
      await yu.browser.submit(`${PLAN}/comment`, { kind: "question", words: "夜里几个人？" });
    });

    it("answers the owner's question beside it, without a name", async () => {
      goTo("2020-11-09");
      await wang.at(`${DESK}/plans/2021/comments/2`);
      await wang.browser.submit(`${DESK}/plans/2021/comments/2/answers`, { words: "夜里两个人，一个守监控。" });
      const page = await anybody().open(PLAN);
      expect(read(page))
        .to.contain("一位业主 · 提问 · 2020年11月3日 · 第 2 号 夜里几个人？")
        .and.to.contain("物业答复 · 2020年11月9日 夜里两个人，一个守监控。");
      expect(page.text).to.not.match(/郭敏|于伟静|王经理/u);
    });

    it("changes the line, and names the comment that moved it", async () => {
      await changes(3, { ...CLEANING, chosen: EVERY_OTHER_DAY });
      await proposes("1.11");
      await publishes("楼道改成隔天打扫，物业费的设想降到 1.11 元", { moved: ["3:1", "0:1"] });
      const page = await anybody().open(PLAN);
      expect(read(page))
        .to.contain("第 2 版改动，少 24,000.00 元 ：楼道改成隔天打扫")
        .and.to.contain("采纳 第 1 号意见 ：“楼道隔天扫一次就够了，别涨这么多”");
    });

    it("lets everybody see that 1.11 is what it needs, and what another choice would cost at home", async () => {
      const found = await asks("/plans/2021/simulation?area=87.43");
      expect(found["rates"]).to.deep.equal([
        { use: "住宅", present: "0.81", found: "1.11" },
        { use: "商业", present: "2.4", found: "2.4" },
      ]);
      expect(found["balance"]).to.deep.equal({
        fees: "535411.64",
        other: "120000.00",
        reserves: "0.00",
        spending: "555120.00",
        draw: "98311.75",
        left: "1979.89",
      });
      await guo.at(`${PLAN}/simulator`);
      const home = await guo.browser.follow("按我家 2-1-0502 算");
      expect(read(home))
        .to.contain("住宅 1.11 元/平方米·月 涨，现在 0.81 元")
        .and.to.contain("87.43 平方米 住宅 ：每月 97.05 元 （现在 70.82 元，每月多 26.23 元），一年 1,164.60 元");
      const daily = await anybody().open(`${PLAN}/simulator?l3=${DAILY}&area=87.43`);
      expect(read(daily)).to.contain("住宅 1.17 元/平方米·月");
    });

    it("is put into an assembly by the committee, whose notice is refused while it is too short", async () => {
      goTo("2020-11-13");
      await li.does("/plans/2021/freeze", { version: "2" });
      await li.at(`${DESK}/plans/2021`);
      await li.browser.follow("到业主大会提请表决");
      await li.browser.follow("召开一次会议");
      const draft = { title: "2020年第一次业主大会", calledBy: "committee", ballot: "open" };
      await li.browser.submit(`${DESK}/assemblies`, { ...draft, opensOn: "2020-11-27", closesOn: "2020-12-19" });
      await li.browser.follow("通过或变更年度预算");
      await li.browser.follow("2021 年预算第 2 版");
      const budget = { title: "2021 年预算", text: "通过 2021 年预算（第 2 版）。" };
      await li.browser.submit(`${VOTE}/matters`, budget);
      await li.browser.follow("调整物业费标准");
      const drafted = await li.browser.submit(`${VOTE}/matters`, {
        title: "住宅物业费调整为 1.11 元",
        text: "从 2021 年 1 月起，住宅物业费每月每平方米 1.11 元。",
        "effect[from]": "2021-01",
        "effect[rates][0][rate]": "1.11",
      });
      expect(drafted.path).to.equal(VOTE);
      const refused = await li.send("/assemblies/1/notice", {});
      expect([refused.status, refused.json["code"]]).to.deep.equal([409, "NOTICE_TOO_SHORT"]);
      expect(read(await li.browser.open(VOTE))).to.contain("须提前 15 天通知全体业主");
      await li.browser.open(`${VOTE}/edit`);
      const edited = await li.browser.submit(VOTE, { ...draft, opensOn: "2020-12-05", closesOn: "2020-12-19" });
      expect(read(edited)).to.contain("可以发通知了");
    });

    it("is announced with both matters, their effects and a roll of 413 heads that nobody can change", async () => {
      goTo("2020-11-18");
      await li.at(`${VOTE}/notice`);
      expect(read(await li.browser.submit(`${VOTE}/notice`, {}))).to.contain("通知送达：0 / 413 人");
      const page = close(await anybody().open(RESULT));
      expect(page).to.contain("276/413人").and.to.contain("28,902.91/43,354.36平方米");
      expect(page).to.contain("住宅物业费从2021年1月起每平方米每月1.11元（现为0.81元，涨37.0%）");
      expect(page).to.contain("若届时该月账单已经出了，则从下一个未出账、未结账的月份起");
      const rolls = await li.browser.open(`${VOTE}/roll.txt`);
      const { fingerprint } = await asks("/assemblies/1");
      expect(createHash("sha256").update(rolls.bytes).digest("hex")).to.equal(fingerprint);
      expect(page).to.contain(fingerprint);
    });

    it("records how the notice came to everybody, and shows an owner the own row of the roll", async () => {
      goTo("2020-11-19");
      await li.at(`${VOTE}/deliveries`);
      await li.browser.submit(`${VOTE}/deliveries`, { how: "hand", day: "2020-11-19", heads: [GUO, YU] });
      const done = await li.browser.submit(`${VOTE}/deliveries`, {
        how: "posted",
        day: "2020-11-19",
        note: "各单元大堂",
        everyone: "on",
      });
      expect(read(done)).to.contain("413 / 413 人已登记送达").and.to.contain("全部送到了");
      await guo.at(RESULT);
      const own = await guo.browser.follow("核对自己的那一行");
      const { fingerprint } = await asks("/assemblies/1");
      expect(read(own)).to.contain("2-1-0502 住宅 87.43 平方米 算一人 87.43 平方米").and.to.contain(fingerprint);
    });

    const publishesBooks = async (last: Month): Promise<unknown> => {
      await fenghuayuanIn2020(books.db, last, app.now);
      await publishThrough(books.db, CODE, last, { now: app.now });
      const browser = anybody();
      await browser.open(`/c/${CODE}/${last}`);
      const { text } = await browser.follow("JSON");
      const { funds, draw } = JSON.parse(text) as { funds: unknown; draw: unknown };
      return { funds, draw };
    };
    const ofCase = async (last: Month): Promise<unknown> => {
      const { funds, draw } = (await expected(path.join(EXPECTED_FENGHUAYUAN, `${last}.json`))) as Record<
        string,
        unknown
      >;
      return { funds, draw };
    };

    it("publishes November meanwhile, as ever", async () => {
      goTo("2020-12-03");
      const november = month("2020-11");
      expect(await publishesBooks(november)).to.deep.equal(await ofCase(november));
    });

    const receipts = new Map<string, string>();
    /** Whoever is against the rise keeps out of the budget. */
    const bothOf = (choice: string): object => chose(choice === "agree" ? "agree" : "abstain", choice);

    it("takes an owner's ballot on a page in two steps, and tells everybody how many took part, not what they chose", async () => {
      goTo("2020-12-05", "09:50");
      await guo.at(RESULT);
      const ballot = await guo.browser.follow("我要投票");
      const { path: at } = ballot;
      expect(close(ballot)).to.contain("您的选择同意反对弃权");
      const agreed = { "choices[0][choice]": "agree", "choices[1][choice]": "agree" };
      const sure = await guo.browser.submit(`${at}/ballots`, agreed);
      expect(read(sure)).to.contain("请再看一遍");
      expect((await asks("/assemblies/1/turnout"))["tookPart"]).to.deep.equal({ heads: 0, area: "0.00" });
      const done = await guo.browser.submit(`${at}/ballots`, {});
      const receipt = /回执 (\w{4}-\w{4}-\w{4})/u.exec(read(done))?.[1] ?? "";
      expect(receipt).to.not.equal("");
      receipts.set(GUO, receipt);
      expect((await asks("/assemblies/1/turnout"))["tookPart"]).to.deep.equal({ heads: 1, area: "0.00" });
      const turnout = await anybody().open(`${RESULT}/turnout`);
      // One flat's area would tell the neighbours who has just voted.
      expect(read(turnout)).to.contain("1 人 / 413 人").and.to.contain("至少 0.00 平方米 / 43,354.36 平方米");
      expect(read(turnout)).to.not.match(/同意|反对|弃权/u);
    });

    it("is voted on by 364 more as the case has it, on phones, and on paper that two people enter", async () => {
      const rows = (await ballotsOfCase()).filter(({ head }) => head !== GUO);
      const electronic = rows.filter(({ isPaper, head }) => !isPaper && head !== YU).map(({ head }) => head);
      const voters = await runTx(books.db, CODE, (tx) => votersIn(tx, CODE, electronic));
      const [scan] = await scanOf();
      const tokens = new Map([...voters, { head: YU, token: yu.token }].map(({ head, token }) => [head, token]));
      for (const { head, choice, isPaper, at } of rows) {
        const [day = "", time = ""] = at.split(" ");
        goTo(day, time);
        const sent = { head, choices: bothOf(choice) };
        const paper = { ...sent, receivedOn: day };
        const { receipt } = isPaper
          ? (await li.brings("/assemblies/1/paper-entries", paper, scan),
            await he.does("/assemblies/1/paper-entries", paper))
          : await doesAs(tokens.get(head) ?? "", "/assemblies/1/ballots", sent);
        receipts.set(head, String(receipt));
      }
      expect(rows.filter(({ isPaper }) => isPaper)).to.have.lengthOf(199);
      expect(rows.filter(({ head }) => head.includes("+"))).to.have.lengthOf(40);
      expect([...receipts.values()].filter((code) => !/^\w{4}-\w{4}-\w{4}$/u.test(code))).to.deep.equal([]);
      expect(await asks("/assemblies/1/turnout")).to.deep.include({
        roll: { heads: 413, area: "43354.36" },
        tookPart: { heads: 365, area: "37500.00" },
        areaStep: "500.00",
      });
    });

    it("refuses a second ballot and one after the end, and tells nobody a result before the count", async () => {
      const ballot = { head: GUO, choices: chose("oppose", "oppose") };
      const again = await guo.send("/assemblies/1/ballots", ballot);
      expect([again.status, again.json["code"]]).to.deep.equal([409, "BALLOT_TAKEN"]);
      goTo("2020-12-20", "00:00");
      const [absent = ""] = await books
        .db("roll_head")
        .where({ community: CODE })
        .whereNotIn("head", [...receipts.keys()])
        .orderBy("head")
        .pluck("head");
      const [late] = await runTx(books.db, CODE, (tx) => votersIn(tx, CODE, [absent]));
      const refused = await askApi(app.origin, `/communities/${CODE}/assemblies/1/ballots`, {
        token: late?.token ?? "",
        body: { ...ballot, head: absent },
      });
      expect([refused.status, refused.json["code"]]).to.deep.equal([409, "VOTE_OVER"]);
      expect(await books.db("ballot").where({ community: CODE })).to.have.lengthOf(365);
      expect((await asks("/assemblies/1/result"))["code"]).to.equal("NOT_COUNTED");
    });

    it("is counted by the committee to the case's figures, key by key, the same in every form", async () => {
      const fee = await expected(path.join(VOTE_FENGHUAYUAN, "expected-fee-change.json"));
      await li.at(`${VOTE}/result`);
      await li.browser.submit(`${VOTE}/result/count`, {});
      const { outcome, digest } = await asks("/assemblies/1/result");
      const { matters, receipts: counted } = outcome as { matters: { tally: object }[]; receipts: object };
      expect(matters.map(({ tally }) => tally)).to.deep.equal([BUDGET_TALLY, fee]);
      expect(counted).to.have.property("count", 365);

      const browser = anybody();
      const page = await browser.open(RESULT);
      const words = close(page);
      for (const figures of ["365人÷413人=88.4%", "37,695.09平方米÷43,354.36平方米=86.9%", "至少要28,902.91平方米"]) {
        expect(words).to.contain(figures);
      }
      expect(words).to.contain("同意293人（80.3%）29,784.71平方米（79.0%）");
      expect(words).to.contain("反对67人（18.4%）7,368.25平方米（19.5%）");
      expect(words).to.contain("弃权5人（1.4%）542.13平方米（1.4%）");
      expect(words).to.contain("47套，合47人").and.to.contain("还没有生效");

      const json = await browser.follow("JSON");
      expect(json.status).to.equal(200);
      expect(createHash("sha256").update(json.bytes).digest("hex")).to.equal(digest);
      expect(JSON.parse(json.text) as typeof outcome).to.deep.equal(outcome);
      await browser.open(RESULT);
      const csv = await browser.follow("CSV");
      expect(csv.text).to.contain(
        "413,43354.36,365,37695.09,276,28902.91,293,29784.71,183,18847.55,67,7368.25,5,542.13,通过",
      );
      for (const paper of ["结果公告", "会议纪要"]) {
        await browser.open(RESULT);
        const { bytes } = await browser.follow(paper);
        expect(pageTexts(bytes).flat().join("").replaceAll(" ", ""), paper).to.contain("29,784.71平方米");
      }
    });

    it("lets an owner find the own ballot among those that were counted", async () => {
      const browser = anybody();
      const page = await browser.open(`${RESULT}?receipt=${receipts.get(GUO)}`);
      expect(read(page)).to.contain("✓ 这张电子票已经计入。2021 年预算：同意；住宅物业费调整为 1.11 元：同意");
      expect(await asks(`/assemblies/1/receipts/${receipts.get("P0155+P0156")}`)).to.deep.include({
        isCounted: true,
        channel: "paper",
      });
      expect((await asks("/assemblies/1/receipts/AAAA-AAAA-AAAA"))["isCounted"]).to.equal(false);
      const codes = (await browser.follow("全部回执")).text.trim().split("\n");
      expect(codes).to.deep.equal([...receipts.values()].toSorted());
    });

    it("hears an objection, and answers it to all", async () => {
      goTo("2020-12-22");
      await yu.at(RESULT);
      const { path: at } = await yu.browser.follow("提出异议");
      await yu.browser.submit(at, { text: "物业的人也在收票，是不是改过？" });
      goTo("2020-12-23");
      await li.at(`${VOTE}/result`);
      const answer = "选票由业委会两人录入，各录一遍；物业没有录入的权限。凭回执可以核对。";
      await li.browser.submit(`${VOTE}/result/objections/1`, { answer, verdict: "dismissed" });
      const page = await anybody().open(RESULT);
      expect(read(page)).to.contain("物业的人也在收票，是不是改过？").and.to.contain(answer);
      expect(page.text).to.not.contain("于伟静");
    });

    const finishes = async (): Promise<void> =>
      finishDue(app.door, (_where, error) => {
        throw error;
      });
    const register = async (): Promise<string[]> =>
      ((await asks("/resolutions"))["items"] as { number: string; title: string }[])
        .map(({ number, title }) => `${number} ${title}`)
        .toSorted();

    it("becomes final by the clock when the objection period is over: two resolutions, the budget, the rate", async () => {
      goTo("2020-12-27", "23:59");
      await finishes();
      expect(await register()).to.deep.equal([]);
      goTo("2020-12-28", "00:01");
      await finishes();
      expect(await register()).to.deep.equal([
        "2020-业主大会-1 2021 年预算",
        "2020-业主大会-2 住宅物业费调整为 1.11 元",
      ]);
      const budget = await adoptedLines(books.db, CODE, 2021);
      expect(budget.map(({ account, amount }) => [account, toYuan(amount)])).to.deep.equal(LINES_ADOPTED);
      expect(new Set(budget.map(({ resolution }) => resolution))).to.deep.equal(new Set(["2020-业主大会-1"]));
      const browser = anybody();
      expect(read(await browser.open(PLAN))).to.contain("第 2 版已由业主大会通过");
      await browser.follow("2020-业主大会-1");
      expect((await browser.follow("看计票结果")).path).to.equal(RESULT);
    });

    it("closes the year as the case has it, and bills January at 1.11", async () => {
      goTo("2021-01-04");
      const december = month("2020-12");
      expect(await publishesBooks(december)).to.deep.equal(await ofCase(december));
      const preview = await wang.at(`${DESK}/fees/bills`);
      // 427 flats at 1.11 and 12 shops at 2.40, each bill rounded by itself.
      expect(read(preview)).to.contain("2021年1月账单 将要出账 49,030.37 元 439 户").and.to.contain("2020-业主大会-2");
      const done = await wang.browser.submit(`${DESK}/fees/bills`, {});
      expect(read(done)).to.contain("✓ 439 户的账单都出了，合计 49,030.37 元");
      expect((await verifyCommunity(books.db, CODE)).faults).to.deep.equal([]);
    });

    it("leads an owner from January's bill to the count in two clicks", async () => {
      const mine = await guo.at(`/my/${CODE}`);
      expect(read(mine)).to.contain("2021年1月 97.05 元").and.to.contain("1.11 元 × 87.43 平方米");
      guo.browser.clicks = 0;
      const decided = await guo.browser.follow("2020-业主大会-2");
      expect(read(decided)).to.contain("住宅物业费每平方米每月 1.11 元").and.to.contain("从2021年1月起");
      const count = await guo.browser.follow("看计票结果");
      expect(guo.browser.clicks).to.equal(2);
      expect(close(count)).to.contain("同意293人（80.3%）").and.to.contain("已经生效");
    });
  });
}
