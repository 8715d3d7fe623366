// What verify says of requests, keys, suppliers and the log, when somebody changed them past the program.
import { expect } from "chai";
import { execute } from "../../src/door/service.ts";
import { refuseSpend, releaseSpend } from "../../src/payment/routes.ts";
import { verifyCommunity } from "../../src/proof/service.ts";
import { requestSpend } from "../../src/spending/service.ts";
import { registerSupplier } from "../../src/supplier/routes.ts";
import { redactVoucher, uploadVouchers } from "../../src/voucher/routes.ts";
import { plain } from "../platform/pictures.ts";
import { useBooks } from "../support/databases.ts";
import { anEstate, aPayment, does, type Estate } from "../support/estate.ts";
import type { Person } from "../support/people.ts";
import { pastTheProgram } from "../support/tampering.ts";
import { filesFolder } from "../voucher/yard.ts";

/** A change: in which table, which rows, and what they say afterwards; null takes them away. */
type Change = readonly [table: string, where: object, update: object | null];

describe("verifying the trail of money that left", () => {
  const books = useBooks("SQLite");
  const folder = filesFolder();
  let estate: Estate;
  let width = 100;

  async function asks(who: Person, over: Record<string, unknown>): Promise<number> {
    return (await does<{ id: number }>(estate, who, requestSpend, aPayment(over))).id;
  }

  async function releases(id: number, ...people: readonly Person[]): Promise<void> {
    for (const person of people) {
      estate.clock.tick();
      await does(estate, person, releaseSpend, { id, code: person.code() });
    }
  }

  async function aVoucher(): Promise<string> {
    width += 1;
    const { door, wang } = estate;
    const uploads = [{ field: "files", name: "票.png", bytes: await plain(width, 48).png().toBuffer() }];
    const { items } = await execute(door, wang.asker, uploadVouchers, {}, { uploads });
    const sha = items[0]?.sha ?? "";
    await does(estate, wang, redactVoucher, { sha, rectangles: [], fields: {}, nothing: true, reason: "没有个人信息" });
    return sha;
  }

  /** Request 1 was paid with a voucher by both sides, 2 by the trustee alone; 3 waits with a key, 4 was sent back. */
  beforeEach(async () => {
    estate = await anEstate(books.db, { filesFolder: folder });
    const { wang, zhao, li } = estate;
    const related = { name: "小明建材有限公司", related: "经理的妻子开的" };
    await does(estate, wang, registerSupplier, related);
    const lines = [{ account: "5003", amount: "3000.00" }];
    await releases(await asks(wang, { payee: "大扫除公司", lines, vouchers: [await aVoucher()] }), wang, li);
    await releases(await asks(wang, {}), zhao);
    await releases(await asks(wang, { payee: related.name, lines: [{ account: "5003", amount: "90.00" }] }), wang);
    const refused = await asks(wang, { payee: "不要的店", lines: [{ account: "5003", amount: "10.00" }] });
    await does(estate, li, refuseSpend, { id: refused, reason: "不需要" });
  });

  const faultsAfter = async (...changes: readonly Change[]): Promise<string> => {
    await pastTheProgram(books.db, async () => {
      for (const [table, where, update] of changes) {
        const rows = books.db(table).where({ community: estate.code, ...where });
        expect(await (update === null ? rows.delete() : rows.update(update)), table).to.be.greaterThan(0);
      }
    });
    return (await verifyCommunity(books.db, estate.code)).faults.join("\n");
  };

  it("finds nothing wrong with requests as they were asked for, released and sent back", async () => {
    const { checked, faults } = await verifyCommunity(books.db, estate.code);
    expect(faults).to.deep.equal([]);
    expect(checked).to.include("4 份付款申请的钥匙、经过与记账凭证，以及操作记录");
  });

  const AMOUNT = "第 1 号申请与记账凭证 2020-01-0003 不符：金额（申请 3,100.00，凭证 3,000.00）";
  const NEVER_TURNED = "第 1 号申请的钥匙与它的放行记录不符";

  for (const [what, changes, says] of [
    ["an amount of a paid request", [["spend_line", { spend: 1 }, { amount: 310_000 }]], AMOUNT],
    [
      "an amount of a request that waits",
      [["spend_line", { spend: 3 }, { amount: 9_900 }]],
      "登记与操作记录不同：登记是“提出第 3 号付款申请，99.00 元",
    ],
    ["a payee", [["spend", { id: 1 }, { payee: "X公司" }]], "收款方（申请 X公司，凭证 大扫除公司）"],
    ["a purpose", [["spend", { id: 1 }, { purpose: "别的" }]], "摘要（申请 别的，凭证 灯管）"],
    ["an account", [["spend_line", { spend: 1 }, { account: "5002" }]], "分录（申请 common 1002"],
    ["a bank account", [["spend", { id: 1 }, { bank: "repair" }]], "分录（申请 repair 1002 repair"],
    [
      "a day",
      [["spend", { id: 1 }, { decided_at: "2020-01-25T02:00:00.000Z" }]],
      "日期（申请 2020-01-25，凭证 2020-01-20）",
    ],
    ["a resolution", [["spend", { id: 1 }, { resolution: "2020-1" }]], "决议（申请 2020-1，凭证 无）"],
    ["a voucher taken from a request", [["spend_voucher", { spend: 1 }, null]], "凭证附件（申请 无，凭证 "],
    [
      "a key that is gone",
      [["spend_key", { spend: 1, side: "committee" }, null]],
      "第 1 号申请已付，却没有业委会的钥匙",
    ],
    ["a step that is gone", [["spend_step", { spend: 1, side: "committee" }, null]], NEVER_TURNED],
    [
      "a request that is gone",
      [
        ["spend_key", { spend: 2 }, null],
        ["spend_step", { spend: 2 }, null],
        ["spend_line", { spend: 2 }, null],
        ["spend", { id: 2 }, null],
      ],
      "记账凭证 2020-01-0004 是凭第 2 号申请付的，已付的申请里却没有它",
    ],
    [
      "the sides that were needed",
      [["spend", { id: 1 }, { sides: "trustee" }]],
      "第 1 号申请按信托合同应由物业和业委会放行，登记里少了业委会",
    ],
    ["an end", [["spend", { id: 4 }, { status: "expired" }]], "第 4 号申请登记为已过期，与它的经过不符"],
    ["who was a member", [["member", { role: "committee" }, { role: "supervisor" }]], "由当时不掌管业委会钥匙的人放行"],
    [
      "a member who had left",
      [["member", { role: "committee" }, { until: "2020-01-20T02:00:10.000Z" }]],
      "由当时不掌管业委会钥匙的人放行",
    ],
    [
      "an event that is gone",
      [["event", { what: "spend released" }, null]],
      "操作记录里没有这一条，或是别人、别的时候做的：放行第 1 号申请",
    ],
    [
      "an event of somebody else",
      [["event", { what: "spend released" }, { actor: "somebody" }]],
      "登记与操作记录不同：登记是“放行第 1 号申请",
    ],
    [
      "a refusal's event",
      [["event", { what: "spend refused" }, { detail: '{"id":"4","reason":"别的"}' }]],
      "退回第 4 号申请：不需要",
    ],
    [
      "a related party's mark",
      [["supplier", { name: "小明建材有限公司" }, { related: "" }]],
      "供应商「小明建材有限公司」的关联方标记是“”，按经过应为“经理的妻子开的”",
    ],
    [
      "a retired supplier's mark",
      [["supplier", { name: "小明建材有限公司" }, { is_active: 0 }]],
      "供应商「小明建材有限公司」的停用标记与经过不符",
    ],
    ["a public copy that is gone", [["voucher_copy", {}, null]], "操作记录里有这一条，登记里却没有：定了凭证"],
    [
      "a voucher that nobody brought in",
      [["event", { what: "voucher uploaded" }, null]],
      "操作记录里没有这一条，或是别人、别的时候做的：上传凭证：票.png",
    ],
  ] as const satisfies readonly (readonly [string, readonly Change[], string])[]) {
    it(`finds ${what}`, async () => {
      expect(await faultsAfter(...changes)).to.contain(says);
    });
  }

  it("finds a key that was given to another account, also when its step was changed with it", async () => {
    const [he] = await books.db("account").where({ name: estate.he.name });
    const rows: readonly Change[] = [
      ["spend_key", { spend: 1, side: "committee" }, { account: he.id }],
      ["spend_step", { spend: 1, side: "committee" }, { actor: he.id }],
    ];
    expect(await faultsAfter(...rows)).to.contain("登记与操作记录不同：登记是“放行第 1 号申请");
  });

  it("finds a key of the committee that nobody turned and that was put beside the trustee's", async () => {
    const [li] = await books.db("account").where({ name: estate.li.name });
    await books.db("spend_key").insert({ community: estate.code, spend: 3, side: "committee", account: li.id });
    expect(await faultsAfter(["spend", { id: 3 }, { unit: "" }])).to.equal("第 3 号申请的钥匙与它的放行记录不符");
  });
});
