// Comforts for signed-in pages; everything works without them.

// A form is sent once, however often its button is pressed.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sent === "yes") {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  // Coming back with the browser's key must find a form that works.
  addEventListener("pageshow", () => delete form.dataset.sent, { once: true });
  // What answers with a file leaves the page where it is: the next press is another request.
  if ("repeats" in form.dataset) {
    setTimeout(() => {
      delete form.dataset.sent;
      form.elements._once.value = Array.from(crypto.getRandomValues(new Uint32Array(4))).join("-");
    }, 1500);
  }
});

// What was wrong is read out and seen first.
document.querySelector(".faults")?.focus();

// Where one is stays in sight when the row of ways is longer than the screen.
const here = document.querySelector(".desk-nav [aria-current]");
here?.closest("ul").scrollTo({ left: here.offsetLeft - 60 });

// A menu closes when one looks elsewhere.
document.addEventListener("click", ({ target }) => {
  document.querySelectorAll("details.who[open]").forEach((menu) => {
    if (!menu.contains(target)) {
      menu.open = false;
    }
  });
});
