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
  const { description, format, maxLength, examples, enum: choices } = schema ?? {};
  const parts = [
    isRequired ? "必填" : "可不填",
    typeof description === "string" ? description : "",
    Array.isArray(choices) ? choices.join(" / ") : "",
    typeof format === "string" ? format : "",
    typeof maxLength === "number" ? `最多 ${maxLength} 个字` : "",
    Array.isArray(examples) ? `例如 ${JSON.stringify(examples[0])}` : "",
  ];
  return { name, line: parts.filter((part) => part !== "").join("；") };
}
