// The rule builder: one tree seen as rows and as text. The server reads and writes rules; this file edits the tree,
// sends what changed, and shows text, size and errors. Texts reach the page as text nodes only.
// A page may give other fields later (event "builder:fields" on the document) and says where rules are read (address).
import { behaviourTools } from "./rule_behaviour.js";

const data = JSON.parse(document.getElementById("builder-data").textContent);
const place = document.getElementById("rule-builder");
const text = document.getElementById("rule-text");
const marks = document.getElementById("rule-marks");
const sent = document.getElementById("rule-sent");
// The fields of a builder: `traits` by id, `families` to choose from, whether levels can be asked for.
const context = (families, outer) => ({
  families,
  outer,
  levels: outer && data.levels,
  traits: new Map(families.flatMap((family) => family.traits.map((trait) => [trait.id, trait]))),
});
let top;
const words = data.words;
const ALONE = new Set(["is_null", "is_not_null", "is_true", "not_true"]);
const DAY = /^as_of(?: ([+-]) (\d+) (day|week|month|year)s?)?$/;
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

function firstRow(ctx, trait = ctx.traits.values().next().value) {
  if (trait.type === "number") return { field: trait.id, operator: ">=", value: trait.middle ?? 0 };
  if (trait.type === "boolean") return { field: trait.id, operator: "is_true" };
  return { field: trait.id, operator: "=", value: "" };
}

async function levelsOf(trait) {
  if (!levels.has(trait.id)) {
    levels.set(
      trait.id,
      fetch(`${data.levels}${encodeURIComponent(trait.id)}`)
        .then((answer) => (answer.ok ? answer.json() : { levels: [] }))
        .then((found) => found.levels.map((level) => level.value)),
    );
  }
  return levels.get(trait.id);
}

function plain(value, trait) {
  return trait.type === "number" ? (value === "" ? null : Number(value)) : value;
}

function dayInput(row, trait) {
  // A day of the calendar, or so many days before the date of the snapshot.
  const found = DAY.exec(row.value ?? "");
  const box = make("span", { class: "behaviour-part" });
  const write = (n, unit) => {
    row.value = n ? `as_of - ${n} ${unit}` : "as_of";
    changed();
  };
  const kind = make("select", { class: "form-select", "aria-label": `${trait.label}: ${words.value}` });
  kind.append(option("day", words.on_day, found ? "" : "day"), option("as_of", words.before_date, found ? "as_of" : ""));
  const draw = () => {
    const now = DAY.exec(row.value ?? "");
    if (!now) return box.replaceChildren(kind, input(row, trait, words.value, () => row.value, (value) => (row.value = value)));
    const n = make("input", { class: "form-control is-short", type: "number", min: 0, value: now[2] ?? 0, "aria-label": words.days_ago });
    const unit = make("select", { class: "form-select", "aria-label": words.unit });
    unit.append(...["day", "week", "month", "year"].map((one) => option(`${one}s`, data.behaviour.units[`${one}s`], `${now[3] ?? "day"}s`)));
    for (const part of [n, unit]) part.addEventListener("input", () => write(Math.max(0, Math.round(Number(n.value)) || 0), unit.value));
    return box.replaceChildren(kind, n, unit, make("span", { class: "rule-unit" }, words.before));
  };
  kind.addEventListener("change", () => {
    row.value = kind.value === "as_of" ? "as_of - 30 days" : "";
    draw();
    changed();
  });
  draw();
  return box;
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

function values(row, trait, ctx) {
  const box = make("div", { class: "rule-value" });
  if (ALONE.has(row.operator)) return box;
  if (LISTED.has(row.operator)) box.append(trait.type === "text" && ctx.levels && trait.id ? levelTicks(row, trait) : listInput(row, trait));
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
  } else if (trait.type === "date" && data.behaviour && ctx.outer) box.append(dayInput(row, trait));
  else if (ctx.levels && trait.id && trait.type === "text" && ["=", "!="].includes(row.operator)) box.append(levelSelect(row, trait));
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

function traitSelect(row, redraw, ctx) {
  const select = make("select", { class: "form-select", "aria-label": words.field });
  for (const family of ctx.families) {
    const group = make("optgroup", { label: family.name });
    group.append(...family.traits.map((trait) => option(trait.id, trait.label, row.field)));
    select.append(group);
  }
  select.title = ctx.traits.get(row.field)?.hint ?? "";
  select.addEventListener("change", () => {
    row.field = select.value;
    const trait = ctx.traits.get(row.field);
    if (!data.operators[trait.type].some((one) => one.id === row.operator)) row.operator = firstRow(ctx, trait).operator;
    row.value = undefined;
    fit(row, trait);
    redraw();
    changed();
  });
  return select;
}

function rowView(row, parent, path, ctx) {
  const box = make("div", { class: "rule-row", "data-path": path, role: "group", "aria-label": words.row });
  const draw = () => {
    if ("expression" in row) {
      const field = make("input", { class: "form-control is-code rule-free", value: row.expression, "aria-label": words.expression });
      field.addEventListener("input", () => {
        row.expression = field.value;
        changed();
      });
      box.classList.add("is-free");
      box.replaceChildren(field, remover(row, parent), ...counter(ctx));
      return;
    }
    const asked = row.behaviour ? { type: tools.typeOf(row.behaviour), label: words.behaviour } : { type: "boolean", label: words.segment };
    const trait = row.field ? ctx.traits.get(row.field) : asked;
    const names = row.field ? {} : data.behaviour.states[row.behaviour ? "behaviour" : "segment"];
    const stated = !row.field && trait.type === "boolean"; // it happened or not, belongs or not
    const told = data.operators[trait.type].filter((one) => !stated || names[one.id] || one.id === row.operator);
    const operator = make("select", { class: "form-select", "aria-label": `${trait.label}: ${words.operator}` });
    operator.append(...told.map((one) => option(one.id, (stated && names[one.id]) || one.name, row.operator)));
    operator.addEventListener("change", () => {
      row.operator = operator.value;
      fit(row, trait);
      draw();
      box.querySelector(":scope > select:nth-of-type(2), :scope > .behaviour-state select")?.focus();
      changed();
    });
    if (row.behaviour) {
      const again = () => {
        tools.fit(row.behaviour);
        const type = tools.typeOf(row.behaviour);
        if (!data.operators[type].some((one) => one.id === row.operator)) row.operator = type === "boolean" ? "is_true" : type === "number" ? ">=" : "=";
        if (type === "boolean" && !ALONE.has(row.operator)) row.operator = "is_true";
        fit(row, { type });
        draw();
      };
      const lines = tools.measureView(row.behaviour, again, path);
      const state = make("div", { class: "behaviour-state" }, operator, values(row, trait, ctx));
      box.classList.add("is-behaviour");
      box.replaceChildren(make("div", { class: "behaviour-lines" }, ...lines, state), remover(row, parent), ...counter(ctx));
      return;
    }
    const first = row.segment ? tools.segmentSelect(row) : traitSelect(row, () => (draw(), box.children[0].focus()), ctx);
    box.replaceChildren(first, operator, values(row, trait, ctx), remover(row, parent), ...counter(ctx));
  };
  draw();
  return box;
}

function remover(part, parent, gone) {
  const button = make("button", { type: "button", class: "icon-button", "aria-label": words.remove }, icon("x"));
  button.addEventListener("click", () => {
    if (gone) return gone();
    parent.rules.splice(parent.rules.indexOf(part), 1);
    redraw();
    changed();
  });
  return button;
}

const counter = (ctx) => (ctx.outer ? [make("span", { class: "rule-count", "data-count": "", hidden: true })] : []);

function adder(name, group, part, path, again) {
  const button = make("button", { type: "button", class: "btn" }, icon("plus"), name);
  button.addEventListener("click", () => {
    group.rules.push(part());
    again();
    place.querySelector(`[data-path="${path}.${group.rules.length}"] select`)?.focus();
    changed();
  });
  return button;
}

function groupView(group, parent, path, ctx, gone) {
  const select = make("select", { class: "form-select", "aria-label": words.combine });
  select.append(option("and", words.all, group.op), option("or", words.any, group.op), option("not", words.not, group.op));
  select.addEventListener("change", () => {
    if (select.value === "not" && group.rules.length !== 1) group.rules = [{ op: group.op, rules: group.rules }];
    group.op = select.value;
    redraw();
    changed();
  });
  const head = make("div", { class: "rule-head" }, select);
  if (parent || gone) head.append(remover(group, parent, gone));
  const rows = make("div", { class: "rule-rows" });
  group.rules.forEach((rule, at) => rows.append(partView(rule, group, `${path}.${at + 1}`, ctx)));
  const kind = group.op === "not" ? "rule-group is-not" : "rule-group";
  const box = make("div", { class: kind, role: "group", "aria-label": words.group, "data-path": path }, head, rows);
  if (group.op !== "not" || !group.rules.length) {
    const inner = () => ({ op: group.op === "and" ? "or" : "and", rules: [firstRow(ctx)] });
    box.append(
      make(
        "div",
        { class: "rule-foot" },
        adder(words.add_row, group, () => firstRow(ctx), path, redraw),
        ...(ctx.outer && tools.has ? [adder(words.add_behaviour, group, () => tools.first(), path, redraw)] : []),
        ...(ctx.outer && tools.hasSegments ? [adder(words.add_segment, group, () => tools.firstSegment(), path, redraw)] : []),
        adder(words.add_group, group, inner, path, redraw),
        adder(words.add_not, group, () => ({ op: "not", rules: [firstRow(ctx)] }), path, redraw),
      ),
    );
  }
  return box;
}

const partView = (part, parent, path, ctx) => (part.op ? groupView(part, parent, path, ctx) : rowView(part, parent, path, ctx));

const columnsOf = (columns) => context([{ name: words.columns, traits: columns }], false);
const nested = (group, columns, path, gone) => groupView(group, null, path, columnsOf(columns), gone);
nested.first = (columns) => firstRow(columnsOf(columns));
const tools = behaviourTools({ data, make, icon, words, changed, nested });

// What is sent: groups without a row are left out of the conditions on rows, as if nobody had asked.
function cleaned(part) {
  if (Array.isArray(part)) return part.map(cleaned);
  if (part === null || typeof part !== "object") return part;
  const kept = Object.entries(part).filter(([key, value]) => key !== "where" || !value?.op || value.rules.length);
  return Object.fromEntries(kept.map(([key, value]) => [key, cleaned(value)]));
}

function readFields() {
  top = context(data.families, true);
}

function searcher() {
  const { traits } = top;
  const names = new Map([...traits.values()].map((trait) => [trait.label, trait]));
  const list = make("datalist", { id: "trait-names" });
  list.append(...[...traits.values()].map((trait) => make("option", { value: trait.label }, trait.id)));
  const field = make("input", { class: "form-control", type: "search", list: "trait-names", placeholder: words.search, "aria-label": words.search });
  field.addEventListener("change", () => {
    const found = names.get(field.value) ?? traits.get(field.value);
    if (!found) return;
    field.value = "";
    if (tree.op === "not") tree = { op: "and", rules: [tree] };
    tree.rules.push(firstRow(top, found));
    redraw();
    changed();
  });
  return make("div", { class: "rule-search" }, field, list);
}

const board = make("div");
readFields();
place.append(searcher(), board);

document.addEventListener("builder:fields", (event) => {
  Object.assign(data, event.detail);
  readFields();
  tree = { op: "and", rules: [] };
  number += 1; // a late answer is about the fields before
  clearTimeout(timer);
  place.replaceChildren(searcher(), board);
  redraw();
  if (text.value.trim()) ask({ text: text.value }, true);
});

function redraw() {
  board.replaceChildren(groupView(tree, null, "1", top));
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
  if (!box) return;
  box.dataset.n = size ? size.n : "";
  document.getElementById("size-n").textContent = size ? size.n.toLocaleString("en") : "—";
  if (size) document.getElementById("size-text").textContent = size.text;
  document.getElementById("size-share").setAttribute("width", size ? size.share * 100 : 0);
  const unknown = document.getElementById("size-unknown");
  unknown.replaceChildren(...(size ? size.unknown.map((one) => make("li", {}, one.text)) : []));
  showCounts(size?.conditions ?? []);
}

function showCounts(conditions) {
  // Conditions come in the order of the rows; where an expression holds several they cannot be told apart.
  const places = [...board.querySelectorAll("[data-count]")];
  const fits = places.length === conditions.length;
  places.forEach((place, at) => {
    place.hidden = !fits;
    place.textContent = fits ? conditions[at].text : "";
  });
  const list = document.getElementById("size-conditions");
  list?.replaceChildren(...conditions.map((one) => make("li", {}, make("span", {}, one.words), make("strong", {}, one.text))));
}

function markPath(path) {
  for (const wrong of board.querySelectorAll(".is-wrong")) wrong.classList.remove("is-wrong");
  if (path) board.querySelector(`[data-path="${path}"]`)?.classList.add("is-wrong");
}

async function ask(question, fromText) {
  const mine = ++number;
  let answer;
  try {
    const response = await fetch(data.address, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ ...question, ...data.also }),
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
  if (error || !fromText) showSize(error ? null : answer.size);
  if (sent) sent.value = error ? text.value : answer.text;
  if (error) {
    document.dispatchEvent(new CustomEvent("builder:wrong", { detail: error.message }));
    return;
  }
  if (fromText) {
    tree = ["and", "or"].includes(answer.tree.op) ? answer.tree : { op: "and", rules: [answer.tree] };
    redraw();
    showSize(answer.size);
  } else text.value = answer.text;
  if (answer.size?.sampled) {
    showSize(answer.size); // an estimate at once, everyone after
    exactly(answer.text, mine);
  }
  document.dispatchEvent(new CustomEvent("builder:read", { detail: answer.text }));
}

async function exactly(rule, mine) {
  const response = await fetch(data.address, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ text: rule, exact: true }),
  }).catch(() => null);
  const answer = response?.ok ? await response.json() : null;
  if (answer?.size && mine === number) showSize(answer.size);
}

function later(question, fromText) {
  number += 1;
  clearTimeout(timer);
  const box = document.getElementById("rule-size");
  if (box) box.dataset.n = "";
  timer = setTimeout(() => ask(question(), fromText), WAIT_MS);
}

function changed() {
  if (tree.rules.length) later(() => ({ tree: cleaned(tree) }), false);
  else {
    text.value = "";
    complain("builder-error", null);
    showSize(null);
    document.dispatchEvent(new CustomEvent("builder:read", { detail: "" }));
  }
}

text.addEventListener("input", () => {
  underline(null);
  if (text.value.trim()) later(() => ({ text: text.value }), true);
  else document.dispatchEvent(new CustomEvent("builder:read", { detail: "" }));
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
