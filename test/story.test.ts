// One month of a community as its people live it, over HTTP: a manager, a committee member and an owner, each with a
// browser, from the first invitation to the voucher that the owner opens. Every figure is written out.
//
// 桂花里 has three units. In February, which it brings along as history, 102 paid and S1 paid 50.00 too much; 101 did
// not pay. The trustee's draw is 15 % of what comes in from owners; 5002 has a budget of 5,000.00 for the year.
import { spawnSync } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { expect } from "chai";
import { generateSync } from "otplib";
import sharp from "sharp";
import { setUpCode } from "../src/admission/service.ts";
import { month } from "../src/base/month.ts";
import { importFolder } from "../src/intake/service.ts";
import { closeThrough } from "../src/period/service.ts";
import { exportJournal, verifyCommunity } from "../src/proof/service.ts";
import { publishThrough } from "../src/statement/service.ts";
import { csvText, gb18030 } from "./bankfile/files.ts";
import { brightest, photo, PLACE_MARK } from "./platform/pictures.ts";
import { pageTexts } from "./reports/pdf-text.ts";
import { askApi, useApp, type App } from "./support/app.ts";
import { Browser, spokenText, type Answer } from "./support/browser.ts";
import { DIALECTS, useBooks } from "./support/databases.ts";
import { listening, writeFolder } from "./support/folders.ts";

const COMMUNITY = {
  code: "guihuali",
  name: "桂花里",
  firstMonth: "2020-02",
  principal: "桂花里业主大会",
  trustee: "安心物业",
  deed: [
    {
      from: "2020-02",
      draw: { rate: "0.15", base: ["4001", "4002"], method: "received" },
      sweep: { every: "year", share: "1", reserve: "1000.00" },
      publishBy: 10,
      answerWithin: 7,
      release: [
        { upTo: "2000.00", keys: ["trustee"] },
        { upTo: "50000.00", keys: ["trustee", "committee"] },
        { upTo: null, keys: ["trustee", "committee"], resolution: true },
      ],
    },
  ],
  bankAccounts: [
    { code: "common", name: "共有资金专户", fund: "common" },
    { code: "repair", name: "维修资金专户", fund: "repair" },
  ],
};

/** The spreadsheets that the community kept until now. */
const FOLDER = {
  "community.json": JSON.stringify(COMMUNITY),
  "units.csv":
    "房号,用途,面积,业主编号,业主,起算月\n101,住宅,100,P1,张桂兰,2020-02\n102,住宅,80,P2,刘洋,2020-02\nS1,商业,50,P3,陈记,2020-02\n",
  "rates.csv": "用途,单价,起始月\n住宅,1.00,2020-02\n商业,2.00,2020-02\n",
  "opening.csv": "账户,科目,房号,所属月,金额\ncommon,1002,,,10000.00\nrepair,1002,,,5000.00\n",
  "budget.csv": "年度,科目,金额\n2020,5002,5000.00\n",
  "receipts.csv":
    "日期,账户,科目,金额,房号,摘要,流水号\n2020-02-10,common,4001,80.00,102,物业费,F1\n2020-02-15,common,4001,150.00,S1,物业费,F2\n",
  "payments.csv":
    "日期,账户,科目,金额,收款方,摘要,发票号码,流水号\n2020-02-20,common,5002,120.00,明辉五金店,门禁电池,24112000000135114086,F3\n",
  "bank.csv":
    "账户,交易日期,收入,支出,余额,对方户名,摘要,流水号\ncommon,2020-02-10,80.00,,10080.00,刘洋,物业费,F1\ncommon,2020-02-15,150.00,,10230.00,陈记,物业费,F2\ncommon,2020-02-20,,120.00,10110.00,明辉五金店,货款,F3\n",
};

/** The bank's own words: 借 is what left the account. */
const BANK_HEADER = ["交易日期", "借方发生额", "贷方发生额", "余额", "对方户名", "摘要", "流水号"];

/** What everybody reads of the common fund in March. */
const COMMON_FUND = "月初余额 10,110.00 ＋ 收入 250.00 − 支出 2,360.00 ＝ 月末余额 8,000.00";

/**
 * March in the statement. 101 paid February's bill, March's and 50.00 beforehand; S1's 50.00 from February paid half of
 * its bill; 102 paid nothing: 50.00 + 80.00 are owed. The draw is 15 % of 230.00 + 250.00, less February's 34.50.
 */
const MARCH = {
  funds: {
    common: {
      opening: "10110.00",
      received: "250.00",
      paid: "2360.00",
      transferredIn: "0.00",
      transferredOut: "0.00",
      closing: "8000.00",
    },
    repair: {
      opening: "5000.00",
      received: "12.34",
      paid: "0.00",
      transferredIn: "0.00",
      transferredOut: "0.00",
      closing: "5012.34",
    },
  },
  draw: {
    rate: "0.15",
    base: "250.00",
    earned: "37.50",
    baseToDate: "480.00",
    earnedToDate: "72.00",
    paidToDate: "0.00",
    unpaid: "72.00",
  },
  collection: {
    due: "280.00",
    collected: "150.00",
    dueToDate: "560.00",
    collectedToDate: "430.00",
    oldArrearsRecovered: "100.00",
    arrears: "130.00",
    prepaid: "50.00",
    householdsDue: 3,
    householdsPaid: 1,
  },
  exceptions: [],
};

/** The same by hledger: liabilities are negative there. */
const HLEDGER = [
  ["Assets:Common:1002", "8000.00"],
  ["Assets:Common:1122", "130.00"],
  ["Assets:Repair:1002", "5012.34"],
  ["Liabilities:Common:2203", "-50.00"],
  ["Liabilities:Common:2231", "-72.00"],
] as const;

const DESK = "/desk/guihuali";
const SPEND = `${DESK}/spends/1`;
const PASSWORD = "绿茶 石阶 信号 37";

const read = ({ text }: Answer): string => spokenText(text);

/** The invitation code in a text. */
function codeIn(text: string): string {
  return /[2-9A-Z]{4}-[2-9A-Z]{4}-[2-9A-Z]{4}/u.exec(text)?.[0] ?? "";
}

/** The token that a page tells once. */
function tokenIn({ text }: Answer): string {
  return /<p class="code secret">([^<]+)</u.exec(text)?.[1] ?? "";
}

/** What stands on a paper: the texts of a PDF. */
function wordsOf({ bytes }: Answer): string {
  expect(bytes.subarray(0, 5).toString()).to.equal("%PDF-");
  return pageTexts(bytes).flat().join("\n");
}

/** Somebody with a browser, and with a phone that shows codes once it is bound. */
class Person {
  readonly browser: Browser;
  private readonly app: App;
  private readonly name: string;
  private secret = "";

  constructor(app: App, name: string) {
    this.browser = new Browser(app.origin);
    this.app = app;
    this.name = name;
  }

  async joinsWith(code: string): Promise<Answer> {
    await this.browser.open(`/join?code=${code}`);
    return this.browser.submit("/join", { name: this.name, display: this.name, password: PASSWORD });
  }

  async comesBack(): Promise<Answer> {
    this.browser.forget();
    return this.browser.signIn(this.name, PASSWORD);
  }

  /** Types the secret that the open page shows into the phone, and proves it. */
  async bindsPhone(page: Answer): Promise<Answer> {
    this.secret = (/<b class="code">([A-Z2-7 ]+)<\/b>/u.exec(page.text)?.[1] ?? "").replaceAll(" ", "");
    return this.browser.submit("/account/key", { proof: this.code(), password: PASSWORD });
  }

  /** What the phone shows; half a minute later it shows another. */
  code(): string {
    this.app.pass({ seconds: 30 });
    return generateSync({ secret: this.secret, epoch: Math.floor(this.app.now.getTime() / 1000) });
  }
}

for (const dialect of DIALECTS) {
  describe(`a month of a community, on ${dialect}`, () => {
    const books = useBooks(dialect);
    const options = { publicUrl: "https://guihuali.example.cn", filesFolder: "" };
    before(async () => {
      options.filesFolder = await mkdtemp(path.join(os.tmpdir(), "xinyi-story-"));
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

    let operator: Person;
    let committee: Person;
    let manager: Person;
    let owner: Person;
    before(() => {
      operator = new Person(app, "机房老周");
      committee = new Person(app, "李主任");
      manager = new Person(app, "王经理");
      owner = new Person(app, "张阿姨");
    });

    const goTo = (day: string): void => {
      app.now = new Date(`${day}T01:00:00Z`);
    };

    it("brings its February along, published as history", async () => {
      goTo("2020-03-02");
      await importFolder(books.db, writeFolder(FOLDER), listening(app.now));
      await closeThrough(books.db, "guihuali", month("2020-02"), { now: app.now });
      await publishThrough(books.db, "guihuali", month("2020-02"), { now: app.now });
      const statement = await new Browser(app.origin).open("/c/guihuali/2020-02");
      expect(read(statement)).to.contain("月初余额 10,000.00 ＋ 收入 230.00 − 支出 120.00 ＝ 月末余额 10,110.00");
    });

    it("lets the operator in by the set-up code, and by the operator the first of each side", async () => {
      const home = await operator.joinsWith((await setUpCode(books.db, app.now)) ?? "");
      expect(home.path).to.equal("/operator");
      expect(read(home)).to.contain("还缺一方，付款放行不了");
      const firsts = [
        { person: committee, role: "committee", label: "李某某（主任）" },
        { person: manager, role: "trustee", label: "王某某（项目经理）" },
      ];
      for (const { person, role, label } of firsts) {
        await operator.browser.open(`${DESK}/members/propose`);
        const told = await operator.browser.submit(`${DESK}/members/propose`, { role, label });
        const bind = await person.joinsWith(codeIn(read(told)));
        expect(bind.path).to.equal("/account/key");
        expect((await person.bindsPhone(bind)).path).to.equal("/account");
      }
      expect(read(await operator.browser.open("/operator"))).to.not.contain("还缺一方");
    });

    it("invites the owner of 101 by a letter on paper", async () => {
      await manager.browser.open(`${DESK}/owners`);
      const letter = await manager.browser.submit(`${DESK}/owners/letters`, { which: "chosen", units: "101" });
      const home = await owner.joinsWith(codeIn(wordsOf(letter)));
      expect(home.path).to.equal("/my/guihuali");
      expect(read(home)).to.contain("您现在应缴 100.00 元 从2020年2月的账单起");
    });

    it("bills March after a look at it", async () => {
      const preview = await manager.browser.open(`${DESK}/fees/bills`);
      expect(read(preview)).to.contain("将要出账 280.00 元 3 户").and.to.contain("合计一样");
      const done = await manager.browser.submit(`${DESK}/fees/bills`, {});
      expect(read(done)).to.contain("✓ 3 户的账单都出了，合计 280.00 元");
    });

    it("receives 250.00 of 101 at the desk: two bills, 50.00 prepaid, receipt number 1", async () => {
      goTo("2020-03-05");
      await manager.comesBack();
      const form = await manager.browser.open(`${DESK}/fees/receive?unit=101`);
      expect(read(form)).to.contain("现在欠 200.00 元 ，预缴 0.00 元");
      const shown = await manager.browser.submit(`${DESK}/fees/receive`, { amount: "250" });
      expect(read(shown)).to.contain("金额改成了 250.00 元").and.to.contain("预缴 50.00 元");
      const receipt = await manager.browser.submit(`${DESK}/fees/receive`, {});
      expect(read(receipt)).to.contain("收据 000001").and.to.contain("贰佰伍拾元整").and.to.contain("2020-03-0002");
      expect(wordsOf(await manager.browser.follow("打印收据")))
        .to.contain("000001")
        .and.to.contain("250.00");
    });

    it("shows the owner what was billed and paid, with the receipt", async () => {
      await owner.comesBack();
      const mine = read(await owner.browser.open("/my/guihuali"));
      expect(mine).to.contain("✓ 没有欠费 预缴还有 50.00 元").and.to.contain("预缴可以抵 50.00 元，还要缴 50.00 元");
      expect(mine).to.contain("2020年3月5日 缴费 250.00 元 收据 000001").and.to.contain("2020年3月 100.00 元 ✓ 已缴清");
      expect(wordsOf(await owner.browser.follow("收据 000001"))).to.contain("贰佰伍拾元整");
    });

    it("asks for 2,360.00 with a photo, and decides what of it is black", async () => {
      goTo("2020-03-12");
      await manager.comesBack();
      const picture = await photo(800, 600);
      expect(picture.includes(PLACE_MARK)).to.equal(true);
      const form = await manager.browser.open(`${DESK}/spends/new`);
      expect(read(form)).to.contain("5002 共用部位设施设备运行维护 · 剩 4,880.00");
      const asked = await manager.browser.submit(`${DESK}/spends`, {
        files: new File([new Uint8Array(picture)], "收据.jpg"),
        payee: "明辉五金店",
        "lines[0][account]": "5002",
        "lines[0][amount]": "2360",
        purpose: "楼道灯管",
      });
      expect(asked.path).to.equal(SPEND);
      expect(read(asked)).to.contain("全年预算 5,000.00 之前剩 4,880.00 之后剩 2,520.00");
      const redact = await manager.browser.follow("遮盖并公开");
      const decided = await manager.browser.submit(redact.path, {
        "rectangles[0][x]": "400",
        "rectangles[0][y]": "150",
        "rectangles[0][width]": "200",
        "rectangles[0][height]": "200",
        "rectangles[0][kind]": "phone",
      });
      expect(read(decided)).to.contain("遮盖了 1 处：电话号码 1 处");
    });

    it("is not paid by the manager's key alone, but with the committee's", async () => {
      await manager.browser.open(SPEND);
      const half = await manager.browser.submit(`${SPEND}/release`, { code: manager.code() });
      expect(read(half)).to.contain("还差业委会").and.to.not.contain("已付");
      expect(half.text).to.not.contain(`${SPEND}/release`);
      await committee.comesBack();
      await committee.browser.open(DESK);
      await committee.browser.follow("1 笔付款等您放行");
      await committee.browser.follow("明辉五金店");
      const paid = await committee.browser.submit(`${SPEND}/release`, { code: committee.code() });
      expect(read(paid)).to.contain("双方放行，已记账").and.to.contain("2020-03-0003").and.to.contain("还剩 2,520.00");
    });

    /** Brings in what the bank exported for an account up to the month's end, and goes to the month. */
    async function bringsBankFile(account: string, rows: readonly string[][]): Promise<Answer> {
      const { browser } = manager;
      await browser.open(`${DESK}/bank`);
      const { path: at } = await browser.follow(account);
      await browser.follow("导入银行流水");
      const bytes = gb18030(csvText([[`${account} 交易明细`], BANK_HEADER, ...rows]));
      const preview = await browser.submit(`${at}/upload`, { file: new File([bytes], "明细.csv") });
      await browser.submit(`${preview.path}/import`, { through: "2020-03-31" });
      return browser.follow("2020年3月");
    }

    it("finds everything that the bank did in the books, and finishes at 0.00", async () => {
      goTo("2020-04-01");
      await manager.comesBack();
      const bank = await bringsBankFile("共有资金专户", [
        ["2020-03-05", "", "250.00", "10360.00", "张桂兰", "101物业费", "G1"],
        ["2020-03-12", "2360.00", "", "8000.00", "明辉五金店", "货款", "G2"],
        ["合计", "2360.00", "250.00", "", "", "", ""],
      ]);
      expect(read(bank)).to.contain("2 组").and.to.contain("余额相符，待完成对账");
      const done = await manager.browser.submit(`${bank.path}/finish`, {});
      expect(read(done))
        .to.contain("✓ 已完成对账")
        .and.to.contain("银行余额 8,000.00 − 账面余额 8,000.00 ＝ 差额 0.00");
    });

    it("books the interest that only the bank knew of", async () => {
      const bank = await bringsBankFile("维修资金专户", [["2020-03-21", "", "12.34", "5012.34", "", "结息", "H1"]]);
      expect(read(bank)).to.contain("相差 12.34 元");
      const line = await manager.browser.follow("处理");
      await manager.browser.submit(`${line.path}/receipt`, { purpose: "4201" });
      const done = await manager.browser.submit(`${bank.path}/finish`, {});
      expect(read(done))
        .to.contain("✓ 已完成对账")
        .and.to.contain("银行余额 5,012.34 − 账面余额 5,012.34 ＝ 差额 0.00");
    });

    it("is closed by the manager when nothing is missing, and published by the committee", async () => {
      const list = await manager.browser.open(DESK);
      expect(list.text.match(/class="check is-(?:done|open|blocks)"/gu)).to.deep.equal(
        Array.from({ length: 7 }, () => 'class="check is-done"'),
      );
      const preview = await manager.browser.submit(`${DESK}/months/2020-03/close`, {});
      expect(read(preview)).to.contain("预览，还没有公布").and.to.contain(COMMON_FUND);
      expect(preview.text, "a link to what is not published").to.not.contain("/paid/");
      const early = await owner.browser.open("/c/guihuali/2020-03");
      expect([early.status, read(early).includes("没有公布过 2020-03 的收支公示")]).to.deep.equal([404, true]);
      await committee.comesBack();
      await committee.browser.open(`${DESK}/months/2020-03`);
      await committee.browser.follow("先看一看公示的样子");
      const published = await committee.browser.submit(`${DESK}/months/2020-03/publish`, {});
      expect(published.path).to.equal("/c/guihuali/2020-03");
      expect(read(published)).to.contain("2020年4月1日公布 按时（约定 2020年4月10日 前）");
    });

    it("leads the owner from the statement to the voucher in two clicks", async () => {
      await owner.comesBack();
      await owner.browser.open("/my/guihuali");
      await owner.browser.follow("钱花到哪里去了");
      const statement = await owner.browser.follow("2020年3月");
      expect(read(statement)).to.contain(COMMON_FUND);
      owner.browser.clicks = 0;
      const paid = await owner.browser.follow("共用部位设施设备运行维护");
      expect(read(paid)).to.contain("楼道灯管 2,360.00 2020年3月12日 付给 明辉五金店 2020-03-0003 物业和业委会放行");
      const voucher = await owner.browser.follow("看凭证");
      const picture = await owner.browser.picture("第 1 页");
      expect(owner.browser.clicks).to.equal(2);
      // Upright it is 600 × 800. What was white on blue, 400 to 600 ‰ from the left and 150 to 350 ‰ from the top, is black.
      expect(await brightest(picture, { left: 240, top: 120, width: 120, height: 160 })).to.equal(0);
      expect(await brightest(picture, { left: 0, top: 400, width: 600, height: 400 })).to.be.within(150, 180);
      expect([(await sharp(picture).metadata()).exif, picture.includes(PLACE_MARK)]).to.deep.equal([undefined, false]);
      expect(statement.text + paid.text + voucher.text).to.not.match(/张桂兰|张阿姨|王经理|李主任/u);
    });

    it("tells programs the same", async () => {
      await committee.browser.open(`${DESK}/tokens`);
      const told = await committee.browser.submit(`${DESK}/tokens`, {
        label: "街道的汇总表",
        scopes: ["period.view", "spend.view"],
      });
      const token = tokenIn(told);
      const at = await askApi(app.origin, "/communities/guihuali/months/2020-03", { token });
      expect([at.json["stage"], at.json["isBlocked"]]).to.deep.equal(["published", false]);
      const paid = await askApi(app.origin, "/communities/guihuali/spends?tab=paid", { token });
      const [spend] = paid.json["items"] as Record<string, unknown>[];
      expect(spend).to.include({ id: 1, payee: "明辉五金店", amount: "2360.00", day: "2020-03-12", state: "paid" });
      await owner.browser.open("/c/guihuali/2020-03");
      const { text } = await owner.browser.follow("JSON");
      expect(JSON.parse(text)).to.deep.include(MARCH);
    });

    it("is what verify and hledger come to", async function () {
      expect((await verifyCommunity(books.db, "guihuali")).faults).to.deep.equal([]);
      let journal = "";
      for await (const piece of exportJournal(books.db, "guihuali", "hledger", "2020-03")) {
        journal += piece;
      }
      const args = ["-f", "-", "balance", "--flat", "--no-total", "--layout", "bare", "--depth", "3", "-O", "csv"];
      const { status, stdout } = spawnSync("hledger", args, { input: journal, encoding: "utf8" });
      if (status === null) {
        process.stdout.write("    (hledger is not installed: skipped)\n");
        this.skip();
      }
      for (const [account, amount] of HLEDGER) {
        expect(stdout).to.contain(`"${account}","CNY","${amount}"`);
      }
    });

    it("books a payment once, however often a client that loses the answer sends it", async () => {
      goTo("2020-04-02");
      await manager.comesBack();
      await manager.browser.open(`${DESK}/fees/receive?unit=102`);
      const first = await manager.browser.submit(`${DESK}/fees/receive`, {});
      const second = await manager.browser.submitAgain();
      const third = await manager.browser.submitAgain();
      expect([first.path, second.path, third.path]).to.deep.equal(
        Array.from({ length: 3 }, () => `${DESK}/fees/receipts/2?new=yes`),
      );
      expect(read(first)).to.contain("收据 000002 80.00 元");

      await manager.browser.open(`${DESK}/tokens`);
      const scopes = ["fees.receive", "fees.view", "bank.view"];
      const told = await manager.browser.submit(`${DESK}/tokens`, { label: "收费机", scopes });
      const token = tokenIn(told);
      const body = { kind: "fee", unit: "S1", amount: "50.00", method: "scan" };
      const headers = { "idempotency-key": "till-1" };
      const pay = () => askApi(app.origin, "/communities/guihuali/receipts", { token, body, headers });
      const answers = [await pay(), ...(await Promise.all([pay(), pay()]))];
      expect(answers.map(({ status, json }) => [status, json["number"]])).to.deep.equal(
        Array.from({ length: 3 }, () => [201, "000003"]),
      );

      const { json } = await askApi(app.origin, "/communities/guihuali/receipts", { token });
      expect(
        (json["items"] as { number: string; amount: string }[]).map(({ number, amount }) => [number, amount]),
      ).to.deep.equal([
        ["000003", "50.00"],
        ["000002", "80.00"],
        ["000001", "250.00"],
      ]);
      const bank = await askApi(app.origin, "/communities/guihuali/bank?month=2020-04", { token });
      expect((bank.json["items"] as { book: string }[])[0]?.book).to.equal("8130.00");
      expect((await verifyCommunity(books.db, "guihuali")).faults).to.deep.equal([]);
    });
  });
}
