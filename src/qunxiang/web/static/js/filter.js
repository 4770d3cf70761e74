// A search field with data-filter="SELECTOR" hides the rows whose text lacks its words, and groups without rows.
const field = document.querySelector("[data-filter]");
if (field) {
  const rows = [...document.querySelectorAll(field.dataset.filter)].map((row) => [row, row.textContent.toLowerCase()]);
  const groups = [...document.querySelectorAll("[data-filter-group]")];
  const none = document.querySelector("[data-filter-none]");
  const apply = () => {
    const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const list of document.querySelectorAll(".foldable")) list.classList.toggle("is-filtered", words.length > 0);
    for (const [row, text] of rows) row.hidden = !words.every((word) => text.includes(word));
    for (const group of groups) group.hidden = !rows.some(([row]) => group.contains(row) && !row.hidden);
    if (none) none.hidden = rows.some(([row]) => !row.hidden);
  };
  field.addEventListener("input", apply);
  apply();
}
