// A browser for tests over HTTP: keeps cookies, follows redirects and links, and submits the forms that a page really
// has, with their hidden fields and what they are filled with.

export interface Answer {
  readonly status: number;
  readonly path: string;
  readonly text: string;
  /** As they came: for papers and pictures. */
  readonly bytes: Buffer;
}

/** What is filled in by hand; several values are several boxes ticked, or several files. */
type Fields = Readonly<Record<string, string | Blob | readonly (string | Blob)[]>>;

interface Cookie {
  readonly name: string;
  readonly value: string;
  readonly path: string;
}

interface FormOnPage {
  readonly action: string;
  readonly fields: Readonly<Record<string, string>>;
}

export class Browser {
  /** How many links were followed; somebody who counts sets it to 0. */
  clicks = 0;
  private readonly origin: string;
  private jar: readonly Cookie[] = [];
  private page = { path: "/", text: "" };
  private forms: readonly FormOnPage[] = [];
  private sent: (() => Promise<Answer>) | null = null;

  constructor(origin: string) {
    this.origin = origin;
  }

  /** What it sends with each request to the open page. */
  get cookies(): string {
    return this.cookiesFor(this.page.path);
  }

  private cookiesFor(path: string): string {
    const sent = this.jar.filter((each) => path.startsWith(each.path));
    return sent.map(({ name, value }) => `${name}=${value}`).join("; ");
  }

  /** Loses its cookies, as after a long pause. */
  forget(): void {
    this.jar = [];
  }

  async open(path: string): Promise<Answer> {
    return this.go(path, {});
  }

  async signIn(name: string, password: string): Promise<Answer> {
    await this.open("/sign-in");
    return this.submit("/sign-in", { name, password });
  }

  /** Follows the first link of the open page that says so, in its text or as the text of its picture. */
  async follow(label: string): Promise<Answer> {
    const links = [...this.page.text.matchAll(/<a\b([^>]*)>([\s\S]*?)<\/a>/gu)];
    const link = links.find(([, , inside = ""]) => spokenText(inside).includes(label));
    if (link === undefined) {
      throw new Error(`no link on ${this.page.path} says ${label}`);
    }
    this.clicks += 1;
    return this.open(this.resolved(decoded(attribute(link[1] ?? "", "href"))));
  }

  /** The picture that the open page shows, by its text. */
  async picture(label: string): Promise<Buffer> {
    const images = [...this.page.text.matchAll(/<img\b([^>]*)>/gu)].map(([, tag = ""]) => tag);
    const image = images.find((tag) => decoded(attribute(tag, "alt")).includes(label));
    if (image === undefined) {
      throw new Error(`no picture on ${this.page.path} says ${label}`);
    }
    const response = await fetch(this.origin + this.resolved(decoded(attribute(image, "src"))), {
      headers: { cookie: this.cookies },
    });
    return Buffer.from(await response.arrayBuffer());
  }

  /** An address as it stands in the open page. */
  private resolved(href: string): string {
    const { pathname, search } = new URL(href, this.origin + this.page.path);
    return pathname + search;
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
    const filled = { ...form.fields, ...fields };
    this.sent = () => this.go(action, { method: "POST", body: bodyOf(filled) });
    return this.sent();
  }

  /** Sends the last form again as it was, as somebody does who never saw the answer. */
  async submitAgain(): Promise<Answer> {
    if (this.sent === null) {
      throw new Error("no form was sent yet");
    }
    return this.sent();
  }

  private async go(path: string, init: RequestInit): Promise<Answer> {
    const headers = { cookie: this.cookiesFor(path), "sec-fetch-site": "same-origin" };
    const response = await fetch(this.origin + path, { ...init, headers, redirect: "manual" });
    for (const line of response.headers.getSetCookie()) {
      const set = cookieIn(line);
      const others = this.jar.filter(({ name, path: at }) => name !== set.name || at !== set.path);
      this.jar = set.value === "" ? others : [...others, set];
    }
    const bytes = Buffer.from(await response.arrayBuffer());
    const text = bytes.toString();
    if ([301, 302, 303].includes(response.status)) {
      return this.open(response.headers.get("location") ?? "/");
    }
    this.page = { path, text };
    this.forms = formsOf(text);
    return { status: response.status, path, text, bytes };
  }
}

/** One Set-Cookie line; a value of "" takes the cookie away. */
function cookieIn(line: string): Cookie {
  const [, name = "", value = ""] = /^([^=]*)=([^;]*)/u.exec(line) ?? [];
  return { name, value, path: /;\s*path=([^;]*)/iu.exec(line)?.[1] ?? "/" };
}

function bodyOf(fields: Fields): URLSearchParams | FormData {
  const values = Object.entries(fields).flatMap(([name, value]) =>
    [value].flat().map((each): [string, string | Blob] => [name, each]),
  );
  const hasFiles = values.some(([, value]) => typeof value !== "string");
  const body = hasFiles ? new FormData() : new URLSearchParams();
  for (const [name, value] of values) {
    body.append(name, value as string);
  }
  return body;
}

function formsOf(html: string): FormOnPage[] {
  const forms = [...html.matchAll(/<form\b([^>]*)>([\s\S]*?)<\/form>/gu)];
  const posted = forms.filter(([, head = ""]) => attribute(head, "method").toLowerCase() === "post");
  return posted.map(([, head = "", inside = ""]) => ({
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

/** What is read aloud of a page or a piece of it, with a space where a tag stood. */
export function spokenText(html: string): string {
  const pictures = html.replaceAll(/<img\b([^>]*)>/gu, (_, tag: string) => attribute(tag, "alt"));
  return decoded(pictures.replaceAll(/<[^>]*>/gu, " "))
    .replaceAll(/\s+/gu, " ")
    .trim();
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
