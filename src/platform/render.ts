// Turns a view's name and its model into HTML: Handlebars in strict mode on an instance of our own, so that a field
// the model lacks is an error in a test and never an empty place in a published page.
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import Handlebars from "handlebars";
import { faultList, field, formStart, genuine } from "./form.ts";

/** The name of a file in views/: a page, or a part of pages (the layouts, the table). */
export type ViewName = string;

type Template = (model: object) => string;

const VIEWS_FOLDER = fileURLToPath(new URL("../../views/", import.meta.url));
const EXTENSION = ".hbs";

// Escaping is what keeps a community's name or a reason from becoming markup, so the default is written out.
const OPTIONS: CompileOptions = { strict: true, noEscape: false };

/** Handlebars is strict about what is printed, but takes a missing field in these for "no" or "none". */
const STRICT_BLOCKS = ["if", "each", "with"];

/** What Handlebars passes to a block, with the place in the view, which its types leave out. */
interface BlockOptions extends Handlebars.HelperOptions {
  readonly loc?: { readonly start: { readonly line: number } };
}

let engine: typeof Handlebars | undefined;
const templates = new Map<ViewName, Template>();

/** The whole HTML page. Throws when the model lacks a field that the view prints. */
export function render(view: ViewName, model: object): string {
  return templateOf(view)(model);
}

/** Compiled at first use and kept: the files are part of the release and do not change while it runs. */
function templateOf(view: ViewName): Template {
  const known = templates.get(view);
  if (known !== undefined) {
    return known;
  }
  engine ??= withParts();
  const template: Template = engine.compile(readView(view), OPTIONS);
  templates.set(view, template);
  return template;
}

/** Parts are compiled by Handlebars at first use, with the options of the view that uses them. */
function withParts(): typeof Handlebars {
  const instance = Handlebars.create();
  for (const name of STRICT_BLOCKS) {
    makeStrict(instance, name);
  }
  instance.registerHelper("field", field);
  instance.registerHelper("formstart", formStart);
  instance.registerHelper("genuine", genuine);
  instance.registerHelper("faultlist", faultList);
  const names = readdirSync(VIEWS_FOLDER)
    .filter((file) => file.endsWith(EXTENSION))
    .map((file) => path.basename(file, EXTENSION));
  for (const name of names) {
    instance.registerPartial(name, readView(name));
  }
  return instance;
}

/** Else a model without `hasExceptions` would publish that there were none. */
function makeStrict(instance: typeof Handlebars, name: string): void {
  const block = instance.helpers[name];
  instance.registerHelper(name, function (this: unknown, value: unknown, options: BlockOptions): unknown {
    if (value === undefined) {
      throw new Error(
        `{{#${name}}} in line ${options.loc?.start.line ?? "?"} of a view asks for a field that the model lacks`,
      );
    }
    return block?.call(this, value, options);
  });
}

function readView(name: string): string {
  return readFileSync(path.join(VIEWS_FOLDER, `${name}${EXTENSION}`), "utf8");
}
