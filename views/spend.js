// Comforts for asking for a payment: what the checks say while typing, names and e-invoices that fill the form. The form
// works without it.

const form = document.querySelector("[data-spend]");
const api = `/api/v1/communities/${form.dataset.spend}`;
const findings = form.querySelector("[data-findings]");
const field = (name) => form.elements.namedItem(name);
/** Fields that somebody filled in by hand are left alone. */
const touched = new Set();

// ---- Checking ----

let waiting = 0;
let asked = "";

function typed() {
  const fields = [...new FormData(form)].filter(([name, value]) => typeof value === "string" && !name.startsWith("_"));
  return new URLSearchParams(fields).toString();
}

async function check() {
  const query = typed();
  if (query === asked || field("payee").value === "") {
    return;
  }
  asked = query;
  const response = await fetch(`${api}/spends/check?${query}`, { headers: { accept: "application/json" } });
  if (!response.ok || query !== asked) {
    return;
  }
  const { amount, findings: found, why, left, last } = await response.json();
  offer(last);
  const isProven = field("files").files.length > 0;
  show(
    found.filter(({ code }) => code !== "VOUCHER_MISSING" || !isProven),
    amount === "0.00" ? [] : why,
    left,
  );
}

function item(text, kind) {
  const li = document.createElement("li");
  li.textContent = text;
  li.className = kind;
  return li;
}

/** "-2360.00" as the pages write it: "−2,360.00". */
function shown(amount) {
  return amount.replace("-", "−").replaceAll(/\B(?=(?:\d{3})+\.)/gu, ",");
}

function show(found, why, left) {
  const list = document.createElement("ul");
  for (const { words, remedy, blocks } of found) {
    list.append(item(words + remedy, blocks === true ? "blocks" : ""));
  }
  if (found.length === 0) {
    list.append(item("✓ 没有问题。", "fine"));
  }
  const note = document.createElement("p");
  note.className = "note";
  const lines = left.map((line) => `${line.name}还剩 ${shown(line.left)} 元，付后剩 ${shown(line.after)} 元。`);
  note.textContent = [...lines, ...why.map((words) => `${words}。`)].join("");
  findings.replaceChildren(list, note);
  confirmBoxes(found.filter((each) => each.confirmable));
}

/** A box for each finding that the asker may stand by; ticked ones stay ticked. */
function confirmBoxes(found) {
  const place = form.querySelector("[data-confirm]");
  const ticked = new Set([...place.querySelectorAll("input:checked")].map((box) => box.value));
  const known = [...place.querySelectorAll("input")].map((box) => box.value).join(" ");
  if (known === found.map(({ code }) => code).join(" ")) {
    return;
  }
  place.replaceChildren(
    ...found.map(({ code, words }, index) => {
      const box = Object.assign(document.createElement("input"), {
        type: "checkbox",
        id: `confirm-${index}`,
        name: `confirmed[${index}]`,
        value: code,
        checked: ticked.has(code),
      });
      const label = Object.assign(document.createElement("label"), { htmlFor: box.id });
      label.textContent = `我看过了：${words}仍要提交。`;
      const row = Object.assign(document.createElement("div"), { className: "field field-tick" });
      row.append(box, label);
      return row;
    }),
  );
}

/** What the same payee was paid for last time is likely again. */
function offer(last) {
  if (last !== null && field("lines[0][account]").value === "") {
    choose(last.account);
    later();
  }
}

function choose(account) {
  const select = field("lines[0][account]");
  const isThere = [...select.options].some((option) => option.value === account);
  if (isThere && !touched.has(select.name)) {
    select.value = account;
  }
}

function later() {
  clearTimeout(waiting);
  waiting = setTimeout(() => void check(), 400);
}

form.addEventListener("input", (event) => {
  touched.add(event.target.name);
  later();
});
form.querySelector("[data-check]").addEventListener("click", (event) => {
  event.preventDefault();
  asked = "";
  void check();
});

// ---- Payees of the last days ----

const chips = form.querySelector("[data-chips]");
if (chips !== null) {
  chips.hidden = false;
  chips.addEventListener("click", ({ target }) => {
    if (target.dataset.payee !== undefined) {
      field("payee").value = target.dataset.payee;
      choose(target.dataset.account);
      later();
    }
  });
}

// ---- E-invoices ----

function fill(name, value) {
  const input = field(name);
  if (input.value === "" && !touched.has(name)) {
    input.value = value;
  }
}

/** An XML is read at once: what it says fills what is empty, and the file need not be sent again. */
async function readInvoices() {
  const input = field("files");
  const files = [...input.files];
  const invoices = files.filter((file) => /\.xml$/i.test(file.name));
  if (invoices.length === 0) {
    return;
  }
  const body = new FormData();
  invoices.forEach((file) => body.append("files", file));
  const headers = { "x-csrf-token": field("_csrf").value };
  const response = await fetch(`${api}/vouchers`, { method: "POST", headers, body });
  if (!response.ok) {
    // It comes again with the form, which then says what is wrong with it.
    return;
  }
  const { items } = await response.json();
  const rest = new DataTransfer();
  files.filter((file) => !invoices.includes(file)).forEach((file) => rest.items.add(file));
  input.files = rest.files;
  const kept = form.querySelectorAll('[name^="vouchers["]').length;
  items.forEach(({ sha }, index) => {
    const hidden = Object.assign(document.createElement("input"), { type: "hidden", value: sha });
    hidden.name = `vouchers[${kept + index}]`;
    form.append(hidden);
  });
  const said = items.filter(({ invoice }) => invoice !== null).map(({ invoice }) => invoice);
  const note = Object.assign(document.createElement("p"), { className: "note" });
  note.textContent = said.map((each) => `已读取发票 ${each.number}，${each.total} 元。`).join("");
  input.after(note);
  const [first] = said;
  if (first !== undefined) {
    fill("payee", first.seller.name);
    fill("purpose", first.items.join("、").replace(/\*[^*]*\*/g, "").slice(0, 100));
    if (said.length === 1 && first.isRed === false) {
      fill("lines[0][amount]", first.total);
    }
  }
  later();
}

// ---- What was photographed ----

const pictures = document.createElement("p");
pictures.className = "pictures";
field("files").after(pictures);

function preview() {
  for (const image of pictures.children) {
    URL.revokeObjectURL(image.src);
  }
  const files = [...field("files").files].filter((file) => /^image[/]/u.test(file.type));
  pictures.replaceChildren(
    ...files.map((file) => Object.assign(new Image(), { src: URL.createObjectURL(file), alt: file.name })),
  );
}

field("files").addEventListener("change", async () => {
  await readInvoices();
  preview();
});
