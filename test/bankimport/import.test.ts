// Bringing a bank's file into an account: what is new comes in once, and a file that contradicts is refused whole.
import { expect } from "chai";
import { listBankLines } from "../../src/bank/routes.ts";
import { previewBankFile, setBankLayout, setBankNumber } from "../../src/bankimport/routes.ts";
import { addBankLines } from "../../src/bank/service.ts";
import { fen } from "../../src/base/money.ts";
import { Refusal } from "../../src/base/refusal.ts";
import { ask, execute } from "../../src/door/service.ts";
import { importFolder } from "../../src/intake/service.ts";
import { eventWords } from "../../src/log/rules.ts";
import { listBankAccounts } from "../../src/reconciliation/routes.ts";
import { csvText, utf8, type TrueLine } from "../bankfile/files.ts";
import { BANK_LINES, bankCsv, bringFile, NOW, smallBank, upload, type SmallBank } from "../support/bank.ts";
import { DIALECTS, useBooks } from "../support/databases.ts";
import { listening, SMALL_COMMUNITY, smallFolder, writeFolder } from "../support/folders.ts";

async function faultsOf(outcome: Promise<unknown>): Promise<Refusal["faults"]> {
  try {
    await outcome;
  } catch (error) {
    if (error instanceof Refusal) {
      return error.faults;
    }
    throw error;
  }
  throw new Error("nothing was refused");
}

const codesOf = (faults: Refusal["faults"]): string[] => faults.map(({ code }) => code);

async function linesIn({ door, trustee }: SmallBank, account = "common"): Promise<string[]> {
  const { items } = await ask(door, trustee, listBankLines, { account });
  return items.map(({ day, amount, balance, serial }) => `${day} ${amount} ${balance} ${serial}`);
}

const ALL = [
  "2020-01-05 200.00 1200.00 R1",
  "2020-01-06 80.00 1280.00 R2",
  "2020-01-10 -150.00 1130.00 P1",
  "2020-02-07 60.00 1190.00 R3",
  "2020-02-12 -42.00 1148.00 P2",
  "2020-03-20 -10.00 1138.00 T1",
];

const changed = (index: number, change: Partial<TrueLine>): TrueLine[] =>
  BANK_LINES.map((line, at) => (at === index ? { ...line, ...change } : line));

for (const dialect of DIALECTS) {
  describe(`a bank's file, on ${dialect}`, () => {
    const books = useBooks(dialect);
    let count = 0;
    const fresh = (files?: Parameters<typeof smallBank>[2]): Promise<SmallBank> => {
      count += 1;
      return smallBank(books.db, `small${count}`, files);
    };

    it("brings its lines in, knows those of the import folder, and matches what is certain", async () => {
      const bank = await fresh();
      const done = await bringFile(bank, bankCsv(BANK_LINES));
      // R1 came with the folder; every line bears the serial of its booking.
      expect(done).to.include({ added: 5, known: 1, matched: 6, from: "2020-01-05", through: "2020-03-20" });
      expect(await linesIn(bank)).to.deep.equal(ALL);
    });

    it("adds nothing when it comes again, in another layout, order or overlap", async () => {
      const bank = await fresh({ "bank.csv": undefined });
      await bringFile(bank, bankCsv(BANK_LINES.slice(0, 4)));
      expect(await bringFile(bank, bankCsv(BANK_LINES.slice(0, 4)))).to.include({ added: 0, known: 4, matched: 0 });
      expect(await bringFile(bank, bankCsv(BANK_LINES.slice(2).toReversed()))).to.include({ added: 2, known: 2 });
      const rows = BANK_LINES.map((line) => [line.day, line.amount / 100, line.balance / 100]);
      const bare = utf8(csvText([["日期", "金额", "余额"], ...rows]));
      expect(await bringFile(bank, bare)).to.include({ added: 0, known: 6 });
      expect(await linesIn(bank)).to.deep.equal(ALL);
    });

    it("of lines without serials is known by day, amount and balance, twice the same movement included", async () => {
      const bank = await fresh({ "bank.csv": undefined });
      const bare = BANK_LINES.map((line) => ({ ...line, serial: "" }));
      const back = {
        day: bare[5]?.day,
        amount: fen(1000),
        balance: fen(114_800),
        counterparty: "",
        memo: "退回",
        serial: "",
      };
      const again = { ...bare[5], memo: "再付" };
      const lines = [...bare, back, again] as TrueLine[];
      await bringFile(bank, bankCsv(lines.slice(0, 6)));
      expect(await bringFile(bank, bankCsv(lines))).to.include({ added: 2, known: 6 });
      expect(await bringFile(bank, bankCsv(lines))).to.include({ added: 0, known: 8 });
    });

    it("and an import folder know each other's lines, whichever comes first", async () => {
      const bank = await fresh({ "bank.csv": undefined });
      await bringFile(bank, bankCsv([...BANK_LINES.slice(0, 5), { ...(BANK_LINES[5] as TrueLine), serial: "" }]));
      const folder = {
        ...smallFolder(),
        "community.json": JSON.stringify({ ...SMALL_COMMUNITY, code: bank.trustee.community }),
        "bank.csv":
          "账户,交易日期,收入,支出,余额,对方户名,摘要,流水号\n" +
          "common,2020-01-05,200,,1200,别的写法,R1 的摘要,R1\ncommon,2020-03-20,,10,1138,,划转,\n",
      };
      const report = await importFolder(books.db, writeFolder(folder), listening(NOW));
      expect(report.added).to.deep.equal({});
      expect(await linesIn(bank)).to.have.length(6);
    });

    it("keeps nothing of a file with a faulty line, and names each", async () => {
      const bank = await fresh({ "bank.csv": undefined });
      const rows = utf8(
        csvText([
          ["日期", "金额", "余额"],
          ["2020-01-05", "200,00.0", "1200"],
          ["2020-01-32", "1", "2"],
        ]),
      );
      const faults = await faultsOf(bringFile(bank, rows));
      expect(faults.map(({ code, line, column, value }) => [code, line, column, value])).to.deep.equal([
        ["AMOUNT_INVALID", 2, "金额", "200,00.0"],
        ["DAY_INVALID", 3, "日期", "2020-01-32"],
      ]);
      expect(await linesIn(bank)).to.deep.equal([]);
    });

    it("with a hole in its balances is refused with the lines around it", async () => {
      const bank = await fresh({ "bank.csv": undefined });
      const [fault] = await faultsOf(bringFile(bank, bankCsv(BANK_LINES.filter((_, index) => index !== 3))));
      expect(fault).to.include({ code: "BANK_HOLE", line: 5, column: "余额" });
      expect(fault?.message).to.include("中间少了收入 60.00 元");
    });

    it("is refused when a line was changed since the last import: its amount, its day, its words", async () => {
      const bank = await fresh({ "bank.csv": undefined });
      await bringFile(bank, bankCsv(BANK_LINES));
      const moved = await faultsOf(bringFile(bank, bankCsv(changed(3, { day: BANK_LINES[2]?.day as never }))));
      expect(codesOf(moved)).to.deep.equal(["BANK_LINE_CHANGED"]);
      expect(moved[0]).to.include({ line: 5 });
      expect(moved[0]?.message).to.include("2020-02-07 收入 60.00，余额 1,190.00，乙");
      expect(codesOf(await faultsOf(bringFile(bank, bankCsv(changed(4, { counterparty: "别人" })))))).to.deep.equal([
        "BANK_LINE_CHANGED",
      ]);
      const bigger = BANK_LINES.map((line, index) => ({
        ...line,
        amount: fen(index === 3 ? 7000 : line.amount),
        balance: fen(index > 2 ? line.balance + 1000 : line.balance),
      }));
      expect(codesOf(await faultsOf(bringFile(bank, bankCsv(bigger))))).to.deep.equal(
        Array.from({ length: 3 }, () => "BANK_LINE_CHANGED"),
      );
      expect(await linesIn(bank)).to.deep.equal(ALL);
    });

    it("is refused when lines that were there are gone, even if the balances still meet", async () => {
      const bank = await fresh({ "bank.csv": undefined });
      const detour = [
        ...BANK_LINES.slice(0, 3),
        {
          ...(BANK_LINES[0] as TrueLine),
          day: "2020-01-20" as never,
          amount: fen(500),
          balance: fen(113_500),
          serial: "X1",
        },
        {
          ...(BANK_LINES[0] as TrueLine),
          day: "2020-01-21" as never,
          amount: fen(-500),
          balance: fen(113_000),
          serial: "X2",
        },
        ...BANK_LINES.slice(3),
      ];
      await bringFile(bank, bankCsv(detour));
      expect(codesOf(await faultsOf(bringFile(bank, bankCsv(BANK_LINES))))).to.deep.equal([
        "BANK_LINE_GONE",
        "BANK_LINE_GONE",
      ]);
    });

    it("of another account is refused: by its number, and by sharing no line with what is known", async () => {
      const bank = await fresh({ "bank.csv": undefined });
      await bringFile(bank, bankCsv(BANK_LINES, ["账号：6222000011112222"]), { isOwn: "on" });
      const other = await faultsOf(bringFile(bank, bankCsv(BANK_LINES, ["账号：6222000011119999"])));
      expect(codesOf(other)).to.deep.equal(["BANK_FILE_OTHER_ACCOUNT"]);
      const crossed = await faultsOf(
        bringFile(bank, bankCsv(BANK_LINES, ["账号：6222****2222"]), { account: "repair" }),
      );
      expect(crossed[0]?.message).to.include("共有资金专户");
      const strange = BANK_LINES.map((line, index) => ({ ...line, amount: fen(line.amount * 3), serial: `Z${index}` }));
      let balance = 500_000;
      const chained = strange.map((line) => {
        balance += line.amount;
        return { ...line, balance: fen(balance) };
      });
      const faults = await faultsOf(bringFile(bank, bankCsv(chained)));
      expect(codesOf(faults)).to.deep.equal(["BANK_FILE_OTHER_ACCOUNT"]);
      expect(faults[0]?.message).to.include("6 笔流水，这份文件里一笔也没有");
    });

    it("may bear a new number once somebody said so", async () => {
      const bank = await fresh({ "bank.csv": undefined });
      await bringFile(bank, bankCsv(BANK_LINES.slice(0, 3), ["账号：6222000011112222"]), { isOwn: "on" });
      await execute(bank.door, bank.trustee, setBankNumber, { account: "common", number: "6222 0000 1111 9999" });
      expect(await bringFile(bank, bankCsv(BANK_LINES.slice(3), ["账号：6222000011119999"]))).to.include({ added: 3 });
      const faults = await faultsOf(
        execute(bank.door, bank.trustee, setBankNumber, { account: "common", number: "六二二二" }),
      );
      expect(codesOf(faults)).to.deep.equal(["ACCOUNT_NUMBER_INVALID"]);
    });

    it("that does not join what came before is refused with both balances, until somebody says why", async () => {
      const bank = await fresh({ "bank.csv": undefined });
      await bringFile(bank, bankCsv(BANK_LINES.slice(0, 3)));
      const later = bankCsv(BANK_LINES.slice(4));
      const faults = await faultsOf(bringFile(bank, later));
      expect(codesOf(faults)).to.deep.equal(["BANK_FILE_GAP", "GAP_REASON_NEEDED"]);
      expect(faults[0]).to.include({ file: "流水.csv", line: 2, column: "余额", value: "1,148.00" });
      expect(faults[0]?.message).to.equal(
        "与之前已导入的流水接不上：到 2020-01-10 余额是 1,130.00，这份文件的第一笔（2020-02-12 支出 42.00）之前却是 " +
          "1,190.00，中间缺了一段（净收入 60.00 元）。是不是另一个账户的文件？",
      );
      expect(faults[1]).to.include({ column: "gapReason" });
      expect(await linesIn(bank)).to.have.length(3);
      const done = await bringFile(bank, later, { gapReason: "2 月上旬的稍后导入" });
      expect(done.added).to.equal(2);
      expect(done.notices.at(-1)).to.equal("照样导入的原因：2 月上旬的稍后导入");
      const event = await books.db("event").where({ community: bank.trustee.community }).orderBy("at", "desc").first();
      expect(eventWords(event.what, JSON.parse(event.detail), String)).to.equal(
        "导入共有资金专户的银行流水，新增 2 笔；与已导入的流水接不上，仍然导入的原因：2 月上旬的稍后导入",
      );
      // The same file again asks for nothing: what is missing was said, and is only said again.
      expect((await bringFile(bank, later)).notices.join()).to.include("净收入 60.00 元");
      // What was missing joins both sides.
      expect((await bringFile(bank, bankCsv(BANK_LINES.slice(3, 4)))).notices).to.deep.equal([
        "文件只有一行流水，收入还是支出不能用余额核对，请核对这一行。",
      ]);
      expect((await bringFile(bank, bankCsv(BANK_LINES))).notices).to.deep.equal([]);
    });

    it("of an earlier month may come after a later one, and is held against where that begins", async () => {
      const bank = await fresh({ "bank.csv": undefined });
      await bringFile(bank, bankCsv(BANK_LINES.slice(3)));
      expect(await bringFile(bank, bankCsv(BANK_LINES.slice(1, 3)))).to.include({ added: 2 });
      const [before] = BANK_LINES;
      const wrong = bankCsv([{ ...(before as TrueLine), amount: fen(20_100), balance: fen(120_100) }]);
      const faults = await faultsOf(bringFile(bank, wrong));
      expect(codesOf(faults)).to.deep.equal(["BANK_FILE_GAP", "GAP_REASON_NEEDED"]);
      expect(faults[0]?.message).to.include(
        "最后一笔（2020-01-05 收入 201.00）之后余额是 1,201.00，已导入的 2020-01-06 第一笔之前却是 1,200.00",
      );
    });

    it("of another account does not come in beside what is known, however short it is", async () => {
      const bank = await fresh({ "bank.csv": undefined });
      await bringFile(bank, bankCsv(BANK_LINES));
      const [line] = BANK_LINES;
      const stray = { ...(line as TrueLine), day: "2020-03-21" as never, amount: fen(1234), balance: fen(501_234) };
      expect(codesOf(await faultsOf(bringFile(bank, bankCsv([{ ...stray, serial: "H1" }]))))).to.deep.equal([
        "BANK_FILE_GAP",
        "GAP_REASON_NEEDED",
      ]);
      // A day whose lines cancel each other out has neither beginning nor end but in its order.
      const there = { ...stray, amount: fen(500), balance: fen(114_300), serial: "K1" };
      const back = { ...stray, amount: fen(-500), balance: fen(113_800), serial: "K2" };
      await bringFile(bank, bankCsv([there, back]));
      expect(codesOf(await faultsOf(bringFile(bank, bankCsv([{ ...stray, day: "2020-03-22" as never }]))))).to.include(
        "BANK_LINE_CHANGED",
      );
      const next = { ...stray, day: "2020-03-22" as never, serial: "H2" };
      expect(codesOf(await faultsOf(bringFile(bank, bankCsv([next]))))).to.include("BANK_FILE_GAP");
    });

    it("teaches whose the account's files are once somebody confirmed it, and later ones are held against it", async () => {
      const bank = await fresh({ "bank.csv": undefined });
      const titled = (title: string, from = 0, to = 3) => bankCsv(BANK_LINES.slice(from, to), [title]);
      const first = titled("账号：6222000011112222 户名：别的小区 交易明细");
      const sha256 = await upload(bank, first);
      const { whose } = await ask(bank.door, bank.trustee, previewBankFile, { account: "common", sha256 });
      expect(whose).to.equal(
        "这份文件写着账号尾号 2222，户名「别的小区」，第一笔之前余额 1,000.00 元，确认就是「共有资金专户」。" +
          "户名与账户名、小区名和业主大会都对不上，请特别核对。",
      );
      const [fault] = await faultsOf(bringFile(bank, first));
      expect(fault).to.include({ code: "BANK_FILE_WHOSE", column: "isOwn", message: whose });
      expect(await linesIn(bank)).to.deep.equal([]);
      await bringFile(bank, titled("账号：6222000011112222 户名：小院业主大会（共有资金）"), { isOwn: "on" });
      expect(await bringFile(bank, titled("账号：6222****2222 户名：小院业主大会", 3, 4))).to.include({ added: 1 });
      const other = titled("账号：6222000011112222 户名：别的小区", 4, 5);
      expect(codesOf(await faultsOf(bringFile(bank, other, { isOwn: "on" })))).to.deep.equal([
        "BANK_FILE_OTHER_HOLDER",
      ]);
      const number = titled("账号：6222000011113333", 4, 5);
      expect(codesOf(await faultsOf(bringFile(bank, number, { isOwn: "on" })))).to.deep.equal([
        "BANK_FILE_OTHER_ACCOUNT",
      ]);
      expect(await bringFile(bank, titled("无", 4, 5))).to.include({ added: 1 });
    });

    it("that names a holder alone asks only when it is none of the community's names", async () => {
      const bank = await fresh({ "bank.csv": undefined });
      const own = bankCsv(BANK_LINES.slice(0, 3), ["户名：小院业主大会"]);
      const strange = bankCsv(BANK_LINES.slice(0, 3), ["户名：别的小区 币种：人民币"]);
      expect(codesOf(await faultsOf(bringFile(bank, strange)))).to.deep.equal(["BANK_FILE_WHOSE"]);
      expect(await bringFile(bank, own)).to.include({ added: 3 });
    });

    it("covers the days of its titles, or those somebody types, and no others", async () => {
      const bank = await fresh({ "bank.csv": undefined });
      const titled = bankCsv(BANK_LINES.slice(0, 3), ["起止日期：2020-01-01 至 2020-01-31"]);
      expect(await bringFile(bank, titled)).to.include({ from: "2020-01-01", through: "2020-01-31", basis: "titles" });
      const february = bankCsv(BANK_LINES.slice(3, 5));
      const short = await faultsOf(bringFile(bank, february, { through: "2020-02-10" }));
      expect(codesOf(short)).to.deep.equal(["PERIOD_INVALID"]);
      const future = await faultsOf(bringFile(bank, february, { through: "2020-12-31" }));
      expect(codesOf(future)).to.deep.equal(["PERIOD_IN_FUTURE"]);
      const done = await bringFile(bank, february, { from: "2020-02-01", through: "2020-02-29" });
      expect(done).to.include({ from: "2020-02-01", through: "2020-02-29", basis: "typed" });
    });

    it("covers a month's end by a line there or after, or by its days", async () => {
      const bank = await fresh({ "bank.csv": undefined });
      const covers = async (month: string): Promise<unknown> =>
        (await ask(bank.door, bank.trustee, listBankAccounts, { month })).items.find(
          ({ account }) => account === "common",
        );
      await bringFile(bank, bankCsv(BANK_LINES.slice(0, 3)));
      expect(await covers("2020-01")).to.include({ covers: false, bank: "1130.00", difference: "0.00" });
      await bringFile(bank, bankCsv(BANK_LINES.slice(0, 3)), { through: "2020-01-31" });
      expect(await covers("2020-01")).to.include({ covers: true, bank: "1130.00" });
      expect(await covers("2020-02")).to.include({ covers: false, bank: null });
      await bringFile(bank, bankCsv(BANK_LINES.slice(3)));
      expect(await covers("2020-02")).to.include({ covers: true, bank: "1148.00" });
      expect(await covers("2020-03")).to.include({ covers: false, bank: "1138.00" });
    });

    it("without a line is evidence that nothing moved when its titles name the days, and else refused", async () => {
      const bank = await fresh({ "bank.csv": undefined });
      await bringFile(bank, bankCsv(BANK_LINES.slice(0, 5), ["起止日期：2020-01-01至2020-02-29"]));
      expect(codesOf(await faultsOf(bringFile(bank, bankCsv([]))))).to.deep.equal(["FILE_NO_LINES"]);
      const march = bankCsv([], ["起止日期：2020-03-01至2020-03-31"]);
      expect(await bringFile(bank, march)).to.include({ added: 0, through: "2020-03-31" });
      const { items } = await ask(bank.door, bank.trustee, listBankAccounts, { month: "2020-03" });
      expect(items[0]).to.include({ covers: true, bank: "1148.00", book: "1138.00", difference: "10.00" });
    });

    it("whose columns nobody knows is read once they are named, and the next one of the account by itself", async () => {
      const bank = await fresh({ "bank.csv": undefined });
      const rows = (lines: readonly TrueLine[]): Uint8Array =>
        utf8(
          csvText([
            ["哪天", "进", "出", "还剩"],
            ...lines.map(({ day, amount, balance }) => [
              day,
              amount > 0 ? amount / 100 : "",
              amount < 0 ? -amount / 100 : "",
              balance / 100,
            ]),
          ]),
        );
      const sha256 = await upload(bank, rows(BANK_LINES.slice(0, 3)));
      const preview = await ask(bank.door, bank.trustee, previewBankFile, { account: "common", sha256 });
      expect(preview).to.deep.include({ missing: ["day", "amount", "balance"], columns: ["哪天", "进", "出", "还剩"] });
      const some = execute(bank.door, bank.trustee, setBankLayout, { account: "common", day: "哪天" });
      expect(codesOf(await faultsOf(some))).to.deep.equal(["LAYOUT_INCOMPLETE"]);
      const named = { account: "common", day: "哪天", in: "进", out: "出", balance: "还剩" };
      await execute(bank.door, bank.trustee, setBankLayout, named);
      expect(await bringFile(bank, rows(BANK_LINES.slice(0, 3)))).to.include({ added: 3 });
      expect(await bringFile(bank, rows(BANK_LINES))).to.include({ added: 3, known: 3 });
    });

    it("lets lines of a folder stay what they were", async () => {
      const bank = await fresh();
      const line = { account: "common", day: "2020-01-05" as never, amount: fen(20_000), balance: fen(120_000) };
      const outcome = await books.db.transaction((tx) =>
        addBankLines(tx, bank.trustee.community, [
          { ...line, counterparty: "乙", memo: "物业费", serial: "R1", source: "bank:R1" },
        ]),
      );
      expect([...outcome.conflicts.keys()]).to.deep.equal([0]);
    });
  });
}
