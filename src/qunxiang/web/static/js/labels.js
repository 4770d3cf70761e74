// Names of bubbles: beside their own bubble, clear of other names and, where that can be, of other bubbles.

const GAP = 4;
const NAME = 18; // room of the name of the upright axis, px
const TITLE = [84, 22]; // room of the title in the right upper corner, px

const overlaps = (a, b) => a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;

function boxOf(left, top, wide, tall) {
  return { left, top, right: left + wide, bottom: top + tall };
}

// Right, left, above and below of the bubble, then further up and down in steps.
function places(bubble, wide, tall) {
  const [cx, cy] = [(bubble.left + bubble.right) / 2, (bubble.top + bubble.bottom) / 2];
  const found = [];
  for (let step = 0; step < 16; step += 1) {
    for (const shift of step ? [(step * tall) / 2, (-step * tall) / 2] : [0]) {
      for (const left of [bubble.right + GAP, bubble.left - GAP - wide]) found.push(boxOf(left, cy - tall / 2 + shift, wide, tall));
    }
    if (step === 0) for (const top of [bubble.top - GAP - tall, bubble.bottom + GAP]) found.push(boxOf(cx - wide / 2, top, wide, tall));
  }
  return found;
}

// Return the layout of a scatter series' labels, which ECharts asks for one after the other.
export function besideBubbles(chart, option) {
  const { xAxis, yAxis, series } = option;
  const items = series.find((one) => one.type === "scatter").data;
  const at = (value) => chart.convertToPixel({ xAxisIndex: 0, yAxisIndex: 0 }, value);
  let placed = [];
  const bubbles = () =>
    items.map(({ value, symbolSize: wide }) => {
      const [x, y] = at(value);
      return boxOf(x - wide / 2, y - wide / 2, wide, wide);
    });
  return ({ dataIndex, labelRect }) => {
    const [[, bottom], [right, top]] = [at([xAxis.min, yAxis.min]), at([xAxis.max, yAxis.max])];
    if (dataIndex === 0) placed = [boxOf(right - TITLE[0], top, ...TITLE)];
    const all = bubbles();
    const others = all.filter((_, index) => index !== dataIndex);
    const inside = (b) => b.left >= NAME && b.top >= 0 && b.right <= Math.min(right + 24, chart.getWidth()) && b.bottom <= bottom;
    const options = places(all[dataIndex], labelRect.width, labelRect.height).filter(inside);
    const clear = options.filter((box) => !placed.some((one) => overlaps(box, one)));
    const best = clear.find((box) => !others.some((one) => overlaps(box, one))) ?? clear[0] ?? options[0];
    if (!best) return {};
    placed.push(best);
    return { x: best.left, y: best.top, align: "left", verticalAlign: "top" };
  };
}
