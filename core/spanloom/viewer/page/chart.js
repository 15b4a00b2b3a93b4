// Charts over time as SVG, without a library: bars that are stacked, or lines.

import { EDGE, gridLine, HEIGHT, INNER, svg, WIDTH } from "./drawing.js";
import { readable } from "./readable.js";

const DAY = 86_400_000;

/**
 * Draws one chart. Its figures can be read with the pointer, and with the arrow keys.
 *
 * `times` are the beginnings of all intervals, in Unix milliseconds; each of `lines` has a `name` and its `values`,
 * null where there is none; `write` puts a value in words; bars are stacked in the order of the lines.
 */
export function chart({ title, kind, times, lines, write }) {
  const heights = times.map((_, at) => {
    const values = lines.map(({ values }) => values[at] ?? 0);
    return kind === "bars" ? values.reduce((sum, value) => sum + value, 0) : Math.max(...values);
  });
  const steps = axis(Math.max(...heights));
  const top = steps.at(-1);
  const y = (value) => EDGE.top + INNER.height * (1 - value / top);
  const slot = INNER.width / times.length;
  const drawing = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, "aria-hidden": "true" });
  const spots = times.map((time, index) => ({ x: EDGE.left + (index + 0.5) * slot, head: longTime(time) }));
  drawing.append(...steps.flatMap((value) => gridLine(y(value), value ? write(value) : "0")));
  drawing.append(...timeLabels(times, slot));
  drawing.append(...(kind === "bars" ? bars(lines, y, slot) : curves(lines, y, slot)));
  return readable({ title, spots, lines, write, drawing, cursorWidth: slot });
}

/** Returns round values from zero to at least the highest. */
function axis(highest) {
  const rough = (highest || 1) / 3;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((each) => each >= rough);
  return Array.from({ length: Math.ceil((highest || 1) / step) + 1 }, (_, index) => index * step);
}

function timeLabels(times, slot) {
  const every = Math.max(1, Math.ceil(times.length / 5));
  const span = times.at(-1) - times[0];
  return times.flatMap((time, index) => {
    if (index % every || EDGE.left + index * slot > WIDTH - 60) return [];
    const label = svg("text", { x: EDGE.left + index * slot, y: HEIGHT - 6, class: "axis" });
    label.textContent = shortTime(time, span);
    return [label];
  });
}

function shortTime(time, span) {
  const options = span > 2 * DAY ? { day: "numeric", month: "short" } : { hour: "2-digit", minute: "2-digit" };
  return new Date(time).toLocaleString("en-GB", options);
}

function bars(lines, y, slot) {
  const gap = Math.min(2, slot * 0.15);
  const reached = [];
  return lines.flatMap(({ name, values }) =>
    values.flatMap((value, index) => {
      if (!value) return [];
      const below = reached[index] ?? 0;
      reached[index] = below + value;
      const [top, bottom] = [y(reached[index]), y(below)];
      const place = { x: EDGE.left + index * slot + gap / 2, y: top, width: slot - gap, height: bottom - top };
      return [svg("rect", { ...place, "data-line": name })];
    }),
  );
}

/** Draws lines that end where a value is missing, the first on top; a value that stands alone is a dot. */
function curves(lines, y, slot) {
  return lines.toReversed().flatMap(({ name, values }) => {
    const runs = [[]];
    values.forEach((value, index) => {
      if (value == null) runs.push([]);
      else runs.at(-1).push([EDGE.left + (index + 0.5) * slot, y(value)]);
    });
    return runs
      .filter((run) => run.length)
      .map((run) =>
        run.length === 1
          ? svg("circle", { cx: run[0][0], cy: run[0][1], r: 2.5, "data-line": name })
          : svg("polyline", { points: run.map((point) => point.join(",")).join(" "), "data-line": name }),
      );
  });
}

function longTime(time) {
  return new Date(time).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short" });
}
