// Drawing what is to be black, by finger or mouse, on the form that works with numbers alone.

const FULL = 1000;
const SMALLEST = 5;
const SIDES = ["x", "y", "width", "height"];

const fieldOf = (row, name) => row.querySelector(`[data-field="${name}"]`);
const isBlank = (row) => row.dataset.blank !== undefined;

function markAt(place, number) {
  const box = document.createElement("div");
  box.className = "redact-mark";
  box.textContent = number;
  movedTo(box, place);
  return box;
}

function movedTo(box, { x, y, width, height }) {
  box.style.left = `${(x / FULL) * 100}%`;
  box.style.top = `${(y / FULL) * 100}%`;
  box.style.width = `${(width / FULL) * 100}%`;
  box.style.height = `${(height / FULL) * 100}%`;
}

/** The rows of the form and the black marks on the pictures, which say the same, whichever is changed. */
class Rows {
  constructor(form) {
    this.form = form;
    form.addEventListener("input", () => this.refresh());
    form.addEventListener("click", (event) => {
      const row = event.target.closest("[data-remove]")?.closest("[data-row]") ?? null;
      if (row !== null) {
        this.clear(row);
      }
    });
    this.refresh();
  }

  all() {
    return [...this.form.querySelectorAll("[data-row]")];
  }

  /** Fills a blank row, or a copy of the last one, with what was drawn. */
  add(drawn) {
    const row = this.all().find(isBlank) ?? this.copyOfLast();
    delete row.dataset.blank;
    for (const [name, value] of Object.entries(drawn)) {
      fieldOf(row, name).value = value;
    }
    this.refresh();
    fieldOf(row, "kind").focus({ preventScroll: true });
    row.scrollIntoView({ block: "nearest" });
  }

  copyOfLast() {
    const before = this.all();
    const [from, to] = [before.length - 1, before.length];
    const row = before[from].cloneNode(true);
    row.id = row.id.replace(String(from), String(to));
    for (const attribute of ["name", "id", "for"]) {
      for (const each of row.querySelectorAll(`[${attribute}]`)) {
        const text = each.getAttribute(attribute).replace(`[${from}]`, `[${to}]`).replace(`-${from}-`, `-${to}-`);
        each.setAttribute(attribute, text);
      }
    }
    before[from].after(row);
    this.clear(row);
    return row;
  }

  clear(row) {
    for (const each of row.querySelectorAll("input")) {
      each.value = "";
    }
    for (const each of row.querySelectorAll("select")) {
      each.selectedIndex = 0;
    }
    row.dataset.blank = "";
    this.refresh();
  }

  refresh() {
    for (const old of this.form.querySelectorAll(".redact-mark")) {
      old.remove();
    }
    const filled = this.all().filter((row) => !isBlank(row));
    for (const row of this.all()) {
      row.hidden = isBlank(row);
      row.querySelector("[data-note]").hidden = fieldOf(row, "kind").value !== "other";
    }
    for (const [index, row] of filled.entries()) {
      row.querySelector("[data-number]").textContent = index + 1;
      const place = Object.fromEntries(SIDES.map((side) => [side, Number(fieldOf(row, side).value)]));
      const page = this.form.querySelector(`[data-page="${Number(fieldOf(row, "page").value)}"] [data-sheet]`);
      page?.append(markAt(place, index + 1));
    }
    for (const none of this.form.querySelectorAll("[data-none]")) {
      none.hidden = filled.length > 0;
    }
  }
}

/** One page's picture. A mouse may always draw; a finger after pressing the key, since else it scrolls. */
class Sheet {
  constructor(page, drawn) {
    this.number = page.dataset.page;
    this.sheet = page.querySelector("[data-sheet]");
    this.key = page.querySelector("[data-draw]");
    this.drawn = drawn;
    this.start = null;
    this.box = null;
    this.isArmed = false;
  }

  listen() {
    this.key.addEventListener("click", () => this.arm(this.isArmed === false));
    this.sheet.addEventListener("pointerdown", (event) => this.begin(event));
    this.sheet.addEventListener("pointermove", (event) => this.draw(event));
    this.sheet.addEventListener("pointerup", (event) => this.finish(event));
    this.sheet.addEventListener("pointercancel", () => this.drop());
  }

  arm(on) {
    this.isArmed = on;
    this.sheet.classList.toggle("is-drawing", on);
    this.key.setAttribute("aria-pressed", String(on));
    this.key.textContent = on === true ? "在图上拖出一个框" : "画一个框";
  }

  /** Where the pointer is, in ‰ of the picture, never outside. */
  at(event) {
    const edge = this.sheet.getBoundingClientRect();
    const share = (value, length) => Math.min(FULL, Math.max(0, Math.round((value / length) * FULL)));
    return { x: share(event.clientX - edge.left, edge.width), y: share(event.clientY - edge.top, edge.height) };
  }

  placeTo(event) {
    const [from, to] = [this.start, this.at(event)];
    return {
      x: Math.min(from.x, to.x),
      y: Math.min(from.y, to.y),
      width: Math.abs(from.x - to.x),
      height: Math.abs(from.y - to.y),
    };
  }

  begin(event) {
    const mayDraw = event.pointerType === "mouse" || this.isArmed === true;
    if (mayDraw === true && event.button === 0 && event.isPrimary === true) {
      event.preventDefault();
      this.sheet.setPointerCapture(event.pointerId);
      this.start = this.at(event);
      this.box = markAt(this.placeTo(event), "");
      this.sheet.append(this.box);
    }
  }

  draw(event) {
    if (this.start !== null && event.isPrimary === true) {
      movedTo(this.box, this.placeTo(event));
    }
  }

  finish(event) {
    if (this.start === null || event.isPrimary !== true) {
      return;
    }
    const place = this.placeTo(event);
    this.drop();
    if (place.width >= SMALLEST && place.height >= SMALLEST) {
      this.arm(false);
      this.drawn({ page: this.number, ...place });
    }
  }

  drop() {
    this.box?.remove();
    this.box = null;
    this.start = null;
  }
}

/** The numbers stay for whoever wants to move a rectangle by a hair. */
function fold(place) {
  const details = document.createElement("details");
  const summary = document.createElement("summary");
  summary.textContent = "位置";
  place.replaceWith(details);
  details.append(summary, place);
}

for (const form of document.querySelectorAll("[data-redact]")) {
  for (const each of form.querySelectorAll("[data-with-script]")) {
    each.hidden = false;
  }
  for (const each of form.querySelectorAll("[data-without-script]")) {
    each.hidden = true;
  }
  // Else Enter would press it.
  for (const each of form.querySelectorAll("[data-without-script] button")) {
    each.disabled = true;
  }
  for (const place of form.querySelectorAll("[data-place]")) {
    fold(place);
  }
  const rows = new Rows(form);
  for (const page of form.querySelectorAll("[data-page]")) {
    new Sheet(page, (drawn) => rows.add(drawn)).listen();
  }
}
