// Rows of the rule builder that ask of behaviour or of another segment: what is measured over which rows, in which days,
// around which moment, or which steps followed each other. The conditions on rows are a builder of their own.
const option = (value, name, chosen) => new Option(name, value, false, value === chosen);
const UNITS = ["days", "weeks", "months", "years"];
const SPANS = ["hours", "days", "weeks"];

export function behaviourTools({ data, make, icon, words, changed, nested }) {
  const asks = data.behaviour;
  const tables = new Map((asks?.tables ?? []).map((table) => [table.id, table]));
  const functions = new Map((asks?.functions ?? []).map((one) => [one.id, one]));

  function select(name, options, chosen, set) {
    const made = make("select", { class: "form-select", "aria-label": name });
    made.append(...options.map(([value, label]) => option(value, label, chosen)));
    made.addEventListener("change", () => {
      set(made.value);
      changed();
    });
    return made;
  }

  function number(name, value, set, least = 1) {
    return make("input", {
      class: "form-control is-short",
      type: "number",
      min: least,
      max: 36500,
      value,
      "aria-label": name,
      oninput: (event) => {
        set(Math.max(least, Math.round(Number(event.target.value)) || least));
        changed();
      },
    });
  }

  const fitting = (part) => {
    const wanted = functions.get(part.function)?.types;
    return (tables.get(part.table)?.columns ?? []).filter((column) => !wanted || wanted.includes(column.type));
  };
  const dated = (part) => Boolean(part.steps || tables.get(part.table)?.dated);
  const offered = (part) => [...functions.values()].filter((one) => !one.dated || dated(part));
  const datedTables = () => [...tables.values()].filter((table) => table.dated).map((table) => [table.id, table.label]);

  function typeOf(part) {
    const one = functions.get(part.function);
    if (one?.gives !== "column") return one?.gives ?? "number";
    return tables.get(part.table)?.columns.find((column) => column.id === part.column)?.type ?? "number";
  }

  function fit(part) {
    // What is kept suits the table and the function; the rest is put right.
    const one = functions.get(part.function);
    if (part.steps && part.function !== "sequence") {
      part.table = part.steps[0]?.table;
      delete part.steps;
    }
    const columns = fitting(part);
    if (one?.column !== "needed") delete part.column;
    else if (!columns.some((column) => column.id === part.column)) part.column = columns[0]?.id;
    if (!tables.get(part.table)?.dated) for (const name of ["window", "after", "before"]) delete part[name];
  }

  function first() {
    const table = ["events", "orders", "order_lines"].find((name) => tables.has(name)) ?? tables.keys().next().value;
    const part = { function: "count", table };
    if (tables.get(table)?.dated) part.window = { last: 30, unit: "days" };
    return { behaviour: part, operator: ">=", value: 1 };
  }

  const firstSegment = () => ({ segment: asks.segments[0].id, operator: "is_true" });

  function windowView(part, redraw) {
    const kind = part.window?.last ? "last" : part.window ? "ago" : "all";
    const box = make("span", { class: "behaviour-part" });
    box.append(
      select(words.window, [["all", words.any_time], ["last", words.last], ["ago", words.ago]], kind, (chosen) => {
        if (chosen === "all") delete part.window;
        else part.window = chosen === "last" ? { last: 30, unit: "days" } : { from_days: 90, to_days: 31 };
        redraw();
      }),
    );
    if (kind === "last") {
      box.append(
        number(words.last, part.window.last, (value) => (part.window.last = value)),
        select(words.unit, UNITS.map((unit) => [unit, asks.units[unit]]), part.window.unit ?? "days", (unit) => (part.window.unit = unit)),
      );
    } else if (kind === "ago") {
      const { window } = part;
      box.append(
        number(words.low, window.from_days, (value) => (window.from_days = value)),
        make("span", { class: "muted" }, words.until),
        number(words.high, window.to_days ?? 0, (value) => (window.to_days = value), 0),
        make("span", { class: "muted" }, words.days_ago),
      );
    }
    return box;
  }

  function whereView(part, path, name) {
    const table = tables.get(part.table);
    const ask = make("button", { type: "button", class: "btn btn-quiet" }, icon("plus"), name ?? words.where);
    const box = make("div", { class: "behaviour-where" });
    const draw = () => {
      if (!part.where) return box.replaceChildren(ask);
      if (!["and", "or"].includes(part.where.op)) part.where = { op: "and", rules: [part.where] };
      return box.replaceChildren(
        nested(part.where, table.columns, `${path}.where`, () => {
          delete part.where;
          draw();
          changed();
        }),
      );
    };
    ask.addEventListener("click", () => {
      part.where = { op: "and", rules: [nested.first(table.columns)] };
      draw();
      changed();
    });
    draw();
    return box;
  }

  function momentView(part, side, redraw, path) {
    const anchor = part[side];
    const chosen = side ? `${side} ${anchor.edge}` : "";
    const kinds = [["", words.whenever], ...["after last", "after first", "before first", "before last"].map((kind) => [kind, asks.moments[kind]])];
    const box = make("div", { class: "behaviour-part" });
    box.append(
      select(words.moment, kinds, chosen, (kind) => {
        delete part[side];
        const [where, edge] = kind.split(" ");
        if (kind) part[where] = anchor ? { ...anchor, edge } : { edge, table: datedTables()[0][0] };
        redraw();
      }),
    );
    if (!side) return box;
    box.append(
      select(words.table, datedTables(), anchor.table, (table) => {
        anchor.table = table;
        delete anchor.where;
        redraw();
      }),
      whereView(anchor, `${path}.${side}`),
    );
    return box;
  }

  function measureView(part, redraw, path) {
    const lines = [];
    const choose = (name) => (value) => {
      part[name] = value;
      if (name === "table") for (const gone of ["where", "column"]) delete part[gone];
      if (name === "function" && value === "sequence") {
        for (const gone of Object.keys(part)) if (!["function", "table"].includes(gone)) delete part[gone];
        const table = tables.get(part.table)?.dated ? part.table : datedTables()[0][0];
        part.steps = [{ table }, { table, within: { n: 7, unit: "days" } }];
        delete part.table;
      }
      fit(part);
      redraw();
    };
    const head = make("div", { class: "behaviour-part" });
    head.append(select(words.function, offered(part).map((one) => [one.id, one.label]), part.function, choose("function")));
    if (part.function === "sequence") return sequenceView(part, redraw, path, head);
    head.append(select(words.table, [...tables.values()].map((table) => [table.id, table.label]), part.table, choose("table")));
    if (functions.get(part.function)?.column === "needed") {
      head.append(select(words.column, fitting(part).map((column) => [column.id, column.label]), part.column, choose("column")));
    }
    lines.push(head, whereView(part, path));
    if (tables.get(part.table)?.dated) {
      head.append(windowView(part, redraw));
      const sides = ["after", "before"].filter((side) => part[side]);
      for (const side of sides.length ? sides : [""]) lines.push(momentView(part, side, redraw, path));
    }
    return lines;
  }

  function sequenceView(part, redraw, path, head) {
    if (!part.steps?.length) part.steps = [];
    head.append(windowView(part, redraw));
    const list = make("ol", { class: "behaviour-steps" });
    part.steps.forEach((step, at) => {
      const line = make("div", { class: "behaviour-part" });
      if (at > 0) {
        line.append(
          select(words.step, [["", words.then], ["no", words.then_not]], step.absent ? "no" : "", (kind) => {
            if (kind) step.absent = true;
            else delete step.absent;
            redraw();
          }),
        );
      }
      line.append(
        select(words.table, datedTables(), step.table, (table) => {
          step.table = table;
          delete step.where;
          redraw();
        }),
      );
      const between = step.absent && at + 1 < part.steps.length;
      if (at > 0 && !between) {
        line.append(
          select(words.within, [["", words.any_time], ["in", words.within]], step.within ? "in" : "", (kind) => {
            if (kind) step.within = { n: 7, unit: "days" };
            else delete step.within;
            redraw();
          }),
        );
        if (step.within) {
          line.append(
            number(words.within, step.within.n, (value) => (step.within.n = value)),
            select(words.unit, SPANS.map((unit) => [unit, asks.units[unit]]), step.within.unit, (unit) => (step.within.unit = unit)),
          );
        }
      }
      if (between) delete step.within;
      if (part.steps.length > 2) {
        const gone = make("button", { type: "button", class: "icon-button", "aria-label": words.remove }, icon("x"));
        gone.addEventListener("click", () => {
          part.steps.splice(at, 1);
          if (at === 0) for (const name of ["within", "absent"]) delete part.steps[0][name];
          redraw();
          changed();
        });
        line.append(gone);
      }
      list.append(make("li", {}, line, whereView(step, `${path}.${at + 1}`)));
    });
    const more = make("button", { type: "button", class: "btn btn-quiet" }, icon("plus"), words.add_step);
    more.addEventListener("click", () => {
      part.steps.push({ table: part.steps.at(-1)?.table ?? datedTables()[0][0] });
      redraw();
      changed();
    });
    return [head, list, ...(part.steps.length < 6 ? [more] : [])];
  }

  function segmentSelect(row) {
    return select(words.segment, asks.segments.map((one) => [one.id, one.label]), row.segment, (chosen) => (row.segment = chosen));
  }

  return { first, firstSegment, measureView, segmentSelect, typeOf, fit, has: tables.size > 0, hasSegments: Boolean(asks?.segments?.length) };
}
