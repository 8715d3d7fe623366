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
});

// What was wrong is read out and seen first.
document.querySelector(".faults")?.focus();
