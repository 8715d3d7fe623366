// Adds up what is ticked on a reconciliation page; the server checks it again.
const sum = document.querySelector("#tick-sum");
const form = sum?.closest("form");

function yuan(fen) {
  const digits = String(Math.abs(fen)).padStart(3, "0");
  return `${fen < 0 ? "\u2212" : ""}${digits.slice(0, -2).replace(/\B(?=(\d{3})+$)/g, ",")}.${digits.slice(-2)}`;
}

function show() {
  const totals = { bank: 0, books: 0 };
  let ticked = 0;
  for (const box of form.querySelectorAll("input[data-fen]:checked")) {
    totals[box.dataset.side] += Number(box.dataset.fen);
    ticked += 1;
  }
  const rest = totals.bank - totals.books;
  const verdict = rest === 0 ? "✓ 相等" : `还差 ${yuan(rest)}`;
  sum.textContent = ticked === 0 ? "" : `流水 ${yuan(totals.bank)}，账 ${yuan(totals.books)}：${verdict}`;
}

form?.addEventListener("change", show);
if (form) {
  show();
}
