// Tables marked data-sortable: a press on a heading sorts the rows, again turns the order around.
const collator = new Intl.Collator(document.documentElement.lang, { numeric: true });

function valueOf(row, column) {
  const cell = row.cells[column];
  const raw = cell.dataset.value;
  const text = cell.textContent.trim();
  if (raw === undefined) return text;
  return raw !== "" && !Number.isNaN(Number(raw)) ? Number(raw) : raw;
}

function compare(a, b, turn) {
  if (typeof a === "number" && typeof b === "number") return (a - b) * turn;
  if (typeof a === "number") return -1; // what is unknown comes last in both orders
  if (typeof b === "number") return 1;
  return collator.compare(a, b) * turn;
}

function sort(button) {
  const heading = button.closest("th");
  const body = heading.closest("table").tBodies[0];
  const column = Number(button.dataset.sort);
  const down = heading.getAttribute("aria-sort") === "ascending";
  for (const other of heading.parentElement.cells) other.removeAttribute("aria-sort");
  heading.setAttribute("aria-sort", down ? "descending" : "ascending");
  const rows = [...body.rows].filter((row) => row.cells.length > column);
  rows.sort((first, second) => compare(valueOf(first, column), valueOf(second, column), down ? -1 : 1));
  body.append(...rows);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-sortable] [data-sort]");
  if (button) sort(button);
});
