// The review queue by keyboard: s, d and l decide on the pair that has the focus, else on the first one.
const KEYS = { s: "same", d: "different", l: "later" };

document.addEventListener("keydown", (event) => {
  const decision = KEYS[event.key.toLowerCase()];
  if (!decision || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.matches("input, textarea, select, [contenteditable]")) return;
  const card = event.target.closest(".card");
  const form = (card && card.querySelector("form[data-review]")) || document.querySelector("form[data-review]");
  const button = form && form.querySelector(`button[value="${decision}"]`);
  if (button) {
    event.preventDefault();
    form.requestSubmit(button);
  }
});
