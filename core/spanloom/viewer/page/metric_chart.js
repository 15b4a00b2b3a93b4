// The histories of one metric, in one run or in several, as a chart.

import { EDGE, gridLine, HEIGHT, INNER, svg, WIDTH } from "./drawing.js";
import { figure } from "./figures.js";
import { readable } from "./readable.js";

export const SHADES = 8; // colours that tell lines apart; beyond them they come again

/**
 * Draws a chart of a metric.
 *
 * Each of `histories` has the `name` of its run, a `shade` and its `points`, `[step, value]`.
 *
 * Where every point has the same step, they stand in the order of logging.
 */
export function metricChart(title, histories) {
  const ordered = histories.every(({ points }) => points.every(([step]) => step === points[0][0]));
  const lines = histories.map(({ name, shade, points }) => ({
    name,
    shade: shade % SHADES,
    at: new Map(points.map(([step, value], index) => [ordered ? index + 1 : step, value])),
  }));
  const steps = [...new Set(lines.flatMap(({ at }) => [...at.keys()]))].sort((a, b) => a - b);
  const x = scale([steps[0], steps.at(-1)], EDGE.left + 4, WIDTH - EDGE.right - 4);
  const levels = axis(lines.flatMap(({ at }) => [...at.values()].filter((value) => value !== null)));
  const y = scale([levels[0], levels.at(-1)], EDGE.top + INNER.height, EDGE.top);
  const drawing = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, "aria-hidden": "true" });
  drawing.append(...levels.flatMap((value) => gridLine(y(value), figure(value))), ...stepLabels(steps, x));
  drawing.append(...lines.toReversed().flatMap((line) => curve(line, x, y)));
  const word = ordered ? "point" : "step";
  return readable({
    title,
    spots: steps.map((step) => ({ x: x(step), head: `${word} ${step.toLocaleString("en")}` })),
    lines: lines.map(({ name, shade, at }) => ({ name, shade, values: steps.map((step) => at.get(step)) })),
    write: figure,
    drawing,
    cursorWidth: 3,
  });
}

function scale([least, greatest], from, to) {
  const span = greatest - least;
  return (value) => (span ? from + ((to - from) * (value - least)) / span : (from + to) / 2);
}

/** Returns round values, the first at most the least, the last at least the greatest. */
function axis(values) {
  if (!values.length) return [0, 1];
  const least = values.reduce((a, b) => Math.min(a, b));
  const greatest = values.reduce((a, b) => Math.max(a, b));
  const rough = (greatest - least || Math.abs(greatest) || 1) / 3;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((each) => each >= rough) ?? 10 * power;
  const first = Math.floor(least / step);
  const count = Math.max(1, Math.ceil(greatest / step) - first);
  // Sums of a step that has no exact form end in digits that nobody wants to read.
  return Array.from({ length: count + 1 }, (_, index) => Number(((first + index) * step).toPrecision(12)));
}

function stepLabels(steps, x) {
  const shown = steps.length > 1 ? [steps[0], steps[Math.floor((steps.length - 1) / 2)], steps.at(-1)] : steps;
  return [...new Set(shown)].map((step, index, all) => {
    const anchor = index === 0 ? "start" : index === all.length - 1 ? "end" : "middle";
    const label = svg("text", { x: x(step), y: HEIGHT - 6, class: "axis", "text-anchor": anchor });
    label.textContent = step.toLocaleString("en");
    return label;
  });
}

/** Draws a line that ends where a value is no number; a value that stands alone is a dot. */
function curve({ name, shade, at }, x, y) {
  const parts = [[]];
  for (const [step, value] of [...at].sort(([a], [b]) => a - b))
    if (value === null) parts.push([]);
    else parts.at(-1).push([x(step), y(value)]);
  const marked = { "data-line": name, "data-shade": shade };
  return parts
    .filter((part) => part.length)
    .map((part) =>
      part.length === 1
        ? svg("circle", { cx: part[0][0], cy: part[0][1], r: 2.5, ...marked })
        : svg("polyline", { points: part.map((point) => point.join(",")).join(" "), ...marked }),
    );
}
