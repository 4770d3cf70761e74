// The variable builder: shows the parts of the form that the choices need, gives the rule builder the table's columns,
// and asks for a preview when something changed. Without this script every part is there and the form works as it is.
const form = document.getElementById("variable-form");
const data = JSON.parse(document.getElementById("builder-data").textContent);
const holder = document.getElementById("builder-data");
const preview = document.getElementById("preview");
const WAIT_MS = 600;
const value = (name) => form.elements[name]?.value ?? "";
let timer;
let number = 0; // of the last question, so that late answers are dropped

const fields = (table) => ({ families: data.tables[table]?.families ?? [], also: { table } });

// the rule builder reads its data once, when it is loaded
holder.textContent = JSON.stringify({ ...data, ...fields(value("table")) });
await import("./rule_builder.js");

function part(name, shown) {
  for (const box of form.querySelectorAll(`[data-part="${name}"]`)) box.hidden = !shown;
}

// every column of every table, taken out of the page; only those that fit are put back
const offered = Object.fromEntries(
  ["", "over_"].map((side) => {
    const select = form.elements[`${side}column`];
    return [side, { chosen: select.value, rows: select.options[0], groups: [...select.querySelectorAll("optgroup")] }];
  }),
);

function fitColumns(side) {
  const table = value(`${side}table`);
  const takes = data.takes[value(`${side}metric`)] ?? { column: "may", types: null };
  const select = form.elements[`${side}column`];
  const { rows, groups, chosen } = offered[side];
  const before = select.value || chosen;
  const fitting = groups
    .filter((group) => group.dataset.table === table)
    .flatMap((group) => [...group.children])
    .filter((option) => !takes.types || takes.types.includes(option.dataset.type))
    .map((option) => option.cloneNode(true));
  select.replaceChildren(...(takes.column === "needed" ? [] : [rows]), ...fitting);
  if (fitting.some((option) => option.value === before)) select.value = before;
  else select.selectedIndex = 0;
  offered[side].chosen = "";
  part(`${side}column`, takes.column !== "none");
  part(`${side}quantile`, value(`${side}metric`) === "quantile");
  part(`${side}trend`, value(`${side}metric`) === "trend");
  const dated = data.tables[table]?.dated ?? true;
  part(`${side}window`, dated);
  if (!dated) form.elements[`${side}window_kind`].value = "all";
  for (const kind of ["last", "range"]) {
    for (const box of form.querySelectorAll(`[data-window="${side}${kind}"]`)) box.hidden = value(`${side}window_kind`) !== kind;
  }
}

function fit() {
  for (const box of form.querySelectorAll("[data-way]")) box.hidden = !box.dataset.way.split(" ").includes(value("way"));
  for (const box of form.querySelectorAll("[data-missing]")) box.hidden = value("missing") !== box.dataset.missing;
  fitColumns("");
  fitColumns("over_");
}

async function ask() {
  const mine = ++number;
  preview.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch("/traits/-/preview", { method: "POST", body: new URLSearchParams(new FormData(form)) });
    const text = await answer.text();
    if (mine !== number) return;
    preview.replaceChildren(new DOMParser().parseFromString(text, "text/html").body);
    preview.replaceChildren(...preview.firstChild.childNodes);
    document.dispatchEvent(new Event("htmx:after:swap")); // charts are drawn as after any swap
  } finally {
    if (mine === number) preview.setAttribute("aria-busy", "false");
  }
}

function later() {
  number += 1;
  preview.setAttribute("aria-busy", "true");
  clearTimeout(timer);
  timer = setTimeout(ask, WAIT_MS);
}

// A condition that cannot be read has no values: what was previewed before would be of another condition.
function wrong(message) {
  number += 1;
  clearTimeout(timer);
  const said = document.createElement("p");
  said.className = "field-error";
  said.id = "preview-error";
  said.dataset.fault = "where";
  said.textContent = message;
  preview.querySelector(".card-sub")?.remove();
  preview.querySelector(".card-main").replaceChildren(said);
  preview.setAttribute("aria-busy", "false");
}

const silent = new Set(["name", "why", "label_zh", "label_en"]);
form.addEventListener("input", (event) => {
  const name = event.target.name;
  if (!name || silent.has(name) || name === "where") return;
  if (name === "table") document.dispatchEvent(new CustomEvent("builder:fields", { detail: fields(value("table")) }));
  fit();
  later();
});
document.addEventListener("builder:read", later);
document.addEventListener("builder:wrong", (event) => wrong(event.detail));

fit();
later();
