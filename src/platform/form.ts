// Form fields for Handlebars: each with its label, hint, what was typed and what was wrong with it, in one place, so that
// every form speaks alike. Nothing that was typed is lost when a form comes back.
import Handlebars from "handlebars";
import { describeFault, printable, type Fault } from "../base/refusal.ts";

/** A form as a page shows it. Values by the names that the schema has: `payee`, `lines.0.amount`. */
export interface FormState {
  readonly csrf: string;
  /** Names this form once: sent twice, it is done once. */
  readonly once: string;
  readonly values: Readonly<Record<string, unknown>>;
  readonly faults: readonly Fault[];
}

export interface Option {
  readonly value: string;
  readonly label: string;
}

interface FieldHash {
  readonly label: string;
  readonly kind?: Kind;
  readonly hint?: string;
  readonly options?: readonly Option[];
  readonly optional?: boolean;
  readonly autocomplete?: string;
  readonly list?: string;
  readonly accept?: string;
  readonly multiple?: boolean;
  readonly autofocus?: boolean;
  readonly value?: unknown;
}

type Kind =
  | "text"
  | "money"
  | "day"
  | "month"
  | "password"
  | "code"
  | "number"
  | "file"
  | "note"
  | "choice"
  | "radios"
  | "tick";

const escape = Handlebars.escapeExpression;

/** `lines.0.amount` as forms send it: `lines[0][amount]`. */
function htmlName(name: string): string {
  const [first = "", ...rest] = name.split(".");
  return first + rest.map((part) => `[${part}]`).join("");
}

function idOf(name: string): string {
  return `f-${name.replaceAll(/[^\w-]/gu, "-")}`;
}

/** What stands under a dotted name in typed values. */
export function valueAt(values: unknown, name: string): unknown {
  return name
    .split(".")
    .reduce<unknown>(
      (at, part) =>
        typeof at === "object" && at !== null && Object.hasOwn(at, part)
          ? (at as Record<string, unknown>)[part]
          : undefined,
      values,
    );
}

/** Markup of our own making that a view prints as it is. */
export function markup(html: string): Handlebars.SafeString {
  return new Handlebars.SafeString(html);
}

/** Forms are flat; whoever nests deeper means to exhaust us. */
const DEPTH_MAX = 10;

/** Hidden inputs that carry typed values along, nested names and all. */
export function hiddenInputs(values: unknown): Handlebars.SafeString {
  return markup(hiddenInput(values, ""));
}

function hiddenInput(values: unknown, prefix: string): string {
  if (typeof values === "object" && values !== null) {
    const isTooDeep = prefix.split(".").length > DEPTH_MAX;
    return Object.entries(isTooDeep ? {} : values)
      .map(([key, value]) => hiddenInput(value, prefix === "" ? key : `${prefix}.${key}`))
      .join("");
  }
  return `<input type="hidden" name="${escape(htmlName(prefix))}" value="${escape(asText(values))}">`;
}

function asText(value: unknown): string {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? String(value) : "";
}

/** `{{field form "amount" label="金额（元）" kind="money" hint="…"}}` */
export function field(form: FormState, name: string, options: Handlebars.HelperOptions): Handlebars.SafeString {
  const hash = options.hash as FieldHash;
  const kind = hash.kind ?? "text";
  const fault = form.faults.find((each) => each.column === name);
  const value = asText(valueAt(form.values, name) ?? hash.value ?? "");
  const described = [
    hash.hint === undefined ? "" : `${idOf(name)}-hint`,
    fault === undefined ? "" : `${idOf(name)}-fault`,
  ];
  const attributes = [
    `id="${idOf(name)}"`,
    `name="${escape(htmlName(name))}"`,
    described.join("") === "" ? "" : `aria-describedby="${described.join(" ").trim()}"`,
    fault === undefined ? "" : 'aria-invalid="true"',
    hash.optional === true || kind === "tick" || kind === "radios" ? "" : "required",
    hash.autofocus === true ? "autofocus" : "",
    hash.autocomplete === undefined ? "" : `autocomplete="${escape(hash.autocomplete)}"`,
    hash.list === undefined ? "" : `list="${escape(hash.list)}"`,
  ];
  const control = controlOf(kind, attributes.filter((each) => each !== "").join(" "), value, { name, hash });
  const label = `${escape(hash.label)}${hash.optional === true ? '<span class="optional">（可不填）</span>' : ""}`;
  const hint = hash.hint === undefined ? "" : `<span class="hint" id="${idOf(name)}-hint">${escape(hash.hint)}</span>`;
  const wrong =
    fault === undefined ? "" : `<span class="fault" id="${idOf(name)}-fault">▲ ${escape(sentence(fault))}</span>`;
  const isGroup = kind === "radios";
  const head = isGroup ? `<legend>${label}</legend>` : `<label for="${idOf(name)}">${label}</label>`;
  const body = kind === "tick" ? `${control}${head}${hint}${wrong}` : `${head}${hint}${wrong}${control}`;
  const tag = isGroup ? "fieldset" : "div";
  return new Handlebars.SafeString(
    `<${tag} class="field field-${kind}${fault === undefined ? "" : " is-wrong"}">${body}</${tag}>`,
  );
}

function sentence(fault: Fault): string {
  return printable(`${fault.message}${fault.remedy === "请改正后再提交一次。" ? "" : fault.remedy}`);
}

const INPUTS: Readonly<Record<string, string>> = {
  money: 'type="text" inputmode="decimal" autocomplete="off"',
  day: 'type="date"',
  month: 'type="month"',
  password: 'type="password"',
  code: 'type="text" inputmode="numeric" autocomplete="one-time-code" maxlength="7"',
  number: 'type="text" inputmode="numeric"',
  text: 'type="text"',
};

function controlOf(
  kind: Kind,
  attributes: string,
  value: string,
  { name, hash }: { name: string; hash: FieldHash },
): string {
  const choices = hash.options ?? [];
  switch (kind) {
    case "note":
      return `<textarea ${attributes} rows="3">${escape(value)}</textarea>`;
    case "choice": {
      const options = choices.map(
        (each) =>
          `<option value="${escape(each.value)}"${each.value === value ? " selected" : ""}>${escape(each.label)}</option>`,
      );
      return `<select ${attributes}><option value="">请选择</option>${options.join("")}</select>`;
    }
    case "radios":
      return choices
        .map((each, index) => {
          const id = `${idOf(name)}-${index}`;
          const checked = each.value === value ? " checked" : "";
          return `<div class="radio"><input type="radio" id="${id}" name="${escape(htmlName(name))}" value="${escape(each.value)}"${checked}><label for="${id}">${escape(each.label)}</label></div>`;
        })
        .join("");
    case "tick":
      return `<input type="checkbox" ${attributes}${["on", "true"].includes(value) ? " checked" : ""}>`;
    case "file":
      return `<input type="file" ${attributes}${hash.accept === undefined ? "" : ` accept="${escape(hash.accept)}"`}${hash.multiple === true ? " multiple" : ""}>`;
    case "text":
    case "money":
    case "day":
    case "month":
    case "password":
    case "code":
    case "number":
      return `<input ${INPUTS[kind] ?? ""} ${attributes} value="${kind === "password" || kind === "code" ? "" : escape(value)}">`;
  }
}

/**
 * `{{formstart form}}`, first thing inside a `<form>`: what makes it genuine and once only, and, when it came back, all
 * that was wrong, each a link to its field. A page with several forms says it once, above them: `{{faultlist form}}`, and
 * each of them begins with `{{genuine form}}`.
 */
export function formStart(form: FormState): Handlebars.SafeString {
  return markup(hiddenProof(form) + summary(form.faults));
}

/** `{{genuine form}}`: what makes one of several forms of a page genuine and once only. */
export function genuine(form: FormState): Handlebars.SafeString {
  return markup(hiddenProof(form));
}

/** `{{faultlist form}}`: all that was wrong. */
export function faultList(form: FormState): Handlebars.SafeString {
  return markup(summary(form.faults));
}

const formsDrawn = new WeakMap<FormState, number>();

/** Each form of a page is another one to send, so each has a number of its own. */
function hiddenProof(form: FormState): string {
  const drawn = (formsDrawn.get(form) ?? 0) + 1;
  formsDrawn.set(form, drawn);
  return `<input type="hidden" name="_csrf" value="${escape(form.csrf)}"><input type="hidden" name="_once" value="${escape(form.once)}-${drawn}">`;
}

function summary(faults: readonly Fault[]): string {
  if (faults.length === 0) {
    return "";
  }
  const items = faults.map((fault) => {
    // What is wrong in a file has a place there, and no field on the page.
    const isInFile = fault.file !== undefined;
    const text = escape(isInFile ? describeFault(fault) : printable(fault.message + fault.remedy));
    return isInFile || fault.column === undefined
      ? `<li>${text}</li>`
      : `<li><a href="#${idOf(fault.column)}">${text}</a></li>`;
  });
  return `<div class="faults" role="alert" tabindex="-1"><h2>还差一点</h2><ul>${items.join("")}</ul></div>`;
}
