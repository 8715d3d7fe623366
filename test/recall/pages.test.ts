// A wrong bank file in a browser: it is stopped at its field, comes in with a reason, and goes again.
import { once } from "node:events";
import { mkdtemp } from "node:fs/promises";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import os from "node:os";
import path from "node:path";
import { expect } from "chai";
import { buildApp, openDoor } from "../../src/app.ts";
import { fen } from "../../src/base/money.ts";
import { day } from "../../src/base/month.ts";
import type { TrueLine } from "../bankfile/files.ts";
import { BANK_LINES, bankCsv, NOW, smallBank } from "../support/bank.ts";
import { Browser, type Answer } from "../support/browser.ts";
import { DIALECTS, useBooks } from "../support/databases.ts";
import { PASSWORD, personIn } from "../support/people.ts";

const STRAY: TrueLine = {
  day: day("2020-03-21"),
  amount: fen(1234),
  balance: fen(501_234),
  counterparty: "",
  memo: "<i>结息</i>",
  serial: "H1",
};

for (const dialect of DIALECTS) {
  describe(`a wrong bank file in a browser, on ${dialect}`, () => {
    const books = useBooks(dialect);
    let server: Server;
    let origin = "";

    before(async () => {
      const filesFolder = await mkdtemp(path.join(os.tmpdir(), "xinyi-recall-"));
      server = buildApp(books.db, { clock: () => NOW, filesFolder }).listen(0, "127.0.0.1");
      await once(server, "listening");
      origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    });
    after(() => {
      server.close();
      server.closeAllConnections();
    });

    it("is stopped until somebody says why, and is taken back by two sides", async () => {
      await smallBank(books.db, "wrong", { "bank.csv": undefined });
      const door = openDoor(books.db, { clock: () => NOW });
      const signedIn = async (role: "trustee" | "committee" | "supervisor"): Promise<Browser> => {
        const browser = new Browser(origin);
        await browser.signIn((await personIn(door, "wrong", role)).name, PASSWORD);
        return browser;
      };
      const [manager, member, reader] = [
        await signedIn("trustee"),
        await signedIn("committee"),
        await signedIn("supervisor"),
      ];
      const desk = "/desk/wrong/bank/common";
      const preview = async (bytes: Uint8Array): Promise<Answer> => {
        await manager.open(`${desk}/upload`);
        return manager.submit(`${desk}/upload`, { file: new File([bytes], "明细.csv", { type: "text/csv" }) });
      };

      const first = await preview(bankCsv(BANK_LINES, ["账号：6222000011112222 户名：小院业主大会"]));
      expect(first.text).to.contain("账号尾号 2222，户名「小院业主大会」");
      expect((await manager.submit(`${first.path}/import`, {})).text).to.contain("核对之后请勾选确认");
      await manager.submit(`${first.path}/import`, { isOwn: "on" });

      const wrong = await preview(bankCsv([STRAY]));
      expect(wrong.text).to.contain("是不是另一个账户的文件？").and.to.contain("照样导入的原因");
      const stopped = await manager.submit(`${wrong.path}/import`, {});
      expect(stopped.status).to.equal(422);
      expect(stopped.text).to.contain("还没有写明照样导入的原因").and.to.contain("&lt;i&gt;结息&lt;/i&gt;");
      await manager.submit(`${wrong.path}/import`, { gapReason: "以为是三月的" });

      const second = `${desk}/imports/2`;
      expect((await reader.open(second)).text).not.to.contain("撤回的原因");
      await member.open(second);
      expect((await member.submit(`${second}/recall`, { reason: "" })).status).to.equal(422);
      expect((await member.submit(`${second}/recall`, { reason: "是维修资金账户的文件" })).text)
        .to.contain("等另一方确认撤回")
        .and.not.to.contain("同意撤回");
      expect((await manager.open(desk)).text).to.contain("有人提出撤回，等另一方确认");
      await manager.open(second);
      const gone = await manager.submit(`${second}/recall/confirm`, {});
      expect(gone.text).to.contain("已撤回").and.to.contain("是维修资金账户的文件");
      expect(gone.text).not.to.contain("撤回的原因");
      expect((await manager.open(desk)).text).to.contain("已撤回，不再计入：是维修资金账户的文件");
      expect((await manager.open(`${desk}/lines/7`)).status).to.equal(404);
      expect((await manager.open(`${desk}/imports/9`)).status).to.equal(404);
    });
  });
}
