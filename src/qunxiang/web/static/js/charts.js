// Charts: a figure[data-chart] holds an ECharts option as JSON, a canvas and a table. Strings that start with "qx:" name
// the functions below. Texts reach the page as text nodes only.
import { besideBubbles } from "./labels.js";

const still = window.matchMedia("(prefers-reduced-motion: reduce)");
const VENDOR = new URL("../vendor/echarts.js", import.meta.url).href;
let library;

function element(name, className, text) {
  const made = document.createElement(name);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

function tip(params) {
  const found = (Array.isArray(params) ? params : [params]).filter((one) => one.data && one.data.tip);
  if (!found.length) return "";
  const box = element("div", "tip");
  box.append(element("p", "tip-title", found[0].data.tip.title));
  const list = element("dl", "tip-rows");
  for (const one of found) {
    for (const [name, value] of one.data.tip.rows) {
      const term = element("dt");
      if (found.length > 1) {
        const dot = element("span", "tip-dot");
        dot.style.backgroundColor = one.color;
        term.append(dot);
      }
      term.append(name);
      list.append(term, element("dd", "", value));
    }
  }
  box.append(list);
  return box;
}

const number = new Intl.NumberFormat(document.documentElement.lang, { maximumSignificantDigits: 4 });
const formats = {
  percent: (value) => `${number.format(value * 100)}%`,
  signed: (value) => (value > 0 ? "+" : "") + number.format(value),
};

// What is drawn by hand. Each gets the ECharts series option, the item and the drawing interface.
const marks = {
  whisker(series, params, api) {
    const [index, low, high] = [api.value(0), api.value(1), api.value(2)];
    const at = (value) => (series.horizontal ? api.coord([value, index]) : api.coord([index, value]));
    const [a, b] = [at(low), at(high)];
    const [dx, dy] = series.horizontal ? [0, 5] : [5, 0];
    const style = { stroke: api.visual("color"), lineWidth: 1.25, fill: null };
    const line = (p, q) => ({ type: "line", shape: { x1: p[0], y1: p[1], x2: q[0], y2: q[1] }, style });
    const cap = (p) => line([p[0] - dx, p[1] - dy], [p[0] + dx, p[1] + dy]);
    return { type: "group", children: [line(a, b), cap(a), cap(b)] };
  },
  base(series, params, api) {
    const [index, value] = [api.value(0), api.value(1)];
    const at = (v) => (series.horizontal ? api.coord([v, index]) : api.coord([index, v]));
    const [zero, end] = [at(0), at(value)];
    const style = { fill: api.visual("color") };
    const shape = series.horizontal
      ? { x: Math.min(zero[0], end[0]), y: zero[1] + series.offset, width: Math.abs(end[0] - zero[0]), height: 4, r: 1.5 }
      : { x: zero[0] + series.offset, y: Math.min(zero[1], end[1]), width: 4, height: Math.abs(end[1] - zero[1]), r: 1.5 };
    return { type: "rect", shape, style };
  },
  cross(series, params, api) {
    const [x, y, xLow, xHigh, yLow, yHigh] = series.data[params.dataIndex].value;
    const style = { stroke: api.visual("color"), lineWidth: 1.25, opacity: 0.8 };
    const line = (p, q) => ({ type: "line", shape: { x1: p[0], y1: p[1], x2: q[0], y2: q[1] }, style });
    const children = [];
    if (xLow !== null) children.push(line(api.coord([xLow, y]), api.coord([xHigh, y])));
    if (yLow !== null) children.push(line(api.coord([x, yLow]), api.coord([x, yHigh])));
    return { type: "group", children };
  },
  bin(series, params, api) {
    const [left, bottom] = api.coord([api.value(0), 0]);
    const [right, top] = api.coord([api.value(1), api.value(2)]);
    const shape = { x: left + 0.5, y: top, width: Math.max(right - left - 1, 0.5), height: bottom - top };
    return { type: "rect", shape, style: { fill: api.visual("color") } };
  },
  tile(series, params, api) {
    const [left, top] = api.coord([api.value(0), api.value(2)]);
    const [right, bottom] = api.coord([api.value(1), api.value(3)]);
    const item = series.data[params.dataIndex];
    const [width, height] = [Math.max(right - left - 1, 0.5), Math.max(bottom - top, 0.5)];
    const rect = { type: "rect", shape: { x: left + 0.5, y: top, width, height }, style: { fill: api.visual("color") } };
    if (width < 40 || height < 14) return rect;
    const style = { text: item.name, x: left + width / 2, y: top + height / 2, align: "center", verticalAlign: "middle" };
    Object.assign(style, { fill: item.ink, fontSize: 11, width: width - 6, overflow: "truncate", lineOverflow: "truncate" });
    return { type: "group", children: [rect, { type: "text", style, silent: true }] };
  },
  beside(series, params, api) {
    const [left, top] = api.coord([0, api.value(0)]);
    const bottom = api.coord([0, api.value(1)])[1];
    if (bottom - top < 11) return { type: "group", children: [] };
    const style = { text: series.data[params.dataIndex].name, x: left - 8, y: (top + bottom) / 2, align: "right" };
    Object.assign(style, { verticalAlign: "middle", fill: api.visual("color"), fontSize: 12 });
    const height = 13 * Math.min(3, Math.max(1, Math.floor((bottom - top) / 13)));
    Object.assign(style, { width: series.room, height, lineHeight: 13, overflow: "break", lineOverflow: "truncate" });
    return { type: "text", style };
  },
  hatch(series, params, api) {
    const [x, y] = api.coord([api.value(0), api.value(1)]);
    const [width, height] = api.size([1, 1]).map((size) => size - 2);
    const style = { stroke: api.visual("color"), lineWidth: 1, opacity: 0.35 };
    const children = [];
    for (let shift = -height; shift < width; shift += 7) {
      const [from, to] = [Math.max(shift, 0), Math.min(shift + height, width)];
      const [left, low] = [x - width / 2, y + height / 2];
      const shape = { x1: left + from, y1: low - (from - shift), x2: left + to, y2: low - (to - shift) };
      children.push({ type: "line", shape, style });
    }
    return { type: "group", children };
  },
};

function resolve(name) {
  if (name === "qx:tip") return tip;
  if (name === "qx:name") return (params) => params.name;
  if (name === "qx:plain") return (text) => text;
  if (name.startsWith("qx:format:")) return formats[name.slice(10)] ?? ((value) => number.format(value));
  throw new Error(`charts.js knows no ${name}`);
}

function revive(value) {
  if (Array.isArray(value)) return value.map(revive);
  if (value === null || typeof value !== "object") return value;
  const made = {};
  for (const [key, inner] of Object.entries(value)) {
    if (key === "renderItem") {
      const mark = marks[inner.slice(3)];
      made.renderItem = (params, api) => mark(value, params, api);
    } else if (key === "formatter") made.formatter = resolve(inner);
    else made[key] = revive(inner);
  }
  return made;
}

const ruler = document.createElement("canvas").getContext("2d");

function widest(texts) {
  ruler.font = `12px ${getComputedStyle(document.body).fontFamily}`;
  return Math.max(0, ...texts.flatMap((text) => text.split("\n")).map((text) => ruler.measureText(text).width));
}

function legendRows(legend, width) {
  let [rows, used] = [1, 0];
  for (const name of legend.data) {
    const room = legend.itemWidth + 5 + Math.min(widest([name]), legend.textStyle.width) + 12;
    if (used + room > width && used > 0) [rows, used] = [rows + 1, 0];
    used += room;
  }
  return rows;
}

const LINES = 3;

// Names get the room that the figure has: a share of the width beside the rows, one column's width below the columns.
// Those that fit on three lines are broken, longer ones are cut.
function fitNames(option, width) {
  const { xAxis, yAxis, series } = option;
  const longest = yAxis.type === "category" ? widest(yAxis.data) + 2 : 48;
  const share = yAxis.type === "category" ? Math.ceil(Math.min(width >= 640 ? 200 : 168, width * (width >= 480 ? 0.3 : 0.4), longest)) : 48;
  if (yAxis.type === "category" && yAxis.axisLabel.interval === 0) {
    Object.assign(yAxis.axisLabel, { width: share, overflow: longest <= LINES * 0.85 * share ? "break" : "truncate" });
  } else if (yAxis.type === "category") yAxis.axisLabel.width = share;
  if (xAxis.type === "category" && xAxis.axisLabel.interval === 0) {
    xAxis.axisLabel.width = Math.max(28, Math.floor((width - share - 32) / xAxis.data.length) - 6);
  }
  if (option.legend) option.grid.top = 18 + 22 * legendRows(option.legend, width);
  if (xAxis.type === "value") xAxis.splitNumber = width - share < 260 ? 3 : 5;
  return option;
}

// The height at which the names of rows, broken into lines, do not touch each other.
function heightFor(option, width, least) {
  const { axisLabel, data, type } = option.yAxis;
  if (type !== "category" || axisLabel.overflow !== "break") return least;
  const broken = (text) => Math.ceil((widest([text]) / axisLabel.width) * (widest([text]) > axisLabel.width ? 1.15 : 1));
  const lines = data.map((name) => name.split("\n").reduce((sum, text) => sum + broken(text), 0));
  return Math.max(least, data.length * (15 * Math.max(...lines) + 6) + option.grid.top + 52);
}

// What is folded away has no width in some browsers: its chart is drawn when it is opened.
function roomFor(canvas) {
  if (canvas.clientWidth) return Promise.resolve();
  return new Promise((done) => {
    const watcher = new ResizeObserver(() => {
      if (!canvas.clientWidth) return;
      watcher.disconnect();
      done();
    });
    watcher.observe(canvas);
  });
}

const NARROW = 480; // px below which bubbles carry numbers and their names stand below the chart

const isBubbles = (one) => one.type === "scatter" && one.label !== undefined;

function isNumbered(option, width) {
  return width < NARROW && option.series.some(isBubbles);
}

// Numbers in the order of height instead of names that do not fit, the names as a list below, and the title of the
// highlighted corner where no bubble lies.
function numberBubbles(figure, option, width, height) {
  const cloud = option.series.find(isBubbles);
  if (!cloud || !isNumbered(option, width)) return;
  const order = [...cloud.data].sort((a, b) => b.value[1] - a.value[1] || b.value[0] - a.value[0]);
  Object.assign(cloud.label, { fontWeight: 600, formatter: (params) => String(order.indexOf(cloud.data[params.dataIndex]) + 1) });
  const list = element("ol", "chart-key");
  for (const one of order) {
    const line = element("li");
    const dot = element("span", "tip-dot");
    dot.style.backgroundColor = one.itemStyle.color;
    line.append(dot, one.name);
    list.append(line);
  }
  figure.querySelector(".chart-canvas").after(list);
  if (!cloud.markArea) return;
  const [[low]] = cloud.markArea.data;
  const { xAxis, yAxis } = option;
  const free = (x, y) =>
    cloud.data.every(({ value, symbolSize }) => {
      const [dx, dy] = [(Math.abs(value[0] - x) / (xAxis.max - xAxis.min)) * width, (Math.abs(value[1] - y) / (yAxis.max - yAxis.min)) * height];
      return dx > symbolSize / 2 + 60 || dy > symbolSize / 2 + 18;
    });
  const corners = { insideTopRight: [xAxis.max, yAxis.max], insideBottomRight: [xAxis.max, low.yAxis], insideTopLeft: [low.xAxis, yAxis.max] };
  const found = Object.entries(corners).find(([, [x, y]]) => free(x, y));
  cloud.markArea.label.position = found ? found[0] : "insideBottomRight";
}

// Columns of a matrix whose names do not fit on three lines carry numbers, their names stand below the chart; numbers
// that do not fit into their cells are written shorter, or read in the table.
function numberColumns(figure, option, width) {
  const heat = option.series.find((one) => one.type === "heatmap");
  if (!heat || option.xAxis.type !== "category") return;
  const names = option.xAxis.data;
  const cell = option.xAxis.axisLabel.width + 6;
  const fits = names.every((name) => widest([name]) <= LINES * 0.8 * cell && widest(name.split(/\s+/)) <= cell + 4);
  if (fits) Object.assign(option.xAxis.axisLabel, { overflow: "break" });
  else {
    option.xAxis.data = names.map((_, index) => String(index + 1));
    const list = element("ol", "chart-key");
    for (const name of names) list.append(element("li", "", name));
    figure.querySelector(".chart-canvas").after(list);
  }
  const plain = /^[+-]?\d*\.?\d+$/;
  if (!heat.data.some((one) => widest([one.name]) * 0.92 > cell - 1)) return;
  for (const one of heat.data) {
    const short = plain.test(one.name) ? Number(one.name).toFixed(2).replace(/^(-?)0\./, "$1.") : one.name;
    if (widest([short]) * 0.92 > cell + 1) one.label = { ...one.label, show: false };
    else one.label = { ...one.label, formatter: () => short };
  }
}

// A unit is equally long on both axes of a biplot: one of them is widened once the figure's room is known.
function evenOut(chart, option, bounds) {
  if (!option.grid.sameScale) return;
  const { xAxis, yAxis } = option;
  [xAxis.min, xAxis.max, yAxis.min, yAxis.max] = bounds;
  chart.setOption({ xAxis, yAxis, animation: false });
  const at = (value) => chart.convertToPixel({ xAxisIndex: 0, yAxisIndex: 0 }, value);
  const [[left, bottom], [right, top]] = [at([xAxis.min, yAxis.min]), at([xAxis.max, yAxis.max])];
  const unit = Math.max((xAxis.max - xAxis.min) / (right - left), (yAxis.max - yAxis.min) / (bottom - top));
  const widen = (axis, room) => {
    const more = (unit * room - (axis.max - axis.min)) / 2;
    [axis.min, axis.max] = [axis.min - more, axis.max + more];
  };
  widen(xAxis, right - left);
  widen(yAxis, bottom - top);
  chart.setOption({ xAxis, yAxis });
}

async function draw(figure) {
  figure.dataset.drawn = "waiting";
  library ??= import(VENDOR);
  const echarts = await library;
  const canvas = figure.querySelector(".chart-canvas");
  await roomFor(canvas);
  const fresh = () => fitNames(revive(JSON.parse(figure.querySelector("script").textContent)), canvas.clientWidth);
  const planned = fresh();
  const square = planned.grid.sameScale ? Math.max(300, canvas.clientWidth) : Infinity;
  const height = Math.min(square, heightFor(planned, canvas.clientWidth, Number(figure.dataset.height)));
  canvas.style.height = `${height}px`;
  const chart = echarts.init(canvas);
  const whole = () => {
    const option = fresh();
    for (const key of figure.querySelectorAll(".chart-key")) key.remove();
    numberColumns(figure, option, canvas.clientWidth);
    numberBubbles(figure, option, canvas.clientWidth, height);
    for (const one of option.series) if (isBubbles(one)) one.labelLayout = besideBubbles(chart, option);
    return option;
  };
  let shown = whole();
  const bounds = [shown.xAxis.min, shown.xAxis.max, shown.yAxis.min, shown.yAxis.max];
  chart.setOption({ ...shown, animation: !still.matches && !shown.grid.sameScale, animationDuration: 300 });
  evenOut(chart, shown, bounds);
  let numbered = isNumbered(shown, canvas.clientWidth);
  let [wide, isMatrix] = [canvas.clientWidth, shown.series.some((one) => one.type === "heatmap")];
  new ResizeObserver(() => {
    if (!canvas.clientWidth) return;
    chart.resize();
    if (isNumbered(shown, canvas.clientWidth) !== numbered || (isMatrix && canvas.clientWidth !== wide)) {
      [numbered, wide] = [isNumbered(shown, canvas.clientWidth), canvas.clientWidth];
      shown = whole();
      chart.setOption({ ...shown, animation: false }, true);
      evenOut(chart, shown, bounds);
      return;
    }
    const { xAxis, yAxis, grid } = fitNames(shown, canvas.clientWidth);
    chart.setOption({ xAxis, yAxis, grid });
    evenOut(chart, shown, bounds);
  }).observe(canvas);
  figure.dataset.drawn = "yes";
}

export function drawCharts(root) {
  for (const figure of root.querySelectorAll("figure[data-chart]:not([data-drawn])")) draw(figure);
}

function show(figure, view) {
  figure.querySelector(".chart-canvas").hidden = view !== "chart";
  const key = figure.querySelector(".chart-key");
  if (key) key.hidden = view !== "chart";
  figure.querySelector(".chart-table").hidden = view !== "table";
  for (const button of figure.querySelectorAll("[data-view]")) {
    button.setAttribute("aria-pressed", String(button.dataset.view === view));
  }
}

// A spreadsheet reads a cell that starts with one of = + - @ as a formula; a number may keep its sign.
function csvCell(text) {
  const safe = /^[=+\-@\t\r]/.test(text) && !/^[+-][\d.,]+%?$/.test(text) ? `'${text}` : text;
  return `"${safe.replaceAll('"', '""')}"`;
}

function save(name, address) {
  const link = element("a");
  link.href = address;
  link.download = name;
  link.click();
}

async function download(figure, kind) {
  const name = figure.id || "chart";
  if (kind === "png") {
    const echarts = await library;
    const chart = echarts.getInstanceByDom(figure.querySelector(".chart-canvas"));
    save(`${name}.png`, chart.getDataURL({ pixelRatio: 2, backgroundColor: "#FFFFFF" }));
    return;
  }
  const rows = [...figure.querySelector(".chart-table table").rows];
  const lines = rows.map((row) => [...row.cells].map((cell) => csvCell(cell.textContent)).join(","));
  const address = URL.createObjectURL(new Blob(["\ufeff", lines.join("\r\n")], { type: "text/csv" }));
  save(`${name}.csv`, address);
  URL.revokeObjectURL(address);
}

document.addEventListener("click", (event) => {
  const figure = event.target.closest("figure[data-chart]");
  if (!figure) return;
  const view = event.target.closest("[data-view]");
  if (view) show(figure, view.dataset.view);
  const wanted = event.target.closest("[data-download]");
  if (wanted) {
    download(figure, wanted.dataset.download);
    wanted.closest("details").open = false;
  }
});
