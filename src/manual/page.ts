// The description of the API for people: what can be done, at which address, with which fields.

interface Described {
  readonly $ref?: string;
  readonly name?: string;
  readonly in?: string;
  readonly required?: boolean;
  readonly schema?: Readonly<Record<string, unknown>>;
}

interface OperationFacts {
  readonly operationId: string;
  readonly summary: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly parameters: readonly Described[];
  readonly requestBody?: {
    readonly content: Readonly<Record<string, { readonly schema: Readonly<Record<string, unknown>> }>>;
  };
}

export interface FieldRow {
  readonly name: string;
  readonly line: string;
}

export interface UseCaseRow {
  readonly method: string;
  readonly address: string;
  readonly title: string;
  readonly notes: readonly string[];
  readonly fields: readonly FieldRow[];
}

export interface ManualSection {
  readonly name: string;
  readonly useCases: readonly UseCaseRow[];
}

/** All operations, those about one thing together. */
export function manualSections(
  paths: Readonly<Record<string, Readonly<Record<string, OperationFacts>>>>,
): ManualSection[] {
  const rows = Object.entries(paths).flatMap(([address, operations]) =>
    Object.entries(operations).map(([method, operation]) => ({
      tag: operation.tags[0] ?? "",
      row: useCaseRow(method, address, operation),
    })),
  );
  return [...new Set(rows.map(({ tag }) => tag))].map((name) => ({
    name,
    useCases: rows.filter(({ tag }) => tag === name).map(({ row }) => row),
  }));
}

function useCaseRow(method: string, address: string, operation: OperationFacts): UseCaseRow {
  const query = operation.parameters.filter((each) => each.in === "query");
  const body = operation.requestBody?.content["application/json"]?.schema ?? {};
  const required = (body["required"] ?? []) as readonly string[];
  const properties = Object.entries((body["properties"] ?? {}) as Readonly<Record<string, Described["schema"]>>);
  return {
    method: method.toUpperCase(),
    address: `/api/v1${address}`,
    title: operation.summary,
    notes: operation.description.split("\n\n"),
    fields: [
      ...query.map(({ name = "", schema, required: must }) => fieldRow(name, schema, must === true)),
      ...properties.map(([name, schema]) => fieldRow(name, schema, required.includes(name))),
    ],
  };
}

function fieldRow(name: string, schema: Described["schema"], isRequired: boolean): FieldRow {
  const { description, format, maxLength, examples, enum: choices, default: otherwise } = schema ?? {};
  const parts = [
    isRequired ? "必填" : "可不填",
    typeof description === "string" ? description : "",
    Array.isArray(choices) ? choices.join(" / ") : (kindWords(schema) ?? ""),
    typeof format === "string" ? format : "",
    typeof maxLength === "number" ? `最多 ${maxLength} 个字` : "",
    typeof otherwise === "number" || typeof otherwise === "string" ? `不填就是 ${JSON.stringify(otherwise)}` : "",
    Array.isArray(examples) ? `例如 ${JSON.stringify(examples[0])}` : "",
  ];
  return { name, line: parts.filter((part) => part !== "").join("；") };
}

const KINDS: Readonly<Record<string, string>> = {
  string: "文字",
  integer: "整数",
  number: "数",
  boolean: "true 或 false",
  array: "列表",
  object: "对象",
};

/** What a field holds; several kinds when it takes one or the other. */
function kindWords(schema: Described["schema"]): string | undefined {
  const { type, anyOf, minimum, maximum } = schema ?? {};
  if (Array.isArray(anyOf)) {
    const kinds = anyOf.map((each) => kindWords(each as Described["schema"])).filter((each) => each !== undefined);
    return [...new Set(kinds)].join("，或") || undefined;
  }
  const kind = typeof type === "string" ? KINDS[type] : undefined;
  const isBounded = typeof minimum === "number" && typeof maximum === "number" && maximum < Number.MAX_SAFE_INTEGER;
  return kind !== undefined && isBounded ? `${kind} ${minimum}–${maximum}` : kind;
}
