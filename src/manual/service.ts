// The description of the API, OpenAPI 3.1: made from the routes and the schemas that validate, so that it cannot differ.
import { z } from "zod";
import { API, type ApiRoute, type Route } from "../door/routes.ts";
import { permissionName, PERMISSIONS, roleName, type Open, type Permission } from "../door/rules.ts";
import type { Command, Query } from "../door/service.ts";

/** A JSON Schema, draft 2020-12. */
export type Schema = Readonly<Record<string, unknown>>;

export interface Parameter {
  readonly name: string;
  readonly in: "path" | "query" | "header";
  readonly required: boolean;
  readonly schema: Schema;
  readonly description?: string;
}

export interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly security: readonly Schema[];
  readonly parameters: readonly (Parameter | { readonly $ref: string })[];
  readonly requestBody?: { readonly required: boolean; readonly content: Readonly<Record<string, { schema: Schema }>> };
  readonly responses: Readonly<Record<string, Schema>>;
}

export interface Manual {
  readonly openapi: string;
  readonly info: Schema;
  readonly servers: readonly Schema[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: Readonly<Record<string, Readonly<Record<string, Schema>>>>;
}

/** What a program may do here. Addresses are below `publicUrl`. */
export function manualOf(routes: readonly Route[], publicUrl: string): Manual {
  const paths: Record<string, Record<string, Operation>> = {};
  for (const route of routes) {
    if (route.kind === "api") {
      const address = route.path.replaceAll(/:(\w+)/gu, "{$1}");
      paths[address] = { ...paths[address], [route.method]: operationOf(route) };
    }
  }
  return {
    openapi: "3.1.0",
    info: { title: "信义账 API", version: "1", description: ABOUT, license: { name: "MIT", identifier: "MIT" } },
    servers: [{ url: `${publicUrl}/api/v1` }],
    paths,
    components: COMPONENTS,
  };
}

const ABOUT = `信托制物业的账：所有能在网页里做的事，程序也能做。

- **身份**：请求头 \`Authorization: Bearer 令牌\`。令牌在“我的账号”里新建，只有勾选的权限，只在一个小区有效。
- **金额**是元，文字，两位小数：\`"1234.50"\`。日期 \`YYYY-MM-DD\`，月份 \`YYYY-MM\`，都按北京时间；时刻是 UTC。
- **重复的请求**：写操作请带 \`Idempotency-Key\`。同样的标识和内容再来一次，得到同样的回答，事情只做一次；内容不同则答 409。
- **出错**时回答 \`application/problem+json\`（RFC 9457）：\`code\` 给程序，\`title\` 和 \`detail\` 说哪里不对、怎么办，\`errors\` 指出每个字段。
- **列表**按 \`limit\` 分页，下一页把回答里的 \`next\` 放进 \`after\`；\`next\` 是 null 就到底了。`;

// ---- One operation ----------------------------------------------------------------------------------------------

function operationOf(route: ApiRoute): Operation {
  const { useCase, method, status } = route;
  const input = schemaOf(useCase.input, "input");
  const named = [...route.path.matchAll(/:(\w+)/gu)].map(([, name = ""]) => name);
  const isCommunity = route.path.startsWith(API);
  const inPath = named.map((name) => pathParameter(name, isCommunity && name === "code" ? undefined : input));
  const rest = without(input, isCommunity ? named.filter((name) => name !== "code") : named);
  const isWrite = useCase.kind === "command";
  const body = method === "post" ? { requestBody: bodyOf(rest, route.takesFiles) } : {};
  return {
    operationId: useCase.name,
    summary: useCase.title,
    description: describe(useCase),
    tags: [
      route.path
        .replace(`${API}/`, "")
        .split("/")
        .find((part) => part !== "") ?? "",
    ],
    security: securityOf(useCase.may),
    parameters: [
      ...inPath,
      ...(method === "post" ? [] : queryParameters(rest)),
      ...(isWrite ? ["IdempotencyKey", "CsrfToken"].map((name) => ({ $ref: `#/components/parameters/${name}` })) : []),
    ],
    ...body,
    responses: {
      [String(status)]: {
        description: useCase.title,
        content: { "application/json": { schema: schemaOf(useCase.output, "output") } },
      },
      ...Object.fromEntries(REFUSALS[useCase.kind].map((code) => [code, { $ref: `#/components/responses/${code}` }])),
    },
  };
}

function schemaOf(schema: z.ZodType, io: "input" | "output"): Schema {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: "any" });
  return rest;
}

function propertiesOf(schema: Schema): Readonly<Record<string, Schema>> {
  return (schema["properties"] ?? {}) as Readonly<Record<string, Schema>>;
}

function requiredOf(schema: Schema): readonly string[] {
  return (schema["required"] ?? []) as readonly string[];
}

/** What the address holds already is not sent a second time. */
function without(schema: Schema, names: readonly string[]): Schema {
  if (schema["properties"] === undefined) {
    return schema;
  }
  const properties = Object.entries(propertiesOf(schema)).filter(([name]) => !names.includes(name));
  const { required: _all, ...rest } = schema;
  const required = requiredOf(schema).filter((name) => !names.includes(name));
  return { ...rest, properties: Object.fromEntries(properties), ...(required.length === 0 ? {} : { required }) };
}

function pathParameter(name: string, input: Schema | undefined): Parameter {
  const known = input === undefined ? COMMUNITY_CODE : (propertiesOf(input)[name] ?? { type: "string" });
  return { name, in: "path", required: true, schema: known };
}

const COMMUNITY_CODE = { type: "string", pattern: "^[a-z0-9][a-z0-9-]{0,39}$", description: "小区代码" };

function queryParameters(schema: Schema): Parameter[] {
  const required = requiredOf(schema);
  return Object.entries(propertiesOf(schema)).map(([name, property]) => ({
    name,
    in: "query",
    required: required.includes(name),
    schema: property,
  }));
}

function bodyOf(schema: Schema, takesFiles: boolean): NonNullable<Operation["requestBody"]> {
  const files = {
    files: { type: "array", items: { type: "string", format: "binary" }, description: "最多 6 个，各不超过 10 MB" },
  };
  const withFiles = { ...schema, properties: { ...propertiesOf(schema), ...files } };
  return {
    required: requiredOf(schema).length > 0,
    content: {
      "application/json": { schema },
      ...(takesFiles
        ? {
            "multipart/form-data": { schema: withFiles },
            "application/octet-stream": { schema: { type: "string", format: "binary" } },
          }
        : {}),
    },
  };
}

// ---- Who may ----------------------------------------------------------------------------------------------------

const OPEN_WORDS: Readonly<Record<Open, string>> = {
  anyone: "任何人，不用登录",
  "signed-in": "登录的人（令牌不行）",
  account: "登录的账号（令牌不行）",
  operator: "系统管理员（令牌不行）",
};

function isOpen(may: Permission | Open): may is Open {
  return Object.hasOwn(OPEN_WORDS, may);
}

/** Who may, in words: "业委会、物业（权限 spend.request 提出付款申请）". */
function whoMay(may: Permission | Open): string {
  if (isOpen(may)) {
    return OPEN_WORDS[may];
  }
  return `${PERMISSIONS[may].map(roleName).join("、")}（权限 ${may}，${permissionName(may)}）`;
}

function describe(useCase: Query | Command): string {
  const isCommand = useCase.kind === "command";
  const who = isCommand && typeof useCase.turnsKey === "function" ? "有钥匙的人" : "";
  const key = isCommand && useCase.turnsKey !== undefined ? [`${who}要带动态口令 code，每个口令只能用一次。`] : [];
  const secret = isCommand && useCase.isSecret !== undefined ? ["回答里的码或令牌只给一次；同一标识再问答 409。"] : [];
  return [`谁可以：${whoMay(useCase.may)}。`, ...key, ...secret].join("\n\n");
}

function securityOf(may: Permission | Open): Schema[] {
  if (may === "anyone") {
    return [];
  }
  const session = { session: [] };
  return isOpen(may) || may === "token.manage" ? [session] : [{ token: [] }, session];
}

// ---- What all share ---------------------------------------------------------------------------------------------

const REFUSALS = {
  query: ["401", "403", "404", "409", "422", "429"],
  command: ["401", "403", "404", "409", "413", "415", "422", "429"],
} as const;

const MEANINGS: Readonly<Record<string, string>> = {
  "401": "没有登录，或令牌无效、已作废、已过期",
  "403": "没有权限",
  "404": "没有这个东西，或它属于您不在的小区",
  "409": "现在不能做，或同一个标识用于另一项内容",
  "413": "内容或文件太大",
  "415": "不接受这种类型的内容",
  "422": "填得不对，errors 指出每个字段",
  "429": "试的次数太多",
};

const PROBLEM: Schema = {
  type: "object",
  required: ["type", "title", "status", "code", "detail"],
  properties: {
    type: { type: "string", format: "uri-reference" },
    title: { type: "string", description: "哪里不对" },
    status: { type: "integer", minimum: 400, maximum: 599 },
    code: { type: "string", pattern: "^[A-Z][A-Z_0-9]*$", description: "给程序用，不会改" },
    detail: { type: "string", description: "怎么办" },
    errors: {
      type: "array",
      items: {
        type: "object",
        required: ["field", "code", "message", "remedy"],
        properties: {
          field: { type: "string", description: "字段，例如 lines.0.amount" },
          code: { type: "string" },
          message: { type: "string" },
          remedy: { type: "string" },
        },
      },
    },
  },
};

const COMPONENTS: Manual["components"] = {
  securitySchemes: {
    token: { type: "http", scheme: "bearer", description: "在“我的账号”里新建的接口令牌" },
    session: {
      type: "apiKey",
      in: "cookie",
      name: "xinyi",
      description: "网页登录的会话（经 HTTPS 时名为 __Host-xinyi）；写操作另带 X-CSRF-Token",
    },
  },
  schemas: { Problem: PROBLEM },
  parameters: {
    IdempotencyKey: {
      name: "Idempotency-Key",
      in: "header",
      required: false,
      description: "这个请求的标识，例如一个 UUID。丢了回答就用同一个标识再问一次。",
      schema: { type: "string", pattern: "^[!-~]{1,100}$" },
    },
    CsrfToken: {
      name: "X-CSRF-Token",
      in: "header",
      required: false,
      description: "只有用网页会话时才要：网页表单里 _csrf 的值。",
      schema: { type: "string" },
    },
  },
  responses: Object.fromEntries(
    Object.entries(MEANINGS).map(([status, description]) => [
      status,
      { description, content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } } },
    ]),
  ),
};
