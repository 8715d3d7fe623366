// The open budget of 风华苑 for 2021, from the first line to the adopted budget, as its people make it: on both databases,
// over the API's use cases, with the pages that owners see. Every figure is written out.
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import os from "node:os";
import path from "node:path";
import { expect } from "chai";
import { buildApp, openDoor } from "../../src/app.ts";
import * as assemblies from "../../src/assembly/service.ts";
import { toYuan } from "../../src/base/money.ts";
import { month } from "../../src/base/month.ts";
import { adoptedLines, budgetOf } from "../../src/budget/service.ts";
import { ask, execute, NOBODY, type Asker, type Command, type Door, type Query } from "../../src/door/service.ts";
import * as draft from "../../src/draft/service.ts";
import { importFolder } from "../../src/intake/service.ts";
import { readEffect } from "../../src/effect/rules.ts";
import { appliedBy, checkEffect, describeEffect, undoEffect } from "../../src/effect/service.ts";
import { listEvents } from "../../src/log/service.ts";
import { runTx, type Db } from "../../src/platform/db.ts";
import * as plans from "../../src/plan/service.ts";
import type { Version } from "../../src/plan/rules.ts";
import { insertVoiding } from "../../src/resolution/service.ts";
import { verifyCommunity } from "../../src/proof/service.ts";
import { redactVoucher } from "../../src/voucher/routes.ts";
import { photo } from "../platform/pictures.ts";
import { askApi } from "../support/app.ts";
import { Browser, spokenText } from "../support/browser.ts";
import { DIALECTS, useBooks } from "../support/databases.ts";
import { decide } from "../support/decisions.ts";
import { Clock } from "../support/estate.ts";
import { DECEMBER, fenghuayuanFolder, fenghuayuanIn2020 } from "../support/fenghuayuan.ts";
import { listening } from "../support/folders.ts";
import { PASSWORD, personIn, tokenOf, type Person } from "../support/people.ts";
import { refusalOf } from "../support/small.ts";

const CODE = "fenghuayuan";
const YEAR = { year: "2021" };

interface Draft {
  readonly digest: string;
  readonly revision: number;
  readonly revisions: readonly { readonly line: number; readonly revision: number }[];
  readonly changed: readonly number[];
  readonly plan: Version;
}

/** Changes a table past the program and its triggers, as somebody with the database in hand could. */
async function withoutTriggers(db: Db, table: string, act: () => Promise<void>): Promise<void> {
  if (db.client.dialect === "postgresql") {
    await db.raw(`alter table ${table} disable trigger user`);
    await act();
    await db.raw(`alter table ${table} enable trigger user`);
    return;
  }
  const triggers: { name: string; sql: string }[] = await db.raw(
    `select name, sql from sqlite_schema where type = 'trigger' and tbl_name = '${table}'`,
  );
  for (const { name } of triggers) {
    await db.raw(`drop trigger ${name}`);
  }
  await act();
  for (const { sql } of triggers) {
    await db.raw(sql);
  }
}

for (const dialect of DIALECTS) {
  describe(`the open budget, on ${dialect}`, function () {
    this.timeout(60_000);
    const books = useBooks(dialect);
    const clock = new Clock(DECEMBER.toISOString());
    let folder = "";
    let door: Door;
    let server: Server;
    let wang: Person;
    let li: Person;
    let zhang: Person;
    let liu: Person;
    let sun: Person;

    before(async () => {
      folder = await mkdtemp(path.join(os.tmpdir(), "xinyi-plan-"));
      await fenghuayuanIn2020(books.db);
      const options = { clock: clock.now, filesFolder: folder };
      door = openDoor(books.db, options);
      wang = await personIn(door, CODE, "trustee");
      li = await personIn(door, CODE, "committee");
      zhang = await personIn(door, CODE, "owner", { name: "张桂兰", owner: "P0061" });
      liu = await personIn(door, CODE, "owner", { name: "刘洋", owner: "P0062" });
      sun = await personIn(door, CODE, "supervisor");
      server = buildApp(books.db, options).listen(0, "127.0.0.1");
      await once(server, "listening");
    });
    after(async () => {
      server.close();
      server.closeAllConnections();
      await rm(folder, { recursive: true, force: true });
    });

    const origin = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const does = (who: Person, command: Command, input: object, uploads = [] as { name: string; bytes: Buffer }[]) =>
      execute(
        door,
        who.asker,
        command,
        { ...YEAR, ...input },
        { uploads: uploads.map((each) => ({ ...each, field: "files" })) },
      );
    const asks = async <T>(asker: Asker, query: Query, input: object = {}): Promise<T> =>
      (await ask(door, asker, query, { ...YEAR, ...input })) as T;
    const anybody: Asker = { actor: NOBODY, community: CODE, address: "", session: null };
    const theDraft = (): Promise<Draft> => asks<Draft>(wang.asker, draft.showDraft);
    const publish = async (summary: string, over: object = {}): Promise<unknown> =>
      does(wang, draft.publishPlan, { digest: (await theDraft()).digest, summary, ...over });
    const spoken = async (place: string): Promise<string> => spokenText(await (await fetch(origin() + place)).text());

    /** A line as it is kept, as the form sends it again with something changed. */
    async function changed(id: number, over: object): Promise<Record<string, unknown>> {
      const { plan, revisions } = await theDraft();
      const line = plan.lines.find((each) => each.id === id);
      return {
        line: String(id),
        revision: String(revisions.find((each) => each.line === id)?.revision ?? 0),
        account: line?.account,
        title: line?.title,
        levels: line?.levels.map(({ name, what, basis }) => ({ name, what, ...basis })),
        ...over,
      };
    }

    it("begins with last year's budget, and knows what was paid and collected of late", async () => {
      expect(await does(wang, draft.createPlan, { isCopied: "on" })).to.deep.equal({ year: 2021, lines: 9 });
      const { plan } = await theDraft();
      expect(plan.terms.collection).to.equal("0.93"); // 93.86 % was collected, rounded down
      expect(plan.balance).to.deep.equal({
        fees: "405616.56",
        other: "96000.00",
        reserves: "0.00",
        spending: "408200.00",
        draw: "75242.48",
        left: "18174.08",
      });
      expect([plan.before.first, plan.before.last]).to.deep.equal(["2020-01", "2020-11"]);
      expect(plan.before.accounts.filter(({ account }) => ["4001", "5002", "5101"].includes(account))).to.deep.equal([
        { account: "4001", actual: "401478.82", budget: "390000.00" },
        { account: "5002", actual: "58944.01", budget: "66000.00" },
        { account: "5101", actual: "68268.22", budget: null },
      ]);
      const { collected, available } = plan;
      expect(collected).to.deep.equal({ first: "2020-01", last: "2020-11", due: "399801.27", collected: "375241.63" });
      // 138,212.77 of cash without 12,890.49 prepaid and 12,136.10 of draw owed
      expect(available).to.deep.equal({ month: "2020-11", amount: "113186.18" });
      expect(await refusalOf(does(li, draft.createPlan, {}))).to.equal("PLAN_EXISTS");
      expect(await refusalOf(does(li, draft.createPlan, { year: "2020" }))).to.equal("BUDGET_EXISTS");
      expect(await refusalOf(does(li, draft.createPlan, { year: "2024" }))).to.equal("YEAR_INVALID");
    });

    it("takes lines by each basis, and refuses what is negative, not budgetable or half filled in", async () => {
      const levels = ["1", "2"].map((posts) => ({
        kind: "posts",
        name: `${posts}人`,
        posts,
        monthly: "2792",
        months: "12",
      }));
      const guards = { account: "5005", title: "门岗", levels, chosen: "1" };
      expect(await does(wang, draft.saveLine, await changed(5, guards))).to.deep.equal({ line: 5, amount: "67008.00" });
      const wrong = (over: object): Promise<string> =>
        refusalOf(
          does(wang, draft.saveLine, {
            account: "5006",
            title: "办公",
            levels: [{ kind: "plain", amount: "1", reason: "试" }],
            ...over,
          }),
        );
      expect(await wrong({ levels: [{ kind: "plain", amount: "-1", reason: "试" }] })).to.equal("FIELD_INVALID");
      expect(await wrong({ levels: [{ kind: "posts", posts: "-2", monthly: "1", months: "12" }] })).to.equal(
        "FIELD_INVALID",
      );
      expect(await wrong({ levels: [{ kind: "plain", amount: "1" }] })).to.equal("FIELD_INVALID");
      expect(await wrong({ levels: [] })).to.equal("FIELD_INVALID");
      expect(await wrong({ account: "5101" })).to.equal("ACCOUNT_NOT_BUDGETABLE");
      const [refused] = await books.db("event").where({ what: "plan line refused" }).orderBy("id").pluck("detail");
      expect(refused).to.contain("5101");
      expect(await wrong({ kind: "posts" })).to.equal("BASIS_SWITCHED");
      expect(await wrong({ line: "77", revision: "1" })).to.equal("LINE_UNKNOWN");
      expect((await theDraft()).plan.lines).to.have.lengthOf(9);
    });

    it("tells the second of two editors, and keeps what the first one wrote", async () => {
      const [mine, yours] = [await changed(3, { title: "楼道保洁" }), await changed(3, { title: "院落保洁" })];
      await does(wang, draft.saveLine, mine);
      expect(await refusalOf(does(li, draft.saveLine, yours))).to.equal("PLAN_CHANGED");
      expect(await refusalOf(does(li, draft.removeLine, { line: "3", revision: "1" }))).to.equal("PLAN_CHANGED");
      const { plan, revision } = await theDraft();
      expect(plan.lines.find(({ id }) => id === 3)?.title).to.equal("楼道保洁");
      const terms = { revision: String(revision), collection: "93", reserves: "0" };
      await does(wang, draft.savePlan, terms);
      expect(await refusalOf(does(li, draft.savePlan, { ...terms, collection: "99" }))).to.equal("PLAN_CHANGED");
      expect((await theDraft()).plan.terms.collection).to.equal("0.93");
    });

    it("reads a collection rate as people write it, and refuses what is none", async () => {
      for (const [text, share] of [
        ["95 %", "0.95"],
        ["９５％", "0.95"],
        ["0.95", "0.95"],
        ["93.5", "0.935"],
      ] as const) {
        const { revision } = await theDraft();
        await does(wang, draft.savePlan, { revision: String(revision), collection: text });
        expect((await theDraft()).plan.terms.collection, text).to.equal(share);
      }
      const { revision } = await theDraft();
      for (const collection of ["101 %", "0", "-5", "abc", ""]) {
        expect(await refusalOf(does(wang, draft.savePlan, { revision: String(revision), collection }))).to.equal(
          "FIELD_INVALID",
        );
      }
      const rates = [{ use: "别墅", rate: "3", from: "2021-01" }];
      expect(
        await refusalOf(does(wang, draft.savePlan, { revision: String(revision), collection: "95", rates })),
      ).to.equal("USE_UNKNOWN");
      const late = [{ use: "住宅", rate: "1.11", from: "2022-01" }];
      expect(
        await refusalOf(does(wang, draft.savePlan, { revision: String(revision), collection: "95", rates: late })),
      ).to.equal("FIELD_INVALID");
    });

    it("publishes what was looked at, when its spending is paid for", async () => {
      expect(await refusalOf(does(wang, draft.setPeriod, { from: "2020-12-01", until: "2020-12-15" }))).to.equal(
        "PLAN_UNPUBLISHED",
      );
      const before = await theDraft();
      await does(wang, draft.saveLine, {
        account: "5002",
        title: "换门禁",
        levels: [{ kind: "plain", amount: "30000", reason: "报价" }],
      });
      expect(await refusalOf(does(wang, draft.publishPlan, { digest: before.digest, summary: "第一版" }))).to.equal(
        "PLAN_CHANGED",
      );
      const { plan } = await theDraft();
      expect([plan.terms.collection, plan.balance.left]).to.deep.equal(["0.935", "-9980.30"]);
      expect(await refusalOf(publish("第一版"))).to.equal("PLAN_GAP");
      const { revision } = await theDraft();
      const rates = [
        { use: "住宅", rate: "1.11", from: "" },
        { use: "商业", rate: "" },
      ];
      await does(wang, draft.savePlan, { revision: String(revision), collection: "93.5", rates });
      // As a program sends it: nothing moved is an empty list.
      expect(await publish("第一版，请大家提意见", { moved: [] })).to.include({ year: 2021, version: 1 });
      expect(await refusalOf(publish("再来一次"))).to.equal("NOTHING_TO_PUBLISH");
      const { plan: shown } = await asks<{ plan: Version }>(anybody, plans.showPlan);
      expect([shown.version, shown.balance.fees, shown.balance.left, shown.fees.unvoted]).to.deep.equal([
        1,
        "550120.75",
        "110994.64",
        "142323.45",
      ]);
    });

    it("hears owners in the comment period only, and shows what they say without a name", async () => {
      const say = (who: Person, over: object): Promise<unknown> =>
        does(who, plans.addComment, { line: "3", words: "每周扫三次就够了", ...over });
      expect(await refusalOf(say(zhang, {}))).to.equal("COMMENTS_CLOSED");
      await does(li, draft.setPeriod, { from: "2020-12-01", until: "2020-12-15" });
      expect(await say(zhang, {})).to.deep.equal({ comment: 1 });
      expect(await say(liu, { line: "5", kind: "question", words: "晚上几个人？" })).to.deep.equal({ comment: 2 });
      expect(await say(liu, { line: "0", words: "某某是骗子" })).to.deep.equal({ comment: 3 });
      expect(await refusalOf(say(liu, { line: "99" }))).to.equal("LINE_UNKNOWN");
      expect(await refusalOf(say(liu, { words: " " }))).to.equal("FIELD_INVALID");
      expect(await refusalOf(say(wang, {}))).to.equal("FORBIDDEN");
      await does(wang, plans.answerComment, { comment: "2", words: "两个人轮班。" });
      expect(await refusalOf(does(wang, plans.answerComment, { comment: "9", words: "？" }))).to.equal(
        "COMMENT_UNKNOWN",
      );
      expect(
        await refusalOf(does(wang, plans.hideComment, { comment: "3", isHidden: "on", reason: "不爱听" })),
      ).to.equal("FORBIDDEN");
      await does(sun, plans.hideComment, { comment: "3", isHidden: "on", reason: "指名辱骂" });

      const page = await spoken(`/c/${CODE}/budgets/2021`);
      expect(page).to.contain("上一年有、这里没有编的 公共收益·广告 2020 年 1–11 月已收 24,200.00 元");
      expect(page).to.contain("一位业主 · 意见 · 2020年12月1日 · 第 1 号 每周扫三次就够了");
      expect(page).to.contain("物业答复 · 2020年12月1日 两个人轮班。");
      expect(page).to.contain("监察人隐藏了这条意见的文字，原因：指名辱骂");
      expect(page).to.not.match(/某某是骗子|张桂兰|刘洋/u);
      const { comments } = await asks<{ comments: { id: number; isOwn: boolean; words: string }[] }>(
        zhang.asker,
        plans.showPlan,
      );
      expect(comments.map(({ id, isOwn, words }) => [id, isOwn, words])).to.deep.equal([
        [1, true, "每周扫三次就够了"],
        [2, false, "晚上几个人？"],
        [3, false, ""],
      ]);
    });

    it("stops somebody who would drown the others out", async () => {
      const more = Array.from({ length: 18 }, (_, index) => `意见 ${index}`);
      for (const words of more) {
        await does(liu, plans.addComment, { words });
      }
      expect(await refusalOf(does(liu, plans.addComment, { words: "再来一条" }))).to.equal("COMMENTS_TOO_MANY");
    });

    it("shows with the next version what changed, and which comments moved it", async () => {
      const cheaper = { levels: [{ kind: "plain", amount: "31200.00", reason: "每周三次" }] };
      await does(wang, draft.saveLine, await changed(3, cheaper));
      expect((await theDraft()).changed).to.deep.equal([3]);
      expect(await refusalOf(publish("保洁改成每周三次", { moved: ["5:1"] }))).to.equal("LINE_UNCHANGED");
      expect(await refusalOf(publish("保洁改成每周三次", { moved: ["3:77"] }))).to.equal("COMMENT_UNKNOWN");
      expect(await publish("保洁改成每周三次", { moved: ["3:1"] })).to.include({ version: 2 });
      const { lines, from, to } = await asks<{
        from: number;
        to: number;
        lines: { line: number; before: { amount: string }; after: { amount: string } }[];
      }>(anybody, plans.comparePlans);
      expect([from, to, lines.map((each) => [each.line, each.before.amount, each.after.amount])]).to.deep.equal([
        1,
        2,
        [[3, "42000.00", "31200.00"]],
      ]);
      const page = await spoken(`/c/${CODE}/budgets/2021`);
      expect(page).to.contain(
        "第 2 版改动，少 10,800.00 元 ：保洁改成每周三次 原来 42,000.00 元 定额：同 2020 年预算 现在 31,200.00 元 定额：每周三次",
      );
      expect(page).to.contain("采纳 第 1 号意见 ：“每周扫三次就够了”");
      expect(page).to.contain("✓ 已采纳：第 2 版改了第 3 条");
      expect(await spoken(`/c/${CODE}/budgets/2021/changes?from=1&to=2`)).to.contain(
        "第 3 条 楼道保洁 少 10,800.00 元",
      );
      expect(await spoken(`/c/${CODE}/budgets/2021?version=1`)).to.contain("这是旧的一版");
      const { versions } = await asks<{ versions: { digest: string }[] }>(anybody, plans.showPlan);
      const bytes = await (await fetch(`${origin()}/c/${CODE}/budgets/2021/versions/1`)).arrayBuffer();
      expect(createHash("sha256").update(Buffer.from(bytes)).digest("hex")).to.equal(versions[0]?.digest);
      expect((await fetch(`${origin()}/c/${CODE}/budgets/2021/versions/9`)).status).to.equal(404);
    });

    it("opens an attachment to the public when it is published and somebody decided what is black", async () => {
      const picture = await photo();
      const entry = await changed(10, {});
      await does(wang, draft.saveLine, entry, [{ name: "报价单.jpg", bytes: picture }]);
      const sha = (await theDraft()).plan.lines.find(({ id }) => id === 10)?.files[0] ?? "";
      const at = `${origin()}/c/${CODE}/vouchers/${sha}`;
      await execute(door, li.asker, redactVoucher, { sha, nothing: "on", reason: "报价单上只有公司信息" });
      expect((await fetch(at)).status).to.equal(404);
      await publish("附上报价单");
      expect((await fetch(at)).status).to.equal(200);
      expect(await spoken(`/c/${CODE}/budgets/2021`)).to.contain("附件 1");
    });

    it("lets anybody try levels of service, by an address that can be passed on", async () => {
      const planned = await askApi(
        origin(),
        `/communities/${CODE}/plans/2021/simulation?area=89.5&use=${encodeURIComponent("住宅")}`,
      );
      expect(planned.status).to.equal(200);
      // 406,832.94 of fees + 96,000.00 of parking = 427,408.00 of spending + 15 % of 502,832.94
      expect([planned.json["needed"], planned.json["neededDraw"]]).to.deep.equal(["406832.94", "75424.94"]);
      expect(planned.json["rates"]).to.deep.equal([
        { use: "住宅", present: "0.81", found: "0.81" },
        { use: "商业", present: "2.4", found: "2.4" },
      ]);
      expect(planned.json["home"]).to.deep.equal({ present: "72.50", found: "72.50" });
      const one = await askApi(origin(), `/communities/${CODE}/plans/2021/simulation?levels=5:0&area=89.5`);
      expect(one.json["rates"]).to.deep.equal([
        { use: "住宅", present: "0.81", found: "0.73" },
        { use: "商业", present: "2.4", found: "2.4" },
      ]);
      const page = await spoken(`/c/${CODE}/budgets/2021/simulator?l5=0&area=89.5`);
      expect(page).to.contain("住宅 0.73 元/平方米·月 降，现在 0.81 元");
      expect(page).to.contain("89.5 平方米 住宅 ：每月 65.34 元 （现在 72.50 元，每月少 7.16 元），一年 784.08 元");
      const wrong = await askApi(origin(), `/communities/${CODE}/plans/2021/simulation?levels=5:9`);
      expect([wrong.status, wrong.json["code"]]).to.deep.equal([422, "LEVEL_UNKNOWN"]);
      const gone = await askApi(origin(), `/communities/${CODE}/plans/2021/simulation?levels=999:1`);
      expect([gone.status, gone.json["code"]]).to.deep.equal([422, "LINE_UNKNOWN"]);
      for (const [factor, status] of [
        ["0.85", 200],
        ["1", 200],
        ["1.01", 422],
        ["5", 422],
      ] as const) {
        const home = await askApi(origin(), `/communities/${CODE}/plans/2021/simulation?area=89.5&factor=${factor}`);
        expect(home.status, factor).to.equal(status);
      }
    });

    it("is an owner's to simulate with the own home, and to comment on, in a browser without JavaScript", async () => {
      const browser = new Browser(origin());
      await browser.open(`/c/${CODE}/budgets/2021`);
      await browser.signIn(zhang.name, PASSWORD);
      await browser.open(`/c/${CODE}/budgets/2021`);
      expect(spokenText((await browser.follow("对这一条提意见")).text)).to.contain("第 1 条");
      const said = await browser.submit(`/c/${CODE}/budgets/2021/comment`, {
        words: "工资涨得慢一点",
        kind: "comment",
      });
      expect(spokenText(said.text)).to.contain("我 · 意见 · 2020年12月1日");
      await browser.follow("测算");
      const home = await browser.follow("按我家");
      expect(spokenText(home.text)).to.match(/平方米 住宅 ：每月/u);
      expect(home.path).to.not.match(/unit|P0061/u);
    });

    it("is put to the vote when owners were heard, and then nobody changes it", async () => {
      const version = String((await asks<{ plan: Version }>(anybody, plans.showPlan)).plan.version);
      expect(await refusalOf(does(li, draft.freezePlan, { version }))).to.equal("COMMENTS_OPEN");
      expect(await refusalOf(does(wang, draft.freezePlan, { version }))).to.equal("FORBIDDEN");
      const named = { plan: 2021, version: Number(version) };
      expect(await refusalOf(plans.assertVotable(books.db, CODE, named))).to.equal("PLAN_NOT_FROZEN");
      clock.set("2020-12-16T02:00:00Z");
      expect(await refusalOf(does(zhang, plans.addComment, { words: "还有一句" }))).to.equal("COMMENTS_CLOSED");
      expect(await refusalOf(does(li, draft.freezePlan, { version: "1" }))).to.equal("PLAN_NOT_NEWEST");
      await does(li, draft.freezePlan, { version });
      await plans.assertVotable(books.db, CODE, named);
      const { revision } = await theDraft();
      const line = await changed(3, { title: "别的" });
      for (const attempt of [
        () => does(wang, draft.saveLine, line),
        () => does(wang, draft.removeLine, { line: "3", revision: "3" }),
        () => does(wang, draft.savePlan, { revision: String(revision), collection: "99" }),
        () => publish("再改"),
        () => does(li, draft.setPeriod, { from: "2020-12-01", until: "2020-12-30" }),
        () => does(li, draft.freezePlan, { version }),
      ]) {
        expect(await refusalOf(attempt())).to.equal("PLAN_FROZEN");
      }
      await does(li, draft.reopenPlan, { reason: "通知还没有发，改一个错字" });
      expect(await refusalOf(does(li, draft.reopenPlan, { reason: "再来" }))).to.equal("PLAN_NOT_FROZEN");
      await does(li, draft.freezePlan, { version });
      expect(await spoken(`/c/${CODE}/budgets/2021`)).to.contain("已定稿，等待业主大会表决");
    });

    it("stays closed from the notice until the vote on it is final or void", async () => {
      const { version } = (await asks<{ plan: Version }>(anybody, plans.showPlan)).plan;
      const goesOut = async (): Promise<number> => {
        const days = { opensOn: "2021-01-10", closesOn: "2021-01-24" };
        const about = { title: "表决预算", calledBy: "committee", ballot: "open", ...days };
        const { id } = await execute(door, li.asker, assemblies.draftAssembly, about);
        const effect = { plan: 2021, version };
        const matter = { id, kind: "budget", title: "2021 年预算", text: "通过 2021 年预算。", effect };
        await execute(door, li.asker, assemblies.addMatter, matter);
        expect(await refusalOf(execute(door, li.asker, assemblies.giveNotice, { id }))).to.equal("PLAN_RATES_MISSING");
        const rise = { from: "2021-01", rates: [{ use: "住宅", rate: "1.11" }] };
        const other = { id, kind: "fee-change", title: "物业费 1.11 元", text: "调为 1.11 元。", effect: rise };
        await execute(door, li.asker, assemblies.addMatter, other);
        await execute(door, li.asker, assemblies.giveNotice, { id });
        expect(await spoken(`/c/${CODE}/assemblies/${id}/notice`)).to.contain(
          "这一项要靠第 2 项：预算的物业费按住宅每平方米每月 1.11 元（现在有效的是 0.81 元）算。第 2 项没有通过，这一项通过了也不生效",
        );
        return id;
      };
      const reopens = () => does(li, draft.reopenPlan, { reason: "还想改" });
      const first = await goesOut();
      expect(await refusalOf(reopens())).to.equal("PLAN_ON_VOTE");
      await execute(door, li.asker, assemblies.withdrawAssembly, { id: first, reason: "日期不合适" });
      await reopens();
      await does(li, draft.freezePlan, { version: String(version) });
      // Two notices ask about it: it stays closed until both are over.
      const [second, third] = [await goesOut(), await goesOut()];
      const ends = (id: number) =>
        runTx(books.db, CODE, async (tx) => {
          await assemblies.recordClosed(tx, CODE, id, clock.now());
          await assemblies.recordFinished(tx, CODE, id, { at: clock.now(), voidReason: null });
        });
      await ends(second);
      expect(await refusalOf(reopens())).to.equal("PLAN_ON_VOTE");
      await ends(third);
      await reopens();
      await does(li, draft.freezePlan, { version: String(version) });
    });

    it("tells a vote what the version comes to, beside the year before", async () => {
      const summary = await plans.planVersionSummary(books.db, CODE, { plan: 2021, version: 2 });
      expect([summary.title, summary.href]).to.deep.equal([
        "2021 年预算（第 2 版）",
        "/c/fenghuayuan/budgets/2021?version=2",
      ]);
      expect(summary.actual).to.deep.equal({ first: "2020-01", last: "2020-11" });
      expect(summary.accounts.filter(({ account }) => ["4001", "5003", "5101"].includes(account))).to.deep.equal([
        {
          account: "4001",
          name: "物业服务费",
          amount: "550120.75",
          before: { budget: "390000.00", actual: "401478.82" },
        },
        { account: "5003", name: "清洁卫生", amount: "31200.00", before: { budget: "42000.00", actual: "39149.00" } },
        { account: "5101", name: "受托人酬金", amount: "96918.11", before: { budget: null, actual: "68268.22" } },
      ]);
      expect(await refusalOf(plans.planVersionSummary(books.db, CODE, { plan: 2021, version: 9 }))).to.equal(
        "PLAN_VERSION_UNKNOWN",
      );
    });

    it("becomes the budget of its year by a resolution, once", async () => {
      const version = (await asks<{ plan: Version }>(anybody, plans.showPlan)).plan.version;
      const effect = { plan: 2021, version };
      const adopt = (): Promise<string> => decide(books.db, CODE, "budget", { now: clock.now(), effect });
      const told = await describeEffect(books.db, CODE, readEffect("budget", effect), clock.now());
      expect(told.lines[0]).to.contain(`2021 年预算（第 ${version} 版）：支出 `);
      expect(told.lines).to.include(
        "5003 清洁卫生：31,200.00 元，去年预算 42,000.00 元，去年实际 39,149.00 元（2020年1月至2020年11月）",
      );
      expect(await checkEffect(books.db, CODE, readEffect("budget", effect), clock.now())).to.deep.equal([]);
      const other = readEffect("budget", { plan: 2021, version: 1 });
      const faults = await checkEffect(books.db, CODE, other, clock.now());
      expect(faults.map(({ code, column }) => `${code} ${column}`)).to.deep.equal(["PLAN_NOT_FROZEN effect.version"]);
      const tooEarly = await appliedBy(books.db, CODE, await adopt());
      expect(tooEarly?.refused).to.equal(
        "这份预算的物业费按住宅每平方米每月 1.11 元（现在有效的是 0.81 元）算，这个单价没有表决通过，钱收不到（以收定支）。",
      );
      expect(await adoptedLines(books.db, CODE, 2021)).to.deep.equal([]);
      const rise = { from: "2021-01", rates: [{ use: "住宅", rate: "1.11" }] };
      await decide(books.db, CODE, "fee-change", { now: clock.now(), effect: rise });
      const number = await adopt();
      const budget = await adoptedLines(books.db, CODE, 2021);
      expect(budget.map(({ account, amount, resolution }) => [account, toYuan(amount), resolution])).to.deep.equal(
        [
          ["4001", "550120.75"],
          ["4002", "96000.00"],
          ["5001", "204000.00"],
          ["5002", "96000.00"],
          ["5003", "31200.00"],
          ["5004", "14000.00"],
          ["5005", "67008.00"],
          ["5006", "5200.00"],
          ["5008", "6000.00"],
          ["5301", "4000.00"],
        ].map((row) => [...row, number]),
      );
      const second = await appliedBy(books.db, CODE, await adopt());
      expect(second?.refused).to.equal("2021 年已有生效的预算。");
      expect(await refusalOf(does(li, draft.reopenPlan, { reason: "还想改" }))).to.equal("PLAN_NOT_FROZEN");
      expect(await refusalOf(does(wang, draft.saveLine, await changed(3, {})))).to.equal("PLAN_ADOPTED");
      const more = importFolder(books.db, fenghuayuanFolder("2021,5009,100.00\n"), listening(clock.now()));
      expect(await refusalOf(more)).to.equal("BUDGET_ADOPTED");
      const page = await spoken(`/c/${CODE}/budgets/2021`);
      expect(page).to.contain(`第 ${version} 版已由业主大会通过`).and.to.contain(`依据： ${number}`);
    });

    it("shows a year whose budget came with the books, and lists every year", async () => {
      expect(await spoken(`/c/${CODE}/budgets/2020`)).to.contain("人员费用 204,000.00 元");
      const list = await spoken(`/c/${CODE}/budgets`);
      expect(list.indexOf("2021 年预算")).to.be.below(list.indexOf("2020 年预算 已生效的预算"));
      expect((await fetch(`${origin()}/c/${CODE}/budgets/2019`)).status).to.equal(404);
    });

    it("never changes what owners have read, whoever asks the database", async () => {
      const { db } = books;
      for (const [table, column] of [
        ["plan_version", "content"],
        ["plan_comment", "words"],
        ["plan_answer", "words"],
        ["plan_hiding", "reason"],
        ["plan_step", "reason"],
        ["plan_adoption", "resolution"],
        ["voucher_shown", "place"],
      ] as const) {
        expect(await db(table).where({ community: CODE }).count({ n: "*" }).first(), table).to.not.include({ n: 0 });
        const changing = await db(table)
          .where({ community: CODE })
          .update({ [column]: "别的" })
          .catch(String);
        expect(changing, table).to.match(/stay|next version|resolution|voucher/u);
        const deleting = await db(table).where({ community: CODE }).delete().catch(String);
        expect(deleting, table).to.match(/stay|next version|resolution|voucher/u);
      }
    });

    it("is recomputed by verify, which tells a version or a budget that was changed behind its back", async () => {
      const { db } = books;
      const before = await verifyCommunity(db, CODE);
      expect(before.faults).to.deep.equal([]);
      expect(before.checked.join()).to.contain("3 版已公布的预算草案");
      await withoutTriggers(db, "plan_version", async () => {
        const row = await db("plan_version").where({ community: CODE, version: 2 }).first("content");
        await db("plan_version")
          .where({ community: CODE, version: 2 })
          .update({ content: row.content.replace("31200.00", "31201.00") });
        expect((await verifyCommunity(db, CODE)).faults).to.deep.equal(["2021 年预算第 2 版与它的校验码不符"]);
        await db("plan_version").where({ community: CODE, version: 2 }).update({ content: row.content });
      });
      await withoutTriggers(db, "budget_line", async () => {
        const line = { community: CODE, year: 2021, account: "5003" };
        await db("budget_line").where(line).update({ amount: 3_120_100 });
        expect((await verifyCommunity(db, CODE)).faults).to.deep.equal(["2021 年预算与表决通过的第 3 版不符"]);
        await db("budget_line").where(line).update({ amount: 3_120_000 });
      });
    });

    it("is taken back when its resolution is voided: nothing of it may be spent any more", async () => {
      const [{ resolution = "" } = {}] = await adoptedLines(books.db, CODE, 2021);
      const voiding = { from: month("2021-01"), reason: "法院撤销", document: null, successor: null };
      await runTx(books.db, CODE, async (tx) => {
        await insertVoiding(tx, CODE, resolution, voiding, { by: "", at: clock.now() });
        await undoEffect(tx, CODE, resolution, month("2021-01"), clock.now());
      });
      const left = await budgetOf(books.db, CODE, 2021);
      expect(left.map(({ account, amount }) => `${account} ${amount}`)).to.include.members(["4001 0", "5001 0"]);
      expect(left.every(({ amount }) => amount === 0)).to.equal(true);
      const page = await spoken(`/c/${CODE}/budgets/2021`);
      expect(page).to.contain("曾由业主大会通过，决议已作废").and.to.contain("这项决议已作废：法院撤销");
    });

    it("is in the log in words, step by step", async () => {
      const { items } = await asks<{ items: { words: string }[] }>(li.asker, listEvents, { limit: "200" });
      const told = items.map(({ words }) => words);
      for (const words of [
        "开始编 2021 年预算",
        "写了 2021 年预算第 3 条：楼道保洁",
        "公布 2021 年预算第 2 版：保洁改成每周三次",
        "2021 年预算征求意见：2020-12-01 到 2020-12-15",
        "对 2021 年预算提了第 1 号意见",
        "答复 2021 年预算第 2 号意见",
        "隐藏 2021 年预算第 3 号意见：指名辱骂",
        "2021 年预算重新开放修改：通知还没有发，改一个错字",
      ]) {
        expect(told).to.include(words);
      }
    });

    it("is a program's to make as well", async () => {
      const token = await tokenOf(door, wang, ["plan.edit", "desk.view"]);
      const at = `/communities/${CODE}/plans`;
      const begun = await askApi(origin(), at, { token, body: { year: "2022" } });
      expect([begun.status, begun.json]).to.deep.equal([201, { year: 2022, lines: 0 }]);
      const body = {
        account: "5001",
        title: "工资",
        levels: [{ kind: "posts", posts: "5", monthly: "3400.00", months: "12" }],
      };
      const line = await askApi(origin(), `${at}/2022/lines`, { token, body });
      expect([line.status, line.json]).to.deep.equal([201, { line: 1, amount: "204000.00" }]);
      const found = await askApi(origin(), `${at}/2022/draft`, { token });
      expect((found.json["plan"] as Version).balance.spending).to.equal("204000.00");
      expect((await askApi(origin(), `${at}/2022`)).json["code"]).to.equal("PLAN_UNPUBLISHED");
    });
  });
}
