// Who may do what, over HTTP: every route of the application for every kind of visitor, in the own community and in
// another one, against the permission table alone. Routes of new rooms are walked without a change here.
import { randomUUID } from "node:crypto";
import { expect } from "chai";
import { openSession } from "../../src/access/service.ts";
import { buildApp, ROUTES } from "../../src/app.ts";
import { createLink } from "../../src/auditor/service.ts";
import { addressOf, mayOf, type Route } from "../../src/door/routes.ts";
import { grantable, PERMISSIONS, type Permission, type Role } from "../../src/door/rules.ts";
import { execute, type Asker } from "../../src/door/service.ts";
import { findSession } from "../../src/access/store.ts";
import { hashSecret } from "../../src/access/service.ts";
import { importFolder } from "../../src/intake/service.ts";
import { closeThrough } from "../../src/period/service.ts";
import { publishThrough } from "../../src/statement/service.ts";
import { month } from "../../src/base/month.ts";
import { runTx } from "../../src/platform/db.ts";
import { useApp, NOW } from "../support/app.ts";
import { useBooks } from "../support/databases.ts";
import { listening, SMALL_COMMUNITY, smallFolder, writeFolder } from "../support/folders.ts";
import { operatorOf, personIn, tokenOf, type Person } from "../support/people.ts";

type Visitor = "nobody" | Role | "operator" | "token" | "token without scope";
const VISITORS: readonly Visitor[] = [
  "nobody",
  "owner",
  "committee",
  "trustee",
  "supervisor",
  "auditor",
  "operator",
  "token",
  "token without scope",
];

/** What the door answers, apart from what a use case itself says. */
type Verdict = "let in" | "sign in" | "forbidden" | "unknown";

/** From the table alone, written once more and otherwise than in the code that is tested. */
function expected(route: Route, visitor: Visitor, isOwn: boolean): Verdict {
  const may = mayOf(route);
  const isForm = route.kind === "form";
  if (may === "anyone") {
    return "let in";
  }
  if (visitor === "nobody") {
    return "sign in";
  }
  const isToken = visitor.startsWith("token");
  if (may === "signed-in") {
    return isToken ? "forbidden" : "let in";
  }
  if (may === "account") {
    return isToken || visitor === "auditor" ? "forbidden" : "let in";
  }
  if (may === "operator") {
    return visitor === "operator" ? "let in" : "forbidden";
  }
  if (visitor === "operator") {
    return (PERMISSIONS[may] as readonly string[]).includes("operator") ? "let in" : "unknown";
  }
  if (!isOwn) {
    return "unknown";
  }
  if (isToken) {
    const isGranted = visitor === "token" && may !== "token.manage" && isAmong(may, "committee");
    // A form needs a session: a token that may do it does it through the API.
    return isGranted && !isForm ? "let in" : "forbidden";
  }
  return isAmong(may, visitor as Role) ? "let in" : "forbidden";
}

function isAmong(may: Permission, role: Role): boolean {
  return (PERMISSIONS[may] as readonly string[]).includes(role);
}

const PARAMETERS: Readonly<Record<string, string>> = { month: "2020-01", unit: "101", file: "r1", number: "1" };

/** The address with a plausible word for every parameter. */
function addressIn(route: Route, community: string): string {
  return addressOf(route).replaceAll(/:(\w+)/gu, (_all, name: string) =>
    name === "code" ? community : (PARAMETERS[name] ?? "00000000-0000-4000-8000-000000000000"),
  );
}

describe("who may do what", () => {
  const books = useBooks("SQLite");
  const app = useApp(books);
  const people = new Map<Visitor, Person>();
  let link: { id: string; url: string; expiresAt: string };
  const tokens = new Map<Visitor, string>();

  before(async () => {
    await importFolder(books.db, writeFolder(smallFolder()), listening());
    const other = { ...SMALL_COMMUNITY, code: "other", name: "别处" };
    await importFolder(
      books.db,
      writeFolder({ ...smallFolder(), "community.json": JSON.stringify(other) }),
      listening(),
    );
    await closeThrough(books.db, "small", month("2020-02"), { now: NOW });
    await publishThrough(books.db, "small", month("2020-02"), { now: NOW });
    for (const role of ["owner", "committee", "trustee", "supervisor"] as const) {
      people.set(
        role,
        await personIn(app.door, "small", role, { name: `私人姓名-${role}`, owner: role === "owner" ? "P1" : "" }),
      );
    }
    people.set("operator", await operatorOf(app.door, "私人姓名-operator"));
    const committee = personOf("committee");
    link = await execute(app.door, committee.asker, createLink, { label: "私人姓名-审计", days: "30" });
    const scopes = grantable(committee.asker.actor, "small");
    tokens.set("token", await tokenOf(app.door, committee, scopes));
    // The least there is, so that it is a token with a scope, but none that any route asks for.
    tokens.set("token without scope", await tokenOf(app.door, committee, ["desk.view"]));
    await books
      .db("api_token")
      .where({ token_hash: hashSecret(tokens.get("token without scope") ?? "") })
      .update({ scopes: "[]" });
  });

  function personOf(visitor: Visitor): Person {
    const person = people.get(visitor);
    if (person === undefined) {
      throw new Error(`no ${visitor} here`);
    }
    return person;
  }

  /** A session of its own for each request: some of them end it. */
  async function headersOf(visitor: Visitor): Promise<{ headers: Record<string, string>; csrf: string }> {
    const site = { "sec-fetch-site": "same-origin" };
    if (visitor === "nobody") {
      return { headers: site, csrf: "" };
    }
    const token = tokens.get(visitor);
    if (token !== undefined) {
      return { headers: { ...site, authorization: `Bearer ${token}` }, csrf: "" };
    }
    const call = { ...({ address: "", session: null, community: "" } as unknown as Asker), now: app.now };
    const who =
      visitor === "auditor"
        ? { community: "small", invitation: link.id, until: link.expiresAt }
        : { account: personOf(visitor).asker.actor.id };
    const secret = await runTx(books.db, "", (tx) => openSession({ ...call, tx } as never, who));
    const csrf = (await findSession(books.db, hashSecret(secret)))?.csrf ?? "";
    return { headers: { ...site, cookie: `xinyi=${secret}`, "x-csrf-token": csrf }, csrf };
  }

  async function verdictOf(route: Route, visitor: Visitor, community: string): Promise<Verdict> {
    const { headers, csrf } = await headersOf(visitor);
    const body = route.kind === "form" ? new URLSearchParams({ _csrf: csrf, _once: randomUUID() }) : "{}";
    const isJson = route.kind === "api" && route.method !== "get";
    const response = await fetch(app.origin + addressIn(route, community), {
      method: route.method.toUpperCase(),
      headers: { ...headers, ...(isJson ? { "content-type": "application/json" } : {}) },
      redirect: "manual",
      ...(route.method === "get" ? {} : { body }),
    });
    const text = await response.text();
    expect(response.status, `${addressOf(route)} for ${visitor}: ${text.slice(0, 300)}`).to.be.lessThan(500);
    const isAsked = (response.headers.get("location") ?? "").startsWith("/sign-in?next=");
    if (response.status === 401 || (response.status === 303 && isAsked)) {
      return "sign in";
    }
    // Use cases refuse things too; the door's own words tell them apart.
    if (response.status === 403 && /您的身份不能做这件事|表单只能在登录后的网页里提交/u.test(text)) {
      return "forbidden";
    }
    return response.status === 404 && /您不属于这个小区/u.test(text) ? "unknown" : "let in";
  }

  for (const route of ROUTES) {
    it(`${route.kind} ${route.method.toUpperCase()} ${addressOf(route)} for ${mayOf(route)}`, async () => {
      const hasCommunity = addressOf(route).includes("/:code");
      const found: Record<string, Verdict> = {};
      const wanted: Record<string, Verdict> = {};
      for (const visitor of VISITORS) {
        for (const community of hasCommunity ? ["small", "other"] : ["small"]) {
          const name = `${visitor} in ${community}`;
          found[name] = await verdictOf(route, visitor, community);
          wanted[name] = expected(route, visitor, community === "small");
        }
      }
      expect(found).to.deep.equal(wanted);
    });
  }

  it("tells the operator, too, that a community does not exist", async () => {
    const { headers } = await headersOf("operator");
    expect((await fetch(`${app.origin}/desk/nowhere/members`, { headers })).status).to.equal(404);
  });

  it("walks every route that is mounted", () => {
    const mounted = buildApp(books.db).router.stack.flatMap((layer) => stackOf(layer));
    const addresses = new Set(ROUTES.map((route) => `${route.method} ${addressOf(route)}`));
    const ours = mounted.filter((each) => /\/(?:desk|my|api|account|operator)(?:\/|$)/u.test(each));
    expect(ours).to.have.lengthOf(addresses.size - publicOnes(addresses).length);
    expect(ours.filter((each) => !addresses.has(each))).to.deep.equal([]);
  });

  it("shows no person's name on what anybody may open", async () => {
    const open = ROUTES.filter(
      (route) => mayOf(route) === "anyone" && (route.kind === "page" || route.kind === "file"),
    );
    const addresses = open.map((route) => addressIn(route, "small"));
    const secret = link.url.replace(/^.*\/audit\//u, "/audit/");
    const texts = await Promise.all(
      [
        ...addresses,
        secret,
        "/",
        "/c/small",
        "/c/small/2020-01",
        "/c/small/2020-01/r1.json",
        "/c/small/2020-02/r1",
      ].map(async (address) => ({ address, text: await (await fetch(app.origin + address)).text() })),
    );
    const telling = texts.filter(({ text }) => /私人姓名|>甲<|乙、丙/u.test(text));
    expect(telling.map(({ address }) => address)).to.deep.equal([]);
  });
});

interface Layer {
  readonly route?: {
    readonly path: string;
    readonly methods?: Readonly<Record<string, boolean>>;
    readonly stack: readonly { readonly method: string }[];
  };
  readonly handle?: { readonly stack?: readonly Layer[] };
}

function stackOf(layer: unknown): string[] {
  const { route, handle } = layer as Layer;
  if (route !== undefined) {
    return [...new Set(route.stack.map(({ method }) => `${method} ${route.path}`))];
  }
  return (handle?.stack ?? []).flatMap((each) => stackOf(each));
}

function publicOnes(addresses: ReadonlySet<string>): string[] {
  return [...addresses].filter((each) => !/\/(?:desk|my|api|account|operator)(?:\/|$)/u.test(each));
}
