// A browser for tests over HTTP: keeps cookies, follows redirects, and submits the forms that a page really has, with
// their hidden fields and what they are filled with.

export interface Answer {
  readonly status: number;
  readonly path: string;
  readonly text: string;
}

type Fields = Readonly<Record<string, string | Blob | readonly Blob[]>>;

interface FormOnPage {
  readonly action: string;
  readonly fields: Readonly<Record<string, string>>;
}

export class Browser {
  private readonly origin: string;
  private cookie = "";
  private forms: readonly FormOnPage[] = [];

  constructor(origin: string) {
    this.origin = origin;
  }

  /** What it sends with each request. */
  get cookies(): string {
    return this.cookie;
  }

  /** Loses its cookies, as after a long pause. */
  forget(): void {
    this.cookie = "";
  }

  async open(path: string): Promise<Answer> {
    return this.go(path, {});
  }

  async signIn(name: string, password: string): Promise<Answer> {
    await this.open("/sign-in");
    return this.submit("/sign-in", { name, password });
  }

  /**
   * Fills the form of the open page that posts to `action`, and sends it. Throws when there is none, since a person
   * could not send it either.
   */
  async submit(action: string, fields: Fields): Promise<Answer> {
    const form = this.forms.find((each) => each.action === action);
    if (form === undefined) {
      const actions = this.forms.map((each) => each.action).join(", ");
      throw new Error(`no form posts to ${action} on this page; those there are post to: ${actions}`);
    }
    return this.go(action, { method: "POST", body: bodyOf({ ...form.fields, ...fields }) });
  }

  private async go(path: string, init: RequestInit): Promise<Answer> {
    const headers = { cookie: this.cookie, "sec-fetch-site": "same-origin" };
    const response = await fetch(this.origin + path, { ...init, headers, redirect: "manual" });
    for (const line of response.headers.getSetCookie()) {
      this.cookie = line.split(";")[0] ?? "";
    }
    const text = await response.text();
    if ([301, 302, 303].includes(response.status)) {
      return this.open(response.headers.get("location") ?? "/");
    }
    this.forms = formsOf(text);
    return { status: response.status, path, text };
  }
}

function bodyOf(fields: Fields): URLSearchParams | FormData {
  const hasFiles = Object.values(fields).some((value) => typeof value !== "string");
  if (!hasFiles) {
    return new URLSearchParams(fields as Record<string, string>);
  }
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) {
    for (const each of Array.isArray(value) ? (value as readonly Blob[]) : [value as string | Blob]) {
      body.append(name, each);
    }
  }
  return body;
}

function formsOf(html: string): FormOnPage[] {
  return [...html.matchAll(/<form\b([^>]*)>([\s\S]*?)<\/form>/gu)].map(([, head = "", inside = ""]) => ({
    action: decoded(attribute(head, "action")),
    fields: Object.fromEntries(fieldsOf(inside)),
  }));
}

/** What a form would send untouched: values of inputs, chosen options, texts. Boxes count only when ticked. */
function fieldsOf(inside: string): [string, string][] {
  const inputs = [...inside.matchAll(/<input\b([^>]*)>/gu)].flatMap(([, tag = ""]): [string, string][] => {
    const type = attribute(tag, "type");
    const isOff = ["checkbox", "radio"].includes(type) && !/\schecked\b/u.test(tag);
    const name = decoded(attribute(tag, "name"));
    return isOff || type === "file" || name === "" ? [] : [[name, decoded(valueOf(tag, type))]];
  });
  const selects = [...inside.matchAll(/<select\b([^>]*)>([\s\S]*?)<\/select>/gu)].map(
    ([, tag = "", options = ""]): [string, string] => {
      const chosen = /<option\b([^>]*\sselected[^>]*)>/u.exec(options)?.[1] ?? "";
      return [decoded(attribute(tag, "name")), decoded(attribute(chosen, "value"))];
    },
  );
  const texts = [...inside.matchAll(/<textarea\b([^>]*)>([\s\S]*?)<\/textarea>/gu)].map(
    ([, tag = "", text = ""]): [string, string] => [decoded(attribute(tag, "name")), decoded(text)],
  );
  return [...inputs, ...selects, ...texts];
}

function valueOf(tag: string, type: string): string {
  return /\svalue="/u.test(tag) || type !== "checkbox" ? attribute(tag, "value") : "on";
}

function attribute(tag: string, name: string): string {
  return new RegExp(`(?:^|\\s)${name}="([^"]*)"`, "u").exec(tag)?.[1] ?? "";
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&amp;": "&",
  "&lt;": "<",
  "&gt;": ">",
  "&quot;": '"',
  "&#x27;": "'",
  "&#x60;": "`",
  "&#x3D;": "=",
};

function decoded(text: string): string {
  return text.replaceAll(/&(?:amp|lt|gt|quot|#x27|#x60|#x3D);/gu, (entity) => ENTITIES[entity] ?? entity);
}
