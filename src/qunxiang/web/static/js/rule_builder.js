// The rule builder: one tree seen as rows and as text. The server reads and writes rules; this file edits the tree,
// sends what changed, and shows text, size and errors. Texts reach the page as text nodes only.
const data = JSON.parse(document.getElementById("builder-data").textContent);
const place = document.getElementById("rule-builder");
const text = document.getElementById("rule-text");
const marks = document.getElementById("rule-marks");
const sent = document.getElementById("rule-sent");
const traits = new Map(data.families.flatMap((family) => family.traits.map((trait) => [trait.id, trait])));
const words = data.words;
const ALONE = new Set(["is_null", "is_not_null", "is_true"]);
const LISTED = new Set(["in", "not_in"]);
const RANGED = new Set(["between", "not_between"]);
const WAIT_MS = 250;
const levels = new Map();
let tree = { op: "and", rules: [] };
let number = 0; // of the last question, so that late answers are dropped
let timer;

function make(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (value === true) made.setAttribute(key, "");
    else if (value !== false && value !== undefined) made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
}

const icon = (name) => document.getElementById(`icon-${name}`).content.cloneNode(true);
const option = (value, name, chosen) => make("option", { value, selected: value === chosen }, name);

function firstRow(trait = traits.values().next().value) {
  if (trait.type === "number") return { field: trait.id, operator: ">=", value: trait.middle ?? 0 };
  if (trait.type === "boolean") return { field: trait.id, operator: "is_true" };
  return { field: trait.id, operator: "=", value: "" };
}

async function levelsOf(trait) {
  if (!levels.has(trait.id)) {
    levels.set(
      trait.id,
      fetch(`/segments/-/levels/${encodeURIComponent(trait.id)}`)
        .then((answer) => (answer.ok ? answer.json() : { levels: [] }))
        .then((found) => found.levels.map((level) => level.value)),
    );
  }
  return levels.get(trait.id);
}

function plain(value, trait) {
  return trait.type === "number" ? (value === "" ? null : Number(value)) : value;
}

function input(row, trait, name, get, set) {
  const kinds = { number: "number", date: "date" };
  const shown = get() ?? "";
  return make("input", {
    class: "form-control",
    type: kinds[trait.type] ?? "text",
    step: trait.type === "number" ? "any" : false,
    value: shown,
    "aria-label": `${trait.label}: ${name}`,
    oninput: (event) => {
      set(plain(event.target.value, trait));
      changed();
    },
  });
}

function levelSelect(row, trait) {
  const select = make("select", { class: "form-select", "aria-label": `${trait.label}: ${words.value}` });
  select.addEventListener("change", () => {
    row.value = select.value;
    changed();
  });
  levelsOf(trait).then((found) => {
    const all = row.value && !found.includes(row.value) ? [row.value, ...found] : found;
    if (!row.value && all.length) {
      row.value = all[0];
      changed();
    }
    select.replaceChildren(...all.map((level) => option(level, level, row.value)));
  });
  return select;
}

function levelTicks(row, trait) {
  const chosen = new Set(Array.isArray(row.value) ? row.value : []);
  const box = make("div", { class: "tick-list level-list", role: "group", "aria-label": `${trait.label}: ${words.several}` });
  levelsOf(trait).then((found) => {
    for (const level of new Set([...found, ...chosen])) {
      const tick = make("input", { type: "checkbox", class: "form-check-input", checked: chosen.has(level) });
      tick.addEventListener("change", () => {
        tick.checked ? chosen.add(level) : chosen.delete(level);
        row.value = [...chosen];
        changed();
      });
      box.append(make("label", { class: "form-check" }, tick, make("span", { class: "form-check-label" }, level)));
    }
  });
  return box;
}

function listInput(row, trait) {
  const shown = Array.isArray(row.value) ? row.value.join(", ") : "";
  return make("input", {
    class: "form-control",
    value: shown,
    placeholder: "1, 2, 3",
    "aria-label": `${trait.label}: ${words.several}`,
    oninput: (event) => {
      const parts = event.target.value.split(/[,，、]/).map((part) => part.trim()).filter(Boolean);
      row.value = parts.map((part) => plain(part, trait));
      changed();
    },
  });
}

function values(row, trait) {
  const box = make("div", { class: "rule-value" });
  if (ALONE.has(row.operator)) return box;
  if (LISTED.has(row.operator)) box.append(trait.type === "text" ? levelTicks(row, trait) : listInput(row, trait));
  else if (RANGED.has(row.operator)) {
    for (const [at, name] of [words.low, words.high].entries()) {
      box.append(input(row, trait, name, () => row.value[at], (value) => (row.value[at] = value)));
    }
  } else if (trait.type === "boolean") {
    const select = make("select", { class: "form-select", "aria-label": `${trait.label}: ${words.value}` });
    select.append(option("true", words.yes, String(row.value)), option("false", words.no, String(row.value)));
    select.addEventListener("change", () => {
      row.value = select.value === "true";
      changed();
    });
    box.append(select);
  } else if (trait.type === "text" && ["=", "!="].includes(row.operator)) box.append(levelSelect(row, trait));
  else box.append(input(row, trait, words.value, () => row.value, (value) => (row.value = value)));
  if (trait.unit || trait.share) box.append(make("span", { class: "rule-unit" }, trait.share ? "0–1" : trait.unit));
  return box;
}

function fit(row, trait) {
  // A value that suits the operator and the trait's type; what is there is kept where it fits.
  const one = Array.isArray(row.value) ? row.value[0] : row.value;
  const typed = trait.type === "number" ? typeof one === "number" : trait.type === "boolean" ? typeof one === "boolean" : typeof one === "string";
  const first = typed ? one : trait.type === "number" ? (trait.middle ?? 0) : trait.type === "boolean" ? true : "";
  if (ALONE.has(row.operator)) delete row.value;
  else if (LISTED.has(row.operator)) row.value = Array.isArray(row.value) && typed ? row.value : first === "" ? [] : [first];
  else if (RANGED.has(row.operator)) row.value = Array.isArray(row.value) && row.value.length === 2 && typed ? row.value : [first, first];
  else row.value = first;
}

function traitSelect(row, redraw) {
  const select = make("select", { class: "form-select", "aria-label": words.field });
  for (const family of data.families) {
    const group = make("optgroup", { label: family.name });
    group.append(...family.traits.map((trait) => option(trait.id, trait.label, row.field)));
    select.append(group);
  }
  select.title = traits.get(row.field)?.hint ?? "";
  select.addEventListener("change", () => {
    row.field = select.value;
    const trait = traits.get(row.field);
    if (!data.operators[trait.type].some((one) => one.id === row.operator)) row.operator = firstRow(trait).operator;
    row.value = undefined;
    fit(row, trait);
    redraw();
    changed();
  });
  return select;
}

function rowView(row, parent, path) {
  const box = make("div", { class: "rule-row", "data-path": path, role: "group", "aria-label": words.row });
  const draw = () => {
    if ("expression" in row) {
      const field = make("input", { class: "form-control is-code rule-free", value: row.expression, "aria-label": words.expression });
      field.addEventListener("input", () => {
        row.expression = field.value;
        changed();
      });
      box.classList.add("is-free");
      box.replaceChildren(field, remover(row, parent));
      return;
    }
    const trait = traits.get(row.field);
    const operator = make("select", { class: "form-select", "aria-label": `${trait.label}: ${words.operator}` });
    operator.append(...data.operators[trait.type].map((one) => option(one.id, one.name, row.operator)));
    operator.addEventListener("change", () => {
      row.operator = operator.value;
      fit(row, trait);
      draw();
      box.children[1].focus();
      changed();
    });
    box.replaceChildren(traitSelect(row, () => (draw(), box.children[0].focus())), operator, values(row, trait), remover(row, parent));
  };
  draw();
  return box;
}

function remover(part, parent) {
  const button = make("button", { type: "button", class: "icon-button", "aria-label": words.remove }, icon("x"));
  button.addEventListener("click", () => {
    parent.rules.splice(parent.rules.indexOf(part), 1);
    redraw();
    changed();
  });
  return button;
}

function adder(name, group, part, path) {
  const button = make("button", { type: "button", class: "btn" }, icon("plus"), name);
  button.addEventListener("click", () => {
    group.rules.push(part());
    redraw();
    place.querySelector(`[data-path="${path}.${group.rules.length}"] select`)?.focus();
    changed();
  });
  return button;
}

function groupView(group, parent, path) {
  const select = make("select", { class: "form-select", "aria-label": words.combine });
  select.append(option("and", words.all, group.op), option("or", words.any, group.op), option("not", words.not, group.op));
  select.addEventListener("change", () => {
    if (select.value === "not" && group.rules.length !== 1) group.rules = [{ op: group.op, rules: group.rules }];
    group.op = select.value;
    redraw();
    changed();
  });
  const head = make("div", { class: "rule-head" }, select);
  if (parent) head.append(remover(group, parent));
  const rows = make("div", { class: "rule-rows" });
  group.rules.forEach((rule, at) => rows.append(partView(rule, group, `${path}.${at + 1}`)));
  const kind = group.op === "not" ? "rule-group is-not" : "rule-group";
  const box = make("div", { class: kind, role: "group", "aria-label": words.group, "data-path": path }, head, rows);
  if (group.op !== "not" || !group.rules.length) {
    const inner = () => ({ op: group.op === "and" ? "or" : "and", rules: [firstRow()] });
    box.append(
      make(
        "div",
        { class: "rule-foot" },
        adder(words.add_row, group, () => firstRow(), path),
        adder(words.add_group, group, inner, path),
        adder(words.add_not, group, () => ({ op: "not", rules: [firstRow()] }), path),
      ),
    );
  }
  return box;
}

const partView = (part, parent, path) => (part.op ? groupView(part, parent, path) : rowView(part, parent, path));

function searcher() {
  const names = new Map([...traits.values()].map((trait) => [trait.label, trait]));
  const list = make("datalist", { id: "trait-names" });
  list.append(...[...traits.values()].map((trait) => make("option", { value: trait.label }, trait.id)));
  const field = make("input", { class: "form-control", type: "search", list: "trait-names", placeholder: words.search, "aria-label": words.search });
  field.addEventListener("change", () => {
    const found = names.get(field.value) ?? traits.get(field.value);
    if (!found) return;
    field.value = "";
    if (tree.op === "not") tree = { op: "and", rules: [tree] };
    tree.rules.push(firstRow(found));
    redraw();
    changed();
  });
  return make("div", { class: "rule-search" }, field, list);
}

const board = make("div");
place.append(searcher(), board);

function redraw() {
  board.replaceChildren(groupView(tree, null, "1"));
}

function underline(start, end) {
  const written = text.value;
  marks.replaceChildren();
  if (start === null || start === undefined) return;
  const stop = Math.max(end + 1, start + 1);
  marks.append(written.slice(0, start), make("mark", {}, written.slice(start, stop) || " "), written.slice(stop), "\n");
}

function complain(id, message) {
  const line = document.getElementById(id);
  line.hidden = !message;
  line.querySelector("span").textContent = message ?? "";
}

function showSize(size) {
  const box = document.getElementById("rule-size");
  box.dataset.n = size ? size.n : "";
  document.getElementById("size-n").textContent = size ? size.n.toLocaleString("en") : "—";
  if (size) document.getElementById("size-text").textContent = size.text;
  document.getElementById("size-share").setAttribute("width", size ? size.share * 100 : 0);
  const unknown = document.getElementById("size-unknown");
  unknown.replaceChildren(...(size ? size.unknown.map((one) => make("li", {}, one.text)) : []));
}

function markPath(path) {
  for (const wrong of board.querySelectorAll(".is-wrong")) wrong.classList.remove("is-wrong");
  if (path) board.querySelector(`[data-path="${path}"]`)?.classList.add("is-wrong");
}

async function ask(question, fromText) {
  const mine = ++number;
  let answer;
  try {
    const response = await fetch("/segments/-/rule", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(question),
    });
    answer = await response.json();
  } catch {
    return;
  }
  if (mine !== number) return;
  const error = answer.error;
  complain("text-error", fromText ? error?.message : null);
  complain("builder-error", fromText ? null : error?.message);
  underline(fromText ? error?.start : null, error?.end);
  text.setAttribute("aria-invalid", String(Boolean(error && fromText)));
  markPath(fromText ? null : error?.path);
  showSize(error ? null : answer.size);
  if (sent) sent.value = error ? text.value : answer.text;
  if (error) return;
  if (fromText) {
    tree = ["and", "or"].includes(answer.tree.op) ? answer.tree : { op: "and", rules: [answer.tree] };
    redraw();
  } else text.value = answer.text;
}

function later(question, fromText) {
  number += 1;
  clearTimeout(timer);
  document.getElementById("rule-size").dataset.n = "";
  timer = setTimeout(() => ask(question(), fromText), WAIT_MS);
}

function changed() {
  if (tree.rules.length) later(() => ({ tree }), false);
  else {
    text.value = "";
    complain("builder-error", null);
    showSize(null);
  }
}

text.addEventListener("input", () => {
  underline(null);
  if (text.value.trim()) later(() => ({ text: text.value }), true);
});
text.addEventListener("scroll", () => (marks.scrollTop = text.scrollTop));
for (const button of document.querySelectorAll("[data-example]")) {
  button.addEventListener("click", () => {
    text.value = button.dataset.example;
    ask({ text: text.value }, true);
  });
}

if (text.value.trim()) ask({ text: text.value }, true);
redraw();
