// The API's description against the API that runs: nothing missing, nothing more, and what it says is what comes.
import { randomUUID } from "node:crypto";
import { expect } from "chai";
import { z } from "zod";
import { ROUTES } from "../../src/app.ts";
import { addressOf, type ApiRoute } from "../../src/door/routes.ts";
import { importFolder } from "../../src/intake/service.ts";
import { manualOf, type Manual, type Operation, type Schema } from "../../src/manual/service.ts";
import { useApp } from "../support/app.ts";
import { Browser } from "../support/browser.ts";
import { useBooks } from "../support/databases.ts";
import { listening, smallFolder, writeFolder } from "../support/folders.ts";
import { operatorOf, PASSWORD, personIn } from "../support/people.ts";

const manual: Manual = manualOf(ROUTES, "https://zhang.example.cn");
const routes = ROUTES.filter((route): route is ApiRoute => route.kind === "api");

interface Described {
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
}
const described: readonly Described[] = Object.entries(manual.paths).flatMap(([path, operations]) =>
  Object.entries(operations).map(([method, operation]) => ({ method, path, operation })),
);

/** Whether a value is what a schema of the document says. */
function fits(schema: Schema, value: unknown): string {
  const read = z.fromJSONSchema(schema).safeParse(value);
  return read.success ? "" : z.prettifyError(read.error);
}

function resolved(reference: string): Schema {
  const parts = reference.replace("#/", "").split("/");
  return parts.reduce<unknown>((at, part) => (at as Record<string, unknown>)[part], manual) as Schema;
}

/** Every schema inside, with the place where it stands. */
function schemasIn(value: unknown, at = "#"): [string, Schema][] {
  if (typeof value !== "object" || value === null) {
    return [];
  }
  const inside = Object.entries(value).flatMap(([key, each]) => schemasIn(each, `${at}/${key}`));
  return Array.isArray(value) ? inside : [[at, value as Schema], ...inside];
}

describe("the API's description", () => {
  it("holds every route of the API and nothing else", () => {
    const documented = described.map(({ method, path }) => `${method} ${path.replaceAll(/\{(\w+)\}/gu, ":$1")}`);
    const mounted = routes.map(({ method, path }) => `${method} ${path}`);
    expect(documented).to.have.members(mounted);
    expect(documented).to.have.lengthOf(mounted.length);
  });

  it("gives every use case its own name", () => {
    const names = described.map(({ operation }) => operation.operationId);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).to.deep.equal([]);
  });

  it("is well formed: what is referred to is there, paths and parameters agree, every operation says who may", () => {
    for (const [at, schema] of schemasIn(manual)) {
      const reference = schema["$ref"];
      if (typeof reference === "string") {
        expect(() => resolved(reference), at).to.not.throw();
        expect(resolved(reference), at).to.be.an("object");
      }
      expect(schema, at).to.not.have.any.keys("$schema", "$defs");
    }
    for (const { path, operation } of described) {
      const named = [...path.matchAll(/\{(\w+)\}/gu)].map(([, name]) => name);
      const inPath = operation.parameters.filter((each) => "in" in each && each.in === "path");
      expect(
        inPath.map((each) => ("name" in each ? each.name : "")),
        path,
      ).to.deep.equal(named);
      expect(operation.description, path).to.match(/^谁可以：/u);
      expect(operation.summary, path).to.not.equal("");
    }
    expect(Object.keys(manual)).to.have.members(["openapi", "info", "servers", "paths", "components"]);
    expect(manual.openapi).to.equal("3.1.0");
  });

  it("holds schemas of JSON Schema 2020-12 that a validator takes", () => {
    for (const { operation } of described) {
      for (const schema of [...bodiesOf(operation), ...answersOf(operation).map(([, each]) => each)]) {
        expect(() => z.fromJSONSchema(schema)).to.not.throw();
      }
    }
  });

  it("gives examples that fit their own schemas", () => {
    const withExamples = schemasIn(manual.paths).filter(([, schema]) => Array.isArray(schema["examples"]));
    for (const [at, schema] of withExamples) {
      for (const example of schema["examples"] as unknown[]) {
        expect(fits(schema, example), at).to.equal("");
      }
    }
  });

  it("never asks for an amount as a number", () => {
    const amounts = schemasIn(manual.paths).filter(([at]) => /\/(?:amount|total|price|balance)$/u.test(at));
    for (const [at, schema] of amounts) {
      expect(JSON.stringify(schema), at).to.not.match(/"type":"(?:number|integer)"/u);
    }
  });
});

function bodiesOf(operation: Operation): Schema[] {
  const json = operation.requestBody?.content["application/json"]?.schema;
  return json === undefined ? [] : [json];
}

function answersOf(operation: Operation): [string, Schema][] {
  return Object.entries(operation.responses).map(([status, response]) => {
    const answer = typeof response["$ref"] === "string" ? resolved(response["$ref"]) : response;
    const content = Object.values(answer["content"] as Record<string, { schema: Schema }>)[0]?.schema ?? {};
    return [status, typeof content["$ref"] === "string" ? resolved(content["$ref"]) : content];
  });
}

describe("the API that runs", () => {
  const books = useBooks("SQLite");
  const app = useApp(books);
  const sessions = new Map<string, { cookie: string; csrf: string }>();

  before(async () => {
    await importFolder(books.db, writeFolder(smallFolder()), listening());
    for (const role of ["committee", "trustee", "owner"] as const) {
      const person = await personIn(app.door, "small", role, { owner: role === "owner" ? "P1" : "" });
      sessions.set(role, await sessionOf(person.name));
    }
    sessions.set("operator", await sessionOf((await operatorOf(app.door)).name));
  });

  async function sessionOf(name: string): Promise<{ cookie: string; csrf: string }> {
    const browser = new Browser(app.origin);
    await browser.signIn(name, PASSWORD);
    const [, csrf = ""] = /name="_csrf" value="([^"]+)"/u.exec((await browser.open("/account")).text) ?? [];
    return { cookie: browser.cookies, csrf };
  }

  const addressFor = (route: ApiRoute): string =>
    addressOf(route)
      .replace(":code", "small")
      .replaceAll(/:(\w+)/gu, (_all, name: string) => (name === "month" ? "2020-01" : randomUUID()));

  for (const route of routes) {
    const described_ = manual.paths[route.path.replaceAll(/:(\w+)/gu, "{$1}")]?.[route.method];

    it(`answers ${route.method.toUpperCase()} ${addressOf(route)} as described, to those who may and who may not`, async () => {
      const answers = new Map(described_ === undefined ? [] : answersOf(described_));
      for (const who of ["nobody", ...sessions.keys()]) {
        const session = sessions.get(who);
        const isRead = route.method === "get";
        const response = await fetch(app.origin + addressFor(route), {
          method: route.method.toUpperCase(),
          headers: {
            ...(session === undefined ? {} : { cookie: session.cookie, "x-csrf-token": session.csrf }),
            ...(isRead ? {} : { "content-type": "application/json" }),
          },
          ...(isRead ? {} : { body: "{}" }),
        });
        const json: unknown = await response.json();
        const schema = answers.get(String(response.status));
        expect(schema, `${who} was answered ${response.status}: ${JSON.stringify(json)}`).to.not.equal(undefined);
        expect(fits(schema ?? {}, json), `${who}: ${JSON.stringify(json)}`).to.equal("");
        const type = response.headers.get("content-type") ?? "";
        expect(type).to.match(response.status < 300 ? /^application\/json/u : /^application\/problem\+json/u);
      }
    });
  }

  it("gives the description at its address, and as a page for people", async () => {
    const answer = await fetch(`${app.origin}/api/v1/openapi.json`);
    expect(answer.headers.get("content-type")).to.equal("application/json; charset=utf-8");
    const document = (await answer.json()) as Manual;
    expect(document.paths).to.deep.equal(JSON.parse(JSON.stringify(manual.paths)));
    const page = await (await fetch(`${app.origin}/api/v1`)).text();
    for (const { operation } of described) {
      expect(page).to.contain(operation.summary);
    }
  });

  it("tells a program what it does not know there", async () => {
    const answer = await fetch(`${app.origin}/api/v1/nothing`);
    expect([answer.status, answer.headers.get("content-type")]).to.deep.equal([
      404,
      "application/problem+json; charset=utf-8",
    ]);
  });
});
